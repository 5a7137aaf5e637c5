"""What all widgets share: a view in the browser, and a still picture where there is none."""

import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import anywidget
import ipywidgets
import torch
import traitlets

from aelib import checks, data

ASSETS = Path(str(files("aelib"))) / "assets"
PART = 500_000  # bytes of weights in a message, so that other messages can come in between
MAX_PICTURES = 100  # in a widget; a quality slider writes about a hundred JPEGs for each
WIDGET = "application/vnd.jupyter.widget-view+json"


class Drawn(anywidget.AnyWidget):
    """Something drawn in the browser, by the file ``view``.js in ``browser/views/``."""

    _ipython_display_ = None  # ipywidgets 7 would use it to display itself, without the still picture
    _esm = ASSETS / "widgets.js"
    _css = ASSETS / "widgets.css"
    view = traitlets.Unicode().tag(sync=True)


class Pictures(Drawn):
    """Pictures of one shape."""

    image_shape = traitlets.List().tag(sync=True)


class WithNetworks(Pictures):
    """Pictures that networks change in the browser, which requests their weights when it needs them."""

    networks = traitlets.List().tag(sync=True)  # what ``networks.for_loading`` says of each, or None

    def __init__(self, weights: dict[str, bytes], **traits: object) -> None:
        self._weights = weights
        self._in_browser = set()  # names of weights that have been sent
        super().__init__(**traits)
        self.on_msg(self._on_message)

    def _on_message(self, _: object, content: dict, buffers: list) -> None:
        if "weights" in content:
            self._send_weights(content["weights"], content["part"])

    def _send_weights(self, name: str, part: int) -> None:
        """Send one part of a network's weights; the browser asks for them one by one."""
        weights = self._weights[name]
        parts = math.ceil(len(weights) / PART)
        self.send({"weights": name, "part": part, "parts": parts}, [weights[part * PART : (part + 1) * PART]])
        if part == parts - 1:
            self._in_browser.add(name)


class WithSliders(ipywidgets.HBox):
    """A picture in the browser next to ipywidgets' own sliders; a still one where neither can show."""

    _ipython_display_ = None  # see Drawn

    def __init__(self, picture: Drawn, controls: Sequence[ipywidgets.Widget], still: str) -> None:
        self._picture = picture
        self._still = still
        super().__init__(
            [picture, ipywidgets.VBox(controls)],
            layout=ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start"),
        )

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        return bundle(self._picture, self, self._still)


def bundle(view: Drawn, box: ipywidgets.Widget, still: str) -> tuple[dict, dict]:
    """Return what Jupyter shows for a box with one of our views, plus a still picture for where it cannot."""
    shown, metadata = view._repr_mimebundle_()
    live = shown[WIDGET] | {"model_id": box.model_id}
    return {WIDGET: live, "text/html": still, "text/plain": repr(box)}, metadata


def as_shown(images: torch.Tensor, name: str) -> torch.Tensor:
    """Return images (N, C, H, W), ``uint8`` or as a network drew them, as ``uint8`` that a view can show.

    Raises ``TypeError`` or ``ValueError`` for anything else, or if they are neither grey nor in colour.
    """
    checks.viewable(images, name)
    return data.as_bytes(images.detach()).cpu()


def dictionary(thing: Mapping, name: str, what: str, least: int, most: int) -> None:
    """Refuse anything but a dictionary of ``least`` to ``most`` things. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(thing, Mapping):
        raise TypeError(f"{name} must be a dictionary of {what}; this is {checks.kind(thing)}.")
    if not least <= len(thing) <= most:
        raise ValueError(f"{name} must have {least} to {most} entries; got {len(thing)}.")


def row_of(values: Sequence, name: str, count: int | None = None, each: str = "") -> list:
    """Return several values as a list; if ``count`` is given, there must be that many, one for ``each`` thing.

    Raises ``TypeError`` for a single value, ``ValueError`` for more or fewer.
    """
    try:
        found = list(values)
    except TypeError:
        raise TypeError(f"{name} must be several numbers in brackets; this is {checks.kind(values)}.") from None
    if count is not None and len(found) != count:
        raise ValueError(f"{name} must have one number for each {each}, {count} of them; it has {len(found)}.")
    return found
