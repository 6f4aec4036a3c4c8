"""Whatever is wrong ends in one sentence with the remedy and the right exit code; nothing is half-written."""

import os
import pwd
import re
import shutil
import socket
import sqlite3
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from db import open_store
from jobs.clock import SystemClock
from tests.commands.conftest import QUICK, dump, ran, url

SENTENCE = re.compile(r"error: [^\n]+; [^\n]+[.?]\n")


def refused(*arguments, code, says, kind=None):
    """Run a command line twice, for people and for programs: both are told the same, and nothing else."""
    said, told = ran(*arguments), ran(*arguments, "--json")
    assert (said.code, told.code) == (code, code), said.err
    assert SENTENCE.fullmatch(said.err), said.err
    assert said.out == ""
    assert says in said.err
    error = told.document["error"]
    assert set(error) >= {"kind", "message", "remedy"}
    assert told.err in {f"error: {error['message']}; {error['remedy']}{end}\n" for end in (".", "")}
    assert kind in {None, error["kind"]}
    return said


def edited(number, text):
    """Return an edit that puts a text in place of a line, numbered from 1 for the header."""
    return lambda lines: [*lines[: number - 1], text, *lines[number:]]


def with_field(number, column, text):
    """Return an edit that puts a text into one field of a line."""

    def edit(lines):
        fields = lines[number - 1].split(",")
        place = lines[0].split(",").index(column)
        return edited(number, ",".join([*fields[:place], text, *fields[place + 1 :]]))(lines)

    return edit


SPOILT = {
    "a missing column": (lambda lines: [line.rpartition(",")[0] for line in lines], "no column 'volume'"),
    "no close at all": (edited(1, "date,open,high,low,last,volume"), "no column 'close'"),
    "duplicate dates": (lambda lines: [*lines[:5], lines[4], *lines[5:]], "line 6, column date: 2022-01-07"),
    "unsorted dates": (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], "sort the rows by date"),
    "a negative price": (with_field(9, "close", "-1"), "line 9, column close: '-1' is not a price"),
    "a price of zero": (with_field(9, "open", "0"), "line 9, column open: '0' is not a price"),
    "a blank close": (with_field(9, "close", ""), "a blank field is no close; fill it in or delete the row"),
    "a close of NaN": (with_field(9, "close", "NaN"), "line 9, column close: 'NaN' is not a number"),
    "text in a number": (with_field(9, "high", "n.a."), "line 9, column high: 'n.a.' is not a number"),
    "a date that is none": (with_field(9, "date", "07/04/2025"), "'07/04/2025' is not a date"),
    "a date to come": (lambda lines: [*lines, "2030-01-04,1,1,1,1,"], "2030-01-04 lies in the future"),
    "a torn line": (edited(9, "2022-01-17,19"), "2 fields where the header has 6"),
    "an empty file": (lambda lines: [], "topix.csv: is empty"),
    "only a header": (lambda lines: lines[:1], "holds 0 rows of prices"),
}


@pytest.mark.parametrize("edit", SPOILT)
def test_a_spoilt_price_file_names_the_place_and_nothing_is_stored(edit, folder, tmp_path):
    change, says = SPOILT[edit]
    file = folder / "topix.csv"
    file.write_text("\n".join(change(file.read_text().splitlines())))
    place = ("--source", f"files:{folder}", "--db", url(tmp_path / "t.db"))
    said = refused("refresh", *place, code=2, says=says, kind="bad_prices")
    assert str(file) in said.err
    rows = [
        line for line in dump(tmp_path / "t.db", without=["alembic_version"]) if line.startswith("INSERT")
    ]
    assert rows == []


def test_a_run_on_a_spoilt_price_file_leaves_the_store_but_for_its_ledger_as_it_was(folder, store, tmp_path):
    (folder / "usdjpy.csv").write_text("date,open,high,low,close,volume\n2025-04-07,1,1,1,zero,\n")
    before = dump(store, without=["runs"])
    place = ("--source", f"files:{folder}", "--db", url(store), "--report", tmp_path / "report.html")
    refused("run", *place, *QUICK, code=2, says="usdjpy.csv", kind="bad_prices")
    assert dump(store, without=["runs"]) == before
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("content", [b"date,open\n\xff\xfe", b"date,open\n\x81\x66"])
def test_a_file_that_is_not_text_is_refused(content, folder, tmp_path):
    (folder / "topix.csv").write_bytes(content)
    place = ("--source", f"files:{folder}", "--db", url(tmp_path / "t.db"))
    refused("refresh", *place, code=2, says="is not UTF-8; save the file as UTF-8 text")


