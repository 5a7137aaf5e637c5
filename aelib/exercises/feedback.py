"""What the checks share: run a learner's function, compare its result, and answer in a sentence."""

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from aelib import checks

misses = Counter()  # per exercise, since the kernel started
MOST_SHOWN = 80  # characters of the arguments that a message repeats
# What to do about errors whose own words are hard to understand.
CURES = {
    "Boolean value of Tensor": "A condition on many values at once needs torch.where, or a mask such as (a > 0).",
    "truth value of an array": "A condition on many values at once needs np.where, or a mask such as (a > 0).",
    "does not require grad": "There is no gradient to follow: was something computed under torch.no_grad(), or does "
    "what is to learn lack requires_grad_()?",
    "backward through the graph a second time": "Something from before the loop still has its graph: compute it under "
    "torch.no_grad(), or detach() it.",
}


@dataclass(frozen=True)
class Feedback:
    """A check's answer: whether the exercise is ``solved``, and a ``message`` for the learner."""

    solved: bool
    message: str

    def __repr__(self) -> str:
        """Return the message, so that a cell ending in a check shows it."""
        return self.message


class NotYet(Exception):
    """Ends a check of an answer that cannot be measured; ``@exercise`` makes its message the check's feedback."""


CALLED = Feedback(False, "Not yet: hand the function itself to the check, without calling it.")


def compare(answer: Callable, cases: list[tuple[tuple, object]], hint: str, better_hint: str) -> Feedback:
    """Call ``answer`` with the arguments of each case, and compare its result with the expected one."""
    if not callable(answer):
        return CALLED
    name = getattr(answer, "__name__", type(answer).__name__)
    for arguments, expected in cases:
        try:
            result = answer(*arguments)
        except Exception as error:  # the learner's own code may raise anything; it is shown, and is no wrong answer
            return Feedback(False, f"{stopped(name, error)} Hint: {hint}")
        if gap := _gap(name, result):
            return Feedback(False, gap)
        if problem := _difference(result, expected, _shown(arguments)):
            return miss(name, f"Not yet: {name} {problem}.", hint, better_hint)
    misses.pop(name, None)
    return Feedback(True, f"Solved: {name} is right.")


def returned(answer: Callable, *arguments: object, name: str = "") -> object:
    """Return what an answer returns. Raises ``NotYet`` if it is no function, raises an error or has a gap.

    The message calls the answer by its own name, or by ``name`` if that is given.
    """
    if not callable(answer):
        raise NotYet(CALLED.message)
    name = name or getattr(answer, "__name__", type(answer).__name__)
    try:
        result = answer(*arguments)
    except Exception as error:  # the learner's own code may raise anything; it is shown
        raise NotYet(stopped(name, error)) from error
    if gap := _gap(name, result):
        raise NotYet(gap)
    return result


def _gap(name: str, result: object) -> str:
    """Return a sentence if the answer of that name returned nothing, or ... as a starter does; or an empty string."""
    parts = result if isinstance(result, (tuple, list)) else [result]
    if any(part is ... for part in parts):
        return f"Not solved yet: {name} has a gap to fill."
    if any(part is None for part in parts):
        return f"Not solved yet: {name} returned None. Fill its gap, and end each way with return."
    return ""


def _shown(arguments: tuple) -> str:
    """Return the arguments as a message repeats them, or nothing if they are long."""
    text = ", ".join(map(repr, arguments))
    return f" for ({text})" if text and len(text) <= MOST_SHOWN and "\n" not in text else ""


def stopped(name: str, error: Exception) -> str:
    """Return a sentence or two saying that the answer of that name raised an error, and in which line."""
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.name == name and frame.line]
    text = f"{name} stopped" + (f" at “{lines[-1]}”" if lines else "")
    text += f" with {type(error).__name__}" + (f": {error}" if str(error) else "")
    text = text if text.endswith((".", "!", "?")) else f"{text}."
    return " ".join([text, *(cure for words, cure in CURES.items() if words in text)])


