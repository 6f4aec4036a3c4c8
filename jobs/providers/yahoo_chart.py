"""Yahoo's chart document read without trust: bytes in, rows out, and nothing of yfinance in between."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from jobs.errors import Malformed
from jobs.providers.base import COLUMNS, PRICES

if TYPE_CHECKING:
    from eventstudy.arrays import Bool1D

NOTHING = b'{"chart":{"result":[],"error":null}}'
"""The document of a question that was not worth asking, in Yahoo's own words for "no rows"."""

DAILY, HOURLY = "1d", "60m"
NEW_YORK = "America/New_York"
_TOLD_AS = {DAILY: ("1d",), HOURLY: ("1h", "60m")}
_FARTHEST = 4_102_444_800  # seconds from 1970 to 2100, either way
_LAST_HOUR, _FIRST_HOUR, _HOURS = 16, 17, 24
_TO_MIDNIGHT = timedelta(hours=24 - _FIRST_HOUR)
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError)


@dataclass(frozen=True)
class Chart:
    """What a chart document says.

    Attributes
    ----------
    zone : str
        IANA zone of the exchange, in which Yahoo dates its rows; ``UTC`` where there are none.
    symbol, granularity : str
        Whose rows they are and how long each is, in Yahoo's words; empty where it does not say.
    rows : DataFrame
        Index: UTC instants ``datetime64[us, UTC]`` in the order of the document. Columns `COLUMNS`,
        float64, NaN for null.
    splits : dict of date to float
        New units for one old one, by date in the exchange's zone.
    """

    zone: str
    symbol: str
    granularity: str
    rows: pd.DataFrame
    splits: dict[date, float]


def read_chart(place: str, content: bytes) -> Chart:
    """Return what a chart document says, every value checked for its kind.

    Parameters
    ----------
    place : str
        Provider and place, for the error.
    content : bytes
        The body of Yahoo's answer, as it came.

    Returns
    -------
    Chart
        Without rows for the ways in which Yahoo says that there are none.

    Raises
    ------
    Malformed
        For anything else than a whole chart: cut bytes, columns that are missing or of another length,
        a number that is no finite number, an unknown zone.
    """
    try:
        return _chart(json.loads(content, parse_constant=_refused))
    except _DAMAGED as trouble:
        raise Malformed(place, f"{type(trouble).__name__}: {trouble}") from None


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no price")


def _chart(document: dict[str, Any]) -> Chart:
    chart = document["chart"]
    found, error = chart["result"], chart["error"]
    if found and error is not None:
        raise ValueError("rows and an error at once")
    if not found:
        return _without_rows("", "", "UTC")
    if len(found) != 1:
        raise ValueError(f"{len(found)} results instead of one")
    return _result(found[0])


def _result(result: dict[str, Any]) -> Chart:
    meta, quotes = result["meta"], result["indicators"]["quote"]
    symbol, granularity = str(meta.get("symbol", "")), str(meta.get("dataGranularity", ""))
    zone = str(meta["exchangeTimezoneName"])
    if not quotes[0] and not result.get("timestamp"):
        return _without_rows(symbol, granularity, zone)
    stamps = [_instant(stamp) for stamp in result["timestamp"]]
    columns = {name: _numbers(name, quotes[0][name], len(stamps)) for name in COLUMNS}
    index = pd.to_datetime(np.array(stamps, dtype=np.int64), unit="s", utc=True).as_unit("us")
    index.tz_convert(ZoneInfo(zone))
    return Chart(zone, symbol, granularity, pd.DataFrame(columns, index=index), _splits(result, zone))


def _without_rows(symbol: str, granularity: str, zone: str) -> Chart:
    none = pd.DatetimeIndex([], dtype="datetime64[us, UTC]")
    return Chart(zone, symbol, granularity, pd.DataFrame(columns=list(COLUMNS), index=none, dtype=float), {})


def _instant(stamp: object) -> int:
    if type(stamp) is not int or abs(stamp) > _FARTHEST:
        raise ValueError(f"{stamp!r} is no instant")
    return stamp


