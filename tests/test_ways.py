"""The ways through the course in the README: no section on them needs a cell that they leave out."""

import builtins
import re

import nbformat
import pytest
from test_browser import names_in

import notebooks

README = (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
WAYS = re.search(r"^## Ways through\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)[1]
ROW = re.compile(r"^\| \d+ · .*", re.MULTILINE)
SECTION = re.compile(r"\[(\d+)\]\(notebooks/(\w+\.ipynb)#cell-id=([\w-]+)\)")


def way_of(row):
    """Return the lesson that a row names, and the numbers and cells of its sections."""
    found = SECTION.findall(row)
    [lesson] = {name for _, name, _ in found}
    return lesson, [(number, cell) for number, _, cell in found]


def cells_on_the_way(lesson, sections):
    """Return the code cells above the first section, and those of the sections that begin with the cells named."""
    cells = nbformat.read(notebooks.FOLDER / lesson, as_version=4).cells
    chosen, taken = [], True
    for cell in cells:
        if cell.cell_type == "markdown" and (title := re.match(r"## (?:(\d+)\. )?", cell.source)):
            taken = (title[1], cell.id) in sections or "How this course works" in cell.source
        elif cell.cell_type == "code" and taken:
            chosen.append(cell)
    return chosen


def missing_names(cells):
    """Return the names that cells take and no cell above them binds."""
    known, missing = {*dir(builtins), "get_ipython", "display"}, set()
    for cell in cells:
        bound, used = names_in(cell.source)
        missing |= used - known
        known |= bound
    return missing


def test_there_are_two_shorter_ways():
    tables = [part for part in WAYS.split("\n\n") if ROW.search(part)]
    assert len(tables) == 2 and all(len(ROW.findall(table)) > 2 for table in tables)


@pytest.mark.parametrize("row", ROW.findall(WAYS))
def test_sections_on_the_way_need_none_that_it_leaves_out(row):
    lesson, sections = way_of(row)
    headings = {
        (title[1], cell.id)
        for cell in nbformat.read(notebooks.FOLDER / lesson, as_version=4).cells
        if (title := re.match(r"## (\d+)\. ", cell.source))
    }
    assert set(sections) <= headings, "a link leads to another section than its number says"
    assert not (missing := missing_names(cells_on_the_way(lesson, sections))), f"{lesson}: {missing}"


def test_a_section_that_needs_another_is_noticed():
    assert missing_names(cells_on_the_way("04_compression.ipynb", {("4", "cell-24")}))
