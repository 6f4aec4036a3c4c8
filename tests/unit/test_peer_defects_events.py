"""Defects found in other programs' multi-event tests, each with a proof that it is not shared.

The numbers are those of the survey's list of defects.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eventstudy.inference.block_correlation import (
    block_mean_correlation,
    calendar_correlation,
    cell_tests,
    kolari_pynnonen,
)
from eventstudy.inference.composite import episode_tests, mean_t
from eventstudy.inference.grank_events import mean_rank, rank_tests
from eventstudy.inference.outcome import shared_dates, too_few
from eventstudy.inference.questions import Material, multi_event_rows
from eventstudy.values import Design
from tests.multi_event_worlds import CALM, CORRELATION, News, arrivals, cells, residuals

DESIGN = Design(replications=199, windows=((0, 0),))


def test_defect_2_residuals_are_paired_by_calendar_date_and_not_by_event_time():
    # the same residuals a week of dates later: event time calls them one series, the calendar does not
    z = residuals(0)
    shifted = CALM[5:].append(pd.bdate_range(CALM[-1] + pd.Timedelta(days=1), periods=5))
    by_date = calendar_correlation([z, z], [CALM.to_numpy(), shifted.to_numpy()])
    assert by_date[0, 1] == pytest.approx(np.corrcoef(z[5:], z[:-5])[0, 1])
    assert abs(by_date[0, 1]) < 0.3
    assert np.corrcoef(z, z)[0, 1] == pytest.approx(1.0)


def test_defect_2_events_of_different_dates_are_uncorrelated_whatever_their_estimation_windows_share():
    # eight events of one series against one estimation window: event-time pairing finds a correlation of 1
    alone = np.ones((8, 1), dtype=bool)
    assert block_mean_correlation(np.ones((8, 1, 1)), alone) == 0.0


def test_defect_3_several_events_of_a_series_and_of_an_episode_do_not_multiply_the_sample():
    april = [News(f"C{i}", 60 + i, "escalation", "C") for i in range(6)]
    news = (*(News(f"E{i}", 10 * i, "escalation") for i in range(3)), *april)
    names = ("nikkei225", "topix", "usdjpy")
    material = Material(arrivals(*news, series=names), cells(*news, series=names))
    rows = pd.DataFrame(multi_event_rows(material, DESIGN, 0)[0])
    answered = rows[(rows["question"] == "response") & (rows["method"] == "episode_t")]
    assert len(answered) == 3 + 1  # one a series and one for the composite, not one an event
    assert set(answered["n"]) == {4}


def test_defect_5_intervals_use_the_two_sided_quantile():
    values = np.array([0.5, 1.5, -0.2, 0.9, 1.1])
    measure = episode_tests(values, DESIGN, np.random.default_rng(0)).measures[0]
    assert measure.upper - measure.estimate == pytest.approx(stats.t.ppf(0.975, 4) * measure.se)


def test_defect_7_no_event_vanishes_without_a_reason():
    news = (
        *(News(f"E{i}", 10 * i, "escalation") for i in range(4)),
        News("A", 60, "escalation", ambiguous=True), News("M", 80, "escalation"),
    )  # fmt: skip
    told, left_out = multi_event_rows(Material(arrivals(*news), cells(*news[:-1])), DESIGN, 0)
    counted = {row["n"] for row in told if row["question"] == "response"}
    named = {item.episode for item in left_out if item.question == "response"}
    assert counted == {4}
    assert named == {"A", "M"}


def test_defect_9_the_diagonal_is_no_correlation_between_units():
    one_date = block_mean_correlation(CORRELATION[None], np.ones((1, 4), bool))
    assert one_date == pytest.approx((0.95 + 0.95 + 0.98 + 3 * 0.45) / 6)


def test_defect_12_a_t_statistic_grows_with_the_root_of_the_sample():
    values = np.array([0.5, 1.5, -0.2, 0.9])
    once, fourfold = mean_t(values)[2], mean_t(np.tile(values, 4))[2]
    # sixteen values instead of four: sqrt(16/4), and the deviation on 15 instead of 3 degrees of freedom
    assert fourfold / once == pytest.approx(2 * np.sqrt((15 / 16) / (3 / 4)))
    assert once == pytest.approx(stats.ttest_1samp(values, 0.0).statistic)


def test_defect_14_series_of_one_date_are_not_independent_events():
    # the same return on four series: the evidence is that of one series, and so is its p-value
    generator = np.random.default_rng(1)
    single = generator.standard_normal((8, 1)) + 0.6
    fourfold = np.repeat(single, 4, axis=1)
    naive = stats.ttest_1samp(fourfold.ravel(), 0.0).pvalue
    alike = np.full((8, 4, 4), 0.999999)
    by_dates, by_cells = cell_tests(fourfold, alike, DESIGN).measures
    right = stats.ttest_1samp(single.ravel(), 0.0).pvalue
    assert naive < right / 10
    # perfect correlation: the block correction is the test over dates itself; rho is one in a million short
    assert by_dates.p_value == pytest.approx(right, rel=1e-4)
    assert by_cells.p_value > 10 * naive
    assert {by_dates.n, by_cells.n} == {8}


def test_one_correlation_for_all_pairs_would_punish_dates_that_have_nothing_in_common():
    present = np.ones((8, 4), bool)
    block = block_mean_correlation(np.tile(CORRELATION, (8, 1, 1)), present)
    # 8 dates x 6 pairs of .705 among 496
    assert block == pytest.approx(8 * 6 * 0.705 / 496)
    assert kolari_pynnonen(np.array(2.0), block, 32) > 2 * kolari_pynnonen(np.array(2.0), 0.705, 32)


def test_missing_cells_leave_the_pairs():
    present = np.array([[True, True, False, False], [True, False, False, False], [True, True, True, True]])
    # pairs of a date: .95, none, all six; 7 cells make 21 pairs
    rbar = block_mean_correlation(np.tile(CORRELATION, (3, 1, 1)), present)
    assert rbar == pytest.approx((0.95 + 6 * 0.705) / 21)


def test_ranks_of_events_that_share_an_estimation_window_are_not_one_rank():
    # event-time averages of one shared window have the variance of a single rank, four times too much
    z = residuals(0)[None]
    scar = np.array([[0.3], [-0.8], [1.2], [0.4]])
    _, variance, length = mean_rank(scar, [z] * 4)
    assert length == 251
    assert variance == pytest.approx((251 - 1) / (12 * 252) / 4)  # that of four independent uniform ranks


def test_ranks_follow_a_worked_example():
    # nine residuals -4..4; SCAR over its deviation of .5 is 1, 2, 3: ties of ranks 6-7, 7-8, 8-9
    calm = [np.arange(-4.0, 5.0)[None]] * 3
    scar = np.array([[0.5], [1.0], [1.5]])
    mean, _, length = mean_rank(scar, calm)
    assert length == 10
    assert mean == pytest.approx(np.mean([6.5, 7.5, 8.5]) / 11 - 0.5)
    student, normal = rank_tests(scar, calm, DESIGN).measures
    z = mean / np.sqrt(9 / (12 * 11) / 3)
    assert normal.p_value == pytest.approx(2 * stats.norm.sf(abs(z)))
    # ties take the variance of the mean rank a little below that of distinct ranks
    assert student.p_value == pytest.approx(2 * stats.t.sf(abs(z) * np.sqrt(8 / (9 - z**2)), 8), rel=0.02)


@pytest.mark.parametrize("events", [1, 2])
def test_designs_without_an_answer_are_refused_by_name(events):
    scar = np.ones((events, 2))
    for outcome in (
        episode_tests(scar[:, 0], DESIGN, np.random.default_rng(0)),
        cell_tests(scar, np.tile(np.eye(2), (events, 1, 1)), DESIGN),
        rank_tests(scar[:, :1], [residuals(0)[None]] * events, DESIGN),
    ):
        assert outcome.measures == ()
        assert "not testable" in outcome.refusals[0]
    assert too_few(3) == ""


def test_one_series_has_no_block_to_correct_for():
    scar = np.array([[0.1, np.nan], [0.5, np.nan], [0.3, np.nan]])
    assert "one series" in cell_tests(scar, np.tile(np.eye(2), (3, 1, 1)), DESIGN).refusals[0]


def test_units_that_share_a_date_are_told_from_units_that_do_not():
    dates = np.array(["2025-04-03", "2025-04-10", "2025-04-03"], dtype="datetime64[D]")
    assert "2 units share 2025-04-03" in shared_dates(dates)
    assert shared_dates(dates[:2]) == ""
