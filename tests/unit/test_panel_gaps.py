"""Panel tests on thin samples: missing days, flat series, few events; a refusal is a row, not a crash."""

from dataclasses import replace

import numpy as np
import pytest

from eventstudy.inference.panel import battery
from eventstudy.inference.panel.view import look, of_events
from tests.panel_samples import known_mean, mean_adjusted

ALL = {"seed": 5, "replications": 199}


def drawn(seed, n=10, length=40, days=3, **given):
    returns = np.random.default_rng(seed).standard_normal((n, length + days))
    return mean_adjusted(returns, estimation=length, **given)


def reasons(sample, windows=((0, 0),)):
    table = battery.run(sample, windows, **ALL)
    return table.set_index("test")["refused"], table.set_index("test")


def with_hole(sample, event, column):
    abnormal, forecast = sample.abnormal.copy(), sample.forecast.copy()
    abnormal[event, column] = forecast[event, column] = forecast[event, :, column] = np.nan
    return replace(sample, abnormal=abnormal, forecast=forecast)


def test_an_event_with_a_missing_day_is_left_out_of_the_windows_that_hold_the_day():
    whole = drawn(1)
    holed = with_hole(whole, 4, 1)
    rest = of_events(holed, np.arange(10) != 4)
    windows = [(0, 0), (1, 1), (0, 2), (2, 2)]
    table = battery.run(holed, windows, **ALL)
    counts = table.groupby(["window_start", "window_end"])["n"].unique().map(list).to_dict()
    assert counts == {(0, 0): [10], (1, 1): [9], (0, 2): [9], (2, 2): [10]}
    expected = battery.run(rest, [(1, 1), (0, 2)], **ALL).reset_index(drop=True)
    touched = table[table["window_start"].eq(1) | table["window_end"].eq(2) & table["window_start"].eq(0)]
    assert touched.reset_index(drop=True).equals(expected)


def test_missing_estimation_days_leave_an_event_in_with_fewer_observations():
    rng = np.random.default_rng(2)
    returns = rng.standard_normal((10, 43))
    returns[3, :12] = np.nan
    returns[6, 20] = np.nan
    table = battery.run(mean_adjusted(returns, estimation=40), [(0, 0), (0, 2)], **ALL)
    assert table["refused"].eq("").all()
    assert table["n"].eq(10).all()
    assert table["statistic"].notna().all()


def test_an_estimation_day_that_no_event_has_is_no_day():
    rng = np.random.default_rng(3)
    returns = rng.standard_normal((10, 43))
    without = mean_adjusted(np.delete(returns, 7, axis=1), estimation=39)
    returns[:, 7] = np.nan
    blank = mean_adjusted(returns, estimation=40)
    names = list(battery.CLOSED_FORM)
    one, other = (battery.run(sample, [(0, 1)], seed=1, tests=names) for sample in (blank, without))
    np.testing.assert_allclose(one["statistic"], other["statistic"], rtol=1e-9)
    assert one["null_distribution"].tolist() == other["null_distribution"].tolist()


@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_events_are_refused_by_every_test(n):
    refused, table = reasons(drawn(4, n=n))
    assert refused.eq(f"3 events with every day of the window are needed, not {n}").all()
    assert table[["statistic", "p_value"]].isna().all(axis=None)
    assert table["n"].eq(n).all()


def test_a_window_that_no_event_has_whole_is_refused_by_every_test():
    sample = drawn(5)
    for event in range(10):
        sample = with_hole(sample, event, 2)
    refused, table = reasons(sample, [(0, 2)])
    assert refused.str.endswith("are needed, not 0").all()
    assert table["n"].eq(0).all()


def test_events_that_all_move_alike_have_no_cross_sectional_spread():
    residuals = np.random.default_rng(6).standard_normal((5, 30))
    sample = known_mean(residuals, np.full((5, 1), 0.1), sigma=np.ones(5))
    refused, _ = reasons(sample)
    assert refused[["csect_t", "hall"]].eq("the CARs do not vary over the events").all()
    scaled = ["bmp", "kolari_pynnonen", "grank_t", "grank_z"]
    assert refused[scaled].eq("the standardised CARs do not vary over the events").all()
    assert refused["jackknife_t"] == "the standardised CARs do not vary over the events"
    assert refused[["bootstrap", "block_bootstrap", "wild_bootstrap"]].eq("the CARs do not vary").all()
    assert refused["cluster_t"] == "the CARs add up to their mean in every cluster"
    assert refused["two_way_t"] == "the two-way variance is not positive"
    assert refused["ibragimov_muller"] == "the mean CARs of the dates do not vary"
    assert refused[["patell", "portfolio_t", "lamb", "corrado", "sign", "wilcoxon"]].eq("").all()


def test_the_jackknife_needs_spread_without_any_one_event():
    residuals = np.random.default_rng(6).standard_normal((3, 30))
    refused, _ = reasons(known_mean(residuals, [[0.1], [0.1], [0.3]], sigma=np.ones(3)))
    assert refused["jackknife_t"] == "the standardised CARs do not vary over the events"
    assert refused["bmp"] == ""


