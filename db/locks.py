"""Leases: one holder a name, across processes, until released or expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from eventstudy.values import aware

from .errors import LockHeld
from .schema import locks

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class LockRepository:
    """Takes and gives back leases; other processes see it when the transaction commits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def acquire(self, name: str, holder: str, now: datetime, expires_at: datetime) -> bool:
        """Take a lease if it is free, expired, or held by the same holder, who so renews it.

        Parameters
        ----------
        name : str
            The lock.
        holder : str
            Who wants it; unique to the process.
        now, expires_at : datetime
            Zone-aware: the present instant, and when another may take over.

        Returns
        -------
        bool
            Whether `holder` has it.

        Raises
        ------
        BadValue
            For an instant without a zone.
        """
        now, expires_at = aware("now", now), aware("expires_at", expires_at)
        lease = {"holder": holder, "acquired_at": now, "expires_at": expires_at}
        free = or_(locks.c.holder == holder, locks.c.expires_at <= now)
        taken = self._connection.execute(update(locks).where(locks.c.name == name, free).values(lease))
        return taken.rowcount == 1 or self._insert({"name": name, **lease})

    def _insert(self, row: dict[str, object]) -> bool:
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(locks), row)
        except IntegrityError:
            return False
        return True

    def require(self, name: str, holder: str, now: datetime, expires_at: datetime) -> None:
        """Take a lease as `acquire` does, or raise.

        Parameters
        ----------
        name, holder : str
            See `acquire`.
        now, expires_at : datetime
            See `acquire`.

        Raises
        ------
        BadValue
            For an instant without a zone.
        LockHeld
            If another holds it; names the holder and the expiry.
        """
        if not self.acquire(name, holder, now, expires_at):
            query = select(locks.c.holder, locks.c.expires_at).where(locks.c.name == name)
            other = self._connection.execute(query).one()
            raise LockHeld(name, other.holder, other.expires_at)

    def release(self, name: str, holder: str) -> None:
        """Give a lease back; without effect if `holder` no longer has it.

        Parameters
        ----------
        name, holder : str
            As given to `acquire`.
        """
        self._connection.execute(delete(locks).where(locks.c.name == name, locks.c.holder == holder))
