"""Filtered historical simulation: what the model says could have happened without the event.

Barone-Adesi, Giannopoulos and Vosper (1999): standardised residuals of the calm are drawn and
sent through the variance recursion from the forecast origin, so that the null distribution is
conditional on volatility and keeps the tails of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch import forecast_variance, matched_to_draws, simulate_paths

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int2D
    from eventstudy.garch import VarianceRule


@dataclass(frozen=True)
class Null:
    """Abnormal returns without an event, H steps from one origin, B replications.

    Attributes
    ----------
    abnormal : ndarray of shape (H, B)
        AR*_k in per cent.
    step_variance : ndarray of shape (H,)
        h_{o+k|o}, per cent squared per session.
    variance : ndarray of shape (H,)
        Var(AR_k) given the origin: equal to `step_variance` unless the mean is autoregressive.
    """

    abnormal: Float2D
    step_variance: Float1D
    variance: Float1D


def draw_null(rule: VarianceRule, first: float, z: Float1D, phi: float, picks: Int2D) -> Null:
    """Send drawn residuals through the recursion.

    Parameters
    ----------
    rule : VarianceRule
        Frozen variance parameters.
    first : float
        One-step variance forecast at the origin, per cent squared per session.
    z : ndarray of shape (L,)
        Standardised residuals of the estimation window with mean 0 and variance 1.
    phi : float
        Autoregressive coefficient of the mean; 0 for a constant mean.
    picks : ndarray of int of shape (H, B)
        Which residual each step of each replication draws.

    Returns
    -------
    Null
        Closed-form variances use the residuals' own expected news and its share on losses, so that the
        simulated squares have the forecast as their mean; EGARCH averages its paths.
    """
    residuals, variances = simulate_paths(rule, first, z[picks])
    if rule.model == "egarch":
        step_variance = variances.mean(axis=1)
    else:
        matched, kappa = matched_to_draws(rule, z)
        step_variance = forecast_variance(matched, first, len(picks), kappa)
    if phi == 0.0:
        return Null(residuals, step_variance, step_variance)
    abnormal, variance = residuals.copy(), step_variance.copy()
    for k in range(1, len(picks)):
        abnormal[k] += phi * abnormal[k - 1]
        variance[k] += phi**2 * variance[k - 1]
    return Null(abnormal, step_variance, variance)


def two_sided_p(statistic: float, null: Float1D, floor: float) -> float:
    """Return (1 + #{abs(null) >= abs(statistic)}) / (B + 1), not below the floor.

    Parameters
    ----------
    statistic : float
        Observed value.
    null : ndarray of shape (B,)
        Draws without an event, centred at 0.
    floor : float
        Smallest p that the sample can support.

    Returns
    -------
    float
        p-value.
    """
    exceed = int(np.count_nonzero(np.abs(null) >= abs(statistic)))
    return max((1 + exceed) / (len(null) + 1), floor)


def upper_p(statistic: float, null: Float1D, floor: float) -> float:
    """Return (1 + #{null >= statistic}) / (B + 1), not below the floor.

    Parameters
    ----------
    statistic : float
        Observed value; large means abnormal.
    null : ndarray of shape (B,)
        Draws without an event.
    floor : float
        Smallest p that the sample can support.

    Returns
    -------
    float
        p-value.
    """
    exceed = int(np.count_nonzero(null >= statistic))
    return max((1 + exceed) / (len(null) + 1), floor)


def shift_interval(statistic: float, null: Float1D, level: float) -> tuple[float, float]:
    """Return the interval of shifts that the two-tailed null does not reject.

    Parameters
    ----------
    statistic : float
        Estimate of the shift.
    null : ndarray of shape (B,)
        Draws of the estimate's error.
    level : float
        One minus the coverage.

    Returns
    -------
    lower, upper : float
        Estimate minus the error's upper and lower quantile.
    """
    low, high = np.quantile(null, [level / 2, 1 - level / 2])
    return float(statistic - high), float(statistic - low)


def shift_mde(null: Float1D, level: float, power: float) -> float:
    """Return the smallest shift, of the harder sign, that the two-sided test detects.

    Parameters
    ----------
    null : ndarray of shape (B,)
        Draws without an event, centred at 0.
    level, power : float
        Size of the test and power wanted.

    Returns
    -------
    float
        Positive, in the unit of the draws.
    """
    critical = np.quantile(np.abs(null), 1 - level)
    low, high = np.quantile(null, [1 - power, power])
    return float(critical + max(-low, high))


def scale_interval(total: float, null: Float1D, level: float) -> tuple[float, float]:
    """Return the interval of variance multiples that a sum of squares supports.

    Parameters
    ----------
    total : float
        Observed sum of squared standardised abnormal returns.
    null : ndarray of shape (B,)
        The same sum without an event; a multiple lambda scales it.
    level : float
        One minus the coverage.

    Returns
    -------
    lower, upper : float
        total / q(1 - level/2), total / q(level/2).
    """
    low, high = np.quantile(null, [level / 2, 1 - level / 2])
    return float(total / high), float(total / low)


def scale_mde(null: Float1D, level: float, power: float) -> float:
    """Return the smallest variance multiple that the upper-tailed test detects.

    Parameters
    ----------
    null : ndarray of shape (B,)
        Sum of squares without an event.
    level, power : float
        Size of the test and power wanted.

    Returns
    -------
    float
        Larger than 1.
    """
    critical, beaten = np.quantile(null, [1 - level, 1 - power])
    return float(critical / beaten)
