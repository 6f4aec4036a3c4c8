"""Refreshing: good data is kept, bad data stores nothing, what could not be had is listed with its reason."""

from dataclasses import astuple, replace
from datetime import date
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest

from db.errors import MixedWorlds
from eventstudy.errors import BadPrices, UnknownSeries
from eventstudy.quality.finding import Finding
from jobs.breaker import Caller
from jobs.errors import NoNetwork, RateLimited, SourceTrouble, SymbolUnknown
from jobs.pipelines.refresh import refresh
from jobs.pipelines.run import pull
from jobs.retry import Patience
from tests.fakes import FakeProvider, HandClock, Stopwatch
from tests.store_examples import ask, row_counts
from tests.workshop import CORE_HERE, dump, invented_prices, tokyo, workshop

ONCE = Patience(attempts=1)
THREE = ("nikkei225", "topix", "usdjpy")
# 36 weeks from Monday 2024-06-03 to Friday 2025-02-07, and in Tokyo eleven holidays on weekdays: 15 July,
# 12 August, 16 and 23 September, 14 October, 4 November, 31 December, 1 to 3 and 13 January
WEEKDAYS, TOKYO_SESSIONS = 36 * 5, 36 * 5 - 11


class Hasty(FakeProvider):
    """A source that takes the newest bar of some series for provisional."""

    hasty: frozenset[str] = frozenset()

    def read(self, payload):
        bars = super().read(payload)
        if bars.series not in self.hasty:
            return bars
        finality = ["final"] * (len(bars.frame) - 1) + ["provisional"]
        return replace(bars, frame=bars.frame.assign(finality=pd.array(finality, dtype="str")))


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def service(folder):
    """A service on Monday 2025-02-10 at noon whose source holds three series."""
    clock = HandClock(tokyo("2025-02-10 12:00"))
    provider = Hasty(clock, invented_prices(THREE))
    with workshop(folder, clock, provider) as opened:
        yield opened


def refreshed(service, required=THREE, optional=(), **changes):
    given = {"clock": service.clock, "patience": ONCE, **changes}
    return refresh(service.store, service.provider, required, optional, **given)


def stored(folder):
    return dict(ask(folder / "store.db", "SELECT series, count(*) FROM bars GROUP BY series"))


def reasons(done):
    return {item.series: item.reason for item in done.exclusions}


def test_what_the_source_holds_is_stored_and_counted(service, folder):
    done = refreshed(service)
    first, last = date(2024, 6, 3), date(2025, 2, 7)
    assert [astuple(item) for item in done.series] == [
        ("nikkei225", "fake:nikkei225", first, last, TOKYO_SESSIONS, 0, 0, ()),
        ("topix", "fake:topix", first, last, TOKYO_SESSIONS, 0, 0, ()),
        ("usdjpy", "fake:usdjpy", first, last, WEEKDAYS, 0, 0, ()),
    ]
    assert stored(folder) == {"nikkei225": TOKYO_SESSIONS, "topix": TOKYO_SESSIONS, "usdjpy": WEEKDAYS}
    assert done.exclusions == done.findings == ()


def test_a_second_refresh_of_the_same_prices_writes_nothing(service, folder):
    refreshed(service)
    before = dump(folder)
    again = refreshed(service)
    assert dump(folder) == before
    counts = [(item.inserted, item.revised, item.unchanged) for item in again.series]
    assert counts == [(0, 0, TOKYO_SESSIONS), (0, 0, TOKYO_SESSIONS), (0, 0, WEEKDAYS)]


def test_a_revised_close_is_counted_and_both_versions_are_kept(service, folder):
    refreshed(service)
    before = service.clock.moment
    service.clock.moment = tokyo("2025-02-10 13:00")
    service.provider.revise("topix", "2025-02-07", 2345.5)
    done = refreshed(service)
    assert {item.series: item.revised for item in done.series} == {"nikkei225": 0, "topix": 1, "usdjpy": 0}
    with service.store.reading() as transaction:
        now = transaction.prices.bars("topix").loc["2025-02-07"]
        then = transaction.prices.bars("topix", before).loc["2025-02-07"]
    assert (now["close"], now["finality"]) == (2345.5, "revised")
    assert then["close"] != 2345.5
    query = "SELECT count(*) FROM bars WHERE series = 'topix' AND session_date = '2025-02-07'"
    assert ask(folder / "store.db", query) == [(2,)]


