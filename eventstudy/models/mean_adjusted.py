"""Mean-adjusted returns: a firm is expected to earn its mean of the estimation window."""

from __future__ import annotations

from eventstudy.models.algebra import least_squares
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch


def estimate(stretch: Stretch) -> Estimates:
    """Return AR = R - mean(R): sigma on L - 1, forecast covariance I + 1/L (Brown and Warner 1985)."""
    return least_squares(stretch, ())


MODEL = ExpectedReturn(
    name="mean_adjusted",
    factors=0,
    coefficients=("alpha",),
    estimate=estimate,
    refusal="there is no return in the estimation window; bring longer history",
    trade_to_trade=True,
)
