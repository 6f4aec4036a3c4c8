"""Linear regressions that are told apart by their standard errors: ordinary, White, Newey-West, clustered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from eventstudy.checking import at_least
from eventstudy.errors import BadValue, TooFewObservations

if TYPE_CHECKING:
    from statsmodels.regression.linear_model import RegressionResults

    from eventstudy.arrays import Float2D

Errors: TypeAlias = Literal["ols", "hc1", "hc3", "hac", "cluster"]
ERRORS: tuple[str, ...] = ("ols", "hc1", "hc3", "hac", "cluster")
_FEWEST_GROUPS = 3
_FULL_LEVERAGE = 1 - 1e-10


@dataclass(frozen=True)
class Regression:
    """A fitted line with the errors asked for.

    Attributes
    ----------
    table : DataFrame
        Index ``term`` (``constant`` first); columns estimate, se, statistic, p_value (two-sided), lower and
        upper (95 % interval). Estimates are in the unit of the outcome per unit of the regressor.
    n : int
        Observations used.
    left_out : int
        Observations with a missing number.
    r_squared : float
        Share of the outcome's variation about its mean that the line explains.
    errors : str
        ``ols``; ``hc1`` (White 1980, with n / (n - k)); ``hc3`` (MacKinnon and White 1985); ``hac`` (Newey
        and West 1987, Bartlett weights, with n / (n - k)); ``cluster`` (Liang and Zeger 1986, with the usual
        small-sample factor).
    lags : int or None
        Lags of ``hac``.
    null_distribution : str
        Where the p-values come from: t on n - k, or on the number of groups less one.
    """

    table: pd.DataFrame
    n: int
    left_out: int
    r_squared: float
    errors: str
    lags: int | None
    null_distribution: str


def regress(
    outcome: pd.Series[float],
    regressors: pd.DataFrame,
    errors: Errors,
    *,
    lags: int | None = None,
    groups: pd.Series[Any] | None = None,
) -> Regression:
    """Regress an outcome on a constant and regressors.

    Parameters
    ----------
    outcome : Series
        One number an observation; NaN leaves it out.
    regressors : DataFrame
        Same index; NaN leaves the observation out. No column for the constant; no columns at all will do.
    errors : str
        ``ols``, ``hc1``, ``hc3``, ``hac`` or ``cluster``.
    lags : int or None
        Of ``hac``, whose observations are in time order; None for floor(4 (n / 100)^(2/9)) (Newey and West
        1994).
    groups : Series or None
        Same index; the group of each observation, for ``cluster``. A missing group leaves it out.

    Returns
    -------
    Regression
        With t on n - k degrees of freedom, on groups less one for ``cluster``.

    Raises
    ------
    BadValue
        For unknown errors, ``cluster`` without groups, lags without ``hac`` or as many as observations,
        regressors that are no numbers, infinite or collinear, or ``hc3`` where one observation alone decides
        a coefficient.
    TooFewObservations
        For fewer observations than coefficients plus one, or fewer than 3 groups.
    """
    if errors not in ERRORS:
        raise BadValue("errors", errors, f"one of {', '.join(ERRORS)}")
    if (errors == "cluster") != (groups is not None):
        raise BadValue("groups", groups, "the group of each observation with errors='cluster', and only then")
    if lags is not None and errors != "hac":
        raise BadValue("lags", lags, "a number of lags with errors='hac', and only then")
    design = _numbers(regressors)
    design.insert(0, "constant", 1.0)
    whole = outcome.notna() & design.notna().all(axis=1)
    if groups is not None:
        whole &= groups.notna()
    y, x = outcome[whole], design[whole]
    _check(x, errors)
    chosen = None if groups is None else groups[whole]
    covariance = _covariance(errors, len(y), lags, chosen)
    fitted = OLS(y.to_numpy(dtype=float), x.to_numpy()).fit(use_t=True, **covariance)
    degrees = len(y) - x.shape[1] if chosen is None else chosen.nunique() - 1
    return Regression(
        table=_table(fitted, list(x.columns)),
        n=len(y),
        left_out=int((~whole).sum()),
        r_squared=float(fitted.rsquared),
        errors=errors,
        lags=covariance["cov_kwds"]["maxlags"] if errors == "hac" else None,
        null_distribution=f"t({degrees})",
    )


def _numbers(regressors: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of the regressors as numbers, or say that they are none."""
    if not isinstance(regressors, pd.DataFrame):
        raise BadValue("regressors", f"of type {type(regressors).__name__}", "a DataFrame")
    try:
        numbers = regressors.astype(float)
    except (TypeError, ValueError) as error:
        raise BadValue("regressors", str(error), "numbers only, NaN where one is missing") from None
    if np.isinf(numbers.to_numpy()).any():
        raise BadValue("regressors", "infinite", "finite numbers, NaN where one is missing")
    return numbers


def _covariance(errors: Errors, n: int, lags: int | None, groups: pd.Series[Any] | None) -> dict[str, Any]:
    """Return how statsmodels is asked for the covariance of the coefficients."""
    if errors == "hac":
        chosen = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
        at_least("lags", chosen, 0)
        if chosen >= n:
            raise BadValue("lags", chosen, f"fewer lags than the {n} observations")
        return {"cov_type": "HAC", "cov_kwds": {"maxlags": chosen, "use_correction": True}}
    if groups is not None:
        codes, names = pd.factorize(groups)
        if len(names) < _FEWEST_GROUPS:
            raise TooFewObservations("the number of groups", len(names), _FEWEST_GROUPS)
        return {"cov_type": "cluster", "cov_kwds": {"groups": codes}}
    return {"cov_type": {"ols": "nonrobust", "hc1": "HC1", "hc3": "HC3"}[errors]}


def _check(x: pd.DataFrame, errors: Errors) -> None:
    """Refuse a design that leaves coefficients or their errors undefined."""
    values: Float2D = x.to_numpy()
    if len(values) <= values.shape[1]:
        raise TooFewObservations("the regression", len(values), values.shape[1] + 1)
    if np.linalg.matrix_rank(values) < values.shape[1]:
        raise BadValue("regressors", list(x.columns), "columns of which none is a combination of the others")
    if errors == "hc3":
        basis, _ = np.linalg.qr(values)
        if (basis**2).sum(axis=1).max() > _FULL_LEVERAGE:
            raise BadValue("errors", errors, "hc1: one observation alone decides a coefficient")


def _table(fitted: RegressionResults, terms: list[str]) -> pd.DataFrame:
    interval = fitted.conf_int(0.05)
    columns = {
        "estimate": fitted.params,
        "se": fitted.bse,
        "statistic": fitted.tvalues,
        "p_value": fitted.pvalues,
        "lower": interval[:, 0],
        "upper": interval[:, 1],
    }
    return pd.DataFrame(columns, index=pd.Index(terms, name="term"))
