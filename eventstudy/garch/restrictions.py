"""Which of the engine's parameters are free, what ties the others to them, and their constraints.

EGARCH is confined to alpha >= 0 and 0 <= beta < 1. Outside, shocks to the filtered variance grow instead of
dying out (the filter is not invertible; Straumann and Mikosch 2006), and the likelihood has spurious optima
that fit noise with the filter's own instability.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.errors import BadValue
from eventstudy.garch.ascent import Restriction
from eventstudy.garch.climb import Limits
from eventstudy.garch.sample import BETA, DOWN, ETA, OMEGA, SHAPES, SKEW, UP
from eventstudy.garch.units import unit_of

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D
    from eventstudy.garch.spec import ModelSpec
    from eventstudy.garch.units import Units

LEAST_NU, LARGEST_NU = 2.05, 500.0
LARGEST_SKEW = 0.99
LEAST_OMEGA = 1e-8
LARGEST_LOG_BETA = 0.9999
_ETA_WHERE_NOT_READ = 0.2


class _Ties:
    """An affine map under construction: theta = base + linear theta, row by row."""

    def __init__(self, size: int) -> None:
        self.base: Float1D = np.zeros(size)
        self.linear: Float2D = np.eye(size)
        self.free: list[int] = list(range(size))

    def hold(self, place: int, value: float) -> None:
        self.replace(place, np.zeros(len(self.base)), value)

    def replace(self, place: int, row: Float1D, value: float) -> None:
        self.base[place], self.linear[place] = value, row
        if place in self.free:
            self.free.remove(place)

    def tie(self, place: int, to: int, factor: float = 1.0, offset: float = 0.0) -> None:
        self.replace(place, factor * self.linear[to], offset + factor * self.base[to])


def restrict(spec: ModelSpec, units: Units, variance: float) -> tuple[Restriction, Int1D]:
    """Return the engine's parameters as an affine map of the free ones, and which are free.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    units : Units
        Of the standardised data.
    variance : float
        Sample variance of the standardised residuals, for targeting.

    Returns
    -------
    restriction : Restriction
        The map.
    free : ndarray of int of shape (F,)
        Positions of the free parameters.

    Raises
    ------
    BadValue
        For a parameter fixed where the model is not defined.
    """
    at = len(spec.mean_names)
    ties = _Ties(at + SHAPES + len(spec.additive) + len(spec.multiplicative))
    for name, value in spec.fixed:
        _check_fixed(spec, name, value)
        unit = float(unit_of(spec, units)[spec.names.index(name)])
        ties.hold(position(spec, name), 1 / value if name == "nu" else value / unit)
    _tie_variance(spec, units, ties)
    if spec.dist != "skewt":
        ties.hold(at + SKEW, 0.0)
    if spec.dist == "normal":
        ties.hold(at + ETA, _ETA_WHERE_NOT_READ)
    if spec.targeting:
        _target(spec, ties, variance)
    free = np.array(ties.free, dtype=np.int64)
    return Restriction(ties.base, np.ascontiguousarray(ties.linear[:, free])), free


def _tie_variance(spec: ModelSpec, units: Units, ties: _Ties) -> None:
    at, fixed = len(spec.mean_names), dict(spec.fixed)
    if spec.variance == "egarch":
        if "omega" in fixed:  # its standardised value depends on beta
            shift = 2 * math.log(units.scale)
            ties.tie(at, at + BETA, shift, fixed["omega"] - shift)
    elif spec.variance == "constant":
        for place in (UP, DOWN, BETA):
            ties.hold(at + place, 0.0)
    elif spec.variance == "garch":
        ties.tie(at + DOWN, at + UP)
    elif "gamma" in fixed:
        ties.tie(at + DOWN, at + UP, 1.0, float(ties.base[at + DOWN]))


def _target(spec: ModelSpec, ties: _Ties, variance: float) -> None:
    """Tie omega so that the long-run variance is the sample's."""
    at = len(spec.mean_names)
    weights = persistence_weights(spec, len(ties.base))
    scale = np.full(len(weights), math.log(variance) if spec.variance == "egarch" else variance)
    if spec.variance == "realized":  # the mean of the standardised measure is 1
        scale[[at + UP, at + DOWN]] = 1.0
    total = float(scale[at + BETA])
    row = -(weights * scale) @ ties.linear
    ties.replace(at, row, total - float((weights * scale) @ ties.base))


