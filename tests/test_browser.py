"""The widgets as a learner meets them: real lessons in a real JupyterLab, Notebook and Voilà, in a real Chromium."""

import base64
import functools
import http.server
import inspect
import io
import re
import symtable
import sys
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import nbformat
import numpy as np
import pytest
import torch
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import v4
from PIL import Image
from test_data import png
from test_widgets import Convolutional, Softened

import browser
import notebooks
from aelib import compression, models, widgets
from aelib.distributed.costs import Plan
from aelib.widgets.decoded import decoder_for_browser

# A second environment, with the ipywidgets that Colab has; `make test` builds it.
IPYWIDGETS_7 = Path(sys.prefix) / "ipywidgets7" / "bin" / "python"
NO_IPYWIDGETS_7 = "There is no environment with ipywidgets 7.7.1: make .venv/ipywidgets7/installed"
TOLERANCE = 1  # of 255

needs_browser = pytest.mark.skipif(browser.find_chromium() is None, reason=browser.HOW_TO_GET_ONE)
pytestmark = needs_browser


@contextmanager
def opened(tab, server, path):
    """Yield the kernel of a notebook, after all of its cells have run; there must be no error in the browser's console.

    Where the server has more than JupyterLab, the path may say what opens the notebook.
    """
    try:
        browser.open_notebook(tab, server, path)
        if "/" in path:
            tab.errors.clear()  # of which Notebook has one of its own as it opens
        browser.run_all_cells(tab)
        yield browser.Kernel(server)
        assert tab.errors == []
    finally:
        tab.page.close()  # before its kernel stops, which it would complain about
        browser.stop_kernels(server)


def eventually(condition, seconds=20):
    """Wait until a condition holds; when it does not, say which."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, inspect.getsource(condition).strip()
        time.sleep(0.05)


def shows(canvas, kernel, images, off_by=np.mean):
    """Wait until a canvas shows the image that an expression in the kernel decodes; say so, or how far it is off.

    That is measured over all pixels: by the mean, or, where ``off_by`` is ``np.max``, by the worst of them.
    """
    deadline = time.monotonic() + 20
    while True:
        expected = kernel.value(f"(255 * ({images}).detach().clamp(0, 1))[0].flatten().tolist()")
        shown = np.array(browser.pixels(canvas)).reshape(-1, 3)
        channels = len(expected) // len(shown)
        expected = np.array(expected).reshape(channels, -1).T  # (H·W, C)
        difference = off_by(np.abs(shown - expected))
        if difference <= TOLERANCE:
            return True
        assert time.monotonic() < deadline, f"the canvas is {difference:.1f} of 255 off"
        time.sleep(0.1)


def changes(canvas, before):
    eventually(lambda: browser.pixels(canvas) != before)


# Each check moves a widget in every way there is. Once, in JupyterLab, all of that is done; in a lesson, and in other
# programs, it is enough that the right picture is there and follows the mouse and the keyboard: ``briefly``.


def check_sliders(tab, kernel, name, model, briefly=False):
    """Move the sliders that the lesson calls ``name``, and compare with what torch decodes."""
    page, decoded = tab.page, f"{model}.decode({name}.code)"
    box = page.locator(".widget-hbox:has(.aelib-live)").first
    box.scroll_into_view_if_needed()
    canvas = box.locator("canvas")
    assert shows(canvas, kernel, decoded)

    handle = box.get_by_role("slider").first
    for key, presses in [("ArrowRight", 30), ("ArrowLeft", 45)][: 1 if briefly else None]:
        before, code = browser.pixels(canvas), kernel.value(f"{name}.code.tolist()")
        handle.focus()
        for _ in range(presses):
            page.keyboard.press(key)
        changes(canvas, before)
        assert shows(canvas, kernel, decoded)
        assert sum(np.array(code[0]) != kernel.value(f"{name}.code.tolist()")[0]) == 1

    handle.scroll_into_view_if_needed()
    place = handle.bounding_box()
    before = browser.pixels(canvas)
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + 60, place["y"], steps=10)
    page.mouse.up()
    changes(canvas, before)
    assert shows(canvas, kernel, decoded)
    if briefly:
        return

    fold = box.locator(".jupyter-widget-Collapse-header, .jupyter-widget-accordion .p-Collapse-header").first
    if fold.count():
        fold.click()
        folded = box.get_by_role("slider").nth(widgets.SLIDERS_IN_SIGHT)
        before = kernel.value(f"{name}.code.tolist()")
        folded.focus()
        page.keyboard.press("End")
        eventually(lambda: kernel.value(f"{name}.code.tolist()") != before)
        assert shows(canvas, kernel, decoded)

    for button in ("Random code", "A real image's code", "Reset"):
        before = browser.pixels(canvas)
        box.get_by_role("button", name=button).click()
        changes(canvas, before)
        assert shows(canvas, kernel, decoded)
        if button == "A real image's code":
            # Not quite 0, for ipywidgets rounds a value to the steps of its slider.
            distance, usual = map(float, re.findall(r"\d+\.\d+", box.locator("output").inner_text()))
            assert distance < 0.1 * usual
    away = kernel.value(f"({name}.code - {name}._picture.real_codes.mean(0))[0].tolist()")
    steps = kernel.value(f"[slider.step for slider in {name}._sliders]")
    assert (np.abs(away) <= np.array(steps)).all()


def check_explorer(tab, kernel, name, model, briefly=False):
    """Walk over the map that the lesson calls ``name``, by pointer, keyboard and play, and compare as above."""
    page, decoded = tab.page, f"{model}.decode({name}.code)"
    box = page.locator(".aelib-explorer").first
    box.scroll_into_view_if_needed()
    area, canvas = box.locator(".aelib-map"), box.locator(".aelib-picture")
    assert shows(canvas, kernel, decoded)

    before = browser.pixels(canvas)
    area.hover(position={"x": 300, "y": 200})
    changes(canvas, before)
    assert shows(canvas, kernel, decoded)
    left, right, bottom, top = kernel.value(f"{name}.bounds")
    width, height = area.evaluate("(map) => [map.clientWidth, map.clientHeight]")  # within its border
    expected = [left + 300 / width * (right - left), top - 200 / height * (top - bottom)]
    assert np.allclose(kernel.value(f"{name}.position"), expected, atol=0.01 * (right - left + top - bottom))

    area.focus()
    cell, scrolled = active_cell(page), area.bounding_box()
    before, start = browser.pixels(canvas), kernel.value(f"{name}.position")
    page.keyboard.press("Enter")
    for key in ["Shift+ArrowLeft"] * 3 + ["ArrowUp"] * 4:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    changes(canvas, before)
    end = [start[0] - 0.3 * (right - left), start[1] + 0.08 * (top - bottom)]
    eventually(lambda: np.allclose(kernel.value(f"{name}.position"), end))
    assert shows(canvas, kernel, decoded)
    assert active_cell(page) == cell and area.bounding_box() == scrolled, "the arrow keys moved the notebook too"

    if briefly:
        return

    seen = set()
    box.get_by_role("button", name="Play").click()

    def has_arrived():
        seen.add(tuple(kernel.value(f"{name}.position")))
        return len(seen) > 1 and np.allclose(kernel.value(f"{name}.position"), end)

    eventually(has_arrived)
    assert len(seen) > 2, "no place on the way"
    along = np.array([(np.array(place) - start) @ (np.subtract(end, start)) for place in seen])
    offset = [
        np.cross(np.append(np.subtract(place, start), 0), np.append(np.subtract(end, start), 0))[2] for place in seen
    ]
    assert along.min() >= -1e-6 and np.abs(offset).max() < 1e-6
    assert shows(canvas, kernel, decoded)

    page.mouse.click(0, 0)
    page.keyboard.press("Escape")
    area.focus()
    page.keyboard.press("Tab")
    assert not page.evaluate("() => document.activeElement.matches('.aelib-map')"), "the map traps the keyboard"


def check_quality(tab, kernel, name, codecs, briefly=False):
    """Move the sliders that the lesson calls ``name``, and compare with what the codecs and JPEG make of a picture."""
    page = tab.page
    box = page.locator(".widget-hbox:has(.aelib-frames)").first
    box.scroll_into_view_if_needed()
    original, ours, jpeg = box.locator("canvas").all()
    quality, picture = box.get_by_role("slider").all()

    def is_right():
        place = f"[{name}.quality.value - 1, {name}.picture.value - 1]"
        assert shows(ours, kernel, f"{name}.drawn{place}[None] / 255")
        assert shows(jpeg, kernel, f"{name}.jpegs{place}[None] / 255")
        level, which = kernel.value(f"[{name}.quality.value - 1, {name}.picture.value - 1]")
        size = kernel.value(f"len({codecs}[{level}].compress({name}.images[{which}:{which + 1}]))")
        texts = box.locator("output").all_inner_texts()
        assert texts[0] == f"picture {which + 1}"
        assert texts[1].startswith(f"{size - compression.HEADER.size} bytes, ")
        assert int(texts[2].split()[0]) <= max(size - compression.HEADER.size, 10)
        assert ours.get_attribute("aria-label") == f"Our codec: {texts[1]}"
        return shows(original, kernel, f"{name}.images[[{which}]] / 255")

    assert is_right()
    moves = [(quality, "Home"), (quality, "ArrowRight"), (quality, "End"), (picture, "End")]
    for slider, key in moves[2:] if briefly else moves:
        before = browser.pixels(ours)
        slider.focus()
        page.keyboard.press(key)
        changes(ours, before)
        assert is_right()
    place, before = settled(quality), browser.pixels(ours)
    drag(page, middle_of(place), (place["x"] - 80, place["y"]))
    changes(ours, before)
    assert is_right()


def check_variation(tab, kernel, name, _, briefly=False):
    """Move the sliders that the lesson calls ``name``, and compare with what torch makes of the picture, to a pixel."""
    page = tab.page
    box = page.locator(".widget-hbox:has(.aelib-tools):has(.aelib-frames)").first
    box.scroll_into_view_if_needed()
    frames = box.locator("figure").all()
    networks = kernel.value(f"[*{name}.networks]")
    assert [frame.locator("b").inner_text() for frame in frames] == ["Picture", *networks]
    canvas = frames[0].locator("canvas")

    def slider(which):
        return box.get_by_role("slider", name=which, exact=True)

    def is_right():
        assert shows(canvas, kernel, f"{name}.varied", np.max)
        assert frames[0].locator("output").inner_text() == f"picture {kernel.value(f'{name}.picture.value')}"
        for network, frame in zip(networks, frames[1:], strict=True):
            assert shows(frame.locator("canvas"), kernel, f"{name}.reconstructions[{network!r}]", np.max)
            psnr, moved = kernel.value(told.format(name=name, network=network))
            text = frame.locator("output").inner_text()
            said = re.fullmatch(r"(-?\d+\.\d) dB, moved (\d+\.\d\d)", text)
            assert np.allclose([float(said[1]), float(said[2])], [psnr, moved], rtol=0, atol=[0.051, 0.0051]), text
            assert frame.locator("canvas").get_attribute("aria-label") == f"{network}: {text}"
        return True

    def settings():
        return kernel.value(f"[slider.value for slider in {name}._changes.values()]")

    told = (  # of a network: the PSNR, and how far its code has moved, in median distances of the pictures' codes
        "(lambda torch, network, pictures, varied, drawn: ["
        "-10 * (drawn - varied).square().mean().log10().item(), "
        "((network.encode(varied) - network.encode(pictures)[{name}.picture.value - 1]).norm()"
        " / torch.pdist(network.encode(pictures)).median()).item()"
        "])(__import__('torch'), {name}.networks[{network!r}], {name}.images / 255, {name}.varied, "
        "{name}.reconstructions[{network!r}])"
    )
    at_rest = settings()
    assert is_right()
    moves = [("right", "ArrowRight"), ("turn", "ArrowLeft"), ("brightness", "ArrowLeft"), ("picture", "ArrowRight")]
    if not briefly:
        moves += [
            ("down", "PageUp"),
            ("right", "PageDown"),
            ("turn", "End"),
            ("brightness", "Home"),
            ("brightness", "End"),
        ]
        moves += [("hue", key) for key in ("Home", "ArrowRight") if slider("hue").count()]
        moves += [("picture", "End")]
    for which, key in moves:
        before = browser.pixels(canvas)
        slider(which).focus()
        page.keyboard.press(key)
        changes(canvas, before)
        assert is_right()
    assert sum(np.array(settings()) != at_rest) == (3 if briefly else len(at_rest))

    place, before = settled(slider("turn")), browser.pixels(canvas)
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + 40 * (1 if briefly else -1), place["y"], steps=10)
    page.mouse.up()
    changes(canvas, before)
    assert is_right()

    chosen, before = kernel.value(f"{name}.picture.value"), browser.pixels(canvas)
    box.get_by_role("button", name="Reset").click()
    changes(canvas, before)
    eventually(lambda: settings() == at_rest)
    assert is_right() and shows(canvas, kernel, f"{name}.images[[{chosen - 1}]] / 255", np.max)
    assert all(frame.locator("output").inner_text().endswith("moved 0.00") for frame in frames[1:])


def shows_grid(canvas, pictures, columns):
    """Wait until a canvas shows pictures (N, C, H, W), 0 to 255, in rows, with two clear pixels between them."""
    pictures = np.array(pictures)
    _, _, height, width = pictures.shape
    expected = np.zeros((-(-len(pictures) // columns) * (height + 2) - 2, columns * (width + 2) - 2, 3))
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + 2), i % columns * (width + 2)
        expected[top : top + height, left : left + width] = picture.transpose(1, 2, 0)
    eventually(lambda: np.array_equal(browser.pixels(canvas), expected.flatten()))
    return True


def check_judge(tab, kernel, name, _, briefly=False):
    """Move the slider that the lesson calls ``name``; compare pictures, words and the marks of the chart."""
    page = tab.page
    box = page.locator(".widget-hbox:has(.aelib-judge)").first
    box.scroll_into_view_if_needed()
    canvas, slider, chart = box.locator("canvas"), box.get_by_role("slider"), box.get_by_role("img", name="Chart")
    stages, scores = kernel.value(f"[*{name}.stages]"), kernel.value(f"{name}.scores")
    columns = int(np.ceil(kernel.value(f"len({name}.stages[{stages[0]!r}]) ** 0.5")))
    marks, line = chart.locator("path[transform*=scale]").all(), chart.locator("path[stroke-dasharray='3 3']")

    def where():
        """Return the place of each judge's mark on the chart, (judges, 2)."""
        return np.array([re.findall(r"[\d.]+", mark.get_attribute("transform"))[:2] for mark in marks], float)

    def is_right(stage):
        """Wait until the kernel, too, has a stage, and look at all that is shown of it."""
        eventually(lambda: kernel.value(f"{name}.stage.value") == stage + 1)
        assert shows_grid(canvas, kernel.value(f"{name}.stages[{stages[stage]!r}].tolist()"), columns)
        assert box.locator("b").first.inner_text() == stages[stage]
        text = box.locator("output").inner_text()
        assert [text.index(judge) for judge in scores] == sorted(text.index(judge) for judge in scores)
        told = [float(score) for score in re.findall(r"(?<= )[\d.]+(?=, |$)", text)]
        assert np.allclose(told, [values[stage] for values in scores.values()], rtol=0.1), text
        assert canvas.get_attribute("aria-label") == f"{stages[stage]}: {text}"
        x = float(re.match(r"M([\d.]+) ", line.get_attribute("d"))[1])
        assert np.allclose(where()[:, 0], x)
        return stage

    last = len(stages) - 1
    places = [(is_right(0), where())]
    for stage in (1, last) if briefly else range(1, last + 1):
        before = browser.pixels(canvas)
        slider.focus()
        page.keyboard.press("ArrowRight" if stage < last else "End")
        changes(canvas, before)
        places.append((is_right(stage), where()))
    # To the right by the stage, and upward by the logarithm of the score.
    at = np.array([[stage, *place] for stage, places in places for place in places])
    values = np.log([score[stage] for stage, _ in places for score in scores.values()])
    assert np.abs(np.polyval(np.polyfit(at[:, 0], at[:, 1], 1), at[:, 0]) - at[:, 1]).max() < 0.1
    slope, start = np.polyfit(values, at[:, 2], 1)
    assert slope < 0 and np.abs(slope * values + start - at[:, 2]).max() < 0.1
    texts = chart.locator("text").all_text_contents()
    assert "stage" in texts and "1" in texts and str(len(stages)) in texts
    assert all(judge in texts or f"{judge[:16].rstrip()}…" in texts for judge in scores), "the lines are named"

    place, before = settled(slider), browser.pixels(canvas)
    drag(page, middle_of(place), (place["x"] - 500, place["y"]))
    changes(canvas, before)
    is_right(0)


