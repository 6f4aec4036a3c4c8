"""How good an optimum is, in one word and one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.estimation import SMALL_SCORE
from eventstudy.garch.recursion import PERSISTENCE_GUARD
from eventstudy.garch.sample import BETA, DOWN, ETA, SHAPES, SKEW, UP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.arrays import Bool1D, Float1D, Int1D
    from eventstudy.garch.spec import ModelSpec

CONVERGED, BOUNDARY, INTEGRATED = "converged", "boundary", "integrated"
NOT_CONVERGED, REFUSED = "not_converged", "refused"


def active_names(spec: ModelSpec, free: Int1D, held: Int1D) -> tuple[str, ...]:
    """Return what people call the active constraints.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    free : ndarray of int of shape (F,)
        Positions of the free parameters.
    held : ndarray of int of shape (F + 1,)
        Which are active.

    Returns
    -------
    tuple of str
        Parameter names, ``alpha + gamma``, ``persistence``.
    """
    at = len(spec.mean_names)
    asymmetric = "gamma" in spec.names and spec.variance != "egarch"
    own = {0: "omega", UP: "alpha", DOWN: "gamma", BETA: "beta", ETA: "nu", SKEW: "lambda"}
    if asymmetric:
        own[DOWN] = "alpha + gamma"
    names = [
        own[place - at]
        for place, side in zip(free, held[:-1], strict=True)
        if side and at <= place < at + SHAPES
    ]
    return (*names, "persistence") if held[-1] else tuple(names)


def statuses(score_norms: Float1D, persistences: Float1D, bounded: Bool1D) -> NDArray[np.object_]:
    """Return the status of many optima.

    Parameters
    ----------
    score_norms : ndarray of shape (N,)
        Projected scores in standard errors.
    persistences : ndarray of shape (N,)
        Of the fitted recursions.
    bounded : ndarray of bool of shape (N,)
        Whether a constraint is active.

    Returns
    -------
    ndarray of shape (N,)
        See `GarchFit.status`.
    """
    found = np.full(len(score_norms), CONVERGED, dtype=object)
    found[bounded] = BOUNDARY
    found[persistences >= PERSISTENCE_GUARD] = INTEGRATED
    found[~(score_norms <= SMALL_SCORE)] = NOT_CONVERGED
    return found


def reason(
    status: str,
    score_norm: float,
    persistence: float,
    active: tuple[str, ...],
    *,
    exhausted: bool,
    kink: bool = False,
) -> str:
    """Return why a status is what it is.

    Parameters
    ----------
    status : str
        One of `statuses`.
    score_norm, persistence : float
        Of the optimum.
    active : tuple of str
        Names of the active constraints.
    exhausted : bool
        Whether the ascent ran out of evaluations.
    kink : bool
        Whether the optimum sits where abs(z) has no slope.

    Returns
    -------
    str
        One clause.
    """
    told = f"the projected score is {score_norm:.1g} standard errors"
    if status == NOT_CONVERGED:
        return (
            f"the ascent ran out of evaluations; {told}" if exhausted else f"{told} at the best point found"
        )
    if status == INTEGRATED:
        return f"persistence is {persistence:.4f}; {told}"
    if status == BOUNDARY:
        return "on a bound: " + ", ".join(active) + f"; {told}"
    if kink:
        return f"the optimum is on a residual of 0, where the score changes sign; {told}"
    return told
