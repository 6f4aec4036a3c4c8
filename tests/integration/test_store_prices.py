"""Bars are append-only: a revision never changes what was known before it."""

import time
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from db import open_store
from db.errors import ClockWentBack
from db.rows import Written
from eventstudy.errors import BadPrices, BadValue
from tests.databases import ask, content, row_counts
from tests.store_examples import MONDAY, TUESDAY, WEDNESDAY, bars

LATER = timedelta(seconds=1)


@pytest.fixture
def store(db_url):
    with open_store(db_url) as opened:
        yield opened


def write(store, told, at, tolerance=0.0):
    with store.transaction() as t:
        written = t.prices.write(told, at, tolerance=tolerance)
        t.commit()
    return written


def known(store, as_of=None, series="topix"):
    with store.reading() as t:
        frame = t.prices.bars(series, as_of)
    assert frame.index.is_unique
    return {f"{day:%Y-%m-%d}": close for day, close in frame["close"].items()}


def finalities(store):
    with store.reading() as t:
        return t.prices.bars("topix")["finality"].tolist()


def test_bars_come_back_as_they_were_told(store):
    told = bars({"2025-04-04": 99.5, "2025-04-07": 1 / 3}, open=1.0, high=3e300, low=5e-324)
    assert write(store, told, MONDAY) == Written(2, 0, 0)
    with store.reading() as t:
        pd.testing.assert_frame_equal(t.prices.bars("topix"), told.frame, check_exact=True)


def test_a_second_write_of_the_same_bars_changes_nothing(store, db_url):
    told = bars({"2025-04-04": 99.5, "2025-04-07": 100.0})
    write(store, told, MONDAY)
    before = content(db_url)
    assert write(store, told, TUESDAY) == Written(0, 0, 2)
    assert content(db_url) == before


def test_what_was_known_before_a_revision_never_changes(store):
    write(store, bars({"2025-04-04": 99.0, "2025-04-07": 100.0}), MONDAY)
    write(store, bars({"2025-04-07": 101.0, "2025-04-08": 102.0}), TUESDAY)
    assert known(store, MONDAY - LATER) == {}
    assert known(store, MONDAY) == {"2025-04-04": 99.0, "2025-04-07": 100.0}
    assert known(store, TUESDAY - LATER) == {"2025-04-04": 99.0, "2025-04-07": 100.0}
    assert known(store, TUESDAY) == {"2025-04-04": 99.0, "2025-04-07": 101.0, "2025-04-08": 102.0}
    assert known(store) == known(store, TUESDAY) == known(store, WEDNESDAY)


def test_sessions_that_a_source_no_longer_tells_are_kept(store):
    write(store, bars({"2025-04-04": 99.0, "2025-04-07": 100.0}), MONDAY)
    assert write(store, bars({"2025-04-07": 100.0}), TUESDAY) == Written(0, 0, 1)
    assert known(store) == {"2025-04-04": 99.0, "2025-04-07": 100.0}


def test_a_change_in_the_last_bit_or_from_absent_to_present_is_a_revision(store):
    write(store, bars({"2025-04-07": 0.3}), MONDAY)
    assert write(store, bars({"2025-04-07": 0.1 + 0.2}), TUESDAY) == Written(0, 1, 0)
    assert write(store, bars({"2025-04-07": 0.1 + 0.2}, volume=0.0), WEDNESDAY) == Written(0, 1, 0)


@pytest.mark.parametrize(
    ("before", "now", "close", "outcome", "finality"),
    [
        ("final", "final", 101.0, Written(0, 1, 0), "revised"),
        ("final", "provisional", 101.0, Written(0, 1, 0), "revised"),
        ("final", "provisional", 100.0, Written(0, 0, 1), "final"),
        ("provisional", "provisional", 101.0, Written(0, 1, 0), "provisional"),
        ("provisional", "final", 101.0, Written(0, 1, 0), "final"),
        ("provisional", "final", 100.0, Written(0, 1, 0), "final"),
    ],
)
def test_finality_only_moves_forward(store, before, now, close, outcome, finality):
    write(store, bars({"2025-04-07": 100.0}, finality=before), MONDAY)
    assert write(store, bars({"2025-04-07": close}, finality=now), TUESDAY) == outcome
    assert finalities(store) == [finality]


