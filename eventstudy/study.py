"""The event study in one page: screen, place, fit, forecast, measure, and ask across events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from eventstudy import screening
from eventstudy.asking import families, question_frame, with_adjustments
from eventstudy.calm import Calm, fit_calm, fit_row, fit_warnings
from eventstudy.curve import curve_rows, with_agreement
from eventstudy.errors import BadValue, NothingToStudy, TooFewObservations, UnsupportedModel
from eventstudy.inference.cells import Arrival
from eventstudy.inference.uncertainty import refitted
from eventstudy.measuring import Findings, Ground, SeriesTask, measure_event
from eventstudy.placebos import fit_placebos
from eventstudy.ranges import Moves, moves
from eventstudy.results import (
    CURVE_COLUMNS,
    FIT_COLUMNS,
    PATH_COLUMNS,
    REACTION_COLUMNS,
    RESULT_COLUMNS,
    SIZE_COLUMNS,
    StudyResult,
)
from eventstudy.returns import ReturnSeries, check_prices, on_sessions
from eventstudy.series import SERIES
from eventstudy.sizes import quiet_windows, size_rows
from eventstudy.values import Design, Event, Exclusion
from eventstudy.windows import CONTAMINATION_REACH, Placed, estimation_ends, estimation_positions, place

if TYPE_CHECKING:
    from eventstudy.inference.uncertainty import Refitted
    from eventstudy.sessions import EventReaction

DEFAULT_CLOCK = "tokyo_close"


class Executor(Protocol):
    """Whatever maps a function over tasks in order: `concurrent.futures` executors do."""

    def map(self, function: Callable[[Any], Any], tasks: Iterable[Any], /) -> Iterable[Any]:
        """Apply `function` to each task, results in task order."""
        ...


def event_study(
    prices: pd.DataFrame,
    events: Sequence[Event],
    design: Design | None = None,
    *,
    seed: int = 0,
    executor: Executor | None = None,
    clocks: Mapping[str, str] | None = None,
    bars: Mapping[str, pd.DataFrame] | None = None,
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
    bars : mapping, optional
        Column to DataFrame with columns ``open high low`` on the same index, for range-based abnormal
        volatility; series without bars go without it.

    Returns
    -------
    StudyResult
        Tidy table, fits, chart paths, reactions, answers over many events, sizes, exclusions and warnings.

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
    tasks, findings = series_tasks(prices, chosen, design, seed=seed, clocks=clocks, bars=bars)
    mapped = map(study_series, tasks) if executor is None else executor.map(study_series, tasks)
    return _assembled(design, seed, [*findings, *mapped], chosen)


def series_tasks(
    prices: pd.DataFrame,
    events: Sequence[Event],
    design: Design,
    *,
    seed: int,
    clocks: Mapping[str, str] | None = None,
    bars: Mapping[str, pd.DataFrame] | None = None,
) -> tuple[list[SeriesTask], list[Findings]]:
    """Cut a study into one task per series.

    Parameters
    ----------
    prices, events, design, seed, clocks, bars
        As in `event_study`.

    Returns
    -------
    tasks : list of SeriesTask
        Series with prices enough.
    findings : list of Findings
        An exclusion for each of the others.
    """
    tasks: list[SeriesTask] = []
    findings: list[Findings] = []
    for name in map(str, prices.columns):
        try:
            rs = on_sessions(name, prices[name], _clock(name, clocks or {}))
            tasks.append(_task(rs, (bars or {}).get(name), tuple(events), design, seed))
        except TooFewObservations as error:
            findings.append(Findings(exclusions=[Exclusion("*", name, str(error))]))
    return tasks, findings


def _unique(events: Sequence[Event]) -> tuple[Event, ...]:
    seen: set[str] = set()
    for event in events:
        if event.id in seen:
            raise BadValue("event id", event.id, "each event once")
        seen.add(event.id)
    return tuple(events)


def _clock(name: str, clocks: Mapping[str, str]) -> str:
    known = SERIES.get(name)
    return clocks.get(name) or (known.clock if known else DEFAULT_CLOCK)


def _task(
    rs: ReturnSeries, bars: pd.DataFrame | None, events: tuple[Event, ...], design: Design, seed: int
) -> SeriesTask:
    known = SERIES.get(rs.series)
    return SeriesTask(rs, _moves(rs, bars), events, design, seed, known.proxy_of if known else None)


def _moves(rs: ReturnSeries, bars: pd.DataFrame | None) -> Moves | None:
    """Lay the bars of a series on its sessions."""
    if bars is None or bars[["high", "low"]].isna().all(axis=None):
        return None
    laid = bars.reindex(rs.sessions)
    before = np.concatenate([[np.nan], rs.close[:-1]])
    open_, high, low = (laid[name].to_numpy(dtype=float) for name in ("open", "high", "low"))
    return moves(open_=open_, high=high, low=low, close=rs.close, previous_close=before)


def study_series(task: SeriesTask) -> Findings:
    """Study every event on one series.

    Parameters
    ----------
    task : SeriesTask
        The series, the events and the design.

    Returns
    -------
    Findings
        Rows and exclusions.
    """
    rs, design = task.returns, task.design
    reactions, exclusions = screening.reactions_of(task.events, rs)
    found = Findings(reactions=[_reaction_row(r, rs) for r in reactions.values()], exclusions=exclusions)
    if rs.ignored:
        days = ", ".join(str(day.date()) for day in rs.ignored[:3])
        found.warnings.append(
            f"{rs.series}: {len(rs.ignored)} prices on days without a session left out ({days})"
        )
    day0 = {event: int(rs.sessions.searchsorted(pd.Timestamp(r.session))) for event, r in reactions.items()}
    named = {event.id: event.episode for event in task.events}
    placed = place(day0, named, max(end for _, end in design.windows))
    ends = estimation_ends(placed, rs.sessions, design)
    grounds = _grounds(task, placed, ends, day0, found)
    kinds = {event.id: event for event in task.events}
    found.arrivals.extend(_arrival(item, kinds[item.event], reactions[item.event], rs) for item in placed)
    _learn_from_placebos(task, grounds, sorted(day0.values()), found)
    for item in placed:
        ground = grounds[ends[item.episode]]
        if isinstance(ground, str):
            found.exclusions.append(Exclusion(item.event, rs.series, ground))
        else:
            measure_event(task, item, ground, reactions[item.event], found)
    if design.curve:
        found.curve.extend(curve_rows(task, placed, sorted(day0.values())))
    return found


def _grounds(
    task: SeriesTask,
    placed: Sequence[Placed],
    ends: Mapping[str, int],
    day0: dict[str, int],
    found: Findings,
) -> dict[int, Ground | str]:
    """Return the ground of each estimation window by its end, or why it has none."""
    calms = {
        end: _calm_or_reason(task, end, day0, found) for end in dict.fromkeys(ends[p.episode] for p in placed)
    }
    usable = [end for end, calm in calms.items() if not isinstance(calm, str)]
    if not usable:
        return {end: calm for end, calm in calms.items() if isinstance(calm, str)}
    earliest = min(0, *(start for start, _ in task.design.windows))
    longest = max(stop for _, stop in task.design.windows)
    farthest = max(item.day0 - ends[item.episode] for item in placed if ends[item.episode] in usable)
    reach = longest + max(farthest, task.design.gap + 1 - earliest)
    news = np.array(sorted(day0.values()))
    placebos = fit_placebos(task.returns, news.tolist(), task.design, reach)
    grounds: dict[int, Ground | str] = {}
    for end, calm in calms.items():
        grounds[end] = calm if isinstance(calm, str) else Ground(calm, _refits(task, calm), placebos, news)
    return grounds


def _learn_from_placebos(
    task: SeriesTask, grounds: Mapping[int, Ground | str], news: Sequence[int], found: Findings
) -> None:
    """Add what dates before the first event say of the tests' sizes and of quiet windows."""
    for ground in grounds.values():
        if isinstance(ground, str):
            continue
        rows = size_rows(task.returns.series, ground.placebos, news, news[0] - 1, task.design)
        found.sizes.extend(rows)
        quiet = quiet_windows(ground.placebos, news, news[0] - 1, task.design)
        found.quiet.update({(task.returns.series, window): one for window, one in quiet.items()})
        return


