"""Files are written whole or not at all, whoever else writes, and nothing but files is read or replaced."""

import errno
import os
import secrets
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import give_up_the_powers_of_root, in_new_process, processes

from aelib import files

SIZE = 100_000


def names_in(folder):
    return sorted(file.name for file in folder.iterdir())


# Written whole


def write_often(path, letter, times):
    for _ in range(times):
        files.write_whole(path, letter * SIZE)


def read_until(path, done):
    """Read again and again until a file is there that says that all is written; return how many times."""
    times = 0
    while not done.exists():
        content = files.read_whole(path, 2 * SIZE)
        assert len(content) == SIZE and content == content[:1] * SIZE, "parts of two files, or of one"
        times += 1
    return times


def test_two_who_write_to_one_path_disturb_neither_each_other_nor_those_who_read(tmp_path):
    path, done = tmp_path / "shared.bin", tmp_path / "done"
    files.write_whole(path, b"0" * SIZE)
    with ProcessPoolExecutor(4, mp_context=processes) as executor:
        readers = [executor.submit(read_until, path, done) for _ in range(2)]
        writers = [executor.submit(write_often, path, letter, 300) for letter in (b"1", b"2")]
        try:
            for writer in writers:
                writer.result(timeout=120)
        finally:
            done.touch()
        assert min(reader.result(timeout=60) for reader in readers) > 10
    assert path.read_bytes()[:1] in (b"1", b"2")
    assert names_in(tmp_path) == ["done", "shared.bin"]


KILLED = """
import os, signal, sys
from aelib import files
os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
files.write_whole(sys.argv[1], b"new" * 100_000)
"""


