"""Sets of rows that are written together and never changed: the newest one counts, the rest is history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from eventstudy.values import aware

from .rows import Row, Written, insert_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Table


def recorded_by(heads: Table, as_of: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that a row was recorded by an instant; none for None.

    Parameters
    ----------
    heads : Table
        With a column ``recorded_at``.
    as_of : datetime or None
        Zone-aware.

    Returns
    -------
    tuple of ColumnElement
        One condition, or none.

    Raises
    ------
    BadValue
        If `as_of` has no zone.
    """
    return () if as_of is None else (heads.c.recorded_at <= aware("as_of", as_of),)


def latest_set(
    connection: Connection, heads: Table, members: Table, *conditions: ColumnElement[bool]
) -> tuple[Row, list[Row]] | None:
    """Return the newest set.

    Parameters
    ----------
    connection : Connection
        Of the transaction.
    heads : Table
        One row a set, numbered by ``id``.
    members : Table
        The rows of the sets, by ``set_id`` and ``position``.
    *conditions : ColumnElement
        Which sets to look at; without any, all.

    Returns
    -------
    tuple of dict and list of dict, or None
        The head and its members in order, without ``set_id`` and ``position``.
    """
    newest = select(heads).where(*conditions).order_by(heads.c.id.desc()).limit(1)
    head = connection.execute(newest).mappings().one_or_none()
    if head is None:
        return None
    columns = [column for column in members.c if column.name not in {"set_id", "position"}]
    query = select(*columns).where(members.c.set_id == head["id"]).order_by(members.c.position)
    return dict(head), [dict(row) for row in connection.execute(query).mappings()]


def follow(
    connection: Connection, heads: Table, members: Table, *, after: tuple[Row, list[Row]] | None, head: Row,
    rows: Sequence[Row],
) -> Written:  # fmt: skip
    """Write a set, unless the set it would follow rests on the same prices and says the same.

    Parameters
    ----------
    connection : Connection
        Of the transaction.
    heads, members : Table
        See `latest_set`.
    after : tuple or None
        The set it follows, from `latest_set`.
    head : dict
        Columns of the new head, ``snapshot`` among them.
    rows : sequence of dict
        Its members in order.

    Returns
    -------
    Written
        All inserted or all unchanged.
    """
    if after is not None and after[0]["snapshot"] == head["snapshot"] and after[1] == list(rows):
        return Written(0, 0, len(rows))
    number = connection.execute(insert(heads).returning(heads.c.id), head).scalar_one()
    placed = [{"set_id": number, "position": place, **row} for place, row in enumerate(rows)]
    insert_rows(connection, members, placed)
    return Written(len(rows), 0, 0)
