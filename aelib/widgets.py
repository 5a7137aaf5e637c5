"""Play with a network: pictures that follow sliders, a map of codes, the quality of a codec, a brush that damages.

A dense decoder is evaluated by the browser itself, in ``assets/widgets.js``, so that the picture follows within a frame
of the screen; any other decoder is asked in the kernel. Where no live widget can show, on GitHub or on paper, the cell
shows a still picture instead, with a text that says what is on it.
"""

import html
import math
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import anywidget
import ipywidgets
import matplotlib
import numpy as np
import torch
import traitlets
from ipywidgets.widgets import widget_serialization
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from PIL import Image, ImageDraw
from torch import nn

from aelib import checks, compression, data, metrics, models, photos, plots, repair
from aelib.classical import Baseline

MAX_CODES = 2000  # real codes that the browser gets, to say how far the nearest is
MAX_UNITS = 128
MAX_PICTURES = 100  # of a brush, and of a quality slider, which writes some hundred JPEGs for each
MAX_WEIGHTS = 4_000_000  # of a decoder that the browser evaluates, 16 MB; larger ones stay in the kernel
SLIDERS_IN_SIGHT = 8
RANKED_CODES = 1000  # by which sliders are put in order; 200 where a decoder of unknown speed has to draw them
STILL_PICTURES = 9  # in a row of a still picture
LOST_PIXELS = "lost pixels"
# The other kinds of damage that a brush can do; each leaves every pixel where it is.
BRUSH_KINDS = ("noise", "salt and pepper", "blur", "low resolution", "jpeg", "faded")
PHOTO_TASKS = {"noise": "take noise away", "lost": "fill what I mark", "low resolution": "double the size"}
PREVIEW_SIDE = 1280  # pixels of a photograph in the browser; what is saved has all of them
STILL_SIDE = 160  # pixels of the part of a photograph that is mended for a still picture, in a quarter of a second
WIDGET = "application/vnd.jupyter.widget-view+json"
MARK = (213, 94, 0)  # red, green and blue of what is marked in a photograph, as assets/widgets.js draws it
ASSETS = Path(str(files("aelib"))) / "assets"
RepairMethod = Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]


class _Drawn(anywidget.AnyWidget):
    """Something that ``assets/widgets.js`` draws in the browser."""

    _ipython_display_ = None  # ipywidgets 7 would display itself by it, and leave the still picture out
    _esm = ASSETS / "widgets.js"
    _css = ASSETS / "widgets.css"


class _Pictures(_Drawn):
    """Pictures of one shape."""

    image_shape = traitlets.List().tag(sync=True)


class _LivePicture(_Pictures):
    """A decoded picture in the browser; what the traits hold, ``assets/widgets.js`` says where it uses them."""

    layers = traitlets.List().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    codes = traitlets.Bytes().tag(sync=True)
    usual_distance = traitlets.Float().tag(sync=True)
    classes = traitlets.List().tag(sync=True)
    class_of = traitlets.Bytes().tag(sync=True)

    def __init__(
        self, model: object, images: torch.Tensor, labels: torch.Tensor | None, classes: Sequence[str], **traits: object
    ) -> None:
        self.model = model
        self.real_codes = _real_codes(model, images)  # (N, code_size)
        if labels is None:
            labels, classes = torch.zeros(len(images)), ()
        elif not _are_labels(labels := torch.as_tensor(labels), len(images), classes):
            raise ValueError(
                f"There must be one label for each image, from 0 to the number of classes less one, and at most 256 "
                f"classes; got labels of the shape {tuple(labels.shape)} for {len(images)} images, and {len(classes)} "
                f"classes."
            )
        layers, weights = _dense_layers(model, self.real_codes)
        super().__init__(
            image_shape=list(images.shape[1:]),
            layers=layers,
            weights=weights,
            codes=_float32(self.real_codes),
            usual_distance=_usual_distance(self.real_codes),
            classes=[str(name) for name in classes],
            class_of=labels[:MAX_CODES].to(torch.uint8).numpy(force=True).tobytes(),
            **traits,
        )
        self._held = False
        self.on_msg(self._hold)

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Return images (N, C, H, W), clamped to [0, 1], of codes (N, code_size).

        Raises ``TypeError`` or ``ValueError`` for what is no image of the shape of those that went in.
        """
        with torch.no_grad():
            decoded = self.model.decode(codes)
        # Far from the real codes, a decoder may shoot far beyond black and white.
        if isinstance(decoded, torch.Tensor) and decoded.is_floating_point():
            decoded = decoded.clamp(0, 1)
        checks.drawing(decoded, (len(codes), *self.image_shape), "decode")
        return data.as_float(decoded)

    def _hold(self, _: object, content: dict, buffers: list) -> None:
        """Send no picture while the browser moves several sliders, and one when it has done so."""
        if "hold" in content:
            self._held = content["hold"]
            self.send_picture()

    def send_picture(self, _: object = None) -> None:
        """Send the picture of the present code as bytes, or what went wrong; where the browser decodes, nothing."""
        if self._held or self.layers:
            return
        try:
            image = self.decode(self.code)
            self.send({}, [data.as_bytes(image).numpy(force=True).tobytes()])
        except Exception as error:  # whatever a learner's own decoder raises is shown beside the picture
            self.send({"error": f"The decoder stopped with {type(error).__name__}: {error}"})


class _WithSliders(ipywidgets.HBox):
    """A picture in the browser with ipywidgets' own sliders beside it; a still one where neither can show."""

    _ipython_display_ = None  # see _Drawn

    def __init__(self, picture: _Drawn, controls: Sequence[ipywidgets.Widget], still: str) -> None:
        self._picture = picture
        self._still = still
        super().__init__(
            [picture, ipywidgets.VBox(controls)],
            layout=ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start"),
        )

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        return _bundle(self._picture, self, self._still)


