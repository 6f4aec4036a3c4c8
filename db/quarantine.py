"""The quarantine: refused rows that wait for a reviewer, who makes bars of them or keeps them out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from eventstudy.errors import BadValue
from eventstudy.series import series as series_named
from eventstudy.values import Bars, aware

from .errors import ClockWentBack
from .prices import PriceRepository
from .refusals import NotHeld, Unreleasable
from .rows import Row, Written, found_frame, insert_rows, null_if_nan
from .schema import quarantine
from .versions import PRICES, SESSION, bar_frame

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    import pandas as pd
    from sqlalchemy import Connection

_KINDS = {
    "id": "int64",
    "series": "str",
    "session_date": SESSION,
    **dict.fromkeys(PRICES, "float64"),
    **dict.fromkeys(("rule", "observed", "expected", "source", "payload_hash"), "str"),
    "recorded_at": "datetime64[us, UTC]",
    "status": "str",
    "reviewed_at": "datetime64[us, UTC]",
    **dict.fromkeys(("reviewer", "note"), "str"),
}
_SAME_ROW = ("series", "session_date", "told")
_KEY = (*_SAME_ROW, "rule")
_NAMED = ("series", "session_date", "rule", "observed", "expected")
_HELD = "held"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that a check kept out.

    Attributes
    ----------
    series, rule, observed, expected : str
        See `db.quality.Finding`.
    session_date : date
        Session that the row claims.
    row : tuple of float
        Open, high, low, close and volume, NaN where absent.
    """

    series: str
    session_date: date
    rule: str
    observed: str
    expected: str
    row: tuple[float, ...]


