"""The multiplicative volatility effect: the golden panel's digits, and the bias of the published form."""

import math

import numpy as np
import pytest

from eventstudy.errors import BadValue
from eventstudy.garch import VarianceRule, forecast_variance
from eventstudy.inference.volatility_effect import (
    FEWEST_PLACEBOS,
    Windows,
    placebo_totals,
    published_p,
    volatility_multiple,
    volatility_tests,
)
from eventstudy.values import Design
from tests.panel_golden import ESTIMATION, golden_returns

DESIGN = Design(replications=999)
HALF_A_DIGIT = 5e-7


def golden_abnormal():
    """Abnormal returns (6, 5) and residual variances (6,) of the market model, L - 2 degrees of freedom."""
    market, firms = golden_returns()
    x = np.column_stack([np.ones(len(market)), market])
    coefficients = np.linalg.lstsq(x[:ESTIMATION], firms[:ESTIMATION], rcond=None)[0]
    left = firms - x @ coefficients
    return left[ESTIMATION:].T, (left[:ESTIMATION] ** 2).sum(axis=0) / (ESTIMATION - 2)


def days(count):
    return np.datetime64("2020-01-06") + 30 * np.arange(count)


@pytest.mark.parametrize(
    ("published", "digits"),
    [
        (True, [0.900668, 1.260704, 0.547148, 0.915876, 2.084268]),
        (False, [0.750557, 1.050587, 0.455957, 0.763230, 1.736890]),
    ],
)
def test_the_golden_panel_gives_every_printed_digit_of_the_multiple(published, digits):
    abnormal, variance = golden_abnormal()
    ours = volatility_multiple(abnormal, np.tile(variance[:, None], 5), published=published)
    assert ours == pytest.approx(digits, abs=HALF_A_DIGIT)


BIAS = {4: 1.33, 8: 1.14, 20: 1.05, 134: 1.01}
CHI2_PUBLISHED = {4: 0.229, 8: 0.156, 20: 0.103, 134: 0.068}
CHI2_NORMAL = {4: 0.050, 8: 0.054, 20: 0.048, 134: 0.048}
CHI2_FAT = {4: 0.096, 8: 0.111, 20: 0.131, 134: 0.147}


@pytest.mark.parametrize("count", [4, 8, 20, 134])
def test_the_published_form_is_biased_and_its_chi_square_fails_as_the_table_says(count):
    generator = np.random.default_rng(count)
    size = 4_000
    normal = generator.standard_normal((size, count, 5))
    fat = generator.standard_t(5, (size, count, 5)) * math.sqrt(0.6)
    unit = np.ones((count, 5))
    published = volatility_multiple(normal, unit, published=True)
    # M_t has a variance of about 2 / (N - 1): four standard errors of its mean, and half a printed digit
    slack = 4 * math.sqrt(2 / (count - 1) / published.size) + 0.005
    assert published.mean() == pytest.approx(BIAS[count], abs=slack)
    assert volatility_multiple(normal, unit).mean() == pytest.approx(1.0, abs=slack)
    tables = [
        (published, CHI2_PUBLISHED),
        (volatility_multiple(normal, unit), CHI2_NORMAL),
        (volatility_multiple(fat, unit), CHI2_FAT),
    ]
    for multiples, table in tables:
        rejected = np.mean([published_p(one, count) <= 0.05 for one in multiples])
        # both sides are simulations: 3.5 standard errors of their difference, 4,000 replications each
        error = math.sqrt(2 * table[count] * (1 - table[count]) / size)
        assert rejected == pytest.approx(table[count], abs=3.5 * error)


def test_without_an_effect_the_excess_is_zero_so_nothing_is_added_to_the_multiple():
    # third-party code adds 1 to M_t, which would put the mean of CAV at H
    generator = np.random.default_rng(5)
    variance = generator.uniform(0.5, 4.0, (6, 5))
    drawn = generator.standard_normal((20_000, 6, 5)) * np.sqrt(variance)
    excess = volatility_multiple(drawn, variance).sum(axis=-1) - 5
    assert excess.mean() == pytest.approx(0.0, abs=4 * excess.std() / math.sqrt(20_000))


def test_the_expected_scatter_is_a_variance_and_not_its_root():
    # third-party code feeds sigma: then returns twice as large against doubled sigma would look abnormal
    abnormal, variance = golden_abnormal()
    wide = np.tile(variance[:, None], 5)
    assert volatility_multiple(2 * abnormal, 4 * wide) == pytest.approx(volatility_multiple(abnormal, wide))
    assert volatility_multiple(2 * abnormal, 2 * wide) == pytest.approx(
        2 * volatility_multiple(abnormal, wide)
    )


def test_the_forecast_that_enters_adds_omega_from_the_first_step_on():
    # third-party code starts the sum at j = 1; by hand: h3 = .1 + .9 (.1 + .9 * 2) = 1.81, not 1.71
    rule = VarianceRule("garch", omega=0.1, alpha=0.1, beta=0.8)
    assert forecast_variance(rule, 2.0, 3) == pytest.approx([2.0, 1.9, 1.81])


def test_the_multiple_follows_a_worked_example():
    # three events, one day: e = 1, 2, 6; h = 1, 2, 3. sum e = 9, sum h = 6.
    # (3-9)^2/(3+6) + (6-9)^2/(6+6) + (18-9)^2/(9+6) = 4 + .75 + 5.4
    abnormal, variance = np.array([[1.0], [2.0], [6.0]]), np.array([[1.0], [2.0], [3.0]])
    assert volatility_multiple(abnormal, variance) == pytest.approx([10.15 / 3])
    assert volatility_multiple(abnormal, variance, published=True) == pytest.approx([10.15 / 2])


