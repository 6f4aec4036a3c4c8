"""Every single-event test of one day or window, in the order in which the results list them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.inference.extremes import extreme_measures
from eventstudy.inference.range_volatility import range_measures
from eventstudy.inference.sample_quantile import sample_quantile_measures
from eventstudy.inference.single_event import (
    day_span,
    equal_tailed_return,
    hac_t,
    headline,
    simulated_return,
    simulated_volatility,
    window_span,
)
from eventstudy.inference.uncertainty import parameter_measures

if TYPE_CHECKING:
    from eventstudy.inference.inside import Inside
    from eventstudy.inference.measure import Measure
    from eventstudy.inference.range_volatility import Ranges
    from eventstudy.inference.resampling import Null
    from eventstudy.inference.single_event import Evidence, Span
    from eventstudy.inference.uncertainty import Refitted
    from eventstudy.values import Design


@dataclass(frozen=True)
class Case:
    """All that is known about one forecast origin of one series.

    Attributes
    ----------
    evidence : Evidence
        What happened, beside what could have happened.
    blocks : Null
        The same simulation with runs of residuals (`eventstudy.inference.resampling.circular_blocks`).
    inside : Inside
        The estimation window.
    refits, pooled : Refitted and Null, or None
        The layer of parameter uncertainty; both or neither.
    ranges : Ranges or None
        Bars, where the series has them.
    """

    evidence: Evidence
    blocks: Null
    inside: Inside
    refits: Refitted | None = None
    pooled: Null | None = None
    ranges: Ranges | None = None


def day_battery(case: Case, step: int, design: Design) -> tuple[Measure, ...]:
    """Return every test of one session.

    Parameters
    ----------
    case : Case
        One origin.
    step : int
        Steps from the origin, first step 1.
    design : Design
        Level and power.

    Returns
    -------
    tuple of Measure
        AR: fhs garch_z constant_t fhs_tails fhs_block sq sq_z, with refits fhs_params. AV: fhs fhs_block,
        with refits fhs_params. RAV, with bars: parkinson garman_klass rogers_satchell.
    """
    span = day_span(step, design)
    return (*_common(case, span), *_by_ranges(case, span))


def window_battery(case: Case, first: int, last: int, design: Design) -> tuple[Measure, ...]:
    """Return every test of one window.

    Parameters
    ----------
    case : Case
        One origin.
    first, last : int
        The window in steps from the origin, first step 1.
    design : Design
        Level and power.

    Returns
    -------
    tuple of Measure
        As `day_battery` with CAR and CAV, and CAR by hac_t. For two sessions or more: MAX and MIN_CAR by fhs
        and fhs_block, RAV also by yang_zhang; a window of one session leaves those and RAV to its day.
    """
    span = window_span(first, last, design)
    rows = (*_common(case, span), hac_t(case.evidence, span))
    if span.days == 1:
        return rows
    evidence = case.evidence
    extremes = (
        *extreme_measures(evidence, evidence.null, "fhs", span),
        *extreme_measures(evidence, case.blocks, "fhs_block", span),
    )
    return (*rows, *extremes, *_by_ranges(case, span))


def _common(case: Case, span: Span) -> tuple[Measure, ...]:
    evidence = case.evidence
    simple = headline(evidence, span)
    rows = (
        *simple,
        equal_tailed_return(evidence, span),
        simulated_return(evidence, case.blocks, "fhs_block", span),
        simulated_volatility(evidence, case.blocks, "fhs_block", span),
        *sample_quantile_measures(evidence, case.inside, span),
    )
    if case.refits is None or case.pooled is None:
        return rows
    plain = {row.statistic: row.p_value for row in simple if row.method == "fhs"}
    return (*rows, *parameter_measures(evidence, case.pooled, case.refits, span, plain))


def _by_ranges(case: Case, span: Span) -> tuple[Measure, ...]:
    if case.ranges is None:
        return ()
    return range_measures(case.evidence, case.inside, case.ranges, span)