def position(spec: ModelSpec, name: str) -> int:
    """Return where the engine keeps a parameter (gamma: where alpha + gamma is).

    Parameters
    ----------
    spec : ModelSpec
        The model.
    name : str
        One of its names.

    Returns
    -------
    int
        Position in theta.
    """
    at = len(spec.mean_names)
    places = {"omega": OMEGA, "alpha": UP, "gamma": DOWN, "beta": BETA, "nu": ETA, "lambda": SKEW}
    if name in spec.mean_names:
        return spec.mean_names.index(name)
    if name in spec.variance_names + spec.innovation_names:
        return at + places[name]
    return at + SHAPES + (spec.additive + spec.multiplicative).index(name)


def _check_fixed(spec: ModelSpec, name: str, value: float) -> None:
    exponential = spec.variance == "egarch"
    anything = (-math.inf, math.inf)
    allowed = {
        "nu": (LEAST_NU, LARGEST_NU),
        "lambda": (-LARGEST_SKEW, LARGEST_SKEW),
        "omega": anything if exponential else (0.0, math.inf),
        "alpha": (0.0, math.inf),
        "beta": (0.0, LARGEST_LOG_BETA if exponential else 1.0),
    }.get(name, anything)
    if not (math.isfinite(value) and allowed[0] <= value <= allowed[1]):
        raise BadValue(f"fixed {name}", value, f"a number from {allowed[0]:g} to {allowed[1]:g}")


def persistence_weights(spec: ModelSpec, size: int) -> Float1D:
    """Return what each of the engine's parameters adds to the persistence, shape (size,).

    Parameters
    ----------
    spec : ModelSpec
        The model.
    size : int
        Number of the engine's parameters.

    Returns
    -------
    ndarray of shape (size,)
        alpha / 2 + (alpha + gamma) / 2 + beta; beta alone for EGARCH.
    """
    at = len(spec.mean_names)
    weights = np.zeros(size)
    weights[at + BETA] = 1.0
    if spec.variance != "egarch":
        weights[[at + UP, at + DOWN]] = 0.5
    return weights


def limits_of(spec: ModelSpec, restriction: Restriction, free: Int1D) -> Limits:
    """Return bounds of the free parameters and the persistence constraint.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    restriction : Restriction
        Its map.
    free : ndarray of int of shape (F,)
        Positions of the free parameters.

    Returns
    -------
    Limits
        In the engine's units.

    Raises
    ------
    BadValue
        Where fixed values alone are not stationary.
    """
    at, size = len(spec.mean_names), len(restriction.base)
    lower, upper = _bounds(spec, size)
    held = np.setdiff1d(np.arange(at + UP, at + BETA), free)
    if np.any(restriction.base[held] < lower[held]) and not np.any(restriction.map[held]):
        raise BadValue("fixed", dict(spec.fixed), "values with alpha + gamma of at least 0")
    if at + DOWN not in free and at + UP in free:
        lower[at + UP] = max(0.0, -float(restriction.base[at + DOWN]))
    if spec.variance in {"egarch", "realized"}:
        return Limits(lower[free], upper[free], np.zeros(len(free)), np.inf)
    weights = persistence_weights(spec, size)
    ceiling = 1.0 - LEAST_OMEGA if spec.targeting else 1.0
    room = ceiling - float(weights @ restriction.base)
    if room < 0:
        raise BadValue("fixed", dict(spec.fixed), "values with alpha + gamma / 2 + beta of at most 1")
    return Limits(lower[free], upper[free], np.ascontiguousarray(weights @ restriction.map), room)


def _bounds(spec: ModelSpec, size: int) -> tuple[Float1D, Float1D]:
    at = len(spec.mean_names)
    lower, upper = np.full(size, -np.inf), np.full(size, np.inf)
    lower[at + ETA], upper[at + ETA] = 1 / LARGEST_NU, 1 / LEAST_NU
    lower[at + SKEW], upper[at + SKEW] = -LARGEST_SKEW, LARGEST_SKEW
    if spec.variance == "egarch":
        lower[[at + UP, at + BETA]], upper[at + BETA] = 0.0, LARGEST_LOG_BETA
        return lower, upper
    lower[at : at + BETA + 1] = 0.0
    lower[at] = LEAST_OMEGA
    upper[at + BETA] = LARGEST_LOG_BETA if spec.variance == "realized" else 1.0
    return lower, upper
