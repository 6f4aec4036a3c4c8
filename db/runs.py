"""The ledger of runs: what was started, how it ended, and what a second start should find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, insert, select, update

from eventstudy.errors import BadValue
from eventstudy.values import aware

from .errors import RunNotOpen
from .rows import from_json, to_json
from .schema import SUCCESSES, runs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping

_ENDINGS = (*SUCCESSES, "failed")


@dataclass(frozen=True)
class Run:
    """One attempt at one job.

    Attributes
    ----------
    id : int
        Number, in order of starting.
    job, key : str
        What was to be done; at most one attempt at a (job, key) succeeds.
    status : str
        ``running``, ``done``, ``done_with_exclusions`` or ``failed``. A killed run stays ``running``.
    started_at : datetime
        UTC.
    finished_at : datetime or None
        UTC; None while running.
    params, summary : dict
        What it was asked with and what it reports, as JSON can say it (dates are ISO text).
    error : dict or None
        What went wrong.
    """

    id: int
    job: str
    key: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    params: dict[str, Any]
    summary: dict[str, Any]
    error: dict[str, Any] | None

    @property
    def succeeded(self) -> bool:
        """Whether it is done, with or without exclusions."""
        return self.status in SUCCESSES


class RunRepository:
    """Reads and writes runs; a finished one is never changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, job: str, key: str) -> Run | None:
        """Return the attempt that counts: the one that succeeded, else the latest, else None.

        Parameters
        ----------
        job, key : str
            What was to be done.

        Returns
        -------
        Run or None
            Ask its `Run.succeeded` before doing the work again.
        """
        success_first = case((runs.c.status.in_(SUCCESSES), 0), else_=1)
        return self._first(runs.c.job == job, runs.c.key == key, order=(success_first,))

    def latest(self, job: str) -> Run | None:
        """Return the latest attempt at a job, whatever its key and status; None without any."""
        return self._first(runs.c.job == job)

    def history(self, limit: int) -> tuple[Run, ...]:
        """Return the latest attempts at any job, newest first, at most `limit` of them."""
        query = select(runs).order_by(runs.c.id.desc()).limit(limit)
        return tuple(_to_run(row) for row in self._connection.execute(query).mappings())

    def start(self, job: str, key: str, started_at: datetime, params: Mapping[str, Any]) -> Run:
        """Record that an attempt begins.

        Parameters
        ----------
        job, key : str
            What is to be done.
        started_at : datetime
            Zone-aware.
        params : mapping
            What it was asked with.

        Returns
        -------
        Run
            With its number, status ``running``.

        Raises
        ------
        BadValue
            If `started_at` has no zone.
        RunNotOpen
            If an attempt at (job, key) has succeeded.
        """
        found = self.find(job, key)
        if found is not None and found.succeeded:
            raise RunNotOpen(f"{job} {key} is {found.status} already, as run {found.id}")
        row = {"job": job, "key": key, "status": "running", "params": to_json(dict(params)), "summary": {}}
        row |= {"started_at": aware("started_at", started_at)}
        number = self._connection.execute(insert(runs).returning(runs.c.id), row).scalar_one()
        return self._get(number)

    def finish(
        self,
        run_id: int,
        status: str,
        finished_at: datetime,
        summary: Mapping[str, Any],
        *,
        error: Mapping[str, Any] | None = None,
    ) -> Run:
        """Record how an attempt ended.

        Parameters
        ----------
        run_id : int
            Number of a running attempt.
        status : str
            ``done``, ``done_with_exclusions`` or ``failed``.
        finished_at : datetime
            Zone-aware.
        summary : mapping
            What it reports.
        error : mapping, optional
            What went wrong.

        Returns
        -------
        Run
            As it is now recorded.

        Raises
        ------
        BadValue
            For another status or an instant without a zone.
        RunNotOpen
            If there is no such run, it has ended, or another attempt succeeded meanwhile.
        """
        if status not in _ENDINGS:
            raise BadValue("status of a finished run", status, "one of " + ", ".join(_ENDINGS))
        run = self._get(run_id)
        if run.status != "running":
            raise RunNotOpen(f"run {run_id} is {run.status} already")
        other = self.find(run.job, run.key)
        if status in SUCCESSES and other is not None and other.succeeded:
            raise RunNotOpen(f"{run.job} {run.key} is {other.status} already, as run {other.id}")
        values = {"status": status, "summary": to_json(dict(summary))}
        values |= {"finished_at": aware("finished_at", finished_at), "error": to_json(error and dict(error))}
        self._connection.execute(update(runs).where(runs.c.id == run_id).values(values))
        return self._get(run_id)

    def _first(
        self, *conditions: ColumnElement[bool], order: tuple[ColumnElement[Any], ...] = ()
    ) -> Run | None:
        query = select(runs).where(*conditions).order_by(*order, runs.c.id.desc()).limit(1)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _to_run(row)

    def _get(self, run_id: int) -> Run:
        run = self._first(runs.c.id == run_id)
        if run is None:
            raise RunNotOpen(f"there is no run {run_id}")
        return run


def _to_run(row: RowMapping) -> Run:
    json = {name: from_json(row[name]) for name in ("params", "summary", "error")}
    return Run(**{**row, **json})
