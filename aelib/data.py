"""Get images: the embedded sets, the usual downloads, a learner's own files."""

import gzip
import hashlib
import math
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError, features
from tqdm.auto import tqdm

from aelib import checks, files, interrupts

# SHA-256 of the embedded archives, as tools/build_assets.py printed them.
EMBEDDED = {
    "fashion-mnist": (
        "fashion-mnist.npz",
        "86732fa64764d895da5d285c06673451ab515fb50449fdf74e41d9b53b031c87",
    ),
    "emoji": ("emoji.npz", "3cbea0d917a43f170205862b00e66d67608541547ce93ef0a110d8a5badc66af"),
}
# The name in torchvision.datasets of each set that is downloaded on demand.
DOWNLOADED = {"fashion-mnist-full": "FashionMNIST", "mnist": "MNIST", "cifar10": "CIFAR10"}
# Where Debian's package dataset-fashion-mnist puts its files.
DEBIAN_COPIES = {"fashion-mnist-full": Path("/usr/share/datasets/fashion-mnist")}

# Formats that Pillow decodes by itself; others (EPS, for one) would start a program on a file from outside.
PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", *(["AVIF"] if features.check("avif") else []))
MAX_BATCH_VALUES = 784_000  # pixel values that a network gets at a time where nothing is trained
MAX_NPY_BYTES = 2**32
MAX_PICTURE_BYTES = 2**29
MAX_PICTURE_PIXELS = 2**26  # room for a phone's 8192 × 6144; beyond it a small file can fill the memory
MAX_PICTURE_SIDE = 65_535  # a row costs memory of its own, however short it is
MAX_SCANS = 50  # of a JPEG, which is decoded once for each; cameras and websites use about ten
JPEG_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")  # of all but those that have neither content nor length
NAMED = 5  # of what was not read; a message of thousands would hide the rest
NO_ENDING = "file without an ending"
SEVERAL = {NO_ENDING: "files without an ending", "sub-folder": "sub-folders", "loose picture": "loose pictures"}
MAX_SIZE = 4096  # at which a picture takes 50 MB
PART_VALUES = 2**22  # that are converted at a time, so that no second copy of them all is needed


