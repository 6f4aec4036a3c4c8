"""The nightly job as a ledger: which nights are due, which are done, and doing one exactly once.

A night is a slot and a session: ``tokyo`` after that session's Tokyo close, ``new_york`` after that currency
day's New York 17:00. It is due from the slot's time of day that follows the close, until the slot's next
night is due, which covers it; and it is done when the prices of its session are stored, or listed as what
the source does not bring. A close that is late is waited for until the attempt number `PATIENCE`, unless its
series is more than `STILL_EXPECTED` sessions behind and so has ended.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from db.errors import LockHeld
from eventstudy.errors import EventStudyError
from eventstudy.series import CORE
from eventstudy.series import series as series_of
from eventstudy.sessions import FIRST_DAY, close_instant, last_closed_session, sessions
from eventstudy.values import Exclusion
from jobs.errors import NotYetPublished
from jobs.pipelines.leases import locked, session_lock
from jobs.pipelines.run import work

if TYPE_CHECKING:
    from db.runs import Run
    from db.store import Store
    from jobs.pipelines.run import Outcome, Plan
    from jobs.pipelines.service import Service
    from jobs.settings import Settings

JOB = "nightly"
SLOTS: dict[str, str] = {"tokyo": "tokyo_close", "new_york": "new_york_1700"}
REACH = timedelta(days=7)
RESTS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240))
PATIENCE = 6
STILL_EXPECTED = 3


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
        ``done``, ``done_with_exclusions``, ``failed``, or ``postponed``: another run holds the lock, so
        that nothing was tried and the ledger holds nothing of it.
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


def due_at(settings: Settings, slot: str, session: date) -> datetime:
    """Return when a night becomes due: the slot's time of day that first follows its session's close.

    Parameters
    ----------
    settings : Settings
        Times of day and their zone.
    slot : str
        A key of `SLOTS`.
    session : date
        A session of the slot's clock.

    Returns
    -------
    datetime
        UTC; never before the close, whatever the season's clocks say.
    """
    close = close_instant(SLOTS[slot], session)
    at = {"tokyo": settings.after_tokyo, "new_york": settings.after_new_york}[slot]
    local = datetime.combine(close.astimezone(settings.zone).date(), at, settings.zone)
    due = local.astimezone(UTC)
    return due if due >= close else (local + timedelta(days=1)).astimezone(UTC)


def latest_due(settings: Settings, slot: str, now: datetime) -> date:
    """Return the session of the last night of a slot that is due at an instant.

    Parameters
    ----------
    settings : Settings
        Times of day and their zone.
    slot : str
        A key of `SLOTS`.
    now : datetime
        Zone-aware.

    Returns
    -------
    date
        A session of the slot's clock.
    """
    session = last_closed_session(SLOTS[slot], now)
    while due_at(settings, slot, session) > now:
        just_before = close_instant(SLOTS[slot], session) - timedelta(microseconds=1)
        session = last_closed_session(SLOTS[slot], just_before)
    return session


def due_nights(
    store: Store, settings: Settings, now: datetime, *, rested: bool = False
) -> tuple[tuple[str, date], ...]:
    """Return the nights that should have succeeded by now and have not.

    One run brings every session up to date, so of several missed nights of a slot only the latest is due.

    Parameters
    ----------
    store : Store
        Its ledger is asked.
    settings : Settings
        Times of day and their zone.
    now : datetime
        Zone-aware.
    rested : bool
        Leave out nights that failed a short while ago, see `rest_after`.

    Returns
    -------
    tuple of (str, date)
        Slot and session, by time of close.
    """
    due = []
    with store.reading() as transaction:
        for slot, clock in SLOTS.items():
            session = latest_due(settings, slot, now)
            found = transaction.runs.find(JOB, night_key(slot, session))
            if found is None or not (found.succeeded or (rested and _rests(found, now))):
                due.append((close_instant(clock, session), slot, session))
    return tuple((slot, session) for _, slot, session in sorted(due))


def rest_after(attempts: int) -> timedelta:
    """Return how long a night rests after so many failures: an entry of `RESTS`, the last one for ever."""
    return RESTS[min(attempts, len(RESTS)) - 1]


def _rests(failed: Run, now: datetime) -> bool:
    return now < (failed.finished_at or failed.started_at) + rest_after(_attempts(failed))


def _attempts(found: Run | None) -> int:
    """Return how many attempts there were up to the latest one of a night."""
    return int(found.params["attempt"]) if found else 0


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
            found = transaction.runs.find(JOB, night_key(slot, day))
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
    try:
        with locked(service, session_lock(JOB, night_key(slot, session))) as leased:
            return _once(leased, plan, slot, session)
    except LockHeld as held:
        return Night(slot, session, "postponed", str(held), held.exit_code)
    except EventStudyError as error:  # the store itself: there is nowhere to record it
        return Night(slot, session, "failed", str(error), error.exit_code)


def _once(service: Service, plan: Plan, slot: str, session: date) -> Night:
    store, key = service.store, night_key(slot, session)
    with store.reading() as transaction:
        found = transaction.runs.find(JOB, key)
    if found is not None and found.succeeded:
        return Night(slot, session, found.status, "", 0)
    attempt = _attempts(found) + 1
    catches_up = [day.isoformat() for day in missed_sessions(store, slot, session)]
    params = {"slot": slot, "attempt": attempt, "catches_up": catches_up}
    with store.transaction() as transaction:
        number = transaction.runs.start(JOB, key, service.clock.now(), params).id
        transaction.commit()
    try:
        outcome = work(service, plan)
        unpublished = _unpublished(service, plan, outcome, slot, session, patient=attempt < PATIENCE)
    except EventStudyError as error:
        night = Night(slot, session, "failed", str(error), error.exit_code)
        return _entered(service, number, night, {}, error.document())
    exclusions = (*outcome.exclusions, *unpublished)
    status, code = ("done_with_exclusions", 3) if exclusions else ("done", 0)
    summary: dict[str, object] = {
        "study": outcome.study.key,
        "report": str(outcome.report),
        "exclusions": [asdict(item) for item in exclusions],
    }
    return _entered(service, number, Night(slot, session, status, "", code), summary)


def _entered(
    service: Service,
    number: int,
    night: Night,
    summary: dict[str, object],
    error: dict[str, str] | None = None,
) -> Night:
    with service.store.transaction() as transaction:
        transaction.runs.finish(number, night.status, service.clock.now(), summary, error=error)
        transaction.commit()
    return night


def _unpublished(
    service: Service, plan: Plan, outcome: Outcome, slot: str, session: date, *, patient: bool
) -> tuple[Exclusion, ...]:
    """Return the core series of a slot that end before its session; raise while it is worth waiting."""
    if service.provider.world == "simulated":
        return ()
    failures = {item.series: item.reason for item in outcome.refreshed.exclusions}
    lacking: dict[str, str] = {}
    awaited = False
    for name, last in _ends(service, plan, slot).items():
        behind = _sessions_behind(SLOTS[slot], last, session)
        if behind:
            lacking[name] = failures.get(name, f"{name} ends on {last} and {session} was expected")
            awaited = awaited or name in failures or behind <= STILL_EXPECTED
    if awaited and patient:
        raise NotYetPublished(session, lacking.values())
    return tuple(Exclusion("*", name, lacking[name]) for name in lacking if name not in failures)


def _ends(service: Service, plan: Plan, slot: str) -> dict[str, date | None]:
    """Return the last stored session of each core series of a slot that the source carries."""
    carried = set(service.provider.available())
    with service.store.reading() as transaction:
        return {
            name: transaction.prices.last_session(name)
            for name in plan.question.series
            if name in CORE and name in carried and series_of(name).clock == SLOTS[slot]
        }


def _sessions_behind(clock: str, last: date | None, session: date) -> int:
    if last is not None and last >= session:
        return 0
    first = FIRST_DAY if last is None else max(last + timedelta(days=1), FIRST_DAY)
    return len(sessions(clock, first, session))
