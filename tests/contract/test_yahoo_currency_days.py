"""The yen's New York day, made of hours: which hour closes it, over weekends, summer time and holes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs.errors import EmptyAnswer, Malformed
from jobs.providers.base import examine
from jobs.providers.yahoo import YahooProvider
from tests.fakes import FixedClock
from tests.yahoo_double import YahooDouble, chart, instant, session_over

NEW_YORK = ZoneInfo("America/New_York")


def price(moment):
    """Return an invented price that tells its hour: 100 on 1 January 2024, 00:00 UTC, 0.01 more each hour."""
    return round(100 + (moment - datetime(2024, 1, 1, tzinfo=UTC)) / timedelta(hours=1) / 100, 4)


def utc(text):
    """Return the UTC instant of a time told by New York's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def week(first, last, *, without=()):
    """Return a row for each hour between two times of New York's clocks."""
    moment, end, left_out = utc(first), utc(last), {utc(text) for text in without}
    rows = []
    while moment < end:
        told = price(moment)
        if moment not in left_out:
            rows.append((f"{moment:%Y-%m-%dT%H:%M}", told, told + 0.5, told - 0.5, told + 0.01, 0))
        moment += timedelta(hours=1)
    return rows


def told(rows, *, now="2025-03-20T00:00:00", start=None, end=None):
    document = chart("UTC", rows, granularity="1h")
    provider = YahooProvider(FixedClock(instant(now)), spacing=0, session=session_over(YahooDouble(document)))
    return examine(provider, provider.fetch(provider.ask("usdjpy", start, end)))


def closing(day):
    """Return the close of a New York day: the last price of the hour that begins at 16:00 there."""
    return pytest.approx(price(utc(f"{day}T16:00")) + 0.01, abs=1e-9)  # rounding of the invented price


# Friday 2025-03-07 closes in winter time (22:00 UTC), Monday 2025-03-10 in summer time (21:00 UTC)
SPRING = week("2025-03-06T17:00", "2025-03-07T17:00") + week("2025-03-09T17:00", "2025-03-12T17:00")


def test_a_day_closes_with_the_hour_that_begins_at_16_in_winter_and_in_summer():
    bars, findings = told(SPRING, start=date(2025, 3, 7), end=date(2025, 3, 12))
    days = ["2025-03-07", "2025-03-10", "2025-03-11", "2025-03-12"]
    assert [str(day.date()) for day in bars.frame.index] == days
    assert bars.frame["close"].tolist() == [closing(day) for day in days]
    assert bars.source == "yahoo:JPY=X (hourly bars)"
    assert bars.frame["volume"].isna().all()
    assert findings == ()


def test_autumn_moves_the_close_back_by_an_hour_of_utc():
    rows = week("2024-10-31T17:00", "2024-11-01T17:00") + week("2024-11-03T17:00", "2024-11-04T17:00")
    assert rows[23][0] == "2024-11-01T20:00"  # Friday's last hour
    assert rows[-1][0] == "2024-11-04T21:00"  # Monday's
    bars, _ = told(rows, start=date(2024, 11, 1), end=date(2024, 11, 4))
    assert bars.frame["close"].tolist() == [closing("2024-11-01"), closing("2024-11-04")]


def test_sunday_evening_opens_monday_and_the_open_high_and_low_are_those_of_all_hours():
    bars, _ = told(SPRING, start=date(2025, 3, 10), end=date(2025, 3, 10))
    first = price(datetime(2025, 3, 9, 21, tzinfo=UTC))
    last = price(datetime(2025, 3, 10, 20, tzinfo=UTC))
    row = bars.frame.iloc[0]
    assert [row["open"], row["high"], row["low"]] == pytest.approx([first, last + 0.5, first - 0.5])


def test_a_day_without_its_last_hour_has_no_close_and_none_is_invented():
    rows = week("2025-03-09T17:00", "2025-03-12T17:00", without=["2025-03-11T16:00"])
    bars, findings = told(rows, start=date(2025, 3, 10), end=date(2025, 3, 12))
    assert [day.day for day in bars.frame.index] == [10, 12]
    assert [(item.rule, str(item.session_date)) for item in findings] == [("missing session", "2025-03-11")]


def test_a_last_hour_without_a_close_is_no_last_hour():
    rows = [(*row[:4], None, 0) if row[0] == "2025-03-11T20:00" else row for row in SPRING]
    bars, _ = told(rows, start=date(2025, 3, 10), end=date(2025, 3, 12))
    assert [day.day for day in bars.frame.index] == [10, 12]


def test_a_hole_in_the_hours_leaves_the_close_and_takes_high_and_low():
    rows = week("2025-03-09T17:00", "2025-03-11T17:00", without=["2025-03-10T18:00", "2025-03-10T17:00"])
    bars, findings = told(rows, start=date(2025, 3, 10), end=date(2025, 3, 11))
    monday, tuesday = (bars.frame.loc[day] for day in ("2025-03-10", "2025-03-11"))
    assert monday[["open", "high", "low", "close"]].notna().all()
    assert tuesday[["open", "high", "low"]].isna().all()
    assert tuesday["close"] == closing("2025-03-11")
    assert [(item.rule, str(item.session_date), item.severity) for item in findings] == [
        ("hours missing", "2025-03-11", "notice")
    ]


