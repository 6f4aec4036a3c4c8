"""Betas that add up neighbouring days: the market before, on and after each day, and the model they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.models.algebra import blanked, finished, inner

if TYPE_CHECKING:
    from eventstudy.arrays import Bool1D, Float2D
    from eventstudy.models.base import Estimates, Stretch


def neighbours(stretch: Stretch, lags: int, leads: int) -> tuple[list[Float2D], Float2D]:
    """Return the market of each estimation day and its neighbours.

    Parameters
    ----------
    stretch : Stretch
        Its first factor is the market.
    lags, leads : int
        Neighbouring days before and after.

    Returns
    -------
    shifted : list of ndarrays of shape (N, L)
        M(t - lags), ..., M(t + leads), each less its mean over the days that count; 0 on the others.
    kept : ndarray of shape (N, L)
        1 where the return and all these are known and lie in the estimation window, else 0.
    """
    length = stretch.length
    market = stretch.factors[0][:, :length]
    shifted = [_moved(market, step) for step in range(-lags, leads + 1)]
    kept = np.isfinite(stretch.returns[:, :length] + sum(shifted)).astype(float)
    count = np.maximum(kept.sum(axis=1), 1)
    known = [np.where(kept > 0, one, 0.0) for one in shifted]
    return [kept * (one - (one.sum(axis=1) / count)[:, None]) for one in known], kept


def _moved(market: Float2D, step: int) -> Float2D:
    """Return M(t + step) at t, NaN where that is outside the window."""
    moved = np.full(market.shape, np.nan)
    inside = market.shape[1] - abs(step)
    moved[:, max(-step, 0) : max(-step, 0) + inside] = market[:, max(step, 0) : max(step, 0) + inside]
    return moved


def one_slope(stretch: Stretch, weights: Float2D, kept: Float2D, usable: Bool1D) -> Estimates:
    """Return the market model whose beta is a given linear combination of the estimation returns.

    With a = weights, beta = a'r and alpha = mean(r) - beta mean(m). Both covariances follow exactly from
    Var(r) = sigma^2 I; for ordinary least squares they are the usual ones.

    Parameters
    ----------
    stretch : Stretch
        Its first factor is the market m.
    weights : ndarray of shape (N, L)
        a; each row sums to 0 and is 0 on days left out.
    kept : ndarray of shape (N, L)
        1 for a day that counts, 0 for one that does not.
    usable : ndarray of bool of shape (N,)
        False where the weights mean nothing.

    Returns
    -------
    Estimates
        Coefficients alpha and beta; sigma on L - 2.
    """
    length, count = stretch.length, kept.sum(axis=1)
    returns = blanked(stretch.returns, kept, length)
    market = blanked(stretch.factors[0], kept, length)
    mean, market_mean = (one[:, :length].sum(axis=1) / count for one in (returns, market))
    beta = inner(weights, returns[:, :length])
    alpha = mean - beta * market_mean
    apart = blanked(stretch.factors[0] - market_mean[:, None], kept, length)
    errors = blanked(stretch.returns - mean[:, None] - beta[:, None] * apart, kept, length)
    spread = inner(weights, weights)
    calm, ahead = apart[:, :length], apart[:, -stretch.width :]
    leverage = 1 / count[:, None] + 2 * calm * weights - calm**2 * spread[:, None]
    added = 1 / count[:, None, None] + spread[:, None, None] * ahead[:, :, None] * ahead[:, None, :]
    forecast = np.eye(stretch.width) + added
    coefficients = np.stack([alpha, beta], axis=1)
    return finished(
        stretch, errors, kept, coefficients=coefficients, leverage=leverage, forecast=forecast, usable=usable
    )
