"""The check on a small store: what it reads, what it tells, what it keeps."""

from dataclasses import replace

import pandas as pd
import pytest

from db import open_store
from db.errors import MixedWorlds
from eventstudy.errors import UnknownSeries
from eventstudy.quality.finding import Finding
from jobs.errors import NoPrices, RateLimited, SourceTrouble
from jobs.pipelines.check import check
from jobs.pipelines.refresh import refresh
from jobs.pipelines.status import status
from jobs.retry import Patience
from tests.fakes import FakeProvider, HandClock
from tests.workshop import invented_prices, tokyo, workshop

NAMES = ("nikkei225", "topix", "usdjpy", "usdjpy_tokyo_1700")
ONCE = Patience(attempts=1)
NOON = tokyo("2025-02-10 12:00")
EVENING = tokyo("2025-02-10 20:00")


def clocks_at(service, moment):
    service.clock.moment = moment


@pytest.fixture
def service(tmp_path):
    with workshop(tmp_path, prices=invented_prices(NAMES)) as opened:
        yield opened


def refreshed(service, names=NAMES):
    return refresh(service.store, service.provider, names, clock=service.clock, patience=ONCE)


def kept(service):
    with service.store.reading() as transaction:
        found = transaction.quality.all()
    return found[found["source"] == "check"]


def rules(checked, series=None):
    return {item.rule for item in checked.findings if series in {None, item.series}}


def test_sound_prices_pass(service):
    refreshed(service)
    seen = check(service.store, clock=service.clock)
    assert seen.findings == ()
    assert seen.series == NAMES
    assert set(seen.rows) == set(NAMES)
    assert len(kept(service)) == 0


def test_a_row_put_wrong_is_found_told_and_kept_with_the_hash_of_what_was_read(service):
    day = service.provider.prices["topix"].index[100]
    service.provider.prices["topix"].loc[day, ["open", "high", "low", "close"]] *= 100
    refreshed(service)
    seen = check(service.store, clock=service.clock)
    told = [item for item in seen.findings if item.rule == "scale jump"]
    assert told[0].session_date == day.date()
    stored = kept(service)
    assert set(stored["rule"]) == rules(seen)
    assert set(stored["payload_hash"]) == {seen.snapshot}
    assert set(stored["severity"]) == {"warning"}


def test_a_second_check_keeps_nothing_twice_and_reads_the_same_hash(service):
    service.provider.prices["topix"].iloc[100, :4] *= 100
    refreshed(service)
    first = check(service.store, clock=service.clock)
    before = len(kept(service))
    clocks_at(service, NOON.replace(hour=13))
    second = check(service.store, clock=service.clock)
    assert (second.snapshot, second.findings) == (first.snapshot, first.findings)
    assert len(kept(service)) == before > 0


def test_a_check_of_the_past_sees_the_past_and_keeps_nothing(service):
    refreshed(service)
    service.provider.prices["topix"].iloc[100, :4] *= 100
    clocks_at(service, EVENING)
    refreshed(service)
    then = check(service.store, clock=service.clock, as_of=NOON)
    assert "scale jump" not in rules(then)
    assert then.moment == NOON
    assert len(kept(service)) == 0
    assert "scale jump" in rules(check(service.store, clock=service.clock))


def test_only_the_series_asked_for_are_told_beside_relatives_that_are_not(service):
    refreshed(service)
    service.provider.prices["topix"].iloc[100, :4] *= 100
    clocks_at(service, EVENING)
    refreshed(service)
    seen = check(service.store, clock=service.clock, series=["usdjpy"])
    assert seen.series == ("usdjpy",)
    assert {item.series for item in seen.findings} <= {"usdjpy"}
    assert [item.series for item in seen.freshness] == ["usdjpy"]
    (tracked,) = seen.tracking  # its other clock is read, though not asked for
    assert (tracked.series, tracked.reference) == ("usdjpy_tokyo_1700", "usdjpy")


def test_a_series_that_nobody_knows_or_holds_is_an_error(service):
    refreshed(service)
    with pytest.raises(UnknownSeries):
        check(service.store, clock=service.clock, series=["topics"])
    with pytest.raises(NoPrices, match="gold"):
        check(service.store, clock=service.clock, series=["topix", "gold"])


def test_an_empty_store_has_nothing_to_check(service):
    with pytest.raises(NoPrices, match="no price of any series"):
        check(service.store, clock=service.clock)


def test_a_row_refused_on_the_way_in_is_told_until_it_is_reviewed(service):
    prices = service.provider.prices["topix"]
    day = prices.index[100]
    saturday = pd.Timestamp("2024-11-02")
    service.provider.prices["topix"] = pd.concat([
        prices.loc[:saturday], prices.loc[[day]].set_axis([saturday]), prices.loc[saturday:],
    ])  # fmt: skip
    refreshed(service)
    (refused,) = check(service.store, clock=service.clock).findings
    assert (refused.rule, refused.severity, refused.session_date) == (
        "no session",
        "quarantined",
        saturday.date(),
    )
    clocks_at(service, EVENING)
    with service.store.transaction() as transaction:
        (number,) = transaction.quarantine.held()["id"]
        transaction.quarantine.reject(number, reviewer="a reader", note="a Saturday", recorded_at=EVENING)
        transaction.commit()
    assert "no session" not in rules(check(service.store, clock=service.clock))
    assert "no session" in rules(check(service.store, clock=service.clock, as_of=NOON))


