"""Measure how fast the course's web pages are: on a slow line until the first picture moves, and from hand to pixels.

The pages are those in build/site/, with the states of their widgets: ``make states site``. Times are Chromium's own.
"""

import functools
import gzip
import http.server
import io
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import skimage
from PIL import Image
from playwright.sync_api import Page

import notebooks
from aelib.widgets.photo import PHOTO_TASKS

sys.path.append(str(notebooks.ROOT / "tests"))  # its helpers drive the browser
import browser

SITE = notebooks.ROOT / "build" / "site"
PHONE = {"width": 360, "height": 740}
LINE = {"latency": 165, "downloadThroughput": 9e6 / 8, "uploadThroughput": 9e6 / 8, "offline": False}  # ms, bytes/s
MOVES = 40
# Pages, at their first widget: the start page, lesson 1, and lesson 5, whose widget needs the most bytes.
OPENED = {
    "the start page": "index.html",
    "lesson 1": "01_concepts.html#cell-id=sliders-2",
    "lesson 5": "05_generation.html#cell-id=cell-39",
}
WORKSHOP = "06_repair.html#cell-id=cell-57"
SCRATCH = (0.05, 0.5, 0.95)  # shares of a photograph's width and height, from one corner to the other
COMPRESSED = {".html", ".js", ".css", ".svg"}  # as GitHub Pages sends them
# For each widget: its page, where the hand is, the keys that set it up, those that move it, again and again, and its
# bar in milliseconds.
WIDGETS = {
    "sliders": ("01_concepts", '[data-state="01-sliders-2-0"] input[type=range]', [], ["ArrowRight"], 8),
    "map": ("02_dense_autoencoder", '[data-state="02-cell-59-0"] .aelib-map', [], ["ArrowRight"], 8),
    "brush": (
        "06_repair",
        '[data-state="06-cell-48-0"] .aelib-drawing',
        ["Space"],
        ["ArrowRight"] * 6 + ["ArrowDown"],
        8,
    ),
    "conv decoder, 32 × 32": (
        "07_colour_edges_variation",
        '[data-state="07-conv-sliders-0"] input[type=range]',
        [],
        ["ArrowRight"],
        8,
    ),
    "variation": (
        "07_colour_edges_variation",
        '[data-state="07-vary-by-hand-0"] label:has-text("turn") input',
        ["Home"],
        ["ArrowRight"],
        16,
    ),
    "sketch pad": (
        "08_image_to_image",
        '[data-state="08-pad-0"] .aelib-paper',
        ["Space"],
        ["ArrowRight"] * 6 + ["ArrowDown"],
        16,
    ),
    "typo mender": (
        "10_other_fields",
        '[data-state="10-mender-0"] input',
        ["Control+a", "a"],
        [*"cieve", *["Backspace"] * 5],
        16,
    ),
    "spoilt picture": (
        "10_other_fields",
        '[data-state="10-slider-0"] label:has-text("blur") input',
        ["Home"],
        ["ArrowRight"] * 19 + ["ArrowLeft"] * 19,
        16,
    ),
}
# Notes the longest time between frames while a photograph is mended.
FRAMES = """
    window.longest = 0;
    let last = performance.now();
    const look = (now) => {
        window.longest = Math.max(window.longest, now - last);
        last = now;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
"""
# Stamps when a picture is first painted, perhaps just before it enters the page, and each time after that; and when the
# typo mender, which has no picture, rewrites its lists.
STAMPS = """
    window.painted = [];
    const put = CanvasRenderingContext2D.prototype.putImageData;
    CanvasRenderingContext2D.prototype.putImageData = function (...values) {
        put.apply(this, values);
        if (this.canvas.isConnected || !window.painted.length) window.painted.push(performance.now());
    };
    const isList = ({ target }) => target.nodeType === Node.ELEMENT_NODE && target.closest(".aelib-mended");
    const noteLists = (changes) => changes.some(isList) && window.painted.push(performance.now());
    new MutationObserver(noteLists).observe(document, { subtree: true, childList: true });
    window.pressed = [];
    addEventListener("keydown", (event) => window.pressed.push(event.timeStamp), true);
"""


