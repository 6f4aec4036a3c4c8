"""How rules tell what they saw: bars in words, days as dates, one finding a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.quality.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from eventstudy.quality.finding import Severity

PRICES: tuple[str, ...] = ("open", "high", "low", "close")
COLUMNS: tuple[str, ...] = (*PRICES, "volume")


def day(stamp: object) -> date:
    """Return the date of a session stamp."""
    return pd.Timestamp(stamp).date()  # type: ignore[arg-type]


def prices(row: pd.Series[float]) -> str:
    """Return the prices of one bar in words, those that are absent left out.

    Parameters
    ----------
    row : Series of float
        Fields ``open high low close``, in the series' unit; NaN is absent.
    """
    return " ".join(f"{name} {row[name]:.10g}" for name in PRICES if row[name] == row[name])


def bar(row: pd.Series[float]) -> tuple[float, float, float, float, float]:
    """Return open, high, low, close and volume of one bar as plain floats, NaN where absent.

    Parameters
    ----------
    row : Series of float
        Fields `COLUMNS`.
    """
    opened, high, low, close, volume = (float(row[name]) for name in COLUMNS)
    return opened, high, low, close, volume


def each_day(
    series: str, rule: str, severity: Severity, seen: Iterable[tuple[object, str]], expected: str
) -> tuple[Finding, ...]:
    """Return one finding for each day and what was seen on it.

    Parameters
    ----------
    series, rule, severity : str
        As of `Finding`.
    seen : iterable of (session, str)
        The session's stamp and what was observed.
    expected : str
        What the rule allows.

    Returns
    -------
    tuple of Finding
        In the order given.
    """
    return tuple(Finding(series, day(stamp), rule, severity, observed, expected) for stamp, observed in seen)


def per_cent(log_return: float) -> str:
    """Return a log return as a signed percentage, such as ``-7.83 %``."""
    return f"{100 * log_return:+.2f} %"
