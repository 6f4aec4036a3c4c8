"""The second opinion against the independent likelihood, and what counts as a disagreement."""

import math

import numpy as np
import pytest

import eventstudy as es
from eventstudy.garch.adapter import Opinion, disagreement, second_opinion, supported
from eventstudy.garch.spec import ModelSpec
from tests import garch_reference as reference

MEANS = {"zero": [], "constant": [0.04], "ar1": [0.04, 0.05], "factor": [0.04, 0.1, -0.05]}
VARIANCES = {
    "constant": [1.3],
    "garch": [0.1, 0.08, 0.83],
    "gjr": [0.1, 0.04, 0.1, 0.82],
    "egarch": [0.01, 0.12, -0.06, 0.95],
}
SHAPES = {"normal": [], "t": [6.0], "skewt": [6.0, -0.1]}
PRESAMPLES = ("mean", "variance", "arch")


def returns_of(length: int = 500, seed: int = 3) -> np.ndarray:
    """GJR-GARCH returns with Student innovations by the textbook loop."""
    z = np.random.default_rng(seed).standard_t(6, length) * math.sqrt(4 / 6)
    returns, h = np.empty(length), 1.0
    for t in range(length):
        eps = math.sqrt(h) * z[t]
        returns[t] = 0.05 + eps
        h = 0.08 + (0.05 + 0.1 * (eps < 0)) * eps**2 + 0.82 * h
    return returns


RETURNS = returns_of()
FACTORS = np.random.default_rng(9).standard_normal((len(RETURNS), 2))


def question(mean: str, variance: str, dist: str, presample: str):
    """A specification, the same model for the oracle with its sample, and parameters near the truth."""
    factors = ("oil", "bonds") if mean == "factor" else ()
    spec = ModelSpec(mean, variance, dist, presample, factors)
    columns = {"mu": 1.0, **dict(zip(factors, FACTORS.T, strict=False))} if mean != "zero" else {}
    y, columns = reference.ar1(RETURNS) if mean == "ar1" else (RETURNS, columns)
    model = reference.Model(variance=variance, dist=dist, presample=presample, X=columns)
    return spec, model, y, np.array(MEANS[mean] + VARIANCES[variance] + SHAPES[dist])


def presample_of(params, y, model):
    """The presample variance by the oracle; none where the library's own is meant."""
    eps = reference.filtered(params, y, model)[0]
    return (
        None if model.presample == "arch" else float(np.ravel(reference.presample_variance(eps, y, model))[0])
    )


def asked(mean: str, variance: str, dist: str, presample: str):
    """The opinion at parameters near the truth, with the oracle's model and sample."""
    spec, model, y, params = question(mean, variance, dist, presample)
    regressors = FACTORS if mean == "factor" else None
    opinion = second_opinion(RETURNS, regressors, spec, presample_of(params, y, model), params)
    return opinion, model, y, params


@pytest.mark.parametrize("dist", SHAPES)
@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("mean", MEANS)
def test_both_likelihoods_are_those_of_the_model_in_public_parameters(mean, variance, dist):
    for presample in PRESAMPLES:
        opinion, model, y, params = asked(mean, variance, dist, presample)
        # rounding of a sum of 500 terms in another order
        assert opinion.here == pytest.approx(reference.loglikelihood(params, y, model), abs=1e-9)
        assert opinion.best == pytest.approx(reference.loglikelihood(opinion.params, y, model), abs=1e-9)
        assert opinion.best > opinion.here
        assert opinion.flag == 0


@pytest.mark.parametrize("dist", SHAPES)
@pytest.mark.parametrize("variance", VARIANCES)
def test_the_library_s_optimum_has_no_slope_in_the_fixed_presample_model(variance, dist):
    opinion, model, y, _ = asked("constant", variance, dist, "variance")
    slopes = reference.score(opinion.params, y, model) * reference.natural_scale(opinion.params, y, model)
    on_bound = np.array([name == "alpha" and variance == "gjr" for name in model.names]) & (
        opinion.params < 1e-9
    )
    # half the squared score, in standard errors, is the gain that is left: below a thousandth
    assert np.max(np.abs(slopes[~on_bound])) < 0.04
    assert np.all(slopes[on_bound] <= 0)  # alpha would rather be negative


