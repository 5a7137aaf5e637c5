"""Read and write files, whole or not at all, and nothing but files. Does not depend on torch."""

import hashlib
import os
import re
import secrets
import socket
import stat
import time
import zlib
from contextlib import suppress
from importlib import resources
from pathlib import Path

STALE_SECONDS = 3600  # after this, nobody is still writing to an unfinished file
MACHINE = f"{zlib.crc32(socket.gethostname().encode()):08x}"  # the process numbers in names belong to this machine


def as_path(path: str | Path) -> Path:
    """Return a path, with ``~`` expanded to the home folder. Raises ``TypeError`` for anything but a path."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"A path must be a string or a pathlib.Path; got a {type(path).__name__}.")
    path = Path(path)
    try:
        return path.expanduser()
    except RuntimeError:  # the name begins like this, but there is no such user
        return path


def asset(name: str, sha256: str) -> bytes:
    """Return the content of a file in ``aelib/assets``. Raises ``ValueError`` if its SHA-256 is wrong."""
    content = resources.files("aelib").joinpath("assets", name).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"aelib/assets/{name} is damaged (wrong checksum). Install the package again.")
    return content


def read_whole(path: str | Path, most_bytes: int) -> bytes:
    """Return the content of a file; never wait for a pipe, or read a device without end.

    Raises ``FileNotFoundError``, ``PermissionError``, or ``ValueError`` if it is not a file or has more than
    ``most_bytes``.
    """
    path = as_path(path)
    try:
        _size(os.stat(path), path, most_bytes)  # before opening it, which a device might take for a command
        with open(path, "rb", opener=_without_waiting) as file:
            # The size of what is now open: a writer may have put a newer file there, or this one may be growing.
            return file.read(_size(os.fstat(file.fileno()), path, most_bytes))
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(f"There is no file {path} (looked in {Path.cwd()}).") from None
    except PermissionError:
        raise PermissionError(f"You have no permission to read {path}. Ask its owner to allow it.") from None
    except OSError as error:  # links that lead to each other, a name that is too long
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None


def _size(status: os.stat_result, path: Path, most_bytes: int) -> int:
    """Return how many bytes a file has; refuse anything but a file, or one too large."""
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path} is {_kind(status.st_mode)}, not a file.")
    if status.st_size > most_bytes:
        raise ValueError(f"{path} is larger than {most_bytes / 1e6:,.0f} MB, more than is read here.")
    return status.st_size


def _without_waiting(path: str, flags: int) -> int:
    """Open a path without waiting, as a pipe does, for somebody to write to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file in one go: a crash leaves the old file or the new one, never half of one.

    If several write to one path at the same time, the last wins. A missing folder is created. Raises ``OSError`` if the
    file cannot be written, or if the path already holds something other than a file: a folder, a device, or a link,
    which would be replaced.
    """
    path = as_path(path)
    if os.path.lexists(path) and not stat.S_ISREG(mode := os.lstat(path).st_mode):
        raise OSError(f"{path} is {_kind(mode)}, not a file, so it was left alone. Choose another name.")
    no_permission = f"You have no permission to write {path}. Choose a folder of your own."
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(f"{path.parent} is a file, not a folder. Choose another name.") from None
    except PermissionError:
        raise PermissionError(no_permission) from None
    beginning = f".{path.name[:40]}."  # not all of a long name: a name has at most 255 bytes
    _remove_stale(path.parent, beginning)
    unfinished = path.with_name(f"{beginning}{MACHINE}.{os.getpid()}.{secrets.token_hex(4)}.unfinished")
    try:
        file = open(unfinished, "xb")  # noqa: SIM115  x: never through a link put there by somebody
    except PermissionError:
        raise PermissionError(no_permission) from None
    except OSError as error:
        error.filename = str(path)  # which says more than the name of the unfinished one
        raise
    try:
        with file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:  # such as a full disk, where it has no name at all
        error.filename = str(path)
        raise
    finally:
        unfinished.unlink(missing_ok=True)


def _remove_stale(folder: Path, beginning: str) -> None:
    """Remove what killed writers have left behind, as far as that is allowed; never raise."""
    name = re.compile(re.escape(beginning) + r"(?:([0-9a-f]{8})\.(\d+)\.[0-9a-f]{8}\.)?unfinished")
    with suppress(OSError):  # a folder may be writable but not listable
        for file in list(folder.iterdir()):
            match = name.fullmatch(file.name)
            with suppress(OSError):  # just finished by a live writer; somebody else's; a folder
                if match and (not _runs(match[1], match[2]) or time.time() - file.lstat().st_mtime > STALE_SECONDS):
                    file.unlink()


def _runs(machine: str | None, process: str | None) -> bool:
    """Return whether a process of that number is running, as far as one can tell."""
    if process is None:
        return False
    if machine != MACHINE:  # another machine, which shares the folder
        return True
    if os.name != "posix":  # asking would end the process
        return True
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's process
        pass
    return True


def _kind(mode: int) -> str:
    kinds = {stat.S_ISDIR: "a folder", stat.S_ISLNK: "a symbolic link", stat.S_ISFIFO: "a pipe"}
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "a device or a socket")
