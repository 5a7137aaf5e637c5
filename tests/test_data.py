"""Hold aelib.data to its promises: what is embedded, what is downloaded, what is read from a learner's own files."""

import contextlib
import gzip
import io
import os
import pickle
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import time
import tracemalloc
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageOps, features
from processes import give_up_the_powers_of_root, in_new_process, memory_taken
from skimage import data as photographs

import aelib
from aelib import data

PACKAGE = Path(aelib.__file__).parent
DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")


def cut_off_network(cache):
    """Send this process's downloads to a proxy that no one answers."""
    nobody = "http://127.0.0.1:9"
    os.environ.update(AELIB_DATA=str(cache), http_proxy=nobody, https_proxy=nobody, no_proxy="")


# The embedded sets


def test_fashion_mnist_has_the_promised_images():
    dataset = data.load("fashion-mnist")
    assert dataset.train.shape == (20_000, 1, 28, 28)
    assert dataset.test.shape == (10_000, 1, 28, 28)
    assert dataset.train.dtype == dataset.test.dtype == torch.uint8
    assert dataset.train_labels.dtype == dataset.test_labels.dtype == torch.int64
    # The official test set has 1,000 images of each class; the first 20,000 training images are nearly as even.
    assert torch.bincount(dataset.test_labels).tolist() == [1000] * 10
    counts = torch.bincount(dataset.train_labels)
    assert len(counts) == 10
    assert counts.min() > 1900
    assert dataset.classes[0] == "T-shirt/top"
    assert dataset.classes[9] == "Ankle boot"
    assert len(dataset.classes) == 10
    assert dataset.train.max() == 255


def test_fashion_mnist_loads_in_less_than_a_second():
    durations = []
    for _ in range(3):
        started = time.perf_counter()
        data.load("fashion-mnist")
        durations.append(time.perf_counter() - started)
    assert statistics.median(durations) < 1


def test_emoji_has_the_promised_pictures():
    dataset = data.load("emoji")
    assert len(dataset.train) + len(dataset.test) == 3926 == len(dataset.classes)
    assert dataset.train.shape[1:] == dataset.test.shape[1:] == (3, 32, 32)
    assert dataset.train.dtype == torch.uint8
    # Each picture is a class of its own, and each name belongs to one picture.
    labels = torch.cat([dataset.train_labels, dataset.test_labels])
    assert labels.sort().values.tolist() == list(range(3926))
    assert len(set(dataset.classes)) == 3926


