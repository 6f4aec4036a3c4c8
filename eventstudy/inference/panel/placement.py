"""Where each event of a panel falls: its firm's column, its session, and why it fell out if it did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, nearest

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from eventstudy.arrays import Bool1D, Int1D

DatePolicy: TypeAlias = Literal["later", "earlier", "skip"]
EventDates: TypeAlias = "pd.Series[Any] | Iterable[tuple[Hashable, Any]]"
DATE_POLICIES: tuple[str, ...] = ("later", "earlier", "skip")
_DATES = "dates, as timestamps of one time zone or as text such as '2024-03-01'"
_PAIRS = "a Series of dates indexed by firm, or a list of (firm, date)"


@dataclass(frozen=True, slots=True)
class Placement:
    """N events on a frame of returns, in the order in which they were given.

    Attributes
    ----------
    names : ndarray of shape (N,)
        Firms as given; one may recur.
    dates : Index of length N
        Dates as given, as timestamps where the frame is indexed by time.
    firm : ndarray of int of shape (N,)
        Column of each firm; -1 where there is none.
    day0 : ndarray of int of shape (N,)
        Row of the session that the event is studied on; -1 where there is none. Every window moves with it.
    reasons : ndarray of str objects of shape (N,)
        Why an event cannot be studied; empty where it can.
    """

    names: NDArray[np.object_]
    dates: pd.Index[Any]
    firm: Int1D
    day0: Int1D
    reasons: NDArray[np.object_]

    @property
    def kept(self) -> Bool1D:
        """Return which events have no reason against them; shape (N,)."""
        return np.asarray(self.reasons == "", dtype=bool)

    def without(self, fallen: Bool1D, reasons: Iterable[str]) -> Placement:
        """Return the placement with a reason against events that had none.

        Parameters
        ----------
        fallen : ndarray of bool of shape (N,)
            Events to drop; those already dropped keep their first reason.
        reasons : iterable of str
            One for each of the N events; read only if any falls.

        Returns
        -------
        Placement
            A new one, or this one if nothing falls.
        """
        now = fallen & self.kept
        if not now.any():
            return self
        said = np.array(self.reasons)
        for event, reason in enumerate(reasons):
            if now[event]:
                said[event] = reason
        return replace(self, reasons=said)


def place_events(
    returns: pd.DataFrame, event_dates: EventDates, policy: DatePolicy, max_shift: int
) -> Placement:
    """Give each event its firm's column and its session.

    Parameters
    ----------
    returns : DataFrame
        Days x firms, rows ascending and unique. A frame of daily rows (midnights) reads dates without their
        time of day.
    event_dates : Series or iterable of pairs
        Index firm to date, or (firm, date); a firm may recur.
    policy : str
        What becomes of a date that is no row: ``later`` takes the next row, ``earlier`` the one before,
        ``skip`` drops the event.
    max_shift : int
        Largest move in calendar days (in units of the index where it is no date).

    Returns
    -------
    Placement
        With a reason against each event without a firm, a date, a session in reach, or of its own: of two
        events of one firm on one session the first is kept.

    Raises
    ------
    BadValue
        For event dates of another form, an unknown policy, or time zones that differ.
    """
    if policy not in DATE_POLICIES:
        raise BadValue("dates", policy, f"one of {', '.join(DATE_POLICIES)}")
    if max_shift < 0:
        raise BadValue("max_shift", max_shift, "a number of days, 0 or more")
    names, dates = _pairs(event_dates, returns.index)
    firm = np.asarray(returns.columns.get_indexer(pd.Index(names, tupleize_cols=False)))
    sessions, asked = _comparable(returns.index, dates)
    day0, far = _rows(sessions, asked, policy, max_shift)
    placed = Placement(names, dates, firm, day0, np.full(len(names), "", dtype=object))
    placed = placed.without(firm < 0, (_no_firm(name, returns.columns) for name in names))
    placed = placed.without(np.asarray(dates.isna()), ("the event has no date; give one" for _ in names))
    placed = placed.without(day0 < 0, (_outside(date, returns.index) for date in dates))
    placed = placed.without(far, (_no_session(date, policy, max_shift) for date in dates))
    return placed.without(*_repeated(placed))


def _pairs(event_dates: EventDates, index: pd.Index[Any]) -> tuple[NDArray[np.object_], pd.Index[Any]]:
    """Return firms and dates; dates as timestamps where the index is one of timestamps."""
    if isinstance(event_dates, pd.Series):
        firms, dates = event_dates.index.tolist(), pd.Index(event_dates)
    else:
        firms, days = _unzipped(event_dates)
        dates = pd.Index(days)
    names = np.empty(len(firms), dtype=object)
    names[:] = firms
    return names, _instants(dates) if isinstance(index, pd.DatetimeIndex) else dates


def _unzipped(pairs: object) -> tuple[list[Hashable], list[Any]]:
    """Return firms and dates of pairs, or say what is none."""
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise BadValue("event_dates", pairs, _PAIRS)
    firms, dates = [], []
    for number, pair in enumerate(pairs):
        try:
            firm, date = [pair] if isinstance(pair, str) else pair
        except (TypeError, ValueError):
            raise BadValue(f"entry {number} of event_dates", pair, _PAIRS) from None
        firms.append(firm)
        dates.append(date)
    return firms, dates


def _instants(dates: pd.Index[Any]) -> pd.DatetimeIndex:
    """Return dates as timestamps; a number is none, and text is only read where it is not ambiguous."""
    if dates.dtype.kind in "iufb" and not dates.isna().all():
        raise BadValue("event_dates", f"numbers, such as {dates[0]}", _DATES)
    try:
        return pd.DatetimeIndex(pd.to_datetime(dates, format="ISO8601"))
    except (TypeError, ValueError) as error:
        raise BadValue("event_dates", str(error).partition(". ")[0], _DATES) from None


def _comparable(index: pd.Index[Any], dates: pd.Index[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return sessions and dates as arrays that can be compared, whole days for a daily index."""
    if not isinstance(index, pd.DatetimeIndex) or not isinstance(dates, pd.DatetimeIndex):
        for name, given in (("the index of returns", index), ("event_dates", dates)):
            if len(given) and given.dtype.kind not in "iuf":
                told = "timestamps, as pd.to_datetime makes them, or numbers throughout"
                raise BadValue(name, f"of type {given.dtype}", told)
        return index.to_numpy(), dates.to_numpy()
    if (index.tz is None) != (dates.tz is None):
        have, need = (f"in time zone {one.tz}" if one.tz else "without a time zone" for one in (dates, index))
        raise BadValue("event_dates", have, f"dates {need}, as the index of the returns is")
    if dates.tz is not None:
        dates = dates.tz_convert(index.tz).tz_localize(None)
    sessions, asked = index.tz_localize(None).to_numpy(), dates.to_numpy()
    days = sessions.astype("datetime64[D]")
    return (days, asked.astype("datetime64[D]")) if (days == sessions).all() else (sessions, asked)


