"""Make files of images: quantise the codes of an autoencoder, write them in as few bits as they need, read them again.

A file is a header, the symbols of all images, coded by asymmetric numeral systems (ANS; Duda 2013, arXiv:1311.2540),
and a checksum:

    bytes   content
    3       "AEC"
    1       version of the format, 1
    4       fingerprint of the codec: the first bytes of a SHA-256 of its network, step, frequencies and first picture
    5       shape of an image: channels (1 byte), height and width (2 bytes each)
    4       number of images, with at most 2²⁷ pixel values together
    …       the symbols, without the zero bytes at their end
    4       CRC-32 of all that stands before

Whole numbers, without sign, the least byte first. Nothing in a file is code, and nothing in it is believed before the
checksum and the fingerprint are right.
"""

import copy
import hashlib
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import constriction
import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from aelib import checks, metrics
from aelib.data import BATCH, batches

MAGIC = b"AEC"
VERSION = 1
HEADER = struct.Struct("<3sB4sBHHI")  # magic, version, fingerprint, channels, height, width, number of images
CHECKSUM = struct.Struct("<I")
MAX_SYMBOLS = 2**16  # of a code unit: with a finer step, their frequencies would fill the memory
MAX_INTEGER = 2**30  # room enough in 32 bits
MAX_VALUES = 2**27  # pixel values of all images in a file, 171,000 images of Fashion-MNIST: so much memory it takes
LOSSY = ("JPEG", "JPG", "WEBP", "AVIF")  # formats that take a quality
SSIM_IMAGES = 1000  # of which a point of a curve takes the SSIM, which is slow