def _arrival(item: Placed, event: Event, reaction: EventReaction, rs: ReturnSeries) -> Arrival:
    return Arrival(
        event=item.event,
        episode=item.episode,
        series=rs.series,
        direction=event.direction,
        kind=event.kind,
        session=rs.sessions[item.day0],
        ambiguous=reaction.ambiguous,
    )


def _refits(task: SeriesTask, calm: Calm) -> Refitted | None:
    if not task.design.parameter_draws:
        return None
    rs, generator = task.returns, np.random.default_rng(np.random.SeedSequence([task.seed, 1]))
    behind = rs.returns[int(calm.positions[-1]) + 1 :]
    calm_returns = rs.returns[calm.positions]
    return refitted(calm.fit, calm_returns, behind, generator, task.design.parameter_draws)


def _calm_or_reason(task: SeriesTask, end: int, day0: dict[str, int], found: Findings) -> Calm | str:
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


def _assembled(
    design: Design, seed: int, findings: Sequence[Findings], events: Sequence[Event]
) -> StudyResult:
    exclusions = tuple(item for part in findings for item in part.exclusions)
    rows = [row for part in findings for row in part.rows]
    if not rows:
        raise NothingToStudy(f"{item.event} on {item.series}: {item.reason}" for item in exclusions)
    place_of = {event.id: number for number, event in enumerate(events)}
    rows.sort(key=lambda row: place_of[row["event"]])
    reactions = _frame([row for part in findings for row in part.reactions], REACTION_COLUMNS)
    sizes = _frame([row for part in findings for row in part.sizes], SIZE_COLUMNS)
    cells = [cell for part in findings for cell in part.cells]
    quiet = {key: one for part in findings for key, one in part.quiet.items()}
    joints, unjoined = families(cells, design, seed)
    return StudyResult(
        design=design,
        seed=seed,
        table=with_adjustments(_with_sizes(_frame(rows, RESULT_COLUMNS), sizes), joints, design),
        fits=_frame([row for part in findings for row in part.fits], FIT_COLUMNS),
        paths=_frame([row for part in findings for row in part.paths], PATH_COLUMNS),
        reactions=reactions,
        questions=question_frame(_arrivals(findings, events), cells, quiet, joints, design, seed),
        sizes=sizes,
        curve=with_agreement(_frame([row for part in findings for row in part.curve], CURVE_COLUMNS), design),
        exclusions=exclusions,
        warnings=(
            *(text for part in findings for text in part.warnings),
            *unjoined,
            *screening.collisions(reactions),
        ),
    )


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


def _with_sizes(table: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """Put the empirical size in the event's own volatility regime beside each p-value, where it is known."""
    known = sizes.set_index(["series", "window_start", "window_end", "statistic", "method", "regime"])
    cumulated = table["statistic"].replace({"AR": "CAR", "AV": "CAV"})
    keys = [
        table["series"],
        table["window_start"],
        table["window_end"],
        cumulated,
        table["method"],
        table["regime"],
    ]
    wanted = pd.MultiIndex.from_arrays(keys)
    found = known.reindex(wanted)
    return table.assign(size=found["size"].to_numpy(), size_error=found["error"].to_numpy())


def _arrivals(findings: Sequence[Findings], events: Sequence[Event]) -> list[Arrival]:
    """Return every arrival in order of the timestamps."""
    order = {event.id: event.timestamp for event in events}
    return sorted((one for part in findings for one in part.arrivals), key=lambda one: order[one.event])
