"""The widgets in a web page without a kernel: pages from files, in a real Chromium, beside what torch draws."""

import copy
import functools
import http.server
import json
import re
import shutil
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import nbformat
import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from nbformat import v4
from playwright.sync_api import expect
from rounded import from_blocks, in_file, with_weights
from test_browser import (
    COST_LISTS,
    COST_SLIDERS,
    MEASURED,
    NO_WORDS,
    SilentHandler,
    changes,
    copy_of,
    drag,
    eventually,
    number_in,
    opened,
    shows_alarms,
    shows_costs,
    shows_grid,
    shows_mended,
    shows_suggested,
    touch,
)
from test_browser import LESSONS as IN_JUPYTERLAB
from test_states import notebook_of
from torch.nn.utils import vector_to_parameters

import browser
import notebooks
import states
from aelib import anomalies, data, metrics, models, repair, training, translation, variation, widgets, words
from aelib.distributed.costs import Plan

pytestmark = pytest.mark.skipif(browser.find_chromium() is None, reason=browser.HOW_TO_GET_ONE)

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
# Of each lesson: the states of its widgets, and what draws their pictures there.
LESSONS = {
    "01_concepts": {"01-sliders-2-0": "pca"},
    "02_dense_autoencoder": {"02-cell-59-0": "planar"},
    "03_training": {f"03-map-3-{n}": f"planar_stages[{n}]" for n in range(3)},
    "04_compression": {"04-cell-62-0": "(knob.images, knob.drawn, knob.jpegs)"},
    "05_generation": {"05-cell-39-0": "vae", "05-cell-44-0": "planar"},
    "06_repair": {
        "06-cell-48-0": "{kind: (brush.repairs[kind][0], brush._damage(1, kind, covered)) for kind in brush.kinds}"
    },
    "07_colour_edges_variation": {
        "07-conv-sliders-0": "conv_128",
        "07-conv-map-0": "conv_128",
        "07-vary-by-hand-0": "(knobs.networks, knobs.images, knobs.background)",
    },
    "08_image_to_image": {"08-pad-0": "(pad.network, pad.rival, pad._lines)"},
    "09_better_codes": {
        "09-the-plane-0": "SimpleNamespace(**{name: getattr(plane, name) for name in PLANE})",
        "09-judge-slider-0": "SimpleNamespace(stages=judged.stages)",
    },
    "10_other_fields": {
        "10-mender-0": "mending.mender",
        "10-slider-0": "(sabotage.network, sabotage.detector, sabotage.images, sabotage._pattern)",
        "10-suggest-0": "(suggest.names, suggest.weights)",
    },
    "11_scaling_up": {"11-calculator-0": "calculator.plan", "11-sliders-0": "network"},
}
STROKE = slice(10, 18)  # rows that the broadest brush covers on its way across the middle of a picture
DRAWN = f"""
import json
from pathlib import Path
from types import SimpleNamespace

import ipywidgets
import torch

PLANE = ("codes", "labels", "shares", "pictures", "neighbours", "image_shape")

covered = torch.zeros(1, 1, 28, 28, dtype=torch.bool)
covered[..., {STROKE}, :] = True
folder = Path({{folder!r}})  # lesson 11 changes into one of its own
torch.save({{{{{{drawn}}}}}}, folder / "drawn.pt")
(folder / "state.json").write_text(json.dumps(ipywidgets.Widget.get_manager_state()["state"]))
print("written")
"""


@dataclass
class Live:
    """A widget of a lesson: the file of its state, what ``draws`` its pictures, and its ``still`` one."""

    path: Path
    draws: object = None
    still: str = ""

    @property
    def name(self):
        """The name of its state."""
        return self.path.stem

    @functools.cached_property
    def state(self):
        """The models of its state, as [kind, traits]."""
        return json.loads(self.path.read_text(encoding="utf-8").partition("=")[2][:-2])

    @property
    def view(self):
        """The traits of the view of ours."""
        return next(traits for kind, traits in self.state if kind in ("view", "workshop"))

    @property
    def weights(self):
        """The weights of networks that the page has from the start."""
        return from_blocks(self.view["weights"]["int8"])

    @property
    def decoder(self):
        """What draws the pictures, with the weights of its decoder that the page has."""
        return with_weights(self.draws, self.weights, "decoder")

    @property
    def mender(self):
        """What mends words, with the weights that the page has."""
        network = copy.deepcopy(self.draws.network)
        vector_to_parameters(self.weights, network.parameters())
        return words.Mender(network, self.draws.dictionary)

    def autoencoders(self, networks):
        """Return networks, by their names, with the weights of their encoders and decoders that the page has."""
        sizes = [
            sum(part["weights"] for part in (each["encoder"], each["decoder"])) for each in self.view["autoencoders"]
        ]
        return {
            name: with_weights(network, weights, "encoder", "decoder")
            for (name, network), weights in zip(networks.items(), self.weights.split(sizes), strict=True)
        }

    def loaded(self, network, place=0):
        """Return a network with the weights that the page loads as that of a place."""
        name = self.view["networks"][place]["weights"]
        return with_weights(network, in_file(self.path.with_name(f"{name}.js")))

    @property
    def sliders(self):
        """The traits of the sliders, by their names."""
        return {traits["description"]: traits for kind, traits in self.state if kind == "slider"}


