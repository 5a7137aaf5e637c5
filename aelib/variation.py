"""Move, turn and recolour images, line them up, and train on images that vary.

What comes into view at the rim has the colour of the ``background``, from 0 to 1 in all channels: white for emoji,
black for Fashion-MNIST.
"""

import torch
from torch import nn

from aelib import checks, interrupts
from aelib.data import as_float

MOST = 10_000  # pixels to move by, or times as bright: far more than a picture needs, and safe from overflow
WHOLE = (torch.int8, torch.int16, torch.int32, torch.int64)  # signed, so that -steps exists


def vary(
    images: torch.Tensor,
    right: float = 0,
    down: float = 0,
    turn: float = 0,
    brightness: float = 1,
    hue: float = 0,
    background: float = 1,
) -> torch.Tensor:
    """Return images (N, C, H, W), float in [0, 1], moved, turned, and changed in brightness and hue.

    ``right`` and ``down`` are pixels, at most 10,000 each way; ``turn`` is in degrees, clockwise around the middle, and
    comes first. Brightness is interpolated bilinearly between pixels, which blurs: compare images moved by fractions of
    pixels, or turned, only with others treated that way. ``brightness``, from 0 to 10,000, is a factor; anything
    brighter than white becomes white. ``hue``, from -0.5 to 0.5, rotates the colour wheel (0.5 is the opposite side);
    grey pixels, and images without three channels, stay the same. torchvision moves, turns, and changes the hue.

    Raises ``TypeError`` or ``ValueError`` for other images, or numbers that make no sense.
    """
    with interrupts.held_back():
        from torchvision.transforms import InterpolationMode  # 1.5 s to import, and only this function needs it
        from torchvision.transforms.v2 import functional

    checks.batch(images)
    images = as_float(images)
    right, down = checks.number(right, "right", -MOST, MOST), checks.number(down, "down", -MOST, MOST)
    turn = checks.number(turn, "turn")
    brightness = checks.number(brightness, "brightness", 0, MOST)
    hue = checks.number(hue, "hue", -0.5, 0.5)
    background = checks.number(background, "background", 0, 1)
    if right or down or turn:
        # Shift the background to 0, which is what comes in: torchvision's own ``fill`` is mixed in twice at the rim.
        moved = functional.affine(images - background, turn, [right, down], 1, [0, 0], InterpolationMode.BILINEAR)
        images = (moved + background).clamp(0, 1)
    if brightness != 1:
        images = (images * brightness).clamp(max=1)
    if hue and images.shape[1] == 3:
        images = functional.adjust_hue(images, hue)
    return images


def move(images: torch.Tensor, steps: torch.Tensor, background: float = 1) -> torch.Tensor:
    """Return images (N, C, H, W), each moved by its own number of whole pixels: ``steps`` (N, 2), right and down.

    Nothing is interpolated: ``move(move(images, steps), -steps)`` gives back what has not left the picture. For
    ``uint8`` images, the ``background`` becomes the nearest of the 256 values. Raises ``TypeError`` unless the steps
    are a tensor of signed whole numbers, ``TypeError`` or ``ValueError`` for other images, shapes or backgrounds.
    """
    checks.batch(images)
    _check_steps(steps, len(images))
    background = checks.number(background, "background", 0, 1)
    background = round(255 * background) if images.dtype == torch.uint8 else background
    height, width = images.shape[2:]
    columns = torch.arange(width, device=images.device) - steps[:, :1]  # (N, W): where each pixel comes from
    rows = torch.arange(height, device=images.device) - steps[:, 1:]  # (N, H)
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None]  # (N, H, W)
    each = torch.arange(len(images), device=images.device)[:, None, None]
    moved = images.permute(0, 2, 3, 1)[  # (N, H, W, C)
        each, rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None]
    ].permute(0, 3, 1, 2)
    return moved.where(inside[:, None], torch.as_tensor(background, dtype=images.dtype, device=images.device))


def _check_steps(steps: torch.Tensor, count: int) -> None:
    """Refuse anything but a step in whole pixels for each image. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(steps, torch.Tensor) or steps.dtype not in WHOLE:
        found = steps.dtype if isinstance(steps, torch.Tensor) else checks.kind(steps)
        rounded = ".round()" if isinstance(steps, torch.Tensor) and steps.is_floating_point() else ""
        raise TypeError(
            f"steps must be a tensor (N, 2) of signed whole numbers of pixels, such as torch.tensor([[2, -1]]); got "
            f"{found}. Use torch.as_tensor(steps){rounded}.long()."
        )
    checks.shape(steps, (count, 2), "steps")


def off_centre(images: torch.Tensor, background: float = 1) -> torch.Tensor:
    """Return how far what images (N, C, H, W) show is off-centre, in whole pixels (N, 2), right and down.

    It compares the centre of mass with the middle of the picture, where a pixel's mass is the distance of its colour
    from the ``background``; (0, 0) for an empty image. Raises ``TypeError`` or ``ValueError`` for other images, or for
    a ``background`` outside [0, 1].
    """
    checks.batch(images)
    background = checks.number(background, "background", 0, 1)
    mass = (as_float(images) - background).abs().sum(1)  # (N, H, W)
    total = mass.sum((1, 2)).clamp(min=1e-6)
    height, width = mass.shape[1:]
    across = torch.arange(width, device=images.device) - (width - 1) / 2
    along = torch.arange(height, device=images.device) - (height - 1) / 2
    right = (mass.sum(1) * across).sum(1) / total  # (N,)
    down = (mass.sum(2) * along).sum(1) / total
    # Round halves up, even if floats left them just below. round() would go to the even neighbour, so that a picture
    # moved by one pixel could count as moved by two, or by none.
    return (torch.stack([right, down], 1) + 0.5 + 1e-4).floor().long()


class OnVaried(nn.Module):
    """A network to be trained on images moved and mirrored at random: ``training.fit(OnVaried(network), …)``.

    Each image is moved by up to ``pixels`` in each direction, and half of them are mirrored if ``mirror`` is true.
    ``network`` needs a ``loss(images)``, which gets the varied images; in evaluation mode, it gets the images
    unchanged.

    Raises ``TypeError`` for a network without a ``loss``, or a ``mirror`` that is not bool, ``ValueError`` for other
    ``pixels`` or a ``background`` outside [0, 1].
    """

    def __init__(self, network: nn.Module, pixels: int = 0, mirror: bool = False, background: float = 1) -> None:
        super().__init__()
        checks.with_loss(network)
        if not isinstance(mirror, bool):
            raise TypeError(f"mirror must be True or False; got {mirror!r}.")
        self.network, self.mirror = network, mirror
        self.pixels = checks.whole(pixels, "pixels", 0)
        self.background = checks.number(background, "background", 0, 1)

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return the network's loss on images (N, C, H, W) varied by torch's global generator.

        Raises ``TypeError`` or ``ValueError`` for other images.
        """
        checks.batch(images)
        if self.training and self.mirror:
            mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
            images = torch.where(mirrored, images.flip(3), images)
        if self.training and self.pixels:
            steps = torch.randint(-self.pixels, self.pixels + 1, (len(images), 2), device=images.device)
            images = move(images, steps, self.background)
        return self.network.loss(images)
