"""Tests that let events of one date, or of one firm, be correlated in any way.

Every test takes a `View` and returns an `Outcome` with one statistic a window. A date is the session of the
event: windows of different dates are taken as independent even where they overlap.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

from eventstudy.inference.panel.outcome import (
    LEAST,
    Outcome,
    centre_and_spread,
    ratio,
    refusal,
    student,
)
from eventstudy.inference.panel.view import View, refusing_few

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D

_ALIKE = "the CARs add up to their mean in every cluster"


class Clusters(NamedTuple):
    """Events in G groups that may depend on one another inside, not across."""

    member: Int1D
    """Group of each event, shape (N,)."""
    size: Int1D
    """Events in each group, shape (G,)."""


def by_date(view: View) -> Clusters:
    """Return the events of each date.

    Parameters
    ----------
    view : View
        N events.

    Returns
    -------
    Clusters
        One group a date.
    """
    return grouped(view.sample.event_days[:, view.spans[0].start])


def grouped(keys: Int1D) -> Clusters:
    """Return the groups of equal keys.

    Parameters
    ----------
    keys : ndarray of int of shape (N,)
        What the members of a group have in common.

    Returns
    -------
    Clusters
        In the order of the keys.
    """
    _, member, size = np.unique(keys, return_inverse=True, return_counts=True)
    return Clusters(member, size)


def totals(clusters: Clusters, values: Float2D) -> Float2D:
    """Add up values within groups.

    Parameters
    ----------
    clusters : Clusters
        G groups of N events.
    values : ndarray of shape (N, M)
        One row an event.

    Returns
    -------
    ndarray of shape (G, M)
        One row a group.
    """
    events = len(clusters.member)
    belongs = sparse.csc_array((np.ones(events), clusters.member, np.arange(events + 1)))
    return np.asarray(belongs @ values)


@refusing_few
def cluster_t(view: View) -> Outcome:
    """Mean CAR over its standard error clustered by date, t(G - 1).

    The variance is G / (G - 1) x sum over dates of (sum of centred CARs)^2 / N^2 (Liang and Zeger 1986, with
    the usual correction for few clusters). With one event a date it is the cross-sectional t.
    """
    dates = by_date(view)
    if len(dates.size) < LEAST:
        return too_few("cluster_t", view, "dates", len(dates.size))
    t = clustered_t(view, dates)
    return _student("cluster_t", view, t, len(dates.size), "dates")


@refusing_few
def two_way_t(view: View) -> Outcome:
    """Mean CAR over its standard error clustered by firm and by date, t(min(G_firm, G_date) - 1).

    V = V_firm + V_date - V_firm-and-date, each with its own G / (G - 1) (Cameron, Gelbach and Miller 2011);
    refused where the sum is not positive.
    """
    firms, dates = grouped(view.sample.firm), by_date(view)
    least = min(len(firms.size), len(dates.size))
    if least < LEAST:
        return too_few("two_way_t", view, "firms or dates", least)
    both = grouped(firms.member * len(dates.size) + dates.member)
    one, other, common = (_variance(view, clusters) for clusters in (firms, dates, both))
    variance = one + other - common
    t = ratio(view.mean_abnormal, np.sqrt(np.maximum(variance, 0.0)), np.sqrt(one + other))
    return _student("two_way_t", view, t, least, "firms or dates", "the two-way variance is not positive")


@refusing_few
def ibragimov_muller(view: View) -> Outcome:
    """One observation a date: the t of the dates' mean CARs, t(G - 1) (Ibragimov and Muller 2010).

    Valid at 8 per cent and below for dates of unequal variance and any correlation within a date.
    """
    dates = by_date(view)
    groups = len(dates.size)
    if groups < LEAST:
        return too_few("ibragimov_muller", view, "dates", groups)
    mean, deviation = centre_and_spread(totals(dates, view.car) / dates.size[:, None])
    t = ratio(mean * math.sqrt(groups), deviation)
    return _student("ibragimov_muller", view, t, groups, "dates", "the mean CARs of the dates do not vary")


def clustered_t(view: View, clusters: Clusters) -> Float1D:
    """Return the mean CAR over its clustered standard error.

    Parameters
    ----------
    view : View
        N events and M windows.
    clusters : Clusters
        G groups of the events.

    Returns
    -------
    ndarray of shape (M,)
        NaN where every group's CARs add up to its size times the mean.
    """
    return ratio(view.mean_abnormal, np.sqrt(_variance(view, clusters)))


def too_few(test: str, view: View, what: str, have: int) -> Outcome:
    """Refuse a test for want of groups.

    Parameters
    ----------
    test : str
        Name.
    view : View
        Events and windows.
    what : str
        Groups of what.
    have : int
        How many there are.

    Returns
    -------
    Outcome
        Without numbers.
    """
    return refusal(test, len(view.windows), view.n, f"{LEAST} {what} are needed, not {have}")


def _variance(view: View, clusters: Clusters) -> Float1D:
    """Clustered variance of the mean CAR, 0 where it is only rounding."""
    groups = len(clusters.size)
    sums = totals(clusters, view.car - view.mean_abnormal)
    _, deviation = centre_and_spread(view.car)
    spread = np.sqrt((sums**2).sum(axis=0) * groups / (groups - 1)) / view.n
    return np.where((deviation > 0) & (spread > 1e-9 * deviation), spread, 0.0) ** 2


def _student(test: str, view: View, t: Float1D, groups: int, what: str, why: str = _ALIKE) -> Outcome:
    """Judge by t with one degree of freedom less than groups."""
    return student(test, t, groups - 1, n=view.n, why=why, note=f", {groups} {what}")