class Codec:
    """A file format for images: an autoencoder, a step for its codes, and how often each symbol occurs.

    ``model`` is a trained network with ``encode`` and ``decode``; a copy of it is kept. ``images`` (N, C, H, W),
    ``uint8`` or float in [0, 1], are training images: the symbols of their codes are counted. ``step`` is in the units
    of the code: the larger, the coarser are the codes and the smaller the files.

    ``decompress(compress(images))`` equals ``draw(symbols(images))`` to the last bit, in another process and on another
    number of threads too. What keeps that true: the file holds whole numbers, and whole numbers make up the tables of
    the entropy coder. The network runs in float64 and its results are rounded; the last of its 16 digits, which do
    depend on the number of threads, can decide the rounding only where a result is a tie to 13 digits. A network that
    draws random numbers in evaluation mode cannot be a codec.

    Raises ``TypeError`` when ``model`` is no network with ``encode`` and ``decode``, or its ``encode`` returns no
    tensor; ``ValueError`` for a step that is not above 0 or much too fine, for codes that are not finite, when the
    network draws random numbers, does not fit the images or cannot be copied; and as ``data.batches`` does.
    """

    def __init__(self, model: nn.Module, images: torch.Tensor, step: float) -> None:
        if not (isinstance(model, nn.Module) and hasattr(model, "encode") and hasattr(model, "decode")):
            raise TypeError(f"A codec needs a network with encode and decode; this is {checks.kind(model)}.")
        checks.batch(images)
        if images.shape[1] > 255 or max(images.shape[2:]) > 65535:
            raise ValueError(
                f"images must have at most 255 channels and sides of at most 65,535 pixels; these have "
                f"{tuple(images.shape)}."
            )
        self.step = checks.number(step, "step", above=0)
        self.model = _copied(model).cpu().double().eval()
        self.image_shape = tuple(images.shape[1:])

        rounded = self._rounded_codes(images)  # (N, code_size)
        self._check_drawing(images[:1])
        most = (np.ptp(rounded, axis=0)).max() + 3
        if not (most <= MAX_SYMBOLS and np.abs(rounded).max() <= MAX_INTEGER):
            raise ValueError(
                f"With a step of {step:g} a code unit has {most:.3g} symbols, up to the number "
                f"{np.abs(rounded).max():.3g}; {MAX_SYMBOLS:,} symbols and numbers to {MAX_INTEGER:,} are allowed. "
                f"Take a larger step."
            )
        rounded = rounded.astype(np.int32)
        # With a symbol more on either side than these images have.
        self.lowest, self.highest = rounded.min(0) - 1, rounded.max(0) + 1  # (code_size,)
        # How often each symbol occurs, from the lowest on, and once more, for none may be impossible.
        self.frequencies = [
            np.bincount(column - low, minlength=high - low + 1) + 1
            for column, low, high in zip(rounded.T, self.lowest, self.highest, strict=True)
        ]
        self._coders = [
            constriction.stream.model.Categorical(counts / counts.sum(), perfect=False) for counts in self.frequencies
        ]
        shares = [counts.max() / counts.sum() for counts in self.frequencies]
        self._least_bits = -np.log2(shares).sum()  # that an image takes
        self._fingerprint = self._describe(first_picture=self.draw(rounded[:1]))

    def symbols(self, images: torch.Tensor) -> np.ndarray:
        """Return codes divided by the step and rounded, (N, code_size) ``int32``, of images (N, C, H, W).

        A symbol beyond those of the training images becomes the last one on that side: pictures of another kind cost
        quality, not bytes. Raises ``ValueError`` for images of another shape, with NaN, or outside [0, 1],
        ``TypeError`` for images in whole numbers other than ``uint8``.
        """
        checks.batch(images, least=0)
        checks.taken(images, self.image_shape, "This codec")
        return self._rounded_codes(images).clip(self.lowest, self.highest).astype(np.int32)

    def draw(self, symbols: np.ndarray) -> torch.Tensor:
        """Return the images (N, C, H, W), ``uint8``, that the decoder makes of symbols (N, code_size).

        Raises ``TypeError`` or ``ValueError`` for other symbols, and when the decoder returns something else than such
        images, or NaN.
        """
        if not isinstance(symbols, np.ndarray) or symbols.dtype.kind not in "iu":
            found = symbols.dtype if isinstance(symbols, np.ndarray) else checks.kind(symbols)
            raise TypeError(f"symbols must be an array of whole numbers, as Codec.symbols returns it; got {found}.")
        checks.shape(symbols, ("N", len(self.frequencies)), "symbols")
        images = torch.empty((len(symbols), *self.image_shape), dtype=torch.uint8)
        codes = torch.from_numpy(symbols * self.step).split(BATCH)  # float64
        with torch.no_grad():
            for batch, place in zip(codes, images.split(BATCH), strict=True):
                # Rounded codes may lie far from all real ones, and their pictures far beyond black and white.
                decoded = self.model.decode(batch).clamp(0, 1)  # (BATCH, C, H, W)
                checks.drawing(decoded, place.shape, "decode")
                place.copy_((255 * decoded).round())
        return images

    def compress(self, images: torch.Tensor) -> bytes:
        """Return a file that holds images (N, C, H, W), ``uint8`` or float in [0, 1], of at most 2²⁷ pixel values.

        Raises as ``symbols`` does, and ``ValueError`` for more.
        """
        checks.pixels(images)
        if images.numel() > MAX_VALUES:
            raise ValueError(
                f"A file holds images of at most {MAX_VALUES:,} pixel values together; these have {images.numel():,}. "
                f"Write several files."
            )
        symbols = self.symbols(images)
        stack = constriction.stream.stack.AnsCoder()
        for unit in reversed(range(symbols.shape[1])):  # what goes on a stack last comes off it first
            stack.encode_reverse(symbols[:, unit] - self.lowest[unit], self._coders[unit])
        payload = stack.get_compressed().astype("<u4").tobytes().rstrip(b"\0")
        content = HEADER.pack(MAGIC, VERSION, self._fingerprint, *self.image_shape, len(images)) + payload
        return content + CHECKSUM.pack(zlib.crc32(content))

    def decompress(self, file: bytes) -> torch.Tensor:
        """Return the images (N, C, H, W), ``uint8``, of the ``bytes`` that ``compress`` of the same codec made.

        Raises ``ValueError``, and says why, for any other file: cut, changed, of another program, of another version
        or of another codec; ``TypeError`` for what is no ``bytes``.
        """
        if not isinstance(file, bytes):
            raise TypeError(f"decompress takes the bytes of a file, path.read_bytes(); got {checks.kind(file)}.")
        count, payload = self._checked(file)
        words = np.frombuffer(payload + bytes(-len(payload) % 4), dtype="<u4").astype(np.uint32)
        stack = constriction.stream.stack.AnsCoder(words)
        symbols = np.empty((count, len(self.frequencies)), dtype=np.int32)
        for unit, coder in enumerate(self._coders):
            symbols[:, unit] = stack.decode(coder, count) + self.lowest[unit]
        if not stack.is_empty():
            raise ValueError("The file holds more than its images: it is damaged, or was not made by compress.")
        return self.draw(symbols)

    def _checked(self, file: bytes) -> tuple[int, bytes]:
        """Return the number of images and the coded symbols of a file; refuse what this codec did not write."""
        if len(file) < HEADER.size + CHECKSUM.size or file[: len(MAGIC)] != MAGIC:
            raise ValueError("This is no file of aelib.compression, or only the beginning of one.")
        content, checksum = file[: -CHECKSUM.size], file[-CHECKSUM.size :]
        if CHECKSUM.pack(zlib.crc32(content)) != checksum:
            raise ValueError("The file is damaged: its checksum is wrong. Get it again from where it came.")
        _, version, fingerprint, *shape, count = HEADER.unpack_from(content)
        if version != VERSION:
            raise ValueError(
                f"The file is in version {version} of the format, and this aelib reads version {VERSION}. Open it with "
                f"the aelib that wrote it."
            )
        if (fingerprint, tuple(shape)) != (self._fingerprint, self.image_shape):
            raise ValueError(
                "The file was written by another codec. Build this one with the same network, training images and step."
            )
        payload = content[HEADER.size :]
        # Before memory is taken for so many images.
        if count * math.prod(shape) > MAX_VALUES or count * self._least_bits > 8 * len(payload) + 64:
            raise ValueError(f"The file says that it holds {count:,} images, more than a file of its size can.")
        if payload.endswith(b"\0"):
            raise ValueError("The file has zero bytes at its end, which compress leaves out: it was not made by it.")
        return count, payload

    def _check_drawing(self, image: torch.Tensor) -> None:
        """Refuse a decoder that draws something else than images, or on another scale."""
        with torch.no_grad():
            codes, again = (self._encode(next(batches(image))) for _ in range(2))
            decoded, drawn_again = (self.model.decode(codes) for _ in range(2))
        checks.drawing(decoded, image.shape, "decode")
        if not decoded.is_floating_point():
            raise TypeError(f"decode must return float images in [0, 1]; it returned {decoded.dtype}.")
        if not (torch.equal(codes, again) and torch.equal(decoded, drawn_again)):
            raise ValueError("The network draws random numbers, so that it would not read its own files.")

    def _rounded_codes(self, images: torch.Tensor) -> np.ndarray:
        """Return codes divided by the step and rounded, (N, code_size), as float64."""
        parts = []
        with torch.no_grad():
            for batch in batches(images):
                parts.append(self._encode(batch))
                checks.encoded(parts[-1], len(batch))
        codes = torch.cat(parts)
        if not codes.isfinite().all():
            raise ValueError("Some codes are NaN or infinite. Are there NaN in the images or in the network's weights?")
        return torch.round(codes.double() / self.step).numpy()

    def _encode(self, images: torch.Tensor) -> torch.Tensor:
        try:
            return self.model.encode(images.double())
        except (RuntimeError, TypeError) as error:
            raise ValueError(
                f"The network cannot encode images of the shape {tuple(images.shape)} in float64: {error}"
            ) from error

    def _describe(self, first_picture: torch.Tensor) -> bytes:
        """Return four bytes that almost surely differ if a file of one codec means something else to another.

        The first picture tells networks apart that differ in no weight, but in what they do with them.
        """
        config = getattr(self.model, "config", "")
        description = hashlib.sha256(f"{type(self.model).__name__} {config} {self.step!r}".encode())
        for name, tensor in self.model.state_dict().items():
            description.update(f"{name} {tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
        for low, counts in zip(self.lowest, self.frequencies, strict=True):
            description.update(np.array([low, *counts]).astype("<i8").tobytes())
        description.update(first_picture.numpy().tobytes())
        return description.digest()[:4]


def _copied(model: nn.Module) -> nn.Module:
    """Return a copy of a network. Raises ``ValueError`` when it keeps something that cannot be copied."""
    try:
        return copy.deepcopy(model)
    except (RuntimeError, TypeError) as error:
        kept = [
            name
            for module in model.modules()
            for name, value in vars(module).items()
            if isinstance(value, torch.Tensor) and not value.is_leaf
        ]
        cure = "Leave out what cannot be."
        if kept:
            cure = (
                f"It keeps what it computed last, in self.{', self.'.join(kept)}, with all that a gradient needs. Keep "
                f"value.detach(), or nothing."
            )
        raise ValueError(
            f"This {type(model).__name__} cannot be copied ({str(error).splitlines()[0]}). {cure}"
        ) from error


@dataclass(frozen=True)
class Point:
    """A point of a rate–distortion curve.

    ``setting`` is the step or the quality. ``bytes`` are bytes an image, all that is in the file counted, and
    ``constant_bytes`` those of them that are the same in every file. ``psnr`` is in dB, of the MSE over all pixels of
    all images; ``ssim`` is the mean over the first 1,000 images.
    """

    setting: float
    bytes: float
    constant_bytes: float
    psnr: float
    ssim: float


def rate_distortion(
    model: nn.Module, images: torch.Tensor, test_images: torch.Tensor, steps: Sequence[float], one_by_one: bool = False
) -> list[Point]:
    """Return a point for each step: real files of ``test_images``, by codecs that are fitted on ``images``.

    Both are (N, C, H, W), ``uint8`` or float in [0, 1]. All test images go into one file, or each into one of its own
    if ``one_by_one``. The bytes of the network itself are not counted. Raises as ``Codec`` does, and ``ValueError`` for
    images of less than 7×7 pixels, which have no SSIM.
    """
    points = []
    for step in steps:
        codec = Codec(model, images, step)
        files = [codec.compress(part) for part in (test_images.split(1) if one_by_one else [test_images])]
        points.append(_point(step, files, test_images, torch.cat([codec.decompress(file) for file in files])))
    return points


def standard_rate_distortion(
    kind: str, test_images: torch.Tensor, qualities: Sequence[int], as_mosaic: bool = False, **options: object
) -> list[Point]:
    """Return a point for each quality of a standard format with loss: "JPEG", "WEBP" or "AVIF", as Pillow writes it.

    ``test_images`` are ``uint8``, (N, 1, H, W) or (N, 3, H, W), of 7×7 pixels or more (for the SSIM). Each goes into a
    file of its own, or all, as one large picture in rows and columns, into one file if ``as_mosaic``. ``options`` go to
    Pillow. Raises as ``write_picture`` does, and ``ValueError`` for another format or a quality that is no whole number
    from 0 to 100.
    """
    checks.batch(test_images, "test_images")
    if str(kind).upper() not in LOSSY:
        raise ValueError(f"A quality has a meaning for {', '.join(LOSSY)} alone; got {kind!r}.")
    qualities = [checks.whole(quality, "each of qualities", 0, 100) for quality in qualities]
    pictures = [mosaic(test_images)] if as_mosaic else list(test_images)
    points = []
    for quality in qualities:
        files = [write_picture(picture, kind, quality=quality, **options) for picture in pictures]
        opened = [read_picture(file, channels=test_images.shape[1]) for file in files]
        drawn = tiles(opened[0], test_images.shape) if as_mosaic else torch.stack(opened)
        points.append(_point(quality, files, test_images, drawn))
    return points


def best_jpegs(images: torch.Tensor, most_bytes: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
    """Return what the best JPEGs of no more than some bytes show, (L, N, C, H, W) ``uint8``, and their bytes (L, N).

    ``most_bytes`` (L, N) are bytes for each of ``images`` (N, 1, H, W) or (N, 3, H, W), ``uint8``, at L levels. Tried
    are all qualities up to 95, of the image as it is and shrunk to a half, a quarter or an eighth, as one does for so
    small a file; it is enlarged again when it is opened. The best is that of the highest PSNR; where none is small
    enough, the smallest. Bytes that are the same in the files of all images, of a quality and size, and in the file of
    a picture of noise, are left out. Raises ``ValueError`` for other images, or when the shapes do not go together.
    """
    checks.batch(images)
    if images.dtype != torch.uint8 or images.shape[1] not in (1, 3):
        raise ValueError(
            f"images must be uint8, (N, 1, H, W) or (N, 3, H, W), with N ≥ 1; these are {images.dtype} of the shape "
            f"{tuple(images.shape)}."
        )
    checks.shape(most_bytes, ("L", len(images)), "most_bytes")
    noise = torch.randint(0, 256, images.shape[1:], dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    drawn, sizes, errors = [], [], []
    for shrunk_by in (1, 2, 4, 8):
        if min(images.shape[2:]) < shrunk_by:
            break
        small = _resized(torch.cat([images, noise[None]]), [round(side / shrunk_by) for side in images.shape[2:]])
        for quality in range(96):
            files = [write_picture(image, "JPEG", quality=quality) for image in small]
            opened = torch.stack([read_picture(file, channels=images.shape[1]) for file in files[:-1]])
            drawn.append(_resized(opened, images.shape[2:]))
            sizes.append([len(file) - constant_bytes(files) for file in files[:-1]])
            errors.append((drawn[-1].float() - images).square().mean((1, 2, 3)))
    drawn, sizes, errors = torch.stack(drawn), np.array(sizes), torch.stack(errors).numpy()  # (ways, N, …)
    allowed = np.where(sizes <= most_bytes[:, None], errors, np.inf)  # (L, ways, N)
    best = np.where(np.isinf(allowed).all(1), sizes.argmin(0), allowed.argmin(1))  # (L, N)
    image = np.arange(len(images))
    return drawn[best, image], sizes[best, image]


def _resized(images: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Return ``uint8`` images in another size (H, W); in their own, as they are."""
    resized = F.interpolate(images.float(), tuple(size), mode="bicubic", antialias=True)
    return resized.round().clamp(0, 255).to(torch.uint8)


def write_picture(image: torch.Tensor, kind: str, **options: object) -> bytes:
    """Return a file of a standard format that holds one ``uint8`` image, (1, H, W) or (3, H, W).

    ``kind`` is Pillow's name of the format, such as "JPEG", in capitals or not. Raises ``ValueError`` for one that the
    installed Pillow cannot write (some builds leave AVIF out), or for an image of another shape, ``TypeError`` for
    other numbers than ``uint8``.
    """
    checks.pixels(image, "image")
    if image.dtype != torch.uint8:
        raise TypeError(f"A picture is written from uint8; this image is {image.dtype}. Use data.as_bytes(image).")
    if image.ndim != 3 or image.shape[0] not in (1, 3) or image.numel() == 0:
        raise ValueError(f"One image (1, H, W) or (3, H, W) is written; this has the shape {tuple(image.shape)}.")
    kind = {"JPG": "JPEG"}.get(str(kind).upper(), str(kind).upper())
    Image.init()  # until then Pillow knows the common formats alone
    if kind not in Image.SAVE:
        raise ValueError(
            f"The installed Pillow cannot write {kind}. PyPI's writes JPEG, PNG, WEBP and AVIF: "
            'python -m pip install --no-deps --force-reinstall "pillow>=11.3"'
        )
    pixels = image.permute(1, 2, 0).numpy(force=True)  # (C, H, W) => (H, W, C)
    file = BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(file, kind, **options)
    return file.getvalue()


def read_picture(file: bytes, channels: int) -> torch.Tensor:
    """Return the ``uint8`` image (C, H, W) of a file that ``write_picture`` made; ``channels`` is 1 or 3.

    Raises ``TypeError`` for what is no ``bytes``, ``ValueError`` for another number of channels. A picture that comes
    from elsewhere is read by ``data.load_photo``.
    """
    if not isinstance(file, bytes):
        raise TypeError(f"read_picture takes the bytes of a file; got {checks.kind(file)}.")
    channels = checks.grey_or_colour(channels)
    with Image.open(BytesIO(file)) as picture:
        pixels = torch.from_numpy(np.array(picture.convert("L" if channels == 1 else "RGB")))
    return pixels[None] if channels == 1 else pixels.permute(2, 0, 1).contiguous()


def mosaic(images: torch.Tensor) -> torch.Tensor:
    """Return one image (C, R·H, R·W) that shows images (N, C, H, W) in R = ⌈√N⌉ rows and columns, the rest black.

    Raises ``TypeError`` or ``ValueError`` for what is no such images, or none.
    """
    checks.batch(images)
    count, channels, height, width = images.shape
    rows = math.isqrt(count - 1) + 1
    padded = torch.cat([images, images.new_zeros(rows**2 - count, channels, height, width)])
    return padded.unflatten(0, (rows, rows)).permute(2, 0, 3, 1, 4).reshape(channels, rows * height, rows * width)


def tiles(picture: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Return the images of the given shape (N, C, H, W) that ``mosaic`` put into one picture.

    Raises ``TypeError`` or ``ValueError`` for what is no such picture.
    """
    checks.pixels(picture, "picture")
    shape = count, channels, height, width = checks.sizes(shape, "shape", "NCHW")
    rows = math.isqrt(count - 1) + 1
    if picture.shape != (channels, rows * height, rows * width):
        raise ValueError(
            f"A mosaic of images of the shape {shape} has the shape {(channels, rows * height, rows * width)}; this "
            f"picture has {tuple(picture.shape)}."
        )
    images = picture.reshape(channels, rows, height, rows, width).permute(1, 3, 0, 2, 4).flatten(0, 1)
    return images[:count].contiguous()


def constant_bytes(files: Sequence[bytes]) -> int:
    """Return at how many places, counted from the start, all files have the same byte: for most, their header.

    0 for fewer than two files, of which nothing can be said.
    """
    if len(files) < 2:
        return 0
    shortest = min(map(len, files))
    values = np.stack([np.frombuffer(file, dtype=np.uint8, count=shortest) for file in files])  # (files, bytes)
    return int((values == values[0]).all(0).sum())


def _point(setting: float, files: Sequence[bytes], images: torch.Tensor, drawn: torch.Tensor) -> Point:
    return Point(
        setting=setting,
        bytes=sum(map(len, files)) / len(images),
        constant_bytes=constant_bytes(files),
        psnr=metrics.psnr(images, drawn),
        ssim=metrics.ssim(images[:SSIM_IMAGES], drawn[:SSIM_IMAGES]),
    )
