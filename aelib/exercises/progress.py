"""Keep track of what a learner has solved, in a text file that outlives the kernel."""

import os
import re
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path

from aelib import files
from aelib.exercises.feedback import Feedback, NotYet

PLACE = "~/.local/share/aelib/progress.txt"
MOST_BYTES = 1_000_000  # about 40,000 lines, for some fifty exercises
HEADER = "Exercises of Autoencoders in Practice that you have solved. Delete a line, and it counts as open again."
SOLVED = re.compile(r"^(\d+\.\d+) solved ", re.MULTILINE)

numbers = []  # of all exercises: "5.1" is the first in lesson 5


def exercise(number: str) -> Callable:
    """Return a decorator that gives a check its exercise's number, and notes when the exercise is solved."""
    numbers.append(number)

    def decorate(check: Callable[..., Feedback]) -> Callable[..., Feedback]:
        @wraps(check)
        def check_and_note(*answers: object, **named_answers: object) -> Feedback:
            try:
                feedback = check(*answers, **named_answers)
            except NotYet as problem:
                return Feedback(False, str(problem))
            if feedback.solved:
                try:
                    _note(number)
                except (OSError, ValueError) as error:
                    return Feedback(True, f"{feedback.message} This could not be noted in your progress: {error}")
            return feedback

        return check_and_note

    return decorate


def progress(lesson: int) -> Feedback:
    """Say which exercises of a lesson, and how many of the whole course, have been solved on this machine.

    They are kept in ``~/.local/share/aelib/progress.txt``, or in the file named by the environment variable
    AELIB_PROGRESS; if that cannot be read, the answer says why. Raises ``ValueError`` for a lesson that the course does
    not have.
    """
    of_lesson = [number.partition(".")[2] for number in numbers if number.startswith(f"{lesson}.")]
    if not of_lesson:
        last = numbers[-1].partition(".")[0]
        raise ValueError(f"There is no lesson {lesson!r} with exercises; those that have some are 1 to {last}.")
    try:
        solved = _solved()
    except (OSError, ValueError) as error:
        return Feedback(False, f"Your progress cannot be shown: {error}")
    here = [number for number in of_lesson if f"{lesson}.{number}" in solved]
    told = f"{len(here)} of its {len(of_lesson)} exercises solved"
    if here:
        told += f" (number {here[0]})" if len(here) == 1 else f" (numbers {', '.join(here[:-1])} and {here[-1]})"
    if in_all := len(solved & set(numbers)):
        told += f"; the whole course: {in_all} of {len(numbers)}"
    return Feedback(len(here) == len(of_lesson), f"Lesson {lesson}: {told}.")


def _place() -> Path:
    return files.as_path(os.environ.get("AELIB_PROGRESS") or PLACE)


def _solved() -> set[str]:
    """Return the numbers of the exercises in the learner's file."""
    try:
        text = files.read_whole(_place(), MOST_BYTES).decode("utf-8", errors="replace")
    except FileNotFoundError:
        return set()
    return set(SOLVED.findall(text))


def _note(number: str) -> None:
    """Note that an exercise is solved, unless the file already says so.

    One short line is appended, so two kernels do not overwrite each other's notes. It begins with its own line break,
    so that a line cut off on a full disk does not spoil the next.
    """
    if number in _solved():
        return
    place = _place()
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "a", encoding="utf-8") as file:
        header = "" if file.tell() else HEADER
        file.write(f"{header}\n{number} solved {date.today()}")
