"""Measure the project's figures, each beside its rival and the bar that it must meet.

    python tools/bench.py                          all of them, about an hour
    python tools/bench.py --only start,lessons     parts (they stand below, in main)
    python tools/bench.py --only quality --seeds 1

Times need an idle machine. For throughput and start, ours and the rival take turns, five times, each time in a fresh
process, and the median counts. All else is measured once, training for quality once a seed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

REPEATS = 5
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
# A network trained for the rate, its recipe chosen as above, and the code sizes of its rivals, quantised afterwards.
BIT_PRICE = 0.03
RATE_TRAINING = {"batch_size": 128, "learning_rate": 8e-3, "weight_decay": 0.05, "one_cycle": True}
RIVAL_CODE_SIZES = (16, 24, 32, 48, 64)
STEPS_IN_SPREADS = (0.1, 0.14, 0.2, 0.28, 0.4, 0.56, 0.8, 1.1, 1.6, 2.2)  # steps, in standard deviations of the codes
# A variational autoencoder, its recipe chosen as above, and the recipe that is usual.
VAE_TRAINING = {"batch_size": 128, "learning_rate": 4e-3, "weight_decay": 0.05, "one_cycle": True}
USUAL_VAE_TRAINING = {"batch_size": 128, "learning_rate": 1e-3, "weight_decay": 0.0, "epochs": 10}
# Each damage to Fashion-MNIST, the network that mends it, and the PSNR in dB that it must reach: of the lost pixels
# where it is known which they are, else of all.
REPAIRS = (
    ("repair-noise", "noise", 0.2, 23.0),
    ("repair-noise", "noise", 0.4, 20.0),
    ("repair-salt-and-pepper", "salt and pepper", 0.2, 23.0),
    ("repair-lost", "hole", 10, 18.5),
    ("repair-lost", "centre hole", 14, 17.0),
    ("repair-lost", "strokes", 3, 20.5),
    ("repair-low-resolution", "low resolution", 2, 23.5),
    ("repair-blur", "blur", 1.5, 23.5),
)
REPAIRED = 300  # test images
PHOTO_NOISE = 25 / 255
# The network of the throughput figure.
SPEED_NETWORK = {"code_size": 32, "hidden": (128,), "activation": "relu"}
SPEED_BATCH = 512


# What is measured, each in a process of its own. The imports stand in the functions, so that the parent process and
# the measurement of imports load nothing that they do not use.


def throughput_of_fit() -> dict[str, float]:
    """Return images/s of training.fit, and which share of the machine's float32 matmul peak that is."""
    from aelib import data, models, training

    images = data.load("fashion-mnist").train
    model = models.DenseAutoencoder(**SPEED_NETWORK)
    train_one_epoch = partial(training.fit, model, images, epochs=1, batch_size=SPEED_BATCH, progress=False)
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
    """Return the most float32 operations per second that a product of two square matrices reaches."""
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
    from types import SimpleNamespace

    from aelib import data, metrics, models, training

    # fit's own clock is the one on the wall; by CPU time the result does not depend on what else the machine does.
    training.time = SimpleNamespace(perf_counter=time.process_time)
    images = data.load("fashion-mnist")
    model = models.DenseAutoencoder(CODE_SIZE, **recipe["network"], seed=seed)
    started = time.process_time()
    training.fit(model, images.train, seconds=TRAINING_SECONDS, seed=seed, progress=False, **recipe["training"])
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


def coder_figures() -> dict[str, float]:
    """Return how fast the codec is, in images/s each way, and the coded size over the entropy of the symbols."""
    import numpy as np

    from aelib import data, training
    from aelib.compression import Codec

    fashion = data.load("fashion-mnist")
    codec = Codec(training.pretrained("rate-64"), fashion.train, 1.0)
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