def check_plane(tab, kernel, name, _, briefly=False):
    """Choose codes of what the lesson calls ``name`` by mouse and keyboard, and numbers of labels; compare."""
    page = tab.page
    box = page.locator(".aelib-tools:has(.aelib-plane)").first
    box.scroll_into_view_if_needed()
    codes, labels, shares, levels = kernel.value(f"[{name}.codes, {name}.labels, {name}.shares, {name}.decibels]")
    entries, chart = box.locator(".aelib-codes button"), box.locator("svg")
    points, halo = chart.locator("path.aelib-moving"), chart.locator(".aelib-halo")
    original, drawn, near = box.locator("canvas").all()

    def short(share):
        return f"{share:.2f}".removeprefix("0")

    shape = kernel.value(f"{name}.image_shape")
    pictures, made, neighbours = (
        np.array(kernel.value(f"list({name}.{trait})")).reshape(-1, *shape)
        for trait in ("pictures", "drawn", "neighbours")
    )
    columns = len(pictures)

    def middle(point):
        return np.array(middle_of(point.bounding_box()))

    def is_right(code=None, count=None):
        """Wait until the kernel, too, has a code and a number of labels, and look at all that is shown of them."""
        eventually(lambda: code is None or kernel.value(f"{name}.chosen") == codes.index(code))
        eventually(lambda: count is None or kernel.value(f"{name}.count") == count)
        chosen, count = kernel.value(f"[{name}.chosen, {name}.count]")
        best = sorted(range(len(codes)), key=lambda code: -shares[code][count])
        eventually(lambda: entries.all_inner_texts() == [f"{codes[i]}\n{short(shares[i][count])}" for i in best])
        pressed = box.locator("[aria-pressed=true]")
        eventually(lambda: pressed.nth(0).inner_text() == f"{labels[count]:,}" and pressed.count() == 2)
        eventually(lambda: pressed.nth(1).inner_text().startswith(f"{codes[chosen]}\n"))
        says = "draws nothing" if levels[chosen] is None else f"{levels[chosen]:.1f} dB"
        assert box.locator("output").first.inner_text() == (
            f"{codes[chosen]}: {says}, tells {short(shares[chosen][count])} of the test pictures with "
            f"{labels[count]:,} labels"
        )
        assert drawn.get_attribute("aria-label") == f"What the code draws of them: {codes[chosen]}: {says}"
        assert shows_grid(original, pictures, columns)
        assert shows_grid(near, neighbours.reshape(len(codes), -1, *shape)[chosen], columns)
        if levels[chosen] is None:
            eventually(lambda: not np.any(browser.pixels(drawn)))
        else:
            place = sum(level is not None for level in levels[:chosen])
            assert shows_grid(drawn, made[place * columns : (place + 1) * columns], columns)
        assert halo.text_content() == codes[chosen]
        ring = chart.locator("circle")
        eventually(lambda: np.abs(middle(ring) - middle(points.nth(chosen))).max() < 1)  # once they have arrived
        assert np.abs(middle(halo) - middle(ring))[1] < 30
        assert f"with {labels[count]:,} labels" in chart.get_attribute("aria-label")
        return True

    def is_in_place(count):
        """Return whether the points lie upward by their shares, and to the right by their decibels."""
        at = np.array([middle(point) for point in points.all()])
        higher = np.corrcoef([values[count] for values in shares], -at[:, 1])[0, 1]
        drawing = [code for code, level in enumerate(levels) if level is not None]
        right = np.corrcoef([levels[code] for code in drawing], at[drawing, 0])[0, 1]
        mute = [code for code in range(len(codes)) if code not in drawing]
        return min(higher, right) > 0.999 and (not mute or at[mute, 0].max() < at[drawing, 0].min())

    def lonely():
        """Return the code whose point is farthest from all others: the pointer cannot be nearer to another one."""
        at = np.array([middle(point) for point in points.all()])
        apart = np.linalg.norm(at[:, None] - at, axis=2) + 1e9 * np.eye(len(codes))
        return int(apart.min(1).argmax())

    assert is_right()
    count = kernel.value(f"{name}.count")
    eventually(lambda: is_in_place(count))
    last = len(codes) - 1
    entry = entries.filter(has_text=codes[last])
    settled(entry)
    entry.hover()
    assert is_right(codes[last])
    page.mouse.move(1, 1)
    assert is_right(codes[last]), "it stays chosen"
    settled(chart)
    pointed = lonely()
    page.mouse.move(*middle(points.nth(pointed)) + 3)
    assert is_right(codes[pointed])

    # Another number of labels, by keyboard, and by mouse.
    buttons = box.locator(".aelib-buttons button")
    buttons.first.focus()
    page.keyboard.press("Enter")
    assert is_right(codes[pointed], 0)
    eventually(lambda: is_in_place(0))
    assert buttons.first.evaluate("(button) => button === document.activeElement")
    buttons.last.click()
    assert is_right(codes[pointed], len(labels) - 1)
    eventually(lambda: is_in_place(len(labels) - 1))

    # The list, by keyboard: Tab goes from code to code in the order that one sees.
    buttons.last.focus()
    seen = []
    for _ in codes:
        page.keyboard.press("Tab")
        focused = page.evaluate("() => document.activeElement.innerText.split('\\n')[0]")
        seen.append(focused)
        assert is_right(focused)
    assert seen == [text.split("\n")[0] for text in entries.all_inner_texts()]
    if briefly:
        return

    # From Python; what has the focus keeps it when the list is sorted anew.
    entries.first.focus()
    first = entries.first.inner_text().split("\n")[0]
    assert is_right(first)
    kernel.value(f"setattr({name}, 'count', 0)")
    assert is_right(first, 0)
    assert entries.first.inner_text().split("\n")[0] != first
    assert page.evaluate("() => document.activeElement.innerText").startswith(first)
    kernel.value(f"setattr({name}, 'chosen', {last})")
    assert is_right(codes[last], 0)

    # A finger, near a point of the chart.
    settled(chart)
    touched = lonely()
    touch(page, middle(points.nth(touched)) + 4)
    assert is_right(codes[touched], 0)


