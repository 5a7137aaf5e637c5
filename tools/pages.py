"""Make the course's web pages: the lessons as committed, and the texts that go with them.

    python tools/pages.py     in build/site/, which is emptied first

Sphinx lays them out, with the settings in site/conf.py. Its input is first written to a separate folder, in which a
quiz is HTML that answers without a kernel, a picture is a file, and a widget is its still picture, in a place where
live.js makes it move if build/states/ has its state.
"""

import base64
import copy
import hashlib
import html
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ClearOutputPreprocessor
from nbformat import NotebookNode
from PIL import Image

import links
import notebooks
import playground

SITE = notebooks.ROOT / "site"
BUILD = notebooks.ROOT / "build"
STATES = BUILD / "states"
# Each page, and the file it shows.
PAGES = {
    "index": "site/start.md",
    **{path.stem: f"notebooks/{path.name}" for path in notebooks.LESSONS},
    "glossary": "notebooks/GLOSSARY.md",
    "article": "notebooks/ARTICLE.md",
    "teaching": "TEACHING.md",
    "contributing": "CONTRIBUTING.md",
}
READING = "*Reading here? The outputs stand right below each question, so guess before you scroll.*\n"
SLIDERS = "sliders-2"  # the cell of lesson 1 whose widget the start page shows too
BADGES = re.compile(r"^\[Open in Colab\]\((\S+)\) · \[Open in Binder\]\((\S+)\)$", re.MULTILINE)
PICTURE = re.compile(r'<img alt="([^"]*)" src="data:image/png;base64,([^"]*)"[^>]*>')
IN_README = re.compile(r"^!\[(.*)\]\(images/(.*)\)$", re.MULTILINE)
FROM_README = re.compile(r"^<!-- README: (.+) -->$", re.MULTILINE)
WITHIN = re.compile(r"\]\((?![a-z]+:|#)")  # where the address of a link within the repository begins

STYLES = (
    "basic.css", "styles/pydata-sphinx-theme.css", "pygments.css", "styles/sphinx-book-theme.css", "mystnb.*.css",
    "copybutton.css", "widgets.css", "site.css",
)  # fmt: skip
UNUSED = (
    *STYLES, "styles", "vendor", "locales", "images", "scripts/*.map", "scripts/*.txt", "scripts/bootstrap.*",
    "scripts/fontawesome.*", "*webpack-macros.html", "*.png", "check-solid.svg", "copy-button.svg",
    "copybutton_funcs.js",
)  # fmt: skip


def lesson_page(lesson: NotebookNode, name: str, pictures: Path) -> NotebookNode:
    """Return a lesson, whose file is ``name``.ipynb, as the notebook that Sphinx reads; write its pictures."""
    cells = [nbformat.v4.new_markdown_cell(_title(lesson.cells[0].source, name))]
    widgets = {lesson.cells[place].id for place in notebooks.widget_cells(lesson)}
    for cell in lesson.cells[1:]:
        if "progress" in cell.metadata.get("tags", []):
            continue  # a page has no exercises to solve
        # The target of links from other lessons.
        cells.append(nbformat.v4.new_markdown_cell(f'<div id="cell-id={cell.id}"></div>'))
        full_name = f"{name[:2]}-{cell.id}"
        if question := notebooks.asked(cell):
            cell = nbformat.v4.new_markdown_cell(quiz(*question, full_name))
        elif cell.cell_type == "code":
            cell = _code_cell(cell, full_name, pictures, cell.id in widgets)
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells, metadata=notebooks.METADATA)


def _title(source: str, name: str) -> str:
    """Return a lesson's first cell; below the title, where to run the lesson, and what to know if you read it here."""
    title, _, text = BADGES.sub("", source).partition("\n")
    install = '<a href="index.html#run-it-yourself">Run it yourself</a>'
    download = f'<a href="_static/notebooks/{name}.ipynb" download>Download the notebook</a>'
    return f'{title}\n\n<p class="ways">{services(source)}{install} {download}</p>\n\n{READING}\n{text}'


