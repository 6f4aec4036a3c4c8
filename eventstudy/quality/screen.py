"""The screen on the way in: rows that cannot be are taken out, and what looks wrong at once is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.quality.days import missing_sessions, no_session, possible
from eventstudy.quality.rows import inconsistent, missing_close, not_a_price, unusable
from eventstudy.quality.stillness import stale_repeats

if TYPE_CHECKING:
    from eventstudy.quality.finding import Finding
    from eventstudy.values import Bars

REFUSE = (no_session, missing_close, not_a_price)
TELL = (missing_sessions, inconsistent, stale_repeats)


def screen(bars: Bars) -> tuple[Bars, tuple[Finding, ...]]:
    """Take out the rows that cannot be, and report them and whatever else looks wrong.

    Quarantined, with their rows: ``no session``, ``missing close``, ``not a price``. Warnings, the bar
    stays as it was told: ``missing session``, ``inconsistent``, ``stale repeat``.

    Parameters
    ----------
    bars : Bars
        As a provider read them.

    Returns
    -------
    Bars, tuple of Finding
        The bars without quarantined rows, and the findings in order of date.
    """
    frame, name = bars.frame, bars.series
    kept = frame[possible(name, pd.DatetimeIndex(frame.index)) & ~unusable(name, frame)]
    refused = {item.session_date: item for rule in reversed(REFUSE) for item in rule(name, frame)}
    told = [item for rule in TELL for item in rule(name, kept) if item.session_date not in refused]
    return replace(bars, frame=kept), in_order([*refused.values(), *told])


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings by date and rule, those about a whole series first."""
    return tuple(sorted(findings, key=lambda item: (item.session_date or date.min, item.rule)))
