"""What Yahoo and yfinance do wrong, mode by mode: the real client over a double of the server."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests

from eventstudy.quality.stillness import close_is_open
from jobs.errors import EmptyAnswer, Malformed, NoNetwork, RateLimited, SourceTrouble, SymbolUnknown
from jobs.providers.base import examine
from jobs.providers.yahoo import YahooProvider
from jobs.refused import ClocksDisagree
from tests.fakes import FixedClock
from tests.yahoo_double import YahooDouble, chart, instant, refusal, reply, session_over

ROOT = Path(__file__).parents[2]
NOW = instant("2025-04-09T12:00:00")
ROWS = [
    ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.0, 10),
    ("2025-04-08T09:00", 100.0, 103.0, 100.0, 102.5, 20),
    ("2025-04-09T09:00", 102.0, 104.0, 101.0, 103.5, 30),
]


def provider(answer, now=NOW):
    return YahooProvider(FixedClock(now), spacing=0, session=session_over(YahooDouble(answer)))


def fetched(answer, series="nikkei225", start="2025-04-07", end="2025-04-09", now=NOW):
    source = provider(answer, now)
    asked = source.ask(series, date.fromisoformat(start), date.fromisoformat(end) if end else None)
    return source, source.fetch(asked)


def told(answer, *place, **more):
    return examine(*fetched(answer, *place, **more))


def closes(bars):
    return {str(day.date()): close for day, close in bars.frame["close"].items()}


def rules(findings):
    return [(item.rule, str(item.session_date), item.severity) for item in findings]


def test_a_row_of_nothing_is_not_dropped_in_silence():
    """yfinance drops such a row by default; here the hole is a finding, and no bar."""
    rows = [ROWS[0], ("2025-04-08T09:00", None, None, None, None, None), ROWS[2]]
    bars, findings = told(chart("Asia/Tokyo", rows))
    assert closes(bars) == {"2025-04-07": 100.0, "2025-04-09": 103.5}
    assert rules(findings) == [("missing close", "2025-04-08", "quarantined")]


def test_a_newest_bar_that_repeats_the_one_before_is_flagged_and_not_final():
    repeated = ("2025-04-09T09:00", *ROWS[1][1:])
    bars, findings = told(chart("Asia/Tokyo", [*ROWS[:2], repeated]))
    assert bars.frame["finality"].tolist() == ["final", "final", "provisional"]
    assert rules(findings) == [("stale repeat", "2025-04-09", "warning")]


def test_a_repeated_bar_that_the_source_has_gone_on_from_is_final_and_flagged():
    repeated = ("2025-04-08T09:00", *ROWS[0][1:])
    bars, findings = told(chart("Asia/Tokyo", [ROWS[0], repeated, ROWS[2]]))
    assert set(bars.frame["finality"]) == {"final"}
    assert rules(findings) == [("stale repeat", "2025-04-08", "warning")]


def test_london_days_whose_close_is_their_open_are_found_out():
    every = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
    days = [day for day in every if day.weekday() < 5]
    rows = [(f"{day}T00:00", 140.0 + n, 141.0 + n, 139.0 + n, 140.0 + n, 0) for n, day in enumerate(days)]
    bars, _ = told(chart("Europe/London", rows), "usdjpy_london_day", "2024-01-01", "2024-12-31")
    assert len(bars.frame) == len(days)
    assert [item.rule for item in close_is_open("usdjpy_london_day", bars.frame)] == ["close equals open"]


@pytest.mark.parametrize(
    ("series", "zone", "stamp"),
    [
        ("nikkei225", "Asia/Tokyo", "2025-04-08T00:00"),  # 15:00 UTC of the day before
        ("nikkei225", "Asia/Tokyo", "2025-04-08T09:00"),
        ("usdjpy_london_day", "Europe/London", "2025-04-08T00:00"),  # summer: 23:00 UTC of the day before
        ("usdjpy_london_day", "Europe/London", "2025-04-07T23:00"),  # Yahoo's midnight, an hour early
        ("sp500", "America/New_York", "2025-04-08T09:30"),
        ("sp500", "America/New_York", "2025-04-08T20:00"),  # 00:00 UTC of the next day
    ],
)
def test_a_row_belongs_to_the_date_of_its_exchange_and_never_of_utc(series, zone, stamp):
    document = chart(zone, [(stamp, 101.0, 102.0, 99.0, 100.0, 0)])
    bars, findings = told(document, series, "2025-04-07", "2025-04-08")
    assert closes(bars) == {"2025-04-08": 100.0}
    assert findings == ()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
def test_the_zone_of_the_machine_changes_nothing(zone, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        bars, findings = told(chart("Asia/Tokyo", ROWS))
    time.tzset()
    assert closes(bars) == {"2025-04-07": 100.0, "2025-04-08": 102.5, "2025-04-09": 103.5}
    assert set(bars.frame["finality"]) == {"final"}
    assert findings == ()


@pytest.mark.parametrize("date_header", ["Wed, 09 Apr 2025 12:11:00 GMT", "Tue, 08 Apr 2025 12:00:00 GMT"])
def test_a_machine_whose_clock_is_wrong_takes_no_bar_for_final(date_header):
    document = chart("Asia/Tokyo", ROWS, symbol="^N225")
    with pytest.raises(ClocksDisagree, match="set the machine's clock right"):
        fetched(reply(200, document, Date=date_header))


@pytest.mark.parametrize(
    "date_header", ["Wed, 09 Apr 2025 12:09:00 GMT", "Wed, 09 Apr 2025 11:51:00 -0000", "soon"]
)
def test_clocks_that_are_minutes_apart_or_unknown_are_no_matter(date_header):
    document = chart("Asia/Tokyo", ROWS, symbol="^N225")
    bars, _ = told(reply(200, document, Date=date_header))
    assert len(bars.frame) == 3


def test_prices_are_never_the_adjusted_ones():
    """yfinance adjusts by default, and every dividend then changes the whole history."""
    document = chart("Asia/Tokyo", ROWS)
    document["chart"]["result"][0]["indicators"]["adjclose"] = [{"adjclose": [10.0, 10.25, 10.35]}]
    bars, findings = told(document, "topix_etf_1306")
    assert closes(bars) == {"2025-04-07": 100.0, "2025-04-08": 102.5, "2025-04-09": 103.5}
    assert findings == ()


@pytest.mark.parametrize(
    ("row", "rule", "severity"),
    [
        ((0.0, 103.0, 0.0, 102.5), "not a price", "quarantined"),
        ((100.0, 103.0, 100.0, -102.5), "not a price", "quarantined"),
        ((100.0, 99.0, 101.0, 100.0), "inconsistent", "warning"),
        ((100.0, 103.0, 100.0, 104.5), "inconsistent", "warning"),
    ],
)
def test_prices_that_cannot_be_are_told(row, rule, severity):
    bars, findings = told(chart("Asia/Tokyo", [ROWS[0], ("2025-04-08T09:00", *row, 20), ROWS[2]]))
    assert rules(findings) == [(rule, "2025-04-08", severity)]
    assert ("2025-04-08" in closes(bars)) == (severity == "warning")


def test_a_held_row_is_kept_with_its_five_numbers():
    _, findings = told(
        chart("Asia/Tokyo", [ROWS[0], ("2025-04-08T09:00", 0.0, 103.0, 0.0, 102.5, 20), ROWS[2]])
    )
    assert findings[0].row == (0.0, 103.0, 0.0, 102.5, 20.0)


@pytest.mark.parametrize(
    ("header", "after"), [({"Retry_After": "120"}, 120), ({"Retry_After": "later"}, None), ({}, None)]
)
def test_a_refusal_says_how_long_to_stay_away_if_the_server_does(header, after):
    with pytest.raises(RateLimited) as refused:
        fetched(reply(429, "Too Many Requests", **header))
    assert refused.value.after == after


def test_an_unknown_symbol_is_final_and_asked_for_no_second_time():
    with pytest.raises(SymbolUnknown) as unknown:
        fetched(reply(404, refusal("Not Found", "No data found, symbol may be delisted")))
    assert not unknown.value.retryable


def test_the_rows_of_a_renamed_symbol_are_not_taken_for_the_old_one():
    with pytest.raises(Malformed, match=r"rows of \^TPX instead of \^N225"):
        fetched(chart("Asia/Tokyo", ROWS, symbol="^TPX"))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (requests.exceptions.ReadTimeout("slow"), NoNetwork),
        (reply(500, "oops"), SourceTrouble),
        (reply(200, "<html>oops</html>"), SourceTrouble),
        (reply(200, "Will be right back"), SourceTrouble),
        (reply(200, refusal("Internal", "possibly delisted; no price data found")), EmptyAnswer),
    ],
)
def test_what_yfinance_calls_possibly_delisted_is_a_passing_failure(answer, kind):
    with pytest.raises(kind) as failure:
        fetched(answer)
    assert failure.value.retryable


def test_no_rows_for_sessions_that_closed_is_a_failure_and_not_an_answer():
    with pytest.raises(EmptyAnswer, match="2025-04-07 to 2025-04-09, which holds closed sessions"):
        fetched(chart("Asia/Tokyo", [("2025-03-03T09:00", *ROWS[0][1:])]))


def test_columns_are_taken_by_name_whatever_stands_beside_them():
    document = chart("Asia/Tokyo", ROWS)
    result = document["chart"]["result"][0]
    result["meta"]["instrumentType"] = "ETF"  # yfinance adds a column of capital gains
    quote = result["indicators"]["quote"][0]
    result["indicators"]["quote"] = [
        {"vwap": [1.0] * 3, **dict(reversed(quote.items())), "turnover": [2.0] * 3}
    ]
    bars, findings = told(document, "topix_etf_1306")
    assert closes(bars) == {"2025-04-07": 100.0, "2025-04-08": 102.5, "2025-04-09": 103.5}
    assert findings == ()


def test_a_dividend_of_a_day_that_has_not_opened_is_no_row():
    """yfinance makes an empty row for it."""
    document = chart("Asia/Tokyo", ROWS)
    paid = int(instant("2025-04-10T00:00:00").timestamp())
    document["chart"]["result"][0]["events"] = {"dividends": {str(paid): {"amount": 1.5, "date": paid}}}
    bars, findings = told(document, "topix_etf_1306", end=None, now=instant("2025-04-09T23:00:00"))
    assert closes(bars) == {"2025-04-07": 100.0, "2025-04-08": 102.5, "2025-04-09": 103.5}
    assert findings == ()


@pytest.mark.parametrize("name", ["open", "high", "low", "close", "volume"])
def test_a_column_that_is_missing_is_loud(name):
    document = chart("Asia/Tokyo", ROWS)
    del document["chart"]["result"][0]["indicators"]["quote"][0][name]
    with pytest.raises(Malformed, match=name):
        fetched(document)


CHILD = """
import sys, tempfile
from tests.contract.test_yahoo_failure_modes import ROWS, chart, closes, told
if "full" in sys.argv:
    def no_room(*args, **options):
        raise OSError(28, "No space left on device")
    tempfile.TemporaryDirectory = no_room
