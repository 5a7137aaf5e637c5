"""Write what the web pages need for each widget of a lesson that has run, so that it moves there without a kernel.

There is one file for each widget, ``build/states/<lesson>-<cell id>-<n>.js``, where n counts from 0 the widgets in a
cell that have a still picture: a classic script, which a page can load from anywhere, even ``file://``.
``browser/state.js`` reads what it puts into ``aelibStates``. Numbers are in half precision; a network's weights have a
byte each, see ``in_blocks``. Next to a lesson's states is a file with the fingerprint of what they were made from.
The weights of networks that a page loads on demand have files of their own, with the names that the widgets know.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

import numpy as np
from nbformat import NotebookNode

from aelib import training
from aelib.files import write_whole
from aelib.widgets.networks import for_loading

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "states"
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"

# Views that need no kernel; others stay still pictures.
VIEWS = (
    "anomaly",
    "brush",
    "costs",
    "explorer",
    "judge",
    "mender",
    "photo",
    "plane",
    "quality",
    "sketch",
    "sliders",
    "suggestions",
    "variation",
)
WORKSHOP = "photo"  # the view that a page draws with its own controls
SLIDER = ("slider", ("description", "min", "max", "step", "value", "readout_format"))
# What shows each ipywidgets model in a page, and the traits needed there.
CONTROLS = {
    "HBoxModel": ("row", ("children",)),
    "VBoxModel": ("column", ("children",)),
    "AccordionModel": ("fold", ("children", "titles")),
    "FloatSliderModel": SLIDER,
    "IntSliderModel": SLIDER,
}
OF_JUPYTER = ("layout", "style", "tabbable", "tooltip")  # what only Jupyter needs, like anything that begins with _
NUMBERS = ("codes", "pattern", "points")  # a view's float32 traits, beside its weights; its other buffers are bytes
BLOCK = 64  # weights that share a unit
REFERENCE = re.compile(r"IPY_MODEL_(\w+)")
BUNDLES = ("widgets.js", "widgets.css")  # which change nothing in a state


def write(notebook: NotebookNode, lesson: str, folder: Path = FOLDER) -> list[Path]:
    """Write the states of the widgets in a notebook that nbclient has run, and return their files.

    ``lesson`` is the number at the start of the files' names. Files from earlier runs are removed, and weights that no
    lesson's state names any more. Raises ``ValueError`` for a widget with a control that the pages cannot draw, or
    numbers beyond half precision.
    """
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{lesson}-*.js"):
        old.unlink()
    written = []
    for cell in notebook.cells:
        for n, output in enumerate(filter(is_widget, cell.get("outputs", []))):
            held = _shown_of(_held_by(output.data[WIDGET]["model_id"], models))
            if _needs_no_kernel(held):
                name = f"{lesson}-{cell.id}-{n}"
                text = json.dumps(_state(held), ensure_ascii=False, separators=(",", ":"))
                written.append(folder / f"{name}.js")
                write_whole(written[-1], f'aelibStates["{name}"]={text};\n'.encode())
                written += [_write_weights(each, folder) for each in _networks(held)]
    _remove_unnamed_weights(folder)
    write_whole(_fingerprint_file(lesson, folder), fingerprint(notebook).encode())
    return written


def is_widget(output: NotebookNode) -> bool:
    """Return whether an output is one of our widgets, with a still picture; a quiz or a progress bar has none."""
    return {WIDGET, "text/html"} <= output.get("data", {}).keys()


def are_fresh(notebook: NotebookNode, lesson: str, folder: Path = FOLDER) -> bool:
    """Return whether a folder has the states that match a lesson's code and aelib as they are now."""
    file = _fingerprint_file(lesson, folder)
    return file.exists() and file.read_text() == fingerprint(notebook)


def fingerprint(notebook: NotebookNode) -> str:
    """Return a text that changes when the code of a notebook, aelib, or the form of the states does."""
    sources = [cell.source.encode() for cell in notebook.cells if cell.cell_type == "code"]
    package = sorted(path for path in (ROOT / "aelib").rglob("*") if path.is_file() and path.name not in BUNDLES)
    package = [path for path in package if "exercises" not in path.parts]  # which no widget shows
    files = [path.read_bytes() for path in [*package, Path(__file__)] if path.suffix != ".pyc"]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in [*sources, *files])).hexdigest()


def _fingerprint_file(lesson: str, folder: Path) -> Path:
    return folder / f"{lesson}.sha256"


def _held_by(root: str, models: dict) -> dict[str, NotebookNode]:
    """Return a model and all that it holds, by id, itself first."""
    held, found = {}, [root]
    while found:
        model_id = found.pop(0)
        if model_id not in held:
            held[model_id] = models[model_id]
            found += REFERENCE.findall(json.dumps(_own_traits(models[model_id])))
    return held


def _shown_of(held: dict[str, NotebookNode]) -> dict[str, NotebookNode]:
    """Return the models that a page shows: for the photograph workshop only the view, which has its own controls."""
    views = {model_id: model for model_id, model in held.items() if model.state.get("view") == WORKSHOP}
    return views or held


def _own_traits(model: NotebookNode) -> dict:
    """Return the traits of a model, without Jupyter's."""
    return {name: value for name, value in model.state.items() if not name.startswith("_") and name not in OF_JUPYTER}