def test_bad_data_in_one_series_stores_nothing_of_any(service, folder):
    before = dump(folder)
    service.provider.faults = {"usdjpy": BadPrices("usdjpy.csv, line 3", "a zero price", "correct it")}
    with pytest.raises(BadPrices, match="a zero price"):
        refreshed(service)
    assert service.provider.asked == list(THREE)
    assert dump(folder) == before


def test_one_series_that_fails_among_good_ones_is_listed_with_its_reason(service, folder):
    service.provider.faults = {"topix": SourceTrouble("fake:topix", "answered with HTTP status 502")}
    done = refreshed(service)
    assert [item.series for item in done.series] == ["nikkei225", "usdjpy"]
    assert "fake:topix answered with HTTP status 502" in reasons(done)["topix"]
    assert set(stored(folder)) == {"nikkei225", "usdjpy"}


def test_a_series_that_the_source_has_forgotten_is_listed(service):
    service.provider.faults = {"topix": SymbolUnknown("topix", "fake:topix")}
    assert "unknown to its source" in reasons(refreshed(service))["topix"]


def test_a_required_series_that_the_source_does_not_carry_is_listed_and_an_optional_one_is_not(service):
    done = refreshed(service, ("nikkei225", "jpx_nikkei_400"), ("vix", "topix"))
    assert [item.series for item in done.series] == ["nikkei225", "topix"]
    assert set(reasons(done)) == {"jpx_nikkei_400"}
    assert "jpx_nikkei_400_etf_1591" in reasons(done)["jpx_nikkei_400"]  # the proxy is named, not used


def test_a_source_that_is_down_from_the_start_is_an_error_and_stores_nothing(service, folder):
    service.provider.faults = {"nikkei225": NoNetwork("fake:nikkei225", "no route")}
    before = dump(folder)
    with pytest.raises(NoNetwork):
        refreshed(service)
    assert service.provider.asked == ["nikkei225"]  # the others would fail in the same way
    assert dump(folder) == before


def test_a_source_that_goes_down_midway_leaves_what_it_brought_and_the_rest_is_listed(service, folder):
    service.provider.faults = {"topix": RateLimited("fake:topix")}
    done = refreshed(service)
    assert service.provider.asked == ["nikkei225", "topix"]
    assert set(stored(folder)) == {"nikkei225"}
    assert set(reasons(done)) == {"topix", "usdjpy"}
    assert "too many requests" in reasons(done)["usdjpy"]


def test_a_failing_source_is_asked_again_as_often_as_patience_allows(service):
    service.provider.faults = {"topix": SourceTrouble("fake:topix", "is unwell")}
    watch = Stopwatch()
    caller = Caller(seed=7, sleep=watch.sleep, timer=watch.timer)
    refreshed(service, patience=Patience(attempts=3, first_delay=2.0), caller=caller)
    assert service.provider.asked.count("topix") == 3
    first, second = watch.slept
    assert 1.0 <= first <= 3.0
    assert 2.0 <= second <= 6.0


def test_simulated_bars_are_refused_by_a_real_store_and_real_ones_by_a_simulated_store(service, folder):
    refreshed(service)
    before = dump(folder)
    simulated = FakeProvider(service.clock, invented_prices(seed=2), world="simulated")
    with pytest.raises(MixedWorlds, match="real store refuses simulated"):
        refresh(service.store, simulated, CORE_HERE, clock=service.clock, patience=ONCE)
    assert dump(folder) == before


def test_real_bars_are_refused_by_a_simulated_store(folder):
    with workshop(folder) as service:
        service.provider.world = "simulated"
        refreshed(service, CORE_HERE)
        before = dump(folder)
        service.provider.world = "real"
        with pytest.raises(MixedWorlds, match="simulated store refuses real"):
            refreshed(service, CORE_HERE)
    assert dump(folder) == before


