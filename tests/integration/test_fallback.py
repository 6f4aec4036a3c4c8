"""Several sources in order: who answers, what is told of those that failed, and who is right."""

from datetime import date, timedelta

import pandas as pd
import pytest

from eventstudy.quality.reconciliation import tolerance_for
from jobs.assembly import listed_sources, opened_sources
from jobs.clock import SystemClock
from jobs.errors import NoNetwork, RateLimited, SourceTrouble, UnknownSource
from jobs.pipelines.refresh import refresh
from jobs.pipelines.run import pull
from jobs.pipelines.sources import Sources
from jobs.providers.base import Request
from jobs.refused import BadSourceList
from jobs.retry import Patience
from jobs.settings import load_settings
from tests.fakes import FakeProvider, HandClock
from tests.store_examples import ask
from tests.workshop import dump, invented_prices, tokyo, workshop

ONCE = Patience(attempts=1)
BOTH = ("nikkei225", "usdjpy")
DAY = "2025-02-06"


class Named(FakeProvider):
    """A source of a name of its own."""

    def __init__(self, name, clock, prices):
        super().__init__(clock, prices)
        self.name, self.note = name, ""

    def ask(self, series_id, start, end):
        place = f"{self.name}:{super().ask(series_id, start, end).series}{self.note}"
        return Request(series_id, place, start, end)


@pytest.fixture
def clock():
    return HandClock(tokyo("2025-02-10 12:00"))


@pytest.fixture
def first(clock):
    return Named("official", clock, invented_prices(BOTH))


@pytest.fixture
def second(clock):
    return Named("vendor", clock, invented_prices(BOTH))


@pytest.fixture
def service(tmp_path, clock, first, second):
    with workshop(tmp_path, clock, Sources((first, second))) as opened:
        yield opened


def refreshed(service, *names, sources=None, **more):
    given = {"clock": service.clock, "patience": ONCE, "caller": service.caller, **more}
    return refresh(service.store, sources or service.provider, names or BOTH, **given)


def where_from(service, name):
    with service.store.reading() as transaction:
        return transaction.prices.sources(name)["source"]


def close(service, name="nikkei225", day=DAY):
    with service.store.reading() as transaction:
        return transaction.prices.bars(name).loc[day, "close"]


def shifted(provider, share, day=DAY, name="nikkei225"):
    """Have a source tell other prices of one session, by a share."""
    prices = ["open", "high", "low", "close"]
    provider.prices[name].loc[day, prices] = provider.prices[name].loc[day, prices] * (1 + share)


def test_the_first_source_answers_and_the_second_is_not_asked(service, second):
    done = refreshed(service)
    assert [(item.source, item.failed) for item in done.series] == [
        ("official:nikkei225", ()), ("official:usdjpy", ())
    ]  # fmt: skip
    assert second.asked == []
    assert done.findings == done.exclusions == ()


def test_a_series_that_the_first_source_does_not_carry_comes_from_the_next_without_a_finding(service, first):
    del first.prices["usdjpy"]
    done = refreshed(service)
    assert [item.source for item in done.series] == ["official:nikkei225", "vendor:usdjpy"]
    assert done.findings == ()
    assert set(service.provider.available()) == set(BOTH)


def test_a_failure_of_the_first_source_is_told_and_kept_and_every_row_names_who_answered(
    service, first, tmp_path
):
    first.faults = {"nikkei225": SourceTrouble("official:nikkei225", "answered with HTTP status 502")}
    done = refreshed(service)
    by_name = {item.series: item for item in done.series}
    assert by_name["nikkei225"].source == "vendor:nikkei225"
    (failed,) = by_name["nikkei225"].failed
    assert failed.startswith("official: official:nikkei225 answered with HTTP status 502")
    (finding,) = done.findings
    assert (finding.rule, finding.severity, finding.series) == ("fallback", "warning", "nikkei225")
    assert finding.observed == "official failed: official:nikkei225 answered with HTTP status 502"
    assert finding.expected == "official, which comes first; vendor:nikkei225 answered instead"
    assert set(where_from(service, "nikkei225")) == {"vendor:nikkei225"}
    assert set(where_from(service, "usdjpy")) == {"official:usdjpy"}
    assert ask(tmp_path / "store.db", "SELECT rule, source FROM quality_findings") == [
        ("fallback", "vendor:nikkei225")
    ]


