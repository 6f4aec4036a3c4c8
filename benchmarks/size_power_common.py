"""What the parts of the truth kit share: worlds with known laws, Monte-Carlo errors, verdicts and tables."""

from __future__ import annotations

import math
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

LEVEL = 0.05
TOLERATED = (0.035, 0.065)
ERRORS = 3
FAILS = "FAILS"
MEAN = 0.03
BURN = 500
LEAN, LEAN_SHAPE = -0.6, 2.0


@dataclass(frozen=True)
class Law:
    """A GARCH or GJR recursion of long-run variance 1 with unit-variance innovations.

    `shape` is ``normal``, ``t4``, ``t6``, ... or ``skewed`` (variance gamma, skewness -0.85).
    """

    name: str
    shape: str = "t6"
    alpha: float = 0.10
    gamma: float = 0.0
    beta: float = 0.88

    @property
    def persistence(self):
        """How much of a variance shock survives one session."""
        return self.alpha + self.gamma / 2 + self.beta

    @property
    def omega(self):
        """Constant of the recursion."""
        return 1 - self.persistence


BASE = Law("GARCH(.10, .88), t6")
LAWS = (
    Law("normal", "normal"),
    Law("t4", "t4"),
    Law("skewed", "skewed"),
    Law("GJR(.04, .10, .86)", alpha=0.04, gamma=0.10, beta=0.86),
    Law("persistence .80", beta=0.70),
    Law("persistence .995", alpha=0.05, beta=0.945),
)


def generator(seed, *names):
    """Return random numbers that depend on the seed and the names of a piece of work only."""
    numbers = (zlib.crc32(one.encode()) if isinstance(one, str) else one for one in names)
    return np.random.default_rng([seed, *numbers])


def mixing(shape, size, rng):
    """Draw the variances of single sessions relative to the forecast, mean 1."""
    if shape == "normal":
        return np.ones(size)
    if shape == "skewed":
        return rng.gamma(LEAN_SHAPE, 1 / LEAN_SHAPE, size)
    nu = int(shape[1:])
    return (nu - 2) / rng.chisquare(nu, size)


def innovations(shape, scale, normal):
    """Return innovations of variance 1 that are normal given the session's own variance `scale`."""
    if shape == "skewed":
        rest = 1 - LEAN**2 / LEAN_SHAPE
        return LEAN * (scale - 1) + np.sqrt(rest * scale) * normal
    return np.sqrt(scale) * normal


def recursion(law, z, first=1.0):
    """Return the shocks and conditional variances of innovations (T, ...); a variance more than shocks."""
    shocks, variances = np.empty_like(z), np.empty((len(z) + 1, *z.shape[1:]))
    variances[0] = first
    for t in range(len(z)):
        h = variances[t]
        shocks[t] = np.sqrt(h) * z[t]
        news = law.alpha + law.gamma * (shocks[t] < 0)
        variances[t + 1] = law.omega + news * shocks[t] ** 2 + law.beta * h
    return shocks, variances


