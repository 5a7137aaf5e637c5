"""Every lesson is fit to commit, and the check that says so refuses what is not."""

import nbformat
import pytest
from nbformat import v4

import notebooks

PICTURE = "data:image/png;base64,iVBORw0KGgo/tmp/AAAA"  # base64 has slashes, so it can look like a path
GOOD_PICTURE = v4.new_output(
    "display_data", {"text/html": f'<img alt="Ten grey pictures of shoes" src="{PICTURE}">', "text/plain": "<HTML>"}
)


def good_notebook():
    """Return the smallest lesson with which nothing is wrong."""
    exercises = notebooks.EXERCISES
    sources = ["import aelib", "show()  # NBVAL_CHECK_OUTPUT", 'quiz("Which?", {})', *["answer = ..."] * exercises]
    tags = [["set-up"], [], [], *[["exercise"]] * exercises]
    code = [
        v4.new_code_cell(source, id=f"code-{number}", execution_count=number, metadata={"tags": tag} if tag else {})
        for number, (source, tag) in enumerate(zip(sources, tags, strict=True), start=1)
    ]
    code[1].outputs = [v4.new_output("stream", text="1.23\n"), GOOD_PICTURE]
    text = v4.new_markdown_cell(
        "# A lesson\n![A diagram of an autoencoder](x.png)\n## What we measured\n## Verdict\n### Sources",
        id="text",
    )
    return notebooks.clean(v4.new_notebook(cells=[*code, text]))


def with_output(kind, **fields):
    """Return a change that gives the second cell one more output."""
    return lambda notebook: notebook.cells[1].outputs.append(v4.new_output(kind, **fields))


def with_html(html):
    return with_output("display_data", data={"text/html": html})


def with_text(text):
    """Return a change that adds a line to the prose."""

    def change(notebook):
        notebook.cells[-1].source += "\n" + text

    return change


def without_text(text):
    """Return a change that takes a piece of code or prose out wherever it stands."""

    def change(notebook):
        for cell in notebook.cells:
            cell.source = cell.source.replace(text, "")

    return change


def set_count(count):
    return lambda notebook: notebook.cells[1].update(execution_count=count)


BAD = {
    "error": (with_output("error", ename="ValueError", evalue="no", traceback=[]), "ends in an error"),
    "stderr": (with_output("stream", name="stderr", text="UserWarning: x"), "writes to stderr"),
    "png": (with_output("display_data", data={"image/png": "iVBORw0KGgo="}), "without alternative text"),
    "svg": (with_output("execute_result", data={"image/svg+xml": "<svg/>"}), "without alternative text"),
    "img without alt": (with_html(f'<img src="{PICTURE}">'), "shorter than 4 words"),
    "img with a short alt": (with_html(f'<img src="{PICTURE}" alt="Some nice shoes">'), "shorter than 4 words"),
    "img in prose": (with_text('<img src="x.png" alt="">'), "shorter than 4 words"),
    "picture in prose": (with_text("![shoes](x.png)"), "shorter than 4 words"),
    "path in an output": (with_output("stream", text="saved /home/ada/x"), "path"),
    "path in code": (lambda notebook: notebook.cells[0].update(source='open("/tmp/x")'), "path"),
    "path of Windows": (with_text(r"Look into C:\Users\ada."), "path"),
    "path of macOS": (with_text("Look into /Users/ada."), "path"),
    "address": (with_output("stream", text="<object at 0x7f3a2b1c>"), "address in memory"),
    "too large": (with_text("x" * notebooks.MAX_BYTES), "bytes"),
    "not run": (set_count(None), "not run once each"),
    "run in another order": (set_count(9), "not run once each"),
    "no set-up cell": (lambda notebook: notebook.cells[0].metadata.clear(), "set-up"),
    "two set-up cells": (lambda notebook: notebook.cells[1].metadata.update(tags=["set-up"]), "set-up"),
    "long set-up cell": (lambda notebook: notebook.cells[0].update(source="import aelib\n" * 11), "set-up"),
    "no findings": (without_text("What we measured"), "What we measured"),
    "no verdict": (without_text("Verdict"), "Verdict"),
    "no sources": (without_text("Sources"), "Sources"),
    "too few exercises": (lambda notebook: notebook.cells[3].metadata.clear(), "exercise"),
    "no quiz": (without_text("quiz("), "quiz"),
    "nothing compared": (without_text("NBVAL_CHECK_OUTPUT"), "NBVAL_CHECK_OUTPUT"),
    "widget state": (lambda notebook: notebook.metadata.update(widgets={"state": {}}), "not clean"),
    "times": (lambda notebook: notebook.cells[1].metadata.update(execution={"busy": "12:00"}), "not clean"),
}  # fmt: skip


