"""What each official source says in its own format, and what becomes of it: rows, remarks, questions sent."""

from datetime import date

import numpy as np
import pytest

from jobs.errors import EmptyAnswer, SourceNotEnabled
from jobs.providers import provider
from jobs.providers.base import examine
from jobs.settings import load_settings
from tests.fakes import FixedClock, Stopwatch
from tests.official_documents import (
    CLOSES,
    DAYS,
    KEY,
    NIKKEI_HEADER,
    NIKKEI_JAPANESE,
    NIKKEI_TRAILER,
    NOW,
    TOTAL_RETURN,
    boj_json,
    fred_csv,
    jquants_json,
    mof_csv,
    mof_japanese,
    nikkei_csv,
    official,
    payload_of,
)
from tests.yahoo_double import instant

BARS = [(day, close, close - 1, close + 2, close - 3) for day, close in zip(DAYS, CLOSES, strict=True)]
FIXINGS = list(zip(DAYS, CLOSES, strict=True))


def rows(name, series, content, **span):
    """Return date to close as the provider reads the content."""
    source, _ = official(name, content)
    frame = source.read(payload_of(name, series, content, **span)).frame
    return {str(day.date()): close for day, close in frame["close"].items()}


def remarks(name, series, content, **span):
    source, _ = official(name, content)
    found = source.remarks(payload_of(name, series, content, **span))
    return [(item.rule, str(item.session_date), item.severity) for item in found]


# Nikkei


def test_the_first_price_of_a_nikkei_row_is_the_close():
    source, _ = official("nikkei", b"")
    frame = source.read(payload_of("nikkei", "nikkei225", nikkei_csv(BARS))).frame
    first = frame.iloc[0]
    assert (first["close"], first["open"], first["high"], first["low"]) == (100.0, 99.0, 102.0, 97.0)
    assert len(frame) == 5
    assert np.isnan(first["volume"])


def test_nikkei_columns_are_found_by_name_in_any_order():
    content = nikkei_csv([(DAYS[0], 97, 102, 99, 100)], header="Date of Data,Low,High,Open,Close")
    source, _ = official("nikkei", content)
    [row] = source.read(payload_of("nikkei", "nikkei_vi", content)).frame.to_dict("records")
    assert (row["close"], row["open"], row["high"], row["low"]) == (100.0, 99.0, 102.0, 97.0)


def test_the_japanese_header_and_trailer_read_like_the_english_ones():
    japanese = nikkei_csv(BARS, header=NIKKEI_JAPANESE, trailer='"本資料は日経の著作物です。"')
    assert rows("nikkei", "nikkei225", japanese) == dict(FIXINGS)


def test_the_apostrophe_of_the_copyright_line_is_not_utf8():
    content = nikkei_csv(BARS)
    assert b"Nikkei\x81\x66s" in content
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert len(rows("nikkei", "nikkei225", content)) == 5


def test_the_total_return_column_belongs_to_the_jpx_nikkei_400_and_is_left_out():
    content = nikkei_csv([(*row, 30000) for row in BARS], header=f"{NIKKEI_HEADER},{TOTAL_RETURN}")
    assert rows("nikkei", "jpx_nikkei_400", content) == dict(FIXINGS)


def test_line_feeds_alone_end_lines_too():
    assert rows("nikkei", "nikkei225", nikkei_csv(BARS, end="\n")) == dict(FIXINGS)


def test_every_answer_of_nikkei_carries_the_licence_notice():
    found = official("nikkei", b"")[0].remarks(payload_of("nikkei", "nikkei225", nikkei_csv(BARS)))
    assert [(item.rule, item.severity) for item in found] == [("licence", "notice")]
    assert "licence where programs process them" in found[0].expected


def test_a_nikkei_session_without_close_and_one_at_zero_are_kept_apart_with_their_rows():
    content = nikkei_csv([BARS[0], (DAYS[1], "", 97, 99, 96), (DAYS[2], 90, 0, 91, 89)])
    assert rows("nikkei", "nikkei225", content) == {DAYS[0]: 100.0}
    found = official("nikkei", b"")[0].remarks(payload_of("nikkei", "nikkei225", content))
    assert [(item.rule, str(item.session_date), item.severity) for item in found[:2]] == [
        ("missing close", DAYS[1], "quarantined"),
        ("not a price", DAYS[2], "quarantined"),
    ]
    assert found[0].row[:3] == (97.0, 99.0, 96.0)
    assert found[1].row[:4] == (0.0, 91.0, 89.0, 90.0)


