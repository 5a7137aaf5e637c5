"""Every lesson is fit to commit, and the check that says so refuses what is not."""

import ast
import html
import json
import re

import nbformat
import pytest
from nbformat import v4

import notebooks
import slides

PICTURE = "data:image/png;base64,iVBORw0KGgo/tmp/AAAA"  # base64 has slashes, so it can look like a path
GOOD_PICTURE = v4.new_output(
    "display_data", {"text/html": f'<img alt="Ten grey pictures of shoes" src="{PICTURE}">', "text/plain": "<HTML>"}
)


NAME = "07_lesson.ipynb"
TITLE = """# 7 · A lesson
[Open in Colab](https://colab.research.google.com/github/a/b/blob/main/notebooks/07_lesson.ipynb)"""


def good_notebook():
    """Return the smallest lesson with which nothing is wrong."""
    sources = [
        "import aelib",
        "show()",
        'quiz("Which?", {"this": "Right."}, "this")',
        *["answer = ..."] * notebooks.EXERCISES[0],
    ]
    metadata = [
        {"tags": ["set-up"]},
        {"tags": [notebooks.COMPARED]},
        {"jupyter": {"source_hidden": True}, "cellView": "form"},
        *[{"tags": ["exercise"]}] * notebooks.EXERCISES[0],
    ]
    code = [
        v4.new_code_cell(source, id=f"code-{number}", execution_count=number, metadata=dict(of_cell))
        for number, (source, of_cell) in enumerate(zip(sources, metadata, strict=True), start=1)
    ]
    code[1].outputs = [v4.new_output("stream", text="1.23\n"), GOOD_PICTURE]
    finding = v4.new_code_cell('assert x, "finding 1: x"', id="finding", execution_count=len(code) + 1)
    title, measured, verdict, sources = (
        v4.new_markdown_cell(source, id=name)
        for name, source in {
            "title": TITLE,
            "measured": "## What we measured",
            "verdict": "## Verdict\nA [code](GLOSSARY.md#code) as in [lesson 1](01_concepts.ipynb).",
            "sources": "## Sources\n[arXiv:1312.6114](https://arxiv.org/abs/1312.6114)",
        }.items()
    )
    return notebooks.clean(v4.new_notebook(cells=[*code, title, measured, finding, verdict, sources]))


def problems(notebook):
    return notebooks.problems(notebook, NAME)


def with_tag(cell, tag):
    """Return a change that gives a code cell a tag."""
    return lambda notebook: notebook.cells[cell].metadata.update(tags=[tag])


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


