"""Panel studies: abnormal returns of many firms around many dates, and every test of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.checking import at_least, checked_windows
from eventstudy.errors import BadValue, NothingToStudy
from eventstudy.inference.panel.cutting import Geometry, all_finite, drop_beyond, drop_thin, source_of
from eventstudy.inference.panel.gathering import gather
from eventstudy.inference.panel.placement import place_events
from eventstudy.inference.panel.result import PanelOptions, PanelResult
from eventstudy.inference.panel.spans import checked_unit
from eventstudy.models import ExpectedReturn, model_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Float2D
    from eventstudy.inference.panel.placement import EventDates, Placement
    from eventstudy.inference.panel.spans import ReturnUnit
    from eventstudy.values import Window

__all__ = ["WINDOWS", "PanelOptions", "PanelResult", "panel_study"]

WINDOWS: tuple[Window, ...] = ((0, 0), (-10, 10))
# Beyond its coefficients a window needs this many returns, so that sigma squared has a variance (Patell).
_SPARE = 3


def panel_study(
    returns: pd.DataFrame,
    event_dates: EventDates,
    *,
    factors: pd.DataFrame | pd.Series[float] | None = None,
    model: str | ExpectedReturn = "market",
    estimation: int = 250,
    gap: int = 10,
    windows: Sequence[Window] = WINDOWS,
    options: PanelOptions | None = None,
) -> PanelResult:
    """Measure abnormal returns around many events of many firms.

    For each event the model is estimated on ``estimation`` sessions; then come ``gap`` sessions; then the
    event days, from the first day of the earliest window to the last day of the latest. Sessions are rows of
    `returns`.

    Parameters
    ----------
    returns : DataFrame
        Sessions x firms, rows ascending and unique, in any unit: nothing is rescaled. NaN is a missing
        return; it is left out, never filled.
    event_dates : Series or iterable of pairs
        Index firm to date, or (firm, date). A firm may recur; of two events of one firm on one session the
        second is dropped.
    factors : DataFrame, Series or None
        Sessions x factors in the unit of the returns, the market first. A session of the returns that is not
        among its rows is one without factors: a missing day.
    model : str or ExpectedReturn
        ``raw``, ``mean_adjusted``, ``market_adjusted``, ``market``, ``factors`` (all columns),
        ``scholes_williams``, ``dimson``, ``rolling``, or a model such as ``eventstudy.models.dimson(2, 2)``.
    estimation : int
        Sessions of the estimation window; days missing in it or before the data are not replaced.
    gap : int
        Sessions between the estimation window and the first event day, 0 or more.
    windows : sequence of pairs of int
        First and last relative day of each window.
    options : PanelOptions or None
        Date policy, observations needed, thin trading, unit, seed; None for the defaults.

    Returns
    -------
    PanelResult
        With every event that could be studied, and the others under ``dropped`` with their reasons: no such
        firm, no date, no session near, event days beyond the data or without any return, a thin estimation
        window, factors that cannot be estimated.

    Raises
    ------
    BadValue
        For arguments that make no study: text or infinities in the returns, rows out of order, a model
        without its factors, windows that are none, dates that cannot be read.
    NothingToStudy
        If no event was given, or every one was dropped.
    """
    chosen, options = model_of(model), _options(options)
    windows = checked_windows(windows)
    if len(set(windows)) < len(windows):
        raise BadValue("windows", windows, "each window once")
    geometry = _geometry(estimation, gap, windows)
    _frame("returns", returns, "sessions x firms")
    values = _values("returns", returns)
    used = _factors_used(chosen, factors, returns.index)
    unit = _compounding(chosen, options)
    placed = place_events(returns, event_dates, options.dates, options.max_shift)
    placed = _alive(drop_beyond(placed, geometry, returns.index))
    columns = tuple(np.ascontiguousarray(column) for column in _values("factors", used).T)
    source = source_of(values, columns, placed, geometry, unit)
    placed = _alive(drop_thin(placed, source, geometry, _needed(chosen, used.shape[1], estimation, options)))
    found = gather(placed, source, geometry, chosen)
    _alive(found.placement)
    return PanelResult(
        returns.copy(deep=False),
        used.copy(deep=False),
        chosen,
        geometry.estimation,
        geometry.gap,
        windows,
        options,
        found.placement,
        found.sample,
        found.coefficients,
    )


def _geometry(estimation: int, gap: int, windows: Sequence[Window]) -> Geometry:
    at_least("estimation", estimation, 1)
    at_least("gap", gap, 0)
    first, last = min(first for first, _ in windows), max(last for _, last in windows)
    return Geometry(int(estimation), int(gap), first, last)


def _options(given: object) -> PanelOptions:
    """Return the options, the defaults for None."""
    if given is None:
        return PanelOptions()
    if not isinstance(given, PanelOptions):
        raise BadValue("options", given, "eventstudy.PanelOptions(...) or None")
    return given


def _frame(name: str, given: object, what: str) -> None:
    """Refuse what is no frame, or an empty one."""
    if not isinstance(given, pd.DataFrame):
        raise BadValue(name, f"of type {type(given).__name__}", f"a DataFrame, {what}")
    if given.empty:
        raise BadValue(name, "an empty frame", what)


def _values(name: str, frame: pd.DataFrame) -> Float2D:
    """Return a frame's numbers, or say why they cannot be studied."""
    if not (frame.index.is_monotonic_increasing and frame.index.is_unique):
        raise BadValue(f"the index of {name}", "out of order or repeated", "each session once, in order")
    if not frame.columns.is_unique:
        twice = list(frame.columns[frame.columns.duplicated()])
        raise BadValue(f"the columns of {name}", twice, "each column once")
    try:
        values = frame.to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise BadValue(name, str(error), "numbers only, NaN where one is missing") from None
    if not all_finite(values) and np.isinf(values).any():
        column = frame.columns[np.isinf(values).any(axis=0)][0]
        raise BadValue(name, f"infinite in column {column!r}", "finite numbers, NaN where one is missing")
    return values


