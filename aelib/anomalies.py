"""Anomalies: ten kinds of odd pictures, and a detector that looks for more than one kind of failure."""

import torch
from torch.nn import functional as F

from aelib import checks, interrupts
from aelib.data import as_float, load

PART = 500  # images taken at a time, with their distances to all others
BRIGHTEST = 20  # pixels whose mean is the light of an image
FEWEST = 20  # held-back images, enough for a 16 % quantile
TOLERATED = 1.5  # spreads from normal; closer than that, a clue does not count
CLUES = ("distance", "edge strength", "fineness", "light")
TINY = 1e-4  # added before a logarithm is taken, since a black picture has no edges


def odd_pictures(images: torch.Tensor, seed: int = 0) -> dict[str, torch.Tensor]:
    """Return ten kinds of odd pictures (N, 1, H, W), float in [0, 1], as large as the grey ``images`` (N, 1, H, W).

    Eight are made from the images. Two show other things: ``"emoji"`` are the 605 test pictures of that data set, grey
    and on black, and ``"digits"`` scikit-learn's 1,797. Raises ``TypeError`` or ``ValueError`` for images that are not
    grey.
    """
    images = _as_float(images)
    checks.shape(images, ("N", 1, "H", "W"), "images")
    with interrupts.held_back():
        from scipy.ndimage import gaussian_filter  # slow to import, and only this function needs them
        from sklearn.datasets import load_digits

    generator = torch.Generator().manual_seed(checks.seed(seed))
    height, width = images.shape[2:]
    emoji = 1 - as_float(load("emoji").test).mean(1, keepdim=True)  # (605, 1, 32, 32), on black
    digits = torch.from_numpy(load_digits().images).float()[:, None] / 16  # (1797, 1, 8, 8)
    square, scratched = images.clone(), images.clone()
    inside = [slice(side // 2 - side // 7, side // 2 + side // 7) for side in (height, width)]  # two sevenths
    square[:, :, inside[0], inside[1]] = torch.rand(len(images), 1, 1, 1, generator=generator)
    scratched[..., width // 2 - 1 : width // 2 + 1] = 1
    return {
        "emoji": F.interpolate(emoji, (height, width), mode="area"),
        "digits": F.interpolate(digits, (height, width), mode="bilinear").clamp(0, 1),
        "noise": torch.rand(images.shape, generator=generator),
        "black": torch.zeros_like(images),
        "blurred": torch.from_numpy(gaussian_filter(images.numpy(), (0, 0, 1.5, 1.5))),
        "half as bright": images / 2,
        "negative": 1 - images,
        "upside down": images.flip(2),
        "a grey square": square,
        "a white scratch": scratched,
    }


def _as_float(images: torch.Tensor, name: str = "images") -> torch.Tensor:
    """Return images (N, C, H, W) as float in [0, 1], on the CPU. Raises ``TypeError`` or ``ValueError`` for others."""
    checks.batch(images, name)
    checks.originals(images, name)
    return as_float(images.detach()).cpu()


def edge_strength(images: torch.Tensor) -> torch.Tensor:
    """Return how strong the edges of images (N, C, H, W) are, (N,).

    This is the logarithm of the mean squared difference between neighbouring pixels, right and down. Raises
    ``TypeError`` or ``ValueError`` for anything but images in [0, 1].
    """
    images = _as_float(images)
    right, down = (images.diff(dim=dim).square().mean((1, 2, 3)) for dim in (3, 2))
    return (right + down + TINY).log()


def fineness(images: torch.Tensor) -> torch.Tensor:
    """Return how fine the detail in images (N, C, H, W) is, (N,).

    This is the logarithm of what a mean over 3 × 3 pixels removes, as a share of the variance. Raises as
    ``edge_strength`` does.
    """
    images = _as_float(images)
    lost = images - F.avg_pool2d(images, 3, stride=1, padding=1)
    return (lost.square().mean((1, 2, 3)) / (images.var((1, 2, 3)) + TINY) + TINY).log()


def light(images: torch.Tensor) -> torch.Tensor:
    """Return the mean (N,) of each image's 20 brightest pixel values, for images (N, C, H, W).

    Raises as ``edge_strength`` does, and ``ValueError`` for images of fewer values.
    """
    images = _as_float(images)
    if images[0].numel() < BRIGHTEST:
        raise ValueError(f"The images need {BRIGHTEST} pixel values or more; these have {images[0].numel()}.")
    return images.flatten(1).topk(BRIGHTEST).values.mean(1)


class Detector:
    """Scores how odd an image is: how far from the nearest normal ones, and how unlike them by three clues.

    ``reference`` are normal images (N, C, H, W) to compare with, ``held_back`` other normal ones, which teach the
    detector how far and how unlike is normal. ``neighbours`` is how many of the nearest count. The score is the
    distance plus, for ``edge_strength`` and ``fineness``, relative to the nearest normal images, and for ``light``,
    whatever exceeds 1.5 spreads from the median. A spread is the distance from the median beyond which 16 % of the
    held-back images are, on either side; for a normal distribution it is the standard deviation.

    ``reference`` and ``held_back`` are kept, as float: an alarm line is a quantile of the held-back images' scores.
    ``median``, ``above`` and ``below`` (4,) also come from those, for the distance and the three clues: the spreads
    above and below the median.

    Raises ``TypeError`` or ``ValueError`` for other images, for different shapes, for fewer than 20 held-back images,
    fewer reference images than neighbours, or images of fewer than 20 values.
    """

    def __init__(self, reference: torch.Tensor, held_back: torch.Tensor, neighbours: int = 5) -> None:
        checks.batch(reference, "reference")
        checks.batch(held_back, "held_back", least=FEWEST)
        checks.alike(reference, held_back, "reference", "held_back")
        self.neighbours = checks.whole(neighbours, "neighbours", 1, len(reference))
        self.reference, self.held_back = _as_float(reference, "reference"), _as_float(held_back, "held_back")
        self._of_reference = torch.stack([edge_strength(self.reference), fineness(self.reference)], 1)  # (N, 2)
        usual = self._measured(self.held_back)  # (M, 4)
        low, self.median, high = usual.quantile(torch.tensor([0.16, 0.5, 0.84]), dim=0)  # (4,) each
        self.above, self.below = high - self.median, self.median - low

    def _measured(self, images: torch.Tensor) -> torch.Tensor:
        """Return each image's distance and its three clues, (N, 4)."""
        rows = self.reference.flatten(1)
        rows_squared = rows.square().sum(1)
        distances, nearest = [], []
        for part in images.flatten(1).split(PART):
            squared = part.square().sum(1, keepdim=True) + rows_squared - 2 * part @ rows.T  # (PART, N)
            found = squared.topk(self.neighbours, largest=False)
            distances.append(found.values.clamp(min=0).sqrt().mean(1))
            nearest.append(found.indices)
        own = torch.stack([edge_strength(images), fineness(images)], 1)
        unlike = own - self._of_reference[torch.cat(nearest)].mean(1)  # (N, 2)
        return torch.cat([torch.cat(distances)[:, None], unlike, light(images)[:, None]], 1)

    def clues(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return each image's ``"distance"``, (N,), and how unlike its neighbours it is by each clue.

        All are in spreads from the median of the held-back images; negative means below it. Raises ``TypeError`` or
        ``ValueError`` for images of another shape than the reference, or not in [0, 1].
        """
        images = _as_float(images)
        checks.alike(self.reference, images, "reference", "images")
        off = self._measured(images) - self.median  # (N, 4)
        spreads = torch.where(off > 0, self.above, self.below)
        return dict(zip(CLUES, (off / spreads.clamp(min=TINY)).unbind(1), strict=True))

    def scores(self, images: torch.Tensor) -> torch.Tensor:
        """Return how odd each image is, (N,): higher is odder, about 0 is normal. Raises as ``clues`` does."""
        distance, *others = self.clues(images).values()
        return distance + sum((clue.abs() - TOLERATED).clamp(min=0) for clue in others)
