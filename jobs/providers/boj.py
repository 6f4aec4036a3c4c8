"""The dollar in yen at 17:00 in Tokyo, from the Bank of Japan's time-series service.

The bank opened a web service in February 2026 (``/api/v1/getDataCode``; no key). It is asked for JSON,
because errors come as JSON even where CSV is asked for, and because the columns of the CSV files of the
search pages depend on what was chosen there. Public programs that use the service agree on this form:
``STATUS``, ``MESSAGEID``, ``NEXTPOSITION`` (null when the answer is whole) and ``RESULTSET``, a list of
series with ``SERIES_CODE``, ``FREQUENCY`` and ``VALUES``, in which ``SURVEY_DATES`` (20250407) and
``VALUES`` (numbers, null where there is none) stand side by side. Months bound a daily series
(``startDate=202504``). Whatever differs from this is refused. The bank forbids frequent questions.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from jobs.errors import Malformed, SourceTrouble
from jobs.providers.http import Wire
from jobs.providers.official import OfficialProvider, json_of, quantity_of, table

if TYPE_CHECKING:
    import pandas as pd

    from jobs.providers.base import Payload, Request, Surroundings

_SERVICE = "https://www.stat-search.boj.or.jp/api/v1/getDataCode"
_DATABASE = "FM08"
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)


class BojProvider(OfficialProvider):
    """The bank's own rate of the Tokyo market at 17:00, closes only."""

    name = "boj"
    codes: ClassVar = {"usdjpy_tokyo_1700": "FXERD04"}

    def _download(self, request: Request) -> bytes:
        months = {"startDate": request.start, "endDate": request.end}
        told = {name: f"{day:%Y%m}" for name, day in months.items() if day is not None}
        query = {"format": "json", "lang": "en", "db": _DATABASE, "code": self.codes[request.series]}
        return self._wire.get(request, _SERVICE, query={**query, **told})

    def _rows(self, payload: Payload) -> pd.DataFrame:
        place = payload.request.place
        told = _values(place, self.codes[payload.request.series], json_of(payload))
        dates, values = told.get("SURVEY_DATES"), told.get("VALUES")
        if not isinstance(dates, list) or not isinstance(values, list) or len(dates) != len(values):
            raise Malformed(place, "dates and values that do not stand side by side")
        days = [_day(place, value) for value in dates]
        return table(payload, days, {"close": [quantity_of(place, value) for value in values]})


def _values(place: str, code: str, answer: Any) -> dict[str, Any]:  # noqa: ANN401  (whatever was sent)
    """Return the dates and values of the one series asked for, or refuse the answer."""
    answer = answer if isinstance(answer, dict) else {}
    if answer.get("STATUS") != 200:
        raise SourceTrouble(place, f"answered with its own status {str(answer.get('STATUS'))[:20]!r}")
    if "NEXTPOSITION" not in answer or answer["NEXTPOSITION"] is not None:
        raise Malformed(place, "it does not say that the answer is whole")
    found = answer.get("RESULTSET")
    if found == []:
        return {"SURVEY_DATES": [], "VALUES": []}
    match found:
        case [{"SERIES_CODE": str(told), "FREQUENCY": "DAILY", "VALUES": dict(values)}] if told == code:
            return values
    raise Malformed(place, f"not the one daily series {code}")


def _day(place: str, value: object) -> date:
    parts = _DAY.fullmatch(str(value)) if isinstance(value, int | str) else None
    try:
        return date(*(int(part) for part in parts.groups())) if parts else date.fromisoformat("")
    except ValueError:
        raise Malformed(place, f"{str(value)[:40]!r} is not a date") from None


def open_provider(argument: str, surroundings: Surroundings) -> BojProvider:
    """Return the provider of ``boj``, with the time limit of the settings."""
    return BojProvider(surroundings.clock, Wire(timeout=surroundings.settings.timeout, spacing=2.0))
