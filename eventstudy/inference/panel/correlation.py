"""How correlated the CARs of two events are on average, measured in calendar time.

Kolari and Pynnonen (2010) need the mean correlation of the abnormal returns of two events. Residuals of the
estimation windows are paired by calendar day, never by event time: for events on different dates the latter
correlates unrelated days. The CARs of two events are correlated only through the days that their windows
share, so a pair counts with the share of the window's days that it has in common: 1 for events of one date,
0 for windows that do not meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

from eventstudy.inference.panel.outcome import FLAT

if TYPE_CHECKING:
    from eventstudy.arrays import Bool1D, Float1D, Float2D, FloatND, Int1D, Int2D
    from eventstudy.inference.panel.sample import EventSample

COMMON_DAYS = 20
"""Common days of two estimation windows below which their correlation counts as 0."""

_BLOCK = 2_000_000
"""Pairs correlated at once where returns are missing: bounds the memory, not the result."""


class _Cohorts(NamedTuple):
    """Events sorted into cohorts of equal estimation window and date."""

    event: Int1D
    """The events, cohort by cohort."""
    member: Int1D
    """Cohort of each of these events."""
    start: Int1D
    """First estimation day of each cohort."""
    date: Int1D
    """Date of each cohort."""


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
    days = np.asarray(windows[:, 1] - windows[:, 0] + 1)
    dates = sample.event_days[:, windows[0, 0] - sample.first]
    first, last = sample.residual_days[:, 0], sample.residual_days[:, -1]
    length = sample.residuals.shape[1]
    complete = bool((last - first == length - 1).all()) and bool(np.isfinite(sample.residuals.sum()))
    total = _total_by_cohorts if complete else _total_by_pairs
    pairs = len(dates) * (len(dates) - 1)
    return np.asarray(total(sample, dates, days) / pairs)


def _share(apart: Int1D | Int2D, days: int) -> FloatND:
    """Share of `days` consecutive days that windows `apart` days from each other have in common."""
    return np.asarray(np.maximum(0, days - np.abs(apart)) / days)


def _total_by_cohorts(sample: EventSample, dates: Int1D, days: Int1D) -> Float1D:
    """Sum of rho x share over ordered pairs, from one sum of standardised residuals per cohort.

    Windows without gaps have the same days in common for every pair of two cohorts, so the correlations of
    all these pairs add up to the product of two sums.
    """
    residuals = sample.residuals
    cohorts = _cohorts(sample.residual_days[:, 0], dates)
    within = _within(residuals, cohorts) if residuals.shape[1] >= COMMON_DAYS else 0.0
    left, right = _meeting(cohorts.date, int(days.max()))
    products = _products(residuals, cohorts, left, right)
    apart = cohorts.date[right] - cohorts.date[left]
    return np.array([within + 2 * float(products @ _share(apart, length)) for length in days.tolist()])


def _cohorts(starts: Int1D, dates: Int1D) -> _Cohorts:
    """Sort the events."""
    order = np.lexsort([dates, starts])
    start, date = starts[order], dates[order]
    opens = np.r_[True, (start[1:] != start[:-1]) | (date[1:] != date[:-1])]
    return _Cohorts(order, np.cumsum(opens) - 1, start[opens], date[opens])


def _within(residuals: Float2D, cohorts: _Cohorts) -> float:
    """Sum of the correlations of ordered pairs of one cohort."""
    shared = np.bincount(cohorts.member)[cohorts.member] > 1
    if not shared.any():
        return 0.0
    standard = _standardised(residuals[cohorts.event[shared]])
    sums = _of_runs(standard, cohorts.member[shared])
    return float(np.einsum("gd,gd->", sums, sums) - np.einsum("nd,nd->", standard, standard))


def _meeting(dates: Int1D, longest: int) -> tuple[Int1D, Int1D]:
    """Pairs of cohorts whose windows of `longest` days share one, each pair once."""
    order = np.argsort(dates, kind="stable")
    ordered, place = dates[order], np.arange(len(dates))
    reach = np.searchsorted(ordered, ordered + longest, side="left") - place - 1
    left = np.repeat(place, reach)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(reach) - reach, reach)
    return order[left], order[right]


def _products(residuals: Float2D, cohorts: _Cohorts, left: Int1D, right: Int1D) -> Float1D:
    """Sum of the correlations between the events of two cohorts, for each pair of cohorts."""
    early = np.where(cohorts.start[left] <= cohorts.start[right], left, right)
    late = left + right - early
    lags = cohorts.start[late] - cohorts.start[early]
    products = np.zeros(len(left))
    length = residuals.shape[1]
    for lag in np.unique(lags[lags <= length - COMMON_DAYS]).tolist():
        pairs = np.flatnonzero(lags == lag)
        tails = _sums(residuals[:, lag:], cohorts, early[pairs])
        heads = _sums(residuals[:, : length - lag], cohorts, late[pairs])
        products[pairs] = np.einsum("pd,pd->p", tails, heads)
    return products


def _sums(residuals: Float2D, cohorts: _Cohorts, wanted: Int1D) -> Float2D:
    """Sum of standardised residuals of each wanted cohort."""
    is_wanted = np.zeros(len(cohorts.date), dtype=bool)
    is_wanted[wanted] = True
    chosen = np.flatnonzero(is_wanted[cohorts.member])
    sums = _of_runs(_standardised(residuals[cohorts.event[chosen]]), cohorts.member[chosen])
    return np.asarray(sums[(np.cumsum(is_wanted) - 1)[wanted]])


def _standardised(residuals: Float2D) -> Float2D:
    """Rows of mean 0 and sum of squares 1, so that products are correlations; 0 where a row is flat."""
    mean = residuals.mean(axis=1, keepdims=True)
    centred = residuals - mean
    length = np.sqrt(np.einsum("nd,nd->n", centred, centred))[:, None]
    varies = length > FLAT * np.abs(mean)
    return np.asarray(centred * np.divide(1.0, length, out=np.zeros_like(length), where=varies))


def _of_runs(rows: Float2D, member: Int1D) -> Float2D:
    """Sum of the rows of each run of equal numbers."""
    opens = np.flatnonzero(np.r_[True, member[1:] != member[:-1]])
    every = np.arange(len(rows))
    runs = sparse.csr_array((np.ones(len(rows)), every, np.r_[opens, len(rows)]))
    return np.asarray(runs @ rows)


def _total_by_pairs(sample: EventSample, dates: Int1D, days: Int1D) -> Float1D:
    """Sum of rho x share over ordered pairs, from the days that both of a pair have."""
    on_calendar = _by_calendar_day(sample)
    totals = np.zeros(len(days))
    lengths, which = np.unique(days, return_inverse=True)
    step = max(1, _BLOCK // len(dates))
    for first in range(0, len(dates), step):
        rows = slice(first, first + step)
        correlations = _pairwise(on_calendar, rows)
        apart = dates[rows, None] - dates[None, :]
        sums = [float((correlations * _share(apart, length)).sum()) for length in lengths.tolist()]
        totals += np.array(sums)[which]
    return totals


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


def _pairwise(table: Float2D, rows: slice) -> Float2D:
    """Correlations of some rows with all, over common columns; 0 with itself or where undefined."""
    there = np.isfinite(table).astype(np.float64)
    values = np.nan_to_num(table)
    mine, present = values[rows], there[rows]
    common = present @ there.T
    safe = np.maximum(common, 1)
    mean, others = mine @ there.T, present @ values.T
    product = mine @ values.T - mean * others / safe
    square = mine**2 @ there.T - mean**2 / safe
    others_square = present @ (values**2).T - others**2 / safe
    size = np.sqrt(np.maximum(square, 0) * np.maximum(others_square, 0))
    scale = np.sqrt((mine**2).sum(axis=1))[:, None] * np.sqrt((values**2).sum(axis=1))
    defined = (common >= COMMON_DAYS) & (size > FLAT * scale) & _of_others(rows, common.shape)
    return np.where(defined, product / np.where(defined, size, 1.0), 0.0)


def _of_others(rows: slice, shape: tuple[int, int]) -> Bool1D:
    """Whether a row meets another than itself."""
    return np.asarray((np.arange(shape[0])[:, None] + rows.start) != np.arange(shape[1]))
