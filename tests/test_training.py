"""Hold aelib.training to its promises: when it stops, that it repeats, and that nothing that was learnt is lost."""

import inspect
import itertools
import math
import os
import random
import resource
import signal
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_client.manager import start_new_kernel
from processes import in_new_process, memory_taken, processes
from torch import nn

from aelib import generation, metrics, repair, training
from aelib.interrupts import Interrupts
from aelib.models import DenseAutoencoder, FillingNet, VariationalAutoencoder
from aelib.training import History, fit, held_out_psnr, load_model, one_cycle_factor, resume, save, storage
from aelib.training.loop import Training
from aelib.training.settings import Settings

SIZE = (1, 4, 4)


def some_images(number=100, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (number, *SIZE), dtype=torch.uint8, generator=generator)


def small_network(seed=0, **options):
    return DenseAutoencoder(**{"code_size": 3, "hidden": (8,), "image_shape": SIZE, "seed": seed} | options)


def train(model=None, images=None, **options):
    """Train a small network on a few images; return the network and the history."""
    model = small_network() if model is None else model
    images = some_images() if images is None else images
    return model, fit(model, images, **{"batch_size": 10, "progress": False} | options)


def weights(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same_weights(model, other):
    """Return whether two networks have the same weights, bit for bit."""
    ours, theirs = model.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def measurements(history):
    """Return all of a history that does not depend on the clock."""
    return {name: values for name, values in asdict(history).items() if name != "seconds"}


class NoisyNetwork(nn.Module):
    """A learner's own network: it draws noise in its loss, ties weights, counts in a buffer, has no configuration."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(5)
        self.encoder = nn.Linear(16, 3)
        self.decoder = nn.Linear(3, 16)
        self.same_encoder = self.encoder
        self.frozen = nn.Parameter(torch.ones(16), requires_grad=False)
        self.norm = nn.BatchNorm1d(16)
        self.dropout = nn.Dropout(0.2)

    def loss(self, images):
        pixels = images.flatten(1) * self.frozen
        damaged = self.dropout(self.norm(pixels + 0.3 * torch.randn_like(pixels)))
        return (self.decoder(self.same_encoder(damaged)) - pixels).square().mean()


# Reasons to stop


def test_training_stops_after_so_many_epochs():
    _, history = train(epochs=3)
    assert history.stopped == "epochs"
    assert history.step == [10, 20, 30]
    assert history.epoch == [1, 2, 3]


@pytest.mark.parametrize("batch_size, epochs, steps", [(10, 0.5, 5), (10, 0.05, 1), (10, 2.3, 23), (1, 0.07, 7)])
def test_epochs_may_be_a_fraction(batch_size, epochs, steps):
    _, history = train(epochs=epochs, batch_size=batch_size)
    assert history.stopped == "epochs"
    assert history.step[-1] == steps


def test_training_stops_after_so_many_steps():
    _, history = train(steps=13)
    assert history.stopped == "steps"
    assert history.step == [10, 13]


def test_training_stops_after_so_many_seconds():
    started = time.perf_counter()
    _, history = train(seconds=0.3)
    assert history.stopped == "seconds"
    assert 0.3 <= history.seconds[-1] <= time.perf_counter() - started < 3


def test_measuring_does_not_count_as_training():
    class SlowToMeasure(DenseAutoencoder):
        def loss(self, images):
            if not self.training:
                time.sleep(0.05)
            return super().loss(images)

    model = SlowToMeasure(code_size=3, hidden=(8,), image_shape=(1, 4, 4))
    started = time.perf_counter()
    _, history = train(model, steps=50, measure_every=1, test_images=some_images())
    assert time.perf_counter() - started > 50 * 0.05 > 2 * history.seconds[-1]


def test_training_stops_when_the_loss_is_below_the_threshold():
    _, history = train(steps=2000, learning_rate=0.01, stop_below=0.06)
    assert history.stopped == "threshold"
    assert history.train_loss[-1] < 0.06 <= min(history.train_loss[:-1])
    assert history.step[-1] < 2000


def test_a_threshold_that_is_not_reached_leaves_the_other_limit():
    _, history = train(steps=20, stop_below=1e-9)
    assert history.stopped == "steps"


@pytest.mark.parametrize(
    "limits, stopped",
    [
        ({"epochs": 2, "steps": 7, "seconds": 60}, "steps"),
        ({"epochs": 0.4, "steps": 7, "seconds": 60}, "epochs"),
        ({"epochs": 1e6, "steps": 10**6, "seconds": 0.05}, "seconds"),
    ],
)
def test_the_first_limit_counts(limits, stopped):
    assert train(**limits)[1].stopped == stopped


# What a training does


def test_training_lowers_the_loss():
    _, history = train(epochs=30, learning_rate=0.01, test_images=some_images(seed=1))
    assert history.train_loss[-1] < 0.9 * history.train_loss[0]
    assert len(history.test_loss) == len(history.step)


def test_one_step_is_that_of_torchs_adamw():
    model, _ = train(steps=1, images=some_images(10), learning_rate=0.01, weight_decay=0.1)
    by_hand = small_network()
    optimizer = torch.optim.AdamW(by_hand.parameters(), lr=0.01, weight_decay=0.1)
    by_hand.loss(some_images(10) / 255).backward()
    optimizer.step()
    for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_each_epoch_shows_every_image_once_in_a_new_order_and_the_last_batch_is_a_partial_one():
    seen = []

    class Watcher(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def loss(self, images):
            seen.append((images[:, 0, 0, 0] * 255).round().int().tolist())
            return (self.weight * images).mean()

    numbered = torch.arange(23, dtype=torch.uint8).reshape(23, 1, 1, 1)
    train(Watcher(), numbered, epochs=2, batch_size=10)
    assert [len(batch) for batch in seen] == [10, 10, 3] * 2
    first, second = ([*a, *b, *c] for a, b, c in (seen[:3], seen[3:]))
    assert sorted(first) == sorted(second) == list(range(23))
    assert first != second
    assert first != sorted(first)


def test_the_training_loss_is_the_mean_since_the_measurement_before():
    losses = []

    class Watcher(DenseAutoencoder):
        def loss(self, images):
            loss = super().loss(images)
            losses.append(loss.item())
            return loss

    _, history = train(Watcher(3, (8,), SIZE), steps=10, measure_every=4)
    assert history.step == [4, 8, 10]
    expected = [sum(losses[:4]) / 4, sum(losses[4:8]) / 4, sum(losses[8:]) / 2]
    assert history.train_loss == pytest.approx(expected, rel=1e-5)


def test_held_out_loss_is_that_of_the_trained_network_on_all_held_out_images():
    held_out = some_images(2300, seed=1)  # more than one batch of 1,000, the last one partial
    model, history = train(epochs=2, test_images=held_out)
    assert history.test_loss[-1] == pytest.approx(model.loss(held_out / 255).item(), rel=1e-5)


def test_held_out_psnr_is_that_of_one_mse_over_all_images():
    model, _ = train(epochs=2)
    held_out = some_images(2300, seed=1)
    assert held_out_psnr(model.train(), held_out) == pytest.approx(
        metrics.psnr(held_out, model(held_out / 255)), abs=1e-4
    )
    assert not model.training


def test_the_device_can_be_named(monkeypatch):
    monkeypatch.setattr("aelib.training.loop.choose_device", lambda: torch.device("meta"))  # what it must not ask for
    trained, history = train(steps=5, device="cpu")
    assert history.step == [5] and next(trained.parameters()).device.type == "cpu"


def test_held_out_images_do_not_change_the_training():
    model, _ = train(NoisyNetwork(), epochs=2)
    measured, _ = train(NoisyNetwork(), epochs=2, test_images=some_images(seed=1), measure_every=1)
    assert same_weights(model, measured)


def test_the_network_is_measured_in_evaluation_mode_and_trained_in_training_mode():
    modes = []

    class Watcher(DenseAutoencoder):
        def loss(self, images):
            modes.append((len(images), self.training, torch.is_grad_enabled()))
            return super().loss(images)

    model, _ = train(Watcher(3, (8,), SIZE).eval(), steps=2, measure_every=1, test_images=some_images(7))
    assert modes == [(10, True, True), (7, False, False)] * 2
    assert not model.training
    assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}


def test_one_cycle_climbs_from_a_25th_to_the_peak_and_falls_to_zero():
    factors = [one_cycle_factor(i / 1000) for i in range(1001)]
    assert factors[0] == pytest.approx(1 / 25)
    assert factors[300] == pytest.approx(1)
    assert factors[1000] == pytest.approx(0, abs=1e-12)
    assert all(a < b for a, b in zip(factors[:300], factors[1:301], strict=True))
    assert all(a > b for a, b in zip(factors[300:-1], factors[301:], strict=True))
    # The same schedule as torch's, which counts in steps.
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1, total_steps=1001, final_div_factor=1e9)
    for i in range(1000):
        # torch lets the climb end one step earlier, at 0.3 · 1001 - 1.
        assert optimizer.param_groups[0]["lr"] == pytest.approx(factors[i], abs=0.01)
        optimizer.step()
        schedule.step()


@pytest.mark.parametrize(("limit", "length"), [(0.1, 0.1), (100, 3), (None, 3)])
def test_long_gradients_are_shortened(limit, length):
    class Steep(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(9))

        def loss(self, images):
            return self.weight.sum() + 0 * images.mean()

    model, _ = train(Steep(), steps=1, gradient_limit=limit)
    assert model.weight.grad.norm().item() == pytest.approx(length)


def test_a_checkpoint_from_before_there_was_a_gradient_limit_is_taken_up(tmp_path):
    train(steps=3, checkpoint=tmp_path / "old")
    tensors, metadata = storage.read(tmp_path / "old")
    del metadata["settings"]["gradient_limit"]
    storage.write(tmp_path / "old", tensors, **metadata)
    history = training.resume(small_network(), some_images(), tmp_path / "old", progress=False)
    assert history.stopped == "steps"


def test_fit_follows_the_one_cycle():
    # Adam's step is about as long as the learning rate, so it shows how high that was.
    class Watcher(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))
            self.positions = []

        def loss(self, images):
            self.positions.append(self.weight.item())
            return self.weight.sum() + 0 * images.mean()

    constant, _ = train(Watcher(), steps=100, learning_rate=0.5, weight_decay=0)
    cycled, _ = train(Watcher(), steps=100, learning_rate=0.5, weight_decay=0, one_cycle=True)
    rates = [[a - b for a, b in zip(m.positions, m.positions[1:], strict=False)] for m in (constant, cycled)]
    assert rates[0] == pytest.approx([0.5] * 99, abs=1e-3)
    assert rates[1] == pytest.approx([0.5 * one_cycle_factor(i / 100) for i in range(99)], abs=1e-3)


# The same again


@pytest.mark.parametrize("network", [small_network, NoisyNetwork])
def test_a_seeded_training_repeats_bit_for_bit(network):
    options = {"epochs": 3, "one_cycle": True, "test_images": some_images(seed=1), "seed": 4}
    first, first_history = train(network(), **options)
    torch.rand(1)  # whatever else has drawn random numbers in between
    again, history = train(network(), **options)
    assert same_weights(first, again)
    assert measurements(first_history) == measurements(history)
    other, _ = train(network(), **options | {"seed": 5})
    assert not same_weights(first, other)


def test_training_leaves_the_global_random_numbers_alone():
    network = NoisyNetwork()
    torch.manual_seed(3)
    expected = torch.rand(5)
    torch.manual_seed(3)
    train(network, steps=5, test_images=some_images())
    assert torch.equal(torch.rand(5), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_float_images_give_the_same_weights_as_bytes(dtype):
    # On a GPU the bytes would be divided there, where the last bit can come out otherwise than here.
    from_bytes, _ = train(epochs=2, device="cpu")
    from_floats, _ = train(images=some_images().to(dtype) / 255, epochs=2, device="cpu")
    assert same_weights(from_bytes, from_floats)


def test_a_checkpoint_does_not_change_the_training(tmp_path):
    plain, plain_history = train(NoisyNetwork(), epochs=2)
    kept, history = train(NoisyNetwork(), epochs=2, checkpoint=tmp_path / "run", checkpoint_seconds=0)
    assert same_weights(plain, kept)
    assert measurements(plain_history) == measurements(history)


# Errors


@pytest.mark.parametrize("cause", ["learning rate", "loss"])
@pytest.mark.parametrize("checkpointed", [False, True])
def test_a_loss_that_is_no_number_stops_with_advice(tmp_path, cause, checkpointed):
    images = some_images() / 255
    model = small_network(output_activation="linear")
    if cause == "loss":
        model.loss = lambda batch: (model(batch) - batch).square().mean().sub(1).sqrt()
    options = {"checkpoint": tmp_path / "run", "checkpoint_seconds": 0} if checkpointed else {}
    learning_rate = 1e30 if cause == "learning rate" else 1e-3
    with pytest.raises(FloatingPointError, match=r"smaller learning_rate than .*look for NaN or infinite values"):
        train(model, images, epochs=5, learning_rate=learning_rate, **options)
    if checkpointed:  # what is kept is from before the loss was lost
        _, metadata = storage.read(tmp_path / "run")
        assert all(math.isfinite(loss) for loss in metadata["history"]["train_loss"])


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({}, "Say when to stop"),
        ({"stop_below": 0.1}, "Say when to stop"),
        ({"epochs": 0}, "Say when to stop"),
        ({"epochs": -1}, "epochs must be above 0; got -1"),
        ({"epochs": math.nan}, "epochs must be a number; got nan"),
        ({"epochs": math.inf}, "must be finite"),
        ({"epochs": 1e308}, "must be at most"),
        ({"steps": 10**400}, "must be at most"),
        ({"steps": -5}, "steps must be above 0"),
        ({"steps": math.inf}, "steps must be a whole number; got inf"),
        ({"seconds": math.inf}, "must be finite"),
        ({"steps": 5, "batch_size": 2.0}, r"batch_size must be a whole number, without the \.0.*got 2\.0"),
        ({"steps": 5, "seed": 0.5}, "seed must be a whole number"),
        ({"seconds": -0.5}, "seconds must be above 0"),
        ({"steps": 5, "stop_below": 0}, "stop_below must be above 0"),
        ({"steps": 5, "batch_size": 0}, "batch_size must be above 0"),
        ({"steps": 5, "learning_rate": 0}, "learning_rate must be above 0"),
        ({"steps": 5, "learning_rate": math.inf}, "must be finite"),
        ({"steps": 5, "weight_decay": -0.1}, "weight_decay must be at least 0"),
        ({"steps": 5, "measure_every": 0}, "measure_every must be above 0"),
        ({"steps": 5, "checkpoint_seconds": -1}, "checkpoint_seconds must be at least 0"),
        ({"steps": 5, "seed": -1}, "seed must be at least 0"),
        ({"steps": 5, "images": torch.zeros(100, 4, 4)}, r"images must have the shape.*\(100, 4, 4\)"),
        ({"steps": 5, "images": torch.zeros(0, *SIZE)}, "N ≥ 1"),
        ({"steps": 5, "test_images": torch.zeros(100, 4, 4)}, r"test_images must have the shape"),
        ({"steps": 5, "test_images": torch.zeros(0, *SIZE)}, "N ≥ 1"),
    ],
    ids=str,
)
def test_arguments_that_make_no_sense_are_refused_before_the_network_is_touched(wrong, message):
    model = small_network()
    with pytest.raises(ValueError, match=message):
        train(model, **wrong)
    assert same_weights(model, small_network())


def test_images_of_whole_numbers_that_are_no_bytes_are_refused():
    with pytest.raises(TypeError, match="must be uint8, or float"):
        train(images=some_images().long(), steps=5)


def test_the_progress_bar_shows_loss_and_time_left_and_goes_away(capsys):
    fit(small_network(), some_images(), steps=400, batch_size=10)
    bar = capsys.readouterr().err
    assert "loss 0." in bar
    assert "<" in bar
    fit(small_network(), some_images(), steps=10, batch_size=10, progress=False)
    assert capsys.readouterr().err == ""


def test_in_a_notebook_the_bar_goes_away_at_the_end_and_stays_in_red_after_a_failure(monkeypatch):
    from tqdm.notebook import tqdm

    bars = []

    def make_bar(**options):
        bars.append(tqdm(**options))
        return bars[-1]

    monkeypatch.setattr("aelib.training.loop.tqdm", make_bar)
    for options in ({"steps": 13}, {"epochs": 1.3}, {"seconds": 0.02}, {"steps": 13, "stop_below": 1.0}):
        train(progress=True, **options)
        assert bars[-1].container.layout.visibility == "hidden", options
    with pytest.raises(FloatingPointError):
        train(progress=True, steps=100, learning_rate=1e30)
    assert bars[-1].container.layout.visibility != "hidden"
    assert bars[-1].container.children[1].bar_style == "danger"


@pytest.mark.parametrize(
    "history, line",
    [
        (History(), "nothing measured (stopped by: still running)"),
        (
            History([1500], [2.5], [12.34], [0.12345], [0.2], "epochs"),
            "1,500 steps, 2.5 epochs, 12.3 s: training loss 0.1235, test loss 0.2000 (stopped by: epochs)",
        ),
    ],
)
def test_a_history_sums_itself_up_in_a_line(history, line):
    assert repr(history) == line


# Interrupts and kills, of real processes


def train_until_interrupted(folder):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    model = small_network()
    history = fit(
        model, some_images(), seconds=60, batch_size=10, measure_every=100, progress=False,
        test_images=some_images(seed=1), checkpoint=folder / "run", checkpoint_seconds=0.01,
    )  # fmt: skip
    save(model, folder / "learnt")
    (folder / "stopped").write_text(f"{history.stopped} {len(history.step)} {len(history.test_loss)}")


def wait_for(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def test_an_interrupt_ends_the_training_and_keeps_what_was_learnt(tmp_path):
    process = processes.Process(target=train_until_interrupted, args=[tmp_path])
    process.start()
    wait_for((tmp_path / "run").exists)
    wait_for(lambda: storage.read(tmp_path / "run")[1]["history"]["step"])
    os.kill(process.pid, signal.SIGINT)
    process.join(30)
    assert process.exitcode == 0
    stopped, train_losses, test_losses = (tmp_path / "stopped").read_text().split()
    assert stopped == "interrupt"
    assert train_losses == test_losses
    assert int(train_losses) > 0
    learnt, images = load_model(tmp_path / "learnt"), some_images() / 255
    assert learnt.loss(images) < small_network().loss(images)


NETWORKS = {"dense": small_network, "noisy": NoisyNetwork}
LONG_RUN = {"one_cycle": True, "measure_every": 17, "seed": 2}


def start_or_go_on(kind, checkpoint, epochs, checkpoint_seconds):
    """Do what a learner does whose machine keeps crashing: resume when there is a checkpoint, else begin."""
    model, held_out = NETWORKS[kind](), some_images(seed=1)
    if checkpoint.exists():
        history = resume(model, some_images(), checkpoint, test_images=held_out, progress=False)
    else:
        options = {"epochs": epochs, "checkpoint": checkpoint, "checkpoint_seconds": checkpoint_seconds}
        _, history = train(model, test_images=held_out, **LONG_RUN | options)
    return weights(model), measurements(history)


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("epochs, checkpoint_seconds", [(30, 0), (100, 0.02)])
def test_a_training_that_is_killed_again_and_again_ends_as_if_it_never_was(tmp_path, kind, epochs, checkpoint_seconds):
    checkpoint = tmp_path / "run.safetensors"
    steps = []
    for attempt in range(5):
        process = processes.Process(target=start_or_go_on, args=[kind, checkpoint, epochs, checkpoint_seconds])
        process.start()
        # The first checkpoint is written before the first step; a kill after the second loses no progress.
        for _ in range(1 + attempt % 2):
            written = when_written(checkpoint)
            wait_for(lambda: when_written(checkpoint) != written or not process.is_alive())  # noqa: B023 - used at once
        time.sleep(random.uniform(0, 0.03))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        _, metadata = storage.read(checkpoint)  # raises when it is half written
        steps.append(metadata["step"])
        # Nothing else is visible; at worst a hidden, unfinished file waits for the next start to remove it.
        assert [file.name for file in tmp_path.glob("*") if not file.name.startswith(".")] == [checkpoint.name]
        assert all(file.name.endswith(".unfinished") for file in tmp_path.glob(".*"))
        assert len(list(tmp_path.glob(".*"))) <= 1
    assert steps == sorted(steps)
    assert steps[-1] > 0

    killed, killed_history = in_new_process(start_or_go_on, kind, checkpoint, epochs, checkpoint_seconds)
    unharmed, history = in_new_process(start_or_go_on, kind, tmp_path / "other", epochs, 1000)
    assert killed.keys() == unharmed.keys()
    assert all(torch.equal(killed[name], unharmed[name]) for name in killed)
    assert killed_history == history
    assert history["stopped"] == "epochs"
    assert not list(tmp_path.glob(".*"))


def train_a_larger_network(checkpoint):
    train(DenseAutoencoder(), torch.zeros(100, 1, 28, 28), steps=30, checkpoint=checkpoint, checkpoint_seconds=0)


def test_a_reader_never_meets_half_a_checkpoint(tmp_path):
    checkpoint = tmp_path / "run"
    process = processes.Process(target=train_a_larger_network, args=[checkpoint])
    process.start()
    wait_for(checkpoint.exists)
    steps = set()
    while process.is_alive():
        _, metadata = storage.read(checkpoint)  # raises when it is half written
        steps.add(metadata["step"])
    assert process.exitcode == 0
    assert len(steps) > 2


# Checkpoints


def when_written(path):
    return path.stat().st_mtime_ns if path.exists() else None


def interrupted_after(losses, model):
    """Return the network, which now interrupts its training after so many losses as Ctrl-C would."""
    loss, batches = model.loss, itertools.count()

    def loss_or_interrupt(images):
        if next(batches) == losses:
            raise KeyboardInterrupt
        return loss(images)

    model.loss = loss_or_interrupt
    return model


@pytest.fixture
def halfway(tmp_path):
    """Return a checkpoint that was written after 12 of 20 steps of a small network."""
    checkpoint = tmp_path / "run.safetensors"
    model = interrupted_after(12, small_network())
    _, history = train(model, steps=20, checkpoint=checkpoint, checkpoint_seconds=0)
    assert history.stopped == "interrupt"
    return checkpoint


def test_an_interrupt_is_told(capsys):
    train(interrupted_after(3, small_network()), steps=20)
    assert "interrupted" in capsys.readouterr().out
    train(steps=20)
    assert capsys.readouterr().out == ""


def go_on(checkpoint, model=None, images=None, **options):
    model = small_network(seed=99) if model is None else model
    return model, resume(model, some_images() if images is None else images, checkpoint, progress=False, **options)


# 25 losses, two of them held-out ones, come before the last measurement.
@pytest.mark.parametrize("losses", [0, 1, 7, 10, 13, 19, 24, 25])
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_resumed_training_ends_as_one_that_never_stopped(tmp_path, kind, losses):
    options = {"steps": 23, "one_cycle": True, "seed": 3, "test_images": some_images(seed=1)}
    whole, history = train(NETWORKS[kind](), **options)
    halted = interrupted_after(losses, NETWORKS[kind]())
    _, halted_history = train(halted, checkpoint=tmp_path / "run", checkpoint_seconds=0, **options)
    assert halted_history.stopped == "interrupt"
    resumed, resumed_history = go_on(tmp_path / "run", NETWORKS[kind](), test_images=some_images(seed=1))
    assert same_weights(resumed, whole)
    assert measurements(resumed_history) == measurements(history)


@pytest.mark.parametrize("limit", [{"epochs": 1}, {"steps": 5}, {"seconds": 0.02}, {"steps": 50, "stop_below": 0.5}])
def test_resuming_a_finished_training_changes_nothing(tmp_path, limit):
    model, history = train(checkpoint=tmp_path / "run", **limit)
    resumed, resumed_history = go_on(tmp_path / "run")
    assert same_weights(resumed, model)
    assert resumed_history == history


def test_a_training_never_goes_on_from_an_older_one_of_the_same_name(tmp_path):
    train(steps=20, seed=1, checkpoint=tmp_path / "run")
    # Killed before the time for its first checkpoint has come.
    train(interrupted_after(5, small_network()), steps=20, seed=2, checkpoint=tmp_path / "run")
    assert same_weights(go_on(tmp_path / "run")[0], train(steps=20, seed=2)[0])


def test_the_leftover_of_a_killed_training_goes_with_the_next_checkpoint(tmp_path):
    (tmp_path / ".run.unfinished").write_bytes(b"half a file")
    train(steps=2, checkpoint=tmp_path / "run")
    assert {file.name for file in tmp_path.iterdir()} == {"run"}


@pytest.mark.parametrize("scale", [255, -1, 1.1])
def test_float_images_outside_0_to_1_are_refused(scale):
    images = torch.ones(4, 1, 2, 2) * scale
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        fit(small_network(), images, steps=1, progress=False)


def test_resume_refuses_to_go_on_without_the_test_images_it_began_with(tmp_path):
    images = some_images()
    train(steps=2, test_images=images[:2], checkpoint=tmp_path / "run")
    with pytest.raises(ValueError, match="other test_images"):
        resume(small_network(), images, tmp_path / "run", progress=False)
    resume(small_network(), images, tmp_path / "run", test_images=images[:2], progress=False)


def test_the_folder_of_a_checkpoint_is_made(tmp_path):
    train(steps=2, checkpoint=str(tmp_path / "new" / "folder" / "run"))
    assert (tmp_path / "new" / "folder" / "run").is_file()


def refused(checkpoint, message, model=None, images=None):
    """Check that resume refuses a checkpoint, with the file's name, and leaves the network as it was."""
    model = small_network(seed=99) if model is None else model
    before = weights(model)
    with pytest.raises(ValueError, match=message) as refusal:
        go_on(checkpoint, model, images)
    assert str(checkpoint) in str(refusal.value)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def one_pixel_changed():
    images = some_images()
    images[-1, 0, -1, -1] ^= 1
    return images


@pytest.mark.parametrize(
    "images",
    [one_pixel_changed(), some_images().flip(0), some_images()[:99], some_images(seed=1), some_images() / 255],
    ids=["one pixel", "order", "fewer", "others", "float"],
)
def test_other_images_are_refused(halfway, images):
    refused(halfway, "trained on other images", images=images)


@pytest.mark.parametrize(
    "network",
    [
        small_network(code_size=4),
        small_network(hidden=(8, 8)),
        small_network(activation="relu"),  # the weights would fit
        small_network(output_activation="linear"),
        NoisyNetwork(),
    ],
    ids=["code size", "layers", "activation", "output activation", "class"],
)
def test_another_network_is_refused(halfway, network):
    refused(halfway, "another network", model=network)


def test_another_network_without_a_configuration_is_refused(tmp_path):
    train(NoisyNetwork(), steps=2, checkpoint=tmp_path / "run")
    other = NoisyNetwork()
    other.more = nn.Linear(2, 2)
    refused(tmp_path / "run", r"another network: more\.bias has the shape of nothing there", model=other)


def test_a_file_of_weights_is_no_checkpoint_and_a_checkpoint_no_file_of_weights(tmp_path, halfway):
    save(small_network(), tmp_path / "weights")
    refused(tmp_path / "weights", r"not a training\. Load it with load_model")
    with pytest.raises(ValueError, match=r"run\.safetensors holds no network"):
        load_model(halfway)


def test_a_file_that_is_not_ours_is_refused(tmp_path):
    safetensors.torch.save_file({"weight": torch.zeros(3)}, tmp_path / "theirs")
    refused(tmp_path / "theirs", "damaged or was not written by aelib")
    with pytest.raises(ValueError, match=r"theirs is damaged or was not written by aelib"):
        load_model(tmp_path / "theirs")


@pytest.mark.parametrize("said", ["[1]", "5", "null", '"text"', "{", "[" * 100_000, '{"sha256": 1}'])
def test_a_file_that_describes_itself_in_another_way_is_refused(tmp_path, said):
    safetensors.torch.save_file({"weight": torch.zeros(3)}, tmp_path / "theirs", {"aelib": said})
    refused(tmp_path / "theirs", "damaged or was not written by aelib")


def forged(checkpoint, change):
    """Write a checkpoint again, with its right checksum, after a change of its tensors and what it says."""
    tensors, metadata = storage.read(checkpoint)
    change(tensors, metadata)
    storage.write(checkpoint, tensors, **metadata)


@pytest.mark.parametrize("name", ["optimizer.0.exp_avg", "optimizer.1.exp_avg_sq", "optimizer.2.step", "loss_sum"])
@pytest.mark.parametrize("shape", [(2,), (10**5,)])
def test_a_checkpoint_whose_tensors_do_not_fit_is_refused(halfway, name, shape):
    forged(halfway, lambda tensors, metadata: tensors.update({name: torch.zeros(shape)}))
    refused(halfway, "damaged, or another version")


@pytest.mark.parametrize("name", ["optimizer.0.exp_avg", "optimizer.1.step", "loss_sum"])
def test_a_checkpoint_without_one_of_its_tensors_is_refused(halfway, name):
    forged(halfway, lambda tensors, metadata: tensors.pop(name))
    refused(halfway, "damaged, or another version")


@pytest.mark.parametrize("name", ["optimizer.99.step", "optimizer.x", "optimizer.0.momentum"])
def test_a_checkpoint_with_a_tensor_that_no_optimiser_has_is_refused(halfway, name):
    forged(halfway, lambda tensors, metadata: tensors.update({name: torch.zeros(())}))
    refused(halfway, "damaged, or another version")


@pytest.mark.parametrize("name", ["settings", "history", "step", "seconds", "losses_summed", "images", "network"])
@pytest.mark.parametrize("value", ["nothing", None, "text", [1], {"unknown": 1}], ids=str)
def test_a_checkpoint_that_says_something_else_is_refused(halfway, name, value):
    def change(tensors, metadata):
        metadata[name] = value
        if value == "nothing":
            del metadata[name]

    forged(halfway, change)
    refused(halfway, "not a training" if (name, value) == ("settings", "nothing") else "another|other")


@pytest.mark.parametrize("name", ["step", "losses_summed"])
@pytest.mark.parametrize("value", [math.inf, 10**400, -1, 2.5], ids=["inf", "huge", "negative", "half"])
def test_a_checkpoint_of_impossible_counts_is_refused(halfway, name, value):
    forged(halfway, lambda tensors, metadata: metadata.update({name: value}))
    refused(halfway, "damaged, or another version")


@pytest.mark.parametrize("column", ["step", "seconds", "train_loss"])
@pytest.mark.parametrize(
    "values", [5, None, "text", {}, ["text"], [10**400], [math.nan]], ids=lambda values: str(values)[:8]
)
def test_a_checkpoint_of_another_history_is_refused(halfway, column, values):
    forged(halfway, lambda tensors, metadata: metadata["history"].update({column: values}))
    refused(halfway, "damaged, or another version")


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64, torch.float64])
def test_a_checkpoint_whose_loss_is_no_float_is_refused(halfway, dtype):
    forged(halfway, lambda tensors, metadata: tensors.update(loss_sum=torch.ones((), dtype=dtype)))
    refused(halfway, "damaged, or another version")


