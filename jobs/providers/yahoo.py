"""Prices from Yahoo Finance through yfinance, which only this file imports and does not trust.

yfinance hides failures behind empty frames, remembers bad answers and retries nothing; see the
error table that ``tests/contract/test_yahoo_errors.py`` holds it to. So what is kept is what Yahoo said, byte
for byte, and it is read by `jobs.providers.yahoo_chart`; a reading of yfinance that differs is refused.
Yahoo's terms allow personal use.
"""

from __future__ import annotations

import atexit
import json
import logging
import math
import os
import tempfile
import time
import warnings
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import yfinance
from yfinance.data import YfData, new_session  # type: ignore[attr-defined]
from yfinance.exceptions import YFDataException, YFRateLimitError, YFTickerMissingError

from eventstudy.series import SERIES, series
from eventstudy.sessions import CLOCKS
from jobs.errors import (
    EmptyAnswer,
    Malformed,
    NoNetwork,
    NoSuchSeriesHere,
    ProviderError,
    RateLimited,
    SourceTrouble,
    SymbolUnknown,
)
from jobs.providers.base import COLUMNS, PRICES, Payload, Request, closed_by, due
from jobs.providers.yahoo_chart import (
    HOURLY,
    NEW_YORK,
    NOTHING,
    daily_rows,
    disagreement,
    hourly_rows,
    read_chart,
)
from jobs.providers.yahoo_reading import (
    EARLIEST,
    SYMBOLS,
    WHY_NOT,
    Symbol,
    hours_since,
    payload_rows,
    read_bars,
    remarks_on,
)
from jobs.refused import ClocksDisagree

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from eventstudy.quality.finding import Finding
    from eventstudy.values import Bars
    from jobs.clock import Clock
    from jobs.providers.base import Surroundings

_FARTHEST_AHEAD = timedelta(hours=14)  # no place on earth is further ahead of UTC
_SKEW = timedelta(minutes=10)  # of two clocks: far less than a bar takes to settle
_CHART = "/v8/finance/chart/"
_NO_ROWS = (200, 400)  # statuses with which Yahoo says that a range holds nothing
_CONNECT = 3.0  # seconds
_ASIDE = 2.0  # seconds for the cookie and crumb requests, which the chart does not need


