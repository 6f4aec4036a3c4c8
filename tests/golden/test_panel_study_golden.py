"""The golden panel through the front door: frames in, every printed digit out."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference.panel.sample import EventSample
from tests.conformance import PANEL
from tests.panel_golden import ESTIMATION, EVENT_DAYS, golden_returns, golden_sample

SESSIONS = pd.bdate_range("2025-01-01", periods=ESTIMATION + EVENT_DAYS)
FIRMS = [f"unit {number}" for number in range(1, 7)]


@pytest.fixture(scope="module")
def result():
    market, firms = golden_returns()
    returns = pd.DataFrame(firms, index=SESSIONS, columns=FIRMS)
    factors = pd.DataFrame({"market": market}, index=SESSIONS)
    events = [(firm, SESSIONS[ESTIMATION]) for firm in FIRMS]
    windows = ((0, 0), (0, EVENT_DAYS - 1))
    return es.panel_study(returns, events, factors=factors, estimation=ESTIMATION, gap=0, windows=windows)


def assert_printed(computed, printed):
    figures = printed.split()
    for number, figure in zip(computed, figures, strict=True):
        decimals = len(figure.partition(".")[2])
        assert abs(number - float(figure)) <= 0.5 * 10**-decimals * (1 + 1e-9), (number, figure)


def test_betas_and_residual_deviations_are_the_printed_ones(result):
    assert_printed(result.coefficients["beta"], ".511589 .721755 .723382 .744847 .992889 1.485662")
    assert_printed(result.events["sigma"], ".010316 .010826 .014890 .016223 .018333 .019131")


def test_the_abnormal_returns_of_day_0_are_the_printed_ones(result):
    assert_printed(result.abnormal_returns[0], "-.028223 -.034079 -.021457 -.057503 -.028632 -.018175")
    assert result.aar[0] == pytest.approx(result.abnormal_returns[0].mean())


def test_the_ts_of_the_cars_are_the_printed_ones_with_the_forecast_matrix_and_without(result):
    car, sample = result.car[(0, 4)].to_numpy(), result.sample
    error = sample.sigma * np.sqrt(sample.forecast.sum(axis=(1, 2)))
    assert_printed(car / error, "-1.749274 -1.165994 .837792 -2.302686 -.874728 -.189365")
    naive = sample.sigma * np.sqrt(EVENT_DAYS)
    assert_printed(car / naive, "-1.786633 -1.190896 .855685 -2.351863 -.893409 -.193410")


@pytest.mark.parametrize(
    "row",
    [row for row in PANEL if row.printed and not row.options],
    ids=lambda row: f"{row.test}: {row.convention}",
)
def test_every_test_gives_the_printed_digits_through_the_study(result, row):
    assert_printed(result.tests([row.test], row.windows)["statistic"], row.printed)


def test_most_statistics_of_the_golden_panel_pass_this_way():
    assert len({row.test for row in PANEL if row.printed and not row.options}) > 12


def test_the_sample_is_that_of_one_regression_an_event(result):
    expected = golden_sample()
    for field in fields(EventSample):
        ours, theirs = getattr(result.sample, field.name), getattr(expected, field.name)
        # the same regressions by another algorithm: rounding of 120 terms
        assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-12), field.name
