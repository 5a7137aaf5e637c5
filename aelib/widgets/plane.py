"""A plane of codes: how well each one draws, and how well it identifies what is in a picture."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import traitlets
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from aelib import checks, plots
from aelib.widgets import stills
from aelib.widgets.shared import Pictures, as_shown, dictionary, row_of

MOST_CODES, MOST_LABELS = 24, 8
MOST_PICTURES = 12  # in a row, and rows
DOT = 5  # pixels around a point's centre that other names must keep clear of in the still picture
NEAR = 9  # points above or below; a name further away needs a line to it
# Where a point's name may go in the still picture: points to the right and up, and its alignment.
PLACES = [
    (7 * way, up, side) for up in (0, 9, -9, 18, -18, 27, -27, 36, -36) for way, side in ((1, "left"), (-1, "right"))
]


class CodePlane(Pictures):
    """A plane of codes: across, the PSNR of what each draws; upward, the share of test pictures a probe identifies.

    The dictionaries have the codes' names as keys. ``accuracy`` has the shares in [0, 1] of test pictures that a probe
    identifies, one for each number of ``labels`` that it learnt from. For those codes that can draw, ``psnr`` is in dB,
    and ``drawn`` has their reconstructions (N, C, H, W) of some ``images``. ``neighbours`` (N, K, C, H, W) has the
    training pictures nearest to each of the ``images``, nearest first. The images (N, C, H, W), N ≤ 12 and K ≤ 12, are
    ``uint8`` or float in [0, 1]; values a little outside are clipped. ``alt`` says what the still picture shows, after
    a description of its layout.

    ``count`` is the index in ``labels`` of the number shown, ``chosen`` the index in ``accuracy`` of the code whose
    pictures are shown; both start from 0 and can be set.

    Raises ``TypeError`` for anything but dictionaries and images, ``ValueError`` for fewer than 2 or more than 24
    codes, for a code that is missing from a dictionary or unknown, for shares outside [0, 1], and for other shapes.
    """

    view = traitlets.Unicode("plane").tag(sync=True)
    codes = traitlets.List().tag(sync=True)  # names
    labels = traitlets.List().tag(sync=True)
    shares = traitlets.List().tag(sync=True)  # for each code, one for each of the labels
    decibels = traitlets.List().tag(sync=True)  # for each code; None if it draws nothing
    pictures = traitlets.Bytes().tag(sync=True)  # (N, C, H, W)
    drawn = traitlets.Bytes().tag(sync=True)  # (codes that draw, N, C, H, W)
    neighbours = traitlets.Bytes().tag(sync=True)  # (codes, K, N, C, H, W)
    nearest = traitlets.Int().tag(sync=True)  # K
    count = traitlets.Int().tag(sync=True)
    chosen = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        accuracy: Mapping[str, Sequence[float]],
        psnr: Mapping[str, float],
        labels: Sequence[int],
        images: torch.Tensor,
        drawn: Mapping[str, torch.Tensor],
        neighbours: Mapping[str, torch.Tensor],
        *,
        alt: str = "",
    ) -> None:
        dictionary(accuracy, "accuracy", "names and shares", 2, MOST_CODES)
        dictionary(psnr, "psnr", "names and decibels", 1, MOST_CODES)
        dictionary(drawn, "drawn", "names and images", 1, MOST_CODES)
        dictionary(neighbours, "neighbours", "names and images", 1, MOST_CODES)
        labels = _counts(labels)
        checks.batch(images)
        checks.originals(images)
        shown = as_shown(images, "images")  # refuse them here, before others are compared with them
        if len(images) > MOST_PICTURES:
            raise ValueError(f"images must be {MOST_PICTURES} at most, for they stand in one row; got {len(images)}.")
        _same_names(psnr, accuracy, "psnr", "accuracy", all_of_them=False)
        _same_names(drawn, psnr, "drawn", "psnr")
        _same_names(neighbours, accuracy, "neighbours", "accuracy")
        reconstructions = [_drawn(drawn[name], images, f"drawn[{name!r}]") for name in accuracy if name in psnr]
        nearest = [_nearest(neighbours[name], images, f"neighbours[{name!r}]") for name in accuracy]
        if len({len(rows) for rows in nearest}) > 1:
            raise ValueError(
                f"Each code needs as many neighbours; these have {', '.join(str(len(rows)) for rows in nearest)}."
            )
        self._alt = alt
        super().__init__(
            image_shape=list(images.shape[1:]),
            codes=[*map(str, accuracy)],
            labels=labels,
            shares=[_shares(values, name, len(labels)) for name, values in accuracy.items()],
            decibels=[checks.number(psnr[name], f"psnr[{name!r}]") if name in psnr else None for name in accuracy],
            pictures=shown.numpy().tobytes(),
            drawn=torch.stack(reconstructions).numpy().tobytes(),
            neighbours=torch.stack(nearest).numpy().tobytes(),
            nearest=len(nearest[0]),
            count=len(labels) // 2,
        )

    @traitlets.validate("count")
    def _check_count(self, proposal: dict) -> int:
        return checks.whole(proposal["value"], "count", 0, len(self.labels) - 1)

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: dict) -> int:
        return checks.whole(proposal["value"], "chosen", 0, len(self.codes) - 1)

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return f"A plane of {len(self.codes)} codes; run the cell in a notebook to look at their pictures."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._still()}, metadata

    def _still(self) -> str:
        """Return, as HTML, the plane with the name of each code, for the chosen number of labels."""
        shares = [values[self.count] for values in self.shares]
        drawing = [level for level in self.decibels if level is not None]
        room = max(drawing) - min(drawing) or 1
        strip = min(drawing) - 0.36 * room  # for codes that draw nothing
        across = [strip if level is None else level for level in self.decibels]
        figure, axes = plots.subplots(size=(plots.WIDTH, 5))
        for place, marker in zip(zip(across, shares, strict=True), self.decibels, strict=True):
            axes.plot(*place, "s" if marker is None else "o", color=plots.COLOURS[marker is None])
        axes.set(
            xlabel="PSNR of what the code draws, in dB",
            ylabel=f"test pictures told right, with {_labels(self.labels[self.count])}",
        )
        axes.set_xlim(strip - 0.12 * room if None in self.decibels else None, max(drawing) + 0.12 * room)
        if None in self.decibels:
            axes.axvspan(axes.get_xlim()[0], min(drawing) - 0.1 * room, color="#f0f0f0")
            marks = [mark for mark in axes.get_xticks() if min(drawing) - 0.1 * room < mark < axes.get_xlim()[1]]
            axes.set_xticks([strip, *marks], ["draws\nnothing", *(f"{mark:g}" for mark in marks)])
        _name(axes, self.codes, across, shares)
        return stills.picture(figure, self._in_words(shares), self._alt)

    def _in_words(self, shares: Sequence[float]) -> str:
        """Return the text of the still picture: all codes, from the best probe down."""
        told = [
            f"{self.codes[place]} ({_short(shares[place])}, {_drawing(self.decibels[place])})"
            for place in sorted(range(len(shares)), key=lambda place: -shares[place])
        ]
        return (
            f"A plane of {len(told)} codes, one point each. Upward: the share of test pictures that a probe tells "
            f"right with {_labels(self.labels[self.count])}; across: the PSNR of what the code draws. From the top: "
            f"{stills.listed(told)}."
        )


def _counts(labels: Sequence[int]) -> list[int]:
    """Return the numbers of labels as Python numbers. Raises ``ValueError`` for none, too many, or duplicates."""
    labels = [checks.whole(count, "each of labels", 1) for count in row_of(labels, "labels")]
    if not 1 <= len(labels) <= MOST_LABELS or len(set(labels)) < len(labels):
        raise ValueError(f"labels must be 1 to {MOST_LABELS} different numbers; got {labels}.")
    return labels


def _same_names(given: Mapping, wanted: Mapping, name: str, other: str, all_of_them: bool = True) -> None:
    """Refuse a dictionary with a name that another lacks, or, if ``all_of_them``, without one that the other has."""
    unknown = [each for each in given if each not in wanted]
    if unknown:
        raise ValueError(f"{name} has {unknown[0]!r}, which {other} does not have; it has {_listed(wanted)}.")
    missing = [each for each in wanted if each not in given]
    if missing and all_of_them:
        raise ValueError(f"{name} lacks {missing[0]!r}, which {other} has; it has {_listed(given)}.")


def _listed(names: Mapping) -> str:
    return ", ".join(map(repr, names))


def _shares(values: Sequence[float], name: str, count: int) -> list[float]:
    """Return the shares of a code, one for each of ``count`` numbers of labels."""
    values = row_of(values, f"accuracy[{name!r}]", count, "number of labels")
    return [checks.number(value, f"each of accuracy[{name!r}]", 0, 1) for value in values]


def _drawn(drawn: torch.Tensor, images: torch.Tensor, name: str) -> torch.Tensor:
    """Return reconstructions of images (N, C, H, W) as ``uint8``."""
    shown = as_shown(drawn, name)
    checks.shape(shown, tuple(images.shape), name, " There must be one for each of images.")
    return shown


def _nearest(neighbours: torch.Tensor, images: torch.Tensor, name: str) -> torch.Tensor:
    """Return the neighbours (N, K, C, H, W) of images as ``uint8``, (K, N, C, H, W), nearest first."""
    checks.pixels(neighbours, name)
    checks.shape(neighbours, (len(images), "K", *images.shape[1:]), name)
    if neighbours.shape[1] > MOST_PICTURES:
        raise ValueError(f"{name} must be {MOST_PICTURES} at most for each image; got {neighbours.shape[1]}.")
    rows = neighbours.transpose(0, 1)
    return as_shown(rows.flatten(0, 1), name).reshape(rows.shape)


def _labels(count: int) -> str:
    return f"{count:,} label{'s' * (count != 1)}"


def _short(share: float) -> str:
    """Return a share as the browser writes it: ".68", "1.00"."""
    return f"{share + 1e-9:.2f}".removeprefix("0")  # Python may round a half down, and JavaScript up


def _drawing(level: float | None) -> str:
    return "draws nothing" if level is None else f"{level:.1f} dB"


def _name(axes: Axes, names: Sequence[str], across: Sequence[float], upward: Sequence[float]) -> None:
    """Write each point's name beside it, where it covers no other name or point if such a place is near."""
    axes.figure.draw_without_rendering()  # fixes where points are on the screen
    dots = axes.transData.transform(np.column_stack([across, upward]))
    taken = [Bbox.from_extents(*(dot - DOT), *(dot + DOT)) for dot in dots]
    for name, *place in sorted(zip(names, across, upward, strict=True), key=lambda each: each[2]):
        text = axes.annotate(
            name, place, xytext=(0, 0), textcoords="offset points", fontsize=plots.SMALL, parse_math=False
        )
        text.set_in_layout(False)
        best = min(PLACES, key=lambda where, text=text: _covered(_put(text, where), taken, axes.bbox))
        taken.append(_put(text, best))
        if abs(best[1]) > NEAR:
            line = {"arrowstyle": "-", "color": "grey", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
            axes.annotate("", place, xytext=best[:2], textcoords="offset points", arrowprops=line)


def _put(text: Annotation, where: tuple[float, float, str]) -> Bbox:
    """Move a name to one of ``PLACES``; return its new place on the screen."""
    across, up, side = where
    text.set(position=(across, up), horizontalalignment=side, verticalalignment="center")
    return text.get_window_extent()


def _covered(box: Bbox, taken: Sequence[Bbox], whole: Bbox) -> int:
    """Return how many names and points a box covers; being outside the axes counts as many."""
    outside = box.x0 < whole.x0 or box.x1 > whole.x1 or box.y0 < whole.y0 or box.y1 > whole.y1
    return sum(box.overlaps(other) for other in taken) + len(taken) * outside
