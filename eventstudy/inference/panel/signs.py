"""Sign tests and Wilcoxon's signed ranks: how many events moved up, and how far.

Every test takes a `View` and returns an `Outcome` with one statistic a window.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from eventstudy.inference.panel.outcome import LEAST, Outcome, concluded, gaussian, ratio
from eventstudy.inference.panel.sorting import ranks
from eventstudy.inference.panel.view import View, refusing_few

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D

EXACT_MOST = 25
"""Events up to which the distribution of the signed ranks is counted, not approximated."""

_NO_SIGN = f"fewer than {LEAST} CARs differ from 0"


@refusing_few
def sign(view: View) -> Outcome:
    """Sign test: (w - n/2) / sqrt(n/4), w of the n CARs that are not 0 being positive.

    The p-value is exact: twice the smaller tail of the binomial distribution of w.
    """
    n = np.count_nonzero(view.car, axis=0)
    above = np.count_nonzero(view.car > 0, axis=0)
    z = np.where(n >= LEAST, ratio(above - n / 2, np.sqrt(n / 4)), np.nan)
    fewer = np.minimum(above, n - above)
    p = np.minimum(1.0, 2 * special.bdtr(fewer.astype(np.float64), n, 0.5))
    null = tuple(f"binomial({count}, 1/2)" for count in n.tolist())
    return concluded("sign", statistic=z, p_value=p, n=n, null=null, why=_NO_SIGN)


@refusing_few
def gen_sign(view: View) -> Outcome:
    """Generalised sign test of Cowan (1992): (w - N p) / sqrt(N p (1 - p)), N(0, 1).

    w CARs are positive; p is the mean over the events of their share of positive estimation residuals.
    """
    residuals = view.sample.residuals
    share = float(((residuals > 0).sum(axis=1) / view.sample.observed).mean())
    above = np.count_nonzero(view.car > 0, axis=0)
    z = ratio(above - view.n * share, np.full(len(above), np.sqrt(view.n * share * (1 - share))))
    return gaussian("gen_sign", z, view.n, "no estimation residual differs from another in sign")


@refusing_few
def wilcoxon(view: View) -> Outcome:
    """Wilcoxon's signed-rank test: W+, the sum of the ranks of the positive CARs by absolute size.

    CARs of 0 are left out; ties share their mean rank. Up to `EXACT_MOST` events the p-value counts all
    sign patterns (given the ties); above, (W+ - mean) / sd is N(0, 1), without continuity correction.
    """
    cars = view.car.T
    placed = ranks(np.where(cars == 0, np.nan, np.abs(cars)))
    n = np.count_nonzero(cars, axis=1)
    total = np.where(cars > 0, placed, 0.0).sum(axis=1)
    judged = [_signed_rank_p(row[np.isfinite(row)], w) for row, w in zip(placed, total.tolist(), strict=True)]
    return concluded(
        "wilcoxon",
        statistic=np.where(n >= LEAST, total, np.nan),
        p_value=np.array([p for p, _ in judged]),
        n=n,
        null=tuple(null for _, null in judged),
        why=_NO_SIGN,
    )


def _signed_rank_p(placed: Float1D, total: float) -> tuple[float, str]:
    """Two-sided p-value of a sum of positive ranks, and the name of its null."""
    if len(placed) > EXACT_MOST:
        z = (total - placed.sum() / 2) / np.sqrt((placed**2).sum() / 4)
        return float(2 * special.ndtr(-abs(z))), "signed ranks, normal approximation"
    lower, upper = _exact_tails(tuple(sorted((2 * placed).astype(int).tolist())), round(2 * total))
    return min(1.0, 2 * min(lower, upper)), "signed ranks, exact"


@lru_cache(maxsize=256)
def _exact_tails(doubled: tuple[int, ...], total: int) -> tuple[float, float]:
    """P(W+ <= total) and P(W+ >= total) when each doubled rank is drawn or not with probability 1/2."""
    chance = np.zeros(sum(doubled) + 1)
    chance[0] = 1.0
    for rank in doubled:
        shifted = np.zeros_like(chance)
        shifted[rank:] = chance[: len(chance) - rank]
        chance = (chance + shifted) / 2
    return float(chance[: total + 1].sum()), float(chance[total:].sum())
