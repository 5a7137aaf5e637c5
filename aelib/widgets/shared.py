"""What all widgets are made of: a view in the browser, and a still picture for where there is none."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

ASSETS = Path(str(files("aelib"))) / "assets"
MAX_PICTURES = 100  # of a brush, and of a quality slider, which writes some hundred JPEGs for each
WIDGET = "application/vnd.jupyter.widget-view+json"


class Drawn(anywidget.AnyWidget):
    """Something that is drawn in the browser, by the file ``view``.js in ``browser/views/``."""

    _ipython_display_ = None  # ipywidgets 7 would display itself by it, and leave the still picture out
    _esm = ASSETS / "widgets.js"
    _css = ASSETS / "widgets.css"
    view = traitlets.Unicode().tag(sync=True)


class Pictures(Drawn):
    """Pictures of one shape."""

    image_shape = traitlets.List().tag(sync=True)


class WithSliders(ipywidgets.HBox):
    """A picture in the browser with ipywidgets' own sliders beside it; a still one where neither can show."""

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
    """Return what Jupyter is to show of a box that holds a view of ours, and a still picture for where it cannot."""
    shown, metadata = view._repr_mimebundle_()
    live = shown[WIDGET] | {"model_id": box.model_id}
    return {WIDGET: live, "text/html": still, "text/plain": repr(box)}, metadata
