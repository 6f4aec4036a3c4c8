"""Which days carry a fit, and what it is without them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue
from eventstudy.garch.curvature import active_rows, directions, hessian, session_scores, value_and_score
from eventstudy.garch.estimation import estimate
from eventstudy.garch.fit import describe

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D
    from eventstudy.garch.fitted import GarchFit

_STARTS = 2


@dataclass(frozen=True)
class Influence:
    """Days by influence, and refits without the first of them.

    Attributes
    ----------
    displacement : Series
        One value a session, largest first: s' H^-1 s of its score, twice what the log-likelihood of all days
        loses, to first order, when that day is left out (Cook 1986).
    refits : DataFrame
        Index ``left_out`` = 0, 1, ..., k days; columns ``session`` (the day left out last), ``status``,
        ``loglikelihood``, ``persistence`` and the parameters.
    """

    displacement: pd.Series
    refits: pd.DataFrame


def influence(fitted: GarchFit, days: int = 3) -> Influence:
    """Rank the days of a fit by influence and refit without the most influential.

    Parameters
    ----------
    fitted : GarchFit
        The fit.
    days : int
        Refit without the first 1, 2, ..., `days` days; a day left out adds nothing to the likelihood, and in
        the recursion its squared residual is replaced by its expectation.

    Returns
    -------
    Influence
        The ranking and the refits.

    Raises
    ------
    BadValue
        For fewer than 1 day, or so many that too few are left.
    """
    seen = int(fitted.residuals.notna().sum())
    most = seen - max(50, 5 * len(fitted.params))
    if not 1 <= days <= most:
        raise BadValue("days", days, f"a whole number from 1 to {most}")
    displacement = _displacement(fitted)
    order = np.argsort(-displacement, kind="stable")
    index = fitted.residuals.index
    rows = [_row(fitted, None)]
    rows += [_row(_without(fitted, order[: k + 1]), index[order[k]]) for k in range(days)]
    return Influence(
        displacement=pd.Series(displacement[order], index=index[order], name="displacement"),
        refits=pd.DataFrame(rows, index=pd.RangeIndex(days + 1, name="left_out")),
    )


def _displacement(fitted: GarchFit) -> Float1D:
    plan, found = fitted._plan, fitted._estimate
    linear = plan.restriction.map
    _, _, information = value_and_score(found.theta, plan.sample)
    rows = session_scores(found.theta, plan.sample)
    scales = np.sqrt(np.maximum(np.diag(linear.T @ information @ linear), 0.0))
    basis = directions(active_rows(plan.limits, found.held), scales)
    curvature = -basis.T @ hessian(found.theta, plan.sample, linear) @ basis
    scores = rows @ linear @ basis
    return np.asarray(np.einsum("ti,ij,tj->t", scores, np.linalg.pinv(curvature, hermitian=True), scores))


def _without(fitted: GarchFit, positions: np.ndarray) -> GarchFit:
    y = fitted._plan.sample.y.copy()
    y[positions] = np.nan
    plan = replace(fitted._plan, sample=fitted._plan.sample._replace(y=y))
    found = estimate(plan, _STARTS, warm=fitted._estimate.free)
    return describe(plan, found, fitted.residuals.index, fitted._last_return)


def _row(fitted: GarchFit, session: object) -> dict[str, object]:
    return {
        "session": session,
        "status": fitted.status,
        "loglikelihood": fitted.loglikelihood,
        "persistence": fitted.persistence,
        **fitted.params,
    }
