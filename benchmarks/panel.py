"""Panel studies beside the fastest Python peers: the same answer first, then the time of an event.

Each peer is installed into an environment of its own (their dependencies conflict, and one is called
eventstudy too) and runs in a process of its own, as we do, one thread each, data ready in memory. A peer that
cannot be installed is told and left out. The floor is batched linear algebra on ready arrays, nothing else.

Examples:
  python benchmarks/panel.py                                    20 and 1,000 events, all peers
  python benchmarks/panel.py --events 1000 --peers statspai --rounds 3
  python benchmarks/panel.py --peers --out panel.json           no peers: ours and the floor
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
CHILD = Path(__file__).with_name("panel_peers.py")
DAYS, ESTIMATION, REACH = 750, 250, 10
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# Two ways of the same sums in double precision; CAARs of a thousand events, 21 days each.
SAME = 1e-9


@dataclass(frozen=True)
class Peer:
    """A program to stand beside: what to install, which of our sides does its work, what must agree."""

    requirement: str
    told: str
    beside: str
    agrees: tuple[str, ...]
    target: int


PEERS = {
    "ffjr": Peer("ffjr-eventstudies==0.2.0", "market model, CAAR and its t", "ours_market", ("naive_t",), 40),
    "lemaire": Peer("eventstudy==0.1a12", "market model, CAAR and its t", "ours_market", ("naive_t",), 40),
    "statspai": Peer(
        "StatsPAI==1.40.2", "market model, seven tests", "ours_seven", ("csect_t", "patell", "bmp"), 200
    ),
}


class CannotInstall(Exception):
    """A peer's environment could not be made."""


def parser():
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="panel.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--events", nargs="+", type=int, default=[20, 1000], help="default 20 and 1000")
    made.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS), help="default all")
    made.add_argument("--rounds", type=int, default=5, help="timings after a warm-up; the median counts")
    made.add_argument("--seed", type=int, default=1, help="of the simulated panel (default 1)")
    made.add_argument("--cache", type=Path, help="folder of the peers' environments (default: temporary)")
    made.add_argument("--out", type=Path, help="JSON file (default: in the system's temporary folder)")
    return made


def world(events, seed):
    """Return a panel of one event a firm: market, GARCH(1,1) noise with t(6) draws, one per cent on day 0."""
    rng = np.random.default_rng([seed, events])
    market = rng.normal(0.0003, 0.01, DAYS)
    draws = rng.standard_t(6, (DAYS, events)) * np.sqrt(4 / 6)
    noise, g = np.empty((DAYS, events)), np.ones(events)
    for day in range(DAYS):
        noise[day] = 0.018 * np.sqrt(g) * draws[day]
        g = 0.05 + 0.08 * g * draws[day] ** 2 + 0.87 * g
    returns = rng.uniform(0.6, 1.4, events) * market[:, None] + noise
    room = np.arange(ESTIMATION + REACH, DAYS - REACH)
    day0 = rng.choice(room, events, replace=events > len(room))
    returns[day0, np.arange(events)] += 0.01
    sessions = pd.bdate_range("2018-01-01", periods=DAYS).to_numpy().astype("datetime64[ns]")
    return {
        "returns": returns, "market": market, "sessions": sessions, "firm": np.arange(events), "day0": day0,
    }  # fmt: skip


def interpreter(name, cache):
    """Return the Python of a peer's environment, made if need be."""
    home = cache / name
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    ready = home / "ready"
    if not ready.is_file() or ready.read_text("utf-8") != PEERS[name].requirement:
        tell(f"installing {PEERS[name].requirement} into {home}")
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, PEERS[name].requirement])
        ready.write_text(PEERS[name].requirement, "utf-8")
    return python


def _run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CannotInstall(said[-1] if said else f"exit code {done.returncode}")


def side(python, name, world_file, rounds):
    """Run one side in a process of its own; return what it said and its median milliseconds an event."""
    command = [str(python), "-I", str(CHILD), name, str(world_file), str(rounds), str(ROOT)]
    environment = {**os.environ, **ONE_THREAD}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def per_event(found, events):
    """Return the median milliseconds an event."""
    return 1e3 * median(found["seconds"]) / events


