"""The index files of Nikkei Inc.: three years of daily values, for readers who may read them by machine.

The files are text in cp932 with CRLF line ends, a header whose first price is the close, quoted fields, and
a last line of one field, the copyright notice. The file of the JPX-Nikkei 400 has one more column, its
total return. The last line is also what tells a whole file from one that was cut off.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from eventstudy.quality.finding import Finding
from jobs.errors import Malformed, SourceNotEnabled
from jobs.providers.http import Wire
from jobs.providers.official import SETTLING, OfficialProvider, day_of, fields_of, number_of, table, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    import pandas as pd

    from eventstudy.quality.finding import Severity
    from jobs.providers.base import Payload, Request, Surroundings

NOTICE = (
    "Nikkei Inc. allows personal use and quotation of these figures, no copying or redistribution,"
    " and asks for a licence where programs process them"
)
_FOLDER = "https://indexes.nikkei.co.jp/nkave/historical/"
_COLUMNS = ("close", "open", "high", "low")
_HEADERS = (
    dict(zip(("Date of Data", "Close", "Open", "High", "Low"), ("date", *_COLUMNS), strict=True)),
    dict(zip(("データ日付", "終値", "始値", "高値", "安値"), ("date", *_COLUMNS), strict=True)),
)
_TOTAL_RETURN = re.compile(r"(Close|終値).*(Total Return|トータルリターン).*")
_OWNER = re.compile(r"Nikkei|日経|日本経済新聞社")


class NikkeiProvider(OfficialProvider):
    """The Nikkei 225, its volatility index and the JPX-Nikkei 400, from their publisher."""

    name = "nikkei"
    codes: ClassVar = {
        "nikkei225": "nikkei_stock_average_daily_en.csv",
        "nikkei_vi": "nikkei_stock_average_vi_daily_en.csv",
        "jpx_nikkei_400": "jpx_nikkei_index_400_daily_en.csv",
    }
    margin: ClassVar[timedelta] = SETTLING
    hole: ClassVar[Severity] = "quarantined"

    def _download(self, request: Request) -> bytes:
        return self._wire.get(request, _FOLDER + self.codes[request.series])

    def _rows(self, payload: Payload) -> pd.DataFrame:
        place = payload.request.place
        header, *lines, last = [*fields_of(place, text_of(payload, "cp932")), []]
        if lines:
            *lines, last = lines
        if len(last) != 1 or not _OWNER.search(last[0]):
            raise Malformed(place, "the copyright line at its end is missing: the file was cut off")
        names = _named(place, payload.request.series, header)
        for number, line in enumerate(lines, start=2):
            if len(line) != len(names):
                raise Malformed(place, f"line {number}: {len(line)} fields under {len(names)} columns")
        columns = (
            dict(zip(names, zip(*lines, strict=True), strict=True)) if lines else dict.fromkeys(names, ())
        )
        days = [day_of(place, text.replace("/", "-", 2)) for text in columns["date"]]
        return table(
            payload,
            days,
            {name: [number_of(place, text, {""}) for text in columns[name]] for name in _COLUMNS},
        )

    def _notices(self, payload: Payload, rows: pd.DataFrame) -> Iterator[Finding]:
        yield Finding(payload.request.series, None, "licence", "notice", payload.request.place, NOTICE)


def _named(place: str, series_id: str, header: list[str]) -> list[str]:
    """Return what each column of a header is, or refuse the header."""
    known = next((words for words in _HEADERS if set(words) <= set(header)), {})
    extra = [name for name in header if name not in known]
    allowed = 1 if series_id == "jpx_nikkei_400" else 0
    strange = len(extra) > allowed or not all(_TOTAL_RETURN.fullmatch(name) for name in extra)
    if not known or strange or len(set(header)) != len(header):
        raise Malformed(place, f"the header {','.join(header)[:80]!r}")
    return [known.get(name, "") for name in header]


def open_provider(argument: str, surroundings: Surroundings) -> NikkeiProvider:
    """Return the provider of ``nikkei`` if the settings accept the terms; raises SourceNotEnabled."""
    settings = surroundings.settings
    if settings.nikkei_terms is None:
        remedy = "if you have that right, set EVENTSTUDY_NIKKEI_TERMS=accepted; else use another source"
        raise SourceNotEnabled("nikkei", NOTICE, remedy)
    return NikkeiProvider(surroundings.clock, Wire(timeout=settings.timeout))
