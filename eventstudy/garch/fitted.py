"""What a fit returns: parameters, residuals, an honest status, forecasts and diagnostics."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from eventstudy.errors import BadValue, UnsupportedModel
from eventstudy.garch.coordinates import public_slopes
from eventstudy.garch.curvature import (
    active_rows,
    covariances,
    directions,
    hessian,
    session_scores,
    value_and_score,
)
from eventstudy.garch.diagnostics import residual_tests
from eventstudy.garch.paths import draw_innovations
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
    from eventstudy.garch.coordinates import Plan
    from eventstudy.garch.estimation import Estimate

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
        Estimates by name: mu, phi, regressors of the mean, omega, alpha, gamma, beta, nu, lambda, regressors
        of the variance, those that apply; the unit of mu is per cent, of omega per cent squared per session.
    loglikelihood : float
        At the optimum.
    conditional_variance : Series
        h_t in per cent squared per session, on the index of the returns used (an AR lag costs one).
    residuals : Series
        eps_t in per cent, same index; NaN for masked sessions.
    status : str
        ``converged``; ``boundary`` (a parameter sits on its bound); ``integrated`` (persistence of
        .999 or more, so that the long-run variance has no meaning); ``not_converged``.
    message : str
        Why the status is what it is.
    score_norm : float
        Largest score that no active bound explains, in standard errors of its parameter: the log-likelihood
        could rise by about half its square.
    active_bounds : tuple of str
        Parameters on a bound; ``persistence`` where alpha + gamma / 2 + beta is 1.
    passes : int
        Likelihood evaluations over all starts.
    starts_gap : float
        Log-likelihood of the best start minus that of the second best; NaN with one start.
    agreeing_starts : int
        Starts that reached the optimum.
    presample_variance : float
        The value that stood for eps^2 and h before the sample, per cent squared.
    """

    spec: ModelSpec
    params: pd.Series
    loglikelihood: float
    conditional_variance: pd.Series
    residuals: pd.Series
    status: str
    message: str
    score_norm: float
    active_bounds: tuple[str, ...]
    passes: int
    starts_gap: float
    agreeing_starts: int
    presample_variance: float
    _plan: Plan = field(repr=False)
    _estimate: Estimate = field(repr=False)
    _last_return: float = field(repr=False)

    @property
    def standardized_residuals(self) -> pd.Series:
        """z_t = eps_t / sqrt(h_t), index of `residuals`; NaN for masked sessions."""
        return pd.Series(self.residuals / np.sqrt(self.conditional_variance), name="z")

    @cached_property
    def rule(self) -> VarianceRule:
        """The fitted variance recursion, without regressors."""
        at = self.params.get
        nu, skew = float(at("nu", math.inf)), float(at("lambda", 0.0))
        return VarianceRule(
            model=self.spec.variance,
            omega=float(self.params["omega"]),
            alpha=float(at("alpha", 0.0)),
            gamma=float(at("gamma", 0.0)),
            beta=float(at("beta", 0.0)),
            abs_moment=absolute_moment(self.spec.dist, nu),
            nu=nu,
            skew=skew,
            dist=self.spec.dist,
            measure_ratio=self.measure_ratio,
        )

    @property
    def measure_ratio(self) -> float:
        """Mean of x_t / h_t of a realised measure; 1 for other models."""
        measure = self._measure
        return float(np.mean(measure / self.conditional_variance)) if len(measure) else 1.0

    @property
    def _measure(self) -> Float1D:
        """The realised measure in the caller's unit; of no length for other models."""
        return np.asarray(self._plan.sample.realized * self._plan.units.realized)

    @property
    def persistence(self) -> float:
        """Share of a variance shock that survives one session, with the innovation's own kappa."""
        return persistence(self.rule)

    @property
    def kappa(self) -> float:
        """E[z^2 1(z < 0)] of the fitted innovation: one half unless it is skewed."""
        shape = (float(self.params.get(name, math.nan)) for name in ("nu", "lambda"))
        return lower_half_moment(self.spec.dist, *shape)

    @property
    def next_variance(self) -> float:
        """One-step variance forecast h_{T+1|T} without regressors, per cent squared per session."""
        eps = float(self.residuals.iloc[-1] / math.sqrt(self._last_factor))
        if self.spec.variance == "realized":  # where a fall is told by the return
            eps = math.copysign(eps, self._last_return)
        inner = float(self.conditional_variance.iloc[-1] / self._last_factor)
        last = self._measure[-1:] if len(self._measure) else None
        return float(next_variance(self.rule, np.array([eps]), np.array([inner]), last)[0])

    @property
    def _last_factor(self) -> float:
        """exp(d x) of the last session, which does not feed back into later variances."""
        names = list(self.spec.multiplicative)
        last = self._plan.sample.multiplicative[-1] * self._plan.units.multiplicative
        return math.exp(float(self.params[names].to_numpy() @ last)) if names else 1.0

    @cached_property
    def covariances(self) -> dict[str, pd.DataFrame]:
        """Covariance matrices of the parameters: ``hessian``, ``opg`` and ``sandwich``.

        Second derivatives are exact (complex step). Parameters that are fixed or on a bound have NaN; those
        of the others hold while they stay there. All NaN where the information matrix is singular.

        Returns
        -------
        dict of str to DataFrame
            Index and columns are the parameters.
        """
        plan, found = self._plan, self._estimate
        linear = plan.restriction.map
        _, _, information = value_and_score(found.theta, plan.sample)
        rows = session_scores(found.theta, plan.sample)
        scales = np.sqrt(np.maximum(np.diag(linear.T @ information @ linear), 0.0))
        basis = directions(active_rows(plan.limits, found.held), scales)
        inner = covariances(hessian(found.theta, plan.sample, linear), rows @ linear, basis)
        slopes = public_slopes(self.spec, plan.units, found.theta) @ linear
        return {kind: self._labelled(slopes @ matrix @ slopes.T) for kind, matrix in inner.items()}

    def _labelled(self, matrix: Float2D) -> pd.DataFrame:
        variances = np.diag(matrix)
        known = variances > 1e-20 * max(1.0, float(np.nanmax(variances, initial=0.0)))
        matrix = np.where(np.outer(known, known), matrix, np.nan)
        return pd.DataFrame(matrix, index=self.params.index, columns=self.params.index)

    def std_errors(self, kind: str = "sandwich") -> pd.Series:
        """Return standard errors of the parameters.

        Parameters
        ----------
        kind : str
            ``hessian``, ``opg`` (outer product of scores) or ``sandwich`` (Bollerslev and
            Wooldridge 1992), from exact derivatives of the likelihood.

        Returns
        -------
        Series
            One value per parameter; NaN for those fixed or on a bound, and everywhere where the
            information matrix is singular.

        Raises
        ------
        BadValue
            For another kind.
        """
        if kind not in {"hessian", "opg", "sandwich"}:
            raise BadValue("kind", kind, "one of hessian, opg, sandwich")
        variances = np.diag(self.covariances[kind].to_numpy())
        return pd.Series(np.sqrt(variances), index=self.params.index, name=kind)

    def summary(self, kind: str = "sandwich", level: float = 0.95) -> pd.DataFrame:
        """Return estimates with standard errors and intervals.

        Parameters
        ----------
        kind : str
            As in `std_errors`.
        level : float
            Coverage of the intervals, by the normal approximation.

        Returns
        -------
        DataFrame
            One row a parameter; columns ``estimate std_error z p_value lower upper``. NaN where there is no
            standard error.

        Raises
        ------
        BadValue
            For another kind, or a level outside 0 to 1.
        """
        if not 0 < level < 1:
            raise BadValue("level", level, "a share between 0 and 1")
        errors = self.std_errors(kind)
        reach = float(stats.norm.isf((1 - level) / 2))
        table = pd.DataFrame({"estimate": self.params, "std_error": errors, "z": self.params / errors})
        table["p_value"] = 2 * stats.norm.sf(np.abs(table["z"]))
        table["lower"], table["upper"] = self.params - reach * errors, self.params + reach * errors
        return table

    def simulate(
        self, horizon: int, replications: int = 9_999, *, innovations: str = "residuals", seed: int = 0
    ) -> tuple[Float2D, Float2D]:
        """Simulate abnormal returns and variances from the last observation onward.

        Parameters
        ----------
        horizon : int
            Number of sessions H.
        replications : int
            Number of paths B.
        innovations : str
            ``residuals`` draws the fit's own standardised residuals (filtered historical simulation;
            Barone-Adesi, Giannopoulos and Vosper 1999), ``fitted`` the fitted density.
        seed : int
            Of the draws.

        Returns
        -------
        residuals, variances : ndarray of shape (H, B)
            eps* in per cent and h* in per cent squared, with variance regressors at 0.

        Raises
        ------
        BadValue
            For another source of innovations, or fewer than one session or path.
        """
        for name, value in (("horizon", horizon), ("replications", replications)):
            if value < 1:
                raise BadValue(name, value, "a whole number of at least 1")
        if innovations not in {"residuals", "fitted"}:
            raise BadValue("innovations", innovations, "residuals or fitted")
        rng, shape = np.random.default_rng(seed), (horizon, replications)
        if innovations == "fitted":
            z = draw_innovations(self.spec.dist, self.rule.nu, self.rule.skew, shape, rng)
            return simulate_paths(self.rule, self.next_variance, z)
        z = self.standardized_residuals.to_numpy()
        seen = np.flatnonzero(~np.isnan(z))
        picks = seen[rng.integers(len(seen), size=shape)]
        ratios = self._measure / self.conditional_variance.to_numpy() if len(self._measure) else None
        drawn = None if ratios is None else ratios[picks]
        return simulate_paths(self.rule, self.next_variance, z[picks], drawn)

    def forecast(self, horizon: int = 1) -> Forecast:
        """Forecast mean and variance 1..h sessions ahead, with variance regressors at 0.

        Parameters
        ----------
        horizon : int
            Number of sessions h, at least 1.

        Returns
        -------
        Forecast
            Closed form with the innovation's kappa for all recursions but EGARCH; for EGARCH the mean over
            9,999 paths drawn from the standardised residuals with a fixed seed.

        Raises
        ------
        BadValue
            For a horizon below 1.
        UnsupportedModel
            For a mean with regressors, whose future is unknown.
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
            return forecast_variance(self.rule, self.next_variance, horizon)
        return np.asarray(self.simulate(horizon, _SIMULATED_FORECASTS)[1].mean(axis=1))

    def _mean_forecast(self, horizon: int) -> Float1D:
        if self.spec.factors:
            raise UnsupportedModel(
                "a forecast of a mean with regressors", "forecast the variance of a fit without them"
            )
        mu = float(self.params.get("mu", 0.0))
        if self.spec.mean != "ar1":
            return np.full(horizon, mu)
        phi = float(self.params["phi"])
        steps = phi ** np.arange(horizon)
        return np.asarray(mu * np.cumsum(steps) + phi * steps * self._last_return)

    def diagnostics(self) -> pd.Series:
        """Return p-values of residual tests with persistence, nu and kappa.

        Returns
        -------
        Series
            The tests of `eventstudy.garch.diagnostics.residual_tests`, ``persistence``, ``nu``
            (NaN for normal innovations) and ``kappa`` = mean z^2 1(z < 0) of the residuals.
        """
        z = self.standardized_residuals.dropna().to_numpy()
        nu, skew = float(self.params.get("nu", np.nan)), float(self.params.get("lambda", np.nan))
        tests = residual_tests(z, self.spec.dist, nu, skew)
        centred = (z - z.mean()) / z.std()
        kappa = float(np.mean(centred**2 * (centred < 0)))
        return pd.Series({**tests, "persistence": self.persistence, "nu": nu, "kappa": kappa})
