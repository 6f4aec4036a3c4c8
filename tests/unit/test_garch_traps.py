"""The places where volatility engines go wrong, one test each; the oracle is the judge of every optimum."""

from itertools import pairwise

import numpy as np
import pytest
from arch import arch_model
from scipy import integrate

import eventstudy as es
from eventstudy.garch.estimation import SMALL_SCORE
from tests import garch_optimum as peaks
from tests import garch_reference as reference
from tests.garch_reference import Branch
from tests.garch_twins import oracle, realized_world, regressors

# An optimum is polished to far below this; as a share of a standard error it means 5e-13 of log-likelihood
AT_REST = 1e-6
TEN = range(10)


def relative_score(fitted, y, model, branch=None):
    """Return the oracle's score at a fit, in standard errors, by parameter name."""
    theta = reference.as_array(dict(fitted.params), model)
    branch = branch or reference.branch_at(theta, y, model)
    slopes = reference.scores_of_many(theta[:, None], y, model, branch)[0]
    scale = reference.natural_scale(theta, y, model)
    return dict(zip(model.names, slopes * scale, strict=True))


def forgetting(fitted):
    """Return the mean log of how much of a wrong ln h an EGARCH carries to the next session."""
    p, z = fitted.params, fitted.standardized_residuals.to_numpy()
    carried = p["beta"] - (p["alpha"] * np.abs(z) + p["gamma"] * z) / 2
    return np.mean(np.log(np.abs(carried)))


@pytest.mark.parametrize("seed", [0, 2, 6, 7])
def test_an_alpha_of_exactly_zero_is_found_and_told(seed):
    returns = peaks.hard_series("white noise", seed)[:400]
    fitted = es.fit(returns, variance="garch", dist="normal")
    assert fitted.params["alpha"] == 0.0
    assert fitted.active_bounds == ("alpha",)
    assert fitted.status == "boundary"
    y, model = oracle(returns, variance="garch", dist="normal")
    slopes = relative_score(fitted, y, model)
    assert slopes.pop("alpha") < 0  # it would rather be negative
    assert max(abs(one) for one in slopes.values()) < AT_REST
    assert np.isnan(fitted.std_errors()["alpha"])
    assert np.isfinite(fitted.std_errors().drop("alpha")).all()


@pytest.mark.parametrize("seed", [0, 2, 6, 7])
def test_an_optimum_without_news_is_higher_than_what_the_oracle_finds_around_it(seed):
    returns = peaks.hard_series("white noise", seed)[:400]
    fitted = es.fit(returns, variance="garch", dist="normal")
    y, model = oracle(returns, variance="garch", dist="normal")
    rng, best = np.random.default_rng(seed), fitted.params
    others = np.column_stack([
        best["mu"] + rng.normal(0, 0.02, 500), best["omega"] * np.exp(rng.normal(0, 0.3, 500)),
        rng.exponential(0.01, 500), np.clip(best["beta"] + rng.normal(0, 0.02, 500), 0, 0.999),
    ]).T  # fmt: skip
    inside = others[2] + others[3] <= 1
    found = reference.densities(others[:, inside], y, model).sum(axis=0)
    assert inside.sum() > 100
    assert found.max() < fitted.loglikelihood


def test_a_persistence_of_exactly_one_is_found_and_told():
    returns = peaks.hard_series("alpha+beta=.999", 0)[:250]
    fitted = es.fit(returns, variance="garch", dist="normal")
    p = fitted.params
    assert p["alpha"] + p["beta"] == pytest.approx(1.0, abs=1e-15)
    assert fitted.active_bounds == ("persistence",)
    assert fitted.status == "integrated"
    y, model = oracle(returns, variance="garch", dist="normal")
    score = dict(zip(model.names, reference.score(dict(p), y, model), strict=True))
    scale = dict(zip(model.names, reference.natural_scale(dict(p), y, model), strict=True))
    # Karush, Kuhn and Tucker: both push outwards equally hard, the others rest
    assert score["alpha"] * scale["alpha"] > 0.01
    assert (score["beta"] - score["alpha"]) * scale["alpha"] == pytest.approx(0, abs=AT_REST)
    assert score["mu"] * scale["mu"] == pytest.approx(0, abs=AT_REST)
    assert score["omega"] * scale["omega"] == pytest.approx(0, abs=AT_REST)
    errors = fitted.std_errors("hessian")
    assert errors["alpha"] == pytest.approx(errors["beta"], rel=1e-9)  # one moves as much as the other


