"""The figures of a price file: plain ones quickly, decorated ones where they have one meaning only."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from jobs.providers.base import COLUMNS, PRICES
from jobs.providers.headings import narrow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy.arrays import Float1D
    from jobs.providers.reading import Reading

_PLAIN = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"  # one way to match: no backtracking over a file
_NUMBER = re.compile(_PLAIN, re.ASCII)
_COLUMN = re.compile(rf"(?:(?:{_PLAIN})?\n)*+", re.ASCII)
_ABSENT = ("nan", "na", "n/a", "#n/a", "null", "none", "-", "--", ".", "―", "－", "…")
_SCALES = {"K": 10**3, "M": 10**6, "B": 10**9}
_SCALED = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([KMB])", re.ASCII)
_POINT_DECIMAL = re.compile(r"[+-]?(?:\d*\.(?!\d{3}$)\d+|\d{4,}\.\d+|0?\.\d+)", re.ASCII)
_THREE_DECIMALS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_SIGNS = {"yen": "¥\\円", "dollar": "$", "per cent": "%"}


def figures_of(
    texts: Mapping[str, Sequence[str]], lines: Sequence[int], reading: Reading
) -> dict[str, Float1D]:
    """Return the figures of the five columns.

    Parameters
    ----------
    texts : mapping of str to sequence of str
        Column to its texts, one a row, blanks around them cut.
    lines : sequence of int
        Line number of each row.
    reading : Reading
        What is known of the file; takes the notes.

    Returns
    -------
    dict of str to ndarray
        Column to figures, one a row; NaN where the text is blank or a word that the mapping calls absent.
        Infinite where a figure is too large.

    Raises
    ------
    BadPriceFile
        For a text that is no number, or one that can be two.
    """
    mapping = reading.mapping
    told = mapping.decimal or mapping.thousands or mapping.absent or mapping.factor is not None
    if not told and all(_COLUMN.fullmatch("\n".join(texts[name]) + "\n") for name in COLUMNS):
        return {name: _floats(texts[name]) for name in COLUMNS}
    return _Decorated(texts, lines, reading).figures()


def check_points(texts: Mapping[str, Sequence[str]], lines: Sequence[int], reading: Reading) -> None:
    """Refuse figures that may have points between thousands: each with one point and three digits after it.

    Parameters
    ----------
    texts : mapping of str to sequence of str
        Column to its texts, one a row.
    lines : sequence of int
        Line number of each row.
    reading : Reading
        What is known of the file.

    Raises
    ------
    BadPriceFile
        Names the first such figure.
    """
    if reading.mapping.decimal is not None or reading.mapping.thousands is not None:
        return
    pointed = [(name, place) for name in COLUMNS for place, text in enumerate(texts[name]) if "." in text]
    if pointed and all(_THREE_DECIMALS.fullmatch(texts[name][place]) for name, place in pointed):
        name, place = pointed[0]
        what = f"'{texts[name][place]}' can be a number of thousands or a decimal fraction"
        reading.ask(lines[place], name, what, 'decimal = ".", or thousands = "." with decimal = ",",')


def _floats(texts: Sequence[str]) -> Float1D:
    return np.array([float(text) if text else np.nan for text in texts], dtype=np.float64)


class _Decorated:
    """The columns of a file whose figures are not all plain, undressed step by step."""

    def __init__(self, texts: Mapping[str, Sequence[str]], lines: Sequence[int], reading: Reading) -> None:
        self.original, self.lines, self.reading = texts, lines, reading
        absent = reading.mapping.absent
        self.texts = {
            name: [
                narrow(text).replace("￥", "¥").replace("−", "-") if text not in absent else ""
                for text in column
            ]
            for name, column in texts.items()
        }

    def figures(self) -> dict[str, Float1D]:
        self._note_width()
        for name in COLUMNS:
            self._strip_signs(name)
        self._strip_marks()
        scaled = {name: self._values(name) for name in COLUMNS}
        factor = self.reading.mapping.factor
        if factor is not None:
            self.reading.note(f"prices times {factor}", "prices in the series' own unit")
        return scaled

    def _note_width(self) -> None:
        absent = self.reading.mapping.absent
        if any(
            text not in absent and narrow(text) != text
            for column in self.original.values()
            for text in column
        ):
            self.reading.note("figures in full-width digits", "figures in plain digits")

    def _strip_signs(self, name: str) -> None:
        """Take off a unit that every figure of the column bears."""
        for unit, signs in _SIGNS.items():
            if unit == "per cent" and self.reading.quantity == "price":
                continue
            figure = rf"[^{re.escape(signs)}]+"
            signed = re.compile(rf"[{re.escape(signs)}]{figure}|{figure}[{re.escape(signs)}]")
            filled = [text for text in self.texts[name] if text]
            if filled and all(map(signed.fullmatch, filled)):
                self.texts[name] = [text.strip(signs).strip() for text in self.texts[name]]
                self.reading.note(f"{name} with a sign of {unit}", "figures without signs")

    def _strip_marks(self) -> None:
        decimal, thousands = self.reading.mapping.decimal, self.reading.mapping.thousands
        if decimal is None and thousands is None:
            if not any("," in text for name in COLUMNS for text in self.texts[name]):
                return
            self._check_commas()
            self.reading.note("a comma between thousands", "figures in plain digits")
            decimal, thousands = ".", ","
        decimal = decimal or "."
        for name in COLUMNS:
            self.texts[name] = [
                _unmarked(text, decimal, thousands) if text else "" for text in self.texts[name]
            ]

    def _check_commas(self) -> None:
        """Refuse a file in which a comma can be, or must be, a decimal mark."""
        sure = 0
        for name in COLUMNS:
            for place, text in enumerate(self.texts[name]):
                if "," not in text:
                    sure += _POINT_DECIMAL.fullmatch(text) is not None
                    continue
                grouped = re.fullmatch(r"[+-]?[1-9]\d{0,2}((?:,\d{3})+)(\.\d*)?[KMB]?", text, re.ASCII)
                if grouped is None:
                    self._ask_marks(name, place, "is not a number with a comma between thousands")
                sure += len(grouped[1]) > 4 or bool(grouped[2])
        if sure < 2:
            name, place = next(
                (name, place)
                for name in COLUMNS
                for place, text in enumerate(self.texts[name])
                if "," in text
            )
            self._ask_marks(name, place, "can be a number of thousands or a decimal fraction")

    def _ask_marks(self, name: str, place: int, what: str) -> NoReturn:
        shown = f"'{self.original[name][place][:40]}' {what}"
        entry = 'thousands = ",", or decimal = ",",'
        first = "write plain digits with a decimal point, such as 34609.5"
        self.reading.ask(self.lines[place], name, shown, entry, first=first)

    def _values(self, name: str) -> Float1D:
        factor = self.reading.mapping.factor if name in PRICES else None
        if name == "volume":
            self._check_scales()
        values = [self._value(name, place, text, factor) for place, text in enumerate(self.texts[name])]
        if name == "volume" and any(text[-1:] in _SCALES for text in self.texts[name]):
            self.reading.note("volumes rounded to K, M or B", "volumes in full")
        return np.array(values, dtype=np.float64)

    def _check_scales(self) -> None:
        """Refuse volumes of which some bear a K, M or B and others do not: a letter may have been lost."""
        bare = [text[-1:] not in _SCALES for text in self.texts["volume"]]
        for place, text in enumerate(self.texts["volume"]):
            if text.strip("0") and bare[place] and not all(bare):
                what = f"'{self.original['volume'][place][:40]}' has no K, M or B as other volumes have"
                self.reading.refuse(self.lines[place], "volume", what, "write volumes in full")

    def _value(self, name: str, place: int, text: str, factor: Decimal | None) -> float:
        if not text:
            return np.nan
        if _NUMBER.fullmatch(text):
            return float(text) if factor is None else _product(text, factor)
        scaled = _SCALED.fullmatch(text) if name == "volume" else None
        if scaled:
            return _product(scaled[1], Decimal(_SCALES[scaled[2]]))
        return self._refuse(name, place)

    def _refuse(self, name: str, place: int) -> float:
        text = self.original[name][place]
        what = f"'{text[:40]}' is not a number"
        if text.casefold() in _ABSENT:
            first = "leave the field blank where the source has no value"
            return self.reading.ask(self.lines[place], name, what, f'absent = ["{text}"]', first=first)
        if re.fullmatch(r"\d{1,3}(\.\d{3}){2,}(,\d+)?|\d{1,3}(\.\d{3})+,\d+", text, re.ASCII):
            first = "write plain digits with a decimal point, such as 34609.5"
            entry = 'decimal = "," and thousands = "."'
            return self.reading.ask(self.lines[place], name, what, entry, first=first)
        remedy = "write plain digits with a decimal point, such as 34609.5"
        return self.reading.refuse(self.lines[place], name, what, remedy)


def _unmarked(text: str, decimal: str, thousands: str | None) -> str:
    """Return a figure with a decimal point and no marks between thousands, or what no number looks like."""
    if thousands == " ":
        text = text.replace("\u00a0", " ").replace("\u202f", " ")
    whole, point, fraction = text.partition(decimal)
    if thousands is not None and thousands in whole:
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", _unscaled(whole), re.ASCII):
            return f"?{text}"
        whole = whole.replace(thousands, "")
    if decimal == "," and ("." in whole or "." in fraction):
        return f"?{text}"
    return whole + ("." if point else "") + fraction


def _unscaled(text: str) -> str:
    return text[:-1] if text[-1:] in _SCALES else text


def _product(text: str, factor: Decimal) -> float:
    try:
        return float(Decimal(text) * factor)
    except ArithmeticError:
        return np.inf
