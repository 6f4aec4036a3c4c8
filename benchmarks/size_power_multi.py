"""Tests over 4, 8 and 15 episodes of four correlated series: size and power, with and without event variance.

A world is four GARCH series on one calendar: three are nearly one, as equity indices are, one a currency.
The model is fitted on 500 sessions, either once before the first of many episodes or before each of them;
its parameters are frozen and the variance is filtered to each eve. Effects and event variances touch the five
days of an episode and nothing behind them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from itertools import product

import numpy as np
import pandas as pd
from scipy import special

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
    records,
    recursion,
    rejected,
    spread,
    table,
    verdict,
)
from benchmarks.size_power_volatility import volatility_rows, volatility_tables
from eventstudy.garch import fit, fit_many
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
from eventstudy.inference.savickas import savickas_test
from eventstudy.placebos import step_variances
from eventstudy.values import Design

CORRELATION = np.array([
    [1.00, 0.95, 0.95, 0.45],
    [0.95, 1.00, 0.98, 0.45],
    [0.95, 0.98, 1.00, 0.45],
    [0.45, 0.45, 0.45, 1.00],
])  # fmt: skip
INDICES = np.array([1.0, 1.0, 1.0, 0.0])
EPISODES = (4, 8, 15)
LENGTH, GAP, DAYS, APART = 500, 10, 5, 25
SHIFTS, VARIANCES = (0.0, 0.5, 1.0), (1.0, 4.0)
POWER_EVERY = 6
DESIGN = Design(replications=499)
ATTAINED = {("sign_flip", 4): 0.0, ("sign_flip", 8): 12 / 256}
TABLES = {"common": "one window", "own": "own windows"}
LAYOUTS = {
    "common": "within two years, all forecast from one estimation window",
    "own": "years apart, each forecast from an estimation window of its own",
}


@dataclass(frozen=True)
class Task:
    """One world; `power` says whether effects are injected too."""

    number: int
    seed: int
    power: bool
    law: Law = BASE


@dataclass(frozen=True)
class Episodes:
    """E episodes on S series, H days each: what happened without an effect, beside the forecasts.

    `errors` (E, S) are variances of the estimated means, `z` (E, S, L) residuals, `overlap` (E, E) the share
    of their estimation windows that episodes have in common.
    """

    abnormal: np.ndarray
    shocks: np.ndarray
    variance: np.ndarray
    errors: np.ndarray
    z: np.ndarray
    overlap: np.ndarray

    def first(self, count):
        """Return the first few episodes."""
        few = {one.name: getattr(self, one.name)[:count] for one in fields(self) if one.name != "overlap"}
        return Episodes(**few, overlap=self.overlap[:count, :count])

    def scaled(self, times):
        """Return the same episodes with their variance multiplied."""
        return replace(self, abnormal=self.abnormal + (math.sqrt(times) - 1) * self.shocks)

    def deviation(self, days):
        """Return the forecast standard deviations of CARs, that of the estimated mean included."""
        return np.sqrt(self.variance[:, :, :days].sum(axis=2) + days**2 * self.errors)

    def scar(self, days):
        """Return CARs of the first days over their forecast standard deviations, shape (E, S)."""
        return self.abnormal[:, :, :days].sum(axis=2) / self.deviation(days)

    def shared(self, days):
        """Return the covariance that the estimated means bring, as the study adds it to a composite's."""
        return shared_mean_error(
            (days * np.sqrt(self.errors) / self.deviation(days)).mean(axis=1), self.overlap
        )


def joint_shocks(law, shape, rng):
    """Return shocks (sessions, ..., 4) of four series that share the variance of a session."""
    scale = mixing(law.shape, (shape[0] + BURN, *shape[1:], 1), rng)
    normal = rng.standard_normal((shape[0] + BURN, *shape[1:], 4)) @ np.linalg.cholesky(CORRELATION).T
    return recursion(law, innovations(law.shape, scale, normal))[0][BURN:]