class YahooProvider:
    """Yahoo Finance, one symbol at a time, unadjusted.

    Prices are as Yahoo gives them unadjusted: restated for splits, not for dividends. A volume of 0 is read
    as absent, because Yahoo writes 0 where it has none. `usdjpy` is made of hourly bars, see
    `jobs.providers.yahoo_chart.new_york_days`, of which Yahoo keeps two years.

    Parameters
    ----------
    clock : Clock
        Stamps what is fetched.
    timeout : float
        Seconds that one request may take.
    spacing : float
        Seconds between the starts of two fetches, so that Yahoo is not hammered.
    session : object, optional
        A ``requests`` or ``curl_cffi`` session of one's own; by default one that looks like a browser.
    sleep, timer : callable
        Wait that many seconds; seconds on a clock that never goes back.
    """

    name = "yahoo"
    world: Literal["real", "simulated"] = "real"
    second_look = True
    """Whether its newest bars are final only when a later fetch repeats them, see `jobs.pipelines.intake`."""

    def __init__(
        self,
        clock: Clock,
        *,
        timeout: float = 8.0,
        spacing: float = 1.0,
        session: Any = None,  # noqa: ANN401
        sleep: Callable[[float], None] = time.sleep,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._spacing, self._sleep, self._timer = clock, spacing, sleep, timer
        self._earliest_start = -math.inf
        self._wire = _Wire(session or new_session(), timeout)  # type: ignore[no-untyped-call]

    def available(self) -> tuple[str, ...]:
        """Return the ids that have a symbol."""
        return tuple(key for key in SERIES if key in SYMBOLS)

    def ask(self, series_id: str, start: date | None, end: date | None) -> Request:
        """Return the request for a symbol; raises UnknownSeries or NoSuchSeriesHere with the proxy."""
        if series(series_id).id not in SYMBOLS:
            raise NoSuchSeriesHere(series_id, "yahoo", WHY_NOT.get(series_id, ""))
        return Request(series_id, SYMBOLS[series_id].place, start, end)

    def fetch(self, request: Request) -> Payload:
        """Return the body of Yahoo's answer as it came, once it is known that yfinance reads the same in it.

        Raises
        ------
        RateLimited, NoNetwork, SourceTrouble, EmptyAnswer
            Worth another try later.
        SymbolUnknown, Malformed, ClocksDisagree
            Not worth one.
        """
        moment, symbol = self._clock.now(), SYMBOLS[request.series]
        first, last = _range(request, moment)
        content = self._told(request, moment, first, last) if first <= last else NOTHING
        payload = Payload(request, content, moment, {"yfinance": yfinance.__version__})
        closed = min(last, closed_by(request.series, moment - symbol.margin))
        if payload_rows(payload)["close"].isna().all() and len(due(request.series, first, closed)):
            raise EmptyAnswer(request.place, first, closed)
        return payload

    def _told(self, request: Request, moment: datetime, first: date, last: date) -> bytes:
        symbol = SYMBOLS[request.series]
        zone = (
            NEW_YORK
            if symbol.interval == HOURLY
            else symbol.zone or CLOCKS[series(request.series).clock].zone
        )
        before = timedelta(days=symbol.interval == HOURLY)  # the currency day begins the evening before
        _prepare()
        self._sleep(max(0.0, self._earliest_start - self._timer()))
        self._earliest_start = self._timer() + self._spacing
        frame = self._history(request, zone, first - before, last)
        if self._wire.server_time is not None and abs(self._wire.server_time - moment) > _SKEW:
            raise ClocksDisagree(request.place, self._wire.server_time, moment)
        _confirm(request, self._wire.body, frame, pd.Timestamp(last + timedelta(days=1), tz=zone))
        return self._wire.body

    def _history(self, request: Request, zone: str, first: date, last: date) -> pd.DataFrame:
        try:
            return self._wire.history(SYMBOLS[request.series], zone, first, last)
        except Exception as trouble:
            if isinstance(trouble, YFTickerMissingError) and self._wire.status in _NO_ROWS:
                return pd.DataFrame()
            raise _classified(request, self._wire, trouble) from trouble

    def read(self, payload: Payload) -> Bars:
        """Return the rows that have prices; see `jobs.providers.yahoo_reading.read_bars`."""
        return read_bars(payload)

    def remarks(self, payload: Payload) -> tuple[Finding, ...]:
        """Return what `read` left out and what is odd; see `jobs.providers.yahoo_reading.remarks_on`."""
        return remarks_on(payload)


class _Wire:
    """The session under yfinance: it keeps each request short and what the last chart request brought."""

    def __init__(self, session: Any, timeout: float) -> None:  # noqa: ANN401
        self.timeout = timeout
        self._session, self._send = session, session.request
        session.request = self._request
        self._forget()

    def _forget(self) -> None:
        self.status, self.body = 0, b""
        self.after: int | None = None
        self.server_time: datetime | None = None

    def history(self, symbol: Symbol, zone: str, first: date, last: date) -> pd.DataFrame:
        """Return what yfinance makes of one chart, asked for afresh and with the zone given."""
        self._forget()
        YfData.cache_get.cache_clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # yfinance uses what pandas 3.1 deprecates
            source = yfinance.Ticker(symbol.ticker, session=self._session)  # type: ignore[no-untyped-call]
            source._tz = zone  # spares a request, guesses when that request fails, and a database of zones
            frame: pd.DataFrame = source.history(
                start=first.isoformat(),
                end=(last + timedelta(days=1)).isoformat(),
                interval=symbol.interval,
                auto_adjust=False,
                actions=True,
                keepna=True,
                repair=False,
            )
        return frame

    def _request(self, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401
        charting = _CHART in url
        seconds = self.timeout if charting else min(_ASIDE, self.timeout)
        if charting:
            self._forget()
        answer = self._send(method, url, **{**options, "timeout": (min(_CONNECT, seconds), seconds)})
        if charting:
            self.status, self.body = answer.status_code, answer.content
            self.after, self.server_time = _seconds(answer), _server_time(answer)
        return answer


def _seconds(answer: Any) -> int | None:  # noqa: ANN401
    told = str(answer.headers.get("Retry-After", ""))
    return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else None


def _server_time(answer: Any) -> datetime | None:  # noqa: ANN401
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return told if told.tzinfo else None


@cache
def _prepare() -> None:
    """Set what yfinance keeps for the whole process: loud errors, a quiet log, a cache of its own."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="eventstudy-yfinance-", ignore_cleanup_errors=True)
        atexit.register(folder.cleanup)
        place = folder.name
    except OSError:
        place = os.path.join(os.devnull, "none")  # noqa: PTH118  (no folder: yfinance does without a cache)
    yfinance.set_tz_cache_location(place)
    yfinance.config.debug.hide_exceptions = False
    logging.getLogger("yfinance").addHandler(logging.NullHandler())


def _classified(request: Request, wire: _Wire, trouble: Exception) -> ProviderError:
    """Return the typed error for what yfinance raised, by status and kind, never by its words."""
    place, kinds = request.place, {kind.__name__ for kind in type(trouble).__mro__}
    if wire.status == 429 or isinstance(trouble, YFRateLimitError):
        return RateLimited(place, wire.after)
    if wire.status == 404:
        return SymbolUnknown(request.series, place)
    if wire.status > 400 or "HTTPError" in kinds:
        return SourceTrouble(place, f"answered with HTTP status {wire.status}")
    if isinstance(trouble, YFDataException | json.JSONDecodeError):
        return SourceTrouble(place, "sent a page instead of prices")
    if kinds & {"Timeout", "TimeoutError"}:
        return NoNetwork(place, f"no answer within {wire.timeout:g} seconds")
    if isinstance(trouble, OSError):
        return NoNetwork(place, type(trouble).__name__)
    return Malformed(place, f"{type(trouble).__name__}: {trouble}")


def _range(request: Request, moment: datetime) -> tuple[date, date]:
    today = (moment + _FARTHEST_AHEAD).date()
    first = request.start or EARLIEST
    if SYMBOLS[request.series].interval == HOURLY:
        first = max(first, hours_since(moment))
    return first, min(request.end or today, today)


def _confirm(request: Request, body: bytes, frame: pd.DataFrame, end: pd.Timestamp) -> None:
    """Raise Malformed unless yfinance reads the same rows in an answer as this program does."""
    place, hourly = request.place, SYMBOLS[request.series].interval == HOURLY
    chart = read_chart(place, body)
    ours, twice = hourly_rows(chart) if hourly else daily_rows(chart)
    theirs = _of_yfinance(place, frame, chart.zone, hourly=hourly)
    if hourly:  # it cuts to hours of business, and merges the live row into its hour in a way of its own
        end = min(end.tz_convert("UTC"), ours.index[-1]) if len(ours) else end
        ours = ours[ours.index.isin(theirs.index)]
    else:
        end = end.tz_localize(None)
    invented = theirs[list(PRICES)].isna().all(axis=1) & ~theirs.index.isin(ours.index)
    theirs = theirs[~invented]  # it makes an empty row for a dividend of a day that has not opened yet
    theirs = theirs[~theirs.index.isin(twice)]  # of two rows it takes the first
    apart = disagreement(ours[ours.index < end], theirs[theirs.index < end])
    if apart:
        raise Malformed(place, f"yfinance reads {apart}")


def _of_yfinance(place: str, frame: pd.DataFrame, zone: str, *, hourly: bool) -> pd.DataFrame:
    if frame.empty:
        nothing = read_chart(place, NOTHING)
        return hourly_rows(nothing)[0] if hourly else daily_rows(nothing)[0]
    names = {name.title(): name for name in COLUMNS}
    missing = [name for name in names if name not in frame]
    if missing or not isinstance(frame.index, pd.DatetimeIndex) or frame.index.tz is None:
        raise Malformed(place, f"no {', '.join(missing)}" if missing else "dates without a time zone")
    index = frame.index.tz_convert("UTC") if hourly else frame.index.tz_convert(zone).tz_localize(None)
    rows = frame[list(names)].rename(columns=names).astype(np.float64)
    return rows.set_axis(index if hourly else index.normalize()).sort_index()


def open_provider(argument: str, surroundings: Surroundings) -> YahooProvider:
    """Return the provider of ``yahoo``, with the time limit of the settings."""
    return YahooProvider(surroundings.clock, timeout=surroundings.settings.timeout)
