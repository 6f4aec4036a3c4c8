"""Rules about single rows: what is no price, what contradicts itself, what was never told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.quality.finding import Finding
from eventstudy.quality.telling import PRICES, bar, day, each_day, prices
from eventstudy.series import series as series_record

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.arrays import Bool1D

_OFTEN = 0.05  # a column absent on more bars than this is a trait of the source


def unusable(series_id: str, rows: pd.DataFrame) -> Bool1D:
    """Return which rows cannot be bars: no close, or a price that is no price.

    Parameters
    ----------
    series_id : str
        Series id; yields may be zero or negative.
    rows : DataFrame
        Columns ``open high low close volume``.

    Returns
    -------
    ndarray of bool
        One for each row.
    """
    return _no_close(rows) | _no_price(series_id, rows)


def missing_close(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find rows without a close (``missing close``).

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Columns ``open high low close volume``.

    Returns
    -------
    tuple of Finding
        Quarantined, each with its row.
    """
    return _refused(series_id, rows[_no_close(rows)], "missing close", "a close")


def not_a_price(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find rows with an infinite value or, yields apart, a price of zero or less (``not a price``).

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Columns ``open high low close volume``.

    Returns
    -------
    tuple of Finding
        Quarantined, each with its row.
    """
    broken = rows[_no_price(series_id, rows) & ~_no_close(rows)]
    return _refused(series_id, broken, "not a price", "finite prices above zero")


def inconsistent(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find bars whose high lies below, or whose low lies above, another of their prices (``inconsistent``).

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Columns ``open high low close``; NaN contradicts nothing.

    Returns
    -------
    tuple of Finding
        Warnings.
    """
    top, bottom = rows[["open", "low", "close"]].max(axis=1), rows[["open", "high", "close"]].min(axis=1)
    wrong = rows[(rows["high"] < top) | (rows["low"] > bottom)]
    seen = ((stamp, prices(row)) for stamp, row in wrong.iterrows())
    return each_day(series_id, "inconsistent", "warning", seen, "low <= open, close <= high")


def absent_prices(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Tell once which of open, high and low a source leaves out (``absent prices``).

    Parameters
    ----------
    series_id : str
        Series id; yields have a close only and are left alone.
    rows : DataFrame
        Columns ``open high low close``.

    Returns
    -------
    tuple of Finding
        One notice, or none if each is there on 95 % of the bars.
    """
    if rows.empty or series_record(series_id).quantity == "yield":
        return ()
    share = rows[list(PRICES[:3])].isna().mean()
    absent = [str(name) for name in share.index[share > _OFTEN]]
    if not absent:
        return ()
    expected = "open, high, low and close; ranges and gaps cannot be computed without them"
    return (Finding(series_id, None, "absent prices", "notice", f"no {', '.join(absent)}", expected),)


def _no_close(rows: pd.DataFrame) -> Bool1D:
    return rows["close"].isna().to_numpy(dtype=np.bool_)


def _no_price(series_id: str, rows: pd.DataFrame) -> Bool1D:
    values = rows[list(PRICES)].to_numpy(dtype=np.float64)
    broken = np.isinf(values)
    if series_record(series_id).quantity != "yield":
        broken |= values <= 0
    return np.asarray(broken.any(axis=1), dtype=np.bool_)


def _refused(series_id: str, rows: pd.DataFrame, rule: str, expected: str) -> tuple[Finding, ...]:
    return tuple(
        Finding(series_id, day(stamp), rule, "quarantined", prices(row) or "no price", expected, bar(row))
        for stamp, row in rows.iterrows()
    )
