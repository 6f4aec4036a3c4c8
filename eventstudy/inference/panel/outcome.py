"""What a panel test gives back, and the two closed-form nulls: the normal and Student's t."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, FloatND, Int1D

LEAST = 3
"""Events, dates or firms below which no test is made: two of anything are no pattern."""

FLAT = 1e-12
"""A spread this small beside the numbers it is the spread of is rounding, not variation."""


@dataclass(frozen=True)
class Outcome:
    """One test over M windows.

    Attributes
    ----------
    test : str
        Name, as in the battery's table.
    statistic, p_value : ndarray of shape (M,)
        The statistic and its two-sided p-value; both NaN where the test was refused.
    n : ndarray of int of shape (M,)
        Events that the statistic rests on.
    null_distribution : tuple of str
        Where each p-value comes from.
    refused : tuple of str
        Why a statistic is not defined; empty text where it is.
    """

    test: str
    statistic: Float1D
    p_value: Float1D
    n: Int1D
    null_distribution: tuple[str, ...]
    refused: tuple[str, ...]


def ratio(top: FloatND, bottom: FloatND, size: FloatND | float = 0.0) -> FloatND:
    """Divide where the divisor is more than rounding.

    Parameters
    ----------
    top, bottom : ndarray
        Numerator and divisor, of shapes that broadcast.
    size : float or ndarray
        Size of the numbers whose spread the divisor is.

    Returns
    -------
    ndarray
        top / bottom; NaN where bottom is not above `FLAT` times size.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > FLAT * size, top / bottom, np.nan)


def centre_and_spread(values: Float2D) -> tuple[Float1D, Float1D]:
    """Return the mean and the standard deviation of each column.

    Parameters
    ----------
    values : ndarray of shape (N, M)
        One row an event, N of 2 or more.

    Returns
    -------
    mean, deviation : ndarray of shape (M,)
        The deviation on N - 1 degrees of freedom, 0 where it is only rounding.
    """
    mean = values.mean(axis=0)
    deviation = np.sqrt(((values - mean) ** 2).sum(axis=0) / (len(values) - 1))
    return mean, np.where(deviation > FLAT * np.abs(values).max(axis=0), deviation, 0.0)


def concluded(
    test: str,
    *,
    statistic: Float1D,
    p_value: Float1D,
    n: Int1D | int,
    null: str | tuple[str, ...],
    why: str | tuple[str, ...],
) -> Outcome:
    """Return the outcome of a test, refused where its statistic is not a number.

    Parameters
    ----------
    test : str
        Name.
    statistic, p_value : ndarray of shape (M,)
        Not finite where the test is not defined.
    n : int or ndarray of int of shape (M,)
        Events.
    null : str or tuple of M str
        Where the p-values come from.
    why : str or tuple of M str
        What an undefined statistic means.

    Returns
    -------
    Outcome
        With `why` and two NaN in the refused windows.
    """
    defined = np.isfinite(statistic)
    whys = (why,) * len(defined) if isinstance(why, str) else why
    return Outcome(
        test,
        np.where(defined, statistic, np.nan),
        np.where(defined, p_value, np.nan),
        np.broadcast_to(np.asarray(n, dtype=np.int64), defined.shape),
        (null,) * len(defined) if isinstance(null, str) else null,
        tuple("" if good else one for good, one in zip(defined.tolist(), whys, strict=True)),
    )


def refusal(test: str, windows: int, n: int, why: str) -> Outcome:
    """Return an outcome without numbers for every window.

    Parameters
    ----------
    test : str
        Name.
    windows : int
        How many.
    n : int
        Events that were at hand.
    why : str
        What is lacking.

    Returns
    -------
    Outcome
        NaN throughout.
    """
    nothing = np.full(windows, np.nan)
    return concluded(test, statistic=nothing, p_value=nothing, n=n, null="", why=why)


def gaussian(test: str, z: Float1D, n: int, why: str, null: str = "N(0, 1)") -> Outcome:
    """Judge statistics by the standard normal.

    Parameters
    ----------
    test : str
        Name.
    z : ndarray of shape (M,)
        Statistics, not finite where undefined.
    n : int
        Events.
    why : str
        What an undefined statistic means.
    null : str
        The null in words.

    Returns
    -------
    Outcome
        Two-sided.
    """
    p = 2 * special.ndtr(-np.abs(z))
    return concluded(test, statistic=z, p_value=p, n=n, null=null, why=why)


def student(test: str, t: Float1D, df: int, *, n: int, why: str | tuple[str, ...], note: str = "") -> Outcome:
    """Judge statistics by Student's t.

    Parameters
    ----------
    test : str
        Name.
    t : ndarray of shape (M,)
        Statistics, not finite where undefined.
    df : int
        Degrees of freedom.
    n : int
        Events.
    why : str
        What an undefined statistic means.
    note : str
        What to say after the name of the null.

    Returns
    -------
    Outcome
        Two-sided.
    """
    p = np.asarray(2 * special.stdtr(float(df), -np.abs(t)), dtype=np.float64)
    return concluded(test, statistic=t, p_value=p, n=n, null=f"t({df}){note}", why=why)
