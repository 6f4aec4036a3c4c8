"""Compiled loops of the variance recursions along sessions and along paths, and the innovations of paths."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from eventstudy.errors import BadValue
from eventstudy.garch.compiled import kernel
from eventstudy.garch.innovations import shape_constants
from eventstudy.garch.sample import EXPONENTIAL, REALIZED, SCORE_DRIVEN
from eventstudy.values import INNOVATIONS

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND


class Step(NamedTuple):
    """What one step of a recursion needs, as numbers.

    Attributes
    ----------
    recursion : float
        A code of `eventstudy.garch.sample`; a constant variance is a classical one without news.
    omega, alpha, gamma, beta, moment : float
        As in `eventstudy.garch.recursion.VarianceRule`.
    ratio, share : float
        E[news / h], and the share of it that falls on losses: what an unobserved session counts as.
    nu, skew, a, b : float
        Shape of the innovation, and the location and scale of Hansen's (1994) density; nu is infinite for
        the normal.
    """

    recursion: float
    omega: float
    alpha: float
    gamma: float
    beta: float
    moment: float
    ratio: float
    share: float
    nu: float
    skew: float
    a: float
    b: float


def hansen_frame(nu: float, skew: float) -> tuple[float, float]:
    """Return a and b, with which w = (b z + a) / (1 + sign lambda) is symmetric Student on either side.

    Parameters
    ----------
    nu, skew : float
        Shape of the innovation; an infinite nu stands for the normal.

    Returns
    -------
    a, b : float
        Hansen's (1994) constants: 0 and 1 without skewness.
    """
    if skew == 0.0 or math.isinf(nu):
        return 0.0, 1.0
    constants = shape_constants(1 / nu, skew)
    return float(constants[3]), float(constants[4])


def probability_of_loss(nu: float, skew: float) -> float:
    """Return P(z < 0) of a unit-variance innovation.

    Parameters
    ----------
    nu, skew : float
        Its shape; an infinite nu stands for the normal.

    Returns
    -------
    float
        One half unless skewed. It is also E[s(z) 1(z < 0)] of the weighted square s(z) = -z d ln f / dz:
        minus the integral of z f'(z) over z < 0 is, by parts, that of f.
    """
    a, _ = hansen_frame(nu, skew)
    if a == 0.0:
        return 0.5
    side = 1 + abs(skew)
    below = side * float(stdtr(nu, a / side * math.sqrt(nu / (nu - 2))))
    return below - skew if a > 0 else below


@kernel
def _weighted_square(z: float, step: Step) -> float:
    """Return s(z) = -z d ln f / dz, whose expectation is 1 and which is z^2 for the normal."""
    if np.isinf(step.nu):
        return z * z
    inner = step.b * z + step.a
    shrink = 1.0 / (1.0 - step.skew if inner < 0 else 1.0 + step.skew)
    w = inner * shrink
    return (step.nu + 1) * z * w * step.b * shrink / (step.nu - 2 + w * w)


@kernel
def _advance(step: Step, residual: float, variance: float, measure: float) -> float:
    """Return tomorrow's variance; a NaN residual or measure is unobserved and counts as expected."""
    unseen = np.isnan(residual)
    if step.recursion == EXPONENTIAL:
        z = 0.0 if unseen else residual / np.sqrt(variance)
        size = 0.0 if unseen else abs(z) - step.moment
        return float(np.exp(step.omega + step.beta * np.log(variance) + step.alpha * size + step.gamma * z))
    loss = step.share if unseen else (1.0 if residual < 0 else 0.0)
    if step.recursion == REALIZED:
        news = step.ratio * variance if np.isnan(measure) else measure
    elif unseen:
        news = step.ratio * variance
    elif step.recursion == SCORE_DRIVEN:
        news = variance * _weighted_square(residual / np.sqrt(variance), step)
    else:
        news = residual * residual
    return step.omega + (step.alpha + step.gamma * loss) * news + step.beta * variance


@kernel
def advanced(step: Step, residuals: Float1D, variances: Float1D, measures: Float1D) -> Float1D:
    """Take one step from each of many sessions that know nothing of each other.

    Parameters
    ----------
    step : Step
        The recursion.
    residuals, variances, measures : ndarray of shape (n,)
        Of today; NaN marks an unobserved residual or measure.

    Returns
    -------
    ndarray of shape (n,)
        Tomorrow's variances.
    """
    following = np.empty_like(variances)
    for i in range(variances.shape[0]):
        following[i] = _advance(step, residuals[i], variances[i], measures[i])
    return following


