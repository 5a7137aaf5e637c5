"""Every exercise of every lesson: its solution is accepted, its starter and plausible wrong answers are not.

A solution is taken out of the lesson itself. The cells that an exercise builds on, beside the set-up cell, have the tag
``shared``.
"""

import ast
import inspect
import linecache
import re
import subprocess
import sys
from collections import Counter
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
import torch
from IPython.core.inputtransformer2 import TransformerManager
from wrong_answers import WRONG_ANSWERS, function

import notebooks
from aelib import exercises, variation
from aelib.exercises import lesson_11
from aelib.exercises.feedback import compare, misses
from aelib.exercises.progress import numbers

SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)
HINT = re.compile(r"<details><summary>Hint</summary>")


class Exercise(NamedTuple):
    """An exercise of a lesson: its starter cell, and the Markdown cell below, empty if there is none."""

    lesson: Path
    starter: str
    below: str

    @property
    def check(self):
        """The last line of the starter, which calls the check."""
        return self.starter.strip().splitlines()[-1]

    @property
    def name(self):
        """The check's name, or, where the last line calls none, that line."""
        called = re.search(r"exercises\.(check_\w+)\(", self.check)
        return called[1] if called else self.check


def collect() -> list[Exercise]:
    """Return the exercises of all lessons."""
    found = []
    for lesson in notebooks.LESSONS:
        cells = nbformat.read(lesson, as_version=4).cells
        for cell, after in zip(cells, [*cells[1:], nbformat.v4.new_markdown_cell()], strict=True):
            if "exercise" in cell.metadata.get("tags", []):
                found.append(Exercise(lesson, cell.source, after.source if after.cell_type == "markdown" else ""))
    return found


ALL = collect()
EXERCISES = {exercise.name: exercise for exercise in ALL}
each_exercise = pytest.mark.parametrize(
    "name", EXERCISES, ids=[f"{exercise.lesson.name[:2]}-{name}" for name, exercise in EXERCISES.items()]
)


@cache
def shared_names(lesson: Path) -> dict:
    """Run the set-up cell of a lesson and the cells that its exercises share; return the names they define."""
    names = {}
    for cell in nbformat.read(lesson, as_version=4).cells:
        if {"set-up", "shared"} & set(cell.metadata.get("tags", [])):
            try:
                exec(TransformerManager().transform_cell(cell.source), names)
            except NameError as error:
                raise AssertionError(
                    f"{lesson.name}: cell {cell.id}, tagged shared, builds on a cell that is not: {error}"
                ) from error
    return names


def run(name: str, answer: str) -> exercises.Feedback:
    """Run an answer in place of the starter, with the starter's call of the check at its end."""
    exercise = EXERCISES[name]
    names = dict(shared_names(exercise.lesson))
    exec(answer, names)
    return eval(exercise.check, names)


def test_every_starter_ends_in_a_check_of_its_own():
    times = Counter(exercise.name for exercise in ALL)
    for exercise in ALL:
        assert exercise.name.startswith("check_"), (
            f"{exercise.lesson.name}: a starter's last line must be exercises.check_…(…): {exercise.check}"
        )
        assert times[exercise.name] == 1, f"{exercise.name} is called by more than one starter"


