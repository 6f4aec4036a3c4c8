"""The joint variance dummy against its closed form under a constant variance, and the designs it refuses."""

import math

import numpy as np
import pytest

from eventstudy.errors import DegenerateDesign, OutsideData
from eventstudy.inference.joint_variance import joint_lr
from eventstudy.values import Design
from tests.event_worlds import PUBLISHED, simulated_returns, student

GAUSSIAN = Design(mean="zero", variance="constant", dist="normal", starts=1)
# An optimum of a one-dimensional likelihood is found to 1e-6, an interval's end to 1e-3 of log variance.
OPTIMUM, END = 1e-5, 5e-3


def returns_with(multiple, window, count=200, seed=1):
    values = np.random.default_rng(seed).standard_normal(count)
    values[window[0] : window[1] + 1] *= math.sqrt(multiple)
    return values


def closed_form(values, window):
    """Mean squares inside and outside the window, with their numbers of days."""
    inside = np.zeros(len(values), bool)
    inside[window[0] : window[1] + 1] = True
    return np.mean(values[inside] ** 2), inside.sum(), np.mean(values[~inside] ** 2), (~inside).sum()


def likelihood_ratio(values, window, delta):
    """Of a factor exp(delta) against the best one, under normal returns of constant variance."""
    a, n, b, m = closed_form(values, window)
    s2 = (n * a * math.exp(-delta) + m * b) / (n + m)
    return (n + m) * math.log(s2) + n * delta - n * math.log(a) - m * math.log(b)


def test_under_a_constant_variance_the_factor_is_the_ratio_of_mean_squares():
    window = (195, 199)
    values = returns_with(8.0, window)
    row = joint_lr(values, window, GAUSSIAN, replications=39)
    a, n, b, m = closed_form(values, window)
    assert (row.statistic, row.method, row.n) == ("VR", "joint_lr", 200)
    assert row.estimate == pytest.approx(a / b, rel=OPTIMUM)
    assert row.se == pytest.approx(a / b * math.sqrt(2 / n + 2 / m), rel=1e-4)
    assert row.floor == row.p_value == pytest.approx(1 / 40)


def test_the_interval_ends_where_the_likelihood_ratio_meets_one_critical_value():
    window = (195, 199)
    values = returns_with(3.0, window)
    row = joint_lr(values, window, GAUSSIAN, replications=39)
    ends = [likelihood_ratio(values, window, math.log(end)) for end in (row.lower, row.upper)]
    assert ends[0] == pytest.approx(ends[1], rel=END)
    assert row.lower < row.estimate < row.upper
    # five normal days: the bootstrap's 5 % value is near chi-square's 3.84, as far as 39 draws can tell
    assert 2 < ends[0] < 8


def test_interval_and_p_value_agree_about_no_effect():
    for seed in range(6):
        window = (117, 119)
        values = returns_with(4.0, window, 120, seed)
        row = joint_lr(values, window, GAUSSIAN, replications=39, seed=seed)
        assert (row.lower > 1 or row.upper < 1) == (row.p_value <= 0.05)


def test_chi_square_is_quoted_for_five_days_and_not_for_fewer():
    values = returns_with(2.0, (195, 199))
    five = joint_lr(values, (195, 199), GAUSSIAN, replications=19).null_distribution
    three = joint_lr(values, (195, 197), GAUSSIAN, replications=19).null_distribution
    quoted = likelihood_ratio(values, (195, 199), 0.0)
    # P(chi-square(1) > x) = erfc(sqrt(x / 2))
    assert five.endswith(f"chi-square(1) would give p={math.erfc(math.sqrt(quoted / 2)):.3g}")
    assert three == "likelihood ratio, parametric bootstrap, B=19, two-sided"


def test_too_few_replications_for_the_level_leave_the_interval_open_to_question():
    row = joint_lr(returns_with(2.0, (195, 199)), (195, 199), GAUSSIAN, replications=9)
    assert all(math.isnan(x) for x in (row.lower, row.upper, row.mde))
    assert row.floor == pytest.approx(0.1)


def test_a_gjr_world_gives_its_factor_back_within_the_interval():
    returns, _ = simulated_returns(PUBLISHED, student(np.random.default_rng(11), 510))
    window = (501, 509)
    returns[window[0] :] *= 5.0
    row = joint_lr(returns, window, Design(starts=2), mean_day=500, replications=39, seed=2)
    assert 1 < row.lower < 25 < row.upper


def test_a_session_without_a_return_counts_for_nothing():
    values = returns_with(5.0, (195, 199))
    values[50] = math.nan
    row = joint_lr(values, (195, 199), GAUSSIAN, replications=19)
    known = values[np.isfinite(values)]
    a, _, b, _ = closed_form(known, (194, 198))
    assert row.n == 199
    assert row.estimate == pytest.approx(a / b, rel=OPTIMUM)


def test_a_mean_dummy_takes_its_day_out_of_the_level():
    values = returns_with(5.0, (195, 199))
    values[194] = 40.0
    row = joint_lr(values, (195, 199), GAUSSIAN, mean_day=194, replications=19)
    a, _, b, m = closed_form(np.delete(values, 194), (194, 198))
    # the dummy sets that residual to 0 but the day still counts among those outside
    assert row.estimate == pytest.approx(a / (b * m / (m + 1)), rel=OPTIMUM)


@pytest.mark.parametrize("day", [195, 197, 199])
def test_a_mean_dummy_inside_the_variance_window_is_refused_by_name_of_its_session(day):
    with pytest.raises(DegenerateDesign, match=f"session number {day}"):
        joint_lr(np.ones(200), (195, 199), GAUSSIAN, mean_day=day)


@pytest.mark.parametrize(("window", "told"), [((199, 199), "1 session of"), ((198, 199), "2 sessions of")])
def test_event_induced_variance_on_less_than_three_days_of_one_event_is_refused(window, told):
    with pytest.raises(DegenerateDesign, match=f"{told} one event cannot be told from the event's return"):
        joint_lr(np.ones(200), window, GAUSSIAN)


def test_a_window_beyond_the_returns_is_refused():
    with pytest.raises(OutsideData, match="200 returns"):
        joint_lr(np.ones(200), (198, 200), GAUSSIAN)
