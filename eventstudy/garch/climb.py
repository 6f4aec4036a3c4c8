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
    from eventstudy.arrays import Float1D, Float2D, Float3D, FloatND, Int2D

RUNNING, CONVERGED, STALLED, EXHAUSTED = 0, 1, 2, 3

VALUE, SLOPE, SHARE, PREDICTED, NUMBERS = 0, 1, 2, 3, 4
PASSES, REFUSALS, RESTARTS, STATUS, COUNTS = 0, 1, 2, 3, 4

_SUFFICIENT = 1e-4
_FAR = 0.02
_MOST_REFUSALS = 12
_MOST_RESTARTS = 1


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
    factor, moved, turned, pushed, lower, upper, slope, move, bent : ndarray of shape (K, K), (K,), ...
        Scratch; arrays of their own, because a view of an array costs more than what is done with it.
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
    moved: Float1D
    turned: Float1D
    pushed: Float1D
    lower: Float1D
    upper: Float1D
    slope: Float1D
    move: Float1D
    bent: Float1D


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
        np.zeros((width, size + 1), np.int64), np.zeros((size, size)), np.zeros(size), np.zeros(size),
        np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size),
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
    for i in range(start.shape[0]):
        climb.trial[lane, i] = start[i]
    for i in range(NUMBERS):
        climb.numbers[lane, i] = 0.0
    for i in range(COUNTS):
        climb.counts[lane, i] = 0
    climb.numbers[lane, VALUE] = np.inf


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
    numbers, counts, size = climb.numbers, climb.counts, score.shape[0]
    counts[lane, PASSES] += 1
    first = numbers[lane, VALUE] == np.inf
    loss = -value
    enough = numbers[lane, VALUE] + _SUFFICIENT * numbers[lane, SHARE] * numbers[lane, SLOPE]
    noise = 4e-16 * abs(loss)
    if first or (np.isfinite(loss) and loss <= enough + noise):
        _accept(climb, lane, loss, score, information, first)
        counts[lane, REFUSALS] = 0
        done = _aim(climb, lane, limits, tolerance, size)
    else:
        done = _draw_back(climb, lane, loss, size)
    if not done and counts[lane, PASSES] >= most_passes:
        counts[lane, STATUS] = EXHAUSTED
        done = True
    return done


@kernel
def _accept(climb: Climb, lane: int, loss: float, score: Float1D, information: Float2D, first: bool) -> None:
    size, numbers, metric = score.shape[0], climb.numbers, climb.metric
    point, trial, gradient, moved, turned = (
        climb.point,
        climb.trial,
        climb.gradient,
        climb.moved,
        climb.turned,
    )
    far = first or numbers[lane, PREDICTED] > _FAR
    for i in range(size):
        moved[i] = trial[lane, i] - point[lane, i]
        turned[i] = -score[i] - gradient[lane, i]
        point[lane, i] = trial[lane, i]
        gradient[lane, i] = -score[i]
    numbers[lane, VALUE] = loss
    if far:
        for i in range(size):
            for j in range(i):
                metric[lane, i, j] = metric[lane, j, i] = information[i, j]
            # a floor under the diagonal
            metric[lane, i, i] = information[i, i] * (1 + 1e-10) + 1e-10
    if not first:
        _correct(metric, lane, moved, turned, climb.pushed)


@kernel
def _correct(metric: Float3D, lane: int, moved: Float1D, turned: Float1D, pushed: Float1D) -> None:
    """Update the metric by BFGS so that metric moved = turned, damped where curvature is lost."""
    quadratic, secant, size = 0.0, 0.0, moved.shape[0]
    for i in range(size):
        value = 0.0
        for j in range(size):
            value += metric[lane, i, j] * moved[j]
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
        turned[i] = keep * turned[i] + (1 - keep) * pushed[i]
    for i in range(size):
        for j in range(i + 1):
            value = metric[lane, i, j] + turned[i] * turned[j] / damped - pushed[i] * pushed[j] / quadratic
            metric[lane, i, j] = metric[lane, j, i] = value


@kernel
def _aim(climb: Climb, lane: int, limits: Limits, tolerance: float, size: int) -> bool:
    """Propose the next trial from the best point, or end the ascent there."""
    lower, upper, point, trial = climb.lower, climb.upper, climb.point, climb.trial
    step, gradient, metric, numbers = (
        climb.step[lane],
        climb.gradient[lane],
        climb.metric[lane],
        climb.numbers,
    )
    least, most, normal = limits.lower, limits.upper, limits.normal
    used = 0.0
    for i in range(size):
        lower[i], upper[i] = least[i] - point[lane, i], most[i] - point[lane, i]
        used += normal[i] * point[lane, i]
    constrained_step(
        metric, gradient, lower, upper, normal, max(limits.ceiling - used, 0.0), step,
        climb.held[lane], climb.factor, climb.slope, climb.move, climb.bent,
    )  # fmt: skip
    slope, bent = 0.0, 0.0
    for i in range(size):
        slope += gradient[i] * step[i]
        for j in range(size):
            bent += step[i] * metric[i, j] * step[j]
    gain = -(slope + 0.5 * bent)
    numbers[lane, SLOPE], numbers[lane, SHARE], numbers[lane, PREDICTED] = slope, 1.0, gain
    if gain < tolerance:
        climb.counts[lane, STATUS] = CONVERGED
        return True
    for i in range(size):
        trial[lane, i] = min(max(point[lane, i] + step[i], least[i]), most[i])
    return False


@kernel
def _draw_back(climb: Climb, lane: int, loss: float, size: int) -> bool:
    """Shorten a refused step by interpolation; give up where nothing is left of it."""
    numbers, counts = climb.numbers, climb.counts
    counts[lane, REFUSALS] += 1
    share, slope = numbers[lane, SHARE], numbers[lane, SLOPE]
    factor = 0.25
    if np.isfinite(loss):
        curve = loss - numbers[lane, VALUE] - share * slope
        if curve > 0:
            factor = min(max(-share * slope / (2 * curve), 0.1), 0.5)
    numbers[lane, SHARE] = share * factor
    if counts[lane, REFUSALS] > _MOST_REFUSALS:
        counts[lane, STATUS] = STALLED
        counts[lane, RESTARTS] += 1
        if counts[lane, RESTARTS] <= _MOST_RESTARTS and np.isfinite(numbers[lane, VALUE]):
            counts[lane, STATUS], counts[lane, REFUSALS] = RUNNING, 0
            numbers[lane, VALUE] = np.inf
            for i in range(size):
                climb.trial[lane, i] = climb.point[lane, i]
        return bool(counts[lane, STATUS] != RUNNING)
    for i in range(size):
        climb.trial[lane, i] = climb.point[lane, i] + numbers[lane, SHARE] * climb.step[lane, i]
    return False
