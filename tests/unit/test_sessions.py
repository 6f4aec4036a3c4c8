"""Sessions: shapes, the sentences of refusals, phases of fixed-time clocks, ambiguity."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from eventstudy.errors import BadValue, OutsideData
from eventstudy.series import SERIES
from eventstudy.sessions import (
    CLOCKS,
    FIRST_DAY,
    LAST_DAY,
    clock,
    close_instant,
    event_reaction,
    first_reaction,
    is_session,
    last_closed_session,
    sessions,
)
from eventstudy.values import Event

TOKYO = ZoneInfo("Asia/Tokyo")


def test_every_series_names_a_clock_that_exists():
    assert {item.clock for item in SERIES.values()} <= CLOCKS.keys()


def test_an_unknown_clock_is_refused_with_the_nearest_name():
    with pytest.raises(BadValue, match="did you mean 'tokyo_close'"):
        clock("tokyo_closse")


def test_sessions_are_naive_midnights_named_session_across_golden_week():
    found = sessions("tokyo_close", date(2025, 5, 1), date(2025, 5, 8))
    # 3 to 6 May were closed
    assert list(found) == [pd.Timestamp(f"2025-05-0{day}") for day in (1, 2, 7, 8)]
    assert (found.name, str(found.dtype)) == ("session", "datetime64[us]")


def test_sessions_of_a_closed_stretch_are_an_empty_index_of_the_same_kind():
    found = sessions("tokyo_close", date(2025, 5, 3), date(2025, 5, 6))
    assert (len(found), found.name, str(found.dtype)) == (0, "session", "datetime64[us]")


def test_session_stamps_of_a_price_table_are_accepted_as_dates():
    stamp = sessions("tokyo_close", date(2025, 4, 7), date(2025, 4, 7))[0]
    assert is_session("tokyo_close", stamp)
    assert close_instant("tokyo_close", stamp) == datetime(2025, 4, 7, 6, 30, tzinfo=UTC)


def test_a_reversed_range_is_refused():
    with pytest.raises(BadValue, match="on or before 2025-04-01"):
        sessions("tokyo_close", date(2025, 4, 2), date(2025, 4, 1))


def test_the_close_of_a_day_without_session_is_refused():
    with pytest.raises(BadValue, match="2025-05-05"):
        close_instant("tokyo_close", date(2025, 5, 5))


@pytest.mark.parametrize("name", CLOCKS)
def test_the_calendar_begins_and_ends_with_a_session(name):
    assert is_session(name, FIRST_DAY)
    assert is_session(name, LAST_DAY)


@pytest.mark.parametrize("name", CLOCKS)
@pytest.mark.parametrize(
    "day", [FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1), date(1990, 1, 4)]
)
def test_dates_outside_the_calendar_are_refused_with_what_it_covers(name, day):
    with pytest.raises(OutsideData, match="1997-01-06 to 2030-12-30"):
        is_session(name, day)


@pytest.mark.parametrize("name", CLOCKS)
def test_instants_outside_the_calendar_are_refused_never_guessed(name):
    zone = ZoneInfo(CLOCKS[name].zone)
    before = datetime(1997, 1, 5, 23, 59, tzinfo=zone)
    evening_of_the_last_day = datetime(2030, 12, 30, 23, 59, 30, tzinfo=zone)
    with pytest.raises(OutsideData):
        first_reaction(name, before)
    with pytest.raises(OutsideData):
        first_reaction(name, evening_of_the_last_day)
    assert last_closed_session(name, evening_of_the_last_day) == date(2030, 12, 30)
    with pytest.raises(OutsideData):
        last_closed_session(name, datetime(2030, 12, 31, 1, tzinfo=zone))
    with pytest.raises(OutsideData):
        last_closed_session(name, datetime(1997, 1, 6, 8, tzinfo=zone))


def test_a_naive_instant_is_refused():
    with pytest.raises(BadValue, match="time zone"):
        first_reaction("tokyo_close", datetime(2025, 4, 2, 16))  # noqa: DTZ001  (naive on purpose)


@pytest.mark.parametrize(
    ("name", "moment", "session", "phase"),
    [
        # Tokyo's own close is 15:30, the currency fixing comes at 17:00
        ("tokyo_1700", "2025-04-07T08:59", "2025-04-07", "pre-open"),
        ("tokyo_1700", "2025-04-07T12:00", "2025-04-07", "intraday"),
        ("tokyo_1700", "2025-04-07T15:30", "2025-04-07", "after-close"),
        ("tokyo_1700", "2025-04-07T17:00", "2025-04-08", "pre-open"),
        # until 2024-11-01 its own close was 15:00
        ("tokyo_1700", "2024-11-01T15:10", "2024-11-01", "after-close"),
        # yields are taken at 15:00 although trading goes on
        ("tokyo_1500", "2025-04-07T14:59", "2025-04-07", "intraday"),
        ("tokyo_1500", "2025-04-07T15:00", "2025-04-08", "pre-open"),
        ("new_york_close", "2025-04-02T09:29", "2025-04-02", "pre-open"),
        ("new_york_close", "2025-04-02T09:30", "2025-04-02", "intraday"),
        ("new_york_close", "2025-04-02T16:00", "2025-04-03", "pre-open"),
        # the day after Thanksgiving ends at 13:00
        ("new_york_1530", "2025-11-28T14:00", "2025-11-28", "after-close"),
        ("comex_settlement", "2025-11-28T13:15", "2025-11-28", "after-close"),
        # currencies rest from Friday 17:00 to Sunday 17:00
        ("new_york_1700", "2025-04-04T16:59", "2025-04-04", "open"),
        ("new_york_1700", "2025-04-04T17:00", "2025-04-07", "pre-open"),
        ("new_york_1700", "2025-04-06T17:00", "2025-04-07", "open"),
    ],
)
def test_phases_of_the_other_clocks(name, moment, session, phase):
    local = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(CLOCKS[name].zone))
    reaction = first_reaction(name, local)
    assert (reaction.session.isoformat(), reaction.phase) == (session, phase)


@pytest.mark.parametrize(
    ("begins", "before", "after"),
    [
        ("09:00", "pre-open", "morning"),
        ("11:30", "morning", "lunch"),
        ("12:30", "lunch", "afternoon"),
        ("15:25", "afternoon", "auction"),
        ("15:30", "auction", "pre-open"),
    ],
)
def test_each_tokyo_phase_begins_on_its_published_minute_and_not_a_microsecond_sooner(begins, before, after):
    turn = datetime.fromisoformat(f"2024-11-05T{begins}+09:00")
    assert first_reaction("tokyo_close", turn - timedelta(microseconds=1)).phase == before
    assert first_reaction("tokyo_close", turn).phase == after


def test_there_was_no_closing_auction_phase_before_november_2024():
    assert first_reaction("tokyo_close", datetime(2024, 11, 1, 14, 59, tzinfo=TOKYO)).phase == "afternoon"


def test_the_last_closed_session_is_the_one_closing_at_that_very_instant():
    assert last_closed_session("tokyo_close", datetime(2025, 4, 7, 15, 30, tzinfo=TOKYO)) == date(2025, 4, 7)
    assert last_closed_session("tokyo_close", datetime(2025, 4, 7, 15, 29, tzinfo=TOKYO)) == date(2025, 4, 4)


def _event(low: str, at: str, high: str) -> Event:
    return Event("T1", at, "test", earliest=low, latest=high)


def test_an_event_whose_interval_stays_before_one_close_is_unambiguous():
    event = _event("2025-04-07T09:00+09:00", "2025-04-07T11:45+09:00", "2025-04-07T15:29+09:00")
    reaction = event_reaction(event, "tokyo_close")
    assert (reaction.event, reaction.clock) == ("T1", "tokyo_close")
    assert (reaction.session, reaction.phase) == (date(2025, 4, 7), "lunch")
    assert (reaction.ambiguous, reaction.other_session) == (False, None)


def test_an_event_whose_latest_instant_passes_the_close_may_belong_to_the_next_session():
    event = _event("2025-04-07T15:00+09:00", "2025-04-07T15:00+09:00", "2025-04-07T15:30+09:00")
    reaction = event_reaction(event, "tokyo_close")
    assert (reaction.session, reaction.other_session) == (date(2025, 4, 7), date(2025, 4, 8))
    assert reaction.ambiguous


def test_when_both_ends_differ_the_earlier_session_is_reported():
    event = _event("2025-04-07T15:00+09:00", "2025-04-08T15:00+09:00", "2025-04-09T15:00+09:00")
    reaction = event_reaction(event, "tokyo_close")
    assert (reaction.session, reaction.other_session) == (date(2025, 4, 8), date(2025, 4, 7))
