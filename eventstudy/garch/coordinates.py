"""Between the parameters that people read and the coordinates that the engine climbs in.

The engine sees returns divided by their standard deviation and regressors divided by theirs, alpha + gamma
instead of gamma and 1 / nu instead of nu. Fixed parameters and variance targeting are affine maps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.innovations import NORMAL, SKEWED, STUDENT
from eventstudy.garch.restrictions import limits_of, position, restrict
from eventstudy.garch.sample import BETA, CLASSICAL, ETA, EXPONENTIAL, REALIZED, SCORE_DRIVEN, UP, Sample
from eventstudy.garch.units import Units, unit_of

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND, Int1D
    from eventstudy.garch.ascent import Restriction
    from eventstudy.garch.climb import Limits
    from eventstudy.garch.spec import ModelSpec

_RECURSIONS = {"egarch": EXPONENTIAL, "beta_t": SCORE_DRIVEN, "realized": REALIZED}
_DENSITIES = {"normal": NORMAL, "t": STUDENT, "skewt": SKEWED}
_BACKCAST_DECAY, _BACKCAST_SPAN = 0.94, 75


@dataclass(frozen=True, slots=True)
class Data:
    """One checked series with its regressors, in the units of the caller.

    Attributes
    ----------
    y : ndarray of shape (n,)
        Returns that have a residual (an AR lag costs the first); NaN for sessions left out.
    x, additive, multiplicative : ndarray of shape (n, m), (n, q), (n, r)
        Regressors of the mean (constant and lag among them) and of the variance.
    realized : ndarray of shape (n,) or (0,)
        Realised measure.
    """

    y: Float1D
    x: Float2D
    additive: Float2D
    multiplicative: Float2D
    realized: Float1D


@dataclass(frozen=True, slots=True)
class Plan:
    """One series, one model, ready to climb.

    Attributes
    ----------
    spec : ModelSpec
        The model.
    sample : Sample
        Standardised data.
    units : Units
        What they were divided by.
    restriction : Restriction
        All parameters from the free ones.
    limits : Limits
        Constraints of the free ones.
    free : ndarray of int of shape (F,)
        Which of the engine's parameters each free one is.
    mean_start : ndarray of shape (m,)
        Least-squares coefficients of the mean.
    variance_start : float
        Mean squared least-squares residual.
    """

    spec: ModelSpec
    sample: Sample
    units: Units
    restriction: Restriction
    limits: Limits
    free: Int1D
    mean_start: Float1D
    variance_start: float


def plan(spec: ModelSpec, data: Data) -> Plan:
    """Standardise the data and build the model's restrictions.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    data : Data
        The series.

    Returns
    -------
    Plan
        What `eventstudy.garch.ascent.ascend` needs.

    Raises
    ------
    BadValue
        For parameters fixed where the model is not defined.
    """
    units = _units(data)
    y, x = data.y / units.scale, data.x / units.x
    seen = ~np.isnan(y)
    coefficients = np.asarray(np.linalg.pinv(x[seen]) @ y[seen], dtype=float)
    residuals = y[seen] - x[seen] @ coefficients
    sample = Sample(
        np.ascontiguousarray(y),
        np.ascontiguousarray(x),
        np.ascontiguousarray(data.additive / units.additive),
        np.ascontiguousarray(data.multiplicative / units.multiplicative),
        np.ascontiguousarray(data.realized / units.realized),
        choice(spec),
        float(first_variance(residuals, spec.presample)),
    )
    variance = float(np.mean(residuals**2))
    restriction, free = restrict(spec, units, variance)
    limits = limits_of(spec, restriction, free)
    return Plan(spec, sample, units, restriction, limits, free, coefficients, variance)


def choice(spec: ModelSpec) -> Int1D:
    """Return the engine's codes of a model.

    Parameters
    ----------
    spec : ModelSpec
        The model.

    Returns
    -------
    ndarray of int of shape (4,)
        Recursion, density, whether the presample moves, and no session on the other side of 0.
    """
    moving = int(spec.presample == "mean")
    return np.array([_RECURSIONS.get(spec.variance, CLASSICAL), _DENSITIES[spec.dist], moving, -1])


def first_variance(residuals: FloatND, presample: str) -> FloatND:
    """Return the presample variance of least-squares residuals.

    Parameters
    ----------
    residuals : ndarray of shape (..., n)
        Least-squares residuals of the mean, sessions last.
    presample : str
        ``arch``: the exponentially weighted mean (0.94) of the first 75 squares; else their mean.

    Returns
    -------
    ndarray of shape (...)
        In squared units of the residuals.
    """
    if presample != "arch":
        return np.asarray(np.mean(residuals**2, axis=-1))
    span = min(_BACKCAST_SPAN, residuals.shape[-1])
    weights = _BACKCAST_DECAY ** np.arange(span)
    return np.asarray(residuals[..., :span] ** 2 @ weights / weights.sum())


def _units(data: Data) -> Units:
    scale = float(np.nanstd(data.y))
    realized = float(np.mean(data.realized)) if data.realized.size else 1.0
    return Units(scale, _spread(data.x), _spread(data.additive), _spread(data.multiplicative), realized)


def _spread(columns: Float2D) -> Float1D:
    spread = np.std(columns, axis=0)
    return np.where(spread > 1e-12 * np.abs(columns).max(axis=0, initial=0.0), spread, 1.0)


def public(spec: ModelSpec, units: Units, theta: Float1D) -> Float1D:
    """Return the parameters that people read.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    units : Units
        Of its data.
    theta : ndarray of shape (at least K,)
        The engine's parameters.

    Returns
    -------
    ndarray of shape (K,)
        In the order of ``spec.names``.
    """
    at = len(spec.mean_names)
    values = theta[[position(spec, name) for name in spec.names]].copy()
    names = spec.names
    if "gamma" in names and spec.variance != "egarch":
        values[names.index("gamma")] -= theta[at + UP]
    if "nu" in names:
        values[names.index("nu")] = 1 / theta[at + ETA]
    values = values * unit_of(spec, units)
    if spec.variance == "egarch":
        values[names.index("omega")] += (1 - theta[at + BETA]) * 2 * math.log(units.scale)
    return values


def public_slopes(spec: ModelSpec, units: Units, theta: Float1D) -> Float2D:
    """Return the derivative of the public parameters in the engine's, shape (K, size).

    Parameters
    ----------
    spec, units, theta
        As in `public`.

    Returns
    -------
    ndarray of shape (K, size)
        One row a public parameter.
    """
    at, names = len(spec.mean_names), spec.names
    slopes = np.zeros((len(names), len(theta)))
    for row, name in enumerate(names):
        slopes[row, position(spec, name)] = 1.0
    if "gamma" in names and spec.variance != "egarch":
        slopes[names.index("gamma"), at + UP] = -1.0
    if "nu" in names:
        slopes[names.index("nu"), at + ETA] = -1 / theta[at + ETA] ** 2
    slopes *= unit_of(spec, units)[:, None]
    if spec.variance == "egarch":
        slopes[names.index("omega"), at + BETA] = -2 * math.log(units.scale)
    return slopes
