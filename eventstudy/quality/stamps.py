"""A rule about dates: a series whose days fit those of its relatives one session earlier or later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.quality.movement import days_apart, logs, related
from eventstudy.quality.telling import day
from eventstudy.series import SERIES

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D
    from eventstudy.quality.movement import Frames

_LAGS = (-2, -1, 0, 1, 2)
_SHIFTS = (0, -1, 1)
_BLOCK = 250
_FEWEST = 60
_RELATED, _CLEAR = 0.30, 0.20


@dataclass(frozen=True, slots=True)
class LagFit:
    """How well the days of two series fit at each shift.

    Attributes
    ----------
    lags : tuple of int
        Sessions by which the second series is read later.
    correlations : tuple of float
        Of daily moves at each lag; the sign of a volatility index is turned.
    expected : tuple of float
        Share of the first series' day that each of the second's days overlaps, from their clocks.
    shift : int
        Sessions by which the first series' dates are too late (negative: too early); 0 is right.
    """

    lags: tuple[int, ...]
    correlations: tuple[float, ...]
    expected: tuple[float, ...]
    shift: int


def lag_fit(first: Float1D, second: Float1D, apart: float) -> LagFit:
    """Compare the lag correlations of two series with what their clocks imply.

    A shift is told only where its fit is 0.3 of correlation or more, five standard errors of 250 unrelated
    moves, and beats that of the dates as they stand by 0.2.

    Parameters
    ----------
    first, second : ndarray of float, shape (T,)
        Moves on the same sessions; NaN is left out.
    apart : float
        Days by which the second is stamped after the first on one date.

    Returns
    -------
    LagFit
        NaN correlations, and no shift, for fewer than 60 common moves.
    """
    known = np.isfinite(first) & np.isfinite(second)
    one, other = _held(first[known]), _held(second[known])
    found = np.array([_correlation(one, other, lag) for lag in _LAGS])
    patterns = {shift: _overlap(apart, shift) for shift in _SHIFTS}
    fits = {shift: float(np.nansum(found * pattern)) for shift, pattern in patterns.items()}
    best = max(_SHIFTS, key=lambda shift: fits[shift])
    clear = np.isfinite(found).all() and fits[best] >= _RELATED and fits[best] - fits[0] >= _CLEAR
    return LagFit(_LAGS, tuple(found.tolist()), tuple(patterns[0].tolist()), best if clear else 0)


def stamp_shifts(frames: Frames) -> tuple[Finding, ...]:
    """Find stretches in which a series' dates are a session early or late (``stamp shift``).

    Each series is held against each relative (`eventstudy.quality.movement.related`), on blocks of 250 common
    sessions counted back from the last and on the whole span. The peak of the lag correlations must be at
    the lag that the two clocks imply: a New York close and a Tokyo 17:00 rate of one date do not end
    together. A series is told when most of its relatives say so, so that one bad series is not laid
    at the door of all; of two that have nobody else, both are told.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Bars by series id, column ``close``.

    Returns
    -------
    tuple of Finding
        One warning a stretch, on its first session.
    """
    return tuple(finding for name in frames for finding in _of_one(name, frames))


def _of_one(name: str, frames: Frames) -> tuple[Finding, ...]:
    votes = [_blocks(name, other, frames) for other in related(name, frames)]
    if not votes:
        return ()
    table = pd.concat(votes, axis=1, sort=True).ffill()
    known = table.notna().sum(axis=1)
    for shift in (-1, 1):
        agreed = (table == shift).sum(axis=1) > known / 2
        if agreed.any():
            return (_told(name, shift, table.index[agreed], related(name, frames)),)
    return ()


def _told(name: str, shift: int, days: pd.Index, others: tuple[str, ...]) -> Finding:
    way = "late" if shift > 0 else "early"
    against = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    observed = f"dates one session {way} against {against}, the last such block begins {day(days[-1])}"
    return Finding(name, day(days[0]), "stamp shift", "warning", observed, "the dates of its own clock")


def _blocks(name: str, other: str, frames: Frames) -> pd.Series[float]:
    """Return the shift found in each block of common sessions, by the block's first session."""
    both = pd.concat(
        [frames[name]["close"], frames[other]["close"]], axis=1, join="inner", keys=[name, other]
    )
    moves = _moves(both)
    apart = days_apart(name, other, frames)
    shifts = {}
    for stop in range(len(moves), 0, -_BLOCK):
        block = moves.iloc[max(0, stop - _BLOCK) : stop]
        if len(block) >= _BLOCK // 2:
            values = block.to_numpy(dtype=np.float64)
            shifts[block.index[0]] = float(lag_fit(values[:, 0], values[:, 1], apart).shift)
    return pd.Series(shifts, dtype=np.float64).sort_index()


def _moves(closes: pd.DataFrame) -> pd.DataFrame:
    turned = {name: -1.0 if SERIES[str(name)].quantity == "volatility" else 1.0 for name in closes}
    levels = {
        name: values if SERIES[str(name)].quantity == "yield" else logs(values)
        for name, values in closes.items()
    }
    return pd.DataFrame({name: turned[name] * values.diff() for name, values in levels.items()}).iloc[1:]


def _overlap(apart: float, shift: int) -> Float1D:
    """Return the share of a day of the first series that each lagged day of the second overlaps."""
    share: Float1D = np.maximum(0.0, 1 - np.abs(np.array(_LAGS) + apart + shift))
    return np.asarray(share / np.sqrt(np.sum(share**2)), dtype=np.float64)


def _correlation(first: Float1D, second: Float1D, lag: int) -> float:
    """Return the correlation of first at t with second at t + lag."""
    one = first[max(0, -lag) : len(first) - max(0, lag)]
    other = second[max(0, lag) : len(second) + min(0, lag)]
    spread = float(np.sqrt(np.dot(one, one) * np.dot(other, other)))
    return float(np.dot(one, other)) / spread if len(one) >= _FEWEST and spread else float("nan")


def _held(values: Float1D) -> Float1D:
    """Return moves about their median, outliers held to five robust deviations."""
    if not values.size:
        return values
    centred = values - np.median(values)
    limit = 5 * 1.4826 * float(np.median(np.abs(centred)))
    return np.clip(centred, -limit, limit) if limit else centred