class LatentSliders(_WithSliders):
    """What ``latent_sliders`` returns. ``code`` is the code (1, code_size) that the sliders stand at."""

    def __init__(self, model: object, images: torch.Tensor, alt: str) -> None:
        picture = _SliderPicture(model, images, None, ())
        codes = picture.real_codes
        lowest, highest, middle = codes.min(0).values, codes.max(0).values, codes.mean(0)  # (code_size,)
        flat = highest == lowest  # a silent unit: it has no range, and gets one
        lowest, highest = lowest - flat.float(), highest + flat.float()
        self._sliders = [
            ipywidgets.FloatSlider(
                value=middle[unit].item(),
                min=lowest[unit].item(),
                max=highest[unit].item(),
                step=(highest[unit] - lowest[unit]).item() / 200,
                description=f"unit {unit + 1}",
                readout_format=".2f",
            )
            for unit in range(codes.shape[1])
        ]
        picture.set_trait("sliders", self._sliders)
        for slider in self._sliders:
            slider.observe(picture.send_picture, "value")
        picture.set_trait("middle", middle.tolist())
        order = _most_telling_first(picture)
        in_order = [self._sliders[unit] for unit in order]
        column = [ipywidgets.VBox(in_order[:SLIDERS_IN_SIGHT])]
        if len(in_order) > SLIDERS_IN_SIGHT:
            fold = ipywidgets.Accordion([ipywidgets.VBox(in_order[SLIDERS_IN_SIGHT:])], selected_index=None)
            fold.set_title(0, f"{len(in_order) - SLIDERS_IN_SIGHT} units that change the picture less")
            column.append(fold)
        super().__init__(picture, column, _strip(picture, order, lowest, highest, alt))

    @property
    def code(self) -> torch.Tensor:
        """The code (1, code_size) that the sliders stand at."""
        return self._picture.code

    def __repr__(self) -> str:
        """Return one line for where no picture can be shown at all."""
        return f"Sliders for a code of {len(self._sliders)} units; run the cell in a notebook to move them."


class _SliderPicture(_LivePicture):
    sliders = traitlets.List().tag(sync=True, **widget_serialization)
    middle = traitlets.List().tag(sync=True)

    @property
    def code(self) -> torch.Tensor:
        """The code (1, code_size) that the sliders stand at."""
        return torch.tensor([[slider.value for slider in self.sliders]])


