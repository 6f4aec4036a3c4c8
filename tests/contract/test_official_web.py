"""The one way to the web: what each failure of a server or a line becomes, and that no key is ever told."""

import gzip
import io
import logging
import traceback

import httpx
import pytest

from jobs.errors import (
    AccessRefused,
    BadSetting,
    Malformed,
    NoNetwork,
    ProviderError,
    RateLimited,
    SourceTrouble,
    SymbolUnknown,
)
from jobs.providers import provider
from jobs.providers.fred import FredProvider
from jobs.providers.http import Wire
from jobs.settings import load_settings
from tests.fakes import FixedClock, Stopwatch
from tests.official_documents import (
    CLOSES,
    DAYS,
    KEY,
    NOW,
    fred_csv,
    jquants_json,
    mof_csv,
    official,
)

BODY = fred_csv(zip(DAYS, CLOSES, strict=True))
TOPIX = [(day, *[close] * 4) for day, close in zip(DAYS, CLOSES, strict=True)]
HTML = {"Content-Type": "text/html; charset=utf-8"}
CSV = {"Content-Type": "text/csv"}
HOME = "https://fred.stlouisfed.org"


def outcome(*answers, **options):
    """Return the error of one fetch of FRED's Nikkei 225."""
    source, _ = official("fred", *answers, **options)
    with pytest.raises(ProviderError) as caught:
        source.fetch(source.ask("nikkei225", None, None))
    return caught.value


