"""The nightly job as a ledger: which nights are due, which are done, and doing one exactly once.

A night is a slot and a session: ``tokyo`` after that session's Tokyo close, ``new_york`` after that currency
day's New York 17:00. It is due when its close has passed and the ledger holds no success for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from eventstudy.errors import EventStudyError
from eventstudy.sessions import close_instant, last_closed_session, sessions
from jobs.pipelines.run import Plan, run

if TYPE_CHECKING:
    from db.store import Store
    from jobs.pipelines.service import Service

SLOTS: dict[str, str] = {"tokyo": "tokyo_close", "new_york": "new_york_1700"}
SETTLING = timedelta(minutes=30)
REACH = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Night:
    """How one night ended.

    Attributes
    ----------
    slot : str
        A key of `SLOTS`.
    session : date
        Session after whose close it ran.
    status : str
        ``done``, ``done_with_exclusions`` or ``failed``.
    message : str
        The error's sentence, empty for a success.
    exit_code : int
        0, 3, or the error's own.
    """

    slot: str
    session: date
    status: str
    message: str
    exit_code: int


def due_nights(store: Store, now: datetime) -> tuple[tuple[str, date], ...]:
    """Return the nights that should have succeeded by now and have not.

    One run brings every session up to date, so of several missed nights of a slot only the latest is due.

    Parameters
    ----------
    store : Store
        Its ledger is asked.
    now : datetime
        Zone-aware.

    Returns
    -------
    tuple of (str, date)
        Slot and session, by time of close.
    """
    due = []
    with store.reading() as transaction:
        for slot, clock in SLOTS.items():
            session = last_closed_session(clock, now - SETTLING)
            found = transaction.runs.find("nightly", night_key(slot, session))
            if found is None or not found.succeeded:
                due.append((close_instant(clock, session), slot, session))
    return tuple((slot, session) for _, slot, session in sorted(due))


def missed_sessions(store: Store, slot: str, session: date) -> tuple[date, ...]:
    """Return the sessions of a slot before one night that no successful night covered, newest week only.

    Parameters
    ----------
    store : Store
        Its ledger is asked.
    slot : str
        A key of `SLOTS`.
    session : date
        The night that runs now.

    Returns
    -------
    tuple of date
        Sessions that this night catches up, oldest first.
    """
    days = sessions(SLOTS[slot], session - REACH, session - timedelta(days=1))
    missed: list[date] = []
    with store.reading() as transaction:
        for day in reversed([stamp.date() for stamp in days]):
            found = transaction.runs.find("nightly", night_key(slot, day))
            if found is not None and found.succeeded:
                break
            missed.append(day)
    return tuple(reversed(missed))


def night_key(slot: str, session: date) -> str:
    """Return the ledger key of a night, such as ``tokyo 2025-04-07``."""
    return f"{slot} {session.isoformat()}"


def run_night(service: Service, plan: Plan, slot: str, session: date) -> Night:
    """Do one night's run and enter it in the ledger; a night that succeeded before is not done again.

    Parameters
    ----------
    service : Service
        The wired service.
    plan : Plan
        What every night studies.
    slot, session : str, date
        Which night.

    Returns
    -------
    Night
        How it ended; an error is recorded and told, never raised, so that the scheduler lives on.
    """
    store, clock, key = service.store, service.clock, night_key(slot, session)
    with store.reading() as transaction:
        found = transaction.runs.find("nightly", key)
    if found is not None and found.succeeded:
        return Night(slot, session, found.status, "", 0)
    params = {"slot": slot, "catches_up": [day.isoformat() for day in missed_sessions(store, slot, session)]}
    with store.transaction() as transaction:
        number = transaction.runs.start("nightly", key, clock.now(), params).id
        transaction.commit()
    night, summary, error = _attempt(service, plan, slot, session)
    with store.transaction() as transaction:
        transaction.runs.finish(number, night.status, clock.now(), summary, error=error)
        transaction.commit()
    return night


def _attempt(
    service: Service, plan: Plan, slot: str, session: date
) -> tuple[Night, dict[str, object], dict[str, str] | None]:
    try:
        outcome = run(service, plan)
    except EventStudyError as error:
        return Night(slot, session, "failed", str(error), error.exit_code), {}, error.document()
    status, code = ("done_with_exclusions", 3) if outcome.exclusions else ("done", 0)
    summary: dict[str, object] = {"study": outcome.study.key, "report": str(outcome.report)}
    return Night(slot, session, status, "", code), summary, None
