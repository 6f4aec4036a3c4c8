"""The smallest complete model: copy it, fill it in, add one line to `MODELS`, add values computed elsewhere.

This one expects what the market earns plus a constant of the firm's own. It is no part of the table.
"""

from __future__ import annotations

from dataclasses import replace

from eventstudy.models.algebra import least_squares
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch


def estimate(stretch: Stretch) -> Estimates:
    """Return AR = (R - M) - mean(R - M), with sigma on L - 1 degrees of freedom."""
    return least_squares(replace(stretch, returns=stretch.returns - stretch.factors[0]), ())


MODEL = ExpectedReturn(
    name="market_plus_alpha",
    factors=1,
    coefficients=("alpha",),
    estimate=estimate,
    refusal="there is no return in the estimation window; bring longer history",
)
