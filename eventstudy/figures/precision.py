"""What a printed number claims: its value, its precision, and how a true value compares with it.

Everything is exact rational arithmetic, so a value on the edge of a rounding interval is judged by
the rule and never by the last bit of a float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from eventstudy.errors import BadValue

HALF = Fraction(1, 2)
_CENT = 0.01
_MINUS_SIGNS = str.maketrans(dict.fromkeys("−–\N{FULLWIDTH HYPHEN-MINUS}", "-"))
_NUMBER = re.compile(r"(?P<sign>[+-]?) ?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<decimals>\d+))? ?[%％]?")


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers between two ends, both ends included; exact.

    Attributes
    ----------
    low, high : Fraction
        ``low <= high``.
    """

    low: Fraction
    high: Fraction

    def __contains__(self, value: Fraction) -> bool:
        return self.low <= value <= self.high

    def meets(self, other: Interval) -> bool:
        """Say whether the two intervals share a number."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it was printed.

    Attributes
    ----------
    text : str
        The printed text.
    value : Fraction
        The number, exact; its sign is the printed one.
    unit : Fraction
        One unit in the last printed decimal place, ``u = 10**-decimals``.
    """

    text: str
    value: Fraction
    unit: Fraction

    @property
    def rounded(self) -> Interval:
        """True values that print so by rounding to nearest: ``[x - 0.5u, x + 0.5u]``."""
        return Interval(self.value - HALF * self.unit, self.value + HALF * self.unit)

    @property
    def possible(self) -> Interval:
        """True values that print so by rounding or by cutting digits off, hull of both."""
        low, high = self.rounded.low, self.rounded.high
        if self.value >= 0:
            high = self.value + self.unit
        if self.value <= 0:
            low = self.value - self.unit
        return Interval(low, high)

    def truncates(self, true: Fraction) -> bool:
        """Say whether cutting digits off the true value prints this: ``[x, x + u)`` away from zero.

        A printed zero may be cut from either side of zero.
        """
        beyond = abs(true) - abs(self.value)
        same_side = self.value == 0 or true * self.value > 0
        return same_side and 0 <= beyond < self.unit


def read_printed(text: str) -> Printed:
    """Read a printed number.

    Parameters
    ----------
    text : str
        For example ``31,136.58``, ``-2,644.00``, ``+22.81``, ``-7.83%``, ``−7.8 %``, ``2,289``.
        Thousands commas, a leading sign (hyphen, minus sign, en dash) and a trailing per cent
        sign are understood.

    Returns
    -------
    Printed
        Value and unit of the last decimal place, exact.

    Raises
    ------
    BadValue
        If the text is anything else.
    """
    found = _NUMBER.fullmatch(text.strip().translate(_MINUS_SIGNS))
    if found is None:
        raise BadValue("quoted figure", text, "a number as printed, such as 31,136.58 or -7.83%")
    decimals = found["decimals"] or ""
    digits = found["sign"] + found["whole"].replace(",", "") + decimals
    unit = Fraction(1, 10 ** len(decimals))
    return Printed(text, int(digits) * unit, unit)


def judge(printed: Printed, true: Fraction) -> tuple[str, str]:
    """Compare a printed number with the true value, respecting the printed precision.

    Parameters
    ----------
    printed : Printed
        The number as printed, unit ``u`` in its last place.
    true : Fraction
        The true value, in the same unit of measurement.

    Returns
    -------
    verdict : str
        ``EXACT`` in ``[x - 0.5u, x + 0.5u]``; ``TRUNCATED`` only in ``[x, x + u)`` away from
        zero; ``OFF_BY_UNIT`` when at most ``u`` away; else ``MISMATCH``. Never a relative tolerance.
    rule : str
        The rule that decided, in words.
    """
    unit = plain(printed.unit)
    if true in printed.rounded:
        return "EXACT", f"the true value rounds to the printed figure (within half of {unit})"
    if printed.truncates(true):
        return "TRUNCATED", f"digits beyond {unit} were cut off instead of rounded"
    if abs(printed.value - true) <= printed.unit:
        return "OFF_BY_UNIT", f"neither rounded nor cut off, yet within one unit of {unit}"
    return "MISMATCH", f"more than one unit of {unit} away from the true value"


def published(price: float) -> Fraction:
    """Return the price that was published, given one that a vendor may have kept in 32 bits.

    Vendors store 31136.58 as the nearest float32 and hand out 31136.5801, an error of up to 6e-8
    of the price that would decide comparisons made in the second decimal of a change. The answer
    is the shortest decimal that float32 cannot tell from the stored price: it moves no price by
    more than one float32 step, and restores every two-decimal price below 131,072. Where float32
    is coarser than a cent the stored price is taken at its word.

    Parameters
    ----------
    price : float
        A stored price, finite.

    Returns
    -------
    Fraction
        The price, exact.
    """
    short = np.float32(price)
    if np.spacing(short) > _CENT:
        return Fraction(repr(float(price)))
    return Fraction(str(short))


def plain(value: Fraction) -> str:
    """Write an exact number for people: the shortest text of its float, no thousands separators."""
    return f"{float(value):.15g}"
