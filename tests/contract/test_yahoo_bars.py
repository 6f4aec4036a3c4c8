"""The real yfinance over a double of the server: what its rows become."""

from datetime import date

import pytest

from jobs.errors import EmptyAnswer, NoSuchSeriesHere
from jobs.providers.base import examine
from jobs.providers.yahoo import SYMBOLS, YahooProvider
from tests.fakes import FixedClock
from tests.yahoo_double import YahooDouble, chart, instant, session_over

LATER = instant("2025-06-01T00:00:00")


def told(series, document, *, now=LATER, start=None, end=None):
    """Return what a provider makes of a document: bars and findings after the screen."""
    provider = YahooProvider(FixedClock(now), spacing=0, session=session_over(YahooDouble(document)))
    return examine(provider, provider.fetch(provider.ask(series, start, end)))


def rules(findings):
    return [(item.rule, str(item.session_date), item.severity) for item in findings]


def test_rows_become_bars_by_the_exchange_date_unadjusted_and_volume_zero_is_absent():
    rows = [
        ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-08T09:00", 100.0, 103.0, 100.0, 102.5, 7),
    ]
    bars, findings = told("nikkei225", chart("Asia/Tokyo", rows))
    assert [str(day.date()) for day in bars.frame.index] == ["2025-04-07", "2025-04-08"]
    assert bars.frame["close"].tolist() == [100.0, 102.5]
    assert bars.frame["volume"].isna().tolist() == [True, False]
    assert bars.source == "yahoo:^N225"
    assert findings == ()


def test_a_london_midnight_in_summer_keeps_its_london_date():
    rows = [
        ("2025-04-07T00:00", 146.0, 148.0, 145.0, 147.0, 0),  # 23:00 UTC of the day before
        ("2025-04-08T00:00", 147.0, 148.0, 146.0, 146.5, 0),
    ]
    document = chart("Europe/London", rows)
    bars, _ = told("usdjpy_london_day", document, start=date(2025, 4, 7), end=date(2025, 4, 8))
    assert [str(day.date()) for day in bars.frame.index] == ["2025-04-07", "2025-04-08"]


def test_the_london_day_of_the_yen_is_a_series_of_its_own_and_no_mismatch():
    rows = [("2025-04-07T00:00", 146.0, 148.0, 145.0, 147.0, 0)]
    document, day = chart("Europe/London", rows), date(2025, 4, 7)
    bars, findings = told("usdjpy_london_day", document, start=day, end=day)
    assert bars.source == "yahoo:JPY=X (London day)"
    assert findings == ()


def test_an_index_of_the_newest_note_is_not_the_constant_maturity_yield_and_says_so():
    _, findings = told("us10y", chart("America/Chicago", [("2020-03-09T08:20", 0.1, 0.2, 0.1, 0.15, 0)]))
    assert [(item.rule, item.observed, item.session_date) for item in findings] == [
        ("clock mismatch", "yahoo:^TNX (CBOE index of the newest note)", None)
    ]


# 2025-04-07: Tokyo closes at 15:30 = 06:30 UTC; London's midnight is 23:00 UTC; 17:00 New York is 21:00 UTC
@pytest.mark.parametrize(
    ("series", "zone", "fetched", "finality"),
    [
        ("nikkei225", "Asia/Tokyo", "2025-04-07T01:00:00", "provisional"),  # while open
        ("nikkei225", "Asia/Tokyo", "2025-04-07T06:59:00", "provisional"),  # closed, not yet settled
        ("nikkei225", "Asia/Tokyo", "2025-04-07T07:00:00", "final"),
        ("usdjpy_london_day", "Europe/London", "2025-04-07T22:00:00", "provisional"),  # past New York's roll
        ("usdjpy_london_day", "Europe/London", "2025-04-08T00:30:00", "final"),
        ("sp500", "America/New_York", "2025-04-07T20:29:00", "provisional"),
        ("sp500", "America/New_York", "2025-04-07T20:30:00", "final"),
        ("gold", "America/New_York", "2025-04-07T21:00:00", "provisional"),  # settled, still traded
        ("gold", "America/New_York", "2025-04-07T21:30:00", "final"),
    ],
)
def test_a_bar_is_final_only_when_its_day_has_ended_at_the_vendor(series, zone, fetched, finality):
    rows = [
        ("2025-04-04T09:00", 100.0, 101.0, 99.0, 100.0, 0),
        ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.5, 0),
    ]
    bars, _ = told(series, chart(zone, rows), now=instant(fetched), start=date(2025, 4, 4))
    assert bars.frame["finality"].tolist() == ["final", finality]


def test_the_live_row_replaces_the_older_row_of_the_same_day():
    rows = [
        ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-08T09:00", 100.0, 103.0, 100.0, 102.0, 0),
        ("2025-04-08T11:07", 100.0, 104.0, 100.0, 103.0, 0),
    ]
    now = instant("2025-04-08T02:07:00")
    bars, _ = told("nikkei225", chart("Asia/Tokyo", rows), now=now, start=date(2025, 4, 7))
    assert bars.frame["close"].tolist() == [100.0, 103.0]
    assert bars.frame["finality"].tolist() == ["final", "provisional"]


@pytest.mark.parametrize("volume", [0, 5_000, None])
def test_a_closed_session_without_prices_is_quarantined_and_no_bar(volume):
    rows = [
        ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-08T09:00", None, None, None, None, volume),
        ("2025-04-09T09:00", 100.0, 103.0, 100.0, 102.0, 0),
    ]
    bars, findings = told("nikkei225", chart("Asia/Tokyo", rows))
    assert len(bars.frame) == 2
    assert rules(findings) == [("missing close", "2025-04-08", "quarantined")]


