"""Spoil a normal picture by hand, and see which of three scores ring the alarm."""

import ipywidgets
import torch
import traitlets
from ipywidgets.widgets import widget_serialization
from matplotlib.axes import Axes

from aelib import anomalies, checks, data, interrupts, models, plots, variation
from aelib.widgets import stills
from aelib.widgets.decoded import autoencoder_for_browser, float32, real_codes
from aelib.widgets.shared import Pictures, WithSliders

MOST_PICTURES = 8  # to choose among
MOST_REFERENCES = 2000  # pictures sent to the browser
FALSE_ALARMS = 0.05  # share of the held-back normal pictures that are beyond an alarm line
SCORES = ("reconstruction error", "distance", "detector")
CHANGES = {  # to a picture, in order: at rest, least, most, step, and the number's format
    "turn": (0, 0, 180, 5, ".0f"),
    "blur": (0, 0, 2, 0.1, ".1f"),
    "light": (1, 0.2, 1, 0.05, ".2f"),
    "noise": (0, 0, 0.5, 0.02, ".2f"),
}
IN_STILL = {
    "untouched": {},
    "blurred by 1.5 px": {"blur": 1.5},
    "0.4 × the light": {"light": 0.4},
    "turned by 90°": {"turn": 90},
    "with noise of 0.2": {"noise": 0.2},
}
REACH = 3  # how far the bars of the still picture go, in multiples of the alarm line