def shows_alarms(box, scores, before, lines, lowest):
    """Wait until an anomaly slider tells of three scores, and of those of the picture as it was; look at its chart."""
    close = {"rtol": 2e-3, "atol": [2e-4, 0.015, 0.015]}
    said = re.compile(r"([a-z ]+) (-?[\d.]+) \((-?[\d.]+) untouched\): (quiet|alarm)")

    def told():
        return said.findall(box.locator("output").last.inner_text())

    eventually(lambda: np.allclose([float(score) for _, score, _, _ in told()], scores, **close))
    assert np.allclose([float(score) for _, _, score, _ in told()], before, **close)
    assert [name.strip() for name, _, _, _ in told()] == ["reconstruction error", "distance", "detector"]
    for (_, score, _, word), line in zip(told(), lines, strict=True):
        assert word == ("alarm" if float(score) > line else "quiet") or np.isclose(float(score), line, 0, 1e-2)
    chart = box.get_by_role("img", name="Chart")
    words = chart.locator("text[font-weight=bold]").all_text_contents()
    assert words == [word for _, _, _, word in told()]
    assert chart.locator("text:not([font-weight])").all_text_contents()[:3] == [
        f"{name.strip()} {score}" for name, score, _, _ in told()
    ]
    # Each bar is as long as the score is of the way to its alarm line, and the mark is where it was.
    start, ends = (
        2,
        [float(each) for each in re.findall(r"M([\d.]+) ", chart.locator(".aelib-alarm").get_attribute("d"))],
    )
    bars = [each.get_attribute("d") for each in chart.locator("path[fill^='#']").all()]
    marks = [each.get_attribute("transform") for each in chart.locator("path[fill=currentColor]").all()[:3]]
    for score, first, line, low, bar, mark, end in zip(scores, before, lines, lowest, bars, marks, ends, strict=True):
        share, at_first = (np.clip((each - low) / (line - low), 0, 3) for each in (score, first))
        drawn = float(re.search(r"H([\d.]+)", bar)[1])
        assert drawn == pytest.approx(start + share * (end - start) - 6 * ("l6" in bar), abs=2)
        assert ("l6" in bar) == (share == 3)
        shown = float(re.search(r"[\d.]+", mark)[0])
        assert shown == pytest.approx(np.clip(start + at_first * (end - start), 7, 333), abs=2)
    return True


def check_anomaly(tab, kernel, name, _, briefly=False):
    """Spoil the pictures of what the lesson calls ``name``, and compare pictures and scores with torch's."""
    page = tab.page
    box = page.locator(".widget-hbox:has(.aelib-anomaly)").first
    box.scroll_into_view_if_needed()
    picture, drawn = box.locator("canvas").all()
    lines, lowest = kernel.value(f"[[*{name}.lines.values()], {name}._lowest]")

    def slider(which):
        return box.get_by_role("slider", name=which, exact=True)

    def settings():
        return kernel.value(f"[slider.value for slider in {name}._changes.values()]")

    def is_right():
        assert shows(picture, kernel, f"{name}.changed", np.max)
        assert shows(drawn, kernel, f"{name}.reconstruction", np.max)
        which, scores, before = kernel.value(
            f"[{name}.picture.value, [*{name}.scores.values()], "
            f"{name}._scores_of({name}.images[{name}.picture.value - 1 :][:1] / 255)[:, 0].tolist()]"
        )
        assert shows_alarms(box, scores, before, lines, lowest)
        assert picture.get_attribute("aria-label") == f"Picture: picture {which}"
        assert drawn.get_attribute("aria-label").startswith("Reconstruction: error ")
        return True

    at_rest = settings()
    assert is_right()
    moves = [("blur", "End"), ("light", "Home"), ("picture", "ArrowRight")]
    if not briefly:
        moves += [("blur", "Home"), ("noise", "ArrowRight"), ("noise", "End"), ("turn", "ArrowRight"), ("turn", "End")]
        moves += [("picture", "End")]
    for which, key in moves:
        before = browser.pixels(picture)
        slider(which).focus()
        page.keyboard.press(key)
        changes(picture, before)
        assert is_right()
    place, before = settled(slider("light")), browser.pixels(picture)
    drag(page, middle_of(place), (place["x"] + 60, place["y"]))
    changes(picture, before)
    assert is_right()

    chosen, before = kernel.value(f"{name}.picture.value"), browser.pixels(picture)
    box.get_by_role("button", name="Reset").click()
    changes(picture, before)
    eventually(lambda: settings() == at_rest)
    assert is_right() and shows(picture, kernel, f"{name}.images[[{chosen - 1}]] / 255", np.max)


def shows_suggested(box, names, ticked, scores):
    """Wait until each method, by its name, suggests ten words by its scores of all names; look at what stands there."""
    pressed = box.locator(":scope > .aelib-words > [aria-pressed=true]")
    eventually(lambda: sorted(pressed.all_inner_texts()) == sorted(ticked))
    state = f"Ticked: {', '.join(ticked)}" if ticked else "Tick a word, and each method suggests others."
    eventually(lambda: box.locator(".aelib-buttons output").inner_text() == state)
    parts = "(lines) => lines.map((line) => [...line.children].map((part) => part.textContent))"
    shares = "(bars) => bars.map((bar) => parseFloat(bar.style.width))"
    figures = box.locator("figure").all()
    for figure, (method, exact) in zip(figures, scores.items(), strict=True):
        assert figure.locator("b").inner_text() == method
        lines, said = figure.locator("button:visible"), figure.locator("output")
        if not ticked:
            assert lines.count() == 0 and said.inner_text() == "" and figure.locator(".aelib-own").is_hidden()
            continue
        exact, rows = np.array(exact), [names.index(word) for word in ticked]
        mean, others = exact[rows].mean(), np.delete(exact, rows)
        digits = len(re.search(r"score -?\d+\.?(\d*)", said.inner_text())[1])
        close = 0.015 * np.abs(exact).max() + 0.5 / 10**digits
        found = lines.evaluate_all(parts)
        told = np.array([float(number) for _, _, number in found])
        assert len(found) == min(10, len(others)) and not {word for word, _, _ in found} & set(ticked)
        assert np.allclose(told, [exact[names.index(word)] for word, _, _ in found], rtol=0, atol=close)
        assert np.allclose(told, np.sort(others)[::-1][:10], rtol=0, atol=2 * close)
        [[_, _, own]] = figure.locator(".aelib-own").evaluate_all(parts)
        assert np.isclose(float(own), mean, rtol=0, atol=close)
        assert said.inner_text() == f"ticked words score {own}; best other {found[0][2] if found else 'none'}"
        bars = figure.locator(".aelib-own .aelib-bar span, button:visible .aelib-bar span").evaluate_all(shares)
        longest = max(mean, *others, 0) or 1
        assert np.allclose(
            bars, np.clip(100 * np.array([mean, *told]) / longest, 0, 100), rtol=0, atol=100 * close / longest + 3
        )
    return True


def check_suggestions(tab, kernel, name, _, briefly=False):
    """Tick words of what the lesson calls ``name`` in every way there is, and compare what is suggested with torch."""
    page = tab.page
    box = page.locator(".aelib-suggestions").first
    box.scroll_into_view_if_needed()
    names = kernel.value(f"{name}.names")
    field, cells = box.get_by_role("combobox", name="another word"), page.locator(".jp-Notebook .jp-Cell").count()

    def is_right(ticked):
        """Wait until the kernel, too, has the words that are ticked, and look at all that is shown of them."""
        eventually(lambda: kernel.value(f"{name}.chosen") == ticked)
        return shows_suggested(box, names, ticked, kernel.value(f"{{m: s.tolist() for m, s in {name}.scores.items()}}"))

    def word(which):
        return box.locator(":scope > .aelib-words").get_by_role("button", name=which, exact=True)

    ticked = kernel.value(f"{name}.chosen")
    assert is_right(ticked)
    first = next(one for one in names if one not in ticked)
    word(first).click()
    ticked.append(first)
    assert is_right(ticked)
    suggested = box.locator("figure").last.locator("button").first
    ticked.append(suggested.locator("span").first.inner_text())
    suggested.focus()
    page.keyboard.press("Enter")
    assert is_right(ticked) and page.evaluate("() => document.activeElement.matches('.aelib-words button')")
    word(first).press("Space")
    ticked.remove(first)
    assert is_right(ticked)
    if len(names) > 30:
        other = next(one for one in names[:29:-1] if one not in ticked)
        field.fill(f" {other.upper()}")
        field.press("Enter")
        ticked.append(other)
        assert is_right(ticked) and field.input_value() == ""
    if not briefly and len(names) > 30:
        field.press("d")
        field.press("d")  # where it is a command of the notebook, it deletes the cell
        field.press("Enter")
        eventually(lambda: f"“dd” is none of the {len(names):,} words." in box.inner_text())
        assert page.locator(".jp-Notebook .jp-Cell").count() == cells
        other = next(one for one in names[::-1] if one not in ticked)
        field.evaluate(  # as a choice from the list does
            """(field, word) => {
                field.value = word;
                field.dispatchEvent(new InputEvent("input", { inputType: "insertReplacementText" }));
            }""",
            other,
        )
        ticked.append(other)
        assert is_right(ticked)
    box.get_by_role("button", name="Clear").click()
    assert is_right([])
    kernel.value(f"setattr({name}, 'chosen', {names[-2:]!r})")
    assert is_right(names[-2:])
    kernel.value(f"setattr({name}, 'chosen', {names!r})")
    assert is_right(names)