@kernel
def filtered(step: Step, residuals: Float1D, measures: Float1D, first: float) -> Float1D:
    """Run a recursion through one series.

    Parameters
    ----------
    step : Step
        The recursion.
    residuals, measures : ndarray of shape (T,)
        NaN marks an unobserved one.
    first : float
        Variance of the first session.

    Returns
    -------
    ndarray of shape (T + 1,)
        Variance of each session, and of the session after the last.
    """
    variances = np.empty(residuals.shape[0] + 1)
    variances[0] = first
    for t in range(residuals.shape[0]):
        variances[t + 1] = _advance(step, residuals[t], variances[t], measures[t])
    return variances


@kernel
def _fill_paths(
    step: Step, first: float, z: Float2D, ratios: Float2D, residuals: Float2D, variances: Float2D
) -> None:
    """Write the paths of a recursion of the variance itself, one a column."""
    horizon, replications = z.shape
    variances[0] = first
    for k in range(horizon):
        for j in range(replications):
            variance = variances[k, j]
            residuals[k, j] = np.sqrt(variance) * z[k, j]
            if k + 1 < horizon:
                measure = variance * (ratios[k, j] if ratios.size else step.ratio)
                variances[k + 1, j] = _advance(step, residuals[k, j], variance, measure)


@kernel
def _fill_log_paths(step: Step, first: float, z: Float2D, residuals: Float2D, variances: Float2D) -> None:
    """Write the paths of an EGARCH, whose state stays a logarithm on the way."""
    state = np.full(z.shape[1], np.log(first))
    for k in range(z.shape[0]):
        for j in range(z.shape[1]):
            root = np.exp(0.5 * state[j])
            residuals[k, j], variances[k, j] = root * z[k, j], root * root
            news = step.alpha * (abs(z[k, j]) - step.moment) + step.gamma * z[k, j]
            state[j] = step.omega + step.beta * state[j] + news


@kernel
def simulated(steps: Float2D, firsts: Float1D, z: FloatND, ratios: FloatND) -> tuple[FloatND, FloatND]:
    """Run N recursions along paths of their own.

    Parameters
    ----------
    steps : ndarray of shape (N, 12)
        One `Step` a row.
    firsts : ndarray of shape (N,)
        Variance of the first session of each.
    z : ndarray of shape (N, H, B)
        Innovations.
    ratios : ndarray of shape (N, H, B) or (0, 0, 0)
        Measures over variances; of no size where they are not drawn.

    Returns
    -------
    residuals, variances : ndarray of shape (N, H, B)
        Along the paths.
    """
    residuals, variances = np.empty_like(z), np.empty_like(z)
    nothing = np.empty((0, 0))
    for i in range(z.shape[0]):
        r = steps[i]
        step = Step(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11])
        if step.recursion == EXPONENTIAL:
            _fill_log_paths(step, firsts[i], z[i], residuals[i], variances[i])
        else:
            drawn = ratios[i] if ratios.size else nothing
            _fill_paths(step, firsts[i], z[i], drawn, residuals[i], variances[i])
    return residuals, variances


def draw_innovations(
    dist: str, nu: float, skew: float, shape: tuple[int, ...], rng: np.random.Generator
) -> FloatND:
    """Draw independent innovations of mean 0 and variance 1.

    Parameters
    ----------
    dist : str
        ``normal``, ``t`` or ``skewt`` (Hansen 1994).
    nu, skew : float
        Degrees of freedom, more than 2, and skewness; those that the density has.
    shape : tuple of int
        Shape of the result, as (H, B) or (N, H, B).
    rng : Generator
        Source of randomness; the skewed t takes one uniform a draw, through its inverse distribution.

    Returns
    -------
    ndarray of that shape
        Innovations for `eventstudy.garch.recursion.simulate_paths`, as drawn residuals are.

    Raises
    ------
    BadValue
        For another density, or one without a variance.
    """
    if dist == "normal":
        return rng.standard_normal(shape)
    if dist not in INNOVATIONS:
        raise BadValue("dist", dist, "one of " + ", ".join(INNOVATIONS))
    if not 2 < nu < math.inf:
        raise BadValue("nu", nu, "finite degrees of freedom of more than 2")
    unit = math.sqrt((nu - 2) / nu)
    if dist == "t":
        return unit * rng.standard_t(nu, shape)
    return _skewed_quantile(rng.random(shape), nu, skew, unit)


def _skewed_quantile(u: FloatND, nu: float, skew: float, unit: float) -> FloatND:
    a, b = hansen_frame(nu, skew)
    side = np.where(u < (1 - skew) / 2, 1 - skew, 1 + skew)
    inner = np.where(u < (1 - skew) / 2, u / (1 - skew), (u + skew) / (1 + skew))
    return np.asarray((side * unit * stdtrit(nu, inner) - a) / b)