def test_every_check_is_used_and_has_its_wrong_answers():
    files = Path(exercises.__file__).parent.glob("lesson_*.py")
    defined = {
        name
        for file in files
        for name in re.findall(r"^def (check_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert not (hidden := defined - set(vars(exercises))), f"aelib/exercises/__init__.py does not import {hidden}"
    assert not (unused := defined - set(EXERCISES)), f"aelib/exercises: no starter calls {unused}"
    assert not (missing := set(EXERCISES) - defined), f"aelib/exercises does not define {missing}"
    assert not (missing := defined - set(WRONG_ANSWERS)), f"tests/wrong_answers.py has none for {missing}"
    assert not (unused := set(WRONG_ANSWERS) - defined), f"tests/wrong_answers.py has some for {unused}, no check"


@each_exercise
def test_the_starter_runs_and_is_not_solved_yet(name):
    feedback = run(name, EXERCISES[name].starter)
    assert not feedback.solved
    assert "Not solved yet" in repr(feedback), "an untouched starter must return ... or None"


@each_exercise
def test_the_folded_solution_is_accepted_in_place_of_the_starter(name):
    exercise = EXERCISES[name]
    assert HINT.search(exercise.below), "the cell below the exercise needs <details><summary>Hint</summary>"
    found = SOLUTION.search(exercise.below)
    assert found, "the cell below the exercise needs <summary>Solution</summary>, a blank line, and ```python"
    solution = found[1]
    feedback = run(name, solution)
    assert feedback.solved, feedback
    # The solution defines what the starter asks for, under the same name.
    asked = getattr(ast.parse(exercise.starter).body[0], "name", None)
    assert asked is None or f"def {asked}(" in solution, f"the solution must define {asked}"


@each_exercise
def test_wrong_answers_are_refused_with_a_hint_and_then_a_better_one(name):
    answers = WRONG_ANSWERS[name]
    assert len(answers) >= 2, "tests/wrong_answers.py needs two or more"
    misses.clear()
    messages = [run(name, answer) for answer in answers]
    for answer, feedback in zip(answers, messages, strict=True):
        assert not feedback.solved, answer
        assert "Not solved yet" not in feedback.message, answer
    results = [feedback.message for feedback in messages if " stopped " not in feedback.message]
    hints = [message.split("Hint: ")[1] for message in results if "Hint: " in message]
    assert len(hints) >= 2 and hints[0] != hints[1], "the first two wrong results must bring the two hints"


def test_a_solved_exercise_forgets_its_misses():
    misses.clear()
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


def test_an_error_is_no_wrong_answer_and_is_told_with_its_line_and_the_cure():
    misses.clear()
    answer = "def relu_backward(delta_h, a):\n    return delta_h if a > 0 else 0"
    messages = [run("check_relu_backward", answer).message for _ in range(3)]
    assert len({*messages}) == 1 and "needs torch.where, or a mask" in messages[0] and not misses
    lesson = "def broken(x):\n    y = x + 1\n    return y / 0\n"
    linecache.cache["<cell>"] = (len(lesson), None, lesson.splitlines(True), "<cell>")
    names = {}
    exec(compile(lesson, "<cell>", "exec"), names)
    assert str(compare(names["broken"], [((1,), 2)], "one", "two").message).startswith(
        "broken stopped at “return y / 0” with ZeroDivisionError: division by zero. Hint: one"
    )


def test_a_function_that_forgets_to_return_is_told_so():
    message = run("check_stopping_epoch", "def stopping_epoch(test_losses, patience):\n    len(test_losses)").message
    assert message == "Not solved yet: stopping_epoch returned None. Fill its gap, and end each way with return."


def test_a_wrong_number_is_told_with_what_the_function_was_given():
    message = run("check_count_parameters", "def count_parameters(sizes):\n    return 105_392").message
    assert message.startswith("Not yet: count_parameters returned 105392 for ([5, 3]); it should be 18.")
    message = run("check_energy", "def energy(decoded, damaged, lost, whitened, error):\n    return whitened").message
    assert message.startswith("Not yet: energy returned the shape (1, 5); it should be one number.")


def test_a_training_step_that_returns_its_tensor_is_told_to_return_the_number():
    answer = (
        "def training_step(model, optimizer, batch):\n    optimizer.zero_grad()\n    loss = model.loss(batch)\n"
        "    loss.backward()\n    optimizer.step()\n    return loss{}"
    )
    assert "Return the number in it: loss.item()" in run("check_training_step", answer.format("")).message
    assert run("check_training_step", answer.format(".item()")).solved


def test_what_only_trains_is_no_repair():
    answer = (
        "class Denoising(torch.nn.Module):\n    def loss(self, images):\n        return images.mean()\n\n\n"
        "def my_repair(images):\n    return Denoising()"
    )
    message = run("check_my_repair", answer).message
    assert message == "Not yet: my_repair returned a Denoising, which only trains. Return the network in it."


def test_a_list_in_place_of_a_tuple_is_told_with_the_cure():
    counted = "int(((shares > 0) & (shares < 0.01)).sum())"
    answer = "def units_in_use(codes):\n    shares = (codes > 0).float().mean(0)\n    return {}"
    feedback = run("check_units_in_use", answer.format(f"[shares, {counted}]"))
    assert feedback.message.startswith(
        "Not yet: units_in_use returned a list; return a tuple: the values with commas between them, without the "
        "brackets [ ]."
    )
    assert run("check_units_in_use", answer.format(f"(shares, {counted})")).solved
    assert "should return 2 values" in run("check_units_in_use", answer.format("[shares]")).message
    assert "Not solved yet" in run("check_units_in_use", answer.format("[shares, ...]")).message


@pytest.mark.parametrize(
    ("name", "starter"),
    [
        ("check_my_sampler", "def my_sampler(model, images):\n    return {}"),
        ("check_my_repair", "def my_repair(images):\n    return lambda damaged: {}"),
    ],
)
def test_pictures_on_another_scale_are_told_in_a_sentence_not_raised(name, starter):
    shape = "torch.rand(5000, 1, 28, 28)" if name == "check_my_sampler" else "damaged"
    for change, message in (("255 * {}", r"returned pixels from .* by 255"), ("{} * float('nan')", "returned NaN")):
        feedback = run(name, starter.format(change.format(shape)))
        assert re.search(message, feedback.message) and feedback.message.startswith("Not yet: ")


def test_of_an_answer_that_is_nan_in_part_the_nan_is_shown():
    nan_where_zero = "return delta_h * torch.where(a > 0, 1.0, float('nan'))"
    feedback = run("check_relu_backward", f"def relu_backward(delta_h, a):\n    {nan_where_zero}")
    assert "nan instead of" in feedback.message


def test_a_tensor_in_place_of_a_tuple_is_told():
    answer = "def sizes(side, kernel, stride, padding):\n    return {}"
    feedback = run("check_sizes", answer.format("torch.tensor([1, 2])"))
    assert "sizes returned a Tensor; return a tuple of 2: with commas between the values." in feedback.message
    assert "returned an ndarray; return a tuple" in run("check_sizes", answer.format("np.array([1, 2])")).message
    assert "should return 2 values" in run("check_sizes", answer.format("1")).message


@pytest.mark.parametrize("name", ["check_my_loss", "check_blind_spot", "check_my_sampler", "check_my_codec"])
def test_the_result_of_a_call_in_place_of_the_function_is_told(name):
    feedback = getattr(exercises, name)(torch.zeros(3))
    assert feedback.message == exercises.check_sizes(3).message
    assert feedback.message.startswith("Not yet: hand the function itself to the check")


def test_a_repair_that_is_no_function_is_told():
    feedback = run("check_my_repair", "def my_repair(images):\n    return images")
    assert feedback.message == "Not yet: my_repair must return a function; it returned a Tensor."


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("ValueError('No such thing.')", "ValueError: No such thing."),
        ("ValueError('no such thing')", "ValueError: no such thing."),
        ("ValueError('Why?')", "ValueError: Why?"),
        ("ValueError()", "ValueError."),
    ],
)
def test_an_error_is_told_with_one_full_stop(raised, told):
    feedback = run("check_blind_spot", f"def blind_spot(network, images):\n    raise {raised}")
    assert feedback.message == f"blind_spot stopped with {told}"
    feedback = run("check_sizes", f"def sizes(side, kernel, stride, padding):\n    raise {raised}")
    assert feedback.message.startswith(f"sizes stopped with {told} Hint: ")


