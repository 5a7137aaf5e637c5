"""Hold aelib.plots to its promises: a picture with a text, the same bytes each time, and no wrong counts."""

import base64
import html.parser
import io
import warnings
from functools import partial

import matplotlib
import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure
from PIL import Image
from traitlets.config import Config

from aelib import plots

ALT = "A small figure that serves the tests."


@pytest.fixture(autouse=True, scope="module")
def notebook_shell():
    """Provide the shell that a notebook has: without it, display() only prints."""
    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield
    InteractiveShell.clear_instance()


def shown(function, *arguments, **options):
    """Call a function and return the HTML that it displays."""
    with capture_output(stdout=False, stderr=False) as captured:
        function(*arguments, **options)
    (output,) = captured.outputs
    return output.data["text/html"]


class Tags(html.parser.HTMLParser):
    """Collects the tags of an HTML text, with their attributes as a browser reads them."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def attributes_of_image(text):
    ((tag, attributes),) = Tags(text).found
    assert tag == "img"
    return attributes


def pixels_of(text):
    """Return the pixels (H, W, 3) of a displayed picture."""
    kind, content = attributes_of_image(text)["src"].split(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content, validate=True)), formats=["PNG"]) as picture:
        return np.array(picture.convert("RGB"))


def share_of(pixels, colour, tolerance=40):
    """Return the share of a picture's pixels that have about this colour."""
    return (np.abs(pixels.astype(int) - colour).max(-1) <= tolerance).mean()


def small_figure():
    figure, axes = plots.subplots(size=(3, 2))
    axes.plot([1, 2, 3], [3, 1, 2])
    return figure


def calls():
    """Return one call of every function that displays something: name -> (function, arguments)."""
    images = torch.rand(3, 1, 4, 4)
    curves = partial(plots.curves, x_label="epochs", y_label="error")
    return {
        "show": (plots.show, [small_figure()]),
        "show_images": (plots.show_images, [images]),
        "compare": (plots.compare, [{"one": images, "other": images}]),
        "curves": (curves, [{"a run": ([1, 2], [3, 4])}]),
        "autoencoder_diagram": (plots.autoencoder_diagram, [[784, 128, 2, 128, 784]]),
    }


def test_every_public_function_that_displays_is_in_these_tests():
    displays = {name for name, value in vars(plots).items() if "alt" in getattr(value, "__annotations__", {})}
    assert displays - {"picture_tag"} == set(calls())


@pytest.mark.parametrize("name", calls())
def test_every_figure_carries_its_text_and_holds_its_pixels(name):
    function, arguments = calls()[name]
    text = shown(function, *arguments, alt=ALT)
    assert attributes_of_image(text)["alt"] == ALT
    pixels = pixels_of(text)
    assert pixels.shape[1] <= 800 + 20
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 2, "the picture is empty"


@pytest.mark.parametrize("name", calls())
@pytest.mark.parametrize("alt", ["", "   ", "figure.png", "A figure"])
def test_a_figure_without_a_text_that_says_something_is_refused(name, alt):
    function, arguments = calls()[name]
    with capture_output(stdout=False, stderr=False) as captured, pytest.raises(ValueError, match="alternative text"):
        function(*arguments, alt=alt)
    assert not captured.outputs


def test_a_text_cannot_break_out_of_its_attribute():
    alt = """Codes < 0 & codes > 0, "quoted" and 'quoted'"><script>alert(1)</script>"""
    assert attributes_of_image(plots.picture_tag(small_figure(), alt))["alt"] == alt


def test_the_same_figure_gives_the_same_bytes():
    figure = small_figure()
    once = plots.picture_tag(figure, ALT)
    assert plots.picture_tag(figure, ALT) == once
    assert plots.picture_tag(small_figure(), ALT) == once


@pytest.mark.parametrize("name", calls())
def test_drawing_changes_no_setting_of_the_learners_own_figures(name):
    function, arguments = calls()[name]
    before = dict(matplotlib.rcParams)
    shown(function, *arguments, alt=ALT)
    assert dict(matplotlib.rcParams) == before


def test_a_png_does_not_name_the_version_that_wrote_it():
    source = attributes_of_image(plots.picture_tag(small_figure(), ALT))["src"].split(",")[1]
    assert b"matplotlib" not in base64.b64decode(source).lower()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64])
