"""Daily series of FRED, the data service of the Federal Reserve Bank of St. Louis; no key is needed.

A file has the header ``observation_date,<id>`` (``DATE,<id>`` until 2024), one ISO date and one number a
line, and a point or nothing on holidays. Each line ends in a line feed, which is how a file cut off in the
middle of its last number is known. Its rates in yen are those of noon in New York, published once a week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jobs.errors import Malformed
from jobs.providers.http import Wire
from jobs.providers.official import OfficialProvider, day_of, fields_of, number_of, table, text_of

if TYPE_CHECKING:
    import pandas as pd

    from jobs.providers.base import Payload, Request, Surroundings

_FILE = "https://fred.stlouisfed.org/graph/fredgraph.csv"
_DATE_NAMES = ("observation_date", "DATE")
_ABSENT = frozenset({"", "."})


class FredProvider(OfficialProvider):
    """The Nikkei 225, USD/JPY at noon in New York and two yields, closes only."""

    name = "fred"
    codes: ClassVar = {
        "nikkei225": "NIKKEI225",
        "usdjpy_new_york_noon": "DEXJPUS",
        "us10y": "DGS10",
        "us2y": "DGS2",
    }

    def _download(self, request: Request) -> bytes:
        span = {"cosd": request.start, "coed": request.end}
        told = {name: day.isoformat() for name, day in span.items() if day is not None}
        return self._wire.get(request, _FILE, query={"id": self.codes[request.series], **told})

    def _rows(self, payload: Payload) -> pd.DataFrame:
        place, code = payload.request.place, self.codes[payload.request.series]
        text = text_of(payload, "utf-8-sig")
        if not text.endswith("\n"):
            raise Malformed(place, "its last line does not end: the file was cut off")
        header, *lines = fields_of(place, text)
        if header not in [[name, code] for name in _DATE_NAMES]:
            raise Malformed(place, f"the header {','.join(header)[:80]!r}")
        for number, line in enumerate(lines, start=2):
            if len(line) != 2:
                raise Malformed(place, f"line {number}: {len(line)} fields instead of 2")
        days = [day_of(place, line[0]) for line in lines]
        return table(payload, days, {"close": [number_of(place, line[1], _ABSENT) for line in lines]})


def open_provider(argument: str, surroundings: Surroundings) -> FredProvider:
    """Return the provider of ``fred``, with the time limit of the settings."""
    return FredProvider(surroundings.clock, Wire(timeout=surroundings.settings.timeout))
