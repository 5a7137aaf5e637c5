"""The training loop of lesson 3, plus everything that a long training needs around it."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn
from tqdm.auto import tqdm

from aelib import files
from aelib.interrupts import Interrupts
from aelib.training.checkpoint import Checkpoint, describe, fingerprints
from aelib.training.device import choose_device, named_device
from aelib.training.history import History
from aelib.training.inputs import as_batch, check_batches, check_loss, check_model
from aelib.training.measures import mean_loss
from aelib.training.randomness import random_numbers_kept, seed_noise
from aelib.training.settings import Settings

RUN_AWAY = 1e6  # no weight reaches this in a network that learns
STEPS_SHOWN = 10  # steps between updates of the progress bar
# The bar fills with the share of the training that is done, whichever limit ends it.
BAR_FORMAT = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"


class Training:
    """A training under way: a model, its data, its optimiser, and how far it has got.

    ``data`` and ``test_data`` are checked tensors; ``checkpoint`` is where to save it, if anywhere; ``device`` is a
    name or ``None``; ``clock`` returns seconds.
    """

    def __init__(
        self,
        settings: Settings,
        model: nn.Module,
        data: Sequence[torch.Tensor],
        test_data: Sequence[torch.Tensor],
        checkpoint: str | Path | None,
        device: str | None,
        clock: Callable[[], float],
    ) -> None:
        check_model(model)
        check_batches(model, len(data[0]), settings.batch_size)
        self.settings = settings
        self.device = named_device(device) if device else choose_device()
        self.data = [values.to(self.device) for values in data]
        self.test_data = [values.to(self.device) for values in test_data]
        self.model = model.to(self.device)
        self.optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=self.device.type != "mps",
        )
        self.checkpoint = checkpoint
        self.checksums = fingerprints(data, test_data) if checkpoint else []
        self.clock = clock
        self.history = History()
        self.step = 0
        self.seconds = 0.0
        self.loss_sum = torch.zeros((), dtype=torch.float32, device=self.device)  # since the last measurement,
        self.losses_summed = 0  # over this many batches
        self.order = None

        self.steps_per_epoch = math.ceil(len(data[0]) / settings.batch_size)
        self.measure_every = settings.measure_every or self.steps_per_epoch
        self.last_step = settings.steps or math.inf
        if settings.epochs:  # rounded, because 0.07 * 100 is 7.000000000000001 but means 7 steps
            self.last_step = min(max(1, math.ceil(round(settings.epochs * self.steps_per_epoch, 6))), self.last_step)

    def run(self, progress: bool, interrupts: Interrupts) -> History:
        """Train until there is a reason to stop; leave the model on the CPU, in evaluation mode."""
        done = self.fraction_done()  # above 0 when resumed
        bar = tqdm(total=1.0, initial=done, disable=not progress, leave=False, bar_format=BAR_FORMAT)
        with random_numbers_kept(self.device):
            try:
                self.loop(bar, interrupts)
            except KeyboardInterrupt:  # a second one, or one that the model raises
                self.history.stopped = "interrupt"
            finally:
                bar.close()
                self.model.to("cpu").eval()
        if self.history.stopped == "interrupt":
            print("The training was interrupted; the network keeps what it has learnt so far. Cells that wait go on.")
        return self.history

    def loop(self, bar: tqdm, interrupts: Interrupts) -> None:
        """Update the weights, measure, show and save, until there is a reason to stop or an interrupt."""
        if self.checkpoint and not files.as_path(self.checkpoint).exists():
            self.save()
        saved_at = -math.inf  # save after the first step, or resume might pick up an older training of the same name
        while not (interrupts.came or self.reason_to_stop()):
            started = self.clock()
            self.update(self.next_batch())
            self.wait_where_time_counts()
            self.seconds += self.clock() - started
            if self.step % self.measure_every == 0:
                self.measure()
            if self.step % STEPS_SHOWN == 0:
                self.show(bar)
            if self.checkpoint and self.seconds - saved_at >= self.settings.checkpoint_seconds:
                self.save()
                saved_at = self.seconds
        self.history.stopped = self.reason_to_stop() or "interrupt"
        if self.history.stopped != "interrupt":
            if self.losses_summed:
                self.measure()
            self.check_weights()
            bar.n = bar.total  # a notebook takes an unfinished bar for a failure, and leaves it there in red
        if self.checkpoint and self.step:
            self.save()

    def update(self, batch: list[torch.Tensor]) -> None:
        """Take one step down the gradient of a batch's loss."""
        self.model.train()
        self.set_learning_rate()
        # A model's noise depends only on the seed and the step, so a resumed training draws the same.
        seed_noise(self.device, seed_of(self.settings.seed, self.step))
        with self.explaining_lost_weights():
            loss = self.model.loss(*batch)  # 1. how bad?
        check_loss(loss)
        self.optimizer.zero_grad()  # 2. forget the gradients of the previous step
        loss.backward()  # 3. the gradient of the loss with respect to every weight
        if self.settings.gradient_limit:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.gradient_limit)
        self.optimizer.step()  # 4. all weights a little downhill
        self.step += 1
        self.loss_sum += loss.detach()
        self.losses_summed += 1

    def next_batch(self) -> list[torch.Tensor]:
        """Return each tensor's part for the next step; every epoch goes through all of them in a new order."""
        epoch, batch = divmod(self.step, self.steps_per_epoch)
        if batch == 0 or self.order is None:
            generator = torch.Generator().manual_seed(seed_of(self.settings.seed, epoch))
            self.order = torch.randperm(len(self.data[0]), generator=generator).to(self.data[0].device)
        first = batch * self.settings.batch_size
        chosen = self.order[first : first + self.settings.batch_size]
        # index_select copies whole images; indexing with [] would go pixel by pixel and take ten times as long.
        return [as_batch(values.index_select(0, chosen)) for values in self.data]

    def set_learning_rate(self) -> None:
        """Let the learning rate rise and fall if the settings say so."""
        if self.settings.one_cycle:
            factor = one_cycle_factor(self.fraction_done())
            self.optimizer.param_groups[0]["lr"] = self.settings.learning_rate * factor

    def wait_where_time_counts(self) -> None:
        """If anyone needs the seconds, wait for a GPU, which is still at work when the calls return."""
        if (
            self.settings.seconds
            or self.checkpoint
            or self.step % self.measure_every == 0
            or self.step % STEPS_SHOWN == 0
            or self.step >= self.last_step
        ):
            getattr(torch, self.device.type).synchronize()

    def fraction_done(self) -> float:
        """Return how much of the training is done, from 0 to 1, by the nearest limit."""
        return min(1.0, max(self.step / self.last_step, self.seconds / (self.settings.seconds or math.inf)))

    def reason_to_stop(self) -> str:
        """Return the limit that has been reached, or an empty string."""
        settings, history = self.settings, self.history
        if self.step >= self.last_step:
            return "steps" if self.last_step == settings.steps else "epochs"
        if self.seconds >= (settings.seconds or math.inf):
            return "seconds"
        if settings.stop_below and history.train_loss and history.train_loss[-1] < settings.stop_below:
            return "threshold"
        return ""

    def measure(self) -> None:
        """Add a row to the history."""
        history = self.history
        train_loss = self.train_loss()
        if self.test_data:
            # A model that draws noise gets the same noise at every measurement.
            seed_noise(self.device, self.settings.seed)
            with self.explaining_lost_weights():
                test_loss = mean_loss(self.model, self.test_data, self.settings.batch_size)
            history.test_loss.append(self.finite(test_loss))
        history.step.append(self.step)
        history.epoch.append(self.step / self.steps_per_epoch)
        history.seconds.append(self.seconds)
        history.train_loss.append(train_loss)
        self.loss_sum.zero_()
        self.losses_summed = 0

    def show(self, bar: tqdm) -> None:
        """Update the progress bar."""
        loss = self.train_loss() if self.losses_summed else self.history.train_loss[-1]
        bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)
        bar.update(self.fraction_done() - bar.n)

    def train_loss(self) -> float:
        """Return the mean batch loss since the last measurement."""
        return self.finite(self.loss_sum.item() / self.losses_summed)

    def finite(self, loss: float) -> float:
        """Return the loss; raise if it is not finite."""
        if not math.isfinite(loss):
            raise self.lost_weights_error(loss)
        return loss

    @contextmanager
    def explaining_lost_weights(self) -> Iterator[None]:
        """If the weights have run away, to NaN or nearly so, turn the error that this causes into one that says so."""
        try:
            yield
        except (RuntimeError, ValueError) as error:
            if all((weights.abs() < RUN_AWAY).all() for weights in self.model.parameters()):
                raise
            raise self.lost_weights_error(math.nan) from error

    def check_weights(self) -> None:
        """Raise if weights are NaN or infinite, which otherwise only the next loss would show."""
        if not all(weights.isfinite().all() for weights in self.model.parameters()):
            raise self.lost_weights_error(math.nan)

    def lost_weights_error(self, loss: float) -> FloatingPointError:
        """Return the error that says what to do when the loss is not a number."""
        return FloatingPointError(
            f"The loss is {loss} after {self.step} steps: the weights are lost. Build the network again and train with "
            f"a smaller learning_rate than {self.settings.learning_rate:g}; if that does not help, look for NaN or "
            f"infinite values in what the model's loss computes."
        )

    def save(self) -> None:
        """Write all that restore needs, unless the weights are lost: then an older checkpoint is better."""
        if self.losses_summed:
            self.train_loss()  # raises for NaN
        self.check_weights()
        Checkpoint(
            settings=self.settings,
            history=self.history,
            step=self.step,
            seconds=self.seconds,
            losses_summed=self.losses_summed,
            images=self.checksums,
            network=describe(self.model),
            weights=self.model.state_dict(),
            optimizer=self.optimizer.state_dict()["state"],
            loss_sum=self.loss_sum,
        ).write(self.checkpoint)

    def restore(self, kept: Checkpoint) -> None:
        """Restore the state that save wrote. Raises ``ValueError`` if it does not fit the model."""
        state = kept.optimizer_for(self.model)
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})
        self.history, self.step, self.seconds = kept.history, kept.step, kept.seconds
        self.losses_summed, self.loss_sum = kept.losses_summed, kept.loss_sum.to(self.device)
        self.model.load_state_dict(kept.weights)


def seed_of(seed: int, count: int) -> int:
    """Return a separate seed for each step, or each epoch, of a training with the given seed."""
    return 1_000_003 * seed + count


def one_cycle_factor(fraction: float) -> float:
    """Return the learning rate, as a share of its peak, when ``fraction`` (0 to 1) of the training is done.

    It rises from 1/25 to 1 in the first 30 %, then falls to 0, both along a cosine.
    """
    if fraction < 0.3:
        return 1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * fraction / 0.3)) / 2
    return (1 + math.cos(math.pi * (fraction - 0.3) / 0.7)) / 2
