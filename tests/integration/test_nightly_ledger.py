"""Nights: due after the close, done once, tried again with rests, and never done without their prices."""

from datetime import UTC, date, datetime, time, timedelta
from shutil import copy

import pytest

from eventstudy.errors import BadPrices
from jobs.errors import NoNetwork, SourceTrouble
from jobs.pipelines.nightly import due_at, due_nights, latest_due, run_night
from jobs.scheduler import catch_up
from jobs.settings import load_settings
from tests.fakes import FakeProvider, HandClock
from tests.store_examples import ask, row_counts
from tests.workshop import dump, invented_prices, plan, tokyo, workshop

QUARTER = timedelta(minutes=15)
MONDAY = date(2025, 2, 10)
DOWN = NoNetwork("fake:everything", "no route")


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture(scope="module")
def monday(tmp_path_factory):
    """A folder with a store on Monday 2025-02-10 at noon, whose nights up to then are done."""
    made = tmp_path_factory.mktemp("monday")
    with workshop(made) as service:
        assert [night.status for night in catch_up(service, plan(made))] == ["done", "done"]
    return made


@pytest.fixture
def service(folder, monday):
    """A service on a copy of that store."""
    copy(monday / "store.db", folder)
    with workshop(folder) as opened:
        yield opened


def polled(service, folder, first, last):
    """Poll as the reconciler does, every 15 minutes; return what ran and when, in Tokyo's time."""
    ran, service.clock.moment = [], tokyo(first)
    while service.clock.moment <= tokyo(last):
        at = f"{service.clock.moment:%m-%d %H:%M}"
        ended = catch_up(service, plan(folder), rested=True)
        ran += [(at, night.slot, str(night.session), night.status) for night in ended]
        service.clock.moment += QUARTER
    return ran


def nightly_rows(folder):
    return ask(folder / "store.db", "SELECT key, status FROM runs WHERE job = 'nightly' ORDER BY id")


def last_bar(folder, series):
    query = f"SELECT max(session_date) FROM bars WHERE series = '{series}' AND superseded_at IS NULL"
    return ask(folder / "store.db", query)[0][0]


@pytest.mark.parametrize(
    ("slot", "session", "due"),
    [
        ("tokyo", "2024-11-01", "2024-11-01 07:30"),  # closes 15:00 Tokyo, collected 16:30
        ("tokyo", "2024-11-05", "2024-11-05 07:30"),  # closes 15:30 from this day on
        ("new_york", "2025-07-01", "2025-07-01 22:30"),  # 17:00 New York is 06:00 Tokyo in summer
        ("new_york", "2025-01-15", "2025-01-15 22:30"),  # and 07:00 in winter
        ("new_york", "2025-03-07", "2025-03-07 22:30"),  # the last Friday of New York's winter
        ("new_york", "2025-03-10", "2025-03-10 22:30"),  # the first Monday of its summer
    ],
)
def test_a_night_is_due_at_its_slots_time_in_tokyo_after_the_close(slot, session, due):
    expected = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert due_at(load_settings(), slot, date.fromisoformat(session)) == expected


def test_a_time_of_day_that_comes_before_the_close_means_the_next_day():
    early = load_settings(after_tokyo=time(15, 10))
    assert due_at(early, "tokyo", date(2024, 11, 1)) == tokyo("2024-11-01 15:10")
    assert due_at(early, "tokyo", date(2024, 11, 5)) == tokyo("2024-11-06 15:10")
    assert latest_due(early, "tokyo", tokyo("2024-11-05 20:00")) == date(2024, 11, 1)
    assert latest_due(early, "tokyo", tokyo("2024-11-06 15:10")) == date(2024, 11, 5)


def test_a_zone_of_ones_own_moves_the_times_and_never_before_the_close():
    settings = load_settings(timezone="America/New_York", after_new_york=time(17, 30))
    assert due_at(settings, "new_york", date(2025, 7, 1)) == datetime(2025, 7, 1, 21, 30, tzinfo=UTC)
    assert due_at(settings, "new_york", date(2025, 1, 15)) == datetime(2025, 1, 15, 22, 30, tzinfo=UTC)


