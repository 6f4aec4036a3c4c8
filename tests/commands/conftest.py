"""The command line in a world of its own: invented prices in files, a home, a clock that is set."""

import io
import json
import os
import shutil
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest
import time_machine

import eventstudy as es
from db.register import load_events
from jobs.cli import run_command

SATURDAY = "2025-11-01T09:00:00+09:00"  # the invented market's last session closed the day before
QUICK = ("--event", "E05", "--design", "replications=199", "--design", "starts=1")


@dataclass(frozen=True)
class Ran:
    """What a command left behind: exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """Its one JSON document, in which NaN and infinity are no numbers."""
        return json.loads(self.out, parse_constant=pytest.fail)


def ran(*arguments) -> Ran:
    """Run one command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def url(file) -> str:
    """Return the address of a database file."""
    return f"sqlite:///{file}"


def dump(file, without=()) -> list[str]:
    """Return a database as statements, some tables left out."""
    with closing(sqlite3.connect(file)) as connection:
        lines = list(connection.iterdump())
    return [line for line in lines if not line.startswith(tuple(f'INSERT INTO "{name}"' for name in without))]


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path):
    """Keep the machine's own settings out and its home clean; the screen has 80 columns."""
    for name in [name for name in os.environ if name.startswith("EVENTSTUDY_") and "MARKET" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EVENTSTUDY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture(scope="session")
def prices(tmp_path_factory):
    """A folder of invented prices of every series that a study and the signals use."""
    folder = tmp_path_factory.mktemp("prices")
    for name, bars in es.simulate_market(seed=1, events=load_events()).bars.items():
        bars.to_csv(folder / f"{name}.csv", index_label="date")
    return folder


@pytest.fixture(scope="session")
def filled(tmp_path_factory, prices):
    """What a quick run said, and the folder in which it left ``store.db`` and ``report.html``."""
    folder = tmp_path_factory.mktemp("filled")
    places = ("--db", url(folder / "store.db"), "--report", folder / "report.html")
    with time_machine.travel(SATURDAY):
        return ran("run", "--source", f"files:{prices}", *places, *QUICK, "--json"), folder


@pytest.fixture
def saturday():
    """Set the clock to one hour behind the filled store's last entry."""
    with time_machine.travel("2025-11-01T10:00:00+09:00") as traveller:
        yield traveller


@pytest.fixture
def store(filled, tmp_path, saturday):
    """A copy of the filled store, to be written to."""
    return shutil.copy(filled[1] / "store.db", tmp_path / "store.db")


@pytest.fixture
def folder(prices, tmp_path):
    """A copy of the folder of prices, to be spoilt."""
    return shutil.copytree(prices, tmp_path / "folder")
