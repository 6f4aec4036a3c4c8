"""What starting costs: importing the package, and first fits with a cold, warm or unusable engine cache.

Every number is of a process of its own; files are in the system's memory after the first one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import fill

import numpy as np

from benchmarks.engine_common import table, tell

ROOT = Path(__file__).resolve().parents[1]
IMPORTS = {
    "import eventstudy": "import eventstudy",
    "from eventstudy import fit": "from eventstudy import fit",
    "import numpy, pandas": "import numpy, pandas",
    "import arch": "import arch",
}
TIMED = """
import json, time
begun = time.perf_counter()
{work}
print(json.dumps({{"import": time.perf_counter() - begun}}))
"""
FIRST = """
import json, time
begun = time.perf_counter()
import numpy as np
import eventstudy as es
fit, fit_many = es.fit, es.fit_many
loaded = time.perf_counter()
rows = np.random.default_rng(1).standard_normal((16, 500))
made = time.perf_counter()
fit(rows[0], starts=1)
one = time.perf_counter()
fit_many(rows, starts=1, threads=1)
many = time.perf_counter()
fit_many(rows, variance="egarch", starts=1, threads=1)
other = time.perf_counter()
spent = {"import": loaded - begun, "fit": one - made, "fit_many": many - one, "egarch": other - many}
print(json.dumps(spent))
"""


def timed(code, folder=None):
    """Run code in a fresh process; return what it measured and its words on the error stream."""
    env = os.environ | {"PYTHONPATH": str(ROOT)} | ({"NUMBA_CACHE_DIR": str(folder)} if folder else {})
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return json.loads(done.stdout.splitlines()[-1]), done.stderr.strip()


def imports(repeats):
    """Return the median time of each import, the kinds interleaved."""
    taken = {name: [] for name in IMPORTS}
    for number in range(repeats + 1):
        for name, work in IMPORTS.items():
            seconds = timed(TIMED.format(work=work))[0]["import"]
            taken[name] += [seconds] if number else []
    return [{"what": name, "s": float(np.median(each)), "runs": each} for name, each in taken.items()]


def first_fits(asked):
    """Return first-fit times with a cold, a warm and an unusable cache."""
    found = {"cold": [], "warm": [], "unwritable": []}
    told = {}
    for number in range(asked.cold_repeats):
        with tempfile.TemporaryDirectory() as folder:
            tell(f"cold cache, run {number + 1} of {asked.cold_repeats}")
            measured, told["cold"] = timed(FIRST, folder)
            found["cold"].append(measured)
            for _ in range(asked.repeats):
                measured, told["warm"] = timed(FIRST, folder)
                found["warm"].append(measured)
    with tempfile.NamedTemporaryFile() as file:
        for number in range(asked.cold_repeats):
            tell(f"unwritable cache, run {number + 1} of {asked.cold_repeats}")
            measured, told["unwritable"] = timed(FIRST, Path(file.name) / "below a file")
            found["unwritable"].append(measured)
    return [
        {"cache": name, "said": told[name], "runs": runs}
        | {key: float(np.median([one[key] for one in runs])) for key in runs[0]}
        for name, runs in found.items()
    ]


def run(asked):
    """Measure and print everything; return all numbers."""
    tell("imports")
    loading, first = imports(asked.repeats), first_fits(asked)
    table(f"Import, warm files, median of {asked.repeats} processes", loading, {"": "what", "s": "s"})
    columns = {
        "engine cache": "cache", "import": "import", "first fit": "fit", "first fit_many": "fit_many",
        "first EGARCH": "egarch", "all": lambda row: sum(row[key] for key in (
            "import", "fit", "fit_many", "egarch")),
    }  # fmt: skip
    table("First calls, seconds, each in a process of its own (GJR-t, then EGARCH-t)", first, columns)
    for record in first:
        print(f"{record['cache']} cache said:")
        print(fill(record["said"] or "nothing", 90, initial_indent="  ", subsequent_indent="  "))
    return {"imports": loading, "first_fits": first}
