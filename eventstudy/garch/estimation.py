"""Find the best optimum of one planned likelihood, polish it, and say how good it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from eventstudy.garch.ascent import ascend
from eventstudy.garch.climb import EXHAUSTED, PASSES, STATUS
from eventstudy.garch.compiled import told_when_compiling
from eventstudy.garch.curvature import active_rows, directions, hessian, value_and_score
from eventstudy.garch.likelihood import residuals
from eventstudy.garch.sample import EXPONENTIAL, FLIPPED, RECURSION
from eventstudy.garch.starts import starting_points

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D, Int2D
    from eventstudy.garch.coordinates import Plan

TOLERANCE = 1e-10
MOST_PASSES = 200
SMALL_SCORE = 1e-4
_POLISHED = 1e-12
_POLISH_STEPS = 8
_SAME_OPTIMUM = 1e-6
_NEAR_KINK = 1e-3
_KINK_LOSS = 1e-9


@dataclass(frozen=True)
class Estimate:
    """The best optimum found, in the engine's coordinates.

    Attributes
    ----------
    free : ndarray of shape (F,)
        Free parameters.
    theta : ndarray of shape (K,)
        All parameters.
    value : float
        Log-likelihood of the standardised returns.
    held : ndarray of int of shape (F + 1,)
        Active constraints: -1 at a lower, 1 at an upper bound; last, the persistence constraint.
    score_norm : float
        Largest projected score, in units of one standard error of its parameter: the log-likelihood could
        rise by about half its square.
    passes : int
        Evaluations over all starts.
    exhausted : bool
        Whether the best ascent ran out of passes.
    starts_gap : float
        Best minus second-best log-likelihood over the starts; NaN with one start.
    agreeing_starts : int
        Starts that ended within 1e-6 of the best.
    kink : int
        Session whose residual is exactly 0 at an EGARCH optimum, where abs(z) has no slope; -1 for none.
    """

    free: Float1D
    theta: Float1D
    value: float
    held: Int1D
    score_norm: float
    passes: int
    exhausted: bool
    starts_gap: float
    agreeing_starts: int
    kink: int = -1


def estimate(plan: Plan, starts: int, warm: Float1D | None = None) -> Estimate:
    """Climb from several starts and polish the best end.

    Parameters
    ----------
    plan : Plan
        Standardised data and constraints.
    starts : int
        Number of starting points.
    warm : ndarray of shape (F,), optional
        A further start: free parameters of a neighbouring problem.

    Returns
    -------
    Estimate
        The best optimum.
    """
    points = starting_points(plan.spec, plan.mean_start, plan.free, plan.limits, plan.variance_start, starts)
    if warm is not None:
        points = np.vstack([warm, points])
    with told_when_compiling(ascend):
        ends = ascend(plan.sample, points, plan.restriction, plan.limits, TOLERANCE, MOST_PASSES)
    values = np.sort(np.where(np.isfinite(ends.values), ends.values, -np.inf))[::-1]
    best = int(np.argmax(np.where(np.isfinite(ends.values), ends.values, -np.inf)))
    found = Estimate(
        free=ends.points[best],
        theta=_theta(plan, ends.points[best]),
        value=float(ends.values[best]),
        held=ends.held[best],
        score_norm=np.inf,
        passes=int(ends.counts[:, PASSES].sum()),
        exhausted=bool(ends.counts[best, STATUS] == EXHAUSTED),
        starts_gap=float(values[0] - values[1])
        if len(values) > 1 and np.isfinite(values[0])
        else float("nan"),
        agreeing_starts=int(np.sum(values > values[0] - _SAME_OPTIMUM)),
    )
    if not np.isfinite(found.value):
        return found
    with told_when_compiling(hessian):
        polished = polish(plan, found)
    if polished.score_norm > SMALL_SCORE and plan.sample.choice[RECURSION] == EXPONENTIAL:
        pinned = _on_kink(plan, polished)
        polished = pinned if pinned.score_norm < polished.score_norm else polished
    return polished


def _theta(plan: Plan, free: Float1D) -> Float1D:
    return np.asarray(plan.restriction.base + plan.restriction.map @ free)


def polish(plan: Plan, found: Estimate, pinned: Float2D | None = None) -> Estimate:
    """Take Newton steps with the exact Hessian along the directions that no constraint holds.

    Parameters
    ----------
    plan : Plan
        Standardised data and constraints.
    found : Estimate
        Near an optimum.
    pinned : ndarray of shape (A, F), optional
        Normals of further equality constraints.

    Returns
    -------
    Estimate
        No lower than `found`, with its projected score.
    """
    rows = active_rows(plan.limits, found.held)
    rows = rows if pinned is None else np.vstack([rows, pinned])
    best = replace(found, score_norm=_projected(plan, found, pinned))
    for _ in range(_POLISH_STEPS):
        if best.score_norm < _POLISHED:
            break
        trial = _newton(plan, best, rows)
        if trial is None:
            break
        trial = replace(trial, score_norm=_projected(plan, trial, pinned))
        noise = 1e-13 * abs(best.value)
        if not (trial.value >= best.value - noise and trial.score_norm < best.score_norm):
            break
        best = trial
    return best


def _newton(plan: Plan, here: Estimate, rows: Float2D) -> Estimate | None:
    _, score, information = value_and_score(here.theta, plan.sample)
    linear = plan.restriction.map
    scales = np.sqrt(np.maximum(np.diag(linear.T @ information @ linear), 0.0))
    basis = directions(rows, scales)
    curvature = basis.T @ hessian(here.theta, plan.sample, linear) @ basis
    try:
        np.linalg.cholesky(-curvature)
        step = basis @ np.linalg.solve(-curvature, basis.T @ (linear.T @ score))
    except np.linalg.LinAlgError:
        return None
    free = np.clip(here.free + step, plan.limits.lower, plan.limits.upper)
    free = np.where(here.held[:-1] == 0, free, here.free)  # a basis of directions is exact to rounding only
    if plan.limits.normal @ free > plan.limits.ceiling + 1e-12:
        return None
    theta = _theta(plan, free)
    value = value_and_score(theta, plan.sample)[0]
    return replace(here, free=free, theta=theta, value=value) if np.isfinite(value) else None


def _projected(plan: Plan, here: Estimate, pinned: Float2D | None) -> float:
    """Return the largest score that no constraint justifies, in standard errors."""
    _, score, information = value_and_score(here.theta, plan.sample)
    linear = plan.restriction.map
    scales = np.sqrt(np.maximum(np.diag(linear.T @ information @ linear), 1e-300))
    free_score = linear.T @ score
    if pinned is not None:
        basis = directions(pinned, scales)
        free_score = (basis @ np.linalg.pinv(basis)) @ free_score if basis.size else free_score * 0
    return float(projected_scores(free_score[None], here.held[None], scales[None], plan.limits.normal)[0])


def projected_scores(scores: Float2D, held: Int2D, scales: Float2D, normal: Float1D) -> Float1D:
    """Return the largest component of each score after the active constraints took their share.

    Parameters
    ----------
    scores, scales : ndarray of shape (N, F)
        Scores of the free parameters, and the root of each parameter's information.
    held : ndarray of int of shape (N, F + 1)
        Active constraints.
    normal : ndarray of shape (F,)
        Of the persistence constraint.

    Returns
    -------
    ndarray of shape (N,)
        In units of one standard error.
    """
    units = np.where(scales > 0, scales, 1.0)
    sides, relative, weights = held[:, :-1], scores / units, normal / units
    direction = np.where(sides == 0, weights, 0.0)
    along, length = (direction * relative).sum(axis=1), (direction**2).sum(axis=1)
    force = np.where(held[:, -1] != 0, np.maximum(along, 0.0) / np.maximum(length, 1e-300), 0.0)
    relative = relative - force[:, None] * weights
    inward = np.where(sides == 0, np.abs(relative), np.maximum(-sides * relative, 0.0))
    return np.asarray(inward.max(axis=1, initial=0.0))


def _on_kink(plan: Plan, near: Estimate) -> Estimate:
    """Try whether the optimum sits where residuals are 0, so that the score jumps across 0 there."""
    e = residuals(near.theta, plan.sample)
    e[np.isnan(plan.sample.y)] = np.inf
    order = np.argsort(np.abs(e), kind="stable")
    best = near
    for count in range(1, plan.sample.x.shape[1] + 1):
        sessions = order[:count]
        if abs(e[sessions[-1]]) > _NEAR_KINK:
            break
        pinned = _pinned(plan, near, sessions, e[sessions])
        if pinned is not None and pinned.score_norm < best.score_norm:
            best = pinned
    return best


def _pinned(plan: Plan, near: Estimate, sessions: Int1D, e: Float1D) -> Estimate | None:
    """Return the best point where given residuals are 0, and the smallest score in its subdifferential."""
    means = plan.sample.x[sessions] @ plan.restriction.map[: plan.sample.x.shape[1]]
    if np.linalg.matrix_rank(means) < len(sessions):
        return None
    free = near.free + np.linalg.pinv(means) @ e
    theta = _theta(plan, free)
    value = value_and_score(theta, plan.sample)[0]
    if not np.isfinite(value):
        return None
    start = replace(near, free=free, theta=theta, value=value, kink=int(sessions[0]))
    found = polish(plan, start, means)
    if found.value < near.value - _KINK_LOSS:
        return None
    return replace(found, score_norm=_least_score(plan, found, sessions))


def _least_score(plan: Plan, here: Estimate, sessions: Int1D) -> float:
    """Return the projected norm of the smallest mixture of one-sided scores.

    Each residual of 0 adds its own jump to the score, whatever the side of the others.
    """
    linear = plan.restriction.map
    _, score, information = value_and_score(here.theta, plan.sample)
    scales = np.sqrt(np.maximum(np.diag(linear.T @ information @ linear), 1e-300))
    jumps = [linear.T @ (_flipped_score(plan, here, int(session)) - score) for session in sessions]
    relative, target = np.array(jumps).T / scales[:, None], -(linear.T @ score) / scales
    shares = optimize.lsq_linear(relative, target, bounds=(0.0, 1.0)).x
    least = (relative @ shares - target) * scales
    return float(projected_scores(least[None], here.held[None], scales[None], plan.limits.normal)[0])


def _flipped_score(plan: Plan, here: Estimate, session: int) -> Float1D:
    choice = plan.sample.choice.copy()
    choice[FLIPPED] = session
    return value_and_score(here.theta, plan.sample._replace(choice=choice))[1]
