"""Leases: a run whose lock another took over writes nothing more, whatever the clocks say."""

import os
import socket
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from db.errors import ClockWentBack, LeaseLost, LockHeld
from jobs.pipelines.leases import LEASE, LOCK, locked, session_lock
from tests.crash_world import (
    JOB,
    Model,
    evening,
    key_of,
    ledger,
    night,
    service_on,
    source,
    stored,
)
from tests.databases import ask, content
from tests.fakes import HandClock

NIGHT = 12
DAY = timedelta(days=1)
HERE = f"{socket.gethostname()}:{os.getppid()}:1"
ELSEWHERE = "elsewhere:1:1"


@pytest.fixture
def service(db_url):
    clock = HandClock(evening(NIGHT))
    opened = service_on(db_url, clock, source(clock, NIGHT))
    with closing(opened.store):
        yield opened


def take(service, holder, moment, *, name=LOCK, lease=LEASE):
    """Have another process take a lock."""
    with service.store.transaction() as t:
        t.locks.require(name, holder, moment, moment + lease)
        t.commit()


def give_back(service, holder):
    with service.store.transaction() as t:
        t.locks.release(LOCK, holder)
        t.commit()


def claim(service):
    with service.store.transaction() as t:
        t.claim_world("real")
        t.commit()


def leases(url):
    return ask(url, "SELECT name, holder FROM locks ORDER BY name")


class TakenOver:
    """A source in the middle of whose answer another run takes over the lock, whose lease has ended."""

    def __init__(self, service, *, finish):
        self.service, self.finish, self.answer = service, finish, service.provider.fetch

    def __call__(self, request):
        if self.service.clock.moment == evening(NIGHT):
            self.service.clock.moment += LEASE
            take(self.service, ELSEWHERE, self.service.clock.moment)
            if self.finish:
                give_back(self.service, ELSEWHERE)
        return self.answer(request)


@pytest.mark.parametrize("finish", [False, True], ids=["that is at work", "that has finished"])
def test_a_night_whose_lock_was_taken_over_writes_nothing_more(service, db_url, finish):
    service.provider.fetch = TakenOver(service, finish=finish)
    with pytest.raises(LeaseLost, match="took over the lock 'run'") as lost:
        night(service, NIGHT)
    assert lost.value.exit_code == 5
    assert stored(db_url) == []
    assert ledger(db_url, NIGHT) == ["running"]
    assert leases(db_url) == ([] if finish else [(LOCK, ELSEWHERE)])


def test_the_next_run_closes_the_night_that_lost_its_lock_and_does_it_again(service, db_url):
    service.provider.fetch = TakenOver(service, finish=True)
    with pytest.raises(LeaseLost):
        night(service, NIGHT)
    model = Model()
    model.tell(NIGHT, service.clock.moment)
    assert night(service, NIGHT)
    assert ledger(db_url, NIGHT) == ["failed", "done"]
    assert stored(db_url) == model.rows()


def test_a_lease_that_ended_and_that_nobody_took_is_still_its_holders(service, db_url):
    with locked(service) as leased:
        service.clock.moment += 2 * LEASE
        claim(leased)
        with pytest.raises(LockHeld, match="holds the lock 'run'"):
            take(service, ELSEWHERE, service.clock.moment)
    assert leases(db_url) == []


def test_every_commit_puts_off_the_end_of_the_lease(service):
    with locked(service, "nightly tokyo") as leased:
        for _ in range(4):
            service.clock.moment += LEASE - timedelta(minutes=1)
            claim(leased)
        for name in (LOCK, "nightly tokyo"):
            with pytest.raises(LockHeld):
                take(service, ELSEWHERE, service.clock.moment, name=name)


def test_a_step_that_is_rolled_back_puts_off_nothing(service):
    with locked(service) as leased:
        service.clock.moment += LEASE
        with leased.store.transaction() as t:
            t.claim_world("real")
        take(service, ELSEWHERE, service.clock.moment)


