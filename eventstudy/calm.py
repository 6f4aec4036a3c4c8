"""The calm before the events: one estimation window, fitted, frozen and filtered onward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.garch import (
    GarchFit,
    VarianceRule,
    filter_variance,
    fit,
    guarded,
    influence,
    matched_to_draws,
    next_variance,
)
from eventstudy.garch.adapter import Opinion, disagreement, second_opinion, supported
from eventstudy.inference.aftermath import model_half_life
from eventstudy.inference.refits import refit_bootstrap
from eventstudy.results import FIT_COLUMNS

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Int1D
    from eventstudy.returns import ReturnSeries
    from eventstudy.values import Design

WHITE_NOISE_LEVEL = 0.01
INFLUENTIAL_DAYS = 2


@dataclass(frozen=True)
class Calm:
    """A fitted estimation window and what its frozen parameters say about every later session.

    Attributes
    ----------
    fit : GarchFit
        The fit on the window's L returns.
    rule : VarianceRule
        The recursion to forecast with: the fitted one unless the integrated guard replaced it.
    kappa : float
        Share of the news that the standardised residuals below 0 bring.
    status : str
        `GarchFit.status`, or ``integrated`` when the guard acted.
    positions : ndarray of int of shape (L,)
        Positions of the window's returns on the sessions.
    z : ndarray of shape (n,)
        Standardised residuals with mean 0 and variance 1, those of masked sessions left out.
    residual_positions : ndarray of int of shape (n,)
        Positions of their sessions.
    seen : ndarray of int of shape (m,)
        Positions of the window's returns that are not masked.
    variances : ndarray of shape (T + 1,)
        One-step variance forecast of each session, per cent squared; NaN up to the window's end.
    mean_variance : float
        Variance of the estimated mean, per cent squared.
    """

    fit: GarchFit
    rule: VarianceRule
    kappa: float
    status: str
    positions: Int1D
    z: Float1D
    residual_positions: Int1D
    seen: Int1D
    variances: Float1D
    mean_variance: float

    @property
    def mu(self) -> float:
        """Intercept of the mean, per cent; 0 for a zero mean."""
        return float(self.fit.params.get("mu", 0.0))

    @property
    def phi(self) -> float:
        """Autoregressive coefficient of the mean; 0 unless the mean is ``ar1``."""
        return float(self.fit.params.get("phi", 0.0))


def fit_calm(rs: ReturnSeries, positions: Int1D, design: Design) -> Calm:
    """Fit one estimation window and filter its frozen parameters to the end of the data.

    Parameters
    ----------
    rs : ReturnSeries
        The series, T sessions.
    positions : ndarray of int of shape (L,)
        Positions of the window's returns; filtering starts behind the last.
    design : Design
        The model.

    Returns
    -------
    Calm
        Fit, rule and variances.
    """
    window = pd.Series(rs.returns[positions], index=rs.sessions[positions])
    masked = np.asarray(window.index.isin([pd.Timestamp(day) for day in design.masked]))
    fitted = fit(
        window, design.mean, design.variance, design.dist,
        presample=design.presample, starts=design.starts, masked=masked if masked.any() else None,
    )  # fmt: skip
    z = fitted.standardized_residuals.to_numpy()
    present = np.isfinite(z)
    residual_positions = positions[-len(z) :][present]
    z = (z[present] - z[present].mean()) / z[present].std()
    matched, kappa = matched_to_draws(fitted.rule, z)
    rule, replaced = guarded(matched, float(window[~masked].var()), kappa)
    end = int(positions[-1])
    residuals = _residuals(rs.returns, fitted)
    residuals[: end + 1] = np.nan
    variances = np.full(len(rs.returns) + 1, np.nan)
    last_eps, last_h = fitted.residuals.iloc[-1], fitted.conditional_variance.iloc[-1]
    first = float(next_variance(rule, np.asarray(last_eps), np.asarray(last_h)))
    variances[end + 1 :] = filter_variance(rule, residuals[end + 1 :], first)
    return Calm(
        fit=fitted,
        rule=rule,
        kappa=kappa,
        status="integrated" if replaced else fitted.status,
        positions=positions,
        z=z,
        residual_positions=residual_positions,
        seen=positions[~masked],
        variances=variances,
        mean_variance=_mean_variance(fitted),
    )


def _residuals(returns: Float1D, fitted: GarchFit) -> Float1D:
    """Return one-step residuals on all sessions; an unobserved yesterday counts as the mean."""
    mu, phi = float(fitted.params.get("mu", 0.0)), float(fitted.params.get("phi", 0.0))
    if phi == 0.0:
        return returns - mu
    yesterday = np.concatenate([[np.nan], returns[:-1]])
    return returns - mu - phi * np.where(np.isfinite(yesterday), yesterday, mu / (1 - phi))


def _mean_variance(fitted: GarchFit) -> float:
    if "mu" not in fitted.params:
        return 0.0
    error = float(fitted.std_errors("sandwich")["mu"])
    if np.isfinite(error):
        return error**2
    return float(fitted.residuals.var()) / len(fitted.residuals)


def fit_row(rs: ReturnSeries, calm: Calm, design: Design) -> dict[str, Any]:
    """Return one row of `StudyResult.fits`.

    Parameters
    ----------
    rs : ReturnSeries
        The series.
    calm : Calm
        Its fitted window.
    design : Design
        The model.

    Returns
    -------
    dict
        Keys `eventstudy.results.FIT_COLUMNS`.
    """
    fitted = calm.fit
    numbers = {name: float(fitted.params.get(name, np.nan)) for name in
               ("mu", "phi", "omega", "alpha", "gamma", "beta", "nu", "lambda")}  # fmt: skip
    tests = fitted.diagnostics().to_dict()
    opinion = _opinion(rs, calm, design)
    return {
        "series": rs.series,
        "estimation_start": rs.sessions[calm.positions[0]],
        "estimation_end": rs.sessions[calm.positions[-1]],
        "n": len(calm.positions),
        **{name: getattr(design, name) for name in ("mean", "variance", "dist", "presample")},
        **numbers,
        **{name: value for name, value in tests.items() if name in FIT_COLUMNS and name not in numbers},
        "loglikelihood": fitted.loglikelihood,
        "status": calm.status,
        "message": fitted.message,
        "score_norm": fitted.score_norm,
        "starts_gap": fitted.starts_gap,
        "arch_loglikelihood": opinion.here if opinion else np.nan,
        "arch_optimum": opinion.best if opinion else np.nan,
        **_influence(fitted),
        **_half_life(fitted, design),
    }


def _half_life(fitted: GarchFit, design: Design) -> dict[str, float]:
    """Return how long half of a variance shock lasts, with its bootstrap interval, in sessions."""
    refits = refit_bootstrap(fitted, np.random.default_rng(0))
    found = model_half_life(fitted, refits, design)
    return {"half_life": found.estimate, "half_life_lower": found.lower, "half_life_upper": found.upper}


def _opinion(rs: ReturnSeries, calm: Calm, design: Design) -> Opinion | None:
    fitted = calm.fit
    if not design.second_opinion or not supported(fitted.spec) or fitted.residuals.isna().any():
        return None
    presample = None if design.presample == "arch" else fitted.presample_variance
    window = rs.returns[calm.positions]
    return second_opinion(window, None, fitted.spec, presample, fitted.params.to_numpy())


def _influence(fitted: GarchFit) -> dict[str, Any]:
    """Name the most influential days and the persistence without them."""
    found = influence(fitted, INFLUENTIAL_DAYS)
    days = sorted(found.refits["session"].dropna())
    return {
        "influential": " ".join(str(day.date()) for day in days),
        "persistence_without": float(found.refits["persistence"].iloc[-1]),
    }


def fit_warnings(row: dict[str, Any]) -> list[str]:
    """Return what a reader should know about a fit before leaning on it.

    Parameters
    ----------
    row : dict
        As `fit_row` returns it.

    Returns
    -------
    list of str
        One sentence each: left-over autocorrelation, an optimum in doubt, a second opinion that differs.
    """
    found, series = [], row["series"]
    if row["ljung_box_z_p"] < WHITE_NOISE_LEVEL:
        found.append(f"{series}: residuals are autocorrelated (Ljung-Box); consider mean=ar1")
    if row["status"] != "converged":
        found.append(f"{series}: the fit is '{row['status']}' ({row['message']})")
    if np.isfinite(row["arch_loglikelihood"]):
        opinion = Opinion(row["arch_loglikelihood"], row["arch_optimum"], np.zeros(0), 0)
        differs = disagreement(row["loglikelihood"], opinion)
        found += [f"{series}: {differs}"] if differs else []
    return found