def test_emoji_stand_on_white_and_have_colour():
    pictures = torch.cat([data.load("emoji").train, data.load("emoji").test]).float()
    corners = pictures[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.mean() > 254
    # Channels that are mixed up with rows or columns would make every picture grey noise or three small ones.
    red_heart = pictures[labels_of("emoji", "heavy black heart")[0]]
    assert red_heart[0, 16, 16] > 180
    assert red_heart[1:, 16, 16].max() < 100


def labels_of(name, class_name):
    dataset = data.load(name)
    labels = torch.cat([dataset.train_labels, dataset.test_labels])
    return (labels == dataset.classes.index(class_name)).nonzero().flatten().tolist()


def test_no_emoji_family_is_on_both_sides_of_the_split():
    dataset = data.load("emoji")

    def family(label):
        parts = dataset.classes[label].split(" + ")
        variants = ("emoji modifier fitzpatrick", "emoji component")
        return tuple(part for part in parts if not part.startswith(variants)) or tuple(parts)

    train = {family(label) for label in dataset.train_labels.tolist()}
    test = {family(label) for label in dataset.test_labels.tolist()}
    assert len(train) > 1000
    assert len(test) > 100
    assert not train & test


@pytest.mark.parametrize("name", data.EMBEDDED)
def test_an_embedded_set_is_laid_out_for_fast_use(name):
    dataset = data.load(name)
    assert dataset.train.is_contiguous()
    dataset.train[0] = 0  # a read-only array would warn or crash here
    assert data.load(name).train[0].any(), "a change to one copy reached the next"


def test_a_damaged_embedded_file_is_refused(tmp_path):
    copy = tmp_path / "aelib"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("assets"))
    (copy / "assets").mkdir()
    content = bytearray((PACKAGE / "assets" / "emoji.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "assets" / "emoji.npz").write_bytes(content)
    script = "from aelib import data; data.load('emoji')"
    process = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert process.returncode == 1
    assert "ValueError: aelib/assets/emoji.npz is damaged" in process.stderr


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no data set 'imagenet'.*fashion-mnist.*emoji.*mnist.*cifar10"):
        data.load("imagenet")


def test_a_data_set_describes_itself_in_one_line():
    assert repr(data.load("emoji")) == ("emoji: 3,321 training and 605 test images, 3 × 32 × 32 uint8, 3,926 classes")


# The downloaded sets


def load_offline(name, cache, debian_copies):
    cut_off_network(cache)
    data.sets.DEBIAN_COPIES = debian_copies
    return data.load(name)


@pytest.mark.parametrize("size", [0, 2, 1000])
def test_a_file_that_was_cut_off_when_it_was_unpacked_is_told(tmp_path, monkeypatch, size):
    monkeypatch.setenv("AELIB_DATA", str(tmp_path))
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    images = (0x803).to_bytes(4, "big") + (60_000).to_bytes(4, "big") + 2 * (28).to_bytes(4, "big")
    for name in (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ):
        (raw / name).write_bytes((images + bytes(1000))[:size])
    with pytest.raises(ValueError, match=r"The files of 'mnist' in .*MNIST are damaged\. Remove this folder"):
        data.load("mnist")


@pytest.mark.parametrize("name", data.DOWNLOADED)
def test_without_a_network_the_error_is_one_line_that_names_what_works(tmp_path, name):
    with pytest.raises(ConnectionError) as refusal:
        in_new_process(load_offline, name, tmp_path, {})
    message = str(refusal.value)
    assert message.startswith(f"{name!r} could not be downloaded into {tmp_path} (")
    assert message.endswith("Without a network use 'fashion-mnist' or 'emoji', which are inside the package.")
    assert "\n" not in message
    # An embedded set needs neither the network nor the cache folder.
    assert len(in_new_process(load_offline, "emoji", tmp_path / "nowhere", {}).train) == 3321


@pytest.mark.skipif(not DEBIAN_FASHION_MNIST.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_debians_copy_is_used_without_a_network(tmp_path):
    full = in_new_process(load_offline, "fashion-mnist-full", tmp_path, data.DEBIAN_COPIES)
    embedded = data.load("fashion-mnist")
    assert full.train.shape == (60_000, 1, 28, 28)
    assert torch.bincount(full.train_labels).tolist() == [6000] * 10
    assert full.classes == embedded.classes
    # The embedded set is the beginning of it, and the same test set.
    assert torch.equal(full.train[:20_000], embedded.train)
    assert torch.equal(full.train_labels[:20_000], embedded.train_labels)
    assert torch.equal(full.test, embedded.test)
    assert torch.equal(full.test_labels, embedded.test_labels)


# Numbers


def test_as_float_maps_grey_levels_to_the_unit_interval():
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    values = data.as_float(levels)
    assert values.dtype == torch.float32
    assert torch.equal(values.flatten(), torch.arange(256) / 255)
    assert levels.dtype == torch.uint8


def test_as_bytes_undoes_as_float_and_rounds_to_the_nearest():
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    assert torch.equal(data.as_bytes(data.as_float(levels)), levels)
    assert torch.equal(data.as_bytes(levels), levels)
    assert data.as_bytes(torch.tensor([-0.5, 0.4 / 255, 0.6 / 255, 254.6 / 255, 1.5])).tolist() == [0, 0, 1, 255, 255]
    with pytest.raises(TypeError):
        data.as_bytes(torch.zeros(1, 1, 2, 2, dtype=torch.int32))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_as_float_makes_every_float_type_float32(dtype):
    assert data.as_float(torch.full((1, 1, 2, 2), 0.5, dtype=dtype)).dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_as_float_refuses_other_numbers(dtype):
    with pytest.raises(TypeError, match="must be uint8, or float"):
        data.as_float(torch.zeros(1, 1, 2, 2, dtype=dtype))


# load_npy


image_shapes = st.one_of(
    st.tuples(st.sampled_from([1, 2, 4]), st.integers(1, 6), st.sampled_from([2, 5, 6])),
    st.tuples(st.integers(1, 4), st.sampled_from([1, 3]), st.integers(1, 6), st.integers(1, 6)),
    st.tuples(
        st.integers(1, 4),
        st.integers(1, 6).filter(lambda height: height not in (1, 3)),
        st.integers(1, 6),
        st.sampled_from([1, 3]),
    ),
)
byte_arrays = image_shapes.flatmap(lambda shape: arrays.arrays(np.uint8, shape))


def with_white(pixels):
    """Make one pixel bright, without which nobody could tell what is white."""
    pixels.flat[0] = 200
    return pixels


def channels_first(array):
    """Say with other means than load_npy what (N, C, H, W) its arrays are."""
    if array.ndim == 3:
        return np.stack([array], axis=1)
    return array if array.shape[1] in (1, 3) else np.moveaxis(array, 3, 1)


def save_npy(path, array, **options):
    with open(path, "wb") as file:
        np.lib.format.write_array(file, array, **options)
    return path


@given(
    pixels=byte_arrays,
    dtype=st.sampled_from(["u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<u4", "<i8", ">u8"]),
    fortran=st.booleans(),
)
def test_whole_numbers_come_back_as_they_were(tmp_path, pixels, dtype, fortran):
    array = np.asarray(with_white(pixels).astype(dtype), order="F" if fortran else "C")
    images = data.load_npy(save_npy(tmp_path / "images.npy", array))
    assert images.dtype == torch.uint8
    assert images.is_contiguous()
    assert np.array_equal(images.numpy(), channels_first(pixels))


@given(pixels=byte_arrays, dtype=st.sampled_from(["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]), fortran=st.booleans())
def test_floats_from_0_to_1_come_back_as_the_grey_levels_they_stand_for(tmp_path, pixels, dtype, fortran):
    array = np.asarray((pixels / 255).astype(dtype), order="F" if fortran else "C")
    images = data.load_npy(save_npy(tmp_path / "images.npy", array))
    assert np.array_equal(images.numpy(), channels_first(pixels))


@given(pixels=byte_arrays, dtype=st.sampled_from(["<f2", ">f4", "<f8"]))
def test_floats_from_0_to_255_come_back_as_they_were(tmp_path, pixels, dtype):
    images = data.load_npy(save_npy(tmp_path / "images.npy", with_white(pixels).astype(dtype)))
    assert np.array_equal(images.numpy(), channels_first(pixels))


@given(arrays.arrays(np.float64, (2, 3, 5), elements=st.floats(0, 1)))
def test_floats_are_rounded_to_the_nearest_grey_level(tmp_path, values):
    images = data.load_npy(save_npy(tmp_path / "images.npy", values))
    assert np.abs(images[:, 0].numpy() - values * 255).max() <= 0.5 + 1e-4


def test_white_that_rounding_carried_above_1_stays_white(tmp_path):
    array = np.full((1, 2, 2), np.nextafter(np.float32(1), np.float32(2)))
    assert (data.load_npy(save_npy(tmp_path / "images.npy", array)) == 255).all()


def test_the_file_may_be_changed_after_loading(tmp_path):
    path = save_npy(tmp_path / "images.npy", np.full((1, 2, 2), 70, np.uint8))
    images = data.load_npy(path)
    save_npy(path, np.zeros((1, 2, 2), np.uint8))
    assert (images == 70).all()


STRUCTURED = np.zeros((2, 3, 5), [("red", "u1"), ("green", "u1")])
REFUSED = {
    "flat": (np.zeros(784, np.uint8), r"\.flatten\(\)"),
    "rows": (np.zeros((5, 784), np.uint8), r"images\.reshape\(len\(images\), H, W\)"),
    "five dimensions": (np.zeros((1, 2, 3, 4, 5), np.uint8), r"need \(N, H, W\)"),
    "no dimensions": (np.array(3, np.uint8), r"need \(N, H, W\)"),
    "four channels": (np.zeros((2, 5, 5, 4), np.uint8), r"images\[\.\.\., :3\]"),
    "four channels first": (np.zeros((2, 4, 5, 5), np.uint8), r"images\[:, :3\]"),
    "empty": (np.zeros((0, 28, 28), np.uint8), "holds no images"),
    "empty pictures": (np.zeros((3, 0, 28), np.uint8), "holds no images"),
    "not a number": (np.full((1, 2, 2), np.nan), r"np\.isfinite"),
    "one not a number": (np.array([[[0.5, np.nan], [0, 1]]]), r"np\.isfinite"),
    "infinite": (np.array([[[0.5, np.inf], [0, 1]]]), r"np\.isfinite"),
    "minus infinite": (np.array([[[0.5, -np.inf], [0, 1]]]), r"np\.isfinite"),
    "negative": (np.array([[[-1, 5]]]), "-1 to 5.*Rescale"),
    "from -1 to 1": (np.array([[[-1.0, 1.0]]]), "Rescale"),
    "above 255": (np.array([[[0, 256]]]), "0 to 256.*Rescale"),
    "far above 255": (np.array([[[0, 2**64 - 1]]], np.uint64), "Rescale"),
    "float above 255": (np.array([[[0, 255.5]]]), "Rescale"),
    "complex": (np.zeros((1, 2, 2), complex), r"complex128.*astype"),
    "true or false": (np.zeros((1, 2, 2), bool), r"bool.*images \* 255"),
    "dates": (np.zeros((1, 2, 2), "M8[s]"), r"datetime64.*astype"),
    "text": (np.full((1, 2, 2), "dog"), r"<U3.*astype"),
    "empty text": (np.full((1, 2, 2), ""), r"astype"),
    "fields": (STRUCTURED, r"astype"),
}  # fmt: skip


@pytest.mark.parametrize("array, cure", REFUSED.values(), ids=REFUSED)
def test_an_array_of_no_images_is_refused_with_the_cure(tmp_path, array, cure):
    path = save_npy(tmp_path / "images.npy", array)
    with warnings.catch_warnings(), pytest.raises(ValueError, match=cure) as refusal:
        warnings.simplefilter("error")
        data.load_npy(path)
    assert str(path) in str(refusal.value)


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("kind", ["npy", "structured npy", "bare pickle"])
def test_a_pickle_is_refused_and_never_opened(tmp_path, kind):
    sprung, path = tmp_path / "sprung", tmp_path / "images.npy"
    if kind == "bare pickle":
        path.write_bytes(pickle.dumps(Trap(sprung)))
    elif kind == "npy":
        save_npy(path, np.array([[[Trap(sprung)]]], object), allow_pickle=True)
    else:
        save_npy(path, np.array([[[(1, Trap(sprung))]]], [("a", "u1"), ("b", object)]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"pickled.*np\.save\(path, images\)") as refusal:
        data.load_npy(path)
    assert str(path) in str(refusal.value)
    assert not sprung.exists()
    # The trap is real: whoever unpickles it springs it.
    if kind == "bare pickle":
        pickle.loads(path.read_bytes()).close()
    else:
        np.load(path, allow_pickle=True)
    assert sprung.exists()


@given(st.data())
def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path, draw):
    path = save_npy(tmp_path / "images.npy", np.arange(100, dtype=np.uint8).reshape(4, 5, 5))
    content = path.read_bytes()
    path.write_bytes(content[: draw.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(ValueError, match=r"cut off.*np\.save\(path, images\)") as refusal:
        data.load_npy(path)
    assert str(path) in str(refusal.value)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00", b"PK\x03\x04"]))
def test_random_bytes_are_refused(tmp_path, content, magic):
    path = tmp_path / "images.npy"
    path.write_bytes(magic + content)
    with pytest.raises(ValueError, match=r"np\.save"):
        data.load_npy(path)


def npy_with_header(path, header, content=b"\0" * 64):
    text = header.encode()
    path.write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text + content)
    return path


@pytest.mark.parametrize(
    "shape",
    [
        "(1000000000000, 1, 1000)",
        "(1000000, 1, 31622, 31622)",
        f"({2**32}, {2**32}, 1)",
        f"({10**30}, 2, 2)",
        "(-1, 2, 2)",
    ],
)
@pytest.mark.parametrize("dtype", ["|u1", "<f8", "|V0", "<U0"])
def test_a_header_that_promises_too_much_allocates_nothing(tmp_path, shape, dtype):
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}\n"
    path = npy_with_header(tmp_path / "images.npy", header)
    tracemalloc.start()
    with warnings.catch_warnings(), pytest.raises(ValueError, match=r"images\.npy"):
        warnings.simplefilter("ignore", RuntimeWarning)  # numpy multiplies the sizes and overflows
        data.load_npy(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


def refusal_of_npy(path):
    with pytest.raises(ValueError) as refusal:
        data.load_npy(path)
    return str(refusal.value)


def test_a_header_that_claims_to_be_4_gb_long_takes_no_memory(tmp_path):
    path = tmp_path / "images.npy"
    path.write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b"{'descr'")
    message, megabytes = memory_taken(refusal_of_npy, path)
    assert str(path) in message
    assert megabytes < 20


def test_an_archive_of_several_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "images.npz", a=np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match=r"images\.npz is an \.npz archive.*np\.save"):
        data.load_npy(tmp_path / "images.npz")


def test_a_missing_file_is_named_with_the_folder_that_was_looked_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=rf"no file images\.npy \(looked in {tmp_path}\)"):
        data.load_npy("images.npy")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"is a folder, not a file"):
        data.load_npy(tmp_path)


# load_folder


def only_picture(folder, size=16, channels=3):
    """Return the one picture of a folder as a tensor (C, H, W) of whole numbers that can be negative."""
    (image,) = data.load_folder(folder, size, channels)
    return image.int()


def split_picture(mode, left, right):
    """Return a picture of 32×32 pixels, the left half of one colour and the right half of another."""
    picture = Image.new(mode, (32, 32), right)
    picture.paste(left, (0, 0, 16, 32))
    return picture


# What a red left half and a white right half become; half of it where the mode has no colour.
RED, WHITE, GREY, BLACK = [255, 0, 0], [255] * 3, [128] * 3, [0] * 3
MODES = {
    "bilevel.png": (split_picture("1", 0, 1), BLACK),
    "bilevel.tiff": (split_picture("1", 0, 1), BLACK),
    "grey.png": (split_picture("L", 128, 255), GREY),
    "grey.jpg": (split_picture("L", 128, 255), GREY),
    "grey.bmp": (split_picture("L", 128, 255), GREY),
    "grey.gif": (split_picture("L", 128, 255), GREY),
    "grey.pgm": (split_picture("L", 128, 255), GREY),
    "grey-alpha.png": (split_picture("LA", (128, 255), (0, 0)), GREY),
    "colour.png": (split_picture("RGB", (255, 0, 0), (255, 255, 255)), RED),
    "colour.jpeg": (split_picture("RGB", (255, 0, 0), (255, 255, 255)), RED),
    "colour.bmp": (split_picture("RGB", (255, 0, 0), (255, 255, 255)), RED),
    "colour.tif": (split_picture("RGB", (255, 0, 0), (255, 255, 255)), RED),
    "colour.webp": (split_picture("RGB", (255, 0, 0), (255, 255, 255)), RED),
    "colour.ppm": (split_picture("RGB", (255, 0, 0), (255, 255, 255)), RED),
    "alpha.png": (split_picture("RGBA", (255, 0, 0, 255), (0, 0, 0, 0)), RED),
    "alpha.webp": (split_picture("RGBA", (255, 0, 0, 255), (0, 0, 0, 0)), RED),
    "alpha.tiff": (split_picture("RGBA", (255, 0, 0, 255), (0, 0, 0, 0)), RED),
    "print.jpg": (split_picture("CMYK", (0, 255, 255, 0), (0, 0, 0, 0)), RED),
    "print.tiff": (split_picture("CMYK", (0, 255, 255, 0), (0, 0, 0, 0)), RED),
    "video.tiff": (split_picture("RGB", (255, 0, 0), (255, 255, 255)).convert("YCbCr"), RED),
    "16-bit.png": (split_picture("I;16", 32_896, 65_535), GREY),
    "16-bit.tiff": (split_picture("I;16", 32_896, 65_535), GREY),
    "32-bit.tiff": (split_picture("I", 32_896, 65_535), GREY),
    "float.tiff": (split_picture("F", 128 / 255, 1.0), GREY),
    "float-255.tiff": (split_picture("F", 128.0, 255.0), GREY),
}


@pytest.mark.parametrize("name", MODES)
def test_a_picture_of_any_format_and_mode_is_read_right(tmp_path, name):
    picture, left_colour = MODES[name]
    # Before version 13 Pillow writes YCbCr without compression to TIFF, but cannot read it.
    picture.save(tmp_path / name, compression="jpeg" if picture.mode == "YCbCr" else None)
    image = only_picture(tmp_path)
    assert image.shape == (3, 16, 16)
    # JPEG and WebP are lossy; away from the edge between the halves they are off by a few levels at most.
    assert (image[:, 8, 3] - torch.tensor(left_colour)).abs().max() <= 4
    assert (image[:, 8, 12] - torch.tensor(WHITE)).abs().max() <= 4


@pytest.mark.parametrize("ending", ["png", "gif"])
def test_transparent_palette_colours_become_white(tmp_path, ending):
    picture = Image.new("P", (32, 32), 1)
    picture.putpalette([255, 0, 0, 0, 0, 0])  # red, and a black that is declared transparent
    picture.paste(0, (0, 0, 16, 32))
    picture.save(tmp_path / f"palette.{ending}", transparency=1)
    image = only_picture(tmp_path)
    assert image[:, 8, 3].tolist() == RED
    assert image[:, 8, 12].tolist() == WHITE


def test_a_transparent_colour_of_a_picture_without_alpha_becomes_white(tmp_path):
    split_picture("RGB", (255, 0, 0), (0, 0, 0)).save(tmp_path / "colour.png", transparency=(0, 0, 0))
    assert only_picture(tmp_path)[:, 8, 12].tolist() == WHITE


def test_half_transparent_black_becomes_mid_grey(tmp_path):
    Image.new("RGBA", (32, 32), (0, 0, 0, 128)).save(tmp_path / "shadow.png")
    assert (only_picture(tmp_path) - 127).abs().max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("level", [0, 32_768, 40_000, 65_535])
def test_16_bit_grey_keeps_its_value(tmp_path, level, channels):
    Image.fromarray(np.full((8, 8), level, np.uint16)).save(tmp_path / "deep.png")
    assert (only_picture(tmp_path, 8, channels) - level / 257).abs().max() <= 1


def test_a_big_endian_16_bit_tiff_keeps_its_value(tmp_path):
    Image.frombytes("I;16B", (8, 8), np.full((8, 8), 40_000, ">u2").tobytes()).save(tmp_path / "deep.tiff")
    assert (only_picture(tmp_path, 8) - 40_000 / 257).abs().max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotated_photograph_is_turned_upright(tmp_path, orientation):
    # Four corners of four brightnesses: upright, they read 0, 80, 160, 240.
    upright = Image.fromarray(np.kron(np.array([[0, 80], [160, 240]], np.uint8), np.ones((16, 16), np.uint8)))
    # How a camera that notes this orientation has laid the pixels down (EXIF 2.32, tag 0x0112).
    laid_down = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(laid_down[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "photo.jpg", exif=exif, quality=95)
    image = only_picture(tmp_path, 32, channels=1)[0]
    corners = torch.tensor([image[8, 8], image[8, 24], image[24, 8], image[24, 24]])
    assert (corners - torch.tensor([0, 80, 160, 240])).abs().max() <= 4


def test_of_an_animation_the_first_picture_counts(tmp_path):
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    for name in ("moving.gif", "moving.webp", "moving.png", "pages.tiff"):
        options = {"lossless": True} if name.endswith("webp") else {}
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
    images = data.load_folder(tmp_path, 8)
    assert len(images) == 4
    assert (images[:, 0] == 255).all()
    assert (images[:, 1:] == 0).all()


def test_the_middle_square_is_kept(tmp_path):
    picture = Image.new("RGB", (90, 30), "white")
    picture.paste("red", (30, 0, 60, 30))
    picture.save(tmp_path / "wide.png")
    assert only_picture(tmp_path, 8)[1:].max() < 20  # of the white beside it, the resampling filter lets a trace in


def test_colour_becomes_grey_when_asked_for(tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    image = only_picture(tmp_path, 8, channels=1)
    assert image.shape == (1, 8, 8)
    assert (image - 76).abs().max() <= 1  # 0.299 · 255, the luma of ITU-R BT.601


def test_pictures_come_in_the_order_of_their_names_and_other_files_are_left_aside(tmp_path):
    for name, level in {"b.PNG": 2, "a.JPG": 1, "d.Tiff": 4, "c.bmp": 3}.items():
        Image.new("L", (8, 8), level * 50).save(tmp_path / name, format=None)
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "folder.png").mkdir()
    with pytest.warns(UserWarning, match=r"Left aside in .*: 1 \.txt, 1 sub-folder\."):
        images = data.load_folder(tmp_path, 4, channels=1)
    assert images.shape == (4, 1, 4, 4)
    assert [round(level / 50) for level in images.float().mean((1, 2, 3)).tolist()] == [1, 2, 3, 4]


def test_images_are_bytes_in_one_block(tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    images = data.load_folder(tmp_path, 4)
    assert images.dtype == torch.uint8
    assert images.is_contiguous()


def unreadable_pictures(folder):
    """Write files that look like pictures and are none; return their names."""
    picture = Image.effect_noise((64, 64), 50)
    for ending in ("png", "jpg", "gif", "bmp", "tiff", "webp"):
        file = io.BytesIO()
        picture.convert("RGB").save(file, format={"jpg": "JPEG"}.get(ending, ending.upper()))
        (folder / f"cut.{ending}").write_bytes(file.getvalue()[: len(file.getvalue()) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("Dear diary")
    Image.new("F", (8, 8), float("nan")).save(folder / "nan.tiff")
    Image.new("I", (8, 8), -5).save(folder / "negative.tiff")
    return sorted(file.name for file in folder.iterdir())


def test_unreadable_pictures_are_named_skipped_and_counted(tmp_path):
    names = unreadable_pictures(tmp_path)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "good.png")
    with pytest.warns(UserWarning) as warned:
        images = data.load_folder(tmp_path, 8)
    assert len(images) == 1
    (message,) = [str(warning.message) for warning in warned]
    assert message.startswith(f"{len(names)} of {len(names) + 1} pictures in {tmp_path} could not be read")
    assert all(f"{name} (" in message for name in names[:5])
    assert message.endswith(f"; and {len(names) - 5} more.")
    assert "good.png" not in message
    assert warned[0].filename == __file__, "the warning points into aelib instead of at the caller"


def test_a_folder_with_only_unreadable_pictures_is_an_error_that_names_them(tmp_path):
    names = unreadable_pictures(tmp_path)
    with pytest.raises(ValueError, match=f"{len(names)} of {len(names)} pictures.*picture editor") as refusal:
        data.load_folder(tmp_path, 8)
    assert all(name in str(refusal.value) for name in names[:5])


def test_a_folder_without_pictures_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("not a picture")
    with pytest.raises(ValueError, match="has no picture in it"):
        data.load_folder(tmp_path, 8)


@pytest.mark.parametrize("name", ["file.png", "nowhere"])
def test_what_is_no_folder_is_an_error(tmp_path, name):
    (tmp_path / "file.png").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match=name):
        data.load_folder(tmp_path / name, 8)


@pytest.mark.parametrize(
    "size, channels, message",
    [
        (0, 3, "size must be at least 1; got 0"),
        (-1, 3, "size must be at least 1; got -1"),
        (56 / 2, 3, "size must be a whole number, without the .0.*got 28.0"),
        ((56, 56), 3, r"size must be a whole number; got \(56, 56\)"),
        ("8", 3, "size must be a whole number; got '8'"),
        (True, 3, "size must be a whole number; got True"),
        (4097, 3, "size must be at most 4096. Got 4097"),
        (8, 2, "channels must be 1, for grey, or 3, for colour; got 2"),
        (8, 4, "channels must be .*got 4"),
        (8, 3.0, "channels must be a whole number"),
        (8, "RGB", "channels must be a whole number"),
    ],
)
def test_sizes_and_channels_that_cannot_be_are_an_error(tmp_path, size, channels, message):
    (tmp_path / "red").mkdir()
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red" / "red.png")
    for load in (data.load_folder, data.load_labelled_folder):
        with pytest.raises(ValueError, match=message):
            load(tmp_path, size, channels)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, torch.tensor])
def test_sizes_and_channels_may_be_any_kind_of_whole_number(tmp_path, kind):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    assert data.load_folder(tmp_path, kind(4), kind(3)).shape == (1, 3, 4, 4)


def png(width, height, compressed_rows):
    """Return a valid PNG that claims to be grey and of this size."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", compressed_rows) + chunk(b"IEND", b"")


def load_and_record(folder):
    """Return the number of images in a folder and the warnings about them."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        started = time.perf_counter()
        return len(data.load_folder(folder, 8)), [str(w.message) for w in warned], time.perf_counter() - started


@pytest.mark.parametrize("side", [8_200, 10_000, 60_000])
def test_a_decompression_bomb_is_skipped_quickly_and_with_little_memory(tmp_path, side):
    # The first could be decoded in full; the others are cut off, since even packed they would take long to write.
    rows = bytes((side + 1) * min(side, 8_200))
    (tmp_path / "bomb.png").write_bytes(png(side, side, zlib.compress(rows, 1)))
    Image.new("L", (8, 8), 9).save(tmp_path / "good.png")
    (number, warned, seconds), megabytes = memory_taken(load_and_record, tmp_path)
    assert number == 1
    assert "1 of 2 pictures" in warned[-1]
    assert "bomb.png (" in warned[-1]
    assert seconds < 2
    assert megabytes < 30


def test_a_compressed_comment_that_unpacks_to_100_megabytes_takes_no_memory(tmp_path):
    comment = b"Comment\0\0" + zlib.compress(bytes(100_000_000), 1)
    chunk = struct.pack(">I", len(comment)) + b"zTXt" + comment + struct.pack(">I", zlib.crc32(b"zTXt" + comment))
    plain = png(8, 8, zlib.compress(bytes(9 * 8)))
    (tmp_path / "comment.png").write_bytes(plain[:33] + chunk + plain[33:])
    Image.new("L", (8, 8), 9).save(tmp_path / "good.png")
    (_, warned, _), megabytes = memory_taken(load_and_record, tmp_path)
    assert "comment.png (" in warned[-1]
    assert megabytes < 30


def test_a_postscript_program_is_not_run_whatever_its_ending_says(tmp_path, monkeypatch):
    ran = tmp_path / "ran"
    program = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n({ran}) (w) file closefile\n%%EOF\n"
    (tmp_path / "drawing.png").write_text(program)
    (tmp_path / "drawing.eps").write_text(program)
    # A command of the name that Pillow would call, so that the test does not depend on Ghostscript being there.
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "gs").write_text(f"#!/bin/sh\ntouch {ran}\n")
    (commands / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(commands), prepend=os.pathsep)
    with pytest.raises(ValueError, match=r"1 of 1 pictures.*drawing\.png \("):
        data.load_folder(tmp_path, 8)
    assert not ran.exists()
    # The trap is real: Pillow, left to itself, starts the command.
    with contextlib.suppress(Exception), Image.open(tmp_path / "drawing.png") as picture:
        picture.load()
    assert ran.exists()


# load_npy: what would be a guess


def npy_bytes(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def refused_or_right(load, values):
    """Return the message of a refusal, or assert that the values came back as parts of what is white in them."""
    try:
        images = load()
    except ValueError as refusal:
        return str(refusal)
    assert np.abs(images.numpy() / 255 - values).max() < 0.01
    return ""


WHOLE = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
FLOAT = [np.float16, np.float32, np.float64]


@given(
    white=st.sampled_from([1, 2, 7, 15, 16, 31, 63, 100, 127, 255, 1000, 1023, 4095, 65_535]),
    dtype=st.sampled_from(WHOLE + FLOAT),
    brightness=st.floats(0.6, 1),
)
def test_an_array_on_any_scale_is_read_right_or_refused_with_what_was_found(tmp_path, white, dtype, brightness):
    if white > (np.iinfo(dtype).max if dtype in WHOLE else 2048):
        return
    scale = np.linspace(0, brightness, 60).reshape(1, 6, 10)
    array = (scale * white).round().astype(dtype) if dtype in WHOLE else (scale * white).astype(dtype)
    if array.max() == 0:
        return
    path = save_npy(tmp_path / "images.npy", array)
    bits_in_bytes = dtype == np.uint8 and array.max() >= 32  # bytes are bytes, as long as they can be seen
    floats_up_to_1 = dtype in FLOAT and array.max() <= 1
    in_truth = array / 255 if bits_in_bytes else array / white
    if floats_up_to_1:
        in_truth = array
    message = refused_or_right(lambda: data.load_npy(path), in_truth[:, None].astype(np.float64))
    if message:
        assert f"from 0 to {float(array.max()):g}" in message and "Rescale: save images / WHITE" in message
        assert str(path) in message
    assert bool(message) == (not floats_up_to_1 and not bits_in_bytes and not 127 < array.max() <= 255)


@pytest.mark.parametrize("highest", [1.02, 1.0001, 2.64, 16.0, 100.0, 127.0, 255.1, 4095.0])
def test_floats_on_an_unknown_scale_are_refused(tmp_path, highest):
    array = np.array([[[0, highest / 2], [highest, 0]]])
    with pytest.raises(ValueError, match=rf"from 0 to {highest:g}.*WHITE is {highest:g}"):
        data.load_npy(save_npy(tmp_path / "images.npy", array))


@pytest.mark.parametrize("values", [(-0.0005, 1.0), (-0.5, 1.0), (-1, 200)])
def test_values_below_black_are_refused(tmp_path, values):
    with pytest.raises(ValueError, match=r"Rescale: save \(images - images\.min\(\)\)"):
        data.load_npy(save_npy(tmp_path / "images.npy", np.array([[values]])))


def test_what_rounding_carried_over_the_edge_is_cut_off(tmp_path):
    array = np.array([[[-1e-6, 1 + 9e-6]]])
    assert data.load_npy(save_npy(tmp_path / "images.npy", array)).flatten().tolist() == [0, 255]
    assert data.load_npy(save_npy(tmp_path / "images.npy", 255 * array)).flatten().tolist() == [0, 255]


@pytest.mark.parametrize("dtype", WHOLE + FLOAT)
def test_black_images_are_black(tmp_path, dtype):
    assert not data.load_npy(save_npy(tmp_path / "images.npy", np.zeros((2, 5, 5), dtype))).any()


def test_what_a_refusal_of_bytes_says_can_be_done(tmp_path):
    digits = np.arange(17, dtype=np.uint8).reshape(1, 1, 17)
    path = save_npy(tmp_path / "images.npy", digits)
    with pytest.raises(ValueError, match=r"from 0 to 16.*WHITE is 16, or 255 if they really are that dark"):
        data.load_npy(path)
    assert data.load_npy(save_npy(path, digits / 16)).max() == 255
    assert np.array_equal(data.load_npy(save_npy(path, digits / 255))[0], digits)


AMBIGUOUS = st.one_of(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 4])),
    st.tuples(st.just(3), st.integers(1, 9), st.integers(1, 9)),
)


