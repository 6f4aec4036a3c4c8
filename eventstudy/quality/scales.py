"""Rules about units: splits, prices in other units, moves beyond a price limit, volumes in other units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.quality.movement import logs
from eventstudy.quality.telling import each_day, per_cent
from eventstudy.series import series as series_record

if TYPE_CHECKING:
    from eventstudy.arrays import Bool1D, Float1D
    from eventstudy.quality.finding import Finding
    from eventstudy.quality.movement import Moves, Values

_LIMIT = float(np.log(1.30))  # [M] no Tokyo stock above 1,000 yen may move further in a day
_SPLITS: tuple[tuple[int, int], ...] = (
    *((count, 1) for count in (2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 50, 100)),
    (3, 2),
    (4, 3),
    (5, 2),
    (5, 3),
)
_SPLIT_TOLERANCE = 0.05
_POWERS = (1, 2, 3, 4)
_POWER_TOLERANCE = float(np.log(1.25))
_VOLUME_WINDOW, _EDGE, _MEMORY = 60, 10, 250
_VOLUME_RATIO, _VOLUME_SIZE = 2.5, 2.3


def splits(series_id: str, rows: pd.DataFrame, moves: Moves) -> tuple[Finding, ...]:
    """Find moves that look like a split nobody adjusted for (``unadjusted split``).

    A price moves by more than 20 % and by more than 6 robust standard deviations, from close to close and
    from close to open where an open is told, to within 5 % of a simple ratio (1:2 to 1:100, 2:3, 3:4,
    2:5, 3:5 or the reverse), is not a power of ten (see `scale_jumps`), and neither is undone the next
    day nor undoes the day before.

    Parameters
    ----------
    series_id : str
        Series id; only prices have splits.
    rows : DataFrame
        Bars by session.
    moves : Moves
        Of the same sessions.

    Returns
    -------
    tuple of Finding
        Warnings.
    """
    if series_record(series_id).quantity != "price":
        return ()
    moved = moves.returns
    opened = logs(rows["open"] / rows["close"].shift()).fillna(moved)
    nearest, ratio = _nearest_ratio(moved)
    found = (np.abs(moved.to_numpy() - ratio) <= _SPLIT_TOLERANCE) & _split_size(moves)
    found &= (opened - moved).abs().to_numpy() <= 2 * _SPLIT_TOLERANCE
    found &= ~_powers(moved) & ~_taken_back(moved)
    seen = [
        (moved.index[place], f"{per_cent(moved.iloc[place])}, about {nearest[place]}{_volume(rows, place)}")
        for place in np.flatnonzero(found).tolist()
    ]
    return each_day(
        series_id, "unadjusted split", "warning", seen, "prices restated for the split, or no split"
    )


def scale_jumps(series_id: str, rows: pd.DataFrame, moves: Moves) -> tuple[Finding, ...]:
    """Find closes that leap to another unit: ten, a hundred or more times up or down (``scale jump``).

    Parameters
    ----------
    series_id : str
        Series id; yields have no ratio and are left alone.
    rows : DataFrame
        Bars by session.
    moves : Moves
        Of the same sessions.

    Returns
    -------
    tuple of Finding
        Warnings, on the session of each leap: there, and back again.
    """
    if series_record(series_id).quantity == "yield":
        return ()
    closes = rows["close"]
    seen = (
        (closes.index[place], f"close {closes.iloc[place]:.10g} after {closes.iloc[place - 1]:.10g}")
        for place in np.flatnonzero(_powers(moves.returns)).tolist()
    )
    return each_day(series_id, "scale jump", "warning", seen, "one unit throughout")


def limit_moves(series_id: str, rows: pd.DataFrame, moves: Moves) -> tuple[Finding, ...]:
    """Find prices that moved by 30 % or more in a session (``limit move``).

    No stock in Tokyo above 1,000 yen may, nor has any index of the table. Leaps of units and splits are
    told by their own rules.

    Parameters
    ----------
    series_id : str
        Series id; volatility indices and yields know no limit.
    rows : DataFrame
        Bars by session.
    moves : Moves
        Of the same sessions.

    Returns
    -------
    tuple of Finding
        Warnings.
    """
    if series_record(series_id).quantity != "price":
        return ()
    moved = moves.returns
    told = {item.session_date for item in splits(series_id, rows, moves)}
    far = (moved.abs() >= _LIMIT).to_numpy() & ~_powers(moved)
    places = [place for place in np.flatnonzero(far).tolist() if moved.index[place].date() not in told]
    seen = ((moved.index[place], per_cent(moved.iloc[place])) for place in places)
    return each_day(series_id, "limit move", "warning", seen, "less than 30 % in a session")


def volume_units(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find the sessions at which volume seems to change its unit (``volume unit``).

    The median volume of the 60 sessions from there on is at least 2.5 times that of the 60 before, or
    less than its inverse; so it is for 10 and 10; and that exceeds 2.3 robust standard deviations of a
    session's volume about its median. A source that adjusts prices for a split but not volumes, or two
    sources end to end, look so.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Column ``volume``; NaN and 0 are absent.

    Returns
    -------
    tuple of Finding
        One warning a change, on the session where it is largest.
    """
    told = logs(rows["volume"]).dropna()
    if len(told) < 2 * _VOLUME_WINDOW:
        return ()
    shift = _level_shift(told)
    noise = (told - _before(told, _VOLUME_WINDOW)).abs().rolling(_MEMORY, min_periods=40).median().shift()
    size = shift.abs() / (1.4826 * noise).bfill()
    far = (shift.abs() >= np.log(_VOLUME_RATIO)) & (size >= _VOLUME_SIZE)
    seen = ((stamp, f"{np.exp(shift[stamp]):.1f} times the volume before") for stamp in _peaks(size[far]))
    return each_day(series_id, "volume unit", "warning", seen, "one unit throughout")


