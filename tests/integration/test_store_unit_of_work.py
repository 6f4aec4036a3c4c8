"""What is committed is kept, together; what is not leaves no trace: on both databases."""

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from db import open_store
from db.engine import ONE_WRITER, connect_to, connection
from db.errors import DatabaseBusy, MixedWorlds, UnwritableDatabase
from db.schema import figures
from eventstudy.errors import BadValue
from eventstudy.quality.finding import Finding
from tests.databases import content, file_of, is_sqlite, plain, row_counts
from tests.store_examples import (
    ARTICLE,
    CHECK,
    EVENT,
    FIGURE,
    MONDAY,
    READING,
    TUESDAY,
    Doubt,
    bars,
    fingerprint,
    provenance,
    study,
    truth,
)

REFUSED = Finding(
    "topix", MONDAY.date(), "high_below_low", "quarantined", "high 1, low 2", "high >= low",
    (1.5, 1.0, 2.0, 1.5, 100.0),
)  # fmt: skip


@pytest.fixture
def store(db_url):
    with open_store(db_url) as opened:
        yield opened


def with_timeout(url, seconds):
    """Return an address whose writers wait no longer for another."""
    return f"{url}{'&' if '?' in url else '?'}timeout={seconds}"


@contextmanager
def another_writer(url):
    """Hold what a writer of another process holds, or fail at once if it cannot be had."""
    if is_sqlite(url):
        with closing(sqlite3.connect(file_of(url), timeout=0)) as raw:
            raw.execute("BEGIN IMMEDIATE")
            yield
    else:
        with psycopg.connect(plain(url)) as raw:
            raw.execute("SET LOCAL lock_timeout = '1ms'")
            raw.execute(f"SELECT pg_advisory_xact_lock({ONE_WRITER})")
            yield


def write_everything(store, at):
    with store.transaction() as t:
        t.claim_world("simulated")
        t.prices.write(bars({"2025-04-07": 100.0}), at)
        t.payloads.write(b"date,close", at)
        doubts = [REFUSED, Finding("topix", None, "truncated", "warning", "half a file", "a whole one")]
        t.quality.write(doubts, source="files", payload_hash="b" * 64, recorded_at=at)
        t.events.write([EVENT])
        t.articles.write([ARTICLE])
        t.figures.write([FIGURE])
        t.checks.write("a" * 64, [CHECK], at)
        t.signals.write([READING], "a" * 64, at)
        t.studies.write("key", study(), provenance(), at, truth=truth())
        if t.runs.find("study", "key") is None:
            run = t.runs.start("study", "key", at, {})
            t.runs.finish(run.id, "done", at, {})
        t.locks.release("nightly", "nobody")
        t.commit()


def test_rolls_back_uncommitted_work_by_default(store):
    with store.transaction() as t:
        t.prices.write(bars({"2025-04-07": 100.0}), MONDAY)
        t.claim_world("real")
    with store.reading() as t:
        assert t.prices.bars("topix").empty
        assert t.world() is None


def write_events(store, events, failing=False):
    with store.transaction() as t:
        t.events.write(events)
        if failing:
            raise ZeroDivisionError
        t.commit()


def test_rolls_back_on_error_and_raises_it_again(store, db_url):
    before = content(db_url)
    with pytest.raises(ZeroDivisionError):
        write_events(store, [EVENT], failing=True)
    assert content(db_url) == before


def test_committed_work_is_there_for_the_next_one_who_opens_the_store(store, db_url):
    write_everything(store, MONDAY)
    with open_store(db_url) as again, again.reading() as t:
        assert t.prices.bars("topix")["close"].tolist() == [100.0]
        assert t.world() == "simulated"


def test_work_after_a_commit_needs_another_commit(store):
    with store.transaction() as t:
        t.events.write([EVENT])
        t.commit()
        t.articles.write([ARTICLE])
    with store.reading() as t:
        assert t.events.all() == (EVENT,)
        assert t.articles.all() == ()


def test_every_table_but_the_locks_is_written_by_the_example(store, db_url):
    write_everything(store, MONDAY)
    empty = {table for table, rows in row_counts(db_url).items() if rows == 0}
    assert empty == {"locks"}


