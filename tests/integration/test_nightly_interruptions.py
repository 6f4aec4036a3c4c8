"""Nights that are killed, interrupted, or wanted by two schedulers at once: each is still done once."""

import json
import multiprocessing
import os
import signal
import socket
import threading
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from jobs.pipelines.leases import LEASE, LOCK
from jobs.pipelines.nightly import run_night
from jobs.scheduler import catch_up
from tests.databases import ask
from tests.fakes import FakeProvider, HandClock
from tests.workshop import invented_prices, plan, tokyo, workshop

EVENING = tokyo("2025-02-10 16:30")


class DeadlyProvider(FakeProvider):
    """A source in the middle of whose answer the power fails."""

    def fetch(self, request):
        os.kill(os.getpid(), signal.SIGKILL)


class InterruptedProvider(FakeProvider):
    """A source that is too slow for the person who waits."""

    def fetch(self, request):
        raise KeyboardInterrupt


class SlowProvider(FakeProvider):
    """A source whose answer waits until the test lets it come."""

    def __init__(self, clock, prices):
        super().__init__(clock, prices)
        self.inside, self.go_on = threading.Event(), threading.Event()

    def fetch(self, request):
        self.inside.set()
        assert self.go_on.wait(60)
        return super().fetch(request)


class Place(NamedTuple):
    """Where a workshop's reports lie, and its database."""

    folder: Path
    url: str


@pytest.fixture
def place(tmp_path, db_url):
    """A place with a store whose nights up to Monday noon are done."""
    with workshop(tmp_path, db=db_url) as service:
        catch_up(service, plan(tmp_path))
    return Place(tmp_path, db_url)


def opened_at(place, moment, kind=FakeProvider):
    clock = HandClock(moment)
    return workshop(place.folder, clock, kind(clock, invented_prices()), db=place.url)


def rows_of_monday(place):
    found = ask(place.url, "SELECT status, error FROM runs WHERE key = 'tokyo 2025-02-10' ORDER BY id")
    errors = [json.loads(error) if isinstance(error, str) else error for _, error in found]
    return [(status, error and error["kind"]) for (status, _), error in zip(found, errors, strict=True)]


def killed_night(place):
    with opened_at(place, EVENING, DeadlyProvider) as service:
        catch_up(service, plan(place.folder))


def kill_a_night(place):
    process = multiprocessing.get_context("spawn").Process(target=killed_night, args=(place,))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def test_a_killed_night_is_done_by_the_next_process_of_the_machine(place):
    kill_a_night(place)
    assert rows_of_monday(place) == [("running", None)]
    with opened_at(place, EVENING + timedelta(minutes=1)) as service:
        assert [night.status for night in catch_up(service, plan(place.folder))] == ["done"]
        assert catch_up(service, plan(place.folder)) == ()
    assert rows_of_monday(place) == [("failed", "run_interrupted"), ("done", None)]


@pytest.mark.parametrize("holder", ["elsewhere:1:1", f"{socket.gethostname()}:{os.getppid()}:1"])
def test_a_night_waits_for_a_lock_held_elsewhere_or_by_a_living_process_until_its_lease_ends(place, holder):
    with opened_at(place, EVENING) as service, service.store.transaction() as transaction:
        transaction.locks.require(LOCK, holder, EVENING, EVENING + LEASE)
        transaction.commit()
    with opened_at(place, EVENING + LEASE - timedelta(minutes=1)) as service:
        assert [night.status for night in catch_up(service, plan(place.folder))] == ["postponed"]
    with opened_at(place, EVENING + LEASE) as service:
        assert [night.status for night in catch_up(service, plan(place.folder))] == ["done"]


def test_an_interrupted_night_gives_its_lock_back_and_is_done_by_the_next_process(place):
    with opened_at(place, EVENING, InterruptedProvider) as service, pytest.raises(KeyboardInterrupt):
        catch_up(service, plan(place.folder))
    assert rows_of_monday(place) == [("running", None)]
    with opened_at(place, EVENING + timedelta(minutes=1)) as service:
        assert [night.status for night in catch_up(service, plan(place.folder))] == ["done"]
    assert rows_of_monday(place) == [("failed", "run_interrupted"), ("done", None)]


def test_of_two_schedulers_that_want_a_night_at_once_one_does_it_and_the_other_waits(place):
    with opened_at(place, EVENING, SlowProvider) as first, opened_at(place, EVENING) as second:
        ended = []
        thread = threading.Thread(target=lambda: ended.extend(catch_up(first, plan(place.folder))))
        thread.start()
        assert first.provider.inside.wait(60)
        assert [night.status for night in catch_up(second, plan(place.folder))] == ["postponed"]
        first.provider.go_on.set()
        thread.join(60)
        assert [night.status for night in ended] == ["done"]
        assert catch_up(second, plan(place.folder)) == ()
    assert second.provider.asked == []
    assert rows_of_monday(place) == [("done", None)]


class SlowerThanItsLease(FakeProvider):
    """A source that takes so long that another run takes over the lock, and ends, before it answers."""

    store = None

    def fetch(self, request):
        self.clock.moment += LEASE
        with self.store.transaction() as transaction:
            transaction.locks.require(LOCK, "elsewhere:1:1", self.clock.moment, self.clock.moment + LEASE)
            transaction.locks.release(LOCK, "elsewhere:1:1")
            transaction.commit()
        return super().fetch(request)


def test_a_night_that_lost_its_lock_is_postponed_and_done_by_the_next_run(place):
    with opened_at(place, EVENING, SlowerThanItsLease) as service:
        service.provider.store = service.store
        [night] = catch_up(service, plan(place.folder))
        assert (night.status, night.exit_code) == ("postponed", 5)
        assert "took over the lock 'run'" in night.message
    assert rows_of_monday(place) == [("running", None)]
    with opened_at(place, EVENING + 3 * LEASE) as service:
        assert [night.status for night in catch_up(service, plan(place.folder))] == ["done"]
    assert rows_of_monday(place) == [("failed", "run_interrupted"), ("done", None)]


def test_a_scheduler_that_saw_a_night_due_before_another_did_it_does_not_do_it_again(place):
    with opened_at(place, EVENING) as first, opened_at(place, EVENING, SlowProvider) as second:
        second.provider.go_on.set()
        [done] = catch_up(first, plan(place.folder))
        assert run_night(second, plan(place.folder), done.slot, done.session) == done
        assert not second.provider.inside.is_set()
