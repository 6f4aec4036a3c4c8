"""The variance recursions against hand arithmetic and closed forms."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate

from eventstudy.errors import BadValue
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
from eventstudy.garch.paths import draw_innovations
from eventstudy.garch.recursion import loss_share, matched_to_draws
from eventstudy.garch.spec import lower_half_moment
from tests import garch_reference as reference

GJR = VarianceRule("gjr", omega=0.1, alpha=0.05, gamma=0.1, beta=0.8)
SHAPES = {"normal": {}, "t": {"nu": 6.0}, "skewt": {"nu": 6.0, "skew": -0.3}}
MODELS = ("constant", "garch", "gjr", "beta_t", "realized", "egarch")


def rule_of(model: str, dist: str, **more: float) -> VarianceRule:
    """A recursion with every coefficient that its model has."""
    own = {"omega": 0.1, "alpha": 0.05, "gamma": 0.1, "beta": 0.8}
    if model == "egarch":
        own = {"omega": 0.02, "alpha": 0.15, "gamma": -0.08, "beta": 0.95}
        own["abs_moment"] = float(reference.mean_absolute(named_shape(dist), dist))
    if model in {"constant", "garch"}:
        own = {"omega": own["omega"]} if model == "constant" else {**own, "gamma": 0.0}
    return VarianceRule(model, **own, **SHAPES[dist], dist=dist, **more)


def named_shape(dist: str) -> dict[str, float]:
    """The shape by the names of the papers."""
    return {"lambda" if name == "skew" else name: value for name, value in SHAPES[dist].items()}


def expectation(of, dist: str) -> float:
    """E[of(z)] by quadrature of the oracle's density, cut where Hansen's has its kink and at the sign's."""
    shape = named_shape(dist)
    kink = 0.0
    if dist == "skewt":
        a, b, _ = reference.hansen_constants(shape["nu"], shape["lambda"])
        kink = float(-a / b)
    ends = [-np.inf, *sorted({kink, 0.0}), np.inf]

    def weighted(z):
        return float(of(z) * np.exp(reference.log_density(z, shape, dist)))

    return sum(integrate.quad(weighted, *pair, epsabs=1e-12)[0] for pair in itertools.pairwise(ends))


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
    from scipy import stats

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


def test_score_driven_news_is_the_weighted_square():
    rule = VarianceRule("beta_t", omega=0.1, alpha=0.05, gamma=0.1, beta=0.8, dist="t", nu=6.0)
    # z = -2: s = (6 + 1) 4 / (6 - 2 + 4) = 3.5, news 4 * 3.5 = 14; 0.1 + 0.15 * 14 + 0.8 * 4 = 5.4
    assert float(next_variance(rule, np.array(-4.0), np.array(4.0))) == pytest.approx(5.4)


def test_score_driven_news_of_a_normal_is_the_square():
    residuals, variances = np.array([-2.0, 0.0, 1.5]), np.array([1.0, 2.0, 3.0])
    by_square = next_variance(GJR, residuals, variances)
    # z^2 h rounds differently from eps^2
    assert next_variance(replace(GJR, model="beta_t"), residuals, variances) == pytest.approx(
        by_square, rel=1e-14
    )


def test_a_realised_measure_is_the_news_and_the_residual_only_its_sign():
    rule = VarianceRule("realized", omega=0.1, alpha=0.2, gamma=0.1, beta=0.6, measure_ratio=0.7)
    residuals = np.array([-9.0, 9.0, -9.0, np.nan, np.nan])
    measures = np.array([3.0, 3.0, np.nan, 3.0, np.nan])
    # by hand, h = 2: 0.1 + 0.6 * 2 = 1.3, plus 0.3 * 3, 0.2 * 3, 0.3 * 0.7 * 2, 0.25 * 3, 0.25 * 0.7 * 2
    expected = [2.2, 1.9, 1.72, 2.05, 1.65]
    assert next_variance(rule, residuals, np.full(5, 2.0), measures) == pytest.approx(expected)


def test_a_realised_recursion_without_its_measure_is_refused():
    rule = VarianceRule("realized", omega=0.1, alpha=0.2, beta=0.6)
    with pytest.raises(BadValue, match="measures"):
        filter_variance(rule, np.zeros(3), 1.0)
    with pytest.raises(BadValue, match="measures"):
        next_variance(rule, np.zeros(3), np.ones(3))


@pytest.mark.parametrize("dist", ["normal", "t", "skewt"])
@pytest.mark.parametrize("model", MODELS)
def test_filtering_agrees_with_an_independent_writing_of_every_model(model, dist):
    generator = np.random.default_rng(11)
    rule = rule_of(model, dist)
    y, measures = generator.standard_t(5, 300), generator.gamma(4.0, 0.3, 300)
    written = reference.Model(variance=model, dist=dist, X={}, x=measures)
    own = [getattr(rule, name) for name in reference.VARIANCE_NAMES[model]]
    h = reference.conditional_variance([*own, *SHAPES[dist].values()], y, written)
    filtered = filter_variance(rule, y, first=h[0], measures=measures)
    # 300 sessions of rounding, each passed on with a weight below one
    assert filtered[:-1] == pytest.approx(h, rel=1e-12)


def test_an_unobserved_session_leaves_an_egarch_to_its_memory():
    rule = VarianceRule("egarch", omega=0.1, alpha=0.2, gamma=-0.1, beta=0.9)
    # no news is expected: exp(0.1 + 0.9 ln 2)
    assert filter_variance(rule, np.array([np.nan]), 2.0)[1] == pytest.approx(math.exp(0.1) * 2**0.9)


