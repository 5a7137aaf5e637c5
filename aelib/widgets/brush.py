"""A brush that damages pictures, which are repaired as you draw."""

import math
from collections.abc import Callable, Mapping

import torch
import traitlets

from aelib import checks, data, metrics, plots, repair
from aelib.classical import Baseline
from aelib.widgets import networks, stills
from aelib.widgets.shared import MAX_PICTURES, WithNetworks

LOST_PIXELS = "lost pixels"
# The other kinds of damage that a brush can do; none of them moves a pixel.
BRUSH_KINDS = ("noise", "salt and pepper", "blur", "low resolution", "jpeg", "faded")
MAX_DAMAGED = 2_000_000  # bytes of damaged pictures sent to the browser; beyond that, the kernel repairs everything
RepairMethod = Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]


class DamageBrush(WithNetworks):
    """Pictures to draw on, by mouse, finger or keyboard, that are repaired as you draw.

    ``images`` (N, C, H, W) are ``uint8``, grey or colour; the first 100 can be chosen. ``repairs`` has, for each kind
    of damage that the brush can do, a network and a classical method (one of ``classical.baselines``). Both are called
    with the damaged image (1, C, H, W), float in [0, 1], and the lost pixels (1, 1, H, W) or None. ``"lost pixels"``
    are black, and both methods know where they are. ``"noise"``, ``"salt and pepper"``, ``"blur"``,
    ``"low resolution"``, ``"jpeg"`` and ``"faded"`` are made by ``repair.damage``, wherever the brush has been. All
    other pixels stay as they were. PSNR is in dB, over the pixels under the brush. ``alt`` says what the still picture
    shows, after a description of its layout.

    The networks of ``aelib.models`` that mend, such as a ``RepairNet``, run in the browser once their weights have
    arrived, in half precision and as they were when the brush was made; any other network, and the classical method,
    run in the kernel.

    The browser sets ``picture`` (from 0 on), ``kind`` and ``lost``, the pixels drawn over, (1, 1, H, W) as bool.
    ``damaged``, ``repaired`` and ``rival`` are the images (1, C, H, W) that belong to them.

    Raises ``ValueError`` for other kinds or images, and as the network and the method do.
    """

    view = traitlets.Unicode("brush").tag(sync=True)
    originals = traitlets.Bytes().tag(sync=True)
    kinds = traitlets.List().tag(sync=True)
    rivals = traitlets.List().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Int().tag(sync=True)
    drawn = traitlets.Unicode().tag(sync=True)  # a 1 for each pixel drawn over, a 0 for every other
    damaged_pictures = traitlets.Bytes().tag(sync=True)  # (kinds, pictures, C, H, W), half precision

    def __init__(
        self, images: torch.Tensor, repairs: Mapping[str, tuple[RepairMethod, Baseline]], *, alt: str = ""
    ) -> None:
        checks.batch(images)
        if images.dtype != torch.uint8 or images.shape[1] not in (1, 3):
            raise ValueError(
                f"images must be uint8, (N, 1, H, W) or (N, 3, H, W); these are {images.dtype}, {tuple(images.shape)}."
            )
        unknown = set(repairs) - {LOST_PIXELS, *BRUSH_KINDS}
        if unknown or not repairs:
            raise ValueError(
                f"repairs must have one or more of {', '.join([LOST_PIXELS, *BRUSH_KINDS])}; it has "
                f"{', '.join(map(repr, repairs)) or 'none'}."
            )
        for kind, pair in repairs.items():
            methods = pair if isinstance(pair, (tuple, list)) else [pair]
            if not (len(methods) == 2 and all(map(callable, methods)) and hasattr(methods[1], "name")):
                raise ValueError(
                    f"repairs must have two methods for {kind!r}: a network, and a classical.Baseline, or another "
                    f"function with a name."
                )
        self.images = images[:MAX_PICTURES]
        self.repairs = dict(repairs)
        self._alt = alt
        loading = [networks.for_loading(network) for network, _ in repairs.values()]
        super().__init__(
            {described["weights"]: weights for described, weights in loading if described},
            image_shape=list(images.shape[1:]),
            originals=self.images.numpy(force=True).tobytes(),
            kinds=list(repairs),
            rivals=[rival.name for _, rival in repairs.values()],
            kind=next(iter(repairs)),
            drawn="0" * images[0, 0].numel(),
        )
        for kind in repairs:  # report what does not fit now, not below a picture
            self._mend(0, kind, self._stroke)
        if self._weights and 2 * len(repairs) * self.images.numel() <= MAX_DAMAGED:
            self.networks = [described for described, _ in loading]
            self.damaged_pictures = b"".join(self._all_damaged(kind) for kind in repairs)
        self.observe(self._answer, ["kind", "picture", "drawn"])

    @property
    def lost(self) -> torch.Tensor:
        """The pixels drawn over, (1, 1, H, W), bool."""
        pixels = torch.tensor([pixel == "1" for pixel in self.drawn])
        return pixels.reshape(1, 1, *self.image_shape[1:])

    @property
    def damaged(self) -> torch.Tensor:
        """The damaged image (1, C, H, W), float in [0, 1]."""
        return self._mend(self.picture, self.kind, self.lost)[0]

    @property
    def repaired(self) -> torch.Tensor:
        """The image (1, C, H, W) as repaired by the network, float in [0, 1]."""
        return self._mend(self.picture, self.kind, self.lost)[1]

    @property
    def rival(self) -> torch.Tensor:
        """The image (1, C, H, W) as repaired by the classical method, float in [0, 1]."""
        return self._mend(self.picture, self.kind, self.lost)[2]

    def _all_damaged(self, kind: str) -> bytes:
        """Return all pictures as if the brush had been everywhere, (N, C, H, W), in half precision."""
        whole = torch.ones_like(self.images[:1, :1], dtype=torch.bool)
        damaged = torch.cat([self._damage(picture, kind, whole) for picture in range(len(self.images))])
        return damaged.half().numpy(force=True).astype("<f2").tobytes()

    def _damage(self, picture: int, kind: str, lost: torch.Tensor) -> torch.Tensor:
        """Return a picture (1, C, H, W), damaged wherever it is drawn over."""
        image = data.as_float(self.images[picture : picture + 1])
        if kind == LOST_PIXELS:
            return image.masked_fill(lost, 0)
        return torch.where(lost, repair.damage(image, kind, seed=picture)[0], image)

    def _mend(self, picture: int, kind: str, lost: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the damaged image, and what the network and its rival make of it: (1, C, H, W) each."""
        damaged = self._damage(picture, kind, lost)
        return damaged, *(self._by_method(which, kind, damaged, lost) for which in (0, 1))

    def _by_method(self, which: int, kind: str, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return what the network (0) or the classical method (1) makes of a damaged image (1, C, H, W)."""
        with torch.no_grad():
            drawn = self.repairs[kind][which](damaged, lost if kind == LOST_PIXELS else None)
        checks.drawing(drawn, damaged.shape, f"{('The network', 'The classical method')[which]} for {kind}")
        # Neither method may change pixels that are not drawn over, because they are undamaged.
        return repair.keep_known(damaged, data.clamped(drawn), lost)

    def _on_message(self, sender: object, content: dict, buffers: list) -> None:
        if content.get("ready"):
            self._answer()
        super()._on_message(sender, content, buffers)

    def _answer(self, _: object = None) -> None:
        """Send the pictures that the browser does not make itself, with captions, or what went wrong."""
        try:
            kind, lost = self.kind, self.lost
            damaged = self._damage(self.picture, kind, lost)
            network = self.networks[self.kinds.index(kind)] if self.networks else None
            by_browser = network is not None and network["weights"] in self._in_browser
            pictures = {"rival": self._by_method(1, kind, damaged, lost)}
            if not by_browser:
                pictures |= {"damaged": damaged, "repaired": self._by_method(0, kind, damaged, lost)}
            image = data.as_float(self.images[self.picture : self.picture + 1])
            captions = {name: _psnr_under_brush(image, picture, lost) for name, picture in pictures.items()}
            pixels = [data.as_bytes(picture).numpy(force=True).tobytes() for picture in pictures.values()]
            self.send({"kind": kind, "picture": self.picture, "captions": captions}, pixels)
        except Exception as error:  # whatever a learner's own network raises is shown next to the pictures
            self.send({"error": f"The repair stopped with {type(error).__name__}: {error}"})

    @property
    def _stroke(self) -> torch.Tensor:
        """What counts as drawn over, (1, 1, H, W), where nobody can draw."""
        height, width = self.image_shape[1:]
        return stills.stroke_across(height, width, max(1, height // 5))

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return "A brush that damages pictures; run the cell in a notebook to draw."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._strip()}, metadata

    def _strip(self) -> str:
        """Return, as HTML, the first pictures with a stroke of each kind of damage, and their repairs."""
        shown = self.images[: stills.IN_A_ROW]
        rows = {}
        for kind, (_, rival) in self.repairs.items():
            mended = [self._mend(index, kind, self._stroke) for index in range(len(shown))]
            for name, pictures in zip(("damaged", "network", rival.name), zip(*mended, strict=True), strict=True):
                rows[f"{kind}: {name}"] = torch.cat(pictures)
        rows["original"] = shown
        kinds = stills.listed([f"{kind} ({rival.name})" for kind, (_, rival) in self.repairs.items()])
        text = (
            f"{stills.counted(len(rows), 'row')} of {stills.counted(len(shown), 'picture')}. For each damage, three: "
            f"damaged by a stroke across the middle, repaired by the network, repaired by the classical method. These "
            f"are, with the name of that method, {kinds}. Last come the originals."
        )
        return stills.picture(plots.comparison(rows), text, self._alt)


def _psnr_under_brush(image: torch.Tensor, picture: torch.Tensor, lost: torch.Tensor) -> str:
    """Return how close a picture (1, C, H, W) is to the original where it was drawn over."""
    if not lost.any():
        return ""
    decibels = metrics.psnr(image, picture, lost)
    if decibels == math.inf:  # black on black, for example
        return "as the original under the brush"
    return f"{decibels:.1f} dB under the brush"
