"""The laws that every signal keeps, run over the table and the template."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from eventstudy.sessions import last_closed_session
from eventstudy.signals import SIGNALS
from eventstudy.signals.base import Signal, take_reading
from eventstudy.signals.template import SIGNAL as TEMPLATE
from tests.signal_worlds import evening, flat_forecast, forecasts_from, invented_closes

DAY = "2025-04-04"
TODAY = date.fromisoformat(DAY)
# Tokyo sessions after 28 March 2025: 31 March, 1, 2, 3, 4 April
THREE_BEHIND, FOUR_BEHIND = "2025-04-01", "2025-03-31"
every_signal = pytest.mark.parametrize("signal", [*SIGNALS.values(), TEMPLATE], ids=lambda signal: signal.id)


def read(signal: Signal, closes: pd.DataFrame, *, origin: date = TODAY, forecasts=None):
    return take_reading(
        signal,
        closes,
        evening(DAY),
        expected_session=last_closed_session,
        forecasts=forecasts_from(origin) if forecasts is None else forecasts,
    )


def ending(series: str, last: str) -> pd.DataFrame:
    closes = invented_closes()
    closes.loc[closes.index > pd.Timestamp(last), series] = np.nan
    return closes


@every_signal
def test_a_signal_with_fresh_inputs_gives_a_number_a_sentence_and_its_details(signal):
    reading = read(signal, invented_closes())
    assert (reading.id, reading.version, reading.verdict) == (signal.id, signal.version, "UNSCORED")
    assert reading.as_of == TODAY
    assert math.isfinite(reading.value)
    assert reading.value in reading.details.values()
    assert all(type(value) in (int, float) and math.isfinite(value) for value in reading.details.values())
    assert DAY in reading.sentence
    assert reading.sentence.endswith(".")
    assert [item.series for item in reading.inputs] == list(signal.series)
    assert {(item.status, item.last_session, item.expected_session) for item in reading.inputs} == {
        ("fresh", TODAY, TODAY)
    }


@every_signal
def test_a_signal_repeats_itself_to_the_last_bit(signal):
    assert read(signal, invented_closes()) == read(signal, invented_closes())


@every_signal
def test_a_signal_refuses_when_any_input_is_missing_and_names_it(signal):
    for series in signal.series:
        reading = read(signal, invented_closes().drop(columns=series))
        assert (reading.verdict, reading.value, reading.details) == ("REFUSED", None, {})
        assert f"no close of {series} was known by {DAY}" in reading.sentence
        assert f"bring {series}.csv" in reading.sentence
        assert next(item for item in reading.inputs if item.series == series).status == "missing"


@every_signal
def test_an_input_known_only_later_is_missing(signal):
    for series in signal.series:
        closes = invented_closes()
        closes.loc[closes.index <= pd.Timestamp(DAY), series] = np.nan
        assert read(signal, closes).verdict == "REFUSED"


@every_signal
def test_an_input_four_sessions_behind_is_stale_and_refused_with_both_dates(signal):
    for series in signal.series:
        reading = read(signal, ending(series, FOUR_BEHIND), origin=date.fromisoformat(FOUR_BEHIND))
        assert (reading.verdict, reading.value) == ("REFUSED", None)
        assert f"{series} ends on {FOUR_BEHIND} and {DAY} was expected" in reading.sentence
        assert next(item for item in reading.inputs if item.series == series).status == "stale"


@every_signal
def test_inputs_three_sessions_behind_are_still_fresh(signal):
    closes = invented_closes().loc[:THREE_BEHIND]
    reading = read(signal, closes, origin=date.fromisoformat(THREE_BEHIND))
    assert {item.status for item in reading.inputs} == {"fresh"}
    assert reading.verdict == "UNSCORED"
    assert THREE_BEHIND in reading.sentence


@every_signal
def test_a_signal_refuses_without_a_forecast_made_after_the_last_close(signal):
    for name in signal.forecasts:
        missing = read(signal, invented_closes(), forecasts={})
        assert f"there is no volatility forecast of {name}" in missing.sentence
        for origin in (date(2025, 4, 3), date(2025, 4, 7)):
            wrong = read(signal, invented_closes(), forecasts={name: flat_forecast(name, origin)})
            assert wrong.verdict == "REFUSED"
            assert f"starts from {origin}" in wrong.sentence


@every_signal
def test_a_price_that_is_no_price_makes_the_signal_refuse_and_not_crash(signal):
    for series in signal.series:
        closes = invented_closes()
        closes.loc[pd.Timestamp("2025-03-03"), series] = -1.0
        reading = read(signal, closes)
        assert reading.verdict == "REFUSED"
        assert f"prices of {series} on 2025-03-03" in reading.sentence


@every_signal
def test_a_single_close_never_crashes_a_signal(signal):
    reading = read(signal, invented_closes().loc[DAY:DAY])
    assert reading.verdict in {"UNSCORED", "REFUSED"}
    assert (reading.value is None) == (reading.verdict == "REFUSED")
