"""Figures and signals on the real closes of April 2025: sane bounds, the articles' figures, no look-ahead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
import pytest

from eventstudy import figures, signals
from eventstudy.results import SignalReading
from eventstudy.series import AUTOS_ETF
from eventstudy.signals import VolatilityForecast
from eventstudy.values import QuotedFigure
from tests.market import market_folder
from tests.signal_worlds import evening

pytestmark = pytest.mark.market

NEEDED = (AUTOS_ETF, "usdjpy_tokyo_1700", "usdjpy", "nikkei_vi", "nikkei225", "topix")


@pytest.fixture(scope="module")
def closes() -> pd.DataFrame:
    folder = market_folder()
    columns = {
        name: pd.read_csv(folder / f"{name}.csv", index_col="date", parse_dates=True)["close"]
        for name in NEEDED
    }
    return pd.DataFrame(columns).sort_index()


def simple_forecasts(closes: pd.DataFrame, day: str) -> Mapping[str, VolatilityForecast]:
    """Return flat forecasts from an exponentially weighted variance of the closes up to a day."""
    made = {}
    for name in (AUTOS_ETF, "nikkei225"):
        known = closes.loc[:day, name].dropna()
        returns = 100 * np.log(known).diff().dropna()
        variance = (returns**2).ewm(alpha=0.06).mean()
        innovations = (returns / np.sqrt(variance.shift())).dropna()[-500:]
        origin = known.index[-1].date()
        made[name] = VolatilityForecast(
            name, origin, (float(variance.iloc[-1]),) * 30, tuple(innovations.tolist())
        )
    return made


def read(closes: pd.DataFrame, day: str) -> tuple[SignalReading, ...]:
    return signals.compute(closes, evening(day), forecasts=simple_forecasts(closes, day))


@pytest.mark.parametrize("day", ["2025-04-04", "2025-04-07"])
def test_every_signal_answers_from_that_evenings_knowledge_within_sane_bounds(closes, day):
    collar, hedge, premium = read(closes, day)
    assert {reading.verdict for reading in (collar, hedge, premium)} == {"UNSCORED"}
    assert {item.last_session for item in (*collar.inputs, *hedge.inputs, *premium.inputs)} == {
        date.fromisoformat(day)
    }
    assert 104 < collar.value < 112
    assert 20 < collar.details["sigma_annual"] < 80
    assert 0.2 < collar.details["breach_probability"] < 0.9
    assert 0 < hedge.value < 4
    assert 0 < hedge.details["correlation"] < 1
    assert hedge.details["variance_reduction_tested"] < hedge.details["correlation"]
    assert abs(premium.value) < 500


def test_the_fall_of_7_april_was_a_3_49_sigma_day(closes):
    premium = read(closes, "2025-04-07")[2]
    assert premium.details["last_change_in_implied_sd"] == pytest.approx(-3.49, abs=5e-3)
    assert premium.details["implied_sd_30_days"] == pytest.approx(16.74, abs=5e-3)


def test_deleting_or_doubling_the_future_changes_no_reading(closes):
    day = "2025-04-04"
    told = read(closes, day)
    future = closes.index > pd.Timestamp(day)
    doubled = closes.mul(np.where(future, 2.0, 1.0), axis=0)
    assert read(closes[~future], day) == told
    assert read(doubled, day) == told


def test_the_articles_figures_hold_on_vendor_closes_with_float32_noise(closes):
    quoted = [
        ("nikkei225", "level", "31,136.58"),
        ("nikkei225", "change", "-2,644.00"),
        ("nikkei225", "percent_change", "-7.83%"),
        ("topix", "level", "2,289"),
        ("topix", "percent_change", "-7.8%"),
        ("nikkei_vi", "level", "58.39"),
        ("nikkei_vi", "change", "+22.81"),
        ("nikkei_vi", "percent_change", "+64.11%"),
    ]
    day = date(2025, 4, 7)
    rows = [
        QuotedFigure(str(place), "A1", series, quantity, text, "", day, "table", series)
        for place, (series, quantity, text) in enumerate(quoted)
    ]
    assert {item.verdict for item in figures.check(rows, closes)} == {"EXACT"}
    invented = QuotedFigure("x", "A9", "nikkei225", "level", "42,500", "points", date(2025, 7, 23), "", "x")
    assert figures.check([invented], closes)[0].verdict == "MISMATCH"
