"""Checks of single arguments: each gives the value back in its proper form, or says what would do."""

from __future__ import annotations

from datetime import datetime
from numbers import Integral
from operator import index
from typing import Any

from eventstudy.errors import BadValue


def aware(name: str, moment: datetime | str) -> datetime:
    """Return a timestamp with a time zone, or say that it has none.

    Parameters
    ----------
    name : str
        What the timestamp is, for the error.
    moment : datetime or str
        A zone-aware datetime, or ISO text with an offset.

    Returns
    -------
    datetime
        The same instant; zone-aware.

    Raises
    ------
    BadValue
        If the text is not ISO or the timestamp carries no zone.
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise BadValue(name, moment, "ISO text such as 2025-04-02T16:00:00-04:00") from None
    if moment.tzinfo is None:
        raise BadValue(name, moment.isoformat(), "a timestamp with a time zone, for example -04:00")
    return moment


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise `BadValue` unless a name is among the allowed ones."""
    if value not in allowed:
        raise BadValue(name, value, "one of " + ", ".join(allowed))


def at_least(name: str, value: object, least: int) -> None:
    """Raise `BadValue` unless a number is whole and not below the least."""
    if not isinstance(value, Integral) or value < least:
        raise BadValue(name, value, f"a whole number of at least {least}")


def checked_windows(windows: Any) -> tuple[tuple[int, int], ...]:  # noqa: ANN401  (whatever the caller gave)
    """Return event windows as pairs of whole numbers.

    Parameters
    ----------
    windows : iterable of pairs
        First and last relative session of each.

    Returns
    -------
    tuple of (int, int)
        At least one, each with start <= end.

    Raises
    ------
    BadValue
        For anything else.
    """
    try:
        checked = tuple((index(start), index(end)) for start, end in windows)
    except (TypeError, ValueError):
        raise BadValue("windows", windows, "pairs of whole numbers such as ((0, 0), (0, 4))") from None
    if not checked or any(start > end for start, end in checked):
        raise BadValue("windows", windows, "at least one window, each with start <= end")
    return checked
