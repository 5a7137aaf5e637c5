"""Pictures in shards: a few large tar files instead of many small ones, together more than memory holds.

A shard is a tar file in WebDataset's format (github.com/webdataset/webdataset), whose members are pictures in PPM or
PGM: a short header, then bare pixels. In ours all pictures have one size, so that the place of each is a product. Any
pictures can be read directly, in any order, and nothing is decoded.
"""

import bisect
import functools
import hashlib
import io
import itertools
import json
import os
import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm.auto import tqdm

from aelib import checks, files
from aelib.data.folders import MAX_SIZE, picture_endings, small_picture
from aelib.data.pictures import MAX_PICTURE_BYTES, reason_of
from aelib.distributed.group import Group

SHARD_BYTES = 2**24  # of pictures in a shard
HELD_OUT = 0.05  # of all pictures, but not more than
MOST_HELD_OUT = 10_000
WINDOW = 2**16  # pictures that are shuffled together
OPEN_FILES = 64
BLOCK = 512  # bytes; a tar file consists of these: one for a member's name, then its content, padded
SHARDS = "shards"  # the folder where the program puts them
SHARD = re.compile(r"(train|held-out)-\d{6}\.tar")
INDEX = "index.json"
NAMED = 5  # unread files that a message names; thousands would bury the rest
MOST_INDEX_BYTES = 2**28


@dataclass(frozen=True)
class Source:
    """A picture that goes into a shard: a file, or ``size`` bytes in a tar file from ``start`` on."""

    path: Path
    name: str
    size: int
    changed: int  # when, in the units of its file system
    start: int | None = None

    def content(self) -> bytes:
        """Return the bytes of the picture. Raises as ``files.read_whole`` does, or ``OSError``."""
        if self.start is None:
            return files.read_whole(self.path, MAX_PICTURE_BYTES)
        if self.size > MAX_PICTURE_BYTES:
            raise ValueError(f"it is larger than {MAX_PICTURE_BYTES / 1e6:,.0f} MB, more than is read here")
        with open(self.path, "rb") as file:
            file.seek(self.start)
            return file.read(self.size)


@dataclass(frozen=True)
class Index:
    """What a folder of shards holds: how many pictures in each, and which could not be read.

    ``image_shape`` is (C, H, W). ``left_aside`` counts files of other kinds, and ``source`` is a checksum of what the
    shards were made from.
    """

    image_shape: tuple[int, int, int]
    train: tuple[int, ...]
    held_out: tuple[int, ...]
    unreadable: tuple[str, ...]
    left_aside: int
    source: str

    @property
    def report(self) -> str:
        """What could not be read, and what was not a picture, in a sentence or two, or an empty string."""
        aside = f"Files of other kinds that were left aside: {self.left_aside:,}." if self.left_aside else ""
        return " ".join(filter(None, [_named(self.unreadable), aside]))


def write_shard(path: str | Path, images: torch.Tensor) -> None:
    """Write images, ``uint8`` (N, C, H, W), to a tar file of PPM (colour) or PGM (grey), whole or not at all.

    Raises ``TypeError`` or ``ValueError`` for other images, ``OSError`` if the file cannot be written.
    """
    import webdataset  # slow to import, and only this function needs it

    checks.batch(images)
    if images.dtype != torch.uint8:
        raise TypeError(f"A shard holds uint8 images; these are {images.dtype}. Use data.as_bytes(images).")
    ending = "ppm" if checks.grey_or_colour(images.shape[1]) == 3 else "pgm"
    header = _header(images.shape[1:])
    content = io.BytesIO()
    with webdataset.TarWriter(content, encoder=False, mtime=0) as shard:
        for number, pixels in enumerate(images.permute(0, 2, 3, 1).numpy()):  # (H, W, C), as in PPM
            shard.write({"__key__": f"{number:06d}", ending: header + pixels.tobytes()})
    files.write_whole(path, content.getvalue())


def _header(image_shape: Sequence[int]) -> bytes:
    """Return the beginning of a PPM or PGM file of that shape."""
    channels, height, width = image_shape
    return f"P{6 if channels == 3 else 5}\n{width} {height}\n255\n".encode()


