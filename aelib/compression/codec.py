"""Files of images: the codes of an autoencoder, quantised, and written in as few bits as their prior allows.

A file is a header, the symbols of all images, coded by asymmetric numeral systems (ANS; Duda 2013, arXiv:1311.2540),
and a checksum:

    bytes   content
    3       "AEC"
    1       version of the format: 1 for independent units, 2 for a mixture
    4       fingerprint of the codec: the first bytes of a SHA-256 of its network, step, prior and first picture
    5       shape of an image: channels (1 byte), height and width (2 bytes each)
    4       number of images, with at most 2²⁷ pixel values together
    …       the symbols, without trailing zero bytes
    4       CRC-32 of everything before it

All numbers are unsigned integers, little-endian. Nothing in a file is code, and nothing in it is trusted until the
checksum and the fingerprint have been checked.
"""

import copy
import hashlib
import math
import struct
import zlib

import numpy as np
import torch
from torch import nn

from aelib import checks
from aelib.compression.priors import AnsCoder, IndependentUnits, Mixture
from aelib.data import BATCH, batches

MAGIC = b"AEC"
PRIORS = {"independent": (1, IndependentUnits), "mixture": (2, Mixture)}  # each with its format version
HEADER = struct.Struct("<3sB4sBHHI")  # magic, version, fingerprint, channels, height, width, number of images
CHECKSUM = struct.Struct("<I")
MAX_INTEGER = 2**30  # room enough in 32 bits
MAX_VALUES = 2**27  # pixel values in a file, 171,000 images of Fashion-MNIST; this limits the memory


