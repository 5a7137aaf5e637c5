"""The program: ``torchrun --standalone --nproc-per-node=2 -m aelib.distributed FOLDER``."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from aelib.distributed.group import Group, joined
from aelib.distributed.loop import LOG, MODEL, TENSORBOARD, SharedTraining
from aelib.distributed.shards import Index, Shards, pack
from aelib.models import ConvAutoencoder, DenseAutoencoder
from aelib.training.settings import Settings

# Normalised image by image, so that a batch may be shared by any number of processes.
NETWORKS = {"conv": partial(ConvAutoencoder, normalisation="image"), "dense": DenseAutoencoder}
CHOICES = {"network": tuple(NETWORKS), "channels": (1, 3)}
MEASURE_EVERY = 500  # steps, unless an epoch has fewer
NAMED = 5  # of what could not be read


def parser() -> argparse.ArgumentParser:
    """Return what the command line may say."""
    parser = argparse.ArgumentParser(
        prog="python -m aelib.distributed",
        description="Train an autoencoder on a folder of pictures, or of tar files of them. The same command goes on "
        "where the training stopped, by whatever it was.",
        epilog="Two processes on this machine: torchrun --standalone --nproc-per-node=2 -m aelib.distributed FOLDER",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where the pictures are; sub-folders are read too")
    for name, kind, usual, meaning in (
        ("out", Path, "run", "folder for shards, checkpoint, network and logs"),
        ("network", str, "conv", "convolutions, or dense layers"),
        ("code-size", int, 128, "numbers in a code"),
        ("size", int, 32, "height and width that all pictures get"),
        ("channels", int, 3, "1 for grey, 3 for colour"),
        ("epochs", float, 10, "how often each picture is seen"),
        ("batch-size", int, 128, "pictures a step, of all processes together"),
        ("learning-rate", float, 2e-3, "at its peak; it climbs and falls"),
        ("seed", int, 0, "of first weights and order"),
        (
            "measure-every",
            int,
            None,
            f"steps, to measure, log and save; {MEASURE_EVERY}, or an epoch's if these are fewer",
        ),
    ):
        parser.add_argument(
            f"--{name}", type=kind, default=usual, choices=CHOICES.get(name), metavar=None if name in CHOICES else "…",
            help=f"{meaning} ({usual})" if usual is not None else meaning,
        )  # fmt: skip
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says; return 0, or 1 after an error, which is told in a line."""
    options = parser().parse_args(arguments)
    rank = int(os.environ.get("RANK", 0))
    try:
        with joined() as group:
            train(options, group)
    except (OSError, TypeError, ValueError, FloatingPointError) as error:
        told = str(error)
    except RuntimeError as error:
        if "gloo" not in str(error).lower() and "nccl" not in str(error).lower():
            raise
        told = (
            "Another process ended, or cannot be reached; torchrun says which. With --max-restarts it starts all of "
            "them again. They go on from the last checkpoint, as the same command does."
        )
    except KeyboardInterrupt:
        told = f"Interrupted. The same command goes on from the last checkpoint in {options.out}."
    else:
        return 0
    if rank > 0:
        time.sleep(1)  # what went wrong for all is told by the first, and torchrun ends the others meanwhile
    print(f"process {rank}: {told}" if "RANK" in os.environ else told, file=sys.stderr, flush=True)
    return 1


def train(options: argparse.Namespace, group: Group) -> None:
    """Pack the pictures where that has not been done, and train on them."""
    index = pack(options.folder, options.out / "shards", options.size, options.channels, group)
    shards = Shards(options.out / "shards")
    network = NETWORKS[options.network](options.code_size, image_shape=shards.image_shape, seed=options.seed)
    steps = -(-len(shards.train) // options.batch_size)
    settings = Settings(
        epochs=options.epochs,
        steps=None,
        seconds=None,
        stop_below=None,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        weight_decay=0.01,
        one_cycle=True,
        seed=options.seed,
        measure_every=options.measure_every or min(steps, MEASURE_EVERY),
        checkpoint_seconds=0,
    )
    training = SharedTraining(network, shards, settings, options.out, group)
    if group.rank == 0:
        print(opening(index, options, group), flush=True)
        if training.step:
            print(f"Going on from step {training.step:,} of {training.last_step:,}.", flush=True)
    history = training.run()
    if group.rank == 0:
        print(
            f"Held-out loss {history.test_loss[-1]:.5f} after {training.seconds:.0f} s. {options.out} has the network, "
            f"{MODEL}, for training.load_model; the measurements, {LOG}; and {TENSORBOARD}, for tensorboard --logdir."
        )


def opening(index: Index, options: argparse.Namespace, group: Group) -> str:
    """Return what is said before the training: on what, and by whom."""
    lines = [
        f"{sum(index.train):,} pictures to train on and {sum(index.held_out):,} held out, {options.size} × "
        f"{options.size}, from {options.folder}; {group.size} process{'es' if group.size > 1 else ''} on "
        f"{group.device.type}."
    ]
    if index.unreadable:
        named = "; ".join(index.unreadable[:NAMED]) + ("; …" if len(index.unreadable) > NAMED else "")
        lines.append(f"{len(index.unreadable):,} could not be read: {named}.")
    if index.left_aside:
        lines.append(f"Files of other kinds that were left aside: {index.left_aside:,}.")
    return "\n".join(lines)