def test_a_second_write_of_everything_changes_no_value(store, db_url):
    write_everything(store, MONDAY)
    before = content(db_url)
    write_everything(store, TUESDAY)
    assert content(db_url) == before


def test_a_second_write_of_everything_changes_no_byte_of_a_file(sqlite_url):
    with open_store(sqlite_url) as store:
        write_everything(store, MONDAY)
        before = fingerprint(file_of(sqlite_url))
        write_everything(store, TUESDAY)
    assert fingerprint(file_of(sqlite_url)) == before


def test_reading_writes_nothing_and_refuses_to_write(store, db_url):
    write_everything(store, MONDAY)
    before = content(db_url)
    with pytest.raises(UnwritableDatabase, match="cannot be written"), store.reading() as t:
        t.articles.write([ARTICLE, replace(ARTICLE, id="A2")])
    assert content(db_url) == before


def test_a_reader_sees_one_state_and_no_half_written_one(store):
    with store.transaction() as writer:
        writer.articles.write([ARTICLE])
        with store.reading() as reader:
            assert reader.articles.all() == ()
        writer.commit()
    with store.reading() as reader:
        assert reader.articles.all() == (ARTICLE,)


def test_the_first_claim_decides_the_world_and_the_other_is_refused(store):
    with store.transaction() as t:
        t.claim_world("simulated")
        t.claim_world("simulated")
        with pytest.raises(MixedWorlds, match="a simulated store refuses real bars") as caught:
            t.claim_world("real")
        t.commit()
    assert caught.value.exit_code == 2
    with store.transaction() as t, pytest.raises(MixedWorlds, match="refuses real"):
        t.studies.write("key", study(), provenance("real"), MONDAY)


def test_there_are_two_worlds_only(store):
    with store.transaction() as t, pytest.raises(BadValue, match="real or simulated"):
        t.claim_world("imagined")


def test_a_store_that_another_process_keeps_locked_is_busy(db_url):
    with (
        open_store(with_timeout(db_url, 0.1)) as impatient,
        another_writer(db_url),
        pytest.raises(DatabaseBusy, match="another process") as caught,
        impatient.transaction() as t,
    ):
        t.locks.acquire("nightly", "me", MONDAY, MONDAY + timedelta(hours=1))
    assert caught.value.exit_code == 4


def test_a_unit_of_work_reserves_the_store_with_its_first_statement_even_if_that_only_reads(store, db_url):
    with store.transaction() as t:
        assert t.world() is None
        busy = (sqlite3.OperationalError, psycopg.errors.LockNotAvailable)
        with pytest.raises(busy, match="lock"), another_writer(db_url):
            pass


def test_a_reader_makes_no_writer_wait(store, db_url):
    with store.reading() as t:
        assert t.world() is None
        with another_writer(db_url):
            assert t.world() is None


def test_what_a_unit_of_work_writes_after_a_commit_is_reserved_for_it_again(store, db_url):
    with store.transaction() as t:
        t.commit()
        with another_writer(db_url):
            pass
        t.claim_world("real")
        busy = (sqlite3.OperationalError, psycopg.errors.LockNotAvailable)
        with pytest.raises(busy, match="lock"), another_writer(db_url):
            pass


def test_the_database_itself_refuses_a_row_without_its_owner(db_url):
    orphan = {"id": "A9-F01", "article": "A9", "series": "topix", "quantity": "level", "quoted": "1"}
    orphan |= {"unit": "points", "date": FIGURE.date, "location": "", "group": ""}
    with pytest.raises(IntegrityError, match="(?i)foreign key"), connection(connect_to(db_url)) as opened:
        opened.execute(insert(figures), orphan)


def test_a_fault_of_our_own_is_not_dressed_as_a_failure_of_the_database(store):
    origin = {"source": "files", "payload_hash": "b" * 64, "recorded_at": MONDAY}
    with pytest.raises(IntegrityError, match="(?i)check constraint"), store.transaction() as t:
        t.quality.write([Doubt(severity="odd")], **origin)
