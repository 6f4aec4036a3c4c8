"""The event register: dated news, every timestamp in UTC with the offset it was quoted in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from sqlalchemy import select

from eventstudy.values import Event, Evidence

from .rows import Row, Written, upsert
from .schema import events

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_INSTANTS = ("timestamp", "earliest", "latest")
_AS_THEY_ARE = ("id", "label", "direction", "episode", "kind", "zone")


class EventRepository:
    """Reads and writes events, one row an id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, register: Iterable[Event]) -> Written:
        """Insert new events and update those that differ; events not given are left alone.

        Parameters
        ----------
        register : iterable of Event
            Of two with one id the later counts.

        Returns
        -------
        Written
            Events inserted, updated and unchanged.
        """
        return upsert(self._connection, events, (_to_row(event) for event in register))

    def all(self) -> tuple[Event, ...]:
        """Return every event, by instant and then id.

        Returns
        -------
        tuple of Event
            Equal to those written; timestamps carry the offset in which they were quoted.
        """
        query = select(events).order_by(events.c.timestamp, events.c.id)
        return tuple(_from_row(dict(row)) for row in self._connection.execute(query).mappings())


def _to_row(event: Event) -> Row:
    row: Row = {name: getattr(event, name) for name in _AS_THEY_ARE}
    for name in _INSTANTS:
        moment: datetime | None = getattr(event, name)
        row[name] = moment
        row[f"{name}_offset"] = None if moment is None else _offset(moment)
    return {**row, "evidence": [asdict(item) for item in event.evidence]}


def _offset(moment: datetime) -> int:
    return int((moment.utcoffset() or timedelta(0)).total_seconds())


def _from_row(row: Row) -> Event:
    told: Row = {name: row[name] for name in _AS_THEY_ARE}
    told |= {name: _as_quoted(row[name], row[f"{name}_offset"]) for name in _INSTANTS}
    return Event(**told, evidence=tuple(Evidence(**item) for item in row["evidence"]))


def _as_quoted(moment: datetime | None, offset: int | None) -> datetime | None:
    if moment is None or offset is None:
        return None
    return moment.astimezone(timezone(timedelta(seconds=offset)))
