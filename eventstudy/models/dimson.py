"""Dimson beta: the sum of the slopes on the market before, on and after each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.checking import at_least
from eventstudy.models.algebra import orthonormal
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch
from eventstudy.models.lagged import neighbours, one_slope

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.models.algebra import Basis


def dimson(lags: int = 1, leads: int = 1) -> ExpectedReturn:
    """Return the model with a number of neighbouring days.

    Beta is the sum of the slopes of one regression of R(t) on a constant and M(t - lags), ..., M(t + leads)
    (Dimson 1979, J. Financial Economics 7:197-226), alpha = mean(R) - beta mean(M). The days are those whose
    neighbours lie in the estimation window too.

    Parameters
    ----------
    lags, leads : int
        Neighbouring days before and after, 0 or more.

    Returns
    -------
    ExpectedReturn
        Named ``dimson``; coefficients alpha, in the unit of the returns, and beta.

    Raises
    ------
    BadValue
        For a negative number of days, or one that is not whole.
    """
    at_least("lags of the Dimson beta", lags, 0)
    at_least("leads of the Dimson beta", leads, 0)

    def estimate(stretch: Stretch) -> Estimates:
        shifted, kept = neighbours(stretch, lags, leads)
        basis = orthonormal(shifted, stretch.length)
        return one_slope(stretch, _sum_of_slopes(basis), kept, basis.usable)

    return ExpectedReturn(
        name="dimson",
        factors=1,
        coefficients=("alpha", "beta"),
        estimate=estimate,
        refusal="the market and its neighbouring days are collinear; use fewer or a longer window",
        warmup=lags + leads,
    )


def _sum_of_slopes(basis: Basis) -> Float2D:
    """Return the weights of the returns in the sum of all slopes; shape (N, L).

    With R = Q T the slopes are T^-1 Q'r, so the weights are Q g where T'g = 1.
    """
    solved: list[Float1D] = []
    for column in basis.triangle:
        before = sum((part * known for part, known in zip(column, solved, strict=False)), np.zeros(1))
        solved.append((1 - before) / column[-1])
    weighted = (g[:, None] * vector for g, vector in zip(solved, basis.vectors, strict=True))
    return np.asarray(sum(weighted, np.zeros(1)))
