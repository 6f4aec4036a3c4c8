"""One event on one series: the forecast from its origin, every test of every window, and what came after."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy import screening
from eventstudy.inference.aftermath import AFTERMATH, empirical_half_life, normalisation
from eventstudy.inference.battery import Case, day_battery, window_battery
from eventstudy.inference.cells import Arrival, EventCell
from eventstudy.inference.inside import Inside, long_run_variance
from eventstudy.inference.joint_variance import LEAST_DAYS, joint_lr
from eventstudy.inference.range_volatility import Ranges
from eventstudy.inference.resampling import circular_blocks, draw_null
from eventstudy.inference.single_event import Evidence
from eventstudy.inference.uncertainty import pooled_null
from eventstudy.matching import EventPlacebos, event_placebos
from eventstudy.paths import PATH_DAYS, path_rows
from eventstudy.ranges import Moves
from eventstudy.values import Exclusion
from eventstudy.windows import Placed, origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventstudy.arrays import Float1D, Int1D, Int2D
    from eventstudy.calm import Calm
    from eventstudy.inference.measure import Measure
    from eventstudy.inference.uncertainty import Refitted
    from eventstudy.inference.volatility_effect import Windows
    from eventstudy.placebos import PlaceboFits
    from eventstudy.returns import ReturnSeries
    from eventstudy.sessions import EventReaction
    from eventstudy.values import Design, Event, Window

AFTER_DAYS = max(end for _, end in AFTERMATH)


@dataclass(frozen=True)
class SeriesTask:
    """One series with all events: the unit of parallel work.

    Attributes
    ----------
    returns : ReturnSeries
        The series.
    bars : Moves or None
        Moves inside its sessions, aligned with them.
    events : tuple of Event
        Events under study.
    design : Design
        The choices.
    seed : int
        Seed of the bootstrap.
    proxy_of : str or None
        What the series stands in for.
    """

    returns: ReturnSeries
    bars: Moves | None
    events: tuple[Event, ...]
    design: Design
    seed: int
    proxy_of: str | None


@dataclass(frozen=True)
class Findings:
    """What one series contributes; rows are plain dicts.

    Attributes
    ----------
    rows, fits, paths, reactions, sizes, curve : list of dict
        Rows of the frames of `eventstudy.results.StudyResult`.
    cells : list of EventCell
        What the questions over many events read: one per event, another for windows that start before day 0.
    arrivals : list of Arrival
        Every event that reached the series.
    quiet : dict of (series, window) to Windows
        The window where nothing happened.
    exclusions, warnings : list
        As in the result.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    fits: list[dict[str, Any]] = field(default_factory=list)
    paths: list[dict[str, Any]] = field(default_factory=list)
    reactions: list[dict[str, Any]] = field(default_factory=list)
    sizes: list[dict[str, Any]] = field(default_factory=list)
    curve: list[dict[str, Any]] = field(default_factory=list)
    cells: list[EventCell] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    quiet: dict[tuple[str, Window], Windows] = field(default_factory=dict)
    exclusions: list[Exclusion] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ground:
    """What all events of one estimation window share.

    Attributes
    ----------
    calm : Calm
        The fit.
    refits : Refitted or None
        The layer of parameter uncertainty.
    placebos : PlaceboFits or None
        Placebo windows of the series.
    news : ndarray of int
        Positions of day 0 of every listed event.
    """

    calm: Calm
    refits: Refitted | None
    placebos: PlaceboFits | None
    news: Int1D


def measure_event(
    task: SeriesTask, item: Placed, ground: Ground, reaction: EventReaction, found: Findings
) -> None:
    """Measure one event on one series and add what was found.

    Parameters
    ----------
    task : SeriesTask
        The series and the design.
    item : Placed
        The event.
    ground : Ground
        Its estimation window, and the placebos.
    reaction : EventReaction
        How the event met the session.
    found : Findings
        Rows, paths, cells and exclusions are appended.
    """
    rs, design, end = task.returns, task.design, int(ground.calm.positions[-1])
    measurable = []
    for window in design.windows:
        eve = origin(design.bridge, item, window[0], end)
        problem = screening.order_problem(end, eve, rs) or screening.window_problem(rs, item.day0, window)
        if problem:
            found.exclusions.append(Exclusion(item.event, rs.series, problem))
        else:
            measurable.append(window)
    if not measurable:
        return
    days = sorted({day for start, stop in measurable for day in range(start, stop + 1)})
    cases = _cases(task, item, ground, days)
    evidences = {shift: case.evidence for shift, case in cases.items()}
    placebos = event_placebos(item, ground.placebos, evidences, ground.news.tolist(), end, design)
    common = {**_common_columns(task, item, ground.calm, reaction), "regime": placebos.regime}
    for window, eve, measure in _measures(task, item, ground.calm, measurable, cases, placebos):
        found.rows.append({**_row(window, measure), **common, "origin": rs.sessions[eve]})
    eve = origin(design.bridge, item, 0, end)
    for window, measure, verdict in _aftermath(task, item, ground, cases[0], eve):
        row = {**_row(window, measure), **common, "origin": rs.sessions[eve], "verdict": verdict}
        found.rows.append(row)
    found.paths.extend(path_rows(rs, item, ground.calm, cases[0].evidence, eve, design.level))
    found.cells.extend(_cells(task, item, ground.calm, reaction, evidences, measurable))


