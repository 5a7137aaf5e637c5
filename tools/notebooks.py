"""Run lessons, clean their outputs so that they change only when the lesson does, and check their form.

    python tools/notebooks.py [notebooks/02_….ipynb …]     all lessons if none is named
    python tools/notebooks.py --states [notebooks/…]       those whose widgets' states are missing or stale

Each lesson runs in a fresh kernel and is written back; a line says how long it took and how much memory. Its widgets'
states go to build/states/, for the web pages; with --states, nothing else is written.
"""

import argparse
import ast
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

import states
from aelib.files import write_whole
from states import WIDGET

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# What a cell's metadata may say; all else is the state of someone's screen or clock. The cellView "form" folds the code
# of a quiz in Colab, as jupyter's source_hidden does elsewhere.
CELL_METADATA = ("tags", "jupyter", "cellView")
COMPARED = "nbval-check-output"  # the tag of a cell whose output nbval compares
PROGRESS_BAR = re.compile(r"[^\r\n]*\d+%\|[^\r\n]*")

MAX_BYTES = 1_000_000
MOST_SECONDS, MOST_SECONDS_A_CELL, MOST_MEGABYTES = 180, 30, 1500  # that a lesson takes on two idle cores
SET_UP_LINES = 10
HEADINGS = ("What we measured", "Verdict", "Sources")
EXERCISES = range(3, 6)
ALT_WORDS = 4
EMBEDDED = re.compile(r"data:[\w/+;-]+,[^\"')\s]*")
PICTURE = re.compile(r"<img\b[^>]*>|!\[(?P<alt>[^\]]*)\]\(", re.IGNORECASE)
ALT = re.compile(r"\balt=(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
# Links within the course; those to the web have a scheme, such as https.
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
LINK = re.compile(r"(?P<picture>!\[[^\]]*)?\]\((?![a-z]+:)(?P<file>[^)#\s]*)#?(?P<anchor>[^)\s]*)\)")
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/~])/(?:home|Users|root|tmp|work|workspaces?|content|mnt|media|opt|srv|var|private|usr)(?:/|\b(?![\w.-]))"
    r"|\b[A-Za-z]:\\[\w .-]+\\[\w.]"
)
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


def any_of(paths: Iterable[str | Path]) -> re.Pattern:
    """Return a pattern that finds these folders, and what is in them, in a text."""
    names = (re.escape(str(path)) for path in paths if str(path) != "/")
    return re.compile(rf"(?<![\w.:/~])(?:{'|'.join(names)})(?![\w-])")


# Surer than the usual places: those on the machine that runs and checks the lesson.
OWN_PATH = any_of({Path.home(), ROOT, sys.prefix, tempfile.gettempdir()})


