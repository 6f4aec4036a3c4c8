"""The command line on PostgreSQL says, stores and refuses what it does on SQLite."""

import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from db import open_store
from tests.commands.conftest import QUICK, SATURDAY, ran, url
from tests.databases import content, fresh_database, row_counts

LEDGER = {"runs", "locks"}
READING = ("validate", "signals", "events", "articles")


@pytest.fixture(scope="module")
def filled_server(tmp_path_factory, prices, postgres, postgres_template):
    """What the quick run of the filled store said on PostgreSQL, and where it left its prices and report."""
    folder = tmp_path_factory.mktemp("server")
    with fresh_database(postgres, postgres_template) as place:
        yield quick_run(prices, place, folder), place, folder


def quick_run(prices, place, folder, at=SATURDAY):
    with time_machine.travel(at):
        return ran(
            *("run", "--source", f"files:{prices}", "--db", place, "--report", folder / "report.html"),
            *(*QUICK, "--json"),
        )


def told(document):
    """Return a document without its report's place and the instants of its recording."""
    provenance = {key: value for key, value in document["provenance"].items() if key not in {"as_of"}}
    return {**document, "report": "", "provenance": provenance}


def test_the_same_run_says_and_keeps_the_same_on_both_databases(filled, filled_server):
    (said, folder), (here, place, _) = filled, filled_server
    assert here.code == said.code
    assert told(here.document) == told(said.document)
    kept, theirs = row_counts(place), row_counts(url(folder / "store.db"))
    assert {name: kept[name] for name in kept.keys() - LEDGER} == {
        name: theirs[name] for name in theirs.keys() - LEDGER
    }
    for verb in READING:
        here, there = (ran(verb, "--db", each, "--json") for each in (place, url(folder / "store.db")))
        assert here.code == there.code
        assert here.document == there.document


def test_a_second_run_on_postgresql_changes_nothing(filled_server, prices):
    first, place, folder = filled_server
    before, report = content(place), (folder / "report.html").read_bytes()
    second = quick_run(prices, place, folder, at="2025-11-01T10:00:00+09:00")
    assert second.code == first.code
    assert {item["inserted"] for item in second.document["refreshed"]} == {0}
    assert content(place) == before
    assert (folder / "report.html").read_bytes() == report


def refused(code, kind, *arguments):
    said, told = ran(*arguments), ran(*arguments, "--json")
    assert (said.code, told.code) == (code, code)
    assert told.document["error"]["kind"] == kind
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert "hidden" not in said.err + told.err + told.out
    return said.err


def test_a_server_that_does_not_answer_is_one_sentence_without_the_password(prices):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    place = f"postgresql+psycopg://me:hidden@127.0.0.1:{port}/prices"
    told = refused(
        4,
        "database_unreachable",
        "refresh",
        "--source",
        f"files:{prices}",
        "--db",
        place,
        "--series",
        "topix",
    )
    assert "me:***@127.0.0.1" in told
    assert "start the server" in told


def test_an_address_without_its_driver_is_one_sentence_that_spells_the_right_one():
    sentence = refused(2, "bad_database_url", "status", "--db", "postgresql://me:hidden@host/prices")
    assert "must begin with 'postgresql+psycopg://'" in sentence


def test_a_lock_that_another_run_holds_ends_with_exit_code_5(prices, postgres_url):
    now = datetime.now(UTC)
    with open_store(postgres_url) as store, store.transaction() as t:
        t.locks.require("run", "elsewhere:1:1", now, now + timedelta(minutes=30))
        t.commit()
    refresh = ("refresh", "--source", f"files:{prices}", "--db", postgres_url, "--series", "topix")
    assert "elsewhere:1:1 holds the lock 'run'" in refused(5, "lock_held", *refresh)
    assert row_counts(postgres_url)["bars"] == 0
