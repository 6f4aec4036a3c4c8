"""What each verb says: to people in 80 columns, to programs in one JSON document with stable keys."""

import csv
import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from eventstudy.results import CURVE_COLUMNS, QUESTION_COLUMNS, RESULT_COLUMNS, SIZE_COLUMNS
from tests.commands.conftest import QUICK, dump, ran, url

VERBS = (
    *("demo", "run", "refresh", "study", "validate", "signals"),
    *("report", "export", "events", "status", "schedule", "check", "revisions", "reproduce"),
    *("quarantine list", "quarantine release", "quarantine reject", "articles list", "figures list"),
    *("db upgrade", "db downgrade", "db backup", "db restore", "db verify"),
)
FIGURE_KEYS = {
    *("id", "article", "quantity", "quoted", "unit", "date", "computed", "difference"),
    *("verdict", "rule", "evidence"),
}
SIGNAL_KEYS = {"id", "as_of", "value", "verdict", "inputs"}
STUDY_KEYS = {
    *("world", "results", "questions", "sizes", "exclusions", "figures", "signals", "report"),
    *("design", "provenance"),
}
CORE = {"nikkei225", "topix", "jpx_nikkei_400", "usdjpy"}


def assert_readable(said):
    """Lines fit 80 columns unless they are a place, nothing is coloured, nothing trails."""
    for line in said.out.splitlines():
        assert len(line) <= 80 or line.startswith(("/", "report: /", "store sqlite:///")), line
        assert line == line.rstrip()
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_each_verb_is_a_sentence_with_an_example(verb):
    said = ran(*verb.split(), "--help")
    assert (said.code, said.err) == (0, "")
    sentence = " ".join(said.out.split("\n\n")[1].split())
    assert re.fullmatch(r"[A-Z][^.]+\.", sentence)
    assert re.search(rf"Example: eventstudy {verb}\b", said.out)
    assert "--json" in said.out
    assert_readable(said)


def test_the_help_lists_every_verb_in_whole_words():
    said = ran("--help")
    listed = said.out.partition("Commands:\n")[2].partition("\n\n")[0]
    verbs = dict(re.findall(r"^  (\w+) +(.+)$", listed, re.MULTILINE))
    assert set(verbs) == {verb.split()[0] for verb in VERBS}
    assert all(text.endswith(".") and not text.endswith("..") for text in verbs.values())
    assert_readable(said)


def test_without_a_verb_the_help_is_shown_as_an_answer_to_a_wrong_question():
    assert (ran().code, ran().out) == (2, ran("--help").out)


def test_a_run_gives_one_document(filled):
    said, folder = filled
    assert said.code == 0
    assert set(said.document) >= STUDY_KEYS | {"refreshed"}
    assert {row["series"] for row in said.document["results"]} == {*CORE, "usdjpy_tokyo_1700"}
    assert tuple(said.document["results"][0]) == RESULT_COLUMNS
    assert {row["statistic"] for row in said.document["results"]} >= {"AR", "CAR", "AV", "CAV", "RAV", "MAX"}
    assert "curve" not in said.document
    assert said.document["world"] == "real"
    assert said.document["report"] == str(folder / "report.html")
    assert (folder / "report.html").read_text().startswith("<!doctype html>")


def test_a_run_tells_what_its_p_values_are_worth(filled):
    """The invented prices begin in 2022, so that half of the history is left for dates without news."""
    document = filled[0].document
    assert tuple(document["questions"][0]) == QUESTION_COLUMNS
    assert tuple(document["sizes"][0]) == SIZE_COLUMNS
    headline = [
        row for row in document["results"]
        if (row["statistic"], row["window_end"], row["window_start"]) == ("CAR", 0, 0)
    ]  # fmt: skip
    assert {row["method"] for row in headline} >= {
        "placebo_matched",
        "placebo",
        "fhs",
        "garch_z",
        "constant_t",
    }
    assert {row["regime"] for row in headline} <= {"q1", "q2", "q3", "q4"}
    [row] = [row for row in headline if (row["series"], row["method"]) == ("topix", "fhs")]
    matching = [
        size["size"] for size in document["sizes"]
        if (size["series"], size["method"], size["statistic"]) == ("topix", "fhs", "CAR")
        and (size["window_start"], size["window_end"], size["regime"]) == (0, 0, row["regime"])
    ]  # fmt: skip
    assert matching == [row["size"]]
    assert 0 < row["p_value"] <= row["p_adjusted"] <= 1
    assert row["p_value"] <= row["p_bh"] <= row["p_holm"] <= 1


