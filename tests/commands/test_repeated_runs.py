"""A run that is repeated changes nothing; a run that is killed leaves a store that the next run completes."""

import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
import threading
from contextlib import closing

import pytest
import time_machine

from tests.commands.conftest import QUICK, SATURDAY, dump, ran, url

SET_ASIDE = {"runs", "locks"}  # the ledger tells the story of the attempts, which differs


def content(file):
    """Return every row but the ledger's, without instants of recording and the seals over them."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in sorted(set(tables) - SET_ASIDE):
            rows = connection.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in rows.description]
            kept = [place for place, name in enumerate(names) if not is_an_instant(table, name)]
            found[table] = [tuple(row[place] for place in kept) for row in rows]
        return found


def is_an_instant(table, name):
    return name.endswith("_at") or (table, name) in {("studies", "as_of"), ("studies", "content_hash")}


def without_counts(document):
    """A refresh counts what was new to the store, which nothing is the second time."""
    return {**document, "refreshed": [item["series"] for item in document["refreshed"]]}


def test_a_second_run_changes_nothing_in_store_report_and_document(filled, store, prices, tmp_path):
    said, folder = filled
    before = dump(store)
    again = []
    for name in ("second.html", "third.html"):
        places = ("--db", url(store), "--report", tmp_path / name)
        again.append(ran("run", "--source", f"files:{prices}", *places, *QUICK, "--json"))
        assert dump(store) == before
        assert (tmp_path / name).read_bytes() == (folder / "report.html").read_bytes()
    second, third = (one.document for one in again)
    assert {**second, "report": ""} == {**third, "report": ""}
    assert without_counts({**second, "report": ""}) == without_counts({**said.document, "report": ""})
    assert {item["inserted"] for item in second["refreshed"]} == {0}
    assert [one.err for one in again] == [said.err, said.err]


def test_reading_verbs_change_nothing(store, tmp_path):
    for verb in ("study", "validate", "signals", "status", "events"):
        place = () if verb == "events" else ("--db", url(store))
        asked = QUICK if verb == "study" else ()
        before = dump(store)
        first = ran(verb, *place, *asked, "--json")
        assert first.code == 0
        assert ran(verb, *place, *asked, "--json") == first
        assert dump(store) == before


def test_a_report_that_says_the_same_is_not_touched(store, tmp_path):
    page = tmp_path / "page.html"
    assert ran("report", "--db", url(store), "--out", page).code == 0
    os.utime(page, (1, 1))
    assert ran("report", "--db", url(store), "--out", page).code == 0
    assert page.stat().st_mtime == 1
    page.write_text("older")
    assert ran("report", "--db", url(store), "--out", page).code == 0
    assert page.stat().st_mtime > 1
    assert {file.name for file in tmp_path.iterdir()} == {"page.html", "store.db"}


def run_until_killed(connections, seconds, arguments):
    """Run a command line that is killed some time after it turned to the database for the n-th time."""
    made = 0

    def count(event, _):
        nonlocal made
        if event == "sqlite3.connect":
            made += 1
            if made == connections:
                threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()

    sys.addaudithook(count)
    with time_machine.travel(SATURDAY):
        ran(*arguments)


@pytest.fixture(scope="session")
def nursery():
    """Makes processes quickly: the service is loaded once, every process begins with it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["jobs.cli", "jobs.show", "jobs.assembly", "jobs.providers.files"])
    return context


def command_line(prices, folder):
    places = ("--db", url(folder / "t.db"), "--report", folder / "report.html")
    return ("run", "--source", f"files:{prices}", *places, *QUICK, "--series", "topix")


@pytest.fixture(scope="session")
def small(tmp_path_factory, prices):
    """A folder with the prices of one series, and what the store holds after one undisturbed run on it."""
    folder, undisturbed = tmp_path_factory.mktemp("small"), tmp_path_factory.mktemp("undisturbed")
    shutil.copy(prices / "topix.csv", folder)
    with time_machine.travel(SATURDAY):
        assert ran(*command_line(folder, undisturbed)).code == 3  # the other core series are exclusions
    return folder, content(undisturbed / "t.db")


@pytest.mark.parametrize(
    ("connections", "seconds"), [(2, 0.001), (5, 0.01), (6, 0.001), (10, 0.001), (14, 0.001)]
)
def test_a_run_that_is_killed_is_completed_by_the_next(
    connections, seconds, small, nursery, tmp_path, saturday
):
    arguments = command_line(small[0], tmp_path)
    process = nursery.Process(target=run_until_killed, args=(connections, seconds, arguments))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    assert not (tmp_path / "report.html").exists()
    assert ran(*arguments).code == 3
    assert content(tmp_path / "t.db") == small[1]
    assert (tmp_path / "report.html").is_file()