def test_a_loss_that_training_turns_into_nan_is_told_in_the_learners_words():
    root = "return (drawn - images).square().sum((1, 2, 3)).sqrt().mean() + (0 * drawn.mean()).sqrt()"
    feedback = run("check_my_loss", f"def my_loss(drawn, images):\n    {root}")
    assert feedback.message.startswith("Not yet: in training, my_loss or its gradient became NaN or infinite.")
    assert "square root" in feedback.message and "learning_rate" not in feedback.message


def test_an_error_in_the_training_by_a_loss_is_that_of_the_loss():
    answer = "def my_loss(drawn, images):\n    return drawn.reshape(4, 3, 32, 32).mean()"
    feedback = run("check_my_loss", answer)  # four images at the door, and more in training
    assert feedback.message.startswith("my_loss stopped with RuntimeError: shape '[4, 3, 32, 32]' is invalid")


@pytest.mark.parametrize(
    ("returned", "found"),
    [
        ("images[:8]", r"the shape \(8, 3, 32, 32\)"),
        ("(255 * images).byte()", "torch.uint8"),
        ("(255 * images).byte().numpy()", "an ndarray"),
        ("[*images]", "a list"),
    ],
)
def test_what_came_in_place_of_images_is_told(returned, found):
    feedback = run("check_blind_spot", f"def blind_spot(network, images):\n    return {returned}")
    form = r"must return a float tensor of the shape \(16, 3, 32, 32\); it returned"
    assert re.fullmatch(f"Not yet: blind_spot {form} {found}\\.", feedback.message)


