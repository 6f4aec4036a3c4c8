"""Study what the store holds: store -> eventstudy.event_study -> store, once per question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy import __version__
from eventstudy.errors import NothingToStudy
from eventstudy.measuring import AFTER_DAYS
from eventstudy.series import CORE, SERIES, missing_series_reason
from eventstudy.study import event_study
from eventstudy.values import Design, Event, Exclusion, Provenance, content_hash
from jobs.errors import NoPrices
from jobs.pipelines.refresh import Progress, silent
from jobs.pipelines.snapshot import snapshot_hash

if TYPE_CHECKING:
    from db.store import Store
    from db.studies import StoredStudy
    from eventstudy.results import StudyResult
    from jobs.clock import Clock


@dataclass(frozen=True)
class Question:
    """What is to be studied.

    Attributes
    ----------
    events : tuple of Event
        Events under study.
    series : tuple of str
        Series ids; a core series without prices is a listed exclusion, others are left out silently.
    design : Design
        The choices.
    seed : int
        Seed of the bootstrap.
    register : str
        Hash of the register the events come from.
    as_of : datetime or None
        Study what was known then; None means now.
    truth : DataFrame or None
        What was injected, for simulated worlds.
    """

    events: tuple[Event, ...]
    series: tuple[str, ...]
    design: Design
    seed: int
    register: str
    as_of: datetime | None = None
    truth: pd.DataFrame | None = None


def question_key(question: Question, snapshot: str) -> str:
    """Return the name of a question asked of one snapshot; equal questions share their stored answer.

    Parameters
    ----------
    question : Question
        What is to be studied.
    snapshot : str
        `snapshot_hash` of its prices.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return content_hash({
        "snapshot": snapshot,
        "design": question.design.hash,
        "register": question.register,
        "events": [event.id for event in question.events],
        "series": list(question.series),
        "seed": question.seed,
        "version": __version__,
    })  # fmt: skip


def within_reach(closes: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the closes that an answer can depend on: up to well behind the last event's windows and chart.

    Cutting the rest away makes yesterday's answer today's: a night that brought only sessions long after
    the last event finds its study stored.

    Parameters
    ----------
    closes : DataFrame
        Closing prices, one column a series, indexed by session.
    question : Question
        What is to be studied.

    Returns
    -------
    DataFrame
        Rows up to the cut; uncut where a series would be left without two prices to say where it begins.
    """
    if not question.events:
        return closes
    longest = max(AFTER_DAYS, *(end for _, end in question.design.windows))
    reach = timedelta(days=2 * longest + 14)  # sessions are closer than two days apart, but for holidays
    last = max(event.timestamp for event in question.events) + reach
    cut = closes.loc[: pd.Timestamp(last.date())]
    return cut if (cut.notna().sum() >= 2).all() else closes


def study(store: Store, question: Question, *, clock: Clock, progress: Progress = silent) -> StoredStudy:
    """Answer a question from stored prices, or find its stored answer.

    Parameters
    ----------
    store : Store
        Prices in, results out.
    question : Question
        What is to be studied.
    clock : Clock
        Stamps the recording.
    progress : callable
        Told one line.

    Returns
    -------
    StoredStudy
        The stored result; a second call with the same prices `within_reach` writes nothing.

    Raises
    ------
    NoPrices
        When the store holds, or held at that instant, no price of any asked series.
    NothingToStudy
        When every event and series was excluded.
    """
    with store.reading() as transaction:
        closes = within_reach(transaction.prices.closes(question.series, question.as_of), question)
        coverage = transaction.prices.coverage(question.as_of)
        world = transaction.world()
        key = question_key(question, snapshot_hash(closes))
        stored = transaction.studies.find(key)
    if stored is not None:
        return stored
    if closes.empty:
        raise NoPrices(question.series, question.as_of.isoformat() if question.as_of else "")
    progress(f"studying {len(question.events)} events on {closes.shape[1]} series")
    result = _answer(question, closes)
    recorded_at = clock.now()
    provenance = Provenance(
        world=world or "real",
        source=", ".join(sorted(set(coverage[coverage["series"].isin(closes.columns)]["source"]))),
        as_of=question.as_of or recorded_at,
        snapshot=snapshot_hash(closes),
        design=question.design.hash,
        register=question.register,
        seed=question.seed,
        code_version=__version__,
        notices=_notices(closes),
    )
    with store.transaction() as transaction:
        transaction.studies.write(key, result, provenance, recorded_at, truth=question.truth)
        transaction.commit()
        found = transaction.studies.find(key)
    assert found is not None
    return found


def _answer(question: Question, closes: pd.DataFrame) -> StudyResult:
    absent = tuple(
        Exclusion("*", name, missing_series_reason(name, "the store"))
        for name in question.series
        if name in CORE and name not in closes.columns
    )
    try:
        result = event_study(closes, question.events, question.design, seed=question.seed)
    except NothingToStudy as nothing:
        reasons = [f"{item.series}: {item.reason}" for item in absent]
        raise NothingToStudy([*nothing.reasons, *reasons]) from None
    return replace(result, exclusions=absent + result.exclusions)


def _notices(closes: pd.DataFrame) -> tuple[str, ...]:
    return tuple(
        f"{name} is a proxy of {SERIES[name].proxy_of}, studied under its own name"
        for name in closes.columns
        if SERIES[name].proxy_of
    )