def test_each_index_has_its_own_address_at_nikkei():
    files = {}
    for series in ("nikkei225", "nikkei_vi", "jpx_nikkei_400"):
        source, web = official("nikkei", nikkei_csv(BARS))
        source.fetch(source.ask(series, None, None))
        files[series] = str(web.asked[0].url)
    folder = "https://indexes.nikkei.co.jp/nkave/historical/"
    assert files == {
        "nikkei225": f"{folder}nikkei_stock_average_daily_en.csv",
        "nikkei_vi": f"{folder}nikkei_stock_average_vi_daily_en.csv",
        "jpx_nikkei_400": f"{folder}jpx_nikkei_index_400_daily_en.csv",
    }


def test_nikkei_is_only_opened_when_its_terms_are_accepted(monkeypatch):
    monkeypatch.delenv("EVENTSTUDY_NIKKEI_TERMS", raising=False)
    with pytest.raises(SourceNotEnabled) as caught:
        provider("nikkei", settings=load_settings(), clock=FixedClock(NOW))
    assert caught.value.exit_code == 2
    assert "no copying or redistribution" in caught.value.message
    assert "EVENTSTUDY_NIKKEI_TERMS=accepted" in caught.value.remedy
    monkeypatch.setenv("EVENTSTUDY_NIKKEI_TERMS", "accepted")
    opened = provider("nikkei", settings=load_settings(), clock=FixedClock(NOW))
    assert opened.available() == ("nikkei225", "jpx_nikkei_400", "nikkei_vi")


# FRED


def test_both_headers_of_fred_read_alike():
    for word in ("observation_date", "DATE"):
        assert rows("fred", "nikkei225", fred_csv(FIXINGS, date_name=word)) == dict(FIXINGS)


def test_a_point_or_nothing_is_left_out_and_noted_only_where_a_session_was_due():
    told = fred_csv([("2025-04-28", "100.5"), ("2025-04-29", "."), ("2025-04-30", ""), ("2025-05-01", ".")])
    assert rows("fred", "nikkei225", told) == {"2025-04-28": 100.5}
    assert remarks("fred", "nikkei225", told) == [("missing close", "2025-04-30", "notice")]


def test_a_bond_holiday_at_fred_is_a_notice_and_a_negative_yield_is_a_yield():
    told = fred_csv([("2024-10-11", "4.08"), ("2024-10-14", "."), ("2024-10-15", "-0.03")], code="DGS10")
    assert rows("fred", "us10y", told) == {"2024-10-11": 4.08, "2024-10-15": -0.03}
    assert remarks("fred", "us10y", told) == [("missing close", "2024-10-14", "notice")]


def test_a_price_of_zero_is_kept_apart_even_where_no_session_was_due():
    told = fred_csv(
        [("1990-01-05", "0.0"), ("1990-01-08", "."), ("2025-04-29", "-1.5"), ("2025-04-30", "9.5")]
    )
    assert rows("fred", "nikkei225", told) == {"2025-04-30": 9.5}
    assert remarks("fred", "nikkei225", told) == [
        ("not a price", "1990-01-05", "quarantined"),
        ("not a price", "2025-04-29", "quarantined"),
    ]


def test_fred_is_asked_for_one_id_and_the_days_wanted():
    source, web = official("fred", fred_csv(FIXINGS, code="DEXJPUS"))
    source.fetch(source.ask("usdjpy_new_york_noon", date(2025, 4, 3), date(2025, 4, 9)))
    assert str(web.asked[0].url) == (
        "https://fred.stlouisfed.org/graph/fredgraph.csv?id=DEXJPUS&cosd=2025-04-03&coed=2025-04-09"
    )


def test_noon_in_new_york_is_a_series_of_its_own_and_never_the_close():
    source, _ = official("fred", b"")
    assert source.available() == ("nikkei225", "usdjpy_new_york_noon", "us10y", "us2y")


# Bank of Japan


def test_the_bank_of_japans_null_is_noted_only_where_a_session_was_due():
    told = boj_json([("2025-04-28", 143.5), ("2025-04-29", None), ("2025-04-30", None)])
    assert rows("boj", "usdjpy_tokyo_1700", told) == {"2025-04-28": 143.5}
    assert remarks("boj", "usdjpy_tokyo_1700", told) == [("missing close", "2025-04-30", "notice")]


def test_dates_of_the_bank_may_be_text_too():
    told = boj_json(FIXINGS[:1]).replace(b"[20250403]", b'["20250403"]')
    assert rows("boj", "usdjpy_tokyo_1700", told) == {DAYS[0]: 100.0}


def test_the_bank_is_asked_for_one_series_by_month_and_the_days_are_cut_here():
    source, web = official("boj", boj_json(FIXINGS))
    payload = source.fetch(source.ask("usdjpy_tokyo_1700", date(2025, 4, 4), date(2025, 4, 8)))
    assert dict(web.asked[0].url.params) == {
        "format": "json", "lang": "en", "db": "FM08", "code": "FXERD04",
        "startDate": "202504", "endDate": "202504",
    }  # fmt: skip
    assert source.read(payload).frame["close"].tolist() == [97.5, 90.0, 95.25]


