"""The ledger counts one success a key; a lease has one holder, whoever else asks at the same time."""

import multiprocessing
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from db import open_store
from db.errors import LeaseLost, LockHeld, RunNotOpen
from eventstudy.errors import BadValue
from tests.databases import ask, content
from tests.store_examples import MONDAY, TUESDAY, WEDNESDAY

HOUR = timedelta(hours=1)
FAILURE = {"kind": "provider_failed", "message": "no answer", "remedy": "try again"}


@pytest.fixture
def store(db_url):
    with open_store(db_url) as opened:
        yield opened


def attempt(t, status, key="2025-04-07", job="refresh", summary=None, error=None):
    run = t.runs.start(job, key, MONDAY, {"source": "files"})
    return t.runs.finish(run.id, status, TUESDAY, summary or {}, error=error)


def test_a_run_is_recorded_from_its_start_to_its_end(store):
    with store.transaction() as t:
        started = t.runs.start("refresh", "2025-04-07", MONDAY, {"source": "files"})
        assert (started.status, started.finished_at, started.summary, started.error) == (
            "running",
            None,
            {},
            None,
        )
        assert not started.succeeded
        ended = t.runs.finish(started.id, "done_with_exclusions", TUESDAY, {"rows": 3})
        assert t.runs.find("refresh", "2025-04-07") == t.runs.latest("refresh") == ended
    assert ended.succeeded
    assert (ended.started_at, ended.finished_at) == (MONDAY, TUESDAY)
    assert (ended.params, ended.summary, ended.error) == ({"source": "files"}, {"rows": 3}, None)


def test_a_summary_may_hold_whatever_json_can_say_and_undefined_numbers(store):
    summary = {
        "nested": [{"rows": np.int64(3)}, None, True],
        "share": 0.1 + 0.2,
        "day": date(2025, 4, 7),
        1: "one",
    }
    with store.transaction() as t:
        ended = attempt(t, "done", summary={**summary, "undefined": [float("nan"), float("inf")]})
    assert ended.summary.pop("undefined") == [pytest.approx(float("nan"), nan_ok=True), float("inf")]
    assert ended.summary == {
        "nested": [{"rows": 3}, None, True], "share": 0.1 + 0.2, "day": "2025-04-07", "1": "one",
    }  # fmt: skip


def test_failures_may_repeat_and_a_success_may_follow_which_then_counts(store):
    with store.transaction() as t:
        first = attempt(t, "failed", error=FAILURE)
        assert first.error == FAILURE
        second = attempt(t, "failed", error=FAILURE)
        assert t.runs.find("refresh", "2025-04-07") == second
        success = attempt(t, "done")
        assert t.runs.find("refresh", "2025-04-07") == success


def test_a_success_counts_before_an_attempt_that_began_earlier_and_failed_later(store):
    with store.transaction() as t:
        success, slow = (t.runs.start("refresh", "k", MONDAY, {}) for _ in range(2))
        t.runs.finish(success.id, "done", TUESDAY, {})
        t.runs.finish(slow.id, "failed", WEDNESDAY, {})
        assert t.runs.find("refresh", "k").id == success.id


def test_a_key_that_succeeded_cannot_be_started_again(store):
    with store.transaction() as t:
        attempt(t, "done")
        with pytest.raises(RunNotOpen, match="refresh 2025-04-07 is done already, as run 1"):
            t.runs.start("refresh", "2025-04-07", TUESDAY, {})
        assert t.runs.start("refresh", "2025-04-08", TUESDAY, {}).id == 2
        assert t.runs.start("study", "2025-04-07", TUESDAY, {}).id == 3


def test_two_attempts_at_one_key_cannot_both_succeed(store):
    with store.transaction() as t:
        one, other = (t.runs.start("refresh", "k", MONDAY, {}) for _ in range(2))
        t.runs.finish(one.id, "done", TUESDAY, {})
        with pytest.raises(RunNotOpen, match="as run 1"):
            t.runs.finish(other.id, "done_with_exclusions", TUESDAY, {})


def test_a_finished_run_is_never_changed(store):
    with store.transaction() as t:
        ended = attempt(t, "failed")
        with pytest.raises(RunNotOpen, match="run 1 is failed already"):
            t.runs.finish(ended.id, "done", WEDNESDAY, {})
        with pytest.raises(RunNotOpen, match="there is no run 99"):
            t.runs.finish(99, "done", WEDNESDAY, {})
        with pytest.raises(BadValue, match="one of done, done_with_exclusions, failed"):
            t.runs.finish(ended.id, "running", WEDNESDAY, {})


def test_history_is_newest_first_and_no_longer_than_asked(store):
    with store.transaction() as t:
        for key in ("a", "b", "c"):
            attempt(t, "done", key=key)
        attempt(t, "done", job="study")
        assert [(run.job, run.key) for run in t.runs.history(3)] == [
            ("study", "2025-04-07"), ("refresh", "c"), ("refresh", "b"),
        ]  # fmt: skip
        assert t.runs.latest("refresh").key == "c"
        assert t.runs.latest("signals") is None
        assert t.runs.find("refresh", "z") is None


def test_a_lease_is_refused_to_others_until_it_is_released(store):
    with store.transaction() as t:
        assert t.locks.acquire("nightly", "one", MONDAY, MONDAY + HOUR)
        assert not t.locks.acquire("nightly", "two", MONDAY, MONDAY + HOUR)
        assert t.locks.acquire("weekly", "two", MONDAY, MONDAY + HOUR)
        t.locks.release("nightly", "two")
        assert not t.locks.acquire("nightly", "two", MONDAY, MONDAY + HOUR)
        t.locks.release("nightly", "one")
        assert t.locks.acquire("nightly", "two", MONDAY, MONDAY + HOUR)


