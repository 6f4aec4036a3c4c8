"""Three kinds of standard errors against the oracle's, and NaN where there is nothing to say."""

import numpy as np
import pytest

import eventstudy as es
from eventstudy.errors import BadValue
from tests import garch_optimum as peaks
from tests import garch_reference as reference
from tests.garch_twins import oracle, realized_world, regressors

KINDS = ("hessian", "opg", "sandwich")
# the house's promise; the oracle's Hessian has about eleven digits and its inverse loses some of them
EIGHT_DIGITS = 1e-8
DUMMIES = ("variance_x", "variance_dummies")
MODELS = [
    ("constant", "garch", "normal", ()),
    ("constant", "gjr", "t", ()),
    ("zero", "gjr", "normal", ()),
    ("constant", "egarch", "t", ()),
    ("constant", "beta_t", "t", ()),
    ("constant", "gjr", "skewt", ()),
    ("ar1", "egarch", "skewt", ()),
    ("ar1", "beta_t", "skewt", ()),
    ("ar1", "garch", "t", DUMMIES),
    ("factor", "gjr", "t", ("mean_x", *DUMMIES)),
    ("constant", "egarch", "normal", DUMMIES),
    ("constant", "beta_t", "t", DUMMIES),
    ("factor", "constant", "skewt", ("mean_x", *DUMMIES)),
    ("zero", "realized", "t", ()),
    ("zero", "realized", "skewt", DUMMIES),
]


def world(variance, n=900):
    if variance == "realized":
        return realized_world(np.random.default_rng(1), n, nu=6)
    rng = np.random.default_rng(2)
    return peaks.simulate(rng, n, gamma=0.1, alpha=0.05, beta=0.83, nu=6), None


@pytest.mark.parametrize("presample", ["mean", "arch"])
@pytest.mark.parametrize(("mean", "variance", "dist", "places"), MODELS)
def test_all_three_kinds_have_eight_digits_of_the_oracle(mean, variance, dist, places, presample):
    returns, measures = world(variance)
    frames = regressors(len(returns))
    asked = {"mean": mean, "variance": variance, "dist": dist, "presample": presample}
    asked |= {place: frames[place] for place in places}
    asked |= {} if measures is None else {"realized": measures}
    fitted = es.fit(returns, **asked)
    y, model = oracle(returns, **asked)
    assert fitted.status == "converged"
    assert list(fitted.params.index) == list(model.names)
    expected = reference.standard_errors(dict(fitted.params), y, model)
    for kind in KINDS:
        found = fitted.std_errors(kind)
        assert list(found.index) == list(model.names)
        assert found.to_numpy() == pytest.approx(expected[kind], rel=EIGHT_DIGITS), kind


@pytest.mark.parametrize("fixed", [{"nu": 6.0}, {"beta": 0.8}, {"mu": 0.0, "omega": 0.08}, {"gamma": 0.1}])
@pytest.mark.parametrize("variance", ["gjr", "egarch", "beta_t"])
def test_fixed_parameters_have_none_and_the_others_those_of_the_smaller_model(variance, fixed):
    returns, _ = world(variance)
    fitted = es.fit(returns, variance=variance, fixed=fixed)
    y, model = oracle(returns, variance=variance, fixed=fixed)
    free = {name: fitted.params[name] for name in model.names}
    expected = reference.standard_errors(free, y, model)
    for kind in KINDS:
        found = fitted.std_errors(kind)
        assert found[list(fixed)].isna().all()
        assert found[list(model.names)].to_numpy() == pytest.approx(expected[kind], rel=EIGHT_DIGITS)
        assert fitted.covariances[kind].loc[list(fixed)].isna().all(axis=None)


def test_a_parameter_on_its_bound_has_none_and_the_others_those_of_the_smaller_model():
    returns = peaks.hard_series("white noise", 6)[:400]
    fitted = es.fit(returns, variance="garch", dist="normal")
    assert fitted.active_bounds == ("alpha",)
    y, model = oracle(returns, variance="garch", dist="normal", fixed={"alpha": 0.0})
    free = {name: fitted.params[name] for name in model.names}
    expected = reference.standard_errors(free, y, model)
    for kind in KINDS:
        found = fitted.std_errors(kind)
        assert np.isnan(found["alpha"])
        assert found[list(model.names)].to_numpy() == pytest.approx(expected[kind], rel=EIGHT_DIGITS)


def test_the_symmetry_bound_of_gjr_leaves_alpha_and_gamma_to_move_against_each_other():
    # where alpha + gamma is 0, gamma is minus alpha: one direction is left, and both have its error
    rng = np.random.default_rng(0)
    returns = -peaks.simulate(rng, 500, alpha=0.0, gamma=0.2, beta=0.8)
    fitted = es.fit(returns, variance="gjr", dist="normal")
    assert fitted.active_bounds == ("alpha + gamma",)
    errors = fitted.std_errors("hessian")
    assert errors["alpha"] == pytest.approx(errors["gamma"], rel=1e-12)
    assert fitted.covariances["hessian"].loc["alpha", "gamma"] == pytest.approx(-(errors["alpha"] ** 2))


def test_a_singular_information_gives_no_number():
    # without news the variance, held at its long-run value, is the same for every beta
    returns = peaks.hard_series("easy T250", 2)
    fitted = es.fit(
        returns, variance="garch", dist="normal", presample="variance", fixed={"alpha": 0.0}, targeting=True
    )
    for kind in KINDS:
        assert np.isnan(fitted.std_errors(kind)["beta"])
        assert np.isnan(fitted.std_errors(kind)["omega"])


def test_errors_are_for_a_targeted_omega_those_of_the_tie():
    # omega = s^2 (1 - alpha - beta): to first order its variance is that of alpha + beta times s^4
    returns, _ = world("garch")
    fitted = es.fit(returns, variance="garch", dist="normal", targeting=True)
    matrix = fitted.covariances["hessian"].loc[["alpha", "beta"], ["alpha", "beta"]]
    expected = np.var(returns) * np.sqrt(matrix.to_numpy().sum())
    assert fitted.std_errors("hessian")["omega"] == pytest.approx(expected, rel=1e-10)


def test_standard_errors_tell_what_repeated_samples_do():
    # 300 samples of 1500: the spread of an estimate is known to 4 %, the errors vary by some more
    rng = np.random.default_rng(12)
    rows = np.array([peaks.simulate(rng, 1500, alpha=0.1, beta=0.8, nu=8) for _ in range(300)])
    many = es.fit_many(rows, variance="garch", dist="t", starts=2)
    spread = many.params.std()
    errors = np.array([many.fit_of(place).std_errors("hessian") for place in range(0, 300, 10)])
    for name, typical in zip(many.params.columns, np.nanmedian(errors, axis=0), strict=True):
        slack = 2.0 if name == "nu" else 1.35  # its estimates are far from normal
        assert 1 / slack < typical / spread[name] < slack, name


def test_an_unknown_kind_is_refused():
    fitted = es.fit(world("gjr")[0], variance="garch", dist="normal", starts=1)
    with pytest.raises(BadValue, match="kind is 'robustish'"):
        fitted.std_errors("robustish")
