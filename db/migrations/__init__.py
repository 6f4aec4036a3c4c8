"""Schema versions: what a database has, what this program knows, and the way between them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from ..engine import connection, place_of
from ..errors import NotADatabase, SchemaTooNew
from ..refusals import NoSuchSchema
from ..schema import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_VERSION_TABLE = "alembic_version"


def head() -> str:
    """Return the newest schema version that this program knows."""
    return str(_scripts().get_current_head())


def upgrade(engine: Engine) -> None:
    """Bring a database to the newest schema in one transaction; write nothing if it is there.

    Parameters
    ----------
    engine : Engine
        From `db.engine.connect_to`.

    Raises
    ------
    NotADatabase
        If it is no database or holds tables of another program.
    SchemaTooNew
        If its schema version is unknown here.
    StoreError
        For any other failure of the database; its schema is then as it was.
    """
    if version(engine) != head():
        with connection(engine) as opened, opened.begin():
            command.upgrade(_config(opened), "head")


def upgrade_within(opened: Connection) -> None:
    """Bring the database of an open transaction to the newest schema; the caller commits.

    Parameters
    ----------
    opened : Connection
        In a transaction that may write.

    Raises
    ------
    NotADatabase
        If it is no database or holds tables of another program.
    SchemaTooNew
        If its schema version is unknown here.
    """
    if _version(opened, place_of(opened.engine)) != head():
        command.upgrade(_config(opened), "head")


def version(engine: Engine) -> str | None:
    """Return a database's schema version, None for one without a table.

    Parameters
    ----------
    engine : Engine
        From `db.engine.connect_to`.

    Returns
    -------
    str or None
        Such as ``0004``.

    Raises
    ------
    NotADatabase
        If it is no database or holds tables of another program.
    SchemaTooNew
        If its schema version is unknown here.
    """
    with connection(engine, reading=True) as opened:
        return _version(opened, place_of(engine))


def differences(opened: Connection) -> list[str]:
    """Return in words how a database's tables, columns and indexes differ from those of this program.

    Parameters
    ----------
    opened : Connection
        Of a database with the newest schema.

    Returns
    -------
    list of str
        Empty if they do not.
    """
    found = compare_metadata(MigrationContext.configure(opened), metadata)
    each = [change for one in found for change in (one if isinstance(one, list) else [one])]
    return [" ".join(str(part) for part in change) for change in each]


def downgrade(engine: Engine, version: str) -> None:
    """Take a database back to an older schema; tables that it did not have are dropped with their rows.

    Parameters
    ----------
    engine : Engine
        From `db.engine.connect_to`.
    version : str
        A version such as ``0001``, or ``base`` for none.

    Raises
    ------
    NoSuchSchema
        For a version that does not exist, or is newer than the database's.
    StoreError
        For any other failure of the database; its schema is then as it was.
    """
    with connection(engine) as opened, opened.begin():
        newest_first = [script.revision for script in _scripts().walk_revisions()]
        found = _version(opened, place_of(engine))
        reachable = newest_first[newest_first.index(found) :] if found else []
        if version not in {"base", *reachable}:
            raise NoSuchSchema(version, reversed(reachable[1:]))
        command.downgrade(_config(opened), version)


def _version(opened: Connection, place: str) -> str | None:
    found = MigrationContext.configure(opened).get_current_revision()
    if found is None:
        foreign = sorted(set(inspect(opened).get_table_names()) - {_VERSION_TABLE})
        if foreign:
            raise NotADatabase(place, f"it holds tables of another program, such as '{foreign[0]}'")
    elif found not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaTooNew(place, found, head())
    return found


def _config(opened: Connection | None = None) -> Config:
    config = Config(attributes={"connection": opened})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
