"""A pad to sketch on, which is coloured as you draw."""

import re
from collections.abc import Sequence

import torch
import traitlets

from aelib import checks, data, models, plots, translation
from aelib.widgets import networks, stills
from aelib.widgets.shared import MAX_PICTURES, WithNetworks

DOTS_IN_STILL = 5  # of colour, in the still picture


class SketchPad(WithNetworks):
    """White paper to draw on, by mouse, finger, pen or keyboard, which a network colours as you draw.

    ``network`` is a ``RepairNet`` for three channels that paints sketches like those of ``translation.sketch``: lines
    of ink, and dots of colour. ``images`` (N, 3, H, W), ``uint8``, are as large as the paper; the outlines of the first
    100 can be drawn on, under their ``names`` (N). Next to what the network paints are what it paints without the dots,
    and what a ``rival`` paints, a network of the same kind. ``alt`` says what the still picture shows, after a
    description of its layout.

    The networks paint in the browser, in half precision and as they were when the pad was made.

    ``marks`` are what has been drawn, in order: ``["pen", x, y, x, y, …]`` is a line through points, in pixels from the
    upper left; ``["rubber", x, y, …]`` one that removes ink, and ``["#rrggbb", x, y]`` a dot of colour. ``template`` is
    the image whose outline is below them, from 1 on, or 0 for none. ``sketched`` is what the browser last showed to the
    networks.

    Raises ``TypeError`` for networks of other kinds, ``ValueError`` for other images, the wrong number of names, or
    weights that half precision cannot hold.
    """

    view = traitlets.Unicode("sketch").tag(sync=True)
    templates = traitlets.Bytes().tag(sync=True)  # (T, H, W), 1 for ink
    names = traitlets.List().tag(sync=True)
    template = traitlets.Int().tag(sync=True)
    marks = traitlets.List().tag(sync=True)
    # (4, H, W): the sketch from 0 to 255, and 1 where there is no dot. The browser's bytes come as a memoryview.
    drawn = traitlets.Bytes().tag(sync=True, from_json=lambda value, _: bytes(value))

    def __init__(
        self,
        network: models.RepairNet,
        images: torch.Tensor,
        names: Sequence[str] | None = None,
        rival: models.RepairNet | None = None,
        *,
        alt: str = "",
    ) -> None:
        checks.batch(images)
        if images.dtype != torch.uint8 or images.shape[1] != 3:
            raise ValueError(f"images must be uint8, (N, 3, H, W); these are {images.dtype}, {tuple(images.shape)}.")
        names = [f"picture {number + 1}" for number in range(len(images))] if names is None else [*map(str, names)]
        if len(names) != len(images):
            raise ValueError(f"Each image needs a name; there are {len(names)} names for {len(images)} images.")
        self.network, self.rival, self.images = network, rival, images[:MAX_PICTURES]
        if min(images.shape[2:]) < translation.DOT:
            raise ValueError(f"The paper must be {translation.DOT} × {translation.DOT} pixels or more, as a dot is.")
        loading = [_loading(network), *([] if rival is None else [_loading(rival)])]
        self._lines = translation.family_outlines(self.images, names[:MAX_PICTURES])
        self._alt = alt
        super().__init__(
            {described["weights"]: weights for described, weights in loading},
            image_shape=list(images.shape[1:]),
            networks=[described for described, _ in loading],
            templates=self._lines.to(torch.uint8).numpy(force=True).tobytes(),
            names=names[:MAX_PICTURES],
        )

    @traitlets.validate("template")
    def _check_template(self, proposal: dict) -> int:
        return checks.whole(proposal["value"], "template", 0, len(self.names))

    @traitlets.validate("marks")
    def _check_marks(self, proposal: dict) -> list:
        return [_mark(number, mark) for number, mark in enumerate(proposal["value"])]

    @property
    def sketched(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The sketch (1, 3, H, W), float in [0, 1], and the pixels without a dot of colour (1, 1, H, W), bool."""
        height, width = self.image_shape[1:]
        if not self.drawn:
            return torch.ones(1, 3, height, width), torch.ones(1, 1, height, width, dtype=torch.bool)
        values = torch.frombuffer(bytearray(self.drawn), dtype=torch.uint8).reshape(1, 4, height, width)
        return data.as_float(values[:, :3]), values[:, 3:].bool()

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return "A pad to sketch on, coloured by a network; run the cell in a notebook to draw."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._strip()}, metadata

    def _strip(self) -> str:
        """Return, as HTML, the first images' outlines, and what the networks make of them."""
        shown = data.as_float(self.images[: stills.IN_A_ROW])
        lines = self._lines[: stills.IN_A_ROW]
        told = translation.dots(DOTS_IN_STILL, shown)
        plain, dotted = translation.sketch(lines), translation.sketch(lines, shown, told)
        rows = {
            "outline": plain,
            "coloured": _painted(self.network, plain, torch.ones_like(told)),
            f"{DOTS_IN_STILL} dots": dotted,
            "coloured by them": _painted(self.network, dotted, ~told),
        }
        if self.rival is not None:
            rows["by the rival"] = _painted(self.rival, dotted, ~told)
        rows["original"] = shown
        text = (
            f"{stills.counted(len(rows), 'row')} of {stills.counted(len(shown), 'picture')}: outlines, what the "
            f"network paints of them, the outlines with {DOTS_IN_STILL} dots of colour, what the network "
            f"{'and its rival paint' if self.rival is not None else 'paints'} of those, and the originals."
        )
        return stills.picture(plots.comparison(rows), text, self._alt)


def _mark(number: int, mark: object) -> list:
    """Return a mark as the browser draws it. Raises ``ValueError`` for another one."""
    kind, *places = mark if isinstance(mark, (list, tuple)) and mark else [None]
    is_dot = isinstance(kind, str) and re.fullmatch(r"#[0-9a-f]{6}", kind)
    if not (is_dot and len(places) == 2) and not (kind in ("pen", "rubber") and places and len(places) % 2 == 0):
        raise ValueError(
            f"marks[{number}] must be ['pen', x, y, …], ['rubber', x, y, …] or ['#rrggbb', x, y]; it is {mark!r}."
        )
    return [kind, *(checks.number(place, f"a place in marks[{number}]") for place in places)]


def _loading(network: models.RepairNet) -> tuple[dict, bytes]:
    """Return what the browser needs to load a network, and its weights."""
    if type(network) is not models.RepairNet or network.channels != 3:
        raise TypeError(f"A sketch is painted by a models.RepairNet for three channels; got {checks.kind(network)}.")
    if next(network.parameters()).dtype != torch.float32:
        raise TypeError("The network's weights must be float32, in which it paints here. Use network.float().")
    described, weights = networks.for_loading(network)
    if described is None:
        raise ValueError(
            f"The browser cannot evaluate this network: it takes {networks.MAX_WEIGHTS:,} weights at most, none of "
            f"them NaN or beyond 65,504, where half precision ends."
        )
    return described, weights


def _painted(network: models.RepairNet, sketches: torch.Tensor, untold: torch.Tensor) -> torch.Tensor:
    """Return what a network makes of sketches (N, 3, H, W), clamped to [0, 1]."""
    with torch.no_grad():
        return network(sketches, untold).clamp(0, 1)