def test_pictures_may_come_as_an_array():
    answer = "def blind_spot(network, images):\n    return {}"
    messages = [
        run("check_blind_spot", answer.format(f"images.flip(3){ending}")).message.split("Hint")[0]
        for ending in ("", ".numpy()", ".double().numpy()", ".numpy()[::-1, :, ::-1][::-1, :, ::-1]")
    ]
    assert messages[0].startswith("Not yet: the pictures differ by") and len(set(messages)) == 1


def test_no_rounding_decides_how_far_a_picture_of_lesson_7_is_moved():
    shown = []
    exercises.check_undo_shift(shown.append)
    exercises.check_undo_shift(lambda images: shown.append(images) or centred(images))
    assert len(shown) == 3  # the first call got the first case alone
    for images in shown:
        remainders = middles(images) % 1  # of the way to the middle of the picture, in pixels
        assert ((remainders - 0.5).abs() >= 0.2).all()


def middles(images):
    """Return how far (N, 2) the centres of mass lie right of the middle of the picture and below it, not rounded."""
    height, width = images.shape[2:]
    mass = images.sum((1, 2, 3))
    right = (images.sum((1, 2)) * (torch.arange(width) - (width - 1) / 2)).sum(1) / mass
    down = (images.sum((1, 3)) * (torch.arange(height) - (height - 1) / 2)).sum(1) / mass
    return torch.stack([right, down], 1)


def centred(images):
    return variation.move(images, -middles(images).round().long(), background=0)


def test_a_cheat_that_changes_its_pictures_in_place_does_not_change_the_honest_ones():
    first, in_place, again = (
        exercises.check_cheat(my_cheat, max).message.split(" Hint: ")[0]
        for my_cheat in (lambda images, judge: images, lambda images, judge: images.zero_(), lambda images, _: images)
    )
    assert "from 11.0 to 11.0 by the judge" in first
    assert "from 11.0 to " in in_place and first == again


