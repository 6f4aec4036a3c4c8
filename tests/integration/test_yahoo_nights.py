"""Yahoo night after night: the real client over a double of the server, into a real store."""

import json
from datetime import date, datetime, timedelta

import pytest

from db import open_store
from jobs.breaker import Caller
from jobs.errors import RateLimited, SymbolUnknown
from jobs.pipelines.refresh import refresh
from jobs.providers.yahoo import YahooProvider
from jobs.retry import Patience
from tests.fakes import HandClock
from tests.store_examples import address
from tests.workshop import TOKYO, dump, tokyo
from tests.yahoo_double import YahooDouble, chart, refusal, reply, session_over

ONCE = Patience(attempts=1)
DAYS = ("2025-04-01", "2025-04-02", "2025-04-03", "2025-04-04", "2025-04-07", "2025-04-08", "2025-04-09")


def row(day, close, volume=10):
    return (f"{day}T09:00", close - 1, close + 2, close - 2, close, volume)


def until(last, **closes):
    """Return rows to a date with closes 100, 101, ... or as told by ``d07=104.5``; None leaves one out."""
    known = {day: 100.0 + n for n, day in enumerate(DAYS) if day <= last}
    known |= {f"2025-04-{name[1:]}": close for name, close in closes.items()}
    return [row(day, close) for day, close in known.items() if close is not None]


class Nights:
    """A store, a server and a clock, night after night."""

    def __init__(self, folder, store):
        self.folder, self.store = folder, store
        self.clock, self.double = HandClock(tokyo("2025-04-07 16:30")), YahooDouble(None)
        self.provider = YahooProvider(self.clock, spacing=0, session=session_over(self.double))
        self.caller = Caller()

    def at(self, moment, rows, *names, **more):
        """Refresh at an instant of Tokyo's clock while the server tells these rows."""
        self.clock.moment = tokyo(moment)
        self.double.answer = chart("Asia/Tokyo", rows, **more) if isinstance(rows, list) else rows
        given = {"clock": self.clock, "patience": ONCE, "caller": self.caller}
        return refresh(self.store, self.provider, names or ("nikkei225",), **given)

    def bars(self, name="nikkei225", as_of=None):
        with self.store.reading() as transaction:
            return transaction.prices.bars(name, as_of)

    def finality(self, day):
        return self.bars().loc[day, "finality"]


@pytest.fixture
def nights(tmp_path):
    with open_store(address(tmp_path / "store.db")) as store:
        yield Nights(tmp_path, store)


def found(done):
    return [(item.rule, str(item.session_date), item.severity) for item in done.findings]


def test_a_session_missing_of_every_symbol_is_told_and_filled_in_when_it_comes(nights):
    names = ("nikkei225", "topix_etf_1306", "toyota_7203")
    holed = until("2025-04-08", d07=None)
    done = nights.at("2025-04-08 16:30", holed, *names)
    assert found(done) == [("missing session", "2025-04-07", "warning")] * 3
    done = nights.at("2025-04-09 16:30", until("2025-04-09"), *names)
    assert [(item.inserted, item.failed) for item in done.series] == [(2, ())] * 3
    for name in names:
        assert nights.bars(name)["close"].tolist() == [100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0]
        assert len(nights.bars(name, tokyo("2025-04-08 17:00"))) == 5


def test_a_session_with_volume_and_no_prices_is_held_back_and_filled_in_later(nights):
    hollow = ("2025-04-07T09:00", None, None, None, None, 5000)
    done = nights.at("2025-04-07 16:30", [*until("2025-04-04"), hollow])
    assert found(done) == [("missing close", "2025-04-07", "quarantined")]
    assert "2025-04-07" not in nights.bars().index
    with nights.store.reading() as transaction:
        assert transaction.quarantine.held("nikkei225")["volume"].tolist() == [5000.0]
    done = nights.at("2025-04-08 07:30", until("2025-04-07"))
    assert nights.bars().loc["2025-04-07", "close"] == 104.0


def test_a_close_that_becomes_hollow_overnight_is_neither_lost_nor_a_truncation(nights):
    nights.at("2025-04-07 16:30", until("2025-04-07"))
    hollow = ("2025-04-07T09:00", None, None, None, None, 5000)
    done = nights.at("2025-04-08 07:30", [*until("2025-04-04"), hollow])
    assert done.exclusions == ()
    assert nights.bars().loc["2025-04-07", "close"] == 104.0


