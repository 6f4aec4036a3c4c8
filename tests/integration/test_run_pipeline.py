"""The whole job: everything once, nothing twice, failures in the ledger, one run at a time."""

from datetime import date

import pytest

import eventstudy as es
from db.errors import LockHeld
from jobs.errors import NoNetwork, NoPrices, SourceTrouble
from jobs.pipelines.run import locked, present, pull, run
from jobs.providers.simulated import SimulatedProvider
from tests.fakes import HandClock
from tests.store_examples import ask, row_counts
from tests.workshop import REGISTER, dump, plan, tokyo, workshop


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def service(folder):
    with workshop(folder) as opened:
        yield opened


def runs(folder):
    query = "SELECT job, status, json_extract(error, '$.kind') FROM runs ORDER BY id"
    return ask(folder / "store.db", query)


def test_one_run_brings_prices_study_signals_report_and_a_line_in_the_ledger(service, folder):
    outcome = run(service, plan(folder))
    counts = row_counts(folder / "store.db")
    assert (counts["studies"], counts["signal_sets"], counts["runs"], counts["locks"]) == (1, 1, 1, 0)
    assert counts["bars"] == sum(item.inserted for item in outcome.refreshed.series) > 0
    assert outcome.report.read_text().startswith("<!")
    assert (outcome.exclusions, runs(folder)) == ((), [("run", "done", None)])


def test_a_second_run_changes_nothing_in_the_store_and_not_the_report(service, folder):
    first = run(service, plan(folder))
    before, written = dump(folder), first.report.stat().st_mtime_ns
    second = run(service, plan(folder))
    assert dump(folder) == before
    assert (second.report, second.report.stat().st_mtime_ns) == (first.report, written)
    assert second.study.key == first.study.key


def test_a_run_on_new_prices_is_a_new_line_in_the_ledger_even_if_the_study_stays(service, folder):
    first = run(service, plan(folder))
    service.clock.moment = tokyo("2025-02-14 18:00")
    assert run(service, plan(folder)).study.key == first.study.key
    assert runs(folder) == [("run", "done", None)] * 2


def test_a_source_that_is_down_is_a_failure_in_the_ledger(service, folder):
    service.provider.faults = {"nikkei225": NoNetwork("fake:nikkei225", "no route")}
    with pytest.raises(NoNetwork):
        run(service, plan(folder))
    assert runs(folder) == [("run", "failed", "no_network")]
    assert row_counts(folder / "store.db")["locks"] == 0


def test_a_study_that_has_no_prices_is_a_failure_in_the_ledger(service, folder):
    with pytest.raises(NoPrices):
        run(service, plan(folder, as_of=tokyo("2024-01-01 12:00")))
    assert runs(folder) == [("run", "failed", "no_prices")]


def test_a_series_that_the_source_lacks_is_listed_once(service, folder):
    service.provider.faults = {"usdjpy": SourceTrouble("fake:usdjpy", "is unwell")}
    outcome = run(service, plan(folder, series=("nikkei225", "topix", "usdjpy")))
    assert [item.series for item in outcome.exclusions] == ["topix", "usdjpy"]
    assert runs(folder) == [("run", "done_with_exclusions", None)]


def test_while_one_run_holds_the_lock_another_does_not_start(service, folder):
    noon, half_past = tokyo("2025-02-10 12:00"), tokyo("2025-02-10 12:30")
    with service.store.transaction() as transaction:
        transaction.locks.require("run", "elsewhere:1", noon, half_past)
        transaction.commit()
    with pytest.raises(LockHeld, match="elsewhere:1"):
        run(service, plan(folder))
    assert service.provider.asked == []
    service.clock.moment = half_past
    assert run(service, plan(folder)).exclusions == ()


def test_the_lock_is_given_back_whatever_happens_inside(service, folder):
    held = []

    def break_off():
        with locked(service):
            held.append(row_counts(folder / "store.db")["locks"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert held == [1]
    assert row_counts(folder / "store.db")["locks"] == 0


def simulated(folder, moment):
    """Return a service on a simulated market that ends on 2025-04-30, at some instant."""
    clock = HandClock(tokyo(moment))

    def small(*, seed, events, start, end):
        return es.simulate_market(seed=seed, events=events, start=date(2024, 6, 3), end=date(2025, 4, 30))

    return workshop(folder, clock, SimulatedProvider(clock, REGISTER.events, seed=5, simulate=small))


def test_a_simulated_run_keeps_the_truth_beside_the_study(folder):
    with simulated(folder, "2025-02-10 12:00") as service:
        outcome = run(service, plan(folder))
    assert outcome.study.provenance.world == "simulated"
    assert set(outcome.study.truth["event"]) == {"N1", "N2"}
    assert "SIMULATED" in outcome.report.read_text()


def test_the_present_of_a_simulated_world_is_its_last_close(folder):
    with simulated(folder, "2026-11-21 12:00") as service:
        pull(service, only=["nikkei225"])
        assert present(service.store, service.clock.now()) == tokyo("2025-04-30 15:30")


def test_the_present_of_a_real_world_is_now(service):
    pull(service, only=["nikkei225"])
    assert present(service.store, service.clock.now()) == service.clock.now()