NO_WORDS = {
    "": "Type a word.",
    "w1erd": "A word has the letters a to z alone, not “1”.",
    "naïve": "A word has the letters a to z alone, not “ï”.",
    "汉字": "A word has the letters a to z alone, not “汉”.",
    "👩‍👧": "A word has the letters a to z alone, not “👩‍👧”.",
    "wie rd": "A word has the letters a to z alone, not a space.",
    "abcdefghijklmnopq": "A word has 16 letters at most; this one has 17.",
}


def shows_mended(box, word, dictionary, distances, spelt, edits):
    """Wait until a mender tells of a word, and look at all it shows: distances and edits are those to each word."""
    state = box.locator("output")
    eventually(lambda: state.inner_text().startswith(f"{word}: the nearest code is that of "))
    near, edited = ([line.split() for line in each.locator("li").all_inner_texts()] for each in box.locator("ol").all())
    told = [float(distance) for _, distance in near]
    assert np.allclose(told, sorted(distances)[:5], rtol=0, atol=0.015), near
    assert np.allclose(told, [distances[dictionary.index(one)] for one, _ in near], rtol=0, atol=0.015), near
    letters = box.locator(".aelib-spelt > *")
    assert "".join(letters.all_inner_texts()) == spelt
    nearest = near[0][0].ljust(16)
    framed = letters.evaluate_all("(letters) => letters.map((letter) => letter.matches('b'))")
    assert framed == [letter != nearest[i] for i, letter in enumerate(spelt)]
    fewest = min(edits)
    first = [one for one, number in zip(dictionary, edits, strict=True) if number == fewest]
    counted = f"{fewest} edit{'s' * (fewest != 1)}"
    expected = [f"{one} {counted}".split() for one in first[:5]]
    assert edited == expected + [["and", f"{len(first) - 5:,}", "more"]] * (len(first) > 5)
    assert f"the decoder spells {spelt or 'nothing'}; {counted} lead" in state.inner_text()
    assert f" to {first[0]}" in state.inner_text()
    return True


def check_mender(tab, kernel, name, _, briefly=False):
    """Type into what the lesson calls ``name``, letter by letter; press examples; set the word from Python; compare."""
    page = tab.page
    box = page.locator(".aelib-mender").first
    box.scroll_into_view_if_needed()
    field, state, lines = box.get_by_role("textbox", name="a word"), box.locator("output"), box.locator("li")
    dictionary = kernel.value(f"{name}.dictionary").split()
    cells = page.locator(".jp-Notebook .jp-Cell").count()

    def is_mended(word):
        """Wait until the kernel, too, has a word, and look at all that is shown of it."""
        eventually(lambda: kernel.value(f"{name}.typed") == word)
        told = kernel.value(
            "(lambda words, mender, typed: ["
            "mender.distances(typed)[0].tolist(), "
            "words.as_words(mender.network(words.as_letters(typed)).argmax(2))[0], "
            "words.edit_distances(typed, mender.dictionary)[0].tolist()"
            f"])(__import__('aelib.words').words, {name}.mender, [{word!r}])"
        )
        return shows_mended(box, word, dictionary, *told)

    assert is_mended(field.input_value())
    field.fill("")
    eventually(lambda: state.inner_text() == "Type a word.")
    assert lines.count() == 0
    for end, letter in enumerate("wierd", start=1):
        page.keyboard.press(letter)
        assert is_mended("wierd"[:end])
    assert field.input_value() == "wierd"
    page.keyboard.press("Backspace")
    assert is_mended("wier")
    for example in kernel.value(f"{name}.examples")[: 1 if briefly else None]:
        box.get_by_role("button", name=example, exact=True).press("Enter")
        assert is_mended(example) and field.input_value() == example
    if briefly:
        return

    last = kernel.value(f"{name}.typed")
    for text, sentence in NO_WORDS.items():
        field.fill("cat")
        assert is_mended("cat")
        field.fill(text)
        eventually(lambda sentence=sentence: state.inner_text() == sentence)
        assert lines.count() == 0 and box.locator(".aelib-spelt > *").count() == 0
        assert field.get_attribute("aria-invalid") == str(text != "").lower()
    assert kernel.value(f"{name}.typed") == "cat", "what is no word goes no further"
    field.fill("REceive")
    assert is_mended("receive") and field.input_value() == "REceive"
    kernel.value(f"setattr({name}, 'typed', {last!r})")
    assert is_mended(last) and field.input_value() == last

    # Keys that the notebook has commands for, and the way on by keyboard.
    field.fill("")
    for key in "ddbam":
        page.keyboard.press(key)
    assert is_mended("ddbam") and page.locator(".jp-Notebook .jp-Cell").count() == cells
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.innerText") == kernel.value(f"{name}.examples[0]")


HOURS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1, "day": 24, "year": 24 * 365.25}
# Of a calculator of costs: what its sliders and lists are called, by the traits.
COST_SLIDERS = {
    "pictures": "pictures",
    "size": "size of each",
    "workers": "workers",
    "batch": "batch of each",
    "accumulate": "accumulation",
}
MEASURED = ("weights", "multiply_adds", "activations", "speed", "bandwidth", "epochs")  # what a network's plan brings
COST_LISTS = {"speed": "speed of each", "bandwidth": "bandwidth"}


def number_in(text):
    return float(re.search(r"[\d.,]+", text)[0].replace(",", ""))


def shows_costs(box, plan):
    """Wait until a calculator tells what a plan costs, and look at its chart."""
    sending = 1 - plan.compute_seconds / plan.step_seconds
    expected = [plan.hours, plan.money, plan.memory_bytes, plan.pictures_per_second]
    rows = box.locator(".aelib-results b")

    def told():
        """Return hours, money, bytes, pictures a second, and the share of the time, of what one reads."""
        time, cost, memory, rate, share = rows.all_inner_texts()
        hours = number_in(time) * HOURS[time.split()[-1].removesuffix("s")]
        size = number_in(memory) * 1000 ** " kMGTPE".index(memory.split()[-1][:-1])
        return [hours, number_in(cost), size, number_in(rate), number_in(share) / 100]

    def is_told():
        *numbers, share = told()
        return np.allclose(numbers, expected, 0.05, [3e-7, 1e-3, 0, 1e-3]) and abs(share - sending) < 0.0051

    eventually(is_told)
    chart = box.get_by_role("img", name="Chart of the time that workers compute")
    stops = sorted({2**power for power in range(11)} | {plan.workers})
    blue, orange = (chart.locator(f"path[fill='{colour}']:not([transform])") for colour in ("#0072b2", "#d55e00"))
    assert blue.count() == orange.count() == len(stops) + 1
    for count, bar, top in zip([*stops, plan.workers], blue.all(), orange.all(), strict=True):
        computing = replace(plan, workers=count).compute_seconds / replace(plan, workers=count).step_seconds
        start, end = map(float, re.match(r"M\S+ ([\d.]+)h[\d.]+V([\d.]+)h", bar.get_attribute("d")).groups())
        assert (start - end) / (start - 24) == pytest.approx(computing, abs=0.002)
        beyond, last = map(float, re.match(r"M\S+ ([\d.]+)h[\d.]+V([\d.]+)h", top.get_attribute("d")).groups())
        assert last == 24 and beyond == pytest.approx(max(end - 1.5, 24))
    places = [float(bar.get_attribute("d")[1:].split()[0]) for bar in blue.all()]
    assert places[:-1] == sorted(places[:-1]) and places[-1] == places[stops.index(plan.workers)]
    assert blue.last.get_attribute("class") == "aelib-own-bar"
    assert chart.evaluate(
        """(chart) => {
            const { x, y, width, height } = chart.viewBox.baseVal;
            const drawn = chart.getBBox();
            const [computing, , sending] = [...chart.children].slice(1).map((child) => child.getBBox());
            return drawn.x >= x && drawn.y >= y && drawn.x + drawn.width <= x + width
                && drawn.y + drawn.height <= y + height && computing.x + computing.width < sending.x - 12;
        }"""
    ), "something is cut off, or covers something"
    title = box.locator("figcaption").inner_text()
    if plan.workers == 1:
        return title == "1 worker, who has nobody to send to"
    faster = plan.pictures_per_second / replace(plan, workers=1).pictures_per_second
    assert title.startswith(f"{plan.workers:,} workers: ")
    assert number_in(title.partition(":")[2]) == pytest.approx(faster, rel=0.05, abs=1e-3)
    return True


def check_costs(tab, kernel, name, _, briefly=False):
    """Move the controls of what the lesson calls ``name``, and compare with what its plan costs in Python."""
    page = tab.page
    box = page.locator(".aelib-costs").first
    box.scroll_into_view_if_needed()
    stops, networks = kernel.value(f"[{name}.stops, [*{name}._plans]]")

    def plan():
        return Plan(**kernel.value(f"__import__('dataclasses').asdict({name}.plan)"))

    def is_now(**changes):
        """Wait until the kernel, too, has a plan with changes, and look at all that is shown of it."""
        nonlocal before
        before = replace(before, **changes)
        eventually(lambda: plan() == before)
        return shows_costs(box, before)

    before = plan()
    assert is_now()
    for trait, called in COST_SLIDERS.items():
        slider = box.get_by_role("slider", name=called, exact=True)
        slider.focus()
        cell = active_cell(page)
        for key, place in (("End", -1), ("ArrowLeft", -2), ("Home", 0))[: 1 if briefly else None]:
            scrolled = box.bounding_box()
            page.keyboard.press(key)
            assert is_now(**{trait: stops[trait][place]})
            assert active_cell(page) == cell and box.bounding_box() == scrolled, "the keys moved the notebook too"
    for trait, called in COST_LISTS.items():
        choices = kernel.value(f"[value for _, value in {name}.{trait}s]")
        box.get_by_role("combobox", name=called, exact=True).select_option(index=len(choices))
        assert is_now(**{trait: choices[-1]})
    box.get_by_role("checkbox").check()
    assert is_now(sharded=True)
    price = box.get_by_role("spinbutton", name="hourly price")
    price.fill("2.5")
    assert is_now(price=2.5)
    if briefly:
        return

    for wrong in ("", "-1", "1e9"):
        price.fill(wrong)
        assert price.get_attribute("aria-invalid") == "true"
    page.keyboard.press("Tab")
    eventually(lambda: price.input_value() == "2.5" and price.get_attribute("aria-invalid") == "false")
    assert plan() == before, "what is no price goes no further"
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    price.focus()
    for key in ("d", "d", "b"):
        page.keyboard.press(key)
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells, "letters are no commands of the notebook"
    price.fill("0")
    assert is_now(price=0)
    box.get_by_role("checkbox").uncheck()
    assert is_now(sharded=False)

    place = settled(slider)
    drag(page, (place["x"] + 9, middle_of(place)[1]), (place["x"] + place["width"] - 2, middle_of(place)[1]))
    assert is_now(accumulate=stops["accumulate"][-1])
    for called in COST_LISTS.values():
        box.get_by_role("combobox", name=called, exact=True).select_option(index=0)
    if len(networks) > 1:
        box.get_by_role("combobox", name="network", exact=True).select_option(networks[-1])
    else:
        assert not box.get_by_text("network").is_visible()
    measured = kernel.value(f"__import__('dataclasses').asdict({name}._plans[{networks[-1]!r}])")
    assert is_now(**{trait: measured[trait] for trait in MEASURED})
    kernel.value(f"[setattr({name}, 'workers', 3), setattr({name}, 'price', 0.25)] and 1")
    assert is_now(workers=3, price=0.25) and price.input_value() == "0.25"


