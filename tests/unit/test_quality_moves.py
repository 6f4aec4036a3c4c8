"""Moves that nothing confirms, beside moves that are only large."""

import numpy as np
import pandas as pd
import pytest

from eventstudy.quality.jumps import out_of_place, reversals, stood_still, unconfirmed_jumps
from eventstudy.quality.movement import movements, related
from tests.quality_worlds import around, bars, closes_only, sessions_of

COUNT, PLACE = 600, 400


def pair(*, own=(), shared=(), quiet=(), sd=0.01, noise=0.002, names=("topix", "nikkei225"), seed=0):
    """Return closes of two series that move together, with extra log returns by place."""
    generator = np.random.default_rng(seed)
    common = sd * generator.standard_normal(COUNT)
    for place, size in dict(shared).items():
        common[place] += size
    common[list(quiet)] = 0.0005
    mine = common + noise * generator.standard_normal(COUNT)
    for place, size in dict(own).items():
        mine[place] += size
    days = sessions_of(names[0], COUNT)
    paths = {names[0]: mine, names[1]: common}
    return {name: bars(days, around(100 * np.exp(np.cumsum(path)))) for name, path in paths.items()}


def seen(rule, frames, name="topix"):
    return [str(item.session_date) for item in rule(name, frames[name], movements(frames)[name])]


def day(frames, place=PLACE):
    return [str(frames["topix"].index[place].date())]


def test_a_jump_of_one_index_alone_is_told():
    frames = pair(own={PLACE: 0.12})
    assert seen(unconfirmed_jumps, frames) == day(frames)
    (finding,) = unconfirmed_jumps("topix", frames["topix"], movements(frames)["topix"])
    assert "standard deviations, related series" in finding.observed


def test_a_crash_that_the_related_index_shares_is_none():
    frames = pair(shared={PLACE: -0.12, PLACE + 1: 0.09})
    for rule in (unconfirmed_jumps, reversals, out_of_place):
        assert seen(rule, frames) == []


def test_a_jump_on_twice_the_usual_volume_was_made_by_the_market():
    frames = pair(own={PLACE: 0.12})
    volume = np.full(COUNT, 1000.0)
    volume[PLACE] = 2500.0
    assert seen(unconfirmed_jumps, {**frames, "topix": frames["topix"].assign(volume=volume)}) == []


def test_without_a_related_series_no_jump_is_judged():
    frames = pair(own={PLACE: 0.12})
    assert seen(unconfirmed_jumps, {"topix": frames["topix"]}) == []


@pytest.mark.parametrize("size", [0.10, -0.10, 0.04])
def test_an_outlier_that_the_next_day_undoes_is_told_once(size):
    frames = pair(own={PLACE: size, PLACE + 1: -size})
    assert seen(reversals, frames) == day(frames)
    assert seen(unconfirmed_jumps, frames) == []


def test_an_outlier_beside_nothing_related_must_be_larger():
    large, small = pair(own={PLACE: 0.15, PLACE + 1: -0.15}), pair(own={PLACE: 0.04, PLACE + 1: -0.04})
    assert seen(reversals, {"topix": large["topix"]}) == day(large)
    assert seen(reversals, {"topix": small["topix"]}) == []


def test_a_fall_and_a_partial_recovery_are_no_reversal():
    frames = pair(own={PLACE: -0.06, PLACE + 1: 0.03})
    assert seen(reversals, frames) == []


def test_an_index_that_falls_a_little_further_in_a_crash_and_comes_back_is_none():
    frames = pair(own={PLACE: -0.02, PLACE + 1: 0.02}, shared={PLACE: -0.12, PLACE + 1: 0.10})
    assert seen(reversals, frames) == []


def test_an_outlier_of_a_currency_is_judged_beside_its_other_clock():
    days = sessions_of("usdjpy_tokyo_1700", COUNT)
    path = 110 * np.exp(np.cumsum(0.005 * np.random.default_rng(4).standard_normal(COUNT)))
    tokyo = closes_only(days, path)
    york = closes_only(days, path * np.exp(0.001 * np.random.default_rng(5).standard_normal(COUNT)))
    york.iloc[PLACE, 3] *= 1.06
    frames = {"usdjpy": york, "usdjpy_tokyo_1700": tokyo}
    assert seen(reversals, frames, "usdjpy") == [str(days[PLACE].date())]
    assert seen(reversals, frames, "usdjpy_tokyo_1700") == []


def test_another_clock_confirms_by_the_hours_that_it_shares():
    days = sessions_of("usdjpy", COUNT)  # to 2025-10-31: summer time in New York, no longer in London
    path = 110 * np.exp(np.cumsum(0.005 * np.random.default_rng(4).standard_normal(COUNT)))
    moves = movements({name: closes_only(days, path) for name in ("usdjpy", "usdjpy_london_day")})
    sizes, shared = moves["usdjpy_london_day"].size, moves["usdjpy"].shared
    weight = 179 / 1440  # London 23:59 comes 2 hours and 59 minutes after New York 17:00
    expected = (1 - weight) * sizes + weight * sizes.shift(1)
    assert shared.iloc[-5:].to_numpy() == pytest.approx(expected.iloc[-5:].to_numpy())