def with_title(text):
    return lambda notebook: next(cell for cell in notebook.cells if cell.id == "title").update(source=text)


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
    "picture in prose": (with_text(f"![shoes]({PICTURE})"), "shorter than 4 words"),
    "picture in a file": (with_text("![Ten grey pictures of shoes](x.png)"), "beside the lesson"),
    "link to no term": (with_text("[code](GLOSSARY.md#no-such-term)"), "GLOSSARY.md#no-such-term"),
    "link to no heading": (with_text("[ways](../README.md#no-such-way)"), "README.md#no-such-way"),
    "link to no cell": (with_text("[lesson](01_concepts.ipynb#cell-id=none)"), "cell-id=none"),
    "link to no file": (with_text("[lesson](99_none.ipynb)"), "99_none.ipynb"),
    "link to no cell of its own": (with_text("[above](#cell-id=none)"), "#cell-id=none"),
    "link to no heading of its own": (with_text("[above](#no-such-heading)"), "#no-such-heading"),
    "computed quiz": (lambda notebook: notebook.cells[2].update(source='quiz(f"{6 * 7}?", {}, "")'), "plain literals"),
    "path in an output": (with_output("stream", text="saved /home/ada/x"), "path"),
    "path in code": (lambda notebook: notebook.cells[0].update(source='open("/tmp/x")'), "path"),
    **{
        f"path {path}": (with_output("stream", text=f"({path})"), "path")
        for path in (
            "/workspaces/course", "/content/sample_data", "/mnt/disk", "/opt/conda/lib", "/var/folders/zz/x",
            "/private/var/x", "/usr/lib/python3/x.py", "/media/ada", "/srv/x", "/root", "/Users/ada", "C:\\Users\\ada",
            "D:\\course\\x", "c:\\users\\ada b\\x",
        )
    },
    "address": (with_output("stream", text="<object at 0x7f3a2b1c>"), "address in memory"),
    "too large": (with_text("x" * notebooks.MAX_BYTES), "bytes"),
    "empty cell": (lambda notebook: notebook.cells.append(v4.new_code_cell("", execution_count=7)), "not clean"),
    "not run": (set_count(None), "not run once each"),
    "run in another order": (set_count(9), "not run once each"),
    "no set-up cell": (lambda notebook: notebook.cells[0].metadata.clear(), "set-up"),
    "two set-up cells": (with_tag(1, "set-up"), "set-up"),
    "set-up cell after another": (lambda notebook: notebook.cells.insert(0, notebook.cells.pop(1)), "set-up"),
    "long set-up cell": (lambda notebook: notebook.cells[0].update(source="import aelib\n" * 11), "set-up"),
    "no findings": (without_text("What we measured"), "What we measured"),
    "heading within a cell": (lambda notebook: notebook.cells[-2].update(source="\n## Verdict"), "## Verdict"),
    "nothing asserted": (without_text("assert "), "asserts a finding"),
    "no Python": (lambda notebook: notebook.cells[-3].update(source="%pip list"), "asserts a finding"),
    "asserted without a name": (without_text(', "finding 1: x"'), "without naming the finding"),
    "no verdict": (without_text("Verdict"), "Verdict"),
    "no sources": (without_text("Sources"), "Sources"),
    "sources without a number": (without_text("arxiv.org"), "no DOI"),
    "too few exercises": (lambda notebook: notebook.cells[3].metadata.clear(), "exercise; it needs 3 to 5"),
    "no quiz": (without_text("quiz("), "no quiz"),
    "quiz in sight": (lambda notebook: notebook.cells[2].metadata.pop("jupyter"), "answers of its quiz"),
    "quiz in sight on Colab": (lambda notebook: notebook.cells[2].metadata.pop("cellView"), "on Colab"),
    "nothing compared": (lambda notebook: notebook.cells[1].metadata.clear(), "nbval-check-output"),
    "title of another lesson": (without_text("# 7 · A lesson"), "# 7 · "),
    "links of another lesson": (with_title(TITLE.replace("07_lesson", "06_repair")), "06_repair.ipynb"),
    "no links": (with_title("# 7 · A lesson"), "nothing in Colab"),
    "widget state": (lambda notebook: notebook.metadata.update(widgets={"state": {}}), "not clean"),
    "times": (lambda notebook: notebook.cells[1].metadata.update(execution={"busy": "12:00"}), "not clean"),
}  # fmt: skip


def test_there_are_lessons():
    assert notebooks.LESSONS


each_lesson = pytest.mark.parametrize("path", notebooks.LESSONS, ids=lambda path: path.stem)


