"""Tests with a closed-form null: GARCH z and the constant-sigma t."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D


def cumulation_weights(phi: float, first_step: int, last_step: int) -> Float1D:
    """Return how much each shock since the origin counts in a cumulated abnormal return.

    Parameters
    ----------
    phi : float
        Autoregressive coefficient of the mean; 0 for a constant mean.
    first_step, last_step : int
        The window, in steps from the origin, first step 1.

    Returns
    -------
    ndarray of shape (last_step,)
        sum over k in the window with k >= j of phi^(k-j), for j = 1..last_step.
    """
    window = np.arange(first_step, last_step + 1)
    shocks = np.arange(1, last_step + 1)
    lags = window[None, :] - shocks[:, None]
    return np.asarray(np.where(lags >= 0, phi ** np.maximum(lags, 0), 0.0).sum(axis=1))


def garch_z_error(step_variance: Float1D, weights: Float1D, days: int, mean_variance: float) -> float:
    """Return the standard error of a CAR under the GARCH forecast.

    Parameters
    ----------
    step_variance : ndarray of shape (last_step,)
        h_{o+k|o}, per cent squared per session.
    weights : ndarray of shape (last_step,)
        `cumulation_weights`.
    days : int
        Sessions H in the window.
    mean_variance : float
        Variance of the estimated mean, per cent squared.

    Returns
    -------
    float
        sqrt(sum w^2 h + H^2 var(mu)), per cent.
    """
    return math.sqrt(float(np.sum(weights**2 * step_variance)) + days**2 * mean_variance)


def constant_sigma_error(calm: Float1D, days: int) -> float:
    """Return the standard error of a CAR under a constant mean and variance.

    Parameters
    ----------
    calm : ndarray of shape (L,)
        Returns of the estimation window, per cent.
    days : int
        Sessions H in the window.

    Returns
    -------
    float
        s sqrt(H + H^2 / L) with s^2 on L - 1 degrees of freedom (MacKinlay 1997), per cent.
    """
    return float(np.std(calm, ddof=1)) * math.sqrt(days + days**2 / len(calm))


def two_sided_interval(estimate: float, error: float, critical: float) -> tuple[float, float]:
    """Return estimate -/+ critical x error.

    Parameters
    ----------
    estimate, error, critical : float
        Estimate, its standard error, and the two-sided critical value.

    Returns
    -------
    lower, upper : float
        In the unit of the estimate.
    """
    return estimate - critical * error, estimate + critical * error


def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile of a probability in (0, 1)."""
    return float(stats.norm.ppf(probability))


def t_quantile(probability: float, df: int) -> float:
    """Return the Student t quantile of a probability in (0, 1) with `df` degrees of freedom."""
    return float(stats.t.ppf(probability, df))


def normal_p(ratio: float) -> float:
    """Return the two-sided standard normal p-value of a ratio."""
    return float(2 * stats.norm.sf(abs(ratio)))


def t_p(ratio: float, df: int) -> float:
    """Return the two-sided Student t p-value of a ratio with `df` degrees of freedom."""
    return float(2 * stats.t.sf(abs(ratio), df))
