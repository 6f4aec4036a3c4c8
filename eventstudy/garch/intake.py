"""Check what a caller hands to a fit, and turn it into the engine's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, DegenerateDesign, TooFewObservations
from eventstudy.garch.coordinates import Data

if TYPE_CHECKING:
    from eventstudy.arrays import Bool1D, Float1D, Float2D
    from eventstudy.garch.spec import ModelSpec

Returns: TypeAlias = "pd.Series | np.ndarray | Sequence[float]"
Columns: TypeAlias = "pd.DataFrame | pd.Series | np.ndarray"

LEAST_OBSERVATIONS = 50


@dataclass(frozen=True, slots=True)
class Regressors:
    """Exogenous columns as the caller gave them; None where there are none.

    Attributes
    ----------
    mean, additive, multiplicative : DataFrame of shape (T, k) or None
        Of the mean, and of the variance inside and outside its recursion.
    realized : Series or array of shape (T,) or None
        Realised measure of each session's variance, per cent squared.
    """

    mean: pd.DataFrame | None = None
    additive: pd.DataFrame | None = None
    multiplicative: pd.DataFrame | None = None
    realized: Returns | None = None

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the column names of one kind, none where it was not given."""
        frame = getattr(self, kind)
        return () if frame is None else tuple(str(name) for name in frame.columns)


def as_frame(argument: str, columns: Columns | None) -> pd.DataFrame | None:
    """Return regressors as a frame, with names where they have none.

    Parameters
    ----------
    argument : str
        The argument's name; unnamed columns are called by it: ``x1``, ``x2``, ...
    columns : DataFrame of shape (T, k), Series of shape (T,), or ndarray of either shape, or None
        What the caller gave.

    Returns
    -------
    DataFrame or None
        One column a regressor.

    Raises
    ------
    BadValue
        For an array of three or more dimensions.
    """
    if columns is None or isinstance(columns, pd.DataFrame):
        return columns
    if isinstance(columns, pd.Series):
        return columns.to_frame(columns.name if columns.name is not None else f"{argument}1")
    values = np.asarray(columns, dtype=float)
    if values.ndim not in {1, 2}:
        raise BadValue(argument, f"an array of {values.ndim} dimensions", "one column or a table of columns")
    table = values.reshape(len(values), -1)
    return pd.DataFrame(table, columns=[f"{argument}{k + 1}" for k in range(table.shape[1])])


def checked_returns(returns: Returns, masked: Bool1D | None = None) -> Float1D:
    """Return finite, varying returns, with NaN where they are masked.

    Parameters
    ----------
    returns : Series or array of shape (T,)
        Log returns in per cent.
    masked : ndarray of bool of shape (T,), optional
        Sessions to leave out; their returns may be NaN.

    Returns
    -------
    ndarray of shape (T,)
        NaN exactly where masked.

    Raises
    ------
    BadValue
        For returns of another shape, not finite or constant.
    TooFewObservations
        For fewer than 50 unmasked returns.
    """
    values = np.array(returns, dtype=float)
    if values.ndim != 1:
        raise BadValue(
            "returns", f"an array of {values.ndim} dimensions", "one dimension; fit_many takes two"
        )
    hidden = np.zeros(len(values), bool) if masked is None else np.asarray(masked, bool)
    if hidden.shape != values.shape:
        raise BadValue("masked", f"{hidden.size} values", f"{len(values)}, one a return")
    bad = np.flatnonzero(~np.isfinite(values) & ~hidden)
    if len(bad):
        raise BadValue(f"return number {bad[0]}", float(values[bad[0]]), "finite returns only")
    seen = values[~hidden]
    if len(seen) < LEAST_OBSERVATIONS:
        raise TooFewObservations("the sample of returns", len(seen), LEAST_OBSERVATIONS)
    flaw = flaw_of(seen)
    if flaw:
        raise BadValue("returns", flaw, "returns that vary, in per cent")
    values[hidden] = np.nan
    return values


