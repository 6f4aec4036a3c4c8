"""A damaged answer of Yahoo is a typed error, or every bar is what the damaged bytes lawfully say."""

import json
import math
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from jobs.errors import ProviderError
from jobs.providers.base import Payload, Request
from jobs.providers.yahoo import YahooProvider
from tests.fakes import FixedClock
from tests.fuzz import damages
from tests.yahoo_double import YahooDouble, chart, instant, session_over

NOW = instant("2025-05-01T00:00:00")
DAYS = ("2025-04-01", "2025-04-02", "2025-04-03", "2025-04-04", "2025-04-07", "2025-04-08")
ROWS = [(f"{day}T09:00", 100.5 + n, 104.25 + n, 99.75 + n, 101.0 + n, 70 + n) for n, day in enumerate(DAYS)]
HOURS = [
    (f"2025-04-{8 + hour // 24:02d}T{hour % 24:02d}:00", 147.5 + hour, 148.25 + hour, 146.0, 147.0 + hour, 0)
    for hour in range(20, 52)
]
DAILY = chart("Asia/Tokyo", ROWS, splits={"2025-04-03T09:00": 2}, symbol="^N225")
HOURLY = chart("UTC", HOURS, symbol="JPY=X", granularity="1h")
PROVIDER = YahooProvider(FixedClock(NOW), session=session_over(YahooDouble({})))


def payload(series, place, document):
    content = json.dumps(document, indent=0).encode()
    return Payload(Request(series, place, date(2025, 4, 1), None), content, NOW)


def said(content):
    """Return what a plain reader finds in the bytes: rows (local time, open, high, low, close)."""
    result = json.loads(content)["chart"]["result"][0]
    zone, quote = ZoneInfo(result["meta"]["exchangeTimezoneName"]), result["indicators"]["quote"][0]
    columns = [quote[name] for name in ("open", "high", "low", "close")]
    return [
        (datetime.fromtimestamp(stamp, zone), *prices)
        for stamp, *prices in zip(result["timestamp"], *columns, strict=True)
    ]


def as_days(content):
    """Return each row by its date; a midnight that comes an hour or two early belongs to the next day."""
    return {
        (moment.toordinal() + (moment.hour >= 22 and moment.minute == moment.second == 0), *prices)
        for moment, *prices in said(content)
    }


def as_new_york_days(content):
    """Return date and close of each New York day, from the hour that begins at 16:00."""
    zone = ZoneInfo("America/New_York")
    local = [(moment.astimezone(zone), prices) for moment, *prices in said(content)]
    return {(moment.toordinal(), prices[3]) for moment, prices in local if moment.hour == 16}


def daily_rows_are_said(frame, content):
    rows = as_days(content)
    for day, row in frame.iterrows():
        told = [None if math.isnan(row[name]) else row[name] for name in ("open", "high", "low", "close")]
        assert (day.toordinal(), *told) in rows


def hourly_rows_are_said(frame, content):
    closes = as_new_york_days(content)
    for day, row in frame.iterrows():
        assert (day.toordinal(), row["close"]) in closes


WORLDS = {
    "daily": (10_000, payload("nikkei225", "yahoo:^N225", DAILY), len(DAYS), daily_rows_are_said),
    "hourly": (3_000, payload("usdjpy", "yahoo:JPY=X (hourly bars)", HOURLY), 2, hourly_rows_are_said),
}


@pytest.mark.parametrize("world", WORLDS)
def test_damaged_bytes_are_refused_or_every_bar_is_one_that_they_say(world):
    cases, whole, rows, are_said = WORLDS[world]
    assert len(PROVIDER.read(whole).frame) == rows
    refused = 0
    for what, content in damages(whole.content, cases=cases, seed=5):
        damaged = replace(whole, content=content)
        try:
            bars, _ = PROVIDER.read(damaged), PROVIDER.remarks(damaged)
        except ProviderError:
            refused += 1
            continue
        index = bars.frame.index
        assert (np.diff(index.to_numpy()) > np.timedelta64(0)).all(), what
        assert (bars.frame["close"] > 0).all(), what
        if len(index):
            are_said(bars.frame, content)
    assert cases // 4 < refused < cases


def test_bytes_that_are_cut_anywhere_are_refused():
    for _, whole, *_ in WORLDS.values():
        for length in range(len(whole.content)):
            with pytest.raises(ProviderError):
                PROVIDER.read(replace(whole, content=whole.content[:length]))
