"""Train a network, keep what it learnt, and take it up again."""

import hashlib
import itertools
import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files as package_files
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load as deserialise
from safetensors.torch import save as serialise
from torch import nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from tqdm.auto import tqdm

from aelib import checks, files, metrics, models
from aelib.data import as_float, batches
from aelib.interrupts import Interrupts

# SHA-256 of the shipped weights in aelib/assets, as tools/train_weights.py printed them.
PRETRAINED = {
    "classifier": "a4ee5661b7e54ff0b86e40aed7d6e44de48a92063b3fd81db3e7d50f3f2ce917",
    "dense-32": "d87dc2cf0103b42f9926755dbe0057c2407d0a9fa5ce1fec4d0fd4d36a54e104",
    "photo-lost": "3c168db01afb7ccb9c9ef640af61f92f4ec583a01ba023d50c8886025fe2cedf",
    "photo-low-resolution": "1c619b670a364d933aa347fa1cb0231c5f469e5aa5ba98bbc07f46472266b655",
    "photo-noise": "5fd59507e7e5a9a75419679f5dfa1663bbcb7e8b354bd94b0b5b2ba4ab6c3e98",
    "rate-32": "8db38845875efbdd24944fb1c2b005fd6ffff046faf688701d632d88b4c6346b",
    "rate-64": "5623263b4f3905cb168647937d6dbbd500663163a3340aa1272af16f7a5aab78",
    "repair-blur": "8dc0a46844730954c84cb6de651be9a87d8ce7df7715580afaa7d501dbfe9caa",
    "repair-lost": "b334149217fe60f70bacca7c7c1c85795cfb66301f4d2fc72783eeeb77cbe3d7",
    "repair-low-resolution": "9916a12cb4b40f3bba8b7af98fff579a42c2f8210885987626f26bb75f5131b7",
    "repair-noise": "d3c2e9352fe104a19824bde1c3b91f84d69abc344fc3d873442bca64f7ed8392",
    "repair-salt-and-pepper": "28835a59c4a4c4cc8958fb0abf209bcb537d3e41f1803960432491b31c9751fc",
}

MAX_FILE_BYTES = 2**32  # of weights or a checkpoint
RUN_AWAY = 1e6  # which no weight of a network reaches that learns
STEPS_SHOWN = 10  # from one look of the progress bar to the next
# The bar fills with the share of the training that is done, whichever limit ends it.
BAR_FORMAT = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"


@dataclass
class History:
    """What a training run measured: one entry in each list per measurement.

    ``step`` counts updates and ``epoch`` passes over the images; ``seconds`` is training time, without the time that
    measuring took. ``train_loss`` is the mean of the batch losses since the measurement before, ``test_loss`` the loss
    on the held-out images (empty when there are none). ``stopped`` says what ended the run.
    """

    step: list[int] = field(default_factory=list)
    epoch: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    test_loss: list[float] = field(default_factory=list)
    stopped: str = ""

    def __repr__(self) -> str:
        """Return one line that sums the run up."""
        if not self.step:
            return f"nothing measured (stopped by: {self.stopped or 'still running'})"
        test_loss = f", test loss {self.test_loss[-1]:.4f}" if self.test_loss else ""
        return (
            f"{self.step[-1]:,} steps, {self.epoch[-1]:.1f} epochs, {self.seconds[-1]:.1f} s: "
            f"training loss {self.train_loss[-1]:.4f}{test_loss} (stopped by: {self.stopped or 'still running'})"
        )


@dataclass(frozen=True)
class _Settings:
    """The arguments of ``fit`` that a checkpoint must carry, so that ``resume`` goes on as ``fit`` would have."""

    epochs: float | None
    steps: int | None
    seconds: float | None
    stop_below: float | None
    batch_size: int
    learning_rate: float
    weight_decay: float
    one_cycle: bool
    seed: int
    measure_every: int | None
    checkpoint_seconds: float
    gradient_limit: float | None = None  # older checkpoints lack it


