"""The batched algebra of the models: N regressions at once by Gram-Schmidt, missing days as weights of 0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.models.base import Estimates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Bool1D, Float1D, Float2D, Float3D, FloatND
    from eventstudy.models.base import Stretch

# A regressor whose part outside those before it has less than this share of its sum of squares is their
# combination: rounding leaves about 1e-30, honest daily factors more than 1e-6.
COLLINEAR = 1e-20


@dataclass(frozen=True, slots=True)
class Basis:
    """Regressors made orthonormal on the estimation days of N events.

    Attributes
    ----------
    vectors : tuple of k ndarrays of shape (N, S)
        Or (1, 1), one number for every event and day. Orthonormal over the first L days; the event days
        follow by the same combinations.
    triangle : tuple of k tuples of ndarrays of shape (N,)
        ``triangle[j][i]``: coordinate of regressor j on vector i, i <= j.
    usable : ndarray of bool of shape (N,)
        False where a regressor is a combination of those before it.
    """

    vectors: tuple[Float2D, ...]
    triangle: tuple[tuple[Float1D, ...], ...]
    usable: Bool1D


def inner(left: Float2D, right: Float2D) -> Float1D:
    """Return the inner product of each pair of rows.

    Parameters
    ----------
    left, right : ndarray of shape (N, L)
        One row an event; either may have a single row for all.

    Returns
    -------
    ndarray of shape (N,)
        Sums of products.
    """
    return np.asarray(np.einsum("nl,nl->n", left, right))


def blanked(values: Float2D, kept: Float2D | None, length: int) -> Float2D:
    """Return values with 0 on the estimation days that are left out.

    Parameters
    ----------
    values : ndarray of shape (N, S)
        NaN where missing.
    kept : ndarray of shape (N, L) or None
        1 for a day that counts, 0 for one that does not; None when all count.
    length : int
        L.

    Returns
    -------
    ndarray of shape (N, S)
        The values themselves when all count.
    """
    if kept is None:
        return values
    cleared = values.copy()
    cleared[:, :length][kept == 0] = 0.0
    return cleared


def orthonormal(columns: Sequence[Float2D], length: int, constant: Basis | None = None) -> Basis:
    """Make regressors orthonormal by modified Gram-Schmidt, all events at once.

    Parameters
    ----------
    columns : sequence of k ndarrays of shape (N, S)
        0 on estimation days that are left out.
    length : int
        L, the days of the inner product.
    constant : Basis or None
        A basis to begin with: that of the constant.

    Returns
    -------
    Basis
        Where a regressor depends on others its vector is left unscaled and the event not usable.
    """
    vectors = [] if constant is None else [*constant.vectors]
    triangle = [] if constant is None else [*constant.triangle]
    usable = np.ones(1, dtype=bool) if constant is None else constant.usable
    for column in columns:
        size = inner(column[:, :length], column[:, :length])
        rest, coordinates = column, []
        for vector in vectors:
            rest, coordinate = sweep(rest, vector, length)
            coordinates.append(coordinate)
        left = inner(rest[:, :length], rest[:, :length])
        independent = left > COLLINEAR * size
        usable = usable & independent
        norm = np.sqrt(np.where(independent, left, 1.0))
        own = rest if vectors else None
        vectors.append(np.multiply(rest, (1 / norm)[:, None], out=own))
        triangle.append((*coordinates, norm))
    return Basis(tuple(vectors), tuple(triangle), usable)


def sweep(values: Float2D, vector: Float2D, length: int) -> tuple[Float2D, Float1D]:
    """Free values of their part along a unit vector; return the rest and the coordinate.

    Parameters
    ----------
    values, vector : ndarray of shape (N, S)
        Either may have a single row for all events.
    length : int
        L, the days of the inner product.

    Returns
    -------
    rest : ndarray of shape (N, S)
        Values minus coordinate times vector.
    coordinate : ndarray of shape (N,)
        Inner product over the first L days.
    """
    coordinate = inner(values[:, :length], vector[:, :length])
    part = coordinate[:, None] * vector
    # where the part is of full size, as it is but for a plain constant, its own memory will do for the rest
    return np.subtract(values, part, out=part if part.shape == values.shape else None), coordinate


def least_squares(stretch: Stretch, factors: Sequence[Float2D]) -> Estimates:
    """Regress the returns of N events on a constant and k factors, each on its own estimation days.

    Parameters
    ----------
    stretch : Stretch
        The returns. Spans, where given, scale the constant and weigh each day by one over its span
        (Maynes and Rumsey 1993).
    factors : sequence of k ndarrays of shape (N, S)
        NaN only on days that the stretch lacks.

    Returns
    -------
    Estimates
        Coefficients in the order constant, factors. Leverage is x'(X'X)^-1 x and the forecast covariance
        I + X* (X'X)^-1 X*' (Campbell, Lo and MacKinlay 1997, 4.4). Not usable with collinear factors.
    """
    length = stretch.length
    kept = None if stretch.complete else stretch.present
    columns = [_weighed(one, stretch, kept) for one in factors]
    basis = orthonormal(columns, length, _constant(stretch, kept))
    errors, coordinates = _weighed(stretch.returns, stretch, kept), []
    for vector in basis.vectors:
        errors, coordinate = sweep(errors, vector, length)
        coordinates.append(coordinate)
    ahead = [vector[:, -stretch.width :] for vector in basis.vectors]
    products = [one[:, :, None] * one[:, None, :] for one in ahead]
    return finished(
        *(stretch, errors, kept),
        coefficients=_solved(basis.triangle, coordinates),
        leverage=_total([vector[:, :length] ** 2 for vector in basis.vectors]),
        forecast=_total([products[0] + np.eye(stretch.width), *products[1:]]),
        usable=basis.usable,
    )


def _weighed(values: Float2D, stretch: Stretch, kept: Float2D | None) -> Float2D:
    """Return values over the root of the sessions they cover, 0 on days left out."""
    weighed = values if stretch.spans is None else values / np.sqrt(stretch.spans)
    return blanked(weighed, kept, stretch.length)


def _total(parts: Sequence[FloatND]) -> FloatND:
    """Return the sum of arrays of which none is smaller than those before; all but the first are used up."""
    total = parts[0]
    for part in parts[1:]:
        total = np.add(total, part, out=part)
    return total


def nothing_estimated(stretch: Stretch, differences: Float2D) -> Estimates:
    """Return a model without coefficients, whose abnormal returns are given.

    Parameters
    ----------
    stretch : Stretch
        Days and spans.
    differences : ndarray of shape (N, S)
        Returns minus expected ones; NaN where missing.

    Returns
    -------
    Estimates
        Residuals are the differences themselves; sigma is their deviation about their mean on L - 1, which
        is the one degree of freedom spent. Leverage 0, forecast covariance I.
    """
    length, width = stretch.length, stretch.width
    kept = None if stretch.complete else stretch.present
    errors = _weighed(differences, stretch, kept)
    calm = errors[:, :length]
    found = finished(
        *(stretch, errors, kept),
        coefficients=np.empty((len(errors), 0)),
        leverage=np.zeros((1, length)),
        forecast=np.eye(width)[None],
        usable=np.ones(len(errors), dtype=bool),
    )
    count = np.maximum(found.observed, 1)
    squares = inner(calm, calm) - calm.sum(axis=1) ** 2 / count
    sigma = np.sqrt(np.maximum(squares, 0.0) / np.maximum(count - 1, 1))
    return replace(found, sigma=sigma, spent=1)


def _constant(stretch: Stretch, kept: Float2D | None) -> Basis:
    """Return the basis of the column of ones: a single number where no day is left out or weighed.

    The ones are root spans where returns cover several sessions, and 0 on days left out.
    """
    length, usable = stretch.length, np.ones(1, dtype=bool)
    if kept is None:
        return Basis((np.full((1, 1), length**-0.5),), ((np.full(1, length**0.5),),), usable)
    ones = np.ones(stretch.returns.shape) if stretch.spans is None else np.sqrt(stretch.spans)
    return orthonormal([blanked(ones, kept, length)], length)


def _solved(triangle: Sequence[Sequence[Float1D]], coordinates: Sequence[Float1D]) -> Float2D:
    """Return coefficients on the regressors from coordinates on the orthonormal vectors; shape (N, k)."""
    solved: dict[int, Float1D] = {}
    for i in reversed(range(len(triangle))):
        rest = coordinates[i] - sum(triangle[j][i] * solved[j] for j in solved)
        solved[i] = rest / triangle[i][i]
    return np.stack([solved[i] for i in range(len(triangle))], axis=1)


def finished(
    stretch: Stretch,
    errors: Float2D,
    kept: Float2D | None,
    *,
    coefficients: Float2D,
    leverage: Float2D,
    forecast: Float3D,
    usable: Bool1D,
) -> Estimates:
    """Put together what a regression found, with sigma on L - k degrees of freedom.

    Parameters
    ----------
    stretch : Stretch
        Days and spans.
    errors : ndarray of shape (N, S)
        Returns minus expected ones over root spans; 0 on days left out.
    kept : ndarray of shape (N, L) or None
        1 for a day that counts, 0 for one that does not; None when all count.
    coefficients : ndarray of shape (N, k)
        As estimated.
    leverage : ndarray of shape (N, L) or (1, L)
        1 minus the variance of each residual over sigma squared.
    forecast : ndarray of shape (N, W, W) or (1, W, W)
        Covariance of the event days' errors over sigma squared.
    usable : ndarray of bool of shape (N,) or (1,)
        False where the estimates mean nothing.

    Returns
    -------
    Estimates
        With NaN on the days left out.
    """
    events, length, spent = len(errors), stretch.length, coefficients.shape[1]
    residuals = errors[:, :length]
    squares = inner(residuals, residuals)
    observed = np.full(events, length) if kept is None else kept.sum(axis=1).astype(np.int64)
    if kept is not None:
        residuals, leverage = (np.where(kept > 0, one, np.nan) for one in (residuals, leverage))
    abnormal, forecast = event_days(stretch, errors, forecast)
    return Estimates(
        coefficients=coefficients,
        residuals=residuals,
        leverage=np.broadcast_to(leverage, residuals.shape),
        abnormal=abnormal,
        forecast=forecast,
        sigma=np.sqrt(squares / np.maximum(observed - spent, 1)),
        observed=observed,
        spent=spent,
        usable=np.broadcast_to(usable, (events,)),
    )


def event_days(stretch: Stretch, errors: Float2D, forecast: Float3D) -> tuple[Float2D, Float3D]:
    """Return the abnormal returns of the event days and their covariance over sigma squared.

    Parameters
    ----------
    stretch : Stretch
        Days and spans.
    errors : ndarray of shape (N, S)
        Returns minus expected ones, over root spans.
    forecast : ndarray of shape (N, W, W) or (1, W, W)
        Their covariance over sigma squared, as if no day were missing.

    Returns
    -------
    abnormal : ndarray of shape (N, W)
        NaN where the return or a factor is missing.
    forecast : ndarray of shape (N, W, W)
        Rows and columns of missing days are NaN.
    """
    width = stretch.width
    abnormal = errors[:, -width:]
    forecast = np.broadcast_to(forecast, (len(errors), width, width))
    if stretch.spans is not None:
        roots = np.sqrt(stretch.spans[:, -width:])
        abnormal, forecast = abnormal * roots, forecast * roots[:, :, None] * roots[:, None, :]
    missing = np.isnan(abnormal)
    if missing.any():
        forecast = np.where(missing[:, :, None] | missing[:, None, :], np.nan, forecast)
    return abnormal, forecast