@pytest.mark.parametrize("variance", VARIANCES)
def test_an_opinion_does_not_depend_on_the_unit_of_the_returns(variance):
    spec, model, y, params = question("ar1", variance, "t", "variance")
    s0 = presample_of(params, y, model)
    small, large = np.array(params), np.array(params)
    large[0] *= 100
    omega = spec.names.index("omega")
    large[omega] = (
        large[omega] + (1 - large[-2]) * 2 * math.log(100) if variance == "egarch" else large[omega] * 1e4
    )
    first = second_opinion(RETURNS, None, spec, s0, small)
    second = second_opinion(100 * RETURNS, None, spec, s0 * 1e4, large)
    lost = len(y) * math.log(100)
    # the same optimisation up to rounding, which the optimiser may carry on within its own tolerance
    assert second.here + lost == pytest.approx(first.here, abs=1e-8)
    assert second.best + lost == pytest.approx(first.best, abs=1e-5)
    assert second.params[0] == pytest.approx(100 * first.params[0], abs=0.1)
    assert second.params[-1] == pytest.approx(first.params[-1], rel=1e-2)


@pytest.mark.parametrize("dist", SHAPES)
@pytest.mark.parametrize("variance", VARIANCES)
def test_the_engine_s_fits_stand_up_to_the_second_opinion(variance, dist):
    fitted = es.fit(RETURNS, variance=variance, dist=dist)
    opinion = second_opinion(RETURNS, None, fitted.spec, fitted.presample_variance, fitted.params.to_numpy())
    assert disagreement(fitted.loglikelihood, opinion) is None


def test_parameters_that_are_not_the_optimum_are_told_so():
    opinion, model, y, params = asked("constant", "gjr", "t", "mean")
    told = disagreement(reference.loglikelihood(params, y, model), opinion)
    assert told is not None
    assert "better optimum" in told
    assert f"{opinion.best:.4f}" in told


def test_another_presample_is_another_likelihood():
    spec, model, y, params = question("constant", "gjr", "t", "mean")
    other = second_opinion(RETURNS, None, spec, 1.1 * presample_of(params, y, model), params)
    told = disagreement(reference.loglikelihood(params, y, model), other)
    assert told is not None
    assert "at the estimates" in told


@pytest.mark.parametrize(
    ("here", "best", "agree"),
    [
        (-800.0, -800.0, True),
        (-800.0, -799.9995, True),  # half a thousandth better: the same optimum
        (-800.0, -799.998, False),
        (-800.0, -900.0, True),  # its optimiser did worse
        (-800.0, math.nan, True),  # its optimiser failed
        (-800.000001, -800.0, True),  # 1e-6 of 800 is below 1e-8 of it times 800
        (-800.0001, -800.0, False),
        (math.nan, -800.0, False),
        (-math.inf, -800.0, False),
    ],
)
def test_a_disagreement_is_another_value_or_a_better_optimum(here, best, agree):
    assert (disagreement(-800.0, Opinion(here, best, np.zeros(1), 0)) is None) is agree


@pytest.mark.parametrize(
    ("spec", "known"),
    [
        (ModelSpec("constant", "gjr", "skewt", "mean"), True),
        (ModelSpec("factor", "egarch", "t", "arch", ("oil",)), True),
        (ModelSpec("constant", "garch", "t", "mean", ("oil",)), True),
        (ModelSpec("zero", "constant", "normal", "variance"), True),
        (ModelSpec("constant", "beta_t", "t", "mean"), False),
        (ModelSpec("constant", "realized", "t", "mean"), False),
        (ModelSpec("constant", "garch", "t", "mean", additive=("volume",)), False),
        (ModelSpec("constant", "garch", "t", "mean", multiplicative=("event",)), False),
        (ModelSpec("constant", "garch", "t", "mean", fixed=(("nu", 5.0),)), False),
        (ModelSpec("constant", "garch", "t", "mean", targeting=True), False),
    ],
)
def test_models_that_the_library_does_not_have_are_known(spec, known):
    assert supported(spec) is known
