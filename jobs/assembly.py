"""The composition root: settings in, wired service out; every dependency is chosen here and nowhere else."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from db import open_store
from db.register import load_articles, load_events, load_figures, load_study_defaults, register_hash
from jobs.breaker import Caller
from jobs.clock import Clock, SystemClock
from jobs.pipelines.refresh import Progress, silent
from jobs.pipelines.service import Register, Service
from jobs.pipelines.sources import Sources
from jobs.providers import PROVIDERS, provider
from jobs.refused import BadSourceList

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from db.store import Store
    from eventstudy.values import Event
    from jobs.providers.base import Provider
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
    source = opened_sources(settings, now, register.events)
    with opened_store(settings) as store:
        yield Service(settings, now, store, register, source, progress, Caller(seed=settings.seed))


def opened_sources(settings: Settings, clock: Clock, events: Sequence[Event]) -> Provider | Sources:
    """Open the source of the settings, or the sources of its list.

    Parameters
    ----------
    settings : Settings
        Whose ``source`` is opened.
    clock : Clock
        Stamps what is fetched.
    events : sequence of Event
        The register, for a simulated market.

    Returns
    -------
    Provider or Sources
        A single source as itself.

    Raises
    ------
    UnknownSource
        For a source that is not in the table of providers, or a list of them that makes no sense.
    BadFolder
        For a folder of prices that is none.
    """
    names = listed_sources(settings.source)
    opened = tuple(provider(name, settings=settings, clock=clock, events=events) for name in names)
    if len({one.world for one in opened}) > 1:
        raise BadSourceList(settings.source, "mixes real and simulated prices")
    return opened[0] if len(opened) == 1 else Sources(opened)


def listed_sources(source: str) -> tuple[str, ...]:
    """Return the sources of a list, such as ``nikkei,yahoo,files:DIR``.

    A comma ends a source only where the name of a provider follows it, at the end or before a colon or
    another comma; so a folder's name may hold commas.

    Parameters
    ----------
    source : str
        One source, or several with commas between them.

    Returns
    -------
    tuple of str
        In order, each as `jobs.providers.provider` takes it.

    Raises
    ------
    BadSourceList
        If a source is in it twice.
    """
    known = "|".join(re.escape(name) for name in PROVIDERS)
    listed = tuple(re.split(rf",(?=(?:{known})(?:[:,]|$))", source))
    if len(set(listed)) < len(listed):
        raise BadSourceList(source, "names a source twice")
    return listed
