"""The beginning of a lesson runs wherever learners have the course, and when they run it again."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4

import notebooks

LESSON = notebooks.LESSONS[0]  # up to whose first widget it is a few seconds
HERE = """
import aelib, pathlib
assert pathlib.Path(aelib.__file__).parents[1] == pathlib.Path.cwd().parent, aelib.__file__
"""
# A view of a folder, for one command, in which nothing can be written there; the folder itself stays as it is.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && ! touch x 2>/dev/null && exec "$@"'


def beginning():
    """Return the lesson up to its first widget."""
    notebook = nbformat.read(LESSON, as_version=4)
    notebook.cells = notebook.cells[: notebooks.widget_cells(notebook)[0] + 1]
    return notebook


def copy_course(folder):
    """Copy the package, and the beginning of the lesson, which must use that copy; return its path."""
    shutil.copytree(notebooks.ROOT / "aelib", folder / "aelib", ignore=shutil.ignore_patterns("__pycache__"))
    lesson = beginning()
    lesson.cells.append(v4.new_code_cell(HERE))
    (folder / "notebooks").mkdir()
    nbformat.write(lesson, folder / "notebooks" / LESSON.name)
    return folder / "notebooks" / LESSON.name


def run(lesson, *before):
    """Run all cells of a copied lesson in a process of its own; ``before``: what starts the program."""
    program = "import pathlib, sys, notebooks; notebooks.execute(pathlib.Path(sys.argv[1]))"
    places = os.pathsep.join([str(lesson.parents[1]), str(notebooks.ROOT / "tools")])
    result = subprocess.run(
        [*before, sys.executable, "-c", program, str(lesson)],
        env=os.environ | {"PYTHONPATH": places},
        cwd=lesson.parent,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


def test_in_a_folder_with_spaces_and_letters_of_other_alphabets(tmp_path):
    run(copy_course(tmp_path / "Übungen zum Kurs 自动编码器"))


def test_in_a_folder_that_cannot_be_written_to(tmp_path):
    before = ["unshare", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, str(tmp_path)]
    if not shutil.which("unshare") or subprocess.run([*before, "true"], capture_output=True).returncode:
        pytest.skip("This machine does not let us make a folder read-only for one process (unshare).")
    run(copy_course(tmp_path), *before)


def test_twice_in_one_kernel(tmp_path):
    lesson = beginning()
    lesson.cells += [nbformat.from_dict({**cell, "id": f"{cell.id}-again"}) for cell in lesson.cells]
    nbformat.write(lesson, tmp_path / LESSON.name)
    notebooks.execute(tmp_path / LESSON.name)


@pytest.mark.parametrize(("address", "is_said"), [("git+file:///nowhere/OWNER", True), ("pip", False)])
def test_on_colab_the_set_up_cell_says_when_the_project_has_no_address_yet(address, is_said, tmp_path):
    [cell] = notebooks.set_up_cells(nbformat.read(LESSON, as_version=4))
    before, install = re.match(r"(.*?)(    %pip .*?)\n", cell, re.DOTALL).groups()
    on_colab = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')\n"
    program = on_colab + before + re.sub(r"git\+https://\S+", address, install)
    result = subprocess.run(
        [sys.executable, "-m", "IPython", "-c", program],
        env=os.environ | {"IPYTHONDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert ("its owner still has to run: make publish" in result.stdout) == is_said, result.stdout
