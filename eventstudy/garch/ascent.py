"""Climb many likelihoods: one series at a time in general, sixteen abreast where lanes serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.garch.climb import COUNTS, VALUE, Climb, Limits, begin, judge, new_climb
from eventstudy.garch.compiled import kernel
from eventstudy.garch.lanes import (
    LANES,
    PARAMETER_SIZE,
    STATE_SIZE,
    prepare,
    read,
    sweep_lanes,
)
from eventstudy.garch.likelihood import evaluate
from eventstudy.garch.sample import Sample

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D, Int2D


class Restriction(NamedTuple):
    """All K parameters as an affine function of the free ones: theta = base + map free.

    Attributes
    ----------
    base : ndarray of shape (K,)
        Values of fixed parameters.
    map : ndarray of shape (K, F)
        How the F free parameters move them.
    """

    base: Float1D
    map: Float2D


class Summits(NamedTuple):
    """Where ascents ended.

    Attributes
    ----------
    points : ndarray of shape (J, F)
        Free parameters.
    values : ndarray of shape (J,)
        Log-likelihoods.
    scores : ndarray of shape (J, F)
        Scores there.
    counts : ndarray of int of shape (J, COUNTS)
        Passes, refusals, restarts, status.
    held : ndarray of int of shape (J, F + 1)
        Active constraints.
    scales : ndarray of shape (J, F)
        Root of the metric's diagonal: what one standard error is worth in each parameter.
    """

    points: Float2D
    values: Float1D
    scores: Float2D
    counts: Int2D
    held: Int2D
    scales: Float2D


@kernel
def _new_summits(jobs: int, free: int) -> Summits:
    """Return room for the ends of `jobs` ascents."""
    return Summits(
        np.zeros((jobs, free)), np.zeros(jobs), np.zeros((jobs, free)), np.zeros((jobs, COUNTS), np.int64),
        np.zeros((jobs, free + 1), np.int64), np.zeros((jobs, free)),
    )  # fmt: skip


@kernel
def _keep(summits: Summits, job: int, climb: Climb, lane: int) -> None:
    """Write down where an ascent ended."""
    summits.points[job] = climb.point[lane]
    summits.values[job] = -climb.numbers[lane, VALUE]
    summits.scores[job] = -climb.gradient[lane]
    summits.counts[job] = climb.counts[lane]
    summits.held[job] = climb.held[lane]
    for i in range(summits.scales.shape[1]):
        summits.scales[job, i] = np.sqrt(climb.metric[lane, i, i])


@kernel
def _spread(restriction: Restriction, free: Float1D, theta: Float1D) -> None:
    """Write all parameters from the free ones."""
    for k in range(theta.shape[0]):
        value = restriction.base[k]
        for i in range(free.shape[0]):
            value += restriction.map[k, i] * free[i]
        theta[k] = value


@kernel
def _gather(
    restriction: Restriction, score: Float1D, information: Float2D, half: Float2D,
    free_score: Float1D, free_information: Float2D,
) -> None:  # fmt: skip
    """Write score and information of the free parameters from those of all."""
    size, free = restriction.map.shape
    for i in range(free):
        value = 0.0
        for k in range(size):
            half[k, i] = 0.0
            value += restriction.map[k, i] * score[k]
        free_score[i] = value
        for j in range(size):
            if restriction.map[j, i] != 0.0:
                for k in range(size):
                    half[k, i] += information[k, j] * restriction.map[j, i]
    for i in range(free):
        for j in range(i + 1):
            value = 0.0
            for k in range(size):
                value += restriction.map[k, i] * half[k, j]
            free_information[i, j] = free_information[j, i] = value


@kernel
def ascend(
    sample: Sample,
    starts: Float2D,
    restriction: Restriction,
    limits: Limits,
    tolerance: float,
    most_passes: int,
) -> Summits:
    """Climb the likelihood of one series from every start.

    Parameters
    ----------
    sample : Sample
        The series and its model.
    starts : ndarray of shape (J, F)
        Free parameters, feasible.
    restriction, limits
        Which parameters are free, and their constraints.
    tolerance, most_passes
        As in `eventstudy.garch.climb.judge`.

    Returns
    -------
    Summits
        One end per start.
    """
    size, free = restriction.map.shape
    score, information, rows = np.zeros(size), np.zeros((size, size)), np.zeros((0, 0))
    free_score, free_information, half = np.zeros(free), np.zeros((free, free)), np.zeros((size, free))
    theta, climb = np.zeros(size), new_climb(1, free)
    summits = _new_summits(starts.shape[0], free)
    for job in range(starts.shape[0]):
        begin(climb, 0, starts[job])
        done = False
        while not done:
            _spread(restriction, climb.trial[0], theta)
            value = evaluate(theta, sample, score, information, rows)
            _gather(restriction, score, information, half, free_score, free_information)
            done = judge(climb, 0, limits, value, free_score, free_information, tolerance, most_passes)
        _keep(summits, job, climb, 0)
    return summits


@kernel
def ascend_rows(
    returns: Float2D, presamples: Float1D, mean_count: int, choice: Int1D, owners: Int1D, starts: Float2D,
    restriction: Restriction, limits: Limits, tolerance: float, most_passes: int,
) -> Summits:  # fmt: skip
    """Climb the likelihoods of many series of one length, one after another.

    Parameters
    ----------
    returns : ndarray of shape (N, n)
        One series a row.
    presamples : ndarray of shape (N,)
        Presample variances; not read where they move with the mean.
    mean_count : int
        0 for no mean, 1 for a constant, 2 for a constant and a lag, which costs the first return.
    choice : ndarray of int of shape (4,)
        As in `Sample`.
    owners, starts, restriction, limits, tolerance, most_passes
        As in `ascend_abreast`.

    Returns
    -------
    Summits
        One end per job.
    """
    lost = 1 if mean_count == 2 else 0
    n, jobs = returns.shape[1] - lost, owners.shape[0]
    summits = _new_summits(jobs, starts.shape[1])
    nothing, x = np.zeros((n, 0)), np.ones((n, mean_count))
    for job in range(jobs):
        row = returns[owners[job]]
        if mean_count == 2:
            x[:, 1] = row[:-1]
        sample = Sample(row[lost:], x, nothing, nothing, np.zeros(0), choice, presamples[owners[job]])
        one = ascend(sample, starts[job : job + 1], restriction, limits, tolerance, most_passes)
        _copy_summit(summits, job, one, 0)
    return summits


@kernel
def _copy_summit(summits: Summits, job: int, source: Summits, row: int) -> None:
    """Copy one end."""
    summits.points[job] = source.points[row]
    summits.values[job] = source.values[row]
    summits.scores[job] = source.scores[row]
    summits.counts[job] = source.counts[row]
    summits.held[job] = source.held[row]
    summits.scales[job] = source.scales[row]


@kernel
def ascend_abreast(
    returns: Float2D, presamples: Float1D, moving: bool, student: bool, symmetric: bool,
    owners: Int1D, starts: Float2D,
    restriction: Restriction, limits: Limits, tolerance: float, most_passes: int,
) -> Summits:  # fmt: skip
    """Climb the likelihoods of many series of one length, sixteen at a time.

    A lane takes the next job as soon as its own is done. A job's result does not depend on its neighbours.

    Parameters
    ----------
    returns : ndarray of shape (N, n)
        One series a row.
    presamples : ndarray of shape (N,)
        Presample variances; not read where they move with the mean.
    moving, student, symmetric : bool
        Whether they do; Student or normal innovations; GARCH or GJR.
    owners : ndarray of int of shape (J,)
        The series of each job.
    starts : ndarray of shape (J, F)
        Where each job starts.
    restriction, limits, tolerance, most_passes
        As in `ascend`, for mu, omega, alpha, alpha + gamma, beta, eta, lambda.

    Returns
    -------
    Summits
        One end per job.
    """
    n, jobs, free = returns.shape[1], owners.shape[0], starts.shape[1]
    block, state, parameters = np.zeros(n * LANES), np.zeros(STATE_SIZE), np.zeros(PARAMETER_SIZE)
    score, information, half = np.zeros(7), np.zeros((7, 7)), np.zeros((7, free))
    free_score, free_information = np.zeros(free), np.zeros((free, free))
    theta, climb, summits = np.zeros((LANES, 7)), new_climb(LANES, free), _new_summits(jobs, free)
    job = np.full(LANES, -1)
    moments = np.zeros((LANES, 2))
    following, active = 0, 0
    for lane in range(min(LANES, jobs)):
        _board(lane, following, returns, owners, starts, block, moments, climb, job)
        following, active = following + 1, active + 1
    while active > 0:
        for lane in range(LANES):
            if job[lane] >= 0:
                _spread(restriction, climb.trial[lane], theta[lane])
                presample, slope = _presample_of(
                    moving, presamples[owners[job[lane]]], moments[lane], theta[lane, 0]
                )
                prepare(lane, theta[lane], student, symmetric, presample, slope, state, parameters)
        sweep_lanes(block, n, student, symmetric, state, parameters)
        for lane in range(LANES):
            if job[lane] < 0:
                continue
            value = read(lane, n, theta[lane], student, state, score, information)
            _gather(restriction, score, information, half, free_score, free_information)
            if judge(climb, lane, limits, value, free_score, free_information, tolerance, most_passes):
                _keep(summits, job[lane], climb, lane)
                job[lane] = -1
                active -= 1
                if following < jobs:
                    _board(lane, following, returns, owners, starts, block, moments, climb, job)
                    following, active = following + 1, active + 1
    return summits


@kernel
def _presample_of(moving: bool, fixed: float, moments: Float1D, mu: float) -> tuple[float, float]:
    """Return the presample variance and its derivative in mu."""
    if not moving:
        return fixed, 0.0
    return moments[1] - 2 * mu * moments[0] + mu * mu, 2 * (mu - moments[0])


@kernel
def _board(
    lane: int, number: int, returns: Float2D, owners: Int1D, starts: Float2D, block: Float1D,
    moments: Float2D, climb: Climb, job: Int1D,
) -> None:  # fmt: skip
    """Put a job into a lane: its returns, their first two moments and its start."""
    n, owner = returns.shape[1], owners[number]
    first, second = 0.0, 0.0
    for t in range(n):
        value = returns[owner, t]
        block[t * LANES + lane] = value
        first += value
        second += value * value
    moments[lane, 0], moments[lane, 1] = first / n, second / n
    begin(climb, lane, starts[number])
    job[lane] = number
