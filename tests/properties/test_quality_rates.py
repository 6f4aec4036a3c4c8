"""How often sound worlds are flagged, and how often a planted defect is found."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from eventstudy.quality.judging import judge
from eventstudy.quality.screen import screen
from eventstudy.values import Bars
from tests.quality_worlds import closes_only, found, on, sessions_of, walk, world
from tests.yahoo_double import instant

SEEDS = (1, 2, 3)
MOST_FALSE = 0.005
PLACES = (300, 420, 540, 660, 780)
INJURED = ("nikkei225", "usdjpy")


def flags(frames):
    return [item for item in judge(frames, list(frames)) if item.severity != "notice"]


@pytest.mark.parametrize("seed", [*SEEDS, 4, 5, 6])
def test_sound_worlds_are_hardly_ever_flagged(seed):
    frames = world(seed)
    told = flags(frames)
    for name, rows in frames.items():
        by_rule = {}
        for item in told:
            if item.series == name:
                by_rule.setdefault(item.rule, set()).add(item.session_date)
        assert all(len(days) <= MOST_FALSE * len(rows) for days in by_rule.values()), (name, by_rule)
    assert len(told) <= MOST_FALSE / 5 * sum(map(len, frames.values()))


@pytest.mark.parametrize("seed", SEEDS)
def test_sound_worlds_with_volumes_and_gaps_are_hardly_ever_flagged(seed):
    generator = np.random.default_rng(seed)
    frames = {}
    for name, rows in world(seed).items():
        volume = 1e6 * np.exp(0.4 * generator.standard_normal(len(rows)))
        absent = generator.random(len(rows)) < 0.02
        frames[name] = rows.assign(volume=volume)[~absent]
    told = [item for item in flags(frames) if item.rule != "missing session"]
    assert len(told) <= MOST_FALSE / 2 * sum(map(len, frames.values()))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_screen_lets_every_row_of_a_sound_world_through(seed):
    for name, rows in world(seed).items():
        kept, told = screen(Bars(name, rows, "test", "0" * 64, instant("2026-11-21T00:00:00")))
        assert len(kept.frame) == len(rows)
        assert len(told) <= MOST_FALSE * len(rows)


def tick(rows, place):
    rows.iloc[place, 3] *= 1.10 if place % 2 else 0.90
    rows.iloc[place, 1], rows.iloc[place, 2] = rows.iloc[place, :4].max(), rows.iloc[place, :4].min()


def break_of_level(rows, place):
    rows.iloc[place:, :4] *= 1.15


def unit(rows, place):
    rows.iloc[place, :4] *= 100


def split(rows, place):
    rows.iloc[place:, :4] /= 2


def stale(rows, place):
    rows.iloc[place, :4] = rows.iloc[place - 1, :4]


def flat(rows, place):
    rows.iloc[place, :3] = rows.iloc[place, 3]


def swapped(rows, place):
    rows.iloc[place, [1, 2]] = rows.iloc[place, [2, 1]].to_numpy()


def stood(rows, place):
    rows.iloc[place : place + 4, 3] = rows.iloc[place - 1, 3]


def nowhere(rows, place):
    rows.iloc[place, 3] = np.nan


def negative(rows, place):
    rows.iloc[place, 2] = -1.0


DEFECTS = [
    ("reversal", tick, 0.9),  # one in ten may fall beside a day that is as wild
    ("unconfirmed jump", break_of_level, 0.9),
    ("scale jump", unit, 1.0),
    ("unadjusted split", split, 1.0),
    ("stale repeat", stale, 1.0),
    ("flat bar", flat, 1.0),
    ("inconsistent", swapped, 1.0),
    ("unchanged run", stood, 1.0),
    ("missing close", nowhere, 1.0),
    ("not a price", negative, 1.0),
]


@pytest.mark.parametrize(("rule", "harm", "rate"), DEFECTS)
def test_a_planted_defect_is_found_where_it_was_planted(rule, harm, rate):
    hits = []
    for seed in SEEDS[:2]:
        for name in INJURED:
            frames = world(seed)
            places = PLACES[:1] if rule == "unadjusted split" else PLACES
            for place in places:
                harm(frames[name], place)
            told = found(frames, name, rule)
            hits.extend(on(frames[name], place) in told for place in places)
    assert np.mean(hits) >= rate


def test_a_session_taken_out_is_missed_and_one_put_in_has_no_session():
    frames = world(1)
    rows = frames["topix"]
    gone = on(rows, 400)
    saturday = pd.Timestamp("2024-06-08")
    frames["topix"] = pd.concat(
        [rows.drop(rows.index[400]), rows.iloc[[500]].set_axis([saturday])]
    ).sort_index()
    assert found(frames, "topix", "missing session") == {gone}
    assert found(frames, "topix", "no session") == {saturday.date()}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["nikkei225", "usdjpy"])
@pytest.mark.parametrize("moved", [1, -1])
def test_dates_moved_by_one_session_are_found(seed, name, moved):
    frames = world(seed)
    rows = frames[name]
    cut = rows.iloc[400:].shift(moved).dropna(subset="close")
    frames[name] = pd.concat([rows[rows.index < cut.index[0]], cut])
    assert len(found(frames, name, "stamp shift")) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_currency_whose_closes_are_opens_for_two_months_is_found(seed):
    frames = world(seed)
    frames["usdjpy"].iloc[500:540, 3] = frames["usdjpy"].iloc[500:540, 0]
    assert len(found(frames, "usdjpy", "close equals open")) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_of_another_index_are_found(seed):
    frames = world(seed)
    frames["topix"].iloc[300:310] = frames["nikkei225"].reindex(frames["topix"].index[300:310]).to_numpy()
    assert found(frames, "topix", "copied rows") == {on(frames["topix"], 300)}


@pytest.mark.parametrize("seed", SEEDS)
def test_closes_frozen_on_a_day_of_crash_are_found(seed):
    frames = world(seed)
    for name in ("nikkei225", "topix", "jpx_nikkei_400"):
        frames[name].iloc[500:, :4] *= 0.90
    frames["topix"].iloc[500, 3] = frames["topix"].iloc[499, 3]
    assert on(frames["topix"], 500) in found(frames, "topix", "stood still")


@pytest.mark.parametrize("seed", range(20))
def test_any_walk_of_any_length_is_judged_without_an_error(seed):
    generator = np.random.default_rng(seed)
    count = int(generator.integers(1, 400))
    days = sessions_of("topix", count, date(2025, 4, 30))
    names = ("topix", "nikkei225", "vix", "gold", "jgb10y")
    frames = {name: closes_only(days, walk(count, seed=seed + at)) for at, name in enumerate(names)}
    told = [item for item in flags(frames) if item.rule not in {"missing session", "no session"}]
    assert len(told) <= max(1, MOST_FALSE * 5 * count)