def test_a_colour_image_shows_its_colours(dtype):
    orange = torch.tensor([255, 102, 0])
    image = (orange if dtype == torch.uint8 else orange / 255).to(dtype).reshape(1, 3, 1, 1).expand(1, 3, 4, 4)
    assert share_of(pixels_of(shown(plots.show_images, image, ALT)), [255, 102, 0], tolerance=2) > 0.5


def test_a_grey_image_shows_its_grey_and_is_not_stretched_to_black_and_white():
    image = torch.full((1, 1, 4, 4), 100, dtype=torch.uint8)
    image[:, :, :2] = 120
    pixels = pixels_of(shown(plots.show_images, image, ALT))
    assert share_of(pixels, [100] * 3, tolerance=1) > 0.3
    assert share_of(pixels, [120] * 3, tolerance=1) > 0.3


def test_values_outside_0_to_1_are_clamped_without_a_warning(caplog):
    image = torch.tensor([-5.0, 5.0]).reshape(1, 1, 1, 2).expand(1, 3, 1, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pixels = pixels_of(shown(plots.show_images, image, ALT))
    assert not caplog.messages, "matplotlib had to clamp them"
    assert share_of(pixels, [0, 0, 0]) > 0.2
    assert share_of(pixels, [255, 255, 255]) > 0.2


def test_what_a_network_returns_can_be_shown_as_it_is():
    assert shown(plots.show_images, torch.rand(2, 1, 4, 4, requires_grad=True) * 2, ALT)


def test_images_stand_in_rows_of_the_number_of_columns():
    images = torch.zeros(5, 1, 4, 4)
    wide, tall = (pixels_of(shown(plots.show_images, images, ALT, columns=columns)).shape for columns in (5, 1))
    assert wide[1] > 4 * wide[0]
    assert tall[0] > 4 * tall[1]


@pytest.mark.parametrize("count, titles, columns", [(0, [], 10), (3, ["a", "b"], 10), (3, ["a"] * 4, 10), (3, [], 0)])
def test_wrong_counts_of_images_titles_and_columns_are_refused(count, titles, columns):
    with pytest.raises(ValueError, match=r"images and|at least one column"):
        plots.show_images(torch.zeros(count, 1, 4, 4), ALT, titles, columns)


@pytest.mark.parametrize("counts", [(3, 2), (0, 0), ()])
def test_rows_of_different_lengths_or_without_images_are_refused(counts):
    rows = {f"row {i}": torch.zeros(count, 1, 4, 4) for i, count in enumerate(counts)}
    with pytest.raises(ValueError, match="same number of images"):
        plots.compare(rows, ALT)


def filled(pixels):
    """Return the first and last row and column that hold something, and those of the whole picture."""
    there = (pixels < 250).any(2)
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    return rows[0], rows[-1], columns[0], columns[-1], *there.shape


@pytest.mark.parametrize("name", ["a", "MMMMMMMMMMMMMMMMMMMMMMMM", "two\nlines", "a name of middling length"])
@pytest.mark.parametrize("count", [2, 12])
@pytest.mark.parametrize("titles", [(), ("first",), ("two\nlines",)])
def test_no_name_of_a_row_or_title_of_a_column_is_cut_off(name, count, titles):
    images = torch.zeros(count, 1, 4, 4)
    top, bottom, left, right, height, width = filled(
        pixels_of(shown(plots.compare, {name: images, "b": images}, ALT, titles))
    )
    assert top > 0 and bottom < height - 1 and left > 0 and right < width - 1


def test_titles_of_columns_that_are_not_there_are_left_out():
    rows = {"a": torch.zeros(2, 1, 4, 4)}
    assert shown(plots.compare, rows, ALT, ["t"] * 20) == shown(plots.compare, rows, ALT, ["t"] * 2)


def test_images_of_a_comparison_stand_below_each_other_each_in_its_place():
    greys = torch.tensor([[60, 120, 180], [90, 150, 210]], dtype=torch.uint8)
    first, second = greys[..., None, None, None].expand(2, 3, 1, 4, 8)
    pixels = pixels_of(shown(plots.compare, {"": first, " ": second.repeat_interleave(2, 2)}, ALT))[..., 0].astype(int)
    places = [[np.argwhere(abs(pixels - int(grey)) < 3).mean(0) for grey in row] for row in greys]
    across = [place[1] for place in places[0]]
    assert np.allclose(across, [place[1] for place in places[1]], atol=1)
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=1)
    assert across[1] - across[0] > 75
    areas = [(abs(pixels - int(row[0])) < 3).sum() for row in greys]
    assert areas[1] == pytest.approx(2 * areas[0], rel=0.05), "square images below those of half the height"
    assert places[1][0][0] - places[0][0][0] > 50


