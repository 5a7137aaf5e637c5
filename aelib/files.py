"""Read and write files, whole or not at all, and nothing but files. Knows nothing of torch."""

import os
import re
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path

STALE_SECONDS = 3600  # after which nobody writes to an unfinished file any more


def as_path(path: str | Path) -> Path:
    """Return a path, with ``~`` for the home folder. Raises ``TypeError`` for what is none."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"A path must be a text or a pathlib.Path; got {path!r}.")
    path = Path(path)
    try:
        return path.expanduser()
    except RuntimeError:  # a file whose name begins so, and no user is called like that
        return path


def read_whole(path: str | Path, most_bytes: int) -> bytes:
    """Return the content of a file; never waits for a pipe, or reads a device without end.

    Raises ``FileNotFoundError``, ``PermissionError``, or ``ValueError`` for what is no file or has more than
    ``most_bytes``.
    """
    path = as_path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path} (looked in {Path.cwd()}).")
    if not path.is_file():
        raise ValueError(f"{path} is no file, but {_kind(path)}.")
    try:
        with open(path, "rb") as file:
            content = file.read(most_bytes + 1)
    except PermissionError:
        raise PermissionError(f"You have no permission to read {path}. Ask its owner to allow it.") from None
    if len(content) > most_bytes:
        raise ValueError(f"{path} is larger than {most_bytes / 1e6:,.0f} MB, more than is read here. Save it in parts.")
    return content


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file in one go: a crash leaves the old file or the new one, never half of one.

    Of several who write to one path at the same time, the last wins. Its folder is made where it is missing. Raises
    ``OSError`` when the file cannot be written, or when something that is no file is there already: a folder, a device,
    a link, which would be replaced.
    """
    path = as_path(path)
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(f"{path} is no file, but {_kind(path)}, and stays as it is. Give another name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    beginning = f".{path.name[:40]}."  # not all of a long name: names have at most 255 bytes
    _remove_stale(path.parent, beginning)
    unfinished = path.with_name(f"{beginning}{os.getpid()}.{secrets.token_hex(4)}.unfinished")
    try:
        with open(unfinished, "xb") as file:  # x: never through a link that somebody has put there
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _remove_stale(folder: Path, beginning: str) -> None:
    """Remove what writers have left behind that were killed."""
    name = re.compile(re.escape(beginning) + r"(?:(\d+)\.[0-9a-f]{8}\.)?unfinished")
    for file in folder.iterdir():
        match = name.fullmatch(file.name)
        with suppress(FileNotFoundError):  # its writer may have been alive, and have finished just now
            if match and (not _runs(match[1]) or time.time() - file.lstat().st_mtime > STALE_SECONDS):
                file.unlink()


def _runs(process: str | None) -> bool:
    """Return whether there is a process of that number, as far as one can tell."""
    if process is None:
        return False
    if os.name != "posix":  # where the question would end the process
        return True
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # of somebody else
        pass
    return True


def _kind(path: Path) -> str:
    mode = os.lstat(path).st_mode
    kinds = {stat.S_ISDIR: "a folder", stat.S_ISLNK: "a symbolic link", stat.S_ISFIFO: "a pipe"}
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "a device or a socket")
