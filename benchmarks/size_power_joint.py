"""Families of tests on joint paths: family-wise error, power, and the Wald test that no series moved.

A world is one event on four correlated GARCH series, each with its own fit. The family is four series by the
four windows of the default design, all forecast from the session before the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.size_power_common import (
    BASE,
    FAILS,
    LEVEL,
    MEAN,
    generator,
    percent,
    records,
    rejected,
    spread,
    table,
    verdict,
)
from benchmarks.size_power_multi import LENGTH, frozen_fit, joint_shocks
from eventstudy.inference.cells import EventCell
from eventstudy.joint import family_rows, joint_draws, wald_tests
from eventstudy.placebos import step_variances
from eventstudy.values import HEADLINE_WINDOWS

NAMES = ("nikkei225", "topix", "jpx_nikkei_400", "usdjpy")
GAP, DAYS, REPLICATIONS = 10, 5, 499
BEFORE = -min(start for start, _ in HEADLINE_WINDOWS)
ADJUSTMENTS = {"none": "p_value", "romano_wolf": "p_adjusted", "holm": "p_holm", "bh": "p_bh"}
EVERYONE, CURRENCY = np.ones(4), np.array([0.0, 0.0, 0.0, 1.0])
SCENARIOS = {
    "nothing": (0.0, 1.0, EVERYONE),
    "all by 2": (2.0, 1.0, EVERYONE),
    "all by 3": (3.0, 1.0, EVERYONE),
    "usdjpy by 3": (3.0, 1.0, CURRENCY),
    "all x4": (0.0, 4.0, EVERYONE),
    "usdjpy x9": (0.0, 9.0, CURRENCY),
}


@dataclass(frozen=True)
class Task:
    """One world."""

    number: int
    seed: int


def event_cells(rng):
    """Return an event's cells on four series without an effect, and its shocks (4, H); None without a fit."""
    horizon = BEFORE + DAYS
    shocks = joint_shocks(BASE, (LENGTH + GAP + DAYS,), rng).T
    windows, after = MEAN + shocks[:, :LENGTH], shocks[:, LENGTH:]
    frozen = frozen_fit(windows, MEAN + after)
    if frozen is None:
        return None, None
    origin = GAP - BEFORE
    variance = step_variances(frozen, np.arange(4), frozen.later[:, origin], horizon)
    days = pd.bdate_range("2023-01-02", periods=LENGTH + GAP + DAYS)
    own = after[:, origin:]
    cells = [
        EventCell(
            series=name, clock="one", event="E", episode="E", ambiguous=False, windows=HEADLINE_WINDOWS,
            to_day0=BEFORE + 1, sessions=days[LENGTH + origin :], abnormal=MEAN + own[row] - frozen.mu[row],
            shocks=variance[row], variance=variance[row], rule=frozen.rules[row], z=frozen.z[row],
            residual_days=days[:LENGTH], phi=0.0, mean_variance=0.0,
        )
        for row, name in enumerate(NAMES)
    ]  # fmt: skip
    return cells, own


def changed(cells, shocks, scenario):
    """Return the cells after an event that shifts day 0, in forecast deviations, or scales the variance."""
    shift, times, who = SCENARIOS[scenario]
    found = []
    for cell, own, moved in zip(cells, shocks, who, strict=True):
        abnormal = cell.abnormal.copy()
        if moved:
            abnormal[BEFORE:] += (np.sqrt(times) - 1) * own[BEFORE:]
            abnormal[BEFORE] += shift * np.sqrt(cell.variance[BEFORE])
        found.append(replace(cell, abnormal=abnormal))
    return found


