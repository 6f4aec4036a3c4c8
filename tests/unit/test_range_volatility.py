"""Range-based abnormal volatility against hand ranks and worlds where the answer is known."""

import math

import numpy as np
import pytest

from eventstudy.garch import VarianceRule
from eventstudy.inference import single_event as one
from eventstudy.inference.inside import Inside
from eventstudy.inference.range_volatility import Ranges, range_measures
from eventstudy.ranges import Moves
from tests.event_worlds import DESIGN, evidence

CONSTANT = VarianceRule("constant", omega=1.0)


def symmetric(sizes, gap=0.0):
    """Bars that rise and fall by the same size and close where they opened."""
    size = np.asarray(sizes, dtype=float)
    still = np.zeros(len(size))
    return Moves(size, -size, still, still + gap, 0)


def calm_of(count):
    return Inside(np.zeros(count), np.ones(count), CONSTANT, np.array([-1.0, 1.0]))


def measures(ranges, span, *, inside=None):
    seen = evidence(np.zeros(len(ranges.after)), np.zeros((len(ranges.after), 1)))
    rows = range_measures(seen, inside or calm_of(len(ranges.calm)), ranges, span)
    return {row.method: row for row in rows}


def test_a_day_is_ranked_among_the_days_of_the_window():
    ranges = Ranges(symmetric([1, 2, 3, 4]), symmetric([3.5]))
    rows = measures(ranges, one.day_span(1, DESIGN))
    assert list(rows) == ["parkinson", "garman_klass", "rogers_satchell"]
    for row in rows.values():
        assert (row.statistic, row.n, row.p_value) == ("RAV", 4, pytest.approx(2 / 5))
        # variances go with squares, and their geometric mean over the calm is the reference
        assert row.estimate == pytest.approx(3.5**2 / math.sqrt(24))
        assert "overnight gap added" in row.null_distribution


def test_the_forecast_of_each_day_is_taken_out():
    # variances as forecast, times the same factor every day: nothing abnormal, though the last day is wild
    variances = np.array([1.0, 4.0, 9.0, 16.0])
    inside = Inside(np.zeros(4), variances, CONSTANT, np.array([-1.0, 1.0]))
    seen = evidence([0.0], np.zeros((1, 1)), variance=[25.0])
    ranges = Ranges(symmetric(np.sqrt(variances) * [1.1, 0.9, 1.2, 0.8]), symmetric([5.0]))
    row = range_measures(seen, inside, ranges, one.day_span(1, DESIGN))[0]
    assert row.p_value == pytest.approx(3 / 5)
    assert row.estimate == pytest.approx(1 / math.sqrt(1.1 * 0.9 * 1.2 * 0.8))


def test_a_window_averages_its_days_and_is_ranked_among_overlapping_windows():
    ranges = Ranges(symmetric([1, math.e, 1, math.e**2, 1]), symmetric([math.e, math.e]))
    row = measures(ranges, one.window_span(1, 2, DESIGN))["parkinson"]
    # half the sum of two log variances: 1 1 2 2 of the calm, 2 of the event
    assert (row.n, row.p_value) == (4, pytest.approx(3 / 5))
    assert row.estimate == pytest.approx(math.exp(2 - 1.5))


def test_later_steps_are_compared_with_forecasts_made_as_many_steps_ahead():
    rule = VarianceRule("garch", 0.5, 0.2, beta=0.3)
    z = np.array([-1.0, 1.0])
    variances = np.array([4.0, 1.0, 1.0, 1.0, 1.0])
    inside = Inside(np.zeros(5), variances, rule, z)
    seen = evidence([0.0, 0.0], np.zeros((2, 1)), variance=[1.0, 1.0])
    row = range_measures(
        seen, inside, Ranges(symmetric(np.ones(5)), symmetric([1, 1])), one.day_span(2, DESIGN)
    )[0]
    # two steps ahead of 4 the forecast is .5 + .5 * 4 = 2.5, ahead of 1 it is 1: mean log of (2.5, 1, 1, 1)
    assert row.n == 4
    assert row.estimate == pytest.approx(math.exp(math.log(2.5) / 4))


