"""Log-likelihood, score, information and Hessian of the engine against the slow oracle, for every model."""

import itertools

import numpy as np
import pytest
from scipy import integrate, special, stats

from eventstudy.garch import lanes
from eventstudy.garch.coordinates import plan, public, public_slopes
from eventstudy.garch.curvature import hessian
from eventstudy.garch.innovations import student_information
from eventstudy.garch.intake import Regressors, assemble
from eventstudy.garch.likelihood import conditional_variances, evaluate
from eventstudy.garch.spec import ModelSpec
from tests import garch_optimum as peaks
from tests import garch_reference as reference
from tests.garch_twins import engine_parameters, engine_slopes, measure, oracle, regressors, sample_of

MEANS = ("zero", "constant", "ar1", "factor")
VARIANCES = tuple(reference.VARIANCE_NAMES)
DISTS = tuple(reference.SHAPE_NAMES)
EVERY = list(itertools.product(MEANS, VARIANCES, DISTS, ("mean", "variance"), (False, True)))
STEP = 1e-30
# sums of a hundred numbers of the order of one, each off by its last bit or, through the recursion, a few
ROUNDING = 1e-12
# what the house asks of scores, in units where one standard error is one
SCORE = 1e-10


def given(mean, variance, dist, presample="mean", extras=False, n=120, seed=1):
    """Return (returns, keywords of a fit) with the regressors that the model needs or can bear."""
    returns = peaks.simulate(np.random.default_rng([n, seed]), n, gamma=0.05, beta=0.85)
    columns = regressors(n, seed)
    kept = {"mean_x"} if mean == "factor" else set()
    kept |= {"variance_x", "variance_dummies"} if extras else set()
    asked = {name: frame for name, frame in columns.items() if name in kept}
    if variance == "realized":
        asked["realized"] = measure(returns, seed)
    return returns, {"mean": mean, "variance": variance, "dist": dist, "presample": presample, **asked}


def random_point(model, seed):
    """Return admissible parameters by name."""
    rng = np.random.default_rng([seed, 99])
    pick = {
        "mu": rng.normal(0, 0.1), "phi": rng.uniform(-0.3, 0.3), "f": rng.normal(0, 0.2),
        "omega": rng.uniform(0.05, 0.3), "alpha": rng.uniform(0.01, 0.15), "gamma": rng.uniform(0.0, 0.15),
        "beta": rng.uniform(0.4, 0.75), "nu": rng.choice([2.3, 4.5, 9.0, 60.0]),
        "lambda": rng.uniform(-0.5, 0.5), "v": rng.uniform(-0.04, 0.1), "d": rng.normal(0, 0.5),
    }  # fmt: skip
    if model.variance == "egarch":
        pick |= {"omega": rng.normal(0, 0.1), "gamma": rng.normal(0, 0.1), "beta": rng.uniform(-0.5, 0.97)}
    return {name: float(pick[name]) for name in model.names}


def evaluated(theta, sample):
    """Return (value, score, information, rows) of the engine, complex where theta is."""
    size, kind = len(theta), theta.dtype
    score, rows = np.zeros(size, kind), np.zeros((len(sample.y), size), kind)
    information = np.zeros((size, size) if np.isrealobj(theta) else (0, 0), kind)
    return evaluate(theta, sample, score, information, rows), score, information, rows


def situation(mean, variance, dist, presample, extras):
    returns, asked = given(mean, variance, dist, presample, extras)
    y, model = oracle(returns, **asked)
    seed = EVERY.index((mean, variance, dist, presample, extras))
    return y, model, random_point(model, seed)


@pytest.mark.parametrize(("mean", "variance", "dist", "presample", "extras"), EVERY)
def test_value_variances_and_scores_of_every_session_are_the_oracles(mean, variance, dist, presample, extras):
    y, model, point = situation(mean, variance, dist, presample, extras)
    theta, sample = engine_parameters(point, model), sample_of(y, model)
    value, score, _, rows = evaluated(theta, sample)
    terms = reference.contributions(point, y, model)
    assert value == pytest.approx(terms.sum(), abs=ROUNDING * np.abs(terms).sum())
    inner, factor = conditional_variances(theta, sample)
    expected = reference.conditional_variance(point, y, model)
    assert inner * factor == pytest.approx(expected, rel=ROUNDING)
    slopes, scale = engine_slopes(point, model), reference.natural_scale(point, y, model)
    truth = reference.scores(point, y, model)
    assert score @ slopes * scale == pytest.approx(truth.sum(axis=0) * scale, abs=SCORE)
    assert (rows @ slopes * scale).ravel() == pytest.approx((truth * scale).ravel(), abs=SCORE)