def _cells(
    task: SeriesTask,
    item: Placed,
    calm: Calm,
    reaction: EventReaction,
    evidences: Mapping[int, Evidence],
    measurable: Sequence[Window],
) -> Iterator[EventCell]:
    """Yield one cell per origin, with the windows that start after it."""
    rs = task.returns
    for shift, evidence in evidences.items():
        windows = tuple(window for window in measurable if min(window[0], 0) == shift)
        if not windows:
            continue
        eve = origin(task.design.bridge, item, shift, int(calm.positions[-1]))
        steps = item.day0 - eve + max(stop for _, stop in windows)
        yield EventCell(
            series=rs.series,
            clock=rs.clock,
            event=item.event,
            episode=item.episode,
            ambiguous=reaction.ambiguous,
            windows=windows,
            to_day0=item.day0 - eve,
            sessions=rs.sessions[eve + 1 : eve + 1 + steps],
            abnormal=evidence.abnormal[:steps],
            shocks=evidence.null.step_variance[:steps],
            variance=evidence.null.variance[:steps],
            rule=calm.rule,
            z=calm.z,
            residual_days=rs.sessions[calm.residual_positions],
            phi=calm.phi,
            mean_variance=calm.mean_variance,
        )


def _row(window: Window, measure: Measure) -> dict[str, Any]:
    return {"window_start": window[0], "window_end": window[1], **asdict(measure)}


def _cases(task: SeriesTask, item: Placed, ground: Ground, days: Sequence[int]) -> dict[int, Case]:
    """Return the forecast from each origin, by the shift of the eve; that of day 0 reaches furthest."""
    end, design = int(ground.calm.positions[-1]), task.design
    cases = {}
    for shift in sorted({0, *(min(day, 0) for day in days)}):
        eve = origin(design.bridge, item, shift, end)
        last = max(PATH_DAYS[1], *days) if shift else max(AFTER_DAYS, PATH_DAYS[1], *days)
        cases[shift] = _case(task, ground, eve, item.day0 + last - eve)
    return cases


def _case(task: SeriesTask, ground: Ground, eve: int, horizon: int) -> Case:
    calm, design = ground.calm, task.design
    picks = _generator(task, "fhs", eve).integers(0, len(calm.z), size=(horizon, design.replications))
    evidence = _evidence(task, calm, eve, picks)
    shape = (horizon, design.replications)
    blocks = circular_blocks(_generator(task, "blocks", eve), len(calm.z), shape)
    first = float(calm.variances[eve + 1])
    pooled = None
    if ground.refits is not None:
        pooled = pooled_null(ground.refits, evidence.null, eve - int(calm.positions[-1]), picks)
    return Case(
        evidence=evidence,
        blocks=draw_null(calm.rule, first, calm.z, calm.phi, blocks),
        inside=_inside(calm),
        refits=ground.refits,
        pooled=pooled,
        ranges=_ranges(task, calm, eve, horizon),
    )


def _inside(calm: Calm) -> Inside:
    fitted = calm.fit
    return Inside(fitted.residuals.to_numpy(), fitted.conditional_variance.to_numpy(), calm.rule, calm.z)


def _ranges(task: SeriesTask, calm: Calm, eve: int, horizon: int) -> Ranges | None:
    """Return the bars of the calm and, as far as they go, of the sessions after the origin."""
    bars = task.bars
    if bars is None:
        return None
    at = calm.positions[-len(calm.fit.residuals) :]
    calm_bars = Moves(bars.up[at], bars.down[at], bars.change[at], bars.gap[at], bars.inconsistent)
    return Ranges(calm_bars, bars[eve + 1 : eve + 1 + horizon])


