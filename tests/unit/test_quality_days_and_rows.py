"""Rules about days and single rows: what is refused, what is missed, what is let through."""

from datetime import date

import numpy as np
import pytest

from eventstudy.quality.days import expected_days, missing_sessions, no_session
from eventstudy.quality.rows import absent_prices, inconsistent, missing_close, not_a_price
from eventstudy.quality.screen import screen
from eventstudy.values import Bars
from tests.quality_worlds import bars, closes_only
from tests.yahoo_double import instant

NAN = float("nan")


def told(findings):
    return [(str(item.session_date), item.rule, item.severity) for item in findings]


def test_a_bar_on_a_holiday_is_quarantined_with_its_row():
    rows = bars(["2025-04-28", "2025-04-29"], [(99, 101, 98, 100), (100, 102, 99, 101)], volume=7.0)
    (finding,) = no_session("nikkei225", rows)  # 29 April is Showa Day
    assert told([finding]) == [("2025-04-29", "no session", "quarantined")]
    assert finding.row == (100.0, 102.0, 99.0, 101.0, 7.0)


def test_an_early_holiday_of_another_market_is_a_session_of_ones_own():
    rows = closes_only(["2025-04-29"], [143.0])
    assert no_session("usdjpy", rows) == ()


@pytest.mark.parametrize("day", ["2024-12-25", "2025-01-01"])
def test_currency_markets_are_shut_at_christmas_and_new_year(day):
    rows = closes_only(
        ["2024-12-24", "2024-12-26", "2024-12-27", "2024-12-30", "2024-12-31", "2025-01-02"], range(1, 7)
    )
    assert day not in {str(item.session_date) for item in missing_sessions("usdjpy", rows)}


def test_any_other_weekday_without_a_rate_is_missed():
    rows = closes_only(["2024-12-26", "2024-12-30"], [157.0, 156.0])
    assert told(missing_sessions("usdjpy", rows)) == [("2024-12-27", "missing session", "warning")]


def test_a_currency_bar_at_christmas_is_no_stray_either():
    assert no_session("usdjpy", closes_only(["2024-12-25"], [157.0])) == ()


def test_what_is_expected_of_an_exchange_follows_its_holidays():
    days = expected_days("nikkei225", date(2024, 12, 30), date(2025, 1, 6))
    assert [str(day.date()) for day in days] == ["2024-12-30", "2025-01-06"]


def test_yields_miss_nothing_because_bond_markets_keep_other_holidays():
    assert missing_sessions("us10y", closes_only(["2025-10-10", "2025-10-14"], [4.0, 4.1])) == ()


def test_a_row_without_a_close_is_quarantined_with_what_it_has():
    (finding,) = missing_close("topix", bars(["2025-04-07"], [(2300, 2400, 2280, NAN)]))
    assert (finding.rule, finding.severity, finding.observed) == (
        "missing close",
        "quarantined",
        "open 2300 high 2400 low 2280",
    )
    assert finding.row[:3] == (2300.0, 2400.0, 2280.0)
    assert np.isnan(finding.row[3:]).all()


def test_a_row_without_anything_says_so():
    assert missing_close("topix", closes_only(["2025-04-07"], [NAN]))[0].observed == "no price"


@pytest.mark.parametrize("close", [0.0, -1.0, np.inf])
def test_a_close_that_is_no_price_is_quarantined(close):
    assert told(not_a_price("topix", closes_only(["2025-04-07"], [close]))) == [
        ("2025-04-07", "not a price", "quarantined")
    ]


def test_a_zero_open_beside_a_good_close_is_no_price_either():
    assert len(not_a_price("topix", bars(["2025-04-07"], [(0, 2400, 2280, 2300)]))) == 1


@pytest.mark.parametrize("close", [0.0, -0.1])
def test_a_yield_may_be_zero_or_negative(close):
    assert not_a_price("jgb10y", closes_only(["2025-04-07"], [close])) == ()


def test_an_infinite_yield_is_no_yield():
    assert len(not_a_price("jgb10y", closes_only(["2025-04-07"], [np.inf]))) == 1


@pytest.mark.parametrize(
    "row", [(100, 101, 99, 102), (98, 101, 99, 100), (100, 99, 101, 100), (100, 99, NAN, 98)]
)
def test_prices_outside_their_own_range_are_told(row):
    assert told(inconsistent("topix", bars(["2025-04-07"], [row]))) == [
        ("2025-04-07", "inconsistent", "warning")
    ]


@pytest.mark.parametrize(
    "row", [(100, 101, 99, 101), (99, 101, 99, 99), (NAN, NAN, NAN, 100), (100, 100, 100, 100)]
)
def test_prices_on_the_edge_of_their_range_contradict_nothing(row):
    assert inconsistent("topix", bars(["2025-04-07"], [row])) == ()


def test_a_source_without_high_and_low_is_told_once():
    rows = bars(["2025-04-07", "2025-04-08"], [(1, NAN, NAN, 2), (1, NAN, NAN, 2)])
    (finding,) = absent_prices("gold", rows)
    assert (finding.session_date, finding.severity, finding.observed) == (None, "notice", "no high, low")


def test_a_yield_has_a_close_only_and_one_absent_open_in_forty_is_let_through():
    assert absent_prices("jgb10y", closes_only(["2025-04-07"], [1.1])) == ()
    days = expected_days("gold", date(2025, 1, 2), date(2025, 2, 28))
    rows = bars(days, [(NAN, 3, 1, 2)] + [(2, 3, 1, 2)] * (len(days) - 1))
    assert absent_prices("gold", rows) == ()


def test_the_screen_takes_out_every_row_that_cannot_be_and_misses_none_of_them_again():
    rows = bars(
        ["2025-04-03", "2025-04-04", "2025-04-05", "2025-04-07", "2025-04-08"],
        [(99, 101, 98, 100), (99, 101, 98, NAN), (99, 101, 98, 100), (99, 101, 98, 0), (100, 102, 99, 101)],
    )
    kept, findings = screen(Bars("topix", rows, "test", "0" * 64, instant("2026-11-21T00:00:00")))
    assert [str(day.date()) for day in kept.frame.index] == ["2025-04-03", "2025-04-08"]
    assert told(findings) == [
        ("2025-04-04", "missing close", "quarantined"),
        ("2025-04-05", "no session", "quarantined"),
        ("2025-04-07", "not a price", "quarantined"),
    ]
    assert all(item.row is not None for item in findings)


def test_a_row_with_two_faults_is_quarantined_once():
    rows = closes_only(["2025-04-05"], [NAN])  # a Saturday without a close
    _, findings = screen(Bars("topix", rows, "test", "0" * 64, instant("2026-11-21T00:00:00")))
    assert told(findings) == [("2025-04-05", "no session", "quarantined")]
