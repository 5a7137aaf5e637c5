"""Processes that train one network together: each has a copy of it, and a share of every batch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist

Numbers = TypeVar("Numbers", torch.Tensor, range)
CPU = torch.device("cpu")
# After this, a process gives up on the others. Long enough for packing, which may take one of them longer; if one dies,
# torchrun ends them all at once.
PATIENCE = timedelta(days=1)


@dataclass(frozen=True)
class Group:
    """This process among those working together: its number, how many there are, and where it computes."""

    rank: int = 0
    size: int = 1
    device: torch.device = CPU

    def gather(self, thing: object) -> list:
        """Return what each process gives, in order of their numbers."""
        if self.size == 1:
            return [thing]
        things = [None] * self.size
        dist.all_gather_object(things, thing)
        return things

    def sum(self, *numbers: float) -> list[float]:
        """Return the sum of each number over all processes."""
        sums = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        if self.size > 1:
            dist.all_reduce(sums)
        return sums.tolist()

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            dist.barrier()

    def share(self, numbers: Numbers) -> Numbers:
        """Return this process's share of a batch, (N,), or of a range: every ``size``-th, so shares differ by one."""
        return numbers[self.rank :: self.size]


@contextmanager
def joined() -> Iterator[Group]:
    """Join the processes that ``torchrun`` started, or be alone without it; leave them at the end.

    They talk through nccl if there is a GPU for each, or else through gloo. Raises ``ConnectionError`` if they do not
    find each other, for example because another program has the port.
    """
    size, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_RANK", 0))
    one_each = int(os.environ.get("LOCAL_WORLD_SIZE", size)) <= torch.cuda.device_count()
    device = torch.device("cuda", local) if one_each else CPU
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if size == 1:
        yield Group(device=device)
        return
    try:
        store, rank, size = next(dist.rendezvous("env://"))
        # Torchrun's store remembers those who met before a restart, and would point the next ones to dead processes.
        store = dist.PrefixStore(f"start {os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)}", store)
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=PATIENCE)
    except (dist.DistError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConnectionError(
            f"The processes do not find each other ({reason}). torchrun --standalone chooses a free port for them."
        ) from error
    try:
        yield Group(rank, size, device)
    finally:
        dist.destroy_process_group()
