"""Mean rank and sign scores of each day over the events: what the rank tests are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.inference.panel.outcome import centre_and_spread
from eventstudy.inference.panel.sorting import SortedRows, counted, present, sorted_rows, tiles

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND, Int1D
    from eventstudy.inference.panel.sample import EventSample


class DayScores(NamedTuple):
    """Means over the events of each of T = L + W days; NaN on a day that no event has."""

    centred: Float1D
    """K - (T_i + 1) / 2: the rank among the event's T_i days, less its mean."""
    scaled: Float1D
    """U = K / (T_i + 1) - 1 / 2."""
    sign: Float1D
    """Sign of the abnormal return less the event's median."""
    present: Int1D
    """Events that have the day."""


class GeneralisedScores(NamedTuple):
    """The same of the generalised ranks: M windows, each one artificial day among the estimation days."""

    event: Float1D
    """Ubar_0 of each window, shape (M,); NaN where SCARs cannot be scaled."""
    deviation: Float1D
    """S_U of each window, shape (M,)."""
    points: int
    """T: days that any event has, and the artificial one."""
    variance: float
    """Variance of Ubar_0 if the events are independent: sum of (T_i - 1) / (12 (T_i + 1)) over N squared."""


def day_scores(sample: EventSample) -> DayScores:
    """Score each event's days, of the estimation window and of the event, among one another.

    Parameters
    ----------
    sample : EventSample
        N events.

    Returns
    -------
    DayScores
        Means over the events.
    """
    residuals, abnormal = sample.residuals, sample.abnormal
    centred, scaled, sign, having = np.zeros((4, residuals.shape[1] + abnormal.shape[1]))
    for events, count in tiles(present(residuals) + present(abnormal)):
        own = np.hstack([residuals[events], abnormal[events]])
        rows = sorted_rows(own)
        sums = _column_sums(rows, rows.rank - (count + 1) / 2, count)
        centred += sums
        scaled += sums / (count + 1)
        median = _medians(own, rows, count)[:, None]
        sign += 1.0 * counted(own > median, axis=0) - counted(own < median, axis=0)
        having += counted(np.isfinite(own), axis=0)
    mean = [_over(total, having) for total in (centred, scaled, sign)]
    return DayScores(mean[0], mean[1], mean[2], having.astype(np.int64))


def generalised_scores(sample: EventSample, scar: Float2D) -> GeneralisedScores:
    """Rank each event's scaled SCAR among its standardised estimation residuals.

    Parameters
    ----------
    sample : EventSample
        N events.
    scar : ndarray of shape (N, M)
        Standardised CARs of M windows.

    Returns
    -------
    GeneralisedScores
        Of Kolari and Pynnonen (2011).
    """
    _, deviation = centre_and_spread(scar)
    defined = np.isfinite(scar).all(axis=0) & (deviation > 0)
    scaled = scar[:, defined] / deviation[defined]
    base, having = np.zeros((2, sample.residuals.shape[1]))
    above = np.zeros((scaled.shape[1], len(base)))
    event = variance = 0.0
    for events, count in tiles(present(sample.residuals)):
        standard = _standardised(sample, events)
        joint = sorted_rows(np.hstack([standard, scaled[events]]))
        counts = _counts_above(standard, scaled[events], ties=joint.tied) / (count + 2)
        sums = _column_sums(joint, joint.rank / (count + 2), count + scaled.shape[1])
        base += sums[: len(base)] - counts.sum(axis=0)
        above += counts
        having += counted(np.isfinite(standard), axis=0)
        event += len(standard) * (1 + count) / (count + 2)
        variance += len(standard) * count / (12 * (count + 2))
    n, there = len(scar), having > 0
    first, spread = np.full((2, scar.shape[1]), np.nan)
    first[defined] = event / n - above.sum(axis=1) / n - 0.5
    daily = (base + above)[:, there] / having[there] - 0.5
    points = int(there.sum()) + 1
    square = (having[there] / n * daily**2).sum(axis=1) + first[defined] ** 2
    spread[defined] = np.sqrt(square / points)
    return GeneralisedScores(first, spread, points, variance / n**2)


def _standardised(sample: EventSample, events: Int1D | slice) -> Float2D:
    """Residuals over sigma sqrt(1 - leverage): equal variance on every day of the window."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 - sample.leverage[events]
        np.sqrt(scale, out=scale)
        scale *= sample.sigma[events][:, None]
        return np.divide(sample.residuals[events], scale, out=scale)


def _column_sums(rows: SortedRows, scores: Float2D, count: int) -> Float1D:
    """Sum over the rows of each column's score; the first `count` of each sorted row have one."""
    order = rows.order[:, :count]
    weights = np.broadcast_to(scores[:, :count], order.shape)
    sums = np.bincount(order.ravel(), weights=weights.ravel(), minlength=rows.order.shape[1])
    return np.asarray(sums, dtype=np.float64)


def _medians(values: Float2D, rows: SortedRows, count: int) -> Float1D:
    """Median of each row's `count` numbers."""
    row = np.arange(len(values))
    low, high = rows.order[:, (count - 1) // 2], rows.order[:, count // 2]
    return np.asarray((values[row, low] + values[row, high]) / 2)


def _counts_above(standard: Float2D, scaled: Float2D, *, ties: bool) -> FloatND:
    """How many of at most `TILE` events have a day above their own value, equal ones half, shape (M, L)."""
    days, value = standard[None], scaled.T[:, :, None]
    counts = counted(days > value, axis=1)
    return (counts + (counted(days >= value, axis=1) if ties else counts)) / 2


def _over(total: Float1D, having: Float1D) -> Float1D:
    """Mean over the events that have the day."""
    return np.where(having > 0, total / np.maximum(having, 1), np.nan)
