"""Leases: what keeps two runs apart, and stops a run whose lock another has taken over."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from db.errors import LockHeld
from jobs.errors import RunInterrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from db.store import Transaction
    from jobs.pipelines.service import Service

LOCK = "run"
LEASE = timedelta(minutes=30)
RECENT_RUNS = 20


@contextmanager
def locked(service: Service, *sessions: str) -> Iterator[Service]:
    """Hold the lock that keeps two writers of one store apart, threads of one process included.

    Every commit of the service that is handed out puts off the end of the lease by `LEASE`, and fails where
    another run has taken the lease over after its end: of two that both believe to hold it, one writes.
    The lock of a killed process of this machine can be had at once, any other when its lease has ended.
    Runs that the ledger calls running although nobody holds their lock were killed, and are closed as
    failed. Not to be nested.

    Parameters
    ----------
    service : Service
        Whose store is meant.
    *sessions : str
        Locks to hold beside the store's own, such as ``nightly tokyo 2025-04-07``: a job and its session.

    Yields
    ------
    Service
        The same service, whose store writes under the lease only.

    Raises
    ------
    LockHeld
        When another run holds one of them; `LeaseLost` from a commit when another has taken one over.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
    names = (LOCK, *sessions)

    def renew(transaction: Transaction) -> None:
        for name in names:
            transaction.locks.renew(name, holder, service.clock.now() + LEASE)

    with service.store.transaction() as transaction:
        now = service.clock.now()
        for name in names:
            _take(transaction, name, holder, now)
        _close_interrupted(transaction, now, {LOCK: holder, **dict.fromkeys(sessions, holder)})
        transaction.commit()
    try:
        yield replace(service, store=service.store.guarded(renew))
    finally:
        with service.store.transaction() as transaction:
            for name in names:
                transaction.locks.release(name, holder)
            transaction.commit()


def _take(transaction: Transaction, name: str, holder: str, now: datetime) -> None:
    try:
        transaction.locks.require(name, holder, now, now + LEASE)
    except LockHeld as held:
        if not _gone(held.holder):
            raise
        transaction.locks.release(name, held.holder)
        transaction.locks.require(name, holder, now, now + LEASE)


def _gone(holder: str) -> bool:
    """Return whether a holder was a process of this machine and is no more."""
    here = f"{socket.gethostname()}:"
    if not holder.startswith(here) or os.name != "posix":  # elsewhere signal 0 is not a mere question
        return False
    try:
        os.kill(int(holder.removeprefix(here).partition(":")[0]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it lives, under another user
        return False
    return False


def _close_interrupted(transaction: Transaction, now: datetime, own: dict[str, str]) -> None:
    """Close the runs that were killed: called by the holder of the store's lock, so no other is at work."""
    others = transaction.locks.holders(now).items() - own.items()
    held = {name for name, holder in others if not _gone(holder)}
    for found in transaction.runs.history(RECENT_RUNS):
        if found.status == "running" and session_lock(found.job, found.key) not in held:
            error = RunInterrupted(found.job, found.key).document()
            transaction.runs.finish(found.id, "failed", now, {}, error=error)


def session_lock(job: str, key: str) -> str:
    """Return the name of the lock of one job and session."""
    return f"{job} {key}"