@pytest.mark.parametrize("dist", ["normal", "t", "skewt"])
@pytest.mark.parametrize("model", ["garch", "gjr", "beta_t"])
def test_an_unobserved_session_counts_as_what_the_density_expects(model, dist):
    rule = rule_of(model, dist)
    two = np.array(2.0)
    by_quadrature = expectation(lambda z: next_variance(rule, np.sqrt(two) * z, two), dist)
    # relative error of the quadrature's tails of fourth order
    assert float(next_variance(rule, np.array(np.nan), two)) == pytest.approx(by_quadrature, rel=1e-7)


@pytest.mark.parametrize("dist", ["normal", "t", "skewt"])
def test_the_share_of_score_driven_news_on_losses_is_the_probability_of_a_loss(dist):
    shape = named_shape(dist)
    news = expectation(lambda z: reference.density_weight(z, shape, dist), dist)
    on_losses = expectation(lambda z: reference.density_weight(z, shape, dist) * (z < 0), dist)
    assert news == pytest.approx(1.0, abs=1e-9)  # quadrature error
    assert loss_share(rule_of("beta_t", dist)) == pytest.approx(on_losses, abs=1e-9)
    assert loss_share(rule_of("realized", dist)) == pytest.approx(
        expectation(lambda z: z < 0, dist), abs=1e-9
    )


def test_persistence_counts_the_news_at_its_expected_level():
    rule = VarianceRule("realized", omega=0.1, alpha=0.3, gamma=0.2, beta=0.5, measure_ratio=0.8)
    assert persistence(rule) == pytest.approx(0.82)  # 0.5 + (0.3 + 0.2 / 2) * 0.8
    assert persistence(rule, kappa=0.25) == pytest.approx(0.78)  # 0.5 + (0.3 + 0.2 / 4) * 0.8
    assert persistence(rule_of("beta_t", "t")) == pytest.approx(0.9)  # 0.05 + 0.1 / 2 + 0.8


@pytest.mark.parametrize("dist", ["normal", "t", "skewt"])
@pytest.mark.parametrize("model", ["garch", "gjr", "beta_t", "realized"])
def test_paths_of_the_own_density_average_to_the_closed_form(model, dist):
    generator = np.random.default_rng(21)
    rule = rule_of(model, dist, measure_ratio=0.8 if model == "realized" else 1.0)
    z = draw_innovations(dist, rule.nu, rule.skew, (5, 200_000), generator)
    _, variances = simulate_paths(rule, 2.0, z)
    closed = forecast_variance(rule, 2.0, 5)
    error = variances.std(axis=1) / math.sqrt(200_000)
    # four Monte-Carlo errors at every step; rounding only at the first, which is given
    assert np.abs(variances.mean(axis=1) - closed) == pytest.approx(np.zeros(5), abs=4 * error.max() + 1e-12)
    assert np.all(np.abs(variances.mean(axis=1) - closed) <= 4 * error + 1e-12)


@pytest.mark.parametrize("model", ["garch", "gjr", "beta_t", "realized"])
def test_all_paths_of_given_draws_average_to_the_closed_form_of_the_draws(model):
    rule = rule_of(model, "skewt", measure_ratio=0.9)
    z = np.array([-2.5, -0.6, -0.1, 0.4, 0.9, 1.4])
    ratios = np.array([3.0, 0.8, 0.5, 0.4, 0.6, 1.1]) if model == "realized" else None
    matched, kappa = matched_to_draws(rule, z, ratios)
    every = np.array(list(itertools.product(range(6), repeat=3))).T  # each path of three steps once
    drawn = None if ratios is None else ratios[every]
    _, variances = simulate_paths(rule, 2.0, z[every], drawn)
    # every path is counted once, so only rounding is left
    assert variances.mean(axis=1) == pytest.approx(forecast_variance(matched, 2.0, 3, kappa), rel=1e-13)


def test_measures_that_are_not_drawn_lie_at_their_expectation():
    rule = rule_of("realized", "normal", measure_ratio=0.9)
    z = np.array([-2.5, -0.6, -0.1, 0.4])
    every = np.array(list(itertools.product(range(4), repeat=3))).T
    matched, kappa = matched_to_draws(rule, z)
    _, variances = simulate_paths(rule, 2.0, z[every])
    assert kappa == 0.75  # three of four draws are losses
    assert variances.mean(axis=1) == pytest.approx(forecast_variance(matched, 2.0, 3, kappa), rel=1e-13)


@pytest.mark.parametrize("model", ["constant", "egarch"])
def test_draws_change_nothing_where_there_is_no_news_that_adds_up(model):
    rule = rule_of(model, "normal")
    assert matched_to_draws(rule, np.array([-3.0, 1.0])) == (rule, 0.5)


@pytest.mark.parametrize("model", ["beta_t", "realized"])
def test_the_guard_acts_on_every_recursion_that_is_linear_in_the_variance(model):
    near = replace(rule_of(model, "skewt", measure_ratio=1.1), beta=0.95)
    rule, replaced = guarded(near, sample_variance=3.0)
    assert replaced
    assert persistence(rule) == pytest.approx(0.995)
    assert forecast_variance(rule, 3.0, 50) == pytest.approx(np.full(50, 3.0))  # it stays at the sample's
