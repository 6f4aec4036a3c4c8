"""Tests over 4, 8 and 15 episodes of four correlated series: size and power, with and without event variance.

A world is four GARCH series on one calendar, three of them nearly one (as equity indices are) and a currency.
The model is fitted on 500 sessions, either once before the first of many episodes or before each of them; its
parameters are frozen and the variance is filtered to each eve. Effects and event variances touch the five days
of an episode and nothing behind them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

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
    records,
    recursion,
    rejected,
    spread,
    table,
    verdict,
)
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
    """E episodes on S series, H days each: what happened without an effect, beside the forecasts.

    `errors` (E, S) are variances of the estimated means, `z` (E, S, L) residuals, `rules` those of the first
    series, `overlap` (E, E) the share of their estimation windows that episodes have in common.
    """

    abnormal: np.ndarray
    shocks: np.ndarray
    variance: np.ndarray
    errors: np.ndarray
    z: np.ndarray
    rules: list
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
    """Return episodes within two years, all forecast from the calm before the first, and the past; or None."""
    behind, history = GAP + EPISODES[-1] * APART, DESIGN.placebos * QUIET_APART
    shocks = joint_shocks(law, (history + LENGTH + behind,), rng)
    windows, after = MEAN + shocks[-behind - LENGTH : -behind].T, shocks[-behind:]
    frozen = frozen_fit(windows, MEAN + after.T)
    if frozen is None:
        return None
    eves = GAP + APART * np.arange(EPISODES[-1])
    own = np.array([after[day : day + DAYS].T for day in eves])
    variance = np.stack([step_variances(frozen, np.arange(4), frozen.later[:, day], DAYS) for day in eves])
    errors = [fit(one, starts=1).std_errors("sandwich")["mu"] ** 2 for one in windows]
    count = len(eves)
    made = Episodes(
        MEAN + own - frozen.mu[None, :, None], own, variance, np.tile(errors, (count, 1)),
        np.tile(frozen.z, (count, 1, 1)), [frozen.rules[0]] * count, np.ones((count, count)),
    )  # fmt: skip
    return made, MEAN + shocks[: history + LENGTH, 0]


def own_windows(law, rng):
    """Return episodes years apart, each forecast from a calm of its own; None without a fit."""
    count = EPISODES[-1]
    shocks = joint_shocks(law, (LENGTH + GAP + DAYS, count), rng).transpose(1, 2, 0)
    rows = MEAN + shocks.reshape(count * 4, -1)
    frozen = frozen_fit(rows[:, :LENGTH], rows[:, LENGTH:])
    if frozen is None:
        return None
    variance = step_variances(frozen, np.arange(len(rows)), frozen.later[:, GAP], DAYS)
    errors = 1 / (1 / frozen.inside).sum(axis=1)
    own, shape = shocks[:, :, -DAYS:], (count, 4, -1)
    return Episodes(
        MEAN + own - frozen.mu.reshape(count, 4, 1), own, variance.reshape(shape), errors.reshape(count, 4),
        frozen.z.reshape(shape), list(frozen.rules[::4]), np.eye(count),
    )  # fmt: skip


def study_world(task):
    """Return p-values by (windows, kind, test, episodes, event variance or multiple, shift)."""
    rng = generator(task.seed, "multi", task.number)
    common, apart = common_window(task.law, rng), own_windows(task.law, rng)
    if common is None or apart is None:
        return {}
    quiet, found = _quiet(common[1]), {}
    for layout, every in (("common", common[0]), ("own", apart)):
        power = task.power and layout == "common"
        for count in EPISODES:
            few = every.first(count)
            for times in VARIANCES:
                for shift in SHIFTS if power else SHIFTS[:1]:
                    for test, p in _returns(few.scaled(times), shift, rng).items():
                        found[layout, "returns", test, count, times, shift] = p
            for times in MULTIPLES if power else MULTIPLES[:1]:
                for test, p in _volatility(few.scaled(times), quiet, rng).items():
                    found[layout, "volatility", test, count, times, 0.0] = p
    return found


def _quiet(past):
    """Return the windows of the history, each with a refit, that the volatility test draws from."""
    days = pd.bdate_range("2000-01-03", periods=len(past))
    series = ReturnSeries("world", "simulated", days, np.ones(len(past)), past, ())
    fits = fit_placebos(series, [], DESIGN, GAP + DAYS + 1)
    return quiet_windows(fits, [], len(past) - 1, DESIGN)[WINDOW]


def _returns(episodes, shift, rng):
    """Return p-values of every test over episodes: CAR(0,4) of four series or of one, AR(0) for Savickas."""
    scar, z = episodes.scar(DAYS) + shift, list(episodes.z)
    correlation = np.array([np.corrcoef(one) for one in z])
    outcome = (
        episode_tests(composite(scar, np.ones(4)), DESIGN, rng, episodes.shared(DAYS))
        + cell_tests(scar, correlation, DESIGN)
        + rank_tests(scar, z, DESIGN)
        + savickas_test(episodes.scar(1)[:, 0] + shift, np.ones(len(z)), _dates(len(z)), DESIGN)
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


def _dates(count):
    return np.datetime64("2020-01-06") + APART * np.arange(count)


def _volatility(episodes, quiet, rng):
    """Return p-values of the cumulated abnormal volatility of the first series."""
    events = Windows(episodes.abnormal[:, 0], episodes.variance[:, 0])
    shape, residuals = (DAYS, DESIGN.replications), episodes.z[:, 0]
    drawn = np.array([
        draw_null(rule, float(own[0]), z, 0.0, rng.integers(0, len(z), size=shape)).abnormal
        for rule, own, z in zip(episodes.rules, events.variance, residuals, strict=True)
    ])  # fmt: skip
    outcome = volatility_tests(events, _dates(len(drawn)), DESIGN, rng, placebos=quiet, drawn=drawn)
    return {one.method: one.p_value for one in outcome.measures}


def run(asked):
    """Simulate, print the tables and return them."""
    tasks = [Task(k, asked.seed, k % asked.power_every == 0) for k in range(asked.worlds)]
    found = pd.DataFrame(spread(study_world, tasks, asked.workers))
    worlds = len(found.dropna(how="all"))
    print(
        f"\nRejected at {100 * LEVEL:.0f} per cent, per cent ± Monte-Carlo standard error; {worlds} worlds."
    )
    print("`sign_flip` cannot reject at 5 per cent with 4 episodes and attains 4.7 per cent with 8.")
    rows = []
    for key in found.columns:
        size, error, n = rejected(found[key].to_numpy())
        rows.append((*key, size, error, n))
    names = ("windows", "kind", "test", "episodes", "variance", "shift", "size", "error", "n")
    rows = pd.DataFrame(rows, columns=names)
    null = rows[(rows["shift"] == 0) & ((rows["kind"] == "returns") | (rows["variance"] == 1))]
    failing = []
    for layout, told in (
        ("common", "episodes within two years, all forecast from one estimation window"),
        ("own", "episodes years apart, each with an estimation window of its own"),
    ):
        failing += _sizes(f"Size over E episodes: {told}", null[null["windows"] == layout])
    _power(rows[(rows["windows"] == "common")])
    return {"rows": records(rows), "failing": failing}


def _sizes(title, rows):
    lines, failing = [], []
    for (kind, test), part in rows.groupby(["kind", "test"], sort=False):
        cells = {
            (row.episodes, row.variance): (
                row.size,
                row.error,
                row.n,
                ATTAINED.get((test, row.episodes), LEVEL),
            )
            for row in part.itertuples()
        }
        told = verdict({_head(*key): cell for key, cell in cells.items()})
        shown = [percent(*cells[count, times][:2]) if (count, times) in cells else "-"
                 for times in VARIANCES for count in EPISODES]  # fmt: skip
        lines.append((kind, f"`{test}`", *shown, told))
        if told.startswith("FAILS"):
            failing.append({"table": title, "test": test, "verdict": told})
    heads = [_head(count, times) for times in VARIANCES for count in EPISODES]
    table(f"{title}; x4: event variance", ("of", "test", *heads, "verdict"), lines)
    return failing


def _head(count, times):
    return f"E={count}" + (f" x{times:g}" if times > 1 else "")


def _power(rows):
    for kind, column, steps, told in (
        (
            "returns",
            "shift",
            SHIFTS[1:],
            "Power against a shift of every CAR by 0.5 and 1 forecast standard deviations",
        ),
        (
            "volatility",
            "variance",
            MULTIPLES[1:],
            "Power against a variance of days 0 to 4 multiplied by 2 and 4",
        ),
    ):
        part = rows[(rows["kind"] == kind) & rows[column].isin(steps)].sort_values(
            ["variance", "shift"], kind="stable"
        )
        heads = [
            f"{getattr(row, column):g}: {_head(row.episodes, row.variance if kind == 'returns' else 1.0)}"
            for row in part[part["test"] == part["test"].iloc[0]].itertuples()
        ]  # fmt: skip
        lines = [
            (f"`{test}`", *(percent(size, digits=0) for size in own["size"]))
            for test, own in part.groupby("test", sort=False)
        ]
        worst = 100 * part["error"].max()
        table(f"{told}, per cent (largest Monte-Carlo error {worst:.1f})", ("test", *heads), lines)
