"""What can go wrong with a PostgreSQL server is told as errors of this house, and no password with it."""

import socket
from contextlib import closing, contextmanager

import psycopg
import pytest

from db import open_store
from db.errors import (
    DatabaseBusy,
    DatabaseFailed,
    DatabaseFull,
    DatabaseRefused,
    DatabaseUnreachable,
    NotADatabase,
    UnwritableDatabase,
)
from tests.databases import ask, content, fresh_database, migrated_template, named, order, plain, row_counts
from tests.postgres import SECRET, SECRET_KEEPER, own_server
from tests.store_examples import EVENT, MONDAY, TUESDAY, WEDNESDAY, bars


@pytest.fixture(scope="module")
def own():
    """A server with a role that needs a password, and a template on it."""
    with own_server() as server, migrated_template(server.url) as template:
        yield server.url, template


@pytest.fixture
def postgres_url(own):
    with fresh_database(*own) as url:
        yield url


@pytest.fixture
def store(postgres_url):
    with open_store(postgres_url) as opened:
        yield opened


def login(url, role, word):
    """Return the same address for another role and its password."""
    return url.replace("//postgres@", f"//{role}:{word}@")


@contextmanager
def clerk(url):
    """Have a role that needs a password and may not write, as long as it is wanted."""
    order(url, f"CREATE ROLE {SECRET_KEEPER} LOGIN PASSWORD '{SECRET}'")
    try:
        yield
    finally:
        order(url, f"DROP OWNED BY {SECRET_KEEPER}", f"DROP ROLE {SECRET_KEEPER}")


def free_port():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def claim(store, world="real"):
    with store.transaction() as t:
        t.claim_world(world)
        t.commit()


def write_a_step(store, at):
    with store.transaction() as t:
        t.events.write([EVENT])
        t.prices.write(bars({"2025-04-03": 101.0, "2025-04-04": 102.0}), at)
        t.commit()


def test_a_server_that_is_not_there_is_unreachable_and_the_password_stays_untold():
    with pytest.raises(DatabaseUnreachable, match=r"cannot be reached .*; start the server") as caught:
        open_store(f"postgresql+psycopg://me:{SECRET}@127.0.0.1:{free_port()}/prices")
    assert caught.value.exit_code == 4
    assert SECRET not in str(caught.value)
    assert "me:***@127.0.0.1" in str(caught.value)


def test_a_folder_without_a_servers_socket_is_unreachable(tmp_path):
    with pytest.raises(DatabaseUnreachable, match="No such file or directory"):
        open_store(f"postgresql+psycopg://me@/prices?host={tmp_path}")


def test_a_host_without_an_address_is_unreachable():
    with pytest.raises(DatabaseUnreachable, match="cannot be reached"):
        open_store("postgresql+psycopg://me@no-such-host.invalid/prices")


def test_a_wrong_password_is_refused_and_not_told(postgres_url):
    with (
        clerk(postgres_url),
        pytest.raises(DatabaseRefused, match="password authentication failed") as caught,
    ):
        open_store(login(postgres_url, SECRET_KEEPER, "s3cret-wrong"))
    assert caught.value.exit_code == 2
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in str(caught.value.document())


def test_an_unknown_database_is_refused_and_not_made(postgres_url):
    nowhere = named(postgres_url, "no_such_prices")
    with pytest.raises(DatabaseRefused, match=r'database "no_such_prices" does not exist.*createdb'):
        open_store(nowhere)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(plain(nowhere))


def test_an_unknown_user_is_refused(postgres_url):
    with pytest.raises(DatabaseRefused, match='role "nobody_here" does not exist'):
        open_store(login(postgres_url, "nobody_here", "x"))


def test_a_user_who_may_not_write_is_told_so_and_may_read(postgres_url, store):
    claim(store)
    with clerk(postgres_url):
        order(postgres_url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {SECRET_KEEPER}")
        with open_store(login(postgres_url, SECRET_KEEPER, SECRET)) as reader:
            with reader.reading() as t:
                assert t.world() == "real"
            with pytest.raises(UnwritableDatabase, match="permission denied"), reader.transaction() as t:
                t.events.write([EVENT])
    assert row_counts(postgres_url)["events"] == 0


def test_a_read_only_database_says_so_and_can_be_read(postgres_url, store):
    claim(store)
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    order(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    before = content(postgres_url)
    with pytest.raises(UnwritableDatabase, match="read-only transaction") as caught, store.transaction() as t:
        t.events.write([EVENT])
    assert caught.value.exit_code == 4
    with store.reading() as t:
        assert t.world() == "real"
    assert content(postgres_url) == before


def test_too_many_connections_are_a_busy_database(postgres_url, store):
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    with clerk(postgres_url):
        order(postgres_url, f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        with pytest.raises(DatabaseBusy, match="another process") as caught:
            open_store(login(postgres_url, SECRET_KEEPER, SECRET))
    assert caught.value.exit_code == 4


# The disk of a server cannot be filled in a test, so a trigger says what a full one says.
FAILURES = {
    "53100": DatabaseFull,  # disk full
    "53200": DatabaseFailed,  # out of memory
    "53300": DatabaseBusy,
    "55P03": DatabaseBusy,
    "40P01": DatabaseBusy,
    "40001": DatabaseBusy,
    "57014": DatabaseBusy,
    "57P01": DatabaseUnreachable,
    "08006": DatabaseUnreachable,
    "25006": UnwritableDatabase,
    "42501": UnwritableDatabase,
    "XX001": NotADatabase,
    "58030": DatabaseFailed,  # a disk that fails
}


@pytest.mark.parametrize("code", FAILURES)
def test_what_a_server_reports_amid_a_write_is_typed_and_nothing_of_the_step_is_kept(
    postgres_url, store, code
):
    with store.transaction() as t:
        t.prices.write(bars({"2025-04-03": 100.0}), MONDAY)
        t.commit()
    order(
        postgres_url,
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'it broke' USING ERRCODE = '{code}'; END $$",
        "CREATE TRIGGER fail BEFORE INSERT ON bars FOR EACH ROW EXECUTE FUNCTION fail()",
    )
    before = content(postgres_url)
    with pytest.raises(FAILURES[code]):
        write_a_step(store, TUESDAY)
    assert content(postgres_url) == before
    order(postgres_url, "DROP TRIGGER fail ON bars")
    write_a_step(store, WEDNESDAY)
    with store.reading() as t:
        assert t.prices.bars("topix")["close"].tolist() == [101.0, 102.0]
        assert t.prices.bars("topix", MONDAY)["close"].tolist() == [100.0]


def test_a_connection_that_the_server_ends_amid_the_work_is_unreachable_and_keeps_nothing(
    postgres_url, store
):
    def write_until_cut():
        with store.transaction() as t:
            t.events.write([EVENT])
            order(
                postgres_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            t.claim_world("real")

    with pytest.raises(DatabaseUnreachable, match="terminating connection") as caught:
        write_until_cut()
    assert caught.value.exit_code == 4
    assert row_counts(postgres_url)["events"] == 0
    claim(store)


def test_a_table_that_somebody_removed_is_a_failure_of_the_database(postgres_url, store):
    ask(postgres_url, "DROP TABLE world")
    with pytest.raises(DatabaseFailed, match='relation "world" does not exist'):
        claim(store)
