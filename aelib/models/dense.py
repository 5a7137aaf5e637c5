"""Autoencoders of fully connected layers, and PCA, the best linear one without hidden layers."""

import math

import torch
from torch import nn

from aelib import checks
from aelib.models.network import Autoencoder, check_images, first_weights

ACTIVATIONS = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
MAX_PCA_PIXELS = 4096


class DenseAutoencoder(Autoencoder):
    """An autoencoder of fully connected layers.

    The encoder goes from the pixels through the ``hidden`` layers to the code, and the decoder goes back through the
    same sizes in reverse. ``activation`` follows each hidden layer, ``code_activation`` the code and
    ``output_activation`` the last layer; each is one of ``"linear"`` (none), ``"relu"``, ``"silu"``, ``"tanh"``,
    ``"sigmoid"``. ``image_shape`` is (C, H, W). The ``seed`` fixes the random initial weights.

    Raises ``ValueError`` for sizes below one or an unknown activation.
    """

    def __init__(
        self,
        code_size: int = 32,
        hidden: tuple[int, ...] = (512,),
        image_shape: tuple[int, int, int] = (1, 28, 28),
        activation: str = "silu",
        code_activation: str = "linear",
        output_activation: str = "sigmoid",
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.code_size, self.hidden = checks.whole(code_size, "code_size", 1), checks.sizes(hidden, "hidden")
        self.image_shape = checks.sizes(image_shape, "image_shape", "CHW")
        for name in (activation, code_activation, output_activation):
            if name not in ACTIVATIONS:
                raise ValueError(f"There is no activation {name!r}; choose from {', '.join(ACTIVATIONS)}.")
        self.activation, self.code_activation = activation, code_activation
        self.output_activation = output_activation
        sizes = [math.prod(self.image_shape), *self.hidden, self.code_size]
        with first_weights(seed):
            self.encoder = dense_layers(sizes, activation, code_activation)
            self.decoder = dense_layers(sizes[::-1], activation, output_activation)

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Turn float images (N, C, H, W) in [0, 1] into codes (N, code_size).

        Raises ``ValueError`` for images of another shape, ``TypeError`` for images that are not float.
        """
        check_images(self, images, self.image_shape)
        return self.encoder(images.flatten(1))  # (N, C, H, W) => (N, C·H·W) => (N, code_size)

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Turn codes (N, code_size) into images (N, C, H, W).

        Raises ``ValueError`` for codes of another shape, ``TypeError`` if their type is not that of the weights.
        """
        return super().decode(codes).unflatten(1, self.image_shape)  # (N, code_size) => (N, C·H·W) => (N, C, H, W)


def dense_layers(sizes: list[int], activation: str, last_activation: str) -> nn.Sequential:
    """Return layers of the given widths; ``activation`` follows all but the last, ``last_activation`` the last."""
    layers = []
    for i, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        is_last = i == len(sizes) - 2
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[last_activation if is_last else activation]()]
    return nn.Sequential(*layers)


def pca(images: torch.Tensor, code_size: int) -> DenseAutoencoder:
    """Return the best linear autoencoder of images: principal component analysis, as a network without hidden layers.

    ``images`` are float, (N, C, H, W); the code units are coordinates along the directions of greatest variance,
    greatest first (Baldi & Hornik 1989, doi:10.1016/0893-6080(89)90014-2). Raises ``TypeError`` for images that are not
    float, ``ValueError`` for more units than pixels, for more than 4,096 pixel values, whose covariances would fill the
    memory, for NaN, or for fewer than two images.
    """
    checks.batch(images)
    checks.originals(images)
    checks.floats(images)
    code_size = checks.whole(code_size, "code_size")
    rows = images.flatten(1).double()  # (N, C·H·W)
    if len(rows) < 2 or not 1 <= code_size <= rows.shape[1]:
        raise ValueError(
            f"PCA needs two images or more, and a code_size from 1 to the number of pixels; got {len(rows)} images of "
            f"{rows.shape[1]} pixels and code_size={code_size}."
        )
    if rows.shape[1] > MAX_PCA_PIXELS:
        raise ValueError(f"PCA needs images of at most {MAX_PCA_PIXELS:,} pixel values; these have {rows.shape[1]:,}.")
    mean = rows.mean(0)
    components = (
        torch.linalg.eigh(torch.cov(rows.T).reshape(len(mean), len(mean))).eigenvectors.flip(1)[:, :code_size].T
    )  # (code_size, C·H·W)
    network = DenseAutoencoder(code_size, (), tuple(images.shape[1:]), output_activation="linear")
    with torch.no_grad():
        network.encoder[0].weight.copy_(components)
        network.encoder[0].bias.copy_(-components @ mean)
        network.decoder[0].weight.copy_(components.T)
        network.decoder[0].bias.copy_(mean)
    return network
