"""What tools/bench.py measures, each in a process of its own, which prints JSON.

    python tools/measurements.py '["coder", "rate-64", "mixture"]'

Ours and the rivals run on the CPU, whatever else the machine has. The imports stand in the functions, so that the
measurement of imports loads nothing that it does not use.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from repair_measurements import photo_figures, repair_figures

CODE_SIZE = 32
# Of CPU time in updates, on one thread; with the loop around them it makes 60, which the table prints.
TRAINING_SECONDS = 58

# Our recipe at code size 32, chosen on training images that are not embedded, never on test images.
OURS = {
    "network": {"hidden": (512,), "activation": "silu", "output_activation": "sigmoid"},
    "training": {"batch_size": 64, "learning_rate": 6e-3, "weight_decay": 0.1, "one_cycle": True},
}
# The article's recipe: 784-64-32-64-784, ReLU on the code too, Adam 1e-3, batches of 32.
ARTICLE = {
    "network": {
        "hidden": (64,),
        "activation": "relu",
        "code_activation": "relu",
        "output_activation": "sigmoid",
    },
    # Without weight decay AdamW is Adam.
    "training": {"batch_size": 32, "learning_rate": 1e-3, "weight_decay": 0.0},
}
# How fit trains here: by CPU time the result does not depend on what else the machine does.
BY_CPU_TIME = {"clock": time.process_time, "device": "cpu", "progress": False}
# A network trained for the rate, its recipe chosen as above, and the code sizes of its rivals, quantised afterwards.
BIT_PRICE = 0.03
RATE_TRAINING = {"batch_size": 128, "learning_rate": 8e-3, "weight_decay": 0.05, "one_cycle": True}
RIVAL_CODE_SIZES = (16, 24, 32, 48, 64)
FEW = 2000  # test images, if each has its own file
STEPS_IN_SPREADS = (0.1, 0.14, 0.2, 0.28, 0.4, 0.56, 0.8, 1.1, 1.6, 2.2)  # steps, in standard deviations of the codes
# A variational autoencoder, its recipe chosen as above, and the usual recipe.
VAE_TRAINING = {"batch_size": 128, "learning_rate": 4e-3, "weight_decay": 0.05, "one_cycle": True}
USUAL_VAE_TRAINING = {"batch_size": 128, "learning_rate": 1e-3, "weight_decay": 0.0, "epochs": 10}
# The network of the throughput figure.
SPEED_NETWORK = {"code_size": 32, "hidden": (128,), "activation": "relu"}
SPEED_BATCH = 512

# Lesson 7's networks for colour pictures.
COLOUR_WIDTHS = (16, 32, 64)
COLOUR_TRAINING = {"batch_size": 64, "learning_rate": 6e-3, "one_cycle": True, "gradient_limit": 1.0}
DENSE_COLOUR_TRAINING = {"batch_size": 64, "learning_rate": 2e-3, "weight_decay": 0.1, "one_cycle": True}


def throughput_of_fit() -> dict[str, float]:
    """Return images/s of training.fit, and what share of the machine's float32 matmul peak that is."""
    from aelib import data, models, training

    images = data.load("fashion-mnist").train
    model = models.DenseAutoencoder(**SPEED_NETWORK)
    train_one_epoch = partial(
        training.fit, model, images, epochs=1, batch_size=SPEED_BATCH, device="cpu", progress=False
    )
    train_one_epoch()  # warm-up
    speeds, shares = [], []
    for _ in range(10):  # in turns, because a machine's speed drifts
        peak = matmul_peak()
        started = time.perf_counter()
        train_one_epoch()
        speeds.append(len(images) / (time.perf_counter() - started))
        shares.append(speeds[-1] * training_flops(model) / peak)
    weights = sum(parameter.numel() for parameter in model.parameters() if parameter.ndim == 2)
    return {
        "images/s": statistics.median(speeds),
        "share": statistics.median(shares),
        "share by 6 a weight": statistics.median(shares) * 6 * weights / training_flops(model),
    }


