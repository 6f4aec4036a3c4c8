"""The event study in one page: screen, place, fit, forecast, measure."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from eventstudy import screening
from eventstudy.calm import Calm, fit_calm, fit_row, fit_warnings
from eventstudy.errors import BadValue, NothingToStudy, TooFewObservations, UnsupportedModel
from eventstudy.inference.resampling import draw_null
from eventstudy.inference.single_event import Evidence, day_measures, window_measures
from eventstudy.results import (
    FIT_COLUMNS,
    PATH_COLUMNS,
    REACTION_COLUMNS,
    RESULT_COLUMNS,
    StudyResult,
)
from eventstudy.returns import ReturnSeries, check_prices, on_sessions
from eventstudy.series import SERIES
from eventstudy.values import Design, Event, Exclusion
from eventstudy.windows import CONTAMINATION_REACH, Placed, clean_ends, estimation_positions, origin, place

if TYPE_CHECKING:
    from eventstudy.arrays import Int2D
    from eventstudy.sessions import EventReaction

PATH_DAYS = (-10, 10)
DEFAULT_CLOCK = "tokyo_close"


class Executor(Protocol):
    """Whatever maps a function over tasks in order: `concurrent.futures` executors do."""

    def map(self, function: Callable[[Any], Any], tasks: Iterable[Any], /) -> Iterable[Any]:
        """Apply `function` to each task, results in task order."""
        ...


@dataclass(frozen=True)
class _Task:
    """One series with all events: the unit of parallel work."""

    returns: ReturnSeries
    events: tuple[Event, ...]
    design: Design
    seed: int
    proxy_of: str | None


@dataclass(frozen=True)
class _Findings:
    """What one series contributes; rows are plain dicts."""

    rows: list[dict[str, Any]]
    fits: list[dict[str, Any]]
    paths: list[dict[str, Any]]
    reactions: list[dict[str, Any]]
    exclusions: list[Exclusion]
    warnings: list[str]


def event_study(
    prices: pd.DataFrame,
    events: Sequence[Event],
    design: Design | None = None,
    *,
    seed: int = 0,
    executor: Executor | None = None,
    clocks: Mapping[str, str] | None = None,
) -> StudyResult:
    """Measure abnormal returns and abnormal volatility around dated events.

    For each series a GARCH model is fitted on the calm before the events, its parameters are frozen, the
    variance is carried to the event over the design's bridge, and what happened is compared with
    what the model says could have happened.

    Parameters
    ----------
    prices : DataFrame
        Closing prices, one column a series id, indexed by session (naive midnights, increasing,
        unique). NaN means "no price that session"; it is never filled.
    events : sequence of Event
        Events under study; each is mapped to a session of every series' own clock.
    design : Design, optional
        Model, windows and bridge; the default is `Design()`.
    seed : int
        Seed of the bootstrap. Results depend on seed, data and design only, never on executor or order.
    executor : object with ``map``, optional
        Runs series in parallel; serial by default.
    clocks : mapping, optional
        Column to clock name; known series ids bring their own, other columns default to Tokyo's close.

    Returns
    -------
    StudyResult
        Tidy table, fits, chart paths, reactions, exclusions and warnings.

    Raises
    ------
    BadPrices
        For an unusable index, text, infinities, zero or negative prices.
    BadValue
        For duplicate event ids or an unknown clock.
    NothingToStudy
        When no (event, series) pair could be measured.
    UnsupportedModel
        For a factor mean, which needs regressors that a price frame does not name.

    References
    ----------
    MacKinlay (1997); Glosten, Jagannathan and Runkle (1993); Barone-Adesi, Giannopoulos and Vosper (1999).

    Examples
    --------
    >>> import eventstudy as es
    >>> news = es.Event("N1", "2025-04-02T16:00:00-04:00", "tariffs announced")
    >>> world = es.simulate_market(seed=1, events=[news])
    >>> result = es.event_study(world.closes(["nikkei225"]), [news])
    >>> frame = result.to_frame()
    """
    design = design or Design()
    if design.mean == "factor":
        raise UnsupportedModel("a factor mean in an event study", "choose mean='constant', 'zero' or 'ar1'")
    check_prices(prices)
    chosen = _unique(events)
    tasks, findings = [], []
    for name in prices.columns:
        try:
            tasks.append(_task(str(name), prices[name], chosen, design, seed, clocks or {}))
        except TooFewObservations as error:
            findings.append(_Findings([], [], [], [], [Exclusion("*", str(name), str(error))], []))
    mapped = map(_study_series, tasks) if executor is None else executor.map(_study_series, tasks)
    return _assembled(design, seed, [*findings, *mapped], [event.id for event in chosen])


def _unique(events: Sequence[Event]) -> tuple[Event, ...]:
    seen: set[str] = set()
    for event in events:
        if event.id in seen:
            raise BadValue("event id", event.id, "each event once")
        seen.add(event.id)
    return tuple(events)


def _task(
    name: str,
    prices: pd.Series,
    events: tuple[Event, ...],
    design: Design,
    seed: int,
    clocks: Mapping[str, str],
) -> _Task:
    known = SERIES.get(name)
    clock = clocks.get(name) or (known.clock if known else DEFAULT_CLOCK)
    return _Task(on_sessions(name, prices, clock), events, design, seed, known.proxy_of if known else None)


def _study_series(task: _Task) -> _Findings:
    rs = task.returns
    reactions, exclusions = screening.reactions_of(task.events, rs)
    found = _Findings([], [], [], [_reaction_row(r, rs) for r in reactions.values()], exclusions, [])
    if rs.ignored:
        days = ", ".join(str(day.date()) for day in rs.ignored[:3])
        found.warnings.append(
            f"{rs.series}: {len(rs.ignored)} prices on days without a session left out ({days})"
        )
    day0 = {event: int(rs.sessions.searchsorted(pd.Timestamp(r.session))) for event, r in reactions.items()}
    named = {event.id: event.episode for event in task.events}
    placed = place(day0, named, max(end for _, end in task.design.windows))
    ends = _estimation_ends(placed, rs, task.design)
    calms: dict[int, Calm | str] = {}
    for item in placed:
        end = ends[item.episode]
        if end not in calms:
            calms[end] = _calm_or_reason(task, end, day0, found)
        calm = calms[end]
        if isinstance(calm, str):
            found.exclusions.append(Exclusion(item.event, rs.series, calm))
        else:
            _measure_event(task, item, calm, reactions[item.event], found)
    return found


def _estimation_ends(placed: Sequence[Placed], rs: ReturnSeries, design: Design) -> dict[str, int]:
    if design.estimation_end is None:
        return clean_ends(placed, design.gap, design.estimation)
    pinned = int(rs.sessions.searchsorted(pd.Timestamp(design.estimation_end), side="right")) - 1
    return {item.episode: pinned for item in placed}


def _calm_or_reason(task: _Task, end: int, day0: dict[str, int], found: _Findings) -> Calm | str:
    rs, design = task.returns, task.design
    try:
        what = f"the estimation window of {rs.series} ending {rs.sessions[max(end, 0)].date()}"
        positions = estimation_positions(rs.returns, end, design.estimation, what)
    except TooFewObservations as error:
        return str(error)
    calm = fit_calm(rs, positions, design)
    row = fit_row(rs, calm, design)
    found.fits.append(row)
    span = (int(positions[0]), end)
    found.warnings.extend(screening.contamination(day0, span, rs, CONTAMINATION_REACH))
    found.warnings.extend(fit_warnings(row))
    return calm


def _measure_event(task: _Task, item: Placed, calm: Calm, reaction: EventReaction, found: _Findings) -> None:
    rs, design = task.returns, task.design
    end = int(calm.positions[-1])
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
    common = _common_columns(task, item, calm, reaction)
    evidences: dict[int, Evidence] = {}
    days = sorted({day for start, stop in measurable for day in range(start, stop + 1)})
    horizon = max(PATH_DAYS[1], *days)
    for shift in sorted({0, *(min(day, 0) for day in days)}):
        eve = origin(design.bridge, item, shift, end)
        evidences[shift] = _evidence(task, calm, eve, item.day0 + horizon - eve)
    for start, stop, measure in _measures(measurable, days, evidences, item, task, end):
        eve = origin(design.bridge, item, start, end)
        found.rows.append(
            {
                **common,
                "window_start": start,
                "window_end": stop,
                "origin": rs.sessions[eve],
                **asdict(measure),
            }
        )
    found.paths.extend(_path_rows(task, item, calm, evidences[0], origin(design.bridge, item, 0, end)))


def _measures(
    windows: Sequence[tuple[int, int]],
    days: Sequence[int],
    evidences: Mapping[int, Evidence],
    item: Placed,
    task: _Task,
    end: int,
) -> Iterable[tuple[int, int, Any]]:
    design = task.design
    for day in days:
        eve = origin(design.bridge, item, day, end)
        for measure in day_measures(evidences[min(day, 0)], item.day0 + day - eve, design):
            yield day, day, measure
    for start, stop in windows:
        eve = origin(design.bridge, item, start, end)
        first, last = item.day0 + start - eve, item.day0 + stop - eve
        for measure in window_measures(evidences[min(start, 0)], first, last, design):
            yield start, stop, measure


def _evidence(task: _Task, calm: Calm, eve: int, horizon: int) -> Evidence:
    rs, mu, phi = task.returns, calm.mu, calm.phi
    null = draw_null(calm.rule, float(calm.variances[eve + 1]), calm.z, phi, _picks(task, eve, horizon))
    steps = np.arange(1, horizon + 1)
    level = mu / (1 - phi)
    last_return = rs.returns[eve] if np.isfinite(rs.returns[eve]) else level
    expected = level + phi**steps * (last_return - level)
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


def _picks(task: _Task, eve: int, horizon: int) -> Int2D:
    """Draw residual positions from a seed named by the origin's date, the same for every series."""
    rs, design = task.returns, task.design
    key = zlib.crc32(f"fhs {rs.sessions[eve].date()}".encode())
    generator = np.random.default_rng(np.random.SeedSequence([task.seed, key]))
    count = design.estimation - (1 if design.mean == "ar1" else 0)
    return generator.integers(0, count, size=(horizon, design.replications))