def test_placebo_windows_are_drawn_whole_and_never_twice_at_once():
    # with as many events as placebos every draw is the whole set: one value, whatever the order
    generator = np.random.default_rng(6)
    placebos = Windows(generator.standard_normal((5, 3)), generator.uniform(1, 2, (5, 3)))
    totals = placebo_totals(placebos, 5, 50, generator)
    assert totals == pytest.approx(
        np.full(50, volatility_multiple(placebos.abnormal, placebos.variance).sum())
    )


def test_every_placebo_is_drawn_equally_often():
    # one placebo of ten is loud; two of ten are drawn: its share of draws is 1/5
    abnormal = np.zeros((10, 1))
    abnormal[7] = 1.0
    totals = placebo_totals(Windows(abnormal, np.ones((10, 1))), 2, 20_000, np.random.default_rng(7))
    assert np.mean(totals > 0) == pytest.approx(0.2, abs=4 * math.sqrt(0.2 * 0.8 / 20_000))


@pytest.mark.parametrize("count", [4, 8])
def test_the_bootstrap_has_its_size_where_the_chi_square_rejects_a_fifth(count):
    generator = np.random.default_rng(100 + count)
    size, p_values, published = 800, [], []
    placebos = Windows(generator.standard_t(5, (2_000, 5)) * math.sqrt(0.6), np.ones((2_000, 5)))
    design = Design(replications=399)
    for _ in range(size):
        events = Windows(generator.standard_t(5, (count, 5)) * math.sqrt(0.6), np.ones((count, 5)))
        default, named = volatility_tests(events, days(count), design, generator, placebos=placebos).measures
        p_values.append(default.p_value)
        published.append(named.p_value)
    band = 3.5 * math.sqrt(0.05 * 0.95 / size)
    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=band)
    assert np.mean(np.array(published) <= 0.05) > 0.05 + 2 * band


def test_a_variance_four_times_as_large_is_found():
    generator = np.random.default_rng(8)
    placebos = Windows(generator.standard_normal((500, 5)), np.ones((500, 5)))
    events = Windows(2 * generator.standard_normal((8, 5)), np.ones((8, 5)))
    default, _ = volatility_tests(events, days(8), DESIGN, generator, placebos=placebos).measures
    assert default.method == "bgw_bootstrap"
    assert default.p_value == default.floor == 1 / 1_000
    assert default.lower < 5 * (4 - 1) < default.upper  # three times too much over five days
    assert 0 < default.mde < 5 * (4 - 1)


def test_simulated_windows_stand_in_for_placebos():
    generator = np.random.default_rng(9)
    events = Windows(generator.standard_normal((4, 2)), np.ones((4, 2)))
    drawn = generator.standard_normal((4, 2, 999))
    outcome = volatility_tests(events, days(4), DESIGN, generator, drawn=drawn)
    assert [one.method for one in outcome.measures] == ["bgw_fhs", "bgw_chi2"]
    null = [volatility_multiple(drawn[:, :, b], events.variance).sum() for b in range(999)]
    total = volatility_multiple(events.abnormal, events.variance).sum()
    assert outcome.measures[0].p_value == pytest.approx((1 + sum(one >= total for one in null)) / 1_000)
    assert "0 placebo windows" in outcome.refusals[0]


def test_the_published_form_is_called_invalid_by_name():
    generator = np.random.default_rng(10)
    events = Windows(generator.standard_normal((4, 2)), np.ones((4, 2)))
    [measure] = volatility_tests(events, days(4), DESIGN, generator).measures
    assert measure.method == "bgw_chi2"
    assert "as published, invalid at small N" in measure.null_distribution


def test_series_of_one_date_two_events_and_few_placebos_are_refused():
    generator = np.random.default_rng(11)
    four = Windows(generator.standard_normal((4, 2)), np.ones((4, 2)))
    one_date = np.array(["2025-04-03"] * 4, dtype="datetime64[D]")
    outcome = volatility_tests(four, one_date, DESIGN, generator)
    assert outcome.measures == ()
    assert "share 2025-04-03" in outcome.refusals[0]
    two = Windows(four.abnormal[:2], four.variance[:2])
    assert "not testable" in volatility_tests(two, days(2), DESIGN, generator).refusals[0]
    few = Windows(np.ones((FEWEST_PLACEBOS - 1, 2)), np.ones((FEWEST_PLACEBOS - 1, 2)))
    outcome = volatility_tests(four, days(4), DESIGN, generator, placebos=few)
    assert [one.method for one in outcome.measures] == ["bgw_chi2"]
    assert "49 placebo windows and 50 are needed" in outcome.refusals[0]


def test_variances_that_are_none_and_placebos_of_another_length_are_bad_values():
    generator = np.random.default_rng(12)
    events = Windows(np.ones((3, 2)), np.ones((3, 2)))
    with pytest.raises(BadValue, match="not all positive"):
        volatility_tests(Windows(np.ones((3, 2)), np.zeros((3, 2))), days(3), DESIGN, generator)
    other = Windows(np.ones((60, 3)), np.ones((60, 3)))
    with pytest.raises(BadValue, match="length"):
        volatility_tests(events, days(3), DESIGN, generator, placebos=other)
