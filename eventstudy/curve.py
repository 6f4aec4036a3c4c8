"""The specification curve: the same questions under other models, windows, bridges and clocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy import screening
from eventstudy.calm import Calm, fit_calm
from eventstudy.errors import TooFewObservations
from eventstudy.inference.single_event import simulated_return, simulated_volatility, window_span
from eventstudy.matching import event_placebos
from eventstudy.measuring import SeriesTask, evidence_at
from eventstudy.placebos import PlaceboFits, fit_placebos
from eventstudy.results import CURVE_COLUMNS
from eventstudy.series import SERIES
from eventstudy.values import Bridge, Innovation, VarianceModel
from eventstudy.windows import estimation_ends, estimation_positions, origin

if TYPE_CHECKING:
    from eventstudy.inference.measure import Measure
    from eventstudy.values import Design, Window
    from eventstudy.windows import Placed

UNWIND = (date(2024, 8, 5), date(2024, 8, 6))
PLACEBOS = 500
_MODELS: tuple[tuple[VarianceModel, Innovation], ...] = (
    ("gjr", "t"), ("garch", "t"), ("gjr", "normal"), ("gjr", "skewt"), ("egarch", "t"), ("beta_t", "t"),
)  # fmt: skip
_LENGTHS = (250, 500, 1_000)
_BRIDGES: tuple[Bridge, ...] = ("episode", "event")
_PINS = ("event", "series", "window_start", "window_end", "statistic")


def specifications(design: Design) -> tuple[Design, ...]:
    """Return the designs of the curve, the design itself first.

    Parameters
    ----------
    design : Design
        The study's own choices.

    Returns
    -------
    tuple of Design
        Six models by three window lengths by two bridges, and around the design an autoregressive mean, gaps
        of 5 and 20 sessions and the August 2024 unwind masked, each by two bridges, and the direct bridge.
        A gap moves a pinned window with it.
    """
    lean = replace(design, placebos=min(design.placebos, PLACEBOS), replications=999, second_opinion=False)
    grid = [
        replace(lean, variance=variance, dist=dist, estimation=length, bridge=bridge)
        for variance, dist in _MODELS
        for length in _LENGTHS
        for bridge in _BRIDGES
    ]
    around = [
        replace(lean, bridge=bridge, **change)
        for change in ({"mean": "ar1"}, {"gap": 5}, {"gap": 20}, {"masked": UNWIND})
        for bridge in _BRIDGES
    ]
    return tuple(dict.fromkeys([lean, *grid, *around, replace(lean, bridge="direct")]))


def curve_rows(task: SeriesTask, placed: Sequence[Placed], news: Sequence[int]) -> list[dict[str, Any]]:
    """Measure every event of one series under every specification.

    Parameters
    ----------
    task : SeriesTask
        The series and the design.
    placed : sequence of Placed
        Its events.
    news : sequence of int
        Positions of day 0 of every listed event.

    Returns
    -------
    list of dict
        Keys `eventstudy.results.CURVE_COLUMNS` but ``agrees``. A specification whose estimation window does
        not exist, or cannot be fitted, has no rows.
    """
    rows: list[dict[str, Any]] = []
    grounds: dict[Design, tuple[dict[str, int], dict[int, Calm], PlaceboFits | None]] = {}
    for design in specifications(task.design):
        fitted_as = replace(design, bridge="episode")
        if fitted_as not in grounds:
            grounds[fitted_as] = _ground(replace(task, design=fitted_as), placed, news, task.design.gap)
        ends, calms, placebos = grounds[fitted_as]
        for item in placed:
            calm = calms.get(ends[item.episode])
            if calm is not None:
                rows.extend(_measured(replace(task, design=design), item, calm, placebos, news))
    return rows


def _ground(
    task: SeriesTask, placed: Sequence[Placed], news: Sequence[int], own_gap: int
) -> tuple[dict[str, int], dict[int, Calm], PlaceboFits | None]:
    """Fit every estimation window of one specification, and its placebos."""
    rs, design = task.returns, task.design
    ends = estimation_ends(placed, rs.sessions, design)
    if design.estimation_end is not None:
        ends = {episode: end + own_gap - design.gap for episode, end in ends.items()}
    calms = {}
    for end in dict.fromkeys(ends.values()):
        try:
            positions = estimation_positions(rs.returns, end, design.estimation, rs.series)
        except TooFewObservations:
            continue
        calm = fit_calm(rs, positions, design)
        if calm.status != "not_converged":
            calms[end] = calm
    longest = max(stop for _, stop in design.windows)
    reach = max((item.day0 + longest - ends[item.episode] for item in placed), default=1)
    plain = replace(design, masked=())
    return ends, calms, fit_placebos(rs, news, plain, max(reach, 1)) if calms else None


def _measured(
    task: SeriesTask, item: Placed, calm: Calm, placebos: PlaceboFits | None, news: Sequence[int]
) -> Iterator[dict[str, Any]]:
    rs, design, end = task.returns, task.design, int(calm.positions[-1])
    windows = [
        window
        for window in design.windows
        if not screening.window_problem(rs, item.day0, window)
        and not screening.order_problem(end, origin(design.bridge, item, window[0], end), rs)
    ]
    if not windows:
        return
    last = max(stop for _, stop in windows)
    evidences = {}
    for shift in sorted({0, *(min(start, 0) for start, _ in windows)}):
        eve = origin(design.bridge, item, shift, end)
        evidences[shift] = evidence_at(task, calm, eve, item.day0 + last - eve)
    matched = event_placebos(item, placebos, evidences, news, end, design)
    for window in windows:
        shift = min(window[0], 0)
        first = item.day0 + window[0] - origin(design.bridge, item, shift, end)
        span = window_span(first, first + window[1] - window[0], design)
        found = list(matched.window(window, ("placebo_matched",)))
        null = evidences[shift].null
        found = found or [
            simulated_return(evidences[shift], null, "fhs", span),
            simulated_volatility(evidences[shift], null, "fhs", span),
        ]
        for measure in found:
            yield _row(task, item, calm, window, measure)


def _row(task: SeriesTask, item: Placed, calm: Calm, window: Window, measure: Measure) -> dict[str, Any]:
    design = task.design
    choices = {name: getattr(design, name) for name in
               ("mean", "variance", "dist", "estimation", "gap", "bridge")}  # fmt: skip
    return {
        "event": item.event,
        "series": task.returns.series,
        "clock": task.returns.clock,
        "window_start": window[0],
        "window_end": window[1],
        "statistic": measure.statistic,
        **choices,
        "masked": " ".join(day.isoformat() for day in design.masked),
        "estimate": measure.estimate,
        "deviation": measure.se,
        "p_value": measure.p_value,
        "method": measure.method,
        "n": measure.n,
        "floor": measure.floor,
        "fit_status": calm.status,
    }


def with_agreement(curve: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Say of every specification whether it comes to the conclusion of the design's own.

    Parameters
    ----------
    curve : DataFrame
        Rows of `curve_rows` of all series. A series by another clock joins the instrument that it observes.
    design : Design
        The study's own choices.

    Returns
    -------
    DataFrame
        Columns `eventstudy.results.CURVE_COLUMNS`. Two specifications agree when both find an effect at the
        design's level and of one sign, or neither finds any.
    """
    if curve.empty:
        return curve
    other_clock = {name: one.clock_of for name, one in SERIES.items() if one.clock_of}
    present = set(curve["series"])
    joined = {name: other for name, other in other_clock.items() if other in present}
    own = ~curve["series"].isin(joined) & _own(curve, design)
    curve = curve.assign(series=curve["series"].replace(joined))
    found = np.where(curve["p_value"] <= design.level, np.sign(curve["estimate"]), 0.0)
    keys = pd.MultiIndex.from_frame(curve[list(_PINS)])
    base = pd.Series(found[own], index=keys[own])
    agrees = found == base.reindex(keys).to_numpy()
    return curve.assign(agrees=agrees)[list(CURVE_COLUMNS)]


def _own(curve: pd.DataFrame, design: Design) -> pd.Series:
    masked = " ".join(day.isoformat() for day in design.masked)
    same = curve["masked"] == masked
    for name in ("mean", "variance", "dist", "estimation", "gap", "bridge"):
        same &= curve[name] == getattr(design, name)
    return same


def agreement(curve: pd.DataFrame, level: float = 0.05) -> pd.DataFrame:
    """Return how many specifications agree with the design's own, by question.

    Parameters
    ----------
    curve : DataFrame
        `StudyResult.curve`.
    level : float
        Below which a p-value counts as an effect in ``significant``.

    Returns
    -------
    DataFrame
        One row per (event, series, window, statistic): ``specifications`` (count), ``agree`` (share),
        ``lowest``, ``median`` and ``highest`` (of the estimates) and ``significant`` (share with p at most
        the level, whatever the sign).
    """
    groups = curve.groupby(list(_PINS), sort=False)
    return groups.agg(
        specifications=("agrees", "size"),
        agree=("agrees", "mean"),
        lowest=("estimate", "min"),
        median=("estimate", "median"),
        highest=("estimate", "max"),
        significant=("p_value", lambda p: float((p <= level).mean())),
    ).reset_index()
