"""The training loop of lesson 3 again, run by several processes at once, each on its share of every batch."""

import math
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from tqdm.auto import tqdm

from aelib import files
from aelib.data import as_float
from aelib.distributed.group import Group
from aelib.distributed.logs import TensorBoardLog, write_table
from aelib.distributed.shards import Shards
from aelib.models.network import Autoencoder
from aelib.training import History, one_cycle_factor, save
from aelib.training.checkpoint import Checkpoint, damaged, describe
from aelib.training.loop import seed_of
from aelib.training.measures import mean_loss
from aelib.training.settings import Settings
from aelib.training.weights import compare_weights

CHECKPOINT, MODEL, LOG, TENSORBOARD = "checkpoint.safetensors", "model.safetensors", "log.csv", "tensorboard"
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
STEPS_SHOWN = 10  # steps between updates of the progress bar


class Loss(nn.Module):
    """A network's loss as its ``forward``, the only method that ``DistributedDataParallel`` handles."""

    def __init__(self, network: Autoencoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the loss of images (N, C, H, W): one number, a mean over them."""
        return self.network.loss(images)


class SharedTraining:
    """A training of one network by all processes of a ``group``, on the pictures in ``shards``.

    Each step has the gradient that one process would compute for the whole batch, however many share it, for a network
    whose loss is a mean over images and draws no noise. ``folder``, which all processes must see, gets a checkpoint,
    from which the training continues if there is one, the network, and logs as CSV and for TensorBoard; only the first
    process writes them, at each measurement, every ``settings.measure_every`` steps or once an epoch. In ``settings``,
    ``epochs`` is the only limit; ``gradient_limit`` and ``checkpoint_seconds`` are ignored.

    Raises ``ValueError`` for a network with batch normalisation, because each process would only see its own share of
    the batch, for settings without epochs, and for the checkpoint of another training.
    """

    def __init__(self, network: Autoencoder, shards: Shards, settings: Settings, folder: Path, group: Group) -> None:
        if group.size > 1 and any(isinstance(each, BATCH_NORMS) for each in network.modules()):
            raise ValueError(
                f"This {type(network).__name__} normalises over a batch, of which each process has only a share. "
                f'Build it with normalisation="image".'
            )
        if not settings.epochs:
            raise ValueError("Say how long to train by epochs; steps, seconds and stop_below mean nothing here.")
        self.steps_per_epoch = math.ceil(len(shards.train) / settings.batch_size)
        self.last_step = max(1, math.ceil(round(settings.epochs * self.steps_per_epoch, 6)))
        self.measure_every = settings.measure_every or self.steps_per_epoch
        self.shards, self.settings, self.folder, self.group = shards, settings, files.as_path(folder), group
        self.description = describe(network)
        self.network = network.to(group.device)
        self.loss = Loss(network)
        if group.size > 1:
            self.loss = DistributedDataParallel(self.loss, gradient_as_bucket_view=True)
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        self.history, self.step, self.seconds = History(), 0, 0.0
        self.order = self.board = None
        self.loss_sum = torch.zeros((), device=group.device)  # over this process's shares since the last measurement
        self.restore()

    def run(self) -> History:
        """Train to the end; return what was measured."""
        bar = tqdm(
            total=self.images_seen(self.last_step),
            initial=self.images_seen(self.step),
            unit=" images",
            unit_scale=True,
            leave=False,
            disable=None if self.is_first else True,  # None: off unless there is a terminal
        )
        with bar:
            self.started = time.perf_counter()
            while self.step < self.last_step:
                self.update(self.next_batch())
                if self.step % STEPS_SHOWN == 0:
                    bar.update(self.images_seen(self.step) - bar.n)
                if self.step % self.measure_every == 0 or self.step == self.last_step:
                    self.measure()
                    if self.is_first:
                        self.keep(bar)
                        self.tell(bar)
                    self.started = time.perf_counter()
        self.history.stopped = "epochs"
        self.network.to("cpu").eval()
        if self.is_first:
            save(self.network, self.folder / MODEL)
        self.group.wait()  # no process returns before the network is written
        return self.history

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes and reports."""
        return self.group.rank == 0

    def images_seen(self, step: int) -> int:
        """Return how many images all processes have trained on after ``step`` steps."""
        epochs, batches = divmod(step, self.steps_per_epoch)
        return epochs * len(self.shards.train) + batches * self.settings.batch_size

    def next_batch(self) -> tuple[torch.Tensor, float]:
        """Return this process's share of the next batch, float (N, C, H, W), and how much its loss counts.

        ``DistributedDataParallel`` takes the mean of all processes' gradients. If one has 64 pictures and the other 63,
        that is not the mean over pictures, unless each is weighted by its number of pictures.
        """
        epoch, batch = divmod(self.step, self.steps_per_epoch)
        if batch == 0 or self.order is None:
            self.order = self.shards.order(seed_of(self.settings.seed, epoch))
        first = batch * self.settings.batch_size
        numbers = self.order[first : first + self.settings.batch_size]
        share = self.group.share(numbers)
        weight = len(share) * self.group.size / len(numbers)
        if not len(share):  # at the end of an epoch: take another process's picture, with weight 0
            share = numbers[:1]
        return as_float(self.shards.read(share.tolist()).to(self.group.device)), weight

    def update(self, batch: tuple[torch.Tensor, float]) -> None:
        """Take one step down the gradient of the whole batch's loss, given this process's share."""
        images, weight = batch
        self.loss.train()
        if self.settings.one_cycle:
            factor = one_cycle_factor(self.step / self.last_step)
            self.optimizer.param_groups[0]["lr"] = self.settings.learning_rate * factor
        loss = self.loss(images) * weight
        self.optimizer.zero_grad()
        loss.backward()  # here DistributedDataParallel gives all processes the mean of their gradients
        self.optimizer.step()
        self.step += 1
        self.loss_sum += loss.detach() / self.group.size

    def measure(self) -> None:
        """Add a row to the history, over all processes' pictures. Raises ``FloatingPointError`` for lost weights."""
        if self.group.device.type == "cuda":
            torch.cuda.synchronize()
        self.seconds += time.perf_counter() - self.started
        steps = self.step - (self.history.step[-1] if self.history.step else 0)
        mine, size = self.group.share(self.shards.held_out), self.settings.batch_size
        held_out = 0.0
        for first in range(0, len(mine), size):
            images = self.shards.read(mine[first : first + size]).to(self.group.device)
            held_out += mean_loss(self.network, [images], size) * len(images)
        train_loss, held_out = self.group.sum(self.loss_sum.item() / steps, held_out / len(self.shards.held_out))
        if not (math.isfinite(train_loss) and math.isfinite(held_out)):
            raise FloatingPointError(
                f"The loss is no number after {self.step} steps: the weights are lost. Train anew, in another folder, "
                f"with a smaller learning rate than {self.settings.learning_rate:g}."
            )
        self.history.step.append(self.step)
        self.history.epoch.append(self.step / self.steps_per_epoch)
        self.history.seconds.append(self.seconds)
        self.history.train_loss.append(train_loss)
        self.history.test_loss.append(held_out)
        self.loss_sum.zero_()

    def rows(self) -> list[dict[str, float]]:
        """Return the history as a table, with images per second between one measurement and the next."""
        rows, step, seconds = [], 0, 0.0
        for number, (now, later) in enumerate(zip(self.history.step, self.history.seconds, strict=True)):
            speed = (self.images_seen(now) - self.images_seen(step)) / max(later - seconds, 1e-9)
            rows.append(
                {
                    "step": now,
                    "epoch": self.history.epoch[number],
                    "images": self.images_seen(now),
                    "seconds": later,
                    "images_per_second": speed,
                    "train_loss": self.history.train_loss[number],
                    "held_out_loss": self.history.test_loss[number],
                }
            )
            step, seconds = now, later
        return rows

    def tell(self, bar: tqdm) -> None:
        """Print the last row, with the time left."""
        row = self.rows()[-1]
        left = (self.images_seen(self.last_step) - row["images"]) / row["images_per_second"]
        bar.write(
            f"step {self.step:,} of {self.last_step:,}, epoch {row['epoch']:.2f}: training loss "
            f"{row['train_loss']:.5f}, held-out loss {row['held_out_loss']:.5f}, "
            f"{row['images_per_second']:,.0f} images/s, {tqdm.format_interval(left)} left"
        )
        sys.stdout.flush()

    def keep(self, bar: tqdm) -> None:
        """Write checkpoint and logs. If the disk is full, the old ones stay, and the training goes on.

        Raises ``OSError`` at the last step, because nothing would try again after it.
        """
        # In this order: TensorBoard hides what a log has beyond the checkpoint, but what it lacks would stay missing.
        failed = None
        for what, write in (("log", self.write_logs), ("checkpoint", self.write_checkpoint)):
            try:
                write()
            except OSError as error:
                failed = error
                bar.write(f"The {what} of step {self.step:,} could not be written ({error}).")
        if failed and self.step == self.last_step:
            raise failed

    def write_logs(self) -> None:
        """Write the history as a table, and its last row for TensorBoard."""
        rows = self.rows()
        write_table(self.folder / LOG, rows)
        if self.board is None:
            self.board = TensorBoardLog(self.folder / TENSORBOARD, self.step)
        row = rows[-1]
        try:
            self.board.write(
                self.step, {name: row[name] for name in ("train_loss", "held_out_loss", "images_per_second")}
            )
        except OSError:
            self.board = None  # it may end in half a number
            raise

    def write_checkpoint(self) -> None:
        """Write all that ``restore`` needs, for any number of processes."""
        Checkpoint(
            settings=self.settings,
            history=self.history,
            step=self.step,
            seconds=self.seconds,
            losses_summed=0,
            images=[self.shards.index.source],
            network=self.description,
            weights=self.network.state_dict(),
            optimizer=self.optimizer.state_dict()["state"],
            loss_sum=torch.zeros(()),
        ).write(self.folder / CHECKPOINT)

    def restore(self) -> None:
        """Restore the state from the checkpoint, if any. Raises ``ValueError`` for one from another training."""
        for name in (CHECKPOINT, MODEL, LOG):
            if (self.folder / name).is_dir():
                raise ValueError(f"{self.folder / name} is a folder, where a file is to be. Choose another folder.")
        path = self.folder / CHECKPOINT
        if not path.exists():
            return
        kept = Checkpoint.read(path)
        ours, theirs = asdict(self.settings), asdict(kept.settings)
        others = [f"{name} {theirs[name]}" for name in ours if ours[name] != theirs[name]]
        others += [f"network {kept.network}"] * (kept.network != self.description)
        others += ["other pictures"] * (kept.images != [self.shards.index.source])
        if others:
            raise ValueError(
                f"{path} is of another training ({', '.join(others)}). Go on with that one's options, or choose "
                f"another folder."
            )
        compare_weights(self.network, kept.weights, path)
        try:
            state = kept.optimizer_for(self.network)
            self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})
        except (LookupError, TypeError, ValueError) as error:
            raise damaged(path, error) from error
        self.network.load_state_dict(kept.weights)
        self.history, self.step, self.seconds = kept.history, kept.step, kept.seconds