def curve_of_network(name: str, seconds: float) -> list[tuple[float, float]]:
    """Return (bytes per image, PSNR) of files of all test images, at several steps.

    ``name`` is "pca", "plain" or "rate" and a code size. The latter two are trained for so many seconds of CPU
    time; with 0 seconds the network is the shipped one of that name.
    """
    from types import SimpleNamespace

    from aelib import compression, data, models, training

    training.time = SimpleNamespace(perf_counter=time.process_time)  # as in quality_of_network
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
        training.fit(model, fashion.train, seconds=seconds, progress=False, **recipe)
    spread = model.encode(data.as_float(fashion.train[:5000])).std().item()
    points = compression.rate_distortion(
        model, fashion.train, fashion.test, [spread * factor for factor in STEPS_IN_SPREADS]
    )
    return [(point.bytes, point.psnr) for point in points]


def curve_of_standard(kind: str, qualities: list[int], as_mosaic: bool, options: dict) -> list[tuple[float, float]]:
    """Return (bytes per image, PSNR) of a standard format, without what is the same in all files of a quality."""
    from aelib import compression, data

    test = data.load("fashion-mnist").test
    images = test if as_mosaic else test[:2000]
    points = compression.standard_rate_distortion(kind, images, qualities, as_mosaic, **options)
    return [(point.bytes - point.constant_bytes, point.psnr) for point in points]


def generation_figures(name: str) -> dict[str, float]:
    """Return the scores of one of the networks that draw new images: "plain", "article", "vae" or "usual vae".

    "plain" is the shipped network of 32 units, "usual vae" trains for ten epochs by the recipe that is usual, the
    others for 60 CPU seconds.
    """
    from types import SimpleNamespace

    import torch

    from aelib import data, generation, metrics, models, training

    training.time = SimpleNamespace(perf_counter=time.process_time)  # as in quality_of_network
    fashion = data.load("fashion-mnist")
    test = data.as_float(fashion.test)
    classifier = training.pretrained("classifier")

    def distance(images) -> float:
        features = [
            torch.cat([classifier.features(part) for part in batch.split(1000)]).detach() for batch in (images, test)
        ]
        return metrics.frechet_distance(*features)

    if name == "plain":
        model = training.pretrained("dense-32")
        codes = generation.encode_all(model, fashion.train)
        drawn = generation.draw_codes(codes, "mixture", len(test))
        started = time.perf_counter()
        images = generation.decode_all(model, drawn)
        seconds = time.perf_counter() - started
        _, new = generation.nearest(images, fashion.train)
        _, real = generation.nearest(test, fashion.train)
        return {
            "real": distance(data.as_float(fashion.train[: len(test)])),
            "mean picture": distance(data.as_float(fashion.train).mean(0).expand_as(test)),
            "uniform": distance(generation.sample(model, fashion.train, "uniform", len(test))),
            "mixture": distance(images),
            "decoding seconds": seconds,
            "identical": int((new == 0).sum()),
            "1st percentile of new": new.quantile(0.01).item(),
            "1st percentile of test": real.quantile(0.01).item(),
        }
    if name == "article":
        model = models.DenseAutoencoder(CODE_SIZE, **ARTICLE["network"])
        training.fit(model, fashion.train, seconds=TRAINING_SECONDS, progress=False, **ARTICLE["training"])
        return {"reconstructions": distance(generation.decode_all(model, generation.encode_all(model, test)))}
    model, limits = models.VariationalAutoencoder(), VAE_TRAINING | {"seconds": TRAINING_SECONDS}
    if name == "usual vae":
        model, limits = models.VariationalAutoencoder(20, (400,), activation="relu"), USUAL_VAE_TRAINING
    history = training.fit(model, fashion.train, progress=False, **limits)
    torch.manual_seed(0)
    with torch.no_grad():
        reconstruction, divergence = model.elbo_terms(test)
    return {
        "-ELBO": (reconstruction + divergence.sum(1)).mean().item(),
        "prior": distance(generation.sample(model, fashion.train, "prior", len(test))),
        "seconds": history.seconds[-1],
    }


