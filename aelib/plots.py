"""Look at images, curves and codes: every figure in the same style, and with a text that says what it shows.

Each function displays its figure in the notebook as a picture with alternative text, for those who cannot see it and
for screen readers; so ``alt`` is never optional. Figures stand on white, and read well in light and dark themes.
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
from PIL import Image

from aelib.data import as_float
from aelib.training import History

# Okabe & Ito's palette, which colour-blind readers can tell apart too; the yellow is left out, it is too pale on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (8, 2)))
# For the ten classes of a map, where seven are too few; names or a legend stand beside them.
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
}
WIDTH = 8.0  # inches, of every figure that the caller gives no size: 800 pixels, less than JupyterLab's column


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
    if len(alt.split()) < 4:
        raise ValueError("Give the figure an alternative text that says in a sentence what it shows.")
    with matplotlib.rc_context(STYLE):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    # 256 colours are plenty for a chart and exact for grey images, and make the notebooks a third of the size.
    is_grey = all(band.tobytes() == picture.getchannel(0).tobytes() for band in picture.split())
    picture = picture.convert("L") if is_grey else picture.quantize(256, dither=Image.Dither.NONE)
    png = BytesIO()
    picture.save(png, "png", optimize=True)
    source = base64.b64encode(png.getvalue()).decode()
    # JupyterLab shows a bare image/png without alternative text, so the picture goes out as HTML.
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{source}" style="max-width: 100%">'


def draw_image(axes: Axes, image: torch.Tensor, title: str = "") -> None:
    """Draw one image (C, H, W), ``uint8`` or float in [0, 1], into ``axes``; values outside are clamped."""
    pixels = as_float(image.detach()).clamp(0, 1).permute(1, 2, 0).numpy(force=True)  # (C, H, W) => (H, W, C)
    axes.imshow(
        pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels, cmap="gray", vmin=0, vmax=1, interpolation="nearest"
    )
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    axes.spines[:].set_visible(False)


def show_images(images: torch.Tensor, alt: str, titles: Sequence[object] = (), columns: int = 10) -> None:
    """Show images (N, C, H, W) in a grid, each with a title if ``titles`` are given.

    Raises ``ValueError`` when there is no image or no column, or another number of titles than of images.
    """
    if columns < 1:
        raise ValueError(f"The grid needs at least one column; got columns={columns}.")
    if len(images) == 0 or (len(titles) and len(titles) != len(images)):
        raise ValueError(f"Got {len(images)} images and {len(titles)} titles; there must be one title for each image.")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    cell = WIDTH / max(columns, 6)
    height = cell + 0.2 * bool(len(titles))
    figure, axes = subplots(rows, columns, size=(cell * columns, height * rows), squeeze=False)
    for panel in axes.flat[len(images) :]:
        panel.set_axis_off()
    for i, image in enumerate(images):
        draw_image(axes.flat[i], image, str(titles[i]) if len(titles) else "")
    show(figure, alt)


def compare(rows: Mapping[str, torch.Tensor], alt: str, titles: Sequence[str] = ()) -> None:
    """Show rows of images (N, C, H, W) above each other, each with its name on the left, ``titles`` over the columns.

    Raises ``ValueError`` when there is no image or the rows have different numbers of images.
    """
    show(comparison(rows, titles), alt)


def comparison(rows: Mapping[str, torch.Tensor], titles: Sequence[str] = ()) -> Figure:
    """Return the figure that ``compare`` shows."""
    counts = {name: len(images) for name, images in rows.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        raise ValueError(f"Each row needs the same number of images, at least one; got {counts}.")
    columns = max(counts.values())
    label_width = 0.085 * max(len(line) for name in rows for line in name.split("\n"))
    cell = min(0.9, (WIDTH - label_width) / columns)
    figure, axes = subplots(
        len(rows), columns, size=(label_width + cell * columns, cell * len(rows) + 0.1), squeeze=False
    )
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        for panel, image in zip(row, images, strict=True):
            draw_image(panel, image)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    for panel, title in zip(axes[0], titles, strict=False):
        panel.set_title(title, fontsize=9)
    return figure


def curves(
    series: Mapping[str, History | tuple[Sequence[float], Sequence[float]]],
    alt: str,
    x_label: str = "seconds of training",
    y_label: str = "held-out loss",
    log: bool = False,
) -> None:
    """Draw curves, each with its name, in one chart: (x, y) pairs, or the held-out loss of training runs over seconds.

    ``log`` makes the y axis logarithmic. Raises ``ValueError`` for different numbers of x and y values.
    """
    figure, axes = subplots()
    for i, (name, curve) in enumerate(series.items()):
        x, y = (curve.seconds, curve.test_loss) if isinstance(curve, History) else curve
        if len(x) != len(y):
            raise ValueError(f"{name!r} has {len(x)} x and {len(y)} y values. Did fit get test_images to measure on?")
        axes.plot(x, y, label=name, linestyle=LINE_STYLES[i % len(LINE_STYLES)])
    axes.set(xlabel=x_label, ylabel=y_label, yscale="log" if log else "linear")
    if log:  # marks at 1, 2 and 5 times a power of ten, written out
        axes.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
        axes.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))  # beside the curves, never over them
    show(figure, alt)


def code_map(codes: torch.Tensor, labels: torch.Tensor, classes: Sequence[str], alt: str) -> None:
    """Draw codes (N, 2) as points in the plane, coloured by class, with a line from each class's name to its middle.

    Raises ``ValueError`` for codes of another size.
    """
    if codes.ndim != 2 or codes.shape[1] != 2:
        raise ValueError(f"A map needs codes of two units, (N, 2); these have the shape {tuple(codes.shape)}.")
    show(map_figure(codes, labels, classes), alt)


def map_figure(codes: torch.Tensor, labels: torch.Tensor, classes: Sequence[str]) -> Figure:
    """Return the figure that ``code_map`` shows."""
    figure, axes = subplots(size=(WIDTH, 5))
    present = [label for label in range(len(classes)) if (labels == label).any()]
    for label in present:
        axes.scatter(
            *codes[labels == label].numpy(force=True).T, s=4, alpha=0.5, color=CLASS_COLOURS[label % 10], linewidths=0
        )
    # Ten colours are too many to tell apart, so the names stand beside the map, in the order in which they lie.
    middles = {label: codes[labels == label].median(0).values.numpy(force=True) for label in present}
    from_bottom = sorted(present, key=lambda label: middles[label][1])
    for i, label in enumerate(from_bottom):
        axes.annotate(
            classes[label],
            middles[label],
            xytext=(1.03, (i + 0.5) / len(present)),
            textcoords="axes fraction",
            va="center",
            arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 0.6, "shrinkA": 1, "shrinkB": 0},
        )
    axes.set(xlabel="code unit 1", ylabel="code unit 2")
    return figure


def autoencoder_diagram(sizes: Sequence[int], alt: str) -> None:
    """Draw an autoencoder of dense layers as bars, as tall as the layers are wide (on a logarithmic scale).

    ``sizes`` are the layers' widths from the input to the output; the narrowest one is the code.
    """
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
