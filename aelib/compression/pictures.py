"""Write and read pictures in the standard formats, and combine many small images into one picture."""

import math
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import torch
from PIL import Image

from aelib import checks


def write_picture(image: torch.Tensor, kind: str, **options: object) -> bytes:
    """Return one ``uint8`` image, (1, H, W) or (3, H, W), as a file in a standard format.

    ``kind`` is Pillow's name for the format, such as "JPEG", in capitals or not. Raises ``ValueError`` for one that the
    installed Pillow cannot write (some builds lack AVIF), or for an image of another shape, ``TypeError`` for numbers
    other than ``uint8``.
    """
    checks.pixels(image, "image")
    if image.dtype != torch.uint8:
        raise TypeError(f"A picture is written from uint8; this image is {image.dtype}. Use data.as_bytes(image).")
    if image.ndim != 3 or image.shape[0] not in (1, 3) or image.numel() == 0:
        raise ValueError(f"One image (1, H, W) or (3, H, W) is written; this has the shape {tuple(image.shape)}.")
    kind = {"JPG": "JPEG"}.get(str(kind).upper(), str(kind).upper())
    Image.init()  # until then, Pillow knows only the common formats
    if kind not in Image.SAVE:
        raise ValueError(
            f"The installed Pillow cannot write {kind}. PyPI's writes JPEG, PNG, WEBP and AVIF: "
            'python -m pip install --no-deps --force-reinstall "pillow>=11.3"'
        )
    pixels = image.permute(1, 2, 0).numpy(force=True)  # (C, H, W) => (H, W, C)
    file = BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(file, kind, **options)
    return file.getvalue()


def read_picture(file: bytes, channels: int) -> torch.Tensor:
    """Return the ``uint8`` image (C, H, W) in a file from ``write_picture``; ``channels`` is 1 or 3.

    Raises ``TypeError`` for anything but ``bytes``, ``ValueError`` for another number of channels. For a picture from
    elsewhere, use ``data.load_photo``.
    """
    if not isinstance(file, bytes):
        raise TypeError(f"read_picture takes the bytes of a file; got {checks.kind(file)}.")
    channels = checks.grey_or_colour(channels)
    with Image.open(BytesIO(file)) as picture:
        pixels = torch.from_numpy(np.array(picture.convert("L" if channels == 1 else "RGB")))
    return pixels[None] if channels == 1 else pixels.permute(2, 0, 1).contiguous()


def mosaic(images: torch.Tensor) -> torch.Tensor:
    """Return one image (C, R·H, R·W) that shows images (N, C, H, W) in R = ⌈√N⌉ rows and columns, the rest black.

    Raises ``TypeError`` or ``ValueError`` for anything else, or no images.
    """
    checks.batch(images)
    count, channels, height, width = images.shape
    rows = math.isqrt(count - 1) + 1
    padded = torch.cat([images, images.new_zeros(rows**2 - count, channels, height, width)])
    return padded.unflatten(0, (rows, rows)).permute(2, 0, 3, 1, 4).reshape(channels, rows * height, rows * width)


def tiles(picture: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Return the images of the given shape (N, C, H, W) that ``mosaic`` combined into one picture.

    Raises ``TypeError`` or ``ValueError`` for any other picture.
    """
    checks.pixels(picture, "picture")
    shape = count, channels, height, width = checks.sizes(shape, "shape", "NCHW")
    rows = math.isqrt(count - 1) + 1
    if picture.shape != (channels, rows * height, rows * width):
        raise ValueError(
            f"A mosaic of images of the shape {shape} has the shape {(channels, rows * height, rows * width)}; this "
            f"picture has {tuple(picture.shape)}."
        )
    images = picture.reshape(channels, rows, height, rows, width).permute(1, 3, 0, 2, 4).flatten(0, 1)
    return images[:count].contiguous()
