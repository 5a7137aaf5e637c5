"""Mend photographs of any size, in tiles, so that memory stays bounded, and save them."""

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

TILE = 384  # sides of the tiles, in pixels, multiples of the strides in models.DenoisingNet,
MARGIN = 36  # and what a network sees around each, beyond which its result hardly depends on anything
RIM = 5  # how many pixels deep marks are filled at a time; the network learns from strokes about twice as broad


def repair_photo(
    network: nn.Module,
    photo: torch.Tensor,
    lost: torch.Tensor | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """Return a photograph (1, 3, H, W), ``uint8``, without noise, or with its lost pixels filled.

    Without ``lost``, noise is taken away. With it, (1, 1, H, W) as bool, the pixels that it marks are filled, from the
    rim of the marks inwards, and all others stay as they are; what lies under the marks does not matter. ``network``
    was trained on such damage. ``on_progress`` is called with the share that is done, 0 to 1, after each tile, or each
    rim; without it a progress bar shows.

    Raises ``TypeError`` for a photograph that is not ``uint8`` and for marks that are not bool, ``ValueError`` for
    other shapes, and either of them where the network returns something else than such a picture.
    """
    _check_photo(photo, lost)
    if lost is None:
        return in_tiles(network, photo, on_progress=on_progress)
    on_tile = (lambda share: None) if on_progress else None
    remaining = lost
    while remaining.any():
        filled = in_tiles(network, photo.masked_fill(remaining, 0), remaining, on_tile)
        rim = remaining & ~_eroded(remaining)
        if not rim.any():  # nothing at all is known
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

    ``network`` was trained to undo the damage ``"low resolution"``; ``on_progress`` is as in ``repair_photo``. Raises
    as that does, and ``ValueError`` for more than ``data.MAX_PICTURE_PIXELS`` in the result.
    """
    _check_photo(photo)
    if 4 * photo[0, 0].numel() > MAX_PICTURE_PIXELS:
        raise ValueError(
            f"At twice the size this photograph of {photo.shape[3]} × {photo.shape[2]} pixels would have more than "
            f"{MAX_PICTURE_PIXELS:,}. Cut it, or make it smaller first."
        )
    enlarged = photo.repeat_interleave(2, 2).repeat_interleave(2, 3)  # as the network saw small photographs
    return in_tiles(network, enlarged, on_progress=on_progress)


def in_tiles(
    network: nn.Module,
    photo: torch.Tensor,
    lost: torch.Tensor | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> torch.Tensor:
    """Return what a network makes of a photograph (1, 3, H, W), ``uint8``, one tile after the other.

    Each tile is seen with a margin around it, which is then cut off, so that no seam shows. Only one tile at a time is
    in float, and where nothing in it is lost, it stays as it is. ``lost`` and ``on_progress`` are as in
    ``repair_photo``. Raises as that does.
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

    Raises as ``repair_photo`` does, and ``OSError`` when the file cannot be written.
    """
    write_whole(path, png(photo))


def png(photo: torch.Tensor, longest: int | None = None) -> bytes:
    """Return a photograph (1, 3, H, W), ``uint8``, as the content of a PNG file. Raises as ``repair_photo`` does.

    It is made smaller where one of its sides has more than ``longest`` pixels.
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
    if photo.ndim != 4 or photo.shape[:2] != (1, 3) or photo.numel() == 0:
        cure = " Take photo[None]." if photo.ndim == 3 else ""
        raise ValueError(f"A photograph has the shape (1, 3, H, W); this one has {tuple(photo.shape)}.{cure}")
    if photo.dtype != torch.uint8:
        raise TypeError(f"A photograph is uint8; this one is {photo.dtype}. Take data.as_bytes(photo).")
    if lost is not None:
        checks.mask(lost, photo)
