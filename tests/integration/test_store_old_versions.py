"""A store that an older version wrote: it is brought up to date without loss, and can be taken back.

`tests/golden/store_NNNN.sql` is the dump of a database that the code of schema version NNNN filled by itself:
two studies, the later one without a fit, and a row or more of everything else.
"""

import hashlib
import json
import sqlite3
import struct
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from db import downgrade, migrations, open_store, verify
from db.engine import connect_to
from eventstudy.results import (
    CURVE_COLUMNS,
    FIT_COLUMNS,
    QUESTION_COLUMNS,
    RESULT_COLUMNS,
    SIZE_COLUMNS,
)
from eventstudy.values import Design
from tests.full_store import spoil
from tests.store_examples import (
    ARTICLE,
    CHECK,
    EVENT,
    FIGURE,
    READING,
    TUESDAY,
    WEDNESDAY,
    address,
    ask,
    bars,
    provenance,
    row_counts,
    study,
    truth,
)

GOLDEN = Path(__file__).parents[1] / "golden"
NEW_FITS = {
    "0001": ("score_norm", "starts_gap", "arch_loglikelihood", "arch_optimum", "influential",
             "persistence_without", "half_life", "half_life_lower", "half_life_upper"),
    "0002": ("half_life", "half_life_lower", "half_life_upper"),
    "0003": (),
}  # fmt: skip
NEW_RESULTS = dict.fromkeys(
    ("0001", "0002"),
    ("verdict", "regime", "size", "size_error", "family", "p_adjusted", "p_holm", "p_bh"),
) | {"0003": ()}
FRAMES = {"questions": QUESTION_COLUMNS, "sizes": SIZE_COLUMNS, "curve": CURVE_COLUMNS}
NEW_FRAMES = {"0001": FRAMES, "0002": FRAMES, "0003": {}}
NEW_TABLES = ("payloads", "quarantine")
UNASKED = {
    "placebos": 0,
    "parameter_draws": 0,
    "joint_replications": 0,
    "masked": (),
    "curve": False,
    "family": "event",
}
OLD_DESIGN = {
    "0001": {**UNASKED, "second_opinion": False},
    "0002": {**UNASKED, "second_opinion": True},
    "0003": {},
}
UNTOUCHED = ("paths", "reactions")


@pytest.fixture(params=["0001", "0002", "0003"])
def version(request):
    return request.param


@pytest.fixture
def path(tmp_path, version):
    """The file of a store as that version left it."""
    with closing(sqlite3.connect(tmp_path / "store.db")) as raw:
        raw.executescript((GOLDEN / f"store_{version}.sql").read_text("utf-8"))
    return tmp_path / "store.db"


def content(path):
    """Return the rows of every table, as plain SQLite tells them."""
    return {table: ask(path, f'SELECT * FROM "{table}"') for table in sorted(row_counts(path))}


def find(store, key):
    with store.reading() as t:
        return t.studies.find(key)


def old_design(version):
    return replace(study().design, **OLD_DESIGN[version])


def assert_same(frame, other):
    pd.testing.assert_frame_equal(frame, other, check_exact=True, check_freq=False)


def test_an_old_store_is_brought_up_to_date_when_it_is_opened(path, version):
    assert ask(path, "SELECT version_num FROM alembic_version") == [(version,)]
    before = row_counts(path)
    with open_store(address(path), create=False):
        assert ask(path, "SELECT version_num FROM alembic_version") == [("0004",)]
    assert row_counts(path) == before | dict.fromkeys((*NEW_FRAMES[version], *NEW_TABLES), 0)
    for table, columns in {"fits": FIT_COLUMNS, "results": RESULT_COLUMNS, **FRAMES}.items():
        held = [name for (name,) in ask(path, f"SELECT name FROM pragma_table_info('{table}')")]
        assert held == ["study_id", "position", *columns]