def spread(work, tasks, workers):
    """Do independent pieces of work, in order, by one process or several."""
    if workers == 1:
        return [work(one) for one in tasks]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(work, tasks, chunksize=max(1, len(tasks) // (8 * workers))))


def shares(rows, keys):
    """Return the share rejected and its Monte-Carlo error; worlds are independent, dates within one are not.

    `rows` has the keys and the columns world, hits, weight (what all hits would add up to) and n.
    """
    sums = rows.groupby([*keys, "world"], sort=False)[["hits", "weight", "n"]].sum().reset_index()
    sums = sums[sums["weight"] > 0]
    found = sums.groupby(keys, sort=False)[["hits", "weight", "n"]].sum()
    found["size"] = found["hits"] / found["weight"]
    joined = sums.join(found["size"], on=keys)
    joined["square"] = (joined["hits"] - joined["size"] * joined["weight"]) ** 2
    groups = joined.groupby(keys, sort=False)["square"]
    worlds = groups.count()
    scatter = np.sqrt(groups.sum() * worlds / (worlds - 1).clip(lower=1))
    found["error"] = np.where(worlds > 1, scatter / found["weight"], np.nan)
    return found.assign(worlds=worlds)[["size", "error", "n", "worlds"]].reset_index()


def rejected(p_values, level=LEVEL):
    """Return the share of independent p-values up to the level, its Monte-Carlo error and their number."""
    seen = np.asarray(p_values)[np.isfinite(p_values)]
    if not len(seen):
        return math.nan, math.nan, 0
    share = float(np.mean(seen <= level + 1e-12))
    return share, math.sqrt(share * (1 - share) / len(seen)), len(seen)


def beyond(size, error, n, target=LEVEL):
    """Return 0 within the Monte-Carlo error of the target, else by how much it is missed, with its sign."""
    least = math.sqrt(max(target * (1 - target), 0.0) / n) if n else math.inf
    allowed = ERRORS * max(least, error if math.isfinite(error) else 0.0)
    return 0.0 if not n or abs(size - target) <= allowed else size - target


def verdict(cells, *, only_too_often=False):
    """Judge a test by its sizes.

    `cells` maps labels to (size, error, n) or (size, error, n, target). ``holds``: every size is within
    `ERRORS` Monte-Carlo errors of its target. ``near``: those that are not are within 1.5 points of it.
    """
    missed = {}
    for label, (size, error, n, *target) in cells.items():
        by = beyond(size, error, n, *target)
        if by and not (only_too_often and by < 0):
            missed[label] = by
    low, high = TOLERATED[0] - LEVEL, TOLERATED[1] - LEVEL
    wrong = {label: by for label, by in missed.items() if not low <= by <= high}
    if not wrong:
        return "near" if missed else "holds"
    often = compact([label for label, by in wrong.items() if by > 0], cells)
    seldom = compact([label for label, by in wrong.items() if by < 0], cells)
    told = [f"too often {often}"] * bool(often) + [f"too seldom {seldom}"] * bool(seldom)
    return f"{FAILS}: {'; '.join(told)}"


def compact(labels, every):
    """Name labels, groups of them (what stands before a colon) by their name where none is missing."""
    if labels and len(labels) == len(every):
        return "everywhere"
    groups = {}
    for label in every:
        groups.setdefault(label.partition(":")[0], []).append(label)
    told = []
    for group, members in groups.items():
        inside = [label for label in members if label in labels]
        whole = len(members) > 1 and len(inside) == len(members)
        told += [group] if whole else [label.replace(": ", " ") for label in inside]
    return ", ".join(told)


def percent(size, error=None, digits=1):
    """Say a share in per cent, with its Monte-Carlo error where there is one."""
    if size is None or not math.isfinite(size):
        return "-"
    told = f"{100 * size:.{digits}f}"
    if error is None:
        return told
    return f"{told} ±{100 * error:.1f}" if math.isfinite(error) else f"{told} ±?"


def table(title, heads, rows):
    """Print a Markdown table: texts to the left, numbers to the right."""
    cells = [list(heads), *([str(one) for one in row] for row in rows)]
    columns = list(zip(*cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    texts = [any(one[:1] not in "-0123456789" for one in column[1:]) for column in columns]
    rule = [
        "-" * width if text else "-" * (width - 1) + ":" for width, text in zip(widths, texts, strict=True)
    ]
    print(f"\n{title}\n")
    for row in (cells[0], rule, *cells[1:]):
        padded = (
            one.ljust(width) if text else one.rjust(width)
            for one, width, text in zip(row, widths, texts, strict=True)
        )
        print("| " + " | ".join(padded) + " |")


def records(frame):
    """Return a frame as rows for JSON, NaN as None."""
    return [
        {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
        for row in pd.DataFrame(frame).to_dict("records")
    ]
