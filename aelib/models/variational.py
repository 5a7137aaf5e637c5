"""An autoencoder to draw new images from: its codes look like draws from a standard normal distribution."""

import torch
from torch import nn
from torch.nn import functional as F

from aelib import checks
from aelib.models.dense import DenseAutoencoder
from aelib.models.network import check_images, first_weights


class VariationalAutoencoder(DenseAutoencoder):
    """A dense autoencoder whose codes are made to look like draws from a standard normal distribution.

    After Kingma & Welling, ICLR 2014, arXiv:1312.6114. The encoder gives each image a normal distribution of codes,
    with a mean and a variance for each unit; ``encode`` returns the means. ``beta`` weights the divergence from the
    standard normal (Higgins et al., ICLR 2017); 1 is the plain variational autoencoder. Pixels are read as
    probabilities of white, and their cross-entropy is the reconstruction term.

    ``code_size``, ``hidden`` (at least one layer), ``image_shape``, ``activation`` and ``seed`` are those of
    ``DenseAutoencoder``. Raises as it does, and ``ValueError`` without a hidden layer or for a ``beta`` below 0.
    """

    def __init__(
        self,
        code_size: int = 16,
        hidden: tuple[int, ...] = (256, 256),
        image_shape: tuple[int, int, int] = (1, 28, 28),
        activation: str = "silu",
        beta: float = 1.0,
        seed: int = 0,
    ) -> None:
        super().__init__(code_size, hidden, image_shape, activation, seed=seed)
        if not self.hidden:
            raise ValueError("A variational autoencoder needs a hidden layer; hidden is empty.")
        self.beta = checks.number(beta, "beta", 0)
        with first_weights(seed):
            self.log_variance = nn.Linear(self.hidden[-1], self.code_size)

    def posterior(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log-variance, (N, code_size) each, of the codes of images (N, C, H, W). Raises as encode."""
        check_images(self, images, self.image_shape)
        hidden = self.encoder[:-2](images.flatten(1))  # (N, hidden[-1])
        return self.encoder[-2:](hidden), self.log_variance(hidden)

    def elbo_terms(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the two terms of −ELBO in nats: reconstruction (N,), summed per image, and divergence (N, code_size).

        The code is drawn once, from torch's global generator. An image's −ELBO is the reconstruction term plus the sum
        of its units' divergences.
        """
        mean, log_variance = self.posterior(images)
        codes = mean + (log_variance / 2).exp() * torch.randn_like(mean)  # (N, code_size)
        drawn = self.decode(codes)  # (N, C, H, W)
        # torch refuses NaN here, and on a GPU ends the process; let training.fit find it in the loss, and say so.
        cost = F.binary_cross_entropy(drawn.nan_to_num(0.5), images, reduction="none")
        reconstruction = cost.where(~drawn.isnan(), drawn).sum((1, 2, 3))
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance) / 2
        return reconstruction, divergence

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return reconstruction + ``beta`` × divergence: sums per image in nats, their mean over the images."""
        reconstruction, divergence = self.elbo_terms(images)
        return (reconstruction + self.beta * divergence.sum(1)).mean()