def test_images_of_a_grid_stand_in_their_rows_with_their_titles_above():
    images = torch.arange(5, dtype=torch.uint8).reshape(5, 1, 1, 1).expand(5, 1, 4, 4) * 30 + 60
    with_titles = pixels_of(shown(plots.show_images, images, ALT, list("WWWWW"), 3))[..., 0].astype(int)
    without = pixels_of(shown(plots.show_images, images, ALT, columns=3))[..., 0].astype(int)
    for pixels, title in ((with_titles, 20), (without, 0)):
        rows, columns = np.array([np.argwhere(abs(pixels - grey) < 3).mean(0) for grey in range(60, 210, 30)]).T
        assert np.allclose(rows[:3], rows[0], atol=3) and np.allclose(rows[3:], rows[3], atol=3)
        assert np.allclose(columns[3:], columns[:2], atol=3) and columns[2] > columns[1] > columns[0]
        assert rows[3] - rows[0] == pytest.approx(columns[1] - columns[0] + title, abs=2)
    assert (with_titles < 40).any() and not (without < 40).any()
    assert with_titles.shape[0] == pytest.approx(without.shape[0] + 40, abs=2)


def test_curves_of_unequal_x_and_y_are_refused_with_the_cure():
    with pytest.raises(ValueError, match=r"'run' has 1 x and 0 y values\. Did fit get test_images"):
        plots.curves({"run": ([1], [])}, ALT, "epochs", "error")


def axes_of(function, *arguments):
    """Return the axes that a function draws, as it hands them to show."""
    kept = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "show", lambda figure, alt: kept.append(figure))
        function(*arguments)
    plots.picture_tag(kept[0], ALT)
    return kept[0].axes[0]


@pytest.mark.parametrize("epochs", [1, 2, 5, 16, 150])
def test_epochs_are_counted_in_whole_ones(epochs):
    series = {"run": ([0.25, epochs], [1, 2])}
    axes = axes_of(plots.curves, series, ALT, "epochs", "error")
    (low, high), marks = axes.get_xlim(), axes.get_xticks()
    assert (marks == np.round(marks)).all() and ((marks > low) & (marks < high)).sum() >= 1
    others = axes_of(plots.curves, {"run": ([0, 1], [1, 2])}, ALT, "seconds", "error").get_xticks()
    assert (others != np.round(others)).any()


def test_a_logarithmic_axis_is_another_picture():
    curves = partial(plots.curves, {"run": ([1, 2, 3], [0.1, 0.01, 0.001])}, ALT, "epochs", "error")
    assert shown(curves, log=True) != shown(curves)


def test_the_middle_of_a_class_is_the_median_of_its_points():
    points = torch.tensor([[0.0, 5.0], [1.0, 7.0], [90.0, 6.0], [3.0, 3.0]])
    assert plots.middles(points, torch.tensor([2, 2, 2, 0])) == {2: (1.0, 6.0), 0: (3.0, 3.0)}


def test_a_map_names_the_classes_that_have_points_beside_them_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = plots.map_figure(torch.randn(5, 2), torch.tensor([0, 0, 2, 2, 2]), ["bag", "boot", "coat"])
        plots.picture_tag(figure, ALT)
    names = [text.get_text() for text in figure.axes[0].texts]  # the arrows are texts without any
    assert sorted(filter(None, names)) == ["bag", "coat"]


def test_a_map_without_classes_has_nothing_beside_it():
    axes = plots.map_figure(torch.randn(5, 2), torch.zeros(5, dtype=torch.long), [""]).axes[0]
    assert len(axes.texts) == len(axes.lines) == 0


def test_subplots_returns_axes_as_matplotlib_does():
    figure, axes = plots.subplots(2, 3)
    assert isinstance(figure, Figure)
    assert axes.shape == (2, 3)