def test_an_unknown_device_is_not_the_fault_of_the_checkpoint(halfway):
    with pytest.raises(ValueError, match="There is no device 'toaster' here"):
        resume(small_network(), some_images(), halfway, device="toaster")


@pytest.mark.parametrize(
    "setting", [{"batch_size": 0}, {"learning_rate": -1}, {"steps": None}, {"momentum": 0.9}, {"seconds": 10**400}]
)
def test_a_checkpoint_of_settings_that_fit_would_refuse_is_refused(halfway, setting):
    forged(halfway, lambda tensors, metadata: metadata["settings"].update(setting))
    refused(halfway, "damaged, or another version")


@pytest.mark.parametrize("name", [field.name for field in fields(Settings) if field.name != "gradient_limit"])
def test_a_checkpoint_that_lacks_a_setting_is_not_taken_up_with_the_usual_one(halfway, name):
    forged(halfway, lambda tensors, metadata: metadata["settings"].pop(name))
    refused(halfway, f"damaged, or another version of aelib wrote it .*it says nothing of {name}")


def test_settings_are_by_default_those_of_fit():
    arguments = inspect.signature(fit).parameters
    assert {field.name: field.default for field in fields(Settings)} == {
        field.name: arguments[field.name].default for field in fields(Settings)
    }


