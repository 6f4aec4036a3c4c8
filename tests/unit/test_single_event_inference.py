"""Formulas of the single-event tests against hand arithmetic and closed forms."""

import math

import numpy as np
import pytest
from scipy import stats

from eventstudy.garch import VarianceRule
from eventstudy.inference import parametric as par
from eventstudy.inference import resampling as boot


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
