"""What every pipeline is given: settings, clock, store, provider and register, wired once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.pipelines.refresh import Progress, silent

if TYPE_CHECKING:
    from datetime import date

    from db.store import Store
    from eventstudy.values import Article, Event, QuotedFigure
    from jobs.clock import Clock
    from jobs.providers.base import Provider
    from jobs.settings import Settings


@dataclass(frozen=True)
class Register:
    """The shipped data: events, articles and the figures they quoted.

    Attributes
    ----------
    events : tuple of Event
        Tariff events and confounders.
    articles : tuple of Article
        The articles.
    figures : tuple of QuotedFigure
        Their figures.
    estimation_end : date
        Last session of the common estimation window.
    hash : str
        SHA-256 of the events.
    """

    events: tuple[Event, ...]
    articles: tuple[Article, ...]
    figures: tuple[QuotedFigure, ...]
    estimation_end: date
    hash: str


@dataclass(frozen=True)
class Service:
    """The wired service.

    Attributes
    ----------
    settings : Settings
        Frozen settings.
    clock : Clock
        The only reading of time.
    store : Store
        The database.
    register : Register
        The shipped data.
    provider : Provider
        Where prices come from.
    progress : callable
        Told one line a step.
    """

    settings: Settings
    clock: Clock
    store: Store
    register: Register
    provider: Provider
    progress: Progress = silent
