"""One side of the panel benchmark: python -I panel_peers.py NAME WORLD ROUNDS ROOT, by its own interpreter.

Reads a world that benchmarks/panel.py wrote, does the same study a number of times after a warm-up, and
prints one line of JSON: version, seconds of each round, CAAR by day, statistics. It imports nothing of this
project unless the side is ours, because one of the peers has the same name.
"""

import gc
import json
import os
import sys
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

FIRST, LAST, ESTIMATION = -10, 10, 250
SEVEN = ("csect_t", "patell", "adj_patell", "bmp", "kolari_pynnonen", "grank_t", "wilcoxon")


def timed(work, rounds):
    """Return the seconds of one pass in each round after a warm-up, and what the last pass returned.

    A round is as many passes as fill a tenth of a second, so that a short pass is not timed cold.
    """
    work()
    begun = time.perf_counter()
    work()
    passes = 1 + int(0.1 / (time.perf_counter() - begun))
    seconds = []
    for _ in range(rounds):
        gc.collect()
        begun = time.perf_counter()
        for _ in range(passes):
            result = work()
        seconds.append((time.perf_counter() - begun) / passes)
    return seconds, result


def names(world):
    """Return the names of the firms."""
    return [f"F{number}" for number in range(world["returns"].shape[1])]


def wide(world):
    """Return returns and market as frames and the events as pairs."""
    sessions = pd.DatetimeIndex(world["sessions"])
    returns = pd.DataFrame(world["returns"], index=sessions, columns=names(world))
    market = pd.DataFrame({"market": world["market"]}, index=sessions)
    firms = returns.columns
    events = [(firms[f], sessions[d]) for f, d in zip(world["firm"], world["day0"], strict=True)]
    return returns, market, events


def ours(world, rounds, tests):
    """Time a study with its CAAR and some tests."""
    import eventstudy as es

    returns, market, events = wide(world)

    def work():
        study = es.panel_study(
            returns, events, factors=market, estimation=ESTIMATION, gap=0, windows=((FIRST, LAST),)
        )
        return study, study.caar, study.tests(tests)

    seconds, (study, caar, table) = timed(work, rounds)
    sample = study.sample
    # the peers' formula for comparison: no forecast error, the residuals' mean square instead of s squared
    variance = (sample.sigma**2 * (ESTIMATION - 2) / ESTIMATION).sum() / len(sample.sigma) ** 2
    naive = caar.to_numpy() / np.sqrt(variance * np.arange(1, len(caar) + 1))
    statistics = dict(zip(table["test"], table["statistic"], strict=True))
    return {
        "version": es.__version__,
        "seconds": seconds,
        "caar": caar.tolist(),
        "statistics": {**statistics, "naive_t": float(naive[-1])},
    }


def ours_market(world, rounds):
    """Time the study, its CAAR and the cross-sectional t."""
    return ours(world, rounds, ("csect_t",))


def ours_seven(world, rounds):
    """Time the study, its CAAR and the seven tests of StatsPAI."""
    return ours(world, rounds, SEVEN)


def floor(world, rounds):
    """Time batched linear algebra on ready arrays: market model and BMP, all events at once, nothing else."""
    width = LAST - FIRST + 1
    returns, market = np.ascontiguousarray(world["returns"].T), world["market"]
    start = world["day0"] + FIRST - ESTIMATION
    days = start[:, None] + np.arange(ESTIMATION + width)

    def work():
        y, m = returns[world["firm"][:, None], days], market[days]
        calm, ahead = slice(0, ESTIMATION), slice(ESTIMATION, None)
        y_mean, m_mean = y[:, calm].mean(axis=1), m[:, calm].mean(axis=1)
        y -= y_mean[:, None]
        m -= m_mean[:, None]
        spread = np.einsum("nl,nl->n", m[:, calm], m[:, calm])
        beta = np.einsum("nl,nl->n", m[:, calm], y[:, calm]) / spread
        y -= beta[:, None] * m
        squares = np.einsum("nl,nl->n", y[:, calm], y[:, calm]) / (ESTIMATION - 2)
        error = squares * (width + width**2 / ESTIMATION + m[:, ahead].sum(axis=1) ** 2 / spread)
        scar = y[:, ahead].sum(axis=1) / np.sqrt(error)
        return y[:, ahead].mean(axis=0).cumsum(), np.sqrt(len(scar)) * scar.mean() / scar.std(ddof=1)

    seconds, (caar, bmp) = timed(work, rounds)
    return {
        "version": np.__version__,
        "seconds": seconds,
        "caar": caar.tolist(),
        "statistics": {"bmp": float(bmp)},
    }