def repair_figures(network: str, kind: str, strength: float) -> dict[str, dict[str, float]]:
    """Return, for each way to mend the first test images, PSNR in dB, SSIM of the whole, and seconds per image.

    Where it is known which pixels are lost, the PSNR is theirs, and a rival is added: the nearest training image by the
    known pixels.
    """

    import torch

    from aelib import classical, data, generation, metrics, repair, training

    fashion = data.load("fashion-mnist")
    images = data.as_float(fashion.test[:REPAIRED])
    damaged, lost = repair.damage(images, kind, strength)
    plain = training.pretrained("dense-32")
    codes = generation.encode_all(plain, fashion.train)
    model = training.pretrained(network)

    def by_network(damaged, lost):
        with torch.no_grad():
            repaired = model(damaged, lost).clamp(0, 1)
        return repaired if lost is None else repair.keep_known(damaged, repaired, lost)

    def by_search(damaged, lost):
        return repair.search_code(plain, codes, damaged, lost)

    def by_nearest(damaged, lost):
        known = (~lost).float()
        train = data.as_float(fashion.train).flatten(1)
        # |a − b|² over the known pixels alone, up to what does not depend on b
        distance = known.flatten(1) @ train.square().T - 2 * (known * damaged).flatten(1) @ train.T  # (N, M)
        return repair.keep_known(damaged, train[distance.argmin(1)].reshape(damaged.shape), lost)

    ways = {
        "ours": by_network,
        "search of the code": by_search,
        **classical.baselines(kind, fashion.train[:60], strength),
        "projected": lambda damaged, lost: repair.project(plain, damaged),
    }
    if lost is not None:
        ways["nearest training image"] = by_nearest
    figures = {}
    for name, way in ways.items():
        started = time.perf_counter()
        repaired = way(damaged, lost)
        seconds = (time.perf_counter() - started) / len(images)
        psnr = metrics.psnr(images, repaired, lost)
        figures[name] = {"psnr": psnr, "ssim": metrics.ssim(images, repaired), "seconds": seconds}
    return figures


def photo_figures() -> dict[str, dict[str, list[float]]]:
    """Return PSNR in dB and seconds for each held-out photograph with noise, by network and, if installed, BM3D.

    BM3D (Dabov et al. 2007, doi:10.1109/TIP.2007.901238) is no dependency: its licence allows no commercial use.
    """
    import torch

    import photographs
    from aelib import data, metrics, photos, repair, training

    model = training.pretrained("photo-noise")
    ways = {
        "ours": lambda noisy: photos.repair_photo(model, noisy, on_progress=lambda share: None),
        "its classical part": lambda noisy: data.as_bytes(model.guesses(data.as_float(noisy))[0]),
    }
    try:
        import bm3d

        profile = bm3d.BM3DProfile()
        profile.num_threads = torch.get_num_threads()  # by itself it takes all cores

        def by_bm3d(noisy):
            mended = bm3d.bm3d_rgb(data.as_float(noisy)[0].permute(1, 2, 0).double().numpy(), PHOTO_NOISE, profile)
            return data.as_bytes(torch.from_numpy(mended)).permute(2, 0, 1)[None]

        ways["BM3D"] = by_bm3d
    except ImportError:
        print("pip install bm3d for the rival of the photographs", file=sys.stderr)
    figures = {}
    for name, photo in photographs.measured().items():
        noisy = data.as_bytes(repair.damage(photo, "noise", PHOTO_NOISE)[0])
        figures[name] = {}
        for way, method in ways.items():
            started = time.perf_counter()
            with torch.no_grad():
                mended = method(noisy)
            figures[name][way] = [metrics.psnr(photo, mended), time.perf_counter() - started]
    return figures


MEASUREMENTS: dict[str, Callable] = {
    "photo": photo_figures,
    "coder": coder_figures,
    "generation": generation_figures,
    "curve": curve_of_network,
    "standard": curve_of_standard,
    "throughput of fit": throughput_of_fit,
    "throughput of loader": throughput_of_loader,
    "repair": repair_figures,
    "quality of ours": partial(quality_of_network, OURS),
    "quality of article": partial(quality_of_network, ARTICLE),
    "quality of pca": quality_of_pca,
}


