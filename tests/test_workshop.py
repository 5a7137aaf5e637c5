"""The workshop for photographs in a web page without a kernel: a page from a file, in a real Chromium, beside torch."""

import io
import re
import zlib

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect
from skimage import data as photographs
from test_browser import drag, eventually, settled
from test_data import png
from test_live import LAPTOP, PHONE, Live, folder_of_pages, page_of
from test_states import notebook_of

import browser
import states
from aelib import data, metrics, models, photos, repair, training, widgets

pytestmark = pytest.mark.skipif(browser.find_chromium() is None, reason=browser.HOW_TO_GET_ONE)

TASKS = ("noise", "lost", "low resolution")
NETWORKS = {task: training.pretrained(f"photo-{task.replace(' ', '-')}") for task in TASKS}
CAT = torch.from_numpy(photographs.chelsea()).permute(2, 0, 1)[None, :, 40:140, 100:250].contiguous()
FACE = torch.from_numpy(photographs.astronaut()).permute(2, 0, 1)[None, :, :150, 130:330].contiguous()
CLEAN, FILL, DOUBLE = "take noise away", "fill what I mark", "double the size"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder for pages, to which the state of a workshop comes."""
    return folder_of_pages(tmp_path_factory)


@pytest.fixture(scope="module")
def live(site):
    """The workshop of all three tasks, with a cat."""
    notebook = notebook_of([widgets.photo_repair(NETWORKS, CAT, alt="A cat looks to the left.")])
    path, *_ = states.write(notebook, "06", site / "_static" / "states")
    return Live(path, NETWORKS, notebook.cells[1].outputs[1].data["text/html"])


class Workshop:
    """The workshop on a page: its parts, by the names that screen readers say."""

    def __init__(self, page, live, site, theme="light"):
        self.page = page
        self.asked = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(page_of(site, [live], theme).as_uri())
        self.file = page.get_by_label("photograph", exact=True)
        self.file.wait_for()
        self.area = page.get_by_role("application")
        self.progress = page.get_by_role("progressbar", name="done")
        self.message = page.get_by_role("status").first
        self.repair, self.stop, self.save, self.clear = (
            page.get_by_role("button", name=name) for name in ("Repair", "Stop", "Save as PNG", "Clear marks")
        )
        self.before, self.after = (page.get_by_role("img", name=name, exact=True) for name in ("before", "after"))

    def open(self, content, name="mine.png"):
        """Choose a file; wait until the page says something of it."""
        self.file.set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
        expect(self.message).to_contain_text(f"{name}: ")

    def choose(self, task):
        self.page.get_by_label("task").select_option(label=task)

    def point(self, x, y):
        """Return where a place is on the screen, given as shares of the photograph's sides."""
        box = settled(self.area)
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def mark(self, *shares):
        drag(self.page, *(self.point(*share) for share in shares))

    def mend(self):
        """Press Repair, and wait until that is done."""
        self.repair.click()
        expect(self.message).to_contain_text("Done in", timeout=60_000)
        assert self.progress.evaluate("(bar) => bar.value") == 1
        expect(self.after).to_be_visible()

    def saved(self):
        """Press Save, and return what is in the file, (1, 3, H, W)."""
        with self.page.expect_download() as download:
            self.save.click()
        assert download.value.suggested_filename == "repaired.png"
        return data.load_photo(download.value.path())

    def marked(self, height, width):
        """Return which pixels, (1, 1, H, W), have their middles under the marks that the page shows."""
        lines = self.area.locator("svg").first.locator("polyline")
        lost = np.zeros((height, width), dtype=bool)
        middles = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1) + 0.5  # (H, W, 2): x, y
        for line in lines.all():
            points = np.array([float(value) for value in line.get_attribute("points").split()]).reshape(-1, 2)
            for start, end in zip(points[:-1], points[1:], strict=True):
                along, off = end - start, middles - start
                share = (off @ along / max(along @ along, 1e-9)).clip(0, 1)
                distance = np.linalg.norm(off - share[..., None] * along, axis=-1)
                lost |= distance <= float(line.get_attribute("stroke-width")) / 2
        return torch.from_numpy(lost)[None, None]


@pytest.fixture
def workshop(tab, live, site):
    tab.page.set_viewport_size(LAPTOP)
    return Workshop(tab.page, live, site)


@pytest.fixture(scope="module")
def networks(live):
    """The networks, by their tasks, with the weights that the page loads."""
    return {task: live.loaded(network, place) for place, (task, network) in enumerate(NETWORKS.items())}


def is_near(picture, expected):
    """Return whether each pixel of a picture is within 1/255, on average within 1/1000."""
    difference = (picture.float() - expected.float()).abs()
    return picture.shape == expected.shape and difference.max() <= 1 and difference.mean() <= 0.255


