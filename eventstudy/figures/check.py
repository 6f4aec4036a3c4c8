"""Quoted figures against themselves, the calendar and stored closing prices: one verdict each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, OutsideData
from eventstudy.figures.arithmetic import check_row
from eventstudy.figures.precision import Printed, judge, plain, published, read_printed
from eventstudy.results import FigureCheck
from eventstudy.series import missing_series_reason, series
from eventstudy.sessions import is_session as calendar_is_session
from eventstudy.values import QuotedFigure

IsSession: TypeAlias = Callable[[str, date], bool]

QUANTITIES = ("level", "change", "percent_change")
_LONGEST_CLOSURE = 31
_CLOSED = {
    "NO SESSION": ("FALSE", "the market had no session that day"),
    "NOT CHECKABLE": (
        "NO DATA",
        "the day lies outside the calendar of sessions: only the arithmetic was checked",
    ),
}


def check(
    figures: Sequence[QuotedFigure],
    closes: pd.DataFrame,
    *,
    is_session: IsSession = calendar_is_session,
) -> tuple[FigureCheck, ...]:
    """Judge every quoted figure by its own row, the calendar and stored closes.

    A per cent change is the simple return on the previous close, never the log return. The previous
    close is that of the session immediately before; a gap in the data gives ``NO DATA``, never a change
    over several sessions. Comparisons respect the printed precision (`precision.judge`), with
    closes freed of a vendor's float32 noise (`precision.published`).

    Parameters
    ----------
    figures : sequence of QuotedFigure
        As printed. Figures of one article, group, series and date form one row.
    closes : DataFrame
        Stored closing prices, one column a series id, index naive midnight sessions without
        duplicates. NaN or an absent column or row means "no data".
    is_session : callable
        ``(clock name, day) -> bool``; the series' own clock is asked. Default: the real calendars.

    Returns
    -------
    tuple of FigureCheck
        One for each figure, in the order given. ``difference`` is quoted minus computed. ``calendar``
        is ``NOT CHECKABLE`` (and the verdict ``NO DATA``) on days that the calendars do not cover.

    Raises
    ------
    BadValue
        For a text that is no number, an unknown quantity, or an index of another form.
    UnknownSeries
        For a series id that is not in the table of series.
    """
    _demand_sessions(closes)
    quotes = [_Quote(figure, read_printed(figure.quoted), _known_clock(figure)) for figure in figures]
    return tuple(_verdict(quote, quotes, closes, is_session) for quote in quotes)


@dataclass(frozen=True, slots=True)
class _Quote:
    figure: QuotedFigure
    printed: Printed
    clock: str


@dataclass(frozen=True, slots=True)
class _Stored:
    """The figure's quantity from stored closes, or the reason why there is none."""

    value: Fraction | None
    reason: str = ""
    rows: tuple[str, ...] = field(default=())


def _demand_sessions(closes: pd.DataFrame) -> None:
    index = closes.index
    if closes.empty:
        return
    if not isinstance(index, pd.DatetimeIndex) or index.tz is not None or index.has_duplicates:
        raise BadValue("index of closes", str(index.dtype), "naive midnight sessions without duplicates")


def _known_clock(figure: QuotedFigure) -> str:
    if figure.quantity not in QUANTITIES:
        raise BadValue(f"quantity of figure {figure.id}", figure.quantity, "one of " + ", ".join(QUANTITIES))
    return series(figure.series).clock


def _verdict(
    quote: _Quote, quotes: Sequence[_Quote], closes: pd.DataFrame, is_session: IsSession
) -> FigureCheck:
    figure = quote.figure
    calendar, before = _calendar(quote, is_session)
    arithmetic = check_row(_row(quote, quotes), _level_of(before, quote, quotes))
    if calendar == "SESSION":
        stored = _stored_quantity(figure, before, closes)
        verdict, rule = _decision(quote.printed, stored)
    else:
        stored = _Stored(None)
        verdict, rule = _CLOSED[calendar]
    value = stored.value
    return FigureCheck(
        id=figure.id,
        article=figure.article,
        series=figure.series,
        quantity=figure.quantity,
        quoted=figure.quoted,
        unit=figure.unit,
        date=figure.date,
        computed=None if value is None else float(value),
        difference=None if value is None else float(quote.printed.value - value),
        verdict=verdict,
        rule=rule,
        arithmetic=arithmetic.verdict,
        calendar=calendar,
        evidence=(*_calendar_line(quote, calendar), *stored.rows, *arithmetic.evidence, *_proxy_line(figure)),
    )


