"""What every pipeline is given: settings, clock, store, provider and register, wired once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eventstudy.errors import UnknownEvent
from jobs.breaker import Caller
from jobs.pipelines.refresh import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from db.store import Store
    from eventstudy.values import Article, Event, QuotedFigure
    from jobs.clock import Clock
    from jobs.pipelines.sources import Sources
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
    provider : Provider or Sources
        Where prices come from.
    progress : callable
        Told one line a step.
    caller : Caller
        Asks the sources, and remembers from night to night which of them to leave alone.
    """

    settings: Settings
    clock: Clock
    store: Store
    register: Register
    provider: Provider | Sources
    progress: Progress = silent
    caller: Caller = field(default_factory=Caller)


def chosen_events(register: Sequence[Event], ids: Sequence[str] | None) -> tuple[Event, ...]:
    """Return the events under study: the tariff events, or those asked for by id.

    Parameters
    ----------
    register : sequence of Event
        The register.
    ids : sequence of str or None
        Ids in any order; None means every tariff event.

    Returns
    -------
    tuple of Event
        In register order.

    Raises
    ------
    UnknownEvent
        For an id that is not in the register.
    """
    if not ids:
        return tuple(event for event in register if event.kind == "tariff")
    known = {event.id for event in register}
    for asked in ids:
        if asked not in known:
            raise UnknownEvent(asked, known)
    return tuple(event for event in register if event.id in set(ids))
