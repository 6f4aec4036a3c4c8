"""Market-adjusted returns: a firm is expected to earn what the market earns."""

from __future__ import annotations

from eventstudy.models.algebra import nothing_estimated
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch


def estimate(stretch: Stretch) -> Estimates:
    """Return AR = R - M, with the deviation of AR about its mean on L - 1 as sigma.

    Nothing is estimated, so the forecast covariance is I (Brown and Warner 1985).
    """
    return nothing_estimated(stretch, stretch.returns - stretch.factors[0])


MODEL = ExpectedReturn(
    name="market_adjusted",
    factors=1,
    coefficients=(),
    estimate=estimate,
    refusal="there is no return in the estimation window; bring longer history",
    trade_to_trade=True,
)
