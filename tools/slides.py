"""Make slides of the lessons, with reveal.js: a column at each heading ``##``, and in it a slide for each cell.

    python tools/slides.py [notebooks/02_….ipynb …]     all lessons if none is named

The decks go into slides/. The lessons stay as they are: what becomes a slide is decided here. A deck loads reveal.js
and MathJax from the web when shown; to work offline, it needs them in slides/node_modules, where
``npm install --prefix slides reveal.js@4 requirejs jquery mathjax@2`` puts them before the decks are made.
"""

import re
import sys
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from nbformat import NotebookNode

import notebooks

FOLDER = notebooks.ROOT / "slides"
# What a deck loads: the exporter's name for it, and where npm puts it.
LOADED = {
    "reveal_url_prefix": "reveal.js",
    "require_js_url": "requirejs/require.js",
    "jquery_url": "jquery/dist/jquery.min.js",
    "mathjax_url": "mathjax/MathJax.js?config=TeX-AMS_CHTML-full,Safe",
}


def laid_out(lesson: NotebookNode) -> NotebookNode:
    """Return a lesson that marks each cell that begins a column, with its quizzes as text."""
    cells = []
    for cell in lesson.cells:
        kind = "slide" if cell.source.startswith(("# ", "## ")) and cell.cell_type == "markdown" else "subslide"
        if {"set-up", "progress"} & set(cell.metadata.get("tags", [])):
            kind = "skip"
        metadata = {"slideshow": {"slide_type": kind}}
        if question := _question(cell):
            cell = nbformat.v4.new_markdown_cell(question)
        elif cell.metadata.get("jupyter", {}).get("source_hidden"):
            metadata["transient"] = {"remove_source": True}
        cells.append(nbformat.from_dict({**cell, "source": _seen_from_slides(cell.source), "metadata": metadata}))
    return nbformat.v4.new_notebook(cells=cells, metadata=notebooks.METADATA)


def _seen_from_slides(text: str) -> str:
    """Let a lesson's links lead to the other decks, and to the texts, which stay where they are."""
    text = re.sub(r"\]\((GLOSSARY|ARTICLE)\.md", r"](../notebooks/\1.md", text)
    return re.sub(r"\]\((\d\d_\w+)\.ipynb", r"](\1.html", text)


def _question(cell: NotebookNode) -> str:
    """Return a quiz's question and answers without giving the right one away; "" for any other cell."""
    quiz = notebooks.asked(cell)
    if not quiz:
        return ""
    question, answers, _ = quiz
    return "\n".join([f"**{question}**", "", *(f"* {answer}" for answer in answers)])


def deck(lesson: NotebookNode, title: str, loaded: dict[str, str]) -> str:
    """Return a lesson's slides as a web page, which loads what it needs from the places in ``loaded``."""
    exporter = SlidesExporter(
        reveal_scroll=True, reveal_number="c/t", reveal_width="1280", reveal_height="800", **loaded
    )
    return exporter.from_notebook_node(laid_out(lesson), resources={"metadata": {"name": title}})[0]


def main(paths: list[Path]) -> None:
    """Write the decks."""
    FOLDER.mkdir(exist_ok=True)
    at_hand = (FOLDER / "node_modules" / "reveal.js").exists()
    loaded = {name: f"node_modules/{place}" for name, place in LOADED.items()} if at_hand else {}
    for path in paths:
        target = FOLDER / f"{path.stem}.html"
        target.write_text(deck(nbformat.read(path, as_version=4), path.stem, loaded), encoding="utf-8")
        print(target)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or notebooks.LESSONS)
