"""The states of widgets that the web pages load, and when they are made anew."""

import base64
import json

import nbformat
import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from ipywidgets import Button, FloatProgress
from ipywidgets.embed import embed_data
from nbformat import v4
from rounded import from_blocks, in_file, with_weights
from test_widgets import Softened

import notebooks
import states
from aelib import anomalies, classical, compression, models, photos, training, widgets
from aelib.exercises import quiz
from aelib.widgets.networks import described
from aelib.widgets.shared import WithSliders

IMAGES = torch.rand(60, 1, 8, 8, generator=torch.Generator().manual_seed(0))
DENSE = models.DenseAutoencoder(10, (16,), (1, 8, 8))
BYTES = (255 * IMAGES[:4]).to(torch.uint8)


def notebook_of(*cells):
    """Return a notebook as nbclient leaves it, with the widgets of each cell, and all that they hold."""
    state, shown = {}, []
    for number, cell in enumerate(cells):
        outputs = [v4.new_output("display_data", DisplayFormatter().format(widget)[0]) for widget in cell]
        outputs.insert(0, v4.new_output("stream", text="1.23\n"))
        shown.append(v4.new_code_cell(f"cell {number}", id=f"cell-{number}", outputs=outputs))
        for widget in cell:
            state |= embed_data([widget], drop_defaults=False)["manager_state"]["state"]
    saved = {"widgets": {states.STATE: {"state": state}}}
    return v4.new_notebook(cells=[v4.new_markdown_cell("# 7", id="title"), *shown], metadata=saved)


def read(path):
    """Return what a state's file hands to the page."""
    start, _, state = path.read_text(encoding="utf-8").partition("=")
    assert start == f'aelibStates["{path.stem}"]' and state.endswith(";\n")
    return json.loads(state[:-2])


def is_close(weights, expected):
    """Check that each weight is within half a unit of what it was: the largest of the 64 beside it is 127 units."""
    assert weights.shape == expected.shape
    for own, block in zip(weights.split(64), expected.split(64), strict=True):
        unit = block.abs().max() / 127
        assert (own - block).abs().max() <= 0.5 * unit + 127 * max(unit * 2**-11, 2**-25)


