"""Splits, leaps of units, limit moves and volumes: found where they are, and not where a market moved."""

import numpy as np
import pandas as pd
import pytest

from eventstudy.quality.movement import movements
from eventstudy.quality.scales import limit_moves, scale_jumps, splits, volume_units
from tests.quality_worlds import around, bars, sessions_of, walk

COUNT = 600


def restated(series, factor, place=400, back=None):
    closes = walk(COUNT, sd=0.015)
    closes[place:back] *= factor
    rows = bars(sessions_of(series, COUNT), around(closes))
    rows.loc[rows.index[place], "open"] = rows["close"].iloc[place]
    if back is not None:
        rows.loc[rows.index[back], "open"] = rows["close"].iloc[back]
    return rows


def seen(rule, series, rows):
    return [str(item.session_date) for item in rule(series, rows, movements({series: rows})[series])]


@pytest.mark.parametrize(
    ("factor", "words"),
    [(1 / 2, "2 for 1"), (1 / 3, "3 for 1"), (1 / 5, "5 for 1"), (2 / 3, "3 for 2"), (2, "1 for 2")],
)
def test_a_price_that_falls_by_a_simple_ratio_and_stays_is_a_split(factor, words):
    rows = restated("toyota_7203", factor)
    (finding,) = splits("toyota_7203", rows, movements({"toyota_7203": rows})["toyota_7203"])
    assert finding.session_date == rows.index[400].date()
    assert words in finding.observed


def test_the_volume_beside_a_split_is_told():
    rows = restated("toyota_7203", 1 / 5)
    rows["volume"] = np.where(np.arange(COUNT) < 400, 1000.0, 5000.0)
    (finding,) = splits("toyota_7203", rows, movements({"toyota_7203": rows})["toyota_7203"])
    assert finding.observed.endswith("volume times 5")


def test_a_crash_during_the_day_is_no_split():
    closes = walk(COUNT, sd=0.015)
    closes[400:] /= 2
    rows = bars(sessions_of("toyota_7203", COUNT), around(closes))  # opens where it had closed
    assert seen(splits, "toyota_7203", rows) == []
    assert seen(limit_moves, "toyota_7203", rows) == [str(rows.index[400].date())]


def test_a_price_halved_for_one_day_is_no_split():
    assert seen(splits, "toyota_7203", restated("toyota_7203", 1 / 2, back=401)) == []


def test_a_fall_of_an_ordinary_size_is_no_split():
    assert seen(splits, "toyota_7203", restated("toyota_7203", 0.88)) == []


def test_a_volatility_index_may_double_in_a_day():
    rows = restated("vix", 2.0)
    assert seen(splits, "vix", rows) == []
    assert seen(limit_moves, "vix", rows) == []


@pytest.mark.parametrize("factor", [10, 100, 1000, 0.01])
def test_a_leap_to_another_unit_and_back_is_told_on_both_days(factor):
    rows = restated("topix", factor, back=402)
    assert seen(scale_jumps, "topix", rows) == [str(rows.index[400].date()), str(rows.index[402].date())]
    assert seen(splits, "topix", rows) == []
    assert seen(limit_moves, "topix", rows) == []


def test_a_threefold_price_is_no_other_unit_and_yields_have_none():
    assert seen(scale_jumps, "topix", restated("topix", 3)) == []
    assert seen(scale_jumps, "jgb10y", restated("jgb10y", 10)) == []


@pytest.mark.parametrize(("factor", "told"), [(1.40, 1), (0.65, 1), (1.20, 0), (0.80, 0)])
def test_a_move_beyond_thirty_per_cent_is_told(factor, told):
    closes = np.full(COUNT, 100.0) + np.arange(COUNT) % 2
    closes[400:] *= factor
    rows = bars(sessions_of("nissan_7201", COUNT), around(closes))
    assert len(seen(limit_moves, "nissan_7201", rows)) == told


def volumes(factor, *, noise=0.3, trend=0.0, seed=3):
    generator = np.random.default_rng(seed)
    logs = noise * generator.standard_normal(COUNT) + trend * np.arange(COUNT)
    logs[300:] += np.log(factor)
    rows = bars(sessions_of("toyota_7203", COUNT), around(walk(COUNT)))
    return rows.assign(volume=1e6 * np.exp(logs))


@pytest.mark.parametrize("factor", [3, 5, 10, 1 / 100])
def test_volumes_in_another_unit_are_told_where_the_unit_changes(factor):
    rows = volumes(factor)
    (finding,) = volume_units("toyota_7203", rows)
    # medians over ten sessions place the change within a few sessions of the truth
    assert abs(rows.index.get_loc(pd.Timestamp(finding.session_date)) - 300) <= 5


def test_volumes_that_grow_or_spike_keep_their_unit():
    assert volume_units("toyota_7203", volumes(1, trend=0.005)) == ()
    spiked = volumes(1)
    spiked.iloc[300:305, 4] *= 8
    assert volume_units("toyota_7203", spiked) == ()


def test_a_series_without_volumes_is_left_alone():
    assert volume_units("topix", bars(sessions_of("topix", COUNT), around(walk(COUNT)))) == ()
