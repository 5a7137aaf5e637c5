"""Run lessons, clean their outputs so that they change only when the lesson does, and check their form.

    python tools/notebooks.py [notebooks/02_….ipynb …]     all lessons when none is named

Each lesson runs in a fresh kernel and is written back; a line says how long it took and how much memory.
"""

import re
import sys
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[1] / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# What a cell's metadata may say; all else is the state of someone's screen or clock.
CELL_METADATA = ("tags", "jupyter", "jp-MarkdownHeadingCollapsed")
WIDGET = "application/vnd.jupyter.widget-view+json"
PROGRESS_BAR = re.compile(r"[^\r\n]*\d+%\|[^\r\n]*")

MAX_BYTES = 1_000_000
SET_UP_LINES = 10
HEADINGS = ("What we measured", "Verdict", "Sources")
EXERCISES = 3
ALT_WORDS = 4
EMBEDDED = re.compile(r"data:[\w/+;-]+,[^\"')\s]*")
PICTURE = re.compile(r"<img\b[^>]*>|!\[(?P<alt>[^\]]*)\]\(", re.IGNORECASE)
ALT = re.compile(r"\balt=(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/~])/(?:home/|Users/|root\b|tmp\b|work\b)|\bC:\\")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


def clean(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without what changes from run to run or machine to machine, or needs a live kernel to be seen."""
    notebook = deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata})
        if cell.cell_type == "code":
            cell.outputs = _merge_streams([output for output in map(_without_widget, cell.outputs) if output])
    return notebook


def _without_widget(output: NotebookNode) -> NotebookNode | None:
    """Return an output as it is, or the static picture that a widget brings along; None for a widget without one.

    A widget is nothing without its kernel.
    """
    if WIDGET not in output.get("data", {}):
        return output
    if "text/html" not in output.data:
        return None
    output.data = nbformat.from_dict({"text/html": output.data["text/html"]})
    output.metadata = nbformat.from_dict({})
    return output


def _merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join printed text that arrived in pieces, however many they were, and drop progress bars."""
    merged = []
    for output in outputs:
        if output.output_type == "stream" and merged and merged[-1].get("name") == output.name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    for output in merged:
        if output.get("name") == "stderr" and PROGRESS_BAR.search(output.text):
            output.text = PROGRESS_BAR.sub("", output.text).strip()
    return [output for output in merged if output.get("text") != ""]


def problems(notebook: NotebookNode) -> list[str]:
    """Return what a lesson must not be, each in a sentence; nothing for a lesson that is fit to commit."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = [problem for index, cell in enumerate(notebook.cells) for problem in _cell_problems(index, cell)]
    if clean(notebook) != notebook:
        found.append("It is not clean.")
    if len(to_text(notebook).encode()) > MAX_BYTES:
        found.append(f"It has more than {MAX_BYTES:,} bytes.")
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("Its cells were not run once each, from top to bottom, in a fresh kernel.")
    if len(set_up_cells(notebook)) != 1 or len(set_up_cells(notebook)[0].splitlines()) > SET_UP_LINES:
        found.append(f"It needs one cell with the tag set-up, of at most {SET_UP_LINES} lines.")
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for heading in HEADINGS:
        if not re.search(rf"^#+ .*{heading}", text, re.MULTILINE):
            found.append(f"It has no heading {heading!r}.")
    if sum("exercise" in cell.metadata.get("tags", []) for cell in code) < EXERCISES:
        found.append(f"It has fewer than {EXERCISES} cells with the tag exercise.")
    if not any(re.search(r"\bquiz\(", cell.source) for cell in code):
        found.append("It asks no quiz question.")
    if not any("# NBVAL_CHECK_OUTPUT" in cell.source for cell in code):
        found.append("No cell's output is compared (# NBVAL_CHECK_OUTPUT).")
    return found


def _cell_problems(index: int, cell: NotebookNode) -> list[str]:
    outputs = cell.get("outputs", [])
    shown = [_text(output) for output in outputs] + [cell.source if cell.cell_type == "markdown" else ""]
    everything = EMBEDDED.sub("", "\n".join([*shown, cell.source]))
    checks = {
        "ends in an error": any(output.output_type == "error" for output in outputs),
        "writes to stderr": any(output.get("name") == "stderr" for output in outputs),
        "has a picture without alternative text: show it with aelib.plots": any(
            mime.startswith("image/") for output in outputs for mime in output.get("data", {})
        ),
        f"has a picture whose alternative text is shorter than {ALT_WORDS} words": any(
            len(_alt(picture).split()) < ALT_WORDS for text in shown for picture in PICTURE.finditer(text)
        ),
        "names a path that only one machine has": ABSOLUTE_PATH.search(everything),
        "shows an address in memory, another one at each run": ADDRESS.search(everything),
    }
    return [f"Cell {index} {problem}." for problem, is_there in checks.items() if is_there]


def _text(output: NotebookNode) -> str:
    """Return all that an output shows as text, HTML included."""
    parts = [output.get("text", ""), *output.get("data", {}).values(), *output.get("traceback", [])]
    return "\n".join(part for part in parts if isinstance(part, str))


def _alt(picture: re.Match) -> str:
    """Return the alternative text of an <img> tag or a Markdown picture."""
    if picture["alt"] is not None:
        return picture["alt"]
    alt = ALT.search(EMBEDDED.sub("", picture[0]))
    return (alt[1] or alt[2] or "") if alt else ""


def set_up_cells(notebook: NotebookNode) -> list[str]:
    """Return the source of each cell with the tag set-up."""
    return [cell.source for cell in notebook.cells if "set-up" in cell.metadata.get("tags", [])]


def to_text(notebook: NotebookNode) -> str:
    """Return the notebook as it stands in its file."""
    return nbformat.writes(notebook) + "\n"


@dataclass
class Measurement:
    """What a run of a lesson took: wall-clock ``seconds``, its slowest cell, the kernel's peak memory in MB."""

    name: str
    seconds: float = 0.0
    slowest_seconds: float = 0.0
    slowest_cell: str = ""
    peak_megabytes: float | None = None

    def __str__(self) -> str:
        """Return one line for people."""
        memory = "unknown (no /proc)" if self.peak_megabytes is None else f"{self.peak_megabytes:,.0f} MB"
        return (
            f"{self.name}: {self.seconds:.1f} s; slowest cell {self.slowest_seconds:.1f} s ({self.slowest_cell}); "
            f"peak memory {memory}"
        )


def execute(path: Path) -> tuple[NotebookNode, Measurement]:
    """Run a lesson in a fresh kernel, in its own folder, and return it with its new outputs, and what that took.

    Raises ``CellExecutionError`` at the first cell that fails.
    """
    notebook = nbformat.read(path, as_version=4)
    measurement = Measurement(path.name)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": path.parent}})
    client.extra_arguments = ["--log-level=ERROR"]  # or the kernel says at each start that its TCP is not encrypted
    cell_started = 0.0

    def start_clock(cell: NotebookNode, cell_index: int) -> None:
        nonlocal cell_started
        cell_started = time.perf_counter()

    def stop_clock(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        seconds = time.perf_counter() - cell_started
        if seconds > measurement.slowest_seconds:
            measurement.slowest_seconds, measurement.slowest_cell = seconds, cell.source.splitlines()[0]
        measurement.peak_megabytes = peak_megabytes(client.km.provisioner.pid)

    client.on_cell_execute, client.on_cell_executed = start_clock, stop_clock
    started = time.perf_counter()
    client.execute()
    measurement.seconds = time.perf_counter() - started
    return notebook, measurement


def peak_megabytes(process: int) -> float | None:
    """Return the most memory that a process has held so far (peak resident set size); None where there is no /proc."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return None
    return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) / 1000


def main(paths: list[Path]) -> int:
    """Run, clean and write the lessons; return 1 when a cell fails or a lesson is unfit to commit, else 0."""
    failures = 0
    for path in paths:
        try:
            notebook, measurement = execute(path)
        except CellExecutionError as error:
            print(f"{path.name} stopped and was left as it is:\n{error}")
            failures += 1
            continue
        notebook = clean(notebook)
        path.write_text(to_text(notebook), encoding="utf-8")
        print(measurement)
        for problem in problems(notebook):
            print(f"  {problem}")
            failures += 1
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main([Path(name).resolve() for name in sys.argv[1:]] or LESSONS))
