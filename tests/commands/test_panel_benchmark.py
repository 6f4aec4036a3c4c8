"""The panel benchmark at toy size: the floor and ours run, answers are compared, a lacking peer is told."""

import json

import numpy as np
import pytest

from benchmarks.panel import PEERS, compared, main, world

# the same sums in another order, 20 events of 21 days
SAME = 1e-9


@pytest.fixture
def ran(tmp_path, capsys):
    def run(*words):
        out = tmp_path / "numbers.json"
        document = main([*words, "--rounds", "1", "--out", str(out)])
        assert json.loads(out.read_text("utf-8")) == json.loads(json.dumps(document))
        return document, capsys.readouterr().out

    return run


def side(caar, seconds, **statistics):
    return {"version": "1", "seconds": seconds, "caar": caar, "statistics": statistics}


def test_ours_and_the_floor_run_without_any_peer(ran):
    document, printed = ran("--peers", "--events", "8", "--seed", "3")
    (found,) = document["results"]
    assert found["rows"] == []
    assert set(found["own"]) == {"ours_market", "ours_seven"}
    assert all(one["floors"] > 0 for one in found["own"].values())
    assert "Distance to batched linear algebra" in printed
    assert max(map(len, printed.splitlines())) <= 160


def test_a_peer_that_cannot_be_installed_is_told_and_left_out(ran, tmp_path):
    occupied = tmp_path / "occupied"
    occupied.write_text("a file where a folder must be")
    document, printed = ran("--peers", "ffjr", "--events", "4", "--cache", str(occupied))
    (found,) = document["results"]
    assert found["rows"] == []
    assert list(found["left_out"]) == ["ffjr"]
    assert "left out, 4 events: ffjr-eventstudies==0.2.0 (" in printed


def test_answers_are_compared_before_times():
    ours = side([0.01, 0.02], [0.010, 0.010, 0.040], naive_t=2.0)
    same = compared("ffjr", side([0.01, 0.02], [1.0, 3.0, 2.0], naive_t=2.0), ours, 1000)
    assert same["same"]
    assert (same["peer_ms"], same["our_ms"], same["ratio"]) == pytest.approx((2.0, 0.01, 200))
    assert same["target"] == PEERS["ffjr"].target
    other_path = compared("ffjr", side([0.01, 0.03], [1.0], naive_t=2.0), ours, 20)
    other_t = compared("ffjr", side([0.01, 0.02], [1.0], naive_t=2.1), ours, 20)
    assert not other_path["same"]
    assert not other_t["same"]
    assert other_t["off"] == {"caar": 0.0, "naive_t": pytest.approx(0.05)}
    assert other_t["target"] is None


def test_the_simulated_panel_depends_on_its_seed_only_and_holds_the_effect():
    one, again, other = world(200, 5), world(200, 5), world(200, 6)
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert not np.array_equal(one["returns"], other["returns"])
    day0 = one["returns"][one["day0"], one["firm"]] - one["market"][one["day0"]]
    # one per cent was put there; firms move by 1.8 % a day
    assert day0.mean() == pytest.approx(0.01, abs=4 * 0.02 / np.sqrt(200))


def test_all_our_sides_and_the_floor_agree_on_the_caar(ran):
    document, _ = ran("--peers", "--events", "20", "--seed", "2")
    own = document["results"][0]["own"]
    panel = world(20, 2)
    returns, market = panel["returns"], panel["market"]
    expected = np.zeros(21)
    for firm, day in zip(panel["firm"], panel["day0"], strict=True):
        calm, ahead = slice(day - 260, day - 10), slice(day - 10, day + 11)
        beta, alpha = np.polyfit(market[calm], returns[calm, firm], 1)
        expected += (returns[ahead, firm] - alpha - beta * market[ahead]) / 20
    for found in own.values():
        assert found["caar"] == pytest.approx(np.cumsum(expected), abs=SAME)