def _common_columns(task: _Task, item: Placed, calm: Calm, reaction: EventReaction) -> dict[str, Any]:
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


def _path_rows(task: _Task, item: Placed, calm: Calm, evidence: Evidence, eve: int) -> list[dict[str, Any]]:
    rs, tail = task.returns, task.design.level / 2
    first = item.day0 - eve
    cumulated = np.cumsum(evidence.null.abnormal[first - 1 :], axis=0)
    lower, upper = np.quantile(cumulated, [tail, 1 - tail], axis=1)
    car = np.cumsum(evidence.abnormal[first - 1 :])
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


def _reaction_row(reaction: EventReaction, rs: ReturnSeries) -> dict[str, Any]:
    other = reaction.other_session
    return {
        "event": reaction.event,
        "series": rs.series,
        "clock": rs.clock,
        "session": pd.Timestamp(reaction.session),
        "phase": reaction.phase,
        "ambiguous": reaction.ambiguous,
        "other_session": pd.Timestamp(other) if other else pd.NaT,
    }


def _assembled(design: Design, seed: int, findings: Sequence[_Findings], order: Sequence[str]) -> StudyResult:
    exclusions = tuple(item for part in findings for item in part.exclusions)
    rows = [row for part in findings for row in part.rows]
    if not rows:
        raise NothingToStudy(f"{item.event} on {item.series}: {item.reason}" for item in exclusions)
    place_of = {event: number for number, event in enumerate(order)}
    rows.sort(key=lambda row: place_of[row["event"]])
    reactions = _frame([row for part in findings for row in part.reactions], REACTION_COLUMNS)
    return StudyResult(
        design=design,
        seed=seed,
        table=_frame(rows, RESULT_COLUMNS),
        fits=_frame([row for part in findings for row in part.fits], FIT_COLUMNS),
        paths=_frame([row for part in findings for row in part.paths], PATH_COLUMNS),
        reactions=reactions,
        exclusions=exclusions,
        warnings=(*(text for part in findings for text in part.warnings), *screening.collisions(reactions)),
    )


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))