def test_what_is_marked_is_filled_as_torch_fills_it(tab, workshop, networks, site):
    workshop.choose(FILL)
    workshop.open(photos.png(FACE))
    expect(workshop.message).to_have_text("mine.png: a photograph of 200 × 150 pixels.")
    workshop.repair.click()
    expect(workshop.message).to_contain_text("Nothing is marked yet.")
    workshop.mark((0.2, 0.3), (0.4, 0.7), (0.8, 0.6))
    workshop.area.focus()
    for key in ["Shift+ArrowUp"] * 3 + ["Space"] + ["Shift+ArrowLeft"] * 2 + ["Space"]:
        tab.page.keyboard.press(key)
    expect(tab.page.get_by_text("2 marks.")).to_be_visible()
    assert workshop.save.is_disabled() and not workshop.after.is_visible()
    workshop.mend()
    expect(workshop.message).to_contain_text("200 × 150 pixels. Clear the marks to see it")
    lost = workshop.marked(150, 200)
    assert 300 < lost.sum() < 2000
    saved = workshop.saved()
    assert torch.equal(saved.masked_select(~lost), FACE.masked_select(~lost))
    assert is_near(saved, photos.repair_photo(networks["lost"], FACE, lost, lambda share: None))
    assert (saved.float() - FACE.float()).abs().max() > 20, "nothing was filled"

    workshop.clear.click()
    divider = tab.page.get_by_role("slider", name="Divider between before and after")
    divider.press("End")
    expect(workshop.after).to_have_attribute("style", re.compile("100%"))
    assert all(address.startswith((site.as_uri(), "data:", "blob:")) for address in workshop.asked), workshop.asked
    assert tab.errors == []


def test_a_photograph_is_doubled_as_torch_doubles_it(tab, workshop, networks):
    workshop.choose(DOUBLE)
    workshop.mend()  # the cat that is there from the start
    assert is_near(workshop.saved(), photos.double_photo(networks["low resolution"], CAT, lambda share: None))
    left = workshop.point(0.25, 0.5)
    drag(tab.page, workshop.point(0.5, 0.5), left)
    expect(tab.page.get_by_role("slider")).to_have_value("25")
    assert tab.errors == []


def test_noise_is_taken_away_as_torch_takes_it(tab, workshop, networks):
    noisy, _ = repair.damage(data.as_float(FACE[..., :90, :120]), "noise", 25 / 255)
    noisy = data.as_bytes(noisy)
    workshop.open(photos.png(noisy))
    assert workshop.page.get_by_label("task").locator(":checked").inner_text() == CLEAN
    workshop.mend()
    saved = workshop.saved()
    assert is_near(saved, photos.repair_photo(networks["noise"], noisy, on_progress=lambda share: None))
    assert metrics.psnr(FACE[..., :90, :120], saved) > metrics.psnr(FACE[..., :90, :120], noisy) + 8
    assert tab.errors == []


def test_a_task_whose_network_the_page_cannot_evaluate_is_left_to_python(tab, tmp_path_factory):
    folder = folder_of_pages(tmp_path_factory)
    own = type("Own", (models.RepairNet,), {})(3, (4, 8))
    notebook = notebook_of([widgets.photo_repair({"noise": own, "lost": NETWORKS["lost"]}, CAT)])
    path, *_ = states.write(notebook, "06", folder / "_static" / "states")
    live = Live(path, None, notebook.cells[1].outputs[1].data["text/html"])
    workshop = Workshop(tab.page, live, folder)
    task = workshop.page.get_by_label("task")
    assert task.locator(":checked").inner_text() == FILL
    assert task.locator(":disabled").inner_text() == f"{CLEAN} (in Python alone)"
    expect(
        tab.page.get_by_text("To take noise away needs Python: this page cannot evaluate the network.")
    ).to_be_visible()


def test_a_repair_is_followed_and_stopped_while_the_page_answers(tab, workshop):
    workshop.choose(FILL)
    workshop.open(photos.png(FACE.repeat(1, 1, 4, 4)))  # 800 × 600: six tiles
    workshop.mark((0.05, 0.05), (0.95, 0.95))
    workshop.repair.click()
    pen = workshop.area.locator("svg").last
    moved = pen.inner_html()
    workshop.area.press("Shift+ArrowUp")
    eventually(lambda: pen.inner_html() != moved, 2)
    tab.page.wait_for_function("(bar) => bar.value > 0 && bar.value < 1", arg=workshop.progress.element_handle())
    [worker] = tab.page.workers
    with worker.expect_event("close"):
        workshop.stop.click()
    expect(workshop.message).to_have_text("Stopped. Press Repair to begin again.")
    expect(workshop.repair).to_be_focused()
    assert workshop.save.is_disabled() and not workshop.after.is_visible()
    assert workshop.progress.evaluate("(bar) => bar.value") == 0

    workshop.repair.click()
    workshop.open(photos.png(FACE), "another.png")  # ends what goes on
    expect(workshop.repair).to_be_visible()
    expect(workshop.message).to_have_text("another.png: a photograph of 200 × 150 pixels.")
    expect(tab.page.get_by_text("0 marks.")).to_be_visible()
    assert tab.errors == []


