"""What the engine's data are divided by, so that a fit does not depend on the unit of the returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D
    from eventstudy.garch.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Units:
    """What the engine's data were divided by.

    Attributes
    ----------
    scale : float
        Standard deviation of the returns.
    x, additive, multiplicative : ndarray
        Standard deviation of each regressor, 1 for a constant.
    realized : float
        Mean of the realised measure.
    """

    scale: float
    x: Float1D
    additive: Float1D
    multiplicative: Float1D
    realized: float


def unit_of(spec: ModelSpec, units: Units) -> Float1D:
    """Return what each public parameter is multiplied by on the way out, shape (K,).

    Parameters
    ----------
    spec : ModelSpec
        The model.
    units : Units
        Of its data.

    Returns
    -------
    ndarray of shape (K,)
        In the order of ``spec.names``; 1 for shapes, and for EGARCH's omega, which shifts instead.
    """
    exponential = spec.variance == "egarch"
    square = 1.0 if exponential else units.scale**2
    news = units.scale**2 / units.realized if spec.variance == "realized" else 1.0
    own = {"omega": square, "alpha": news, "gamma": news}
    return np.concatenate([
        units.scale / units.x,
        [own.get(name, 1.0) for name in spec.variance_names + spec.innovation_names],
        square / units.additive,
        1.0 / units.multiplicative,
    ])  # fmt: skip