@pytest.mark.parametrize("read", [load_model, go_on])
def test_a_missing_file_is_named_with_the_folder_that_was_looked_in(tmp_path, monkeypatch, read):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=rf"no file run\.safetensors \(looked in {tmp_path}\)"):
        read("run.safetensors")


damages = st.one_of(
    st.tuples(st.just("flip"), st.floats(0, 1, exclude_max=True), st.integers(1, 255)),
    st.tuples(st.just("flip in the header"), st.floats(0, 1, exclude_max=True), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.floats(0, 1, exclude_max=True), st.just(0)),
    st.tuples(st.just("append"), st.just(0.0), st.integers(1, 255)),
)


def damaged(content, damage):
    kind, place, change = damage
    content = bytearray(content)
    header = 8 + struct.unpack("<Q", content[:8])[0]
    if kind == "cut":
        return content[: int(place * len(content))]
    if kind == "append":
        return content + bytes(change)
    content[int(place * (header if "header" in kind else len(content)))] ^= change
    return content


@settings(max_examples=150)
@given(damage=damages)
def test_a_damaged_checkpoint_is_refused_or_the_damage_does_not_matter(halfway, damage):
    whole = halfway.read_bytes()
    try:
        halfway.write_bytes(damaged(whole, damage))
        try:
            model, _ = go_on(halfway)
        except ValueError as refusal:
            assert str(halfway) in str(refusal)
        else:
            assert same_weights(model, train(steps=20)[0])
    finally:
        halfway.write_bytes(whole)


