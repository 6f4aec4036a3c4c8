"""Savickas' (2003) test over events of one series, each return over its own conditional deviation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.errors import BadValue
from eventstudy.inference.composite import episode_t
from eventstudy.inference.outcome import Outcome, shared_dates, too_few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Float1D
    from eventstudy.values import Design


def savickas_test(
    effects: Float1D, variances: Float1D, day0: Sequence[np.datetime64], design: Design
) -> Outcome:
    """Test that day 0 has no effect on average, whatever it does to the variance.

    Parameters
    ----------
    effects : ndarray of shape (N,)
        theta_i, the abnormal return of each event's day 0, per cent.
    variances : ndarray of shape (N,)
        h_i0, the conditional variance of that day by the series' own model, per cent squared:
        the forecast from before the event, because a variance dummy on the day of a mean dummy has no
        maximum likelihood.
    day0 : sequence of datetime64 of shape (N,)
        Each event's first session.
    design : Design
        Level and power.

    Returns
    -------
    Outcome
        ``SAR``, ``savickas``: the mean of S_i = theta_i / sqrt(h_i0), with mean(S) / (sd(S) / sqrt(N)) on
        t(N - 1). Refused for fewer than three events, and for units that share a date: the independent
        units are events of one series, never the series of one date.

    Raises
    ------
    BadValue
        For a variance that is not positive.

    References
    ----------
    Savickas (2003).
    """
    if not (variances > 0).all():
        raise BadValue("an event's conditional variance", float(np.min(variances)), "a positive variance")
    count = len(effects)
    reason = too_few(count, "events") or shared_dates(day0)
    if reason:
        return Outcome(refusals=(reason,))
    plain = episode_t(effects / np.sqrt(variances), design)
    null = f"Student t({count - 1}) over {count} events of one series, two-sided"
    return Outcome((replace(plain, statistic="SAR", method="savickas", null_distribution=null),))