def test_a_newest_bar_is_final_only_when_a_later_fetch_repeats_it(nights):
    nights.at("2025-04-07 14:00", until("2025-04-07", d07=103.25))
    assert nights.finality("2025-04-07") == "provisional"  # the market is open
    nights.at("2025-04-07 16:30", until("2025-04-07"))
    assert nights.finality("2025-04-07") == "provisional"  # closed and settled, seen for the first time
    nights.at("2025-04-07 16:31", until("2025-04-07"))
    assert nights.finality("2025-04-07") == "provisional"  # the same minute is no second opinion
    nights.at("2025-04-08 07:30", until("2025-04-07"))
    assert nights.finality("2025-04-07") == "final"
    assert nights.bars(as_of=tokyo("2025-04-07 15:00")).loc["2025-04-07", "close"] == 103.25


def test_a_newest_bar_that_changes_between_two_looks_is_looked_at_again(nights):
    nights.at("2025-04-07 16:30", until("2025-04-07", d07=103.25))
    nights.at("2025-04-08 07:30", until("2025-04-07"))
    assert nights.finality("2025-04-07") == "provisional"
    nights.at("2025-04-08 16:30", until("2025-04-08"))
    assert nights.finality("2025-04-07") == "final"
    assert nights.finality("2025-04-08") == "provisional"


def test_the_older_history_of_a_first_fetch_is_taken_at_its_word(nights):
    nights.at("2025-04-09 16:30", until("2025-04-09"))
    assert nights.bars()["finality"].tolist() == ["final"] * 4 + ["provisional"] * 3


def test_a_bar_that_repeats_the_day_before_stays_provisional_until_the_source_comes_to_it(nights):
    stale = [*until("2025-04-04"), ("2025-04-07T09:00", *until("2025-04-04")[-1][1:])]
    for moment in ("2025-04-07 16:30", "2025-04-08 07:30"):
        done = nights.at(moment, stale)
        assert nights.finality("2025-04-07") == "provisional"
    assert ("stale repeat", "2025-04-07", "warning") in found(done)
    nights.at("2025-04-08 08:30", until("2025-04-07"))
    assert nights.bars().loc["2025-04-07", "close"] == 104.0


def test_a_split_restates_history_as_revisions_with_one_finding(nights):
    before = until("2025-04-08")
    nights.at("2025-04-08 16:30", before, "topix_etf_1306")
    nights.at("2025-04-09 07:30", before, "topix_etf_1306")
    tenth = [(stamp, *(price / 10 for price in told[:4]), told[4]) for stamp, *told in before]
    done = nights.at(
        "2025-04-09 16:30",
        [*tenth, row("2025-04-09", 10.6)],
        "topix_etf_1306",
        splits={"2025-04-09T09:00": 10},
    )
    assert found(done) == [("split", "2025-04-09", "warning"), ("restated", "2025-04-08", "warning")]
    assert done.findings[1].observed == "6 of 6 closes multiplied by 0.1"
    bars = nights.bars("topix_etf_1306")
    assert bars["close"].tolist() == pytest.approx([10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6])
    assert bars["finality"].tolist() == ["revised"] * 6 + ["provisional"]
    then = nights.bars("topix_etf_1306", tokyo("2025-04-09 08:00"))
    assert then["close"].tolist() == [100.0, 101.0, 102.0, 103.0, 104.0, 105.0]


def asked_from(nights):
    """Return the first date of each chart that was asked for."""
    stamps = (url.partition("period1=")[2].partition("&")[0] for url in nights.double.charts())
    return [datetime.fromtimestamp(int(stamp), TOKYO).date() for stamp in stamps]


def test_a_night_asks_for_thirteen_months_and_a_monday_for_the_whole_history(nights):
    nights.at("2025-04-08 16:30", until("2025-04-08"))
    nights.at("2025-04-09 16:30", until("2025-04-09"))  # 400 days after 2024-03-04 it was 2025-04-08
    nights.at("2025-04-14 16:30", until("2025-04-09"))
    assert asked_from(nights) == [date(1990, 1, 1), date(2024, 3, 4), date(1990, 1, 1)]