class AnomalySlider(WithSliders):
    """Sliders that spoil a normal picture, and three live scores of how odd it is, with their alarm lines.

    ``network`` is an autoencoder of grey images, such as ``DenseAutoencoder``, whose layers the browser knows;
    ``images`` (N, 1, H, W), ``uint8`` or float in [0, 1], are two to eight normal pictures to choose from;
    ``detector`` is an ``anomalies.Detector`` with at most 2,000 reference pictures. The scores are the network's
    ``"reconstruction error"``, the mean squared error per pixel; the ``"distance"`` to the nearest normal pictures,
    which is one of the detector's clues; and the score of the whole ``"detector"``. An alarm rings above the 95th
    percentile of the detector's held-back pictures, so it is false for 5 % of the normal ones. ``alt`` says what the
    still picture shows, after a description of its layout.

    ``picture``, from 1 on, and ``turn`` (degrees, clockwise), ``blur`` (a Gaussian's standard deviation in pixels),
    ``light`` (a factor) and ``noise`` (times a fixed pattern of standard deviation 1) are its sliders; the changes are
    made in this order. ``changed`` and ``reconstruction`` (1, 1, H, W), ``scores`` and ``alarms`` belong to them;
    ``lines`` are the alarm lines.

    Raises ``TypeError`` for anything but a network, images and a detector, ``ValueError`` for images that are not grey
    or not of the detector's size, for one image or more than eight, for too many reference pictures, and for a network
    that the browser cannot evaluate.
    """

    def __init__(
        self, network: torch.nn.Module, images: torch.Tensor, detector: anomalies.Detector, *, alt: str = ""
    ) -> None:
        self.images = _normal(images)  # uint8
        _fits(detector, self.images)
        self.network, self.detector = network, detector
        codes = real_codes(network, detector.held_back)
        described, weights = autoencoder_for_browser(network, detector.held_back, codes, "this network")
        usual = self._scores_of(detector.held_back)  # (3, M)
        self.lines = dict(zip(SCORES, usual.quantile(1 - FALSE_ALARMS, dim=1).tolist(), strict=True))
        self._lowest = usual.min(1).values.clamp(max=0).tolist()  # where bars begin
        generator = torch.Generator().manual_seed(0)
        # In half precision, as in the web pages, so that it is the same everywhere.
        self._pattern = torch.randn(self.images.shape[1:], generator=generator).half().float()
        self.picture = ipywidgets.IntSlider(1, 1, len(self.images), description="picture")
        self._changes = {
            name: ipywidgets.FloatSlider(at_rest, min=least, max=most, step=step, description=name, readout_format=form)
            for name, (at_rest, least, most, step, form) in CHANGES.items()
        }
        self.turn, self.blur, self.light, self.noise = self._changes.values()
        sliders = [self.picture, *self._changes.values()]
        view = _SpoiltPicture(
            image_shape=list(self.images.shape[1:]),
            sliders=sliders,
            pictures=self.images.numpy().tobytes(),
            pattern=float32(self._pattern),
            autoencoder=described,
            weights=weights,
            reference=data.as_bytes(detector.reference).numpy().tobytes(),
            neighbours=detector.neighbours,
            **{name: getattr(detector, name).tolist() for name in ("median", "above", "below")},
            scores=[*SCORES],
            lines=[*self.lines.values()],
            lowest=self._lowest,
        )
        super().__init__(view, sliders, self._strip(alt))

    @property
    def changed(self) -> torch.Tensor:
        """The picture (1, 1, H, W) as changed by the sliders, float in [0, 1]."""
        settings = {name: slider.value for name, slider in self._changes.items()}
        return changed(self.images[self.picture.value - 1 :][:1], self._pattern, **settings)

    @property
    def reconstruction(self) -> torch.Tensor:
        """What the network makes of it, (1, 1, H, W), not clamped: it may go a little beyond [0, 1]."""
        return self._reconstructed(self.changed)

    @property
    def scores(self) -> dict[str, float]:
        """How odd the picture is by each score."""
        return dict(zip(SCORES, self._scores_of(self.changed)[:, 0].tolist(), strict=True))

    @property
    def alarms(self) -> list[str]:
        """The names of the scores that ring the alarm."""
        return [name for name, score in self.scores.items() if score > self.lines[name]]

    def _reconstructed(self, pictures: torch.Tensor) -> torch.Tensor:
        models.evaluation_mode(self.network)  # as in the browser, even if it was trained since
        with torch.no_grad():
            return self.network.decode(self.network.encode(pictures))

    def _scores_of(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the three scores of pictures (N, 1, H, W), (3, N)."""
        errors = (self._reconstructed(pictures) - pictures).square().mean((1, 2, 3))
        return torch.stack([errors, self.detector.clues(pictures)["distance"], self.detector.scores(pictures)])

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return f"Sliders that spoil {len(self.images)} normal pictures; run the cell in a notebook to move them."

    def _strip(self, alt: str) -> str:
        """Return, as HTML, the first picture spoilt in each way, with its reconstruction and bars for its scores."""
        spoilt = torch.cat([changed(self.images[:1], self._pattern, **settings) for settings in IN_STILL.values()])
        drawn = self._reconstructed(spoilt).clamp(0, 1)
        scores = dict(zip(IN_STILL, self._scores_of(spoilt).T.tolist(), strict=True))
        figure, axes = plots.subplots(3, len(scores), size=(plots.WIDTH, 4.4), height_ratios=[1, 1, 1])
        for column, (name, values) in enumerate(scores.items()):
            plots.draw_image(axes[0, column], spoilt[column], name)
            plots.draw_image(axes[1, column], drawn[column])
            self._draw_bars(axes[2, column], values)
        for row, what in enumerate(("picture", "reconstruction", "scores")):
            axes[row, 0].set_ylabel(what)
        return stills.picture(figure, self._in_words(scores), alt)

    def _draw_bars(self, axes: Axes, values: list[float]) -> None:
        """Draw three scores as bars, in units of alarm lines: bars begin at 0, and the alarm rings at 1."""
        for place, (name, value, lowest) in enumerate(zip(SCORES, values, self._lowest, strict=True)):
            share = (value - lowest) / (self.lines[name] - lowest or 1)
            rings = value > self.lines[name]
            axes.barh(place + 0.2, min(max(share, 0), REACH), 0.3, color=plots.COLOURS[rings])
            axes.plot([1, 1], [place, place + 0.4], color="black", linestyle="--", linewidth=1.2)
            axes.text(0, place - 0.04, f"{name}\n{self._told(name, value)}", fontsize=7, linespacing=1.1)
        axes.set(xlim=(0, REACH), ylim=(len(SCORES) - 0.5, -0.7), yticks=[], xticks=[1])
        axes.set_xticklabels(["alarm line"], fontsize=7)
        axes.grid(False)

    def _told(self, name: str, value: float) -> str:
        """Return a score as the browser shows it: "0.0123: quiet"."""
        return f"{_in_digits(name, value)}: {'alarm' if value > self.lines[name] else 'quiet'}"

    def _in_words(self, scores: dict[str, list[float]]) -> str:
        """Return the text of the still picture."""
        lines = stills.listed([f"{name} {_in_digits(name, line)}" for name, line in self.lines.items()])
        told = [f"{name} ({', '.join(map(self._told, SCORES, values))})" for name, values in scores.items()]
        return (
            f"A normal picture in {len(scores)} versions, and below each what the network makes of it and three scores "
            f"as bars, beside their alarm lines, beyond which one normal picture in 20 lies: {lines}. Behind each "
            f"version are its scores, in this order: {stills.listed(told)}."
        )


class _SpoiltPicture(Pictures):
    """A picture spoilt by ipywidgets' own sliders, its reconstruction and its scores, all computed in the browser."""

    view = traitlets.Unicode("anomaly").tag(sync=True)
    sliders = traitlets.List().tag(sync=True, **widget_serialization)
    pictures = traitlets.Bytes().tag(sync=True)  # (N, 1, H, W)
    pattern = traitlets.Bytes().tag(sync=True)  # of the noise, float32
    autoencoder = traitlets.Dict().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)  # of its encoder and decoder, in that order
    reference = traitlets.Bytes().tag(sync=True)
    neighbours = traitlets.Int().tag(sync=True)
    median = traitlets.List().tag(sync=True)  # of the distance and the three clues
    above = traitlets.List().tag(sync=True)
    below = traitlets.List().tag(sync=True)
    scores = traitlets.List().tag(sync=True)  # their names
    lines = traitlets.List().tag(sync=True)
    lowest = traitlets.List().tag(sync=True)  # where the bar of each score begins


