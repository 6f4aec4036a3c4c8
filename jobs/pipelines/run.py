"""The whole job: refresh, study, validate, signals, report; a second run of what is known changes nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from eventstudy.errors import EventStudyError
from eventstudy.series import CORE, STUDIED
from eventstudy.series import series as series_of
from eventstudy.sessions import close_instant
from jobs.pipelines.leases import locked
from jobs.pipelines.publish import write_report
from jobs.pipelines.refresh import Refreshed, refresh
from jobs.pipelines.signals import NEEDED, read_signals
from jobs.pipelines.snapshot import known_prices
from jobs.pipelines.study import Question, question_key, study
from jobs.pipelines.validate import validate
from jobs.providers.simulated import SimulatedProvider

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from db.store import Store
    from db.studies import StoredStudy
    from eventstudy.results import FigureCheck, SignalReading
    from eventstudy.values import Exclusion
    from jobs.pipelines.service import Service

TOKYO = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True)
class Outcome:
    """What one run produced.

    Attributes
    ----------
    refreshed : Refreshed
        What the source brought.
    study : StoredStudy
        The stored study.
    figures : tuple of FigureCheck
        Verdicts on quoted figures.
    signals : tuple of SignalReading
        Signal readings.
    report : Path
        The HTML report.
    exclusions : tuple of Exclusion
        Everything left out, by the refresh or the study.
    """

    refreshed: Refreshed
    study: StoredStudy
    figures: tuple[FigureCheck, ...]
    signals: tuple[SignalReading, ...]
    report: Path
    exclusions: tuple[Exclusion, ...]


@dataclass(frozen=True)
class Plan:
    """What one run is asked to do.

    Attributes
    ----------
    question : Question
        What is to be studied.
    report : Path
        File or existing folder of the report.
    """

    question: Question
    report: Path


def run(service: Service, plan: Plan) -> Outcome:
    """Do the whole job under the lock.

    Parameters
    ----------
    service : Service
        The wired service.
    plan : Plan
        What is asked.

    Returns
    -------
    Outcome
        Results, verdicts, readings, report and exclusions.

    Raises
    ------
    LockHeld
        When another run is at work, or took the lock over.
    EventStudyError
        Whatever stopped it; the ledger keeps the failure.
    """
    with locked(service) as leased:
        return work(leased, plan)


def work(service: Service, plan: Plan) -> Outcome:
    """Do the whole job for a caller who holds the lock.

    Parameters
    ----------
    service : Service
        The wired service, as `locked` hands it out.
    plan : Plan
        What is asked.

    Returns
    -------
    Outcome
        As `run`.

    Raises
    ------
    EventStudyError
        As `run`, but for the lock.
    """
    try:
        refreshed = pull(service, plan.question.series)
    except EventStudyError as error:
        _record_failure(service, error)
        raise
    question = plan.question
    if isinstance(service.provider, SimulatedProvider):
        question = replace(question, truth=service.provider.truth)
    with service.store.reading() as transaction:
        prices = known_prices(transaction, question.series, question.as_of)
        key = question_key(question, prices.snapshot)
        earlier = transaction.runs.find("run", key)
    if earlier is not None and earlier.succeeded:
        return _steps(service, question, plan.report, refreshed)
    return _recorded(service, question, plan.report, refreshed, key)


def pull(
    service: Service, studied: Sequence[str] = STUDIED, *, only: Sequence[str] | None = None
) -> Refreshed:
    """Refresh the series of a study and of the signals, or just those asked for.

    Parameters
    ----------
    service : Service
        The wired service.
    studied : sequence of str
        Series under study. Core series are required; others, and what the signals need, are
        taken where the source has them.
    only : sequence of str or None
        These and no others, all required.

    Returns
    -------
    Refreshed
        Counts, exclusions and findings.

    Raises
    ------
    UnknownSeries
        For an id that is not in the table.
    """
    wanted = tuple(dict.fromkeys((*studied, *NEEDED)))
    required = tuple(series_of(name).id for name in only or [name for name in wanted if name in CORE])
    optional = () if only else tuple(name for name in wanted if name not in CORE)
    return refresh(
        service.store,
        service.provider,
        required,
        optional,
        clock=service.clock,
        patience=service.settings.patience,
        progress=service.progress,
        caller=service.caller,
    )


def _recorded(service: Service, question: Question, report: Path, refreshed: Refreshed, key: str) -> Outcome:
    with service.store.transaction() as transaction:
        params = {
            "source": service.settings.source,
            "design": question.design.to_dict(),
            "seed": question.seed,
        }
        number = transaction.runs.start("run", key, service.clock.now(), params).id
        transaction.commit()
    try:
        outcome = _steps(service, question, report, refreshed)
    except EventStudyError as error:
        with service.store.transaction() as transaction:
            transaction.runs.finish(number, "failed", service.clock.now(), {}, error=error.document())
            transaction.commit()
        raise
    status = "done_with_exclusions" if outcome.exclusions else "done"
    summary = {
        "rows": len(outcome.study.result.table),
        "exclusions": [asdict(item) for item in outcome.exclusions],
        "report": str(outcome.report),
    }
    with service.store.transaction() as transaction:
        transaction.runs.finish(number, status, service.clock.now(), summary)
        transaction.commit()
    return outcome


def _record_failure(service: Service, error: EventStudyError) -> None:
    with service.store.transaction() as transaction:
        now = service.clock.now()
        number = transaction.runs.start("run", "refresh", now, {"source": service.settings.source}).id
        transaction.runs.finish(number, "failed", now, {}, error=error.document())
        transaction.commit()


def _steps(service: Service, question: Question, report: Path, refreshed: Refreshed) -> Outcome:
    store, clock, register, progress = service.store, service.clock, service.register, service.progress
    with store.transaction() as transaction:
        transaction.events.write(register.events)
        transaction.commit()
    stored = study(store, question, clock=clock, progress=progress)
    progress("checking quoted figures")
    checks = validate(store, register.articles, register.figures, clock=clock, as_of=question.as_of)
    progress("reading signals")
    readings = read_signals(store, question.as_of or present(store, clock.now()), clock=clock)
    path = write_report(report, stored, register.events, checks, readings)
    exclusions = _merged(refreshed.exclusions, stored.result.exclusions)
    return Outcome(refreshed, stored, checks, readings, path, exclusions)


def _merged(fetched: tuple[Exclusion, ...], studied: tuple[Exclusion, ...]) -> tuple[Exclusion, ...]:
    """Return every exclusion; a series that the source lacks is named once, by the source."""
    named = {item.series for item in fetched}
    return (*fetched, *(item for item in studied if not (item.event == "*" and item.series in named)))


def present(store: Store, now: datetime) -> datetime:
    """Return the instant whose knowledge "now" means: in a simulated world, its last close.

    Parameters
    ----------
    store : Store
        Whose world is meant.
    now : datetime
        The real present.

    Returns
    -------
    datetime
        In Tokyo's zone.
    """
    with store.reading() as transaction:
        simulated = transaction.world() == "simulated"
        coverage = transaction.prices.coverage()
    if not simulated or coverage.empty:
        return now.astimezone(TOKYO)
    last = zip(coverage["series"], coverage["last_session"], strict=True)
    return max(close_instant(series_of(name).clock, day.date()) for name, day in last).astimezone(TOKYO)
