"""Words to tick, and what methods suggest to go with them."""

import math
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import torch
import traitlets
from matplotlib.axes import Axes

from aelib import checks, plots
from aelib.widgets import stills
from aelib.widgets.shared import Drawn, dictionary

MOST_NAMES, MOST_METHODS = 1000, 3
SHOWN = 10  # suggestions per method
LETTERS = 18  # in a word, and in a method's name, in the still picture
LARGEST = 127  # of int8


class Suggestions(Drawn):
    """Words to tick, and next to them, live, what one to three methods suggest.

    ``names`` are 2 to 1,000 different words. ``weights`` maps each method's name to a matrix (K, K), such as
    ``models.ridge`` and ``models.ease`` return, with a row and a column for each of the K names: a method's scores are
    the sum of the rows of the ticked words. For each method, it shows the ten words with the highest scores that are
    not ticked, and the mean score of those that are, because a method that copies gives these the highest of all. The
    browser has the weights in one byte each, so its scores are within about 1 % of the largest. ``alt`` says what the
    still picture shows, after a description of its layout.

    ``chosen`` is the list of ticked words; it can be set. ``scores`` are all scores (K,) of each method, ``suggested``
    its ten names, best first.

    Raises ``TypeError`` for names that are not text, and for anything but a dictionary of tensors; ``ValueError`` for
    names that are empty or repeated, for too few or too many, for matrices of other shapes, for NaN, and for a chosen
    word that is not among the names.
    """

    view = traitlets.Unicode("suggestions").tag(sync=True)
    names = traitlets.List().tag(sync=True)
    methods = traitlets.List().tag(sync=True)  # their names
    matrices = traitlets.Bytes().tag(sync=True)  # (methods, K, K), int8: square roots, as _in_bytes makes them
    scales = traitlets.List().tag(sync=True)  # for each method, one for each of K rows
    chosen = traitlets.List().tag(sync=True)

    def __init__(
        self,
        names: Sequence[str],
        weights: Mapping[str, torch.Tensor],
        *,
        chosen: Sequence[str] = (),
        alt: str = "",
    ) -> None:
        names = _words(names)
        dictionary(weights, "weights", "names and matrices", 1, MOST_METHODS)
        self.weights = {str(name): _matrix(matrix, name, len(names)) for name, matrix in weights.items()}
        matrices, scales = zip(*map(_in_bytes, self.weights.values()), strict=True)
        self._alt = alt
        super().__init__(
            names=names,
            methods=[*self.weights],
            matrices=b"".join(matrices),
            scales=[*scales],
        )
        self.chosen = _listed(chosen, "chosen")

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: dict) -> list[str]:
        chosen = proposal["value"]
        for word in chosen:
            if word not in self.names:
                raise ValueError(f"chosen has {word!r}, which is none of the {len(self.names)} names.")
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"chosen must have each word once; got {chosen}.")
        return chosen

    @property
    def scores(self) -> dict[str, torch.Tensor]:
        """The scores (K,) of all words by each method."""
        return self._scores(self.chosen)

    @property
    def suggested(self) -> dict[str, list[str]]:
        """The ten words with the highest scores that are not ticked, by each method, best first."""
        return {method: [*self._best(scores, self.chosen)] for method, scores in self.scores.items()}

    def _scores(self, ticked: Sequence[str]) -> dict[str, torch.Tensor]:
        rows = [self.names.index(word) for word in ticked]
        return {method: matrix[rows].sum(0) for method, matrix in self.weights.items()}

    def _best(self, scores: torch.Tensor, ticked: Sequence[str]) -> dict[str, float]:
        """Return the words with the highest scores, except ticked ones, and their scores."""
        order = scores.argsort(descending=True, stable=True).tolist()
        others = [place for place in order if self.names[place] not in ticked]
        return {self.names[place]: scores[place].item() for place in others[:SHOWN]}

    def _mean(self, scores: torch.Tensor, ticked: Sequence[str]) -> float:
        return scores[[self.names.index(word) for word in ticked]].mean().item()

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return f"Suggestions beside {len(self.names)} words; run the cell in a notebook to tick some."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._still()}, metadata

    def _still(self) -> str:
        """Return, as HTML, what each method suggests; if no word is ticked, as if the first one were."""
        ticked = self.chosen or self.names[:1]
        figure, axes = plots.subplots(1, len(self.methods), size=(plots.WIDTH, 3.4), squeeze=False)
        told = []
        for place, (method, scores) in zip(axes[0], self._scores(ticked).items(), strict=True):
            mean, best = self._mean(scores, ticked), self._best(scores, ticked)
            _draw_bars(place, {"ticked words": mean} | best)
            place.set_title(_shortened(method, 2 * LETTERS), fontsize=plots.USUAL, parse_math=False)
            digits = _digits([mean, *best.values()])
            listed = stills.listed([f"{word} ({_written(score, digits)})" for word, score in best.items()] or ["none"])
            told.append(f"By {method!r}, the ticked words score {_written(mean, digits)} on average; others: {listed}.")
        title = textwrap.shorten(f"Ticked: {', '.join(ticked)}", 90, placeholder=" …")
        figure.suptitle(title, fontsize=plots.USUAL, parse_math=False)
        text = (
            f"Bars of the scores that {stills.counted(len(self.methods), 'method')} would give to words beside those "
            f"that are ticked: {stills.listed(ticked)}. {' '.join(told)}"
        )
        return stills.picture(figure, text, self._alt)


