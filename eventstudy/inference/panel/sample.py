"""The arrays that every panel test reads: abnormal returns in event time beside their estimation windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Float3D, Int1D, Int2D


@dataclass(frozen=True)
class EventSample:
    """N events of a panel, each with its estimation window of up to L sessions and W event days.

    Attributes
    ----------
    residuals : ndarray of shape (N, L)
        Abnormal returns of the estimation window, in the unit of the returns; NaN where one is missing.
    residual_days : ndarray of int of shape (N, L)
        Calendar position (row of the return frame) of each; unequal where events have unequal dates.
    leverage : ndarray of shape (N, L)
        x'(X'X)^-1 x of each estimation day; 1/L_i for a constant mean; NaN where the return is missing.
    abnormal : ndarray of shape (N, W)
        Abnormal returns of the event days, NaN where one is missing.
    event_days : ndarray of int of shape (N, W)
        Calendar position of each.
    first : int
        Relative day of column 0; the columns are consecutive sessions.
    sigma : ndarray of shape (N,)
        Residual standard deviation on L_i - k degrees of freedom.
    forecast : ndarray of shape (N, W, W)
        I + X* (X'X)^-1 X*': covariance of the event-day abnormal returns over sigma squared, with the
        error of the estimated coefficients. Rows and columns of missing days are NaN.
    observed : ndarray of int of shape (N,)
        L_i, returns in each estimation window.
    coefficients : ndarray of int of shape (N,)
        k, estimated coefficients per event.
    firm : ndarray of int of shape (N,)
        Which firm each event belongs to; a firm may recur.
    """

    residuals: Float2D
    residual_days: Int2D
    leverage: Float2D
    abnormal: Float2D
    event_days: Int2D
    first: int
    sigma: Float1D
    forecast: Float3D
    observed: Int1D
    coefficients: Int1D
    firm: Int1D
