"""Estimate a training's cost before running it: seconds, money and memory, from two measurements of a machine."""

from dataclasses import asdict, dataclass

from aelib import checks

BYTES = 4  # in a float32 number
PER_WEIGHT = 4  # numbers for each weight: itself, its gradient, and AdamW's two means
PASSES = 3  # the backward pass takes twice as long as the forward pass
WHOLE = ("workers", "accumulate")
SIDE = 32  # side of the pictures that ``multiply_adds`` and ``activations`` refer to


@dataclass(frozen=True)
class Plan:
    """A planned training: a network, its pictures, and the workers that share them.

    The network has ``weights`` weights, needs ``multiply_adds`` to reconstruct a picture of 32 × 32, and keeps
    ``activations`` numbers of it for the backward pass; both grow with the pixels, as with convolutions. Each of
    ``workers`` takes ``batch`` pictures at a time, ``accumulate`` times before they exchange gradients. A worker
    reaches ``speed``, in floating-point operations per second, and ``bandwidth``, in bytes per second, both as measured
    in training, not as advertised. It costs ``price`` per hour. ``sharded`` workers each keep a part of the weights,
    gradients and means, as in FSDP (Zhao et al. 2023, arXiv:2304.11277), and send half as much again for each batch.
    The arguments become Python numbers.

    It ignores a message's travel time (fractions of a millisecond), reading pictures, updating the weights, which
    matters more for small batches, the layer that FSDP briefly holds whole, dense layers, whose weights grow with the
    pixels, and that computing and sending may overlap. So it is an estimate for workers that wait while they send.

    Raises ``ValueError`` for anything but positive numbers; a price may be 0.
    """

    weights: float
    multiply_adds: float
    activations: float
    speed: float
    bandwidth: float
    pictures: float
    epochs: float = 1
    size: float = SIDE
    batch: float = 64
    workers: int = 1
    accumulate: int = 1
    sharded: bool = False
    price: float = 0

    def __post_init__(self) -> None:  # noqa: D105
        for name, value in asdict(self).items():
            if name == "sharded":
                checked = checks.yes_or_no(value, name)
            elif name == "price":
                checked = checks.number(value, name, 0)
            elif name in WHOLE:
                checked = checks.whole(value, name, 1)
            else:
                checked = checks.number(value, name, above=0)
            object.__setattr__(self, name, checked)  # the only way into a frozen dataclass

    @property
    def pixels(self) -> float:
        """How many times as many pixels a picture has as one of 32 × 32."""
        return (self.size / SIDE) ** 2

    @property
    def compute_seconds(self) -> float:
        """Seconds that a worker computes between exchanges. A multiply-add is two operations."""
        operations = 2 * PASSES * self.multiply_adds * self.pixels
        return operations * self.batch * self.accumulate / self.speed

    @property
    def exchanged_bytes(self) -> float:
        """Bytes that a worker sends in an exchange: on a ring, each gradient almost twice, with any number of workers.

        Gradients go round once to be added up, and their sums once more; sharded, for each batch, the weights go round
        once for the forward pass and once for the backward pass, and the gradients once. (Patarasuk & Yuan 2009,
        doi:10.1016/j.jpdc.2008.09.002.)
        """
        rounds = 3 * self.accumulate if self.sharded else 2
        return rounds * (self.workers - 1) / self.workers * BYTES * self.weights

    @property
    def step_seconds(self) -> float:
        """Seconds from one exchange to the next: computing + bytes / bandwidth."""
        return self.compute_seconds + self.exchanged_bytes / self.bandwidth

    @property
    def pictures_per_second(self) -> float:
        """Pictures per second that all workers together train on."""
        return self.batch * self.accumulate * self.workers / self.step_seconds

    @property
    def hours(self) -> float:
        """Hours for the whole training."""
        return self.pictures * self.epochs / self.pictures_per_second / 3600

    @property
    def money(self) -> float:
        """What all workers cost, in the currency of ``price``."""
        return self.price * self.workers * self.hours

    @property
    def memory_bytes(self) -> float:
        """Bytes that a worker needs: four numbers per weight, and what it keeps of its batch for the backward pass."""
        kept = PER_WEIGHT * self.weights / (self.workers if self.sharded else 1)
        return BYTES * (kept + self.activations * self.pixels * self.batch)
