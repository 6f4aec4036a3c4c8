"""Speed beside `arch`: same series, same model, same presample, one thread, interleaved; agreement first.

A cell is one model at one length. Both programs fit the same standardised series and neither computes
standard errors; building the library's model objects is not counted. Before anything is timed, both optima
are judged by the plain numpy likelihood of the tests. A single start sits in a lower local optimum now and
then: such series are counted, not hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

import eventstudy as es
from benchmarks import engine_arch
from benchmarks.engine_common import Model, cpu_seconds, model_of, simulated, table, tell

SHORT = ("garch-normal", "garch-t", "gjr-normal", "gjr-t")
OTHERS = ("egarch-normal", "egarch-t", "garch-skewt", "gjr-skewt", "ar1-gjr-t")
LENGTHS, MIDDLE = (250, 500, 1000, 2500), (500, 1000)
TARGETS = {
    ("garch-normal", 500, "batch", 1): 500,
    ("gjr-t", 500, "batch", 1): 300,
    ("gjr-t", 1000, "batch", 1): 200,
    ("gjr-t", 500, "batch", 4): 60,
    ("gjr-t", 1000, "batch", 4): 60,
    ("egarch-t", 500, "batch", 1): 60,
    ("egarch-t", 1000, "batch", 1): 60,
}
EQUAL, LOWER = 1e-4, 1e-3
OWN_REPEATS = 3


@dataclass(frozen=True)
class Cell:
    """One comparison; `way` is ``batch`` (fit_many), ``single`` (fit in a loop) or ``dummies``."""

    model: Model
    length: int
    starts: int = 1
    way: str = "batch"

    @property
    def label(self):
        """Its name in the tables."""
        extra = {"batch": "", "single": " fit loop", "dummies": " +2 dummies"}[self.way]
        return self.model.label + extra + (f" {self.starts} starts" if self.starts > 1 else "")

    @property
    def target(self):
        """The ratio that is asked for, or None."""
        return TARGETS.get((self.model.label, self.length, self.way, self.starts))


def every_cell():
    """Return all cells of the comparison."""
    gjr = model_of("gjr-t")
    return [
        *(Cell(model_of(label), length) for label in SHORT for length in LENGTHS),
        *(Cell(model_of(label), length) for label in OTHERS for length in MIDDLE),
        *(Cell(gjr, length, starts=4) for length in MIDDLE),
        *(Cell(gjr, length, way="single") for length in MIDDLE),
        *(Cell(gjr, length, way="dummies") for length in MIDDLE),
    ]


def two_dummies(length):
    """Return two blocks of five days each, as regressors that multiply the variance."""
    frame = pd.DataFrame(0.0, index=range(length), columns=["first", "second"])
    frame.iloc[int(0.6 * length) : int(0.6 * length) + 5, 0] = 1.0
    frame.iloc[int(0.8 * length) : int(0.8 * length) + 5, 1] = 1.0
    return frame


def own_fits(cell, rows):
    """Fit every series with the engine; return log-likelihoods, parameters, statuses and passes."""
    model = cell.model
    if cell.way == "batch":
        found = es.fit_many(
            rows, model.mean, model.variance, model.dist, presample="arch", starts=cell.starts, threads=1
        )
        return found.loglikelihood, found.params, found.status, found.report["passes"]
    extra = {"variance_dummies": two_dummies(cell.length)} if cell.way == "dummies" else {}
    each = [
        es.fit(row, model.mean, model.variance, model.dist, presample="arch", starts=cell.starts, **extra)
        for row in rows
    ]
    columns = zip(*((one.loglikelihood, one.params, one.status, one.passes) for one in each), strict=True)
    values, params, status, passes = columns
    return pd.Series(values), pd.DataFrame(list(params)), pd.Series(status), pd.Series(passes)


def agreement(cell, rows):
    """Fit with both programs and judge both optima by the reference likelihood."""
    values, params, status, passes = own_fits(cell, rows)
    results = engine_arch.fitted([engine_arch.built(cell.model, row) for row in rows])
    record = {
        "model": cell.label, "T": cell.length, "series": len(rows), "target": cell.target,
        "starts": cell.starts, "way": cell.way, "passes": float(passes.mean()),
        "statuses": status.value_counts().to_dict(),
        "own_failures": int(status.isin(["not_converged", "refused"]).sum()),
        "arch_failures": sum(one.convergence_flag != 0 for one in results),
        "arch_calls": float(np.mean([one.optimization_result.nfev for one in results])),
        "arch_computed_errors": any(engine_arch.computed_errors(one) for one in results),
    }  # fmt: skip
    if cell.way == "dummies":
        gains = values.to_numpy() - [one.loglikelihood for one in results]
        return record | {"compared": "nested", "own_lower": int(np.sum(gains < -LOWER))}
    theirs = [engine_arch.public_params(cell.model, one) for one in results]
    judged = np.array([
        engine_arch.heights(cell.model, row, np.column_stack(pair))
        for row, *pair in zip(rows, params.to_numpy(), theirs, strict=True)
    ])  # fmt: skip
    # where the library ends outside the model's domain there is no likelihood at all
    gaps = judged[:, 0] - np.where(np.isnan(judged[:, 1]), -np.inf, judged[:, 1])
    own = np.array([one.loglikelihood for one in results])
    return record | {
        "compared": "same model",
        "equal": int(np.sum(np.abs(gaps) <= EQUAL)),
        "arch_lower": int(np.sum(gaps > LOWER)),
        "arch_much_lower": int(np.sum(gaps > 0.1)),
        "own_lower": int(np.sum(~(gaps >= -LOWER))),
        "worst_own": float(np.min(gaps)),
        "worst_arch": float(np.max(gaps[np.isfinite(gaps)], initial=0.0)),
        "arch_outside": int(np.sum(gaps == np.inf)),
        "own_off_reference": float(np.max(np.abs(judged[:, 0] - values.to_numpy()))),
        "arch_off_reference": float(np.nanmax(np.abs(judged[:, 1] - own))),
    }


def timing(cell, rows, record, tile):
    """Add one interleaved round, the library first, to a cell's record."""
    models = [engine_arch.built(cell.model, row) for row in rows]
    theirs, _ = cpu_seconds(lambda: engine_arch.fitted(models))
    batch = np.tile(rows, (tile, 1)) if cell.way == "batch" else rows
    mine = [cpu_seconds(lambda: own_fits(cell, batch))[0] for _ in range(OWN_REPEATS)]
    record.setdefault("arch_ms_rounds", []).append(1e3 * theirs / len(rows))
    record.setdefault("own_us_rounds", []).append(1e6 * float(np.median(mine)) / len(batch))


