"""Tests with a closed-form null: GARCH z and the constant-sigma t."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D


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


def forecast_error_covariance(x: Float2D, x_star: Float2D, s2: float) -> Float2D:
    """Return the covariance of abnormal returns that a regression leaves, its own errors included.

    Parameters
    ----------
    x : ndarray of shape (L, k)
        Regressors of the estimation window, the constant among them; of full column rank.
    x_star : ndarray of shape (H, k)
        The same regressors in the event window.
    s2 : float
        Residual variance on L - k degrees of freedom, per cent squared.

    Returns
    -------
    ndarray of shape (H, H)
        s2 [I + X* (X'X)^-1 X*'] (Campbell, Lo and MacKinlay 1997, chapter 4), per cent squared. The days
        share one set of estimated coefficients, so that a CAR's variance is the sum of all entries and not of
        the diagonal alone; for a constant mean it is s2 (H + H^2 / L).
    """
    half = np.linalg.solve(np.linalg.qr(x)[1].T, x_star.T)
    return np.asarray(s2 * (np.eye(len(x_star)) + half.T @ half))


def long_run_variance(calm: Float1D, lags: int) -> float:
    """Return Bartlett's (Newey and West 1987) long-run variance.

    Parameters
    ----------
    calm : ndarray of shape (L,)
        Returns of the estimation window, per cent.
    lags : int
        Autocovariances to weigh in, j of them with weight 1 - j / (lags + 1); 0 for none.

    Returns
    -------
    float
        gamma_0 + 2 sum w_j gamma_j, never negative, per cent squared; autocovariances on L - 1 degrees of
        freedom, so that without lags it is the unbiased variance.
    """
    centred = calm - np.mean(calm)
    used = min(lags, len(calm) - 1)
    products = [float(centred[j:] @ centred[: len(centred) - j]) for j in range(used + 1)]
    weights = np.array([1.0, *(2 * (1 - j / (lags + 1)) for j in range(1, used + 1))])
    return float(weights @ np.array(products)) / (len(calm) - 1)


def hac_error(calm: Float1D, days: int) -> float:
    """Return the standard error of a CAR of serially dependent returns.

    Parameters
    ----------
    calm : ndarray of shape (L,)
        Returns of the estimation window, per cent.
    days : int
        Sessions H in the window.

    Returns
    -------
    float
        sqrt(v (H + H^2 / L)), per cent, with v the Bartlett long-run variance of H - 1 lags: H v is then
        exactly the variance of a sum of H sessions, and the second term is the error of the estimated mean.
        For one session this is `constant_sigma_error`.
    """
    return math.sqrt(long_run_variance(calm, days - 1) * (days + days**2 / len(calm)))


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
