"""The variance recursions against hand arithmetic and closed forms."""

import math

import numpy as np
import pytest

from eventstudy.garch import (
    VarianceRule,
    absolute_moment,
    filter_variance,
    forecast_variance,
    guarded,
    next_variance,
    persistence,
    simulate_paths,
)
from eventstudy.garch.spec import lower_half_moment

GJR = VarianceRule("gjr", omega=0.1, alpha=0.05, gamma=0.1, beta=0.8)


def test_a_fall_raises_gjr_variance_more_than_a_rise():
    variance = np.array([1.0, 1.0])
    assert next_variance(GJR, np.array([-2.0, 2.0]), variance) == pytest.approx([1.5, 1.1])  # by hand


def test_an_unobserved_session_counts_as_its_expectation():
    # omega + (alpha + gamma/2 + beta) h = 0.1 + 0.9 * 2
    assert float(next_variance(GJR, np.array(np.nan), np.array(2.0))) == pytest.approx(1.9)


def test_egarch_reacts_to_size_and_sign():
    rule = VarianceRule("egarch", omega=0.0, alpha=0.2, gamma=-0.1, beta=0.9, abs_moment=0.8)
    # ln h' = 0.9 ln 1 + 0.2 (2 - 0.8) - 0.1 * 2 = 0.04 after a rise of two standard deviations
    assert float(next_variance(rule, np.array(2.0), np.array(1.0))) == pytest.approx(math.exp(0.04))


def test_filtering_starts_from_the_given_variance_and_reaches_one_session_further():
    filtered = filter_variance(GJR, np.array([1.0, -1.0]), first=2.0)
    # 0.1 + 0.05 + 1.6 = 1.75 ; 0.1 + 0.15 + 1.4 = 1.65
    assert filtered == pytest.approx([2.0, 1.75, 1.65])


def test_forecasts_follow_the_published_sum():
    p, first = persistence(GJR), 3.0
    by_sum = [first] + [
        0.1 * sum(p**j for j in range(k - 1)) + p ** (k - 1) * first for k in range(2, 7)
    ]  # h_k = omega sum_{j=0}^{k-2} p^j + p^{k-1} h_1, j from 0
    assert forecast_variance(GJR, first, 6, kappa=0.5) == pytest.approx(by_sum)


def test_simulated_variances_average_to_the_closed_form_when_kappa_is_the_draws_own():
    generator = np.random.default_rng(3)
    z = generator.standard_t(6, 500) - 0.2
    z = (z - z.mean()) / z.std()
    kappa = float(np.mean(z**2 * (z < 0)))
    _, variances = simulate_paths(GJR, 2.0, generator.choice(z, size=(5, 400_000)))
    closed = forecast_variance(GJR, 2.0, 5, kappa)
    # Monte-Carlo error of a mean of 400,000 variances with sd about 1 is 0.0016: four of them
    assert variances.mean(axis=1) == pytest.approx(closed, abs=0.007)


def test_egarch_persistence_is_beta_and_a_constant_has_none():
    assert persistence(VarianceRule("egarch", 0.0, 0.1, -0.1, 0.97)) == 0.97
    assert persistence(VarianceRule("constant", 1.0)) == 0.0


def test_an_integrated_recursion_is_replaced_by_one_that_targets_the_sample_variance():
    rule, replaced = guarded(VarianceRule("garch", 0.001, 0.1, 0.0, 0.9), sample_variance=2.0, kappa=0.5)
    assert replaced
    assert persistence(rule) == pytest.approx(0.995)
    assert rule.omega / (1 - persistence(rule)) == pytest.approx(2.0)


def test_a_stationary_recursion_is_left_alone():
    assert guarded(GJR, 2.0, 0.5) == (GJR, False)


def test_absolute_moments_match_numerical_integration():
    from scipy import integrate, stats

    nu = 5.0
    scale = math.sqrt((nu - 2) / nu)
    numeric = 2 * integrate.quad(lambda x: x * stats.t.pdf(x / scale, nu) / scale, 0, np.inf)[0]
    assert absolute_moment("t", nu) == pytest.approx(numeric, rel=1e-8)  # quadrature error is below 1e-8
    assert absolute_moment("normal", np.inf) == pytest.approx(math.sqrt(2 / math.pi))


def test_the_lower_half_moment_of_a_skewed_t_matches_draws_of_another_program():
    from arch.univariate import SkewStudent

    generator = SkewStudent(seed=np.random.default_rng(5)).simulate([8.0, -0.4])
    draws = generator(2_000_000)
    by_draws = float(np.mean(draws**2 * (draws < 0)))
    # z^2 1(z < 0) has a standard deviation of about 2.6: Monte-Carlo error 0.0018, four of them
    assert lower_half_moment("skewt", 8.0, -0.4) == pytest.approx(by_draws, abs=0.008)
    assert lower_half_moment("skewt", 8.0, 0.0) == pytest.approx(0.5, abs=1e-8)  # quadrature error
    assert lower_half_moment("t", 5.0, math.nan) == 0.5
