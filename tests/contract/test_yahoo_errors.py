"""The real yfinance over a double of the server: every way it fails becomes one typed error."""

import json
from dataclasses import replace
from datetime import date

import pytest
import requests

from jobs.errors import EmptyAnswer, Malformed, NoNetwork, RateLimited, SourceTrouble, SymbolUnknown
from jobs.providers.yahoo import YahooProvider
from tests.fakes import FixedClock, Stopwatch
from tests.yahoo_double import YahooDouble, chart, instant, refusal, reply, session_over

NOW = instant("2025-04-09T12:00:00")
ROWS = [
    ("2025-04-07T09:00", 101.0, 102.0, 99.0, 100.0, 0),
    ("2025-04-08T09:00", 100.0, 103.0, 100.0, 102.5, 0),
]
TOKYO = chart("Asia/Tokyo", ROWS)


def without(document, *path):
    part = document["chart"]["result"][0]
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    return document


def emptied():
    document = chart("Asia/Tokyo", ROWS)
    document["chart"]["result"][0]["indicators"] = {"quote": [{}], "adjclose": [{}]}
    return reply(200, without(document, "timestamp"))


TABLE = {
    "too many requests": (reply(429, "Too Many Requests"), RateLimited),
    "unknown symbol": (reply(404, refusal("Not Found", "may be delisted")), SymbolUnknown),
    "unknown symbol, no document": (reply(404, "not found"), SymbolUnknown),
    "server error": (reply(500, "oops"), SourceTrouble),
    "bad gateway": (reply(502, "<html>"), SourceTrouble),
    "forbidden": (reply(403, "<html>"), SourceTrouble),
    "invalid crumb": (reply(401, refusal("Unauthorized", "Invalid Crumb")), SourceTrouble),
    "blocked": (reply(999, "denied"), SourceTrouble),
    "a page with status 200": (reply(200, "<html>consent</html>"), SourceTrouble),
    "down for repairs": (reply(200, "Will be right back"), SourceTrouble),
    "an error document with status 200": (reply(200, refusal("Internal", "any")), EmptyAnswer),
    "read timeout": (requests.exceptions.ReadTimeout("slow"), NoNetwork),
    "connect timeout": (requests.exceptions.ConnectTimeout("slow"), NoNetwork),
    "refused connection": (requests.exceptions.ConnectionError("name resolution"), NoNetwork),
    "cut connection": (requests.exceptions.ChunkedEncodingError("cut"), NoNetwork),
    "empty quote block": (emptied(), EmptyAnswer),
    "no data for the dates": (reply(400, refusal("Bad Request", "Data doesn't exist")), EmptyAnswer),
    "no timestamp key": (reply(200, without(chart("Asia/Tokyo", ROWS), "timestamp")), Malformed),
    "no close column": (
        reply(200, without(chart("Asia/Tokyo", ROWS), "indicators", "quote", 0, "close")), Malformed
    ),
    "no zone": (reply(200, without(chart("Asia/Tokyo", ROWS), "meta", "exchangeTimezoneName")), Malformed),
    "a list": (reply(200, []), Malformed),
    "rows of another symbol": (
        reply(200, chart("Asia/Tokyo", ROWS, symbol="^TPX")), Malformed
    ),
    "months instead of days": (
        reply(200, chart("Asia/Tokyo", ROWS, granularity="1mo")), Malformed
    ),
    "text for a price": (
        reply(200, chart("Asia/Tokyo", [(*ROWS[0][:4], "n/a", 0), ROWS[1]])), Malformed
    ),
    "a price without end": (
        reply(200, json.dumps(TOKYO).replace("102.5", "1e999")), Malformed
    ),
}  # fmt: skip


def yahoo(answer):
    return YahooProvider(FixedClock(NOW), spacing=0, session=session_over(YahooDouble(answer)))


def asked(start=date(2025, 4, 7), end=date(2025, 4, 8)):
    return yahoo(TOKYO).ask("nikkei225", start, end)


@pytest.mark.parametrize("case", TABLE)
def test_a_failing_server_becomes_one_typed_error(case):
    answer, expected = TABLE[case]
    with pytest.raises(expected) as caught:
        yahoo(answer).fetch(asked())
    assert type(caught.value) is expected
    assert "yahoo:^N225" in caught.value.message


def test_an_unknown_symbol_is_final_and_everything_about_the_server_is_worth_another_try():
    assert {kind for _, kind in TABLE.values() if not kind.retryable} == {SymbolUnknown, Malformed}
    assert {kind for _, kind in TABLE.values() if kind.source_down} == {RateLimited, NoNetwork}


def test_a_failure_of_the_outside_world_exits_with_4_and_a_question_without_answer_with_1():
    assert {kind.exit_code for _, kind in TABLE.values() if kind is not SymbolUnknown} == {4}
    assert SymbolUnknown.exit_code == 1