def ffjr(world, rounds):
    """Time ffjr-eventstudies: one SingleEvent an event, then MultipleEvents."""
    from eventstudies import MultipleEvents, SingleEvent

    returns, market, events = wide(world)
    frame = pd.concat([returns, market], axis=1)
    frame.index.name = "date"
    SingleEvent.import_returns(dataframe=frame)

    def work():
        return MultipleEvents(
            [
                SingleEvent.MarketModel(
                    firm, "market", np.datetime64(date), event_window=(FIRST, LAST), est_size=ESTIMATION,
                    buffer_size=0,
                )
                for firm, date in events
            ]
        )  # fmt: skip

    seconds, found = timed(work, rounds)
    return {
        "version": version("ffjr-eventstudies"),
        "seconds": seconds,
        "caar": list(map(float, found.CAAR)),
        "statistics": {"naive_t": float(found.tstat[-1])},
    }


def lemaire(world, rounds):
    """Time eventstudy of the package index: one Single an event, then Multiple."""
    from eventstudy import Multiple, Single

    returns, market, events = wide(world)
    columns = {name: returns[name].to_numpy() for name in returns}
    Single._save_parameter(
        "returns", {"date": returns.index.to_numpy(), "market": market["market"].to_numpy(), **columns}
    )

    def work():
        return Multiple(
            [
                Single.market_model(
                    firm, "market", np.datetime64(date), event_window=(FIRST, LAST),
                    estimation_size=ESTIMATION, buffer_size=0,
                )
                for firm, date in events
            ]
        )  # fmt: skip

    seconds, found = timed(work, rounds)
    return {
        "version": version("eventstudy"),
        "seconds": seconds,
        "caar": list(map(float, found.CAAR)),
        "statistics": {"naive_t": float(found.tstat[-1])},
    }


def statspai(world, rounds):
    """Time StatsPAI's abnormal_returns: market model and seven tests."""
    import statspai

    returns, market, events = wide(world)
    days, firms = returns.shape
    data = pd.DataFrame(
        {
            "id": np.repeat(returns.columns.to_numpy(), days),
            "date": np.tile(returns.index.to_numpy(), firms),
            "ret": returns.to_numpy().T.ravel(),
            "market": np.tile(market["market"].to_numpy(), firms),
        }
    )
    listed = pd.DataFrame(events, columns=["id", "event_date"])

    def work():
        return statspai.abnormal_returns(
            data, listed, market="market", event_window=(FIRST, LAST),
            estimation_window=(FIRST - ESTIMATION, FIRST - 1),
        )  # fmt: skip

    seconds, found = timed(work, rounds)
    called = {
        "cross_sectional": "csect_t",
        "kp": "kolari_pynnonen",
        "grank": "grank_t",
        "sign_rank": "wilcoxon",
    }
    table = found.tests["statistic"]
    return {
        "version": version("StatsPAI"),
        "seconds": seconds,
        "caar": found.aar["caar"].tolist(),
        "statistics": {called.get(name, name): float(value) for name, value in table.items()},
    }


SIDES = {one.__name__: one for one in (ours_market, ours_seven, floor, ffjr, lemaire, statspai)}


def main(name, world, rounds, root):
    """Run one side; the last line printed is its JSON."""
    if name.startswith("ours"):
        sys.path.insert(0, root)
    warnings.simplefilter("ignore")
    with Path(world).open("rb") as file:
        arrays = dict(np.load(file))
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        found = SIDES[name](arrays, int(rounds))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
