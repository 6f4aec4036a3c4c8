"""Single-event tests on long worlds: size by volatility regime and power, parameters known or refitted.

Each world is one series of a known law. Dates of it are taken for events as the study takes placebo dates:
ten sessions behind an estimation window of 500, the variance filtered to the eve. `placebo_matched` ranks
a date among the earlier dates of its own world, each with a fit of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.size_power_common import (
    BASE,
    LAWS,
    LEVEL,
    Law,
    percent,
    records,
    shares,
    spread,
    table,
    verdict,
)
from benchmarks.size_power_dates import (
    EVE,
    NONE,
    WINDOW,
    Chosen,
    battery_p,
    costly_p,
    long_world,
    ratio_p,
    true_fits,
)
from eventstudy.inference.placebo import REGIMES, regime_members
from eventstudy.placebos import fit_placebos, placebo_path
from eventstudy.sizes import FEWEST_EARLIER, placebo_p_values
from eventstudy.values import Design

REACH = 75
DRAWS = 499
COLUMNS = ["source", "statistic", "method", "effect", "by", "regime", "hits", "weight", "n"]
NOTHING = "none 0"
MISSING = (float("nan"), None, 0)
STRATA = ("q1", "q2", "q3", "q4", "top5")
EFFECTS = (*(("shift", x) for x in (1.0, 2.0, 3.0)), *(("multiple", x) for x in (2.0, 4.0, 9.0)))
STATISTICS = ("AR(0)", "CAR(0,4)", "MAX(0,4)", "MIN_CAR(0,4)", "CAV(0,4)", "RAV(0)", "RAV(0,4)")
MOVED = ("AR(0)", "CAR(0,4)", "MAX(0,4)", "MIN_CAR(0,4)")
SCALED = ("MAX(0,4)", "CAV(0,4)", "RAV(0)", "RAV(0,4)", "VR(0,4)")
EVERY_DATE = {("CAR", (0, 0)): "AR(0)", ("CAR", WINDOW): "CAR(0,4)", ("CAV", WINDOW): "CAV(0,4)"}


@dataclass(frozen=True)
class Task:
    """One world and what is asked of it."""

    law: Law
    known: bool
    number: int
    seed: int
    sessions: int
    placebos: int
    each: int
    effects: tuple
    costly: int = 0
    ratios: int = 0


def study_world(task):
    """Return one row per statistic, method, effect and regime: how many dates of the world were rejected."""
    design = Design(placebos=task.placebos, replications=DRAWS)
    world = long_world(task.law, task.sessions, task.seed, task.number)
    fits = true_fits(world, design, REACH) if task.known else fit_placebos(world.series, [], design, REACH)
    rows = _every_date(world, fits)
    path = placebo_path(fits, EVE, WINDOW, [], task.sessions - 1)
    chosen = Chosen.of(world, fits, path, design, task.known)
    members = _members(world, path)
    dates, weights = _dates(members["forecast"], _usable(fits, path), task.each)
    seed = task.seed + 1000 * task.number
    for work, step in (
        (partial(battery_p, effects=(NONE,)), 1),
        (partial(battery_p, effects=task.effects), 2 if task.effects else 0),
        (costly_p, task.costly),
        (ratio_p, task.ratios),
    ):
        some = slice(None, None, step) if step else slice(0)
        found = [work(chosen, date, seed=seed) for date in dates[some].tolist()]
        rows += _chosen_rows(found, members, dates[some], weights[some])
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["effect"] = [f"{kind} {size:g}" for kind, size in frame["effect"]]
    return frame.assign(law=task.law.name, known=task.known, world=task.number)


def _members(world, path):
    """Return the regimes of a path's dates by the forecast on the eve, and by the truth."""
    return {
        "forecast": regime_members(path.shocks[:, 0]),
        "truth": regime_members(world.variances[path.day0]),
    }


def _every_date(world, fits):
    rows = []
    for window in ((0, 0), WINDOW):
        path, found = placebo_p_values(fits, EVE, window, [], len(world.variances) - 1)
        members = _members(world, path)
        for (statistic, method), p_values in found.items():
            name = EVERY_DATE.get((statistic, window))
            for by, regimes in members.items() if name else ():
                for regime, inside in regimes.items():
                    seen = p_values[inside & np.isfinite(p_values)]
                    hits = int((seen <= LEVEL).sum())
                    rows.append(("every", name, method, NONE, by, regime, hits, len(seen), len(seen)))
    return rows


def _usable(fits, path):
    """Return the dates with enough earlier ones and enough sessions behind them."""
    complete = np.isfinite(fits.behind[path.rows]).all(axis=1)
    return complete & (np.arange(len(path.rows)) >= FEWEST_EARLIER + 10)


def _dates(regimes, usable, each):
    """Return as many dates of each stratum, evenly spaced, and how many dates each of them stands for."""
    dates, weights = [], []
    for stratum in STRATA:
        inside = regimes[stratum] & (~regimes["top5"] if stratum == "q4" else True)
        places = np.flatnonzero(inside & usable)
        picked = (
            places[np.linspace(0, len(places) - 1, min(each, len(places))).astype(int)]
            if len(places)
            else places
        )
        dates.append(picked)
        weights.append(np.full(len(picked), inside.sum() / max(len(picked), 1)))
    order = np.argsort(np.concatenate(dates), kind="stable")
    return np.concatenate(dates)[order], np.concatenate(weights)[order]


