"""Measure the size and quality of files: points of rate–distortion curves, for our codecs and their rivals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from aelib import checks, metrics
from aelib.compression.codec import Codec
from aelib.compression.pictures import mosaic, read_picture, tiles, write_picture

LOSSY = ("JPEG", "JPG", "WEBP", "AVIF")  # formats that take a quality
SSIM_IMAGES = 1000  # used for the SSIM of a point, because it is slow


@dataclass(frozen=True)
class Point:
    """A point of a rate–distortion curve.

    ``setting`` is the step or the quality. ``bytes`` are bytes per image, everything in the file counted, and
    ``constant_bytes`` those that are the same in every file. ``psnr`` is in dB, from the MSE over all pixels of all
    images; ``ssim`` is the mean over the first 1,000 images.
    """

    setting: float
    bytes: float
    constant_bytes: float
    psnr: float
    ssim: float


def rate_distortion(
    model: nn.Module,
    images: torch.Tensor,
    test_images: torch.Tensor,
    steps: Sequence[float],
    one_by_one: bool = False,
    prior: str = "independent",
) -> list[Point]:
    """Return a point for each step: real files of ``test_images``, by codecs fitted to ``images``.

    Both are (N, C, H, W), ``uint8`` or float in [0, 1]; ``prior`` is the codecs' prior. All test images go into one
    file, or each into its own if ``one_by_one``. The bytes of the network itself are not counted. Raises as ``Codec``
    does, and ``ValueError`` for images smaller than 7×7 pixels, which have no SSIM.
    """
    points = []
    for step in steps:
        codec = Codec(model, images, step, prior)
        files = [codec.compress(part) for part in (test_images.split(1) if one_by_one else [test_images])]
        points.append(_point(step, files, test_images, torch.cat([codec.decompress(file) for file in files])))
    return points


def standard_rate_distortion(
    kind: str, test_images: torch.Tensor, qualities: Sequence[int], as_mosaic: bool = False, **options: object
) -> list[Point]:
    """Return a point for each quality of a lossy standard format: "JPEG", "WEBP" or "AVIF", as Pillow writes it.

    ``test_images`` are ``uint8``, (N, 1, H, W) or (N, 3, H, W), of 7×7 pixels or more (for the SSIM). Each goes into a
    file of its own; if ``as_mosaic``, all go into one file, as one large picture in rows and columns. ``options`` go to
    Pillow. Raises as ``write_picture`` does, and ``ValueError`` for another format, or a quality that is not a whole
    number from 0 to 100.
    """
    checks.batch(test_images, "test_images")
    if str(kind).upper() not in LOSSY:
        raise ValueError(f"A quality has a meaning for {', '.join(LOSSY)} alone; got {kind!r}.")
    qualities = [checks.whole(quality, "each of qualities", 0, 100) for quality in qualities]
    pictures = [mosaic(test_images)] if as_mosaic else list(test_images)
    points = []
    for quality in qualities:
        files = [write_picture(picture, kind, quality=quality, **options) for picture in pictures]
        opened = [read_picture(file, channels=test_images.shape[1]) for file in files]
        drawn = tiles(opened[0], test_images.shape) if as_mosaic else torch.stack(opened)
        points.append(_point(quality, files, test_images, drawn))
    return points


def best_jpegs(images: torch.Tensor, most_bytes: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
    """Return what the best JPEGs of at most some bytes show, (L, N, C, H, W) ``uint8``, and their bytes (L, N).

    ``most_bytes`` (L, N) are the bytes allowed for each of ``images`` (N, 1, H, W) or (N, 3, H, W), ``uint8``, at L
    levels. All qualities up to 95 are tried, on the image as it is and shrunk to a half, a quarter or an eighth, as
    usual for such small files; a shrunk one is enlarged again when opened. The best has the highest PSNR; if none is
    small enough, it is the smallest. Bytes that are the same in the files of all images at a quality and size, and in
    that of a picture of noise, are not counted. Raises ``ValueError`` for other images, or mismatched shapes.
    """
    checks.batch(images)
    if images.dtype != torch.uint8 or images.shape[1] not in (1, 3):
        raise ValueError(
            f"images must be uint8, (N, 1, H, W) or (N, 3, H, W), with N ≥ 1; these are {images.dtype} of the shape "
            f"{tuple(images.shape)}."
        )
    checks.shape(most_bytes, ("L", len(images)), "most_bytes")
    noise = torch.randint(0, 256, images.shape[1:], dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    drawn, sizes, errors = [], [], []
    for shrunk_by in (1, 2, 4, 8):
        if min(images.shape[2:]) < shrunk_by:
            break
        small = _resized(torch.cat([images, noise[None]]), [round(side / shrunk_by) for side in images.shape[2:]])
        for quality in range(96):
            files = [write_picture(image, "JPEG", quality=quality) for image in small]
            opened = torch.stack([read_picture(file, channels=images.shape[1]) for file in files[:-1]])
            drawn.append(_resized(opened, images.shape[2:]))
            sizes.append([len(file) - constant_bytes(files) for file in files[:-1]])
            errors.append((drawn[-1].float() - images).square().mean((1, 2, 3)))
    drawn, sizes, errors = torch.stack(drawn), np.array(sizes), torch.stack(errors).numpy()  # (ways, N, …)
    allowed = np.where(sizes <= most_bytes[:, None], errors, np.inf)  # (L, ways, N)
    best = np.where(np.isinf(allowed).all(1), sizes.argmin(0), allowed.argmin(1))  # (L, N)
    image = np.arange(len(images))
    return drawn[best, image], sizes[best, image]


def _resized(images: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Return ``uint8`` images at another size (H, W); at their own size, unchanged."""
    resized = F.interpolate(images.float(), tuple(size), mode="bicubic", antialias=True)
    return resized.round().clamp(0, 255).to(torch.uint8)


def constant_bytes(files: Sequence[bytes]) -> int:
    """Return at how many positions, counted from the start, all files have the same byte: mostly their header.

    0 for fewer than two files, which do not allow a comparison.
    """
    if len(files) < 2:
        return 0
    shortest = min(map(len, files))
    values = np.stack([np.frombuffer(file, dtype=np.uint8, count=shortest) for file in files])  # (files, bytes)
    return int((values == values[0]).all(0).sum())


def _point(setting: float, files: Sequence[bytes], images: torch.Tensor, drawn: torch.Tensor) -> Point:
    return Point(
        setting=setting,
        bytes=sum(map(len, files)) / len(images),
        constant_bytes=constant_bytes(files),
        psnr=metrics.psnr(images, drawn),
        ssim=metrics.ssim(images[:SSIM_IMAGES], drawn[:SSIM_IMAGES]),
    )
