"""When nights run: the only home of APScheduler.

Schedules are declared here, job stores stay in memory, and the ledger in the database is the truth: at
start and every `RECONCILE` minutes the nights that are due are compared with the ledger, so that a process
that was down, or a run that failed, is caught up, and no night is done twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from jobs.pipelines.nightly import Night, due_nights, run_night

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import time

    from apscheduler.schedulers.base import BaseScheduler

    from jobs.pipelines.run import Plan
    from jobs.pipelines.service import Service
    from jobs.settings import Settings

RECONCILE = 15
JOB_DEFAULTS = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}


def catch_up(service: Service, plan: Plan) -> tuple[Night, ...]:
    """Do every night that is due, by time of close.

    Parameters
    ----------
    service : Service
        The wired service.
    plan : Plan
        What every night studies.

    Returns
    -------
    tuple of Night
        How each ended; empty when nothing was due.
    """
    due = due_nights(service.store, service.clock.now())
    return tuple(run_night(service, plan, slot, session) for slot, session in due)


def declare(scheduler: BaseScheduler, settings: Settings, work: Callable[[], object]) -> None:
    """Add the schedules: after Tokyo's close, after New York 17:00, and the reconciler.

    Parameters
    ----------
    scheduler : BaseScheduler
        Any APScheduler 3 scheduler.
    settings : Settings
        Times of day and their zone.
    work : callable
        What to do; told nothing, since the ledger knows what is due.
    """
    zone = settings.zone
    nights: dict[str, tuple[str, time]] = {
        "after-tokyo": ("mon-fri", settings.after_tokyo),
        "after-new-york": ("tue-sat", settings.after_new_york),
    }
    for name, (days, at) in nights.items():
        trigger = CronTrigger(day_of_week=days, hour=at.hour, minute=at.minute, timezone=zone)
        scheduler.add_job(work, trigger, id=name, name=name, replace_existing=True)
    scheduler.add_job(
        work, IntervalTrigger(minutes=RECONCILE, timezone=zone), id="reconcile", name="reconcile",
        replace_existing=True,
    )  # fmt: skip


def serve_nights(service: Service, plan: Plan, told: Callable[[Night], None]) -> None:
    """Catch up, then run the schedules until the process is stopped.

    Parameters
    ----------
    service : Service
        The wired service.
    plan : Plan
        What every night studies.
    told : callable
        Told how each night ended.
    """

    def work() -> None:
        for night in catch_up(service, plan):
            told(night)

    scheduler = BlockingScheduler(timezone=service.settings.zone, job_defaults=JOB_DEFAULTS)
    declare(scheduler, service.settings, work)
    work()
    scheduler.start()
