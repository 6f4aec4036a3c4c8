"""A rule about the calendar: drops that come back every year are dividends that nobody adjusted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.quality.finding import Finding
from eventstudy.series import series as series_record

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.arrays import Int1D
    from eventstudy.quality.movement import Moves

_PAID = ("proxy", "signal")  # the roles of funds and stocks; an index pays nothing
_DROP = 2.5
_HALF_WEEK = 2
_FEWEST, _SHARE = 5, 0.4
_YEAR_DAYS = 366


def recurring_drops(series_id: str, rows: pd.DataFrame, moves: Moves) -> tuple[Finding, ...]:
    """Tell once that a fund or stock drops alone about the same date of most years (``recurring drop``).

    Counted are the years with a drop of 2.5 robust standard deviations or more that related series leave
    unexplained, within two days of one day of the year: at least five years and 40 % of all, and at most
    a third as many years with such a rise (results come with both). Raw closes of what pays dividends
    look so; use them for returns with care, or bring adjusted ones.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Bars by session.
    moves : Moves
        Of the same sessions.

    Returns
    -------
    tuple of Finding
        One notice, or none.
    """
    record = series_record(series_id)
    if record.quantity != "price" or record.role not in _PAID or moves.shared.isna().all():
        return ()
    sizes = moves.unexplained
    falls, rises = _years_by_day(sizes.index[sizes <= -_DROP]), _years_by_day(sizes.index[sizes >= _DROP])
    best = int(falls.argmax())
    years = len(set(sizes.index.year))  # type: ignore[attr-defined]
    if falls[best] < max(_FEWEST, _SHARE * years) or rises[best] > falls[best] / 3:
        return ()
    when = np.datetime64("2024-01-01") + best
    observed = f"drops within days of {when.item():%d %B} in {falls[best]} of {years} years"
    expected = "prices adjusted for dividends, or returns that allow for them"
    return (Finding(series_id, None, "recurring drop", "notice", observed, expected),)


def _years_by_day(days: pd.Index) -> Int1D:
    """Return, for each day of the year, in how many years one of the days lies within two days of it."""
    held = np.asarray(days, dtype="datetime64[D]")
    years = held.astype("datetime64[Y]").astype(np.int64)
    place = (held - held.astype("datetime64[Y]")).astype(np.int64)
    known, row = np.unique(years, return_inverse=True)
    near = np.zeros((len(known), _YEAR_DAYS), dtype=np.bool_)
    for offset in range(-_HALF_WEEK, _HALF_WEEK + 1):
        near[row, (place + offset) % _YEAR_DAYS] = True
    return np.asarray(near.sum(axis=0), dtype=np.int64)
