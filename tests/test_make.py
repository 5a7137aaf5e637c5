"""Which build of PyTorch `make` installs: the small one where that is enough. And what `make class` leaves alone."""

import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyTorch has one build only")


def write_wheel(folder, name):
    """Write a package without content, as an index has it."""
    folder.mkdir(parents=True)
    info = f"{name}-9.0+cpu.dist-info"
    with zipfile.ZipFile(folder / f"{name}-9.0+cpu-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.0+cpu\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Serve an index of packages with a torch and a torchvision; return its address."""
    folder = tmp_path_factory.mktemp("index")
    for name in ("torch", "torchvision"):
        write_wheel(folder / name, name)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a folder with the Makefile, where a first `make` has created .venv; it found no index."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "Makefile", folder)
    make(folder, has_gpu=False)
    return folder


def make(folder, has_gpu, **variables):
    """Install PyTorch into the folder's .venv; return what was said, and whether the small build is there."""
    for left in folder.glob(".venv/lib/*/site-packages/torch*"):
        shutil.rmtree(left)
    (folder / ".venv" / "torch").unlink(missing_ok=True)
    smi = folder / "bin" / "nvidia-smi"
    smi.parent.mkdir(exist_ok=True)
    smi.write_text(f"#!/bin/sh\nexit {0 if has_gpu else 9}\n")
    smi.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "TORCH"))}
    environment |= {"PATH": f"{smi.parent}:{os.environ['PATH']}", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        variables = {"TORCH_INDEX": f"http://127.0.0.1:{closed.getsockname()[1]}", "PYTHON": sys.executable} | variables
        result = subprocess.run(
            ["make", ".venv/torch", *(f"{name}={value}" for name, value in variables.items())],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
    installed = {path.name for path in folder.glob(".venv/lib/*/site-packages/torch*.dist-info")}
    assert installed in (set(), {"torch-9.0+cpu.dist-info", "torchvision-9.0+cpu.dist-info"})
    return result, bool(installed)


def test_without_a_gpu_the_small_build_comes_from_its_index(course, index):
    result, is_small = make(course, has_gpu=False, TORCH_INDEX=index)
    assert result.returncode == 0 and is_small, result.stderr
    assert "No NVIDIA GPU here: PyTorch comes in its small build; TORCH=cuda takes the large one." in result.stdout


def test_where_the_index_does_not_answer_the_usual_build_is_taken_and_that_is_said(course):
    result, is_small = make(course, has_gpu=False)
    assert result.returncode == 0 and not is_small, result.stderr
    assert "No NVIDIA GPU here, but http://127.0.0.1:" in result.stdout and "does not answer" in result.stdout


@pytest.mark.parametrize(("has_gpu", "torch"), [(True, ""), (False, "cuda"), (True, "cuda")])
def test_with_a_gpu_or_when_asked_for_the_usual_build_is_taken(has_gpu, torch, course, index):
    result, is_small = make(course, has_gpu, TORCH=torch, TORCH_INDEX=index)
    assert result.returncode == 0 and not is_small and "GPU" not in result.stdout, result.stderr


def test_the_small_build_comes_to_a_gpu_too_when_asked_for(course, index):
    result, is_small = make(course, has_gpu=True, TORCH="cpu", TORCH_INDEX=index)
    assert result.returncode == 0 and is_small, result.stderr


def test_the_small_build_that_was_asked_for_and_cannot_be_had_is_an_error(course):
    result, is_small = make(course, has_gpu=True, TORCH="cpu")
    assert result.returncode != 0 and not is_small
    assert not (course / ".venv" / "torch").exists(), "the next make would not try again"


def test_a_class_folder_with_work_in_it_is_left_as_it_is(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    solved = tmp_path / "class" / "01_concepts.ipynb"
    solved.parent.mkdir()
    solved.write_text("an afternoon's work")
    asked = ["make", "--old-file=.venv/installed", "class"]
    result = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode and "rename it first" in result.stderr
    assert solved.read_text() == "an afternoon's work"