def test_there_are_lessons():
    assert notebooks.LESSONS


@pytest.mark.parametrize("path", notebooks.LESSONS, ids=lambda path: path.stem)
def test_lesson_is_fit_to_commit(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    problems = notebooks.problems(notebook)
    assert not problems, "\n".join(problems)
    assert path.read_text(encoding="utf-8") == notebooks.to_text(notebook)


def test_lessons_have_the_same_set_up_cell():
    cells = {cell for path in notebooks.LESSONS for cell in notebooks.set_up_cells(nbformat.read(path, as_version=4))}
    assert len(cells) == 1


def test_good_notebook_passes():
    assert notebooks.problems(good_notebook()) == []


@pytest.mark.parametrize(("change", "complaint"), BAD.values(), ids=BAD.keys())
def test_bad_notebook_is_refused(change, complaint):
    notebook = good_notebook()
    change(notebook)
    assert complaint in " ".join(notebooks.problems(notebook))


@pytest.mark.parametrize(
    "text", ["https://example.org/tmp/x", "notebooks/home/x", "~/work", "![A picture of two shoes](x.png)", "data/tmp"]
)
def test_harmless_text_passes(text):
    notebook = good_notebook()
    with_text(text)(notebook)
    assert notebooks.problems(notebook) == []


def test_clean_drops_what_is_live():
    notebook = good_notebook()
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "IntSlider()"}
    with_output("display_data", data=widget)(notebook)
    assert notebooks.clean(notebook) == good_notebook()


def test_clean_keeps_the_static_picture_of_a_widget():
    notebook = good_notebook()
    picture = {"text/html": f'<img alt="Ten grey pictures of shoes" src="{PICTURE}">'}
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Sliders"}
    with_output("display_data", data=widget | picture)(notebook)
    assert notebooks.clean(notebook).cells[1].outputs[-1] == v4.new_output("display_data", picture)


def test_clean_joins_pieces_of_text_but_not_across_a_picture():
    notebook = good_notebook()
    notebook.cells[1].outputs = [
        v4.new_output("stream", text="1."),
        v4.new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}}),
        v4.new_output("stream", text="23\n"),
        GOOD_PICTURE,
        v4.new_output("stream", text="4\n"),
    ]
    outputs = notebooks.clean(notebook).cells[1].outputs
    assert [output.get("text") for output in outputs] == ["1.23\n", None, "4\n"]


def test_clean_drops_progress_bars_but_no_warning():
    bar = "\r 10%|█         | 00:01<00:09, loss 0.2\r100%|██████████| 00:10<00:00, loss 0.1\r" + " " * 30 + "\r"
    notebook = good_notebook()
    with_output("stream", name="stderr", text=bar)(notebook)
    assert notebooks.clean(notebook) == good_notebook()
    with_output("stream", name="stderr", text="UserWarning: x\n")(notebook)
    assert notebooks.clean(notebook).cells[1].outputs[-1].text == "UserWarning: x"


def test_clean_keeps_its_input_cells_and_their_names():
    notebook = good_notebook()
    notebook.metadata.widgets = {"state": {}}
    cleaned = notebooks.clean(notebook)
    assert "widgets" in notebook.metadata and "widgets" not in cleaned.metadata
    assert [cell.id for cell in cleaned.cells] == [cell.id for cell in notebook.cells]
    assert notebooks.clean(cleaned) == cleaned


def test_running_a_lesson_writes_it_clean_and_measures_it(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    notebook = good_notebook()
    notebook.cells[1].source = "import time; time.sleep(0.2); print(1)"
    notebook.cells[2].source = "import os; assert os.path.exists('lesson.ipynb')"
    notebook.cells[1].outputs = []
    path.write_text(notebooks.to_text(notebook), encoding="utf-8")
    assert notebooks.main([path]) == 1  # it has no quiz now, and nothing that is compared
    run = nbformat.read(path, as_version=4)
    assert run.cells[1].outputs[0].text == "1\n"
    assert notebooks.clean(run) == run
    report = capsys.readouterr().out
    assert "slowest cell 0." in report and "(import time; time.sleep(0.2); print(1))" in report and "MB" in report


def test_a_lesson_that_fails_is_left_as_it_is(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    notebook = good_notebook()
    notebook.cells[1].source = "1 / 0"
    path.write_text(notebooks.to_text(notebook), encoding="utf-8")
    assert notebooks.main([path]) == 1
    assert path.read_text(encoding="utf-8") == notebooks.to_text(notebook)
    assert "ZeroDivisionError" in capsys.readouterr().out