def settled(element):
    """Scroll an element into view and wait until the page has found its place; return where the element is."""
    element.scroll_into_view_if_needed()
    place = None
    while place != (place := element.bounding_box()):
        element.page.wait_for_timeout(500)
    return place


def middle_of(box):
    """Return the point, (x, y), in the middle of a bounding box."""
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, *points):
    """Press the mouse at the first point, move it to each of the others in one go, and release it."""
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
        page.wait_for_timeout(30)
    page.mouse.up()


def touch(page, *points):
    """Do the same with a finger: real touches, as Chromium gets them from a screen."""
    session = page.context.new_cdp_session(page)
    for kind, places in [
        ("touchStart", points[:1]),
        *(("touchMove", [point]) for point in points[1:]),
        ("touchEnd", []),
    ]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]})
        page.wait_for_timeout(30)


def active_cell(page):
    """Return the number of the cell that the notebook would move by its own keys."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.jp-Cell')].findIndex((cell) => cell.matches('.jp-mod-active'))"
    )


def check_brush(tab, kernel, name, _, briefly=False):
    """Draw on the pictures of the brush that the lesson calls ``name``, and compare with what the kernel repairs."""
    page = tab.page
    box = page.locator(".aelib-brush").first
    box.scroll_into_view_if_needed()
    area = box.locator(".aelib-drawing")
    drawing, ours, rival, original = (box.locator(".aelib-picture").nth(i) for i in range(4))
    damage, picture, brush = box.locator("select").all()
    caption, state = box.locator("figure output").first, box.locator(".aelib-buttons output")

    def is_right():
        assert shows(drawing, kernel, f"{name}.damaged")
        assert shows(ours, kernel, f"{name}.repaired")
        assert shows(rival, kernel, f"{name}.rival")
        texts = box.locator("figure output").all_inner_texts()
        assert all(re.fullmatch(r"-?\d+\.\d dB under the brush", text) for text in texts[:3]), texts
        return shows(original, kernel, f"{name}.images[[{name}.picture]] / 255")

    def covered():
        return np.array(kernel.value(f"{name}.lost[0, 0].tolist()"))

    def clear():
        box.get_by_role("button", name="Clear").click()
        eventually(lambda: not covered().any() and caption.inner_text() == "")

    def draw(way, *points):
        place, before = settled(area), browser.pixels(ours)
        way(page, *((place["x"] + x * place["width"], place["y"] + y * place["height"]) for x, y in points))
        changes(ours, before)
        assert area.bounding_box() == place, "the page has moved too"
        return is_right()

    clear()  # the notebook may scroll once when a cell becomes the active one
    picture.select_option(label="2")  # in a lesson's first picture much is black, and stays black when it is repaired
    eventually(lambda: kernel.value(f"{name}.picture") == 1)
    assert not covered().any() and shows(drawing, kernel, f"{name}.images[[1]] / 255")
    height, width = covered().shape

    assert draw(drag, (0.2, 0.5), (0.8, 0.5))
    if kernel.value(f"any({name}.networks)"):  # from now on the kernel sends the classical method's pictures alone
        eventually(lambda: kernel.value(f"len({name}._in_browser)"))
    middle = covered()[height // 2]
    assert middle[round(0.25 * width) : round(0.75 * width)].all() and not middle[: round(0.1 * width)].any()
    assert not covered()[: height // 4].any()

    # The keyboard; the notebook must not take the keys for its own.
    clear()
    area.focus()
    cell, before, scrolled = active_cell(page), browser.pixels(ours), area.bounding_box()
    for key in ["Shift+ArrowUp"] * 20 + ["ArrowDown"] * (height // 2):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert not covered().any(), "a lifted brush has drawn"
    page.keyboard.press("Space")
    assert "down" in state.inner_text()
    for key in ["ArrowLeft"] * 3 + ["Shift+ArrowRight"]:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert "up" in state.inner_text()
    changes(ours, before)
    assert is_right() and covered().any()
    assert active_cell(page) == cell and area.bounding_box() == scrolled, "the keys moved the notebook too"
    if briefly:
        return

    clear()
    assert draw(touch, (0.5, 0.1), (0.5, 0.2), (0.5, 0.3), (0.5, 0.4))
    assert covered()[height // 5 : height // 3, width // 2].all() and not covered()[height // 2 :].any()

    for kind in kernel.value(f"{name}.kinds"):
        damage.select_option(kind)
        eventually(lambda kind=kind: kernel.value(f"{name}.kind") == kind)
        assert is_right()

    # What Python draws shows too, and stays when the browser changes something else.
    pattern = "".join("01"[i % 7 == 0] for i in range(height * width))
    kernel.value(f"setattr({name}, 'drawn', '{pattern}')")
    assert is_right()
    first = kernel.value(f"{name}.kinds")[0]
    damage.select_option(first)
    eventually(lambda: kernel.value(f"{name}.kind") == first)
    assert kernel.value(f"{name}.drawn") == pattern and is_right()

    drawn = covered().sum()
    brush.select_option(label="1 pixel")
    picture.select_option(label="1")
    eventually(lambda: kernel.value(f"{name}.picture") == 0 and not covered().any())
    page.keyboard.press("Tab")
    assert draw(drag, (0.5, 0.5), (0.6, 0.5)) and covered().sum() < drawn


def check_sketch(tab, kernel, name, _, briefly=False):
    """Draw on the pad that the lesson calls ``name``, and compare what shows with what its networks paint in Python."""
    page = tab.page
    box = page.locator(".aelib-tools:has(.aelib-paper)").first
    box.scroll_into_view_if_needed()
    paper = box.locator(".aelib-paper")
    painted, state = paper.locator("canvas").first, box.locator("output").last
    height, width = kernel.value(f"{name}.image_shape[1:]")
    kernel.value(f"globals().update(paints=lambda network: network(*{name}.sketched).detach().clamp(0, 1))")

    def marks(count):
        eventually(lambda: kernel.value(f"len({name}.marks)") == count)
        return kernel.value(f"{name}.marks")

    def press(button):
        box.get_by_role("button", name=button, exact=True).click()

    def told():
        return np.array(kernel.value(f"(~{name}.sketched[1][0, 0]).tolist()"))

    def is_right():
        return shows(painted, kernel, f"paints({name}.network)")

    def draw(way, *points):
        place, before = settled(paper), browser.pixels(painted)
        way(page, *((place["x"] + x * place["width"], place["y"] + y * place["height"]) for x, y in points))
        changes(painted, before)
        assert paper.bounding_box() == place, "the page has moved too"

    white = [255] * (3 * height * width)
    eventually(lambda: browser.pixels(painted) == white)
    draw(drag, (0.2, 0.3), (0.8, 0.3), (0.8, 0.7), (0.2, 0.7), (0.2, 0.3))
    [[kind, *places]] = marks(1)
    assert kind == "pen" and len(places) >= 10 and max(places[::2]) == pytest.approx(0.8 * width, abs=0.5)
    eventually(lambda: kernel.value(f"({name}.sketched[0] < 0.5).any().item()"))
    assert is_right() and not told().any()
    sketched = np.array(kernel.value(f"{name}.sketched[0][0, 0].tolist()"))
    assert sketched[round(0.3 * height) - 1 : round(0.3 * height) + 1, width // 2].min() < 0.5, (
        "no ink where it was drawn"
    )
    assert sketched[height // 2, width // 2] == 1

    # A dot by mouse, and one by keyboard, which the notebook must not take for its own.
    press("Dot of red")
    draw(lambda page, *points: page.mouse.click(*points[0]), (0.5, 0.5))
    assert marks(2)[1][0] == "#dd2c2c"
    eventually(lambda: told().sum() == 9)
    assert told()[height // 2, width // 2] and is_right()
    red = kernel.value(f"{name}.sketched[0][0, :, {height // 2}, {width // 2}].tolist()")
    assert red == pytest.approx([221 / 255, 44 / 255, 44 / 255], abs=1e-6)
    press("Dot of blue")
    paper.focus()
    cell, scrolled = active_cell(page), paper.bounding_box()
    for key in ["Shift+ArrowUp"] * 30 + ["Shift+ArrowLeft"] * 30 + ["Space"]:
        page.keyboard.press(key)
    assert marks(3)[2] == ["#2f9bd8", 0, 0], "a dot in the corner"
    eventually(lambda: told()[:3, :3].all())
    assert is_right() and active_cell(page) == cell and paper.bounding_box() == scrolled
    page.keyboard.press("Backspace")
    marks(2)
    assert is_right() and not told()[:3, :3].any()
    if briefly:
        return

    # All answers: without the dots, with them, and the rival's.
    box.get_by_label("all answers").check()
    answers = box.locator("figure canvas")
    eventually(lambda: any(browser.pixels(answers.first)))  # painted, after a round trip to the kernel
    without = browser.pixels(answers.first)
    assert shows(answers.nth(1), kernel, f"paints({name}.network)")
    if kernel.value(f"{name}.rival is not None"):
        assert shows(answers.nth(2), kernel, f"paints({name}.rival)")
    press("Undo")
    marks(1)
    assert is_right() and browser.pixels(painted) == without, "without the dots is what was painted before them"
    press("Rubber")
    draw(drag, (0.5, 0.2), (0.5, 0.8))
    marks(2)
    eventually(lambda: is_right() and kernel.value(f"{name}.sketched[0][0, 0, :, {width // 2}].min().item()") == 1)

    press("Clear")
    marks(0)
    eventually(lambda: browser.pixels(painted) == white)
    press("Pencil")
    draw(touch, (0.3, 0.3), (0.5, 0.4), (0.7, 0.3))
    marks(1)
    assert is_right()
    paper.focus()
    before = marks(1)
    for key in ["Space", "ArrowDown", "Shift+ArrowDown", "Enter"]:
        page.keyboard.press(key)
    assert marks(2)[:1] == before and "Draw" in state.inner_text() and is_right()
    for key in ["Space", "ArrowUp"]:  # the pen is down
        page.keyboard.press(key)
    # To take up another tool lifts it, even where the focus stays, as when a voice asks for the tool.
    box.get_by_role("button", name="Rubber", exact=True).evaluate("button => button.click()")
    drawn = marks(3)
    press("Pencil")
    paper.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(300)
    assert marks(3) == drawn

    box.locator("select").select_option(index=1)
    eventually(lambda: kernel.value(f"{name}.template") == 1 and kernel.value(f"len({name}.marks)") == 0)
    eventually(lambda: kernel.value(f"({name}.sketched[0][0, :1] < 0.5).equal({name}._lines[0])"))
    assert is_right()

    # What Python draws shows, too.
    kernel.value(f"setattr({name}, 'marks', [['pen', 2, 2, 9, 9], ['#00ff00', 5, 5]])")
    eventually(lambda: told().sum() == 9)
    assert is_right()

    with page.expect_download() as download:
        press("Save as PNG")
    assert download.value.suggested_filename == "sketch.png"
    with Image.open(download.value.path()) as saved:
        assert max(saved.size) == 640 and saved.convert("L").getextrema()[0] < 60, "the lines are in it"


def check_photo(tab, kernel, name, _, briefly=False):
    """Upload files, good and bad, into what the lesson calls ``name``; mend, compare, mark, double and save."""
    page = tab.page
    area = page.locator(".aelib-photo").first
    box = page.locator(".widget-vbox:has(.aelib-photo)").first
    box.scroll_into_view_if_needed()
    message = box.locator(".widget-html-content").first
    before, after = area.locator("img").all()

    def upload(file, content):
        with page.expect_file_chooser() as chooser:
            box.get_by_role("button", name="Photograph").click()
        said = message.inner_text()
        chooser.value.set_files({"name": file, "mimeType": "image/png", "buffer": content})
        page.wait_for_function("([e, said]) => e.innerText !== said", arg=[message.element_handle(), said])

    def mend(task):
        box.locator("select").first.select_option(label=task)
        last = kernel.value(f"id({name}.repaired)")
        box.get_by_role("button", name="Repair").click()
        eventually(lambda: kernel.value(f"id({name}.repaired)") != last, 120)
        page.wait_for_function("(e) => e.innerText.startsWith('Done')", arg=message.element_handle())
        page.wait_for_function("(e) => !e.hidden && e.complete && e.naturalWidth > 0", arg=after.element_handle())

    def point(x, y):
        return place["x"] + x * place["width"], place["y"] + y * place["height"]

    def is_divided_at(share):
        return abs(kernel.value(f"{name}._view.divider") - share) < 0.02

    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    upload("mine.png", file.getvalue())
    assert "120 × 90 pixels" in message.inner_text() and not after.is_visible()
    assert kernel.value(f"{name}.photo[0].permute(1, 2, 0).tolist()") == pixels.tolist()
    page.wait_for_function("(e) => e.naturalWidth === 120 && e.naturalHeight === 90", arg=before.element_handle())

    mend("take noise away")
    clip = "(e) => e.style.clipPath"
    assert "50%" in after.evaluate(clip)
    place = settled(area)
    drag(page, point(0.5, 0.1), point(0.25, 0.1))
    eventually(lambda: is_divided_at(0.25))
    left = float(re.search(r"([\d.]+)%\)", after.evaluate(clip))[1])  # of the picture is that before
    assert abs(left - 100 * kernel.value(f"{name}._view.divider")) < 0.1
    area.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    eventually(lambda: is_divided_at(0.35))
    if briefly:
        return

    with page.expect_download() as download:
        box.get_by_role("button", name="Save as PNG").click()
    saved = np.asarray(Image.open(download.value.path()))
    assert saved.tolist() == kernel.value(f"{name}.repaired[0].permute(1, 2, 0).tolist()")

    broken = b"\x89PNG\r\n\x1a\n" + bytes(50)
    huge = png(60_000, 60_000, zlib.compress(bytes(1000)))
    for number, content in enumerate((b"no picture", broken, huge)):
        upload(f"bad{number}.png", content)
        assert "still there" in message.inner_text() and "Traceback" not in message.inner_text()
    assert kernel.value(f"{name}.photo[0].permute(1, 2, 0).tolist()") == pixels.tolist()

    # Marks, by mouse, by a finger that moves on to the right edge, and by keyboard.
    def lost():
        return np.array(kernel.value(f"{name}.lost[0, 0].tolist()"))

    box.locator("select").first.select_option(label="fill what I mark")
    box.get_by_role("button", name="Repair").click()
    page.wait_for_function("(e) => e.innerText.startsWith('Nothing is marked')", arg=message.element_handle())
    place = settled(area)
    drag(page, point(0.2, 0.5), point(0.8, 0.5))
    eventually(lambda: lost()[45, 26:94].all())
    assert page.evaluate("() => getSelection().type") != "Range", "the drag has marked the page as if it were text"
    assert not lost()[:40].any() and not lost()[50:].any()
    x, y = point(0.5, 0.9)
    touch(page, (x, y), (x + 40, y), (x + 80, y))
    eventually(lambda: lost()[81, 61:70].all())
    assert not lost()[50:76].any() and area.bounding_box() == place
    area.focus()
    for key in ["Shift+ArrowUp"] * 6 + ["Space"] + ["Shift+ArrowLeft"] * 3 + ["Space"]:
        page.keyboard.press(key)
    eventually(lambda: lost()[:40].sum() > 30)
    mend("fill what I mark")
    kept = f"torch.equal({name}.repaired.masked_select(~{name}.lost), {name}.photo.masked_select(~{name}.lost))"
    assert kernel.value(kept)

    mend("double the size")
    assert kernel.value(f"list({name}.repaired.shape)") == [1, 3, 180, 240]


# Of each lesson: the check, what the lesson calls the widget, and the model whose pictures it shows. test_live.py runs
# the lessons.
LESSONS = {
    "01_concepts": [(check_sliders, "sliders", "pca")],
    "02_dense_autoencoder": [(check_explorer, "explorer", "planar")],
    "03_training": [(check_explorer, "maps[0]", "planar_stages[0]")],
    "04_compression": [(check_quality, "knob", "knob_codecs")],
    "05_generation": [(check_sliders, "sliders", "vae"), (check_explorer, "explorer", "planar")],
    "06_repair": [(check_brush, "brush", None), (check_photo, "workshop", None)],
    "07_colour_edges_variation": [
        (check_sliders, "sliders", "conv_128"),
        (check_explorer, "colour_map", "conv_128"),
        (check_variation, "knobs", None),
    ],
    "08_image_to_image": [(check_sketch, "pad", None)],
    "09_better_codes": [(check_plane, "plane", None), (check_judge, "judged", None)],
    "10_other_fields": [
        (check_mender, "mending", None),
        (check_anomaly, "sabotage", None),
        (check_suggestions, "suggest", None),
    ],
    "11_scaling_up": [(check_costs, "calculator", None), (check_sliders, "sliders", "network")],
}


def test_every_lesson_with_a_widget_is_tried_in_the_browser():
    with_widgets = {
        path.stem for path in notebooks.LESSONS if notebooks.widget_cells(nbformat.read(path, as_version=4))
    }
    missing, idle = with_widgets - set(LESSONS), set(LESSONS) - with_widgets
    assert not missing, f"{missing} show widgets: LESSONS in tests/test_browser.py must say how they are tried"
    assert not idle, f"LESSONS in tests/test_browser.py has {idle}, which show no widget"


def names_in(source):
    """Return the names that a cell binds, and those that it takes from other cells, as far as one can tell.

    The name of a program that a cell writes to a file, or starts from one, counts as well.
    """
    if written := re.match(r"%%writefile (\S+)\n", source):
        return {written[1]}, set()
    tables = [symtable.symtable(TransformerManager().transform_cell(source), "cell", "exec")]
    for table in tables:
        tables += table.get_children()
    bound = {name.get_name() for name in tables[0].get_symbols() if name.is_assigned() or name.is_imported()}
    used = {
        name.get_name() for table in tables for name in table.get_symbols() if name.is_referenced() and name.is_global()
    }
    return bound, used - bound | set(re.findall(r'"(\w+\.py)"', source))


def shorter(source):
    """Return the source of a cell with trainings of one epoch, or of ten steps."""
    return re.sub(r"\bepochs=[\d_]+", "epochs=1", re.sub(r"\bsteps=[\d_]+", "steps=10", source))


def copy_of(lesson, folder):
    """Copy the widgets of a lesson and the cells that they build on, as if never run; nbval runs all of it.

    Trainings are short: that the widgets move is tested here, not how well the networks are trained.
    """
    notebook = nbformat.read(notebooks.FOLDER / f"{lesson}.ipynb", as_version=4)
    with_widgets = notebooks.widget_cells(notebook)
    cells, missing = [], set()
    for place in range(with_widgets[-1], -1, -1):
        cell = notebook.cells[place]
        if cell.cell_type == "code":
            bound, used = names_in(cell.source)
            if place in with_widgets or bound & missing:
                cells.insert(0, v4.new_code_cell(shorter(cell.source), id=cell.id))
                missing = missing - bound | used
    nbformat.write(v4.new_notebook(cells=cells, metadata=notebooks.METADATA), folder / f"{lesson}.ipynb")
    return f"{lesson}.ipynb"


# What the widgets of a page of widgets are made from; it takes no training.
BASE = f"""
import sys