def _bytes_each(image_shape: Sequence[int]) -> int:
    """Return how many bytes a picture takes in a shard, including its name and the padding of its last block."""
    content = len(_header(image_shape)) + int(np.prod(image_shape))
    return BLOCK + -(-content // BLOCK) * BLOCK


def pack(folder: str | Path, shards: str | Path, size: int, channels: int = 3, group: Group | None = None) -> Index:
    """Read the pictures in a folder, once, and write them to shards at one size; return what the shards hold.

    Pictures are files of the kinds that ``data.load_folder`` reads, in ``folder`` and all folders below it, or members
    of tar files there, as in WebDataset; links to folders are not followed. Each picture is cropped to the middle
    square and resized. A twentieth of them, chosen at random and at most 10,000, is held out. Anything unreadable is
    left out, and named in the index. Each process of a ``group`` writes a part of the shards. If they have been written
    before, nothing is done.

    Raises ``NotADirectoryError`` or ``PermissionError`` for a folder that cannot be read, ``ValueError`` for one with
    fewer than two pictures or for shards made from another, ``OSError`` if they cannot be written.
    """
    group = group or Group()
    folder, shards = files.as_path(folder), files.as_path(shards)
    size = checks.whole(size, "size", 1, MAX_SIZE)
    image_shape = (checks.grey_or_colour(channels), size, size)
    sources, broken, left_aside = _sources(folder)
    checksum = _checksum(sources, image_shape)
    if len(set(group.gather((checksum, (shards / INDEX).exists())))) > 1:
        raise ValueError(
            f"Not all processes find the same in {folder} and {shards}. Both must be folders that all of them see, and "
            f"nobody may write there while they start."
        )
    if (shards / INDEX).exists():
        index = read_index(shards)
        if index.source != checksum:
            raise ValueError(
                f"{shards} holds other pictures than {folder} has now, or at another size. Remove it, or choose "
                f"another place."
            )
        return index
    if len(sources) < 2:
        raise ValueError(
            f"{folder} has {'one picture' if sources else 'no picture'} in it, and two at least are needed. Put PNG, "
            f"JPEG or WebP files there, or tar files of them, not compressed. {_named(broken)}".rstrip()
        )
    parts = _parts(sources, image_shape)
    mine = list(parts.items())[group.rank :: group.size]
    counts = {name: _pack_part(shards / name, part, image_shape) for name, part in _shown(mine, group)}
    counts = {name: count for each in group.gather(counts) for name, count in each.items()}
    index = Index(
        image_shape,
        train=tuple(counts[name][0] for name in parts if name.startswith("train")),
        held_out=tuple(counts[name][0] for name in parts if name.startswith("held-out")),
        unreadable=(*broken, *itertools.chain(*(counts[name][1] for name in parts))),
        left_aside=left_aside,
        source=checksum,
    )
    if not sum(index.train) or not sum(index.held_out):
        raise ValueError(
            f"Of the pictures in {folder} that were drawn to {'be held out' if sum(index.train) else 'train on'}, none "
            f"could be read. Remove what cannot be read, and start again. {_named(index.unreadable)}"
        )
    if group.rank == 0:
        files.write_whole(shards / INDEX, json.dumps(asdict(index)).encode())
    group.wait()
    return index


def _named(unreadable: Sequence[str]) -> str:
    """Return a sentence that counts and names what could not be read, or nothing."""
    if not unreadable:
        return ""
    named = "; ".join(name if name.isprintable() else repr(name)[1:-1] for name in unreadable[:NAMED])
    return f"{len(unreadable):,} could not be read: {named}{'; …' if len(unreadable) > NAMED else ''}."


def _shown(parts: list, group: Group) -> Iterator:
    """Go through the shards that a process writes; the first process shows its progress."""
    return tqdm(parts, unit=" shards", desc="packing", delay=1, leave=False, disable=group.rank > 0)


def _sources(folder: Path) -> tuple[list[Source], list[str], int]:
    """Return the pictures in a folder and below, by name, the broken tar files, and a count of other files.

    Shards of this or another training may be there too, and are ignored.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder (looked in {Path.cwd()}).")
    endings, sources, broken, left_aside = picture_endings(), [], [], 0
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if Path(parent).name == SHARDS and any(map(SHARD.fullmatch, names)):  # all of them, or what an end left
            continue
        for path in (Path(parent, name) for name in sorted(names) if not name.startswith(".")):
            name = path.relative_to(folder).as_posix()
            if path.suffix.lower() in endings:
                try:
                    status = path.stat()
                except OSError:  # a link that leads nowhere, which the index will name
                    status = path.lstat()
                sources.append(Source(path, name, status.st_size, status.st_mtime_ns))
            elif path.suffix.lower() == ".tar" and path.is_file():
                try:
                    members, others = _members(path, name, endings)
                except Exception as error:  # a broken file can raise anything; the index names it
                    broken.append(f"{name} ({reason_of(error)})")
                    continue
                sources += members
                left_aside += others
            else:
                left_aside += 1
    return sources, broken, left_aside


def _refuse(error: OSError) -> None:
    raise PermissionError(f"The folder {error.filename} cannot be read: {error.strerror}.") from None


def _members(path: Path, name: str, endings: set[str]) -> tuple[list[Source], int]:
    """Return the pictures in a tar file, and a count of its other files. A sparse file may claim any size.

    Raises ``tarfile.TarError`` if it is not a tar file, or not to its end.
    """
    sources, left_aside, changed = [], 0, path.stat().st_mtime_ns
    with tarfile.open(path, "r:") as tar:
        for member in tar:
            if member.isdir() or any(part.startswith(".") for part in Path(member.name).parts):
                continue
            if member.isreg() and not member.issparse() and Path(member.name).suffix.lower() in endings:
                sources.append(Source(path, f"{name}/{member.name}", member.size, changed, member.offset_data))
            else:
                left_aside += 1
        end = tar.offset
    with open(path, "rb") as file:  # tarfile takes the first block that it cannot read for the end
        file.seek(end)
        if any(file.read(BLOCK)):
            raise tarfile.ReadError(f"it is damaged after {len(sources)} pictures; unpack what is left of it")
    return sources, left_aside


def _checksum(sources: Sequence[Source], image_shape: Sequence[int]) -> str:
    """Return a checksum of the pictures' names, sizes and times of the last change, and of their new shape."""
    checksum = hashlib.sha256(repr(tuple(image_shape)).encode())
    for source in sources:
        checksum.update(f"{source.name}\0{source.size}\0{source.changed}\0".encode(errors="surrogateescape"))
    return checksum.hexdigest()


def _parts(sources: Sequence[Source], image_shape: Sequence[int]) -> dict[str, list[Source]]:
    """Deal the pictures to shards in random order; the last of them are held out."""
    drawn = torch.randperm(len(sources), generator=torch.Generator().manual_seed(0)).tolist()
    held_out = max(1, min(round(HELD_OUT * len(drawn)), MOST_HELD_OUT))
    each = max(1, SHARD_BYTES // _bytes_each(image_shape))
    return {
        f"{kind}-{number:06d}.tar": [sources[chosen] for chosen in numbers[first : first + each]]
        for kind, numbers in (("train", drawn[:-held_out]), ("held-out", drawn[-held_out:]))
        for number, first in enumerate(range(0, len(numbers), each))
    }


def _pack_part(path: Path, sources: Sequence[Source], image_shape: Sequence[int]) -> tuple[int, list[str]]:
    """Write one shard; return how many pictures it has, and which could not be read."""
    images = torch.empty(len(sources), *image_shape, dtype=torch.uint8)
    read, unreadable = 0, []
    for source in sources:
        try:
            images[read] = small_picture(source.content(), image_shape[1], image_shape[0])
            read += 1
        except Exception as error:  # a broken file can raise anything; the index names it
            unreadable.append(f"{source.name} ({reason_of(error)})")
    if read:
        write_shard(path, images[:read])
    return read, unreadable


def read_index(shards: str | Path) -> Index:
    """Return what ``pack`` found in a folder. Raises ``FileNotFoundError`` or, if it is damaged, ``ValueError``."""
    shards = files.as_path(shards)
    path = shards / INDEX
    content = files.read_whole(path, MOST_INDEX_BYTES)
    try:
        fields = json.loads(content)
        index = Index(**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})
        if max(checks.sizes(index.image_shape, "image_shape", "CHW")) > MAX_SIZE:
            raise ValueError("its pictures are too large")
        checks.grey_or_colour(index.image_shape[0])
        checks.whole(index.left_aside, "left_aside", 0)
        if not all(isinstance(name, str) for name in (*index.unreadable, index.source)):
            raise ValueError("its names are not text")
        for name, count in _files(index).items():
            count = checks.whole(count, name, 0)
            if count and (shards / name).stat().st_size < count * _bytes_each(index.image_shape):
                raise ValueError(f"{name} has fewer pictures")
    except (AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged ({error}). Remove {path.parent} and pack the pictures again.") from error
    return index


def _files(index: Index) -> dict[str, int]:
    """Return the names of all shards, held-out ones last, and how many pictures are in each."""
    counts = {f"train-{number:06d}.tar": count for number, count in enumerate(index.train)}
    return counts | {f"held-out-{number:06d}.tar": count for number, count in enumerate(index.held_out)}


class Shards:
    """The pictures in a folder written by ``pack``, by number: first those to train on, then those held out.

    ``image_shape`` is (C, H, W), ``train`` the range of numbers to train on, ``held_out`` that of the others. Raises
    as ``read_index`` does.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = files.as_path(folder)
        self.index = read_index(folder)
        self.image_shape = self.index.image_shape
        files_of = _files(self.index)
        self._names, self._firsts = list(files_of), [0, *itertools.accumulate(files_of.values())]
        self.train = range(sum(self.index.train))
        self.held_out = range(len(self.train), self._firsts[-1])
        self._open = functools.lru_cache(OPEN_FILES)(self._opened)

    def order(self, seed: int) -> torch.Tensor:
        """Return the numbers to train on, (N,), in an order that depends only on the seed.

        Up to 65,536 pictures, it is the order in which ``training.fit`` takes them. Beyond that, the shards are
        shuffled, and then each 65,536 pictures, so that only a few files are read at a time.
        """
        generator = torch.Generator().manual_seed(seed)
        if len(self.train) <= WINDOW:
            return torch.randperm(len(self.train), generator=generator)
        shards = torch.randperm(len(self.index.train), generator=generator).tolist()
        numbers = torch.cat([torch.arange(self._firsts[each], self._firsts[each + 1]) for each in shards])
        return torch.cat([part[torch.randperm(len(part), generator=generator)] for part in numbers.split(WINDOW)])

    def read(self, numbers: Sequence[int]) -> torch.Tensor:
        """Return the pictures with these numbers, ``uint8`` (N, C, H, W).

        Raises ``IndexError`` for a number that no picture has, ``ValueError`` for a damaged shard, and ``OSError`` for
        one that cannot be read.
        """
        channels, height, width = self.image_shape
        header = np.frombuffer(_header(self.image_shape), np.uint8)
        each = _bytes_each(self.image_shape)
        rows = np.zeros((len(numbers), len(header) + channels * height * width), np.uint8)
        for row, number in zip(rows, numbers, strict=True):
            if not 0 <= number < self._firsts[-1]:
                raise IndexError(f"There is no picture {number}: {self.folder} has {self._firsts[-1]:,}.")
            name, place = self._place(number)
            file = self._open(name)
            file.seek(place * each + BLOCK)
            if file.readinto(row) < len(row):
                raise self._damaged(number)
        wrong = (rows[:, : len(header)] != header).any(1)  # all at once: one by one would take half the time
        if wrong.any():
            raise self._damaged(numbers[int(wrong.argmax())])
        pixels = torch.from_numpy(rows[:, len(header) :].reshape(-1, height, width, channels))
        return pixels.permute(0, 3, 1, 2).contiguous()

    def _place(self, number: int) -> tuple[str, int]:
        """Return the shard that a picture is in, and its place there."""
        shard = bisect.bisect_right(self._firsts, number) - 1
        return self._names[shard], number - self._firsts[shard]

    def _damaged(self, number: int) -> ValueError:
        name, _ = self._place(number)
        return ValueError(f"{self.folder / name} is damaged. Remove {self.folder} and pack the pictures again.")

    def _opened(self, name: str) -> io.FileIO:
        return open(self.folder / name, "rb", buffering=0)
