"""Rules about moves that nothing else confirms: jumps, spikes undone the next day, closes out of place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.quality.movement import logs
from eventstudy.quality.telling import each_day, per_cent
from eventstudy.series import series as series_record

if TYPE_CHECKING:
    from eventstudy.quality.finding import Finding
    from eventstudy.quality.movement import Moves, Values

_JUMP = 8.0
_SPIKE, _LONE_SPIKE = 5.0, 8.0
_UNDONE = 0.35
_STOOD_STILL = 4.0
_BUSY = 2.0
_VOLUME_DAYS = 60


def unconfirmed_jumps(series_id: str, rows: pd.DataFrame, moves: Moves) -> tuple[Finding, ...]:
    """Find large moves that related series did not share (``unconfirmed jump``).

    Both the move and what related series leave unexplained of it exceed 8 robust standard deviations,
    the related series moved less than 2 in the same direction, the volume was less than twice its
    median of 60 sessions, and the move was not undone the next day (that is a `reversals`).

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Bars by session.
    moves : Moves
        Of the same sessions; a day without related series is not judged.

    Returns
    -------
    tuple of Finding
        Warnings.
    """
    far = (moves.size.abs() >= _JUMP) & (moves.unexplained.abs() >= _JUMP)
    alone = np.sign(moves.size) * moves.shared < 2
    jumped = far & alone & ~_busy(rows) & ~_undone(moves.rest)
    expected = "a move that related series share, or that a large volume made"
    return _told(series_id, "unconfirmed jump", jumped, moves, expected)


def reversals(series_id: str, rows: pd.DataFrame, moves: Moves) -> tuple[Finding, ...]:
    """Find one-day outliers that the next day undoes and related series do not share (``reversal``).

    What related series leave unexplained is 5 standard deviations or more on both days, with opposite
    signs and a sum of at most 35 % of the larger, while they themselves moved no further. Where
    nothing related is held the move itself is judged, at 8.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Bars by session.
    moves : Moves
        Of the same sessions.

    Returns
    -------
    tuple of Finding
        Warnings, on the outlier's session.
    """
    both = pd.concat([moves.rest, moves.rest.shift(-1)], axis=1).abs().min(axis=1)
    shared = pd.concat([moves.shared, moves.shared.shift(-1)], axis=1).abs()
    limit = moves.spread.mask(shared.isna().any(axis=1), _LONE_SPIKE / _SPIKE * moves.spread) * _SPIKE
    spiked = _undone(moves.rest) & (both >= limit) & (shared.max(axis=1).fillna(0) <= both)
    return _told(series_id, "reversal", spiked, moves, "a close that the next day does not take back")


def out_of_place(series_id: str, rows: pd.DataFrame, moves: Moves) -> tuple[Finding, ...]:
    """Find closes that the next session contradicts from its first price on (``close out of place``).

    So looks a row that was saved before the close. The next open and the next close lie beyond the day's
    own low..high on one side, the open by at least 1.5 daily standard deviations; that takes back
    what related series had left unexplained of the day's move (1.5 then, 3 now), and they
    themselves moved less than 1 that next day, so no news came overnight.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Bars by session; bars without a range are not judged.
    moves : Moves
        Of the same sessions.

    Returns
    -------
    tuple of Finding
        Warnings, on the session whose close is doubted.
    """
    opened, closed = rows["open"].shift(-1), rows["close"].shift(-1)
    below = (opened < rows["low"]) & (closed < rows["low"])
    above = (opened > rows["high"]) & (closed > rows["high"])
    side = above.astype(np.float64) - below.astype(np.float64)
    edge = rows["high"].where(above, rows["low"])
    unit = (moves.returns / moves.size).abs()
    beyond = logs(opened / edge).abs() / unit
    rest, shared = moves.unexplained * side, moves.shared
    doubted = (rows["high"] > rows["low"]) & (side != 0) & (beyond >= 1.5) & (shared.shift(-1).abs() < 1)
    doubted &= (rest <= -1.5) & (moves.rest.shift(-1) / moves.spread * side >= 3)
    edges = "a close from which the next session can go on: it began beyond this day's low..high"
    return _told(series_id, "close out of place", doubted, moves, edges)


def stood_still(series_id: str, rows: pd.DataFrame, moves: Moves) -> tuple[Finding, ...]:
    """Find closes that repeat the one before while related series moved far (``stood still``).

    Related series make a move of at least 4 standard deviations expected, and the close is unchanged.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Bars by session.
    moves : Moves
        Of the same sessions.

    Returns
    -------
    tuple of Finding
        Warnings.
    """
    if series_record(series_id).quantity == "yield":
        return ()
    still = (moves.returns == 0) & (moves.unexplained.abs() >= _STOOD_STILL)
    return _told(series_id, "stood still", still, moves, "a move, as in the related series")


def _undone(values: Values) -> pd.Series[bool]:
    after = values.shift(-1)
    left = (values + after).abs() <= _UNDONE * values.abs().clip(lower=after.abs())
    return (values * after < 0) & left


def _busy(rows: pd.DataFrame) -> pd.Series[bool]:
    usual = rows["volume"].rolling(_VOLUME_DAYS, min_periods=10).median().shift()
    return rows["volume"] >= _BUSY * usual


def _told(
    series_id: str, rule: str, chosen: pd.Series[bool], moves: Moves, expected: str
) -> tuple[Finding, ...]:
    signed = series_record(series_id).quantity == "yield"
    seen = []
    for stamp in chosen.index[chosen]:
        moved = moves.returns[stamp]
        size = f"{moved:+.3f} points" if signed else per_cent(moved)
        seen.append((stamp, f"{size}, {moves.size[stamp]:+.1f} standard deviations{_peers(moves, stamp)}"))
    return each_day(series_id, rule, "warning", seen, expected)


def _peers(moves: Moves, stamp: pd.Timestamp) -> str:
    shared = moves.shared[stamp]
    return "" if pd.isna(shared) else f", related series {shared:+.1f}"
