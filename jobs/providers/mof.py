"""Yields of Japanese government bonds, constant maturity, from the Ministry of Finance.

Two files together are the series: one from 1974 to the end of a month, one of the current month. Both begin
with a title line and a header, mark what is missing by ``-`` and date rows as 2025/4/7; those of the
Japanese pages date by era (R7.4.7). The current month ends with blank lines and a note whose apostrophe is
Shift-JIS. Days that stand in both files must agree.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.quality.finding import Finding
from jobs.errors import Malformed
from jobs.providers.http import Wire
from jobs.providers.official import OfficialProvider, fields_of, number_of, table, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from jobs.providers.base import Payload, Request, Surroundings

_FOLDER = "https://www.mof.go.jp/english/policy/jgbs/reference/interest_rate/"
_HISTORY, _MONTH = f"{_FOLDER}historical/jgbcme_all.csv", f"{_FOLDER}jgbcme.csv"
_TITLES = ("Interest Rate", "国債金利情報")
_DATE_NAMES = ("Date", "基準日")
_WESTERN = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII)
_ERA = re.compile(r"([SHR])(\d{1,2})\.(\d{1,2})\.(\d{1,2})", re.ASCII)
_ERAS = {  # first day and last day
    "S": (date(1926, 12, 25), date(1989, 1, 7)),
    "H": (date(1989, 1, 8), date(2019, 4, 30)),
    "R": (date(2019, 5, 1), date.max),
}
_NOTE = re.compile(r"(?![SHR]?\d).{10,}")
_LONGEST_GAP = timedelta(days=12)  # the market was shut from 27 April to 6 May 2019, its longest holiday


class MofProvider(OfficialProvider):
    """The ministry's own yields of two and ten years, closes only."""

    name = "mof"
    codes: ClassVar = {"jgb10y": "10Y", "jgb2y": "2Y"}

    def _download(self, request: Request) -> bytes:
        history, month = (self._wire.get(request, url) for url in (_HISTORY, _MONTH))
        return history + (b"" if history.endswith(b"\n") else b"\r\n") + month

    def _rows(self, payload: Payload) -> pd.DataFrame:
        place, code = payload.request.place, self.codes[payload.request.series]
        lines = fields_of(place, text_of(payload, "cp932"))
        titles = [number for number, line in enumerate(lines) if line and line[0].startswith(_TITLES)]
        if len(titles) != 2 or titles[0] != 0:
            raise Malformed(place, "not two files, the history and the current month")
        history, month = (_section(place, part, code) for part in (lines[: titles[1]], lines[titles[1] :]))
        for day in history.keys() & month.keys():
            if not np.array_equal(history[day], month[day], equal_nan=True):
                raise Malformed(place, f"two values of {day}")
        told = history | month
        return table(payload, list(told), {"close": list(told.values())})

    def _notices(self, payload: Payload, rows: pd.DataFrame) -> Iterator[Finding]:
        for before, day in pairwise(rows.index):
            if day - before > _LONGEST_GAP:
                observed, expected = f"no row since {before:%Y-%m-%d}", "a row on every business day"
                yield Finding(payload.request.series, day.date(), "gap", "warning", observed, expected)


def _section(place: str, lines: list[list[str]], code: str) -> dict[date, float]:
    """Return day to yield of one file, in its order; a blank end and a note do not count."""
    header, *body = lines[1:] or [[]]
    while body and _is_note(body[-1]):
        body.pop()
    names = [name for name in header if name in (code, code.replace("Y", "年"))]
    if not header or header[0] not in _DATE_NAMES or len(names) != 1 or len(set(header)) != len(header):
        raise Malformed(place, f"the header {','.join(header)[:80]!r}")
    column = header.index(names[0])
    if column == len(header) - 1:  # a number cut off at the end of the file would look like a number
        raise Malformed(place, f"{names[0]} in the last column")
    told: dict[date, float] = {}
    for line in body:
        if len(line) != len(header):
            raise Malformed(place, f"{len(line)} fields under {len(header)} columns")
        day = _day(place, line[0])
        if told and day <= next(reversed(told)):
            raise Malformed(place, f"{day} comes after {next(reversed(told))}")
        told[day] = number_of(place, line[column], {"-"})
    return told


def _is_note(line: list[str]) -> bool:
    text = line[0].strip() if line else ""
    return not any(line[1:]) and (not text or bool(_NOTE.fullmatch(text)))


def _day(place: str, text: str) -> date:
    western, era = _WESTERN.fullmatch(text), _ERA.fullmatch(text)
    try:
        if western:
            return date(*(int(part) for part in western.groups()))
        if era:
            first, last = _ERAS[era[1]]
            day = date(first.year - 1 + int(era[2]), int(era[3]), int(era[4]))
            if first <= day <= last:
                return day
    except ValueError:
        pass
    raise Malformed(place, f"{text[:40]!r} is not a date")


def open_provider(argument: str, surroundings: Surroundings) -> MofProvider:
    """Return the provider of ``mof``, with the time limit of the settings."""
    return MofProvider(surroundings.clock, Wire(timeout=surroundings.settings.timeout))
