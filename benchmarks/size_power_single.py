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
    FAILS,
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
    aftermath_p,
    battery_p,
    long_world,
    parameters_p,
    ratio_p,
    true_fits,
)
from eventstudy.inference.placebo import REGIMES, regime_members
from eventstudy.placebos import fit_placebos, placebo_path
from eventstudy.sizes import FEWEST_EARLIER, placebo_p_values
from eventstudy.values import Design

REACH = 75
LAW_PLACEBOS = 2_000
DRAWS = 499
COLUMNS = ["source", "statistic", "method", "effect", "by", "regime", "hits", "weight", "n"]
NOTHING = "none 0"
MISSING = (float("nan"), None, 0)
STRATA = ("q1", "q2", "q3", "q4", "top5")
EFFECTS = (*(("shift", x) for x in (1.0, 2.0, 3.0)), *(("multiple", x) for x in (2.0, 4.0, 9.0)))
STATISTICS = ("AR(0)", "CAR(0,4)", "MAX(0,4)", "MIN_CAR(0,4)", "CAV(0,4)", "RAV(0)", "RAV(0,4)")
SHOWN = ("fhs", "placebo_matched")
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
        (partial(battery_p, effects=task.effects), 5 if task.effects else 0),
        (aftermath_p, 1 if task.costly else 0),
        (parameters_p, task.costly),
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
        inside = regimes[stratum] & ~regimes["top5"] if stratum == "q4" else regimes[stratum]
        places = np.flatnonzero(inside & usable)
        steps = np.linspace(0, len(places) - 1, min(each, len(places))).astype(int)
        dates.append(places[steps])
        weights.append(np.full(len(steps), inside.sum() / max(len(steps), 1)))
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
    keys = ["law", "known", "statistic", "method", "effect", "by", "regime"]
    rows = pd.concat(spread(study_world, _tasks(asked), asked.workers), ignore_index=True)
    found = shares(rows, ["source", *keys])
    index = pd.MultiIndex.from_frame(found[keys])
    doubled = index.isin(index[found["source"] == "every"])
    found = found[(found["source"] == "every") | ~doubled]
    null, effects = found[found["effect"] == NOTHING], found[found["effect"] != NOTHING]
    print("\nRejected at 5 per cent, per cent ± Monte-Carlo standard error, clustered by world; the model")
    print("is the study's default. Regimes are quartiles and the top 5 per cent of the variance on the eve.")
    failing = _base_tables(null[null["law"] == BASE.name]) + _law_table(null[null["law"] != BASE.name])
    _power_tables(effects[effects["by"] == "forecast"])
    return {"sizes": records(null), "power": records(effects), "failing": failing}


def _tasks(asked):
    plain = {"seed": asked.seed, "sessions": asked.sessions, "placebos": asked.placebos}
    full = {**plain, "each": asked.dates, "known": False, "effects": EFFECTS, "costly": 10, "ratios": 40}
    known = {**plain, "each": asked.dates, "known": True, "effects": ()}
    few = {**plain, "placebos": min(asked.placebos, LAW_PLACEBOS), "each": 0, "known": False, "effects": ()}
    return [
        *(Task(BASE, number=number, **full) for number in range(asked.worlds)),
        *(Task(BASE, number=number, **known) for number in range(asked.worlds)),
        *(Task(law, number=number, **few) for law in LAWS for number in range(asked.law_worlds)),
    ]


def _base_tables(null):
    refitted, known = null[~null["known"]], null[null["known"]]
    failing = []
    for name, title, part in (
        ("refitted", "parameters refitted at each date; regimes by the forecast on the eve",
         refitted[refitted["by"] == "forecast"]),
        ("refitted, true regimes", "parameters refitted at each date; regimes by the true variance",
         refitted[(refitted["by"] == "truth") & (refitted["source"] == "every")]),
        ("true parameters", "true parameters", known[known["by"] == "truth"]),
    ):  # fmt: skip
        failing += _size_table(name, f"Size, {BASE.name}, {title}", part, ["statistic", "method"])
    return failing


def _law_table(null):
    part = null[(null["by"] == "forecast") & null["method"].isin(SHOWN)]
    title = "Size under other laws, parameters refitted at each date; regimes by the forecast on the eve"
    return _size_table("other laws", title, part, ["law", "statistic", "method"])


def _size_table(name, title, part, names):
    """Print sizes by regime; return the tests that fail."""
    lines, failing = [], []
    for key, rows in _ordered(part, names):
        cells = {row.regime: (row.size, row.error, row.n) for row in rows.itertuples()}
        told = verdict(cells)
        shown = [percent(*cells.get(regime, MISSING)[:2]) for regime in REGIMES]
        lines.append((*key[:-1], f"`{key[-1]}`", *shown, cells["all"][2], told))
        if told.startswith(FAILS):
            failing.append({"table": name, **dict(zip(names, key, strict=True)), "verdict": told})
    table(title, (*names, *REGIMES, "dates", "verdict"), lines)
    return failing


def _ordered(part, names):
    """Return groups in the order of laws, statistics and first mention."""
    place = {name: number for number, name in enumerate(STATISTICS)}
    groups = list(part.groupby(names, sort=False))
    laws = list(dict.fromkeys(key[:-2] for key, _ in groups))
    return sorted(groups, key=lambda group: (laws.index(group[0][:-2]), place.get(group[0][-2], len(place))))


def _power_tables(found):
    """Print the share found by effect and regime."""
    for kind, told, statistics in (
        ("shift", "Power against a fall of day 0 by 1, 2 and 3 true standard deviations", MOVED),
        ("multiple", "Power against a variance of days 0 to 4 multiplied by 2, 4 and 9", SCALED),
    ):
        part = found[found["effect"].str.startswith(kind) & found["statistic"].isin(statistics)]
        effects = [f"{name} {size:g}" for name, size in EFFECTS if name == kind]
        lines = []
        for key, rows in _ordered(part, ["statistic", "method"]):
            sizes = {(row.effect, row.regime): row.size for row in rows.itertuples()}
            shown = [
                percent(sizes.get((effect, regime)), digits=0) for effect in effects for regime in REGIMES
            ]
            lines.append((key[0], f"`{key[1]}`", *shown))
        heads = [f"{effect.split()[1]}: {regime}" for effect in effects for regime in REGIMES]
        worst = f"largest Monte-Carlo error {100 * part['error'].max():.1f}"
        table(f"{told}, per cent ({worst})", ("statistic", "method", *heads), lines)
