"""Move, turn and recolour a picture by hand, and see what networks make of it."""

from collections.abc import Mapping

import ipywidgets
import torch
import traitlets
from ipywidgets.widgets import widget_serialization

from aelib import checks, data, models, plots, variation
from aelib.widgets import stills
from aelib.widgets.decoded import autoencoder_for_browser, real_codes
from aelib.widgets.shared import MAX_PICTURES, Pictures, WithSliders

REACH = 8  # pixels that a picture can be moved, each way
CHANGES = {  # to a picture, as named in variation.vary: at rest, least, most, step, and the number's format
    "right": (0, -REACH, REACH, 0.5, ".1f"),
    "down": (0, -REACH, REACH, 0.5, ".1f"),
    "turn": (0, -180, 180, 5, ".0f"),
    "brightness": (1, 0, 2, 0.05, ".2f"),
    "hue": (0, -0.5, 0.5, 0.02, ".2f"),
}


class VariationSlider(WithSliders):
    """Sliders that move, turn and recolour a picture, beside what networks make of it, live.

    ``networks`` maps names to autoencoders: those of ``DenseAutoencoder``, ``ConvAutoencoder`` and ``pca``, or others
    whose ``encoder`` and ``decoder`` have layers that the browser knows. ``images`` (N, C, H, W) are ``uint8``, grey or
    colour; the first 100 can be chosen. The changes are those of ``variation.vary``, and so is the ``background``. Each
    network's picture has two numbers below it: its PSNR in dB, compared with the varied picture, and how far the code
    has moved from that of the unvaried picture, where 1 is the median distance between the codes of two of the images.
    ``alt`` says what the still picture shows, after a description of its layout.

    ``picture``, from 1 on, and ``right``, ``down``, ``turn``, ``brightness`` and, for colour, ``hue`` are its sliders.
    ``varied`` and ``reconstructions`` are the images (1, C, H, W) that belong to them.

    Raises ``TypeError`` for networks that are not in a dict with names, or cannot encode and decode, ``ValueError``
    without networks, for one that the browser cannot evaluate, or whose codes of the images are too similar, for images
    that they do not take, or a background outside [0, 1].
    """

    def __init__(
        self, networks: Mapping[str, torch.nn.Module], images: torch.Tensor, *, background: float = 1, alt: str = ""
    ) -> None:
        checks.batch(images, least=2)
        if not isinstance(networks, Mapping) or not all(isinstance(name, str) for name in networks):
            raise TypeError(
                f"networks must be a dict of networks by their names, such as {{'mine': network}}; got "
                f"{_found(networks)}."
            )
        if images.dtype != torch.uint8 or images.shape[1] not in (1, 3) or not networks:
            raise ValueError(
                f"Give one network or more, by name, and uint8 images, (N, 1, H, W) or (N, 3, H, W); got "
                f"{len(networks)} networks, and images of the shape {tuple(images.shape)} and the type {images.dtype}."
            )
        self.networks, self.images = dict(networks), images[:MAX_PICTURES]
        self.background = checks.number(background, "background", 0, 1)
        described = [_described(name, network, self.images) for name, network in networks.items()]
        self.picture = ipywidgets.IntSlider(1, 1, len(self.images), description="picture")
        self._changes = {
            name: ipywidgets.FloatSlider(at_rest, min=least, max=most, step=step, description=name, readout_format=form)
            for name, (at_rest, least, most, step, form) in CHANGES.items()
            if name != "hue" or images.shape[1] == 3
        }
        for name, slider in self._changes.items():
            setattr(self, name, slider)
        sliders = [self.picture, *self._changes.values()]
        view = _VariedPicture(
            image_shape=list(images.shape[1:]),
            sliders=sliders,
            originals=self.images.numpy(force=True).tobytes(),
            background=self.background,
            autoencoders=[network for network, _ in described],
            weights=b"".join(weights for _, weights in described),
        )
        super().__init__(view, sliders, self._strip(alt))

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
        for network in self.networks.values():
            models.evaluation_mode(network)  # as in the browser, even if they were trained since
        with torch.no_grad():
            return {
                name: network.decode(network.encode(pictures)).clamp(0, 1) for name, network in self.networks.items()
            }

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return f"Sliders that vary a picture for {stills.listed([*self.networks])}; run the cell to move them."

    def _strip(self, alt: str) -> str:
        """Return, as HTML, the first picture moving right, half a pixel at a time, and what networks make of it."""
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
    """A picture varied by ipywidgets' own sliders, and networks that the browser evaluates."""

    view = traitlets.Unicode("variation").tag(sync=True)
    sliders = traitlets.List().tag(sync=True, **widget_serialization)
    originals = traitlets.Bytes().tag(sync=True)
    background = traitlets.Float().tag(sync=True)
    autoencoders = traitlets.List().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)  # of each network's encoder and decoder, in that order


def _found(networks: object) -> str:
    """Return what was given instead of a dict of networks by name."""
    if isinstance(networks, Mapping):
        return f"the names {', '.join(map(repr, networks))}"
    return "nothing" if networks is None else checks.kind(networks)


def _described(name: str, network: torch.nn.Module, images: torch.Tensor) -> tuple[dict, bytes]:
    """Return what the browser needs to evaluate a network, and its weights."""
    try:
        codes = real_codes(network, images)
    except (RuntimeError, TypeError, ValueError) as error:
        raise type(error)(f"The network {name!r}: {error}") from error
    apart = torch.pdist(codes).median().item()
    if apart <= 1e-6 * codes.abs().max():  # rounding alone
        raise ValueError(
            f"The network {name!r} makes the same code of most of these images, so there is no distance to compare "
            f"with. Give images that differ; if these do, train the network again."
        )
    described, weights = autoencoder_for_browser(network, images, codes, repr(name))
    return {"name": name, "apart": apart} | described, weights
