"""A small service on a small invented market: everything real but the source, the clock and the scale."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import eventstudy as es
from db import open_store
from jobs.pipelines.run import Plan
from jobs.pipelines.service import Register, Service
from jobs.pipelines.study import Question
from jobs.settings import load_settings
from tests.fakes import FakeProvider, HandClock
from tests.store_examples import address

TOKYO = ZoneInfo("Asia/Tokyo")
FIRST, LAST = date(2024, 6, 3), date(2025, 4, 30)
NEWS = es.Event("N1", "2024-10-01T08:00:00+09:00", "news", direction="escalation")
LATER = es.Event("N2", "2024-10-08T08:00:00+09:00", "more news", direction="talks")
TINY = es.Design(replications=99, starts=1, estimation=60, gap=2, windows=((0, 0), (0, 1)))
CORE_HERE = ("nikkei225", "usdjpy")
REGISTER = Register(events=(NEWS, LATER), articles=(), figures=(), estimation_end=LAST, hash="0" * 64)


def tokyo(text: str) -> datetime:
    """Return an instant told by Tokyo's clocks, such as ``2025-02-10 16:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def invented_prices(names=CORE_HERE, seed=1):
    """Return bars by series id of a simulated market without events, 2024-06-03 to 2025-04-30."""
    market = es.simulate_market(seed=seed, start=FIRST, end=LAST)
    return {name: market.bars[name].copy() for name in names}


def question(**changes) -> Question:
    """Return a question that is quick to answer."""
    asked = Question(events=(NEWS,), series=CORE_HERE, design=TINY, seed=1, register=REGISTER.hash)
    return replace(asked, **changes)


@contextmanager
def workshop(folder, clock=None, provider=None, prices=None, **settings):
    """Open a service whose store, unless `db` names another, and reports lie in a folder.

    It asks a failing source once.
    """
    clock = clock or HandClock(tokyo("2025-02-10 12:00"))
    provider = provider or FakeProvider(clock, prices or invented_prices())
    told = load_settings(
        **{"db": address(folder / "store.db"), "home": str(folder), "attempts": 1, **settings}
    )
    with open_store(told.db) as store:
        yield Service(told, clock, store, REGISTER, provider)


def plan(folder, **changes) -> Plan:
    """Return what every night in the workshop does."""
    reports = folder / "reports"
    reports.mkdir(exist_ok=True)
    return Plan(question(**changes), reports)


def dump(folder) -> list[str]:
    """Return everything that the workshop's store holds, read past the code under test."""
    with closing(sqlite3.connect(folder / "store.db")) as raw:
        return list(raw.iterdump())
