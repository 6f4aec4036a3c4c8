"""Exchange holidays and hours against published lists, never against the calendar package's own rules."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from eventstudy.sessions import close_instant, is_session, sessions
from tests.market import market_folder

# Weekday closures of 2025 as listed in the methods specification, section 4.1
TOKYO_CLOSED_2025 = [
    "01-01", "01-02", "01-03", "01-13", "02-11", "02-24", "03-20", "04-29", "05-05", "05-06",
    "07-21", "08-11", "09-15", "09-23", "10-13", "11-03", "11-24", "12-31",
]  # fmt: skip
NEW_YORK_CLOSED_2025 = [
    "01-01", "01-09", "01-20", "02-17", "04-18", "05-26", "06-19", "07-04", "09-01", "11-27", "12-25",
]  # fmt: skip


def _weekdays_off(clock: str, year: int) -> list[str]:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    return [f"{day:%m-%d}" for day in days if day.weekday() < 5 and not is_session(clock, day)]


@pytest.mark.parametrize("clock", ["tokyo_close", "tokyo_1700", "tokyo_1500"])
def test_tokyo_closes_in_2025_on_exactly_the_listed_weekdays(clock):
    assert _weekdays_off(clock, 2025) == TOKYO_CLOSED_2025


@pytest.mark.parametrize("clock", ["new_york_close", "new_york_1530", "comex_settlement"])
def test_new_york_closes_in_2025_on_exactly_the_listed_weekdays(clock):
    assert _weekdays_off(clock, 2025) == NEW_YORK_CLOSED_2025


def test_the_currency_day_knows_no_holiday_but_the_weekend():
    assert _weekdays_off("new_york_1700", 2025) == []


@pytest.mark.parametrize(("year", "count"), [(2024, 245), (2025, 243), (2026, 242)])
def test_tokyo_has_the_published_number_of_sessions(year, count):
    # counted by a second calendar package
    assert len(sessions("tokyo_close", date(year, 1, 1), date(year, 12, 31))) == count


def test_the_halted_first_of_october_2020_is_no_session():
    assert not is_session("tokyo_close", date(2020, 10, 1))


def test_the_ten_day_golden_week_of_2019_has_no_session():
    assert sessions("tokyo_close", date(2019, 4, 27), date(2019, 5, 6)).empty


def test_the_enthronement_and_the_september_of_2026_are_closed():
    closed = [date(2019, 10, 22), date(2026, 9, 21), date(2026, 9, 22), date(2026, 9, 23)]
    assert not any(is_session("tokyo_close", day) for day in closed)


@pytest.mark.parametrize(
    ("day", "hour", "minute"),
    [(date(2024, 11, 1), 15, 0), (date(2024, 11, 5), 15, 30), (date(2025, 4, 7), 15, 30)],
)
def test_tokyo_closed_at_15_00_until_1_november_2024_and_at_15_30_from_5_november(day, hour, minute):
    local = close_instant("tokyo_close", day).astimezone(ZoneInfo("Asia/Tokyo"))
    assert (local.date(), local.hour, local.minute) == (day, hour, minute)


@pytest.mark.parametrize(
    ("clock", "day", "utc"),
    [
        # Japan has no daylight saving: 17:00 is 08:00 UTC, 15:00 is 06:00 UTC, before and after 2024-11-05
        ("tokyo_1700", date(2024, 11, 1), datetime(2024, 11, 1, 8, tzinfo=UTC)),
        ("tokyo_1700", date(2025, 7, 1), datetime(2025, 7, 1, 8, tzinfo=UTC)),
        ("tokyo_1500", date(2025, 7, 1), datetime(2025, 7, 1, 6, tzinfo=UTC)),
        # New York: UTC-5 in winter, UTC-4 from 9 March to 2 November 2025
        ("new_york_1700", date(2025, 3, 7), datetime(2025, 3, 7, 22, tzinfo=UTC)),
        ("new_york_1700", date(2025, 3, 10), datetime(2025, 3, 10, 21, tzinfo=UTC)),
        ("new_york_1700", date(2025, 10, 31), datetime(2025, 10, 31, 21, tzinfo=UTC)),
        ("new_york_1700", date(2025, 11, 3), datetime(2025, 11, 3, 22, tzinfo=UTC)),
        ("new_york_close", date(2025, 4, 2), datetime(2025, 4, 2, 20, tzinfo=UTC)),
        # the day after Thanksgiving closes at 13:00
        ("new_york_close", date(2025, 11, 28), datetime(2025, 11, 28, 18, tzinfo=UTC)),
        ("new_york_1530", date(2025, 4, 2), datetime(2025, 4, 2, 19, 30, tzinfo=UTC)),
        ("comex_settlement", date(2025, 4, 2), datetime(2025, 4, 2, 17, 30, tzinfo=UTC)),
    ],
)
def test_each_clock_stamps_its_value_at_the_published_instant(clock, day, utc):
    assert close_instant(clock, day) == utc
    assert close_instant(clock, day).utcoffset() == timedelta(0)


@pytest.mark.market
@pytest.mark.parametrize(
    ("series", "clock"),
    [("nikkei225", "tokyo_close"), ("usdjpy_tokyo_1700", "tokyo_1700"), ("sp500", "new_york_close")],
)
def test_real_prices_exist_on_exactly_the_calendars_sessions(series, clock):
    with (market_folder() / f"{series}.csv").open(encoding="utf-8") as lines:
        dates = [date.fromisoformat(row["date"]) for row in csv.DictReader(lines)]
    # before 1999 the calendar package misses the Tokyo session of 1998-05-06
    traded = [day for day in dates if day >= date(1999, 1, 1)]
    assert [stamp.date() for stamp in sessions(clock, date(1999, 1, 1), traded[-1])] == traded
