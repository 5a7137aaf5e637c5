"""Where a training runs: on a GPU if there is one."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch


def choose_device() -> torch.device:
    """Return a GPU if there is one, CUDA's before Apple's, else the CPU.

    Only ``fit`` and ``resume`` use it; between trainings every model and every image lies on the CPU.
    """
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def named_device(name: str) -> torch.device:
    """Return a device that is there. Raises ``ValueError`` for any other."""
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (AssertionError, NotImplementedError, RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(
            f"There is no device {name!r} here ({reason}). Use 'cpu', or leave device out, which takes a GPU if there "
            f"is one."
        ) from None
    return device


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
