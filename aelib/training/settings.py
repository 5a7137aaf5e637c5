"""What a training is given: settings, data and a model, checked before anything is computed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import nn

from aelib import checks
from aelib.data import as_float

WHOLE = ("steps", "batch_size", "seed", "measure_every")
OPTIONAL = ("epochs", "steps", "seconds", "stop_below", "measure_every", "gradient_limit")
MAY_BE_ZERO = ("seed", "weight_decay", "checkpoint_seconds")


@dataclass(frozen=True)
class Settings:
    """The arguments of ``fit`` that a checkpoint must carry, so that ``resume`` goes on as ``fit`` would have.

    They become Python's own numbers. Raises ``ValueError`` for those that make no sense.
    """

    epochs: float | None
    steps: int | None
    seconds: float | None
    stop_below: float | None
    batch_size: int
    learning_rate: float
    weight_decay: float
    one_cycle: bool
    seed: int
    measure_every: int | None
    checkpoint_seconds: float
    gradient_limit: float | None = None  # older checkpoints lack it

    def __post_init__(self) -> None:  # noqa: D105
        if not (self.epochs or self.steps or self.seconds):
            raise ValueError("Say when to stop: give epochs, steps or seconds (stop_below alone may never be reached).")
        checks.seed(self.seed)
        for name, value in asdict(self).items():
            if name == "one_cycle":
                checked = bool(value)
            elif value is None and name in OPTIONAL:
                continue
            else:
                checked = _checked_number(name, value)
            object.__setattr__(self, name, checked)  # the only way into a frozen dataclass


def _checked_number(name: str, value: float) -> float:
    number = (checks.whole if name in WHOLE else checks.number)(value, name, most=checks.FINITE)
    if number < 0 or (number == 0 and name not in MAY_BE_ZERO):
        raise ValueError(f"{name} must be {'at least' if name in MAY_BE_ZERO else 'above'} 0; got {value}.")
    return number


def checked_data(
    images: torch.Tensor, others: Sequence[torch.Tensor] = (), name: str = "images"
) -> tuple[torch.Tensor, ...]:
    """Return images and what goes with them as a training keeps them; refuse what cannot be.

    Images, (N, C, H, W), among the others too, must be ``uint8`` or float in [0, 1], and stay ``uint8`` or become
    float32. Rows, (N, M), may be any numbers, but for NaN. All others may be anything of the same N. Raises
    ``TypeError`` or ``ValueError``.
    """
    if isinstance(images, torch.Tensor) and images.ndim == 2 and len(images):
        checked = [_finite(images, name)]
    else:
        checks.batch(images, name)
        checked = [_images(images, name)]
    for number, other in enumerate(others, start=1):
        other_name = f"number {number} of what goes with {name}"
        if not isinstance(other, torch.Tensor):
            raise TypeError(f"{other_name} must be a torch tensor; this is {checks.kind(other)}.")
        if other.ndim == 0 or len(other) != len(images):
            raise ValueError(
                f"{other_name} must have an entry for each of the {len(images):,}; its shape is {tuple(other.shape)}."
            )
        checked.append(_images(other, other_name) if other.ndim == 4 else _finite(other, other_name))
    return tuple(checked)


def checked_test_data(
    test_images: torch.Tensor | Sequence[torch.Tensor] | None, data: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, ...]:
    """Return what is measured on, as ``checked_data`` does; nothing for ``None``. It must be like ``data``."""
    if test_images is None:
        return ()
    given = test_images if isinstance(test_images, (tuple, list)) else (test_images,)
    if len(given) != len(data):
        raise ValueError(
            f"test_images must be {len(data)} tensors, as the training has: test_images=(images, …). Got {len(given)}."
        )
    test_data = checked_data(given[0], given[1:], "test_images")
    for trained, measured in zip(data, test_data, strict=True):
        if trained.shape[1:] != measured.shape[1:]:
            raise ValueError(
                f"images and test_images must be of one size; these have {tuple(trained.shape)} and "
                f"{tuple(measured.shape)}."
            )
    return test_data


def _images(images: torch.Tensor, name: str) -> torch.Tensor:
    checks.originals(images, name)
    return images if images.dtype == torch.uint8 else as_float(images)


def _finite(values: torch.Tensor, name: str) -> torch.Tensor:
    if not values.isfinite().all():
        raise ValueError(f"{name} hold NaN or infinite values. Find them with .isfinite().")
    return values


def as_batch(values: torch.Tensor) -> torch.Tensor:
    """Return a part of checked data as ``model.loss`` gets it: images at rest as float in [0, 1], all else as it is."""
    return as_float(values) if values.dtype == torch.uint8 and values.ndim == 4 else values


def check_model(model: nn.Module) -> None:
    """Refuse a model that has nothing to minimise, or nothing to learn. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(model, nn.Module) or not callable(getattr(model, "loss", None)):
        raise TypeError(
            f"fit needs a torch.nn.Module with a loss, and this {type(model).__name__} has none. Give its class one: "
            f"def loss(self, images): return torch.nn.functional.mse_loss(self(images), images)"
        )
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(f"This {type(model).__name__} has nothing to learn: no parameter of it requires a gradient.")


def check_batches(model: nn.Module, images: int, batch_size: int) -> None:
    """Refuse a model that cannot be trained on batches of that size of so many images. Raises ``ValueError``."""
    normalised = any(isinstance(module, nn.BatchNorm1d) for module in model.modules())
    if normalised and (images % batch_size == 1 or batch_size == 1):
        raise ValueError(
            f"The last batch of an epoch would have a single image, of which batch normalisation can take no variance: "
            f"of {images} images, use one fewer, or a batch_size other than {batch_size}."
        )


def check_loss(loss: object) -> None:
    """Refuse what is no loss that can be minimised. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(loss, torch.Tensor) or loss.ndim:
        found = f"the shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else checks.kind(loss)
        raise TypeError(f"model.loss must return one number, a tensor without dimensions; it returned {found}.")
    if not loss.requires_grad:
        raise ValueError(
            "The number that model.loss returned has no gradient. Does it go through torch.no_grad, .detach(), .item() "
            "or NumPy on its way?"
        )