def evidence_at(task: SeriesTask, calm: Calm, eve: int, horizon: int) -> Evidence:
    """Forecast from one origin and put beside it what happened.

    Parameters
    ----------
    task : SeriesTask
        The series, the seed and the number of replications.
    calm : Calm
        The frozen fit.
    eve : int
        Position of the origin.
    horizon : int
        Steps H.

    Returns
    -------
    Evidence
        Draws are named by the origin's date, so that they do not depend on what else is studied.
    """
    shape = (horizon, task.design.replications)
    return _evidence(task, calm, eve, _generator(task, "fhs", eve).integers(0, len(calm.z), size=shape))


def _evidence(task: SeriesTask, calm: Calm, eve: int, picks: Int2D) -> Evidence:
    rs, mu, phi, horizon = task.returns, calm.mu, calm.phi, len(picks)
    null = draw_null(calm.rule, float(calm.variances[eve + 1]), calm.z, phi, picks)
    level = mu / (1 - phi)
    last_return = rs.returns[eve] if np.isfinite(rs.returns[eve]) else level
    expected = level + phi ** np.arange(1, horizon + 1) * (last_return - level)
    realised = np.full(horizon, np.nan)
    available = rs.returns[eve + 1 : eve + 1 + horizon]
    realised[: len(available)] = available
    return Evidence(
        abnormal=realised - expected,
        returns=realised,
        null=null,
        phi=phi,
        mean_variance=calm.mean_variance,
        calm=rs.returns[calm.seen],
    )


def _generator(task: SeriesTask, what: str, eve: int) -> np.random.Generator:
    """Return a generator named by the origin's date, the same for every series."""
    key = zlib.crc32(f"{what} {task.returns.sessions[eve].date()}".encode())
    return np.random.default_rng(np.random.SeedSequence([task.seed, key]))


def _measures(
    task: SeriesTask,
    item: Placed,
    calm: Calm,
    windows: Sequence[Window],
    cases: Mapping[int, Case],
    placebos: EventPlacebos,
) -> Iterator[tuple[Window, int, Measure]]:
    design, end = task.design, int(calm.positions[-1])
    days = sorted({day for start, stop in windows for day in range(start, stop + 1)})
    for day in days:
        eve = origin(design.bridge, item, day, end)
        case, step = cases[min(day, 0)], item.day0 + day - eve
        for measure in (*day_battery(case, step, design), *placebos.day(day)):
            yield (day, day), eve, measure
    for start, stop in windows:
        eve = origin(design.bridge, item, start, end)
        case, first, last = cases[min(start, 0)], item.day0 + start - eve, item.day0 + stop - eve
        for measure in (*window_battery(case, first, last, design), *placebos.window((start, stop))):
            yield (start, stop), eve, measure
        if design.joint_replications and stop - start + 1 >= LEAST_DAYS:
            yield (start, stop), eve, _joint(task, item, calm, (start, stop))


def _joint(task: SeriesTask, item: Placed, calm: Calm, window: Window) -> Measure:
    """Fit calm and event together; sessions in between without a return are masked."""
    first = int(calm.positions[0])
    places = item.day0 + window[0] - first, item.day0 + window[1] - first
    returns = task.returns.returns[first : first + places[1] + 1]
    design = task.design
    return joint_lr(returns, places, design, replications=design.joint_replications, seed=task.seed)


def _aftermath(
    task: SeriesTask, item: Placed, ground: Ground, case: Case, eve: int
) -> Iterator[tuple[Window, Measure, str]]:
    """Yield the variance after the event, up to the next listed one or the end of the data."""
    sessions = len(task.returns.sessions)
    later = ground.news[ground.news > item.day0]
    until = min([int(later.min()) if len(later) else sessions, sessions])
    for one in normalisation(case.evidence, item.day0 - eve, until - 1 - eve, task.design):
        yield one.window, one.measure, one.verdict
    filtered = ground.calm.variances[item.day0 + 1 : min(until, item.day0 + 1 + AFTER_DAYS)]
    baseline = long_run_variance(ground.calm.rule, ground.calm.z)
    yield (1, AFTER_DAYS), empirical_half_life(_finite(filtered), baseline), ""


def _finite(values: Float1D) -> Float1D:
    return np.asarray(values[np.isfinite(values)])


def _common_columns(task: SeriesTask, item: Placed, calm: Calm, reaction: EventReaction) -> dict[str, Any]:
    rs = task.returns
    return {
        "event": item.event,
        "series": rs.series,
        "bridge": task.design.bridge,
        "session": rs.sessions[item.day0],
        "phase": reaction.phase,
        "ambiguous": reaction.ambiguous,
        "estimation_start": rs.sessions[calm.positions[0]],
        "estimation_end": rs.sessions[calm.positions[-1]],
        "clock": rs.clock,
        "proxy_of": task.proxy_of,
        "episode": item.episode,
        "fit_status": calm.status,
    }
