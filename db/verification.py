"""What must be true of a store that nobody and nothing has damaged, and where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import REGCLASS

from .hashes import rows_hash
from .migrations import differences
from .payloads import unpacked
from .refusals import DamagedPayload
from .schema import bars, batches, metadata, payloads, quarantine, runs
from .studies import sealed_hash
from .study_schema import studies
from .versions import FIELDS, read_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, ForeignKey, Row, Table


_NOTHING_TO_READ = ("add_table", "add_column")  # what the schema would need to be whole


@dataclass(frozen=True, slots=True)
class Violation:
    """Something in the store that cannot be right.

    Attributes
    ----------
    table : str
        Table it is in; empty where it is about the file or the schema.
    row : str
        Which row, by its key; empty where it is about the whole table.
    problem : str
        What is wrong, in words.
    """

    table: str
    row: str
    problem: str


def violations(connection: Connection) -> Iterator[Violation]:
    """Yield everything that is wrong with a store; a damaged file and a missing table hide the rest.

    Parameters
    ----------
    connection : Connection
        Of a transaction that reads one state.

    Yields
    ------
    Violation
        In the order of the checks.
    """
    damage = list(_integrity(connection))
    yield from damage
    missing = differences(connection)
    for difference in missing:
        yield Violation("", "", f"the schema is not that of this version: {difference}")
    if damage or any(difference.startswith(_NOTHING_TO_READ) for difference in missing):
        return
    checks = (_payloads, _foreign_keys, _prices, _studies, _runs, _quarantine, _sequences)
    for check in checks:
        yield from check(connection)


def _integrity(connection: Connection) -> Iterator[Violation]:
    if connection.dialect.name != "sqlite":
        return
    for (told,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if told != "ok":
            yield Violation("", "", f"SQLite finds the file damaged: {told}")


def _payloads(connection: Connection) -> Iterator[Violation]:
    for hash_ in connection.execute(select(payloads.c.hash).order_by(payloads.c.hash)).scalars().all():
        row = connection.execute(select(payloads).where(payloads.c.hash == hash_)).one()
        try:
            unpacked(row.hash, row.content, row.size)
        except DamagedPayload as damage:
            yield Violation("payloads", hash_, damage.why)


def _foreign_keys(connection: Connection) -> Iterator[Violation]:
    keys = [(table, key) for table in metadata.sorted_tables for key in table.foreign_keys]
    for table, key in keys:
        yield from _dangling(connection, table, key)


def _dangling(connection: Connection, table: Table, key: ForeignKey) -> Iterator[Violation]:
    named = list(table.primary_key)
    found = select(*named, key.parent.label("points_at"))
    lost = found.where(key.parent.is_not(None), ~exists().where(key.column == key.parent))
    for row in connection.execute(lost):
        place = " ".join(str(value) for value in row[:-1])
        problem = f"its {key.parent.name} {row.points_at} is not in {key.column.table.name}"
        yield Violation(table.name, place, problem)


def _prices(connection: Connection) -> Iterator[Violation]:
    either = select(bars.c.series).union(select(batches.c.series)).subquery()
    for series in connection.execute(select(either.c.series).order_by(either.c.series)).scalars().all():
        try:
            versions, heads = _versions(connection, series), _heads(connection, series)
        except (ValueError, TypeError) as error:
            yield Violation("bars", series, f"a value of this series cannot be read: {error}")
            continue
        yield from _of_versions(versions)
        yield from _of_batches(heads, versions)


def _versions(connection: Connection, series: str) -> pd.DataFrame:
    """Return every version of every bar of a series, by session and number."""
    names = ["id", "batch_id", "session_date", *FIELDS, "recorded_at", "superseded_at"]
    query = select(*(bars.c[name] for name in names)).where(bars.c.series == series)
    columns = read_columns(connection, query.order_by(bars.c.session_date, bars.c.id))
    numbers = {"id": "int64", "batch_id": "int64", **dict.fromkeys(FIELDS[:-1], "float64")}
    frame = pd.DataFrame(
        {
            name: np.asarray(values, dtype=numbers.get(name, "object"))
            for name, values in zip(names, columns, strict=True)
        }
    )
    instants = {name: pd.to_datetime(frame[name], utc=True) for name in ("recorded_at", "superseded_at")}
    return frame.assign(series=series, **instants)


def _heads(connection: Connection, series: str) -> list[Row[Any]]:
    query = select(batches).where(batches.c.series == series).order_by(batches.c.id)
    return list(connection.execute(query).all())


def _of_versions(versions: pd.DataFrame) -> Iterator[Violation]:
    """See that a session's versions follow each other without a gap, and that the last one is current."""
    last = (versions["session_date"] != versions["session_date"].shift(-1)).to_numpy(dtype=bool)
    first = np.roll(last, 1)
    ended, begins = versions["superseded_at"], versions["recorded_at"].shift(-1)
    laws = {
        "it is the latest version of its session and not current": last & ended.notna(),
        "a later version of its session is there, and it is current too": ~last & ended.isna(),
        "it does not end when the next version of its session begins": ~last
        & ended.notna()
        & (ended != begins),
        "it ends before it begins": ended < versions["recorded_at"],
        "it is the first version of its session and called revised": first
        & (versions["finality"] == "revised"),
    }
    for problem, broken in laws.items():
        yield from _each(versions[np.asarray(broken, dtype=bool)], problem)


