"""Exact second derivatives by complex step, and the covariance matrices that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import null_space

from eventstudy.garch.compiled import kernel
from eventstudy.garch.likelihood import evaluate
from eventstudy.garch.sample import Sample

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D
    from eventstudy.garch.climb import Limits

_STEP = 1e-30


@kernel
def hessian(theta: Float1D, sample: Sample, linear: Float2D) -> Float2D:
    """Return the Hessian of the log-likelihood in the free parameters.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        The engine's parameters.
    sample : Sample
        Data and model.
    linear : ndarray of shape (K, F)
        The map from free parameters.

    Returns
    -------
    ndarray of shape (F, F)
        Complex-step derivatives of the analytic score (Squire and Trapp 1998): exact to rounding.
    """
    size, free = linear.shape
    result = np.zeros((free, free))
    score = np.zeros(size, np.complex128)
    nothing, rows = np.zeros((0, 0), np.complex128), np.zeros((0, 0), np.complex128)
    moved = np.zeros(size, np.complex128)
    for i in range(free):
        for k in range(size):
            moved[k] = theta[k] + 1j * _STEP * linear[k, i]
        evaluate(moved, sample, score, nothing, rows)
        for j in range(free):
            for k in range(size):
                result[j, i] += linear[k, j] * score[k].imag / _STEP
    return 0.5 * (result + result.T)


def value_and_score(theta: Float1D, sample: Sample) -> tuple[float, Float1D, Float2D]:
    """Return the log-likelihood, its score and its expected information.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        The engine's parameters.
    sample : Sample
        Data and model.

    Returns
    -------
    tuple
        Value; score of shape (K,); information of shape (K, K).
    """
    score, information = np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
    value = evaluate(theta, sample, score, information, np.zeros((0, 0)))
    return float(value), score, information


def session_scores(theta: Float1D, sample: Sample) -> Float2D:
    """Return the score of each session.

    Parameters
    ----------
    theta : ndarray of shape (K,)
        The engine's parameters.
    sample : Sample
        Data and model.

    Returns
    -------
    ndarray of shape (n, K)
        Zero for sessions left out.
    """
    rows = np.zeros((len(sample.y), len(theta)))
    evaluate(theta, sample, np.zeros(len(theta)), np.zeros((0, 0)), rows)
    return rows


def active_rows(limits: Limits, held: Int1D) -> Float2D:
    """Return the normals of the active constraints.

    Parameters
    ----------
    limits : Limits
        The constraints.
    held : ndarray of int of shape (F + 1,)
        Which are active.

    Returns
    -------
    ndarray of shape (A, F)
        One row an active constraint.
    """
    rows = [row for row, side in zip(np.eye(len(held) - 1), held[:-1], strict=True) if side]
    if held[-1]:
        rows.append(np.where(held[:-1] == 0, limits.normal, 0.0))
    return np.array(rows).reshape(-1, len(held) - 1)


def directions(rows: Float2D, scales: Float1D) -> Float2D:
    """Return a basis of the directions that the active constraints leave free.

    Parameters
    ----------
    rows : ndarray of shape (A, F)
        Normals of the active constraints.
    scales : ndarray of shape (F,)
        Root of the information of each parameter; the basis is orthonormal after scaling by it.

    Returns
    -------
    ndarray of shape (F, F - rank)
        One direction a column.
    """
    weights = np.where(scales > 0, scales, 1.0)
    if not len(rows):
        return np.diag(1 / weights)
    return np.asarray(null_space(rows / weights) / weights[:, None])


def covariances(curvature: Float2D, rows: Float2D, basis: Float2D) -> dict[str, Float2D]:
    """Return three covariance matrices of the free parameters.

    Parameters
    ----------
    curvature : ndarray of shape (F, F)
        Hessian of the log-likelihood.
    rows : ndarray of shape (n, F)
        Score of each session.
    basis : ndarray of shape (F, D)
        Directions that no active constraint holds.

    Returns
    -------
    dict
        ``hessian``, ``opg`` and ``sandwich`` (Bollerslev and Wooldridge 1992), each (F, F); all NaN where
        the information is singular or not positive.
    """
    information = -basis.T @ curvature @ basis
    outer = (rows @ basis).T @ (rows @ basis)
    inverse, inverse_outer = _inverse(information), _inverse(outer)
    inner = {"hessian": inverse, "opg": inverse_outer, "sandwich": inverse @ outer @ inverse}
    return {kind: basis @ matrix @ basis.T for kind, matrix in inner.items()}


def _inverse(matrix: Float2D) -> Float2D:
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return np.full_like(matrix, np.nan)
    pivots = np.diag(factor) ** 2
    if len(pivots) and pivots.min() < 1e-11 * np.diag(matrix).max():
        return np.full_like(matrix, np.nan)
    half = np.linalg.inv(factor)
    return np.asarray(half.T @ half)