def throughput_of_loader() -> dict[str, float]:
    """Return images/s of the usual loop: torchvision's FashionMNIST with ToTensor in a DataLoader, AdamW, no tricks."""
    import torch
    from torch.nn import functional as F
    from torch.utils.data import DataLoader
    from torchvision.datasets import FashionMNIST, VisionDataset
    from torchvision.transforms import ToTensor

    from aelib import data, models

    class EmbeddedFashionMNIST(FashionMNIST):
        """Torchvision's own class with its own __getitem__, on our images instead of downloaded ones."""

        def __init__(self) -> None:
            VisionDataset.__init__(self, root="", transform=ToTensor())
            embedded = data.load("fashion-mnist")
            self.data, self.targets = embedded.train[:, 0], embedded.train_labels

    dataset = EmbeddedFashionMNIST()
    loader = DataLoader(dataset, batch_size=SPEED_BATCH, shuffle=True)
    model = models.DenseAutoencoder(**SPEED_NETWORK)
    optimizer = torch.optim.AdamW(model.parameters())

    def train_one_epoch() -> None:
        for images, _ in loader:
            loss = F.mse_loss(model(images), images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    train_one_epoch()  # warm-up
    started = time.perf_counter()
    train_one_epoch()
    return {"images/s": len(dataset) / (time.perf_counter() - started)}


def matmul_peak() -> float:
    """Return the peak float32 operations per second of a product of two square matrices."""
    import torch

    size = 2048
    a, b = torch.rand(2, size, size)
    product = a @ b
    best = float("inf")
    for _ in range(10):
        started = time.perf_counter()
        torch.matmul(a, b, out=product)
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def training_flops(model) -> int:
    """Return the operations that matrix products take to train a dense network on one image.

    A multiplication and an addition for each weight, three times: forward, for the weights' gradients, and for the
    inputs' gradients, which the first layer does not need (the usual count, 6 operations a weight, takes no notice of
    that). Activations and the optimiser are left out.
    """
    weights = [parameter.numel() for parameter in model.parameters() if parameter.ndim == 2]
    return 2 * (3 * sum(weights) - weights[0])


def quality_of_network(recipe: dict, seed: int) -> dict[str, float]:
    """Return the test MSE per pixel, outputs clamped, after training a recipe for 60 CPU seconds."""
    from aelib import data, metrics, models, training

    images = data.load("fashion-mnist")
    model = models.DenseAutoencoder(CODE_SIZE, **recipe["network"], seed=seed)
    started = time.process_time()
    fit = partial(training.fit, model, images.train, seconds=TRAINING_SECONDS, seed=seed, **BY_CPU_TIME)
    fit(**recipe["training"])
    seconds = time.process_time() - started
    return {"mse": metrics.mse(images.test, model(data.as_float(images.test))), "seconds": seconds}


def quality_of_pca() -> dict[str, float]:
    """Return the test MSE per pixel, outputs clamped, of PCA fitted on the same training images."""
    import torch
    from sklearn.decomposition import PCA

    from aelib import data, metrics

    images = data.load("fashion-mnist")
    train, test = (data.as_float(part).flatten(1).numpy() for part in (images.train, images.test))  # (N, 784)
    started = time.process_time()
    pca = PCA(CODE_SIZE, random_state=0).fit(train)
    seconds = time.process_time() - started
    reconstructions = torch.from_numpy(pca.inverse_transform(pca.transform(test))).reshape(images.test.shape)
    return {"mse": metrics.mse(images.test, reconstructions), "seconds": seconds}


def coder_figures(name: str, prior: str) -> dict[str, float]:
    """Return a codec's speed, in images/s each way, and its coded size over the entropy of each unit's symbols."""
    import numpy as np

    from aelib import data, training
    from aelib.compression import Codec

    fashion = data.load("fashion-mnist")
    codec = Codec(training.pretrained(name), fashion.train, 1.0, prior)
    file = codec.compress(fashion.test)  # warm-up
    there, back = [], []
    for _ in range(5):
        for speeds, work in ((there, partial(codec.compress, fashion.test)), (back, partial(codec.decompress, file))):
            started = time.perf_counter()
            work()
            speeds.append(len(fashion.test) / (time.perf_counter() - started))
    bits = 0.0
    for column in codec.symbols(fashion.test).T:
        shares = np.unique(column, return_counts=True)[1] / len(column)
        bits -= len(column) * (shares * np.log2(shares)).sum()
    return {
        "compress": statistics.median(there),
        "decompress": statistics.median(back),
        "size / entropy": 8 * len(file) / bits,
    }


def curve_of_network(
    name: str, seconds: float, one_by_one: bool = False, prior: str = "independent"
) -> list[tuple[float, float]]:
    """Return (bytes per image, PSNR) for one file of all test images, or for a file for each of FEW, at several steps.

    Bytes that are the same in all of several files are left out, as of the standard formats.
    ``name`` is "pca", "plain" or "rate" and a code size. The latter two are trained for so many seconds of CPU
    time; with 0 seconds the network is the shipped one of that name. ``prior`` is what the codec knows of the symbols:
    "independent" or "mixture".
    """
    from aelib import compression, data, models, training

    fashion = data.load("fashion-mnist")
    kind, code_size = name.split("-")
    if kind == "pca":
        model = models.pca(data.as_float(fashion.train), int(code_size))
    elif not seconds:
        model = training.pretrained(name)
    else:
        if kind == "rate":
            model, recipe = models.RateAutoencoder(int(code_size), bit_price=BIT_PRICE), RATE_TRAINING
        else:
            model, recipe = models.DenseAutoencoder(int(code_size)), OURS["training"]
        training.fit(model, fashion.train, seconds=seconds, **BY_CPU_TIME, **recipe)
    spread = model.encode(data.as_float(fashion.train[:5000])).std().item()
    steps = [spread * factor for factor in STEPS_IN_SPREADS]
    images = fashion.test[:FEW] if one_by_one else fashion.test
    points = compression.rate_distortion(model, fashion.train, images, steps, one_by_one, prior)
    return [(point.bytes - point.constant_bytes, point.psnr) for point in points]


def curve_of_standard(kind: str, qualities: list[int], as_mosaic: bool, options: dict) -> list[tuple[float, float]]:
    """Return (bytes per image, PSNR) of a standard format, without bytes that all files of a quality share."""
    from aelib import compression, data

    test = data.load("fashion-mnist").test
    images = test if as_mosaic else test[:FEW]
    points = compression.standard_rate_distortion(kind, images, qualities, as_mosaic, **options)
    return [(point.bytes - point.constant_bytes, point.psnr) for point in points]


def distance_to_test(images) -> float:
    """Return the Fréchet distance of images (N, 1, 28, 28) from the test images, by our classifier's features."""
    import torch

    from aelib import data, metrics, training

    classifier = training.pretrained("classifier")
    both = images, data.as_float(data.load("fashion-mnist").test)
    return metrics.frechet_distance(
        *[torch.cat([classifier.features(part) for part in batch.split(1000)]).detach() for batch in both]
    )


# What a cell after lesson 7's last prints: its figures, as measured by its own cells.
FIGURES_OF_LESSON_7 = """
import json

print(json.dumps({
    "psnr": psnr,
    "shares": [[name, *share[[0, 2]].tolist()] for name, runs in shares.items() for share, _ in runs],
    "ratio": low,
    "spreads": [kept_spread, correct_spread],
    "two pixels": two,
    "aligning": prices["dense"][0][0] - prices["aligned first"][0][0],
}))
"""


# What a cell after lesson 8's last prints: its figures, and those of painters that learn for a minute each.
FIGURES_OF_LESSON_8 = """
import json
import time

losses = {{
    "L2": F.mse_loss, "L1": F.l1_loss, "CIELAB": lambda drawn, true: F.l1_loss(lab(drawn), lab(true)),
}}
minutes = {{}}  # of each loss, for each seed: dB and ΔE
for name, compare in losses.items():
    for seed in range({seeds}):
        painter = Painter(compare, seed)
        training.fit(
            painter, grey_train, train, seconds=60, learning_rate=2e-3, seed=seed, clock=time.process_time,
            progress=False, **recipe,
        )
        images = painted(painter, grey_test)
        both = metrics.psnr(test, images), metrics.colour_difference(test, images, ~paper)
        minutes.setdefault(name, []).append(both)
print(json.dumps({{
    "minutes": minutes,
    "scores": scores,
    "dots": dict(zip(counts, asked)),
    "mean and nearest": [to_mean.item(), to_each.max().item()],
    "by hand": lost_by_hand,
}}))
"""


# What a cell after lesson 9's last prints: its figures, and those of more random eyes, more starts, and a minute each.
FIGURES_OF_LESSON_9 = """
import json
import time

QUIETLY = {{"one_cycle": True, "progress": False}}


def figures_of(network):
    reconstructions = generation.decode_all(network, generation.encode_all(dense, fashion.test))
    return {{"psnr": metrics.psnr(test, reconstructions), **scores_of(generation.decode_all(network, new_codes))}}


eyes = {{"untuned": figures_of(tuned["as it was"])}}
for name, eye in {{"pixels": None, **{{seed: models.Classifier(seed=100 + seed) for seed in range({seeds})}}}}.items():
    network = Tuning(eye)  # for twice as many pictures as in the lesson: some twelve seconds
    training.fit(network, codes, fashion.train, steps=250, learning_rate=1e-3, weight_decay=0, **QUIETLY)
    eyes[str(name)] = figures_of(network)


def after_training(network, seed=0, **budget):
    training.fit(network, fashion.train, seed=seed, **budget, **QUIETLY)
    return training.held_out_psnr(network, fashion.test)


starts = []
for seed in range({seeds}):
    network = models.DenseAutoencoder(32, (256, 128, 64), seed=seed)
    usual = after_training(network, seed, steps=300, learning_rate=1e-2)
    starts.append([after_training(started_by_he(network, seed), seed, steps=300, learning_rate=1e-2), usual])
wide = {{
    "one layer of 512": started_by_he(models.DenseAutoencoder(32, (512,))),
    "three layers of 512": started_by_he(models.DenseAutoencoder(32, (512, 512, 512))),
    "one layer of 512 and a residual block": residual(1, 512),
}}
minute = {{"seconds": 60, "clock": time.process_time, "learning_rate": 4e-3, "weight_decay": 0.05}}
print(json.dumps({{
    "eyes": eyes,
    "seen by A": figures_of(tuned["A's eyes"]),
    "boot": [stage_scores["one boot, 60 steps"], best_honest, stage_scores["an honest sample"]],
    "hundred": {{name: [result["shares"][1], result["spread"][1]] for name, result in measured.items()}},
    "ten": [[name, way, share] for (name, way), share in ten.items()],
    "obeyed": {{name: [obeyed[name].mean().item(), obeyed_real[name].mean().item()] for name in judges}},
    "starts": starts,
    "minute": {{name: after_training(network, **minute) for name, network in wide.items()}},
}}))
"""


# What a cell after lesson 10's last prints: its figures, those of more seeds, and of deep recommenders with more time.
FIGURES_OF_LESSON_10 = """
import json

QUIETLY = {{"progress": False}}
more_words = []
for seed in range({seeds}):  # as long as the lesson's own, from other first weights and with other slips
    network = models.WordAutoencoder(seed=seed)
    often = dictionary * 45
    training.fit(
        network, words.as_letters(words.mistyped(often, seed)), words.as_letters(often), epochs=1, seed=seed,
        **recipe, **QUIETLY,
    )
    more_words.append([share(mend(network, typed)), share(spell(network, typed))])


def both_costs(typed):  # what the channel takes, and what the codes do, added up: the best of the weights tried
    found = []
    edits, distances = words.edit_distances(typed, dictionary), nearest.distances(typed)
    for row, word in enumerate(typed):
        near = [of.topk(count, largest=False).indices for of, count in ((edits[row], 30), (distances[row], 10))]
        places = set(torch.cat(near).tolist())
        costs = [words.channel_costs(word, dictionary[place], bool(vocabulary.is_frequent[place])) for place in places]
        found.append([*zip(places, costs, distances[row][[*places]].tolist())])
    return found


def mended_together(costs, weight):
    return [dictionary[min(each, key=lambda of: of[1] + weight * of[2])[0]] for each in costs]


for_validation = both_costs(validation)
meant_there = [word for _, word in vocabulary.validation_typos]
weights = [0.25, 0.5, 1, 2, 4]
best_weight = max(weights, key=lambda weight: np.mean(
    [a == b for a, b in zip(mended_together(for_validation, weight), meant_there)]
))
together = mended_together(both_costs(typed), best_weight)
right_together = np.array(together) == np.array(meant)

held_out_errors = []  # the mean AUROC over ten classes, by networks from other first weights, on other batches
for seed in range({seeds}):
    of_classes = []
    for c in range(10):
        network = models.DenseAutoencoder(32, (256,), seed=seed)
        training.fit(
            network, fashion.train[:8_000][labels != c], epochs=5, batch_size=64, learning_rate=6e-3, weight_decay=0.1,
            one_cycle=True, seed=seed, **QUIETLY,
        )
        scores = error(data.as_float(fashion.test[:3_000]), network)
        of_classes.append(metrics.auroc(scores[test_labels != c], scores[test_labels == c]))
    held_out_errors.append(np.mean(of_classes))

deep_runs = []
for seed in range({seeds}):  # two widths, 150 epochs; the validation rows choose
    tried = []
    for hidden, code_size in ((600, 200), (1000, 300)):
        torch.manual_seed(seed)
        network = Recommender(len(thesaurus.columns), hidden, code_size)
        training.fit(
            network, train_rows, epochs=150, batch_size=256, learning_rate=2e-3, weight_decay=0.1, one_cycle=True,
            seed=seed, **QUIETLY,
        )
        with torch.no_grad():
            by_rows = [hits(network(rows[0]), *rows) for rows in (validated, tested)]
        tried.append([by_rows[0].mean().item(), by_rows[1]])
    deep_runs.append(max(tried, key=lambda each: each[0])[1])
over_deep = [interval(found_hidden["zero diagonal"].numpy(), run.numpy()) for run in deep_runs]
print(json.dumps({{
    "mended": {{**mended, "both together": right_together.mean()}},
    "over edits": over_edits,
    "over channel": over_channel,
    "together over channel": interval(right_together, right["noisy channel"]),
    "decoder": by_decoder,
    "more words": more_words,
    "left alone": left_alone,
    "passed": [passed, lost],
    "kinds": {{kind: each for kind, each in found.items()}},
    "mean of kinds": mean_kinds,
    "mean of classes": mean_of,
    "held-out errors": held_out_errors,
    "hits": {{name: each.mean().item() for name, each in found_hidden.items()}},
    "deep": [run.mean().item() for run in deep_runs],
    "over deep": over_deep,
    "over ridge": over["ridge, may copy"],
}}, default=float))
"""


# What a cell after lesson 11's last prints: its figures, and the memory that a hundred thousand pictures take.
FIGURES_OF_LESSON_11 = """
Path("thousands").mkdir()
for number in range(10):
    pictures = torch.from_numpy(patches(10_000, seed=number)).permute(0, 3, 1, 2).contiguous()
    distributed.write_shard(f"thousands/{number}.tar", pictures)
distributed.pack("thousands", "packed", size=32)
hundred_thousand = distributed.Shards("packed")


def most_memory(count):  # MB, of a process that reads so many of these pictures
    command = [sys.executable, "-c", MEMORY, "packed", str(count)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1000


print(json.dumps({
    "proofs": proofs,
    "speeds": speeds,
    "predicted": [
        (each["share"] + sent(each["weights"], PROCESSES) / bandwidth) / each["shared"]
        for each in speeds if each["network"] == "convolutional"
    ],
    "bandwidth": bandwidth,
    "through": through,
    "read": read,
    "memory": [most_memory(0), most_memory(len(hundred_thousand.train))],
    "pictures": len(hundred_thousand.train) + len(hundred_thousand.held_out),
    "raced": raced,
    "tried": {name: runs.tolist() for name, runs in tried.items()},
    "plain": {epochs: runs.tolist() for epochs, runs in zip(EPOCHS, curve)},
    "caught": {bug: any(each) for bug, each in alarms.items()},
    "equal": bool(equal),
    "twice": DIES_AT - resumed_at,
}))
"""


def colour_figures(seed: int) -> dict[str, float]:
    """Return the PSNR on new emoji of lesson 7's convolutional network, and the CPU seconds to train it."""
    from aelib import data, metrics, models, training, variation

    emoji = data.load("emoji")
    network = models.ConvAutoencoder(64, COLOUR_WIDTHS, seed=seed)
    varied = variation.OnVaried(network, mirror=True)
    history = training.fit(varied, emoji.train, epochs=21, seed=seed, **BY_CPU_TIME, **COLOUR_TRAINING)
    images = data.as_float(emoji.test)
    return {"psnr": metrics.psnr(images, network.eval()(images)), "seconds": history.seconds[-1]}


def shuffled_figures(seed: int) -> dict[str, float]:
    """Return the dB that a dense and a convolutional network lose on emoji with their pixels all in one random order.

    Trained and tested as in lesson 7; the seed is that of the first weights, of the order of the images and of the
    pixels.
    """
    import torch

    from aelib import data, metrics, models, training

    emoji = data.load("emoji")
    order = torch.randperm(1024, generator=torch.Generator().manual_seed(seed))
    networks = {
        "dense": (lambda: models.DenseAutoencoder(64, (256,), (3, 32, 32), seed=seed), DENSE_COLOUR_TRAINING),
        "convolutional": (
            lambda: models.ConvAutoencoder(64, COLOUR_WIDTHS, seed=seed),
            COLOUR_TRAINING | {"learning_rate": 4e-3},
        ),
    }

    def psnr(build: Callable, recipe: dict, train: torch.Tensor, test: torch.Tensor) -> float:
        network = build()
        training.fit(network, train, epochs=6, seed=seed, **BY_CPU_TIME, **recipe)
        return metrics.psnr(test, network.eval()(test))

    as_they_are = data.as_float(emoji.train), data.as_float(emoji.test)
    shuffled = [images.flatten(2)[..., order].reshape(images.shape) for images in as_they_are]
    return {name: psnr(*network, *as_they_are) - psnr(*network, *shuffled) for name, network in networks.items()}


def generation_of_shipped() -> dict[str, float]:
    """Return the limits for the scores of generation_figures, and whether dense-32, with a mixture, draws copies."""
    from aelib import data, generation, training

    fashion = data.load("fashion-mnist")
    test, model = data.as_float(fashion.test), training.pretrained("dense-32")
    drawn = generation.draw_codes(generation.encode_all(model, fashion.train), "mixture", len(test))
    started = time.perf_counter()
    images = generation.decode_all(model, drawn)
    seconds = time.perf_counter() - started
    new, real = (generation.nearest(batch, fashion.train)[1] for batch in (images, test))
    return {
        "real": distance_to_test(data.as_float(fashion.train[: len(test)])),
        "mean picture": distance_to_test(data.as_float(fashion.train).mean(0).expand_as(test)),
        "mixture": distance_to_test(images),
        "decoding seconds": seconds,
        "identical": int((new == 0).sum()),
        "1st percentile of new": new.quantile(0.01).item(),
        "1st percentile of test": real.quantile(0.01).item(),
    }


def generation_figures(name: str, seed: int) -> dict[str, float]:
    """Return the scores of a network that draws new images, after training: "plain", "article", "vae" or "usual vae".

    "plain" is dense-32 trained anew, by its recipe of 50 epochs (about as long as the next two), "usual vae" trains for
    ten epochs by the recipe that is usual, the others for 60 CPU seconds. The seed is that of the first weights, of the
    order of the images and of the codes that are drawn. −ELBO is in nats an image: the mean over the 10,000 test images
    of Fashion-MNIST, grey values in [0, 1] as they are, not made black or white, with one code drawn for each image.
    """
    import torch

    from aelib import data, generation, models, training

    fashion = data.load("fashion-mnist")
    network, recipe = {
        "plain": (partial(models.DenseAutoencoder, CODE_SIZE, (512,)), OURS["training"] | {"epochs": 50}),
        "article": (partial(models.DenseAutoencoder, CODE_SIZE, **ARTICLE["network"]), ARTICLE["training"]),
        "vae": (models.VariationalAutoencoder, VAE_TRAINING),
        "usual vae": (partial(models.VariationalAutoencoder, 20, (400,), activation="relu"), USUAL_VAE_TRAINING),
    }[name]
    model = network(seed=seed)
    limit = {} if "epochs" in recipe else {"seconds": TRAINING_SECONDS}
    history = training.fit(model, fashion.train, seed=seed, **BY_CPU_TIME, **recipe, **limit)
    figures = {"seconds": history.seconds[-1]}
    if name == "article":
        codes = generation.encode_all(model, fashion.test)
        return figures | {"reconstructions": distance_to_test(generation.decode_all(model, codes))}
    methods = ["mixture", "uniform"] if name == "plain" else ["mixture", "prior"]
    for method in methods:
        images = generation.sample(model, fashion.train, method, len(fashion.test), seed)
        figures[method] = distance_to_test(images)
    if name != "plain":
        torch.manual_seed(seed)
        with torch.no_grad():
            reconstruction, divergence = model.elbo_terms(data.as_float(fashion.test))
        figures["-ELBO"] = (reconstruction + divergence.sum(1)).mean().item()
    return figures


MEASUREMENTS: dict[str, Callable] = {
    "photo": photo_figures,
    "coder": coder_figures,
    "generation": generation_figures,
    "generation of shipped": generation_of_shipped,
    "colour": colour_figures,
    "shuffled": shuffled_figures,
    "curve": curve_of_network,
    "standard": curve_of_standard,
    "throughput of fit": throughput_of_fit,
    "throughput of loader": throughput_of_loader,
    "repair": repair_figures,
    "quality of ours": partial(quality_of_network, OURS),
    "quality of article": partial(quality_of_network, ARTICLE),
    "quality of pca": quality_of_pca,
}


if __name__ == "__main__":
    name, *arguments = json.loads(sys.argv[1])
    print(json.dumps(MEASUREMENTS[name](*arguments)))
