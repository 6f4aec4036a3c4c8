"""Estimation windows, event windows and episodes, as positions on a series' sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.errors import TooFewObservations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy.arrays import Float1D, Int1D
    from eventstudy.values import Bridge, Design

CONTAMINATION_REACH = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """One event on one series.

    Attributes
    ----------
    event : str
        Event id.
    day0 : int
        Position of the first session able to react.
    episode : str
        Episode name.
    episode_day0 : int
        Position of the first reaction of the episode's first event.
    """

    event: str
    day0: int
    episode: str
    episode_day0: int


def place(day0: Mapping[str, int], named: Mapping[str, str | None], reach: int) -> tuple[Placed, ...]:
    """Group events into episodes.

    Events that name an episode belong to it; the others join the group of an earlier event whose
    window [0, reach] touches theirs.

    Parameters
    ----------
    day0 : mapping of event id to int
        Position of day 0.
    named : mapping of event id to str or None
        Episode given with the event.
    reach : int
        Last relative session of the longest window.

    Returns
    -------
    tuple of Placed
        In order of day 0, then of the mapping.
    """
    order = sorted(day0, key=lambda event: day0[event])
    episode: dict[str, str] = {}
    open_name, open_until = "", -1
    for event in order:
        name = named.get(event)
        if name is None:
            if day0[event] > open_until:
                open_name = event
            name, open_until = open_name, day0[event] + reach
        episode[event] = name
    first = {name: min(day0[e] for e in order if episode[e] == name) for name in set(episode.values())}
    return tuple(Placed(event, day0[event], episode[event], first[episode[event]]) for event in order)


def clean_ends(placed: Sequence[Placed], gap: int, length: int) -> dict[str, int]:
    """Return the last position of each episode's estimation window, free of listed events.

    The window ends `gap` sessions before the episode. Where it would hold another episode's
    [0, +5], the episode takes the window of the earliest such episode instead, so that
    a cluster of episodes shares the calm before its first one.

    Parameters
    ----------
    placed : sequence of Placed
        Every event of the series, in order of day 0.
    gap, length : int
        Sessions between window and episode; sessions in the window.

    Returns
    -------
    dict
        Episode name to last position of its window (may be negative when history is short).
    """
    ends: dict[str, int] = {}
    for item in sorted(placed, key=lambda one: one.episode_day0):
        if item.episode in ends:
            continue
        end = item.episode_day0 - gap - 1
        earlier = [one for one in placed if one.episode in ends and one.episode != item.episode]
        touching = [
            one for one in earlier if end - length < one.day0 + CONTAMINATION_REACH and one.day0 <= end
        ]
        ends[item.episode] = min([ends[one.episode] for one in touching], default=end)
    return ends


def estimation_ends(placed: Sequence[Placed], sessions: pd.DatetimeIndex, design: Design) -> dict[str, int]:
    """Return the last position of each episode's estimation window.

    Parameters
    ----------
    placed : sequence of Placed
        Every event of the series, in order of day 0.
    sessions : DatetimeIndex
        Sessions of the series.
    design : Design
        Pins one end for all, or leaves each episode its clean window.

    Returns
    -------
    dict
        Episode name to position; see `clean_ends`.
    """
    if design.estimation_end is None:
        return clean_ends(placed, design.gap, design.estimation)
    pinned = int(sessions.searchsorted(pd.Timestamp(design.estimation_end), side="right")) - 1
    return {item.episode: pinned for item in placed}


def estimation_positions(returns: Float1D, end: int, length: int, what: str) -> Int1D:
    """Return the positions of the last `length` returns up to `end`.

    Parameters
    ----------
    returns : ndarray of shape (T,)
        NaN where no one-session return exists; such positions are skipped.
    end : int
        Last admissible position.
    length : int
        Number of returns wanted.
    what : str
        What the window belongs to, for the error.

    Returns
    -------
    ndarray of shape (length,)
        Increasing positions.

    Raises
    ------
    TooFewObservations
        When history is shorter.
    """
    present = np.flatnonzero(np.isfinite(returns[: max(end + 1, 0)]))
    if len(present) < length:
        raise TooFewObservations(what, len(present), length)
    return np.asarray(present[-length:])


def origin(bridge: Bridge, placed: Placed, first_relative_day: int, estimation_end: int) -> int:
    """Return the last position whose information a forecast may use.

    Parameters
    ----------
    bridge : str
        ``direct``: the estimation window's end. ``episode``: the eve of the episode's first
        event. ``event``: the eve of this event's own window.
    placed : Placed
        The event.
    first_relative_day : int
        First session of the event window; a window that starts before day 0 moves the eve.
    estimation_end : int
        Last position of the estimation window.

    Returns
    -------
    int
        Position of the forecast origin.
    """
    if bridge == "direct":
        return estimation_end
    first = placed.episode_day0 if bridge == "episode" else placed.day0
    return first + min(first_relative_day, 0) - 1
