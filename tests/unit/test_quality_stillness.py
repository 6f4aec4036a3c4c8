"""Rules about prices that do not move, and the sound cases that look like it."""

import numpy as np
import pytest

from eventstudy.quality.stillness import close_is_open, flat_bars, stale_repeats, unchanged_runs
from tests.quality_worlds import around, bars, closes_only, sessions_of, walk

YEAR = 250


def sound(series="topix", count=600, **changes):
    return bars(sessions_of(series, count), around(walk(count, **changes)))


def flattened(rows, *places):
    rows = rows.copy()
    for place in places:
        rows.iloc[place, :3] = rows.iloc[place, 3]
    return rows


def seen(findings):
    return [(item.rule, str(item.session_date)) for item in findings]


def test_one_flat_bar_among_bars_with_ranges_is_told():
    rows = flattened(sound(), 300)
    assert seen(flat_bars("topix", rows)) == [("flat bar", str(rows.index[300].date()))]


def test_a_sound_series_has_no_flat_bar():
    assert flat_bars("topix", sound()) == ()


def test_a_fund_that_often_trades_once_a_day_is_not_told_each_time():
    assert flat_bars("topix17_1630_retail", flattened(sound("topix17_1630_retail"), *range(5, 600, 40))) == ()


def test_a_flat_bar_at_the_price_limit_is_let_through():
    closes = walk(600)
    closes[300:] *= 1.18
    rows = flattened(bars(sessions_of("nissan_7201", 600), around(closes)), 300)
    assert flat_bars("nissan_7201", rows) == ()


def test_a_stretch_of_closes_only_is_one_finding():
    rows = flattened(sound(), *range(0, 40))
    (finding,) = flat_bars("vix", rows)
    assert (finding.rule, finding.session_date) == ("flat run", rows.index[0].date())
    assert finding.observed.startswith("40 flat bars in a row")


def test_nineteen_flat_bars_of_an_index_are_not_yet_a_stretch_and_told_each():
    assert [rule for rule, _ in seen(flat_bars("topix", flattened(sound(), *range(300, 319))))] == [
        "flat bar"
    ] * 19


def test_every_flat_bar_of_an_index_is_told_however_many_there_are():
    assert len(flat_bars("topix", flattened(sound(), *range(5, 600, 40)))) == 15


def test_series_that_tell_a_close_only_are_not_flat():
    assert flat_bars("eido", closes_only(sessions_of("eido", 100), walk(100))) == ()


def test_a_bar_that_repeats_the_one_before_is_told():
    rows = sound()
    rows.iloc[300, :4] = rows.iloc[299, :4]
    assert seen(stale_repeats("topix", rows)) == [("stale repeat", str(rows.index[300].date()))]


def test_a_flat_bar_told_again_is_stale_for_an_index_even_in_a_short_answer():
    rows = flattened(sound(count=4), 2, 3)
    rows.iloc[3, :4] = rows.iloc[2, :4]
    assert seen(stale_repeats("topix", rows)) == [("stale repeat", str(rows.index[3].date()))]


def test_equal_prices_with_another_volume_are_another_day():
    rows = sound().assign(volume=np.arange(600.0) + 1)
    rows.iloc[300, :4] = rows.iloc[299, :4]
    assert stale_repeats("topix_etf_1306", rows) == ()
    rows.iloc[300, 4] = rows.iloc[299, 4]
    assert len(stale_repeats("topix_etf_1306", rows)) == 1


def test_a_fund_that_trades_once_a_day_may_trade_at_the_same_price_again():
    rows = flattened(sound(), *range(5, 600, 40), 300, 301)
    rows.iloc[301, :4] = rows.iloc[300, :4]
    assert stale_repeats("topix17_1630_retail", rows) == ()


def test_an_equal_close_alone_is_no_repeat():
    rows = sound()
    rows.iloc[300, 3] = rows.iloc[299, 3]
    assert stale_repeats("topix", rows) == ()


def test_a_close_that_stands_still_for_days_is_told_once():
    rows = sound()
    rows.iloc[301:305, 3] = rows.iloc[300, 3]
    (finding,) = unchanged_runs("topix", rows)
    assert (finding.rule, finding.session_date) == ("unchanged run", rows.index[301].date())
    assert "unchanged for 4 sessions" in finding.observed


def test_a_close_that_repeats_once_or_on_a_coarse_tick_is_chance():
    rows = sound()
    rows.iloc[301, 3] = rows.iloc[300, 3]
    assert unchanged_runs("topix", rows) == ()
    coarse = sound(sd=0.004)
    coarse["close"] = coarse["close"].round(0)  # a third of all closes repeat, some twice or more in a row
    assert coarse["close"].diff().eq(0).mean() > 0.2
    assert len(unchanged_runs("topix", coarse)) <= 1


def test_yields_near_zero_may_stand_still():
    assert unchanged_runs("jgb2y", closes_only(sessions_of("jgb2y", 100), np.full(100, 0.01))) == ()


def copied(series, share, count=600):
    rows = sound(series, count, sd=0.005)
    places = np.random.default_rng(1).random(count) < share
    rows.loc[places, "close"] = rows.loc[places, "open"]
    return rows


def test_currency_bars_whose_close_is_their_open_are_told():
    (finding,) = close_is_open("usdjpy", copied("usdjpy", 0.30))
    assert (finding.rule, finding.severity) == ("close equals open", "warning")
    assert finding.expected == "at most 2 % of the bars"


def test_a_stretch_of_such_bars_is_found_in_a_long_sound_history():
    rows = sound("usdjpy", 2000, sd=0.005)
    rows.iloc[1200:1230, 3] = rows.iloc[1200:1230, 0]
    assert len(close_is_open("usdjpy", rows)) == 1


def test_a_short_history_is_judged_as_a_whole():
    assert len(close_is_open("usdjpy", copied("usdjpy", 0.5, count=80))) == 1
    assert close_is_open("usdjpy", copied("usdjpy", 0.5, count=40)) == ()


@pytest.mark.parametrize(("series", "share"), [("usdjpy", 0.01), ("topix_etf_1306", 0.05)])
def test_as_many_as_ticks_explain_are_let_through(series, share):
    assert close_is_open(series, copied(series, share)) == ()


def test_funds_are_held_to_a_wider_share_and_only_noticed():
    (finding,) = close_is_open("topix_etf_1306", copied("topix_etf_1306", 0.40))
    assert finding.severity == "notice"
    assert close_is_open("eido", closes_only(sessions_of("eido", 600), walk(600))) == ()
