"""The oracle's optima and second derivatives: many-digit arithmetic, simulated truth, a printed benchmark."""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from tests import garch_exact as exact
from tests import garch_optimum as peaks
from tests import garch_reference as reference
from tests.garch_reference import Model
from tests.market import benchmark_file

EXACT = json.loads((Path(__file__).parents[1] / "golden" / "fcp_exact.json").read_text("utf-8"))
# McCullough and Renfro (1999), tables of the Fiorentini, Calzolari and Panattoni benchmark
PUBLISHED = {"mu": -0.00619041, "omega": 0.0107613, "alpha": 0.153134, "beta": 0.805974}
PUBLISHED_ERRORS = {
    "hessian": [0.00846212, 0.00285271, 0.0265228, 0.0335527],
    "opg": [0.00843359, 0.00132298, 0.0139737, 0.0165604],
    "sandwich": [0.00918935, 0.00649319, 0.0535317, 0.0724614],
}
START = {"mu": 0.0, "omega": 0.1, "alpha": 0.08, "beta": 0.87}
# one unit in the sixth digit is at most 1e-5; omega, 0.010761398, was cut there and not rounded
PRINTED = 1e-5


def as_floats(matrix):
    return np.array(matrix.tolist(), dtype=float).squeeze()


def benchmark():
    return pd.read_csv(benchmark_file("dem2gbp.csv"))["ret"].to_numpy()


def plain_loglikelihood(y):
    """Return the log-likelihood as a function of four numbers, written down once more without derivatives."""

    def value(mu, omega, alpha, beta):
        squares = [(one - mu) ** 2 for one in y]
        q = g = sum(squares) / len(squares)
        total = mp.mpf(0)
        for square in squares:
            g, q = omega + alpha * q + beta * g, square
            total -= (mp.log(2 * mp.pi * g) + square / g) / 2
        return total

    return value


def test_the_derivatives_by_hand_are_the_differences_of_many_digit_arithmetic():
    y, point = [0.3, -1.1, 0.7, 2.5, -0.2, 0.9], [mp.mpf(one) for one in ("0.1", "0.2", "0.15", "0.7")]
    with mp.workdps(60):
        found, value = exact.evaluate(point, y), plain_loglikelihood(y)
        units = np.eye(4, dtype=int).tolist()
        slope = [mp.diff(value, point, tuple(one)) for one in units]
        pairs = [(i, j) for i in range(4) for j in range(4)]
        curve = [mp.diff(value, point, tuple(np.add(units[i], units[j]).tolist())) for i, j in pairs]
        # one-sided differences at 60 digits keep about half of them
        assert abs(found.value - value(*point)) < mp.mpf("1e-55")
        assert max(abs(found.slope[i] - slope[i]) for i in range(4)) < mp.mpf("1e-25")
        assert max(abs(found.curve[i, j] - d) for (i, j), d in zip(pairs, curve, strict=True)) < mp.mpf(
            "1e-25"
        )


def test_likelihood_score_and_curvature_agree_with_many_digit_arithmetic():
    y, model, point = peaks.hard_series("easy T250", 1), Model(), [-0.1, 0.2, 0.09, 0.85]
    with mp.workdps(exact.DIGITS):
        truth = exact.evaluate([mp.mpf(one) for one in point], y)
    scale = reference.natural_scale(point, y, model)
    unit = np.outer(scale, scale)
    # in units of standard errors: rounding for the first two, extrapolation for the third
    assert reference.loglikelihood(point, y, model) == pytest.approx(float(truth.value), rel=1e-15)
    assert reference.score(point, y, model) * scale == pytest.approx(
        as_floats(truth.slope) * scale, abs=1e-13
    )
    assert reference.hessian(point, y, model) * unit == pytest.approx(
        as_floats(truth.curve) * unit, abs=1e-11
    )


def test_newtons_optimum_is_that_of_many_digit_arithmetic():
    y = peaks.hard_series("easy T250", 1)
    found = peaks.newton_optimum(START, y, Model())
    theta, _ = exact.exact_optimum(found.theta, y)
    # Newton's own account of what is left, 1e-14 standard errors, and the rounding of the parameters
    assert found.theta == pytest.approx(np.array(theta, dtype=float), rel=1e-13)