WHOLE = ("steps", "batch_size", "seed", "measure_every")
OPTIONAL = ("epochs", "steps", "seconds", "stop_below", "measure_every", "gradient_limit")
MAY_BE_ZERO = ("seed", "weight_decay", "checkpoint_seconds")


def fit(
    model: nn.Module,
    images: torch.Tensor,
    *,
    test_images: torch.Tensor | None = None,
    epochs: float | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    stop_below: float | None = None,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.01,
    one_cycle: bool = False,
    gradient_limit: float | None = None,
    seed: int = 0,
    measure_every: int | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 30,
    progress: bool = True,
    device: str | None = None,
) -> History:
    """Train ``model`` on ``images`` with AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101); return the measurements.

    ``model.loss(batch)`` is minimised; the model is changed in place and ends on the CPU, in evaluation mode.
    ``images`` and ``test_images`` are (N, C, H, W), ``uint8`` or float in [0, 1].

    Training stops at the first of the limits that are given: ``epochs``, ``steps``, ``seconds`` (of training; the time
    for measuring is not counted). It also stops when the training loss between two measurements is below
    ``stop_below``, the article's threshold. A kernel interrupt or Ctrl-C ends it early, after the step that is under
    way, keeps what was learnt, and says so; a second one does not wait for the step. ``device`` is PyTorch's name for
    where to train, such as ``"cpu"`` or ``"cuda:1"``; by default a GPU if there is one.

    ``one_cycle`` lets the learning rate climb to ``learning_rate`` and fall to zero (Smith & Topin 2018,
    arXiv:1708.07120); without it the rate is constant. A gradient longer than ``gradient_limit`` is shortened to it
    (Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063), which keeps deep networks from running away. Losses are measured
    every ``measure_every`` steps, once an epoch by default, ``batch_size`` images at a time.

    With a ``checkpoint`` path, the whole state of the training is written there every ``checkpoint_seconds`` of
    training and at the end, which a first interrupt may bring; ``resume`` goes on from it. It is written at the start,
    too, unless there is a checkpoint already: that one stays until a step has worked. Another file is never replaced.

    The same seed, machine, number of threads and limit in epochs or steps give the same weights, bit for bit, on the
    CPU; a GPU may differ in the last digits. A model that draws noise must draw it from torch's global generator.

    Raises ``ValueError`` for arguments and images that make no sense, ``TypeError`` for images in whole numbers other
    than ``uint8`` and for a model without a ``loss`` that returns one number, and ``FloatingPointError`` when a loss is
    no longer a number.
    """
    given = _Settings(
        epochs, steps, seconds, stop_below, batch_size, learning_rate,
        weight_decay, one_cycle, seed, measure_every, checkpoint_seconds, gradient_limit,
    )  # fmt: skip
    settings = _checked_settings(given)
    if checkpoint is not None:
        _check_target(checkpoint)
    with Interrupts() as interrupts:
        run = _Run(settings, model, *_checked(images, test_images), device)
        return run.train(checkpoint, progress, interrupts)


def resume(
    model: nn.Module,
    images: torch.Tensor,
    checkpoint: str | Path,
    *,
    test_images: torch.Tensor | None = None,
    progress: bool = True,
    device: str | None = None,
) -> History:
    """Go on with a training that stopped, from its last checkpoint, under the settings that ``fit`` was given.

    ``model`` is a network of the same kind and sizes (its weights are overwritten), ``images`` and ``test_images`` are
    those that ``fit`` was given; ``device`` is as there. The checkpoint is written to as before. With a limit in epochs
    or steps, the result is the same as if the training had never stopped. Raises ``FileNotFoundError`` without a
    checkpoint, ``ValueError`` when it is damaged or belongs to another network or other images.
    """
    with Interrupts() as interrupts:
        images, test_images = _checked(images, test_images)
        tensors, metadata = _read(checkpoint)
        if "settings" not in metadata:
            raise ValueError(f"{checkpoint} holds a network's weights, not a training. Load it with load_model.")
        if metadata.get("images") != [_fingerprint(images), _fingerprint(test_images)]:
            raise ValueError(
                f"{checkpoint} was trained on other images or measured on other test_images; resume needs the same."
            )
        if metadata.get("network") != _description(model):
            raise ValueError(
                f"{checkpoint} was written for another network, {metadata.get('network')}; this one is "
                f"{_description(model)}."
            )
        _check_loss(model)
        weights = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
        _compare_weights(model, weights, checkpoint)
        try:
            settings = _checked_settings(_Settings(**metadata["settings"]))
            run = _Run(settings, model, images, test_images, device)
            run.restore(tensors, metadata)
            model.load_state_dict(weights)
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            model.to("cpu")
            raise ValueError(f"{checkpoint} is damaged, or another version of aelib wrote it ({error}).") from error
        return run.train(checkpoint, progress, interrupts)


