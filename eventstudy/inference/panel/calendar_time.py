"""Calendar-time portfolio: hold every firm with a recent event, and ask whether that earns too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.errors import TooFewObservations
from eventstudy.inference.panel.regression import regress

if TYPE_CHECKING:
    from eventstudy.arrays import Int1D
    from eventstudy.inference.panel.regression import Errors, Regression


def calendar_portfolio(
    returns: pd.DataFrame, firm: Int1D, day0: Int1D, window: tuple[int, int], fewest: int = 1
) -> pd.Series[float]:
    """Return the equal-weighted return of all firms that are inside a window around an event of theirs.

    Parameters
    ----------
    returns : DataFrame
        Days x firms; NaN where missing.
    firm, day0 : ndarray of int of shape (N,)
        Column and row of each event. A firm inside two windows is held once.
    window : pair of int
        First and last relative day held; days outside the data are not held.
    fewest : int
        Firms with a return below which a day counts for nothing.

    Returns
    -------
    Series
        Indexed like the returns, in their unit; NaN on days with too few firms.
    """
    days = day0[:, None] + np.arange(window[0], window[1] + 1)
    columns = np.broadcast_to(firm[:, None], days.shape)
    inside = (days >= 0) & (days < len(returns))
    held = np.zeros(returns.shape, dtype=bool)
    held[days[inside], columns[inside]] = True
    values = returns.to_numpy(dtype=float)
    held &= np.isfinite(values)
    count = held.sum(axis=1)
    total = np.where(held, values, 0.0).sum(axis=1)
    mean = np.where(count >= max(fewest, 1), total / np.maximum(count, 1), np.nan)
    return pd.Series(mean, index=returns.index, name="portfolio")


def calendar_time(
    portfolio: pd.Series[float], factors: pd.DataFrame, errors: Errors = "hac", lags: int | None = None
) -> Regression:
    """Regress the portfolio on the factors; the constant is its mean abnormal return a session.

    Cross-correlation of firms whose events cluster is inside the portfolio's own variance, so that no
    assumption about it is needed (Jaffe 1974; Fama 1998, J. Financial Economics 49:283-306).

    Parameters
    ----------
    portfolio : Series
        As `calendar_portfolio` gives it; NaN days are left out.
    factors : DataFrame
        Same index; no columns for raw returns.
    errors : str
        ``ols``, ``hc1`` or ``hc3`` (White), ``hac`` (Newey-West).
    lags : int or None
        Of ``hac``, counted in days held.

    Returns
    -------
    Regression
        Its term ``constant`` is the test; a day held is an observation.

    Raises
    ------
    TooFewObservations
        If no day is held.
    BadValue
        As `regress`.
    """
    held = portfolio.notna()
    if not held.any():
        raise TooFewObservations("the calendar-time portfolio", 0, factors.shape[1] + 2)
    return regress(portfolio[held], factors[held], errors, lags=lags)
