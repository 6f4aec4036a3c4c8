"""Laws of the mapping from instants to sessions, against an oracle built without our own functions."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pandas.errors import Pandas4Warning

from eventstudy.sessions import CLOCKS, close_instant, first_reaction, last_closed_session, sessions

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
FIXED = {
    "tokyo_1700": time(17), "tokyo_1500": time(15),
    "new_york_1530": time(15, 30), "comex_settlement": time(13, 30),
}  # fmt: skip
EXCHANGE_CLOCKS = {
    "tokyo_close": ("XTKS", TOKYO), "tokyo_1700": ("XTKS", TOKYO), "tokyo_1500": ("XTKS", TOKYO),
    "new_york_close": ("XNYS", NEW_YORK), "new_york_1530": ("XNYS", NEW_YORK),
    "comex_settlement": ("XNYS", NEW_YORK),
}  # fmt: skip

# Instants around which mistakes live: the Tokyo reform, Golden Week, the 2020 halt, New Year, lunch,
# weekends, both changes of New York daylight saving, a New York half-day.
ANCHORS = [
    datetime(2024, 11, 1, 15, tzinfo=TOKYO), datetime(2024, 11, 5, 15, 30, tzinfo=TOKYO),
    datetime(2019, 4, 26, 15, tzinfo=TOKYO), datetime(2025, 5, 2, 15, 30, tzinfo=TOKYO),
    datetime(2020, 10, 1, 12, tzinfo=TOKYO), datetime(2024, 12, 30, 15, 30, tzinfo=TOKYO),
    datetime(2025, 2, 11, 12, tzinfo=TOKYO), datetime(2025, 4, 9, 11, 30, tzinfo=TOKYO),
    datetime(2025, 4, 5, 13, 1, tzinfo=TOKYO), datetime(2025, 3, 9, 3, tzinfo=NEW_YORK),
    datetime(2025, 11, 2, 1, 30, tzinfo=NEW_YORK), datetime(2024, 11, 3, 17, tzinfo=NEW_YORK),
    datetime(2025, 11, 28, 13, tzinfo=NEW_YORK), datetime(2025, 1, 9, 12, tzinfo=NEW_YORK),
]  # fmt: skip
START = datetime(1997, 2, 1, tzinfo=UTC)
ANYWHERE = st.timedeltas(timedelta(0), timedelta(days=11_000)).map(lambda by: START + by)
AROUND = st.timedeltas(timedelta(days=-6), timedelta(days=6))
NEAR = st.tuples(st.sampled_from(ANCHORS), AROUND).map(lambda pair: pair[0].astimezone(UTC) + pair[1])
STEPS = st.sampled_from([timedelta(microseconds=n) for n in (-1, 0, 1)])
# Wall-clock times at which a phase begins or ends, to the microsecond
TURNS = [
    time(9), time(9, 30), time(11, 30), time(12, 30), time(13), time(13, 30), time(15),
    time(15, 25), time(15, 30), time(16), time(17),
]  # fmt: skip


@st.composite
def _turning_points(draw):
    day = draw(st.dates(date(2024, 9, 1), date(2025, 12, 1)))
    moment = datetime.combine(day, draw(st.sampled_from(TURNS)), draw(st.sampled_from([TOKYO, NEW_YORK])))
    return moment.astimezone(UTC) + draw(STEPS)


MOMENTS = st.one_of(ANYWHERE, NEAR, _turning_points())
# The first example builds a calendar, which takes longer than hypothesis allows an example.
patient = settings(max_examples=150)


@cache
def _schedule(calendar: str) -> list[tuple[date, datetime, datetime]]:
    """Return (session, open, close) straight from the calendar package."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Pandas4Warning)
        table = exchange_calendars.get_calendar(calendar, start="1997-01-06", end="2028-06-30").schedule
    return [
        (day.date(), row.open.to_pydatetime(), row.close.to_pydatetime())
        for day, row in zip(table.index, table.itertuples(), strict=True)
    ]


@cache
def _oracle_closes(clock: str) -> list[datetime]:
    calendar, zone = EXCHANGE_CLOCKS[clock]
    if clock not in FIXED:
        return [close for _, _, close in _schedule(calendar)]
    return [datetime.combine(day, FIXED[clock], zone).astimezone(UTC) for day, _, _ in _schedule(calendar)]


