"""The Fiorentini-Calzolari-Panattoni benchmark: GARCH(1,1) on the DEM/GBP returns.

References: McCullough and Renfro (1999), coefficients and three kinds of standard errors as published; the
same to fifteen digits from forty-digit arithmetic (`tests.garch_exact`). The data file may not be shipped.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from tests import garch_reference as reference
from tests.garch_optimum import newton_optimum
from tests.garch_reference import Model
from tests.market import benchmark_file

EXACT = json.loads((Path(__file__).parent / "fcp_exact.json").read_text("utf-8"))
PARAMS = {"mu": -0.00619041, "omega": 0.0107613, "alpha": 0.153134, "beta": 0.805974}
ERRORS = {
    "hessian": [0.00846212, 0.00285271, 0.0265228, 0.0335527],
    "opg": [0.00843359, 0.00132298, 0.0139737, 0.0165604],
    "sandwich": [0.00918935, 0.00649319, 0.0535317, 0.0724614],
}
# one unit in the sixth digit is at most 1e-5; omega, 0.010761398, was cut there and not rounded
PRINTED = 1e-5
# ten digits of coefficients and log-likelihood, eight of standard errors: what the house promises
COEFFICIENT_DIGITS, ERROR_DIGITS = 10, 8
MANY_SESSIONS = 1974


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    return pd.read_csv(benchmark_file("dem2gbp.csv"))["ret"].to_numpy()


@pytest.fixture(scope="module")
def fitted(returns) -> es.GarchFit:
    return es.fit(returns, variance="garch", dist="normal", presample="mean")


def digits(found: float, expected: float) -> float:
    """Return how many significant digits agree."""
    return -np.log10(max(abs(found - expected) / abs(expected), 1e-16))


@pytest.mark.market
def test_coefficients_have_ten_digits_of_many_digit_arithmetic(fitted):
    assert len(fitted.residuals) == EXACT["sessions"] == MANY_SESSIONS
    for name, exact in EXACT["params"].items():
        assert digits(fitted.params[name], exact) >= COEFFICIENT_DIGITS, name
    assert digits(fitted.loglikelihood, EXACT["loglikelihood"]) >= COEFFICIENT_DIGITS
    assert fitted.status == "converged"


@pytest.mark.market
@pytest.mark.parametrize("kind", list(ERRORS))
def test_standard_errors_have_eight_digits_of_many_digit_arithmetic(fitted, kind):
    for name, exact in EXACT["std_errors"][kind].items():
        assert digits(fitted.std_errors(kind)[name], exact) >= ERROR_DIGITS, name


@pytest.mark.market
def test_all_published_digits_are_met(fitted):
    assert dict(fitted.params) == pytest.approx(PARAMS, rel=PRINTED)
    assert fitted.loglikelihood == pytest.approx(-1106.6079, abs=5e-5)  # four printed decimals
    for kind, published in ERRORS.items():
        assert fitted.std_errors(kind).to_numpy() == pytest.approx(np.array(published), rel=PRINTED), kind


@pytest.mark.market
@pytest.mark.parametrize("presample", ["variance", "arch"])
def test_other_presamples_have_ten_and_eight_digits_of_the_slow_oracle(returns, presample):
    fitted = es.fit(returns, variance="garch", dist="normal", presample=presample)
    model = Model(presample=presample)
    best = newton_optimum(PARAMS, returns, model)
    for name, expected in best.params.items():
        assert digits(fitted.params[name], expected) >= COEFFICIENT_DIGITS, name
    assert digits(fitted.loglikelihood, best.loglikelihood) >= COEFFICIENT_DIGITS
    for kind, errors in reference.standard_errors(best.params, returns, model).items():
        for found, expected in zip(fitted.std_errors(kind), errors, strict=True):
            assert digits(found, expected) >= ERROR_DIGITS, kind


@pytest.mark.market
def test_the_backcast_gives_the_optimum_that_another_program_is_known_for(returns):
    # arch 8 on the same data, as methods of this house quote it, to the printed digits
    fitted = es.fit(returns, variance="garch", dist="normal", presample="arch")
    assert fitted.params["alpha"] == pytest.approx(0.14548, abs=5e-6)
    assert fitted.params["beta"] == pytest.approx(0.81685, abs=5e-6)
    assert fitted.loglikelihood == pytest.approx(-1104.52, abs=5e-3)


@pytest.mark.market
def test_the_fit_of_many_comes_to_the_same_optimum(returns):
    many = es.fit_many(np.array([returns]), variance="garch", dist="normal")
    # ascents end where 1e-10 of log-likelihood is left, a distance of 1.4e-5 standard errors
    for name, exact in EXACT["params"].items():
        gap = abs(many.params[name].iloc[0] - exact) / EXACT["std_errors"]["hessian"][name]
        assert gap < 1e-4, name
    assert many.loglikelihood.iloc[0] == pytest.approx(EXACT["loglikelihood"], abs=1e-9)
