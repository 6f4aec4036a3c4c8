"""A store with rows in every table, and a way to change an SQLite file past its store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from db import open_store
from eventstudy.quality.finding import Finding
from tests.store_examples import (
    ARTICLE,
    CHECK,
    EVENT,
    FIGURE,
    MONDAY,
    READING,
    TUESDAY,
    bars,
    provenance,
    study,
    truth,
)

# printf 'date,close' | sha256sum
PAYLOAD = "d857acfa2c9e6a097ace214bc69ac7a8ed10c6d83afda1dc150ce96b976c0bf2"
HELD = Finding(
    "topix", date(2025, 4, 3), "jump", "quarantined", "+40 %", "within 30 %", (1.0, 2.0, 0.5, 1.5, 7.0)
)


def fill(url: str) -> None:
    """Write rows into every table, some of them twice."""
    with open_store(url) as store, store.transaction() as t:
        t.claim_world("simulated")
        t.payloads.write(b"date,close", MONDAY)
        t.prices.write(bars({"2025-04-04": 0.1 + 0.2, "2025-04-07": 100.0}), MONDAY)
        t.prices.write(bars({"2025-04-07": 101.0}), TUESDAY)
        t.prices.write(bars({"2025-04-07": -0.0, "2025-04-08": -0.25}, series="jgb10y"), TUESDAY)
        t.quality.write([HELD], source="files", payload_hash="a" * 64, recorded_at=MONDAY)
        t.events.write([EVENT])
        t.articles.write([ARTICLE])
        t.figures.write([FIGURE])
        t.checks.write("a" * 64, [CHECK], MONDAY)
        t.signals.write([READING], "a" * 64, MONDAY)
        question = {"events": ["E05"], "series": ["topix"]}
        t.studies.write("key", study(), provenance(), MONDAY, truth=truth(), question=question)
        done = t.runs.start("run", "2025-04-07", MONDAY, {"seed": 7})
        t.runs.finish(done.id, "done", TUESDAY, {"study": "key"})
        t.runs.start("nightly", "2025-04-08", TUESDAY, {})
        t.locks.acquire("run", "a machine", MONDAY, TUESDAY)
        t.commit()


def spoil(path: Path, *statements: str) -> None:
    """Change a file past its store."""
    with closing(sqlite3.connect(path)) as raw, raw:
        for statement in statements:
            raw.execute(statement)
