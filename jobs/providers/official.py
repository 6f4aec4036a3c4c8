"""What official sources share: one way of being asked, and strict readers of text, dates and numbers."""

from __future__ import annotations

import csv
import json
import re
from abc import ABC, abstractmethod
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.series import SERIES, series
from eventstudy.sessions import FIRST_DAY
from jobs.errors import EmptyAnswer, Malformed, NoSuchSeriesHere
from jobs.providers.base import COLUMNS, PRICES, Payload, Request, closed_by, due, to_bars, within

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from eventstudy.arrays import Bool1D
    from eventstudy.quality.finding import Severity
    from eventstudy.values import Bars
    from jobs.clock import Clock
    from jobs.providers.http import Wire

SETTLING = timedelta(minutes=30)
"""How long after a close an exchange's index may still change."""

_OLDEST = date(1949, 1, 1)  # no source of this service begins earlier: an older date is a damaged one
_FARTHEST_AHEAD = timedelta(hours=14)  # no place on earth is further ahead of UTC
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class OfficialProvider(ABC):
    """A publisher of its own figures, asked over the web.

    Parameters
    ----------
    clock : Clock
        Stamps what is fetched.
    wire : Wire
        The way to the source.

    Attributes
    ----------
    name : str
        Key in the table of providers.
    codes : mapping of str to str
        Series id to the source's own name of it.
    margin : timedelta
        How long after its close a value may still change.
    hole : str
        Severity of a closed session without a price: ``notice`` where the source marks holidays so.
    """

    name: str
    world: Literal["real", "simulated"] = "real"
    codes: ClassVar[Mapping[str, str]]
    margin: ClassVar[timedelta] = timedelta(0)
    hole: ClassVar[Severity] = "notice"

    def __init__(self, clock: Clock, wire: Wire) -> None:
        self._clock, self._wire = clock, wire

    def available(self) -> tuple[str, ...]:
        """Return the ids that the source publishes."""
        return tuple(key for key in SERIES if key in self.codes)

    def ask(self, series_id: str, start: date | None, end: date | None) -> Request:
        """Return the request for a series; raises UnknownSeries or NoSuchSeriesHere."""
        if series(series_id).id not in self.codes:
            raise NoSuchSeriesHere(series_id, self.name)
        return Request(series_id, f"{self.name}:{self.codes[series_id]}", start, end)

    def fetch(self, request: Request) -> Payload:
        """Return the source's answer, read once to know that it can be.

        Raises
        ------
        RateLimited, NoNetwork, SourceTrouble, EmptyAnswer
            Worth another try later.
        AccessRefused, SymbolUnknown, Malformed
            Not worth one.
        """
        moment = self._clock.now()
        payload = Payload(request, self._download(request), moment)
        first = request.start or FIRST_DAY
        closed = closed_by(request.series, moment - self.margin)
        last = min(request.end or closed, closed)
        if self.read(payload).frame.empty and len(due(request.series, first, last)):
            raise EmptyAnswer(request.place, first, last)
        return payload

    def read(self, payload: Payload) -> Bars:
        """Return the rows that have prices; raises Malformed, for the answer as a whole."""
        rows = self._rows(payload)
        return to_bars(payload, rows[_priced(payload.request.series, rows)], margin=self.margin)

    def remarks(self, payload: Payload) -> tuple[Finding, ...]:
        """Return the sessions without prices, and what holds for the whole answer; raises Malformed."""
        key, rows = payload.request.series, within(self._rows(payload), payload.request)
        bad = rows[~_priced(key, rows)]
        ended = closed_by(key, payload.fetched_at - self.margin)
        wanted = bad.notna().any(axis=1) | bad.index.isin(due(key, _OLDEST, ended))
        return (*_holes(key, bad[wanted], self.hole), *self._notices(payload, rows))

    @abstractmethod
    def _download(self, request: Request) -> bytes:
        """Return the answer to a request, complete."""

    @abstractmethod
    def _rows(self, payload: Payload) -> pd.DataFrame:
        """Return every row of the answer, as `table` does; pure."""

    def _notices(self, payload: Payload, rows: pd.DataFrame) -> Iterator[Finding]:
        """Yield what holds for the answer as a whole; `rows` are those of the request."""
        yield from ()