import torch
from torch import nn
from aelib import anomalies, classical, compression, data, models, training, widgets, words
from aelib.distributed.costs import Plan

vars(sys).pop("last_value", None)  # what stopped a page before this one in the same kernel

{inspect.getsource(Convolutional)}
{inspect.getsource(Softened)}

torch.manual_seed(0)
images = torch.rand(200, 1, 8, 8)
labels = torch.arange(200) % 2
dense = models.DenseAutoencoder(10, (16,), (1, 8, 8), output_activation="linear")
conv, soft = Convolutional(10), Softened(10)
for model in (dense, conv, soft):  # untrained decoders draw much the same for any code
    for parameter in model.decoder.parameters():
        parameter.data *= 3
for model in (conv, soft):
    model.decoder.append(nn.Sigmoid())  # or their pictures would now be on no scale of 0 to 1
colour = models.DenseAutoencoder(4, (16,), (3, 6, 10))
few = (255 * images[:5]).to(torch.uint8)
codecs = [compression.Codec(dense, images, step) for step in (3.0, 1.0, 0.3, 0.1)]
halve = classical.Baseline("half", lambda image, lost, setting: image / 2, None)
repairs = dict.fromkeys(("lost pixels", "noise", "blur"), (lambda damaged, lost: damaged + 0.3, halve))
grey, coloured = ((255 * torch.rand(3, *shape)).to(torch.uint8) for shape in ((1, 28, 28), (3, 20, 36)))
nets = [models.RepairNet(channels, (4, 8)) for channels in (1, 3)]
for net in nets:
    nn.init.normal_(net.last.weight, std=0.1)  # or untrained ones would change nothing
