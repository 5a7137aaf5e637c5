"""Hold aelib.distributed to its promises: with real processes, on loopback, that are killed and go on."""

import csv
import io
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import torch
import webdataset
from PIL import Image
from tensorboardX.proto.event_pb2 import Event
from torch.utils.flop_counter import FlopCounterMode

import notebooks
from aelib import data, models, training
from aelib.distributed import Group, Plan, Shards, SharedTraining, joined, pack, program, shards, write_shard
from aelib.training.checkpoint import Checkpoint
from aelib.training.settings import Settings

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
PROGRAM = ["-m", "aelib.distributed"]
SMALL = ["--network", "dense", "--code-size", "4", "--size", "8", "--epochs", "4", "--batch-size", "16"]

needs_torchrun = pytest.mark.skipif(
    sys.platform == "win32" or (os.cpu_count() or 1) < 2, reason="torchrun needs Linux or macOS, and two cores"
)


def some_images(count=90, channels=3, size=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, channels, size, size), dtype=torch.uint8, generator=generator)


def write_picture(path, image, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.permute(1, 2, 0).numpy()).save(path, **options)


def write_pictures(folder):
    """Write ninety pictures into two folders of a folder; return it."""
    for number, image in enumerate(some_images()):
        write_picture(folder / ("some" if number % 3 else "others") / f"{number:03d}.png", image)
    return folder


@pytest.fixture
def folder(tmp_path):
    """A folder of ninety pictures, in two folders."""
    return write_pictures(tmp_path / "pictures")


