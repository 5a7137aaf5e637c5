"""The settings of a training, checked before anything is computed."""

from dataclasses import asdict, dataclass

from aelib import checks

WHOLE = ("steps", "batch_size", "seed", "measure_every")
OPTIONAL = ("epochs", "steps", "seconds", "stop_below", "measure_every", "gradient_limit")
MAY_BE_ZERO = ("seed", "weight_decay", "checkpoint_seconds")


@dataclass(frozen=True)
class Settings:
    """The arguments of ``fit`` that a checkpoint must hold, so that ``resume`` continues as ``fit`` would have.

    They become Python's own numbers. Raises ``ValueError`` for any that make no sense.
    """

    epochs: float | None = None
    steps: int | None = None
    seconds: float | None = None
    stop_below: float | None = None
    batch_size: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    one_cycle: bool = False
    seed: int = 0
    measure_every: int | None = None
    checkpoint_seconds: float = 30
    gradient_limit: float | None = None

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