def test_what_a_killed_writer_leaves_is_removed_by_the_next_and_never_read(tmp_path):
    path = tmp_path / "run.bin"
    files.write_whole(path, b"old")
    assert subprocess.run([sys.executable, "-c", KILLED, path]).returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old" and len(names_in(tmp_path)) == 2
    files.write_whole(path, b"newer")
    assert path.read_bytes() == b"newer" and names_in(tmp_path) == ["run.bin"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    def full_disk(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "run.bin"
    files.write_whole(path, b"old")
    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, full_disk)
            with pytest.raises(OSError, match=f"No space left on device: '{path}'"):
                files.write_whole(path, b"new")
        assert path.read_bytes() == b"old" and names_in(tmp_path) == ["run.bin"]


def test_what_others_are_writing_stays_and_what_nobody_writes_any_more_goes(tmp_path):
    alive = f".run.bin.{files.MACHINE}.{os.getpid()}.0123abcd.unfinished"
    of_old = f".run.bin.{files.MACHINE}.{os.getpid()}.ffffffff.unfinished"
    no_number = f".run.bin.{files.MACHINE}.{'9' * 30}.00000000.unfinished"
    elsewhere = f".run.bin.{'0' * 8}.{'9' * 30}.00000000.unfinished"  # by a machine that shares the folder
    others = [".run.bin.unfinished.txt", ".other.bin.1.00000000.unfinished", ".run.bin.x.00000000.unfinished"]
    for name in (alive, elsewhere, of_old, no_number, ".run.bin.unfinished", *others):
        (tmp_path / name).write_bytes(b"half a file")
    two_hours_ago = time.time() - 7200
    os.utime(tmp_path / of_old, (two_hours_ago, two_hours_ago))
    files.write_whole(tmp_path / "run.bin", b"whole")
    assert names_in(tmp_path) == sorted(["run.bin", alive, elsewhere, *others])


def test_what_may_not_be_removed_keeps_nobody_from_writing(tmp_path):
    (tmp_path / ".run.bin.unfinished").mkdir()
    files.write_whole(tmp_path / "run.bin", b"whole")
    assert (tmp_path / "run.bin").read_bytes() == b"whole" and (tmp_path / ".run.bin.unfinished").is_dir()


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077, 0o002])
def test_who_may_read_a_file_is_as_usual(tmp_path, umask):
    before = os.umask(umask)
    try:
        for _ in range(2):  # a new one, and one in the place of another
            files.write_whole(tmp_path / "run.bin", b"whole")
            assert stat.S_IMODE((tmp_path / "run.bin").stat().st_mode) == 0o666 & ~umask
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    "name", ["a" * 246 + ".bin", "图像" * 40 + ".bin", "🙂" * 60, "two  words; $HOME", "[ab]*.bin", "-rf"]
)
def test_any_name_that_a_file_can_have(tmp_path, name):
    for content in (b"first", b"second"):
        files.write_whole(tmp_path / name, content)
        assert files.read_whole(tmp_path / name, 10) == content
    assert names_in(tmp_path) == [name]


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_names_of_any_letters(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("names")
    if name in (".", "..") or len(os.fsencode(name)) > 255:
        return
    files.write_whole(folder / name, b"content")
    assert names_in(folder) == [name] and files.read_whole(folder / name, 10) == b"content"


def test_folders_are_made_where_they_are_missing_and_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    files.write_whole("~/runs/run.bin", b"content")
    assert (tmp_path / "home" / "runs" / "run.bin").read_bytes() == b"content"
    assert files.read_whole("~/runs/run.bin", 10) == b"content"
    files.write_whole("~nobody-is-called-so/run.bin", b"here")
    assert (tmp_path / "~nobody-is-called-so" / "run.bin").read_bytes() == b"here"


@pytest.mark.parametrize("path", [5, None, b"run.bin", ["run.bin"]])
def test_what_is_no_path_is_refused(path):
    for work in (lambda: files.write_whole(path, b""), lambda: files.read_whole(path, 10)):
        with pytest.raises(TypeError, match="A path must be a string or a pathlib"):
            work()


# Nothing but files


def a_folder(path):
    path.mkdir()


def a_device(path):
    """Make what swallows all that is written to it, or, where one may not, a socket, which is refused as such."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except (PermissionError, AttributeError):
        a_socket(path)


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def a_link_to_a_file(path):
    (path.parent / "elsewhere").write_bytes(b"somebody else's")
    path.symlink_to(path.parent / "elsewhere")


def a_link_to_a_folder(path):
    path.symlink_to(path.parent)


def a_dangling_link(path):
    path.symlink_to("nowhere")


NO_FILES = {
    "a folder": a_folder,
    "a pipe": os.mkfifo,
    "a device or a socket": a_device,
    "a device or a socket ": a_socket,
    "a symbolic link": a_link_to_a_file,
    "a symbolic link ": a_link_to_a_folder,
    "a symbolic link  ": a_dangling_link,
}


@pytest.mark.parametrize(("kind", "make"), NO_FILES.items(), ids=[make.__name__ for make in NO_FILES.values()])
def test_what_is_no_file_is_not_replaced(tmp_path, monkeypatch, kind, make):
    monkeypatch.chdir(tmp_path)  # the path of a socket has at most some hundred letters
    path = tmp_path / "x"
    make(path)
    before, entries = os.lstat(path), names_in(tmp_path)
    with pytest.raises(OSError, match=f"x is {kind.strip()}, not a file, so it was left alone. Choose another name"):
        files.write_whole(path, b"new")
    assert os.path.samestat(os.lstat(path), before) and os.lstat(path).st_mode == before.st_mode
    assert names_in(tmp_path) == entries
    if path.is_file():
        assert path.read_bytes() == b"somebody else's"


@pytest.mark.parametrize("is_old_name", [False, True])
def test_nothing_is_written_through_a_link_that_somebody_has_put_where_the_file_begins(
    tmp_path, monkeypatch, is_old_name
):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    monkeypatch.setattr(secrets, "token_hex", lambda *_: "0123abcd")
    planted = tmp_path / (
        ".run.bin.unfinished" if is_old_name else f".run.bin.{files.MACHINE}.{os.getpid()}.0123abcd.unfinished"
    )
    planted.symlink_to(victim)
    if is_old_name:
        files.write_whole(tmp_path / "run.bin", b"new")
        assert not (tmp_path / "run.bin").is_symlink() and (tmp_path / "run.bin").read_bytes() == b"new"
    else:  # which nobody can guess
        with pytest.raises(FileExistsError):
            files.write_whole(tmp_path / "run.bin", b"new")
        assert planted.is_symlink(), "it is not ours to remove"
    assert victim.read_bytes() == b"precious" and not victim.is_symlink()


@pytest.fixture
def at_once():
    """Break off what waits for longer than ten seconds, as who opens a pipe would for ever."""

    def too_late(*_):
        raise TimeoutError("it waits")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("make", "kind"),
    [(a_folder, "a folder"), (os.mkfifo, "a pipe"), (a_device, "a device or a socket"),
     (a_socket, "a device or a socket"), (a_link_to_a_folder, "a folder")],
)  # fmt: skip
def test_what_is_no_file_is_not_read(tmp_path, monkeypatch, make, kind):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "x")
    with pytest.raises(ValueError, match=f"x is {kind}, not a file."):
        files.read_whole(tmp_path / "x", 10)


def test_a_file_is_read_through_a_link(tmp_path):
    a_link_to_a_file(tmp_path / "x")
    assert files.read_whole(tmp_path / "x", 100) == b"somebody else's"


def test_a_file_that_is_missing_is_told_with_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a_dangling_link(tmp_path / "link")
    (tmp_path / "file").touch()
    for missing in ("nowhere.bin", "no/folder.bin", "link", "file/in-a-file.bin"):
        with pytest.raises(FileNotFoundError, match=f"There is no file {missing} .looked in {tmp_path}"):
            files.read_whole(missing, 10)


def test_a_file_is_read_up_to_the_size_that_is_allowed(tmp_path):
    path = tmp_path / "run.bin"
    path.write_bytes(b"x" * 2_000_000)
    assert len(files.read_whole(path, 2_000_000)) == 2_000_000
    with pytest.raises(ValueError, match=r"run\.bin is larger than 2 MB, more than is read here"):
        files.read_whole(path, 1_999_999)
    sparse = tmp_path / "sparse.bin"
    with open(sparse, "wb") as file:
        file.truncate(2**40)  # a thousand gigabytes, which are nowhere
    with pytest.raises(ValueError, match="larger than 1 MB"):
        files.read_whole(sparse, 10**6)


def without_the_powers_of_root(work, *arguments):
    give_up_the_powers_of_root()
    try:
        return work(*arguments)
    except OSError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("locked", ["inner/run.bin", "inner"])
def test_a_file_without_permission_to_read_it_is_told(tmp_path, locked):
    path = tmp_path / "inner" / "run.bin"
    files.write_whole(path, b"secret")
    (tmp_path / locked).chmod(0)
    said = in_new_process(without_the_powers_of_root, files.read_whole, path, 10)
    (tmp_path / locked).chmod(0o700)
    assert said == f"PermissionError: You have no permission to read {path}. Ask its owner to allow it."


def test_in_a_folder_that_one_may_not_list_one_can_write_all_the_same(tmp_path):
    tmp_path.chmod(0o333)
    assert in_new_process(without_the_powers_of_root, files.write_whole, tmp_path / "run.bin", b"whole") is None
    tmp_path.chmod(0o777)
    assert (tmp_path / "run.bin").read_bytes() == b"whole"


def test_the_leftovers_of_others_keep_nobody_from_writing_where_all_may_write(tmp_path):
    leftover = tmp_path / f".run.bin.{files.MACHINE}.{'9' * 30}.00000000.unfinished"
    leftover.touch()
    tmp_path.chmod(0o1777)  # as /tmp is: each may remove only files of their own
    try:
        for path in (leftover, tmp_path):
            os.chown(path, 65_534, 65_534)
        of_others = True
    except OSError:  # only root can give a file away, and only where there is somebody else
        of_others = False
    assert in_new_process(without_the_powers_of_root, files.write_whole, tmp_path / "run.bin", b"whole") is None
    assert (tmp_path / "run.bin").read_bytes() == b"whole"
    assert leftover.exists() == of_others


def test_writing_files_needs_no_torch():
    script = "import sys; from aelib import files; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"


def test_links_that_lead_to_each_other_and_folders_that_are_files_are_told(tmp_path):
    (tmp_path / "b.png").symlink_to("b.png")
    with pytest.raises(ValueError, match="cannot be read"):
        files.read_whole(tmp_path / "b.png", 10)
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        files.write_whole(tmp_path / "file" / "run.bin", b"whole")


def test_a_folder_that_may_not_be_made_is_told(tmp_path):
    tmp_path.chmod(0o555)
    said = in_new_process(without_the_powers_of_root, files.write_whole, tmp_path / "new" / "run.bin", b"whole")
    tmp_path.chmod(0o755)
    assert said.startswith(f"PermissionError: You have no permission to write {tmp_path}/new/run.bin.")


def test_a_file_without_permission_to_write_it_is_told(tmp_path):
    tmp_path.chmod(0o555)
    said = in_new_process(without_the_powers_of_root, files.write_whole, tmp_path / "run.bin", b"whole")
    tmp_path.chmod(0o755)
    assert said == f"PermissionError: You have no permission to write {tmp_path}/run.bin. Choose a folder of your own."


@pytest.mark.parametrize("newer", [b"long " * 100, b"s"], ids=["longer", "shorter"])
def test_a_file_that_is_replaced_while_it_is_read_is_read_whole(tmp_path, monkeypatch, newer):
    path = tmp_path / "run.bin"
    path.write_bytes(b"older")
    look = os.stat

    def look_and_replace(which, **options):
        status = look(which, **options)
        if which == path:
            files.write_whole(tmp_path / "new.bin", newer)
            os.replace(tmp_path / "new.bin", path)
        return status

    monkeypatch.setattr(os, "stat", look_and_replace)
    assert files.read_whole(path, 1000) == newer


def test_a_pipe_that_takes_the_place_of_a_file_hangs_nobody(tmp_path, monkeypatch):
    path = tmp_path / "run.bin"
    path.write_bytes(b"older")
    look = os.stat

    def look_and_replace(which, **options):
        status = look(which, **options)
        if which == path:
            path.unlink()
            os.mkfifo(path)
        return status

    monkeypatch.setattr(os, "stat", look_and_replace)
    with pytest.raises(ValueError, match="is a pipe, not a file"):
        files.read_whole(path, 1000)
