"""What every model of expected returns sees and gives back: N events at once, one row each.

1. A model sees one `Stretch` a call: returns and factors from the first estimation day to the last event
   day of N events. It estimates on the estimation days only; the gap and the event days are out of its reach.
2. A missing return or factor of an estimation day is left out of every sum; nothing is filled in.
3. It answers with `Estimates`: residuals, abnormal returns, and both covariances over sigma squared, so that
   every test can correct for the error of the estimated coefficients.
4. What it cannot estimate (collinear factors, a degenerate beta) it marks as not usable and says why in
   `ExpectedReturn.refusal`; the study drops the event with that reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy.arrays import Bool1D, Float1D, Float2D, Float3D, Int1D


@dataclass(frozen=True, slots=True)
class Stretch:
    """S consecutive sessions of N events: L estimation days first, then the gap, W event days last.

    Attributes
    ----------
    returns : ndarray of shape (N, S)
        Returns, in the unit of the study; NaN where one is missing.
    factors : tuple of k ndarrays of shape (N, S)
        The factors that the model uses, on the same days; NaN where one is missing.
    length, width : int
        L and W.
    complete : bool
        Whether no return and no factor is missing in any estimation window.
    spans : ndarray of shape (N, S) or None
        Sessions that each return (and factor) covers in a trade-to-trade study; None for one each.
    """

    returns: Float2D
    factors: tuple[Float2D, ...]
    length: int
    width: int
    complete: bool = True
    spans: Float2D | None = None

    @property
    def present(self) -> Float2D:
        """Return 1 where return and factors of an estimation day are known, else 0; shape (N, L)."""
        total = self.returns[:, : self.length].copy()
        for factor in self.factors:
            total += factor[:, : self.length]
        return np.isfinite(total).astype(float)


@dataclass(frozen=True, slots=True)
class Estimates:
    """What a model found for N events.

    Attributes
    ----------
    coefficients : ndarray of shape (N, k)
        Estimated coefficients, in the order of `ExpectedReturn.terms`.
    residuals : ndarray of shape (N, L)
        Abnormal returns of the estimation days, NaN where one is missing; in a trade-to-trade study over the
        square root of the sessions they cover.
    leverage : ndarray of shape (N, L)
        1 minus the variance of each residual over sigma squared; NaN with the residual.
    abnormal : ndarray of shape (N, W)
        Abnormal returns of the event days, NaN where one is missing.
    forecast : ndarray of shape (N, W, W)
        Their covariance over sigma squared, the error of the coefficients included; NaN with the return.
    sigma : ndarray of shape (N,)
        Standard deviation of the residuals on ``observed - spent`` degrees of freedom.
    observed : ndarray of int of shape (N,)
        Residuals behind each.
    spent : int
        Degrees of freedom that the estimation cost.
    usable : ndarray of bool of shape (N,)
        False where the model could not be estimated; the row's numbers then mean nothing.
    """

    coefficients: Float2D
    residuals: Float2D
    leverage: Float2D
    abnormal: Float2D
    forecast: Float3D
    sigma: Float1D
    observed: Int1D
    spent: int
    usable: Bool1D


@dataclass(frozen=True, slots=True)
class ExpectedReturn:
    """A model of expected returns.

    Attributes
    ----------
    name : str
        As `eventstudy.panel_study` takes it.
    factors : int or None
        How many of the given factors it uses, from the first on; the first is the market. None for all.
    coefficients : tuple of str or None
        Names of what it estimates; None for ``alpha`` and then the names of the factors.
    estimate : callable
        From a `Stretch` to `Estimates`; pure.
    refusal : str
        Why an event is not usable, and what to do; one sentence.
    warmup : int
        Estimation days that bring no residual.
    trade_to_trade : bool
        Whether it takes returns that cover unequal numbers of sessions.
    """

    name: str
    factors: int | None
    coefficients: tuple[str, ...] | None
    estimate: Callable[[Stretch], Estimates]
    refusal: str
    warmup: int = 0
    trade_to_trade: bool = False

    def terms(self, factors: Sequence[str]) -> tuple[str, ...]:
        """Return the names of the coefficients, given the names of the factors it uses."""
        return ("alpha", *factors) if self.coefficients is None else self.coefficients
