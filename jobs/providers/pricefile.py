"""One strict reader for price files: bytes in, a table of numbers out, or the exact place that is wrong."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pandas as pd

from jobs.errors import BadPriceFile
from jobs.providers.base import COLUMNS, PRICES

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.arrays import Bool1D, Float1D

HEADER: tuple[str, ...] = ("date", *COLUMNS)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ABSENT = ("nan", "na", "n/a", "null", "none", "-", ".")


def parse_prices(file: str, content: bytes, *, signed: bool, latest: date) -> pd.DataFrame:
    """Read a file of daily prices, trusting nothing.

    Parameters
    ----------
    file : str
        The file as it was found, for error messages.
    content : bytes
        UTF-8 text, with or without a byte-order mark. The first line names the columns; those
        of `HEADER` are needed, in any order, and others are ignored. Dates are ISO and ascending;
        blank means absent, never in ``close``.
    signed : bool
        True for yields, which may be zero or negative; prices must be positive.
    latest : date
        No row may be dated later.

    Returns
    -------
    DataFrame
        Columns ``open high low close volume``, float64, NaN where blank; index ``session``, naive midnights
        as ``datetime64[us]``, strictly increasing; at least two rows.

    Raises
    ------
    BadPriceFile
        Names file, line and column, what was found there and how to mend it.
    """
    return _Reader(file, _lines(file, content)).frame(signed, latest)


class _Reader:
    """The fields of one file as text, and the checks that turn them into numbers."""

    def __init__(self, file: str, lines: list[list[str]]) -> None:
        self.file = file
        header = [name.strip() for name in lines[0]]
        self._check_shape(header, lines)
        by_name = dict(zip(header, zip(*lines[1:], strict=True), strict=True))
        self.texts = {name: [text.strip() for text in by_name[name]] for name in HEADER}

    def frame(self, signed: bool, latest: date) -> pd.DataFrame:
        days = self._days(latest)
        numbers = {name: self._numbers(name, signed) for name in COLUMNS}
        index = pd.DatetimeIndex(np.array(days, dtype="datetime64[us]"), name="session")
        return pd.DataFrame(numbers, index=index)

    def _check_shape(self, header: list[str], lines: list[list[str]]) -> None:
        for name in HEADER:
            if name not in header:
                found = f"there is no column '{name}' in '{','.join(header)[:120]}'"
                self._refuse(0, None, found, f"add '{name}' to the header, its fields blank where absent")
        twice = [name for name, count in Counter(header).items() if count > 1]
        if twice:
            self._refuse(0, twice[0], "the column stands there twice", "keep one of them")
        for place, fields in enumerate(lines):
            if len(fields) != len(header):
                found = f"{len(fields)} fields where the header has {len(header)}"
                self._refuse(place, None, found, "bring the line whole, or delete it")
        if len(lines) < 3:
            self._refuse(None, None, f"holds {len(lines) - 1} rows of prices", "bring at least two sessions")

    def _days(self, latest: date) -> list[date]:
        days = [self._day(place, text) for place, text in enumerate(self.texts["date"], start=1)]
        for place, (before, day) in enumerate(pairwise(days), start=2):
            if day == before:
                self._refuse(place, "date", f"{day} stands there twice", "keep one row a date")
            if day < before:
                self._refuse(place, "date", f"{day} comes after {before}", "sort the rows by date")
        if days[-1] > latest:
            place = next(place for place, day in enumerate(days, start=1) if day > latest)
            self._refuse(place, "date", f"{days[place - 1]} lies in the future", "delete the row")
        return days

    def _day(self, place: int, text: str) -> date:
        try:
            return date.fromisoformat(text if _DATE.fullmatch(text) else "")
        except ValueError:
            self._refuse(place, "date", f"'{text[:40]}' is not a date", "write dates as 2025-04-07")

    def _numbers(self, name: str, signed: bool) -> Float1D:
        texts = self.texts[name]
        readable = np.array([not text or bool(_NUMBER.fullmatch(text)) for text in texts])
        self._demand(readable, name, "is not a number", _number_remedy)
        values = np.array([float(text) if text else np.nan for text in texts])
        self._demand(~np.isinf(values), name, "is too large for a number", "correct it or leave it blank")
        if name == "close":
            self._demand(~np.isnan(values), name, "is no close", "fill it in or delete the row")
        if name in PRICES and not signed:
            what = "is not a price: prices are positive"
            self._demand(~(values <= 0), name, what, "correct it or delete the row")
        if name == "volume":
            self._demand(~(values < 0), name, "is not a volume", "correct it or leave it blank")
        return values

    def _demand(self, fine: Bool1D, name: str, what: str, remedy: str | Callable[[str], str]) -> None:
        if not fine.all():
            place = int(np.argmin(fine))
            text = self.texts[name][place]
            shown = f"'{text[:40]}'" if text else "a blank field"
            told = remedy if isinstance(remedy, str) else remedy(text)
            self._refuse(place + 1, name, f"{shown} {what}", told)

    def _refuse(self, place: int | None, column: str | None, what: str, remedy: str) -> NoReturn:
        raise BadPriceFile(self.file, None if place is None else place + 1, column, what, remedy)


def _number_remedy(text: str) -> str:
    if text.lower() in _ABSENT:
        return "leave the field blank where the source has no value"
    return "write plain digits with a decimal point, such as 34609.5"


def _lines(file: str, content: bytes) -> list[list[str]]:
    """Return the fields of every line, the header first; blank lines at the end do not count."""
    text = _text(file, content).rstrip("\r\n")
    if not text.strip():
        raise BadPriceFile(file, None, None, "is empty", f"bring rows under the header {','.join(HEADER)}")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return [_fields(file, number, line) for number, line in enumerate(lines, start=1)]


def _fields(file: str, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as trouble:
        remedy = "bring plain comma-separated text, without quotation marks"
        raise BadPriceFile(file, number, None, str(trouble), remedy) from None


def _text(file: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = content.count(b"\n", 0, trouble.start) + 1
        found = f"the byte 0x{content[trouble.start]:02x} is not UTF-8"
        raise BadPriceFile(file, line, None, found, "save the file as UTF-8 text") from None
