"""A slider for each unit of a code."""

import ipywidgets
import torch
import traitlets
from ipywidgets.widgets import widget_serialization

from aelib import plots
from aelib.widgets import stills
from aelib.widgets.decoded import LivePicture
from aelib.widgets.shared import WithSliders

SLIDERS_IN_SIGHT = 8
RANKING = 32_000  # pictures drawn to put the sliders in order; a fifth for a decoder of unknown speed


class LatentSliders(WithSliders):
    """A slider for each code unit, next to the decoded picture, live.

    ``model`` needs ``encode`` and ``decode``, for images (N, C, H, W), grey or colour, and codes (N, code_size) of at
    most 128 units. The first 2,000 ``images``, ``uint8`` or float in [0, 1], give the real codes and the ranges of the
    sliders. The units that change the picture most come first: those whose replacement by their mean causes the largest
    mean squared error. Distances are Euclidean. ``alt`` says what the still picture shows, after its layout.

    ``code`` is the code (1, code_size) set by the sliders.

    Raises ``TypeError`` for a model without ``encode`` or ``decode``, ``ValueError`` if it does not fit the images.
    """

    def __init__(self, model: object, images: torch.Tensor, *, alt: str = "") -> None:
        picture = _SliderPicture(model, images, None, ())
        codes = picture.real_codes
        lowest, highest, middle = codes.min(0).values, codes.max(0).values, codes.mean(0)  # (code_size,)
        flat = highest == lowest  # a silent unit has no range, so give it one
        lowest, highest = lowest - flat.float(), highest + flat.float()
        self._sliders = [
            ipywidgets.FloatSlider(
                value=middle[unit].item(),
                min=lowest[unit].item(),
                max=highest[unit].item(),
                step=(highest[unit] - lowest[unit]).item() / 200,
                description=f"unit {unit + 1}",
                readout_format=".2f",
            )
            for unit in range(codes.shape[1])
        ]
        picture.set_trait("sliders", self._sliders)
        for slider in self._sliders:
            slider.observe(picture.send_picture, "value")
        picture.set_trait("middle", middle.tolist())
        order = _most_telling_first(picture)
        in_order = [self._sliders[unit] for unit in order]
        column = [ipywidgets.VBox(in_order[:SLIDERS_IN_SIGHT])]
        if len(in_order) > SLIDERS_IN_SIGHT:
            fold = ipywidgets.Accordion([ipywidgets.VBox(in_order[SLIDERS_IN_SIGHT:])], selected_index=None)
            fold.set_title(0, f"{len(in_order) - SLIDERS_IN_SIGHT} units that change the picture less")
            column.append(fold)
        super().__init__(picture, column, _strip(picture, order, lowest, highest, alt))

    @property
    def code(self) -> torch.Tensor:
        """The code (1, code_size) set by the sliders."""
        return self._picture.code

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return f"Sliders for a code of {len(self._sliders)} units; run the cell in a notebook to move them."


class _SliderPicture(LivePicture):
    """The decoded picture of the code set by ipywidgets' own sliders."""

    view = traitlets.Unicode("sliders").tag(sync=True)
    sliders = traitlets.List().tag(sync=True, **widget_serialization)
    middle = traitlets.List().tag(sync=True)

    @property
    def code(self) -> torch.Tensor:
        """The code (1, code_size) set by the sliders."""
        return torch.tensor([[slider.value for slider in self.sliders]])


def _most_telling_first(picture: LivePicture) -> list[int]:
    """Return the code units, starting with those whose replacement by their mean changes the pictures most."""
    codes = picture.real_codes
    codes = codes[: (RANKING if picture.layers else RANKING // 5) // codes.shape[1]]
    images = picture.decode(codes)
    change = []
    for unit in range(codes.shape[1]):
        without = codes.clone()
        without[:, unit] = codes[:, unit].mean()
        change.append((picture.decode(without) - images).square().mean().item())
    return sorted(range(len(change)), key=lambda unit: -change[unit])


def _strip(picture: LivePicture, order: list[int], lowest: torch.Tensor, highest: torch.Tensor, alt: str) -> str:
    """Return, as HTML, what the first sliders do: each goes from lowest to highest while the others stay put."""
    middle = picture.real_codes.mean(0)
    steps = torch.linspace(0, 1, stills.IN_A_ROW)
    rows = {}
    for unit in order[:4]:
        codes = middle.repeat(len(steps), 1)  # (9, code_size)
        codes[:, unit] = lowest[unit] + steps * (highest[unit] - lowest[unit])
        rows[f"unit {unit + 1}"] = picture.decode(codes)
    titles = ["lowest", *[""] * (len(steps) - 2), "highest"]
    text = (
        f"{stills.counted(len(rows), 'row')} of {len(steps)} decoded pictures. In each row one unit of the code goes "
        f"from its lowest to its highest value, and the others stay at their mean; from top to bottom: "
        f"{stills.listed([*rows])}."
    )
    return stills.picture(plots.comparison(rows, titles), text, alt)