@pytest.mark.parametrize(
    ("family", "seed", "gain"), [("T250 tails", 52, 9.0), ("alpha=.01", 15, 1.0), ("white noise", 39, 1.0)]
)
def test_an_optimum_that_is_reached_only_from_beta_near_zero_is_reached(family, seed, gain):
    returns = peaks.hard_series(family, seed)[:250]
    usual = es.fit(returns, variance="gjr", dist="normal", starts=1)
    fitted = es.fit(returns, variance="gjr", dist="normal")
    y, model = oracle(returns, variance="gjr", dist="normal")
    heights = [reference.loglikelihood(dict(one.params), y, model) for one in (usual, fitted)]
    assert usual.params["beta"] > 0.7 > 0.1 > fitted.params["beta"]
    assert usual.score_norm < SMALL_SCORE  # the usual start does end on a summit, a lower one
    assert heights[1] - heights[0] > gain
    assert fitted.starts_gap > 0 or fitted.agreeing_starts > 1


@pytest.mark.parametrize(("family", "seed"), [("easy T250", 3), ("alpha+beta=.999", 3), ("alpha=.3", 6)])
def test_an_egarch_optimum_on_a_residual_of_zero_is_found_and_told(family, seed):
    returns = peaks.hard_series(family, seed)[:300]
    fitted = es.fit(returns, variance="egarch", dist="t", starts=2)
    y, model = oracle(returns, variance="egarch", dist="t")
    session = int(np.argmin(np.abs(fitted.residuals)))
    assert abs(fitted.residuals.iloc[session]) < 1e-14
    assert "residual of 0" in fitted.message
    signs = np.where(fitted.residuals.to_numpy() < 0, -1.0, 1.0)
    slopes = {}
    for side in (-1.0, 1.0):
        signs[session] = side
        slopes[side] = relative_score(fitted, y, model, Branch(signs.copy(), None))
    # a higher mean makes this residual negative: uphill below the data point, downhill above it
    assert slopes[1.0].pop("mu") > AT_REST
    assert slopes[-1.0].pop("mu") < -AT_REST
    free = {k: v for k, v in slopes[1.0].items() if k not in fitted.active_bounds}
    assert max(abs(one) for one in free.values()) < AT_REST


def test_an_egarch_optimum_may_sit_on_two_residuals_of_zero_at_once():
    # with two coefficients in the mean, two days can have a residual of 0
    rng = np.random.default_rng(3)
    returns = peaks.simulate(rng, 900, gamma=0.1, alpha=0.05, beta=0.83, nu=6)
    fitted = es.fit(returns, "ar1", "egarch", "t", **regressors(900))
    assert np.sort(np.abs(fitted.residuals))[1] < 1e-6  # the third is 4e-3
    assert fitted.status == "converged"
    assert "residual of 0" in fitted.message


@pytest.mark.parametrize("seed", TEN)
@pytest.mark.parametrize("family", ["white noise", "alpha=.005", "T250 tails"])
def test_an_egarch_forgets_how_its_recursion_was_started(family, seed):
    # Where a wrong ln h grows instead of fading the likelihood is chaos, and its peaks mean nothing
    # (Straumann and Mikosch 2006; Wintenberger 2013)
    fitted = es.fit(peaks.hard_series(family, seed)[:400], variance="egarch", dist="t")
    # a wrong ln h of the first day is at most e times as wrong on the last
    assert len(fitted.residuals) * forgetting(fitted) <= 1
    assert fitted.status != "not_converged"


@pytest.mark.parametrize("seed", range(8))
def test_a_realized_model_with_a_mean_comes_to_rest(seed):
    # the sign of a residual switches a whole measure on or off, so the likelihood must not jump with mu
    returns, measures = realized_world(np.random.default_rng(seed), 900, nu=6)
    assert es.fit(returns, variance="realized", dist="t", realized=measures).status != "not_converged"