# The parts of the table, each printed as soon as it is measured.


def in_fresh_process(measurement: str, *arguments: object, threads: int | None = None) -> dict | list:
    """Run one of the measurements in a Python of its own, on so many threads, and return its figures."""
    environment = os.environ | ({"OMP_NUM_THREADS": str(threads)} if threads else {})
    command = [sys.executable, __file__, "--measure", json.dumps([measurement, *arguments])]
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def seconds_of(code: str) -> float:
    """Return the wall-clock seconds that a fresh Python takes to run ``code`` and end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


def print_row(what: str, ours: str, rival: str, bar: str, met: bool | str, detail: str = "") -> None:
    """Print a line of the table; ``met`` is the heading's word, or whether the bar is met, with a ``detail``."""
    if isinstance(met, bool):
        met = "yes" if met else "no"
    print(f"{what:<64} {ours:>22} {rival:>22} {bar:>10}  {met}{detail}", flush=True)


def print_throughput() -> None:
    """Print how fast ``fit`` is beside a DataLoader loop, and beside bare matrix products."""
    ours, rival = [], []
    for _ in range(REPEATS):
        ours.append(in_fresh_process("throughput of fit"))
        rival.append(in_fresh_process("throughput of loader"))
    fast, slow = (statistics.median(run["images/s"] for run in runs) for runs in (ours, rival))
    share = statistics.median(run["share"] for run in ours)
    what = f"fit, 784-128-32-128-784, batch {SPEED_BATCH}, beside a DataLoader"
    times = f", {fast / slow:.1f} ×"
    print_row(what, f"{fast:,.0f} images/s", f"{slow:,.0f} images/s", "≥ 5 ×", fast >= 5 * slow, times)
    usual_share = statistics.median(run["share by 6 a weight"] for run in ours)
    usual = f", {usual_share:.0%} by the usual count of 6 operations a weight"
    print_row("the same, beside the float32 matmul peak", f"{share:.0%}", "100%", "≥ 50%", share >= 0.5, usual)


def print_quality(seeds: int) -> None:
    """Print the test MSE at code size 32 beside the article's recipe and PCA."""
    ours, article = [], []
    for seed in range(seeds):
        ours.append(in_fresh_process("quality of ours", seed, threads=1))
        article.append(in_fresh_process("quality of article", seed, threads=1))
    pca = in_fresh_process("quality of pca", threads=1)
    mse = statistics.median(run["mse"] for run in ours)
    for name, runs in (("the article's recipe", article), ("PCA", [pca])):
        what = f"test MSE per pixel, {CODE_SIZE} code units, beside {name}"
        print_row(what, mean_squared_error(ours), mean_squared_error(runs), "≤ 0.0080", mse <= 0.0080)
    for name, runs in (("ours", ours), ("the article's", article)):
        errors = sorted(run["mse"] for run in runs)
        if seeds > 1:
            print(f"  {name}, {seeds} seeds: from {errors[0]:.5f} to {errors[-1]:.5f}")


def mean_squared_error(runs: list[dict[str, float]]) -> str:
    """Return the median MSE of some runs, and the most CPU seconds that one of them took."""
    return f"{statistics.median(run['mse'] for run in runs):.5f}, {max(run['seconds'] for run in runs):.1f} CPU-s"


def print_start() -> None:
    """Print how much longer than torch alone it takes to import aelib and load the embedded images."""
    ours, rival = [], []
    for _ in range(REPEATS):
        ours.append(seconds_of("import aelib; aelib.data.load('fashion-mnist')"))
        rival.append(seconds_of("import torch"))
    fast, slow = statistics.median(ours), statistics.median(rival)
    more = fast - slow
    what = "import aelib and load the images, beside import torch"
    print_row(what, f"{fast:.2f} s", f"{slow:.2f} s", "≤ +1.0 s", more <= 1, f", {more:+.2f} s")