def frozen_fit(windows, behind):
    """Fit the default model on rows of returns and freeze it; None where a fit did not end at an optimum."""
    windows = np.ascontiguousarray(windows)
    frozen = freeze(fit_many(windows, starts=2, threads=1), windows, np.ascontiguousarray(behind))
    return frozen if frozen.usable.all() else None


def common_window(law, rng):
    """Return episodes within two years, forecast from the calm before the first; None without a fit."""
    behind = GAP + EPISODES[-1] * APART
    shocks = joint_shocks(law, (LENGTH + behind,), rng).T
    windows, after = MEAN + shocks[:, :LENGTH], shocks[:, LENGTH:]
    frozen = frozen_fit(windows, MEAN + after)
    if frozen is None:
        return None
    eves = GAP + APART * np.arange(EPISODES[-1])
    own = np.array([after[:, day : day + DAYS] for day in eves])
    variance = np.stack([step_variances(frozen, np.arange(4), frozen.later[:, day], DAYS) for day in eves])
    errors = [fit(one, starts=1).std_errors("sandwich")["mu"] ** 2 for one in windows]
    count, abnormal = len(eves), MEAN + own - frozen.mu[None, :, None]
    z = np.tile(frozen.z, (count, 1, 1))
    return Episodes(abnormal, own, variance, np.tile(errors, (count, 1)), z, np.ones((count, count)))


def own_windows(law, rng):
    """Return episodes years apart, each forecast from a calm of its own; None without a fit."""
    count = EPISODES[-1]
    shocks = joint_shocks(law, (LENGTH + GAP + DAYS, count), rng).transpose(1, 2, 0)
    rows = MEAN + shocks.reshape(count * 4, -1)
    frozen = frozen_fit(rows[:, :LENGTH], rows[:, LENGTH:])
    if frozen is None:
        return None
    variance = step_variances(frozen, np.arange(len(rows)), frozen.later[:, GAP], DAYS)
    errors = (1 / (1 / frozen.inside).sum(axis=1)).reshape(count, 4)
    own, shape = shocks[:, :, -DAYS:], (count, 4, -1)
    abnormal = MEAN + own - frozen.mu.reshape(count, 4, 1)
    z = frozen.z.reshape(shape)
    return Episodes(abnormal, own, variance.reshape(shape), errors, z, np.eye(count))


def study_world(task):
    """Return p-values by (windows, test, episodes, event variance, shift)."""
    rng, found = generator(task.seed, "multi", task.number), {}
    for layout, every in (("common", common_window(task.law, rng)), ("own", own_windows(task.law, rng))):
        if every is None:
            continue
        scenarios = (
            product(VARIANCES, SHIFTS if task.power else SHIFTS[:1]) if layout == "common" else [(1.0, 0.0)]
        )
        for count, (times, shift) in product(EPISODES, list(scenarios)):
            p_values = episode_p(every.first(count).scaled(times), shift, rng)
            found |= {(layout, test, count, times, shift): p for test, p in p_values.items()}
    return found


def episode_p(episodes, shift, rng):
    """Return p-values: CAR(0,4) of the composite, of all cells or of one series, and AR(0) by Savickas."""
    scar, z = episodes.scar(DAYS) + shift, list(episodes.z)
    correlation = np.array([np.corrcoef(one) for one in z])
    dates = np.datetime64("2020-01-06") + APART * np.arange(len(z))
    outcome = (
        episode_tests(composite(scar, INDICES), DESIGN, rng, episodes.shared(DAYS))
        + savickas_test(episodes.scar(1)[:, 0] + shift, np.ones(len(z)), dates, DESIGN)
        + cell_tests(scar, correlation, DESIGN)
        + rank_tests(scar, z, DESIGN)
    )
    single = rank_tests(scar[:, :1], [one[:1] for one in z], DESIGN)
    return {
        **{one.method: one.p_value for one in outcome.measures},
        **{f"{one.method}, one series": one.p_value for one in single.measures},
        **_for_comparison(scar, correlation),
    }


