"""The migrated schema is the schema of the code, on both databases, and every step can be undone."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from db import migrations, open_store
from db.engine import connect_to
from db.errors import DatabaseFailed
from db.schema import metadata
from eventstudy.quality.finding import Finding
from tests.databases import ask, content, fresh_database, is_sqlite, row_counts
from tests.full_store import fill
from tests.store_examples import EVENT, MONDAY, address

CATALOGUES = (
    """SELECT table_name, column_name, data_type, is_nullable, column_default,
              col_description(format('%I', table_name)::regclass, ordinal_position)
       FROM information_schema.columns WHERE table_schema = 'public'""",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
)


def definitions(url):
    """Return what a database says of its tables, columns, constraints and indexes, Alembic's own aside."""
    if is_sqlite(url):
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
        return {name: pieces(text) for name, text in ask(url, query)}
    rows = [row for query in CATALOGUES for row in ask(url, query)]
    return sorted((row for row in rows if row[0] != "alembic_version"), key=repr)


def pieces(text):
    """Return the parts of a definition, their order, layout and the quotes of a rebuilt table aside."""
    plain = re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", text.strip())
    inside = re.sub(r"\s*\n\)\s*;?\s*$", "", plain).replace("(\n", ",\n")
    return sorted(re.split(r",\s+(?![^()]*\))", inside))  # at every comma but those between parentheses


def test_alembic_finds_no_difference_between_the_migrated_schema_and_the_code(db_url):
    with connect_to(db_url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert migrations.differences(connection) == []


def test_the_migrated_schema_has_every_check_and_partial_index_of_the_code(sqlite_url, tmp_path):
    direct = address(tmp_path / "direct.db")
    metadata.create_all(connect_to(direct))
    assert definitions(sqlite_url) == definitions(direct)


def test_on_postgresql_the_migrations_make_what_the_code_says_comments_included(postgres, postgres_url):
    with fresh_database(postgres) as direct:
        metadata.create_all(connect_to(direct))
        made = definitions(direct)
    assert definitions(postgres_url) == made
    assert len(made) > 200


def test_up_down_and_up_again_ends_where_it_began(db_url):
    first = definitions(db_url)
    migrations.downgrade(connect_to(db_url), "base")
    assert row_counts(db_url) == {"alembic_version": 0}
    with open_store(db_url) as store:
        assert definitions(db_url) == first
        with store.transaction() as t:
            t.events.write([EVENT])
            assert t.events.all() == (EVENT,)


def test_every_version_can_be_undone_and_redone_by_itself_with_rows_in_every_table(db_url):
    fill(db_url)
    engine = connect_to(db_url)
    for script in ScriptDirectory(str(migrations.__path__[0])).walk_revisions():
        migrations.downgrade(engine, script.down_revision or "base")
        migrations.upgrade(engine)
        assert ask(db_url, "SELECT version_num FROM alembic_version") == [(migrations.head(),)]


def test_a_version_undone_and_redone_keeps_what_both_know(db_url):
    fill(db_url)
    before = content(db_url)
    migrations.downgrade(connect_to(db_url), "0003")
    migrations.upgrade(connect_to(db_url))
    after = content(db_url)
    new = {"payloads", "quarantine", "studies"}  # tables, and columns of studies, that 0003 did not have
    assert {name: rows for name, rows in after.items() if name not in new} == {
        name: rows for name, rows in before.items() if name not in new
    }
    assert len(after["studies"]) == len(before["studies"]) == 1


def test_a_notice_is_a_warning_to_a_version_that_knows_no_notices(db_url):
    notice = Finding("topix", None, "proxy", "notice", "an ETF", "the index")
    with open_store(db_url) as store, store.transaction() as t:
        t.quality.write([notice], source="files", payload_hash="a" * 64, recorded_at=MONDAY)
        t.commit()
    migrations.downgrade(connect_to(db_url), "0003")
    assert ask(db_url, "SELECT rule, severity FROM quality_findings") == [("proxy", "warning")]


def test_a_migration_that_fails_leaves_the_schema_as_it_was(db_url):
    ask(db_url, "DROP TABLE bars")
    before = definitions(db_url)
    with pytest.raises(DatabaseFailed, match="bars"):
        migrations.downgrade(connect_to(db_url), "base")
    assert definitions(db_url) == before


def test_every_column_says_what_it_means_and_in_which_unit():
    silent = [str(column) for table in metadata.tables.values() for column in table.c if not column.comment]
    assert silent == []


def test_every_constraint_and_index_is_named_by_rule():
    rule = re.compile(r"^(pk|fk|uq|ck|ix)_[a-z_]+$")
    for table in metadata.tables.values():
        names = [str(item.name) for item in (*table.constraints, *table.indexes)]
        assert [name for name in names if not rule.match(name)] == []
