"""The volatility engine beside `arch`: agreement, speed, optima, scaling, distance to the floor, start.

Every part prints a table and writes all its numbers, the seed and the machine's facts as JSON. Series are
simulated and depend on the seed only. Times are CPU time unless they say wall-clock.

Examples:
  python benchmarks/engine.py                                   speed, all models, about ten minutes
  python benchmarks/engine.py speed --series 32 --models gjr-t garch-normal --lengths 500
  python benchmarks/engine.py optimum --seed 7 --arch           500 hard series a model, arch's misses too
  python benchmarks/engine.py scaling --million
  python benchmarks/engine.py floor --no-callgrind
  python benchmarks/engine.py start --out start.json
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

PARTS = ("speed", "optimum", "scaling", "floor", "start")
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def arguments():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="engine.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", metavar="|".join(PARTS))
    added = {}
    for name, told in (
        ("speed", "agreement with arch, then time per fit and ratio (default)"),
        ("optimum", "misses against the best of random starts on hard series"),
        ("scaling", "cost in series, sessions and threads, and memory"),
        ("floor", "nanoseconds, cycles and instructions an observation"),
        ("start", "import and first fits, cache cold, warm and unusable"),
    ):
        added[name] = one = parts.add_parser(name, help=told, description=told)
        one.add_argument("--seed", type=int, default=1, help="of the simulated series (default 1)")
        one.add_argument("--out", type=Path, help="JSON file (default: in the system's temporary folder)")
    _add_comparisons(added["speed"], added["optimum"])
    _add_measurements(added["scaling"], added["floor"], added["start"])
    return parser


def _add_comparisons(speed, optimum):
    speed.add_argument("--series", type=int, default=128, help="series a cell (default 128)")
    speed.add_argument(
        "--tile", type=int, default=8, help="copies of each series in our batch call (default 8)"
    )
    speed.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    speed.add_argument("--models", nargs="+", default=[], help="labels such as gjr-t (default: all)")
    speed.add_argument("--lengths", nargs="+", type=int, default=[], help="lengths (default: all)")
    optimum.add_argument("--each", type=int, default=50, help="series a family (default 50)")
    optimum.add_argument("--random-starts", type=int, default=25, help="reference starts (default 25)")
    optimum.add_argument("--models", nargs="+", default=[], help="labels such as beta_t-t (default: all)")
    optimum.add_argument("--presample", default="mean", choices=("mean", "variance", "arch"))
    optimum.add_argument("--arch", action="store_true", help="arch's misses too (presample arch; slow)")
    optimum.add_argument("--single", action="store_true", help="es.fit one by one instead of es.fit_many")
    optimum.add_argument(
        "--exact-scores", type=int, default=5, help="converged fits a family checked exactly (default 5)"
    )
    optimum.add_argument("--threads", type=int, help="of our fits (default: all cores)")


def _add_measurements(scaling, floor, start):
    scaling.add_argument("--counts", nargs="+", type=int, default=[1000, 10_000, 100_000])
    scaling.add_argument("--million", action="store_true", help="a million fits as well")
    scaling.add_argument("--chunk", type=int, default=10_000, help="series a call (default 10000)")
    scaling.add_argument("--whole", type=int, default=50_000, help="series of the one large call")
    scaling.add_argument("--sample", type=int, default=2000, help="series for lengths and threads")
    scaling.add_argument("--lengths", nargs="+", type=int, default=[250, 500, 1000, 2000, 4000])
    scaling.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    floor.add_argument("--length", type=int, default=1000, help="sessions (default 1000)")
    floor.add_argument("--count", type=int, default=200, help="passes a timing (default 200)")
    floor.add_argument("--series", type=int, default=512, help="series of the whole fits (default 512)")
    floor.add_argument("--rounds", type=int, default=9, help="timings (default 9)")
    floor.add_argument("--no-callgrind", dest="callgrind", action="store_false", help="skip callgrind")
    start.add_argument("--repeats", type=int, default=5, help="processes a number (default 5)")
    start.add_argument("--cold-repeats", type=int, default=2, help="cold processes (default 2)")


def parsed(words):
    """Return the asked options; without a part it is `speed`."""
    named = any(word in PARTS or word in {"-h", "--help"} for word in words[:1])
    asked = arguments().parse_args(words if named else ["speed", *words])
    if asked.part == "scaling" and asked.million:
        asked.counts = [*asked.counts, 1_000_000]
    return asked


def main(words=None):
    """Run one part; return its document."""
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:
        sys.path.insert(0, root)
    asked = parsed(sys.argv[1:] if words is None else words)
    machine = import_module("benchmarks.engine_common").machine
    document = {"part": asked.part, "seed": asked.seed, "machine": machine()}
    told = ", ".join(f"{name} {one}" for name, one in document["machine"]["versions"].items())
    print(f"{document['machine']['processor']}, {document['machine']['cores']} cores, {asked.part}")
    print(told)
    document["result"] = import_module(f"benchmarks.engine_{asked.part}").run(asked)
    document["machine"]["load_average_after"] = machine()["load_average"]
    out = asked.out or Path(tempfile.gettempdir()) / f"engine-{asked.part}.json"
    out.write_text(json.dumps(document, indent=1), "utf-8")
    print(f"\nload average {document['machine']['load_average']}; numbers written to {out}")
    return document


if __name__ == "__main__":
    os.environ |= {name: os.environ.get(name, "1") for name in ONE_THREAD}
    main()