def _for_comparison(scar, correlation):
    """Return p-values of tests that the study does not offer, because they fail."""
    cells, bmp = scar.size, float(bmp_ratio(scar.ravel()))
    rbar = block_mean_correlation(correlation, np.ones(scar.shape, dtype=bool))
    pairs = float(correlation[:, *np.triu_indices(4, 1)].mean())
    students = {
        "bmp, all cells": bmp,
        "kp, one rbar for all pairs": float(kolari_pynnonen(bmp, pairs, cells)),
    }
    normals = {"patell": patell_z(scar.ravel()), "patell, block rbar": patell_z(scar.ravel(), rbar)}
    return {
        **{name: float(2 * special.stdtr(cells - 1, -abs(ratio))) for name, ratio in students.items()},
        **{name: float(2 * special.ndtr(-abs(float(ratio)))) for name, ratio in normals.items()},
    }


def run(asked):
    """Simulate, print the tables and return them."""
    tasks = [Task(number, asked.seed, number % POWER_EVERY == 0) for number in range(asked.worlds)]
    found = pd.DataFrame(spread(study_world, tasks, asked.workers))
    rows = pd.DataFrame(
        [(*key, *rejected(found[key].to_numpy())) for key in found.columns],
        columns=["windows", "test", "episodes", "variance", "shift", "size", "error", "n"],
    )
    volatility = volatility_rows(asked)
    null, failing = rows[rows["shift"] == 0], []
    print(f"\nRejected at 5 per cent, per cent ± Monte-Carlo standard error, {asked.worlds} worlds.")
    print(
        "x4: the event multiplies the variance. `episode_t` and `sign_flip` test the composite of the three"
    )
    print("indices; `sign_flip` cannot reject with 4 episodes and attains 4.7 per cent with 8.")
    for layout, told in LAYOUTS.items():
        failing += _sizes(layout, f"Size over E episodes {told}", null[null["windows"] == layout])
    _power(rows[(rows["windows"] == "common") & (rows["shift"] > 0)])
    failing += volatility_tables(volatility)
    return {"returns": records(rows), "volatility": records(volatility), "failing": failing}


def _sizes(layout, title, rows):
    lines, failing = [], []
    columns = [one for one in product(VARIANCES, EPISODES) if one[0] in set(rows["variance"])]
    for test, part in rows.groupby("test", sort=False):
        cells = {
            (row.variance, row.episodes): (
                row.size,
                row.error,
                row.n,
                ATTAINED.get((test, row.episodes), LEVEL),
            )
            for row in part.itertuples()
        }
        told = verdict({f"E={count}: x{times:g}": cells[times, count] for times, count in columns})
        lines.append((f"`{test}`", *(percent(*cells[one][:2]) for one in columns), told))
        if told.startswith(FAILS):
            failing.append({"table": TABLES[layout], "test": test, "verdict": told})
    table(title, ("test", *(_head(*one) for one in columns), "verdict"), lines)
    return failing


def _head(times, count):
    return f"E={count}" + (f" x{times:g}" if times > 1 else "")


def _power(rows):
    if not len(rows):
        return
    columns = list(product(VARIANCES, SHIFTS[1:], EPISODES))
    lines = []
    for test, part in rows.groupby("test", sort=False):
        sizes = part.set_index(["variance", "shift", "episodes"])["size"]
        lines.append((f"`{test}`", *(percent(sizes[one], digits=0) for one in columns)))
    heads = [f"{shift:g}: {_head(times, count)}" for times, shift, count in columns]
    title = "Power against a shift of every CAR by 0.5 and 1 forecast standard deviations, one window"
    table(
        f"{title}, per cent (largest Monte-Carlo error {100 * rows['error'].max():.1f})",
        ("test", *heads),
        lines,
    )
