"""Placebo studies in time: the event's own geometry moved to dates without news, refitted at each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch import fit_many
from eventstudy.garch.frozen import Frozen, freeze
from eventstudy.inference.inside import forecasts
from eventstudy.inference.placebo import PlaceboNull

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy.arrays import Bool1D, Float1D, Float2D, Int1D
    from eventstudy.returns import ReturnSeries
    from eventstudy.values import Design, Window

NEWS_REACH = (-5, 10)
CALM_REACH = (0, 5)
_STARTS = 2


@dataclass(frozen=True)
class PlaceboFits:
    """The design's model fitted on n estimation windows of one series.

    Attributes
    ----------
    ends : ndarray of int of shape (n,)
        Last position of each window on the sessions of the series.
    windows : ndarray of shape (n, L)
        Its returns, per cent.
    behind : ndarray of shape (n, K)
        Returns of the K sessions after it; NaN where there is none.
    frozen : Frozen
        Recursions, residuals and filtered variances.
    failed : int
        Windows left out because their fit did not converge.
    spacing : int
        Sessions from one window's end to the next one's.
    """

    ends: Int1D
    windows: Float2D
    behind: Float2D
    frozen: Frozen
    failed: int
    spacing: int

    def __len__(self) -> int:
        return len(self.ends)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where an event lies behind its estimation window, in sessions.

    Attributes
    ----------
    to_origin : int
        From the window's end to the forecast origin.
    to_day0 : int
        From the origin to day 0.
    """

    to_origin: int
    to_day0: int


@dataclass(frozen=True)
class PlaceboPath:
    """What followed every admissible placebo origin of one geometry.

    Attributes
    ----------
    day0 : ndarray of int of shape (n,)
        Positions of the placebo's day 0.
    rows : ndarray of int of shape (n,)
        Rows of `PlaceboFits` that they rest on.
    to_day0 : int
        Steps from the origin to day 0.
    abnormal : ndarray of shape (n, H)
        Abnormal returns of the H steps after the origin, per cent.
    shocks : ndarray of shape (n, H)
        Forecast variances of their shocks, per cent squared per session; the first is the variance forecast
        on the eve.
    variance : ndarray of shape (n, H)
        Forecast variances of the abnormal returns themselves.
    phi : ndarray of shape (n,)
        Autoregressive coefficient of each fit.
    spacing : int
        Sessions from one date to the next.
    """

    day0: Int1D
    rows: Int1D
    to_day0: int
    abnormal: Float2D
    shocks: Float2D
    variance: Float2D
    phi: Float1D
    spacing: int


