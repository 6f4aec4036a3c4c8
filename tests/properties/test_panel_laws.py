"""Laws that every panel test obeys whatever the sample: units, order, sign, and what one event can do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.inference.panel import battery
from eventstudy.inference.panel.view import of_events
from tests.panel_samples import mean_adjusted

CLOSED = list(battery.CLOSED_FORM)
WINDOWS = [(0, 0), (0, 2)]
ROUNDING = 1e-8  # relative: sums in another order, squared and subtracted
SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed, missing=True):
    """Twenty-four events of nine firms on twelve dates, dependent on some, with a few days missing."""
    rng = np.random.default_rng(seed)
    dates = rng.choice([200, 202, 203, 400, 600, 601, 800, 1000, 1200, 1201, 1400, 1600], 24)
    common = rng.standard_normal(2000)
    rows = dates[:, None] + np.arange(-50, 3)
    returns = 0.5 * common[rows] + rng.standard_normal(rows.shape)
    if missing:
        returns[rng.random(returns.shape) < 0.02] = np.nan
    return mean_adjusted(returns, estimation=50, dates=dates, firm=rng.integers(0, 9, 24))


def table_of(sample, **given):
    return battery.run(sample, WINDOWS, seed=2, tests=CLOSED, **given)


def assert_alike(one, other, columns=("statistic", "p_value")):
    for column in columns:
        np.testing.assert_allclose(one[column], other[column], rtol=ROUNDING, atol=1e-10)
    same = ["test", "n", "null_distribution", "refused"]
    assert one[same].equals(other[same])


@given(SEEDS, st.sampled_from([1e-4, 0.01, 100.0]))
def test_the_unit_of_returns_changes_nothing(seed, unit):
    sample = drawn(seed)
    scaled = replace(
        sample,
        residuals=unit * sample.residuals,
        abnormal=unit * sample.abnormal,
        sigma=unit * sample.sigma,
    )
    assert_alike(table_of(sample), table_of(scaled))


@given(SEEDS)
def test_the_order_of_events_changes_nothing(seed):
    sample = drawn(seed)
    shuffled = of_events(sample, np.random.default_rng(seed).permutation(24))
    assert_alike(table_of(sample), table_of(shuffled))


@given(SEEDS)
def test_the_other_sign_gives_the_other_statistic_and_the_same_p(seed):
    sample = drawn(seed)
    mirrored = replace(sample, residuals=-sample.residuals, abnormal=-sample.abnormal)
    one, other = table_of(sample), table_of(mirrored)
    assert_alike(one, other, columns=("p_value",))
    ranked = one["test"].eq("wilcoxon")
    np.testing.assert_allclose(
        one["statistic"][~ranked], -other["statistic"][~ranked], rtol=ROUNDING, atol=1e-10
    )
    n = one["n"][ranked]
    assert (one["statistic"][ranked] + other["statistic"][ranked]).tolist() == (n * (n + 1) / 2).tolist()


@given(SEEDS)
def test_the_calendar_matters_only_through_who_meets_whom(seed):
    sample = drawn(seed)
    later = replace(sample, event_days=sample.event_days + 5000, residual_days=sample.residual_days + 5000)
    assert_alike(table_of(sample), table_of(later))


@given(SEEDS)
def test_p_values_are_probabilities_and_every_refusal_gives_its_reason(seed):
    table = battery.run(drawn(seed), WINDOWS, seed=1, replications=99)
    refused = table["refused"].ne("")
    assert table["statistic"].isna().equals(refused)
    assert table["p_value"].isna().equals(refused)
    assert table["p_value"][~refused].between(0, 1).all()


@given(SEEDS)
def test_a_larger_common_shift_never_raises_the_p_of_a_test_with_a_fixed_spread(seed):
    sample = drawn(seed, missing=False)
    fixed = ["portfolio_t", "lamb", "patell", "adj_patell"]
    shifted = [replace(sample, abnormal=sample.abnormal + shift) for shift in (2.0, 3.0)]
    small, large = (battery.run(one, WINDOWS, seed=1, tests=fixed)["p_value"] for one in shifted)
    assert (large <= small).all()


@pytest.mark.parametrize("test", battery.RESAMPLED)
def test_bootstraps_do_not_see_the_unit_either(test):
    sample = drawn(5)
    scaled = replace(sample, abnormal=100 * sample.abnormal, residuals=100 * sample.residuals)
    one, other = (
        battery.run(given, WINDOWS, seed=3, replications=499, tests=[test]) for given in (sample, scaled)
    )
    assert_alike(one, other)
