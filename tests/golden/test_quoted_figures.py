"""Figures that the press printed in April and July 2025, against hand arithmetic on the same figures.

Source: methods specification 6.2 (levels, changes and per cent as published) and the quoted table of the
articles. Closes are made here from those published figures; no price file is read.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from eventstudy import figures
from eventstudy.results import FigureCheck
from eventstudy.values import QuotedFigure

UNITS = {"level": "points", "change": "points", "percent_change": "percent"}

PUBLISHED = {
    "nikkei225": {
        "2025-04-02": 35725.87,
        "2025-04-03": 34735.93,
        "2025-04-04": 33780.58,
        "2025-04-07": 31136.58,
        "2025-04-08": 33012.58,
        "2025-04-09": 31714.03,
        "2025-04-10": 34609.00,
        "2025-07-23": 41171.32,
    },
    "topix": {
        "2025-04-02": 2650.29,
        "2025-04-03": 2568.61,
        "2025-04-04": 2482.06,
        "2025-04-07": 2288.66,
        "2025-04-08": 2432.02,
        "2025-04-09": 2349.33,
        "2025-04-10": 2539.40,
    },
    "nikkei_vi": {"2025-04-04": 35.58, "2025-04-07": 58.39},
}

# series, date, level, change, per cent as printed, implied previous level, implied per cent by hand
TABLE = [
    ("nikkei225", "2025-04-03", "34,735.93", "-989.94", "-2.77%", "35725.87", "-2.7709 %"),
    ("nikkei225", "2025-04-04", "33,780.58", "-955.35", "-2.75%", "34735.93", "-2.7503 %"),
    ("nikkei225", "2025-04-07", "31,136.58", "-2,644.00", "-7.83%", "33780.58", "-7.8270 %"),
    ("nikkei225", "2025-04-08", "33,012.58", "+1,876.00", "+6.03%", "31136.58", "6.0251 %"),
    ("nikkei225", "2025-04-09", "31,714.03", "-1,298.55", "-3.93%", "33012.58", "-3.9335 %"),
    ("nikkei225", "2025-04-10", "34,609.00", "+2,894.97", "+9.12%", "31714.03", "9.1284 %"),
    ("topix", "2025-04-03", "2,568.61", "-81.68", "-3.08%", "2650.29", "-3.0819 %"),
    ("topix", "2025-04-04", "2,482.06", "-86.55", "-3.37%", "2568.61", "-3.3695 %"),
    ("topix", "2025-04-07", "2,288.66", "-193.40", "-7.79%", "2482.06", "-7.7919 %"),
    ("topix", "2025-04-08", "2,432.02", "+143.36", "+6.26%", "2288.66", "6.2639 %"),
    ("topix", "2025-04-10", "2,539.40", "+190.07", "+8.09%", "2349.33", "8.0904 %"),
    ("nikkei_vi", "2025-04-07", "58.39", "+22.81", "+64.11%", "35.58", "64.1091 %"),
]


def closes() -> pd.DataFrame:
    frame = pd.DataFrame(PUBLISHED)
    frame.index = pd.DatetimeIndex(frame.index).as_unit("us")
    return frame.sort_index()


def figure(series: str, day: str, quantity: str, quoted: str, article: str = "A1") -> QuotedFigure:
    return QuotedFigure(
        id=f"{article}-{series}-{day}-{quantity}",
        article=article,
        series=series,
        quantity=quantity,
        quoted=quoted,
        unit=UNITS[quantity],
        date=date.fromisoformat(day),
        location="table",
        group=f"{series}-{day}",
    )


def row(series: str, day: str, *texts: str) -> list[QuotedFigure]:
    return [figure(series, day, quantity, text) for quantity, text in zip(UNITS, texts, strict=True)]


def one(series: str, day: str, quantity: str, quoted: str, prices: pd.DataFrame | None = None) -> FigureCheck:
    (checked,) = figures.check(
        [figure(series, day, quantity, quoted)], closes() if prices is None else prices
    )
    return checked


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]}-{line[1]}")
def test_every_published_row_agrees_with_itself_and_with_its_hand_arithmetic(line):
    series, day, level, change, percent, previous, implied = line
    checked = figures.check(row(series, day, level, change, percent), pd.DataFrame())
    assert {item.arithmetic for item in checked} == {"CONSISTENT"}
    assert {item.verdict for item in checked} == {"NO DATA"}
    assert f"level - change = {previous};" in checked[0].evidence[0]
    assert f"= {implied} (printed {percent})" in checked[0].evidence[0]


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]}-{line[1]}")
def test_every_published_row_is_exact_on_published_closes_but_for_the_truncated_one(line):
    series, day, level, change, percent, _, _ = line
    checked = figures.check(row(series, day, level, change, percent), closes())
    last = "TRUNCATED" if percent == "+9.12%" else "EXACT"
    assert [item.verdict for item in checked] == ["EXACT", "EXACT", last]


def test_the_articles_nikkei_row_of_7_april_is_exact_with_its_evidence():
    level, change, percent = figures.check(
        row("nikkei225", "2025-04-07", "31,136.58", "-2,644.00", "-7.83%"), closes()
    )
    assert (level.computed, change.computed, level.difference) == (31136.58, -2644.0, 0.0)
    assert percent.computed == pytest.approx(-7.827, abs=5e-5)  # 6.2 prints four decimals
    assert percent.difference == pytest.approx(-0.003, abs=5e-5)
    assert percent.evidence == (
        "nikkei225 close 2025-04-07 31136.58",
        "previous session: nikkei225 close 2025-04-04 33780.58",
        "level - change = 33780.58; -2644/33780.58 = -7.8270 % (printed -7.83%)",
    )


def test_the_topix_row_without_a_change_is_exact_and_its_arithmetic_not_checkable():
    quoted = [
        figure("topix", "2025-04-07", "level", "2,289"),
        figure("topix", "2025-04-07", "percent_change", "-7.8%"),
    ]
    checked = figures.check(quoted, closes())
    assert [item.verdict for item in checked] == ["EXACT", "EXACT"]
    assert {item.arithmetic for item in checked} == {"NOT CHECKABLE"}


def test_the_jpx_nikkei_400_row_is_consistent_in_itself_and_has_no_data():
    quoted = row("jpx_nikkei_400", "2025-04-07", "20,855.98", "-1,744.47", "-7.72%")
    for checked in figures.check(quoted, closes()):
        assert (checked.verdict, checked.arithmetic) == ("NO DATA", "CONSISTENT")
        assert checked.computed is checked.difference is None
        assert "jpx_nikkei_400_etf_1591" in checked.rule
        assert "level - change = 22600.45; -1744.47/22600.45 = -7.7187 % (printed -7.72%)" in checked.evidence


@pytest.mark.parametrize(
    ("series", "day", "quoted", "verdict"),
    [
        ("nikkei225", "2025-04-07", "-7.82%", "TRUNCATED"),
        ("nikkei225", "2025-04-07", "7.82", "MISMATCH"),
        ("nikkei225", "2025-04-10", "+9.12%", "TRUNCATED"),
        ("nikkei225", "2025-04-10", "+9.13%", "EXACT"),
        ("nikkei225", "2025-04-07", "-7.84%", "MISMATCH"),
        ("nikkei225", "2025-04-03", "-2.78%", "OFF_BY_UNIT"),
        ("topix", "2025-04-08", "+6.8%", "MISMATCH"),
        ("topix", "2025-04-07", "−7.8 %", "EXACT"),
    ],
)
def test_per_cent_changes_as_the_press_printed_them(series, day, quoted, verdict):
    assert one(series, day, "percent_change", quoted).verdict == verdict


def test_a_close_reported_for_a_saturday_is_false_whatever_the_prices_say():
    prices = closes()
    prices.loc[pd.Timestamp("2025-04-05"), "nikkei225"] = 39000.0
    checked = one("nikkei225", "2025-04-05", "level", "39,000", prices)
    assert (checked.verdict, checked.calendar, checked.computed) == ("FALSE", "NO SESSION", None)
    assert "Saturday" in checked.evidence[0]
    assert one("nikkei225", "2025-04-05", "percent_change", "+5.8%", prices).verdict == "FALSE"


def test_the_invented_close_of_23_july_is_a_mismatch():
    checked = one("nikkei225", "2025-07-23", "level", "42,500")
    assert checked.verdict == "MISMATCH"
    assert checked.difference == pytest.approx(42500 - 41171.32, abs=1e-9)  # floats of about 4e4


def test_an_invented_level_breaks_the_chain_within_its_article_without_any_prices():
    quoted = [
        figure("nikkei225", "2025-04-04", "level", "34,000.00"),
        *row("nikkei225", "2025-04-07", "31,136.58", "-2,644.00", "-7.83%"),
    ]
    before, *after = figures.check(quoted, pd.DataFrame())
    assert before.arithmetic == "NOT CHECKABLE"
    assert {item.arithmetic for item in after} == {"CONTRADICTED"}


def test_the_published_levels_form_a_chain_over_a_weekend():
    quoted = [
        *row("nikkei225", "2025-04-04", "33,780.58", "-955.35", "-2.75%"),
        *row("nikkei225", "2025-04-07", "31,136.58", "-2,644.00", "-7.83%"),
    ]
    checked = figures.check(quoted, pd.DataFrame())
    assert {item.arithmetic for item in checked} == {"CONSISTENT"}
    chain = "level - change = 33780.58; the same article prints 33,780.58 for the session before"
    assert chain in checked[-1].evidence
