"""Formulas of the single-event tests against hand arithmetic and closed forms."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from eventstudy.garch import VarianceRule
from eventstudy.inference import parametric as par
from eventstudy.inference import resampling as boot
from eventstudy.inference import single_event as one
from eventstudy.inference.extremes import extreme_measures
from tests.event_worlds import DESIGN, evidence

# A grid of quantiles stands for an infinite sample; interpolation between its points costs less than this.
GRID = 1e-3


def test_the_constant_sigma_error_carries_the_forecast_error_of_the_mean():
    calm = np.tile([1.0, -1.0], 50)
    s2 = 100 / 99
    assert par.constant_sigma_error(calm, 5) == pytest.approx(math.sqrt(s2 * (5 + 25 / 100)))


def test_autoregressive_weights_are_the_published_psi():
    phi = 0.3
    # psi_{H-k} = (1 - phi^{H-k+1}) / (1 - phi) for k = 1..H
    published = [(1 - phi ** (4 - k + 1)) / (1 - phi) for k in range(1, 5)]
    assert par.cumulation_weights(phi, 1, 4) == pytest.approx(published)


def test_without_autoregression_only_the_window_counts():
    assert par.cumulation_weights(0.0, 3, 5).tolist() == [0, 0, 1, 1, 1]


def test_the_garch_error_adds_variances_and_the_mean():
    assert par.garch_z_error(np.array([1.0, 4.0]), np.ones(2), 2, 0.25) == pytest.approx(math.sqrt(5 + 1))


def test_p_values_count_themselves():
    null = np.array([-3.0, -1.0, 0.0, 2.0])
    assert boot.two_sided_p(2.0, null, floor=0.0) == pytest.approx(3 / 5)  # -3, 2 and itself
    assert boot.upper_p(2.0, null, floor=0.0) == pytest.approx(2 / 5)
    assert boot.two_sided_p(9.0, null, floor=0.3) == 0.3


def test_normal_draws_give_the_textbook_interval_and_detectable_effect():
    null = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert boot.shift_interval(1.0, null, 0.05) == pytest.approx((1 - 1.96, 1 + 1.96), abs=1e-3)
    # 2.80 standard deviations, methods of event studies with one day; grid error below a thousandth
    assert boot.shift_mde(null, 0.05, 0.80) == pytest.approx(1.959964 + 0.841621, abs=1e-3)


def test_chi_square_draws_give_the_textbook_variance_multiple():
    null = stats.chi2.ppf((np.arange(100_000) + 0.5) / 100_000, 5)
    low, high = boot.scale_interval(10.0, null, 0.05)
    assert low == pytest.approx(10 / stats.chi2.ppf(0.975, 5), rel=1e-3)
    assert high == pytest.approx(10 / stats.chi2.ppf(0.025, 5), rel=1e-3)
    assert boot.scale_mde(null, 0.05, 0.8) == pytest.approx(
        stats.chi2.ppf(0.95, 5) / stats.chi2.ppf(0.2, 5), rel=1e-3
    )


def test_the_null_of_an_autoregressive_mean_has_the_closed_form_variance():
    generator = np.random.default_rng(0)
    z = generator.standard_normal(500)
    z = (z - z.mean()) / z.std()
    rule = VarianceRule("constant", omega=2.0)
    null = boot.draw_null(rule, 2.0, z, 0.5, generator.integers(0, 500, (3, 200_000)))
    # Var(AR_3) = 2 (1 + .25 + .0625); the sample variance of 200,000 draws is good to 1 %
    assert null.variance[2] == pytest.approx(2 * 1.3125)
    assert null.abnormal[2].var() == pytest.approx(2 * 1.3125, rel=0.02)


def test_simulated_squares_have_the_forecast_as_their_mean_for_skewed_residuals():
    generator = np.random.default_rng(1)
    z = -generator.chisquare(4, 500)
    z = (z - z.mean()) / z.std()
    rule = VarianceRule("gjr", 0.1, 0.05, 0.15, 0.75)
    null = boot.draw_null(rule, 1.5, z, 0.0, generator.integers(0, 500, (6, 400_000)))
    # squares of skewed draws have sd about 4: standard error 0.006, four of them
    assert (null.abnormal**2).mean(axis=1) == pytest.approx(null.step_variance, abs=0.03)


@pytest.mark.parametrize(("nu", "printed"), [(4, 3.256), (5, 3.123), (6, 3.027), (8, 2.906)])
def test_fat_tails_move_the_one_per_cent_cutoff_as_printed(nu, printed):
    unit_variance = math.sqrt((nu - 2) / nu)
    assert par.t_quantile(0.995, nu) * unit_variance == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize(("days", "printed"), [(1, 2.80), (3, 4.85), (5, 6.26), (11, 9.29)])
def test_the_detectable_effect_in_one_day_deviations_is_the_printed_one(days, printed):
    seen = evidence(np.zeros(days), np.zeros((days, 1)))
    row = one.garch_z(seen, one.window_span(1, days, DESIGN))
    assert row.mde == pytest.approx(printed, abs=5e-3)


def test_quantiles_by_one_sort_are_those_of_numpy():
    draws = np.random.default_rng(2).standard_normal((3, 101))
    shares = [0.025, 0.2, 0.5, 0.999]
    assert boot.quantiles(draws, *shares) == pytest.approx(np.quantile(draws, shares, axis=1), abs=1e-12)
    assert boot.quantiles(np.array([4.0]), 0.1, 0.9).tolist() == [4.0, 4.0]


def test_an_unknown_statistic_has_an_unknown_p_value():
    draws = np.arange(9.0)
    for test in (boot.two_sided_p, boot.upper_p, boot.equal_tailed_p):
        assert math.isnan(test(math.nan, draws, 0.0))


def test_the_equal_tailed_p_value_is_twice_the_smaller_tail():
    null = np.array([-9.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    # 6 and itself above 5.5, out of ten: twice 2 / 10; both signs together would count -9 too
    assert boot.equal_tailed_p(5.5, null, 0.0) == pytest.approx(0.4)
    assert boot.two_sided_p(5.5, null, 0.0) == pytest.approx(0.3)
    assert boot.equal_tailed_p(-20.0, null, 0.15) == pytest.approx(0.3)
    assert boot.equal_tailed_p(1.5, null, 0.0) == 1.0


def test_a_rank_reaches_the_level_just_above_its_critical_value():
    values = np.arange(1.0, 100.0)
    critical = boot.rank_critical(values, 0.05)
    assert critical == 95.0  # above it lie 96..99, four of them: p = (1 + 4) / 100
    assert boot.upper_p(95.5, values, 0.0) == pytest.approx(0.05)
    assert boot.upper_p(95.0, values, 0.0) == pytest.approx(0.06)
    assert math.isnan(boot.rank_critical(values[:18], 0.05))


def test_blocks_are_runs_of_consecutive_sessions_around_a_circle():
    picks = boot.circular_blocks(np.random.default_rng(3), 50, (12, 4_000), 5)
    assert picks.shape == (12, 4_000)
    steps = np.diff(picks, axis=0) % 50
    inside = [k for k in range(11) if (k + 1) % 5]
    assert (steps[inside] == 1).all()
    assert len(np.unique(steps[4])) == 50
    # every session equally often: 48,000 draws over 50 sessions, in runs of five, within five deviations
    counts = np.bincount(picks.ravel(), minlength=50)
    assert np.abs(counts - 960).max() < 5 * math.sqrt(5 * 960)


def test_one_seed_draws_the_same_dates_for_every_series():
    first, second = (boot.circular_blocks(np.random.default_rng(8), 500, (5, 20)) for _ in range(2))
    assert (first == second).all()


def test_without_lags_the_long_run_variance_is_the_sample_variance():
    calm = np.random.default_rng(4).standard_normal(250)
    assert par.long_run_variance(calm, 0) == pytest.approx(np.var(calm, ddof=1))
    assert par.hac_error(calm, 1) == pytest.approx(par.constant_sigma_error(calm, 1))


@pytest.mark.parametrize("lags", [1, 4, 20])
def test_the_long_run_variance_is_that_of_statsmodels(lags):
    calm = np.cumsum(np.random.default_rng(5).standard_normal(300)) % 7.0
    fitted = sm.OLS(calm, np.ones(300)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    # statsmodels divides the autocovariances by L, this project by L - 1; its covariance is that of the mean
    theirs = float(fitted.cov_params()[0, 0]) * 300 * 300 / 299
    assert par.long_run_variance(calm, lags) == pytest.approx(theirs, rel=1e-10)


def test_the_bartlett_variance_of_a_window_is_that_of_a_sum_of_its_sessions():
    # moving average x_t = e_t + .5 e_{t-1}: gamma_0 = 1.25, gamma_1 = .5, Var(sum of 5) = 5 * 1.25 + 8 * .5
    e = np.random.default_rng(6).standard_normal(400_001)
    error = par.hac_error(e[1:] + 0.5 * e[:-1], 5)
    assert error**2 == pytest.approx(5 * 1.25 + 8 * 0.5, rel=0.02)


def test_serial_dependence_changes_the_error_and_nothing_else():
    calm = np.repeat([1.0, -1.0], 50)
    seen = evidence([2.0, 1.0], np.zeros((2, 1)), calm=calm)
    row = one.hac_t(seen, one.window_span(1, 2, DESIGN))
    # gamma_0 = 100 / 99, gamma_1 = (98 - 1) / 99, Bartlett weight 1 / 2: v = 197 / 99; H + H^2 / L = 2.04
    assert row.se == pytest.approx(math.sqrt(197 / 99 * 2.04))
    assert row.estimate == pytest.approx(3.0)
    assert row.p_value == pytest.approx(2 * stats.t.sf(3 / row.se, 99))


def test_the_covariance_of_abnormal_returns_is_that_of_statsmodels_predictions():
    generator = np.random.default_rng(7)
    x, ahead = (np.column_stack([np.ones(n), generator.standard_normal((n, 2))]) for n in (60, 4))
    y = x @ [0.1, 1.0, -0.5] + generator.standard_normal(60)
    fitted = sm.OLS(y, x).fit()
    covariance = par.forecast_error_covariance(x, ahead, float(fitted.mse_resid))
    theirs = fitted.get_prediction(ahead)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(theirs.se_obs, rel=1e-10)
    # a sum of days is itself one prediction with summed regressors and four residuals instead of one
    total = fitted.get_prediction(ahead.sum(axis=0)[None, :])
    assert covariance.sum() == pytest.approx(theirs.var_resid * 4 + float(total.se_mean[0]) ** 2, rel=1e-10)


def test_a_constant_mean_is_the_regression_on_one():
    calm = np.random.default_rng(8).standard_normal(120)
    covariance = par.forecast_error_covariance(
        np.ones((120, 1)), np.ones((5, 1)), float(np.var(calm, ddof=1))
    )
    assert math.sqrt(covariance.sum()) == pytest.approx(par.constant_sigma_error(calm, 5))


def test_skewed_draws_move_the_tails_and_not_the_estimate():
    skewed = (stats.chi2.ppf((np.arange(100_000) + 0.5) / 100_000, 2) - 2) / 2
    seen = evidence([2.2], skewed, calm=np.tile([1.0, -1.0], 40_000))
    both = one.simulated_return(seen, seen.null, "fhs", one.day_span(1, DESIGN))
    tails = one.equal_tailed_return(seen, one.day_span(1, DESIGN))
    # an exponential of mean 1 less 1: P(x > 2.2) = exp(-3.2), and x < -2.2 never happens
    assert both.p_value == pytest.approx(math.exp(-3.2), abs=GRID)
    assert tails.p_value == pytest.approx(2 * math.exp(-3.2), abs=GRID)
    assert (tails.lower, tails.upper) == (both.lower, both.upper)
    # a rise has to carry the 20 % quantile over the 97.5 % one, a fall the 80 % one below the 2.5 % one
    assert tails.mde == pytest.approx(-math.log(0.025) + math.log(0.8), abs=GRID)


def test_draws_over_a_window_are_labelled_by_their_simulation():
    seen = evidence([1.0, 1.0], np.ones((2, 99)))
    row = one.simulated_return(seen, seen.null, "fhs_block", one.window_span(1, 2, DESIGN))
    assert row.method == "fhs_block"
    assert row.null_distribution.startswith("filtered historical simulation in circular blocks of 5, B=99")


def test_the_extremes_of_a_window_are_compared_with_those_of_the_draws():
    drawn = np.array([[1.0, -2.0, 0.5, 0.0], [-3.0, 1.0, 0.5, 0.0]])
    seen = evidence([-1.0, 2.0], drawn)
    largest, lowest = extreme_measures(seen, seen.null, "fhs", one.window_span(1, 2, DESIGN))
    # largest moves of the draws: 3 2 .5 0; lowest points: -2 -2 .5 0
    assert (largest.statistic, largest.estimate, largest.p_value) == ("MAX", 2.0, pytest.approx(3 / 5))
    assert (lowest.statistic, lowest.estimate, lowest.p_value) == ("MIN_CAR", -1.0, pytest.approx(3 / 5))
    for row in (largest, lowest):
        assert math.isnan(row.lower)
        assert row.floor == pytest.approx(1 / 5)


def test_a_fall_on_the_first_day_lowers_the_lowest_point_by_its_size():
    generator = np.random.default_rng(9)
    drawn = generator.standard_normal((5, 40_000))
    seen = evidence(np.zeros(5), drawn)
    lowest = extreme_measures(seen, seen.null, "fhs", one.window_span(1, 5, DESIGN))[1]
    fresh = generator.standard_normal((5, 40_000))
    fresh[0] -= lowest.mde
    critical = np.quantile(np.cumsum(drawn, axis=0).min(axis=0), 0.05)
    found = (np.cumsum(fresh, axis=0).min(axis=0) <= critical).mean()
    assert found == pytest.approx(0.80, abs=0.015)  # five binomial deviations with the error of two quantiles


def test_a_detectable_move_on_the_most_volatile_day_is_found_with_the_power_asked_for():
    generator = np.random.default_rng(10)
    scale = np.array([1.0, 2.0, 1.0])[:, None]
    drawn = scale * generator.standard_normal((3, 40_000))
    seen = evidence(np.zeros(3), drawn)
    largest = extreme_measures(seen, seen.null, "fhs", one.window_span(1, 3, DESIGN))[0]
    fresh = scale * generator.standard_normal((3, 40_000))
    fresh[1] += largest.mde
    critical = np.quantile(np.abs(drawn).max(axis=0), 0.95)
    found = (np.abs(fresh).max(axis=0) >= critical).mean()
    assert 0.79 < found < 0.82  # the other days add a little