@dataclass(frozen=True)
class Dataset:
    """A set of labelled images, split into training and test images.

    ``train`` and ``test`` are ``uint8`` tensors of shape (N, C, H, W); ``train_labels`` and ``test_labels``
    are ``int64`` tensors of shape (N,), each number an index into the tuple of names ``classes``.
    """

    name: str
    train: torch.Tensor
    train_labels: torch.Tensor
    test: torch.Tensor
    test_labels: torch.Tensor
    classes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return a line with the sizes instead of millions of pixels."""
        channels, height, width = self.train.shape[1:]
        return (
            f"{self.name}: {len(self.train):,} training and {len(self.test):,} test images, "
            f"{channels} × {height} × {width} uint8, {len(self.classes):,} classes"
        )


def load(name: str = "fashion-mnist") -> Dataset:
    """Load a data set by name.

    Inside the package, no network needed:

    * ``"fashion-mnist"``: the first 20,000 training images and all 10,000 test images of Fashion-MNIST
      (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747), grey, 28×28.
    * ``"emoji"``: the pictures of Noto Color Emoji on white, RGB, 32×32; each is a class of its own, and all
      variants of one emoji (skin tones, for example) lie on the same side of the split.

    Downloaded at first use, with progress and checksum, into the folder that the environment variable
    ``AELIB_DATA`` names (``~/.cache/aelib`` without it): ``"fashion-mnist-full"`` (all 60,000 training images;
    a copy that Debian's package dataset-fashion-mnist installed is used instead), ``"mnist"``, ``"cifar10"``.
    torchvision downloads and reads them. It may do so over plain HTTP (Fashion-MNIST always, the others when HTTPS
    fails), and compares what arrives with an MD5 checksum. The files of ``"cifar10"`` are pickles, which can run
    programs; torchvision opens them only if their checksums are right.

    Raises ``ValueError`` for an unknown name or a damaged embedded file, ``ConnectionError`` when a download fails,
    ``PermissionError`` when the cache folder may not be written.
    """
    if name in EMBEDDED:
        return _load_embedded(name)
    if name in DOWNLOADED:
        return _load_torchvision(name)
    raise ValueError(f"There is no data set {name!r}. Choose from: {', '.join([*EMBEDDED, *DOWNLOADED])}.")


def _load_embedded(name: str) -> Dataset:
    file_name, checksum = EMBEDDED[name]
    content = resources.files("aelib").joinpath("assets", file_name).read_bytes()
    if hashlib.sha256(content).hexdigest() != checksum:
        raise ValueError(f"aelib/assets/{file_name} is damaged (wrong checksum). Install the package again.")
    with np.load(BytesIO(content), allow_pickle=False) as archive:
        return Dataset(
            name=name,
            train=_channels_first(archive["train"]),
            train_labels=torch.from_numpy(archive["train_labels"]).long(),
            test=_channels_first(archive["test"]),
            test_labels=torch.from_numpy(archive["test_labels"]).long(),
            classes=tuple(archive["classes"].tolist()),
        )


def _load_torchvision(name: str) -> Dataset:
    with interrupts.held_back():
        from torchvision import datasets  # 1.5 s to import, and only these sets need it

    dataset_class = getattr(datasets, DOWNLOADED[name])
    folder = files.as_path(os.environ.get("AELIB_DATA") or "~/.cache/aelib")
    debian_copy = DEBIAN_COPIES.get(name)
    try:
        if debian_copy is not None and debian_copy.is_dir():
            _unpack(debian_copy, folder / DOWNLOADED[name] / "raw")
        train = dataset_class(folder, train=True, download=True)
        test = dataset_class(folder, train=False, download=True)
    except PermissionError:
        raise PermissionError(
            f"You have no permission to keep {name!r} in {folder}. Set the environment variable AELIB_DATA to a folder "
            f"of your own."
        ) from None
    except (OSError, RuntimeError) as error:
        raise ConnectionError(
            f"{name!r} could not be downloaded into {folder} ({' '.join(str(error).split())}). Without a network use "
            f"{' or '.join(repr(embedded) for embedded in EMBEDDED)}, which are inside the package."
        ) from error
    return Dataset(
        name=name,
        train=_channels_first(np.asarray(train.data)),
        train_labels=torch.as_tensor(train.targets).long(),
        test=_channels_first(np.asarray(test.data)),
        test_labels=torch.as_tensor(test.targets).long(),
        classes=tuple(train.classes),
    )


def _unpack(archives: Path, folder: Path) -> None:
    """Unpack .gz files to where torchvision looks for its own (it would refuse Debian's, which are packed anew)."""
    folder.mkdir(parents=True, exist_ok=True)
    for archive in archives.glob("*.gz"):
        unpacked = folder / archive.stem
        if not unpacked.exists():
            files.write_whole(unpacked, gzip.decompress(archive.read_bytes()))


def as_float(images: torch.Tensor) -> torch.Tensor:
    """Turn ``uint8`` images at rest, or images of any other float type, into ``float32`` images in [0, 1].

    Raises ``TypeError`` for any other type of number, ``ValueError`` for floats outside [0, 1] or NaN.
    """
    checks.originals(images)
    return _scaled(images)


def clamped(drawn: torch.Tensor) -> torch.Tensor:
    """Turn images as a network drew them into ``float32`` images in [0, 1]; ``uint8`` are turned as by ``as_float``.

    What lies a little outside [0, 1] is cut off. Raises ``TypeError`` for any other type of number, ``ValueError`` for
    floats below -3 or above 4, which are on no scale of 0 to 1.
    """
    checks.drawn(drawn)
    return _scaled(drawn) if drawn.dtype == torch.uint8 else drawn.float().clamp(0, 1)


def as_bytes(images: torch.Tensor) -> torch.Tensor:
    """Turn float images in [0, 1] into ``uint8`` images, each value to the nearest of the 256; images at rest stay.

    What a network draws a little outside [0, 1] is cut off first. Raises as ``clamped`` does, and for NaN.
    """
    levels = 255 * clamped(images)
    if levels.isnan().any():
        raise ValueError("images hold NaN, which is no brightness. Find them with images.isnan().")
    return levels.round().to(torch.uint8)


def batches(images: torch.Tensor, size: int = 1000) -> Iterator[torch.Tensor]:
    """Yield images (N, C, H, W) in parts, as ``float32`` in [0, 1]: ``size`` at a time, and fewer where they are large.

    A part has at most 784,000 pixel values, as many as a thousand images of Fashion-MNIST, so that a network finds room
    for what it computes. Raises as ``as_float`` does, and ``ValueError`` for another shape or size.
    """
    size = checks.whole(size, "size", 1)
    checks.batch(images, least=0)
    checks.originals(images)
    for part in images.split(max(1, min(size, MAX_BATCH_VALUES // math.prod(images.shape[1:])))):
        yield _scaled(part)


def _scaled(images: torch.Tensor) -> torch.Tensor:
    if images.dtype == torch.uint8:
        return images.float().div_(255)
    # NumPy's float64 would not go through float32 weights, nor what rounding left above 1 into a VAE's loss.
    return images.float().clamp(0, 1)


def load_npy(path: str | Path) -> torch.Tensor:
    """Load images from a ``.npy`` file, the ``images.npy`` of the article done right.

    The file holds an array of shape (N, H, W), (N, H, W, 3), (N, H, W, 1) or (N, C, H, W) with C of 1 or 3. (Where both
    readings of a four-dimensional array are possible, it is taken as (N, C, H, W).) Its values are floats from 0 to 1,
    or numbers from 0 to 255. What else they may be is refused rather than guessed: an array of three dimensions that
    looks like one colour picture; bytes that stay below 32, and other numbers on a scale of 255 that do not go beyond
    127, because on another scale they may be bright.

    Returns a ``uint8`` tensor of shape (N, C, H, W); floats are rounded to the nearest of the 256 grey levels.

    Raises ``FileNotFoundError``, ``PermissionError``, or ``ValueError`` with the file's name, what is wrong with it and
    what to do. Nothing is unpickled here, and a header that promises more than the file holds allocates nothing.
    """
    path = files.as_path(path)
    try:
        array = _npy_array(files.read_whole(path, MAX_NPY_BYTES), path)
        return _channels_first(_grey_levels(_checked_shape(array, path), path))
    except MemoryError:
        raise ValueError(f"{path} needs more memory than is free here. Save it in parts, or as uint8.") from None


def _npy_array(content: bytes, path: Path) -> np.ndarray:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise ValueError(f"{path} is an .npz archive of several arrays. Save one of them with np.save.")
    try:
        return _parsed_npy(content)
    except Exception as error:  # numpy meets a hostile header with a dozen kinds of exception
        reason = " ".join(str(error).split())[:200]  # some quote the whole header
        raise ValueError(
            f"{path} cannot be read as a .npy array of numbers ({reason}). It may be cut off, pickled, or another kind "
            f"of file. Write it again with np.save(path, images), images being one array of numbers."
        ) from error


def _parsed_npy(content: bytes) -> np.ndarray:
    """Return the array of a ``.npy`` file as a view of its content, without a copy."""
    file = BytesIO(content)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(file)
    if version not in read_header:
        raise ValueError(f"its version is {version[0]}.{version[1]}")
    shape, is_fortran, dtype = read_header[version](file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    promised, found = math.prod(shape) * dtype.itemsize, len(content) - file.tell()
    if promised != found:
        raise ValueError(f"its header promises {promised:,} bytes of numbers, and {found:,} follow")
    return np.ndarray(shape, dtype, buffer=content, offset=file.tell(), order="F" if is_fortran else "C")


def _checked_shape(array: np.ndarray, path: Path) -> np.ndarray:
    shape = array.shape
    if array.size == 0:
        raise ValueError(f"{path} holds no images: its shape is {shape}.")
    if array.ndim == 1:
        raise ValueError(
            f"{path} holds one row of {shape[0]:,} numbers: all images have been flattened into one vector, so where "
            f"one ends and the next begins is lost. Save the array before .flatten(), with its shape (N, H, W)."
        )
    if array.ndim == 2:
        raise ValueError(
            f"{path} has the shape {shape}. If each row is one flattened image, save images.reshape(len(images), H, W)"
            f"; if it is a single picture, save images[None]."
        )
    if array.ndim == 3 and (shape[2] in (1, 3, 4) or shape[0] == 3):
        one = "images[None, ..., :3]" if shape[2] == 4 else "images[None]"
        raise ValueError(
            f"{path} has the shape {shape}, which may be one picture or {shape[0]:,} grey ones. If it is one, save "
            f"{one}; if it is several, save images[:, None]."
        )
    if array.ndim not in (3, 4) or (array.ndim == 4 and shape[1] not in (1, 3) and shape[3] not in (1, 3)):
        three = "images[:, :3]" if array.ndim == 4 and shape[1] == 4 else "images[..., :3]"
        raise ValueError(
            f"{path} has the shape {shape}; images need (N, H, W), (N, H, W, 3) or (N, C, H, W) with 1 or 3 channels. "
            f"If there is a fourth, transparent channel, save {three}."
        )
    return array


def _grey_levels(array: np.ndarray, path: Path) -> np.ndarray:
    """Return the array as ``uint8``, whichever of the known ranges it came in."""
    if array.dtype == bool:
        raise ValueError(f"{path} holds bool, true or false, not pixel values. If true is white, save images * 255.")
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{path} holds {array.dtype}, not pixel values. Save images.astype(np.float32).")
    lowest, highest = float(array.min()), float(array.max())  # NaN where any value is NaN
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise ValueError(f"{path} holds NaN or infinite pixels. Find them with np.isfinite(images) and mend them.")
    if array.dtype == np.uint8:
        white = 255 if highest >= 32 or highest == 0 else None
    else:
        white = _white(lowest, highest, (1, 255) if array.dtype.kind == "f" else (255,))
    if white is None:
        raise ValueError(
            f"{path} has values from {lowest:g} to {highest:g}, and which value is white cannot be told from that. "
            f"{_rescaling(lowest, highest)}"
        )
    return array if array.dtype == np.uint8 else _scaled_levels(array, white)


def _white(lowest: float, highest: float, scales: tuple[int, ...]) -> int | None:
    """Return which value is white, of those that it can be, or ``None`` where that would be a guess.

    From 255 on it is only one if more than half of it is reached, or bright pictures of fewer bits would come out dark.
    """
    for white in scales:
        lies_within = lowest >= -checks.ROUNDING * white and highest <= white * (1 + checks.ROUNDING)
        if lies_within and (white == 1 or highest == 0 or highest > (white - 1) / 2):
            return white
    return None


def _rescaling(lowest: float, highest: float) -> str:
    """Say how to bring values to the scale from 0 to 1."""
    if lowest < 0:
        return "Rescale: save (images - images.min()) / (images.max() - images.min())."
    usual = next(
        (f", or {white:,} if they really are that dark" for white in (255, 4095, 65_535) if highest < white), ""
    )
    return f"Rescale: save images / WHITE as floats, where WHITE is {highest:g}{usual}."


def _scaled_levels(values: np.ndarray, white: int) -> np.ndarray:
    """Return values from 0 to ``white`` as ``uint8``, each rounded to the nearest of the 256 levels."""
    order = "F" if values.flags.f_contiguous else "C"
    levels = np.empty(values.size, np.uint8)
    flat = values.reshape(-1, order=order)  # a view
    for start in range(0, flat.size, PART_VALUES):
        part = flat[start : start + PART_VALUES].astype(np.float32) * (255 / white)
        levels[start : start + PART_VALUES] = np.rint(part).clip(0, 255)
    return levels.reshape(values.shape, order=order)


def _channels_first(array: np.ndarray) -> torch.Tensor:
    """Turn (N, H, W), (N, H, W, C) or (N, C, H, W) into a contiguous tensor (N, C, H, W)."""
    if array.ndim == 3:
        array = array[:, None]  # (N, H, W) => (N, 1, H, W)
    elif array.shape[1] not in (1, 3):
        array = array.transpose(0, 3, 1, 2)  # (N, H, W, C) => (N, C, H, W)
    return torch.from_numpy(np.array(array, order="C"))  # a copy, so that it is contiguous and writable


def load_folder(path: str | Path, size: int, channels: int = 3) -> torch.Tensor:
    """Load all pictures of a folder, in the order of their names, as ``uint8`` images (N, channels, size, size).

    Where no picture lies in the folder itself, those of its sub-folders are read, one sub-folder after the other.

    PNG, JPEG, GIF, BMP, TIFF, WebP, PPM and, if Pillow can, AVIF files of any size and mode are turned upright (EXIF),
    laid on white where they are transparent, cropped to the middle square and resized; ``channels`` is 3 for colour, 1
    for grey, ``size`` at most 4096. Of an animation the first picture counts. Hidden files are left aside.

    A picture that cannot be read is skipped, and a warning names it; another warning counts files of other kinds.
    Raises ``ValueError`` when no picture is left, or for a ``size`` or ``channels`` that cannot be;
    ``NotADirectoryError`` when it is no folder, ``PermissionError`` when it or a picture in it may not be read.
    """
    path = files.as_path(path)
    pictures, folders, aside = _sorted_entries(path)
    if pictures:
        aside["sub-folder"] = len(folders)
    else:
        pictures = _in_folders(folders, aside)
    return _read_pictures(path, pictures, aside, size, channels)[0]


def load_labelled_folder(
    path: str | Path, size: int, channels: int = 3
) -> tuple[torch.Tensor, torch.Tensor, tuple[str, ...]]:
    """Load a folder that has a sub-folder of pictures for each class; return images, labels and names of the classes.

    The images are ``uint8`` (N, channels, size, size), read as ``load_folder`` reads them; the labels are ``int64``
    (N,), each an index into the names, which are those of the sub-folders that have pictures. Raises as ``load_folder``
    does.
    """
    path = files.as_path(path)
    loose, folders, aside = _sorted_entries(path)
    aside["loose picture"] = len(loose)
    pictures = _in_folders(folders, aside)
    if not pictures:
        raise ValueError(
            f"{path} has no sub-folder with pictures in it, and needs one for each class. {_left_aside(path, aside)}"
        )
    images, read = _read_pictures(path, pictures, aside, size, channels)
    classes = tuple(dict.fromkeys(file.parent.name for file in pictures))
    numbers = {name: number for number, name in enumerate(classes)}
    return images, torch.tensor([numbers[file.parent.name] for file in read]), classes


def _sorted_entries(folder: Path) -> tuple[list[Path], list[Path], Counter[str]]:
    """Return the pictures and the sub-folders of a folder, by name, and a count of other endings."""
    try:
        with os.scandir(folder) as scanned:
            entries = sorted(
                (entry for entry in scanned if not entry.name.startswith(".")), key=lambda entry: entry.name
            )
    except PermissionError:
        raise PermissionError(
            f"You have no permission to read the folder {folder}. Ask its owner to allow it."
        ) from None
    except (FileNotFoundError, NotADirectoryError):
        raise NotADirectoryError(f"{folder} is not a folder (looked in {Path.cwd()}).") from None
    endings = {ending for ending, kind in Image.registered_extensions().items() if kind in PICTURE_FORMATS}
    folders = [Path(entry) for entry in entries if os.path.isdir(entry)]  # not its own is_dir, which stops at odd links
    others = [Path(entry) for entry in entries if not os.path.isdir(entry)]
    pictures = [file for file in others if file.suffix.lower() in endings]
    return (
        pictures,
        folders,
        Counter(file.suffix.lower() or NO_ENDING for file in others if file.suffix.lower() not in endings),
    )


def _in_folders(folders: list[Path], aside: Counter[str]) -> list[Path]:
    """Return the pictures of sub-folders, one after the other; ``aside`` goes on counting the rest."""
    pictures = []
    for folder in folders:
        found, deeper, others = _sorted_entries(folder)
        pictures += found
        aside.update(others)
        aside["sub-folder"] += len(deeper) + (not found)
    return pictures


def _read_pictures(
    path: Path, pictures: list[Path], aside: Counter[str], size: int, channels: int
) -> tuple[torch.Tensor, list[Path]]:
    """Return images (N, channels, size, size) and the files that they come from; warn of all others."""
    size = checks.whole(size, "size", 1, MAX_SIZE)
    channels = checks.whole(channels, "channels")
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1, for grey, or 3, for colour; got {channels}.")
    left_aside = _left_aside(path, aside)
    if not pictures:
        raise ValueError(f"{path} has no picture in it. Put PNG, JPEG or WebP files there. {left_aside}".rstrip())
    try:
        images = torch.empty(len(pictures), channels, size, size, dtype=torch.uint8)
    except RuntimeError:
        raise ValueError(
            f"{len(pictures):,} pictures of {size} × {size} pixels need more memory than there is. Choose a smaller "
            f"size."
        ) from None
    read, unreadable = [], []
    for file in tqdm(pictures, unit=" pictures", delay=1, leave=False):
        try:
            images[len(read)] = _small_picture(files.read_whole(file, MAX_PICTURE_BYTES), size, channels)
            read.append(file)
        except PermissionError:
            raise
        except Exception as error:  # a broken file can raise anything; it is named, not swallowed
            unreadable.append(f"{file.relative_to(path)} ({_reason(error)})")
    named = [*unreadable[:NAMED], *([f"and {len(unreadable) - NAMED:,} more"] if len(unreadable) > NAMED else [])]
    report = f"{len(unreadable):,} of {len(pictures):,} pictures in {path} could not be read: {'; '.join(named)}."
    if not read:
        raise ValueError(f"{report} Open and save them again in a picture editor. {left_aside}".rstrip())
    if unreadable:
        warnings.warn(report, stacklevel=3)
    if left_aside:
        warnings.warn(left_aside, stacklevel=3)
    return images[: len(read)], read


def _left_aside(path: Path, aside: Counter[str]) -> str:
    """Return a report of what was no picture, empty where there was nothing else."""
    kinds = [f"{count:,} {kind if count == 1 else SEVERAL.get(kind, kind)}" for kind, count in (+aside).most_common()]
    if not kinds:
        return ""
    if len(kinds) > NAMED:
        kinds[NAMED:] = [f"and {len(kinds) - NAMED:,} more kinds"]
    return (
        f"Left aside in {path}: {', '.join(kinds)}. Pictures are read as {', '.join(PICTURE_FORMATS)}; save others, "
        f"such as HEIC, RAW or the frames of a video, as JPEG."
    )


def load_photo(source: str | Path | bytes | bytearray | memoryview) -> torch.Tensor:
    """Return one picture of any size and mode, a file or its content, as a ``uint8`` image (1, 3, H, W).

    It is read as ``load_folder`` reads pictures, but neither cropped nor resized. Raises ``FileNotFoundError`` without
    a file, ``PermissionError`` for one that may not be read, ``ValueError`` for what is no picture, damaged, or larger
    than 67 million pixels (8192 × 8192) or 65,535 a side.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        name, content = "The file", bytes(source)
    else:
        path = files.as_path(source)
        name, content = str(path), files.read_whole(path, MAX_PICTURE_BYTES)
    try:
        pixels = np.asarray(_on_white(content))  # (H, W, 3)
    except Exception as error:  # a broken file can raise anything; it is told, not swallowed
        raise ValueError(
            f"{name} could not be read ({_reason(error)}). Open and save it again in a picture editor."
        ) from error
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"it is no picture in a format read here: {', '.join(PICTURE_FORMATS)}"
    return str(error).rstrip(".") or type(error).__name__


def _small_picture(content: bytes, size: int, channels: int) -> torch.Tensor:
    """Return the middle square of a picture as a ``uint8`` tensor (channels, size, size)."""
    # JPEG can be decoded at a half, a quarter or an eighth of its size; twice the size wanted is enough to resize well.
    picture = _on_white(content, least_sides=(2 * size, 2 * size))
    picture = ImageOps.fit(picture.convert("RGB" if channels == 3 else "L"), (size, size), Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(picture))  # (size, size) or (size, size, 3)
    return pixels[None] if channels == 1 else pixels.permute(2, 0, 1)


def _on_white(content: bytes, least_sides: tuple[int, int] | None = None) -> Image.Image:
    """Return a picture upright, in RGB, and on white where it is transparent.

    Where ``least_sides`` are given, it may come smaller than it is, down to these.
    """
    picture = _decoded(content, least_sides)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    # Through RGBA, so that every kind of transparency (palette, grey with alpha) ends on white.
    picture = picture.convert("RGBA")
    on_white = Image.new("RGB", picture.size, "white")
    on_white.paste(picture, mask=picture)
    return on_white


def _decoded(content: bytes, least_sides: tuple[int, int] | None) -> Image.Image:
    """Return a picture upright and in 8 bits, or refuse what Pillow would take too long for, or read wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own, of damages that it can live with
        with Image.open(BytesIO(content), formats=PICTURE_FORMATS) as picture:
            _refuse_what_is_too_much(picture, content)
            _refuse_what_is_misread(picture)
            is_16_bit_colour = picture.mode[0] not in "IF" and _bits(picture) == 16
            if least_sides:
                picture.draft(picture.mode, least_sides)
            picture.load()
            with suppress(Exception):  # broken EXIF: the picture stays as it lies
                ImageOps.exif_transpose(picture, in_place=True)
    if is_16_bit_colour:
        _refuse_dark_colours(picture)
    return _eight_bits(picture) if picture.mode[0] in "IF" else picture


def _refuse_what_is_too_much(picture: Image.Image, content: bytes) -> None:
    width, height = picture.size
    if width * height > MAX_PICTURE_PIXELS or max(width, height) > MAX_PICTURE_SIDE:
        raise ValueError(
            f"{width} × {height} pixels are too many; at most {MAX_PICTURE_PIXELS:,} are read, and "
            f"{MAX_PICTURE_SIDE:,} a side"
        )
    if picture.format in ("JPEG", "MPO") and _has_too_many_scans(content):
        raise ValueError(f"it is drawn in more than {MAX_SCANS} scans, which can take minutes")


def _has_too_many_scans(jpeg: bytes) -> bool:
    """Return whether a JPEG has more than ``MAX_SCANS`` scans before its end.

    Other segments are leapt over, as what they hold (a preview, a colour profile) can look like scans, and so is what
    phones put behind the end, such as a short video.
    """
    scans, position = 0, 2
    while scans <= MAX_SCANS and (marker := JPEG_MARKER.search(jpeg, position)):
        if marker.group() == b"\xff\xd9":  # the end of the picture
            return False
        scans += marker.group() == b"\xff\xda"
        position = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big")
    return scans > MAX_SCANS


def _bits(picture: Image.Image) -> int:
    """Return how many bits a value of a PNG or TIFF has; of other formats Pillow itself makes 8."""
    if picture.format == "TIFF":
        return max(picture.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    if picture.format == "PNG" and ";" in picture.tile[0][3]:
        return int(re.search(r";(\d+)", picture.tile[0][3])[1])  # "L;4", "RGB;16B"
    return 8


def _refuse_what_is_misread(picture: Image.Image) -> None:
    """Refuse kinds of PNG and TIFF whose values Pillow takes for others."""
    bits = _bits(picture)
    if picture.format == "PNG" and picture.mode != "P" and bits != 8 and "transparency" in picture.info:
        raise ValueError(f"it has a transparent colour and {bits} bits a value, which are not read together")
    if picture.format != "TIFF":
        return
    tags, codec, raw_mode = picture.tag_v2, picture.tile[0][0], picture.tile[0][3][0]
    is_in_planes = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2 and len(picture.getbands()) > 1
    if bits > 8 and (
        tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0  # white is 0
        or (codec == "raw" and is_in_planes)
        or (codec == "libtiff" and raw_mode in ("F;32BF", "I;16BS", "I;32BS"))  # compressed, and big-endian
    ):
        raise ValueError(f"it is a TIFF of {bits} bits of an unusual kind (white as 0, planes or byte order)")
    if bits == 8 and 2 in tags.get(TiffImagePlugin.SAMPLEFORMAT, ()):
        raise ValueError("its values have a sign, so it is not known which is white")
    if picture.mode == "P" and 0 < max(tags[TiffImagePlugin.COLORMAP]) < 256:
        raise ValueError("its palette has 8 bits instead of 16, and would come out black")


def _refuse_dark_colours(picture: Image.Image) -> None:
    """Refuse 16-bit colours, of which Pillow has kept the upper byte, where they may have fewer bits in truth."""
    bands = zip(picture.getbands(), picture.getextrema(), strict=True)
    brightest = max(highest for band, (_, highest) in bands if band != "A")
    if brightest < 128:
        raise ValueError(
            f"its 16-bit values go up to {256 * brightest + 255:,} at most, and which value is white cannot be told "
            f"from that; save it in 8 bits, or with white as 65,535"
        )


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture of 16 bits, 32 bits or floats in 8 bits, which Pillow itself would cut off at 255."""
    values = np.asarray(picture)
    lowest, highest = float(values.min()), float(values.max())
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise ValueError("it holds NaN or infinite pixels")
    white = _white(lowest, highest, (1, 255, 65_535) if picture.mode == "F" else (65_535,))
    if picture.format == "PPM" and picture.mode == "I":
        white = 65_535  # to which Pillow has brought it, as this format says what is white
    if white is None:
        raise ValueError(
            f"its values go from {lowest:g} to {highest:g}, and which value is white cannot be told from that; save it "
            f"in 8 bits, or with white as 65,535"
        )
    return Image.fromarray(_scaled_levels(values, white))
