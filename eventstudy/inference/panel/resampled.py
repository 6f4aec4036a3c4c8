"""Bootstraps of the mean CAR's t: over events, over dates, and by random signs under the null.

Every test takes a `View`, a seed and a number of replications, and returns an `Outcome` whose statistic is
the t that is resampled and whose p-value is (1 + replications at least as far from 0) / (1 + replications).
The draws depend on the seed and the test's name alone, so neither other tests nor their order change them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy.inference.panel.clustered import Clusters, by_date, clustered_t, grouped, too_few, totals
from eventstudy.inference.panel.outcome import FLAT, LEAST, Outcome, concluded
from eventstudy.inference.panel.view import View, refusing_few

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.arrays import Float1D, Float2D, FloatND

WEBB_BELOW = 12
"""Dates below which signs alone make too few patterns, and Webb's six weights are drawn."""

_HELD = 4_000_000
"""Weights held at once: bounds the memory."""

_TIE = 1 - 1e-9
"""A replication this close to the statistic equals it but for rounding, and counts as at least as far."""

_SIGNS = np.array([-1.0, 1.0])
_WEBB = np.sqrt([0.5, 1.0, 1.5])[:, None] * _SIGNS

Weights = Literal["auto", "rademacher", "webb"]


@refusing_few
def bootstrap(view: View, *, seed: int, replications: int) -> Outcome:
    """Percentile-t bootstrap of the cross-sectional t: events drawn with replacement (Hall 1992).

    Parameters
    ----------
    view : View
        Events, taken as independent, and windows.
    seed : int
        Of the draws.
    replications : int
        How many.

    Returns
    -------
    Outcome
        Two-sided, symmetric: |t*| about the sample's mean against |t|.
    """
    events = grouped(np.arange(view.n))
    draw = partial(_redrawn, view, events, _generator("bootstrap", seed))
    null = f"bootstrap of {view.n} events"
    return _judged("bootstrap", view, events, draw=draw, replications=replications, null=null)


@refusing_few
def block_bootstrap(view: View, *, seed: int, replications: int) -> Outcome:
    """Percentile-t bootstrap of the clustered t: whole dates drawn with replacement.

    Parameters
    ----------
    view : View
        Events and windows.
    seed : int
        Of the draws.
    replications : int
        How many.

    Returns
    -------
    Outcome
        Two-sided, symmetric; refused with fewer than 3 dates.
    """
    dates = by_date(view)
    if len(dates.size) < LEAST:
        return too_few("block_bootstrap", view, "dates", len(dates.size))
    draw = partial(_redrawn, view, dates, _generator("block_bootstrap", seed))
    null = f"bootstrap of {len(dates.size)} dates"
    return _judged("block_bootstrap", view, dates, draw=draw, replications=replications, null=null)


@refusing_few
def wild_bootstrap(view: View, *, seed: int, replications: int, weights: Weights = "auto") -> Outcome:
    """Wild bootstrap of the clustered t under a mean of 0: each date's CARs times one random weight.

    Cameron, Gelbach and Miller (2008); Webb (2023) for few dates. With one event a date it is the wild
    bootstrap of the cross-sectional t.

    Parameters
    ----------
    view : View
        Events and windows.
    seed : int
        Of the weights.
    replications : int
        How many.
    weights : {"auto", "rademacher", "webb"}
        Signs, Webb's six points, or Webb's below `WEBB_BELOW` dates and signs otherwise.

    Returns
    -------
    Outcome
        Two-sided; refused with fewer than 3 dates.
    """
    dates = by_date(view)
    groups = len(dates.size)
    if groups < LEAST:
        return too_few("wild_bootstrap", view, "dates", groups)
    webb = weights == "webb" or (weights == "auto" and groups < WEBB_BELOW)
    points = _WEBB.ravel() if webb else _SIGNS
    draw = partial(_weighted, view, dates, points=points, rng=_generator("wild_bootstrap", seed))
    null = f"wild bootstrap of {groups} dates, {'Webb' if webb else 'Rademacher'} weights"
    return _judged("wild_bootstrap", view, dates, draw=draw, replications=replications, null=null)


def _redrawn(view: View, clusters: Clusters, rng: np.random.Generator, rows: int) -> Float2D:
    """Draw the t of resampled clusters about the sample's mean, shape (rows, M)."""
    groups = len(clusters.size)
    picks = rng.integers(0, groups, size=(rows, groups)) + groups * np.arange(rows)[:, None]
    often = np.bincount(picks.ravel(), minlength=rows * groups).reshape(rows, groups).astype(np.float64)
    sums, size = totals(clusters, view.car - view.mean_abnormal), _sizes(clusters)
    cross = often @ (sums * size)
    return _t(
        groups, often @ sums, often @ sums**2, cross=cross, events=often @ size, squares=often @ size**2
    )


def _weighted(
    view: View, clusters: Clusters, *, points: Float1D, rng: np.random.Generator, rows: int
) -> Float2D:
    """Draw the t of clusters times random weights, shape (rows, M)."""
    groups = len(clusters.size)
    weight = points[rng.integers(0, len(points), size=(rows, groups))]
    sums, size = totals(clusters, view.car), _sizes(clusters)
    cross, events, squares = weight @ (sums * size), size.sum(axis=0), (size**2).sum(axis=0)
    return _t(groups, weight @ sums, weight**2 @ sums**2, cross=cross, events=events, squares=squares)


def _sizes(clusters: Clusters) -> Float2D:
    """Events of each cluster, shape (G, 1)."""
    return clusters.size.astype(np.float64)[:, None]


def _t(
    groups: int, total: Float2D, square: Float2D, *, cross: Float2D, events: FloatND, squares: FloatND
) -> Float2D:
    """Mean over clustered standard error from sums over clusters; infinite where nothing varies.

    The clusters' totals S and sizes n enter as sum S, sum S^2, sum S n, sum n and sum n^2; the residual
    total of a cluster is S - n mean.
    """
    mean = total / events
    left = square - 2 * mean * cross + mean**2 * squares
    spread = np.sqrt(np.where(left > FLAT * square, left, 0.0) * groups / (groups - 1))
    return np.divide(total, spread, out=np.full_like(total, np.inf), where=spread > 0)


def _judged(
    test: str, view: View, clusters: Clusters, *, draw: Callable[..., Float2D], replications: int, null: str
) -> Outcome:
    """Count the replications at least as far from 0 as the sample's clustered t."""
    t = clustered_t(view, clusters)
    step = max(1, _HELD // len(clusters.size))
    beyond = np.zeros(len(t), dtype=np.int64)
    for first in range(0, replications, step):
        drawn = draw(rows=min(step, replications - first))
        beyond += (np.abs(drawn) >= _TIE * np.abs(t)).sum(axis=0)
    p = (1 + beyond) / (1 + replications)
    told = f"{null}, {replications} draws"
    return concluded(test, statistic=t, p_value=p, n=view.n, null=told, why="the CARs do not vary")


def _generator(test: str, seed: int) -> np.random.Generator:
    """Random numbers of one test's own."""
    return np.random.default_rng([seed, *test.encode()])
