"""Log-likelihood, analytic score and information of every model, one series in one pass.

Parameters lie in the engine's own coordinates: mean coefficients; omega, alpha, alpha + gamma, beta (EGARCH:
omega, alpha, gamma, beta); eta = 1 / nu, lambda; coefficients of additive and of multiplicative variance
regressors. Complex parameters give complex derivatives, hence exact Hessians by complex step.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.compiled import Value, kernel
from eventstudy.garch.innovations import (
    NORMAL,
    STUDENT,
    density_slopes,
    normal_slopes,
    shape_constants,
    student_slopes,
)
from eventstudy.garch.news import (
    absolute_moments,
    expected_shock,
    log_shock,
    realized_shock,
    score_shock,
    squared_shock,
)
from eventstudy.garch.sample import (
    BETA,
    CLASSICAL,
    DENSITY,
    DOWN,
    ETA,
    EXPONENTIAL,
    FLIPPED,
    MOVING,
    REALIZED,
    RECURSION,
    SCORE_DRIVEN,
    SHAPES,
    SKEW,
    UP,
    Sample,
)
from eventstudy.garch.sums import (
    collect,
    collect_information,
    collect_rows,
    position,
    sum_of_logs,
    tail_weight,
)

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D

_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
_LEAST_VARIANCE, _LARGEST_VARIANCE = 1e-12, 1e12
_ON_KINK = 1e-13


@kernel
def evaluate(theta: Value, sample: Sample, score: Value, information: Value, rows: Value) -> Value:
    """Return the log-likelihood; write its score, expected information and per-session scores.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        Parameters, real or complex.
    sample : Sample
        The data and the model.
    score : ndarray of shape (K,)
        Filled.
    information, rows : ndarray of shape (K, K) or (0, 0), (n, K) or (0, 0)
        Filled where they have a size.

    Returns
    -------
    float or complex
        Minus infinity where some conditional variance is not positive.
    """
    n, size = sample.y.shape[0], theta.shape[0]
    e = residuals(theta, sample)
    de = residual_slopes(theta, sample, e)
    g, q = np.empty(n, theta.dtype), np.empty(n, theta.dtype)
    ds = np.zeros((size, n), theta.dtype)
    pushes = np.zeros((5, n), theta.dtype)
    state = _start(theta, sample, e, de, ds)
    total = _sweep(theta, sample, state, e, de, g, q, ds, pushes)
    if not np.isfinite(total.real):
        return total
    log_q = sum_of_logs(q)
    total -= 0.5 * sum_of_logs(g) + tail_weight(theta, sample) * log_q
    total -= 0.5 * collect(theta, sample, de, ds, pushes, log_q, score)
    if information.size:
        collect_information(theta, sample, de, ds, g, pushes, information)
    if rows.size:
        collect_rows(theta, sample, de, ds, q, pushes, rows)
    return total


@kernel
def residuals(theta: Value, sample: Sample) -> Value:
    """Return the mean's residuals over the root of the multiplicative factor, shape (n,)."""
    last = theta.shape[0] - sample.multiplicative.shape[1]
    e = np.empty(sample.y.shape[0], theta.dtype)
    for t in range(e.shape[0]):
        value = sample.y[t] + theta[0] * 0
        for k in range(sample.x.shape[1]):
            value -= sample.x[t, k] * theta[k]
        e[t] = theta[0] * 0 if np.isnan(sample.y[t]) else value
    for j in range(sample.multiplicative.shape[1]):
        for t in range(e.shape[0]):
            if sample.multiplicative[t, j] != 0:
                e[t] *= np.exp(-0.5 * sample.multiplicative[t, j] * theta[last + j])
    return e


@kernel
def residual_slopes(theta: Value, sample: Sample, e: Value) -> Value:
    """Return the derivative of residuals in mean and multiplicative coefficients, shape (m + r, n)."""
    count, more = sample.x.shape[1], sample.multiplicative.shape[1]
    last = theta.shape[0] - more
    slopes = np.empty((count + more, e.shape[0]), theta.dtype)
    for k in range(count):
        for t in range(e.shape[0]):
            slopes[k, t] = -sample.x[t, k]
    for j in range(more):
        for t in range(e.shape[0]):
            slopes[count + j, t] = -0.5 * sample.multiplicative[t, j] * e[t]
            shrink = np.exp(-0.5 * sample.multiplicative[t, j] * theta[last + j])
            for k in range(count):
                slopes[k, t] *= shrink
    return slopes


@kernel
def conditional_variances(theta: Float1D, sample: Sample) -> tuple[Float1D, Float1D]:
    """Return the variance inside the recursion and the multiplicative factor of each session.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        Parameters.
    sample : Sample
        Data and model; sessions left out have variances too.

    Returns
    -------
    g, factor : ndarray of shape (n,)
        The conditional variance is their product.
    """
    n, size = sample.y.shape[0], theta.shape[0]
    e = residuals(theta, sample)
    de = residual_slopes(theta, sample, e)
    g, q, ds, pushes = np.empty(n), np.empty(n), np.zeros((size, n)), np.zeros((5, n))
    log_factor = np.zeros(n)
    for j in range(sample.multiplicative.shape[1]):
        log_factor += sample.multiplicative[:, j] * theta[size - sample.multiplicative.shape[1] + j]
    _sweep(theta, sample, _start(theta, sample, e, de, ds), e, de, g, q, ds, pushes)
    return pushes[4], np.exp(log_factor)