def test_a_session_that_yahoo_leaves_out_is_reported_as_missing():
    rows = [
        ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-09T09:00", 100.0, 103.0, 100.0, 102.0, 0),
    ]
    _, findings = told("nikkei225", chart("Asia/Tokyo", rows))
    assert rules(findings) == [("missing session", "2025-04-08", "warning")]


def test_an_empty_row_on_a_holiday_is_no_finding():
    rows = [
        ("2025-04-28T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-29T09:00", None, None, None, None, 0),  # Showa Day
        ("2025-04-30T09:00", 100.0, 103.0, 100.0, 102.0, 0),
    ]
    bars, findings = told("nikkei225", chart("Asia/Tokyo", rows))
    assert len(bars.frame) == 2
    assert findings == ()


def test_an_empty_row_of_a_session_that_has_not_closed_is_no_finding():
    rows = [
        ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-08T09:00", None, None, None, None, 0),
    ]
    document, start = chart("Asia/Tokyo", rows), date(2025, 4, 7)
    _, early = told("nikkei225", document, now=instant("2025-04-07T22:00:00"), start=start)
    _, late = told("nikkei225", document, now=instant("2025-04-08T22:00:00"), start=start)
    assert early == ()
    assert rules(late) == [("missing close", "2025-04-08", "quarantined")]


def test_a_bar_on_a_holiday_is_quarantined():
    rows = [
        ("2025-04-28T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-29T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-30T09:00", 100.0, 103.0, 100.0, 102.0, 0),
    ]
    bars, findings = told("nikkei225", chart("Asia/Tokyo", rows))
    assert [day.day for day in bars.frame.index] == [28, 30]
    assert rules(findings) == [("no session", "2025-04-29", "quarantined")]


def test_a_price_of_zero_is_quarantined():
    rows = [
        ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.0, 0),
        ("2025-04-08T09:00", 0.0, 103.0, 0.0, 102.0, 0),
        ("2025-04-09T09:00", 100.0, 103.0, 100.0, 101.0, 0),
    ]
    bars, findings = told("nikkei225", chart("Asia/Tokyo", rows))
    assert bars.frame["close"].tolist() == [100.0, 101.0]
    assert rules(findings) == [("not a price", "2025-04-08", "quarantined")]


def test_rows_that_are_all_empty_are_an_empty_answer():
    rows = [("2025-04-07T09:00", None, None, None, None, 0), ("2025-04-08T09:00", None, None, None, None, 0)]
    with pytest.raises(EmptyAnswer):
        told("nikkei225", chart("Asia/Tokyo", rows), start=date(2025, 4, 7), end=date(2025, 4, 8))


def test_a_yield_may_be_zero_or_negative():
    rows = [
        ("2020-03-09T08:20", 0.1, 0.2, -0.1, 0.0, 0),
        ("2020-03-10T08:20", 0.0, 0.1, -0.2, -0.05, 0),
    ]
    bars, findings = told("us10y", chart("America/Chicago", rows))
    assert bars.frame["close"].tolist() == [0.0, -0.05]
    assert [item.rule for item in findings] == ["clock mismatch"]


def test_a_split_is_reported_because_the_source_restates_what_came_before():
    rows = [
        ("2025-04-04T09:00", 100.0, 101.0, 99.0, 100.0, 10),
        ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.5, 10),
    ]
    _, findings = told("topix_etf_1306", chart("Asia/Tokyo", rows, splits={"2025-04-07T09:00": 10}))
    (split,) = findings
    assert (split.rule, str(split.session_date), split.observed) == ("split", "2025-04-07", "10 for 1")


@pytest.mark.parametrize(
    ("series", "place"),
    [
        ("topix", "topix_etf_1306"),
        ("jpx_nikkei_400", "jpx_nikkei_400_etf_1591"),
        ("nikkei_vi", "nikkei_vi.csv"),
        ("usdjpy_tokyo_1700", "usdjpy_tokyo_1700.csv"),
        ("jgb10y", "jgb10y.csv"),
    ],
)
def test_a_series_without_a_symbol_is_an_exclusion_that_names_the_way_out(series, place):
    provider = YahooProvider(FixedClock(LATER), spacing=0, session=session_over(YahooDouble({})))
    with pytest.raises(NoSuchSeriesHere, match=f"yahoo has no prices for {series} .*{place}"):
        provider.ask(series, None, None)


def test_the_symbols_are_the_ones_that_were_measured_to_work():
    tickers = {series: symbol.ticker for series, symbol in SYMBOLS.items()}
    expected = {
        "nikkei225": "^N225", "usdjpy": "JPY=X", "usdjpy_london_day": "JPY=X",
        "sp500": "^GSPC", "vix": "^VIX", "gold": "GC=F",
        "us10y": "^TNX", "topix_etf_1306": "1306.T", "jpx_nikkei_400_etf_1591": "1591.T",
        "topix17_1617_foods": "1617.T", "topix17_1633_real_estate": "1633.T",
        "topix17_1622_autos_transport_equipment": "1622.T", "toyota_7203": "7203.T",
        "mitsubishi_motors_7211": "7211.T", "eww": "EWW", "vnm": "VNM", "eido": "EIDO", "ewj": "EWJ",
    }  # fmt: skip
    assert {series: tickers[series] for series in expected} == expected
    assert len(tickers) == 37
    assert len(set(tickers.values())) == 36  # one instrument by two clocks
