"""Decode a picture file of any format that can be trusted: turned upright, laid on white, in 8 bits."""

import math
import re
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError, features

from aelib import files
from aelib.data.conversions import scaled_levels, which_is_white

# Formats that Pillow decodes itself; for others, such as EPS, it would start a program on an untrusted file.
PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", *(["AVIF"] if features.check("avif") else []))
MAX_PICTURE_BYTES = 2**29
MAX_PICTURE_PIXELS = 2**26  # room for a phone's 8192 × 6144; beyond that, a small file can fill the memory
MAX_PICTURE_SIDE = 65_535  # each row takes extra memory, however short it is
MAX_SCANS = 50  # in a JPEG, which is decoded once for each; cameras and websites use about ten
JPEG_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")  # all markers except those without content or length


def load_photo(source: str | Path | bytes | bytearray | memoryview) -> torch.Tensor:
    """Load one picture of any size and mode, from a file or its content, as a ``uint8`` image (1, 3, H, W).

    It is read as ``load_folder`` reads pictures, but neither cropped nor resized. Raises ``FileNotFoundError`` if there
    is no such file, ``PermissionError`` if it may not be read, ``ValueError`` if it is not a picture, is damaged, or
    has more than 67 million pixels (8192 × 8192) or 65,535 on a side.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        name, content = "The file", bytes(source)
    else:
        path = files.as_path(source)
        name, content = str(path), files.read_whole(path, MAX_PICTURE_BYTES)
    try:
        pixels = np.asarray(on_white(content))  # (H, W, 3)
    except Exception as error:  # a broken file can raise anything; the message says what
        raise ValueError(
            f"{name} could not be read ({reason_of(error)}). Open and save it again in a picture editor."
        ) from error
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())


def reason_of(error: Exception) -> str:
    """Return why a picture could not be read, without a full stop."""
    if isinstance(error, UnidentifiedImageError):
        return f"it is not a picture in a format read here: {', '.join(PICTURE_FORMATS)}"
    return str(error).rstrip(".") or type(error).__name__


def on_white(content: bytes, least_sides: tuple[int, int] | None = None) -> Image.Image:
    """Return a picture upright, in RGB, on white where it is transparent.

    With ``least_sides``, it may be decoded at a smaller size, down to these.
    """
    picture = _decoded(content, least_sides)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    # Via RGBA, so that every kind of transparency (palette, grey with alpha) ends up on white.
    picture = picture.convert("RGBA")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture)
    return paper


def _decoded(content: bytes, least_sides: tuple[int, int] | None) -> Image.Image:
    """Return a picture upright and in 8 bits; refuse one that Pillow would misread, or take too long for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own, about damage that it can live with
        with Image.open(BytesIO(content), formats=PICTURE_FORMATS) as picture:
            _refuse_what_is_too_much(picture, content)
            _refuse_what_is_misread(picture)
            is_16_bit_colour = picture.mode[0] not in "IF" and _bits(picture) == 16
            if least_sides:
                picture.draft(picture.mode, least_sides)
            picture.load()
            with suppress(Exception):  # broken EXIF: the picture stays as it is
                ImageOps.exif_transpose(picture, in_place=True)
    if is_16_bit_colour:
        _refuse_dark_colours(picture)
    return _eight_bits(picture) if picture.mode[0] in "IF" else picture


def _refuse_what_is_too_much(picture: Image.Image, content: bytes) -> None:
    width, height = picture.size
    if width * height > MAX_PICTURE_PIXELS or max(width, height) > MAX_PICTURE_SIDE:
        raise ValueError(
            f"{width} × {height} pixels are too many; at most {MAX_PICTURE_PIXELS:,} are read, and "
            f"{MAX_PICTURE_SIDE:,} a side"
        )
    if picture.format in ("JPEG", "MPO") and _has_too_many_scans(content):
        raise ValueError(f"it is drawn in more than {MAX_SCANS} scans, which can take minutes")


def _has_too_many_scans(jpeg: bytes) -> bool:
    """Return whether a JPEG has more than ``MAX_SCANS`` scans before its end.

    Other segments (a preview, a colour profile) can look like scans, so they are skipped, and so is what phones append
    after the end, such as a short video.
    """
    scans, position = 0, 2
    while scans <= MAX_SCANS and (marker := JPEG_MARKER.search(jpeg, position)):
        if marker.group() == b"\xff\xd9":  # the end of the picture
            return False
        scans += marker.group() == b"\xff\xda"
        position = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big")
    return scans > MAX_SCANS


def _bits(picture: Image.Image) -> int:
    """Return how many bits a value in a PNG or TIFF has; Pillow reads all other formats as 8."""
    if picture.format == "TIFF":
        return max(picture.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    if picture.format == "PNG" and ";" in picture.tile[0][3]:
        return int(re.search(r";(\d+)", picture.tile[0][3])[1])  # "L;4", "RGB;16B"
    return 8


def _refuse_what_is_misread(picture: Image.Image) -> None:
    """Refuse the kinds of PNG and TIFF whose values Pillow misreads."""
    bits = _bits(picture)
    if picture.format == "PNG" and picture.mode != "P" and bits != 8 and "transparency" in picture.info:
        raise ValueError(f"it has a transparent colour and {bits} bits a value, which are not read together")
    if picture.format != "TIFF":
        return
    tags, codec, raw_mode = picture.tag_v2, picture.tile[0][0], picture.tile[0][3][0]
    is_in_planes = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2 and len(picture.getbands()) > 1
    if bits > 8 and (
        tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0  # white is 0
        or (codec == "raw" and is_in_planes)
        or (codec == "libtiff" and raw_mode in ("F;32BF", "I;16BS", "I;32BS"))  # compressed, and big-endian
    ):
        raise ValueError(f"it is a TIFF of {bits} bits of an unusual kind (white as 0, planes or byte order)")
    if bits == 8 and 2 in tags.get(TiffImagePlugin.SAMPLEFORMAT, ()):
        raise ValueError("its values have a sign, so it is not known which is white")
    if picture.mode == "P" and 0 < max(tags[TiffImagePlugin.COLORMAP]) < 256:
        raise ValueError("its palette has 8 bits instead of 16, and would come out black")


def _refuse_dark_colours(picture: Image.Image) -> None:
    """Refuse 16-bit colours, of which Pillow keeps the upper byte, if they may really have fewer bits."""
    bands = zip(picture.getbands(), picture.getextrema(), strict=True)
    brightest = max(highest for band, (_, highest) in bands if band != "A")
    if brightest < 128:
        raise ValueError(
            f"its 16-bit values go up to {256 * brightest + 255:,} at most, and which value is white cannot be told "
            f"from that; save it in 8 bits, or with white as 65,535"
        )


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture of 16 bits, 32 bits or floats in 8 bits; Pillow itself would clip it at 255."""
    values = np.asarray(picture)
    lowest, highest = float(values.min()), float(values.max())
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise ValueError("it holds NaN or infinite pixels")
    white = which_is_white(lowest, highest, (1, 255, 65_535) if picture.mode == "F" else (65_535,))
    if picture.format == "PPM" and picture.mode == "I":
        white = 65_535  # this format says which value is white, and Pillow has scaled that to this
    if white is None:
        raise ValueError(
            f"its values go from {lowest:g} to {highest:g}, and which value is white cannot be told from that; save it "
            f"in 8 bits, or with white as 65,535"
        )
    return Image.fromarray(scaled_levels(values, white))
