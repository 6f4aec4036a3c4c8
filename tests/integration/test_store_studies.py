"""A stored study equals the computed one, bit for bit, and its tables answer plain SQL."""

import struct
import time
from dataclasses import replace
from datetime import UTC

import numpy as np
import pandas as pd
import pytest

from db import open_store
from db.errors import StudyDiffers
from eventstudy.errors import BadValue
from eventstudy.results import (
    CURVE_COLUMNS,
    FIT_COLUMNS,
    PATH_COLUMNS,
    QUESTION_COLUMNS,
    REACTION_COLUMNS,
    RESULT_COLUMNS,
    SIZE_COLUMNS,
)
from tests.databases import ask, content, is_sqlite
from tests.store_examples import (
    MONDAY,
    TUESDAY,
    provenance,
    study,
    truth,
)

FRAMES = ("table", "fits", "paths", "reactions", "questions", "sizes", "curve")


@pytest.fixture
def store(db_url):
    with open_store(db_url) as opened:
        yield opened


def write(store, key, result, **more):
    with store.transaction() as t:
        written = t.studies.write(key, result, provenance(), MONDAY, **more)
        t.commit()
    return written


def read(store, key):
    with store.reading() as t:
        return t.studies.find(key)


def bits(values):
    return [struct.pack("<d", value) for value in values if value == value]


def test_a_stored_study_equals_the_computed_one(store):
    computed = study()
    assert write(store, "key", computed, truth=truth())
    stored = read(store, "key")
    for name in FRAMES:
        pd.testing.assert_frame_equal(
            getattr(stored.result, name), getattr(computed, name), check_exact=True, check_freq=False
        )
    pd.testing.assert_frame_equal(stored.truth, truth(), check_exact=True)
    for name in ("design", "seed", "exclusions", "warnings"):
        assert getattr(stored.result, name) == getattr(computed, name)
    assert stored.provenance == provenance()
    assert (stored.key, stored.recorded_at, stored.recorded_at.tzinfo) == ("key", MONDAY, UTC)


def test_every_float_comes_back_with_the_same_bits_the_sign_of_zero_included(store):
    computed = study()
    write(store, "key", computed)
    stored = read(store, "key").result
    for name in FRAMES:
        floats = getattr(computed, name).select_dtypes("float64")
        for column in floats:
            assert bits(getattr(stored, name)[column]) == bits(floats[column]), column


def test_missing_values_come_back_as_what_they_were(store):
    write(store, "key", study())
    table = read(store, "key").result.table
    assert table["proxy_of"].tolist() == [None, None, None]
    assert table["session"].iloc[1] is pd.NaT
    assert table["phase"].isna().tolist() == [False, False, True]
    assert np.isnan(table["p_value"].iloc[1])


@pytest.mark.parametrize("kind", ["datetime64[s]", "datetime64[us]", "datetime64[ns]"])
def test_the_resolution_of_dates_is_kept(store, kind):
    computed = study()
    computed = replace(
        computed, reactions=computed.reactions.astype({"session": kind, "other_session": kind})
    )
    write(store, "key", computed)
    pd.testing.assert_frame_equal(read(store, "key").result.reactions, computed.reactions)


def test_a_study_without_rows_and_without_truth_comes_back(store):
    full = study()
    empty = replace(full, **{name: getattr(full, name).iloc[:0] for name in FRAMES}, exclusions=())
    write(store, "key", empty)
    stored = read(store, "key")
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(stored.result, name), getattr(empty, name), check_freq=False)
    assert stored.truth is None


def test_a_study_of_sixteen_thousand_rows_is_written_and_read_within_seconds(store):
    """About two seconds of the processor, whatever else keeps it busy; ten allow a slow one."""
    full = study()
    table = pd.concat([full.table] * 5_400, ignore_index=True)
    curve = pd.concat([full.curve] * 5_400, ignore_index=True)
    large = replace(full, table=table, curve=curve)
    started = time.process_time()
    write(store, "key", large)
    stored = read(store, "key").result
    assert time.process_time() - started < 10
    assert stored.table.equals(table)
    assert stored.curve.equals(curve)


def test_a_second_write_under_the_same_key_changes_nothing(store, db_url):
    write(store, "key", study(), truth=truth())
    before = content(db_url)
    with store.transaction() as t:
        assert not t.studies.write("key", study(), provenance(), TUESDAY, truth=truth())
        t.commit()
    assert content(db_url) == before


def test_another_result_under_the_same_key_is_refused_and_the_stored_one_kept(store):
    write(store, "key", study(), truth=truth())
    changed = study()
    changed.table.loc[1, "estimate"] = 0.3
    with pytest.raises(StudyDiffers, match="differs from this one in table, truth, warnings"):
        write(store, "key", replace(changed, warnings=()))
    assert read(store, "key").result.table.loc[1, "estimate"] == 0.1 + 0.2


