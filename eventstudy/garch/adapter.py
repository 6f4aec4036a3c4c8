"""A second opinion on a fit from the `arch` library: the only file that imports it.

Both of its log-likelihoods are of the engine's own model: the conventions in which the library differs (its
presample, and an EGARCH whose E abs(z) is the normal's whatever the innovation) are translated exactly.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from arch.univariate import (
    ARX,
    EGARCH,
    GARCH,
    ConstantVariance,
    Normal,
    SkewStudent,
    StudentsT,
)
from arch.utility.exceptions import ConvergenceWarning, StartingValueWarning

from eventstudy.garch.spec import absolute_moment

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.garch.spec import ModelSpec

_VOLATILITIES: dict[str, Any] = {
    "constant": ConstantVariance,
    "garch": lambda: GARCH(1, 0, 1),
    "gjr": lambda: GARCH(1, 1, 1),
    "egarch": lambda: EGARCH(1, 1, 1),
}
_INNOVATIONS: dict[str, Any] = {"normal": Normal, "t": StudentsT, "skewt": SkewStudent}

# both programs add the same terms in double precision: rounding is some 1e-12 of the sum, a difference of
# conventions in one single session about 1e-6 of it
_SAME_VALUE = 1e-8
# a thousandth of a log point moves a parameter by less than a twentieth of its standard error
_SAME_OPTIMUM = 1e-3


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the `arch` library says about one fit.

    Attributes
    ----------
    here : float
        Its log-likelihood at the parameters it was asked about.
    best : float
        The log-likelihood of the same model at the optimum it finds itself.
    params : ndarray of shape (K,)
        Its own estimates, in the unit of the returns and the order of `ModelSpec.names`.
    flag : int
        0 when its optimiser reports success.
    """

    here: float
    best: float
    params: Float1D
    flag: int


def supported(spec: ModelSpec) -> bool:
    """Say whether the library has the model.

    Parameters
    ----------
    spec : ModelSpec
        The model.

    Returns
    -------
    bool
        False for a score-driven or realised recursion, variance regressors, fixed parameters and targeting.
    """
    restricted = spec.additive or spec.multiplicative or spec.fixed or spec.targeting
    return spec.variance in _VOLATILITIES and not restricted


def second_opinion(
    returns: Float1D, regressors: Float2D | None, spec: ModelSpec, presample: float | None, params: Float1D
) -> Opinion:
    """Evaluate and maximise a model's likelihood with the `arch` library.

    Parameters
    ----------
    returns : ndarray of shape (T,)
        The sample in per cent, with the observation that an AR lag costs.
    regressors : ndarray of shape (T, k) or None
        The columns of ``spec.factors``.
    spec : ModelSpec
        The model, one that is `supported`.
    presample : float or None
        Variance before the sample at `params`, per cent squared; None stands for the library's own backcast.
    params : ndarray of shape (K,)
        Estimates to be judged, in the order of ``spec.names``.

    Returns
    -------
    Opinion
        Its optimiser holds the presample where it was given. Where ``spec.presample`` is ``mean``, `best`
        is evaluated with the presample that the model has at the library's estimates. The one difference
        that is left: an EGARCH with a beta of exactly 0 and Student innovations, in whose first session the
        library's log variance is larger by alpha (sqrt(2 / pi) - E abs(z)).
    """
    scale = float(np.std(returns))
    model = _model(returns / scale, regressors, spec)
    asked = _standardised(params, scale, spec)
    before = None if presample is None or spec.variance == "constant" else presample / scale**2
    found = [_optimum(model, start, before, spec) for start in (None, _library_params(asked, spec))]
    best, own, flag = max(found, key=lambda one: -math.inf if math.isnan(one[0]) else one[0])
    units = float(np.ptp(model._fit_indices)) * math.log(scale)
    return Opinion(
        here=_loglikelihood(model, asked, before, spec) - units,
        best=best - units,
        params=_restored(own, scale, spec),
        flag=flag,
    )


def disagreement(ours: float, opinion: Opinion) -> str | None:
    """Say in which way a second opinion contradicts the first.

    Parameters
    ----------
    ours : float
        The engine's log-likelihood at its estimates.
    opinion : Opinion
        The library's.

    Returns
    -------
    str or None
        A sentence when the two programs do not compute the same log-likelihood, or when the library finds a
        higher one; None when they agree. A maximum of the library's that is lower is no disagreement.
    """
    if not abs(opinion.here - ours) <= _SAME_VALUE * max(1.0, abs(ours)):
        return f"arch computes a log-likelihood of {opinion.here:.6f} at the estimates, not {ours:.6f}"
    if opinion.best > ours + _SAME_OPTIMUM:
        return f"arch finds a better optimum, a log-likelihood of {opinion.best:.4f}, not {ours:.4f}"
    return None


