"""Innovation densities and their derivatives, for real and complex arguments.

The tail is carried as eta = 1 / nu. Student's t is Hansen's (1994) skewed t without skewness.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy.garch.compiled import Value, kernel

NORMAL, STUDENT, SKEWED = 0, 1, 2

_LOG_PI = math.log(math.pi)
_SHIFTED_TO = 14.0


@kernel
def gamma_ratio(x: Value) -> tuple[Value, Value, Value]:
    """Return ln Gamma(x + 1/2) - ln Gamma(x) and its first two derivatives, for real part of x > 0.

    The difference has an asymptotic series of its own (Stirling with Bernoulli polynomials at 1/2), so
    that nothing cancels for large x; smaller arguments are shifted up by the recurrence of Gamma.
    """
    product = x / x
    first = x - x
    second = x - x
    while x.real < _SHIFTED_TO:
        product *= (x + 0.5) / x
        first -= 1 / (x + 0.5) - 1 / x
        second += 1 / ((x + 0.5) * (x + 0.5)) - 1 / (x * x)
        x = x + 1.0
    u = 1 / x
    v = u * u
    value = u * (-1 / 8 + v * (1 / 192 + v * (-1 / 640 + v * (17 / 14336 + v * (
        -31 / 18432 + v * (691 / 180224 - v * 5461 / 425984))))))  # fmt: skip
    slope = v * (1 / 8 + v * (-3 / 192 + v * (5 / 640 + v * (-7 * 17 / 14336 + v * (
        9 * 31 / 18432 + v * (-11 * 691 / 180224 + v * 13 * 5461 / 425984))))))  # fmt: skip
    bend = u * v * (-2 / 8 + v * (12 / 192 + v * (-30 / 640 + v * (56 * 17 / 14336 + v * (
        -90 * 31 / 18432 + v * (132 * 691 / 180224 - v * 182 * 5461 / 425984))))))  # fmt: skip
    return (
        value + 0.5 * np.log(x) - np.log(product),
        slope + 0.5 * u + first,
        bend - 0.5 * v + second,
    )


@kernel
def student_information(eta: float) -> tuple[float, float, float, float]:
    """Return the expected information of one unit-variance Student observation.

    Returns
    -------
    mean, variance, cross, tail : float
        Of (eps / sqrt(h)), of ln h, of (ln h, eta) and of eta; closed forms from the beta law of
        z^2 / (nu - 2 + z^2).
    """
    nu = 1.0 / eta
    mean = nu * (nu + 1) / ((nu - 2) * (nu + 3))
    variance = nu / (2 * (nu + 3))
    cross = 3 / ((nu + 1) * (nu - 2) * (nu + 3))
    bend = gamma_ratio(nu / 2)[2]
    tail = -0.25 * bend - 1 / ((nu - 2) * (nu + 1)) + nu / (2 * (nu - 2) ** 2 * (nu + 3))
    return mean, variance, -cross * nu**2, tail * nu**4


@kernel
def absolute_moment_slope(eta: Value) -> tuple[Value, Value]:
    """Return E abs(z) of a unit-variance Student innovation and its derivative in eta."""
    nu = 1 / eta
    ratio, slope, _ = gamma_ratio((nu - 1) / 2)
    moment = np.sqrt((nu - 2) / math.pi) * np.exp(-ratio)
    return moment, -nu * nu * moment * (0.5 / (nu - 2) - 0.5 * slope)


@kernel
def shape_constants(eta: Value, skew: Value) -> tuple[Value, ...]:
    """Return what Hansen's density needs once per parameter vector.

    Returns
    -------
    tuple
        nu and lambda; ln(b c), a, b; then the derivatives of these three in nu, and in lambda.
    """
    nu = 1 / eta
    ratio, slope, _ = gamma_ratio(nu / 2)
    log_c = ratio - 0.5 * (_LOG_PI + np.log(nu - 2))
    log_c_nu = 0.5 * slope - 0.5 / (nu - 2)
    unskewed = 4 * np.exp(log_c) * (nu - 2) / (nu - 1)
    a = unskewed * skew
    a_nu = a * (log_c_nu + 1 / ((nu - 1) * (nu - 2)))
    b = np.sqrt(1 + 3 * skew * skew - a * a)
    b_nu = -a * a_nu / b
    b_skew = (3 * skew - a * unskewed) / b
    return nu, skew, np.log(b) + log_c, a, b, b_nu / b + log_c_nu, a_nu, b_nu, b_skew / b, unskewed, b_skew


@kernel
def density_slopes(z: Value, constants: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return the parts of Hansen's log density at z, with its logarithm left to the caller.

    Parameters
    ----------
    z : float or complex
        Standardised residual.
    constants : tuple
        What `shape_constants` returned.

    Returns
    -------
    tuple
        q, with ln f = ln(b c) - (nu + 1) / 2 ln q; the derivatives of ln f in z, in eta (its term
        nu^2 / 2 ln q left out) and in lambda; the derivatives of d ln f / dz in z, eta and lambda.
    """
    nu, skew, _, a, b, log_bc_nu, a_nu, b_nu, log_bc_skew, a_skew, b_skew = constants
    side = -1.0 if (b * z + a).real < 0 else 1.0
    shrink = 1 / (1 + side * skew)
    w, w_z = (b * z + a) * shrink, b * shrink
    w_nu, w_z_nu = (b_nu * z + a_nu) * shrink, b_nu * shrink
    w_skew = ((b_skew * z + a_skew) - side * w) * shrink
    w_z_skew = (b_skew - side * w_z) * shrink
    over = 1 / (nu - 2 + w * w)
    tail = (nu + 1) * over
    slope_nu = -(w * w_z * over + tail * (w_nu * w_z + w * w_z_nu)) + tail * w * w_z * over * (
        1 + 2 * w * w_nu
    )
    log_nu = log_bc_nu - 0.5 * tail * (2 * w * w_nu - w * w / (nu - 2))
    return (
        1 + w * w / (nu - 2),
        -tail * w * w_z,
        -nu * nu * log_nu,
        log_bc_skew - tail * w * w_skew,
        -tail * w_z * w_z * (nu - 2 - w * w) * over,
        -nu * nu * slope_nu,
        -tail * (w_skew * w_z + w * w_z_skew) + 2 * tail * over * w * w_z * w * w_skew,
    )


@kernel
def student_slopes(z: Value, constants: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return what `density_slopes` returns, without skewness and in fewer operations."""
    nu, log_b_c_nu = constants[0], constants[5]
    square, nothing = z * z, z * 0
    over = 1 / (nu - 2 + square)
    tail = (nu + 1) * over
    ratio = square / (nu - 2)
    return (
        1 + ratio,
        -tail * z,
        -nu * nu * (log_b_c_nu + 0.5 * tail * ratio),
        nothing,
        -tail * (nu - 2 - square) * over,
        nu * nu * z * over * (1 - tail),
        nothing,
    )


@kernel
def normal_slopes(z: Value) -> tuple[Value, ...]:
    """Return what `density_slopes` returns, for the normal density, where q = 1."""
    nothing = z * 0
    return nothing + 1.0, -z, nothing, nothing, nothing - 1.0, nothing, nothing
