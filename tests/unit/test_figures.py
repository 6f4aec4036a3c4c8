"""Quoted figures: reading print, rounding rules, float32 noise, row arithmetic, calendar and gaps."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from eventstudy import figures
from eventstudy.errors import BadValue, UnknownSeries
from eventstudy.figures.arithmetic import check_row
from eventstudy.figures.precision import judge, published, read_printed
from eventstudy.values import QuotedFigure

MONDAY, FRIDAY, THURSDAY = "2025-06-09", "2025-06-06", "2025-06-05"


def quote(quoted: str, quantity: str = "level", **changes: object) -> QuotedFigure:
    facts = {
        "id": f"F-{quantity}",
        "article": "A1",
        "series": "nikkei225",
        "quantity": quantity,
        "quoted": quoted,
        "unit": "points",
        "date": date.fromisoformat(MONDAY),
        "location": "text",
        "group": "g",
    }
    return QuotedFigure(**{**facts, **changes})


def prices(**closes: float) -> pd.DataFrame:
    days = pd.DatetimeIndex([THURSDAY, FRIDAY, MONDAY], name="session").as_unit("us")
    return pd.DataFrame({"nikkei225": [closes.get(day, np.nan) for day in ("thu", "fri", "mon")]}, index=days)


def row(level: str, change: str, percent: str) -> dict[str, object]:
    texts = {"level": level, "change": change, "percent_change": percent}
    return {name: read_printed(text) for name, text in texts.items() if text}


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("31,136.58", "31136.58", "0.01"),
        ("-2,644.00", "-2644", "0.01"),
        ("+22.81", "22.81", "0.01"),
        ("-7.83%", "-7.83", "0.01"),
        ("−7.8 %", "-7.8", "0.1"),
        ("–7.8%", "-7.8", "0.1"),
        (" 2,289 ", "2289", "1"),
        ("2289", "2289", "1"),
        ("1,234,567", "1234567", "1"),
        ("+ 0.10", "0.1", "0.01"),
    ],
)
def test_printed_numbers_are_read_with_their_precision(text, value, unit):
    printed = read_printed(text)
    assert (printed.value, printed.unit) == (Fraction(value), Fraction(unit))


@pytest.mark.parametrize(
    "text", ["", "about 60", "31.136,58", "1,23", "--5", "5-", "7.83 percent", "3.", "%"]
)
def test_a_text_that_is_no_number_is_refused_with_its_text(text):
    with pytest.raises(BadValue, match="quoted figure is"):
        read_printed(text)


@pytest.mark.parametrize(
    ("text", "true", "verdict"),
    [
        ("7.83", "7.835", "EXACT"),
        ("7.83", "7.825", "EXACT"),
        ("7.83", "7.8350001", "TRUNCATED"),
        ("7.83", "7.8399999", "TRUNCATED"),
        ("7.83", "7.84", "OFF_BY_UNIT"),
        ("7.83", "7.8249999", "OFF_BY_UNIT"),
        ("7.83", "7.82", "OFF_BY_UNIT"),
        ("7.83", "7.8199999", "MISMATCH"),
        ("7.83", "-7.83", "MISMATCH"),
        ("-7.83", "-7.8399999", "TRUNCATED"),
        ("-7.83", "-7.8249999", "OFF_BY_UNIT"),
        ("0.00", "0.009", "TRUNCATED"),
        ("-0.00", "-0.009", "TRUNCATED"),
        ("0.00", "0.01", "OFF_BY_UNIT"),
        ("2,289", "2288.5", "EXACT"),
        ("2,289", "2288.4999", "OFF_BY_UNIT"),
    ],
)
def test_the_verdict_changes_exactly_at_the_ends_of_the_intervals(text, true, verdict):
    assert judge(read_printed(text), Fraction(true))[0] == verdict


@pytest.mark.parametrize(
    ("stored", "price"),
    [
        (31136.5801, "31136.58"),
        (33780.5781, "33780.58"),
        (float(np.float32(147.255)), "147.255"),
        (35.58, "35.58"),
        (1.0e-5, "0.00001"),
        (150000.01, "150000.01"),
    ],
)
def test_float32_noise_is_removed_and_nothing_else(stored, price):
    assert published(stored) == Fraction(price)


def test_float32_noise_does_not_move_a_change_across_a_unit():
    noisy = prices(fri=33780.5781, mon=31136.5801)
    verdicts = [
        figures.check([quote(text, "change")], noisy)[0].verdict
        for text in ("-2,644.00", "-2,643.99", "-2,644.01", "-2,643.98")
    ]
    assert verdicts == ["EXACT", "OFF_BY_UNIT", "OFF_BY_UNIT", "MISMATCH"]


def test_evidence_shows_the_stored_price_beside_the_one_it_was_taken_for():
    (checked,) = figures.check([quote("31,136.58")], prices(mon=31136.5801))
    assert checked.evidence[0] == "nikkei225 close 2025-06-09 31136.58 (stored 31136.5801)"
    assert checked.computed == 31136.58


@pytest.mark.parametrize(
    ("level", "change", "percent", "verdict"),
    [
        ("110", "10", "10.0%", "CONSISTENT"),
        # 109.5..111 and 9.5..11 points allow 9.5/101.5 = 9.36 % to 11/98.5 = 11.17 %
        ("110", "10", "11.1%", "CONSISTENT"),
        ("110", "10", "11.3%", "CONTRADICTED"),
        ("110", "10", "9.4%", "CONSISTENT"),
        ("110", "10", "9.2%", "CONTRADICTED"),
        ("90", "-10", "-10.5%", "CONSISTENT"),
        ("110.00", "10.00", "10.03%", "CONTRADICTED"),
        ("110.00", "+10.00", "-10.00%", "CONTRADICTED"),
        ("110", "10", "", "NOT CHECKABLE"),
        ("110", "", "10%", "NOT CHECKABLE"),
        ("", "+10", "+9.1%", "NOT CHECKABLE"),
        ("", "-10", "+9.1%", "CONTRADICTED"),
        ("10", "20", "5%", "CONTRADICTED"),
        ("10", "10", "5%", "NOT CHECKABLE"),
    ],
)
def test_one_row_is_checked_against_itself(level, change, percent, verdict):
    assert check_row(row(level, change, percent)).verdict == verdict


def test_the_previous_level_of_the_article_joins_the_check():
    assert check_row(row("110", "10", ""), read_printed("100")).verdict == "CONSISTENT"
    assert check_row(row("110", "10", ""), read_printed("104")).verdict == "CONTRADICTED"
    assert check_row(row("110", "", ""), read_printed("104")).verdict == "NOT CHECKABLE"


def test_figures_of_another_article_or_day_never_join_a_row():
    quoted = [
        quote("110"),
        quote("10", "change", article="A2"),
        quote("99%", "percent_change", date=date.fromisoformat(FRIDAY)),
    ]
    assert {item.arithmetic for item in figures.check(quoted, prices())} == {"NOT CHECKABLE"}


def test_two_per_cent_figures_of_one_row_are_each_checked_as_printed():
    quoted = [quote("110.00"), quote("10.00", "change")]
    quoted += [quote("10.00%", "percent_change"), quote("12.00%", "percent_change", id="second")]
    checked = figures.check(quoted, prices())
    assert [item.arithmetic for item in checked[2:]] == ["CONSISTENT", "CONTRADICTED"]


def test_a_missing_previous_session_gives_no_data_and_never_a_two_day_change():
    checked = figures.check([quote("-7.8%", "percent_change")], prices(thu=100.0, mon=92.2))[0]
    assert (checked.verdict, checked.computed) == ("NO DATA", None)
    assert "previous session missing" in checked.rule
    assert "2025-06-06" in checked.rule


def test_a_level_needs_no_previous_session():
    assert figures.check([quote("92.2")], prices(mon=92.2))[0].verdict == "EXACT"


@pytest.mark.parametrize("frame", [prices(), pd.DataFrame(), prices().drop(columns="nikkei225")])
def test_no_prices_at_all_is_no_data_with_a_remedy(frame):
    checked = figures.check([quote("92.2")], frame)[0]
    assert checked.verdict == "NO DATA"
    assert "bring nikkei225.csv" in checked.rule


def test_a_missing_day_is_no_data():
    checked = figures.check([quote("92.2")], prices(fri=100.0))[0]
    assert checked.rule == "no stored close of nikkei225 on 2025-06-09: refresh that day"


def test_the_calendar_asked_is_that_of_the_series_own_clock():
    asked = []

    def always(clock: str, day: date) -> bool:
        asked.append(clock)
        return True

    figures.check([quote("1", series="usdjpy"), quote("1", series="sp500")], prices(), is_session=always)
    assert set(asked) == {"new_york_1700", "new_york_close"}


def test_a_market_that_never_opened_before_has_no_previous_close():
    def only_monday(clock: str, day: date) -> bool:
        return day == date.fromisoformat(MONDAY)

    checked = figures.check([quote("5", "change")], prices(fri=1.0, mon=2.0), is_session=only_monday)[0]
    assert checked.verdict == "NO DATA"
    assert "previous session missing" in checked.rule


def test_a_day_outside_the_calendars_is_no_data_and_its_arithmetic_still_counts():
    black_tuesday = date(1987, 10, 20)
    quoted = [
        quote("21,910.08", date=black_tuesday),
        quote("-3,836.48", "change", date=black_tuesday),
        quote("-14.90%", "percent_change", date=black_tuesday),
    ]
    for checked in figures.check(quoted, prices()):
        assert (checked.verdict, checked.calendar) == ("NO DATA", "NOT CHECKABLE")
        assert checked.arithmetic == "CONSISTENT"  # 3836.48 / 25746.56 = 14.9009 %


def test_a_negative_yield_is_a_level_like_any_other_and_bears_no_per_cent_change():
    frame = prices(fri=-0.05, mon=-0.04).rename(columns={"nikkei225": "jgb10y"})
    quoted = [quote("-0.04", series="jgb10y"), quote("+0.01", "change", series="jgb10y")]
    quoted.append(quote("-20%", "percent_change", series="jgb10y"))
    assert [item.verdict for item in figures.check(quoted, frame)] == ["EXACT", "EXACT", "NO DATA"]


def test_a_figure_of_a_proxy_says_so():
    frame = prices(mon=3000.0).rename(columns={"nikkei225": "topix_etf_1306"})
    checked = figures.check([quote("3,000", series="topix_etf_1306")], frame)[0]
    assert checked.evidence[-1] == "topix_etf_1306 is a proxy of topix"


def test_unknown_quantities_series_and_indices_are_refused():
    with pytest.raises(BadValue, match="quantity of figure"):
        figures.check([quote("5", "volume")], prices())
    with pytest.raises(UnknownSeries):
        figures.check([quote("5", series="nikkei")], prices())
    zoned = prices(mon=1.0).tz_localize("Asia/Tokyo")
    with pytest.raises(BadValue, match="index of closes"):
        figures.check([quote("5")], zoned)
