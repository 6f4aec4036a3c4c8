"""Trade to trade: the sessions that a return after missing days covers, and what factors earned over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from eventstudy.errors import BadValue

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND, Int2D

ReturnUnit: TypeAlias = Literal["log", "log_percent", "simple", "simple_percent"]
RETURN_UNITS: tuple[str, ...] = ("log", "log_percent", "simple", "simple_percent")


def checked_unit(unit: str | None, purpose: str) -> ReturnUnit:
    """Return the unit of returns, or say that compounding needs one.

    Raises
    ------
    BadValue
        Without a unit or with an unknown one.
    """
    for known in RETURN_UNITS:
        if unit == known:
            return known  # type: ignore[return-value]
    raise BadValue("unit", unit, f"the unit of the returns for {purpose}: one of {', '.join(RETURN_UNITS)}")


def log_growth(returns: FloatND, unit: ReturnUnit) -> FloatND:
    """Return the logarithm of one plus each simple return, as a fraction.

    Parameters
    ----------
    returns : ndarray
        In the unit named; NaN stays NaN.
    unit : str
        ``log``, ``simple``, or either in per cent.

    Returns
    -------
    ndarray
        Same shape; -inf or NaN where a simple return is -100 % or less.
    """
    fraction = returns / 100 if unit.endswith("percent") else returns
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(fraction if unit.startswith("log") else np.log1p(fraction))


def sessions_covered(returns: Float2D) -> Int2D:
    """Return how many sessions each return covers when it runs from the trade before.

    Parameters
    ----------
    returns : ndarray of shape (F, T)
        NaN on sessions without trade. A return after n of them is taken to run over n + 1 sessions.

    Returns
    -------
    ndarray of int of shape (F, T)
        1 for a return right after another, for a firm's first one and where there is none.
    """
    days = np.arange(returns.shape[1])
    traded = np.where(np.isfinite(returns), days, -1)
    before = np.full(returns.shape, -1)
    np.maximum.accumulate(traded[:, :-1], axis=1, out=before[:, 1:])
    return np.asarray(np.where((traded >= 0) & (before >= 0), days - before, 1))


def accumulated(factor: Float1D, days: Int2D, covered: Int2D, unit: ReturnUnit) -> Float2D:
    """Return what a factor earned over the sessions that each return covers.

    Parameters
    ----------
    factor : ndarray of shape (T,)
        Daily; NaN where missing.
    days : ndarray of int of shape (N, S)
        Last session of each span.
    covered : ndarray of int of shape (N, S)
        Sessions in each.
    unit : str
        Of the factor: logarithms add up, simple returns compound.

    Returns
    -------
    ndarray of shape (N, S)
        In the same unit; NaN where a session of the span is missing.
    """
    growth = log_growth(factor, unit)
    level = np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(growth), growth, 0.0))])
    holes = np.concatenate([[0], np.cumsum(~np.isfinite(growth))])
    end, begin = days + 1, days + 1 - covered
    total = np.where(holes[end] == holes[begin], level[end] - level[begin], np.nan)
    if unit.startswith("simple"):
        total = np.expm1(total)
    return np.asarray(100 * total if unit.endswith("percent") else total)
