"""Look at images, curves and codes: every figure in the same style, and with a text that says what it shows.

Notebooks show pictures with alternative text, for screen readers and for anyone who cannot see them; so ``alt`` is
never optional. Figures have a white background, and read well in light and dark themes.
"""

import base64
import html
from collections.abc import Mapping, Sequence
from io import BytesIO

import matplotlib
import numpy as np
import torch
from IPython.display import HTML, display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from PIL import Image

from aelib import checks
from aelib.data import clamped

# Okabe & Ito's palette, which colour-blind readers can tell apart too, without the yellow, which is too pale on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINE_STYLES = ("-", "--", "-.", (0, (1, 0.6)), (0, (8, 2)))  # the dots, fourth, are closer than usual
# For the ten classes of a map, for which seven colours are too few; always with names or a legend.
CLASS_COLOURS = matplotlib.colormaps["tab10"].colors
STYLE = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.size": 10,
    "grid.color": "#e0e0e0",
    "lines.linewidth": 1.8,
}
WIDTH = 8.0  # inches, unless the caller gives a size: 800 pixels, narrower than JupyterLab's column
NO_BLANKS = "\u0dff"  # letters beyond this, such as Thai, Chinese and Japanese, may have no blanks between words
GAP = 0.1  # between the images of a grid, in widths of an image
SMALL, USUAL = 9, 10  # font sizes in points: beside images, and elsewhere
LINE = 0.16  # height in inches of a line of small letters
NAME_WIDTH = 3.5  # widest name of a row, a curve or a class, in inches; longer ones are shortened
MOST_LINES = 6  # in a title or name


