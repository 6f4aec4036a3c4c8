"""Simulated paths against loops by the formulas, and drawn innovations against the densities' own laws."""

import math

import numpy as np
import pytest
from arch.univariate import SkewStudent
from scipy import stats

from eventstudy.errors import BadValue
from eventstudy.garch.paths import draw_innovations, hansen_frame, probability_of_loss
from eventstudy.garch.recursion import VarianceRule, simulate_many, simulate_paths
from tests import garch_reference as reference

RULES = {
    "constant": VarianceRule("constant", 1.7),
    "garch": VarianceRule("garch", 0.1, 0.08, 0.0, 0.85),
    "gjr": VarianceRule("gjr", 0.1, 0.04, 0.1, 0.82),
    "beta_t": VarianceRule("beta_t", 0.1, 0.04, 0.1, 0.82, nu=5.0, skew=-0.3, dist="skewt"),
    "realized": VarianceRule("realized", 0.1, 0.3, 0.1, 0.5, measure_ratio=0.8),
    "egarch": VarianceRule("egarch", 0.01, 0.12, -0.07, 0.96, abs_moment=0.75),
}
LEVEL = 1.95 / math.sqrt(200_000)  # Kolmogorov's distance that one sample in a thousand exceeds


def by_the_formulas(rule: VarianceRule, first: float, z, ratios):
    """Residuals and variances of one path, step by step."""
    shape = {"nu": rule.nu, "lambda": rule.skew}
    variances, residuals = [first], []
    for step, shock in enumerate(z):
        h = variances[-1]
        residuals.append(math.sqrt(h) * shock)
        fall = shock < 0
        if rule.model == "constant":
            variances.append(rule.omega)
        elif rule.model == "egarch":
            news = rule.alpha * (abs(shock) - rule.abs_moment) + rule.gamma * shock
            variances.append(math.exp(rule.omega + rule.beta * math.log(h) + news))
        else:
            news = residuals[-1] ** 2
            if rule.model == "beta_t":
                news = h * float(reference.density_weight(shock, shape, rule.dist))
            if rule.model == "realized":
                news = h * ratios[step]
            variances.append(rule.omega + (rule.alpha + rule.gamma * fall) * news + rule.beta * h)
    return residuals, variances[:-1]


def drawn(many: int, horizon: int, replications: int, seed: int = 4):
    """Innovations and measures over variances."""
    generator = np.random.default_rng(seed)
    shape = (many, horizon, replications)
    return generator.standard_t(6, shape), generator.gamma(3.0, 0.3, shape)


@pytest.mark.parametrize("model", RULES)
def test_each_path_follows_the_formulas_of_its_model(model):
    (z,), (ratios,) = drawn(1, 12, 7)
    residuals, variances = simulate_paths(RULES[model], 1.3, z, ratios)
    for path in range(7):
        expected = by_the_formulas(RULES[model], 1.3, z[:, path], ratios[:, path])
        # twelve steps of rounding
        assert residuals[:, path] == pytest.approx(expected[0], rel=1e-13)
        assert variances[:, path] == pytest.approx(expected[1], rel=1e-13)


def test_measures_that_are_not_given_lie_at_their_expected_ratio():
    (z,), _ = drawn(1, 5, 3)
    made = simulate_paths(RULES["realized"], 1.3, z)
    said = simulate_paths(RULES["realized"], 1.3, z, np.full_like(z, 0.8))
    np.testing.assert_array_equal(made, said)


def test_many_recursions_at_once_give_each_what_it_gets_alone():
    rules, firsts = list(RULES.values()), np.linspace(0.5, 3.0, len(RULES))
    z, ratios = drawn(len(rules), 6, 5)
    together = simulate_many(rules, firsts, z, ratios)
    for i, rule in enumerate(rules):
        alone = simulate_paths(rule, firsts[i], z[i], ratios[i])
        np.testing.assert_array_equal([part[i] for part in together], alone)


def test_the_layout_of_the_draws_in_memory_does_not_matter():
    (z,), _ = drawn(1, 5, 4)
    across = np.asfortranarray(z)
    np.testing.assert_array_equal(
        simulate_paths(RULES["gjr"], 1.0, across), simulate_paths(RULES["gjr"], 1.0, z)
    )


def test_paths_leave_their_draws_as_they_are():
    (z,), _ = drawn(1, 5, 4)
    before = z.copy()
    simulate_paths(RULES["egarch"], 1.0, z)
    np.testing.assert_array_equal(z, before)


@pytest.mark.parametrize(("nu", "skew"), [(2.5, -0.9), (5.0, -0.3), (5.0, 0.3), (60.0, 0.8), (290.0, 0.05)])
def test_the_frame_and_the_probability_of_a_loss_are_those_of_other_programs(nu, skew):
    a, b, _ = reference.hansen_constants(nu, skew)
    assert hansen_frame(nu, skew) == pytest.approx((a, b), rel=1e-12)  # a few roundings
    other = float(SkewStudent().cdf(np.zeros(1), np.array([nu, skew]))[0])
    assert probability_of_loss(nu, skew) == pytest.approx(other, abs=1e-12)  # of two Student tails


def test_a_symmetric_innovation_loses_half_the_time():
    assert probability_of_loss(5.0, 0.0) == 0.5
    assert probability_of_loss(math.inf, 0.0) == 0.5


@pytest.mark.parametrize(
    ("dist", "shape", "law"),
    [
        ("normal", (math.inf, 0.0), stats.norm.cdf),
        ("t", (5.0, 0.0), lambda z: stats.t.cdf(z * math.sqrt(5 / 3), 5.0)),
        ("skewt", (5.0, -0.4), lambda z: SkewStudent().cdf(z, np.array([5.0, -0.4]))),
        ("skewt", (8.0, 0.6), lambda z: SkewStudent().cdf(z, np.array([8.0, 0.6]))),
    ],
)
def test_draws_have_the_law_of_their_density(dist, shape, law):
    z = draw_innovations(dist, *shape, (20, 10_000), np.random.default_rng(8))
    assert z.shape == (20, 10_000)
    assert stats.kstest(z.ravel(), law).statistic < LEVEL


@pytest.mark.parametrize(
    ("dist", "nu", "skew"), [("t", 9.0, 0.0), ("skewt", 9.0, -0.5), ("normal", math.inf, 0.0)]
)
def test_draws_have_mean_zero_and_variance_one(dist, nu, skew):
    z = draw_innovations(dist, nu, skew, (400_000,), np.random.default_rng(2))
    assert abs(z.mean()) < 4 / math.sqrt(400_000)  # four errors of a mean of unit variance
    assert abs(z.var() - 1) < 4 * (z**2).std() / math.sqrt(400_000)


def test_the_same_seed_draws_the_same_innovations():
    first, second = (draw_innovations("skewt", 5.0, 0.2, (3, 4), np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("dist", "nu"), [("cauchy", 5.0), ("t", 2.0), ("skewt", math.inf), ("t", math.nan)])
def test_densities_without_a_variance_or_a_name_are_refused(dist, nu):
    with pytest.raises(BadValue):
        draw_innovations(dist, nu, 0.1, (2,), np.random.default_rng(0))
