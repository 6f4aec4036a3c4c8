"""The volatility effect over 4, 8 and 15 episodes of one series: size and power.

A world is one history whose quiet windows, each with a fit of its own, are what the bootstrap draws from.
Several sets of episodes belong to it: continuations of the history forecast from its end, and episodes years
apart with estimation windows of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.size_power_common import (
    BASE,
    BURN,
    FAILS,
    LEVEL,
    MEAN,
    Law,
    generator,
    innovations,
    mixing,
    percent,
    recursion,
    shares,
    spread,
    table,
    verdict,
)
from eventstudy.garch import fit_many
from eventstudy.garch.frozen import freeze
from eventstudy.inference.resampling import draw_null
from eventstudy.inference.volatility_effect import Windows, volatility_tests
from eventstudy.placebos import fit_placebos, step_variances
from eventstudy.returns import ReturnSeries
from eventstudy.sizes import quiet_windows
from eventstudy.values import Design

EPISODES = (4, 8, 15)
LENGTH, GAP, DAYS, APART = 500, 10, 5, 25
WINDOW = (0, DAYS - 1)
MULTIPLES = (1.0, 2.0, 4.0)
SPACING, REPLICATIONS = 4, 499
COLUMNS = ["windows", "test", "episodes", "variance", "hits", "weight", "n", "world"]


@dataclass(frozen=True)
class Task:
    """One history, how many quiet windows it has and how many sets of episodes belong to it."""

    number: int
    seed: int
    quiet: int
    sets: int
    law: Law = BASE


@dataclass(frozen=True)
class Set:
    """E episodes: shocks without an effect, abnormal returns, forecasts (E, H), recursions and residuals."""

    shocks: np.ndarray
    abnormal: np.ndarray
    variance: np.ndarray
    rules: list
    z: np.ndarray


def study_history(task):
    """Return one row per layout, test, number of episodes and multiple: sets rejected of all sets."""
    rng = generator(task.seed, "volatility", task.number)
    design = Design(replications=REPLICATIONS, windows=(WINDOW,), placebos=task.quiet)
    past, variance = _series(task.law, task.quiet * SPACING + LENGTH, rng)
    quiet = _quiet(past, design)
    rows = []
    for layout, sets in (
        ("common", _continued(task, past, variance, rng)),
        ("own", (_apart(task, rng) for _ in range(task.sets))),
    ):
        for one in sets:
            for count, times in product(EPISODES, MULTIPLES):
                for test, p in _p_values(one, count, times, quiet, design, rng).items():
                    rows.append((layout, test, count, times, int(p <= LEVEL), 1, 1, task.number))
    return rows


def _series(law, sessions, rng, first=1.0, burn=BURN, futures=()):
    """Return returns of a series, and the variance of the session behind them."""
    shape = (sessions + burn, *futures)
    scale = mixing(law.shape, shape, rng)
    shocks, variances = recursion(law, innovations(law.shape, scale, rng.standard_normal(shape)), first)
    return MEAN + shocks[burn:], variances[-1]


def _quiet(past, design):
    days = pd.bdate_range("1980-01-01", periods=len(past))
    series = ReturnSeries("world", "simulated", days, np.ones(len(past)), past, ())
    fits = fit_placebos(series, [], design, GAP + DAYS + 1)
    return quiet_windows(fits, [], len(past) - 1, design)[WINDOW]


def _frozen(windows, behind):
    windows, behind = np.ascontiguousarray(windows), np.ascontiguousarray(behind)
    frozen = freeze(fit_many(windows, starts=2, threads=1), windows, behind)
    return frozen if frozen.usable.all() else None


def _continued(task, past, variance, rng):
    """Yield sets of episodes in continuations of one history, all forecast from its last sessions."""
    behind = GAP + EPISODES[-1] * APART
    futures, _ = _series(task.law, behind, rng, variance, 0, (task.sets,))
    frozen = _frozen(np.tile(past[-LENGTH:], (task.sets, 1)), futures.T)
    if frozen is None:
        return
    for row, future in enumerate(futures.T):
        eves = GAP + APART * np.arange(EPISODES[-1])
        own = np.array([future[day : day + DAYS] for day in eves])
        rows = np.full(len(eves), row)
        forecast = step_variances(frozen, rows, frozen.later[row, eves], DAYS)
        rules, z = [frozen.rules[row]] * len(eves), np.tile(frozen.z[row], (len(eves), 1))
        yield Set(own - MEAN, own - frozen.mu[row], forecast, rules, z)


def _apart(task, rng):
    """Return episodes years apart; fits that did not end at an optimum make the set be drawn again."""
    while True:
        rows = _series(task.law, LENGTH + GAP + DAYS, rng, futures=(EPISODES[-1],))[0].T
        frozen = _frozen(rows[:, :LENGTH], rows[:, LENGTH:])
        if frozen is not None:
            break
    forecast = step_variances(frozen, np.arange(len(rows)), frozen.later[:, GAP], DAYS)
    own = rows[:, -DAYS:]
    return Set(own - MEAN, own - frozen.mu[:, None], forecast, list(frozen.rules), frozen.z)


def _p_values(episodes, count, times, quiet, design, rng):
    """Return p-values of CAV(0,4) of the first few episodes, their variance multiplied."""
    abnormal = episodes.abnormal[:count] + (math.sqrt(times) - 1) * episodes.shocks[:count]
    events, shape = Windows(abnormal, episodes.variance[:count]), (DAYS, design.replications)
    drawn = np.array([
        draw_null(rule, float(own[0]), z, 0.0, rng.integers(0, len(z), size=shape)).abnormal
        for rule, own, z in zip(episodes.rules, events.variance, episodes.z, strict=False)
    ])  # fmt: skip
    dates = np.datetime64("2020-01-06") + APART * np.arange(count)
    outcome = volatility_tests(events, dates, design, rng, placebos=quiet, drawn=drawn)
    return {one.method: one.p_value for one in outcome.measures}


def volatility_rows(asked):
    """Simulate histories; return shares rejected with errors clustered by history."""
    tasks = [Task(number, asked.seed, asked.quiet, asked.sets) for number in range(asked.histories)]
    rows = [row for part in spread(study_history, tasks, asked.workers) for row in part]
    return shares(pd.DataFrame(rows, columns=COLUMNS), COLUMNS[:4])


def volatility_tables(rows):
    """Print size and power; return the tests that fail."""
    lines, failing = [], []
    columns = list(product(("common", "own"), MULTIPLES, EPISODES))
    for test, part in rows.groupby("test", sort=False):
        cells = {
            (row.windows, row.variance, row.episodes): (row.size, row.error, row.n)
            for row in part.itertuples()
        }
        null = {f"{key[0]}: E={key[2]}": cell for key, cell in cells.items() if key[1] == 1}
        told = verdict(null)
        shown = [
            percent(*cells[key][:2]) if key[1] == 1 else percent(cells[key][0], digits=0) for key in columns
        ]
        lines.append((f"`{test}`", *shown, told))
        if told.startswith(FAILS):
            failing.append({"table": "volatility over episodes", "test": test, "verdict": told})
    heads = [
        f"{layout} E={count}" + (f" x{times:g}" if times > 1 else "") for layout, times, count in columns
    ]
    title = "Size of CAV(0,4) over E episodes, and power where the variance is multiplied (x2, x4)"
    table(f"{title}; one window for all, or each its own", ("test", *heads, "verdict"), lines)
    return failing
