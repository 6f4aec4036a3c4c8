"""How fast prices are stored and read back, and how that grows, beside pandas' own `to_sql` and `read_sql`.

    python benchmarks/store.py
    python benchmarks/store.py --bars 27000 90000 270000 1000000 --out store.json

Synthetic bars, 9,000 sessions a series; one session in fifty is revised a day later, in one batch a series.
Four things are timed by the wall clock, because the disk counts: the first write of everything, a second run
that is told the same again, and the whole history of one series as of the first day and as of now. The peer
appends the same versions to a table with `to_sql`, has an index made, and reads the latest version of each
session with `read_sql`; its answers are compared with the store's before anything of it is timed.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from db import open_store
from eventstudy.values import Bars

ROOT = Path(__file__).parents[1]
SESSIONS, REVISED_EVERY = 9_000, 50
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
LATER = FIRST + timedelta(days=1)
PRICES = ["open", "high", "low", "close", "volume"]
READS = {"as of the first day": FIRST, "now": None}
TARGETS = {"ingest": 20.0, "second run": 3.0, "read": 0.050}
LATEST = """
    SELECT session, open, high, low, close, volume FROM (
        SELECT *, row_number() OVER (PARTITION BY session ORDER BY recorded_at DESC) AS place
        FROM bars WHERE series = ? AND recorded_at <= ?
    ) WHERE place = 1 ORDER BY session
"""


def parser():
    """Return the command line's parser."""
    made = argparse.ArgumentParser(
        prog="store.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sizes = [27_000, 90_000, 270_000, 1_000_000]
    made.add_argument(
        "--bars", nargs="+", type=int, default=sizes, help="sessions stored (default %(default)s)"
    )
    made.add_argument("--rounds", type=int, default=9, help="reads; the median counts (default 9)")
    made.add_argument("--seed", type=int, default=1, help="of the synthetic bars (default 1)")
    made.add_argument("--no-peer", action="store_true", help="leave pandas out")
    made.add_argument("--out", type=Path, help="JSON file (default: in the system's temporary folder)")
    return made


def told(number, seed):
    """Return all bars of one series, and the revised ones."""
    rng = np.random.default_rng([seed, number])
    index = pd.bdate_range("1991-01-01", periods=SESSIONS, name="session").as_unit("us")
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, SESSIONS)))
    columns = {"open": close * 0.999, "high": close * 1.01, "low": close * 0.99, "close": close}
    frame = pd.DataFrame(columns | {"volume": rng.integers(1, 10**9, SESSIONS).astype(float)}, index=index)
    frame["finality"] = pd.array(["final"] * SESSIONS, dtype="str")
    revised = frame.iloc[number % REVISED_EVERY :: REVISED_EVERY].copy()
    revised[PRICES[:4]] *= 1.001
    return [
        Bars(f"series_{number}", part, "synthetic", letter * 64, at)
        for part, letter, at in ((frame, "a", FIRST), (revised, "b", LATER))
    ]


