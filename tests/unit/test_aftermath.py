"""Half-lives and the verdict on normal volatility: closed forms, hand-made paths, known worlds."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eventstudy.garch import fit
from eventstudy.inference import aftermath
from eventstudy.inference.measure import Measure
from eventstudy.inference.refits import refit_bootstrap
from eventstudy.inference.resampling import Null
from eventstudy.inference.single_event import Evidence
from tests.event_worlds import DESIGN, PUBLISHED, simulated_returns, student


@pytest.mark.parametrize(
    ("survives", "sessions"), [(0.5, 1.0), (0.25, 0.5), (2**-0.1, 10.0), (0.98, 34.3096)]
)
def test_a_half_life_is_the_logarithm_of_a_half_over_that_of_the_persistence(survives, sessions):
    assert aftermath.half_life(survives) == pytest.approx(sessions, rel=1e-5)


def test_a_shock_that_never_fades_has_no_end_and_one_that_never_stays_no_life():
    assert aftermath.half_life(1.0) == aftermath.half_life(1.2) == math.inf
    assert aftermath.half_life(0.0) == aftermath.half_life(-0.1) == 0.0


def test_the_half_life_of_a_fit_has_an_interval_around_the_truth():
    returns, _ = simulated_returns(PUBLISHED, student(np.random.default_rng(2), 1_000))
    fitted = fit(returns, variance="garch", starts=2)
    row = aftermath.model_half_life(fitted, refit_bootstrap(fitted, np.random.default_rng(3)), DESIGN)
    survives = fitted.params["alpha"] + fitted.params["beta"]
    assert row.estimate == pytest.approx(math.log(0.5) / math.log(survives))
    assert row.lower < math.log(0.5) / math.log(0.98) < row.upper
    assert row.lower < row.estimate < row.upper
    assert row.n <= 199
    assert all(math.isnan(x) for x in (row.p_value, row.mde, row.se))


def test_without_bias_the_interval_is_that_of_the_percentiles():
    drawn = np.arange(1.0, 1000.0)
    lower, upper = aftermath.bias_corrected_interval(500.0, drawn, 0.05)
    assert (lower, upper) == (pytest.approx(25, abs=1), pytest.approx(975, abs=1))


def test_draws_that_lie_too_low_move_the_interval_up():
    drawn = np.arange(1.0, 1000.0)
    lower, upper = aftermath.bias_corrected_interval(800.0, drawn, 0.05)
    # four fifths of the draws lie below: z0 = .8416, ends at Phi(2 z0 -/+ 1.96)
    z0 = stats.norm.ppf(0.8)
    ends = stats.norm.cdf([2 * z0 - 1.959964, 2 * z0 + 1.959964])
    assert [lower, upper] == pytest.approx(list(999 * ends), abs=1)


def test_integrated_draws_leave_the_upper_end_open():
    drawn = np.array([5.0] * 50 + [math.inf] * 49)
    assert aftermath.bias_corrected_interval(5.0, drawn, 0.05)[1] == math.inf
    assert all(math.isnan(x) for x in aftermath.bias_corrected_interval(5.0, np.array([]), 0.05))


def test_the_empirical_half_life_counts_from_the_peak():
    # long run 1; the excess peaks at 8 and is first at most 4 three sessions later
    row = aftermath.empirical_half_life(np.array([3.0, 9.0, 8.0, 6.0, 5.0, 2.0]), 1.0)
    assert (row.statistic, row.method, row.estimate) == ("HALF_LIFE", "empirical", 3.0)
    assert "peak 2 sessions after day 0" in row.null_distribution


def test_a_path_that_ends_early_says_how_long_it_lasted_at_least():
    row = aftermath.empirical_half_life(np.array([3.0, 9.0, 8.0, 7.0]), 1.0)
    assert math.isnan(row.estimate)
    assert (row.lower, row.upper) == (2.0, math.inf)
    assert row.null_distribution.startswith("censored 2 sessions after the peak")


@pytest.mark.parametrize("path", [[], [0.5, 0.9]], ids=["no session", "calm"])
def test_no_excess_has_no_half_life(path):
    row = aftermath.empirical_half_life(np.array(path), 1.0)
    assert all(math.isnan(x) for x in (row.estimate, row.lower, row.upper))
    assert row.null_distribution.startswith("no excess")


def after(abnormal, variance=1.0, draws=20_000, seed=1):
    """Sixty-one normal days, day 0 first, with a forecast variance of 1 and what happened."""
    drawn = np.random.default_rng(seed).standard_normal((61, draws))
    steps = np.ones(61)
    seen = np.asarray(abnormal) * math.sqrt(variance)
    return Evidence(seen, seen, Null(drawn, steps, steps), 0.0, 0.0, np.tile([1.0, -1.0], 250))


def test_the_variance_ratio_adds_squares_and_forecasts_over_each_stretch():
    seen = np.concatenate([[9.0], np.full(5, 2.0), np.full(15, 1.0), np.full(40, 0.5)])
    rows = aftermath.normalisation(after(seen), 1, 61, DESIGN)
    assert [row.window for row in rows] == [(1, 5), (6, 20), (21, 60)]
    assert [row.measure.estimate for row in rows] == pytest.approx([4.0, 1.0, 0.25])


@pytest.mark.parametrize(("place", "days"), [(0, 5), (1, 15), (2, 40)])
def test_under_normal_draws_band_and_detectable_multiple_are_those_of_chi_square(place, days):
    row = aftermath.normalisation(after(np.ones(61), draws=40_000), 1, 61, DESIGN)[place].measure
    chi = stats.chi2(days)
    # quantiles of 40,000 draws: 2 % in the thinnest tail
    assert row.mde == pytest.approx(chi.ppf(0.95) / chi.ppf(0.20), rel=0.02)
    assert row.lower == pytest.approx(days / chi.ppf(0.975), rel=0.02)
    assert row.upper == pytest.approx(days / chi.ppf(0.025), rel=0.03)
    assert row.p_value == pytest.approx(chi.sf(days), abs=0.01)


def test_the_verdict_needs_both_no_excess_and_the_power_to_see_one():
    calm = aftermath.normalisation(after(np.ones(61)), 1, 61, DESIGN)
    # chi-square: 5 days find a multiple of 4.7 and leave 6 inside the interval, 15 days 2.4 and 2.4
    assert [row.verdict for row in calm] == ["undecided", "normalised", "normalised"]
    wild = aftermath.normalisation(after(np.ones(61), variance=9.0), 1, 61, DESIGN)
    assert [row.verdict for row in wild] == ["elevated", "elevated", "elevated"]


def test_a_stretch_that_another_event_or_the_end_of_the_data_cuts_is_left_out():
    seen = np.concatenate([np.ones(21), np.full(40, math.nan)])
    rows = aftermath.normalisation(after(seen), 1, 21, DESIGN)
    assert [row.window for row in rows] == [(1, 5), (6, 20)]
    assert aftermath.normalisation(after(seen), 1, 5, DESIGN) == ()


def test_refits_that_failed_are_left_out_and_counted():
    returns, _ = simulated_returns(PUBLISHED, student(np.random.default_rng(4), 300))
    fitted = fit(returns, variance="garch", starts=1)
    fits = refit_bootstrap(fitted, np.random.default_rng(5), 20)
    broken = pd.Series(["not_converged", "refused", *fits.status.iloc[2:]], dtype="str")
    row = aftermath.model_half_life(fitted, replace(fits, status=broken), DESIGN)
    known = 18 - int((fits.status.iloc[2:].isin(["not_converged", "refused"])).sum())
    assert row.n == known
    assert row.null_distribution.startswith(f"{known} of 20 refits")


def test_a_missing_return_leaves_the_verdict_open():
    nothing = Measure("VR", "fhs", *[float("nan")] * 5, 500, 0.001, 1.5, "")
    assert aftermath._verdict(nothing, 0.05) == "undecided"
