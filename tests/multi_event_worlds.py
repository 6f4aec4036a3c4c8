"""Small worlds for the questions over many events: cells with known variances on business days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.garch import VarianceRule
from eventstudy.inference.cells import Arrival, EventCell
from eventstudy.values import Design

DESIGN = Design(replications=199, second_opinion=False)
CALM = pd.bdate_range("2023-01-02", periods=250)
AFTER = pd.bdate_range("2024-03-01", periods=260)
WINDOWS = ((0, 0), (0, 4))
# Three equity indices and a currency: mean correlation .705, as in the published size table.
CORRELATION = np.array([
    [1.00, 0.95, 0.95, 0.45],
    [0.95, 1.00, 0.98, 0.45],
    [0.95, 0.98, 1.00, 0.45],
    [0.45, 0.45, 0.45, 1.00],
])  # fmt: skip


def standardised(z):
    """Mean 0, variance 1 along the first axis."""
    return (z - z.mean(axis=0)) / z.std(axis=0)


def residuals(seed=0, days=250, series=1):
    """Standardised normal residuals, correlated as `CORRELATION`; one column a series."""
    draws = np.random.default_rng(seed).standard_normal((days, 4)) @ np.linalg.cholesky(CORRELATION).T
    return standardised(draws)[:, :series] if series > 1 else standardised(draws)[:, 0]


def cell(event, start, abnormal, **changes):
    """One event whose day 0 is session number `start` of `AFTER`, one step from its origin; variance 1."""
    abnormal = np.asarray(abnormal, dtype=float)
    steps = len(abnormal)
    variance = np.ones(steps) * changes.pop("level", 1.0)
    made = {
        "series": "nikkei225", "clock": "tokyo_close", "event": event, "episode": event, "ambiguous": False,
        "windows": tuple(window for window in WINDOWS if window[1] < steps), "to_day0": 1,
        "sessions": AFTER[start : start + steps], "abnormal": abnormal, "shocks": variance,
        "variance": variance, "rule": VarianceRule("constant", omega=float(variance[0])),
        "z": residuals(), "residual_days": CALM, "phi": 0.0, "mean_variance": 0.0,
    }  # fmt: skip
    return EventCell(**{**made, **changes})


@dataclass(frozen=True)
class News:
    """One event of a register: its day 0 as a number of `AFTER`, its direction and its episode."""

    event: str
    start: int
    direction: str
    episode: str | None = None
    kind: str = "tariff"
    ambiguous: bool = False


def arrivals(*news, series=("nikkei225",)):
    """Every event on every series."""
    return tuple(
        Arrival(
            one.event,
            one.episode or one.event,
            name,
            one.direction,
            one.kind,
            AFTER[one.start],
            one.ambiguous,
        )
        for one in news
        for name in series
    )


def cells(*news, seed=1, steps=5, series=("nikkei225",)):
    """Cells of every event on every series, abnormal returns standard normal and alike on all series."""
    generator = np.random.default_rng(seed)
    found = []
    for one in news:
        effect = generator.standard_normal(steps)
        found += [
            cell(one.event, one.start, effect, series=name, episode=one.episode or one.event,
                 ambiguous=one.ambiguous)
            for name in series
        ]  # fmt: skip
    return tuple(found)