@pytest.mark.parametrize(("mean", "variance", "dist", "presample", "extras"), EVERY)
def test_the_analytic_score_is_the_complex_step_of_the_value(mean, variance, dist, presample, extras):
    y, model, point = situation(mean, variance, dist, presample, extras)
    theta, sample = engine_parameters(point, model), sample_of(y, model)
    _, score, _, rows = evaluated(theta, sample)
    stepped = theta + 1j * STEP * np.eye(len(theta))
    slopes = np.array([evaluated(one, sample)[0].imag for one in stepped]) / STEP
    sizes = np.sqrt((rows**2).sum(axis=0))
    read = sizes > 0  # a normal density has no tail, a constant variance no memory: those scores are 0
    assert score[read] / sizes[read] == pytest.approx(slopes[read] / sizes[read], abs=SCORE)
    assert np.all(slopes[~read] == 0)


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("dist", DISTS)
@pytest.mark.parametrize("extras", [False, True])
def test_the_hessian_is_the_extrapolated_difference_of_the_oracles_scores(variance, dist, extras):
    y, model, point = situation("constant", variance, dist, "mean", extras)
    theta, sample = engine_parameters(point, model), sample_of(y, model)
    slopes = engine_slopes(point, model)
    found = hessian(theta, sample, slopes)
    if "nu" in point:  # 1 / nu is curved in nu
        last = list(point).index("nu")
        found[last, last] += evaluated(theta, sample)[1][len(model.X) + 4] * 2 / point["nu"] ** 3
    scale = reference.natural_scale(point, y, model)
    unit = np.outer(scale, scale)
    # a standard error of nu can be many times nu, so steps are a tenth of the usual and lose ten times more
    # than the 1e-11 that extrapolation leaves at an optimum
    expected = reference.hessian(point, y, model, step=0.03)
    assert found * unit == pytest.approx(expected * unit, abs=1e-9)


@pytest.mark.parametrize("presample", ["mean", "variance", "arch"])
@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("variance", VARIANCES)
def test_standardised_coordinates_are_the_same_model_in_other_units(mean, variance, presample):
    returns, asked = given(mean, variance, "skewt", presample, extras=True)
    y, model = oracle(returns, **asked)
    frames = [asked.get(name) for name in ("mean_x", "variance_x", "variance_dummies", "realized")]
    given_columns = Regressors(*frames)
    names = [given_columns.names(kind) for kind in ("mean", "additive", "multiplicative")]
    spec = ModelSpec(mean, variance, "skewt", presample, *names)
    planned = plan(spec, assemble(spec, returns, given_columns))
    theta = engine_parameters(random_point(model, 5), model)
    if variance == "constant":
        theta[len(model.X) + 1 : len(model.X) + 4] = 0
    found = dict(zip(spec.names, public(spec, planned.units, theta), strict=True))
    value, score, _, _ = evaluated(theta, planned.sample)
    shift = len(y) * np.log(planned.units.scale)  # the density of returns in their own unit
    terms = reference.contributions(found, y, model)
    assert spec.names == model.names
    assert value - shift == pytest.approx(terms.sum(), abs=ROUNDING * np.abs(terms).sum())
    slopes = public_slopes(spec, planned.units, theta) @ planned.restriction.map
    expected = reference.score(found, y, model) @ slopes
    sizes = np.sqrt(((reference.scores(found, y, model) @ slopes) ** 2).sum(axis=0))
    assert score @ planned.restriction.map / sizes == pytest.approx(expected / sizes, abs=SCORE)


