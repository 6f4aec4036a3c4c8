"""The one world that a store holds, real or simulated: decided by the first write, never mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from eventstudy.errors import BadValue

from .errors import MixedWorlds
from .schema import world

if TYPE_CHECKING:
    from sqlalchemy import Connection

WORLDS = ("real", "simulated")


def held_world(connection: Connection) -> str | None:
    """Return ``real`` or ``simulated``, None while nothing has claimed the store.

    Parameters
    ----------
    connection : Connection
        Of the transaction.

    Returns
    -------
    str or None
        The world.
    """
    return connection.execute(select(world.c.name)).scalar_one_or_none()


def claim_world(connection: Connection, name: str) -> None:
    """Make the store hold one world, or find that it does.

    Parameters
    ----------
    connection : Connection
        Of the transaction.
    name : str
        ``real`` or ``simulated``.

    Raises
    ------
    BadValue
        For another name.
    MixedWorlds
        If the store holds the other world.
    """
    if name not in WORLDS:
        raise BadValue("world", name, "real or simulated")
    held = held_world(connection)
    if held is None:
        connection.execute(insert(world), {"id": 1, "name": name})
    elif held != name:
        raise MixedWorlds(held, name)
