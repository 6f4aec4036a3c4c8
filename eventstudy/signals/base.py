"""The laws of hedging signals: what a signal sees, how fresh it must be, and when it must refuse.

1. A signal is a pure function of what was known at one instant: `Known`. Prices of sessions that had
   not closed by then are cut away before it is called, so it cannot look ahead.
2. Every required series is missing, stale or fresh. Fresh means at most `Signal.max_age` sessions of its
   own clock behind the last session closed by then. One missing or stale input: the reading is ``REFUSED``.
3. A required forecast must start from the last known close of its series, neither before nor after.
4. What a signal cannot answer it says by raising `CannotAnswer`; the reading is ``REFUSED``, its value None.
5. A sentence carries the number, its uncertainty and what it rests on. It never advises.
6. Randomness is seeded from the last session known: the same knowledge gives the same number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias

import pandas as pd

from eventstudy import sessions
from eventstudy.errors import BadValue, EventStudyError, nearest
from eventstudy.results import SignalInput, SignalReading
from eventstudy.returns import check_prices
from eventstudy.series import missing_series_reason, series

ExpectedSession: TypeAlias = Callable[[str, datetime], date]

MAX_AGE = 3


class CannotAnswer(EventStudyError):
    """A signal's inputs are there and fresh, yet do not answer its question."""

    kind = "signal_refused"


class UnknownSignal(EventStudyError):
    """A signal id that is not in the table of signals."""

    kind = "unknown_signal"
    exit_code = 2

    def __init__(self, signal: str, known: Iterable[str]) -> None:
        self.signal = signal
        super().__init__(f"there is no signal '{signal}'", nearest(signal, known))


@dataclass(frozen=True, slots=True)
class VolatilityForecast:
    """A volatility forecast of one series, made after one close.

    Attributes
    ----------
    series : str
        Series id.
    origin : date
        Session after whose close the forecast was made.
    variances : tuple of float
        Variances of the log returns of the next 1, 2, ... sessions, per cent squared; positive.
    innovations : tuple of float
        Standardised residuals of the fit, unitless; resampled by simulations.

    Raises
    ------
    BadValue
        If either is empty, a variance is not positive or a number is not finite.
    """

    series: str
    origin: date
    variances: tuple[float, ...]
    innovations: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.variances or not all(0 < value < math.inf for value in self.variances):
            raise BadValue(f"variances of {self.series}", self.variances, "positive numbers, at least one")
        if not self.innovations or not all(map(math.isfinite, self.innovations)):
            what = f"innovations of {self.series}"
            raise BadValue(what, self.innovations, "finite numbers, at least one")

    def over(self, steps: int) -> tuple[float, ...]:
        """Return the variances of the next sessions.

        Raises
        ------
        CannotAnswer
            If the forecast is shorter than that.
        """
        if len(self.variances) < steps:
            reach = f"the forecast of {self.series} reaches {len(self.variances)} sessions ahead, not {steps}"
            raise CannotAnswer(reach, f"forecast at least {steps} sessions")
        return self.variances[:steps]


@dataclass(frozen=True)
class Known:
    """Everything that a signal may look at.

    Attributes
    ----------
    closes : mapping of str to Series
        Closes of each required series up to the instant: no NaN, index naive midnight sessions, ascending.
    forecasts : mapping of str to VolatilityForecast
        One for each required forecast, made after the last of those closes.
    """

    closes: Mapping[str, pd.Series[float]]
    forecasts: Mapping[str, VolatilityForecast]

    def session(self, series_id: str) -> date:
        """Return the session of the last known close of a series."""
        return _last_session(self.closes[series_id])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a signal says.

    Attributes
    ----------
    value : float
        The headline number, in the signal's unit.
    sentence : str
        One plain sentence: number, uncertainty, what it rests on.
    details : dict of str to float
        Every number behind it.
    """

    value: float
    sentence: str
    details: dict[str, float]


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: what it needs and how it answers.

    Attributes
    ----------
    id, version : str
        Name and version of the rule; a changed rule is a new version.
    unit : str
        Unit of the headline number.
    series : tuple of str
        Series whose closes it needs.
    answer : callable
        ``Known -> Answer``; pure.
    forecasts : tuple of str
        Series, among those, of which it needs a volatility forecast.
    max_age : int
        Sessions that a close may lie behind the expected one and still count as fresh.
    not_instead : mapping of str to str
        Required series to a look-alike that must not stand in for it, named in the refusal.
    """

    id: str
    version: str
    unit: str
    series: tuple[str, ...]
    answer: Callable[[Known], Answer]
    forecasts: tuple[str, ...] = ()
    max_age: int = MAX_AGE
    not_instead: Mapping[str, str] = field(default_factory=dict)