class _Run:
    """A training under way: all that a checkpoint must hold, and the loop."""

    def __init__(
        self,
        settings: _Settings,
        model: nn.Module,
        images: torch.Tensor,
        test_images: torch.Tensor | None,
        device: str | None,
    ) -> None:
        _check_loss(model)
        _check_batches(model, len(images), settings.batch_size)
        self.settings = settings
        self.device = _checked_device(device) if device else choose_device()
        self.images = images.to(self.device)  # as uint8 they fit there as a whole
        self.test_images = None if test_images is None else test_images.to(self.device)
        self.model = model.to(self.device)
        self.optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=self.device.type != "mps",
        )
        self.history = History()
        self.step = 0
        self.seconds = 0.0
        self.loss_sum = torch.zeros((), dtype=torch.float32, device=self.device)  # since the last measurement,
        self.losses_summed = 0  # over so many batches
        self.order = None

        self.steps_per_epoch = math.ceil(len(images) / settings.batch_size)
        self.measure_every = settings.measure_every or self.steps_per_epoch
        self.last_step = settings.steps or math.inf
        if settings.epochs:  # rounded, for 0.07 * 100 is 7.000000000000001 and means 7 steps
            self.last_step = min(max(1, math.ceil(round(settings.epochs * self.steps_per_epoch, 6))), self.last_step)

    def train(self, checkpoint: str | Path | None, progress: bool, interrupts: Interrupts) -> History:
        """Update the weights until there is a reason to stop."""
        self.checkpoint = checkpoint
        done = self.fraction_done()  # above 0 when resumed
        bar = tqdm(total=1.0, initial=done, disable=not progress, leave=False, bar_format=BAR_FORMAT)
        with _random_numbers_kept(self.device):
            try:
                self.loop(bar, interrupts)
            except KeyboardInterrupt:  # a second one, or one that the model raises
                interrupts.came = True
            finally:
                bar.close()
                self.model.to("cpu").eval()
        if interrupts.came:
            self.history.stopped = "interrupt"
            print("The training was interrupted; the network keeps what it has learnt so far. Cells that wait go on.")
        return self.history

    def loop(self, bar: tqdm, interrupts: Interrupts) -> None:
        """Update, measure, show and save, until there is a reason to stop or an interrupt."""
        saved_at = -math.inf  # the first step saves, so that resume does not take up an older training of the same name
        if self.checkpoint:
            self.images_checksums = [_fingerprint(self.images), _fingerprint(self.test_images)]
            if not files.as_path(self.checkpoint).exists():
                self.save()
        while not (interrupts.came or self.reason_to_stop()):
            self.update_weights()
            if self.step % self.measure_every == 0:
                self.measure()
            if self.step % STEPS_SHOWN == 0:
                self.show(bar)
            if self.checkpoint and self.seconds - saved_at >= self.settings.checkpoint_seconds:
                self.save()
                saved_at = self.seconds
        if not interrupts.came:
            self.history.stopped = self.reason_to_stop()
            if self.losses_summed:
                self.measure()
            bar.n = bar.total  # a notebook takes a bar that is not full for a failure, and leaves it there in red
        if self.checkpoint and self.step:
            self.save()

    def update_weights(self) -> None:
        """Take one step down the gradient of the loss of the next batch."""
        started = time.perf_counter()
        settings = self.settings
        self.model.train()
        batch = self.next_batch()
        if settings.one_cycle:
            self.optimizer.param_groups[0]["lr"] = settings.learning_rate * one_cycle_factor(self.fraction_done())
        # Noise that a model draws depends on the seed and the step alone: a resumed training draws the same.
        self.seed_noise(1_000_003 * settings.seed + self.step)
        with self.lost_weights_told():
            loss = self.model.loss(batch)
        if not isinstance(loss, torch.Tensor) or loss.ndim:
            found = f"the shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else checks.kind(loss)
            raise TypeError(f"model.loss must return one number, a tensor without dimensions; it returned {found}.")
        if not loss.requires_grad:
            raise ValueError(
                "The number that model.loss returned has no gradient. Does it go through torch.no_grad, .detach(), "
                ".item() or NumPy on its way?"
            )
        self.optimizer.zero_grad()
        loss.backward()
        if settings.gradient_limit:
            nn.utils.clip_grad_norm_(self.model.parameters(), settings.gradient_limit)
        self.optimizer.step()
        self.step += 1
        self.loss_sum += loss.detach()
        self.losses_summed += 1
        if self.clock_is_read():
            getattr(torch, self.device.type).synchronize()  # a GPU is still at work when the calls have returned
        self.seconds += time.perf_counter() - started

    def clock_is_read(self) -> bool:
        """Return whether the seconds of this step, or of those since the last one that was timed, matter to anyone."""
        return bool(
            self.settings.seconds
            or self.checkpoint
            or self.step % self.measure_every == 0
            or self.step % STEPS_SHOWN == 0
            or self.step >= self.last_step
        )

    @contextmanager
    def lost_weights_told(self) -> Iterator[None]:
        """Turn an error that comes of weights which have run away, to NaN or nearly so, into one that says so."""
        try:
            yield
        except (RuntimeError, ValueError) as error:
            if all((weights.abs() < RUN_AWAY).all() for weights in self.model.parameters()):
                raise
            raise self.lost_weights(math.nan) from error

    def next_batch(self) -> torch.Tensor:
        """Return float images (batch_size, C, H, W); each epoch goes through all images in a new order."""
        epoch, batch = divmod(self.step, self.steps_per_epoch)
        if batch == 0 or self.order is None:
            generator = torch.Generator().manual_seed(1_000_003 * self.settings.seed + epoch)
            self.order = torch.randperm(len(self.images), generator=generator).to(self.images.device)
        first = batch * self.settings.batch_size
        # index_select copies whole images; indexing with [] would go pixel by pixel, in ten times the time.
        batch = self.images.index_select(0, self.order[first : first + self.settings.batch_size])
        return as_float(batch) if batch.dtype == torch.uint8 else batch  # floats have been checked as a whole

    def seed_noise(self, seed: int) -> None:
        """Seed the generators that a model draws noise from.

        ``torch.manual_seed`` would do, but it goes through every kind of device there is: a third of a millisecond.
        """
        torch.default_generator.manual_seed(seed)
        if self.device.type != "cpu":
            getattr(torch, self.device.type).manual_seed(seed)

    def fraction_done(self) -> float:
        """Return how much of the training is over, from 0 to 1, by the limit that is nearest."""
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

    def mean_loss(self) -> float:
        """Return the mean batch loss since the last measurement."""
        return self.checked(self.loss_sum.item() / self.losses_summed)

    def checked(self, loss: float) -> float:
        """Return the loss; raise when it is not a number."""
        if not math.isfinite(loss):
            raise self.lost_weights(loss)
        return loss

    def lost_weights(self, loss: float) -> FloatingPointError:
        """Return the error that says what to do where the loss is no number."""
        return FloatingPointError(
            f"The loss is {loss} after {self.step} steps: the weights are lost. Build the network again and train with "
            f"a smaller learning_rate than {self.settings.learning_rate:g}; if that does not help, look for NaN or "
            f"infinite values in what the model's loss computes."
        )

    def measure(self) -> None:
        """Add a row to the history."""
        history = self.history
        train_loss = self.mean_loss()
        if self.test_images is not None:
            self.seed_noise(self.settings.seed)  # a model that draws noise is measured under the same each time
            with self.lost_weights_told():
                test_loss = self.checked(held_out_loss(self.model, self.test_images, self.settings.batch_size))
            history.test_loss.append(test_loss)  # here, beside the others: an interrupt leaves no row half filled
        history.step.append(self.step)
        history.epoch.append(self.step / self.steps_per_epoch)
        history.seconds.append(self.seconds)
        history.train_loss.append(train_loss)
        self.loss_sum.zero_()
        self.losses_summed = 0

    def show(self, bar: tqdm) -> None:
        """Bring the progress bar up to date."""
        loss = self.mean_loss() if self.losses_summed else self.history.train_loss[-1]
        bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)
        bar.update(self.fraction_done() - bar.n)

    def save(self) -> None:
        """Write all that restore needs, once the losses so far are known to be numbers."""
        if self.losses_summed:
            self.mean_loss()
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in state.items()}
        tensors["loss_sum"] = self.loss_sum
        _write(
            self.checkpoint,
            tensors,
            settings=asdict(self.settings),
            history=asdict(self.history),
            step=self.step,
            seconds=self.seconds,
            losses_summed=self.losses_summed,
            images=self.images_checksums,
            network=_description(self.model),
        )

    def restore(self, tensors: dict[str, torch.Tensor], metadata: dict) -> None:
        """Take up all of the state that save wrote but the weights, which resume puts into the model."""
        state = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".")
                state.setdefault(int(index), {})[key] = tensor
        parameters = list(self.model.parameters())
        for index, tensors_of_one in state.items():
            shape = parameters[index].shape
            # A fused AdamW does not compare them, and would write beyond the smaller one.
            found = {key: tensor.shape for key, tensor in tensors_of_one.items()}
            if found != {"step": torch.Size(), "exp_avg": shape, "exp_avg_sq": shape} or not all(
                tensor.is_floating_point() for tensor in tensors_of_one.values()
            ):
                raise ValueError(f"the optimiser's state of weight {index} does not fit")
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})
        self.history = History(**metadata["history"])
        self.step, self.seconds, self.losses_summed = (metadata[name] for name in ("step", "seconds", "losses_summed"))
        columns = [values for name, values in asdict(self.history).items() if name != "stopped"]
        if not all(isinstance(values, list) for values in columns):
            raise ValueError("its history has no lists")
        for number in [self.seconds, *itertools.chain(*columns)]:
            if not (isinstance(number, (int, float)) and math.isfinite(number)):
                raise ValueError(f"{number!r} stands in it for a number")
        for count in (self.step, self.losses_summed):
            if not (isinstance(count, int) and 0 <= count < 2**53):
                raise ValueError(f"it counts {count!r} steps")
        if tensors["loss_sum"].dtype != torch.float32 or tensors["loss_sum"].shape:
            raise ValueError("the sum of its losses is no number")
        self.loss_sum = tensors["loss_sum"].to(self.device)