def subplots(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (WIDTH, 3.2), **options: object
) -> tuple[Figure, Axes | np.ndarray]:
    """Return a figure of ``size`` inches in the course's style, and its axes, as ``Figure.subplots`` gives them."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        return figure, figure.subplots(rows, columns, **options)


def show(figure: Figure, alt: str) -> None:
    """Display a figure as a picture with the alternative text ``alt``: one or two sentences that say what it shows.

    Raises ``ValueError`` without such a text.
    """
    display(HTML(picture_tag(figure, alt)))


def picture_tag(figure: Figure, alt: str) -> str:
    """Return a figure as an HTML ``<img>`` that holds the PNG itself. Raises as ``show`` does."""
    # Four words, or, in a script without blanks between words, about as many letters.
    enough = isinstance(alt, str) and (len(alt.split()) >= 4 or sum(letter > NO_BLANKS for letter in alt) >= 12)
    if not enough:
        raise ValueError("Give the figure an alternative text that says in a sentence what it shows.")
    with matplotlib.rc_context(STYLE):
        canvas = FigureCanvasAgg(figure)
        figure.draw_without_rendering()  # titles of several lines settle into place only at the second drawing
        canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    # 256 colours are plenty for a chart and exact for grey images, and shrink the notebooks to a third.
    is_grey = all(band.tobytes() == picture.getchannel(0).tobytes() for band in picture.split())
    picture = picture.convert("L") if is_grey else picture.quantize(256, dither=Image.Dither.NONE)
    png = BytesIO()
    picture.save(png, "png", optimize=True)
    source = base64.b64encode(png.getvalue()).decode()
    # JupyterLab shows a bare image/png without alternative text, so send the picture as HTML.
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{source}" style="max-width: 100%">'


def draw_image(axes: Axes, image: torch.Tensor, title: object = "") -> None:
    """Draw one image (C, H, W), ``uint8`` or float in [0, 1], into ``axes``; values a little outside are clamped.

    Raises ``TypeError`` or ``ValueError`` for anything else.
    """
    checks.pixels(image, "image")
    checks.shape(image, ("C", "H", "W"), "image")
    _place(axes, _drawable(image[None], "image")[0])
    axes.set_title(_shortened(title, _inches_across(axes)), fontsize=SMALL, parse_math=False)
    axes.set_xticks([])
    axes.set_yticks([])
    _hide_lines(axes)


def _inches_across(axes: Axes) -> float:
    """Return how wide a title over ``axes`` may be, in inches: as wide as its columns of the figure."""
    place, figure = axes.get_subplotspec(), axes.figure
    share = len(place.colspan) / place.get_gridspec().ncols if place else axes.get_position().width
    return share * figure.bbox.width / figure.dpi - GAP


def _drawable(images: torch.Tensor, name: str) -> torch.Tensor:
    """Return images (N, C, H, W) as float in [0, 1], grey or colour; refuse any others."""
    checks.viewable(images, name)
    return clamped(images.detach())


def _place(axes: Axes, image: torch.Tensor, extent: tuple[float, float, float, float] | None = None) -> None:
    """Draw a float image (C, H, W) into ``axes``: at (left, right, bottom, top), or over the whole of them."""
    pixels = image.permute(1, 2, 0).numpy(force=True)  # (C, H, W) => (H, W, C)
    pixels = pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation="nearest", extent=extent)


def _text(value: object) -> str:
    """Return a title or name as text; it may be a number, even one in a tensor."""
    if isinstance(value, torch.Tensor) and value.ndim == 0:
        return f"{value.item():.6g}" if value.is_floating_point() else str(value.item())
    return str(value)


def _shortened(value: object, inches: float, size: int = SMALL) -> str:
    """Return a title or name cut to a few lines, each at most ``inches`` wide, with an ellipsis for the rest."""
    lines = _text(value).split("\n")
    lines = lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"]
    return "\n".join(_shortened_line(line, inches, size) for line in lines)


def _shortened_line(line: str, inches: float, size: int) -> str:
    if _inches(line, size) <= inches:
        return line
    kept = line[:200]  # more letters than any figure has room for
    while kept and _inches(f"{kept}…", size) > inches:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def _inches(text: str, size: int) -> float:
    """Return the width in inches of a line of text at ``size`` points."""
    return text_to_path.get_text_width_height_descent(text, FontProperties(size=size), ismath=False)[0] / 72


def _lines(texts: Sequence[str]) -> int:
    """Return the number of lines in the longest of some texts."""
    return max((text.count("\n") + 1 for text in texts if text), default=0)


def _hide_lines(axes: Axes) -> None:
    """Remove the lines around images and the ticks beside them, but not the labels."""
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def show_images(images: torch.Tensor, alt: str, titles: Sequence[object] = (), columns: int = 10) -> None:
    """Show images (N, C, H, W) in a grid, each with a title if ``titles`` are given; long ones are shortened.

    The images are ``uint8`` or float in [0, 1]; values a little outside are clamped. Raises ``TypeError`` or
    ``ValueError`` for others, for fewer than one column, or unless there is one title for each image.
    """
    images = _drawable(images, "images")
    columns = min(checks.whole(columns, "columns", 1), len(images))
    if len(titles) not in (0, len(images)):
        raise ValueError(f"Got {len(images)} images and {len(titles)} titles; there must be one title for each image.")
    width = WIDTH / max(columns, 6) / (1 + GAP)  # of an image, in inches; the axes' unit
    titles = [_shortened(title, width) for title in titles]
    above = (0.04 + LINE * _lines(titles)) / width * bool(len(titles))  # room for titles above each row
    pitch = above + images.shape[2] / images.shape[3] + GAP
    rows = -(-len(images) // columns)
    figure, axes = subplots(size=(width * (1 + GAP) * columns, width * pitch * rows + 0.08))
    for i, image in enumerate(images):
        left, top = i % columns * (1 + GAP), i // columns * pitch + above
        _place(axes, image, (left, left + 1, top + pitch - above - GAP, top))
        if titles:
            _write(axes, left + 0.5, top - 0.04 / width, titles[i], ha="center", va="bottom", fontsize=SMALL)
    axes.set(xlim=(0, columns * (1 + GAP) - GAP), ylim=(rows * pitch - GAP, 0), xticks=[], yticks=[], anchor="NW")
    _hide_lines(axes)
    show(figure, alt)


def _write(axes: Axes, x: float, y: float, text: str, **options: object) -> None:
    """Write a text into ``axes`` as it is; matplotlib would read anything between two dollar signs as a formula."""
    axes.text(x, y, text, parse_math=False, **options)


def compare(rows: Mapping[str, torch.Tensor], alt: str, titles: Sequence[object] = ()) -> None:
    """Show rows of images (N, C, H, W) above each other, each with its name on the left, and ``titles`` over columns.

    Long names and titles are shortened. The images are ``uint8`` or float in [0, 1]; values a little outside are
    clamped. Raises ``TypeError`` or ``ValueError`` for others, or if the rows have different numbers of images.
    """
    show(comparison(rows, titles), alt)


def comparison(rows: Mapping[str, torch.Tensor], titles: Sequence[object] = ()) -> Figure:
    """Return the figure that ``compare`` shows. Raises as that does."""
    if not isinstance(rows, Mapping):
        raise TypeError(f"rows must be a dictionary of names and images; this is {checks.kind(rows)}.")
    shown = [_drawable(images, f"rows[{name!r}]") for name, images in rows.items()]
    counts = {name: len(images) for name, images in zip(rows, shown, strict=True)}
    if len(set(counts.values())) != 1:
        raise ValueError(f"Each row needs the same number of images, at least one; got {counts}.")
    columns = len(shown[0])
    names = [_shortened(name, NAME_WIDTH) for name in rows]
    label_width = min(NAME_WIDTH, 0.085 * max(len(line) for name in names for line in name.split("\n")))
    width = min(0.9, (WIDTH - label_width) / columns) / (1 + GAP)  # of an image, in inches; the axes' unit
    titles = [_shortened(title, width) for title in list(titles)[:columns]]
    above = 0.1 + (LINE * _lines(titles) + 0.04) * any(titles)
    # As high as its images, or as its name if that is higher.
    heights = [
        max(images.shape[2] / images.shape[3], LINE * _lines([name]) / width)
        for name, images in zip(names, shown, strict=True)
    ]
    figure, axes = subplots(
        size=(label_width + width * (1 + GAP) * columns, width * (sum(heights) + GAP * len(rows)) + above)
    )
    bottom, middles_of_rows = -GAP, []
    for images, height in zip(shown, heights, strict=True):
        top, bottom = bottom + GAP, bottom + GAP + height
        middle, half = (top + bottom) / 2, images.shape[2] / images.shape[3] / 2
        middles_of_rows.append(middle)
        for i, image in enumerate(images):
            _place(axes, image, (i * (1 + GAP), i * (1 + GAP) + 1, middle + half, middle - half))
    # Anchored, because centred in a figure that is slightly too large, the names would be cut off.
    axes.set(xlim=(0, columns * (1 + GAP) - GAP), ylim=(bottom, 0), anchor="NW")
    axes.set_yticks(middles_of_rows, names, fontsize=SMALL, parse_math=False)
    places = [i * (1 + GAP) + 0.5 for i in range(len(titles))]
    axes.set_xticks(places, titles, fontsize=SMALL, parse_math=False)
    axes.xaxis.tick_top()
    _hide_lines(axes)
    return figure


def curves(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    alt: str,
    x_label: str,
    y_label: str,
    log: bool = False,
) -> None:
    """Draw curves in one chart, each with a name, its x values and its y values; a single value becomes a dot.

    ``log`` makes the y axis logarithmic; if x counts ``"epochs"``, its ticks are at whole numbers. Raises ``TypeError``
    or ``ValueError`` for anything but such curves, and for different numbers of x and y values.
    """
    if not isinstance(series, Mapping):
        raise TypeError(f"series must be a dictionary of names and curves; this is {checks.kind(series)}.")
    series = {name: _curve(name, values) for name, values in series.items()}
    names = [_shortened(name, NAME_WIDTH, USUAL) for name in series]
    figure, axes = subplots(size=(WIDTH, max(3.2, 0.6 + 0.22 * sum(_lines([name]) for name in names))))
    for i, (x, y) in enumerate(series.values()):
        is_dot = np.isfinite(y).sum() < 2  # a line would be invisible
        axes.plot(x, y, linestyle=LINE_STYLES[i % len(LINE_STYLES)], marker="o" if is_dot else None)
    axes.set_xlabel(_shortened(x_label, WIDTH / 2, USUAL), parse_math=False)
    axes.set_ylabel(_shortened(y_label, 2.5, USUAL), parse_math=False)
    axes.set_yscale("log" if log else "linear")
    if x_label == "epochs":
        axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True, min_n_ticks=1))
    if log:  # ticks at 1, 2 and 5 times a power of ten, written out
        axes.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
        axes.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    # Beside the curves, never over them. Names are set afterwards, because a legend omits any that begin with "_".
    legend = axes.legend(axes.lines, [" "] * len(names), frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    for entry, name in zip(legend.get_texts(), names, strict=True):
        entry.set(text=name, parse_math=False)
    show(figure, alt)


def _curve(name: object, values: tuple[Sequence[float], Sequence[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the x and y values of a curve as arrays of floats."""
    try:
        x, y = (np.asarray(each, dtype=float) for each in values)
    except (TypeError, ValueError):
        raise TypeError(f"{name!r} must be a curve: its x values and its y values, as two lists of numbers.") from None
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"{name!r} has {x.size} x and {y.size} y values. Did fit get test_images to measure on?")
    return x, y


