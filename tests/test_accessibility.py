"""What learners read, see and use is accessible as far as axe-core can tell, in JupyterLab's light and dark themes."""

import shutil

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbconvert import HTMLExporter
from nbformat import v4
from playwright.sync_api import expect

import browser
import notebooks

pytestmark = pytest.mark.skipif(browser.find_chromium() is None, reason=browser.HOW_TO_GET_ONE)

# JupyterLab's themes, not the lessons, choose the colours of its prompts and of highlighted code, and that links have
# no line below them.
OURS = {"include": [".jp-RenderedMarkdown", ".jp-OutputArea-output"], "exclude": [".highlight", ".jp-OutputPrompt"]}
OPTIONS = {"rules": {"link-in-text-block": {"enabled": False}}}

EVERY_WIDGET = """
from aelib import classical, data, repair, training, widgets
fashion = data.load("fashion-mnist")
network, small = training.pretrained("dense-32"), fashion.test[:20]
widgets.latent_sliders(network, small)
---
widgets.code_explorer(network, small, fashion.test_labels[:20], fashion.classes)
---
from aelib import compression
widgets.compression_slider([compression.Codec(network, fashion.train[:500], step) for step in (4.0, 2.0)], small)
---
median = classical.baselines("noise", fashion.train[:5], 0.2)["median"]
widgets.damage_brush(small, {"noise": (training.pretrained("repair-noise"), median)})
---
widgets.photo_repair({"noise": training.pretrained("photo-noise")}, data.load("emoji").test[:1])
---
widgets.variation_slider({"convolutional": training.pretrained("conv-64-patch")}, data.load("emoji").test[:3])
---
widgets.sketch_pad(training.pretrained("sketch"), data.load("emoji").test[:3])
---
widgets.judge_slider({"before": small, "after": small.flip(3)}, {"judge A": [6, 190], "judge B": [5, 20]})
---
widgets.code_plane(
    {"HOG": [0.5, 0.7], "dense-32": [0.4, 0.6]}, {"dense-32": 21.2}, [10, 100], small[:5], {"dense-32": small[:5]},
    dict.fromkeys(("HOG", "dense-32"), small[5:].reshape(5, 3, 1, 28, 28)),
)
---
from aelib import anomalies, models
widgets.anomaly_slider(network, small[:4], anomalies.Detector(fashion.train[:50], fashion.train[50:100]))
---
import torch
table = torch.eye(40) + torch.eye(40).roll(1, 0)
names = [f"word {place}" for place in range(40)]
widgets.suggestions(names, {"may copy": models.ridge(table, 1), "may not": models.ease(table, 1)}, chosen=names[:2])
---
from aelib import words
mender = words.Mender(training.pretrained("words-128"), words.load().dictionary)
widgets.typo_mender(mender, typed="definatelly", examples=("wierd", "seperate"))
---
from aelib.distributed.costs import Plan
plan = Plan(6.2e5, 8.9e6, 2.1e5, speed=4.5e10, bandwidth=3.1e8, pictures=3321, workers=2)
widgets.cost_calculator({"small": plan, "smaller": plan})
"""


def violations(page):
    """Return one line for each thing that axe-core finds wrong in the cells of the page."""
    result = Axe().run(page, OURS, OPTIONS).response
    assert result["passes"], "axe-core looked at nothing"
    return [
        f"{found['id']}: {found['help']}: {node['html'][:200]} {node['failureSummary']}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lesson", notebooks.LESSONS, ids=lambda path: path.stem)
def test_a_lesson_as_a_page_is_accessible(lesson, theme, tab, tmp_path):
    page, _ = HTMLExporter(theme=theme).from_notebook_node(nbformat.read(lesson, as_version=4))
    (tmp_path / "lesson.html").write_text(page, encoding="utf-8")
    tab.page.goto((tmp_path / "lesson.html").as_uri(), wait_until="domcontentloaded")
    assert violations(tab.page) == []


@pytest.fixture
def lab_in(lab):
    """Return a function that sets the theme of JupyterLab, which has its usual one again afterwards."""
    settings = lab.runtime / "settings" / "@jupyterlab" / "apputils-extension"

    def choose(theme):
        settings.mkdir(parents=True)
        (settings / "themes.jupyterlab-settings").write_text(f'{{"theme": "{theme}"}}')
        return lab

    yield choose
    shutil.rmtree(settings)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_widgets_are_accessible(theme, tab, lab_in):
    lab = lab_in(theme)
    cells = [v4.new_code_cell(source) for source in EVERY_WIDGET.split("---")]
    nbformat.write(v4.new_notebook(cells=cells, metadata=notebooks.METADATA), lab.folder / "every-widget.ipynb")
    try:
        browser.open_notebook(tab, lab, "every-widget.ipynb")
        browser.run_all_cells(tab)
        assert tab.page.evaluate("document.body.dataset.jpThemeName") == theme
        outputs = tab.page.locator(".jp-OutputArea-output")
        expect(outputs).to_have_count(len(cells), timeout=30_000)  # milliseconds
        for output in outputs.all():
            output.locator("canvas, img, input").first.wait_for(state="attached")
        # A picture gets its text when the kernel has sent it.
        tab.page.wait_for_function(
            "!document.querySelector('canvas[role=img]:is(:not([aria-label]), [aria-label=\"\"])')"
        )
        assert violations(tab.page) == []
    finally:
        tab.page.close()
        browser.stop_kernels(lab)
