"""A slider over stages of some pictures, and what judges say about each."""

from collections.abc import Mapping, Sequence

import ipywidgets
import torch
import traitlets
from ipywidgets.widgets import widget_serialization

from aelib import checks, plots
from aelib.widgets import stills
from aelib.widgets.shared import MAX_PICTURES, Pictures, WithSliders, as_shown, dictionary, row_of

MAX_JUDGES = 3  # more marks would be hard to tell apart
SHOWN = 9  # pictures per stage
ROWS_IN_STILL = 5


class JudgeSlider(WithSliders):
    """A slider over stages: some pictures of each, next to the judges' scores for all stages.

    ``stages`` maps 2 to 100 names to images (N, C, H, W), ``uint8`` or float in [0, 1], all of one shape; the first
    nine are shown, and values a little outside [0, 1] are clipped. ``scores`` maps the names of one to three judges to
    a positive number for every stage, such as a Fréchet distance: lower is better. ``alt`` says what the still picture
    shows, after a description of its layout.

    ``stage`` is the slider, from 1 on. ``stages`` holds the pictures shown, as ``uint8``, and ``scores`` the numbers,
    as Python numbers.

    Raises ``TypeError`` for anything but dictionaries of images and of numbers, ``ValueError`` for fewer or more stages
    or judges, images of different shapes, unequal numbers of scores and stages, and scores that are not positive.
    """

    def __init__(
        self, stages: Mapping[str, torch.Tensor], scores: Mapping[str, Sequence[float]], *, alt: str = ""
    ) -> None:
        dictionary(stages, "stages", "names and images", 2, MAX_PICTURES)
        dictionary(scores, "scores", "judges and numbers", 1, MAX_JUDGES)
        self.stages = {str(name): as_shown(images, f"stages[{name!r}]") for name, images in stages.items()}
        shapes = sorted({str(tuple(images.shape)) for images in stages.values()})
        if len(shapes) > 1:
            raise ValueError(f"All stages must have the same shape (N, C, H, W); these have {stills.listed(shapes)}.")
        self.stages = {name: images[:SHOWN] for name, images in self.stages.items()}
        self.scores = {str(name): _positive(values, name, len(stages)) for name, values in scores.items()}
        self.stage = ipywidgets.IntSlider(1, 1, len(stages), description="stage")
        shown = torch.stack([*self.stages.values()])  # (stages, N, C, H, W)
        picture = _JudgedPictures(
            image_shape=list(shown.shape[2:]),
            sliders=[self.stage],
            pictures=shown.numpy().tobytes(),
            stages=[*self.stages],
            judges=[*self.scores],
            scores=[*self.scores.values()],
            captions=[", ".join(self._told(place)) for place in range(len(stages))],
        )
        super().__init__(picture, [self.stage], self._strip(alt))

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return f"{len(self.stages)} stages of some pictures; run the cell in a notebook to move the slider."

    def _told(self, place: int) -> list[str]:
        """Return what each judge says about a stage, from 0 on: "judge A 6.0"."""
        return [f"{name} {_in_two_digits(values[place])}" for name, values in self.scores.items()]

    def _strip(self, alt: str) -> str:
        """Return, as HTML, the pictures of the first stage, the last, and some in between, with their scores."""
        count, names = len(self.stages), [*self.stages]
        rows = min(ROWS_IN_STILL, count)
        chosen = [round(row * (count - 1) / (rows - 1)) for row in range(rows)]
        shown = {"\n".join([names[place], *self._told(place)]): self.stages[names[place]] for place in chosen}
        told = [f"{names[place]} ({', '.join(self._told(place))})" for place in chosen]
        text = (
            f"{stills.counted(rows, 'row')} of {stills.counted(len(self.stages[names[0]]), 'picture')}, from the first "
            f"of {count} stages to the last. Behind each is its score, of which lower is better: {stills.listed(told)}."
        )
        return stills.picture(plots.comparison(shown), text, alt)


class _JudgedPictures(Pictures):
    """Pictures of all stages, and all scores, in the browser, which shows the stage that the slider chooses."""

    view = traitlets.Unicode("judge").tag(sync=True)
    sliders = traitlets.List().tag(sync=True, **widget_serialization)
    pictures = traitlets.Bytes().tag(sync=True)  # (stages, N, C, H, W)
    stages = traitlets.List().tag(sync=True)
    judges = traitlets.List().tag(sync=True)
    scores = traitlets.List().tag(sync=True)  # a list of numbers for each judge
    captions = traitlets.List().tag(sync=True)


def _positive(values: Sequence[float], name: str, count: int) -> list[float]:
    """Return the scores of a judge, one for each of ``count`` stages."""
    values = row_of(values, f"scores[{name!r}]", count, "stage")
    return [checks.number(value, f"each of scores[{name!r}]", above=0) for value in values]


def _in_two_digits(score: float) -> str:
    """Return a score with at least two digits, and decimals only if it needs them for that: "6.0", "187"."""
    if not 1e-4 <= score < 1e7:
        return f"{score:.1e}"
    power = int(f"{score:.1e}".split("e")[1])  # that of the rounded score: 9.96 becomes 10
    return f"{score:.{max(0, 1 - power)}f}"
