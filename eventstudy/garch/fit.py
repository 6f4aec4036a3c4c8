"""Fit GARCH models to returns: the public `fit` and `fit_many`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, TooFewObservations, UnsupportedModel
from eventstudy.garch import adapter
from eventstudy.garch.fitted import GarchFit, GarchFits
from eventstudy.garch.recursion import PERSISTENCE_GUARD
from eventstudy.garch.spec import ModelSpec, lower_half_moment

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.values import Innovation, MeanModel, Presample, VarianceModel

Returns: TypeAlias = "pd.Series | np.ndarray | Sequence[float]"

LEAST_OBSERVATIONS = 50
_SCORE_TOLERANCE = 1e-3
_BOUND_TOLERANCE = 1e-6
_NU_LIMIT = 200.0


def fit(  # noqa: PLR0913  (the stable signature of the public API)
    returns: Returns,
    mean: MeanModel = "constant",
    variance: VarianceModel = "gjr",
    dist: Innovation = "t",
    *,
    presample: Presample = "mean",
    x: pd.DataFrame | None = None,
    mean_x: pd.DataFrame | None = None,
    variance_x: pd.DataFrame | None = None,
    starts: int = 5,
) -> GarchFit:
    """Fit one GARCH model by maximum likelihood.

    Parameters
    ----------
    returns : Series or array of shape (T,)
        Log returns in per cent, one a session; a Series keeps its index.
    mean, variance, dist : str
        The model; see `eventstudy.Design`.
    presample : str
        Value that stands for eps^2 and h before the sample: ``mean``, the average squared residual
        at the fitted mean; ``variance``, the sample variance, fixed; ``arch``, that library's backcast.
    x, mean_x : DataFrame of shape (T, k), optional
        Regressors of the mean, for ``mean="factor"`` (two names for one thing).
    variance_x : DataFrame, optional
        Regressors of the variance; refused, this engine has none.
    starts : int
        Starting points; the best optimum wins.

    Returns
    -------
    GarchFit
        The optimum with an honest status.

    Raises
    ------
    BadValue
        For an unknown model, or returns that are NaN, infinite or constant.
    TooFewObservations
        For fewer than 50 returns.
    UnsupportedModel
        For variance regressors.

    References
    ----------
    Bollerslev (1986), Glosten, Jagannathan and Runkle (1993), Nelson (1991), Hansen (1994).

    Examples
    --------
    >>> import numpy as np, eventstudy as es
    >>> es.fit(np.random.default_rng(1).normal(size=500), variance="garch", dist="normal").status
    'converged'
    """
    if variance_x is not None:
        raise UnsupportedModel(
            "variance_x", "leave it out; put event effects in the mean or compare variances"
        )
    regressors = x if x is not None else mean_x
    values = _checked_returns(returns)
    factors = _checked_factors(regressors, len(values))
    names = tuple(str(name) for name in regressors.columns) if regressors is not None else ()
    spec = ModelSpec(mean, variance, dist, presample, names)
    found = adapter.estimate(values, factors, spec, starts)
    index = returns.index if isinstance(returns, pd.Series) else pd.RangeIndex(len(values))
    status, message = _verdict(values, factors, spec, found)
    return GarchFit(
        spec=spec,
        params=pd.Series(found.params, index=list(spec.names), name="params"),
        loglikelihood=found.loglikelihood,
        conditional_variance=pd.Series(
            found.variances, index=index[-len(found.variances) :], name="variance"
        ),
        residuals=pd.Series(found.residuals, index=index[-len(found.residuals) :], name="residual"),
        status=status,
        message=message,
        starts_gap=found.starts_gap,
        _returns=values,
        _factors=factors,
        _estimate=found,
    )


def fit_many(
    returns: pd.DataFrame | Float2D,
    mean: MeanModel = "constant",
    variance: VarianceModel = "gjr",
    dist: Innovation = "t",
    *,
    presample: Presample = "mean",
    starts: int = 5,
) -> GarchFits:
    """Fit one model to many series.

    Parameters
    ----------
    returns : ndarray or DataFrame of shape (n_series, n_obs)
        Log returns in per cent; shorter series are padded with NaN in front.
    mean, variance, dist, presample, starts
        As in `fit`.

    Returns
    -------
    GarchFits
        One row per series, index of the DataFrame where there is one.

    Raises
    ------
    BadValue
        As in `fit`, and for a NaN behind the first number of a row.
    TooFewObservations
        As in `fit`.
    """
    frame = returns if isinstance(returns, pd.DataFrame) else pd.DataFrame(np.atleast_2d(returns))
    fits = tuple(
        fit(_without_padding(row), mean, variance, dist, presample=presample, starts=starts)
        for row in frame.to_numpy(dtype=float)
    )
    return GarchFits(
        params=pd.DataFrame([item.params for item in fits], index=frame.index),
        loglikelihood=pd.Series(
            [item.loglikelihood for item in fits], index=frame.index, name="loglikelihood"
        ),
        status=pd.Series([item.status for item in fits], index=frame.index, name="status"),
        fits=fits,
    )


def _without_padding(row: Float1D) -> Float1D:
    numbers = np.flatnonzero(~np.isnan(row))
    return row[numbers[0] :] if len(numbers) else row


def _checked_returns(returns: Returns) -> Float1D:
    values = np.asarray(returns, dtype=float)
    if values.ndim != 1:
        raise BadValue(
            "returns", f"an array of {values.ndim} dimensions", "one dimension; fit_many takes two"
        )
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise BadValue(f"return number {bad[0]}", float(values[bad[0]]), "finite returns only")
    if len(values) < LEAST_OBSERVATIONS:
        raise TooFewObservations("the sample of returns", len(values), LEAST_OBSERVATIONS)
    if float(np.ptp(values)) == 0.0:
        raise BadValue("returns", f"constant at {values[0]}", "returns that vary")
    return values


def _checked_factors(x: pd.DataFrame | None, length: int) -> Float2D | None:
    if x is None:
        return None
    factors = np.asarray(x, dtype=float)
    if factors.shape[0] != length or not np.isfinite(factors).all():
        raise BadValue("x", f"{factors.shape[0]} rows", f"{length} finite rows, one a return")
    return factors


def _verdict(
    values: Float1D, factors: Float2D | None, spec: ModelSpec, found: adapter.Estimate
) -> tuple[str, str]:
    if found.flag != 0:
        return "not_converged", f"the optimiser stopped with flag {found.flag}"
    at = dict(zip(spec.names, found.params, strict=True))
    bounds = _active_bounds(spec, at)
    if _persistence_of(spec, at) >= PERSISTENCE_GUARD:
        return "integrated", f"persistence is {_persistence_of(spec, at):.4f}"
    if bounds:
        return "boundary", "on a bound: " + ", ".join(bounds)
    largest = float(np.max(np.abs(adapter.score(values, factors, spec, found))))
    if largest > _SCORE_TOLERANCE:
        return "not_converged", f"the mean score is {largest:.2g} at the reported optimum"
    return "converged", f"the mean score is {largest:.1g}"


def _persistence_of(spec: ModelSpec, at: dict[str, float]) -> float:
    if spec.variance == "egarch":
        return at["beta"]
    kappa = lower_half_moment(spec.dist, at.get("nu", math.nan), at.get("lambda", math.nan))
    return at.get("alpha", 0.0) + at.get("beta", 0.0) + kappa * at.get("gamma", 0.0)


def _active_bounds(spec: ModelSpec, at: dict[str, float]) -> list[str]:
    active = []
    if spec.variance in {"garch", "gjr"}:
        active += [name for name in ("alpha", "beta") if at[name] < _BOUND_TOLERANCE]
        if spec.variance == "gjr" and at["alpha"] + at["gamma"] < _BOUND_TOLERANCE:
            active.append("alpha + gamma")
    if at.get("nu", 0.0) > _NU_LIMIT:
        active.append("nu")
    return active
