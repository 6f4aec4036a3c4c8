"""Raw returns: nothing is expected, so that the abnormal return is the return itself."""

from __future__ import annotations

from eventstudy.models.algebra import nothing_estimated
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch


def estimate(stretch: Stretch) -> Estimates:
    """Return AR = R, with the deviation of R about its mean on L - 1 as sigma."""
    return nothing_estimated(stretch, stretch.returns)


MODEL = ExpectedReturn(
    name="raw",
    factors=0,
    coefficients=(),
    estimate=estimate,
    refusal="there is no return in the estimation window; bring longer history",
    trade_to_trade=True,
)
