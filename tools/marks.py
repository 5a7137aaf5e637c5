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

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from aelib.exercises.progress import SOLVED

NEEDED = {"set-up", "shared", "exercise"}  # tags of cells
MOST_SECONDS = 180  # for a cell; the slowest check, with the training in it, takes less than half of that


def mark(path: Path) -> str:
    """Run the exercises of a notebook; return the numbers of those solved, and which cells stopped, in a line or more.

    Raises ``ValueError`` if it is no notebook, or one without exercises.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # a file from outside may be anything
        raise ValueError(f"no notebook: {type(error).__name__}") from error
    notebook.cells = [cell for cell in notebook.cells if NEEDED & set(cell.metadata.get("tags", []))]
    exercises = [cell for cell in notebook.cells if "exercise" in cell.metadata.tags]
    if not exercises:
        raise ValueError("no cell has the tag exercise: is it a lesson of this course?")
    with tempfile.TemporaryDirectory() as folder:
        progress = Path(folder) / "progress.txt"
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=MOST_SECONDS,
            allow_errors=True,
            resources={"metadata": {"path": folder}},
        )
        client.extra_arguments = ["--log-level=ERROR"]  # or the kernel warns that its TCP is not encrypted
        try:
            client.execute(env=os.environ | {"AELIB_PROGRESS": str(progress)})
            end = ""
        except (CellTimeoutError, DeadKernelError) as error:
            end = f"\n  ended early: {str(error).splitlines()[0]}"
        solved = SOLVED.findall(progress.read_text(encoding="utf-8")) if progress.exists() else []
    told = ", ".join(solved) or "none"
    return f"{told} ({len(solved)} of {len(exercises)})" + "".join(map(_stopped, notebook.cells)) + end


def _stopped(cell: NotebookNode) -> str:
    """Return a line that says at which error a cell stopped; an empty string if it did not."""
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    begins = cell.source.strip().splitlines()[:1]
    return "".join(f"\n  {begins[0]} … stopped: {error.ename}: {error.evalue[:200]!r}" for error in errors)


def main(folder: Path) -> int:
    """Print a line for each notebook in ``folder`` and below; return 1 if one could not be marked, else 0."""
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        print(f"There is no notebook in {folder}.")
        return 1
    failures = 0
    for path in paths:
        try:
            print(f"{path.relative_to(folder)}: {mark(path)}", flush=True)
        except ValueError as error:
            print(f"{path.relative_to(folder)}: {error}")
            failures += 1
    return min(failures, 1)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Say which exercises are solved in learners' notebooks.")
    arguments.add_argument("folder", type=Path, help="the folder with the notebooks, or with folders of them")
    sys.exit(main(arguments.parse_args().folder))
