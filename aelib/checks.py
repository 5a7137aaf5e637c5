"""Refuse what a function cannot take, at its door and in one sentence: what was found, and what to do.

Every public function that takes images, masks, codes or numbers asks here first, so that the same mistake brings the
same answer everywhere. The networks' own methods look at types and shapes alone, for they run at every step of a
training, where a look at every pixel would cost time.
"""

import math
import operator
from collections.abc import Sequence

import numpy as np
import torch

FINITE = 1e100  # what numbers can be at most; arithmetic with more could overflow
MAX_SEED = 2**32 - 1  # scikit-learn takes no larger ones
ROUNDING = 1e-5  # by which arithmetic may carry white above 1 and black below 0
DARKEST, BRIGHTEST = -3, 4  # between which a network's drawing is taken for one on the scale of 0 to 1


def tensor(thing: torch.Tensor, name: str) -> None:
    """Refuse what is no tensor. Raises ``TypeError``."""
    if not isinstance(thing, torch.Tensor):
        cure = f" Use torch.from_numpy({name})." if type(thing).__module__ == "numpy" else ""
        cure = " Stack them: torch.stack." if isinstance(thing, (list, tuple)) else cure
        raise TypeError(f"{name} must be a torch tensor; this is {kind(thing)}.{cure}")


def pixels(images: torch.Tensor, name: str = "images") -> None:
    """Refuse what is no tensor of pixels: ``uint8``, or float. Raises ``TypeError``."""
    tensor(images, name)
    if images.dtype != torch.uint8 and not images.is_floating_point():
        raise TypeError(f"Images must be uint8, or float in [0, 1]; {name} are {images.dtype}.")


def batch(images: torch.Tensor, name: str = "images", least: int = 1) -> None:
    """Refuse what is no batch of images (N, C, H, W), N ≥ ``least``. Raises as ``pixels`` does, or ``ValueError``."""
    pixels(images, name)
    if images.ndim != 4 or len(images) < least or 0 in images.shape[1:]:
        cure = f" A single image is {name}[None]." if images.ndim == 3 else ""
        raise ValueError(
            f"{name} must have the shape (N, C, H, W) with N ≥ {least}; these have {tuple(images.shape)}.{cure}"
        )


def shape(values: torch.Tensor, wanted: Sequence[int | str], name: str, cure: str = "") -> None:
    """Refuse a tensor or array that has another shape than ``wanted``, such as (1, 3, "H", "W").

    A letter or word stands for any size from 1 on, "N" for 0 too. Raises ``ValueError``, which ends in the ``cure``.
    """
    found = tuple(values.shape)
    if len(found) != len(wanted) or not all(map(_fits, found, wanted)):
        form = f"({wanted[0]},)" if len(wanted) == 1 else f"({', '.join(map(str, wanted))})"
        raise ValueError(f"{name} must have the shape {form}; this one has {found}.{cure}")


def _fits(size: int, wanted: int | str) -> bool:
    return size == wanted if isinstance(wanted, int) else size > 0 or wanted == "N"


def taken(values: torch.Tensor, wanted: Sequence[int], who: str, what: str = "images") -> None:
    """Refuse images or codes that are not (N, *wanted), which is all that ``who`` takes. Raises ``ValueError``."""
    if values.shape[1:] != tuple(wanted):
        raise ValueError(
            f"{who} takes {what} of the shape (N, {', '.join(map(str, wanted))}); these have the shape "
            f"{tuple(values.shape)}."
        )


def alike(images: torch.Tensor, others: torch.Tensor, name: str = "images", other: str = "others") -> None:
    """Refuse two sets of images that are not of one size, however many each has. Raises ``ValueError``."""
    if images.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"{name} and {other} must be of one size; these have {tuple(images.shape)} and {tuple(others.shape)}."
        )


def grey_or_colour(channels: int, name: str = "channels") -> int:
    """Return a number of channels as Python's own. Raises ``ValueError`` for another than 1 or 3."""
    channels = whole(channels, name)
    if channels not in (1, 3):
        raise ValueError(f"{name} must be 1, for grey, or 3, for colour; got {channels}.")
    return channels


def floats(images: torch.Tensor, name: str = "images") -> None:
    """Refuse images that are no floats. Raises ``TypeError``."""
    if not images.is_floating_point():
        raise TypeError(f"Images must be float in [0, 1]; these are {images.dtype}. Use data.as_float({name}).")


def originals(images: torch.Tensor, name: str = "images") -> None:
    """Refuse pixels outside [0, 1], or NaN; ``uint8`` pass as they are. Raises as ``pixels``, or ``ValueError``."""
    pixels(images, name)
    if images.dtype == torch.uint8 or images.numel() == 0:
        return
    least, greatest = (value.item() for value in images.detach().aminmax())  # NaN where any pixel is NaN
    if not math.isfinite(least + greatest):
        raise ValueError(f"{name} hold NaN or infinite pixels. Find them with {name}.isfinite().")
    if least < -ROUNDING or greatest > 1 + ROUNDING:
        cure = f"Divide them by 255, or, if a network drew them, clamp them: {name}.clamp(0, 1)"
        raise ValueError(f"{name} must lie in [0, 1]; these go from {least:g} to {greatest:g}. {cure}.")


