"""Which exercises `make marks` finds solved in notebooks that learners hand in."""

import nbformat
from test_exercises import EXERCISES, SOLUTION

import marks

LESSON = EXERCISES["check_numbers_needed"].lesson


def handed_in(answers):
    """Return lesson 1 as a learner hands it in, with answers in place of some starters."""
    notebook = nbformat.read(LESSON, as_version=4)
    for cell in notebook.cells:
        for name, answer in answers.items():
            if cell.source == EXERCISES[name].starter:
                cell.source = f"{answer}\n{EXERCISES[name].check}"
    return notebook


def solution(name):
    """Return the solution of an exercise."""
    return SOLUTION.search(EXERCISES[name].below)[1]


def test_each_notebook_is_told_with_what_it_solves(tmp_path, capsys):
    answers = {name: solution(name) for name in ("check_one_row_per_image", "check_numbers_needed")}
    answers["check_psnr_by_hand"] = "def psnr_by_hand(images, reconstructions):\n    return from_the_lesson"
    (tmp_path / "ann b").mkdir()
    nbformat.write(handed_in(answers), tmp_path / "ann b" / "01 (2).ipynb")
    (tmp_path / "ben.ipynb").write_text("not a notebook")
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    nbformat.write(other, tmp_path / "cy.ipynb")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / "01_concepts.html").write_text("exported")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.ipynb")}

    assert marks.main(tmp_path) == 1
    ann, told, ben, cy, *in_all = capsys.readouterr().out.splitlines()
    assert ann == "ann b/01 (2).ipynb: 1.1, 1.3 (2 of 4)"
    assert told.startswith("  exercises.check_psnr_by_hand(psnr_by_hand) says: ") and "NameError" in told
    assert ben.startswith("ben.ipynb: no notebook") and cy.startswith("cy.ipynb: no cell has the tag exercise")
    assert in_all == ["ann b: 2 solved", "eve: no notebook"]
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*.ipynb")}


def test_a_cell_that_does_not_end_is_told_and_the_next_ones_count(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "MOST_SECONDS", 20)
    path = tmp_path / "dee.ipynb"
    answers = {"check_numbers_needed": solution("check_numbers_needed")}
    notebook = handed_in({"check_one_row_per_image": "while True:\n    pass", **answers})
    # As Colab writes it: of an older format, without ids. And with a kernel of the learner's own.
    notebook.metadata = nbformat.from_dict({"kernelspec": {"name": "of-a-learner", "display_name": "Mine"}})
    notebook.nbformat_minor = 0
    for cell in notebook.cells:
        del cell["id"]
    nbformat.write(notebook, path)
    found = marks.mark(path)
    assert found.solved == ["1.3"] and len(found.told) == 1 and "KeyboardInterrupt" in found.told[0]


def test_the_answer_that_ends_the_kernel_is_told_and_what_came_before_counts(tmp_path):
    answers = {name: solution(name) for name in ("check_one_row_per_image", "check_numbers_needed")}
    fatal = {"check_psnr_by_hand": "import os\nos._exit(1)"}
    nbformat.write(handed_in(answers | fatal), tmp_path / "dee.ipynb")
    assert str(marks.mark(tmp_path / "dee.ipynb")) == (
        "1.1 (1 of 4)\n  exercises.check_psnr_by_hand(psnr_by_hand) ended the kernel, and no cell below it ran"
    )


def test_an_empty_folder_is_told(tmp_path, capsys):
    assert marks.main(tmp_path) == 1
    assert "no notebook" in capsys.readouterr().out
