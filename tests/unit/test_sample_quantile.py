"""Sample-quantile tests against hand ranks; the window's own forecasts against step-by-step recursions."""

import math

import numpy as np
import pytest

from eventstudy.garch import VarianceRule, simulate_paths
from eventstudy.inference import inside as within
from eventstudy.inference import single_event as one
from eventstudy.inference.inside import Inside
from eventstudy.inference.sample_quantile import sample_quantile_measures
from tests.event_worlds import DESIGN, PUBLISHED, evidence, simulated_returns, student, window_of

CONSTANT = VarianceRule("constant", omega=1.0)


def flat_window(residuals):
    """A window of constant variance 1."""
    values = np.asarray(residuals, dtype=float)
    return Inside(values, np.ones(len(values)), CONSTANT, values)


def measures(abnormal, inside, span, *, first=1.0, phi=0.0):
    steps = np.full(len(abnormal), first)
    seen = evidence(abnormal, np.zeros((len(abnormal), 1)), variance=steps, phi=phi)
    return sample_quantile_measures(seen, inside, span)


def test_a_day_is_ranked_among_all_residuals():
    plain, standard = measures([3.5], flat_window(range(-4, 5)), one.day_span(1, DESIGN))
    # of -4..4 two are as large as 3.5 in size, and the event itself: 3 / 10
    assert (plain.statistic, plain.method, plain.p_value) == ("AR", "sq", pytest.approx(0.3))
    assert (standard.method, standard.p_value) == ("sq_z", pytest.approx(0.3))
    assert (plain.n, plain.floor) == (9, pytest.approx(0.1))


def test_ninety_nine_residuals_cannot_give_less_than_one_per_cent():
    plain, _ = measures([50.0], flat_window(np.linspace(-1, 1, 99)), one.day_span(1, DESIGN))
    assert plain.p_value == plain.floor == pytest.approx(0.01)


def test_a_window_is_ranked_among_overlapping_sums():
    plain, _ = measures([2.0, 2.0], flat_window([1, 2, 3, -1, -2, 0]), one.window_span(1, 2, DESIGN))
    # sums 3 5 2 -3 -2: only 5 is as large as 4
    assert (plain.n, plain.p_value) == (5, pytest.approx(2 / 6))
    assert "overlapping 2-session sums" in plain.null_distribution


def test_later_steps_leave_the_plain_sums_alone_and_cost_the_standardised_ones_their_origins():
    residuals = np.arange(-10.0, 11.0)
    plain, standard = measures([0, 0, 1.0, 1.0], flat_window(residuals), one.window_span(3, 4, DESIGN))
    assert (plain.n, standard.n) == (20, 18)


def test_an_autoregressive_mean_weighs_the_shocks_as_the_forecast_error_does():
    residuals = np.array([1.0, 0.0, 0.0, 2.0])
    plain, _ = measures([0, 1.2], flat_window(residuals), one.day_span(2, DESIGN), phi=0.5)
    # two steps ahead the error is .5 e_1 + e_2: .5, 0, 2 of which one is as large as 1.2
    assert (plain.n, plain.p_value) == (3, pytest.approx(2 / 4))


def test_standardising_divides_by_the_forecast_of_each_day():
    variances = np.array([1.0, 4.0, 9.0, 16.0])
    residuals = np.array([1.0, 2.2, 2.7, 4.4])
    inside = Inside(residuals, variances, PUBLISHED, residuals)
    _, standard = measures([2.1], inside, one.day_span(1, DESIGN), first=4.0)
    # 2.1 / 2 = 1.05 among 1, 1.1, .9, 1.1
    assert standard.p_value == pytest.approx(3 / 5)
    assert standard.estimate == 2.1


def test_the_interval_leaves_out_zero_exactly_when_p_reaches_the_level():
    inside = flat_window(np.random.default_rng(1).standard_normal(99))
    for effect in np.linspace(1.5, 2.8, 40):
        for row in measures([effect], inside, one.day_span(1, DESIGN)):
            assert (row.lower > 0) == (row.p_value <= 0.05)