def test_a_week_with_a_holiday_has_one_night_a_session_and_slot(folder):
    with workshop(folder, HandClock(tokyo("2025-02-10 00:00"))) as service:
        ran = polled(service, folder, "2025-02-10 00:00", "2025-02-15 12:00")
    assert ran == [
        ("02-10 00:00", "tokyo", "2025-02-07", "done"),
        ("02-10 00:00", "new_york", "2025-02-07", "done"),
        ("02-10 16:30", "tokyo", "2025-02-10", "done"),
        ("02-11 07:30", "new_york", "2025-02-10", "done"),
        ("02-12 07:30", "new_york", "2025-02-11", "done"),  # Tokyo was closed on the 11th
        ("02-12 16:30", "tokyo", "2025-02-12", "done"),
        ("02-13 07:30", "new_york", "2025-02-12", "done"),
        ("02-13 16:30", "tokyo", "2025-02-13", "done"),
        ("02-14 07:30", "new_york", "2025-02-13", "done"),
        ("02-14 16:30", "tokyo", "2025-02-14", "done"),
        ("02-15 07:30", "new_york", "2025-02-14", "done"),
    ]
    assert nightly_rows(folder) == [(f"{slot} {session}", status) for _, slot, session, status in ran]
    assert (last_bar(folder, "nikkei225"), last_bar(folder, "usdjpy")) == ("2025-02-14", "2025-02-14")


def test_the_later_close_of_tokyo_from_2024_11_05_is_waited_for(folder):
    clock = HandClock(tokyo("2024-11-01 08:00"))
    with workshop(folder, clock, after_tokyo=time(15, 5)) as service:
        ran = polled(service, folder, "2024-11-01 08:00", "2024-11-07 00:00")
    assert [(at, session) for at, slot, session, _ in ran if slot == "tokyo"] == [
        ("11-01 08:00", "2024-10-31"),
        ("11-01 15:15", "2024-11-01"),  # closed at 15:00
        ("11-06 15:15", "2024-11-05"),  # closed at 15:30, and the 4th was a holiday
    ]
    assert ask(folder / "store.db", "SELECT count(*) FROM bars WHERE finality <> 'final'") == [(0,)]


def test_a_night_is_not_done_twice_and_asking_again_writes_nothing(service, folder):
    service.clock.moment = tokyo("2025-02-10 16:30")
    [night] = catch_up(service, plan(folder))
    assert (night.slot, night.session, night.status, night.exit_code) == ("tokyo", MONDAY, "done", 0)
    before = dump(folder)
    assert catch_up(service, plan(folder)) == ()
    assert run_night(service, plan(folder), "tokyo", MONDAY) == night
    assert dump(folder) == before


def test_a_restarted_process_finds_its_nights_done(service, folder):
    service.clock.moment = tokyo("2025-02-11 09:00")
    assert len(catch_up(service, plan(folder))) == 2
    before = dump(folder)
    with workshop(folder, HandClock(tokyo("2025-02-11 12:00"))) as restarted:
        assert catch_up(restarted, plan(folder)) == ()
    assert dump(folder) == before


def test_another_schedule_does_no_night_again(service, folder):
    service.clock.moment = tokyo("2025-02-10 16:30")
    assert len(catch_up(service, plan(folder))) == 1
    for at in (time(15, 45), time(17)):
        with workshop(folder, HandClock(tokyo("2025-02-10 18:00")), after_tokyo=at) as rescheduled:
            assert catch_up(rescheduled, plan(folder)) == ()


def test_nights_missed_while_the_process_was_down_are_caught_up_once_by_the_latest(service, folder):
    service.clock.moment = tokyo("2025-02-13 09:00")
    done = catch_up(service, plan(folder))
    assert [(night.slot, str(night.session), night.status) for night in done] == [
        ("tokyo", "2025-02-12", "done"),
        ("new_york", "2025-02-12", "done"),
    ]
    with service.store.reading() as transaction:
        rows = [transaction.runs.find("nightly", key) for key in ("tokyo 2025-02-12", "new_york 2025-02-12")]
    assert [row.params["catches_up"] for row in rows] == [["2025-02-10"], ["2025-02-10", "2025-02-11"]]
    assert catch_up(service, plan(folder)) == ()


def test_a_source_that_is_down_is_asked_again_after_growing_rests_and_recovers(service, folder):
    service.provider.faults = dict.fromkeys(("nikkei225", "usdjpy"), DOWN)
    bars = row_counts(folder / "store.db")["bars"]
    ran = polled(service, folder, "2025-02-10 16:30", "2025-02-10 23:45")
    assert ran == [
        (at, "tokyo", "2025-02-10", "failed")
        for at in ("02-10 16:30", "02-10 16:45", "02-10 17:15", "02-10 18:15", "02-10 20:15")
    ]
    assert row_counts(folder / "store.db")["bars"] == bars
    service.provider.faults = {}
    ran = polled(service, folder, "2025-02-11 00:00", "2025-02-11 01:00")
    assert ran == [("02-11 00:15", "tokyo", "2025-02-10", "done")]