def half_told(frames, gap):
    """Save one bar before its close: what follows begins beyond its range."""
    rows = frames["topix"].copy()
    place = rows.index[PLACE]
    true = rows.loc[place, "close"]
    rows.loc[place, ["high", "low", "close"]] = true * np.exp([gap + 0.003, gap - 0.003, gap])
    rows.loc[place, "open"] = true * np.exp(gap)
    return {**frames, "topix": rows}


@pytest.mark.parametrize("gap", [0.03, -0.03])
def test_a_close_that_the_next_open_contradicts_is_told(gap):
    frames = half_told(pair(quiet=(PLACE, PLACE + 1), seed=6), gap)
    assert seen(out_of_place, frames) == day(frames)


def test_news_overnight_that_the_related_index_shares_puts_no_close_out_of_place():
    frames = half_told(pair(quiet=(PLACE,), shared={PLACE + 1: -0.05}, seed=6), 0.02)
    assert seen(out_of_place, frames) == []


def test_bars_without_a_range_put_no_close_out_of_place():
    frames = half_told(pair(quiet=(PLACE, PLACE + 1), seed=6), 0.03)
    rows = frames["topix"].assign(open=np.nan, high=np.nan, low=np.nan)
    assert seen(out_of_place, {**frames, "topix": rows}) == []


def test_a_close_that_stands_still_while_the_market_moves_is_told():
    frames = pair(shared={PLACE: -0.06}, seed=2)
    rows = frames["topix"].copy()
    rows.iloc[PLACE, 3] = rows.iloc[PLACE - 1, 3]
    assert seen(stood_still, {**frames, "topix": rows}) == day(frames)


def test_a_close_that_stands_still_on_a_quiet_day_is_none():
    frames = pair(seed=2)
    rows = frames["topix"].copy()
    quiet = int(frames["nikkei225"]["close"].pct_change().abs().iloc[300:500].argmin()) + 300
    rows.iloc[quiet, 3] = rows.iloc[quiet - 1, 3]
    assert seen(stood_still, {**frames, "topix": rows}) == []
    yields = {"jgb10y": rows.assign(close=1.0), "jgb2y": frames["nikkei225"]}
    assert seen(stood_still, yields, "jgb10y") == []


@pytest.mark.parametrize(
    ("series", "held", "expected"),
    [
        ("topix", ("nikkei225", "toyota_7203", "sp500", "usdjpy"), ("nikkei225",)),
        ("toyota_7203", ("honda_7267", "nikkei225"), ("nikkei225",)),
        ("toyota_7203", ("honda_7267", "sp500"), ("honda_7267",)),
        ("nikkei_vi", ("nikkei225", "vix"), ("nikkei225",)),
        ("vix", ("sp500", "ewj", "nikkei225"), ("sp500",)),
        ("usdjpy", ("usdjpy_tokyo_1700", "nikkei225"), ("usdjpy_tokyo_1700",)),
        ("usdjpy_tokyo_1700", ("usdjpy", "usdjpy_london_day", "topix"), ("usdjpy", "usdjpy_london_day")),
        ("jgb10y", ("jgb2y", "us10y"), ("jgb2y",)),
        ("gold", ("sp500", "usdjpy"), ()),
    ],
)
def test_relatives_share_a_clock_or_an_instrument(series, held, expected):
    assert related(series, held) == expected


def test_a_volatility_index_is_confirmed_by_a_fall():
    frames = pair(own={PLACE: 0.0}, shared={PLACE: -0.10}, names=("nikkei225", "topix"))
    inverse = frames["topix"].assign(close=2000 / frames["topix"]["close"])
    moves = movements({"nikkei_vi": inverse, "topix": frames["topix"]})["nikkei_vi"]
    assert moves.size.iloc[PLACE] > 5
    assert moves.shared.iloc[PLACE] > 5


def test_sizes_are_returns_over_the_robust_scale_of_the_past():
    closes = 100 * np.exp(np.cumsum(np.where(np.arange(COUNT) % 2, 0.01, -0.01)))
    closes[PLACE:] *= np.exp(0.05)
    moves = movements({"topix": bars(sessions_of("topix", COUNT), around(closes))})["topix"]
    scale = 1.4826 * 0.01  # every day before moved by one per cent
    before = moves.returns.iloc[PLACE]
    assert moves.size.iloc[PLACE] == pytest.approx(before / scale)
    assert np.isnan(moves.returns.iloc[0])


def test_yields_move_in_points():
    rows = closes_only(sessions_of("jgb10y", 100), np.linspace(-0.5, 0.49, 100))
    assert movements({"jgb10y": rows})["jgb10y"].returns.iloc[5] == pytest.approx(0.01)


def test_moves_of_one_row_raise_nothing():
    rows = closes_only(pd.DatetimeIndex(["2025-04-07"]), [100.0])
    for rule in (unconfirmed_jumps, reversals, out_of_place, stood_still):
        assert seen(rule, {"topix": rows}) == []
