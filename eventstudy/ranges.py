"""Daily variances from open, high, low and close: what a session's range says about its volatility."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.arrays import Bool1D, Float1D


@dataclass(frozen=True)
class Moves:
    """The logarithmic moves inside n sessions, in per cent.

    Attributes
    ----------
    up, down, change : ndarray of shape (n,)
        100 ln(H/O), 100 ln(L/O) and 100 ln(C/O). NaN where a price is missing, or where the bar is
        inconsistent.
    gap : ndarray of shape (n,)
        100 ln(O / previous close): the move overnight. NaN where either price is missing, or where the bar is
        inconsistent.
    inconsistent : int
        Bars that cannot be: a price of 0 or less, a high below the low, an open or a close outside them.
        They are made NaN, not mended.
    """

    up: Float1D
    down: Float1D
    change: Float1D
    gap: Float1D
    inconsistent: int

    def __getitem__(self, sessions: slice) -> Moves:
        """Return the moves of some sessions; the count stays that of all."""
        up, down, change, gap = (part[sessions] for part in (self.up, self.down, self.change, self.gap))
        return Moves(up, down, change, gap, self.inconsistent)

    def __len__(self) -> int:
        return len(self.up)


def moves(*, open_: Float1D, high: Float1D, low: Float1D, close: Float1D, previous_close: Float1D) -> Moves:
    """Take the logarithmic moves of daily bars.

    Parameters
    ----------
    open_, high, low, close : ndarray of shape (n,)
        Prices of each session; NaN where absent.
    previous_close : ndarray of shape (n,)
        The close before each session; NaN where absent, which leaves only the gap unknown.

    Returns
    -------
    Moves
        NaN where a bar is incomplete or inconsistent.

    Raises
    ------
    BadValue
        For prices of different lengths.
    """
    prices = [np.asarray(one, dtype=float) for one in (open_, high, low, close, previous_close)]
    if len({one.shape for one in prices}) != 1:
        lengths = ", ".join(str(one.size) for one in prices)
        raise BadValue("prices", f"of lengths {lengths}", "open, high, low, close and previous close alike")
    impossible = _impossible(*prices)
    o, h, low_, c, before = (np.where(impossible | ~(one > 0), np.nan, one) for one in prices)
    whole = np.isfinite(h - low_ + c)
    start = np.log(np.where(whole, o, np.nan))
    up, down, change = (100 * (np.log(one) - start) for one in (h, low_, c))
    return Moves(up, down, change, 100 * (start - np.log(before)), int(impossible.sum()))


def _impossible(open_: Float1D, high: Float1D, low: Float1D, close: Float1D, previous: Float1D) -> Bool1D:
    """Return where complete parts of a bar contradict each other; a missing part contradicts nothing."""
    lowest, highest = np.fmin(open_, close), np.fmax(open_, close)
    unpriced = (np.fmin(lowest, np.fmin(low, high)) <= 0) | (previous <= 0)
    return np.asarray(unpriced | (high < low) | (highest > high) | (lowest < low))


def parkinson(bars: Moves) -> Float1D:
    """Return Parkinson's (1980) variances, ln(H/L)^2 / (4 ln 2).

    Parameters
    ----------
    bars : Moves
        n sessions.

    Returns
    -------
    ndarray of shape (n,)
        Per cent squared between open and close; 0 for a flat bar, NaN where the bar is.
    """
    return np.asarray((bars.up - bars.down) ** 2 / (4 * math.log(2)))


def garman_klass(bars: Moves) -> Float1D:
    """Return Garman and Klass' (1980) simple variances, ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2.

    Parameters
    ----------
    bars : Moves
        n sessions.

    Returns
    -------
    ndarray of shape (n,)
        Per cent squared between open and close; 0 for a flat bar, NaN where the bar is.
    """
    return np.asarray(0.5 * (bars.up - bars.down) ** 2 - (2 * math.log(2) - 1) * bars.change**2)


def garman_klass_full(bars: Moves) -> Float1D:
    """Return Garman and Klass' (1980) variances of least variance.

    Parameters
    ----------
    bars : Moves
        n sessions.

    Returns
    -------
    ndarray of shape (n,)
        .511 (u - d)^2 - .019 (c (u + d) - 2 u d) - .383 c^2, per cent squared between open and close; 0 for a
        flat bar, NaN where the bar is.
    """
    u, d, c = bars.up, bars.down, bars.change
    return np.asarray(0.511 * (u - d) ** 2 - 0.019 * (c * (u + d) - 2 * u * d) - 0.383 * c**2)


def rogers_satchell(bars: Moves) -> Float1D:
    """Return Rogers and Satchell's (1991) variances, u (u - c) + d (d - c), free of the drift.

    Parameters
    ----------
    bars : Moves
        n sessions.

    Returns
    -------
    ndarray of shape (n,)
        Per cent squared between open and close; NaN where the bar is. 0 for a flat bar, and for one that runs
        from its low straight to its high: a trend has no variance here.
    """
    u, d, c = bars.up, bars.down, bars.change
    return np.asarray(u * (u - c) + d * (d - c))


DAILY_VARIANCES: dict[str, Callable[[Moves], Float1D]] = {
    "parkinson": parkinson,
    "garman_klass": garman_klass,
    "rogers_satchell": rogers_satchell,
}


def with_overnight(variance: Float1D, bars: Moves) -> Float1D:
    """Return close-to-close variances: those of the session plus the square of the gap before it.

    Parameters
    ----------
    variance : ndarray of shape (n,)
        Variances between open and close, per cent squared.
    bars : Moves
        The same n sessions.

    Returns
    -------
    ndarray of shape (n,)
        Per cent squared; NaN where either part is.
    """
    return np.asarray(variance + bars.gap**2)


def yang_zhang(bars: Moves, days: int) -> Float1D:
    """Return Yang and Zhang's (2000) variances of runs of sessions, close to close.

    Parameters
    ----------
    bars : Moves
        n sessions.
    days : int
        Sessions in a run, at least 2.

    Returns
    -------
    ndarray of shape (n,)
        var(gap) + k var(change) + (1 - k) mean(Rogers-Satchell) of the run that ends there, with
        k = .34 / (1.34 + (days + 1) / (days - 1)) and unbiased variances; per cent squared per session.
        NaN for the first days - 1 sessions and where the run holds a NaN.

    Raises
    ------
    BadValue
        For fewer than two sessions in a run.
    """
    if days < 2:
        raise BadValue("days", days, "at least 2 sessions, a variance needs two")
    runs = np.full(len(bars), np.nan)
    if len(bars) < days:
        return runs
    gap, change, inner = (
        np.lib.stride_tricks.sliding_window_view(part, days)
        for part in (bars.gap, bars.change, rogers_satchell(bars))
    )
    k = 0.34 / (1.34 + (days + 1) / (days - 1))
    runs[days - 1 :] = gap.var(axis=1, ddof=1) + k * change.var(axis=1, ddof=1) + (1 - k) * inner.mean(axis=1)
    return runs


def log_variance(variance: Float1D) -> Float1D:
    """Return logarithms of variances.

    Parameters
    ----------
    variance : ndarray of any shape
        Per cent squared.

    Returns
    -------
    ndarray of the same shape
        NaN where the variance is 0 (a flat bar says that nothing traded, not that nothing moves) or NaN.
    """
    return np.log(np.where(variance > 0, variance, np.nan))