def test_the_gap_counts_unless_it_is_left_out():
    calm, after = symmetric([1, 2, 3, 4]), symmetric([1], gap=6.0)
    assert measures(Ranges(calm, after), one.day_span(1, DESIGN))["parkinson"].p_value == pytest.approx(1 / 5)
    bare = measures(Ranges(calm, after, overnight=False), one.day_span(1, DESIGN))["parkinson"]
    assert bare.p_value == pytest.approx(1.0)
    assert "without the overnight gap" in bare.null_distribution


def test_the_estimate_survives_a_change_of_unit_of_the_range_alone():
    # a range that sees a tenth of the variance everywhere: the mean over the calm takes it out
    calm, after = np.array([1.0, 2.0, 3.0, 4.0]), np.array([6.0])
    one_unit = measures(Ranges(symmetric(calm), symmetric(after)), one.day_span(1, DESIGN))["parkinson"]
    other = measures(Ranges(symmetric(calm / 3), symmetric(after / 3)), one.day_span(1, DESIGN))["parkinson"]
    assert one_unit.estimate == pytest.approx(other.estimate)
    assert one_unit.p_value == other.p_value


def test_bars_without_a_range_are_left_out_of_the_ranks():
    ranges = Ranges(symmetric([1, 0, 3, math.nan]), symmetric([2]))
    assert measures(ranges, one.day_span(1, DESIGN))["parkinson"].n == 2
    flat = measures(Ranges(symmetric([1, 2, 3]), symmetric([0])), one.day_span(1, DESIGN))["parkinson"]
    assert math.isnan(flat.estimate)
    assert math.isnan(flat.p_value)


def test_a_session_that_the_fit_left_out_does_not_count_as_calm():
    ranges = Ranges(symmetric([1, 50, 3, 4]), symmetric([20.0, 20.0]))
    inside = Inside(np.array([0, math.nan, 0, 0]), np.ones(4), CONSTANT, np.array([-1.0, 1.0]))
    rows = measures(ranges, one.window_span(1, 2, DESIGN), inside=inside)
    assert {method: row.n for method, row in rows.items()} == {
        "parkinson": 1, "garman_klass": 1, "rogers_satchell": 1, "yang_zhang": 1,
    }  # fmt: skip
    assert measures(ranges, one.day_span(1, DESIGN), inside=inside)["parkinson"].p_value == pytest.approx(
        1 / 4
    )


def test_without_any_bar_of_the_calm_nothing_can_be_said():
    row = measures(Ranges(symmetric([0.0, math.nan]), symmetric([2])), one.day_span(1, DESIGN))["parkinson"]
    assert row.n == 0
    assert all(math.isnan(x) for x in (row.estimate, row.p_value, row.mde))


def test_two_days_or_more_have_a_yang_zhang_row():
    generator = np.random.default_rng(1)
    gaps, changes = generator.standard_normal((2, 300))
    # bars that are trends have no Rogers-Satchell part: var(gap) + k var(change) alone
    calm = Moves(np.maximum(changes, 0), np.minimum(changes, 0), changes, gaps, 0)
    after = Moves(np.array([3.0, 0.0]), np.array([0.0, -3.0]), np.array([3.0, -3.0]), np.array([0.0, 0.0]), 0)
    rows = measures(Ranges(calm, after), one.window_span(1, 2, DESIGN))
    k = 0.34 / 4.34
    known = np.diff(gaps) ** 2 / 2 + k * np.diff(changes) ** 2 / 2
    assert rows["yang_zhang"].n == 299
    assert rows["yang_zhang"].estimate == pytest.approx(k * 18 / math.exp(np.log(known).mean()))
    assert rows["yang_zhang"].p_value == pytest.approx((1 + np.sum(known >= k * 18)) / 300)
    assert "yang_zhang" not in measures(Ranges(calm, after), one.day_span(1, DESIGN))


def test_a_detectable_multiple_is_found_with_the_power_asked_for():
    generator = np.random.default_rng(2)
    calm = np.exp(generator.standard_normal(4_000) / 2)
    row = measures(Ranges(symmetric(calm), symmetric([1.0])), one.day_span(1, DESIGN))["parkinson"]
    critical = np.quantile(calm, 0.95)
    fresh = np.exp(generator.standard_normal(100_000) / 2) * math.sqrt(row.mde)
    assert (fresh > critical).mean() == pytest.approx(0.80, abs=0.02)
