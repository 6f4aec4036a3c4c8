"""Laws of the volatility engine over random parameters, samples, mirrors and flaws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

import eventstudy as es
from eventstudy.errors import BadValue, EventStudyError, TooFewObservations
from eventstudy.garch.likelihood import evaluate
from eventstudy.garch.quadratic import constrained_step
from tests import garch_optimum as peaks
from tests import garch_reference as reference
from tests.garch_reference import Model
from tests.garch_twins import engine_parameters, oracle, sample_of

VARIANCES = ("constant", "garch", "gjr", "egarch", "beta_t")
DISTS = tuple(reference.SHAPE_NAMES)
seeds = st.integers(0, 2**32 - 1)
variances, dists = st.sampled_from(VARIANCES), st.sampled_from(DISTS)


def sizes(least, most):
    """Numbers of any size between two powers of ten."""
    return st.floats(least, most).map(lambda power: 10.0**power)


@st.composite
def wild_points(draw):
    """Parameters far beyond what any series has, densities alone inside their range."""
    signed = st.floats(-3, 3)
    return {
        "mu": draw(signed) * draw(sizes(-3, 3)), "omega": draw(signed) * draw(sizes(-8, 4)),
        "alpha": draw(signed), "gamma": draw(signed), "beta": draw(signed),
        "nu": draw(st.floats(2.05, 500)), "lambda": draw(st.floats(-0.99, 0.99)),
    }  # fmt: skip


@settings(max_examples=150)
@given(wild_points(), variances, dists, st.sampled_from(["mean", "variance"]), seeds, sizes(-4, 4))
def test_a_log_likelihood_is_a_number_or_minus_infinity(point, variance, dist, presample, seed, scale):
    y = np.random.default_rng(seed).standard_t(2.5, 60) * scale
    model = Model(variance, dist, presample)
    theta, sample = engine_parameters(point, model), sample_of(y, model)
    score, nothing = np.zeros(len(theta)), np.zeros((0, 0))
    value = evaluate(theta, sample, score, nothing, nothing)
    assert value == -math.inf or math.isfinite(value)
    if math.isfinite(value):
        assert np.isfinite(score).all()


@settings(max_examples=80)
@given(variances, dists, seeds)
def test_a_plausible_point_has_the_log_likelihood_of_the_oracle(variance, dist, seed):
    rng = np.random.default_rng(seed)
    y = rng.standard_t(4, 80)
    point = {
        "mu": rng.normal(0, 0.3), "omega": rng.uniform(0.01, 0.5), "alpha": rng.uniform(0, 0.3),
        "gamma": rng.uniform(0, 0.2), "beta": rng.uniform(0, 0.6),
        "nu": 2.05 + rng.exponential(10), "lambda": rng.uniform(-0.9, 0.9),
    }  # fmt: skip
    model = Model(variance, dist)
    theta = engine_parameters({name: point[name] for name in model.names}, model)
    found = evaluate(theta, sample_of(y, model), np.zeros(len(theta)), np.zeros((0, 0)), np.zeros((0, 0)))
    terms = reference.contributions({name: point[name] for name in model.names}, y, model)
    # eighty terms, each with the rounding of its recursion
    assert found == pytest.approx(terms.sum(), abs=1e-12 * np.abs(terms).sum())


@settings(max_examples=15)
@given(dists, seeds)
def test_the_order_of_sessions_does_not_matter_to_a_constant_variance(dist, seed):
    rng = np.random.default_rng(seed)
    returns = rng.standard_t(5, 120)
    here = es.fit(returns, variance="constant", dist=dist)
    there = es.fit(rng.permutation(returns), variance="constant", dist=dist)
    # the same maximum of the same sum in another order; parameters follow its flat top
    assert there.loglikelihood == pytest.approx(here.loglikelihood, rel=1e-12)


@settings(max_examples=25)
@given(st.sampled_from(["garch", "gjr", "beta_t"]), dists, seeds)
def test_a_mirror_swaps_the_sides_of_every_model(variance, dist, seed):
    rng = np.random.default_rng(seed)
    returns = peaks.simulate(rng, 300, mu=0.1, alpha=0.06, gamma=0.1, beta=0.8, nu=5, burn=50)
    here = es.fit(returns, variance=variance, dist=dist)
    there = es.fit(-returns, variance=variance, dist=dist)
    y, model = oracle(returns, variance=variance, dist=dist)
    mirrored = dict(there.params)
    mirrored["mu"] *= -1
    if "gamma" in mirrored:
        mirrored["alpha"], mirrored["gamma"] = mirrored["alpha"] + mirrored["gamma"], -mirrored["gamma"]
    if "lambda" in mirrored:
        mirrored["lambda"] *= -1
    # fits of a series and of its mirror may stop on different maxima when starts differ: neither much higher
    assert reference.loglikelihood(mirrored, y, model) == pytest.approx(there.loglikelihood, abs=1e-9)
    if here.status == there.status == "converged" and abs(here.loglikelihood - there.loglikelihood) < 1e-6:
        assert mirrored == pytest.approx(dict(here.params), rel=1e-5, abs=1e-5)


@settings(max_examples=25)
@given(st.sampled_from(["constant", "garch", "gjr", "beta_t"]), dists, seeds, sizes(-8, 8))
def test_the_optimum_is_the_same_in_every_unit(variance, dist, seed, unit):
    returns = peaks.simulate(np.random.default_rng(seed), 250, alpha=0.1, beta=0.8, nu=5, burn=50)
    here = es.fit(returns, variance=variance, dist=dist)
    there = es.fit(returns * unit, variance=variance, dist=dist)
    shift = len(returns) * math.log(unit)
    assert there.loglikelihood == pytest.approx(here.loglikelihood - shift, abs=1e-8)
    assert there.status == here.status


@settings(max_examples=20)
@given(st.sampled_from(["garch", "gjr", "beta_t"]), st.sampled_from(peaks.FAMILIES), dists, seeds)
def test_no_point_that_the_oracle_tries_is_higher_than_the_optimum(variance, family, dist, seed):
    returns = peaks.simulate(np.random.default_rng(seed), **(peaks.RECIPES[family] | {"n": 250}))
    fitted = es.fit(returns, variance=variance, dist=dist)
    y, model = oracle(returns, variance=variance, dist=dist)
    rng, many = np.random.default_rng(seed), 400
    alpha, beta = rng.exponential(0.1, many), rng.beta(3, 1, many)
    near = rng.random(many) < 0.5
    p, width = fitted.params, rng.choice([0.01, 0.1, 0.5], many)
    others = {
        "mu": p["mu"] + rng.normal(0, 0.05, many) * returns.std(),
        "alpha": np.where(near, p["alpha"] * np.exp(width * rng.standard_normal(many)), alpha),
        "gamma": np.where(near, p.get("gamma", 0.0), 0.5 * (rng.random(many) - 0.2)),
        "beta": np.where(near, p["beta"] * np.exp(-width * rng.random(many)), beta),
        "nu": np.clip(np.where(near, p.get("nu", 5.0), 2.1 + rng.exponential(20, many)), 2.05, 500),
        "lambda": np.clip(p.get("lambda", 0.0) + rng.normal(0, 0.1, many), -0.99, 0.99),
    }
    half = others["gamma"] / 2 if "gamma" in p else 0.0
    left = 1 - others["alpha"] - half - others["beta"]
    shift = p["omega"] * np.exp(width * rng.standard_normal(many))
    others["omega"] = np.where(near, shift, np.maximum(left, 1e-4) * returns.var())
    kept = (left >= 0) & (others["alpha"] + (others["gamma"] if "gamma" in p else 0) >= 0)
    tried = {name: others[name][kept] for name in model.names}
    found = reference.densities(tried, y, model).sum(axis=0)
    assert found.max(initial=-math.inf) <= fitted.loglikelihood + 1e-9  # rounding


@settings(max_examples=120)
@given(st.integers(1, 7), seeds, st.booleans(), st.booleans())
def test_the_constrained_step_is_that_of_sequential_quadratic_programming(size, seed, tied, cramped):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((size, size + 2))
    metric, gradient = root @ root.T + 0.05 * np.eye(size), rng.standard_normal(size)
    lower = -rng.exponential(0.3, size) * (rng.random(size) > 0.3 * cramped)
    upper = rng.exponential(0.3, size) * (rng.random(size) > 0.3 * cramped)
    upper[rng.random(size) < 0.3] = np.inf
    normal = rng.random(size) * (rng.random(size) < 0.7) if tied else np.zeros(size)
    room = rng.exponential(0.1) * (rng.random() > 0.3) if tied else np.inf
    step, held = np.zeros(size), np.zeros(size + 1, np.int64)
    done = constrained_step(
        metric,
        gradient,
        lower,
        upper,
        normal,
        room,
        step,
        held,
        np.zeros((size, size)),
        *np.zeros((3, size)),
    )

    def loss(move):
        return gradient @ move + move @ metric @ move / 2

    limit = {"type": "ineq", "fun": lambda move: room - normal @ move, "jac": lambda move: -normal}
    other = optimize.minimize(
        loss, np.zeros(size), jac=lambda move: gradient + metric @ move, method="SLSQP",
        bounds=list(zip(lower, upper, strict=True)), constraints=[limit] if tied else [],
        options={"ftol": 1e-14, "maxiter": 300},
    )  # fmt: skip
    # rounding of seven numbers of the order of one
    assert done
    assert np.all(step >= lower - 1e-12)
    assert np.all(step <= upper + 1e-12)
    assert normal @ step <= room + 1e-12
    assert loss(step) <= other.fun + 1e-9  # SLSQP's own aim, with room
    assert np.all(step[held[:-1] == -1] == pytest.approx(lower[held[:-1] == -1], abs=1e-12))
    assert np.all(step[held[:-1] == 1] == pytest.approx(upper[held[:-1] == 1], abs=1e-12))


def noise(n=100):
    return np.random.default_rng(0).standard_normal(n)


def spoiled(place, value):
    returns = noise()
    returns[place] = value
    return returns


FLAWS = {
    "a NaN inside": (spoiled(50, np.nan), BadValue),
    "infinity": (spoiled(0, np.inf), BadValue),
    "minus infinity": (spoiled(99, -np.inf), BadValue),
    "all zero": (np.zeros(100), BadValue),
    "constant": (np.full(100, 0.37), BadValue),
    "constant but for the last digits": (np.full(100, 1e15) + noise(), BadValue),
    "a scale of 1e-200": (noise() * 1e-200, BadValue),
    "a scale of 1e200": (noise() * 1e200, BadValue),
    "the smallest numbers there are": (np.tile([5e-324, 0.0], 50), BadValue),
    "49 returns": (noise(49), TooFewObservations),
    "one return": (noise(1), TooFewObservations),
}
SHORT_MODELS = [("garch", "normal"), ("gjr", "t"), ("egarch", "skewt"), ("constant", "t")]


@pytest.mark.parametrize(("variance", "dist"), SHORT_MODELS)
@pytest.mark.parametrize("flaw", list(FLAWS))
def test_unusable_returns_are_refused_alone_and_stop_nobody_in_a_batch(flaw, variance, dist):
    returns, error = FLAWS[flaw]
    with pytest.raises(error) as caught:
        es.fit(returns, variance=variance, dist=dist)
    assert caught.value.remedy
    rows = np.vstack([noise(), np.concatenate([np.full(100 - len(returns), np.nan), returns]), noise()])
    many = es.fit_many(rows, variance=variance, dist=dist, starts=2)
    assert many.status.iloc[1] == "refused"
    assert many.report["message"].iloc[1]
    assert many.params.iloc[1].isna().all()
    assert np.isnan(many.loglikelihood.iloc[1])
    fine = es.fit_many(rows[:1], variance=variance, dist=dist, starts=2)
    for place in (0, 2):
        assert np.array_equal(many.params.iloc[place], fine.params.iloc[0])


@pytest.mark.parametrize("shape", [(0,), (0, 0), (3, 0), (2, 2, 60)])
def test_samples_of_no_size_are_refused_by_name(shape):
    with pytest.raises(EventStudyError):
        es.fit(np.zeros(shape))


def test_a_row_of_nothing_is_refused_in_a_batch():
    rows = np.vstack([noise(), np.full(100, np.nan)])
    many = es.fit_many(rows, variance="garch", dist="normal", starts=1)
    assert many.status.iloc[1] == "refused"
    assert "0 observations" in many.report["message"].iloc[1]


@settings(max_examples=40)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=50, max_size=80),
    variances, st.sampled_from(["normal", "t"]),
)  # fmt: skip
def test_any_fifty_numbers_give_a_fit_or_an_error_of_ours(numbers, variance, dist):
    try:
        fitted = es.fit(np.array(numbers), variance=variance, dist=dist, starts=2)
    except EventStudyError:
        return
    assert math.isfinite(fitted.loglikelihood) or fitted.status == "not_converged"
    if fitted.status != "not_converged":
        assert np.isfinite(fitted.params).all()
        assert (fitted.conditional_variance > 0).all()


@settings(max_examples=40)
@given(seeds, st.integers(50, 90), st.sampled_from([0.9, 0.98]), variances, st.sampled_from(["normal", "t"]))
def test_series_that_mostly_stand_still_give_a_fit_or_an_error_of_ours(seed, n, idle, variance, dist):
    rng = np.random.default_rng(seed)
    returns = np.where(rng.random(n) < idle, 0.0, rng.standard_normal(n))
    try:
        fitted = es.fit(returns, variance=variance, dist=dist)
    except EventStudyError:
        return
    assert not np.isnan(fitted.loglikelihood)
    assert fitted.status in {"converged", "boundary", "integrated", "not_converged"}
    assert np.isfinite(fitted.params).all()