def test_a_split_restates_what_lies_before_the_last_thirteen_months_too(nights):
    before = [row("2023-04-03", 90.0), *until("2025-04-08")]
    nights.at("2025-04-08 16:30", before, "topix_etf_1306")
    nights.at("2025-04-09 07:30", before, "topix_etf_1306")
    halved = [(stamp, *(price / 2 for price in told[:4]), told[4]) for stamp, *told in before]
    nights.at("2025-04-09 16:30", [*halved, row("2025-04-09", 53.0)], "topix_etf_1306")
    assert asked_from(nights)[-2:] == [date(2024, 3, 4), date(1990, 1, 1)]
    assert nights.bars("topix_etf_1306")["close"].tolist() == [45.0, 50.0, 50.5, 51.0, 51.5, 52.0, 52.5, 53.0]


def test_a_refused_source_is_left_alone_as_long_as_it_asks_and_stored_prices_stay(nights):
    nights.at("2025-04-07 16:30", until("2025-04-07"))
    before = dump(nights.folder)
    asked = len(nights.double.charts())
    for moment in ("2025-04-08 16:30", "2025-04-08 16:45", "2025-04-08 17:15"):
        with pytest.raises(RateLimited):
            nights.at(moment, reply(429, "Too Many Requests", Retry_After="7200"))
    refused = len(nights.double.charts()) - asked
    assert refused <= 2  # yfinance itself asks a second time with another cookie
    assert dump(nights.folder) == before
    done = nights.at("2025-04-08 19:30", until("2025-04-08"))
    assert [item.inserted for item in done.series] == [1]


def test_an_unknown_symbol_is_listed_and_the_stored_prices_stay(nights):
    nights.at("2025-04-07 16:30", until("2025-04-07"))
    before = dump(nights.folder)
    with pytest.raises(SymbolUnknown, match="renamed or delisted"):
        nights.at("2025-04-08 16:30", reply(404, refusal("Not Found", "delisted")))
    assert dump(nights.folder) == before


def test_a_download_that_was_cut_is_refused_and_nothing_of_it_is_kept(nights):
    nights.at("2025-04-07 16:30", until("2025-04-07"))
    nights.at("2025-04-08 07:30", until("2025-04-07"))
    before = nights.bars()
    done = nights.at("2025-04-08 16:30", until("2025-04-03", d03=1.0))
    assert found(done) == [("truncated", "2025-04-08", "warning")]
    assert [item.series for item in done.exclusions] == ["nikkei225"]
    assert nights.bars().equals(before)


def test_the_same_night_done_again_writes_nothing(nights):
    nights.at("2025-04-08 16:30", until("2025-04-08"))
    nights.at("2025-04-09 07:30", until("2025-04-08"))
    before = dump(nights.folder)
    for moment in ("2025-04-09 07:31", "2025-04-09 09:00"):
        nights.at(moment, until("2025-04-08"))
    assert dump(nights.folder) == before


def test_the_stored_payload_is_what_the_server_sent_and_reads_to_the_stored_bars(nights):
    nights.at("2025-04-09 16:30", until("2025-04-09"))
    with nights.store.reading() as transaction:
        _, hash_, _ = transaction.prices.last_batch("nikkei225")
        content = transaction.payloads.read(hash_)
    quote = json.loads(content)["chart"]["result"][0]["indicators"]["quote"][0]
    assert (
        quote["close"] == nights.bars()["close"].tolist() == [100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0]
    )


def test_the_yen_by_the_day_and_by_the_hour_are_two_series_of_one_store(nights):
    days = [(f"{day}T00:00", 146.0, 148.0, 145.0, 147.0 + n, 0) for n, day in enumerate(DAYS)]
    nights.clock.moment = tokyo("2025-04-10 16:30")
    nights.double.answer = chart("Europe/London", days)
    given = {"clock": nights.clock, "patience": ONCE, "caller": nights.caller}
    done = refresh(nights.store, nights.provider, ["usdjpy_london_day"], **given)
    assert [item.source for item in done.series] == ["yahoo:JPY=X (London day)"]
    assert nights.bars("usdjpy").empty
    start = date(2025, 4, 8)
    hours = [(f"{start + timedelta(days=n // 24)}T{n % 24:02d}:00", *[150.0] * 4, 0) for n in range(48)]
    nights.double.answer = chart("UTC", hours, granularity="1h")
    done = refresh(nights.store, nights.provider, ["usdjpy"], **given)
    assert [item.source for item in done.series] == ["yahoo:JPY=X (hourly bars)"]
    assert nights.bars("usdjpy")["close"].tolist() == [150.0, 150.0]
    assert nights.bars("usdjpy_london_day")["close"].tolist() == [
        147.0,
        148.0,
        149.0,
        150.0,
        151.0,
        152.0,
        153.0,
    ]