def test_where_every_source_fails_each_reason_is_listed(service, first, second):
    first.faults = {"nikkei225": SourceTrouble("official:nikkei225", "is unwell")}
    second.faults = {"nikkei225": SourceTrouble("vendor:nikkei225", "is unwell too")}
    done = refreshed(service)
    assert [item.series for item in done.series] == ["usdjpy"]
    (missing,) = done.exclusions
    assert "official:nikkei225 is unwell" in missing.reason
    assert "vendor:nikkei225 is unwell too" in missing.reason


def test_where_nothing_at_all_comes_the_last_failure_is_raised_and_nothing_stored(
    service, first, second, tmp_path
):
    first.faults = dict.fromkeys(BOTH, NoNetwork("official", "no route"))
    second.faults = dict.fromkeys(BOTH, NoNetwork("vendor", "no route"))
    before = dump(tmp_path)
    with pytest.raises(NoNetwork):
        refreshed(service)
    assert dump(tmp_path) == before


def test_a_refusal_of_one_source_leaves_the_others_to_answer_and_is_not_hammered(service, first, second):
    first.faults = dict.fromkeys(BOTH, RateLimited("official:nikkei225", 600))
    done = refreshed(service)
    assert first.asked == ["nikkei225"]
    assert second.asked == list(BOTH)
    assert [item.source for item in done.series] == ["vendor:nikkei225", "vendor:usdjpy"]
    assert [item.rule for item in done.findings] == ["fallback", "fallback"]


def test_a_service_remembers_from_night_to_night_whom_to_leave_alone(service, first, clock):
    first.faults = dict.fromkeys(BOTH, RateLimited("official:nikkei225", 1800))
    pull(service, only=list(BOTH))
    first.faults = {}
    clock.moment += timedelta(minutes=15)
    pull(service, only=list(BOTH))
    assert first.asked == ["nikkei225"]
    clock.moment += timedelta(minutes=30)
    done = pull(service, only=list(BOTH))
    assert first.asked == ["nikkei225", *BOTH]
    assert [item.source for item in done.series] == ["official:nikkei225", "official:usdjpy"]


def test_an_answer_that_lost_sessions_is_refused_and_the_next_source_answers(service, first):
    refreshed(service)
    first.prices["nikkei225"] = first.prices["nikkei225"].loc[:"2025-02-05"]
    done = refreshed(service, "nikkei225")
    assert [item.rule for item in done.findings] == ["truncated", "fallback"]
    assert [item.source for item in done.series] == ["vendor:nikkei225"]
    assert set(where_from(service, "nikkei225")) == {"official:nikkei225"}


def fallen_back(service, first, *, change):
    """Store what the first source tells, then have it fail while the second tells a session otherwise."""
    refreshed(service, "nikkei225")
    change()
    first.faults = {"nikkei225": SourceTrouble("official:nikkei225", "is unwell")}
    return refreshed(service, "nikkei225")


def test_a_later_source_within_tolerance_changes_nothing(service, first, second):
    before = invented_prices(BOTH)["nikkei225"].loc[DAY, "close"]
    done = fallen_back(service, first, change=lambda: shifted(second, 0.0004))
    assert [item.rule for item in done.findings] == ["fallback"]
    assert close(service) == before
    assert where_from(service, "nikkei225")[DAY] == "official:nikkei225"


def test_a_later_source_that_differs_is_held_in_quarantine_and_the_official_value_stays(
    service, first, second
):
    before = close_of = invented_prices(BOTH)["nikkei225"].loc[DAY, "close"]
    done = fallen_back(service, first, change=lambda: shifted(second, 0.001))
    told = [item for item in done.findings if item.rule == "sources disagree"]
    (finding,) = told
    assert (finding.severity, finding.session_date) == ("quarantined", date(2025, 2, 6))
    assert finding.row[3] == pytest.approx(close_of * 1.001)
    assert finding.observed.startswith("vendor:nikkei225: open ")
    assert finding.expected.startswith("official:nikkei225: open ")
    assert close(service) == before
    with service.store.reading() as transaction:
        held = transaction.quarantine.held("nikkei225")
    assert held[["source", "close"]].to_numpy().tolist() == [
        ["vendor:nikkei225", pytest.approx(close_of * 1.001)]
    ]


