"""Rules about days: bars on days without a session, and sessions without a bar."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.quality.telling import bar, day, each_day
from eventstudy.series import series as series_record
from eventstudy.sessions import CLOCKS, FIRST_DAY, LAST_DAY, sessions

if TYPE_CHECKING:
    from eventstudy.arrays import Bool1D

_CURRENCY_HOLIDAYS = (101, 1225)  # month and day: no dealing centre is open


def due(series_id: str, first: date, last: date) -> pd.DatetimeIndex:
    """Return the sessions of a series' clock, as far as the calendar reaches.

    Parameters
    ----------
    series_id : str
        Series id.
    first, last : date
        Range, both included; cut to the years of the calendar.

    Returns
    -------
    DatetimeIndex
        Naive midnights; may be empty.
    """
    first, last = max(first, FIRST_DAY), min(last, LAST_DAY)
    if first > last:
        return pd.DatetimeIndex([], dtype="datetime64[us]", name="session")
    return sessions(series_record(series_id).clock, first, last)


def expected_days(series_id: str, first: date, last: date) -> pd.DatetimeIndex:
    """Return the sessions for which a bar is missed when there is none.

    As `due`, but without 1 January and 25 December for series quoted from Monday to Friday: the
    currency market is shut then, though its calendar of weekdays does not know.

    Parameters
    ----------
    series_id : str
        Series id.
    first, last : date
        Range, both included; cut to the years of the calendar.

    Returns
    -------
    DatetimeIndex
        Naive midnights; may be empty.
    """
    days = due(series_id, first, last)
    if CLOCKS[series_record(series_id).clock].calendar != "weekdays":
        return days
    return days[~(100 * days.month + days.day).isin(_CURRENCY_HOLIDAYS)]


def possible(series_id: str, index: pd.DatetimeIndex) -> Bool1D:
    """Return which dates can be sessions of a series.

    Dates outside the calendar's years are all taken for possible. Yields are only held to
    Monday to Friday: bond markets trade on some days on which the exchange is closed.

    Parameters
    ----------
    series_id : str
        Series id.
    index : DatetimeIndex
        Naive midnights.

    Returns
    -------
    ndarray of bool
        One for each date.
    """
    record = series_record(series_id)
    weekday = np.asarray(index.day_of_week < 5, dtype=np.bool_)
    if record.quantity == "yield" or index.empty:
        return weekday
    outside = (index < pd.Timestamp(FIRST_DAY)) | (index > pd.Timestamp(LAST_DAY))
    own = due(series_id, index.min().date(), index.max().date())
    return np.asarray(outside | index.isin(own), dtype=np.bool_)


def no_session(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find bars on days on which the series' clock has no session (``no session``).

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Bars by session, columns ``open high low close volume``.

    Returns
    -------
    tuple of Finding
        Quarantined, each with its row.
    """
    clock = series_record(series_id).clock
    strays = rows[~possible(series_id, pd.DatetimeIndex(rows.index))]
    return tuple(
        Finding(
            series_id,
            day(stamp),
            "no session",
            "quarantined",
            f"close {row['close']:.10g}",
            f"no bar: the clock {clock} has no session on {day(stamp):%A %Y-%m-%d}",
            bar(row),
        )
        for stamp, row in strays.iterrows()
    )


def missing_sessions(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find sessions between the first and the last bar that have none (``missing session``).

    Yields are left alone, because bond markets keep holidays of their own.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Bars by session.

    Returns
    -------
    tuple of Finding
        Warnings.
    """
    if rows.empty or series_record(series_id).quantity == "yield":
        return ()
    held = pd.DatetimeIndex(rows.index)
    missing = expected_days(series_id, day(held[0]), day(held[-1])).difference(held)
    seen = ((stamp, "no bar") for stamp in missing)
    return each_day(series_id, "missing session", "warning", seen, "a bar")
