"""Repair for the learner's own photographs."""

import html
import time
from collections.abc import Mapping

import ipywidgets
import numpy as np
import torch
import traitlets
from PIL import Image, ImageDraw
from torch import nn

from aelib import data, photos, plots
from aelib.widgets import stills
from aelib.widgets.networks import for_loading
from aelib.widgets.shared import Drawn, bundle

PHOTO_TASKS = {"noise": "take noise away", "lost": "fill what I mark", "low resolution": "double the size"}
PREVIEW_SIDE = 1280  # pixels of a photograph in the browser; the saved file has full size
STILL_SIDE = 160  # pixels of the part of a photograph mended for a still picture, in a quarter of a second
MARK = (213, 94, 0)  # red, green and blue of the marks in a photograph


class PhotoRepair(ipywidgets.VBox):
    """Buttons to upload a photograph, mend it, compare before and after, and save the result as PNG.

    ``networks`` has a network for one or more of the tasks: ``"noise"`` removes noise, ``"lost"`` fills what is marked
    by mouse, finger or keyboard, ``"low resolution"`` doubles width and height. ``photo`` (1, 3, H, W), ``uint8``, is
    shown until one is uploaded. If a file is not a picture, damaged or too large, a sentence says so. Without a live
    notebook, the middle of ``photo`` is shown, before and after the chosen task; ``alt`` says what that picture shows,
    after a description of its layout. In a web page, those of ``networks`` that the browser can evaluate mend
    photographs there.

    ``photo`` becomes the photograph shown, ``lost`` (1, 1, H, W), bool, is what is marked in it, and ``repaired`` is
    the result, (1, 3, H, W) or twice as large, or None before there is one.

    Raises ``ValueError`` for other tasks, ``ValueError`` or ``TypeError`` for anything but a photograph.
    """

    _ipython_display_ = None  # see Drawn

    def __init__(self, networks: Mapping[str, nn.Module], photo: torch.Tensor, *, alt: str = "") -> None:
        unknown = set(networks) - set(PHOTO_TASKS)
        if unknown or not networks:
            raise ValueError(
                f"networks must have one or more of {', '.join(PHOTO_TASKS)}; it has "
                f"{', '.join(map(repr, networks)) or 'none'}."
            )
        self.networks = dict(networks)
        self._alt = alt
        tasks = [(PHOTO_TASKS[task], task) for task in networks]
        self._upload = ipywidgets.FileUpload(accept="image/*", description="Photograph")
        self._task = ipywidgets.Dropdown(options=tasks, description="task")
        self._start = ipywidgets.Button(description="Repair", button_style="primary")
        self._save = ipywidgets.Button(description="Save as PNG", disabled=True)
        self._progress = ipywidgets.FloatProgress(max=1, description="done")
        self._message = ipywidgets.HTML()
        loading = [for_loading(network)[0] for network in networks.values()]
        self._view = _DividedPhoto(tasks=[list(task) for task in tasks], networks=loading)
        self._show(photo)
        self._upload.observe(self._take_upload, "value")
        self._task.observe(self._choose_task, "value")
        self._start.on_click(self._repair)
        self._save.on_click(lambda _: self._view.send({"save": "repaired.png"}, [photos.png(self.repaired)]))
        self._choose_task()
        controls = ipywidgets.HBox(
            [self._upload, self._task, self._start, self._save], layout=ipywidgets.Layout(flex_flow="row wrap")
        )
        super().__init__([controls, self._progress, self._message, self._view])

    @property
    def lost(self) -> torch.Tensor:
        """The marked pixels, (1, 1, H, W), bool."""
        height, width = self.photo.shape[2:]
        mask = Image.new("L", (width, height))
        pen = ImageDraw.Draw(mask)
        for broad, *places in self._view.marks:
            points = list(zip(places[::2], places[1::2], strict=True))
            pen.line(points, fill=1, width=round(broad), joint="curve")
            for x, y in (points[0], points[-1]):  # round ends, as they are drawn in the browser
                pen.ellipse([x - broad / 2, y - broad / 2, x + broad / 2, y + broad / 2], fill=1)
        return torch.from_numpy(np.array(mask, dtype=bool))[None, None]

    def _show(self, photo: torch.Tensor) -> None:
        """Show a photograph, and clear what belonged to the previous one."""
        before = photos.png(photo, PREVIEW_SIDE)  # raises for anything but a photograph, before anything changes
        self.photo, self.repaired = photo, None
        height, width = photo.shape[2:]
        for name, value in {"after": b"", "marks": [], "photo_size": [height, width], "before": before}.items():
            self._view.set_trait(name, value)
        self._save.disabled = True
        self._progress.value = 0

    def _take_upload(self, change: dict) -> None:
        if not change["new"]:
            return
        # ipywidgets 8 has a tuple of files, 7 had a dictionary of them by name.
        new = change["new"]
        files = list(new.items()) if isinstance(new, dict) else [(file["name"], file) for file in new]
        name, file = files[-1]
        try:
            self._show(data.load_photo(bytes(file["content"])))
            height, width = self.photo.shape[2:]
            self._say(f"{name}: a photograph of {width} × {height} pixels.")
        except Exception as error:  # an uploaded file can be anything; say so, and keep the old photograph
            self._say(f"{name}: {error} The photograph before it is still there.")

    def _choose_task(self, _: object = None) -> None:
        self._view.marking = self._task.value == "lost"

    def _repair(self, _: object) -> None:
        self._start.disabled = True
        self._progress.value = 0
        try:
            started = time.perf_counter()
            network, task = self.networks[self._task.value], self._task.value
            if task == "low resolution":
                repaired = photos.double_photo(network, self.photo, self._follow)
            else:
                lost = self.lost if task == "lost" else None
                if lost is not None and not lost.any():
                    self._say("Nothing is marked yet. Draw over what is to be filled, then press Repair.")
                    return
                repaired = photos.repair_photo(network, self.photo, lost, self._follow)
            self.repaired = repaired
            self._view.after = photos.png(repaired, PREVIEW_SIDE)
            self._save.disabled = False
            height, width = repaired.shape[2:]
            self._say(
                f"Done in {time.perf_counter() - started:.1f} s: {width} × {height} pixels. Move the slider to compare."
            )
        except Exception as error:  # whatever goes wrong is shown below the buttons; the kernel lives on
            self._say(f"The repair stopped with {type(error).__name__}: {error}")
        finally:
            self._start.disabled = False

    def _follow(self, share: float) -> None:
        self._progress.value = share

    def _say(self, text: str) -> None:
        self._message.value = html.escape(text)

    def __repr__(self) -> str:
        """Return one line, in case no widget can be shown at all."""
        return "Repair for a photograph of your own; run the cell in a notebook to use it."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        return bundle(self._view, self, f"{self._before_and_after()}<p>{self!r}</p>")

    def _before_and_after(self) -> str:
        """Return, as HTML, the middle of the photograph before and after the chosen task; nothing if that fails."""
        task = self._task.value
        side = STILL_SIDE // 2 if task == "low resolution" else STILL_SIDE
        top, left = (max(0, (length - side) // 2) for length in self.photo.shape[2:])
        before = self.photo[:, :, top : top + side, left : left + side]
        height, width = before.shape[2:]
        title = "before"
        try:
            if task == "low resolution":
                after = photos.double_photo(self.networks[task], before, _tell_nobody)
            elif task == "lost":
                lost = stills.stroke_across(height, width, max(1, height // 20))
                after = photos.repair_photo(self.networks[task], before, lost, _tell_nobody)
                before = torch.where(lost, torch.tensor(MARK, dtype=torch.uint8).reshape(1, 3, 1, 1), before)
                title = "before, with a mark across the middle"
            else:
                after = photos.repair_photo(self.networks[task], before, on_progress=_tell_nobody)
        except Exception:  # whatever a learner's own network raises is shown when Repair is pressed
            return ""
        figure, panels = plots.subplots(1, 2, size=(plots.WIDTH, plots.WIDTH * height / width / 2 + 0.2))
        plots.draw_image(panels[0], before[0], title)
        plots.draw_image(panels[1], after[0], f"after: {PHOTO_TASKS[task]}")
        text = (
            f"The middle of a photograph twice, side by side: {title}, and after its repair by the network. The task "
            f"was: {PHOTO_TASKS[task]}."
        )
        return stills.picture(figure, text, self._alt)


class _DividedPhoto(Drawn):
    """A photograph before and after in the browser; ``marks`` are strokes: a width, then x and y of each point."""

    view = traitlets.Unicode("photo").tag(sync=True)
    before = traitlets.Bytes().tag(sync=True)
    after = traitlets.Bytes().tag(sync=True)
    photo_size = traitlets.List().tag(sync=True)
    marks = traitlets.List().tag(sync=True)
    mark_colour = traitlets.Unicode("#{:02X}{:02X}{:02X}".format(*MARK)).tag(sync=True)
    marking = traitlets.Bool().tag(sync=True)
    divider = traitlets.Float(0.5).tag(sync=True)
    # For a web page, which mends without a kernel: each task's label, its name here, and what it takes to load its
    # network, or None.
    tasks = traitlets.List().tag(sync=True)
    networks = traitlets.List().tag(sync=True)


def _tell_nobody(share: float) -> None:
    """Ignore the progress of a repair that is too short for a bar."""