def drawn(who: str, images: object, shape: tuple[int, ...]) -> torch.Tensor:
    """Return the images drawn by an answer called ``who``, float in [0, 1]; NumPy's arrays of floats count as tensors.

    Raises ``NotYet`` if they are no such images.
    """
    if isinstance(images, np.ndarray) and images.dtype.kind == "f":
        images = torch.from_numpy(np.ascontiguousarray(images, np.float32))
    found = ""
    if not isinstance(images, torch.Tensor):
        found = checks.kind(images)
    elif images.shape != shape:
        found = f"the shape {tuple(images.shape)}"
    elif not images.is_floating_point():
        found = str(images.dtype)
    if found:
        raise NotYet(f"Not yet: {who} must return a float tensor of the shape {shape}; it returned {found}.")
    try:
        checks.drawing(images, shape, who)
    except ValueError as error:
        raise NotYet(f"Not yet: {error}") from error
    return images.detach().cpu().float().clamp(0, 1)


def judged(name: str, reached: bool, found: str, goal: str, hint: str, better_hint: str) -> Feedback:
    """Return feedback on the measurement of an open exercise; a NaN does not reach its goal."""
    if not reached:
        return miss(name, f"Not yet: {found}; the goal is {goal}.", hint, better_hint)
    misses.pop(name, None)
    return Feedback(True, f"Solved: {found}.")


def miss(name: str, problem: str, hint: str, better_hint: str) -> Feedback:
    """Count a miss; return the problem with a hint, or from the second miss on with the better one."""
    misses[name] += 1
    return Feedback(False, f"{problem} Hint: {hint if misses[name] == 1 else better_hint}")


def _difference(result: object, expected: object, given: str = "") -> str:
    """Return how ``result`` differs from ``expected``, or an empty string when they agree to five digits.

    ``given`` says for which arguments it was returned, and as which of several values.
    """
    if isinstance(expected, str):
        if not isinstance(result, str):
            return f"returned {result!r}; it should be a text"
        if result.strip().casefold() == expected.casefold():
            return ""
        if given:
            return f"returned {result!r}{given}; it should be {expected!r}"
        return f"returned {result!r}, which is not what the measurement says"
    if isinstance(expected, tuple):
        if isinstance(result, list) and len(result) == len(expected):
            return "returned a list; return a tuple: the values with commas between them, without the brackets [ ]"
        if isinstance(result, (torch.Tensor, np.ndarray)):
            return f"returned {checks.kind(result)}; return a tuple of {len(expected)}: with commas between the values"
        if not isinstance(result, tuple) or len(result) != len(expected):
            return f"should return {len(expected)} values"
        parts = [f" as value {place} of {len(expected)}" for place in range(1, len(expected) + 1)]
        problems = map(_difference, result, expected, [f"{given}{part}" for part in parts])
        return next((text for text in problems if text), "")
    try:
        if isinstance(result, str):
            raise TypeError("a text, which NumPy would read as a number")
        result = np.asarray(result.detach() if isinstance(result, torch.Tensor) else result, dtype=float)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # RuntimeError: tensors that still carry gradients
        return f"returned {result!r}, which is not a number or an array of numbers"
    expected = np.asarray(expected, dtype=float)
    if result.shape != expected.shape:
        wanted = str(expected.shape) if expected.shape else "one number"
        return f"returned the shape {result.shape}{given}; it should be {wanted}"
    if not np.allclose(result, expected, rtol=1e-5, atol=1e-7):
        if result.ndim == 0:
            return f"returned {result:.6g}{given}; it should be {expected:.6g}"
        difference = np.abs(result - expected)
        worst = np.argmax(np.where(np.isnan(difference), np.inf, difference))
        found, right = result.flat[worst], expected.flat[worst] + 0.0  # + 0.0 makes a 0 of -0
        place = ", ".join(map(str, np.unravel_index(worst, result.shape)))
        return f"returned the right shape{given}, but a wrong value at [{place}]: {found:.6g} instead of {right:.6g}"
    return ""


def small_images(seed: int = 0) -> torch.Tensor:
    """Return six ``uint8`` images (6, 1, 4, 5) of random pixels, not square, to expose mixed-up axes."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (6, 1, 4, 5), generator=generator, dtype=torch.uint8)


def named(name: str, value: object) -> Callable:
    """Return a function of that name returning ``value``, for exercises whose answer is a value."""

    def answer() -> object:
        return value

    answer.__name__ = name
    return answer
