"""The widgets as a learner meets them: real lessons in a real JupyterLab, Notebook and Voilà, in a real Chromium."""

import re
import shutil
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest

import browser
import notebooks
from aelib import widgets

# A second environment, with the ipywidgets that Colab has; `make test` builds it.
IPYWIDGETS_7 = Path(sys.prefix) / "ipywidgets7" / "bin" / "python"
NO_IPYWIDGETS_7 = "There is no environment with ipywidgets 7.7.1: make .venv/ipywidgets7/installed"
TOLERANCE = 1  # of 255, in the mean over all pixels

needs_browser = pytest.mark.skipif(browser.find_chromium() is None, reason=browser.HOW_TO_GET_ONE)
pytestmark = needs_browser


@pytest.fixture
def tab():
    with browser.chromium() as tab:
        yield tab


def shows(canvas, kernel, images):
    """Wait until a canvas shows the image that an expression in the kernel decodes; say so, or how far it is off."""
    deadline = time.monotonic() + 10
    while True:
        expected = kernel.value(f"(255 * ({images}).detach().clamp(0, 1))[0].flatten().tolist()")
        shown = np.array(browser.pixels(canvas)).reshape(-1, 3)
        channels = len(expected) // len(shown)
        expected = np.array(expected).reshape(channels, -1).T  # (H·W, C)
        difference = np.abs(shown - expected).mean()
        if difference <= TOLERANCE:
            return True
        assert time.monotonic() < deadline, f"the canvas is {difference:.1f} of 255 off"
        time.sleep(0.1)


def changes(canvas, before):
    deadline = time.monotonic() + 10
    while browser.pixels(canvas) == before:
        assert time.monotonic() < deadline, "the canvas stayed as it was"
        time.sleep(0.05)


def check_sliders(tab, kernel, name, model):
    """Move the sliders that the lesson calls ``name`` in every way there is, and compare with what torch decodes."""
    page, decoded = tab.page, f"{model}.decode({name}.code)"
    box = page.locator(".widget-hbox:has(.aelib-live)").first
    box.scroll_into_view_if_needed()
    canvas = box.locator("canvas")
    assert shows(canvas, kernel, decoded)

    handle = box.get_by_role("slider").first
    for key, presses in (("ArrowRight", 30), ("ArrowLeft", 45)):
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

    fold = box.locator(".jupyter-widget-Collapse-header, .jupyter-widget-accordion .p-Collapse-header").first
    if fold.count():
        fold.click()
        folded = box.get_by_role("slider").nth(widgets.SLIDERS_IN_SIGHT)
        before = kernel.value(f"{name}.code.tolist()")
        folded.focus()
        page.keyboard.press("End")
        page.wait_for_timeout(300)
        assert kernel.value(f"{name}.code.tolist()") != before
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


def check_explorer(tab, kernel, name, model):
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
    expected = [left + 301 / 462 * (right - left), top - 201 / 342 * (top - bottom)]  # with a border of one pixel
    assert np.allclose(kernel.value(f"{name}.position"), expected, atol=0.01 * (right - left + top - bottom))

    area.focus()
    selected = "() => [...document.querySelectorAll('.jp-Cell')].findIndex((c) => c.matches('.jp-mod-active'))"
    cell, scrolled = page.evaluate(selected), area.bounding_box()
    before, start = browser.pixels(canvas), kernel.value(f"{name}.position")
    page.keyboard.press("Enter")
    for key in ["Shift+ArrowLeft"] * 3 + ["ArrowUp"] * 4:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    changes(canvas, before)
    assert shows(canvas, kernel, decoded)
    end = kernel.value(f"{name}.position")
    assert end[0] < start[0] and end[1] > start[1]
    assert page.evaluate(selected) == cell and area.bounding_box() == scrolled, "the arrow keys moved the notebook too"

    seen = set()
    box.get_by_role("button", name="Play").click()
    for _ in range(40):
        seen.add(tuple(kernel.value(f"{name}.position")))
        time.sleep(0.1)
    assert len(seen) > 10
    along = np.array([(np.array(place) - start) @ (np.subtract(end, start)) for place in seen])
    offset = [
        np.cross(np.append(np.subtract(place, start), 0), np.append(np.subtract(end, start), 0))[2] for place in seen
    ]
    assert along.min() >= -1e-6 and np.abs(offset).max() < 1e-6
    assert np.allclose(kernel.value(f"{name}.position"), end)
    assert shows(canvas, kernel, decoded)

    page.mouse.click(0, 0)
    page.keyboard.press("Escape")
    area.focus()
    page.keyboard.press("Tab")
    assert not page.evaluate("() => document.activeElement.matches('.aelib-map')"), "the map traps the keyboard"


# Of each lesson: the check, what the lesson calls the widget, and the model whose pictures it shows.
LESSONS = {
    "01_concepts": [(check_sliders, "sliders", "pca")],
    "02_dense_autoencoder": [(check_explorer, "explorer", "planar")],
    "03_training": [(check_explorer, "maps[0]", "planar_stages[0]")],
}


def test_every_lesson_with_a_widget_is_tried_in_the_browser():
    with_widgets = {
        path.stem
        for path in notebooks.LESSONS
        if any(
            "widgets." in cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"
        )
    }
    assert with_widgets == set(LESSONS)


def copy_of(lesson, folder):
    shutil.copy(notebooks.FOLDER / f"{lesson}.ipynb", folder)
    return f"{lesson}.ipynb"


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_widgets_of_a_lesson_in_jupyterlab(lesson, tab, tmp_path):
    path = copy_of(lesson, tmp_path)
    with browser.jupyter(tmp_path, "jupyterlab") as server:
        browser.open_notebook(tab, server, path)
        browser.run_all_cells(tab)
        kernel = browser.Kernel(server)
        for check, name, model in LESSONS[lesson]:
            check(tab, kernel, name, model)
    assert tab.errors == []
