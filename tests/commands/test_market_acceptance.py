"""The acceptance command on the real prices: figures of 7 April 2025, exclusions, signals as of a day."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import ran, url
from tests.market import market_folder

pytestmark = pytest.mark.market

COMMAND = Path(sys.executable).with_name("eventstudy")
VERDICTS = {  # of the first article's table, in its order
    ("nikkei225", "level"): ("31,136.58", "EXACT", "CONSISTENT"),
    ("nikkei225", "change"): ("-2,644.00", "EXACT", "CONSISTENT"),
    ("nikkei225", "percent_change"): ("-7.83%", "EXACT", "CONSISTENT"),
    ("nikkei_vi", "level"): ("58.39", "EXACT", "CONSISTENT"),
    ("nikkei_vi", "change"): ("+22.81", "EXACT", "CONSISTENT"),
    ("nikkei_vi", "percent_change"): ("+64.11%", "EXACT", "CONSISTENT"),
    ("topix", "percent_change"): ("-7.8%", "EXACT", "NOT CHECKABLE"),
    ("jpx_nikkei_400", "level"): ("20,855.98", "NO DATA", "CONSISTENT"),
    ("jpx_nikkei_400", "change"): ("-1,744.47", "NO DATA", "CONSISTENT"),
    ("jpx_nikkei_400", "percent_change"): ("-7.72%", "NO DATA", "CONSISTENT"),
}


@pytest.fixture(scope="module")
def accepted(tmp_path_factory):
    """Exit code, document and database of ``eventstudy run --source files:DIR --db URL --json``."""
    folder = tmp_path_factory.mktemp("accepted")
    command = [COMMAND, "run", "--source", f"files:{market_folder()}", "--db", "sqlite:///t.db", "--json"]
    environment = {"EVENTSTUDY_HOME": str(folder / "home"), "PATH": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout, parse_constant=pytest.fail), folder / "t.db"


@pytest.fixture
def figures(accepted):
    return {(figure["series"], figure["quantity"]): figure for figure in accepted[1]["figures"]}


def test_the_missing_index_is_the_one_exclusion_and_the_exit_code_says_so(accepted):
    code, document, _ = accepted
    assert code == 3
    assert [(item["event"], item["series"]) for item in document["exclusions"]] == [("*", "jpx_nikkei_400")]
    assert document["world"] == "real"
    assert Path(document["report"]).is_file()


def test_the_simple_returns_of_7_april_2025_are_the_published_ones(figures):
    for series, published in (("nikkei225", -7.8270), ("topix", -7.7919)):
        figure = figures[series, "percent_change"]
        assert figure["date"] == "2025-04-07"
        assert round(figure["computed"], 4) == published


@pytest.mark.parametrize("figure", VERDICTS)
def test_each_quoted_figure_has_its_verdict(figure, figures):
    found = figures[figure]
    assert (found["quoted"], found["verdict"], found["arithmetic"]) == VERDICTS[figure]
    assert (found["computed"] is None) == (found["verdict"] == "NO DATA")


def test_every_tariff_event_is_studied_on_every_series_with_prices(accepted):
    results = accepted[1]["results"]
    listed = ran("events", "--json").document["events"]
    tariffs = {event["id"] for event in listed if event["kind"] == "tariff"}
    series = {"nikkei225", "topix", "usdjpy", "usdjpy_tokyo_1700", "jpx_nikkei_400_etf_1591"}
    studied = {(row["event"], row["series"]) for row in results}
    assert studied == {(event, name) for event in tariffs for name in series}
    proxies = {row["series"]: row["proxy_of"] for row in results if row["proxy_of"]}
    assert proxies == {"jpx_nikkei_400_etf_1591": "jpx_nikkei_400"}


def test_signals_as_of_the_crash_have_values_and_see_nothing_later(accepted):
    said = ran("signals", "--db", url(accepted[2]), "--as-of", "2025-04-07", "--json")
    assert said.code == 0
    for reading in said.document["signals"]:
        assert (reading["as_of"], reading["verdict"]) == ("2025-04-07", "UNSCORED")
        assert isinstance(reading["value"], float)
        assert {item["last_session"] for item in reading["inputs"]} == {"2025-04-07"}


def test_signals_are_refused_when_their_inputs_are_stale(accepted):
    said = ran("signals", "--db", url(accepted[2]), "--as-of", "2026-11-20", "--json")
    assert said.code == 0
    for reading in said.document["signals"]:
        assert (reading["verdict"], reading["value"]) == ("REFUSED", None)
        assert "stale" in {item["status"] for item in reading["inputs"]}
        assert reading["sentence"].endswith("refresh it.")