def _decision(printed: Printed, stored: _Stored) -> tuple[str, str]:
    return ("NO DATA", stored.reason) if stored.value is None else judge(printed, stored.value)


def _calendar(quote: _Quote, is_session: IsSession) -> tuple[str, date | None]:
    """Return whether the figure's day was a session, and the session before it where known."""
    day = quote.figure.date
    earlier = (day - timedelta(days=back) for back in range(1, _LONGEST_CLOSURE + 1))
    try:
        if not is_session(quote.clock, day):
            return "NO SESSION", None
        return "SESSION", next((other for other in earlier if is_session(quote.clock, other)), None)
    except OutsideData:
        return "NOT CHECKABLE", None


def _calendar_line(quote: _Quote, calendar: str) -> tuple[str, ...]:
    if calendar == "SESSION":
        return ()
    day = quote.figure.date
    return (f"{day} was a {day:%A}; clock {quote.clock}: {calendar.lower()}",)


def _proxy_line(figure: QuotedFigure) -> tuple[str, ...]:
    stands_for = series(figure.series).proxy_of
    return (f"{figure.series} is a proxy of {stands_for}",) if stands_for else ()


def _row(quote: _Quote, quotes: Sequence[_Quote]) -> Mapping[str, Printed]:
    """Return what one printed row says; of a quantity printed twice the first, but this figure as itself."""
    key = _row_key(quote)
    row: dict[str, Printed] = {}
    for other in quotes:
        if _row_key(other) == key:
            row.setdefault(other.figure.quantity, other.printed)
    return {**row, quote.figure.quantity: quote.printed}


def _row_key(quote: _Quote) -> tuple[str, str, str, date]:
    figure = quote.figure
    return figure.article, figure.group, figure.series, figure.date


def _level_of(day: date | None, quote: _Quote, quotes: Sequence[_Quote]) -> Printed | None:
    wanted = (quote.figure.article, quote.figure.series, day, "level")
    for other in quotes:
        figure = other.figure
        if (figure.article, figure.series, figure.date, figure.quantity) == wanted:
            return other.printed
    return None


def _stored_quantity(figure: QuotedFigure, before: date | None, closes: pd.DataFrame) -> _Stored:
    name = figure.series
    if name not in closes.columns or closes[name].isna().all():
        return _Stored(None, missing_series_reason(name, "the store"))
    close = _close(closes, name, figure.date)
    if close is None:
        return _Stored(None, f"no stored close of {name} on {figure.date}: refresh that day")
    row = _close_line(name, figure.date, close)
    if figure.quantity == "level":
        return _Stored(published(close), rows=(row,))
    previous = None if before is None else _close(closes, name, before)
    if previous is None:
        session = f"on {before}" if before else "on the session before"
        reason = f"previous session missing: no stored close of {name} {session}: refresh it"
        return _Stored(None, reason, (row,))
    rows = (row, f"previous session: {_close_line(name, before, previous)}")
    change = published(close) - published(previous)
    if figure.quantity == "change":
        return _Stored(change, rows=rows)
    if previous <= 0:
        return _Stored(None, f"a per cent change on a close of {previous} has no meaning", rows)
    return _Stored(100 * change / published(previous), rows=rows)


def _close(closes: pd.DataFrame, series_id: str, day: date) -> float | None:
    value = float(closes[series_id].get(pd.Timestamp(day), np.nan))
    return value if np.isfinite(value) else None


def _close_line(series_id: str, day: date | None, price: float) -> str:
    short = plain(published(price))
    noise = "" if float(short) == price else f" (stored {price!r})"
    return f"{series_id} close {day} {short}{noise}"