def one_cycle_factor(fraction: float) -> float:
    """Return the learning rate, as a share of its peak, when ``fraction`` (0 to 1) of the training is done.

    It climbs from 1/25 to 1 in the first 30 % and falls to 0 in the rest, both along a cosine.
    """
    if fraction < 0.3:
        return 1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * fraction / 0.3)) / 2
    return (1 + math.cos(math.pi * (fraction - 0.3) / 0.7)) / 2


def held_out_loss(model: nn.Module, images: torch.Tensor, batch_size: int = 1000) -> float:
    """Return ``model.loss`` on images (N, C, H, W) that it is not trained on, the mean over all of them.

    ``images`` are ``uint8`` or float in [0, 1]; the model gets at most ``batch_size`` at a time, and is left in
    evaluation mode. Raises as ``data.batches`` does.
    """
    model.eval()
    with torch.no_grad():
        total = sum(model.loss(batch).item() * len(batch) for batch in batches(images, batch_size))
    return total / len(images)


def held_out_psnr(model: nn.Module, images: torch.Tensor) -> float:
    """Return the PSNR in dB, of one MSE over all images (N, C, H, W), of what an autoencoder makes of them.

    ``images`` are ``uint8`` or float in [0, 1]. The model is left in evaluation mode. Raises as ``data.batches`` and
    ``metrics.psnr`` do.
    """
    model.eval()
    with torch.no_grad():
        return metrics.psnr(images, torch.cat([model(batch) for batch in batches(images)]))


