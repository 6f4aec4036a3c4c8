"""What the screen takes out, what it only reports, and what it leaves alone."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from eventstudy.quality.days import due
from eventstudy.quality.screen import screen
from eventstudy.values import Bars
from jobs.providers.base import closed_by
from tests.yahoo_double import instant


def bars_of(series, rows):
    """Return bars of rows (date, open, high, low, close)."""
    index = pd.DatetimeIndex([row[0] for row in rows], name="session").astype("datetime64[us]")
    prices = np.array([row[1:] for row in rows], dtype=float).reshape(-1, 4)
    frame = pd.DataFrame(prices, index=index, columns=["open", "high", "low", "close"])
    whole = frame.assign(volume=np.nan, finality="final")
    return Bars(series, whole, "test", "0" * 64, instant("2026-11-21T00:00:00"))


def closes(series, *days):
    """Return bars that differ from day to day and hold only a close."""
    none = (np.nan,) * 3
    return bars_of(series, [(day, *none, 100.0 + place) for place, day in enumerate(days)])


def seen(bars):
    return [(item.rule, str(item.session_date), item.severity) for item in screen(bars)[1]]


@pytest.mark.parametrize(
    ("series", "days", "stray"),
    [
        ("topix", ("2020-09-30", "2020-10-01", "2020-10-02"), "2020-10-01"),  # trading halted all day
        ("nikkei225", ("2025-04-28", "2025-04-29", "2025-04-30"), "2025-04-29"),  # Showa Day
        ("nikkei225", ("2025-04-04", "2025-04-05", "2025-04-07"), "2025-04-05"),  # Saturday
        ("sp500", ("2025-04-17", "2025-04-18", "2025-04-21"), "2025-04-18"),  # Good Friday
        ("usdjpy", ("2025-04-04", "2025-04-06", "2025-04-07"), "2025-04-06"),  # Sunday
        ("us10y", ("2025-04-04", "2025-04-05", "2025-04-07"), "2025-04-05"),  # Saturday
    ],
)
def test_a_bar_without_a_session_is_quarantined(series, days, stray):
    kept, (finding,) = screen(closes(series, *days))
    assert [str(day.date()) for day in kept.frame.index] == [days[0], days[2]]
    assert (finding.series, finding.rule, finding.severity) == (series, "no session", "quarantined")
    assert finding.session_date == date.fromisoformat(stray)
    assert finding.observed == "close 101"
    assert stray in finding.expected


@pytest.mark.parametrize(
    ("series", "day"),
    [
        ("usdjpy", "2025-04-29"),  # a holiday in Tokyo
        ("usdjpy", "2025-04-18"),  # Good Friday
        ("us10y", "2021-04-02"),  # Good Friday with an open bond market
        ("jgb10y", "2020-10-01"),  # the exchange halted, bonds did not
    ],
)
def test_a_market_is_held_to_its_own_days_only(series, day):
    assert screen(closes(series, day))[1] == ()


def test_rows_before_the_calendar_begins_are_kept_unchecked():
    days = ("1990-01-04", "1995-08-13", "1997-01-06")  # 1995-08-13 was a Sunday
    kept, findings = screen(closes("nikkei225", *days))
    assert len(kept.frame) == 3
    assert findings == ()


def test_a_session_without_a_bar_is_reported_and_nothing_is_made_up():
    bars = closes("nikkei225", "2025-04-04", "2025-04-09")
    assert seen(bars) == [
        ("missing session", "2025-04-07", "warning"),
        ("missing session", "2025-04-08", "warning"),
    ]
    assert len(screen(bars)[0].frame) == 2


def test_a_holiday_is_not_a_missing_session():
    assert seen(closes("nikkei225", "2025-04-28", "2025-04-30")) == []
    assert seen(closes("usdjpy", "2025-04-28", "2025-04-30")) == [
        ("missing session", "2025-04-29", "warning")
    ]


def test_bond_markets_keep_holidays_of_their_own_so_no_yield_is_missing():
    assert seen(closes("us10y", "2025-10-10", "2025-10-14")) == []


@pytest.mark.parametrize(
    "prices",
    [
        (100.0, 101.0, 99.0, 101.5),  # close above high
        (101.5, 101.0, 99.0, 100.0),  # open above high
        (98.5, 101.0, 99.0, 100.0),  # open below low
        (100.0, 101.0, 99.0, 98.0),  # close below low
        (np.nan, 99.0, 101.0, np.nan),  # high below low, the rest absent
    ],
)
def test_prices_that_contradict_one_another_are_reported_and_stay(prices):
    close = prices[3] if prices[3] == prices[3] else 100.0
    bars = bars_of("topix", [("2025-04-07", *prices[:3], close), ("2025-04-08", 100, 101, 99, 100)])
    assert seen(bars) == [("inconsistent", "2025-04-07", "warning")]
    assert len(screen(bars)[0].frame) == 2


def test_a_close_at_the_high_or_the_low_contradicts_nothing():
    rows = [("2025-04-07", 99, 101, 99, 101), ("2025-04-08", 101, 101, 99, 99)]
    assert seen(bars_of("topix", rows)) == []


def test_a_bar_that_repeats_the_one_before_is_reported():
    rows = [("2025-04-07", 100, 101, 99, 100), ("2025-04-08", 100, 101, 99, 100)]
    (finding,) = screen(bars_of("topix", rows))[1]
    assert (finding.rule, finding.severity) == ("stale repeat", "warning")
    assert (finding.session_date, finding.observed) == (
        date(2025, 4, 8),
        "open 100 high 101 low 99 close 100",
    )


def test_an_equal_close_alone_is_no_repeat():
    rows = [("2025-04-07", np.nan, np.nan, np.nan, 100), ("2025-04-08", np.nan, np.nan, np.nan, 100)]
    assert seen(bars_of("topix", rows)) == []


def test_a_repeat_across_a_quarantined_row_is_still_seen():
    rows = [(day, 100, 101, 99, 100) for day in ("2020-09-30", "2020-10-01", "2020-10-02")]
    assert [rule for rule, _, _ in seen(bars_of("topix", rows))] == ["no session", "stale repeat"]


def test_no_bars_raise_no_findings():
    assert screen(closes("topix"))[1] == ()


def test_bars_are_not_changed_in_place():
    bars = closes("topix", "2020-09-30", "2020-10-01")
    screen(bars)
    assert len(bars.frame) == 2


def test_what_is_due_is_cut_to_the_years_of_the_calendar():
    assert str(due("nikkei225", date(1990, 1, 1), date(1997, 1, 7))[0].date()) == "1997-01-06"
    assert due("nikkei225", date(1990, 1, 1), date(1990, 12, 31)).empty
    assert len(due("nikkei225", date(2025, 4, 28), date(2025, 5, 7))) == 5  # 28 30 | 1 2 | 7


def test_the_clock_of_a_series_says_what_has_closed():
    assert closed_by("nikkei225", instant("2025-04-07T06:30:00")) == date(2025, 4, 7)
    assert closed_by("usdjpy", instant("2025-04-07T06:30:00")) == date(2025, 4, 4)
