"""One event on one series: the forecast from its origin, every test of every window, and what came after."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy import screening
from eventstudy.inference.aftermath import AFTERMATH, empirical_half_life, normalisation
from eventstudy.inference.battery import Case, day_battery, window_battery
from eventstudy.inference.inside import Inside, long_run_variance
from eventstudy.inference.range_volatility import Ranges
from eventstudy.inference.resampling import circular_blocks, draw_null
from eventstudy.inference.single_event import Evidence
from eventstudy.inference.uncertainty import pooled_null
from eventstudy.placebos import EventPlacebos, PlaceboFits, event_placebos
from eventstudy.ranges import Moves
from eventstudy.values import Exclusion
from eventstudy.windows import Placed, origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from eventstudy.arrays import Float1D, Int1D, Int2D
    from eventstudy.calm import Calm
    from eventstudy.garch import VarianceRule
    from eventstudy.inference.measure import Measure
    from eventstudy.inference.uncertainty import Refitted
    from eventstudy.returns import ReturnSeries
    from eventstudy.sessions import EventReaction
    from eventstudy.values import Design, Event, Window

PATH_DAYS = (-10, 10)
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
class Cell:
    """What the questions over many series and events need to know of one event on one series.

    Attributes
    ----------
    series : str
        Series id.
    item : Placed
        The event.
    session : Timestamp
        Its day 0.
    ambiguous : bool
        Whether its day 0 is in doubt.
    windows : tuple of (int, int)
        Windows from day 0 on that can be measured.
    to_day0 : int
        Steps from the origin to day 0.
    abnormal : ndarray of shape (H,)
        Abnormal returns after the origin, per cent, to the end of the longest window; NaN where missing.
    shocks, variance : ndarray of shape (H,)
        Forecast variances of the shocks and of the abnormal returns, per cent squared.
    rule : VarianceRule
        Frozen recursion.
    z : ndarray of shape (L,)
        Standardised residuals of the estimation window.
    residual_days : DatetimeIndex of shape (L,)
        Their sessions.
    phi, mean_variance : float
        Autoregressive coefficient, and variance of the estimated mean.
    """

    series: str
    item: Placed
    session: pd.Timestamp
    ambiguous: bool
    windows: tuple[Window, ...]
    to_day0: int
    abnormal: Float1D
    shocks: Float1D
    variance: Float1D
    rule: VarianceRule
    z: Float1D
    residual_days: pd.DatetimeIndex
    phi: float
    mean_variance: float


@dataclass(frozen=True)
class Findings:
    """What one series contributes; rows are plain dicts."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    fits: list[dict[str, Any]] = field(default_factory=list)
    paths: list[dict[str, Any]] = field(default_factory=list)
    reactions: list[dict[str, Any]] = field(default_factory=list)
    sizes: list[dict[str, Any]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
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
    for window, eve, measure in _measures(task, item, end, measurable, cases, placebos):
        found.rows.append({**_row(window, measure), **common, "origin": rs.sessions[eve]})
    eve = origin(design.bridge, item, 0, end)
    for window, measure, verdict in _aftermath(task, item, ground, cases[0], eve):
        row = {**_row(window, measure), **common, "origin": rs.sessions[eve], "verdict": verdict}
        found.rows.append(row)
    found.paths.extend(_path_rows(task, item, ground.calm, cases[0].evidence, eve))
    found.cells.append(_cell(task, item, ground.calm, reaction, cases[0].evidence, measurable))


def _cell(
    task: SeriesTask,
    item: Placed,
    calm: Calm,
    reaction: EventReaction,
    evidence: Evidence,
    measurable: Sequence[Window],
) -> Cell:
    rs, windows = task.returns, tuple(window for window in measurable if window[0] >= 0)
    to_day0 = item.day0 - origin(task.design.bridge, item, 0, int(calm.positions[-1]))
    steps = to_day0 + max((stop for _, stop in windows), default=0)
    return Cell(
        series=rs.series,
        item=item,
        session=rs.sessions[item.day0],
        ambiguous=reaction.ambiguous,
        windows=windows,
        to_day0=to_day0,
        abnormal=evidence.abnormal[:steps],
        shocks=evidence.null.step_variance[:steps],
        variance=evidence.null.variance[:steps],
        rule=calm.rule,
        z=calm.z,
        residual_days=rs.sessions[calm.positions[-len(calm.z) :]],
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
    calm, rs, design = ground.calm, task.returns, task.design
    picks = _picks(task, "fhs", eve, horizon)
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
        ranges=_ranges(task, calm, eve, horizon, len(rs.sessions)),
    )


def _inside(calm: Calm) -> Inside:
    fitted = calm.fit
    return Inside(fitted.residuals.to_numpy(), fitted.conditional_variance.to_numpy(), calm.rule, calm.z)


def _ranges(task: SeriesTask, calm: Calm, eve: int, horizon: int, sessions: int) -> Ranges | None:
    bars = task.bars
    if bars is None or eve + horizon >= sessions:
        return None
    at = calm.positions[-len(calm.z) :]
    calm_bars = Moves(bars.up[at], bars.down[at], bars.change[at], bars.gap[at], bars.inconsistent)
    return Ranges(calm_bars, bars[eve + 1 : eve + 1 + horizon])


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
        calm=rs.returns[calm.positions],
    )


def _generator(task: SeriesTask, what: str, eve: int) -> np.random.Generator:
    """Return a generator named by the origin's date, the same for every series."""
    key = zlib.crc32(f"{what} {task.returns.sessions[eve].date()}".encode())
    return np.random.default_rng(np.random.SeedSequence([task.seed, key]))


def _picks(task: SeriesTask, what: str, eve: int, horizon: int) -> Int2D:
    design = task.design
    count = design.estimation - (1 if design.mean == "ar1" else 0)
    return _generator(task, what, eve).integers(0, count, size=(horizon, design.replications))


def _measures(
    task: SeriesTask,
    item: Placed,
    end: int,
    windows: Sequence[Window],
    cases: Mapping[int, Case],
    placebos: EventPlacebos,
) -> Iterator[tuple[Window, int, Measure]]:
    design = task.design
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


def _path_rows(
    task: SeriesTask, item: Placed, calm: Calm, evidence: Evidence, eve: int
) -> list[dict[str, Any]]:
    rs, tail = task.returns, task.design.level / 2
    first = item.day0 - eve
    cumulated = np.cumsum(evidence.null.abnormal[first - 1 : first + PATH_DAYS[1]], axis=0)
    lower, upper = np.quantile(cumulated, [tail, 1 - tail], axis=1)
    car = np.cumsum(evidence.abnormal[first - 1 : first + PATH_DAYS[1]])
    rows = []
    for day in range(PATH_DAYS[0], PATH_DAYS[1] + 1):
        at = item.day0 + day
        if not 0 <= at < len(rs.sessions):
            continue
        ahead = at > eve
        after = day >= 0
        rows.append({
            "event": item.event, "series": rs.series, "relative_day": day, "session": rs.sessions[at],
            "close": rs.close[at], "log_return": rs.returns[at],
            "abnormal_return": evidence.abnormal[at - eve - 1] if ahead else np.nan,
            "car": car[day] if after else np.nan,
            "car_lower": lower[day] if after else np.nan,
            "car_upper": upper[day] if after else np.nan,
            "forecast_variance": evidence.null.step_variance[at - eve - 1] if ahead else np.nan,
            "filtered_variance": calm.variances[at],
        })  # fmt: skip
    return rows
