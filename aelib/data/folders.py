"""Load folders of pictures, all at one size, with or without a class for each sub-folder."""

import os
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from tqdm.auto import tqdm

from aelib import checks, files
from aelib.data.pictures import MAX_PICTURE_BYTES, PICTURE_FORMATS, on_white, reason_of

NAMED = 5  # unread files that a warning names; thousands would bury the message
NO_ENDING = "file without an ending"
SEVERAL = {NO_ENDING: "files without an ending", "sub-folder": "sub-folders", "loose picture": "loose pictures"}
MAX_SIZE = 4096  # a picture of this size takes 50 MB


def load_folder(path: str | Path, size: int, channels: int = 3) -> torch.Tensor:
    """Load all pictures in a folder, in order of name, as ``uint8`` images (N, channels, size, size).

    If the folder itself has no pictures, those in its sub-folders are read, one sub-folder after the other.

    PNG, JPEG, GIF, BMP, TIFF, WebP, PPM and, if Pillow can read it, AVIF files of any size and mode are turned upright
    (EXIF), laid on white where transparent, cropped to the middle square and resized; ``channels`` is 3 for colour, 1
    for grey, ``size`` at most 4096. Only the first frame of an animation is read. Hidden files are ignored.

    A picture that cannot be read is skipped, and a warning names it; another warning counts files of other kinds.
    Raises ``ValueError`` if no picture is left, or for an impossible ``size`` or ``channels``;
    ``NotADirectoryError`` if it is not a folder, ``PermissionError`` if it or a picture in it may not be read.
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
    """Load a folder with a sub-folder of pictures for each class; return images, labels and class names.

    The images are ``uint8`` (N, channels, size, size), read as ``load_folder`` reads them; the labels are ``int64``
    (N,), each an index into the names, which are the sub-folders that have pictures. Raises as ``load_folder`` does.
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
    """Return a folder's pictures and sub-folders, sorted by name, and a count of other endings."""
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
    endings = picture_endings()
    folders = [Path(entry) for entry in entries if os.path.isdir(entry)]  # entry.is_dir raises for odd links
    others = [Path(entry) for entry in entries if not os.path.isdir(entry)]
    pictures = [file for file in others if file.suffix.lower() in endings]
    return (
        pictures,
        folders,
        Counter(file.suffix.lower() or NO_ENDING for file in others if file.suffix.lower() not in endings),
    )


def picture_endings() -> set[str]:
    """Return the endings of the pictures that can be read, in lower case, with the full stop."""
    return {ending for ending, kind in Image.registered_extensions().items() if kind in PICTURE_FORMATS}


def _in_folders(folders: list[Path], aside: Counter[str]) -> list[Path]:
    """Return the pictures in sub-folders, one after the other; add the rest to the counts in ``aside``."""
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
    """Return images (N, channels, size, size) and their files; warn about all others."""
    size = checks.whole(size, "size", 1, MAX_SIZE)
    channels = checks.grey_or_colour(channels)
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
            images[len(read)] = small_picture(files.read_whole(file, MAX_PICTURE_BYTES), size, channels)
            read.append(file)
        except PermissionError:
            raise
        except Exception as error:  # a broken file can raise anything; the warning names it
            unreadable.append(f"{file.relative_to(path)} ({reason_of(error)})")
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
    """Return a report of what was not a picture, or an empty string."""
    kinds = [f"{count:,} {kind if count == 1 else SEVERAL.get(kind, kind)}" for kind, count in (+aside).most_common()]
    if not kinds:
        return ""
    if len(kinds) > NAMED:
        kinds[NAMED:] = [f"and {len(kinds) - NAMED:,} more kinds"]
    return (
        f"Left aside in {path}: {', '.join(kinds)}. Pictures are read as {', '.join(PICTURE_FORMATS)}; save others, "
        f"such as HEIC, RAW or the frames of a video, as JPEG."
    )


def small_picture(content: bytes, size: int, channels: int) -> torch.Tensor:
    """Return the middle square of a picture, given as the content of its file, as ``uint8`` (channels, size, size).

    A broken file can raise anything.
    """
    # JPEG can be decoded at a half, a quarter or an eighth of its size; twice the target is enough to resize well.
    picture = on_white(content, least_sides=(2 * size, 2 * size))
    picture = ImageOps.fit(picture.convert("RGB" if channels == 3 else "L"), (size, size), Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(picture))  # (size, size) or (size, size, 3)
    return pixels[None] if channels == 1 else pixels.permute(2, 0, 1)
