"""Two sources of one series side by side: what only one has, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.quality.finding import Finding
from eventstudy.quality.telling import day, each_day
from eventstudy.series import series as series_record
from eventstudy.sessions import CLOCKS

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two sources of one series may differ.

    Attributes
    ----------
    amount : float
        Largest harmless difference.
    relative : bool
        Whether it is a share of the larger value; else it is in the series' unit.
    reason : str
        Why so much.
    """

    amount: float
    relative: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One session on which two sources differ beyond tolerance.

    Attributes
    ----------
    session : date
        Which.
    first, second : float
        Closes.
    size : float
        Relative difference, or absolute where the tolerance is.
    """

    session: date
    first: float
    second: float
    size: float


@dataclass(frozen=True)
class Reconciliation:
    """Two sources of one series compared.

    Attributes
    ----------
    series : str
        Series id.
    common : int
        Sessions in both.
    only_first, only_second : tuple of date
        Sessions of one that the other lacks, within the span that both cover.
    median, worst : float
        Size of the differences on common sessions; NaN without any.
    differences : tuple of Difference
        Those beyond tolerance, in order of time.
    tolerance : Tolerance
        As applied.
    """

    series: str
    common: int
    only_first: tuple[date, ...]
    only_second: tuple[date, ...]
    median: float
    worst: float
    differences: tuple[Difference, ...]
    tolerance: Tolerance


INDEX = Tolerance(0.0005, True, "an index has one official close; five basis points leave room for rounding")
CURRENCY = Tolerance(0.002, True, "dealers quote a few hundredths of a yen apart, at seconds apart")
VOLATILITY = Tolerance(0.005, True, "one official close, quoted in hundredths of a level that may be ten")
FUND = Tolerance(0.001, True, "one official close on a coarse tick")
METAL = Tolerance(0.002, True, "settlement or last trade of the front month")
YIELD = Tolerance(0.03, False, "three basis points: fixings of one day are taken at different hours")


def tolerance_for(series_id: str) -> Tolerance:
    """Return how far two sources of a series may differ.

    Parameters
    ----------
    series_id : str
        Series id.

    Returns
    -------
    Tolerance
        By quantity, clock and role, with its reason.

    Raises
    ------
    UnknownSeries
        With the nearest known ids.
    """
    record = series_record(series_id)
    if record.quantity == "yield":
        return YIELD
    if record.quantity == "volatility":
        return VOLATILITY
    if record.clock_of or CLOCKS[record.clock].calendar == "weekdays":
        return CURRENCY
    if record.clock == "comex_settlement":
        return METAL
    return INDEX if record.role in {"core", "factor"} else FUND


def reconcile(
    series_id: str, first: pd.Series[float], second: pd.Series[float], tolerance: Tolerance | None = None
) -> Reconciliation:
    """Compare two sources of one series.

    Parameters
    ----------
    series_id : str
        Series id.
    first, second : Series of float
        Closes by session, increasing; NaN is no close.
    tolerance : Tolerance, optional
        `tolerance_for` the series by default.

    Returns
    -------
    Reconciliation
        What differs.
    """
    allowed = tolerance or tolerance_for(series_id)
    first, second = first.dropna(), second.dropna()
    start, end = _shared_span(first, second)
    one, other = first.loc[start:end], second.loc[start:end]
    days = one.index.intersection(other.index)
    one_value, other_value = one[days].to_numpy(), other[days].to_numpy()
    size = np.abs(one_value - other_value)
    if allowed.relative:
        largest = np.maximum(np.abs(one_value), np.abs(other_value))
        size = np.divide(size, largest, out=np.zeros(len(size)), where=largest > 0)
    over = np.flatnonzero(size > allowed.amount).tolist()
    return Reconciliation(
        series_id,
        len(days),
        tuple(day(stamp) for stamp in one.index.difference(other.index)),
        tuple(day(stamp) for stamp in other.index.difference(one.index)),
        float(np.median(size)) if len(size) else float("nan"),
        float(size.max()) if len(size) else float("nan"),
        tuple(
            Difference(day(days[at]), float(one_value[at]), float(other_value[at]), float(size[at]))
            for at in over
        ),
        allowed,
    )


def disagreements(compared: Reconciliation, other: str) -> tuple[Finding, ...]:
    """Return the findings of a comparison.

    Parameters
    ----------
    compared : Reconciliation
        The store's bars first.
    other : str
        The second source, for people.

    Returns
    -------
    tuple of Finding
        Warnings ``sources differ`` (a close beyond tolerance) and ``only elsewhere`` (a session that only the
        other source has); notices ``only here``.
    """
    name, limit = compared.series, compared.tolerance
    unit = "" if limit.relative else " points"
    differ = each_day(
        name,
        "sources differ",
        "warning",
        (
            (item.session, f"close {item.first:.10g}, {other} {item.second:.10g}")
            for item in compared.differences
        ),
        f"closes within {limit.amount:g}{unit} of one another",
    )
    absent = each_day(
        name,
        "only elsewhere",
        "warning",
        ((session, "no bar") for session in compared.only_second),
        f"a bar, as {other} has",
    )
    extra = each_day(
        name,
        "only here",
        "notice",
        ((session, "a bar") for session in compared.only_first),
        f"a bar at {other} too",
    )
    return (*differ, *absent, *extra)


def _shared_span(first: pd.Series[float], second: pd.Series[float]) -> tuple[object, object]:
    if first.empty or second.empty:
        return None, None
    return max(first.index[0], second.index[0]), min(first.index[-1], second.index[-1])