def test_a_unit_of_work_that_began_before_the_takeover_is_not_kept_either(service, db_url):
    with locked(service) as leased:
        claim(leased)
        service.clock.moment += LEASE
        take(service, ELSEWHERE, service.clock.moment)
        before = content(db_url)
        for _ in range(2):
            with pytest.raises(LeaseLost, match=ELSEWHERE):
                claim(leased)
        assert content(db_url) == before
    assert leases(db_url) == [(LOCK, ELSEWHERE)]


@pytest.mark.parametrize("holder", [ELSEWHERE, HERE], ids=["elsewhere", "a living process"])
def test_the_session_of_a_night_that_another_has_in_work_is_not_touched(service, db_url, holder):
    with service.store.transaction() as t:
        t.runs.start(JOB, key_of(NIGHT), evening(NIGHT), {"attempt": 1})
        t.commit()
    take(service, holder, evening(NIGHT), name=session_lock(JOB, key_of(NIGHT)))
    with locked(service):
        assert ledger(db_url, NIGHT) == ["running"]
    with pytest.raises(LockHeld, match=f"{holder} holds the lock 'nightly tokyo"):
        night(service, NIGHT)
    assert leases(db_url) == [(session_lock(JOB, key_of(NIGHT)), holder)]


def test_the_run_of_a_lease_that_has_ended_is_closed(service, db_url):
    with service.store.transaction() as t:
        t.runs.start(JOB, key_of(NIGHT), evening(NIGHT), {"attempt": 1})
        t.commit()
    take(service, ELSEWHERE, evening(NIGHT) - LEASE, name=session_lock(JOB, key_of(NIGHT)))
    with locked(service):
        assert ledger(db_url, NIGHT) == ["failed"]


def test_a_lease_from_a_clock_that_was_a_day_ahead_stops_nobody(service, db_url):
    take(service, ELSEWHERE, evening(NIGHT) + DAY)
    assert night(service, NIGHT)
    assert leases(db_url) == []


def test_a_lease_from_a_clock_a_few_minutes_ahead_is_respected(service):
    take(service, ELSEWHERE, evening(NIGHT) + timedelta(minutes=5))
    with pytest.raises(LockHeld):
        night(service, NIGHT)


@contextmanager
def clock_wrong_by(service, error):
    service.clock.moment += error
    yield
    service.clock.moment -= error


def test_a_clock_that_jumps_a_day_ahead_takes_a_living_lock_and_only_one_of_the_two_writes(service, db_url):
    with locked(service) as slow:
        with clock_wrong_by(service, DAY):
            take(service, ELSEWHERE, service.clock.now())
        with pytest.raises(LeaseLost):
            claim(slow)
    assert ask(db_url, "SELECT name FROM world") == []


def test_after_a_clock_that_was_a_day_ahead_the_past_stays_and_the_right_clock_is_refused_until_it_is_there(
    service, db_url
):
    with clock_wrong_by(service, DAY):
        assert night(service, NIGHT)
    known = stored(db_url)
    after = HandClock(evening(NIGHT) + timedelta(hours=1))
    tomorrow = service_on(db_url, after, source(after, NIGHT + 1))  # it corrects prices told before
    with closing(tomorrow.store):
        with pytest.raises(ClockWentBack, match="set this machine's clock right"):
            night(tomorrow, NIGHT + 1)
        assert stored(db_url) == known
        after.moment = evening(NIGHT) + DAY + timedelta(hours=1)
        assert night(tomorrow, NIGHT + 1)
    model = Model()
    model.tell(NIGHT, evening(NIGHT) + DAY)
    model.tell(NIGHT + 1, after.moment)
    assert stored(db_url) == model.rows()


def test_a_clock_that_went_back_a_day_writes_nothing(service, db_url):
    assert night(service, NIGHT)
    before = stored(db_url)
    clock = HandClock(evening(NIGHT) - DAY)
    back = service_on(db_url, clock, source(service.clock, NIGHT + 1))
    with closing(back.store), pytest.raises(ClockWentBack):
        night(back, NIGHT + 1)
    assert stored(db_url) == before