def run(*arguments, timeout=120):
    """Run Python as a learner does; return the exit status and all that is printed."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, timeout=timeout, capture_output=True, encoding="utf-8"
    )
    return process.returncode, process.stdout + process.stderr


def as_set(images):
    return sorted(image.numpy().tobytes() for image in images)


# Shards


@pytest.mark.parametrize("channels", [1, 3])
def test_a_shard_is_a_tar_file_of_pictures_that_webdataset_and_any_viewer_read(tmp_path, channels):
    images = some_images(7, channels, 5)
    write_shard(tmp_path / "a.tar", images)
    with tarfile.open(tmp_path / "a.tar") as tar:
        pictures = [Image.open(io.BytesIO(tar.extractfile(member).read())) for member in tar]
    assert {picture.mode for picture in pictures} == {"RGB" if channels == 3 else "L"}
    pixels = [image.permute(1, 2, 0).numpy().tobytes() for image in images]
    assert [picture.tobytes() for picture in pictures] == pixels
    read = webdataset.WebDataset(str(tmp_path / "a.tar"), shardshuffle=False).decode("pil")
    assert [sample["ppm" if channels == 3 else "pgm"].convert(pictures[0].mode).tobytes() for sample in read] == pixels


@pytest.mark.parametrize("images", [torch.zeros(3, 3, 4, 4), torch.zeros(3, 2, 4, 4).byte(), torch.zeros(4, 4).byte()])
def test_what_is_no_batch_of_pictures_is_no_shard(tmp_path, images):
    with pytest.raises((TypeError, ValueError)):
        write_shard(tmp_path / "a.tar", images)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_packed_whole_and_read_back(folder, tmp_path):
    index = pack(folder, tmp_path / "shards", 8)
    packed = Shards(tmp_path / "shards")
    assert (len(packed.train), len(packed.held_out), packed.image_shape) == (86, 4, (3, 8, 8))
    assert not index.unreadable and packed.index == index
    everything = [*packed.train, *packed.held_out]
    assert as_set(packed.read(everything)) == as_set(some_images())
    shuffled = random.Random(0).sample(everything, len(everything))
    assert torch.equal(packed.read(shuffled), packed.read(everything)[shuffled])


def test_pictures_are_cropped_and_resized_as_load_folder_does(tmp_path):
    for number in range(6):
        picture = some_images(1, 3, 40, number)[0, :, : 20 + number]
        write_picture(tmp_path / "pictures" / f"{number}.jpg", picture)
    pack(tmp_path / "pictures", tmp_path / "shards", 8, channels=1)
    packed = Shards(tmp_path / "shards")
    assert as_set(packed.read(range(6))) == as_set(data.load_folder(tmp_path / "pictures", 8, 1))


def test_a_folder_that_has_been_packed_is_not_read_again(folder, tmp_path):
    first = pack(folder, tmp_path / "shards", 8)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "shards").iterdir()}
    assert pack(folder, tmp_path / "shards", 8) == first
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "shards").iterdir()}


@pytest.mark.parametrize("size, more", [(9, False), (8, True)])
def test_shards_of_other_pictures_are_not_taken_for_these(folder, tmp_path, size, more):
    pack(folder, tmp_path / "shards", 8)
    if more:
        write_picture(folder / "new.png", some_images()[0])
    with pytest.raises(ValueError, match="holds other pictures"):
        pack(folder, tmp_path / "shards", size)


def test_a_picture_that_changed_is_noticed_though_its_size_did_not(folder, tmp_path):
    path = next(folder.rglob("*.png"))
    pack(folder, tmp_path / "shards", 8)
    os.utime(path, ns=(0, 0))  # as after it was overwritten
    with pytest.raises(ValueError, match="holds other pictures"):
        pack(folder, tmp_path / "shards", 8)


@pytest.mark.parametrize("left", ["held-out-000000.tar", "train-000001.tar"])
def test_what_a_packing_that_was_broken_off_has_left_is_no_picture(folder, left):
    first = pack(folder, folder / "run" / "shards", 8)
    shards = {path.name: path for path in (folder / "run" / "shards").iterdir()}
    shutil.copy(shards["held-out-000000.tar"], folder / left)
    for path in shards.values():
        path.unlink()
    (folder / left).rename(folder / "run" / "shards" / left)
    assert pack(folder, folder / "run" / "shards", 8) == first


def test_the_shards_may_lie_in_the_folder_itself(folder):
    assert pack(folder, folder / "run" / "shards", 8) == pack(folder, folder / "run" / "shards", 8)


def test_what_cannot_be_read_is_named_and_counted(folder, tmp_path):
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("nothing")
    (folder / "broken.tar").write_bytes(b"no tar file" * 100)
    (folder / ".hidden.png").write_bytes(b"")
    index = pack(folder, tmp_path / "shards", 8)
    assert sorted(name.split(" ")[0] for name in index.unreadable) == ["broken.png", "broken.tar"]
    assert sum(index.train) + sum(index.held_out) == 90 and index.left_aside == 1


def test_pictures_in_tar_files_are_read_too(tmp_path):
    images = some_images(20)
    (tmp_path / "pictures").mkdir()
    write_shard(tmp_path / "pictures" / "some.tar", images)
    pack(tmp_path / "pictures", tmp_path / "shards", 8)
    assert as_set(Shards(tmp_path / "shards").read(range(20))) == as_set(images)


def test_a_tar_file_that_pretends_to_be_large_takes_no_memory(tmp_path):
    (tmp_path / "pictures").mkdir()
    write_shard(tmp_path / "pictures" / "good.tar", some_images(5))
    huge = tarfile.TarInfo("huge.png")
    huge.size = 10**12
    (tmp_path / "pictures" / "bad.tar").write_bytes(huge.tobuf() + b"x" * 1024)
    index = pack(tmp_path / "pictures", tmp_path / "shards", 8)
    assert sum(index.train) + sum(index.held_out) == 5 and "bad.tar" in index.unreadable[0]


def broken_at(position):
    """Return a tar file of ten pictures, with zeros and ones where one of their names should be."""
    content = io.BytesIO()
    with webdataset.TarWriter(content, encoder=False) as tar:
        for number, image in enumerate(some_images(10)):
            picture = io.BytesIO()
            Image.fromarray(image.permute(1, 2, 0).numpy()).save(picture, "BMP")
            tar.write({"__key__": f"{number}", "bmp": picture.getvalue()})
    content = bytearray(content.getvalue())
    content[position * 1024 : position * 1024 + 512] = (
        b"\1" * 512
    )  # each takes a block for its name, and one for itself
    return bytes(content)


def test_a_tar_file_that_is_damaged_in_the_middle_is_named(tmp_path):
    (tmp_path / "pictures").mkdir()
    write_shard(tmp_path / "pictures" / "good.tar", some_images(5))
    (tmp_path / "pictures" / "damaged.tar").write_bytes(broken_at(8))
    index = pack(tmp_path / "pictures", tmp_path / "shards", 8)
    assert sum(index.train) + sum(index.held_out) == 5
    assert "damaged.tar (it is damaged after 4 pictures" in index.report


def test_what_a_tar_file_has_beside_pictures_is_counted(tmp_path):
    (tmp_path / "pictures").mkdir()
    with tarfile.open(tmp_path / "pictures" / "a.tar", "w") as tar:
        for number, image in enumerate(some_images(4)):
            write_picture(tmp_path / f"{number}.png", image)
            tar.add(tmp_path / f"{number}.png", f"some/{number}.png")
        tar.add(tmp_path / "0.png", "__MACOSX/._0.png")
        tar.add(tmp_path / "0.png", "notes.txt")
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.LNKTYPE, "some/0.png"
        tar.addfile(link)
    index = pack(tmp_path / "pictures", tmp_path / "shards", 8)
    assert sum(index.train) + sum(index.held_out) == 4 and index.left_aside == 2, index


def test_a_shard_of_which_no_picture_could_be_read_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_BYTES", 1)  # a picture each
    for number, image in enumerate(some_images(9)):
        write_picture(tmp_path / "pictures" / f"{number}.png", image)
    held_out = shards._parts([*range(10)], (3, 8, 8))["held-out-000000.tar"][0]
    (tmp_path / "pictures" / "9.png").write_bytes(b"nothing")
    if held_out == 9:
        pytest.skip("the draw holds the broken picture out")
    index = pack(tmp_path / "pictures", tmp_path / "shards", 8)
    assert sum(index.train) == 8 and 0 in index.train
    assert len(as_set(Shards(tmp_path / "shards").read(range(9)))) == 9


def test_where_all_that_is_held_out_is_broken_the_cure_is_told(tmp_path):
    for number, image in enumerate(some_images(10)):
        write_picture(tmp_path / "pictures" / f"{number}.png", image)
    held_out = shards._parts([*range(10)], (3, 8, 8))["held-out-000000.tar"][0]
    (tmp_path / "pictures" / f"{held_out}.png").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=rf"to be held out, none could be read\. Remove .* {held_out}\.png"):
        pack(tmp_path / "pictures", tmp_path / "shards", 8)


def test_a_second_run_in_the_folder_does_not_take_the_first_ones_shards_for_pictures(folder):
    first = pack(folder, folder / "one" / "shards", 8)
    second = pack(folder, folder / "two" / "shards", 8)
    assert first == second == pack(folder, folder / "one" / "shards", 8)


@pytest.mark.parametrize("count", [0, 1])
def test_a_folder_without_two_pictures_is_refused(tmp_path, count):
    (tmp_path / "pictures").mkdir()
    for number in range(count):
        write_picture(tmp_path / "pictures" / f"{number}.png", some_images()[0])
    with pytest.raises(ValueError, match="two at least are needed"):
        pack(tmp_path / "pictures", tmp_path / "shards", 8)
    with pytest.raises(NotADirectoryError, match="is not a folder"):
        pack(tmp_path / "nowhere", tmp_path / "shards", 8)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "index.json").write_text("{}"),
        lambda folder: (folder / "index.json").write_text("[" * 100_000),
        lambda folder: (folder / "train-000000.tar").write_bytes(b"x" * 1000),
        lambda folder: (folder / "held-out-000000.tar").unlink(),
        lambda folder: (folder / "index.json").write_text(
            json.dumps(json.loads((folder / "index.json").read_text()) | {"train": [10**15]})
        ),
        lambda folder: (folder / "index.json").write_text(
            json.dumps(json.loads((folder / "index.json").read_text()) | {"image_shape": [3, 10**6, 10**6]})
        ),
    ],
    ids=["empty index", "deep index", "cut off", "missing", "too many", "too large"],
)
def test_damaged_shards_are_told_before_the_training(folder, tmp_path, damage):
    pack(folder, tmp_path / "shards", 8)
    damage(tmp_path / "shards")
    with pytest.raises(ValueError, match=r"is damaged .* pack the pictures again"):
        Shards(tmp_path / "shards")


def test_a_picture_that_is_overwritten_is_told_when_it_is_read(folder, tmp_path):
    pack(folder, tmp_path / "shards", 8)
    path = tmp_path / "shards" / "train-000000.tar"
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(ValueError, match=r"train-000000\.tar is damaged"):
        Shards(tmp_path / "shards").read([0])
    with pytest.raises(IndexError, match="no picture 90"):
        Shards(tmp_path / "shards").read([90])


@pytest.mark.parametrize("window", [2**16, 20])
def test_every_order_has_every_picture_once(folder, tmp_path, monkeypatch, window):
    monkeypatch.setattr(shards, "SHARD_BYTES", 8000)
    monkeypatch.setattr(shards, "WINDOW", window)
    pack(folder, tmp_path / "shards", 8)
    packed = Shards(tmp_path / "shards")
    orders = [packed.order(seed) for seed in (0, 1)]
    for order in orders:
        assert sorted(order.tolist()) == list(packed.train)
    assert not torch.equal(*orders) and torch.equal(orders[0], packed.order(0))
    # As far from the order of the files as a draw from all would be, give or take; in small windows nearly so.
    apart = (orders[0] - torch.arange(len(orders[0]))).abs().float().mean() / len(orders[0])
    assert 0.2 < apart < 0.5
    if window == 20:  # its pictures come from two or three files, each of six pictures or so
        assert len({number // packed.index.train[0] for number in orders[0][:20].tolist()}) <= 5


# The training, alone


def settings_for(**options):
    usual = {"epochs": 2, "steps": None, "seconds": None, "stop_below": None, "batch_size": 16, "learning_rate": 1e-3}
    usual |= {"weight_decay": 0.01, "one_cycle": False, "seed": 0, "measure_every": 6, "checkpoint_seconds": 0}
    return Settings(**usual | options)


def small_network(**options):
    return models.DenseAutoencoder(4, (16,), (3, 8, 8), **options)


def same_weights(network, other):
    ours, theirs = network.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_one_process_trains_as_fit_does_bit_for_bit(folder, tmp_path):
    pack(folder, tmp_path / "shards", 8)
    packed = Shards(tmp_path / "shards")
    for one_cycle in (False, True):
        ours, theirs = small_network(), small_network()
        ours_settings = settings_for(one_cycle=one_cycle)
        history = SharedTraining(ours, packed, ours_settings, tmp_path / f"run {one_cycle}", Group()).run()
        images, test = packed.read(packed.train), packed.read(packed.held_out)
        fitted = training.fit(
            theirs, images, test_images=test, epochs=2, batch_size=16, one_cycle=one_cycle, measure_every=6,
            progress=False, device="cpu",
        )  # fmt: skip
        assert same_weights(ours, theirs)
        assert history.step == fitted.step == [6, 12]
        assert history.test_loss == pytest.approx(fitted.test_loss) and history.train_loss == pytest.approx(
            fitted.train_loss
        )
        assert same_weights(training.load_model(tmp_path / f"run {one_cycle}" / "model.safetensors"), ours)


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(folder, tmp_path):
    pack(folder, tmp_path / "shards", 8)
    packed = Shards(tmp_path / "shards")
    whole = small_network()
    SharedTraining(whole, packed, settings_for(), tmp_path / "whole", Group()).run()
    first = SharedTraining(small_network(), packed, settings_for(), tmp_path / "halves", Group())
    first.update = fails_at(first, 9)
    with pytest.raises(RuntimeError, match="power cut"):
        first.run()
    second = small_network()
    again = SharedTraining(second, packed, settings_for(), tmp_path / "halves", Group())
    assert again.step == 6
    again.run()
    assert same_weights(whole, second)
    logs = [list(csv.DictReader((tmp_path / name / "log.csv").open())) for name in ("whole", "halves")]
    for column in ("step", "images", "train_loss", "held_out_loss"):
        assert [row[column] for row in logs[0]] == [row[column] for row in logs[1]]
    finished = SharedTraining(small_network(), packed, settings_for(), tmp_path / "halves", Group())
    assert finished.run().step == [6, 12]


def fails_at(training_, step):
    """Return an update that works until some step."""
    update = training_.update

    def failing(batch):
        if training_.step == step:
            raise RuntimeError("power cut")
        update(batch)

    return failing


def test_settings_without_epochs_are_refused(folder, tmp_path):
    pack(folder, tmp_path / "shards", 8)
    with pytest.raises(ValueError, match="Say how long to train by epochs"):
        SharedTraining(small_network(), Shards(tmp_path / "shards"), Settings(steps=5), tmp_path / "run", Group())


@pytest.mark.parametrize(
    "change, named",
    [({"learning_rate": 1e-2}, "learning_rate 0.001"), ({"epochs": 3}, "epochs 2"), ({}, "network DenseAutoencoder")],
)
def test_the_checkpoint_of_another_training_is_refused(folder, tmp_path, change, named):
    pack(folder, tmp_path / "shards", 8)
    packed = Shards(tmp_path / "shards")
    SharedTraining(small_network(), packed, settings_for(), tmp_path / "run", Group()).run()
    network = small_network() if change else models.DenseAutoencoder(5, (16,), (3, 8, 8))
    with pytest.raises(ValueError, match=f"another training .*{named}"):
        SharedTraining(network, packed, settings_for(**change), tmp_path / "run", Group())


def test_a_full_disk_loses_nothing(folder, tmp_path, monkeypatch, capsys):
    pack(folder, tmp_path / "shards", 8)
    running = SharedTraining(small_network(), Shards(tmp_path / "shards"), settings_for(), tmp_path / "run", Group())
    full_at, write = {6}, Checkpoint.write

    def write_if_there_is_room(self, path):
        if self.step in full_at:
            raise OSError(28, "No space left on device")
        write(self, path)

    monkeypatch.setattr(Checkpoint, "write", write_if_there_is_room)
    running.run()
    assert "checkpoint of step 6 could not be written" in "".join(capsys.readouterr())
    assert Checkpoint.read(tmp_path / "run" / "checkpoint.safetensors").step == 12
    full_at.add(12)
    last = SharedTraining(small_network(), Shards(tmp_path / "shards"), settings_for(), tmp_path / "last", Group())
    with pytest.raises(OSError, match="No space left"):
        last.run()


def test_a_log_that_cannot_be_written_keeps_no_checkpoint_from_being(folder, tmp_path):
    pack(folder, tmp_path / "shards", 8)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "tensorboard").write_text("a file")
    running = SharedTraining(small_network(), Shards(tmp_path / "shards"), settings_for(), tmp_path / "run", Group())
    with pytest.raises(OSError, match="tensorboard"):
        running.run()
    assert Checkpoint.read(tmp_path / "run" / "checkpoint.safetensors").step == 12


def test_lost_weights_are_told(folder, tmp_path):
    pack(folder, tmp_path / "shards", 8)
    network = small_network(output_activation="linear")
    running = SharedTraining(network, Shards(tmp_path / "shards"), settings_for(learning_rate=1e30), tmp_path, Group())
    with pytest.raises(FloatingPointError, match="the weights are lost"):
        running.run()


def test_batch_normalisation_is_not_shared(folder, tmp_path):
    pack(folder, tmp_path / "shards", 16)
    packed = Shards(tmp_path / "shards")
    network = models.ConvAutoencoder(4, (4, 8), (3, 16, 16))
    with pytest.raises(ValueError, match='normalisation="image"'):
        SharedTraining(network, packed, settings_for(), tmp_path, Group(0, 2))


# The program, and real processes


def test_the_help_fits_on_a_screen():
    status, said = run(*PROGRAM, "--help")
    assert status == 0 and len(said.splitlines()) <= 40 and max(map(len, said.splitlines())) <= 80


def test_the_program_takes_a_folder_to_a_network(folder, tmp_path):
    status, said = run(*PROGRAM, folder, "--out", tmp_path / "run", *SMALL)
    assert status == 0, said
    assert "86 pictures to train on and 4 held out" in said and "images/s" in said and "left" in said
    network = training.load_model(tmp_path / "run" / "model.safetensors")
    assert network.code_size == 4 and network.image_shape == (3, 8, 8)
    rows = list(csv.DictReader((tmp_path / "run" / "log.csv").open()))
    assert [int(row["step"]) for row in rows] == [6, 12, 18, 24]
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])
    assert list((tmp_path / "run" / "tensorboard").iterdir())


def test_what_is_wrong_is_told_in_a_line(tmp_path, folder):
    for arguments, reason in (
        ([tmp_path / "nowhere"], "is not a folder"),
        ([folder, "--size", "0"], "must be at least 1"),
        ([folder, "--size", "12"], "must be multiples of 8"),
        ([folder, *SMALL, "--epochs", "0"], "epochs must be above 0"),
        ([folder, *SMALL, "--batch-size", "0"], "batch_size must be at least 1"),
        ([folder, *SMALL, "--measure-every", "0"], "measure_every must be above 0"),
        ([folder, *SMALL, "--code-size", "1000000000000"], "There is not enough memory"),
    ):
        status, said = run(*PROGRAM, *arguments, "--out", tmp_path / "run")
        assert status == 1 and reason in said and "Traceback" not in said and len(said.splitlines()) == 1, said
        assert not (tmp_path / "run").exists()  # nothing was packed before the options were looked at
    (tmp_path / "run").write_text("a file")
    status, said = run(*PROGRAM, folder, "--out", tmp_path / "run", *SMALL)
    assert status == 1 and "cannot be read or written" in said and "Traceback" not in said


@needs_torchrun
def test_a_process_may_have_no_picture_of_those_held_out_nor_of_a_batch(tmp_path):
    for number, image in enumerate(some_images(3)):
        write_picture(tmp_path / "pictures" / f"{number}.png", image)
    status, said = run(
        *TORCHRUN, *PROGRAM, tmp_path / "pictures", "--out", tmp_path / "run", *SMALL, "--batch-size", "1"
    )
    assert status == 0 and "2 pictures to train on and 1 held out" in said, said


@pytest.mark.parametrize("name", ["model.safetensors", "log.csv", "checkpoint.safetensors"])
def test_a_folder_in_the_place_of_a_file_is_told_before_the_training(folder, tmp_path, name):
    pack(folder, tmp_path / "shards", 8)
    (tmp_path / "run" / name).mkdir(parents=True)
    with pytest.raises(ValueError, match=r"is a folder, where a file is to be"):
        SharedTraining(small_network(), Shards(tmp_path / "shards"), settings_for(), tmp_path / "run", Group())


def test_names_that_cannot_be_printed_stop_nothing(folder, tmp_path):
    (folder / os.fsdecode(b"bad\xff\n.png")).write_bytes(b"nothing")
    environment = {"PYTHONIOENCODING": "ascii:strict"}
    process = subprocess.run(
        [sys.executable, *PROGRAM, folder, "--out", tmp_path / "run", *SMALL],
        env=os.environ | environment, timeout=60, capture_output=True,
    )  # fmt: skip
    assert process.returncode == 0 and b"1 could not be read: bad\\udcff\\n.png" in process.stdout, process


@needs_torchrun
def test_a_port_in_use_is_told_in_a_line(folder, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = os.environ | {
            "RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(taken.getsockname()[1]),
        }  # fmt: skip
        process = subprocess.run(
            [sys.executable, *PROGRAM, folder, "--out", tmp_path / "run"],
            env=environment, timeout=60, capture_output=True, encoding="utf-8",
        )  # fmt: skip
    assert process.returncode == 1
    assert "do not find each other" in process.stderr and "Traceback" not in process.stderr


@needs_torchrun
@pytest.mark.parametrize("network", ["dense", "conv"])
def test_two_processes_train_as_one_does(folder, tmp_path, network):
    """Of 86 pictures in batches of 17, each share differs from the other, and the last batch has a share for one."""
    options = ["--network", network, "--code-size", "4", "--size", "16", "--epochs", "3", "--batch-size", "17"]
    for name, start in (("one", []), ("two", TORCHRUN)):
        status, said = run(*start, *PROGRAM, folder, "--out", tmp_path / name, *options)
        assert status == 0, said
    for name in ("train-000000.tar", "held-out-000000.tar", "index.json"):
        one, two = ((tmp_path / process / "shards" / name).read_bytes() for process in ("one", "two"))
        assert one == two
    one, two = (training.load_model(tmp_path / name / "model.safetensors").state_dict() for name in ("one", "two"))
    begun = program.NETWORKS[network](4, image_shape=(3, 16, 16), seed=0).state_dict()
    moved = sum((one[name] - begun[name]).square().sum() for name in one).sqrt()
    apart = sum((one[name] - two[name]).square().sum() for name in one).sqrt()
    assert moved > 1 and apart < 1e-4 * moved
    for column in ("train_loss", "held_out_loss"):
        losses = [
            [float(row[column]) for row in csv.DictReader((tmp_path / name / "log.csv").open())]
            for name in ("one", "two")
        ]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)


LONG = [*SMALL, "--epochs", "100", "--measure-every", "20", "--out"]  # 600 steps


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The output folder of a run of two workers that nobody has killed."""
    folder, out = (tmp_path_factory.mktemp("runs") / name for name in ("pictures", "whole"))
    status, said = run(*TORCHRUN, *PROGRAM, write_pictures(folder), *LONG, out)
    assert status == 0, said
    return out


