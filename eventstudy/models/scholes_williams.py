"""Scholes-Williams beta: the market model for firms that do not trade synchronously with the market."""

from __future__ import annotations

import numpy as np

from eventstudy.models.algebra import COLLINEAR, inner
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch
from eventstudy.models.lagged import neighbours, one_slope


def estimate(stretch: Stretch) -> Estimates:
    """Return beta = (b(-1) + b(0) + b(+1)) / (1 + 2 rho) and alpha = mean(R) - beta mean(M).

    b(j) is the slope of R(t) on M(t + j) alone and rho the correlation of M(t) with M(t - 1), all over the
    estimation days whose neighbours lie in the window too, so that no later day leaks in (Scholes and
    Williams 1977, J. Financial Economics 5:309-327). Not usable where 1 + 2 rho is not positive.
    """
    shifted, kept = neighbours(stretch, 1, 1)
    sizes = [inner(one, one) for one in shifted]
    moving = np.min(sizes, axis=0) > COLLINEAR * inner(kept, stretch.factors[0][:, : stretch.length] ** 2)
    sizes = [np.where(moving, size, 1.0) for size in sizes]
    rho = inner(shifted[0], shifted[1]) / np.sqrt(sizes[0] * sizes[1])
    usable = moving & (1 + 2 * rho > 0)
    divisor = np.where(usable, 1 + 2 * rho, 1.0)
    slopes = sum((one / size[:, None] for one, size in zip(shifted, sizes, strict=True)), np.zeros(1))
    return one_slope(stretch, slopes / divisor[:, None], kept, usable)


MODEL = ExpectedReturn(
    name="scholes_williams",
    factors=1,
    coefficients=("alpha", "beta"),
    estimate=estimate,
    refusal="the market stands still or its autocorrelation is -1/2 or less, where 1 + 2 rho divides by "
    "nothing; use the market model",
    warmup=2,
)
