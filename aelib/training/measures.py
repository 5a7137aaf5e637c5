"""Measure a network on images that it was not trained on."""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from aelib import checks, metrics
from aelib.data import BATCH, batches
from aelib.data.conversions import MAX_BATCH_VALUES
from aelib.training.settings import as_batch, checked_data


def held_out_loss(model: nn.Module, images: torch.Tensor, *others: torch.Tensor, batch_size: int = BATCH) -> float:
    """Return ``model.loss`` on images (N, C, H, W) that it is not trained on, the mean over all of them.

    ``images``, and what else ``model.loss`` takes, are as ``fit`` takes them; the model gets at most ``batch_size`` at
    a time, and is left in evaluation mode. Raises ``TypeError`` or ``ValueError`` as ``fit`` does.
    """
    batch_size = checks.whole(batch_size, "batch_size", 1)
    data = checked_data(images, others)
    model.eval()
    with torch.no_grad():
        total = sum(model.loss(*batch).item() * len(batch[0]) for batch in _parts(data, batch_size))
    return total / len(images)


def _parts(data: Sequence[torch.Tensor], size: int) -> Iterator[list[torch.Tensor]]:
    """Yield data in parts, ``size`` at a time, and fewer where images are large, as ``data.batches`` does."""
    size = max(1, min(size, MAX_BATCH_VALUES // math.prod(data[0].shape[1:])))
    for part in zip(*(values.split(size) for values in data), strict=True):
        yield [as_batch(values) for values in part]


def held_out_psnr(model: nn.Module, images: torch.Tensor) -> float:
    """Return the PSNR in dB, of one MSE over all images (N, C, H, W), of what an autoencoder makes of them.

    ``images`` are ``uint8`` or float in [0, 1]. The model is left in evaluation mode. Raises as ``data.batches`` and
    ``metrics.psnr`` do.
    """
    model.eval()
    with torch.no_grad():
        return metrics.psnr(images, torch.cat([model(batch) for batch in batches(images)]))