def clean(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without what changes from run to run or machine to machine, or needs a live kernel to be seen.

    Empty cells, as JupyterLab adds one at the end, go too.
    """
    notebook = deepcopy(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata})
        if cell.cell_type == "code":
            cell.outputs = _merge_streams([output for output in map(_without_widget, cell.outputs) if output])
    return notebook


def _without_widget(output: NotebookNode) -> NotebookNode | None:
    """Return an output as it is, or the static picture that comes with a widget; None for a widget without one.

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
    """Join printed text that arrived in any number of pieces, and drop progress bars."""
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


def problems(notebook: NotebookNode, name: str) -> list[str]:
    """Return, in sentences, what makes the lesson in the file ``name`` unfit to commit, and what to do."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    run = f"make notebooks ARGS=notebooks/{name}"
    ids_and_sources = "\n".join(f'"id": "{cell.id}"\n{cell.source}' for cell in notebook.cells)
    found = [
        f"{_called(cell)} {problem}." for cell in notebook.cells for problem in _cell_problems(cell, ids_and_sources)
    ]
    if clean(notebook) != notebook:
        found.append(f"It is not clean: {run}.")
    if len(to_text(notebook).encode()) > MAX_BYTES:
        found.append(f"It has more than {MAX_BYTES:,} bytes: show fewer or smaller pictures.")
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append(f"Its cells were not run once each, from top to bottom, in a fresh kernel: {run}.")
    first = [cell.source for cell in code[:1]]
    if set_up_cells(notebook) != first or len("".join(first).splitlines()) > SET_UP_LINES:
        found.append(f"Its first code cell, and no other, must have the tag set-up, and at most {SET_UP_LINES} lines.")
    exercises = sum("exercise" in cell.metadata.get("tags", []) for cell in code)
    if exercises not in EXERCISES:
        found.append(f"{exercises} cells have the tag exercise; it needs {EXERCISES[0]} to {EXERCISES[-1]}.")
    if not any(_asks(cell) for cell in code):
        found.append("It asks no quiz question: put exercises.quiz(…) before an experiment.")
    if not any(COMPARED in cell.metadata.get("tags", []) for cell in code):
        found.append(f"No cell's output is compared: tag one that prints the same everywhere with {COMPARED}.")
    return found + _section_problems(notebook) + _title_problems(notebook, name)


def _section_problems(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with a lesson's closing sections."""
    found = []
    for heading in HEADINGS:
        if not _section(notebook, heading):
            found.append(f"It has no cell that begins with the heading '## {heading}'.")
    findings = [cell for cell in _section(notebook, HEADINGS[0]) if cell.cell_type == "code"]
    asserts = [(cell, node) for cell in findings for node in syntax(cell) if isinstance(node, ast.Assert)]
    if not asserts:
        found.append(f'No cell under "{HEADINGS[0]}" asserts a finding: assert …, "finding 1: …".')
    for cell in {cell.id: cell for cell, node in asserts if not node.msg}.values():
        found.append(f'{_called(cell)} asserts without naming the finding: assert …, "finding 1: …".')
    sources = "\n".join(cell.source for cell in _section(notebook, "Sources"))
    if sources and not re.search(r"doi\.org/10\.|arxiv\.org/abs/\d", sources):
        found.append("Its sources name no DOI and no arXiv number: link to doi.org/… or arxiv.org/abs/….")
    return found


def _section(notebook: NotebookNode, heading: str) -> list[NotebookNode]:
    """Return the cells from one that begins with a heading ``## …`` up to the next such heading."""
    found, inside = [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            inside = heading in cell.source.splitlines()[0]
        found += [cell] * inside
    return found


def _title_problems(notebook: NotebookNode, name: str) -> list[str]:
    """Return what a copied lesson's first cell may still say about the original."""
    title = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "")
    found = []
    if not title.startswith(start := f"# {name[:2].lstrip('0')} · "):
        found.append(f"Its first text must begin with its title: {start}….")
    opened = set(re.findall(r"/notebooks/([\w.-]+\.ipynb)", title))
    if opened != {name}:
        others = " and ".join(sorted(opened - {name})) or "nothing"
        found.append(f"The links at its top open {others} in Colab and Binder: write {name} there.")
    return found


def syntax(cell: NotebookNode) -> list[ast.AST]:
    """Return the nodes of a code cell's syntax tree; none if it is not plain Python."""
    try:
        return list(ast.walk(ast.parse(cell.source)))
    except SyntaxError:
        return []


def _called(cell: NotebookNode) -> str:
    """Return what to call a cell: its id, and how it begins, since JupyterLab does not show ids."""
    lines = cell.source.strip().splitlines()
    return f"Cell {cell.id} ({lines[0][:50] if lines else 'empty'})"


def _asks(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(re.search(r"\bquiz\(", cell.source))


def _cell_problems(cell: NotebookNode, lesson: str) -> list[str]:
    """Return what is wrong with a cell of a lesson with these ids and sources."""
    outputs = cell.get("outputs", [])
    shown = [_text(output) for output in outputs] + [cell.source if cell.cell_type == "markdown" else ""]
    everything = EMBEDDED.sub("", "\n".join([*shown, cell.source]))
    links = list(LINK.finditer(EMBEDDED.sub("", cell.source))) if cell.cell_type == "markdown" else []
    checks = {
        "ends in an error: mend it": any(output.output_type == "error" for output in outputs),
        "writes to stderr: mend what it warns of": any(output.get("name") == "stderr" for output in outputs),
        "has a picture without alternative text: show it with aelib.plots": any(
            mime.startswith("image/") for output in outputs for mime in output.get("data", {})
        ),
        f"has a picture whose alternative text is shorter than {ALT_WORDS} words: say what one sees": any(
            len(_alt(picture).split()) < ALT_WORDS for text in shown for picture in PICTURE.finditer(text)
        ),
        "shows a picture that lies beside the lesson, and is missing on Colab: draw it in a cell": any(
            link["picture"] and link["file"] for link in links
        ),
        "names a path that only one machine has: show the file's name alone": (
            ABSOLUTE_PATH.search(everything) or OWN_PATH.search(everything)
        ),
        "shows an address in memory, another one at each run: print something else": ADDRESS.search(everything),
        "shows the answers of its quiz: collapse its code (View → Collapse Selected Code)": (
            _asks(cell) and not cell.metadata.get("jupyter", {}).get("source_hidden")
        ),
        'shows the answers of its quiz on Colab: write "cellView": "form" into its metadata': (
            _asks(cell) and cell.metadata.get("cellView") != "form"
        ),
    }
    found = [problem for problem, is_there in checks.items() if is_there]
    for link in links:
        if not link["picture"] and not leads_somewhere(link, FOLDER, lesson):
            found.append(
                f"has a link that leads nowhere, {link[0][2:-1]}: see what notebooks/ and its GLOSSARY.md have"
            )
    try:
        asked(cell)
    except ValueError:
        found.append(
            "has a quiz that is not a question, its answers and the right one as plain literals: slides read these"
        )
    return found


def leads_somewhere(link: re.Match, folder: Path, own: str) -> bool:
    """Return whether a link from a file in ``folder`` finds its file, and in it the term, heading or cell.

    ``own`` is the text of the file with the link, in which a link without a file leads to a place.
    """
    path, anchor = folder / link["file"], link["anchor"]
    if not anchor or not path.exists():
        return path.exists()
    text = path.read_text(encoding="utf-8") if path.is_file() else own
    if anchor.startswith("cell-id="):
        return f'"id": "{anchor.removeprefix("cell-id=")}"' in text
    return path.suffix == ".ipynb" or f'id="{anchor}"' in text or anchor in map(_slug, HEADING.findall(text))


def doubled_ids(path: Path) -> list[str]:
    """Return the ids that two cells of a notebook's file have; nbformat would give the second one another at random."""
    ids = [cell.get("id") for cell in json.loads(path.read_text(encoding="utf-8")).get("cells", [])]
    return sorted({each for each in ids if each and ids.count(each) > 1})


def _slug(heading: str) -> str:
    """Return the anchor that GitHub and the web pages give a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


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


def asked(cell: NotebookNode) -> tuple[str, dict[str, str], str] | None:
    """Return a cell's quiz: question, answers with feedback, and the right one; None if it has no quiz."""
    for node in syntax(cell) if _asks(cell) else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "quiz":
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            question, answers, right = map(ast.literal_eval, given)
            return question, answers, right
    return None


def set_up_cells(notebook: NotebookNode) -> list[str]:
    """Return the source of each cell tagged set-up."""
    return [cell.source for cell in notebook.cells if "set-up" in cell.metadata.get("tags", [])]


def widget_cells(notebook: NotebookNode) -> list[int]:
    """Return the places of the code cells that make a widget."""
    return [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and "widgets." in cell.source]


def to_text(notebook: NotebookNode) -> str:
    """Return the notebook as the text of its file."""
    return nbformat.writes(notebook) + "\n"


@dataclass
class Measurement:
    """What it took to run a lesson: wall-clock ``seconds``, the slowest cell, the kernel's peak memory in MB."""

    name: str
    seconds: float = 0.0
    slowest_seconds: float = 0.0
    slowest_cell: str = ""
    peak_megabytes: float | None = None

    def __str__(self) -> str:
        """Return one line for people, which says what is above a lesson's limits."""
        memory = "unknown (no /proc)" if self.peak_megabytes is None else f"{self.peak_megabytes:,.0f} MB"
        limits = {
            f"{MOST_SECONDS} s": self.seconds > MOST_SECONDS,
            f"{MOST_SECONDS_A_CELL} s a cell": self.slowest_seconds > MOST_SECONDS_A_CELL,
            f"{MOST_MEGABYTES:,} MB": (self.peak_megabytes or 0) > MOST_MEGABYTES,
        }
        above = [limit for limit, is_broken in limits.items() if is_broken]
        return (
            f"{self.name}: {self.seconds:.1f} s; slowest cell {self.slowest_seconds:.1f} s ({self.slowest_cell}); "
            f"peak memory {memory}" + (f"; above the limit of {' and of '.join(above)}" if above else "")
        )


def execute(path: Path, then: str = "", timeout: int = 120) -> tuple[NotebookNode, Measurement]:
    """Run a lesson in a fresh kernel, in its own folder; return it with its new outputs, and what that took.

    ``then`` is code that runs behind the last cell, in a cell of its own. No cell may take ``timeout`` seconds.
    Raises ``CellExecutionError`` at the first cell that fails, ``CellTimeoutError`` at one that does not end, and
    ``DeadKernelError`` when the kernel dies, as it does without memory.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.nbformat_minor = 5  # a file of an older format, such as Colab's, has cells without ids: give them some
    _, notebook = nbformat.validator.normalize(notebook)
    if then:
        notebook.cells.append(nbformat.v4.new_code_cell(then))
    measurement = Measurement(path.name)
    client = NotebookClient(
        notebook, timeout=timeout, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.extra_arguments = ["--log-level=ERROR"]  # or the kernel warns at each start that its TCP is not encrypted
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
    client.execute(env=os.environ | {"AELIB_PROGRESS": f"{os.devnull}/nobody"})  # what is committed has solved nothing
    measurement.seconds = time.perf_counter() - started
    return notebook, measurement


def peak_megabytes(process: int) -> float | None:
    """Return the most memory that a process has held so far (peak resident set size); None without /proc."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return None
    return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) / 1000


def run(path: Path, folder: Path) -> NotebookNode | None:
    """Run a lesson, write its widgets' states into a folder, and say what it took; or say why it stopped."""
    try:
        notebook, measurement = execute(path)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"{path.name} stopped and was left as it is:\n{error}")
        return None
    states.write(notebook, path.name[:2], folder)
    print(measurement)
    return notebook


