"""What a fit returns: parameters, residuals, an honest status, forecasts and diagnostics."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, UnsupportedModel
from eventstudy.garch import adapter
from eventstudy.garch.diagnostics import residual_tests
from eventstudy.garch.recursion import (
    VarianceRule,
    forecast_variance,
    next_variance,
    persistence,
    simulate_paths,
)
from eventstudy.garch.spec import ModelSpec, absolute_moment, lower_half_moment

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D

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
        """Share of a variance shock that survives one session, with the innovation's own kappa."""
        return persistence(self.rule, self.kappa)

    @property
    def kappa(self) -> float:
        """E[z^2 1(z < 0)] of the fitted innovation: one half unless it is skewed."""
        shape = (float(self.params.get(name, math.nan)) for name in ("nu", "lambda"))
        return lower_half_moment(self.spec.dist, *shape)

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
            Closed form with the innovation's kappa for GARCH and GJR; for EGARCH the mean over 9,999
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
            return forecast_variance(self.rule, self.next_variance, horizon, self.kappa)
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
