"""A backup is a store that equals the original, a restore makes one out of it, between both databases."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pandas as pd
import pytest

from db import backup, downgrade, open_store, restore, verify
from db.errors import (
    BadDatabaseUrl,
    DatabaseFailed,
    NoDatabase,
    NotADatabase,
    SchemaTooNew,
)
from db.refusals import FileInTheWay, NoBackup, NoFolder, NoSuchSchema, NotEmpty
from tests.databases import ask, content, file_of, is_sqlite, row_counts
from tests.full_store import HELD, PAYLOAD, fill, spoil
from tests.store_examples import (
    MONDAY,
    WEDNESDAY,
    address,
    bars,
    provenance,
    study,
)

GOLDEN = Path(__file__).parents[1] / "golden"


def answers(url):
    """Return what a store tells of everything in it, leases aside."""
    with open_store(url) as store, store.reading() as t:
        stored = t.studies.find("key")
        frames = [
            *(t.prices.bars(series, at) for series in ("topix", "jgb10y") for at in (None, MONDAY)),
            *(t.prices.revisions(), t.prices.coverage(), t.quality.all(), t.quarantine.all()),
            *(stored.result.table, stored.result.fits, stored.result.curve, stored.truth),
        ]
        rest = [
            *(t.world(), t.events.all(), t.articles.all(), t.figures.all(), t.checks.latest()),
            *(t.signals.latest(), t.runs.history(9), stored.provenance, stored.question),
            *(stored.result.exclusions, stored.recorded_at, t.payloads.read(PAYLOAD)),
        ]
    return frames, rest


def assert_same(url, other):
    (frames, rest), (others, rest_of_other) = answers(url), answers(other)
    for one, two in zip(frames, others, strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert rest == rest_of_other


@pytest.fixture
def full(db_url):
    fill(db_url)
    return db_url


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "backup.db"


def test_a_backup_is_a_store_that_gives_the_same_answers(full, copy):
    backup(full, copy)
    assert_same(full, address(copy))
    assert verify(address(copy)) == ()


def test_a_backup_counts_what_it_copied_and_leaves_leases_out(full, copy):
    copied = backup(full, copy)
    held = row_counts(full)
    assert held.pop("locks") == 1
    assert held.pop("alembic_version") == 1
    assert copied == held
    assert min(copied.values()) > 0
    assert row_counts(address(copy)) == held | {"locks": 0, "alembic_version": 1}


def test_a_backup_leaves_the_store_as_it_was_and_nothing_beside_the_file(full, copy):
    before = content(full)
    present = set(copy.parent.iterdir())
    backup(full, copy)
    assert content(full) == before
    assert set(copy.parent.iterdir()) - present == {copy}


def test_a_backup_does_not_overwrite(full, copy):
    copy.write_text("something dear")
    with pytest.raises(FileInTheWay, match="backup.db is there already"):
        backup(full, copy)
    assert copy.read_text() == "something dear"


def test_a_backup_into_a_folder_that_is_not_there_leaves_nothing(full, tmp_path):
    with pytest.raises(NoFolder, match=r"backup.db cannot be written: there is no folder .*nowhere; create"):
        backup(full, tmp_path / "nowhere" / "backup.db")
    assert not (tmp_path / "nowhere").exists()


def test_a_backup_that_fails_midway_leaves_nothing(full, copy):
    """Of SQLite the last page is junk, of PostgreSQL a table of the middle is gone."""
    if is_sqlite(full):
        sound = file_of(full).read_bytes()
        file_of(full).write_bytes(sound[:-4096] + b"\x5a" * 4096)
    else:
        ask(full, "DROP TABLE paths")
    present = set(copy.parent.iterdir())
    with pytest.raises((NotADatabase, DatabaseFailed)):
        backup(full, copy)
    assert set(copy.parent.iterdir()) == present


def test_what_is_written_during_a_backup_is_in_it_as_a_whole_or_not_at_all(full, copy):
    """Another thread writes a bar and a run together, again and again."""
    started, stop = Event(), Event()

    def write_on():
        for number in count():
            at = WEDNESDAY + timedelta(seconds=number)
            with open_store(full) as store, store.transaction() as t:
                t.prices.write(bars({"2025-04-07": float(number)}, series="vix"), at)
                t.runs.start("watch", str(number), at, {})
                t.commit()
            started.set()
            if stop.is_set():
                return

    writer = Thread(target=write_on)
    writer.start()
    started.wait()
    backup(full, copy)
    stop.set()
    writer.join()
    assert verify(address(copy)) == ()
    [(written,)] = ask(address(copy), "SELECT count(*) FROM runs WHERE job = 'watch'")
    assert ask(address(copy), "SELECT count(*) FROM bars WHERE series = 'vix'") == [(written,)]
    assert written > 0


def test_a_backup_of_nothing_is_refused(tmp_path, copy):
    with pytest.raises(NoDatabase):
        backup(address(tmp_path / "nothing.db"), copy)
    with pytest.raises(BadDatabaseUrl):
        backup("nonsense", copy)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def backed_up(tmp_path, copy):
    fill(address(tmp_path / "origin.db"))
    backup(address(tmp_path / "origin.db"), copy)
    return copy


def test_a_restored_store_gives_the_same_answers(backed_up, bare_db_url):
    restore(backed_up, bare_db_url)
    assert_same(bare_db_url, address(backed_up))
    assert verify(bare_db_url) == ()


def test_a_store_survives_the_way_through_the_other_database_and_back(backed_up, postgres_url, tmp_path):
    restore(backed_up, postgres_url)
    backup(postgres_url, tmp_path / "again.db")
    assert content(address(tmp_path / "again.db")) == content(address(backed_up))


def test_a_migrated_store_without_a_row_can_be_restored_into(backed_up, db_url):
    restore(backed_up, db_url)
    assert verify(db_url) == ()


def test_a_restored_store_goes_on_counting_its_rows(backed_up, bare_db_url):
    restore(backed_up, bare_db_url)
    before = {table: highest(bare_db_url, table) for table in ("batches", "bars", "studies", "runs")}
    with open_store(bare_db_url) as store, store.transaction() as t:
        t.prices.write(bars({"2025-04-09": 1.0}), WEDNESDAY)
        t.studies.write("next", study(), provenance(), WEDNESDAY)
        t.runs.start("run", "2025-04-09", WEDNESDAY, {})
        t.quality.write(
            [replace(HELD, rule="other")], source="f", payload_hash="a" * 64, recorded_at=WEDNESDAY
        )
        t.quarantine.release(1, reviewer="a clerk", note="right", recorded_at=WEDNESDAY)
        t.commit()
    assert highest(bare_db_url, "batches") == before["batches"] + 2
    assert highest(bare_db_url, "bars") == before["bars"] + 2
    for table in ("studies", "runs"):
        assert highest(bare_db_url, table) == before[table] + 1
    assert verify(bare_db_url) == ()


def highest(url, table):
    return ask(url, f"SELECT max(id) FROM {table}")[0][0]


def test_a_restore_leaves_the_backup_as_it_was(backed_up, bare_db_url):
    before = backed_up.read_bytes()
    restore(backed_up, bare_db_url)
    assert backed_up.read_bytes() == before


def test_a_database_that_holds_a_row_is_not_restored_into(backed_up, db_url):
    with open_store(db_url) as store, store.transaction() as t:
        t.claim_world("real")
        t.commit()
    before = content(db_url)
    with pytest.raises(NotEmpty, match="its table 'world' has rows"):
        restore(backed_up, db_url)
    assert content(db_url) == before


def test_a_database_with_tables_of_another_program_is_not_restored_into(backed_up, bare_db_url):
    if is_sqlite(bare_db_url):
        spoil(file_of(bare_db_url), "CREATE TABLE recipes (name TEXT)")
    else:
        ask(bare_db_url, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(NotADatabase, match="recipes"):
        restore(backed_up, bare_db_url)
    assert row_counts(bare_db_url) == {"recipes": 0}


def test_a_restore_that_fails_midway_keeps_nothing(backed_up, bare_db_url):
    spoil(backed_up, "UPDATE studies SET recorded_at = 'no instant'")
    with pytest.raises(NotADatabase, match="its table 'studies' holds what cannot be read"):
        restore(backed_up, bare_db_url)
    if is_sqlite(bare_db_url):
        assert not file_of(bare_db_url).exists()
    else:
        assert row_counts(bare_db_url) == {}


@pytest.mark.parametrize("version", ["0001", "0002", "0003"])
def test_a_backup_of_an_older_version_is_restored_and_left_as_it_was(version, copy, bare_db_url):
    with closing(sqlite3.connect(copy)) as raw:
        raw.executescript((GOLDEN / f"store_{version}.sql").read_text("utf-8"))
    before = copy.read_bytes()
    assert restore(copy, bare_db_url)["bars"] == 3
    assert copy.read_bytes() == before
    assert verify(bare_db_url) == ()
    with open_store(bare_db_url) as store, store.reading() as t:
        assert t.prices.bars("topix")["close"].tolist() == [100.5, 97.5]


def test_files_that_are_no_backup_are_refused(tmp_path, bare_db_url):
    with pytest.raises(
        NoBackup, match=r"there is no backup .*nothing.db; name a file that 'eventstudy db backup'"
    ):
        restore(tmp_path / "nothing.db", bare_db_url)
    empty, text, newer = tmp_path / "empty.db", tmp_path / "text.db", tmp_path / "newer.db"
    empty.touch()
    text.write_text("no database " * 100)
    open_store(address(newer)).close()
    spoil(newer, "UPDATE alembic_version SET version_num = '9999'")
    for path, refusal in ((empty, NotADatabase), (text, NotADatabase), (newer, SchemaTooNew)):
        with pytest.raises(refusal):
            restore(path, bare_db_url)


def test_a_store_is_taken_back_to_an_older_version_and_up_again_with_its_rows(full):
    before = content(full)
    downgrade(full, "0003")
    assert ask(full, "SELECT version_num FROM alembic_version") == [("0003",)]
    assert not {"payloads", "quarantine"} & set(row_counts(full))
    open_store(full).close()
    after = content(full)
    lost = {"payloads": [], "quarantine": []}
    changed = {"studies": after["studies"]}  # its hash and its question are columns of the newer version
    assert after == before | lost | changed
    assert verify(full) == ()


def test_a_store_that_is_not_there_is_not_taken_back(tmp_path):
    with pytest.raises(NoDatabase):
        downgrade(address(tmp_path / "nothing.db"), "0003")


@pytest.mark.parametrize("version", ["0999", "head", "-1", "", "0003x"])
def test_a_store_is_not_taken_back_to_a_version_that_is_none(full, version):
    before = content(full)
    with pytest.raises(NoSuchSchema, match=r"older versions are 0001, 0002, 0003"):
        downgrade(full, version)
    assert content(full) == before


def test_a_store_that_was_taken_back_is_not_taken_forward_by_the_same_verb(full):
    downgrade(full, "0002")
    with pytest.raises(NoSuchSchema, match=r"schema 0003; older versions are 0001$"):
        downgrade(full, "0003")
