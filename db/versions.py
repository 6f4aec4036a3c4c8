"""Versions of bars: which of them an instant knew, read column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import and_, or_

from eventstudy.values import aware

from .columns import days
from .schema import bars

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Select

PRICES = ("open", "high", "low", "close", "volume")
FIELDS = (*PRICES, "finality")
SESSION = "datetime64[us]"
PART = 256  # rows at a time, too few for Python to go looking for garbage, which takes longer than the read


def known(as_of: datetime | None) -> ColumnElement[bool]:
    """Return the condition that a version was the current one at an instant.

    Parameters
    ----------
    as_of : datetime or None
        Zone-aware; None is now.

    Returns
    -------
    ColumnElement
        On the table ``bars``.

    Raises
    ------
    BadValue
        If `as_of` has no zone.
    """
    if as_of is None:
        return bars.c.superseded_at.is_(None)
    as_of = aware("as_of", as_of)
    return and_(
        bars.c.recorded_at <= as_of,
        or_(bars.c.superseded_at.is_(None), bars.c.superseded_at > as_of),
    )


def read_columns(connection: Connection, query: Select[Any]) -> list[list[Any]]:
    """Return what a query finds, one sequence a column.

    Parameters
    ----------
    connection : Connection
        Of the transaction.
    query : Select
        Any.

    Returns
    -------
    list of lists
        As many as the query has columns, empty ones where it finds nothing.
    """
    found = connection.execute(query)
    columns: list[list[Any]] = [[] for _ in query.selected_columns]
    while part := found.fetchmany(PART):
        for column, values in zip(columns, zip(*part, strict=True), strict=True):
            column.extend(values)
    return columns


def sessions_of(dates: Sequence[date]) -> pd.DatetimeIndex:
    """Return session dates as the index of a frame.

    Parameters
    ----------
    dates : sequence of date
        In order.

    Returns
    -------
    DatetimeIndex
        Naive midnights, ``datetime64[us]``, named ``session``; same length.
    """
    return pd.DatetimeIndex(days(dates).astype(SESSION), name="session")


def bar_frame(columns: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return the columns of some bars as a frame.

    Parameters
    ----------
    columns : sequence of seven sequences
        Session dates, the five `PRICES` (null: absent) and finality.

    Returns
    -------
    DataFrame
        Index `sessions_of`; float64 columns, NaN where absent, and ``finality`` (``str``).
    """
    dates, *numbers, finality = columns
    frame = {name: np.asarray(values, dtype="float64") for name, values in zip(PRICES, numbers, strict=True)}
    return pd.DataFrame(
        {**frame, "finality": pd.array(list(finality), dtype="str")}, index=sessions_of(dates)
    )
