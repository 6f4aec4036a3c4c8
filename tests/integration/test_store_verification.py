"""Whatever is changed in a store past the program is found, and a sound store has nothing to find."""

import pytest

from db import open_store, verify
from db.errors import NoDatabase, NotADatabase
from db.verification import Violation
from tests.databases import ask, file_of
from tests.full_store import PAYLOAD, fill, spoil
from tests.store_examples import MONDAY, TUESDAY, WEDNESDAY, bars

ONE_BIT = {"sqlite": "CAST(x'{}' AS BLOB)", "postgresql": "'\\x{}'::bytea"}


@pytest.fixture
def full(db_url):
    fill(db_url)
    return db_url


def test_a_sound_store_has_nothing_to_find(full):
    assert verify(full) == ()


def test_an_empty_store_has_nothing_to_find(db_url):
    assert verify(db_url) == ()


def test_a_verification_changes_nothing(sqlite_url):
    fill(sqlite_url)
    before = file_of(sqlite_url).read_bytes()
    verify(sqlite_url)
    assert file_of(sqlite_url).read_bytes() == before


def found_after(url, *changes):
    for change in changes:
        ask(url, change)
    return [(found.table, found.row) for found in verify(url)]


def flipped(url):
    """Return the kept payload's bytes with one bit changed, in hexadecimal."""
    [(content,)] = ask(url, "SELECT content FROM payloads")
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 1
    return damaged.hex()


def test_one_damaged_bit_of_a_payload_is_found(full):
    change = f"UPDATE payloads SET content = {ONE_BIT[full.partition(':')[0].partition('+')[0]]}"
    assert found_after(full, change.format(flipped(full))) == [("payloads", PAYLOAD)]


SEALED_BATCH = [
    "UPDATE bars SET close = 100.00000000000001 WHERE id = 2",
    "UPDATE bars SET close = 99 WHERE id = 2",
    "UPDATE bars SET open = 5 WHERE id = 2",
    "UPDATE bars SET volume = 0 WHERE id = 1",
    "UPDATE bars SET finality = 'provisional' WHERE id = 1",
    "UPDATE bars SET session_date = '2025-04-03' WHERE id = 1",
    "UPDATE batches SET source = 'another' WHERE id = 1",
    f"UPDATE batches SET payload_hash = '{'0' * 64}' WHERE id = 1",
    f"UPDATE batches SET rows_hash = '{'0' * 64}' WHERE id = 1",
]


@pytest.mark.parametrize("change", SEALED_BATCH)
def test_a_bar_or_batch_changed_by_hand_is_found(full, change):
    assert found_after(full, change) == [("batches", "1")]


def test_the_finding_says_what_is_wrong_and_where(full):
    ask(full, "UPDATE bars SET close = 99 WHERE id = 2")
    problem = "topix: it or one of its bars was changed: their hash is not the one it was sealed with"
    assert verify(full) == (Violation("batches", "1", problem),)


@pytest.mark.parametrize("column", ["inserted", "revised"])
def test_a_batch_that_counts_wrongly_is_found(full, column):
    assert found_after(full, f"UPDATE batches SET {column} = 7 WHERE id = 2") == [("batches", "2")]


def test_a_bar_that_was_deleted_is_found(full):
    """The first version of 7 April: its batch misses it, and the next version comes out of nowhere."""
    found = found_after(full, "DELETE FROM bars WHERE id = 2")
    assert set(found) == {("batches", "1"), ("batches", "2"), ("bars", "3")}


def test_a_bar_that_was_added_by_hand_is_found(full):
    columns = "series, session_date, close, finality, batch_id, recorded_at"
    row = "SELECT series, '2025-04-01', close, finality, batch_id, recorded_at FROM bars WHERE id = 1"
    row = row.replace("'2025-04-01'", "CAST('2025-04-01' AS DATE)") if "postgresql" in full else row
    assert set(found_after(full, f"INSERT INTO bars ({columns}) {row}")) == {("batches", "1")}