@contextmanager
def _random_numbers_kept(device: torch.device) -> Iterator[None]:
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


def _checked_device(name: str) -> torch.device:
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


def choose_device() -> torch.device:
    """Return a GPU if there is one, CUDA's before Apple's, else the CPU.

    Only ``fit`` and ``resume`` use it; between trainings every model and every image lies on the CPU.
    """
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def save(model: nn.Module, path: str | Path) -> None:
    """Write a network of ``aelib.models`` to one file: safetensors with its sizes as JSON in the header.

    The file appears whole or not at all. Raises ``TypeError`` for a network of another class, which ``load_model``
    could not build again, ``ValueError`` for weights that are NaN or infinite, and ``OSError`` when the file cannot be
    written.
    """
    if not _is_ours(model) and _is_ours(getattr(model, "network", None)):
        raise TypeError(f"A {type(model).__name__} only trains a network; keep that one: save(model.network, path).")
    if not _is_ours(model):
        raise TypeError(
            f"save keeps the networks of aelib.models, and {type(model).__name__} is none. Keep one of your own with "
            f"safetensors.torch.save_model, or its training with fit(…, checkpoint=…)."
        )
    _check_finite(model.state_dict(), f"This {type(model).__name__}")
    with torch.device("meta"):
        built_again = type(model)(**model.config).state_dict()
    if {name: each.shape for name, each in model.state_dict().items()} != {
        name: each.shape for name, each in built_again.items()
    }:
        raise TypeError(
            f"This {type(model).__name__} has been changed since it was built, so that load_model could not build it "
            f"again from its config. Keep it with safetensors.torch.save_model."
        )
    _write(path, model.state_dict(), kind=type(model).__name__, config=model.config)


