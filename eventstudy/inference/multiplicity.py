"""Many tests, one question: p-values adjusted for the family they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.errors import BadValue

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D


def romano_wolf(observed: Float1D, null: Float2D) -> Float1D:
    """Return step-down p-values from joint draws of all statistics of a family.

    Parameters
    ----------
    observed : ndarray of shape (m,)
        Statistics on one scale, large values speaking against the null: absolute t ratios for two-sided
        tests, `balanced` scores where scales differ. NaN marks a test without an answer.
    null : ndarray of shape (B, m)
        The same statistics in B joint draws without any effect; finite wherever `observed` is.

    Returns
    -------
    ndarray of shape (m,)
        (1 + #{max of the draws over this and all less extreme tests >= observed}) / (B + 1), made monotone
        from the most extreme test down. NaN where `observed` is; such a test does not count in the family.
        Strong control of the family-wise error under any dependence that the draws carry.

    Raises
    ------
    BadValue
        For draws of another number of tests, or a draw that is not finite where the test has an answer.

    References
    ----------
    Romano and Wolf (2005, 2016); Westfall and Young (1993).
    """
    present = np.flatnonzero(~np.isnan(observed))
    if null.ndim != 2 or null.shape[1] != len(observed):
        raise BadValue("the shape of the joint draws", null.shape, f"(replications, {len(observed)})")
    if not np.isfinite(null[:, present]).all():
        raise BadValue("the joint draws", "not finite", "a finite draw of each test that has an answer")
    order = present[np.argsort(-observed[present], kind="stable")]
    largest = np.full(len(null), -np.inf)
    exceed = np.empty(len(order))
    for rank in range(len(order) - 1, -1, -1):
        np.maximum(largest, null[:, order[rank]], out=largest)
        exceed[rank] = np.count_nonzero(largest >= observed[order[rank]])
    adjusted = np.full(len(observed), np.nan)
    adjusted[order] = np.maximum.accumulate((1 + exceed) / (len(null) + 1))
    return adjusted


def balanced(observed: Float1D, null: Float2D) -> tuple[Float1D, Float2D]:
    """Turn statistics with unlike tails into scores with the same one: minus their own p-values.

    Without it the test with the heaviest tail sets the bar for all others.

    Parameters
    ----------
    observed : ndarray of shape (m,)
        Statistics, large values speaking against the null; NaN passes through.
    null : ndarray of shape (B, m)
        Their joint draws.

    Returns
    -------
    observed, null : ndarray of shape (m,) and (B, m)
        Minus (1 + #{draws >= observed}) / (B + 1), and minus the share of draws that each draw does not
        exceed; the smallest p takes the place of the largest statistic (Westfall and Young 1993).
    """
    draws = len(null)
    scores = np.empty_like(null)
    own = np.full(len(observed), np.nan)
    for j, column in enumerate(null.T):
        ordered = np.sort(column)
        scores[:, j] = -(draws - np.searchsorted(ordered, column, side="left")) / draws
        if not np.isnan(observed[j]):
            exceed = draws - np.searchsorted(ordered, observed[j], side="left")
            own[j] = -(1 + exceed) / (draws + 1)
    return own, scores


def holm(p: Float1D) -> Float1D:
    """Return Holm's (1979) step-down p-values: family-wise, whatever the dependence.

    Parameters
    ----------
    p : ndarray of shape (m,)
        Raw p-values; NaN marks a test without an answer.

    Returns
    -------
    ndarray of shape (m,)
        The running maximum of (m - j + 1) p_(j), at most 1; NaN where `p` is, not counted in m.
    """
    order = _ascending(p)
    size = len(order)
    stepped = np.maximum.accumulate(p[order] * (size - np.arange(size)))
    return _put_back(p, order, np.minimum(stepped, 1.0))


def benjamini_hochberg(p: Float1D) -> Float1D:
    """Return Benjamini and Hochberg's (1995) step-up p-values: the false discovery rate of a screen.

    Parameters
    ----------
    p : ndarray of shape (m,)
        Raw p-values; NaN marks a test without an answer.

    Returns
    -------
    ndarray of shape (m,)
        The running minimum, from the largest down, of m p_(j) / j, at most 1; NaN where `p` is, not counted
        in m. Valid under independence and under positive regression dependence.
    """
    order = _ascending(p)
    size = len(order)
    raised = p[order] * size / np.arange(1, size + 1)
    stepped = np.minimum.accumulate(raised[::-1])[::-1]
    return _put_back(p, order, np.minimum(stepped, 1.0))


def _ascending(p: Float1D) -> Int1D:
    answered = np.flatnonzero(~np.isnan(p))
    return np.asarray(answered[np.argsort(p[answered], kind="stable")])


def _put_back(p: Float1D, order: Int1D, adjusted: Float1D) -> Float1D:
    placed = np.full(len(p), np.nan)
    placed[order] = adjusted
    return placed