def drawn(images: torch.Tensor, name: str = "images") -> None:
    """Refuse pixels that lie too far outside [0, 1] to be what a network drew there; NaN passes.

    Networks shoot a little beyond black and white, which is cut off; of pixels on a scale of 0 to 255, nearly all would
    be. Raises as ``pixels`` does, or ``ValueError``.
    """
    pixels(images, name)
    if images.dtype == torch.uint8 or images.numel() == 0:
        return
    least, greatest = (value.item() for value in images.detach().aminmax())
    if least < DARKEST or greatest > BRIGHTEST:
        raise ValueError(
            f"{name} go from {least:g} to {greatest:g}, and 0 is black and 1 white here. Divide them by 255? If a "
            f"network drew them, it is badly trained; to go on all the same, clamp them: {name}.clamp(0, 1)."
        )


def viewable(images: torch.Tensor, name: str = "images") -> None:
    """Refuse images (N, C, H, W) that cannot be shown: on another scale, with NaN, neither grey nor in colour.

    Raises as ``batch`` and ``drawn`` do, or ``ValueError``.
    """
    batch(images, name)
    drawn(images, name)
    if images.isnan().any():
        raise ValueError(f"{name} hold NaN, which is no brightness. Find it with {name}.isnan().")
    grey_or_colour(images.shape[1], f"the number of channels of {name}")


def drawing(returned: torch.Tensor, shape: Sequence[int], who: str) -> None:
    """Refuse what a function of somebody's own, called ``who``, returned, unless it drew images of a shape.

    Raises ``TypeError`` for what is no tensor of pixels, ``ValueError`` for another shape, NaN, or another scale.
    """
    if not isinstance(returned, torch.Tensor):
        raise TypeError(f"{who} must return a tensor of images; it returned {kind(returned)}.")
    if returned.dtype != torch.uint8 and not returned.is_floating_point():
        raise TypeError(f"{who} must return images that are float in [0, 1], or uint8; it returned {returned.dtype}.")
    if returned.shape != tuple(shape):
        raise ValueError(
            f"{who} must return images of the shape {tuple(shape)}, as they went in; it returned the shape "
            f"{tuple(returned.shape)}."
        )
    if returned.numel() == 0:
        return
    if returned.isnan().any():
        raise ValueError(f"{who} returned NaN, which is no brightness. Was the learning rate too high in training?")
    least, greatest = (value.item() for value in returned.detach().aminmax())
    if returned.is_floating_point() and (least < DARKEST or greatest > BRIGHTEST):
        raise ValueError(
            f"{who} returned pixels from {least:g} to {greatest:g}, and 0 is black and 1 white here. Divide what it "
            f"returns by 255, or, if the network is only badly trained, clamp it: .clamp(0, 1)."
        )


def marks(lost: torch.Tensor, name: str = "lost") -> None:
    """Refuse what marks pixels by other numbers than true and false. Raises ``TypeError``.

    As numbers, 255 would count 255 times, and ``~`` would turn 1 into 254.
    """
    if not isinstance(lost, torch.Tensor):
        found = "nothing" if lost is None else kind(lost)
        raise TypeError(f"{name} must be a bool tensor (N, 1, H, W) that marks pixels; got {found}.")
    if lost.dtype != torch.bool:
        raise TypeError(f"{name} must be bool; it is {lost.dtype}. Use {name}.bool(), which marks all that is not 0.")


def mask(lost: torch.Tensor, images: torch.Tensor, name: str = "lost") -> None:
    """Refuse what does not mark pixels of images (N, C, H, W): bool, (N, 1, H, W), one for each.

    Raises ``TypeError`` as ``marks`` does, or ``ValueError``.
    """
    marks(lost, name)
    one_for_all = lost.shape == (1, 1, *images.shape[2:])
    cure = f" One for all is {name}.expand({len(images)}, -1, -1, -1)." if one_for_all else ""
    shape(lost, (len(images), 1, *images.shape[2:]), name, cure)