def _chosen_rows(found, members, dates, weights):
    rows = []
    for key in dict.fromkeys(key for one in found for key in one):
        effect, statistic, method = key
        p_values = np.array([one.get(key, np.nan) for one in found])
        seen = np.isfinite(p_values)
        for by, regimes in members.items():
            for regime, mask in regimes.items():
                inside = mask[dates] & seen
                hits = float(weights[inside & (p_values <= LEVEL + 1e-12)].sum())
                total = float(weights[inside].sum())
                rows.append(("chosen", statistic, method, effect, by, regime, hits, total, int(inside.sum())))
    return rows


def run(asked):
    """Simulate, print the tables and return them."""
    plain = dict(seed=asked.seed, sessions=asked.sessions, placebos=asked.placebos)
    numbers = range(asked.worlds)
    tasks = [
        Task(BASE, known=False, number=k, each=asked.dates, effects=EFFECTS, costly=8, ratios=16, **plain)
        for k in numbers
    ]
    tasks += [Task(BASE, known=True, number=k, each=asked.dates, effects=(), **plain) for k in numbers]
    few = {**plain, "placebos": min(asked.placebos, asked.law_placebos)}
    tasks += [
        Task(law, known=False, number=k, each=asked.dates // 2, effects=(), **few)
        for law in LAWS for k in range(asked.law_worlds)
    ]  # fmt: skip
    keys = ["law", "known", "source", "statistic", "method", "effect", "by", "regime"]
    found = shares(pd.concat(spread(study_world, tasks, asked.workers), ignore_index=True), keys)
    doubled = found[found["source"] == "every"].set_index(keys[:2] + keys[3:]).index
    chosen = found.set_index(keys[:2] + keys[3:]).index
    found = found[(found["source"] == "every") | ~chosen.isin(doubled)]
    return _report(found)


def _report(found):
    print(
        f"Rejected at {100 * LEVEL:.0f} per cent, per cent ± Monte-Carlo standard error (clustered by world)."
    )
    null, effects = found[found["effect"] == NOTHING], found[found["effect"] != NOTHING]
    base, others = null[null["law"] == BASE.name], null[null["law"] != BASE.name]
    refitted, known, failing = base[~base["known"]], base[base["known"]], []
    for title, part in (
        (f"Size, {BASE.name}, parameters refitted at each date; regimes by the forecast on the eve",
         refitted[refitted["by"] == "forecast"]),
        (f"Size, {BASE.name}, parameters known; regimes by the forecast, which is the truth here",
         known[known["by"] == "forecast"]),
        (f"Size, {BASE.name}, parameters refitted; regimes by the true variance, which nobody sees",
         refitted[refitted["by"] == "truth"]),
    ):  # fmt: skip
        failing += _size_table(title, part, ("statistic", "method"))
    others = others[
        (others["by"] == "forecast") & (others["source"] == "every") & (others["method"] != "sq_z")
    ]
    failing += _size_table(
        "Size under other laws, parameters refitted", others, ("law", "statistic", "method")
    )
    _power_table(effects[effects["by"] == "forecast"])
    return {"sizes": records(null), "power": records(effects), "failing": failing}


def _ordered(part):
    known = {name: place for place, name in enumerate(STATISTICS)}
    return sorted(part, key=lambda key: known.get(key[-2], len(known)))


def _size_table(title, part, names):
    """Print sizes by regime; return the tests that fail."""
    lines, failing = [], []
    groups = dict(list(part.groupby(list(names), sort=False)))
    keys = _ordered(groups) if len(names) == 2 else list(groups)
    for key in keys:
        cells = {row.regime: (row.size, row.error, row.n) for row in groups[key].itertuples()}
        told = verdict({regime: cell for regime, cell in cells.items() if regime != "all"})
        shown = [percent(*cells.get(regime, MISSING)[:2]) for regime in REGIMES]
        lines.append((*key[:-1], f"`{key[-1]}`", *shown, cells["all"][2], told))
        if told.startswith("FAILS"):
            failing.append({"table": title, **dict(zip(names, key, strict=True)), "verdict": told})
    table(title, (*names, *(r.replace("top5", "top 5 %") for r in REGIMES), "dates", "verdict"), lines)
    return failing


def _power_table(found):
    """Print the share found by effect and regime."""
    for kind, told, statistics in (
        ("shift", "Power against a fall of day 0 by 1, 2 and 3 true standard deviations", MOVED),
        ("multiple", "Power against a variance of days 0 to 4 multiplied by 2, 4 and 9", SCALED),
    ):
        part = found[found["effect"].str.startswith(kind) & found["statistic"].isin(statistics)]
        sizes = [f"{one:g}" for name, one in EFFECTS if name == kind]
        lines = []
        groups = dict(list(part.groupby(["statistic", "method"], sort=False)))
        for statistic, method in _ordered(groups):
            rows = groups[statistic, method].itertuples()
            cells = {(row.effect, row.regime): row.size for row in rows}
            shown = [percent(cells.get((f"{kind} {size}", r)), digits=0) for size in sizes for r in REGIMES]
            lines.append((statistic, f"`{method}`", *shown))
        heads = [f"{size}: {regime}" if regime == "all" else regime for size in sizes for regime in REGIMES]
        worst = 100 * part["error"].max()
        table(
            f"{told}, per cent (largest Monte-Carlo error {worst:.1f})",
            ("statistic", "method", *heads),
            lines,
        )
