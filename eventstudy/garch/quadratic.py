"""The step of a constrained quasi-Newton method: a small quadratic programme with an exact active set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.compiled import kernel

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D

_FREE, _AT_LOWER, _AT_UPPER = 0, -1, 1
_ZERO = 1e-14


@kernel
def constrained_step(
    metric: Float2D, gradient: Float1D, lower: Float1D, upper: Float1D, normal: Float1D, room: float,
    step: Float1D, held: Int1D, factor: Float2D, slope: Float1D, move: Float1D, bent: Float1D,
) -> bool:  # fmt: skip
    """Minimise gradient'd + d'metric d / 2 with lower <= d <= upper and normal'd <= room.

    Parameters
    ----------
    metric : ndarray of shape (K, K)
        Positive definite.
    gradient, lower, upper, normal : ndarray of shape (K,)
        lower <= 0 <= upper; a parameter with lower = upper = 0 is fixed.
    room : float
        At least 0; infinite without the linear constraint.
    step : ndarray of shape (K,)
        Filled with the minimiser.
    held : ndarray of int of shape (K + 1,)
        Filled with -1 or 1 for parameters held at a bound, and 1 in the last place where the linear
        constraint is active.
    factor, slope, move, bent : ndarray of shape (K, K), (K,), (K,), (K,)
        Scratch.

    Returns
    -------
    bool
        Whether the optimum was reached; a step that was not is still feasible and downhill.
    """
    size = gradient.shape[0]
    _hold_what_pushes_out(gradient, lower, upper, step, held)
    for _ in range(6 * size + 10):
        _slope_at(metric, gradient, step, slope)
        force = _newton_move(metric, slope, normal, held, factor, move, bent)
        share, blocked = _longest_share(move, step, lower, upper, normal, room, held)
        for i in range(size):
            step[i] += share * move[i]
        if blocked >= 0:
            held[blocked] = 1 if blocked == size or move[blocked] > 0 else -1
            continue
        _slope_at(metric, gradient, step, slope)
        released = _most_eager(slope, normal, force, lower, upper, held, metric)
        if released < 0:
            return True
        held[released] = _FREE
    return False


@kernel
def _hold_what_pushes_out(
    gradient: Float1D, lower: Float1D, upper: Float1D, step: Float1D, held: Int1D
) -> None:
    held[-1] = 0
    for i in range(gradient.shape[0]):
        step[i] = 0.0
        held[i] = _FREE
        if lower[i] >= -_ZERO and (gradient[i] > 0 or upper[i] <= _ZERO):
            held[i] = _AT_LOWER
        elif upper[i] <= _ZERO and gradient[i] < 0:
            held[i] = _AT_UPPER


@kernel
def _slope_at(metric: Float2D, gradient: Float1D, step: Float1D, slope: Float1D) -> None:
    for i in range(gradient.shape[0]):
        value = gradient[i]
        for j in range(gradient.shape[0]):
            value += metric[i, j] * step[j]
        slope[i] = value


@kernel
def _newton_move(
    metric: Float2D,
    slope: Float1D,
    normal: Float1D,
    held: Int1D,
    factor: Float2D,
    move: Float1D,
    bent: Float1D,
) -> float:
    """Write the move to the minimum on the free parameters; return the linear constraint's force."""
    size = slope.shape[0]
    _cholesky_of_free(metric, held, factor)
    for i in range(size):
        move[i] = -slope[i] if held[i] == _FREE else 0.0
    _solve_free(factor, held, move)
    if held[size] == 0:
        return 0.0
    for i in range(size):
        bent[i] = normal[i] if held[i] == _FREE else 0.0
    _solve_free(factor, held, bent)
    along, across = 0.0, 0.0
    for i in range(size):
        if held[i] == _FREE:
            along += normal[i] * move[i]
            across += normal[i] * bent[i]
    if across <= _ZERO:
        return 0.0
    force = along / across
    for i in range(size):
        move[i] -= force * bent[i]
    return force


@kernel
def _cholesky_of_free(metric: Float2D, held: Int1D, factor: Float2D) -> None:
    """Write the Cholesky factor of the free rows and columns; a lost pivot is replaced by a large one."""
    size = metric.shape[0]
    for i in range(size):
        if held[i] != _FREE:
            continue
        for j in range(i + 1):
            if held[j] != _FREE:
                continue
            value = metric[i, j]
            for k in range(j):
                if held[k] == _FREE:
                    value -= factor[i, k] * factor[j, k]
            if i == j:
                lost = value <= 1e-13 * (metric[i, i] + 1e-300)
                factor[i, i] = 1e8 * np.sqrt(metric[i, i] + 1e-8) if lost else np.sqrt(value)
            else:
                factor[i, j] = value / factor[j, j]


@kernel
def _solve_free(factor: Float2D, held: Int1D, right: Float1D) -> None:
    """Solve with the factor of `_cholesky_of_free`, in place; held entries stay what they are."""
    size = right.shape[0]
    for i in range(size):
        if held[i] != _FREE:
            continue
        value = right[i]
        for k in range(i):
            if held[k] == _FREE:
                value -= factor[i, k] * right[k]
        right[i] = value / factor[i, i]
    for i in range(size - 1, -1, -1):
        if held[i] != _FREE:
            continue
        value = right[i]
        for k in range(i + 1, size):
            if held[k] == _FREE:
                value -= factor[k, i] * right[k]
        right[i] = value / factor[i, i]


@kernel
def _longest_share(
    move: Float1D, step: Float1D, lower: Float1D, upper: Float1D, normal: Float1D, room: float, held: Int1D
) -> tuple[float, int]:
    """Return how much of the move is feasible, and which constraint ends it (-1 for none)."""
    size = move.shape[0]
    share, blocked = 1.0, -1
    climb, used = 0.0, 0.0
    for i in range(size):
        climb += normal[i] * move[i]
        used += normal[i] * step[i]
        if held[i] != _FREE:
            continue
        limit = lower[i] if move[i] < 0 else upper[i]
        if abs(move[i]) > _ZERO and (limit - step[i]) / move[i] < share:
            share, blocked = max((limit - step[i]) / move[i], 0.0), i
    if held[size] == 0 and climb > _ZERO and (room - used) / climb < share:
        share, blocked = max((room - used) / climb, 0.0), size
    return share, blocked


@kernel
def _most_eager(
    slope: Float1D,
    normal: Float1D,
    force: float,
    lower: Float1D,
    upper: Float1D,
    held: Int1D,
    metric: Float2D,
) -> int:
    """Return the held constraint that most wants to be let go, or -1 at the optimum."""
    size = slope.shape[0]
    worst, which = 1e-12, -1
    for i in range(size):
        if held[i] == _FREE or upper[i] - lower[i] <= _ZERO:
            continue
        wish = held[i] * (slope[i] + force * normal[i]) / np.sqrt(metric[i, i] + 1e-300)
        if wish > worst:
            worst, which = wish, i
    if held[size] and -force > worst:
        which = size
    return which
