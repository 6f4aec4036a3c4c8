"""The golden panel: every printed digit of every statistic, both conventions where two exist."""

import ast

import numpy as np
import pytest

from eventstudy.inference.panel import battery, parametric
from eventstudy.inference.panel.correlation import mean_correlation
from eventstudy.inference.panel.view import look
from eventstudy.inference.volatility_effect import volatility_multiple
from tests.conformance import PANEL, ROWS, conformance_rows
from tests.house.source import ROOT
from tests.panel_golden import golden_betas, golden_returns, golden_sample
from tests.panel_samples import known_mean

DAY_0 = "-.028223 -.034079 -.021457 -.057503 -.028632 -.018175"


def assert_printed(computed, printed):
    """Each number within half a unit of the last digit of its printed form."""
    figures = printed.split()
    assert len(figures) == len(computed)
    for number, figure in zip(computed, figures, strict=True):
        decimals = len(figure.partition(".")[2])
        assert abs(number - float(figure)) <= 0.5 * 10**-decimals * (1 + 1e-9), (number, figure)


def statistics_of(row):
    if row.options:
        function = getattr(parametric, row.test)
        return [function(look(golden_sample(), window), **row.options).statistic[0] for window in row.windows]
    return battery.run(golden_sample(), row.windows, seed=0, tests=[row.test])["statistic"]


@pytest.mark.parametrize(
    "row", [row for row in PANEL if row.printed], ids=lambda row: f"{row.test}: {row.convention}"
)
def test_the_golden_panel_gives_every_printed_digit(row):
    assert_printed(statistics_of(row), row.printed)


def test_the_generator_starts_as_printed():
    market, firms = golden_returns()
    assert_printed([market[0]], "-.00501498")
    assert_printed(firms[0], "-.00987705 -.00920061 -.00356022 -.00097075 .00561630 -.00188975")


def test_the_market_model_of_the_panel_is_the_printed_one():
    sample = golden_sample()
    assert_printed(golden_betas(), ".511589 .721755 .723382 .744847 .992889 1.485662")
    assert_printed(sample.sigma, ".010316 .010826 .014890 .016223 .018333 .019131")
    assert_printed(sample.abnormal[:, 0], DAY_0)


def test_cars_are_standardised_with_the_forecast_matrix_and_the_naive_root_of_days_differs():
    view = look(golden_sample(), (0, 4))
    assert_printed(view.scar[:, 0], "-1.749274 -1.165994 .837792 -2.302686 -.874728 -.189365")
    naive = view.car[:, 0] / (view.sample.sigma * np.sqrt(5))
    assert_printed(naive, "-1.786633 -1.190896 .855685 -2.351863 -.893409 -.193410")


def test_the_mean_correlation_is_the_printed_one():
    assert_printed(mean_correlation(golden_sample(), np.array([[0, 0]])), ".194121")


def test_the_rank_statistic_beneath_grank_t_is_the_printed_one():
    scores = look(golden_sample(), (0, 4)).generalised_scores
    assert_printed(scores.event / scores.deviation, "-1.377421")


def test_halls_figures_are_those_of_the_printed_abnormal_returns():
    # The oracle started from day 0's abnormal returns as printed; with all their digits J is -14.733148.
    printed = [float(figure) for figure in DAY_0.split()]
    sample = known_mean(np.tile([1.0, -1.0], (6, 10)), np.array(printed)[:, None])
    assert_printed(parametric.hall(look(sample, (0, 0))).statistic, "-14.733167")


def test_the_multiple_of_variance_is_the_printed_one_under_both_divisors():
    sample = golden_sample()
    variance = np.repeat(sample.sigma[:, None] ** 2, 5, axis=1)
    published = volatility_multiple(sample.abnormal, variance, published=True)
    assert_printed(published, ".900668 1.260704 .547148 .915876 2.084268")
    unbiased = volatility_multiple(sample.abnormal, variance)
    assert_printed(unbiased, ".750557 1.050587 .455957 .763230 1.736890")


def test_every_test_of_the_battery_has_a_row():
    assert {row.test for row in PANEL} == set(battery.TESTS)


def test_every_row_points_at_a_test_that_exists():
    for row in ROWS:
        path, name = row.where.split("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, row.where


def test_the_rows_for_the_documentation_are_complete():
    rows = conformance_rows()
    assert len(rows) == len(ROWS)
    assert all(all(row.values()) for row in rows)
