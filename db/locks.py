"""Leases: one holder a name, across processes, until released or expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from eventstudy.values import aware

from .errors import LeaseLost, LockHeld
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

        A lease that was taken after the end of the one asked for comes from a clock that is wrong,
        and binds nobody.

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
        stale = or_(locks.c.expires_at <= now, locks.c.acquired_at > expires_at)
        free = or_(locks.c.holder == holder, stale)
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

    def renew(self, name: str, holder: str, expires_at: datetime) -> None:
        """Put off the end of a lease that is still the holder's, ended or not; raise if it is not.

        Done in the transaction that it guards, so that no other can take the lease before the commit.

        Parameters
        ----------
        name, holder : str
            As given to `acquire`.
        expires_at : datetime
            Zone-aware instant at which another may take over from now on.

        Raises
        ------
        BadValue
            For an instant without a zone.
        LeaseLost
            If another has taken the lease over, whether or not it has given it back since.
        """
        expires_at = aware("expires_at", expires_at)
        own = and_(locks.c.name == name, locks.c.holder == holder)
        renewed = self._connection.execute(update(locks).where(own).values(expires_at=expires_at))
        if renewed.rowcount == 0:
            found = self._connection.execute(select(locks.c.holder).where(locks.c.name == name)).scalar()
            raise LeaseLost(name, found or "another run", expires_at)

    def holders(self, now: datetime) -> dict[str, str]:
        """Return who holds each lock whose lease has not ended, by its name; clear away those that have.

        Parameters
        ----------
        now : datetime
            Zone-aware.

        Returns
        -------
        dict of str to str
            Lock to holder.

        Raises
        ------
        BadValue
            For an instant without a zone.
        """
        self._connection.execute(delete(locks).where(locks.c.expires_at <= aware("now", now)))
        found = self._connection.execute(select(locks.c.name, locks.c.holder))
        return {row.name: row.holder for row in found}

    def release(self, name: str, holder: str) -> None:
        """Give a lease back; without effect if `holder` no longer has it.

        Parameters
        ----------
        name, holder : str
            As given to `acquire`.
        """
        self._connection.execute(delete(locks).where(locks.c.name == name, locks.c.holder == holder))
