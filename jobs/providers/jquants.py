"""TOPIX from J-Quants version 2, the data service of the Japan Exchange Group, for its subscribers.

Pages of JSON, ``{"data": [{"Date", "O", "H", "L", "C"}], "pagination_key"}``, are kept as one JSON list,
each as it came. The service repeats the close before on 2020-10-01, when the exchange stood still all day:
the screening knows that day for no session. Its free plan has no TOPIX and ends twelve weeks ago.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from eventstudy.quality.finding import Finding
from jobs.errors import Malformed, SourceNotEnabled
from jobs.providers.base import closed_by, due
from jobs.providers.http import Refusal, Wire
from jobs.providers.official import SETTLING, OfficialProvider, day_of, json_of, quantity_of, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    import pandas as pd
    from pydantic import SecretStr

    from eventstudy.quality.finding import Severity
    from jobs.clock import Clock
    from jobs.providers.base import Payload, Request, Surroundings

REQUESTS_A_MINUTE = {"free": 5, "light": 60, "standard": 120, "premium": 500}
"""What each plan allows."""

REFUSAL = Refusal(
    "the plan does not hold TOPIX, or the key or the path is wrong",
    "check the plan and EVENTSTUDY_JQUANTS_KEY at J-Quants, or bring topix.csv with files:DIR",
)
_SERVICE = "https://api.jquants.com/v2/indices/bars/daily/topix"
_COLUMNS = {"open": "O", "high": "H", "low": "L", "close": "C"}
_MOST_PAGES = 100
_LATE = 40  # sessions: a source a week or two behind is slow, one twelve weeks behind is the free plan


class JquantsProvider(OfficialProvider):
    """The index itself, open, high, low and close.

    Parameters
    ----------
    clock : Clock
        Stamps what is fetched.
    wire : Wire
        The way to the source.
    key : SecretStr
        Sent to the service and told to nobody else.
    """

    name = "jquants"
    codes: ClassVar = {"topix": "topix"}
    margin: ClassVar[timedelta] = SETTLING
    hole: ClassVar[Severity] = "quarantined"

    def __init__(self, clock: Clock, wire: Wire, key: SecretStr) -> None:
        super().__init__(clock, wire)
        self._key = key

    def _download(self, request: Request) -> bytes:
        span = {"from": request.start, "to": request.end}
        query = {name: day.isoformat() for name, day in span.items() if day is not None}
        pages: list[bytes] = []
        seen: set[str] = set()
        following = ""
        while not pages or following:
            more = {"pagination_key": following} if following else {}
            headers = {"x-api-key": self._key.get_secret_value()}
            pages.append(self._wire.get(request, _SERVICE, query=query | more, headers=headers))
            following = _following(request.place, pages[-1])
            if following in seen or len(pages) > _MOST_PAGES:
                raise Malformed(request.place, f"pages without end, {len(pages)} so far")
            seen.add(following)
        return b"[" + b",".join(pages) + b"]"

    def _rows(self, payload: Payload) -> pd.DataFrame:
        place, pages = payload.request.place, json_of(payload)
        if not isinstance(pages, list) or not pages:
            raise Malformed(place, "no page")
        keys = [_key_in(place, page) for page in pages]
        if keys[-1] or not all(keys[:-1]):
            raise Malformed(place, "pages that do not follow each other")
        rows = [_told(place, row) for page in pages for row in page["data"]]
        columns = {name: [quantity_of(place, row[word]) for row in rows] for name, word in _COLUMNS.items()}
        return table(payload, [day_of(place, row["Date"]) for row in rows], columns)

    def _notices(self, payload: Payload, rows: pd.DataFrame) -> Iterator[Finding]:
        if rows.empty or payload.request.end is not None:
            return
        key, newest = payload.request.series, rows.index[-1].date()
        behind = len(due(key, newest, closed_by(key, payload.fetched_at - self.margin))) - 1
        if behind >= _LATE:
            observed = f"newest row {newest}, {behind} sessions behind"
            expected = "a paid plan: the free one is 12 weeks late"
            yield Finding(key, None, "late source", "notice", observed, expected)


def _following(place: str, page: bytes) -> str:
    """Return the key of the page after this one, empty after the last."""
    try:
        return _key_in(place, json.loads(page))
    except (ValueError, RecursionError):
        raise Malformed(place, "a page that is not JSON") from None


def _key_in(place: str, page: Any) -> str:  # noqa: ANN401  (whatever was sent)
    match page:
        case {"data": list(), "pagination_key": str() | None as key}:
            return key or ""
        case {"data": list(), **other} if "pagination_key" not in other:
            return ""
    raise Malformed(place, "a page that is not a list of rows")


def _told(place: str, row: Any) -> dict[str, Any]:  # noqa: ANN401  (whatever was sent)
    match row:
        case {"Date": str(), "O": _, "H": _, "L": _, "C": _}:
            told: dict[str, Any] = row
            return told
    raise Malformed(place, "a row without Date, O, H, L and C")


def open_provider(argument: str, surroundings: Surroundings) -> JquantsProvider:
    """Return the provider of ``jquants``, spaced by the plan of the settings; raises SourceNotEnabled."""
    settings = surroundings.settings
    if settings.jquants_key is None:
        why = "J-Quants answers subscribers only, and holds TOPIX in paid plans"
        raise SourceNotEnabled("jquants", why, "set EVENTSTUDY_JQUANTS_KEY to the key of your subscription")
    spacing = 60 / REQUESTS_A_MINUTE[settings.jquants_plan]
    wire = Wire(timeout=settings.timeout, spacing=spacing, refusal=REFUSAL)
    return JquantsProvider(surroundings.clock, wire, settings.jquants_key)