def test_a_detectable_shift_is_found_with_the_power_asked_for():
    generator = np.random.default_rng(2)
    inside = flat_window(student(generator, 4_000))
    plain, _ = measures([0.0], inside, one.day_span(1, DESIGN))
    found = np.abs(student(generator, 100_000) + plain.mde) > plain.upper
    assert found.mean() == pytest.approx(0.80, abs=0.02)  # the quantiles of 4,000 draws are that uncertain


def test_a_window_too_short_for_its_level_has_no_interval():
    plain, _ = measures([1.0], flat_window([0.5, -0.5, 1.0]), one.day_span(1, DESIGN))
    assert plain.p_value == pytest.approx(2 / 4)
    assert all(math.isnan(x) for x in (plain.lower, plain.upper, plain.mde))


def test_a_forecast_longer_than_the_window_has_no_rank():
    _, standard = measures(np.ones(8), flat_window([1.0, -1.0, 1.0]), one.window_span(1, 8, DESIGN))
    assert standard.n == 0
    assert standard.estimate == 8.0
    assert all(math.isnan(x) for x in (standard.se, standard.lower, standard.mde))


def test_a_session_left_out_of_the_fit_is_left_out_of_the_ranks():
    plain, _ = measures([1.0, 0.0], flat_window([1, math.nan, 3, 4, 5]), one.window_span(1, 2, DESIGN))
    assert plain.n == 2


def test_the_windows_own_forecasts_are_the_recursion_in_expectation():
    returns, variances = simulated_returns(PUBLISHED, student(np.random.default_rng(3), 60))
    z = student(np.random.default_rng(4), 60)
    z = (z - z.mean()) / z.std()
    found = within.past_forecasts(Inside(returns, variances[:-1], PUBLISHED, z), 3)
    assert found.shape == (3, 58)
    h = variances[:58]
    second = 0.02 + 0.98 * h
    assert found == pytest.approx(np.array([h, second, 0.02 + 0.98 * second]))


@pytest.mark.parametrize(
    "rule",
    [
        VarianceRule("gjr", 0.1, 0.05, 0.15, 0.75),
        VarianceRule("egarch", -0.02, 0.2, -0.1, 0.9),
        VarianceRule("beta_t", 0.05, 0.1, 0.05, 0.8, nu=6.0, dist="t"),
        VarianceRule("constant", 1.3),
    ],
    ids=lambda rule: rule.model,
)
def test_closed_forecasts_are_the_mean_of_simulated_paths(rule):
    generator = np.random.default_rng(5)
    z = -generator.chisquare(8, 300)
    z = (z - z.mean()) / z.std()
    ahead = within.forecasts(rule, z, np.array([0.5, 2.0]), 6)
    for column, first in enumerate((0.5, 2.0)):
        _, paths = simulate_paths(rule, first, z[generator.integers(0, 300, (6, 200_000))])
        # standard errors of the averages reach .4 % on the last step; four of them
        assert ahead[:, column] == pytest.approx(paths.mean(axis=1), rel=0.016)


@pytest.mark.parametrize(
    "rule",
    [VarianceRule("gjr", 0.1, 0.05, 0.1, 0.8), VarianceRule("egarch", -0.02, 0.2, -0.1, 0.9)],
    ids=lambda rule: rule.model,
)
def test_the_long_run_variance_is_where_forecasts_end(rule):
    z = student(np.random.default_rng(6), 300)
    z = (z - z.mean()) / z.std()
    far = within.forecasts(rule, z, np.array([9.0]), 800)[-1, 0]
    assert within.long_run_variance(rule, z) == pytest.approx(far, rel=1e-6)


def test_an_integrated_variance_has_no_long_run():
    rule = VarianceRule("garch", 0.1, 0.2, beta=0.8)
    assert within.long_run_variance(rule, np.array([-1.0, 1.0])) == math.inf


def test_an_unbroken_window_of_true_parameters_ranks_its_own_returns_evenly():
    returns, _ = simulated_returns(PUBLISHED, student(np.random.default_rng(7), 400))
    inside = window_of(PUBLISHED, returns)
    order = np.argsort(np.abs(returns / np.sqrt(inside.variances)))
    middle = int(order[200])
    row = measures([returns[middle]], inside, one.day_span(1, DESIGN), first=float(inside.variances[middle]))[
        1
    ]
    assert row.p_value == pytest.approx(201 / 401)
