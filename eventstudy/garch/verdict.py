"""How good an optimum is, in one word and one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.garch.estimation import SMALL_SCORE
from eventstudy.garch.recursion import PERSISTENCE_GUARD
from eventstudy.garch.sample import BETA, DOWN, ETA, SHAPES, SKEW, UP

if TYPE_CHECKING:
    from eventstudy.arrays import Int1D
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


def verdict(
    score_norm: float, persistence: float, active: tuple[str, ...], *, exhausted: bool, kink: bool = False
) -> tuple[str, str]:
    """Return a status and its reason.

    Parameters
    ----------
    score_norm : float
        Projected score in standard errors.
    persistence : float
        Of the fitted recursion; NaN where it has no meaning.
    active : tuple of str
        Names of the active constraints.
    exhausted : bool
        Whether the ascent ran out of evaluations.
    kink : bool
        Whether the optimum sits where abs(z) has no slope.

    Returns
    -------
    status, message : str
        See `GarchFit.status`.
    """
    told = f"the projected score is {score_norm:.1g} standard errors"
    if exhausted and not score_norm <= SMALL_SCORE:
        return NOT_CONVERGED, f"the ascent ran out of evaluations; {told}"
    if not score_norm <= SMALL_SCORE:
        return NOT_CONVERGED, f"{told} at the best point found"
    if persistence >= PERSISTENCE_GUARD:
        return INTEGRATED, f"persistence is {persistence:.4f}; {told}"
    if active:
        return BOUNDARY, "on a bound: " + ", ".join(active) + f"; {told}"
    if kink:
        return CONVERGED, f"the optimum is on a residual of 0, where the score changes sign; {told}"
    return CONVERGED, told
