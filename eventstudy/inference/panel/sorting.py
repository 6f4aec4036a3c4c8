"""The order of the numbers in each row of a matrix, ties and gaps included, as fast as a plain sort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from eventstudy.arrays import Float2D, Int1D, Int2D

TILE = 127
"""Rows handled at once: few enough to stay in the processor's cache, and to count two of each in a byte."""

_LAST = np.finfo(np.float64).max


@dataclass(frozen=True)
class SortedRows:
    """The columns of N rows in the order of their values.

    Attributes
    ----------
    order : ndarray of int of shape (N, T)
        Column of the smallest number of each row, of the next, and so on; NaN come last.
    rank : ndarray of shape (N, T) or (1, T)
        Rank of each in that order from 1, tied numbers sharing their mean rank; one row for all where
        nothing is tied.
    """

    order: Int2D
    rank: Float2D

    @property
    def tied(self) -> bool:
        """False only if no two numbers of a row are."""
        return len(self.rank) != 1 or len(self.order) == 1


def sorted_rows(values: Float2D) -> SortedRows:
    """Sort each row, keeping the columns.

    The column is written into the lowest bits of the number itself, so that one sort of numbers gives the
    order. Numbers that agree to about twelve digits therefore count as tied, as they should: rounding alone
    tells them apart.

    Parameters
    ----------
    values : ndarray of shape (N, T)
        Numbers; NaN where one is missing.

    Returns
    -------
    SortedRows
        Order and ranks.
    """
    columns = np.arange(values.shape[1])
    low = (1 << len(columns).bit_length()) - 1
    gaps = np.isnan(values)
    keys = np.where(gaps, _LAST, values) if gaps.any() else values + 0.0
    bits = keys.view(np.int64)
    bits &= ~low
    bits |= columns
    keys.sort(axis=1)
    order = bits & low
    bits &= ~low
    return SortedRows(order, _mean_ranks(bits))


def ranks(values: Float2D) -> Float2D:
    """Rank each row.

    Parameters
    ----------
    values : ndarray of shape (N, T)
        Numbers; NaN where one is missing.

    Returns
    -------
    ndarray of shape (N, T)
        Ranks from 1, tied numbers sharing their mean rank; NaN where a number is missing.
    """
    rows = sorted_rows(values)
    found = np.empty(values.shape)
    np.put_along_axis(found, rows.order, np.broadcast_to(rows.rank, values.shape), axis=1)
    return np.where(np.isnan(values), np.nan, found)


def tiles(counts: Int1D) -> Iterator[tuple[Int1D | slice, int]]:
    """Cut rows into pieces with equally many numbers.

    Parameters
    ----------
    counts : ndarray of int of shape (N,)
        Numbers, not NaN, in each row.

    Returns
    -------
    iterator of (rows, count)
        At most `TILE` rows, as a slice where all rows have the same count, and what each of them has.
    """
    if (counts == counts[0]).all():
        for first in range(0, len(counts), TILE):
            yield slice(first, first + TILE), int(counts[0])
        return
    for count in np.unique(counts).tolist():
        rows = np.flatnonzero(counts == count)
        for first in range(0, len(rows), TILE):
            yield rows[first : first + TILE], count


def present(values: Float2D) -> Int1D:
    """Count the numbers of each row that are not NaN.

    Parameters
    ----------
    values : ndarray of shape (N, T)
        Numbers; NaN where one is missing.

    Returns
    -------
    ndarray of int of shape (N,)
        T where nothing is missing.
    """
    rows, columns = values.shape
    if np.isfinite(values.sum()):
        return np.full(rows, columns)
    return np.asarray(columns - np.count_nonzero(np.isnan(values), axis=1))


def counted(true: NDArray[np.bool_], axis: int) -> NDArray[np.uint8]:
    """Count in a byte, which is several times faster than in an integer.

    Parameters
    ----------
    true : ndarray of bool
        At most 255 long on the axis.
    axis : int
        Along which to count.

    Returns
    -------
    ndarray of uint8
        Without that axis.
    """
    return np.asarray(true.view(np.uint8).sum(axis=axis, dtype=np.uint8))


def _mean_ranks(keys: Int2D) -> Float2D:
    """Ranks of sorted keys; one row for all where nothing is tied."""
    place = np.arange(keys.shape[1])
    tied = keys[:, 1:] == keys[:, :-1]
    if not tied.any():
        return np.asarray(place[None, :] + 1.0)
    edge = np.ones((len(keys), 1), dtype=bool)
    opens, closes = np.hstack([edge, ~tied]), np.hstack([~tied, edge])
    first = np.maximum.accumulate(np.where(opens, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(closes, place, place[-1])[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((first + last) / 2 + 1)
