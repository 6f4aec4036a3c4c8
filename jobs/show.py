"""Results on a screen: tables for people in 80 columns, or one JSON document."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from eventstudy.report import by_clock, formats, headline, truth_beside_estimates
from eventstudy.report.tables import headline_methods, headline_window, records
from jobs import documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pandas as pd

    from db.runs import Run
    from db.studies import StoredStudy
    from eventstudy.results import FigureCheck, SignalReading, StudyResult
    from eventstudy.values import Design, Event, Exclusion
    from jobs.console import Screen
    from jobs.pipelines.nightly import Night
    from jobs.pipelines.run import Outcome
    from jobs.pipelines.status import Status

TESTS = ("ar", "car", "cav")
TOGETHER = ("episode_t", "sign_flip")
QUANTITIES = {"level": "level", "change": "change", "percent_change": "%"}
ADDS_UP = {"CONSISTENT": "yes", "CONTRADICTED": "NO", "NOT CHECKABLE": "–"}


def outcome(screen: Screen, done: Outcome) -> None:
    """Show what a run produced: results, truth where it is known, figures, signals, exclusions, report."""
    world = done.study.provenance.world
    _study(screen, done.study, done.exclusions)
    _figures_table(screen, done.figures, world)
    _signals_list(screen, done.signals, world)
    screen.say(f"\nreport: {done.report}")
    if screen.as_json:  # a document of so many rows takes a second that nobody else should wait
        screen.document({
            **documents.study_document(done.study, done.figures, done.signals, done.report),
            "exclusions": documents.exclusions_document(done.exclusions),
            "refreshed": documents.listed(done.refreshed.series),
        })  # fmt: skip


def study(
    screen: Screen,
    stored: StoredStudy,
    figures: Sequence[FigureCheck],
    signals: Sequence[SignalReading],
) -> None:
    """Show a study: headline table, truth where it is known, exclusions and warnings.

    Parameters
    ----------
    screen : Screen
        Where to.
    stored : StoredStudy
        The study.
    figures, signals : sequence
        Latest verdicts and readings of its store; they go into the JSON document only.
    """
    _study(screen, stored, stored.result.exclusions)
    if screen.as_json:
        screen.document(documents.study_document(stored, figures, signals, None))


def _study(screen: Screen, stored: StoredStudy, exclusions: Sequence[Exclusion]) -> None:
    result, world = stored.result, stored.provenance.world
    table = headline(result)
    methods = headline_methods(table)
    columns = ("event", "series~", "day 0", "eve", "AR %>", "p>", "CAR %>", "p>", "CAV>", "p>", "size>")
    rows = [_headline_cells(row, methods, result.design.level) for row in records(table)]
    screen.table(
        stamp(world) + _headline_title(table["window"].iloc[0], methods, result.design), columns, rows
    )
    for notice in stored.provenance.notices:
        screen.tell(f"note: {notice}")
    if stored.truth is not None:
        _truth_table(screen, truth_beside_estimates(result, stored.truth))
    _clocks_table(screen, by_clock(result), world)
    _questions_table(screen, result, world)
    exclusions_list(screen, exclusions)
    for text in result.warnings:
        screen.note(f"warning: {text}")


def stamp(world: str | None) -> str:
    """Return what every title of a simulated store begins with; nothing for a real one."""
    return "SIMULATED - " if world == "simulated" else ""


def _headline_title(window: str, methods: Sequence[str], design: Design) -> str:
    first, *others = methods or ("none",)
    instead = f", f: some by {formats.method(others[0])}, because history is too short" if others else ""
    return (
        f"AR of day 0, CAR and CAV over {window}: log returns in per cent, variance in excess of forecast, "
        f"bridge {design.bridge}; p by {formats.method(first)}{instead}; eve: volatility then, q1 calm to q4 "
        f"turbulent; size: how often, in per cent, the worst of these tests rejects at {design.level:.0%} "
        "without news"
    )


def _headline_cells(row: dict[str, Any], methods: Sequence[str], level: float) -> tuple[str, ...]:
    return (
        row["event"] + ("?" if row["ambiguous"] else ""),
        row["series"],
        f"{row['session']:%y-%m-%d}",
        _eve(row, methods),
        formats.number(row["ar"], signed=True),
        _p_value(row["ar_p"], row["ar_floor"]),
        formats.number(row["car"], signed=True),
        _p_value(row["car_p"], row["car_floor"]),
        formats.number(row["cav"], 1, signed=True),
        _p_value(row["cav_p"], row["cav_floor"]),
        _worst_size(row, level),
    )


def _eve(row: dict[str, Any], methods: Sequence[str]) -> str:
    by = {row[f"{name}_method"] for name in TESTS if not formats.absent(row[f"{name}_p"])}
    return formats.text(row["regime"]) + ("" if by <= set(methods[:1]) else "f")


def _p_value(p: float, floor: float) -> str:
    return formats.p_value(p, floor).replace(" ", "")


def _worst_size(row: dict[str, Any], level: float) -> str:
    """Return the true size that is farthest from the level among the headline's tests, in per cent."""
    sizes = [row[f"{name}_size"] for name in TESTS if not formats.absent(row[f"{name}_size"])]
    worst = max(sizes, key=lambda size: abs(size - level), default=None)
    return formats.share(worst).removesuffix("%")