def codes(codes: torch.Tensor, name: str = "codes", least: int = 1) -> None:
    """Refuse what is no set of codes (N, code_size), N ≥ ``least``, finite. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(codes, torch.Tensor) or not codes.is_floating_point():
        found = codes.dtype if isinstance(codes, torch.Tensor) else kind(codes)
        raise TypeError(f"{name} must be a float tensor (N, code_size); got {found}.")
    if codes.ndim != 2 or len(codes) < least or codes.shape[1] < 1:
        raise ValueError(f"{name} must have the shape (N, code_size) with N ≥ {least}; got {tuple(codes.shape)}.")
    if not codes.isfinite().all():
        raise ValueError(f"{name} must be finite; some are NaN or infinite. Was the network's training stable?")


def encoded(returned: torch.Tensor, count: int) -> None:
    """Refuse what an ``encode`` of somebody's own returned for ``count`` images, unless it is (count, code_size).

    Raises ``TypeError`` for what is no tensor of floats, ``ValueError`` for another shape.
    """
    if isinstance(returned, (tuple, list)):
        raise TypeError(
            f"encode must return one tensor of codes (N, code_size); it returned {len(returned)} things. Of a mean and "
            f"a log-variance, as a variational autoencoder has them, return the mean."
        )
    if not isinstance(returned, torch.Tensor) or not returned.is_floating_point():
        found = returned.dtype if isinstance(returned, torch.Tensor) else kind(returned)
        raise TypeError(f"encode must return a float tensor of codes (N, code_size); it returned {found}.")
    if returned.ndim != 2 or len(returned) != count or returned.shape[1] < 1:
        raise ValueError(
            f"encode must return codes (N, code_size); for {count} images it returned the shape "
            f"{tuple(returned.shape)}.{' Flatten them: codes.flatten(1).' if returned.ndim > 2 else ''}"
        )


def whole(value: int, name: str, least: float = -math.inf, most: float = math.inf) -> int:
    """Return a whole number, NumPy's or a tensor's too, as Python's own.

    Raises ``ValueError`` for what is no whole number, less than ``least`` or more than ``most``.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        cure = (
            ", without the .0: divide with //, or use int()" if isinstance(value, float) and value.is_integer() else ""
        )
        raise ValueError(f"{name} must be a whole number{cure}; got {value!r}.") from None
    return _within(number, name, least, most)


def seed(value: int) -> int:
    """Return a seed, a whole number from 0 to 2³² − 1, as Python's own. Raises ``ValueError`` for others."""
    return whole(value, "seed", 0, MAX_SEED)


def yes_or_no(value: bool, name: str) -> bool:
    """Return True or False, NumPy's too, as Python's own. Raises ``ValueError`` for anything else."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False; got {value!r}.")
    return bool(value)


def number(
    value: float, name: str, least: float = -math.inf, most: float = FINITE, above: float | None = None
) -> float:
    """Return a number, NumPy's or a tensor's too, as Python's own float.

    Raises ``ValueError`` for what is no number, NaN, not finite, less than ``least``, more than ``most``, or not above
    ``above``.
    """
    try:
        if isinstance(value, str):
            raise TypeError
        found = float(value)
    except OverflowError:  # a whole number too large for a float
        found = math.inf
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name} must be a number; got {value!r}.") from None
    if above is not None and found <= above:
        raise ValueError(f"{name} must be above {above:g}; got {found:g}.")
    return _within(found, name, least, most)


def _within(number: float, name: str, least: float, most: float) -> float:
    if number != number:  # NaN; math.isnan refuses whole numbers of more than 308 digits
        raise ValueError(f"{name} must be a number; got nan.")
    if number < least:
        raise ValueError(f"{name} must be at least {least:g}; got {number}.")
    if number == math.inf and most == FINITE:
        raise ValueError(f"{name} must be finite; got inf.")
    if number > most:
        most = most if isinstance(most, int) else f"{most:g}"
        raise ValueError(f"{name} must be at most {most}." + (f" Got {number}." if number <= FINITE else ""))
    return number


def sizes(values: Sequence[int], name: str, letters: str = "") -> tuple[int, ...]:
    """Return widths of layers, or sides, as a tuple of whole numbers from 1 on. Raises ``ValueError``.

    Where ``letters`` are given, such as "CHW", it must be so many.
    """
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise ValueError(f"{name} must be several sizes in brackets, with a comma after one: (512,); got {values!r}.")
    found = tuple(whole(value, f"each of {name}", 1) for value in values)
    if letters and len(found) != len(letters):
        raise ValueError(f"{name} must be ({', '.join(letters)}); got {found}.")
    return found


def with_loss(model: torch.nn.Module) -> None:
    """Refuse what ``training.fit`` cannot train, for it has no ``loss``. Raises ``TypeError``."""
    if not isinstance(model, torch.nn.Module) or not callable(getattr(model, "loss", None)):
        raise TypeError(
            f"fit needs a torch.nn.Module with a loss, and this {type(model).__name__} has none. Give its class one: "
            f"def loss(self, images): return torch.nn.functional.mse_loss(self(images), images)"
        )


def kind(thing: object) -> str:
    """Return what kind of thing it is, behind its article: "a list", "an ndarray"."""
    name = type(thing).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" or name == "ndarray" else f"a {name}"
