"""Settings and fixtures of every test.

Property tests have no deadline, because machines are shared and slow at times. The volatility engine is
compiled once before the workers start, instead of by each of them at the same time.
"""

import os

import pytest
from hypothesis import settings

settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")


def pytest_sessionstart(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return
    from eventstudy.garch.compiled import cache_folder

    folder = cache_folder()
    if folder is not None and not any(folder.rglob("*.nbi")):
        from eventstudy.garch import warm_up

        warm_up()


@pytest.fixture(scope="session")
def postgres():
    """The address of a real PostgreSQL whose role may create databases."""
    from tests.postgres import shared_server

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"alone{os.getpid()}"
    with shared_server(run) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres):
    """The name of a database of that server with the newest schema and no row."""
    from tests.databases import migrated_template

    with migrated_template(postgres) as name:
        yield name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """Where an SQLite file with the newest schema and no row is kept, once there is one."""
    return tmp_path_factory.mktemp("template") / "store.db"


@pytest.fixture
def sqlite_url(tmp_path, sqlite_template):
    """The address of an SQLite file with the newest schema and no row."""
    from tests.databases import migrated_file

    return migrated_file(sqlite_template, tmp_path / "store.db")


@pytest.fixture
def postgres_url(postgres, postgres_template):
    """The address of a PostgreSQL database with the newest schema and no row."""
    from tests.databases import fresh_database

    with fresh_database(postgres, postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request):
    """The address of a database with the newest schema and no row: the test runs on both kinds."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_db_url(request, tmp_path):
    """The address of a database with nothing in it, on SQLite not even a file; runs on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    from tests.databases import fresh_database

    with fresh_database(request.getfixturevalue("postgres")) as url:
        yield url
