"""The classical battery on panels of firms: size and power by number of events, dates, variance and tail.

Firms have one event each and mean-adjusted returns without any effect. Their events lie on dates of their own
(firms independent), on ten dates, or on one date (correlation .2 between firms); the event may double the
variance; returns are normal or Student t(4). Brown and Warner's (1985) experiment follows: 50 events, 239
estimation days, a standard deviation of 2.53 per cent, one-tailed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

import eventstudy as es
from benchmarks.size_power_common import (
    FAILS,
    LEVEL,
    generator,
    innovations,
    mixing,
    percent,
    records,
    rejected,
    spread,
    table,
    verdict,
)
from eventstudy.inference.panel import battery

LENGTH, CORRELATION, SHIFT, DEVIATION, UNEVEN = 239, 0.2, 0.5, 2.53, 0.5
COUNTS, DATES, VARIANCES, TAILS = (20, 50), ("own", "ten", "one"), (1.0, 2.0), ("normal", "t4")
FEW_DATES, APART, REPLICATIONS, AT_ONCE = 10, 2, 199, 50
WARNER_SHIFTS = (0.0, 0.5, 1.0, 2.0)
REFERENCE = {"normal": (0.048, 0.379, 0.876, 1.0), "t4": (0.048, 0.406, 0.879, 1.0)}
WARNER_TESTS = ("portfolio_t", "csect_t", "patell", "bmp", "corrado", "grank_t", "gen_sign", "wilcoxon")


@dataclass(frozen=True)
class Cell:
    """One kind of panel."""

    events: int
    dates: str
    variance: float
    tail: str


@dataclass(frozen=True)
class Task:
    """Some panels of one kind, or of Brown and Warner's with even or uneven firms."""

    cell: Cell
    number: int
    seed: int
    panels: int
    uneven: bool = False


def panel(cell, deviations, rng):
    """Return the study of one panel, without an effect in the mean."""
    groups = {"own": cell.events, "ten": FEW_DATES, "one": 1}[cell.dates]
    day0 = LENGTH + APART * (np.arange(cell.events) % groups)
    sessions, rho = LENGTH + APART * groups, 0.0 if cell.dates == "own" else CORRELATION
    draws = (
        innovations(cell.tail, mixing(cell.tail, shape, rng), rng.standard_normal(shape))
        for shape in ((sessions, 1), (sessions, cell.events))
    )
    market, own = draws
    returns = deviations * (np.sqrt(rho) * market + np.sqrt(1 - rho) * own)
    returns[day0, np.arange(cell.events)] *= np.sqrt(cell.variance)
    return es.panel_study(
        pd.DataFrame(returns), list(enumerate(day0.tolist())), model="mean_adjusted",
        estimation=LENGTH, gap=0, windows=((0, 0),),
    )  # fmt: skip


def study_panels(task):
    """Return p-values of every test without an effect and with one of `SHIFT` standard deviations."""
    cell, found = task.cell, []
    for number in range(task.number, task.number + task.panels):
        rng = generator(task.seed, "panel", cell.dates, cell.tail, cell.events, int(cell.variance), number)
        sample = panel(cell, 1.0, rng).sample
        shifts = (0.0, SHIFT) if cell.variance == 1 else (0.0,)
        for shift in shifts:
            moved = replace(sample, abnormal=sample.abnormal + shift)
            rows = battery.run(moved, [(0, 0)], seed=number, replications=REPLICATIONS)
            found.append({"shift": shift, **dict(zip(rows["test"], rows["p_value"], strict=True))})
    frame = pd.DataFrame(found)
    return frame.assign(events=cell.events, dates=cell.dates, variance=cell.variance, tail=cell.tail)


def warner(task):
    """Return one-tailed p-values by shift in per cent."""
    cell, found = task.cell, []
    for number in range(task.number, task.number + task.panels):
        rng = generator(task.seed, "warner", cell.tail, int(task.uneven), number)
        shape = 1 / UNEVEN**2
        uneven = rng.gamma(shape, 1 / shape, cell.events)
        sample = panel(cell, DEVIATION * (uneven if task.uneven else 1.0), rng).sample
        for shift in WARNER_SHIFTS:
            moved = replace(sample, abnormal=sample.abnormal + shift)
            rows = battery.run(moved, [(0, 0)], seed=number, tests=WARNER_TESTS)
            middle = np.where(rows["test"] == "wilcoxon", cell.events * (cell.events + 1) / 4, 0.0)
            half = rows["p_value"] / 2
            p_values = np.where(rows["statistic"] > middle, half, 1 - half)
            found.append({"shift": shift, **dict(zip(rows["test"], p_values, strict=True))})
    return pd.DataFrame(found).assign(tail=cell.tail, firms="uneven" if task.uneven else "alike")


