"""Variance recursions: one step, filtering, h-step forecasts and simulated paths."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.errors import BadValue
from eventstudy.garch.paths import Step, advanced, filtered, hansen_frame, probability_of_loss, simulated
from eventstudy.garch.sample import CLASSICAL, EXPONENTIAL, REALIZED, SCORE_DRIVEN
from eventstudy.garch.spec import lower_half_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Float1D, Float2D, FloatND
    from eventstudy.values import Innovation

PERSISTENCE_GUARD = 0.999
PERSISTENCE_CAP = 0.995

_RECURSIONS = {"beta_t": SCORE_DRIVEN, "realized": REALIZED, "egarch": EXPONENTIAL}


@dataclass(frozen=True, slots=True)
class VarianceRule:
    """Parameters of one conditional-variance recursion.

    Attributes
    ----------
    model : str
        ``constant``: h = omega. ``garch``, ``gjr``, ``beta_t`` and ``realized``:
        h' = omega + (alpha + gamma 1[eps < 0]) news + beta h, where the news is eps^2 (Glosten,
        Jagannathan, Runkle 1993); h s(z), s(z) = -z d ln f / dz (Harvey and Chakravarti 2008); or a
        realised measure x of the session (Shephard and Sheppard 2010).
        ``egarch``: ln h' = omega + beta ln h + alpha (abs(z) - E abs(z)) + gamma z (Nelson 1991).
    omega, alpha, gamma, beta : float
        Coefficients; per cent squared per session for omega (its logarithm's scale for EGARCH).
    abs_moment : float
        E abs(z) of the unit-variance innovation; used by EGARCH only.
    nu, skew, dist : float, float and str
        The innovation f: ``normal``, ``t`` (nu) or ``skewt`` (nu and lambda); makes s(z), and the share of
        the news that is expected on losses.
    measure_ratio : float
        E[news / h]: E[x / h] of a realised measure; 1 where the news is a square, or weighted by its own
        density. `matched_to_draws` measures it on other innovations.
    """

    model: str
    omega: float
    alpha: float = 0.0
    gamma: float = 0.0
    beta: float = 0.0
    abs_moment: float = math.sqrt(2 / math.pi)
    nu: float = math.inf
    skew: float = 0.0
    dist: Innovation = "normal"
    measure_ratio: float = 1.0


def loss_share(rule: VarianceRule) -> float:
    """Return kappa = E[news 1(z < 0)] / E[news] under the rule's own innovation.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.

    Returns
    -------
    float
        One half for a symmetric innovation. Skewed: E[z^2 1(z < 0)] of squared residuals; P(z < 0) of the
        score-driven news, by parts, and of a realised measure, which is taken to be independent of the sign.
    """
    if rule.dist != "skewt":
        return 0.5
    if rule.model in {"beta_t", "realized"}:
        return probability_of_loss(rule.nu, rule.skew)
    return lower_half_moment(rule.dist, rule.nu, rule.skew)


def matched_to_draws(
    rule: VarianceRule, z: FloatND, ratios: FloatND | None = None
) -> tuple[VarianceRule, float]:
    """Return the rule and kappa with which closed forms are the mean over paths of given draws.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.
    z : ndarray
        Innovations that paths are drawn from, as standardised residuals; any shape.
    ratios : ndarray, optional
        Realised measures over variances, x / h, drawn jointly with z; same shape.

    Returns
    -------
    rule : VarianceRule
        With the draws' own E[news / h] as `measure_ratio`.
    kappa : float
        E[news 1(z < 0)] / E[news] of the draws.
    """
    if rule.model in {"constant", "egarch"}:
        return rule, loss_share(rule)
    if rule.model == "realized" and ratios is None:
        return rule, float(np.mean(z < 0))
    only_news = replace(rule, omega=0.0, alpha=1.0, gamma=0.0, beta=0.0)
    news = next_variance(only_news, z, np.ones_like(z), ratios)
    level = float(np.mean(news))
    return replace(rule, measure_ratio=level), float(np.mean(news * (z < 0))) / level


def next_variance(
    rule: VarianceRule, residual: FloatND, variance: FloatND, measure: FloatND | None = None
) -> FloatND:
    """Return tomorrow's conditional variance from today's residual and variance.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.
    residual : ndarray
        Today's eps in per cent, any shape; NaN stands for an unobserved session, whose news and sign are
        replaced by their expectation under the rule's own innovation.
    variance : ndarray
        Today's h in per cent squared per session, same shape.
    measure : ndarray, optional
        Today's realised measure, same shape, for ``realized`` only; NaN stands for an unobserved one.

    Returns
    -------
    ndarray
        Tomorrow's h, same shape, never NaN where the variance is not.

    Raises
    ------
    BadValue
        For a ``realized`` rule without a measure.
    """
    today, h, x = np.broadcast_arrays(residual, variance, _measures(rule, residual, measure))
    flat = (np.array(part, dtype=float).ravel() for part in (today, h, x))
    return np.asarray(advanced(_step(rule, residual), *flat).reshape(today.shape))


def filter_variance(
    rule: VarianceRule, residuals: Float1D, first: float, measures: Float1D | None = None
) -> Float1D:
    """Run the recursion through observed residuals.

    Parameters
    ----------
    rule : VarianceRule
        The recursion, frozen.
    residuals : ndarray of shape (T,)
        eps in per cent; NaN marks an unobserved session.
    first : float
        Conditional variance of the first residual.
    measures : ndarray of shape (T,), optional
        Realised measure of each session, for ``realized`` only; NaN marks an unobserved one.

    Returns
    -------
    ndarray of shape (T + 1,)
        Conditional variance of each session, and of the session after the last.

    Raises
    ------
    BadValue
        For a ``realized`` rule without measures.
    """
    seen = np.array(residuals, dtype=float)
    news = np.array(_measures(rule, seen, measures), dtype=float)
    return filtered(_step(rule, seen), seen, news, float(first))


def _measures(rule: VarianceRule, residuals: FloatND, measures: FloatND | None) -> FloatND:
    if rule.model != "realized":
        return residuals
    if measures is None:
        raise BadValue("measures", None, "the realised measure of each session to a 'realized' recursion")
    return measures


def _step(rule: VarianceRule, residuals: FloatND) -> Step:
    """Return the rule as numbers; what unobserved sessions count as is worked out where there are any."""
    moving, skewed = rule.model != "constant", rule.dist == "skewt"
    nu, skew = (math.inf if rule.dist == "normal" else float(rule.nu)), float(rule.skew) if skewed else 0.0
    a, b = hansen_frame(nu, skew)
    return Step(
        recursion=float(_RECURSIONS.get(rule.model, CLASSICAL)),
        omega=float(rule.omega),
        alpha=float(rule.alpha) if moving else 0.0,
        gamma=float(rule.gamma) if moving else 0.0,
        beta=float(rule.beta) if moving else 0.0,
        moment=float(rule.abs_moment),
        ratio=float(rule.measure_ratio),
        share=loss_share(rule) if np.isnan(residuals).any() else math.nan,
        nu=nu,
        skew=skew,
        a=a,
        b=b,
    )


def persistence(rule: VarianceRule, kappa: float | None = None) -> float:
    """Return how much of a variance shock survives one session.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.
    kappa : float, optional
        E[news 1(z < 0)] / E[news]: that of the rule's own innovation (`loss_share`, one half where it is
        symmetric) unless given, as measured for residual draws.

    Returns
    -------
    float
        (alpha + gamma kappa) E[news / h] + beta; beta for EGARCH; 0 for a constant variance.
    """
    if rule.model == "constant":
        return 0.0
    if rule.model == "egarch":
        return rule.beta
    share = loss_share(rule) if kappa is None else kappa
    return (rule.alpha + rule.gamma * share) * rule.measure_ratio + rule.beta


def forecast_variance(rule: VarianceRule, first: float, horizon: int, kappa: float | None = None) -> Float1D:
    """Return closed-form h-step variance forecasts of a recursion that is linear in the variance.

    Parameters
    ----------
    rule : VarianceRule
        The recursion; EGARCH has no closed form, average `simulate_paths` instead.
    first : float
        One-step forecast h_{t+1|t}.
    horizon : int
        Number of steps H.
    kappa : float, optional
        As in `persistence`, of the innovations that the future is drawn from.

    Returns
    -------
    ndarray of shape (H,)
        h_{t+k|t} = omega (1 + p + ... + p^{k-2}) + p^{k-1} h_{t+1|t}, per cent squared per session: the news
        of each session is expected to be E[news / h] times its variance, whatever happened before.
    """
    p = persistence(rule, kappa)
    variances = np.empty(horizon)
    variances[0] = first
    for k in range(1, horizon):
        variances[k] = rule.omega + p * variances[k - 1]
    return variances


def simulate_paths(
    rule: VarianceRule, first: float, z: Float2D, ratios: Float2D | None = None
) -> tuple[Float2D, Float2D]:
    """Iterate the recursion along drawn innovations.

    Parameters
    ----------
    rule : VarianceRule
        The recursion.
    first : float
        One-step forecast, the variance of step 1.
    z : ndarray of shape (H, B)
        Unit-variance innovations, one row a step, one column a replication; drawn from residuals or by
        `eventstudy.garch.paths.draw_innovations`.
    ratios : ndarray of shape (H, B), optional
        Realised measures over variances, x / h, drawn jointly with z; `measure_ratio` unless given.

    Returns
    -------
    residuals, variances : ndarray of shape (H, B)
        eps* in per cent and h* in per cent squared.
    """
    together = None if ratios is None else ratios[None]
    residuals, variances = simulate_many([rule], np.array([first]), z[None], together)
    return residuals[0], variances[0]


def simulate_many(
    rules: Sequence[VarianceRule], firsts: Float1D, z: FloatND, ratios: FloatND | None = None
) -> tuple[FloatND, FloatND]:
    """Iterate many recursions, one a series or window, along drawn innovations.

    Parameters
    ----------
    rules : sequence of VarianceRule
        N recursions, of one model or of several.
    firsts : ndarray of shape (N,)
        The variance of step 1 of each.
    z : ndarray of shape (N, H, B)
        Unit-variance innovations by recursion, step and replication.
    ratios : ndarray of shape (N, H, B), optional
        As in `simulate_paths`; read by ``realized`` recursions.

    Returns
    -------
    residuals, variances : ndarray of shape (N, H, B)
        eps* in per cent and h* in per cent squared.
    """
    steps = np.array([_step(rule, firsts) for rule in rules])
    drawn = np.empty((0, 0, 0)) if ratios is None else np.ascontiguousarray(ratios, dtype=float)
    starts = np.array(firsts, dtype=float)
    return simulated(steps, starts, np.ascontiguousarray(z, dtype=float), drawn)


def guarded(
    rule: VarianceRule, sample_variance: float, kappa: float | None = None
) -> tuple[VarianceRule, bool]:
    """Replace a (nearly) integrated recursion by a variance-targeted one.

    A persistence of `PERSISTENCE_GUARD` or more leaves the long-run variance undefined, so the news
    coefficients are scaled to `PERSISTENCE_CAP` and omega is set to hit the sample variance.

    Parameters
    ----------
    rule : VarianceRule
        The fitted recursion.
    sample_variance : float
        Variance of the estimation window, per cent squared.
    kappa : float, optional
        As in `persistence`.

    Returns
    -------
    rule : VarianceRule
        The recursion to forecast with.
    replaced : bool
        Whether the guard acted.
    """
    p = persistence(rule, kappa)
    if p < PERSISTENCE_GUARD:
        return rule, False
    if rule.model == "egarch":
        long_run = (1 - PERSISTENCE_CAP) * math.log(sample_variance)
        return replace(rule, beta=PERSISTENCE_CAP, omega=long_run), True
    shrink = PERSISTENCE_CAP / p
    return (
        replace(
            rule,
            omega=sample_variance * (1 - PERSISTENCE_CAP),
            alpha=rule.alpha * shrink,
            gamma=rule.gamma * shrink,
            beta=rule.beta * shrink,
        ),
        True,
    )
