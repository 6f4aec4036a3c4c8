"""What a provider of prices must do, the records it exchanges, and its answer on the way to the screen.

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
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import pandas as pd

from eventstudy.quality.days import due as due  # part of a provider's vocabulary
from eventstudy.quality.days import possible as possible  # part of a provider's vocabulary
from eventstudy.quality.screen import screen
from eventstudy.quality.telling import COLUMNS as COLUMNS  # part of a provider's vocabulary
from eventstudy.quality.telling import PRICES as PRICES  # part of a provider's vocabulary
from eventstudy.series import series as series_record
from eventstudy.sessions import last_closed_session
from eventstudy.values import Bars

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.quality.finding import Finding
    from eventstudy.values import Event
    from jobs.clock import Clock
    from jobs.settings import Settings


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
        A session reported as quarantined or without a close by the provider is not reported as missing too.

    Raises
    ------
    ProviderError, BadPrices
        As `Provider.read`.
    """
    remarks = provider.remarks(payload)
    bars, found = screen(provider.read(payload))
    told = {
        one.session_date for one in remarks if one.severity == "quarantined" or one.rule == "missing close"
    }
    new = (item for item in found if not (item.rule == "missing session" and item.session_date in told))
    return bars, (*remarks, *new)
