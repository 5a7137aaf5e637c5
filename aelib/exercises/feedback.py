"""What the checks share: run a learner's function, compare its result, and answer in a sentence."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from aelib import checks

misses = Counter()  # per exercise, since the kernel started


@dataclass(frozen=True)
class Feedback:
    """A check's answer: whether the exercise is ``solved``, and a ``message`` for the learner."""

    solved: bool
    message: str

    def __repr__(self) -> str:
        """Return the message, so that a cell ending in a check shows it."""
        return self.message


CALLED = Feedback(False, "Not yet: hand the function itself to the check, without calling it.")


def compare(answer: Callable, cases: list[tuple[tuple, object]], hint: str, better_hint: str) -> Feedback:
    """Call ``answer`` with the arguments of each case, and compare its result with the expected one."""
    if not callable(answer):
        return CALLED
    name = getattr(answer, "__name__", type(answer).__name__)
    for arguments, expected in cases:
        try:
            result = answer(*arguments)
        except Exception as error:  # the learner's own code may raise anything; it is shown
            return miss(name, stopped(name, error), hint, better_hint)
        if any(part is None or part is ... for part in (result if isinstance(result, (tuple, list)) else [result])):
            return Feedback(False, f"Not solved yet: {name} has a gap to fill.")
        problem = _difference(result, expected)
        if problem and isinstance(expected, str) and arguments:  # short enough to show
            problem = f"returned {result!r} for ({', '.join(map(repr, arguments))}); it should be {expected!r}"
        if problem:
            return miss(name, f"Not yet: {name} {problem}.", hint, better_hint)
    misses.pop(name, None)
    return Feedback(True, f"Solved: {name} is right.")


def returned(answer: Callable, *arguments: object, name: str = "") -> object:
    """Return what an answer returns, or, if it raises an error or has a gap, feedback that says so.

    The feedback calls the answer by its own name, or by ``name`` if that is given.
    """
    if not callable(answer):
        return CALLED
    name = name or getattr(answer, "__name__", type(answer).__name__)
    try:
        result = answer(*arguments)
    except Exception as error:  # the learner's own code may raise anything; it is shown
        return Feedback(False, stopped(name, error))
    return Feedback(False, f"Not solved yet: {name} has a gap to fill.") if result is None or result is ... else result


def stopped(name: str, error: Exception) -> str:
    """Return a sentence saying that the answer of that name raised an error."""
    text = f"{name} stopped with {type(error).__name__}" + (f": {error}" if str(error) else "")
    return text if text.endswith((".", "!", "?")) else f"{text}."


def drawn(who: str, images: object, shape: tuple[int, ...]) -> torch.Tensor | Feedback:
    """Return the images drawn by an answer called ``who``, float in [0, 1], or feedback on why they are not images.

    NumPy's arrays of floats count as tensors. Feedback, which ``returned`` may give instead of images, stays as it is.
    """
    if isinstance(images, Feedback):
        return images
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
        return Feedback(False, f"Not yet: {who} must return a float tensor of the shape {shape}; it returned {found}.")
    try:
        checks.drawing(images, shape, who)
    except ValueError as error:
        return Feedback(False, f"Not yet: {error}")
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


def _difference(result: object, expected: object) -> str:
    """Return how ``result`` differs from ``expected``, or an empty string when they agree to five digits."""
    if isinstance(expected, str):
        right = isinstance(result, str) and result == expected
        return "" if right else f"returned {result!r}, which is not what the measurement says"
    if isinstance(expected, tuple):
        if isinstance(result, list) and len(result) == len(expected):
            return "returned a list; return a tuple: the values with commas between them, without the brackets [ ]"
        if isinstance(result, (torch.Tensor, np.ndarray)):
            return f"returned {checks.kind(result)}; return a tuple of {len(expected)}: with commas between the values"
        if not isinstance(result, tuple) or len(result) != len(expected):
            return f"should return {len(expected)} values"
        return next((text for text in map(_difference, result, expected) if text), "")
    try:
        if isinstance(result, str):
            raise TypeError("a text, which NumPy would read as a number")
        result = np.asarray(result.detach() if isinstance(result, torch.Tensor) else result, dtype=float)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # RuntimeError: tensors that still carry gradients
        return f"returned {result!r}, which is not a number or an array of numbers"
    expected = np.asarray(expected, dtype=float)
    if result.shape != expected.shape:
        return f"returned the shape {result.shape}; it should be {expected.shape}"
    if not np.allclose(result, expected, rtol=1e-5, atol=1e-7):
        if result.ndim == 0:
            return f"returned {result:.6g}; it should be {expected:.6g}"
        difference = np.abs(result - expected)
        worst = np.argmax(np.where(np.isnan(difference), np.inf, difference))
        return f"has the right shape but a wrong value: {result.flat[worst]:.6g} instead of {expected.flat[worst]:.6g}"
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
