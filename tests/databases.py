"""Databases for tests, empty and thrown away, and ways to look into them past the code under test."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from db import open_store
from tests.store_examples import address

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("sqlite", "postgresql")


def is_sqlite(url: str) -> bool:
    """Return whether an address is that of an SQLite file."""
    return url.startswith("sqlite:")


def file_of(url: str) -> Path:
    """Return the file of an SQLite address."""
    return Path(url.removeprefix("sqlite:///").partition("?")[0])


def plain(url: str) -> str:
    """Return a PostgreSQL address as its own client library spells it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def named(url: str, database: str) -> str:
    """Return the address of another database of the same server."""
    head, _, options = url.partition("?")
    return f"{head.rpartition('/')[0]}/{database}" + (f"?{options}" if options else "")


def order(url: str, *statements: str) -> None:
    """Have a server do what no transaction may hold, such as making a database."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def fresh_database(server: str, template: str = "template0") -> Iterator[str]:
    """Give the address of a new database of a server, a copy of a template; it is dropped afterwards."""
    name = f"eventstudy_{uuid.uuid4().hex}"
    order(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield named(server, name)
    finally:
        order(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated_template(server: str) -> Iterator[str]:
    """Give the name of a new database with the newest schema and no row."""
    with fresh_database(server) as url:
        open_store(url).close()
        yield url.partition("?")[0].rpartition("/")[2]


def migrated_file(template: Path, path: Path) -> str:
    """Return the address of an SQLite file with the newest schema and no row, copied where it can be."""
    if not template.exists():
        open_store(address(template)).close()
    shutil.copyfile(template, path)
    return address(path)


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    """Return what the database itself answers, and keep what the query changed."""
    if is_sqlite(url):
        with closing(sqlite3.connect(file_of(url))) as raw, raw:
            return raw.execute(query).fetchall()
    with psycopg.connect(plain(url)) as raw:
        cursor = raw.execute(query)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def tables(url: str) -> list[str]:
    """Return the names of the tables, in order."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        if is_sqlite(url)
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    return [name for (name,) in ask(url, query)]


def row_counts(url: str) -> dict[str, int]:
    """Return the number of rows of every table."""
    return {name: ask(url, f'SELECT count(*) FROM "{name}"')[0][0] for name in tables(url)}


def content(url: str) -> dict[str, list[str]]:
    """Return every row of every table as sorted text: equal where no value differs."""
    return {name: sorted(map(repr, ask(url, f'SELECT * FROM "{name}"'))) for name in tables(url)}
