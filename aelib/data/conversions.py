"""From one kind of pixels to another: ``uint8`` at rest, ``float32`` in use, and whatever a learner's files hold."""

import math
from collections.abc import Iterator

import numpy as np
import torch

from aelib import checks

BATCH = 1000  # images, or codes, that a network gets at a time where nothing is trained
MAX_BATCH_VALUES = 784_000  # and no more pixel values than a thousand images of Fashion-MNIST have
PART_VALUES = 2**22  # that are converted at a time, so that no second copy of them all is needed


def as_float(images: torch.Tensor) -> torch.Tensor:
    """Turn ``uint8`` images at rest, or images of any other float type, into ``float32`` images in [0, 1].

    Raises ``TypeError`` for any other type of number, ``ValueError`` for floats outside [0, 1] or NaN.
    """
    checks.originals(images)
    return _scaled(images)


def clamped(drawn: torch.Tensor) -> torch.Tensor:
    """Turn images as a network drew them into ``float32`` images in [0, 1]; ``uint8`` are turned as by ``as_float``.

    What lies a little outside [0, 1] is cut off. Raises ``TypeError`` for any other type of number, ``ValueError`` for
    floats below -3 or above 4, which are on no scale of 0 to 1.
    """
    checks.drawn(drawn)
    return _scaled(drawn) if drawn.dtype == torch.uint8 else drawn.float().clamp(0, 1)


def as_bytes(images: torch.Tensor) -> torch.Tensor:
    """Turn float images in [0, 1] into ``uint8`` images, each value to the nearest of the 256; images at rest stay.

    What a network draws a little outside [0, 1] is cut off first. Raises as ``clamped`` does, and for NaN.
    """
    levels = 255 * clamped(images)
    if levels.isnan().any():
        raise ValueError("images hold NaN, which is no brightness. Find them with images.isnan().")
    return levels.round().to(torch.uint8)


def batches(images: torch.Tensor, size: int = BATCH) -> Iterator[torch.Tensor]:
    """Yield images (N, C, H, W) in parts, as ``float32`` in [0, 1]: ``size`` at a time, and fewer where they are large.

    A part has at most 784,000 pixel values, as many as a thousand images of Fashion-MNIST, so that a network finds room
    for what it computes. Raises as ``as_float`` does, and ``ValueError`` for another shape or size.
    """
    size = checks.whole(size, "size", 1)
    checks.batch(images, least=0)
    checks.originals(images)
    for part in images.split(max(1, min(size, MAX_BATCH_VALUES // math.prod(images.shape[1:])))):
        yield _scaled(part)


def _scaled(images: torch.Tensor) -> torch.Tensor:
    if images.dtype == torch.uint8:
        return images.float().div_(255)
    # NumPy's float64 would not go through float32 weights, nor what rounding left above 1 into a VAE's loss.
    return images.float().clamp(0, 1)


def channels_first(array: np.ndarray) -> torch.Tensor:
    """Turn (N, H, W), (N, H, W, C) or (N, C, H, W) into a contiguous tensor (N, C, H, W)."""
    if array.ndim == 3:
        array = array[:, None]  # (N, H, W) => (N, 1, H, W)
    elif array.shape[1] not in (1, 3):
        array = array.transpose(0, 3, 1, 2)  # (N, H, W, C) => (N, C, H, W)
    return torch.from_numpy(np.array(array, order="C"))  # a copy, so that it is contiguous and writable


def which_is_white(lowest: float, highest: float, scales: tuple[int, ...]) -> int | None:
    """Return which value is white, of those that it can be, or ``None`` where that would be a guess.

    From 255 on it is only one if more than half of it is reached, or bright pictures of fewer bits would come out dark.
    """
    for white in scales:
        lies_within = lowest >= -checks.ROUNDING * white and highest <= white * (1 + checks.ROUNDING)
        if lies_within and (white == 1 or highest == 0 or highest > (white - 1) / 2):
            return white
    return None


def scaled_levels(values: np.ndarray, white: int) -> np.ndarray:
    """Return values from 0 to ``white`` as ``uint8``, each rounded to the nearest of the 256 levels."""
    order = "F" if values.flags.f_contiguous else "C"
    levels = np.empty(values.size, np.uint8)
    flat = values.reshape(-1, order=order)  # a view
    for start in range(0, flat.size, PART_VALUES):
        part = flat[start : start + PART_VALUES].astype(np.float32) * (255 / white)
        levels[start : start + PART_VALUES] = np.rint(part).clip(0, 255)
    return levels.reshape(values.shape, order=order)
