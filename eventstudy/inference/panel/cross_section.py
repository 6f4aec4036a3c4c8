"""What explains the abnormal returns: CARs regressed on characteristics of their events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.errors import BadValue
from eventstudy.inference.panel.regression import regress

if TYPE_CHECKING:
    from eventstudy.inference.panel.regression import Errors, Regression


def explain(
    cars: pd.Series[float],
    characteristics: pd.DataFrame,
    errors: Errors = "hc3",
    groups: pd.Series[Any] | None = None,
) -> Regression:
    """Regress cumulative abnormal returns on characteristics.

    CARs of unequal variance call for ``hc1`` or ``hc3``; events that share a date or a firm for ``cluster``
    with that date or firm as the group.

    Parameters
    ----------
    cars : Series
        One CAR an event, index the event's number; NaN where a day of the window is missing.
    characteristics : DataFrame
        Index event, one column a characteristic, numbers; events without a row are left out.
    errors : str
        ``ols``, ``hc1``, ``hc3`` or ``cluster``.
    groups : Series or None
        Index event; for ``cluster``.

    Returns
    -------
    Regression
        Coefficients in the unit of the CARs per unit of the characteristic; ``left_out`` counts events with
        a missing CAR, characteristic or group.

    Raises
    ------
    BadValue
        For ``hac`` (events have no order), an index with repeated events or without any of the study's; else
        as `regress`.
    """
    if errors == "hac":
        raise BadValue("errors", errors, "ols, hc1, hc3 or cluster; events have no order in time")
    for name, given, kind in (
        ("characteristics", characteristics, pd.DataFrame),
        ("groups", groups, pd.Series),
    ):
        if given is not None:
            _check(name, given, kind, cars.index)
    others = None if groups is None else groups.reindex(cars.index)
    return regress(cars, characteristics.reindex(cars.index), errors, groups=others)


def _check(name: str, given: object, kind: type, events: pd.Index[Any]) -> None:
    """Refuse what has no row of its own for any event."""
    if not isinstance(given, (pd.DataFrame, pd.Series)) or not isinstance(given, kind):
        raise BadValue(name, f"of type {type(given).__name__}", f"a {kind.__name__}, one row an event")
    if given.index.has_duplicates:
        raise BadValue(name, "an event twice", "one row an event")
    if not given.index.isin(events).any():
        allowed = "the number of each event in the list of event dates, as in the result's events"
        raise BadValue(f"the index of {name}", "without any event of the study", allowed)
