"""The composition root: settings in, wired service out; every dependency is chosen here and nowhere else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from db import open_store
from db.register import load_articles, load_events, load_figures, load_study_defaults, register_hash
from jobs.clock import Clock, SystemClock
from jobs.pipelines.refresh import Progress, silent
from jobs.pipelines.service import Register, Service
from jobs.providers import provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from db.store import Store
    from jobs.settings import Settings


def load_register() -> Register:
    """Return the shipped register.

    Raises
    ------
    BadRegister
        If a file of it is malformed.
    """
    return Register(
        events=load_events(),
        articles=load_articles(),
        figures=load_figures(),
        estimation_end=load_study_defaults().estimation_end,
        hash=register_hash(),
    )


@contextmanager
def opened_store(settings: Settings, *, create: bool = True) -> Iterator[Store]:
    """Open the database of the settings, making the data folder where the default one is meant.

    Parameters
    ----------
    settings : Settings
        Whose ``db`` is opened.
    create : bool
        Whether a database that is not there is made.

    Yields
    ------
    Store
        Closed afterwards.
    """
    if create and str(settings.home) in settings.db:
        settings.prepare()
    with open_store(settings.db, create=create) as store:
        yield store


@contextmanager
def assembled(
    settings: Settings, *, clock: Clock | None = None, progress: Progress = silent
) -> Iterator[Service]:
    """Wire the service.

    Parameters
    ----------
    settings : Settings
        Frozen settings.
    clock : Clock, optional
        The computer's by default.
    progress : callable
        Told one line a step.

    Yields
    ------
    Service
        Ready; its store is closed afterwards.
    """
    register, now = load_register(), clock or SystemClock()
    source = provider(settings.source, settings=settings, clock=now, events=register.events)
    with opened_store(settings) as store:
        yield Service(settings, now, store, register, source, progress)
