"""How correlated the CARs of two events are on average, measured in calendar time.

Kolari and Pynnonen (2010) need the mean correlation of the abnormal returns of two events. Residuals of the
estimation windows are paired by calendar day, never by event time: for events on different dates the latter
correlates unrelated days. The CARs of two events are correlated only through the days that their windows
share, so a pair counts with the share of the window's days that it has in common: 1 for events of one date,
0 for windows that do not meet. Only pairs whose windows meet are ever correlated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import sparse

from eventstudy.inference.panel.outcome import FLAT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.arrays import Float1D, Float2D, FloatND, Int1D, Int2D
    from eventstudy.inference.panel.sample import EventSample

COMMON_DAYS = 20
"""Common days of two estimation windows below which their correlation counts as 0."""

_ROWS = 48
"""Events whose pairs are correlated at once."""

_CROWDED = 16
"""Pairs per event and lag from which sums over the events of a date are cheaper than pairs."""


class _Series(NamedTuple):
    """N events in the order of their dates, all residuals known, each row about its mean."""

    residuals: Float2D
    """Shape (N, L); 0 throughout where a row does not vary."""
    dates: Int1D
    """Ascending; the estimation windows lie equally far before them."""
    mean: tuple[Float2D, Float2D]
    """Mean of a row without its first and without its last 0, 1, ... D days, each of shape (N, D + 1)."""
    weight: tuple[Float2D, Float2D]
    """One over the root of the sum of squares about that mean; 0 where that is only rounding."""

    @property
    def lags(self) -> int:
        """D: the largest distance of two dates that counts."""
        return int(self.mean[0].shape[1]) - 1


def mean_correlation(sample: EventSample, windows: Int2D) -> Float1D:
    """Average the correlation of two events' CARs over all pairs.

    Parameters
    ----------
    sample : EventSample
        N events, 2 or more.
    windows : ndarray of int of shape (M, 2)
        First and last relative day of each window, all within the sample.

    Returns
    -------
    ndarray of shape (M,)
        sum over i < j of rho_ij x share_ij / (N (N - 1) / 2): rho_ij the correlation of raw residuals over
        the common days of the two estimation windows, 0 if these are fewer than `COMMON_DAYS` or a residual
        does not vary; share_ij the share of the window's days in common.
    """
    days = windows[:, 1] - windows[:, 0] + 1
    dates = sample.event_days[:, windows[0, 0] - sample.first]
    first, last = sample.residual_days[:, 0], sample.residual_days[:, -1]
    even = np.ptp(dates - first) == 0 and np.ptp(last - first) == 0
    even = even and last[0] - first[0] == sample.residuals.shape[1] - 1
    complete = even and bool(np.isfinite(sample.residuals.sum()))
    by_lag = (_of_complete if complete else _of_gappy)(sample, dates, int(days.max()))
    share = np.maximum(0, days[:, None] - np.arange(len(by_lag))) / days[:, None]
    return np.asarray(share @ by_lag / (len(dates) * (len(dates) - 1) / 2))


def _of_complete(sample: EventSample, dates: Int1D, longest: int) -> Float1D:
    """Sum of the correlations of pairs whose dates lie 0, 1, ... days apart, where nothing is missing."""
    lags = min(longest - 1, sample.residuals.shape[1] - COMMON_DAYS)
    if lags < 0:
        return np.zeros(1)
    order = np.argsort(dates, kind="stable")
    series = _series(sample.residuals, order, dates, lags)
    partners = _partners(series.dates, lags)
    there, events = np.unique(series.dates, return_counts=True)
    met = int(_partners(there, lags).max(initial=0)) + 1
    if partners.sum() > _CROWDED * met * len(dates):
        return _by_dates(series, np.r_[0, np.cumsum(events)])
    return _by_pairs(series, partners)


def _partners(dates: Int1D, lags: int) -> Int1D:
    """How many of the later rows lie at most so many days after each; dates ascend."""
    return np.asarray(np.searchsorted(dates, dates + lags, side="right") - np.arange(len(dates)) - 1)


def _series(residuals: Float2D, order: Int1D, dates: Int1D, lags: int) -> _Series:
    """Means and weights of every head and tail of the residuals."""
    length = residuals.shape[1]
    centred = residuals[order]
    mean = centred.mean(axis=1)
    centred -= mean[:, None]
    square = np.einsum("nd,nd->n", centred, centred)
    flat = square <= (FLAT * mean) ** 2
    centred[flat], square[flat] = 0.0, 0.0
    left = length - np.arange(lags + 1)
    means, weights = [], []
    for cut in (centred[:, :lags], centred[:, ::-1][:, :lags]):
        sums, squares = np.zeros((2, len(dates), lags + 1))
        np.cumsum(cut, axis=1, out=sums[:, 1:])
        np.cumsum(cut**2, axis=1, out=squares[:, 1:])
        spread = square[:, None] - squares - sums**2 / left
        varies = spread > FLAT * square[:, None]
        means.append(-sums / left)
        weights.append(np.where(varies, 1 / np.sqrt(np.where(varies, spread, 1.0)), 0.0))
    return _Series(centred, dates[order], (means[0], means[1]), (weights[0], weights[1]))


def _by_pairs(series: _Series, partners: Int1D) -> Float1D:
    """Sum of correlations by lag, pair by pair: raw products by matrix, each then scaled by its own days."""
    length, width = series.residuals.shape[1], series.lags + 1
    total = np.zeros(width)
    for begin, end, reach in _blocks(series.dates, series.lags):
        products = _raw_products(series, begin, end, reach)
        count = partners[begin:end]
        left = np.repeat(np.arange(begin, end), count)
        right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
        lag = series.dates[right] - series.dates[left]
        product = products.take((left - begin) * (reach - begin) + right - begin)
        tail, head = left * width + lag, right * width + lag
        product -= (length - lag) * series.mean[0].take(tail) * series.mean[1].take(head)
        product *= series.weight[0].take(tail) * series.weight[1].take(head)
        total += np.bincount(lag, product, width)
    return total


def _blocks(dates: Int1D, lags: int) -> Iterator[tuple[int, int, int]]:
    """First row of a block, the one after its last, and the one after the last that any of these meets."""
    for begin in range(0, len(dates), _ROWS):
        end = min(begin + _ROWS, len(dates))
        yield begin, end, int(np.searchsorted(dates, dates[end - 1] + lags, side="right"))


def _raw_products(series: _Series, begin: int, end: int, reach: int) -> Float2D:
    """Products of a block's rows with those that they meet, each over the days in common."""
    length = series.residuals.shape[1]
    offset = series.dates[begin:reach] - series.dates[begin]
    width = length + int(offset[-1])
    flat = np.zeros(len(offset) * width)
    places = sliding_window_view(flat, length, writeable=True)
    places[np.arange(len(offset)) * width + offset] = series.residuals[begin:reach]
    known = length + int(offset[end - begin - 1])  # the block's own days
    table = flat.reshape(len(offset), width)[:, :known]
    return np.asarray(table[: end - begin] @ table.T)


