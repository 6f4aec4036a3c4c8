"""Hedging signals: each a number with its uncertainty, the freshness of its inputs, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from eventstudy.results import SignalReading
from eventstudy.returns import check_prices
from eventstudy.sessions import last_closed_session
from eventstudy.signals import collar, fx_hedge, nikkei_vi
from eventstudy.signals.base import (
    ExpectedSession,
    Signal,
    UnknownSignal,
    VolatilityForecast,
    take_reading,
)
from eventstudy.values import aware

SIGNALS: dict[str, Signal] = {
    signal.id: signal for signal in (collar.SIGNAL, fx_hedge.SIGNAL, nikkei_vi.SIGNAL)
}

__all__ = ["SIGNALS", "Signal", "UnknownSignal", "VolatilityForecast", "compute"]


def compute(
    closes: pd.DataFrame,
    as_of: datetime,
    *,
    expected_session: ExpectedSession = last_closed_session,
    forecasts: Mapping[str, VolatilityForecast],
    only: Sequence[str] | None = None,
) -> tuple[SignalReading, ...]:
    """Take the reading of every signal as of one instant.

    Parameters
    ----------
    closes : DataFrame
        Closing prices, one column a series id, index naive midnight sessions; NaN or an absent column is
        "no close". Sessions that had not closed by ``as_of``, each by its own clock, are cut away first.
    as_of : datetime
        Zone-aware. Readings carry its date in its own zone.
    expected_session : callable
        ``(clock name, instant) -> last session closed by then``; decides both what is known and what
        should be. Default: the real calendars.
    forecasts : mapping of str to VolatilityForecast
        By series id; one that a signal needs and does not find makes it refuse.
    only : sequence of str or None
        Signal ids, None for all of `SIGNALS`.

    Returns
    -------
    tuple of SignalReading
        In the order asked. ``UNSCORED`` with a value, or ``REFUSED`` with None and the reason.

    Raises
    ------
    BadValue
        For an ``as_of`` without a zone.
    BadPrices
        For an index that is not naive dates.
    UnknownSignal
        For an id that is not in the table.
    OutsideData
        If the calendars do not reach ``as_of``.
    """
    moment = aware("as_of", as_of)
    check_prices(closes.iloc[:0])
    return tuple(
        take_reading(_signal(name), closes, moment, expected_session=expected_session, forecasts=forecasts)
        for name in (SIGNALS if only is None else only)
    )


def _signal(name: str) -> Signal:
    try:
        return SIGNALS[name]
    except KeyError:
        raise UnknownSignal(name, SIGNALS) from None