@settings(max_examples=100)
@given(damage=damages)
def test_a_damaged_file_of_weights_is_refused_or_the_damage_does_not_matter(tmp_path, damage):
    model, path = small_network(), tmp_path / "weights"
    save(model, path)
    path.write_bytes(damaged(path.read_bytes(), damage))
    try:
        loaded = load_model(path)
    except ValueError as refusal:
        assert str(path) in str(refusal)
    else:
        assert same_weights(loaded, model)
        assert loaded.config == model.config


def test_every_changed_bit_of_a_weight_is_noticed(tmp_path):
    save(small_network(), tmp_path / "weights")
    content = bytearray((tmp_path / "weights").read_bytes())
    content[-1] ^= 1  # safetensors itself does not see this
    (tmp_path / "weights").write_bytes(content)
    assert safetensors.torch.load_file(tmp_path / "weights")
    with pytest.raises(ValueError, match=r"weights is damaged.*wrong checksum"):
        load_model(tmp_path / "weights")


# Files of weights


@given(
    code_size=st.integers(1, 5),
    hidden=st.lists(st.integers(1, 5), max_size=2),
    activation=st.sampled_from(["relu", "tanh"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_saved_network_comes_back_as_it_was(tmp_path, code_size, hidden, activation, seed):
    model = small_network(seed, code_size=code_size, hidden=tuple(hidden), activation=activation)
    save(model, tmp_path / "weights")
    loaded = load_model(tmp_path / "weights")
    assert repr(loaded) == repr(model.eval())
    assert same_weights(loaded, model)
    assert torch.equal(loaded(some_images(5) / 255), model(some_images(5) / 255))


def test_a_loaded_network_can_be_trained_on(tmp_path):
    save(small_network(), tmp_path / "weights")
    loaded = load_model(tmp_path / "weights")
    assert not loaded.training
    assert same_weights(train(loaded, steps=3)[0], train(steps=3)[0])


def test_a_loaded_network_does_not_change_with_its_file(tmp_path):
    save(small_network(), tmp_path / "weights")
    loaded = load_model(tmp_path / "weights")
    with open(tmp_path / "weights", "r+b") as file:  # in place, as a copy over it would
        file.write(bytes((tmp_path / "weights").stat().st_size))
    assert same_weights(loaded, small_network())


def test_the_same_network_gives_the_same_file_which_everyone_may_read(tmp_path):
    for name in ("one", "other"):
        save(small_network(), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_network_that_could_not_be_built_again_is_not_saved(tmp_path):
    class MyAutoencoder(DenseAutoencoder):
        pass

    for model in (MyAutoencoder(), NoisyNetwork()):
        with pytest.raises(TypeError, match=f"{type(model).__name__} is not one. Keep your own"):
            save(model, tmp_path / "weights")
    assert not list(tmp_path.iterdir())


def save_on_a_full_disk(path):
    # Like a full disk, for this process alone: no file may grow beyond 20,000 bytes.
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    save(DenseAutoencoder(), path)


def test_the_old_file_survives_a_full_disk(tmp_path):
    save(small_network(), tmp_path / "weights")
    with pytest.raises(OSError, match="too large"):
        in_new_process(save_on_a_full_disk, tmp_path / "weights")
    assert same_weights(load_model(tmp_path / "weights"), small_network())
    assert [file.name for file in tmp_path.iterdir()] == ["weights"]


@pytest.mark.parametrize(
    "kind",
    ["Sequential", "nn", "math", "__builtins__", "ACTIVATIONS", "_Residual", "torch.nn.Linear", "", None, 5, ["nn"]],
    ids=str,
)
def test_a_file_of_a_class_that_is_no_network_of_ours_is_refused(tmp_path, kind):
    storage.write(tmp_path / "weights", weights(small_network()), kind=kind, config={})
    with pytest.raises(ValueError, match=r"weights holds no network that aelib\.models knows"):
        load_model(tmp_path / "weights")


@pytest.mark.parametrize(
    "config",
    [
        {"code_size": 10**12},
        {"code_size": 10**30},
        {"code_size": -1},
        {"code_size": 2.5},
        {"code_size": "3"},
        {"code_size": math.nan},
        {"code_size": None},
        {"hidden": [10**12, 10**12]},
        {"hidden": 5},
        {"image_shape": [1, 10**9, 10**9]},
        {"image_shape": None},
        {"activation": ["relu"]},
        {"activation": "os.system"},
        {"seed": 10**30},
        {"image_shape": []},
        {"unknown": 1},
        {},
        [1],
        "text",
        None,
    ],
    ids=str,
)
def test_a_file_with_a_hostile_configuration_is_refused(tmp_path, config):
    storage.write(tmp_path / "weights", weights(small_network()), kind="DenseAutoencoder", config=config)
    with pytest.raises(ValueError, match="weights"):
        load_model(tmp_path / "weights")


def refusal_of_weights(path):
    with pytest.raises(ValueError) as refusal:
        load_model(path)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "config", "problem"),
    [
        ("DenseAutoencoder", {"code_size": 10**5}, "another network"),  # with its 512 hidden units, 0.4 GB
        ("DenseAutoencoder", {"hidden": [1] * 10**5}, "more weights than"),
        ("RepairNet", {"blocks": 10**5}, "more weights than"),
    ],
    ids=["wide", "deep", "blocks"],
)
def test_a_file_that_pretends_to_be_large_takes_no_memory(tmp_path, kind, config, problem):
    storage.write(tmp_path / "weights", weights(small_network()), kind=kind, config=config)
    message, megabytes = memory_taken(refusal_of_weights, tmp_path / "weights")
    assert problem in message
    assert megabytes < 50


@pytest.mark.parametrize("dtype", [torch.int64, torch.complex64, torch.float8_e5m2])
@pytest.mark.parametrize("part", ["", "bias"])
def test_weights_of_other_numbers_than_one_kind_of_float_are_refused(tmp_path, dtype, part):
    model = small_network()
    others = {name: tensor.to(dtype) if part in name else tensor for name, tensor in model.state_dict().items()}
    storage.write(tmp_path / "weights", others, kind="DenseAutoencoder", config=model.config)
    with pytest.raises(ValueError, match=r"not of one floating-point type|where torch.float32 belongs"):
        load_model(tmp_path / "weights")


def test_a_part_of_a_network_is_not_saved(tmp_path):
    with pytest.raises(TypeError, match="save keeps the networks"):
        save(FillingNet().dense, tmp_path / "weights")


def test_a_network_of_double_precision_is_kept(tmp_path):
    save(small_network().double(), tmp_path / "weights")
    assert load_model(tmp_path / "weights").encoder[0].weight.dtype == torch.float64


# What a learner's own files and networks bring


def test_a_training_that_fails_at_its_first_step_leaves_the_checkpoint_of_that_name(tmp_path):
    train(steps=7, checkpoint=tmp_path / "night")
    kept = (tmp_path / "night").read_bytes()
    broken = small_network()
    broken.loss = lambda images: broken.decode(broken.encode(images)[:, :2]).mean()
    with pytest.raises(ValueError, match="codes of the shape"):
        train(broken, steps=7, checkpoint=tmp_path / "night")
    assert (tmp_path / "night").read_bytes() == kept
    train(interrupted_after(0, small_network()), steps=7, checkpoint=tmp_path / "night")
    assert (tmp_path / "night").read_bytes() == kept
    # Once a step has worked, it is the new training's, so that resume does not take up the old one.
    train(interrupted_after(1, small_network()), steps=9, checkpoint=tmp_path / "night")
    assert storage.read(tmp_path / "night")[1]["settings"]["steps"] == 9


def test_a_checkpoint_survives_a_change_of_the_default_type_of_numbers(tmp_path):
    expected, _ = train(steps=30)
    train(interrupted_after(11, small_network()), steps=30, checkpoint=tmp_path / "run", checkpoint_seconds=0)
    model = small_network()
    torch.set_default_dtype(torch.float64)
    try:
        resume(model, some_images(), tmp_path / "run", progress=False)
        again, _ = train(steps=30)
    finally:
        torch.set_default_dtype(torch.float32)
    assert same_weights(model, expected) and same_weights(again, expected)


class BernoulliNetwork(nn.Module):
    """A variational autoencoder as the web has it, with torch's own distributions, which refuse NaN."""

    def __init__(self, by_distributions):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(16, 4), nn.Linear(2, 16)
        self.by_distributions = by_distributions

    def loss(self, images):
        mean, log_variance = self.encoder(images.flatten(1)).chunk(2, 1)
        if self.by_distributions:
            codes = torch.distributions.Normal(mean, log_variance.exp()).rsample()
        else:
            codes = mean + log_variance.exp() * torch.randn_like(mean)
        drawn = self.decoder(codes).sigmoid()
        return nn.functional.binary_cross_entropy(drawn, images.flatten(1), reduction="sum") / len(images)


@pytest.mark.parametrize(
    "model",
    [VariationalAutoencoder(2, (8,), SIZE), BernoulliNetwork(False), BernoulliNetwork(True)],
    ids=["aelib's", "cross-entropy", "distributions"],
)
@pytest.mark.parametrize("measure_every", [1, 50])
def test_a_variational_autoencoder_that_runs_away_is_told_what_to_do(model, measure_every):
    with pytest.raises(FloatingPointError, match=r"the weights are lost\. .* smaller learning_rate than 1e\+25"):
        train(model, steps=50, learning_rate=1e25, test_images=some_images(seed=1), measure_every=measure_every)


def test_an_error_that_does_not_come_of_lost_weights_stays_as_it_is():
    model = small_network()
    model.loss = lambda images: torch.linalg.cholesky(-torch.eye(3)).sum()
    with pytest.raises(RuntimeError, match="cholesky"):
        train(model, steps=3)


@pytest.mark.parametrize("batch_size", [7, 64])
def test_measuring_takes_no_more_images_at_a_time_than_training(batch_size):
    model, sizes = small_network(), []
    plain = model.loss
    model.loss = lambda images: sizes.append(len(images)) or plain(images)
    train(model, some_images(300), test_images=some_images(300, 1), epochs=1, batch_size=batch_size)
    assert max(sizes) == batch_size


def test_what_measures_takes_few_large_images_at_a_time():
    sizes = []

    class Watched(nn.Module):
        def forward(self, images):
            sizes.append(tuple(images.shape))
            return images

        encode = forward

        def loss(self, images):
            return self(images).mean()

    photographs, clothes = torch.rand(40, 3, 128, 128), torch.rand(1500, 1, 28, 28)
    for measure in (held_out_psnr, training.held_out_loss, repair.project):
        sizes.clear()
        measure(Watched(), photographs)
        assert len(sizes) > 1 and max(math.prod(size) for size in sizes) <= 784_000
        sizes.clear()
        measure(Watched(), clothes)
        assert [size[0] for size in sizes] == [1000, 500]


def test_a_summed_loss_is_measured_as_it_is_trained():
    model = small_network()
    model.loss = lambda images: (model(images) - images).square().sum()
    images = some_images(1200)
    _, history = train(model, images, test_images=images, epochs=1, batch_size=100, learning_rate=1e-9)
    assert history.test_loss[0] == pytest.approx(history.train_loss[0], rel=1e-3)


@pytest.mark.parametrize("images, batch_size", [(101, 10), (101, 100), (1, 10), (20, 1)])
def test_batch_normalisation_and_a_last_batch_of_one_image_are_told_before_the_training(images, batch_size):
    model = NoisyNetwork()
    before = weights(model)
    with pytest.raises(ValueError, match=rf"a single image, .* of {images} images, .* other than {batch_size}\."):
        train(model, some_images(images), epochs=1, batch_size=batch_size)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    train(small_network(), some_images(images), epochs=1, batch_size=batch_size)


@pytest.mark.parametrize("model", [nn.Linear(16, 16), lambda images: images, None], ids=["Linear", "function", "None"])
def test_a_model_without_a_loss_is_told_how_to_get_one(model):
    with pytest.raises(TypeError, match=r"needs a torch\.nn\.Module with a loss.*def loss\(self, images\)"):
        fit(model, some_images(), steps=1, progress=False)


@pytest.mark.parametrize(
    "returned, message",
    [
        (lambda loss: (loss, loss), "returned a tuple"),
        (lambda loss: {"loss": loss}, "returned a dict"),
        (lambda loss: loss.item(), "returned a float"),
        (lambda loss: loss.expand(3), r"returned the shape \(3,\)"),
    ],
)
def test_a_loss_that_is_not_one_number_is_told(returned, message):
    model = small_network()
    model.loss = lambda images: returned((model(images) - images).square().mean())
    with pytest.raises(TypeError, match=message):
        train(model, steps=1)


def test_a_network_in_training_on_damage_is_kept_without_its_damage(tmp_path):
    on_damage = repair.OnDamage(small_network(), [("noise", 0.2)])
    with pytest.raises(TypeError, match=r"only trains a network; keep that one: save\(model\.network, path\)"):
        save(on_damage, tmp_path / "net")
    save(on_damage.network, tmp_path / "net")
    with pytest.raises(ValueError, match=r"a pair of a kind and its strength.*got 'noise'"):
        repair.OnDamage(small_network(), ["noise"])
    for wrong in ([("rust", 1)], [("noise",)], "noise", [("noise", 0.2, 1)], [None]):
        with pytest.raises(ValueError, match="a pair of a kind and its strength"):
            repair.OnDamage(small_network(), wrong)
    with pytest.raises(ValueError, match="One damage at least"):
        repair.OnDamage(small_network(), [])


def test_weights_that_are_no_numbers_are_neither_kept_nor_taken(tmp_path):
    for value in (math.nan, math.inf):
        model = small_network()
        with torch.no_grad():
            model.decoder[0].bias[1] = value
        with pytest.raises(ValueError, match=r"NaN or infinite weights in decoder\.0\.bias"):
            save(model, tmp_path / "lost")
        assert not (tmp_path / "lost").exists()
        storage.write(tmp_path / "forged", model.state_dict(), kind="DenseAutoencoder", config=model.config)
        with pytest.raises(ValueError, match=r"NaN or infinite weights in decoder\.0\.bias"):
            load_model(tmp_path / "forged")


@pytest.mark.parametrize(
    "name, value",
    [
        ("norm.num_batches_tracked", torch.tensor(-5)),
        ("norm.num_batches_tracked", torch.tensor(3.0)),
        ("norm.num_batches_tracked", torch.tensor(3, dtype=torch.int8)),
        ("norm.running_mean", torch.zeros(16, dtype=torch.int64)),
        ("encoder.bias", torch.zeros(3, dtype=torch.bool)),
    ],
    ids=str,
)
def test_counts_and_weights_of_another_type_are_refused(tmp_path, name, value):
    train(NoisyNetwork(), steps=3, checkpoint=tmp_path / "run")
    tensors, metadata = storage.read(tmp_path / "run")
    storage.write(tmp_path / "run", tensors | {f"model.{name}": value}, **metadata)
    model = NoisyNetwork()
    before = weights(model)
    with pytest.raises(ValueError, match=rf"for {name} where torch\.\w+ belongs, or counts below 0"):
        resume(model, some_images(), tmp_path / "run", progress=False)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_a_path_may_begin_at_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    model, _ = train(steps=3, checkpoint="~/night")
    resume(small_network(), some_images(), "~/night", progress=False)
    save(model, "~/kept/net")
    assert same_weights(load_model("~/kept/net"), model)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["kept", "night"]


# Interrupts at any moment, of a kernel's first training


FIRST_TRAINING = """
print(training.fit(models.DenseAutoencoder(4), images, {limit}, progress=False).stopped)
"""


def run_cell(client, code, when_it_runs=lambda: None):
    """Run code in a kernel, and a function once it does; return what the code prints, and the error it ends in."""
    printed, errors = [], []

    def take(message):
        content = message["content"]
        if content.get("execution_state") == "busy":
            when_it_runs()
        printed.append(content.get("text", ""))
        errors.append(content.get("ename", ""))

    client.execute_interactive(code, timeout=60, output_hook=take)
    return "".join(printed), "".join(errors)


@pytest.mark.parametrize("delay", [0.05, 0.2, 0.4, 0.8, 1.6])
def test_an_interrupt_ends_a_kernels_first_training_and_the_next_one_works(delay):
    """Behind its first step torch imports its compiler, of which an interrupt would leave half."""
    manager, client = start_new_kernel()
    try:
        run_cell(client, "from aelib import data, models, training; images = data.load().train[:2000]")
        stop = threading.Timer(delay, manager.interrupt_kernel)
        printed, error = run_cell(client, FIRST_TRAINING.format(limit="seconds=30"), stop.start)
        assert "interrupt" in printed or error == "KeyboardInterrupt"
        assert run_cell(client, FIRST_TRAINING.format(limit="steps=20")) == ("steps\n", "")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_an_interrupted_training_keeps_its_last_step(tmp_path):
    expected, _ = train(steps=200, measure_every=17)
    model = small_network()
    plain, calls = model.loss, itertools.count()

    def loss(images):
        if next(calls) == 60:
            os.kill(os.getpid(), signal.SIGINT)  # in the middle of a step, which is finished first
        return plain(images)

    model.loss = loss
    _, history = train(model, steps=200, measure_every=17, checkpoint=tmp_path / "run", checkpoint_seconds=1000)
    assert history.stopped == "interrupt"
    assert storage.read(tmp_path / "run")[1]["step"] == 61
    resumed = small_network()
    resume(resumed, some_images(), tmp_path / "run", progress=False)
    assert same_weights(resumed, expected)


def test_a_second_interrupt_does_not_wait_for_the_step():
    model = small_network()

    def loss(images):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)  # where Python sees to its signals
        raise AssertionError("the step went on")

    model.loss = loss
    _, history = train(model, steps=5)
    assert history.stopped == "interrupt"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# Devices


def test_a_device_is_waited_for_only_where_its_time_is_read(monkeypatch):
    waits = []
    monkeypatch.setattr(torch.cpu, "synchronize", lambda: waits.append(1))
    train(steps=200, measure_every=100)
    assert len(waits) == 20  # for the bar, every ten steps, and so for the two measurements
    waits.clear()
    train(seconds=20, steps=50)
    assert len(waits) == 50


def test_the_random_numbers_of_the_device_that_trains_are_seeded_and_put_back(monkeypatch):
    """With no GPU at hand, the calls that would reach one are written down instead."""
    current, calls = ["cuda:0"], []

    @contextmanager
    def device(name):
        before, current[0] = current[0], str(name)
        yield
        current[0] = before

    def written_down(name, result=None):
        return lambda *arguments: calls.append((name, current[0])) or result

    for name in ("synchronize", "manual_seed", "get_rng_state", "set_rng_state"):
        monkeypatch.setattr(torch.cuda, name, written_down(name))
    monkeypatch.setattr(torch.cuda, "device", device)
    run = Training(
        Settings(None, 3, None, None, 10, 1e-3, 0, False, 0, None, 30),
        small_network(), [some_images()], [], None, "cpu", time.perf_counter,
    )  # fmt: skip
    run.device = torch.device("cuda:1")  # only what does not move tensors asks for it from here on
    run.run(False, Interrupts())
    assert {place for _, place in calls} == {"cuda:1"}
    names = [name for name, _ in calls]
    assert names[0] == "get_rng_state" and names[-1] == "set_rng_state" and names.count("manual_seed") >= 3
    assert current == ["cuda:0"]


# What a reader of the docstrings found


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(), nn.Conv2d(4, 1, 1))

    def forward(self, images):
        return self.layers(images)

    def encode(self, images):
        return self(images).flatten(1)

    def decode(self, codes):
        return self(codes.unflatten(1, SIZE))

    def loss(self, images):
        return (self(images) - images).square().mean()


