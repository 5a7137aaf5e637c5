"""A slider for the quality of a codec, compared with JPEG."""

from collections.abc import Sequence

import ipywidgets
import numpy as np
import torch
import traitlets
from ipywidgets.widgets import widget_serialization

from aelib import checks, compression, metrics, plots
from aelib.widgets import stills
from aelib.widgets.shared import MAX_PICTURES, Pictures, WithSliders


class CompressionSlider(WithSliders):
    """A slider for quality: a picture, what a codec makes of it, and the best JPEG of no more bytes.

    If no JPEG is that small, it shows the smallest.

    ``codecs`` go from the coarsest to the finest. ``images`` (N, C, H, W) are ``uint8``; each goes into a file of its
    own. The bytes do not count our header, nor what is the same in the JPEG files of all images;
    ``compression.best_jpegs`` defines the best JPEG. PSNR is in dB, for the one picture. ``alt`` says what the still
    picture shows, after a description of its layout.

    ``quality`` and ``picture`` are its two sliders, both from 1 on. ``drawn`` and ``jpegs`` hold what the codecs and
    JPEG make of the ``images``, (qualities, N, C, H, W) ``uint8``.

    Raises ``ValueError`` for fewer than two codecs or images, for more than 100 images, and as ``Codec.compress`` does.
    """

    def __init__(self, codecs: Sequence[compression.Codec], images: torch.Tensor, *, alt: str = "") -> None:
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
        """Return one line, in case no picture can be shown at all."""
        return f"{len(self.drawn)} qualities of a codec; run the cell in a notebook to move the slider."


class _ComparedPictures(Pictures):
    """Pictures and what codecs made of them, all in the browser, which shows those that the sliders choose."""

    view = traitlets.Unicode("quality").tag(sync=True)
    sliders = traitlets.List().tag(sync=True, **widget_serialization)
    originals = traitlets.Bytes().tag(sync=True)
    drawn = traitlets.Bytes().tag(sync=True)
    jpegs = traitlets.Bytes().tag(sync=True)
    drawn_captions = traitlets.List().tag(sync=True)
    jpeg_captions = traitlets.List().tag(sync=True)


def _bytes_and_psnr(images: torch.Tensor, drawn: torch.Tensor, sizes: np.ndarray) -> list[str]:
    """Return the caption of each picture: its bytes, and how close it is to the original."""
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
    """Return, as HTML, the first pictures at the lowest, middle and highest quality, by our codec and by JPEG."""
    shown = images[: stills.IN_A_ROW]
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
        f"make of them, which takes {stills.listed(told)} on average."
    )
    return stills.picture(plots.comparison(rows), text, alt)