def take_reading(
    signal: Signal,
    closes: pd.DataFrame,
    as_of: datetime,
    *,
    expected_session: ExpectedSession,
    forecasts: Mapping[str, VolatilityForecast],
) -> SignalReading:
    """Take one signal's reading as of one instant.

    Parameters
    ----------
    signal : Signal
        The rule.
    closes : DataFrame
        Closing prices, one column a series id, index naive midnight sessions; NaN is "no close".
        Rows after ``as_of`` are allowed and never looked at.
    as_of : datetime
        Zone-aware.
    expected_session : callable
        ``(clock name, instant) -> last session closed by then``.
    forecasts : mapping of str to VolatilityForecast
        By series id.

    Returns
    -------
    SignalReading
        ``UNSCORED`` with a value, or ``REFUSED`` without one and with the reason and remedy.
    """
    expected = {name: expected_session(series(name).clock, as_of) for name in signal.series}
    known = {name: _cut(closes, name, last) for name, last in expected.items()}
    inputs = tuple(_input(name, known[name], expected[name], signal.max_age) for name in signal.series)
    reasons = [_input_reason(item, signal, closes) for item in inputs if item.status != "fresh"]
    reasons += [_forecast_reason(name, known[name], forecasts.get(name)) for name in signal.forecasts]
    told = "; ".join(reason for reason in reasons if reason)
    if told:
        return _refusal(signal, as_of, inputs, told)
    chosen = {name: forecasts[name] for name in signal.forecasts}
    try:
        answer = _answer(signal, Known(known, chosen))
    except EventStudyError as error:
        return _refusal(signal, as_of, inputs, str(error))
    return SignalReading(
        id=signal.id,
        version=signal.version,
        as_of=as_of.date(),
        value=answer.value,
        unit=signal.unit,
        verdict="UNSCORED",
        sentence=answer.sentence,
        inputs=inputs,
        details=answer.details,
    )


def _refusal(signal: Signal, as_of: datetime, inputs: tuple[SignalInput, ...], reason: str) -> SignalReading:
    return SignalReading(
        id=signal.id,
        version=signal.version,
        as_of=as_of.date(),
        value=None,
        unit=signal.unit,
        verdict="REFUSED",
        sentence=f"{signal.id} is refused as of {as_of.date()}: {reason}.",
        inputs=inputs,
        details={},
    )


def _answer(signal: Signal, known: Known) -> Answer:
    for name, column in known.closes.items():
        check_prices(column.to_frame(name))
    return signal.answer(known)


def _cut(closes: pd.DataFrame, series_id: str, last: date) -> pd.Series[float]:
    """Return the closes known by a session; what came later leaves no trace."""
    if series_id not in closes.columns:
        return pd.Series(dtype=float, index=pd.DatetimeIndex([]))
    column = closes.loc[closes.index <= pd.Timestamp(last), series_id]
    return column.dropna()


def _last_session(column: pd.Series[float]) -> date:
    return pd.Timestamp(column.index[-1]).date()


def _input(series_id: str, column: pd.Series[float], expected: date, max_age: int) -> SignalInput:
    record = series(series_id)
    if column.empty:
        return SignalInput(series_id, None, expected, "missing", record.proxy_of)
    last = _last_session(column)
    status = "fresh" if _age(record.clock, last, expected) <= max_age else "stale"
    return SignalInput(series_id, last, expected, status, record.proxy_of)


def _age(clock: str, last: date, expected: date) -> int:
    """Return how many sessions of the clock came after the last one known."""
    if last >= expected:
        return 0
    after = max(last + timedelta(days=1), sessions.FIRST_DAY)
    return len(sessions.sessions(clock, after, expected))


def _input_reason(item: SignalInput, signal: Signal, closes: pd.DataFrame) -> str:
    if item.last_session is None:
        reason = f"no close of {item.series} was known by {item.expected_session}"
        return (
            f"{reason}; {missing_series_reason(item.series, 'the store')}{_lookalike(item, signal, closes)}"
        )
    return (
        f"{item.series} ends on {item.last_session} and {item.expected_session} was expected,"
        f" more than {signal.max_age} sessions behind: refresh it"
    )


def _lookalike(item: SignalInput, signal: Signal, closes: pd.DataFrame) -> str:
    other = signal.not_instead.get(item.series)
    if other is None or other not in closes.columns:
        return ""
    return (
        f"; {other} is at hand but keeps the clock {series(other).clock}, and closes taken at different"
        " hours distort every covariance, so it does not stand in"
    )


def _forecast_reason(series_id: str, column: pd.Series[float], forecast: VolatilityForecast | None) -> str:
    if forecast is None:
        return f"there is no volatility forecast of {series_id}: fit and forecast it"
    if column.empty or forecast.origin == _last_session(column):
        return ""
    return (
        f"the volatility forecast of {series_id} starts from {forecast.origin} and its last close is of"
        f" {_last_session(column)}: forecast again"
    )
