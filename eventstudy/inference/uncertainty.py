"""Parameter uncertainty: futures simulated from refitted parameters, each filtered through what happened.

Pascual, Romo and Ruiz (2006): every refit of a bootstrapped estimation window forecasts the actual
event from the actual past, so that the pooled paths carry the errors of the variance parameters and of
the mean as well as the innovations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch import simulate_many
from eventstudy.garch.frozen import freeze
from eventstudy.inference.refits import REFITS, refit_bootstrap, standardised
from eventstudy.inference.resampling import Null
from eventstudy.inference.single_event import simulated_return, simulated_volatility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.arrays import Float1D, Float2D, Int2D
    from eventstudy.garch import GarchFit
    from eventstudy.garch.frozen import Frozen
    from eventstudy.inference.measure import Measure
    from eventstudy.inference.single_event import Evidence, Span

NOTABLE = 0.01


@dataclass(frozen=True)
class Refitted:
    """One estimation window under the parameters that it might have given.

    Attributes
    ----------
    frozen : Frozen
        The n refits that ended at an optimum, with the variances they see in the actual returns behind the
        window.
    attempted : int
        Refits tried; those that were refused or did not converge are left out of `frozen`.
    returns : ndarray of shape (K,)
        The actual returns behind the window, per cent.
    last_return : float
        The window's last return, per cent.
    z : ndarray of shape (L,)
        Standardised residuals of the fit itself, which futures are drawn from.
    mu, phi : float
        The fit's own mean.
    """

    frozen: Frozen
    attempted: int
    returns: Float1D
    last_return: float
    z: Float1D
    mu: float
    phi: float


def refitted(
    fitted: GarchFit, calm: Float1D, behind: Float1D, generator: np.random.Generator, count: int = REFITS
) -> Refitted:
    """Refit an estimation window many times and filter the actual returns with each set of parameters.

    Parameters
    ----------
    fitted : GarchFit
        The fit of the window.
    calm : ndarray of shape (L,)
        The window's returns, per cent.
    behind : ndarray of shape (K,)
        Every later return that a forecast origin may follow; NaN where a session has none.
    generator : Generator
        Source of randomness.
    count : int
        Number of refits.

    Returns
    -------
    Refitted
        Serves every event that this window forecasts.
    """
    fits = refit_bootstrap(fitted, generator, count)
    frozen = freeze(fits, np.tile(calm, (count, 1)), np.tile(behind, (count, 1)))
    mu, phi = (float(fitted.params.get(name, 0.0)) for name in ("mu", "phi"))
    return Refitted(frozen, count, behind, float(calm[-1]), standardised(fitted), mu, phi)


def pooled_null(refits: Refitted, plain: Null, sessions: int, picks: Int2D) -> Null:
    """Simulate abnormal returns from every refit and pool them.

    Parameters
    ----------
    refits : Refitted
        Refits of the estimation window.
    plain : Null
        The simulation under the fit itself, from the same origin; its forecasts keep measuring AV and CAV.
    sessions : int
        Sessions from the window's end to the origin, 0 where they are the same.
    picks : ndarray of int of shape (H, B)
        Which residual each step of each replication draws; the replications are dealt out evenly among the n
        refits, and those left over are not used.

    Returns
    -------
    Null
        Returns less the fit's own expectation, so that a refit's other mean is part of the error.
    """
    frozen, horizon = refits.frozen, len(picks)
    count = len(frozen.rules)
    each = picks.shape[1] // count
    z = refits.z[picks[:, : each * count]].reshape(horizon, count, each).transpose(1, 0, 2)
    abnormal, _ = simulate_many(frozen.rules, frozen.later[:, sessions], z)
    phi = frozen.phi[:, None]
    for k in range(1, horizon):
        abnormal[:, k] += phi * abnormal[:, k - 1]
    abnormal += _other_means(refits, sessions, horizon)[:, :, None]
    return replace(plain, abnormal=np.ascontiguousarray(abnormal.transpose(1, 0, 2).reshape(horizon, -1)))


def _other_means(refits: Refitted, sessions: int, horizon: int) -> Float2D:
    """Return what each refit expects beyond what the fit expects, by refit and step."""
    last = refits.returns[sessions - 1] if sessions else refits.last_return
    mu, phi = np.append(refits.frozen.mu, refits.mu), np.append(refits.frozen.phi, refits.phi)
    level = mu / (1 - phi)
    away = np.where(np.isfinite(last), last - level, 0.0)
    expected = level[:, None] + phi[:, None] ** np.arange(1, horizon + 1) * away[:, None]
    return np.asarray(expected[:-1] - expected[-1])


def parameter_measures(
    evidence: Evidence, pooled: Null, refits: Refitted, span: Span, plain: Mapping[str, float]
) -> tuple[Measure, Measure]:
    """Repeat the simulated tests with parameter uncertainty.

    Parameters
    ----------
    evidence : Evidence
        What happened, with the simulation under the fit itself.
    pooled : Null
        As `pooled_null` returns it.
    refits : Refitted
        Refits of the estimation window.
    span : Span
        The sessions.
    plain : mapping of str to float
        Statistic to p-value under the fit itself.

    Returns
    -------
    tuple of Measure
        Method ``fhs_params`` for AR and AV, or CAR and CAV. The null distribution tells how many refits there
        were, and whether p moves by more than .01.
    """
    effect = simulated_return(evidence, pooled, "fhs_params", span)
    volatility = simulated_volatility(evidence, pooled, "fhs_params", span)
    return _compared(effect, refits, plain), _compared(volatility, refits, plain)


def _compared(measure: Measure, refits: Refitted, plain: Mapping[str, float]) -> Measure:
    moves = "more than" if abs(measure.p_value - plain[measure.statistic]) > NOTABLE else "at most"
    used = f"{len(refits.frozen.rules)} of {refits.attempted} refits, p moves by {moves} {NOTABLE}"
    return replace(measure, null_distribution=f"{measure.null_distribution}; {used}")
