"""Study what the store holds: store -> eventstudy.event_study -> store, once per question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy import __version__
from eventstudy.errors import NothingToStudy
from eventstudy.measuring import AFTER_DAYS
from eventstudy.series import CORE, SERIES, missing_series_reason
from eventstudy.study import event_study
from eventstudy.values import Design, Event, Exclusion, Provenance, content_hash
from jobs.errors import NoPrices
from jobs.pipelines.refresh import Progress, silent
from jobs.pipelines.snapshot import Prices, known_prices

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
        Name of its prices; it covers the bars, because the range-based statistics do.

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


def question_document(question: Question) -> dict[str, Any]:
    """Return the events and series of a question as JSON-able data, so that it can be asked again."""
    return {"events": [_told(event) for event in question.events], "series": list(question.series)}


def _told(event: Event) -> dict[str, Any]:
    moments = {name: getattr(event, name) for name in ("timestamp", "earliest", "latest")}
    words = {name: getattr(event, name) for name in ("id", "label", "direction", "episode", "kind", "zone")}
    return words | {name: moment and moment.isoformat() for name, moment in moments.items()}


def within_reach(prices: Prices, question: Question) -> Prices:
    """Return the prices that an answer can depend on: up to well behind the last event's windows and chart.

    All history before the events counts, for placebo dates lie there. Cutting the rest away makes yesterday's
    answer today's: a night that brought only sessions long after the last event finds its study stored.

    Parameters
    ----------
    prices : Prices
        All that is known.
    question : Question
        What is to be studied.

    Returns
    -------
    Prices
        Sessions up to the cut; uncut where a series would be left without two closes to say where it begins.
    """
    if not question.events:
        return prices
    longest = max(AFTER_DAYS, *(end for _, end in question.design.windows))
    reach = timedelta(days=3 * longest // 2 + 14)  # five sessions a week, and room for holidays
    last = max(event.timestamp for event in question.events) + reach
    cut = prices.until(pd.Timestamp(last.date()))
    return cut if (cut.closes.notna().sum() >= 2).all() else prices


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
        prices = within_reach(known_prices(transaction, question.series, question.as_of), question)
        coverage = transaction.prices.coverage(question.as_of)
        world = transaction.world()
        key = question_key(question, prices.snapshot)
        stored = transaction.studies.find(key)
    if stored is not None:
        return stored
    if prices.closes.empty:
        raise NoPrices(question.series, question.as_of.isoformat() if question.as_of else "")
    progress(f"studying {len(question.events)} events on {prices.closes.shape[1]} series")
    result = answer(question, prices)
    recorded_at = clock.now()
    provenance = Provenance(
        world=world or "real",
        source=", ".join(sorted(set(coverage[coverage["series"].isin(prices.closes.columns)]["source"]))),
        as_of=question.as_of or coverage["last_recorded_at"].max().to_pydatetime(),
        snapshot=prices.snapshot,
        design=question.design.hash,
        register=question.register,
        seed=question.seed,
        code_version=__version__,
        notices=_notices(prices.closes),
    )
    with store.transaction() as transaction:
        asked = question_document(question)
        transaction.studies.write(key, result, provenance, recorded_at, truth=question.truth, question=asked)
        transaction.commit()
        found = transaction.studies.find(key)
    assert found is not None
    return found


def answer(question: Question, prices: Prices) -> StudyResult:
    """Return the result of a study of some prices; nothing is read or written.

    Parameters
    ----------
    question : Question
        What is to be studied.
    prices : Prices
        Those `within_reach` of it.

    Returns
    -------
    StudyResult
        With an exclusion for each core series that is asked for and has no prices.

    Raises
    ------
    NothingToStudy
        When every event and series was excluded.
    """
    absent = tuple(
        Exclusion("*", name, missing_series_reason(name, "the store"))
        for name in question.series
        if name in CORE and name not in prices.closes.columns
    )
    try:
        result = event_study(
            prices.closes, question.events, question.design, seed=question.seed, bars=prices.bars
        )
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