@given(AMBIGUOUS)
def test_a_shape_that_may_be_one_picture_or_several_is_refused_with_both_cures(tmp_path, shape):
    path, array = tmp_path / "images.npy", np.full(shape, 200, np.uint8)
    with pytest.raises(ValueError, match=r"one picture or .* save images\[None.*save images\[:, None\]") as refusal:
        data.load_npy(save_npy(path, array))
    one = array[None, ..., :3] if "images[None, ..., :3]" in str(refusal.value) else array[None]
    assert len(data.load_npy(save_npy(path, one))) == 1
    assert data.load_npy(save_npy(path, array[:, None])).shape == (shape[0], 1, *shape[1:])


# load_npy: the file itself


def test_no_file_is_mapped_into_memory(tmp_path, monkeypatch):
    # A program that cuts a mapped file would end this one with a bus error.
    def refuse(*arguments, **options):
        raise AssertionError("the file is mapped")

    path = save_npy(tmp_path / "images.npy", np.full((2, 5, 5), 100, np.uint8))
    monkeypatch.setattr("mmap.mmap", refuse)
    assert (data.load_npy(path) == 100).all()


def load_in_a_new_process(call):
    """Run a line that loads something; return the last line that it printed to stderr."""
    process = subprocess.run(
        [sys.executable, "-c", f"from aelib import data; {call}"], capture_output=True, text=True, timeout=30
    )
    return process.stderr.strip().split("\n")[-1]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