def test_a_run_lists_figures_and_signals_with_their_stable_keys(filled):
    document = filled[0].document
    assert set(document["figures"][0]) >= FIGURE_KEYS
    assert [reading["id"] for reading in document["signals"]] == [
        "auto_collar", "usdjpy_hedge", "nikkei_vi_premium",
    ]  # fmt: skip
    for reading in document["signals"]:
        assert set(reading) >= SIGNAL_KEYS
        assert reading["verdict"] == "UNSCORED"
        assert isinstance(reading["value"], float)


def test_a_run_is_readable_in_80_columns(store, prices, tmp_path):
    report = tmp_path / "report.html"
    said = ran("run", "--source", f"files:{prices}", "--db", url(store), "--report", report, *QUICK)
    assert said.code == 0
    assert_readable(said)
    assert said.out.splitlines()[-1] == f"report: {report}"
    assert re.search(r"^E05 +nikkei225 +25-04-03 +q[1-4]f? +[−+]\d+\.\d\d ", said.out, re.MULTILINE)
    assert re.search(r"p by (placebo, like volatility|FHS)", " ".join(said.out.split()))
    assert re.search(r"^E05 +nikkei225 .* \d+\.\d$", said.out, re.MULTILINE)
    assert "SIMULATED" not in said.out


def test_a_missing_core_series_is_listed_and_leaves_3(folder, tmp_path):
    (folder / "jpx_nikkei_400.csv").unlink()
    places = ("--db", url(tmp_path / "t.db"), "--report", tmp_path / "r.html")
    series = ("--series", "topix", "--series", "jpx_nikkei_400")
    said = ran("run", "--source", f"files:{folder}", *places, *QUICK, *series, "--json")
    assert said.code == 3
    (left_out,) = said.document["exclusions"]
    assert (left_out["event"], left_out["series"]) == ("*", "jpx_nikkei_400")
    assert "bring jpx_nikkei_400.csv or another source" in left_out["reason"]
    again = ran("study", "--db", url(tmp_path / "t.db"), *QUICK, *series)
    assert again.code == 3
    assert "left out (1):\n  jpx_nikkei_400: the store has no prices for jpx_nikkei_400" in again.out


def test_an_event_outside_the_data_is_left_out_among_others(folder, tmp_path):
    for file in folder.iterdir():  # prices end before E21, the letter of July
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not "2025-06-30" < line[:10] < "2026"))
    places = ("--db", url(tmp_path / "t.db"), "--report", tmp_path / "r.html")
    source = ("--source", f"files:{folder}")
    said = ran("run", *source, *places, *QUICK, "--event", "E21", "--series", "topix", "--json")
    assert said.code == 3
    assert {item["event"] for item in said.document["exclusions"]} == {"E21"}
    assert {row["event"] for row in said.document["results"]} == {"E05"}


