"""What every verb does first and last: it opens settings, store and service, and leaves with an exit code."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from db.store import Store
    from jobs.console import Screen
    from jobs.pipelines.service import Service
    from jobs.settings import Settings

DONE_WITH_EXCLUSIONS = 3


def settings(**flags: object) -> Settings:
    """Return the settings: flags that are given, then the environment, then defaults; raises BadSetting."""
    from jobs.settings import load_settings

    return load_settings(**flags)


@contextmanager
def opened_service(screen: Screen, **flags: object) -> Iterator[Service]:
    """Wire the service that the flags ask for.

    Parameters
    ----------
    screen : Screen
        Told what is happening.
    **flags : object
        Fields of `jobs.settings.Settings`; None means "not given".

    Yields
    ------
    Service
        Its store is closed afterwards.
    """
    from jobs.assembly import assembled

    try:
        with assembled(settings(**flags), progress=screen.progress) as service:
            yield service
    finally:
        screen.rest()


@contextmanager
def opened(screen: Screen, **flags: object) -> Iterator[tuple[Settings, Store]]:
    """Open the store that the flags ask for, if it is there.

    Parameters
    ----------
    screen : Screen
        Whose progress line is taken away afterwards.
    **flags : object
        Fields of `jobs.settings.Settings`; None means "not given".

    Yields
    ------
    Settings, Store
        Closed afterwards.

    Raises
    ------
    NoDatabase
        A question never makes a database.
    """
    from jobs.assembly import opened_store

    chosen = settings(**flags)
    try:
        with opened_store(chosen, create=False) as store:
            yield chosen, store
    finally:
        screen.rest()


def world_of(store: Store) -> str | None:
    """Return ``real``, ``simulated``, or None for an empty store."""
    with store.reading() as transaction:
        return transaction.world()


def leave(*, excluded: bool) -> None:
    """Leave with exit code 3 where something was left out."""
    if excluded:
        raise typer.Exit(DONE_WITH_EXCLUSIONS)