def test_a_wrong_text_is_told_with_what_was_given_and_what_it_should_be():
    feedback = exercises.check_swapped(lambda word, place: word)
    assert "returned 'receive' for ('receive', 3); it should be 'recieve'. Hint: " in feedback.message
    feedback = run("check_most_improved_class", 'most_improved_class = "Sandal"')  # nothing given, nothing given away
    assert "returned 'Sandal', which is not what the measurement says. Hint: " in feedback.message


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (
            "check_accumulate",
            "def accumulate(network, images, size):\n"
            "    weights, sums = list(network.parameters()), 0\n"
            "    for start in range(0, len(images), size):\n"
            "        part = images[start : start + size]\n"
            "        found = torch.autograd.grad((network(part) - part).square().sum(), weights)\n"
            "        sums = [a + b for a, b in zip(sums or [0] * len(found), found)]\n"
            "    for each, total in zip(weights, sums):\n"
            "        each.grad = total / images.numel()\n"
            "    return network",
        ),
        ("check_loss_weights", "def loss_weights(counts):\n    return counts / counts.float().mean()"),
        ("check_loss_weights", "def loss_weights(counts):\n    return (counts / counts.double().mean()).numpy()"),
        (
            "check_my_share",
            "def my_share(count, epoch, rank, workers):\n"
            "    torch.manual_seed(1000 + epoch)\n"
            "    return torch.randperm(count).tensor_split(workers)[rank]",
        ),
        (
            "check_my_share",
            "def my_share(count, epoch, rank, workers):\n"
            "    order = np.random.default_rng([7, epoch]).permutation(count)\n"
            "    return torch.from_numpy(order)[rank::workers]",
        ),
        (
            "check_read_profile",
            "def read_profile(seconds):\n"
            "    ranked = sorted(seconds.items(), key=lambda each: each[1])\n"
            "    total = sum(seconds.values())\n"
            "    rest = total - seconds['load']\n"
            "    overlapped = total / (rest if rest > seconds['load'] else seconds['load'])\n"
            "    return ranked[-1][0], 1 / (1 - ranked[-1][1] / total), torch.tensor(overlapped)",
        ),
    ],
)
def test_other_right_answers_of_lesson_11_are_accepted(name, answer):
    feedback = run(name, answer)
    assert feedback.solved, feedback


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ("network.loss(part)", "with 10 images and a size of 4: the gradient is not that of all images; it is off by"),
        ("network.loss(part) * len(part)", "but is 10 times as long as it should be"),
        ("network.loss(images)", "10 images went through the network at once, where size was 4"),
    ],
)
def test_what_is_wrong_with_a_gradient_is_told(loss, told):
    lines = ["network.zero_grad()", "for part in images.split(size):", f"    ({loss}).backward()"]
    feedback = run("check_accumulate", function("accumulate(network, images, size)", *lines))
    assert told in feedback.message
    feedback = run("check_accumulate", function("accumulate(network, images, size)", "network.loss(images[:1])"))
    assert "some parameters have no gradient" in feedback.message
    kept = (*lines[1:2], "    (network.loss(part) * len(part) / len(images)).backward()")
    feedback = run("check_accumulate", function("accumulate(network, images, size)", *kept))
    assert "with 6 images and a size of 3: what was in .grad before the call is still in it" in feedback.message


@pytest.mark.parametrize(
    ("share", "told"),
    [
        ("torch.arange(count)[rank::workers]", "1,000 pictures and 3 workers: worker 0 has the same pictures in the"),
        ("torch.arange(count).roll(epoch)[rank::workers]", "the pictures come in a regular order"),
        ("torch.arange(count)", "with 10 pictures, 4 workers and epoch 0: picture 0 comes 4 times"),
        ("torch.arange(rank, count - 2, workers)", "is seen by no worker"),
        ("torch.arange(count).split(-(-count // workers))[rank]", "one worker has 3 pictures, another 1"),
        ("torch.arange(1, count + 1)[rank::workers]", "there is no picture 10; the last is 9"),
        ("torch.randperm(count)[rank::workers]", "the same call gave another answer the second time"),
        ("[rank]", "must return an int64 tensor (n,), numbers of pictures; it returned a list."),
        ("torch.zeros(3)", "it returned torch.float32."),
        ("torch.zeros(3, 1).long()", "it returned the shape (3, 1)."),
    ],
)
def test_what_is_wrong_with_a_share_is_told(share, told):
    feedback = run("check_my_share", function("my_share(count, epoch, rank, workers)", f"return {share}"))
    assert told in feedback.message


def test_the_loop_that_lesson_11_shows_is_the_one_that_it_measures():
    body = inspect.getsource(exercises.usual_loop).split('"""\n')[1].rstrip()
    lesson = EXERCISES["check_my_loop"].lesson
    assert any(body in cell.source for cell in nbformat.read(lesson, as_version=4).cells)


def test_the_seconds_of_processes_that_a_loop_starts_count():
    before = lesson_11._seconds()
    subprocess.run([sys.executable, "-c", "sum(range(20_000_000))"], check=True)
    assert lesson_11._seconds() - before > 0.1


def test_an_answer_without_a_name_is_called():
    feedback = exercises.check_relu_backward(partial(lambda delta_h, a: delta_h * (a > 0)))
    assert feedback.solved and "partial" in feedback.message


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


RIGHT = {  # two exercises that take no time, solved
    "5.2": "exercises.check_draw_code(lambda mean, log_variance, noise: mean + (log_variance / 2).exp() * noise)",
    "2.2": "exercises.check_relu_backward(lambda delta_h, a: delta_h * (a > 0))",
}


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """The file of a learner who has solved nothing yet."""
    place = tmp_path / "their own" / "progress.txt"
    monkeypatch.setenv("AELIB_PROGRESS", str(place))
    return place


