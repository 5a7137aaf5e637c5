"""The random numbers of a training: its own, on the device where it runs, and nobody else's disturbed."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch


@contextmanager
def random_numbers_kept(device: torch.device) -> Iterator[None]:
    """Put the random numbers of the CPU and of the device back where they were; the device is the current one inside.

    Without that, ``"cuda:1"`` would train there, and seed and wait for ``"cuda:0"``.
    """
    accelerator = getattr(torch, device.type)
    generators = [torch] if device.type == "cpu" else [torch, accelerator]
    several = device.index is not None and hasattr(accelerator, "device")  # Apple has one GPU, and the CPU is one
    with accelerator.device(device) if several else nullcontext():
        states = [generator.get_rng_state() for generator in generators]
        try:
            yield
        finally:
            for generator, state in zip(generators, states, strict=True):
                generator.set_rng_state(state)


def seed_noise(device: torch.device, seed: int) -> None:
    """Seed the generators that a model draws noise from.

    ``torch.manual_seed`` would do, but it goes through every kind of device there is: a third of a millisecond.
    """
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        getattr(torch, device.type).manual_seed(seed)
