"""Plain stand-ins with the same protocol as the real thing: no mocks."""

import io
from dataclasses import dataclass, replace
from datetime import date, datetime

import pandas as pd

from eventstudy.series import SERIES, series
from jobs.errors import NoSuchSeriesHere
from jobs.providers.base import COLUMNS, Payload, Request, closed_by, to_bars
from jobs.providers.pricefile import parse_prices


@dataclass(frozen=True)
class FixedClock:
    """A clock that has stopped."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


class HandClock:
    """A clock whose hands the test moves."""

    def __init__(self, moment):
        self.moment = moment

    def now(self):
        return self.moment


class Stopwatch:
    """Time that passes only by sleeping or by being told; stands in for sleep and the monotonic timer."""

    def __init__(self):
        self.seconds = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds

    def timer(self):
        return self.seconds


class FakeProvider:
    """A source that publishes each close when its session has closed, unless the test says otherwise.

    `prices` are frames of bars by series id, which a test may edit; `faults` are errors by series id;
    `withheld` names, by series id, the first session that is not published yet; `quarantines` are
    findings by series id. `asked` lists the series that were fetched.
    """

    name = "fake"

    def __init__(self, clock, prices, world="real"):
        self.clock, self.prices, self.world = clock, dict(prices), world
        self.faults, self.withheld, self.quarantines, self.asked = {}, {}, {}, []

    def revise(self, series_id, day, close):
        """Publish another close of a session from now on."""
        self.prices[series_id].loc[day, "close"] = close

    def available(self):
        return tuple(key for key in SERIES if key in self.prices)

    def ask(self, series_id, start, end):
        if series(series_id).id not in self.prices:
            raise NoSuchSeriesHere(series_id, self.name)
        return Request(series_id, f"fake:{series_id}", start, end)

    def fetch(self, request):
        self.asked.append(request.series)
        if request.series in self.faults:
            raise self.faults[request.series]
        moment = self.clock.now()
        rows = self.prices[request.series].loc[: str(closed_by(request.series, moment)), list(COLUMNS)]
        if request.series in self.withheld:
            rows = rows[rows.index < pd.Timestamp(self.withheld[request.series])]
        text = io.StringIO()
        rows.to_csv(text, index_label="date")
        return Payload(request, text.getvalue().encode(), moment)

    def read(self, payload):
        rows = parse_prices(payload.request.place, payload.content, signed=False, latest=date.max)
        bars = to_bars(payload, rows)
        refused = {pd.Timestamp(item.session_date) for item in self._findings(payload)}
        return replace(bars, frame=bars.frame[~bars.frame.index.isin(refused)])

    def remarks(self, payload):
        return self._findings(payload)

    def _findings(self, payload):
        return tuple(self.quarantines.get(payload.request.series, ()))