def _is_ours(model: object) -> bool:
    return models.NETWORKS.get(type(model).__name__) is type(model)


def load_model(path: str | Path) -> nn.Module:
    """Return the network that ``save`` wrote, on the CPU and in evaluation mode.

    Raises ``FileNotFoundError``, or ``ValueError`` for a damaged file or one of another kind.
    """
    tensors, metadata = _read(path)
    kind = models.NETWORKS.get(str(metadata.get("kind")))
    if kind is None:
        raise ValueError(f"{path} holds no network that aelib.models knows. Was it written with training.save?")
    try:
        # No memory is taken for sizes, or layers, that the file may only pretend to have.
        with torch.device("meta"), _at_most(len(tensors)):
            model = kind(**metadata["config"])
    except Exception as error:  # a made-up configuration can raise anything; it is named, not swallowed
        raise ValueError(f"{path} describes its {kind.__name__} in a way that does not work ({error}).") from error
    _compare_weights(model, tensors, path)
    types = {tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()}
    if len(types) > 1 or not types <= {torch.float16, torch.bfloat16, torch.float32, torch.float64}:
        raise ValueError(f"The weights in {path} are not of one floating-point type, but {types}.")
    _check_finite(tensors, str(path))
    model.load_state_dict(tensors, assign=True)
    return model.eval()


@contextmanager
def _at_most(count: int) -> Iterator[None]:
    """Let no network be built that has more weights and biases than ``count``."""
    registered = itertools.count(1)

    def refuse_more(module: nn.Module, name: str, parameter: nn.Parameter) -> None:
        if next(registered) > count:
            raise ValueError(f"it has more weights than the {count} in the file")

    hook = register_module_parameter_registration_hook(refuse_more)
    try:
        yield
    finally:
        hook.remove()


