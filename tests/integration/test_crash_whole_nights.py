"""A whole night, study and report included, that is killed on either side of each of its commits."""

import signal

import pytest

from jobs.pipelines.leases import locked
from jobs.scheduler import catch_up
from tests.crash_world import commit_by_commit, whole
from tests.databases import ask, content, migrated_file
from tests.workshop import plan, workshop
from tests.zygote import Zygote

LEDGER = {"runs", "locks"}
MONDAY = "tokyo 2025-02-10"
LAST_DONE = {1: 1, 2: 2}


@pytest.fixture(scope="module")
def zygote():
    with Zygote("tests.crash_world:rehearse") as warm:
        yield warm


@pytest.fixture(scope="module")
def monday(tmp_path_factory, sqlite_template):
    """A file whose nights up to Monday noon are done."""
    folder = tmp_path_factory.mktemp("monday")
    url = migrated_file(sqlite_template, folder / "store.db")
    with workshop(folder, db=url) as service:
        assert [night.status for night in catch_up(service, plan(folder))] == ["done", "done"]
    return folder / "store.db"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, monday):
    """What the store holds, ledger aside, after Monday's night, and twice the number of its commits."""
    folder = tmp_path_factory.mktemp("undisturbed")
    url = migrated_file(monday, folder / "store.db")
    with whole(folder, url) as service:
        passed = commit_by_commit(service, lambda _: None)
        assert [night.status for night in catch_up(service, plan(folder))] == ["done"]
        return without_ledger(url), passed()


def without_ledger(url):
    return {table: rows for table, rows in content(url).items() if table not in LEDGER}


@pytest.mark.slow
@pytest.mark.parametrize("first", [1, 2], ids=["just before a commit", "just after a commit"])
def test_a_whole_night_killed_at_any_of_its_commits_ends_as_an_undisturbed_one(
    tmp_path, zygote, monday, undisturbed, first
):
    expected, sides = undisturbed
    ends = []
    for step in range(first, sides + 1, 2):
        url = migrated_file(monday, tmp_path / "store.db")
        killed = zygote.run(("tests.crash_world:whole_night", (str(tmp_path), url, step)))
        assert killed == [-signal.SIGKILL]
        with whole(tmp_path, url) as service:
            ends.append([night.status for night in catch_up(service, plan(tmp_path))])
            with locked(service):
                assert catch_up(service, plan(tmp_path)) == ()
        assert without_ledger(url) == expected
        statuses = [status for (status,) in ask(url, f"SELECT status FROM runs WHERE key = '{MONDAY}'")]
        assert sorted(statuses) in (["done"], ["done", "failed"])
        assert ask(url, "SELECT name FROM locks WHERE name = 'run'") == []
    # Only a night whose own end is in the ledger is not done again: the release of the lock comes after it.
    assert ends == [["done"]] * (len(ends) - LAST_DONE[first]) + [[]] * LAST_DONE[first]
