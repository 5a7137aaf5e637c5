"""Networks that mend images: a U-Net, and one that fills the holes in images of one size."""

import torch
from torch import nn
from torch.nn import functional as F

from aelib import checks
from aelib.models.dense import dense_layers
from aelib.models.network import Network, check_images, first_weights


class RepairNet(Network):
    """A convolutional network that mends damaged images of any size: a U-Net with residual blocks.

    After Ronneberger, Fischer & Brox 2015, arXiv:1505.04597. The encoder halves the resolution from one of the
    ``widths`` (channels of features) to the next; the decoder doubles it again, and skip connections pass it the
    encoder's features at the same resolution, so that fine detail need not go through the narrow end. The network
    predicts what to add to the damaged image. Each half has ``blocks`` residual blocks at each resolution. First of
    all, squares of ``patch`` × ``patch`` pixels become channels, which saves time on large images. ``channels`` is 1
    for grey images and 3 for colour.

    Raises ``ValueError`` for sizes below one.
    """

    def __init__(
        self, channels: int = 1, widths: tuple[int, ...] = (32, 64, 128), blocks: int = 1, patch: int = 1, seed: int = 0
    ) -> None:
        super().__init__()
        self.channels = channels = checks.whole(channels, "channels", 1)
        self.widths = widths = checks.sizes(widths, "widths")
        self.blocks, self.patch = checks.whole(blocks, "blocks", 1), checks.whole(patch, "patch", 1)
        if not widths:
            raise ValueError("One width at least is needed; widths is empty.")
        self.multiple = self.patch * 2 ** (len(widths) - 1)  # sides must be multiples of it, to be halved that often
        narrow_to_wide = list(zip(widths[:-1], widths[1:], strict=True))

        def stage(width: int) -> nn.Sequential:
            return nn.Sequential(*[Residual(width) for _ in range(self.blocks)])

        with first_weights(seed):
            self.first = nn.Conv2d((channels + 1) * self.patch**2, widths[0], 3, padding=1)
            self.encoder = nn.ModuleList(stage(width) for width in widths)
            self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in narrow_to_wide)
            self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in narrow_to_wide)
            self.decoder = nn.ModuleList(stage(width) for width in widths)
            self.last = nn.Conv2d(widths[0], channels * self.patch**2, 3, padding=1)
            nn.init.zeros_(self.last.weight)  # training starts from the damaged image itself

    def forward(self, damaged: torch.Tensor, lost: torch.Tensor | None = None) -> torch.Tensor:
        """Return repaired images, not clamped, from damaged float images (N, C, H, W) in [0, 1].

        ``lost`` (N, 1, H, W), bool, says which pixels are gone; by default, none. Raises ``ValueError`` for other
        shapes, ``TypeError`` for images that are not float.
        """
        check_images(self, damaged, (self.channels, *damaged.shape[2:]))
        height, width = damaged.shape[-2:]
        if lost is None:
            lost = torch.zeros_like(damaged[:, :1], dtype=torch.bool)
        checks.mask(lost, damaged)
        padding = (0, -width % self.multiple, 0, -height % self.multiple)
        x = F.pad(torch.cat([damaged, lost.to(damaged.dtype)], 1), padding, mode="replicate")  # (N, C + 1, H', W')
        x = self.first(F.pixel_unshuffle(x, self.patch))  # (N, widths[0], H'/patch, W'/patch)
        skipped = []
        for stage, down in zip(self.encoder, [*self.down, None], strict=True):
            x = stage(x)
            if down:
                skipped.append(x)
                x = down(x)  # half the height and width, the next of the widths
        for stage, up in zip(self.decoder[::-1], [None, *self.up[::-1]], strict=True):
            if up:
                x = up(x) + skipped.pop()
            x = stage(x)
        change = F.pixel_shuffle(self.last(x), self.patch)[..., :height, :width]  # (N, C, H, W)
        return damaged + change


class Residual(nn.Module):
    """Two convolutions that compute what to add to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1)
        )
        # At first nothing is added, so that any number of blocks can follow each other without the features growing.
        nn.init.zeros_(self.change[2].weight)
        nn.init.zeros_(self.change[2].bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape, (N, width, H, W)."""
        return x + self.change(x)


class FillingNet(Network):
    """Fills the lost pixels of images of one size: dense layers guess them, a ``RepairNet`` refines the guess.

    The dense layers see the whole image at once, including the far side of a hole; the convolutions then mend the
    detail. ``hidden`` are the widths of the dense layers, ``widths`` those of the ``RepairNet``. ``dense`` and
    ``refine`` are the two parts. Raises ``ValueError`` for sizes below one.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (1024, 1024),
        widths: tuple[int, ...] = (24, 48, 96),
        image_shape: tuple[int, int, int] = (1, 28, 28),
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.hidden, self.widths = checks.sizes(hidden, "hidden"), checks.sizes(widths, "widths")
        self.image_shape = checks.sizes(image_shape, "image_shape", "CHW")
        self.dense = _DenseFilling(self.hidden, self.image_shape, seed)
        self.refine = RepairNet(self.image_shape[0], self.widths, seed=seed)

    def forward(self, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return images (N, C, H, W), not clamped, from damaged ones, float in [0, 1]; ``lost`` (N, 1, H, W), bool.

        Raises ``ValueError`` for other shapes, ``TypeError`` for images that are not float.
        """
        guessed = self.dense(damaged, lost)  # this also checks the arguments
        return self.refine(torch.where(lost, guessed, damaged), lost)


class _DenseFilling(nn.Module):
    """Dense layers from an image and the mask of its lost pixels to the image."""

    def __init__(self, hidden: tuple[int, ...], image_shape: tuple[int, int, int], seed: int) -> None:
        super().__init__()
        self.image_shape = image_shape
        pixels = image_shape[1] * image_shape[2]
        values = image_shape[0] * pixels
        with first_weights(seed):
            self.layers = dense_layers([values + pixels, *hidden, values], "silu", "linear")

    def forward(self, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return images (N, C, H, W). Raises as ``FillingNet`` does."""
        check_images(self, damaged, self.image_shape)
        checks.mask(lost, damaged)
        both = torch.cat([damaged, lost.to(damaged.dtype)], 1).flatten(1)  # (N, (C + 1)·H·W)
        return self.layers(both).unflatten(1, self.image_shape)
