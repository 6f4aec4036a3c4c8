"""Rolling-beta market model: coefficients from the last n sessions, rolled through the estimation window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.checking import at_least
from eventstudy.models.algebra import COLLINEAR, blanked, event_days
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch

if TYPE_CHECKING:
    from eventstudy.arrays import Float2D


def rolling(sessions: int = 60) -> ExpectedReturn:
    """Return the model with a number of sessions to roll over.

    Each estimation day from the (n + 1)th on is forecast by ordinary least squares over the n sessions before
    it, so the residuals are honest forecast errors with variance sigma^2 (1 + x'(X'X)^-1 x); sigma is their
    root mean square over that factor, and no degree of freedom is spent. The event days are forecast from the
    last n sessions of the estimation window: no event return ever enters a beta.

    Parameters
    ----------
    sessions : int
        n, 3 or more.

    Returns
    -------
    ExpectedReturn
        Named ``rolling``; coefficients alpha, in the unit of the returns, and beta, those of the event days.

    Raises
    ------
    BadValue
        For fewer than 3 sessions, or a number that is not whole.
    """
    at_least("sessions of the rolling beta", sessions, 3)

    def estimate(stretch: Stretch) -> Estimates:
        return _rolled(stretch, sessions)

    return ExpectedReturn(
        name="rolling",
        factors=1,
        coefficients=("alpha", "beta"),
        estimate=estimate,
        refusal="the last sessions to roll over hold fewer than 3 returns or a market that stands still; "
        "roll over more",
        warmup=sessions,
    )


def _rolled(stretch: Stretch, sessions: int) -> Estimates:
    length, width = stretch.length, stretch.width
    kept = stretch.present
    count, market_mean, mean, spread, beta = _rolling_lines(stretch, kept, sessions)
    # column j of these stands for the sessions j .. j + n - 1 and forecasts session j + n
    market, returns = stretch.factors[0], stretch.returns
    calm, last = slice(sessions, length), slice(-1, None)
    lines = (count, market_mean, mean, spread, beta)
    residuals = np.full((len(returns), length), np.nan)
    added = residuals.copy()
    error, variance = _forecast(returns[:, calm], market[:, calm], *(one[:, :-1] for one in lines))
    known = (kept[:, calm] > 0) & np.isfinite(error)
    residuals[:, calm], added[:, calm] = np.where(known, error, np.nan), np.where(known, variance, np.nan)
    ahead = slice(-width, None)
    abnormal, _ = _forecast(returns[:, ahead], market[:, ahead], *(one[:, last] for one in lines))
    apart = market[:, ahead] - market_mean[:, last]
    covariance = 1 / count[:, last, None] + apart[:, :, None] * apart[:, None, :] / spread[:, last, None]
    abnormal, forecast = event_days(stretch, abnormal, np.eye(width) + covariance)
    observed = known.sum(axis=1)
    squares = np.nansum(residuals**2 / (1 + added), axis=1)
    return Estimates(
        coefficients=np.concatenate([mean[:, last] - beta[:, last] * market_mean[:, last], beta[:, last]], 1),
        residuals=residuals,
        leverage=-added,
        abnormal=abnormal,
        forecast=forecast,
        sigma=np.sqrt(squares / np.maximum(observed, 1)),
        observed=observed,
        spent=0,
        usable=np.isfinite(beta[:, -1]),
    )


def _rolling_lines(stretch: Stretch, kept: Float2D, sessions: int) -> tuple[Float2D, ...]:
    """Return count, mean of market, mean of returns, sum of squares and beta of every run of n sessions.

    Each has shape (N, L - n + 1); NaN where fewer than 3 returns or no movement leave no line.
    """
    length, total = stretch.length, kept.sum(axis=1)
    centres = [
        blanked(one, kept, length)[:, :length].sum(axis=1) / np.maximum(total, 1)
        for one in (stretch.factors[0], stretch.returns)
    ]
    market, returns = (
        blanked(one - centre[:, None], kept, length)[:, :length]
        for one, centre in zip((stretch.factors[0], stretch.returns), centres, strict=True)
    )
    count = _run(kept, sessions)
    count = np.where(count >= 3, count, np.nan)
    m, r = _run(market, sessions) / count, _run(returns, sessions) / count
    squares = _run(market * market, sessions)
    spread = squares - count * m * m
    spread = np.where(spread > COLLINEAR**0.5 * squares, spread, np.nan)
    beta = (_run(market * returns, sessions) - count * m * r) / spread
    return count, m + centres[0][:, None], r + centres[1][:, None], spread, beta


def _run(values: Float2D, sessions: int) -> Float2D:
    """Return the sum of every run of consecutive columns; shape (N, L - sessions + 1)."""
    sums = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums[:, sessions:] - sums[:, :-sessions]


def _forecast(
    returns: Float2D,
    market: Float2D,
    count: Float2D,
    market_mean: Float2D,
    mean: Float2D,
    spread: Float2D,
    beta: Float2D,
) -> tuple[Float2D, Float2D]:
    """Return forecast errors and the variance that the coefficients add to them, over sigma squared."""
    apart = market - market_mean
    return returns - mean - beta * apart, 1 / count + apart**2 / spread