def folder_of_pages(tmp_path_factory):
    """Make a folder for pages, with what all of them load."""
    folder = tmp_path_factory.mktemp("a course") / "on the web"
    shutil.copytree(notebooks.ROOT / "site" / "static", folder / "_static")
    shutil.copy(widgets.ASSETS / "widgets.css", folder / "_static")
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder for pages; states come there as tests ask for lessons."""
    return folder_of_pages(tmp_path_factory)


def copy_with_drawn(lesson, folder):
    """Copy the widgets' cells of a lesson, and one that writes what draws their pictures; return the file's name."""
    path = folder / copy_of(lesson, folder)
    notebook = nbformat.read(path, as_version=4)
    drawn = [f"{name!r}: {source}" for name, source in LESSONS[lesson].items()]
    notebook.cells.append(v4.new_code_cell(DRAWN.format(drawn=", ".join(drawn), folder=str(folder))))
    nbformat.write(notebook, path)
    return path.name


def live_widgets(lesson, notebook, folder, site):
    """Write the states of a lesson's widgets, whose copy has run in a folder; return the live widgets."""
    written = {path.stem: path for path in states.write(notebook, lesson[:2], site / "_static" / "states")}
    draws = torch.load(folder / "drawn.pt", weights_only=False)
    stills = {
        f"{lesson[:2]}-{cell.id}-{n}": output.data["text/html"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for n, output in enumerate(filter(states.is_widget, cell.outputs))
    }
    assert LESSONS[lesson].keys() <= written.keys(), f"LESSONS names a widget that {lesson} does not show"
    return [Live(written[name], draws[name], stills[name]) for name in LESSONS[lesson]]


@pytest.fixture(scope="module")
def run(site, tmp_path_factory):
    """Return a function that runs the widgets' cells of a lesson, once, and returns its live widgets."""
    folder = tmp_path_factory.mktemp("lessons")

    @functools.cache
    def run(lesson):
        notebook, _ = notebooks.execute(folder / copy_with_drawn(lesson, folder))
        return live_widgets(lesson, notebook, folder, site)

    return run


PAGE = """<!doctype html>
<html lang="en" style="color-scheme: {theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A lesson</title>
<link rel="stylesheet" href="_static/widgets.css">
<script src="_static/live.js" defer></script>
<style>
body {{ font: 16px sans-serif; background: Canvas; color: CanvasText; }}
img {{ max-width: 100%; }}
</style>
</head>
<body><main><h1>A lesson</h1>{places}</main></body>
</html>
"""
PLACE = """<div class="aelib-host" data-state="{name}" data-bytes="{size}">
<div class="aelib-still">{still}</div></div>
"""


def page_of(site, shown, theme="light", before=""):
    """Write a page with places for widgets; return its file."""
    sizes = [(site / "_static" / "states" / f"{live.name}.js").stat().st_size for live in shown]
    places = [
        PLACE.format(name=live.name, size=size, still=live.still) for live, size in zip(shown, sizes, strict=True)
    ]
    path = site / f"{shown[0].name}-{theme}.html"
    path.write_text(PAGE.format(theme=theme, places=before + "".join(places)), encoding="utf-8")
    return path


def place_of(page, live):
    """Return where a widget is on a page, once it is live and in sight."""
    place = page.locator(f'[data-state="{live.name}"]')
    place.scroll_into_view_if_needed()
    place.locator("canvas, input").first.wait_for()
    return place


def shows(canvas, image):
    """Wait until a canvas shows an image (1, C, H, W), each pixel within 1/255, on average within 1/1000."""
    expected = data.as_bytes(image.detach().clamp(0, 1))[0].movedim(0, -1).expand(-1, -1, 3)  # (H, W, 3)

    def is_shown():
        difference = np.abs(np.array(browser.pixels(canvas)) - expected.flatten().numpy())
        return difference.max() <= 1 and difference.mean() <= 0.25

    eventually(is_shown, 5)
    return True


def move_by_mouse(slider, share):
    """Drag the handle of a slider to a share of its width."""
    slider.scroll_into_view_if_needed()
    box, at = slider.bounding_box(), int(slider.input_value()) / int(slider.get_attribute("max"))
    handle = 16  # pixels, of which a half stays free at each end
    places = [
        (box["x"] + handle / 2 + where * (box["width"] - handle), box["y"] + box["height"] / 2) for where in (at, share)
    ]
    drag(slider.page, *places)


def check_sliders(place, live):
    """Move every slider by keyboard, by mouse and as a number, press each button, and compare with torch."""
    page, canvas, middle = place.page, place.locator("canvas"), torch.tensor([live.view["middle"]])
    code, decode = middle.clone(), live.decoder.decode
    assert shows(canvas, decode(code))
    for fold in place.locator("summary", has_text="units that change the picture less").all():
        fold.click()
    expect(place.get_by_role("slider")).to_have_count(code.shape[1])
    assert "-0.00" not in [number.input_value() for number in place.get_by_role("spinbutton").all()]
    for name, traits in live.sliders.items():
        slider = place.get_by_role("slider", name=name, exact=True)
        slider.focus()
        for move in (lambda: page.keyboard.press("End"), lambda slider=slider: move_by_mouse(slider, 0.2)):
            before = slider.input_value()
            move()
            assert slider.input_value() != before
            value = traits["min"] + int(slider.input_value()) * traits["step"]
            code[0, int(name.split()[1]) - 1] = value
            assert slider.get_attribute("aria-valuetext") == f"{value:.2f}"
            assert shows(canvas, decode(code))
    assert value < 0.7 * traits["min"] + 0.3 * traits["max"], "the mouse has not moved the handle to where it was"

    number = place.get_by_role("spinbutton", name=f"{name}, as a number")
    for typed, taken in (("0.25", 0.25), ("", 0.25), ("1e9", traits["max"])):
        number.fill(typed)
        number.press("Enter")
        code[0, int(name.split()[1]) - 1] = taken
        assert shows(canvas, decode(code)) and number.input_value() == f"{taken:.2f}"

    before = browser.pixels(canvas)
    place.get_by_role("button", name="Random code").click()
    changes(canvas, before)
    place.get_by_role("button", name="A real image's code").click()
    expect(place.locator("output")).to_contain_text("real code: 0.00.")
    place.get_by_role("button", name="Reset").click()
    assert shows(canvas, decode(middle))


def check_explorer(place, live):
    """Walk over the map by keyboard and mouse, and compare with torch."""
    page, canvas, area = place.page, place.locator(".aelib-picture"), place.get_by_role("application")
    left, right, bottom, top = live.view["bounds"]
    origin, axes, at = (torch.tensor(live.view[name]) for name in ("origin", "axes", "position"))
    decode = live.decoder.decode

    def draws(x, y):
        return shows(canvas, decode((origin + torch.tensor([x, y]) @ axes)[None]))

    assert draws(*at)
    area.focus()
    for key, (across, up) in {"Shift+ArrowRight": (0.1, 0), "ArrowUp": (0, 0.02), "ArrowLeft": (-0.02, 0)}.items():
        page.keyboard.press(key)
        at = at + torch.tensor([across * (right - left), up * (top - bottom)])
        assert draws(min(at[0].item(), right), min(at[1].item(), top))
    width, height = area.evaluate("(map) => [map.clientWidth, map.clientHeight]")  # within its border
    area.hover(position={"x": 60, "y": 90})
    assert draws(left + 60 / width * (right - left), top - 90 / height * (top - bottom))


def check_quality(place, live):
    """Move both sliders by keyboard and mouse, and compare with what the codecs and JPEG made."""
    images, drawn, jpegs = live.draws
    quality, picture = (place.get_by_role("slider", name=name) for name in ("quality", "picture"))

    def is_right():
        level, which = int(quality.input_value()), int(picture.input_value())  # in steps, from 0 on
        for canvas, stored in zip(place.locator("canvas").all(), (images, drawn[level], jpegs[level]), strict=True):
            assert shows(canvas, data.as_float(stored[[which]]))
        expect(place.locator("output").first).to_have_text(f"picture {which + 1}")
        return [level, which]

    assert is_right() == [len(drawn) // 2, 0]
    quality.press("End")
    assert is_right() == [len(drawn) - 1, 0]
    picture.press("ArrowRight")
    assert is_right() == [len(drawn) - 1, 1]
    move_by_mouse(quality, 0)
    move_by_mouse(picture, 1)
    assert is_right() == [0, len(images) - 1]


def check_brush(place, live):
    """Draw across a picture with each damage, and compare with what torch makes of it; draw by keyboard, too."""
    area, frames = place.locator(".aelib-drawing"), place.locator("figure")
    damage, picture, brush = place.locator("select").all()
    drawing, ours, original = (frames.nth(i).locator("canvas").first for i in range(3))
    picture.select_option(label="2")
    brush.select_option(label="8 pixels")
    area.scroll_into_view_if_needed()
    whole, covered = data.as_float(data.load("fashion-mnist").test[1:2]), torch.zeros(1, 1, 28, 28, dtype=torch.bool)
    covered[..., STROKE, :] = True
    for which, (kind, (network, damaged)) in enumerate(live.draws.items()):
        with torch.no_grad():
            drawn = live.loaded(network, which)(damaged, covered if kind == "lost pixels" else None)
        repaired = repair.keep_known(damaged, drawn.clamp(0, 1), covered)
        damage.select_option(kind)
        box = area.bounding_box()
        middle = box["y"] + box["height"] / 2
        drag(place.page, (box["x"] + 2, middle), (box["x"] + box["width"] - 2, middle))
        assert shows(drawing, damaged) and shows(ours, repaired)
        for frame, image in ((frames.nth(0), damaged), (frames.nth(1), repaired)):
            decibels = metrics.psnr(whole, image, covered)
            expect(frame.locator("output")).to_have_text(f"{decibels:.1f} dB under the brush")
    expect(place.get_by_text("The classical method, back-projection, runs in Python alone")).to_be_visible()
    place.get_by_role("button", name="Clear").click()
    before = browser.pixels(original)
    eventually(lambda: browser.pixels(ours) == before)
    area.focus()
    for key in ["Space", *["ArrowRight"] * 3, "Enter"]:
        place.page.keyboard.press(key)
    changes(ours, before)
    changed = np.array(browser.pixels(drawing)) != np.array(before)
    kept = np.array(browser.pixels(ours)) == np.array(before)
    assert 0 < changed.mean() < 0.5 and kept[~changed].mean() > 0.9


def check_variation(place, live):
    """Move every slider by keyboard and by mouse, reset them, and compare pictures and captions with torch."""
    networks, images, background = live.draws
    networks, images = live.autoencoders(networks), data.as_float(images)
    frames, at_rest = place.locator("figure").all(), {name: traits["value"] for name, traits in live.sliders.items()}
    values = at_rest.copy()
    assert [frame.locator("b").inner_text() for frame in frames] == ["Picture", *networks]

    def is_right():
        number, *changes = values.values()
        original = images[number - 1 :][:1]
        varied = variation.vary(original, *changes, background=background)
        assert shows(frames[0].locator("canvas"), varied)
        expect(frames[0].locator("output")).to_have_text(f"picture {number}")
        for network, frame in zip(networks.values(), frames[1:], strict=True):
            with torch.no_grad():
                codes = network.encode(torch.cat([varied, original]))
                drawn = network.decode(codes[:1]).clamp(0, 1)
                moved = (codes[0] - codes[1]).norm() / torch.pdist(network.encode(images)).median()
            assert shows(frame.locator("canvas"), drawn)
            text = frame.locator("output").inner_text()
            said = re.fullmatch(r"(-?\d+\.\d) dB, moved (\d+\.\d\d)", text)
            told = [metrics.psnr(varied, drawn), moved]
            assert np.allclose([float(said[1]), float(said[2])], told, rtol=0, atol=[0.1, 0.01]), (text, told)
        return True

    assert is_right()
    expect(place.get_by_role("slider")).to_have_count(len(values))
    for name, traits in live.sliders.items():
        slider = place.get_by_role("slider", name=name, exact=True)
        slider.focus()
        by_mouse = functools.partial(move_by_mouse, slider, 0.3)
        for move in (functools.partial(place.page.keyboard.press, "End"), by_mouse):
            before = slider.input_value()
            move()
            assert slider.input_value() != before
            values[name] = traits["min"] + int(slider.input_value()) * traits["step"]
            assert is_right()
    assert [*values] == ["picture", "right", "down", "turn", "brightness", "hue"][: len(values)]
    place.get_by_role("button", name="Reset").click()
    values = at_rest | {"picture": values["picture"]}
    assert is_right()
    for frame in frames[1:]:
        expect(frame.locator("output")).to_have_text(re.compile(r"dB, moved 0\.00$"))


def check_sketch(place, live):
    """Start from an outline, drop a dot, and compare the answers with what torch paints; draw a line and undo it."""
    network, rival, lines = live.draws
    network, rival = live.loaded(network, 0), live.loaded(rival, 1)
    paper, answers = place.locator(".aelib-paper"), place.locator("figure canvas")
    painted = paper.locator("canvas").first
    place.get_by_label("all answers").check()
    place.locator("select").select_option(index=2)

    def are_right(sketch, untold, without):
        with torch.no_grad():
            by_dots, by_rival = network(sketch, untold), rival(sketch, untold)
            plain = network(without, torch.ones_like(untold))
        assert shows(painted, by_dots) and shows(answers.nth(1), by_dots)
        return shows(answers.nth(0), plain) and shows(answers.nth(2), by_rival)

    outline, untold = translation.sketch(lines[1:2]), torch.ones_like(lines[1:2])
    assert are_right(outline, untold, outline)
    place.get_by_role("button", name="Dot of green", exact=True).click()
    box = paper.bounding_box()
    place.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    dotted, told = outline.clone(), untold.clone()
    dotted[..., 15:18, 15:18] = torch.tensor([0x5A, 0xA7, 0x46])[:, None, None] / 255
    told[..., 15:18, 15:18] = False
    assert are_right(dotted, told, outline)
    place.get_by_role("button", name="Pencil").click()
    before = browser.pixels(painted)
    drag(place.page, *((box["x"] + x * box["width"], box["y"] + 0.9 * box["height"]) for x in (0.1, 0.9)))
    changes(painted, before)
    place.get_by_role("button", name="Undo").click()
    assert are_right(dotted, told, outline)


def check_judge(place, live):
    """Move the slider by keyboard and mouse, and compare with the pictures and the words of each stage."""
    slider, canvas = place.get_by_role("slider"), place.locator("canvas")

    def is_right():
        stage = int(slider.input_value())  # in steps, from 0 on
        name, images = [*live.draws.stages.items()][stage]
        expect(place.locator("figcaption").first).to_have_text(name)
        expect(place.locator("output")).to_have_text(live.view["captions"][stage])
        assert shows_grid(canvas, images.numpy(), -int(-(len(images) ** 0.5) // 1))
        return stage

    assert is_right() == 0
    slider.press("End")
    assert is_right() == len(live.draws.stages) - 1
    slider.press("ArrowLeft")
    assert is_right() == len(live.draws.stages) - 2
    move_by_mouse(slider, 0)
    assert is_right() == 0


def check_plane(place, live):
    """Choose each code by keyboard, and one by mouse, for the fewest labels and the most; look at its neighbours."""
    plane, page = live.draws, place.page
    entries, counts = place.locator(".aelib-codes button"), place.locator(".aelib-buttons button")
    shape = (len(plane.codes), -1, *plane.image_shape)
    neighbours = np.frombuffer(plane.neighbours, np.uint8).reshape(shape)
    columns = len(plane.pictures) // np.prod(plane.image_shape)

    def is_chosen(code):
        expect(place.locator(".aelib-codes [aria-pressed=true] > span").first).to_have_text(plane.codes[code])
        expect(place.locator("output").first).to_contain_text(f"{plane.codes[code]}: ")
        return shows_grid(place.locator("canvas").last, neighbours[code], columns)

    for count in (0, len(plane.labels) - 1):
        counts.nth(count).click()
        expect(counts.nth(count)).to_have_attribute("aria-pressed", "true")
        order = sorted(range(len(plane.codes)), key=lambda code: -plane.shares[code][count])
        entries.first.focus()
        for code in order:
            assert is_chosen(code)
            page.keyboard.press("Tab")
    entries.nth(1).hover()
    assert is_chosen(order[1])
    page.mouse.move(1, 1)
    assert is_chosen(order[1])


def check_anomaly(place, live):
    """Move every slider by keyboard and by mouse, reset them, and compare pictures and scores with torch."""
    network, detector, images, pattern = live.draws
    network = with_weights(network, live.weights, "encoder", "decoder")
    images, canvases = data.as_float(images), place.locator("canvas").all()
    at_rest = {name: traits["value"] for name, traits in live.sliders.items()}
    values = at_rest.copy()

    def look(picture):
        with torch.no_grad():
            drawn = network.decode(network.encode(picture))
        odd = detector.clues(picture)["distance"].item(), detector.scores(picture).item()
        return drawn, [(drawn - picture).square().mean().item(), *odd]

    def is_right():
        number, *changes = values.values()
        original = images[number - 1 :][:1]
        spoilt = widgets.anomaly.changed(original, pattern, *changes)
        drawn, scores = look(spoilt)
        assert shows(canvases[0], spoilt) and shows(canvases[1], drawn)
        return shows_alarms(place, scores, look(original)[1], live.view["lines"], live.view["lowest"])

    assert is_right()
    assert [*values] == ["picture", "turn", "blur", "light", "noise"]
    for name, traits in live.sliders.items():
        slider = place.get_by_role("slider", name=name, exact=True)
        slider.focus()
        by_mouse = functools.partial(move_by_mouse, slider, 0.3)
        for key in ("Home" if name == "light" else "End", None):
            before = slider.input_value()
            place.page.keyboard.press(key) if key else by_mouse()
            assert slider.input_value() != before
            values[name] = traits["min"] + int(slider.input_value()) * traits["step"]
            assert is_right()
    place.get_by_role("button", name="Reset").click()
    values = at_rest | {"picture": values["picture"]}
    assert is_right()


def check_suggestions(place, live):
    """Tick words by their buttons, by what is suggested and by typing, clear them, and compare with torch."""
    names, weights = live.draws
    ticked, words_to_tick = live.view["chosen"].copy(), place.locator(".aelib-words").first
    field = place.get_by_role("combobox", name="another word")

    def is_right():
        rows = [names.index(word) for word in ticked]
        scores = {method: matrix[rows].sum(0).tolist() for method, matrix in weights.items()}
        return shows_suggested(place.locator(".aelib-suggestions"), names, ticked, scores)

    assert is_right()
    for word in [name for name in names if name not in ticked][:2]:
        words_to_tick.get_by_role("button", name=word, exact=True).click()
        ticked.append(word)
        assert is_right()
    for figure in place.locator("figure").all():
        suggested = figure.locator("button").nth(1)
        ticked.append(suggested.locator("span").first.inner_text())
        suggested.press("Enter")
        assert is_right()
    place.get_by_role("button", name="Clear").click()
    ticked.clear()
    assert is_right()
    field.fill(names[-1])
    field.press("Enter")
    ticked.append(names[-1])
    assert is_right()


def check_mender(place, live):
    """Type words letter by letter, press an example, type what is no word, and compare with torch."""
    mender, field, lines = live.mender, place.get_by_role("textbox", name="a word"), place.locator("li")

    def is_mended(word):
        distances = mender.distances([word])[0].tolist()
        spelt = words.as_words(mender.network(words.as_letters([word])).argmax(2))[0]
        edits = words.edit_distances([word], mender.dictionary)[0].tolist()
        return shows_mended(place, word, mender.dictionary, distances, spelt, edits)

    assert is_mended(live.view["typed"])
    for word in ("seperate", "zz"):
        field.fill("")
        expect(lines).to_have_count(0)
        for end, letter in enumerate(word, start=1):
            place.page.keyboard.press(letter)
            assert is_mended(word[:end])
    for example in live.view["examples"][-1:]:
        place.get_by_role("button", name=example, exact=True).click()
        assert is_mended(example)
    for text, sentence in NO_WORDS.items():
        field.fill(text)
        expect(place.locator("output")).to_have_text(sentence)
        expect(lines).to_have_count(0)


def check_costs(place, live):
    """Move every control by keyboard, and the sliders by mouse, too; compare with what the plan costs in Python."""
    plan, page = live.draws, place.page
    assert shows_costs(place, plan)
    for trait, called in COST_SLIDERS.items():
        slider, stops = place.get_by_role("slider", name=called, exact=True), live.view["stops"][trait]
        slider.focus()
        for move, stop in (
            (lambda: page.keyboard.press("End"), -1),
            (lambda slider=slider: move_by_mouse(slider, 0), 0),
            (lambda: page.keyboard.press("ArrowRight"), 1),
        ):
            move()
            plan = replace(plan, **{trait: stops[stop]})
            assert shows_costs(place, plan)
        written = slider.get_attribute("aria-valuetext")
        assert number_in(written.removeprefix("× ")) == stops[1]
        assert place.locator(f"div:has(> label:has-text('{called}')) > span").inner_text() == written
    for trait, called in COST_LISTS.items():
        choices = live.view[f"{trait}s"]
        place.get_by_role("combobox", name=called).select_option(choices[0][0])
        plan = replace(plan, **{trait: choices[0][1]})
        assert shows_costs(place, plan)
    place.get_by_role("checkbox", name="sharded (FSDP)").press("Space")
    place.get_by_role("spinbutton", name="hourly price").fill("1.25")
    plan = replace(plan, sharded=not plan.sharded, price=1.25)
    assert shows_costs(place, plan)
    for called in COST_LISTS.values():
        place.get_by_role("combobox", name=called).select_option("as measured")
    for network in live.view["plans"][::-1]:
        if len(live.view["plans"]) > 1:
            place.get_by_role("combobox", name="network").select_option(network["name"])
        plan = replace(plan, **{name: network[name] for name in MEASURED})
        assert shows_costs(place, plan)


CHECKS = {
    "brush": check_brush,
    "costs": check_costs,
    "sliders": check_sliders,
    "explorer": check_explorer,
    "quality": check_quality,
    "variation": check_variation,
    "sketch": check_sketch,
    "judge": check_judge,
    "plane": check_plane,
    "anomaly": check_anomaly,
    "suggestions": check_suggestions,
    "mender": check_mender,
}


def saved(tab, path):
    """Save the notebook that is open in JupyterLab, with the state of its widgets; return it."""
    tab.page.keyboard.press("Control+s")
    eventually(lambda: '"written\\n"' in path.read_text(encoding="utf-8"))
    notebook = nbformat.read(path, as_version=4)
    state = json.loads(path.with_name("state.json").read_text(encoding="utf-8"))
    notebook.metadata["widgets"] = {states.STATE: {"state": state}}
    return nbformat.from_dict(notebook)


def test_what_is_tried_in_jupyterlab_is_tried_in_a_page_too():
    assert [*LESSONS] == [*IN_JUPYTERLAB], "each lesson with a widget has a line in LESSONS of both files"


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_widget_of_a_lesson_draws_what_torch_draws_in_jupyterlab_and_in_a_page(lesson, tab, lab, chromium, site):
    path = copy_with_drawn(lesson, lab.folder)
    with opened(tab, lab, path) as kernel:
        shown = live_widgets(lesson, saved(tab, lab.folder / path), lab.folder, site)
        for check, name, model in IN_JUPYTERLAB[lesson]:
            check(tab, kernel, name, model, briefly=True)
    with browser.new_tab(chromium, viewport=LAPTOP) as tab:
        asked = []
        tab.page.on("request", lambda request: asked.append(request.url))
        tab.page.goto(page_of(site, shown).as_uri())
        for live in shown:
            place = place_of(tab.page, live)
            expect(place.get_by_text("The same as a still picture")).to_be_visible()
            expect(place.locator(".aelib-still")).to_be_hidden()
            CHECKS[live.view["view"]](place, live)
        assert all(address.startswith((site.as_uri(), "data:")) for address in asked), asked
        assert tab.errors == []


@pytest.fixture
def lesson_1(run):
    """The one widget of lesson 1."""
    [live] = run("01_concepts")
    return live


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_live_widgets_are_accessible_and_fit_the_screen(size, theme, tab, run, site):
    tab.page.set_viewport_size(size)
    shown = [run(lesson)[0] for lesson in ("01_concepts", "02_dense_autoencoder", "04_compression")]
    tab.page.goto(page_of(site, shown, theme).as_uri())
    for live in shown:
        place_of(tab.page, live)
    result = Axe().run(tab.page).response
    assert result["passes"] and result["violations"] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def some_measured():
    """Return the widgets that show what was measured, of random pictures, with long names and many codes."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (20, 1, 28, 28), generator=generator).to(torch.uint8)
    names = [f"a network of the kind {number}" for number in range(12)]
    drawing = names[:7]
    shares = {name: torch.rand(3, generator=generator).tolist() for name in names}
    plane = widgets.code_plane(
        shares,
        {name: 15.0 + place for place, name in enumerate(drawing)},
        (10, 100, 1000),
        images[:8],
        {name: images[place : place + 8] for place, name in enumerate(drawing)},
        {
            name: images[place : place + 8].reshape(4, 2, 1, 28, 28).repeat(2, 1, 1, 1, 1)
            for place, name in enumerate(names)
        },
    )
    stages = {f"a stage with a long name, after {10**step} steps": images[step : step + 9] for step in range(6)}
    scores = {"a judge of a long name": [6, 190, 80, 40, 20, 10], "another judge": [5, 200, 190, 180, 170, 160]}
    return widgets.judge_slider(stages, scores), plane


@pytest.fixture(scope="module")
def measured(site):
    """The same in a page, without a lesson around them."""
    shown = some_measured()
    folder = site / "_static" / "states"
    for number, widget in enumerate(shown):
        states.write(notebook_of([widget]), f"m{number}", folder)
    paths = [folder / f"m{number}-cell-0-0.js" for number in range(len(shown))]
    return [Live(path, draws) for path, draws in zip(paths, shown, strict=True)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_what_was_measured_moves_is_accessible_and_fits_the_screen(size, theme, tab, measured, site):
    tab.page.set_viewport_size(size)
    tab.page.goto(page_of(site, measured, theme).as_uri())
    for live in measured:
        CHECKS[live.view["view"]](place_of(tab.page, live), live)
    assert tab.errors == []
    result = Axe().run(tab.page).response
    assert result["passes"] and result["violations"] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    for chart in tab.page.locator("svg").all():  # of which nothing is cut off
        assert chart.evaluate(
            """(chart) => {
                const { width, height } = chart.viewBox.baseVal;
                const { x, y, width: wide, height: high } = chart.getBBox();
                return x >= 0 && y >= 0 && x + wide <= width && y + high <= height;
            }"""
        )


@pytest.fixture(scope="module")
def mending(site):
    """A mender of typos in a page, without a lesson around it."""
    mender = words.Mender(training.pretrained("words-128"), words.load().dictionary)
    widget = widgets.typo_mender(mender, examples=("definately", "autoencoder"))
    [path] = states.write(notebook_of([widget]), "t0", site / "_static" / "states")
    return Live(path, mender)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_typos_are_mended_in_a_page_that_is_accessible_and_fits_the_screen(size, theme, tab, mending, site):
    tab.page.set_viewport_size(size)
    tab.page.goto(page_of(site, [mending], theme).as_uri())
    place = place_of(tab.page, mending)
    check_mender(place, mending)
    assert tab.errors == []
    for text in ("abcdefghijklmnop", "1"):  # the longest word, and what is none
        place.get_by_role("textbox").fill(text)
        expect(place.locator("output")).to_contain_text(re.compile("^abcdefghijklmnop: |not “1”"))
        result = Axe().run(tab.page).response
        assert result["passes"] and result["violations"] == []
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.fixture(scope="module")
def other_fields(site):
    """An anomaly slider and suggestions of long words in a page, without a lesson around them."""
    clothes, network = data.load("fashion-mnist"), training.pretrained("dense-32")
    detector = anomalies.Detector(clothes.train[:300], clothes.train[300:600])
    slider = widgets.anomaly_slider(network, clothes.test[1:5], detector)
    names = [f"{'a rather long word ' * (place % 3)}{place}" for place in range(60)]
    table = torch.rand(200, 60, generator=torch.Generator().manual_seed(0)) < 0.2
    weights = {"ridge regression, which may copy": models.ridge(table, 10), "may not": models.ease(table, 10)}
    suggested = widgets.suggestions(names, weights, chosen=names[5:7])
    draws = [(network, detector, slider.images, slider._pattern), (names, weights)]
    folder, shown = site / "_static" / "states", []
    for number, (widget, drawn) in enumerate(zip((slider, suggested), draws, strict=True)):
        [path] = states.write(notebook_of([widget]), f"o{number}", folder)
        shown.append(Live(path, drawn))
    return shown


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_alarms_and_suggestions_move_are_accessible_and_fit_the_screen(size, theme, tab, other_fields, site):
    tab.page.set_viewport_size(size)
    tab.page.goto(page_of(site, other_fields, theme).as_uri())
    for live in other_fields:
        CHECKS[live.view["view"]](place_of(tab.page, live), live)
    assert tab.errors == []
    result = Axe().run(tab.page).response
    assert result["passes"] and result["violations"] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert tab.page.locator(".aelib-anomaly svg").evaluate(
        """(chart) => {
            const { width, height } = chart.viewBox.baseVal;
            const { x, y, width: wide, height: high } = chart.getBBox();
            return x >= 0 && y >= 0 && x + wide <= width && y + high <= height;
        }"""
    )


@pytest.fixture(scope="module")
def calculator(site):
    """A calculator of costs in a page, without a lesson around it, whose names are long."""
    measured = {"weights": 6.2e5, "multiply_adds": 8.9e6, "activations": 2.1e5, "speed": 4.5e10, "bandwidth": 3.1e8}
    plan = Plan(**measured, pictures=3321, epochs=8, batch=48, workers=2, price=0.05)
    plans = {"a convolutional autoencoder with a long name": plan, "wide": replace(plan, weights=9.5e6, speed=6e10)}
    widget = widgets.cost_calculator(plans, speeds={"a graphics card of the largest kind there is": 3.1e13})
    [path] = states.write(notebook_of([widget]), "p0", site / "_static" / "states")
    return Live(path, widget.plan)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_costs_are_told_in_a_page_that_is_accessible_and_fits_the_screen(size, theme, tab, calculator, site):
    tab.page.set_viewport_size(size)
    tab.page.goto(page_of(site, [calculator], theme).as_uri())
    place = place_of(tab.page, calculator)
    check_costs(place, calculator)
    assert tab.errors == []
    for key in ("End", "Home"):  # the longest texts, and the shortest
        for slider in place.get_by_role("slider").all():
            slider.press(key)
        result = Axe().run(tab.page).response
        assert result["passes"] and result["violations"] == []
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert all(control.bounding_box()["height"] >= 24 for control in place.locator("label").all())
        for value in place.locator(".aelib-settings label + span").all():
            assert value.evaluate("(value) => value.scrollWidth <= value.clientWidth"), value.inner_text()


def test_of_a_calculator_the_results_are_in_sight_beside_the_first_control_on_a_phone(tab, calculator, site):
    tab.page.set_viewport_size(PHONE)
    tab.page.goto(page_of(site, [calculator]).as_uri())
    place = place_of(tab.page, calculator)
    place.locator("select").first.evaluate("(first) => first.scrollIntoView({ block: 'start' })")
    results = place.get_by_role("status").bounding_box()
    assert results["y"] + results["height"] <= PHONE["height"]


def test_a_calculator_that_was_asked_for_gets_the_focus(tab, calculator, site):
    tab.page.context.new_cdp_session(tab.page).send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    tab.page.goto(page_of(site, [calculator]).as_uri())
    tab.page.get_by_role("button", name="Make it live").press("Enter")
    expect(tab.page.get_by_role("combobox", name="network")).to_be_focused()
    assert tab.errors == []


def test_a_blurred_picture_looks_more_normal_to_the_network_while_the_detector_rings(tab, other_fields, site):
    tab.page.goto(page_of(site, other_fields[:1]).as_uri())
    place = place_of(tab.page, other_fields[0])
    place.get_by_role("slider", name="blur").press("End")
    told = place.locator("output").last
    expect(told).to_have_text(re.compile(r"error .*: quiet; distance .*: quiet; detector .*: alarm\.$"))
    error, untouched = re.match(r"reconstruction error ([\d.]+) \(([\d.]+) ", told.inner_text()).groups()
    assert float(error) < 0.6 * float(untouched)


@pytest.mark.parametrize("number", [0, 1])
def test_alarms_or_suggestions_that_were_asked_for_get_the_focus(number, tab, other_fields, site):
    tab.page.context.new_cdp_session(tab.page).send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    tab.page.goto(page_of(site, other_fields[number:][:1]).as_uri())
    tab.page.get_by_role("button", name="Make it live").press("Enter")
    expect(tab.page.locator("input[type=range], .aelib-words button").first).to_be_focused()
    assert tab.errors == []


def test_a_brush_that_was_asked_for_gets_the_focus(tab, run, site):
    tab.page.context.new_cdp_session(tab.page).send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    tab.page.goto(page_of(site, run("06_repair")).as_uri())
    tab.page.get_by_role("button", name="Make it live").press("Enter")
    expect(tab.page.get_by_role("combobox").first).to_be_focused()
    assert tab.errors == []


def test_a_plane_that_was_asked_for_gets_the_focus(tab, measured, site):
    tab.page.context.new_cdp_session(tab.page).send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    tab.page.goto(page_of(site, measured[1:]).as_uri())
    tab.page.get_by_role("button", name="Make it live").press("Enter")
    expect(tab.page.locator(".aelib-codes [aria-pressed=true]")).to_be_focused()
    assert tab.errors == []


def test_a_finger_moves_sliders_and_map(tab, run, site):
    tab.page.set_viewport_size(PHONE)
    shown = [run(lesson)[0] for lesson in ("01_concepts", "02_dense_autoencoder")]
    tab.page.goto(page_of(site, shown).as_uri())
    for live in shown:
        place = place_of(tab.page, live)
        canvas, control = place.locator(".aelib-picture"), place.get_by_role("slider").or_(place.locator(".aelib-map"))
        control.first.scroll_into_view_if_needed()
        box, before = control.first.bounding_box(), browser.pixels(canvas)
        assert box["height"] >= 24, "too small for a finger"
        touch(tab.page, *((box["x"] + share * box["width"], box["y"] + box["height"] / 2) for share in (0.5, 0.6, 0.9)))
        changes(canvas, before)


def test_a_finger_that_scrolls_from_a_slider_leaves_it_as_it_was(chromium, lesson_1, site):
    with chromium.new_context(viewport=PHONE, has_touch=True) as context:
        page = context.new_page()
        page.goto(page_of(site, [lesson_1]).as_uri())
        page.evaluate("document.body.style.paddingBottom = '4000px'")
        slider = place_of(page, lesson_1).get_by_role("slider").first
        slider.scroll_into_view_if_needed()
        box, before, top = slider.bounding_box(), slider.input_value(), page.evaluate("scrollY")
        x, y = box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2
        touch(page, *((x, y - 15 * moved) for moved in range(15)))
        page.wait_for_function("(top) => scrollY > top + 100", arg=top)
        assert slider.input_value() == before


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_the_picture_stays_in_sight_while_one_moves_the_last_slider(size, tab, lesson_1, site):
    tab.page.set_viewport_size(size)
    tab.page.goto(page_of(site, [lesson_1]).as_uri())
    place = place_of(tab.page, lesson_1)
    place.locator("summary").first.click()
    place.get_by_role("slider").last.focus()
    picture, slider = place.locator("canvas").bounding_box(), place.get_by_role("slider").last.bounding_box()
    assert picture["y"] >= 0 and slider["y"] + slider["height"] <= size["height"]
    for _ in range(40):  # back over the sliders that are folded away, which the picture must not cover
        tab.page.keyboard.press("Shift+Tab")
        assert tab.page.evaluate(
            """() => {
                const { x, y } = document.activeElement.getBoundingClientRect();
                return document.activeElement === document.elementFromPoint(x + 10, y + 10);
            }"""
        )


def test_a_widget_is_loaded_when_it_comes_near(tab, lesson_1, site):
    asked = []
    tab.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    tab.page.set_viewport_size(LAPTOP)
    tab.page.goto(page_of(site, [lesson_1], before='<div style="height: 4000px"></div>').as_uri())
    still = tab.page.locator(".aelib-still")
    tab.page.wait_for_timeout(200)
    assert still.is_visible() and f"{lesson_1.name}.js" not in asked
    tab.page.mouse.wheel(0, 2500)
    tab.page.locator("canvas").wait_for()
    assert f"{lesson_1.name}.js" in asked and still.is_hidden()


def test_who_saves_data_is_asked_first(tab, lesson_1, site):
    tab.page.context.new_cdp_session(tab.page).send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    tab.page.goto(page_of(site, [lesson_1]).as_uri())
    button = tab.page.get_by_role("button", name="Make it live (0.2 MB)")
    button.wait_for()
    assert tab.page.locator(".aelib-still").is_visible() and tab.page.locator("canvas").count() == 0
    button.press("Enter")
    tab.page.locator("canvas").wait_for()
    expect(button).to_have_count(0)
    expect(tab.page.get_by_role("button", name="Random code")).to_be_focused()
    assert tab.errors == []


@pytest.mark.parametrize("arrives", [0, 1000], ids=["nothing arrives", "the connection breaks"])
def test_where_the_state_cannot_be_loaded_the_still_picture_stays_and_one_can_try_again(arrives, tab, lesson_1, site):
    path = page_of(site, [lesson_1])
    state = site / "_static" / "states" / f"{lesson_1.name}.js"
    whole = state.rename(site / "whole.js")
    if arrives:
        state.write_bytes(whole.read_bytes()[:arrives])
    try:
        tab.page.goto(path.as_uri())
        again = tab.page.get_by_role("button", name="Try again")
        for _ in range(2):
            expect(tab.page.get_by_role("alert")).to_have_text("The live version did not load. Are you still online?")
            assert tab.page.locator(".aelib-still").is_visible()
            again.click()
            expect(again).to_be_focused()
    finally:
        whole.replace(state)
    again.click()
    tab.page.locator("canvas").wait_for()
    expect(again).to_have_count(0)
    assert tab.page.locator(".aelib-still").is_hidden()
    assert len(tab.errors) == 3  # of the three times that it did not load


@pytest.mark.parametrize("missing", ["IntersectionObserver", "Element.prototype.replaceChildren"])
def test_in_an_old_browser_the_still_picture_stays(missing, tab, lesson_1, site):
    tab.page.add_init_script(f"delete globalThis.{missing}")
    tab.page.goto(page_of(site, [lesson_1]).as_uri())
    tab.page.wait_for_timeout(500)
    assert tab.page.locator(".aelib-still").is_visible() and tab.page.locator(".aelib-slider").count() == 0


def test_without_javascript_the_still_picture_stays(chromium, lesson_1, site):
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(page_of(site, [lesson_1]).as_uri())
        assert page.locator(".aelib-still").is_visible() and page.locator("canvas, button").count() == 0


def test_below_the_address_of_another_site(tab, lesson_1, site):
    asked = []
    tab.page.on("request", lambda request: asked.append(request.url))
    handler = functools.partial(SilentHandler, directory=site.parents[1])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}/"
        path = page_of(site, [lesson_1]).relative_to(site.parents[1])
        tab.page.goto(here + quote(str(path)))
        tab.page.locator("canvas").wait_for()
        server.shutdown()
    assert all(address.startswith((here, "data:")) for address in asked), asked
