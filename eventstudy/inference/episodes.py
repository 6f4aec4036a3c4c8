"""Which episodes answer a question, with which sign, and why the others do not.

The independent unit is the episode: events days apart react to one another. An episode is measured once, from
the first session of its first event, and counts under that event's direction, which was on record before the
prices were. What follows inside it is part of its window, with two exceptions that are data, not results: a
window that also holds an event of the opposite direction has two signs on record and no longer answers a
question about one; and a negative control is one only while nothing else happened. Of two episodes whose
windows share a session the first counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from eventstudy.inference.cells import Arrival, EventCell
    from eventstudy.values import Window

CONTROL = "effective"
_OPPOSITES: dict[str, frozenset[str]] = {
    "escalation": frozenset({"de-escalation"}),
    "de-escalation": frozenset({"escalation"}),
    "talks": frozenset({"escalation", "de-escalation"}),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a group of episodes.

    Attributes
    ----------
    name : str
        ``response`` (does a direction move returns), ``direction`` (do opposite directions move them in
        opposite ways), ``volatility`` or ``negative control``.
    direction : str
        The group, in words.
    signs : dict of str to float
        Direction of an episode's first event to what its effect is multiplied by.
    """

    name: str
    direction: str
    signs: dict[str, float]


@dataclass(frozen=True)
class Unit:
    """One episode on one series, as it enters a question.

    Attributes
    ----------
    cell : EventCell
        The first event of the episode.
    sign : float
        What its effect is multiplied by.
    """

    cell: EventCell
    sign: float


@dataclass(frozen=True)
class Record:
    """What happened, measured or not.

    Attributes
    ----------
    arrivals : tuple of Arrival
        Every event that reached a series, confounders too, in order of the timestamps.
    cells : mapping of (event, series, window) to EventCell
        What was measured.
    """

    arrivals: tuple[Arrival, ...]
    cells: Mapping[tuple[str, str, Window], EventCell]


def chosen_units(
    question: Question, series: str, window: Window, record: Record
) -> tuple[list[Unit], dict[str, str]]:
    """Choose the episodes of one series that answer a question over one window.

    Parameters
    ----------
    question : Question
        Which directions, and their signs.
    series : str
        Series id.
    window : (int, int)
        Relative sessions.
    record : Record
        What happened.

    Returns
    -------
    units : list of Unit
        In order of their first session; their windows do not overlap.
    reasons : dict of str to str
        Episode to the reason why it, or a later event of it, does not count.
    """
    here = sorted((one for one in record.arrivals if one.series == series), key=lambda one: one.session)
    units: list[Unit] = []
    reasons: dict[str, str] = {}
    taken: dict[pd.Timestamp, str] = {}
    for episode, events in _by_episode(here).items():
        first = events[0]
        cell = record.cells.get((first.event, series, window))
        reason = _outside(question, events) or _unmeasured(first, cell)
        if cell is not None and not reason and first.direction in question.signs:
            days = list(cell.sessions[cell.steps(window)])
            reason = _crowded(question, first, days, here) or _overlapping(days, taken)
            if not reason:
                units.append(Unit(cell, question.signs[first.direction]))
                taken.update(dict.fromkeys(days, episode))
        if reason and any(one.direction in question.signs for one in events):
            reasons[episode] = reason
    return units, reasons


def _by_episode(arrivals: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    """Group arrivals in order of the episodes' first sessions; confounders are nobody's episode."""
    groups: dict[str, list[Arrival]] = {}
    for one in arrivals:
        if "confounder" not in {one.kind, one.direction}:
            groups.setdefault(one.episode, []).append(one)
    return groups


def _outside(question: Question, events: Sequence[Arrival]) -> str:
    first = events[0]
    if first.direction in question.signs:
        return ""
    later = ", ".join(one.event for one in events if one.direction in question.signs)
    return (
        f"{later} followed {first.event}, and an episode counts once, under its first direction "
        f"({first.direction})"
    )


def _unmeasured(first: Arrival, cell: EventCell | None) -> str:
    if first.ambiguous:
        return f"the first session of {first.event} is in doubt"
    return "" if cell is not None else f"{first.event} could not be measured over this window"


def _crowded(
    question: Question, first: Arrival, days: Sequence[pd.Timestamp], here: Iterable[Arrival]
) -> str:
    """Return which event in the window has an opposite sign, or spoils a negative control."""
    inside = [one for one in here if one.session in days and one.event != first.event]
    if first.direction == CONTROL:
        spoiling = [one for one in inside if one.direction != CONTROL]
    elif question.name == "volatility":
        spoiling = []
    else:
        spoiling = [one for one in inside if one.direction in _OPPOSITES.get(first.direction, ())]
    return f"its window also holds {spoiling[0].event} ({spoiling[0].direction})" if spoiling else ""


def _overlapping(days: Iterable[pd.Timestamp], taken: Mapping[pd.Timestamp, str]) -> str:
    for day in days:
        if day in taken:
            return f"its window shares {day.date()} with that of episode {taken[day]}, which came first"
    return ""
