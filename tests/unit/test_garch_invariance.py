"""A fit does not depend on the unit of its data, on its neighbours in a batch or on the number of threads."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.garch.estimation import SMALL_SCORE
from tests import garch_optimum as peaks
from tests.garch_reference import VARIANCE_NAMES
from tests.garch_twins import realized_world, regressors

FACTORS = [1e-6, 0.01, 3.7, 1e5]
# what the house promises; optima are polished to 1e-12 standard errors
SAME = 1e-8
DISTS = ("normal", "t", "skewt")
BATCH_MODELS = [(v, d) for v in ("garch", "gjr", "egarch", "beta_t") for d in DISTS]


def world(variance, n=900):
    """Return (returns, keywords) with an optimum inside the parameter space under every innovation."""
    if variance == "realized":
        returns, measures = realized_world(np.random.default_rng(1), n, nu=6)
        # with a mean to find, a day whose residual changes sign makes this likelihood jump
        return returns, {"mean": "zero", "realized": measures}
    rng = np.random.default_rng(2)
    return peaks.simulate(rng, n, gamma=0.1, alpha=0.05, beta=0.83, nu=6), {}


def batch(count=20, n=300, seed=0):
    """Return series of every hard family in turn."""
    families = [peaks.FAMILIES[k % len(peaks.FAMILIES)] for k in range(count)]
    return np.array([peaks.hard_series(one, seed + k)[:250] for k, one in enumerate(families)])


def in_other_unit(fitted, variance, unit):
    """Return what the parameters become of returns `unit` times as large and regressors half as large."""
    expected = fitted.params.copy()
    square = 1.0 if variance == "egarch" else unit**2
    for name, factor in {"mu": unit, "f": 2 * unit, "v": 2 * square, "d": 2.0}.items():
        if name in expected:
            expected[name] *= factor
    if variance == "egarch":
        expected["omega"] += (1 - expected["beta"]) * 2 * np.log(unit)
    else:
        expected["omega"] *= square
    return expected


@pytest.mark.parametrize("unit", FACTORS)
@pytest.mark.parametrize("dist", DISTS)
@pytest.mark.parametrize("variance", list(VARIANCE_NAMES))
def test_scaling_returns_scales_mu_and_omega_and_leaves_the_rest(variance, dist, unit):
    returns, extra = world(variance)
    here = es.fit(returns, variance=variance, dist=dist, **extra)
    scaled = extra | ({"realized": extra["realized"] * unit**2} if extra else {})
    there = es.fit(returns * unit, variance=variance, dist=dist, **scaled)
    assert here.status == there.status == "converged"
    expected = in_other_unit(here, variance, unit)
    for name, value in expected.items():
        # an omega of EGARCH is a sum of logarithms of which one can be large, so it keeps absolute digits
        assert there.params[name] == pytest.approx(value, rel=SAME, abs=SAME * (name == "omega") * unit**2)
    z = here.standardized_residuals.to_numpy()
    assert there.standardized_residuals.to_numpy() == pytest.approx(z, abs=SAME)
    shift = len(returns) * np.log(unit)  # the density of the larger numbers is lower
    assert there.loglikelihood == pytest.approx(here.loglikelihood - shift, rel=1e-12)


@pytest.mark.parametrize("mean", ["ar1", "factor"])
@pytest.mark.parametrize("variance", ["gjr", "egarch", "constant"])
def test_regressors_may_be_in_any_unit_too(variance, mean):
    returns, _ = world(variance)
    frames = regressors(len(returns))
    here = es.fit(returns, mean=mean, variance=variance, dist="t", **frames)
    halves = {name: frame / 2 for name, frame in frames.items()}
    there = es.fit(returns * 100, mean=mean, variance=variance, dist="t", **halves)
    expected = in_other_unit(here, variance, 100.0)
    assert here.status == there.status == "converged"
    assert dict(there.params) == pytest.approx(dict(expected), rel=SAME, abs=SAME)
    errors = here.std_errors() * (in_other_unit(here, variance, 100.0) / here.params)
    kept = [name for name in errors.index if name != "omega" or variance != "egarch"]
    # their square depends on the inverse of a Hessian, with a condition number of some thousands
    assert there.std_errors()[kept].to_numpy() == pytest.approx(errors[kept].to_numpy(), rel=1e-7)


def test_a_shift_of_the_returns_moves_mu_alone():
    returns, _ = world("gjr")
    here, there = es.fit(returns), es.fit(returns + 3.0)
    # three per cent more cost the residuals two of sixteen digits
    assert there.params["mu"] - 3.0 == pytest.approx(here.params["mu"], abs=SAME)
    rest = ["omega", "alpha", "gamma", "beta", "nu"]
    assert there.params[rest].to_numpy() == pytest.approx(here.params[rest].to_numpy(), rel=SAME)


@pytest.mark.parametrize("mean", ["constant", "zero", "ar1"])
@pytest.mark.parametrize(("variance", "dist"), BATCH_MODELS)
def test_fits_of_many_are_the_single_fits(variance, dist, mean):
    rows = np.array([world(variance, 600)[0], world(variance, 1200)[0][600:]])
    many = es.fit_many(rows, mean=mean, variance=variance, dist=dist)
    for place, row in enumerate(rows):
        single = es.fit(row, mean=mean, variance=variance, dist=dist)
        # ascents of many end where 1e-10 of log-likelihood is left: 1.4e-5 standard errors, some more if flat
        assert many.loglikelihood.iloc[place] == pytest.approx(single.loglikelihood, abs=1e-8)
        gap = (many.params.iloc[place] - single.params) / single.std_errors("hessian")
        assert gap.abs().max(skipna=True) < 1e-3
        assert many.status.iloc[place] == single.status
        assert many.report["score_norm"].iloc[place] < SMALL_SCORE
        again = many.fit_of(place)
        assert np.array_equal(again.params, single.params)


@pytest.mark.parametrize(("variance", "dist"), [("gjr", "t"), ("garch", "normal"), ("egarch", "t")])
def test_results_do_not_depend_on_threads_order_or_neighbours(variance, dist):
    rows = batch(120)
    one = es.fit_many(rows, variance=variance, dist=dist, starts=3, threads=1)
    two = es.fit_many(rows, variance=variance, dist=dist, starts=3, threads=2)
    order = np.random.default_rng(0).permutation(len(rows))
    shuffled = es.fit_many(rows[order], variance=variance, dist=dist, starts=3, threads=2)
    few = es.fit_many(rows[[7, 90]], variance=variance, dist=dist, starts=3)
    alone = es.fit_many(rows[[7]], variance=variance, dist=dist, starts=3)
    for left, right in [
        (one.params, two.params),
        (one.params.iloc[order], shuffled.params),
        (one.params.iloc[[7, 90]], few.params),
        (one.params.iloc[[7]], alone.params),
        (one.report.iloc[order], shuffled.report),
        (one.report, two.report),
    ]:
        # bit by bit: no sum is taken across series
        pd.testing.assert_frame_equal(left.reset_index(drop=True), right, check_exact=True)


@pytest.mark.parametrize(("variance", "dist"), [("gjr", "t"), ("garch", "normal"), ("beta_t", "skewt")])
@pytest.mark.parametrize("mean", ["constant", "ar1"])
def test_padding_in_front_changes_nothing(variance, dist, mean):
    rows = batch(6)
    padded = np.full((len(rows) + 1, rows.shape[1] + 40), np.nan)
    padded[:-1, 40:] = rows
    padded[-1] = np.random.default_rng(1).standard_normal(padded.shape[1])
    plain = es.fit_many(rows, mean=mean, variance=variance, dist=dist)
    found = es.fit_many(padded, mean=mean, variance=variance, dist=dist)
    pd.testing.assert_frame_equal(found.params.iloc[:-1], plain.params, check_exact=True)
    pd.testing.assert_frame_equal(found.report.iloc[:-1], plain.report, check_exact=True)


def test_restricted_fits_of_many_are_the_single_fits():
    rows = np.array([world("gjr", 500)[0], world("gjr", 1000)[0][500:]])
    restrictions = {"fixed": {"nu": 6.0}, "targeting": True}
    many = es.fit_many(rows, **restrictions)
    for place, row in enumerate(rows):
        single = es.fit(row, **restrictions)
        gap = (many.params.iloc[place] - single.params) / single.std_errors("hessian")
        assert gap.abs().max(skipna=True) < 1e-3  # as above
        assert many.loglikelihood.iloc[place] == pytest.approx(single.loglikelihood, abs=1e-8)


def test_rows_of_a_frame_keep_their_names():
    frame = pd.DataFrame(batch(3), index=["a", "b", "c"])
    found = es.fit_many(frame, variance="garch", dist="normal")
    assert list(found.params.index) == list(found.report.index) == ["a", "b", "c"]
    assert len(found) == 3
