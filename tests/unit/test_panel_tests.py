"""Panel tests against hand arithmetic, brute force and other programs; what they refuse, and why."""

import math
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from eventstudy.errors import BadValue
from eventstudy.inference.panel import battery, clustered, parametric, ranks, signs
from eventstudy.inference.panel.correlation import mean_correlation
from eventstudy.inference.panel.view import look
from tests.panel_golden import golden_sample
from tests.panel_samples import known_mean, mean_adjusted

ROUNDING = 1e-12  # relative: sums of a few hundred numbers in another order


def only(outcome):
    """The single statistic of a one-window outcome."""
    [value] = outcome.statistic
    return value


def of_cars(cars, *, length=10, **given):
    """Events of one day whose residuals are +1 and -1 in turn: sigma is 1."""
    signs_in_turn = np.tile([1.0, -1.0], (len(cars), length // 2))
    return known_mean(signs_in_turn, np.array(cars, dtype=float)[:, None], **given)


def drawn(seed, n=12, length=40, days=3, **given):
    returns = np.random.default_rng(seed).standard_normal((n, length + days))
    return mean_adjusted(returns, estimation=length, **given)


# Hand arithmetic: four events of CAR 1, 2, 3, 6, mean 3, sum of squares about it 14.
FOUR = look(of_cars([1, 2, 3, 6]), (0, 0))


def test_the_cross_sectional_t_of_four_events_is_the_one_by_hand():
    assert only(parametric.csect_t(FOUR)) == pytest.approx(3 / math.sqrt(14 / 3 / 4), rel=ROUNDING)
    own = stats.ttest_1samp([1, 2, 3, 6], 0)
    assert parametric.csect_t(FOUR).p_value[0] == pytest.approx(own.pvalue, rel=ROUNDING)


def test_the_division_of_mackinlays_example():
    n = 90
    for mean, error, printed in [(0.965, 0.104, 9.28), (-0.091, 0.098, -0.93), (-0.679, 0.098, -6.93)]:
        cars = mean + error * math.sqrt(n - 1) * np.tile([1.0, -1.0], n // 2)
        assert abs(only(parametric.csect_t(look(of_cars(cars), (0, 0)))) - printed) <= 0.005


def test_the_portfolio_t_divides_by_the_deviation_of_the_mean_residual():
    # the mean residual is +1 and -1 in turn over ten days: its deviation is sqrt(10 / 9)
    assert only(parametric.portfolio_t(FOUR)) == pytest.approx(3 / math.sqrt(10 / 9), rel=ROUNDING)
    assert parametric.portfolio_t(FOUR).null_distribution == ("t(9)",)


def test_lamb_is_the_portfolio_t_with_the_forecast_error():
    sample = golden_sample()
    one, span = look(sample, (0, 0)), look(sample, (0, 4))
    factor = math.sqrt(sample.forecast[0, 0, 0])
    assert only(parametric.lamb(one)) == pytest.approx(
        only(parametric.portfolio_t(one)) / factor, rel=ROUNDING
    )
    factor = math.sqrt(sample.forecast[0].sum() / 5)
    assert only(parametric.lamb(span)) == pytest.approx(
        only(parametric.portfolio_t(span)) / factor, rel=ROUNDING
    )


def test_patell_and_bmp_of_four_events_are_the_ones_by_hand():
    # sigma is 1 and ten observations carry no coefficient: each SCAR is its CAR, with variance 10 / 8
    assert only(parametric.patell(FOUR)) == pytest.approx(12 / math.sqrt(4 * 10 / 8), rel=ROUNDING)
    assert only(parametric.bmp(FOUR)) == pytest.approx(3 / math.sqrt(14 / 3 / 4), rel=ROUNDING)


def test_halls_transformation_of_four_events_is_the_one_by_hand():
    s = 3 / math.sqrt(14 / 3)
    third = (-8 - 1 + 0 + 27) * 4 / (3 * 2)
    g = third / (14 / 3) ** 1.5
    j = 2 * (s + g * s**2 / 3 + g**2 * s**3 / 27 + g / 24)
    outcome = parametric.hall(FOUR)
    assert only(outcome) == pytest.approx(j, rel=ROUNDING)
    assert outcome.null_distribution == ("N(0, 1), meant for 20 events or more",)
    assert parametric.hall(look(drawn(1, n=20), (0, 0))).null_distribution == ("N(0, 1)",)


def test_the_jackknife_leaves_out_one_event_at_a_time():
    view = look(drawn(2), (0, 1))
    scar = view.scar[:, 0]
    n = len(scar)
    theta = scar.mean() / scar.std(ddof=1)
    rest = [np.delete(scar, i) for i in range(n)]
    pseudo = np.array([n * theta - (n - 1) * one.mean() / one.std(ddof=1) for one in rest])
    assert only(parametric.jackknife_t(view)) == pytest.approx(
        stats.ttest_1samp(pseudo, 0).statistic, rel=1e-9
    )


# Three events, four estimation days and one event day, in ranks. Day means less 3: -2/3, -1, 0, -1/3, 2.
THREE = np.array([[1.0, 2, 3, 4], [2, 1, 4, 3], [4, 3, 2, 1]])


def test_corrados_statistic_of_three_events_is_the_one_by_hand():
    view = look(known_mean(THREE, [[5.0]] * 3), (0, 0))
    by_hand = 2 / math.sqrt((4 / 9 + 1 + 0 + 1 / 9 + 4) / 5)
    assert only(ranks.corrado(view)) == pytest.approx(by_hand, rel=ROUNDING)
    assert only(ranks.corrado_zivney_rank(view)) == pytest.approx(by_hand, rel=ROUNDING)


def test_the_sign_statistic_of_three_events_is_the_one_by_hand():
    view = look(known_mean(THREE, [[5.0]] * 3), (0, 0))
    # signs about the medians, all 3, average to -1/3, -2/3, 0, 0 and 1
    assert only(ranks.corrado_zivney_sign(view)) == pytest.approx(1 / math.sqrt(14 / 45), rel=ROUNDING)


def test_with_a_missing_day_corrado_and_zivney_divide_ranks_by_the_events_own_days():
    residuals = THREE.copy()
    residuals[2, 3] = np.nan
    view = look(known_mean(residuals, [[5.0]] * 3), (0, 0))
    # ranks: 1 2 3 4 5, 2 1 4 3 5 over 6, and 3 2 1 - 4 over 5
    means = [(1 / 6 + 2 / 6 + 3 / 5) / 3, (2 / 6 + 1 / 6 + 2 / 5) / 3, (3 / 6 + 4 / 6 + 1 / 5) / 3]
    means += [(4 / 6 + 3 / 6) / 2, (5 / 6 + 5 / 6 + 4 / 5) / 3]
    centred = np.array(means) - 0.5
    spread = math.sqrt((np.array([1, 1, 1, 2 / 3, 1]) * centred**2).mean())
    assert only(ranks.corrado_zivney_rank(view)) == pytest.approx(centred[4] / spread, rel=ROUNDING)
    raw = np.array([(-2 - 1 + 0.5) / 3, (-1 - 2 - 0.5) / 3, (0 + 1 - 1.5) / 3, 1 / 2, (2 + 2 + 1.5) / 3])
    expected = raw[4] / math.sqrt((raw**2).mean())
    assert only(ranks.corrado(view)) == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("decimals", [6, 0])
def test_rank_tests_agree_with_ranking_one_event_at_a_time(missing, decimals):
    rng = np.random.default_rng(7)
    returns = rng.standard_normal((150, 43)).round(decimals) + 0.0  # few decimals: many ties
    returns[:, :40][rng.random((150, 40)) < missing] = np.nan
    view = look(known_mean(returns[:, :40], returns[:, 40:]), (0, 1))
    points = np.array([(stats.rankdata(one, nan_policy="omit")) for one in returns])
    own = np.isfinite(returns).sum(axis=1, keepdims=True)
    u = points / (own + 1) - 0.5
    mean, share = np.nanmean(u, axis=0), np.isfinite(u).mean(axis=0)
    expected = mean[40:42].sum() / math.sqrt(2 * (share * mean**2).mean())
    assert only(ranks.corrado_zivney_rank(view)) == pytest.approx(expected, rel=1e-9)
    centre = np.nanmean(np.sign(returns - np.nanmedian(returns, axis=1, keepdims=True)), axis=0)
    expected = centre[40:42].sum() / math.sqrt(2 * (centre**2).mean())
    assert only(ranks.corrado_zivney_sign(view)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("decimals", [6, 0])
def test_generalised_ranks_agree_with_ranking_one_event_at_a_time(missing, decimals):
    rng = np.random.default_rng(8)
    residuals = rng.standard_normal((150, 40)).round(decimals) + 0.0
    residuals[rng.random((150, 40)) < missing] = np.nan
    abnormal = rng.standard_normal((150, 2)).round(decimals) + 0.0
    abnormal[:, 0] /= abnormal[:, 0].std(ddof=1)  # so that the scaled SCARs keep their ties
    sample = known_mean(residuals, abnormal, sigma=np.ones(150))
    view = look(sample, (0, 0))
    scaled = abnormal[:, :1] / abnormal[:, 0].std(ddof=1)
    points = np.array([stats.rankdata(one, nan_policy="omit") for one in np.hstack([residuals, scaled])])
    own = np.isfinite(points).sum(axis=1, keepdims=True)
    u = points / (own + 1) - 0.5
    mean, share = np.nanmean(u, axis=0), np.isfinite(u).mean(axis=0)
    z = mean[-1] / math.sqrt((share * mean**2).mean())
    t = z * math.sqrt((41 - 2) / (41 - 1 - z**2))
    assert only(ranks.grank_t(view)) == pytest.approx(t, rel=1e-9)
    assert ranks.grank_t(view).p_value[0] == pytest.approx(2 * stats.t.sf(abs(t), 39), rel=1e-9)
    error = math.sqrt(((own - 1) / (12 * (own + 1))).sum()) / 150
    assert only(ranks.grank_z(view)) == pytest.approx(mean[-1] / error, rel=1e-9)


def test_all_windows_at_once_are_the_windows_one_by_one():
    sample = drawn(9, n=300, days=6, first=-2)
    windows = [(-2, -2), (0, 0), (0, 3), (-2, 3), (0, 0)]
    together = battery.run(sample, windows, seed=3, replications=99)
    alone = [battery.run(sample, [one], seed=3, replications=99) for one in windows]
    for place, one in enumerate(alone):
        rows = together.iloc[place :: len(windows)]
        assert rows["test"].tolist() == one["test"].tolist()
        assert rows["window_end"].eq(windows[place][1]).all()
        np.testing.assert_allclose(rows["statistic"], one["statistic"], rtol=1e-9)
        np.testing.assert_allclose(rows["p_value"], one["p_value"], rtol=1e-9)


def test_the_sign_tests_p_value_is_the_exact_binomial_one():
    outcome = signs.sign(look(of_cars([1, 2, 3, -4, 5, 6, 7, 0, 8]), (0, 0)))
    assert only(outcome) == pytest.approx((7 - 4) / math.sqrt(2), rel=ROUNDING)
    assert outcome.p_value[0] == pytest.approx(stats.binomtest(7, 8, 0.5).pvalue, rel=ROUNDING)
    assert (outcome.n[0], outcome.null_distribution) == (8, ("binomial(8, 1/2)",))


def test_the_generalised_sign_test_counts_against_the_estimation_windows_own_share():
    residuals = np.tile([1.0, -1, -1, -1], (4, 5))
    view = look(known_mean(residuals, [[1.0], [2], [-3], [4]]), (0, 0))
    assert only(signs.gen_sign(view)) == pytest.approx((3 - 1) / math.sqrt(4 * 0.25 * 0.75), rel=ROUNDING)


@pytest.mark.parametrize("n", [6, 25, 26, 80])
def test_wilcoxon_agrees_with_scipy(n):
    cars = np.random.default_rng(n).standard_normal(n) + 0.3
    outcome = signs.wilcoxon(look(of_cars(cars), (0, 0)))
    upper = stats.wilcoxon(cars, alternative="greater", method="exact")
    assert only(outcome) == upper.statistic
    own = stats.wilcoxon(cars, method="exact" if n <= 25 else "asymptotic", correction=False)
    assert outcome.p_value[0] == pytest.approx(own.pvalue, rel=1e-9)


def test_wilcoxons_exact_p_with_ties_and_zeros_counts_every_pattern_of_signs():
    cars = np.array([1.0, -1, 2, 2, 3, -3, 4, 0, 5])
    outcome = signs.wilcoxon(look(of_cars(cars), (0, 0)))
    placed = stats.rankdata(np.abs(cars[cars != 0]))
    observed = placed[cars[cars != 0] > 0].sum()
    every = [placed[np.array(pattern)].sum() for pattern in product([True, False], repeat=8)]
    tail = min(np.mean(np.array(every) <= observed), np.mean(np.array(every) >= observed))
    assert (only(outcome), outcome.n[0]) == (observed, 8)
    assert outcome.p_value[0] == pytest.approx(2 * tail, rel=ROUNDING)


def clustered_sample():
    rng = np.random.default_rng(11)
    dates = np.repeat([100, 300, 700, 701, 900], [1, 2, 3, 4, 5])
    firm = rng.integers(0, 6, len(dates))
    common = dict(zip(np.unique(dates).tolist(), rng.standard_normal(5), strict=True))
    cars = 0.4 + rng.standard_normal(len(dates)) + [common[date] for date in dates.tolist()]
    return of_cars(cars, dates=dates, firm=firm), cars, dates, firm


def statsmodels_t(cars, groups):
    fit = sm.OLS(cars, np.ones(len(cars))).fit(cov_type="cluster", cov_kwds={"groups": groups})
    return fit.tvalues[0]


def test_clustered_errors_agree_with_statsmodels():
    sample, cars, dates, _ = clustered_sample()
    outcome = clustered.cluster_t(look(sample, (0, 0)))
    assert only(outcome) == pytest.approx(statsmodels_t(cars, dates), rel=ROUNDING)
    assert outcome.null_distribution == ("t(4), 5 dates",)
    assert outcome.p_value[0] == pytest.approx(2 * stats.t.sf(abs(only(outcome)), 4), rel=ROUNDING)


def test_two_way_clustered_errors_agree_with_statsmodels():
    sample, cars, dates, firm = clustered_sample()
    outcome = clustered.two_way_t(look(sample, (0, 0)))
    groups = np.column_stack([firm, np.unique(dates, return_inverse=True)[1]])
    assert only(outcome) == pytest.approx(statsmodels_t(cars, groups), rel=ROUNDING)
    assert outcome.null_distribution == ("t(4), 5 firms or dates",)


def test_ibragimov_and_muller_test_the_means_of_the_dates():
    sample, cars, dates, _ = clustered_sample()
    own = stats.ttest_1samp([cars[dates == date].mean() for date in np.unique(dates)], 0)
    outcome = clustered.ibragimov_muller(look(sample, (0, 0)))
    assert only(outcome) == pytest.approx(own.statistic, rel=ROUNDING)
    assert outcome.p_value[0] == pytest.approx(own.pvalue, rel=ROUNDING)


def test_with_one_event_a_date_clustered_and_cross_sectional_t_are_one():
    view = look(drawn(12), (0, 2))
    for test in (clustered.cluster_t, clustered.ibragimov_muller, clustered.two_way_t):
        assert only(test(view)) == pytest.approx(only(parametric.csect_t(view)), rel=ROUNDING)


def pair_by_pair(sample, days):
    """Mean over pairs of correlation on common days x share of the window in common, by dictionaries."""
    by_day = [
        {day: one for day, one in zip(days_of, values, strict=True) if np.isfinite(one)}
        for days_of, values in zip(sample.residual_days.tolist(), sample.residuals.tolist(), strict=True)
    ]
    found = []
    for one, other in combinations(range(len(by_day)), 2):
        common = sorted(by_day[one].keys() & by_day[other].keys())
        window = {*sample.event_days[one, :days].tolist()} & {*sample.event_days[other, :days].tolist()}
        usable = len(common) >= 20
        pairs = np.array([[by_day[event][day] for day in common] for event in (one, other)])
        found.append(len(window) / days * np.corrcoef(pairs)[0, 1] if usable else 0.0)
    return np.mean(found)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize(("events", "days"), [(24, 30), (110, 300), (110, 2)])
def test_the_mean_correlation_is_that_of_pairs_on_common_calendar_days(missing, events, days):
    rng = np.random.default_rng(13)
    common = rng.standard_normal(500)
    dates = rng.integers(100, 100 + days, events)
    rows = dates[:, None] + np.arange(-60, 5)
    returns = 0.7 * common[rows] + rng.standard_normal(rows.shape)
    returns[:, :60][rng.random((events, 60)) < missing] = np.nan
    sample = mean_adjusted(returns, estimation=60, dates=dates)
    found = mean_correlation(sample, np.array([[0, 0], [0, 4], [1, 2]]))
    expected = [pair_by_pair(sample, days) for days in (1, 5, 2)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_pairs_with_fewer_than_twenty_common_days_count_as_uncorrelated():
    rng = np.random.default_rng(14)
    common = rng.standard_normal(60)
    short, enough = (
        mean_adjusted(np.tile(common[: length + 1], (3, 1)), estimation=length, dates=[100] * 3)
        for length in (19, 20)
    )
    window = np.array([[0, 0]])
    assert mean_correlation(short, window) == [0.0]
    assert mean_correlation(enough, window) == pytest.approx([1.0])


def test_common_days_are_counted_without_the_missing_ones():
    returns = np.tile(np.random.default_rng(15).standard_normal(31), (3, 1))
    returns[0, :6] = returns[1, 26:30] = np.nan  # twenty days that both have
    window = np.array([[0, 0]])
    enough = mean_correlation(mean_adjusted(returns, estimation=30, dates=[100] * 3), window)
    assert enough == pytest.approx([1.0])
    returns[0, 6] = np.nan  # nineteen: one pair of three counts as uncorrelated
    assert mean_correlation(mean_adjusted(returns, estimation=30, dates=[100] * 3), window) == (
        pytest.approx([2 / 3])
    )


def test_more_pairs_than_are_held_at_once_are_still_all_counted():
    rng = np.random.default_rng(16)
    returns = rng.standard_normal(31) + rng.standard_normal((1500, 31))
    sample = mean_adjusted(returns, estimation=30, dates=[100] * 1500)
    days = sample.residual_days - (np.arange(30) < 10)  # a session that nobody has: not consecutive
    matrix = np.corrcoef(returns[:, :30])
    expected = (matrix.sum() - 1500) / (1500 * 1499)
    for given in (sample, replace(sample, residual_days=days)):
        assert mean_correlation(given, np.array([[0, 0]])) == pytest.approx([expected], rel=1e-9)


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("each", [6, 90])
def test_residuals_that_do_not_vary_on_the_common_days_count_as_uncorrelated(each, missing):
    returns = np.random.default_rng(18).standard_normal((2 * each, 60))
    returns[:each, 10:40] = returns[:each, 10:11]  # stand still on the days that they share with the others
    returns[:, :missing] = np.nan
    sample = mean_adjusted(returns, estimation=40, dates=np.repeat([100, 110], each))
    own = [np.corrcoef(half[:, missing:40]) for half in (returns[:each], returns[each:])]
    expected = sum(np.triu(one, 1).sum() for one in own) / (each * (2 * each - 1))
    assert mean_correlation(sample, np.array([[0, 19]])) == pytest.approx([expected], abs=1e-12)


def test_buy_and_hold_returns_are_tested_as_a_sample_of_one_column():
    bought = np.array([0.12, -0.03, 0.4, 0.05, -0.2, 0.6])
    view = look(of_cars(bought), (0, 0))
    assert only(parametric.csect_t(view)) == pytest.approx(
        stats.ttest_1samp(bought, 0).statistic, rel=ROUNDING
    )


def test_asking_wrongly_raises_and_names_what_would_do():
    sample = drawn(15, first=-1)
    with pytest.raises(BadValue, match="from -1 to 1"):
        battery.run(sample, [(0, 2)], seed=1)
    with pytest.raises(BadValue, match="window is \\(1, 0\\)"):
        battery.run(sample, [(1, 0)], seed=1)
    with pytest.raises(BadValue, match="'t_test'.*csect_t"):
        battery.run(sample, [(0, 0)], seed=1, tests=["t_test"])
    with pytest.raises(BadValue, match="replications is 0"):
        battery.run(sample, [(0, 0)], seed=1, replications=0)


def test_the_table_has_its_columns_and_the_tests_in_the_order_asked():
    table = battery.run(drawn(16), [(1, 2), (0, 0)], seed=1, tests=["bmp", "csect_t"])
    assert tuple(table.columns) == battery.COLUMNS
    rows = table[["test", "window_start", "window_end"]].to_numpy().tolist()
    assert rows == [["bmp", 1, 2], ["bmp", 0, 0], ["csect_t", 1, 2], ["csect_t", 0, 0]]
    assert table["refused"].eq("").all()
    assert table["n"].eq(12).all()


def test_a_firm_with_several_events_has_ranks_of_its_own_for_each():
    sample = drawn(17)
    again = replace(sample, firm=np.repeat([0, 1, 2], 4))
    closed = [name for name in battery.CLOSED_FORM if name != "two_way_t"]
    one, other = (battery.run(given, [(0, 2)], seed=1, tests=closed) for given in (sample, again))
    assert one.equals(other)