class CodeExplorer(_LivePicture):
    """What ``code_explorer`` returns. ``code`` is the code (1, code_size) under the marker."""

    points = traitlets.Bytes().tag(sync=True)
    origin = traitlets.List().tag(sync=True)
    axes = traitlets.List().tag(sync=True)
    bounds = traitlets.List().tag(sync=True)
    colours = traitlets.List().tag(sync=True)
    position = traitlets.List().tag(sync=True)

    def __init__(
        self, model: object, images: torch.Tensor, labels: torch.Tensor | None, classes: Sequence[str], alt: str
    ) -> None:
        super().__init__(model, images, labels, classes)
        codes = self.real_codes
        if codes.shape[1] < 2:
            raise ValueError("A map needs codes of at least two units; this network has one. Use latent_sliders.")
        origin, axes = torch.zeros(2), torch.eye(2)
        if codes.shape[1] > 2:
            origin = codes.mean(0)
            axes = torch.linalg.svd(codes - origin, full_matrices=False).Vh[:2]  # the first two principal components
        points = (codes - origin) @ axes.T  # (N, code_size) => (N, 2)
        low, high = points.min(0).values, points.max(0).values
        margin = 0.03 * (high - low) + 1e-6
        (left, bottom), (right, top) = (low - margin).tolist(), (high + margin).tolist()
        self.set_trait("points", _float32(points))
        self.set_trait("origin", origin.tolist())
        self.set_trait("axes", axes.tolist())
        self.set_trait("bounds", [left, right, bottom, top])
        self.set_trait("colours", [matplotlib.colors.to_hex(colour) for colour in plots.CLASS_COLOURS])
        self.set_trait("position", points[0].tolist())
        self.observe(self.send_picture, "position")
        self._still = _map_and_walk(self, points, alt)

    @property
    def code(self) -> torch.Tensor:
        """The code (1, code_size) under the marker."""
        return self.code_at(torch.tensor([self.position]))

    def code_at(self, positions: torch.Tensor) -> torch.Tensor:
        """Return the codes (N, code_size) of points (N, 2) of the map."""
        return torch.tensor(self.origin) + positions @ torch.tensor(self.axes)

    def __repr__(self) -> str:
        """Return one line for where no picture can be shown at all."""
        return "A map of codes; run the cell in a notebook to walk on it."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._still}, metadata


