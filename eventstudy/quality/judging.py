"""All rules over what a store holds: each series by itself, beside its relatives, and the pairs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eventstudy.quality.copies import copied_rows
from eventstudy.quality.days import missing_sessions, no_session
from eventstudy.quality.dividends import recurring_drops
from eventstudy.quality.jumps import out_of_place, reversals, stood_still, unconfirmed_jumps
from eventstudy.quality.movement import movements
from eventstudy.quality.rows import absent_prices, inconsistent, missing_close, not_a_price, unusable
from eventstudy.quality.scales import limit_moves, scale_jumps, splits, volume_units
from eventstudy.quality.screen import in_order
from eventstudy.quality.stamps import stamp_shifts
from eventstudy.quality.stillness import close_is_open, flat_bars, stale_repeats, unchanged_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import TypeAlias

    import pandas as pd

    from eventstudy.quality.finding import Finding
    from eventstudy.quality.movement import Frames, Moves

    ByRow: TypeAlias = Callable[[str, pd.DataFrame], tuple[Finding, ...]]
    ByMove: TypeAlias = Callable[[str, pd.DataFrame, Moves], tuple[Finding, ...]]

BY_ROW: tuple[ByRow, ...] = (
    no_session, missing_close, not_a_price, missing_sessions, inconsistent, absent_prices,
    flat_bars, stale_repeats, unchanged_runs, close_is_open, volume_units,
)  # fmt: skip
BY_MOVE: tuple[ByMove, ...] = (
    unconfirmed_jumps, reversals, out_of_place, stood_still, splits, scale_jumps, limit_moves,
    recurring_drops,
)  # fmt: skip


def judge(frames: Frames, wanted: Collection[str]) -> tuple[Finding, ...]:
    """Hold bars to every rule that needs nothing but bars.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Bars by series id, columns ``open high low close volume``: those to judge and their relatives.
    wanted : collection of str
        Series ids to judge.

    Returns
    -------
    tuple of Finding
        In order of series as given, then of date. Nothing is quarantined here: a row that should not be
        among the bars is a warning, because it is among them.
    """
    usable = {name: rows[~unusable(name, rows)] for name, rows in frames.items()}
    moves = movements(usable)
    pairwise = [item for item in (*copied_rows(usable), *stamp_shifts(usable)) if item.series in wanted]
    judged: list[Finding] = []
    for name in frames:
        if name in wanted:
            found = [item for rule in BY_ROW for item in rule(name, frames[name])]
            found += [item for rule in BY_MOVE for item in rule(name, usable[name], moves[name])]
            found += [item for item in pairwise if item.series == name]
            judged.extend(in_order(found))
    return tuple(_as_stored(item) for item in judged)


def _as_stored(item: Finding) -> Finding:
    if item.severity != "quarantined":
        return item
    return replace(item, severity="warning", row=None)