def services(source: str) -> str:
    """Return links to where the lesson with this first cell runs in the browser; none until it is published."""
    colab, binder = BADGES.search(source).groups()
    return f'<a href="{colab}">Open in Colab</a> <a href="{binder}">Open in Binder</a> ' if is_published() else ""


def is_published() -> bool:
    """Return whether pyproject.toml knows where the course is published, rather than having no owner yet."""
    return links.repository().owner != "OWNER"


def _code_cell(cell: NotebookNode, name: str, pictures: Path, is_widget: bool) -> NotebookNode:
    """Return a code cell with its pictures in files, folded as in the lesson, and with places for widgets."""
    tags = set(cell.metadata.get("tags", []))
    if "set-up" in tags or cell.metadata.get("jupyter", {}).get("source_hidden"):
        tags.add("hide-input")
    outputs, widgets = [], 0
    for output in cell.outputs:
        if "text/html" in output.get("data", {}):
            markup = with_files(output.data["text/html"], pictures)
            if is_widget and "text/plain" not in output.data:  # a figure has it, a widget does not
                markup = widget_place(f"{name}-{widgets}", markup)
                widgets += 1
            output = nbformat.v4.new_output("display_data", {"text/html": markup})
        outputs.append(output)
    return nbformat.from_dict({**cell, "outputs": outputs, "metadata": {"tags": sorted(tags)}})


def with_files(markup: str, folder: Path) -> str:
    """Return HTML with its embedded pictures as files, loaded lazily; write them into ``folder``."""

    def outside(picture: re.Match) -> str:
        content = base64.b64decode(picture[2])
        file = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.png"
        file.write_bytes(content)
        return _image(file, picture[1])

    return PICTURE.sub(outside, markup)


def _image(file: Path, text: str) -> str:
    """Return a picture from a folder in _static; on a phone it is small, so it leads to where it fills the screen."""
    with Image.open(file) as image:
        width, height = image.size
    source = f"_static/{file.parent.name}/{file.name}"
    sized = f'src="{source}" width="{width}" height="{height}"'
    return f'<a href="{source}"><img alt="{text}" {sized} loading="lazy"></a>'


def widget_place(name: str, still: str) -> str:
    """Return the place where live.js puts a widget, around its still picture; only that if it left no state."""
    state = STATES / f"{name}.js"
    if not state.exists():
        return still
    place = f'class="aelib-host" data-state="{name}" data-bytes="{state.stat().st_size}"'
    return f'<div {place}><div class="aelib-still">{still}</div></div>'


def quiz(question: str, answers: dict[str, str], right: str, name: str) -> str:
    """Return a quiz as HTML, in one line: answers to unfold, one at a time, each with its feedback."""
    rows = []
    for answer, feedback in answers.items():
        kind, mark, word = ("right", "✓", "Yes") if answer == right else ("wrong", "✗", "No")
        rows.append(
            f'<details class="{kind}" name="{name}"><summary>{html.escape(answer)}</summary>'
            f'<p><b role="img" aria-label="{word}">{mark}</b> {feedback}</p></details>'
        )
    asks = f'<p id="{name}-question">{question}</p>'
    return f'<div class="quiz" role="group" aria-labelledby="{name}-question">{asks}{"".join(rows)}</div>'


