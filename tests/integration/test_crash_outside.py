"""A full disk, a database that is read-only, a server that restarts: typed, and mended by the next run."""

import os
import pwd
import shutil
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from db.errors import DatabaseFull, DatabaseUnreachable, StoreError, UnwritableDatabase
from tests.crash_world import (
    Model,
    evening,
    finished_night,
    ledger,
    night,
    service_on,
    source,
    step_by_step,
    stored,
)
from tests.databases import ask, file_of, fresh_database, migrated_template, order
from tests.fakes import HandClock
from tests.postgres import own_server
from tests.store_examples import address
from tests.zygote import Zygote

EVE, NIGHT, SPAN = 12, 220, 200  # a night that brings so many sessions that a file has to grow
OUTSIDE_WORLD = 4
PAGE = 4096
# A server's disk cannot be filled in a test: a trigger says what a full one says.
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$
"""


@pytest.fixture(scope="module")
def zygote():
    with Zygote("tests.crash_world:rehearse") as warm:
        yield warm


@pytest.fixture(scope="module")
def own():
    """A server that a test may restart and stop, and a template on it."""
    with own_server() as server, migrated_template(server.url) as template:
        yield server, template


@pytest.fixture
def own_url(own):
    server, template = own
    with fresh_database(server.url, template) as url:
        yield url


def service_of(url):
    clock = HandClock(evening(NIGHT))
    return service_on(url, clock, source(clock, NIGHT, SPAN))


def filled(url):
    """Do the eve's night; return what the store then holds."""
    assert finished_night(url, EVE) == 0
    model = Model()
    model.tell(EVE, evening(EVE))
    return model


def completes(url, model):
    """Do the night as if nothing had happened."""
    assert finished_night(url, NIGHT, SPAN) == 0
    model.tell(NIGHT, evening(NIGHT), SPAN)
    assert stored(url) == model.rows()
    assert ledger(url, NIGHT)[-1:] == ["done"]
    assert set(ledger(url, NIGHT)[:-1]) <= {"failed"}
    assert ask(url, "SELECT name FROM locks") == []


def with_room_for(service, pages):
    """Let the file of a service grow by some pages and no more."""
    [(now,)] = ask(service.store.url, "PRAGMA page_count")
    limit = f"PRAGMA max_page_count = {now + pages}"
    event.listen(service.store._engine, "connect", lambda raw, _: raw.execute(limit))
    return service


@pytest.mark.parametrize("pages", [0, 5, 20])
def test_a_file_that_cannot_grow_is_a_full_disk_and_keeps_nothing_of_the_step(sqlite_url, pages):
    model = filled(sqlite_url)
    service = with_room_for(service_of(sqlite_url), pages)
    with closing(service.store), pytest.raises(DatabaseFull, match="no room left"):
        night(service, NIGHT)
    assert stored(sqlite_url) == model.rows()
    completes(sqlite_url, model)


@pytest.mark.parametrize("pages", [0, 5, 20])
def test_a_file_system_that_refuses_to_write_any_further_loses_nothing(sqlite_url, zygote, pages):
    model = filled(sqlite_url)
    limit = file_of(sqlite_url).stat().st_size + pages * PAGE
    assert zygote.run(("tests.crash_world:cramped_night", (sqlite_url, NIGHT, SPAN, limit))) == [
        OUTSIDE_WORLD
    ]
    assert stored(sqlite_url) == model.rows()
    completes(sqlite_url, model)


def test_a_server_whose_disk_is_full_keeps_nothing_of_the_step(postgres_url):
    model = filled(postgres_url)
    order(
        postgres_url,
        FULL,
        "CREATE TRIGGER full_disk BEFORE INSERT ON bars FOR EACH ROW EXECUTE FUNCTION full_disk()",
    )
    service = service_of(postgres_url)
    with closing(service.store), pytest.raises(DatabaseFull, match="no room left"):
        night(service, NIGHT)
    assert stored(postgres_url) == model.rows()
    assert ask(postgres_url, "SELECT name FROM locks") == []
    order(postgres_url, "DROP TRIGGER full_disk ON bars")
    completes(postgres_url, model)


def test_a_server_that_turns_read_only_is_told_and_written_again_when_it_may_be(postgres_url):
    model = filled(postgres_url)
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    order(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    service = service_of(postgres_url)
    with closing(service.store), pytest.raises(UnwritableDatabase, match="read-only"):
        night(service, NIGHT)
    assert stored(postgres_url) == model.rows()
    writing = "SET default_transaction_read_only = off"
    order(postgres_url, writing, f"ALTER DATABASE {name} RESET default_transaction_read_only")
    completes(postgres_url, model)


@contextmanager
def without_privileges():
    """Be nobody for a while where the tests run as root, whom no permission stops."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_turns_read_only_is_told_and_written_again_when_it_may_be(sqlite_url):
    model = filled(sqlite_url)
    with tempfile.TemporaryDirectory() as folder:  # not below tmp_path, which is its owner's alone
        Path(folder).chmod(0o777)
        url = address(Path(shutil.copy(file_of(sqlite_url), folder)))
        file_of(url).chmod(0o444)
        with without_privileges():
            service = service_of(url)
            with closing(service.store), pytest.raises(UnwritableDatabase, match="cannot be written"):
                night(service, NIGHT)
        assert stored(url) == model.rows()
        file_of(url).chmod(0o666)
        completes(url, model)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_server_that_restarts_amid_a_night_is_told_and_the_next_run_completes(own, own_url, share):
    model = filled(own_url)
    service, total = service_of(own_url), 130

    def restart(step):
        if step == int(share * total):
            own[0].restart()

    step_by_step(service, restart)
    with closing(service.store), pytest.raises(DatabaseUnreachable, match="kept as a whole or not at all"):
        night(service, NIGHT)
    assert stored(own_url) == model.rows()
    completes(own_url, model)


def test_a_server_that_stays_away_is_told_and_the_next_run_completes(own, own_url):
    model = filled(own_url)
    service = service_of(own_url)
    own[0].control("stop", "-m", "fast")
    try:
        with closing(service.store), pytest.raises(DatabaseUnreachable) as caught:
            night(service, NIGHT)
    finally:
        own[0].control("start")
    assert isinstance(caught.value, StoreError)
    assert caught.value.exit_code == OUTSIDE_WORLD
    completes(own_url, model)
