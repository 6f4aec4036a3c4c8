"""Prices to log returns on the true sessions of a series' clock, with every gap left visible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy import sessions
from eventstudy.errors import BadPrices, TooFewObservations

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D


@dataclass(frozen=True)
class ReturnSeries:
    """One series on its own sessions.

    Attributes
    ----------
    series : str
        Series id.
    clock : str
        Clock that stamps its close.
    sessions : DatetimeIndex of shape (T,)
        Every session of the clock from the first to the last price; naive midnights.
    close : ndarray of shape (T,)
        Closing prices; NaN where the session's price is missing.
    returns : ndarray of shape (T,)
        100 ln(P_t / P_{t-1}); NaN at the first session, at a missing price and after one,
        because a return over two sessions is not a one-session return.
    ignored : tuple of date
        Days with a price on which the clock has no session.
    """

    series: str
    clock: str
    sessions: pd.DatetimeIndex
    close: Float1D
    returns: Float1D
    ignored: tuple[pd.Timestamp, ...]

    def position(self, session: pd.Timestamp) -> int | None:
        """Return where a session stands, None when the prices do not reach it."""
        if session < self.sessions[0] or session > self.sessions[-1]:
            return None
        return int(self.sessions.searchsorted(session))


def check_prices(prices: pd.DataFrame) -> None:
    """Refuse a price frame that no honest return can be computed from.

    Parameters
    ----------
    prices : DataFrame
        One column a series, indexed by session.

    Raises
    ------
    BadPrices
        For an index that is not dates, not sorted or not unique; for text, infinities, zero
        or negative prices. NaN is allowed: it means "no price that session".
    """
    if not isinstance(prices, pd.DataFrame) or not isinstance(prices.index, pd.DatetimeIndex):
        raise BadPrices(
            "prices", "not a DataFrame indexed by dates", "give one column a series, DatetimeIndex"
        )
    index = prices.index
    if index.tz is not None:
        raise BadPrices("prices", "an index with a time zone", "index by session dates without a zone")
    if index.has_duplicates:
        day = index[index.duplicated()][0].date()
        raise BadPrices("prices", f"{day} appears twice", "keep one row a session")
    if not index.is_monotonic_increasing:
        day = index[1:][index[1:] < index[:-1]][0].date()
        raise BadPrices("prices", f"{day} comes after a later date", "sort the rows by date")
    for name in prices.columns:
        _check_column(str(name), prices[name])


def _check_column(name: str, column: pd.Series) -> None:
    if not pd.api.types.is_numeric_dtype(column):
        raise BadPrices(f"prices of {name}", "something that is not a number", "give numbers only")
    bad = column[np.isinf(column) | (column <= 0)]
    if len(bad):
        where = f"prices of {name} on {bad.index[0].date()}"
        raise BadPrices(where, f"price {bad.iloc[0]:g}", "remove the row or correct the price")


def on_sessions(series: str, prices: pd.Series, clock: str) -> ReturnSeries:
    """Lay prices on the sessions of a clock and take log returns.

    Parameters
    ----------
    series : str
        Series id.
    prices : Series
        Closing prices indexed by naive midnights; NaN means absent.
    clock : str
        A key of `eventstudy.sessions.CLOCKS`.

    Returns
    -------
    ReturnSeries
        Days before the calendar begins are left out.

    Raises
    ------
    TooFewObservations
        For fewer than two prices.
    OutsideData
        For prices beyond the calendar's last day.
    """
    known = prices.dropna()
    known = known[known.index >= pd.Timestamp(sessions.FIRST_DAY)]
    if len(known) < 2:
        raise TooFewObservations(f"the price series {series}", len(known), 2)
    days = sessions.sessions(clock, known.index[0].date(), known.index[-1].date())
    close = known.reindex(days).to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        returns = np.concatenate([[np.nan], 100 * np.diff(np.log(close))])
    ignored = tuple(known.index.difference(days))
    return ReturnSeries(series, clock, days, close, returns, ignored)