def test_a_revised_bar_told_again_as_final_stays_revised(store):
    write(store, bars({"2025-04-07": 100.0}), MONDAY)
    write(store, bars({"2025-04-07": 101.0}), TUESDAY)
    assert write(store, bars({"2025-04-07": 101.0}), WEDNESDAY) == Written(0, 0, 1)
    assert finalities(store) == ["revised"]


def test_each_batch_records_its_source_its_payload_and_what_it_did(store, db_url):
    write(store, bars({"2025-04-04": 99.0, "2025-04-07": 100.0}), MONDAY)
    write(store, bars({"2025-04-04": 99.0, "2025-04-07": 101.0, "2025-04-08": 1.0}), TUESDAY)
    told = ask(
        db_url, "SELECT series, source, payload_hash, inserted, revised, unchanged FROM batches ORDER BY id"
    )
    assert told == [("topix", "files", "a" * 64, 2, 0, 0), ("topix", "files", "a" * 64, 1, 1, 1)]
    versions = ask(db_url, "SELECT session_date, batch_id FROM bars ORDER BY id")
    assert [(str(day), batch) for day, batch in versions] == [
        ("2025-04-04", 1), ("2025-04-07", 1), ("2025-04-07", 2), ("2025-04-08", 2)
    ]  # fmt: skip


def test_a_clock_that_went_back_may_not_rewrite_the_past(store):
    write(store, bars({"2025-04-07": 100.0}), TUESDAY)
    with pytest.raises(ClockWentBack, match="set this machine's clock right"):
        write(store, bars({"2025-04-07": 101.0}), MONDAY)
    assert write(store, bars({"2025-04-07": 5.0}, series="nikkei225"), MONDAY) == Written(1, 0, 0)


def test_two_batches_of_one_series_may_be_recorded_at_one_instant(store):
    write(store, bars({"2025-04-07": 100.0}), MONDAY)
    write(store, bars({"2025-04-07": 101.0}), MONDAY)
    assert known(store, MONDAY) == known(store) == {"2025-04-07": 101.0}


@pytest.fixture
def machine_in_tokyo():
    with pytest.MonkeyPatch.context() as machine:
        machine.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("machine_in_tokyo")
def test_instants_do_not_depend_on_the_zone_of_the_machine(store):
    write(store, bars({"2025-04-07": 100.0}), MONDAY)
    with store.reading() as t:
        assert t.prices.coverage()["last_recorded_at"].tolist() == [MONDAY]
    assert known(store, MONDAY - LATER) == {}


def test_an_instant_without_a_zone_is_refused(store):
    naive = datetime(2025, 4, 7)  # noqa: DTZ001  (the point of the test)
    with pytest.raises(BadValue, match="time zone"):
        write(store, bars({"2025-04-07": 100.0}), naive)
    with pytest.raises(BadValue, match="time zone"):
        known(store, naive)


def test_an_instant_in_another_zone_is_the_same_instant(store):
    write(store, bars({"2025-04-07": 100.0}), datetime.fromisoformat("2025-04-07T21:00:00+09:00"))
    assert known(store, MONDAY) == {"2025-04-07": 100.0}
    assert known(store, datetime.fromisoformat("2025-04-07T07:59:59-04:00")) == {}


def wrong_bars():
    good = bars({"2025-04-04": 1.0, "2025-04-07": 2.0})
    frame = good.frame
    yield "not in order", frame.iloc[::-1]
    yield "repeated", frame.iloc[[0, 0]]
    yield "no plain dates", frame.set_axis(frame.index + pd.Timedelta(hours=9))
    yield "no plain dates", frame.set_axis(frame.index.tz_localize("UTC").rename("session"))
    yield "no close on 2025-04-07", frame.assign(close=[1.0, np.nan])
    yield "neither provisional nor final", frame.assign(finality="revised")


