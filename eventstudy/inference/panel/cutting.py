"""The windows of a panel's events: where they lie, which days of them are known, and how they are cut out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from eventstudy.inference.panel.placement import told
from eventstudy.inference.panel.spans import accumulated, sessions_covered
from eventstudy.models import Stretch

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.arrays import Float1D, Float2D, FloatND, Int1D, Int2D
    from eventstudy.inference.panel.placement import Placement
    from eventstudy.inference.panel.spans import ReturnUnit


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the windows of an event lie relative to its day 0, in sessions.

    Attributes
    ----------
    estimation : int
        L, sessions of the estimation window.
    gap : int
        Sessions between the estimation window and the first event day.
    first, last : int
        First and last relative day of the event days.
    """

    estimation: int
    gap: int
    first: int
    last: int

    @property
    def width(self) -> int:
        """Return W, the number of event days."""
        return self.last - self.first + 1

    @property
    def reach(self) -> int:
        """Return S, the sessions from the first estimation day to the last event day."""
        return self.estimation + self.gap + self.width

    @property
    def start(self) -> int:
        """Return the relative day of the first estimation day."""
        return self.first - self.gap - self.estimation


@dataclass(frozen=True, slots=True)
class Source:
    """The returns of the firms that have events, one row each, beside the factors that the model uses.

    Attributes
    ----------
    returns : ndarray of shape (F, P + T)
        NaN where missing; P columns of NaN stand for the days before the data.
    factors : tuple of k ndarrays of shape (P + T,)
        Likewise.
    row : ndarray of int of shape (N,)
        Row of each event's firm.
    start : ndarray of int of shape (N,)
        Column of its first estimation day.
    before : int
        P, as many days as the earliest estimation window reaches back beyond the data.
    known : ndarray of int of shape (F, P + T + 1) or None
        Days before each that have a return and every factor; None when no day lacks any.
    unit : str or None
        Unit of the returns of a trade-to-trade study, else None.
    """

    returns: Float2D
    factors: tuple[Float1D, ...]
    row: Int1D
    start: Int1D
    before: int
    known: Int2D | None
    unit: ReturnUnit | None

    def days_known(self, offset: int, sessions: int) -> Int1D:
        """Return how many days of a window have a return and every factor, event by event.

        Parameters
        ----------
        offset : int
            First day of the window, counted from the first estimation day.
        sessions : int
            Length of the window.

        Returns
        -------
        ndarray of int of shape (N,)
            Counts; days before the data are not known. They mean nothing for events dropped already.
        """
        if self.known is None:
            return np.full(len(self.row), sessions)
        begin = self.start + offset
        return np.asarray(self.known[self.row, begin + sessions] - self.known[self.row, begin])


def source_of(
    returns: Float2D,
    factors: tuple[Float1D, ...],
    placement: Placement,
    geometry: Geometry,
    unit: ReturnUnit | None,
) -> Source:
    """Return the rows that the events need, each contiguous so that a window is a copy of neighbours.

    A frame whose columns lie contiguous in memory already is not copied, unless most firms have no event.

    Parameters
    ----------
    returns : ndarray of shape (T, firms)
        NaN where missing.
    factors : tuple of k ndarrays of shape (T,)
        Those that the model uses.
    placement : Placement
        N events, one or more kept; those dropped already are never cut out.
    geometry : Geometry
        How far back the windows reach.
    unit : str or None
        Unit of the returns of a trade-to-trade study, else None.

    Returns
    -------
    Source
        Of the firms with events, others perhaps among them.
    """
    kept = placement.kept
    firms, row = np.unique(np.where(kept, placement.firm, placement.firm[kept][0]), return_inverse=True)
    start = np.where(kept, placement.day0, placement.day0[kept].min()) + geometry.start
    before = max(0, -int(start.min()))
    rows = returns.T
    if rows.flags.c_contiguous and 2 * len(firms) >= len(rows):
        row = firms[row]
    else:
        rows = rows[firms]
    rows = _padded(rows, before)
    padded = tuple(_padded(factor, before) for factor in factors)
    return Source(rows, padded, row, start + before, before, _known(rows, padded), unit)