def map_figure(points: torch.Tensor, labels: torch.Tensor, classes: Sequence[str]) -> Figure:
    """Return a map of points (N, 2), coloured by class, with a line from each class's name to its middle."""
    places = middles(points, labels)
    if labels.numel() and not 0 <= labels.min() <= labels.max() < len(classes):
        raise ValueError(
            f"labels must go from 0 to the number of classes less one, {len(classes) - 1}; these go from "
            f"{labels.min()} to {labels.max()}."
        )
    names = {label: _shortened(_text(classes[label]).replace("\n", " "), NAME_WIDTH, USUAL) for label in places}
    # Ten colours are too many to tell apart, so the names are beside the map, in the order of the classes on it.
    from_bottom = sorted((label for label in places if names[label]), key=lambda label: places[label][1])
    figure, axes = subplots(size=(WIDTH, max(5, 0.2 * len(from_bottom))))
    for label in places:
        axes.scatter(
            *points[labels == label].numpy(force=True).T, s=9, alpha=0.7, color=CLASS_COLOURS[label % 10], linewidths=0
        )
    for i, label in enumerate(from_bottom):
        beside = (1.03, (i + 0.5) / len(from_bottom))
        axes.plot(*beside, "s", color=CLASS_COLOURS[label % 10], transform=axes.transAxes, clip_on=False)
        _write(axes, beside[0] + 0.02, beside[1], names[label], va="center", transform=axes.transAxes)
        axes.annotate(
            "",
            places[label],
            xytext=beside,
            textcoords="axes fraction",
            arrowprops={"arrowstyle": "-|>", "color": "dimgrey", "linewidth": 0.6, "shrinkA": 4, "shrinkB": 0},
        )
    axes.set(xlabel="code unit 1", ylabel="code unit 2")
    return figure