BROKEN_HISTORIES = {
    "the latest version has ended": (
        "UPDATE bars SET superseded_at = recorded_at WHERE id = 3", {("bars", "3")},
    ),
    "a gap between two versions": (
        "UPDATE bars SET superseded_at = recorded_at WHERE id = 2", {("bars", "2")},
    ),
    "a version known later than its batch": (
        f"UPDATE bars SET recorded_at = '{WEDNESDAY:%Y-%m-%d %H:%M:%S}.000000' WHERE id = 1",
        {("batches", "1")},
    ),
    "a first version called revised": (
        "UPDATE bars SET finality = 'revised' WHERE id = 1", {("bars", "1"), ("batches", "1")},
    ),
    "a batch from before the one before it": (
        f"UPDATE batches SET recorded_at = '{MONDAY:%Y-%m-%d} 00:00:00.000000' WHERE id = 2",
        {("batches", "2")},
    ),
    "a bar of another series' batch": (
        "UPDATE bars SET batch_id = 3 WHERE id = 1", {("batches", "1"), ("bars", "1")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_HISTORIES)
def test_a_history_that_cannot_have_happened_is_found(full, name):
    change, expected = BROKEN_HISTORIES[name]
    if "postgresql" in full:
        change = change.replace(".000000'", "+00'")
    assert expected <= set(found_after(full, change))


def test_two_current_versions_of_a_session_are_found_beside_the_missing_index(full):
    found = found_after(
        full, "DROP INDEX uq_bars_current", "UPDATE bars SET superseded_at = NULL WHERE id = 2"
    )
    assert found == [("", ""), ("bars", "2")]
    assert "uq_bars_current" in verify(full)[0].problem


CHANGED_STUDIES = [
    "UPDATE results SET estimate = 0.3 WHERE position = 1",
    "DELETE FROM results WHERE position = 2",
    "UPDATE fits SET message = 'better'",
    "DELETE FROM exclusions",
    "UPDATE truths SET variance_multiple = 5",
    "UPDATE studies SET seed = 8",
    "UPDATE studies SET as_of = recorded_at, recorded_at = as_of, seed = 9",
    "UPDATE studies SET design = '{}'",
    "UPDATE studies SET question = NULL",
    f"UPDATE studies SET content_hash = '{'0' * 64}'",
]


@pytest.mark.parametrize("change", CHANGED_STUDIES)
def test_a_study_changed_by_hand_is_found(full, change):
    assert found_after(full, change) == [("studies", "1")]


BROKEN_LEDGERS = [
    "UPDATE runs SET finished_at = started_at WHERE status = 'running'",
    "UPDATE runs SET finished_at = NULL WHERE status = 'done'",
    "UPDATE runs SET finished_at = '2025-04-01' WHERE status = 'done'",
]


@pytest.mark.parametrize("change", BROKEN_LEDGERS)
def test_a_ledger_that_contradicts_itself_is_found(full, change):
    if "postgresql" not in full:
        change = change.replace("'2025-04-01'", "'2025-04-01 00:00:00.000000'")
    assert {table for table, _ in found_after(full, change)} == {"runs"}


def test_a_review_by_nobody_is_found(full):
    change = "UPDATE quarantine SET status = 'rejected', reviewed_at = recorded_at"
    assert found_after(full, change) == [("quarantine", "1")]


def test_a_reference_to_a_row_that_is_not_there_is_found(sqlite_url):
    """PostgreSQL lets nobody do this, SQLite lets everybody who does not ask for its keys."""
    fill(sqlite_url)
    spoil(file_of(sqlite_url), "DELETE FROM articles", "DELETE FROM batches WHERE id = 3")
    found = [(one.table, one.row) for one in verify(sqlite_url)]
    assert ("figures", "A1-F03") in found
    assert {row for table, row in found if table == "bars"} == {"4", "5"}


def test_a_value_of_the_wrong_kind_is_found(sqlite_url):
    fill(sqlite_url)
    spoil(file_of(sqlite_url), "UPDATE bars SET close = 'a hundred' WHERE id = 1")
    spoil(file_of(sqlite_url), "UPDATE studies SET design = '{not json'")
    assert [(one.table, one.row) for one in verify(sqlite_url)] == [("bars", "topix"), ("studies", "1")]


def test_numbers_that_would_be_given_twice_are_found(postgres_url):
    fill(postgres_url)
    ask(postgres_url, "SELECT setval(pg_get_serial_sequence('bars', 'id'), 1)")
    [found] = verify(postgres_url)
    assert (found.table, found.row) == ("bars", "")
    assert "its next number is taken: it holds 5, the count is at 1" in found.problem


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE quarantine",
        "ALTER TABLE batches DROP COLUMN rows_hash",
        "DROP INDEX ix_bars_series_session_date",
    ],
)
def test_a_schema_that_somebody_changed_is_found(full, change):
    assert set(found_after(full, change)) == {("", "")}


def test_a_file_with_a_damaged_page_is_found_or_refused_at_every_page(sqlite_url):
    with open_store(sqlite_url) as store, store.transaction() as t:
        days = {
            f"{2000 + day // 336}-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}": 1.0 + day for day in range(3000)
        }
        t.prices.write(bars(days), TUESDAY)
        t.commit()
    path = file_of(sqlite_url)
    sound = path.read_bytes()
    size = int.from_bytes(sound[16:18], "big")
    for start in range(0, len(sound), size):
        path.write_bytes(sound[:start] + b"\x5a" * size + sound[start + size :])
        assert is_found(sqlite_url), f"page {start // size + 1}"


def is_found(url):
    try:
        return verify(url) != ()
    except NotADatabase:
        return True


def test_a_store_that_is_not_there_is_not_verified(tmp_path):
    with pytest.raises(NoDatabase):
        verify(f"sqlite:///{tmp_path / 'nothing.db'}")
    assert list(tmp_path.iterdir()) == []
