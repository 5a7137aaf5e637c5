"""What a training saves, so that it can continue after a stop of any kind."""

import hashlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from torch import nn

from aelib import files
from aelib.training import storage
from aelib.training.history import History
from aelib.training.settings import Settings

MOST_STEPS = 2**53


@dataclass(frozen=True)
class Checkpoint:
    """Everything in a checkpoint file.

    ``step`` counts updates, and ``seconds`` is the training time so far. ``loss_sum`` is the sum of the losses of the
    last ``losses_summed`` batches, since the last measurement. ``images`` are checksums of the training and test data,
    and ``network`` describes the model, so that both can be recognised. ``weights`` are the model's; ``optimizer`` is
    what AdamW keeps for each of them, by number.

    A new field must also go into ``write``, into ``__post_init__``, which checks it, and into ``save`` and ``restore``
    in ``loop.py``; it needs a default, as older files lack it. A tensor must go into ``read`` too, which gives its
    default. An argument of ``fit`` goes into ``Settings`` instead.

    Raises ``ValueError`` for impossible numbers.
    """

    settings: Settings
    history: History
    step: int
    seconds: float
    losses_summed: int
    images: list[str | None]
    network: str
    weights: dict[str, torch.Tensor]
    optimizer: dict[int, dict[str, torch.Tensor]]
    loss_sum: torch.Tensor

    def __post_init__(self) -> None:  # noqa: D105
        columns = [values for name, values in asdict(self.history).items() if name != "stopped"]
        if not all(isinstance(values, list) for values in columns):
            raise ValueError("its history has no lists")
        for number in [self.seconds, *itertools.chain(*columns)]:
            if not (isinstance(number, (int, float)) and math.isfinite(number)):
                raise ValueError(f"it has {number!r} where a number belongs")
        for count in (self.step, self.losses_summed):
            if not (isinstance(count, int) and 0 <= count < MOST_STEPS):
                raise ValueError(f"it counts {count!r} steps")
        if self.loss_sum.dtype != torch.float32 or self.loss_sum.shape:
            raise ValueError("the sum of its losses is not a number")

    def write(self, path: str | Path) -> None:
        """Write everything to a file, whole or not at all. Raises as ``storage.write`` does."""
        tensors = {f"model.{name}": tensor for name, tensor in self.weights.items()}
        for number, state in self.optimizer.items():
            tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in state.items()}
        storage.write(
            path,
            tensors | {"loss_sum": self.loss_sum},
            settings=asdict(self.settings),
            history=asdict(self.history),
            step=self.step,
            seconds=self.seconds,
            losses_summed=self.losses_summed,
            images=self.images,
            network=self.network,
        )

    @classmethod
    def read(cls, path: str | Path) -> "Checkpoint":
        """Return what ``write`` wrote. Raises ``ValueError`` for any other file, and as ``storage.read`` does."""
        tensors, description = storage.read(path)
        if "settings" not in description:
            raise ValueError(f"{path} holds a network's weights, not a training. Load it with load_model.")
        weights, optimizer = {}, {}
        try:
            loss_sum = tensors.pop("loss_sum")
            for name, tensor in tensors.items():
                if name.startswith("model."):
                    weights[name.removeprefix("model.")] = tensor
                else:
                    _, number, kind = name.split(".")
                    optimizer.setdefault(int(number), {})[kind] = tensor
            settings, history = description.pop("settings"), History(**description.pop("history"))
            missing = {field.name for field in fields(Settings)} - {*settings, "gradient_limit"}
            if missing:  # older checkpoints lack a gradient_limit, and nothing else
                raise LookupError(f"it says nothing of {', '.join(sorted(missing))}")
            settings = Settings(**settings)
            return cls(settings, history, weights=weights, optimizer=optimizer, loss_sum=loss_sum, **description)
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise damaged(path, error) from error

    def optimizer_for(self, model: nn.Module) -> dict[int, dict[str, torch.Tensor]]:
        """Return what AdamW kept for each weight of a model. Raises ``ValueError`` if it does not fit."""
        parameters = list(model.parameters())
        for number, state in self.optimizer.items():
            if not 0 <= number < len(parameters):
                raise ValueError(f"the optimiser has a weight {number}, and the network has none")
            shape = parameters[number].shape
            # A fused AdamW does not compare sizes, and would write past the end of the smaller one.
            found = {name: tensor.shape for name, tensor in state.items()}
            if found != {"step": torch.Size(), "exp_avg": shape, "exp_avg_sq": shape} or not all(
                tensor.is_floating_point() for tensor in state.values()
            ):
                raise ValueError(f"the optimiser's state of weight {number} does not fit")
        return self.optimizer


def damaged(path: str | Path, error: Exception) -> ValueError:
    """Return the error that names a checkpoint in which something does not fit."""
    return ValueError(f"{path} is damaged, or another version of aelib wrote it ({error}).")


def check_target(checkpoint: str | Path) -> None:
    """Refuse to overwrite a file that is not a checkpoint. Raises ``ValueError``."""
    path = files.as_path(checkpoint)
    if not path.name:
        raise ValueError(f"checkpoint must name a file; got {str(checkpoint)!r}.")
    if path.is_dir():
        raise ValueError(f"checkpoint must name a file; {path} is a folder. Give a name in it.")
    if path.is_file():
        try:
            kept = storage.read(path)[1]
        except ValueError:
            kept = {}
        if "settings" not in kept:
            raise ValueError(f"{path} already exists and is not a valid checkpoint. Choose another name.")


def describe(model: nn.Module) -> str:
    """Return a network's class and its configuration, if any; equal shapes alone do not prove two networks equal."""
    return f"{type(model).__name__} {getattr(model, 'config', '')}".strip()


def fingerprints(data: Sequence[torch.Tensor], test_data: Sequence[torch.Tensor]) -> list[str | None]:
    """Return a checksum of each tensor's shape and values, with ``None`` if there is no test data."""
    return [*map(_fingerprint, data), *(map(_fingerprint, test_data) if test_data else [None])]


def _fingerprint(values: torch.Tensor) -> str:
    content = values.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return hashlib.sha256(repr((values.shape, values.dtype)).encode() + content).hexdigest()
