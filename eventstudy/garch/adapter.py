"""Estimation by the `arch` library: the only file that imports it.

Returns are standardised before and parameters restored after each fit, so that a fit does not
depend on the unit of the returns; several starts guard against local optima.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from arch.univariate import (
    ARX,
    EGARCH,
    GARCH,
    LS,
    ConstantMean,
    ConstantVariance,
    Normal,
    SkewStudent,
    StudentsT,
    ZeroMean,
)
from arch.utility.exceptions import ConvergenceWarning, StartingValueWarning
from statsmodels.tools.numdiff import approx_fprime, approx_hess

from eventstudy.garch.spec import absolute_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.garch.spec import ModelSpec

_START_SHAPES: tuple[tuple[float, float], ...] = ((0.05, 0.90), (0.10, 0.75), (0.15, 0.02), (0.03, 0.96))
_PRESAMPLE_ROUNDS = 25
_PRESAMPLE_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the optimiser found, in the unit of the returns.

    Attributes
    ----------
    params : ndarray of shape (K,)
        In the order of `ModelSpec.names`.
    loglikelihood : float
        At the optimum.
    residuals, variances : ndarray of shape (n,)
        eps and h of the observations used (the first is lost to an AR lag).
    backcast : float or None
        Presample variance of the standardised returns; None means the library's own.
    flag : int
        0 when the optimiser reports success.
    starts_gap : float
        Best minus second-best log-likelihood over the starts; NaN with one start.
    """

    params: Float1D
    loglikelihood: float
    residuals: Float1D
    variances: Float1D
    backcast: float | None
    flag: int
    starts_gap: float


def estimate(returns: Float1D, factors: Float2D | None, spec: ModelSpec, starts: int) -> Estimate:
    """Maximise the likelihood of one model on one series.

    Parameters
    ----------
    returns : ndarray of shape (T,)
        Per cent; finite and not constant.
    factors : ndarray of shape (T, k) or None
        Exogenous regressors of the mean.
    spec : ModelSpec
        The model.
    starts : int
        Number of starting points; the library's own is the first.

    Returns
    -------
    Estimate
        The best optimum over the starts.
    """
    scale = float(np.std(returns))
    model = _model(returns / scale, factors, spec)
    backcast = _first_backcast(model, spec)
    results = [_optimise(model, start, backcast) for start in _starting_values(model, spec, starts)]
    results.sort(key=lambda result: -result.loglikelihood)
    best = results[0]
    gap = best.loglikelihood - results[1].loglikelihood if len(results) > 1 else float("nan")
    if spec.presample == "mean":
        best, backcast = _moving_presample(model, best, backcast)
    keep = ~np.isnan(best.resid)
    return Estimate(
        params=_restored(np.asarray(best.params), scale, spec),
        loglikelihood=float(best.loglikelihood) - int(keep.sum()) * float(np.log(scale)),
        residuals=best.resid[keep] * scale,
        variances=(best.conditional_volatility[keep] * scale) ** 2,
        backcast=backcast,
        flag=int(best.convergence_flag),
        starts_gap=float(gap),
    )


def covariance(
    returns: Float1D, factors: Float2D | None, spec: ModelSpec, fitted: Estimate
) -> dict[str, Float2D]:
    """Return three covariance matrices of the estimates by central differences.

    Parameters
    ----------
    returns : ndarray of shape (T,)
        The sample that was fitted.
    factors : ndarray of shape (T, k) or None
        As in `estimate`.
    spec : ModelSpec
        The model.
    fitted : Estimate
        Its optimum.

    Returns
    -------
    dict
        ``hessian``, ``opg`` and ``sandwich`` (Bollerslev and Wooldridge 1992), each (K, K);
        all NaN where the information matrix is singular, as at a bound.
    """
    scale = float(np.std(returns))
    model = _model(returns / scale, factors, spec)
    params = _standardised(fitted.params, scale, spec)
    scores = _scores(model, params, fitted.backcast)
    information = -np.asarray(approx_hess(params, _loglikelihood(model, fitted.backcast, individual=False)))
    jacobian = _restoring_jacobian(scale, spec)
    try:
        inverse = np.linalg.inv(information)
        opg = np.linalg.inv(scores.T @ scores)
    except np.linalg.LinAlgError:
        inverse = opg = np.full_like(information, np.nan)
    matrices = {"hessian": inverse, "opg": opg, "sandwich": inverse @ (scores.T @ scores) @ inverse}
    return {kind: jacobian @ matrix @ jacobian.T for kind, matrix in matrices.items()}


def score(returns: Float1D, factors: Float2D | None, spec: ModelSpec, fitted: Estimate) -> Float1D:
    """Return the score of the standardised sample at the optimum, per observation.

    Parameters
    ----------
    returns, factors, spec, fitted
        As in `covariance`.

    Returns
    -------
    ndarray of shape (K,)
        Mean score; zero at an interior optimum.
    """
    scale = float(np.std(returns))
    model = _model(returns / scale, factors, spec)
    scores = _scores(model, _standardised(fitted.params, scale, spec), fitted.backcast)
    return np.asarray(scores.mean(axis=0))


