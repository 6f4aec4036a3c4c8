"""Factor models: expected returns linear in every column that the user brings (FF3, FF5, Carhart, any)."""

from __future__ import annotations

from eventstudy.models.algebra import least_squares
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch


def estimate(stretch: Stretch) -> Estimates:
    """Return ordinary least squares on a constant and all factors.

    Returns in excess of a riskless rate are what the user brings in excess of it.
    """
    return least_squares(stretch, stretch.factors)


MODEL = ExpectedReturn(
    name="factors",
    factors=None,
    coefficients=None,
    estimate=estimate,
    refusal="the factors are collinear in the estimation window; leave one out or ask for a longer window",
    trade_to_trade=True,
)
