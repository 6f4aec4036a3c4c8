"""How long does everything take? All events x series x windows x specifications, each with placebo refits.

Usage: python benchmarks/grid.py [--data ../shared/market] [--workers 2] [--json FILE]

First the whole study of the register on real prices with its specification curve, one process per series and
as many workers as there are processors; then, on the cells of that study, filtered historical simulation with
9,999 joint paths for every cell. Targets: 120 s and 5 s on two cores.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd

import eventstudy as es
from db.register import load_events, load_study_defaults
from eventstudy.asking import families
from eventstudy.curve import PLACEBOS, agreement, specifications
from eventstudy.study import series_tasks, study_series

SERIES = ("nikkei225", "topix", "jpx_nikkei_400_etf_1591", "usdjpy", "usdjpy_tokyo_1700")


def read(folder: Path) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return closes and bars of the studied series."""
    bars = {
        name: pd.read_csv(folder / f"{name}.csv", parse_dates=["date"], index_col="date") for name in SERIES
    }
    closes = pd.DataFrame({name: frame["close"] for name, frame in bars.items()})
    return closes, {name: frame[["open", "high", "low"]] for name, frame in bars.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/market"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    closes, bars = read(asked.data)
    events = [event for event in load_events() if event.kind == "tariff"]
    design = es.Design(estimation_end=load_study_defaults().estimation_end, curve=True)
    with ProcessPoolExecutor(asked.workers) as pool:
        list(pool.map(time.sleep, [0.1] * asked.workers))  # processes stand before the clock runs
        began = time.perf_counter()
        result = es.event_study(closes, events, design, executor=pool, bars=bars)
        grid = time.perf_counter() - began
    table, curve = result.to_frame(), result.curve
    specs = specifications(design)
    cells = table.query("method == 'fhs' and statistic == 'CAR'")
    record = {
        "episodes": int(table["episode"].nunique()),
        "events": int(table["event"].nunique()),
        "series": int(table["series"].nunique()),
        "windows": len(design.windows),
        "specifications": len(specs),
        "placebo_refits": PLACEBOS,
        "rows": len(table),
        "curve_rows": len(curve),
        "cells": len(cells),
        "grid_seconds": grid,
        "agreement": float(agreement(curve)["agree"].mean()),
    }
    plain = replace(design, curve=False, placebos=0)
    findings = [study_series(task) for task in series_tasks(closes, events, plain, seed=0)[0]]
    measured = [cell for part in findings for cell in part.cells]
    families(measured[:4], plain, 0)  # compiled and loaded before the clock runs
    began = time.perf_counter()
    joints, _ = families(measured, plain, 0)
    record |= {"joint_seconds": time.perf_counter() - began, "joint_cells": sum(len(j.keys) for j in joints)}
    print(f"{record['events']} events in {record['episodes']} episodes x {record['series']} series x "
          f"{record['windows']} windows = {record['cells']} cells; {len(specs)} specifications with up to "
          f"{PLACEBOS} placebo refits each")  # fmt: skip
    print(f"whole study with its curve ({len(table)} + {len(curve)} rows): {grid:.0f} s with "
          f"{asked.workers} workers (target 120)")  # fmt: skip
    print(f"joint paths, B = {plain.replications}, {record['joint_cells']} cells: "
          f"{record['joint_seconds']:.1f} s in one process (target 5)")  # fmt: skip
    print(f"specifications that agree with the design's own, on average: {100 * record['agreement']:.0f} %")
    if asked.json:
        asked.json.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
