"""A year of nights that may be killed: an invented source, its nightly refresh, and what must come of it."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import psycopg
from sqlalchemy import event

from db import open_store
from db.engine import ONE_WRITER
from eventstudy.errors import EventStudyError
from eventstudy.sessions import sessions
from jobs.pipelines.leases import locked, session_lock
from jobs.pipelines.refresh import refresh
from jobs.pipelines.service import Service
from jobs.scheduler import catch_up
from jobs.settings import load_settings
from tests.databases import ask, is_sqlite, plain
from tests.fakes import FakeProvider, HandClock
from tests.workshop import REGISTER, invented_prices, plan, tokyo, workshop

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from jobs.settings import Settings

SERIES = ("nikkei225", "topix", "toyota_7203")
JOB = "nightly"
SPAN = 8  # sessions that the source tells each time
EVERY_STEP = ("begin", "before_cursor_execute", "after_cursor_execute", "commit", "rollback", "close")
Version = tuple[str, date, float, str, datetime, datetime | None]


@cache
def days() -> tuple[date, ...]:
    """Return the sessions on which the story plays."""
    return tuple(day.date() for day in sessions("tokyo_close", date(2023, 1, 4), date(2025, 4, 30)))


def evening(number: int) -> datetime:
    """Return the instant of a night: 18:00 in Tokyo."""
    return datetime.combine(days()[number], datetime.min.time(), UTC) + timedelta(hours=9)


def key_of(number: int) -> str:
    """Return the ledger key of a night."""
    return f"tokyo {days()[number].isoformat()}"


def told(number: int, span: int = SPAN) -> dict[tuple[str, date], float]:
    """Return what the source says on a night: the latest sessions, some of them corrected two days late."""
    closes = {}
    for place, name in enumerate(SERIES):
        for session in range(max(number - span + 1, 0), number + 1):
            late = number >= session + 2 and (session + place) % 3 == 0
            closes[name, days()[session]] = 100.0 + place + (session * 7 + place) % 10 / 10 + late * 0.25
    return closes


def source(clock: HandClock, number: int, span: int = SPAN) -> FakeProvider:
    """Return the source as it is on a night."""
    closes: dict[str, dict[date, float]] = {}
    for (name, day), close in told(number, span).items():
        closes.setdefault(name, {})[day] = close
    return FakeProvider(clock, {name: _frame(values) for name, values in closes.items()})


def _frame(closes: dict[date, float]) -> pd.DataFrame:
    close = pd.Series(closes)
    frame = {"open": close - 0.25, "high": close + 0.5, "low": close - 0.5, "close": close, "volume": 1e6}
    return pd.DataFrame(frame).set_axis(pd.DatetimeIndex(list(closes)).as_unit("us"))


class Model:
    """The promise in plain Python: every version ever told, and which of them counts."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, date], list[list[Any]]] = {}

    def tell(self, number: int, at: datetime, span: int = SPAN) -> None:
        """Take over what the source says on a night."""
        for key, close in told(number, span).items():
            known = self.versions.setdefault(key, [])
            if known and known[-1][0] == close:
                continue
            if known:
                known[-1][3] = at
            known.append([close, "revised" if known else "final", at, None])

    def rows(self) -> list[Version]:
        """Return the versions as a store keeps them, in order."""
        every = [(*key, *version) for key, versions in self.versions.items() for version in versions]
        return sorted(every, key=lambda row: (row[0], row[1], row[4]))

    def closes(self, series: str, at: datetime) -> dict[date, float]:
        """Return the closes of a series as they were known at an instant."""
        return {
            day: close
            for (name, day), versions in sorted(self.versions.items())
            for close, _, start, end in versions
            if name == series and start <= at and (end is None or end > at)
        }


def stored(url: str) -> list[Version]:
    """Return every version that a database holds, once nobody is writing it any more, in order."""
    query = "SELECT series, session_date, close, finality, recorded_at, superseded_at FROM bars"
    found = [(*row[:4], _instant(row[4]), _instant(row[5])) for row in settled(url, query)]
    dated = [(row[0], _day(row[1]), *row[2:]) for row in found]
    return sorted(dated, key=lambda row: (row[0], row[1], row[4]))


def settled(url: str, query: str) -> list[tuple[Any, ...]]:
    """Return an answer after whatever a killed client had begun is ended by the server."""
    if is_sqlite(url):
        return ask(url, query)
    with psycopg.connect(plain(url)) as raw:
        raw.execute(f"SELECT pg_advisory_xact_lock({ONE_WRITER})")
        return raw.execute(query).fetchall()  # type: ignore[arg-type]