def kappa_of(nu, skew):
    """Return E[z^2 1(z < 0)] of Hansen's density by quadrature of the oracle's."""
    values = {"nu": np.array([nu]), "lambda": np.array([skew])}

    def integrand(z):
        return z * z * float(np.exp(reference.log_density(np.array([z]), values, "skewt"))[0])

    a, b, _ = reference.hansen_constants(values["nu"], values["lambda"])
    mode = -float((a / b)[0])
    knots = [-np.inf, mode, 0.0] if mode < 0 else [-np.inf, 0.0]
    return sum(integrate.quad(integrand, *ends, limit=400)[0] for ends in pairwise(knots))


def skewed_returns(n=3000, seed=8):
    """Return a GJR with innovations of negative skewness: standardised, reflected gamma variables."""
    rng = np.random.default_rng(seed)
    g, returns = 1.0, []
    for one in (8 - rng.gamma(8, 1, n)) / np.sqrt(8):
        e = np.sqrt(g) * one
        returns.append(0.05 + e)
        g = 0.05 + (0.03 + 0.12 * (e < 0)) * e * e + 0.85 * g
    return np.array(returns)


def test_persistence_and_forecasts_use_the_kappa_of_skewed_innovations():
    fitted = es.fit(skewed_returns(), dist="skewt")
    p = fitted.params
    kappa = kappa_of(p["nu"], p["lambda"])
    assert kappa > 0.53  # far from the half that a symmetric innovation has
    assert fitted.kappa == pytest.approx(kappa, abs=1e-7)  # quadrature's own aim
    carried = p["alpha"] + p["gamma"] * kappa + p["beta"]
    assert fitted.persistence == pytest.approx(carried, abs=1e-7)
    variance = fitted.next_variance
    for found in fitted.forecast(60).variance:
        assert found == pytest.approx(variance, rel=1e-5)  # sixty times the same 1e-7
        variance = p["omega"] + carried * variance


def test_paths_drawn_from_skewed_residuals_agree_with_the_closed_form_of_their_own_kappa():
    fitted = es.fit(skewed_returns(), dist="skewt")
    z = fitted.standardized_residuals.to_numpy()
    z = (z - z.mean()) / z.std()
    draws = np.random.default_rng(0).choice(z, size=(20, 40_000))
    _, h = es.garch.simulate_paths(fitted.rule, fitted.next_variance, draws)
    p, kappa = fitted.params, np.mean(z**2 * (z < 0))
    carried, variance = p["alpha"] + p["gamma"] * kappa + p["beta"], fitted.next_variance
    for k in range(20):
        # four standard errors of a mean over the paths
        assert abs(h[k].mean() - variance) <= 4 * h[k].std() / 200 + 1e-12
        variance = p["omega"] + carried * variance
    assert fitted.diagnostics()["kappa"] == pytest.approx(kappa, rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("variance", ["garch", "gjr"])
def test_student_innovations_on_gaussian_data_reach_the_normal_limit_and_lose_nothing_to_arch(variance, seed):
    rng = np.random.default_rng([seed, 5])
    returns = peaks.simulate(rng, 800, alpha=0.1, gamma=0.05 * (variance == "gjr"), beta=0.8)
    fitted = es.fit(returns, variance=variance, dist="t", presample="arch")
    other = arch_model(returns, p=1, o=int(variance == "gjr"), q=1, dist="t", rescale=False)
    theirs = other.fit(disp="off", show_warning=False).loglikelihood
    y, model = oracle(returns, variance=variance, dist="t", presample="arch")
    assert reference.loglikelihood(dict(fitted.params), y, model) > theirs - 1e-6  # rounding, to be generous
    if "nu" in fitted.active_bounds:
        assert fitted.params["nu"] == pytest.approx(500, rel=1e-12)
        assert relative_score(fitted, y, model)["nu"] > 0  # it would rather be normal
        assert fitted.status == "boundary"


def test_the_normal_limit_is_among_the_cases_above():
    bounds = [
        es.fit(peaks.simulate(np.random.default_rng([seed, 5]), 800, alpha=0.1, beta=0.8), variance="garch")
        for seed in range(6)
    ]
    assert sum("nu" in one.active_bounds for one in bounds) >= 2
