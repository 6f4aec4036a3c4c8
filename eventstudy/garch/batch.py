"""Fit one model of their own to many series: lanes, threads and arrays all the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.ascent import Restriction, Summits, ascend_abreast, ascend_rows
from eventstudy.garch.climb import EXHAUSTED, PASSES, STATUS
from eventstudy.garch.compiled import processors, told_when_compiling
from eventstudy.garch.coordinates import choice, first_variance
from eventstudy.garch.estimation import MOST_PASSES, TOLERANCE, projected_scores
from eventstudy.garch.restrictions import limits_of, restrict
from eventstudy.garch.sample import BETA, SHAPES
from eventstudy.garch.starts import inside, starting_points
from eventstudy.garch.units import Units

if TYPE_CHECKING:
    from eventstudy.arrays import Bool1D, Float1D, Float2D, Float3D, Int1D, Int2D
    from eventstudy.garch.climb import Limits
    from eventstudy.garch.spec import ModelSpec

_SAME_OPTIMUM = 1e-6
_CHUNK = 256


@dataclass(frozen=True)
class BatchEstimate:
    """Best optima of many series, in the engine's coordinates.

    Attributes
    ----------
    theta : ndarray of shape (N, K)
        All parameters of the standardised series.
    heights : ndarray of shape (N,)
        Log-likelihoods of the standardised series.
    scales : ndarray of shape (N,)
        What each series was divided by.
    held : ndarray of int of shape (N, F + 1)
        Active constraints.
    free : ndarray of int of shape (F,)
        Positions of the free parameters.
    score_norms : ndarray of shape (N,)
        Projected scores in standard errors.
    passes : ndarray of int of shape (N,)
        Evaluations over all starts.
    exhausted : ndarray of bool of shape (N,)
        Whether the best ascent ran out of passes.
    starts_gaps : ndarray of shape (N,)
        Best minus second-best log-likelihood over the starts.
    agreeing_starts : ndarray of int of shape (N,)
        Starts that reached the best.
    """

    theta: Float2D
    heights: Float1D
    scales: Float1D
    held: Int2D
    free: Int1D
    score_norms: Float1D
    passes: Int1D
    exhausted: Bool1D
    starts_gaps: Float1D
    agreeing_starts: Int1D


def lanes_serve(spec: ModelSpec) -> bool:
    """Return whether a model is among those that climb sixteen abreast.

    Parameters
    ----------
    spec : ModelSpec
        The model.

    Returns
    -------
    bool
        True for GARCH and GJR with a constant mean and normal or Student innovations.
    """
    return spec.mean == "constant" and spec.variance in {"garch", "gjr"} and spec.dist in {"normal", "t"}


def estimate_rows(
    spec: ModelSpec, returns: Float2D, starts: int, threads: int | None, warm: Float2D | None = None
) -> BatchEstimate:
    """Climb the likelihoods of many series of one length.

    Parameters
    ----------
    spec : ModelSpec
        A plain model: no regressors, no restrictions.
    returns : ndarray of shape (N, n)
        Finite, varying rows.
    starts : int
        Starting points per series.
    threads : int or None
        How many series climb at once; None for one per processor. Results do not depend on it.
    warm : ndarray of shape (N, K), optional
        Public parameters of neighbouring fits, as a further start of each series; NaN for none.

    Returns
    -------
    BatchEstimate
        One row a series.
    """
    scales = returns.std(axis=1)
    standardised = np.ascontiguousarray(returns / scales[:, None])
    unit = np.ones(len(spec.mean_names))
    units = Units(1.0, unit, np.ones(0), np.ones(0), 1.0)
    restriction, free = restrict(spec, units, 1.0)
    limits = limits_of(spec, restriction, free)
    means, variances, presamples = _first_moments(spec, standardised)
    points = _starts(spec, means, variances, free, limits, starts)
    if warm is not None:
        points = np.concatenate([_warm_points(spec, warm, scales, free, limits, points), points], axis=1)
    each = points.shape[1]
    owners = np.repeat(np.arange(len(returns)), each)
    ends = _climb(
        spec, standardised, presamples, owners, points.reshape(-1, len(free)), restriction, limits, threads
    )
    return _best(ends, each, restriction, limits, free, scales)


def _first_moments(spec: ModelSpec, rows: Float2D) -> tuple[Float2D, Float1D, Float1D]:
    """Return least-squares means, residual variances and presample variances of each row."""
    if spec.mean == "ar1":
        y, lag = rows[:, 1:], rows[:, :-1]
        centred = lag - lag.mean(axis=1, keepdims=True)
        slope = (centred * y).sum(axis=1) / (centred**2).sum(axis=1)
        level = y.mean(axis=1) - slope * lag.mean(axis=1)
        means = np.column_stack([level, slope])
        residuals = y - level[:, None] - slope[:, None] * lag
    elif spec.mean == "constant" and spec.presample != "arch":
        return rows.mean(axis=1, keepdims=True), np.ones(len(rows)), np.ones(len(rows))
    else:
        means = rows.mean(axis=1, keepdims=True) if spec.mean == "constant" else np.zeros((len(rows), 0))
        residuals = rows - means.sum(axis=1, keepdims=True)
    return means, (residuals**2).mean(axis=1), first_variance(residuals, spec.presample)


def _starts(
    spec: ModelSpec, means: Float2D, variances: Float1D, free: Int1D, limits: Limits, count: int
) -> Float3D:
    """Return starts of shape (N, J, F): one pattern, with each row's own mean."""
    pattern = starting_points(spec, np.zeros(means.shape[1]), free, limits, 1.0, count)
    points = np.repeat(pattern[None], len(means), axis=0)
    at, places = means.shape[1], free.tolist()
    for column, place in enumerate(places):
        if place < at:
            points[:, :, column] = means[:, place, None]
        elif place == at and spec.variance != "egarch":
            points[:, :, column] *= variances[:, None]
        elif place == at:
            beta = pattern[:, places.index(at + BETA)] if at + BETA in places else dict(spec.fixed)["beta"]
            points[:, :, column] += (1 - beta) * np.log(variances)[:, None]
    return points