@needs_torchrun
@pytest.mark.parametrize("victim", [0, 1])
def test_a_worker_that_is_killed_costs_no_more_than_the_steps_since_the_checkpoint(folder, tmp_path, victim, whole):
    command = [sys.executable, *TORCHRUN, "--max-restarts=1", *PROGRAM, folder, *LONG]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*command, tmp_path / "killed"], env=environment, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    said = ""
    too_long = threading.Timer(90, os.killpg, (process.pid, signal.SIGKILL))
    too_long.start()
    try:
        for line in process.stdout:
            said += line
            if line.startswith("step 40 ") and "Going on" not in said:
                os.kill(worker(process.pid, victim), signal.SIGKILL)
        assert process.wait(60) == 0, said
    finally:
        too_long.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert f"exitcode: -9) local_rank: {victim}" in said
    step = int(re.search(r"Going on from step (\d+) of 600", said)[1])
    assert 40 <= step < 500 and step % 20 == 0
    outs = [tmp_path / "killed", whole]
    killed, never_killed = ((out / "model.safetensors").read_bytes() for out in outs)
    assert killed == never_killed
    logs = [list(csv.DictReader((out / "log.csv").open())) for out in outs]
    for column in ("step", "train_loss", "held_out_loss"):
        assert [row[column] for row in logs[0]] == [row[column] for row in logs[1]]
    seconds = [float(row["seconds"]) for row in logs[0]]
    assert seconds == sorted(seconds) and all(float(row["images_per_second"]) > 0 for row in logs[0])
    assert board(tmp_path / "killed" / "tensorboard") == [int(row["step"]) for row in logs[0]]