@pytest.mark.parametrize("length", [1, 63, 64, 65, 1000])
@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1, 500])
def test_a_weight_in_a_block_is_half_a_unit_off_at_most(length, scale):
    weights = scale * torch.randn(length, generator=torch.Generator().manual_seed(0))
    content = states.in_blocks(weights.numpy())
    assert len(content) == length + 2 * -(-length // 64)
    is_close(from_blocks(base64.b64encode(content)), weights)


def numbers(trait):
    return torch.from_numpy(np.frombuffer(base64.b64decode(trait["float16"]), "<f2").astype(np.float32))


def test_the_sliders_of_a_code_have_all_that_the_page_needs(tmp_path):
    [path] = states.write(notebook_of([widgets.latent_sliders(DENSE, IMAGES)]), "07", tmp_path)
    assert path == tmp_path / "07-cell-0-0.js"
    (kind, row), (view, picture), *others = state = read(path)
    assert [kind, row["children"], view, picture["view"]] == ["row", ["IPY_MODEL_1", "IPY_MODEL_2"], "view", "sliders"]
    assert [state[int(name.removeprefix("IPY_MODEL_"))][0] for name in picture["sliders"]] == ["slider"] * 10
    assert [traits["titles"] for kind, traits in others if kind == "fold"] == [["2 units that change the picture less"]]
    assert not any(name.startswith("_") or name == "layout" for _, traits in state for name in traits)


def test_a_state_draws_the_pictures_that_torch_draws(tmp_path):
    network = models.DenseAutoencoder(32, (512,))
    for parameter in network.decoder.parameters():
        parameter.data *= 3  # an untrained decoder draws much the same for any code
    sliders = widgets.latent_sliders(network, torch.rand(300, 1, 28, 28))
    [path] = states.write(notebook_of([sliders]), "07", tmp_path)
    picture = read(path)[1][1]
    read_back = with_weights(network, from_blocks(picture["weights"]["int8"]), "decoder")
    drawn = read_back.decode(numbers(picture["codes"]).reshape(300, 32))
    difference = (drawn - network.decode(sliders._picture.real_codes)).abs()
    assert difference.max() <= 8 / 255 and difference.mean() <= 1 / 255


def brush_of(network):
    half = classical.Baseline("half", lambda image, lost, setting: image / 2, None)
    images = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    return widgets.damage_brush(images, {"noise": (network, half), "lost pixels": (network, half)})


def test_the_weights_of_a_brush_lie_in_files_of_their_own(tmp_path):
    network = training.pretrained("repair-noise")
    brush = brush_of(network)
    state, weights = states.write(notebook_of([brush]), "07", tmp_path)
    [(view, traits)] = read(state)
    assert (view, traits["view"]) == ("view", "brush")
    assert [each["weights"] for each in traits["networks"]] == [weights.stem] * 2
    assert weights.read_text().startswith(f'aelibStates["{weights.stem}"]="')
    assert traits["networks"][0]["bytes"] == pytest.approx(0.75 * weights.stat().st_size, abs=100)
    expected = torch.cat([weight.detach().flatten() for weight in described(network)[1]])
    is_close(in_file(weights), expected)


def test_a_workshop_for_photographs_has_controls_of_the_page_and_networks_where_there_are_any(tmp_path):
    photo = torch.zeros(1, 3, 20, 30, dtype=torch.uint8)
    own = type("Own", (models.RepairNet,), {})(3, (4, 8))  # of which the browser knows nothing
    networks = {"noise": own, "low resolution": training.pretrained("photo-low-resolution")}
    state, weights = states.write(notebook_of([widgets.photo_repair(networks, photo)]), "07", tmp_path)
    [(kind, traits)] = read(state)
    assert kind == "workshop" and traits["photo_size"] == [20, 30]
    assert traits["tasks"] == [["take noise away", "noise"], ["double the size", "low resolution"]]
    none, described = traits["networks"]
    assert none is None and described["weights"] == weights.stem
    assert base64.b64decode(traits["before"]["uint8"]) == photos.png(photo)

    alone = widgets.photo_repair({"noise": own}, photo)
    assert states.write(notebook_of([alone]), "08", tmp_path) == [], "nothing can be mended in the page"


def test_a_network_that_is_not_shipped_is_refused(tmp_path):
    half = classical.Baseline("half", lambda image, lost, setting: image / 2, None)
    images = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    brush = widgets.damage_brush(images, {"noise": (models.RepairNet(widths=(3,)), half)})
    with pytest.raises(ValueError, match=r"the weights network-.*which are of none of classifier, contrastive-64"):
        states.write(notebook_of([brush]), "07", tmp_path)


def test_a_map_and_a_quality_slider_have_states_too(tmp_path):
    explorer = widgets.code_explorer(DENSE, IMAGES, torch.arange(60) % 2, ["bag", "boot"])
    knob = widgets.compression_slider([compression.Codec(DENSE, IMAGES, step) for step in (1.0, 0.1)], BYTES)
    paths = states.write(notebook_of([explorer, knob]), "07", tmp_path)
    assert [path.name for path in paths] == ["07-cell-0-0.js", "07-cell-0-1.js"]
    [(_, map_of_codes)], (_, (_, pictures), *_) = map(read, paths)
    assert np.allclose(map_of_codes["origin"], explorer.origin) and len(numbers(map_of_codes["points"])) == 2 * 60
    assert base64.b64decode(pictures["drawn"]["uint8"]) == knob.drawn.numpy().tobytes()


def test_alarms_and_suggestions_have_states_too(tmp_path):
    slider = widgets.anomaly_slider(DENSE, IMAGES[:3], anomalies.Detector(IMAGES[:30], IMAGES[30:]))
    words = widgets.suggestions(["art", "craft"], {"a method": torch.tensor([[1, -0.1], [0.2, 0]])}, chosen=["craft"])
    (_, (_, picture), *_), [(kind, suggested)] = map(read, states.write(notebook_of([slider, words]), "07", tmp_path))
    assert numbers(picture["pattern"]).equal(slider._pattern.flatten()), "in half precision it is the same"
    assert len(base64.b64decode(picture["reference"]["uint8"])) == 30 * 64
    assert picture["median"] == pytest.approx(slider.detector.median.tolist())
    assert kind == "view" and suggested["names"] == ["art", "craft"] and suggested["chosen"] == ["craft"]
    assert [*base64.b64decode(suggested["matrices"]["uint8"])] == [127, 256 - 40, 127, 0]
    assert np.allclose(suggested["scales"], [[1 / 127**2, 0.2 / 127**2]])


def test_what_needs_a_kernel_has_no_state_but_counts_and_what_has_no_still_picture_does_not(tmp_path):
    halve = classical.Baseline("half", lambda image, lost, setting: image / 2, None)
    brush = widgets.damage_brush(BYTES, {"noise": (lambda damaged, lost: damaged, halve)})
    in_the_kernel = widgets.latent_sliders(Softened(10), IMAGES)
    asked = quiz("Which?", {"this": "Yes.", "that": "No."}, "this")
    dense = widgets.code_explorer(DENSE, IMAGES)
    paths = states.write(notebook_of([asked], [FloatProgress(), in_the_kernel, brush, dense]), "07", tmp_path)
    assert [path.name for path in paths] == ["07-cell-1-2.js"]


def test_what_the_pages_cannot_draw_is_refused(tmp_path):
    explorer = widgets.code_explorer(DENSE, IMAGES)
    with pytest.raises(ValueError, match=r"cannot draw the control ButtonModel: add it to KINDS"):
        states.write(notebook_of([WithSliders(explorer, [Button()], "<p>A map.</p>")]), "07", tmp_path)
    explorer.set_trait("points", np.float32([1, 65504]).tobytes())
    with pytest.raises(ValueError, match=r"points .* beyond half precision"):
        states.write(notebook_of([explorer]), "07", tmp_path)


def test_states_are_stale_when_code_or_the_package_changes(tmp_path, monkeypatch):
    folder = tmp_path / "states"
    notebook = notebook_of([widgets.code_explorer(DENSE, IMAGES)])
    assert not states.are_fresh(notebook, "07", folder)
    states.write(notebook, "07", folder)
    notebook.cells[0].source = "# 7 · Prose may change"
    assert states.are_fresh(notebook, "07", folder) and not states.are_fresh(notebook, "08", folder)
    notebook.cells[1].source += " + 1"
    assert not states.are_fresh(notebook, "07", folder)

    monkeypatch.setattr(states, "ROOT", tmp_path)
    (tmp_path / "aelib" / "assets").mkdir(parents=True)
    (tmp_path / "aelib" / "models.py").write_text("1")
    states.write(notebook, "07", folder)
    (tmp_path / "aelib" / "assets" / "widgets.js").write_text("new")
    assert states.are_fresh(notebook, "07", folder)
    (tmp_path / "aelib" / "models.py").write_text("2")
    assert not states.are_fresh(notebook, "07", folder)


def test_what_an_earlier_run_left_of_a_lesson_is_removed(tmp_path):
    explorer = widgets.code_explorer(DENSE, IMAGES)
    for lesson in ("07", "08"):
        states.write(notebook_of([explorer, explorer]), lesson, tmp_path)
    states.write(notebook_of([explorer]), "07", tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.js")) == ["07-cell-0-0.js", "08-cell-0-0.js", "08-cell-0-1.js"]


def test_weights_stay_while_a_state_of_any_lesson_names_them(tmp_path):
    explorer, brush = widgets.code_explorer(DENSE, IMAGES), brush_of(training.pretrained("repair-noise"))
    [*_, weights] = [states.write(notebook_of([brush]), lesson, tmp_path)[-1] for lesson in ("07", "08")]
    states.write(notebook_of([explorer]), "07", tmp_path)
    assert weights.exists()
    states.write(notebook_of([explorer]), "08", tmp_path)
    assert not weights.exists()


SOURCE = """
from pathlib import Path
Path("runs").write_text(Path("runs").read_text() + "x" if Path("runs").exists() else "x")
import torch
from aelib import models, widgets
widgets.code_explorer(models.DenseAutoencoder(2, (), (1, 4, 4)), torch.rand(9, 1, 4, 4))
"""


def test_only_lessons_with_stale_states_are_run_and_no_lesson_is_written(tmp_path):
    good, bad = tmp_path / "07_good.ipynb", tmp_path / "08_bad.ipynb"
    for path, source in ((good, SOURCE), (bad, "1 / 0")):
        nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source, id="one")]), path)
    before = good.read_bytes()
    assert notebooks.write_states([good], tmp_path / "states") == 0
    assert notebooks.write_states([good, bad], tmp_path / "states") == 1
    assert (tmp_path / "runs").read_text() == "x" and good.read_bytes() == before
    assert [path.name for path in (tmp_path / "states").glob("*.js")] == ["07-one-0.js"]
