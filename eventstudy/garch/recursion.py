"""Variance recursions: one step, filtering, h-step forecasts and simulated paths."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND
    from eventstudy.values import VarianceModel

PERSISTENCE_GUARD = 0.999
PERSISTENCE_CAP = 0.995


@dataclass(frozen=True, slots=True)
class VarianceRule:
    """Parameters of one conditional-variance recursion.

    Attributes
    ----------
    model : str
        ``constant``: h = omega. ``garch`` and ``gjr``:
        h' = omega + (alpha + gamma 1[eps < 0]) eps^2 + beta h (Glosten, Jagannathan, Runkle 1993).
        ``egarch``: ln h' = omega + beta ln h + alpha (abs(z) - E abs(z)) + gamma z (Nelson 1991).
    omega, alpha, gamma, beta : float
        Coefficients; per cent squared per session for omega (its logarithm's scale for EGARCH).
    abs_moment : float
        E abs(z) of the unit-variance innovation; used by EGARCH only.
    """

    model: VarianceModel
    omega: float
    alpha: float = 0.0
    gamma: float = 0.0
    beta: float = 0.0
    abs_moment: float = math.sqrt(2 / math.pi)


def next_variance(rule: VarianceRule, residual: FloatND, variance: FloatND) -> FloatND:
    """Return tomorrow's conditional variance from today's residual and variance.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.
    residual : ndarray
        Today's eps in per cent, any shape; NaN stands for an unobserved session, whose squared
        residual is replaced by its expectation h.
    variance : ndarray
        Today's h in per cent squared per session, same shape.

    Returns
    -------
    ndarray
        Tomorrow's h, same shape, never NaN where the variance is not.
    """
    seen = ~np.isnan(residual)
    eps = np.where(seen, residual, 0.0)
    if rule.model == "constant":
        return np.full_like(variance, rule.omega)
    if rule.model == "egarch":
        z = eps / np.sqrt(variance)
        news = np.where(seen, rule.alpha * (np.abs(z) - rule.abs_moment) + rule.gamma * z, 0.0)
        return np.exp(rule.omega + rule.beta * np.log(variance) + news)
    arch = rule.alpha + rule.gamma * (eps < 0)
    shock = np.where(seen, arch * eps * eps, (rule.alpha + 0.5 * rule.gamma) * variance)
    return rule.omega + shock + rule.beta * variance


def filter_variance(rule: VarianceRule, residuals: Float1D, first: float) -> Float1D:
    """Run the recursion through observed residuals.

    Parameters
    ----------
    rule : VarianceRule
        The recursion, frozen.
    residuals : ndarray of shape (T,)
        eps in per cent; NaN marks an unobserved session.
    first : float
        Conditional variance of the first residual.

    Returns
    -------
    ndarray of shape (T + 1,)
        Conditional variance of each session, and of the session after the last.
    """
    variances = np.empty(len(residuals) + 1)
    variances[0] = first
    for t, eps in enumerate(residuals):
        variances[t + 1] = next_variance(rule, np.asarray(eps), np.asarray(variances[t]))
    return variances


def persistence(rule: VarianceRule, kappa: float = 0.5) -> float:
    """Return how much of a variance shock survives one session.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.
    kappa : float
        E[z^2 1(z < 0)]: one half for symmetric innovations, measured for residual draws.

    Returns
    -------
    float
        alpha + beta + gamma kappa; beta for EGARCH; 0 for a constant variance.
    """
    if rule.model == "constant":
        return 0.0
    if rule.model == "egarch":
        return rule.beta
    return rule.alpha + rule.beta + rule.gamma * kappa


def forecast_variance(rule: VarianceRule, first: float, horizon: int, kappa: float) -> Float1D:
    """Return closed-form h-step variance forecasts of a constant, GARCH or GJR recursion.

    Parameters
    ----------
    rule : VarianceRule
        The recursion; EGARCH has no closed form, average `simulate_paths` instead.
    first : float
        One-step forecast h_{t+1|t}.
    horizon : int
        Number of steps H.
    kappa : float
        E[z^2 1(z < 0)] of the innovations that the future is drawn from.

    Returns
    -------
    ndarray of shape (H,)
        h_{t+k|t} = omega (1 + p + ... + p^{k-2}) + p^{k-1} h_{t+1|t}, per cent squared per session.
    """
    p = persistence(rule, kappa)
    variances = np.empty(horizon)
    variances[0] = first
    for k in range(1, horizon):
        variances[k] = rule.omega + p * variances[k - 1]
    return variances


def simulate_paths(rule: VarianceRule, first: float, z: Float2D) -> tuple[Float2D, Float2D]:
    """Iterate the recursion along drawn innovations.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.
    first : float
        One-step forecast, the variance of step 1.
    z : ndarray of shape (H, B)
        Unit-variance innovations, one row a step, one column a replication.

    Returns
    -------
    residuals, variances : ndarray of shape (H, B)
        eps* in per cent and h* in per cent squared.
    """
    residuals, variances = np.empty_like(z), np.empty_like(z)
    variance = np.full(z.shape[1], first)
    for k in range(z.shape[0]):
        variances[k] = variance
        residuals[k] = np.sqrt(variance) * z[k]
        if k + 1 < z.shape[0]:
            variance = next_variance(rule, residuals[k], variance)
    return residuals, variances


def guarded(rule: VarianceRule, sample_variance: float, kappa: float) -> tuple[VarianceRule, bool]:
    """Replace a (nearly) integrated recursion by a variance-targeted one.

    A persistence of `PERSISTENCE_GUARD` or more leaves the long-run variance undefined, so the news
    coefficients are scaled to `PERSISTENCE_CAP` and omega is set to hit the sample variance.

    Parameters
    ----------
    rule : VarianceRule
        The fitted recursion.
    sample_variance : float
        Variance of the estimation window, per cent squared.
    kappa : float
        E[z^2 1(z < 0)] used for the persistence.

    Returns
    -------
    rule : VarianceRule
        The recursion to forecast with.
    replaced : bool
        Whether the guard acted.
    """
    p = persistence(rule, kappa)
    if p < PERSISTENCE_GUARD:
        return rule, False
    if rule.model == "egarch":
        long_run = (1 - PERSISTENCE_CAP) * math.log(sample_variance)
        return replace(rule, beta=PERSISTENCE_CAP, omega=long_run), True
    shrink = PERSISTENCE_CAP / p
    return (
        replace(
            rule,
            omega=sample_variance * (1 - PERSISTENCE_CAP),
            alpha=rule.alpha * shrink,
            gamma=rule.gamma * shrink,
            beta=rule.beta * shrink,
        ),
        True,
    )
