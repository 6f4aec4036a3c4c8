"""Signals: the table, the cut at the instant, each signal's own refusals and arithmetic."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from eventstudy import signals
from eventstudy.errors import BadPrices, BadValue
from eventstudy.series import AUTOS_ETF
from eventstudy.signals import SIGNALS, UnknownSignal, VolatilityForecast
from eventstudy.signals.base import CannotAnswer
from eventstudy.signals.collar import breach_probability, zero_cost_collar
from eventstudy.signals.fx_hedge import minimum_variance_hedge
from eventstudy.signals.options import Terms, strike_of_call
from tests.signal_worlds import TOKYO, evening, flat_forecast, forecasts_from, invented_closes

DAY = date(2025, 4, 4)
NOW = evening("2025-04-04")


def one(name: str, closes: pd.DataFrame, moment: datetime = NOW, forecasts=None):
    chosen = forecasts_from(DAY) if forecasts is None else forecasts
    (reading,) = signals.compute(closes, moment, forecasts=chosen, only=[name])
    return reading


def test_the_table_is_keyed_by_id():
    assert list(SIGNALS) == ["auto_collar", "usdjpy_hedge", "nikkei_vi_premium"]
    assert {name: signal.id for name, signal in SIGNALS.items()} == {name: name for name in SIGNALS}


def test_readings_come_in_the_order_asked():
    asked = ["usdjpy_hedge", "auto_collar"]
    readings = signals.compute(invented_closes(), NOW, forecasts=forecasts_from(DAY), only=asked)
    assert [reading.id for reading in readings] == asked


def test_wrong_questions_are_refused_with_a_remedy():
    with pytest.raises(UnknownSignal, match="did you mean 'auto_collar'"):
        one("auto_colar", invented_closes())
    with pytest.raises(BadValue, match="as_of"):
        one("auto_collar", invented_closes(), NOW.replace(tzinfo=None))
    with pytest.raises(BadPrices, match="time zone"):
        one("auto_collar", invented_closes().tz_localize("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("variances", "innovations"),
    [((), (0.1,)), ((1.0, 0.0), (0.1,)), ((1.0, math.nan), (0.1,)), ((1.0,), ()), ((1.0,), (math.inf,))],
)
def test_a_forecast_of_something_impossible_is_refused(variances, innovations):
    with pytest.raises(BadValue, match="topix"):
        VolatilityForecast("topix", DAY, variances, innovations)


@pytest.mark.parametrize(
    ("clock_time", "fund", "rate"),
    [
        ("15:29", "2025-04-03", "2025-04-03"),
        ("15:30", "2025-04-04", "2025-04-03"),
        ("16:59", "2025-04-04", "2025-04-03"),
        ("17:00", "2025-04-04", "2025-04-04"),
    ],
)
def test_each_series_is_known_from_the_instant_its_own_clock_strikes(clock_time, fund, rate):
    moment = datetime.fromisoformat(f"2025-04-04T{clock_time}").replace(tzinfo=TOKYO)
    reading = one("usdjpy_hedge", invented_closes(), moment)
    assert [str(item.last_session) for item in reading.inputs] == [fund, rate]
    assert f"Up to {rate}" in reading.sentence


def test_one_instant_read_in_two_zones_gives_one_number():
    here = one("auto_collar", invented_closes(), NOW)
    there = one("auto_collar", invented_closes(), NOW.astimezone(UTC))
    assert (here.value, here.details) == (there.value, there.details)


def test_a_fake_calendar_decides_what_is_known():
    def always_thursday(clock: str, moment: datetime) -> date:
        return date(2025, 4, 3)

    (reading,) = signals.compute(
        invented_closes(),
        NOW,
        forecasts=forecasts_from(date(2025, 4, 3)),
        expected_session=always_thursday,
        only=["auto_collar"],
    )
    assert reading.inputs[0].last_session == date(2025, 4, 3)
    assert reading.verdict == "UNSCORED"


def test_a_series_that_ended_before_the_calendars_began_is_stale():
    old = pd.DataFrame({AUTOS_ETF: [100.0]}, index=pd.DatetimeIndex(["1990-01-04"]).as_unit("us"))
    reading = one("auto_collar", old)
    assert reading.inputs[0].status == "stale"


def test_the_weekend_repeats_fridays_number():
    friday, sunday = (
        one("auto_collar", invented_closes(), evening(day)) for day in ("2025-04-04", "2025-04-06")
    )
    assert (friday.value, friday.details) == (sunday.value, sunday.details)
    assert (friday.as_of, sunday.as_of) == (date(2025, 4, 4), date(2025, 4, 6))


def test_the_collar_states_its_terms_and_its_skewed_strike_is_lower():
    details = one("auto_collar", invented_closes()).details
    assert (details["rate"], details["dividend"], details["skew_points"]) == (0.005, 0.02, 3.0)
    assert (details["years"], details["sessions"]) == (30 / 365, 21)
    assert details["put_strike"] == pytest.approx(0.95 * details["spot"])
    assert details["sigma_annual"] == pytest.approx(1.5 * math.sqrt(252))
    assert details["call_strike_skewed"] < details["call_strike"]
    assert details["upside_given_up_above"] == pytest.approx(details["call_strike_share"] - 100)


def test_the_collar_refuses_a_forecast_shorter_than_its_life():
    short = VolatilityForecast(AUTOS_ETF, DAY, (2.0,) * 20, (0.5, -0.5))
    reading = one("auto_collar", invented_closes(), forecasts={AUTOS_ETF: short})
    assert reading.verdict == "REFUSED"
    assert "reaches 20 sessions ahead, not 21" in reading.sentence


@pytest.mark.parametrize(("fall", "breached"), [(5.12, 0.0), (5.14, 1.0)])
def test_the_barrier_is_a_share_of_spot_and_paths_are_log_returns(fall, breached):
    # exp(-0.0512) = 0.95009 and exp(-0.0514) = 0.94990: the log barrier of 0.95 lies at 5.129 per cent
    certain = VolatilityForecast(AUTOS_ETF, DAY, (fall**2,), (-1.0,))
    assert breach_probability(certain, 1, 0.95, DAY) == (breached, breached)


def test_a_worthless_put_has_no_zero_cost_collar():
    with pytest.raises(CannotAnswer, match="worth nothing"):
        zero_cost_collar(Terms(100, 30 / 365, 0.0, 0.0), 95, put_sigma=0.01, call_sigma=0.01)


@pytest.mark.parametrize("premium", [0.0, -1.0, 100.0])
def test_no_strike_buys_an_impossible_premium(premium):
    with pytest.raises(BadValue, match="premium"):
        strike_of_call(Terms(100, 0.25, 0.0, 0.0), premium, 0.3)


def test_a_far_strike_is_found_for_a_small_premium():
    # at 150 % volatility over two years, a call struck at ten times the spot is worth more than a tenth of it
    terms = Terms(100, 2.0, 0.0, 0.0)
    assert strike_of_call(terms, 5.0, 1.5) > 1000


def test_the_hedge_never_mixes_clocks():
    closes = invented_closes().rename(columns={"usdjpy_tokyo_1700": "usdjpy"})
    reading = one("usdjpy_hedge", closes)
    assert reading.verdict == "REFUSED"
    assert "usdjpy is at hand but keeps the clock new_york_1700" in reading.sentence


def test_the_hedge_counts_spans_that_both_series_share():
    closes = invented_closes()
    closes.loc[pd.Timestamp("2025-04-02"), AUTOS_ETF] = np.nan
    full, holed = one("usdjpy_hedge", invented_closes()), one("usdjpy_hedge", closes)
    assert holed.details["n_returns"] == full.details["n_returns"] - 1


def test_the_hedge_refuses_short_or_motionless_history():
    reading = one("usdjpy_hedge", invented_closes().loc["2024-04-01":])
    assert "too few" in reading.sentence
    moving = np.random.default_rng(1).normal(size=400)
    for position, hedge in ((moving, 0 * moving), (0 * moving, moving)):
        with pytest.raises(CannotAnswer, match="did not move"):
            minimum_variance_hedge(position, hedge)


def test_a_hedge_that_stood_still_on_the_first_day_is_no_error():
    hedge, noise = np.random.default_rng(1).normal(size=(2, 400))
    hedge[0] = 0.0
    assert math.isfinite(minimum_variance_hedge(hedge + noise, hedge).ratio)


def test_the_premium_is_implied_less_forecast_variance():
    closes = invented_closes()
    closes.loc[pd.Timestamp("2025-04-04"), "nikkei_vi"] = 36.5
    forecast = flat_forecast("nikkei225", DAY, sd=2.0)
    reading = one("nikkei_vi_premium", closes, forecasts={"nikkei225": forecast})
    # 36.5**2 * 30 / 365 = 109.5 and 19 sessions of 4 per cent squared make 76
    assert reading.value == pytest.approx(109.5 - 76.0)
    assert reading.details["forecast_vol_annual"] == pytest.approx(math.sqrt(76 * 365 / 30))
    spread = np.var(np.square(forecast.innovations)) * 19 * 16
    assert reading.details["realised_variance_sd"] == pytest.approx(math.sqrt(spread))


def test_the_last_move_is_measured_by_the_volatility_index_of_the_session_before():
    closes = invented_closes()
    closes.loc[pd.Timestamp("2025-04-03"), ["nikkei225", "nikkei_vi"]] = [33780.58, 35.58]
    closes.loc[pd.Timestamp("2025-04-04"), ["nikkei225", "nikkei_vi"]] = [31136.58, 58.39]
    details = one("nikkei_vi_premium", closes).details
    assert details["last_change"] == pytest.approx(-7.8270, abs=5e-5)
    assert details["last_change_in_implied_sd"] == pytest.approx(-3.49, abs=5e-3)


@pytest.mark.parametrize("gap", ["nikkei225", "nikkei_vi"])
def test_the_last_move_is_left_out_when_the_session_before_is_missing(gap):
    closes = invented_closes()
    closes.loc[pd.Timestamp("2025-04-03"), gap] = np.nan
    reading = one("nikkei_vi_premium", closes)
    assert reading.verdict == "UNSCORED"
    assert "last_change" not in reading.details


def test_the_premium_needs_both_closes_of_one_session():
    closes = invented_closes()
    closes.loc[pd.Timestamp("2025-04-04"), "nikkei_vi"] = np.nan
    reading = one("nikkei_vi_premium", closes)
    assert reading.verdict == "REFUSED"
    assert "nikkei_vi ends on 2025-04-03 and nikkei225 on 2025-04-04" in reading.sentence