def _oracle(clock: str, moment: datetime) -> tuple[date, datetime, datetime]:
    """Return session, open and own close of the first session that closes after the instant."""
    place = bisect_right(_oracle_closes(clock), moment)
    return _schedule(EXCHANGE_CLOCKS[clock][0])[place]


def _oracle_tokyo_phase(session: date, moment: datetime) -> str:
    """Return the phase by the published trading hours, read off a Tokyo wall clock."""
    local = moment.astimezone(TOKYO)
    if local.date() != session or local.time() < time(9):
        return "pre-open"
    if local.time() < time(11, 30):
        return "morning"
    if local.time() < time(12, 30):
        return "lunch"
    return "auction" if session >= date(2024, 11, 5) and local.time() >= time(15, 25) else "afternoon"


def _oracle_currency_day(moment: datetime) -> date:
    """Return the trade date: rolls at 17:00 New York, the weekend belongs to Monday."""
    local = moment.astimezone(NEW_YORK)
    day = local.date() + timedelta(days=local.hour >= 17)
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


@pytest.mark.parametrize("clock", CLOCKS)
@patient
@given(moment=MOMENTS)
def test_the_close_comes_after_the_instant_and_the_previous_close_does_not(clock, moment):
    reaction = first_reaction(clock, moment)
    previous = last_closed_session(clock, moment)
    close = close_instant(clock, reaction.session)
    assert close_instant(clock, previous) <= moment < close
    assert [stamp.date() for stamp in sessions(clock, previous, reaction.session)] == [
        previous,
        reaction.session,
    ]
    # a double holds some thirty years of hours to 1e-10
    assert reaction.hours_to_close == pytest.approx((close - moment).total_seconds() / 3600, abs=1e-9)


@pytest.mark.parametrize("clock", CLOCKS)
@patient
@given(moments=st.tuples(MOMENTS, MOMENTS))
def test_a_later_instant_never_reacts_in_an_earlier_session(clock, moments):
    early, late = sorted(moments)
    assert first_reaction(clock, early).session <= first_reaction(clock, late).session
    assert last_closed_session(clock, early) <= last_closed_session(clock, late)


@pytest.mark.parametrize("clock", EXCHANGE_CLOCKS)
@patient
@given(moment=MOMENTS)
def test_exchange_clocks_agree_with_the_calendar_packages_schedule(clock, moment):
    session, _, _ = _oracle(clock, moment)
    assert first_reaction(clock, moment).session == session


@patient
@given(moment=MOMENTS)
@example(moment=datetime(2024, 11, 1, 15, 10, tzinfo=TOKYO))
@example(moment=datetime(2024, 11, 5, 15, 10, tzinfo=TOKYO))
def test_tokyo_phases_agree_with_the_published_trading_hours(moment):
    session, _, _ = _oracle("tokyo_close", moment)
    assert first_reaction("tokyo_close", moment).phase == _oracle_tokyo_phase(session, moment)


@pytest.mark.parametrize("clock", sorted(EXCHANGE_CLOCKS.keys() - {"tokyo_close"}))
@patient
@given(moment=MOMENTS)
def test_phases_of_the_other_exchange_clocks_agree_with_the_schedules_open_and_close(clock, moment):
    _, opens, closes = _oracle(clock, moment)
    expected = "pre-open" if moment < opens else "intraday" if moment < closes else "after-close"
    assert first_reaction(clock, moment).phase == expected


@patient
@given(moment=MOMENTS)
def test_the_currency_day_agrees_with_plain_wall_clock_arithmetic(moment):
    session = _oracle_currency_day(moment)
    local = moment.astimezone(NEW_YORK)
    trading = local.date() == session or (local.date() + timedelta(days=1) == session and local.hour >= 17)
    reaction = first_reaction("new_york_1700", moment)
    assert reaction.session == session
    assert reaction.phase == ("open" if trading else "pre-open")


@patient
@given(day=st.dates(date(2000, 1, 3), date(2027, 12, 1)).filter(lambda day: day.weekday() < 4))
@example(day=date(2025, 1, 15))
@example(day=date(2025, 7, 15))
@example(day=date(2025, 3, 10))
@example(day=date(2025, 11, 3))
def test_the_currency_day_rolls_at_17_00_new_york_in_winter_and_in_summer(day):
    roll = datetime.combine(day, time(17), NEW_YORK).astimezone(UTC)
    assert first_reaction("new_york_1700", roll - timedelta(microseconds=1)).session == day
    assert first_reaction("new_york_1700", roll).session == day + timedelta(days=1)
