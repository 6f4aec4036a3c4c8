"""Likelihood-ratio tests of nested fits, with a chi-square or a bootstrap null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from eventstudy.errors import BadValue, UnsupportedModel
from eventstudy.garch.ascent import ascend
from eventstudy.garch.coordinates import Plan, first_variance
from eventstudy.garch.draws import draw_sample
from eventstudy.garch.estimation import MOST_PASSES, TOLERANCE
from eventstudy.garch.likelihood import conditional_variances
from eventstudy.garch.paths import draw_innovations
from eventstudy.garch.restrictions import limits_of
from eventstudy.garch.starts import inside, starting_points

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.garch.fitted import GarchFit
    from eventstudy.garch.sample import Sample

_BOOTSTRAP_STARTS = 2
_SAME_SAMPLE = 1e-9


@dataclass(frozen=True)
class LikelihoodRatio:
    """A test of a restricted fit inside a larger one.

    Attributes
    ----------
    statistic : float
        Twice the difference of log-likelihoods, at least 0.
    degrees : int
        Number of restrictions.
    p_chi2 : float
        From chi-square; not to be trusted for dummies of less than five days, nor on a bound.
    p_bootstrap : float
        (1 + number of simulated statistics at least as large) / (replications + 1); NaN without replications.
    null : ndarray of shape (B,)
        Statistics of samples drawn from the restricted fit, both models refitted.
    """

    statistic: float
    degrees: int
    p_chi2: float
    p_bootstrap: float
    null: Float1D


def lr_test(restricted: GarchFit, full: GarchFit, *, replications: int = 0, seed: int = 0) -> LikelihoodRatio:
    """Test the restrictions that lead from one fit to another.

    Parameters
    ----------
    restricted, full : GarchFit
        Two fits of the same returns with the same presample, the first a special case of the second.
    replications : int
        Samples of a parametric bootstrap; 0 for the chi-square p-value alone.
    seed : int
        Of the bootstrap.

    Returns
    -------
    LikelihoodRatio
        The statistic with its p-values.

    Raises
    ------
    BadValue
        For fits of different returns or presamples, or where the first is no smaller than the second.
    UnsupportedModel
        For a bootstrap of ``variance="realized"``, which says nothing of how its measure comes about.

    Notes
    -----
    A one-day dummy has no asymptotics; its chi-square p-value is that of a single standardised residual with
    contaminated parameters. The bootstrap is the one to read.
    """
    degrees = len(full._plan.free) - len(restricted._plan.free)
    _check_nested(restricted, full, degrees)
    statistic = max(2 * (full.loglikelihood - restricted.loglikelihood), 0.0)
    null = _bootstrap(restricted, full, replications, seed) if replications else np.zeros(0)
    exceeding = int(np.count_nonzero(null >= statistic))
    return LikelihoodRatio(
        statistic=statistic,
        degrees=degrees,
        p_chi2=float(stats.chi2.sf(statistic, degrees)),
        p_bootstrap=(1 + exceeding) / (replications + 1) if replications else float("nan"),
        null=null,
    )


def _check_nested(restricted: GarchFit, full: GarchFit, degrees: int) -> None:
    ours, theirs = (one._plan.sample.y * one._plan.units.scale for one in (restricted, full))
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=_SAME_SAMPLE, equal_nan=True):
        raise BadValue("restricted", "a fit of other returns", "two fits of the same returns")
    if restricted.spec.presample != full.spec.presample:
        raise BadValue(
            "presample", restricted.spec.presample, f"two fits with presample={full.spec.presample!r}"
        )
    if degrees < 1:
        raise BadValue("full", f"a fit with {-degrees} parameters fewer", "a fit with more free parameters")


def _bootstrap(restricted: GarchFit, full: GarchFit, replications: int, seed: int) -> Float1D:
    if restricted.spec.variance == "realized":
        raise UnsupportedModel("a bootstrap of variance='realized'", "read the chi-square p-value")
    rng = np.random.default_rng(seed)
    plan, found = restricted._plan, restricted._estimate
    first = float(conditional_variances(found.theta, plan.sample)[0][0])
    params, n = restricted.params, len(plan.sample.y)
    shape = float(params.get("nu", np.inf)), float(params.get("lambda", 0.0))
    lag = plan.spec.mean_names.index("phi") if "phi" in plan.spec.mean_names else -1
    null = np.empty(replications)
    for b in range(replications):
        z = draw_innovations(restricted.spec.dist, *shape, (n,), rng)
        y, lagged = draw_sample(found.theta, plan.sample, first, z, lag)
        y[np.isnan(plan.sample.y)] = np.nan
        ends = [
            _height(one, _redrawn(one._plan, y * plan.units.scale, lagged * plan.units.scale, lag))
            for one in (restricted, full)
        ]
        null[b] = max(2 * (ends[1] - ends[0]), 0.0)
    return null


def _redrawn(plan: Plan, y: Float1D, lagged: Float1D, lag: int) -> Sample:
    """Put simulated returns, in the caller's unit, in the place of the observed ones."""
    sample, x = plan.sample, plan.sample.x
    y = y / plan.units.scale
    if lag >= 0:
        x = x.copy()
        x[:, lag] = lagged / plan.units.x[lag]
    seen = ~np.isnan(y)
    residuals = y[seen] - x[seen] @ (np.linalg.pinv(x[seen]) @ y[seen])
    return sample._replace(y=y, x=x, presample=float(first_variance(residuals, plan.spec.presample)))


def _height(fitted: GarchFit, sample: Sample) -> float:
    plan = fitted._plan
    limits = limits_of(plan.spec, plan.restriction, plan.free)
    cold = starting_points(
        plan.spec, plan.mean_start, plan.free, limits, plan.variance_start, _BOOTSTRAP_STARTS
    )
    points: Float2D = np.vstack([inside(fitted._estimate.free, limits), cold])
    ends = ascend(sample, points, plan.restriction, limits, TOLERANCE, MOST_PASSES)
    seen = int(np.sum(~np.isnan(sample.y)))
    return float(np.nanmax(ends.values)) - seen * float(np.log(plan.units.scale))
