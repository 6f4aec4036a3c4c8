"""Bars that are sound but for what a test puts wrong in them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from eventstudy.quality.days import due
from eventstudy.quality.judging import judge
from eventstudy.simulate import END, START, simulate_market

PRICES = ["open", "high", "low", "close"]


def bars(days, rows, volume=np.nan):
    """Return bars of rows (open, high, low, close) on given days."""
    index = pd.DatetimeIndex(days, name="session").astype("datetime64[us]")
    prices = np.asarray(rows, dtype=float).reshape(-1, 4)
    frame = pd.DataFrame(prices, index=index, columns=PRICES)
    return frame.assign(volume=volume, finality="final")


def closes_only(days, closes):
    """Return bars that hold nothing but a close."""
    absent = np.full(len(closes), np.nan)
    return bars(days, np.column_stack([absent, absent, absent, closes]))


def around(closes, spread=0.01):
    """Return bars whose close lies inside a range that is never flat, opening where the last one closed."""
    closes = np.asarray(closes, dtype=float)
    opens = np.concatenate([[closes[0] * (1 - spread / 4)], closes[:-1]])
    high, low = np.maximum(opens, closes) * (1 + spread), np.minimum(opens, closes) * (1 - spread)
    return np.column_stack([opens, high, low, closes])


def sessions_of(series, count, end=END):
    """Return the last sessions of a series' clock up to a day."""
    return due(series, START.replace(year=2005), end)[-count:]


def walk(count, *, seed=0, sd=0.01, start=100.0):
    """Return closes whose log returns are independent normal draws."""
    return start * np.exp(np.cumsum(sd * np.random.default_rng(seed).standard_normal(count)))


@cache
def _market(seed):
    return simulate_market(seed=seed, events=()).bars


def world(seed):
    """Return a sound world of six series, fresh copies.

    The volatility index is left out: the simulator quotes it from the variance forecast before the
    session, so that it truly is a session late.
    """
    return {name: frame.copy() for name, frame in _market(seed).items() if name != "nikkei_vi"}


def place_in(frame, generator):
    """Return a random row number with a year of history before it and a month after it."""
    return int(generator.integers(260, len(frame) - 30))


def found(frames, series, rule):
    """Return the dates on which a rule speaks of a series."""
    return {item.session_date for item in judge(frames, [series]) if item.rule == rule}


def on(frame, place):
    """Return the date of a row."""
    return frame.index[place].date()