def test_a_failed_night_keeps_its_error_and_its_number_of_attempts(service, folder):
    service.provider.faults = {"nikkei225": DOWN}
    service.clock.moment = tokyo("2025-02-10 16:30")
    for attempt in (1, 2):
        [night] = catch_up(service, plan(folder))
        assert (night.status, night.exit_code) == ("failed", 4)
        assert "fake:everything could not be reached (no route)" in night.message
        with service.store.reading() as transaction:
            kept = transaction.runs.latest("nightly")
        assert (kept.status, kept.error["kind"], kept.params["attempt"]) == ("failed", "no_network", attempt)


def test_a_failure_that_needs_a_person_is_tried_again_at_once_by_a_restart(service, folder):
    service.provider.faults = {"usdjpy": BadPrices("usdjpy.csv", "a zero", "correct it")}
    service.clock.moment = tokyo("2025-02-10 16:30")
    [night] = catch_up(service, plan(folder))
    assert (night.status, night.exit_code, night.message) == (
        "failed",
        2,
        "usdjpy.csv: a zero; correct it",
    )
    service.provider.faults = {}
    assert due_nights(service.store, service.settings, service.clock.moment, rested=True) == ()
    assert [night.status for night in catch_up(service, plan(folder))] == ["done"]


def test_after_long_failure_the_rest_stays_at_four_hours(service, folder):
    service.provider.faults = {"nikkei225": DOWN}
    service.clock.moment = tokyo("2025-02-10 16:30")
    for _ in range(8):
        catch_up(service, plan(folder))
    last = service.clock.moment
    assert due_nights(service.store, service.settings, last + timedelta(minutes=239), rested=True) == ()
    assert len(due_nights(service.store, service.settings, last + timedelta(minutes=240), rested=True)) == 1


def test_a_night_whose_close_is_not_published_fails_and_is_done_when_it_is(service, folder):
    service.provider.withheld = {"nikkei225": "2025-02-10"}
    service.clock.moment = tokyo("2025-02-10 16:30")
    [night] = catch_up(service, plan(folder))
    assert (night.status, night.exit_code) == ("failed", 4)
    assert night.message.startswith(
        "prices of 2025-02-10 are not yet published: nikkei225 ends on 2025-02-07 and 2025-02-10 was expected"
    )
    service.provider.withheld = {}
    assert polled(service, folder, "2025-02-10 16:45", "2025-02-10 20:00") == [
        ("02-10 16:45", "tokyo", "2025-02-10", "done")
    ]
    assert last_bar(folder, "nikkei225") == "2025-02-10"


def test_a_close_that_never_comes_is_listed_after_the_sixth_attempt_and_taken_when_it_does(service, folder):
    service.provider.withheld = {"nikkei225": "2025-02-10"}
    ran = polled(service, folder, "2025-02-10 16:30", "2025-02-11 07:15")
    assert [(at, status) for at, _, _, status in ran] == [
        ("02-10 16:30", "failed"),
        ("02-10 16:45", "failed"),
        ("02-10 17:15", "failed"),
        ("02-10 18:15", "failed"),
        ("02-10 20:15", "failed"),
        ("02-11 00:15", "done_with_exclusions"),
    ]
    with service.store.reading() as transaction:
        listed = transaction.runs.latest("nightly").summary["exclusions"]
    reason = "nikkei225 ends on 2025-02-07 and 2025-02-10 was expected"
    assert listed == [{"event": "*", "series": "nikkei225", "reason": reason}]
    service.provider.withheld = {}
    service.clock.moment = tokyo("2025-02-11 07:30")
    assert [(night.slot, night.status) for night in catch_up(service, plan(folder))] == [("new_york", "done")]
    assert last_bar(folder, "nikkei225") == "2025-02-10"


