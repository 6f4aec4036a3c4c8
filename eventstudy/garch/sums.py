"""Sums over sessions that make the log-likelihood, its score and its information."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.compiled import Value, kernel
from eventstudy.garch.innovations import NORMAL, student_information
from eventstudy.garch.sample import DENSITY, ETA, EXPONENTIAL, RECURSION, SKEW, Sample

if TYPE_CHECKING:
    from eventstudy.arrays import Float2D

_LOG_BATCH = 8


@kernel
def position(row: int, size: int, mean_count: int, more: int) -> int:
    """Return the parameter that a row of `residual_slopes` belongs to.

    Parameters
    ----------
    row : int
        Mean regressors first, then multiplicative ones.
    size, mean_count, more : int
        Numbers of parameters, of mean regressors and of multiplicative ones.

    Returns
    -------
    int
        Its position in theta.
    """
    return row if row < mean_count else size - more + row - mean_count


@kernel
def tail_weight(theta: Value, sample: Sample) -> Value:
    """Return (nu + 1) / 2, what ln q weighs in the log density; 0 for the normal."""
    eta = theta[sample.x.shape[1] + ETA]
    return eta * 0 if sample.choice[DENSITY] == NORMAL else 0.5 * (1 / eta + 1)


@kernel
def sum_of_logs(values: Value) -> Value:
    """Return the sum of logarithms, taking one logarithm for several factors."""
    total, product = values[0] * 0, values[0] * 0 + 1
    for t in range(values.shape[0]):
        product *= values[t]
        if t % _LOG_BATCH == _LOG_BATCH - 1:
            total += np.log(product)
            product = product * 0 + 1
    return total + np.log(product)


@kernel
def product(left: Value, i: int, right: Value, j: int) -> Value:
    """Return the inner product of a row of one table and a row of another.

    Parameters
    ----------
    left, right : ndarray of shape (., n)
        Two tables.
    i, j : int
        Rows.

    Returns
    -------
    float or complex
        Made without the arrays that an expression would leave behind.
    """
    total = left[0, 0] * right[0, 0] * 0
    for t in range(left.shape[1]):
        total += left[i, t] * right[j, t]
    return total


@kernel
def collect(
    theta: Value, sample: Sample, de: Value, ds: Value, pushes: Value, log_q: Value, score: Value
) -> Value:  # fmt: skip
    """Write the score; return the sum of log multiplicative factors.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        Parameters.
    sample : Sample
        Data and model.
    de, ds : ndarray of shape (m + r, n), (K, n)
        Slopes of residuals and of the state.
    pushes : ndarray of shape (5, n)
        Slopes of the log density in the state, the residual, eta and lambda; variances.
    log_q : float or complex
        Sum of ln q.
    score : ndarray of shape (K,)
        Filled.

    Returns
    -------
    float or complex
        Over the sessions that are seen.
    """
    at, more, size = sample.x.shape[1], sample.multiplicative.shape[1], theta.shape[0]
    for k in range(size):
        score[k] = product(pushes, 0, ds, k)
    for row in range(de.shape[0]):
        score[position(row, size, at, more)] += product(pushes, 1, de, row)
    score[at + ETA] += pushes[2].sum()
    score[at + SKEW] += pushes[3].sum()
    if sample.choice[DENSITY] != NORMAL:
        score[at + ETA] += 0.5 * log_q / theta[at + ETA] ** 2
    total = theta[0] * 0
    for j in range(more):
        column = 0.0
        for t in range(sample.y.shape[0]):
            column += 0.0 if np.isnan(sample.y[t]) else sample.multiplicative[t, j]
        score[size - more + j] -= 0.5 * column
        total += column * theta[size - more + j]
    return total


@kernel
def collect_information(
    theta: Value, sample: Sample, de: Value, ds: Value, g: Value, pushes: Value, out: Float2D
) -> None:
    """Write the expected information (of skewness: its squared scores), symmetric.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        Parameters.
    sample : Sample
        Data and model.
    de, ds : ndarray of shape (m + r, n), (K, n)
        Slopes of residuals and of the state.
    g, pushes : ndarray of shape (n,), (5, n)
        Variances and slopes of the log density.
    out : ndarray of shape (K, K)
        Filled.
    """
    at, more, size = sample.x.shape[1], sample.multiplicative.shape[1], theta.shape[0]
    mean, variance, cross, tail = 1.0, 0.5, 0.0, 0.0
    if sample.choice[DENSITY] != NORMAL:
        mean, variance, cross, tail = student_information(min(max(theta[at + ETA].real, 0.002), 0.49))
    relative, precise = np.empty(ds.shape), np.empty(de.shape)
    for t in range(g.shape[0]):
        scale = 1.0 if sample.choice[RECURSION] == EXPONENTIAL else 1 / g[t].real
        for k in range(size):
            relative[k, t] = ds[k, t].real * scale
        for row in range(de.shape[0]):
            precise[row, t] = de[row, t].real / np.sqrt(g[t].real)
    for k in range(size):
        for j in range(k + 1):
            out[k, j] = variance * product(relative, k, relative, j)
    for row in range(de.shape[0]):
        for other in range(row + 1):
            k, j = position(row, size, at, more), position(other, size, at, more)
            out[k, j] += mean * product(precise, row, precise, other)
    for k in range(size):
        lower, upper = min(k, at + ETA), max(k, at + ETA)
        out[upper, lower] += cross * relative[k].sum()
    out[at + ETA, at + ETA] += tail * g.shape[0]
    out[at + SKEW, at + SKEW] += (pushes[3].real ** 2).sum()
    for k in range(size):
        for j in range(k):
            out[j, k] = out[k, j]


@kernel
def collect_rows(
    theta: Value, sample: Sample, de: Value, ds: Value, q: Value, pushes: Value, rows: Value
) -> None:
    """Write the score of each session.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        Parameters.
    sample : Sample
        Data and model.
    de, ds : ndarray of shape (m + r, n), (K, n)
        Slopes of residuals and of the state.
    q, pushes : ndarray of shape (n,), (5, n)
        Tail factors and slopes of the log density.
    rows : ndarray of shape (n, K)
        Filled.
    """
    at, more, size = sample.x.shape[1], sample.multiplicative.shape[1], theta.shape[0]
    heavy = sample.choice[DENSITY] != NORMAL
    for t in range(q.shape[0]):
        for k in range(size):
            rows[t, k] = pushes[0, t] * ds[k, t]
        for row in range(de.shape[0]):
            rows[t, position(row, size, at, more)] += pushes[1, t] * de[row, t]
        rows[t, at + ETA] += pushes[2, t]
        rows[t, at + SKEW] += pushes[3, t]
        if heavy:
            rows[t, at + ETA] += 0.5 * np.log(q[t]) / theta[at + ETA] ** 2
        for j in range(more):
            if not np.isnan(sample.y[t]):
                rows[t, size - more + j] -= 0.5 * sample.multiplicative[t, j]
