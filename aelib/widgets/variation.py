"""A picture that is moved, turned and recoloured by hand, and what networks make of it."""

from collections.abc import Mapping

import ipywidgets
import torch
import traitlets
from ipywidgets.widgets import widget_serialization

from aelib import checks, data, plots, variation
from aelib.widgets import stills
from aelib.widgets.decoded import decoder_for_browser, encoder_for_browser, real_codes
from aelib.widgets.networks import MAX_WEIGHTS
from aelib.widgets.shared import MAX_PICTURES, Pictures, WithSliders

REACH = 8  # pixels that a picture can be moved by, each way


class VariationSlider(WithSliders):
    """Sliders that move, turn and recolour a picture, beside what networks make of it, live.

    ``networks`` are autoencoders by their names: such as ``DenseAutoencoder``, ``ConvAutoencoder`` and ``pca`` make, or
    others whose ``encoder`` and ``decoder`` are of layers that the browser knows. ``images`` (N, C, H, W) are
    ``uint8``, grey or colour; the first 100 can be chosen. The changes are those of ``variation.vary``, and so is the
    ``background``. Below each network's picture stands its PSNR in dB, beside the varied picture, and how far the code
    has moved from that of the picture as it was: 1 is the median distance between the codes of two of the images.
    ``alt`` says what the still picture shows, behind how it is laid out.

    ``picture``, from 1 on, and ``right``, ``down``, ``turn``, ``brightness`` and, for colour, ``hue`` are its sliders.
    ``varied`` and ``reconstructions`` are the images (1, C, H, W) that belong to them.

    Raises ``ValueError`` without networks, for one that the browser cannot evaluate, or other images than they take.
    """

    def __init__(
        self, networks: Mapping[str, torch.nn.Module], images: torch.Tensor, *, background: float = 1, alt: str = ""
    ) -> None:
        checks.batch(images, least=2)
        if images.dtype != torch.uint8 or images.shape[1] not in (1, 3) or not networks:
            raise ValueError(
                f"Give one network or more, by name, and uint8 images, (N, 1, H, W) or (N, 3, H, W); got "
                f"{len(networks)} networks, and images of the shape {tuple(images.shape)} and the type {images.dtype}."
            )
        self.networks, self.images, self.background = dict(networks), images[:MAX_PICTURES], background
        described = [_described(name, network, self.images) for name, network in networks.items()]
        slider = ipywidgets.FloatSlider
        self.picture = ipywidgets.IntSlider(1, 1, len(self.images), description="picture")
        self.right = slider(0, min=-REACH, max=REACH, step=0.5, description="right", readout_format=".1f")
        self.down = slider(0, min=-REACH, max=REACH, step=0.5, description="down", readout_format=".1f")
        self.turn = slider(0, min=-180, max=180, step=5, description="turn", readout_format=".0f")
        self.brightness = slider(1, min=0, max=2, step=0.05, description="brightness", readout_format=".2f")
        changes = [self.right, self.down, self.turn, self.brightness]
        if images.shape[1] == 3:
            self.hue = slider(0, min=-0.5, max=0.5, step=0.02, description="hue", readout_format=".2f")
            changes.append(self.hue)
        self._changes = {change.description: change for change in changes}
        view = _VariedPicture(
            image_shape=list(images.shape[1:]),
            sliders=[self.picture, *changes],
            originals=self.images.numpy(force=True).tobytes(),
            background=background,
            autoencoders=[network for network, _ in described],
            weights=b"".join(weights for _, weights in described),
        )
        super().__init__(view, [self.picture, *changes], self._strip(alt))

    @property
    def varied(self) -> torch.Tensor:
        """The picture (1, C, H, W) as the sliders have it, float in [0, 1]."""
        settings = {name: slider.value for name, slider in self._changes.items()}
        image = data.as_float(self.images[self.picture.value - 1 :][:1])
        return variation.vary(image, **settings, background=self.background)

    @property
    def reconstructions(self) -> dict[str, torch.Tensor]:
        """What each network makes of it, (1, C, H, W), clamped to [0, 1]."""
        return self._drawn(self.varied)

    def _drawn(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        with torch.no_grad():
            return {
                name: network.decode(network.encode(pictures)).clamp(0, 1) for name, network in self.networks.items()
            }

    def __repr__(self) -> str:
        """Return one line for where no picture can be shown at all."""
        return f"Sliders that vary a picture for {stills.listed([*self.networks])}; run the cell to move them."

    def _strip(self, alt: str) -> str:
        """Return, as HTML, the first picture as it moves to the right, half a pixel at a time, and what comes of it."""
        image = data.as_float(self.images[:1])
        steps = [place / 2 for place in range(stills.IN_A_ROW)]
        moved = torch.cat([variation.vary(image, right=step, background=self.background) for step in steps])
        rows = {"picture": moved} | self._drawn(moved)
        text = (
            f"{stills.counted(len(rows), 'row')} of {len(steps)} pictures: the first one, which moves to the right by "
            f"half a pixel at a time, and what {stills.listed([*self.networks])} make of it."
        )
        return stills.picture(plots.comparison(rows, [f"{step:g} px" for step in steps]), text, alt)


class _VariedPicture(Pictures):
    """A picture that ipywidgets' own sliders vary, and networks, all of them evaluated in the browser."""

    view = traitlets.Unicode("variation").tag(sync=True)
    sliders = traitlets.List().tag(sync=True, **widget_serialization)
    originals = traitlets.Bytes().tag(sync=True)
    background = traitlets.Float().tag(sync=True)
    autoencoders = traitlets.List().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)  # of each network's encoder and decoder, one behind the other


def _described(name: str, network: torch.nn.Module, images: torch.Tensor) -> tuple[dict, bytes]:
    """Return what the browser needs to evaluate a network, and its weights."""
    codes = real_codes(network, images)
    parts = {
        "encoder": encoder_for_browser(network, data.as_float(images)),
        "decoder": decoder_for_browser(network, codes),
    }
    for part, (layers, _) in parts.items():
        if not layers:
            raise ValueError(
                f"The browser cannot evaluate {name!r}: its {part} must be a torch.nn.Module of dense layers and "
                f"convolutions, with at most {MAX_WEIGHTS:,} weights, and do all that is done."
            )
    described = {
        "name": name,
        "code_size": codes.shape[1],
        "apart": torch.pdist(codes).median().item(),
        **{part: {"layers": layers, "weights": len(weights) // 4} for part, (layers, weights) in parts.items()},
    }
    return described, b"".join(weights for _, weights in parts.values())