def _model(returns: Float1D, regressors: Float2D | None, spec: ModelSpec) -> Any:  # noqa: ANN401
    lags = 1 if spec.mean == "ar1" else None
    model = ARX(returns, x=regressors, lags=lags, constant=spec.mean != "zero", rescale=False)
    model.volatility = _VOLATILITIES[spec.variance]()
    model.distribution = _INNOVATIONS[spec.dist]()
    model._adjust_sample(None, None)
    return model


def _optimum(
    model: Any,  # noqa: ANN401
    start: Float1D | None,
    before: float | None,
    spec: ModelSpec,
) -> tuple[float, Float1D, int]:
    """Return the log-likelihood, the parameters and the flag of the library's optimum from one start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", StartingValueWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        result = model.fit(
            disp="off", show_warning=False, starting_values=start, backcast=before,
            tol=1e-12, options={"maxiter": 500},
        )  # fmt: skip
    own = _library_params(np.asarray(result.params), spec, back=True)
    if before is not None and spec.presample == "mean":
        before = float(np.mean(model.resids(own[: len(spec.mean_names)]) ** 2))
    return _loglikelihood(model, own, before, spec), own, int(result.convergence_flag)


def _loglikelihood(model: Any, params: Float1D, before: float | None, spec: ModelSpec) -> float:  # noqa: ANN401
    """Return the library's log-likelihood of the engine's model at public parameters."""
    residuals = model.resids(model.starting_values())
    volatility = model.volatility
    backcast = volatility.backcast(residuals) if before is None else volatility.backcast_transform(before)
    shift = _moment_shift(params, spec)
    if shift and params[spec.names.index("beta")]:
        # the engine's first session has no news, the library's has that of abs(z) at sqrt(2 / pi)
        backcast -= shift / params[spec.names.index("beta")]
    bounds = volatility.variance_bounds(residuals)
    return -float(
        model._loglikelihood(_library_params(params, spec), np.zeros_like(residuals), backcast, bounds)
    )


def _moment_shift(params: Float1D, spec: ModelSpec) -> float:
    """Return what an EGARCH's omega gains in the library: alpha (sqrt(2 / pi) - E abs(z))."""
    if spec.variance != "egarch" or spec.dist == "normal":
        return 0.0
    at = dict(zip(spec.names, params, strict=True))
    return float(at["alpha"]) * (absolute_moment("normal", math.inf) - absolute_moment(spec.dist, at["nu"]))


def _library_params(params: Float1D, spec: ModelSpec, *, back: bool = False) -> Float1D:
    """Translate public parameters for the library, or back; both are of standardised returns."""
    translated = params.copy()
    shift = _moment_shift(params, spec)
    translated[spec.names.index("omega")] += -shift if back else shift
    return translated


def _multipliers(scale: float, spec: ModelSpec) -> Float1D:
    """Return what each parameter is multiplied by when returns are multiplied by `scale`."""
    own = dict.fromkeys(spec.mean_names, scale)
    if spec.mean == "ar1":
        own["phi"] = 1.0
    own["omega"] = 1.0 if spec.variance == "egarch" else scale**2
    return np.array([own.get(name, 1.0) for name in spec.names])


def _log_shift(params: Float1D, scale: float, spec: ModelSpec) -> Float1D:
    """Return what EGARCH's omega gains when returns are multiplied by `scale`."""
    shift = np.zeros(len(params))
    if spec.variance == "egarch":
        beta = params[spec.names.index("beta")]
        shift[spec.names.index("omega")] = (1 - beta) * 2 * np.log(scale)
    return shift


def _restored(params: Float1D, scale: float, spec: ModelSpec) -> Float1D:
    """Turn parameters of standardised returns into those of the returns."""
    return params * _multipliers(scale, spec) + _log_shift(params, scale, spec)


def _standardised(params: Float1D, scale: float, spec: ModelSpec) -> Float1D:
    """Undo `_restored`."""
    return (params - _log_shift(params, scale, spec)) / _multipliers(scale, spec)
