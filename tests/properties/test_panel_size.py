"""How often each panel test rejects a true null: which hold, which do not, and where each was made to hold.

Every event day is a replication of its own: a sample of W event days is W draws given one set of estimation
windows, and several such sets make up the rest of the randomness. Rates are per cent at a nominal 5 %.
"""

from functools import cache

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.panel import battery, parametric, resampled
from eventstudy.inference.panel.view import look, views
from tests.panel_samples import mean_adjusted

EVENTS, ESTIMATION, DAYS, SAMPLES = 30, 100, 100, 25
# Four Monte-Carlo standard errors of 2,500 draws are 1.75 points; estimation windows are shared by a hundred.
BAND = 2.0


def rejections(make, tests, *, samples=SAMPLES, days=DAYS):
    """Per cent of event days on which each test rejects at 5 %."""
    hits = dict.fromkeys(tests, 0)
    for number in range(samples):
        sample = make(np.random.default_rng([41, number]))
        for _, view in views(sample, [(day, day) for day in range(days)]):
            for test in tests:
                hits[test] += int((battery.CLOSED_FORM[test](view).p_value <= 0.05).sum())
    return {test: 100 * count / (samples * days) for test, count in hits.items()}


def independent(rng):
    return mean_adjusted(
        rng.standard_normal((EVENTS, ESTIMATION + DAYS)), estimation=ESTIMATION, firm=np.arange(EVENTS) // 3
    )


def of_one_date(rng):
    common = rng.standard_normal(ESTIMATION + DAYS)
    own = rng.standard_normal((EVENTS, ESTIMATION + DAYS))
    returns = np.sqrt(0.3) * common + np.sqrt(0.7) * own
    return mean_adjusted(returns, estimation=ESTIMATION, dates=[1000] * EVENTS)


def twice_as_volatile(rng):
    returns = rng.standard_normal((EVENTS, ESTIMATION + DAYS))
    returns[:, ESTIMATION:] *= 2
    return mean_adjusted(returns, estimation=ESTIMATION)


def of_fifteen_dates(rng):
    common = np.repeat(rng.standard_normal((15, ESTIMATION + DAYS)), 4, axis=0)
    returns = np.sqrt(0.7) * common + np.sqrt(0.3) * rng.standard_normal(common.shape)
    dates = np.repeat(1000 * np.arange(1, 16), 4)
    return mean_adjusted(returns, estimation=ESTIMATION, dates=dates, firm=np.arange(60))


@cache
def rates(make):
    return rejections(make, tuple(battery.CLOSED_FORM))


HOLD_WHEN_INDEPENDENT = sorted(set(battery.CLOSED_FORM) - {"jackknife_t"})


@pytest.mark.parametrize("test", HOLD_WHEN_INDEPENDENT)
def test_independent_events_are_rejected_as_often_as_promised(test):
    assert abs(rates(independent)[test] - 5) < BAND


def test_the_jackknife_is_a_little_too_careful():
    assert 2 < rates(independent)["jackknife_t"] < 5
    assert 2 < rates(twice_as_volatile)["jackknife_t"] < 5


@pytest.mark.parametrize(
    "test", ["csect_t", "patell", "bmp", "grank_z", "sign", "gen_sign", "wilcoxon", "hall", "jackknife_t"]
)
def test_correlated_events_of_one_date_mislead_the_tests_that_take_them_as_independent(test):
    assert rates(of_one_date)[test] > 40


@pytest.mark.parametrize(
    "test", ["portfolio_t", "lamb", "adj_patell", "kolari_pynnonen", "corrado", "corrado_zivney_rank"]
)
def test_correlated_events_of_one_date_are_rejected_as_often_as_promised(test):
    assert abs(rates(of_one_date)[test] - 5) < BAND


def test_grank_t_holds_nearly_for_correlated_events_and_the_sign_test_is_careful():
    # scaling by the cross-sectional deviation, which correlation shrinks, leaves GRANK-T a little too eager
    assert abs(rates(of_one_date)["grank_t"] - 5) < 3
    assert rates(of_one_date)["corrado_zivney_sign"] < 5


@pytest.mark.parametrize("test", ["portfolio_t", "lamb", "patell", "adj_patell"])
def test_volatility_that_the_event_brings_misleads_a_spread_from_the_calm(test):
    # a doubled deviation makes 1.96 a 0.98: 32.7 %
    assert abs(rates(twice_as_volatile)[test] - 200 * stats.norm.sf(0.98)) < 5


@pytest.mark.parametrize(
    "test",
    [
        *("csect_t", "bmp", "kolari_pynnonen", "grank_t", "grank_z", "corrado_zivney_sign", "sign"),
        *("gen_sign", "wilcoxon", "hall", "cluster_t", "two_way_t", "ibragimov_muller"),
    ],
)
def test_volatility_that_the_event_brings_does_not_mislead_the_others(test):
    assert abs(rates(twice_as_volatile)[test] - 5) < BAND


@pytest.mark.parametrize("test", ["csect_t", "patell", "bmp", "grank_z", "wilcoxon", "hall"])
def test_dates_of_correlated_events_mislead_the_tests_that_take_events_as_independent(test):
    assert rates(of_fifteen_dates)[test] > 20


@pytest.mark.parametrize("test", ["cluster_t", "ibragimov_muller", "adj_patell", "kolari_pynnonen"])
def test_dates_of_correlated_events_do_not_mislead_the_tests_that_know_the_dates(test):
    assert abs(rates(of_fifteen_dates)[test] - 5) < BAND


