"""Give a training its own random numbers, on the device where it runs, without disturbing anyone else's."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch


@contextmanager
def random_numbers_kept(device: torch.device) -> Iterator[None]:
    """Restore the random state of the CPU and the device afterwards; make the device the current one inside.

    Otherwise ``"cuda:1"`` would train there, but seed and wait for ``"cuda:0"``.
    """
    accelerator = getattr(torch, device.type)
    generators = [torch] if device.type == "cpu" else [torch, accelerator]
    several = device.index is not None and hasattr(
        accelerator, "device"
    )  # Apple has one GPU, and the CPU counts as one
    with accelerator.device(device) if several else nullcontext():
        states = [generator.get_rng_state() for generator in generators]
        try:
            yield
        finally:
            for generator, state in zip(generators, states, strict=True):
                generator.set_rng_state(state)


def seed_noise(device: torch.device, seed: int) -> None:
    """Seed the generators that a model draws noise from.

    ``torch.manual_seed`` would do, but it goes through every kind of device, which takes a third of a millisecond.
    """
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        getattr(torch, device.type).manual_seed(seed)
