"""The bootstraps of the mean CAR against the enumeration of everything that they could have drawn."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.panel import battery, resampled
from eventstudy.inference.panel.view import look
from tests.panel_samples import known_mean

REPLICATIONS = 20_000
WEBB = [-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)]

# Unequal CARs, three of them on one date, two on another.
CARS = np.array([0.9, 0.2, 0.5, -0.4, 0.8, 0.3, 0.7])
DATES = np.array([10, 10, 10, 200, 200, 400, 600])


def seen(cars, dates=None):
    residuals = np.random.default_rng(1).standard_normal((len(cars), 30))
    return look(known_mean(residuals, np.asarray(cars)[:, None], dates=dates), (0, 0))


def clustered_t(cars, groups):
    """Mean over its clustered standard error; `groups` labels the events."""
    centred = cars - cars.mean()
    labels = np.unique(groups)
    squares = sum(centred[groups == one].sum() ** 2 for one in labels)
    spread = np.sqrt(len(labels) / (len(labels) - 1) * squares) / len(cars)
    return cars.mean() / spread if spread > 1e-9 else np.inf


def redrawn_share(cars, groups):
    """Share of all ways to redraw the groups whose t about the mean is at least as far as the sample's."""
    labels = np.unique(groups)
    observed = abs(clustered_t(cars, groups))
    far = []
    for picks in product(labels, repeat=len(labels)):
        values = np.concatenate([cars[groups == one] for one in picks]) - cars.mean()
        names = np.concatenate([np.full((groups == one).sum(), place) for place, one in enumerate(picks)])
        far.append(abs(clustered_t(values, names)) >= observed * (1 - 1e-9))
    return np.mean(far)


def weighted_share(cars, groups, points):
    """Share of all patterns of weights on the groups whose t is at least as far as the sample's."""
    labels, member = np.unique(groups, return_inverse=True)
    observed = abs(clustered_t(cars, groups))
    patterns = [np.array(one)[member] for one in product(points, repeat=len(labels))]
    return np.mean([abs(clustered_t(cars * one, groups)) >= observed * (1 - 1e-9) for one in patterns])


def assert_share(outcome, share):
    """Within four standard errors of the share, which 20,000 draws estimate."""
    error = np.sqrt(share * (1 - share) / REPLICATIONS)
    assert 0.01 < share < 0.99  # an enumeration that says nothing would prove nothing
    assert abs(outcome.p_value[0] - share) < 4 * error + 1 / REPLICATIONS


def test_the_bootstrap_comes_to_the_share_of_all_redrawn_samples():
    cars = CARS[:5]
    outcome = resampled.bootstrap(seen(cars), seed=1, replications=REPLICATIONS)
    assert_share(outcome, redrawn_share(cars, np.arange(5)))
    assert outcome.statistic[0] == pytest.approx(cars.mean() / (cars.std(ddof=1) / np.sqrt(5)), rel=1e-12)
    assert outcome.null_distribution == ("bootstrap of 5 events, 20000 draws",)


def test_the_block_bootstrap_comes_to_the_share_of_all_redrawn_sets_of_dates():
    outcome = resampled.block_bootstrap(seen(CARS, DATES), seed=1, replications=REPLICATIONS)
    assert_share(outcome, redrawn_share(CARS, DATES))
    assert outcome.statistic[0] == pytest.approx(clustered_t(CARS, DATES), rel=1e-12)
    assert outcome.null_distribution == ("bootstrap of 4 dates, 20000 draws",)


@pytest.mark.parametrize(("weights", "points"), [("rademacher", [-1.0, 1.0]), ("webb", WEBB), ("auto", WEBB)])
def test_the_wild_bootstrap_comes_to_the_share_of_all_patterns_of_weights(weights, points):
    view = seen(CARS, DATES)
    outcome = resampled.wild_bootstrap(view, seed=1, replications=REPLICATIONS, weights=weights)
    assert_share(outcome, weighted_share(CARS, DATES, points))
    name = "Rademacher" if weights == "rademacher" else "Webb"
    assert outcome.null_distribution == (f"wild bootstrap of 4 dates, {name} weights, 20000 draws",)


def test_from_twelve_dates_on_signs_are_enough():
    cars = np.random.default_rng(2).standard_normal(12)
    outcome = resampled.wild_bootstrap(seen(cars), seed=1, replications=99)
    assert outcome.null_distribution == ("wild bootstrap of 12 dates, Rademacher weights, 99 draws",)
    fewer = resampled.wild_bootstrap(seen(cars[:11]), seed=1, replications=99)
    assert fewer.null_distribution == ("wild bootstrap of 11 dates, Webb weights, 99 draws",)


def test_an_effect_beyond_every_draw_has_the_smallest_p_that_the_draws_allow():
    cars = 10 + np.random.default_rng(3).standard_normal(30)
    table = battery.run(seen(cars).sample, [(0, 0)], seed=1, replications=199, tests=list(battery.RESAMPLED))
    assert table["p_value"].tolist() == [1 / 200] * 3


def test_more_draws_than_are_held_at_once_are_still_all_counted():
    cars = np.random.default_rng(6).standard_normal(400) + 0.08
    outcome = resampled.bootstrap(seen(cars), seed=1, replications=REPLICATIONS)
    # four hundred normal CARs: the bootstrap's null is t(399) itself, but for the sample's own tails
    assert outcome.p_value[0] == pytest.approx(stats.ttest_1samp(cars, 0).pvalue, abs=0.015)
    assert 0.05 < outcome.p_value[0] < 0.5


def test_draws_depend_on_the_seed_and_not_on_the_other_tests():
    sample = seen(CARS, DATES).sample
    draws = {"replications": 499}
    every = battery.run(sample, [(0, 0)], seed=4, **draws)
    chosen = battery.run(sample, [(0, 0)], seed=4, tests=["block_bootstrap", "bootstrap"], **draws)
    expected = every.set_index("test").loc[["block_bootstrap", "bootstrap"]].reset_index()
    assert chosen.equals(expected)
    other = battery.run(sample, [(0, 0)], seed=5, tests=["block_bootstrap", "bootstrap"], **draws)
    assert not chosen["p_value"].equals(other["p_value"])