def test_everything_in_an_old_store_reads_as_it_was_written(path):
    with open_store(address(path)) as store, store.reading() as t:
        assert t.world() == "simulated"
        assert t.prices.bars("topix")["close"].tolist() == [100.5, 97.5]
        assert t.prices.bars("topix", TUESDAY.replace(hour=11))["close"].tolist() == [100.5, 97.25]
        assert (t.events.all(), t.articles.all(), t.figures.all()) == ((EVENT,), (ARTICLE,), (FIGURE,))
        assert (t.checks.latest(), t.signals.latest()) == ((CHECK,), (READING,))
        assert [run.status for run in t.runs.history(5)] == ["running", "done"]
        assert t.quality.all()["rule"].tolist() == ["high_below_low"]


def test_a_study_of_an_old_store_reads_as_it_was_computed_with_nothing_where_nothing_was_asked(path, version):
    with open_store(address(path)) as store:
        stored = find(store, "first")
    found, computed = stored.result, study()
    for name in UNTOUCHED:
        assert_same(getattr(found, name), getattr(computed, name))
    for name, columns, new in (
        ("table", RESULT_COLUMNS, NEW_RESULTS[version]),
        ("fits", FIT_COLUMNS, NEW_FITS[version]),
    ):
        frame, old = getattr(found, name), [column for column in columns if column not in new]
        assert tuple(frame.columns) == columns
        assert_same(frame[old], getattr(computed, name)[old])
        assert frame[list(new)].isna().all(axis=None)
    for name, columns in FRAMES.items():
        expected = 0 if name in NEW_FRAMES[version] else len(getattr(computed, name))
        assert (len(getattr(found, name)), tuple(getattr(found, name).columns)) == (expected, columns)
    assert found.design == old_design(version)
    assert (found.exclusions, found.warnings) == (computed.exclusions, computed.warnings)
    assert stored.provenance == provenance()
    assert_same(stored.truth, truth())


def test_a_study_of_an_old_store_without_a_fit_has_the_new_columns_all_the_same(path):
    with open_store(address(path)) as store, store.reading() as t:
        latest = t.studies.latest()
    assert (latest.key, len(latest.result.fits)) == ("second", 0)
    assert tuple(latest.result.fits.columns) == FIT_COLUMNS


def test_old_and_new_studies_have_columns_of_the_same_types(path, version):
    with open_store(address(path)) as store:
        old = find(store, "first").result
    for name, new in (("fits", NEW_FITS[version]), ("table", NEW_RESULTS[version])):
        columns = list(new)
        assert (
            getattr(old, name)[columns].dtypes.to_dict() == getattr(study(), name)[columns].dtypes.to_dict()
        )


def test_a_new_study_is_stored_beside_the_old_ones(path, version):
    with open_store(address(path)) as store:
        with store.transaction() as t:
            assert t.studies.write("third", study(), provenance(), WEDNESDAY, truth=truth())
            t.commit()
        for name in ("table", "fits", *UNTOUCHED, *FRAMES):
            assert_same(getattr(find(store, "third").result, name), getattr(study(), name))
        assert set(NEW_RESULTS[version]) <= set(find(store, "first").result.table.columns)


def test_an_old_store_that_was_brought_up_and_taken_back_holds_every_row_as_before(path, version):
    before = content(path)
    open_store(address(path)).close()
    assert content(path) != before
    migrations.downgrade(connect_to(address(path)), version)
    assert content(path) == before


