"""Size and power of every test on worlds with known truth, with Monte-Carlo errors.

Every part prints the tables of docs/size.md, names the tests that fail, and writes its numbers as JSON. A
test holds where each of its sizes is within three Monte-Carlo errors of its target; it is near where those
that are not lie within 3.5 to 6.5 per cent; it fails otherwise. Results depend on seed and counts only.

Examples:
  python benchmarks/size_power.py                               all parts, under ten minutes on two idle cores
  python benchmarks/size_power.py single --worlds 20            single-event tests by volatility regime
  python benchmarks/size_power.py multi --json multi.json       tests over episodes of four correlated series
  python benchmarks/size_power.py panel                         the classical battery
  python benchmarks/size_power.py multiplicity                  families on joint paths, and the Wald test
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

MODULES = {"single": "single", "multi": "multi", "panel": "panel", "multiplicity": "joint"}
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
COUNTS = {
    "single": {
        "worlds": (45, "worlds of the main law"),
        "law-worlds": (16, "worlds of each other law"),
        "sessions": (8_000, "sessions of a world"),
        "placebos": (4_000, "dates of a world at most, each with a refit"),
        "dates": (40, "dates of each regime of a world that all tests see"),
    },
    "multi": {
        "worlds": (1_000, "worlds of four series"),
        "histories": (120, "histories of the volatility test"),
        "quiet": (1_000, "quiet windows of a history"),
        "sets": (5, "sets of episodes of a history and layout"),
    },
    "panel": {
        "panels": (800, "panels of each kind"),
        "warner": (2_000, "panels of each kind of Brown and Warner's"),
    },
    "multiplicity": {"worlds": (1_200, "worlds of four series")},
}


def arguments():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="size_power.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", metavar="|".join(("all", *COUNTS)))
    for part in ("all", *COUNTS):
        one = parts.add_parser(part)
        one.add_argument("--seed", type=int, default=1, help="of all draws (default 1)")
        one.add_argument(
            "--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)"
        )
        one.add_argument("--json", type=Path, help="file for all numbers")
        for name, (count, told) in COUNTS.get(part, {}).items():
            one.add_argument(f"--{name}", type=int, default=count, help=f"{told} (default {count})")
    return parser


def parsed(words):
    """Return the asked options by part; without a part it is all of them with their defaults."""
    named = any(word in COUNTS or word in {"all", "-h", "--help"} for word in words[:1])
    asked = arguments().parse_args(words if named else ["all", *words])
    if asked.part != "all":
        return asked, {asked.part: asked}
    common = ["--seed", str(asked.seed), "--workers", str(asked.workers)]
    return asked, {part: arguments().parse_args([part, *common]) for part in COUNTS}


def main(words=None):
    """Run the asked parts; return their document."""
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:
        sys.path.insert(0, root)
    asked, parts = parsed(sys.argv[1:] if words is None else words)
    machine = import_module("benchmarks.engine_common").machine()
    document = {"seed": asked.seed, "machine": machine, "counts": {}, "seconds": {}, "results": {}}
    for part, options in parts.items():
        print(f"\n## {part}")
        began = time.perf_counter()
        document["results"][part] = import_module(f"benchmarks.size_power_{MODULES[part]}").run(options)
        document["seconds"][part] = round(time.perf_counter() - began, 1)
        document["counts"][part] = {name: getattr(options, name.replace("-", "_")) for name in COUNTS[part]}
        _tell_failing(document["results"][part]["failing"])
        print(f"\n{part}: {document['seconds'][part]:.0f} s")
    if asked.json:
        asked.json.write_text(json.dumps(document, indent=1), "utf-8")
    return document


def _tell_failing(failing):
    print("\nFails at 5 per cent, by name:" if failing else "\nNothing fails at 5 per cent.")
    for one in failing:
        *of, test = (value for key, value in one.items() if key not in {"table", "verdict"})
        print(f"- {' '.join([*of, f'`{test}`'])} ({one['table']}): {one['verdict'].partition(': ')[2]}")


if __name__ == "__main__":
    os.environ |= {name: os.environ.get(name, "1") for name in ONE_THREAD}
    main()
