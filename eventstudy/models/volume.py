"""Trading volume as the outcome of a panel study: logarithms that the models of returns can work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue

if TYPE_CHECKING:
    from eventstudy.arrays import Float2D

# Keeps the logarithm of a day without trading finite.
NO_TRADE = 0.000255


def log_volume(volume: pd.DataFrame, outstanding: pd.DataFrame | pd.Series | None = None) -> pd.DataFrame:
    """Return log volume, firm by firm, to be studied like returns.

    With shares outstanding it is ln(100 V / S + 0.000255), log turnover in per cent (Campbell and Wasley
    1996, Review of Quantitative Finance and Accounting 6:309-326; sources differ on whether the constant is
    added to turnover or to V, which matters on days without trading only); without, ln(1 + V). The average
    over firms, ``log_volume(v).mean(axis=1).to_frame("market")``, serves as the market of ``market_adjusted``
    or ``market``.

    Parameters
    ----------
    volume : DataFrame
        Shares traded, days x firms; 0 is a day without trading, NaN is unknown and stays NaN.
    outstanding : DataFrame, Series or None
        Shares outstanding: days x firms, or one number a firm.

    Returns
    -------
    DataFrame
        Same rows and columns; natural logarithms, no unit.

    Raises
    ------
    BadValue
        For volume that is negative or no frame, or shares outstanding that are missing or not positive where
        volume is known.
    """
    if not isinstance(volume, pd.DataFrame):
        raise BadValue("volume", f"of type {type(volume).__name__}", "a DataFrame, days x firms")
    if bool((volume < 0).any(axis=None)):
        raise BadValue("volume", float(volume.min().min()), "numbers of shares, 0 or more")
    if outstanding is None:
        return _like(volume, np.log1p(volume.to_numpy(dtype=float)))
    shares = (
        outstanding.reindex(index=volume.index, columns=volume.columns)
        if isinstance(outstanding, pd.DataFrame)
        else pd.DataFrame([outstanding.reindex(volume.columns)] * len(volume), index=volume.index)
    )
    if bool((volume.notna() & ~(shares > 0)).any(axis=None)):
        raise BadValue("outstanding", "shares missing or not positive", "positive numbers for every firm")
    turnover = 100 * volume.to_numpy(dtype=float) / shares.to_numpy(dtype=float)
    return _like(volume, np.log(turnover + NO_TRADE))


def _like(volume: pd.DataFrame, values: Float2D) -> pd.DataFrame:
    return pd.DataFrame(values, index=volume.index, columns=volume.columns)
