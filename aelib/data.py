"""Get images: the embedded sets, the usual downloads, a learner's own files."""

import gzip
import hashlib
import math
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from aelib import checks

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
PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
MAX_BATCH_VALUES = 784_000  # pixel values that a network gets at a time where nothing is trained
MAX_PICTURE_PIXELS = 50_000_000  # a 50-megapixel photograph; beyond it a small file can fill the memory


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

    Raises ``ValueError`` for an unknown name or a damaged embedded file, ``ConnectionError`` when a download fails.
    """
    if name in EMBEDDED:
        return _load_embedded(name)
    if name in DOWNLOADED:
        return _load_torchvision(name)
    raise ValueError(f"There is no data set {name!r}. Choose from: {', '.join([*EMBEDDED, *DOWNLOADED])}.")


def _load_embedded(name: str) -> Dataset:
    file_name, checksum = EMBEDDED[name]
    content = files("aelib").joinpath("assets", file_name).read_bytes()
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
    from torchvision import datasets  # 1.5 s to import, and only these sets need it

    dataset_class = getattr(datasets, DOWNLOADED[name])
    folder = Path(os.environ.get("AELIB_DATA") or "~/.cache/aelib").expanduser()
    debian_copy = DEBIAN_COPIES.get(name)
    if debian_copy is not None and debian_copy.is_dir():
        _unpack(debian_copy, folder / DOWNLOADED[name] / "raw")
    try:
        train = dataset_class(folder, train=True, download=True)
        test = dataset_class(folder, train=False, download=True)
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
            unfinished = folder / f".{archive.stem}.{os.getpid()}.unfinished"
            unfinished.write_bytes(gzip.decompress(archive.read_bytes()))
            os.replace(unfinished, unpacked)


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
    for what it computes. Raises as ``as_float`` does, and for another shape.
    """
    checks.batch(images, least=0)
    checks.originals(images)
    for part in images.split(max(1, min(size, MAX_BATCH_VALUES // math.prod(images.shape[1:])))):
        yield _scaled(part)


def _scaled(images: torch.Tensor) -> torch.Tensor:
    if images.dtype == torch.uint8:
        return images.float().div_(255)
    return images.float()  # NumPy's float64 would not go through a network of float32 weights


def load_npy(path: str | Path) -> torch.Tensor:
    """Load images from a ``.npy`` file, the ``images.npy`` of the article done right.

    The file holds an array of shape (N, H, W), (N, H, W, 3), (N, H, W, 1) or (N, C, H, W) with C of 1 or 3, in whole
    numbers from 0 to 255, or in floats from 0 to 1 or from 0 to 255. (Where both readings of a four-dimensional array
    are possible, it is taken as (N, C, H, W).) Returns a ``uint8`` tensor of shape (N, C, H, W); floats are rounded to
    the nearest of the 256 grey levels.

    Raises ``FileNotFoundError``, or ``ValueError`` with the file's name, what is wrong with it and what to do.
    Nothing is ever unpickled, and a header that promises more than the file holds allocates nothing.
    """
    path = Path(path)
    try:
        # A memory map reads the header alone and compares it with the file's size before any array is made.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file {path} (looked in {Path.cwd()}).") from None
    except Exception as error:  # numpy meets a hostile header with a dozen kinds of exception
        raise ValueError(
            f"{path} cannot be read as a .npy array of numbers ({error}). It may be cut off, pickled, or another kind "
            f"of file. Write it again with np.save(path, images), images being one array of numbers."
        ) from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise ValueError(f"{path} is an .npz archive of several arrays. Save one of them with np.save.")
    return _channels_first(_grey_levels(_checked_shape(array, path), path))


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
    if array.ndim not in (3, 4) or (array.ndim == 4 and shape[1] not in (1, 3) and shape[3] not in (1, 3)):
        three = "images[:, :3]" if array.ndim == 4 and shape[1] == 4 else "images[..., :3]"
        raise ValueError(
            f"{path} has the shape {shape}; images need (N, H, W), (N, H, W, 3) or (N, C, H, W) with 1 or 3 channels. "
            f"If there is a fourth, transparent channel, save {three}."
        )
    return array


def _grey_levels(array: np.ndarray, path: Path) -> np.ndarray:
    """Return the array as ``uint8``, whichever of the known ranges it came in."""
    if array.dtype == np.uint8:
        return np.array(array)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{path} holds {array.dtype}, not pixel values. Save images.astype(np.float32).")
    lowest, highest = array.min(), array.max()  # NaN where any value is NaN
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise ValueError(f"{path} holds NaN or infinite pixels. Find them with np.isfinite(images) and mend them.")
    if lowest < -0.001 or highest > 255:
        raise ValueError(
            f"{path} has values from {lowest} to {highest}; pixels must lie in [0, 1] or in [0, 255]. "
            f"Rescale: (images - images.min()) / (images.max() - images.min())."
        )
    levels = array.astype(np.float32)
    if array.dtype.kind == "f" and highest <= 1.001:  # rounding may have carried white a little above 1
        levels *= 255
    return np.rint(levels, out=levels).astype(np.uint8)


def _channels_first(array: np.ndarray) -> torch.Tensor:
    """Turn (N, H, W), (N, H, W, C) or (N, C, H, W) into a contiguous tensor (N, C, H, W)."""
    if array.ndim == 3:
        array = array[:, None]  # (N, H, W) => (N, 1, H, W)
    elif array.shape[1] not in (1, 3):
        array = array.transpose(0, 3, 1, 2)  # (N, H, W, C) => (N, C, H, W)
    return torch.from_numpy(np.array(array, order="C"))  # a copy, so that it is contiguous and writable


def load_folder(path: str | Path, size: int, channels: int = 3) -> torch.Tensor:
    """Load all pictures of a folder, in the order of their names, as ``uint8`` images (N, channels, size, size).

    PNG, JPEG, GIF, BMP, TIFF, WebP and PPM files of any size and mode are turned upright (EXIF), laid on white where
    they are transparent, cropped to the middle square and resized; ``channels`` is 3 for colour, 1 for grey. Of an
    animation the first picture counts. Sub-folders and files with other endings are left aside.

    A picture that cannot be read is skipped, and a warning names it. Raises ``ValueError`` when none is left, when
    the folder has none, or for a ``size`` or ``channels`` that cannot be; ``NotADirectoryError`` when it is no folder.
    """
    path = Path(path)
    if size < 1 or channels not in (1, 3):
        raise ValueError(f"size must be at least 1 and channels 1 or 3; got size={size}, channels={channels}.")
    if not path.is_dir():
        raise NotADirectoryError(f"{path} is not a folder (looked in {Path.cwd()}).")
    endings = {ending for ending, kind in Image.registered_extensions().items() if kind in PICTURE_FORMATS}
    pictures = sorted(file for file in path.iterdir() if file.suffix.lower() in endings and file.is_file())
    if not pictures:
        raise ValueError(f"{path} has no picture in it. Put PNG, JPEG or WebP files there.")

    images, unreadable = [], []
    for file in pictures:
        try:
            images.append(_read_picture(file, size, channels))
        except Exception as error:  # a broken file can raise anything; it is named, not swallowed
            unreadable.append(f"{file.name} ({str(error) or type(error).__name__})")
    report = f"{len(unreadable)} of {len(pictures)} pictures in {path} could not be read: {'; '.join(unreadable)}."
    if not images:
        raise ValueError(report + " Open and save them again in a picture editor.")
    if unreadable:
        warnings.warn(report, stacklevel=2)
    return torch.stack(images)


def load_photo(source: str | Path | bytes) -> torch.Tensor:
    """Return one picture of any size and mode, a file or its content, as a ``uint8`` image (1, 3, H, W).

    It is read as ``load_folder`` reads pictures, but neither cropped nor resized. Raises ``FileNotFoundError`` without
    a file, ``ValueError`` for what is no picture, damaged, or larger than 50 million pixels.
    """
    if not isinstance(source, bytes) and not Path(source).is_file():
        raise FileNotFoundError(f"There is no file {source} (looked in {Path.cwd()}).")
    name = "The file" if isinstance(source, bytes) else str(source)
    try:
        picture = _on_white(BytesIO(source) if isinstance(source, bytes) else Path(source))
    except UnidentifiedImageError as error:
        raise ValueError(f"{name} is no picture in a format read here: {', '.join(PICTURE_FORMATS)}.") from error
    except Exception as error:  # a broken file can raise anything; it is told, not swallowed
        raise ValueError(
            f"{name} could not be read ({str(error) or type(error).__name__}). Open and save it again in a picture "
            f"editor."
        ) from error
    pixels = torch.from_numpy(np.array(picture.convert("RGB")))  # (H, W, 3)
    return pixels.permute(2, 0, 1)[None].contiguous()


def _read_picture(file: Path, size: int, channels: int) -> torch.Tensor:
    """Return one picture file as a ``uint8`` tensor (channels, size, size)."""
    picture = _on_white(file).convert("RGB" if channels == 3 else "L")
    picture = ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(picture))  # (size, size) or (size, size, 3)
    return pixels[None] if channels == 1 else pixels.permute(2, 0, 1).contiguous()


def _on_white(file: Path | BytesIO) -> Image.Image:
    """Return a picture upright, in colour, and on white where it is transparent."""
    with Image.open(file, formats=PICTURE_FORMATS) as picture:
        if picture.width * picture.height > MAX_PICTURE_PIXELS:
            raise ValueError(f"{picture.width} × {picture.height} pixels are too many")
        picture = ImageOps.exif_transpose(picture)  # this decodes the pixels
        if picture.mode.startswith("I") or picture.mode == "F":
            picture = _eight_bits(picture)
        # Through RGBA, so that every kind of transparency (palette, grey with alpha) ends on white.
        on_white = Image.new("RGBA", picture.size, "white")
        on_white.alpha_composite(picture.convert("RGBA"))
    return on_white


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale a 16-bit, 32-bit or float picture to 8 bits, which Pillow itself would cut off at 255."""
    values = np.asarray(picture).astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("it holds NaN or infinite pixels")
    highest = values.max()
    full_scale = next(limit for limit in (1, 255, 65_535, np.inf) if highest <= limit)
    if values.min() < 0 or full_scale == np.inf:
        raise ValueError(f"its values, {values.min():g} to {highest:g}, are those of no known picture format")
    if picture.mode.startswith("I"):
        full_scale = 65_535  # whole numbers in these modes are 16-bit, even where a dark picture stays below 256
    return Image.fromarray(np.rint(values / full_scale * 255).astype(np.uint8))
