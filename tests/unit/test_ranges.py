"""Range variances against hand arithmetic, Brownian paths and bars that cannot be."""

import math

import numpy as np
import pytest

from eventstudy import ranges
from eventstudy.errors import BadValue


def bars(*rows):
    """Moves of bars given as (open, high, low, close, previous close)."""
    o, h, low, c, before = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return ranges.moves(open_=o, high=h, low=low, close=c, previous_close=before)


def from_moves(gap, up, down, change):
    """A bar whose logarithmic moves in per cent are given."""
    o = 100.0
    return (
        o,
        o * math.exp(up / 100),
        o * math.exp(down / 100),
        o * math.exp(change / 100),
        o / math.exp(gap / 100),
    )


def test_round_moves_give_the_variances_of_hand_arithmetic():
    # u = 3, d = -2, c = 1, o = 0.5
    bar = bars(from_moves(0.5, 3, -2, 1))
    assert ranges.parkinson(bar) == pytest.approx([25 / (4 * math.log(2))])
    assert ranges.garman_klass(bar) == pytest.approx([12.5 - (2 * math.log(2) - 1)])
    # .511 * 25 - .019 * (1 * 1 + 12) - .383
    assert ranges.garman_klass_full(bar) == pytest.approx([12.145])
    assert ranges.rogers_satchell(bar) == pytest.approx([3 * 2 + 2 * 3])
    assert ranges.with_overnight(ranges.rogers_satchell(bar), bar) == pytest.approx([12.25])


def test_two_sessions_give_the_yang_zhang_variance_of_hand_arithmetic():
    pair = bars(from_moves(0.5, 3, -2, 1), from_moves(1.5, 1, -3, -1))
    # var(o) = .5, var(c) = 2, Rogers-Satchell 12 and 1 * 2 + (-3) * (-2) = 8, k = .34 / (1.34 + 3)
    k = 0.34 / 4.34
    assert ranges.yang_zhang(pair, 2)[1] == pytest.approx(0.5 + k * 2 + (1 - k) * 10)
    assert math.isnan(ranges.yang_zhang(pair, 2)[0])


def test_a_run_longer_than_the_bars_has_no_yang_zhang_variance():
    assert np.isnan(ranges.yang_zhang(bars(from_moves(0, 1, -1, 0)), 3)).tolist() == [True]


def test_one_session_is_too_short_for_yang_zhang():
    with pytest.raises(BadValue, match="two"):
        ranges.yang_zhang(bars(from_moves(0, 1, -1, 0)), 1)


def test_a_flat_bar_has_no_variance_and_no_logarithm():
    flat = bars((100, 100, 100, 100, 99))
    for estimator in ranges.DAILY_VARIANCES.values():
        assert estimator(flat)[0] == 0
        assert math.isnan(ranges.log_variance(estimator(flat))[0])
    whole = ranges.with_overnight(ranges.parkinson(flat), flat)
    assert ranges.log_variance(whole)[0] == pytest.approx(2 * math.log(100 * math.log(100 / 99)))


def test_a_session_that_runs_from_its_low_to_its_high_has_no_rogers_satchell_variance():
    trend = bars((100, 110, 100, 110, 100))
    assert ranges.rogers_satchell(trend)[0] == pytest.approx(0, abs=1e-12)
    assert ranges.parkinson(trend)[0] > 0


@pytest.mark.parametrize(
    "bar",
    [
        (100, 99, 101, 100, 100),
        (103, 102, 99, 100, 100),
        (100, 102, 99, 98, 100),
        (100, 102, 0, 101, 100),
        (100, 102, -1, 101, 100),
        (100, 102, 99, 101, 0),
    ],
    ids=[
        "high below low",
        "open above high",
        "close below low",
        "price of 0",
        "price below 0",
        "last close of 0",
    ],
)
def test_a_bar_that_cannot_be_is_unknown_and_counted(bar):
    found = bars(bar, (100, 102, 99, 101, 100))
    assert found.inconsistent == 1
    for part in (found.up, found.down, found.change, found.gap):
        assert np.isnan(part).tolist() == [True, False]


def test_a_missing_price_is_unknown_but_no_contradiction():
    nan = math.nan
    found = bars((100, nan, 99, 101, 100), (nan, nan, nan, 101, 100), (100, 102, 99, 101, nan))
    assert found.inconsistent == 0
    assert np.isnan(found.up).tolist() == [True, True, False]
    assert np.isnan(found.gap).tolist() == [True, True, True]
    assert np.isnan(ranges.parkinson(found)).tolist() == [True, True, False]


def test_prices_of_different_lengths_are_refused():
    one, two = np.ones(1), np.ones(2)
    with pytest.raises(BadValue, match="lengths 1, 1, 2, 1, 1"):
        ranges.moves(open_=one, high=one, low=two, close=one, previous_close=one)


def test_a_part_of_the_sessions_keeps_its_moves():
    found = bars(from_moves(0, 1, -1, 0), from_moves(0, 2, -2, 1), from_moves(0, 3, -3, 1))[1:]
    assert len(found) == 2
    assert found.up == pytest.approx([2, 3])


def test_on_brownian_paths_rogers_satchell_alone_does_not_mind_the_drift():
    # 4,000 days of 500 steps, variance 1 a day, drift of two deviations a day. What the extremes miss between
    # steps is .5826 deviations of a step (Broadie, Glasserman, Kou 1997). One day's estimate has a deviation
    # of about .8: .05 is four standard errors.
    missed = 0.5826 / math.sqrt(500)
    steps = np.random.default_rng(5).normal(2 / 500, math.sqrt(1 / 500), (4_000, 500))
    path = np.concatenate([np.zeros((4_000, 1)), np.cumsum(steps, axis=1)], axis=1)
    up, down = path.max(axis=1) + missed, path.min(axis=1) - missed
    days = ranges.Moves(up, down, path[:, -1], np.zeros(4_000), 0)
    assert ranges.rogers_satchell(days).mean() == pytest.approx(1, abs=0.05)
    assert ranges.parkinson(days).mean() > 1.5
