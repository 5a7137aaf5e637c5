"""The program: ``torchrun --standalone --nproc-per-node=2 -m aelib.distributed FOLDER``."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from aelib import checks, files
from aelib.distributed.group import Group, joined
from aelib.distributed.loop import LOG, MODEL, TENSORBOARD, SharedTraining
from aelib.distributed.shards import SHARDS, Shards, pack
from aelib.models import ConvAutoencoder, DenseAutoencoder
from aelib.training.settings import Settings

# Normalised image by image, so that any number of processes can share a batch.
NETWORKS = {"conv": partial(ConvAutoencoder, normalisation="image"), "dense": DenseAutoencoder}
CHOICES = {"network": tuple(NETWORKS), "channels": (1, 3)}
MEASURE_EVERY = 500  # steps, unless an epoch has fewer
MOST_PICTURES = 2**31  # in a batch


def command_line() -> argparse.ArgumentParser:
    """Return the parser for the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m aelib.distributed",
        description="Train an autoencoder on a folder of pictures, or of tar files of them. If the training stops for "
        "any reason, the same command continues it.",
        epilog="Two processes on this machine: torchrun --standalone --nproc-per-node=2 -m aelib.distributed FOLDER",
    )
    parser.add_argument(
        "folder", metavar="FOLDER", type=files.as_path, help="where the pictures are; sub-folders are read too"
    )
    for name, kind, usual, meaning in (
        ("out", files.as_path, "run", "folder for shards, checkpoint, network and logs"),
        ("network", str, "conv", "convolutions, or dense layers"),
        ("code-size", int, 128, "numbers in a code"),
        ("size", int, 32, "height and width of all pictures"),
        ("channels", int, 3, "1 for grey, 3 for colour"),
        ("epochs", float, 10, "how often each picture is seen"),
        ("batch-size", int, 128, "pictures per step, over all processes"),
        ("learning-rate", float, 2e-3, "at its peak; it rises and falls"),
        ("seed", int, 0, "for the initial weights and the order"),
        (
            "measure-every",
            int,
            None,
            f"steps between measuring, logging and saving; {MEASURE_EVERY}, or an epoch if that is shorter",
        ),
    ):
        parser.add_argument(
            f"--{name}", type=kind, default=usual, choices=CHOICES.get(name), metavar=None if name in CHOICES else "…",
            help=f"{meaning} ({usual})" if usual is not None else meaning,
        )  # fmt: skip
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says; return 0, or 1 after an error, which is reported in one line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # for file names that cannot be printed here
    options = command_line().parse_args(arguments)
    rank = int(os.environ.get("RANK", 0))
    try:
        with joined() as group:
            train(options, group)
    except (OSError, RuntimeError, ValueError, FloatingPointError, MemoryError) as error:
        told = _explained(error, options.out)
        if not told:
            raise
        if isinstance(error, RuntimeError):
            time.sleep(3)  # the process that ended may still be saying why
    except KeyboardInterrupt:
        told = f"Interrupted. The same command goes on from the last checkpoint in {options.out}."
    else:
        return 0
    if rank > 0:
        time.sleep(1)  # if all failed, the first says why, and torchrun ends the others meanwhile
    print(f"process {rank}: {told}" if "RANK" in os.environ else told, file=sys.stderr, flush=True)
    return 1


def _explained(error: Exception, out: Path) -> str:
    """Return what went wrong, and what to do, in a sentence or two; nothing for a bug in the program itself."""
    text = str(error)
    if isinstance(error, OSError) and error.errno:
        where = error.filename or out
        return (
            f"{where} cannot be read or written: {error.strerror}. The same command goes on from the last checkpoint."
        )
    if isinstance(error, MemoryError) or "allocate memory" in text or "out of memory" in text:
        return "There is not enough memory. Choose a smaller --size, --code-size or --batch-size."
    if isinstance(error, RuntimeError):
        lost = "gloo" in text.lower() or "nccl" in text.lower()
        return lost * (
            "Another process ended, or cannot be reached; torchrun says which. With --max-restarts it starts all of "
            "them again. They go on from the last checkpoint, as the same command does."
        )
    return text


def train(options: argparse.Namespace, group: Group) -> None:
    """Pack the pictures unless that has been done, and train on them."""
    # Build what the options ask for first, so that a mistake in them shows before all pictures are read.
    image_shape = (options.channels, options.size, options.size)
    network = NETWORKS[options.network](options.code_size, image_shape=image_shape, seed=options.seed)
    settings = Settings(
        epochs=checks.number(options.epochs, "epochs", above=0),
        batch_size=checks.whole(options.batch_size, "batch_size", 1, MOST_PICTURES),
        learning_rate=options.learning_rate,
        one_cycle=True,
        seed=options.seed,
        measure_every=MEASURE_EVERY if options.measure_every is None else options.measure_every,
    )
    pack(options.folder, options.out / SHARDS, options.size, options.channels, group)
    shards = Shards(options.out / SHARDS)
    if options.measure_every is None:
        epoch = -(-len(shards.train) // settings.batch_size)
        settings = replace(settings, measure_every=min(epoch, MEASURE_EVERY))
    training = SharedTraining(network, shards, settings, options.out, group)
    if group.rank == 0:
        processes = "1 process" if group.size == 1 else f"{group.size} processes"
        print(
            f"{len(shards.train):,} pictures to train on and {len(shards.held_out):,} held out, {options.size} × "
            f"{options.size}, from {options.folder}; {processes} on {group.device.type}. {shards.index.report}",
            flush=True,
        )
        if training.step:
            print(f"Going on from step {training.step:,} of {training.last_step:,}.", flush=True)
    history = training.run()
    if group.rank == 0:
        print(
            f"Held-out loss {history.test_loss[-1]:.5f} after {training.seconds:.0f} s. {options.out} has the network, "
            f"{MODEL}, for training.load_model; the measurements, {LOG}; and {TENSORBOARD}, for tensorboard --logdir."
        )