@dataclass
class Opening:
    """What it takes to open a page: ms to the first paint and to the first live picture, and bytes until then."""

    first_paint: float
    first_picture: float
    wire: int


def open_page(name: str) -> Opening:
    """Open a page like a phone on a slow line."""
    with served() as address, browser.launched() as chromium:
        context = chromium.new_context(viewport=PHONE)
        page = context.new_page()
        page.add_init_script(STAMPS)
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", LINE)
        received = []
        network.on("Network.dataReceived", lambda event: received.append(event["encodedDataLength"]))
        network.on("Network.responseReceived", lambda event: received.append(event["response"]["encodedDataLength"]))
        page.goto(f"{address}/{name}")
        page.wait_for_function("window.painted.length > 0", timeout=60_000)
        wire = sum(received)
        first_paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        opening = Opening(first_paint, page.evaluate("window.painted[0]"), wire)
        context.close()
    return opening


def move(widget: str) -> list[float]:
    """Return the milliseconds from each key press to the end of the painting that follows, sorted."""
    name, hand, set_up, keys, _ = WIDGETS[widget]
    with served() as address, browser.launched() as chromium:
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(STAMPS)
        page.goto(f"{address}/{name}.html#cell-id={hand.split('-', 1)[1].split('-0')[0]}")
        place = hand.split(" ")[0]
        page.locator(place).scroll_into_view_if_needed()
        page.locator(hand).first.focus(timeout=60_000)
        for key in set_up:
            page.keyboard.press(key)
        page.wait_for_timeout(3000)  # for what is loaded on demand
        page.evaluate("window.painted = []; window.pressed = []")
        for number in range(MOVES):
            page.keyboard.press(keys[number % len(keys)])
            page.wait_for_timeout(120)
        return delays(page)


def delays(page: Page) -> list[float]:
    """Return the milliseconds from each press to the last paint before the next press, sorted."""
    pressed, painted = page.evaluate("[window.pressed, window.painted]")
    found = []
    for press, following in zip(pressed, [*pressed[1:], float("inf")], strict=True):
        paints = [time for time in painted if press < time < following]
        if paints:
            found.append(max(paints) - press)
    return sorted(found)


def mend_a_photograph(task: str) -> tuple[float, float]:
    """Return the seconds that a task takes for a photograph of 512 × 512, and its longest frame in ms.

    The area to fill is a scratch from side to side.
    """
    photograph = io.BytesIO()
    Image.fromarray(skimage.data.astronaut()).save(photograph, "PNG")
    with served() as address, browser.launched() as chromium:
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{address}/{WORKSHOP}")
        page.get_by_label("photograph", exact=True).set_input_files(
            {"name": "astronaut.png", "mimeType": "image/png", "buffer": photograph.getvalue()}
        )
        message = page.get_by_role("status").filter(has_text="astronaut.png: a photograph of 512 × 512 pixels")
        message.wait_for(timeout=60_000)
        page.get_by_label("task").select_option(label=PHOTO_TASKS[task])
        if task == "lost":
            area = page.get_by_role("application", name="photograph").bounding_box()
            along = [
                [area[x] + share * area[side] for x, side in (("x", "width"), ("y", "height"))] for share in SCRATCH
            ]
            page.mouse.move(*along[0])
            page.mouse.down()
            for point in along[1:]:
                page.mouse.move(*point, steps=20)
            page.mouse.up()
        page.evaluate(FRAMES)
        started = time.perf_counter()
        page.get_by_role("button", name="Repair").click()
        page.get_by_role("status").filter(has_text="Done in").wait_for(timeout=60_000)
        return time.perf_counter() - started, page.evaluate("window.longest")


def size() -> int:
    """Return the size of all pages together in bytes."""
    return sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves files, text with gzip, and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if path.suffix not in COMPRESSED or not path.is_file():
            super().do_GET()
            return
        content = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def served() -> Iterator[str]:
    """Serve build/site, and yield its address."""
    handler = functools.partial(Compressing, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def median_of_openings(name: str, times: int = 3) -> Opening:
    """Open a page several times, and return the medians."""
    openings = [open_page(name) for _ in range(times)]
    figures = ([getattr(each, figure) for each in openings] for figure in ("first_paint", "first_picture", "wire"))
    return Opening(*map(statistics.median, figures))
