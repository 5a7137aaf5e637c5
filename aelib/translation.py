"""From image to image: outlines as a detector finds them and as hands draw them, and dots of colour as hints.

A sketch (N, 3, H, W), float in [0, 1], is what you can draw on white paper: lines, and dots of colour. A
``models.RepairNet`` for three channels paints it: the sketch is its damaged image, and every pixel without a dot of
colour counts as lost.
"""

import re
from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional as F

from aelib import checks, interrupts
from aelib.data import as_float

LUMA = (0.299, 0.587, 0.114)  # how much red, green and blue add to brightness: Y of BT.601, as in JPEG
DOT = 3  # side of a dot of colour, in pixels
# What distinguishes variants of an emoji: a skin tone, or the colour of a shape that comes in many.
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

    Canny's detector on brightness, as implemented in scikit-image, with settings that make lines look drawn (Canny
    1986, doi:10.1109/TPAMI.1986.4767851). The paper beyond the rim is assumed to be white: anything that touches the
    rim has a line one pixel inside. Raises as ``grey`` does.
    """
    with interrupts.held_back():
        from skimage.feature import canny  # slow to import, and only this function needs it

    found = [
        canny(plane[0], sigma=0.6, low_threshold=0.05, high_threshold=0.15, mode="constant", cval=1.0)
        for plane in grey(images).numpy(force=True)
    ]
    return torch.stack([torch.from_numpy(each) for each in found])[:, None].to(images.device)


def family(name: str) -> str:
    """Return what the variants of an emoji share: its name without skin tones, or without a shape's colour.

    Raises ``TypeError`` for anything but text.
    """
    if not isinstance(name, str):
        raise TypeError(f"The name of an emoji is text, such as dataset.classes[label]; got {checks.kind(name)}.")
    return _COLOUR.sub("", _TONE.sub("", name))


def family_outlines(images: torch.Tensor, names: Sequence[str]) -> torch.Tensor:
    """Return ``outlines`` of images (N, 3, H, W), using those of the first member for all of a ``family``.

    The outlines of variants differ in a few pixels, which would give the colour away. Raises as ``outlines`` and
    ``family`` do, and ``ValueError`` unless there is one name for each image.
    """
    if len(names) != len(images):
        raise ValueError(f"Each image needs a name; there are {len(names)} names for {len(images)} images.")
    lines = outlines(images)
    first = {}
    return lines[[first.setdefault(family(name), index) for index, name in enumerate(names)]]


def drawn_by_hand(lines: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """Return ink (N, 1, H, W), float in [0, 1], along outlines (N, 1, H, W), bool, as hands would draw them.

    Each image gets, at random from the ``seed``, a wobble of about a pixel, a width from one pixel to three, a soft or
    a hard pen, gaps, and ink from grey to black. Raises ``TypeError`` for lines that are not bool, ``ValueError`` for
    another shape.
    """
    checks.marks(lines, "lines")
    checks.shape(lines, ("N", 1, "H", "W"), "lines")
    count, _, height, width = lines.shape
    generator = torch.Generator().manual_seed(checks.seed(seed))

    def lots(low: float, high: float) -> torch.Tensor:
        """Return a random number for each image, (N, 1, 1, 1)."""
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)

    def waves(channels: int) -> torch.Tensor:
        """Return roughly normal noise that varies slowly over each image, (N, channels, H, W)."""
        coarse = torch.randn(count, channels, 6, 6, generator=generator)
        return F.interpolate(coarse, (height, width), mode="bicubic", align_corners=False)

    ink = lines.float().cpu()
    size = torch.tensor([width, height])
    shift = (waves(2) * lots(0, 0.7)).permute(0, 2, 3, 1) * 2 / size  # grid_sample counts from -1 to 1: (N, H, W, 2)
    at_rest = F.affine_grid(torch.eye(2, 3).expand(count, 2, 3), list(ink.shape), align_corners=False)
    ink = F.grid_sample(ink, at_rest + shift, align_corners=False).mul(1.3).clamp(max=1)
    ink = torch.maximum(ink, lots(-1, 1).clamp(min=0) * F.max_pool2d(ink, 3, 1, 1))
    soft = F.avg_pool2d(ink, 3, 1, 1)
    ink = torch.lerp(ink, soft, lots(-0.6, 0.6).clamp(min=0))
    ink = ink * (waves(1) > lots(-4, -1.2))
    return (ink * lots(0.4, 1)).to(lines.device)


def sketch(ink: torch.Tensor, images: torch.Tensor | None = None, told: torch.Tensor | None = None) -> torch.Tensor:
    """Return sketches (N, 3, H, W), float in [0, 1]: ink (N, 1, H, W), bool or float in [0, 1], on white paper.

    Where ``told`` (N, 1, H, W), bool, is true, such as under ``dots``, the sketch has the colours of ``images``
    (N, 3, H, W) instead. Raises ``TypeError`` or ``ValueError`` for arguments that do not match.
    """
    checks.tensor(ink, "ink")
    checks.shape(ink, ("N", 1, "H", "W"), "ink")
    if ink.dtype != torch.bool:
        checks.floats(ink, "ink")
        checks.originals(ink, "ink")
    paper = (1 - ink.float()).expand(-1, 3, -1, -1)
    if images is None and told is None:
        return paper.contiguous()
    checks.batch(images)
    checks.shape(images, tuple(paper.shape), "images")
    checks.mask(told, paper, "told")
    return torch.where(told, as_float(images), paper)


def dots(count: int, images: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """Return which pixels of images (N, C, H, W) are covered by ``count`` dots of colour: (N, 1, H, W), bool.

    A dot is a square of 3 × 3 pixels, anywhere in the image; some overlap. Raises ``TypeError`` or ``ValueError`` for
    other images, a count below 0 or above the number of pixels, or images smaller than a dot.
    """
    checks.batch(images)
    count = checks.whole(count, "count", 0, images.shape[2] * images.shape[3])
    generator = torch.Generator().manual_seed(checks.seed(seed))
    return _under(_corners(torch.full((len(images),), count), images, generator))


def _corners(counts: torch.Tensor, images: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
    """Return where the upper left pixels of ``counts`` (N,) dots are, 1 or 0, (N, 1, H - 2, W - 2)."""
    height, width = images.shape[2:]
    if min(height, width) < DOT:
        raise ValueError(f"A dot of {DOT} × {DOT} pixels does not fit into images of {height} × {width}.")
    size = [height - DOT + 1, width - DOT + 1]
    corners = torch.zeros(len(images), size[0] * size[1])
    places = torch.randint(corners.shape[1], (len(images), int(counts.max())), generator=generator)
    is_dot = torch.arange(places.shape[1]) < counts[:, None]
    corners.scatter_reduce_(1, places, is_dot.float(), "amax")
    return corners.view(-1, 1, *size).to(images.device)


def _under(corners: torch.Tensor) -> torch.Tensor:
    """Return which pixels are under dots (N, 1, H, W), given their upper left corners, (N, 1, H - 2, W - 2)."""
    return F.max_pool2d(F.pad(corners, (DOT - 1,) * 4), DOT, 1).bool()


def _flat_dots(images: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    """Return images (N, C, H, W) in which each dot has one colour, the mean of its pixels; black between dots."""
    means = F.avg_pool2d(images, DOT, 1) * corners  # (N, C, H - 2, W - 2)
    spread = images.new_ones(1, 1, DOT, DOT)
    sums = F.conv_transpose2d(means, spread.expand(images.shape[1], -1, -1, -1), groups=images.shape[1])
    return sums / F.conv_transpose2d(corners, spread).clamp(min=1)  # where dots overlap, the mean of theirs


class OnSketches(nn.Module):
    """A network to be trained to colour sketches: ``training.fit(OnSketches(network), images, lines)``.

    ``network`` is a ``models.RepairNet`` for three channels. Half of the pictures are mirrored. ``by_hand`` is the
    share of pictures whose ``lines`` look hand-drawn. Pictures get up to ``most_dots`` dots of colour, more often few
    than many; in half of the pictures, each dot has one flat colour. Half of the pictures with dots have their red,
    green and blue permuted, so that the network learns to look at the dots. In evaluation mode, lines and pictures stay
    as they are, and there are no dots.

    ``compare`` is the loss, given what was painted and the images: by default the mean absolute error, over all pixels
    and channels.

    Raises ``ValueError`` for a ``by_hand`` outside [0, 1], or a ``most_dots`` that is not a whole number from 0 on.
    """

    def __init__(
        self,
        network: nn.Module,
        by_hand: float = 0.6,
        most_dots: int = 20,
        compare: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = F.l1_loss,
    ) -> None:
        super().__init__()
        self.network, self.compare = network, compare
        self.by_hand = checks.number(by_hand, "by_hand", 0, 1)
        self.most_dots = checks.whole(most_dots, "most_dots", 0)

    def loss(self, images: torch.Tensor, lines: torch.Tensor) -> torch.Tensor:
        """Return the loss on images (N, 3, H, W) with outlines (N, 1, H, W), bool, varied by torch's global generator.

        Raises ``TypeError`` or ``ValueError`` for others.
        """
        sketches, untold, images = self.varied(images, lines)
        return self.compare(self.network(sketches, untold), images)

    def varied(self, images: torch.Tensor, lines: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sketches, which pixels have no dot of colour, and the images to paint. Raises as ``loss`` does."""
        checks.batch(images)
        checks.shape(images, ("N", 3, "H", "W"), "images")
        images = as_float(images)
        checks.mask(lines, images, "lines")
        if not self.training:
            return sketch(lines), torch.ones_like(lines), images
        mirrored = _some(images, 0.5)
        images = torch.where(mirrored, images.flip(3), images)
        lines = torch.where(mirrored, lines.flip(3), lines)
        ink = lines.float()
        if self.by_hand:
            seed = int(torch.randint(checks.MAX_SEED, ()))
            ink = torch.where(_some(images, self.by_hand), drawn_by_hand(lines, seed), ink)
        counts = ((self.most_dots + 1) * torch.rand(len(images)).square()).long()
        corners = _corners(counts, images)
        images = torch.where(_some(images, 0.5) & (corners.amax((1, 2, 3), True) > 0), _changed_around(images), images)
        told = _under(corners)
        colours = torch.where(_some(images, 0.5), _flat_dots(images, corners), images)
        return sketch(ink, colours, told), ~told, images


def _some(images: torch.Tensor, share: float) -> torch.Tensor:
    """Choose images at random, (N, 1, 1, 1), bool."""
    return torch.rand(len(images), 1, 1, 1, device=images.device) < share


def _changed_around(images: torch.Tensor) -> torch.Tensor:
    """Return images (N, 3, H, W) with red, green and blue permuted at random in each; grey stays grey."""
    order = torch.rand(len(images), 3, device=images.device).argsort(1)
    return images.gather(1, order[:, :, None, None].expand_as(images))
