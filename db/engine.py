"""The engine: how a database is reached, how its transactions begin, what its failures mean."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from .errors import (
    BadDatabaseUrl,
    DatabaseBusy,
    DatabaseFailed,
    DatabaseFull,
    NoDatabase,
    NotADatabase,
    StoreError,
    UnwritableDatabase,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

BUSY_SECONDS = "30"
READING = "eventstudy_reading"


def without_password(url: str) -> str:
    """Return a database address that is safe to show, its password replaced by ``***``.

    Parameters
    ----------
    url : str
        Any text that was meant as an address.

    Returns
    -------
    str
        The same text, unchanged where it holds no password.
    """
    return re.sub(r"(//[^:/@]*):[^/]*@", r"\1:***@", url)


def connect_to(url: str, *, create: bool = True) -> Engine:
    """Return an engine for an address; nothing is opened or written yet.

    Parameters
    ----------
    url : str
        An SQLAlchemy address: ``sqlite:////absolute/path.db`` or a server's. For SQLite
        ``?timeout=SECONDS`` says how long to wait for another process's write (default 30).
    create : bool
        Whether an SQLite file that is not there may be created.

    Returns
    -------
    Engine
        Opens one connection a transaction.

    Raises
    ------
    BadDatabaseUrl
        For text that is no address, an unknown kind of database or a missing driver.
    NoDatabase
        If an SQLite file is not there and may not be created.
    UnwritableDatabase
        If an SQLite file's folder is missing or cannot be written.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        return _created(parsed)
    _check_file(parsed, create=create)
    engine = _created(parsed.set(query={"timeout": BUSY_SECONDS, **parsed.query}))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except NoSuchModuleError:
        raise BadDatabaseUrl(without_password(url), "names an unknown kind of database") from None
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl(without_password(url), "is not a URL") from None
    return parsed


def _created(url: URL) -> Engine:
    try:
        return create_engine(url, poolclass=NullPool)
    except ModuleNotFoundError as error:
        shown = url.render_as_string()
        raise BadDatabaseUrl(shown, f"needs the package '{error.name}', which is not installed") from None
    except ValueError as error:
        raise BadDatabaseUrl(url.render_as_string(), f"has a bad option ({error})") from None


def _check_file(url: URL, *, create: bool) -> None:
    shown = url.render_as_string()
    if url.database in {None, "", ":memory:"}:
        raise BadDatabaseUrl(shown, "is in memory and would be forgotten at once")
    if set(url.query) - {"timeout"}:
        raise BadDatabaseUrl(shown, "has options other than timeout")
    path = Path(str(url.database))
    if path.is_dir():
        raise UnwritableDatabase(str(path), "it is a folder")
    if not path.parent.is_dir():
        raise UnwritableDatabase(str(path), f"there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise UnwritableDatabase(str(path), f"the folder {path.parent} is read-only")
    if not create and not path.exists():
        raise NoDatabase(str(path))


def place_of(engine: Engine) -> str:
    """Return the database's name for messages: an SQLite file's path, else the address without password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Take transactions out of the driver's hands: it would begin late and leave out DDL and reads."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    """Begin at once; a writer reserves the file now, so that what it reads stays true until it commits."""
    if connection.get_execution_options().get(READING, False):
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def connection(engine: Engine, *, reading: bool = False) -> Iterator[Connection]:
    """Open a connection whose work is rolled back unless it is committed.

    Parameters
    ----------
    engine : Engine
        From `connect_to`.
    reading : bool
        Do not reserve the database for writing, and refuse to write.

    Yields
    ------
    Connection
        Begins its transaction with its first statement.

    Raises
    ------
    StoreError
        The typed form of any failure of the database inside the block.
    """
    try:
        with engine.connect() as opened:
            yield opened.execution_options(**_reading_options(engine)) if reading else opened
    except DatabaseError as error:
        typed = _typed(error, place_of(engine))
        if typed is None:
            raise
        raise typed from error
    except KeyboardInterrupt as stop:
        clear_frames(stop.__traceback__)  # a cursor left in them would keep its lock on the file
        raise


def _reading_options(engine: Engine) -> dict[str, Any]:
    """Return what makes a transaction read one state and refuse to write."""
    if engine.dialect.name == "sqlite":
        return {READING: True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _typed(error: DatabaseError, place: str) -> StoreError | None:
    """Return the error of this house for a failure of the outside world, None for a fault of our own."""
    if type(error) not in {DatabaseError, OperationalError}:
        return None
    reason = " ".join(str(error.orig).split())
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return DatabaseFull(place)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return DatabaseBusy(place)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return UnwritableDatabase(place, reason)
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return NotADatabase(place, reason)
    return DatabaseFailed(place, reason)
