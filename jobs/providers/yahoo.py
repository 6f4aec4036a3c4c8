"""Prices from Yahoo Finance through yfinance, which only this file imports and does not trust.

yfinance hides failures behind empty frames, remembers bad answers and retries nothing; see the
error table that ``tests/contract/test_yahoo_errors.py`` holds it to. Yahoo's terms allow personal use.
"""

from __future__ import annotations

import atexit
import json
import logging
import math
import re
import tempfile
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import yfinance
from yfinance.cache import get_tz_cache
from yfinance.data import YfData, new_session  # type: ignore[attr-defined]
from yfinance.exceptions import YFDataException, YFRateLimitError, YFTickerMissingError

from eventstudy.quality.finding import Finding
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
from jobs.providers.base import (
    COLUMNS,
    PRICES,
    Payload,
    Request,
    closed_by,
    due,
    possible,
    to_bars,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from eventstudy.arrays import Bool1D
    from eventstudy.values import Bars
    from jobs.clock import Clock
    from jobs.providers.base import Surroundings

EARLIEST = date(1990, 1, 1)  # what "as far as the source goes" means here
_SETTLING = timedelta(minutes=30)
_FARTHEST_AHEAD = timedelta(hours=14)  # no place on earth is further ahead of UTC
_CHART = "/v8/finance/chart/"
_NO_ROWS = (200, 400)  # statuses with which Yahoo says that a range holds nothing
_CONNECT = 3.0  # seconds
_ASIDE = 2.0  # seconds for the cookie and crumb requests, which the chart does not need
_FIELDS = {**{name: name.title() for name in COLUMNS}, "split": "Stock Splits"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """Where Yahoo keeps a series.

    Attributes
    ----------
    ticker : str
        Yahoo's name for it.
    day : str
        Whose day a bar covers, if it is not the series' own clock; shown in the source and
        reported with every answer as a clock mismatch.
    margin : timedelta
        How long after the series' own close a bar may still change.
    zone : str
        IANA zone in which Yahoo dates it, if it is not that of the series' own clock.
    """

    ticker: str
    day: str = ""
    margin: timedelta = _SETTLING
    zone: str = ""

    @property
    def place(self) -> str:
        """Provider, ticker and day, as `eventstudy.values.Bars.source` shows it."""
        return f"yahoo:{self.ticker}" + (f" ({self.day})" if self.day else "")


def _listed_in_tokyo() -> dict[str, Symbol]:
    codes = {key: re.search(r"_(\d{4})(_|$)", key) for key in SERIES if SERIES[key].clock == "tokyo_close"}
    return {key: Symbol(f"{code[1]}.T") for key, code in codes.items() if code}


# London's midnight comes up to three hours after 17:00 in New York; gold trades on until 17:00, three and a
# half hours after its settlement
SYMBOLS: dict[str, Symbol] = {
    "nikkei225": Symbol("^N225"),
    "usdjpy": Symbol("JPY=X", "London day", timedelta(hours=3) + _SETTLING, "Europe/London"),
    "sp500": Symbol("^GSPC"),
    "vix": Symbol("^VIX"),
    "gold": Symbol("GC=F", margin=timedelta(hours=3.5) + _SETTLING),
    "us10y": Symbol("^TNX", "CBOE index of the newest note"),
    **{key: Symbol(key.upper()) for key in ("eww", "vnm", "eido", "ewj")},
    **_listed_in_tokyo(),
}
_WHY_NOT = {
    "topix": "Yahoo has no working symbol for the index",
    "jpx_nikkei_400": "Yahoo has no working symbol for the index",
    "nikkei_vi": "Yahoo has no working symbol for the index",
    "usdjpy_tokyo_1700": "Yahoo's currency day ends at London's midnight",
    "jgb10y": "Yahoo has no Japanese yields",
    "jgb2y": "Yahoo has no Japanese yields",
    "us2y": "Yahoo has no two-year yield",
}


class YahooProvider:
    """Yahoo Finance, one symbol at a time, unadjusted.

    Prices are as Yahoo gives them with ``auto_adjust=False``: restated for splits, not for dividends.
    A volume of 0 is read as absent, because Yahoo writes 0 where it has none.

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
            raise NoSuchSeriesHere(series_id, "yahoo", _WHY_NOT.get(series_id, ""))
        return Request(series_id, SYMBOLS[series_id].place, start, end)

    def fetch(self, request: Request) -> Payload:
        """Return Yahoo's rows in a form that does not depend on yfinance.

        Raises
        ------
        RateLimited, NoNetwork, SourceTrouble, EmptyAnswer
            Worth another try later.
        SymbolUnknown, Malformed
            Not worth one.
        """
        moment, symbol = self._clock.now(), SYMBOLS[request.series]
        first, last = _range(request, moment)
        frame = self._history(request, first, last) if first <= last else pd.DataFrame()
        answer = _canonical(request.place, frame)
        closed = min(last, closed_by(request.series, moment - symbol.margin))
        if all(close is None for close in answer["close"]) and len(due(request.series, first, closed)):
            raise EmptyAnswer(request.place, first, closed)
        content = json.dumps(answer, separators=(",", ":"), allow_nan=False).encode()
        return Payload(request, content, moment, {"yfinance": yfinance.__version__})

    def _history(self, request: Request, first: date, last: date) -> pd.DataFrame:
        symbol = SYMBOLS[request.series]
        zone = symbol.zone or CLOCKS[series(request.series).clock].zone
        _prepare()
        self._sleep(max(0.0, self._earliest_start - self._timer()))
        self._earliest_start = self._timer() + self._spacing
        try:
            return self._wire.history(symbol.ticker, zone, first, last)
        except Exception as trouble:
            if isinstance(trouble, YFTickerMissingError) and self._wire.status in _NO_ROWS:
                return pd.DataFrame()
            raise _classified(request, self._wire, trouble) from trouble

    def read(self, payload: Payload) -> Bars:
        """Return the rows that have prices, dated in the exchange's own zone; raises Malformed."""
        rows = _parsed(payload)
        frame = rows[_priced(payload.request.series, rows)]
        told = frame.assign(volume=frame["volume"].where(frame["volume"] > 0))
        return to_bars(payload, told, margin=SYMBOLS[payload.request.series].margin)

    def remarks(self, payload: Payload) -> tuple[Finding, ...]:
        """Return the closed sessions without prices, the splits, and whose day the bars cover."""
        key = payload.request.series
        rows = within(_parsed(payload), payload.request)
        ended = pd.Timestamp(closed_by(key, payload.fetched_at - SYMBOLS[key].margin))
        wanted = possible(key, pd.DatetimeIndex(rows.index)) & np.asarray(rows.index <= ended)
        return (*_holes(key, rows[wanted & ~_priced(key, rows)]), *_splits(key, rows), *_mismatch(key))


class _Wire:
    """The session under yfinance: it keeps each request short and remembers the last chart's status."""

    def __init__(self, session: Any, timeout: float) -> None:  # noqa: ANN401
        self.timeout, self.status = timeout, 0
        self._session, self._send = session, session.request
        session.request = self._request

    def history(self, ticker: str, zone: str, first: date, last: date) -> pd.DataFrame:
        """Return what yfinance makes of one chart, asked for afresh and with the zone given."""
        self.status = 0
        YfData.cache_get.cache_clear()
        zones = get_tz_cache()  # type: ignore[no-untyped-call]
        zones.store(ticker, zone)  # spares a request, and guesses when that request fails
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # yfinance uses what pandas 3.1 deprecates
            source = yfinance.Ticker(ticker, session=self._session)  # type: ignore[no-untyped-call]
            frame: pd.DataFrame = source.history(
                start=first.isoformat(),
                end=(last + timedelta(days=1)).isoformat(),
                auto_adjust=False,
                actions=True,
                keepna=True,
                repair=False,
            )
        return frame

    def _request(self, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401
        charting = _CHART in url
        seconds = self.timeout if charting else min(_ASIDE, self.timeout)
        self.status = 0 if charting else self.status
        answer = self._send(method, url, **{**options, "timeout": (min(_CONNECT, seconds), seconds)})
        self.status = answer.status_code if charting else self.status
        return answer


@cache
def _prepare() -> None:
    """Set what yfinance keeps for the whole process: loud errors, a quiet log, a cache of its own."""
    with suppress(OSError):  # without a temporary folder yfinance does without a cache
        folder = tempfile.TemporaryDirectory(prefix="eventstudy-yfinance-", ignore_cleanup_errors=True)
        atexit.register(folder.cleanup)
        yfinance.set_tz_cache_location(folder.name)
    yfinance.config.debug.hide_exceptions = False
    logging.getLogger("yfinance").addHandler(logging.NullHandler())


def _classified(request: Request, wire: _Wire, trouble: Exception) -> ProviderError:
    """Return the typed error for what yfinance raised, by status and kind, never by its words."""
    place, kinds = request.place, {kind.__name__ for kind in type(trouble).__mro__}
    if wire.status == 429 or isinstance(trouble, YFRateLimitError):
        return RateLimited(place)
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
    return request.start or EARLIEST, min(request.end or today, today)


def _canonical(place: str, frame: pd.DataFrame) -> dict[str, Any]:
    """Return a frame of yfinance as JSON-able columns; absent prices are None."""
    if frame.empty:
        return {"zone": "UTC", "time": [], **{name: [] for name in _FIELDS}}
    missing = [column for column in _FIELDS.values() if column not in frame]
    zone = getattr(frame.index, "tz", None)
    if missing or zone is None:
        raise Malformed(place, f"no {', '.join(missing)}" if missing else "dates without a time zone")
    columns = {name: frame[column].astype(float).tolist() for name, column in _FIELDS.items()}
    told = {
        name: [value if np.isfinite(value) else None for value in values] for name, values in columns.items()
    }
    return {"zone": str(zone), "time": [stamp.isoformat() for stamp in frame.index], **told}


def _parsed(payload: Payload) -> pd.DataFrame:
    """Return the rows of a payload: index of naive midnights, NaN where absent; raises Malformed."""
    place = payload.request.place
    try:
        answer = json.loads(payload.content)
        columns = {name: np.array(answer[name], dtype=np.float64) for name in _FIELDS}
        instants = pd.to_datetime(answer["time"], utc=True, format="ISO8601")
        local = instants.tz_convert(ZoneInfo(answer["zone"])).tz_localize(None)
        rows = pd.DataFrame(columns, index=local.normalize().astype("datetime64[us]"))
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, OSError) as trouble:
        raise Malformed(place, f"{type(trouble).__name__}: {trouble}") from None
    if not (rows.index.is_monotonic_increasing and rows.index.is_unique):
        raise Malformed(place, "dates that repeat or go back")
    if np.isinf(rows.to_numpy()).any():
        raise Malformed(place, "an infinite price")
    return rows


def _priced(series_id: str, rows: pd.DataFrame) -> Bool1D:
    """Return which rows have a close and no price that cannot be one."""
    prices = rows[list(PRICES)]
    told = np.asarray(rows["close"].notna())
    if series(series_id).quantity == "yield":
        return told
    return np.asarray(told & ~(prices <= 0).any(axis=1))


def _holes(series_id: str, rows: pd.DataFrame) -> Iterator[Finding]:
    for day, row in rows.iterrows():
        rule = "missing close" if np.isnan(row["close"]) else "not a price"
        told = ", ".join(f"{name} {row[name]:g}" for name in COLUMNS if not np.isnan(row[name]))
        yield Finding(series_id, _date(day), rule, "quarantined", told or "an empty row", "positive prices")


def _splits(series_id: str, rows: pd.DataFrame) -> Iterator[Finding]:
    expected = "nothing: the source restates every price before it"
    for day, ratio in rows.loc[rows["split"] > 0, "split"].items():
        yield Finding(series_id, _date(day), "split", "warning", f"{ratio:g} for 1", expected)


def _mismatch(series_id: str) -> Iterator[Finding]:
    symbol, clock = SYMBOLS[series_id], CLOCKS[series(series_id).clock]
    if symbol.day:
        yield Finding(series_id, None, "clock mismatch", "warning", symbol.place, clock.label)


def _date(day: object) -> date:
    return pd.Timestamp(day).date()  # type: ignore[arg-type]


def open_provider(argument: str, surroundings: Surroundings) -> YahooProvider:
    """Return the provider of ``yahoo``, with the time limit of the settings."""
    return YahooProvider(surroundings.clock, timeout=surroundings.settings.timeout)
