"""Rules about prices that do not move: flat bars, repeated bars, closes that stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.quality.movement import logs
from eventstudy.quality.telling import PRICES, day, each_day, prices
from eventstudy.series import series as series_record
from eventstudy.sessions import CLOCKS

if TYPE_CHECKING:
    from eventstudy.arrays import Bool1D, Int1D
    from eventstudy.quality.finding import Severity

    Run: TypeAlias = tuple[int, int]

RARE = 0.005
_YEAR, _FEWEST = 250, 60
_RUN = 20
_TRADED = ("proxy", "signal")  # the roles of funds, stocks and futures
_LOCKED = 0.10  # log move of a bar that may be flat because it was locked at its price limit
_CHANCE = 0.01
_CURRENCY_SHARE, _OTHER_SHARE = 0.02, 0.10
_SIGMAS = 3.0


def flat_bars(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find bars with one price only where bars have ranges (``flat bar``), and stretches of such bars.

    An index, a volatility index or a currency never has one price all day. A thinly traded fund may, so a
    fund's or a stock's flat bar is suspect only where at most 0.5 % of the 250 bars around it are flat,
    and not when the price moved by 10 % and may be locked at its limit.
    Twenty flat bars in a row are one finding (``flat run``): that source told closes only.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Columns ``open high low close``.

    Returns
    -------
    tuple of Finding
        Warnings.
    """
    flat = _flat(rows)
    runs = _long_runs(flat)
    single = flat & ~_inside(runs, len(rows))
    if _may_be_flat(series_id):
        locked = logs(rows["close"]).diff().abs() >= _LOCKED
        single &= ~_common(flat) & ~locked.to_numpy()
    seen = [(stamp, prices(row)) for stamp, row in rows[single].iterrows()]
    alone = each_day(series_id, "flat bar", "warning", seen, "a range, as in the bars around it")
    spans = [(rows.index[first], _span(rows.index, first, last)) for first, last in runs]
    return (*alone, *each_day(series_id, "flat run", "warning", spans, "open, high and low of their own"))


def stale_repeats(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find bars whose four prices all equal those of the bar before (``stale repeat``).

    Another volume makes it another day. A flat bar that repeats a flat bar is left alone in a flat run, and
    where a fund or stock often trades once a day, see `flat_bars`.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Columns ``open high low close volume``.

    Returns
    -------
    tuple of Finding
        Warnings.
    """
    before = rows.shift()
    same = rows[list(PRICES)].eq(before[list(PRICES)]).all(axis=1)
    traded = rows["volume"].ne(before["volume"]) & rows["volume"].notna() & before["volume"].notna()
    flat = _flat(rows)
    lawful = _inside(_long_runs(flat), len(rows))
    if _may_be_flat(series_id):
        lawful |= flat & _common(flat)
    stale = rows[same & ~traded & ~lawful]
    seen = ((stamp, prices(row)) for stamp, row in stale.iterrows())
    return each_day(series_id, "stale repeat", "warning", seen, "other prices than before")


def unchanged_runs(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find closes that stand still for longer than chance allows (``unchanged run``).

    With a share p of unchanged closes (in the series, or in the 250 bars before the run if that is
    more), a run of k >= 2 among n bars is suspect when n p**k < 0.01.

    Parameters
    ----------
    series_id : str
        Series id; yields are quoted so coarsely that they are left alone.
    rows : DataFrame
        Column ``close``.

    Returns
    -------
    tuple of Finding
        One warning a run, on its first unchanged session.
    """
    if series_record(series_id).quantity == "yield" or rows.empty:
        return ()
    still = rows["close"].eq(rows["close"].shift()).to_numpy()
    runs = [(first, last) for first, last in _runs(still) if last > first]
    seen = []
    for first, last in runs:
        outside = int(still.sum()) - (last - first + 1)
        local = still[max(0, first - _YEAR) : first]
        share = max((outside + 1) / len(still), float(local.mean()) if len(local) else 0.0)
        if len(still) * share ** (last - first + 1) < _CHANCE:
            told = f"close {rows['close'].iloc[first]:.10g} unchanged for {last - first + 1} sessions"
            seen.append((rows.index[first], told))
    return each_day(series_id, "unchanged run", "warning", seen, "closes that move")


def close_is_open(series_id: str, rows: pd.DataFrame) -> tuple[Finding, ...]:
    """Find years in which the close is a copy of the open (``close equals open``).

    Many vendors' currency bars have Close equal to Open. For series quoted from Monday to Friday the
    allowed share is 2 %, for others 10 %, in each window of 250 bars (all of them if fewer, at least 60)
    and by three standard deviations of a binomial count, because prices are quoted in ticks.

    Parameters
    ----------
    series_id : str
        Series id.
    rows : DataFrame
        Columns ``open`` and ``close``.

    Returns
    -------
    tuple of Finding
        At most one, on the first bar of the first such window: a warning for currencies, else a notice
        (funds that trade once a day do that too).
    """
    told = rows[rows["open"].notna()]
    currency = CLOCKS[series_record(series_id).clock].calendar == "weekdays"
    allowed = _CURRENCY_SHARE if currency else _OTHER_SHARE
    window = min(_YEAR, max(_FEWEST, len(told)))
    same = told["close"].eq(told["open"]) & ~_flat(told)
    counts = same.rolling(window).sum()
    limit = window * allowed + _SIGMAS * np.sqrt(window * allowed * (1 - allowed))
    over = np.flatnonzero((counts > limit).to_numpy())
    if not over.size:
        return ()
    place = int(over[0])
    first = day(told.index[place - window + 1])
    observed = f"close equals open on {int(counts.iloc[place])} of {window} bars to {day(told.index[place])}"
    severity: Severity = "warning" if currency else "notice"
    expected = f"at most {100 * allowed:.0f} % of the bars"
    return (Finding(series_id, first, "close equals open", severity, observed, expected),)


def _may_be_flat(series_id: str) -> bool:
    record = series_record(series_id)
    return record.role in _TRADED and record.quantity != "volatility"


def _long_runs(flat: Bool1D) -> list[Run]:
    return [(first, last) for first, last in _runs(flat) if last - first + 1 >= _RUN]


def _flat(rows: pd.DataFrame) -> Bool1D:
    values = rows[list(PRICES)].to_numpy(dtype=np.float64)
    return np.asarray((values == values[:, :1]).all(axis=1), dtype=np.bool_)


def _common(flat: Bool1D) -> Bool1D:
    """Return where more than a rare share of the year around, the bar itself left out, is flat."""
    around = pd.Series(flat.astype(np.float64)).rolling(_YEAR + 1, center=True, min_periods=1)
    others = around.sum().to_numpy() - flat
    return np.asarray(others > RARE * np.maximum(around.count().to_numpy() - 1, 1), dtype=np.bool_)


def _runs(true: Bool1D) -> list[Run]:
    """Return first and last place of each stretch of True."""
    edges = np.diff(np.concatenate([[0], true.astype(np.int8), [0]]))
    starts: Int1D = np.flatnonzero(edges == 1)
    ends: Int1D = np.flatnonzero(edges == -1) - 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _inside(runs: list[Run], length: int) -> Bool1D:
    inside = np.zeros(length, dtype=np.bool_)
    for first, last in runs:
        inside[first : last + 1] = True
    return inside


def _span(index: pd.Index, first: int, last: int) -> str:
    return f"{last - first + 1} flat bars in a row, to {day(index[last])}"