# Four series, three of them nearly one (mean correlation .705), on E dates: per cent of rejections of BMP,
# Kolari-Pynnonen with correlations inside dates only, Patell, adjusted Patell.
FOUR_SERIES = np.array(
    [[1, 0.98, 0.95, 0.45], [0.98, 1, 0.95, 0.45], [0.95, 0.95, 1, 0.45], [0.45, 0.45, 0.45, 1]]
)
KNOWN_RATES = {
    1: (46.7, 10.7, 27.0, 4.8),
    4: (30.9, 8.0, 26.5, 4.9),
    8: (29.2, 6.5, 27.4, 5.1),
    15: (27.8, 5.9, 26.9, 5.1),
}


@pytest.mark.parametrize("dates", KNOWN_RATES)
def test_four_correlated_series_are_rejected_as_often_as_an_independent_simulation_found(dates):
    root = np.linalg.cholesky(FOUR_SERIES)

    def make(rng):
        shocks = np.einsum("ab,ebt->eat", root, rng.standard_normal((dates, 4, 700)))
        return mean_adjusted(
            shocks.reshape(4 * dates, 700),
            estimation=500,
            dates=np.repeat(10_000 * np.arange(1, dates + 1), 4),
        )

    tests = ("bmp", "kolari_pynnonen", "patell", "adj_patell")
    found = rejections(make, tests, samples=50, days=200)
    # one point, and four standard errors of 10,000 draws of the largest rate: two points
    for test, known in zip(tests, KNOWN_RATES[dates], strict=True):
        assert abs(found[test] - known) < 1 + 400 * np.sqrt(known / 100 * (1 - known / 100) / 10_000)


def test_windows_that_meet_in_part_count_with_the_share_of_days_that_they_have_in_common():
    replications, length, days = 600, 100, 5
    dates = 200 + np.arange(20) // 2
    rows = dates[:, None] + np.arange(-length, days)
    hits = dict.fromkeys(["bmp", "kolari_pynnonen", "as one date"], 0)
    for number in range(replications):
        rng = np.random.default_rng([43, number])
        returns = np.sqrt(0.4) * rng.standard_normal(400)[rows] + np.sqrt(0.6) * rng.standard_normal(
            rows.shape
        )
        view = look(mean_adjusted(returns, estimation=length, dates=dates), (0, days - 1))
        bmp = parametric.bmp(view)
        hits["bmp"] += bmp.p_value[0] <= 0.05
        hits["kolari_pynnonen"] += parametric.kolari_pynnonen(view).p_value[0] <= 0.05
        hits["as one date"] += stats.t.sf(abs(_unshared(bmp.statistic[0], dates, days)), 19) <= 0.025
    # four standard errors of 600 draws at 5 %: 3.6 points
    assert abs(100 * hits["kolari_pynnonen"] / replications - 5) < 3.6
    assert 100 * hits["bmp"] / replications > 25
    assert 100 * hits["as one date"] / replications < 3


def _unshared(bmp, dates, days):
    """Kolari-Pynnonen with the full correlation .4 for any two windows that meet."""
    meet = np.abs(dates[:, None] - dates) < days
    mean = 0.4 * (meet.sum() - 20) / (20 * 19)
    return bmp * np.sqrt((1 - mean) / (1 + 19 * mean))


@pytest.mark.parametrize(
    ("test", "make"),
    [
        (resampled.bootstrap, independent),
        (resampled.wild_bootstrap, independent),
        (resampled.wild_bootstrap, of_fifteen_dates),
        (resampled.block_bootstrap, of_fifteen_dates),
    ],
)
def test_bootstraps_are_rejected_as_often_as_promised(test, make):
    hits = 0
    for number in range(10):
        for _, view in views(make(np.random.default_rng([47, number])), [(day, day) for day in range(DAYS)]):
            hits += int((test(view, seed=number, replications=399).p_value <= 0.05).sum())
    # four standard errors of 1,000 draws: 2.8 points
    assert abs(100 * hits / 1000 - 5) < 2.8


@pytest.mark.parametrize(("effect", "published"), [(0.0, 4.8), (0.5, 37.9), (1.0, 87.6), (2.0, 100.0)])
@pytest.mark.parametrize("tails", ["normal", "t4"])
def test_brown_and_warners_portfolio_t_has_the_power_of_its_closed_form(effect, published, tails):
    """Fifty events, 239 days, deviation 2.53 %, mean-adjusted, one-tailed 5 %."""
    hits, samples, days = 0, 20, 200
    for number in range(samples):
        rng = np.random.default_rng([53, number])
        shape = (50, 239 + days)
        shocks = rng.standard_normal(shape) if tails == "normal" else rng.standard_t(4, shape) / np.sqrt(2)
        returns = 2.53 * shocks
        returns[:, 239:] += effect
        for _, view in views(mean_adjusted(returns, estimation=239), [(day, day) for day in range(days)]):
            hits += int((parametric.portfolio_t(view).statistic > stats.t.ppf(0.95, 238)).sum())
    error = 2.53 / np.sqrt(50) * np.sqrt(1 + 1 / 239)
    found, closed = 100 * hits / (samples * days), 100 * stats.norm.sf(stats.norm.ppf(0.95) - effect / error)
    # four standard errors of 4,000 draws at .4: 3.1 points; the published ones are a simulation themselves
    assert abs(found - closed) < 3.1
    assert abs(found - published) < 4
