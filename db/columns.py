"""What the tables are made of: the kinds of columns, and the rule that names every constraint."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import JSON, Column, DateTime, ForeignKey, Integer, MetaData, Text, TypeDecorator

from eventstudy.values import aware

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """A zone-aware instant, stored as UTC and returned as UTC.

    Raises
    ------
    BadValue
        Inside SQLAlchemy's ``StatementError``, for a timestamp without a zone.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the same instant in UTC; None stays None."""
        return None if value is None else aware("instant", value).astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored instant in UTC; SQLite hands it back without a zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


# none_as_null: a missing value is SQL's null, never the JSON text "null"
JSON_TEXT = JSON(none_as_null=True)


def need(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], comment: str) -> Column[Any]:
    """Return a column that is never null."""
    return Column(name, kind, nullable=False, comment=comment)


def maybe(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], comment: str) -> Column[Any]:
    """Return a column that may be null."""
    return Column(name, kind, nullable=True, comment=comment)


def number(comment: str) -> Column[int]:
    """Return the primary key ``id`` that the database counts up."""
    return Column("id", Integer, primary_key=True, comment=comment)


def name(comment: str, column: str = "id") -> Column[str]:
    """Return a primary key that the caller gives."""
    return Column(column, Text, primary_key=True, comment=comment)


def part_of(column: str, owner: str, comment: str) -> tuple[Column[int], Column[int]]:
    """Return the key columns of a table whose rows belong, in order, to one row of its owner."""
    place = "place in the order written, from 0"
    return (
        Column(column, Integer, ForeignKey(owner), primary_key=True, autoincrement=False, comment=comment),
        Column("position", Integer, primary_key=True, autoincrement=False, comment=place),
    )


_EPOCH = date(1970, 1, 1).toordinal()


def days(dates: Sequence[date]) -> NDArray[np.datetime64]:
    """Return the dates of a column as an array, many times faster than NumPy does by itself.

    Parameters
    ----------
    dates : sequence of date
        No nulls.

    Returns
    -------
    ndarray
        ``datetime64[D]``, same length and order.
    """
    ordinals = np.fromiter((day.toordinal() for day in dates), dtype="int64", count=len(dates))
    return (ordinals - _EPOCH).astype("datetime64[D]")
