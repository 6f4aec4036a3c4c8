"""Adjusted p-values against hand arithmetic, statsmodels and the promises of the procedures."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from eventstudy.errors import BadValue
from eventstudy.inference.multiplicity import balanced, benjamini_hochberg, holm, romano_wolf

# Four joint draws of three statistics.
DRAWS = np.array([
    [3.5, 0.5, 0.2],
    [1.0, 2.5, 0.3],
    [0.5, 0.5, 1.5],
    [0.2, 0.3, 0.4],
])  # fmt: skip


def raw(observed, null):
    return (1 + (null >= observed).sum(axis=0)) / (len(null) + 1)


def test_the_step_down_follows_a_worked_example():
    # 3.0 is beaten by the maximum of all once; 2.0 by that of the last two once; 0.3 by the last three times
    assert romano_wolf(np.array([3.0, 2.0, 0.3]), DRAWS) == pytest.approx([2 / 5, 2 / 5, 4 / 5])


def test_a_less_extreme_test_never_gets_a_smaller_p_value_than_a_more_extreme_one():
    # 2.6 is beaten by nobody among the last two, which alone would be 1/5
    assert romano_wolf(np.array([3.0, 2.6, 0.3]), DRAWS) == pytest.approx([2 / 5, 2 / 5, 4 / 5])


def test_the_order_of_tests_does_not_matter():
    mixed = [2, 0, 1]
    assert romano_wolf(np.array([3.0, 2.0, 0.3])[mixed], DRAWS[:, mixed]) == pytest.approx(
        [4 / 5, 2 / 5, 2 / 5]
    )


def test_a_test_without_an_answer_stays_without_one_and_leaves_the_family():
    observed = np.array([np.nan, 2.0, 0.3])
    assert romano_wolf(observed, DRAWS) == pytest.approx([np.nan, 2 / 5, 4 / 5], nan_ok=True)
    unknown = np.where(np.isnan(observed), np.nan, DRAWS)
    assert romano_wolf(observed, unknown) == pytest.approx([np.nan, 2 / 5, 4 / 5], nan_ok=True)


def test_draws_that_do_not_fit_the_family_are_refused():
    with pytest.raises(BadValue, match="shape of the joint draws"):
        romano_wolf(np.ones(2), DRAWS)
    with pytest.raises(BadValue, match="not finite"):
        romano_wolf(np.ones(3), np.full((4, 3), np.nan))


def test_a_family_of_nothing_is_nothing():
    assert len(romano_wolf(np.empty(0), np.empty((9, 0)))) == 0
    assert len(holm(np.empty(0))) == len(benjamini_hochberg(np.empty(0))) == 0


def test_no_adjusted_p_value_is_below_its_raw_one():
    generator = np.random.default_rng(0)
    for _ in range(50):
        observed = np.abs(generator.standard_normal(12)) * 1.5
        null = np.abs(generator.standard_normal((99, 12)))
        assert (romano_wolf(observed, null) >= raw(observed, null)).all()


@pytest.mark.parametrize(("ours", "theirs"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_holm_and_benjamini_hochberg_agree_with_statsmodels(ours, theirs):
    generator = np.random.default_rng(1)
    for size in (1, 2, 5, 40):
        p = generator.random(size) ** 3
        p[size // 2 :] = np.round(p[size // 2 :], 1)  # ties
        # the same additions in another order: rounding only
        assert ours(p) == pytest.approx(multipletests(p, method=theirs)[1], rel=1e-12)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_a_p_value_that_is_missing_does_not_count(adjust):
    p = np.array([0.01, np.nan, 0.04, 0.03])
    without = adjust(p[[0, 2, 3]])
    assert adjust(p) == pytest.approx([without[0], np.nan, without[1], without[2]], nan_ok=True)
    assert np.isnan(adjust(np.array([np.nan]))).all()


def test_a_balanced_score_alone_gives_the_raw_p_value():
    generator = np.random.default_rng(2)
    null = generator.chisquare(1, (199, 1))
    for observed in (np.array([0.01]), np.array([2.0]), np.array([40.0])):
        assert romano_wolf(*balanced(observed, null)) == pytest.approx(raw(observed, null))


def test_balance_keeps_a_heavy_tail_from_hiding_its_neighbour():
    generator = np.random.default_rng(3)
    null = np.column_stack(
        [np.abs(generator.standard_normal(4_999)), generator.standard_exponential(4_999) ** 3]
    )
    observed = np.array([3.5, 1.0])  # the first is a 1-in-2,000 event, the second is nothing
    plain, level = romano_wolf(observed, null), romano_wolf(*balanced(observed, null))
    # max-T compares 3.5 with cubes of exponentials, of which P(x^3 > 3.5) = exp(-3.5^(1/3)) = 22 % are larger
    assert plain[0] == pytest.approx(np.exp(-(3.5 ** (1 / 3))), abs=0.02)
    # two equal shares of the family's error: twice the raw p-value of .0005, within draws of 5,000
    assert level[0] == pytest.approx(2 * 0.000465, abs=0.001)


def test_balance_passes_a_missing_statistic_through():
    scores, _ = balanced(np.array([np.nan, 1.0, 1.0]), DRAWS)
    assert np.isnan(scores).tolist() == [True, False, False]


def test_draws_that_move_together_cost_the_step_down_nothing_and_holm_everything():
    generator = np.random.default_rng(4)
    one = np.abs(generator.standard_normal((999, 1)))
    null, observed = np.repeat(one, 10, axis=1), np.full(10, 2.5)
    p = raw(observed, null)
    assert romano_wolf(observed, null) == pytest.approx(p)
    assert holm(p) == pytest.approx(np.minimum(10 * p, 1))
