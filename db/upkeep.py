"""Upkeep of a whole store: a copy of it, a store out of a copy, a check, the way back to an older version."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from sqlalchemy import delete, func, insert, inspect, select
from sqlalchemy.exc import OperationalError

from . import migrations
from .engine import connect_to, connection, place_of
from .errors import NotADatabase
from .refusals import FileInTheWay, NoBackup, NoFolder, NotEmpty
from .schema import locks, metadata
from .verification import Violation, numbered_tables, violations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine, RowMapping, Table

    from .rows import Row

CHUNK = 5000


def backup(url: str, file: Path) -> dict[str, int]:
    """Copy a store of either kind, as it is at one instant, into an SQLite file that is a store itself.

    The file is written beside its place, under a name that ends in ``.partial``, and put there when it is
    complete; others may go on writing the store meanwhile. Leases (``locks``) are left out: they belong to
    the processes that run now. A store of an older version is brought up to date first, as whenever it is
    opened.

    Parameters
    ----------
    url : str
        Address of the store.
    file : Path
        Where the copy goes; must not be there yet.

    Returns
    -------
    dict of str to int
        Rows copied, by table.

    Raises
    ------
    FileInTheWay
        If the file is there already.
    NoFolder
        If the folder that it should go to is not there.
    NoDatabase
        If the store is an SQLite file that is not there.
    NotADatabase
        If it is no store, or damaged so that a copy would be no store either.
    StoreError
        For any other failure of either database; nothing is left behind.
    """
    if file.exists():
        raise FileInTheWay(str(file))
    if not file.absolute().parent.is_dir():
        raise NoFolder(str(file), str(file.parent))
    source = connect_to(url, create=False)
    migrations.upgrade(source)
    partial = file.with_name(f"{file.name}.{uuid4().hex}.partial")
    try:
        target = connect_to(_address(partial))
        copied = _pages(source, target) if source.dialect.name == "sqlite" else _copy(source, target)
        if file.exists():
            raise FileInTheWay(str(file))
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    return copied


def restore(file: Path, url: str) -> dict[str, int]:
    """Make a store out of a backup, in an empty database of either kind, in one transaction.

    The backup is only read; one of an older version is brought up to date in a copy.

    Parameters
    ----------
    file : Path
        From `backup`, or any SQLite file that is a store.
    url : str
        Address of a database without a row; an SQLite file need not be there.

    Returns
    -------
    dict of str to int
        Rows copied, by table.

    Raises
    ------
    NoBackup
        If the backup is not there.
    NotADatabase
        If it is no store, or the database holds tables of another program.
    SchemaTooNew
        If a newer version of this service wrote the backup.
    NotEmpty
        If the database holds a row already.
    StoreError
        For any failure of either database; nothing of the backup is kept.
    """
    with _up_to_date(file) as source:
        target = connect_to(url)
        return _copy(source, target)


def verify(url: str) -> tuple[Violation, ...]:
    """Check everything that must be true of a store.

    Hashes of payloads, batches with their bars, and studies are computed anew; versions of a bar must follow
    each other without a gap, counts and references must fit, the ledger must make sense, and SQLite checks
    its file. A study from before version 0004 has no hash, and is checked for the rest.

    Parameters
    ----------
    url : str
        Address of the store.

    Returns
    -------
    tuple of Violation
        Each names the table, the row and what is wrong; empty for a sound store.

    Raises
    ------
    NoDatabase
        If the store is an SQLite file that is not there.
    NotADatabase
        If it is no store, or so damaged that nothing can be read.
    StoreError
        For any other failure of the database.
    """
    engine = connect_to(url, create=False)
    migrations.upgrade(engine)
    with connection(engine, reading=True) as opened:
        return tuple(violations(opened))


def downgrade(url: str, version: str) -> None:
    """Take a store back to an older schema, for an older program; what that does not know is dropped.

    Parameters
    ----------
    url : str
        Address of the store.
    version : str
        A schema version such as ``0003``.

    Raises
    ------
    NoDatabase
        If the store is an SQLite file that is not there.
    StoreError
        For any failure of the database; it is then as it was.
    """
    migrations.downgrade(connect_to(url, create=False), version)


def _address(file: Path) -> str:
    return f"sqlite:///{file}"


@contextmanager
def _up_to_date(file: Path) -> Iterator[Engine]:
    """Give a backup, or a copy of it where its schema is old."""
    if not file.exists():
        raise NoBackup(str(file))
    engine = connect_to(_address(file), create=False)
    found = migrations.version(engine)
    if found is None:
        raise NotADatabase(str(file), "it holds nothing at all")
    if found == migrations.head():
        yield engine
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(file, copy)
        engine = connect_to(_address(copy))
        migrations.upgrade(engine)
        yield engine


def _pages(source: Engine, target: Engine) -> dict[str, int]:
    """Copy one SQLite file into another page by page: quick, because writers have to wait for it."""
    with connection(source, reading=True) as old, connection(target) as new:
        old.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")
        try:
            _raw(old).backup(_raw(new))
        except sqlite3.Error as error:
            raise OperationalError("backup", None, error) from error
    with connection(target) as new, new.begin():
        told = new.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
        if told != "ok":
            raise NotADatabase(place_of(source), f"SQLite finds the file damaged ({told})")
        new.execute(delete(locks))
        return {
            table.name: new.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table is not locks
        }


def _raw(opened: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", opened.connection.driver_connection)


def _copy(source: Engine, target: Engine) -> dict[str, int]:
    """Copy every row of one database into another without any, in one transaction of each."""
    made = target.dialect.name == "sqlite" and not Path(str(target.url.database)).exists()
    copied = {table.name: 0 for table in metadata.sorted_tables if table is not locks}
    try:
        with connection(target) as opened, opened.begin():
            _require_empty(opened, place_of(target))
            migrations.upgrade_within(opened)
            for table, rows in _content(source):
                opened.execute(insert(table), rows)
                copied[table.name] += len(rows)
            _count_on(opened)
    except BaseException:
        if made:
            Path(str(target.url.database)).unlink(missing_ok=True)
        raise
    return copied


def _require_empty(opened: Connection, place: str) -> None:
    held = set(inspect(opened).get_table_names())
    for table in metadata.sorted_tables:
        if table.name in held and opened.execute(select(table).limit(1)).first() is not None:
            raise NotEmpty(place, table.name)


def _content(source: Engine) -> Iterator[tuple[Table, list[Row]]]:
    """Yield the rows of one consistent state, owners before what belongs to them."""
    with connection(source, reading=True) as opened:
        for table in metadata.sorted_tables:
            if table is not locks:
                query = select(table).order_by(*table.primary_key)
                found = opened.execute(query, execution_options={"yield_per": CHUNK})
                for part in _read(found.mappings().partitions(), place_of(source), table):
                    yield table, [dict(row) for row in part]


def _read(parts: Iterator[Sequence[RowMapping]], place: str, table: Table) -> Iterator[Sequence[RowMapping]]:
    """Pass on what is read, and name the table that holds what no value of its columns can be."""
    try:
        yield from parts
    except (ValueError, TypeError) as error:
        raise NotADatabase(place, f"its table '{table.name}' holds what cannot be read ({error})") from error


def _count_on(opened: Connection) -> None:
    """Have PostgreSQL number the next rows after those that came with their numbers."""
    if opened.dialect.name != "postgresql":
        return
    for table in numbered_tables():
        sequence = func.pg_get_serial_sequence(table.name, "id")
        highest = func.max(table.c.id)
        opened.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))