@kernel
def _start(theta: Value, sample: Sample, e: Value, de: Value, ds: Value) -> Value:
    """Return the first state (g_1, its logarithm for EGARCH) and write its derivative."""
    n, at = sample.x.shape
    more = sample.multiplicative.shape[1]
    recursion = sample.choice[RECURSION]
    s0 = theta[at] * 0 + sample.presample
    if sample.choice[MOVING]:
        seen = n - np.isnan(sample.y).sum()
        s0 = (e * e).sum() / seen
        for row in range(de.shape[0]):
            ds[position(row, theta.shape[0], at, more), 0] = 2 * (e * de[row]).sum() / seen
    omega, up, down, beta = theta[at], theta[at + UP], theta[at + DOWN], theta[at + BETA]
    if recursion == EXPONENTIAL:
        state, carried, half_news, remembered = omega + beta * np.log(s0), beta / s0, s0 * 0, np.log(s0)
    elif recursion == REALIZED:
        half_news, remembered, carried = s0 * 0 + 0.5 * sample.realized.mean(), s0, beta
        state = omega + (up + down) * half_news + beta * s0
    else:
        half_news, remembered, carried = 0.5 * s0, s0, 0.5 * (up + down) + beta
        state = omega + carried * s0
    for k in range(theta.shape[0]):
        ds[k, 0] *= carried
    ds[at, 0] += 1
    ds[at + UP, 0] += half_news
    ds[at + DOWN, 0] += half_news
    ds[at + BETA, 0] += remembered
    for j in range(sample.additive.shape[1]):
        state += theta[at + SHAPES + j] * sample.additive[0, j]
        ds[at + SHAPES + j, 0] += sample.additive[0, j]
    return state


@kernel
def _sweep(
    theta: Value,
    sample: Sample,
    state: Value,
    e: Value,
    de: Value,
    g: Value,
    q: Value,
    ds: Value,
    pushes: Value,
) -> Value:
    """Run the recursion and its derivatives; return the log-likelihood without its logarithms.

    `pushes` gets d ln f_t / d state, / d e, the explicit slopes in eta (without ln q) and lambda, and g_t;
    sessions left out have g = q = 1 in the arrays that are summed.
    """
    n, at = sample.x.shape
    recursion, density = sample.choice[RECURSION], sample.choice[DENSITY]
    eta = theta[at + ETA] if density != NORMAL else theta[at + ETA] * 0 + 0.2
    constants = shape_constants(eta, theta[at + SKEW])
    moment, moment_slope = absolute_moments(density, eta)
    omega, up, down, beta = theta[at], theta[at + UP], theta[at + DOWN], theta[at + BETA]
    more, size, extra = sample.multiplicative.shape[1], theta.shape[0], sample.additive.shape[1]
    total = state * 0
    for t in range(n):
        h = np.exp(state) if recursion == EXPONENTIAL else state
        if not (_LEAST_VARIANCE < h.real < _LARGEST_VARIANCE):
            return total - np.inf
        root = np.sqrt(h)
        z = e[t] / root
        if density == NORMAL:
            f = normal_slopes(z)
        elif density == STUDENT:
            f = student_slopes(z, constants)
        else:
            f = density_slopes(z, constants)
        hidden = np.isnan(sample.y[t])
        pushes[4, t] = h
        g[t], q[t] = state * 0 + 1.0, state * 0 + 1.0
        if not hidden:
            g[t], q[t] = h, f[0]
            total += -0.5 * z * z - _HALF_LOG_TWO_PI if density == NORMAL else constants[2]
            pushes[0, t] = -0.5 * (1 + z * f[1]) if recursion == EXPONENTIAL else -0.5 * (1 + z * f[1]) / h
            pushes[1, t], pushes[2, t], pushes[3, t] = f[1] / root, f[2], f[3]
        if t + 1 == n:
            break
        fall = 1.0 if z.real < -_ON_KINK or (z.real <= _ON_KINK and t == sample.choice[FLIPPED]) else 0.0
        if recursion == REALIZED:
            fall = 1.0 if sample.y[t] < 0 else 0.0
        weight = up + fall * (down - up)
        if hidden and recursion != REALIZED:
            step = expected_shock(recursion, up, down, beta, h)
        elif recursion == CLASSICAL:
            step = squared_shock(weight, fall, beta, e[t])
        elif recursion == EXPONENTIAL:
            step = log_shock(up, down, beta, 1.0 - 2.0 * fall, root, z, moment, moment_slope)
        elif recursion == SCORE_DRIVEN:
            step = score_shock(weight, fall, beta, h, root, z, f)
        else:
            step = realized_shock(weight, fall, beta, z * 0 + sample.realized[t])
        news, on_up, on_down, on_residual, on_state, on_eta, on_skew = step
        for k in range(size):
            ds[k, t + 1] = on_state * ds[k, t]
        for row in range(at + more):
            ds[position(row, size, at, more), t + 1] += on_residual * de[row, t]
        ds[at, t + 1] += 1
        ds[at + UP, t + 1] += on_up
        ds[at + DOWN, t + 1] += on_down
        ds[at + BETA, t + 1] += state
        ds[at + ETA, t + 1] += on_eta
        ds[at + SKEW, t + 1] += on_skew
        state = omega + news + beta * state
        for j in range(extra):
            state += theta[at + SHAPES + j] * sample.additive[t + 1, j]
            ds[at + SHAPES + j, t + 1] += sample.additive[t + 1, j]
    return total
