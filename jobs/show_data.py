"""Data quality and history on a screen: tables for people in 80 columns, or one JSON document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from eventstudy.report import formats
from eventstudy.report.tables import records
from jobs import documents
from jobs.show import exclusions_list, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from db.verification import Violation
    from eventstudy.quality.finding import Finding
    from jobs.console import Screen
    from jobs.pipelines.check import Checked
    from jobs.pipelines.refresh import Refreshed
    from jobs.pipelines.reproduce import Reproduction

SHOWN = 40  # lines of a list that people read; the JSON document has them all
EXAMPLES = 3
RANK = {"quarantined": 0, "warning": 1, "notice": 2}


def refreshed(screen: Screen, done: Refreshed, world: str | None) -> None:
    """Show what a refresh brought, who stood in for whom, and what was found on the way.

    Parameters
    ----------
    screen : Screen
        Where to.
    done : Refreshed
        What it returned.
    world : str or None
        Of the store.
    """
    columns = ("series~", "from", "to", "new>", "revised>", "unchanged>")
    rows = [
        (
            item.series, item.first_session.isoformat(), item.last_session.isoformat(),
            str(item.inserted), str(item.revised), str(item.unchanged),
        )
        for item in done.series
    ]  # fmt: skip
    screen.table(f"{stamp(world)}Refreshed: bars by series", columns, rows)
    exclusions_list(screen, done.exclusions)
    for item in done.series:
        for reason in item.failed:
            screen.tell(f"{item.series} came from {item.source}, because {reason}")
    if done.findings:
        count = Counter(item.severity for item in done.findings)
        told = (
            f"{count['quarantined']} rows quarantined, {count['warning']} warnings, {count['notice']} notices"
        )
        screen.say(f"\nfindings: {told}; all kept in the store")
    screen.document({
        "world": world,
        "refreshed": documents.listed(done.series),
        "exclusions": documents.exclusions_document(done.exclusions),
        "findings": documents.listed(done.findings),
    })  # fmt: skip


def checked(screen: Screen, found: Checked, world: str | None) -> None:
    """Show what a check found: freshness, findings by rule, the latest of them, and how proxies track.

    Parameters
    ----------
    screen : Screen
        Where to.
    found : Checked
        What the check returned.
    world : str or None
        Of the store.
    """
    if not screen.as_json:
        _freshness(screen, found, world)
        _rules(screen, found.findings)
        _latest(screen, found.findings)
        _tracking(screen, found)
        _reconciled(screen, found)
    screen.document({
        "world": world,
        "freshness": documents.listed(found.freshness),
        "findings": documents.listed(found.findings),
        "tracking": documents.listed(found.tracking),
        "reconciled": documents.listed(found.reconciled),
    })  # fmt: skip


def _freshness(screen: Screen, found: Checked, world: str | None) -> None:
    rows = [
        (
            item.series, formats.clock(item.clock), item.last_session.isoformat(),
            item.expected_session.isoformat(), str(item.behind), item.status,
        )
        for item in found.freshness
    ]  # fmt: skip
    columns = ("series~", "clock~", "last", "expected", "behind>", "state")
    screen.table(f"{stamp(world)}How fresh each series is, in sessions of its clock", columns, rows)


def _rules(screen: Screen, findings: Sequence[Finding]) -> None:
    counts = Counter((RANK[item.severity], item.severity, item.rule, item.series) for item in findings)
    rows = [
        (severity, rule, series, str(count)) for (_, severity, rule, series), count in sorted(counts.items())
    ]
    screen.say()
    screen.table("Findings by rule", ("severity", "rule*", "series~", "count>"), rows)


def _latest(screen: Screen, findings: Sequence[Finding]) -> None:
    dated = [item for item in findings if item.session_date is not None and item.severity != "notice"]
    if dated:
        screen.say(f"\nRows to look at, the latest {EXAMPLES} of each kind (all {len(dated)}: --json)")
    groups: dict[tuple[str, str], list[Finding]] = {}
    for item in sorted(dated, key=lambda item: str(item.session_date), reverse=True):
        groups.setdefault((item.series, item.rule), []).append(item)
    for (series, rule), items in groups.items():
        screen.tell(f"{series}, {rule} ({len(items)}), expected: {items[0].expected}", indent=2)
        for item in items[:EXAMPLES]:
            screen.tell(f"{item.session_date}: {item.observed}", indent=4)
    whole = [item for item in findings if item.session_date is None]
    if whole:
        screen.say("\nWhole series")
    for item in whole:
        screen.tell(f"{item.series}, {item.rule}: {item.observed}; expected: {item.expected}", indent=2)


def _tracking(screen: Screen, found: Checked) -> None:
    if not found.tracking:
        return
    columns = ("series~", "against~", "days>", "correlation>", "beta>", "error %>", "worst day")
    rows = [
        (
            item.series, item.reference, str(item.sessions), formats.number(item.correlation, 3),
            formats.number(item.beta), formats.number(100 * item.error),
            f"{item.worst[0][0]} {100 * item.worst[0][1]:+.1f} %" if item.worst else "–",
        )
        for item in found.tracking
    ]  # fmt: skip
    screen.say()
    title = "How stand-ins track, by daily log returns; error: standard deviation of the difference, a day"
    screen.table(title, columns, rows)


def _reconciled(screen: Screen, found: Checked) -> None:
    if not found.reconciled:
        return
    columns = ("series~", "common>", "only here>", "only there>", "differ>", "median>", "worst>", "allowed>")
    rows = [
        (
            item.series, str(item.common), str(len(item.only_first)), str(len(item.only_second)),
            str(len(item.differences)), f"{item.median:.1e}", f"{item.worst:.1e}",
            f"{item.tolerance.amount:g}",
        )
        for item in found.reconciled
    ]  # fmt: skip
    screen.say()
    screen.table("Stored closes against the second source", columns, rows)


def quarantine(screen: Screen, rows: pd.DataFrame, world: str | None) -> None:
    """Show rows of the quarantine.

    Parameters
    ----------
    screen : Screen
        Where to.
    rows : DataFrame
        From the store's quarantine.
    world : str or None
        Of the store.
    """
    columns = ("n>", "series~", "session", "close>", "rule", "state", "what was seen, and note*")
    cells = [
        (
            str(row["id"]), row["series"], f"{row['session_date']:%Y-%m-%d}", formats.number(row["close"], 4),
            row["rule"], row["status"], "; ".join(_present(row["observed"], row["note"])),
        )
        for row in records(rows)
    ]  # fmt: skip
    if cells:
        screen.table(f"{stamp(world)}Rows that were not let in", columns, cells)
    else:
        screen.say("no row waits for a decision")
    screen.document({"world": world, "quarantine": documents.rows(rows)})


def _present(*texts: object) -> list[str]:
    return [str(text) for text in texts if not formats.absent(text) and text]


def revisions(screen: Screen, changes: pd.DataFrame, world: str | None) -> None:
    """Show which prices were replaced by others.

    Parameters
    ----------
    screen : Screen
        Where to.
    changes : DataFrame
        One row a changed price, from the store.
    world : str or None
        Of the store.
    """
    columns = ("series~", "session", "price", "before>", "since>", "known from (UTC)", "source*")
    cells = [_change_cells(row) for row in records(changes.tail(SHOWN))]
    if cells:
        title = f"{stamp(world)}The latest {len(cells)} of {len(changes)} changed prices"
        screen.table(title, columns, cells)
    else:
        screen.say("no stored price was changed")
    screen.document({"world": world, "revisions": documents.rows(changes)})


def _change_cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["series"],
        f"{row['session']:%Y-%m-%d}",
        row["field"],
        formats.number(row["old"], 4),
        formats.number(row["new"], 4),
        f"{row['recorded_at']:%Y-%m-%d %H:%M}",
        row["source"],
    )


def reproduced(screen: Screen, done: Reproduction, world: str | None) -> None:
    """Say whether a study came out the same.

    Parameters
    ----------
    screen : Screen
        Where to.
    done : Reproduction
        The comparison.
    world : str or None
        Of the store.
    """
    if done.identical:
        told = f"study {done.key[:12]} came out the same, bit for bit: {done.rows} rows, all tables"
    else:
        told = f"study {done.key[:12]} came out DIFFERENT in: {', '.join(done.differing)}"
    screen.tell(stamp(world) + told)
    screen.tell(f"prices of {done.as_of:%Y-%m-%d %H:%M:%S} UTC, snapshot {done.snapshot[:12]}", indent=2)
    if done.code_version != done.code_version_now:
        screen.tell(f"computed by version {done.code_version} then, {done.code_version_now} now", indent=2)
    screen.document({
        "world": world,
        "key": done.key,
        "identical": done.identical,
        "differing": list(done.differing),
        "rows": done.rows,
        "as_of": done.as_of.isoformat(),
        "snapshot": done.snapshot,
        "code_version": done.code_version,
        "code_version_now": done.code_version_now,
    })  # fmt: skip


def verified(screen: Screen, broken: Sequence[Violation]) -> None:
    """Say whether a database is whole, or where it is not.

    Parameters
    ----------
    screen : Screen
        Where to.
    broken : sequence of Violation
        What does not hold.
    """
    if not broken:
        screen.say("every hash and every invariant holds")
    for item in broken:
        screen.tell(f"{' '.join(_present(item.table, item.row))}: {item.problem}")
    screen.document({"whole": not broken, "violations": documents.listed(broken)})