def test_a_failed_run_is_kept_in_the_ledger_and_a_later_one_succeeds(folder, store, tmp_path):
    file = folder / "topix.csv"
    good = file.read_text()
    file.write_text(good.replace("date,", "day,", 1))
    place = ("--source", f"files:{folder}", "--db", url(store), "--report", tmp_path / "r.html")
    assert ran("run", *place, *QUICK, "--series", "topix").code == 2
    newest = ran("status", "--db", url(store), "--json").document["runs"][0]
    assert (newest["status"], newest["error"]["kind"]) == ("failed", "bad_prices")
    file.write_text(good)
    assert ran("run", *place, *QUICK, "--series", "topix").code == 0


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ("files:{empty}", 2, "holds no file of a known series"),
        ("files:{empty}/nowhere", 2, "cannot be opened (No such file or directory)"),
        ("files:{file}", 2, "cannot be opened (Not a directory)"),
        ("files:", 2, "the source 'files:' is not of the form 'files:DIR'"),
        (
            "bloomberg",
            2,
            "there is no source 'bloomberg'; use one of boj, files:DIR, fred, jquants",
        ),
    ],
)
def test_a_source_that_is_none_is_refused_before_a_database_is_made(source, code, says, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    named = source.format(empty=tmp_path / "empty", file=tmp_path / "file")
    for verb in ("run", "refresh"):
        refused(verb, "--source", named, "--db", url(tmp_path / "t.db"), code=code, says=says)
    assert not (tmp_path / "t.db").exists()


def test_a_series_that_the_folder_lacks_is_an_exclusion_when_asked_for(folder, tmp_path):
    (folder / "usdjpy.csv").unlink()
    place = ("--source", f"files:{folder}", "--db", url(tmp_path / "t.db"))
    said = ran("refresh", *place, "--series", "usdjpy", "--series", "topix", "--json")
    assert said.code == 3
    assert [item["series"] for item in said.document["exclusions"]] == ["usdjpy"]


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        (["--series", "topxi"], 2, "there is no series 'topxi'; did you mean 'topix'?"),
        (["--event", "E99"], 2, "there is no event 'E99' in the register; did you mean"),
        (["--design", "gab=5"], 2, "--design is 'gab=5'; give name=value with a name among mean, "),
        (["--design", "gap"], 2, "--design is 'gap'; give name=value"),
        (["--design", "gap=five"], 2, "--design gap is 'five'; give a whole number"),
        (["--design", "mean=median"], 2, "--design mean is 'median'; give one of constant, zero, ar1"),
        (["--design", "estimation=20"], 2, "--design estimation is '20'; give a whole number of at least"),
        (["--design", "windows=4:0"], 2, "--design windows is '4:0'; give at least one window"),
        (["--design", "windows=0-4"], 2, "--design windows is '0-4'; give windows such as 0:0,0:4"),
        (["--design", "estimation_end=soon"], 2, "--design estimation_end is 'soon'; give a date"),
        (["--design", "second_opinion=maybe"], 2, "second_opinion is 'maybe'; give one of true, false, yes"),
        (["--design", "placebos=-1"], 2, "--design placebos is '-1'; give a whole number of at least 0"),
        (["--design", "parameter_draws=some"], 2, "parameter_draws is 'some'; give a whole number"),
        (
            ["--design", "masked=2024-08-05;2024-08-06"],
            2,
            "give dates such as 2024-08-05,2024-08-06, or none",
        ),
        (["--design", "curve=perhaps"], 2, "curve is 'perhaps'; give one of true, false, yes, no"),
        (["--design", "family=house"], 2, "--design family is 'house'; give one of "),
        (["--design", "level=nan"], 2, "--design level is 'nan'; give a share between 0 and 1"),
        (["--as-of", "yesterday"], 2, "--as-of is 'yesterday'; give a date such as 2025-04-07"),
        (["--as-of", "2025-02-30"], 2, "--as-of is '2025-02-30'; give a date such as 2025-04-07"),
        (["--as-of", "2025-04-07T10:00"], 2, "or a timestamp with an offset"),
        (["--as-of", "2025-11-02"], 2, "give a day that has begun: in Tokyo it is 2025-11-01"),
        (["--as-of", "9999-12-31"], 2, "give a day that has begun: in Tokyo it is 2025-11-01"),
        (["--as-of", "2025-04-07"], 1, "the store had recorded no price of"),
        (["--seed", "-1"], 2, "the setting seed is -1; give a whole number from 0 to 4294967295"),
        (["--seed", "one"], 2, "Invalid value for '--seed'"),
        (["--design", "estimation=900"], 1, "observations and 900 are needed"),
        (["--design", "estimation_end=2025-06-02"], 1, "pin an earlier estimation_end"),
        (["--design", "windows=0:4000"], 1, "window [0, 4000] reaches beyond the prices of nikkei225"),
        (["--frobnicate"], 2, "No such option: --frobnicate; see 'eventstudy study --help'"),
        (["E05"], 2, "see 'eventstudy study --help'"),
    ],
)
def test_a_study_asked_wrongly_says_what_would_do_and_writes_nothing(asked, code, says, store):
    before = store.read_bytes()
    refused("study", "--db", url(store), *QUICK, *asked, code=code, says=says)
    assert store.read_bytes() == before


