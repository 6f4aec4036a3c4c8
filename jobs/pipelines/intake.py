"""What an answer is held against before it is stored: what its source said before, and what others said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.quality.reconciliation import tolerance_for
from jobs.pipelines.sources import provider_name
from jobs.providers.base import COLUMNS, PRICES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from eventstudy.arrays import Bool1D
    from eventstudy.values import Bars

LOOKED_AT_TWICE = 3
"""Newest sessions of a source that is given a second look."""

OVERLAP = timedelta(days=400)
"""How far back a live source is asked again night by night, so that what it changes is seen."""

BETWEEN_LOOKS = timedelta(hours=1)
RESTATED_SHARE, RESTATED_ROWS = 0.05, 5
_ONE_FACTOR = 1e-3  # relative: two decimals of a price of some tens
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Doubt:
    """A finding and the answer that it is about.

    Attributes
    ----------
    finding : Finding
        What was found.
    source, payload_hash : str
        See `eventstudy.values.Bars`.
    """

    finding: Finding
    source: str
    payload_hash: str


def missing_rows(told: pd.DatetimeIndex, stored: pd.DataFrame, source: str) -> str:
    """Return in words what a source has lost since it told the stored bars, else nothing.

    A provisional bar may vanish: it never was more than the state of an hour. So may what lies before the
    first session told, because a source may keep the newest years only.

    Parameters
    ----------
    told : DatetimeIndex
        Sessions of the answer, those that are stored and have a quarantined row in it too.
    stored : DataFrame
        Index: sessions. Columns at least ``finality`` and ``source``.
    source : str
        Provider and place of the answer; what came from another place is no matter.

    Returns
    -------
    str
        That the last session went back, or that sessions are gone in between; empty if neither.
    """
    before = stored.index[_of(stored, source) & _settled(stored)]
    if not len(before) or not len(told):
        return ""
    if told.max() < before.max():
        return f"it ends on {told.max():%Y-%m-%d}, before on {before.max():%Y-%m-%d}"
    had, has = int((before >= told.min()).sum()), int((told <= before.max()).sum())
    if has < had:
        span = f"from {told.min():%Y-%m-%d} to {before.max():%Y-%m-%d}"
        return f"{has} sessions {span}, before {had}"
    return ""


def second_look(bars: Bars, stored: pd.DataFrame) -> Bars:
    """Return bars of which the newest are final only if they were seen before, just as they are.

    A live source repeats yesterday's row, or tells the state of an hour as a close, and nothing in the row
    says so. A session older than the newest `LOOKED_AT_TWICE` is taken at its word.

    Parameters
    ----------
    bars : Bars
        As the source told them.
    stored : DataFrame
        Index: sessions. Columns `COLUMNS`, ``finality`` and ``recorded_at`` (UTC).

    Returns
    -------
    Bars
        A newest bar whose prices are not stored, or were stored less than `BETWEEN_LOOKS` ago, is
        provisional.
    """
    newest = bars.frame.tail(LOOKED_AT_TWICE)
    known = stored.reindex(newest.index)
    same = _equal(newest, known)
    long_ago = (known["recorded_at"] <= pd.Timestamp(bars.fetched_at - BETWEEN_LOOKS)).to_numpy(dtype=bool)
    seen = same & (long_ago | _settled(known))
    finality = bars.frame["finality"].copy()
    finality.loc[newest.index[~seen]] = "provisional"
    return replace(bars, frame=bars.frame.assign(finality=finality))


def restated(bars: Bars, stored: pd.DataFrame) -> tuple[Doubt, ...]:
    """Return the finding that a source tells much of its history anew.

    Parameters
    ----------
    bars : Bars
        As the source told them.
    stored : DataFrame
        Index: sessions. Columns `COLUMNS`, ``finality`` and ``source``.

    Returns
    -------
    tuple of Doubt
        One ``restated``, if more than `RESTATED_SHARE` of the settled closes of this source changed, and
        at least `RESTATED_ROWS`: by one factor, as after a split, or without one.
    """
    before = stored.loc[_of(stored, bars.source) & _settled(stored), "close"]
    both = before.index.intersection(bars.frame.index)
    old, new = before.loc[both].to_numpy(), bars.frame.loc[both, "close"].to_numpy()
    changed = np.abs(new - old) > _SAME * np.abs(old)
    if changed.sum() < max(RESTATED_ROWS, RESTATED_SHARE * len(both)):
        return ()
    days = pd.DatetimeIndex(both[changed])
    observed = f"{changed.sum()} of {len(both)} closes {_factor(old[changed], new[changed])}"
    span = f"{days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}"
    expected = f"the closes of {span} as they were stored; they are kept beside these"
    finding = Finding(bars.series, days[-1].date(), "restated", "warning", observed, expected)
    return (Doubt(finding, bars.source, bars.payload_hash),)


def _factor(old: np.ndarray, new: np.ndarray) -> str:
    ratios = np.divide(new, old, out=np.full(len(new), np.nan), where=old != 0)
    middle = float(np.median(ratios))
    common = np.isfinite(ratios).all() and bool((np.abs(ratios / middle - 1) <= _ONE_FACTOR).all())
    return f"multiplied by {middle:.6g}" if common else "changed, by no common factor"


def settle_between(bars: Bars, stored: pd.DataFrame, names: Sequence[str]) -> tuple[Bars, tuple[Doubt, ...]]:
    """Return what of an answer goes into the store where another source spoke before.

    A session keeps the version it has unless the sources differ by more than the series' tolerance; then the
    source earlier in the list is right, and the other's row is held in quarantine. A later source never
    replaces a settled version of an earlier one. Two sources of which one is not settled do not disagree yet.

    Parameters
    ----------
    bars : Bars
        As the source told them.
    stored : DataFrame
        Index: sessions. Columns `COLUMNS`, ``finality``, ``source`` and ``payload_hash``.
    names : sequence of str
        Names of the sources in order, the most official first; a stored source that is not among them
        ranks below all.

    Returns
    -------
    Bars, tuple of Doubt
        The bars to write, and one ``sources disagree`` for each session with two values, about the source
        that is not believed.
    """
    rank = {name: place for place, name in reversed(list(enumerate(names)))}
    before = stored.reindex(bars.frame.index)
    other = (before["source"].notna() & (before["source"] != bars.source)).to_numpy(dtype=bool)
    if not other.any():
        return bars, ()
    ranks = before["source"].map(lambda place: rank.get(provider_name(str(place)), len(names)))
    behind = rank.get(provider_name(bars.source), len(names)) > ranks.to_numpy()
    settled, near = other & _settled(before), _near(bars, before)
    final = (bars.frame["finality"] != "provisional").to_numpy(dtype=bool)
    kept = settled & (behind | ~final | (near & ~_richer(bars, before)))
    apart = settled & final & ~near
    doubts = tuple(
        _disagreement(bars, before, day, stored_wins=bool(wins))
        for day, wins in zip(bars.frame.index[apart], behind[apart], strict=True)
    )
    return replace(bars, frame=bars.frame[~kept]), doubts


def _disagreement(bars: Bars, before: pd.DataFrame, day: pd.Timestamp, *, stored_wins: bool) -> Doubt:
    old = before.loc[:day].iloc[-1]
    told = (bars.source, bars.payload_hash, bars.frame.loc[:day].iloc[-1])
    had = (str(old["source"]), str(old["payload_hash"]), old)
    loser, hash_, held = told if stored_wins else had
    winner, _, kept = had if stored_wins else told
    allowed = tolerance_for(bars.series)
    room = f"{allowed.amount:.2%}" if allowed.relative else f"{allowed.amount:g}"
    opened, high, low, close, volume = (float(held[name]) for name in COLUMNS)
    finding = Finding(
        bars.series,
        day.date(),
        "sources disagree",
        "quarantined",
        f"{loser}: {_told(held)}",
        f"{winner}: {_told(kept)}, give or take {room}",
        (opened, high, low, close, volume),
    )
    return Doubt(finding, loser, hash_)


def _told(row: pd.Series[float]) -> str:
    return " ".join(f"{name} {row[name]:.10g}" for name in PRICES if row[name] == row[name])


def _near(bars: Bars, before: pd.DataFrame) -> Bool1D:
    allowed = tolerance_for(bars.series)
    now, old = bars.frame[list(PRICES)].to_numpy(), before[list(PRICES)].to_numpy()
    room = allowed.amount * np.maximum(np.abs(now), np.abs(old)) if allowed.relative else allowed.amount
    told = ~np.isnan(now) & ~np.isnan(old)
    return np.asarray((~told | (np.abs(now - old) <= room)).all(axis=1), dtype=np.bool_)


def _richer(bars: Bars, before: pd.DataFrame) -> Bool1D:
    told, had = bars.frame[list(PRICES)].notna().to_numpy(), before[list(PRICES)].notna().to_numpy()
    return np.asarray((told & ~had).any(axis=1), dtype=np.bool_)


def _equal(told: pd.DataFrame, known: pd.DataFrame) -> Bool1D:
    now, old = told[list(COLUMNS)].to_numpy(), known[list(COLUMNS)].to_numpy()
    return np.asarray(((now == old) | (np.isnan(now) & np.isnan(old))).all(axis=1), dtype=np.bool_)


def _of(stored: pd.DataFrame, source: str) -> Bool1D:
    return np.asarray(stored["source"] == source, dtype=np.bool_)


def _settled(stored: pd.DataFrame) -> Bool1D:
    return np.asarray(stored["finality"].isin(["final", "revised"]), dtype=np.bool_)


def can_settle(stored: pd.DataFrame, closed: date) -> bool:
    """Return whether an answer that is known already can still make a provisional bar final.

    Parameters
    ----------
    stored : DataFrame
        Index: sessions. Column ``finality``.
    closed : date
        Last session that had closed when the answer came.

    Returns
    -------
    bool
        Whether a provisional bar of a closed session is stored.
    """
    waiting = stored.index[~_settled(stored)]
    return bool((waiting <= pd.Timestamp(closed)).any())
