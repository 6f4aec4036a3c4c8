"""When nights run: the only home of APScheduler.

Schedules are declared here, job stores stay in memory, and the ledger in the database is the truth: at
start and every `RECONCILE` minutes the nights that are due are compared with the ledger, so that a process
that was down, or a run that failed, is caught up, and no night is done twice. All jobs share one thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from jobs.pipelines.nightly import Night, due_nights, run_night

if TYPE_CHECKING:
    from collections.abc import Callable

    from apscheduler.schedulers.base import BaseScheduler

    from jobs.pipelines.run import Plan
    from jobs.pipelines.service import Service
    from jobs.settings import Settings

RECONCILE = 15
JOB_OPTIONS: dict[str, Any] = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}


def catch_up(service: Service, plan: Plan, *, rested: bool = False) -> tuple[Night, ...]:
    """Do every night that is due, by time of close.

    Parameters
    ----------
    service : Service
        The wired service.
    plan : Plan
        What every night studies.
    rested : bool
        Let nights that failed a short while ago rest; by default they are tried at once.

    Returns
    -------
    tuple of Night
        How each ended; empty when nothing was due.

    Raises
    ------
    StoreError
        When the ledger cannot be read.
    """
    due = due_nights(service.store, service.settings, service.clock.now(), rested=rested)
    return tuple(run_night(service, plan, slot, session) for slot, session in due)


def declare(scheduler: BaseScheduler, settings: Settings, work: Callable[[], object]) -> None:
    """Add the schedules: after Tokyo's close, after New York 17:00, and the reconciler.

    Parameters
    ----------
    scheduler : BaseScheduler
        Any APScheduler 3 scheduler that has not been started.
    settings : Settings
        Times of day and their zone. They recur daily: on a day without a due night the ledger says so.
    work : callable
        What to do; told nothing, since the ledger knows what is due.
    """
    zone = settings.zone
    at_times = {"after-tokyo": settings.after_tokyo, "after-new-york": settings.after_new_york}
    triggers = {
        **{
            name: CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=zone)
            for name, at in at_times.items()
        },
        "reconcile": IntervalTrigger(minutes=RECONCILE, timezone=zone),
    }
    scheduler.add_executor(ThreadPoolExecutor(max_workers=1))
    for name, trigger in triggers.items():
        scheduler.add_job(work, trigger, id=name, name=name, **JOB_OPTIONS)


def serve_nights(
    service: Service,
    plan: Plan,
    told: Callable[[Night], None],
    *,
    scheduler: BaseScheduler | None = None,
) -> None:
    """Catch up, then run the schedules until the process is stopped.

    Parameters
    ----------
    service : Service
        The wired service.
    plan : Plan
        What every night studies.
    told : callable
        Told how each night ended.
    scheduler : BaseScheduler, optional
        Runs the schedules; by default one that blocks for ever.

    Raises
    ------
    StoreError
        When the ledger cannot be read at the start; later on the scheduler lives through it.
    """

    def work(*, rested: bool = True) -> None:
        for night in catch_up(service, plan, rested=rested):
            told(night)

    chosen = scheduler or BlockingScheduler(timezone=service.settings.zone)
    declare(chosen, service.settings, work)
    work(rested=False)
    chosen.start()