print(closes(told(chart("Asia/Tokyo", ROWS))[0]))
"""


def in_a_child(cache, *arguments):
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-c", CHILD, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


RIGHT = "{'2025-04-07': 100.0, '2025-04-08': 102.5, '2025-04-09': 103.5}"


def test_a_locked_cache_of_yfinance_is_not_waited_for(tmp_path):
    cache = tmp_path / "py-yfinance"
    cache.mkdir()
    with (
        closing(sqlite3.connect(cache / "tkr-tz.db")) as zones,
        closing(sqlite3.connect(cache / "cookies.db")) as jar,
    ):
        for held in (zones, jar):
            held.execute("BEGIN EXCLUSIVE")
        assert in_a_child(tmp_path) == RIGHT


def test_without_room_for_a_cache_yfinance_does_without_one(tmp_path):
    assert in_a_child(tmp_path, "full") == RIGHT
    assert list(tmp_path.iterdir()) == []


def test_a_consent_page_behind_a_redirect_is_a_passing_failure():
    class Consent(YahooDouble):
        def _chart(self, url):
            return reply(302, "", Location="https://consent.yahoo.com/v2/collectConsent")

        def send(self, request, **options):
            if "consent.yahoo.com" not in request.url:
                return super().send(request, **options)
            answer = reply(200, "<html>Before you continue</html>")
            answer.request, answer.url = request, request.url
            return answer

    source = YahooProvider(FixedClock(NOW), spacing=0, session=session_over(Consent(None)))
    with pytest.raises(SourceTrouble, match="a page instead of prices"):
        source.fetch(source.ask("nikkei225", date(2025, 4, 7), date(2025, 4, 9)))


def test_a_row_on_a_holiday_is_held_with_its_numbers_and_a_session_without_one_is_told():
    rows = [
        ("2025-04-28T09:00", *ROWS[0][1:]),
        ("2025-04-29T09:00", 101.5, 102.5, 99.5, 100.5, 10),  # Showa Day
        ("2025-05-01T09:00", *ROWS[1][1:]),
    ]
    now = instant("2025-05-02T00:00:00")
    bars, findings = told(chart("Asia/Tokyo", rows), start="2025-04-28", end="2025-05-01", now=now)
    assert closes(bars) == {"2025-04-28": 100.0, "2025-05-01": 102.5}
    assert rules(findings) == [
        ("no session", "2025-04-29", "quarantined"), ("missing session", "2025-04-30", "warning")
    ]  # fmt: skip
    assert findings[0].row == (101.5, 102.5, 99.5, 100.5, 10.0)


def test_rows_in_disorder_are_put_in_order():
    bars, findings = told(chart("Asia/Tokyo", [ROWS[2], ROWS[0], ROWS[1]]))
    assert list(closes(bars).items()) == [("2025-04-07", 100.0), ("2025-04-08", 102.5), ("2025-04-09", 103.5)]
    assert findings == ()


def test_a_row_that_stands_twice_to_the_last_digit_is_one_row():
    bars, _ = told(chart("Asia/Tokyo", [ROWS[0], ROWS[0], ROWS[1], ROWS[2]]))
    assert closes(bars) == {"2025-04-07": 100.0, "2025-04-08": 102.5, "2025-04-09": 103.5}


def test_of_two_different_rows_of_one_date_neither_is_believed():
    """yfinance keeps the first and says nothing."""
    other = ("2025-04-08T09:00", 100.0, 103.0, 100.0, 102.25, 20)
    bars, findings = told(chart("Asia/Tokyo", [*ROWS[:2], other, ROWS[2]]))
    assert closes(bars) == {"2025-04-07": 100.0, "2025-04-09": 103.5}
    assert rules(findings) == [("told twice", "2025-04-08", "quarantined")]


def test_a_row_of_a_day_that_has_not_come_is_held_back():
    tomorrow = ("2025-04-10T09:00", 102.0, 104.0, 101.0, 103.25, 30)
    bars, findings = told(chart("Asia/Tokyo", [*ROWS, tomorrow]), end=None)
    assert list(closes(bars)) == ["2025-04-07", "2025-04-08", "2025-04-09"]
    assert rules(findings) == [("future session", "2025-04-10", "quarantined")]


def test_a_reading_of_yfinance_that_differs_from_the_answer_is_refused():
    """Of three rows of today it takes the oldest; a client that repairs rows would be found out alike."""
    live = [
        ("2025-04-09T10:00", 102.0, 105.0, 101.0, 104.25, 35),
        ("2025-04-09T11:07", 102.0, 106.0, 101.0, 105.75, 40),
    ]
    with pytest.raises(
        Malformed, match="yfinance reads high 104 on 2025-04-09 00:00 where the answer says 106"
    ):
        fetched(chart("Asia/Tokyo", [*ROWS, *live]))


def test_a_live_row_that_yfinance_moves_to_tomorrow_is_found_out():
    """At 22:00 and some seconds it takes the row for a midnight that came early."""
    live = ("2025-04-09T22:00:14", *ROWS[2][1:])
    with pytest.raises(Malformed, match="first apart on 2025-04-09"):
        fetched(chart("Asia/Tokyo", [*ROWS[:2], live]), now=instant("2025-04-09T13:00:30"), end=None)