def test_taking_a_store_back_loses_what_is_new_of_a_new_study_and_nothing_else(path, version):
    with open_store(address(path)) as store, store.transaction() as t:
        t.studies.write("third", study(), provenance(), WEDNESDAY, truth=truth())
        t.commit()
    migrations.downgrade(connect_to(address(path)), version)
    assert not {*NEW_FRAMES[version], *NEW_TABLES} & set(row_counts(path))
    for table in ("fits", "results"):
        third, first = (ask(path, f"SELECT * FROM {table} WHERE study_id = {number}") for number in (3, 1))
        assert [row[1:] for row in third] == [row[1:] for row in first]
    [(design, columns)] = ask(path, "SELECT design, columns FROM studies WHERE key = 'third'")
    assert ("placebos" in json.loads(design)) == (version == "0003")
    assert ("second_opinion" in json.loads(design)) == (version > "0001")
    described = json.loads(columns)
    kept = set(FRAMES) - set(NEW_FRAMES[version])
    assert set(described) == {"table", "fits", "paths", "reactions", "truth", *kept}
    told = {name for frame in ("fits", "table") for name, *_ in described[frame]}
    assert not {*NEW_FITS[version], *NEW_RESULTS[version]} & told
    with open_store(address(path)) as store:
        again = find(store, "third").result
    assert again.design == old_design(version)
    assert again.fits[list(NEW_FITS[version])].isna().all(axis=None)
    old = [name for name in RESULT_COLUMNS if name not in NEW_RESULTS[version]]
    assert_same(again.table[old], study().table[old])


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_a_design_from_before_a_choice_takes_the_default_of_that_choice(path):
    [(text, *_), *_] = ask(path, "SELECT design FROM studies")
    old = json.loads(text)
    assert not set(UNASKED) & set(old)
    assert Design.from_dict(old) == replace(study().design, masked=(), curve=False, family=Design().family)


def sealed(rows):
    """Return the seal of a batch of closes as the documentation of the hash says, number by number."""
    absent = struct.pack("<Q", 0x7FF8000000000000)
    days = [(date.fromisoformat(day) - date(1970, 1, 1)).days for day, *_ in rows]
    told = json.dumps(["topix", "files", "a" * 64], separators=(",", ":")).encode()
    told += b"".join(struct.pack("<q", day) for day in days)
    told += absent * len(rows) * 3 + b"".join(struct.pack("<d", close) for _, close, _ in rows)
    told += absent * len(rows) + "\n".join(finality for *_, finality in rows).encode()
    return hashlib.sha256(told).hexdigest()


def test_batches_of_an_old_store_are_sealed_as_they_were_and_studies_are_not(path):
    with open_store(address(path)) as store, store.reading() as t:
        assert t.studies.find("first").question is None
    first = [("2025-04-04", 100.5, "final"), ("2025-04-07", 97.25, "final")]
    second = [("2025-04-07", 97.5, "revised")]
    assert ask(path, "SELECT rows_hash FROM batches ORDER BY id") == [(sealed(first),), (sealed(second),)]
    assert ask(path, "SELECT DISTINCT content_hash FROM studies") == [(None,)]
    assert verify(address(path)) == ()


def test_a_price_of_an_old_store_that_is_changed_after_the_upgrade_is_found(path):
    open_store(address(path)).close()
    spoil(path, "UPDATE bars SET close = 97 WHERE id = 2")
    assert [(found.table, found.row) for found in verify(address(path))] == [("batches", "1")]


def test_prices_of_a_london_day_get_the_name_of_their_clock(db_url):
    closes = {"2025-04-07": 147.5, "2025-04-08": 146.25}
    london = replace(bars(closes, series="usdjpy"), source="yahoo:JPY=X (London day)")
    with open_store(db_url) as store, store.transaction() as transaction:
        transaction.prices.write(london, WEDNESDAY)
        transaction.prices.write(bars(closes, series="topix"), WEDNESDAY)
        transaction.commit()
    downgrade(db_url, "0003")
    with open_store(db_url) as store, store.reading() as transaction:
        held = {name: transaction.prices.bars(name)["close"].tolist() for name in ("topix", "usdjpy")}
        named = transaction.prices.bars("usdjpy_london_day")["close"].tolist()
    assert (held, named) == ({"topix": [147.5, 146.25], "usdjpy": []}, [147.5, 146.25])
    assert verify(db_url) == ()