@pytest.mark.parametrize(
    ("ends", "status", "exit_code"),
    [("2025-02-05", "failed", 4), ("2025-02-04", "done_with_exclusions", 3)],  # 3 and 4 sessions behind
)
def test_a_series_that_ended_long_ago_is_listed_and_not_waited_for(folder, ends, status, exit_code):
    prices = invented_prices()
    prices["nikkei225"] = prices["nikkei225"].loc[:ends]
    with workshop(folder, HandClock(tokyo("2025-02-10 16:30")), prices=prices) as service:
        night = run_night(service, plan(folder), "tokyo", MONDAY)
    assert (night.status, night.exit_code) == (status, exit_code)


def test_each_slot_waits_for_its_own_clock_only(service, folder):
    service.provider.withheld = {"usdjpy": "2025-02-10"}
    service.clock.moment = tokyo("2025-02-11 07:30")
    assert [(night.slot, night.status) for night in catch_up(service, plan(folder))] == [
        ("tokyo", "done"),
        ("new_york", "failed"),
    ]


def test_a_core_series_that_the_source_does_not_carry_is_listed_and_not_waited_for(service, folder):
    service.clock.moment = tokyo("2025-02-10 16:30")
    [night] = catch_up(service, plan(folder, series=("nikkei225", "topix")))
    assert (night.status, night.exit_code) == ("done_with_exclusions", 3)
    with service.store.reading() as transaction:
        [listed] = transaction.runs.latest("nightly").summary["exclusions"]
    assert listed["series"] == "topix"


@pytest.mark.parametrize("morning", ["2025-02-11 07:30", "2025-02-26 07:30"])  # also after two weeks of rest
def test_a_core_series_that_could_not_be_fetched_fails_the_night_of_its_slot(service, folder, morning):
    service.provider.faults = {"usdjpy": SourceTrouble("fake:usdjpy", "answered with HTTP status 502")}
    service.clock.moment = tokyo(morning)
    tokyo_night, new_york_night = catch_up(service, plan(folder))
    assert tokyo_night.status == "done_with_exclusions"
    assert new_york_night.status == "failed"
    assert "fake:usdjpy answered with HTTP status 502" in new_york_night.message


def test_a_core_series_that_cannot_be_fetched_for_long_is_listed_once(service, folder):
    service.provider.faults = {"usdjpy": SourceTrouble("fake:usdjpy", "is unwell")}
    service.clock.moment = tokyo("2025-02-11 07:30")
    ends = [run_night(service, plan(folder), "new_york", MONDAY).status for _ in range(6)]
    assert ends == ["failed"] * 5 + ["done_with_exclusions"]
    with service.store.reading() as transaction:
        [listed] = transaction.runs.latest("nightly").summary["exclusions"]
    assert (listed["series"], "fake:usdjpy is unwell" in listed["reason"]) == ("usdjpy", True)


def test_a_simulated_market_ends_where_it_ends(folder):
    clock = HandClock(tokyo("2025-06-10 16:30"))
    provider = FakeProvider(clock, invented_prices(), world="simulated")
    with workshop(folder, clock, provider) as service:
        assert [night.status for night in catch_up(service, plan(folder))] == ["done", "done"]


def test_a_lock_that_another_run_holds_postpones_the_night_and_the_ledger_stays_as_it_is(service, folder):
    service.clock.moment = tokyo("2025-02-10 16:30")
    with service.store.transaction() as transaction:
        transaction.locks.require("run", "elsewhere:1", service.clock.now(), tokyo("2025-02-10 17:00"))
        transaction.commit()
    before = dump(folder)
    [night] = catch_up(service, plan(folder))
    assert (night.status, night.exit_code) == ("postponed", 5)
    assert "elsewhere:1 holds the lock 'run'" in night.message
    assert dump(folder) == before
    with service.store.transaction() as transaction:
        transaction.locks.release("run", "elsewhere:1")
        transaction.commit()
    assert [night.status for night in catch_up(service, plan(folder), rested=True)] == ["done"]


def test_a_store_that_cannot_be_written_fails_the_night_without_an_exception(service, folder):
    service.clock.moment = tokyo("2025-02-10 16:30")
    ask(folder / "store.db", "ALTER TABLE locks RENAME TO locks_gone")
    [night] = catch_up(service, plan(folder))
    assert (night.status, night.exit_code) == ("failed", 4)
    assert "no such table: locks" in night.message


def test_due_nights_come_in_the_order_of_their_closes(service):
    service.clock.moment = tokyo("2025-02-13 16:30")
    assert due_nights(service.store, service.settings, service.clock.moment) == (
        ("new_york", date(2025, 2, 12)),  # closed at 07:00 of the 13th in Tokyo
        ("tokyo", date(2025, 2, 13)),
    )