def print_lessons() -> None:
    """Print what each lesson takes from top to bottom."""
    import notebooks

    for path in notebooks.LESSONS:
        _, run = notebooks.execute(path)
        print_row(f"{path.name}, top to bottom", f"{run.seconds:.0f} s", "", "≤ 180 s", run.seconds <= 180)
        what = f"  slowest cell: {run.slowest_cell[:40]}"
        print_row(what, f"{run.slowest_seconds:.1f} s", "", "≤ 30 s", run.slowest_seconds <= 30)
        memory = run.peak_megabytes
        if memory is not None:
            print_row("  peak memory", f"{memory:,.0f} MB", "", "≤ 1,500 MB", memory <= 1500)


def print_widgets() -> None:
    """Print how fast the picture follows a slider in JupyterLab, beside ``interact`` around ``plt.show``."""
    import latency

    ways, brush = latency.measure()
    usual, dense, conv = ways.values()

    def milliseconds(way: latency.Latency) -> str:
        return f"{way.median:.0f} / {way.percentile_95:.0f} ms"

    met = dense.median <= 16 and usual.median >= 4 * dense.median
    times = f", {usual.median / dense.median:.1f} ×"
    print_row(
        f"key to pixels, dense decoder, median / 95 % of {latency.MOVES}",
        milliseconds(dense), milliseconds(usual), "≤ 16, 4 ×", met, times,
    )  # fmt: skip
    print_row(
        "key to pixels, conv decoder (in the kernel)",
        milliseconds(conv), milliseconds(usual), "< interact", conv.median < usual.median,
    )  # fmt: skip
    median = statistics.median(brush)
    print_row(
        f"stroke to repaired pixels, damage_brush, median / 95 % of {len(brush)}",
        f"{median:.0f} / {brush[int(0.95 * len(brush))]:.0f} ms", "", "≤ 100 ms", median <= 100,
    )  # fmt: skip
    for name, way, met in (
        ("dense", dense, dense.pictures_per_second >= 25 and not dense.blank_frames and dense.settled_ms <= 50),
        ("conv", conv, conv.pictures_per_second > usual.pictures_per_second),
    ):
        print_row(
            f"pictures/s at {latency.BURST_RATE} moves/s, {name} decoder",
            f"{way.pictures_per_second:.0f}", f"{usual.pictures_per_second:.0f}",
            "≥ 25" if way is dense else "> interact", met and way.heights == 1,
        )  # fmt: skip
        print_row("  blank frames", f"{way.blank_frames}", f"{usual.blank_frames}", "0", way.blank_frames == 0)
        print_row("  heights of the cell", f"{way.heights}", f"{usual.heights}", "1", way.heights == 1)
        print_row("  settled after the last move", f"{way.settled_ms:.0f} ms", f"{usual.settled_ms:.0f} ms", "", "")


def bytes_at(curve: list, psnr: float) -> float:
    """Return the bytes per image of a curve of (bytes, PSNR) at a PSNR, by interpolation; infinite above its end."""
    return interpolated([(quality, size) for size, quality in curve], psnr, beyond=float("inf"))


def psnr_at(curve: list, size: float) -> float:
    """Return the PSNR of a curve of (bytes, PSNR) at a number of bytes per image, by interpolation."""
    return interpolated(curve, size, beyond=max(quality for _, quality in curve))


def interpolated(points: list, x: float, beyond: float) -> float:
    """Return y at ``x`` on the straight lines between points (x, y), and ``beyond`` to the right of the last one."""
    points = sorted(points)
    for (left, low), (right, high) in zip(points[:-1], points[1:], strict=True):
        if left <= x <= right:
            return low + (x - left) / (right - left) * (high - low)
    return points[0][1] if x < points[0][0] else beyond


