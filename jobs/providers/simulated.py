"""Prices from a simulated market with known truth, for demonstrations; never mixed with real ones."""

from __future__ import annotations

import io
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol

from eventstudy.series import SERIES, series
from eventstudy.simulate import END, simulate_market
from jobs.errors import NoSuchSeriesHere
from jobs.providers.base import COLUMNS, Payload, Request, closed_by, to_bars
from jobs.providers.pricefile import parse_prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy.quality.finding import Finding
    from eventstudy.values import Bars, Event
    from jobs.clock import Clock
    from jobs.providers.base import Surroundings

HISTORY = date(2014, 1, 6)
"""First day: far enough back that every event has placebo dates to be ranked among."""


class Market(Protocol):
    """What this provider needs of `eventstudy.simulate.SimulatedMarket`."""

    @property
    def bars(self) -> Mapping[str, pd.DataFrame]:
        """Series id to bars; index ``session``, columns ``open high low close volume``."""
        ...

    @property
    def truth(self) -> pd.DataFrame:
        """What was put in; columns ``event series session mean_effect variance_multiple``."""
        ...


class Simulate(Protocol):
    """A function that makes a market, such as `eventstudy.simulate.simulate_market`."""

    def __call__(self, *, seed: int, events: Sequence[Event], start: date, end: date) -> Market:
        """Return the market of a seed; the same arguments give the same market."""
        ...


class SimulatedProvider:
    """A market that never was; the same seed, events and end give the same prices for ever.

    Parameters
    ----------
    clock : Clock
        Stamps what is fetched; sessions that have not closed by then are not served.
    events : sequence of Event
        Register whose events move the market.
    seed : int
        Seed of the market.
    end : date
        Its last day.
    simulate : callable
        Makes the market, on first use.
    """

    name = "simulated"
    world: Literal["real", "simulated"] = "simulated"

    def __init__(
        self,
        clock: Clock,
        events: Sequence[Event],
        *,
        seed: int = 0,
        end: date = END,
        simulate: Simulate = simulate_market,
    ) -> None:
        self._clock, self._events, self._seed, self._end = clock, events, seed, end
        self._simulate = simulate

    @cached_property
    def _market(self) -> Market:
        return self._simulate(seed=self._seed, events=self._events, start=HISTORY, end=self._end)

    @property
    def truth(self) -> pd.DataFrame:
        """What was put in; columns ``event series session mean_effect variance_multiple``."""
        return self._market.truth

    def available(self) -> tuple[str, ...]:
        """Return the ids of the simulated series."""
        return tuple(key for key in SERIES if key in self._market.bars)

    def ask(self, series_id: str, start: date | None, end: date | None) -> Request:
        """Return the request for a simulated series; raises UnknownSeries or NoSuchSeriesHere."""
        if series(series_id).id not in self._market.bars:
            raise NoSuchSeriesHere(series_id, "the simulated market")
        return Request(series_id, f"simulated:seed={self._seed}", start, end)

    def fetch(self, request: Request) -> Payload:
        """Return the series as the text of a price file, up to the last session that has closed."""
        moment = self._clock.now()
        closed = str(closed_by(request.series, moment))
        text = io.StringIO()
        self._market.bars[request.series].loc[:closed, list(COLUMNS)].to_csv(text, index_label="date")
        return Payload(request, text.getvalue().encode(), moment, {"seed": str(self._seed)})

    def read(self, payload: Payload) -> Bars:
        """Return the rows from the request's start to its end."""
        request = payload.request
        signed = series(request.series).quantity == "yield"
        latest = payload.fetched_at.date()
        return to_bars(payload, parse_prices(request.place, payload.content, signed=signed, latest=latest))

    def remarks(self, payload: Payload) -> tuple[Finding, ...]:
        """Return nothing: a simulated market has no faults."""
        return ()


def open_provider(argument: str, surroundings: Surroundings) -> SimulatedProvider:
    """Return the provider of ``simulated``, with the seed of the settings and the register's events."""
    return SimulatedProvider(surroundings.clock, surroundings.events, seed=surroundings.settings.seed)
