"""The installed command as people start it: streams, pipes, terminals and signals."""

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.conftest import QUICK, url

COMMAND = Path(sys.executable).with_name("eventstudy")


def start(*arguments, **options):
    """Start the installed command; standard output and error are pipes unless an option says otherwise."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "text": True}
    return subprocess.Popen([str(COMMAND), *map(str, arguments)], **{**pipes, **options})


@pytest.fixture
def run_arguments(prices, tmp_path):
    places = ("--db", url(tmp_path / "t.db"), "--report", tmp_path / "report.html")
    return ("run", "--source", f"files:{prices}", *places, *QUICK)


def test_a_run_keeps_its_document_and_its_warnings_apart(run_arguments):
    with start(*run_arguments, "--json") as process:
        out, err = process.communicate()
    assert process.returncode == 0
    document = json.loads(out, parse_constant=pytest.fail)
    assert document["results"]
    assert err.splitlines() == [f"warning: {text}" for text in document["warnings"]]


def test_an_error_is_one_sentence_and_an_exit_code(tmp_path):
    with start("status", "--db", url(tmp_path / "missing" / "t.db"), "--json") as process:
        out, err = process.communicate()
    assert process.returncode == 4
    assert json.loads(out)["error"]["kind"] == "unwritable_database"
    assert err.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    with start("events", stdout=writing) as process:
        _, err = process.communicate()
    os.close(writing)
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--help"], 4, "error: the system failed (No space left on device); free some space"),
        (["banana", "--json"], 2, "error: No such command 'banana'; see 'eventstudy --help'."),
    ],
)
def test_an_output_that_cannot_be_written_is_told_in_one_sentence(arguments, code, says):
    with Path("/dev/full").open("w") as full, start(*arguments, stdout=full) as process:
        _, err = process.communicate()
    assert process.returncode == code
    assert err.startswith(says)
    assert err.count("\n") == 1


def rows(file, query):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def test_an_interrupted_run_says_so_and_gives_its_lock_back(run_arguments, tmp_path):
    file = tmp_path / "t.db"
    with start(*run_arguments, "--design", "replications=400000", "--design", "starts=20") as process:
        while not file.exists() or not rows(file, "SELECT name FROM sqlite_master WHERE name = 'runs'"):
            time.sleep(0.02)
        while not rows(file, "SELECT id FROM runs"):
            time.sleep(0.02)
        time.sleep(1.5)  # into the study, which takes many seconds
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert (out, err) == ("", "interrupted; the next run picks up what is missing\n")
    assert rows(file, "SELECT holder FROM locks") == []
    assert rows(file, "SELECT id FROM studies") == []


def test_on_a_terminal_progress_is_shown_and_titles_are_bold(prices, tmp_path):
    screen, terminal = pty.openpty()
    arguments = ("refresh", "--source", f"files:{prices}", "--db", url(tmp_path / "t.db"))
    with start(*arguments, stdout=terminal, stderr=terminal, text=False) as process:
        os.close(terminal)
        shown = b""
        while chunk := read_or_end(screen):
            shown += chunk
    os.close(screen)
    assert process.returncode == 0
    assert b"files: nikkei225" in shown
    assert b"\x1b[1mRefreshed: bars by series\x1b[0m" in shown


def read_or_end(screen):
    """Return what stands on a terminal next; nothing when its last writer has gone."""
    try:
        return os.read(screen, 4096)
    except OSError:
        return b""
