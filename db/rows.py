"""Values to rows and back: JSON without NaN, frames without loss, rows written only when they differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype
from sqlalchemy import Date, insert, select, update

from eventstudy.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Column, Connection, Table

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did, in rows.

    Attributes
    ----------
    inserted : int
        Rows that were new.
    revised : int
        Rows that replaced or superseded an older one.
    unchanged : int
        Rows that were there already, as they are.
    """

    inserted: int
    revised: int
    unchanged: int


def to_json(value: Any) -> Any:  # noqa: ANN401  (anything that JSON can say, and a little more)
    """Return a value in strict JSON terms.

    Parameters
    ----------
    value : object
        Dicts, sequences, numbers (NumPy's too), text, dates, None. Dict keys become text.

    Returns
    -------
    object
        The same content; NaN and infinities as ``{"$float": "nan"}``, dates as ISO text.
    """
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def from_json(value: Any) -> Any:  # noqa: ANN401  (anything that JSON can say)
    """Return the content that `to_json` wrote: NaN and infinities are floats again, the rest as it is."""
    if isinstance(value, dict):
        if value.keys() == {"$float"}:
            return float(value["$float"])
        return {key: from_json(item) for key, item in value.items()}
    return [from_json(item) for item in value] if isinstance(value, list) else value


def null_if_nan(value: float | None) -> float | None:
    """Return a float as a plain Python float; NaN and None are both None, the null of a column."""
    return None if value is None or math.isnan(value) else float(value)


def frame_to_rows(frame: pd.DataFrame, table: Table) -> list[Row]:
    """Return a frame as rows of a table, missing values as None.

    Parameters
    ----------
    frame : DataFrame
        Columns named like columns of the table; the index is not kept.
    table : Table
        Its date columns take datetime64 at midnight.

    Returns
    -------
    list of dict
        One per row, in order, with plain Python values.
    """
    return _rows(_columns(frame, table))


def _columns(frame: pd.DataFrame, table: Table) -> dict[str, list[Any]]:
    return {str(name): _plain(frame[name], table.c[str(name)]) for name in frame.columns}


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _plain(values: pd.Series[Any], column: Column[Any]) -> list[Any]:
    missing = values.isna().tolist()
    plain = values.tolist()
    if isinstance(column.type, Date):
        plain = [
            pd.Timestamp(value).date() if not gone else None
            for value, gone in zip(plain, missing, strict=True)
        ]
    return [None if gone else value for value, gone in zip(plain, missing, strict=True)]


def describe_columns(frame: pd.DataFrame) -> list[list[Any]]:
    """Return what a table of rows does not keep of a frame.

    Parameters
    ----------
    frame : DataFrame
        Any frame.

    Returns
    -------
    list
        Per column: its name, its dtype, and the positions of negative zeros, which SQLite
        stores as zeros.
    """
    return [[str(name), str(frame[name].dtype), _negative_zeros(frame[name])] for name in frame.columns]


def _negative_zeros(values: pd.Series[Any]) -> list[int]:
    if values.dtype != np.float64:
        return []
    numbers = values.to_numpy()
    return [int(place) for place in np.flatnonzero((numbers == 0) & np.signbit(numbers))]


def rebuilt(columns: Sequence[Sequence[Any]], description: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Rebuild the frame that `frame_to_rows` and `describe_columns` took apart.

    Parameters
    ----------
    columns : sequence of sequences
        Stored values in the frame's order, one sequence a column.
    description : sequence
        From `describe_columns`, one entry a column.

    Returns
    -------
    DataFrame
        Equal to the original in columns, dtypes and values; index 0..n-1.
    """
    length = len(columns[0]) if columns else 0
    restored = {
        name: _restored(values, dtype, zeros)
        for values, (name, dtype, zeros) in zip(columns, description, strict=True)
    }
    return pd.DataFrame(restored, index=pd.RangeIndex(length), columns=list(restored))


def _restored(values: Sequence[Any], dtype: str, negative_zeros: list[int]) -> pd.Series[Any]:
    restored: pd.Series[Any] = pd.Series(list(values), dtype="object").astype(pandas_dtype(dtype))
    if negative_zeros:
        restored.iloc[negative_zeros] = -0.0
    return restored


def found_frame(found: Sequence[Sequence[Any]], kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return what a query found as a frame.

    Parameters
    ----------
    found : sequence of rows
        Values in the order of `kinds`.
    kinds : mapping of str to str
        Column name to dtype.

    Returns
    -------
    DataFrame
        Those columns, index 0..n-1; nulls are missing values.
    """
    columns = zip(*found, strict=True) if found else ((),) * len(kinds)
    series = {
        name: pd.Series(list(values), dtype="object").astype(pandas_dtype(kind))
        for (name, kind), values in zip(kinds.items(), columns, strict=True)
    }
    return pd.DataFrame(series)


def exact_rows(name: str, frame: pd.DataFrame, table: Table, allowed: Sequence[str]) -> list[Row]:
    """Return a frame as rows of a table that keeps it exactly, or raise.

    Parameters
    ----------
    name : str
        What the frame is, for the error.
    frame : DataFrame
        Must have exactly the allowed columns and the index 0..n-1.
    table : Table
        Where it will be kept.
    allowed : sequence of str
        Column names.

    Returns
    -------
    list of dict
        As `frame_to_rows`.

    Raises
    ------
    BadValue
        For other columns, another index, or values that would come back different.
    """
    if sorted(frame.columns) != sorted(allowed):
        raise BadValue(f"columns of {name}", list(frame.columns), "exactly " + ", ".join(allowed))
    columns = _columns(frame, table)
    back = rebuilt(list(columns.values()), describe_columns(frame))
    if not back.equals(frame):
        odd = [column for column in frame.columns if not back[column].equals(frame[column])]
        raise BadValue(f"{name}", odd or frame.index, "plain numbers, text, dates at midnight; index 0..n-1")
    return _rows(columns)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, if there are any.

    Parameters
    ----------
    connection : Connection
        Of the transaction.
    table : Table
        Where to.
    rows : sequence of dict
        All with the same keys.
    """
    if rows:
        connection.execute(insert(table), list(rows))


def upsert(connection: Connection, table: Table, rows: Iterable[Row]) -> Written:
    """Insert the rows whose id is new, update those that differ, leave every other row alone.

    Parameters
    ----------
    connection : Connection
        Of the transaction.
    table : Table
        Has the primary key ``id``.
    rows : iterable of dict
        Complete rows; of two with one id the later counts.

    Returns
    -------
    Written
        Counts; an update counts as revised.
    """
    given = {row["id"]: row for row in rows}
    stored = {row["id"]: dict(row) for row in connection.execute(select(table)).mappings()}
    new = [row for key, row in given.items() if key not in stored]
    changed = [row for key, row in given.items() if key in stored and stored[key] != row]
    insert_rows(connection, table, new)
    for row in changed:
        connection.execute(update(table).where(table.c.id == row["id"]).values(row))
    return Written(len(new), len(changed), len(given) - len(new) - len(changed))
