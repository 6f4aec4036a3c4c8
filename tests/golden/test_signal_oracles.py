"""Signals against published and independently computed numbers (methods specification 5.1 to 5.3)."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from eventstudy.signals import VolatilityForecast
from eventstudy.signals.collar import annual_sigma, breach_probability, zero_cost_collar
from eventstudy.signals.fx_hedge import LAMBDA, TESTED, minimum_variance_hedge
from eventstudy.signals.nikkei_vi import implied_session_sd, implied_variance, sessions_ahead
from eventstudy.signals.options import Terms

SIX_DIGITS = 5e-7  # the oracles are printed to six decimals
ORIGIN = date(2025, 4, 4)


@pytest.mark.parametrize(
    ("terms", "put_strike", "sigma", "put", "call_strike"),
    [
        (Terms(100, 0.25, 0.0, 0.0), 95, 0.30, 3.665865, 105.844889),
        (Terms(100, 30 / 365, 0.005, 0.02), 95, 0.35, 1.934568, 105.351476),
        (Terms(100, 90 / 365, 0.0475, 0.015), 90, 0.45, 4.100068, 114.855633),
    ],
)
def test_zero_cost_collars_match_the_published_oracles(terms, put_strike, sigma, put, call_strike):
    collar = zero_cost_collar(terms, put_strike, put_sigma=sigma, call_sigma=sigma)
    assert collar.put_price == pytest.approx(put, abs=SIX_DIGITS)
    assert collar.call_strike == pytest.approx(call_strike, abs=SIX_DIGITS)


def test_the_nikkei_vi_of_7_april_2025_in_per_cent_per_session_and_per_thirty_days():
    assert implied_session_sd(58.39) == pytest.approx(3.678, abs=5e-4)  # printed to three decimals
    assert math.sqrt(implied_variance(58.39)) == pytest.approx(16.74, abs=5e-3)  # printed to two


def test_the_fall_of_7_april_2025_was_a_3_49_sigma_day_on_the_previous_nikkei_vi():
    before = implied_session_sd(35.58)
    assert before == pytest.approx(2.241, abs=5e-4)
    assert -7.827 / before == pytest.approx(-3.49, abs=5e-3)


def test_thirty_days_after_4_april_2025_hold_nineteen_tokyo_sessions():
    # 7 April to 4 May: four weeks of five weekdays, less Showa Day (29 April); Constitution Day
    # and Greenery Day fall on the weekend of 3 and 4 May.
    assert sessions_ahead(date(2025, 4, 4)) == 19


def test_variances_are_annualised_over_252_sessions():
    # a constant 4 per cent squared is 2 per cent a session, 2 * sqrt(252) = 31.749 per cent a year
    assert annual_sigma((4.0,) * 21) == pytest.approx(0.317490, abs=SIX_DIGITS)
    assert annual_sigma((1.0, 7.0)) == pytest.approx(0.317490, abs=SIX_DIGITS)


def test_breach_at_the_last_close_matches_the_normal_distribution():
    innovations = np.random.default_rng(7).standard_normal(200_000)
    forecast = VolatilityForecast("topix", ORIGIN, (4.0,) * 21, tuple(innovations.tolist()))
    _, last_close = breach_probability(forecast, 21, 0.95, ORIGIN)
    barrier = 100 * math.log(0.95) / math.sqrt(21 * 4.0)
    expected = 0.5 * math.erfc(-barrier / math.sqrt(2))
    # four Monte Carlo standard errors of 20,000 paths at a probability near 0.29
    assert last_close == pytest.approx(expected, abs=4 * math.sqrt(0.29 * 0.71 / 20_000))


def test_the_hedge_equals_an_explicit_loop_over_sessions():
    generator = np.random.default_rng(3)
    hedge = generator.normal(0, 0.6, 400)
    position = 0.8 * hedge + generator.normal(0, 1.4, 400)
    covariance = own = other = weight = 0.0
    left = []
    for day, (x, y) in enumerate(zip(hedge, position, strict=True)):
        if day >= 400 - TESTED:
            left.append(y - covariance / other * x)
        covariance, own = LAMBDA * covariance + x * y, LAMBDA * own + y * y
        other, weight = LAMBDA * other + x * x, LAMBDA * weight + 1
    found = minimum_variance_hedge(position, hedge)
    computed = (
        found.ratio,
        found.covariance,
        found.position_variance,
        found.hedge_variance,
        found.correlation,
    )
    expected = (
        covariance / other,
        covariance / weight,
        own / weight,
        other / weight,
        covariance / math.sqrt(own * other),
    )
    assert computed == pytest.approx(expected, rel=1e-10)  # the same sums in another order
    removed = 1 - np.var(left) / np.var(position[-TESTED:])
    assert found.reduction_tested == pytest.approx(removed, rel=1e-10)


def test_a_position_in_fixed_proportion_to_the_hedge_has_that_ratio_and_no_error():
    hedge = np.random.default_rng(4).normal(0, 0.6, 400)
    found = minimum_variance_hedge(-1.75 * hedge, hedge)
    assert found.ratio == pytest.approx(-1.75, rel=1e-12)
    assert found.standard_error == pytest.approx(0, abs=1e-12)
    assert found.correlation == pytest.approx(-1, rel=1e-12)
    assert (found.reduction, found.reduction_tested) == pytest.approx((1, 1), rel=1e-12)


def test_the_standard_error_is_the_scatter_of_the_ratio_over_simulated_worlds():
    generator = np.random.default_rng(5)
    worlds = []
    for _ in range(400):
        hedge = generator.normal(0, 0.6, 310)
        worlds.append(minimum_variance_hedge(0.5 * hedge + generator.normal(0, 1.4, 310), hedge))
    scatter = np.std([world.ratio for world in worlds])
    told = np.sqrt(np.mean([world.standard_error**2 for world in worlds]))
    # 400 worlds leave 3.5 % on the scatter; 32 effective sessions bias the told error down by a few per cent
    assert told == pytest.approx(scatter, rel=0.15)
