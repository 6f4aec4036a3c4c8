"""The quarantine: a refused row is held until a reviewer releases or rejects it, and a review stands."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from db import open_store
from db.errors import ClockWentBack
from db.refusals import NotHeld, Unreleasable
from db.rows import Written
from eventstudy.errors import BadValue
from eventstudy.quality.finding import Finding
from tests.databases import content
from tests.store_examples import MONDAY, TUESDAY, WEDNESDAY, Doubt, bars

LATER = timedelta(seconds=1)
REVIEW = {"reviewer": "a clerk", "note": "the exchange's own list says so"}
NAN = float("nan")
ROW = (100.0, 103.0, 99.0, 101.5, NAN)
JUMP = Finding("topix", date(2025, 4, 7), "jump", "quarantined", "+40 %", "within 30 %", ROW)


@pytest.fixture
def store(db_url):
    with open_store(db_url) as opened:
        yield opened


def told(store, *findings, at=MONDAY, payload="a", source="yahoo:^TPX"):
    """Tell findings as a refresh does."""
    with store.transaction() as t:
        written = t.quality.write(findings, source=source, payload_hash=payload * 64, recorded_at=at)
        t.commit()
    return written


def write(store, told_bars, at):
    with store.transaction() as t:
        written = t.prices.write(told_bars, at)
        t.commit()
    return written


def release(store, number=1, at=TUESDAY, **review):
    with store.transaction() as t:
        written = t.quarantine.release(number, recorded_at=at, **{**REVIEW, **review})
        t.commit()
    return written


def reject(store, number=1, at=TUESDAY, **review):
    with store.transaction() as t:
        t.quarantine.reject(number, recorded_at=at, **{**REVIEW, **review})
        t.commit()


def everything(store):
    with store.reading() as t:
        return t.quarantine.all()


def held(store, series=None):
    with store.reading() as t:
        return t.quarantine.held(series)


def closes(store, as_of=None):
    with store.reading() as t:
        return {f"{day:%Y-%m-%d}": close for day, close in t.prices.bars("topix", as_of)["close"].items()}


def test_a_quarantined_finding_with_a_row_is_held_with_all_that_was_told(store):
    assert told(store, JUMP) == Written(1, 0, 0)
    [row] = held(store).to_dict("records")
    assert np.isnan(row.pop("volume"))
    assert pd.isna(row.pop("reviewed_at"))
    assert pd.isna(row.pop("reviewer"))
    assert pd.isna(row.pop("note"))
    assert row == {
        "id": 1, "series": "topix", "session_date": pd.Timestamp("2025-04-07"),
        "open": 100.0, "high": 103.0, "low": 99.0, "close": 101.5,
        "rule": "jump", "observed": "+40 %", "expected": "within 30 %", "source": "yahoo:^TPX",
        "payload_hash": "a" * 64, "recorded_at": MONDAY, "status": "held",
    }  # fmt: skip
    assert closes(store) == {}


@pytest.mark.parametrize(
    "finding",
    [
        replace(JUMP, severity="warning"),
        replace(JUMP, severity="notice"),
        replace(JUMP, row=None),
        replace(JUMP, session_date=None),
        Doubt(),
    ],
    ids=["warning", "notice", "no row", "no session", "a record without a row"],
)
def test_what_is_no_quarantined_row_of_a_session_is_a_finding_and_is_not_held(store, finding):
    assert told(store, finding) == Written(1, 0, 0)
    assert everything(store).empty
    with store.reading() as t:
        assert t.quality.all()["severity"].tolist() == [finding.severity]


def test_a_row_told_again_is_held_once_whatever_the_payload_and_the_words(store, db_url):
    told(store, JUMP)
    before = content(db_url)
    told(store, JUMP, at=TUESDAY, payload="b")
    assert content(db_url) == before
    told(store, replace(JUMP, observed="+39.9 % after a revision"), at=TUESDAY, payload="b")
    assert content(db_url)["quarantine"] == before["quarantine"]


@pytest.mark.parametrize(
    "other",
    [
        replace(JUMP, row=(100.0, 103.0, 99.0, 101.25, NAN)),
        replace(JUMP, row=(100.0, 103.0, 99.0, 101.5, 0.0)),
        replace(JUMP, session_date=date(2025, 4, 8)),
        replace(JUMP, rule="stale repeat"),
        replace(JUMP, series="vix"),
    ],
    ids=["close", "volume", "session", "rule", "series"],
)
def test_another_row_or_rule_is_held_beside_it(store, other):
    told(store, JUMP)
    told(store, other)
    assert len(held(store)) == 2
    assert len(held(store, "vix")) == (other.series == "vix")


def test_a_released_row_is_a_final_bar_of_a_batch_of_its_own(store):
    told(store, JUMP)
    assert release(store) == Written(1, 0, 0)
    with store.reading() as t:
        [bar] = t.prices.bars("topix").to_dict("records")
        [origin] = t.prices.sources("topix").to_dict("records")
    assert np.isnan(bar.pop("volume"))
    assert bar == {"open": 100.0, "high": 103.0, "low": 99.0, "close": 101.5, "finality": "final"}
    assert origin == {
        "source": "quarantine:1 (yahoo:^TPX)", "payload_hash": "a" * 64, "recorded_at": TUESDAY,
    }  # fmt: skip
    assert closes(store, TUESDAY - LATER) == {}


def test_a_release_says_who_decided_when_and_why(store):
    told(store, JUMP)
    release(store)
    assert held(store).empty
    [row] = everything(store).to_dict("records")
    assert [row[name] for name in ("status", "reviewed_at", "reviewer", "note")] == [
        "released", TUESDAY, "a clerk", "the exchange's own list says so",
    ]  # fmt: skip


def test_a_release_over_a_bar_is_a_revision_and_the_old_version_stays_known(store):
    write(store, bars({"2025-04-07": 90.0}), MONDAY)
    told(store, JUMP)
    assert release(store) == Written(0, 1, 0)
    assert closes(store) == {"2025-04-07": 101.5}
    assert closes(store, MONDAY) == {"2025-04-07": 90.0}
    with store.reading() as t:
        changed = t.prices.revisions("topix")
        assert t.prices.bars("topix")["finality"].tolist() == ["revised"]
    assert changed["field"].tolist() == ["open", "high", "low", "close"]
    assert set(changed["source"]) == {"quarantine:1 (yahoo:^TPX)"}


def test_a_released_row_told_again_is_not_held_anew_and_its_bar_stays(store, db_url):
    told(store, JUMP)
    release(store)
    before = content(db_url)
    told(store, JUMP, at=WEDNESDAY)
    write(store, bars({}), WEDNESDAY)
    assert content(db_url) == before


def test_a_rejected_row_stays_out_and_is_not_held_anew(store):
    told(store, JUMP)
    reject(store)
    told(store, JUMP, at=WEDNESDAY, payload="b")
    assert held(store).empty
    assert everything(store)["status"].tolist() == ["rejected"]
    assert closes(store) == {}


def test_a_source_that_corrects_a_released_row_revises_it_like_any_bar(store):
    told(store, JUMP)
    release(store)
    assert write(store, bars({"2025-04-07": 95.0}), WEDNESDAY) == Written(0, 1, 0)
    assert closes(store, TUESDAY) == {"2025-04-07": 101.5}
    assert closes(store) == {"2025-04-07": 95.0}


def test_a_review_is_of_the_row_whatever_number_of_rules_it_broke(store):
    told(store, JUMP, replace(JUMP, rule="limit move"), replace(JUMP, session_date=date(2025, 4, 8)))
    release(store, 2)
    assert everything(store)["status"].tolist() == ["released", "released", "held"]
    with pytest.raises(NotHeld, match="row 1 is released already"):
        release(store, 1)


@pytest.mark.parametrize("review", [release, reject])
def test_a_row_is_reviewed_once(store, review):
    told(store, JUMP)
    reject(store)
    with pytest.raises(NotHeld, match="row 1 is rejected already"):
        review(store)
    with pytest.raises(NotHeld, match="there is no row 7"):
        review(store, 7)


@pytest.mark.parametrize("review", [release, reject])
@pytest.mark.parametrize("missing", ["reviewer", "note"])
def test_a_review_without_a_name_or_a_reason_is_refused(store, db_url, review, missing):
    told(store, JUMP)
    before = content(db_url)
    with pytest.raises(BadValue, match=missing):
        review(store, **{missing: " "})
    assert content(db_url) == before


@pytest.mark.parametrize(
    ("series", "row", "why"),
    [
        ("topix", (1.0, 1.0, 1.0, NAN, NAN), "it has no close"),
        ("topix", (1.0, 1.0, 1.0, 0.0, NAN), "its close is 0"),
        ("topix", (1.0, 1.0, 1.0, -1.0, NAN), "its close is -1"),
        ("topix", (1.0, float("inf"), 1.0, 1.0, NAN), "its high is inf"),
        ("topix", (0.0, 1.0, 1.0, 1.0, NAN), "its open is 0"),
        ("topix", (1.0, 1.0, 1.0, 1.0, -5.0), "its volume is -5"),
        ("jgb10y", (NAN, NAN, NAN, float("-inf"), NAN), "its close is -inf"),
    ],
)
def test_a_row_that_can_be_no_bar_is_not_released_and_stays_held(store, series, row, why):
    told(store, replace(JUMP, series=series, row=row))
    with pytest.raises(Unreleasable, match=why):
        release(store)
    assert len(held(store)) == 1
    with store.reading() as t:
        assert t.prices.bars(series).empty


def test_a_negative_yield_is_a_lawful_close(store):
    told(store, replace(JUMP, series="jgb10y", row=(NAN, NAN, NAN, -0.25, NAN)))
    assert release(store) == Written(1, 0, 0)


def test_a_review_from_before_the_row_was_held_is_refused(store):
    told(store, JUMP, at=TUESDAY)
    for review in (release, reject):
        with pytest.raises(ClockWentBack, match="the review of row 1"):
            review(store, at=MONDAY)
    assert len(held(store)) == 1


def test_a_release_from_before_the_last_batch_of_the_series_is_refused_as_a_whole(store):
    told(store, JUMP)
    write(store, bars({"2025-04-08": 90.0}), WEDNESDAY)
    with pytest.raises(ClockWentBack, match="a batch of topix"):
        release(store, at=TUESDAY)
    assert len(held(store)) == 1


def test_every_finding_of_a_row_is_still_told_once(store):
    assert told(store, JUMP) == Written(1, 0, 0)
    release(store)
    assert told(store, JUMP, at=WEDNESDAY) == Written(0, 0, 1)
