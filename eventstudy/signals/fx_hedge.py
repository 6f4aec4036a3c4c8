"""The USD/JPY hedge ratio of the auto-sector fund: how much USD/JPY takes most variance out of it.

Minimum-variance ratio h = cov / var with exponentially weighted moments (RiskMetrics 1996, lambda 0.94, zero
mean). USD/JPY is the Tokyo 17:00 rate of the same calendar day, taken about an hour and a half after the
equity close (two hours before 2024-11-05): close enough to share the day's news, where the New York close
would hold another half day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arrays import Float1D
from eventstudy.series import AUTOS_ETF, series
from eventstudy.signals.base import Answer, CannotAnswer, Known, Signal

LAMBDA = 0.94
TESTED = 250
BURN_IN = 60
USDJPY = "usdjpy_tokyo_1700"


@dataclass(frozen=True, slots=True)
class Hedge:
    """A minimum-variance hedge and how well it does.

    Attributes
    ----------
    ratio : float
        Units of the hedge to sell short for each unit of the position.
    standard_error : float
        Of the ratio, robust to changing variance, from the same weights.
    covariance, position_variance, hedge_variance : float
        Exponentially weighted, per cent squared per session.
    correlation : float
        Between position and hedge, same weights.
    reduction : float
        Share of variance removed in sample: the squared correlation.
    reduction_tested : float
        Share removed over the last `TESTED` returns when each is hedged with the ratio of the day before;
        negative when the hedge added variance.
    """

    ratio: float
    standard_error: float
    covariance: float
    position_variance: float
    hedge_variance: float
    correlation: float
    reduction: float
    reduction_tested: float


def minimum_variance_hedge(position: Float1D, hedge: Float1D) -> Hedge:
    """Return the exponentially weighted minimum-variance hedge.

    Parameters
    ----------
    position, hedge : ndarray of shape (T,)
        Returns over the same spans, per cent, oldest first, without NaN; T at least 310.

    Returns
    -------
    Hedge
        Moments weigh the return k sessions back by ``0.94**k``, weights summing to one.

    Raises
    ------
    CannotAnswer
        For too few returns, or a position or hedge that did not move.
    """
    if len(position) < TESTED + BURN_IN:
        what = f"{len(position)} common returns are too few for {TESTED} tested after {BURN_IN} to settle"
        raise CannotAnswer(what, f"bring {TESTED + BURN_IN} or more")
    tested = position[-TESTED:]
    products = (position * hedge, position**2, hedge**2)
    covariance, own, other = (_weighted(product)[-TESTED - 1 :] for product in products)
    if other[0] == 0 or np.ptp(tested) == 0:
        raise CannotAnswer("the position or the hedge did not move", "check their prices")
    ratios = covariance / other
    correlation = covariance[-1] / math.sqrt(own[-1] * other[-1])
    left = tested - ratios[:-1] * hedge[-TESTED:]
    return Hedge(
        ratio=float(ratios[-1]),
        standard_error=_standard_error(position - ratios[-1] * hedge, hedge),
        covariance=float(covariance[-1]),
        position_variance=float(own[-1]),
        hedge_variance=float(other[-1]),
        correlation=float(correlation),
        reduction=float(correlation**2),
        reduction_tested=float(1 - np.var(left) / np.var(tested)),
    )


def _weighted(values: Float1D) -> Float1D:
    return pd.Series(values).ewm(alpha=1 - LAMBDA, adjust=True).mean().to_numpy(dtype=float)


def _standard_error(residuals: Float1D, hedge: Float1D) -> float:
    """Return White's (1980) standard error of a weighted regression through the origin."""
    weights = LAMBDA ** np.arange(len(hedge))[::-1]
    noise = np.sum((weights * residuals * hedge) ** 2)
    return float(math.sqrt(noise) / np.sum(weights * hedge**2))


def answer(known: Known) -> Answer:
    """Answer for the auto-sector fund held long; see `SIGNAL` for unit and inputs."""
    closes = pd.concat([known.closes[AUTOS_ETF], known.closes[USDJPY]], axis=1, join="inner")
    returns = 100 * np.diff(np.log(closes.to_numpy(dtype=float)), axis=0)
    hedge = minimum_variance_hedge(returns[:, 0], returns[:, 1])
    details = {
        "hedge_ratio": hedge.ratio,
        "standard_error": hedge.standard_error,
        "ewma_covariance": hedge.covariance,
        "ewma_variance_position": hedge.position_variance,
        "ewma_variance_usdjpy": hedge.hedge_variance,
        "correlation": hedge.correlation,
        "variance_reduction": hedge.reduction,
        "variance_reduction_tested": hedge.reduction_tested,
        "n_returns": float(len(returns)),
        "n_tested": float(TESTED),
        "lambda": LAMBDA,
    }
    return Answer(hedge.ratio, _sentence(str(closes.index[-1].date()), hedge), details)


def _sentence(session: str, hedge: Hedge) -> str:
    half_life = math.log(0.5) / math.log(LAMBDA)
    return (
        f"Up to {session} the ratio of USD/JPY sold to {series(AUTOS_ETF).name} held that takes out most"
        f" variance is {hedge.ratio:.2f} (s.e. {hedge.standard_error:.2f}; weights halve every"
        f" {half_life:.0f} sessions); it takes out {100 * hedge.reduction:.0f} % of recent variance in"
        f" sample, and the ratio of the day before took out {100 * hedge.reduction_tested:.0f} % over the"
        f" last {TESTED} sessions; USD/JPY is the Tokyo 17:00 rate, taken after the equity close of the"
        " same day."
    )


SIGNAL = Signal(
    id="usdjpy_hedge",
    version="1",
    unit="USD/JPY sold per unit held",
    series=(AUTOS_ETF, USDJPY),
    answer=answer,
    not_instead={USDJPY: "usdjpy"},
)