class Codec:
    """A file format for images: an autoencoder, a step for its codes, and a prior for the resulting symbols.

    ``model`` is a trained network with ``encode`` and ``decode``; the codec keeps a copy. ``images`` (N, C, H, W),
    ``uint8`` or float in [0, 1], are training images, and the prior learns from the symbols of their codes. ``step`` is
    in the units of the code: a larger step makes coarser codes and smaller files. The ``prior`` is ``"independent"``,
    which counts how often each symbol of each unit occurs, or ``"mixture"``, which also knows which symbols go together
    and makes smaller files: for ``dense-32`` by a quarter. It takes seconds to fit.

    ``decompress(compress(images))`` equals ``draw(symbols(images))`` to the last bit, even in another process and with
    another number of threads, because the file and the tables of the entropy coder hold only whole numbers. The network
    runs in float64 and its results are rounded; the last of its 16 digits, which do depend on the number of threads,
    can affect the rounding only if a result is a tie to 13 digits. The same holds for the numbers that a mixture is
    fitted to. A network that draws random numbers in evaluation mode cannot be a codec.

    Raises ``TypeError`` if ``model`` is not a network with ``encode`` and ``decode``, or its ``encode`` does not return
    a tensor; ``ValueError`` for a step that is not above 0 or far too fine, for another prior, for codes that are not
    finite, or if the network draws random numbers, does not fit the images or cannot be copied; and as ``data.batches``
    does.
    """

    def __init__(self, model: nn.Module, images: torch.Tensor, step: float, prior: str = "independent") -> None:
        if not (isinstance(model, nn.Module) and hasattr(model, "encode") and hasattr(model, "decode")):
            raise TypeError(f"A codec needs a network with encode and decode; this is {checks.kind(model)}.")
        checks.batch(images)
        if images.shape[1] > 255 or max(images.shape[2:]) > 65535:
            raise ValueError(
                f"images must have at most 255 channels and sides of at most 65,535 pixels; these have "
                f"{tuple(images.shape)}."
            )
        self.step = checks.number(step, "step", above=0)
        if not isinstance(prior, str) or prior not in PRIORS:
            raise ValueError(f"There is no prior {prior!r}; choose from {', '.join(PRIORS)}.")
        self._version, kind = PRIORS[prior]
        self.model = _copied(model).cpu().double().eval()
        self.image_shape = tuple(images.shape[1:])

        rounded = self._rounded_codes(images)  # (N, code_size)
        self._check_drawing(images[:1])
        most = (np.ptp(rounded, axis=0)).max() + 3
        if not (most <= kind.most_symbols and np.abs(rounded).max() <= MAX_INTEGER):
            raise ValueError(
                f"With a step of {step:g} a code unit has {most:.3g} symbols, up to the number "
                f"{np.abs(rounded).max():.3g}; {kind.most_symbols:,} symbols and numbers to {MAX_INTEGER:,} are "
                f"allowed. Take a larger step."
            )
        rounded = rounded.astype(np.int32)
        self.prior = kind(rounded)
        self._fingerprint = self._describe(first_picture=self.draw(rounded[:1]))

    def symbols(self, images: torch.Tensor) -> np.ndarray:
        """Return codes divided by the step and rounded, (N, code_size) ``int32``, of images (N, C, H, W).

        A symbol beyond those of the training images becomes the last one on that side, so pictures of another kind lose
        quality but do not take more bytes. Raises ``ValueError`` for images of another shape, with NaN, or outside
        [0, 1], ``TypeError`` for images in whole numbers other than ``uint8``.
        """
        checks.batch(images, least=0)
        checks.taken(images, self.image_shape, "This codec")
        return self._rounded_codes(images).clip(self.prior.lowest, self.prior.highest).astype(np.int32)

    def draw(self, symbols: np.ndarray) -> torch.Tensor:
        """Return the images (N, C, H, W), ``uint8``, that the decoder makes of symbols (N, code_size).

        Raises ``TypeError`` or ``ValueError`` for other symbols, and if the decoder returns NaN or anything but such
        images.
        """
        if not isinstance(symbols, np.ndarray) or symbols.dtype.kind not in "iu":
            found = symbols.dtype if isinstance(symbols, np.ndarray) else checks.kind(symbols)
            raise TypeError(f"symbols must be an array of whole numbers, as Codec.symbols returns it; got {found}.")
        checks.shape(symbols, ("N", len(self.prior.lowest)), "symbols")
        images = torch.empty((len(symbols), *self.image_shape), dtype=torch.uint8)
        codes = torch.from_numpy(symbols * self.step).split(BATCH)  # float64
        with torch.no_grad():
            for batch, place in zip(codes, images.split(BATCH), strict=True):
                # Rounded codes may be far from any real one, and their pictures far beyond black and white.
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
        stack = AnsCoder()
        self.prior.write(stack, symbols)
        payload = stack.get_compressed().astype("<u4").tobytes().rstrip(b"\0")
        content = HEADER.pack(MAGIC, self._version, self._fingerprint, *self.image_shape, len(images)) + payload
        return content + CHECKSUM.pack(zlib.crc32(content))

    def decompress(self, file: bytes) -> torch.Tensor:
        """Return the images (N, C, H, W), ``uint8``, from ``bytes`` made by ``compress`` of the same codec.

        Raises ``ValueError``, and says why, for any other file: truncated, changed, or from another program, version or
        codec; ``TypeError`` for anything but ``bytes``.
        """
        if not isinstance(file, bytes):
            raise TypeError(f"decompress takes the bytes of a file, path.read_bytes(); got {checks.kind(file)}.")
        count, payload = self._checked(file)
        words = np.frombuffer(payload + bytes(-len(payload) % 4), dtype="<u4").astype(np.uint32)
        stack = AnsCoder(words)
        symbols = self.prior.read(stack, count)
        if not stack.is_empty():
            raise ValueError("The file holds more than its images: it is damaged, or was not made by compress.")
        return self.draw(symbols)

    def _checked(self, file: bytes) -> tuple[int, bytes]:
        """Return the number of images and the coded symbols of a file; refuse what this codec did not write."""
        if len(file) < HEADER.size + CHECKSUM.size or file[: len(MAGIC)] != MAGIC:
            raise ValueError("This is not an aelib.compression file, or only the beginning of one.")
        content, checksum = file[: -CHECKSUM.size], file[-CHECKSUM.size :]
        if CHECKSUM.pack(zlib.crc32(content)) != checksum:
            raise ValueError("The file is damaged: its checksum is wrong. Fetch it again from its source.")
        _, version, fingerprint, *shape, count = HEADER.unpack_from(content)
        if version != self._version:
            known = {number: name for name, (number, _) in PRIORS.items()}
            cure = f'Build it with prior="{known[version]}".' if version in known else "Open it with a later aelib."
            raise ValueError(
                f"The file is in version {version} of the format, and this codec reads version {self._version}. {cure}"
            )
        if (fingerprint, tuple(shape)) != (self._fingerprint, self.image_shape):
            raise ValueError(
                "The file was written by another codec. Build this one with the same network, training images and step."
            )
        payload = content[HEADER.size :]
        # Check this before allocating memory for the images.
        if count * math.prod(shape) > MAX_VALUES or count * self.prior.least_bits > 8 * len(payload) + 64:
            raise ValueError(f"The file says that it holds {count:,} images, more than a file of its size can.")
        if payload.endswith(b"\0"):
            raise ValueError("The file has zero bytes at its end, which compress leaves out: it was not made by it.")
        return count, payload

    def _check_drawing(self, image: torch.Tensor) -> None:
        """Refuse a decoder that draws anything but images, or on another scale."""
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
        """Return four bytes that almost surely differ between codecs that would read a file differently.

        The first picture distinguishes networks with equal weights that use them differently.
        """
        config = getattr(self.model, "config", "")
        description = hashlib.sha256(f"{type(self.model).__name__} {config} {self.step!r}".encode())
        for name, tensor in self.model.state_dict().items():
            description.update(f"{name} {tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
        for table in self.prior.tables():
            description.update(table.astype("<i8").tobytes())
        description.update(first_picture.numpy().tobytes())
        return description.digest()[:4]


def _copied(model: nn.Module) -> nn.Module:
    """Return a copy of a network. Raises ``ValueError`` if it holds something that cannot be copied."""
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