FAILURES = {
    "429": ((429, {}, b""), RateLimited, "too many requests"),
    "401": ((401, {}, b""), AccessRefused, "HTTP status 401"),
    "403": ((403, {}, b"denied"), AccessRefused, "HTTP status 403"),
    "404": ((404, HTML, b"<html>"), SymbolUnknown, "is unknown to its source"),
    "410": ((410, {}, b""), SymbolUnknown, "is unknown to its source"),
    "400": ((400, {}, b"bad"), SourceTrouble, "answered with HTTP status 400"),
    "500": ((500, {}, b"oops"), SourceTrouble, "answered with HTTP status 500"),
    "503": ((503, HTML, b"<html>"), SourceTrouble, "answered with HTTP status 503"),
    "only a part": ((210, CSV, BODY), SourceTrouble, "only in part, with HTTP status 210"),
    "a range": ((206, CSV, BODY), SourceTrouble, "only in part, with HTTP status 206"),
    "no content": ((204, {}, b""), SourceTrouble, "only in part, with HTTP status 204"),
    "a page by its type": ((200, HTML, BODY), SourceTrouble, "a page instead of prices"),
    "a page by its look": ((200, CSV, b"\xef\xbb\xbf \r\n<!DOCTYPE html>"), SourceTrouble, "a page instead"),
    "nothing": ((200, CSV, b""), SourceTrouble, "answered with nothing"),
    "white space": ((200, CSV, b" \r\n"), SourceTrouble, "answered with nothing"),
    "less than declared": (
        (200, {"Content-Length": "999"}, BODY), SourceTrouble, f"sent {len(BODY)} of 999 bytes"
    ),
    "a redirect elsewhere": (
        (302, {"Location": "https://consent.example/"}, b""), SourceTrouble, "another place (consent.example)"
    ),
    "a redirect to the open web": (
        (301, {"Location": "http://fred.stlouisfed.org/"}, b""), SourceTrouble, "sends to another place"
    ),
    "a redirect to another port": (
        (302, {"Location": f"{HOME}:8443/"}, b""), SourceTrouble, "sends to another place"
    ),
    "a redirect that is no address": ((302, {"Location": "https://[::1"}, b""), SourceTrouble, "broke off"),
    "redirects without end": ((302, {"Location": f"{HOME}/again"}, b""), SourceTrouble, "more than 3 times"),
    "a redirect to nowhere": ((302, {}, b""), SourceTrouble, "HTTP status 302"),
    "a body that does not unpack": (
        (200, {"Content-Encoding": "gzip"}, b"plain"), SourceTrouble, "broke off in the middle"
    ),
    "a line that breaks": ((200, CSV, [BODY[:20], httpx.ReadError("gone")]), SourceTrouble, "broke off"),
    "a server that hangs up": (httpx.RemoteProtocolError("bye"), SourceTrouble, "broke off"),
    "no such host": (httpx.ConnectError("dns"), NoNetwork, "could not be reached (ConnectError)"),
    "no connection in time": (httpx.ConnectTimeout("slow"), NoNetwork, "no answer within 8 seconds"),
    "no answer in time": (httpx.ReadTimeout("slow"), NoNetwork, "no answer within 8 seconds"),
    "silence in the middle": ((200, CSV, [BODY[:20], httpx.ReadTimeout("slow")]), NoNetwork, "no answer"),
    "a proxy that refuses": (httpx.ProxyError("no"), NoNetwork, "could not be reached (ProxyError)"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAILURES)
def test_each_failure_of_a_server_is_an_error_of_its_kind(what):
    answer, kind, words = FAILURES[what]
    error = outcome(answer)
    assert type(error) is kind
    assert words in error.message
    assert error.message.startswith("fred:NIKKEI225")


def test_what_can_pass_is_retryable_and_what_cannot_is_not():
    retryable = {what for what, (answer, _, _) in FAILURES.items() if outcome(answer).retryable}
    assert set(FAILURES) - retryable == {"401", "403", "404", "410"}


@pytest.mark.parametrize(
    ("told", "after", "words"),
    [("300", 300, "wait 300 seconds"), ("", None, "wait an hour"), ("soon", None, "wait an hour")],
)
def test_a_source_that_says_how_long_to_wait_is_quoted(told, after, words):
    error = outcome((429, {"Retry-After": told}, b""))
    assert error.after == after
    assert words in error.remedy


def test_a_proxy_that_cannot_be_used_is_a_network_that_is_not_there(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks9://user:password@proxy.example")
    source = FredProvider(FixedClock(NOW), Wire())
    with pytest.raises(NoNetwork, match="proxy or certificate settings cannot be used") as caught:
        source.fetch(source.ask("nikkei225", None, None))
    assert "password" not in "".join(traceback.format_exception(caught.value))


def test_a_redirect_within_the_source_is_followed():
    moved = (301, {"Location": f"{HOME}/moved.csv"}, b"")
    source, web = official("fred", moved, BODY)
    assert source.fetch(source.ask("nikkei225", None, None)).content == BODY
    assert web.asked[1].url == f"{HOME}/moved.csv"


def test_a_packed_body_is_unpacked_and_its_packed_length_is_the_one_declared():
    packed = gzip.compress(BODY)
    answer = (200, {"Content-Encoding": "gzip", "Content-Length": str(len(packed))}, packed)
    source, _ = official("fred", answer)
    assert source.fetch(source.ask("nikkei225", None, None)).content == BODY


def test_a_body_without_end_is_left_unread():
    def pieces():
        while True:
            yield b"x" * 1000

    error = outcome((200, CSV, pieces()), most=5000)
    assert error.message == "fred:NIKKEI225 sent more than 5000 bytes"


def test_a_body_that_drips_is_given_up_after_the_time_limit():
    watch = Stopwatch()

    def drop():
        watch.seconds += 3
        return b"2025"

    error = outcome((200, CSV, [drop] * 10), watch=watch, timeout=8)
    assert isinstance(error, NoNetwork)
    assert watch.seconds == 9  # the third drop is the first one too late


def test_questions_to_one_source_are_spaced_and_the_first_one_never_waits():
    watch = Stopwatch()
    source, _ = official("mof", mof_csv([("2025/4/30", 1, 2)]), mof_csv([], month="May 2025"), watch=watch)
    source.fetch(source.ask("jgb2y", None, None))
    watch.seconds += 60
    source.fetch(source.ask("jgb10y", None, None))
    assert watch.slept == [0.0, 1.0, 0.0, 1.0]


def test_the_program_says_who_it_is():
    source, web = official("fred", BODY)
    source.fetch(source.ask("nikkei225", None, None))
    assert web.asked[0].headers["User-Agent"].startswith("Mozilla/5.0 (compatible; eventstudy/")


# J-Quants


def topix(*answers):
    source, _ = official("jquants", *answers)
    with pytest.raises(ProviderError) as caught:
        source.fetch(source.ask("topix", None, None))
    return caught.value


def test_a_refusal_of_j_quants_names_plan_key_and_path():
    error = topix((403, {}, b'{"message":"..."}'))
    assert isinstance(error, AccessRefused)
    assert "the plan does not hold TOPIX, or the key or the path is wrong" in error.message
    assert "EVENTSTUDY_JQUANTS_KEY" in error.remedy
    assert (error.retryable, error.source_down) == (False, True)


def test_pages_that_lead_back_to_each_other_come_to_an_end():
    pages = [jquants_json(TOPIX[:1], "a"), jquants_json(TOPIX[1:2], "b")]
    assert "pages without end, 3 so far" in topix(*pages).message
    assert isinstance(topix(*pages), Malformed)


def test_a_hundred_pages_with_ever_new_keys_are_enough():
    assert "101 so far" in topix(*[jquants_json([], str(number)) for number in range(200)]).message


def test_a_failure_on_a_later_page_is_the_failure_of_the_whole():
    first = jquants_json(TOPIX[:2], "more")
    assert isinstance(topix(first, (429, {}, b"")), RateLimited)
    assert isinstance(topix(first, b"not json"), Malformed)
    assert isinstance(topix(first, b'{"data":7}'), Malformed)


def test_the_key_does_not_travel_to_another_host():
    source, web = official("jquants", (302, {"Location": "https://elsewhere.example/"}, b""))
    with pytest.raises(SourceTrouble, match="elsewhere.example"):
        source.fetch(source.ask("topix", None, None))
    assert [request.url.host for request in web.asked] == ["api.jquants.com"]


ECHO = f'{{"message":"the key {KEY} is wrong"}}'.encode()
TROUBLES = [
    *[answer for answer, _, _ in FAILURES.values()],
    (403, {"x-api-key": KEY}, ECHO),
    (500, {}, ECHO),
    (200, {}, ECHO),
    httpx.ConnectError(f"cannot send {KEY}"),
    httpx.LocalProtocolError(f"illegal header value {KEY}"),
    httpx.ReadTimeout(KEY),
]


@pytest.mark.parametrize("answer", TROUBLES, ids=range(len(TROUBLES)))
def test_no_error_of_j_quants_tells_the_key(answer, caplog):
    caplog.set_level(logging.DEBUG)
    error = topix(answer)
    told = [str(error), repr(error), error.message, error.remedy, *error.document().values()]
    told += ["".join(traceback.format_exception(error)), caplog.text]
    assert not [text for text in told if KEY in text]


def test_neither_payload_nor_provider_nor_remarks_tell_the_key():
    source, _ = official("jquants", jquants_json(TOPIX))
    payload = source.fetch(source.ask("topix", None, None))
    bars, found = source.read(payload), source.remarks(payload)
    told = [
        repr(payload),
        str(payload.meta),
        repr(source),
        repr(bars.source),
        repr(found),
        repr(vars(source)),
    ]
    assert not [text for text in told if KEY in text]
    assert KEY.encode() not in payload.content


def test_settings_show_neither_the_key_nor_what_it_hashes_to(monkeypatch):
    shown = []
    for key in (KEY, "another-key"):
        monkeypatch.setenv("EVENTSTUDY_JQUANTS_KEY", key)
        settings = load_settings()
        opened = provider("jquants", settings=settings, clock=FixedClock(NOW))
        shown.append(settings.content_hash)
        told = [
            repr(settings),
            str(settings),
            str(settings.shown()),
            settings.model_dump_json(),
            repr(opened),
        ]
        assert not [text for text in told if key in text]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("key", [f"{KEY} {KEY}", f"{KEY}\n", f"{KEY}\u3042"])
def test_a_key_that_cannot_be_one_is_refused_without_being_told(key, monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_JQUANTS_KEY", key)
    with pytest.raises(BadSetting) as caught:
        load_settings()
    text = io.StringIO()
    traceback.print_exception(caught.value, file=text)
    assert KEY not in text.getvalue() + repr(caught.value)
    assert "EVENTSTUDY_JQUANTS_KEY" in caught.value.message
