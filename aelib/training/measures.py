"""Measure a network on images that it was not trained on."""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from aelib import checks, metrics
from aelib.data import BATCH, batches
from aelib.data.conversions import MAX_BATCH_VALUES
from aelib.training.inputs import as_batch, checked_data


def held_out_loss(
    model: nn.Module, images: torch.Tensor, *others: torch.Tensor, batch_size: int | None = None
) -> float:
    """Return ``model.loss`` on images (N, C, H, W) that it is not trained on, averaged over all of them.

    ``images``, and whatever else ``model.loss`` takes, are as for ``fit``; the model gets ``batch_size`` at a time, or
    as many as ``data.batches`` would give it, and is left in evaluation mode. Raises ``TypeError`` or ``ValueError`` as
    ``fit`` does.
    """
    data = checked_data(images, others)
    if batch_size is None:
        batch_size = max(1, min(BATCH, MAX_BATCH_VALUES // math.prod(images.shape[1:])))
    return mean_loss(model, data, checks.whole(batch_size, "batch_size", 1))


def mean_loss(model: nn.Module, data: Sequence[torch.Tensor], batch_size: int) -> float:
    """Return the mean of ``model.loss`` over checked data."""
    model.eval()
    with torch.no_grad():
        total = sum(model.loss(*part).item() * len(part[0]) for part in _parts(data, batch_size))
    return total / len(data[0])


def _parts(data: Sequence[torch.Tensor], size: int) -> Iterator[list[torch.Tensor]]:
    for part in zip(*(values.split(size) for values in data), strict=True):
        yield [as_batch(values) for values in part]


def held_out_psnr(model: nn.Module, images: torch.Tensor) -> float:
    """Return the PSNR in dB of an autoencoder's reconstructions, from one MSE over all images (N, C, H, W).

    ``images`` are ``uint8`` or float in [0, 1]. The model is left in evaluation mode. Raises as ``data.batches`` and
    ``metrics.psnr`` do.
    """
    model.eval()
    with torch.no_grad():
        return metrics.psnr(images, torch.cat([model(batch) for batch in batches(images)]))