def print_compression() -> None:
    """Print what the codec's files weigh, beside the standard formats, PCA and codes that are quantised afterwards."""
    coder = in_fresh_process("coder")
    ratio = coder["size / entropy"]
    print_row("coded size over the symbols' entropy, 10,000 images", f"{ratio:.4f}", "1", "≤ 1.02", ratio <= 1.02)
    for way in ("compress", "decompress"):
        print_row(f"{way}, 784-512-64", f"{coder[way]:,.0f} images/s", "", "≥ 20,000", coder[way] >= 20_000)

    ours = {name: in_fresh_process("curve", name, 0) for name in ("rate-32", "rate-64")}
    pca = in_fresh_process("curve", "pca-128", 0)

    def best_bytes(psnr: float) -> float:
        return min(bytes_at(curve, psnr) for curve in ours.values())

    [(size, psnr)] = in_fresh_process("standard", "JPEG", [0], False, {})
    print_bytes(f"JPEG one by one, header left out, at its lowest, {psnr:.1f} dB", best_bytes(psnr), size, 10)
    avif = in_fresh_process("standard", "AVIF", [3, 5, 8, 11, 14, 18], True, {"speed": 6})
    webp = in_fresh_process("standard", "WEBP", [0, 2], True, {"method": 6})
    size, psnr = min(avif)
    print_bytes(f"AVIF of a mosaic, at its lowest, {psnr:.1f} dB", best_bytes(psnr), size, 5)
    print_bytes("AVIF of a mosaic, at 21 dB", best_bytes(21), bytes_at(avif, 21), 2)
    size, psnr = min(webp)
    print_bytes(f"WebP of a mosaic, at its lowest, {psnr:.1f} dB", best_bytes(psnr), size, 2)
    for size in (6, 12, 16):
        [best, rival] = max(psnr_at(curve, size) for curve in ours.values()), psnr_at(pca, size)
        what, gain = f"PSNR at {size} bytes, beside PCA with the same coder", best - rival
        print_row(what, f"{best:.2f} dB", f"{rival:.2f} dB", "≥ +1.8 dB", gain >= 1.8, f", {gain:+.2f} dB")

    one = in_fresh_process("curve", "rate-64", TRAINING_SECONDS, threads=1)
    rivals = [in_fresh_process("curve", f"plain-{size}", TRAINING_SECONDS, threads=1) for size in RIVAL_CODE_SIZES]
    for psnr in (19.5, 20.0, 20.5, 21.0):
        best, rival = bytes_at(one, psnr), min(bytes_at(curve, psnr) for curve in rivals)
        what = f"bytes at {psnr} dB, trained for the rate, beside quantised afterwards"
        saved = 1 - best / rival
        print_row(what, f"{best:.2f} bytes", f"{rival:.2f} bytes", "≤ −10%", saved >= 0.1, f", {-saved:+.0%}")


def print_bytes(what: str, ours: float, rival: float, times: int) -> None:
    """Print our bytes per image in a file of all beside a rival's; the bar is that ours are so many times fewer."""
    print_row(
        what,
        f"{ours:.2f} bytes",
        f"{rival:.1f} bytes",
        f"≤ 1/{times}",
        ours <= rival / times,
        f", 1/{rival / ours:.1f}",
    )