def _by_dates(series: _Series, opens: Int1D) -> Float1D:
    """Sum of correlations by lag, from one sum of standardised residuals per date.

    The correlations of all pairs of two dates have the same days in common, so they add up to the product of
    two sums.
    """
    length = series.residuals.shape[1]
    dates = series.dates[opens[:-1]]
    total = np.zeros(series.lags + 1)
    for lag in range(series.lags + 1):
        _, early, late = np.intersect1d(dates + lag, dates, assume_unique=True, return_indices=True)
        if len(early) == 0:
            continue
        tails, heads = (_summed(series, opens, side, lag) for side in (0, 1))
        total[lag] = np.einsum("cd,cd->", tails[early, lag:], heads[late, : length - lag])
    itself = np.count_nonzero(series.weight[0][:, 0])
    total[0] = (total[0] - itself) / 2
    return total


def _summed(series: _Series, opens: Int1D, side: int, lag: int) -> Float2D:
    """Sum over each date's events of their residuals, standardised over all days but `lag`."""
    mean, weight = series.mean[side][:, lag], series.weight[side][:, lag]
    runs = sparse.csr_array((weight, np.arange(len(weight)), opens))
    return np.asarray(runs @ series.residuals - np.asarray(runs @ mean)[:, None])


def _of_gappy(sample: EventSample, dates: Int1D, longest: int) -> Float1D:
    """Sum of the correlations of pairs whose dates lie 0, 1, ... days apart, over the days that both have."""
    order = np.argsort(dates, kind="stable")
    dates = dates[order]
    table = _by_calendar_day(sample)[order]
    total = np.zeros(longest)
    for begin, end, reach in _blocks(dates, longest - 1):
        rows = table[begin:reach]
        correlations = _pairwise(rows[:, np.isfinite(rows[: end - begin]).any(axis=0)], end - begin)
        apart = dates[begin:reach] - dates[begin:end, None]
        pairs = (np.arange(begin, reach) > np.arange(begin, end)[:, None]) & (apart < longest)
        total += np.bincount(apart[pairs], correlations[pairs], longest)
    return total


def _by_calendar_day(sample: EventSample) -> Float2D:
    """Residuals with one column a calendar day, NaN where an event has none; each row about its mean."""
    there = np.isfinite(sample.residuals)
    days, column = np.unique(sample.residual_days[there], return_inverse=True)
    table = np.full((len(sample.sigma), len(days)), np.nan)
    event = np.nonzero(there)[0]
    table[event, column.ravel()] = sample.residuals[there]
    sums = np.bincount(event, weights=sample.residuals[there], minlength=len(table))
    mean = sums / np.maximum(there.sum(axis=1), 1)
    return np.asarray(table - mean[:, None])


def _pairwise(table: Float2D, rows: int) -> FloatND:
    """Correlations of the first rows with all, over common columns; 0 where undefined."""
    there = np.isfinite(table).astype(np.float64)
    values = np.nan_to_num(table)
    mine, present = values[:rows], there[:rows]
    common = present @ there.T
    safe = np.maximum(common, 1)
    mean, others = mine @ there.T, present @ values.T
    product = mine @ values.T - mean * others / safe
    square = mine**2 @ there.T - mean**2 / safe
    others_square = present @ (values**2).T - others**2 / safe
    least = FLAT * (values**2).sum(axis=1)
    defined = (common >= COMMON_DAYS) & (square > least[:rows, None]) & (others_square > least)
    return np.where(defined, product / np.sqrt(np.where(defined, square * others_square, 1.0)), 0.0)