def _numbers(name: str, values: list[object], length: int) -> list[float]:
    if len(values) != length:
        raise ValueError(f"{len(values)} values of {name} for {length} rows")
    return [math.nan if value is None else _number(value) for value in values]


def _number(value: object) -> float:
    if type(value) not in {int, float} or not math.isfinite(number := float(value)):  # type: ignore[arg-type]
        raise ValueError(f"{value!r} is no number")
    return number


def _splits(result: dict[str, Any], zone: str) -> dict[date, float]:
    told = result.get("events", {}).get("splits", {}).values()
    ratios = {
        _instant(item["date"]): _number(item["numerator"]) / _number(item["denominator"]) for item in told
    }
    return {pd.Timestamp(stamp, unit="s", tz=zone).date(): ratio for stamp, ratio in ratios.items()}


def mistaken(chart: Chart, *, symbol: str, interval: str, zone: str = "") -> str:
    """Return in words what a chart is about if it is not what was asked for, else nothing.

    Parameters
    ----------
    chart : Chart
        The answer.
    symbol, interval : str
        What was asked for; the interval is `DAILY` or `HOURLY`.
    zone : str
        IANA zone that the meaning of the rows depends on; empty if it does not.

    Returns
    -------
    str
        Empty where the chart has no rows, or does not say.
    """
    if chart.rows.empty:
        return ""
    if chart.symbol not in {"", symbol}:
        return f"rows of {chart.symbol} instead of {symbol}"
    if chart.granularity not in {"", *_TOLD_AS[interval]}:
        return f"rows of {chart.granularity} instead of {interval}"
    return f"days of {chart.zone} instead of {zone}" if zone and chart.zone != zone else ""


def daily_rows(chart: Chart) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    """Return a daily chart by date in the exchange's own zone, never in UTC.

    Of the newest date the latest row counts, because Yahoo adds a live row to the one it has. A row that
    repeats another to the last digit is the same row.

    Parameters
    ----------
    chart : Chart
        Rows of one day each, in any order.

    Returns
    -------
    DataFrame, DatetimeIndex
        Index: naive midnights ``datetime64[us]``, strictly increasing. Columns `COLUMNS`. And the dates of
        which it tells two different rows: neither is among these, because nothing says which is right.
    """
    rows = chart.rows.sort_index(kind="stable")
    days = _dates(rows.index, chart.zone)
    live = np.asarray(days == days[-1]) if len(days) else np.zeros(0, dtype=np.bool_)
    if live.sum() > 1 and rows.index[live].is_unique:
        live[-1] = False
        rows, days = rows[~live], days[~live]
    return _one_a_key(rows.set_axis(days))


def _dates(index: pd.Index[Any], zone: str) -> pd.DatetimeIndex:
    local = pd.DatetimeIndex(index).tz_convert(ZoneInfo(zone)).tz_localize(None)
    early = (local.hour >= 22) & (local.minute == 0) & (local.second == 0)
    if early.any():  # Yahoo's midnights come an hour or two early where it keeps another summer time
        local = local.where(~early, local + timedelta(hours=2))
    return pd.DatetimeIndex(local.normalize()).as_unit("us")