def _clocks_table(screen: Screen, sides: pd.DataFrame, world: str | None) -> None:
    """Show an instrument by all of its clocks, so that nobody trusts a sign that only one of them gives."""
    if sides.empty:
        return
    columns = ("event", "by", "day 0", "AR %>", "p>", "sign of AR", "CAR %>", "p>", "sign of CAR")
    title = f"{stamp(world)}One currency by its clocks: robust only where all of them give the same sign"
    screen.say()
    screen.table(title, columns, [_clock_cells(row) for row in records(sides)])


def _clock_cells(row: dict[str, Any]) -> tuple[str, ...]:
    signs = {True: "agrees", False: "DIFFERS", None: "–"}
    return (
        row["event"],
        formats.clock(row["clock"]),
        f"{row['session']:%y-%m-%d}",
        formats.number(row["ar"], signed=True),
        _p_value(row["ar_p"], nan),
        signs[row["ar_agrees"]],
        formats.number(row["car"], signed=True),
        _p_value(row["car_p"], nan),
        signs[row["car_agrees"]],
    )


def _questions_table(screen: Screen, result: StudyResult, world: str | None) -> None:
    """Show what the episodes say together over the headline window, by Student's t and by the sign flip."""
    window = headline_window(result.design)
    rows = [row for row in records(result.questions)
            if (row["window_start"], row["window_end"]) == window and row["method"] in TOGETHER]  # fmt: skip
    subjects: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        subjects.setdefault((row["direction"], row["series"]), {})[row["method"]] = row
    if not subjects:
        return
    columns = ("episodes", "series~", "n>", "mean/σ>", "p by t>", "p by sign flip>", "Holm>")
    title = (
        f"{stamp(world)}All episodes together, CAR over ({window[0]},{window[1]}) in forecast standard "
        "deviations; Holm: the p of t when all series and windows count"
    )
    screen.say()
    screen.table(title, columns, [_question_cells(*subject, found) for subject, found in subjects.items()])


