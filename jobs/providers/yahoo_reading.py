"""What Yahoo's charts mean: symbols, the days of a series made of their rows, and what is odd about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.series import SERIES, series
from eventstudy.sessions import CLOCKS
from jobs.errors import Malformed
from jobs.providers.base import COLUMNS, PRICES, Payload, closed_by, possible, to_bars, within
from jobs.providers.yahoo_chart import (
    DAILY,
    HOURLY,
    Chart,
    daily_rows,
    hourly_rows,
    mistaken,
    new_york_days,
    read_chart,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from eventstudy.arrays import Bool1D
    from eventstudy.values import Bars

EARLIEST = date(1990, 1, 1)  # what "as far as the source goes" means here
HOURS_KEPT = 728
"""Days for which Yahoo keeps hourly bars, less two: it counts them from an instant, in a zone of its own."""

_SETTLING = timedelta(minutes=30)
_AFTER_ROLL = timedelta(hours=7)  # from 17:00 in New York to the midnight of the date it belongs to


@dataclass(frozen=True, slots=True)
class Symbol:
    """Where Yahoo keeps a series.

    Attributes
    ----------
    ticker : str
        Yahoo's name for it.
    day : str
        What is particular about a bar, shown in the source.
    margin : timedelta
        How long after the series' own close a bar may still change.
    zone : str
        IANA zone that the meaning of the bars depends on; empty where it is the exchange's own.
    interval : str
        ``1d``, or ``60m`` for days that are made of hours.
    foreign : bool
        Whether the bar is not the series' own in every respect: a clock mismatch in every answer.
    """

    ticker: str
    day: str = ""
    margin: timedelta = _SETTLING
    zone: str = ""
    interval: str = DAILY
    foreign: bool = False

    @property
    def place(self) -> str:
        """Provider, ticker and day, as `eventstudy.values.Bars.source` shows it."""
        return f"yahoo:{self.ticker}" + (f" ({self.day})" if self.day else "")


def _listed_in_tokyo() -> dict[str, Symbol]:
    codes = {key: re.search(r"_(\d{4})(_|$)", key) for key in SERIES if SERIES[key].clock == "tokyo_close"}
    return {key: Symbol(f"{code[1]}.T") for key, code in codes.items() if code}


# gold trades on until 17:00 in New York, three and a half hours after its settlement
SYMBOLS: dict[str, Symbol] = {
    "nikkei225": Symbol("^N225"),
    "usdjpy": Symbol("JPY=X", "hourly bars", interval=HOURLY),
    "usdjpy_london_day": Symbol("JPY=X", "London day", zone="Europe/London"),
    "sp500": Symbol("^GSPC"),
    "vix": Symbol("^VIX"),
    "gold": Symbol("GC=F", margin=timedelta(hours=3.5) + _SETTLING),
    "us10y": Symbol("^TNX", "CBOE index of the newest note", foreign=True),
    **{key: Symbol(key.upper()) for key in ("eww", "vnm", "eido", "ewj")},
    **_listed_in_tokyo(),
}
WHY_NOT = {
    "topix": "Yahoo has no working symbol for the index",
    "jpx_nikkei_400": "Yahoo has no working symbol for the index",
    "nikkei_vi": "Yahoo has no working symbol for the index",
    "usdjpy_tokyo_1700": "Yahoo's currency day ends at London's midnight",
    "usdjpy_new_york_noon": "that is the noon rate of the Federal Reserve",
    "jgb10y": "Yahoo has no Japanese yields",
    "jgb2y": "Yahoo has no Japanese yields",
    "us2y": "Yahoo has no two-year yield",
}


def read_bars(payload: Payload) -> Bars:
    """Return the bars of a payload: the rows that have prices, dated in the exchange's own zone.

    A newest row that repeats the four prices of the row before is provisional, however long its session has
    closed: the source may not have come to it yet.

    Parameters
    ----------
    payload : Payload
        The body of a chart.

    Returns
    -------
    Bars
        Lawful bars; possibly none.

    Raises
    ------
    Malformed
        If it is no chart, or is about something else.
    """
    key, rows = payload.request.series, payload_rows(payload)
    frame = rows[_priced(key, rows) & ~_ahead(payload, rows)]
    told = frame.assign(volume=frame["volume"].where(frame["volume"] > 0))
    bars = to_bars(payload, told, margin=SYMBOLS[key].margin)
    newest = bars.frame[list(PRICES)].tail(2)
    if len(newest) == 2 and newest.nunique().eq(1).all():
        bars.frame.loc[newest.index[-1], "finality"] = "provisional"
    return bars


def remarks_on(payload: Payload) -> tuple[Finding, ...]:
    """Return what `read_bars` left out, the splits, and what is particular about days, hours and reach.

    Parameters
    ----------
    payload : Payload
        The body of a chart.

    Returns
    -------
    tuple of Finding
        Empty where there is nothing to say.

    Raises
    ------
    Malformed
        As `read_bars`.
    """
    key, chart = payload.request.series, _chart(payload)
    rows = within(payload_rows(payload), payload.request)
    ended = pd.Timestamp(closed_by(key, payload.fetched_at - SYMBOLS[key].margin))
    ahead = _ahead(payload, rows)
    wanted = possible(key, pd.DatetimeIndex(rows.index)) & np.asarray(rows.index <= ended) & ~ahead
    return (
        *_holes(key, rows[wanted & ~_priced(key, rows)]),
        *_unborn(key, rows[ahead], payload.fetched_at),
        *_told_twice(payload, chart),
        *_split_remarks(key, chart),
        *_hour_remarks(payload, chart),
        *_mismatch(key),
    )


def payload_rows(payload: Payload) -> pd.DataFrame:
    """Return the rows of a payload, the empty and the impossible ones too.

    Parameters
    ----------
    payload : Payload
        The body of a chart.

    Returns
    -------
    DataFrame
        Index: naive midnights, strictly increasing. Columns `COLUMNS`, float64, NaN where absent.

    Raises
    ------
    Malformed
        As `read_bars`.
    """
    chart = _chart(payload)
    if SYMBOLS[payload.request.series].interval == HOURLY:
        return new_york_days(hourly_rows(chart)[0])[0]
    return daily_rows(chart)[0]


def hours_since(moment: datetime) -> date:
    """Return the first date of which Yahoo still has hourly bars at an instant."""
    return moment.date() - timedelta(days=HOURS_KEPT)


def _chart(payload: Payload) -> Chart:
    """Return the chart of a payload; raises Malformed if it is no chart, or is about something else."""
    place, symbol = payload.request.place, SYMBOLS[payload.request.series]
    chart = read_chart(place, payload.content)
    wrong = mistaken(chart, symbol=symbol.ticker, interval=symbol.interval, zone=symbol.zone)
    if wrong:
        raise Malformed(place, wrong)
    return chart


def _ahead(payload: Payload, rows: pd.DataFrame) -> Bool1D:
    """Return which rows are of days that had not begun at the exchange when they were fetched."""
    zone = CLOCKS[series(payload.request.series).clock].zone
    today = pd.Timestamp(payload.fetched_at).tz_convert(zone)
    begun = today + _AFTER_ROLL if SYMBOLS[payload.request.series].interval == HOURLY else today
    return np.asarray(rows.index > pd.Timestamp(begun.date()), dtype=np.bool_)


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
        yield _left_out(series_id, day, row, rule, "positive prices")


def _unborn(series_id: str, rows: pd.DataFrame, moment: datetime) -> Iterator[Finding]:
    for day, row in rows.iterrows():
        expected = f"no row of a day after {moment:%Y-%m-%d}, when it was fetched"
        yield _left_out(series_id, day, row, "future session", expected)


def _told_twice(payload: Payload, chart: Chart) -> Iterator[Finding]:
    if SYMBOLS[payload.request.series].interval == HOURLY:
        return  # a missing hour, which its day tells
    days = daily_rows(chart)[1]
    for day in within(pd.DataFrame(index=days.sort_values()), payload.request).index:
        expected = "one row a session: nothing says which is right"
        yield Finding(payload.request.series, _date(day), "told twice", "quarantined", "two rows", expected)


def _left_out(series_id: str, day: object, row: pd.Series[float], rule: str, expected: str) -> Finding:
    told = ", ".join(f"{name} {row[name]:g}" for name in COLUMNS if not np.isnan(row[name]))
    opened, high, low, close, volume = (float(row[name]) for name in COLUMNS)
    held = (opened, high, low, close, volume)
    return Finding(series_id, _date(day), rule, "quarantined", told or "an empty row", expected, held)


def _split_remarks(series_id: str, chart: Chart) -> Iterator[Finding]:
    expected = "nothing: the source restates every price before it"
    for day, ratio in sorted(chart.splits.items()):
        yield Finding(series_id, day, "split", "warning", f"{ratio:g} for 1", expected)


def _hour_remarks(payload: Payload, chart: Chart) -> Iterator[Finding]:
    request, key = payload.request, payload.request.series
    if SYMBOLS[key].interval != HOURLY:
        return
    days, holed = new_york_days(hourly_rows(chart)[0])
    for day in within(days[holed], request).index:
        yield Finding(
            key, _date(day), "hours missing", "notice", "fewer than 24 hours", "a high and a low of all"
        )
    if (request.start or EARLIEST) < hours_since(payload.fetched_at):
        reach = f"hourly bars of the last {HOURS_KEPT} days, which is all that Yahoo keeps"
        yield Finding(key, None, "short history", "notice", reach, "every session asked for")


def _mismatch(series_id: str) -> Iterator[Finding]:
    symbol, clock = SYMBOLS[series_id], CLOCKS[series(series_id).clock]
    if symbol.foreign:
        yield Finding(series_id, None, "clock mismatch", "warning", symbol.place, clock.label)


def _date(day: object) -> date:
    return pd.Timestamp(day).date()  # type: ignore[arg-type]
