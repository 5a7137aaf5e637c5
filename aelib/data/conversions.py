"""Convert pixels: ``uint8`` at rest, ``float32`` in use, and whatever a learner's files hold."""

import math
from collections.abc import Iterator

import numpy as np
import torch

from aelib import checks

BATCH = 1000  # images, or codes, passed to a network at a time, except in training
MAX_BATCH_VALUES = 784_000  # pixel values at a time: as many as a thousand images of Fashion-MNIST have
PART_VALUES = 2**22  # converted at a time, to avoid a second copy of them all


def as_float(images: torch.Tensor) -> torch.Tensor:
    """Turn ``uint8`` images at rest, or images of any float type, into ``float32`` images in [0, 1].

    Raises ``TypeError`` for any other type of number, ``ValueError`` for floats outside [0, 1] or NaN.
    """
    checks.originals(images)
    return _scaled(images)


def clamped(drawn: torch.Tensor) -> torch.Tensor:
    """Turn images drawn by a network into ``float32`` images in [0, 1]; convert ``uint8`` as ``as_float`` does.

    Values a little outside [0, 1] are clipped. Raises ``TypeError`` for any other type of number, ``ValueError`` for
    floats below -3 or above 4, which cannot be on a scale of 0 to 1.
    """
    checks.drawn(drawn)
    return _scaled(drawn) if drawn.dtype == torch.uint8 else drawn.float().clamp(0, 1)


def as_bytes(images: torch.Tensor) -> torch.Tensor:
    """Turn float images in [0, 1] into ``uint8``, rounding to the nearest of 256 levels; ``uint8`` images stay.

    Values that a network drew a little outside [0, 1] are clipped first. Raises as ``clamped`` does, and for NaN.
    """
    levels = 255 * clamped(images)
    if levels.isnan().any():
        raise ValueError("images hold NaN, which is no brightness. Find them with images.isnan().")
    return levels.round().to(torch.uint8)


def batches(images: torch.Tensor, size: int = BATCH) -> Iterator[torch.Tensor]:
    """Yield images (N, C, H, W) in parts, as ``float32`` in [0, 1]: ``size`` at a time, or fewer if they are large.

    A part has at most 784,000 pixel values, as many as a thousand images of Fashion-MNIST, so that a network has enough
    memory for its results. Raises as ``as_float`` does, and ``ValueError`` for another shape or size.
    """
    size = checks.whole(size, "size", 1)
    checks.batch(images, least=0)
    checks.originals(images)
    for part in images.split(max(1, min(size, MAX_BATCH_VALUES // math.prod(images.shape[1:])))):
        yield _scaled(part)


def _scaled(images: torch.Tensor) -> torch.Tensor:
    if images.dtype == torch.uint8:
        return images.float().div_(255)
    # Float32 weights would refuse NumPy's float64, and a VAE's loss a value that rounding left above 1.
    return images.float().clamp(0, 1)


def channels_first(array: np.ndarray) -> torch.Tensor:
    """Turn (N, H, W), (N, H, W, C) or (N, C, H, W) into a contiguous tensor (N, C, H, W)."""
    if array.ndim == 3:
        array = array[:, None]  # (N, H, W) => (N, 1, H, W)
    elif array.shape[1] not in (1, 3):
        array = array.transpose(0, 3, 1, 2)  # (N, H, W, C) => (N, C, H, W)
    return torch.from_numpy(np.array(array, order="C"))  # a copy, so that it is contiguous and writable


def which_is_white(lowest: float, highest: float, scales: tuple[int, ...]) -> int | None:
    """Return which of the possible values is white, or ``None`` if that would be a guess.

    A scale of 255 or more counts only if some value exceeds half of it; otherwise bright pictures of fewer bits would
    come out dark.
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