def test_an_official_value_that_differs_replaces_the_vendors_which_is_held(service, first, second):
    shifted(second, 0.001)
    first.faults = {"nikkei225": SourceTrouble("official:nikkei225", "is unwell")}
    refreshed(service, "nikkei225")
    first.faults = {}
    done = refreshed(service, "nikkei225")
    (finding,) = done.findings
    assert (finding.rule, finding.session_date) == ("sources disagree", date(2025, 2, 6))
    official = invented_prices(BOTH)["nikkei225"].loc[DAY, "close"]
    assert close(service) == official
    assert where_from(service, "nikkei225").value_counts().to_dict()["official:nikkei225"] == 1
    with service.store.reading() as transaction:
        held = transaction.quarantine.held("nikkei225")
    assert held[["source", "close"]].to_numpy().tolist() == [
        ["vendor:nikkei225", pytest.approx(official * 1.001)]
    ]


def test_a_disagreement_is_told_once_however_often_it_is_seen(service, first, second, tmp_path):
    fallen_back(service, first, change=lambda: shifted(second, 0.001))
    before = dump(tmp_path)
    refreshed(service, "nikkei225")
    assert dump(tmp_path) == before


def test_new_sessions_of_a_later_source_are_added_under_its_own_name(service, first, second, clock):
    refreshed(service, "nikkei225")
    clock.moment = tokyo("2025-02-12 17:00")
    first.faults = {"nikkei225": SourceTrouble("official:nikkei225", "is unwell")}
    done = refreshed(service, "nikkei225")
    sources = where_from(service, "nikkei225")
    assert [(item.inserted, item.revised) for item in done.series] == [(2, 0)]
    assert sources["2025-02-07"] == "official:nikkei225"
    assert sources[["2025-02-10", "2025-02-12"]].tolist() == ["vendor:nikkei225"] * 2


def test_a_source_that_stands_in_no_list_any_more_gives_way_to_one_that_does(service, first, second, clock):
    shifted(second, 0.001)
    refreshed(service, "nikkei225", sources=second)
    done = refreshed(service, "nikkei225", sources=first)
    assert [item.rule for item in done.findings] == ["sources disagree"]
    assert close(service) == first.prices["nikkei225"].loc[DAY, "close"]


def test_another_place_of_one_provider_owes_no_session_to_the_first_and_is_held_against_it(service, first):
    refreshed(service, "nikkei225")
    first.note = " (by the hour)"
    shifted(first, 0.001)
    first.prices["nikkei225"] = first.prices["nikkei225"].drop(pd.DatetimeIndex(["2024-11-07"]))
    done = refreshed(service, "nikkei225")
    assert [item.rule for item in done.findings] == ["missing session", "sources disagree"]
    assert where_from(service, "nikkei225")[DAY] == "official:nikkei225 (by the hour)"
    assert where_from(service, "nikkei225")["2024-11-07"] == "official:nikkei225"


def test_the_tolerance_is_that_of_the_series():
    assert (tolerance_for("nikkei225").amount, tolerance_for("nikkei225").relative) == (0.0005, True)


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("yahoo", ("yahoo",)),
        ("nikkei,jquants,yahoo", ("nikkei", "jquants", "yahoo")),
        ("yahoo,files:DIR", ("yahoo", "files:DIR")),
        ("files:one,files:two", ("files:one", "files:two")),
        ("files:a,b/c,d,yahoo", ("files:a,b/c,d", "yahoo")),
        ("files:a,yahoos", ("files:a,yahoos",)),
    ],
)
def test_a_comma_parts_sources_only_where_the_name_of_one_follows(text, listed):
    assert listed_sources(text) == listed


def opened(source):
    return opened_sources(load_settings(source=source), SystemClock(), ())


@pytest.mark.parametrize(
    "source", ["yahoo,", ",yahoo", "yahoo,,simulated", "nowhere,yahoo", "yahoo, simulated", "yahoo:x,fred"]
)
def test_a_list_with_something_that_is_no_source_is_asked_wrongly(source):
    with pytest.raises(UnknownSource):
        opened(source)


@pytest.mark.parametrize(
    ("source", "what"),
    [("yahoo,yahoo", "names a source twice"), ("yahoo,simulated", "mixes real and simulated prices")],
)
def test_a_list_that_makes_no_sense_is_asked_wrongly(source, what):
    with pytest.raises(BadSourceList, match=what) as refused:
        opened(source)
    assert refused.value.exit_code == 2


def test_a_list_of_sources_opens_each_and_one_source_is_itself(tmp_path):
    rows = "".join(f"2025-02-0{day},,,,{day}.5,\n" for day in (3, 4))
    (tmp_path / "topix.csv").write_text("date,open,high,low,close,volume\n" + rows)
    both = opened(f"files:{tmp_path},yahoo")
    assert (both.name, both.world) == ("files,yahoo", "real")
    assert both.available()[:2] == ("nikkei225", "topix")
    assert opened("simulated").world == "simulated"
