"""Tests over episodes: one number an episode, then Student's t and the exact sign flip.

Series of one market on one date are little more than one observation, so that they are first weighted into
one standardised return an episode; what is counted is episodes. Neither test needs the scatter of that number
to be what the forecast said: event-induced variance is estimated with it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

from eventstudy.errors import BadValue
from eventstudy.inference.measure import Measure
from eventstudy.inference.outcome import Outcome, too_few

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND
    from eventstudy.values import Design

EXACT_EPISODES = 20
RANDOM_FLIPS = 99_999
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(100)
_WIDEST_SEARCH = 1e4


def composite(scar: Float2D, weights: Float1D) -> Float1D:
    """Weigh the series of each episode into one number.

    Parameters
    ----------
    scar : ndarray of shape (E, S)
        Cumulated abnormal returns over their forecast standard deviations; NaN where a series has none.
    weights : ndarray of shape (S,)
        Fixed before looking; any scale that does not sum to 0.

    Returns
    -------
    ndarray of shape (E,)
        sum of w_s SCAR_es over sum of w_s; NaN where a series with weight is missing, because another
        mixture would have another variance.

    Raises
    ------
    BadValue
        For weights that sum to 0, or of another number than the series.
    """
    total = float(np.sum(weights))
    if weights.shape != scar.shape[1:] or total == 0.0:
        raise BadValue("weights", weights.tolist(), f"{scar.shape[1]} weights that do not sum to 0")
    used = weights != 0
    return np.asarray(scar[:, used] @ weights[used] / total)


def mean_t(values: FloatND) -> tuple[FloatND, FloatND, FloatND]:
    """Return means, their standard errors and t ratios along the last axis.

    Parameters
    ----------
    values : ndarray of shape (..., E)
        One number an episode.

    Returns
    -------
    mean, error, ratio : ndarray of shape (...)
        ``error`` = sd / sqrt(E) with the standard deviation on E - 1 degrees of freedom; 0 when all
        are equal.
    """
    mean = np.mean(values, axis=-1)
    error = np.std(values, axis=-1, ddof=1) / math.sqrt(values.shape[-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return mean, error, mean / error


def t_power(effect: float, episodes: int, level: float) -> float:
    """Return the power of the two-sided t test over episodes.

    Parameters
    ----------
    effect : float
        True mean in standard deviations of the episodes' numbers.
    episodes : int
        E, at least 2.
    level : float
        Size of the test.

    Returns
    -------
    float
        P(abs(t) > critical) under the noncentral t with E - 1 degrees of freedom: the normal probability
        averaged over the scatter that the sample may show, good to five decimals.
    """
    df, shift = episodes - 1, effect * math.sqrt(episodes)
    scatter = np.sqrt(special.chdtri(df, (_NODES + 1) / 2) / df)
    critical = special.stdtrit(df, 1 - level / 2) * scatter
    return float(_WEIGHTS @ (special.ndtr(shift - critical) + special.ndtr(-critical - shift)) / 2)


def t_detectable(episodes: int, level: float, power: float) -> float:
    """Return the smallest effect that the two-sided t test over episodes finds with a given power.

    Parameters
    ----------
    episodes : int
        E, at least 2.
    level, power : float
        Size of the test and power wanted, power above level.

    Returns
    -------
    float
        In standard deviations of the episodes' numbers.
    """
    return float(
        optimize.brentq(lambda effect: t_power(effect, episodes, level) - power, 0.0, _WIDEST_SEARCH)
    )


def shared_mean_error(errors: Float1D, overlap: Float2D) -> float:
    """Return the average covariance of episodes that were measured against the same estimated mean.

    An error of the estimated mean shifts every episode of its estimation window alike: their numbers are
    correlated although their dates are far apart, and the scatter between them does not show it.

    Parameters
    ----------
    errors : ndarray of shape (E,)
        Direction x H x se(mean) over the forecast sd of each episode: how far one standard error of the mean
        moves its number.
    overlap : ndarray of shape (E, E)
        Correlation of the estimated means: sessions two estimation windows share over the geometric mean of
        their lengths.

    Returns
    -------
    float
        Mean off-diagonal covariance, not below 0 (opposite directions cancel; that gain is not used).
    """
    count = len(errors)
    covariance = overlap * np.outer(errors, errors)
    return max(float(covariance.sum() - np.trace(covariance)) / (count * (count - 1)), 0.0)


def episode_t(values: Float1D, design: Design, shared: float = 0.0) -> Measure:
    """Return the t test that the mean over episodes is 0.

    Parameters
    ----------
    values : ndarray of shape (E,)
        One finite number an episode, its sign fixed by the direction beforehand; E >= 3.
    design : Design
        Level and power.
    shared : float
        `shared_mean_error`; 0 when the mean is known or the estimation windows are apart.

    Returns
    -------
    Measure
        ``SCAR``, ``episode_t``: mean / sqrt(sd^2 / E + shared) on t(E - 1), in forecast standard deviations.
    """
    count = len(values)
    mean, plain, _ = mean_t(values)
    estimate, error = float(mean), math.sqrt(float(plain) ** 2 + shared)
    critical = float(special.stdtrit(count - 1, 1 - design.level / 2))
    return Measure(
        "SCAR", "episode_t", estimate, error, estimate - critical * error, estimate + critical * error,
        ratio_p(estimate, error, count - 1), count, 0.0,
        t_detectable(count, design.level, design.power) * math.sqrt(count) * error,
        f"Student t({count - 1}) over {count} episodes, two-sided",
    )  # fmt: skip


def ratio_p(estimate: float, error: float, df: int) -> float:
    """Return the two-sided Student t p-value of an estimate with a standard error.

    Parameters
    ----------
    estimate, error : float
        In one unit.
    df : int
        Degrees of freedom.

    Returns
    -------
    float
        NaN when the error is 0: equal numbers leave no scatter to judge by.
    """
    return float(2 * special.stdtr(df, -abs(estimate / error))) if error > 0 else math.nan


def sign_flip(values: Float1D, design: Design, rng: np.random.Generator) -> Measure:
    """Return the randomisation test that the episodes' numbers are symmetric about 0.

    Parameters
    ----------
    values : ndarray of shape (E,)
        One finite number an episode, its sign fixed by the direction beforehand; E >= 3.
    design : Design
        Level and power.
    rng : Generator
        Draws the flips of more than `EXACT_EPISODES` episodes; not used below that.

    Returns
    -------
    Measure
        ``SCAR``, ``sign_flip``: share of the 2^E sign patterns whose mean is at least as far from 0; floor
        2 / 2^E. The interval inverts the test: subset means are its limits (Hartigan 1969), infinite where
        the floor is above the level. ``mde`` is that of the t test at the level that the patterns attain.
        An error of the mean that episodes share is not in it, as it is in `episode_t`.
    """
    count, total = len(values), float(values.sum())
    sums, sizes, exact = _subsets(values, rng)
    patterns = len(sums) if exact else len(sums) + 1
    slack = 1e-12 * float(np.abs(values).sum())
    exceed = int(np.count_nonzero(np.abs(total - 2 * sums) >= abs(total) - slack))
    floor = 2 / patterns if exact else 1 / patterns
    tail = math.floor(design.level * patterns / 2 + 1e-9)
    lower, upper = _subset_interval(sums[sizes > 0] / sizes[sizes > 0], tail)
    spread = float(np.std(values, ddof=1))
    return Measure(
        "SCAR", "sign_flip", total / count, spread / math.sqrt(count), lower, upper,
        exceed / patterns if exact else (1 + exceed) / patterns, count, floor,
        _flip_mde(count, spread, 2 * tail / patterns, design.power),
        f"{'all' if exact else 'random'} {len(sums)} sign patterns of {count} episodes, two-sided",
    )  # fmt: skip


def _subsets(values: Float1D, rng: np.random.Generator) -> tuple[Float1D, Float1D, bool]:
    """Return sums and sizes of the subsets whose signs are flipped, and whether these are all subsets."""
    if len(values) <= EXACT_EPISODES:
        sums, sizes = np.zeros(1), np.zeros(1)
        for value in values:
            sums = np.concatenate([sums, sums + value])
            sizes = np.concatenate([sizes, sizes + 1])
        return sums, sizes, True
    flipped = rng.integers(0, 2, size=(RANDOM_FLIPS, len(values))).astype(float)
    return flipped @ values, flipped.sum(axis=1), False


def _subset_interval(means: Float1D, tail: int) -> tuple[float, float]:
    """Return the shifts that the sign flip does not reject: the tail-th subset mean from either end."""
    if tail < 1:
        return -math.inf, math.inf
    ordered = np.partition(means, (tail - 1, len(means) - tail))
    return float(ordered[tail - 1]), float(ordered[len(means) - tail])


def _flip_mde(count: int, spread: float, attained: float, power: float) -> float:
    return math.inf if attained <= 0 else t_detectable(count, attained, power) * spread


def episode_tests(values: Float1D, design: Design, rng: np.random.Generator, shared: float = 0.0) -> Outcome:
    """Return both tests over episodes, or why there are none.

    Parameters
    ----------
    values : ndarray of shape (E,)
        One number an episode, in forecast standard deviations, its sign fixed by the direction beforehand.
        Episodes are independent: windows do not overlap.
    design : Design
        Level and power.
    rng : Generator
        For the random flips of more than `EXACT_EPISODES` episodes.
    shared : float
        `shared_mean_error`.

    Returns
    -------
    Outcome
        ``episode_t`` and ``sign_flip``; refused below three episodes, where a pattern is not testable.
    """
    reason = too_few(len(values))
    if reason:
        return Outcome(refusals=(reason,))
    return Outcome((episode_t(values, design, shared), sign_flip(values, design, rng)))