def solve(number):
    return eval(RIGHT[number], {"exercises": exercises})


def in_another_kernel(*numbers):
    """Start a Python that solves some exercises."""
    program = "\n".join(["from aelib import exercises", *(RIGHT[number] for number in numbers)])
    return subprocess.Popen([sys.executable, "-c", program])


def test_each_check_has_the_number_of_its_exercise():
    found = {name: re.findall(r"Exercise (\d+\.\d+)", getattr(exercises, name).__doc__ or "") for name in EXERCISES}
    assert all(found.values()), f'no "Exercise 12.3" in the docstring of {[name for name in found if not found[name]]}'
    told = [each[0] for each in found.values()]
    assert told == numbers, "each check has a line @exercise(…) and a docstring with the number of its exercise"
    for path in notebooks.LESSONS:
        lesson, text = int(path.name[:2]), path.read_text(encoding="utf-8")
        in_lesson = [f"{lesson}.{number}" for number in re.findall(r"### Exercise (\d+)", text)]
        assert in_lesson == [number for number in numbers if number.startswith(f"{lesson}.")], path.name


def test_what_is_solved_in_one_kernel_is_known_in_another(learner):
    assert exercises.progress(5).message == "Lesson 5: 0 of its 4 exercises solved."
    assert in_another_kernel("5.2", "2.2", "5.2").wait(60) == 0
    told = f"Lesson 5: 1 of its 4 exercises solved (number 2); the whole course: 2 of {len(numbers)}."
    assert exercises.progress(5).message == told
    assert learner.read_text(encoding="utf-8").count("solved 2") == 2, "noted twice"
    learner.write_text("7.1 solved 2026-01-01\n7.3 solved 2026-01-02\n7.5 solved 2026-01-03", encoding="utf-8")
    assert "3 of its 5 exercises solved (numbers 1, 3 and 5)" in exercises.progress(7).message
    assert not exercises.progress(7).solved


def test_an_exercise_that_is_not_solved_is_not_noted(learner):
    assert not exercises.check_draw_code(lambda *arguments: arguments[0]).solved
    assert not learner.exists()


def test_two_kernels_note_at_the_same_time(learner):
    others = [in_another_kernel(number) for number in [*RIGHT] * 2]
    assert [other.wait(60) for other in others] == [0] * 4
    assert "1 of its 4" in exercises.progress(5).message and "1 of its 4" in exercises.progress(2).message


def test_a_note_that_was_cut_off_spoils_no_other(learner):
    solve("2.2")
    with learner.open("a", encoding="utf-8") as file:
        file.write("\n5.1 sol")
    solve("5.2")
    assert f"(number 2); the whole course: 2 of {len(numbers)}" in exercises.progress(5).message


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"9.9 solved 2026-01-01\n", b"5.2 solves\n"])
def test_what_is_no_note_counts_for_nothing(content, learner):
    learner.parent.mkdir()
    learner.write_bytes(content)
    assert exercises.progress(5).message.endswith(" 0 of its 4 exercises solved.")
    assert solve("5.2").message == "Solved: <lambda> is right."
    assert f"(number 2); the whole course: 1 of {len(numbers)}" in exercises.progress(5).message


def test_where_nothing_can_be_noted_the_exercise_counts_and_the_reason_is_told(learner, monkeypatch):
    learner.parent.write_text("a file where the folder should be", encoding="utf-8")
    feedback = solve("5.2")
    assert feedback.solved and "This could not be noted in your progress: " in feedback.message
    monkeypatch.setenv("AELIB_PROGRESS", str(learner.parents[1]))
    assert "is a folder, not a file" in solve("5.2").message
    assert exercises.progress(5).message.endswith("is a folder, not a file.")


@pytest.mark.parametrize("lesson", [0, 99, None])
def test_a_lesson_that_is_not_there_has_no_progress(lesson):
    with pytest.raises(ValueError, match=f"those that have some are 1 to {len(notebooks.LESSONS)}"):
        exercises.progress(lesson)