def _model(returns: Float1D, factors: Float2D | None, spec: ModelSpec) -> Any:  # noqa: ANN401
    means: dict[str, Any] = {
        "constant": lambda: ConstantMean(returns, rescale=False),
        "zero": lambda: ZeroMean(returns, rescale=False),
        "ar1": lambda: ARX(returns, lags=1, rescale=False),
        "factor": lambda: LS(returns, x=factors, rescale=False),
    }
    variances: dict[str, Any] = {
        "constant": ConstantVariance,
        "garch": lambda: GARCH(1, 0, 1),
        "gjr": lambda: GARCH(1, 1, 1),
        "egarch": lambda: EGARCH(1, 1, 1),
    }
    innovations: dict[str, Any] = {"normal": Normal, "t": StudentsT, "skewt": SkewStudent}
    model = means[spec.mean]()
    model.volatility = variances[spec.variance]()
    model.distribution = innovations[spec.dist]()
    model._adjust_sample(None, None)
    model.volatility.start, model.volatility.stop = model._fit_indices
    return model


def _first_backcast(model: Any, spec: ModelSpec) -> float | None:  # noqa: ANN401
    if spec.presample == "arch" or spec.variance == "constant":
        return None
    residuals = model.resids(model.starting_values())
    return float(np.mean(residuals**2))


def _moving_presample(model: Any, best: Any, backcast: float | None) -> tuple[Any, float | None]:  # noqa: ANN401
    """Refit until the presample is the mean squared residual at the fitted mean (a fixed point)."""
    if backcast is None:
        return best, backcast
    for _ in range(_PRESAMPLE_ROUNDS):
        target = float(np.nanmean(best.resid**2))
        if abs(target - backcast) < _PRESAMPLE_TOLERANCE:
            break
        backcast = target
        best = _optimise(model, np.asarray(best.params), backcast)
    return best, backcast


def _optimise(model: Any, start: Float1D | None, backcast: float | None) -> Any:  # noqa: ANN401
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", StartingValueWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        return model.fit(
            disp="off", show_warning=False, starting_values=start, backcast=backcast,
            tol=1e-12, options={"maxiter": 500},
        )  # fmt: skip


def _starting_values(model: Any, spec: ModelSpec, starts: int) -> Iterator[Float1D | None]:  # noqa: ANN401
    yield None
    if spec.variance == "constant":
        return
    first = np.asarray(model.starting_values())
    mean = first[: len(spec.mean_names)]
    shape = {"normal": [], "t": [6.0], "skewt": [6.0, 0.0]}[spec.dist]
    variance = float(np.mean(model.resids(first) ** 2))
    for alpha, beta in _START_SHAPES[: starts - 1]:
        yield np.concatenate([mean, _start_of_variance(spec, variance, alpha, beta), shape])


def _start_of_variance(spec: ModelSpec, variance: float, alpha: float, beta: float) -> list[float]:
    if spec.variance == "egarch":
        return [(1 - beta) * float(np.log(variance)), 2 * alpha, -alpha, beta]
    omega = variance * (1 - alpha - beta)
    return [omega, alpha, beta] if spec.variance == "garch" else [omega, alpha / 2, alpha, beta]


def _loglikelihood(model: Any, backcast: float | None, *, individual: bool) -> Any:  # noqa: ANN401
    residuals = model.resids(model.starting_values())
    volatility = model.volatility
    presample = (
        volatility.backcast(residuals) if backcast is None else volatility.backcast_transform(backcast)
    )
    bounds = model.volatility.variance_bounds(residuals)
    sigma2 = np.zeros_like(residuals)

    def negative_to_positive(params: Float1D) -> Any:  # noqa: ANN401
        return -model._loglikelihood(params, sigma2, presample, bounds, individual=individual)

    return negative_to_positive


def _scores(model: Any, params: Float1D, backcast: float | None) -> Float2D:  # noqa: ANN401
    function = _loglikelihood(model, backcast, individual=True)
    return np.asarray(approx_fprime(params, function, centered=True))


def _multipliers(scale: float, spec: ModelSpec) -> Float1D:
    """Return what each parameter is multiplied by when returns are multiplied by `scale`."""
    variance = 1.0 if spec.variance == "egarch" else scale**2
    special = {"omega": variance, "phi": 1.0}
    mean = set(spec.mean_names)
    return np.array([special.get(name, scale if name in mean else 1.0) for name in spec.names])


def _log_shift(params: Float1D, scale: float, spec: ModelSpec) -> Float1D:
    """Return what EGARCH's omega gains: the log scale, and E abs(z) of the true innovation."""
    shift = np.zeros(len(params))
    if spec.variance == "egarch":
        position = spec.names.index("omega")
        alpha, beta = params[position + 1], params[position + 3]
        nu = float(params[spec.names.index("nu")]) if "nu" in spec.names else np.inf
        gap = absolute_moment(spec.dist, nu) - absolute_moment("normal", np.inf)
        shift[position] = (1 - beta) * 2 * np.log(scale) + alpha * gap
    return shift


def _restored(params: Float1D, scale: float, spec: ModelSpec) -> Float1D:
    """Turn parameters of standardised returns into those of the returns."""
    return params * _multipliers(scale, spec) + _log_shift(params, scale, spec)


def _standardised(params: Float1D, scale: float, spec: ModelSpec) -> Float1D:
    """Undo `_restored`."""
    return (params - _log_shift(params, scale, spec)) / _multipliers(scale, spec)


def _restoring_jacobian(scale: float, spec: ModelSpec) -> Float2D:
    """Return d(restored)/d(standardised), with the EGARCH moment held at the estimate."""
    jacobian = np.diag(_multipliers(scale, spec))
    if spec.variance == "egarch":
        position = spec.names.index("omega")
        jacobian[position, position + 3] = -2 * np.log(scale)
    return jacobian
