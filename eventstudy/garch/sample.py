"""One series as the kernels see it, and the order of the engine's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D

CLASSICAL, SCORE_DRIVEN, REALIZED, EXPONENTIAL = 0, 1, 2, 3
OMEGA, UP, DOWN, BETA, ETA, SKEW, SHAPES = 0, 1, 2, 3, 4, 5, 6
RECURSION, DENSITY, MOVING, FLIPPED = 0, 1, 2, 3


class Sample(NamedTuple):
    """One series and the choices that make its likelihood.

    Attributes
    ----------
    y : ndarray of shape (n,)
        Returns; a NaN marks a session left out: it adds nothing to the likelihood, and in the recursion
        its news is replaced by what was expected.
    x, additive, multiplicative : ndarray of shape (n, m), (n, q), (n, r)
        Regressors of the mean; of the variance, inside and outside its recursion.
    realized : ndarray of shape (n,)
        Realised measure; read by the realized recursion only, and of no length otherwise. There a fall is a
        negative return, not a negative residual, or else the likelihood would jump with the mean.
    choice : ndarray of int of shape (4,)
        Recursion; density; whether the presample moves with the mean (1) or not (0); the session whose
        residual, where it is exactly 0, counts as negative (-1 for none: a residual of 0 is positive).
    presample : float
        Presample variance where it does not move.
    """

    y: Float1D
    x: Float2D
    additive: Float2D
    multiplicative: Float2D
    realized: Float1D
    choice: Int1D
    presample: float
