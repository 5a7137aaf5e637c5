"""An autoencoder whose codes take few bits, for images in few bytes."""

import torch
from torch import nn
from torch.nn import functional as F

from aelib import checks
from aelib.models.dense import DenseAutoencoder
from aelib.models.network import first_weights


class RateAutoencoder(DenseAutoencoder):
    """A dense autoencoder that learns to make its code cheap to write down, for images in few bytes.

    After Ballé, Laparra & Simoncelli, ICLR 2017, arXiv:1611.01704. The codes are meant to be rounded to whole numbers.
    In training, uniform noise of ±½ replaces rounding, which has no gradient; a distribution learnt with the network, a
    logistic one for each unit, gives the noisy code's size in bits. ``bit_price`` is what a bit must save in squared
    error, summed over the pixels of an image, to be worth writing: a higher price means fewer bytes.

    ``code_size``, ``hidden``, ``image_shape`` and ``seed`` are those of ``DenseAutoencoder``. Raises as it does, and
    ``ValueError`` for a price that is below 0 or infinite.
    """

    def __init__(
        self,
        code_size: int = 64,
        hidden: tuple[int, ...] = (512,),
        image_shape: tuple[int, int, int] = (1, 28, 28),
        bit_price: float = 0.04,
        seed: int = 0,
    ) -> None:
        super().__init__(code_size, hidden, image_shape, seed=seed)
        self.bit_price = checks.number(bit_price, "bit_price", 0)
        with first_weights(seed):
            self.code_mean = nn.Parameter(torch.zeros(self.code_size))
            self.code_log_scale = nn.Parameter(torch.zeros(self.code_size))

    def bits(self, codes: torch.Tensor) -> torch.Tensor:
        """Return the size of codes (N, code_size) by the learnt distribution, in bits per image, (N,).

        A value costs −log₂ of the probability of the interval of ±½ around it, but at most 30 bits; at that limit it
        has no gradient.
        """
        scale = self.code_log_scale.exp()  # (code_size,)
        # The distribution is symmetric; on its lower side the sigmoid keeps all its digits.
        distance = -(codes - self.code_mean).abs()  # (N, code_size)
        probability = torch.sigmoid((distance + 0.5) / scale) - torch.sigmoid((distance - 0.5) / scale)
        return -probability.clamp(min=1e-9).log2().sum(1)

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return distortion + ``bit_price`` × rate, both means per pixel: of squared error and of bits."""
        codes = self.encode(images)
        noisy = codes + torch.rand_like(codes) - 0.5  # (N, code_size)
        distortion = F.mse_loss(self.decode(noisy), images)
        return distortion + self.bit_price * self.bits(noisy).mean() / images[0].numel()
