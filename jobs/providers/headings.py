"""What the columns of price files are called, in English and Japanese, and which of them are taken."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NoReturn

from jobs.providers.mapping import HEADER, is_adjusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.providers.reading import Reading

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "date": (
        "date",
        "trade date",
        "trading date",
        "日付",
        "年月日",
        "取引日",
        "取引日付",
        "データ日付",
        "営業日",
    ),
    "open": ("open", "open price", "opening price", "始値"),
    "high": ("high", "high price", "highest price", "高値"),
    "low": ("low", "low price", "lowest price", "安値"),
    "close": ("close", "close price", "closing price", "close/last", "終値"),
    "volume": ("volume", "vol", "trading volume", "出来高", "売買高"),
}
_MEANING = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
_UNIT = re.compile(r"[(\[](円|株|千株|¥|yen|jpy|shares)[)\]]$")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def narrow(text: str) -> str:
    """Return the text with full-width Latin letters, digits and signs in their usual width."""
    return text.translate(_WIDE)


def known(name: str) -> str | None:
    """Return which of `HEADER` a heading means, None if that cannot be said."""
    folded = " ".join(narrow(name).casefold().replace("_", " ").split()).strip("<>.")
    return _MEANING.get(_UNIT.sub("", folded).strip())


def japanese(text: str) -> bool:
    """Return whether a line of the text has two headings in Japanese."""
    return any(
        sum(not name.isascii() and known(name) is not None for name in re.split('[,;\t"]', line)) > 1
        for line in text.splitlines()
    )


def chosen(header: Sequence[str], line: int, reading: Reading) -> dict[str, int | None]:
    """Return where each of `HEADER` stands.

    Parameters
    ----------
    header : sequence of str
        The file's names of its columns.
    line : int
        Where they stand.
    reading : Reading
        What is known of it; takes the notes.

    Returns
    -------
    dict of str to int or None
        Place in the header; None where the mapping says that the file has none.

    Raises
    ------
    BadPriceFile
        If a column is missing, stands there twice, or is only there adjusted for dividends.
    """
    _check_header(header, line, reading)
    places = {name: _place(name, header, line, reading) for name in HEADER}
    renamed = {
        name: header[place] for name, place in places.items() if place is not None and header[place] != name
    }
    if renamed and not reading.mapping.columns:
        told = ", ".join(f"{name} from '{theirs[:20]}'" for name, theirs in renamed.items())
        reading.note(f"columns by other names: {told}", ",".join(HEADER))
    adjusted = [name for name in header if is_adjusted(name) and name not in renamed.values()]
    if adjusted:
        reading.note(f"the column '{adjusted[0][:20]}' is left alone", "closes that are not adjusted")
    return places


def _check_header(header: Sequence[str], line: int, reading: Reading) -> None:
    if re.match(r"\d", narrow(header[0])):
        what = f"'{','.join(header)[:60]}' is a row, not a header"
        reading.refuse(line, None, what, f"write a header such as {','.join(HEADER)} above it")
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        reading.refuse(line, twice[0], "the column stands there twice", "keep one of them")


def _place(name: str, header: Sequence[str], line: int, reading: Reading) -> int | None:
    told = reading.mapping.columns.get(name)
    if told is not None:
        return _told_place(name, told, header, line, reading)
    if name in header:
        return header.index(name)
    taken = set(reading.mapping.columns.values())
    places = [
        place for place, heading in enumerate(header) if known(heading) == name and heading not in taken
    ]
    if len(places) > 1:
        first, second = (header[place] for place in places[:2])
        what = f"'{first}' and '{second}' can both be {name}"
        reading.ask(line, name, what, f'columns.{name} = "{first}"')
    if not places:
        _refuse_missing(name, header, line, reading)
    return places[0]


def _told_place(name: str, told: str, header: Sequence[str], line: int, reading: Reading) -> int | None:
    if not told:
        return None
    if told not in header:
        shown = ",".join(header)[:120]
        what = f"there is no column '{told}', which the mapping names, in '{shown}'"
        reading.refuse(line, name, what, f"correct columns.{name} under [{reading.series}]")
    return header.index(told)


def _refuse_missing(name: str, header: Sequence[str], line: int, reading: Reading) -> NoReturn:
    adjusted = next((heading for heading in header if is_adjusted(heading)), None)
    what = f"there is no column '{name}' in '{','.join(header)[:120]}'"
    if name == "close" and adjusted is not None:
        entry = f'columns.close = "{adjusted}" and adjusted = true'
        reading.ask(line, None, f"{what}, only one adjusted for dividends", entry)
    theirs = "its name there" if name in ("date", "close") else ""
    added = f"add '{name}' to the header, its fields blank where absent"
    reading.ask(line, None, what, f'columns.{name} = "{theirs}"', first=added)
