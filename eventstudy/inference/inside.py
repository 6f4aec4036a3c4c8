"""The estimation window as its own control group: the forecast errors it would have made k steps ahead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch import matched_to_draws, persistence

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.garch import VarianceRule

_NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Inside:
    """A fitted estimation window of n residuals.

    Attributes
    ----------
    residuals : ndarray of shape (n,)
        One-step residuals in per cent; NaN for a session left out of the fit.
    variances : ndarray of shape (n,)
        Their one-step conditional variances, per cent squared per session.
    rule : VarianceRule
        The frozen recursion that forecasts after the window.
    z : ndarray
        Standardised residuals with mean 0 and variance 1, which the future is drawn from.
    """

    residuals: Float1D
    variances: Float1D
    rule: VarianceRule
    z: Float1D


def forecasts(rule: VarianceRule, z: Float1D, firsts: Float1D, horizon: int) -> Float2D:
    """Return k-step variance forecasts from many origins at once.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.
    z : ndarray
        Innovations that the future is drawn from.
    firsts : ndarray of shape (n,)
        One-step forecasts at the origins, per cent squared per session.
    horizon : int
        Number of steps H.

    Returns
    -------
    ndarray of shape (H, n)
        h_{t+k|t}: the mean over all paths of drawn innovations, in closed form. An EGARCH's news does not
        depend on its variance, so that h_{t+k|t} = c_k h_{t+1|t}^(beta^(k-1)).
    """
    if rule.model == "egarch":
        return _exponential_forecasts(rule, z, firsts, horizon)
    matched, kappa = matched_to_draws(rule, z)
    survives = persistence(matched, kappa)
    ahead = np.empty((horizon, len(firsts)))
    ahead[0] = firsts
    for k in range(1, horizon):
        ahead[k] = rule.omega + survives * ahead[k - 1]
    return ahead


def _exponential_forecasts(rule: VarianceRule, z: Float1D, firsts: Float1D, horizon: int) -> Float2D:
    powers = rule.beta ** np.arange(horizon)
    logs = np.concatenate([[0.0], np.cumsum(_expected_log_steps(rule, z, horizon - 1))])
    return np.asarray(np.exp(logs[:, None] + powers[:, None] * np.log(firsts)[None, :]))


def _expected_log_steps(rule: VarianceRule, z: Float1D, steps: int) -> Float1D:
    """Return ln E exp(beta^j (omega + news)), j = 0..steps-1, over the innovations."""
    news = rule.omega + rule.alpha * (np.abs(z) - rule.abs_moment) + rule.gamma * z
    powers = rule.beta ** np.arange(steps)
    return np.asarray(np.log(np.exp(powers[:, None] * news[None, :]).mean(axis=1)))


def long_run_variance(rule: VarianceRule, z: Float1D) -> float:
    """Return the variance that forecasts converge to.

    Parameters
    ----------
    rule : VarianceRule
        The recursion, persistence below 1.
    z : ndarray
        Innovations that the future is drawn from.

    Returns
    -------
    float
        omega / (1 - p), per cent squared per session; the limit of c_k for EGARCH. Infinite where the
        persistence is 1 or more.
    """
    matched, kappa = matched_to_draws(rule, z)
    survives = persistence(matched, kappa)
    if survives >= 1:
        return math.inf
    if rule.model != "egarch":
        return rule.omega / (1 - survives)
    steps = math.ceil(math.log(_NEGLIGIBLE) / math.log(abs(survives))) if survives else 1
    return float(np.exp(_expected_log_steps(rule, z, steps).sum()))


def past_sums(values: Float1D, weights: Float1D) -> Float1D:
    """Return every overlapping weighted sum of consecutive values.

    Parameters
    ----------
    values : ndarray of shape (n,)
        One a session.
    weights : ndarray of shape (H,)
        One a step.

    Returns
    -------
    ndarray of shape (max(n - H + 1, 0),)
        sum over j of weights[j] values[i + j]; NaN where one of the values is.
    """
    if len(values) < len(weights):
        return np.empty(0)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, len(weights)) @ weights)


def past_forecasts(inside: Inside, horizon: int) -> Float2D:
    """Return the forecasts that the window would have made of itself.

    Parameters
    ----------
    inside : Inside
        The estimation window.
    horizon : int
        Number of steps H.

    Returns
    -------
    ndarray of shape (H, max(n - H + 1, 0))
        h_{t+k|t} with the whole window's parameters, one column an origin t from the eve of the first
        session on, as long as step H stays inside; per cent squared per session.
    """
    origins = max(len(inside.variances) - horizon + 1, 0)
    return forecasts(inside.rule, inside.z, inside.variances[:origins], horizon)
