"""Opening a store: what it creates, what it refuses, and that it leaves alone what is up to date."""

import multiprocessing

import pytest

from db import open_store
from db.errors import BadDatabaseUrl, NotADatabase, SchemaTooNew, UnwritableDatabase
from tests.databases import ask, content, row_counts
from tests.store_examples import address, fingerprint


def test_a_new_database_is_given_every_table(bare_db_url):
    with open_store(bare_db_url) as store:
        assert store.url == bare_db_url
    assert {"bars", "results", "runs", "locks", "alembic_version"} <= row_counts(bare_db_url).keys()


def test_opening_an_up_to_date_store_writes_nothing(db_url):
    before = content(db_url)
    open_store(db_url).close()
    assert content(db_url) == before


def test_opening_an_up_to_date_file_does_not_touch_it(tmp_path):
    path = tmp_path / "old.db"
    open_store(address(path)).close()
    content, changed = fingerprint(path), path.stat().st_mtime_ns
    open_store(address(path)).close()
    assert fingerprint(path) == content
    assert path.stat().st_mtime_ns == changed


def test_an_empty_file_becomes_a_store(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    open_store(address(path)).close()
    assert "bars" in row_counts(address(path))


def test_a_folder_with_a_percent_sign_and_spaces_is_a_folder_like_any_other(tmp_path):
    folder = tmp_path / "100% my data"
    folder.mkdir()
    open_store(address(folder / "store.db")).close()
    assert (folder / "store.db").is_file()


def test_a_missing_folder_is_named_and_not_created(tmp_path):
    with pytest.raises(UnwritableDatabase, match=r"no folder .*missing; create the folder") as caught:
        open_store(address(tmp_path / "missing" / "store.db"))
    assert caught.value.exit_code == 4
    assert list(tmp_path.iterdir()) == []


def test_a_file_cannot_be_the_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableDatabase, match="there is no folder"):
        open_store(address(tmp_path / "file" / "store.db"))


def test_a_folder_cannot_be_the_file(tmp_path):
    with pytest.raises(UnwritableDatabase, match="it is a folder"):
        open_store(address(tmp_path))


def test_a_folder_that_takes_no_files_is_unwritable():
    with pytest.raises(UnwritableDatabase, match=r"/proc/store\.db cannot be written") as caught:
        open_store("sqlite:////proc/store.db")
    assert caught.value.kind == "unwritable_database"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("store.db", "is not a URL"),
        ("", "is not a URL"),
        ("postgresql://me:hidden@host:port/db", "is not a URL"),
        ("oracel://host/db", "unknown kind of database"),
        ("mssql+pymssql://me:hidden@host/db", "keeps no store: use SQLite or PostgreSQL"),
        ("postgresql://me:hidden@host/db", r"must begin with 'postgresql\+psycopg://'"),
        ("postgresql+psycopg2://me:hidden@host/db", r"must begin with 'postgresql\+psycopg://'"),
        ("postgresql+psycopg_async://me:hidden@host/db", r"must begin with 'postgresql\+psycopg://'"),
        ("postgresql://me@host/db?password=hidden&x=y", r"must begin with 'postgresql\+psycopg://'"),
        ("postgresql://me:some/hidden@host/db", r"must begin with 'postgresql\+psycopg://'"),
        ("postgresql+psycopg://me:hidden@host/db?timeout=long", "bad option"),
        ("postgresql+psycopg://me:hidden@host/db?timeout=-1", "bad option"),
        ("postgresql+psycopg://me:hidden@host/db?timeout=nan", "bad option"),
        ("postgresql+psycopg://me:hidden@host/db?timeout=inf", "bad option"),
        ("sqlite+aiosqlite:///store.db", r"must begin with 'sqlite(\+pysqlite)?://'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///store.db?mode=ro", "options other than timeout"),
        ("sqlite:///store.db?timeout=long", "bad option"),
    ],
)
def test_an_unusable_address_is_refused_without_showing_its_password(url, why):
    with pytest.raises(BadDatabaseUrl, match=why) as caught:
        open_store(url)
    assert caught.value.exit_code == 2
    assert "hidden" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is no database. " * 100)
    content = fingerprint(path)
    with pytest.raises(NotADatabase, match=r"letter\.txt is not a database") as caught:
        open_store(address(path))
    assert caught.value.exit_code == 2
    assert fingerprint(path) == content


def test_the_database_of_another_program_is_refused_and_left_alone(bare_db_url):
    ask(bare_db_url, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(NotADatabase, match="tables of another program, such as 'recipes'"):
        open_store(bare_db_url)
    assert content(bare_db_url) == {"recipes": []}


def test_a_schema_newer_than_the_program_is_refused_and_left_alone(db_url):
    ask(db_url, "UPDATE alembic_version SET version_num = '9999'")
    before = content(db_url)
    with pytest.raises(SchemaTooNew, match=r"9999.*install the newer eventstudy") as caught:
        open_store(db_url)
    assert caught.value.exit_code == 2
    assert content(db_url) == before


def open_at_once(url, barrier, failures):
    barrier.wait()
    try:
        open_store(url).close()
    except BaseException as error:
        failures.put(repr(error))
        raise


def test_two_processes_that_open_a_new_store_at_once_both_succeed(bare_db_url):
    spawn = multiprocessing.get_context("spawn")
    barrier, failures = spawn.Barrier(2), spawn.Queue()
    arguments = (bare_db_url, barrier, failures)
    openers = [spawn.Process(target=open_at_once, args=arguments) for _ in range(2)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join(timeout=120)
    assert [opener.exitcode for opener in openers] == [0, 0], failures.get(timeout=1)
    assert row_counts(bare_db_url)["alembic_version"] == 1
