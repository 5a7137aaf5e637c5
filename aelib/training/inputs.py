"""Check what a training works on: data, a model and its loss."""

from collections.abc import Sequence

import torch
from torch import nn

from aelib import checks
from aelib.data import as_float


def checked_data(
    images: torch.Tensor, others: Sequence[torch.Tensor] = (), name: str = "images"
) -> tuple[torch.Tensor, ...]:
    """Return images and what goes with them in the form that a training keeps; refuse what it cannot use.

    Images, (N, C, H, W), must be ``uint8`` or float in [0, 1], and stay ``uint8`` or become float32. Rows, (N, M), may
    be any numbers, and ``others`` anything of the same N; floats among them become float32, and must be finite. Raises
    ``TypeError`` or ``ValueError``.
    """
    if isinstance(images, torch.Tensor) and images.ndim == 2 and images.numel():
        checked = [_numbers(images, name)]
    else:
        checks.batch(images, name)
        checks.originals(images, name)
        checked = [images.detach() if images.dtype == torch.uint8 else as_float(images.detach())]
    for number, other in enumerate(others, start=1):
        other_name = f"number {number} of what goes with {name}"
        if not isinstance(other, torch.Tensor):
            raise TypeError(f"{other_name} must be a torch tensor; this is {checks.kind(other)}.")
        if other.ndim == 0 or len(other) != len(images):
            raise ValueError(
                f"{other_name} must have an entry for each of the {len(images):,}; its shape is {tuple(other.shape)}."
            )
        checked.append(_numbers(other, other_name))
    return tuple(checked)


def checked_test_data(
    test_images: torch.Tensor | Sequence[torch.Tensor] | None, data: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, ...]:
    """Return the test data as ``checked_data`` does; nothing for ``None``. It must be like ``data``."""
    if test_images is None:
        return ()
    given = test_images if isinstance(test_images, (tuple, list)) else (test_images,)
    if len(given) != len(data):
        raise ValueError(
            f"test_images must have as many parts as the training, {len(data)}: (images, …). Got {len(given)}."
        )
    test_data = checked_data(given[0], given[1:], "test_images")
    for trained, measured in zip(data, test_data, strict=True):
        checks.alike(trained, measured, "images", "test_images")
        if as_batch(trained[:0]).dtype != as_batch(measured[:0]).dtype:
            raise ValueError(
                f"What is trained on is {trained.dtype}, and what is measured on {measured.dtype}. Use one type."
            )
    return test_data


def _numbers(values: torch.Tensor, name: str) -> torch.Tensor:
    """Return any numbers without gradients, floats as float32; refuse NaN and infinite ones."""
    if not values.isfinite().all():
        raise ValueError(f"There are NaN or infinite values in {name}. Find them with .isfinite().")
    values = values.detach()
    return values.float() if values.is_floating_point() else values


def as_batch(values: torch.Tensor) -> torch.Tensor:
    """Return a part of checked data in the form that ``model.loss`` gets.

    Images at rest, (N, C, H, W) in ``uint8``, become float in [0, 1]; all else stays as it is.
    """
    return as_float(values) if values.dtype == torch.uint8 and values.ndim == 4 else values


def check_model(model: nn.Module) -> None:
    """Refuse a model with nothing to minimise, or nothing to learn. Raises ``TypeError`` or ``ValueError``."""
    checks.with_loss(model)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(f"This {type(model).__name__} has nothing to learn: no parameter of it requires a gradient.")


def check_batches(model: nn.Module, count: int, batch_size: int) -> None:
    """Refuse a model that cannot be trained on ``count`` images in batches of that size. Raises ``ValueError``."""
    normalised = any(isinstance(module, nn.BatchNorm1d) for module in model.modules())
    if normalised and (count % batch_size == 1 or batch_size == 1):
        raise ValueError(
            f"The last batch of an epoch would have a single image, of which batch normalisation can take no variance: "
            f"of {count} images, use one fewer, or a batch_size other than {batch_size}."
        )


def check_loss(loss: object) -> None:
    """Refuse anything but a loss that can be minimised. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(loss, torch.Tensor) or loss.ndim:
        found = f"the shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else checks.kind(loss)
        raise TypeError(f"model.loss must return one number, a tensor without dimensions; it returned {found}.")
    if not loss.requires_grad:
        raise ValueError(
            "The number that model.loss returned has no gradient. Does it go through torch.no_grad, .detach(), .item() "
            "or NumPy on its way?"
        )
