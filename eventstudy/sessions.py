"""Trading-session arithmetic: which session of which clock first reacts to an instant.

A clock is a rule that stamps one daily value: a calendar of sessions and the instant at which
each session's value is taken. Exchange hours and holidays come from ``exchange_calendars``
(Tokyo closes at 15:30 from 2024-11-05, at 15:00 before). Calendars run from 1997-01-06 to
2030-12-30; beyond that range every function refuses instead of guessing. The package would
extrapolate further, but Japanese equinox holidays are proclaimed only a year ahead, so those to
2030 are predictions already. It knows neither Tokyo's half-days before 2010 nor the earlier start
of its lunch break until November 2011, and misses the Tokyo session of 1998-05-06.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pandas as pd
from pandas.errors import Pandas4Warning

from .errors import BadValue, OutsideData, nearest
from .values import aware

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .arrays import Int1D
    from .values import Event

    Days: TypeAlias = NDArray[np.datetime64]

FIRST_DAY = date(1997, 1, 6)
LAST_DAY = date(2030, 12, 30)

_TOKYO, _NEW_YORK, _LONDON, _FX_ROLL = "Asia/Tokyo", "America/New_York", "Europe/London", time(17)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HOUR = 3_600_000_000
_AUCTION = 5 * 60 * 1_000_000
_AUCTION_SINCE = np.datetime64("2024-11-05", "D")


@dataclass(frozen=True, slots=True)
class Clock:
    """A rule that stamps one daily value of a series.

    Attributes
    ----------
    name : str
        Key of `CLOCKS`.
    label : str
        For people.
    zone : str
        IANA zone of its wall clock; daylight saving follows from it.
    calendar : str
        ``XTKS`` (Tokyo Stock Exchange days), ``XNYS`` (New York Stock Exchange days) or
        ``weekdays`` (Monday to Friday).
    close : time or None
        Local time of the daily value; None means the exchange's own close of that session.
    """

    name: str
    label: str
    zone: str
    calendar: str
    close: time | None = None


_TABLE: tuple[Clock, ...] = (
    Clock("tokyo_close", "Tokyo close", _TOKYO, "XTKS"),
    Clock("tokyo_1700", "Tokyo 17:00", _TOKYO, "XTKS", time(17)),
    Clock("tokyo_1500", "Tokyo 15:00", _TOKYO, "XTKS", time(15)),
    Clock("new_york_1700", "New York 17:00", _NEW_YORK, "weekdays", _FX_ROLL),
    Clock("new_york_noon", "New York noon", _NEW_YORK, "weekdays", time(12)),
    Clock("london_midnight", "London midnight", _LONDON, "weekdays", time(23, 59)),
    Clock("new_york_close", "New York close", _NEW_YORK, "XNYS"),
    Clock("new_york_1530", "New York 15:30", _NEW_YORK, "XNYS", time(15, 30)),
    Clock("comex_settlement", "COMEX settlement", _NEW_YORK, "XNYS", time(13, 30)),
)
CLOCKS: dict[str, Clock] = {item.name: item for item in _TABLE}


@dataclass(frozen=True, slots=True)
class Reaction:
    """The first daily value of a clock that can hold the reaction to an instant.

    Attributes
    ----------
    session : date
        First session whose close is after the instant.
    phase : str
        Where the instant falls, see `first_reaction`.
    hours_to_close : float
        Hours from the instant to that close: how much of the reaction the value holds.
    """

    session: date
    phase: str
    hours_to_close: float


@dataclass(frozen=True, slots=True)
class EventReaction:
    """Day 0 of an event by one clock, and whether its timing allows another day.

    Attributes
    ----------
    event : str
        Event id.
    clock : str
        Clock name.
    session : date
        First session able to react to the event's timestamp.
    phase : str
        Where the timestamp falls, see `first_reaction`.
    ambiguous : bool
        True when an end of the event's interval maps to another session.
    other_session : date or None
        That other session, the earlier one if both ends differ; None when unambiguous.
    """

    event: str
    clock: str
    session: date
    phase: str
    ambiguous: bool
    other_session: date | None


def clock(name: str) -> Clock:
    """Return the clock of that name, a key of `CLOCKS`.

    Raises
    ------
    BadValue
        With the nearest known names.
    """
    try:
        return CLOCKS[name]
    except KeyError:
        raise BadValue("clock", name, f"the name of a clock ({nearest(name, CLOCKS)})") from None


def sessions(clock_name: str, start: date, end: date) -> pd.DatetimeIndex:
    """Return the sessions of a clock from one date to another, both included.

    Parameters
    ----------
    clock_name : str
        A key of `CLOCKS`.
    start, end : date
        Local dates, sessions or not.

    Returns
    -------
    DatetimeIndex
        Naive midnight, ``datetime64[us]``, strictly ascending, named ``session``; may be empty.

    Raises
    ------
    BadValue
        For an unknown clock or a start after the end.
    OutsideData
        If either date lies outside the calendar.
    """
    days = _timetable(clock_name).days
    first, last = _covered(clock_name, start), _covered(clock_name, end)
    if first > last:
        raise BadValue("start", start.isoformat(), f"a date on or before {end.isoformat()}")
    chosen = days[np.searchsorted(days, first) : np.searchsorted(days, last, side="right")]
    return pd.DatetimeIndex(chosen.astype("datetime64[us]"), name="session")


def is_session(clock_name: str, day: date) -> bool:
    """Return whether a local date is a session of the clock; raises as `sessions` does."""
    days = _timetable(clock_name).days
    wanted = _covered(clock_name, day)
    return bool(days[np.searchsorted(days, wanted)] == wanted)


def close_instant(clock_name: str, session: date) -> datetime:
    """Return the instant at which a session's daily value is taken.

    Parameters
    ----------
    clock_name : str
        A key of `CLOCKS`.
    session : date
        A session of that clock.

    Returns
    -------
    datetime
        Zone-aware, UTC.

    Raises
    ------
    BadValue
        For a date that is no session; otherwise as `sessions`.
    """
    if not is_session(clock_name, session):
        allowed = f"a session of the clock '{clock_name}', which has none on that date"
        raise BadValue("session", session.isoformat(), allowed)
    table = _timetable(clock_name)
    place = np.searchsorted(table.days, _covered(clock_name, session))
    return _EPOCH + int(table.closes[place]) * _MICROSECOND


def last_closed_session(clock_name: str, moment: datetime) -> date:
    """Return the last session whose close is at or before an instant.

    Parameters
    ----------
    clock_name : str
        A key of `CLOCKS`.
    moment : datetime
        Zone-aware.

    Raises
    ------
    BadValue, OutsideData
        As `first_reaction`; also before the calendar's first close.
    """
    place = _closes_by(clock_name, moment) - 1
    if place < 0:
        raise _outside(clock_name, moment.isoformat())
    return _date(_timetable(clock_name).days[place])


def first_reaction(clock_name: str, moment: datetime) -> Reaction:
    """Return the first session whose close is after an instant, and where in it the instant falls.

    An instant equal to a close belongs to the next session. Phases, each from its start up to but
    excluding its end:

    - every clock: ``pre-open`` from the previous close to the session's open, so that the whole
      reaction falls into the session and the overnight gap holds the first of it;
    - ``tokyo_close``: ``morning``, ``lunch``, ``afternoon``, and since 2024-11-05 ``auction``
      (the five minutes before the close);
    - ``new_york_close``: ``intraday``;
    - clocks with a fixed time on exchange days: ``intraday`` while the exchange is open (lunch
      included), ``after-close`` from its own close to the fixed time;
    - ``new_york_1700``: ``open`` from 17:00 of the day before; ``pre-open`` is the weekend, from
      Friday 17:00 to Sunday 17:00. Read `Reaction.hours_to_close` beside it.

    Parameters
    ----------
    clock_name : str
        A key of `CLOCKS`.
    moment : datetime
        Zone-aware.

    Raises
    ------
    BadValue
        For an unknown clock or a naive instant.
    OutsideData
        If the instant lies outside the calendar or after its last close.
    """
    table = _timetable(clock_name)
    place = _closes_by(clock_name, moment)
    if place == len(table.days):
        raise _outside(clock_name, moment.isoformat())
    instant = _microseconds(moment)
    hours = (int(table.closes[place]) - instant) / _HOUR
    return Reaction(_date(table.days[place]), _phase(CLOCKS[clock_name], table, place, instant), hours)


def event_reaction(event: Event, clock_name: str) -> EventReaction:
    """Map an event's timestamp and both ends of its interval to sessions of a clock.

    Parameters
    ----------
    event : Event
        Dated news.
    clock_name : str
        A key of `CLOCKS`.

    Returns
    -------
    EventReaction
        The timestamp's session and phase, and the other session if the interval allows one.

    Raises
    ------
    BadValue, OutsideData
        As `first_reaction`, for the timestamp and for both ends of the interval.
    """
    here = first_reaction(clock_name, event.timestamp)
    ends = (first_reaction(clock_name, moment).session for moment in event.interval)
    other = next((session for session in ends if session != here.session), None)
    return EventReaction(event.id, clock_name, here.session, here.phase, other is not None, other)


@dataclass(frozen=True, slots=True, eq=False)
class _Timetable:
    """Sessions of one clock; instants are whole microseconds since 1970 in UTC, all of one length.

    ``ends`` are the calendar's own closes, ``closes`` the clock's. Breaks of calendars without a
    lunch hold no meaning and are never read.
    """

    days: Days
    opens: Int1D
    break_starts: Int1D
    break_ends: Int1D
    ends: Int1D
    closes: Int1D


@cache
def _timetable(name: str) -> _Timetable:
    rule = clock(name)
    schedule = _schedule(rule.calendar)
    days = pd.DatetimeIndex(schedule.index)
    closes = schedule["close"] if rule.close is None else _at(days, rule.close, rule.zone)
    instants = [schedule[column] for column in ("open", "break_start", "break_end", "close")]
    return _Timetable(days.to_numpy().astype("datetime64[D]"), *map(_integers, (*instants, closes)))


@cache
def _schedule(calendar: str) -> pd.DataFrame:
    if calendar == "weekdays":
        return _weekdays()
    with warnings.catch_warnings():
        # exchange_calendars 4.13 reads Series.values of zoned columns, which pandas 3.1 deprecates
        warnings.simplefilter("ignore", Pandas4Warning)
        return exchange_calendars.get_calendar(calendar, start=FIRST_DAY, end=LAST_DAY).schedule


def _weekdays() -> pd.DataFrame:
    """Return currency trading days, each from the roll of the day before to its own roll."""
    days = pd.bdate_range(FIRST_DAY, LAST_DAY)
    closes = _at(days, _FX_ROLL, _NEW_YORK)
    opens = _at(days - pd.Timedelta(days=1), _FX_ROLL, _NEW_YORK)
    columns = {"open": opens, "break_start": closes, "break_end": closes, "close": closes}
    return pd.DataFrame(columns, index=days)


def _at(days: pd.DatetimeIndex, local: time, zone: str) -> pd.DatetimeIndex:
    """Return the instants of a local time on each day, in UTC."""
    offset = pd.Timedelta(hours=local.hour, minutes=local.minute)
    return (days + offset).tz_localize(zone).tz_convert("UTC")


def _integers(instants: pd.Series | pd.DatetimeIndex) -> Int1D:
    naive = pd.DatetimeIndex(instants).tz_convert("UTC").tz_localize(None)
    return naive.to_numpy().astype("datetime64[us]").astype(np.int64)


def _phase(rule: Clock, table: _Timetable, place: int, instant: int) -> str:
    if instant < table.opens[place]:
        return "pre-open"
    if rule.calendar == "weekdays":
        return "open"
    if rule.name == "tokyo_close":
        return _tokyo_phase(table, place, instant)
    return "intraday" if instant < table.ends[place] else "after-close"


def _tokyo_phase(table: _Timetable, place: int, instant: int) -> str:
    if instant < table.break_starts[place]:
        return "morning"
    if instant < table.break_ends[place]:
        return "lunch"
    has_auction = table.days[place] >= _AUCTION_SINCE
    return "auction" if has_auction and instant >= table.ends[place] - _AUCTION else "afternoon"


def _closes_by(clock_name: str, moment: datetime) -> int:
    """Return how many sessions of the calendar have closed at or before an instant."""
    table = _timetable(clock_name)
    local = aware("moment", moment).astimezone(ZoneInfo(CLOCKS[clock_name].zone))
    _covered(clock_name, local)
    return int(np.searchsorted(table.closes, _microseconds(moment), side="right"))


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _covered(clock_name: str, day: date) -> np.datetime64:
    plain = date(day.year, day.month, day.day)
    if not FIRST_DAY <= plain <= LAST_DAY:
        raise _outside(clock_name, plain.isoformat())
    return np.datetime64(plain, "D")


def _outside(clock_name: str, what: str) -> OutsideData:
    label = CLOCKS[clock_name].label
    return OutsideData(what, f"the calendar of {label} runs from {FIRST_DAY} to {LAST_DAY}")


def _date(day: np.datetime64) -> date:
    return date.fromisoformat(str(day))
