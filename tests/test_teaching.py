"""What TEACHING.md says of the lessons: their sections, what cells print, and that no plan leaves out a needed cell."""

import re

import nbformat
import pytest
from test_ways import missing_names

import notebooks

TEXT = (notebooks.ROOT / "TEACHING.md").read_text(encoding="utf-8")
PLANS = dict(re.findall(r"^## Lesson (\d+) · (.*?)(?=^## )", TEXT, re.MULTILINE | re.DOTALL))
DRAWN = "labels its rows"  # into a picture, which no test can read
BEFORE = "The cells before section 1"  # which have no heading
LENGTHS = ("60", "90", "180")  # minutes
# Cells that a plan tells the teacher to leave out of a section that is run, or to run from one that is not.
EXCEPTIONS = {("9", "60"): "lesson-five", ("10", "60"): "interval"}


def quoted(plan):
    """Return what a plan has in backticks that reads like output: several words, with a number among them."""
    lines = [line for line in plan.splitlines() if DRAWN not in line]
    quotes = re.findall(r"`([^`]+)`", "\n".join(lines))
    return [" ".join(quote.split()) for quote in quotes if " " in quote and re.search(r"\d", quote)]


def printed(lesson):
    """Return all that the cells of a lesson print, with single spaces."""
    texts = [output.get("text", "") for cell in cells_of(lesson) for output in cell.get("outputs", [])]
    return " ".join(" ".join(texts).split())


def test_each_lesson_has_a_plan():
    planned, lessons = [int(lesson) for lesson in PLANS], [int(path.name[:2]) for path in notebooks.LESSONS]
    assert planned == lessons, "each lesson has a heading in TEACHING.md: ## Lesson 12 · …"


def cells_of(lesson):
    """Return the cells of a lesson."""
    [path] = [path for path in notebooks.LESSONS if int(path.name[:2]) == int(lesson)]
    return nbformat.read(path, as_version=4).cells


def headings_of(lesson):
    """Return the headings of a lesson's sections, in order."""
    text = "\n".join(cell.source for cell in cells_of(lesson) if cell.cell_type == "markdown")
    return re.findall(r"^##+ (.*)$", text, re.MULTILINE)


def rows_of(lesson):
    """Return the rows of a plan: the titles of the sections, and their marks for 60, 90 and 180 minutes."""
    table = re.search(r"^\| section .*?(?=\n\n)", PLANS[lesson], re.MULTILINE | re.DOTALL)
    assert table, "the plan has a table that begins with | section, and a blank line below it"
    cut = [[part.strip() for part in row.split("|")[1:-1]] for row in table[0].splitlines()[2:]]
    assert all(len(row) == 6 for row in cut), "a row is: section | talk | cells | 60 | 90 | 180"
    return [(titles, dict(zip(LENGTHS, marks, strict=True))) for titles, _, _, *marks in cut]


def cells_of_plan(lesson, minutes):
    """Return the code cells that a plan runs: those of the sections marked ● or ○, with exceptions."""
    marks = {title: chosen[minutes] for titles, chosen in rows_of(lesson) for title in titles.split("; ")}
    exception = EXCEPTIONS.get((lesson, minutes))
    mark, chosen = "●", []
    for cell in cells_of(lesson):
        heading = re.match(r"##+ (.*)", cell.source)
        if cell.cell_type == "markdown" and heading and "How this course works" not in heading[0]:
            mark = marks.get(heading[1], "–")
        elif cell.cell_type == "markdown" or "exercise" in cell.metadata.get("tags", []):
            continue
        elif (mark in "●○") != (cell.id == exception):
            chosen.append(cell)
    return chosen


@pytest.mark.parametrize("minutes", LENGTHS)
@pytest.mark.parametrize("lesson", PLANS)
def test_no_cell_of_a_plan_needs_one_that_it_leaves_out(lesson, minutes):
    exception = EXCEPTIONS.get((lesson, minutes))
    assert exception is None or f"`{exception}`" in PLANS[lesson]
    cells = cells_of_plan(lesson, minutes)
    missing = missing_names(cells)
    assert not missing, f"the sections left out bind {missing}: mark those with ○"


def test_a_plan_that_leaves_out_too_much_is_noticed(monkeypatch):
    monkeypatch.delitem(EXCEPTIONS, ("9", "60"))
    assert missing_names(cells_of_plan("9", "60"))


@pytest.mark.parametrize("lesson", PLANS)
def test_sections_that_a_plan_names_are_there(lesson):
    assert "- **Needs:**" in PLANS[lesson], "the table is followed by a line - **Needs:** …"
    notes = re.sub(r"\*\*Misc.*", "", PLANS[lesson].split("- **Needs:**")[1], flags=re.DOTALL)
    headings = headings_of(lesson)
    named = [name for name in re.findall(r'"([^"]+)"', notes) if len(name) < 60]  # longer ones are said to the class
    lost = [name for name in named if not any(name.rstrip("… ") in heading for heading in headings)]
    assert not lost, f"in quotation marks, but no heading of the lesson: {lost}"


@pytest.mark.parametrize("lesson", PLANS)
def test_the_rows_of_a_plan_are_sections_of_the_lesson_in_order(lesson):
    titles = [title for titles, _ in rows_of(lesson) if not titles.startswith(BEFORE) for title in titles.split("; ")]
    headings = headings_of(lesson)
    assert not (lost := [title for title in titles if title not in headings]), f"no headings of the lesson: {lost}"
    others = ("Exercise", "Sources", "How this course works")
    missing = [heading for heading in headings if heading not in titles and not heading.startswith(others)]
    assert not missing, f"headings of the lesson without a row: {missing}"
    order = [headings.index(title) for title in titles]
    assert order and order == sorted(order), "the rows stand in the order of the lesson"


@pytest.mark.parametrize("lesson", PLANS)
def test_cells_that_a_plan_names_are_there(lesson):
    named, there = re.findall(r"\(`([\w-]+)`", PLANS[lesson]), {cell.id for cell in cells_of(lesson)}
    assert named and not (lost := set(named) - there), f"in brackets, but no cell of the lesson: {lost}"


@pytest.mark.parametrize("lesson", PLANS)
def test_what_cells_print_is_quoted_as_they_print_it(lesson):
    prints = printed(lesson)
    assert not (lost := [quote for quote in quoted(PLANS[lesson]) if quote not in prints]), f"no cell prints {lost}"


def test_there_are_quotes_to_check():
    assert sum(len(quoted(plan)) for plan in PLANS.values()) > 15
