"""The smallest complete provider, to copy: an answer that is always the same.

Replace `fetch` by the one call that leaves the process, and `read` by what its bytes mean; keep
`ask` and `read` pure. Then add the provider's line to ``jobs/providers/__init__.py`` and its row to
``tests/contract/test_provider_laws.py``, whose laws are written out in ``base.py``.

A publisher asked over the web is shorter still: `jobs.providers.official.OfficialProvider` asks, fetches
and reads, and ``fred.py`` shows the little that is left to say.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from eventstudy.series import series
from jobs.errors import Malformed, NoSuchSeriesHere
from jobs.providers.base import COLUMNS, Payload, Request, to_bars

if TYPE_CHECKING:
    from datetime import date

    from eventstudy.quality.finding import Finding
    from eventstudy.values import Bars
    from jobs.clock import Clock
    from jobs.providers.base import Surroundings

_ANSWER = b'{"2025-01-06": 100.0, "2025-01-07": 101.5, "2025-01-08": 99.75}'


class TemplateProvider:
    """Three closes of one series.

    Parameters
    ----------
    clock : Clock
        Stamps what is fetched.
    """

    name = "template"
    world: Literal["real", "simulated"] = "simulated"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def available(self) -> tuple[str, ...]:
        """Return the ids of the series that it may hold."""
        return ("nikkei225",)

    def ask(self, series_id: str, start: date | None, end: date | None) -> Request:
        """Return the request; raises UnknownSeries or NoSuchSeriesHere."""
        if series(series_id).id not in self.available():
            raise NoSuchSeriesHere(series_id, self.name)
        return Request(series_id, f"{self.name}:three closes", start, end)

    def fetch(self, request: Request) -> Payload:
        """Return the answer's bytes."""
        return Payload(request, _ANSWER, self._clock.now())

    def read(self, payload: Payload) -> Bars:
        """Return the bars that the bytes hold; raises Malformed."""
        try:
            closes = {pd.Timestamp(day): float(close) for day, close in json.loads(payload.content).items()}
        except (ValueError, TypeError, AttributeError) as trouble:
            raise Malformed(payload.request.place, str(trouble)) from None
        frame = pd.DataFrame(np.nan, index=pd.DatetimeIndex(list(closes)), columns=list(COLUMNS))
        return to_bars(payload, frame.assign(close=list(closes.values())))

    def remarks(self, payload: Payload) -> tuple[Finding, ...]:
        """Return nothing: every row of the answer has a close."""
        return ()


def open_provider(argument: str, surroundings: Surroundings) -> TemplateProvider:
    """Return the provider; ``argument`` is what follows the colon of the source."""
    return TemplateProvider(surroundings.clock)
