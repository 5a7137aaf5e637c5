"""Hold aelib.plots to its promises: a picture with a text, the same bytes each time, and no wrong counts."""

import base64
import html.parser
import io
import itertools
import math
import re
import warnings
from functools import partial

import matplotlib
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from traitlets.config import Config

import notebooks
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
    image = torch.tensor([-2.0, 3.0]).reshape(1, 1, 1, 2).expand(1, 3, 1, 2)
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
    with pytest.raises(ValueError, match=r"images and|columns must be at least 1|N ≥ 1"):
        plots.show_images(torch.zeros(count, 1, 4, 4), ALT, titles, columns)


@pytest.mark.parametrize("counts", [(3, 2), (0, 0), ()])
def test_rows_of_different_lengths_or_without_images_are_refused(counts):
    rows = {f"row {i}": torch.zeros(count, 1, 4, 4) for i, count in enumerate(counts)}
    with pytest.raises(ValueError, match=r"same number of images|N ≥ 1"):
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


def figure_of(function, *arguments):
    """Return the figure that a function draws, as it hands it to show."""
    kept = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "show", lambda figure, alt: kept.append(figure))
        function(*arguments)
    plots.picture_tag(kept[0], ALT)
    return kept[0]


def axes_of(function, *arguments):
    return figure_of(function, *arguments).axes[0]


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


GREY = torch.rand(3, 1, 4, 4)
OF_IMAGES = {
    "show_images": lambda images: plots.show_images(images, ALT),
    "compare": lambda images: plots.compare({"one": images}, ALT),
    "comparison": lambda images: plots.comparison({"one": images}),
    "draw_image": lambda images: plots.draw_image(plots.subplots()[1], images[0]),
}
NO_IMAGES = {
    "an array": (GREY.numpy(), TypeError, r"must be a torch tensor; this is an ndarray\. Use torch\.from_numpy"),
    "a list of lists": ([GREY.tolist()], TypeError, r"must be a torch tensor; this is a list\. Stack them"),
    "whole numbers": ((255 * GREY).long(), TypeError, r"must be uint8, or float in \[0, 1\]; .* torch\.int64"),
    "true and false": (GREY > 0.5, TypeError, r"must be uint8, or float"),
    "a single image": (GREY[0], ValueError, r"must have the shape \((N, )?C, H, W\)"),
    "0 to 255": (255 * GREY, ValueError, r"0 is black and 1 white here\. Divide them by 255"),
    "NaN": (GREY.where(GREY < 0.5, math.nan), ValueError, "hold NaN, which is no brightness"),
    "two channels": (GREY.repeat(1, 2, 1, 1), ValueError, "must be 1, for grey"),
    "no pixels": (GREY[..., :0], ValueError, "shape"),
}


@pytest.mark.parametrize("name", OF_IMAGES)
@pytest.mark.parametrize(("images", "error", "message"), NO_IMAGES.values(), ids=NO_IMAGES)
def test_what_is_no_image_is_refused_in_a_sentence(name, images, error, message):
    with pytest.raises(error, match=message):
        OF_IMAGES[name](images)


def test_images_without_names_are_no_rows():
    with pytest.raises(TypeError, match="rows must be a dictionary of names and images; this is a Tensor"):
        plots.compare(GREY, ALT)


def three_pictures(texts):
    figure, axes = plots.subplots(1, 3)
    for panel, text in zip(axes, texts, strict=True):
        plots.draw_image(panel, GREY[0], text)
    plots.picture_tag(figure, ALT)
    return figure


def a_map(texts):
    figure = plots.map_figure(torch.rand(30, 2), torch.arange(30) % 3, texts)
    plots.picture_tag(figure, ALT)
    return figure


# Every place where a text of the caller's is written, called with three of them.
OF_TEXTS = {
    "titles of a grid": lambda texts: figure_of(plots.show_images, GREY, ALT, texts, 2),
    "titles of one column": lambda texts: figure_of(plots.show_images, GREY, ALT, texts, 1),
    "names of rows": lambda texts: figure_of(plots.compare, dict.fromkeys(texts, GREY), ALT),
    "names of flat rows": lambda texts: figure_of(plots.compare, dict.fromkeys(texts, torch.zeros(9, 3, 2, 40)), ALT),
    "titles of columns": lambda texts: figure_of(plots.compare, {"one": GREY}, ALT, texts),
    "names of curves": lambda texts: figure_of(
        plots.curves, dict.fromkeys(texts, ([1, 2], [3, 4])), ALT, "epochs", "error"
    ),
    "labels of axes": lambda texts: figure_of(plots.curves, {texts[2]: ([1, 2], [3, 4])}, ALT, texts[0], texts[1]),
    "titles of images": three_pictures,
    "names of classes": a_map,
}
LONG = ["a name that goes on and on, much longer than any picture of it is broad, and then some more " * 3,
        "M" * 400, "W" * 20 + "\n" + "b" * 100]  # fmt: skip
SOME_TEXTS = st.lists(st.text("$_^{}\\abMW \n", min_size=1, max_size=60), min_size=3, max_size=3, unique=True)


def written(figure):
    """Return the texts of a figure, but for the numbers beside its axes."""
    return [text for text in figure.findobj(Text) if re.search(r"[^\d\s.−]", text.get_text())]