def changed(
    image: torch.Tensor, pattern: torch.Tensor, turn: float = 0, blur: float = 0, light: float = 1, noise: float = 0
) -> torch.Tensor:
    """Return an image (1, 1, H, W), float in [0, 1], turned, blurred, dimmed and noisy.

    Corners that come into view are black, and a blur mirrors the picture at the rim. ``pattern`` (1, H, W) is the
    noise. ``browser/anomalies.js`` does the same in JavaScript.
    """
    with interrupts.held_back():
        from scipy.ndimage import gaussian_filter  # slow to import, and only this function needs it

    turned = variation.vary(image, turn=turn, background=0)
    blurred = torch.from_numpy(gaussian_filter(turned.numpy(), (0, 0, blur, blur)))
    return (light * blurred + noise * pattern).clamp(0, 1)


def _normal(images: torch.Tensor) -> torch.Tensor:
    """Return normal pictures to choose from, as ``uint8``. Raises ``TypeError`` or ``ValueError`` for others."""
    checks.batch(images, least=2)
    checks.originals(images)
    checks.shape(images, ("N", 1, *images.shape[2:]), "images")
    if len(images) > MOST_PICTURES:
        raise ValueError(
            f"images must be {MOST_PICTURES} at most, to choose among; got {len(images)}. Take images[:8]."
        )
    return data.as_bytes(images.detach()).cpu()


def _fits(detector: anomalies.Detector, images: torch.Tensor) -> None:
    """Refuse anything but a detector for such images, or one with more pictures than the browser takes."""
    if not isinstance(detector, anomalies.Detector):
        raise TypeError(
            f"detector must be an anomalies.Detector; this is {checks.kind(detector)}. Make one of normal images: "
            f"anomalies.Detector(reference, held_back)."
        )
    checks.alike(detector.reference, images, "the detector's images", "images")
    count = len(detector.reference)
    if count > MOST_REFERENCES:
        raise ValueError(
            f"All reference pictures travel to the browser, so a detector can have {MOST_REFERENCES:,} here; this one "
            f"has {count:,}. Make another: anomalies.Detector(reference[:{MOST_REFERENCES}], held_back)."
        )


def _in_digits(name: str, score: float) -> str:
    """Return a score as the browser writes it: "0.0123", "-1.05"."""
    digits = 4 if name == SCORES[0] else 2
    return f"{round(score, digits) + 0.0:.{digits}f}"  # + 0.0, or it might be "-0.00"
