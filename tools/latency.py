"""Measure how fast a picture follows the hand in JupyterLab: our sliders and pens, and ``interact`` and ``plt.show``.

Sliders and pens are moved with the arrow keys. The time counted is from the key press, as stamped by the browser, to
the end of the first frame with changed pixels.
"""

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import v4
from playwright.sync_api import Locator, Page

import notebooks

sys.path.append(str(notebooks.ROOT / "tests"))  # its helpers drive the browser
import browser

MOVES = 60
BURST_MOVES = 60
BURST_RATE = 30  # moves per second

SET_UP = """
import matplotlib.pyplot as plt
import torch
from ipywidgets import FloatSlider, interact
from torch import nn

from aelib import classical, data, models, training, widgets

torch.set_num_threads(1)
images = data.load("fashion-mnist").train
dense = training.pretrained("dense-32")


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 32))
        self.decoder = nn.Sequential(
            nn.Linear(32, 32 * 7 * 7),
            nn.Unflatten(1, (32, 7, 7)),  # (N, 32, 7, 7)
            nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # (N, 16, 14, 14)
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # (N, 1, 28, 28)
            nn.Sigmoid(),
        )

    def encode(self, images):
        return self.encoder(images)

    def decode(self, codes):
        return self.decoder(codes)


torch.manual_seed(0)
conv = Convolutional()
for parameter in conv.decoder.parameters():
    parameter.data *= 3  # an untrained decoder draws much the same for any code
dense_sliders, conv_sliders = widgets.latent_sliders(dense, images), widgets.latent_sliders(conv, images)
emoji = data.load("emoji").test
in_colour = {
    "PCA": models.pca(data.as_float(emoji), 64),
    "dense": models.DenseAutoencoder(64, (256,), (3, 32, 32)),
    "convolutional": training.pretrained("conv-64-patch"),
}
"""
# The brush, with a network that fills lost pixels.
BRUSH = """
rival = classical.baselines("strokes", images[:30])["biharmonic"]
widgets.damage_brush(images, {"lost pixels": (training.pretrained("repair-lost"), rival)})
"""
PAD = """
widgets.sketch_pad(training.pretrained("sketch"), emoji, rival=training.pretrained("sketch-patch"))
"""
# For each pen, the picture that follows it.
PENS = {"damage_brush": ".aelib-frames figure:nth-child(2) canvas", "sketch_pad": ".aelib-paper canvas"}
# From the middle to the right, down, to the left, and so on: each press covers new pixels.
WAY_OF_PEN = ["ArrowRight"] * 10 + ["ArrowDown"] * 3 + ["ArrowLeft"] * 22 + ["ArrowDown"] * 3 + ["ArrowRight"] * 22
# The first slider of dense_sliders, made in the usual way.
INTERACT = """
first = dense_sliders.children[1].children[0].children[0]
unit = int(first.description.split()[1]) - 1
code = dense_sliders.code


def draw(value):
    code[0, unit] = value
    with torch.no_grad():
        plt.figure(figsize=(3, 3))
        plt.imshow(dense.decode(code)[0, 0], cmap="gray", vmin=0, vmax=1)
        plt.axis("off")
        plt.show()


interact(draw, value=FloatSlider(value=first.value, min=first.min, max=first.max, step=first.step));
"""
WAYS = {
    "interact + plt.show": INTERACT,
    "dense decoder": "dense_sliders",
    "conv decoder": "conv_sliders",
    "variation": "widgets.variation_slider(in_colour, emoji)",
}
# If it is not the first slider and the only picture: the slider's place, and the picture drawn last.
SLIDERS = {"variation": 3}  # the one that turns the picture
PICTURES = {"variation": ".aelib-frames figure:last-child canvas"}

WATCH = """([cell, picture, allTheTime]) => {
    const shown = () => {
        const canvas = cell.querySelector(picture);
        if (canvas) return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.join();
        const image = cell.querySelector(".jp-OutputArea-output img");
        return image?.complete ? image.src : "";
    };
    const seen = { presses: [], changes: [], blank: 0, heights: [] };
    let last = shown();
    let watching = false;
    const channel = new MessageChannel(); // a message comes right after the frame, where a timer would wait 4 ms
    const nextFrame = () => requestAnimationFrame(() => channel.port2.postMessage(0));
    channel.port1.onmessage = () => {
        const now = shown();
        if (now !== last) {
            if (now === "") seen.blank++;
            else seen.changes.push(performance.now());
            seen.heights.push(cell.offsetHeight); // only now, for it makes the browser lay the page out
            watching = now === "";
            last = now;
        }
        if (window.watched === seen && (watching || allTheTime)) nextFrame();
    };
    document.addEventListener("keydown", (event) => {
        seen.presses.push(event.timeStamp);
        if (!watching && !allTheTime) {
            last = shown(); // a late picture of the press before may have come unwatched
            nextFrame();
        }
        watching = true;
    }, true);
    window.watched = seen;
    if (allTheTime) nextFrame();
}"""
STOP = "() => { const seen = window.watched; window.watched = null; return seen; }"


