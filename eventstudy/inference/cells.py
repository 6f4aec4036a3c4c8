"""What the questions over many events and series need to know of each event on each series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.parametric import cumulation_weights, garch_z_error

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.arrays import Float1D
    from eventstudy.garch import VarianceRule
    from eventstudy.values import Window


@dataclass(frozen=True)
class EventCell:
    """One event on one series from one forecast origin, H sessions on.

    Attributes
    ----------
    series, clock : str
        Series id, and the clock that stamps its close.
    event, episode : str
        Event id, and its episode.
    ambiguous : bool
        Whether another session may be its day 0; such a cell is left out of every headline family.
    windows : tuple of (int, int)
        Windows in relative sessions that start after the origin and can be measured.
    to_day0 : int
        Steps from the origin to day 0; the session after the origin is step 1.
    sessions : DatetimeIndex of shape (H,)
        The sessions after the origin, to the end of the longest window.
    abnormal : ndarray of shape (H,)
        Abnormal returns, per cent; finite inside the windows.
    shocks, variance : ndarray of shape (H,)
        Forecast variances of the shocks and of the abnormal returns given the origin, per cent squared.
    rule : VarianceRule
        Frozen recursion.
    z : ndarray of shape (L,)
        Standardised residuals of the estimation window.
    residual_days : DatetimeIndex of shape (L,)
        Their sessions.
    phi, mean_variance : float
        Autoregressive coefficient; variance of the estimated mean, per cent squared.
    """

    series: str
    clock: str
    event: str
    episode: str
    ambiguous: bool
    windows: tuple[Window, ...]
    to_day0: int
    sessions: pd.DatetimeIndex
    abnormal: Float1D
    shocks: Float1D
    variance: Float1D
    rule: VarianceRule
    z: Float1D
    residual_days: pd.DatetimeIndex
    phi: float
    mean_variance: float

    def steps(self, window: Window) -> slice:
        """Return the places of a window's sessions in arrays of one value a step."""
        return slice(self.to_day0 + window[0] - 1, self.to_day0 + window[1])

    def deviation(self, window: Window) -> float:
        """Return the forecast standard deviation of a window's CAR with that of the mean, per cent."""
        inside = self.steps(window)
        weights = cumulation_weights(self.phi, inside.start + 1, inside.stop)
        days = window[1] - window[0] + 1
        return garch_z_error(self.shocks[: inside.stop], weights, days, self.mean_variance)

    def scar(self, window: Window) -> float:
        """Return a window's CAR in forecast standard deviations."""
        return float(self.abnormal[self.steps(window)].sum()) / self.deviation(window)

    def mean_share(self, window: Window) -> float:
        """Return how far one standard error of the estimated mean moves the SCAR."""
        days = window[1] - window[0] + 1
        return days * float(np.sqrt(self.mean_variance)) / self.deviation(window)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event reaching one series, measured or not.

    Attributes
    ----------
    event, episode, series : str
        Ids.
    direction, kind : str
        As in `eventstudy.values.Event`.
    session : Timestamp
        Its day 0 on the series' clock.
    ambiguous : bool
        Whether another session may be its day 0.
    """

    event: str
    episode: str
    series: str
    direction: str
    kind: str
    session: pd.Timestamp
    ambiguous: bool
