"""The schedules in a scheduler that is really started: when they come next, and what they do."""

import threading
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from apscheduler.schedulers.background import BackgroundScheduler

from jobs.scheduler import declare, serve_nights
from jobs.settings import load_settings
from tests.fakes import HandClock
from tests.workshop import plan, tokyo, workshop

NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
JOBS = {"after-tokyo", "after-new-york", "reconcile"}


@pytest.fixture
def scheduler():
    started = BackgroundScheduler(timezone="Asia/Tokyo")
    yield started
    if started.running:
        started.shutdown()


def next_times(scheduler, at, settings=None):
    """Start a scheduler at an instant and return when each job comes next."""
    with time_machine.travel(at, tick=False):
        declare(scheduler, settings or load_settings(), lambda: None)
        scheduler.start(paused=True)
        return {job.id: job.next_run_time for job in scheduler.get_jobs()}


@pytest.mark.parametrize(
    ("now", "after_tokyo", "after_new_york"),
    [
        ("2025-02-10 12:00", "2025-02-10 16:30", "2025-02-11 07:30"),
        ("2025-02-10 16:31", "2025-02-11 16:30", "2025-02-11 07:30"),
        ("2024-11-05 15:20", "2024-11-05 16:30", "2024-11-06 07:30"),  # the first day that closes at 15:30
        ("2025-03-08 06:00", "2025-03-08 16:30", "2025-03-08 07:30"),  # New York's last Friday in winter
        ("2025-03-11 05:59", "2025-03-11 16:30", "2025-03-11 07:30"),  # its first Monday in summer
        ("2025-11-01 05:00", "2025-11-01 16:30", "2025-11-01 07:30"),  # its last Friday in summer
        ("2025-11-04 06:59", "2025-11-04 16:30", "2025-11-04 07:30"),  # its first Monday in winter
    ],
)
def test_the_three_jobs_come_next_at_their_times_in_tokyo(scheduler, now, after_tokyo, after_new_york):
    assert next_times(scheduler, tokyo(now)) == {
        "after-tokyo": tokyo(after_tokyo),
        "after-new-york": tokyo(after_new_york),
        "reconcile": tokyo(now) + timedelta(minutes=15),
    }


@pytest.mark.parametrize("day", ["2025-01-15", "2025-03-07", "2025-03-10", "2025-10-31", "2025-11-03"])
def test_the_new_york_job_comes_after_17_in_new_york_in_summer_and_in_winter(scheduler, day):
    close = datetime.fromisoformat(f"{day} 17:00").replace(tzinfo=NEW_YORK)
    comes = next_times(scheduler, close)["after-new-york"]
    assert timedelta(minutes=30) <= comes.astimezone(UTC) - close.astimezone(UTC) <= timedelta(minutes=90)


def test_times_and_zone_come_from_the_settings(scheduler):
    settings = load_settings(timezone="UTC", after_tokyo=time(8, 15, 30), after_new_york=time(22, 45))
    times = next_times(scheduler, datetime(2025, 2, 10, 6, tzinfo=UTC), settings)
    assert times["after-tokyo"] == datetime(2025, 2, 10, 8, 15, 30, tzinfo=UTC)
    assert times["after-new-york"] == datetime(2025, 2, 10, 22, 45, tzinfo=UTC)


def test_no_job_is_dropped_for_being_late_or_doubled_for_being_missed(scheduler):
    declare(scheduler, load_settings(), lambda: None)
    scheduler.start(paused=True)
    options = {
        (job.id, job.misfire_grace_time, job.coalesce, job.max_instances) for job in scheduler.get_jobs()
    }
    assert options == {(name, None, True, 1) for name in JOBS}


def test_after_three_days_of_sleep_each_job_runs_once(scheduler):
    ran, three = [], threading.Event()

    def work():
        ran.append(1)
        if len(ran) == 3:
            three.set()

    with time_machine.travel(tokyo("2025-02-10 12:00")) as traveller:
        declare(scheduler, load_settings(), work)
        scheduler.start()
        traveller.move_to(tokyo("2025-02-13 12:00"))
        scheduler.wakeup()
        assert three.wait(30)
        scheduler.shutdown()
    assert len(ran) == 3


def test_jobs_that_come_together_run_one_after_the_other(scheduler):
    inside, most, done = [], [], threading.Semaphore(0)

    def work():
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.05)
        inside.pop()
        done.release()

    declare(scheduler, load_settings(), work)
    scheduler.start()
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))
    assert all(done.acquire(timeout=30) for _ in JOBS)
    assert most == [1, 1, 1]


def test_the_service_catches_up_at_its_start_and_its_jobs_do_the_nights_that_become_due(tmp_path, scheduler):
    told, one_more = [], threading.Event()

    def tell(night):
        told.append((night.slot, str(night.session), night.status))
        one_more.set()

    with workshop(tmp_path, HandClock(tokyo("2025-02-10 12:00"))) as service:
        serve_nights(service, plan(tmp_path), tell, scheduler=scheduler)
        assert told == [("tokyo", "2025-02-07", "done"), ("new_york", "2025-02-07", "done")]
        assert {job.id for job in scheduler.get_jobs()} == JOBS
        one_more.clear()
        service.clock.moment = tokyo("2025-02-10 16:30")
        scheduler.get_job("reconcile").modify(next_run_time=datetime.now(UTC))
        assert one_more.wait(60)
        scheduler.shutdown()
    assert told[2:] == [("tokyo", "2025-02-10", "done")]


def test_the_scheduler_lives_through_work_that_breaks(tmp_path, scheduler):
    calls, again = [], threading.Event()

    def work():
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a bug")
        again.set()

    declare(scheduler, load_settings(), work)
    scheduler.start()
    for name in ("reconcile", "after-tokyo"):
        scheduler.get_job(name).modify(next_run_time=datetime.now(UTC))
    assert again.wait(30)
    assert scheduler.running