@each_lesson
def test_lesson_is_fit_to_commit(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not (doubled := notebooks.doubled_ids(path)), f"two cells have the same id, {doubled}: rename one of them"
    found = notebooks.problems(notebook, path.name)
    assert not found, "\n".join(found)
    is_as_written = path.read_text(encoding="utf-8") == notebooks.to_text(notebook)  # pytest's own diff takes minutes
    assert is_as_written, f"{path.name} is laid out in another way: make notebooks ARGS=notebooks/{path.name}"


@each_lesson
def test_lesson_has_the_set_up_cell_of_lesson_1(path):
    first, this = (notebooks.set_up_cells(nbformat.read(each, as_version=4)) for each in (notebooks.LESSONS[0], path))
    assert this == first, f"copy the set-up cell of {notebooks.LESSONS[0].name} into {path.name}"


@each_lesson
def test_lesson_shows_at_its_top_what_is_solved(path):
    cells = nbformat.read(path, as_version=4).cells
    places = [place for place, cell in enumerate(cells) if "progress" in cell.metadata.get("tags", [])]
    assert len(places) == 1, "one cell, the second of code, has the tag progress"
    place = places[0]
    assert cells[place].source == f"exercises.progress({int(path.name[:2])})"
    assert not any(cell.source.startswith("## ") for cell in cells[:place]), "it belongs above the first section"
    assert ": 0 of its" in cells[place].outputs[0].data["text/plain"], "what is committed has solved nothing"


@each_lesson
def test_lesson_is_in_the_readme(path):
    readme = (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
    assert f"](notebooks/{path.name})" in readme, f"README.md has no row for {path.name} in its table of lessons"


@pytest.mark.parametrize(
    "path", [*notebooks.ROOT.glob("*.md"), *notebooks.ROOT.glob("[!.]*/*.md")], ids=lambda path: path.name
)
def test_links_of_the_texts_lead_somewhere(path):
    text = re.sub(r"`[^`\n]*`", "", path.read_text(encoding="utf-8"))
    text += "".join(f"[]({target})" for target in re.findall(r"^\[[^\]]+\]: (\S+)", text, re.MULTILINE))
    lost = [link[0] for link in notebooks.LINK.finditer(text) if not notebooks.leads_somewhere(link, path.parent, text)]
    assert not lost, f"{path.name} has links that lead nowhere: {lost}"


def test_good_notebook_passes():
    assert problems(good_notebook()) == []


@pytest.mark.parametrize(("change", "complaint"), BAD.values(), ids=BAD.keys())
def test_bad_notebook_is_refused(change, complaint):
    notebook = good_notebook()
    change(notebook)
    assert complaint in " ".join(problems(notebook))


def test_a_lesson_with_an_id_twice_is_left_as_it_is(tmp_path, capsys):
    notebook = good_notebook()
    notebook.cells[1].id = notebook.cells[2].id = "twice"
    path = tmp_path / NAME
    path.write_text(json.dumps(notebook))  # nbformat would mend it
    before = path.read_bytes()
    assert notebooks.main([path], tmp_path) == 1
    assert "two cells have the same id, twice" in capsys.readouterr().out and path.read_bytes() == before


def test_a_complaint_says_which_cell_it_is_about():
    notebook = good_notebook()
    notebook.cells[1].outputs.append(v4.new_output("stream", name="stderr", text="x"))
    assert problems(notebook)[0].startswith("Cell code-2 (show()) writes to stderr")


def test_a_path_of_this_machine_is_refused_wherever_that_is(monkeypatch):
    monkeypatch.setattr(notebooks, "OWN_PATH", notebooks.any_of(["/gpfs/ada", "/"]))
    notebook = good_notebook()
    with_text("See /gpfs/adam, https://example.org/gpfs/ada and / itself.")(notebook)
    assert problems(notebook) == []
    with_text("See /gpfs/ada/course.")(notebook)
    assert "path" in problems(notebook)[0]


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/tmp/x", "notebooks/home/x", "~/work", "data/tmp", "and/or", r"$X:\Omega$", "/content-type",
        "[ways](../README.md#ways-through)", f"![A picture of two shoes]({PICTURE})", "[here](#sources)",
        "[above](#cell-id=code-2)", "[elsewhere](https://example.org/#x)",
    ],
)  # fmt: skip
def test_harmless_text_passes(text):
    notebook = good_notebook()
    with_text(text)(notebook)
    assert problems(notebook) == []


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
    path = tmp_path / NAME
    notebook = good_notebook()
    del notebook.cells[3:]
    notebook.cells[1].source = "import time; time.sleep(0.2); print(1)"
    notebook.cells[2].source = f"import os; assert os.path.exists({NAME!r})"
    notebook.cells[1].outputs = []
    path.write_text(notebooks.to_text(notebook), encoding="utf-8")
    assert notebooks.main([path], tmp_path) == 1  # it has no quiz now, and nothing that is compared
    run = nbformat.read(path, as_version=4)
    assert run.cells[1].outputs[0].text == "1\n"
    assert notebooks.clean(run) == run
    report = capsys.readouterr().out
    assert "slowest cell " in report and "(import time; time.sleep(0.2); print(1))" in report and "MB" in report


@pytest.mark.parametrize(
    ("source", "said"), {"1 / 0": "ZeroDivisionError", "import os; os._exit(1)": "Kernel died"}.items()
)
def test_a_lesson_that_fails_is_left_as_it_is_and_the_next_one_runs(source, said, tmp_path, capsys):
    good, bad = v4.new_notebook(cells=[v4.new_code_cell("2")]), v4.new_notebook(cells=[v4.new_code_cell(source)])
    paths = [tmp_path / "bad.ipynb", tmp_path / "good.ipynb"]
    for path, notebook in zip(paths, (bad, good), strict=True):
        path.write_text(notebooks.to_text(notebook), encoding="utf-8")
    assert notebooks.main(paths, tmp_path) == 1
    assert paths[0].read_text(encoding="utf-8") == notebooks.to_text(bad)
    assert nbformat.read(paths[1], as_version=4).cells[0].execution_count == 1
    assert said in capsys.readouterr().out


