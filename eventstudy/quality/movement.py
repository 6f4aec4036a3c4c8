"""How far each series moved each day, how far related series moved, and what that leaves unexplained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from eventstudy.series import SERIES, Series
from eventstudy.sessions import FIRST_DAY, LAST_DAY, close_instant

if TYPE_CHECKING:
    from collections.abc import Collection

    Values: TypeAlias = pd.Series[float]
    Frames: TypeAlias = Mapping[str, pd.DataFrame]

_LONG, _LEAST, _SHORT = 250, 60, 20
_NORMAL = 1.4826  # standard deviation of a normal over its median absolute value
_MEAN_ABSOLUTE = 0.7979  # mean absolute value of a standard normal
_SMALLEST = {"price": 1e-4, "volatility": 1e-3, "yield": 0.01}
_CLIP = 5.0


@dataclass(frozen=True)
class Moves:
    """The daily moves of one series; every member is indexed by the series' own sessions.

    Attributes
    ----------
    returns : Series of float
        Log return of the close (yields: difference, per cent points); NaN on the first session.
    size : Series of float
        Return over its trailing robust scale (250 sessions, median absolute value).
    shared : Series of float
        Median size of the related series' moves that day, negated for volatility indices so that
        a move and its confirmation have one sign; NaN where none is held.
    rest : Series of float
        What `shared` leaves of `size` after a trailing regression: all of it where nothing related is held.
    spread : Series of float
        Trailing scale of `rest`: the larger of 250 sessions' median and 20 sessions' mean.
    """

    returns: Values
    size: Values
    shared: Values
    rest: Values
    spread: Values

    @property
    def unexplained(self) -> Values:
        """`rest` in robust standard deviations of its own."""
        return self.rest / self.spread


def related(series_id: str, held: Collection[str]) -> tuple[str, ...]:
    """Return the held series that should confirm a large move of a series.

    The same instrument by another clock; for yields the other yields of the clock; else the
    indices (core, proxy and factor) of the same clock, or failing those its other prices.

    Parameters
    ----------
    series_id : str
        Series id.
    held : collection of str
        Series ids that can be had.

    Returns
    -------
    tuple of str
        In the order of the table; empty if nothing is related.
    """
    own = SERIES[series_id]
    others = [item for item in SERIES.values() if item.id in held and item.id != series_id]
    instrument = own.clock_of or own.id
    twins = tuple(item.id for item in others if instrument in {item.id, item.clock_of})
    if twins:
        return twins
    if own.quantity == "yield":
        return tuple(item.id for item in others if item.quantity == "yield" and item.clock == own.clock)
    same = [item for item in others if item.quantity == "price" and item.clock == own.clock]
    return tuple(item.id for item in same if item.role != "signal") or tuple(item.id for item in same)


def movements(frames: Frames) -> dict[str, Moves]:
    """Return the moves of several series, each beside what its related series did.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Bars by series id; column ``close``, index of sessions, increasing.

    Returns
    -------
    dict of str to Moves
        One for each series.
    """
    returns = {name: _returns(SERIES[name], rows["close"]) for name, rows in frames.items()}
    sizes = {name: values / _scale(SERIES[name], values) for name, values in returns.items()}
    moves = {}
    for name, size in sizes.items():
        shared = _shared(name, sizes)
        rest = _rest(size, shared)
        moves[name] = Moves(returns[name], size, shared, rest, _spread(rest))
    return moves


def logs(values: Values) -> Values:
    """Return natural logarithms, NaN where a value is not above zero."""
    positive = values.astype(np.float64).where(values > 0)
    return pd.Series(np.log(positive.to_numpy(dtype=np.float64)), index=values.index)


def days_apart(first: str, second: str, frames: Frames) -> float:
    """Return by how many days the second series' daily value is taken after the first's.

    Parameters
    ----------
    first, second : str
        Series ids, keys of `frames`.
    frames : mapping of str to DataFrame
        Bars by series id.

    Returns
    -------
    float
        Days; negative if it is taken earlier. 0 for one clock, or without a common session.
    """
    one, other = SERIES[first].clock, SERIES[second].clock
    common = pd.DatetimeIndex(frames[first].index.intersection(frames[second].index))
    common = common[(common >= pd.Timestamp(FIRST_DAY)) & (common <= pd.Timestamp(LAST_DAY))]
    if one == other or common.empty:
        return 0.0
    session = common[-1].date()
    return (close_instant(other, session) - close_instant(one, session)).total_seconds() / 86_400


def _returns(record: Series, closes: Values) -> Values:
    values = closes.astype(np.float64) if record.quantity == "yield" else logs(closes)
    return values.diff()


def _scale(record: Series, returns: Values) -> Values:
    """Return the trailing scale of days that moved; a young series borrows its first one."""
    moved = returns.where(returns != 0).abs()
    least = min(_LEAST, max(5, len(returns) // 4))
    trailing = _NORMAL * moved.rolling(_LONG, min_periods=least).median().shift()
    return trailing.bfill().clip(lower=_SMALLEST[record.quantity])


def _shared(name: str, sizes: Mapping[str, Values]) -> Values:
    own, index = SERIES[name], sizes[name].index
    sign = -1.0 if own.quantity == "volatility" else 1.0
    columns = [
        sign * _as_seen_from(own, SERIES[other], sizes[other]).reindex(index)
        for other in related(name, sizes)
    ]
    if not columns:
        return pd.Series(np.nan, index=index)
    return pd.concat(columns, axis=1).median(axis=1)


def _as_seen_from(own: Series, other: Series, size: Values) -> Values:
    """Return the other clock's move over the own day: the two days that overlap it, weighted by how far."""
    if own.clock == other.clock:
        return size
    apart = days_apart(own.id, other.id, {item.id: size.to_frame("close") for item in (own, other)})
    days = pd.concat([size, size.shift(-1 if apart < 0 else 1)], axis=1)
    weights = days.notna() * np.array([1 - abs(apart), abs(apart)])
    return (days.fillna(0.0) * weights).sum(axis=1) / weights.sum(axis=1).replace(0.0, np.nan)


def _rest(size: Values, shared: Values) -> Values:
    known, told = shared.clip(-_CLIP, _CLIP).fillna(0.0), size.clip(-_CLIP, _CLIP)
    both = (known * told).rolling(_LONG, min_periods=_LEAST).sum().shift()
    alone = (known**2).rolling(_LONG, min_periods=_LEAST).sum().shift()
    slope = (both / alone.where(alone > 0)).bfill().fillna(1.0)
    return size - slope * shared.fillna(0.0)


def _spread(rest: Values) -> Values:
    long = _NORMAL * rest.abs().rolling(_LONG, min_periods=_LEAST).median().shift()
    short = rest.abs().ewm(span=_SHORT, min_periods=5).mean().shift() / _MEAN_ABSOLUTE
    return long.bfill().fillna(1.0).combine(short, np.fmax).clip(lower=0.05)
