"""Build the still pictures, as HTML, that replace the widgets where none can be live."""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure

from aelib import plots

IN_A_ROW = 9  # pictures


def picture(figure: Figure, layout: str, alt: str) -> str:
    """Return a figure as HTML; its text gives the layout, and then, in the caller's words, what it shows."""
    return plots.picture_tag(figure, f"{layout} {alt}".strip())


def counted(number: int, thing: str) -> str:
    """Return a number and the thing counted: "1 row", "2 rows"."""
    return f"{number} {thing}{'s' * (number != 1)}"


def listed(names: Sequence[str]) -> str:
    """Return names as you would read them out: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def stroke_across(height: int, width: int, breadth: int) -> torch.Tensor:
    """Return which pixels, (1, 1, H, W), a straight stroke across the middle covers."""
    lost = torch.zeros(1, 1, height, width, dtype=torch.bool)
    top = (height - breadth) // 2
    lost[..., top : top + breadth, width // 5 : width - width // 5] = True
    return lost
