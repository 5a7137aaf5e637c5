"""Images from arrays that a learner has saved: ``.npy`` files."""

import math
from io import BytesIO
from pathlib import Path

import numpy as np
import torch

from aelib import files
from aelib.data.conversions import channels_first, scaled_levels, which_is_white

MAX_NPY_BYTES = 2**32


def load_npy(path: str | Path) -> torch.Tensor:
    """Load images from a ``.npy`` file: the article's ``images.npy``, done right.

    The file holds an array of shape (N, H, W), (N, H, W, 3), (N, H, W, 1) or (N, C, H, W) with C of 1 or 3; if a
    four-dimensional array could be read either way, it is taken as (N, C, H, W). Its values are floats from 0 to 1, or
    numbers from 0 to 255. Anything ambiguous is refused, not guessed: a three-dimensional array that looks like one
    colour picture; bytes that all stay below 32, and other numbers on a scale of 255 that never exceed 127, because on
    another scale they might be bright.

    Returns a ``uint8`` tensor of shape (N, C, H, W); floats are rounded to the nearest of the 256 grey levels.

    Raises ``FileNotFoundError``, ``PermissionError``, or ``ValueError`` with the file's name, what is wrong with it and
    how to fix it. Nothing is unpickled, and a header that promises more than the file holds allocates nothing.
    """
    path = files.as_path(path)
    try:
        array = _npy_array(files.read_whole(path, MAX_NPY_BYTES), path)
        return channels_first(_grey_levels(_checked_shape(array, path), path))
    except MemoryError:
        raise ValueError(f"{path} needs more memory than is free here. Save it in parts, or as uint8.") from None


def _npy_array(content: bytes, path: Path) -> np.ndarray:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise ValueError(f"{path} is an .npz archive of several arrays. Save one of them with np.save.")
    try:
        return _parsed_npy(content)
    except Exception as error:  # numpy answers a hostile header with a dozen kinds of exception
        reason = " ".join(str(error).split())[:200]  # some quote the whole header
        raise ValueError(
            f"{path} cannot be read as a .npy array of numbers ({reason}). It may be cut off, pickled, or another kind "
            f"of file. Write it again with np.save(path, images), images being one array of numbers."
        ) from error


def _parsed_npy(content: bytes) -> np.ndarray:
    """Return the array in a ``.npy`` file as a view of its content, without a copy."""
    file = BytesIO(content)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(file)
    if version not in read_header:
        raise ValueError(f"its version is {version[0]}.{version[1]}")
    shape, is_fortran, dtype = read_header[version](file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    promised, found = math.prod(shape) * dtype.itemsize, len(content) - file.tell()
    if promised != found:
        raise ValueError(f"its header promises {promised:,} bytes of numbers, and {found:,} follow")
    return np.ndarray(shape, dtype, buffer=content, offset=file.tell(), order="F" if is_fortran else "C")


def _checked_shape(array: np.ndarray, path: Path) -> np.ndarray:
    shape = array.shape
    if array.size == 0:
        raise ValueError(f"{path} holds no images: its shape is {shape}.")
    if array.ndim == 1:
        raise ValueError(
            f"{path} holds one row of {shape[0]:,} numbers: all images have been flattened into one vector, so where "
            f"one ends and the next begins is lost. Save the array before .flatten(), with its shape (N, H, W)."
        )
    if array.ndim == 2:
        raise ValueError(
            f"{path} has the shape {shape}. If each row is one flattened image, save images.reshape(len(images), H, W)"
            f"; if it is a single picture, save images[None]."
        )
    if array.ndim == 3 and (shape[2] in (1, 3, 4) or shape[0] == 3):
        one = "images[None, ..., :3]" if shape[2] == 4 else "images[None]"
        raise ValueError(
            f"{path} has the shape {shape}, which may be one picture or {shape[0]:,} grey ones. If it is one, save "
            f"{one}; if it is several, save images[:, None]."
        )
    if array.ndim not in (3, 4) or (array.ndim == 4 and shape[1] not in (1, 3) and shape[3] not in (1, 3)):
        three = "images[:, :3]" if array.ndim == 4 and shape[1] == 4 else "images[..., :3]"
        raise ValueError(
            f"{path} has the shape {shape}; images need (N, H, W), (N, H, W, 3) or (N, C, H, W) with 1 or 3 channels. "
            f"If there is a fourth, transparent channel, save {three}."
        )
    return array


def _grey_levels(array: np.ndarray, path: Path) -> np.ndarray:
    """Return the array as ``uint8``, whichever known range its values are in."""
    if array.dtype == bool:
        raise ValueError(f"{path} holds bool, true or false, not pixel values. If true is white, save images * 255.")
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{path} holds {array.dtype}, not pixel values. Save images.astype(np.float32).")
    lowest, highest = float(array.min()), float(array.max())  # NaN if any value is NaN
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise ValueError(f"{path} holds NaN or infinite pixels. Find them with np.isfinite(images) and mend them.")
    if array.dtype == np.uint8:
        white = 255 if highest >= 32 or highest == 0 else None
    else:
        white = which_is_white(lowest, highest, (1, 255) if array.dtype.kind == "f" else (255,))
    if white is None:
        raise ValueError(
            f"{path} has values from {lowest:g} to {highest:g}, and which value is white cannot be told from that. "
            f"{_rescaling(lowest, highest)}"
        )
    return array if array.dtype == np.uint8 else scaled_levels(array, white)


def _rescaling(lowest: float, highest: float) -> str:
    """Say how to bring values to the scale from 0 to 1."""
    if lowest < 0:
        return "Rescale: save (images - images.min()) / (images.max() - images.min())."
    usual = next(
        (f", or {white:,} if they really are that dark" for white in (255, 4095, 65_535) if highest < white), ""
    )
    return f"Rescale: save images / WHITE as floats, where WHITE is {highest:g}{usual}."
