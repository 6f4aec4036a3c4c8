"""Filtered historical simulation: what the model says could have happened without the event.

Barone-Adesi, Giannopoulos and Vosper (1999): standardised residuals of the calm are drawn and
sent through the variance recursion from the forecast origin, so that the null distribution is
conditional on volatility and keeps the tails of the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch import forecast_variance, matched_to_draws, simulate_paths

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND, Int2D
    from eventstudy.garch import VarianceRule

BLOCK_LENGTH = 5
_ROUNDING = 1e-9
SIMULATIONS = {
    "fhs": "filtered historical simulation",
    "fhs_tails": "filtered historical simulation",
    "fhs_block": f"filtered historical simulation in circular blocks of {BLOCK_LENGTH}",
    "fhs_params": "filtered historical simulation over refitted parameters",
}


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


def simulation(method: str, replications: int) -> str:
    """Return where a simulated null comes from, in words.

    Parameters
    ----------
    method : str
        A key of `SIMULATIONS`.
    replications : int
        Draws B.

    Returns
    -------
    str
        The beginning of `Measure.null_distribution`.
    """
    return f"{SIMULATIONS[method]}, B={replications}"


def circular_blocks(
    generator: np.random.Generator, count: int, shape: tuple[int, int], length: int = BLOCK_LENGTH
) -> Int2D:
    """Draw residual positions in runs of consecutive sessions, so that their order survives inside a run.

    Parameters
    ----------
    generator : Generator
        Source of randomness; the same seed draws the same sessions for every series.
    count : int
        Residuals to draw from, L; after the last comes the first again (Politis and Romano 1992).
    shape : (int, int)
        Steps H and replications B.
    length : int
        Sessions in a run.

    Returns
    -------
    ndarray of int of shape (H, B)
        For `draw_null`; each position is drawn with probability 1 / L.
    """
    horizon, replications = shape
    runs = generator.integers(0, count, size=(math.ceil(horizon / length), replications))
    positions = runs[:, None, :] + np.arange(length)[None, :, None]
    return np.asarray(positions.reshape(-1, replications)[:horizon] % count)


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
        p-value; NaN for a NaN statistic.
    """
    return upper_p(abs(statistic), np.abs(null), floor)


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
        p-value; NaN for a NaN statistic.
    """
    if math.isnan(statistic):
        return math.nan
    exceed = int(np.count_nonzero(null >= statistic))
    return max((1 + exceed) / (len(null) + 1), floor)


def equal_tailed_p(statistic: float, null: Float1D, floor: float) -> float:
    """Return twice the smaller tail, which does not take the draws for symmetric.

    Parameters
    ----------
    statistic : float
        Observed value.
    null : ndarray of shape (B,)
        Draws without an event.
    floor : float
        Smallest p that one tail of the sample can support.

    Returns
    -------
    float
        2 min(tail), at most 1 and not below twice the floor; NaN for a NaN statistic.
    """
    if math.isnan(statistic):
        return math.nan
    return min(1.0, 2 * min(upper_p(statistic, null, floor), upper_p(-statistic, -null, floor)))


def rank_critical(values: Float1D, level: float) -> float:
    """Return what a statistic has to exceed for its rank p-value to be at most a level.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The sample that it is ranked in; large means abnormal.
    level : float
        Size of the test.

    Returns
    -------
    float
        The floor(level (n + 1))-th largest value; NaN where not even the first rank reaches the level.
    """
    rank = math.floor(level * (len(values) + 1) + _ROUNDING)
    return float(np.sort(values)[-rank]) if rank else math.nan


def quantiles(values: FloatND, *shares: float) -> FloatND:
    """Return quantiles of thousands of draws, by one sort instead of numpy's partitions.

    Parameters
    ----------
    values : ndarray of shape (..., B)
        Draws along the last axis, without NaN.
    *shares : float
        K probabilities.

    Returns
    -------
    ndarray of shape (K, ...)
        Linear interpolation between order statistics (Hyndman and Fan's seventh definition).
    """
    ordered = np.sort(values, axis=-1)
    places = np.array(shares) * (values.shape[-1] - 1)
    below = np.minimum(places.astype(int), max(values.shape[-1] - 2, 0))
    above = np.minimum(below + 1, values.shape[-1] - 1)
    low, high = (np.moveaxis(ordered[..., at], -1, 0) for at in (below, above))
    step = (places - below).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(low + (high - low) * step)


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
    low, high = quantiles(null, level / 2, 1 - level / 2)
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
    critical = quantiles(np.abs(null), 1 - level)[0]
    low, high = quantiles(null, 1 - power, power)
    return float(critical + max(-low, high))


def equal_tailed_mde(null: Float1D, level: float, power: float) -> float:
    """Return the smallest shift, of the harder sign, that the equal-tailed test detects.

    Parameters
    ----------
    null : ndarray of shape (B,)
        Draws without an event.
    level, power : float
        Size of the test and power wanted.

    Returns
    -------
    float
        Positive, in the unit of the draws.
    """
    lowest, low, high, highest = quantiles(null, level / 2, 1 - power, power, 1 - level / 2)
    return float(max(highest - low, high - lowest))


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
    low, high = quantiles(null, level / 2, 1 - level / 2)
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
    critical, beaten = quantiles(null, 1 - level, 1 - power)
    return float(critical / beaten)