@dataclass
class Latency:
    """Milliseconds from key press to pixels, and what a burst of 30 moves per second looked like."""

    median: float
    percentile_95: float
    pictures_per_second: float
    blank_frames: int
    heights: int
    settled_ms: float


def measure() -> tuple[dict[str, Latency], dict[str, list[float]]]:
    """Return the latency of each way to move a slider, and for each pen the milliseconds from stroke to pixels."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cells = [v4.new_code_cell(source) for source in (SET_UP, *WAYS.values(), BRUSH, PAD)]
        nbformat.write(v4.new_notebook(cells=cells, metadata=notebooks.METADATA), folder / "page.ipynb")
        with browser.chromium() as tab, browser.jupyter(folder, "jupyterlab") as server:
            browser.open_notebook(tab, server, "page.ipynb")
            browser.run_all_cells(tab)
            tab.page.wait_for_timeout(10_000)  # JupyterLab tidies up for a second after a run
            return {way: _of_way(tab.page, way) for way in WAYS}, {pen: _of_pen(tab.page, pen) for pen in PENS}


def _of_way(page: Page, way: str) -> Latency:
    """Measure one of the ways to move a slider."""
    index, picture = list(WAYS).index(way), PICTURES.get(way, "canvas.aelib-picture")
    cell = page.locator(".jp-CodeCell:has(.widget-slider)").nth(index)
    for _ in range(2):  # off-screen parts may not be laid out yet
        cell.scroll_into_view_if_needed()
        page.wait_for_timeout(1000)
    cell.get_by_role("slider").nth(SLIDERS.get(way, 0)).focus()
    page.keyboard.press("Home")  # some sliders have few more steps than there are moves
    page.wait_for_timeout(1000)
    single, _ = _press(page, cell, ["ArrowRight"] * MOVES, 0.2, picture, watch_all_the_time=False)
    delays = _delays(single)
    burst, seconds = _press(page, cell, ["ArrowLeft"] * BURST_MOVES, 1 / BURST_RATE, picture, watch_all_the_time=True)
    return Latency(
        median=statistics.median(delays),
        percentile_95=delays[int(0.95 * len(delays))],
        pictures_per_second=len(burst["changes"]) / seconds,
        blank_frames=burst["blank"],
        heights=len(set(burst["heights"])),
        settled_ms=burst["changes"][-1] - burst["presses"][-1],
    )


def _of_pen(page: Page, pen: str) -> list[float]:
    """Put a pen down, draw, and return the milliseconds until its picture follows, sorted."""
    cell = page.locator(".jp-CodeCell:has(.aelib-drawing)").nth(list(PENS).index(pen))
    for _ in range(2):
        cell.scroll_into_view_if_needed()
        page.wait_for_timeout(1000)
    cell.locator(".aelib-drawing").focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(1000)
    seen, _ = _press(page, cell, WAY_OF_PEN, 0.3, PENS[pen], watch_all_the_time=False)
    return _delays(seen)


def _delays(seen: dict) -> list[float]:
    """Return the milliseconds from each press to the first change after it, sorted."""
    return sorted(
        min(change for change in seen["changes"] if change > press) - press
        for press in seen["presses"]
        if any(change > press for change in seen["changes"])
    )


def _press(
    page: Page,
    cell: Locator,
    keys: list[str],
    pause: float,
    picture: str,
    *,
    watch_all_the_time: bool,
) -> tuple[dict, float]:
    """Press keys; return what was seen of a picture meanwhile, and how many seconds the presses took.

    Watching every frame keeps the browser drawing all the time, which nothing else on the page does. So single moves
    are only watched from the key press to the change.
    """
    page.evaluate(WATCH, [cell.element_handle(), picture, watch_all_the_time])
    started = time.perf_counter()
    for number, key in enumerate(keys, start=1):
        page.keyboard.press(key)
        time.sleep(max(0, started + number * pause - time.perf_counter()))
    seconds = time.perf_counter() - started
    page.wait_for_timeout(500)
    return page.evaluate(STOP), seconds
