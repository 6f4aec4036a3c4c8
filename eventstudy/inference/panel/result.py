"""What a panel study gives back: its events, abnormal returns, tests and regressions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.checking import at_least, checked_windows
from eventstudy.errors import BadValue
from eventstudy.inference.panel import battery
from eventstudy.inference.panel.calendar_time import calendar_portfolio, calendar_time
from eventstudy.inference.panel.cross_section import explain
from eventstudy.inference.panel.spans import checked_unit, log_growth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Float2D, Int1D
    from eventstudy.inference.panel.placement import DatePolicy, Placement
    from eventstudy.inference.panel.regression import Errors, Regression
    from eventstudy.inference.panel.sample import EventSample
    from eventstudy.inference.panel.spans import ReturnUnit
    from eventstudy.models import ExpectedReturn
    from eventstudy.values import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelOptions:
    """The choices of a panel study that seldom change.

    Attributes
    ----------
    dates : str
        A date that is no row of the returns is moved to the ``later`` or the ``earlier`` row, or the event is
        left out (``skip``). All windows move with the event.
    max_shift : int
        Largest move, in calendar days (in units of an index that is no date); beyond it the event is dropped.
    min_observations : int or None
        Returns that an estimation window must hold; None for half of it. Never fewer than the model's
        coefficients and 3 more.
    trade_to_trade : bool
        Thin trading: a return after missing sessions covers them too. Factors are accumulated over the same
        sessions and each day weighs one over their number (Maynes and Rumsey 1993). Needs `unit`.
    unit : str or None
        Unit of returns and factors, for what compounds: ``log``, ``log_percent``, ``simple`` or
        ``simple_percent``.
    seed : int
        Of the resampled tests.
    replications : int
        Of the resampled tests.
    """

    dates: DatePolicy = "later"
    max_shift: int = 7
    min_observations: int | None = None
    trade_to_trade: bool = False
    unit: ReturnUnit | None = None
    seed: int = 0
    replications: int = 1_999

    def __post_init__(self) -> None:
        """Refuse with `BadValue` what no study could use."""
        if self.unit is not None:
            checked_unit(self.unit, "what compounds")
        if self.min_observations is not None:
            at_least("min_observations", self.min_observations, 1)
        at_least("seed", self.seed, 0)
        at_least("replications", self.replications, 1)


@dataclass(frozen=True, eq=False, repr=False)
class PanelResult:
    """What a panel study found, and every event it left out.

    An event is known by its number in the list of event dates, from 0. Everything is in the unit of the
    returns. NaN is a day without a return (or without a factor that the model uses).

    Attributes
    ----------
    returns : DataFrame
        As given: days x firms.
    factors : DataFrame
        Days x the factors that the model used.
    model : ExpectedReturn
        The model of expected returns.
    estimation, gap : int
        Sessions of the estimation window, and between it and the first event day.
    windows : tuple of pairs of int
        First and last relative day of each window.
    options : PanelOptions
        Every other choice.
    placement : Placement
        Where each event fell, or why it fell out.
    sample : EventSample
        The arrays that the tests read: N events, L estimation days, W event days.
    estimated : ndarray of shape (N, k)
        Coefficients; see `coefficients`.
    """

    returns: pd.DataFrame
    factors: pd.DataFrame
    model: ExpectedReturn
    estimation: int
    gap: int
    windows: tuple[Window, ...]
    options: PanelOptions
    placement: Placement
    sample: EventSample
    estimated: Float2D

    def __repr__(self) -> str:
        studied, given = len(self.sample.firm), len(self.placement.names)
        return f"<PanelResult: {studied} of {given} events, model {self.model.name}, windows {self.windows}>"

    @cached_property
    def events(self) -> pd.DataFrame:
        """Return the events studied: index event; columns firm, date (as asked), session, observed, sigma."""
        kept = self.placement.kept
        columns = {
            "firm": self.placement.names[kept],
            "date": self.placement.dates[kept],
            "session": self.returns.index[self.placement.day0[kept]],
            "observed": self.sample.observed,
            "sigma": self.sample.sigma,
        }
        return pd.DataFrame(columns, index=self._numbers)

    @cached_property
    def dropped(self) -> pd.DataFrame:
        """Return the events left out, one a row: columns event, firm, date, reason (with a remedy)."""
        fell = np.flatnonzero(~self.placement.kept)
        columns = {
            "event": fell,
            "firm": self.placement.names[fell],
            "date": self.placement.dates[fell],
            "reason": self.placement.reasons[fell],
        }
        return pd.DataFrame(columns)

    @cached_property
    def abnormal_returns(self) -> pd.DataFrame:
        """Return abnormal returns: index event, one column a relative day."""
        return pd.DataFrame(self.sample.abnormal, index=self._numbers, columns=self._days)

    @cached_property
    def aar(self) -> pd.Series[float]:
        """Return the mean abnormal return of each relative day, over the events that have one; index day."""
        known = np.isfinite(self.sample.abnormal)
        total = np.where(known, self.sample.abnormal, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return pd.Series(mean, index=self._days, name="aar")

    @cached_property
    def caar(self) -> pd.Series[float]:
        """Return the running sum of `aar` from the first event day; index relative day."""
        return self.aar.cumsum().rename("caar")

    @cached_property
    def car(self) -> pd.DataFrame:
        """Return cumulative abnormal returns: index event, columns (window_start, window_end).

        NaN where a day of the window is missing.
        """
        sums = [self._within(self.sample.abnormal, window).sum(axis=1) for window in self.windows]
        return pd.DataFrame(np.stack(sums, axis=1), index=self._numbers, columns=self._window_index)

    @cached_property
    def window_caar(self) -> pd.Series[float]:
        """Return the mean CAR of each window over its events; index (window_start, window_end)."""
        return self.car.mean().rename("caar")

    @cached_property
    def coefficients(self) -> pd.DataFrame:
        """Return what the model estimated: index event, one column a coefficient (none for some models)."""
        names = list(self.model.terms([str(name) for name in self.factors.columns]))
        return pd.DataFrame(self.estimated, index=self._numbers, columns=names)

    @cached_property
    def bhar(self) -> pd.DataFrame:
        """Return buy-and-hold abnormal returns: index event, columns (window_start, window_end).

        prod(1 + R) - prod(1 + E[R]) over the window's simple returns (Barber and Lyon 1997), in per cent if
        the returns are. NaN where a day is missing. `PanelOptions.unit` says what the returns are, else
        `BadValue` is raised.
        """
        unit = checked_unit(self.options.unit, "buy-and-hold returns")
        values = self.returns.to_numpy(dtype=float)
        earned = values[self.sample.event_days, self.sample.firm[:, None]]
        expected = earned - self.sample.abnormal
        held, hoped = (log_growth(one, unit) for one in (earned, expected))
        size = 100.0 if unit.endswith("percent") else 1.0
        columns = [
            size
            * (np.exp(self._within(held, one).sum(axis=1)) - np.exp(self._within(hoped, one).sum(axis=1)))
            for one in self.windows
        ]
        return pd.DataFrame(np.stack(columns, axis=1), index=self._numbers, columns=self._window_index)

    def tests(
        self, only: Sequence[str] | None = None, windows: Sequence[Window] | None = None
    ) -> pd.DataFrame:
        """Put the events through the panel tests.

        Parameters
        ----------
        only : sequence of str or None
            Names of tests; None for all of `eventstudy.inference.panel.battery.TESTS`.
        windows : sequence of pairs of int or None
            Any windows within the event days; None for those of the study.

        Returns
        -------
        DataFrame
            One row a test and window: test, window_start, window_end, statistic, p_value, n,
            null_distribution, refused. A test that its sample cannot carry says so in ``refused`` and has
            NaN for statistic and p_value.

        Raises
        ------
        BadValue
            For an unknown test, or a window that is none or reaches beyond the event days.
        """
        return battery.run(
            self.sample,
            self.windows if windows is None else checked_windows(windows),
            seed=self.options.seed,
            replications=self.options.replications,
            tests=battery.TESTS if only is None else only,
        )

    def calendar_time(
        self, window: Window, errors: Errors = "hac", *, lags: int | None = None, fewest: int = 1
    ) -> Regression:
        """Hold every firm inside a window around its events and regress the portfolio on the model's factors.

        Parameters
        ----------
        window : pair of int
            First and last relative day held; it may reach beyond the event days.
        errors : str
            ``ols``, ``hc1``, ``hc3`` or ``hac``.
        lags : int or None
            Of ``hac``, in days held; None for floor(4 (n / 100)^(2/9)).
        fewest : int
            Firms below which a day counts for nothing.

        Returns
        -------
        Regression
            Its ``constant`` is the mean abnormal return a session.

        Raises
        ------
        TooFewObservations
            For fewer days than coefficients.
        BadValue
            For a window that is none; else as `eventstudy.inference.panel.regression.regress`.
        """
        [asked] = checked_windows([window])
        held = calendar_portfolio(self.returns, self.sample.firm, self._day0, asked, fewest)
        return calendar_time(held, self.factors, errors, lags)

    def explain(
        self,
        characteristics: pd.DataFrame,
        window: Window,
        errors: Errors = "hc3",
        *,
        groups: pd.Series[Any] | None = None,
    ) -> Regression:
        """Regress the CARs of one of the study's windows on characteristics of the events.

        Parameters
        ----------
        characteristics : DataFrame
            Index event (its number in the list of event dates), one column a characteristic, numbers; NaN
            leaves the event out.
        window : pair of int
            A column of `car`.
        errors : str
            ``ols``, ``hc1``, ``hc3`` or ``cluster``.
        groups : Series or None
            Index event; for ``cluster``, for example ``result.events["session"]``.

        Returns
        -------
        Regression
            In the unit of the CARs per unit of the characteristic.

        Raises
        ------
        BadValue
            For a window that is not the study's; else as `eventstudy.inference.panel.cross_section.explain`.
        """
        if tuple(window) not in self.windows:
            raise BadValue("window", window, f"one of the study's windows {self.windows}")
        return explain(self.car[tuple(window)], characteristics, errors, groups)

    @property
    def _numbers(self) -> pd.Index[int]:
        return pd.Index(np.flatnonzero(self.placement.kept), name="event")

    @property
    def _day0(self) -> Int1D:
        return np.asarray(self.placement.day0[self.placement.kept])

    @property
    def _days(self) -> pd.Index[int]:
        first = self.sample.first
        return pd.RangeIndex(first, first + self.sample.abnormal.shape[1], name="day")

    @property
    def _window_index(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_tuples(self.windows, names=["window_start", "window_end"])

    def _within(self, values: Float2D, window: Window) -> Float2D:
        return values[:, window[0] - self.sample.first : window[1] - self.sample.first + 1]