@pytest.mark.parametrize(("why", "frame"), list(wrong_bars()))
def test_bars_that_no_store_should_hold_are_refused(store, db_url, why, frame):
    told = bars({"2025-04-04": 1.0})
    object.__setattr__(told, "frame", frame)
    with pytest.raises(BadPrices, match=why):
        write(store, told, MONDAY)
    assert row_counts(db_url)["bars"] == 0


def test_closes_stand_side_by_side_in_the_order_asked_and_missing_series_are_absent(store):
    write(store, bars({"2025-04-07": 1.0, "2025-04-08": 2.0}, series="topix"), MONDAY)
    write(store, bars({"2025-04-04": 3.0, "2025-04-08": 4.0}, series="nikkei225"), MONDAY)
    write(store, bars({"2025-04-08": 5.0}, series="nikkei225"), TUESDAY)
    with store.reading() as t:
        now = t.prices.closes(["topix", "vix", "nikkei225"])
        then = t.prices.closes(["nikkei225"], MONDAY)
    index = pd.DatetimeIndex(["2025-04-04", "2025-04-07", "2025-04-08"], name="session").as_unit("us")
    expected = pd.DataFrame({"topix": [np.nan, 1.0, 2.0], "nikkei225": [3.0, np.nan, 5.0]}, index=index)
    pd.testing.assert_frame_equal(now, expected)
    pd.testing.assert_frame_equal(then, pd.DataFrame({"nikkei225": [3.0, 4.0]}, index=index[[0, 2]]))


def test_coverage_and_last_session_tell_what_is_held_and_was_held(store):
    write(store, bars({"2025-04-04": 1.0, "2025-04-07": 2.0}), MONDAY)
    write(store, bars({"2025-04-08": 3.0}), TUESDAY)
    write(store, bars({"2025-04-08": 3.0}, series="nikkei225"), WEDNESDAY)
    with store.reading() as t:
        now, then = t.prices.coverage(), t.prices.coverage(MONDAY)
        assert [t.prices.last_session(name) for name in ("topix", "vix")] == [
            pd.Timestamp("2025-04-08").date(),
            None,
        ]
        assert t.prices.last_session("topix", MONDAY) == pd.Timestamp("2025-04-07").date()
    assert now["series"].tolist() == ["nikkei225", "topix"]
    assert now["rows"].tolist() == [1, 3]
    assert now["first_session"].tolist() == [pd.Timestamp("2025-04-08"), pd.Timestamp("2025-04-04")]
    assert now["last_recorded_at"].tolist() == [WEDNESDAY, TUESDAY]
    assert then.loc[0, ["rows", "source"]].tolist() == [2, "files"]
    assert then["last_session"].tolist() == [pd.Timestamp("2025-04-07")]


def test_an_empty_store_answers_with_empty_frames_of_the_right_shape(store):
    with store.reading() as t:
        none, closes, coverage = t.prices.bars("topix"), t.prices.closes(["topix"]), t.prices.coverage()
    assert none.empty
    assert none.columns.tolist() == ["open", "high", "low", "close", "volume", "finality"]
    assert none.index.dtype == "datetime64[us]"
    assert closes.shape == (0, 0)
    assert closes.index.dtype == "datetime64[us]"
    assert coverage.shape == (0, 6)


def test_an_empty_batch_writes_nothing(store, db_url):
    empty = bars({"2025-04-07": 1.0})
    object.__setattr__(empty, "frame", empty.frame.iloc[:0])
    assert write(store, empty, MONDAY) == Written(0, 0, 0)
    assert row_counts(db_url)["batches"] == 0


def told_by(source, closes, payload="c", **other):
    return replace(bars(closes, **other), source=source, payload_hash=payload * 64)


def test_another_source_within_the_tolerance_changes_nothing(store, db_url):
    write(store, told_by("yahoo", {"2025-04-04": 100.0, "2025-04-07": 200.0}, volume=5.0), MONDAY)
    before = content(db_url)
    near = told_by("fred", {"2025-04-04": 100.25, "2025-04-07": 199.5}, volume=9.0)
    assert write(store, near, TUESDAY, tolerance=0.0025) == Written(0, 0, 2)
    assert content(db_url) == before