def flaw_of(seen: Float1D) -> str:
    """Return why a finite sample cannot be fitted, or an empty text.

    Parameters
    ----------
    seen : ndarray of shape (n,)
        Finite returns.

    Returns
    -------
    str
        ``constant ...`` or ``so large ...`` or nothing.
    """
    largest = float(np.max(np.abs(seen)))
    if largest > 1e100 or (0 < largest < 1e-100):
        return f"as extreme as {largest:g}"
    if float(np.std(seen)) <= 1e-13 * largest:
        return f"constant at {seen[0]:g}"
    return ""


def assemble(spec: ModelSpec, values: Float1D, regressors: Regressors) -> Data:
    """Return the engine's data of one series.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    values : ndarray of shape (T,)
        Checked returns.
    regressors : Regressors
        What the caller gave.

    Returns
    -------
    Data
        Of T sessions, or T - 1 for an autoregressive mean.

    Raises
    ------
    BadValue
        For regressors of another length, not finite, or without information.
    DegenerateDesign
        For a mean and a variance dummy on one day.
    """
    length, lost = len(values), int(spec.mean == "ar1")
    factors = _columns("mean_x", regressors.mean, length)
    additive = _columns("variance_x", regressors.additive, length)
    multiplicative = _columns("variance_dummies", regressors.multiplicative, length)
    _refuse_degenerate(factors, np.hstack([additive, multiplicative]))
    constant = np.ones((length, 0 if spec.mean == "zero" else 1))
    lag = np.zeros((length, lost))
    if lost:
        lag[1:, 0] = np.where(np.isnan(values[:-1]), np.nanmean(values), values[:-1])
    x = np.hstack([constant, lag, factors])[lost:]
    for argument, columns in (("variance_x", additive), ("variance_dummies", multiplicative)):
        _refuse_collinear(argument, np.hstack([np.ones((length, 1)), columns]))
    _refuse_collinear("mean_x", x)
    return Data(
        values[lost:], x, additive[lost:], multiplicative[lost:], _measure(spec, regressors, length)[lost:]
    )


def _columns(argument: str, frame: pd.DataFrame | None, length: int) -> Float2D:
    if frame is None:
        return np.zeros((length, 0))
    columns = np.asarray(frame, dtype=float)
    if columns.ndim != 2 or columns.shape[0] != length:
        raise BadValue(argument, f"{columns.shape[0]} rows", f"{length} rows, one a return")
    for name, column in zip(frame.columns, columns.T, strict=True):
        if not np.isfinite(column).all():
            raise BadValue(f"{argument} column {name!r}", "not finite", "finite numbers only")
        if float(np.ptp(column)) == 0.0:
            raise BadValue(
                f"{argument} column {name!r}", f"constant at {column[0]:g}", "a column that varies"
            )
    return columns


def _measure(spec: ModelSpec, regressors: Regressors, length: int) -> Float1D:
    if (spec.variance == "realized") != (regressors.realized is not None):
        raise BadValue(
            "realized", "given" if regressors.realized is not None else "missing",
            "a realised measure together with variance='realized', and only there",
        )  # fmt: skip
    if regressors.realized is None:
        return np.zeros(length)[:0]
    measure = np.asarray(regressors.realized, dtype=float)
    if measure.shape != (length,):
        raise BadValue("realized", f"{measure.size} values", f"{length}, one a return")
    bad = np.flatnonzero(~(np.isfinite(measure) & (measure > 0)))
    if len(bad):
        raise BadValue(f"realized number {bad[0]}", float(measure[bad[0]]), "positive numbers only")
    return measure


def _refuse_degenerate(factors: Float2D, variance_columns: Float2D) -> None:
    """Refuse variance regressors that live only on days whose residual a mean dummy sets to zero."""
    single = [column != 0 for column in factors.T if np.count_nonzero(column) == 1]
    zeroed = np.any(single, axis=0) if single else np.zeros(len(factors), bool)
    for column in variance_columns.T:
        support = column != 0
        if support.any() and not np.any(support & ~zeroed):
            raise DegenerateDesign(int(np.flatnonzero(support)[0]))


def _refuse_collinear(argument: str, columns: Float2D) -> None:
    scaled = columns / np.maximum(np.abs(columns).max(axis=0, initial=0.0), 1e-300)
    if columns.shape[1] and np.linalg.matrix_rank(scaled) < columns.shape[1]:
        raise BadValue(argument, "a linear combination of other columns", "independent columns")