def _factors_used(
    model: ExpectedReturn, factors: pd.DataFrame | pd.Series[float] | None, index: pd.Index[Any]
) -> pd.DataFrame:
    """Return the factors that a model uses on the sessions of the returns."""
    if factors is None:
        if model.factors == 0:
            return pd.DataFrame(index=index)
        raise BadValue("factors", None, f"the market in a first column, which model={model.name!r} needs")
    given = factors.to_frame() if isinstance(factors, pd.Series) else factors
    if not isinstance(given, pd.DataFrame):
        raise BadValue("factors", f"of type {type(factors).__name__}", "a DataFrame, sessions x factors")
    used = given if model.factors in (None, given.shape[1]) else given.iloc[:, : model.factors]
    if used.shape[1] < (1 if model.factors is None else model.factors):
        raise BadValue("factors", list(given.columns), f"the columns which model={model.name!r} needs")
    if used.index is index or used.index.equals(index):
        return used
    _values("factors", used)
    if not used.index.isin(index).any():
        told = "without a session of the returns"
        raise BadValue("the index of factors", told, "the same sessions in the same form and time zone")
    return used.reindex(index)


def _compounding(model: ExpectedReturn, options: PanelOptions) -> ReturnUnit | None:
    """Return the unit in which a trade-to-trade study compounds, None for any other study."""
    if not options.trade_to_trade:
        return None
    if not model.trade_to_trade:
        raise BadValue("trade_to_trade", True, f"False with model={model.name!r}, which needs every session")
    return checked_unit(options.unit, "a trade-to-trade study")


def _needed(model: ExpectedReturn, factors: int, estimation: int, options: PanelOptions) -> int:
    """Return how many returns an estimation window must hold."""
    least = len(model.terms([""] * factors)) + _SPARE + model.warmup
    if estimation < least:
        raise BadValue("estimation", estimation, f"{least} sessions or more with model={model.name!r}")
    asked = options.min_observations
    return max(least, estimation // 2 if asked is None else asked)


def _alive(placed: Placement) -> Placement:
    """Return a placement of which some event is left."""
    if placed.kept.any():
        return placed
    told = zip(placed.names, placed.reasons, strict=True)
    raise NothingToStudy(f"event {number} of {name!r}: {why}" for number, (name, why) in enumerate(told))
