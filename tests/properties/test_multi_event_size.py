"""Size of the multi-event tests over four correlated series: which hold, which fail, by name.

Simulations of normal cells with known variances, against the table that was published with the method: 20,000
replications here, as there, so that the difference of two Monte-Carlo figures is judged.
"""

import math

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference import block_correlation as block
from eventstudy.inference.composite import composite, mean_t, sign_flip
from eventstudy.inference.grank_events import rank_tests
from eventstudy.inference.multiplicity import holm, romano_wolf
from eventstudy.inference.savickas import savickas_test
from eventstudy.values import Design
from tests.multi_event_worlds import CORRELATION

DESIGN = Design()
SIZE = 20_000
FACTOR = np.linalg.cholesky(CORRELATION)
EQUITIES = np.array([1.0, 1.0, 1.0, 0.0])
EPISODES = (4, 8, 15)


def cells(episodes, seed, scale=1.0, size=SIZE):
    """Standardised returns (size, E, 4): normal, correlated within dates, independent across dates."""
    draws = np.random.default_rng(seed).standard_normal((size, episodes, 4))
    return scale * draws @ FACTOR.T


def flat(scar):
    return scar.reshape(len(scar), -1)


def block_rbar(episodes):
    """Mean correlation over all pairs, pairs of different dates at 0; .705 within a date."""
    return block.block_mean_correlation(np.tile(CORRELATION, (episodes, 1, 1)), np.ones((episodes, 4), bool))


def over_cells(scar, rbar, df):
    ratio = block.kolari_pynnonen(block.bmp_ratio(flat(scar)), rbar, flat(scar).shape[1])
    return np.mean(np.abs(ratio) > stats.t.ppf(0.975, df))


def over_episodes(scar):
    ratio = mean_t(scar @ EQUITIES / 3)[2]
    return np.mean(np.abs(ratio) > stats.t.ppf(0.975, scar.shape[1] - 1))


def known_variance(scar, rbar):
    return np.mean(np.abs(block.patell_z(flat(scar), rbar)) > stats.norm.ppf(0.975))


def same_as_published(share, per_cent, replications=SIZE):
    """Within 3.5 standard errors of the difference of two simulations, and half a printed digit."""
    p = per_cent / 100
    error = math.sqrt(2 * max(p * (1 - p), 0.001) / replications)
    return share == pytest.approx(p, abs=3.5 * error + 0.0005)


def at_nominal(share, replications=SIZE):
    return share == pytest.approx(0.05, abs=3.5 * math.sqrt(0.05 * 0.95 / replications))


def test_the_correlation_within_a_date_is_that_of_the_table():
    assert block_rbar(1) == pytest.approx(0.705)


@pytest.mark.parametrize(("episodes", "published"), [(1, 46.7), (4, 30.9), (8, 29.2), (15, 27.8)])
def test_bmp_over_all_cells_takes_four_series_for_four_observations(episodes, published):
    assert same_as_published(over_cells(cells(episodes, 1), 0.0, 4 * episodes - 1), published)


@pytest.mark.parametrize(("episodes", "published"), [(1, 10.7), (4, 0.0), (8, 0.0), (15, 0.0)])
def test_kolari_pynnonen_with_one_correlation_for_all_pairs_never_rejects_over_several_dates(
    episodes, published
):
    assert same_as_published(over_cells(cells(episodes, 2), 0.705, 4 * episodes - 1), published)


@pytest.mark.parametrize(("episodes", "published"), [(1, 10.7), (4, 8.0), (8, 6.5), (15, 5.9)])
def test_kolari_pynnonen_by_blocks_on_the_cells_degrees_of_freedom_is_liberal_for_few_dates(
    episodes, published
):
    share = over_cells(cells(episodes, 3), block_rbar(episodes), 4 * episodes - 1)
    assert same_as_published(share, published)


@pytest.mark.parametrize(("episodes", "published"), [(4, 1.8), (8, 3.6), (15, 4.4)])
def test_kolari_pynnonen_by_blocks_on_the_dates_degrees_of_freedom_is_conservative(episodes, published):
    assert same_as_published(over_cells(cells(episodes, 4), block_rbar(episodes), episodes - 1), published)


@pytest.mark.parametrize("scale", [1.0, 2.0], ids=["calm", "variance x4"])
@pytest.mark.parametrize("episodes", EPISODES)
def test_the_composite_per_episode_holds_its_size_with_and_without_event_induced_variance(episodes, scale):
    assert at_nominal(over_episodes(cells(episodes, 5, scale)))


@pytest.mark.parametrize(("scale", "published"), [(1.0, 4.8), (2.0, 32.5)], ids=["calm", "variance x4"])
def test_one_event_alone_has_a_test_only_while_its_variance_is_known(scale, published):
    known = composite(cells(1, 6, scale)[:, 0], EQUITIES) / math.sqrt(EQUITIES @ CORRELATION @ EQUITIES / 9)
    assert same_as_published(np.mean(np.abs(known) > stats.norm.ppf(0.975)), published)


@pytest.mark.parametrize(("episodes", "published"), [(1, 27.0), (4, 26.5), (8, 27.4), (15, 26.9)])
def test_patell_over_all_cells_takes_four_series_for_four_observations(episodes, published):
    assert same_as_published(known_variance(cells(episodes, 7), 0.0), published)