def test_findings_are_stored_once_and_a_quarantined_row_is_no_bar(service, folder):
    row = Finding("topix", date(2025, 2, 6), "missing close", "quarantined", "an empty row", "a close")
    service.provider.quarantines = {"topix": [row]}
    assert refreshed(service).findings == (row,)
    other = service.provider.prices["topix"].loc["2025-02-07", "low"]  # another lawful close: another answer
    service.provider.revise("topix", "2025-02-07", other)
    assert refreshed(service).findings == (row,)
    assert row_counts(folder / "store.db")["quality_findings"] == 1
    with service.store.reading() as transaction:
        assert "2025-02-06" not in transaction.prices.bars("topix").index


def test_a_series_of_which_no_row_could_be_kept_is_listed_with_its_findings(service, folder):
    days = service.provider.prices["topix"].index[:2]
    service.provider.prices["topix"] = service.provider.prices["topix"].loc[days]
    refused = [
        Finding("topix", day.date(), "missing close", "quarantined", "an empty row", "a close")
        for day in days
    ]
    service.provider.quarantines = {"topix": refused}
    done = refreshed(service)
    assert reasons(done)["topix"].startswith("fake:topix brought no bar that could be kept")
    assert set(stored(folder)) == {"nikkei225", "usdjpy"}
    assert row_counts(folder / "store.db")["quality_findings"] == 2


def test_pulling_for_a_study_takes_the_core_series_and_what_the_signals_need(service):
    done = pull(service, ("nikkei225", "usdjpy", "vix"))
    assert [item.series for item in done.series] == ["nikkei225", "usdjpy"]
    assert done.exclusions == ()


def test_pulling_named_series_takes_these_alone_and_refuses_unknown_ids(service):
    assert [item.series for item in pull(service, only=["topix"]).series] == ["topix"]
    with pytest.raises(UnknownSeries, match="did you mean 'topix'"):
        pull(service, only=["topics"])


def withdraw(service, series, *days):
    """Have the source forget some sessions of a series."""
    frame = service.provider.prices[series]
    service.provider.prices[series] = frame.drop(pd.DatetimeIndex(days))


def test_what_the_source_sent_is_kept_byte_for_byte_under_the_hash_of_its_bars(service):
    refreshed(service)
    with service.store.reading() as transaction:
        for name in THREE:
            _, hash_, _ = transaction.prices.last_batch(name)
            content = transaction.payloads.read(hash_)
            assert sha256(content).hexdigest() == hash_
            assert content.startswith(b"date,open,high,low,close,volume\n2024-06-03,")


def test_an_answer_that_is_known_to_the_last_byte_is_not_read_again(service, folder):
    refreshed(service)
    before = dump(folder)
    service.provider.read = None  # whoever reads it now fails
    again = refreshed(service)
    assert [item.unchanged for item in again.series] == [TOKYO_SESSIONS, TOKYO_SESSIONS, WEEKDAYS]
    assert dump(folder) == before


def test_an_answer_that_is_known_still_settles_a_provisional_bar(service):
    service.provider.hasty = {"topix"}
    refreshed(service)
    service.provider.hasty = set()
    done = refreshed(service, ("topix",))
    assert [(item.revised, item.unchanged) for item in done.series] == [(1, TOKYO_SESSIONS - 1)]
    with service.store.reading() as transaction:
        assert set(transaction.prices.bars("topix")["finality"]) == {"final"}


def test_an_answer_that_ends_earlier_than_before_is_refused_as_a_whole(service, folder):
    refreshed(service)
    kept = stored(folder)
    withdraw(service, "topix", "2025-02-06", "2025-02-07")
    service.provider.revise("topix", "2025-02-05", 1.0)
    done = refreshed(service)
    (finding,) = done.findings
    assert (finding.series, finding.rule, finding.severity) == ("topix", "truncated", "warning")
    assert finding.observed == "it ends on 2025-02-05, before on 2025-02-07"
    assert "answered with less than before" in reasons(done)["topix"]
    assert stored(folder) == kept
    with service.store.reading() as transaction:
        assert transaction.prices.bars("topix").loc["2025-02-05", "close"] != 1.0
    assert row_counts(folder / "store.db")["quality_findings"] == 1


