"""How far the engine is from the physical floor: nanoseconds, cycles and instructions an observation.

The floor is that of a hand-written vector kernel, 0.9 to 1.0 ns per observation and series for likelihood,
score and information. Instructions are those of the kernel's vector loop as compiled for this processor, and
those that callgrind counts; it knows no 512-bit vectors, so the kernel is compiled for 256 bits there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numba
import numpy as np

import eventstudy as es
from benchmarks.engine_common import cpu_seconds, model_of, simulated, table, tell
from eventstudy.garch.coordinates import plan
from eventstudy.garch.intake import Regressors, assemble
from eventstudy.garch.lanes import (
    LANES,
    PARAMETER_SIZE,
    STATE_SIZE,
    prepare,
    read,
    sweep_normal,
    sweep_student,
    take_logs,
)
from eventstudy.garch.likelihood import evaluate
from eventstudy.garch.spec import ModelSpec
from eventstudy.garch.starts import starting_points

ROOT = Path(__file__).resolve().parents[1]
FLOOR = (0.9, 1.0)
GENERAL = ("garch-normal", "gjr-t", "gjr-skewt", "egarch-t", "beta_t-t", "ar1-gjr-t")
FITTED = ("garch-normal", "gjr-t", "egarch-t")
THETA = np.array([0.0, 0.05, 0.03, 0.13, 0.87, 0.15, 0.0])
DIVISIONS = {"sweep_student": 2, "sweep_normal": 1}
# what both callgrind and the 256-bit machines know
PORTABLE = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+sse2,+sse4.2,+avx,+avx2,+fma,+bmi,+bmi2,+lzcnt,+popcnt",
}
COUNTED = """
import sys
import numpy as np
from eventstudy.garch.lanes import LANES, PARAMETER_SIZE, STATE_SIZE, prepare, {sweep}
block = np.tile(np.linspace(-2, 2, 8 * LANES), int(sys.argv[1]) // 8)
state, parameters = np.zeros(STATE_SIZE), np.zeros(PARAMETER_SIZE)
for _ in range({passes}):
    for lane in range(LANES):
        prepare(lane, np.array({theta}), {student}, False, 1.0, 0.0, state, parameters)
    {sweep}(block, len(block) // LANES, state, parameters)
"""
COUNTED_PASSES, COUNTED_LENGTHS, MOST_CREDIBLE = 20, (200, 1200), 1000


def lane_state():
    """Return the arrays that the lanes work in."""
    return np.zeros(STATE_SIZE), np.zeros(PARAMETER_SIZE)


@numba.njit(nogil=True)
def _sweeps(count, block, n, theta, student, state, parameters):
    for _ in range(count):
        for lane in range(LANES):
            prepare(lane, theta, student, False, 1.0, 0.0, state, parameters)
        if student:
            sweep_student(block, n, state, parameters)
        else:
            sweep_normal(block, n, state, parameters)


@numba.njit(nogil=True)
def _passes(count, block, n, theta, student, state, parameters, out):
    total = 0.0
    for _ in range(count):
        _sweeps(1, block, n, theta, student, state, parameters)
        take_logs(state)
        for lane in range(LANES):
            total += read(lane, n, theta, student, state, out[0], out[1])
    return total


@numba.njit(nogil=True)
def _evaluations(count, theta, sample, score, information, rows):
    total = 0.0
    for _ in range(count):
        total += evaluate(theta, sample, score, information, rows)
    return total


@numba.njit(nogil=True)
def _spin(count, start):
    value = np.uint64(2 * start + 1)
    for _ in range(count):
        value *= np.uint64(6364136223846793005)
        value ^= value >> np.uint64(29)
    return value


def clock_gigahertz(count=20_000_000):
    """Return the clock by a chain of multiply (3 cycles), shift and xor (1 each), the usual latencies."""
    _spin(10, 1)
    rates = []
    for number in range(5):
        begun = time.perf_counter()
        _spin(count, number)
        rates.append(5 * count / (time.perf_counter() - begun) / 1e9)
    return float(np.max(rates))


def nanoseconds(work, count, observations, rounds):
    """Return the median CPU time an observation of `count` passes, after one warm call."""
    work(1)
    return (
        float(np.median([cpu_seconds(lambda: work(count))[0] for _ in range(rounds)]))
        * 1e9
        / (count * observations)
    )


def lanes_cost(student, asked):
    """Return the cost of the sixteen-lane kernel, of the sweep alone and of a whole pass."""
    n, (state, parameters) = asked.length, lane_state()
    block = np.ascontiguousarray(simulated(LANES, n, asked.seed).T).ravel()
    out = (np.zeros(7), np.zeros((7, 7)))
    args = (block, n, THETA, student, state, parameters)
    sweep = nanoseconds(lambda count: _sweeps(count, *args), asked.count, n * LANES, asked.rounds)
    whole = nanoseconds(lambda count: _passes(count, *args, out), asked.count, n * LANES, asked.rounds)
    return {"kernel": f"lanes {'gjr-t' if student else 'gjr-normal'}", "sweep_ns": sweep, "ns": whole}


def general_cost(label, asked):
    """Return the cost of a pass of the general kernel."""
    model = model_of(label)
    spec = ModelSpec(model.mean, model.variance, model.dist, "mean")
    planned = plan(spec, assemble(spec, simulated(1, asked.length, asked.seed)[0], Regressors()))
    points = starting_points(
        spec, planned.mean_start, planned.free, planned.limits, planned.variance_start, 1
    )
    theta = planned.restriction.base + planned.restriction.map @ points[0]
    score, information = np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
    args = (theta, planned.sample, score, information, np.zeros((0, 0)))
    cost = nanoseconds(
        lambda count: _evaluations(count, *args), asked.count, len(planned.sample.y), asked.rounds
    )
    return {"kernel": f"general {label}", "ns": cost}


def fit_cost(label, passes, asked):
    """Return the cost of whole fits and the share that is spent outside the passes."""
    model, rows = model_of(label), simulated(asked.series, asked.length, asked.seed)

    def work():
        return es.fit_many(rows, model.mean, model.variance, model.dist, starts=1, threads=1)

    work()
    timed = [cpu_seconds(work) for _ in range(asked.rounds)]
    cost = 1e6 * float(np.median([seconds for seconds, _ in timed])) / len(rows)
    steps = float(timed[0][1].report["passes"].mean())
    inside = steps * passes * asked.length / 1e3
    return {
        "model": label, "us": cost, "passes": steps, "inside_us": inside, "outside_us": cost - inside,
        "floor_us": steps * FLOOR[1] * asked.length / 1e3,
        "times_floor": cost / (steps * FLOOR[1] * asked.length / 1e3),
    }  # fmt: skip


def vector_loop(sweep):
    """Return width and instructions an observation of a sweep's vector loop here, or None where none is."""
    options = {name: value for name, value in sweep.targetoptions.items() if name != "nopython"}
    again = numba.njit(**options)(sweep.py_func)
    again(np.ones(LANES), 1, *lane_state())
    lines = next(iter(again.inspect_asm().values())).splitlines()
    labels = {line.rstrip(":"): number for number, line in enumerate(lines) if re.match(r"\.?L\w+:", line)}
    for number, line in enumerate(lines):
        jump = re.match(r"\s+j\w+\s+(\S+)", line)
        if not jump or labels.get(jump[1], number) >= number:
            continue
        body = [one for one in lines[labels[jump[1]] : number + 1] if re.match(r"\t[a-z]", one)]
        divisions = [one for one in body if "vdivpd" in one]
        if divisions:
            bits = 512 if "zmm" in divisions[0] else 256 if "ymm" in divisions[0] else 128
            observations = bits / 64 * len(divisions) / DIVISIONS[sweep.py_func.__name__]
            return {"bits": bits, "instructions": len(body) / observations}
    return None


def counted_instructions(student):
    """Return instructions an observation by callgrind, or a sentence saying why there are none."""
    tool, counts = shutil.which("valgrind"), []
    if tool is None:
        return "valgrind is not installed"
    sweep = "sweep_student" if student else "sweep_normal"
    code = COUNTED.format(sweep=sweep, student=student, passes=COUNTED_PASSES, theta=THETA.tolist())
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | PORTABLE | {"NUMBA_CACHE_DIR": folder, "PYTHONPATH": str(ROOT)}
        for length in COUNTED_LENGTHS:
            command = [sys.executable, "-c", code, str(length)]
            callgrind = [tool, "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
            for line in (command, [*callgrind, *command]):
                done = subprocess.run(line, env=env, capture_output=True, text=True, check=False)
            found = re.search(r"Collected : (\d+)", done.stderr)
            if done.returncode or not found:
                return "callgrind failed: " + (done.stderr.strip().splitlines() or ["no message"])[-1]
            counts.append(int(found[1]))
    more = (COUNTED_LENGTHS[1] - COUNTED_LENGTHS[0]) * COUNTED_PASSES * LANES
    each = (counts[1] - counts[0]) / more
    # compiling inside one of the runs, because the sources changed meanwhile, costs billions
    return each if 0 < each < MOST_CREDIBLE else "callgrind's two runs cannot be compared"


def run(asked):
    """Measure and print everything; return all numbers."""
    clock = clock_gigahertz()
    tell("kernels")
    kernels = [lanes_cost(student, asked) for student in (False, True)]
    for record, sweep in zip(kernels, (sweep_normal, sweep_student), strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record |= {"loop": vector_loop(sweep)}
    kernels += [general_cost(label, asked) for label in GENERAL]
    for record in kernels:
        record |= {"cycles": record["ns"] * clock, "times_floor": record["ns"] / FLOOR[1]}
    tell("fits")
    cost = {record["kernel"].split()[1]: record["ns"] for record in reversed(kernels)}
    cost["garch-normal"] = cost["gjr-normal"]
    fits = [fit_cost(label, cost[label], asked) for label in FITTED]
    counts = {}
    if asked.callgrind:
        tell("callgrind: some minutes")
        counts["gjr-t"] = counted_instructions(student=True)
    show(kernels, fits, counts, clock, asked)
    return {"clock_ghz": clock, "kernels": kernels, "fits": fits, "callgrind": counts, "floor_ns": FLOOR}


def show(kernels, fits, counts, clock, asked):
    """Print kernels, fits and instruction counts."""
    columns = {
        "kernel": "kernel", "ns/obs": "ns", "x floor": "times_floor", "cycles/obs": "cycles",
        "sweep only": "sweep_ns",
        "vector bits": lambda row: (row.get("loop") or {}).get("bits"),
        "instr/obs": lambda row: (row.get("loop") or {}).get("instructions"),
    }  # fmt: skip
    table(f"A pass (likelihood, score, information), T = {asked.length}, one thread", kernels, columns)
    print(f"floor {FLOOR[0]}-{FLOOR[1]} ns (x floor: against {FLOOR[1]}); clock {clock:.2f} GHz, the fastest")
    print("of five runs of a chain of known latency. instr/obs: the vector loop as compiled here.")
    columns = {
        "model": "model", "us/fit": "us", "passes": "passes", "in passes": "inside_us",
        "outside": "outside_us", "floor us": "floor_us", "x floor": "times_floor",
    }  # fmt: skip
    table(f"Whole fits, T = {asked.length}, {asked.series} series, one start, CPU time", fits, columns)
    print("floor us: the passes actually taken at the floor's cost. outside: steps, starts, checks, tables.")
    for name, found in counts.items():
        told = f"{found:.1f} instructions an observation" if isinstance(found, float) else found
        print(f"callgrind, sweep of {name} compiled for 256-bit vectors: {told}")
    if not counts:
        print("callgrind was not asked for.")