def placebo_ends(rs: ReturnSeries, news: Sequence[int], design: Design) -> tuple[Int1D, int]:
    """Return the ends of estimation windows that hold no reaction to news, evenly spaced.

    Parameters
    ----------
    rs : ReturnSeries
        The series.
    news : sequence of int
        Positions of day 0 of every listed event.
    design : Design
        Length of the window, and the number of placebos wanted.

    Returns
    -------
    ends : ndarray of int of shape (n,)
        Increasing positions before the last event, so that later prices change nothing; each has
        `design.estimation` returns up to it.
    spacing : int
        Sessions between them: 1 unless history holds more of them than `design.placebos`.
    """
    seen = np.flatnonzero(np.isfinite(rs.returns))
    first = int(seen[design.estimation - 1]) if len(seen) >= design.estimation else len(rs.returns)
    last = max(news, default=len(rs.returns) - 1)
    if last <= first or not design.placebos:
        return np.empty(0, dtype=np.int64), 1
    spacing = -(-(last - first) // design.placebos)
    ends = np.arange(first, last, spacing)
    begins = seen[np.searchsorted(seen, ends, side="right") - design.estimation]
    return ends[~_touched(begins, ends, news, CALM_REACH)], spacing


def _touched(first: Int1D, last: Int1D, news: Iterable[int], reach: tuple[int, int]) -> Bool1D:
    """Return which spans of sessions hold a session of `reach` around news."""
    touched = np.zeros(len(first), dtype=bool)
    for day in news:
        touched |= (first <= day + reach[1]) & (last >= day + reach[0])
    return touched


def fit_placebos(rs: ReturnSeries, news: Sequence[int], design: Design, reach: int) -> PlaceboFits | None:
    """Fit the design's model on every placebo window, in one batch.

    Parameters
    ----------
    rs : ReturnSeries
        The series.
    news : sequence of int
        Positions of day 0 of every listed event.
    design : Design
        The model and the number of placebos.
    reach : int
        Sessions K behind each window that variances are filtered through.

    Returns
    -------
    PlaceboFits or None
        Windows whose fit did not converge are left out and counted; None without any window.
    """
    ends, spacing = placebo_ends(rs, news, design)
    if not len(ends):
        return None
    seen = np.flatnonzero(np.isfinite(rs.returns))
    last = np.searchsorted(seen, ends, side="right")
    windows = rs.returns[seen[last[:, None] - design.estimation + np.arange(design.estimation)]]
    padded = np.concatenate([rs.returns, np.full(reach, np.nan)])
    behind = padded[ends[:, None] + 1 + np.arange(reach)]
    fits = fit_many(
        windows, design.mean, design.variance, design.dist, presample=design.presample, starts=_STARTS
    )
    frozen = freeze(fits, windows, behind)
    usable = frozen.usable
    return PlaceboFits(ends[usable], windows[usable], behind[usable], frozen, int((~usable).sum()), spacing)


def placebo_path(
    fits: PlaceboFits, geometry: Geometry, span: Window, news: Iterable[int], until: int
) -> PlaceboPath:
    """Forecast from every placebo origin that an event's geometry leads to.

    Parameters
    ----------
    fits : PlaceboFits
        Fitted windows.
    geometry : Geometry
        The event's distances, moved with each placebo.
    span : (int, int)
        First and last relative session that any event window covers.
    news : iterable of int
        Positions of day 0 of listed events; no placebo's span lies within `NEWS_REACH` of them.
    until : int
        Last position that a placebo's span may hold: the event's own eve, so that nothing later counts.

    Returns
    -------
    PlaceboPath
        Dates with a missing return in the span are left out.
    """
    origin, first = geometry.to_origin, geometry.to_origin + geometry.to_day0 + span[0] - 1
    stop = geometry.to_origin + geometry.to_day0 + span[1]
    day0 = fits.ends + geometry.to_origin + geometry.to_day0
    clean = (day0 + span[1] <= until) & ~_touched(day0 + span[0], day0 + span[1], news, NEWS_REACH)
    clean &= np.isfinite(fits.behind[:, first:stop]).all(axis=1)
    rows = np.flatnonzero(clean)
    phi = fits.frozen.phi[rows]
    shocks = step_variances(fits.frozen, rows, fits.frozen.later[rows, origin], stop - origin)
    variance = shocks.copy()
    for k in range(1, stop - origin):
        variance[:, k] += phi**2 * variance[:, k - 1]
    abnormal = _abnormal(fits, rows, origin, stop)
    return PlaceboPath(day0[rows], rows, geometry.to_day0, abnormal, shocks, variance, phi, fits.spacing)


def _abnormal(fits: PlaceboFits, rows: Int1D, origin: int, stop: int) -> Float2D:
    phi = fits.frozen.phi[rows, None]
    level = fits.frozen.mu[rows, None] / (1 - phi)
    yesterday = fits.behind[rows, origin - 1] if origin else fits.windows[rows, -1]
    away = np.where(np.isfinite(yesterday[:, None]), yesterday[:, None] - level, 0.0)
    steps = np.arange(1, stop - origin + 1)
    return np.asarray(fits.behind[rows, origin:stop] - level - phi**steps * away)


def step_variances(frozen: Frozen, rows: Int1D, firsts: Float1D, steps: int) -> Float2D:
    """Return the variance forecasts of many recursions, each from its own state.

    Parameters
    ----------
    frozen : Frozen
        The recursions.
    rows : ndarray of int of shape (n,)
        Which of them.
    firsts : ndarray of shape (n,)
        One-step forecasts at the origins, per cent squared per session.
    steps : int
        Number of steps H.

    Returns
    -------
    ndarray of shape (n, H)
        As `eventstudy.inference.inside.forecasts`.
    """
    if frozen.rules and frozen.rules[0].model == "egarch":
        return _exponential(frozen, rows, firsts, steps)
    ahead = np.empty((len(rows), steps))
    ahead[:, 0] = firsts
    for k in range(1, steps):
        ahead[:, k] = frozen.omegas[rows] + frozen.persistences[rows] * ahead[:, k - 1]
    return ahead


def _exponential(frozen: Frozen, rows: Int1D, firsts: Float1D, steps: int) -> Float2D:
    chosen = (frozen.rules[row] for row in rows.tolist())
    ahead = (
        forecasts(rule, frozen.z[row], first[None], steps)[:, 0]
        for rule, row, first in zip(chosen, rows.tolist(), firsts, strict=True)
    )
    return np.array(list(ahead)).reshape(len(rows), steps)


def placebo_null(path: PlaceboPath, window: Window) -> PlaceboNull:
    """Return what the statistics of one event window were at every placebo date.

    Parameters
    ----------
    path : PlaceboPath
        From `placebo_path`.
    window : (int, int)
        Relative sessions inside its span.

    Returns
    -------
    PlaceboNull
        CAR and sum of squares in units of their forecasts.
    """
    first, last = path.to_day0 + window[0], path.to_day0 + window[1]
    inside = slice(first - 1, last)
    abnormal = path.abnormal[:, inside]
    deviation = np.sqrt(_cumulated(path.shocks[:, :last], path.phi, first))
    squares = (abnormal**2 / path.variance[:, inside]).sum(axis=1)
    overlap = min(1.0, path.spacing / (last - first + 1))
    return PlaceboNull(abnormal.sum(axis=1) / deviation, squares, path.shocks[:, 0], overlap)


def _cumulated(shocks: Float2D, phi: Float1D, first_step: int) -> Float1D:
    """Return the forecast variance of the sum from one step to the last, one per row."""
    if not phi.any():
        return np.asarray(shocks[:, first_step - 1 :].sum(axis=1))
    last = shocks.shape[1]
    lags = np.arange(first_step, last + 1)[:, None] - np.arange(1, last + 1)[None, :]
    powers = np.where(lags >= 0, phi[:, None, None] ** np.maximum(lags, 0), 0.0)
    return np.asarray((powers.sum(axis=1) ** 2 * shocks).sum(axis=1))