def test_a_session_whose_row_was_refused_is_not_missed_as_well(service):
    day = service.provider.prices["topix"].index[100].date()
    service.provider.quarantines["topix"] = [
        Finding("topix", day, "missing close", "quarantined", "open 1 high 1 low 1", "a close")
    ]
    refreshed(service)
    about = [
        item.rule for item in check(service.store, clock=service.clock).findings if item.session_date == day
    ]
    assert about == ["missing close"]


def test_a_late_series_is_told_by_its_own_market(service):
    service.provider.withheld["topix"] = "2025-02-03"
    refreshed(service)
    seen = check(service.store, clock=service.clock)
    states = {item.series: item.status for item in seen.freshness}
    assert states == {"nikkei225": "fresh", "topix": "stale", "usdjpy": "fresh", "usdjpy_tokyo_1700": "fresh"}
    assert rules(seen, "topix") == {"stale series"}


def test_the_status_counts_the_sessions_behind(service):
    service.provider.withheld["topix"] = "2025-02-03"
    refreshed(service)
    seen = {item.series: item for item in status(service.store, NOON).series}
    assert (seen["topix"].behind, seen["topix"].state, seen["topix"].fresh) == (5, "stale", False)
    assert (seen["nikkei225"].behind, seen["nikkei225"].state, seen["nikkei225"].fresh) == (0, "fresh", True)


def test_a_second_source_is_compared_session_by_session(service):
    refreshed(service)
    others = {name: frame.copy() for name, frame in service.provider.prices.items() if name != "usdjpy"}
    day = others["topix"].index[50]
    others["topix"].loc[day, ["high", "close"]] *= 1.01
    others["topix"] = others["topix"].drop(others["topix"].index[60])
    second = FakeProvider(HandClock(NOON), others)
    seen = check(service.store, clock=service.clock, second=second)
    assert [item.series for item in seen.reconciled] == ["nikkei225", "topix", "usdjpy_tokyo_1700"]
    told = [(item.rule, item.session_date) for item in seen.findings if item.series == "topix"]
    assert told == [
        ("sources differ", day.date()),
        ("only here", service.provider.prices["topix"].index[60].date()),
    ]
    assert {"sources differ", "only here"} <= set(kept(service)["rule"])


def test_a_second_source_that_brings_nothing_is_an_error_and_nothing_is_kept(service):
    service.provider.prices["topix"].iloc[100, :4] *= 100
    refreshed(service)
    second = FakeProvider(HandClock(NOON), {"topix": service.provider.prices["topix"]})
    second.faults["topix"] = SourceTrouble("fake:topix", "a server error")
    with pytest.raises(SourceTrouble):
        check(service.store, clock=service.clock, second=second)
    assert len(kept(service)) == 0


def test_what_a_second_source_cannot_bring_is_listed_beside_what_it_brought(service):
    refreshed(service)
    second = FakeProvider(HandClock(NOON), service.provider.prices)
    second.faults["topix"] = SourceTrouble("fake:topix", "a server error")
    seen = check(service.store, clock=service.clock, second=second)
    assert [item.series for item in seen.reconciled] == ["nikkei225", "usdjpy", "usdjpy_tokyo_1700"]
    (left_out,) = seen.exclusions
    assert left_out.series == "topix"
    assert "a server error" in left_out.reason


def test_a_source_that_is_down_is_not_asked_for_every_series(service):
    refreshed(service)
    second = FakeProvider(HandClock(NOON), service.provider.prices)
    second.faults["topix"] = RateLimited("fake:topix")
    seen = check(service.store, clock=service.clock, second=second)
    assert second.asked == ["nikkei225", "topix"]
    assert [item.series for item in seen.exclusions] == ["topix", "usdjpy", "usdjpy_tokyo_1700"]


def test_a_failing_second_source_is_asked_again_as_often_as_told(service):
    refreshed(service)
    second = FakeProvider(HandClock(NOON), service.provider.prices)
    second.faults["topix"] = SourceTrouble("fake:topix", "a server error")
    check(service.store, clock=service.clock, second=second, patience=Patience(attempts=2, first_delay=0.0))
    assert second.asked.count("topix") == 2


def test_a_simulated_second_source_is_refused_beside_real_prices(service):
    refreshed(service)
    second = FakeProvider(HandClock(NOON), service.provider.prices, world="simulated")
    with pytest.raises(MixedWorlds, match="real store refuses simulated"):
        check(service.store, clock=service.clock, second=second)


def test_a_refusal_of_a_whole_answer_is_told_without_a_session(service):
    service.provider.quarantines["topix"] = [
        Finding("topix", None, "not a price", "quarantined", "a rumour", "a price")
    ]
    refreshed(service)
    (told,) = check(service.store, clock=service.clock).findings
    assert (told.session_date, told.observed) == (None, "a rumour")


def test_both_kinds_of_database_are_checked_alike(db_url):
    clock, prices = HandClock(NOON), invented_prices(NAMES)
    prices["topix"].iloc[100, :4] *= 100
    with open_store(db_url) as store:
        refresh(store, FakeProvider(clock, prices), NAMES, clock=clock, patience=ONCE)
        seen = check(store, clock=clock)
        with store.reading() as transaction:
            kept = transaction.quality.all()
    assert [item.rule for item in seen.findings].count("scale jump") == 2
    assert len(kept) == len(seen.findings)


def test_the_record_is_frozen(service):
    refreshed(service)
    seen = check(service.store, clock=service.clock)
    assert replace(seen, findings=()) == seen
    with pytest.raises(AttributeError):
        seen.findings = ()