def study_world(task):
    """Return, by scenario, the smallest p of true nulls, the share of false ones rejected, and Wald's p."""
    cells, shocks = event_cells(generator(task.seed, "joint", task.number))
    if cells is None:
        return {}
    found = {}
    for scenario, (_, times, who) in SCENARIOS.items():
        joint = joint_draws("study", changed(cells, shocks, scenario), REPLICATIONS, task.seed + task.number)
        rows = family_rows(joint)
        moved = {name for name, there in zip(NAMES, who, strict=True) if there and scenario != "nothing"}
        for statistic, (name, column) in product(("CAR", "CAV"), ADJUSTMENTS.items()):
            mine = [row for row in rows if row["statistic"] == statistic]
            true = [row[column] for row in mine if row["series"] not in moved]
            false = [row[column] for row in mine if row["series"] in moved]
            if true:
                found["error", statistic, name, scenario] = min(true)
            if false and (statistic == "CAV" or times == 1):
                found["power", statistic, name, scenario] = rejected(np.array(false))[0]
        found |= {
            ("wald", window_name(one.window), "", scenario): one.p_value for one in wald_tests(joint, LEVEL)
        }
    return found


def window_name(window):
    """Return a window as text."""
    return f"({window[0]},{window[1]})"


def run(asked):
    """Simulate, print the tables and return them."""
    tasks = [Task(number, asked.seed) for number in range(asked.worlds)]
    found = pd.DataFrame(spread(study_world, tasks, asked.workers))
    print(f"\nFamilies of four series by four windows at 5 per cent, {asked.worlds} worlds, per cent")
    print("± Monte-Carlo standard error. By 2, by 3: day 0 moves by so many forecast deviations; x4, x9: the")
    print("variance of days 0 to 4 is multiplied.")
    failing = _family_errors(found)
    _family_power(found)
    failing += _wald(found)
    names = ["kind", "statistic", "adjustment", "scenario", "share", "error", "n"]
    rows = [(*key, *_summary(key[0], found[key].to_numpy(dtype=float))) for key in found.columns]
    return {"rows": records(pd.DataFrame(rows, columns=names)), "failing": failing}


def _summary(kind, values):
    """Return the share rejected, its Monte-Carlo error and the number of worlds."""
    if kind != "power":
        return rejected(values)
    return float(np.nanmean(values)), float(np.nanstd(values) / np.sqrt(len(values))), len(values)


def _family_errors(found):
    """Print how often a family rejects any true null."""
    lines, failing = [], []
    for statistic, columns in (("CAR", ("nothing", "usdjpy by 3")), ("CAV", ("nothing", "usdjpy x9"))):
        for name in ADJUSTMENTS:
            cells = {
                one: rejected(found["error", statistic, name, one].to_numpy(dtype=float)) for one in columns
            }
            told = verdict(cells, only_too_often=True)
            lines.append((statistic, f"`{name}`", *(percent(*cell[:2]) for cell in cells.values()), told))
            if told.startswith(FAILS):
                failing.append(
                    {"table": "family-wise error", "statistic": statistic, "test": name, "verdict": told}
                )
    heads = ("statistic", "adjustment", "nothing moved", "only `usdjpy` did", "verdict")
    table("Families that reject any true null (verdict: at most 5)", heads, lines)
    return failing


def _family_power(found):
    lines = []
    for statistic, columns in (
        ("CAR", ("all by 2", "all by 3", "usdjpy by 3")),
        ("CAV", ("all x4", "usdjpy x9")),
    ):
        for name in ADJUSTMENTS:
            shares = [
                np.nanmean(found["power", statistic, name, one].to_numpy(dtype=float)) for one in columns
            ]
            told = "; ".join(
                f"{one} {percent(share, digits=0)}" for one, share in zip(columns, shares, strict=True)
            )
            lines.append((statistic, f"`{name}`", told))
    table(
        "Share of the false nulls that are rejected, per cent", ("statistic", "adjustment", "rejected"), lines
    )


def _wald(found):
    lines, cells = [], {}
    scenarios = ("nothing", "all by 2", "all by 3", "usdjpy by 3")
    for window in HEADLINE_WINDOWS:
        name = window_name(window)
        size, *power = (rejected(found["wald", name, "", one].to_numpy(dtype=float)) for one in scenarios)
        cells[name] = size
        lines.append((name, percent(*size[:2]), *(percent(one[0], digits=0) for one in power)))
    told = verdict(cells)
    table(f"Wald test that no series moved: size and power ({told})", ("window", *scenarios), lines)
    return [{"table": "Wald", "test": "wald", "verdict": told}] if told.startswith(FAILS) else []