def print_generation() -> None:
    """Print the bounds of the variational autoencoders, and how near each way to draw comes to real images."""
    plain, article, vae, usual = (
        in_fresh_process("generation", name, threads=1) for name in ("plain", "article", "vae", "usual vae")
    )
    ours, rival = vae["-ELBO"], usual["-ELBO"]
    what = f"−ELBO, nats an image, {vae['seconds']:.0f} s of training, beside 784-400-20, {usual['seconds']:.0f} s"
    print_row(what, f"{ours:.1f}", f"{rival:.1f}", "≤ 240.5, −3", ours <= 240.5 and ours <= rival - 3)
    best = plain["mixture"]
    print(f"  Fréchet distance: real against real {plain['real']:.1f}, the mean picture {plain['mean picture']:.0f}")
    for rival, value, times in (
        ("the article's uniform codes", plain["uniform"], 17),
        ("the VAE's prior", min(vae["prior"], usual["prior"]), 4),
        ("the article's network's reconstructions", article["reconstructions"], 1),
    ):
        what = f"Fréchet distance, mixture of 50, beside {rival}"
        print_row(what, f"{best:.1f}", f"{value:.1f}", f"≤ 1/{times}", best <= value / times, f", 1/{value / best:.1f}")
    print_row(
        "10,000 samples decoded", f"{plain['decoding seconds']:.2f} s", "", "≤ 1 s", plain["decoding seconds"] <= 1
    )
    print_row("samples identical to a training image", f"{plain['identical']}", "", "0", plain["identical"] == 0)
    new, real = plain["1st percentile of new"], plain["1st percentile of test"]
    print_row(
        "nearest training image, 1st percentile, beside test images", f"{new:.4f}", f"{real:.4f}", "≥", new >= real
    )


def print_repair() -> None:
    """Print how well each damage is mended, beside the best classical method, and the other ways below."""
    for network, kind, strength, bar in REPAIRS:
        figures = in_fresh_process("repair", network, kind, strength, threads=1)
        ours = figures.pop("ours")
        others = {name: way for name, way in figures.items() if name not in ("projected", "search of the code")}
        best = max(others, key=lambda name: others[name]["psnr"])
        print_row(
            f"{kind} {strength}, dB, beside {best}",
            f"{ours['psnr']:.2f} dB", f"{others[best]['psnr']:.2f} dB", f"≥ {bar} dB", ours["psnr"] >= bar,
        )  # fmt: skip
        for name, way in {"ours": ours, **figures}.items():
            print(f"  {name}: {way['psnr']:.2f} dB, SSIM {way['ssim']:.3f}, {1000 * way['seconds']:.1f} ms an image")


def print_photos() -> None:
    """Print how well noise of 25/255 is taken from each held-out photograph, beside BM3D, each by one thread."""
    figures = in_fresh_process("photo", threads=1)
    for name, ways in figures.items():
        print(f"  {name}: " + "; ".join(f"{way} {psnr:.2f} dB in {s:.1f} s" for way, (psnr, s) in ways.items()))
    if any("BM3D" not in ways for ways in figures.values()):
        return
    (ours, seconds), (rival, rival_seconds) = (
        [statistics.mean(ways[way][column] for ways in figures.values()) for column in (0, 1)]
        for way in ("ours", "BM3D")
    )
    what = f"noise of 25/255 in {len(figures)} photographs, mean dB, beside BM3D"
    print_row(what, f"{ours:.2f} dB", f"{rival:.2f} dB", "≥ −0.3 dB", ours >= rival - 0.3)
    print_row("  mean seconds", f"{seconds:.1f} s", f"{rival_seconds:.1f} s", "≤ 1/5", 5 * seconds <= rival_seconds)


def main() -> None:
    """Print the table, or, in a process of its own, one measurement as JSON."""
    parts = {
        "throughput": print_throughput,
        "quality": lambda: print_quality(arguments.seeds),
        "compression": print_compression,
        "generation": print_generation,
        "repair": print_repair,
        "photos": print_photos,
        "start": print_start,
        "lessons": print_lessons,
        "widgets": print_widgets,
    }
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default=",".join(parts), help="parts, joined by commas: %(default)s")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds to train for the quality figure")
    parser.add_argument("--measure", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        name, *values = arguments.measure
        print(json.dumps(MEASUREMENTS[name](*values)))
        return
    chosen = arguments.only.split(",")
    if not set(chosen) <= set(parts):
        parser.error(f"--only takes {', '.join(parts)}")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start, Python {sys.version.split()[0]}")
    print_row("what", "ours", "rival", "bar", "met")
    for name in chosen:
        parts[name]()


if __name__ == "__main__":
    main()
