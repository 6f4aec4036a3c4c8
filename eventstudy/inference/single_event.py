"""One event, one series: AR, CAR, AV and CAV of a window by simulation and by closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference import parametric as par
from eventstudy.inference import resampling as boot
from eventstudy.inference.measure import Measure

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


@dataclass(frozen=True)
class Span:
    """The sessions that are measured together, and the level and power they are judged by.

    Attributes
    ----------
    first, last : int
        In steps from the origin, first step 1.
    level, power : float
        As in `eventstudy.values.Design`.
    cumulated : bool
        Whether they are a window (CAR, CAV) or one day (AR, AV).
    """

    first: int
    last: int
    level: float
    power: float
    cumulated: bool = True

    @property
    def days(self) -> int:
        """Number of sessions."""
        return self.last - self.first + 1

    @property
    def steps(self) -> slice:
        """Their places in arrays of one value a step."""
        return slice(self.first - 1, self.last)

    @property
    def effect(self) -> str:
        """Name of the return statistic."""
        return "CAR" if self.cumulated else "AR"

    @property
    def volatility(self) -> str:
        """Name of the volatility statistic."""
        return "CAV" if self.cumulated else "AV"


def window_span(first: int, last: int, design: Design) -> Span:
    """Return a window of sessions that are cumulated.

    Parameters
    ----------
    first, last : int
        In steps from the origin, first step 1.
    design : Design
        Level and power.

    Returns
    -------
    Span
        Of CAR and CAV.
    """
    return Span(first, last, design.level, design.power)


def day_span(step: int, design: Design) -> Span:
    """Return one session by itself: AR and AV, `step` steps from the origin."""
    return Span(step, step, design.level, design.power, cumulated=False)


def headline(evidence: Evidence, span: Span) -> tuple[Measure, ...]:
    """Return the return effect by three methods and the volatility effect by simulation."""
    return (
        simulated_return(evidence, evidence.null, "fhs", span),
        garch_z(evidence, span),
        constant_t(evidence, span),
        simulated_volatility(evidence, evidence.null, "fhs", span),
    )


def _floor(evidence: Evidence, draws: int, last: int) -> float:
    """One step ahead the draws are the L residuals themselves: p below 1/(L+1) has no support."""
    return max(1 / (draws + 1), 1 / (len(evidence.calm) + 1)) if last == 1 else 1 / (draws + 1)


def simulated_return(evidence: Evidence, null: Null, method: str, span: Span) -> Measure:
    """Compare an AR or CAR with simulated ones, both signs counting alike.

    Parameters
    ----------
    evidence : Evidence
        What happened.
    null : Null
        What could have happened without an event.
    method : str
        Name of the simulation, a key of `eventstudy.inference.resampling.SIMULATIONS`.
    span : Span
        The sessions.

    Returns
    -------
    Measure
        Per cent.
    """
    drawn = null.abnormal[span.steps].sum(axis=0)
    estimate = float(evidence.abnormal[span.steps].sum())
    floor = _floor(evidence, len(drawn), span.last)
    lower, upper = boot.shift_interval(estimate, drawn, span.level)
    return Measure(
        span.effect, method, estimate, float(drawn.std()), lower, upper,
        boot.two_sided_p(estimate, drawn, floor), len(evidence.calm), floor,
        boot.shift_mde(drawn, span.level, span.power),
        f"{boot.simulation(method, len(drawn))}, two-sided",
    )  # fmt: skip


def equal_tailed_return(evidence: Evidence, span: Span) -> Measure:
    """Compare an AR or CAR with simulated ones, each tail by itself: for skewed residuals.

    Parameters
    ----------
    evidence : Evidence
        What happened, beside what could have happened.
    span : Span
        The sessions.

    Returns
    -------
    Measure
        Method ``fhs_tails``, per cent; p is twice that of the smaller tail.
    """
    drawn = evidence.null.abnormal[span.steps].sum(axis=0)
    estimate = float(evidence.abnormal[span.steps].sum())
    floor = _floor(evidence, len(drawn), span.last)
    lower, upper = boot.shift_interval(estimate, drawn, span.level)
    return Measure(
        span.effect, "fhs_tails", estimate, float(drawn.std()), lower, upper,
        boot.equal_tailed_p(estimate, drawn, floor), len(evidence.calm), 2 * floor,
        boot.equal_tailed_mde(drawn, span.level, span.power),
        f"{boot.simulation('fhs_tails', len(drawn))}, equal tails",
    )  # fmt: skip


def simulated_volatility(evidence: Evidence, null: Null, method: str, span: Span) -> Measure:
    """Compare an AV or CAV with simulated ones.

    Parameters
    ----------
    evidence : Evidence
        What happened, and the forecast it is measured by.
    null : Null
        What could have happened without an event.
    method : str
        Name of the simulation, a key of `eventstudy.inference.resampling.SIMULATIONS`.
    span : Span
        The sessions.

    Returns
    -------
    Measure
        AV as a ratio, CAV as an excess over its number of sessions. The interval holds the variance
        multiples that the observation is compatible with; one squared return says so little that the
        interval of one day is honest and nearly without bounds.
    """
    variance = evidence.null.variance[span.steps]
    drawn = (null.abnormal[span.steps] ** 2 / variance[:, None]).sum(axis=0)
    total = float((evidence.abnormal[span.steps] ** 2 / variance).sum())
    floor = _floor(evidence, len(drawn), span.last)
    effects = total, *boot.scale_interval(total, drawn, span.level)
    multiple = boot.scale_mde(drawn, span.level, span.power)
    if span.cumulated:
        low, high = (span.days * (x - 1) for x in effects[1:])
        effects, multiple = (total - span.days, low, high), span.days * (multiple - 1)
    estimate, lower, upper = effects
    return Measure(
        span.volatility, method, estimate, float(drawn.std()), lower, upper,
        boot.upper_p(total, drawn, floor), len(evidence.calm), floor, multiple,
        f"{boot.simulation(method, len(drawn))}, upper tail",
    )  # fmt: skip


def garch_z(evidence: Evidence, span: Span) -> Measure:
    """Divide an AR or CAR by its forecast standard deviation.

    Parameters
    ----------
    evidence : Evidence
        What happened, and the forecast variances.
    span : Span
        The sessions.

    Returns
    -------
    Measure
        Per cent, standard normal.
    """
    estimate = float(evidence.abnormal[span.steps].sum())
    weights = par.cumulation_weights(evidence.phi, span.first, span.last)
    error = par.garch_z_error(
        evidence.null.step_variance[: span.last], weights, span.days, evidence.mean_variance
    )
    critical = par.normal_quantile(1 - span.level / 2)
    lower, upper = par.two_sided_interval(estimate, error, critical)
    return Measure(
        span.effect, "garch_z", estimate, error, lower, upper, par.normal_p(estimate / error),
        len(evidence.calm), 0.0, (critical + par.normal_quantile(span.power)) * error,
        "standard normal, two-sided",
    )  # fmt: skip


def constant_t(evidence: Evidence, span: Span) -> Measure:
    """Divide an AR or CAR by its standard deviation under a constant mean and variance.

    Parameters
    ----------
    evidence : Evidence
        Raw returns of the event and of the estimation window.
    span : Span
        The sessions.

    Returns
    -------
    Measure
        Per cent, Student's t; the forecast error of the mean is part of the standard error.
    """
    error = par.constant_sigma_error(evidence.calm, span.days)
    return _student(evidence, "constant_t", error, span)


def hac_t(evidence: Evidence, span: Span) -> Measure:
    """Divide a CAR by its standard deviation under serially dependent returns of constant mean and variance.

    Parameters
    ----------
    evidence : Evidence
        Raw returns of the event and of the estimation window.
    span : Span
        The sessions.

    Returns
    -------
    Measure
        Per cent, Student's t, with `eventstudy.inference.parametric.hac_error`.
    """
    return _student(evidence, "hac_t", par.hac_error(evidence.calm, span.days), span)


def _student(evidence: Evidence, method: str, error: float, span: Span) -> Measure:
    df = len(evidence.calm) - 1
    estimate = float((evidence.returns[span.steps] - np.mean(evidence.calm)).sum())
    critical = par.t_quantile(1 - span.level / 2, df)
    lower, upper = par.two_sided_interval(estimate, error, critical)
    return Measure(
        span.effect, method, estimate, error, lower, upper, par.t_p(estimate / error, df),
        len(evidence.calm), 0.0, (critical + par.t_quantile(span.power, df)) * error,
        f"Student t({df}), two-sided",
    )  # fmt: skip