def board(folder):
    """Return the steps that TensorBoard shows of a folder's logs: a start hides what is there from its step on."""
    steps = []
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns):
        content = path.read_bytes()
        while content:
            (length,) = struct.unpack_from("Q", content)
            event = Event.FromString(content[12 : 12 + length])
            content = content[16 + length :]
            if event.HasField("session_log"):
                steps = [step for step in steps if step < event.step]
            elif any(value.tag == "train_loss" for value in event.summary.value):
                steps.append(event.step)
    return steps


@pytest.mark.parametrize("gpus, device", [(0, "cpu"), (1, "cpu"), (2, "cuda")])
def test_there_is_a_gpu_for_each_process_or_for_none(monkeypatch, gpus, device):
    found = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "set_device", found.append)
    for name, value in {
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "LOCAL_RANK": "0",
        "MASTER_ADDR": "nowhere.",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConnectionError), joined():  # RANK is missing
        pass
    assert [each.type for each in found] == (["cuda"] if device == "cuda" else [])


def worker(agent, rank):
    """Return the process that has a rank, among those that a torchrun has started."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            if parent == str(agent) and f"\0RANK={rank}\0" in f"\0{(folder / 'environ').read_text()}":
                return int(folder.name)
        except OSError:  # it has ended meanwhile
            continue
    raise ProcessLookupError(f"torchrun {agent} has no process {rank}")


# What a training costs

# A worker computes 6 · 1e7 · 10 / 1e9 = 0.6 s for a batch; of two, each sends 4 MB in 0.4 s.
PLAN = Plan(1e6, 1e7, 1e3, speed=1e9, bandwidth=1e7, pictures=3600, epochs=2, batch=10, workers=2, price=3)


def test_a_plan_computes_and_sends():
    assert PLAN.compute_seconds == pytest.approx(0.6) and PLAN.exchanged_bytes == 4e6
    assert PLAN.step_seconds == pytest.approx(1) and PLAN.pictures_per_second == pytest.approx(20)
    assert PLAN.hours == pytest.approx(0.1) and PLAN.money == pytest.approx(0.6)
    assert PLAN.memory_bytes == 4 * (4e6 + 1e4)
    alone, larger = replace(PLAN, workers=1), replace(PLAN, size=64)
    assert alone.exchanged_bytes == 0 and larger.compute_seconds == pytest.approx(2.4)
    assert larger.memory_bytes == 4 * (4e6 + 4e4)
    rarely = replace(PLAN, accumulate=4)
    assert rarely.step_seconds == pytest.approx(4 * 0.6 + 0.4) and rarely.pictures_per_second == pytest.approx(80 / 2.8)


def test_sharded_workers_need_less_memory_and_send_half_as_much_again():
    sharded = replace(PLAN, sharded=True, workers=4)
    assert sharded.exchanged_bytes == 1.5 * replace(PLAN, workers=4).exchanged_bytes
    assert sharded.memory_bytes == 4 * (1e6 + 1e4)


@pytest.mark.parametrize(("wrong", "message"), [
    ({"speed": 0}, "speed must be above 0; got 0"),
    ({"bandwidth": math.nan}, "bandwidth must be a number; got nan"),
    ({"weights": "many"}, "weights must be a number; got 'many'"),
    ({"pictures": math.inf}, "pictures must be finite"),
    ({"workers": 0}, "workers must be at least 1; got 0"),
    ({"workers": 2.0}, "workers must be a whole number"),
    ({"accumulate": 1.5}, "accumulate must be a whole number"),
    ({"price": -1}, "price must be at least 0; got -1"),
    ({"sharded": "no"}, "sharded must be True or False; got 'no'"),
])  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(PLAN, **wrong)


def test_the_numbers_of_the_lesson_s_networks_are_theirs():
    """Lesson 11 gives ``Plan`` what its networks have; count all three."""
    cell = next(
        cell.source
        for cell in nbformat.read(notebooks.FOLDER / "11_scaling_up.ipynb", as_version=4).cells
        if cell.id == "on-paper"
    )
    given = {name: eval(numbers) for name, numbers in re.findall(r"^(conv|dense_32) = (\{[^}]*\})", cell, re.M)}
    assert len(given) == 2
    for name, network in (
        ("conv", models.ConvAutoencoder(128, normalisation="image")),
        ("dense_32", models.DenseAutoencoder(32)),
    ):
        weights = {each.untyped_storage().data_ptr() for each in network.parameters()}
        kept = {}

        def keep(tensor, weights=weights, kept=kept):
            if tensor.untyped_storage().data_ptr() not in weights:
                kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes() // 4
            return tensor

        with (
            FlopCounterMode(display=False) as counter,
            torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        ):
            network.loss(torch.rand(8, *network.image_shape))
        assert given[name] == {
            "weights": sum(each.numel() for each in network.parameters()),
            "multiply_adds": counter.get_total_flops() / 2 / 8,
            "activations": pytest.approx(sum(kept.values()) / 8, rel=0.01),
        }
