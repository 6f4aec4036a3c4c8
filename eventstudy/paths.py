"""The days around an event, for charts: what happened beside the band of what could have happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from eventstudy.calm import Calm
    from eventstudy.inference.single_event import Evidence
    from eventstudy.returns import ReturnSeries
    from eventstudy.windows import Placed

PATH_DAYS = (-10, 10)


def path_rows(
    rs: ReturnSeries, item: Placed, calm: Calm, evidence: Evidence, eve: int, level: float
) -> list[dict[str, Any]]:
    """Return the days around one event on one series.

    Parameters
    ----------
    rs : ReturnSeries
        The series.
    item : Placed
        The event.
    calm : Calm
        Its frozen fit.
    evidence : Evidence
        The forecast from the origin of day 0, with draws.
    eve : int
        Position of that origin.
    level : float
        One minus the coverage of the band.

    Returns
    -------
    list of dict
        Keys `eventstudy.results.PATH_COLUMNS`, from the first to the last of `PATH_DAYS` inside the data.
    """
    tail = level / 2
    first = item.day0 - eve
    cumulated = np.cumsum(evidence.null.abnormal[first - 1 : first + PATH_DAYS[1]], axis=0)
    lower, upper = np.quantile(cumulated, [tail, 1 - tail], axis=1)
    car = np.cumsum(evidence.abnormal[first - 1 : first + PATH_DAYS[1]])
    rows = []
    for day in range(PATH_DAYS[0], PATH_DAYS[1] + 1):
        at = item.day0 + day
        if not 0 <= at < len(rs.sessions):
            continue
        ahead = at > eve
        after = day >= 0
        rows.append({
            "event": item.event, "series": rs.series, "relative_day": day, "session": rs.sessions[at],
            "close": rs.close[at], "log_return": rs.returns[at],
            "abnormal_return": evidence.abnormal[at - eve - 1] if ahead else np.nan,
            "car": car[day] if after else np.nan,
            "car_lower": lower[day] if after else np.nan,
            "car_upper": upper[day] if after else np.nan,
            "forecast_variance": evidence.null.step_variance[at - eve - 1] if ahead else np.nan,
            "filtered_variance": calm.variances[at],
        })  # fmt: skip
    return rows
