"""Freshness counted in sessions of each market, with the grace that its publisher needs."""

from datetime import date

import pytest

from eventstudy.quality.freshness import freshness, staleness, unsettled
from tests.quality_worlds import bars
from tests.yahoo_double import instant

AFTER_TOKYO = instant("2025-04-08T07:00:00")  # Tuesday 16:00 in Tokyo, 03:00 in New York


@pytest.mark.parametrize(
    ("series", "last", "behind", "status"),
    [
        ("nikkei225", "2025-04-08", 0, "fresh"),
        ("nikkei225", "2025-04-07", 1, "due"),
        ("nikkei225", "2025-04-04", 2, "stale"),
        ("sp500", "2025-04-07", 0, "fresh"),  # Monday's close is the last one in New York
        ("usdjpy", "2025-04-04", 1, "due"),
        ("jgb10y", "2025-04-03", 3, "due"),  # bond markets keep holidays of their own
        ("jgb10y", "2025-04-02", 4, "stale"),
        ("usdjpy_new_york_noon", "2025-03-31", 5, "due"),  # published once a week
        ("usdjpy_new_york_noon", "2025-03-27", 7, "stale"),
        ("nikkei225", "2025-03-10", 20, "stale"),  # 20 March is a holiday
        ("nikkei225", "2025-03-07", 21, "ended"),
        ("nikkei225", "2024-01-04", 307, "ended"),  # 244 more in 2024, then 19, 18, 20 and 6 a month
    ],
)
def test_a_series_is_as_late_as_its_own_market_says(series, last, behind, status):
    state = freshness(series, date.fromisoformat(last), AFTER_TOKYO)
    assert (state.behind, state.status) == (behind, status)


def test_a_bar_of_a_session_still_open_is_fresh():
    assert freshness("sp500", date(2025, 4, 8), AFTER_TOKYO).status == "fresh"


def test_christmas_and_new_year_make_no_currency_series_late():
    state = freshness("usdjpy", date(2024, 12, 31), instant("2025-01-02T12:00:00"))
    assert (state.expected_session, state.behind, state.status) == (date(2025, 1, 1), 0, "fresh")


def test_a_stale_series_is_a_warning_and_an_ended_one_a_notice():
    (late,) = staleness(freshness("nikkei225", date(2025, 4, 4), AFTER_TOKYO))
    assert (late.rule, late.severity) == ("stale series", "warning")
    assert late.expected == "session 2025-04-08, 2 sessions later"
    (ended,) = staleness(freshness("nikkei225", date(2024, 1, 4), AFTER_TOKYO))
    assert (ended.rule, ended.severity) == ("ended series", "notice")
    assert staleness(freshness("nikkei225", date(2025, 4, 7), AFTER_TOKYO)) == ()


def test_a_bar_fetched_before_its_close_and_never_again_is_told():
    rows = bars(["2025-04-04", "2025-04-07", "2025-04-08"], [(1, 2, 1, 2)] * 3)
    rows["finality"] = ["final", "provisional", "provisional"]
    (finding,) = unsettled("nikkei225", rows, date(2025, 4, 8))
    assert (finding.session_date, finding.rule, finding.severity) == (
        date(2025, 4, 7),
        "unsettled",
        "warning",
    )


def test_the_last_bar_may_be_provisional():
    rows = bars(["2025-04-07", "2025-04-08"], [(1, 2, 1, 2)] * 2)
    rows["finality"] = ["revised", "provisional"]
    assert unsettled("nikkei225", rows, date(2025, 4, 8)) == ()
