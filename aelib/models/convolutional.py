"""A convolutional autoencoder, for grey or colour images."""

import math
from collections.abc import Callable
from itertools import pairwise

from torch import nn

from aelib import checks
from aelib.models.network import Autoencoder, first_weights

# Each makes a layer for a number of feature maps; a single group of them all is layer normalisation.
NORMALISATIONS = {"batch": nn.BatchNorm2d, "image": lambda maps: nn.GroupNorm(1, maps)}


class ConvAutoencoder(Autoencoder):
    """A convolutional autoencoder, with one dense layer on each side of its code.

    Each convolution in the encoder halves height and width, and makes as many feature maps as the next of the
    ``widths``; the decoder goes back through the same sizes with transposed convolutions, and ends in a sigmoid. A
    normalisation and SiLU follow all of them except the last: by default over the ``"batch"`` (Ioffe & Szegedy 2015,
    arXiv:1502.03167), or over each ``"image"`` separately (Ba, Kiros & Hinton 2016, arXiv:1607.06450), for batches
    shared by several processes. ``image_shape`` is (C, H, W). The ``seed`` fixes the random initial weights.

    Raises ``ValueError`` for sizes below one, no ``widths``, another ``normalisation``, or images whose sides cannot be
    halved that often, or, with batch normalisation, would shrink to a single pixel.
    """

    def __init__(
        self,
        code_size: int = 128,
        widths: tuple[int, ...] = (24, 48, 96),
        image_shape: tuple[int, int, int] = (3, 32, 32),
        seed: int = 0,
        normalisation: str = "batch",
    ) -> None:
        super().__init__()
        if normalisation not in NORMALISATIONS:
            raise ValueError(f"normalisation must be one of {', '.join(NORMALISATIONS)}; got {normalisation!r}.")
        self.normalisation = normalisation
        self.code_size, self.widths = checks.whole(code_size, "code_size", 1), checks.sizes(widths, "widths")
        self.image_shape = channels, height, width = checks.sizes(image_shape, "image_shape", "CHW")
        times = 2 ** len(self.widths)
        if not self.widths:
            raise ValueError("One width at least is needed; widths is empty.")
        if height % times or width % times:
            raise ValueError(
                f"{len(self.widths)} convolutions halve the sides of the images, which must be multiples of {times}; "
                f"got image_shape={self.image_shape}."
            )
        if normalisation == "batch" and height == width == times:
            # Torch's own error would come late, in the last batch of an epoch, if that has one image.
            raise ValueError(
                f"{len(self.widths)} convolutions would shrink images of {height} × {width} to a single pixel, and of "
                f"one pixel of one image batch normalisation can take no variance. Use fewer widths, or larger images."
            )
        narrow = (self.widths[-1], height // times, width // times)  # features between convolutions and code
        sizes = [channels, *self.widths]
        normalise = NORMALISATIONS[normalisation]
        with first_weights(seed):
            self.encoder = nn.Sequential(
                *[layer for pair in pairwise(sizes) for layer in _block(nn.Conv2d, *pair, normalise)],
                nn.Flatten(),
                nn.Linear(math.prod(narrow), self.code_size),
            )
            self.decoder = nn.Sequential(
                nn.Linear(self.code_size, math.prod(narrow)),
                nn.Unflatten(1, narrow),
                nn.SiLU(),
                *[
                    layer
                    for pair in pairwise(self.widths[::-1])
                    for layer in _block(nn.ConvTranspose2d, *pair, normalise)
                ],
                nn.ConvTranspose2d(self.widths[0], channels, 4, stride=2, padding=1),
                nn.Sigmoid(),
            )

    @property
    def config(self) -> dict[str, object]:
        """As in every network; the default normalisation is left out, as in older files and codecs."""
        config = super().config
        if self.normalisation == "batch":
            del config["normalisation"]
        return config


def _block(
    convolution: type[nn.Module], inputs: int, outputs: int, normalise: Callable[[int], nn.Module]
) -> list[nn.Module]:
    """Return layers that halve the sides of features (N, inputs, H, W), or, with a transposed convolution, double them.

    The result has ``outputs`` feature maps.
    """
    return [convolution(inputs, outputs, 4, stride=2, padding=1), normalise(outputs), nn.SiLU()]