def all_finite(values: FloatND) -> bool:
    """Return whether one sum over all numbers proves that none is missing or infinite.

    Parameters
    ----------
    values : ndarray of any shape
        Numbers.

    Returns
    -------
    bool
        False also where finite numbers overflow together.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.isfinite(values.sum()))


def _known(returns: Float2D, factors: tuple[Float1D, ...]) -> Int2D | None:
    """Return how many days before each have a return and every factor; None when no day lacks any."""
    if all_finite(returns) and all(all_finite(factor) for factor in factors):
        return None
    there = np.isfinite(returns)
    for factor in factors:
        there &= np.isfinite(factor)
    known = np.zeros((len(there), there.shape[1] + 1), dtype=np.int64)
    np.cumsum(there, axis=1, out=known[:, 1:])
    return known


def _padded(values: FloatND, before: int) -> FloatND:
    """Return values with columns of NaN for the days before the data."""
    if not before:
        return values
    return np.concatenate([np.full((*values.shape[:-1], before), np.nan), values], axis=-1)


def cut(source: Source, events: Int1D, geometry: Geometry, *, complete: bool) -> Stretch:
    """Cut the stretches of some events out of the data.

    Parameters
    ----------
    source : Source
        Returns and factors.
    events : ndarray of int of shape (n,)
        Which events of the placement.
    geometry : Geometry
        The windows.
    complete : bool
        Whether none of their estimation windows lacks a day.

    Returns
    -------
    Stretch
        Of n events and S sessions.
    """
    row, start = source.row[events], source.start[events]
    returns = sliding_window_view(source.returns, geometry.reach, axis=1)[row, start]
    if source.unit is None:
        factors = tuple(sliding_window_view(one, geometry.reach)[start] for one in source.factors)
        return Stretch(returns, factors, geometry.estimation, geometry.width, complete)
    covered = sliding_window_view(sessions_covered(source.returns), geometry.reach, axis=1)[row, start]
    days = start[:, None] + np.arange(geometry.reach)
    factors = tuple(accumulated(one, days, covered, source.unit) for one in source.factors)
    spans = covered.astype(float)
    return Stretch(returns, factors, geometry.estimation, geometry.width, complete=False, spans=spans)


def drop_beyond(placement: Placement, geometry: Geometry, index: pd.Index) -> Placement:
    """Drop events whose event days leave the data.

    Parameters
    ----------
    placement : Placement
        N events.
    geometry : Geometry
        Their windows.
    index : Index of length T
        The sessions.

    Returns
    -------
    Placement
        With a reason against each of them.
    """
    days = f"the event days {geometry.first} to {geometry.last}"
    beyond = (placement.day0 + geometry.first < 0) | (placement.day0 + geometry.last >= len(index))
    reasons = (
        f"{days} around {told(index[row])} leave the returns; bring returns that cover them"
        for row in placement.day0
    )
    return placement.without(beyond, reasons)


def drop_thin(placement: Placement, source: Source, geometry: Geometry, need: int) -> Placement:
    """Drop events with too few returns.

    Parameters
    ----------
    placement : Placement
        N events.
    source : Source
        Their returns.
    geometry : Geometry
        Their windows.
    need : int
        Returns that an estimation window must hold; days before the data count as missing.

    Returns
    -------
    Placement
        With a reason against those with fewer, and against those without a return on any event day.
    """
    have = source.days_known(0, geometry.estimation)
    few = (
        f"the estimation window has {one} observations and {need} are needed; "
        "bring longer history or lower min_observations"
        for one in have
    )
    placed = placement.without(have < need, few)
    empty = source.days_known(geometry.estimation + geometry.gap, geometry.width) == 0
    days = f"the event days {geometry.first} to {geometry.last} have no return; give a day with trading"
    return placed.without(empty, (days for _ in have))