def _each(versions: pd.DataFrame, problem: str) -> Iterator[Violation]:
    for row in versions.itertuples():
        yield Violation("bars", str(row.id), f"{row.series} {row.session_date}: {problem}")


def _of_batches(heads: list[Row[Any]], versions: pd.DataFrame) -> Iterator[Violation]:
    first = ~versions["session_date"].duplicated()
    ordered = versions.assign(first=first).sort_values("id")
    parts: dict[Any, pd.DataFrame] = dict(list(ordered.groupby("batch_id", sort=False)))
    before = None
    for head in heads:
        rows = parts.pop(head.id, ordered.iloc[:0])
        for problem in _of_batch(head, rows):
            yield Violation("batches", str(head.id), f"{head.series}: {problem}")
        if before is not None and head.recorded_at < before:
            yield Violation(
                "batches", str(head.id), f"{head.series}: it is recorded before the batch before it"
            )
        before = head.recorded_at
    for number, rows in parts.items():
        problem = f"its batch {number} is not of this series"
        yield from _each(rows, problem)


def _of_batch(head: Row[Any], rows: pd.DataFrame) -> Iterator[str]:
    inserted = int(rows["first"].sum()) if len(rows) else 0
    for name, counted in (("inserted", inserted), ("revised", len(rows) - inserted)):
        told = getattr(head, name)
        if told != counted:
            yield f"it says that it {name} {told} bars, and {counted} are there"
    if (rows["recorded_at"] != head.recorded_at).any():
        yield "not all of its bars were recorded when it was"
    columns = [rows[name].to_numpy() for name in ("session_date", *FIELDS)]
    columns[0] = columns[0].astype("datetime64[D]")
    sealed = rows_hash(head.series, head.source, head.payload_hash, columns)
    if head.rows_hash is not None and head.rows_hash != sealed:
        yield "it or one of its bars was changed: their hash is not the one it was sealed with"


def _studies(connection: Connection) -> Iterator[Violation]:
    query = select(studies.c.id, studies.c.key, studies.c.content_hash).order_by(studies.c.id)
    for number, key, told in connection.execute(query).all():
        try:
            found = sealed_hash(connection, number)
        except (ValueError, TypeError) as error:
            yield Violation("studies", str(number), f"study {key} cannot be read: {error}")
            continue
        if told is not None and told != found:
            problem = "it or one of its rows was changed: their hash is not the one it was sealed with"
            yield Violation("studies", str(number), f"study {key}: {problem}")


def _runs(connection: Connection) -> Iterator[Violation]:
    running = runs.c.status == "running"
    yield from _where(
        connection,
        runs,
        {
            "it is running and has an end": and_(running, runs.c.finished_at.is_not(None)),
            "it has ended and has no end": and_(~running, runs.c.finished_at.is_(None)),
            "it ended before it started": runs.c.finished_at < runs.c.started_at,
        },
    )


def _quarantine(connection: Connection) -> Iterator[Violation]:
    unsigned = or_(quarantine.c.reviewer.is_(None), quarantine.c.note.is_(None))
    reviewed = quarantine.c.status != "held"
    yield from _where(
        connection,
        quarantine,
        {
            "it is reviewed and does not say by whom and why": and_(reviewed, unsigned),
            "it is reviewed before it was held": quarantine.c.reviewed_at < quarantine.c.recorded_at,
        },
    )


def _where(connection: Connection, table: Table, laws: dict[str, ColumnElement[bool]]) -> Iterator[Violation]:
    for problem, broken in laws.items():
        for number in connection.execute(select(table.c.id).where(broken).order_by(table.c.id)).scalars():
            yield Violation(table.name, str(number), problem)


def _sequences(connection: Connection) -> Iterator[Violation]:
    """PostgreSQL counts a table's numbers apart from it, and must be ahead of them."""
    if connection.dialect.name != "postgresql":
        return
    for table in numbered_tables():
        sequence = cast(func.pg_get_serial_sequence(table.name, "id"), REGCLASS)
        query = select(func.max(table.c.id), func.pg_sequence_last_value(sequence))
        highest, counted = connection.execute(query).one()
        if highest is not None and (counted is None or counted < highest):
            problem = f"its next number is taken: it holds {highest}, the count is at {counted}"
            yield Violation(table.name, "", problem)


def numbered_tables() -> list[Table]:
    """Return the tables whose rows the database numbers."""
    return [table for table in metadata.sorted_tables if table.autoincrement_column is not None]
