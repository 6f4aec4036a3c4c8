"""Tests over 4, 8 and 15 episodes of four correlated series: size and power, with and without event variance.

A world is four GARCH series on one calendar, three of them nearly one (as equity indices are) and a currency.
The model is fitted on the 500 sessions before the first episode, its parameters are frozen and the variance is
filtered to each eve. Effects and event variances touch the five days of an episode and nothing behind them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from benchmarks.size_power_common import (
    BASE,
    BURN,
    LEVEL,
    MEAN,
    Law,
    generator,
    innovations,
    mixing,
    percent,
    recursion,
    rejected,
    spread,
    table,
    verdict,
)
from eventstudy.garch import fit_many
from eventstudy.garch.frozen import freeze
from eventstudy.inference.block_correlation import (
    block_mean_correlation,
    bmp_ratio,
    cell_tests,
    kolari_pynnonen,
    patell_z,
)
from eventstudy.inference.composite import composite, episode_tests, shared_mean_error
from eventstudy.inference.grank_events import rank_tests
from eventstudy.inference.resampling import draw_null
from eventstudy.inference.savickas import savickas_test
from eventstudy.inference.volatility_effect import Windows, volatility_tests
from eventstudy.placebos import fit_placebos, step_variances
from eventstudy.returns import ReturnSeries
from eventstudy.sizes import quiet_windows
from eventstudy.values import Design

CORRELATION = np.array([
    [1.00, 0.95, 0.95, 0.45],
    [0.95, 1.00, 0.98, 0.45],
    [0.95, 0.98, 1.00, 0.45],
    [0.45, 0.45, 0.45, 1.00],
])  # fmt: skip
EPISODES = (4, 8, 15)
LENGTH, GAP, DAYS, APART = 500, 10, 5, 25
WINDOW = (0, DAYS - 1)
SHIFTS, VARIANCES, MULTIPLES = (0.0, 0.5, 1.0), (1.0, 4.0), (1.0, 2.0, 4.0)
DESIGN = Design(replications=499, windows=(WINDOW,), placebos=160)
QUIET_APART = 8
DEFAULTS = ("episode_t", "sign_flip", "bgw_bootstrap")
ATTAINED = {("sign_flip", 4): 0.0, ("sign_flip", 8): 12 / 256}


@dataclass(frozen=True)
class Task:
    """One world; `power` says whether effects are injected too."""

    number: int
    seed: int
    power: bool
    law: Law = BASE


@dataclass(frozen=True)
class Episodes:
    """E episodes on S series from a common window: abnormal returns without an effect, and their forecasts."""

    abnormal: np.ndarray
    shocks: np.ndarray
    variance: np.ndarray
    frozen: object
    errors: np.ndarray

    def first(self, count):
        """Return the first few episodes."""
        return Episodes(self.abnormal[:count], self.shocks[:count], self.variance[:count], self.frozen, self.errors)

    def scaled(self, times):
        """Return the same episodes with their variance multiplied."""
        moved = self.abnormal + (math.sqrt(times) - 1) * self.shocks
        return Episodes(moved, self.shocks, self.variance, self.frozen, self.errors)

    def scar(self, days):
        """Return CARs of the first days over their forecast standard deviations, shape (E, S)."""
        return self.abnormal[:, :, :days].sum(axis=2) / self.deviation(days)

    def deviation(self, days):
        """Return the forecast standard deviations, that of the estimated mean included."""
        return np.sqrt(self.variance[:, :, :days].sum(axis=2) + days**2 * self.errors)


def joint_paths(law, sessions, rng):
    """Return shocks of the four series, shape (sessions, 4)."""
    scale = mixing(law.shape, (sessions + BURN, 1), rng)
    normal = rng.standard_normal((sessions + BURN, 4)) @ np.linalg.cholesky(CORRELATION).T
    shocks, _ = recursion(law, innovations(law.shape, scale, normal))
    return shocks[BURN:]


def common_fit(shocks, behind):
    """Fit the default model on the `LENGTH` sessions before `behind` others; return Frozen, or None."""
    windows, after = (MEAN + part.T for part in (shocks[-behind - LENGTH : -behind], shocks[-behind:]))
    frozen = freeze(fit_many(windows, starts=2, threads=1), np.ascontiguousarray(windows), np.ascontiguousarray(after))
    return frozen if frozen.usable.all() else None


def episodes_of(law, rng):
    """Return the episodes of one world and its first series up to the end of the window; None without a fit."""
    behind = GAP + EPISODES[-1] * APART
    history = DESIGN.placebos * QUIET_APART
    shocks = joint_paths(law, history + LENGTH + behind, rng)
    frozen = common_fit(shocks, behind)
    if frozen is None:
        return None
    days0 = GAP + APART * np.arange(EPISODES[-1])
    after = shocks[-behind:]
    own = np.array([after[day : day + DAYS].T for day in days0])
    variance = np.stack([
        step_variances(frozen, np.arange(4), frozen.later[:, day], DAYS) for day in days0
    ])  # fmt: skip
    windows = shocks[-behind - LENGTH : -behind]
    errors = windows.var(axis=0) / LENGTH
    made = Episodes(MEAN + own - frozen.mu[None, :, None], own, variance, frozen, errors)
    return made, MEAN + shocks[: history + LENGTH, 0]


def study_world(task):
    """Return p-values by (test, episodes, event variance or multiple, shift)."""
    rng = generator(task.seed, "multi", task.number)
    made = episodes_of(task.law, rng)
    if made is None:
        return {}
    every, past = made
    quiet, found = _quiet(past), {}
    for count in EPISODES:
        few = every.first(count)
        for times in VARIANCES:
            for shift in SHIFTS if task.power else SHIFTS[:1]:
                for test, p in _returns(few.scaled(times), shift, rng).items():
                    found["returns", test, count, times, shift] = p
        for times in MULTIPLES if task.power else MULTIPLES[:1]:
            for test, p in _volatility(few.scaled(times), quiet, rng).items():
                found["volatility", test, count, times, 0.0] = p
    return found


def _quiet(past):
    """Return the windows of the history, each with a refit, that the volatility test draws from."""
    days = pd.bdate_range("2000-01-03", periods=len(past))
    series = ReturnSeries("world", "simulated", days, np.ones(len(past)), past, ())
    fits = fit_placebos(series, [], DESIGN, GAP + DAYS + 1)
    return quiet_windows(fits, [], len(past) - 1, DESIGN)[WINDOW]


def _returns(episodes, shift, rng):
    """Return p-values of every test over episodes: CAR(0,4) of four series, CAR(0,4) and AR(0) of one."""
    scar, count = episodes.scar(DAYS) + shift, len(episodes.abnormal)
    cells = scar.size
    shared = shared_mean_error(
        DAYS * np.sqrt(episodes.errors).mean() / episodes.deviation(DAYS).mean(axis=1), np.ones((count, count))
    )
    z = episodes.frozen.z
    correlation = np.array([np.corrcoef(z)] * count)
    rbar = block_mean_correlation(correlation, np.ones(scar.shape, dtype=bool))
    pairs = float(np.corrcoef(z)[np.triu_indices(4, 1)].mean())
    bmp, df = float(bmp_ratio(scar.ravel())), cells - 1
    day0 = episodes.scar(1)[:, 0] + shift
    dates = np.datetime64("2020-01-06") + APART * np.arange(count)
    found = {one.method: one.p_value for one in episode_tests(composite(scar, np.ones(4)), DESIGN, rng, shared).measures}
    found |= {one.method: one.p_value for one in cell_tests(scar, correlation, DESIGN).measures}
    found |= {one.method: one.p_value for one in rank_tests(scar, [z] * count, DESIGN).measures}
    single = rank_tests(scar[:, :1], [z[:1]] * count, DESIGN).measures
    found |= {f"{one.method}, one series": one.p_value for one in single}
    found |= {one.method: one.p_value for one in savickas_test(day0, np.ones(count), dates, DESIGN).measures}
    return {
        **found,
        "bmp, all cells": float(2 * special.stdtr(df, -abs(bmp))),
        "kp, one rbar for all pairs": float(2 * special.stdtr(df, -abs(float(kolari_pynnonen(bmp, pairs, cells))))),
        "patell": float(2 * special.ndtr(-abs(float(patell_z(scar.ravel()))))),
        "patell, block rbar": float(2 * special.ndtr(-abs(float(patell_z(scar.ravel(), rbar))))),
    }


def _volatility(episodes, quiet, rng):
    """Return p-values of the cumulated abnormal volatility of the first series."""
    events, count = Windows(episodes.abnormal[:, 0], episodes.variance[:, 0]), len(episodes.abnormal)
    frozen = episodes.frozen
    shape = (DAYS, DESIGN.replications)
    drawn = np.array([
        draw_null(
            frozen.rules[0], float(first), frozen.z[0], 0.0, rng.integers(0, frozen.z.shape[1], size=shape)
        ).abnormal
        for first in events.variance[:, 0]
    ])  # fmt: skip
    dates = np.datetime64("2020-01-06") + APART * np.arange(count)
    outcome = volatility_tests(events, dates, DESIGN, rng, placebos=quiet, drawn=drawn)
    return {one.method: one.p_value for one in outcome.measures}


def run(asked):
    """Simulate, print the tables and return them."""
    tasks = [Task(k, asked.seed, k % asked.power_every == 0) for k in range(asked.worlds)]
    found = pd.DataFrame(spread(study_world, tasks, asked.workers))
    print(f"Rejected at {100 * LEVEL:.0f} per cent over {len(found.dropna(how='all'))} worlds, per cent ± Monte-Carlo standard error.")
    print("`sign_flip` cannot reject at 5 per cent with 4 episodes, and attains 4.7 per cent with 8.")
    rows = []
    for kind, test, count, times, shift in found.columns:
        size, error, n = rejected(found[kind, test, count, times, shift].to_numpy())
        rows.append({"kind": kind, "test": test, "episodes": count, "variance": times, "shift": shift,
                     "size": size, "error": error, "n": n})  # fmt: skip
    rows = pd.DataFrame(rows)
    failing = _sizes(rows[rows["shift"] == 0.0])
    _power(rows)
    return {"rows": rows.to_dict("records"), "failing": failing}


def _sizes(rows):
    lines, failing = [], []
    for (kind, test), part in rows.groupby(["kind", "test"], sort=False):
        part = part if kind == "returns" else part[part["variance"] == 1.0]
        cells = {
            f"E={row.episodes} x{row.variance:g}": (row.size, row.error, row.n, ATTAINED.get((test, row.episodes), LEVEL))
            for row in part.itertuples()
        }
        told = verdict(cells)
        columns = [f"E={count} x{times:g}" for times in VARIANCES for count in EPISODES]
        lines.append((kind, test, *(percent(*cells[one][:2]) if one in cells else "-" for one in columns), told))
        if told.startswith("FAILS"):
            failing.append({"table": "multi", "test": test, "verdict": told})
    heads = [f"E={count}" if times == 1 else f"E={count}, x4" for times in VARIANCES for count in EPISODES]
    table("Size by number of episodes, without and with an event variance of 4", ("of", "test", *heads, "verdict"), lines)
    return failing


def _power(rows):
    for kind, column, steps, told in (
        ("returns", "shift", SHIFTS[1:], "Power against a shift of every CAR by 0.5 and 1 forecast standard deviations"),
        ("volatility", "variance", MULTIPLES[1:], "Power against a variance of days 0 to 4 multiplied by 2 and 4"),
    ):
        part = rows[(rows["kind"] == kind) & rows[column].isin(steps)]
        lines = []
        for test, own in part.groupby("test", sort=False):
            key = ["variance", "shift", "episodes"]
            sizes = own.set_index(key)["size"].to_dict()
            lines.append((test, *(percent(size, digits=0) for size in sizes.values())))
        heads = [
            f"{getattr(row, column):g}, E={row.episodes}" + (", x4" if kind == "returns" and row.variance > 1 else "")
            for row in own.itertuples()
        ] if len(part) else []  # fmt: skip
        if len(part):
            table(f"{told}, per cent (largest Monte-Carlo error {100 * part['error'].max():.1f})", ("test", *heads), lines)