class CompressionSlider(_WithSliders):
    """What ``compression_slider`` returns.

    ``quality`` and ``picture`` are its two sliders, both from 1 on. ``drawn`` and ``jpegs`` hold what the codecs and
    JPEG make of the ``images``, (qualities, N, C, H, W) ``uint8``.
    """

    def __init__(self, codecs: Sequence[compression.Codec], images: torch.Tensor, alt: str) -> None:
        checks.batch(images)
        if len(codecs) < 2 or images.dtype != torch.uint8 or not 2 <= len(images) <= MAX_PICTURES:
            raise ValueError(
                f"Give two codecs or more, and 2 to {MAX_PICTURES} uint8 images; got {len(codecs)} codecs, and "
                f"images of the shape {tuple(images.shape)} and the type {images.dtype}."
            )
        self.images = images
        files = [[codec.compress(image) for image in images.split(1)] for codec in codecs]
        our_bytes = np.array([[len(file) - compression.HEADER.size for file in row] for row in files])  # (qualities, N)
        self.drawn = torch.stack(
            [torch.cat([codec.decompress(file) for file in row]) for codec, row in zip(codecs, files, strict=True)]
        )
        self.jpegs, jpeg_bytes = compression.best_jpegs(images, our_bytes)
        self.quality = ipywidgets.IntSlider(len(codecs) // 2 + 1, 1, len(codecs), description="quality")
        self.picture = ipywidgets.IntSlider(1, 1, len(images), description="picture")
        captions = [
            [_bytes_and_psnr(images, drawn, sizes) for drawn, sizes in zip(all_drawn, all_sizes, strict=True)]
            for all_drawn, all_sizes in ((self.drawn, our_bytes), (self.jpegs, jpeg_bytes))
        ]
        picture = _ComparedPictures(
            image_shape=list(images.shape[1:]),
            sliders=[self.quality, self.picture],
            originals=images.numpy().tobytes(),
            drawn=self.drawn.numpy().tobytes(),
            jpegs=self.jpegs.numpy().tobytes(),
            drawn_captions=captions[0],
            jpeg_captions=captions[1],
        )
        still = _quality_strip(images, self.drawn, our_bytes, self.jpegs, jpeg_bytes, alt)
        super().__init__(picture, [self.quality, self.picture], still)

    def __repr__(self) -> str:
        """Return one line for where no picture can be shown at all."""
        return f"{len(self.drawn)} qualities of a codec; run the cell in a notebook to move the slider."


class _ComparedPictures(_Pictures):
    """Pictures beside what codecs made of them, all of them in the browser, which shows those that sliders choose."""

    sliders = traitlets.List().tag(sync=True, **widget_serialization)
    originals = traitlets.Bytes().tag(sync=True)
    drawn = traitlets.Bytes().tag(sync=True)
    jpegs = traitlets.Bytes().tag(sync=True)
    drawn_captions = traitlets.List().tag(sync=True)
    jpeg_captions = traitlets.List().tag(sync=True)


class DamageBrush(_Pictures):
    """What ``damage_brush`` returns.

    ``picture`` (from 0 on), ``kind`` and ``lost``, the pixels that are drawn over, (1, 1, H, W) as bool, are what the
    browser sets. ``damaged``, ``repaired`` and ``rival`` are the images (1, C, H, W) that belong to them.
    """

    originals = traitlets.Bytes().tag(sync=True)
    kinds = traitlets.List().tag(sync=True)
    rivals = traitlets.List().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Int().tag(sync=True)
    drawn = traitlets.Unicode().tag(sync=True)  # a 1 for each pixel that is drawn over, a 0 for each other one

    def __init__(self, images: torch.Tensor, repairs: Mapping[str, tuple[RepairMethod, Baseline]], alt: str) -> None:
        checks.batch(images)
        if images.dtype != torch.uint8 or images.shape[1] not in (1, 3):
            raise ValueError(
                f"images must be uint8, (N, 1, H, W) or (N, 3, H, W); these are {images.dtype}, {tuple(images.shape)}."
            )
        unknown = set(repairs) - {LOST_PIXELS, *BRUSH_KINDS}
        if unknown or not repairs:
            raise ValueError(
                f"repairs must have one or more of {', '.join([LOST_PIXELS, *BRUSH_KINDS])}; it has "
                f"{', '.join(map(repr, repairs)) or 'none'}."
            )
        for kind, pair in repairs.items():
            methods = pair if isinstance(pair, (tuple, list)) else [pair]
            if not (len(methods) == 2 and all(map(callable, methods)) and hasattr(methods[1], "name")):
                raise ValueError(
                    f"repairs must have two methods for {kind!r}: a network, and a classical.Baseline, or another "
                    f"function with a name."
                )
        self.images = images[:MAX_PICTURES]
        self.repairs = dict(repairs)
        self._alt = alt
        super().__init__(
            image_shape=list(images.shape[1:]),
            originals=self.images.numpy(force=True).tobytes(),
            kinds=list(repairs),
            rivals=[rival.name for _, rival in repairs.values()],
            kind=next(iter(repairs)),
            drawn="0" * images[0, 0].numel(),
        )
        for kind in repairs:  # what does not fit is told now, not below a picture
            self._mend(0, kind, self._stroke)
        self.observe(self._answer, ["kind", "picture", "drawn"])
        self.on_msg(lambda widget, content, buffers: self._answer() if content.get("ready") else None)

    @property
    def lost(self) -> torch.Tensor:
        """The pixels that are drawn over, (1, 1, H, W), bool."""
        pixels = torch.tensor([pixel == "1" for pixel in self.drawn])
        return pixels.reshape(1, 1, *self.image_shape[1:])

    @property
    def damaged(self) -> torch.Tensor:
        """The damaged image (1, C, H, W), float in [0, 1]."""
        return self._mend(self.picture, self.kind, self.lost)[0]

    @property
    def repaired(self) -> torch.Tensor:
        """The image (1, C, H, W) as the network repairs it, float in [0, 1]."""
        return self._mend(self.picture, self.kind, self.lost)[1]

    @property
    def rival(self) -> torch.Tensor:
        """The image (1, C, H, W) as the classical method repairs it, float in [0, 1]."""
        return self._mend(self.picture, self.kind, self.lost)[2]

    def _mend(self, picture: int, kind: str, lost: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the damaged image, and what the network and its rival make of it: (1, C, H, W) each."""
        image = data.as_float(self.images[picture : picture + 1])
        if kind == LOST_PIXELS:
            damaged, told = image.masked_fill(lost, 0), lost
        else:
            damaged, told = torch.where(lost, repair.damage(image, kind, seed=picture)[0], image), None
        mended = []
        for who, method in zip(("The network", "The classical method"), self.repairs[kind], strict=True):
            with torch.no_grad():
                drawn = method(damaged, told)
            checks.drawing(drawn, damaged.shape, f"{who} for {kind}")
            # Where nothing is drawn over, the picture is whole; neither method may change it.
            mended.append(repair.keep_known(damaged, data.clamped(drawn), lost))
        return damaged, *mended

    def _answer(self, _: object = None) -> None:
        """Send the three pictures and what stands below them, or what went wrong."""
        try:
            lost = self.lost
            pictures = self._mend(self.picture, self.kind, lost)
            image = data.as_float(self.images[self.picture : self.picture + 1])
            captions = [_psnr_under_brush(image, picture, lost) for picture in pictures]
            pixels = [data.as_bytes(picture).numpy(force=True).tobytes() for picture in pictures]
            self.send({"captions": captions}, pixels)
        except Exception as error:  # whatever a learner's own network raises is shown beside the pictures
            self.send({"error": f"The repair stopped with {type(error).__name__}: {error}"})

    @property
    def _stroke(self) -> torch.Tensor:
        """What is drawn over, (1, 1, H, W), where nobody can draw."""
        height, width = self.image_shape[1:]
        return _stroke_across(height, width, max(1, height // 5))

    def __repr__(self) -> str:
        """Return one line for where no picture can be shown at all."""
        return "A brush that damages pictures; run the cell in a notebook to draw."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._strip()}, metadata

    def _strip(self) -> str:
        """Return, as HTML, the first pictures with a stroke of each kind of damage across them, and their repairs."""
        shown = self.images[:STILL_PICTURES]
        rows = {}
        for kind, (_, rival) in self.repairs.items():
            mended = [self._mend(index, kind, self._stroke) for index in range(len(shown))]
            for name, pictures in zip(("damaged", "network", rival.name), zip(*mended, strict=True), strict=True):
                rows[f"{kind}: {name}"] = torch.cat(pictures)
        rows["original"] = shown
        kinds = _listed([f"{kind} ({rival.name})" for kind, (_, rival) in self.repairs.items()])
        text = (
            f"{_counted(len(rows), 'row')} of {_counted(len(shown), 'picture')}. For each damage, three: damaged by a "
            f"stroke across the middle, repaired by the network, repaired by the classical method. These are, with the "
            f"name of that method, {kinds}. Last come the originals."
        )
        return _picture(plots.comparison(rows), text, self._alt)


class PhotoRepair(ipywidgets.VBox):
    """What ``photo_repair`` returns.

    ``photo`` (1, 3, H, W), ``uint8``, is the photograph, ``lost`` (1, 1, H, W), bool, what is marked in it, and
    ``repaired`` the result, (1, 3, H, W) or twice as large, or None before there is one.
    """

    _ipython_display_ = None  # see _Drawn

    def __init__(self, networks: Mapping[str, nn.Module], photo: torch.Tensor, alt: str) -> None:
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
        self._view = _DividedPhoto()
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
        """The pixels that are marked, (1, 1, H, W), bool."""
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
        """Take a photograph; what belonged to the one before goes away."""
        before = photos.png(photo, PREVIEW_SIDE)  # raises for what is no photograph, before anything changes
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
        except Exception as error:  # a file from outside can be anything; it is told, and the old photograph stays
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
        except Exception as error:  # whatever goes wrong is told below the buttons; the kernel lives
            self._say(f"The repair stopped with {type(error).__name__}: {error}")
        finally:
            self._start.disabled = False

    def _follow(self, share: float) -> None:
        self._progress.value = share

    def _say(self, text: str) -> None:
        self._message.value = html.escape(text)

    def __repr__(self) -> str:
        """Return one line for where no widget can be shown at all."""
        return "Repair for a photograph of your own; run the cell in a notebook to use it."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        return _bundle(self._view, self, f"{self._before_and_after()}<p>{self!r}</p>")

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
                lost = _stroke_across(height, width, max(1, height // 20))
                after = photos.repair_photo(self.networks[task], before, lost, _tell_nobody)
                before = torch.where(lost, torch.tensor(MARK, dtype=torch.uint8).reshape(1, 3, 1, 1), before)
                title = "before, with a mark across the middle"
            else:
                after = photos.repair_photo(self.networks[task], before, on_progress=_tell_nobody)
        except Exception:  # whatever a learner's own network raises is told when Repair is pressed
            return ""
        figure, panels = plots.subplots(1, 2, size=(plots.WIDTH, plots.WIDTH * height / width / 2 + 0.2))
        plots.draw_image(panels[0], before[0], title)
        plots.draw_image(panels[1], after[0], f"after: {PHOTO_TASKS[task]}")
        text = (
            f"The middle of a photograph twice, side by side: {title}, and after its repair by the network. The task "
            f"was: {PHOTO_TASKS[task]}."
        )
        return _picture(figure, text, self._alt)


class _DividedPhoto(_Drawn):
    """A photograph before and after in the browser; ``marks`` are strokes: a width, then x and y of each point."""

    before = traitlets.Bytes().tag(sync=True)
    after = traitlets.Bytes().tag(sync=True)
    photo_size = traitlets.List().tag(sync=True)
    marks = traitlets.List().tag(sync=True)
    marking = traitlets.Bool().tag(sync=True)
    divider = traitlets.Float(0.5).tag(sync=True)


def _psnr_under_brush(image: torch.Tensor, picture: torch.Tensor, lost: torch.Tensor) -> str:
    """Return how near a picture (1, C, H, W) comes to the original where it was drawn over."""
    if not lost.any():
        return ""
    decibels = metrics.psnr(image, picture, lost)
    if decibels == math.inf:  # black on black, for one
        return "as the original under the brush"
    return f"{decibels:.1f} dB under the brush"


def latent_sliders(model: object, images: torch.Tensor, *, alt: str = "") -> LatentSliders:
    """Return a slider for each code unit, with the decoded picture beside them, live.

    ``model`` needs ``encode`` and ``decode``, for images (N, C, H, W), grey or colour, and codes (N, code_size) of at
    most 128 units. The first 2,000 ``images``, ``uint8`` or float in [0, 1], give the real codes and the ranges of the
    sliders. The units that change the picture most come first: those whose replacement by their mean costs the largest
    mean squared error. Distances are Euclidean. ``alt`` says what the still picture shows, behind how it is laid out.

    Raises ``TypeError`` for a model without ``encode`` or ``decode``, ``ValueError`` when it does not fit the images.
    """
    return LatentSliders(model, images, alt)


def code_explorer(
    model: object,
    images: torch.Tensor,
    labels: torch.Tensor | None = None,
    classes: Sequence[str] = (),
    *,
    alt: str = "",
) -> CodeExplorer:
    """Return a map of the codes of images, where the decoded picture follows the pointer or the arrow keys.

    A code of two units is the map itself; of a larger one, the map shows the plane of the first two principal
    components. The points are the first 2,000 ``images`` (N, C, H, W), ``uint8`` or float in [0, 1], coloured by
    ``labels`` (N,), whose names are ``classes``. Two clicks, or twice Enter, mark the ends of a straight line to play.
    ``alt`` says what the still map shows, behind how it is laid out.

    Raises ``TypeError`` for a model without ``encode`` or ``decode``, ``ValueError`` when it does not fit the images.
    """
    return CodeExplorer(model, images, labels, classes, alt)


def compression_slider(
    codecs: Sequence[compression.Codec], images: torch.Tensor, *, alt: str = ""
) -> CompressionSlider:
    """Return a slider for the quality: a picture, what a codec makes of it, and the best JPEG of no more bytes.

    (Or, where no JPEG is so small, the smallest.)

    ``codecs`` go from the coarsest to the finest. ``images`` (N, C, H, W) are ``uint8``; each stands in a file of its
    own. The bytes do not count our header, nor what is the same in the JPEG files of all images; what is the best JPEG,
    ``compression.best_jpegs`` says. PSNR is in dB, of the one picture. ``alt`` says what the still picture shows,
    behind how it is laid out.

    Raises ``ValueError`` for fewer than two codecs or images, or more than 100, and as ``Codec.compress`` does.
    """
    return CompressionSlider(codecs, images, alt)


def damage_brush(
    images: torch.Tensor, repairs: Mapping[str, tuple[RepairMethod, Baseline]], *, alt: str = ""
) -> DamageBrush:
    """Return pictures to draw on, by mouse, finger or keyboard, that are repaired while one draws.

    ``images`` (N, C, H, W) are ``uint8``, grey or colour; the first 100 can be chosen. ``repairs`` has, for each kind
    of damage that the brush can do, a network and a classical method (one of ``classical.baselines``). Both are called
    with the damaged image (1, C, H, W), float in [0, 1], and the lost pixels (1, 1, H, W) or None. ``"lost pixels"``
    are black, and both are told where they are. Of ``"noise"``, ``"salt and pepper"``, ``"blur"``,
    ``"low resolution"``, ``"jpeg"`` and ``"faded"``, which ``repair.damage`` does, the brush makes as much as it
    covers. Whatever it does not cover is kept as it was. PSNR is in dB, over the pixels under the brush. ``alt`` says
    what the still picture shows, behind how it is laid out.

    Raises ``ValueError`` for other kinds or images, and as the network and the method do.
    """
    return DamageBrush(images, repairs, alt)


def photo_repair(networks: Mapping[str, nn.Module], photo: torch.Tensor, *, alt: str = "") -> PhotoRepair:
    """Return buttons to upload a photograph, mend it, compare before and after, and save the result as PNG.

    ``networks`` has a network for one or more of the tasks: ``"noise"`` takes noise away, ``"lost"`` fills what is
    marked by mouse, finger or keyboard, ``"low resolution"`` doubles width and height. ``photo`` (1, 3, H, W),
    ``uint8``, is there before one is uploaded. A file that is no picture, damaged or too large is told in a sentence.
    Without a live notebook, the middle of ``photo`` is shown, before and after the chosen task; ``alt`` says what one
    sees there, behind how that picture is laid out.

    Raises ``ValueError`` for other tasks, ``ValueError`` or ``TypeError`` for what is no photograph.
    """
    return PhotoRepair(networks, photo, alt)


def _bundle(view: _Drawn, box: ipywidgets.Widget, still: str) -> tuple[dict, dict]:
    """Return what Jupyter is to show of a box that holds a view of ours, and a still picture for where it cannot."""
    bundle, metadata = view._repr_mimebundle_()
    live = bundle[WIDGET] | {"model_id": box.model_id}
    return {WIDGET: live, "text/html": still, "text/plain": repr(box)}, metadata


def _picture(figure: Figure, layout: str, alt: str) -> str:
    """Return a figure as HTML; its text says how it is laid out, and then, in the caller's words, what it shows."""
    return plots.picture_tag(figure, f"{layout} {alt}".strip())


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _stroke_across(height: int, width: int, breadth: int) -> torch.Tensor:
    """Return which pixels, (1, 1, H, W), a straight stroke across the middle covers."""
    lost = torch.zeros(1, 1, height, width, dtype=torch.bool)
    top = (height - breadth) // 2
    lost[..., top : top + breadth, width // 5 : width - width // 5] = True
    return lost


def _tell_nobody(share: float) -> None:
    """Take the progress of a repair that is too short for a bar."""


def _real_codes(model: object, images: torch.Tensor) -> torch.Tensor:
    """Return the codes (N, code_size) of the first images; refuse what the widgets cannot show."""
    for name in ("encode", "decode"):
        if not callable(getattr(model, name, None)):
            raise TypeError(f"A {type(model).__name__} has no {name}; the widgets need a model with encode and decode.")
    checks.batch(images, least=2)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"images must be (N, 1, H, W) or (N, 3, H, W); these are {tuple(images.shape)}.")
    shown = images[:MAX_CODES]
    if isinstance(model, nn.Module):
        model.eval()
    with torch.no_grad():
        codes = model.encode(data.as_float(shown))
        checks.encoded(codes, len(shown))
        if codes.shape[1] > MAX_UNITS:
            raise ValueError(f"The widgets show codes of 1 to {MAX_UNITS} units; these have {codes.shape[1]}.")
        if not codes.isfinite().all():
            raise ValueError("Some codes are NaN or infinite. Was the network trained with too high a learning rate?")
        checks.drawing(model.decode(codes[:1]), (1, *images.shape[1:]), "decode")
    return codes.float().cpu()


def _are_labels(labels: torch.Tensor, count: int, classes: Sequence[str]) -> bool:
    """Return whether labels are those of so many images, and each is that of a class."""
    return labels.shape == (count,) and 0 <= labels.min() <= labels.max() < len(classes) <= 256


def _dense_layers(model: object, codes: torch.Tensor) -> tuple[list, bytes]:
    """Return the layers and weights of a decoder that the browser can evaluate; empty ones for any other."""
    names = {activation: name for name, activation in models.ACTIVATIONS.items()}
    layers, weights = [], []
    decoder = getattr(model, "decoder", None)
    for module in decoder if isinstance(decoder, nn.Sequential) else ():
        if type(module) is nn.Linear and module.bias is not None:
            layers.append([module.in_features, module.out_features, "linear"])
            weights += [_float32(module.weight), _float32(module.bias)]
        elif type(module) in names and layers and layers[-1][2] == "linear":
            layers[-1][2] = names[type(module)]
        else:
            return [], b""
    if not layers or sum(map(len, weights)) > 4 * MAX_WEIGHTS:
        return [], b""
    with torch.no_grad():  # decode may do more than its layers
        if not torch.allclose(decoder(codes[:64]).flatten(1), model.decode(codes[:64]).flatten(1), atol=1e-6):
            return [], b""
    return layers, b"".join(weights)


def _float32(tensor: torch.Tensor) -> bytes:
    return tensor.detach().numpy(force=True).astype("<f4").tobytes()


def _usual_distance(codes: torch.Tensor) -> float:
    """Return the median distance of a code to the nearest other one."""
    distances = torch.cdist(codes, codes)  # (N, N)
    return distances.fill_diagonal_(float("inf")).min(1).values.median().item()


def _most_telling_first(picture: _LivePicture) -> list[int]:
    """Return the code units, first those whose replacement by their mean changes the pictures most."""
    codes = picture.real_codes[: RANKED_CODES if picture.layers else 200]
    images = picture.decode(codes)
    change = []
    for unit in range(codes.shape[1]):
        without = codes.clone()
        without[:, unit] = codes[:, unit].mean()
        change.append((picture.decode(without) - images).square().mean().item())
    return sorted(range(len(change)), key=lambda unit: -change[unit])


def _strip(picture: _LivePicture, order: list[int], lowest: torch.Tensor, highest: torch.Tensor, alt: str) -> str:
    """Return, as HTML, what the first sliders do: each goes from its lowest to its highest value, the others rest."""
    middle = picture.real_codes.mean(0)
    steps = torch.linspace(0, 1, STILL_PICTURES)
    rows = {}
    for unit in order[:4]:
        codes = middle.repeat(len(steps), 1)  # (9, code_size)
        codes[:, unit] = lowest[unit] + steps * (highest[unit] - lowest[unit])
        rows[f"unit {unit + 1}"] = picture.decode(codes)
    titles = ["lowest", *[""] * (len(steps) - 2), "highest"]
    text = (
        f"{_counted(len(rows), 'row')} of {len(steps)} decoded pictures. In each row one unit of the code goes from "
        f"its lowest to its highest value, and the others stay at their mean; from top to bottom: {_listed([*rows])}."
    )
    return _picture(plots.comparison(rows, titles), text, alt)


def _map_and_walk(explorer: CodeExplorer, points: torch.Tensor, alt: str) -> str:
    """Return, as HTML, the map, and the pictures on the straight line between two of its points."""
    start = points[0]
    last = int((points[:100] - start).square().sum(1).argmax())
    end = points[last]
    line = start + torch.linspace(0, 1, STILL_PICTURES)[:, None] * (end - start)  # (9, 2)
    labels = torch.from_numpy(np.frombuffer(explorer.class_of, dtype=np.uint8).copy())
    figure = plots.map_figure(points, labels, explorer.classes or [""])
    axes = figure.axes[0]
    axes.plot(*line.T.numpy(), color="black", marker="o", markersize=4)
    for letter, place in (("A", start), ("B", end)):
        axes.annotate(
            letter, place.tolist(), weight="bold", xytext=(-10, 5), textcoords="offset points", zorder=10,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )  # fmt: skip
    if len(explorer.origin) > 2:
        axes.set(xlabel="first principal component of the codes", ylabel="second")
    walk = plots.comparison({"from A to B": explorer.decode(explorer.code_at(line))})
    ends, lie, colour = "from A to B", "", ""
    if explorer.classes:
        middles = plots.middles(points, labels)
        from_left, from_bottom = (
            _listed([explorer.classes[label] for label in sorted(middles, key=lambda label: middles[label][axis])])
            for axis in (0, 1)
        )
        ends = "from A ({}) to B ({})".format(*(explorer.classes[labels[index]] for index in (0, last)))
        colour = ", in the colour of its class"
        lie = f" The middles of the classes lie, from left to right: {from_left}; from bottom to top: {from_bottom}."
    text = f"A map of the codes of {len(points)} images, one dot each{colour}.{lie} A straight line goes {ends}."
    return _picture(figure, text, alt) + (
        _picture(walk, f"{len(line)} decoded pictures, step by step along the line {ends}.", "")
    )


def _bytes_and_psnr(images: torch.Tensor, drawn: torch.Tensor, sizes: np.ndarray) -> list[str]:
    """Return what stands below each of some pictures: its bytes, and how near it comes to the original."""
    return [
        f"{size} bytes, {metrics.psnr(image, picture):.1f} dB"
        for image, picture, size in zip(images, drawn, sizes, strict=True)
    ]


def _quality_strip(
    images: torch.Tensor,
    drawn: torch.Tensor,
    our_bytes: np.ndarray,
    jpegs: torch.Tensor,
    jpeg_bytes: np.ndarray,
    alt: str,
) -> str:
    """Return, as HTML, the first pictures at the lowest, the middle and the highest quality, and JPEG's beside them."""
    shown = images[:STILL_PICTURES]
    rows = {"original": shown}
    told = []
    for level in sorted({0, len(drawn) // 2, len(drawn) - 1}):
        means = []
        for name, pictures, sizes in (("our codec", drawn, our_bytes), ("JPEG", jpegs, jpeg_bytes)):
            means.append(f"{sizes[level, : len(shown)].mean():.0f}")
            rows[f"quality {level + 1},\n{name}: {means[-1]} bytes"] = pictures[level, : len(shown)]
        told.append("{} and {} bytes at quality {}".format(*means, level + 1))
    text = (
        f"{len(rows)} rows of {len(shown)} pictures: the originals, and then by turns what our codec and what JPEG "
        f"make of them, which takes {_listed(told)} on average."
    )
    return _picture(plots.comparison(rows), text, alt)