@pytest.mark.parametrize("load", ["load_npy", "load_photo"])
def test_a_pipe_is_refused_at_once(tmp_path, load):
    os.mkfifo(tmp_path / "pipe.png")
    message = load_in_a_new_process(f"data.{load}({str(tmp_path / 'pipe.png')!r})")
    assert message == f"ValueError: {tmp_path / 'pipe.png'} is a pipe, not a file."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_among_pictures_is_named_and_skipped(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    with pytest.warns(UserWarning, match=r"1 of 2 pictures.*pipe\.png \(.*a pipe"):
        assert len(data.load_folder(tmp_path, 8)) == 1


@pytest.mark.parametrize("load", [data.load_npy, data.load_photo])
def test_a_folder_or_a_device_is_no_file(tmp_path, load):
    with pytest.raises(ValueError, match="is a folder, not a file"):
        load(tmp_path)
    if Path("/dev/zero").is_char_device():
        with pytest.raises(ValueError, match="is a device or a socket, not a file"):
            load("/dev/zero")


def sparse_npy(path, size):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (size, 1, 1, 1)})
    with open(path, "wb") as file:
        file.write(header.getvalue())
        file.truncate(len(header.getvalue()) + size)
    return path


def refusal_with_little_memory(path, megabytes):
    """Load a file in this process, which may grow by so many megabytes at most."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 2**20, resource.RLIM_INFINITY))
    return refusal_of_npy(path)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory of a process is told on Linux")
def test_an_array_that_does_not_fit_in_memory_is_refused_in_a_sentence(tmp_path):
    message = in_new_process(refusal_with_little_memory, sparse_npy(tmp_path / "images.npy", 600 * 2**20), 900)
    assert message == f"{tmp_path / 'images.npy'} needs more memory than is free here. Save it in parts, or as uint8."


def test_a_sparse_file_of_a_terabyte_is_refused_before_it_is_read(tmp_path):
    try:
        path = sparse_npy(tmp_path / "images.npy", 10**12)
    except OSError:
        pytest.skip("the file system has no sparse files")
    message, megabytes = memory_taken(refusal_of_npy, path)
    assert "is larger than 4,295 MB" in message
    assert megabytes < 20


def test_floats_are_converted_in_parts(tmp_path):
    path = save_npy(tmp_path / "images.npy", np.linspace(0, 1, 2**23, dtype=np.float64).reshape(8, 1024, 1024))
    images, megabytes = memory_taken(data.load_npy, path)
    assert (images.flatten().int() - 255 * torch.linspace(0, 1, 2**23)).abs().max() <= 0.51
    assert megabytes < 67 + 5 * 8 + 50  # the file; the images and their copies, a byte a value; parts


@pytest.mark.parametrize("more", [1, 100, 10_000])
def test_a_file_with_more_than_its_array_is_refused(tmp_path, more):
    path = tmp_path / "images.npy"
    path.write_bytes(npy_bytes(np.full((2, 5, 5), 100, np.uint8)) + b"\0" * more)
    with pytest.raises(ValueError, match=rf"promises 50 bytes of numbers, and {50 + more:,} follow"):
        data.load_npy(path)


def test_an_array_of_an_unknown_version_is_refused(tmp_path):
    path = tmp_path / "images.npy"
    path.write_bytes(npy_bytes(np.full((2, 5, 5), 100, np.uint8)).replace(b"NUMPY\x01", b"NUMPY\x03"))
    with pytest.raises(ValueError, match=r"its version is 3\.0.*np\.save"):
        data.load_npy(path)


def test_a_header_full_of_rubbish_is_not_quoted_at_length(tmp_path):
    assert len(refusal_of_npy(npy_with_header(tmp_path / "images.npy", "{" + "'x': 1, " * 1000 + "}"))) < 1000


# Paths and permissions


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "pictures" / "red").mkdir(parents=True)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "pictures" / "red" / "red.png")
    np.save(tmp_path / "images.npy", np.full((2, 5, 5), 100, np.uint8))
    assert data.load_npy("~/images.npy").shape == (2, 1, 5, 5)
    assert data.load_photo("~/pictures/red/red.png").shape == (1, 3, 8, 8)
    assert data.load_folder("~/pictures/red", 8).shape == (1, 3, 8, 8)
    assert data.load_labelled_folder(Path("~/pictures"), 8)[2] == ("red",)


def test_a_cache_folder_of_nobody_is_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConnectionError, match="could not be downloaded into ~nobody-of-this-name/data"):
        in_new_process(load_offline, "mnist", "~nobody-of-this-name/data", {})


def refusal_without_rights(load, *arguments):
    give_up_the_powers_of_root()
    try:
        load(*arguments)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    "load, given, locked",
    [
        ("load_npy", "red/red.png", "red/red.png"),
        ("load_npy", "red/red.png", "red"),
        ("load_photo", "red/red.png", "red/red.png"),
        ("load_photo", "red/red.png", "red"),
        ("load_folder", "red", "red/red.png"),
        ("load_folder", "red", "red"),
        ("load_folder", ".", "red"),
        ("load_folder", "red", "."),
        ("load_labelled_folder", ".", "red/red.png"),
        ("load_labelled_folder", ".", "red"),
    ],
)
def test_a_missing_permission_is_told_as_such(tmp_path, load, given, locked):
    folder = tmp_path / "pictures"
    (folder / "red").mkdir(parents=True)
    Image.new("RGB", (8, 8), "red").save(folder / "red" / "red.png")
    more = (8,) if "folder" in load else ()
    (folder / locked).chmod(0)
    try:
        kind, message = in_new_process(refusal_without_rights, getattr(data, load), folder / given, *more)
    finally:
        (folder / locked).chmod(0o755)
    assert kind is PermissionError
    assert "You have no permission to read" in message and str(folder) in message and "Ask its owner" in message
    assert "picture editor" not in message


def test_a_cache_folder_that_may_not_be_written_is_told_as_such(tmp_path):
    tmp_path.chmod(0o555)
    kind, message = in_new_process(refusal_without_rights, load_offline, "mnist", tmp_path / "cache", {})
    assert kind is PermissionError
    assert "You have no permission to keep 'mnist'" in message and "AELIB_DATA" in message


# Folders of pictures, in sub-folders and beside other files


def paint(path, *levels):
    """Write a grey picture of one level for each."""
    path.mkdir(parents=True, exist_ok=True)
    for level in levels:
        Image.new("L", (8, 8), level).save(path / f"{level:03}.png")


def levels(images):
    return images.float().mean((1, 2, 3)).round().int().tolist()


def test_pictures_that_lie_in_sub_folders_only_are_read_in_order(tmp_path):
    paint(tmp_path / "b cats", 30, 10)
    paint(tmp_path / "a dogs", 20, 200)
    (tmp_path / "empty").mkdir()
    paint(tmp_path / ".ipynb_checkpoints", 99)
    with pytest.warns(UserWarning, match="Left aside in .*: 1 sub-folder"):
        assert levels(data.load_folder(tmp_path, 8)) == [20, 200, 10, 30]
    with pytest.warns(UserWarning, match="Left aside in .*: 1 sub-folder"):
        images, labels, classes = data.load_labelled_folder(tmp_path, 8, channels=1)
    assert images.shape == (4, 1, 8, 8) and images.dtype == torch.uint8
    assert levels(images) == [20, 200, 10, 30]
    assert labels.dtype == torch.int64 and labels.tolist() == [0, 0, 1, 1]
    assert classes == ("a dogs", "b cats")


def test_pictures_beside_sub_folders_hide_those_in_them(tmp_path):
    paint(tmp_path, 40)
    paint(tmp_path / "cats", 10)
    paint(tmp_path / "dogs", 20)
    with pytest.warns(UserWarning, match="Left aside in .*: 2 sub-folders"):
        assert levels(data.load_folder(tmp_path, 8)) == [40]
    with pytest.warns(UserWarning, match="Left aside in .*: 1 loose picture"):
        images, labels, _ = data.load_labelled_folder(tmp_path, 8)
    assert levels(images) == [10, 20] and labels.tolist() == [0, 1]


def test_labels_stay_with_their_images_where_a_picture_is_skipped(tmp_path):
    paint(tmp_path / "cats", 10, 20)
    paint(tmp_path / "dogs", 30)
    (tmp_path / "cats" / "015.png").write_bytes(b"rubbish")
    with pytest.warns(UserWarning, match=r"1 of 4 pictures.*: cats.015\.png \("):
        images, labels, classes = data.load_labelled_folder(tmp_path, 8)
    assert levels(images) == [10, 20, 30] and labels.tolist() == [0, 0, 1] and classes == ("cats", "dogs")


def test_a_folder_without_classes_is_an_error(tmp_path):
    paint(tmp_path, 40)
    with pytest.raises(ValueError, match="has no sub-folder with pictures"):
        data.load_labelled_folder(tmp_path, 8)
    with pytest.raises(NotADirectoryError):
        data.load_labelled_folder(tmp_path / "nowhere", 8)


def test_other_files_are_counted_by_their_endings_in_one_warning(tmp_path):
    paint(tmp_path, 40)
    for name in ("a.heic", "b.HEIC", "film.mov", "notes", ".hidden", ".hidden.png"):
        (tmp_path / name).write_bytes(b"rubbish")
    with pytest.warns(UserWarning) as warned:
        data.load_folder(tmp_path, 8)
    (message,) = [str(warning.message) for warning in warned]
    assert message.startswith(f"Left aside in {tmp_path}: 2 .heic, 1 .mov, 1 file without an ending.")
    assert "PNG, JPEG" in message and "save others, such as HEIC" in message
    assert warned[0].filename == __file__


def test_a_folder_of_other_files_only_is_an_error_that_names_their_endings(tmp_path):
    for name in ("a.heic", "b.heic", "raw.dng"):
        (tmp_path / name).write_bytes(b"rubbish")
    with pytest.raises(ValueError, match=r"has no picture in it.*2 \.heic, 1 \.dng.*HEIC"):
        data.load_folder(tmp_path, 8)


def test_a_hundred_endings_and_a_thousand_bad_pictures_make_a_short_message(tmp_path):
    for number in range(1000):
        (tmp_path / f"{number:04}.png").write_bytes(b"rubbish")
    for number in range(100):
        (tmp_path / f"file.{number}").write_bytes(b"")
    with pytest.raises(ValueError, match=r"and 995 more.*and 95 more kinds") as refusal:
        data.load_folder(tmp_path, 8)
    assert "0004.png" in str(refusal.value) and "0005.png" not in str(refusal.value)
    assert len(str(refusal.value)) < 2000


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_a_slow_folder_gives_a_sign_of_life(tmp_path, monkeypatch, capsys, seconds):
    paint(tmp_path, 10, 20, 30, 40)
    quick = Image.open
    monkeypatch.setattr(
        Image, "open", lambda *arguments, **options: time.sleep(seconds) or quick(*arguments, **options)
    )
    data.load_folder(tmp_path, 8)
    assert ("/4 " in capsys.readouterr().err) == (seconds > 0)


@pytest.mark.skipif(not features.check("avif"), reason="Pillow reads no AVIF here")
def test_avif_is_read(tmp_path):
    Image.new("RGB", (16, 16), "red").save(tmp_path / "red.avif")
    assert (only_picture(tmp_path)[:, 8, 8] - torch.tensor(RED)).abs().max() <= 4


# Pictures: bit depths


def tiff(array, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


def opencv(ending, array):
    return cv2.imencode(ending, array)[1].tobytes()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(values, bits, colour, transparent=b""):
    """Return a PNG of rows of values (H, W · channels), written by hand."""
    height, width = values.shape
    width //= {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    packed = np.unpackbits(values.astype(">u2").view(np.uint8).reshape(height, -1, 2), axis=2)[..., 16 - bits :]
    rows = np.packbits(packed.reshape(height, -1), axis=1)
    content = b"".join(b"\0" + row.tobytes() for row in rows)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    transparent = chunk(b"tRNS", transparent) if transparent else b""
    return b"\x89PNG\r\n\x1a\n" + header + transparent + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")


RAMP = np.linspace(0, 1, 64).reshape(8, 8)


def grey(white, dtype=np.uint16):
    return (RAMP * white).round().astype(dtype)


def in_channels(values, count, alpha=False):
    """Return values (H, W, count), the last channel opaque if it is alpha."""
    return np.dstack([values] * (count - alpha) + [np.full_like(values, 65_535)] * alpha)


def flat(values):
    return values.reshape(len(values), -1)


# Ways to write a picture of 16-bit values, as a function of the value of white.
DEEP = {
    "grey PNG": lambda white: png_of(grey(white), 16, 0),
    "OpenCV's grey PNG": lambda white: opencv(".png", grey(white)),
    "RGB PNG": lambda white: png_of(flat(in_channels(grey(white), 3)), 16, 2),
    "OpenCV's RGB PNG": lambda white: opencv(".png", in_channels(grey(white), 3)),
    "grey PNG with alpha": lambda white: png_of(flat(in_channels(grey(white), 2, alpha=True)), 16, 4),
    "RGBA PNG": lambda white: png_of(flat(in_channels(grey(white), 4, alpha=True)), 16, 6),
    "grey TIFF": lambda white: tiff(grey(white)),
    "big-endian TIFF": lambda white: tiff(grey(white), byteorder=">"),
    "packed TIFF": lambda white: tiff(grey(white), compression="zlib"),
    "packed big-endian TIFF": lambda white: tiff(grey(white), compression="zlib", byteorder=">"),
    "32-bit TIFF": lambda white: tiff(grey(white, np.uint32)),
    "signed TIFF": lambda white: tiff(grey(white, np.int32)),
    "packed signed big-endian TIFF": lambda white: tiff(grey(white, np.int32), compression="zlib", byteorder=">"),
    "RGB TIFF": lambda white: tiff(in_channels(grey(white), 3), photometric="rgb"),
    "OpenCV's RGB TIFF": lambda white: opencv(".tiff", in_channels(grey(white), 3)),
    "big-endian RGB TIFF": lambda white: tiff(in_channels(grey(white), 3), photometric="rgb", byteorder=">"),
    "packed RGB TIFF": lambda white: tiff(in_channels(grey(white), 3), photometric="rgb", compression="zlib"),
    "RGBA TIFF": lambda white: tiff(
        in_channels(grey(white), 4, alpha=True), photometric="rgb", extrasamples=["unassalpha"]
    ),
    "RGB TIFF in planes": lambda white: tiff(
        np.stack([grey(white)] * 3), photometric="rgb", planarconfig="separate"
    ),
    "packed RGB TIFF in planes": lambda white: tiff(
        np.stack([grey(white)] * 3), photometric="rgb", planarconfig="separate", compression="zlib"
    ),
    "float TIFF": lambda white: tiff(grey(white, np.float32)),
    "big-endian float TIFF": lambda white: tiff(grey(white, np.float32), byteorder=">"),
    "packed big-endian float TIFF": lambda white: tiff(grey(white, np.float32), compression="zlib", byteorder=">"),
}  # fmt: skip
# What Pillow reads wrong, and the signed numbers of 16 bits, are refused at any scale.
NEVER_READ = {
    "packed signed big-endian TIFF", "RGB TIFF in planes", "packed big-endian float TIFF",
}  # fmt: skip


@pytest.mark.parametrize("kind", DEEP)
@pytest.mark.parametrize("white", [65_535, 40_000, 16_383, 4095, 1023, 255])
def test_a_deep_picture_is_read_right_or_refused_with_what_was_found(tmp_path, kind, white):
    is_float_of_bytes = "float" in kind and white == 255
    (tmp_path / "deep.png").write_bytes(DEEP[kind](white))
    in_truth = RAMP if is_float_of_bytes else RAMP * white / 65_535
    message = refused_or_right(lambda: data.load_photo(tmp_path / "deep.png"), in_truth)
    assert bool(message) == (kind in NEVER_READ or (white < 32_768 and not is_float_of_bytes)), message
    if message:
        with pytest.raises(ValueError, match=r"deep\.png"):
            data.load_folder(tmp_path, 8)
    if message and kind not in NEVER_READ:
        assert re.search(rf" (to|up to) ({white:,}|{white}|{white | 255:,})\b", message)
        assert "white as 65,535" in message


@pytest.mark.parametrize("kind", ["grey PNG", "32-bit TIFF", "grey TIFF", "float TIFF"])
def test_a_black_deep_picture_is_black(kind):
    assert not data.load_photo(DEEP[kind](0)).any()


@given(highest=st.floats(0.01, 2000))
def test_a_float_picture_is_read_right_or_refused(highest):
    content = tiff((RAMP * highest).astype(np.float32))
    white = next((white for white in (1, 255) if highest <= white * (1 + 1e-5)), None)
    message = refused_or_right(lambda: data.load_photo(content), RAMP * highest / (white or 1))
    assert bool(message) == (white is None or (white == 255 and highest <= 127))


@pytest.mark.parametrize("maxval", [1, 100, 255, 1000, 4095, 32_767, 65_535])
def test_a_ppm_says_itself_what_is_white(maxval):
    pixels = (RAMP * maxval).round().astype(">u2" if maxval > 255 else np.uint8)
    photo = data.load_photo(b"P5 8 8 %d\n" % maxval + pixels.tobytes())
    assert np.abs(photo[0, 0].numpy() - (RAMP * maxval).round() / maxval * 255).max() <= 1
    assert data.load_photo(b"P5 8 8 %d\n" % maxval + (pixels // 2).astype(pixels.dtype).tobytes()).max() <= 128


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("colour", [0, 2])
@pytest.mark.parametrize("transparent", [0, 1, 5, 11, 15, 0x1234, 0xFFFF])
def test_a_transparent_colour_is_white_or_the_picture_refused(bits, colour, transparent):
    most = 2**bits - 1
    if transparent > most or (colour == 2 and bits < 8):
        return
    channels = 3 if colour else 1
    values = np.full((8, 8), 0)
    values[:, 4:] = transparent
    values[0, :3] = [0, most, most]
    content = png_of(values.repeat(channels, 1), bits, colour, struct.pack(">H", transparent) * channels)
    in_truth = np.where(values == transparent, 1, values / most)
    assert bool(refused_or_right(lambda: data.load_photo(content), in_truth)) == (bits in (2, 4, 16))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tiff_in_which_white_is_0_is_read_right_or_refused(dtype, compression):
    most = 65_535 if dtype == np.uint16 else 255 if dtype == np.uint8 else 1
    values = RAMP > 0.5 if dtype is bool else grey(most, dtype)
    content = tiff(values, photometric="miniswhite", compression=compression)
    message = refused_or_right(lambda: data.load_photo(content), 1 - values / most)
    assert bool(message) == (dtype in (np.uint16, np.float32))


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tiff_of_bytes_in_planes_is_read_right(compression):
    planes = np.stack([grey(255, np.uint8), grey(200, np.uint8), grey(100, np.uint8)])
    content = tiff(planes, photometric="rgb", planarconfig="separate", compression=compression)
    assert np.array_equal(data.load_photo(content)[0], planes)


def test_a_tiff_of_signed_bytes_is_refused():
    with pytest.raises(ValueError, match="have a sign"):
        data.load_photo(tiff(grey(127, np.int8), photometric="minisblack"))


@pytest.mark.parametrize("factor", [1, 256, 257])
def test_a_palette_of_bytes_in_a_tiff_does_not_come_out_black(factor):
    palette = (np.arange(256) * factor).astype(np.uint16)
    content = tiff(grey(255, np.uint8), photometric="palette", colormap=np.stack([palette] * 3))
    message = refused_or_right(lambda: data.load_photo(content), RAMP)
    assert bool(message) == (factor == 1)


# Pictures: EXIF, sizes, scans


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", [b"Exif\0\0rubbish", b"Exif\0\0MM\0*\0\0\0\x08\0\x09\x01", b"Exif\0\0", b"MM\0*"])
def test_a_picture_with_broken_exif_is_read_as_it_lies(tmp_path, kind, exif):
    picture = split_picture("RGB", (255, 0, 0), (255, 255, 255))
    picture.save(tmp_path / "photo.png", format=kind, exif=exif)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = data.load_photo(tmp_path / "photo.png")
        assert len(data.load_folder(tmp_path, 8)) == 1
    assert (photo[0, :, 8, 3].int() - torch.tensor(RED)).abs().max() <= 4


def size_of_photo(path):
    return tuple(data.load_photo(path).shape)


def test_a_photograph_of_50_megapixels_is_read_with_bounded_memory(tmp_path):
    Image.new("RGB", (8192, 6144), "red").save(tmp_path / "phone.jpg")
    shape, megabytes = memory_taken(size_of_photo, tmp_path / "phone.jpg")
    assert shape == (1, 3, 6144, 8192)
    assert megabytes < 700  # 500; Pillow's four bytes a pixel, and twice three
    (number, warned, seconds), megabytes = memory_taken(load_and_record, tmp_path)
    assert number == 1 and not warned
    assert seconds < 2
    assert megabytes < 60  # it is decoded at an eighth of its size


@pytest.mark.parametrize("width, height", [(1, 50_000_000), (50_000_000, 1), (1, 65_536), (65_536, 2)])
def test_a_picture_that_is_too_long_is_refused_with_little_memory(tmp_path, width, height):
    (tmp_path / "thin.png").write_bytes(png(width, height, zlib.compress(bytes((width + 1) * height), 1)))
    Image.new("L", (8, 8), 9).save(tmp_path / "good.png")
    (number, warned, _), megabytes = memory_taken(load_and_record, tmp_path)
    assert number == 1
    assert f"thin.png ({width} × {height} pixels are too many" in warned[-1]
    assert megabytes < 30


def with_scans(count):
    """Return a progressive JPEG whose last scan is repeated until there are so many."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "JPEG", progressive=True)
    content = file.getvalue()
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * (count - content.count(b"\xff\xda")) + content[-2:]


