"""The migrated schema is the schema of the code, on both databases, and every step can be undone."""

import io
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, create_mock_engine

from db import migrations, open_store
from db.engine import connect_to
from db.errors import DatabaseFailed
from db.schema import metadata
from tests.store_examples import EVENT, address, ask, row_counts


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


def definitions(path):
    """Return every table's and index's own text, by name."""
    found = ask(
        path, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
    )
    return {name: pieces(text) for name, text in found}


def pieces(text):
    """Return the parts of a definition, their order and layout aside."""
    inside = re.sub(r"\s*\n\)\s*;?\s*$", "", text.strip()).replace("(\n", ",\n")
    return sorted(re.split(r",\s+(?![^()]*\))", inside))  # at every comma but those between parentheses


def test_alembic_finds_no_difference_between_the_migrated_schema_and_the_code(path):
    open_store(address(path)).close()
    with create_engine(address(path)).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_migrated_schema_has_every_check_and_partial_index_of_the_code(path, tmp_path):
    open_store(address(path)).close()
    direct = tmp_path / "direct.db"
    metadata.create_all(create_engine(address(direct)))
    assert definitions(path) == definitions(direct)


def test_on_postgresql_the_migrations_say_what_the_code_says_comments_included():
    written = io.StringIO()
    options = {"as_sql": True, "output_buffer": written, "target_metadata": metadata}
    scripts = ScriptDirectory(str(migrations.__path__[0]))
    with Operations.context(MigrationContext.configure(dialect_name="postgresql", opts=options)):
        for script in reversed(list(scripts.walk_revisions())):
            script.module.upgrade()
    direct = []
    engine = create_mock_engine(
        "postgresql+psycopg2://",
        lambda statement, *_: direct.append(str(statement.compile(dialect=engine.dialect))),
    )
    metadata.create_all(engine, checkfirst=False)
    assert statements(written.getvalue()) == statements(";".join(direct))


def statements(text):
    """Return what a script says, columns that it adds later among those of their table."""
    said = [part.strip() for part in re.split(r";\s*\n|;(?=\s*(?:CREATE|COMMENT|$))", text) if part.strip()]
    added = [re.fullmatch(r"ALTER TABLE (\w+) ADD COLUMN (.+)", part) for part in said]
    later = [(found[1], found[2]) for found in added if found]
    made = [part for part, found in zip(said, added, strict=True) if not found]
    return sorted(str(sorted(pieces(part) + columns_of(part, later))) for part in made)


def columns_of(statement, later):
    return [column for table, column in later if statement.startswith(f"CREATE TABLE {table} ")]


def test_up_down_and_up_again_ends_where_it_began(path):
    open_store(address(path)).close()
    first = definitions(path)
    migrations.downgrade(connect_to(address(path)), "base")
    assert row_counts(path) == {"alembic_version": 0}
    with open_store(address(path)) as store:
        assert definitions(path) == first
        with store.transaction() as t:
            t.events.write([EVENT])
            assert t.events.all() == (EVENT,)


def test_every_version_can_be_undone_and_redone_by_itself(path):
    engine = connect_to(address(path))
    scripts = list(ScriptDirectory(str(migrations.__path__[0])).walk_revisions())
    migrations.upgrade(engine)
    for script in scripts:
        migrations.downgrade(engine, script.down_revision or "base")
        migrations.upgrade(engine)
        assert ask(path, "SELECT version_num FROM alembic_version") == [(migrations.head(),)]


def test_a_migration_that_fails_leaves_the_schema_as_it_was(path):
    engine = connect_to(address(path))
    migrations.upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE bars")
    before = definitions(path)
    with pytest.raises(DatabaseFailed, match="no such table: bars"):
        migrations.downgrade(engine, "base")
    assert definitions(path) == before


def test_every_column_says_what_it_means_and_in_which_unit():
    silent = [str(column) for table in metadata.tables.values() for column in table.c if not column.comment]
    assert silent == []


def test_every_constraint_and_index_is_named_by_rule():
    rule = re.compile(r"^(pk|fk|uq|ck|ix)_[a-z_]+$")
    for table in metadata.tables.values():
        names = [str(item.name) for item in (*table.constraints, *table.indexes)]
        assert [name for name in names if not rule.match(name)] == []
