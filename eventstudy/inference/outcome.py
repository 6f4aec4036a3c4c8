"""What a multi-event test gives back: its rows, or the reason why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.inference.measure import Measure

FEWEST_EPISODES = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one question.

    Attributes
    ----------
    measures : tuple of Measure
        One per method; empty when the question is refused.
    refusals : tuple of str
        One sentence per method or question that has no answer, with the remedy where there is one.
    """

    measures: tuple[Measure, ...] = ()
    refusals: tuple[str, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.measures + other.measures, self.refusals + other.refusals)


def too_few(count: int, what: str = "episodes") -> str:
    """Return why fewer than three units cannot be tested, or nothing.

    Parameters
    ----------
    count : int
        Independent units at hand.
    what : str
        What they are called.

    Returns
    -------
    str
        Empty when there are enough.
    """
    if count >= FEWEST_EPISODES:
        return ""
    units = what.removesuffix("s") if count == 1 else what
    return (
        f"{count} {units}: patterns of fewer than {FEWEST_EPISODES} are not testable, because with so few "
        "the effect cannot be told from its own scatter; bring more events"
    )


def shared_dates(day0: Sequence[np.datetime64]) -> str:
    """Return why units that share a date cannot stand for events, or nothing.

    Parameters
    ----------
    day0 : sequence of datetime64
        First session of each unit.

    Returns
    -------
    str
        Names the first date that occurs twice; empty when all differ.
    """
    dates, counts = np.unique(np.asarray(day0, dtype="datetime64[D]"), return_counts=True)
    if not (counts > 1).any():
        return ""
    return (
        f"{int(counts.max())} units share {dates[counts > 1][0]}: series on one date, or events of one "
        "session, are one observation of the news; give one unit a date"
    )