def test_an_answer_with_a_hole_that_it_did_not_have_is_refused_as_a_whole(service, folder):
    refreshed(service)
    kept = stored(folder)
    withdraw(service, "topix", "2024-11-07", "2024-11-08")
    done = refreshed(service)
    hole = f"{TOKYO_SESSIONS - 2} sessions from 2024-06-03 to 2025-02-07, before {TOKYO_SESSIONS}"
    assert [(item.rule, item.observed) for item in done.findings] == [("truncated", hole)]
    assert stored(folder) == kept


def test_a_truncated_answer_alone_is_an_exclusion_and_its_finding_is_kept(service, folder):
    refreshed(service)
    withdraw(service, "topix", "2025-02-07")
    done = refreshed(service, ("topix",))
    assert done.series == ()
    assert set(reasons(done)) == {"topix"}
    assert row_counts(folder / "store.db")["quality_findings"] == 1


def test_a_shorter_range_that_reaches_as_far_is_no_truncation(service, folder):
    refreshed(service)
    kept = stored(folder)
    early = service.provider.prices["topix"].loc[:"2024-12-30"].index
    withdraw(service, "topix", *early)
    done = refreshed(service)
    assert (done.findings, done.exclusions) == ((), ())
    assert stored(folder) == kept


def test_a_session_that_is_quarantined_now_has_not_been_lost(service):
    refreshed(service)
    service.provider.quarantines = {
        "topix": [Finding("topix", date(2025, 2, 7), "missing close", "quarantined", "none", "a close")]
    }
    service.provider.revise("topix", "2025-02-06", 2345.5)
    done = refreshed(service)
    assert done.exclusions == ()
    assert {item.series: item.revised for item in done.series}["topix"] == 1


def test_a_phantom_row_does_not_make_up_for_a_session_that_was_lost(service):
    refreshed(service)
    holiday = [Finding("topix", date(2024, 8, 12), "no session", "quarantined", "close 1", "no bar")]
    service.provider.quarantines = {"topix": holiday}
    withdraw(service, "topix", "2024-11-07")
    assert "truncated" in {item.rule for item in refreshed(service).findings}


def test_a_provisional_bar_may_vanish(service):
    service.provider.hasty = {"topix"}
    refreshed(service)
    service.provider.hasty = set()
    withdraw(service, "topix", "2025-02-07")
    assert refreshed(service).exclusions == ()


@pytest.mark.parametrize(
    ("factor", "words"), [(0.1, "multiplied by 0.1"), (None, "changed, by no common factor")]
)
def test_a_history_that_is_told_anew_is_stored_as_revisions_with_one_finding(service, factor, words):
    refreshed(service)
    frame = service.provider.prices["topix"]
    old = frame.loc[:"2025-01-31"].index
    prices = ["open", "high", "low", "close"]
    factors = factor or pd.Series(1 + 0.01 * np.arange(1, len(old) + 1), index=old)
    frame.loc[old, prices] = frame.loc[old, prices].mul(factors, axis=0)
    done = refreshed(service)
    count = len(old[old <= "2025-01-31"])
    (finding,) = done.findings
    assert (finding.rule, finding.severity, str(finding.session_date)) == (
        "restated",
        "warning",
        "2025-01-31",
    )
    assert finding.observed == f"{count} of {TOKYO_SESSIONS} closes {words}"
    assert {item.series: item.revised for item in done.series}["topix"] == count


def test_a_few_revised_closes_are_no_restated_history(service):
    refreshed(service)
    for day in ("2025-02-03", "2025-02-04", "2025-02-05", "2025-02-06"):
        service.provider.revise("topix", day, 2345.5)
    assert "restated" not in {item.rule for item in refreshed(service).findings}