def _words(names: Sequence[str]) -> list[str]:
    """Return words as a list. Raises ``TypeError`` or ``ValueError`` for anything but different words."""
    names = _listed(names, "names")
    if not 2 <= len(names) <= MOST_NAMES:
        raise ValueError(f"names must be 2 to {MOST_NAMES:,} words; got {len(names):,}.")
    if not all(name.strip() for name in names):
        raise ValueError("Some of the names are empty; each needs a letter at least.")
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise ValueError(f"names must have each word once; {twice!r} is there twice.")
    return names


def _listed(words: Sequence[str], name: str) -> list[str]:
    """Return several texts as a list. Raises ``TypeError`` for a single one, and for anything but texts."""
    if isinstance(words, str) or not hasattr(words, "__iter__"):
        raise TypeError(f"{name} must be several words in brackets; this is {checks.kind(words)}.")
    words = list(words)
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"{name} must be text, each of them; one is {checks.kind(word)}: {word!r}.")
    return [str(word) for word in words]  # NumPy's texts are not plain ones


def _matrix(matrix: torch.Tensor, method: str, count: int) -> torch.Tensor:
    """Return a method's weights. Raises ``TypeError`` or ``ValueError`` for anything but such a matrix."""
    name = f"weights[{method!r}]"
    checks.tensor(matrix, name)
    if not matrix.is_floating_point():
        raise TypeError(f"{name} must be a float tensor (K, K); it is {matrix.dtype}.")
    checks.shape(matrix, (count, count), name, " It needs a row and a column for each of the names.")
    if not matrix.isfinite().all():
        raise ValueError(f"{name} must be finite; some weights are NaN or infinite.")
    return matrix.detach().float().cpu()


def _in_bytes(matrix: torch.Tensor) -> tuple[bytes, list[float]]:
    """Return a matrix (K, K) in int8, and a scale for each row: a weight with the byte b is scale · b · |b|.

    This keeps small weights distinct next to large ones, such as those of a method that copies.
    """
    largest = matrix.abs().amax(1).double()  # (K,)
    shares = matrix.double() / largest.clamp(min=torch.finfo().tiny)[:, None]
    whole = (LARGEST * shares.abs().sqrt()).round() * shares.sign()
    return whole.numpy().astype(np.int8).tobytes(), (largest / LARGEST**2).tolist()


def _draw_bars(axes: Axes, scores: dict[str, float]) -> None:
    """Draw scores as bars, from the top; the first, that of the ticked words, stands out."""
    digits = _digits([*scores.values()])
    for place, score in enumerate(scores.values()):
        look = (
            {"color": plots.COLOURS[0]} if place else {"color": plots.COLOURS[1], "hatch": "//", "edgecolor": "white"}
        )
        axes.barh(place, score, 0.7, **look)
        axes.text(max(score, 0), place, f" {_written(score, digits)}", va="center", fontsize=plots.SMALL)
    names = [_shortened(name, LETTERS) for name in scores]
    axes.set_yticks(range(len(scores)), names, fontsize=plots.SMALL, parse_math=False)
    axes.set(ylim=(SHOWN + 0.5, -0.5))
    axes.margins(x=0.2)
    axes.grid(axis="y", visible=False)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _digits(scores: Sequence[float]) -> int:
    """Return how many decimals give the largest of some scores two digits, as the browser counts them."""
    largest = max(map(abs, scores))
    return min(max(1 - math.floor(math.log10(largest)), 0), 6) if largest > 0 else 2


def _written(score: float, digits: int) -> str:
    return f"{round(score, digits) + 0.0:.{digits}f}"  # + 0.0, or it might be "-0.00"
