"""A rule about two series: rows of one that are rows of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.quality.telling import PRICES, day

if TYPE_CHECKING:
    from eventstudy.quality.movement import Frames

_CLOSES = 5  # equal closes in a row that two series do not share by chance


def copied_rows(frames: Frames) -> tuple[Finding, ...]:
    """Find rows that two series share (``copied rows``).

    Two series of one table are never equal for long: a shared bar with a range, or five shared closes in
    a row that move, means that one file holds the other's rows.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Bars by series id.

    Returns
    -------
    tuple of Finding
        One warning for each pair, on the first shared session, told of the later series in the order given.
    """
    bars = pd.concat([_bars(name, rows) for name, rows in frames.items()], ignore_index=True)
    closes = pd.concat([_closes(name, rows) for name, rows in frames.items()], ignore_index=True)
    shared: dict[tuple[str, str], list[pd.Timestamp]] = {}
    for rows in (bars, closes):
        key = [name for name in rows.columns if name != "series"]
        twice = rows[rows.duplicated(key, keep=False)]
        for _, group in twice.groupby(key, sort=False):
            first, *others = group["series"]
            for other in others:
                shared.setdefault((first, other), []).append(group["session"].iloc[0])
    return tuple(_told(pair, stamps) for pair, stamps in shared.items())


def _told(pair: tuple[str, str], stamps: list[pd.Timestamp]) -> Finding:
    first, other = pair
    days = sorted(set(stamps))
    observed = f"{len(days)} sessions equal to {first}, to {day(days[-1])}"
    return Finding(other, day(days[0]), "copied rows", "warning", observed, "rows of its own")


def _bars(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    ranged = rows.loc[rows["high"] > rows["low"], list(PRICES)].dropna()
    return ranged.rename_axis("session").reset_index().assign(series=name)


def _closes(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    lags = {f"close {lag}": rows["close"].shift(lag) for lag in range(_CLOSES)}
    table = pd.DataFrame(lags).dropna()
    moving = table.ne(table["close 0"], axis=0).sum(axis=1) >= _CLOSES // 2
    return table[moving].rename_axis("session").reset_index().assign(series=name)
