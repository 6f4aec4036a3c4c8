"""What a reader is told of files that do not speak for themselves: ``mapping.toml``, checked key by key."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from eventstudy.errors import EventStudyError, nearest
from eventstudy.series import SERIES
from jobs.errors import BadPriceFile
from jobs.providers.base import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NAME = "mapping.toml"
HEADER: tuple[str, ...] = ("date", *COLUMNS)
SEAL = b'{"eventstudy mapping":'
"""First bytes of a payload that carries its mapping; no file of prices may begin so."""

_ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "cp1252", "latin-1")
_DELIMITERS = (",", ";", "\t", "|")
_GROUPS = (",", ".", "'", " ")
_ORDERS = ("oldest_first", "newest_first")
_DIRECTIVES = frozenset("YmdbBHMSz%")
_BLANKABLE = ("open", "high", "low", "volume")


class BadMapping(EventStudyError):
    """A ``mapping.toml`` that cannot be followed.

    Parameters
    ----------
    file : str
        The mapping file as it was found.
    series : str or None
        Table in which the fault lies; None for the file as a whole.
    key : str or None
        Key in that table; None for the table as a whole.
    what : str
        What was found there.
    remedy : str
        How to mend it.
    """

    kind = "bad_mapping"
    exit_code = 2

    def __init__(self, file: str, series: str | None, key: str | None, what: str, remedy: str) -> None:
        self.file, self.series, self.key = file, series, key
        place = f"{file}, [{series}]" if series is not None else file
        super().__init__(f"{place}, {key}: {what}" if key is not None else f"{place}: {what}", remedy)


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How one file is to be read; what is None is found out from the file itself or refused.

    Attributes
    ----------
    file : str or None
        Name in the folder; None for ``<series id>.csv``.
    encoding, delimiter : str or None
        Of the text.
    skip, trailer : int or None
        Lines above the header and, blank ones not counted, below the last row.
    columns : mapping of str to str
        Our name to the file's; an empty one says that the file has none.
    date_format : str or None
        ``day_first``, ``month_first`` or a pattern such as ``%d.%m.%Y``.
    decimal, thousands : str or None
        The mark before the fraction, and the one between groups of three digits.
    absent : tuple of str
        Words that stand for "no value"; the empty one allows a blank close.
    order : str or None
        ``oldest_first`` or ``newest_first``.
    zone : str or None
        Zone in whose days timestamps are sessions.
    factor : Decimal or None
        What prices are multiplied by.
    adjusted : bool
        True when closes are adjusted for dividends.
    """

    file: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    skip: int | None = None
    trailer: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    absent: tuple[str, ...] = ()
    order: str | None = None
    zone: str | None = None
    factor: Decimal | None = None
    adjusted: bool = False


PLAIN = FileMapping()


def load_mappings(folder: str) -> Mapping[str, Mapping[str, object]]:
    """Return the tables of a folder's ``mapping.toml`` as they stand there, all of them checked.

    Parameters
    ----------
    folder : str
        The folder of prices.

    Returns
    -------
    mapping of str to mapping
        Series id to keys and values; empty where there is no such file.

    Raises
    ------
    BadMapping
        Names the table, the key, what was found and the remedy.
    """
    path = Path(folder) / NAME
    try:
        tables = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return MappingProxyType({})
    except OSError as trouble:
        what = f"cannot be read ({trouble.strerror})"
        raise BadMapping(str(path), None, None, what, "make it a file that you may read") from None
    except (ValueError, RecursionError) as trouble:
        what, remedy = f"is not TOML ({trouble})", "see 'A folder of prices' in the documentation"
        raise BadMapping(str(path), None, None, what, remedy) from None
    for series_id, table in tables.items():
        _check_table(str(path), series_id, table)
        mapping_of(str(path), series_id, table)
    return MappingProxyType(tables)


def mapping_of(place: str, series_id: str, table: Mapping[str, Any]) -> FileMapping:
    """Return the record of one table.

    Parameters
    ----------
    place : str
        Where the table was found, for error messages.
    series_id : str
        Its name.
    table : mapping of str to object
        Keys and values as TOML or JSON give them.

    Returns
    -------
    FileMapping
        Every value checked.

    Raises
    ------
    BadMapping
        For an unknown key, a value that is not allowed, or two values that contradict each other.
    """
    for key, value in table.items():
        if key not in _ALLOWED:
            raise BadMapping(place, series_id, key, "there is no such key", nearest(key, _ALLOWED))
        check, allowed = _ALLOWED[key]
        if not check(value):
            raise BadMapping(place, series_id, key, f"{str(value)[:40]!r} is not allowed", f"write {allowed}")
    mapping = FileMapping(**{key: _CONVERTED.get(key, lambda same: same)(table[key]) for key in table})
    for key, what, remedy in _contradictions(mapping):
        raise BadMapping(place, series_id, key, what, remedy)
    return mapping