def test_a_bad_file_is_told_and_the_photograph_stays(tab, workshop):
    shown = workshop.before.get_attribute("src")
    whole = photos.png(FACE)
    huge, long = (png(*size, zlib.compress(bytes(1000))) for size in ((16_000, 10_000), (70_000, 2)))
    for content, why in (
        (b"no picture", "This is not a picture that this browser can read."),
        (b"", "This is not a picture that this browser can read."),
        (whole[:90], "This picture is damaged."),
        (huge, "This picture of 16000 × 10000 pixels has more than 16,777,216 pixels, which is too many"),
        (long, "This picture of 70000 × 2 pixels has more than 16,384 pixels on a side, which is too many"),
    ):
        workshop.open(content, f"{len(content)}.png")
        expect(workshop.message).to_contain_text(why)
        expect(workshop.message).to_contain_text("The photograph before it is still there.")
    assert workshop.before.get_attribute("src") == shown
    workshop.choose(DOUBLE)
    workshop.mend()
    assert workshop.saved().shape == (1, 3, 200, 300)


def test_a_photograph_is_upright_and_on_white_where_it_is_transparent(workshop):
    workshop.choose(DOUBLE)
    turned, seen_through = io.BytesIO(), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    picture = Image.new("RGB", (40, 24), "navy")
    picture.paste("white", (0, 0, 40, 8))
    picture.save(turned, "JPEG", exif=exif)
    Image.new("RGBA", (24, 40), (0, 0, 0, 0)).save(seen_through, "PNG")
    for content in (turned.getvalue(), seen_through.getvalue()):
        workshop.open(content, f"{len(content)}")
        expect(workshop.message).to_contain_text("24 × 40 pixels")
        workshop.mend()
        read = data.load_photo(content).repeat_interleave(2, 2).repeat_interleave(2, 3)
        assert (workshop.saved().float() - read.float()).abs().mean() < 8


def test_too_large_a_photograph_is_not_doubled(workshop):
    workshop.open(photos.png(torch.zeros(1, 3, 2100, 2100, dtype=torch.uint8)))
    workshop.choose(DOUBLE)
    workshop.repair.click()
    expect(workshop.message).to_contain_text("At twice the size this photograph of 2100 × 2100 pixels would have more")


def test_where_the_network_cannot_be_loaded_one_can_try_again(tab, workshop, live, site):
    workshop.choose(DOUBLE)
    name = live.view["networks"][2]["weights"]
    weights = site / "_static" / "states" / f"{name}.js"
    lost = weights.rename(site / "lost.js")
    try:
        workshop.repair.click()
        expect(workshop.message).to_contain_text("The network could not be loaded. Is there a connection?")
    finally:
        lost.rename(weights)
    workshop.mend()
    assert len(tab.errors) == 1 and "ERR_FILE_NOT_FOUND" in tab.errors[0]


def test_without_workers_that_is_told(tab, live, site):
    tab.page.add_init_script("delete globalThis.Worker")
    workshop = Workshop(tab.page, live, site)
    workshop.choose(DOUBLE)
    workshop.repair.click()
    expect(workshop.message).to_contain_text("This browser cannot mend photographs")


def test_without_webassembly_it_is_slow_says_so_and_draws_the_same(chromium, live, networks, site):
    small = CAT[..., 40:52, 60:76]
    flags = [*browser.FLAGS, "--js-flags=--jitless"]
    with chromium.browser_type.launch(executable_path=browser.find_chromium(), args=flags) as slow:
        workshop = Workshop(slow.new_page(), live, site)
        workshop.open(photos.png(small))
        workshop.choose(DOUBLE)
        workshop.repair.click()
        expect(workshop.message).to_contain_text("It is slow here")
        expect(workshop.message).to_contain_text("Done in", timeout=30_000)
        assert is_near(workshop.saved(), photos.double_photo(networks["low resolution"], small, lambda share: None))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_it_is_accessible_and_fits_the_screen(size, theme, tab, live, site):
    tab.page.set_viewport_size(size)
    workshop = Workshop(tab.page, live, site, theme)
    workshop.choose(FILL)
    workshop.mark((0.3, 0.3), (0.6, 0.6))
    workshop.mend()
    result = Axe().run(tab.page).response
    assert result["passes"] and result["violations"] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
