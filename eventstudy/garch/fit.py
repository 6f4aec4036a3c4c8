"""Fit GARCH models to returns: the public `fit` and `fit_many`, and what they return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, TooFewObservations, UnsupportedModel
from eventstudy.garch import adapter
from eventstudy.garch.diagnostics import residual_tests
from eventstudy.garch.recursion import (
    PERSISTENCE_GUARD,
    VarianceRule,
    forecast_variance,
    next_variance,
    persistence,
    simulate_paths,
)
from eventstudy.garch.spec import ModelSpec, absolute_moment

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.values import Innovation, MeanModel, Presample, VarianceModel

Returns: TypeAlias = "pd.Series | np.ndarray | Sequence[float]"

LEAST_OBSERVATIONS = 50
_SCORE_TOLERANCE = 1e-3
_BOUND_TOLERANCE = 1e-6
_NU_LIMIT = 200.0
_SIMULATED_FORECASTS = 9_999


@dataclass(frozen=True)
class Forecast:
    """Forecasts from the last observation of a fit.

    Attributes
    ----------
    mean : Series
        E[r_{T+k}] in per cent, index k = 1..h.
    variance : Series
        Var(eps_{T+k}) in per cent squared per session, index k = 1..h.
    """

    mean: pd.Series
    variance: pd.Series


@dataclass(frozen=True)
class GarchFit:
    """One fitted model.

    Attributes
    ----------
    spec : ModelSpec
        The model, with the presample that was used.
    params : Series
        Estimates by name: mu, phi, omega, alpha, gamma, beta, nu, lambda, those that apply; the
        unit of mu is per cent, of omega per cent squared per session.
    loglikelihood : float
        At the optimum.
    conditional_variance : Series
        h_t in per cent squared per session, on the index of the returns used (an AR lag costs one).
    residuals : Series
        eps_t in per cent, same index.
    status : str
        ``converged``; ``boundary`` (a parameter sits on its bound); ``integrated`` (persistence of
        .999 or more, so that the long-run variance has no meaning); ``not_converged``.
    message : str
        Why the status is what it is.
    starts_gap : float
        Log-likelihood of the best start minus that of the second best; NaN with one start.
    """

    spec: ModelSpec
    params: pd.Series
    loglikelihood: float
    conditional_variance: pd.Series
    residuals: pd.Series
    status: str
    message: str
    starts_gap: float
    _returns: Float1D = field(repr=False)
    _factors: Float2D | None = field(repr=False)
    _estimate: adapter.Estimate = field(repr=False)

    @property
    def standardized_residuals(self) -> pd.Series:
        """z_t = eps_t / sqrt(h_t), index of `residuals`."""
        return pd.Series(self.residuals / np.sqrt(self.conditional_variance), name="z")

    @property
    def rule(self) -> VarianceRule:
        """The fitted variance recursion."""
        at = self.params.get
        nu = float(at("nu", np.inf))
        return VarianceRule(
            model=self.spec.variance,
            omega=float(self.params["omega"]),
            alpha=float(at("alpha", 0.0)),
            gamma=float(at("gamma", 0.0)),
            beta=float(at("beta", 0.0)),
            abs_moment=absolute_moment(self.spec.dist, nu),
        )

    @property
    def persistence(self) -> float:
        """Share of a variance shock that survives one session, with kappa = 1/2."""
        return persistence(self.rule)

    @property
    def next_variance(self) -> float:
        """One-step variance forecast h_{T+1|T}, per cent squared per session."""
        eps, h = self.residuals.iloc[-1], self.conditional_variance.iloc[-1]
        return float(next_variance(self.rule, np.asarray(eps), np.asarray(h)))

    def std_errors(self, kind: str = "sandwich") -> pd.Series:
        """Return standard errors of the parameters.

        Parameters
        ----------
        kind : str
            ``hessian``, ``opg`` (outer product of scores) or ``sandwich`` (Bollerslev and
            Wooldridge 1992), from central differences of the likelihood.

        Returns
        -------
        Series
            One value per parameter; NaN where the information matrix is singular.

        Raises
        ------
        BadValue
            For another kind.
        """
        matrices = adapter.covariance(self._returns, self._factors, self.spec, self._estimate)
        if kind not in matrices:
            raise BadValue("kind", kind, "one of " + ", ".join(matrices))
        variances = np.diag(matrices[kind])
        return pd.Series(np.sqrt(np.where(variances > 0, variances, np.nan)), index=self.params.index)

    def forecast(self, horizon: int = 1) -> Forecast:
        """Forecast mean and variance 1..h sessions ahead.

        Parameters
        ----------
        horizon : int
            Number of sessions h, at least 1.

        Returns
        -------
        Forecast
            Closed form with kappa = 1/2 for GARCH and GJR; for EGARCH the mean over 9,999
            paths drawn from the standardised residuals with a fixed seed.

        Raises
        ------
        BadValue
            For a horizon below 1.
        UnsupportedModel
            For a factor mean, whose future regressors are unknown.
        """
        if horizon < 1:
            raise BadValue("horizon", horizon, "a whole number of at least 1")
        steps = pd.RangeIndex(1, horizon + 1, name="step")
        return Forecast(
            mean=pd.Series(self._mean_forecast(horizon), index=steps, name="mean"),
            variance=pd.Series(self._variance_forecast(horizon), index=steps, name="variance"),
        )

    def _variance_forecast(self, horizon: int) -> Float1D:
        if self.spec.variance != "egarch":
            return forecast_variance(self.rule, self.next_variance, horizon, kappa=0.5)
        draws = np.random.default_rng(0).choice(
            self.standardized_residuals.to_numpy(), size=(horizon, _SIMULATED_FORECASTS)
        )
        return np.asarray(simulate_paths(self.rule, self.next_variance, draws)[1].mean(axis=1))

    def _mean_forecast(self, horizon: int) -> Float1D:
        if self.spec.mean == "factor":
            raise UnsupportedModel(
                "a forecast of a factor mean", "forecast the variance of a constant-mean fit"
            )
        mu = float(self.params.get("mu", 0.0))
        if self.spec.mean != "ar1":
            return np.full(horizon, mu)
        phi = float(self.params["phi"])
        level = mu / (1 - phi)
        return np.asarray(level + phi ** np.arange(1, horizon + 1) * (self._returns[-1] - level))

    def diagnostics(self) -> pd.Series:
        """Return p-values of residual tests with persistence, nu and kappa.

        Returns
        -------
        Series
            The tests of `eventstudy.garch.diagnostics.residual_tests`, ``persistence``, ``nu``
            (NaN for normal innovations) and ``kappa`` = mean z^2 1(z < 0) of the residuals.
        """
        z = self.standardized_residuals.to_numpy()
        nu, skew = float(self.params.get("nu", np.nan)), float(self.params.get("lambda", np.nan))
        tests = residual_tests(z, self.spec.dist, nu, skew)
        centred = (z - z.mean()) / z.std()
        kappa = float(np.mean(centred**2 * (centred < 0)))
        return pd.Series({**tests, "persistence": self.persistence, "nu": nu, "kappa": kappa})


@dataclass(frozen=True)
class GarchFits:
    """Many fits of one model.

    Attributes
    ----------
    params : DataFrame
        One row per series, one column per parameter.
    loglikelihood : Series
        One value per series.
    status : Series
        One status per series; see `GarchFit`.
    fits : tuple of GarchFit
        The fits themselves, in order.
    """

    params: pd.DataFrame
    loglikelihood: pd.Series
    status: pd.Series
    fits: tuple[GarchFit, ...]


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
    return at.get("alpha", 0.0) + at.get("beta", 0.0) + 0.5 * at.get("gamma", 0.0)


def _active_bounds(spec: ModelSpec, at: dict[str, float]) -> list[str]:
    active = []
    if spec.variance in {"garch", "gjr"}:
        active += [name for name in ("alpha", "beta") if at[name] < _BOUND_TOLERANCE]
        if spec.variance == "gjr" and at["alpha"] + at["gamma"] < _BOUND_TOLERANCE:
            active.append("alpha + gamma")
    if at.get("nu", 0.0) > _NU_LIMIT:
        active.append("nu")
    return active