def main(paths: list[Path], folder: Path = states.FOLDER) -> int:
    """Run, clean and write the lessons; return 1 if a cell fails or a lesson is unfit to commit, else 0."""
    failures = 0
    for path in paths:
        doubled = doubled_ids(path)
        if doubled:
            print(
                f"{path.name} was left as it is: two cells have the same id, {', '.join(doubled)}. Rename one of them."
            )
        notebook = None if doubled else run(path, folder)
        if notebook is None:
            failures += 1
            continue
        notebook = clean(notebook)
        write_whole(path, to_text(notebook).encode())
        for problem in problems(notebook, path.name):
            print(f"  {problem}")
            failures += 1
    return min(failures, 1)


def write_states(paths: list[Path], folder: Path = states.FOLDER) -> int:
    """Run the lessons whose states are missing or stale, and write only those; return 1 if a cell fails."""
    stale = [path for path in paths if not states.are_fresh(nbformat.read(path, as_version=4), path.name[:2], folder)]
    stopped = [path for path in stale if run(path, folder) is None]
    return min(len(stopped), 1)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Run lessons.")
    arguments.add_argument("--states", action="store_true", help="write stale states of widgets, and no notebook")
    arguments.add_argument("lessons", nargs="*", type=Path, default=LESSONS, help="all of them if none is named")
    given = arguments.parse_args()
    for path in given.lessons:
        if not path.is_file():
            arguments.error(f"there is no file {path}")
    do = write_states if given.states else main
    sys.exit(do([path.resolve() for path in given.lessons]))