def test_batch_normalisation_of_maps_takes_a_last_batch_of_one_image():
    train(Convolutional(), some_images(101), epochs=1)


@pytest.mark.parametrize(
    "use",
    [
        lambda model: generation.encode_all(model, some_images()),
        lambda model: generation.decode_all(model, some_images().flatten(1) / 255),
        lambda model: repair.project(model, some_images()),
        lambda model: repair.search_code(model, some_images().flatten(1) / 255, some_images(3) / 255),
    ],
    ids=["encode_all", "decode_all", "project", "search_code"],
)
def test_a_network_that_is_used_is_not_in_training(use):
    model = Convolutional()
    before = weights(model)
    first, second = use(model), use(model.train())
    assert torch.equal(first, second) and not model.training
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("content", ["precious", "weights", "damaged"])
def test_a_checkpoint_replaces_no_file_that_is_none(tmp_path, content):
    path = tmp_path / "notes.txt"
    if content == "weights":
        save(small_network(), path)
    else:
        train(steps=2, checkpoint=path)
        path.write_bytes(b"precious" if content == "precious" else path.read_bytes()[:-1])
    kept = path.read_bytes()
    with pytest.raises(ValueError, match="already exists and is not a valid checkpoint"):
        train(steps=2, checkpoint=path)
    assert path.read_bytes() == kept
    with pytest.raises(ValueError, match="must name a file"):
        train(steps=2, checkpoint="")