def _rows(
    sessions: NDArray[Any], asked: NDArray[Any], policy: DatePolicy, max_shift: int
) -> tuple[Int1D, Bool1D]:
    """Return the row of each date, -1 outside the data, and whether it is too far away."""
    side: Literal["left", "right"] = "right" if policy == "earlier" else "left"
    rows = np.searchsorted(sessions, asked, side=side) - (policy == "earlier")
    inside = (rows >= 0) & (rows < len(sessions)) & (asked == asked)
    rows = np.where(inside, rows, -1)
    shift = np.abs(sessions[rows] - asked)
    reach: Any = 0 if policy == "skip" else max_shift
    if sessions.dtype.kind == "M":
        reach = np.timedelta64(reach, "D")
    return rows, inside & (shift > reach)


def _repeated(placed: Placement) -> tuple[Bool1D, list[str]]:
    """Return the events whose firm and session an earlier kept event has, and what to say of them."""
    kept = np.flatnonzero(placed.kept)
    keys = placed.firm[kept] * (placed.day0.max(initial=0) + 1) + placed.day0[kept]
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    again = np.zeros(len(placed.names), dtype=bool)
    earlier = np.zeros(len(placed.names), dtype=int)
    earlier[kept] = kept[first[which]]
    again[kept] = earlier[kept] != kept
    if not again.any():
        return again, []
    return again, [f"event {one} is of the same firm and session; keep one of them" for one in earlier]


def _no_firm(name: object, columns: pd.Index[Any]) -> str:
    return f"the returns have no column {name!r}; {nearest(str(name), map(str, columns))}"


def _outside(date: object, index: pd.Index[Any]) -> str:
    reach = f"{told(index[0])} to {told(index[-1])}" if len(index) else "no rows"
    return f"{told(date)} lies outside the returns ({reach}); bring returns that cover it"


def _no_session(date: object, policy: DatePolicy, max_shift: int) -> str:
    if policy == "skip":
        return f"{told(date)} is no row of the returns; take dates='later' or dates='earlier'"
    return (
        f"no row of the returns within {max_shift} days {policy} than {told(date)}; "
        "correct the date or allow a larger max_shift"
    )


def told(date: object) -> str:
    """Return a date as a sentence shows it: without a time of day that says nothing."""
    text = str(date)
    return text.removesuffix(" 00:00:00") if isinstance(date, pd.Timestamp) else text
