"""Measure how fast the playground learns compared with ``fit`` on one thread, and when its map separates classes."""

import sys
import tempfile
from pathlib import Path

import torch
from playwright.sync_api import Page

import playground
from aelib import data, models, training

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # its helpers drive the browser
import browser

REPEATS = 5
HIDDEN, BATCH = (128,), 64
SECONDS = 8  # of learning in the page
SECONDS_TO_A_MAP = 15
LESSON_2 = {"hidden": (256, 128), "epochs": 10, "learning_rate": 3e-3}  # its network with two numbers, one cycle
# The last report of the worker, which has the codes that the map shows, stays where we can read it.
KEEP_REPORT = """
    window.Worker = class extends Worker {
        constructor(address) {
            super(address);
            this.addEventListener("message", ({ data }) => (window.report = data));
        }
    };
"""


def images_per_second_of_fit() -> float:
    """Return how many images per second ``fit`` learns from, on one thread."""
    torch.set_num_threads(1)
    images = data.load("fashion-mnist").train
    history = training.fit(
        models.DenseAutoencoder(2, HIDDEN), images, epochs=2, batch_size=BATCH, device="cpu", progress=False
    )
    return 2 * len(images) / history.seconds[-1]


def report_after(page: Page, address: str, seconds: float, hidden: tuple[int, ...]) -> dict:
    """Return the last report of the page's worker some seconds after Start, and the labels of its codes."""
    page.goto(address)
    page.locator("#pairs button").first.wait_for()
    page.click("summary")
    page.select_option("[name=hidden]", ",".join(map(str, hidden)))
    page.locator("#pairs button").first.wait_for()
    page.click("#start")
    page.wait_for_timeout(1000 * seconds)
    return page.evaluate(
        """() => {
            const { seen, seconds, heldOut, codes } = window.report;
            const { labels } = window.playgroundSheets.clothes;
            return { seen, seconds, heldOut, codes: [...codes], labels };
        }"""
    )


def share_beside_their_class(codes: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the share of codes (N, code_size) whose nearest other one has the same label (N,)."""
    distances = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
    return (labels[distances.argmin(1)] == labels).float().mean().item()


def share_in_lesson_2() -> float:
    """Return that share for lesson 2's network with two numbers, on as many held-out images."""
    fashion = data.load("fashion-mnist")
    recipe = dict(LESSON_2)
    model = models.DenseAutoencoder(2, recipe.pop("hidden"))
    training.fit(model, fashion.train, one_cycle=True, device="cpu", progress=False, **recipe)
    count = playground.CLOTHES[1]
    with torch.no_grad():
        codes = model.encode(data.as_float(fashion.test[:count]))
    return share_beside_their_class(codes, fashion.test_labels[:count])


def measure() -> tuple[list[float], list[float], dict[str, float]]:
    """Return the images/s of the page and of ``fit``, as they took turns, and the shares beside their class.

    The shares are those 15 seconds after Start, with the page's usual layers and with those of lesson 2, and that of
    lesson 2's own network.
    """
    with tempfile.TemporaryDirectory() as folder, browser.launched() as chromium:
        playground.write(Path(folder))
        address = (Path(folder) / "playground.html").as_uri()
        page = chromium.new_page()
        page.add_init_script(KEEP_REPORT)
        ours, rival, shares = [], [], {}
        for _ in range(REPEATS):
            report = report_after(page, address, SECONDS, HIDDEN)
            ours.append(report["seen"] / report["seconds"])
            page.goto("about:blank")
            rival.append(images_per_second_of_fit())
        for hidden in (HIDDEN, LESSON_2["hidden"]):
            report = report_after(page, address, SECONDS_TO_A_MAP, hidden)
            codes = torch.tensor(report["codes"]).reshape(-1, 2)
            shares[f"hidden {hidden}"] = share_beside_their_class(codes, torch.tensor(report["labels"]))
    return ours, rival, shares | {"lesson 2": share_in_lesson_2()}
