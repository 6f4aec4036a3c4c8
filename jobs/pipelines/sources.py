"""Several sources in order: which of them answers for a series, and what becomes of the ones that fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventstudy.series import SERIES

if TYPE_CHECKING:
    from jobs.providers.base import Provider


@dataclass(frozen=True)
class Sources:
    """Sources of one world, the most official first.

    Attributes
    ----------
    members : tuple of Provider
        At least one.
    """

    members: tuple[Provider, ...]

    @property
    def name(self) -> str:
        """The names of all, in order."""
        return ",".join(one.name for one in self.members)

    @property
    def world(self) -> Literal["real", "simulated"]:
        """The world of them all."""
        return self.members[0].world

    def available(self) -> tuple[str, ...]:
        """Return the ids that any of them may hold, in the order of the table of series."""
        held = {key for one in self.members for key in one.available()}
        return tuple(key for key in SERIES if key in held)


def members_of(source: Provider | Sources) -> tuple[Provider, ...]:
    """Return the sources of a list, or the one that stands for itself."""
    return source.members if isinstance(source, Sources) else (source,)


def provider_name(place: str) -> str:
    """Return the provider of a place such as ``yahoo:^N225``."""
    return place.partition(":")[0]
