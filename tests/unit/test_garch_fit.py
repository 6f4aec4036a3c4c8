"""`fit` on data whose right answer is known from elsewhere, and on data it must refuse."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import eventstudy as es
from eventstudy.errors import BadValue, TooFewObservations, UnsupportedModel


def garch_sample(length: int = 1500, seed: int = 5) -> np.ndarray:
    """GJR-GARCH-t returns by the textbook loop: mu .05 omega .08 alpha .05 gamma .1 beta .82 nu 7."""
    generator = np.random.default_rng(seed)
    z = generator.standard_t(7, length) * np.sqrt(5 / 7)
    returns, h = np.empty(length), 1.0
    for t in range(length):
        eps = np.sqrt(h) * z[t]
        returns[t] = 0.05 + eps
        h = 0.08 + (0.05 + 0.1 * (eps < 0)) * eps**2 + 0.82 * h
    return returns


def independent_negative_loglikelihood(params: np.ndarray, returns: np.ndarray) -> float:
    """GJR-t with the presample at the mean squared residual of the current mean, from the formulas."""
    mu, omega, alpha, gamma, beta, nu = params
    if min(omega, alpha, alpha + gamma, beta, 1 - alpha - gamma / 2 - beta, nu - 2.05) < 0:
        return np.inf
    eps = returns - mu
    presample = np.mean(eps**2)
    h = omega + (alpha + gamma / 2 + beta) * presample
    total = 0.0
    for value in eps:
        scale = np.sqrt(h * (nu - 2) / nu)
        total += stats.t.logpdf(value / scale, nu) - np.log(scale)
        h = omega + (alpha + gamma * (value < 0)) * value**2 + beta * h
    return -total


def test_the_reported_loglikelihood_is_that_of_the_model_at_the_estimates():
    returns = garch_sample(400)
    fitted = es.fit(returns)
    independent = -independent_negative_loglikelihood(fitted.params.to_numpy(), returns)
    # rounding in sums over 400 sessions
    assert fitted.loglikelihood == pytest.approx(independent, abs=1e-9)


def test_no_independent_optimiser_finds_a_better_optimum():
    returns = garch_sample(400)
    fitted = es.fit(returns)
    best = optimize.minimize(
        independent_negative_loglikelihood, fitted.params.to_numpy(), args=(returns,), method="Nelder-Mead",
        options={"maxiter": 2000, "xatol": 1e-6, "fatol": 1e-8},
    )  # fmt: skip
    # rounding in sums over 400 sessions
    assert -best.fun - fitted.loglikelihood < 1e-9


@pytest.mark.parametrize("variance", ["constant", "garch", "gjr", "egarch"])
@pytest.mark.parametrize("dist", ["normal", "t", "skewt"])
def test_a_fit_does_not_depend_on_the_unit_of_the_returns(variance, dist):
    returns = garch_sample(500)
    here = es.fit(returns, variance=variance, dist=dist)
    there = es.fit(returns / 100, variance=variance, dist=dist)
    # Newton steps end at rounding, which the curvature of the likelihood magnifies
    assert there.params["mu"] * 100 == pytest.approx(here.params["mu"], abs=1e-8)
    same = [name for name in ("alpha", "gamma", "beta", "lambda") if name in here.params]
    assert there.params[same].to_numpy() == pytest.approx(here.params[same].to_numpy(), abs=1e-8)
    assert here.loglikelihood + 500 * np.log(100) == pytest.approx(there.loglikelihood, abs=1e-9)
    if variance == "egarch":
        shift = (1 - here.params["beta"]) * 2 * np.log(100)
        assert there.params["omega"] + shift == pytest.approx(here.params["omega"], abs=1e-8)
    else:
        assert there.params["omega"] * 1e4 == pytest.approx(here.params["omega"], rel=1e-8)


def test_long_samples_recover_the_parameters():
    fitted = es.fit(garch_sample(8000, seed=1), starts=2)
    truth = {"mu": 0.05, "omega": 0.08, "alpha": 0.05, "gamma": 0.1, "beta": 0.82, "nu": 7.0}
    errors = fitted.std_errors("sandwich")
    for name, value in truth.items():
        assert abs(fitted.params[name] - value) < 4 * errors[name], name  # four standard errors
    assert fitted.status == "converged"


def test_an_autoregressive_mean_is_forecast_towards_its_level():
    generator = np.random.default_rng(2)
    returns = np.zeros(3000)
    for t in range(1, 3000):
        returns[t] = 0.1 + 0.3 * returns[t - 1] + generator.standard_normal()
    fitted = es.fit(returns, mean="ar1", variance="constant", dist="normal")
    mu, phi = fitted.params["mu"], fitted.params["phi"]
    assert phi == pytest.approx(0.3, abs=4 * np.sqrt((1 - 0.09) / 3000))
    by_hand = mu + phi * (mu + phi * returns[-1])
    assert fitted.forecast(2).mean.loc[2] == pytest.approx(by_hand)
    assert len(fitted.residuals) == 2999


def test_a_factor_mean_recovers_its_loading():
    generator = np.random.default_rng(8)
    factor = generator.standard_normal(2000)
    returns = 0.5 * factor + generator.standard_normal(2000)
    x = pd.DataFrame({"spx": factor})
    fitted = es.fit(returns, mean="factor", variance="constant", dist="normal", x=x)
    slope = np.polyfit(factor, returns, 1)[0]  # least squares is maximum likelihood here
    assert fitted.params["spx"] == pytest.approx(slope, abs=1e-6)


def test_egarch_uses_the_absolute_moment_of_its_own_innovation():
    fitted = es.fit(garch_sample(800), variance="egarch")
    log_h = np.log(fitted.conditional_variance.to_numpy())
    z = fitted.standardized_residuals.to_numpy()
    nu = fitted.params["nu"]
    moment = np.sqrt((nu - 2) / nu) * stats.t.expect(np.abs, args=(nu,))
    p = fitted.params
    news = p["alpha"] * (np.abs(z[:-1]) - moment) + p["gamma"] * z[:-1]
    rebuilt = p["omega"] + p["beta"] * log_h[:-1] + news
    assert log_h[1:] == pytest.approx(rebuilt, abs=1e-8)


def test_fit_many_pads_in_front_and_equals_single_fits():
    long, short = garch_sample(600), garch_sample(300, seed=9)
    padded = np.vstack([long, np.concatenate([np.full(300, np.nan), short])])
    many = es.fit_many(padded, variance="garch", dist="normal", starts=1)
    single = es.fit(short, variance="garch", dist="normal", starts=1)
    assert many.loglikelihood.iloc[1] == pytest.approx(single.loglikelihood, abs=1e-9)
    assert list(many.params.columns) == ["mu", "omega", "alpha", "beta"]


@pytest.mark.parametrize(
    ("returns", "error", "says"),
    [
        ([0.1, np.nan] + [0.2] * 60, BadValue, "return number 1"),
        ([0.1, np.inf] + [0.2] * 60, BadValue, "return number 1"),
        ([0.5] * 80, BadValue, "constant"),
        (np.arange(20.0), TooFewObservations, "20 observations and 50 are needed"),
        (np.ones((2, 60)), BadValue, "dimension"),
    ],
)
def test_unusable_returns_are_refused_with_the_place_and_the_remedy(returns, error, says):
    with pytest.raises(error, match=says) as caught:
        es.fit(returns)
    assert caught.value.remedy


def test_unknown_models_are_refused_by_name():
    returns = garch_sample(100)
    with pytest.raises(BadValue, match="variance is 'figarch'"):
        es.fit(returns, variance="figarch")
    with pytest.raises(BadValue, match="realized is 'missing'"):
        es.fit(returns, variance="realized")
    with pytest.raises(UnsupportedModel, match="mean with regressors"):
        es.fit(returns, mean="factor", x=pd.DataFrame({"f": returns[::-1]})).forecast()
    with pytest.raises(BadValue, match="kind"):
        es.fit(returns, variance="constant", dist="normal").std_errors("robustish")


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_noise_never_passes_for_a_well_identified_model(seed):
    fitted = es.fit(np.random.default_rng(seed).standard_normal(500), variance="garch")
    persistence = fitted.params["alpha"] + fitted.params["beta"]
    on_a_bound = fitted.params["alpha"] < 1e-6 or fitted.params["nu"] > 200
    expected = "integrated" if persistence >= 0.999 else "boundary" if on_a_bound else "converged"
    assert fitted.status == expected


def test_diagnostics_find_the_arch_effect_that_a_constant_variance_leaves():
    returns = garch_sample(2000, seed=4)
    constant = es.fit(returns, variance="constant", dist="normal").diagnostics()
    gjr = es.fit(returns).diagnostics()
    assert constant["ljung_box_z2_p"] < 0.001 < gjr["ljung_box_z2_p"]
    assert constant["pit_ks_p"] < gjr["pit_ks_p"]
