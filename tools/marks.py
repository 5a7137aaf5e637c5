"""Say which exercises are solved in the notebooks that learners have handed in.

    python tools/marks.py FOLDER

Of each notebook, only the cells run that the exercises need, and the exercises; in a fresh kernel, and in an empty
folder. No notebook is changed. This is other people's code: run it where it can do no harm.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from aelib.exercises.progress import SOLVED

NEEDED = {"set-up", "shared", "exercise"}  # tags of cells
MOST_SECONDS = 180  # for a cell; the slowest check, with the training in it, takes less than half of that
MOST_SHOWN = 200  # characters of what an answer was told


class Marks(NamedTuple):
    """What a notebook solves: the numbers of the exercises, of how many, and what its other cells were told."""

    solved: list[str]
    exercises: int
    told: list[str]

    def __str__(self) -> str:
        """Return that in a line, and in one more for each thing told."""
        line = f"{', '.join(self.solved) or 'none'} ({len(self.solved)} of {self.exercises})"
        return "\n  ".join([line, *self.told])


def mark(path: Path) -> Marks:
    """Run the exercises of a notebook. Raises ``ValueError`` if it is no notebook, or one without exercises."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # a file from outside may be anything
        raise ValueError(f"no notebook: {type(error).__name__}") from error
    notebook.cells = [cell for cell in notebook.cells if NEEDED & set(cell.metadata.get("tags", []))]
    exercises = sum("exercise" in cell.metadata.tags for cell in notebook.cells)
    if not exercises:
        raise ValueError("no cell has the tag exercise: is it a lesson of this course?")
    for cell in notebook.cells:
        cell.outputs = []  # what the learner saw
    with tempfile.TemporaryDirectory() as folder:
        progress = Path(folder) / "progress.txt"
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=MOST_SECONDS,
            interrupt_on_timeout=True,  # and go on with the next cell
            allow_errors=True,
            resources={"metadata": {"path": folder}},
        )
        client.extra_arguments = ["--log-level=ERROR"]  # or the kernel warns that its TCP is not encrypted
        begun, told = [], []
        client.on_cell_start = lambda cell, cell_index: begun.append(cell)
        try:
            client.execute(env=os.environ | {"AELIB_PROGRESS": str(progress)})
        except DeadKernelError:
            told = [f"{_called(begun[-1])} ended the kernel, and no cell below it ran"]
        solved = SOLVED.findall(progress.read_text(encoding="utf-8")) if progress.exists() else []
    return Marks(solved, exercises, [*filter(None, map(_told, notebook.cells)), *told])


def _told(cell: NotebookNode) -> str:
    """Return the error at which a cell stopped, or what its check said of an answer that is begun but not solved."""
    for output in cell.outputs:
        if output.output_type == "error":
            return f"{_called(cell)} stopped: {output.ename}: {output.evalue}"[:MOST_SHOWN]
        if output.output_type == "execute_result" and "exercise" in cell.metadata.tags:
            said = output.data.get("text/plain", "")
            return "" if said.startswith(("Solved", "Not solved yet")) else f"{_called(cell)} says: {said}"[:MOST_SHOWN]
    return ""


def _called(cell: NotebookNode) -> str:
    """Return the last line of a cell: in an exercise, the call of its check."""
    return cell.source.strip().splitlines()[-1]


def main(folder: Path) -> int:
    """Print a line for each notebook in ``folder`` and below; return 1 if one could not be marked, else 0.

    Where there are folders for the learners, their sums come last, also of those who handed in no notebook.
    """
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        print(f"There is no notebook in {folder}.")
        return 1
    learners = sorted(each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    failures, solved_by = 0, {learner: set() for learner in learners}
    for path in paths:
        name = path.relative_to(folder)
        try:
            marks = mark(path)
        except ValueError as error:
            print(f"{name}: {error}")
            failures += 1
            continue
        print(f"{name}: {marks}", flush=True)
        if name.parts[0] in solved_by:
            solved_by[name.parts[0]] |= set(marks.solved)  # a notebook may come twice
    for learner, solved in solved_by.items():
        has_notebook = any(path.relative_to(folder).parts[0] == learner for path in paths)
        print(f"{learner}: {len(solved)} solved" if has_notebook else f"{learner}: no notebook")
    return min(failures, 1)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Say which exercises are solved in learners' notebooks.")
    arguments.add_argument("folder", type=Path, help="the folder with the notebooks, or with folders of them")
    sys.exit(main(arguments.parse_args().folder))
