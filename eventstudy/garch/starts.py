"""Where ascents start: few points, chosen to reach every kind of optimum that hard samples have.

The first serves ordinary samples. The others reach optima with a variance that decays without news (alpha
exactly 0 and beta near 1), with news and no memory (beta near 0), with faint news, and of constant variance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.sample import BETA, DOWN, ETA, SHAPES, SKEW, UP

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D
    from eventstudy.garch.climb import Limits
    from eventstudy.garch.spec import ModelSpec

# alpha, alpha + gamma, beta, eta
_NEWS_STARTS = (
    (0.03, 0.07, 0.90, 0.125),
    (0.0, 0.0, 0.995, 0.02),
    (0.0, 0.3, 0.10, 0.1),
    (0.01, 0.01, 0.80, 0.02),
    (0.0, 0.0, 0.9999, 0.02),
    (0.005, 0.005, 0.985, 0.01),
    (0.1, 0.2, 0.50, 0.05),
    (0.2, 0.0, 0.70, 0.05),
)
# alpha, gamma, beta, eta
_LOG_STARTS = (
    (0.15, -0.05, 0.95, 0.125),
    (0.0, 0.02, 0.999, 0.02),
    (0.3, -0.1, 0.30, 0.1),
    (0.0, -0.05, 0.90, 0.02),
    (0.05, 0.0, 0.995, 0.02),
    (0.1, -0.2, 0.80, 0.05),
    (0.02, 0.1, 0.50, 0.02),
    (0.4, 0.0, 0.85, 0.1),
)
_SEED_OF_FURTHER_STARTS = 1982
_LEAST_OMEGA = 1e-6
_SHARE_OF_ROOM = 0.9999


def starting_points(
    spec: ModelSpec, means: Float1D, free: Int1D, limits: Limits, variance: float, count: int
) -> Float2D:
    """Return feasible starts in the free parameters.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    means : ndarray of shape (m,)
        Least-squares coefficients of the mean, standardised.
    free : ndarray of int of shape (F,)
        Positions of the free parameters.
    limits : Limits
        Their constraints.
    variance : float
        Sample variance of the standardised residuals.
    count : int
        How many: the chosen ones first, then draws with a seed of their own.

    Returns
    -------
    ndarray of shape (J, F)
        One start a row; J = count, but 2 at most for a constant variance.
    """
    shapes = _shapes(spec, count)
    at = len(means)
    points = []
    for up, down, beta, eta in shapes:
        theta = np.zeros(at + SHAPES + len(spec.additive) + len(spec.multiplicative))
        theta[:at] = means
        theta[at + UP], theta[at + DOWN], theta[at + BETA], theta[at + ETA] = up, down, beta, eta
        theta[at + SKEW] = 0.0
        if spec.variance == "garch":
            theta[at + UP] = 0.5 * (up + down)
        memory = 0.0 if spec.variance == "constant" else 0.5 * (up + down) + beta
        theta[at] = max((1 - memory) * variance, _LEAST_OMEGA)
        if spec.variance == "egarch":
            theta[at] = (1 - beta) * np.log(variance)
        points.append(inside(theta[free], limits))
    return np.array(points)


def _shapes(spec: ModelSpec, count: int) -> list[tuple[float, float, float, float]]:
    if spec.variance == "constant":
        return list(_NEWS_STARTS[: min(count, 2)])
    exponential = spec.variance == "egarch"
    chosen = list(_LOG_STARTS if exponential else _NEWS_STARTS)[:count]
    rng = np.random.default_rng(_SEED_OF_FURTHER_STARTS)
    while len(chosen) < count:
        memory, share, tilt, eta = rng.random(4) ** np.array([0.3, 2.0, 1.0, 1.0])
        news = 0.6 * memory * share
        if exponential:
            chosen.append((news, 0.4 * (tilt - 0.5), 0.999 * memory, 0.3 * eta + 0.002))
        else:
            chosen.append((news * 2 * tilt, news * 2 * (1 - tilt), memory - news, 0.3 * eta + 0.002))
    return chosen


def inside(point: Float1D, limits: Limits) -> Float1D:
    """Move a point into the constraints: clip, then shrink towards the lower bounds.

    Parameters
    ----------
    point : ndarray of shape (F,)
        Free parameters.
    limits : Limits
        Their constraints.

    Returns
    -------
    ndarray of shape (F,)
        Feasible; the same point where it was.
    """
    point = np.clip(point, limits.lower, limits.upper)
    used = float(limits.normal @ point)
    if used <= _SHARE_OF_ROOM * limits.ceiling:
        return point
    pushing = limits.normal > 0
    floor = np.where(pushing, limits.lower, 0.0)
    least = float(limits.normal @ np.where(pushing, floor, 0.0))
    share = max(_SHARE_OF_ROOM * limits.ceiling - least, 0.0) / (used - least)
    return np.where(pushing, floor + share * (point - floor), point)