@pytest.mark.parametrize(("variance", "dist"), [("gjr", "skewt"), ("beta_t", "t"), ("egarch", "t")])
def test_another_optimizer_comes_to_newtons_optimum_and_no_higher(variance, dist):
    y, model = peaks.hard_series("t(3.2) tails", 1)[:400], Model(variance, dist)
    point = {"mu": 0.0, "omega": 0.1, "alpha": 0.1, "gamma": 0.01, "beta": 0.85, "nu": 4.0, "lambda": 0.0}
    start = reference.as_array(point, model)
    scale = reference.natural_scale(start, y, model)
    found = peaks.newton_optimum(start, y, model)

    def depth(move):
        return min(-peaks.height(start + scale * move, y, model), 1e9)

    other = optimize.minimize(depth, np.zeros(len(start)), method="BFGS", options={"gtol": 1e-3})
    assert found.distance < 1e-11  # rounding of the score, in standard errors
    # half the square of a gradient of 1e-3, and flat directions make it a little more
    assert -other.fun == pytest.approx(found.loglikelihood, abs=1e-4)
    assert -other.fun <= found.loglikelihood + 1e-10  # rounding of a sum of some hundreds


def test_a_maximum_on_a_bound_is_refused():
    with pytest.raises(ArithmeticError, match="no interior optimum"):
        peaks.newton_optimum(START, peaks.hard_series("alpha=.005", 0), Model())


def test_the_hard_families_are_ten_and_their_series_can_be_made_again():
    assert len(set(peaks.FAMILIES)) == 10
    for family in peaks.FAMILIES:
        series = peaks.hard_series(family, 4)
        assert len(series) == peaks.RECIPES[family]["n"]
        assert np.array_equal(series, peaks.hard_series(family, 4))
        assert not np.array_equal(series, peaks.hard_series(family, 5))


@pytest.mark.parametrize("nu", [None, 5.0])
def test_the_filter_gives_back_the_innovations_that_a_series_was_simulated_from(nu):
    truth = {"mu": 0.05, "omega": 0.05, "alpha": 0.05, "gamma": 0.1, "beta": 0.8}
    y = peaks.simulate(np.random.default_rng(2), 800, **truth, nu=nu)
    rng = np.random.default_rng(2)
    drawn = rng.standard_normal(1300) if nu is None else rng.standard_t(nu, 1300) * np.sqrt(3 / 5)
    _, _, _, z = reference.filtered(truth, y, Model("gjr"))
    # 0.8^200 = 4e-20 of the guess at the start is left, so what remains is rounding
    assert z[200:, 0] == pytest.approx(drawn[700:], rel=1e-11, abs=1e-13)


@pytest.mark.market
def test_the_benchmark_is_the_published_one_to_the_last_printed_digit():
    found = peaks.newton_optimum(PUBLISHED, benchmark(), Model())
    assert found.params == pytest.approx(PUBLISHED, rel=PRINTED)
    assert found.loglikelihood == pytest.approx(-1106.6079, abs=5e-5)  # four printed decimals
    errors = reference.standard_errors(found.params, benchmark(), Model())
    for kind, printed in PUBLISHED_ERRORS.items():
        assert errors[kind] == pytest.approx(np.array(printed), rel=PRINTED), kind


@pytest.mark.market
def test_the_kept_benchmark_numbers_are_those_of_many_digit_arithmetic():
    found = exact.report(PUBLISHED.values(), benchmark())
    # kept to 15 significant digits: the last may be rounded either way
    assert found["params"] == pytest.approx(EXACT["params"], rel=1e-14)
    assert found["loglikelihood"] == pytest.approx(EXACT["loglikelihood"], rel=1e-14)
    for kind, kept in EXACT["std_errors"].items():
        assert found["std_errors"][kind] == pytest.approx(kept, rel=1e-14), kind


@pytest.mark.market
def test_the_double_precision_oracle_reaches_the_kept_benchmark_numbers():
    found = peaks.newton_optimum(PUBLISHED, benchmark(), Model())
    assert found.params == pytest.approx(EXACT["params"], rel=1e-13)  # 1e-14 standard errors and rounding
    assert found.loglikelihood == pytest.approx(EXACT["loglikelihood"], rel=1e-14)  # rounding of the terms
    errors = reference.standard_errors(found.params, benchmark(), Model())
    for kind, kept in EXACT["std_errors"].items():
        # extrapolation leaves 1e-13 of the Hessian, its inverse has a condition number of some hundreds
        assert errors[kind] == pytest.approx(np.array(list(kept.values())), rel=1e-10), kind