def test_a_single_event_outside_the_data_has_no_answer(folder, tmp_path):
    for file in folder.iterdir():
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not "2025-03-31" < line[:10] < "2026"))
    place = ("--db", url(tmp_path / "t.db"))
    assert ran("refresh", "--source", f"files:{folder}", *place).code == 0
    before = dump(tmp_path / "t.db")
    says = "E05 on nikkei225: day 0 is 2025-04-03 and prices of nikkei225 run from 2022-01-04 to 2025-03-31"
    refused("study", *place, *QUICK, code=1, says=says, kind="nothing_to_study")
    assert dump(tmp_path / "t.db") == before


def test_fewer_observations_than_needed_have_no_answer(folder, tmp_path):
    for file in folder.iterdir():
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join([lines[0], *(line for line in lines if "2024-01" < line < "2026")]))
    place = ("--db", url(tmp_path / "t.db"))
    said = ran("run", "--source", f"files:{folder}", *place, "--report", tmp_path / "r.html", *QUICK)
    assert said.code == 1
    assert re.search(r"has 2\d\d observations and 500 are needed, and \d more .*; bring longer", said.err)
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("verb", ["study", "validate", "signals", "report", "export", "status", "events"])
def test_a_question_to_a_database_that_is_not_there_does_not_make_one(verb, tmp_path):
    out = ["--out", tmp_path / "out"] if verb in {"report", "export"} else []
    refused(
        verb, "--db", url(tmp_path / "t.db"), *out, code=1, says="there is no database", kind="no_database"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", ["study", "report", "export", "events"])
def test_an_empty_store_has_no_answer(verb, tmp_path):
    open_store(url(tmp_path / "t.db")).close()
    out = ["--out", tmp_path / "out"] if verb in {"report", "export"} else []
    refused(verb, "--db", url(tmp_path / "t.db"), *out, code=1, says="; ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("place", "code", "says"),
    [
        ("sqlite:///{folder}/missing/t.db", 4, "there is no folder"),
        ("sqlite:///{folder}/file/t.db", 4, "there is no folder"),
        ("sqlite:///{folder}", 4, "it is a folder"),
        ("sqlite:////dev/full", 4, "no room left"),
        ("sqlite:////proc/t.db", 4, "cannot be written"),
        ("sqlite:///{folder}/file", 2, "is not a database of this service"),
        ("sqlite:///{folder}/other.db", 2, "it holds tables of another program, such as 'customers'"),
        ("store.db", 2, "the database address 'store.db' is not a URL"),
        ("oracel://host/db", 2, "names an unknown kind of database"),
        ("sqlite://", 2, "is in memory"),
        ("", 2, "the setting db is ''; give a database URL such as sqlite:///prices.db"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_and_left_alone(place, code, says, prices, tmp_path):
    (tmp_path / "file").write_text("not a database, " * 200)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE customers (name)")
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    address = place.format(folder=tmp_path)
    refused("run", "--source", f"files:{prices}", "--db", address, *QUICK, code=code, says=says)
    if "/proc/" not in place:  # nothing is written by a question: there it is merely absent
        refused("status", "--db", address, code=code, says=says)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


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


@pytest.mark.parametrize(("locked", "name"), [("file", "store.db"), ("folder", "new.db")])
def test_a_database_without_permission_is_told_and_kept(locked, name, filled, prices):
    with tempfile.TemporaryDirectory() as folder:  # not below tmp_path, which is its owner's alone
        place = Path(folder)
        shutil.copytree(prices, place / "prices").chmod(0o755)
        shutil.copy(filled[1] / "store.db", place)
        (place / "store.db").chmod(0o444)
        place.chmod(0o555 if locked == "folder" else 0o777)
        before = (place / "store.db").read_bytes()
        source = ("--source", f"files:{place / 'prices'}")
        with without_privileges():
            refused("refresh", *source, "--db", url(place / name), code=4, says="cannot be written")
        place.chmod(0o777)
        assert (place / "store.db").read_bytes() == before
        assert {file.name for file in place.iterdir()} == {"prices", "store.db"}


def test_a_place_that_cannot_be_written_is_named_and_what_is_there_stays(store, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").symlink_to("/dev/full")
    for out in ("/proc/eventstudy/report.html", tmp_path / "file" / "report.html", tmp_path / "full"):
        refused("report", "--db", url(store), "--out", out, code=4, says=str(out), kind="cannot_write")
    for out in ("/proc/eventstudy", tmp_path / "file"):
        refused("export", "--db", url(store), "--out", out, code=4, says=str(out), kind="cannot_write")
        refused("demo", "--out", out, code=4, says=str(out), kind="cannot_write")
    assert (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "full").is_symlink()
    assert {file.name for file in tmp_path.iterdir()} <= {"file", "full", "store.db"}


def test_a_run_whose_report_cannot_be_written_is_completed_by_the_next(store, prices, tmp_path):
    command = ("run", "--source", f"files:{prices}", "--db", url(store), *QUICK, "--series", "topix")
    refused(*command, "--report", "/proc/report.html", code=4, says="/proc/report.html cannot be written")
    newest = ran("status", "--db", url(store), "--json").document["runs"][0]
    assert (newest["status"], newest["error"]["kind"]) == ("failed", "cannot_write")
    assert ran(*command, "--report", tmp_path / "report.html").code == 0


def test_a_report_into_a_pipe_goes_through_the_pipe(filled, store, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    assert ran("report", "--db", url(store), "--out", tmp_path / "pipe").code == 0
    reader.join(60)
    assert read == [(filled[1] / "report.html").read_bytes()]
    assert (tmp_path / "pipe").is_fifo()


def test_an_export_in_an_unknown_form_is_refused(store, tmp_path):
    says = "--format is 'xlsx'; give csv or json"
    refused("export", "--db", url(store), "--format", "xlsx", "--out", tmp_path / "out", code=2, says=says)
    assert not (tmp_path / "out").exists()


def test_simulated_and_real_prices_never_share_a_store(store, prices, tmp_path):
    before = dump(store, without=["runs"])
    says = "this store holds real data, a real store refuses simulated bars"
    for verb in ("run", "refresh"):
        refused(verb, "--source", "simulated", "--db", url(store), code=2, says=says, kind="mixed_worlds")
    assert dump(store, without=["runs"]) == before
    place = ("--db", url(tmp_path / "simulated.db"))
    assert ran("refresh", "--source", "simulated", *place).code == 0
    says = "this store holds simulated data"
    refused("refresh", "--source", f"files:{prices}", *place, code=2, says=says, kind="mixed_worlds")


def test_a_second_run_is_turned_away_while_another_holds_the_lock(store, prices, tmp_path):
    now = SystemClock().now()
    with open_store(url(store)) as opened, opened.transaction() as transaction:
        transaction.locks.require("run", "elsewhere:1:1", now, now + timedelta(minutes=30))
        transaction.commit()
    before = dump(store)
    place = ("--source", f"files:{prices}", "--db", url(store))
    says = "elsewhere:1:1 holds the lock 'run' until"
    refused("run", *place, "--report", tmp_path / "r", *QUICK, code=5, says=says, kind="lock_held")
    refused("refresh", *place, code=5, says=says, kind="lock_held")
    assert dump(store) == before
    assert not (tmp_path / "r").exists()


def test_without_a_network_yahoo_gives_up_soon_and_stores_nothing(store, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, nobody)
    before, begun = dump(store), time.monotonic()
    said = ran("refresh", "--source", "yahoo", "--db", url(store), "--json")
    assert time.monotonic() - begun < 30
    assert said.code == 4
    assert said.document["error"]["kind"] == "no_network"
    assert SENTENCE.fullmatch(said.err)
    assert dump(store) == before


def test_a_setting_in_the_environment_is_named_as_it_was_given(monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_SEED", "many")
    says = "the setting EVENTSTUDY_SEED is 'many'; give a whole number from 0 to 4294967295"
    refused("status", code=2, says=says)


def test_a_verb_that_does_not_exist_points_to_the_help():
    refused("banana", code=2, says="No such command 'banana'; see 'eventstudy --help'", kind="usage")
