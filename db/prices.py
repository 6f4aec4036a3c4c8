"""Bars, bitemporal and append-only: what is known now, and what was known then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import bindparam, func, insert, select, update

from eventstudy.errors import BadPrices, BadValue
from eventstudy.values import aware

from .errors import ClockWentBack
from .hashes import rows_hash
from .revisions import find_revisions
from .rows import Written, found_frame, frame_to_rows, insert_rows
from .schema import bars, batches
from .versions import FIELDS, PRICES, SESSION, bar_frame, known, read_columns, sessions_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from eventstudy.values import Bars

_COVERAGE = {
    "series": "str",
    "first_session": SESSION,
    "last_session": SESSION,
    "rows": "int64",
    "source": "str",
    "last_recorded_at": "datetime64[us, UTC]",
}
_SOURCES = {"source": "str", "payload_hash": "str", "recorded_at": "datetime64[us, UTC]"}
_PROVISIONAL = "provisional"
_QUOTED = ("open", "high", "low", "close")


class LastBatch(NamedTuple):
    """The latest batch that changed something: where it came from, its payload's SHA-256, and when (UTC)."""

    source: str
    payload_hash: str
    recorded_at: datetime


class PriceRepository:
    """Reads and writes bars; a version once stored is never changed or deleted, only superseded."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, told: Bars, recorded_at: datetime, *, tolerance: float = 0.0) -> Written:
        """Store what a source told, keeping every earlier version.

        A session that is new is inserted. A session whose prices differ (exactly; NaN equals
        NaN), or whose provisional bar is now final, gets a new version, and the old one is
        marked superseded at `recorded_at`. The new version's finality is ``revised`` where the
        old one was settled. Sessions that `told` does not mention are left alone. Nothing at
        all is written when nothing changed.

        With a `tolerance` a session whose stored version came from another source counts as unchanged if
        every price that is told (volume aside) is within it; a provisional version is still settled, then
        with the prices told. A version of the same source is compared exactly whatever the tolerance.

        Parameters
        ----------
        told : Bars
            Bars of one series.
        recorded_at : datetime
            Zone-aware instant from which they count as known.
        tolerance : float
            Relative difference, a ratio to the stored price, that two sources may have; 0 allows none and
            compares exactly.

        Returns
        -------
        Written
            Sessions inserted, revised and unchanged.

        Raises
        ------
        BadPrices
            For sessions out of order or repeated, a missing close or an unknown finality.
        BadValue
            If `recorded_at` has no zone, or for a tolerance below 0 or not below 1.
        ClockWentBack
            If the series has bars recorded later than `recorded_at`.
        """
        recorded_at = aware("recorded_at", recorded_at)
        if not 0 <= tolerance < 1:
            raise BadValue("tolerance", tolerance, "a ratio from 0 up to, not including, 1")
        _check(told)
        stored = self._current(told.series)
        near = self._near(told, stored, tolerance) if tolerance else np.zeros(len(told.frame), dtype=bool)
        new, changed, settled = _compare(told.frame, stored, near)
        written = Written(int(new.sum()), int(changed.sum()), int((~new & ~changed).sum()))
        if written.inserted or written.revised:
            self._check_clock(told.series, recorded_at)
            finality = told.frame["finality"].mask(changed & settled, "revised")
            fresh = told.frame.assign(finality=finality)[new | changed]
            batch = self._write_batch(told, fresh, recorded_at, written)
            self._supersede(stored.loc[told.frame.index[changed], "id"], recorded_at)
            self._insert(told.series, fresh, batch, recorded_at)
        return written

    def _current(self, series: str) -> pd.DataFrame:
        """Return the current versions of a series by session; columns of a bar, ``id`` and ``batch_id``."""
        wanted = [bars.c.id, bars.c.batch_id, *_bar_columns()]
        query = select(*wanted).where(bars.c.series == series, known(None))
        numbers, batch, *columns = read_columns(self._connection, query)
        frame = bar_frame(columns)
        frame["id"] = np.asarray(numbers, dtype="int64")
        frame["batch_id"] = np.asarray(batch, dtype="int64")
        return frame

    def _near(self, told: Bars, stored: pd.DataFrame, tolerance: float) -> Any:  # noqa: ANN401
        """Return, per session told: is each price within the tolerance of another source's (bool array)."""
        query = select(batches.c.id).where(batches.c.series == told.series, batches.c.source != told.source)
        others = set(self._connection.execute(query).scalars())
        old = stored.reindex(told.frame.index)
        before, now = (frame[list(_QUOTED)].to_numpy("float64") for frame in (old, told.frame))
        near = np.isnan(now) | (np.abs(now - before) <= tolerance * np.abs(before))
        return near.all(axis=1) & old["batch_id"].isin(others).to_numpy()

    def _check_clock(self, series: str, recorded_at: datetime) -> None:
        query = select(func.max(batches.c.recorded_at)).where(batches.c.series == series)
        last = self._connection.execute(query).scalar()
        if last is not None and recorded_at < last:
            raise ClockWentBack(f"a batch of {series}", recorded_at, last)

    def _write_batch(self, told: Bars, fresh: pd.DataFrame, recorded_at: datetime, written: Written) -> int:
        columns = [fresh.index.to_numpy(), *(fresh[name].to_numpy() for name in FIELDS)]
        values = {
            "series": told.series,
            "source": told.source,
            "payload_hash": told.payload_hash,
            "fetched_at": told.fetched_at,
            "recorded_at": recorded_at,
            "inserted": written.inserted,
            "revised": written.revised,
            "unchanged": written.unchanged,
            "rows_hash": rows_hash(told.series, told.source, told.payload_hash, columns),
        }
        return int(self._connection.execute(insert(batches).returning(batches.c.id), values).scalar_one())

    def _supersede(self, ids: pd.Series[Any], recorded_at: datetime) -> None:
        if ids.empty:
            return
        ended = update(bars).where(bars.c.id == bindparam("old")).values(superseded_at=bindparam("now"))
        self._connection.execute(ended, [{"old": int(old), "now": recorded_at} for old in ids])

    def _insert(self, series: str, frame: pd.DataFrame, batch: int, recorded_at: datetime) -> None:
        told = frame[list(FIELDS)].rename_axis("session_date").reset_index()
        same = {"series": series, "batch_id": batch, "recorded_at": recorded_at}
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
        query = select(*_bar_columns()).where(bars.c.series == series, known(as_of))
        return bar_frame(read_columns(self._connection, query.order_by(bars.c.session_date)))

    def sources(self, series: str, as_of: datetime | None = None) -> pd.DataFrame:
        """Return where each bar of one series came from, of the versions known at an instant.

        Parameters
        ----------
        series : str
            Series id.
        as_of : datetime, optional
            Zone-aware; None is now.

        Returns
        -------
        DataFrame
            Index as that of `bars`. Columns ``source``, ``payload_hash`` (SHA-256 of the bytes that were
            read) and ``recorded_at`` (UTC). Empty for an unknown series.

        Raises
        ------
        BadValue
            If `as_of` has no zone.
        """
        told = [batches.c.source, batches.c.payload_hash, batches.c.recorded_at]
        query = select(bars.c.session_date, *told).join(batches, batches.c.id == bars.c.batch_id)
        query = query.where(bars.c.series == series, known(as_of)).order_by(bars.c.session_date)
        dates, *columns = read_columns(self._connection, query)
        frame = found_frame(list(zip(*columns, strict=True)), _SOURCES)
        return frame.set_axis(sessions_of(dates))

    def last_batch(self, series: str) -> LastBatch | None:
        """Return the latest batch of a series that changed something, None without any.

        The same payload of the same source told again can change nothing, except that it settles bars that
        are still provisional.

        Parameters
        ----------
        series : str
            Series id.

        Returns
        -------
        LastBatch or None
            A tuple: source, payload hash, instant of the recording.
        """
        told = [batches.c.source, batches.c.payload_hash, batches.c.recorded_at]
        query = select(*told).where(batches.c.series == series).order_by(batches.c.id.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else LastBatch(*row)

    def revisions(
        self, series: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> pd.DataFrame:
        """Return every price that was changed after it was stored: the diff between two states of knowledge.

        A version that only settles a provisional bar changes no price and is not among them.

        Parameters
        ----------
        series : str, optional
            Series id; None: all.
        since, until : datetime, optional
            Zone-aware; revisions recorded after `since` and not after `until`, which is what lies between the
            answers as of those instants. None: no bound.

        Returns
        -------
        DataFrame
            One row a changed field, in order of writing; index 0..n-1. Columns ``series``, ``session``
            (``datetime64[us]``), ``field`` (open, high, low, close or volume), ``old`` and ``new``
            (float64, in the series' unit; NaN: absent), ``old_finality``, ``new_finality``,
            ``recorded_at`` (UTC) and ``source`` (of the new version).

        Raises
        ------
        BadValue
            For an instant without a zone.
        """
        return find_revisions(self._connection, series, since, until)

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
        wanted = query.where(bars.c.series.in_(series_ids), known(as_of))
        names, dates, closes = read_columns(self._connection, wanted)
        told = {"series": pd.array(names, dtype="str"), "close": np.asarray(closes, dtype="float64")}
        long = pd.DataFrame(told, index=sessions_of(dates)).reset_index()
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
        query = select(func.max(bars.c.session_date)).where(bars.c.series == series, known(as_of))
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
        held = select(series, *facts, newest).where(known(as_of)).group_by(series).subquery()
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
    return [bars.c.session_date, *(bars.c[name] for name in FIELDS)]


def _compare(told: pd.DataFrame, stored: pd.DataFrame, near: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401
    """Return, per session told: is it new, has it changed, was the stored version settled (bool arrays)."""
    old = stored.reindex(told.index)
    new = old["close"].isna().to_numpy()
    before, now = (frame[list(PRICES)].to_numpy("float64") for frame in (old, told))
    same = near | ((before == now) | (np.isnan(before) & np.isnan(now))).all(axis=1)
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