def test_hours_after_fridays_close_make_no_saturday():
    rows = week("2025-03-06T17:00", "2025-03-07T21:00")
    bars, findings = told(rows, start=date(2025, 3, 7), end=date(2025, 3, 8))
    assert [str(day.date()) for day in bars.frame.index] == ["2025-03-07"]
    assert findings == ()


@pytest.mark.parametrize(
    ("now", "finality"),
    [
        ("2025-03-12T20:40:00", "provisional"),
        ("2025-03-12T21:10:00", "provisional"),
        ("2025-03-12T21:31:00", "final"),
    ],
)
def test_a_day_is_final_half_an_hour_after_five_in_new_york(now, finality):
    bars, _ = told(SPRING, now=now, start=date(2025, 3, 11))
    assert bars.frame["finality"].tolist() == ["final", finality]


def test_the_live_row_is_part_of_its_hour():
    live = ("2025-03-12T20:41:17", 204.0, 299.0, 201.0, 250.25, 0)
    bars, _ = told([*SPRING, live], now="2025-03-12T20:41:30", start=date(2025, 3, 12))
    row = bars.frame.iloc[0]
    assert (row["close"], row["high"], row["finality"]) == (250.25, 299.0, "provisional")


def test_the_chart_is_asked_for_hour_by_hour_for_no_more_than_yahoo_keeps_and_a_notice_says_so():
    double = YahooDouble(chart("UTC", SPRING, granularity="1h"))
    clock = FixedClock(instant("2025-03-13T00:00:00"))
    provider = YahooProvider(clock, spacing=0, session=session_over(double))
    _, findings = examine(provider, provider.fetch(provider.ask("usdjpy", None, None)))
    (asked,) = double.charts()
    assert "interval=60m" in asked
    oldest = datetime.fromtimestamp(int(asked.partition("period1=")[2].partition("&")[0]), UTC)
    assert timedelta(days=728) <= clock.now() - oldest < timedelta(days=730)
    notices = [
        (item.rule, item.severity, item.session_date) for item in findings if item.rule != "missing session"
    ]
    assert notices == [("short history", "notice", None)]


def test_a_range_within_reach_is_asked_for_with_the_evening_before_it():
    double = YahooDouble(chart("UTC", SPRING, granularity="1h"))
    provider = YahooProvider(
        FixedClock(instant("2025-03-13T00:00:00")), spacing=0, session=session_over(double)
    )
    payload = provider.fetch(provider.ask("usdjpy", date(2025, 3, 10), date(2025, 3, 10)))
    assert provider.read(payload).frame["open"].notna().all()
    assert provider.remarks(payload) == ()


def test_days_before_yahoos_hours_begin_are_an_answer_without_rows():
    bars, findings = told(SPRING, start=date(2020, 1, 6), end=date(2020, 1, 10))
    assert bars.frame.empty
    assert [item.rule for item in findings] == ["short history"]


def test_daily_rows_instead_of_hours_are_refused():
    document = chart("UTC", SPRING, granularity="1h")
    document["chart"]["result"][0]["meta"]["dataGranularity"] = "1d"
    clock = FixedClock(instant("2025-03-13T00:00:00"))
    provider = YahooProvider(clock, spacing=0, session=session_over(YahooDouble(document)))
    with pytest.raises(Malformed, match="rows of 1d instead of 60m"):
        provider.fetch(provider.ask("usdjpy", date(2025, 3, 10), None))


def test_hours_that_the_client_cuts_off_are_read_all_the_same():
    """yfinance drops rows outside the hours of business that the answer names; a currency has none."""
    document = chart("UTC", SPRING, granularity="1h")
    for day in document["chart"]["result"][0]["meta"]["tradingPeriods"]:
        day[0]["end"] -= 6 * 3600  # as if nobody traded after 18:00 UTC
    clock = FixedClock(instant("2025-03-20T00:00:00"))
    provider = YahooProvider(clock, spacing=0, session=session_over(YahooDouble(document)))
    payload = provider.fetch(provider.ask("usdjpy", date(2025, 3, 10), date(2025, 3, 12)))
    closes = provider.read(payload).frame["close"].tolist()
    assert closes == [closing(f"2025-03-{day}") for day in (10, 11, 12)]


def test_a_london_day_that_is_dated_elsewhere_is_refused():
    rows = [("2025-03-10T00:00", 146.0, 148.0, 145.0, 147.0, 0)]
    double = YahooDouble(chart("America/New_York", rows))
    provider = YahooProvider(
        FixedClock(instant("2025-03-13T00:00:00")), spacing=0, session=session_over(double)
    )
    with pytest.raises(Malformed, match="days of America/New_York instead of Europe/London"):
        provider.fetch(provider.ask("usdjpy_london_day", date(2025, 3, 10), date(2025, 3, 10)))


def test_hours_without_one_close_for_days_that_ended_are_an_empty_answer():
    rows = week("2025-03-10T01:00", "2025-03-10T09:00")
    with pytest.raises(EmptyAnswer):
        told(rows, start=date(2025, 3, 10), end=date(2025, 3, 10))