def test_an_answer_of_the_bank_without_any_series_is_an_empty_answer():
    source, _ = official("boj", boj_json([], RESULTSET=[], MESSAGEID="M181030I"))
    with pytest.raises(EmptyAnswer, match="FXERD04 answered without a single price"):
        source.fetch(source.ask("usdjpy_tokyo_1700", None, None))


# Ministry of Finance

HISTORY = [("2025/3/28", 0.85, 1.5), ("2025/3/31", 0.84, "-")]
MONTH = [("2025/4/1", 0.83, 1.48), ("2025/4/2", 0.82, 1.47)]


def test_history_and_current_month_are_one_series_with_two_maturities():
    joined = mof_csv(HISTORY) + mof_csv(MONTH, month="April 2025")
    assert rows("mof", "jgb2y", joined) == {
        "2025-03-28": 0.85, "2025-03-31": 0.84, "2025-04-01": 0.83, "2025-04-02": 0.82
    }  # fmt: skip
    assert rows("mof", "jgb10y", joined) == {"2025-03-28": 1.5, "2025-04-01": 1.48, "2025-04-02": 1.47}
    assert remarks("mof", "jgb10y", joined) == [("missing close", "2025-03-31", "notice")]


def test_days_of_the_japanese_eras_are_days():
    joined = mof_japanese([("S49.9.24", 9, "-"), ("S64.1.6", 4.5, 4.6), ("H1.1.9", 4.5, 4.7)]) + mof_japanese(
        [("H31.4.26", -0.15, -0.05), ("R1.5.7", -0.16, -0.06), ("R7.4.7", 0.7, 1.2)], month="令和7年4月"
    )
    assert rows("mof", "jgb10y", joined) == {
        "1989-01-06": 4.6, "1989-01-09": 4.7, "2019-04-26": -0.05, "2019-05-07": -0.06, "2025-04-07": 1.2
    }  # fmt: skip
    assert "1974-09-24" in rows("mof", "jgb2y", joined)


def test_a_day_in_both_files_counts_once_where_they_agree():
    joined = mof_csv([*HISTORY, MONTH[0]]) + mof_csv(MONTH, month="April 2025")
    assert list(rows("mof", "jgb2y", joined)) == ["2025-03-28", "2025-03-31", "2025-04-01", "2025-04-02"]


def test_a_history_that_ends_early_leaves_a_gap_that_is_told():
    joined = mof_csv([("2025/2/27", 0.8, 1.4)]) + mof_csv(MONTH, month="April 2025")
    assert remarks("mof", "jgb10y", joined) == [("gap", "2025-04-01", "warning")]


def test_both_files_of_the_ministry_are_asked_for_and_joined_as_they_came():
    history, month = mof_csv(HISTORY, end="\n").rstrip(b"\n"), mof_csv(MONTH, month="April 2025")
    source, web = official("mof", history, month)
    payload = source.fetch(source.ask("jgb2y", None, None))
    assert [request.url.path.rsplit("/", 1)[1] for request in web.asked] == ["jgbcme_all.csv", "jgbcme.csv"]
    assert payload.content == history + b"\r\n" + month
    assert len(source.read(payload).frame) == 4


# J-Quants

TOPIX = [(day, close - 1, close + 2, close - 3, close) for day, close in zip(DAYS, CLOSES, strict=True)]


def test_one_letter_columns_of_j_quants_are_open_high_low_close():
    content = b"[" + jquants_json(TOPIX) + b"]"
    source, _ = official("jquants", b"")
    first = source.read(payload_of("jquants", "topix", content)).frame.iloc[0]
    assert (first["open"], first["high"], first["low"], first["close"]) == (99.0, 102.0, 97.0, 100.0)


def test_pages_are_followed_to_the_last_and_kept_in_order():
    pages = [jquants_json(TOPIX[:2], "k1"), jquants_json(TOPIX[2:4], "k2"), jquants_json(TOPIX[4:])]
    source, web = official("jquants", *pages)
    payload = source.fetch(source.ask("topix", date(2025, 4, 3), date(2025, 4, 9)))
    assert payload.content == b"[" + b",".join(pages) + b"]"
    assert [dict(request.url.params) for request in web.asked] == [
        {"from": "2025-04-03", "to": "2025-04-09"},
        {"from": "2025-04-03", "to": "2025-04-09", "pagination_key": "k1"},
        {"from": "2025-04-03", "to": "2025-04-09", "pagination_key": "k2"},
    ]
    assert {request.headers["x-api-key"] for request in web.asked} == {KEY}
    assert source.read(payload).frame["close"].tolist() == list(CLOSES)


