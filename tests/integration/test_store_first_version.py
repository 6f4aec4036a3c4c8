"""A store that version 0001 wrote: it is brought up to date without loss, and can be taken back.

`tests/golden/store_0001.sql` is the dump of a database that the code of schema version 0001 filled by itself:
two studies, the later one without a fit, and a row or more of everything else.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from db import migrations, open_store
from db.engine import connect_to
from eventstudy.results import FIT_COLUMNS
from eventstudy.values import Design
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
    provenance,
    row_counts,
    study,
    truth,
)

DUMP = Path(__file__).parents[1] / "golden" / "store_0001.sql"
NEW = ("score_norm", "starts_gap", "arch_loglikelihood", "arch_optimum", "influential", "persistence_without")
FRAMES = ("table", "paths", "reactions")


@pytest.fixture
def path(tmp_path):
    """The file of a store as version 0001 left it."""
    with closing(sqlite3.connect(tmp_path / "store.db")) as raw:
        raw.executescript(DUMP.read_text("utf-8"))
    return tmp_path / "store.db"


def content(path):
    """Return the rows of every table, as plain SQLite tells them."""
    return {table: ask(path, f'SELECT * FROM "{table}"') for table in sorted(row_counts(path))}


def find(store, key):
    with store.reading() as t:
        return t.studies.find(key)


def test_an_old_store_is_brought_up_to_date_when_it_is_opened(path):
    assert ask(path, "SELECT version_num FROM alembic_version") == [("0001",)]
    before = row_counts(path)
    with open_store(address(path), create=False):
        assert ask(path, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert row_counts(path) == before
    held = [name for (name,) in ask(path, "SELECT name FROM pragma_table_info('fits')")]
    assert held == ["study_id", "position", *FIT_COLUMNS]


def test_everything_in_an_old_store_reads_as_it_was_written(path):
    with open_store(address(path)) as store, store.reading() as t:
        assert t.world() == "simulated"
        assert t.prices.bars("topix")["close"].tolist() == [100.5, 97.5]
        assert t.prices.bars("topix", TUESDAY.replace(hour=11))["close"].tolist() == [100.5, 97.25]
        assert (t.events.all(), t.articles.all(), t.figures.all()) == ((EVENT,), (ARTICLE,), (FIGURE,))
        assert (t.checks.latest(), t.signals.latest()) == ((CHECK,), (READING,))
        assert [run.status for run in t.runs.history(5)] == ["running", "done"]
        assert t.quality.all()["rule"].tolist() == ["high_below_low"]


def test_a_study_of_an_old_store_reads_as_it_was_computed_with_nothing_where_nothing_was_asked(path):
    with open_store(address(path)) as store:
        stored = find(store, "first")
    for name in FRAMES:
        pd.testing.assert_frame_equal(
            getattr(stored.result, name), getattr(study(), name), check_exact=True, check_freq=False
        )
    old = [name for name in FIT_COLUMNS if name not in NEW]
    assert tuple(stored.result.fits.columns) == FIT_COLUMNS
    pd.testing.assert_frame_equal(stored.result.fits[old], study().fits[old], check_exact=True)
    assert stored.result.fits[list(NEW)].isna().all(axis=None)
    assert stored.result.design == replace(study().design, second_opinion=False)
    assert (stored.result.exclusions, stored.result.warnings) == (study().exclusions, study().warnings)
    assert stored.provenance == provenance()
    pd.testing.assert_frame_equal(stored.truth, truth(), check_exact=True)


def test_a_study_of_an_old_store_without_a_fit_has_the_new_columns_all_the_same(path):
    with open_store(address(path)) as store, store.reading() as t:
        latest = t.studies.latest()
    assert (latest.key, len(latest.result.fits)) == ("second", 0)
    assert tuple(latest.result.fits.columns) == FIT_COLUMNS


def test_old_and_new_fits_have_columns_of_the_same_types(path):
    with open_store(address(path)) as store:
        old = find(store, "first").result.fits
    assert old[list(NEW)].dtypes.to_dict() == study().fits[list(NEW)].dtypes.to_dict()


def test_a_new_study_is_stored_beside_the_old_ones(path):
    with open_store(address(path)) as store:
        with store.transaction() as t:
            assert t.studies.write("third", study(), provenance(), WEDNESDAY, truth=truth())
            t.commit()
        pd.testing.assert_frame_equal(find(store, "third").result.fits, study().fits, check_exact=True)
        assert find(store, "first").result.fits["score_norm"].isna().all()


def test_an_old_store_that_was_brought_up_and_taken_back_holds_every_row_as_before(path):
    before = content(path)
    open_store(address(path)).close()
    assert content(path) != before
    migrations.downgrade(connect_to(address(path)), "0001")
    assert content(path) == before


def test_taking_a_store_back_loses_the_new_columns_of_a_new_study_and_nothing_else(path):
    with open_store(address(path)) as store, store.transaction() as t:
        t.studies.write("third", study(), provenance(), WEDNESDAY, truth=truth())
        t.commit()
    migrations.downgrade(connect_to(address(path)), "0001")
    fits = ask(path, "SELECT * FROM fits WHERE study_id = 3")
    assert [row[1:] for row in fits] == [
        row[1:] for row in ask(path, "SELECT * FROM fits WHERE study_id = 1")
    ]
    [(design, columns)] = ask(path, "SELECT design, columns FROM studies WHERE key = 'third'")
    assert "second_opinion" not in json.loads(design)
    assert not set(NEW) & {name for name, *_ in json.loads(columns)["fits"]}
    with open_store(address(path)) as store:
        again = find(store, "third").result
    assert again.fits[list(NEW)].isna().all(axis=None)
    pd.testing.assert_frame_equal(again.table, study().table, check_exact=True, check_freq=False)


def test_a_design_from_before_the_second_opinion_is_a_design_of_today(path):
    [(text, *_), *_] = ask(path, "SELECT design FROM studies")
    old = json.loads(text)
    assert "second_opinion" not in old
    assert Design.from_dict(old) == study().design