def test_a_refresh_tells_what_came_and_then_that_nothing_is_new(prices, tmp_path):
    arguments = ("refresh", "--source", f"files:{prices}", "--db", url(tmp_path / "t.db"))
    first, second = (ran(*arguments, "--json") for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert set(first.document) >= {"world", "refreshed", "exclusions", "findings"}
    for new, known in zip(first.document["refreshed"], second.document["refreshed"], strict=True):
        assert (new["unchanged"], known["inserted"]) == (0, 0)
        assert new["inserted"] == known["unchanged"] > 900
    said = ran(*arguments)
    assert re.search(r"^topix +2022-01-04 +2025-10-31 +0 +0 +\d+$", said.out, re.MULTILINE)
    assert_readable(said)


def test_a_refresh_of_one_series_brings_that_one(prices, tmp_path):
    place = ("--source", f"files:{prices}", "--db", url(tmp_path / "t.db"))
    said = ran("refresh", *place, "--series", "topix", "--json")
    assert [item["series"] for item in said.document["refreshed"]] == ["topix"]


def test_a_study_has_the_keys_of_a_run_and_finds_its_stored_answer(filled, store):
    said = ran("study", "--db", url(store), *QUICK, "--json")
    assert said.code == 0
    assert set(said.document) >= STUDY_KEYS
    assert said.document["results"] == filled[0].document["results"]
    assert said.document["figures"] == filled[0].document["figures"]
    assert said.document["report"] is None
    assert_readable(ran("study", "--db", url(store), *QUICK))


def test_the_design_is_asked_for_by_name(store):
    choices = ("bridge=event", "estimation=300", "windows=0:0,0:1", "estimation_end=none", "level=0.1")
    asked = [part for choice in choices for part in ("--design", choice)]
    document = ran("study", "--db", url(store), *QUICK, "--series", "topix", *asked, "--json").document
    told = {name: document["design"][name] for name in ("bridge", "estimation", "estimation_end", "level")}
    assert told == {"bridge": "event", "estimation": 300, "estimation_end": None, "level": 0.1}
    assert document["design"]["windows"] == [[0, 0], [0, 1]]
    assert {row["bridge"] for row in document["results"]} == {"event"}
    assert {row["series"] for row in document["results"]} == {"topix"}


def test_the_choices_of_inference_are_asked_for_by_name(store):
    """One choice after another: nothing of placebos, refits, masked days, the whole family, the curve."""
    choices = ("placebos=0", "parameter_draws=9", "masked=2024-08-05,2024-08-06", "curve=true",
               "family=study", "windows=0:0,0:1", "estimation_end=none")  # fmt: skip
    asked = [part for choice in choices for part in ("--design", choice)]
    document = ran("study", "--db", url(store), *QUICK, "--series", "topix", *asked, "--json").document
    design = document["design"]
    assert design["masked"] == ["2024-08-05", "2024-08-06"]
    assert (design["placebos"], design["parameter_draws"], design["curve"]) == (0, 9, True)
    methods = {row["method"] for row in document["results"]}
    assert "fhs_params" in methods
    assert not {"placebo", "placebo_matched"} & methods
    assert document["sizes"] == []
    assert {row["family"] for row in document["results"]} == {"study", ""}
    assert tuple(document["curve"][0]) == CURVE_COLUMNS
    assert {row["agrees"] for row in document["curve"]} <= {True, False}


def test_every_fit_is_told_with_its_second_opinion_unless_none_is_wanted(filled, store):
    for fit in filled[0].document["fits"]:
        assert fit["score_norm"] < 1e-3
        assert fit["arch_loglikelihood"] == pytest.approx(fit["loglikelihood"], rel=1e-8)  # rounding: 1e-12
        assert 0 < fit["persistence_without"] <= 1
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d{4}-\d\d-\d\d", fit["influential"])
    asked = ("--series", "topix", "--design", "second_opinion=No", "--json")
    document = ran("study", "--db", url(store), *QUICK, *asked).document
    [fit] = document["fits"]
    assert document["design"]["second_opinion"] is False
    assert fit["arch_loglikelihood"] is fit["arch_optimum"] is fit["starts_gap"] is None


def test_quoted_figures_come_with_verdicts(store):
    said = ran("validate", "--db", url(store), "--json")
    assert said.code == 0
    assert all(set(figure) >= FIGURE_KEYS for figure in said.document["figures"])
    assert {figure["verdict"] for figure in said.document["figures"]} == {
        "MISMATCH"
    }  # the prices are invented
    table = ran("validate", "--db", url(store))
    assert_readable(table)
    assert re.search(r"^A1-F01 +nikkei225 +25-04-07 +level +31,136\.58 ", table.out, re.MULTILINE)


def test_signals_are_read_as_of_a_day(store):
    said = ran("signals", "--db", url(store), "--as-of", "2025-04-07", "--json")
    assert said.code == 0
    assert {reading["as_of"] for reading in said.document["signals"]} == {"2025-04-07"}
    for reading in said.document["signals"]:
        assert reading["verdict"] == "UNSCORED"
        assert {item["last_session"] for item in reading["inputs"]} == {"2025-04-07"}
    assert_readable(ran("signals", "--db", url(store), "--as-of", "2025-04-07"))


def test_signals_with_stale_inputs_are_refused(store, saturday):
    saturday.move_to("2025-11-20T09:00:00+09:00")
    said = ran("signals", "--db", url(store), "--json")
    assert {reading["verdict"] for reading in said.document["signals"]} == {"REFUSED"}
    assert {reading["value"] for reading in said.document["signals"]} == {None}


def test_the_report_is_written_where_it_is_asked_for_and_says_where(filled, store, tmp_path):
    said = ran("report", "--db", url(store), "--out", tmp_path / "page.html")
    assert (said.code, said.out) == (0, f"{tmp_path / 'page.html'}\n")
    assert (tmp_path / "page.html").read_bytes() == (filled[1] / "report.html").read_bytes()
    document = ran("report", "--db", url(store), "--out", tmp_path, "--json").document
    assert document["world"] == "real"
    assert Path(document["report"]).parent == tmp_path


def test_a_report_without_a_place_lies_in_the_home_folder(store, tmp_path):
    document = ran("report", "--db", url(store), "--json").document
    assert Path(document["report"]).parent == tmp_path / "home" / "reports"


def test_an_export_is_made_of_tables_that_name_their_world(filled, store, tmp_path):
    said = ran("export", "--db", url(store), "--out", tmp_path / "tables", "--json")
    assert said.code == 0
    paths = {Path(path).stem: Path(path) for path in said.document["files"]}
    assert set(paths) == {
        *("results", "questions", "sizes", "fits", "paths", "reactions", "exclusions", "figures", "signals")
    }
    tables = {name: list(csv.DictReader(path.read_text().splitlines())) for name, path in paths.items()}
    results = filled[0].document["results"]
    estimates = [float(row["estimate"]) if row["estimate"] else None for row in tables["results"]]
    assert estimates == [row["estimate"] for row in results]
    assert all(row["world"] == "REAL" for table in tables.values() for row in table)


def test_an_export_as_json_is_the_document_of_the_study(filled, store, tmp_path):
    said = ran("export", "--db", url(store), "--format", "json", "--out", tmp_path)
    document = json.loads(Path(said.out.strip()).read_text(), parse_constant=pytest.fail)
    assert {**document, "report": None} == {
        **{key: value for key, value in filled[0].document.items() if key != "refreshed"},
        "report": None,
    }


def test_events_are_listed_with_the_sessions_that_could_react():
    said = ran("events", "--json")
    assert said.code == 0
    for event in said.document["events"]:
        assert set(event) >= {"id", "timestamp", "label", "direction", "episode", "tokyo", "fx_day"}
        assert set(event["tokyo"]) >= {"session", "phase"}
    assert_readable(ran("events"))


def test_events_react_in_the_sessions_that_the_calendars_say():
    events = {event["id"]: event for event in ran("events", "--json").document["events"]}
    expected = {
        "E05": ("2025-04-02T16:00:00-04:00", "2025-04-03", "pre-open"),
        "E09": ("2025-04-07", "2025-04-08", "pre-open"),
        "E12": ("2025-04-09T13:18:00-04:00", "2025-04-10", "pre-open"),
        "E02": ("2025-02-10", "2025-02-12", "pre-open"),  # 11 February is a holiday
    }
    for name, (timestamp, session, phase) in expected.items():
        assert events[name]["timestamp"].startswith(timestamp)
        assert (events[name]["tokyo"]["session"], events[name]["tokyo"]["phase"]) == (session, phase)


def test_only_the_events_asked_for_are_listed():
    document = ran("events", "--event", "E12", "--event", "E05", "--json").document
    assert [event["id"] for event in document["events"]] == ["E05", "E12"]


def test_the_status_tells_freshness_and_the_last_runs(store):
    said = ran("status", "--db", url(store), "--json")
    assert said.code == 0
    assert set(said.document) >= {"world", "db", "series", "runs", "findings"}
    assert all(item["fresh"] and item["expected_session"] == "2025-10-31" for item in said.document["series"])
    assert [(run["job"], run["status"]) for run in said.document["runs"]] == [("run", "done")]
    table = ran("status", "--db", url(store))
    assert_readable(table)
    assert re.search(r"^nikkei225 +2022-01-04 +2025-10-31 +2025-10-31 +\d+ +fresh$", table.out, re.MULTILINE)


def test_a_status_in_the_future_is_stale(store, saturday):
    saturday.move_to("2025-11-20T09:00:00+09:00")
    document = ran("status", "--db", url(store), "--json").document
    assert {item["fresh"] for item in document["series"]} == {False}
    assert max(item["expected_session"] for item in document["series"]) == "2025-11-19"


def test_missed_nights_are_caught_up_once(prices, tmp_path, saturday):
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(prices / "topix.csv", folder)
    arguments = ("schedule", "--once", "--source", f"files:{folder}", "--db", url(tmp_path / "t.db"))
    first = ran(*arguments, "--json")
    assert first.code == 3
    assert [(night["slot"], night["session"], night["status"]) for night in first.document["nights"]] == [
        ("tokyo", "2025-10-31", "done_with_exclusions"),
        ("new_york", "2025-10-31", "done_with_exclusions"),
    ]
    assert ran(*arguments, "--json").document == {"nights": []}
    assert ran(*arguments).out == "no night is due\n"


def assert_simulated(said, report):
    """Every part says SIMULATED, and what was planted stands beside what was found."""
    assert said.code == 0
    assert_readable(said)
    titles = [line for line in said.out.splitlines() if line.startswith("SIMULATED - ")]
    together = "SIMULATED - All episodes together" in said.out
    # results, truth, currency by clock, figures, signals, and questions where there are any
    assert len(titles) == 5 + together
    assert "true effects beside what the study found" in said.out
    assert report.read_text().count("SIMULATED") > 1


def test_a_simulated_store_says_so_everywhere(tmp_path, saturday):
    place, report = ("--db", url(tmp_path / "t.db")), tmp_path / "report.html"
    assert_simulated(ran("run", "--source", "simulated", *place, "--report", report, *QUICK), report)
    for verb in ("status", "signals", "validate", "refresh"):
        source = ("--source", "simulated") if verb == "refresh" else ()
        assert ran(verb, *place, *source).out.startswith("SIMULATED - ")
        assert ran(verb, *place, *source, "--json").document["world"] == "simulated"
    document = ran("study", *place, *QUICK, "--json").document
    assert document["world"] == "simulated"
    assert set(document["truth"][0]) >= {"event", "series", "mean_effect", "variance_multiple"}
    (file,) = ran("export", *place, "--format", "json", "--out", tmp_path, "--json").document["files"]
    assert json.loads(Path(file).read_text())["truth"] == document["truth"]


@pytest.mark.slow
def test_a_demo_does_the_whole_job_and_a_second_one_changes_nothing(tmp_path, saturday):
    first = ran("demo", "--out", tmp_path)
    assert_simulated(first, tmp_path / "report.html")
    before, page = dump(tmp_path / "demo.db"), (tmp_path / "report.html").read_bytes()
    assert ran("demo", "--out", tmp_path) == first
    assert (dump(tmp_path / "demo.db"), (tmp_path / "report.html").read_bytes()) == (before, page)


def test_a_demo_elsewhere_uses_that_database_and_refuses_a_real_one(store, tmp_path):
    before = dump(store, without=["runs"])
    assert ran("demo", "--out", tmp_path / "demo", "--db", url(store)).code == 2
    assert dump(store, without=["runs"]) == before
    assert list((tmp_path / "demo").iterdir()) == []


def test_dates_in_documents_are_iso_dates(filled):
    document = filled[0].document
    told = [row["session"] for row in document["results"]] + [row["date"] for row in document["figures"]]
    assert all(date.fromisoformat(text).isoformat() == text for text in told)