@pytest.mark.parametrize("case", TABLE)
def test_a_failed_fetch_does_not_poison_the_next_one(case):
    double = YahooDouble(TABLE[case][0])
    provider = YahooProvider(FixedClock(NOW), spacing=0, session=session_over(double))
    with pytest.raises(TABLE[case][1]):
        provider.fetch(asked())
    double.answer = TOKYO
    bars = provider.read(provider.fetch(asked()))
    assert bars.frame["close"].tolist() == [100.0, 102.5]


def test_a_revised_history_is_seen_by_the_same_process():
    double = YahooDouble(TOKYO)
    provider = YahooProvider(FixedClock(NOW), spacing=0, session=session_over(double))
    before = provider.fetch(asked())
    double.answer = chart("Asia/Tokyo", [ROWS[0], (*ROWS[1][:4], 102.75, 0)])
    after = provider.fetch(asked())
    assert provider.read(after).frame["close"].tolist() == [100.0, 102.75]
    assert before.hash != after.hash


def test_a_fetch_is_one_chart_request():
    double = YahooDouble(TOKYO)
    YahooProvider(FixedClock(NOW), spacing=0, session=session_over(double)).fetch(asked())
    assert len(double.charts()) == 1


def test_no_request_lasts_longer_than_its_limit_whatever_yfinance_allows():
    double = YahooDouble(reply(200, "{}"))
    session = session_over(double)
    YahooProvider(FixedClock(NOW), timeout=5.0, session=session)
    for address in ("https://fc.yahoo.com", "https://query2.finance.yahoo.com/v8/finance/chart/X"):
        session.get(address, timeout=30)
    assert [limit for _, limit in double.asked] == [(2.0, 2.0), (3.0, 5.0)]


def test_fetches_are_spaced_so_that_the_server_is_not_hammered():
    watch = Stopwatch()
    session = session_over(YahooDouble(TOKYO))
    provider = YahooProvider(
        FixedClock(NOW), spacing=1.5, session=session, sleep=watch.sleep, timer=watch.timer
    )
    provider.fetch(asked())
    watch.seconds += 0.5
    provider.fetch(asked())
    assert watch.slept == [0.0, 1.0]


def test_no_rows_for_days_without_a_closed_session_is_an_answer():
    weekend = yahoo(reply(400, refusal("Bad Request", "Data doesn't exist")))
    request = asked(date(2025, 4, 5), date(2025, 4, 6))
    assert weekend.read(weekend.fetch(request)).frame.empty


def test_days_that_have_not_come_are_not_asked_for():
    double = YahooDouble(TOKYO)
    provider = YahooProvider(FixedClock(NOW), spacing=0, session=session_over(double))
    assert provider.read(provider.fetch(asked(date(2025, 4, 11), None))).frame.empty
    assert double.asked == []


def whole(**changes):
    """Return the content of a payload of one row, with some parts of its result changed."""
    result = chart("Asia/Tokyo", ROWS[:1])["chart"]["result"][0] | changes
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


def quote(**changes):
    row = {name: [1.0] for name in ("open", "high", "low", "close", "volume")}
    return {"quote": [row | changes]}


def meta(**changes):
    return {"exchangeTimezoneName": "Asia/Tokyo", **changes}


STAMP = 1_743_984_000  # 2025-04-07 00:00 UTC


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"[" * 100_000,
        whole()[:-1],
        whole().replace(b'"error"', b'"errer"'),
        b'{"chart":{"result":[{}],"error":{"code":"Internal"}}}',
        b'{"chart":{"result":[{},{}],"error":null}}',
        whole(meta=meta(exchangeTimezoneName="Mars/X")),
        whole(meta=meta(exchangeTimezoneName="Asia")),
        whole(meta={}),
        whole(timestamp=["x"]),
        whole(timestamp=[True]),
        whole(timestamp=[float(STAMP)]),
        whole(timestamp=[10**12]),
        whole(timestamp=None),
        whole(indicators=quote(close=[1.0, 2.0])),
        whole(indicators=quote(close=["1.0"])),
        whole(indicators=quote(close=[True])),
        whole(indicators=quote(close=[float("inf")])),
        whole(indicators=quote(close=[float("nan")])),
        whole(indicators=quote(close=[10**400])),
        whole(indicators={"quote": []}),
        whole(events={"splits": {"1": {"date": STAMP, "numerator": 1, "denominator": 0}}}),
    ],
)  # fmt: skip
def test_a_damaged_payload_is_malformed(content):
    provider = yahoo(TOKYO)
    sound = provider.fetch(asked())
    assert len(provider.read(replace(sound, content=whole())).frame) == 1
    with pytest.raises(Malformed, match=r"yahoo:\^N225"):
        provider.read(replace(sound, content=content))


def test_the_payload_is_what_the_server_sent_to_the_last_byte():
    text = json.dumps(TOKYO, indent=1).replace('"DOUBLE"', '"^N225"')
    assert yahoo(reply(200, text)).fetch(asked()).content == text.encode()
