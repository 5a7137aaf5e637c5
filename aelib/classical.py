"""Classical repair methods, as rivals: each with a setting and a brightness curve tuned on training images."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from scipy import ndimage
from skimage import restoration
from sklearn.isotonic import IsotonicRegression

from aelib import checks
from aelib.data import as_float
from aelib.repair import damage, keep_known

BLUR = 1.5  # standard deviation in pixels, as told to Wiener and Richardson–Lucy
ENLARGEMENT = 2  # factor of bicubic and back-projection, in width and in height
KNOWN_STRENGTHS = {"blur": BLUR, "low resolution": ENLARGEMENT}

# Each method takes one image, float32 in [0, 1], grey (H, W) or in colour (H, W, 3), the lost pixels (H, W) or None,
# and a setting.


def _non_local_means(image: np.ndarray, lost: None, deviation: float) -> np.ndarray:
    return restoration.denoise_nl_means(
        image,
        patch_size=5,
        patch_distance=11,
        h=0.6 * deviation,
        sigma=deviation,
        fast_mode=False,  # weights the middle of a patch more; 1 dB better on small images
        channel_axis=_colour_axis(image),
    )


def _total_variation(image: np.ndarray, lost: None, weight: float) -> np.ndarray:
    return restoration.denoise_tv_chambolle(image, weight=weight, channel_axis=_colour_axis(image))


def _wavelet_shrinkage(image: np.ndarray, lost: None, deviation: float) -> np.ndarray:
    return restoration.denoise_wavelet(
        image, sigma=deviation, wavelet="haar", wavelet_levels=3, channel_axis=_colour_axis(image)
    )


def _median(image: np.ndarray, lost: None, side: int) -> np.ndarray:
    return _by_channel(image, lambda channel: ndimage.median_filter(channel, side))


def _switching_median(image: np.ndarray, lost: None, side: int) -> np.ndarray:
    """Take the median where a pixel is black or white; leave all others as they are."""
    return np.where((image == 0) | (image == 1), _median(image, lost, side), image)


def _biharmonic(image: np.ndarray, lost: np.ndarray, _: None) -> np.ndarray:
    return restoration.inpaint_biharmonic(image, lost, channel_axis=_colour_axis(image))


def _telea(image: np.ndarray, lost: np.ndarray, radius: int) -> np.ndarray:
    return _open_cv_inpaint(image, lost, radius, cv2.INPAINT_TELEA)


def _navier_stokes(image: np.ndarray, lost: np.ndarray, radius: int) -> np.ndarray:
    return _open_cv_inpaint(image, lost, radius, cv2.INPAINT_NS)


def _open_cv_inpaint(image: np.ndarray, lost: np.ndarray, radius: int, method: int) -> np.ndarray:
    pixels = (255 * image).round().astype(np.uint8)
    return cv2.inpaint(pixels, lost.astype(np.uint8), radius, method) / np.float32(255)


def _bicubic(image: np.ndarray, lost: None, _: None) -> np.ndarray:
    """Enlarge the image that has one pixel for each square."""
    return _resized(image[::ENLARGEMENT, ::ENLARGEMENT], ENLARGEMENT, cv2.INTER_CUBIC)


def _back_projection(image: np.ndarray, lost: None, rounds: int) -> np.ndarray:
    """Enlarge; then, again and again, shrink the result and add back how it differs from the damaged image.

    Irani & Peleg 1991, doi:10.1016/1049-9652(91)90045-L.
    """
    repaired = _bicubic(image, lost, None)
    for _ in range(rounds):
        again = _resized(_resized(repaired, 1 / ENLARGEMENT, cv2.INTER_AREA), ENLARGEMENT, cv2.INTER_NEAREST)
        repaired = repaired + _bicubic(image - again, lost, None)
    return repaired


def _resized(image: np.ndarray, times: float, interpolation: int) -> np.ndarray:
    return cv2.resize(image, None, fx=times, fy=times, interpolation=interpolation)


def _wiener(image: np.ndarray, lost: None, balance: float) -> np.ndarray:
    return _deblurred(image, lambda channel, spread: restoration.wiener(channel, spread, balance, clip=False))


def _richardson_lucy(image: np.ndarray, lost: None, rounds: int) -> np.ndarray:
    return _deblurred(
        image,
        lambda channel, spread: restoration.richardson_lucy(channel, spread, rounds, filter_epsilon=1e-3),
    )


def _deblurred(image: np.ndarray, method: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Apply a method that needs the spread of a point, with a mirrored margin, as it assumes endless images."""
    margin = math.ceil(3 * BLUR)
    place = np.arange(-margin, margin + 1)
    line = np.exp(-((place / BLUR) ** 2) / 2)
    spread = np.outer(line, line) / line.sum() ** 2

    def mend(channel: np.ndarray) -> np.ndarray:
        return method(np.pad(channel, margin, mode="reflect"), spread)[margin:-margin, margin:-margin]

    return _by_channel(image, mend)