def test_what_rounding_left_above_white_is_no_error_of_a_variational_autoencoder():
    images = some_images() / some_images().max() * (1 + 5e-6)
    assert images.max() > 1
    model = VariationalAutoencoder(2, (8,), SIZE)
    train(model, images, test_images=images, steps=2)
    assert math.isfinite(training.held_out_loss(model, images))


def test_little_of_an_epoch_is_a_step_and_nothing_to_learn_is_told():
    assert train(epochs=1e-9)[1].step == [1]
    with pytest.raises(ValueError, match="no parameter of it requires a gradient"):
        train(small_network().requires_grad_(False), steps=1)


def test_a_network_that_was_changed_since_it_was_built_is_not_kept(tmp_path):
    model = small_network()
    model.extra = nn.Linear(2, 2)
    with pytest.raises(TypeError, match="could not build it again"):
        save(model, tmp_path / "net")
    assert not (tmp_path / "net").exists()


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "cuda:-1", 2.5])
def test_a_device_that_is_not_there_is_told(device):
    network = DenseAutoencoder(2, (4,), (1, 8, 8))
    with pytest.raises(ValueError, match=f"There is no device {device!r} here .*Use 'cpu'"):
        training.fit(network, torch.zeros(4, 1, 8, 8), steps=1, progress=False, device=device)