def _needs_no_kernel(held: dict[str, NotebookNode]) -> bool:
    """Return whether a page can show our view among some models, with networks that it can evaluate."""
    [view] = [model.state for model in held.values() if model.model_name == "AnyModel"]
    if view["view"] == "brush":
        return bool(view["networks"]) and all(view["networks"])
    if view["view"] == WORKSHOP:
        return any(view["networks"])
    return view["view"] in VIEWS and view.get("layers") != []


def _state(held: dict[str, NotebookNode]) -> list:
    """Return [kind, traits] for each model, named by its place instead of its id."""
    places = {model_id: str(place) for place, model_id in enumerate(held)}
    text = json.dumps([_kind_and_traits(model) for model in held.values()])
    return json.loads(REFERENCE.sub(lambda reference: f"IPY_MODEL_{places[reference[1]]}", text))


def _kind_and_traits(model: NotebookNode) -> tuple[str, dict]:
    """Return what shows a model in a page, and the traits needed there."""
    if model.model_name == "AnyModel":
        kind = "workshop" if model.state["view"] == WORKSHOP else "view"
        traits = {name: _rounded(value) for name, value in _own_traits(model).items()} | _buffers(model)
        for network in filter(None, traits.get("networks", [])):
            network["bytes"] = len(_weights(network["weights"]))  # fewer than a kernel sends
        return kind, traits
    if model.model_name not in CONTROLS:
        raise ValueError(
            f"The pages cannot draw the control {model.model_name}: add it to KINDS in browser/page.js, and its traits "
            f"to CONTROLS in tools/states.py."
        )
    kind, names = CONTROLS[model.model_name]
    return kind, {name: _rounded(model.state[name]) for name in names}


def _networks(held: dict[str, NotebookNode]) -> list[str]:
    """Return the names of the weights that the view among some models loads on demand."""
    described = [network for model in held.values() for network in model.state.get("networks", [])]
    return sorted({network["weights"] for network in described if network})


def _write_weights(name: str, folder: Path) -> Path:
    """Write a file of weights."""
    path = folder / f"{name}.js"
    write_whole(path, f'aelibStates["{name}"]="{base64.b64encode(_weights(name)).decode()}";\n'.encode())
    return path


def _remove_unnamed_weights(folder: Path) -> None:
    """Remove the weights of networks that have changed since, as no state of any lesson names them."""
    states = "".join(path.read_text(encoding="utf-8") for path in folder.glob("[0-9]*.js"))
    for path in folder.glob("network-*.js"):
        if path.stem not in states:
            path.unlink()


def _weights(name: str) -> bytes:
    """Return the weights of a name, in blocks, from the package, because a notebook's state does not have them."""
    if name not in _shipped():
        raise ValueError(f"The pages need the weights {name}, which are of none of {', '.join(training.PRETRAINED)}.")
    return _shipped()[name]


@cache
def _shipped() -> dict[str, bytes]:
    """Return the weights of the package's networks that mend, in blocks, by the widgets' names for them."""
    loading = [for_loading(training.pretrained(name)) for name in training.PRETRAINED]
    return {
        described["weights"]: in_blocks(np.frombuffer(halves, "<f2").astype(np.float32))
        for described, halves in loading
        if described
    }


def in_blocks(weights: np.ndarray) -> bytes:
    """Return weights, float32, as multiples of a unit that 64 of them share; ``fromBlocks`` in ``browser`` reads them.

    A block is its unit, in half precision, and then for each weight a byte, from -127 to 127. The last block may be
    shorter. A weight is at most half a unit off, which is 1/254 of the largest one in its block. That costs the shipped
    autoencoders 0.01 to 0.04 dB, and at most 13 of 255 grey levels in any pixel; networks that mend lose up to 0.02 dB.
    """
    blocks = np.pad(weights, (0, -len(weights) % BLOCK)).reshape(-1, BLOCK)
    units = (np.abs(blocks).max(1, keepdims=True) / 127).astype("<f2")  # (blocks, 1)
    multiples = np.divide(blocks, units, out=np.zeros_like(blocks), where=units > 0).round().clip(-127, 127)
    content = np.hstack([units.view(np.uint8), multiples.astype(np.int8).view(np.uint8)])  # (blocks, 2 + 64)
    return content.tobytes()[: len(weights) + 2 * len(blocks)]


def _rounded(value: object) -> object:
    """Return a value with its floats rounded to float32's seven digits."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    return [_rounded(part) for part in value] if isinstance(value, list) else value


def _buffers(model: NotebookNode) -> dict:
    """Return a view's traits that are bytes, numbers in half precision, or weights in blocks, as text."""
    traits = {}
    for buffer in model.get("buffers", []):
        [name], content, kind = buffer["path"], base64.b64decode(buffer["data"]), "uint8"
        if name in NUMBERS:
            content, kind = _below_limit(name, content).astype("<f2").tobytes(), "float16"
        if name == "weights":
            content, kind = in_blocks(_below_limit(name, content)), "int8"
        traits[name] = {kind: base64.b64encode(content).decode()}
    return traits


def _below_limit(name: str, content: bytes) -> np.ndarray:
    """Return float32 numbers from a view's trait. Raises ``ValueError`` if one goes beyond half precision."""
    numbers = np.frombuffer(content, "<f4")
    if not (np.abs(numbers) < np.finfo(np.float16).max).all():
        raise ValueError(f"The {name} of a widget go beyond half precision, which ends at 65,504.")
    return numbers