def _by_channel(image: np.ndarray, mend: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    if image.ndim == 2:
        return mend(image)
    return np.stack([mend(channel) for channel in np.moveaxis(image, 2, 0)], axis=2)


def _colour_axis(image: np.ndarray) -> int | None:
    return 2 if image.ndim == 3 else None


_INPAINTING = {
    "biharmonic": (_biharmonic, [None]),
    "Telea": (_telea, [1, 2, 3, 5, 8]),
    "Navier–Stokes": (_navier_stokes, [1, 2, 3, 5, 8]),
}
# For each kind of damage: the methods, and the settings to choose from.
METHODS = {
    "noise": {
        "non-local means": (_non_local_means, [0.1, 0.14, 0.2, 0.28, 0.4]),
        "total variation": (_total_variation, [0.08, 0.12, 0.17, 0.24, 0.34, 0.48, 0.68]),
        "wavelet shrinkage": (_wavelet_shrinkage, [0.08, 0.12, 0.17, 0.24, 0.34, 0.48]),
        "median": (_median, [3, 5]),
    },
    "salt and pepper": {
        "median": (_median, [3, 5]),
        "switching median": (_switching_median, [3, 5]),
        "total variation": (_total_variation, [0.17, 0.34, 0.68]),
    },
    "hole": _INPAINTING,
    "centre hole": _INPAINTING,
    "strokes": _INPAINTING,
    "scratches": _INPAINTING,
    "blur": {
        "Wiener": (_wiener, [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]),
        "Richardson–Lucy": (_richardson_lucy, [3, 6, 12, 25, 50]),
    },
    "low resolution": {
        "bicubic": (_bicubic, [None]),
        "back-projection": (_back_projection, [2, 4, 8, 16]),
    },
}


@dataclass
class Baseline:
    """A classical method with the setting that did best on training images.

    Called with damaged images (N, C, H, W) and their lost pixels (N, 1, H, W) or None, it returns the repaired images,
    clamped to [0, 1]. ``curve`` undoes the remaining bias: clipped noise, for example, makes black lighter and white
    darker, and averaging cannot undo that.
    """

    name: str
    method: Callable[[np.ndarray, np.ndarray | None, float | None], np.ndarray]
    setting: float | None
    curve: IsotonicRegression | None = None

    def __call__(self, damaged: torch.Tensor, lost: torch.Tensor | None = None) -> torch.Tensor:
        """Return the repaired images (N, C, H, W), float in [0, 1], from ``uint8`` ones or floats in [0, 1].

        Raises as ``data.as_float`` does, and if ``lost`` is not bool or has another shape.
        """
        checks.batch(damaged, "damaged")
        if lost is not None:
            checks.mask(lost, damaged)
        damaged = as_float(damaged)
        images = damaged.permute(0, 2, 3, 1).numpy(force=True)  # (N, H, W, C)
        if damaged.shape[1] == 1:
            images = images[..., 0]  # (N, H, W)
        masks = [None] * len(images) if lost is None else lost[:, 0].numpy(force=True)
        mended = [self.method(image, mask, self.setting) for image, mask in zip(images, masks, strict=True)]
        repaired = torch.from_numpy(np.stack(mended)).float()
        repaired = repaired[:, None] if damaged.shape[1] == 1 else repaired.permute(0, 3, 1, 2)  # (N, C, H, W)
        repaired = torch.where(repaired.isfinite(), repaired, damaged)
        if self.curve is not None:
            values = self.curve.predict(repaired.flatten().numpy())
            repaired = torch.from_numpy(values).float().reshape(repaired.shape)
        repaired = repaired.clamp(0, 1)
        return repaired if lost is None else keep_known(damaged, repaired, lost)


def baselines(kind: str, images: torch.Tensor, strength: float | None = None) -> dict[str, Baseline]:
    """Return the classical methods for a kind of damage, tuned on training ``images`` (N, C, H, W) damaged that way.

    Each method gets the setting in ``METHODS`` with the smallest squared error; then an increasing curve from repaired
    to true values is fitted to the same images (isotonic regression), only on the lost pixels if they are known.

    Raises ``ValueError`` for a kind without a classical method, for a strength of blur or low resolution that the
    methods do not know, and as ``repair.damage`` does.
    """
    if kind not in METHODS:
        raise ValueError(f"There is no classical method for {kind!r}; there are for {', '.join(METHODS)}.")
    if kind in KNOWN_STRENGTHS and strength not in (None, KNOWN_STRENGTHS[kind]):
        raise ValueError(f"The methods for {kind!r} know a strength of {KNOWN_STRENGTHS[kind]} alone; got {strength}.")
    images = as_float(images)
    damaged, lost = damage(images, kind, strength, seed=1)  # not the seed used for the images to measure on
    wanted = torch.ones_like(images, dtype=torch.bool) if lost is None else lost.expand_as(images)
    tuned = {}
    for name, (method, settings) in METHODS[kind].items():
        tries = [Baseline(name, method, setting) for setting in settings]
        repaired = [each(damaged, lost) for each in tries]
        errors = [(each - images).square().mean().item() for each in repaired]
        best = int(np.argmin(errors))
        tuned[name] = tries[best]
        curve = IsotonicRegression(out_of_bounds="clip")
        tuned[name].curve = curve.fit(repaired[best][wanted].numpy(), images[wanted].numpy())
    return tuned
