"""What the networks share: a configuration to rebuild them from, seeded initial weights, and checks."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional as F

from aelib import checks


class Network(nn.Module):
    """A network that can be rebuilt from its ``config``: the constructor's arguments, which it keeps.

    Such a class keeps each argument except the seed, once checked, as an attribute of the same name.
    """

    @property
    def config(self) -> dict[str, object]:
        """All that is needed to rebuild this network, in JSON's types; ``training.save`` writes it to the file.

        A subclass, as in a lesson, has the configuration of the class that it extends.
        """
        ours = next(kind for kind in type(self).__mro__ if kind.__module__.startswith(f"{__package__}."))
        kept = {name: getattr(self, name) for name in inspect.signature(ours).parameters if name != "seed"}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


class Autoencoder(Network):
    """An ``encoder`` and a ``decoder``, for images of one ``image_shape`` and codes of one ``code_size``."""

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Turn float images (N, C, H, W) in [0, 1] into codes (N, code_size).

        Raises ``ValueError`` for images of another shape, ``TypeError`` for images that are not float.
        """
        check_images(self, images, self.image_shape)
        return self.encoder(images)

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Turn codes (N, code_size) into images (N, C, H, W).

        Raises ``ValueError`` for codes of another shape, ``TypeError`` if their type is not that of the weights.
        """
        if not isinstance(codes, torch.Tensor):
            raise TypeError(f"Codes must be a float tensor (N, {self.code_size}); these are {checks.kind(codes)}.")
        check_type(self, codes, "Codes")
        checks.taken(codes, (self.code_size,), "This network", "codes")
        return self.decoder(codes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the reconstructions (N, C, H, W) of images of the same shape."""
        return self.decode(self.encode(images))

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return the reconstruction loss that training minimises: the mean squared error per pixel."""
        return F.mse_loss(self(images), images)


@contextmanager
def first_weights(seed: int) -> Iterator[None]:
    """Let a network draw its initial weights from the seed, in float32, without disturbing other random numbers."""
    seed, usual_type = checks.seed(seed), torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(usual_type)


def check_images(network: nn.Module, images: torch.Tensor, image_shape: tuple[int, ...]) -> None:
    """Refuse anything but float images (N, *image_shape) for a network. Raises ``TypeError`` or ``ValueError``."""
    checks.pixels(images)
    checks.taken(images, image_shape, "This network")
    checks.floats(images)
    check_type(network, images, "Images")


def check_type(network: nn.Module, values: torch.Tensor, name: str) -> None:
    """Refuse numbers of a type that the network does not compute in. Raises ``TypeError``."""
    weights = next(network.parameters()).dtype
    if values.dtype != weights and not torch.is_autocast_enabled(values.device.type):
        raise TypeError(f"{name} must be {weights}, as this network's weights are; these are {values.dtype}.")


def evaluation_mode(model: object) -> None:
    """Put a network into evaluation mode: in training mode, dropout would be random, and batch normalisation learn.

    Anything but a network, such as an object with its own ``encode`` and ``decode``, stays as it is.
    """
    if isinstance(model, nn.Module):
        model.eval()