def _day(value: str | date) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: str | datetime | None) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value and value.astimezone(UTC)


@cache
def _settings(url: str) -> Settings:
    return load_settings(db=url, attempts=1)


def service_on(url: str, clock: HandClock, provider: FakeProvider) -> Service:
    """Return a service on a database; it asks a failing source once. Its store is for the caller to close."""
    return Service(_settings(url), clock, open_store(url), REGISTER, provider)


def night(service: Service, number: int) -> bool:
    """Do a night as the nightly job does, without its study; return whether there was anything to do."""
    key, now = key_of(number), service.clock.now()
    with locked(service, session_lock(JOB, key)) as leased:
        with leased.store.reading() as t:
            found = t.runs.find(JOB, key)
        if found is not None and found.succeeded:
            return False
        with leased.store.transaction() as t:
            run = t.runs.start(JOB, key, now, {"attempt": 1}).id
            t.commit()
        patience = leased.settings.patience
        refresh(leased.store, leased.provider, SERIES, clock=leased.clock, patience=patience)
        with leased.store.transaction() as t:
            t.runs.finish(run, "done", now, {})
            t.commit()
    return True


def step_by_step(service: Service, at: Callable[[int], None]) -> Callable[[], int]:
    """Call `at` with a number at every step of a service's database; return how to ask for the last number.

    A step is the beginning of a transaction, either side of a statement, a commit about to be made, or the
    end of a connection, which follows a commit that has been made.
    """
    passed = [0]

    def pass_by(*_: object) -> None:
        passed[0] += 1
        at(passed[0])

    for name in EVERY_STEP:
        event.listen(service.store._engine, name, pass_by)
    return lambda: passed[0]


def commit_by_commit(service: Service, at: Callable[[int], None]) -> Callable[[], int]:
    """As `step_by_step` for the commits alone: odd numbers come just before one, even ones just after."""
    passed = [0]

    def before(_: object) -> None:
        passed[0] += 1
        at(passed[0])

    def after(*_: object) -> None:
        if passed[0] % 2:
            passed[0] += 1
            at(passed[0])

    event.listen(service.store._engine, "commit", before)
    event.listen(service.store._engine, "close", after)
    return lambda: passed[0]


def die(at: int) -> Callable[[int], None]:
    """Return what kills this process at one step."""

    def maybe(step: int) -> None:
        if step == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return maybe


def rehearse() -> None:
    """Do two nights in a file that is thrown away: what comes later finds the calendars made."""
    with tempfile.TemporaryDirectory() as folder:
        for number in (SPAN, SPAN + 1):
            assert finished_night(f"sqlite:///{folder}/store.db", number) == 0


def killed_night(url: str, number: int, step: int) -> None:
    """Do a night and be killed at a step of it (never, for step 0): the work of a child process."""
    clock = HandClock(evening(number))
    service = service_on(url, clock, source(clock, number))
    step_by_step(service, die(step))
    night(service, number)


def whole_night(folder: str, url: str, step: int) -> None:
    """Do a night with its study and report and be killed at one side of a commit: the work of a child."""
    with whole(folder, url) as service:
        commit_by_commit(service, die(step))
        catch_up(service, plan(Path(folder)))


def whole(folder: str | Path, url: str) -> AbstractContextManager[Service]:
    """Return a service for a night with its study and report: Monday 2025-02-10, 16:30 in Tokyo."""
    clock = HandClock(tokyo("2025-02-10 16:30"))
    return workshop(Path(folder), clock, FakeProvider(clock, invented_prices()), db=url)


def finished_night(url: str, number: int, span: int = SPAN) -> int:
    """Do a night; return the exit code that the command line would: the work of a child process."""
    clock = HandClock(evening(number))
    try:
        service = service_on(url, clock, source(clock, number, span))
        with closing(service.store):
            night(service, number)
    except EventStudyError as error:
        return error.exit_code
    return 0


def cramped_night(url: str, number: int, span: int, limit: int) -> int:
    """Do a night in a process that may make no file longer than so many bytes; return its exit code."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return finished_night(url, number, span)


def ledger(url: str, number: int) -> list[str]:
    """Return the statuses of a night's attempts, in order."""
    query = f"SELECT status FROM runs WHERE key = '{key_of(number)}' ORDER BY id"
    return [status for (status,) in settled(url, query)]


def spread(total: int, trials: int) -> list[int]:
    """Return the step at which each trial is killed: from the first to the last of `total`, evenly."""
    return [1 + trial * (total - 1) // (trials - 1) for trial in range(trials)]
