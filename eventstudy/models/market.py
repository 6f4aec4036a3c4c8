"""The market model: a firm is expected to earn alpha + beta times the market."""

from __future__ import annotations

from eventstudy.models.algebra import least_squares
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch


def estimate(stretch: Stretch) -> Estimates:
    """Return ordinary least squares on the first factor (Campbell, Lo and MacKinlay 1997, ch. 4)."""
    return least_squares(stretch, stretch.factors)


MODEL = ExpectedReturn(
    name="market",
    factors=1,
    coefficients=("alpha", "beta"),
    estimate=estimate,
    refusal="the market does not move in the estimation window; bring another market or a longer window",
    trade_to_trade=True,
)