def _nearest_ratio(moved: Values) -> tuple[list[str], Float1D]:
    """Return for each log return the nearest split in words, and its log ratio."""
    names = [f"{after} for {before}" for after, before in _SPLITS]
    names += [f"{before} for {after}" for after, before in _SPLITS]
    sizes = np.log([after / before for after, before in _SPLITS])
    ratios = np.concatenate([-sizes, sizes])
    place = np.abs(moved.fillna(0).to_numpy()[:, None] - ratios).argmin(axis=1)
    return [names[at] for at in place], ratios[place]


def _split_size(moves: Moves) -> Bool1D:
    far = (moves.returns.abs() > np.log(1.20)) & (moves.size.abs() > 6)
    return np.asarray(far, dtype=np.bool_)


def _powers(moved: Values) -> Bool1D:
    """Return which log returns are a power of ten, or its inverse, within a quarter."""
    sizes = np.abs(moved.to_numpy())[:, None] - np.log(10.0) * np.array(_POWERS)
    return np.asarray((np.abs(sizes) <= _POWER_TOLERANCE).any(axis=1), dtype=np.bool_)


def _taken_back(moved: Values) -> Bool1D:
    """Return which moves the next day takes back, or take back the day before."""
    undone = [(moved + moved.shift(lag)).abs() <= 0.25 * moved.abs() for lag in (-1, 1)]
    return np.asarray(undone[0] | undone[1], dtype=np.bool_)


def _volume(rows: pd.DataFrame, place: int) -> str:
    before = rows["volume"].iloc[max(0, place - 20) : place].median()
    after = rows["volume"].iloc[place : place + 20].median()
    return "" if pd.isna(before) or pd.isna(after) or before <= 0 else f", volume times {after / before:.2g}"


def _before(told: Values, window: int) -> Values:
    return told.rolling(window, min_periods=window // 2).median().shift()


def _after(told: Values, window: int) -> Values:
    return told[::-1].rolling(window, min_periods=window // 2).median()[::-1]


def _level_shift(told: Values) -> Values:
    """Return the smaller of the long and the short change of level, 0 where they disagree in sign."""
    long = _after(told, _VOLUME_WINDOW) - _before(told, _VOLUME_WINDOW)
    short = _after(told, _EDGE) - _before(told, _EDGE)
    smaller = long.where(long.abs() < short.abs(), short)
    return smaller.where(long * short > 0, 0.0)


def _peaks(size: Values) -> list[pd.Timestamp]:
    """Return the largest, then the largest more than a window away from it, and so on, in order of time."""
    chosen: list[pd.Timestamp] = []
    for stamp in size.sort_values(ascending=False).index:
        if all(abs((stamp - other).days) > 2 * _VOLUME_WINDOW for other in chosen):
            chosen.append(stamp)
    return sorted(chosen)
