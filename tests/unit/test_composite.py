"""Tests over episodes against scipy, enumeration, closed forms and the published power table."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from eventstudy.errors import BadValue
from eventstudy.inference import composite as over
from eventstudy.inference.savickas import savickas_test
from eventstudy.values import Design

DESIGN = Design()
VALUES = np.array([1.4, -0.3, 2.2, 0.9, 1.7, 0.2])


def flips():
    """No flip is drawn below twenty-one episodes; above, each test has its own seed."""
    return np.random.default_rng(0)


def test_a_composite_weighs_its_series_and_lacks_what_one_of_them_lacks():
    scar = np.array([[1.0, 3.0, 9.0], [2.0, np.nan, 9.0], [-1.0, 0.0, 9.0]])
    weighed = over.composite(scar, np.array([3.0, 1.0, 0.0]))
    assert weighed == pytest.approx([1.5, np.nan, -0.75], nan_ok=True)


@pytest.mark.parametrize("weights", [[1.0, -1.0], [1.0, 1.0, 1.0]])
def test_weights_that_cancel_or_do_not_fit_are_refused(weights):
    with pytest.raises(BadValue, match="weights"):
        over.composite(np.ones((3, 2)), np.array(weights))


def test_the_test_over_episodes_is_students_t():
    measure = over.episode_t(VALUES, DESIGN)
    other = stats.ttest_1samp(VALUES, 0.0)
    assert measure.p_value == pytest.approx(other.pvalue, rel=1e-9)
    assert (measure.lower, measure.upper) == pytest.approx(tuple(other.confidence_interval(0.95)), rel=1e-9)
    assert measure.n == 6


@pytest.mark.parametrize(
    ("effect", "published"), [(1.0, {4: 0.29, 8: 0.68, 12: 0.88}), (0.5, {4: 0.11, 8: 0.23, 12: 0.35})]
)
def test_the_power_of_the_composite_is_the_published_one(effect, published):
    power = {episodes: over.t_power(effect, episodes, 0.05) for episodes in published}
    assert power == pytest.approx(published, abs=0.005)  # two printed digits


def test_power_agrees_with_the_noncentral_t():
    for episodes, effect in [(3, 0.5), (5, 1.3), (15, 0.7), (40, 0.1)]:
        df, shift = episodes - 1, effect * math.sqrt(episodes)
        critical = stats.t.ppf(0.975, df)
        exact = stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift)
        assert over.t_power(effect, episodes, 0.05) == pytest.approx(exact, abs=1e-5)  # quadrature


def test_the_minimum_detectable_effect_is_found_with_the_power_asked_for():
    measure = over.episode_t(VALUES, DESIGN)
    effect = measure.mde / VALUES.std(ddof=1)
    df, shift = 5, effect * math.sqrt(6)
    critical = stats.t.ppf(0.975, df)
    power = stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift)
    assert power == pytest.approx(0.80, abs=1e-5)


def test_the_sign_flip_counts_every_pattern():
    total = abs(VALUES.sum())
    patterns = [abs(np.dot(signs, VALUES)) >= total - 1e-12 for signs in product([-1, 1], repeat=6)]
    measure = over.sign_flip(VALUES, DESIGN, flips())
    assert measure.p_value == sum(patterns) / 64
    other = stats.permutation_test((VALUES,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert measure.p_value == pytest.approx(other.pvalue, rel=1e-12)


@pytest.mark.parametrize(("episodes", "floor"), [(4, 0.125), (8, 0.0078125), (12, 0.00048828125)])
def test_the_floor_of_the_sign_flip_is_two_of_all_patterns(episodes, floor):
    measure = over.sign_flip(np.arange(1.0, episodes + 1), DESIGN, flips())
    assert measure.floor == measure.p_value == floor


def test_patterns_that_tie_count_whatever_the_rounding():
    values = np.array([0.1, 0.2, 0.3, -0.1, -0.2, 0.7, 0.7])  # sums tie in many ways
    total = round(abs(values.sum()), 9)
    tied = [round(abs(np.dot(s, values)), 9) >= total for s in product([-1, 1], repeat=7)]
    assert over.sign_flip(values, DESIGN, flips()).p_value == sum(tied) / 128


def test_random_flips_come_to_the_binomial_probability():
    values = np.repeat([1.0, -1.0], [18, 7])  # |sum| = 11 of 25 signs
    exact = stats.binom.cdf(7, 25, 0.5) + stats.binom.sf(17, 25, 0.5)
    measure = over.sign_flip(values, DESIGN, flips())
    error = math.sqrt(exact * (1 - exact) / over.RANDOM_FLIPS)
    assert measure.p_value == pytest.approx(exact, abs=4 * error)
    assert measure.floor == 1 / (over.RANDOM_FLIPS + 1)


def test_the_interval_holds_exactly_the_shifts_that_the_sign_flip_does_not_reject():
    values = np.array([1.4, -0.3, 2.2, 0.9, 1.7, 0.2, 1.1])
    measure = over.sign_flip(values, DESIGN, flips())
    inside = (measure.lower + 1e-9, measure.upper - 1e-9)
    outside = (measure.lower - 1e-9, measure.upper + 1e-9)

    def rejected(shift):
        moved = values - shift
        signs = np.array(list(product([-1, 1], repeat=7)))
        return (np.abs(signs @ moved) >= abs(moved.sum()) - 1e-12).mean() <= 0.05

    assert [rejected(shift) for shift in inside] == [False, False]
    assert [rejected(shift) for shift in outside] == [True, True]


def test_too_few_patterns_for_the_level_bound_nothing_and_detect_nothing():
    measure = over.sign_flip(np.array([5.0, 6.0, 7.0, 8.0]), DESIGN, flips())
    assert (measure.lower, measure.upper, measure.mde) == (-math.inf, math.inf, math.inf)


def test_the_sign_flip_finds_its_minimum_detectable_effect_about_as_often_as_it_says():
    generator = np.random.default_rng(1)
    effect = over.t_detectable(8, 12 / 256, 0.80)  # 12 of 256 patterns are within 5 %
    found = [
        over.sign_flip(generator.standard_normal(8) + effect, DESIGN, generator).p_value <= 0.05
        for _ in range(1_000)
    ]
    assert np.mean(found) == pytest.approx(0.80, abs=0.045)  # 3.5 standard errors of .0126


@pytest.mark.parametrize("episodes", [0, 1, 2])
def test_two_event_patterns_are_not_testable_and_say_so(episodes):
    outcome = over.episode_tests(np.ones(episodes), DESIGN, flips())
    assert outcome.measures == ()
    assert "not testable" in outcome.refusals[0]
    assert outcome.refusals[0].startswith(f"{episodes} episode{'s' * (episodes != 1)}:")


def test_episodes_that_are_all_alike_leave_no_scatter_to_judge_by():
    measure = over.episode_t(np.full(4, 1.5), DESIGN)
    assert measure.estimate == 1.5
    assert math.isnan(measure.p_value)


def test_one_estimated_mean_under_all_episodes_is_a_covariance_between_them():
    everything, nothing = np.ones((3, 3)), np.eye(3)
    errors = np.array([0.1, 0.2, 0.3])
    # (.02 + .03 + .06) / 3
    assert over.shared_mean_error(errors, everything) == pytest.approx(0.11 / 3)
    assert over.shared_mean_error(errors, nothing) == 0.0
    assert over.shared_mean_error(np.array([0.1, -0.1, 0.0]), everything) == 0.0  # directions cancel


def test_the_shared_error_of_the_mean_is_paid_for():
    # fifteen 5-day windows against one mean of 500 days: each SCAR carries the same error, variance .01
    generator = np.random.default_rng(2)
    size, episodes, share = 20_000, 15, 0.1
    values = generator.standard_normal((size, episodes)) + share * generator.standard_normal((size, 1))
    mean, error, _ = over.mean_t(values)
    critical = stats.t.ppf(0.975, episodes - 1)
    shared = over.shared_mean_error(np.full(episodes, share), np.ones((episodes, episodes)))
    plain = np.mean(np.abs(mean) > critical * error)
    paid = np.mean(np.abs(mean) > critical * np.sqrt(error**2 + shared))
    band = 3.5 * math.sqrt(0.05 * 0.95 / size)
    assert plain > 0.05 + 2 * band
    assert paid == pytest.approx(0.05, abs=band)
    measure = over.episode_t(values[0], DESIGN, shared)
    assert measure.se == pytest.approx(math.sqrt(error[0] ** 2 + shared), rel=1e-12)


def test_savickas_divides_each_event_by_its_own_conditional_deviation():
    effects, variances = np.array([2.0, -1.0, 3.0, 0.5]), np.array([4.0, 1.0, 9.0, 0.25])
    days = np.array(["2025-02-12", "2025-03-27", "2025-04-03", "2025-05-13"], dtype="datetime64[D]")
    [measure] = savickas_test(effects, variances, days, DESIGN).measures
    scaled = np.array([1.0, -1.0, 1.0, 1.0])
    other = stats.ttest_1samp(scaled, 0.0)
    assert (measure.statistic, measure.method) == ("SAR", "savickas")
    assert measure.estimate == pytest.approx(0.5)
    assert measure.p_value == pytest.approx(other.pvalue, rel=1e-9)


def test_savickas_refuses_series_of_one_date_two_events_and_variances_that_are_none():
    days = np.array(["2025-04-03"] * 4, dtype="datetime64[D]")
    outcome = savickas_test(np.ones(4), np.ones(4), days, DESIGN)
    assert outcome.measures == ()
    assert "4 units share 2025-04-03" in outcome.refusals[0]
    assert savickas_test(np.ones(2), np.ones(2), days[:2], DESIGN).measures == ()
    with pytest.raises(BadValue, match="conditional variance"):
        savickas_test(np.ones(3), np.array([1.0, 0.0, 1.0]), days[:3], DESIGN)