def _one_a_key(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    if rows.index.is_unique:
        return rows, pd.DatetimeIndex(rows.index[:0])
    name = "moment"
    single = rows.rename_axis(name).reset_index().drop_duplicates().set_index(name).rename_axis(None)
    twice = pd.DatetimeIndex(single.index[single.index.duplicated()].unique())
    return single[~single.index.isin(twice)], twice


def hourly_rows(chart: Chart) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    """Return an hourly chart by the hour that each row began in.

    A live row is part of the hour it was told in: its close is the later one, its high and low count.

    Parameters
    ----------
    chart : Chart
        Rows of one hour each, in any order.

    Returns
    -------
    DataFrame, DatetimeIndex
        Index: UTC instants on the hour, strictly increasing. Columns `COLUMNS`. And the hours before the
        newest of which it tells two different rows: neither is among these.
    """
    rows = chart.rows.sort_index(kind="stable")
    hours = pd.DatetimeIndex(rows.index).floor("h")
    live = np.asarray(hours == hours[-1]) if len(hours) else np.zeros(0, dtype=np.bool_)
    if live.sum() < 2 or not rows.index[live].is_unique:
        return _one_a_key(rows.set_axis(hours))
    merged = _merged(rows[live]).set_axis(hours[live][:1])
    return _one_a_key(pd.concat([rows.set_axis(hours)[~live], merged]))


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    told = {
        "open": rows["open"].iloc[0],
        "high": rows["high"].max(),
        "low": rows["low"].min(),
        "close": rows["close"].iloc[-1],
        "volume": rows["volume"].sum(min_count=1),
    }
    return pd.DataFrame([told], columns=list(COLUMNS))


def new_york_days(hours: pd.DataFrame) -> tuple[pd.DataFrame, Bool1D]:
    """Return currency days that end at 17:00 in New York, made of hours.

    A day runs from 17:00 of the day before to 17:00; Monday's from Sunday 17:00, and Friday 17:00 ends the
    week. The close is that of the hour that begins at 16:00: without it the day has none, whatever other
    hours say. The open is that of the first hour; high and low need all 24 hours. Summer time begins and
    ends on Sundays before 17:00, so every day has 24 hours.

    Parameters
    ----------
    hours : DataFrame
        As `hourly_rows`.

    Returns
    -------
    DataFrame
        Index: naive midnights ``datetime64[us]``, strictly increasing, one a day that has a close. Columns
        `COLUMNS`; NaN for what the hours do not tell, and for the volume, which nobody knows.
    ndarray of bool
        For each of them, whether some of its hours are missing.
    """
    local = pd.DatetimeIndex(hours.index).tz_convert(ZoneInfo(NEW_YORK)).tz_localize(None)
    days = pd.DatetimeIndex((local + _TO_MIDNIGHT).normalize()).as_unit("us")
    closing = np.asarray(local.hour == _LAST_HOUR) & hours["close"].notna().to_numpy()
    opening = np.asarray(local.hour == _FIRST_HOUR)
    named = hours.set_axis(days)
    days_told = days[closing]
    told = named[named[list(PRICES)].notna().all(axis=1)].groupby(level=0)
    whole = (told["close"].count().reindex(days_told, fill_value=0) == _HOURS).to_numpy()
    frame = pd.DataFrame(
        {
            "open": named.loc[opening, "open"].reindex(days_told),
            "high": told["high"].max().reindex(days_told).where(whole),
            "low": told["low"].min().reindex(days_told).where(whole),
            "close": named.loc[closing, "close"],
            "volume": np.nan,
        },
        index=days_told,
        columns=list(COLUMNS),
        dtype=np.float64,
    )
    return frame, ~whole


def disagreement(ours: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """Return in words the first point on which two readings of one answer differ, else nothing.

    Parameters
    ----------
    ours, theirs : DataFrame
        Strictly increasing index of the same kind; columns `COLUMNS`. A volume of 0 and none are the same.

    Returns
    -------
    str
        Names rows or the first value; empty where they agree exactly.
    """
    odd = ours.index.symmetric_difference(theirs.index)
    if len(odd):
        return (
            f"{len(theirs)} rows where the answer holds {len(ours)}, first apart on {odd[0]:%Y-%m-%d %H:%M}"
        )
    left, right = (frame.assign(volume=frame["volume"].fillna(0.0)) for frame in (ours, theirs))
    apart = left.ne(right) & ~(left.isna() & right.isna())
    if not apart.to_numpy().any():
        return ""
    row, column = np.argwhere(apart.to_numpy())[0]
    mine, other = left.to_numpy()[row, column], right.to_numpy()[row, column]
    moment = pd.Timestamp(left.index[row])
    return f"{COLUMNS[column]} {other:g} on {moment:%Y-%m-%d %H:%M} where the answer says {mine:g}"