def seconds(work):
    """Return the wall-clock seconds that a call takes, and what it returns."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def write(url, batches, at):
    """Write batches in one transaction, as a refresh does; return the seconds."""

    def work():
        with open_store(url) as store, store.transaction() as t:
            for batch in batches:
                t.prices.write(batch, at)
            t.commit()

    return seconds(work)[0]


def read(url, series, as_of):
    """Open the store and read one series; return the seconds of the read and the frame."""
    with open_store(url) as store, store.reading() as t:
        return seconds(lambda: t.prices.bars(series, as_of))


def filled(url, count, seed):
    """Store everything; return seconds of the first write and of the second run."""
    spent = dict.fromkeys(("ingest", "revisions", "second run"), 0.0)
    for start in range(0, count, 10):  # ten series at a time, so that making them needs no memory of note
        worlds = [told(number, seed) for number in range(start, min(start + 10, count))]
        spent["ingest"] += write(url, [first for first, _ in worlds], FIRST)
        spent["second run"] += write(url, [first for first, _ in worlds], FIRST)
        spent["revisions"] += write(url, [later for _, later in worlds], LATER)
    return spent


def medians(count, rounds, work):
    """Return the median seconds of reading series far apart, one a round, by what is asked."""
    numbers = [round(place * (count - 1) / max(rounds - 1, 1)) for place in range(rounds)]
    return {
        what: float(np.median([work(f"series_{number}", as_of)[0] for number in numbers]))
        for what, as_of in READS.items()
    }


def appended(path, count, seed):
    """Have pandas append the same versions; return the seconds."""
    spent = 0.0
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE bars (series TEXT, recorded_at TEXT, session TEXT)")
        for name in PRICES:
            raw.execute(f"ALTER TABLE bars ADD COLUMN {name} REAL")
        raw.execute("CREATE INDEX of_series ON bars (series, session)")
        for number in range(count):
            for bars, at in zip(told(number, seed), (FIRST, LATER), strict=True):
                rows = bars.frame[PRICES].reset_index().assign(series=bars.series, recorded_at=at.isoformat())
                rows["session"] = rows["session"].dt.strftime("%Y-%m-%d")
                append = partial(rows.to_sql, "bars", raw, if_exists="append", index=False)
                spent += seconds(append)[0]
        spent += seconds(raw.commit)[0]
    return spent


def latest(path, series, as_of):
    """Have pandas read the latest versions; return the seconds of the read and the frame."""
    with closing(sqlite3.connect(path)) as raw:
        until = (as_of or LATER).isoformat()

        def work():
            frame = pd.read_sql(LATEST, raw, params=(series, until), parse_dates=["session"])
            return frame.set_index("session")

        return seconds(work)


def same(url, path, count):
    """Return whether the store and the peer tell the same bars of the first and of the last series."""
    return all(
        np.array_equal(read(url, series, at)[1][PRICES], latest(path, series, at)[1], equal_nan=True)
        for series in ("series_0", f"series_{count - 1}")
        for at in READS.values()
    )


def measured(bars, asked, folder):
    """Measure one size; return its record."""
    count = max(1, round(bars / SESSIONS))
    url = f"sqlite:///{folder / f'store-{bars}.db'}"
    record = {"series": count, "bars": count * SESSIONS} | filled(url, count, asked.seed)
    record["megabytes"] = (folder / f"store-{bars}.db").stat().st_size / 1e6
    record["read"] = medians(count, asked.rounds, lambda series, at: read(url, series, at))
    if not asked.no_peer:
        path = folder / f"peer-{bars}.db"
        ingest = appended(path, count, asked.seed)
        record["same"] = same(url, path, count)
        record["peer"] = {
            "ingest": ingest,
            "read": medians(count, asked.rounds, lambda series, at: latest(path, series, at)),
        }
    return record


def exponents(records, common):
    """Return the growth of each cost with the number of bars; empty for a single size."""
    if len(records) == 1:
        return {}
    sizes = [one["bars"] for one in records]
    costs = {name: [one[name] for one in records] for name in ("ingest", "second run")}
    costs |= {f"read, {what}": [one["read"][what] for one in records] for what in READS}
    return {name: common.exponent(sizes, values) for name, values in costs.items()}


COLUMNS = {
    "bars": lambda one: f"{one['bars']:,}",
    "MB": "megabytes",
    "ingest s": "ingest",
    "second run s": "second run",
    "as-of read ms": lambda one: 1e3 * one["read"]["as of the first day"],
    "current read ms": lambda one: 1e3 * one["read"]["now"],
}
PEER = {
    "pandas: ingest s": lambda one: one["peer"]["ingest"],
    "as-of read ms ": lambda one: 1e3 * one["peer"]["read"]["as of the first day"],
    "current read ms ": lambda one: 1e3 * one["peer"]["read"]["now"],
    "same": "same",
}


def shown(document, common):
    """Print the table and the growth."""
    columns = COLUMNS | (PEER if "peer" in document["sizes"][0] else {})
    common.table(f"{SESSIONS:,} sessions a series", document["sizes"], columns)
    for name, slope in document["exponents"].items():
        print(f"{name}: grows with the bars to the power {slope:.2f}")


def main(words=None):
    """Run everything; return its document. The exit code is 1 if an answer differs from the peer's."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    common = import_module("benchmarks.engine_common")
    asked = parser().parse_args(words)
    document = {"seed": asked.seed, "rounds": asked.rounds, "targets": TARGETS, "machine": common.machine()}
    with tempfile.TemporaryDirectory() as folder:
        document["sizes"] = []
        for bars in asked.bars:
            common.tell(f"{bars:,} bars")
            document["sizes"].append(measured(bars, asked, Path(folder)))
    document["exponents"] = exponents(document["sizes"], common)
    document["machine"]["load_average_after"] = common.machine()["load_average"]
    facts = document["machine"]
    print(f"{facts['processor']}, {facts['cores']} cores, SQLite {sqlite3.sqlite_version}")
    shown(document, common)
    out = asked.out or Path(tempfile.gettempdir()) / "store-benchmark.json"
    out.write_text(json.dumps(document, indent=1), "utf-8")
    print(f"\nload average {document['machine']['load_average']}; numbers written to {out}")
    return document


if __name__ == "__main__":
    ended = main()
    sys.exit(not all(one.get("same", True) for one in ended["sizes"]))
