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
                cell.source = answer
    return notebook


def solution(name):
    """Return the solution of an exercise, with the starter's call of its check."""
    exercise = EXERCISES[name]
    return f"{SOLUTION.search(exercise.below)[1]}\n{exercise.check}"


def test_each_notebook_is_told_with_what_it_solves(tmp_path, capsys):
    answers = {name: solution(name) for name in ("check_one_row_per_image", "check_numbers_needed")}
    nbformat.write(handed_in(answers | {"check_psnr_by_hand": "psnr_by_hand = 1 / 0"}), tmp_path / "ann 1 (2).ipynb")
    (tmp_path / "ben").mkdir()
    (tmp_path / "ben" / "work.ipynb").write_text("not a notebook")
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    nbformat.write(other, tmp_path / "cy.ipynb")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.ipynb")}

    assert marks.main(tmp_path) == 1
    ann, stopped, ben, cy = capsys.readouterr().out.splitlines()
    assert ann == "ann 1 (2).ipynb: 1.1, 1.3 (2 of 4)"
    assert stopped == "  psnr_by_hand = 1 / 0 … stopped: ZeroDivisionError: 'division by zero'"
    assert ben.startswith("ben/work.ipynb: no notebook") and cy.startswith("cy.ipynb: no cell has the tag exercise")
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*.ipynb")}


def test_a_cell_that_does_not_end_is_told_in_a_notebook_as_colab_writes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "MOST_SECONDS", 20)
    path = tmp_path / "dee.ipynb"
    notebook = handed_in({"check_one_row_per_image": "while True:\n    pass"})
    notebook.metadata = nbformat.from_dict({"kernelspec": {"name": "of-a-learner", "display_name": "Mine"}})
    notebook.nbformat_minor = 0  # no cell has an id
    for cell in notebook.cells:
        del cell["id"]
    nbformat.write(notebook, path)
    told = marks.mark(path)
    assert told.startswith("none (0 of 4)") and "ended early" in told


def test_an_empty_folder_is_told(tmp_path, capsys):
    assert marks.main(tmp_path) == 1
    assert "no notebook" in capsys.readouterr().out
