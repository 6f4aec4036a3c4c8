"""What is committed is kept, together; what is not leaves no trace."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, insert
from sqlalchemy.exc import IntegrityError

from db import open_store
from db.engine import connect_to, connection
from db.errors import DatabaseBusy, DatabaseFull, MixedWorlds, UnwritableDatabase
from db.schema import figures
from eventstudy.errors import BadValue
from tests.store_examples import (
    ARTICLE,
    CHECK,
    EVENT,
    FIGURE,
    MONDAY,
    READING,
    TUESDAY,
    Doubt,
    address,
    bars,
    fingerprint,
    provenance,
    row_counts,
    study,
    truth,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def store(path):
    with open_store(address(path)) as opened:
        yield opened


def write_everything(store, at):
    with store.transaction() as t:
        t.claim_world("simulated")
        t.prices.write(bars({"2025-04-07": 100.0}), at)
        doubts = [Doubt(), Doubt(session_date=None, rule="truncated")]
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


def test_rolls_back_on_error_and_raises_it_again(store, path):
    before = row_counts(path)
    with pytest.raises(ZeroDivisionError):
        write_events(store, [EVENT], failing=True)
    assert row_counts(path) == before


def test_committed_work_is_there_for_the_next_one_who_opens_the_store(store, path):
    write_everything(store, MONDAY)
    with open_store(address(path)) as again, again.reading() as t:
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


def test_every_table_but_the_locks_is_written_by_the_example(store, path):
    write_everything(store, MONDAY)
    empty = {table for table, rows in row_counts(path).items() if rows == 0}
    assert empty == {"locks"}


def test_a_second_write_of_everything_changes_no_row_and_no_byte(store, path):
    write_everything(store, MONDAY)
    rows, content = row_counts(path), fingerprint(path)
    write_everything(store, TUESDAY)
    assert row_counts(path) == rows
    assert fingerprint(path) == content


def test_reading_writes_no_byte_and_refuses_to_write(store, path):
    write_everything(store, MONDAY)
    content = fingerprint(path)
    with pytest.raises(UnwritableDatabase), store.reading() as t:
        t.articles.write([ARTICLE, replace(ARTICLE, id="A2")])
    assert fingerprint(path) == content


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


def test_a_full_disk_keeps_nothing_of_the_step_and_says_so(store, path):
    write_everything(store, MONDAY)
    before = row_counts(path)
    many = [replace(EVENT, id=f"E{number}") for number in range(5_000)]
    event.listen(store._engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 60"))
    with pytest.raises(DatabaseFull, match=r"no room left.*free some disk space") as caught:
        write_events(store, many)
    assert caught.value.exit_code == 4
    assert row_counts(path) == before


def test_a_store_that_another_process_keeps_locked_is_busy(path):
    with open_store(f"{address(path)}?timeout=0.1") as impatient, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy, match="another process") as caught, impatient.transaction() as t:
            t.locks.acquire("nightly", "me", MONDAY, MONDAY + timedelta(hours=1))
    assert caught.value.exit_code == 4


def test_a_unit_of_work_reserves_the_store_with_its_first_statement_even_if_that_only_reads(store, path):
    with store.transaction() as t, closing(sqlite3.connect(path, timeout=0)) as other:
        assert t.world() is None
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_a_reader_makes_no_writer_wait(store, path):
    with store.reading() as t, closing(sqlite3.connect(path, timeout=0)) as other:
        assert t.world() is None
        other.execute("BEGIN IMMEDIATE")
        other.rollback()


def test_the_database_itself_refuses_a_row_without_its_owner(path):
    open_store(address(path)).close()
    orphan = {"id": "A9-F01", "article": "A9", "series": "topix", "quantity": "level", "quoted": "1"}
    orphan |= {"unit": "points", "date": FIGURE.date, "location": "", "group": ""}
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), connection(connect_to(address(path))) as opened:
        opened.execute(insert(figures), orphan)


def test_a_fault_of_our_own_is_not_dressed_as_a_failure_of_the_database(store):
    origin = {"source": "files", "payload_hash": "b" * 64, "recorded_at": MONDAY}
    with pytest.raises(IntegrityError, match="CHECK constraint failed"), store.transaction() as t:
        t.quality.write([Doubt(severity="odd")], **origin)
