"""Measure what files cost and show: points of rate–distortion curves, of our codecs and of their rivals."""

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
SSIM_IMAGES = 1000  # of which a point of a curve takes the SSIM, which is slow


@dataclass(frozen=True)
class Point:
    """A point of a rate–distortion curve.

    ``setting`` is the step or the quality. ``bytes`` are bytes an image, all that is in the file counted, and
    ``constant_bytes`` those of them that are the same in every file. ``psnr`` is in dB, of the MSE over all pixels of
    all images; ``ssim`` is the mean over the first 1,000 images.
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
    """Return a point for each step: real files of ``test_images``, by codecs that are fitted on ``images``.

    Both are (N, C, H, W), ``uint8`` or float in [0, 1]; the ``prior`` is that of the codecs. All test images go into
    one file, or each into one of its own if ``one_by_one``. The bytes of the network itself are not counted. Raises as
    ``Codec`` does, and ``ValueError`` for images of less than 7×7 pixels, which have no SSIM.
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
    """Return a point for each quality of a standard format with loss: "JPEG", "WEBP" or "AVIF", as Pillow writes it.

    ``test_images`` are ``uint8``, (N, 1, H, W) or (N, 3, H, W), of 7×7 pixels or more (for the SSIM). Each goes into a
    file of its own, or all, as one large picture in rows and columns, into one file if ``as_mosaic``. ``options`` go to
    Pillow. Raises as ``write_picture`` does, and ``ValueError`` for another format or a quality that is no whole number
    from 0 to 100.
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
    """Return what the best JPEGs of no more than some bytes show, (L, N, C, H, W) ``uint8``, and their bytes (L, N).

    ``most_bytes`` (L, N) are bytes for each of ``images`` (N, 1, H, W) or (N, 3, H, W), ``uint8``, at L levels. Tried
    are all qualities up to 95, of the image as it is and shrunk to a half, a quarter or an eighth, as one does for so
    small a file; it is enlarged again when it is opened. The best is that of the highest PSNR; where none is small
    enough, the smallest. Bytes that are the same in the files of all images, of a quality and size, and in the file of
    a picture of noise, are left out. Raises ``ValueError`` for other images, or when the shapes do not go together.
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
    """Return ``uint8`` images in another size (H, W); in their own, as they are."""
    resized = F.interpolate(images.float(), tuple(size), mode="bicubic", antialias=True)
    return resized.round().clamp(0, 255).to(torch.uint8)


def constant_bytes(files: Sequence[bytes]) -> int:
    """Return at how many places, counted from the start, all files have the same byte: for most, their header.

    0 for fewer than two files, of which nothing can be said.
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
