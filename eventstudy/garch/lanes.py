"""GARCH and GJR with a constant or zero mean, sixteen series at a time in the lanes of vector registers.

The same likelihood, score and information as `eventstudy.garch.likelihood`, laid out so that the compiler
turns each loop over lanes into vector instructions: flat arrays, constant strides, no call in the loop.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eventstudy.garch.compiled import kernel, wide_vectors
from eventstudy.garch.innovations import shape_constants, student_information

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D

LANES = 16

# Rows of the flat state: variance and its slopes in mu, omega, alpha, alpha + gamma, beta
_H, _BY_MU, _BY_OMEGA, _BY_UP, _BY_DOWN, _BY_BETA = 0, 16, 32, 48, 64, 80
# Running products of variances and tail factors, sums of their logarithms, sum of tail-weighted squares
_PRODUCT, _TAIL_PRODUCT, _LOG_H, _LOG_TAIL, _WEIGHED = 96, 112, 128, 144, 160
# Five scores; lower triangle of the products of relative slopes; sums of 1/h and of relative slopes
_SCORE, _SQUARES, _PRECISION, _RELATIVE = 176, 256, 496, 512
STATE_SIZE = 592

# Rows of the flat parameters
_MU, _OMEGA, _UP, _DOWN, _BETA, _THINNESS, _TAIL = 0, 16, 32, 48, 64, 80, 96
PARAMETER_SIZE = 112

_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


@kernel
def sweep_student(y: Float1D, n: int, s: Float1D, c: Float1D) -> None:
    """Run sixteen GJR recursions with Student innovations, accumulating everything in `s`.

    Parameters
    ----------
    y : ndarray of shape (n * 16,)
        Returns, the lanes of a session side by side.
    n : int
        Number of sessions.
    s, c : ndarray of shape (STATE_SIZE,), (PARAMETER_SIZE,)
        State, prepared by `prepare`, and parameters.
    """
    wide_vectors()
    for t in range(n):
        for j in range(16):
            e = y[t * 16 + j] - c[_MU + j]
            h = s[_H + j]
            precision = 1.0 / h
            tail = 1.0 + c[_THINNESS + j] * e * e * precision
            weight = c[_TAIL + j] / tail
            weighed = weight * e * e * precision
            push = 0.5 * (weighed - 1.0) * precision
            s[_WEIGHED + j] += weighed
            s[_PRODUCT + j] *= h
            s[_TAIL_PRODUCT + j] *= tail
            d0, d1, d2 = s[_BY_MU + j], s[_BY_OMEGA + j], s[_BY_UP + j]
            d3, d4 = s[_BY_DOWN + j], s[_BY_BETA + j]
            s[_SCORE + j] += push * d0 + weight * e * precision
            s[_SCORE + 16 + j] += push * d1
            s[_SCORE + 32 + j] += push * d2
            s[_SCORE + 48 + j] += push * d3
            s[_SCORE + 64 + j] += push * d4
            r0, r1, r2, r3, r4 = (
                precision * d0,
                precision * d1,
                precision * d2,
                precision * d3,
                precision * d4,
            )
            s[_SQUARES + j] += r0 * r0
            s[_SQUARES + 16 + j] += r1 * r0
            s[_SQUARES + 32 + j] += r1 * r1
            s[_SQUARES + 48 + j] += r2 * r0
            s[_SQUARES + 64 + j] += r2 * r1
            s[_SQUARES + 80 + j] += r2 * r2
            s[_SQUARES + 96 + j] += r3 * r0
            s[_SQUARES + 112 + j] += r3 * r1
            s[_SQUARES + 128 + j] += r3 * r2
            s[_SQUARES + 144 + j] += r3 * r3
            s[_SQUARES + 160 + j] += r4 * r0
            s[_SQUARES + 176 + j] += r4 * r1
            s[_SQUARES + 192 + j] += r4 * r2
            s[_SQUARES + 208 + j] += r4 * r3
            s[_SQUARES + 224 + j] += r4 * r4
            s[_PRECISION + j] += precision
            s[_RELATIVE + j] += r0
            s[_RELATIVE + 16 + j] += r1
            s[_RELATIVE + 32 + j] += r2
            s[_RELATIVE + 48 + j] += r3
            s[_RELATIVE + 64 + j] += r4
            fall = 1.0 if e < 0.0 else 0.0
            news = c[_UP + j] + (c[_DOWN + j] - c[_UP + j]) * fall
            s[_BY_MU + j] = c[_BETA + j] * d0 - 2.0 * news * e
            s[_BY_OMEGA + j] = c[_BETA + j] * d1 + 1.0
            s[_BY_UP + j] = c[_BETA + j] * d2 + e * e * (1.0 - fall)
            s[_BY_DOWN + j] = c[_BETA + j] * d3 + e * e * fall
            s[_BY_BETA + j] = c[_BETA + j] * d4 + h
            s[_H + j] = c[_OMEGA + j] + news * e * e + c[_BETA + j] * h
        if t % 16 == 15:
            take_logs(s)


@kernel
def sweep_normal(y: Float1D, n: int, s: Float1D, c: Float1D) -> None:
    """Run sixteen GJR recursions with normal innovations, accumulating everything in `s`.

    Parameters
    ----------
    y, n, s, c
        As in `sweep_student`.
    """
    wide_vectors()
    for t in range(n):
        for j in range(16):
            e = y[t * 16 + j] - c[_MU + j]
            h = s[_H + j]
            precision = 1.0 / h
            weighed = e * e * precision
            push = 0.5 * (weighed - 1.0) * precision
            s[_WEIGHED + j] += weighed
            s[_PRODUCT + j] *= h
            d0, d1, d2 = s[_BY_MU + j], s[_BY_OMEGA + j], s[_BY_UP + j]
            d3, d4 = s[_BY_DOWN + j], s[_BY_BETA + j]
            s[_SCORE + j] += push * d0 + e * precision
            s[_SCORE + 16 + j] += push * d1
            s[_SCORE + 32 + j] += push * d2
            s[_SCORE + 48 + j] += push * d3
            s[_SCORE + 64 + j] += push * d4
            r0, r1, r2, r3, r4 = (
                precision * d0,
                precision * d1,
                precision * d2,
                precision * d3,
                precision * d4,
            )
            s[_SQUARES + j] += r0 * r0
            s[_SQUARES + 16 + j] += r1 * r0
            s[_SQUARES + 32 + j] += r1 * r1
            s[_SQUARES + 48 + j] += r2 * r0
            s[_SQUARES + 64 + j] += r2 * r1
            s[_SQUARES + 80 + j] += r2 * r2
            s[_SQUARES + 96 + j] += r3 * r0
            s[_SQUARES + 112 + j] += r3 * r1
            s[_SQUARES + 128 + j] += r3 * r2
            s[_SQUARES + 144 + j] += r3 * r3
            s[_SQUARES + 160 + j] += r4 * r0
            s[_SQUARES + 176 + j] += r4 * r1
            s[_SQUARES + 192 + j] += r4 * r2
            s[_SQUARES + 208 + j] += r4 * r3
            s[_SQUARES + 224 + j] += r4 * r4
            s[_PRECISION + j] += precision
            fall = 1.0 if e < 0.0 else 0.0
            news = c[_UP + j] + (c[_DOWN + j] - c[_UP + j]) * fall
            s[_BY_MU + j] = c[_BETA + j] * d0 - 2.0 * news * e
            s[_BY_OMEGA + j] = c[_BETA + j] * d1 + 1.0
            s[_BY_UP + j] = c[_BETA + j] * d2 + e * e * (1.0 - fall)
            s[_BY_DOWN + j] = c[_BETA + j] * d3 + e * e * fall
            s[_BY_BETA + j] = c[_BETA + j] * d4 + h
            s[_H + j] = c[_OMEGA + j] + news * e * e + c[_BETA + j] * h
        if t % 16 == 15:
            take_logs(s)


@kernel
def sweep_symmetric_student(y: Float1D, n: int, s: Float1D, c: Float1D) -> None:
    """Run sixteen GARCH recursions with Student innovations; the rows of alpha + gamma stay 0.

    Parameters
    ----------
    y, n, s, c
        As in `sweep_student`.
    """
    wide_vectors()
    for t in range(n):
        for j in range(16):
            e = y[t * 16 + j] - c[_MU + j]
            h = s[_H + j]
            precision = 1.0 / h
            tail = 1.0 + c[_THINNESS + j] * e * e * precision
            weight = c[_TAIL + j] / tail
            weighed = weight * e * e * precision
            push = 0.5 * (weighed - 1.0) * precision
            s[_WEIGHED + j] += weighed
            s[_PRODUCT + j] *= h
            s[_TAIL_PRODUCT + j] *= tail
            d0, d1, d2 = s[_BY_MU + j], s[_BY_OMEGA + j], s[_BY_UP + j]
            d4 = s[_BY_BETA + j]
            s[_SCORE + j] += push * d0 + weight * e * precision
            s[_SCORE + 16 + j] += push * d1
            s[_SCORE + 32 + j] += push * d2
            s[_SCORE + 64 + j] += push * d4
            r0, r1, r2, r4 = (
                precision * d0,
                precision * d1,
                precision * d2,
                precision * d4,
            )
            s[_SQUARES + j] += r0 * r0
            s[_SQUARES + 16 + j] += r1 * r0
            s[_SQUARES + 32 + j] += r1 * r1
            s[_SQUARES + 48 + j] += r2 * r0
            s[_SQUARES + 64 + j] += r2 * r1
            s[_SQUARES + 80 + j] += r2 * r2
            s[_SQUARES + 160 + j] += r4 * r0
            s[_SQUARES + 176 + j] += r4 * r1
            s[_SQUARES + 192 + j] += r4 * r2
            s[_SQUARES + 224 + j] += r4 * r4
            s[_PRECISION + j] += precision
            s[_RELATIVE + j] += r0
            s[_RELATIVE + 16 + j] += r1
            s[_RELATIVE + 32 + j] += r2
            s[_RELATIVE + 64 + j] += r4
            s[_BY_MU + j] = c[_BETA + j] * d0 - 2.0 * c[_UP + j] * e
            s[_BY_OMEGA + j] = c[_BETA + j] * d1 + 1.0
            s[_BY_UP + j] = c[_BETA + j] * d2 + e * e
            s[_BY_BETA + j] = c[_BETA + j] * d4 + h
            s[_H + j] = c[_OMEGA + j] + c[_UP + j] * e * e + c[_BETA + j] * h
        if t % 16 == 15:
            take_logs(s)


@kernel
def sweep_symmetric_normal(y: Float1D, n: int, s: Float1D, c: Float1D) -> None:
    """Run sixteen GARCH recursions with normal innovations; the rows of alpha + gamma stay 0.

    Parameters
    ----------
    y, n, s, c
        As in `sweep_student`.
    """
    wide_vectors()
    for t in range(n):
        for j in range(16):
            e = y[t * 16 + j] - c[_MU + j]
            h = s[_H + j]
            precision = 1.0 / h
            weighed = e * e * precision
            push = 0.5 * (weighed - 1.0) * precision
            s[_WEIGHED + j] += weighed
            s[_PRODUCT + j] *= h
            d0, d1, d2 = s[_BY_MU + j], s[_BY_OMEGA + j], s[_BY_UP + j]
            d4 = s[_BY_BETA + j]
            s[_SCORE + j] += push * d0 + e * precision
            s[_SCORE + 16 + j] += push * d1
            s[_SCORE + 32 + j] += push * d2
            s[_SCORE + 64 + j] += push * d4
            r0, r1, r2, r4 = (
                precision * d0,
                precision * d1,
                precision * d2,
                precision * d4,
            )
            s[_SQUARES + j] += r0 * r0
            s[_SQUARES + 16 + j] += r1 * r0
            s[_SQUARES + 32 + j] += r1 * r1
            s[_SQUARES + 48 + j] += r2 * r0
            s[_SQUARES + 64 + j] += r2 * r1
            s[_SQUARES + 80 + j] += r2 * r2
            s[_SQUARES + 160 + j] += r4 * r0
            s[_SQUARES + 176 + j] += r4 * r1
            s[_SQUARES + 192 + j] += r4 * r2
            s[_SQUARES + 224 + j] += r4 * r4
            s[_PRECISION + j] += precision
            s[_BY_MU + j] = c[_BETA + j] * d0 - 2.0 * c[_UP + j] * e
            s[_BY_OMEGA + j] = c[_BETA + j] * d1 + 1.0
            s[_BY_UP + j] = c[_BETA + j] * d2 + e * e
            s[_BY_BETA + j] = c[_BETA + j] * d4 + h
            s[_H + j] = c[_OMEGA + j] + c[_UP + j] * e * e + c[_BETA + j] * h
        if t % 16 == 15:
            take_logs(s)


@kernel
def take_logs(s: Float1D) -> None:
    """Move the running products into sums of logarithms.

    Parameters
    ----------
    s : ndarray of shape (STATE_SIZE,)
        The state.
    """
    for j in range(16):
        s[_LOG_H + j] += math.log(s[_PRODUCT + j])
        s[_LOG_TAIL + j] += math.log(s[_TAIL_PRODUCT + j])
        s[_PRODUCT + j] = 1.0
        s[_TAIL_PRODUCT + j] = 1.0


@kernel
def sweep_lanes(y: Float1D, n: int, student: bool, symmetric: bool, s: Float1D, c: Float1D) -> None:
    """Run the sweep that serves a model, and take the logarithms that are left.

    Parameters
    ----------
    y, n, s, c
        As in `sweep_student`.
    student, symmetric : bool
        Student or normal innovations; GARCH or GJR.
    """
    if student and symmetric:
        sweep_symmetric_student(y, n, s, c)
    elif student:
        sweep_student(y, n, s, c)
    elif symmetric:
        sweep_symmetric_normal(y, n, s, c)
    else:
        sweep_normal(y, n, s, c)
    take_logs(s)


@kernel
def prepare(
    lane: int,
    theta: Float1D,
    student: bool,
    symmetric: bool,
    presample: float,
    slope: float,
    s: Float1D,
    c: Float1D,
) -> None:
    """Set one lane to the start of its sample.

    Parameters
    ----------
    lane : int
        Which.
    theta : ndarray of shape (7,)
        mu, omega, alpha, alpha + gamma, beta, eta, lambda (not read).
    student, symmetric : bool
        Whether eta is read; whether alpha + gamma is alpha and has no slope of its own.
    presample, slope : float
        Presample variance and its derivative in mu.
    s, c : ndarray
        As in `sweep_student`.
    """
    for row in range(0, STATE_SIZE, LANES):
        s[row + lane] = 0.0
    for k in range(5):
        c[k * LANES + lane] = theta[k]
    nu = 1 / theta[5] if student else 8.0
    c[_THINNESS + lane], c[_TAIL + lane] = 1 / (nu - 2), (nu + 1) / (nu - 2)
    half = 0.5 * presample if not symmetric else presample
    carried = 0.5 * (theta[2] + theta[3]) + theta[4]
    s[_H + lane] = theta[1] + carried * presample
    s[_BY_MU + lane] = carried * slope
    s[_BY_OMEGA + lane] = 1.0
    s[_BY_UP + lane] = half
    s[_BY_DOWN + lane] = presample - half
    s[_BY_BETA + lane] = presample
    s[_PRODUCT + lane] = 1.0
    s[_TAIL_PRODUCT + lane] = 1.0


@kernel
def read(
    lane: int, n: int, theta: Float1D, student: bool, s: Float1D, score: Float1D, information: Float2D
) -> float:  # fmt: skip
    """Return one lane's log-likelihood after a sweep; write its score and information.

    Parameters
    ----------
    lane, n : int
        Which lane; number of sessions.
    theta, student
        As in `prepare`.
    s : ndarray
        The state after the sweep, logarithms taken.
    score, information : ndarray of shape (7,), (7, 7)
        Filled as by `eventstudy.garch.likelihood.evaluate`.

    Returns
    -------
    float
        Log-likelihood; not finite where the recursion left its domain.
    """
    mean, variance = 1.0, 0.5
    if student:
        mean, variance, cross, tail = student_information(theta[5])
    for k in range(5):
        score[k] = s[_SCORE + k * LANES + lane]
        for i in range(k + 1):
            information[k, i] = variance * s[_SQUARES + (k * (k + 1) // 2 + i) * LANES + lane]
            information[i, k] = information[k, i]
    information[0, 0] += mean * s[_PRECISION + lane]
    if not student:
        return float(-n * _HALF_LOG_TWO_PI - 0.5 * (s[_LOG_H + lane] + s[_WEIGHED + lane]))
    nu, _, log_bc, _, _, log_bc_nu, _, _, _, _, _ = shape_constants(theta[5], 0.0)
    log_q = s[_LOG_TAIL + lane]
    score[5] = -nu * nu * (n * log_bc_nu - 0.5 * log_q + 0.5 * s[_WEIGHED + lane] / (nu - 2))
    for k in range(5):
        information[5, k] = information[k, 5] = cross * s[_RELATIVE + k * LANES + lane]
    information[5, 5] = tail * n
    return float(n * log_bc - 0.5 * s[_LOG_H + lane] - 0.5 * (nu + 1) * log_q)
