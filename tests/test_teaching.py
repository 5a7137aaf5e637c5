"""What TEACHING.md quotes from the lessons' outputs is what the committed lessons print."""

import re

import nbformat
import pytest

import notebooks

TEXT = (notebooks.ROOT / "TEACHING.md").read_text(encoding="utf-8")
PLANS = dict(re.findall(r"^## Lesson (\d+) · (.*?)(?=^## )", TEXT, re.MULTILINE | re.DOTALL))
DRAWN = "labels its rows"  # into a picture, which no test can read
BEFORE = "The cells before section 1"  # which have no heading


def quoted(plan):
    """Return what a plan has in backticks that reads like output: several words, with a number among them."""
    lines = [line for line in plan.splitlines() if DRAWN not in line]
    quotes = re.findall(r"`([^`]+)`", "\n".join(lines))
    return [" ".join(quote.split()) for quote in quotes if " " in quote and re.search(r"\d", quote)]


def printed(lesson):
    """Return all that the cells of a lesson print, with single spaces."""
    [path] = [path for path in notebooks.LESSONS if int(path.name[:2]) == int(lesson)]
    cells = nbformat.read(path, as_version=4).cells
    texts = [output.get("text", "") for cell in cells for output in cell.get("outputs", [])]
    return " ".join(" ".join(texts).split())


def test_each_lesson_has_a_plan():
    planned, lessons = [int(lesson) for lesson in PLANS], [int(path.name[:2]) for path in notebooks.LESSONS]
    assert planned == lessons, "each lesson has a heading in TEACHING.md: ## Lesson 12 · …"


@pytest.mark.parametrize("lesson", PLANS)
def test_the_rows_of_a_plan_are_sections_of_the_lesson_in_order(lesson):
    [path] = [path for path in notebooks.LESSONS if int(path.name[:2]) == int(lesson)]
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = re.findall(r"^##+ (.*)$", text, re.MULTILINE)
    table = re.search(r"^\| section .*?(?=\n\n)", PLANS[lesson], re.MULTILINE | re.DOTALL)[0]
    rows = [row.split("|")[1].strip() for row in table.splitlines()[2:]]
    titles = [title for row in rows if not row.startswith(BEFORE) for title in row.split("; ")]
    assert len(titles) > 5 and [title for title in titles if title not in headings] == []
    assert [headings.index(title) for title in titles] == sorted(headings.index(title) for title in titles)


@pytest.mark.parametrize("lesson", PLANS)
def test_what_cells_print_is_quoted_as_they_print_it(lesson):
    prints = printed(lesson)
    assert [quote for quote in quoted(PLANS[lesson]) if quote not in prints] == []


def test_there_are_quotes_to_check():
    assert sum(len(quoted(plan)) for plan in PLANS.values()) > 15
