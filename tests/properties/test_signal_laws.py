"""Laws of signals over random inputs: option identities, bounds that can be proved, and no look-ahead."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy import signals
from eventstudy.signals.base import VolatilityForecast
from eventstudy.signals.collar import PATHS, breach_probability, zero_cost_collar
from eventstudy.signals.options import Terms, call_delta, call_price, put_delta, put_price, strike_of_call
from tests.signal_worlds import SERIES, evening, forecasts_from, invented_closes

SIGMA = st.floats(min_value=0.2, max_value=1.5)
TERMS = st.builds(
    Terms,
    spot=st.floats(min_value=1.0, max_value=1e5),
    years=st.floats(min_value=0.05, max_value=2.0),
    rate=st.floats(min_value=-0.01, max_value=0.1),
    dividend=st.floats(min_value=0.0, max_value=0.1),
)
SHARE = st.floats(min_value=0.85, max_value=0.999)
WORLD = invented_closes()
DAY = "2025-04-04"
BEFORE = signals.compute(WORLD, evening(DAY), forecasts=forecasts_from(date.fromisoformat(DAY)))
LATER = WORLD.index[WORLD.index > pd.Timestamp(DAY)]


@given(TERMS, st.floats(min_value=0.7, max_value=1.4), SIGMA)
def test_a_call_less_a_put_is_a_forward(terms, moneyness, sigma):
    strike = moneyness * terms.spot
    difference = call_price(terms, strike, sigma) - put_price(terms, strike, sigma)
    forward = terms.spot * math.exp(-terms.dividend * terms.years) - strike * math.exp(
        -terms.rate * terms.years
    )
    assert difference == pytest.approx(forward, abs=1e-11 * terms.spot)  # rounding of sums of the spot's size


@given(TERMS, st.floats(min_value=0.8, max_value=1.2), SIGMA)
def test_deltas_are_the_slopes_of_prices(terms, moneyness, sigma):
    strike, step = moneyness * terms.spot, 1e-4 * terms.spot
    up = Terms(terms.spot + step, terms.years, terms.rate, terms.dividend)
    down = Terms(terms.spot - step, terms.years, terms.rate, terms.dividend)
    for price, delta in ((call_price, call_delta), (put_price, put_delta)):
        slope = (price(up, strike, sigma) - price(down, strike, sigma)) / (2 * step)
        # third derivative times step squared: at most about (1e-4 / (sigma sqrt T))**2, 5e-6 here
        assert delta(terms, strike, sigma) == pytest.approx(slope, abs=2e-5)


@given(TERMS, SHARE, SIGMA)
def test_a_zero_cost_collar_costs_nothing_and_its_delta_is_the_slope_of_the_whole_position(
    terms, share, sigma
):
    collar = zero_cost_collar(terms, share * terms.forward, put_sigma=sigma, call_sigma=sigma)

    def position(spot: float) -> float:
        moved = Terms(spot, terms.years, terms.rate, terms.dividend)
        bought = put_price(moved, collar.put_strike, sigma)
        return spot + bought - call_price(moved, collar.call_strike, sigma)

    assert position(terms.spot) == pytest.approx(terms.spot, rel=1e-9)
    step = 1e-4 * terms.spot
    slope = (position(terms.spot + step) - position(terms.spot - step)) / (2 * step)
    assert collar.net_delta == pytest.approx(slope, abs=4e-5)  # twice the error of one option's slope


@given(TERMS, SHARE, SIGMA)
def test_put_call_symmetry_bounds_the_call_strike_from_below(terms, share, sigma):
    # call(F**2 / K) = (F / K) put(K) > put(K) for K < F, and calls fall in their strike
    strike = share * terms.forward
    collar = zero_cost_collar(terms, strike, put_sigma=sigma, call_sigma=sigma)
    assert collar.call_strike > terms.forward**2 / strike * (1 - 1e-9)


@given(TERMS, SHARE, SIGMA, st.floats(min_value=0.005, max_value=0.2))
def test_a_dearer_put_is_paid_by_a_lower_call_strike(terms, share, sigma, skew):
    strike = share * terms.forward
    flat = zero_cost_collar(terms, strike, put_sigma=sigma, call_sigma=sigma)
    skewed = zero_cost_collar(terms, strike, put_sigma=sigma + skew, call_sigma=sigma)
    assert skewed.put_price > flat.put_price
    assert skewed.call_strike < flat.call_strike


@given(TERMS, st.floats(min_value=0.8, max_value=1.3), SIGMA)
def test_the_strike_that_a_premium_buys_inverts_the_price_of_a_call(terms, moneyness, sigma):
    strike = moneyness * terms.spot
    premium = call_price(terms, strike, sigma)
    if premium > 1e-6 * terms.spot:
        assert strike_of_call(terms, premium, sigma) == pytest.approx(strike, rel=1e-7)


@settings(max_examples=25)
@given(st.lists(st.floats(min_value=0.25, max_value=25), min_size=21, max_size=21), SHARE)
def test_a_symmetric_walk_touches_at_most_twice_as_often_as_it_ends_below(variances, share):
    # Levy's inequality for symmetric increments: P(any below) <= 2 P(last below)
    half = np.abs(np.random.default_rng(9).standard_normal(300))
    innovations = tuple(np.concatenate([half, -half]).tolist())
    forecast = VolatilityForecast("topix", date(2025, 4, 4), tuple(variances), innovations)
    any_close, last_close = breach_probability(forecast, 21, share, date(2025, 4, 4))
    assert (
        last_close <= any_close <= 2 * last_close + 5 * math.sqrt(1 / PATHS)
    )  # five standard errors at most


@settings(max_examples=25)
@given(
    st.integers(min_value=0, max_value=len(LATER) - 1),
    st.sampled_from(SERIES),
    st.one_of(st.floats(min_value=-1e6, max_value=1e6), st.just(math.nan), st.just(math.inf)),
)
def test_no_bar_after_the_instant_changes_any_reading(place, series, price):
    changed = WORLD.copy()
    changed.loc[LATER[place], series] = price
    after = signals.compute(changed, evening(DAY), forecasts=forecasts_from(date.fromisoformat(DAY)))
    assert after == BEFORE


def test_the_closes_of_the_day_itself_do_change_the_readings():
    for series in SERIES[:4]:
        changed = WORLD.copy()
        changed.loc[pd.Timestamp(DAY), series] *= 1.01
        after = signals.compute(changed, evening(DAY), forecasts=forecasts_from(date.fromisoformat(DAY)))
        assert after != BEFORE


def test_cutting_the_future_off_changes_no_reading():
    past = WORLD.loc[:DAY]
    after = signals.compute(past, evening(DAY), forecasts=forecasts_from(date.fromisoformat(DAY)))
    assert after == BEFORE
    assert {reading.verdict for reading in after} == {"UNSCORED"}
