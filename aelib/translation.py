"""From image to image: outlines, as a detector finds them and as hands draw them, and dots of colour as hints.

A sketch (N, 3, H, W), float in [0, 1], is what one can draw on white paper: lines, and dots of colour. A
``models.RepairNet`` for three channels paints it: the sketch is its damaged image, and lost is every pixel that no dot
tells the colour of.
"""

import re
from collections.abc import Sequence

import torch
from torch.nn import functional as F

from aelib import checks, interrupts
from aelib.data import as_float

LUMA = (0.299, 0.587, 0.114)  # how much red, green and blue add to brightness: Y of BT.601, as in JPEG
DOT = 3  # pixels along the side of a dot of colour
# What tells the variants of one emoji apart: a skin tone, or the colour of a shape that comes in many.
_TONE = re.compile(r" \+ emoji modifier fitzpatrick type-[\d-]+")
_COLOUR = re.compile(
    r"\b(heavy black|black|blue|brown|green|orange|purple|red|white|yellow) "
    r"(?=((large|medium small|medium|small) )?(book|circle|diamond|heart|square)$)"
)


def grey(images: torch.Tensor) -> torch.Tensor:
    """Return the brightness (N, 1, H, W) of colour images (N, 3, H, W): float in [0, 1], Y of BT.601.

    Raises ``TypeError`` or ``ValueError`` for other images.
    """
    checks.batch(images)
    checks.shape(images, (len(images), 3, *images.shape[2:]), "images")
    weights = torch.tensor(LUMA, device=images.device)[:, None, None]
    return (as_float(images) * weights).sum(1, keepdim=True)


def outlines(images: torch.Tensor) -> torch.Tensor:
    """Return the outlines of colour images (N, 3, H, W) as (N, 1, H, W), bool: lines a pixel wide.

    Canny's detector on brightness, as scikit-image computes it, with the settings whose lines look drawn (Canny 1986,
    doi:10.1109/TPAMI.1986.4767851). Beyond the rim the paper is taken to be white: what touches it has a line one pixel
    inside. Raises as ``grey`` does.
    """
    with interrupts.held_back():
        from skimage.feature import canny  # slow to import, and only this function needs it

    found = [
        canny(plane[0], sigma=0.6, low_threshold=0.05, high_threshold=0.15, mode="constant", cval=1.0)
        for plane in grey(images).numpy(force=True)
    ]
    return torch.stack([torch.from_numpy(each) for each in found])[:, None].to(images.device)


def family(name: str) -> str:
    """Return what the variants of an emoji share: its name without skin tones, or without a shape's colour."""
    return _COLOUR.sub("", _TONE.sub("", name))


def family_outlines(images: torch.Tensor, names: Sequence[str]) -> torch.Tensor:
    """Return ``outlines`` of images (N, 3, H, W), but for all of one ``family`` those of its first member.

    The outlines of variants differ in a few pixels, and would betray the colour. Raises as ``outlines`` does, and
    ``ValueError`` for another number of names.
    """
    if len(names) != len(images):
        raise ValueError(f"Each image needs a name; there are {len(names)} names for {len(images)} images.")
    lines = outlines(images)
    first = {}
    return lines[[first.setdefault(family(name), index) for index, name in enumerate(names)]]


def drawn_by_hand(lines: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """Return ink (N, 1, H, W), float in [0, 1], along outlines (N, 1, H, W), bool, as hands would draw them.

    Each image gets a wobble of about a pixel, a width from one pixel to three, a soft or a hard pen, gaps, and ink from
    grey to black, by lots from the ``seed``. Raises ``TypeError`` for lines that are not bool, ``ValueError`` for
    another shape.
    """
    checks.marks(lines)
    checks.shape(lines, (len(lines), 1, *lines.shape[2:]), "lines")
    count, _, height, width = lines.shape
    generator = torch.Generator().manual_seed(checks.seed(seed))

    def lots(low: float, high: float) -> torch.Tensor:
        """Return one number for each image, (N, 1, 1, 1)."""
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)

    def waves(channels: int) -> torch.Tensor:
        """Return what changes slowly over each image, about normal, (N, channels, H, W)."""
        coarse = torch.randn(count, channels, 6, 6, generator=generator)
        return F.interpolate(coarse, (height, width), mode="bicubic", align_corners=False)

    ink = lines.float().cpu()
    size = torch.tensor([width, height])
    shift = (waves(2) * lots(0, 0.7)).permute(0, 2, 3, 1) * 2 / size  # grid_sample counts from -1 to 1: (N, H, W, 2)
    at_rest = F.affine_grid(torch.eye(2, 3).expand(count, 2, 3), list(ink.shape), align_corners=False)
    ink = F.grid_sample(ink, at_rest + shift, align_corners=False).mul(1.3).clamp(max=1)
    ink = torch.maximum(ink, lots(-1, 1).clamp(min=0) * F.max_pool2d(ink, 3, 1, 1))
    soft = F.avg_pool2d(F.pad(ink, (1, 1, 1, 1)), 3, 1)
    ink = torch.lerp(ink, soft, lots(-0.6, 0.6).clamp(min=0))
    ink = ink * (waves(1) > lots(-4, -1.2))
    return (ink * lots(0.4, 1)).to(lines.device)


def dots(count: int, images: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """Return which pixels of images (N, C, H, W) so many dots of colour cover: (N, 1, H, W), bool.

    A dot is a square of three pixels a side, anywhere in the image; some overlap. Raises ``TypeError`` or
    ``ValueError`` for other images, a count below 0, or images smaller than a dot.
    """
    checks.batch(images)
    count = checks.whole(count, "count", 0)
    height, width = images.shape[2:]
    if min(height, width) < DOT:
        raise ValueError(f"A dot of {DOT} × {DOT} pixels does not fit into images of {height} × {width}.")
    generator = torch.Generator().manual_seed(checks.seed(seed))
    inner = torch.zeros(len(images), (height - DOT + 1) * (width - DOT + 1))
    places = torch.randint(inner.shape[1], (len(images), count), generator=generator)
    corners = inner.scatter(1, places, 1.0).view(-1, 1, height - DOT + 1, width - DOT + 1)
    return F.max_pool2d(F.pad(corners, (DOT - 1,) * 4), DOT, 1).bool().to(images.device)