def _warm_points(
    spec: ModelSpec, warm: Float2D, scales: Float1D, free: Int1D, limits: Limits, points: Float3D
) -> Float3D:
    """Return one start a series from public parameters; the first cold one where there are none."""
    at = len(spec.mean_names)
    given = dict(zip(spec.names, warm.T, strict=True))
    theta = np.zeros((len(warm), at + SHAPES))
    for k, name in enumerate(spec.mean_names):
        theta[:, k] = given[name] / (1.0 if name == "phi" else scales)
    up, beta = given.get("alpha", np.zeros(len(warm))), given.get("beta", np.zeros(len(warm)))
    down = up + given.get("gamma", 0.0)
    omega = given["omega"] / scales**2
    if spec.variance == "egarch":
        down, omega = given["gamma"], given["omega"] - (1 - beta) * 2 * np.log(scales)
    theta[:, at : at + SHAPES] = np.column_stack(
        [
            omega,
            up,
            down,
            beta,
            1 / given.get("nu", np.full(len(warm), 5.0)),
            given.get("lambda", np.zeros(len(warm))),
        ]
    )
    return np.array([
        [cold[0] if np.isnan(row).any() else inside(row[free], limits)]
        for row, cold in zip(theta, points, strict=True)
    ])  # fmt: skip


def _climb(
    spec: ModelSpec, rows: Float2D, presamples: Float1D, owners: Int1D, points: Float2D,
    restriction: Restriction, limits: Limits, threads: int | None,
) -> Summits:  # fmt: skip
    codes = choice(spec)
    moving, student = spec.presample == "mean", spec.dist == "t"

    def part(chunk: slice) -> Summits:
        if lanes_serve(spec):
            return ascend_abreast(
                rows, presamples, moving, student, spec.variance == "garch", owners[chunk], points[chunk],
                restriction, limits, TOLERANCE, MOST_PASSES,
            )  # fmt: skip
        return ascend_rows(
            rows, presamples, len(spec.mean_names), codes, owners[chunk], points[chunk],
            restriction, limits, TOLERANCE, MOST_PASSES,
        )  # fmt: skip

    workers = threads or processors()
    with told_when_compiling(ascend_abreast if lanes_serve(spec) else ascend_rows):
        if workers == 1 or len(owners) <= _CHUNK:
            return part(slice(None))
        first = part(slice(0, _CHUNK))
        rest = [slice(at, at + _CHUNK) for at in range(_CHUNK, len(owners), _CHUNK)]
        with ThreadPoolExecutor(workers) as pool:
            parts = [first, *pool.map(part, rest)]
    return Summits(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _best(
    ends: Summits, each: int, restriction: Restriction, limits: Limits, free: Int1D, scales: Float1D
) -> BatchEstimate:
    values = np.where(np.isfinite(ends.values), ends.values, -np.inf).reshape(-1, each)
    count = len(values)
    chosen = np.arange(count) * each + values.argmax(axis=1)
    ordered = np.sort(values, axis=1)
    held = ends.held[chosen]
    norms = projected_scores(ends.scores[chosen], held, ends.scales[chosen], limits.normal)
    return BatchEstimate(
        theta=restriction.base + ends.points[chosen] @ restriction.map.T,
        heights=ends.values[chosen],
        scales=scales,
        held=held,
        free=free,
        score_norms=np.where(np.isfinite(ends.values[chosen]), norms, np.inf),
        passes=ends.counts[:, PASSES].reshape(count, each).sum(axis=1),
        exhausted=ends.counts[chosen, STATUS] == EXHAUSTED,
        starts_gaps=ordered[:, -1] - ordered[:, -2] if each > 1 else np.full(count, np.nan),
        agreeing_starts=(values > ordered[:, -1:] - _SAME_OPTIMUM).sum(axis=1),
    )


def public_rows(spec: ModelSpec, found: BatchEstimate) -> Float2D:
    """Return the parameters that people read, one row a series.

    Parameters
    ----------
    spec : ModelSpec
        The plain model.
    found : BatchEstimate
        Its optima.

    Returns
    -------
    ndarray of shape (N, K)
        In the order of ``spec.names``.
    """
    at, theta, scale = len(spec.mean_names), found.theta, found.scales
    columns = [theta[:, k] * (1.0 if spec.mean_names[k] == "phi" else scale) for k in range(at)]
    omega, up, down, beta, eta, skew = theta[:, at : at + SHAPES].T
    if spec.variance == "egarch":
        own = {"omega": omega + (1 - beta) * 2 * np.log(scale), "alpha": up, "gamma": down, "beta": beta}
    else:
        own = {"omega": omega * scale**2, "alpha": up, "gamma": down - up, "beta": beta}
    own |= {"nu": 1 / eta, "lambda": skew}
    return np.column_stack(columns + [own[name] for name in spec.variance_names + spec.innovation_names])