@each_lesson
def test_slides_can_read_the_quizzes(path):
    quizzes = [cell for cell in nbformat.read(path, as_version=4).cells if "exercises.quiz(" in cell.source]
    assert quizzes and all(slides._question(cell) for cell in quizzes)


def test_slides_begin_at_headings_and_ask_a_quiz_without_its_answer():
    lesson = good_notebook()
    lesson.cells[2].source = 'exercises.quiz("Which one?", {"this": "Right: x", "that": "No."}, right="this")'
    lesson.cells[-2].source += " And `2 < 3`."
    before = notebooks.to_text(lesson)
    page = slides.deck(lesson, "x", {"reveal_url_prefix": "here/reveal.js"})
    columns = page.split("<section><section>")[1:]
    assert ["A lesson" in column for column in columns] == [False, True, False, False, False]
    assert "Which one?" in columns[0] and "that" in columns[0] and "Right: x" not in page and "quiz(" not in page
    assert "import aelib" not in page and "Ten grey pictures of shoes" in columns[0]
    assert 'href="01_concepts.html"' in columns[3] and 'href="../notebooks/GLOSSARY.md#code"' in columns[3]
    assert "here/reveal.js/dist/reveal.js" in page
    assert notebooks.to_text(lesson) == before


def test_a_notebook_of_an_older_format_and_of_another_kernel_is_run(tmp_path):
    cells = [v4.new_markdown_cell("## What we measured"), v4.new_code_cell("print(6 * 7)\nassert True")]
    old = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "of-a-learner", "display_name": "Mine"}})
    old.nbformat_minor = 0
    for cell in cells:
        del cell["id"]
    nbformat.write(old, tmp_path / "work.ipynb")
    notebook, _ = notebooks.execute(tmp_path / "work.ipynb")
    assert notebook.cells[1].outputs[0].text == "42\n"
    assert any("asserts without naming the finding" in problem for problem in notebooks.problems(notebook, NAME))


def shown_for_sure(cell):
    """Return the constant parts of what a cell prints, and constant texts of figures, of three words or more."""
    statements = [line for module in notebooks.syntax(cell)[:1] for line in module.body if isinstance(line, ast.Expr)]
    for call in [each.value for each in statements if isinstance(each.value, ast.Call)]:
        called = ast.unparse(call.func)
        if called != "print" and not called.startswith("plots."):
            continue
        given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "alt")]
        if called == "print":
            given += [part for each in ast.walk(call) if isinstance(each, ast.JoinedStr) for part in each.values]
        parts = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        yield from (text for part in parts if len((text := " ".join(part.split())).split()) > 2)


@pytest.mark.parametrize("path", notebooks.LESSONS, ids=lambda path: path.stem)
def test_no_output_is_older_than_its_cell(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            shown = [each.get("text", "") + each.get("data", {}).get("text/html", "") for each in cell.outputs]
            output = " ".join(html.unescape(" ".join(shown)).split())
            lost = [text for text in shown_for_sure(cell) if text not in output]
            assert not lost, f"cell {cell.id} shows {lost}, and its output has no such words: run the lesson again"


def test_each_lesson_that_the_glossary_refers_to_has_its_address_there():
    text = (notebooks.FOLDER / "GLOSSARY.md").read_text(encoding="utf-8")
    used, defined = (set(re.findall(pattern, text, re.MULTILINE)) for pattern in (r"\]\[(\d+)\]", r"^\[(\d+)\]: "))
    assert not re.search(r"\[\d+ ?·|· ?\d+\]", text), "the spaces around a · do not break: copy them"
    lessons = {str(int(path.name[:2])) for path in notebooks.LESSONS}
    assert lessons == defined, "GLOSSARY.md ends with a line for each lesson, such as [12]: 12_name.ipynb"
    assert lessons == used, "no term refers to these lessons; name one that comes back, as in: used in [12 · 1][12]"
