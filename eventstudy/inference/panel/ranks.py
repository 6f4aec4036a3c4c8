"""Rank tests: an event's abnormal returns by their place among its own estimation days.

Every test takes a `View` and returns an `Outcome` with one statistic a window. Each event has ranks of its
own, also where a firm has several. Ties share their mean rank; missing days have none. T counts the days on
which any event has an abnormal return.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.panel.outcome import Outcome, gaussian, ratio, student
from eventstudy.inference.panel.view import View, refusing_few

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D

_SAME_RANKS = "the mean rank does not vary over the days"
_SAME_SIGNS = "the mean sign does not vary over the days"
_NO_SCALE = "the standardised CARs do not vary over the events"


@refusing_few
def corrado(view: View) -> Outcome:
    """Corrado (1989): sum over the window of the mean of K - (T_i + 1)/2, over sqrt(H) S(K), N(0, 1).

    K are ranks over the estimation days and all event days of the sample; S(K)^2 is the mean square, over
    all T of these days, of that mean. Meant for complete data: with missing days an event with a longer
    record weighs more.
    """
    scores = view.day_scores
    z = _over_window(view, scores.centred, np.ones(len(scores.centred)))
    return gaussian("corrado", z, view.n, _SAME_RANKS)


@refusing_few
def corrado_zivney_rank(view: View) -> Outcome:
    """Corrado and Zivney (1992): the same of U = K / (T_i + 1) - 1/2, each day's square weighing N_t / N.

    Equal to `corrado` where no day is missing.
    """
    scores = view.day_scores
    z = _over_window(view, scores.scaled, scores.present / view.n)
    return gaussian("corrado_zivney_rank", z, view.n, _SAME_RANKS)


@refusing_few
def corrado_zivney_sign(view: View) -> Outcome:
    """Corrado and Zivney (1992): the same of G = sign(AR - median of the event's T_i days), N(0, 1)."""
    scores = view.day_scores
    z = _over_window(view, scores.sign, np.ones(len(scores.sign)))
    return gaussian("corrado_zivney_sign", z, view.n, _SAME_SIGNS)


@refusing_few
def grank_t(view: View) -> Outcome:
    """GRANK-T of Kolari and Pynnonen (2011): Z sqrt((T - 2) / (T - 1 - Z^2)), t(T - 2).

    The window becomes one artificial day, SCAR_i over the cross-sectional sd of the SCARs, ranked among the
    event's L_i estimation residuals over sigma sqrt(1 - leverage); T = L + 1 points. Z = Ubar_0 / S_U with
    U = K / (T_i + 1) - 1/2 and S_U^2 the mean over all T points of (N_t / N) Ubar_t^2. Holds for correlated
    events of one date.
    """
    scores = view.generalised_scores
    z = ratio(scores.event, scores.deviation)
    t = z * np.sqrt(ratio(np.full(len(z), scores.points - 2.0), scores.points - 1 - z**2))
    return student("grank_t", t, scores.points - 2, n=view.n, why=_NO_SCALE)


@refusing_few
def grank_z(view: View) -> Outcome:
    """GRANK-Z of Kolari and Pynnonen (2011): Ubar_0 over its standard error for independent events, N(0, 1).

    The ranks of `grank_t`; the variance of one event's U is (T_i - 1) / (12 (T_i + 1)).
    """
    scores = view.generalised_scores
    return gaussian("grank_z", scores.event / math.sqrt(scores.variance), view.n, _NO_SCALE)


def _over_window(view: View, mean: Float1D, weight: Float1D) -> Float1D:
    """Sum of a daily mean over each window by sqrt(H) times its root mean square over all days."""
    days = np.isfinite(mean)
    deviation = math.sqrt(float((weight[days] * mean[days] ** 2).mean()))
    event_days = mean[view.sample.residuals.shape[1] :]
    sums = np.array([event_days[span].sum() for span in view.spans])
    return ratio(sums, np.sqrt(view.days) * deviation)