@pytest.mark.parametrize("presample", ["mean", "variance"])
@pytest.mark.parametrize("variance", ["garch", "gjr"])
@pytest.mark.parametrize("dist", ["normal", "t"])
def test_sixteen_lanes_have_the_value_and_score_of_the_oracle_each(variance, dist, presample):
    state, parameters = np.zeros(lanes.STATE_SIZE), np.zeros(lanes.PARAMETER_SIZE)
    every, block = [], np.zeros((130, lanes.LANES))  # 130 sessions: the last logarithms are taken at the end
    for lane in range(lanes.LANES):
        returns, asked = given("constant", variance, dist, presample, n=130, seed=lane)
        y, model = oracle(returns, **asked)
        point = random_point(model, lane)
        every.append((y, model, point))
        block[:, lane] = y
        e = y - point["mu"]
        first, slope = (e @ e / 130, -2 * e.mean()) if presample == "mean" else (np.var(y), 0.0)
        theta = engine_parameters(point, model)
        lanes.prepare(lane, theta, dist == "t", variance == "garch", first, slope, state, parameters)
    lanes.sweep_lanes(block.ravel(), 130, dist == "t", variance == "garch", state, parameters)
    for lane, (y, model, point) in enumerate(every):
        theta, score, information = engine_parameters(point, model), np.zeros(7), np.zeros((7, 7))
        value = lanes.read(lane, 130, theta, dist == "t", state, score, information)
        terms = reference.contributions(point, y, model)
        assert value == pytest.approx(terms.sum(), abs=ROUNDING * np.abs(terms).sum())
        scale = reference.natural_scale(point, y, model)
        found = score @ engine_slopes(point, model) * scale
        assert found == pytest.approx(reference.score(point, y, model) * scale, abs=SCORE)
        slopes = engine_slopes(point, model)
        expected = slopes.T @ evaluated(theta, sample_of(y, model))[2] @ slopes
        assert slopes.T @ information @ slopes == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize("nu", [2.5, 6.0, 40.0])
def test_the_information_of_a_student_observation_is_that_of_quadrature(nu):
    stretch = np.sqrt(nu / (nu - 2))
    by_nu = -special.psi(nu / 2) / 2 + special.psi((nu + 1) / 2) / 2 - 1 / (2 * (nu - 2))

    def slopes(z):  # of the log density in the mean over the root of h, in ln h and in 1 / nu
        share = z * z / (nu - 2 + z * z)
        tail = by_nu - np.log1p(z * z / (nu - 2)) / 2 + (nu + 1) / (2 * (nu - 2)) * share
        return (nu + 1) * z / (nu - 2 + z * z), ((nu + 1) * share - 1) / 2, -(nu**2) * tail

    def moment(i, j):
        def integrand(z):
            return slopes(z)[i] * slopes(z)[j] * stats.t.pdf(z * stretch, nu) * stretch

        return 2 * integrate.quad(integrand, 0, np.inf, epsabs=0, epsrel=1e-10, limit=500)[0]

    expected = [moment(0, 0), moment(1, 1), moment(1, 2), moment(2, 2)]
    # quadrature's own aim, and the closed forms cancel three digits at the largest nu
    assert student_information(1 / nu) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("dist", ["normal", "t"])
@pytest.mark.parametrize("variance", ["garch", "gjr", "egarch"])
def test_the_expected_information_is_the_mean_squared_score_of_long_simulated_series(variance, dist):
    names = {"mu": 0.0, "omega": 0.1, "alpha": 0.1, "gamma": 0.1, "beta": 0.8, "nu": 8.0}
    asked = {"variance": variance, "dist": dist, "presample": "variance"}
    rng, n, total, outer = np.random.default_rng(4), 2500, 0.0, 0.0
    for _ in range(8):
        z = rng.standard_normal(n) if dist == "normal" else rng.standard_t(8, n) * np.sqrt(6 / 8)
        moment = reference.mean_absolute({"nu": np.array(names["nu"])}, dist)
        y, model = oracle(simulated(variance, names, z, moment), **asked)
        point = {name: names[name] for name in model.names}
        slopes, each = engine_slopes(point, model), reference.scores(point, y, model)
        information = evaluated(engine_parameters(point, model), sample_of(y, model))[2]
        total, outer = total + slopes.T @ information @ slopes, outer + each.T @ each
    gap = (outer - total) / np.sqrt(np.outer(np.diag(total), np.diag(total)))
    # 20,000 products of scores whose kurtosis is up to some hundreds (of nu's): a standard error of some 10 %
    assert np.abs(gap).max() < 0.2


def simulated(variance, point, z, moment):
    """Return returns of the textbook recursion at the given innovations."""
    g, returns = 1.0, []
    for one in z:
        e = np.sqrt(g) * one
        returns.append(point["mu"] + e)
        if variance == "egarch":
            news = point["alpha"] * (abs(one) - moment) + point["gamma"] * one
            g = np.exp(point["omega"] + news + point["beta"] * np.log(g))
        else:
            gamma = point["gamma"] if variance == "gjr" else 0.0
            g = point["omega"] + (point["alpha"] + gamma * (e < 0)) * e * e + point["beta"] * g
    return np.array(returns)
