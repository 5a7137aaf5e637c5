"""Mend photographs of any size, in tiles to limit memory, and save them."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torch import nn
from tqdm.auto import tqdm

from aelib import checks
from aelib.data import MAX_PICTURE_PIXELS, as_bytes, as_float
from aelib.files import write_whole
from aelib.models import evaluation_mode

TILE = 384  # side of a tile, in pixels: a multiple of the strides in models.DenoisingNet; so is
MARGIN = 36  # what a network sees around each tile; its result depends very little on anything further away
RIM = 5  # pixels filled at a time, from the rim of the marks; the network learns from strokes about twice as broad


def repair_photo(
    network: nn.Module,
    photo: torch.Tensor,
    lost: torch.Tensor | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """Return a photograph (1, 3, H, W), ``uint8``, without noise, or with its lost pixels filled.

    Without ``lost``, noise is removed. With ``lost``, (1, 1, H, W) as bool, the marked pixels are filled, from the rim
    of the marks inwards, and all others stay as they are; what is under the marks does not matter. ``network`` must be
    trained on that damage. ``on_progress`` is called with the share done, 0 to 1, after each tile, or each rim; without
    it, a progress bar shows.

    Raises ``TypeError`` for a photograph that is not ``uint8`` and for marks that are not bool, ``ValueError`` for
    other shapes, and either of them if the network returns anything but such a picture.
    """
    _check_photo(photo, lost)
    if lost is None:
        return in_tiles(network, photo, on_progress=on_progress)
    on_tile = (lambda share: None) if on_progress else None
    remaining = lost
    while remaining.any():
        filled = in_tiles(network, photo.masked_fill(remaining, 0), remaining, on_tile)
        rim = remaining & ~_eroded(remaining)
        if not rim.any():  # no pixel is known at all
            rim = remaining
        photo = torch.where(rim, filled, photo)
        remaining = remaining & ~rim
        if on_progress:
            on_progress(1 - (remaining.sum() / lost.sum()).item())
    return photo


def _eroded(lost: torch.Tensor) -> torch.Tensor:
    """Return which lost pixels, (1, 1, H, W), are more than ``RIM`` pixels away from known ones."""
    inner = ndimage.binary_erosion(lost[0, 0].numpy(force=True), np.ones((3, 3)), iterations=RIM, border_value=1)
    return torch.from_numpy(inner)[None, None]


def double_photo(
    network: nn.Module, photo: torch.Tensor, on_progress: Callable[[float], None] | None = None
) -> torch.Tensor:
    """Return a photograph (1, 3, H, W), ``uint8``, at twice the width and height, (1, 3, 2·H, 2·W).

    ``network`` must be trained to undo the damage ``"low resolution"``; ``on_progress`` is as in ``repair_photo``.
    Raises as that does, and ``ValueError`` if the result has more than ``data.MAX_PICTURE_PIXELS``.
    """
    _check_photo(photo)
    if 4 * photo[0, 0].numel() > MAX_PICTURE_PIXELS:
        raise ValueError(
            f"At twice the size this photograph of {photo.shape[3]} × {photo.shape[2]} pixels would have more than "
            f"{MAX_PICTURE_PIXELS:,}. Cut it, or make it smaller first."
        )
    enlarged = photo.repeat_interleave(2, 2).repeat_interleave(2, 3)  # as in the network's training
    return in_tiles(network, enlarged, on_progress=on_progress)


def in_tiles(
    network: nn.Module,
    photo: torch.Tensor,
    lost: torch.Tensor | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """Return what a network makes of a photograph (1, 3, H, W), ``uint8``, tile by tile.

    The network sees each tile with a margin, which is then cut off, so that no seam shows. Only one tile at a time is
    in float, and a tile without lost pixels stays as it is. ``lost`` and ``on_progress`` are as in ``repair_photo``.
    Raises as that does.
    """
    _check_photo(photo, lost)
    evaluation_mode(network)
    height, width = photo.shape[2:]
    result = torch.empty_like(photo)
    corners = [(top, left) for top in range(0, height, TILE) for left in range(0, width, TILE)]
    for done, (top, left) in enumerate(tqdm(corners, disable=on_progress is not None, leave=False), start=1):
        seen = [slice(max(0, start - MARGIN), start + TILE + MARGIN) for start in (top, left)]
        tile, tile_lost = (None if image is None else image[:, :, seen[0], seen[1]] for image in (photo, lost))
        if lost is None or tile_lost.any():
            with torch.no_grad():
                drawn = network(as_float(tile), tile_lost)
            checks.drawing(drawn, tile.shape, "The network")
            tile = as_bytes(drawn)
        inside = tile[:, :, top - seen[0].start :, left - seen[1].start :][:, :, :TILE, :TILE]
        result[:, :, top : top + TILE, left : left + TILE] = inside
        if on_progress:
            on_progress(done / len(corners))
    return result


def save_png(photo: torch.Tensor, path: str | Path) -> None:
    """Write a photograph (1, 3, H, W), ``uint8``, as a PNG file, which appears whole or not at all.

    Raises as ``repair_photo`` does, and ``OSError`` if the file cannot be written.
    """
    write_whole(path, png(photo))


def png(photo: torch.Tensor, longest: int | None = None) -> bytes:
    """Return a photograph (1, 3, H, W), ``uint8``, as the content of a PNG file. Raises as ``repair_photo`` does.

    It is made smaller if one of its sides has more than ``longest`` pixels.
    """
    _check_photo(photo)
    picture = Image.fromarray(np.ascontiguousarray(photo[0].permute(1, 2, 0).numpy(force=True)))
    if longest:
        picture.thumbnail((longest, longest))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _check_photo(photo: torch.Tensor, lost: torch.Tensor | None = None) -> None:
    if not isinstance(photo, torch.Tensor):
        raise TypeError(
            f"A photograph must be a torch tensor (1, 3, H, W); this is {checks.kind(photo)}. data.load_photo "
            f"reads one from a file; of an array (H, W, 3), take torch.from_numpy(photo).permute(2, 0, 1)[None]."
        )
    checks.shape(photo, (1, 3, "H", "W"), "A photograph", " Take photo[None]." if photo.ndim == 3 else "")
    if photo.dtype != torch.uint8:
        raise TypeError(f"A photograph is uint8; this one is {photo.dtype}. Take data.as_bytes(photo).")
    if lost is not None:
        checks.mask(lost, photo)
