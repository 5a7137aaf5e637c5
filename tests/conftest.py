"""What holds for all tests, and the one browser and the one JupyterLab that all tests of a process share."""

import os

import pytest
from hypothesis import HealthCheck, settings

import browser

# Before torch is imported. More threads slow small batches down many times over when the machine is busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile(
    "course",
    deadline=None,  # a busy machine is no bug
    max_examples=50,
    # A test writes its file anew for every example, so one temporary folder serves them all.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("course")

# What no one has to have, not even CI: Debian's copy of the data, which the package embeds anyway.
OPTIONAL = "dataset-fashion-mnist"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where CI is set, turn a skip into a failure: there a missing tool must not go unnoticed."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2]
        if OPTIONAL not in reason:
            report.outcome, report.longrepr = "failed", f"{reason} – CI skips no test"
    return report


@pytest.fixture(scope="session", autouse=True)
def _no_progress_of_whoever_runs_the_tests(tmp_path_factory):
    """Let what the tests solve be noted elsewhere than in the file of the person whose machine this is."""
    os.environ["AELIB_PROGRESS"] = str(tmp_path_factory.mktemp("progress") / "progress.txt")


@pytest.fixture(scope="session")
def chromium():
    with browser.launched() as chromium:
        yield chromium


@pytest.fixture
def tab(chromium):
    with browser.new_tab(chromium) as tab:
        yield tab


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab, in which each test has its own notebook and kernel."""
    with browser.jupyter(tmp_path_factory.mktemp("lab"), "jupyterlab") as server:
        settings = server.runtime / "settings" / "@jupyterlab" / "notebook-extension"
        settings.mkdir(parents=True)
        # What is not in sight is there too, however slowly the page scrolls.
        (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
        yield server
