"""The engine's benchmark runs at toy size, says what it found and writes it down; nothing here is timed."""

import json

import pytest

from benchmarks.engine import main
from benchmarks.engine_common import exponent, simulated
from benchmarks.engine_floor import counted_instructions
from benchmarks.engine_start import imports

WIDEST = 100


@pytest.fixture
def ran(tmp_path, capsys):
    """Run one part of the benchmark; return what it returned and printed, its JSON file checked."""

    def run(*words):
        out = tmp_path / "numbers.json"
        document = main([*words, "--out", str(out)])
        printed = capsys.readouterr().out
        assert json.loads(out.read_text("utf-8")) == json.loads(json.dumps(document))
        assert {"processor", "versions", "load_average"} <= set(document["machine"])
        assert str(out) in printed
        lines = [line for line in printed.splitlines() if str(out) not in line]
        assert max(map(len, lines)) <= WIDEST
        return document["result"], printed

    return run


def test_speed_shows_that_both_programs_agree_before_it_shows_any_time(ran):
    words = ("--series", "4", "--rounds", "1", "--lengths", "500", "--models", "garch-normal", "gjr-t")
    result, printed = ran("speed", "--seed", "3", *words)
    assert printed.index("Agreement") < printed.index("Speed: median CPU time")
    assert len(result["cells"]) == 5  # both models, then GJR-t with four starts, one by one and with dummies
    for cell in result["cells"]:
        assert cell["own_lower"] == 0
        assert not cell["arch_computed_errors"]
        assert cell["ratio"] == pytest.approx(1e3 * cell["arch_ms"] / cell["own_us"])
    same = [cell for cell in result["cells"] if cell["compared"] == "same model"]
    # both programs' own values against the reference: rounding of 500 terms
    assert max(max(cell["own_off_reference"], cell["arch_off_reference"]) for cell in same) < 1e-8
    assert {cell["target"]: cell["T"] for cell in same if cell["target"]} == {500: 500, 300: 500, 60: 500}


def test_agreement_holds_for_the_models_whose_conventions_differ(ran):
    words = ("--series", "2", "--rounds", "1", "--lengths", "500")
    result, _ = ran("speed", *words, "--models", "egarch-t", "gjr-skewt", "ar1-gjr-t")
    assert [cell["equal"] for cell in result["cells"]] == [2, 2, 2]


def test_the_default_part_is_speed(ran):
    result, _ = ran("--series", "2", "--rounds", "1", "--lengths", "250", "--models", "garch-normal")
    assert [(cell["model"], cell["T"]) for cell in result["cells"]] == [("garch-normal", 250)]


def test_optimum_counts_misses_statuses_and_false_claims_of_convergence(ran):
    words = ("--each", "1", "--random-starts", "4", "--models", "gjr-t", "--arch", "--exact-scores", "1")
    result, printed = ran("optimum", *words)
    (found,) = result["models"]
    assert found["series"] == sum(found["statuses"].values()) == 10
    assert found["missed"] == sum(found["missed_by_family"].values())
    assert found["dishonest"] == found["exact_large"] == 0
    assert 0 <= found["arch_missed_badly"] <= found["arch_missed"] <= 10
    assert "Misses > 1e-3 by family" in printed


def test_scaling_measures_every_count_apart_and_threads_change_no_result(ran):
    words = ("--counts", "20", "40", "--chunk", "20", "--whole", "40", "--sample", "8", "--rounds", "1")
    result, _ = ran("scaling", *words, "--lengths", "100", "200")
    assert [one["series"] for one in result["series"]] == [20, 40]
    assert all(one["growth_mb"] >= 0 for one in [*result["series"], result["one_call"]])
    assert [one["T"] for one in result["sessions"]] == [100, 200]
    assert all(one["identical"] for one in result["threads"])


def test_the_floor_is_told_for_kernels_and_whole_fits(ran):
    words = ("--length", "64", "--count", "2", "--series", "16", "--rounds", "1", "--no-callgrind")
    result, printed = ran("floor", *words)
    kernels = [one["kernel"] for one in result["kernels"]]
    assert kernels[:2] == ["lanes gjr-normal", "lanes gjr-t"]
    assert "general egarch-t" in kernels
    assert all(one["cycles"] > 0 for one in result["kernels"])
    assert {one["model"] for one in result["fits"]} == {"garch-normal", "gjr-t", "egarch-t"}
    assert "callgrind was not asked for" in printed


def test_a_machine_without_callgrind_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert counted_instructions(student=True) == "valgrind is not installed"


def test_imports_are_measured_in_processes_of_their_own():
    found = imports(1)
    assert [one["what"] for one in found][:1] == ["import eventstudy"]
    assert all(len(one["runs"]) == 1 for one in found)


def test_the_exponent_of_a_square_is_two_and_series_depend_on_the_seed_only():
    assert exponent([1, 10, 100], [3, 300, 30_000]) == pytest.approx(2)
    assert (simulated(3, 60, 5) == simulated(3, 60, 5)).all()
    assert not (simulated(3, 60, 5) == simulated(3, 60, 6)).any()
