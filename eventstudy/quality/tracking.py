"""How well one series stands in for another: tracking difference, its spread, correlation, worst days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.quality.movement import logs
from eventstudy.quality.telling import day, per_cent
from eventstudy.series import SERIES

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from eventstudy.quality.movement import Frames

_FEWEST = 30
_SESSIONS_A_YEAR = 252
_WORST = 5
CLOSE_ENOUGH = 0.98


@dataclass(frozen=True, slots=True)
class Pair:
    """Two series of which one stands in for the other.

    Attributes
    ----------
    series, reference : str
        Series ids: the stand-in, and what it is held against.
    relation : str
        ``proxy_of``, ``clock_of``, or ``nearest index`` (what it stands in for is not held, so that it is
        held against the index of its clock that it follows best).
    """

    series: str
    reference: str
    relation: str


@dataclass(frozen=True)
class Tracking:
    """How a pair moved together, on daily log returns over common sessions.

    Attributes
    ----------
    series, reference, relation : str
        As of `Pair`.
    sessions : int
        Returns compared.
    difference : float
        Mean of the daily return of the series minus that of the reference, log, 0.01 is one per cent.
    error : float
        Standard deviation of that difference, a day.
    error_annualised : float
        The same times the square root of 252.
    correlation, beta : float
        Of the series' returns with, and on, the reference's.
    worst : tuple of (date, float)
        The five sessions with the largest differences, the largest first.
    """

    series: str
    reference: str
    relation: str
    sessions: int
    difference: float
    error: float
    error_annualised: float
    correlation: float
    beta: float
    worst: tuple[tuple[date, float], ...]


def pairs(frames: Frames) -> tuple[Pair, ...]:
    """Return the pairs of the table that can be compared.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Bars by series id, column ``close``.

    Returns
    -------
    tuple of Pair
        In the order of the table; a proxy whose index is not held has the nearest held index instead.
    """
    found = []
    for item in SERIES.values():
        if item.id not in frames:
            continue
        if item.clock_of in frames:
            found.append(Pair(item.id, str(item.clock_of), "clock_of"))
        elif item.proxy_of in frames:
            found.append(Pair(item.id, str(item.proxy_of), "proxy_of"))
        elif item.proxy_of is not None:
            found.extend(_nearest(item.id, frames))
    return tuple(found)


def tracking(pair: Pair, frames: Frames) -> Tracking | None:
    """Compare the daily moves of a pair.

    Parameters
    ----------
    pair : Pair
        Which.
    frames : mapping of str to DataFrame
        Bars by series id, column ``close`` above zero.

    Returns
    -------
    Tracking or None
        None with fewer than 30 common returns.
    """
    moves = _moves(pair.series, pair.reference, frames)
    if len(moves) < _FEWEST:
        return None
    own, reference = moves["own"], moves["reference"]
    gap = own - reference
    order = gap.abs().sort_values(ascending=False, kind="stable").index[:_WORST]
    return Tracking(
        pair.series,
        pair.reference,
        pair.relation,
        len(moves),
        float(gap.mean()),
        float(gap.std()),
        float(gap.std() * np.sqrt(_SESSIONS_A_YEAR)),
        float(own.corr(reference)),
        float(own.cov(reference) / reference.var()),
        tuple((day(stamp), float(gap[stamp])) for stamp in order),
    )


def poor_tracking(found: Tracking) -> tuple[Finding, ...]:
    """Return the finding of a proxy that follows its index badly (``tracking``).

    Parameters
    ----------
    found : Tracking
        Of a proxy; another clock of an instrument is meant to differ and is never told.

    Returns
    -------
    tuple of Finding
        One warning if the correlation of daily returns is below 0.98.
    """
    if found.relation == "clock_of" or found.correlation >= CLOSE_ENOUGH:
        return ()
    stamp, gap = found.worst[0]
    observed = (
        f"correlation {found.correlation:.3f} with {found.reference}, tracking error "
        f"{100 * found.error:.2f} % a day, worst {per_cent(gap)} on {stamp}"
    )
    expected = f"a correlation of {CLOSE_ENOUGH} or more: label what is built on it as a proxy"
    return (Finding(found.series, None, "tracking", "warning", observed, expected),)


def _nearest(name: str, frames: Frames) -> list[Pair]:
    moves = {other: _moves(name, other, frames) for other in _indices(name) if other in frames}
    likeness = {
        other: float(both["own"].corr(both["reference"]))
        for other, both in moves.items()
        if len(both) >= _FEWEST
    }
    return [Pair(name, max(likeness, key=lambda key: likeness[key]), "nearest index")] if likeness else []


def _indices(name: str) -> Collection[str]:
    own = SERIES[name]
    return [
        item.id
        for item in SERIES.values()
        if item.role == "core" and item.clock == own.clock and item.quantity == own.quantity
    ]


def _moves(name: str, reference: str, frames: Frames) -> pd.DataFrame:
    own, other = frames[name]["close"], frames[reference]["close"]
    common = own.index.intersection(other.index)
    table = pd.DataFrame({"own": logs(own[common]), "reference": logs(other[common])})
    return table.diff().dropna()
