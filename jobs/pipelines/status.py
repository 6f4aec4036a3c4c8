"""What the store holds, how fresh it is, and how the last runs ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventstudy.quality.freshness import freshness
from eventstudy.report.tables import records

if TYPE_CHECKING:
    from datetime import date, datetime

    from db.runs import Run
    from db.store import Store

HISTORY = 10


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh one stored series is.

    Attributes
    ----------
    series, source : str
        Series id, and provider and place.
    first_session, last_session, expected_session : date
        Span of the stored bars, and the last session that has closed by now.
    rows : int
        Bars stored, latest versions only.
    fresh : bool
        Whether the last stored session is the expected one.
    behind : int
        Sessions of the series' clock that are not stored yet.
    state : str
        ``fresh``, ``due``, ``stale`` or ``ended``; see `eventstudy.quality.freshness.Freshness.status`.
    """

    series: str
    source: str
    first_session: date
    last_session: date
    expected_session: date
    rows: int
    fresh: bool
    behind: int
    state: str


@dataclass(frozen=True)
class Status:
    """The state of a store.

    Attributes
    ----------
    url, world : str
        Its address (passwords hidden) and world (``empty`` before the first run).
    series : tuple of Freshness
        One per stored series.
    runs : tuple of Run
        The latest runs, newest first.
    quarantined, warned : int
        Findings of the data checks by severity.
    """

    url: str
    world: str
    series: tuple[Freshness, ...]
    runs: tuple[Run, ...]
    quarantined: int
    warned: int


def status(store: Store, now: datetime) -> Status:
    """Look at a store without changing it.

    Parameters
    ----------
    store : Store
        Which.
    now : datetime
        Zone-aware; decides which sessions are expected, and nothing recorded later is counted.

    Returns
    -------
    Status
        Coverage, freshness and history.
    """
    with store.reading() as transaction:
        world = transaction.world() or "empty"
        coverage = transaction.prices.coverage(now)
        findings = transaction.quality.all()
        runs = transaction.runs.history(HISTORY)
    severities = findings[findings["recorded_at"] <= now]["severity"]
    series = tuple(_freshness(row, now) for row in records(coverage))
    return Status(
        url=store.url,
        world=world,
        series=series,
        runs=tuple(run for run in runs if run.started_at <= now),
        quarantined=int((severities == "quarantined").sum()),
        warned=int((severities == "warning").sum()),
    )


def _freshness(row: dict[str, Any], now: datetime) -> Freshness:
    seen = freshness(row["series"], row["last_session"].date(), now)
    return Freshness(
        series=seen.series,
        source=row["source"],
        first_session=row["first_session"].date(),
        last_session=seen.last_session,
        expected_session=seen.expected_session,
        rows=row["rows"],
        fresh=seen.last_session >= seen.expected_session,
        behind=seen.behind,
        state=seen.status,
    )
