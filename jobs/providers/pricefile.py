"""A reader for price files that refuses rather than guesses: bytes in, figures or the wrong place out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobs.providers.base import COLUMNS, PRICES
from jobs.providers.dialect import check_lengths, fields_of
from jobs.providers.figures import check_points, figures_of
from jobs.providers.headings import chosen
from jobs.providers.mapping import PLAIN
from jobs.providers.pricedates import days_of
from jobs.providers.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from eventstudy.arrays import Bool1D, Float1D
    from jobs.providers.dialect import Fields

_ENOUGH = 4  # fewer rows do not tell what is usual in a file
_HIGHEST_YIELD, _LOWEST_VOLATILITY = 25.0, 1.0  # per cent: no median of daily closes ever lay beyond


@dataclass(frozen=True, slots=True)
class Prices:
    """What a file of prices holds.

    Attributes
    ----------
    frame : DataFrame
        Columns ``open high low close volume``, float64, NaN where absent, never in ``close``; index
        ``session``, naive midnights as ``datetime64[us]``, strictly increasing.
    closeless : DataFrame
        As ``frame``, the rows whose close is a word that the mapping calls absent.
    notes : tuple of (str, str, str)
        Name of the rule, what was read otherwise than the plain form has it, and what that form has.
    """

    frame: pd.DataFrame
    closeless: pd.DataFrame
    notes: tuple[tuple[str, str, str], ...]


def parse_prices(file: str, content: bytes, *, signed: bool, latest: date) -> pd.DataFrame:
    """Read a file of daily prices without a mapping.

    Parameters
    ----------
    file : str
        The file as it was found, for error messages.
    content : bytes
        The whole file, see `read_prices`.
    signed : bool
        True for yields, which may be zero or negative; prices must be positive.
    latest : date
        No row may be dated later.

    Returns
    -------
    DataFrame
        As `Prices.frame`; at least two rows.

    Raises
    ------
    BadPriceFile
        Names file, line and column, what was found there and how to mend it.
    """
    series_id = file.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".csv")
    return read_prices(content, Reading(file, series_id, "yield" if signed else "price", latest)).frame


def read_prices(content: bytes, reading: Reading) -> Prices:
    """Read a file of daily prices, trusting nothing.

    Parameters
    ----------
    content : bytes
        A table as text. The plain form is UTF-8, with or without a byte-order mark, a first line that
        names the columns, those of `jobs.providers.mapping.HEADER` in any order and others that are
        ignored, ISO dates ascending, plain digits, blank for absent. Other forms are read where they have
        one meaning only, and noted.
    reading : Reading
        What is known of the file.

    Returns
    -------
    Prices
        At least two rows, with those that have no close.

    Raises
    ------
    BadPriceFile
        Names file, line and column, what was found there and how to mend it, by a line in
        ``mapping.toml`` where that is the way.
    """
    fields = fields_of(content, reading)
    places = chosen(fields.header, fields.title_line, reading)
    check_lengths(fields, reading)
    if len(fields.rows) < 2:
        held = f"holds {len(fields.rows)} rows of prices"
        reading.refuse(None, None, held, "bring at least two sessions")
    columns = list(zip(*fields.rows, strict=True))
    texts = {name: _column(columns, place, len(fields.rows)) for name, place in places.items()}
    days = days_of(texts["date"], fields.lines, reading)
    backwards = _check_order(days, fields.lines, reading)
    frame = pd.DataFrame(_figures(fields, texts, reading), index=_sessions(days))
    _check_end(fields, places, reading)
    closed = frame["close"].notna()
    kept = frame if closed.all() else frame[closed]
    _check_labels(kept, places, fields, reading)
    _check_unit(kept, reading)
    if reading.mapping.adjusted:
        reading.note("closes adjusted for dividends", "closes that are not adjusted", "adjusted prices")
    step = -1 if backwards else 1
    return Prices(kept[::step], frame[~closed][::step], tuple(reading.notes))


def _sessions(days: Sequence[date]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(days, dtype="datetime64[us]"), name="session")


def _figures(fields: Fields, texts: Mapping[str, Sequence[str]], reading: Reading) -> Mapping[str, Float1D]:
    if fields.delimiter != ",":  # where a comma parts fields, a point is decimal
        check_points(texts, fields.lines, reading)
    figures = figures_of(texts, fields.lines, reading)
    _Checks(texts, figures, fields.lines, reading).check()
    return figures


def _column(columns: Sequence[Sequence[str]], place: int | None, rows: int) -> list[str]:
    return [""] * rows if place is None else [text.strip() for text in columns[place]]


def _check_order(days: Sequence[date], lines: Sequence[int], reading: Reading) -> bool:
    """Return whether the newest row comes first; refuse whatever is not in one strict order."""
    told = reading.mapping.order
    backwards = days[-1] < days[0] if told is None else told == "newest_first"
    ordered = all(later < day if backwards else day < later for day, later in pairwise(days))
    if not ordered:
        _refuse_order(days, lines, backwards, reading)
    if max(days[0], days[-1]) > reading.latest:
        place = next(place for place, day in enumerate(days) if day > reading.latest)
        reading.refuse(lines[place], "date", f"{days[place]} lies in the future", "delete the row")
    if backwards and told is None:
        reading.note("the newest row first", "the oldest row first")
    return backwards


def _refuse_order(days: Sequence[date], lines: Sequence[int], backwards: bool, reading: Reading) -> None:
    seen: dict[date, int] = {}
    for day, line in zip(days, lines, strict=True):
        if day in seen:
            what = f"{day} stands there twice, on line {seen[day]} too"
            reading.refuse(line, "date", what, "keep one row a date")
        seen[day] = line
    rising = sum(day < later for day, later in pairwise(days))
    backwards = backwards if reading.mapping.order else rising * 2 < len(days) - 1
    for place, (day, later) in enumerate(pairwise(days), start=1):
        if backwards and later > day:
            reading.refuse(
                lines[place], "date", f"{later} comes after {day}, newest first", "sort the rows by date"
            )
        if later < day and not backwards:
            reading.refuse(lines[place], "date", f"{later} comes after {day}", "sort the rows by date")


class _Checks:
    """What must hold of every figure of a file."""

    def __init__(
        self,
        texts: Mapping[str, Sequence[str]],
        figures: Mapping[str, Float1D],
        lines: Sequence[int],
        reading: Reading,
    ) -> None:
        self.texts, self.figures, self.lines, self.reading = texts, figures, lines, reading

    def check(self) -> None:
        for name in COLUMNS:
            self._check(name, self.figures[name])

    def _check(self, name: str, values: Float1D) -> None:
        self._demand(~np.isinf(values), name, "is too large for a number", "correct it or leave it blank")
        if name == "close":
            self._demand(
                ~np.isnan(values) | self._absent(), name, "is no close", "fill it in or delete the row"
            )
        if name in PRICES and self.reading.quantity != "yield":
            what = "is not a price: prices are positive"
            self._demand(~(values <= 0), name, what, "correct it or delete the row")
        if name == "volume":
            self._demand(~(values < 0), name, "is not a volume", "correct it or leave it blank")

    def _absent(self) -> Bool1D:
        words = self.reading.mapping.absent
        return np.array([text in words for text in self.texts["close"]], dtype=np.bool_)

    def _demand(self, fine: Bool1D, name: str, what: str, remedy: str) -> None:
        if not fine.all():
            place = int(np.argmin(fine))
            text = self.texts[name][place]
            shown = f"'{text[:40]}'" if text else "a blank field"
            self.reading.refuse(self.lines[place], name, f"{shown} {what}", remedy)


def _check_end(fields: Fields, places: Mapping[str, int | None], reading: Reading) -> None:
    """Refuse a last line without a line end if its last field may be cut short.

    That is so for a price, and for another field that is shorter than in every other row.
    """
    if fields.ended:
        return
    *others, last = (row[-1].strip() for row in fields.rows)
    usual = [len(text) for text in others if text]
    enough = 1 if reading.notes or reading.mapping != PLAIN else _ENOUGH
    short = len(others) >= enough and bool(usual) and (bool(last) or len(usual) == len(others))
    price = any(places[name] == len(fields.header) - 1 for name in PRICES)
    if price or (short and len(last) < min(usual)):
        what = f"'{last[:40]}' ends the file without a line end: it may be cut short"
        remedy = "bring the line whole, or end it with a line end if it is"
        reading.refuse(fields.lines[-1], fields.header[-1], what, remedy)
    reading.note("a last line without a line end", "a line end after every row")


def _check_labels(
    frame: pd.DataFrame, places: Mapping[str, int | None], fields: Fields, reading: Reading
) -> None:
    """Refuse columns whose names cannot be true of most rows; another order is named, never taken."""
    rows = frame[list(PRICES)].dropna().to_numpy()
    share = _contradicted(rows)
    if len(rows) <= _ENOUGH or share <= 0.5:
        return
    best = min(permutations(range(4)), key=lambda order: _contradicted(rows[:, order]))
    what = f"in {share:.0%} of {len(rows)} rows the high is not the highest price or the low not the lowest"
    if _contradicted(rows[:, best]) > 0.01:
        reading.refuse(None, None, what, "ask the source which column is which")
    names = [fields.header[place] for name in PRICES if (place := places[name]) is not None]
    fits = ", ".join(f'{name} = "{names[place]}"' for name, place in zip(PRICES, best, strict=True))
    first = "ask the source which column is which"
    reading.ask(
        None,
        None,
        what,
        f"columns = {{ {fits} }}, which would fit (as would open and close exchanged),",
        first=first,
    )


def _contradicted(rows: Float1D) -> float:
    if not len(rows):
        return 0.0
    opens, highs, lows, closes = rows.T
    top, bottom = np.maximum(opens, closes), np.minimum(opens, closes)
    return float(np.mean((highs < top) | (lows > bottom) | (highs < lows)))


def _check_unit(frame: pd.DataFrame, reading: Reading) -> None:
    """Refuse closes that are of no size that their quantity ever had."""
    if reading.quantity == "price" or frame.empty:
        return
    middle = float(frame["close"].abs().median())
    what = f"the median close is {middle:.6g}, and a {reading.quantity} is told in per cent"
    if reading.quantity == "yield" and middle > _HIGHEST_YIELD:
        reading.ask(None, "close", what, "factor = 0.01, if these are basis points,")
    if reading.quantity == "volatility" and middle < _LOWEST_VOLATILITY:
        reading.ask(None, "close", what, "factor = 100, if these are fractions,")
