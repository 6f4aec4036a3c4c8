"""Event and calm in one likelihood: the variance of a window by a factor of its own.

eps_t = sqrt(exp(delta D_t) g_t) z_t with D = 1 in the window: a multiplicative effect that does not feed back
into later variances. Its likelihood ratio has no chi-square distribution on a few days, and no
maximum at all where a mean dummy takes the only day: such designs are refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import optimize, stats

from eventstudy.errors import DegenerateDesign, OutsideData, ShortVarianceWindow
from eventstudy.garch import fit, lr_test
from eventstudy.inference.measure import Measure
from eventstudy.inference.refits import REFITS
from eventstudy.inference.resampling import rank_critical

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.arrays import Float1D
    from eventstudy.garch import GarchFit, LikelihoodRatio
    from eventstudy.values import Design

LEAST_DAYS = 3
ASYMPTOTIC_DAYS = 5
_WIDEST, _PRECISION = 30.0, 1e-3
_DUMMY = "window"


def joint_lr(
    returns: Float1D,
    window: tuple[int, int],
    design: Design,
    *,
    mean_day: int | None = None,
    replications: int = REFITS,
    seed: int = 0,
) -> Measure:
    """Test a variance factor of one window by a likelihood ratio with a parametric-bootstrap null.

    Parameters
    ----------
    returns : ndarray of shape (T,)
        From the start of the estimation window to the end of the event window at least, per cent; NaN where
        a session has no return.
    window : (int, int)
        First and last position of the variance dummy, at least three sessions.
    design : Design
        Model, level and power.
    mean_day : int, optional
        Position of a mean dummy, outside the window: day 0 itself, whose return is then explained away.
    replications : int
        Samples drawn from the fit without the factor, each fitted with and without it; about 10 ms each.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Measure
        Statistic ``VR``, method ``joint_lr``. The estimate is exp(delta), a variance multiple; its interval
        holds the factors whose likelihood ratio stays below the bootstrap's critical value. p counts larger
        and smaller variances alike; for five days or more the null distribution quotes the chi-square
        p-value for reference. The standard error is exp(delta) times the Hessian's: a sandwich needs more
        days than a window has. mde takes the signed root of the ratio for normal.

    Raises
    ------
    DegenerateDesign
        For a mean dummy inside the window.
    ShortVarianceWindow
        For fewer than three sessions, where event-induced variance and the event's return are one number.
    OutsideData
        For a window beyond the returns.
    """
    _check(len(returns), window, mean_day)
    dummy = np.zeros(len(returns))
    dummy[window[0] : window[1] + 1] = 1.0
    full = _fitted(returns, mean_day, design, dummy)
    ratio = lr_test(_fitted(returns, mean_day, design), full, replications=replications, seed=seed)
    critical = rank_critical(ratio.null, design.level)
    delta, error = float(full.params[_DUMMY]), float(full.std_errors("hessian")[_DUMMY])

    def likelihood_ratio(fixed: float) -> float:
        held = _fitted(returns, mean_day, design, dummy, fixed)
        return 2 * (full.loglikelihood - held.loglikelihood)

    lower, upper = (_end(likelihood_ratio, delta, step, critical) for step in (-1.0, 1.0))
    found = math.sqrt(critical) + float(stats.norm.ppf(design.power))
    return Measure(
        "VR", "joint_lr", math.exp(delta), math.exp(delta) * error, math.exp(lower), math.exp(upper),
        ratio.p_bootstrap, int(np.isfinite(returns).sum()), 1 / (replications + 1), math.exp(found * error),
        _told(ratio, window[1] - window[0] + 1),
    )  # fmt: skip


def _check(length: int, window: tuple[int, int], mean_day: int | None) -> None:
    first, last = window
    if last - first + 1 < LEAST_DAYS:
        raise ShortVarianceWindow(first, last - first + 1, LEAST_DAYS)
    if first < 0 or last >= length:
        raise OutsideData(f"the variance window {list(window)}", f"{length} returns")
    if mean_day is not None and first <= mean_day <= last:
        raise DegenerateDesign(mean_day)


def _fitted(
    returns: Float1D,
    mean_day: int | None,
    design: Design,
    dummy: Float1D | None = None,
    fixed: float | None = None,
) -> GarchFit:
    day = (
        None if mean_day is None else pd.DataFrame({"day": np.arange(len(returns)) == mean_day}, dtype=float)
    )
    return fit(
        returns, design.mean, design.variance, design.dist, presample=design.presample, starts=design.starts,
        mean_x=day, variance_dummies=None if dummy is None else pd.DataFrame({_DUMMY: dummy}),
        masked=~np.isfinite(returns), fixed=None if fixed is None else {_DUMMY: fixed},
    )  # fmt: skip


def _end(likelihood_ratio: Callable[[float], float], delta: float, step: float, critical: float) -> float:
    """Return where the likelihood ratio reaches its critical value on one side of the estimate."""
    if math.isnan(critical):
        return math.nan
    inner, outer = delta, delta + step
    while likelihood_ratio(outer) <= critical:
        inner, outer, step = outer, outer + 2 * step, 2 * step
        if abs(outer - delta) > _WIDEST:
            return math.copysign(math.inf, step)
    return float(optimize.brentq(lambda d: likelihood_ratio(d) - critical, inner, outer, xtol=_PRECISION))


def _told(ratio: LikelihoodRatio, days: int) -> str:
    told = f"likelihood ratio, parametric bootstrap, B={len(ratio.null)}, two-sided"
    if days < ASYMPTOTIC_DAYS:
        return told
    return f"{told}; chi-square({ratio.degrees}) would give p={ratio.p_chi2:.3g}"
