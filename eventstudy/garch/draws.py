"""New samples from a fitted model, regressors and all: what a parametric bootstrap refits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.compiled import kernel
from eventstudy.garch.innovations import NORMAL, density_slopes, normal_slopes, shape_constants
from eventstudy.garch.news import absolute_moments, log_shock, score_shock, squared_shock
from eventstudy.garch.sample import (
    BETA,
    DENSITY,
    DOWN,
    ETA,
    EXPONENTIAL,
    RECURSION,
    SCORE_DRIVEN,
    SHAPES,
    SKEW,
    UP,
    Sample,
)

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D


@kernel
def draw_sample(
    theta: Float1D, sample: Sample, first: float, z: Float1D, lag: int
) -> tuple[Float1D, Float1D]:
    """Return returns that the model could have made with given innovations.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        The engine's parameters.
    sample : Sample
        The regressors and the model; its returns are not read.
    first : float
        Variance of the first session inside the recursion.
    z : ndarray of shape (n,)
        Unit-variance innovations.
    lag : int
        Column of the regressors that holds yesterday's return, or -1.

    Returns
    -------
    y : ndarray of shape (n,)
        Standardised returns.
    lagged : ndarray of shape (n,)
        The column of yesterday's returns that belongs to them; zeros without one.
    """
    n, at = sample.x.shape
    recursion, density = sample.choice[RECURSION], sample.choice[DENSITY]
    more = sample.multiplicative.shape[1]
    eta = theta[at + ETA] if density != NORMAL else 0.2
    constants = shape_constants(eta, theta[at + SKEW])
    moment, moment_slope = absolute_moments(density, eta)
    up, down, beta = theta[at + UP], theta[at + DOWN], theta[at + BETA]
    y, lagged = np.empty(n), np.zeros(n)
    state = np.log(first) if recursion == EXPONENTIAL else first
    for t in range(n):
        g = np.exp(state) if recursion == EXPONENTIAL else state
        root = np.sqrt(g)
        factor, level = 0.0, 0.0
        for j in range(more):
            factor += sample.multiplicative[t, j] * theta[theta.shape[0] - more + j]
        if lag >= 0:
            lagged[t] = sample.x[0, lag] if t == 0 else y[t - 1]
        for k in range(at):
            level += (lagged[t] if k == lag else sample.x[t, k]) * theta[k]
        y[t] = level + root * z[t] * np.exp(0.5 * factor)
        fall = 1.0 if z[t] < 0 else 0.0
        weight = up + fall * (down - up)
        f = normal_slopes(z[t]) if density == NORMAL else density_slopes(z[t], constants)
        if recursion == EXPONENTIAL:
            step = log_shock(up, down, beta, 1.0 - 2.0 * fall, root, z[t], moment, moment_slope)
        elif recursion == SCORE_DRIVEN:
            step = score_shock(weight, fall, beta, g, root, z[t], f)
        else:
            step = squared_shock(weight, fall, beta, root * z[t])
        state = theta[at] + step[0] + beta * state
        for j in range(sample.additive.shape[1]):
            if t + 1 < n:
                state += theta[at + SHAPES + j] * sample.additive[t + 1, j]
    return y, lagged