def test_an_empty_pagination_key_ends_the_pages():
    source, web = official("jquants", jquants_json(TOPIX, ""))
    source.fetch(source.ask("topix", None, None))
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    ("plan", "seconds"), [("free", 12.0), ("light", 1.0), ("standard", 0.5), ("premium", 0.12)]
)
def test_j_quants_is_asked_no_faster_than_its_plan_allows(plan, seconds):
    from jobs.providers.jquants import REQUESTS_A_MINUTE

    watch = Stopwatch()
    pages = [jquants_json(TOPIX[:2], "k1"), jquants_json(TOPIX[2:])]
    source, _ = official("jquants", *pages, watch=watch, spacing=60 / REQUESTS_A_MINUTE[plan])
    source.fetch(source.ask("topix", None, None))
    assert watch.slept == [0.0, pytest.approx(seconds)]


def test_the_free_plans_delay_is_told_and_a_source_in_time_says_nothing():
    content = b"[" + jquants_json(TOPIX) + b"]"
    source, _ = official("jquants", b"")
    late = payload_of("jquants", "topix", content, moment=instant("2025-07-02T09:00:00"))
    [found] = source.remarks(late)
    assert (found.rule, found.severity) == ("late source", "notice")
    assert found.observed.startswith("newest row 2025-04-09")
    assert source.remarks(payload_of("jquants", "topix", content)) == ()
    assert source.remarks(payload_of("jquants", "topix", content, end=date(2025, 4, 9))) == ()


def test_the_row_of_the_halted_exchange_is_left_to_the_screening():
    halt = [(day, 10, 12, 9, 11) for day in ("2020-09-30", "2020-10-01")] + [("2020-10-02", 10, 13, 9, 12)]
    source, _ = official("jquants", jquants_json(halt))
    bars, found = examine(source, source.fetch(source.ask("topix", None, date(2020, 10, 2))))
    assert [str(day.date()) for day in bars.frame.index] == ["2020-09-30", "2020-10-02"]
    assert ("no session", date(2020, 10, 1), "quarantined") in [
        (item.rule, item.session_date, item.severity) for item in found
    ]


def test_a_row_of_nulls_on_a_session_is_kept_apart():
    content = b"[" + jquants_json([TOPIX[0], (DAYS[1], None, None, None, None)]) + b"]"
    assert rows("jquants", "topix", content) == {DAYS[0]: 100.0}
    assert remarks("jquants", "topix", content) == [("missing close", DAYS[1], "quarantined")]


def test_j_quants_is_only_opened_with_a_key(monkeypatch):
    monkeypatch.delenv("EVENTSTUDY_JQUANTS_KEY", raising=False)
    with pytest.raises(SourceNotEnabled, match="set EVENTSTUDY_JQUANTS_KEY") as caught:
        provider("jquants", settings=load_settings(), clock=FixedClock(NOW))
    assert caught.value.exit_code == 2
    monkeypatch.setenv("EVENTSTUDY_JQUANTS_KEY", KEY)
    assert provider("jquants", settings=load_settings(), clock=FixedClock(NOW)).available() == ("topix",)


# All


@pytest.mark.parametrize("name", ["fred", "boj", "mof"])
def test_sources_without_a_condition_open_with_the_settings_alone(name):
    opened = provider(name, settings=load_settings(), clock=FixedClock(NOW))
    assert (opened.name, opened.world) == (name, "real")


EMPTY = {
    "nikkei": ("nikkei225", [nikkei_csv([])]),
    "fred": ("nikkei225", [fred_csv([])]),
    "boj": ("usdjpy_tokyo_1700", [boj_json([])]),
    "mof": ("jgb10y", [mof_csv([]), mof_csv([], month="April 2025")]),
    "jquants": ("topix", [jquants_json([])]),
}


@pytest.mark.parametrize("name", EMPTY)
def test_no_row_for_closed_sessions_is_a_failure_and_for_a_holiday_an_answer(name):
    series, answers = EMPTY[name]
    source, _ = official(name, *answers)
    with pytest.raises(EmptyAnswer):
        source.fetch(source.ask(series, date(2025, 4, 1), date(2025, 4, 9)))
    sunday = source.fetch(source.ask(series, date(2025, 4, 6), date(2025, 4, 6)))
    assert source.read(sunday).frame.empty


def test_a_whole_file_may_still_lack_the_trailers_own_line_end():
    content = nikkei_csv(BARS)
    assert content.endswith(NIKKEI_TRAILER.encode("cp932") + b"\r\n")
    assert rows("nikkei", "nikkei225", content.removesuffix(b"\r\n")) == dict(FIXINGS)