def test_the_latest_study_is_the_one_stored_last(store):
    with store.reading() as t:
        assert t.studies.latest() is None
        assert t.studies.find("first") is None
    write(store, "first", study())
    write(store, "second", replace(study(), warnings=()))
    with store.reading() as t:
        assert t.studies.latest().key == "second"
        assert t.studies.latest().result.warnings == ()


def columns_of(url, table):
    catalogue = (
        f"pragma_table_info('{table}')"
        if is_sqlite(url)
        else f"(SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}') t"
    )
    return {name for (name,) in ask(url, f"SELECT name FROM {catalogue}")}


def test_results_are_a_table_with_one_column_for_each_of_theirs(store, db_url):
    write(store, "key", study(), truth=truth())
    found = ask(
        db_url,
        "SELECT event, estimate, session, ambiguous FROM results JOIN studies ON studies.id = study_id"
        " WHERE studies.key = 'key' AND statistic = 'CAR' AND NOT ambiguous",
    )
    assert found == [("E05", 0.1 + 0.2, None, 0)]
    tables = {
        "results": RESULT_COLUMNS,
        "fits": FIT_COLUMNS,
        "paths": PATH_COLUMNS,
        "reactions": REACTION_COLUMNS,
        "questions": QUESTION_COLUMNS,
        "sizes": SIZE_COLUMNS,
        "curve": CURVE_COLUMNS,
    }
    for table, columns in tables.items():
        assert columns_of(db_url, table) == {"study_id", "position", *columns}


def test_a_fit_keeps_its_second_opinion_and_its_most_influential_days(store, db_url):
    write(store, "key", study())
    columns = "score_norm, starts_gap, arch_loglikelihood, arch_optimum, influential, persistence_without"
    assert ask(db_url, f"SELECT {columns} FROM fits") == [
        (3e-13, 0.0, None, 1 / 3, "2023-06-02 2024-10-01", 0.1 + 0.2)
    ]
    [fit] = read(store, "key").result.fits.to_dict("records")
    assert (fit["score_norm"], fit["arch_optimum"], fit["persistence_without"]) == (3e-13, 1 / 3, 0.1 + 0.2)
    assert np.signbit(fit["starts_gap"])
    assert np.isnan(fit["arch_loglikelihood"])
    assert fit["influential"] == "2023-06-02 2024-10-01"


def test_a_fit_without_a_second_opinion_or_an_influential_day_is_kept_as_such(store, db_url):
    silent = {"arch_loglikelihood": np.nan, "arch_optimum": np.nan, "influential": ""}
    write(store, "key", replace(study(), fits=study().fits.assign(**silent)))
    assert ask(db_url, "SELECT arch_loglikelihood, arch_optimum, influential FROM fits") == [(None, None, "")]
    assert read(store, "key").result.fits["influential"].tolist() == [""]


def test_dates_are_dates_in_the_database(store, db_url):
    write(store, "key", study(), truth=truth())
    found = ask(db_url, "SELECT session, origin, estimation_end FROM results WHERE position = 2")
    assert [str(day) for day in found[0]] == ["2025-04-04"] * 3
    others = ask(db_url, "SELECT other_session FROM reactions ORDER BY position")
    assert [str(day) for (day,) in others] == ["2025-04-04", "None"]
    assert [str(day) for (day,) in ask(db_url, "SELECT session FROM truths")] == ["2025-04-03"]


def test_frames_that_would_not_come_back_the_same_are_refused(store):
    computed = study()
    wrong = {
        "columns of table": {"table": computed.table.drop(columns="mde")},
        "columns of fits": {"fits": computed.fits.assign(extra=1.0)},
        "paths": {"paths": computed.paths.set_index(pd.Index([5, 6]))},
        "session": {"reactions": computed.reactions.assign(session=pd.Timestamp("2025-04-03 09:00"))},
    }
    for name, change in wrong.items():
        with pytest.raises(BadValue, match=name):
            write(store, "key", replace(computed, **change))
    assert read(store, "key") is None


def test_a_study_keeps_the_question_that_was_asked(store):
    question = {"events": ["E05", "E06"], "series": ["topix", "usdjpy"]}
    write(store, "asked", study(), question=question)
    write(store, "untold", study())
    assert read(store, "asked").question == question
    assert read(store, "untold").question is None


def test_a_stored_study_is_sealed_with_a_hash_of_its_own(store, db_url):
    write(store, "first", study())
    write(store, "second", replace(study(), warnings=()))
    [(first,), (second,)] = ask(db_url, "SELECT content_hash FROM studies ORDER BY id")
    assert len(first) == len(second) == 64
    assert first != second