def test_another_source_outside_the_tolerance_is_a_revision_of_that_session_alone(store):
    write(store, told_by("yahoo", {"2025-04-04": 100.0, "2025-04-07": 200.0}), MONDAY)
    far = told_by("fred", {"2025-04-04": 100.25, "2025-04-07": 200.75})
    assert write(store, far, TUESDAY, tolerance=0.0025) == Written(0, 1, 1)
    assert known(store) == {"2025-04-04": 100.0, "2025-04-07": 200.75}


def test_the_same_source_is_compared_exactly_whatever_the_tolerance(store):
    write(store, told_by("yahoo", {"2025-04-07": 100.0}), MONDAY)
    assert write(store, told_by("yahoo", {"2025-04-07": 100.001}), TUESDAY, tolerance=0.5) == Written(0, 1, 0)


def test_sources_without_a_tolerance_are_compared_exactly(store):
    write(store, told_by("yahoo", {"2025-04-07": 100.0}), MONDAY)
    assert write(store, told_by("fred", {"2025-04-07": 100.0}), TUESDAY) == Written(0, 0, 1)
    assert write(store, told_by("fred", {"2025-04-07": 100.001}), WEDNESDAY) == Written(0, 1, 0)


def test_every_price_told_must_be_within_the_tolerance_and_one_more_price_is_news(store):
    write(store, told_by("yahoo", {"2025-04-07": 100.0}, open=100.0, high=101.0), MONDAY)
    only_close = told_by("fred", {"2025-04-07": 100.1})
    far_high = told_by("fred", {"2025-04-07": 100.1}, open=100.0, high=110.0)
    with_low = told_by("fred", {"2025-04-07": 100.1}, open=100.0, high=101.0, low=99.0)
    assert write(store, only_close, TUESDAY, tolerance=0.01) == Written(0, 0, 1)
    assert write(store, far_high, TUESDAY, tolerance=0.01) == Written(0, 1, 0)
    write(store, told_by("yahoo", {"2025-04-07": 100.0}, open=100.0, high=101.0), TUESDAY)
    assert write(store, with_low, WEDNESDAY, tolerance=0.01) == Written(0, 1, 0)


def test_another_source_within_the_tolerance_settles_a_provisional_bar_with_the_prices_it_tells(store):
    write(store, told_by("yahoo", {"2025-04-07": 100.0}, finality="provisional"), MONDAY)
    settled = told_by("fred", {"2025-04-07": 100.1})
    assert write(store, settled, TUESDAY, tolerance=0.01) == Written(0, 1, 0)
    assert finalities(store) == ["final"]
    assert known(store) == {"2025-04-07": 100.1}
    again = told_by("yahoo", {"2025-04-07": 100.0}, finality="provisional")
    assert write(store, again, WEDNESDAY, tolerance=0.01) == Written(0, 0, 1)


@pytest.mark.parametrize("tolerance", [-0.01, 1.0, float("nan")])
def test_a_tolerance_that_is_none_is_refused(store, tolerance):
    with pytest.raises(BadValue, match="tolerance"):
        write(store, bars({"2025-04-07": 1.0}), MONDAY, tolerance=tolerance)


def test_each_bar_says_which_source_and_payload_it_came_from_then_and_now(store):
    write(store, told_by("yahoo", {"2025-04-04": 1.0, "2025-04-07": 2.0}, payload="a"), MONDAY)
    write(store, told_by("fred", {"2025-04-07": 3.0}, payload="b"), TUESDAY)
    with store.reading() as t:
        now, then, none = (
            t.prices.sources("topix"),
            t.prices.sources("topix", MONDAY),
            t.prices.sources("vix"),
        )
    assert now.index.tolist() == [pd.Timestamp("2025-04-04"), pd.Timestamp("2025-04-07")]
    assert now.index.name == "session"
    assert now["source"].tolist() == ["yahoo", "fred"]
    assert now["payload_hash"].tolist() == ["a" * 64, "b" * 64]
    assert now["recorded_at"].tolist() == [MONDAY, TUESDAY]
    assert then["source"].tolist() == ["yahoo", "yahoo"]
    assert none.shape == (0, 3)
    assert none.index.dtype == "datetime64[us]"