def test_a_loss_without_a_gradient_is_told():
    class WithoutGradient(DenseAutoencoder):
        def loss(self, images):
            with torch.no_grad():
                return super().loss(images)

    with pytest.raises(ValueError, match=r"has no gradient.*no_grad"):
        training.fit(WithoutGradient(2, (4,), (1, 8, 8)), torch.zeros(4, 1, 8, 8), steps=1, progress=False)


# What goes with the images, and other data


class Pairs(nn.Module):
    """Notes all that its loss is given."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.seen = []

    def loss(self, *batch):
        self.seen.append(batch)
        return self.weight.square()


def numbered_images(count=10):
    """Return images whose pixels are their numbers."""
    return torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(count, 1, 2, 2)


def test_labels_and_targets_go_with_their_images():
    model, images = Pairs(), numbered_images()
    labels, targets = torch.arange(10), 2 * images
    fit(model, images, labels, targets, epochs=2, batch_size=4, progress=False)
    assert sorted(label for _, labels, _ in model.seen for label in labels.tolist()) == sorted([*range(10)] * 2)
    for batch, labels, targets in model.seen:
        assert batch.dtype == targets.dtype == torch.float32 and labels.dtype == torch.int64
        assert torch.equal((255 * batch[:, 0, 0, 0]).round().long(), labels)
        assert torch.equal((255 * targets[:, 0, 0, 0]).round().long(), 2 * labels)


def test_what_is_measured_goes_with_its_labels_too():
    model, images = Pairs(), numbered_images()
    labels = torch.arange(10)
    test = (numbered_images(7), labels[:7])
    history = fit(model, images, labels, test_images=test, steps=1, batch_size=10, progress=False)
    assert len(history.test_loss) == 1 and [len(labels) for _, labels in model.seen] == [10, 7]
    assert training.held_out_loss(model, *test, batch_size=3) == pytest.approx(model.weight.item() ** 2)
    assert [len(labels) for _, labels in model.seen[2:]] == [3, 3, 1]
    for batch, labels in model.seen:
        assert torch.equal((255 * batch[:, 0, 0, 0]).round().long(), labels)


@pytest.mark.parametrize("rows", [
    torch.randint(0, 30, (10, 6), generator=torch.Generator().manual_seed(0)),  # texts
    100 * torch.randn(10, 6, generator=torch.Generator().manual_seed(0)),  # codes, ratings
])  # fmt: skip
def test_rows_of_numbers_are_trained_on_as_they_are(rows):
    model = Pairs()
    fit(model, rows, epochs=1, batch_size=5, progress=False)
    found = torch.cat([batch for (batch,) in model.seen])
    assert found.dtype == rows.dtype and torch.equal(found.sort(0).values, rows.sort(0).values)


@pytest.mark.parametrize(("others", "test_images", "error", "message"), [
    ([torch.arange(9)], None, ValueError, "number 1 .* an entry for each of the 10"),
    ([torch.arange(10), [0] * 10], None, TypeError, "number 2 .* this is a list"),
    ([torch.tensor(1)], None, ValueError, "an entry for each"),
    ([torch.full((10,), math.nan)], None, ValueError, "NaN"),
    ([torch.arange(10)], numbered_images(), ValueError, r"as many parts as the training, 2.* Got 1"),
    ([], (numbered_images(), torch.arange(10)), ValueError, r"as many parts as the training, 1.* Got 2"),
    ([torch.arange(10)], (numbered_images(), torch.zeros(10, 3)), ValueError, "must be of one size"),
    ([torch.arange(10)], (numbered_images(), torch.zeros(10)), ValueError, r"torch\.int64, .* torch\.float32"),
])  # fmt: skip
def test_what_does_not_go_with_the_images_is_told(others, test_images, error, message):
    with pytest.raises(error, match=message):
        fit(Pairs(), numbered_images(), *others, test_images=test_images, steps=1, progress=False)


class ByLabel(DenseAutoencoder):
    """Weighs an image by its label."""

    def loss(self, images, labels):
        return ((self(images) - images).square().mean((1, 2, 3)) * labels).mean()


def test_a_resumed_training_with_labels_equals_one_that_never_stopped(tmp_path):
    images, labels = some_images(), torch.rand(len(some_images()), generator=torch.Generator().manual_seed(1))
    whole, stopped = ByLabel(3, (6,), images.shape[1:]), ByLabel(3, (6,), images.shape[1:])
    options = {"steps": 20, "batch_size": 16, "progress": False}
    fit(whole, images, labels, **options)
    clock = itertools.count()  # each look at it is a second later
    with pytest.raises(ZeroDivisionError):
        fit(Stopping(stopped, 11), images, labels, checkpoint=tmp_path / "run", checkpoint_seconds=0, **options)
    again = Stopping(ByLabel(3, (6,), images.shape[1:]), math.inf)
    with pytest.raises(ValueError, match="other images"):
        resume(again, images, tmp_path / "run", labels.flip(0), progress=False)
    resume(again, images, tmp_path / "run", labels, progress=False, clock=lambda: next(clock))
    assert same_weights(again.network, whole)


class Stopping(nn.Module):
    """Fails at some step."""

    def __init__(self, network, at):
        super().__init__()
        self.network, self.at = network, at

    def loss(self, images, labels):
        self.at -= 1
        if self.at == 0:
            raise ZeroDivisionError
        return self.network.loss(images, labels)


def test_a_clock_that_is_given_tells_the_seconds():
    ticks = itertools.count()
    history = fit(small_network(), some_images(), seconds=5, clock=lambda: next(ticks), progress=False)
    assert history.stopped == "seconds" and history.step[-1] == 5 and history.seconds[-1] == 5


@pytest.mark.parametrize("name", training.PRETRAINED)
def test_shipped_weights_are_half_precision_on_disk_and_float32_in_use(name):
    tensors, _ = storage.read(Path(training.__file__).parents[1] / "assets" / f"{name}.safetensors")
    kinds = {tensor.dtype for key, tensor in tensors.items() if not key.endswith("num_batches_tracked")}  # which counts
    assert kinds == {torch.float16}
    assert {weights.dtype for weights in training.pretrained(name).parameters()} == {torch.float32}


@pytest.mark.parametrize("other", [
    torch.rand(10, 1, 2, 2) < 0.5,  # a mask
    torch.randint(0, 9, (10, 1, 2, 2)),  # a map of labels
    10 * torch.randn(10, 3, 2, 2),  # noise
    torch.randn(10, dtype=torch.float64),
    torch.randn(10, 3, requires_grad=True),
], ids=["mask", "labels", "noise", "float64", "with a gradient"])  # fmt: skip
def test_all_but_images_at_rest_comes_as_it_is(other):
    model = Pairs()
    fit(model, numbered_images(), other, steps=2, batch_size=10, progress=False)
    for images, found in model.seen:
        assert not found.requires_grad
        rows = (255 * images[:, 0, 0, 0]).round().long()
        assert torch.equal(found, other[rows].detach().float() if other.is_floating_point() else other[rows])


class LosesItsWeights(DenseAutoencoder):
    """Has a finite loss whose gradient is none, from some step on."""

    steps = 0

    def loss(self, images):
        self.steps += 1
        zero = (self.encoder[0].weight * 0).sum()
        return super().loss(images) + (zero.sqrt() if self.steps > 5 else 0)  # the root of 0 has the slope inf · 0


def test_lost_weights_replace_no_checkpoint_and_end_no_training_as_if_it_were_one(tmp_path):
    images = some_images()
    options = {"batch_size": 16, "progress": False}
    with pytest.raises(FloatingPointError, match="the weights are lost"):
        fit(LosesItsWeights(3, (6,), images.shape[1:]), images, steps=6, **options)
    with pytest.raises(FloatingPointError, match="the weights are lost"):
        fit(LosesItsWeights(3, (6,), images.shape[1:]), images, steps=9, checkpoint=tmp_path / "run",
            checkpoint_seconds=0, **options)  # fmt: skip
    _, description = storage.read(tmp_path / "run")
    assert description["step"] == 5


def test_a_checkpoint_in_the_wrong_place_is_told(halfway):
    with pytest.raises(TypeError, match="before what goes with the images"):
        resume(small_network(), some_images(), torch.arange(len(some_images())), halfway)


def test_large_images_are_measured_in_batches_of_the_size_that_was_asked_for():
    model = Pairs()
    fit(model, torch.zeros(40, 3, 128, 128), test_images=torch.zeros(40, 3, 128, 128), steps=1, batch_size=20,
        progress=False)  # fmt: skip
    assert [len(batch) for (batch,) in model.seen] == [20, 20, 20]
    assert training.held_out_loss(model, torch.zeros(40, 3, 128, 128)) and len(model.seen[3][0]) == 15


def test_a_network_is_loaded_while_another_thread_builds_networks(tmp_path):
    save(small_network(), tmp_path / "net")
    failed, done = [], threading.Event()

    def build():
        while not done.is_set():
            try:
                nn.Sequential(*[nn.Linear(3, 3) for _ in range(20)])
            except ValueError as error:
                failed.append(error)

    thread = threading.Thread(target=build)
    thread.start()
    try:
        for _ in range(50):
            load_model(tmp_path / "net")
    finally:
        done.set()
        thread.join()
    assert not failed


def test_weights_may_be_as_large_as_what_they_must_reach(tmp_path):
    class Offset(nn.Module):
        def __init__(self):
            super().__init__()
            self.offset = nn.Parameter(torch.tensor(3e6))

        def loss(self, rows):
            return (rows - self.offset).square().mean()

    history = fit(Offset(), torch.full((10, 2), 3e6), steps=3, checkpoint=tmp_path / "run", progress=False)
    assert history.stopped == "steps"
