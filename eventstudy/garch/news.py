"""What a session's residual does to tomorrow's variance, with every derivative, recursion by recursion."""

from __future__ import annotations

import math

from eventstudy.garch.compiled import Value, kernel
from eventstudy.garch.innovations import NORMAL, absolute_moment_slope
from eventstudy.garch.sample import EXPONENTIAL

_NORMAL_MOMENT = math.sqrt(2 / math.pi)


@kernel
def squared_shock(weight: Value, fall: float, beta: Value, e: Value) -> tuple[Value, ...]:
    """Return what a squared residual brings: GARCH and GJR.

    Parameters
    ----------
    weight, fall : float or complex, float
        alpha or alpha + gamma, and 1 where the residual is negative.
    beta, e : float or complex
        Memory and residual.

    Returns
    -------
    tuple
        Weighted news; its slopes in alpha and in alpha + gamma; tomorrow's state's slopes in the residual, in
        today's state, in eta and in lambda.
    """
    square, nothing = e * e, e * 0
    return (
        weight * square,
        (1 - fall) * square,
        fall * square,
        2 * weight * e,
        beta + nothing,
        nothing,
        nothing,
    )


@kernel
def expected_shock(recursion: int, up: Value, down: Value, beta: Value, g: Value) -> tuple[Value, ...]:
    """Return what a session left out brings: half of its expected news on either side.

    Parameters
    ----------
    recursion : int
        Its kind.
    up, down, beta : float or complex
        alpha, alpha + gamma, memory.
    g : float or complex
        Its variance.

    Returns
    -------
    tuple
        As of `squared_shock`.
    """
    nothing = g * 0
    if recursion == EXPONENTIAL:
        return nothing, nothing, nothing, nothing, beta + nothing, nothing, nothing
    half = 0.5 * (up + down)
    return half * g, 0.5 * g, 0.5 * g, nothing, beta + half, nothing, nothing


@kernel
def realized_shock(weight: Value, fall: float, beta: Value, measure: Value) -> tuple[Value, ...]:
    """Return what a realised measure brings.

    Parameters
    ----------
    weight, fall, beta
        As in `squared_shock`.
    measure : float or complex
        Of the session.

    Returns
    -------
    tuple
        As of `squared_shock`.
    """
    nothing = measure * 0
    return weight * measure, (1 - fall) * measure, fall * measure, nothing, beta + nothing, nothing, nothing


@kernel
def score_shock(
    weight: Value, fall: float, beta: Value, g: Value, root: Value, z: Value, f: Value
) -> tuple[Value, ...]:  # fmt: skip
    """Return what score-driven news g s(z) brings, s = -z d ln f / dz (Harvey and Chakravarti 2008).

    Parameters
    ----------
    weight, fall, beta
        As in `squared_shock`.
    g, root, z : float or complex
        Variance, its root and the standardised residual.
    f : tuple
        What `density_slopes` returned.

    Returns
    -------
    tuple
        As of `squared_shock`.
    """
    push = -z * f[1]
    bend = -f[1] - z * f[4]
    return (
        weight * g * push,
        (1 - fall) * g * push,
        fall * g * push,
        weight * root * bend,
        beta + weight * (push - 0.5 * z * bend),
        -weight * g * z * f[5],
        -weight * g * z * f[6],
    )


@kernel
def log_shock(
    alpha: Value,
    gamma: Value,
    beta: Value,
    sign: float,
    root: Value,
    z: Value,
    moment: Value,
    moment_slope: Value,
) -> tuple[Value, ...]:
    """Return what EGARCH's news brings to its state ln g (Nelson 1991).

    Parameters
    ----------
    alpha, gamma, beta : float or complex
        Coefficients of size, of sign and of memory.
    sign : float
        Of the residual.
    root, z : float or complex
        Root of the variance and standardised residual.
    moment, moment_slope : float or complex
        E abs(z) and its derivative in eta.

    Returns
    -------
    tuple
        As of `squared_shock`.
    """
    bend = alpha * sign + gamma
    size = sign * z - moment
    nothing = z * 0
    return (
        alpha * size + gamma * z,
        size + nothing,
        z,
        bend / root,
        beta - 0.5 * z * bend,
        -alpha * moment_slope + nothing,
        nothing,
    )


@kernel
def absolute_moments(density: int, eta: Value) -> tuple[Value, Value]:
    """Return E abs(z) of the innovation and its derivative in eta (symmetric value if skewed)."""
    if density == NORMAL:
        return eta * 0 + _NORMAL_MOMENT, eta * 0
    return absolute_moment_slope(eta)
