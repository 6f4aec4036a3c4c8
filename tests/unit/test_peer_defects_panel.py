"""Defects seen in other packages' panel tests, by the number they have in the survey: none is shared here."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.panel import battery, clustered, parametric, ranks, signs
from eventstudy.inference.panel.correlation import mean_correlation
from eventstudy.inference.panel.view import look, of_events
from tests.panel_golden import golden_returns, golden_sample
from tests.panel_samples import known_mean, market_model, mean_adjusted

CLOSED = list(battery.CLOSED_FORM)
EACH_DAY = [(day, day) for day in range(-10, 11)]


def of_twenty_firms(seed=1, shift=0.0, days=21, length=60, **given):
    returns = np.random.default_rng(seed).standard_normal((20, length + days))
    returns[:, length + days // 2] += shift
    return mean_adjusted(returns, estimation=length, first=-(days // 2), **given)


@pytest.mark.parametrize("test", CLOSED)
def test_defect_1_every_day_has_a_statistic_of_its_own(test):
    table = battery.run(of_twenty_firms(shift=2.0), EACH_DAY, seed=1, tests=[test])
    statistic = table.set_index("window_start")["statistic"]
    assert statistic.nunique() >= 6  # 21 days; a sign test of twenty firms has few values
    if test != "wilcoxon":
        assert statistic.abs().idxmax() == 0


def test_defect_1_a_days_rank_statistic_is_its_mean_rank_over_the_deviation_of_all_days():
    sample = of_twenty_firms(shift=2.0)
    points = np.hstack([sample.residuals, sample.abnormal])
    mean = (stats.rankdata(points, axis=1) / (points.shape[1] + 1) - 0.5).mean(axis=0)
    table = battery.run(sample, EACH_DAY, seed=1, tests=["corrado"])
    np.testing.assert_allclose(table["statistic"], mean[60:] / np.sqrt((mean**2).mean()), rtol=1e-9)


def test_defect_1_a_spread_over_time_sees_clustering_because_it_adds_up_events_day_by_day():
    # twenty copies of one event are one event: portfolio and rank statistics do not grow with the copies
    one = np.random.default_rng(2).standard_normal((1, 61))
    few, many = (
        look(mean_adjusted(np.tile(one, (n, 1)), estimation=60, dates=[100] * n), (0, 0)) for n in (3, 20)
    )
    for test in (parametric.portfolio_t, ranks.corrado):
        assert test(many).statistic == pytest.approx(test(few).statistic, rel=1e-9)


def test_defect_2_bmp_and_kolari_pynnonen_divide_by_the_deviation_with_the_forecast_error():
    view = look(golden_sample(), (0, 0))
    plain = view.car[:, 0] / view.sample.sigma
    corrected = plain / np.sqrt(view.sample.forecast[:, 0, 0])
    t_plain, t_corrected = (np.sqrt(6) * one.mean() / one.std(ddof=1) for one in (plain, corrected))
    assert parametric.bmp(view).statistic[0] == pytest.approx(t_corrected, rel=1e-12)
    sample = of_twenty_firms()
    without = replace(sample, forecast=np.broadcast_to(np.eye(21), (20, 21, 21)))
    for test in (parametric.patell, parametric.lamb):
        assert test(look(sample, (0, 0))).statistic != test(look(without, (0, 0))).statistic
    assert t_plain == pytest.approx(t_corrected, rel=1e-9)  # one common date: the factor cancels from BMP


def test_defect_2_different_dates_have_different_forecast_errors_which_bmp_keeps():
    market, firms = golden_returns()
    rows = [(firm, 60 + 11 * firm) for firm in range(6)]
    sample = market_model(firms, market, rows, estimation=50, gap=0, days=(0, 0))
    plain = sample.abnormal[:, 0] / sample.sigma
    corrected = plain / np.sqrt(sample.forecast[:, 0, 0])
    t_plain, t_corrected = (np.sqrt(6) * one.mean() / one.std(ddof=1) for one in (plain, corrected))
    found = parametric.bmp(look(sample, (0, 0))).statistic[0]
    assert found == pytest.approx(t_corrected, rel=1e-12)
    assert abs(t_plain - t_corrected) > 1e-3 * abs(t_corrected)


def test_defect_2_correlations_pair_calendar_days_and_not_distances_from_the_event():
    path = np.random.default_rng(3).standard_normal(300)
    dates = np.array([100, 150, 200])
    alike_in_event_time = mean_adjusted(np.tile(path[:61], (3, 1)), estimation=60, dates=dates)
    assert mean_correlation(alike_in_event_time, np.array([[0, 0]])) == [0.0]
    met = 100 + np.arange(3)
    alike_by_date = mean_adjusted(path[met[:, None] + np.arange(-60, 3)], estimation=60, dates=met)
    # shares of the three days in common: two of three, one of three, two of three
    expected = (2 / 3 + 1 / 3 + 2 / 3) / 3
    assert mean_correlation(alike_by_date, np.array([[0, 2]])) == pytest.approx([expected], rel=1e-9)


def test_defect_3_a_firm_with_several_events_is_not_multiplied_by_a_join():
    sample = of_twenty_firms()
    recurring = replace(sample, firm=np.repeat(np.arange(4), 5))
    alone = [test for test in CLOSED if test != "two_way_t"]
    one, other = (
        battery.run(given, [(0, 0), (-10, 10)], seed=1, tests=alone) for given in (sample, recurring)
    )
    assert one.equals(other)
    assert other["n"].eq(20).all()


def test_defect_3_doubling_every_event_of_a_firm_doubles_n_and_no_more():
    sample = of_twenty_firms(shift=1.0)
    twice = of_events(sample, np.tile(np.arange(20), 2))
    one, other = (parametric.patell(look(given, (0, 0))) for given in (sample, twice))
    assert (one.n[0], other.n[0]) == (20, 40)
    assert other.statistic[0] == pytest.approx(np.sqrt(2) * one.statistic[0], rel=1e-12)
    errors = (
        clustered.two_way_t(look(twice, (0, 0))).statistic,
        clustered.cluster_t(look(sample, (0, 0))).statistic,
    )
    assert errors[0] == pytest.approx(errors[1], rel=1e-12)


def test_defect_3_patell_divides_by_sigma_and_not_by_its_root():
    sample = of_twenty_firms()
    scaled = replace(
        sample, residuals=100 * sample.residuals, abnormal=100 * sample.abnormal, sigma=100 * sample.sigma
    )
    one, other = (parametric.patell(look(given, (0, 0))).statistic for given in (sample, scaled))
    assert other == pytest.approx(one, rel=1e-12)


def test_defect_4_the_variance_of_a_standardised_car_is_one_over_long_windows_too():
    length, days = 40, 21
    sample = mean_adjusted(np.random.default_rng(4).standard_normal((6000, length + days)), estimation=length)
    view = look(sample, (0, days - 1))
    # t(39) has variance 39 / 37; four standard errors of 6,000 squares: .08
    assert view.scar.var() == pytest.approx(39 / 37, abs=0.08)
    daily = view.car[:, 0] / (sample.sigma * np.sqrt(np.trace(sample.forecast[0])))
    assert daily.var() > 1.3  # variances added up without the covariance that a common estimate brings


@pytest.mark.parametrize("k", [1, 2, 4])
def test_defect_4_patells_degrees_of_freedom_are_those_of_the_model(k):
    sample = of_twenty_firms()
    sample = replace(sample, coefficients=np.full(20, k))
    view = look(sample, (0, 0))
    expected = view.scar.sum() / np.sqrt(20 * (60 - k) / (60 - k - 2))
    assert parametric.patell(view).statistic[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("test", "null"),
    [
        *(("csect_t", stats.t(19)), ("bmp", stats.t(19)), ("kolari_pynnonen", stats.t(19))),
        *(("portfolio_t", stats.t(59)), ("lamb", stats.t(59)), ("grank_t", stats.t(59))),
        *(("patell", stats.norm), ("adj_patell", stats.norm), ("corrado", stats.norm)),
        *(("grank_z", stats.norm), ("gen_sign", stats.norm), ("hall", stats.norm)),
        *(("jackknife_t", stats.t(19)), ("cluster_t", stats.t(19)), ("ibragimov_muller", stats.t(19))),
    ],
)
def test_defect_5_p_values_have_two_sides_and_the_degrees_of_freedom_they_name(test, null):
    row = battery.run(of_twenty_firms(shift=0.6), [(0, 0)], seed=1, tests=[test]).iloc[0]
    assert row["p_value"] == pytest.approx(2 * null.sf(abs(row["statistic"])), rel=1e-9)
    name = "N(0, 1)" if null is stats.norm else f"t({null.args[0]})"
    assert row["null_distribution"].startswith(name)


def test_defect_6_the_variance_of_a_car_keeps_the_terms_between_days():
    market, firms = golden_returns()
    sample = market_model(firms, market, [(0, 60)], estimation=40, gap=0, days=(0, 9))
    whole = sample.forecast[0].sum()
    assert look(sample, (0, 9)).spread[0, 0] == pytest.approx(np.sqrt(whole), rel=1e-12)
    assert whole > 1.1 * np.trace(sample.forecast[0])


def test_defect_8_grank_counts_the_artificial_day_among_its_points():
    view = look(of_twenty_firms(), (0, 0))
    assert view.generalised_scores.points == 61
    assert ranks.grank_t(view).null_distribution == ("t(59)",)


def test_defect_8_wilcoxon_ranks_over_the_events_and_not_within_one():
    residuals = np.tile([1.0, -1.0], (3, 15))
    sample = known_mean(residuals, [[1.0, 90.0], [-2.0, 80.0], [3.0, 70.0]])
    assert signs.wilcoxon(look(sample, (0, 0))).statistic == [4.0]
    assert signs.wilcoxon(look(sample, (1, 1))).statistic == [6.0]


def test_defect_9_an_event_is_not_paired_with_itself():
    # three rows of a matrix with orthogonal centred rows: every pair correlates 0, the diagonal 1
    t = np.arange(30)
    waves = np.array([np.cos(2 * np.pi * k * t / 30) for k in (1, 2, 3)])
    sample = known_mean(waves, [[0.1], [0.2], [0.4]], dates=[50] * 3)
    assert mean_correlation(sample, np.array([[0, 0]])) == pytest.approx([0.0], abs=1e-12)
    view = look(sample, (0, 0))
    plain, adjusted = parametric.bmp(view).statistic, parametric.kolari_pynnonen(view).statistic
    assert adjusted == pytest.approx(plain, rel=1e-9)


def test_defect_12_more_events_of_one_effect_make_t_larger_by_the_root_of_their_number():
    cars = np.array([0.5, 1.5, 0.8, 1.2])
    residuals = np.tile([1.0, -1.0], (4, 15))
    four = known_mean(residuals, cars[:, None])
    sixteen = of_events(four, np.tile(np.arange(4), 4))
    one, other = (parametric.csect_t(look(sample, (0, 0))).statistic[0] for sample in (four, sixteen))
    # sums of squares quadruple, degrees of freedom go from 3 to 15
    assert other == pytest.approx(one * np.sqrt(15 / 3), rel=1e-12)
    assert one == pytest.approx(stats.ttest_1samp(cars, 0).statistic, rel=1e-12)
