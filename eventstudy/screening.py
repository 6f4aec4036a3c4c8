"""Every reason an event, series or window is left out, as data, before anything is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy import sessions
from eventstudy.errors import OutsideData
from eventstudy.values import Exclusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from eventstudy.returns import ReturnSeries
    from eventstudy.sessions import EventReaction
    from eventstudy.values import Event, Window


def reactions_of(
    events: Sequence[Event], rs: ReturnSeries
) -> tuple[dict[str, EventReaction], list[Exclusion]]:
    """Map events to the sessions of one series, with those that cannot be mapped.

    Parameters
    ----------
    events : sequence of Event
        The events.
    rs : ReturnSeries
        The series.

    Returns
    -------
    reactions : dict
        Event id to reaction, for events whose day 0 lies inside the prices.
    exclusions : list of Exclusion
        One per event outside the calendar or the prices.
    """
    reactions: dict[str, EventReaction] = {}
    exclusions: list[Exclusion] = []
    for event in events:
        try:
            reaction = sessions.event_reaction(event, rs.clock)
        except OutsideData as error:
            exclusions.append(Exclusion(event.id, rs.series, str(error)))
            continue
        reason = _outside(reaction, rs)
        if reason:
            exclusions.append(Exclusion(event.id, rs.series, reason))
        else:
            reactions[event.id] = reaction
    return reactions, exclusions


def _outside(reaction: EventReaction, rs: ReturnSeries) -> str:
    first, last = rs.sessions[0].date(), rs.sessions[-1].date()
    if first < reaction.session <= last:
        return ""
    return (
        f"day 0 is {reaction.session} and prices of {rs.series} run from {first} to {last}; "
        "bring prices that cover it"
    )


def window_problem(rs: ReturnSeries, day0: int, window: Window) -> str:
    """Return why a window cannot be measured, or nothing.

    Parameters
    ----------
    rs : ReturnSeries
        The series.
    day0 : int
        Position of day 0.
    window : (int, int)
        Relative sessions.

    Returns
    -------
    str
        A sentence naming the window and the session, empty when every return is there.
    """
    start, end = day0 + window[0], day0 + window[1]
    if start < 1:
        return f"window {list(window)} starts before the prices of {rs.series} ({rs.sessions[0].date()})"
    if end >= len(rs.sessions):
        last = rs.sessions[-1].date()
        return f"window {list(window)} reaches beyond the prices of {rs.series} ({last}); refresh later"
    missing = np.flatnonzero(~np.isfinite(rs.close[start - 1 : end + 1]))
    if len(missing):
        day = rs.sessions[start - 1 + int(missing[0])].date()
        return f"window {list(window)} needs the price of {rs.series} on {day}, which is missing; bring it"
    return ""


def order_problem(estimation_end: int, origin: int, rs: ReturnSeries) -> str:
    """Return why an estimation window cannot serve a forecast origin, or nothing.

    Parameters
    ----------
    estimation_end : int
        Last position of the estimation window.
    origin : int
        Position of the forecast origin.
    rs : ReturnSeries
        The series.

    Returns
    -------
    str
        A sentence, empty when the window ends at or before the origin.
    """
    if estimation_end <= origin:
        return ""
    end, eve = rs.sessions[estimation_end].date(), rs.sessions[max(origin, 0)].date()
    return f"the estimation window ends {end}, after the event's eve {eve}; pin an earlier estimation_end"


def contamination(
    events: dict[str, int], window: tuple[int, int], rs: ReturnSeries, reach: int
) -> tuple[str, ...]:
    """Name the listed events whose reactions an estimation window holds.

    Parameters
    ----------
    events : dict
        Event id to position of day 0.
    window : (int, int)
        First and last position of the estimation window.
    rs : ReturnSeries
        The series.
    reach : int
        Sessions after day 0 that count as reaction.

    Returns
    -------
    tuple of str
        One warning, or none.
    """
    start, end = window
    inside = [event for event, day0 in events.items() if start - reach <= day0 <= end]
    if not inside:
        return ()
    span = f"{rs.sessions[start].date()} to {rs.sessions[end].date()}"
    return (f"{rs.series}: the estimation window {span} holds reactions to {', '.join(inside)}",)


def collisions(reactions: pd.DataFrame) -> tuple[str, ...]:
    """Name the events that fall on one session of a series.

    Parameters
    ----------
    reactions : DataFrame
        Columns `eventstudy.results.REACTION_COLUMNS`, one row per (event, series).

    Returns
    -------
    tuple of str
        One warning per group of events and session, with the series it concerns.
    """
    shared: dict[tuple[str, str], list[str]] = {}
    for (session, series), group in reactions.groupby(["session", "series"], sort=True):
        if len(group) > 1:
            shared.setdefault((", ".join(group["event"]), f"{session:%Y-%m-%d}"), []).append(str(series))
    return tuple(
        f"{events} share session {day} of {', '.join(names)}: their one-day effects cannot be separated"
        for (events, day), names in shared.items()
    )