def concluded(record):
    """Add medians, the median of paired ratios and the verdict on the target."""
    theirs, mine = np.array(record["arch_ms_rounds"]), np.array(record["own_us_rounds"])
    ratios = 1e3 * theirs / mine
    target, ratio = record["target"], float(np.median(ratios))
    return record | {
        "arch_ms": float(np.median(theirs)),
        "own_us": float(np.median(mine)),
        "ratio": ratio,
        "ratios": ratios.tolist(),
        "ns_per_pass_and_observation": 1e3 * float(np.median(mine)) / record["passes"] / record["T"],
        "verdict": "" if target is None else "met" if ratio >= target else "MISSED",
    }


def run(asked):
    """Compare both programs; print agreement, then speed; return all numbers."""
    wanted = [cell for cell in every_cell() if _is_wanted(cell, asked)]
    worlds = {length: simulated(asked.series, length, asked.seed) for length in LENGTHS}
    tell(f"agreement on {asked.series} series for each of {len(wanted)} cells")
    records = [agreement(cell, worlds[cell.length]) for cell in wanted]
    show_agreement(records)
    for number in range(asked.rounds):
        tell(f"timing, round {number + 1} of {asked.rounds}")
        for cell, record in zip(wanted, records, strict=True):
            timing(cell, worlds[cell.length], record, asked.tile)
    records = [concluded(record) for record in records]
    show_speed(records, asked)
    return {"series": asked.series, "tile": asked.tile, "rounds": asked.rounds, "cells": records}


def _is_wanted(cell, asked):
    return (not asked.models or cell.model.label in asked.models) and (
        not asked.lengths or cell.length in asked.lengths
    )


def show_agreement(records):
    """Print which optima agree."""
    columns = {
        "model": "model", "T": "T", "equal": "equal", "arch low": "arch_lower",
        ">0.1": "arch_much_lower", "we low": "own_lower", "our worst": "worst_own",
        "arch worst": lambda row: -row["worst_arch"] if "worst_arch" in row else None,
        "off ref": "own_off_reference", "fail: us": "own_failures", "arch": "arch_failures",
    }  # fmt: skip
    count = records[0]["series"]
    table(f"Agreement of {count} series, before any timing: heights by the numpy reference", records, columns)
    print(
        "equal: within 1e-4. low: by more than 1e-3. worst: own minus other. off ref: our log-likelihood\n"
        "against the reference at our estimates. fail: not converged. The dummies have no counterpart in\n"
        "arch: 'we low' there counts fits below its plain model, which is nested."
    )
    low = sum(record["own_lower"] for record in records)
    total = sum(record["series"] for record in records)
    print(f"AGREEMENT: we are lower by more than 1e-3 in {low} of {total} fits.")
    if any(record["arch_computed_errors"] for record in records):
        print("WARNING: arch computed standard errors, the comparison is not fair to it.")


def show_speed(records, asked):
    """Print times, ratios and targets."""
    columns = {
        "model": "model", "T": "T", "arch ms": "arch_ms", "our us": "own_us", "ratio": "ratio",
        "target": "target", "": "verdict", "passes": "passes",
        "ns/pass/obs": "ns_per_pass_and_observation",
    }  # fmt: skip
    table("Speed: median CPU time per fit, one thread, no standard errors on either side", records, columns)
    print(f"fit_many gets every series {asked.tile} times in one call, fit loops and arch get each once.")
    print("The rows '+2 dummies' stand beside arch's plain GJR-t, which has no such model.")