grey_net, colour_net = ({{"noise": (net, halve), "lost pixels": (net, halve)}} for net in nets)
small_nets = dict.fromkeys(("noise", "lost", "low resolution"), models.RepairNet(3, (4, 8)))
bright = (255 * torch.rand(12, 3, 8, 12)).to(torch.uint8)
several = {{
    "PCA": models.pca(bright / 255, 6),
    "dense": models.DenseAutoencoder(10, (16,), (3, 8, 12)),
    "convolutional": models.ConvAutoencoder(3, (4,), (3, 8, 12)),
}}
for name in ("dense", "convolutional"):
    for parameter in several[name].parameters():
        parameter.data *= 3
stages = {{f"after {{step}}": (255 * torch.rand(9, 1, 8, 8)).to(torch.uint8) for step in (0, 1, 5, 10)}}
forty = [f"word {{place}}" for place in range(40)]
table = torch.rand(200, 40) < 0.2
small = Plan(6.2e5, 8.9e6, 2.1e5, speed=4.5e10, bandwidth=3.1e8, pictures=3321, epochs=8, price=0.05)
wide = Plan(9.5e6, 1.2e8, 9e5, speed=6e10, bandwidth=2.9e8, pictures=3321)
"""

# Of each widget of a page: what makes it, its check, and whose pictures it shows.
WIDGETS = {
    "dense_sliders": ("widgets.latent_sliders(dense, images)", check_sliders, "dense"),
    "conv_sliders": ("widgets.latent_sliders(conv, images)", check_sliders, "conv"),
    "soft_sliders": ("widgets.latent_sliders(soft, images)", check_sliders, "soft"),
    "dense_map": ("widgets.code_explorer(dense, images, labels, ['bag', 'boot'])", check_explorer, "dense"),
    "soft_map": ("widgets.code_explorer(soft, images)", check_explorer, "soft"),
    "colour_map": ("widgets.code_explorer(colour, torch.rand(50, 3, 6, 10))", check_explorer, "colour"),
    "knob": ("widgets.compression_slider(codecs, few)", check_quality, "codecs"),
    "colour_knobs": ("widgets.variation_slider(several, bright, background=0.3)", check_variation, None),
    "grey_knobs": ("widgets.variation_slider({'dense': dense}, few)", check_variation, None),
    "grey_brush": ("widgets.damage_brush(grey, repairs)", check_brush, None),
    "colour_brush": ("widgets.damage_brush(coloured, repairs)", check_brush, None),
    "grey_net_brush": ("widgets.damage_brush(grey, grey_net)", check_brush, None),
    "colour_net_brush": ("widgets.damage_brush(coloured, colour_net)", check_brush, None),
    "pad": (
        "widgets.sketch_pad(nets[1], coloured, rival=models.RepairNet(3, (4, 8), patch=2))",
        check_sketch,
        None,
    ),
    "square_pad": ("widgets.sketch_pad(nets[1], data.load('emoji').test[:4], 'abcd')", check_sketch, None),
    "workshop": (
        "widgets.photo_repair(small_nets, (255 * torch.rand(1, 3, 40, 60)).to(torch.uint8))",
        check_photo,
        None,
    ),
    "judged": (
        "widgets.judge_slider(stages, {'judge A': [6.04, 310, 21.7, 5.5], 'judge B': [6.31, 320, 290, 187.2]})",
        check_judge,
        None,
    ),
    "judged_once": (
        """widgets.judge_slider(
            {name: torch.rand(2, 3, 6, 10) for name in "abc"}, {"the only judge": [0.5, 0.52, 0.57]}
        )""",
        check_judge,
        None,
    ),
    "plane": (
        """widgets.code_plane(
            {
                "HOG": [0.2, 0.7, 0.75], "dense": [0.3, 0.6, 0.9],
                "PCA": [0.4, 0.5, 0.6], "contrastive": [0.25, 0.8, 0.7],
            },
            {"dense": 21.2, "PCA": 18.4},
            (10, 100, 1000),
            few,
            {"PCA": few.flip(2), "dense": few.flip(3)},
            {
                name: (255 * torch.rand(5, 3, 1, 8, 8)).to(torch.uint8)
                for name in ("HOG", "dense", "PCA", "contrastive")
            },
        )""",
        check_plane,
        None,
    ),
    "mending": (
        """widgets.typo_mender(
            words.Mender(training.pretrained("words-128"), words.load().dictionary[::4]),
            examples=("recieve", "definately", "autoencoder"),
        )""",
        check_mender,
        None,
    ),
    "alarmed": (
        "widgets.anomaly_slider(dense, few, anomalies.Detector(images[:100], images[100:]))",
        check_anomaly,
        None,
    ),
    "ticked": (
        """widgets.suggestions(
            forty, {"may copy": models.ridge(table, 10), "may not": models.ease(table, 10)}, chosen=forty[3:5]
        )""",
        check_suggestions,
        None,
    ),
    "ticked_alone": (
        "widgets.suggestions(['art', 'craft', 'skill'], {'a method': torch.randn(3, 3)})",
        check_suggestions,
        None,
    ),
    "calculator": ("widgets.cost_calculator({'small': small, 'wide': wide})", check_costs, None),
    "calculator_of_one": (
        "widgets.cost_calculator({'wide': wide}, speeds={'twice as fast': 1.2e11})",
        check_costs,
        None,
    ),
}


SLOW_DECODER = """
import time

asked = []


def decode_slowly(codes):
    asked.append(codes)
    time.sleep(0.25)
    return soft.decoder(codes)