@pytest.mark.parametrize("count", [10, 50, 51, 5000])
def test_a_jpeg_of_too_many_scans_is_refused(count):
    content = with_scans(count)
    assert content.count(b"\xff\xda") == count
    if count <= 50:
        assert data.load_photo(content).shape == (1, 3, 64, 64)
    else:
        with pytest.raises(ValueError, match="drawn in more than 50 scans"):
            data.load_photo(content)


def test_what_only_looks_like_scans_does_no_harm():
    content = with_scans(10)
    looks_so = b"\xff\xda" * 1000
    comment = b"\xff\xfe" + struct.pack(">H", len(looks_so) + 2) + looks_so
    # A preview or a colour profile in front, a video behind the end, as phones write it.
    assert data.load_photo(content[:2] + comment + content[2:] + looks_so).shape == (1, 3, 64, 64)


@pytest.mark.parametrize("size", [8, 28, 64, 200])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_a_folder_is_as_if_it_had_been_decoded_in_full(tmp_path, size, progressive):
    picture = Image.fromarray(np.concatenate([photographs.astronaut(), photographs.astronaut()[:, :256]], axis=1))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "photo.jpg", quality=90, progressive=progressive, exif=exif)
    whole = Image.fromarray(data.load_photo(tmp_path / "photo.jpg")[0].permute(1, 2, 0).numpy())
    expected = np.array(ImageOps.fit(whole, (size, size), Image.Resampling.LANCZOS)).transpose(2, 0, 1)
    difference = np.abs(only_picture(tmp_path, size).numpy() - expected)
    assert difference.mean() < 1.5
    assert difference.max() < 20


