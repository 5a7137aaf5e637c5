"""Refuse what a function cannot take, at once and in one sentence: what was found, and what to do.

Every public function that takes images, masks, codes or numbers checks here first, so that the same mistake gets the
same answer everywhere. The networks' own methods check only types and shapes, because they run at every step of a
training, where looking at every pixel would take time.
"""

import math
import operator
from collections.abc import Sequence

import numpy as np
import torch

FINITE = 1e100  # the largest number allowed; arithmetic with larger ones could overflow
MAX_SEED = 2**32 - 1  # the largest that scikit-learn takes
ROUNDING = 1e-5  # how far rounding may take white above 1 and black below 0
DARKEST, BRIGHTEST = -3, 4  # within these, a network's drawing is taken to be on the scale of 0 to 1


def tensor(thing: torch.Tensor, name: str) -> None:
    """Refuse anything but a tensor. Raises ``TypeError``."""
    if not isinstance(thing, torch.Tensor):
        cure = f" Use torch.from_numpy({name})." if type(thing).__module__ == "numpy" else ""
        cure = " Stack them: torch.stack." if isinstance(thing, (list, tuple)) else cure
        raise TypeError(f"{name} must be a torch tensor; this is {kind(thing)}.{cure}")


def pixels(images: torch.Tensor, name: str = "images") -> None:
    """Refuse anything but a tensor of pixels, ``uint8`` or float. Raises ``TypeError``."""
    tensor(images, name)
    if images.dtype != torch.uint8 and not images.is_floating_point():
        raise TypeError(f"Images must be uint8, or float in [0, 1]; {name} are {images.dtype}.")


def batch(images: torch.Tensor, name: str = "images", least: int = 1) -> None:
    """Refuse anything but images (N, C, H, W), N ≥ ``least``. Raises as ``pixels`` does, or ``ValueError``."""
    pixels(images, name)
    if images.ndim != 4 or len(images) < least or 0 in images.shape[1:]:
        cure = f" A single image is {name}[None]." if images.ndim == 3 else ""
        raise ValueError(
            f"{name} must have the shape (N, C, H, W) with N ≥ {least}; these have {tuple(images.shape)}.{cure}"
        )


def shape(values: torch.Tensor, wanted: Sequence[int | str], name: str, cure: str = "") -> None:
    """Refuse a tensor or array whose shape is not ``wanted``, such as (1, 3, "H", "W").

    A letter or word stands for any size from 1 on; "N" may be 0 too. Raises ``ValueError``, which ends in the ``cure``.
    """
    found = tuple(values.shape)
    if len(found) != len(wanted) or not all(map(_fits, found, wanted)):
        form = f"({wanted[0]},)" if len(wanted) == 1 else f"({', '.join(map(str, wanted))})"
        raise ValueError(f"{name} must have the shape {form}; this one has {found}.{cure}")


def _fits(size: int, wanted: int | str) -> bool:
    return size == wanted if isinstance(wanted, int) else size > 0 or wanted == "N"


def taken(values: torch.Tensor, wanted: Sequence[int], who: str, what: str = "images") -> None:
    """Refuse images or codes that are not (N, *wanted), the only shape that ``who`` takes. Raises ``ValueError``."""
    if values.shape[1:] != tuple(wanted):
        raise ValueError(
            f"{who} takes {what} of the shape (N, {', '.join(map(str, wanted))}); these have the shape "
            f"{tuple(values.shape)}."
        )


def alike(images: torch.Tensor, others: torch.Tensor, name: str = "images", other: str = "others") -> None:
    """Refuse two sets of images of different sizes, however many each has. Raises ``ValueError``."""
    if images.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"{name} and {other} must be of one size; these have {tuple(images.shape)} and {tuple(others.shape)}."
        )


def grey_or_colour(channels: int, name: str = "channels") -> int:
    """Return a number of channels as a Python number. Raises ``ValueError`` unless it is 1 or 3."""
    channels = whole(channels, name)
    if channels not in (1, 3):
        raise ValueError(f"{name} must be 1, for grey, or 3, for colour; got {channels}.")
    return channels


def floats(images: torch.Tensor, name: str = "images") -> None:
    """Refuse images that are not float. Raises ``TypeError``."""
    if not images.is_floating_point():
        raise TypeError(f"Images must be float in [0, 1]; these are {images.dtype}. Use data.as_float({name}).")


def originals(images: torch.Tensor, name: str = "images") -> None:
    """Refuse pixels outside [0, 1], or NaN; ``uint8`` always passes. Raises as ``pixels``, or ``ValueError``."""
    pixels(images, name)
    if images.dtype == torch.uint8 or images.numel() == 0:
        return
    least, greatest = (value.item() for value in images.detach().aminmax())  # NaN if any pixel is NaN
    if not math.isfinite(least + greatest):
        raise ValueError(f"{name} hold NaN or infinite pixels. Find them with {name}.isfinite().")
    if least < -ROUNDING or greatest > 1 + ROUNDING:
        cure = f"Divide them by 255, or, if a network drew them, clamp them: {name}.clamp(0, 1)"
        raise ValueError(f"{name} must lie in [0, 1]; these go from {least:g} to {greatest:g}. {cure}.")


