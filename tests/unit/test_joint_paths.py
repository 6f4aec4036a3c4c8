"""Joint paths: the same residual dates for every series, and what may be concluded from them."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from eventstudy.errors import TooFewSharedDates
from eventstudy.garch import VarianceRule, forecast_variance
from eventstudy.inference.multiplicity import romano_wolf
from eventstudy.joint import family_rows, joint_draws, wald_tests
from tests.multi_event_worlds import CALM, CORRELATION, cell, residuals, standardised

DRAWS = 1_999
FOUR = residuals(seed=3, series=4)
NAMES = ("nikkei225", "topix", "jpx_nikkei_400", "usdjpy")


def four(event="E1", start=0, abnormal=(0.5, -0.2, 0.1, 0.4, -0.3), **changes):
    """One event on four series, correlated as the published table has them."""
    return [
        cell(event, start, abnormal, series=name, z=FOUR[:, i], **changes) for i, name in enumerate(NAMES)
    ]


def by_key(joint):
    columns = zip(joint.effects, joint.deviations, joint.totals, joint.drawn_effects, strict=True)
    return dict(zip(joint.keys, columns, strict=True))


def test_observed_numbers_are_the_cars_their_forecast_deviations_and_their_squares():
    joint = joint_draws("A", [cell("E1", 0, [2.0, -1.0, 0.5, 0.0, 1.0], level=4.0)], DRAWS, 0)
    assert [key.window for key in joint.keys] == [(0, 0), (0, 4)]
    assert joint.effects == pytest.approx([2.0, 2.5])
    assert joint.deviations == pytest.approx([2.0, 2.0 * math.sqrt(5)])
    assert joint.totals == pytest.approx([1.0, 6.25 / 4])
    assert joint.ratios == pytest.approx([1.0, 2.5 / math.sqrt(20)])


def test_series_with_the_same_residuals_get_the_same_futures():
    z = residuals(5)
    joint = joint_draws("A", [cell("E1", 0, np.zeros(5), series=s, z=z) for s in ("a", "b")], DRAWS, 0)
    assert np.array_equal(joint.drawn_effects[:2], joint.drawn_effects[2:])
    assert np.array_equal(joint.drawn_totals[:2], joint.drawn_totals[2:])


def test_residuals_are_paired_by_date_and_not_by_position():
    # the second series has thirty more sessions in front and lacks some in between
    kept = np.delete(np.arange(250), [10, 60, 110])
    longer = pd.bdate_range(end=CALM[0] - pd.Timedelta(days=1), periods=30).append(CALM[kept])
    z = residuals(5)
    other = np.concatenate([np.linspace(-3, 3, 30), z[kept]])
    cells = [
        cell("E1", 0, np.zeros(5), series="a", z=z),
        cell("E1", 0, np.zeros(5), series="b", z=other, residual_days=longer),
    ]
    joint = joint_draws("A", cells, DRAWS, 0)
    assert joint.drawn_effects[:2] == pytest.approx(joint.drawn_effects[2:])
    assert joint.dates.tolist() == [247] * 4


def test_paths_of_different_origins_draw_the_same_date_for_the_same_session():
    # a constant variance makes the shock of a session the same from either origin
    eve = cell("E1", 0, np.zeros(5), windows=((0, 0),), to_day0=3)
    later = cell("E2", 2, np.zeros(5), windows=((0, 0),), to_day0=1)
    joint = joint_draws("A", [eve, later], DRAWS, 0)
    assert joint.drawn_effects[0] == pytest.approx(joint.drawn_effects[1])


def test_cells_that_are_far_apart_in_time_draw_independently_even_with_other_estimation_windows():
    elsewhere = pd.bdate_range("2019-01-01", periods=250)
    cells = [cell("E1", 0, np.zeros(5)), cell("E2", 50, np.zeros(5), residual_days=elsewhere)]
    joint = joint_draws("study", cells, 20_000, 0)
    correlation = np.corrcoef(joint.drawn_effects)[0, 2]
    assert correlation == pytest.approx(0, abs=4 / math.sqrt(20_000))


def test_neither_the_order_of_cells_nor_other_families_change_a_draw():
    forward, backward = joint_draws("A", four(), DRAWS, 7), joint_draws("A", four()[::-1], DRAWS, 7)
    mine, theirs = by_key(forward), by_key(backward)
    assert mine.keys() == theirs.keys()
    for key, numbers in mine.items():
        for one, other in zip(numbers, theirs[key], strict=True):
            assert np.array_equal(one, other)
    assert not np.array_equal(forward.drawn_effects, joint_draws("A", four(), DRAWS, 8).drawn_effects)
    assert not np.array_equal(forward.drawn_effects, joint_draws("B", four(), DRAWS, 7).drawn_effects)


def test_an_ambiguous_cell_is_left_out_of_the_family():
    cells = four() + four("E2", ambiguous=True)
    assert {key.event for key in joint_draws("A", cells, DRAWS, 0).keys} == {"E1"}
    assert joint_draws("A", four(ambiguous=True), DRAWS, 0).keys == ()


def test_a_family_without_cells_has_no_rows():
    empty = joint_draws("A", [], DRAWS, 0)
    assert family_rows(empty) == wald_tests(empty, 0.05) == []


def test_series_that_share_too_few_sessions_are_refused():
    cells = [cell("E1", 0, np.zeros(5), series="a"),
             cell("E1", 0, np.zeros(5), series="b", residual_days=CALM + pd.Timedelta(days=220))]  # fmt: skip
    with pytest.raises(TooFewSharedDates, match="a, b share .* sessions in family A and 100 are needed"):
        joint_draws("A", cells, DRAWS, 0)


def test_the_drawn_covariance_is_that_of_the_residuals_over_the_window():
    # constant variance 1: the covariance of five-day sums is five times that of the residuals drawn
    [_, wald] = wald_tests(joint_draws("A", four(), 40_000, 0), 0.05)
    expected = 5 * np.cov(FOUR.T, bias=True)
    # a product of two normals has a variance of at most 2: 4 sqrt(2 x 25 / 40,000)
    assert wald.window == (0, 4)
    assert wald.covariance == pytest.approx(expected, abs=4 * math.sqrt(50 / 40_000))


def test_draws_of_a_moving_variance_scatter_as_the_closed_form_says():
    rule = VarianceRule("gjr", 0.05, 0.05, 0.10, 0.80)
    shocks = forecast_variance(rule, 2.0, 5, 0.5)
    joint = joint_draws(
        "A", [cell("E1", 0, np.zeros(5), rule=rule, shocks=shocks, variance=shocks)], 40_000, 0
    )
    # the closed form uses the residuals' own share of losses, near one half: two per cent
    assert joint.deviations[1] == pytest.approx(math.sqrt(shocks.sum()), rel=0.02)
    assert joint.drawn_ratios.std(axis=1) == pytest.approx([1.0, 1.0], abs=0.02)


def test_the_wald_statistic_of_normal_residuals_is_nearly_chi_square():
    z = standardised(np.random.default_rng(1).standard_normal((5_000, 4)) @ np.linalg.cholesky(CORRELATION).T)
    days = pd.bdate_range("2000-01-03", periods=5_000)
    cells = [cell("E1", 0, [0.1, 0.1, 0.1, 0.1, 0.1], series=name, z=z[:, i], residual_days=days)
             for i, name in enumerate(NAMES)]  # fmt: skip
    wald = wald_tests(joint_draws("A", cells, 20_000, 0), 0.05)[1]
    exact = 0.5 * np.ones(4) @ np.linalg.solve(5 * np.corrcoef(z.T), 0.5 * np.ones(4))
    assert wald.series == NAMES
    assert wald.statistic == pytest.approx(exact, rel=0.03)  # covariance of 20,000 draws
    assert wald.critical == pytest.approx(stats.chi2.ppf(0.95, 4), rel=0.04)
    assert wald.p_value == pytest.approx(stats.chi2.sf(exact, 4), abs=0.02)


def test_the_wald_test_weighs_a_move_against_the_common_factor():
    # equities that part company are far rarer than equities that move together
    together = [cell("E1", 0, [1.0], series=s, z=FOUR[:, i]) for i, s in enumerate(NAMES[:2])]
    apart = [
        cell("E1", 0, [x], series=s, z=FOUR[:, i])
        for i, (s, x) in enumerate(zip(NAMES, (1.0, -1.0), strict=False))
    ]
    [joined], [parted] = (wald_tests(joint_draws("A", one, DRAWS, 0), 0.05) for one in (together, apart))
    assert joined.p_value > 0.05 > parted.p_value
    assert parted.p_value == parted.floor == 1 / 251  # one step ahead the draws are the 250 residuals


def test_series_that_move_as_one_have_no_wald_test():
    z = residuals(5)
    twins = [cell("E1", 0, [1.0], series=name, z=z) for name in ("a", "b")]
    [wald] = wald_tests(joint_draws("A", twins, DRAWS, 0), 0.05)
    assert math.isnan(wald.statistic)
    assert "a and b move as one" in wald.refusal


def test_one_series_alone_has_no_wald_test():
    assert wald_tests(joint_draws("A", [cell("E1", 0, [1.0])], DRAWS, 0), 0.05) == []


def test_a_missing_return_has_no_p_value_and_costs_the_others_nothing():
    cells = four()
    cells[3] = cell("E1", 0, np.full(5, np.nan), series="usdjpy", z=FOUR[:, 3])
    joint = joint_draws("A", cells, DRAWS, 0)
    rows = {(row["series"], row["window_end"], row["statistic"]): row for row in family_rows(joint)}
    assert math.isnan(rows["usdjpy", 0, "CAR"]["p_adjusted"])
    alone = {(row["series"], row["window_end"], row["statistic"]): row
             for row in family_rows(joint_draws("A", four()[:3], DRAWS, 0))}  # fmt: skip
    # three series still share the same dates and the same draws
    assert {key: rows[key] for key in alone} == alone
    assert all("missing inside the window" in one.refusal for one in wald_tests(joint, 0.05))


def test_adjusted_p_values_are_never_below_the_raw_ones_and_holm_is_statsmodels():
    rows = family_rows(joint_draws("A", four() + four("E2", 3, (3.0, 1.0, 2.0, 0.0, 2.0)), DRAWS, 0))
    assert len(rows) == 2 * 4 * 2 * 2
    for statistic in ("CAR", "CAV"):
        mine = [row for row in rows if row["statistic"] == statistic]
        raw = np.array([row["p_value"] for row in mine])
        assert (np.array([row["p_adjusted"] for row in mine]) >= raw).all()
        for name, method in (("p_holm", "holm"), ("p_bh", "fdr_bh")):
            assert [row[name] for row in mine] == pytest.approx(multipletests(raw, method=method)[1])


def test_a_day_of_residuals_supports_no_p_value_below_one_in_their_number():
    rows = family_rows(joint_draws("A", [cell("E1", 0, [50.0, 0.0, 0.0, 0.0, 0.0])], DRAWS, 0))
    raw = {(row["window_end"], row["statistic"]): row["p_value"] for row in rows}
    assert raw[0, "CAR"] == raw[0, "CAV"] == 1 / 251
    assert raw[4, "CAR"] == raw[4, "CAV"] == 1 / (DRAWS + 1)
    assert all(row["p_adjusted"] >= row["p_value"] for row in rows)


def test_two_events_of_one_session_cost_the_step_down_nothing_more_than_one():
    once = family_rows(joint_draws("A", four(), DRAWS, 0))
    twice = family_rows(joint_draws("A", four() + four("E2"), DRAWS, 0))
    assert [row["p_adjusted"] for row in twice if row["event"] == "E1"] == pytest.approx(
        [row["p_adjusted"] for row in once]
    )


def test_a_family_without_effects_is_rejected_as_often_as_its_level():
    # each joint future in turn plays what was observed; the family is four series, two windows, two events
    joint = joint_draws("A", four() + four("E2", 8), 1_500, 0)
    ratios = np.abs(joint.drawn_ratios)
    highest = ratios.max(axis=0)
    first = [romano_wolf(ratios[:, b], np.delete(ratios, b, axis=1).T).min() <= 0.05 for b in range(300)]
    assert np.mean(first) == pytest.approx(0.05, abs=3.5 * math.sqrt(0.05 * 0.95 / 300))
    assert (
        np.mean(highest > stats.norm.ppf(1 - 0.025)) > 0.15
    )  # unadjusted, at least one rejects thrice as often