@pytest.mark.parametrize("name", OF_TEXTS)
def test_dollars_and_underscores_are_written_as_they_stand(name):
    texts = ["$a_b$", "_hid$x$", "$\\frac"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = written(OF_TEXTS[name](texts))
    assert set(texts) <= {text.get_text() for text in found}
    assert not any(text.get_parse_math() for text in found if text.get_text() in texts)


@pytest.mark.parametrize("name", OF_TEXTS)
@settings(max_examples=10)
@example(LONG)
@example(["two\nlines", "$a$\nb", "c"])
@example(["M", "MM", "MMMMM\n\n\n\n"])
@given(SOME_TEXTS)
def test_whatever_is_written_stands_inside_the_figure_and_not_over_another_text(name, texts):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = OF_TEXTS[name](texts)
    boxes = [text.get_window_extent() for text in written(figure)]
    for box in boxes:
        assert box.x0 >= -2 and box.y0 >= -2 and box.x1 <= figure.bbox.width + 2 and box.y1 <= figure.bbox.height + 2
    for one, other in itertools.combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        up = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 1 or up <= 2, "two texts over each other"
    for axes in figure.axes:
        assert min(axes.get_window_extent().size) > 3, "no room is left for what the texts belong to"


def test_a_long_text_is_shortened_with_an_ellipsis_and_a_short_one_is_not():
    shown_texts = {text.get_text() for text in written(OF_TEXTS["names of rows"]([LONG[0], "T-shirt/top", "a\nb"]))}
    assert {"T-shirt/top", "a\nb"} <= shown_texts
    (shortened,) = shown_texts - {"T-shirt/top", "a\nb"}
    assert shortened.endswith("…") and LONG[0].startswith(shortened[:-1]) and len(shortened) > 30


@pytest.mark.parametrize("name", ["titles of a grid", "titles of columns", "titles of images", "names of rows"])
def test_a_number_in_a_tensor_or_an_array_is_written_as_a_number(name):
    numbers = [torch.tensor(9), np.int64(0), torch.tensor(0.1)]
    texts = [text.get_text() for text in OF_TEXTS[name](numbers).findobj(Text)]
    assert {"9", "0", "0.1"} <= set(texts)


def test_titles_that_are_all_the_number_0_have_their_place():
    titles = torch.zeros(3, dtype=torch.long)
    with_titles, without = (figure_of(plots.compare, {"a": GREY}, ALT, each) for each in (titles, ()))
    assert with_titles.get_figheight() > without.get_figheight()


def test_charts_in_widgets_have_the_same_colours():
    text = (notebooks.ROOT / "browser" / "chart.js").read_text(encoding="utf-8")
    colours = re.findall(r'"(#\w{6})"', re.search(r"COLOURS = \[(.*)\]", text)[1])
    assert colours and colours == [colour.lower() for colour in plots.COLOURS[: len(colours)]]


@pytest.mark.parametrize("series", [([1], [2]), (torch.tensor([1.0]), torch.tensor([2.0])), ([1, 2], [math.nan, 2])])
def test_a_series_of_one_point_is_seen(series):
    blue = [round(255 * part) for part in to_rgb(plots.COLOURS[0])]
    pixels = pixels_of(shown(plots.curves, {"run": series}, ALT, "epochs", "error"))
    assert share_of(pixels[:, :600], blue, 10) > 1e-4, "no dot in the chart"
    line = axes_of(plots.curves, {"run": ([1, 2], [2, 2])}, ALT, "epochs", "error").lines[0]
    assert line.get_marker() in ("", "None", None)


def test_many_curves_all_have_their_names():
    figure = figure_of(plots.curves, {f"run {i}": ([1, 2], [i, i]) for i in range(40)}, ALT, "epochs", "error")
    assert all(0 <= text.get_window_extent().y0 <= figure.bbox.height for text in written(figure))


def test_many_classes_all_have_their_names():
    figure = plots.map_figure(torch.rand(200, 2), torch.arange(200) % 100, [f"class {i}" for i in range(100)])
    plots.picture_tag(figure, ALT)
    boxes = sorted(text.get_window_extent().y0 for text in figure.axes[0].texts if text.get_text())
    assert len(boxes) == 100 and min(np.diff(boxes)) > 12


def test_an_alternative_text_may_come_without_blanks():
    plots.show_images(GREY, "十枚の衣服の画像が一列に並んでいる。")
    for short in ("loss_curve_final.png", "x" * 40, "三枚", None, 3):
        with pytest.raises(ValueError, match="alternative text"):
            plots.show_images(GREY, short)


def test_a_map_with_labels_of_no_class_is_refused():
    with pytest.raises(ValueError, match="labels must go from 0"):
        plots.map_figure(torch.rand(5, 2), torch.tensor([-1, 0, 1, 0, 1]), ["a", "b"])


@pytest.mark.parametrize("series", [[("a", [1], [2])], {"a": [1, 2, 3]}, {"a": ([1], ["high"])}, {"a": 3}])
def test_what_is_no_curve_is_told(series):
    with pytest.raises(TypeError, match=r"must be a (curve|dictionary)"):
        plots.curves(series, "One curve of a single value.", "epochs", "loss")


@pytest.mark.parametrize("sizes", [784, (784, 32), (), (784, 0, 784), (784, 1.5, 784), "784"])
def test_an_autoencoder_of_sizes_that_cannot_be_is_told(sizes):
    with pytest.raises(ValueError, match="sizes"):
        plots.autoencoder_diagram(sizes, "An autoencoder with a code of no units.")