def test_the_last_batch_is_the_last_one_that_changed_something(store):
    write(store, told_by("yahoo", {"2025-04-04": 1.0}, payload="a"), MONDAY)
    write(store, told_by("fred", {"2025-04-07": 3.0}, payload="b"), TUESDAY)
    write(store, told_by("boj", {"2025-04-07": 3.0}, payload="d"), WEDNESDAY)
    with store.reading() as t:
        assert t.prices.last_batch("topix") == ("fred", "b" * 64, TUESDAY)
        assert t.prices.last_batch("vix") is None


@pytest.fixture
def revised(store):
    """TOPIX told three times: two closes and an absent volume change, and one bar is settled."""
    write(store, bars({"2025-04-04": 1.0, "2025-04-07": 2.0, "2025-04-08": 9.0}), MONDAY)
    write(store, bars({"2025-04-09": 5.0}, finality="provisional"), MONDAY)
    write(store, told_by("fred", {"2025-04-04": 1.5, "2025-04-07": 2.0, "2025-04-09": 5.0}), TUESDAY)
    write(store, told_by("boj", {"2025-04-04": 1.75}, volume=7.0), WEDNESDAY)
    write(store, bars({"2025-04-07": 4.0}, series="vix"), MONDAY)
    write(store, bars({"2025-04-07": 5.0}, series="vix"), WEDNESDAY)
    return store


def told(frame):
    return [
        (row.series, f"{row.session:%m-%d}", row.field, row.old, row.new, row.new_finality, row.source)
        for row in frame.itertuples()
    ]


FIRST = ("topix", "04-04", "close", 1.0, 1.5, "revised", "fred")
SECOND = ("topix", "04-04", "close", 1.5, 1.75, "revised", "boj")
OTHER = ("vix", "04-07", "close", 4.0, 5.0, "revised", "files")


def test_revisions_list_each_changed_price_once_and_no_mere_settlement(revised):
    with revised.reading() as t:
        found = t.prices.revisions()
    volume = found[found["field"] == "volume"]
    assert told(found[found["field"] != "volume"]) == [FIRST, SECOND, OTHER]
    assert told(volume.fillna({"old": -1.0})) == [("topix", "04-04", "volume", -1.0, 7.0, "revised", "boj")]
    assert volume["old"].isna().all()
    assert found["old_finality"].tolist() == ["final", "revised", "revised", "final"]
    assert found["recorded_at"].tolist() == [TUESDAY, WEDNESDAY, WEDNESDAY, WEDNESDAY]


def test_revisions_between_two_instants_are_the_difference_of_what_was_known(revised):
    with revised.reading() as t:
        between = t.prices.revisions("topix", MONDAY, TUESDAY)
        later = t.prices.revisions("topix", since=TUESDAY)
        before, after = t.prices.bars("topix", MONDAY), t.prices.bars("topix", TUESDAY)
        none = t.prices.revisions("topix", until=MONDAY)
    assert told(between) == [FIRST]
    changed = after["close"] != before["close"]
    assert list(zip(before["close"][changed], after["close"][changed], strict=True)) == [(1.0, 1.5)]
    assert later["field"].tolist() == ["close", "volume"]
    assert none.shape == (0, 9)


def test_two_revisions_at_one_instant_are_told_in_order(store):
    for close in (1.0, 2.0, 3.0):
        write(store, bars({"2025-04-07": close}), MONDAY)
    with store.reading() as t:
        found = t.prices.revisions("topix")
    assert list(zip(found["old"], found["new"], strict=True)) == [(1.0, 2.0), (2.0, 3.0)]


def test_revisions_of_instants_without_a_zone_are_refused(store):
    naive = datetime(2025, 4, 7)  # noqa: DTZ001  (the point of the test)
    with store.reading() as t:
        for bound in ({"since": naive}, {"until": naive}):
            with pytest.raises(BadValue, match="time zone"):
                t.prices.revisions(**bound)