def test_events_that_do_not_move_at_all_are_refused_by_the_sign_tests_too():
    residuals = np.random.default_rng(7).standard_normal((5, 30))
    refused, table = reasons(known_mean(residuals, np.zeros((5, 1))))
    assert refused[["sign", "wilcoxon"]].eq("fewer than 3 CARs differ from 0").all()
    assert table.loc[["sign", "wilcoxon"], "n"].eq(0).all()
    assert table.loc["patell", "statistic"] == 0
    assert table.loc["patell", "p_value"] == 1


def test_a_series_that_stands_still_is_named_as_the_reason():
    residuals = np.random.default_rng(8).standard_normal((5, 30))
    residuals[2] = 0.0
    refused, _ = reasons(known_mean(residuals, [[0.1], [0.2], [0.3], [0.4], [0.6]]))
    standardised = ["patell", "adj_patell", "bmp", "kolari_pynnonen", "jackknife_t"]
    assert refused[standardised].eq("the estimation residuals of an event do not vary").all()
    assert refused[["csect_t", "portfolio_t", "corrado", "sign", "wilcoxon", "hall"]].eq("").all()


def test_residuals_that_are_only_rounding_do_not_vary_either():
    residuals = np.random.default_rng(9).standard_normal((5, 30))
    residuals[2] *= 1e-17
    refused, _ = reasons(known_mean(residuals, [[0.1], [0.2], [0.3], [0.4], [0.6]]))
    assert refused["bmp"] == "the estimation residuals of an event do not vary"


def test_a_portfolio_that_stands_still_is_refused():
    up = np.tile([1.0, -1.0], 15)
    sample = known_mean(np.stack([up, -up, up, -up]), [[0.1], [0.2], [0.3], [0.5]])
    refused, _ = reasons(sample)
    still = "the portfolio's abnormal return does not vary over the estimation window"
    assert refused[["portfolio_t", "lamb"]].eq(still).all()


def test_patell_needs_more_than_two_degrees_of_freedom():
    sample = mean_adjusted(np.random.default_rng(10).standard_normal((5, 4)), estimation=3)
    refused, _ = reasons(sample)
    assert refused[["patell", "adj_patell"]].eq("an event has 2 degrees of freedom or fewer").all()
    assert refused["bmp"] == ""


def test_events_that_are_one_event_leave_no_spread_to_adjust():
    up = np.random.default_rng(11).standard_normal(30)
    sample = known_mean(np.tile(up, (4, 1)), [[0.1], [0.2], [0.3], [0.5]], dates=[50] * 4)
    refused, _ = reasons(sample)
    edge = "the mean correlation is so close to its bounds that it leaves no spread"
    assert refused["kolari_pynnonen"] == edge
    assert refused["adj_patell"] == ""


def test_a_correlation_as_negative_as_can_be_is_refused():
    up = np.tile([1.0, -1.0], 15)
    third = np.random.default_rng(12).standard_normal(30)
    third -= third.mean() + up * (third @ up) / 30
    sides = np.sqrt(0.75) * third / np.sqrt((third**2).mean())
    rows = np.stack([up, -up / 2 + sides, -up / 2 - sides])  # 120 degrees apart: each pair correlates -1/2
    refused, _ = reasons(known_mean(rows, [[0.1], [0.2], [0.4]], dates=[50] * 3))
    edge = "the mean correlation is so close to its bounds that it leaves no spread"
    assert refused[["adj_patell", "kolari_pynnonen"]].eq(edge).all()


def test_fewer_than_three_dates_are_refused_by_the_tests_over_dates():
    refused, _ = reasons(drawn(13, dates=[100] * 5 + [300] * 5))
    over_dates = ["cluster_t", "ibragimov_muller", "wild_bootstrap", "block_bootstrap"]
    assert refused[over_dates].eq("3 dates are needed, not 2").all()
    assert refused["two_way_t"] == "3 firms or dates are needed, not 2"
    assert refused["bootstrap"] == ""


def test_fewer_than_three_firms_are_refused_by_the_two_way_test():
    refused, _ = reasons(drawn(14, firm=[0, 1] * 5))
    assert refused["two_way_t"] == "3 firms or dates are needed, not 2"
    assert refused["cluster_t"] == ""


def test_one_refused_window_leaves_the_other_windows_alone():
    residuals = np.random.default_rng(15).standard_normal((5, 30))
    abnormal = np.column_stack([np.full(5, 0.1), [0.1, 0.4, -0.2, 0.3, 0.2]])
    sample = known_mean(residuals, abnormal, sigma=np.ones(5))
    table = battery.run(sample, [(0, 0), (1, 1)], **ALL)
    assert table[table["window_start"].eq(1)]["refused"].eq("").all()
    alone = battery.run(sample, [(1, 1)], **ALL)
    both = table[table["window_start"].eq(1)].reset_index(drop=True)
    np.testing.assert_allclose(both["statistic"], alone["statistic"], rtol=1e-12)


def test_an_event_without_a_standard_deviation_is_in_no_window():
    sample = drawn(16)
    sigma = sample.sigma.copy()
    sigma[0] = np.nan
    assert look(replace(sample, sigma=sigma), (0, 0)).n == 9