def middles(points: torch.Tensor, labels: torch.Tensor) -> dict[int, tuple[float, float]]:
    """Return the middle of each class's points (N, 2) on a map: the median of each coordinate."""
    return {label: tuple(points[labels == label].median(0).values.tolist()) for label in labels.unique().tolist()}


def autoencoder_diagram(sizes: Sequence[int], alt: str) -> None:
    """Draw an autoencoder of dense layers as bars, as tall as the layers are wide (on a logarithmic scale).

    ``sizes`` are the layers' widths from input to output, three or more; the narrowest is the code. Raises
    ``ValueError`` for others.
    """
    sizes = checks.sizes(sizes, "sizes")
    if len(sizes) < 3:
        raise ValueError(f"An autoencoder has three sizes at least: input, code and output; got {sizes}.")
    figure, axes = subplots(size=(WIDTH, 2.6))
    code = min(range(len(sizes)), key=sizes.__getitem__)
    heights = np.log2(np.array(sizes) + 1)
    for i, (size, height) in enumerate(zip(sizes, heights, strict=True)):
        axes.bar(i, height, width=0.16, bottom=-height / 2, color=COLOURS[1 if i == code else 0])
        axes.text(i, height / 2 + 0.3, f"{size}", ha="center", fontsize=10)
        if i:
            axes.fill_between(
                [i - 0.92, i - 0.08], [heights[i - 1] / 2, height / 2], [-heights[i - 1] / 2, -height / 2],
                color="#d5e3ee", linewidth=0,
            )  # fmt: skip
    bottom = -heights.max() / 2 - 1.2
    for i, name in {0: "image x", code: "code c", len(sizes) - 1: "reconstruction x̂"}.items():
        axes.text(i, bottom, name, ha="center", fontsize=11)
    for first, last, name in ((0, code, "encoder"), (code, len(sizes) - 1, "decoder")):
        axes.plot([first + 0.05, last - 0.05], [bottom - 0.8] * 2, color="black", linewidth=1)
        axes.text((first + last) / 2, bottom - 2.2, name, ha="center", fontsize=11, style="italic")
    axes.set(xlim=(-0.5, len(sizes) - 0.5), ylim=(bottom - 2.4, heights.max() / 2 + 1.4))
    axes.set_axis_off()
    show(figure, alt)
