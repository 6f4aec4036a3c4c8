"""Constrained quasi-Newton ascent, one evaluation at a time, so that many series can climb in lockstep.

The metric starts as the expected information (Fisher scoring) and is refreshed by it while the ascent is far
from the top; each accepted step then corrects it by BFGS, damped after Powell (1978). Bounds and the
persistence constraint are met exactly by an active-set step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.garch.compiled import kernel
from eventstudy.garch.quadratic import constrained_step

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND, Int2D

RUNNING, CONVERGED, STALLED, EXHAUSTED = 0, 1, 2, 3

VALUE, SLOPE, SHARE, PREDICTED, NUMBERS = 0, 1, 2, 3, 4
PASSES, REFUSALS, RESTARTS, STATUS, COUNTS = 0, 1, 2, 3, 4

_SUFFICIENT = 1e-4
_FAR = 0.02
_MOST_REFUSALS = 12
_MOST_RESTARTS = 3


class Climb(NamedTuple):
    """State of several ascents side by side.

    Attributes
    ----------
    point, trial, gradient, step : ndarray of shape (W, K)
        Best point so far, the point to evaluate next, the descent gradient (minus the score) at the best
        point and the step from it.
    metric : ndarray of shape (W, K, K)
        Approximate information matrix.
    numbers, counts : ndarray of shape (W, NUMBERS), (W, COUNTS)
        Minus the log-likelihood, slope along the step, share of it being tried and predicted gain; passes,
        refused trials in a row, restarts from the information matrix and status.
    held : ndarray of int of shape (W, K + 1)
        Active bounds (-1, 1) and, last, the persistence constraint.
    factor, work : ndarray of shape (K, K), (6, K)
        Scratch.
    """

    point: Float2D
    trial: Float2D
    gradient: Float2D
    step: Float2D
    metric: FloatND
    numbers: Float2D
    counts: Int2D
    held: Int2D
    factor: Float2D
    work: Float2D


class Limits(NamedTuple):
    """Linear constraints: lower <= theta <= upper and normal'theta <= ceiling.

    Attributes
    ----------
    lower, upper, normal : ndarray of shape (K,)
        A parameter whose bounds are equal is fixed.
    ceiling : float
        Infinite where there is no such constraint.
    """

    lower: Float1D
    upper: Float1D
    normal: Float1D
    ceiling: float


@kernel
def new_climb(width: int, size: int) -> Climb:
    """Return room for `width` ascents in `size` parameters."""
    return Climb(
        np.zeros((width, size)), np.zeros((width, size)), np.zeros((width, size)), np.zeros((width, size)),
        np.zeros((width, size, size)), np.zeros((width, NUMBERS)), np.zeros((width, COUNTS), np.int64),
        np.zeros((width, size + 1), np.int64), np.zeros((size, size)), np.zeros((8, size)),
    )  # fmt: skip


@kernel
def begin(climb: Climb, lane: int, start: Float1D) -> None:
    """Put one ascent at its start.

    Parameters
    ----------
    climb, lane
        The state, and which of its rows.
    start : ndarray of shape (K,)
        A feasible point.
    """
    climb.trial[lane] = start
    climb.numbers[lane] = 0.0
    climb.numbers[lane, VALUE] = np.inf
    climb.counts[lane] = 0


@kernel
def judge(
    climb: Climb, lane: int, limits: Limits, value: float, score: Float1D, information: Float2D,
    tolerance: float, most_passes: int,
) -> bool:  # fmt: skip
    """Take the evaluation of the trial point and propose the next; return whether the ascent has ended.

    Parameters
    ----------
    climb, lane
        The state, and which of its rows.
    limits : Limits
        The constraints.
    value : float
        Log-likelihood at the trial point; not finite outside the model's domain.
    score, information : ndarray of shape (K,), (K, K)
        At the trial point; the lower triangle of the information is read.
    tolerance : float
        Predicted gain in log-likelihood below which the ascent has arrived.
    most_passes : int
        Evaluations after which it gives up.

    Returns
    -------
    bool
        True once ``counts[lane, STATUS]`` is no longer running.
    """
    numbers, counts = climb.numbers[lane], climb.counts[lane]
    counts[PASSES] += 1
    first = numbers[VALUE] == np.inf
    loss = -value
    enough = numbers[VALUE] + _SUFFICIENT * numbers[SHARE] * numbers[SLOPE]
    noise = 4e-16 * abs(loss)
    if first or (np.isfinite(loss) and loss <= enough + noise):
        _accept(climb, lane, loss, score, information, first)
        counts[REFUSALS] = 0
        done = _aim(climb, lane, limits, tolerance, information, score.shape[0])
    else:
        done = _draw_back(climb, lane, loss)
    if not done and counts[PASSES] >= most_passes:
        counts[STATUS] = EXHAUSTED
        done = True
    return done


@kernel
def _accept(climb: Climb, lane: int, loss: float, score: Float1D, information: Float2D, first: bool) -> None:
    point, trial, gradient = climb.point[lane], climb.trial[lane], climb.gradient[lane]
    moved, turned = climb.work[4], climb.work[5]
    far = first or climb.numbers[lane, PREDICTED] > _FAR
    for i in range(point.shape[0]):
        moved[i] = trial[i] - point[i]
        turned[i] = -score[i] - gradient[i]
        point[i] = trial[i]
        gradient[i] = -score[i]
    climb.numbers[lane, VALUE] = loss
    if far:
        _copy_information(information, climb.metric[lane])
    if not first:
        _correct(climb.metric[lane], moved, turned, climb.work[6])


@kernel
def _copy_information(information: Float2D, metric: Float2D) -> None:
    """Fill a symmetric metric from a lower triangle, with a floor under its diagonal."""
    size = metric.shape[0]
    for i in range(size):
        for j in range(i):
            metric[i, j] = metric[j, i] = information[i, j]
        metric[i, i] = information[i, i] * (1 + 1e-10) + 1e-10


@kernel
def _correct(metric: Float2D, moved: Float1D, turned: Float1D, pushed: Float1D) -> None:
    """Update the metric by BFGS so that metric moved = turned, damped where curvature is lost."""
    size = moved.shape[0]
    quadratic, secant = 0.0, 0.0
    for i in range(size):
        value = 0.0
        for j in range(size):
            value += metric[i, j] * moved[j]
        pushed[i] = value
        quadratic += value * moved[i]
        secant += turned[i] * moved[i]
    if quadratic <= 1e-300:
        return
    keep = 1.0
    if secant < 0.1 * quadratic:
        keep = 0.9 * quadratic / (quadratic - secant)
    damped = keep * secant + (1 - keep) * quadratic
    for i in range(size):
        left = keep * turned[i] + (1 - keep) * pushed[i]
        for j in range(i + 1):
            right = keep * turned[j] + (1 - keep) * pushed[j]
            value = metric[i, j] + left * right / damped - pushed[i] * pushed[j] / quadratic
            metric[i, j] = value
            metric[j, i] = value


@kernel
def _aim(climb: Climb, lane: int, limits: Limits, tolerance: float, information: Float2D, size: int) -> bool:
    """Propose the next trial from the best point, or end the ascent there."""
    numbers, counts = climb.numbers[lane], climb.counts[lane]
    point, step, gradient = climb.point[lane], climb.step[lane], climb.gradient[lane]
    lower, upper = climb.work[6], climb.work[7]
    used = 0.0
    for i in range(size):
        lower[i], upper[i] = limits.lower[i] - point[i], limits.upper[i] - point[i]
        used += limits.normal[i] * point[i]
    room = max(limits.ceiling - used, 0.0)
    constrained_step(
        climb.metric[lane], gradient, lower, upper, limits.normal, room, step, climb.held[lane],
        climb.factor, climb.work,
    )  # fmt: skip
    slope, bent = 0.0, 0.0
    for i in range(size):
        slope += gradient[i] * step[i]
        for j in range(size):
            bent += step[i] * climb.metric[lane, i, j] * step[j]
    numbers[SLOPE], numbers[SHARE], numbers[PREDICTED] = slope, 1.0, -(slope + 0.5 * bent)
    if numbers[PREDICTED] < tolerance:
        counts[STATUS] = CONVERGED
        return True
    _place_trial(climb, lane, limits)
    return False


@kernel
def _place_trial(climb: Climb, lane: int, limits: Limits) -> None:
    share = climb.numbers[lane, SHARE]
    point, trial, step = climb.point[lane], climb.trial[lane], climb.step[lane]
    for i in range(point.shape[0]):
        trial[i] = min(max(point[i] + share * step[i], limits.lower[i]), limits.upper[i])


@kernel
def _draw_back(climb: Climb, lane: int, loss: float) -> bool:
    """Shorten a refused step by interpolation; give up where nothing is left of it."""
    numbers, counts = climb.numbers[lane], climb.counts[lane]
    counts[REFUSALS] += 1
    share, slope = numbers[SHARE], numbers[SLOPE]
    factor = 0.25
    if np.isfinite(loss):
        curve = loss - numbers[VALUE] - share * slope
        if curve > 0:
            factor = min(max(-share * slope / (2 * curve), 0.1), 0.5)
    numbers[SHARE] = share * factor
    point, trial, step = climb.point[lane], climb.trial[lane], climb.step[lane]
    if counts[REFUSALS] > _MOST_REFUSALS:
        counts[STATUS] = STALLED
        counts[RESTARTS] += 1
        if counts[RESTARTS] <= _MOST_RESTARTS and np.isfinite(numbers[VALUE]):
            counts[STATUS], counts[REFUSALS] = RUNNING, 0
            numbers[VALUE] = np.inf
            trial[:] = point
        return bool(counts[STATUS] != RUNNING)
    for i in range(point.shape[0]):
        trial[i] = point[i] + numbers[SHARE] * step[i]
    return False
