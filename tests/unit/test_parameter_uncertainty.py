"""Refits of the estimation window: around the truth, through the actual past, and cheap."""

import math
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eventstudy.garch import VarianceRule, filter_variance, fit, simulate_paths
from eventstudy.garch.frozen import freeze
from eventstudy.inference import single_event as one
from eventstudy.inference.refits import drawn_windows, refit_bootstrap, standardised
from eventstudy.inference.resampling import draw_null
from eventstudy.inference.uncertainty import Refitted, parameter_measures, pooled_null, refitted
from tests.event_worlds import DESIGN, PUBLISHED, evidence, simulated_returns, student

RETURNS, VARIANCES = simulated_returns(PUBLISHED, student(np.random.default_rng(21), 520))
CALM, BEHIND = RETURNS[:500], RETURNS[500:]


@pytest.fixture(scope="module")
def fitted():
    return fit(CALM, variance="garch", starts=2)


@pytest.fixture(scope="module")
def refits(fitted):
    return refitted(fitted, CALM, BEHIND, np.random.default_rng(1))


def plain_null(fitted, refits, picks, phi=0.0):
    first = float(filter_variance(fitted.rule, CALM - fitted.params["mu"], float(CALM.var()))[-1])
    return draw_null(fitted.rule, first, refits.z, phi, picks)


def test_drawn_windows_have_the_length_and_the_variance_of_the_fit(fitted):
    windows = drawn_windows(fitted, np.random.default_rng(2), 400)
    assert windows.shape == (400, 500)
    long_run = fitted.params["omega"] / (1 - fitted.persistence)
    scale = float((fitted.standardized_residuals**2).mean())
    # four hundred windows of 500 persistent squares: the mean variance is known to some 5 %
    assert windows.var(axis=1).mean() == pytest.approx(long_run * scale, rel=0.15)


def test_refits_scatter_around_the_fit(fitted):
    fits = refit_bootstrap(fitted, np.random.default_rng(3), 199)
    for name in ("mu", "omega", "alpha", "beta"):
        draws = fits.params[name]
        assert abs(draws.median() - fitted.params[name]) < draws.std()
    # the spread of the mean is the fit's standard error: two estimates of it, each good to some 10 %
    assert fits.params["mu"].std() == pytest.approx(fitted.std_errors("sandwich")["mu"], rel=0.25)


def test_an_autoregressive_fit_draws_autoregressive_windows():
    world = np.random.default_rng(4)
    series = np.zeros(800)
    for t in range(1, 800):
        series[t] = 0.1 + 0.4 * series[t - 1] + world.standard_normal()
    fitted = fit(series, mean="ar1", variance="constant", dist="normal", starts=1)
    windows = drawn_windows(fitted, np.random.default_rng(5), 50)
    assert windows.shape == (50, 800)
    lagged = [np.corrcoef(row[:-1], row[1:])[0, 1] for row in windows]
    # one window tells the correlation to 1 / sqrt(800), fifty to .005
    assert np.mean(lagged) == pytest.approx(fitted.params["phi"], abs=0.02)
    assert windows.mean() == pytest.approx(fitted.params["mu"] / (1 - fitted.params["phi"]), abs=0.04)


def test_every_refit_filters_the_actual_past_with_its_own_parameters(fitted):
    fits = refit_bootstrap(fitted, np.random.default_rng(6), 5)
    found = freeze(fits, np.tile(CALM, (5, 1)), np.tile(BEHIND, (5, 1)))
    kept = fits.params.to_numpy()[found.usable]
    row = dict(zip(fits.params.columns, kept[0], strict=True))
    eps = RETURNS - row["mu"]
    # from the average squared residual on, by hand; 500 sessions later no start matters
    h = float(np.mean(eps[:500] ** 2))
    for shock in eps[:510]:
        h = row["omega"] + row["alpha"] * shock**2 + row["beta"] * h
    assert found.later[0, 10] == pytest.approx(h, rel=1e-6)


def test_refits_that_equal_the_fit_give_the_plain_simulation_back():
    rule = VarianceRule("garch", 0.02, 0.1, beta=0.88)
    z = student(np.random.default_rng(7), 300)
    z = (z - z.mean()) / z.std()
    picks = np.random.default_rng(8).integers(0, 300, (4, 60))
    plain = draw_null(rule, 1.7, z, 0.0, picks)
    pooled = pooled_null(_same(rule, z, count=3, first=1.7), plain, 1, picks)
    # dealt out evenly and in order, with no draw left over
    assert pooled.abnormal == pytest.approx(plain.abnormal)
    assert pooled.variance is plain.variance


def _same(rule, z, *, count, first, mu=0.0, phi=0.0, means=None):
    """Refits of identical parameters, one session behind the window, whose return was 2."""
    fits = fit(z, variance="constant", dist="normal", starts=1)
    frozen = freeze(
        refit_bootstrap(fits, np.random.default_rng(0), count), np.tile(z, (count, 1)), np.ones((count, 1))
    )
    later = np.full((count, 2), first)
    other = np.full(count, mu) if means is None else np.asarray(means, dtype=float)
    same = replace(frozen, rules=(rule,) * count, later=later, mu=other, phi=np.full(count, phi))
    return Refitted(same, count, np.array([2.0]), 1.0, z, mu, phi)