def sealed(content: bytes, table: Mapping[str, object]) -> bytes:
    """Return a file's bytes under one line of JSON that holds its mapping, so that they read alone."""
    text = json.dumps(dict(table), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return SEAL + text.encode("ascii") + b"}\n" + content


def unsealed(file: str, series_id: str, content: bytes) -> tuple[FileMapping, bytes]:
    """Return the mapping that a payload carries and the file's own bytes.

    Parameters
    ----------
    file, series_id : str
        What is read, for error messages.
    content : bytes
        As `sealed` made them, or a file's bytes alone.

    Returns
    -------
    FileMapping, bytes
        `PLAIN` and the same bytes where no mapping is carried.

    Raises
    ------
    BadPriceFile
        If the line of the mapping was damaged.
    """
    if not content.startswith(SEAL):
        return PLAIN, content
    line, _, rest = content.partition(b"\n")
    try:
        [table] = json.loads(line).values()
        return mapping_of(file, series_id, table), rest
    except (ValueError, AttributeError, RecursionError, BadMapping) as trouble:
        what = f"the mapping stored with the file is damaged ({trouble})"
        raise BadPriceFile(file, 1, None, what[:200], "bring the file again") from None


def _check_table(place: str, series_id: str, table: object) -> None:
    if series_id not in SERIES:
        raise BadMapping(place, series_id, None, "there is no such series", nearest(series_id, SERIES))
    if not isinstance(table, dict):
        what, remedy = "is a value, not a table", f"write [{series_id}] on a line and its keys below"
        raise BadMapping(place, series_id, None, what, remedy)


def _contradictions(mapping: FileMapping) -> Iterator[tuple[str, str, str]]:
    if mapping.thousands is not None and mapping.thousands == (mapping.decimal or "."):
        same = f"'{mapping.thousands}' is the decimal mark too"
        yield "thousands", same, 'write thousands = "." with decimal = ",", or the reverse'
    close = mapping.columns.get("close")
    if close is not None and is_adjusted(close) and not mapping.adjusted:
        yield "columns", f"'{close}' is an adjusted close", "write adjusted = true beside it"


def is_adjusted(name: str) -> bool:
    """Return whether a column's name says that its prices are adjusted for dividends."""
    return bool(re.match(r"adj|調整|修正", name.strip().casefold())) or "調整後" in name


def _text(value: object) -> bool:
    return isinstance(value, str)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100


def _file(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip(". ")) and not re.search(r"[/\\\0]", value)


def _columns(value: object) -> bool:
    if not isinstance(value, dict) or not all(map(_text, value.values())):
        return False
    named = [name for name in value.values() if name]
    blank = [key for key, name in value.items() if not name]
    return set(value) <= set(HEADER) and set(blank) <= set(_BLANKABLE) and len(set(named)) == len(named)


def _date_format(value: object) -> bool:
    if value in ("day_first", "month_first"):
        return True
    if not isinstance(value, str) or re.search(r"%(?![YmdbBHMSz%])", value):
        return False
    told = sorted(
        "b" if one == "B" else one for one in re.findall(r"%(.)", value) if one in _DIRECTIVES - {"%"}
    )
    return len(set(told)) == len(told) and {"Y", "d"} <= set(told) and ("m" in told) != ("b" in told)


def _zone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ValueError, OSError, KeyError):
        return False


def _factor(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1e-6 <= value <= 1e6


def _words(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value)) and not any(map(_is_figure, value))


def _is_figure(text: str) -> bool:
    return bool(re.search(r"\d", text))


def _one_of(*allowed: str) -> tuple[Callable[[object], bool], str]:
    return lambda value: isinstance(value, str) and value in allowed, "one of " + ", ".join(
        map(repr, allowed)
    )


_ALLOWED: dict[str, tuple[Callable[[object], bool], str]] = {
    "file": (_file, "the name of a file in this folder"),
    "encoding": _one_of(*_ENCODINGS),
    "delimiter": _one_of(*_DELIMITERS),
    "skip": (_count, "a number of lines from 0 to 100"),
    "trailer": (_count, "a number of lines from 0 to 100"),
    "columns": (
        _columns,
        f'the file\'s names for {", ".join(HEADER)}, each once, and "" for {", ".join(_BLANKABLE)} only',
    ),
    "date_format": (
        _date_format,
        '"day_first", "month_first" or a pattern such as "%d.%m.%Y", with full years',
    ),
    "decimal": _one_of(".", ","),
    "thousands": _one_of(*_GROUPS),
    "absent": (_words, 'a list of words without digits, such as ["-", "N/A"]'),
    "order": _one_of(*_ORDERS),
    "zone": (_zone, 'an IANA zone, such as "Asia/Tokyo"'),
    "factor": (_factor, "a number from 0.000001 to 1000000, such as 0.01"),
    "adjusted": (lambda value: isinstance(value, bool), "true or false"),
}
_CONVERTED: dict[str, Callable[[Any], Any]] = {
    "absent": tuple,
    "factor": lambda value: Decimal(str(value)),
    "columns": MappingProxyType,
}
