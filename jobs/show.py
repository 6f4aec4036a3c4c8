"""Results on a screen: tables for people in 80 columns, or one JSON document."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from eventstudy.report import formats, headline, truth_beside_estimates
from eventstudy.report.tables import records
from jobs import documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from db.studies import StoredStudy
    from eventstudy.results import FigureCheck, SignalReading
    from eventstudy.values import Event, Exclusion
    from jobs.console import Screen
    from jobs.pipelines.nightly import Night
    from jobs.pipelines.refresh import Refreshed
    from jobs.pipelines.run import Outcome
    from jobs.pipelines.status import Status

NAME_WIDTH = 17
QUANTITIES = {"level": "level", "change": "change", "percent_change": "%"}
ADDS_UP = {"CONSISTENT": "yes", "CONTRADICTED": "NO", "NOT CHECKABLE": "–"}


def outcome(screen: Screen, done: Outcome) -> None:
    """Show what a run produced: results, truth where it is known, figures, signals, exclusions, report."""
    study(screen, done.study, exclusions=done.exclusions, alone=False)
    _figures_table(screen, done.figures, done.study.provenance.world)
    _signals_list(screen, done.signals, done.study.provenance.world)
    screen.say(f"\nreport: {done.report}")
    screen.document({
        **documents.result_document(done.study),
        "exclusions": documents.exclusions_document(done.exclusions),
        "figures": documents.figures_document(done.figures),
        "signals": documents.signals_document(done.signals),
        "refreshed": [documents.plain(asdict(item)) for item in done.refreshed.series],
        "report": str(done.report),
    })  # fmt: skip


def study(
    screen: Screen, stored: StoredStudy, *, exclusions: Sequence[Exclusion] | None = None, alone: bool = True
) -> None:
    """Show a study's headline table, the truth beside it where known, exclusions and warnings."""
    result, world = stored.result, stored.provenance.world
    table = headline(result)
    chosen = table["window"].iloc[0]
    columns = ("event", "series", "day 0", "AR %>", "p>", "CAR %>", "p>", "CAV>", "p>")
    title = (
        f"{_stamp(world)}AR on day 0, CAR and CAV over {chosen}: log returns in per cent, "
        f"variance in excess of forecast; p by filtered historical simulation, bridge {result.design.bridge}"
    )
    screen.table(title, columns, (_headline_cells(row) for row in records(table)))
    if stored.truth is not None:
        _truth_table(screen, truth_beside_estimates(result, stored.truth))
    left_out = result.exclusions if exclusions is None else exclusions
    _exclusions_list(screen, left_out)
    for text in result.warnings:
        screen.note(f"warning: {text}")
    if alone:
        screen.document(documents.result_document(stored))


def _stamp(world: str | None) -> str:
    return "SIMULATED - " if world == "simulated" else ""


def _headline_cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["event"] + ("?" if row["ambiguous"] else ""),
        _short(row["series"], 14),
        f"{row['session']:%y-%m-%d}",
        formats.number(row["ar"], signed=True),
        formats.p_value(row["ar_p"], row["ar_floor"]),
        formats.number(row["car"], signed=True),
        formats.p_value(row["car_p"], row["car_floor"]),
        formats.number(row["cav"], 1, signed=True),
        formats.p_value(row["cav_p"], row["cav_floor"]),
    )


def _short(series: str, width: int = NAME_WIDTH) -> str:
    return series if len(series) <= width else series[: width - 1] + "…"


def _truth_table(screen: Screen, table: pd.DataFrame) -> None:
    chosen = table["window"].iloc[0]
    columns = ("event", "series", "AR true>", "found>", "CAR true>", "found>", "AV true>", "found>")
    rows = (
        (
            row["event"], _short(row["series"]),
            formats.number(row["true_ar"], signed=True), formats.number(row["ar"], signed=True),
            formats.number(row["true_car"], signed=True), formats.number(row["car"], signed=True),
            formats.number(row["expected_av"], 1), formats.number(row["av"], 1),
        )
        for row in records(table)
    )  # fmt: skip
    screen.say()
    title = f"SIMULATED - true effects beside what the study found: AR and AV of day 0, CAR over {chosen}"
    screen.table(title, columns, rows)


def _exclusions_list(screen: Screen, exclusions: Iterable[Exclusion]) -> None:
    listed = documents.exclusions_document(exclusions)
    if listed:
        screen.say(f"\nleft out ({len(listed)}):")
    for item in listed:
        where = item["series"] if item["event"] == "*" else f"{item['event']} on {item['series']}"
        screen.say(f"  {where}: {item['reason']}")


def figures(screen: Screen, checks: Sequence[FigureCheck], world: str | None) -> None:
    """Show the verdicts on quoted figures."""
    _figures_table(screen, checks, world)
    screen.document({"figures": documents.figures_document(checks)})


