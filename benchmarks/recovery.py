"""Recovery and size on worlds with known truth: are injected effects found, and null events left alone?

Usage: python benchmarks/recovery.py [--worlds 200] [--seed 1] [--workers 2] [--json FILE]

Each seed makes two worlds from the same draws: one with an escalation event, one where the same event does
nothing. The default study (one start per fit, B = 1,999) runs on both. Printed with Monte-Carlo standard
errors over worlds: the bias of AR(0), CAR(0,4) and AV(0), and the share of null events rejected at 5 % by
each method.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.simulate import Effect

NEWS = es.Event("N1", "2025-04-02T16:00:00-04:00", "tariffs announced", direction="escalation")
INJECTED = Effect(equity=-2.0, currency=-1.0, variance=(4.0, 2.0))
SERIES = ("nikkei225", "topix", "jpx_nikkei_400", "usdjpy")
DESIGN = es.Design(replications=1999, starts=1, second_opinion=False, placebos=0)


def study_world(seed: int) -> pd.DataFrame:
    """Return the study's rows on the world with the effect and on its null twin, truth attached."""
    tables = []
    for kind, effects in (("effect", {"escalation": INJECTED}), ("null", {})):
        market = es.simulate_market(seed=seed, events=[NEWS], effects=effects)
        table = es.event_study(market.closes(SERIES), [NEWS], DESIGN, seed=seed).to_frame()
        day0 = market.truth.groupby("series").first()
        variance = [market.variances.loc[row.session, row.series] for row in table.itertuples()]
        table = table.join(day0[["mean_effect", "variance_multiple"]], on="series")
        tables.append(table.assign(kind=kind, world=seed, true_variance=variance))
    return pd.concat(tables, ignore_index=True)


def run_worlds(count: int, first_seed: int = 1, workers: int = 1) -> pd.DataFrame:
    """Return the rows of `count` worlds."""
    seeds = range(first_seed, first_seed + count)
    if workers == 1:
        return pd.concat(map(study_world, seeds), ignore_index=True)
    with ProcessPoolExecutor(workers) as pool:
        return pd.concat(pool.map(study_world, seeds, chunksize=5), ignore_index=True)


def bias(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean error of AR(0), CAR(0,4) (per cent) and AV(0) (multiples) by series.

    The truth of AV(0) is what the injection makes of its mean: multiple + shift^2 / true variance.
    """
    found = rows[(rows["kind"] == "effect") & (rows["method"] == "fhs")]
    parts = []
    for statistic, end in (("AR", 0), ("CAR", 4), ("AV", 0)):
        part = found.query("statistic == @statistic and window_start == 0 and window_end == @end")
        truth = part["mean_effect"]
        if statistic == "AV":
            truth = part["variance_multiple"] + part["mean_effect"] ** 2 / part["true_variance"]
        parts.append(
            pd.DataFrame(
                {
                    "statistic": f"{statistic}(0,{end})",
                    "series": part["series"],
                    "truth": truth,
                    "error": part["estimate"] - truth,
                }
            )
        )
    groups = pd.concat(parts).groupby(["statistic", "series"], sort=False)
    table = groups.agg(truth=("truth", "mean"), bias=("error", "mean"), worlds=("error", "count"))
    return table.assign(mc_error=groups["error"].std() / np.sqrt(table["worlds"]))


def size(rows: pd.DataFrame, level: float = 0.05) -> pd.DataFrame:
    """Share of null events rejected by statistic, window and method, series averaged within a world."""
    null = rows[
        (rows["kind"] == "null") & (rows["window_start"] == 0) & rows["statistic"].isin(["CAR", "CAV"])
    ]
    keys = ["statistic", "window_end", "method"]
    by_world = null.assign(reject=null["p_value"] <= level).groupby([*keys, "world"])["reject"].mean()
    table = by_world.groupby(level=keys).agg(["mean", "std", "count"])
    table["mc_error"] = table["std"] / np.sqrt(table["count"])
    return table.rename(columns={"mean": "rejected", "count": "worlds"}).drop(columns="std")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = run_worlds(asked.worlds, asked.seed, asked.workers)
    tables = {"bias": bias(rows), "size": size(rows)}
    for name, table in tables.items():
        print(f"\n{name}, {asked.worlds} worlds from seed {asked.seed}")
        print(table.round(4).to_string())
    if asked.json:
        document = {
            name: json.loads(table.reset_index().to_json(orient="records")) for name, table in tables.items()
        }
        asked.json.write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