def compared(name, theirs, ours, events):
    """Return one row: whether both gave the same answer, then the times and their ratio."""
    peer = PEERS[name]
    caar = np.array(ours["caar"])
    off = {"caar": float(np.abs(np.array(theirs["caar"]) - caar).max() / np.abs(caar).max())}
    for one in peer.agrees:
        off[one] = abs(theirs["statistics"][one] / ours["statistics"][one] - 1)
    times = per_event(theirs, events), per_event(ours, events)
    return {
        "peer": peer.requirement, "work": peer.told, "events": events, "off": off,
        "same": max(off.values()) < SAME, "peer_ms": times[0], "our_ms": times[1],
        "ratio": times[0] / times[1], "target": peer.target if events >= 1000 else None,
        "theirs": theirs, "ours": ours,
    }  # fmt: skip


def measured(events, asked, cache, folder):
    """Return the floor, our times and one row a peer for one number of events, and the peers left out."""
    file = folder / f"world-{events}.npz"
    np.savez(file, **world(events, asked.seed))
    floor_ms = per_event(side(sys.executable, "floor", file, asked.rounds), events)
    rows, left_out, own = [], {}, {}
    for name in ("ours_market", "ours_seven"):
        own[name] = side(sys.executable, name, file, asked.rounds)
        own[name]["ms"] = per_event(own[name], events)
        own[name]["floors"] = own[name]["ms"] / floor_ms
    for name in asked.peers:
        try:
            python = interpreter(name, cache)
        except CannotInstall as error:
            left_out[name] = str(error)
            continue
        tell(f"{events} events: {PEERS[name].requirement}")
        theirs = side(python, name, file, asked.rounds)
        # ours once more, right after the peer, so that both saw the same machine
        ours = side(sys.executable, PEERS[name].beside, file, asked.rounds)
        rows.append(compared(name, theirs, ours, events))
    return {"events": events, "floor_ms": floor_ms, "own": own, "rows": rows, "left_out": left_out}


def tell(text):
    """Say how far the work is, on the error stream."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def shown(results, table):
    """Print agreement first, then times, then the distance to the floor."""
    rows = [row for one in results for row in one["rows"]]
    if rows:
        agreement = {
            "peer": "peer",
            "events": "events",
            "same answer": lambda row: "yes" if row["same"] else "NO",
            "largest difference": lambda row: max(row["off"].values()),
            "compared": lambda row: " ".join(row["off"]),
        }
        table("Agreement, relative", rows, agreement)
        times = {"peer ms": "peer_ms", "our ms": "our_ms", "ratio": "ratio", "target": "target"}
        what = {"peer": "peer", "work": "work", "events": "events"}
        table("Milliseconds an event, median wall-clock", rows, {**what, **times})
    floors = [
        {"side": name, "events": one["events"], "floor": one["floor_ms"], **own}
        for one in results
        for name, own in one["own"].items()
    ]
    headings = {"side": "side", "events": "events", "ms an event": "ms", "floor ms": "floor"}
    table("Distance to batched linear algebra", floors, {**headings, "floors": "floors"})
    for one in results:
        for name, why in one["left_out"].items():
            print(f"\nleft out, {one['events']} events: {PEERS[name].requirement} ({why})")


def main(words=None):
    """Run the comparison; return its document. The exit code is 1 if an answer that should agree does not."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    common = import_module("benchmarks.engine_common")
    asked = parser().parse_args(words)
    document = {"seed": asked.seed, "rounds": asked.rounds, "machine": common.machine()}
    cache = asked.cache or Path(tempfile.gettempdir()) / "eventstudy-benchmark-peers"
    with tempfile.TemporaryDirectory() as folder:
        document["results"] = [measured(one, asked, cache, Path(folder)) for one in asked.events]
    document["machine"]["load_average_after"] = common.machine()["load_average"]
    print(f"{document['machine']['processor']}, {document['machine']['cores']} cores, one thread a side")
    shown(document["results"], common.table)
    out = asked.out or Path(tempfile.gettempdir()) / "panel-benchmark.json"
    out.write_text(json.dumps(document, indent=1), "utf-8")
    print(f"\nload average {document['machine']['load_average']}; numbers written to {out}")
    return document


if __name__ == "__main__":
    ended = main()
    sys.exit(not all(row["same"] for one in ended["results"] for row in one["rows"]))