soft.decode = decode_slowly
"""


def page_of_widgets(folder, *shown):
    """Write a notebook that shows these widgets, or runs what else is given, each in a cell; return its name."""
    made = [f"{name} = {WIDGETS[name][0]}" for name in dict.fromkeys(shown) if name in WIDGETS]
    cells = [v4.new_code_cell(source) for source in (BASE, "\n".join(made), *shown)]
    path = folder / f"page-{len(list(folder.glob('page-*')))}.ipynb"
    nbformat.write(v4.new_notebook(cells=cells, metadata=notebooks.METADATA), path)
    return path.name


@pytest.fixture
def show(tab, lab):
    """Return a function that opens a page of widgets in JupyterLab and returns its kernel.

    A kernel takes long to start: all such pages have the same one, one after the other.
    """
    kernel = None

    def show(*shown):
        nonlocal kernel
        path = page_of_widgets(lab.folder, *shown)
        browser.attach_to_shared_kernel(lab, path)
        browser.open_notebook(tab, lab, path)
        browser.run_all_cells(tab)
        kernel = browser.Kernel(lab, lab.shared_kernel)
        return kernel

    yield show
    errors = [*tab.errors]
    if kernel:
        kernel.value("__import__('ipywidgets').Widget.close_all()")  # or the next page would load them too
    tab.page.close()
    eventually(lambda: not any(each["connections"] for each in browser.kernels(lab)))
    assert errors == []


ONE_OF_EACH = (
    "dense_sliders",
    "soft_map",
    "knob",
    "colour_knobs",
    "grey_net_brush",
    "pad",
    "workshop",
    "judged",
    "plane",
    "mending",
    "alarmed",
    "ticked",
    "calculator",
)


@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_in_every_way_there_is(name, tab, show):
    _, check, model = WIDGETS[name]
    check(tab, show(name), name, model)


def test_a_cell_that_stops_is_told(tab, lab):
    path = page_of_widgets(lab.folder, "dense_sliders", "no_such_widget", "dense_map")
    with pytest.raises(RuntimeError, match="NameError: name 'no_such_widget'"), opened(tab, lab, path):
        pass


def burst(tab, canvas):
    """Press an arrow key many times, fast; return how often the picture changed and whether it was ever blank."""
    canvas.evaluate(
        """(canvas) => {
            window.burst = { pictures: 0, blank: 0, heights: new Set() };
            let last = "";
            const look = () => {
                const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
                const now = data.join();
                if (now !== last) burst.pictures++;
                if (data.every((value, i) => value === (i % 4 === 3 ? data[3] : data[0]))) burst.blank++;
                burst.heights.add(canvas.closest(".jp-Cell").offsetHeight);
                last = now;
                window.burst.frame = requestAnimationFrame(look);
            };
            look();
        }"""
    )
    for _ in range(30):
        tab.page.keyboard.press("ArrowRight", delay=0)
        tab.page.wait_for_timeout(25)
    return tab.page.evaluate(
        "() => { cancelAnimationFrame(burst.frame); return [burst.pictures, burst.blank, burst.heights.size]; }"
    )


@pytest.mark.parametrize("model", ["dense", "conv", "soft"])
def test_after_a_burst_of_moves_the_picture_is_that_of_the_last_one(model, tab, show):
    kernel = show(f"{model}_sliders")
    box = tab.page.locator(".widget-hbox:has(.aelib-live)").first
    canvas = box.locator("canvas")
    box.get_by_role("slider").first.focus()
    tab.page.keyboard.press("Home")
    for _ in range(5):  # a busy machine may draw few pictures in one burst
        pictures, blank, heights = burst(tab, canvas)
        assert blank == 0 and heights == 1
        if pictures >= 10:
            break
        tab.page.keyboard.press("Home")
    assert pictures >= 10
    assert shows(canvas, kernel, f"{model}.decode({model}_sliders.code)")


def test_a_slow_kernel_is_asked_for_the_newest_code_only(tab, show):
    kernel = show("soft_sliders", SLOW_DECODER)
    box = tab.page.locator(".widget-hbox:has(.aelib-live)").first
    slider = box.get_by_role("slider").first
    slider.focus()
    kernel.value("asked.clear()")
    started = time.monotonic()
    for _ in range(20):
        slider.press("ArrowRight")
    seconds = time.monotonic() - started
    eventually(lambda: kernel.value("len(asked) > 1 and torch.equal(asked[-1], soft_sliders.code)"))
    # One at the first press, one each quarter of a second while keys were pressed, and one more for the last.
    asked = kernel.value("len(asked)")
    assert asked <= 3 + seconds / 0.25 and (asked < 20 or seconds > 4)
    assert shows(box.locator("canvas"), kernel, "soft.decoder(soft_sliders.code)")


def test_what_the_decoder_raises_stands_beside_the_picture_until_it_works_again(tab, show):
    kernel = show("soft_sliders")
    box = tab.page.locator(".widget-hbox:has(.aelib-live)").first
    problem = box.get_by_role("alert")
    kernel.value("[setattr(soft, 'whole_decoder', soft.decoder), setattr(soft, 'decoder', nn.Linear(3, 3))] and 1")
    box.get_by_role("slider").first.focus()
    tab.page.keyboard.press("ArrowRight")
    problem.wait_for()
    assert problem.inner_text().startswith("The decoder stopped with RuntimeError: ")
    kernel.value("setattr(soft, 'decoder', soft.whole_decoder)")
    tab.page.keyboard.press("ArrowRight")
    problem.wait_for(state="hidden")
    assert shows(box.locator("canvas"), kernel, "soft.decode(soft_sliders.code)")


def test_a_widget_shown_twice_moves_in_both_places(tab, show):
    kernel = show("dense_sliders", "dense_sliders", "soft_map", "soft_map")
    tab.page.get_by_role("slider").first.focus()
    tab.page.keyboard.press("End")
    for place in range(2):
        canvas = tab.page.locator(".widget-hbox .aelib-picture").nth(place)
        assert shows(canvas, kernel, "dense.decode(dense_sliders.code)")
    tab.page.locator(".aelib-map").nth(1).focus()
    tab.page.keyboard.press("ArrowUp")
    for place in range(2):
        canvas = tab.page.locator(".aelib-explorer .aelib-picture").nth(place)
        canvas.scroll_into_view_if_needed()
        assert shows(canvas, kernel, "soft.decode(soft_map.code)")


def test_a_class_of_the_legend_makes_the_others_stand_back(tab, show):
    show("dense_map")
    points = tab.page.locator(".aelib-map canvas").first
    boot = tab.page.get_by_role("button", name="boot")
    all_points = browser.pixels(points)
    boot.click()
    assert boot.get_attribute("aria-pressed") == "true" and browser.pixels(points) != all_points
    boot.press("Enter")
    assert boot.get_attribute("aria-pressed") == "false" and browser.pixels(points) == all_points


def test_the_marks_on_the_map_are_seen_on_a_light_and_on_a_dark_page(tab, show):
    show("dense_map")
    marks = tab.page.locator(".aelib-map canvas").nth(1)
    opaque = """(canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const greys = [];
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) greys.push(data[i]);
        return greys;
    }"""
    drawn = 0
    for _ in range(3):  # the cross alone, then with A, then with A, B and the line
        eventually(lambda drawn=drawn: len(marks.evaluate(opaque)) > drawn)
        greys = np.array(marks.evaluate(opaque))
        assert (greys < 50).sum() > 20 and (greys > 205).sum() > 20
        drawn = len(greys)
        tab.page.locator(".aelib-map").press("Enter")
        tab.page.locator(".aelib-map").press("Shift+ArrowUp")


def test_the_keys_that_a_widget_understands_go_no_further(tab, show):
    show("dense_sliders", "dense_map")
    tab.page.evaluate(
        "() => { window.keys = []; window.addEventListener('keydown', (event) => window.keys.push(event.key)); }"
    )
    for element in (tab.page.get_by_role("slider").first, tab.page.locator(".aelib-map")):
        for key in ("ArrowLeft", "ArrowUp", "Home", "Enter", "Escape"):
            element.press(key)
    tab.page.get_by_role("button", name="Reset").press("Enter")
    assert tab.page.evaluate("() => window.keys") == ["Escape"] * 2


def test_letters_that_one_types_in_a_widget_are_no_commands_of_the_notebook(tab, show):
    show("dense_sliders")
    button, slider = tab.page.get_by_role("button", name="Reset"), tab.page.get_by_role("slider").first
    cells = tab.page.locator(".jp-Notebook .jp-Cell").count()
    for key in ("b", "a", "d", "d", "m"):  # a cell below, one above, none at all, text instead of code
        button.press(key)
        slider.press(key)
    assert tab.page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert not tab.page.locator(".jp-Notebook .jp-MarkdownCell").count()


def status(url, **options):
    """Return what a server answers: 200 where it does what one asks."""
    try:
        with urlopen(Request(url, **options)) as reply:
            return reply.status
    except HTTPError as error:
        return error.code


def test_a_server_does_nothing_for_those_who_do_not_know_its_token(lab):
    kernels = f"{lab.url}/api/kernels"
    for address in (kernels, f"{kernels}?token=", f"{kernels}?token={lab.token[:-1]}", f"{lab.url}/api/contents"):
        assert status(address) == 403
        assert status(address, method="POST", data=b"{}") == 403
    assert status(kernels, headers={"Authorization": "token "}) == 403
    with urlopen(f"{lab.url}/lab") as page:
        assert "/login" in page.url
    assert status(lab.address("api/kernels")) == 200
    assert len(lab.token) > 32
    for arguments in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended
            assert lab.token.encode() not in arguments.read_bytes(), "every user of the machine can read it"


def test_in_notebook_7(tab, tmp_path):
    path = page_of_widgets(tmp_path, *ONE_OF_EACH)
    with (
        browser.jupyter(tmp_path, "notebook") as server,
        opened(tab, server, f"notebooks/{path}") as kernel,
    ):
        for name in ONE_OF_EACH:
            _, check, model = WIDGETS[name]
            check(tab, kernel, name, model, briefly=True)


@pytest.mark.skipif(not IPYWIDGETS_7.exists(), reason=NO_IPYWIDGETS_7)
def test_with_ipywidgets_7(tab, tmp_path):
    path = page_of_widgets(tmp_path, *ONE_OF_EACH, "import ipywidgets")
    with (
        browser.jupyter(tmp_path, "jupyterlab", python=str(IPYWIDGETS_7)) as server,
        opened(tab, server, path) as kernel,
    ):
        assert kernel.value("ipywidgets.__version__") == "7.7.1"
        for name in ONE_OF_EACH:
            _, check, model = WIDGETS[name]
            check(tab, kernel, name, model, briefly=True)


def test_a_lesson_in_voila(tab, tmp_path):
    def errors_in(path, selector, *checks):
        """Return the first line of each error in the console, after checks of the page."""
        tab.page.goto("about:blank")  # which stops the kernel of the page before
        tab.errors.clear()
        tab.page.goto(server.address(f"voila/render/{path}"))  # it answers when the notebook has run
        tab.page.wait_for_selector(selector, timeout=120_000)
        for check, name, model in checks:
            check(tab, browser.Kernel(server), name, model, briefly=True)
        return {error.splitlines()[0].replace(path, "").replace(server.token, "") for error in tab.errors}

    slider = v4.new_code_cell("import ipywidgets; ipywidgets.IntSlider()")
    nbformat.write(v4.new_notebook(cells=[slider], metadata=notebooks.METADATA), tmp_path / "plain.ipynb")
    lesson, page = copy_of("01_concepts", tmp_path), page_of_widgets(tmp_path, "colour_knobs", "grey_brush", "workshop")
    with browser.jupyter(tmp_path, "voila") as server:
        with urlopen(server.url) as answer:
            assert "/login" in answer.url, "it answers those who do not know its token"
        of_voila_itself = errors_in("plain.ipynb", ".widget-slider")  # its icons, for one, come from the network
        assert errors_in(lesson, ".aelib-live", *LESSONS["01_concepts"]) <= of_voila_itself
        checks = [(WIDGETS[name][1], name, None) for name in ("colour_knobs", "grey_brush", "workshop")]
        assert errors_in(page, ".aelib-photo", *checks) <= of_voila_itself
        tab.page.close()  # before the server stops, which the page would notice


class SilentHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def assets():
    """Serve aelib/assets as plain files."""
    handler = functools.partial(SilentHandler, directory=widgets.ASSETS)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_plain_web_page_decodes_as_torch_does(tab, assets):
    model = models.DenseAutoencoder(32, (512,), output_activation="sigmoid")
    layers, weights = decoder_for_browser(model, torch.randn(64, 32))
    codes = 3 * torch.randn(20, 32)
    tab.page.goto(f"{assets}/widgets.css")  # any page will do
    decoded = tab.page.evaluate(
        """async ([layers, weights, codes]) => {
            const { makeNetwork } = await import("/widgets.js");
            const bytes = Uint8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
            const decode = makeNetwork(layers, new Float32Array(bytes.buffer), [32]);
            return codes.map((code) => Array.from(decode(code)));
        }""",
        [layers, base64.b64encode(weights).decode(), codes.tolist()],
    )
    assert np.abs(np.array(decoded) - model.decode(codes).flatten(1).detach().numpy()).max() < 1e-5


def test_a_plain_web_page_finds_the_nearest_code(tab, assets):
    codes, code = torch.randn(50, 7), torch.randn(7)
    tab.page.goto(f"{assets}/widgets.css")
    found = tab.page.evaluate(
        "async ([code, codes]) => (await import('/widgets.js')).nearest(code, Float32Array.from(codes))",
        [code.tolist(), codes.flatten().tolist()],
    )
    distances = (codes - code).norm(dim=1)
    assert found["row"] == distances.argmin().item()
    assert found["distance"] == pytest.approx(distances.min().item(), rel=1e-5)


def test_a_page_paints_grey_and_colour_with_black_and_white_as_limits(tab, assets):
    tab.page.goto(f"{assets}/widgets.css")
    for pixels, expected in (
        ([-1.0, 0.5, 2.0, 1.0], [0, 0, 0, 128, 128, 128, 255, 255, 255, 255, 255, 255]),
        ([0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]),
    ):
        painted = tab.page.evaluate(
            """async (pixels) => {
                const canvas = Object.assign(document.createElement("canvas"), { width: 2, height: 2 });
                (await import("/widgets.js")).paint(canvas, Float32Array.from(pixels), [pixels.length / 4, 2, 2]);
                return Array.from(canvas.getContext("2d").getImageData(0, 0, 2, 2).data).filter((_, i) => i % 4 < 3);
            }""",
            pixels,
        )
        assert painted == expected
