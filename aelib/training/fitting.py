"""Start a training: afresh with ``fit``, or from a checkpoint with ``resume``."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import nn

from aelib.interrupts import Interrupts
from aelib.training.checkpoint import Checkpoint, check_target, damaged, describe, fingerprints
from aelib.training.history import History
from aelib.training.inputs import check_model, checked_data, checked_test_data
from aelib.training.loop import Training
from aelib.training.settings import Settings
from aelib.training.weights import compare_weights


def fit(
    model: nn.Module,
    images: torch.Tensor,
    *others: torch.Tensor,
    test_images: torch.Tensor | Sequence[torch.Tensor] | None = None,
    epochs: float | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    stop_below: float | None = None,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.01,
    one_cycle: bool = False,
    gradient_limit: float | None = None,
    seed: int = 0,
    measure_every: int | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 30,
    progress: bool = True,
    device: str | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> History:
    """Train ``model`` on ``images`` with AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101); return the measurements.

    ``model.loss(batch)`` is minimised; the model is changed in place and ends up on the CPU, in evaluation mode.
    ``images`` are (N, C, H, W), ``uint8`` or float in [0, 1]; rows of numbers, (N, M), are used as they are.
    ``others``, such as labels or target images, have one entry for each image, and the loss gets their batches too:
    ``model.loss(batch, labels)``. Any images at rest among them, ``uint8`` (N, C, H, W), also become float in [0, 1];
    all else stays as it is, except that floats become float32. ``test_images`` are like ``images``; with ``others``,
    pass a tuple: ``test_images=(images, labels)``.

    Training stops at the first limit it reaches: ``epochs``, ``steps`` or ``seconds`` (of training; measuring does not
    count). It also stops when the training loss between two measurements is below ``stop_below``, the article's
    threshold. A kernel interrupt or Ctrl-C ends it early, after the current step, keeps what was learnt, and says so; a
    second one does not wait for the step. ``device`` is PyTorch's name for where to train, such as ``"cpu"`` or
    ``"cuda:1"``; the default is a GPU if there is one. ``clock`` returns the seconds: elapsed time by default,
    processor time with ``time.process_time``.

    ``one_cycle`` lets the learning rate rise to ``learning_rate`` and fall to zero (Smith & Topin 2018,
    arXiv:1708.07120); without it, the rate is constant. A gradient longer than ``gradient_limit`` is shortened to it
    (Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063), which keeps deep networks from diverging. Losses are measured
    every ``measure_every`` steps, once an epoch by default, ``batch_size`` images at a time.

    With a ``checkpoint`` path, the whole state of the training is written there every ``checkpoint_seconds`` of
    training and at the end, even after a first interrupt; ``resume`` continues from it. It is also written at the
    start, unless there already is a checkpoint: that one stays until a step has worked. No other file is ever replaced.

    The same seed, machine, number of threads and limit in epochs or steps give the same weights, bit for bit, on the
    CPU; a GPU may differ in the last digits. A model that draws noise must draw it from torch's global generator.

    Raises ``ValueError`` for arguments and images that make no sense, ``TypeError`` for images in whole numbers other
    than ``uint8`` and for a model without a ``loss`` that returns one number, and ``FloatingPointError`` if a loss
    becomes NaN or infinite.
    """
    settings = Settings(
        epochs=epochs,
        steps=steps,
        seconds=seconds,
        stop_below=stop_below,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        one_cycle=one_cycle,
        seed=seed,
        measure_every=measure_every,
        checkpoint_seconds=checkpoint_seconds,
        gradient_limit=gradient_limit,
    )
    if checkpoint is not None:
        check_target(checkpoint)
    with Interrupts() as interrupts:
        data = checked_data(images, others)
        training = Training(settings, model, data, checked_test_data(test_images, data), checkpoint, device, clock)
        return training.run(progress, interrupts)


def resume(
    model: nn.Module,
    images: torch.Tensor,
    checkpoint: str | Path,
    *others: torch.Tensor,
    test_images: torch.Tensor | Sequence[torch.Tensor] | None = None,
    progress: bool = True,
    device: str | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> History:
    """Continue a training that stopped, from its last checkpoint, with the settings that ``fit`` was given.

    ``model`` is a network of the same kind and sizes (its weights are overwritten); ``images``, ``others`` and
    ``test_images`` are those that ``fit`` was given, and the ``clock`` should be the same; ``device`` is as for
    ``fit``. The checkpoint is updated as before. With a limit in epochs or steps, the result is the same as if the
    training had never stopped. Raises ``FileNotFoundError`` without a checkpoint, ``ValueError`` if it is damaged or
    belongs to another network or other images.
    """
    if isinstance(checkpoint, torch.Tensor):
        raise TypeError("The checkpoint comes before what goes with the images: resume(model, images, path, labels).")
    with Interrupts() as interrupts:
        data = checked_data(images, others)
        test_data = checked_test_data(test_images, data)
        kept = Checkpoint.read(checkpoint)
        if kept.images != fingerprints(data, test_data):
            raise ValueError(
                f"{checkpoint} was trained on other images or measured on other test_images; resume needs the same, "
                f"and the same labels or whatever else goes with them."
            )
        if kept.network != describe(model):
            raise ValueError(
                f"{checkpoint} was written for another network, {kept.network}; this one is {describe(model)}."
            )
        check_model(model)
        compare_weights(model, kept.weights, checkpoint)
        training = Training(kept.settings, model, data, test_data, checkpoint, device, clock)
        try:
            training.restore(kept)
        except (LookupError, TypeError, ValueError) as error:
            model.to("cpu")
            raise damaged(checkpoint, error) from error
        return training.run(progress, interrupts)