# load_photo: what is given to it


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_the_content_of_a_picture_may_be_any_kind_of_bytes(kind):
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(file, "PNG")
    assert data.load_photo(kind(file.getvalue())).shape == (1, 3, 6, 8)
    with pytest.raises(ValueError, match="The file could not be read"):
        data.load_photo(kind(b""))


@pytest.mark.parametrize("source", [None, 3, np.zeros((8, 8, 3)), ["photo.png"]])
def test_what_is_neither_path_nor_content_is_refused(source):
    for load in (data.load_photo, data.load_npy, lambda path: data.load_folder(path, 8)):
        with pytest.raises(TypeError, match=r"A path must be a string or a pathlib\.Path"):
            load(source)


def test_the_embedded_bytes_are_those_of_debians_package():
    if not DEBIAN_FASHION_MNIST.is_dir():
        pytest.skip("Debian's dataset-fashion-mnist is not installed")
    content = gzip.decompress((DEBIAN_FASHION_MNIST / "t10k-images-idx3-ubyte.gz").read_bytes())
    official = np.frombuffer(content, np.uint8, offset=16).reshape(10_000, 1, 28, 28)
    assert np.array_equal(data.load("fashion-mnist").test.numpy(), official)


def test_a_link_to_itself_does_not_hide_the_other_pictures(tmp_path):
    Image.new("L", (8, 8), 7).save(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to("b.png")
    with pytest.warns(UserWarning, match="1 of 2 pictures .* could not be read"):
        assert len(data.load_folder(tmp_path, 8)) == 1
