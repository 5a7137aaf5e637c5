"""What the benchmark calls met, and the exit status that it ends with."""

import math
import runpy
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

import notebooks
import page_speed
import playground_speed
from verdicts import Bar, Table

TOOLS = Path(__file__).parents[1] / "tools"


@pytest.mark.parametrize(
    "bar, ours, rival, met",
    [
        (Bar("less", limit=30), 30, None, True),
        (Bar("less", limit=30), 30.1, None, False),
        (Bar("more", limit=50), 50, None, True),
        (Bar("more", limit=50), 49.9, None, False),
        # A figure that reaches the bar, beside a rival that is as good, or better
        (Bar("less", limit=0.008), 0.0079, 0.0080, True),
        (Bar("less", limit=0.008), 0.0079, 0.0079, False),
        (Bar("less", limit=0.008), 0.0079, 0.0078, False),
        (Bar("more", limit=23), 24, 23.5, True),
        (Bar("more", limit=23), 24, 24.5, False),
        # … and one that beats the rival and misses the bar
        (Bar("less", limit=0.008), 0.0081, 0.0090, False),
        (Bar("more", limit=23), 22.9, 20, False),
        (Bar("more"), 2, 1, True),
        (Bar("less"), 2, 1, False),
        (Bar("more", times=5), 50, 10, True),
        (Bar("more", times=5), 49, 10, False),
        (Bar("less", times=10), 4, 40, True),
        (Bar("less", times=10), 4.1, 40, False),
        (Bar("more", ahead=1.8), 20.0, 18.0, True),
        (Bar("more", ahead=1.8), 19.0, 18.0, False),
        (Bar("more", ahead=-0.3), 29.75, 30.0, True),
        (Bar("more", ahead=-0.3), 29.5, 30.0, False),
        (Bar("less", ahead=-1.0), 2.9, 2.0, True),
        (Bar("less", ahead=-1.0), 3.1, 2.0, False),
        (Bar("less", limit=240.5, ahead=3), 240, 243, True),
        (Bar("less", limit=240.5, ahead=3), 240, 242, False),
        (Bar("less", limit=240.5, ahead=3), 241, 250, False),
        (Bar("less", limit=0, ahead=0), 0, 0, True),
        (Bar("less", limit=0, ahead=0), 1, 3, False),
        # What could not be measured is not met, whatever the rival's figure is.
        (Bar("less", times=10), math.inf, math.inf, False),
        (Bar("more"), math.inf, 1, False),
        (Bar("less", limit=30), math.nan, None, False),
        (Bar("less"), 1, math.nan, False),
    ],
)
def test_a_bar_looks_at_our_figure_and_at_the_rivals(bar, ours, rival, met):
    assert bar.met(ours, rival) is met


@pytest.mark.parametrize("bar", [Bar("more", times=5), Bar("less", ahead=0)])
def test_a_bar_beside_a_rival_needs_one(bar):
    with pytest.raises(ValueError, match="rival"):
        bar.met(1)


@pytest.mark.parametrize(
    "bar, rival, told",
    [
        (Bar("more", limit=20_000), None, "≥ 20,000"),
        (Bar("less", limit=0.008), 0.01, "≤ 0.008, < rival"),
        (Bar("more", limit=23), 20, "≥ 23, > rival"),
        (Bar("more", times=5), 1, "≥ 5 ×"),
        (Bar("less", limit=16, times=4), 60, "≤ 16, ≤ 1/4"),
        (Bar("less", limit=240.5, ahead=3), 250, "≤ 240.5, ≤ -3"),
        (Bar("less", ahead=-1.0), 2, "≤ +1"),
        (Bar("more", ahead=-0.3), 30, "≥ -0.3"),
        (Bar("less", limit=0, ahead=0), 3, "≤ 0, ≤ rival"),
    ],
)
def test_a_bar_tells_what_it_decides_by(bar, rival, told):
    assert bar.told(rival) == told


def test_a_row_that_is_beaten_by_the_rival_says_no(capsys):
    table = Table()
    table.row("  error", Bar("less", limit=10), 9, 8, "{:.0f} dB")
    assert capsys.readouterr().out.splitlines()[-1].split() == [
        *["error", "9", "dB", "8", "dB", "≤", "10,", "<", "rival", "no,", "+1"]
    ]
    assert table.missed == ["error"]


def exit_status(monkeypatch, *seconds):
    """Return the exit status of the command that measures the lessons, which take so many seconds."""
    runs = iter(
        SimpleNamespace(seconds=each, slowest_cell="", slowest_seconds=1, peak_megabytes=None) for each in seconds
    )
    monkeypatch.setattr(notebooks, "LESSONS", [Path(f"{number}.ipynb") for number, _ in enumerate(seconds)])
    monkeypatch.setattr(notebooks, "execute", lambda path: (None, next(runs)))
    monkeypatch.setattr("sys.argv", ["bench.py", "--only", "lessons"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(TOOLS / "bench.py"), run_name="__main__")
    return ended.value.code


def test_a_part_that_cannot_be_measured_is_missed_and_the_others_go_on(monkeypatch, capsys):
    def execute(path):
        raise RuntimeError("there is no browser")

    monkeypatch.setattr(notebooks, "execute", execute)
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: None)  # what the start takes
    monkeypatch.setattr("sys.argv", ["bench.py", "--only", "lessons,start"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(TOOLS / "bench.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "import aelib and load the images" in said
    assert said.endswith("1 missed: the rest of lessons, which could not be measured\n")


def test_the_exit_status_is_0_when_all_bars_are_met(monkeypatch, capsys):
    assert exit_status(monkeypatch, 180, 100) == 0
    assert "missed" not in capsys.readouterr().out


def test_the_exit_status_is_1_when_one_bar_is_missed_though_others_follow(monkeypatch, capsys):
    assert exit_status(monkeypatch, 100, 181, 100) == 1
    assert capsys.readouterr().out.endswith("1 missed: 1.ipynb, top to bottom\n")


def test_each_widget_of_a_page_has_its_bar(monkeypatch, capsys):
    opening = page_speed.Opening(first_paint=1, first_picture=1, wire=1)
    monkeypatch.setattr(page_speed, "median_of_openings", lambda page: opening)
    monkeypatch.setattr(page_speed, "move", lambda widget: [12.0] * page_speed.MOVES)
    monkeypatch.setattr(page_speed, "mend_a_photograph", lambda task: (1, 1))
    monkeypatch.setattr(page_speed, "size", lambda: 1)
    monkeypatch.setattr(playground_speed, "measure", lambda: ([1], [1], {}))
    monkeypatch.setattr("sys.argv", ["bench.py", "--only", "site"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(TOOLS / "bench.py"), run_name="__main__")
    rows = [row for row in capsys.readouterr().out.splitlines() if row.startswith("hand to pixels")]
    met = {widget: "≤ 16" in row and "yes" in row for widget, row in zip(page_speed.WIDGETS, rows, strict=True)}
    assert ended.value.code == 1
    wide = ("variation", "sketch pad", "typo mender", "spoilt picture")  # whose bar is 16 ms
    assert met == {widget: widget in wide for widget in page_speed.WIDGETS}
