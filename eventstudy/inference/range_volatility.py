"""Abnormal volatility from the range of the day: observed log variances against the forecasts.

A_k = ln s2_{o+k} - ln h_{o+k|o} - m, ranked among the same difference, as many steps ahead, at every
session of the estimation window; m is their mean there, which takes out what a range misses of
the close-to-close variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.inside import forecasts, past_forecasts, past_sums
from eventstudy.inference.measure import Measure
from eventstudy.inference.resampling import rank_critical, upper_p
from eventstudy.ranges import DAILY_VARIANCES, Moves, log_variance, with_overnight, yang_zhang

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.inference.inside import Inside
    from eventstudy.inference.single_event import Evidence, Span


@dataclass(frozen=True)
class Ranges:
    """Bars beside the returns that a study measures.

    Attributes
    ----------
    calm : Moves
        The n sessions of `Inside.residuals`, in their order.
    after : Moves
        The H sessions after the origin, as `Evidence.abnormal`.
    overnight : bool
        Whether the squared gap from the last close is added to the variance of the session, so that it means
        the same as the squared return.
    """

    calm: Moves
    after: Moves
    overnight: bool = True


def range_measures(evidence: Evidence, inside: Inside, ranges: Ranges, span: Span) -> tuple[Measure, ...]:
    """Measure the abnormal volatility of one day or window by its ranges.

    Parameters
    ----------
    evidence : Evidence
        The forecast at the origin.
    inside : Inside
        The estimation window.
    ranges : Ranges
        Bars of both.
    span : Span
        The sessions.

    Returns
    -------
    tuple of Measure
        Statistic ``RAV``. ``parkinson``, ``garman_klass`` and ``rogers_satchell`` average A_k over the
        sessions; ``yang_zhang``, for two sessions or more, compares one variance of the whole window with
        the mean forecast and always holds the overnight part. The estimate is exp(A), a variance multiple
        (1 is no effect), its p-value that of the upper tail among n overlapping windows of the calm. NaN
        where a bar is missing, inconsistent or without a range, or where the estimation window is shorter
        than the forecast; windows of the calm with such a bar, or with a session that the fit left out, are
        left out of n.
    """
    ahead = forecasts(inside.rule, inside.z, evidence.null.step_variance[:1], span.last)[span.steps, 0]
    past = past_forecasts(inside, span.last)[span.steps]
    quiet = _fitted_only(ranges.calm, inside)
    gap = "overnight gap added" if ranges.overnight else "without the overnight gap"
    rows = []
    for method, variance in DAILY_VARIANCES.items():
        calm, after = (_logs(variance, part, ranges.overnight) for part in (quiet, ranges.after))
        event = float(after[span.steps].mean() - np.log(ahead).mean())
        rows.append(_measure(method, event, _past_gaps(calm, past, span), gap, span))
    if span.days > 1:
        rows.append(_yang_zhang(quiet, ranges.after, past.mean(axis=0), float(ahead.mean()), span))
    return tuple(rows)


def _fitted_only(bars: Moves, inside: Inside) -> Moves:
    """Return the calm's bars without those of sessions that the fit left out."""
    left_out = np.where(np.isfinite(inside.residuals), 0.0, np.nan)
    up, down, change, gap = (part + left_out for part in (bars.up, bars.down, bars.change, bars.gap))
    return Moves(up, down, change, gap, bars.inconsistent)


def _logs(variance: Callable[[Moves], Float1D], bars: Moves, overnight: bool) -> Float1D:
    inner = variance(bars)
    return log_variance(with_overnight(inner, bars) if overnight else inner)


def _past_gaps(calm: Float1D, past: Float2D, span: Span) -> Float1D:
    """Return the mean difference over each of the calm's own windows."""
    observed = past_sums(calm[span.first - 1 :], np.full(span.days, 1 / span.days))
    return np.asarray(observed - np.log(past).mean(axis=0))


def _yang_zhang(quiet: Moves, after: Moves, past: Float1D, ahead: float, span: Span) -> Measure:
    event = log_variance(yang_zhang(after[span.steps], span.days))[-1]
    calm = log_variance(yang_zhang(quiet, span.days))[span.last - 1 :]
    told = "overnight variance included"
    return _measure("yang_zhang", float(event) - math.log(ahead), calm - np.log(past), told, span)


def _measure(method: str, event: float, calm: Float1D, told: str, span: Span) -> Measure:
    known = calm[np.isfinite(calm)]
    count, floor = len(known), 1 / (len(known) + 1)
    told = f"rank among {count} overlapping windows of the estimation window, upper tail; {told}"
    if not count:
        nan = math.nan
        return Measure("RAV", method, nan, nan, nan, nan, nan, 0, floor, nan, told)
    centred = known - known.mean()
    effect = event - float(known.mean())
    low, high, beaten = np.quantile(centred, [span.level / 2, 1 - span.level / 2, 1 - span.power])
    ratio, lower, upper = (math.exp(x) for x in (effect, effect - high, effect - low))
    return Measure(
        "RAV", method, ratio, ratio * float(centred.std()), lower, upper,
        upper_p(effect, centred, floor), count, floor,
        math.exp(rank_critical(centred, span.level) - beaten), told,
    )  # fmt: skip
