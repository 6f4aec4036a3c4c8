"""Bars, bitemporal and append-only: what is known now, and what was known then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from eventstudy.errors import BadPrices
from eventstudy.values import aware

from .errors import ClockWentBack
from .rows import Written, found_frame, frame_to_rows, insert_rows
from .schema import bars, batches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from eventstudy.values import Bars

_PRICES = ["open", "high", "low", "close", "volume"]
_DTYPES = {**dict.fromkeys(_PRICES, "float64"), "finality": "str"}
_SESSION = "datetime64[us]"
_COVERAGE = {
    "series": "str",
    "first_session": _SESSION,
    "last_session": _SESSION,
    "rows": "int64",
    "source": "str",
    "last_recorded_at": "datetime64[us, UTC]",
}
_PROVISIONAL = "provisional"


class PriceRepository:
    """Reads and writes bars; a version once stored is never changed or deleted, only superseded."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, told: Bars, recorded_at: datetime) -> Written:
        """Store what a source told, keeping every earlier version.

        A session that is new is inserted. A session whose prices differ (exactly; NaN equals
        NaN), or whose provisional bar is now final, gets a new version, and the old one is
        marked superseded at `recorded_at`. The new version's finality is ``revised`` where the
        old one was settled. Sessions that `told` does not mention are left alone. Nothing at
        all is written when nothing changed.

        Parameters
        ----------
        told : Bars
            Bars of one series.
        recorded_at : datetime
            Zone-aware instant from which they count as known.

        Returns
        -------
        Written
            Sessions inserted, revised and unchanged.

        Raises
        ------
        BadPrices
            For sessions out of order or repeated, a missing close or an unknown finality.
        BadValue
            If `recorded_at` has no zone.
        ClockWentBack
            If the series has bars recorded later than `recorded_at`.
        """
        recorded_at = aware("recorded_at", recorded_at)
        _check(told)
        stored = self._current(told.series)
        new, changed, settled = _compare(told.frame, stored)
        written = Written(int(new.sum()), int(changed.sum()), int((~new & ~changed).sum()))
        if written.inserted or written.revised:
            self._check_clock(told.series, recorded_at)
            batch = self._write_batch(told, recorded_at, written)
            self._supersede(stored.loc[told.frame.index[changed], "id"], recorded_at)
            fresh = told.frame.assign(finality=told.frame["finality"].mask(changed & settled, "revised"))
            self._insert(told.series, fresh[new | changed], batch, recorded_at)
        return written

    def _current(self, series: str) -> pd.DataFrame:
        """Return the current versions of a series; index session, columns of a bar and ``id``."""
        query = select(bars.c.id, *_bar_columns()).where(bars.c.series == series, _known(None))
        return _frame(self._connection.execute(query).all(), {"id": "int64"})

    def _check_clock(self, series: str, recorded_at: datetime) -> None:
        query = select(func.max(batches.c.recorded_at)).where(batches.c.series == series)
        last = self._connection.execute(query).scalar()
        if last is not None and recorded_at < last:
            raise ClockWentBack(f"a batch of {series}", recorded_at, last)

    def _write_batch(self, told: Bars, recorded_at: datetime, written: Written) -> int:
        values = {
            "series": told.series,
            "source": told.source,
            "payload_hash": told.payload_hash,
            "fetched_at": told.fetched_at,
            "recorded_at": recorded_at,
            "inserted": written.inserted,
            "revised": written.revised,
            "unchanged": written.unchanged,
        }
        return int(self._connection.execute(insert(batches).returning(batches.c.id), values).scalar_one())

    def _supersede(self, ids: pd.Series[Any], recorded_at: datetime) -> None:
        if ids.empty:
            return
        ended = update(bars).where(bars.c.id == bindparam("old")).values(superseded_at=bindparam("now"))
        self._connection.execute(ended, [{"old": int(old), "now": recorded_at} for old in ids])

    def _insert(self, series: str, frame: pd.DataFrame, batch: int, recorded_at: datetime) -> None:
        told = frame[list(_DTYPES)].rename_axis("session_date").reset_index()
        same = {"series": series, "batch_id": batch, "recorded_at": recorded_at, "superseded_at": None}
        insert_rows(self._connection, bars, [{**row, **same} for row in frame_to_rows(told, bars)])

    def bars(self, series: str, as_of: datetime | None = None) -> pd.DataFrame:
        """Return the bars of one series as they were known at an instant.

        Parameters
        ----------
        series : str
            Series id.
        as_of : datetime, optional
            Zone-aware; None is now.

        Returns
        -------
        DataFrame
            Index: sessions, naive midnight ``datetime64[us]``, named ``session``, increasing. Columns
            ``open high low close volume`` (float64, NaN: absent in the source) and ``finality``
            (``provisional``, ``final`` or ``revised``). Empty for an unknown series.

        Raises
        ------
        BadValue
            If `as_of` has no zone.
        """
        query = select(*_bar_columns()).where(bars.c.series == series, _known(as_of))
        return _frame(self._connection.execute(query.order_by(bars.c.session_date)).all(), {})

    def closes(self, series_ids: Sequence[str], as_of: datetime | None = None) -> pd.DataFrame:
        """Return the closes of several series side by side.

        Parameters
        ----------
        series_ids : sequence of str
            Series ids, in the order of the columns wanted.
        as_of : datetime, optional
            Zone-aware; None is now.

        Returns
        -------
        DataFrame
            Index: every session of any of them, ``datetime64[us]``, named ``session``, increasing.
            One float64 column a series that has bars, in the series' unit; NaN: no bar that session.

        Raises
        ------
        BadValue
            If `as_of` has no zone.
        """
        query = select(bars.c.series, bars.c.session_date, bars.c.close)
        found = self._connection.execute(query.where(bars.c.series.in_(series_ids), _known(as_of))).all()
        long = found_frame(found, {"series": "str", "session": _SESSION, "close": "float64"})
        wide = long.pivot(index="session", columns="series", values="close").rename_axis(columns=None)
        return wide[[name for name in series_ids if name in wide]]

    def last_session(self, series: str, as_of: datetime | None = None) -> date | None:
        """Return the latest session that a series had a bar for, None without any.

        Parameters
        ----------
        series : str
            Series id.
        as_of : datetime, optional
            Zone-aware; None is now.

        Returns
        -------
        date or None
            A session date.

        Raises
        ------
        BadValue
            If `as_of` has no zone.
        """
        query = select(func.max(bars.c.session_date)).where(bars.c.series == series, _known(as_of))
        return self._connection.execute(query).scalar()

    def coverage(self, as_of: datetime | None = None) -> pd.DataFrame:
        """Return what the store holds of each series.

        Parameters
        ----------
        as_of : datetime, optional
            Zone-aware; None is now.

        Returns
        -------
        DataFrame
            One row a series, by series id; index 0..n-1. Columns ``series``, ``first_session`` and
            ``last_session`` (``datetime64[us]``), ``rows`` (count), ``source`` (of the latest batch) and
            ``last_recorded_at`` (UTC, ``datetime64[us, UTC]``).

        Raises
        ------
        BadValue
            If `as_of` has no zone.
        """
        session, series = bars.c.session_date, bars.c.series
        facts = [
            func.min(session).label("first"),
            func.max(session).label("last"),
            func.count().label("rows"),
        ]
        newest = func.max(bars.c.batch_id).label("batch")
        held = select(series, *facts, newest).where(_known(as_of)).group_by(series).subquery()
        told = [
            held.c.series,
            held.c.first,
            held.c.last,
            held.c.rows,
            batches.c.source,
            batches.c.recorded_at,
        ]
        query = select(*told).join(batches, batches.c.id == held.c.batch).order_by(held.c.series)
        return found_frame(self._connection.execute(query).all(), _COVERAGE)


