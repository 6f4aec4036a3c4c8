"""The truth kit runs at toy size through its command line, names what fails and writes every number down."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from benchmarks.size_power import main, parsed
from benchmarks.size_power_common import (
    BASE,
    LAWS,
    Law,
    innovations,
    mixing,
    percent,
    recursion,
    rejected,
    shares,
    verdict,
)
from benchmarks.size_power_dates import long_world
from eventstudy.inference.panel import battery
from eventstudy.ranges import parkinson, with_overnight

SINGLE = ("--worlds", "2", "--law-worlds", "1", "--sessions", "1200", "--placebos", "700", "--dates", "1")
MULTI = ("--worlds", "12", "--histories", "2", "--quiet", "60", "--sets", "2")
PANEL = ("--panels", "10", "--warner", "4")


@pytest.fixture
def ran(tmp_path, capsys):
    """Run one part; return its results and what it printed, its JSON file checked."""

    def run(part, *words):
        out = tmp_path / "numbers.json"
        document = main([part, *words, "--workers", "1", "--json", str(out)])
        assert json.loads(out.read_text("utf-8")) == json.loads(json.dumps(document))
        assert {"seed", "machine", "counts", "seconds", "results"} == set(document)
        assert set(document["counts"]) == set(document["results"]) == {part}
        return document["results"][part], capsys.readouterr().out

    return run


def failing(result):
    return {one.get("test", one.get("method")) for one in result["failing"]}


def test_single_event_tests_are_sized_by_regime_and_their_power_stands_beside(ran):
    result, printed = ran("single", *SINGLE)
    assert {"sizes", "power", "failing"} == set(result)
    main_law = [row for row in result["sizes"] if row["law"] == BASE.name and not row["known"]]
    methods = {(row["statistic"], row["method"]) for row in main_law}
    asked = "fhs fhs_tails fhs_block garch_z constant_t hac_t sq sq_z placebo placebo_matched fhs_params"
    assert {("CAR(0,4)", method) for method in asked.split()} <= methods
    assert {
        ("MAX(0,4)", "fhs"),
        ("RAV(0)", "parkinson"),
        ("RAV(0,4)", "yang_zhang"),
        ("VR(0,4)", "joint_lr"),
    } <= methods
    assert {row["regime"] for row in main_law} == {"all", "q1", "q2", "q3", "q4", "top5"}
    assert {row["by"] for row in main_law} == {"forecast", "truth"}
    assert {row["law"] for row in result["sizes"]} == {BASE.name, *(law.name for law in LAWS)}
    assert {"shift 1", "shift 3", "multiple 2", "multiple 9"} <= {row["effect"] for row in result["power"]}
    for title in ("parameters refitted at each date", "true parameters", "other laws", "Power against"):
        assert title in printed


def test_multi_event_tests_are_sized_by_episodes_and_the_naive_ones_are_named_failing(ran):
    result, printed = ran("multi", *MULTI)
    assert {"returns", "volatility", "failing"} == set(result)
    assert {row["episodes"] for row in result["returns"]} == {4, 8, 15}
    tests = {row["test"] for row in result["returns"]}
    assert {
        "episode_t",
        "sign_flip",
        "savickas",
        "grank_t",
        "kp_block_events",
        "bmp, all cells",
        "patell",
    } <= tests
    assert {row["test"] for row in result["volatility"]} == {"bgw_bootstrap", "bgw_fhs", "bgw_chi2"}
    assert "patell" in failing(result)  # rejects more than half of the time where events add variance
    assert "- `patell` (one window)" in printed
    # four episodes cannot reject at 5 per cent by signs, and are not blamed for it
    four = [row for row in result["returns"] if row["test"] == "sign_flip" and row["episodes"] == 4]
    assert {row["size"] for row in four} == {0.0}
    assert "sign_flip" not in failing(result)


def test_the_classical_battery_is_sized_and_the_cross_section_fails_on_one_date(ran):
    result, printed = ran("panel", *PANEL)
    assert {"battery", "brown_warner", "failing"} == set(result)
    assert {row["test"] for row in result["battery"]} == set(battery.TESTS)
    assert {row["dates"] for row in result["battery"]} == {"own", "ten", "one"}
    assert {row["events"] for row in result["battery"]} == {20, 50}
    assert "csect_t" in failing(result)  # half of all panels of correlated firms
    assert "`portfolio_t`, reference" in printed
    assert {row["shift"] for row in result["brown_warner"]} == {0.0, 0.5, 1.0, 2.0}


def test_families_are_adjusted_and_the_wald_test_stands_beside_them(ran):
    result, printed = ran("multiplicity", "--worlds", "6")
    kinds = {row["kind"] for row in result["rows"]}
    assert kinds == {"error", "power", "wald"}
    adjusted = {row["adjustment"] for row in result["rows"] if row["kind"] == "error"}
    assert adjusted == {"none", "romano_wolf", "holm", "bh"}
    assert "Wald test that no series moved" in printed


def test_results_do_not_depend_on_the_number_of_workers():
    one, two = (main(["multiplicity", "--worlds", "4", "--workers", n])["results"] for n in ("1", "2"))
    assert one == two


def test_without_a_part_every_part_is_asked_for_with_its_defaults():
    asked, parts = parsed(["--seed", "7"])
    assert (asked.part, list(parts)) == ("all", ["single", "multi", "panel", "multiplicity"])
    assert {one.seed for one in parts.values()} == {7}


def test_the_error_of_a_share_counts_worlds_and_not_their_dates():
    # Worlds with 4 of 10 and 0 of 10: the share is .2 and two worlds differ by .4, so that the error is .2.
    rows = pd.DataFrame({"test": "a", "world": [1, 2], "hits": [4, 0], "weight": [10, 10], "n": [10, 10]})
    [found] = shares(rows, ["test"]).to_dict("records")
    assert found["size"] == pytest.approx(0.2)
    assert found["error"] == pytest.approx(0.2)
    assert (found["n"], found["worlds"]) == (20, 2)


def test_missing_p_values_are_no_acceptances():
    share, error, n = rejected(np.array([0.05, 0.5, np.nan, 0.01, 0.2]))
    assert (share, n) == (0.5, 4)
    assert error == pytest.approx(0.25)  # sqrt(.5 * .5 / 4)
    assert math.isnan(rejected(np.array([np.nan]))[0])


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"q1": (0.055, 0.002, 10_000), "q2": (0.046, 0.002, 10_000)}, "holds"),
        ({"q1": (0.060, 0.002, 10_000), "q2": (0.050, 0.002, 10_000)}, "near"),
        ({"q1": (0.020, 0.002, 10_000), "q2": (0.090, 0.002, 10_000)}, "FAILS: too often q2; too seldom q1"),
        ({"t: a": (0.3, 0.01, 900), "t: b": (0.2, 0.01, 900), "x": (0.05, 0.01, 900)}, "FAILS: too often t"),
        ({"q1": (0.090, 0.030, 10_000)}, "holds"),
        ({"E=4": (0.0, 0.0, 1_000, 0.0)}, "holds"),
        ({"q1": (0.2, 0.01, 900), "q2": (0.3, 0.01, 900)}, "FAILS: too often everywhere"),
    ],
)  # fmt: skip
def test_a_verdict_weighs_the_distance_by_its_monte_carlo_error(cells, told):
    assert verdict(cells) == told


def test_rejecting_too_seldom_is_no_failure_of_a_family():
    cells = {"nothing": (0.01, 0.001, 10_000)}
    assert verdict(cells, only_too_often=True) == "holds"
    assert verdict(cells) == "FAILS: too seldom everywhere"


def test_shares_are_said_in_per_cent_with_their_error():
    assert percent(0.0512, 0.0031) == "5.1 ±0.3"
    assert percent(math.nan) == "-"
    assert percent(0.5, math.nan) == "50.0 ±?"


def test_the_recursion_is_the_one_of_its_law():
    # omega = 1 - .1 - .2/2 - .5 = .3; eps = -2, so that h = .3 + (.1 + .2) 4 + .5 = 2.0; then eps = +sqrt(2).
    law = Law("by hand", alpha=0.1, gamma=0.2, beta=0.5)
    shocks, variances = recursion(law, np.array([-2.0, 1.0]))
    assert shocks == pytest.approx([-2.0, math.sqrt(2)])
    assert variances == pytest.approx([1.0, 2.0, 0.3 + 0.1 * 2 + 0.5 * 2])


@pytest.mark.parametrize("shape", ["normal", "t4", "t6", "skewed"])
def test_innovations_have_mean_0_and_variance_1(shape):
    rng = np.random.default_rng(3)
    scale = mixing(shape, 400_000, rng)
    z = innovations(shape, scale, rng.standard_normal(400_000))
    assert abs(z.mean()) < 0.01  # six standard errors of 1 / sqrt(400000)
    assert z.var() == pytest.approx(1.0, abs=0.04)  # the fourth moment of t4 is infinite: wide
    if shape == "skewed":
        # theta = -.6, k = 2: 2 theta^3 / k^2 + 3 theta (1 - theta^2 / k) / k
        assert (z**3).mean() == pytest.approx(2 * -0.216 / 4 + 3 * -0.6 * 0.82 / 2, abs=0.08)


def test_the_range_of_a_simulated_day_says_its_variance_but_for_the_steps_between():
    world = long_world(BASE, 6_000, 1, 0)
    bars = world.bars
    squared = (world.series.returns - 0.03) ** 2
    assert bars.gap + bars.change == pytest.approx(world.series.returns)
    # a walk of 96 steps misses about 2 x .58 / sqrt(96) of its range, 12 per cent, and twice that in variance
    ratio = with_overnight(parkinson(bars), bars).mean() / squared.mean()
    assert 0.75 < ratio < 1.0