@pytest.mark.parametrize(("episodes", "published"), [(1, 4.8), (4, 4.9), (8, 5.1), (15, 5.1)])
def test_patell_by_blocks_holds_while_events_leave_the_variance_alone(episodes, published):
    assert same_as_published(known_variance(cells(episodes, 8), block_rbar(episodes)), published)


@pytest.mark.parametrize(("episodes", "published"), [(1, 32.5), (4, 32.7), (8, 32.2), (15, 32.2)])
def test_patell_by_blocks_fails_under_event_induced_variance(episodes, published):
    assert same_as_published(known_variance(cells(episodes, 9, 2.0), block_rbar(episodes)), published)


@pytest.mark.parametrize(("episodes", "attainable"), [(4, 0.0), (8, 12 / 256), (15, 1_638 / 32_768)])
def test_the_sign_flip_rejects_as_often_as_its_patterns_allow_under_fat_tails_and_mixed_variances(
    episodes, attainable
):
    generator = np.random.default_rng(10)
    size = 1_000
    mixed = np.where(np.arange(episodes) % 2, 2.0, 1.0)
    values = generator.standard_t(3, (size, episodes)) * mixed
    rejected = np.mean([sign_flip(one, DESIGN, generator).p_value <= 0.05 for one in values])
    assert rejected == pytest.approx(attainable, abs=3.5 * math.sqrt(attainable * (1 - attainable) / size))


@pytest.mark.parametrize("episodes", EPISODES)
def test_the_composite_is_not_liberal_under_fat_tails(episodes):
    draws = np.random.default_rng(11).standard_t(5, (SIZE, episodes))
    share = np.mean(np.abs(mean_t(draws)[2]) > stats.t.ppf(0.975, episodes - 1))
    # Student's t on fat tails errs on the safe side
    assert 0.035 < share < 0.05 + 3.5 * math.sqrt(0.05 * 0.95 / SIZE)


@pytest.mark.parametrize("episodes", EPISODES)
def test_savickas_holds_under_event_induced_variance(episodes):
    generator = np.random.default_rng(12)
    size, days = 1_000, np.datetime64("2020-01-06") + 30 * np.arange(episodes)
    variances = generator.uniform(0.5, 5.0, (size, episodes))
    effects = 2.0 * np.sqrt(variances) * generator.standard_normal((size, episodes))
    p = [
        savickas_test(e, h, days, DESIGN).measures[0].p_value for e, h in zip(effects, variances, strict=True)
    ]
    assert at_nominal(np.mean(np.array(p) <= 0.05), size)


# One series, estimation windows of 250 days; own simulation of 4,000 replications with other code.
GRANK = {4: 11.8, 8: 7.8, 15: 6.3}


@pytest.mark.parametrize("episodes", EPISODES)
def test_generalised_ranks_are_liberal_for_few_events(episodes):
    generator = np.random.default_rng(13)
    size, p_t, p_z = 1_000, [], []
    for _ in range(size):
        calm = list(generator.standard_normal((episodes, 1, 250)))
        student, normal = rank_tests(generator.standard_normal((episodes, 1)), calm, DESIGN).measures
        p_t.append(student.p_value)
        p_z.append(normal.p_value)
    p = GRANK[episodes] / 100
    slack = 3.5 * math.sqrt(p * (1 - p) * (1 / size + 1 / 4_000))
    assert np.mean(np.array(p_t) <= 0.05) == pytest.approx(p, abs=slack)
    assert np.mean(np.array(p_z) <= 0.05) == pytest.approx(p, abs=slack)


def family(generator, effects=(), draws=199):
    """Twelve studentised tests, correlated .8, the first of them with effects; and joint draws."""
    factor = np.sqrt(0.8)

    def drawn(count):
        common = generator.standard_normal((count, 1))
        return factor * common + np.sqrt(1 - factor**2) * generator.standard_normal((count, 12))

    observed = drawn(1)[0]
    observed[: len(effects)] += effects
    return np.abs(observed), np.abs(drawn(draws))


def raw(observed, null):
    return (1 + (null >= observed).sum(axis=0)) / (len(null) + 1)


def test_the_step_down_keeps_the_family_wise_error_under_correlation():
    generator, size = np.random.default_rng(14), 2_000
    smallest = np.array([romano_wolf(*family(generator)).min() for _ in range(size)])
    assert at_nominal(np.mean(smallest <= 0.05), size)


def test_true_effects_do_not_loosen_the_error_over_the_tests_without_one():
    generator, size = np.random.default_rng(15), 2_000
    false = [romano_wolf(*family(generator, (6.0, 6.0, 6.0)))[3:].min() <= 0.05 for _ in range(size)]
    assert at_nominal(np.mean(false), size)


def test_the_step_down_finds_more_than_holm_and_holm_more_than_bonferroni():
    generator = np.random.default_rng(16)
    found = np.zeros(3)
    for _ in range(500):
        observed, null = family(generator, (3.0, 3.0, 3.0, 3.0, 3.0, 3.0), 999)
        p = raw(observed, null)
        for place, adjusted in enumerate((romano_wolf(observed, null), holm(p), np.minimum(12 * p, 1))):
            found[place] += np.mean(adjusted[:6] <= 0.05) / 500
    # standard error of a share of 500 correlated sixes: at most .022, differences far less
    assert found[0] > found[1] + 0.05
    assert found[1] > found[2]
