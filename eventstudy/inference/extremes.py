"""The worst of a window: its largest daily move and the lowest point of its cumulated path."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.measure import Measure
from eventstudy.inference.resampling import quantiles, simulation, upper_p

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.inference.resampling import Null
    from eventstudy.inference.single_event import Evidence, Span


def extreme_measures(evidence: Evidence, null: Null, method: str, span: Span) -> tuple[Measure, ...]:
    """Compare the extremes of a window with those of simulated windows.

    Parameters
    ----------
    evidence : Evidence
        Observed abnormal returns.
    null : Null
        Simulated ones.
    method : str
        Name of the simulation, a key of `eventstudy.inference.resampling.SIMULATIONS`.
    span : Span
        The sessions, at least two.

    Returns
    -------
    tuple of Measure
        ``MAX``, the largest abs(AR) in per cent, upper tail; ``MIN_CAR``, the lowest CAR from the window's
        first session to any of its sessions in per cent, lower tail. An extreme is no shift of anything, so
        that it has no interval (NaN); its detectable effect is a move on one day, for ``MAX`` on the window's
        most volatile day, for ``MIN_CAR`` on its first, which lowers the whole path.
    """
    seen, drawn = evidence.abnormal[span.steps], null.abnormal[span.steps]
    count, floor = len(evidence.calm), 1 / (drawn.shape[1] + 1)
    largest, lowest = np.abs(drawn).max(axis=0), np.cumsum(drawn, axis=0).min(axis=0)
    top, bottom = float(np.abs(seen).max()), float(np.cumsum(seen).min())
    told = simulation(method, drawn.shape[1])
    return (
        Measure(
            "MAX", method, top, float(largest.std()), math.nan, math.nan, upper_p(top, largest, floor),
            count, floor, _largest_mde(largest, drawn, span), f"{told}, upper tail",
        ),
        Measure(
            "MIN_CAR", method, bottom, float(lowest.std()), math.nan, math.nan,
            upper_p(-bottom, -lowest, floor), count, floor,
            float(np.subtract(*quantiles(lowest, span.power, span.level))), f"{told}, lower tail",
        ),
    )  # fmt: skip


def _largest_mde(largest: Float1D, drawn: Float2D, span: Span) -> float:
    """Return the move that, on the day where it is hardest to see, beats the critical maximum."""
    critical = float(quantiles(largest, 1 - span.level)[0])
    low, high = quantiles(drawn, 1 - span.power, span.power)
    return critical + float(np.maximum(-low, high).max())
