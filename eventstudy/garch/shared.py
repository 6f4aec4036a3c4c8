"""Fit one model to many series that have some parameters in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from eventstudy.errors import BadValue
from eventstudy.garch.many import GarchFits, fit_many

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import pandas as pd

    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.values import Innovation, MeanModel, Presample

# eta = 1 / nu is shared in place of nu, whose likelihood is flat far out
_RANGES = {
    "alpha": (0.0, 1.0),
    "gamma": (-1.0, 1.0),
    "beta": (0.0, 0.9999),
    "nu": (1 / 500, 1 / 2.05),
    "lambda": (-0.99, 0.99),
    "phi": (-0.99, 0.99),
}
_PRECISION = 1e-9


def fit_shared(
    returns: pd.DataFrame | Float2D,
    shared: Sequence[str],
    mean: MeanModel = "constant",
    variance: str = "gjr",
    dist: Innovation = "t",
    *,
    presample: Presample = "mean",
    starts: int = 5,
    threads: int | None = None,
) -> GarchFits:
    """Maximise the sum of log-likelihoods of many series under common parameters.

    Parameters
    ----------
    returns : ndarray or DataFrame of shape (n_series, n_obs)
        As in `fit_many`; every series has to be usable.
    shared : sequence of str
        Parameters without unit that all series have in common: alpha, gamma, beta, nu, lambda, phi.
    mean, variance, dist, presample, starts, threads
        As in `fit_many`.

    Returns
    -------
    GarchFits
        One row a series; the shared parameters are the same in all, and ``spec.fixed`` tells them. Its
        log-likelihoods sum to the maximum, for tests against the sum of separate fits.

    Raises
    ------
    BadValue
        For a parameter that cannot be shared, or a series that cannot be fitted.
    """
    options = {"presample": presample, "starts": starts, "threads": threads}
    free = fit_many(returns, mean, variance, dist, **options)  # type: ignore[arg-type]
    _check(free, shared)
    first = np.clip([_inner(name, float(free.params[name].median())) for name in shared], *_bounds(shared))

    def fits_at(point: Float1D) -> GarchFits:
        fixed = {name: _outer(name, float(value)) for name, value in zip(shared, point, strict=True)}
        return fit_many(returns, mean, variance, dist, fixed=fixed, **options)  # type: ignore[arg-type]

    def loss(point: Float1D) -> float:
        total = float(fits_at(point).loglikelihood.sum())
        return -total if math.isfinite(total) else math.inf

    return fits_at(_minimum(loss, first, shared))


def _check(free: GarchFits, shared: Sequence[str]) -> None:
    for name in shared:
        if name not in _RANGES or name not in free.spec.names:
            known = [one for one in free.spec.names if one in _RANGES]
            raise BadValue("shared", name, "parameters without unit: " + ", ".join(known))
    refused = free.report.index[free.status == "refused"]
    if len(refused):
        raise BadValue(
            f"series {refused[0]!r}", free.report["message"][refused[0]], "series that can be fitted"
        )


def _bounds(shared: Sequence[str]) -> tuple[list[float], list[float]]:
    return [_RANGES[name][0] for name in shared], [_RANGES[name][1] for name in shared]


def _inner(name: str, value: float) -> float:
    return 1 / value if name == "nu" else value


def _outer(name: str, value: float) -> float:
    return 1 / value if name == "nu" else value


def _minimum(loss: Callable[[Float1D], float], first: Float1D, shared: Sequence[str]) -> Float1D:
    ranges = [_RANGES[name] for name in shared]
    found: Any
    if len(shared) == 1:
        found = optimize.minimize_scalar(
            lambda value: loss(np.array([value])), bounds=ranges[0], method="bounded",
            options={"xatol": _PRECISION},
        )  # fmt: skip
        return np.array([found.x])
    found = optimize.minimize(
        loss, first, method="Nelder-Mead", bounds=ranges,
        options={"xatol": 1e-7, "fatol": _PRECISION, "maxiter": 2_000},
    )  # fmt: skip
    return np.asarray(found.x)
