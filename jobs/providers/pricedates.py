"""The dates of a price file: one form throughout, and none that could be read in two ways."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jobs.providers.headings import narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.providers.reading import Reading

ISO = "%Y-%m-%d"
_FORMS = (
    ISO,
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y%m%d",
    "%b %d, %Y",
    "%b %d %Y",
    "%d-%b-%Y",
    "%d %b %Y",
)
_NUMERIC = {
    "day_first": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"),
    "month_first": ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y"),
}
_EITHER = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2\d{4}(?!\d)", re.ASCII)
_SHORT_YEAR = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{1,2})\b"
    r"|\d{1,2}[- ][a-z]{3,9}[- ]'?\d\d$|[a-z]{3,9} \d{1,2},? '?\d\d$|[mtshr]\d{1,2}[./]",
    re.ASCII | re.IGNORECASE,
)
_ISO_COLUMN = re.compile(r"(?:\d{4}-\d\d-\d\d\n)+", re.ASCII)
_TIME = r"(?:[T ](?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d)(?:\.0+)?)?)? ?(?P<z>Z|UTC|[+-]\d\d:?\d\d)?"
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SEPT = {"september": "sept"}
_REMEDY = "write dates as 2025-04-07"
_DECISIVE = 2  # one row alone may be a slip


def days_of(texts: Sequence[str], lines: Sequence[int], reading: Reading) -> list[date]:
    """Return the dates of the rows.

    Parameters
    ----------
    texts : sequence of str
        The column, one text a row.
    lines : sequence of int
        Line number of each row.
    reading : Reading
        What is known of the file; takes the notes.

    Returns
    -------
    list of date
        One for each row.

    Raises
    ------
    BadPriceFile
        For a text that is no date of the column's form, a column that can be read in two ways, years of two
        digits, and times of day of which nobody has said what they mean.
    """
    if reading.mapping.date_format is None and _ISO_COLUMN.fullmatch("\n".join(texts) + "\n"):
        try:
            return list(map(date.fromisoformat, texts))
        except ValueError:
            pass
    shown = [narrow(text) for text in texts]
    if shown != list(texts):
        reading.note("dates in full-width digits", "dates in plain digits")
    pattern = _pattern(shown, lines, reading)
    read = partial(_day, form=_padded_or_not(pattern, shown), reading=reading)
    days = [read(text, line) for text, line in zip(shown, lines, strict=True)]
    _check_one_kind(shown, lines, reading)
    if pattern != ISO and reading.mapping.date_format is None:
        reading.note(f"dates such as '{texts[0][:20]}' as {days[0]}", "dates such as 2025-04-07")
    return days


def _pattern(texts: Sequence[str], lines: Sequence[int], reading: Reading) -> str:
    told = reading.mapping.date_format
    if told in _NUMERIC:
        return _first_that_fits(texts[0], _NUMERIC[told]) or _NUMERIC[told][0]
    if told is not None:
        return told
    found = _first_that_fits(texts[0], _FORMS)
    if found is not None:
        return found
    if _EITHER.match(texts[0]):
        return _first_that_fits(texts[0], _NUMERIC[_order(texts, lines, reading)]) or ISO
    if _SHORT_YEAR.match(texts[0]):
        reading.refuse(lines[0], "date", f"the year of '{texts[0][:40]}' is not in full", _REMEDY)
    return ISO


def _first_that_fits(text: str, patterns: Sequence[str]) -> str | None:
    return next((one for one in patterns if _compiled(one).fullmatch(text)), None)


def _order(texts: Sequence[str], lines: Sequence[int], reading: Reading) -> str:
    """Return which number comes first, if enough rows leave no other way."""
    pairs = [(int(found[1]), int(found[3])) for text in texts if (found := _EITHER.match(text))]
    over = {
        "day_first": sum(first > 12 for first, _ in pairs),
        "month_first": sum(second > 12 for _, second in pairs),
    }
    enough = max(_DECISIVE, len(texts) / 10)
    decided = [name for name, count in over.items() if count >= enough]
    if len(decided) == 1 and sum(over.values()) == over[decided[0]]:
        return decided[0]
    what = f"'{texts[0]}' can be day first or month first, and too few other dates tell which"
    if all(over.values()):
        what = "some dates can only be day first and others only month first"
    entry = 'date_format = "day_first", or "month_first",'
    return reading.ask(lines[0], "date", what, entry, first=_REMEDY)


def _padded_or_not(pattern: str, texts: Sequence[str]) -> re.Pattern[str]:
    """Return the form by which more rows read, days and months with leading zeros or all without."""
    packed = any(one in pattern for one in ("%Y%m", "%m%d", "%d%m"))
    padded, bare = _compiled(pattern, r"\d\d"), _compiled(pattern, r"[1-9]\d?")
    rows = [(padded.fullmatch(text) is not None, bare.fullmatch(text) is not None) for text in texts]
    return bare if not packed and sum(one for _, one in rows) > sum(one for one, _ in rows) else padded


def _compiled(pattern: str, digits: str = r"\d{1,2}") -> re.Pattern[str]:
    parts = re.split(r"(%[A-Za-z%])", pattern)
    known = {"%Y": r"(?P<Y>\d{4})", "%m": f"(?P<m>{digits})", "%d": f"(?P<d>{digits})", "%%": "%"}
    known |= dict.fromkeys(("%b", "%B"), r"(?P<b>[A-Za-z]{3,9})\.?")
    known |= {"%H": r"(?P<H>\d{1,2})", "%M": r"(?P<M>\d\d)", "%S": r"(?P<S>\d\d)"}
    known |= {"%z": r"(?P<z>Z|UTC|[+-]\d\d:?\d\d)"}
    body = "".join(known.get(part) or re.escape(part) for part in parts)
    timed = any(one in pattern for one in ("%H", "%M", "%S", "%z"))
    return re.compile(body if timed else body + _TIME, re.ASCII)


def _day(text: str, line: int, *, form: re.Pattern[str], reading: Reading) -> date:
    found = form.fullmatch(text)
    parts = found.groupdict() if found else {}
    hour, minute, second = (int(parts.get(name) or 0) for name in "HMS")
    month = int(parts["m"]) if parts.get("m") else _month(parts.get("b") or "")
    try:
        day = date(int(parts.get("Y", 0)), month, int(parts.get("d", 0)))
        moment = datetime.combine(day, time(hour, minute, second))
    except ValueError:
        return reading.refuse(line, "date", f"'{text[:40]}' is not a date", _REMEDY)
    if parts.get("z"):
        return _local(text, line, moment, parts["z"], reading)
    if moment.time() != time() and reading.mapping.zone is None:
        return _ask_zone(text, line, "has a time of day", reading)
    return moment.date()


def _month(name: str) -> int:
    """Return the month of a name in full, in three letters or as Sept; 0 if there is none."""
    low = name.casefold()
    return next(
        (place for place, full in enumerate(_MONTHS, 1) if low in (full, full[:3], _SEPT.get(full))), 0
    )


def _local(text: str, line: int, moment: datetime, offset: str, reading: Reading) -> date:
    """Return the day of an instant in the zone told; untold, it must be midnight by the series' own clock."""
    zone = reading.mapping.zone or reading.zone
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = (0, 0) if offset in ("Z", "UTC") else (int(offset[1:3]), int(offset[-2:]))
    ahead = sign * timedelta(hours=hours, minutes=minutes)
    if zone is None or not timedelta(hours=-12) <= ahead <= timedelta(hours=14):
        return reading.refuse(line, "date", f"'{text[:40]}' is not a date", _REMEDY)
    try:
        there = moment.replace(tzinfo=timezone(ahead)).astimezone(ZoneInfo(zone))
    except OverflowError:
        return reading.refuse(line, "date", f"'{text[:40]}' is not a date", _REMEDY)
    if reading.mapping.zone is None and there.time() != time():
        return _ask_zone(text, line, f"is not midnight in {zone}", reading)
    return there.date()


def _ask_zone(text: str, line: int, what: str, reading: Reading) -> date:
    entry = f'zone = "{reading.zone or "Asia/Tokyo"}", or the zone whose days are meant,'
    return reading.ask(line, "date", f"'{text[:40]}' {what}", entry, first=_REMEDY)


def _check_one_kind(texts: Sequence[str], lines: Sequence[int], reading: Reading) -> None:
    """Refuse a column in which some dates have a time and others none."""
    for text, line in zip(texts, lines, strict=True):
        if (":" in text) != (":" in texts[0]):
            what = f"'{text[:40]}' is not a date of the form of '{texts[0][:40]}'"
            reading.refuse(line, "date", what, _REMEDY)
    if ":" in texts[0]:
        reading.note(f"timestamps such as '{texts[0][:40]}'", "dates such as 2025-04-07")
