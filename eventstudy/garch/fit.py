"""Fit GARCH models to returns: the public `fit` and `fit_many`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, TooFewObservations
from eventstudy.garch.coordinates import Plan, plan, public
from eventstudy.garch.estimation import Estimate, estimate
from eventstudy.garch.fitted import GarchFit
from eventstudy.garch.intake import Columns, Regressors, Returns, as_frame, assemble, checked_returns
from eventstudy.garch.likelihood import conditional_variances, residuals
from eventstudy.garch.spec import ModelSpec
from eventstudy.garch.verdict import active_names, reason, statuses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.arrays import Bool1D, Float1D
    from eventstudy.values import Innovation, MeanModel, Presample


def fit(
    returns: Returns,
    mean: MeanModel = "constant",
    variance: str = "gjr",
    dist: Innovation = "t",
    *,
    presample: Presample = "mean",
    x: Columns | None = None,
    mean_x: Columns | None = None,
    variance_x: Columns | None = None,
    variance_dummies: Columns | None = None,
    realized: Returns | None = None,
    masked: Bool1D | None = None,
    fixed: Mapping[str, float] | None = None,
    targeting: bool = False,
    starts: int = 5,
) -> GarchFit:
    """Fit one GARCH model by maximum likelihood.

    Parameters
    ----------
    returns : Series or array of shape (T,)
        Log returns in per cent, one a session; a Series keeps its index.
    mean : str
        ``constant``, ``zero``, ``ar1`` or ``factor`` (with `x`).
    variance : str
        ``constant``, ``garch``, ``gjr``, ``egarch``, ``beta_t`` (score-driven: single outliers weigh less;
        Harvey and Chakravarti 2008) or ``realized`` (with `realized`; Shephard and Sheppard 2010).
    dist : str
        ``normal``, ``t`` or ``skewt`` (Hansen 1994).
    presample : str
        Value that stands for eps^2 and h before the sample: ``mean``, the average squared residual
        at the current mean, moving with it; ``variance``, the least-squares residual variance, fixed;
        ``arch``, that library's backcast.
    x, mean_x : DataFrame or array of shape (T, k), or Series of shape (T,), optional
        Regressors or event dummies of the mean (two names for one thing).
    variance_x : DataFrame, Series or array of shape (T, q), optional
        Regressors inside the variance recursion (of its logarithm for EGARCH); coefficients may be negative
        as long as every variance stays positive.
    variance_dummies : DataFrame, Series or array of shape (T, r), optional
        Regressors that multiply the variance by exp(d x) without feeding back into later variances.
    realized : Series or array of shape (T,), optional
        Realised measure of each session's variance, such as a squared range, for ``variance="realized"``.
    masked : array of bool of shape (T,), optional
        Sessions to leave out: no likelihood, and expected instead of observed news.
    fixed : mapping of str to float, optional
        Parameters held at given values, such as ``{"nu": 6}``.
    targeting : bool
        Set omega so that the long-run variance is the sample's.
    starts : int
        Starting points, 1 to 8; the best optimum wins.

    Returns
    -------
    GarchFit
        The optimum with an honest status.

    Raises
    ------
    BadValue
        For an unknown model, an unusable restriction, or returns or regressors that are not finite,
        constant or of another length.
    DegenerateDesign
        For a mean and a variance dummy on the same single day.
    TooFewObservations
        For fewer than 50 returns, or fewer than 5 a parameter.

    References
    ----------
    Bollerslev (1986), Glosten, Jagannathan and Runkle (1993), Nelson (1991), Hansen (1994).

    Examples
    --------
    >>> import numpy as np, eventstudy as es
    >>> es.fit(np.random.default_rng(3).normal(size=500), variance="constant", dist="normal").status
    'converged'
    """
    if x is not None and mean_x is not None:
        raise BadValue("mean_x", "given beside x", "one of the two, they are the same")
    regressors = Regressors(
        as_frame("x", mean_x if x is None else x),
        as_frame("variance_x", variance_x),
        as_frame("variance_dummies", variance_dummies),
        realized,
    )
    spec = ModelSpec(
        mean, variance, dist, presample,
        regressors.names("mean"), regressors.names("additive"), regressors.names("multiplicative"),
        tuple((fixed or {}).items()), targeting,
    )  # fmt: skip
    values = checked_returns(returns, masked)
    planned = plan(spec, assemble(spec, values, regressors))
    _refuse_crowded(planned)
    index = returns.index if isinstance(returns, pd.Series) else pd.RangeIndex(len(values))
    found = estimate(planned, starts)
    if not np.isfinite(found.value):
        raise BadValue("fixed", dict(fixed or {}), "values at which every variance is positive and finite")
    return describe(planned, found, index, float(values[-1]))


def _refuse_crowded(planned: Plan) -> None:
    seen, least = int(np.sum(~np.isnan(planned.sample.y))), 5 * len(planned.free)
    if seen < least:
        raise TooFewObservations("the sample of returns for so many parameters", seen, least)


def describe(planned: Plan, found: Estimate, index: pd.Index, last_return: float) -> GarchFit:
    """Turn an optimum into what people read.

    Parameters
    ----------
    planned : Plan
        The standardised problem.
    found : Estimate
        Its optimum.
    index : Index of length T
        Labels of the returns.
    last_return : float
        The last of them, per cent.

    Returns
    -------
    GarchFit
        In the units of the returns.
    """
    spec, sample, scale = planned.spec, planned.sample, planned.units.scale
    labels = index[len(index) - len(sample.y) :]
    g, factor = conditional_variances(found.theta, sample)
    eps = np.where(np.isnan(sample.y), np.nan, residuals(found.theta, sample) * np.sqrt(factor))
    active = active_names(spec, planned.free, found.held)
    seen = int(np.sum(~np.isnan(sample.y)))
    fitted = GarchFit(
        spec=spec,
        params=pd.Series(public(spec, planned.units, found.theta), index=list(spec.names), name="params"),
        loglikelihood=found.value - seen * float(np.log(scale)),
        conditional_variance=pd.Series(g * factor * scale**2, index=labels, name="variance"),
        residuals=pd.Series(eps * scale, index=labels, name="residual"),
        status="",
        message="",
        score_norm=found.score_norm,
        active_bounds=active,
        passes=found.passes,
        starts_gap=found.starts_gap,
        agreeing_starts=found.agreeing_starts,
        presample_variance=_presample(planned, eps) * scale**2,
        _plan=planned,
        _estimate=found,
        _last_return=last_return,
    )
    norm, persistence = found.score_norm, fitted.persistence
    status = str(statuses(np.array([norm]), np.array([persistence]), np.array([bool(active)]))[0])
    message = reason(status, norm, persistence, active, exhausted=found.exhausted, kink=found.kink >= 0)
    return replace(fitted, status=status, message=message)


def _presample(planned: Plan, eps: Float1D) -> float:
    if planned.spec.presample != "mean":
        return planned.sample.presample
    return float(np.nanmean(eps**2))
