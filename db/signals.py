"""Signal readings, in sets by the date whose knowledge they used, with their history."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from eventstudy.results import SignalInput, SignalReading
from eventstudy.values import aware

from .rows import Row, Written, from_json, null_if_nan, to_json
from .schema import signal_sets, signals
from .sets import follow, latest_set, recorded_by

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_AS_THEY_ARE = ("version", "unit", "verdict", "sentence")


class SignalRepository:
    """Reads and writes readings in sets; a set is never changed, a new one follows it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, readings: Sequence[SignalReading], snapshot: str, recorded_at: datetime) -> Written:
        """Store the readings of each date, unless its latest set rests on the same prices and says the same.

        Parameters
        ----------
        readings : sequence of SignalReading
            In order; those of one ``as_of`` make one set.
        snapshot : str
            SHA-256 over every price used.
        recorded_at : datetime
            Zone-aware instant of the recording.

        Returns
        -------
        Written
            Readings inserted and unchanged; none is ever revised.

        Raises
        ------
        BadValue
            If `recorded_at` has no zone.
        """
        same = {"snapshot": snapshot, "recorded_at": aware("recorded_at", recorded_at)}
        inserted = 0
        for day in sorted({reading.as_of for reading in readings}):
            rows = [_to_row(reading) for reading in readings if reading.as_of == day]
            head = {**same, "as_of": day}
            inserted += follow(
                self._connection, signal_sets, signals, after=self._latest(day), head=head, rows=rows
            ).inserted
        return Written(inserted, 0, len(readings) - inserted)

    def as_of(self, day: date) -> tuple[SignalReading, ...]:
        """Return what the signals said as of one date, as last computed; empty when never computed.

        Parameters
        ----------
        day : date
            The readings' ``as_of``.

        Returns
        -------
        tuple of SignalReading
            In the order written; a NaN value comes back as None, NaN details as NaN.
        """
        found = self._latest(day)
        return tuple(_from_row(row, day) for row in found[1]) if found else ()

    def latest(self, as_of: datetime | None = None) -> tuple[SignalReading, ...]:
        """Return the readings of the latest date that has any.

        Parameters
        ----------
        as_of : datetime, optional
            Zone-aware; leave out what was recorded later.

        Returns
        -------
        tuple of SignalReading
            See `as_of`.
        """
        known = recorded_by(signal_sets, as_of)
        day = self._connection.execute(select(func.max(signal_sets.c.as_of)).where(*known)).scalar()
        if day is None:
            return ()
        found = latest_set(self._connection, signal_sets, signals, signal_sets.c.as_of == day, *known)
        return tuple(_from_row(row, day) for row in found[1]) if found else ()

    def _latest(self, day: date) -> tuple[Row, list[Row]] | None:
        return latest_set(self._connection, signal_sets, signals, signal_sets.c.as_of == day)


def _to_row(reading: SignalReading) -> Row:
    row: Row = {name: getattr(reading, name) for name in _AS_THEY_ARE}
    row |= {"signal": reading.id, "value": null_if_nan(reading.value)}
    inputs = [to_json(asdict(item)) for item in reading.inputs]
    return {**row, "inputs": inputs, "details": to_json(reading.details)}


def _from_row(row: Row, day: date) -> SignalReading:
    told = {name: row[name] for name in _AS_THEY_ARE}
    inputs = tuple(_to_input(item) for item in row["inputs"])
    details: dict[str, float] = from_json(row["details"])
    return SignalReading(
        id=row["signal"], as_of=day, value=row["value"], inputs=inputs, details=details, **told
    )


def _to_input(item: dict[str, Any]) -> SignalInput:
    dates = {
        name: None if item[name] is None else date.fromisoformat(item[name])
        for name in ("last_session", "expected_session")
    }
    return SignalInput(**{**item, **dates})