def start_page(text: str, readme: str, first_lesson: NotebookNode, first_page: NotebookNode, pictures: Path) -> str:
    """Return the start page: its own text, the README's picture and sections, lesson 1's sliders, and where it runs."""

    def section(title: re.Match) -> str:
        body = re.search(rf"^## {re.escape(title[1])}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)[1]
        return WITHIN.sub("](../", body)

    [(words, file)] = IN_README.findall(readme)
    text = text.replace("<!-- picture -->", _image(pictures / file, words))
    [sliders] = [cell for cell in first_page.cells if cell.id == SLIDERS]
    text = text.replace("<!-- sliders -->", sliders.outputs[0].data["text/html"])
    ways = services(first_lesson.cells[0].source)
    text = text.replace("<!-- services -->", ways and f'<p class="ways">{ways}</p>')
    return FROM_README.sub(section, text)


def write_sources(folder: Path) -> None:
    """Write all that Sphinx reads into ``folder``, which must not exist yet."""
    shutil.copytree(SITE, folder, ignore=shutil.ignore_patterns("*.md", "__pycache__"))
    static = folder / "static"
    shutil.copy(notebooks.ROOT / "aelib" / "assets" / "widgets.css", static)
    for name in ("pictures", "notebooks", "states"):
        (static / name).mkdir()
    for picture in (notebooks.ROOT / "images").glob("*.png"):
        shutil.copy(picture, static / "pictures")
    for state in STATES.glob("*.js"):
        shutil.copy(state, static / "states")
    lessons, lesson_pages = [], []
    for path in notebooks.LESSONS:
        lessons.append(nbformat.read(path, as_version=4))
        # To download, without the pictures that the page has, too: whoever runs it makes its own.
        empty, _ = ClearOutputPreprocessor().preprocess(copy.deepcopy(lessons[-1]), {})
        nbformat.write(empty, static / "notebooks" / path.name)
        lesson_pages.append(lesson_page(lessons[-1], path.stem, static / "pictures"))
        nbformat.write(lesson_pages[-1], folder / path.name)
    texts = {page: (notebooks.ROOT / file).read_text(encoding="utf-8") for page, file in PAGES.items() if ".md" in file}
    readme = (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
    texts["index"] = start_page(texts["index"], readme, lessons[0], lesson_pages[0], static / "pictures")
    for page, text in texts.items():
        (folder / f"{page}.md").write_text(text, encoding="utf-8")


def lighten(target: Path) -> None:
    """Join the pages' stylesheets in ``target`` in the theme's order, and remove what no page loads."""
    static = target / "_static"
    texts = [
        path.read_text(encoding="utf-8")
        for path in [*target.glob("*.html"), *static.glob("*.js"), *static.glob("scripts/*.js")]
    ]
    words = set(re.findall(r"[\w-]+", " ".join(texts)))
    styles = [path.read_text(encoding="utf-8") for pattern in STYLES for path in static.glob(pattern)]
    (static / "course.css").write_text("".join(used_rules(style, words) for style in styles), encoding="utf-8")
    for pattern in UNUSED:
        for path in static.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def used_rules(style: str, words: set[str]) -> str:
    """Return a stylesheet without its fonts and its rules for classes that are not among the ``words`` of the pages.

    That drops two thirds of the theme's: all of Bootstrap, 2,000 icons. Of the comments, only the licences stay.
    """

    def is_used(selectors: str) -> bool:
        while selectors != (outside := re.sub(r"\([^()]*\)", "", selectors)):
            selectors = outside  # drop :not(…) and :is(…), which do not matter here
        classes = (re.findall(r"\.(-?[a-zA-Z_][\w-]*)", selector) for selector in selectors.split(","))
        return "@font-face" not in selectors and any(words.issuperset(each) for each in classes)

    licences = "".join(re.findall(r"/\*!.*?\*/", style, re.DOTALL))
    rules = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return licences + re.sub(r"([^{}]+)\{[^{}]*\}", lambda rule: rule[0] if is_used(rule[1]) else "", rules) + "\n"


def build(target: Path) -> int:
    """Rebuild the pages in the folder ``target``; return Sphinx's exit status, which is not 0 if it complains."""
    from sphinx.cmd.build import build_main  # here, because this Sphinx needs Python 3.11

    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        sources = Path(scratch, "pages")
        write_sources(sources)
        status = build_main(["-W", "--keep-going", "-q", "-d", f"{scratch}/doctrees", str(sources), str(target)])
    if not status:
        lighten(target)
        playground.write(target)
    return status


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit(
            "Sphinx makes the pages, and needs Python 3.11 or newer: remove .venv, then make site PYTHON=python3.13"
        )
    sys.exit(build(BUILD / "site"))
