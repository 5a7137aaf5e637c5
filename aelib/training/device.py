"""Choose where a training runs: on a GPU if there is one."""

import torch


def choose_device() -> torch.device:
    """Return a GPU if there is one, CUDA before Apple, or else the CPU.

    Only ``fit`` and ``resume`` use it; between trainings every model and every image is on the CPU.
    """
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def named_device(name: str) -> torch.device:
    """Return the device of that name. Raises ``ValueError`` if there is none here."""
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
