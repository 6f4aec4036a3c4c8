"""How old each series is, counted in sessions of its own market."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.quality.days import expected_days
from eventstudy.quality.finding import Finding
from eventstudy.quality.telling import each_day
from eventstudy.series import series as series_record
from eventstudy.sessions import last_closed_session

if TYPE_CHECKING:
    from datetime import date, datetime

    from eventstudy.quality.finding import Severity

_GRACE = {"new_york_noon": 6}  # the Federal Reserve publishes its noon rates once a week
_YIELD_GRACE, _USUAL_GRACE = 3, 1  # bond markets keep holidays of their own; others publish by the next day
_ENDED = 20  # a month of sessions


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh one series is.

    Attributes
    ----------
    series, clock : str
        Series id, and the clock that says which sessions are due.
    last_session, expected_session : date
        The last session held, and the last that has closed.
    behind : int
        Sessions of the clock after the last one held, up to the expected one.
    status : str
        ``fresh`` (none behind), ``due`` (within the grace of its market, sources publish late), ``stale``
        (a source that should have brought more) or ``ended`` (more than 20 sessions behind: nobody
        brings it any longer, or the folder it came from ends there).
    """

    series: str
    clock: str
    last_session: date
    expected_session: date
    behind: int
    status: str


def freshness(series_id: str, last: date, moment: datetime) -> Freshness:
    """Return how fresh a series is at an instant.

    Parameters
    ----------
    series_id : str
        Series id.
    last : date
        The last session held.
    moment : datetime
        Zone-aware.

    Returns
    -------
    Freshness
        Its state; the grace is six sessions for rates published weekly, three for yields, else one.

    Raises
    ------
    OutsideData
        If the instant lies outside the calendar's years.
    """
    record = series_record(series_id)
    expected = last_closed_session(record.clock, moment)
    due = expected_days(series_id, last, expected) if last < expected else ()
    behind = sum(day.date() > last for day in due)
    usual = _YIELD_GRACE if record.quantity == "yield" else _USUAL_GRACE
    status = _status(behind, _GRACE.get(record.clock, usual))
    return Freshness(series_id, record.clock, last, expected, behind, status)


def staleness(state: Freshness) -> tuple[Finding, ...]:
    """Return the finding of a series that is behind: a warning if stale, a notice if ended.

    Parameters
    ----------
    state : Freshness
        How fresh it is.

    Returns
    -------
    tuple of Finding
        Rule ``stale series`` or ``ended series``, on the last session; none if fresh or merely due.
    """
    if state.status not in {"stale", "ended"}:
        return ()
    observed = f"last session {state.last_session}"
    expected = f"session {state.expected_session}, {state.behind} sessions later"
    severity: Severity = "warning" if state.status == "stale" else "notice"
    rule = f"{state.status} series"
    return (Finding(state.series, state.last_session, rule, severity, observed, expected),)


def unsettled(series_id: str, rows: pd.DataFrame, expected: date) -> tuple[Finding, ...]:
    """Find bars that were fetched before their close and never again (``unsettled``).

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Column ``finality``: ``provisional`` while the session could still change.
    expected : date
        The last session that has closed; only bars before it are judged, the last may be read again.

    Returns
    -------
    tuple of Finding
        Warnings: these closes may be prices of the middle of a day.
    """
    open_still = rows[(rows["finality"] == "provisional") & (rows.index < pd.Timestamp(expected))]
    seen = ((stamp, f"close {close:.10g}, provisional") for stamp, close in open_still["close"].items())
    return each_day(series_id, "unsettled", "warning", seen, "a bar read again after its close")


def _status(behind: int, grace: int) -> str:
    if behind == 0:
        return "fresh"
    if behind <= grace:
        return "due"
    return "stale" if behind <= _ENDED else "ended"
