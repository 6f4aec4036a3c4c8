"""One event, one series: AR, CAR, AV and CAV of a window with every method's p-value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference import parametric as par
from eventstudy.inference import resampling as boot

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D
    from eventstudy.inference.resampling import Null
    from eventstudy.values import Design


@dataclass(frozen=True)
class Evidence:
    """What happened after one origin, beside what could have happened.

    Attributes
    ----------
    abnormal : ndarray of shape (H,)
        AR_k in per cent, k steps after the origin; NaN where the session has no return.
    returns : ndarray of shape (H,)
        The raw log returns of the same sessions, per cent.
    null : Null
        Draws without an event.
    phi : float
        Autoregressive coefficient of the mean.
    mean_variance : float
        Variance of the estimated mean, per cent squared.
    calm : ndarray of shape (L,)
        Returns of the estimation window, per cent.
    """

    abnormal: Float1D
    returns: Float1D
    null: Null
    phi: float
    mean_variance: float
    calm: Float1D


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with its uncertainty by one method.

    Attributes
    ----------
    statistic, method : str
        ``AR CAR AV CAV``; ``fhs garch_z constant_t``.
    estimate, se, lower, upper : float
        Per cent for returns; ratio (AV) or excess (CAV) for volatility.
    p_value : float
        Two-sided for returns, upper-tailed for volatility.
    n : int
        Observations of the estimation window.
    floor : float
        Smallest p-value the method can give; 0 for closed forms.
    mde : float
        Minimum detectable effect at the design's level and power, in the unit of the estimate.
    null_distribution : str
        Where the p-value comes from.
    """

    statistic: str
    method: str
    estimate: float
    se: float
    lower: float
    upper: float
    p_value: float
    n: int
    floor: float
    mde: float
    null_distribution: str


def window_measures(evidence: Evidence, first: int, last: int, design: Design) -> tuple[Measure, ...]:
    """Return CAR by three methods and CAV by resampling for one window.

    Parameters
    ----------
    evidence : Evidence
        Observed and simulated abnormal returns.
    first, last : int
        The window in steps from the origin, first step 1.
    design : Design
        Level and power.

    Returns
    -------
    tuple of Measure
        CAR: fhs, garch_z, constant_t; CAV: fhs.
    """
    return (
        _resampled_return("CAR", evidence, first, last, design),
        _garch_z("CAR", evidence, first, last, design),
        _constant_t("CAR", evidence, first, last, design),
        _resampled_volatility("CAV", evidence, first, last, design),
    )


def day_measures(evidence: Evidence, step: int, design: Design) -> tuple[Measure, ...]:
    """Return AR by three methods and AV by resampling for one session.

    Parameters
    ----------
    evidence : Evidence
        Observed and simulated abnormal returns.
    step : int
        Steps from the origin, first step 1.
    design : Design
        Level and power.

    Returns
    -------
    tuple of Measure
        AR: fhs, garch_z, constant_t; AV: fhs.
    """
    return (
        _resampled_return("AR", evidence, step, step, design),
        _garch_z("AR", evidence, step, step, design),
        _constant_t("AR", evidence, step, step, design),
        _resampled_volatility("AV", evidence, step, step, design),
    )


def _floor(evidence: Evidence, last: int) -> float:
    """One step ahead the draws are the L residuals themselves: p below 1/(L+1) has no support."""
    draws = int(evidence.null.abnormal.shape[1])
    return max(1 / (draws + 1), 1 / (len(evidence.calm) + 1)) if last == 1 else 1 / (draws + 1)


def _resampled_return(name: str, evidence: Evidence, first: int, last: int, design: Design) -> Measure:
    null = evidence.null.abnormal[first - 1 : last].sum(axis=0)
    estimate = float(evidence.abnormal[first - 1 : last].sum())
    floor = _floor(evidence, last)
    lower, upper = boot.shift_interval(estimate, null, design.level)
    return Measure(
        name, "fhs", estimate, float(null.std()), lower, upper,
        boot.two_sided_p(estimate, null, floor), len(evidence.calm), floor,
        boot.shift_mde(null, design.level, design.power),
        f"filtered historical simulation, B={len(null)}, two-sided",
    )  # fmt: skip


def _resampled_volatility(name: str, evidence: Evidence, first: int, last: int, design: Design) -> Measure:
    window = slice(first - 1, last)
    days = last - first + 1
    variance = evidence.null.variance[window]
    null = (evidence.null.abnormal[window] ** 2 / variance[:, None]).sum(axis=0)
    total = float((evidence.abnormal[window] ** 2 / variance).sum())
    floor = _floor(evidence, last)
    low, high = boot.scale_interval(total, null, design.level)
    multiple = boot.scale_mde(null, design.level, design.power)
    estimate, lower, upper, mde = total, low, high, multiple
    if name == "CAV":
        estimate, lower, upper, mde = total - days, *(days * (x - 1) for x in (low, high, multiple))
    return Measure(
        name, "fhs", estimate, float(null.std()), lower, upper,
        boot.upper_p(total, null, floor), len(evidence.calm), floor, mde,
        f"filtered historical simulation, B={len(null)}, upper tail",
    )  # fmt: skip


def _garch_z(name: str, evidence: Evidence, first: int, last: int, design: Design) -> Measure:
    estimate = float(evidence.abnormal[first - 1 : last].sum())
    weights = par.cumulation_weights(evidence.phi, first, last)
    error = par.garch_z_error(
        evidence.null.step_variance[:last], weights, last - first + 1, evidence.mean_variance
    )
    critical = par.normal_quantile(1 - design.level / 2)
    lower, upper = par.two_sided_interval(estimate, error, critical)
    return Measure(
        name, "garch_z", estimate, error, lower, upper, par.normal_p(estimate / error),
        len(evidence.calm), 0.0, (critical + par.normal_quantile(design.power)) * error,
        "standard normal, two-sided",
    )  # fmt: skip


def _constant_t(name: str, evidence: Evidence, first: int, last: int, design: Design) -> Measure:
    days, df = last - first + 1, len(evidence.calm) - 1
    estimate = float((evidence.returns[first - 1 : last] - np.mean(evidence.calm)).sum())
    error = par.constant_sigma_error(evidence.calm, days)
    critical = par.t_quantile(1 - design.level / 2, df)
    lower, upper = par.two_sided_interval(estimate, error, critical)
    return Measure(
        name, "constant_t", estimate, error, lower, upper, par.t_p(estimate / error, df),
        len(evidence.calm), 0.0, (critical + par.t_quantile(design.power, df)) * error,
        f"Student t({df}), two-sided",
    )  # fmt: skip