def _question_cells(direction: str, series: str, found: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    by_t, by_flip = (found.get(method, {}) for method in TOGETHER)
    return (
        direction.replace(" against ", "/"),
        series,
        formats.number(by_t.get("n"), 0),
        formats.number(by_t.get("estimate"), signed=True),
        _p_value(by_t.get("p_value", nan), by_t.get("floor", nan)),
        _p_value(by_flip.get("p_value", nan), by_flip.get("floor", nan)),
        _p_value(by_t.get("p_holm", nan), nan),
    )


def _truth_table(screen: Screen, table: pd.DataFrame) -> None:
    chosen = table["window"].iloc[0]
    columns = ("event", "series~", "AR true>", "found>", "CAR true>", "found>", "AV true>", "found>")
    rows = [
        (
            row["event"], row["series"],
            formats.number(row["true_ar"], signed=True), formats.number(row["ar"], signed=True),
            formats.number(row["true_car"], signed=True), formats.number(row["car"], signed=True),
            formats.number(row["expected_av"], 1), formats.number(row["av"], 1),
        )
        for row in records(table)
    ]  # fmt: skip
    screen.say()
    title = f"SIMULATED - true effects beside what the study found: AR and AV of day 0, CAR over {chosen}"
    screen.table(title, columns, rows)


def exclusions_list(screen: Screen, exclusions: Iterable[Exclusion]) -> None:
    """Show what was left out, one sentence each; nothing where nothing was."""
    listed = documents.exclusions_document(exclusions)
    if listed:
        screen.say(f"\nleft out ({len(listed)}):")
    for item in listed:
        where = item["series"] if item["event"] == "*" else f"{item['event']} on {item['series']}"
        screen.tell(f"{where}: {item['reason']}", indent=2)


def figures(screen: Screen, checks: Sequence[FigureCheck], world: str | None) -> None:
    """Show the verdicts on quoted figures."""
    _figures_table(screen, checks, world, apart=False)
    screen.document({"world": world, "figures": documents.listed(checks)})


def _figures_table(
    screen: Screen, checks: Sequence[FigureCheck], world: str | None, *, apart: bool = True
) -> None:
    columns = ("figure", "series~", "date", "what", "quoted>", "computed>", "verdict", "adds up")
    rows = [
        (
            check.id, check.series, f"{check.date:%y-%m-%d}", QUANTITIES[check.quantity],
            check.quoted, formats.number(check.computed, 4), check.verdict, ADDS_UP[check.arithmetic],
        )
        for check in checks
    ]  # fmt: skip
    if apart:
        screen.say()
    against = "alone: invented prices cannot confirm them" if world == "simulated" else "and stored prices"
    screen.table(f"{stamp(world)}Quoted figures against themselves {against}", columns, rows)


def signals(screen: Screen, readings: Sequence[SignalReading], world: str | None) -> None:
    """Show what the signals said, with the freshness of their inputs."""
    _signals_list(screen, readings, world, apart=False)
    screen.document({"world": world, "signals": documents.listed(readings)})


def _signals_list(
    screen: Screen, readings: Sequence[SignalReading], world: str | None, *, apart: bool = True
) -> None:
    if apart:
        screen.say()
    screen.say(f"{stamp(world)}Signals")
    for reading in readings:
        screen.tell(f"{reading.id} {reading.verdict}: {reading.sentence}", indent=2)
        ages = (f"{item.series} {item.status} {item.last_session or ''}".strip() for item in reading.inputs)
        screen.tell(f"inputs: {', '.join(ages)}", indent=4)


def events(screen: Screen, chosen: Sequence[Event]) -> None:
    """Show events with the sessions that could first react."""
    listed = [documents.event_document(event) for event in chosen]
    columns = ("id", "news", "Tokyo", "phase", "FX day", "what*")
    rows = [_event_cells(item) for item in listed]
    title = (
        "Events, at the time of the place they come from, and the first Tokyo session and currency day that "
        "could react; ? = the evidence allows another day"
    )
    screen.table(title, columns, rows)
    screen.document({"events": listed})


def _event_cells(item: dict[str, Any]) -> tuple[str, ...]:
    tokyo = item["tokyo"]
    return (
        item["id"],
        item["timestamp"][:16].replace("T", " "),
        tokyo["session"][5:] + ("?" if tokyo["ambiguous"] else ""),
        tokyo["phase"],
        item["fx_day"][5:] + ("?" if item["fx_other_day"] else ""),
        f"{item['label']} ({item['direction']})",
    )


def status(screen: Screen, state: Status) -> None:
    """Show what a store holds, its freshness and its last runs."""
    screen.say(f"{stamp(state.world)}store {state.url} ({state.world})")
    if state.series:
        rows = [
            (
                item.series, item.first_session.isoformat(), item.last_session.isoformat(),
                item.expected_session.isoformat(), str(item.rows), item.state,
            )
            for item in state.series
        ]  # fmt: skip
        screen.say()
        screen.table("Series", ("series~", "from", "to", "expected", "bars>", "state"), rows)
    if state.runs:
        screen.say()
        columns = ("run>", "what", "started", "status", "error*")
        screen.table("Last runs (times are UTC)", columns, [_run_cells(run) for run in state.runs])
    screen.say(f"\nfindings: {state.quarantined} rows quarantined, {state.warned} warnings")
    screen.document({
        "world": state.world,
        "db": state.url,
        "series": documents.listed(state.series),
        "runs": documents.listed(state.runs),
        "findings": {"quarantined": state.quarantined, "warnings": state.warned},
    })  # fmt: skip


def _run_cells(run: Run) -> tuple[str, ...]:
    what = run.key if run.job == "nightly" else run.job
    message = (run.error or {}).get("message", "").replace(run.key, run.key[:20])
    return str(run.id), what, f"{run.started_at:%y-%m-%d %H:%M}", run.status.replace("_", " "), message


def nights(screen: Screen, done: Sequence[Night]) -> None:
    """Show the nights that were caught up."""
    if done:
        rows = [
            (night.slot, night.session.isoformat(), night.status.replace("_", " "), night.message)
            for night in done
        ]
        screen.table("Nights caught up", ("slot", "session", "status", "message*"), rows)
    else:
        screen.say("no night is due")
    screen.document({"nights": documents.listed(done)})


def night(screen: Screen, done: Night, ended: datetime) -> None:
    """Say in one line how a night ended, as it ends."""
    what = f"{ended:%Y-%m-%d %H:%M %Z} {done.slot} {done.session.isoformat()}: {done.status}"
    screen.note(f"{what} ({done.message})" if done.message else what)


def written(screen: Screen, world: str | None, content: dict[str, Any]) -> None:
    """Show the paths of written files, one a line.

    Parameters
    ----------
    screen : Screen
        Where to.
    world : str or None
        Whose results they hold; each file says so itself.
    content : dict
        The JSON document: a path or a list of paths as text.
    """
    for told in content.values():
        for path in [told] if isinstance(told, str) else told:
            screen.say(path)
    screen.document({"world": world, **content})