class QuarantineRepository:
    """Holds refused rows and records what reviewers decide about them.

    A row is the same row if its series, session and five numbers are. A review is of the row, whatever number
    of rules it broke, and stands: the same row told again under the same rule, by the same payload or another
    one, is neither held again nor does it touch the bar that a release made.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold(
        self, refused: Iterable[Refused], *, source: str, payload_hash: str, recorded_at: datetime
    ) -> Written:
        """Hold the rows that were not held, released or rejected under the same rule before.

        Parameters
        ----------
        refused : iterable of Refused
            Rows of one payload.
        source, payload_hash : str
            Where the payload came from, and its SHA-256.
        recorded_at : datetime
            Zone-aware instant of the recording.

        Returns
        -------
        Written
            Rows inserted and unchanged.

        Raises
        ------
        BadValue
            If `recorded_at` has no zone.
        """
        same: Row = {"source": source, "payload_hash": payload_hash, "status": _HELD}
        same |= {"recorded_at": aware("recorded_at", recorded_at)}
        rows = [_row(one) for one in refused]
        known = self._known({row["series"] for row in rows})
        fresh: dict[tuple[Any, ...], Row] = {}
        for row in rows:
            key = tuple(row[name] for name in _KEY)
            if key not in known:
                fresh.setdefault(key, {**row, **same})
        insert_rows(self._connection, quarantine, list(fresh.values()))
        return Written(len(fresh), 0, len(rows) - len(fresh))

    def _known(self, series: set[str]) -> set[tuple[Any, ...]]:
        columns = [quarantine.c[name] for name in _KEY]
        query = select(*columns).where(quarantine.c.series.in_(series))
        return {tuple(row) for row in self._connection.execute(query)}

    def held(self, series: str | None = None) -> pd.DataFrame:
        """Return the rows that wait for a review.

        Parameters
        ----------
        series : str, optional
            Series id; None: all.

        Returns
        -------
        DataFrame
            See `all`; ``status`` is ``held`` throughout.
        """
        found = self.all(series)
        return found[found["status"] == _HELD].reset_index(drop=True)

    def all(self, series: str | None = None) -> pd.DataFrame:
        """Return every row ever held, in order of holding.

        Parameters
        ----------
        series : str, optional
            Series id; None: all.

        Returns
        -------
        DataFrame
            Index 0..n-1. Columns ``id``, ``series``, ``session_date`` (``datetime64[us]``),
            ``open high low close volume`` (as told, in the series' unit; NaN: absent), ``rule``,
            ``observed``, ``expected``, ``source``, ``payload_hash``, ``recorded_at`` (UTC), ``status``
            (``held``, ``released`` or ``rejected``), ``reviewed_at`` (UTC), ``reviewer`` and ``note``
            (missing: held).
        """
        query = select(*(quarantine.c[name] for name in _KINDS)).order_by(quarantine.c.id)
        wanted = query if series is None else query.where(quarantine.c.series == series)
        return found_frame(self._connection.execute(wanted).all(), _KINDS)

    def release(self, number: int, *, reviewer: str, note: str, recorded_at: datetime) -> Written:
        """Make a held row a bar of a batch of its own, as final.

        Where the session has a bar already this is a revision like any other: the old version stays known for
        the time in which it was. The batch's source is ``quarantine:<number> (<source of the row>)``.

        Parameters
        ----------
        number : int
            The row's ``id``.
        reviewer, note : str
            Who decided, and why; not blank.
        recorded_at : datetime
            Zone-aware instant of the review.

        Returns
        -------
        Written
            As `db.prices.PriceRepository.write`.

        Raises
        ------
        BadValue
            For a blank reviewer or note, or an instant without a zone.
        NotHeld
            If there is no such row, or it was reviewed before.
        Unreleasable
            If its close, or another price that it tells, can be no price of the series.
        ClockWentBack
            If the row was held, or the series has bars recorded, later than `recorded_at`.
        """
        row = self._to_review(number, reviewer, note, recorded_at)
        _check_lawful(row)
        told = [[row["session_date"]], *([row[name]] for name in PRICES), ["final"]]
        source = f"quarantine:{number} ({row['source']})"
        bars = Bars(row["series"], bar_frame(told), source, row["payload_hash"], row["recorded_at"])
        written = PriceRepository(self._connection).write(bars, recorded_at)
        self._settle(row, status="released", reviewer=reviewer, note=note, reviewed_at=recorded_at)
        return written

    def reject(self, number: int, *, reviewer: str, note: str, recorded_at: datetime) -> None:
        """Keep a held row out for good.

        Parameters
        ----------
        number : int
            The row's ``id``.
        reviewer, note : str
            Who decided, and why; not blank.
        recorded_at : datetime
            Zone-aware instant of the review.

        Raises
        ------
        BadValue
            For a blank reviewer or note, or an instant without a zone.
        NotHeld
            If there is no such row, or it was reviewed before.
        ClockWentBack
            If the row was held later than `recorded_at`.
        """
        row = self._to_review(number, reviewer, note, recorded_at)
        self._settle(row, status="rejected", reviewer=reviewer, note=note, reviewed_at=recorded_at)

    def _to_review(self, number: int, reviewer: str, note: str, reviewed_at: datetime) -> Row:
        for name, text in (("reviewer", reviewer), ("note", note)):
            if not text.strip():
                raise BadValue(name, text, "who decides" if name == "reviewer" else "the reason in words")
        query = select(quarantine).where(quarantine.c.id == number)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None or row["status"] != _HELD:
            raise NotHeld(number, None if row is None else row["status"])
        if aware("recorded_at", reviewed_at) < row["recorded_at"]:
            raise ClockWentBack(f"the review of row {number}", reviewed_at, row["recorded_at"])
        return dict(row)

    def _settle(self, row: Row, **review: object) -> None:
        same = [quarantine.c[name] == row[name] for name in _SAME_ROW]
        held = quarantine.c.status == _HELD
        self._connection.execute(update(quarantine).where(held, *same).values(review))


def _row(refused: Refused) -> Row:
    numbers = [null_if_nan(value) for value in refused.row]
    told = " ".join("-" if value is None else repr(value + 0.0) for value in numbers)
    named = {name: getattr(refused, name) for name in _NAMED}
    return {**named, **dict(zip(PRICES, numbers, strict=True)), "told": told}


def _check_lawful(row: Row) -> None:
    """Raise `Unreleasable` for a row that tells something no price can be; absent fields are lawful."""
    if row["close"] is None:
        raise Unreleasable(row["id"], "it has no close")
    may_be_negative = series_named(row["series"]).quantity == "yield"
    for name in PRICES[:-1]:
        value = row[name]
        if value is not None and not (math.isfinite(value) and (value > 0 or may_be_negative)):
            raise Unreleasable(row["id"], f"its {name} is {value:g}")
    if row["volume"] is not None and not 0 <= row["volume"] < math.inf:
        raise Unreleasable(row["id"], f"its volume is {row['volume']:g}")
