"""Every exercise of every lesson: its solution is accepted, its starter and plausible wrong answers are not.

A solution is taken out of the lesson itself. The cells that an exercise builds on, beside the set-up cell, have the tag
``shared``.
"""

import ast
import re
import time
from functools import cache
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from wrong_answers import WRONG_ANSWERS

from aelib import exercises

LESSONS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)
HINT = re.compile(r"<details><summary>Hint</summary>")


@pytest.fixture(autouse=True)
def seconds_of_the_processor(monkeypatch):
    """Let trainings of so many seconds count the processor's time: a machine that stalls must not fail an answer."""
    monkeypatch.setattr(time, "perf_counter", time.process_time)


def collect() -> list[tuple[Path, str, str]]:
    """Return (lesson, starter cell, the Markdown cell below it) for each exercise."""
    found = []
    for lesson in LESSONS:
        cells = nbformat.read(lesson, as_version=4).cells
        found += [
            (lesson, cell.source, cells[i + 1].source)
            for i, cell in enumerate(cells)
            if "exercise" in cell.metadata.get("tags", [])
        ]
    return found


def check_of(starter: str) -> str:
    """Return the last line of a starter cell, which calls the check."""
    return starter.strip().splitlines()[-1]


EXERCISES = {re.search(r"check_\w+", check_of(found[1]))[0]: found for found in collect()}  # by the check's name
each_exercise = pytest.mark.parametrize("name", EXERCISES)


@cache
def shared_names(lesson: Path) -> dict:
    """Run the set-up cell of a lesson and the cells that its exercises share; return the names they define."""
    names = {}
    for cell in nbformat.read(lesson, as_version=4).cells:
        if {"set-up", "shared"} & set(cell.metadata.get("tags", [])):
            exec(TransformerManager().transform_cell(cell.source), names)
    return names


def run(name: str, answer: str) -> exercises.Feedback:
    """Run an answer in place of the starter, with the starter's call of the check at its end."""
    lesson, starter, _ = EXERCISES[name]
    names = dict(shared_names(lesson))
    exec(answer, names)
    return eval(check_of(starter), names)


def test_every_check_is_used_and_every_lesson_has_three_to_five_exercises():
    defined = {name for name in vars(exercises) if name.startswith("check_")}
    assert set(EXERCISES) == defined == set(WRONG_ANSWERS)
    for lesson in LESSONS:
        assert 3 <= sum(exercise_lesson == lesson for exercise_lesson, _, _ in EXERCISES.values()) <= 5


@each_exercise
def test_the_starter_runs_and_is_not_solved_yet(name):
    feedback = run(name, EXERCISES[name][1])
    assert not feedback.solved
    assert "Not solved yet" in repr(feedback)


@each_exercise
def test_the_folded_solution_is_accepted_in_place_of_the_starter(name):
    _, starter, below = EXERCISES[name]
    assert HINT.search(below), "no folded hint below the exercise"
    solution = SOLUTION.search(below)[1]
    feedback = run(name, solution)
    assert feedback.solved, feedback
    # The solution defines what the starter asks for, under the same name.
    asked = ast.parse(starter).body[0]
    assert getattr(asked, "name", None) is None or f"def {asked.name}(" in solution


@each_exercise
def test_wrong_answers_are_refused_with_a_hint_and_then_a_better_one(name):
    answers = WRONG_ANSWERS[name]
    assert len(answers) >= 2
    exercises._misses.clear()
    messages = [run(name, answer) for answer in answers]
    for answer, feedback in zip(answers, messages, strict=True):
        assert not feedback.solved, answer
        assert "Not solved yet" not in feedback.message, answer
    hints = [feedback.message.split("Hint: ")[1] for feedback in messages if "Hint: " in feedback.message]
    assert len(hints) >= 2 and hints[0] != hints[1]


def test_a_solved_exercise_forgets_its_misses():
    exercises._misses.clear()
    wrong = "def relu_backward(delta_h, a):\n    return delta_h"
    right = "def relu_backward(delta_h, a):\n    return delta_h * (a > 0)"
    first = run("check_relu_backward", wrong).message
    assert run("check_relu_backward", right).solved
    assert run("check_relu_backward", wrong).message == first


@pytest.mark.parametrize("returned", ["'text'", "[1, [2]]", "lambda: 0", "float('nan')", "torch.zeros(0)", "1 / 0"])
def test_an_answer_of_the_wrong_kind_is_refused_in_a_sentence(returned):
    feedback = run("check_psnr_by_hand", f"def psnr_by_hand(images, reconstructions):\n    return {returned}")
    assert not feedback.solved
    assert feedback.message.startswith(("Not yet: psnr_by_hand", "psnr_by_hand stopped with ZeroDivisionError"))


def test_a_quiz_whose_right_answer_is_missing_is_refused():
    with pytest.raises(ValueError, match="not among the answers"):
        exercises.quiz("?", {"a": "", "b": ""}, right="c")


def test_a_quiz_answers_each_choice_with_its_feedback():
    question, choice, feedback = exercises.quiz(
        "Which?", {"this": "Well seen.", "that": "Look again."}, "this"
    ).children
    assert "Which?" in question.value
    assert choice.value is None  # nothing is chosen for the learner
    choice.value = "that"
    assert "✗" in feedback.value and "Look again." in feedback.value
    choice.value = "this"
    assert "✓" in feedback.value and "Well seen." in feedback.value
