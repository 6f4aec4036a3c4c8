"""What the engine's benchmarks share: series, clocks, facts about the machine, tables."""

from __future__ import annotations

import gc
import os
import platform
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from eventstudy.garch.compiled import cache_folder

LIBRARIES = ("numpy", "scipy", "pandas", "numba", "llvmlite", "arch")
BURN = 300


@dataclass(frozen=True)
class Model:
    """One model of the comparison, by the names that `eventstudy.fit` takes."""

    mean: str
    variance: str
    dist: str

    @property
    def label(self):
        """Its name in the tables: ``gjr-t``, ``ar1-gjr-t``."""
        lead = "" if self.mean == "constant" else f"{self.mean}-"
        return f"{lead}{self.variance}-{self.dist}"


def model_of(label):
    """Return the model with a label."""
    *lead, variance, dist = label.split("-")
    return Model(lead[0] if lead else "constant", variance, dist)


def simulated(count, length, seed):
    """Return `count` standardised GJR-GARCH series with Student-t(6) innovations, one a row."""
    rng = np.random.default_rng([seed, length])
    z = rng.standard_t(6, (length + BURN, count)) * np.sqrt(4 / 6)
    returns, g = np.empty((length + BURN, count)), np.ones(count)
    for t in range(length + BURN):
        e = np.sqrt(g) * z[t]
        returns[t] = 0.03 + e
        g = 0.04 + (0.03 + 0.10 * (e < 0)) * e * e + 0.88 * g
    rows = np.ascontiguousarray(returns[BURN:].T)
    return rows / rows.std(axis=1, keepdims=True)


def cpu_seconds(work, *, tidy=True):
    """Return the CPU seconds of all threads that a call takes, and what it returns."""
    if tidy:
        gc.collect()
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def wall_and_cpu(work):
    """Return the wall-clock seconds of a call, and what `cpu_seconds` returns of it."""
    gc.collect()
    begun = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - begun[0], time.process_time() - begun[1]
    return wall, (cpu, result)


def exponent(sizes, costs):
    """Return the slope of log cost on log size: 1 is linear."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def processor():
    """Return the processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def machine():
    """Return what the numbers depend on; `engine` names the content of the engine's sources."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "load_average": [round(one, 2) for one in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "engine": folder.name if (folder := cache_folder()) else None,
        "started": time.strftime("%Y-%m-%dT%H:%M:%S"),
    }


def tell(text):
    """Say how far the work is, on the error stream."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def table(title, rows, columns):
    """Print rows as an aligned table; `columns` maps a heading to a key or to a function of the row."""
    cells = [[_shown(row, key) for key in columns.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    print(f"\n{title}")
    for line in [list(columns), *cells]:
        first, *others = [text.rjust(width) for text, width in zip(line, widths, strict=True)]
        print("  ".join([first.strip().ljust(widths[0]), *others]).rstrip())


def _shown(row, key):
    value = key(row) if callable(key) else row.get(key)
    if value is None:
        return "-"
    if isinstance(value, float):
        if 0 < abs(value) < 0.01:
            return f"{value:.0e}"
        return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)
