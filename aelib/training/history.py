"""What a training measured."""

from dataclasses import dataclass, field


@dataclass
class History:
    """What a training run measured: one entry in each list per measurement.

    ``step`` counts updates and ``epoch`` passes over the images; ``seconds`` is training time, without the time spent
    on measuring. ``train_loss`` is the mean of the batch losses since the previous measurement, ``test_loss`` the loss
    on the held-out images (empty if there are none). ``stopped`` says what ended the run.
    """

    step: list[int] = field(default_factory=list)
    epoch: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    test_loss: list[float] = field(default_factory=list)
    stopped: str = ""

    def __repr__(self) -> str:
        """Sum up the run in one line."""
        if not self.step:
            return f"nothing measured (stopped by: {self.stopped or 'still running'})"
        test_loss = f", test loss {self.test_loss[-1]:.4f}" if self.test_loss else ""
        return (
            f"{self.step[-1]:,} steps, {self.epoch[-1]:.1f} epochs, {self.seconds[-1]:.1f} s: "
            f"training loss {self.train_loss[-1]:.4f}{test_loss} (stopped by: {self.stopped or 'still running'})"
        )
