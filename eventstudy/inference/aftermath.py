"""After the event: how long the volatility takes to fall, and whether it may be called normal again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from eventstudy.garch import VarianceRule, persistence
from eventstudy.inference.measure import Measure
from eventstudy.inference.resampling import scale_interval, scale_mde, simulation, upper_p

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D
    from eventstudy.garch import GarchFit, GarchFits
    from eventstudy.inference.single_event import Evidence
    from eventstudy.values import Design

AFTERMATH: tuple[tuple[int, int], ...] = ((1, 5), (6, 20), (21, 60))
SMALL_ENOUGH = 4.0


@dataclass(frozen=True)
class Normalisation:
    """The variance of some sessions after an event against the forecast from before it.

    Attributes
    ----------
    window : (int, int)
        Sessions after day 0.
    measure : Measure
        Statistic ``VR``: 1 is the forecast variance.
    verdict : str
        ``elevated``: p is at most the level. ``normalised``: it is not, and a variance `SMALL_ENOUGH` times
        the forecast, twice the volatility, would have been found with the design's power and lies outside the
        interval. ``undecided``: it is not, but the sessions are too few to tell.
    """

    window: tuple[int, int]
    measure: Measure
    verdict: str


def half_life(survives: float) -> float:
    """Return the sessions after which half of a variance shock is left.

    Parameters
    ----------
    survives : float
        Persistence of the variance.

    Returns
    -------
    float
        ln(.5) / ln(p); infinite from 1 on, 0 where nothing survives one session.
    """
    if survives >= 1:
        return math.inf
    return math.log(0.5) / math.log(survives) if survives > 0 else 0.0


def model_half_life(fitted: GarchFit, fits: GarchFits, design: Design) -> Measure:
    """Return the half-life that a fit implies, with its bootstrap interval.

    Parameters
    ----------
    fitted : GarchFit
        The fit of the estimation window.
    fits : GarchFits
        Its refits (`eventstudy.inference.refits.refit_bootstrap`).
    design : Design
        Level of the interval.

    Returns
    -------
    Measure
        Statistic ``HALF_LIFE``, method ``model``, in sessions. The interval is Efron's (1982) bias-corrected
        percentile interval, for estimated persistence is too low in small samples and its delta method is
        useless near 1; its upper end is infinite where integrated refits are too many. Nothing is tested: p,
        floor and mde are NaN, and so is the standard error of a number that may be infinite.
    """
    usable = ~fits.status.isin(["refused", "not_converged"]).to_numpy()
    drawn = np.array([half_life(one) for one in _persistences(fits, usable)])
    estimate = half_life(fitted.persistence)
    lower, upper = bias_corrected_interval(estimate, drawn, design.level)
    nan, tried = math.nan, f"{len(drawn)} of {len(fits)} refits of residual-bootstrap windows"
    return Measure("HALF_LIFE", "model", estimate, nan, lower, upper, nan, len(drawn), nan, nan, tried)


def _persistences(fits: GarchFits, usable: np.ndarray) -> list[float]:
    columns = {name: fits.params[name].to_numpy()[usable] for name in fits.params}
    spec, zeros = fits.spec, np.zeros(int(usable.sum()))
    numbers = (columns.get(name, zeros) for name in ("omega", "alpha", "gamma", "beta"))
    shapes = columns.get("nu", zeros + math.inf), columns.get("lambda", zeros)
    return [
        persistence(VarianceRule(spec.variance, omega, alpha, gamma, beta, nu=nu, skew=skew, dist=spec.dist))
        for omega, alpha, gamma, beta, nu, skew in zip(*numbers, *shapes, strict=True)
    ]


def bias_corrected_interval(estimate: float, drawn: Float1D, level: float) -> tuple[float, float]:
    """Return Efron's (1982) bias-corrected percentile interval.

    Parameters
    ----------
    estimate : float
        The estimate.
    drawn : ndarray of shape (B,)
        Its bootstrap draws; may hold infinities.
    level : float
        One minus the coverage.

    Returns
    -------
    lower, upper : float
        Draws themselves, so that any monotone function of the estimate has the same interval. NaN without
        draws.
    """
    if not len(drawn):
        return math.nan, math.nan
    below = np.count_nonzero(drawn < estimate) + np.count_nonzero(drawn == estimate) / 2
    shift = stats.norm.ppf((below + 0.5) / (len(drawn) + 1))
    tails = np.array([level / 2, 1 - level / 2])
    ends = np.asarray(stats.norm.cdf(2 * shift + stats.norm.ppf(tails)))
    lower, upper = np.quantile(drawn, ends, method="inverted_cdf").tolist()
    return lower, upper


def empirical_half_life(filtered: Float1D, baseline: float) -> Measure:
    """Return how long the filtered variance took from its peak to half of its excess.

    Parameters
    ----------
    filtered : ndarray of shape (K,)
        One-step variances h_{t+1|t} of the sessions after day 0, up to the next event or the end of the data:
        what comes later is another shock's.
    baseline : float
        Variance without a shock (`eventstudy.inference.inside.long_run_variance`), per cent squared.

    Returns
    -------
    Measure
        Statistic ``HALF_LIFE``, method ``empirical``, in sessions after the peak. Where the sample ends
        first, the estimate is NaN, ``lower`` says how many sessions it lasted at least and ``upper`` is
        infinite. All NaN without an excess. One path has no distribution: se, p, floor and mde are NaN.
    """
    nan, excess = math.nan, np.asarray(filtered) - baseline
    peak = int(np.argmax(excess)) if len(excess) else 0
    if not len(excess) or not excess[peak] > 0:
        told = "no excess over the long-run variance"
        return Measure("HALF_LIFE", "empirical", nan, nan, nan, nan, nan, len(excess), nan, nan, told)
    halved = np.flatnonzero(excess[peak:] <= excess[peak] / 2)
    if len(halved):
        sessions = float(halved[0])
        told = f"one path, peak {peak + 1} sessions after day 0"
        return Measure("HALF_LIFE", "empirical", sessions, nan, nan, nan, nan, len(excess), nan, nan, told)
    lasted = float(len(excess) - 1 - peak)
    told = f"censored {lasted:.0f} sessions after the peak, by the next event or the end of the data"
    return Measure("HALF_LIFE", "empirical", nan, nan, lasted, math.inf, nan, len(excess), nan, nan, told)


def normalisation(evidence: Evidence, day0: int, free: int, design: Design) -> tuple[Normalisation, ...]:
    """Test whether the variance after the event is back at what was forecast before it.

    Parameters
    ----------
    evidence : Evidence
        Forecast origin at the eve, with draws and returns as far as they reach.
    day0 : int
        Step of day 0, first step 1.
    free : int
        Last step that no later event has touched and that has a return; windows of `AFTERMATH` that
        reach beyond it are left out.
    design : Design
        Level and power.

    Returns
    -------
    tuple of Normalisation
        VR = sum AR^2 / sum Var(AR) over sessions 1-5, 6-20 and 21-60 after day 0. The interval holds the
        variance multiples that it is compatible with, mde is the multiple that would be found.
    """
    reach = min(free, len(evidence.null.abnormal))
    return tuple(
        _compared(evidence, day0, window, design) for window in AFTERMATH if day0 + window[1] <= reach
    )


def _compared(evidence: Evidence, day0: int, window: tuple[int, int], design: Design) -> Normalisation:
    steps = slice(day0 + window[0] - 1, day0 + window[1])
    forecast = float(evidence.null.variance[steps].sum())
    drawn = (evidence.null.abnormal[steps] ** 2).sum(axis=0) / forecast
    ratio = float((evidence.abnormal[steps] ** 2).sum()) / forecast
    lower, upper = scale_interval(ratio, drawn, design.level)
    floor, mde = 1 / (len(drawn) + 1), scale_mde(drawn, design.level, design.power)
    measure = Measure(
        "VR", "fhs", ratio, float(drawn.std()), lower, upper, upper_p(ratio, drawn, floor),
        len(evidence.calm), floor, mde, f"{simulation('fhs', len(drawn))}, upper tail",
    )  # fmt: skip
    return Normalisation(window, measure, _verdict(measure, design.level))


def _verdict(measure: Measure, level: float) -> str:
    if measure.p_value <= level:
        return "elevated"
    enough = measure.mde <= SMALL_ENOUGH and measure.upper <= SMALL_ENOUGH  # never of a missing number
    return "normalised" if enough else "undecided"
