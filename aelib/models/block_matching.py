"""Remove noise from patches of images: each by its own cosine waves, or in stacks of patches that look alike.

``DenoisingNet`` starts from these parts of a classical method. They need only torch, and are here rather than in
``classical`` because networks do not depend on other modules, and OpenCV and scikit-learn are slow to import.
"""

import math

import torch
from torch.nn import functional as F

# Side of a patch in pixels, pixels from one stack to the next, patches in a stack, and pixels from a patch to the
# furthest candidate.
STACK_SIDE, STACK_STRIDE, STACK_SIZE, STACK_REACH = 6, 4, 32, 13


class Patches:
    """The overlapping patches of images (N, 1, H, W), side × side pixels each, one every ``stride`` pixels.

    ``coefficients`` (N, side², rows, columns) say how much of each cosine wave a patch has. Computing the waves along
    columns and along rows in turn saves most of the time.
    """

    def __init__(self, side: int, stride: int, images: torch.Tensor) -> None:
        self.side, self.stride, self.margin = side, stride, side - stride
        self.height, self.width = images.shape[2:]
        self.waves = cosines(side).to(images)[:, None, :, None]  # (side, 1, side, 1)
        right, below = (self.margin + -length % stride for length in (self.width, self.height))
        padded = F.pad(images, (self.margin, right, self.margin, below), mode="replicate")
        along_columns = F.conv2d(padded, self.waves, stride=(stride, 1))  # (N, side, rows, W')
        along_rows = F.conv2d(along_columns.flatten(0, 1)[:, None], self.waves.transpose(2, 3), stride=(1, stride))
        self.coefficients = along_rows.unflatten(0, (len(images), side)).flatten(1, 2)

    def averaged(self, coefficients: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Return the images (N, 1, H, W) for changed coefficients, with patches of ``weight`` (N, 1, rows, …)."""
        waves, stride = self.waves, self.stride
        along_rows = (coefficients * weight).unflatten(1, (self.side, self.side)).flatten(0, 1)
        along_columns = F.conv_transpose2d(along_rows, waves.transpose(2, 3), stride=(1, stride))  # (N · side, 1, …)
        sums = F.conv_transpose2d(along_columns[:, 0].unflatten(0, (-1, self.side)), waves, stride=(stride, 1))
        weights = F.conv_transpose2d(weight, weight.new_ones(1, 1, self.side, self.side), stride=stride)
        height, width, margin = self.height, self.width, self.margin
        return (sums / weights)[..., margin : margin + height, margin : margin + width]


def filtered_in_stacks(noisy: torch.Tensor, guess: torch.Tensor, deviation: float) -> torch.Tensor:
    """Return the three planes (3, 1, H, W) of a noisy image with less noise: patches that look alike mend each other.

    Brightness, the first plane of the guess, says which patches look alike; the guess of each plane says how much
    energy the coefficients of a stack have without noise.
    """
    side, stride = STACK_SIDE, STACK_STRIDE
    right, below = (max(side - length, (side - length) % stride) for length in noisy.shape[:1:-1])
    padded_noisy, padded_guess = (F.pad(planes, (0, right, 0, below), mode="replicate") for planes in (noisy, guess))
    height, width = padded_noisy.shape[2:]
    pixels = torch.arange(side, device=noisy.device)
    offsets = (pixels[:, None] * width + pixels).flatten()
    through, across = cosines(STACK_SIZE).to(noisy), torch.kron(cosines(side), cosines(side)).to(noisy)
    noisy_values, guessed_values = padded_noisy.flatten(1), padded_guess.flatten(1)  # (3, H'·W')
    sums, weights = torch.zeros_like(noisy_values), torch.zeros_like(noisy_values)
    for corners in _alike(padded_guess[:1]).split(512):  # in parts, to save memory
        chosen = corners[:, :, None] + offsets  # (stacks, STACK_SIZE, side²)
        energy = (through @ guessed_values[:, chosen] @ across.T).square()  # (3, stacks, STACK_SIZE, side²)
        share = energy / (energy + deviation**2)
        share[..., 0, 0] = 1
        weight = (1 / share.square().sum((2, 3), keepdim=True)).expand_as(share)
        filtered = through.T @ (share * (through @ noisy_values[:, chosen] @ across.T)) @ across
        sums.index_add_(1, chosen.flatten(), (weight * filtered).flatten(1))
        weights.index_add_(1, chosen.flatten(), weight.flatten(1))
    return (sums / weights).view(3, 1, height, width)[..., : noisy.shape[2], : noisy.shape[3]]


def _alike(brightness: torch.Tensor) -> torch.Tensor:
    """Return the patches that look most like each patch, itself included, for one patch every ``STACK_STRIDE`` pixels.

    They are given by their upper left corners, counted pixel by pixel in the image (1, 1, H, W): (stacks, STACK_SIZE).
    """
    side, stride, reach = STACK_SIDE, STACK_STRIDE, STACK_REACH
    height, width = brightness.shape[2:]
    around = F.pad(brightness, (reach,) * 4, value=torch.inf)  # (1, 1, H + 2·reach, W + 2·reach)
    shifts = range(2 * reach + 1)
    shifted = (around[..., down : down + height, left : left + width] for down in shifts for left in shifts)
    difference = torch.cat([F.avg_pool2d((each - brightness).square(), side, stride) for each in shifted])[:, 0]
    difference[len(difference) // 2] = -1  # a patch is in its own stack, even if all look the same
    nearest = difference.topk(STACK_SIZE, dim=0, largest=False).indices  # (STACK_SIZE, rows, columns)
    rows, columns = (torch.arange(0, length - side + 1, stride).to(nearest) for length in (height, width))
    tops = (rows[:, None] + nearest // len(shifts) - reach).clamp(0, height - side)  # a small image has few patches,
    lefts = (columns + nearest % len(shifts) - reach).clamp(0, width - side)  # so that some come twice
    return (tops * width + lefts).flatten(1).T


def cosines(size: int) -> torch.Tensor:
    """Return the waves of the discrete cosine transform as the rows of an orthogonal matrix (size, size)."""
    frequency, place = torch.arange(size)[:, None], torch.arange(size)
    waves = torch.cos(math.pi * frequency * (2 * place + 1) / (2 * size))
    return F.normalize(waves, dim=1)
