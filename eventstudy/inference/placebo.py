"""Randomisation in time: an event ranked among dates on which nothing happened."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference import resampling as boot
from eventstudy.inference.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Bool1D, Float1D
    from eventstudy.inference.single_event import Span

FEWEST = 19
METHODS = ("placebo", "placebo_matched")
REGIMES = ("all", "q1", "q2", "q3", "q4", "top5")


@dataclass(frozen=True)
class PlaceboNull:
    """What the statistics of one window were at n dates without news, in units of their forecasts.

    Attributes
    ----------
    z : ndarray of shape (n,)
        CAR over its forecast standard deviation.
    squares : ndarray of shape (n,)
        Sum of squared abnormal returns over their forecast variances.
    eve_variance : ndarray of shape (n,)
        Variance forecast on the eve, per cent squared: the state of volatility.
    distinct : float
        Share of the windows that do not overlap: the sessions from one date to the next over those of the
        window, at most 1.
    """

    z: Float1D
    squares: Float1D
    eve_variance: Float1D
    distinct: float = 1.0


@dataclass(frozen=True, slots=True)
class Observed:
    """The same of the event itself.

    Attributes
    ----------
    effect : float
        AR or CAR, per cent.
    deviation : float
        Its forecast standard deviation, per cent.
    squares : float
        Sum of squared abnormal returns over their forecast variances.
    eve_variance : float
        Variance forecast on the eve, per cent squared.
    """

    effect: float
    deviation: float
    squares: float
    eve_variance: float


def quartile(reference: Float1D, value: float) -> int:
    """Return which quartile of a reference a value lies in.

    Parameters
    ----------
    reference : ndarray of shape (n,)
        Eve variances of the placebo dates.
    value : float
        That of the event.

    Returns
    -------
    int
        0 for the calmest quarter, 3 for the most turbulent one.
    """
    return int(np.searchsorted(np.quantile(reference, [0.25, 0.5, 0.75]), value, side="right"))


def alike(reference: Float1D, value: float) -> Bool1D:
    """Return which dates had the volatility of the event's quartile.

    Parameters
    ----------
    reference : ndarray of shape (n,)
        Eve variances of the placebo dates.
    value : float
        That of the event.

    Returns
    -------
    ndarray of bool of shape (n,)
        True for dates in the same quartile.
    """
    edges = np.quantile(reference, [0.25, 0.5, 0.75])
    return np.asarray(np.searchsorted(edges, reference, side="right") == quartile(reference, value))


def regime_members(reference: Float1D) -> dict[str, Bool1D]:
    """Return the placebo dates of each volatility regime.

    Parameters
    ----------
    reference : ndarray of shape (n,)
        Eve variances of the placebo dates.

    Returns
    -------
    dict
        Keys `REGIMES`: all dates, the quartiles from calm to turbulent, and the 5 per cent most turbulent.
    """
    place = np.searchsorted(np.quantile(reference, [0.25, 0.5, 0.75]), reference, side="right")
    found = {"all": np.ones(len(reference), dtype=bool)}
    found |= {f"q{number + 1}": np.asarray(place == number) for number in range(4)}
    return {**found, "top5": np.asarray(reference >= np.quantile(reference, 0.95))}


def placebo_measures(
    observed: Observed, null: PlaceboNull, span: Span, methods: Sequence[str] = METHODS
) -> tuple[Measure, ...]:
    """Rank an event among all placebo dates, and among those with volatility like its own.

    The compared quantity is the effect over its forecast standard deviation, so that a date counts by how
    unusual it was for its own eve. With `FEWEST` dates or more p can fall to 5 per cent; below that there
    is no row.

    Parameters
    ----------
    observed : Observed
        The event.
    null : PlaceboNull
        The placebo dates, each with parameters of its own window.
    span : Span
        The sessions, level and power.
    methods : sequence of str
        Which of `METHODS` are wanted.

    Returns
    -------
    tuple of Measure
        Methods ``placebo`` and ``placebo_matched`` for the return and for the volatility; p is (1 +
        #{placebo at least as extreme}) / (1 + n). Its floor is 1 / (1 + m), m being the windows that do not
        overlap: one shock is in several overlapping windows, but it happened once.
    """
    count = len(null.z)
    everyone = np.ones(count, dtype=bool)
    like = alike(null.eve_variance, observed.eve_variance) if count else everyone
    rows: list[Measure] = []
    for method, members in zip(METHODS, (everyone, like), strict=True):
        if method in methods and np.count_nonzero(members) * null.distinct >= FEWEST:
            floor = 1 / (1 + int(np.count_nonzero(members) * null.distinct))
            rows.append(_return(method, observed, null.z[members], floor, span))
            rows.append(_volatility(method, observed, null.squares[members], floor, span))
    return tuple(rows)


def _told(method: str, count: int, tail: str) -> str:
    matched = " of the same volatility quartile" if method == "placebo_matched" else ""
    return f"{count} placebo dates{matched}, each refitted, {tail}"


def _return(method: str, observed: Observed, z: Float1D, floor: float, span: Span) -> Measure:
    drawn = observed.deviation * z
    lower, upper = boot.shift_interval(observed.effect, drawn, span.level)
    return Measure(
        span.effect, method, observed.effect, float(drawn.std()), lower, upper,
        boot.two_sided_p(observed.effect, drawn, floor), len(z), floor,
        boot.shift_mde(drawn, span.level, span.power), _told(method, len(z), "two-sided"),
    )  # fmt: skip


def _volatility(method: str, observed: Observed, squares: Float1D, floor: float, span: Span) -> Measure:
    total, days = observed.squares, span.days
    low, high = boot.scale_interval(total, squares, span.level)
    mde = boot.scale_mde(squares, span.level, span.power)
    estimate = total
    if span.cumulated:
        estimate, low, high, mde = total - days, *(days * (x - 1) for x in (low, high, mde))
    return Measure(
        span.volatility, method, estimate, float(squares.std()), low, high,
        boot.upper_p(total, squares, floor), len(squares), floor, mde,
        _told(method, len(squares), "upper tail"),
    )  # fmt: skip


def rejection_share(p_values: Float1D, level: float) -> tuple[float, float]:
    """Return how often a test rejected where nothing happened, with its Monte-Carlo error.

    Parameters
    ----------
    p_values : ndarray of shape (n,)
        One a placebo date; NaN where the test gave none.
    level : float
        Nominal size.

    Returns
    -------
    share, error : float
        NaN without a single p-value.
    """
    seen = p_values[np.isfinite(p_values)]
    if not len(seen):
        return math.nan, math.nan
    share = float(np.mean(seen <= level))
    return share, math.sqrt(share * (1 - share) / len(seen))