def _in_parts(count):
    return [(start, min(AT_ONCE, count - start)) for start in range(0, count, AT_ONCE)]


def _rates(frames, keys, tests):
    """Return one row per kind and test: share rejected, error and number."""
    rows = []
    for key, part in pd.concat(frames, ignore_index=True).groupby(keys, sort=False):
        rows += [(*key, test, *rejected(part[test].to_numpy(dtype=float))) for test in tests]
    return pd.DataFrame(rows, columns=[*keys, "test", "size", "error", "n"])


def run(asked):
    """Simulate, print the tables and return them."""
    cells = [Cell(*one) for one in product(COUNTS, DATES, VARIANCES, TAILS)]
    parts = _in_parts(asked.panels)
    tasks = [Task(cell, first, asked.seed, count) for cell in cells for first, count in parts]
    keys = ["events", "dates", "variance", "tail", "shift"]
    rows = _rates(spread(study_panels, tasks, asked.workers), keys, battery.TESTS)
    print(
        f"\nRejected at 5 per cent, per cent, two-sided, {asked.panels} panels a column; own, ten, one: the"
    )
    print(
        "dates of the events; x2: the event doubles the variance; t4: Student t(4) instead of normal. - means"
    )
    print("that the test refuses.")
    failing = []
    for count in COUNTS:
        failing += _sizes(count, rows[(rows["events"] == count) & (rows["shift"] == 0)])
    _power(rows[rows["shift"] > 0])
    tasks = [
        Task(Cell(50, "own", 1.0, tail), first, asked.seed, size, uneven)
        for tail in TAILS for uneven in (False, True) for first, size in _in_parts(asked.warner)
    ]  # fmt: skip
    brown = _rates(spread(warner, tasks, asked.workers), ["tail", "firms", "shift"], WARNER_TESTS)
    _warner_table(brown)
    return {"battery": records(rows), "brown_warner": records(brown), "failing": failing}


def _sizes(count, rows):
    lines, failing = [], []
    columns = list(product(DATES, VARIANCES, TAILS))
    for test, part in rows.groupby("test", sort=False):
        cells = {
            (row.dates, row.variance, row.tail): (row.size, row.error, row.n) for row in part.itertuples()
        }
        told = verdict({f"{one[0]}: {_kind(*one[1:])}": cells[one] for one in columns if cells[one][2]})
        lines.append((f"`{test}`", *(percent(cells[one][0]) for one in columns), told))
        if told.startswith(FAILS):
            failing.append({"table": f"panel of {count} events", "test": test, "verdict": told})
    heads = [f"{dates} {_kind(variance, tail)}" for dates, variance, tail in columns]
    n = int(rows["n"].max())
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / n)
    title = f"Size, {count} events (Monte-Carlo error of a size of 5: {error:.1f})"
    table(title, ("test", *heads, "verdict"), lines)
    return failing


def _kind(variance, tail):
    return ("x2 " if variance > 1 else "") + tail


def _power(rows):
    columns = list(product(COUNTS, DATES, TAILS))
    lines = []
    for test, part in rows.groupby("test", sort=False):
        sizes = part.set_index(["events", "dates", "tail"])["size"]
        lines.append((f"`{test}`", *(percent(sizes[one], digits=0) for one in columns)))
    worst = f"largest Monte-Carlo error {100 * rows['error'].max():.1f}"
    title = f"Power against a shift of {SHIFT:g} standard deviations of each firm, per cent ({worst})"
    table(title, ("test", *(f"{count} {dates} {tail}" for count, dates, tail in columns)), lines)


def _warner_table(rows):
    columns = [(tail, firms) for tail in TAILS for firms in ("alike", "uneven")]
    lines = []
    for test, part in rows.groupby("test", sort=False):
        sizes = part.set_index(["tail", "firms", "shift"])["size"]
        lines.append(
            (f"`{test}`", *(percent(sizes[*one, shift]) for one in columns for shift in WARNER_SHIFTS))
        )
    known = (REFERENCE[tail] if firms == "alike" else [None] * 4 for tail, firms in columns)
    lines.insert(1, ("`portfolio_t`, reference", *(percent(one) for four in known for one in four)))
    heads = [f"{tail} {firms} {shift:g}" for tail, firms in columns for shift in WARNER_SHIFTS]
    title = (
        "Brown and Warner's experiment, upper tail, rejected at 5 per cent by shift in per cent; firms alike"
        f" or with uneven deviations; largest Monte-Carlo error {100 * rows['error'].max():.1f}"
    )
    table(title, ("test", *heads), lines)
