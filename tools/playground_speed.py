"""Measure how fast the playground learns, beside ``fit`` on one thread, and how soon its map keeps classes apart.

    OMP_NUM_THREADS=1 python tools/playground_speed.py

Times need an idle machine. The two take turns, and the median counts.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import torch
from playwright.sync_api import Page

import playground
from aelib import data, models, training

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # whose helpers drive the browser
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
    """Return how many images a second ``fit`` learns from, on one thread."""
    torch.set_num_threads(1)
    images = data.load("fashion-mnist").train
    history = training.fit(
        models.DenseAutoencoder(2, HIDDEN), images, epochs=2, batch_size=BATCH, device="cpu", progress=False
    )
    return 2 * len(images) / history.seconds[-1]


def report_after(page: Page, address: str, seconds: float, hidden: tuple[int, ...]) -> dict:
    """Return the last report of the page's worker, so many seconds after Start, and the labels of the codes in it."""
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
    """Return of how many codes (N, code_size), as a share, the nearest other one has the same label (N,)."""
    distances = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
    return (labels[distances.argmin(1)] == labels).float().mean().item()


def share_in_lesson_2() -> float:
    """Return that share for the network of lesson 2 that has two numbers, on as many held-out images."""
    fashion = data.load("fashion-mnist")
    recipe = dict(LESSON_2)
    model = models.DenseAutoencoder(2, recipe.pop("hidden"))
    training.fit(model, fashion.train, one_cycle=True, device="cpu", progress=False, **recipe)
    count = playground.CLOTHES[1]
    with torch.no_grad():
        codes = model.encode(data.as_float(fashion.test[:count]))
    return share_beside_their_class(codes, fashion.test_labels[:count])


def main() -> None:
    """Measure, and print the figures."""
    with tempfile.TemporaryDirectory() as folder, browser.launched() as chromium:
        playground.write(Path(folder))
        address = (Path(folder) / "playground.html").as_uri()
        page = chromium.new_page()
        page.add_init_script(KEEP_REPORT)
        ours, rival = [], []
        for _ in range(REPEATS):
            report = report_after(page, address, SECONDS, HIDDEN)
            ours.append(report["seen"] / report["seconds"])
            page.goto("about:blank")
            rival.append(images_per_second_of_fit())
        share = statistics.median(ours) / statistics.median(rival)
        print(f"images/s: {[round(value) for value in ours]}; fit on one thread: {[round(value) for value in rival]}")
        print(f"medians: {statistics.median(ours):,.0f} and {statistics.median(rival):,.0f}, a share of {share:.2f}")
        for hidden in (HIDDEN, LESSON_2["hidden"]):
            report = report_after(page, address, SECONDS_TO_A_MAP, hidden)
            codes = torch.tensor(report["codes"]).reshape(-1, 2)
            beside = share_beside_their_class(codes, torch.tensor(report["labels"]))
            print(
                f"{SECONDS_TO_A_MAP} s after Start, hidden {hidden}: {report['seen']:,} images seen, held-out loss "
                f"{report['heldOut']:.4f}, {beside:.1%} of the codes beside their class"
            )
        page.goto("about:blank")
        print(f"the network of lesson 2: {share_in_lesson_2():.1%} of the codes beside their class")


if __name__ == "__main__":
    main()
