"""Sample-quantile tests: the event's return ranked among the estimation window's own, plain or standardised.

Gelbach, Helland and Klick (2013) rank the abnormal return among the fitted residuals (``sq``): the right
size without normality, but only on average over calm and turbulent times. ``sq_z`` ranks forecast errors in
units of the standard deviation that was forecast for them, which holds in either.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.inside import forecasts, past_forecasts, past_sums
from eventstudy.inference.measure import Measure
from eventstudy.inference.parametric import cumulation_weights
from eventstudy.inference.resampling import rank_critical, two_sided_p

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D
    from eventstudy.inference.inside import Inside
    from eventstudy.inference.single_event import Evidence, Span


def sample_quantile_measures(evidence: Evidence, inside: Inside, span: Span) -> tuple[Measure, ...]:
    """Rank an AR or CAR among what the estimation window did without an event.

    Parameters
    ----------
    evidence : Evidence
        Observed abnormal returns and the forecast at the origin.
    inside : Inside
        The estimation window.
    span : Span
        The sessions.

    Returns
    -------
    tuple of Measure
        ``sq``: among all n = L - H + 1 overlapping sums of residuals over H sessions. ``sq_z``: in units of
        the forecast standard deviation, among the n = L - last + 1 forecasts that the window could have made
        of itself as many steps ahead. Overlapping sums are not independent: some n / H of them are. The
        smallest p is 1 / (n + 1). Interval and detectable effect are NaN where that is above the level, and
        everything but the estimate where the estimation window is shorter than the forecast.
    """
    estimate = float(evidence.abnormal[span.steps].sum())
    weights = cumulation_weights(evidence.phi, span.first, span.last)
    plain = past_sums(inside.residuals, np.trim_zeros(weights, "f"))
    errors = np.sqrt(weights**2 @ past_forecasts(inside, span.last))
    ahead = forecasts(inside.rule, inside.z, evidence.null.step_variance[:1], span.last)[:, 0]
    standard = past_sums(inside.residuals, weights) / errors
    sums = "residuals" if span.days == 1 else f"overlapping {span.days}-session sums of residuals"
    return (
        _ranked("sq", (estimate, 1.0), plain, sums, span),
        _ranked(
            "sq_z", (estimate, math.sqrt(float(weights**2 @ ahead))), standard, f"standardised {sums}", span
        ),
    )


def _ranked(method: str, effect: tuple[float, float], sample: Float1D, what: str, span: Span) -> Measure:
    """Rank an effect, brought to the sample's unit by its scale, both signs counting alike."""
    estimate, scale = effect
    known = sample[np.isfinite(sample)]
    count, floor = len(known), 1 / (len(known) + 1)
    critical = scale * rank_critical(np.abs(known), span.level)
    return Measure(
        span.effect, method, estimate, scale * _spread(known), estimate - critical, estimate + critical,
        two_sided_p(estimate / scale, known, floor), count, floor,
        critical + scale * _reach(known, span.power),
        f"rank among {count} {what} of the estimation window, two-sided",
    )  # fmt: skip


def _spread(values: Float1D) -> float:
    return math.sqrt(float(np.mean(values**2))) if len(values) else math.nan


def _reach(values: Float1D, power: float) -> float:
    """Return how far beyond its critical value a shift of the harder sign has to lie to be found."""
    if not len(values):
        return math.nan
    low, high = np.quantile(values, [1 - power, power])
    return float(max(-low, high))