def test_an_expired_lease_may_be_taken_over_and_its_old_holder_cannot_release_it(store):
    with store.transaction() as t:
        t.locks.acquire("nightly", "one", MONDAY, MONDAY + HOUR)
        just_before = MONDAY + HOUR - timedelta(microseconds=1)
        assert not t.locks.acquire("nightly", "two", just_before, TUESDAY)
        assert t.locks.acquire("nightly", "two", MONDAY + HOUR, TUESDAY)
        t.locks.release("nightly", "one")
        assert not t.locks.acquire("nightly", "one", MONDAY + HOUR, TUESDAY)


def test_its_holder_may_renew_a_lease(store):
    with store.transaction() as t:
        t.locks.acquire("nightly", "one", MONDAY, MONDAY + HOUR)
        assert t.locks.acquire("nightly", "one", MONDAY, TUESDAY)
        assert not t.locks.acquire("nightly", "two", MONDAY + HOUR, TUESDAY)


def test_a_required_lease_that_is_held_names_the_holder_and_its_end(store):
    with store.transaction() as t:
        t.locks.require("nightly", "host:41", MONDAY, MONDAY + HOUR)
        with pytest.raises(
            LockHeld, match=r"host:41 holds the lock 'nightly' until 2025-04-07T13:00:00\+00:00"
        ) as e:
            t.locks.require("nightly", "host:42", MONDAY, TUESDAY)
    assert e.value.exit_code == 5


def test_a_lease_taken_after_the_end_of_the_one_asked_for_is_of_a_wrong_clock_and_binds_nobody(store):
    with store.transaction() as t:
        t.locks.acquire("nightly", "ahead", TUESDAY, TUESDAY + HOUR)
        assert not t.locks.acquire("nightly", "one", TUESDAY - HOUR, TUESDAY)  # a few minutes are forgiven
        assert t.locks.acquire("nightly", "one", MONDAY, MONDAY + HOUR)
        with pytest.raises(LeaseLost):
            t.locks.renew("nightly", "ahead", TUESDAY + HOUR)


def test_renewing_puts_off_the_end_of_a_lease_even_of_one_that_has_ended(store):
    with store.transaction() as t:
        t.locks.acquire("nightly", "one", MONDAY, MONDAY + HOUR)
        t.locks.renew("nightly", "one", TUESDAY)
        assert not t.locks.acquire("nightly", "two", MONDAY + HOUR, TUESDAY)
        assert t.locks.acquire("nightly", "two", TUESDAY, WEDNESDAY)


def test_a_lease_that_another_took_over_cannot_be_renewed_even_when_the_other_has_given_it_back(store):
    with store.transaction() as t:
        t.locks.acquire("nightly", "one", MONDAY, MONDAY + HOUR)
        t.locks.acquire("nightly", "two", MONDAY + HOUR, TUESDAY)
        with pytest.raises(LeaseLost, match="two took over the lock 'nightly'") as held:
            t.locks.renew("nightly", "one", TUESDAY)
        t.locks.release("nightly", "two")
        with pytest.raises(LeaseLost, match="another run took over the lock 'nightly'"):
            t.locks.renew("nightly", "one", TUESDAY)
    assert (held.value.kind, held.value.exit_code) == ("lease_lost", 5)
    assert isinstance(held.value, LockHeld)


def test_leases_that_have_ended_are_cleared_away_when_the_holders_are_asked_for(store, db_url):
    with store.transaction() as t:
        t.locks.acquire("nightly", "one", MONDAY, MONDAY + HOUR)
        t.locks.acquire("weekly", "two", MONDAY, TUESDAY)
        assert t.locks.holders(MONDAY) == {"nightly": "one", "weekly": "two"}
        assert t.locks.holders(MONDAY + HOUR) == {"weekly": "two"}
        t.commit()
    assert ask(db_url, "SELECT name FROM locks") == [("weekly",)]


def test_a_refused_lease_writes_nothing(store, db_url):
    with store.transaction() as t:
        t.locks.acquire("nightly", "one", MONDAY, MONDAY + HOUR)
        t.commit()
    before = content(db_url)
    with store.transaction() as t:
        assert not t.locks.acquire("nightly", "two", MONDAY, TUESDAY)
        t.commit()
    assert content(db_url) == before


def grab(url, holder, names, barrier, won):
    with open_store(url) as store:
        barrier.wait()
        for name in names:
            with store.transaction() as t:
                taken = t.locks.acquire(name, holder, MONDAY, datetime(2030, 1, 1, tzinfo=UTC))
                t.commit()
            if taken:
                won.put((name, holder))
    won.put(None)


def test_of_two_processes_racing_for_a_lease_exactly_one_gets_it(store, db_url):
    spawn = multiprocessing.get_context("spawn")
    names, barrier, won = [f"lock {number}" for number in range(30)], spawn.Barrier(2), spawn.Queue()
    racers = [
        spawn.Process(target=grab, args=(db_url, holder, names, barrier, won)) for holder in ("one", "two")
    ]
    for racer in racers:
        racer.start()
    winners = [item for ended in range(2) for item in iter(lambda: won.get(timeout=120), None)]
    for racer in racers:
        racer.join(timeout=120)
    assert sorted(name for name, _ in winners) == sorted(names)
    assert sorted(ask(db_url, "SELECT name, holder FROM locks")) == sorted(winners)
