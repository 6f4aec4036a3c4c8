"""How cost and memory grow: series from a thousand to a million, sessions from 250 to 4,000, two threads.

Every count of series runs in a process of its own, chunk by chunk, so that its peak memory is its own.
"""

from __future__ import annotations

import os
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

import eventstudy as es
from benchmarks.engine_common import cpu_seconds, exponent, simulated, table, tell, wall_and_cpu

LENGTH, BLOCK = 250, 500


def peak_megabytes():
    """Return the largest resident memory that this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def fitted(rows, threads=1):
    """Fit GJR-t from one start."""
    return es.fit_many(rows, variance="gjr", dist="t", starts=1, threads=threads)


def fill(rows, seed):
    """Overwrite rows with fresh series, block by block, so that making them needs no memory of note."""
    for number, at in enumerate(range(0, len(rows), BLOCK)):
        part = rows[at : at + BLOCK]
        part[:] = simulated(len(part), rows.shape[1], seed + number)


def in_chunks(count, chunk, length, seed, rounds):
    """Fit `count` series in chunks; return CPU seconds, passes and memory beyond the warm process."""
    size = min(chunk, count)
    fitted(simulated(64, length, seed))
    rows = np.empty((size, length))
    fill(rows, seed)
    before = peak_megabytes()
    spent, passes, failures, done = 0.0, 0, 0, 0
    while done < count * rounds:
        seconds, found = cpu_seconds(lambda: fitted(rows), tidy=False)
        spent, passes = spent + seconds, passes + int(found.report["passes"].sum())
        failures += int((found.status == "not_converged").sum())
        done += size
        fill(rows, seed + done)
    return {
        "series": count, "fits": done, "chunk": size, "us": 1e6 * spent / done,
        "passes": passes / done, "failures": failures, "base_mb": before,
        "growth_mb": peak_megabytes() - before, "data_mb": rows.nbytes / 1024**2,
    }  # fmt: skip


def alone(work, *arguments):
    """Run a function in a fresh process and return its result."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def in_series(asked):
    """Measure counts of series, each in its own process; the smallest are repeated."""
    records = []
    for count in asked.counts:
        tell(f"{count} series of {LENGTH}")
        rounds = max(1, 10_000 // count)
        records.append(alone(in_chunks, count, asked.chunk, LENGTH, asked.seed, rounds))
    tell(f"{asked.whole} series in one call")
    whole = alone(in_chunks, asked.whole, asked.whole, LENGTH, asked.seed, 1)
    return records, whole


def in_sessions(asked):
    """Measure lengths of series, interleaved."""
    worlds = {length: simulated(asked.sample, length, asked.seed) for length in asked.lengths}
    records = {length: {"T": length, "rounds": []} for length in worlds}
    fitted(simulated(64, 100, asked.seed))
    for _ in range(asked.rounds):
        for length, rows in worlds.items():
            seconds, found = cpu_seconds(lambda rows=rows: fitted(rows))
            records[length]["rounds"].append(1e6 * seconds / len(rows))
            records[length]["passes"] = float(found.report["passes"].mean())
    for record in records.values():
        record["us"] = float(np.median(record["rounds"]))
        record["us_per_pass"] = record["us"] / record["passes"]
    return list(records.values())


def in_threads(asked):
    """Measure one and two threads, interleaved, in wall-clock time."""
    records = []
    for length in (250, 1000):
        rows = simulated(asked.sample * 1000 // length, length, asked.seed)
        tell(f"threads, {len(rows)} series of {length}")
        walls, cpus, values = {1: [], 2: []}, {1: [], 2: []}, {}
        for _ in range(asked.rounds):
            for threads in (1, 2):
                wall, (cpu, found) = wall_and_cpu(lambda rows=rows, threads=threads: fitted(rows, threads))
                walls[threads].append(1e6 * wall / len(rows))
                cpus[threads].append(1e6 * cpu / len(rows))
                values[threads] = found
        one, two = (float(np.median(walls[threads])) for threads in (1, 2))
        records.append({
            "T": length, "series": len(rows), "one_us": one, "two_us": two, "gain": one / two,
            "cpu_one_us": float(np.median(cpus[1])), "cpu_two_us": float(np.median(cpus[2])),
            "identical": bool(values[1].params.equals(values[2].params)),
        })  # fmt: skip
    return records


def run(asked):
    """Measure and print everything; return all numbers."""
    series, whole = in_series(asked)
    tell(f"sessions, {asked.sample} series")
    sessions, threads = in_sessions(asked), in_threads(asked)
    by_series = exponent([one["series"] for one in series], [one["us"] * one["series"] for one in series])
    by_sessions = exponent([one["T"] for one in sessions], [one["us"] for one in sessions])
    by_pass = exponent([one["T"] for one in sessions], [one["us_per_pass"] for one in sessions])
    columns = {
        "series": "series", "chunk": "chunk", "fits": "fits", "us/fit": "us", "passes": "passes",
        "not conv": "failures", "data MB": "data_mb", "growth MB": "growth_mb", "warm MB": "base_mb",
    }  # fmt: skip
    table(f"Series: GJR-t, T = {LENGTH}, one start, one thread, CPU time", [*series, whole], columns)
    print(f"exponent of total cost in series: {by_series:.3f}. Growth is peak memory beyond the warm process")
    print("with one chunk of data in hand; the last row is one call without chunks.")
    columns = {"T": "T", "us/fit": "us", "passes": "passes", "us/pass": "us_per_pass"}
    table("Sessions: GJR-t, one start, one thread, CPU time", sessions, columns)
    print(f"exponent in T: {by_sessions:.3f} per fit, {by_pass:.3f} per pass.")
    columns = {
        "T": "T", "series": "series", "1 thread us": "one_us", "2 threads us": "two_us", "gain": "gain",
        "CPU 1": "cpu_one_us", "CPU 2": "cpu_two_us", "identical": "identical",
    }  # fmt: skip
    table(f"Threads: wall-clock time per fit, {os.cpu_count()} cores", threads, columns)
    return {
        "series": series, "one_call": whole, "sessions": sessions, "threads": threads,
        "exponent_in_series": by_series, "exponent_in_sessions": by_sessions, "exponent_of_a_pass": by_pass,
    }  # fmt: skip