def _bar_columns() -> list[ColumnElement[Any]]:
    return [bars.c.session_date, *(bars.c[name] for name in _DTYPES)]


def _known(as_of: datetime | None) -> ColumnElement[bool]:
    """Return the condition that a version was the current one at an instant."""
    if as_of is None:
        return bars.c.superseded_at.is_(None)
    as_of = aware("as_of", as_of)
    return and_(
        bars.c.recorded_at <= as_of,
        or_(bars.c.superseded_at.is_(None), bars.c.superseded_at > as_of),
    )


def _frame(found: Sequence[Any], before: Mapping[str, str]) -> pd.DataFrame:
    return found_frame(found, {**before, "session": _SESSION, **_DTYPES}).set_index("session")


def _compare(told: pd.DataFrame, stored: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Return, per session told: is it new, has it changed, was the stored version settled (bool arrays)."""
    old = stored.reindex(told.index)
    new = old["close"].isna().to_numpy()
    before, now = old[_PRICES].to_numpy("float64"), told[_PRICES].to_numpy("float64")
    same = ((before == now) | (np.isnan(before) & np.isnan(now))).all(axis=1)
    settled = ~new & (old["finality"] != _PROVISIONAL).to_numpy(dtype=bool)
    settles = (told["finality"] != _PROVISIONAL).to_numpy(dtype=bool)
    return new, ~new & (~same | (settles & ~settled)), settled


def _check(told: Bars) -> None:
    """Raise `BadPrices` for bars that no store should hold."""
    frame, where = told.frame, f"bars of {told.series} from {told.source}"
    remedy = "have the provider check its rows before they are written"
    if not isinstance(frame.index, pd.DatetimeIndex) or not frame.index.is_monotonic_increasing:
        raise BadPrices(where, "sessions are not in order", remedy)
    if (
        not frame.index.is_unique
        or frame.index.tz is not None
        or (frame.index != frame.index.normalize()).any()
    ):
        raise BadPrices(where, "sessions are repeated or are no plain dates", remedy)
    if frame["close"].isna().any():
        raise BadPrices(where, f"no close on {frame.index[frame['close'].isna()][0].date()}", remedy)
    if not frame["finality"].isin([_PROVISIONAL, "final"]).all():
        raise BadPrices(where, "finality is neither provisional nor final", remedy)
