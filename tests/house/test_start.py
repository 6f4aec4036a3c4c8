"""A quick start: what a fresh interpreter has loaded after the first import and after asking for help."""

import subprocess
import sys

import pytest

from tests.house.source import ROOT

SLOW = {
    "pandas",
    "arch",
    "numba",
    "scipy",
    "statsmodels",
    "exchange_calendars",
    "yfinance",
    "sqlalchemy",
    "apscheduler",
}
HELP = "import sys; sys.argv = ['eventstudy', '--help']; from eventstudy.__main__ import main; main()"


def loaded_by(statements: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter loads for some statements."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", statements],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    others = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert (done.returncode, others) == (0, [])
    return {line.rpartition("|")[2].strip().split(".")[0] for line in lines}


def test_importing_the_analysis_loads_nothing_heavy_and_nothing_of_the_outside():
    loaded = loaded_by("import eventstudy")
    assert "eventstudy" in loaded
    assert loaded & (SLOW | {"db", "jobs"}) == set()


def test_asking_for_help_loads_nothing_heavy():
    loaded = loaded_by(HELP)
    assert "jobs" in loaded
    assert loaded & SLOW == set()


@pytest.mark.parametrize("package", ["pandas", "sqlalchemy"])
def test_a_loaded_package_is_seen(package):
    assert package in loaded_by(f"import {package}")