def table(payload: Payload, days: Sequence[date], columns: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Return rows as a table, or refuse them all.

    Parameters
    ----------
    payload : Payload
        Where they were read.
    days : sequence of date
        One for each row, in the order of the source.
    columns : mapping of str to sequence of float
        Some of `COLUMNS`, one number a day; NaN where the source has none.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, float64, NaN where absent; index of naive midnights as ``datetime64[us]``,
        strictly increasing; possibly empty.

    Raises
    ------
    Malformed
        For dates that repeat, go back, are older than any source or hold a value of the future.
    """
    place = payload.request.place
    for before, day in pairwise(days):
        if day <= before:
            raise Malformed(place, f"{day} comes after {before}")
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[us]"), name="session")
    told = {name: np.asarray(columns.get(name, np.full(len(days), np.nan)), float) for name in COLUMNS}
    frame = pd.DataFrame(told, index=index)
    latest = (payload.fetched_at + _FARTHEST_AHEAD).date()
    full = pd.DatetimeIndex(frame.index[frame.notna().any(axis=1)])
    if len(days) and days[0] < _OLDEST:
        raise Malformed(place, f"a row of {days[0]}")
    if len(full) and full[-1] > pd.Timestamp(latest):
        raise Malformed(place, f"a price of {full[-1]:%Y-%m-%d}, which lies in the future")
    return frame


def text_of(payload: Payload, encoding: str) -> str:
    """Return the content as text; raises Malformed."""
    try:
        return payload.content.decode(encoding)
    except UnicodeDecodeError as trouble:
        what = f"the byte 0x{payload.content[trouble.start]:02x} is not {encoding}"
        raise Malformed(payload.request.place, what) from None


def fields_of(place: str, text: str) -> list[list[str]]:
    """Return the comma-separated fields of each line, blank ends of the text left out; raises Malformed."""
    lines = (line.removesuffix("\r") for line in text.rstrip("\r\n").split("\n"))
    return [_split(place, number, line) for number, line in enumerate(lines, start=1)]


def _split(place: str, number: int, line: str) -> list[str]:
    if '"' not in line:
        return line.split(",") if line else []
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as trouble:
        raise Malformed(place, f"line {number}: {trouble}") from None


def number_of(place: str, text: str, absent: Container[str] = ()) -> float:
    """Return a plain decimal number, NaN for one of the source's marks of absence; raises Malformed."""
    if text in absent:
        return np.nan
    value = float(text) if _NUMBER.fullmatch(text) else np.inf
    if np.isinf(value):
        raise Malformed(place, f"{text[:40]!r} is not a number")
    return value


def day_of(place: str, text: str) -> date:
    """Return an ISO date; raises Malformed."""
    try:
        return date.fromisoformat(text if _ISO.fullmatch(text) else "")
    except ValueError:
        raise Malformed(place, f"{text[:40]!r} is not a date") from None


def json_of(payload: Payload) -> Any:  # noqa: ANN401  (whatever the source sent)
    """Return the content as JSON in which no key stands twice; raises Malformed."""
    try:
        return json.loads(payload.content, object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError) as trouble:
        raise Malformed(payload.request.place, f"{type(trouble).__name__}: {trouble}"[:120]) from None


def quantity_of(place: str, value: object) -> float:
    """Return a JSON number, NaN for null; raises Malformed."""
    if value is None:
        return np.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(place, f"{str(value)[:40]!r} is not a number")
    number = float(value) if abs(value) < 1e15 else np.inf
    if np.isinf(number):
        raise Malformed(place, "a number beyond all prices")
    return number


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a key that stands there twice")
    return told


def _refused(word: str) -> None:
    raise ValueError(f"the number {word}")


def _priced(series_id: str, rows: pd.DataFrame) -> Bool1D:
    """Return which rows have a close and no price that cannot be one."""
    told = np.asarray(rows["close"].notna())
    if series(series_id).quantity == "yield":
        return told
    return np.asarray(told & ~(rows[list(PRICES)] <= 0).any(axis=1))


def _holes(series_id: str, rows: pd.DataFrame, hole: Severity) -> Iterator[Finding]:
    for day, row in rows.iterrows():
        session, values = cast("pd.Timestamp", day).date(), cast("Any", tuple(map(float, row[list(COLUMNS)])))
        if row.isna().all():
            yield Finding(series_id, session, "missing close", hole, "no value", "a value or no row")
        else:
            rule = "missing close" if np.isnan(row["close"]) else "not a price"
            told = ", ".join(f"{name} {row[name]:g}" for name in COLUMNS if not np.isnan(row[name]))
            yield Finding(series_id, session, rule, "quarantined", told, "positive prices", values)
