"""Emoji turned, stretched, slanted and moved, with their outlines: what lesson 8's painting networks learn from.

They are made from the bitmaps of Debian's package fonts-noto-color-emoji, four times as large, so that nothing of them
is blurred. None of them is a test picture.
"""

import numpy as np
import torch
from torch.nn import functional as F

import build_assets
from aelib import data, translation

VERSIONS = 12  # of each picture; the first one is the picture as it is
LARGE = 128  # side in pixels, before a picture is shrunk to the size of the shipped ones
TURN = 0.25  # radians, at most, either way
SLANT = 0.12  # sideways per unit down
MOVE = 0.15  # half widths of the picture
SMALLER = (0.9, 1.25)  # range of the factor
FLATTER = (0.9, 1.1)


def varied_emoji() -> tuple[torch.Tensor, torch.Tensor]:
    """Return all versions of the training pictures, (M, 3, 32, 32), ``uint8``, and outlines (M, 1, 32, 32), bool.

    A family of variants is moved as one, and has one outline.
    """
    emoji = data.load("emoji")
    names = [emoji.classes[label] for label in emoji.train_labels]
    large = _large(names)
    families = list(map(translation.family, names))
    places = {family: place for place, family in enumerate(dict.fromkeys(families))}
    member = torch.tensor([places[family] for family in families])
    generator = torch.Generator().manual_seed(0)
    versions = [emoji.train]
    for _ in range(VERSIONS - 1):
        ways = _ways(len(places), generator)[member]
        versions.append(torch.cat([_small(*part) for part in zip(large.split(256), ways.split(256), strict=True)]))
    lines = [translation.family_outlines(version, names) for version in versions]
    return torch.cat(versions), torch.cat(lines)


def _large(names: list[str]) -> torch.Tensor:
    """Return the font's pictures with these names, (N, 3, 128, 128), ``uint8``."""
    pictures = build_assets.read_emoji(LARGE)
    return torch.from_numpy(np.stack([pictures[name][1] for name in names])).permute(0, 3, 1, 2)


def _ways(count: int, generator: torch.Generator) -> torch.Tensor:
    """Return where each point of ``count`` versions comes from, as affine maps (N, 2, 3)."""

    def lots(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, generator=generator)

    turn, slant = lots(-TURN, TURN), lots(-SLANT, SLANT)
    across = lots(*SMALLER)
    down = across * lots(*FLATTER)
    right, below = lots(-MOVE, MOVE), lots(-MOVE, MOVE)
    upper = [across * turn.cos(), slant - down * turn.sin(), right]
    lower = [across * turn.sin(), down * turn.cos(), below]
    return torch.stack([torch.stack(upper, 1), torch.stack(lower, 1)], 1)


def _small(large: torch.Tensor, ways: torch.Tensor) -> torch.Tensor:
    """Return pictures (N, 3, 128, 128) changed by affine maps (N, 2, 3), at the size of the shipped ones."""
    missing = 1 - data.as_float(large)  # 0 is white, and so is what comes into view
    changed = 1 - F.grid_sample(
        missing, F.affine_grid(ways, list(large.shape), align_corners=False), align_corners=False
    )
    small = F.interpolate(changed, (32, 32), mode="bicubic", antialias=True, align_corners=False)
    return data.as_bytes(small.clamp(0, 1))
