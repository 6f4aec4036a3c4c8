"""What ``--as-of`` leaves out: whatever was stored, or had happened, only later."""

import time_machine

from tests.commands.conftest import QUICK, ran, url

FIRST, SECOND = "2025-11-01T09:00:00+09:00", "2025-11-05T09:00:00+09:00"


def two_studies(prices, folder):
    """Fill a store on two days: one event's study on the first, another's on the second."""
    db = ("--db", url(folder / "t.db"))
    with time_machine.travel(FIRST):
        ran("run", "--source", f"files:{prices}", *db, "--report", folder / "a.html", *QUICK)
    with time_machine.travel(SECOND):
        second = ran("study", *db, "--event", "E12", *QUICK[2:], "--series", "topix", "--json")
        assert second.code == 0
    return db


def test_reports_and_exports_are_those_of_the_day(prices, tmp_path):
    db = two_studies(prices, tmp_path)
    with time_machine.travel(SECOND):
        now = ran("export", *db, "--format", "json", "--out", tmp_path / "now")
        then = ran("export", *db, "--format", "json", "--out", tmp_path / "then", "--as-of", "2025-11-01")
        before = ran("export", *db, "--out", tmp_path / "before", "--as-of", "2025-10-31")
        report = ran("report", *db, "--out", tmp_path / "then.html", "--as-of", "2025-11-01")
        early = ran("report", *db, "--out", tmp_path / "early.html", "--as-of", "2025-10-31")
    assert (now.code, then.code, before.code, report.code, early.code) == (0, 0, 1, 0, 1)
    assert '"event": "E12"' in (tmp_path / "now" / "eventstudy.json").read_text()
    assert '"event": "E12"' not in (tmp_path / "then" / "eventstudy.json").read_text()
    assert (tmp_path / "then.html").read_text() == (tmp_path / "a.html").read_text()
    assert not (tmp_path / "before").exists()
    assert not (tmp_path / "early.html").exists()


def test_the_status_of_a_day_knows_nothing_stored_later(prices, tmp_path):
    db = two_studies(prices, tmp_path)
    with time_machine.travel(SECOND):
        then = ran("status", *db, "--as-of", "2025-11-01", "--json").document
        before = ran("status", *db, "--as-of", "2025-10-31", "--json").document
    assert {item["expected_session"] for item in then["series"]} == {"2025-10-31"}
    assert (before["series"], before["runs"]) == ([], [])
    assert before["findings"] == {"quarantined": 0, "warnings": 0}


def test_verdicts_about_the_past_are_told_and_not_kept(prices, tmp_path):
    db = two_studies(prices, tmp_path)
    with time_machine.travel(SECOND):
        kept = ran("study", *db, *QUICK, "--json").document["figures"]
        past = ran("validate", *db, "--as-of", "2025-10-31", "--json").document["figures"]
        after = ran("study", *db, *QUICK, "--json").document["figures"]
    assert {figure["verdict"] for figure in past} == {"NO DATA"}
    assert kept == after
    assert {figure["verdict"] for figure in after} == {"MISMATCH"}  # the prices are invented


def test_events_are_those_that_had_happened(prices, tmp_path):
    listed = ran("events", "--as-of", "2025-04-03", "--json").document["events"]
    ids = [item["id"] for item in listed]
    assert "E06" in ids  # 2025-04-03 00:01 New York is that afternoon in Tokyo
    assert "E07" not in ids  # the next day


def test_events_of_a_store_are_the_register_it_holds(prices, tmp_path):
    db = two_studies(prices, tmp_path)
    with time_machine.travel(SECOND):
        stored = ran("events", *db, "--json").document["events"]
        shipped = ran("events", "--json").document["events"]
    assert sorted(stored, key=lambda item: item["id"]) == sorted(shipped, key=lambda item: item["id"])
