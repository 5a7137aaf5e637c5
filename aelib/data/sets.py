"""The data sets: those in the package, and those downloaded on demand."""

import gzip
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch

from aelib import files, interrupts
from aelib.data.conversions import channels_first

# SHA-256 of the embedded archives, as tools/build_assets.py printed them.
EMBEDDED = {
    "fashion-mnist": (
        "fashion-mnist.npz",
        "86732fa64764d895da5d285c06673451ab515fb50449fdf74e41d9b53b031c87",
    ),
    "emoji": ("emoji.npz", "6b39ca8fd5e07083504fb2c2c4402c6b7e2639a9a5795fa179bed2bb2b007371"),
}
# Downloaded on demand: the name of each set in torchvision.datasets.
DOWNLOADED = {"fashion-mnist-full": "FashionMNIST", "mnist": "MNIST", "cifar10": "CIFAR10"}
# Where Debian's package dataset-fashion-mnist puts its files.
DEBIAN_COPIES = {"fashion-mnist-full": Path("/usr/share/datasets/fashion-mnist")}


@dataclass(frozen=True)
class Dataset:
    """A set of labelled images, split into training and test images.

    ``train`` and ``test`` are ``uint8`` tensors of shape (N, C, H, W); ``train_labels`` and ``test_labels``
    are ``int64`` tensors of shape (N,), each number an index into ``classes``, a tuple of names.
    """

    name: str
    train: torch.Tensor
    train_labels: torch.Tensor
    test: torch.Tensor
    test_labels: torch.Tensor
    classes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return one line with the sizes, not millions of pixels."""
        channels, height, width = self.train.shape[1:]
        return (
            f"{self.name}: {len(self.train):,} training and {len(self.test):,} test images, "
            f"{channels} × {height} × {width} uint8, {len(self.classes):,} classes"
        )


def load(name: str = "fashion-mnist") -> Dataset:
    """Load a data set by name.

    In the package, so no network is needed:

    * ``"fashion-mnist"``: the first 20,000 training images and all 10,000 test images of Fashion-MNIST
      (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747), grey, 28×28.
    * ``"emoji"``: the pictures of Noto Color Emoji on white, RGB, 32×32; each is a class of its own, and all
      variants of one emoji (skin tones, for example) are on the same side of the split.

    Downloaded on first use, with a progress bar and a checksum, into the folder named by the environment variable
    ``AELIB_DATA`` (``~/.cache/aelib`` by default): ``"fashion-mnist-full"`` (all 60,000 training images; a copy
    installed by Debian's package dataset-fashion-mnist is used instead), ``"mnist"``, ``"cifar10"``. torchvision
    downloads and reads them. It may use plain HTTP (always for Fashion-MNIST, for the others if HTTPS fails), and
    checks each file against an MD5 checksum. The files of ``"cifar10"`` are pickles, which can run programs;
    torchvision opens them only if their checksums are right.

    Raises ``ValueError`` for an unknown name or a damaged file, ``ConnectionError`` if a download fails,
    ``PermissionError`` if the cache folder may not be written.
    """
    if name in EMBEDDED:
        return _load_embedded(name)
    if name in DOWNLOADED:
        return _load_torchvision(name)
    raise ValueError(f"There is no data set {name!r}. Choose from: {', '.join([*EMBEDDED, *DOWNLOADED])}.")


def _load_embedded(name: str) -> Dataset:
    with np.load(BytesIO(files.asset(*EMBEDDED[name])), allow_pickle=False) as archive:
        return Dataset(
            name=name,
            train=channels_first(archive["train"]),
            train_labels=torch.from_numpy(archive["train_labels"]).long(),
            test=channels_first(archive["test"]),
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
    except (AssertionError, ValueError, RuntimeError, OSError) as error:
        # What torchvision says of a file that was cut off when it was unpacked, as by a full disk.
        if isinstance(error, (AssertionError, ValueError)) or "invalid for input of size" in str(error):
            raise ValueError(
                f"The files of {name!r} in {folder / DOWNLOADED[name]} are damaged. Remove this folder, and load again."
            ) from error
        raise ConnectionError(
            f"{name!r} could not be downloaded into {folder} ({' '.join(str(error).split())}). Without a network use "
            f"{' or '.join(repr(embedded) for embedded in EMBEDDED)}, which are inside the package."
        ) from error
    return Dataset(
        name=name,
        train=channels_first(np.asarray(train.data)),
        train_labels=torch.as_tensor(train.targets).long(),
        test=channels_first(np.asarray(test.data)),
        test_labels=torch.as_tensor(test.targets).long(),
        classes=tuple(train.classes),
    )


def _unpack(archives: Path, folder: Path) -> None:
    """Unpack .gz files where torchvision looks for its own (it would refuse Debian's, which are packed anew)."""
    folder.mkdir(parents=True, exist_ok=True)
    for archive in archives.glob("*.gz"):
        unpacked = folder / archive.stem
        if not unpacked.exists():
            files.write_whole(unpacked, gzip.decompress(archive.read_bytes()))
