"""What a provider of prices must do, the records it exchanges, and the screening of what it brings.

A provider works in three steps, ``ask -> fetch -> read``, and only the middle one leaves the process.
The laws, held by ``tests/contract/test_provider_laws.py`` for every provider:

1.  ``ask`` is pure: the same question gives an equal `Request`, and nothing is touched. A series that
    the provider does not carry raises `jobs.errors.NoSuchSeriesHere`; an id that no series has
    raises `eventstudy.errors.UnknownSeries`.
2.  ``fetch`` is the only step that touches disk or network. It returns bytes and the instant of the
    fetch, or raises a `jobs.errors.ProviderError` or `eventstudy.errors.BadPrices`; nothing else
    comes out of it. It does not try again: that is for `jobs.retry`.
3.  ``read`` and ``remarks`` are pure functions of the payload: the same payload gives the same bars, today
    and in ten years, so that stored payloads can be read again.
4.  Bars hold the sessions from ``start`` to ``end``, both included, strictly increasing, as the source
    told them: nothing is filled, interpolated, adjusted or repaired. A row that cannot be a
    bar (no close, a price of zero) is left out and is a remark.
5.  A bar is ``final`` only if its session had closed when it was fetched, with the source's own
    margin; else it is ``provisional``.
6.  A live source that answers without a row for a range that holds closed sessions has failed
    (`jobs.errors.EmptyAnswer`). A folder or a simulated market ends where it ends.
7.  A provider never imports ``db``, and never mixes worlds: `Provider.world` is ``real`` or ``simulated``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.series import series as series_record
from eventstudy.sessions import FIRST_DAY, LAST_DAY, last_closed_session, sessions
from eventstudy.values import Bars

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventstudy.arrays import Bool1D
    from eventstudy.values import Event
    from jobs.clock import Clock
    from jobs.settings import Settings

PRICES: tuple[str, ...] = ("open", "high", "low", "close")
COLUMNS: tuple[str, ...] = (*PRICES, "volume")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a provider may know of the world around it.

    Attributes
    ----------
    settings : Settings
        Time limits and the seed.
    clock : Clock
        Stamps what is fetched.
    events : tuple of Event
        The register, for simulated markets.
    """

    settings: Settings
    clock: Clock
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one provider.

    Attributes
    ----------
    series : str
        Series id.
    place : str
        Provider and place, such as ``yahoo:^N225``; becomes `eventstudy.values.Bars.source`.
    start, end : date or None
        First and last session wanted, both included; None means as far as the source goes.
    """

    series: str
    place: str
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """What a source answered, as bytes.

    Attributes
    ----------
    request : Request
        The question.
    content : bytes
        The answer, complete: `Provider.read` needs nothing else.
    fetched_at : datetime
        Zone-aware instant of the fetch.
    meta : mapping of str to str
        What is worth keeping beside the bytes, for people.
    """

    request: Request
    content: bytes
    fetched_at: datetime
    meta: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()


class Provider(Protocol):
    """A source of daily bars; the laws are in this module's docstring."""

    @property
    def name(self) -> str:
        """Key in `jobs.providers.PROVIDERS`."""
        ...

    @property
    def world(self) -> Literal["real", "simulated"]:
        """``real``, or ``simulated``: the two never meet in one store."""
        ...

    def available(self) -> tuple[str, ...]:
        """Return the ids of the series that it may hold, in the order of the table of series."""
        ...

    def ask(self, series_id: str, start: date | None, end: date | None) -> Request:
        """Return the request for a series from one date to another, both included."""
        ...

    def fetch(self, request: Request) -> Payload:
        """Return the source's answer; the only step that touches disk or network."""
        ...

    def read(self, payload: Payload) -> Bars:
        """Return the bars that the bytes hold."""
        ...

    def remarks(self, payload: Payload) -> tuple[Finding, ...]:
        """Return what `read` left out of the bars, and what holds for the whole answer."""
        ...


def to_bars(payload: Payload, frame: pd.DataFrame, *, margin: timedelta = timedelta(0)) -> Bars:
    """Return the bars of a payload from its parsed rows: cut to the request, with finality and provenance.

    Parameters
    ----------
    payload : Payload
        Where the rows were read from.
    frame : DataFrame
        Index: sessions as naive midnights, strictly increasing. Columns `COLUMNS`, float64, NaN for
        "absent in the source", never in ``close``.
    margin : timedelta
        How long after its close a bar of this source may still change.

    Returns
    -------
    Bars
        Lawful bars; possibly none.

    Raises
    ------
    OutsideData
        If the payload was fetched outside the calendar's years.
    """
    request = payload.request
    kept = within(frame, request)
    index = pd.DatetimeIndex(kept.index.astype("datetime64[us]"), name="session")
    closed = index <= pd.Timestamp(closed_by(request.series, payload.fetched_at - margin))
    finality = pd.Series(np.where(closed, "final", "provisional"), index=index, dtype="str")
    rows = kept[list(COLUMNS)].astype(np.float64).set_axis(index).assign(finality=finality)
    return Bars(request.series, rows, request.place, payload.hash, payload.fetched_at)


def within(frame: pd.DataFrame, request: Request) -> pd.DataFrame:
    """Return the rows from the request's start to its end, both included.

    Parameters
    ----------
    frame : DataFrame
        Index of naive midnights, increasing.
    request : Request
        Whose range is meant; None is open.

    Returns
    -------
    DataFrame
        Same columns.
    """
    first = request.start and pd.Timestamp(request.start)
    last = request.end and pd.Timestamp(request.end)
    return frame.loc[first:last]