def _figures_table(screen: Screen, checks: Sequence[FigureCheck], world: str | None) -> None:
    rows = (
        (
            check.id, _short(check.series, 14), f"{check.date:%y-%m-%d}", QUANTITIES[check.quantity],
            check.quoted, formats.number(check.computed, 4), check.verdict, ADDS_UP[check.arithmetic],
        )
        for check in checks
    )  # fmt: skip
    columns = ("figure", "series", "date", "what", "quoted>", "computed>", "verdict", "adds up")
    screen.say()
    screen.table(f"{_stamp(world)}Quoted figures against stored prices", columns, rows)


def signals(screen: Screen, readings: Sequence[SignalReading], world: str | None) -> None:
    """Show what the signals said, with the freshness of their inputs."""
    _signals_list(screen, readings, world)
    screen.document({"signals": documents.signals_document(readings)})


def _signals_list(screen: Screen, readings: Sequence[SignalReading], world: str | None) -> None:
    screen.say(f"\n{_stamp(world)}Signals")
    for reading in readings:
        screen.say(f"  {reading.id} {reading.verdict}: {reading.sentence}")
        ages = (f"{item.series} {item.status} {item.last_session or ''}".strip() for item in reading.inputs)
        screen.say(f"    inputs: {', '.join(ages)}")


def refreshed(screen: Screen, done: Refreshed) -> None:
    """Show what a refresh brought."""
    columns = ("series", "from", "to", "new>", "revised>", "unchanged>", "source")
    rows = (
        (
            item.series, item.first_session.isoformat(), item.last_session.isoformat(),
            str(item.inserted), str(item.revised), str(item.unchanged), item.source,
        )
        for item in done.series
    )  # fmt: skip
    screen.table("Refreshed", columns, rows)
    _exclusions_list(screen, done.exclusions)
    quarantined = [item for item in done.findings if item.severity == "quarantined"]
    if done.findings:
        count = len(done.findings) - len(quarantined)
        screen.say(
            f"\nfindings: {len(quarantined)} rows quarantined, {count} warnings; all kept in the store"
        )
    screen.document({
        "refreshed": [documents.plain(asdict(item)) for item in done.series],
        "exclusions": documents.exclusions_document(done.exclusions),
        "findings": [documents.plain(asdict(item)) for item in done.findings],
    })  # fmt: skip


def events(screen: Screen, chosen: Sequence[Event]) -> None:
    """Show events with the sessions that could first react."""
    listed = [documents.event_document(event) for event in chosen]
    columns = ("id", "timestamp", "direction", "Tokyo", "phase", "FX day", "label")
    rows = (
        (
            item["id"], item["timestamp"][:16].replace("T", " "), item["direction"],
            item["tokyo"]["session"] + ("?" if item["tokyo"]["ambiguous"] else ""), item["tokyo"]["phase"],
            item["fx_day"] + ("?" if item["fx_other_day"] else ""), item["label"],
        )
        for item in listed
    )  # fmt: skip
    screen.table(
        "Events (timestamps in each event's own zone; ? = the evidence allows another day)", columns, rows
    )
    screen.document({"events": listed})


def status(screen: Screen, state: Status) -> None:
    """Show what a store holds, its freshness and its last runs."""
    screen.say(f"{_stamp(state.world)}store {state.url} ({state.world})")
    columns = ("series", "from", "to", "expected", "bars>", "state")
    rows = (
        (
            item.series, item.first_session.isoformat(), item.last_session.isoformat(),
            item.expected_session.isoformat(), str(item.rows), "fresh" if item.fresh else "stale",
        )
        for item in state.series
    )  # fmt: skip
    screen.table("Series", columns, rows)
    lines = (
        (
            str(run.id),
            run.job,
            f"{run.started_at:%Y-%m-%d %H:%M}",
            run.status,
            (run.error or {}).get("message", ""),
        )
        for run in state.runs
    )
    screen.table("Last runs (UTC)", ("run>", "job", "started", "status", "error"), lines)
    screen.say(f"findings: {state.quarantined} rows quarantined, {state.warned} warnings")
    screen.document({
        "world": state.world,
        "db": state.url,
        "series": [documents.plain(asdict(item)) for item in state.series],
        "runs": [documents.plain(asdict(item)) for item in state.runs],
        "findings": {"quarantined": state.quarantined, "warnings": state.warned},
    })  # fmt: skip


def nights(screen: Screen, done: Sequence[Night]) -> None:
    """Show the nights that were caught up."""
    rows = ((night.slot, night.session.isoformat(), night.status, night.message) for night in done)
    screen.table("Nights caught up", ("slot", "session", "status", "message"), rows)
    screen.document({"nights": [documents.plain(asdict(night)) for night in done]})


def night(screen: Screen, done: Night) -> None:
    """Say in one line how a night ended, as it ends."""
    what = f"{done.slot} {done.session.isoformat()}: {done.status}"
    screen.note(f"{what} ({done.message})" if done.message else what)
