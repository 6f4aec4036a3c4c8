"""Many fits, frozen: the same variances as the single fit's, and rows that cannot be trusted left out."""

import numpy as np
import pytest

import eventstudy as es
from eventstudy.garch.frozen import freeze
from tests.event_worlds import PUBLISHED, simulated_returns, student

MODELS = [
    ("constant", "gjr", "t"),
    ("constant", "garch", "normal"),
    ("constant", "egarch", "t"),
    ("ar1", "garch", "skewt"),
    ("zero", "gjr", "normal"),
    ("constant", "constant", "t"),
]


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    generator = np.random.default_rng(5)
    return np.stack([simulated_returns(PUBLISHED, student(generator, 620))[0] for _ in range(3)])


@pytest.mark.parametrize(("mean", "variance", "dist"), MODELS)
def test_frozen_variances_are_those_of_the_single_fit(rows, mean, variance, dist):
    fits = es.fit_many(rows[:, :600], mean, variance, dist)
    frozen = freeze(fits, rows[:, :600], rows[:, 600:])
    compared = 0
    for row, place in enumerate(np.flatnonzero(frozen.usable)):
        single = fits.fit_of(place)
        # the batch stops at a gain of 1e-10 of log-likelihood, which leaves about 1e-6 in a variance
        np.testing.assert_allclose(frozen.inside[row], single.conditional_variance, rtol=1e-5)
        if single.status != "integrated":  # there the guard puts another recursion in its place
            assert frozen.later[row, 0] == pytest.approx(single.next_variance, rel=1e-5)
            compared += 1
    assert compared


def test_later_variances_follow_the_recursion_by_hand(rows):
    fits = es.fit_many(rows[:, :600], variance="garch", dist="normal")
    frozen = freeze(fits, rows[:, :600], rows[:, 600:])
    mu, omega, alpha, beta = fits.params.loc[0, ["mu", "omega", "alpha", "beta"]]
    h = frozen.later[0]
    for k in range(20):
        expected = omega + alpha * (rows[0, 600 + k] - mu) ** 2 + beta * h[k]
        assert h[k + 1] == pytest.approx(expected, rel=1e-12)


def test_a_session_without_a_return_enters_with_its_expected_square(rows):
    behind = rows[:, 600:].copy()
    behind[:, 4] = np.nan
    fits = es.fit_many(rows[:, :600], variance="garch", dist="normal")
    frozen = freeze(fits, rows[:, :600], behind)
    omega, alpha, beta = fits.params.loc[0, ["omega", "alpha", "beta"]]
    assert frozen.later[0, 5] == pytest.approx(omega + (alpha + beta) * frozen.later[0, 4], rel=1e-12)


def test_standardised_residuals_have_mean_0_and_variance_1(rows):
    frozen = freeze(es.fit_many(rows), rows, rows[:, :0])
    np.testing.assert_allclose(frozen.z.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(frozen.z.std(axis=1), 1, rtol=1e-12)


def test_rows_that_were_refused_have_no_place(rows):
    broken = rows.copy()
    broken[1] = 1.0
    frozen = freeze(es.fit_many(broken), broken, broken[:, :5])
    assert frozen.usable.tolist() == [True, False, True]
    assert len(frozen.rules) == len(frozen.z) == len(frozen.later) == 2


def test_rows_whose_variance_leaves_the_numbers_have_no_place(rows):
    behind = rows[:, :5].copy()
    behind[2, 1] = 1e200
    frozen = freeze(es.fit_many(rows), rows, behind)
    assert frozen.usable.tolist() == [True, True, False]
    assert np.isfinite(frozen.later).all()


def test_persistence_and_constant_match_the_parameters(rows):
    fits = es.fit_many(rows, variance="garch", dist="normal")
    frozen = freeze(fits, rows, rows[:, :1])
    plain = (fits.status != "integrated").to_numpy()
    persistence = (fits.params["alpha"] + fits.params["beta"]).to_numpy()
    # a GARCH rule is drawn from residuals of variance 1, so its persistence is alpha + beta
    np.testing.assert_allclose(frozen.persistences[plain], persistence[plain], rtol=1e-12)
    np.testing.assert_allclose(frozen.omegas[plain], fits.params["omega"][plain], rtol=1e-12)
    # an integrated fit is capped at .995 and its omega hits the sample variance
    np.testing.assert_allclose(frozen.persistences[~plain], 0.995, rtol=1e-12)
    np.testing.assert_allclose(frozen.omegas[~plain], 0.005 * rows[~plain].var(axis=1, ddof=1), rtol=1e-12)