def test_a_refit_with_another_mean_is_off_by_the_difference():
    rule = VarianceRule("constant", 1.0)
    z = np.tile([1.0, -1.0], 150)
    picks = np.zeros((3, 4), dtype=np.int64)
    plain = draw_null(rule, 1.0, z, 0.0, picks)
    pooled = pooled_null(_same(rule, z, count=2, first=1.0, mu=0.1, means=[0.1, 0.4]), plain, 1, picks)
    assert pooled.abnormal == pytest.approx(np.tile([1.0, 1.0, 1.3, 1.3], (3, 1)))


def test_an_autoregressive_refit_starts_from_the_last_return_before_the_origin():
    rule = VarianceRule("constant", 1.0)
    z = np.tile([1.0, -1.0], 150)
    picks = np.zeros((2, 2), dtype=np.int64)
    plain = draw_null(rule, 1.0, z, 0.5, picks)
    refits = _same(rule, z, count=2, first=1.0, mu=0.0, phi=0.5, means=[0.0, 0.2])
    # last return 2: the first refit expects 1 and .5, as the fit does; the second 1.2 and .8
    behind = pooled_null(refits, plain, 1, picks).abnormal
    assert behind == pytest.approx(np.array([[1.0, 1.2], [1.5, 1.8]]))
    # from the window's end the last return is 1; only the level .4 of the second refit differs
    at_the_end = pooled_null(refits, plain, 0, picks).abnormal
    assert at_the_end == pytest.approx(np.array([[1.0, 1.2], [1.5, 1.8]]))


def test_an_unknown_last_return_counts_as_each_refits_own_level():
    rule = VarianceRule("constant", 1.0)
    z = np.tile([1.0, -1.0], 150)
    picks = np.zeros((1, 2), dtype=np.int64)
    plain = draw_null(rule, 1.0, z, 0.5, picks)
    refits = _same(rule, z, count=2, first=1.0, mu=0.0, phi=0.5, means=[0.0, 0.2])
    unseen = replace(refits, returns=np.array([math.nan]))
    assert pooled_null(unseen, plain, 1, picks).abnormal == pytest.approx(np.array([[1.0, 1.4]]))


def test_pooled_draws_are_wider_than_the_plain_ones_by_the_error_of_the_mean(fitted, refits):
    picks = np.random.default_rng(9).integers(0, 500, (20, 20_000))
    plain = plain_null(fitted, refits, picks)
    pooled = pooled_null(refits, plain, 0, picks)
    assert pooled.abnormal.shape == (20, 199 * (20_000 // 199))
    drawn = refits.frozen
    paths = [simulate_paths(rule, first, refits.z[picks[:, :4_000]])[0] for rule, first in
             zip(drawn.rules[:20], drawn.later[:20, 0], strict=True)]  # fmt: skip
    inner = np.mean([path.sum(axis=0).var() for path in paths])
    spread = pooled.abnormal.sum(axis=0).var()
    # Var(CAR) = E of the refits' own variances + 400 Var(mu*); twenty refits tell the first to 10 %
    assert spread == pytest.approx(inner + 400 * drawn.mu.var(), rel=0.15)


def test_the_rows_say_how_many_refits_and_whether_p_moves(fitted, refits):
    picks = np.random.default_rng(10).integers(0, 500, (5, 9_999))
    plain = plain_null(fitted, refits, picks)
    seen = evidence([0.4, -0.3, 0.1, 0.8, 1.0], plain.abnormal, variance=plain.variance, calm=CALM)
    span = one.window_span(1, 5, DESIGN)
    simple = {row.statistic: row.p_value for row in one.headline(seen, span) if row.method == "fhs"}
    rows = parameter_measures(seen, pooled_null(refits, plain, 0, picks), refits, span, simple)
    assert [(row.statistic, row.method) for row in rows] == [("CAR", "fhs_params"), ("CAV", "fhs_params")]
    for row in rows:
        moves = "more than" if abs(row.p_value - simple[row.statistic]) > 0.01 else "at most"
        used = len(refits.frozen.rules)
        assert row.null_distribution.endswith(f"; {used} of 199 refits, p moves by {moves} 0.01")
        assert math.isfinite(row.mde)


def test_a_refit_that_did_not_converge_is_left_out_and_counted(fitted):
    fits = refit_bootstrap(fitted, np.random.default_rng(11), 6)
    broken = pd.Series(["not_converged", *fits.status.iloc[1:]], dtype="str")
    frozen = freeze(replace(fits, status=broken), np.tile(CALM, (6, 1)), np.tile(BEHIND, (6, 1)))
    refits = Refitted(frozen, 6, BEHIND, float(CALM[-1]), standardised(fitted), 0.0, 0.0)
    picks = np.random.default_rng(12).integers(0, 500, (1, 600))
    plain = plain_null(fitted, refits, picks)
    rows = parameter_measures(
        evidence([1.0], plain.abnormal, variance=plain.variance),
        pooled_null(refits, plain, 0, picks), refits, one.day_span(1, DESIGN), {"AR": 0.5, "AV": 0.5},
    )  # fmt: skip
    assert f"{len(frozen.rules)} of 6 refits" in rows[0].null_distribution
    assert len(frozen.rules) < 6


def test_the_same_seed_refits_the_same(fitted):
    first, second = (refit_bootstrap(fitted, np.random.default_rng(13), 8, threads) for threads in (1, 2))
    assert first.params.equals(second.params)


def test_one_estimation_window_is_refitted_in_a_fraction_of_a_second(fitted):
    fastest = math.inf
    for seed in range(3):
        start = time.perf_counter()
        refitted(fitted, CALM, BEHIND, np.random.default_rng(seed))
        fastest = min(fastest, time.perf_counter() - start)
    # .07 s on an idle pair of cores; five times that where they are shared
    assert fastest < 0.35