def drawn(images: torch.Tensor, name: str = "images") -> None:
    """Refuse pixels too far outside [0, 1] to be what a network drew on that scale; NaN passes.

    Networks go a little beyond black and white, which is clipped; on a scale of 0 to 255, nearly every pixel would be.
    Raises as ``pixels`` does, or ``ValueError``.
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
    """Refuse images (N, C, H, W) that cannot be shown: on another scale, with NaN, or neither grey nor colour.

    Raises as ``batch`` and ``drawn`` do, or ``ValueError``.
    """
    batch(images, name)
    drawn(images, name)
    if images.isnan().any():
        raise ValueError(f"{name} hold NaN, which is no brightness. Find it with {name}.isnan().")
    grey_or_colour(images.shape[1], f"the number of channels of {name}")


def drawing(returned: torch.Tensor, shape: Sequence[int], who: str) -> None:
    """Refuse what somebody's own function, called ``who``, returned, unless it is images of the given shape.

    Raises ``TypeError`` for anything but a tensor of pixels, ``ValueError`` for another shape, NaN, or another scale.
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
    """Refuse marks that are not true or false. Raises ``TypeError``.

    As numbers, 255 would count 255 times, and ``~`` would turn 1 into 254.
    """
    if not isinstance(lost, torch.Tensor):
        found = "nothing" if lost is None else kind(lost)
        raise TypeError(f"{name} must be a bool tensor (N, 1, H, W) that marks pixels; got {found}.")
    if lost.dtype != torch.bool:
        raise TypeError(f"{name} must be bool; it is {lost.dtype}. Use {name}.bool(), which marks all that is not 0.")


def mask(lost: torch.Tensor, images: torch.Tensor, name: str = "lost") -> None:
    """Refuse anything but a bool mask (N, 1, H, W) for images (N, C, H, W), one for each.

    Raises ``TypeError`` as ``marks`` does, or ``ValueError``.
    """
    marks(lost, name)
    one_for_all = lost.shape == (1, 1, *images.shape[2:])
    cure = f" One for all is {name}.expand({len(images)}, -1, -1, -1)." if one_for_all else ""
    shape(lost, (len(images), 1, *images.shape[2:]), name, cure)


def codes(codes: torch.Tensor, name: str = "codes", least: int = 1) -> None:
    """Refuse anything but finite codes (N, code_size), N ≥ ``least``. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(codes, torch.Tensor) or not codes.is_floating_point():
        found = codes.dtype if isinstance(codes, torch.Tensor) else kind(codes)
        raise TypeError(f"{name} must be a float tensor (N, code_size); got {found}.")
    if codes.ndim != 2 or len(codes) < least or codes.shape[1] < 1:
        raise ValueError(f"{name} must have the shape (N, code_size) with N ≥ {least}; got {tuple(codes.shape)}.")
    if not codes.isfinite().all():
        raise ValueError(f"{name} must be finite; some are NaN or infinite. Was the network's training stable?")


def encoded(returned: torch.Tensor, count: int) -> None:
    """Refuse what somebody's own ``encode`` returned for ``count`` images, unless it is (count, code_size).

    Raises ``TypeError`` for anything but a tensor of floats, ``ValueError`` for another shape.
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
    """Return a whole number, perhaps from NumPy or a tensor, as a Python number.

    Raises ``ValueError`` for anything but a whole number, or if it is below ``least`` or above ``most``.
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
    """Return a seed, a whole number from 0 to 2³² − 1, as a Python number. Raises ``ValueError`` for others."""
    return whole(value, "seed", 0, MAX_SEED)


def yes_or_no(value: bool, name: str) -> bool:
    """Return True or False, even NumPy's, as a Python bool. Raises ``ValueError`` for anything else."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False; got {value!r}.")
    return bool(value)


def number(
    value: float, name: str, least: float = -math.inf, most: float = FINITE, above: float | None = None
) -> float:
    """Return a number, perhaps from NumPy or a tensor, as a Python float.

    Raises ``ValueError`` for anything but a number, for NaN or infinity, or if it is below ``least``, above ``most``,
    or not above ``above``.
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

    If ``letters`` are given, such as "CHW", there must be that many.
    """
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise ValueError(f"{name} must be several sizes in brackets, with a comma after one: (512,); got {values!r}.")
    found = tuple(whole(value, f"each of {name}", 1) for value in values)
    if letters and len(found) != len(letters):
        raise ValueError(f"{name} must be ({', '.join(letters)}); got {found}.")
    return found


def with_loss(model: torch.nn.Module) -> None:
    """Refuse what ``training.fit`` cannot train, because it has no ``loss``. Raises ``TypeError``."""
    if not isinstance(model, torch.nn.Module) or not callable(getattr(model, "loss", None)):
        raise TypeError(
            f"fit needs a torch.nn.Module with a loss, and this {type(model).__name__} has none. Give its class one: "
            f"def loss(self, images): return torch.nn.functional.mse_loss(self(images), images)"
        )


def kind(thing: object) -> str:
    """Return what kind of thing it is, with an article: "a list", "an ndarray"."""
    name = type(thing).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" or name == "ndarray" else f"a {name}"
