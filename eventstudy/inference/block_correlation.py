"""Tests over all cells of events by series, with the correlation of the cells that share a date.

Kolari and Pynnonen (2010) correct a cross-section for the mean correlation of its units. Where the units are
events times series, units of one date are correlated and units of different dates are not: the mean runs over
all pairs, and the pairs of different dates count as 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from eventstudy.errors import BadValue
from eventstudy.inference.composite import mean_t, ratio_p, t_detectable
from eventstudy.inference.measure import Measure
from eventstudy.inference.outcome import Outcome, too_few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from eventstudy.arrays import Bool2D, Float1D, Float2D, Float3D, FloatND
    from eventstudy.values import Design

FEWEST_SHARED_DATES = 100


def calendar_correlation(residuals: Sequence[Float1D], dates: Sequence[NDArray[np.datetime64]]) -> Float2D:
    """Correlate the standardised residuals of several series on the dates that each pair shares.

    Parameters
    ----------
    residuals : sequence of S ndarrays
        Standardised residuals of each series' estimation window.
    dates : sequence of S ndarrays of datetime64
        Their sessions, increasing; one of each residual. Residuals are paired by date, never by position.

    Returns
    -------
    ndarray of shape (S, S)
        Correlations, 1 on the diagonal; NaN where a pair shares fewer than `FEWEST_SHARED_DATES` sessions.
    """
    count = len(residuals)
    correlation = np.eye(count)
    for i in range(count):
        for j in range(i):
            _, mine, theirs = np.intersect1d(dates[i], dates[j], assume_unique=True, return_indices=True)
            enough = len(mine) >= FEWEST_SHARED_DATES
            value = np.corrcoef(residuals[i][mine], residuals[j][theirs])[0, 1] if enough else np.nan
            correlation[i, j] = correlation[j, i] = value
    return correlation


def block_mean_correlation(correlation: Float3D, present: Bool2D) -> float:
    """Return the mean correlation over all pairs of cells; pairs of different dates count as 0.

    Parameters
    ----------
    correlation : ndarray of shape (E, S, S)
        Correlation of the series on each event's date, from calendar-time residuals of its estimation window.
    present : ndarray of bool of shape (E, S)
        Which cells there are; n in all.

    Returns
    -------
    float
        sum of rho_ij over i < j of one date, over n (n - 1) / 2. The diagonal does not count.

    Raises
    ------
    BadValue
        When two cells of one date have no correlation.
    """
    together = present[:, :, None] & present[:, None, :] & ~np.eye(present.shape[1], dtype=bool)
    total = float(correlation[together].sum()) / 2
    if math.isnan(total):
        raise BadValue(
            "the correlation of two series on one date", "NaN", "residuals that share more sessions"
        )
    cells = int(present.sum())
    return total / (cells * (cells - 1) / 2)


def kolari_pynnonen(ratio: FloatND, rbar: float, cells: int) -> FloatND:
    """Return a cross-sectional t ratio corrected for the mean correlation of its units.

    Parameters
    ----------
    ratio : ndarray
        `bmp_ratio`, of any shape.
    rbar : float
        Mean correlation over all pairs of units.
    cells : int
        n, units.

    Returns
    -------
    ndarray of that shape
        ratio sqrt((1 - rbar) / (1 + (n - 1) rbar)).
    """
    return ratio * math.sqrt((1 - rbar) / (1 + (cells - 1) * rbar))


def bmp_ratio(scar: FloatND) -> FloatND:
    """Return the cross-sectional t ratio of standardised returns (Boehmer, Musumeci and Poulsen 1991).

    Parameters
    ----------
    scar : ndarray of shape (..., n)
        Standardised cumulated abnormal returns of units that are taken to be independent.

    Returns
    -------
    ndarray of shape (...)
        sqrt(n) mean / sd. Over events times series it rejects far too often: see `kolari_pynnonen`.
    """
    return mean_t(scar)[2]


def patell_z(scar: FloatND, rbar: float = 0.0) -> FloatND:
    """Return the standard normal statistic of standardised returns whose variance is taken to be known.

    Parameters
    ----------
    scar : ndarray of shape (..., n)
        Standardised cumulated abnormal returns.
    rbar : float
        Mean correlation over all pairs; 0 is Patell (1976).

    Returns
    -------
    ndarray of shape (...)
        sum / sqrt(n (1 + (n - 1) rbar)). Event-induced variance makes it reject too often.
    """
    cells = scar.shape[-1]
    return np.asarray(scar.sum(axis=-1) / math.sqrt(cells * (1 + (cells - 1) * rbar)))


def cell_tests(scar: Float2D, correlation: Float3D, design: Design) -> Outcome:
    """Return the block-corrected Kolari-Pynnonen tests over all cells.

    Parameters
    ----------
    scar : ndarray of shape (E, S)
        Standardised cumulated abnormal returns, signed by direction; NaN where a series has none. Series of
        one event share one return interval; windows of different events do not overlap.
    correlation : ndarray of shape (E, S, S)
        As in `block_mean_correlation`.
    design : Design
        Level and power.

    Returns
    -------
    Outcome
        ``SCAR``, ``kp_block_events`` on t(E - 1), slightly conservative, and ``kp_block_cells`` on
        t(n - 1), liberal for few events. Refused below three events and for a single series.

    Raises
    ------
    BadValue
        When two cells of one date have no correlation.

    References
    ----------
    Kolari and Pynnonen (2010), with pairs of different dates at 0.
    """
    present = np.isfinite(scar)
    events, cells = int(present.any(axis=1).sum()), int(present.sum())
    reason = too_few(events, "events") or _one_series(present)
    if reason:
        return Outcome(refusals=(reason,))
    rbar = block_mean_correlation(correlation, present)
    mean, plain, _ = mean_t(scar[present])
    error = float(plain) / math.sqrt((1 - rbar) / (1 + (cells - 1) * rbar))
    return Outcome((
        _measure("kp_block_events", float(mean), error, events, events, design),
        _measure("kp_block_cells", float(mean), error, cells, events, design),
    ))  # fmt: skip


def _one_series(present: Bool2D) -> str:
    if int(present.any(axis=0).sum()) > 1:
        return ""
    return "one series has no correlation to correct for; read the test over episodes"


def _measure(method: str, mean: float, error: float, units: int, events: int, design: Design) -> Measure:
    critical = float(special.stdtrit(units - 1, 1 - design.level / 2))
    caution = "" if units == events else f", liberal with {events} dates"
    return Measure(
        "SCAR", method, mean, error, mean - critical * error, mean + critical * error,
        ratio_p(mean, error, units - 1), events, 0.0,
        t_detectable(units, design.level, design.power) * math.sqrt(units) * error,
        f"Student t({units - 1}), correlation within dates only{caution}, two-sided",
    )  # fmt: skip
