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
    DatabaseRefused,
    DatabaseUnreachable,
    NoDatabase,
    NotADatabase,
    StoreError,
    UnwritableDatabase,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

BUSY_SECONDS = "30"
LONGEST_SECONDS = 86_400
CONNECT_SECONDS = "10"
READING = "eventstudy_reading"
DRIVERS = {"sqlite": ("sqlite", "sqlite+pysqlite"), "postgresql": ("postgresql+psycopg",)}
ONE_WRITER = 0x6576656E74  # the advisory lock of whoever writes, one a database: "event" in ASCII

# How a server says no to a connection; a library that could not connect knows no code, only these words.
_NO_ROOM_FOR_MORE = re.compile(r"too many (clients|connections)|remaining connection slots")
_NOT_READY = re.compile(r"the database system is |terminating connection")


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
    hidden = re.sub(r"(//[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", hidden)


def connect_to(url: str, *, create: bool = True) -> Engine:
    """Return an engine for an address; nothing is opened or written yet.

    Parameters
    ----------
    url : str
        An SQLAlchemy address: ``sqlite:////absolute/path.db`` or ``postgresql+psycopg://me@host/name``.
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
    if parsed.get_backend_name() == "postgresql":
        return _server(parsed)
    _check_file(parsed, create=create)
    engine = _created(parsed.set(query={"timeout": BUSY_SECONDS, **parsed.query}))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _server(url: URL) -> Engine:
    """Return an engine of a PostgreSQL database, whose writers queue as those of an SQLite file do."""
    patience = f"{_milliseconds(url)}ms"
    told = url.difference_update_query(["timeout"])
    engine = _created(told.set(query={"connect_timeout": CONNECT_SECONDS, **told.query}))

    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(READING, False):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{patience}'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_WRITER})")

    event.listen(engine, "begin", begin)
    return engine


def _milliseconds(url: URL) -> int:
    """Return how long to wait for a lock; never 0, with which a server means for ever."""
    timeout = str(url.query.get("timeout", BUSY_SECONDS))
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise BadDatabaseUrl(without_password(str(url)), f"has a bad option (timeout is '{timeout}')")
    return max(1, round(1000 * seconds))


def _parsed(url: str) -> URL:
    shown = without_password(url)
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except NoSuchModuleError:
        raise BadDatabaseUrl(shown, "names an unknown kind of database") from None
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl(shown, "is not a URL") from None
    except ModuleNotFoundError as error:
        raise BadDatabaseUrl(shown, _lacking(error)) from None
    drivers = DRIVERS.get(parsed.get_backend_name())
    if drivers is None:
        raise BadDatabaseUrl(shown, "is of a kind of database that keeps no store: use SQLite or PostgreSQL")
    if parsed.drivername not in drivers:
        raise BadDatabaseUrl(
            shown, f"begins with '{parsed.drivername}://' and must begin with '{drivers[0]}://'"
        )
    return parsed


def _lacking(error: ModuleNotFoundError) -> str:
    return f"needs the package '{error.name}', which is not installed"


def _created(url: URL) -> Engine:
    shown = without_password(url.render_as_string())
    try:
        return create_engine(url, poolclass=NullPool)
    except ModuleNotFoundError as error:
        raise BadDatabaseUrl(shown, _lacking(error)) from None
    except ValueError as error:
        raise BadDatabaseUrl(shown, f"has a bad option ({error})") from None


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
    return without_password(engine.url.render_as_string())


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
    return {READING: True, "isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _typed(error: DatabaseError, place: str) -> StoreError | None:
    """Return the error of this house for a failure of the outside world, None for a fault of our own."""
    reason = " ".join(without_password(str(error.orig)).split())
    if not isinstance(error.orig, sqlite3.Error):
        return _typed_by_server(error, place, reason)
    if type(error) not in {DatabaseError, OperationalError}:
        return None
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


# PostgreSQL's codes, the first that the failure's own code begins with; the rest are faults of our own.
_BY_CODE: dict[str, type[StoreError]] = {
    "53100": DatabaseFull,
    "53300": DatabaseBusy,  # too many connections
    "55P03": DatabaseBusy,  # another kept the lock for too long
    "40": DatabaseBusy,  # a deadlock or a serialization failure
    "57014": DatabaseBusy,  # the server's own limit on a statement
    "25006": UnwritableDatabase,  # read-only
    "42501": UnwritableDatabase,  # no permission
    "XX001": NotADatabase,  # damaged
    "XX002": NotADatabase,
    "57P": DatabaseUnreachable,  # shut down amid the work
    "08": DatabaseUnreachable,
    "28": DatabaseRefused,
    "3D000": DatabaseRefused,
    "42P01": DatabaseFailed,  # somebody removed a table or a column
    "42703": DatabaseFailed,
    "53": DatabaseFailed,
    "58": DatabaseFailed,
    "XX": DatabaseFailed,
}


def _typed_by_server(error: DatabaseError, place: str, reason: str) -> StoreError | None:
    code = getattr(error.orig, "sqlstate", None)
    if code is None:
        return _unconnected(place, reason) if isinstance(error, OperationalError) else None
    kind = next((kind for start, kind in _BY_CODE.items() if code.startswith(start)), None)
    if kind is None:
        return None
    return kind(place) if kind in {DatabaseFull, DatabaseBusy} else kind(place, reason)


def _unconnected(place: str, reason: str) -> StoreError:
    if _NO_ROOM_FOR_MORE.search(reason):
        return DatabaseBusy(place)
    if "FATAL" in reason and not _NOT_READY.search(reason):
        return DatabaseRefused(place, reason)
    return DatabaseUnreachable(place, reason)