def pretrained(name: str) -> nn.Module:
    """Return a network that comes with the package, trained by ``tools/train_weights.py``.

    Of Fashion-MNIST: ``"dense-32"`` is a ``DenseAutoencoder`` with 32 code units and one hidden layer of 512;
    ``"rate-32"`` and ``"rate-64"`` are ``RateAutoencoder`` with the same layer, for few and for more bytes per image;
    ``"classifier"`` is a ``Classifier`` of the ten classes. ``"repair-noise"``, ``"repair-salt-and-pepper"``,
    ``"repair-blur"`` and ``"repair-low-resolution"`` are ``RepairNet`` that mend what ``repair.damage`` does by the
    name, at its usual strength, the first one also noise of 0.4; ``"repair-lost"`` is a ``FillingNet``.
    Of photographs: ``"photo-noise"`` is a ``DenoisingNet`` for a standard deviation of 25/255, ``"photo-lost"`` a
    ``ScratchNet``, ``"photo-low-resolution"`` a ``DoublingNet``.
    Raises ``ValueError`` for another name or a damaged file.
    """
    if name not in PRETRAINED:
        raise ValueError(f"There is no pretrained network {name!r}; choose from {', '.join(PRETRAINED)}.")
    path = package_files("aelib").joinpath("assets", f"{name}.safetensors")
    if hashlib.sha256(path.read_bytes()).hexdigest() != PRETRAINED[name]:
        raise ValueError(f"aelib/assets/{name}.safetensors is damaged (wrong checksum). Install the package again.")
    return load_model(path)