def closed_by(series_id: str, moment: datetime) -> date:
    """Return the last session of a series whose daily value exists at an instant; raises OutsideData."""
    return last_closed_session(series_record(series_id).clock, moment)


def due(series_id: str, first: date, last: date) -> pd.DatetimeIndex:
    """Return the sessions of a series' clock, as far as the calendar reaches.

    Parameters
    ----------
    series_id : str
        Series id.
    first, last : date
        Range, both included; cut to the years of the calendar.

    Returns
    -------
    DatetimeIndex
        Naive midnights; may be empty.
    """
    first, last = max(first, FIRST_DAY), min(last, LAST_DAY)
    if first > last:
        return pd.DatetimeIndex([], dtype="datetime64[us]", name="session")
    return sessions(series_record(series_id).clock, first, last)


def possible(series_id: str, index: pd.DatetimeIndex) -> Bool1D:
    """Return which dates can be sessions of a series.

    Dates outside the calendar's years are all taken for possible. Yields are only held to
    Monday to Friday: bond markets trade on some days on which the exchange is closed.

    Parameters
    ----------
    series_id : str
        Series id.
    index : DatetimeIndex
        Naive midnights.

    Returns
    -------
    ndarray of bool
        One for each date.
    """
    record = series_record(series_id)
    weekday = np.asarray(index.day_of_week < 5, dtype=np.bool_)
    if record.quantity == "yield" or index.empty:
        return weekday
    outside = (index < pd.Timestamp(FIRST_DAY)) | (index > pd.Timestamp(LAST_DAY))
    own = due(series_id, index.min().date(), index.max().date())
    return np.asarray(outside | index.isin(own), dtype=np.bool_)


def examine(provider: Provider, payload: Payload) -> tuple[Bars, tuple[Finding, ...]]:
    """Return the bars of a payload that passed the screen, and everything found on the way.

    Parameters
    ----------
    provider : Provider
        Who fetched it.
    payload : Payload
        What it answered.

    Returns
    -------
    Bars, tuple of Finding
        A session reported as quarantined by the provider is not reported as missing too.

    Raises
    ------
    ProviderError, BadPrices
        As `Provider.read`.
    """
    remarks = provider.remarks(payload)
    bars, found = screen(provider.read(payload))
    told = {remark.session_date for remark in remarks if remark.severity == "quarantined"}
    new = (item for item in found if not (item.rule == "missing session" and item.session_date in told))
    return bars, (*remarks, *new)


def screen(bars: Bars) -> tuple[Bars, tuple[Finding, ...]]:
    """Take out the rows that cannot be, and report them and whatever else looks wrong.

    Rules: ``no session`` (the series' clock has no session on that date: quarantined; not
    applied outside the calendar's years, see `possible`); as warnings, ``missing session``
    (a session between the first and the last bar has none; not for yields, because bond
    markets keep holidays of their own), ``inconsistent`` (high below open,
    low or close, or low above open or close) and ``stale repeat`` (open, high, low and close all
    equal those of the bar before).

    Parameters
    ----------
    bars : Bars
        As `Provider.read` returned them.

    Returns
    -------
    Bars, tuple of Finding
        The bars without quarantined rows, and the findings in order of date.
    """
    frame = bars.frame
    kept = frame[possible(bars.series, pd.DatetimeIndex(frame.index))]
    findings = [
        *_strays(bars.series, frame.drop(kept.index)),
        *_gaps(bars.series, kept),
        *_contradictions(bars.series, kept),
        *_repeats(bars.series, kept),
    ]
    ordered = sorted(findings, key=lambda item: (item.session_date or date.min, item.rule))
    return replace(bars, frame=kept), tuple(ordered)


def _strays(series_id: str, rows: pd.DataFrame) -> Iterator[Finding]:
    clock = series_record(series_id).clock
    for day, close in rows["close"].items():
        expected = f"no bar: the clock {clock} has no session on {_date(day):%A %Y-%m-%d}"
        yield Finding(series_id, _date(day), "no session", "quarantined", f"close {close:.10g}", expected)


def _gaps(series_id: str, rows: pd.DataFrame) -> Iterator[Finding]:
    if rows.empty or series_record(series_id).quantity == "yield":
        return
    first, last = _date(rows.index[0]), _date(rows.index[-1])
    for day in due(series_id, first, last).difference(pd.DatetimeIndex(rows.index)):
        yield Finding(series_id, _date(day), "missing session", "warning", "no bar", "a bar")


def _contradictions(series_id: str, rows: pd.DataFrame) -> Iterator[Finding]:
    top, bottom = rows[["open", "low", "close"]].max(axis=1), rows[["open", "high", "close"]].min(axis=1)
    expected = "low <= open, close <= high"
    for day, row in rows[(rows["high"] < top) | (rows["low"] > bottom)].iterrows():
        yield Finding(series_id, _date(day), "inconsistent", "warning", _told(row), expected)


def _repeats(series_id: str, rows: pd.DataFrame) -> Iterator[Finding]:
    same = rows[list(PRICES)].eq(rows[list(PRICES)].shift()).all(axis=1)
    for day, row in rows[same].iterrows():
        yield Finding(
            series_id, _date(day), "stale repeat", "warning", _told(row), "other prices than before"
        )


def _told(row: pd.Series[float]) -> str:
    return " ".join(f"{name} {row[name]:.10g}" for name in PRICES if row[name] == row[name])


def _date(day: object) -> date:
    return pd.Timestamp(day).date()  # type: ignore[arg-type]
