"""The golden panel: six firms and a market from a generator anyone can run, with a fall of 3 % on day 0.

The figures that belong to it (tests/conformance.py) came from another program, the R package estudy2, and
from an independent implementation; they agree to the printed digits.
"""

from functools import cache
from itertools import islice

import numpy as np

from tests.panel_samples import market_model

ESTIMATION, EVENT_DAYS, FIRMS = 120, 5, 6


def normals():
    """Sums of twelve uniform draws less 6, from Park and Miller's generator."""
    state = 20250402
    while True:
        total = 0.0
        for _ in range(12):
            state = 16807 * state % (2**31 - 1)
            total += state / (2**31 - 1)
        yield total - 6


@cache
def golden_returns():
    """The market (125,) and the firms (125, 6); a day draws for the market, for all firms, for each firm."""
    draws, market, firms = normals(), [], []
    for day in range(ESTIMATION + EVENT_DAYS):
        index, common, *own = islice(draws, 2 + FIRMS)
        market.append(round(0.01 * index, 8))
        firms.append([_firm(i, day, market[-1], common, one) for i, one in enumerate(own, 1)])
    return np.array(market), np.array(firms)


def _firm(i, day, market, common, own):
    shock = 0.4 * common + 0.9 * own
    event = -0.03 if day == ESTIMATION else 0.0
    return round(0.0002 * i + (0.5 + 0.1 * i) * market + 0.01 * (0.8 + 0.2 * i) * shock + event, 8)


@cache
def golden_sample():
    """Six events on one date, market model on the 120 days before."""
    market, firms = golden_returns()
    rows = [(firm, ESTIMATION) for firm in range(FIRMS)]
    return market_model(firms, market, rows, estimation=ESTIMATION, gap=0, days=(0, EVENT_DAYS - 1))


def golden_betas():
    """Slope of each firm on the market over the estimation window."""
    market, firms = golden_returns()
    x = np.column_stack([np.ones(ESTIMATION), market[:ESTIMATION]])
    return np.linalg.lstsq(x, firms[:ESTIMATION], rcond=None)[0][1]