def _checked(images: torch.Tensor, test_images: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return both as a training keeps them: as they are when ``uint8``, else float32; refuse what cannot be images."""
    if test_images is None:
        return _checked_images("images", images), None
    images, test_images = _checked_images("images", images), _checked_images("test_images", test_images)
    if images.shape[1:] != test_images.shape[1:]:
        raise ValueError(
            f"images and test_images must be of one size; these have {tuple(images.shape)} and "
            f"{tuple(test_images.shape)}."
        )
    return images, test_images


def _checked_images(name: str, images: torch.Tensor) -> torch.Tensor:
    checks.batch(images, name)
    checks.originals(images, name)
    return images if images.dtype == torch.uint8 else as_float(images)


def _check_loss(model: nn.Module) -> None:
    """Refuse a model that has nothing to minimise, or nothing to learn."""
    if not isinstance(model, nn.Module) or not callable(getattr(model, "loss", None)):
        raise TypeError(
            f"fit needs a torch.nn.Module with a loss, and this {type(model).__name__} has none. Give its class one: "
            f"def loss(self, images): return torch.nn.functional.mse_loss(self(images), images)"
        )
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(f"This {type(model).__name__} has nothing to learn: no parameter of it requires a gradient.")


def _check_batches(model: nn.Module, images: int, batch_size: int) -> None:
    """Refuse a model that cannot be trained on batches of that size of so many images."""
    normalised = any(isinstance(module, nn.BatchNorm1d) for module in model.modules())
    if normalised and (images % batch_size == 1 or batch_size == 1):
        raise ValueError(
            f"The last batch of an epoch would have a single image, of which batch normalisation can take no variance: "
            f"of {images} images, use one fewer, or a batch_size other than {batch_size}."
        )


def _check_target(checkpoint: str | Path) -> None:
    """Refuse to write a checkpoint over a file that is none."""
    path = files.as_path(checkpoint)
    if not path.name:
        raise ValueError(f"checkpoint must name a file; got {str(checkpoint)!r}.")
    if path.is_dir():
        raise ValueError(f"checkpoint must name a file; {path} is a folder. Give a name in it.")
    if path.is_file():
        try:
            kept = _read(path)[1]
        except ValueError:
            kept = {}
        if "settings" not in kept:
            raise ValueError(f"{path} already exists and is not a valid checkpoint. Choose another name.")


def _checked_settings(settings: _Settings) -> _Settings:
    """Return the settings in Python's own numbers; refuse those that make no sense."""
    if not (settings.epochs or settings.steps or settings.seconds):
        raise ValueError("Say when to stop: give epochs, steps or seconds (stop_below alone may never be reached).")
    checked = {"one_cycle": bool(settings.one_cycle)}
    for name, value in asdict(settings).items():
        if name == "one_cycle" or (value is None and name in OPTIONAL):
            continue
        number = (checks.whole if name in WHOLE else checks.number)(value, name, most=checks.FINITE)
        if number < 0 or (number == 0 and name not in MAY_BE_ZERO):
            raise ValueError(f"{name} must be {'at least' if name in MAY_BE_ZERO else 'above'} 0; got {value}.")
        checked[name] = number
    checks.seed(settings.seed)
    return replace(settings, **checked)


def _description(model: nn.Module) -> str:
    """Return the class of a network and its configuration, if it has one; equal shapes alone do not prove it equal."""
    return f"{type(model).__name__} {getattr(model, 'config', '')}".strip()


def _fingerprint(images: torch.Tensor | None) -> str | None:
    """Return a checksum of the shape and all pixels."""
    if images is None:
        return None
    pixels = images.cpu().contiguous()
    return hashlib.sha256(repr((pixels.shape, pixels.dtype)).encode() + pixels.numpy().tobytes()).hexdigest()


def _write(path: str | Path, tensors: dict[str, torch.Tensor], **metadata: object) -> None:
    """Write tensors and JSON to ``path``."""
    # Copies, for safetensors refuses two names for the same memory, as tied weights have.
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    # All in one entry, for safetensors writes several in an order that changes from run to run.
    text = json.dumps({"sha256": _checksum(tensors, metadata), **metadata})
    files.write_whole(path, serialise(tensors, {"aelib": text}))


def _checksum(tensors: dict[str, torch.Tensor], metadata: dict) -> str:
    """Return the SHA-256 of all that a file says; safetensors itself would not notice a changed weight."""
    checksum = hashlib.sha256(json.dumps(metadata).encode())
    for name, tensor in sorted(tensors.items()):
        checksum.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        checksum.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return checksum.hexdigest()


def _read(path: str | Path) -> tuple[dict[str, torch.Tensor], dict]:
    """Return the tensors and the JSON that ``_write`` wrote."""
    # Read in one go: safe_open opens the file twice, and a training may put a newer one there in between.
    content = files.read_whole(path, MAX_FILE_BYTES)
    try:
        tensors = deserialise(content)
        header_size = int.from_bytes(content[:8], "little")
        metadata = json.loads(json.loads(content[8 : 8 + header_size])["__metadata__"]["aelib"])
        if not isinstance(metadata, dict):
            raise ValueError("no description of what it holds")
        if metadata.pop("sha256") != _checksum(tensors, metadata):
            raise ValueError("wrong checksum")
        return tensors, metadata
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged or was not written by aelib ({error}).") from error


def _compare_weights(model: nn.Module, weights: dict[str, torch.Tensor], path: str | Path) -> None:
    """Refuse weights of other names or shapes; load_state_dict complains only after it has overwritten what fits."""
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    for name in sorted({*wanted, *found}):
        if wanted.get(name) != found.get(name):
            raise ValueError(
                f"The weights in {path} are those of another network: {name} has the shape "
                f"{found.get(name, 'of nothing')} there and {wanted.get(name, 'of nothing')} here."
            )
    for name, tensor in model.state_dict().items():
        # A weight may come in another precision; a count, as of batch normalisation, is of its type and not below 0.
        found = weights[name]
        if found.is_floating_point() != tensor.is_floating_point() or not (
            found.is_floating_point() or (found.dtype == tensor.dtype and (found >= 0).all())
        ):
            raise ValueError(f"{path} holds {found.dtype} for {name} where {tensor.dtype} belongs, or counts below 0.")


def _check_finite(weights: dict[str, torch.Tensor], holder: str) -> None:
    """Refuse weights that are no numbers: all that such a network draws is NaN."""
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise ValueError(f"{holder} has NaN or infinite weights in {name}: they were lost in training. Train anew.")
