"""Pull prices: provider -> check -> store, all series in one transaction or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from db.rows import Written
from eventstudy.quality.finding import Finding
from eventstudy.values import Exclusion
from jobs.breaker import Caller
from jobs.errors import NoSuchSeriesHere, ProviderError
from jobs.pipelines.intake import (
    OVERLAP,
    Doubt,
    can_settle,
    missing_rows,
    restated,
    second_look,
    settle_between,
)
from jobs.pipelines.sources import members_of, provider_name
from jobs.providers.base import closed_by, examine
from jobs.refused import Truncated

if TYPE_CHECKING:
    from datetime import date, datetime

    from db.store import Store, Transaction
    from eventstudy.values import Bars
    from jobs.clock import Clock
    from jobs.pipelines.sources import Sources
    from jobs.providers.base import Payload, Provider
    from jobs.retry import Patience

Progress: TypeAlias = Callable[[str], None]


def silent(_: str) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class SeriesRefresh:
    """What one series brought.

    Attributes
    ----------
    series, source : str
        Series id, and provider and place.
    first_session, last_session : date
        Span of the answer.
    inserted, revised, unchanged : int
        Bars that were new, that replaced an earlier version, that were known already.
    failed : tuple of str
        The sources before it in the list that carry the series and failed, each with the reason.
    """

    series: str
    source: str
    first_session: date
    last_session: date
    inserted: int
    revised: int
    unchanged: int
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refreshed:
    """What a refresh brought and what it could not bring.

    Attributes
    ----------
    series : tuple of SeriesRefresh
        One per stored series.
    exclusions : tuple of Exclusion
        One per wanted series without prices, event ``*``.
    findings : tuple of Finding
        Quarantined rows and warnings, as stored. An answer that is known already brings none again.
    """

    series: tuple[SeriesRefresh, ...]
    exclusions: tuple[Exclusion, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Answer:
    """What became of one series: an answer and its bars, or the failures for which there are none."""

    series: str
    failures: tuple[tuple[str, ProviderError], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    payload: Payload | None = None
    told: pd.DatetimeIndex | None = None
    bars: Bars | None = None  # None: known to the last byte

    @property
    def failed(self) -> tuple[str, ...]:
        """Why each source that carries the series failed."""
        return tuple(f"{name}: {failure}" for name, failure in self.failures if _counts(failure))

    def exclusion(self) -> Exclusion:
        """Why the series has no prices: the failures, or else that nobody carries it."""
        named = [failure for _, failure in self.failures if _counts(failure)]
        named = named or [failure for _, failure in self.failures]
        return Exclusion("*", self.series, "; ".join(str(failure) for failure in named))


def refresh(
    store: Store,
    provider: Provider | Sources,
    required: Sequence[str],
    optional: Sequence[str] = (),
    *,
    clock: Clock,
    patience: Patience,
    progress: Progress = silent,
    caller: Caller | None = None,
) -> Refreshed:
    """Fetch, check and store the prices of some series.

    What one series brought is good whatever becomes of the next: a source that fails midway leaves what
    it gave before, and the rest is listed. Bad data is another matter: it throws doubt on all of it.

    Of several sources the first answers that carries the series and does not fail; a failure before it is a
    ``fallback`` finding. Every bar keeps its source, and `jobs.pipelines.intake` says what happens where two
    sources tell one session. An answer with fewer sessions than the same source told before is refused as a
    whole, which is a ``truncated`` finding and a failure of that source. A live source is asked for its whole
    history at first, on Mondays and when it tells the past anew, else for the last `OVERLAP`. An answer that
    is known to the last byte is neither read nor written again, unless it can settle a provisional bar.

    Parameters
    ----------
    store : Store
        Where bars go.
    provider : Provider or Sources
        Where bars come from.
    required, optional : sequence of str
        Series ids; a required one without prices is a listed exclusion, an optional one is
        fetched only if a source says that it holds it.
    clock : Clock
        Stamps the recording.
    patience : Patience
        How often a failing source is asked again.
    progress : callable
        Told one line a series.
    caller : Caller, optional
        Who asks, and remembers which sources to leave alone; by default one that knows nothing yet.

    Returns
    -------
    Refreshed
        Per-series counts, exclusions and findings.

    Raises
    ------
    BadPrices
        For data that cannot be trusted; nothing is stored.
    ProviderError
        When no series at all could be fetched.
    StoreError
        When the store cannot be written; nothing is stored.
    """
    held = set(provider.available())
    wanted = [*required, *(name for name in optional if name in held and name not in required)]
    errand = _Errand(store, members_of(provider), clock, patience, progress, caller or Caller())
    answers = [errand.run(name) for name in wanted]
    _raise_if_nothing_came(answers)
    with store.transaction() as transaction:
        transaction.claim_world(provider.world)
        moment = clock.now()
        done = [_stored(transaction, answer, moment) for answer in answers]
        transaction.commit()
    return Refreshed(
        tuple(item for item in done if isinstance(item, SeriesRefresh)),
        tuple(item for item in done if isinstance(item, Exclusion)),
        tuple(doubt.finding for answer in answers for doubt in answer.doubts),
    )


@dataclass(frozen=True)
class _Errand:
    """Asks the sources for one series after another, and holds each answer against the store."""

    store: Store
    sources: tuple[Provider, ...]
    clock: Clock
    patience: Patience
    progress: Progress
    caller: Caller

    def run(self, name: str) -> _Answer:
        """Return what the first source answers that carries the series and does not fail."""
        failures: list[tuple[str, ProviderError]] = []
        refused: list[Doubt] = []
        for source in self.sources:
            try:
                payload = self._fetched(source, name, self._since(source, name))
                answer = self._examined(source, payload)
                if payload.request.start is not None and _tells_anew(answer):
                    payload = self._fetched(source, name, None)
                    answer = self._examined(source, payload)
            except ProviderError as failure:
                failures.append((source.name, failure))
                if isinstance(failure, Truncated):
                    refused.append(_refusal(name, failure, payload))
                continue
            doubts = (*refused, *_fallback(failures, payload), *answer.doubts)
            return replace(answer, failures=tuple(failures), doubts=doubts)
        return _Answer(name, tuple(failures), tuple(refused))

    def _since(self, source: Provider, name: str) -> date | None:
        """Return from when on a live source is asked; None, on Mondays too, for its whole history."""
        if not _is_live(source) or self.clock.now().weekday() == 0:
            return None
        with self.store.reading() as transaction:
            last, batch = transaction.prices.last_session(name), transaction.prices.last_batch(name)
        mine = batch is not None and provider_name(batch.source) == source.name
        return last - OVERLAP if last is not None and mine else None

    def _fetched(self, source: Provider, name: str, start: date | None) -> Payload:
        request = source.ask(name, start, None)
        self.progress(f"{source.name}: {name}")
        return self.caller.ask(source.name, lambda: source.fetch(request), self.patience, self.clock.now())

    def _examined(self, source: Provider, payload: Payload) -> _Answer:
        name, place = payload.request.series, payload.request.place
        with self.store.reading() as transaction:
            last = transaction.prices.last_batch(name)
            known = transaction.prices.bars(name)
            again = last is not None and (last.source, last.payload_hash) == (place, payload.hash)
            if again and not can_settle(known, closed_by(name, payload.fetched_at)):
                return _Answer(name, payload=payload, told=pd.DatetimeIndex(known.index))
            known = known.join(transaction.prices.sources(name))
        bars, findings = examine(source, payload)
        lost = missing_rows(_sessions_told(bars, findings, known), known, place)
        if lost:
            raise Truncated(place, lost)
        found = (Doubt(finding, bars.source, bars.payload_hash) for finding in findings)
        doubts = (*found, *restated(bars, known))
        if _is_live(source):
            bars = second_look(bars, known)
        kept, disagreements = settle_between(bars, known, [one.name for one in self.sources])
        told = pd.DatetimeIndex(bars.frame.index)
        return _Answer(name, (), (*doubts, *disagreements), payload, told, kept)


def _is_live(source: Provider) -> bool:
    """Return whether a source tells the newest bars while they may still change."""
    return getattr(source, "second_look", False)


def _tells_anew(answer: _Answer) -> bool:
    return any(doubt.finding.rule == "restated" for doubt in answer.doubts)


def _counts(failure: ProviderError) -> bool:
    return not isinstance(failure, NoSuchSeriesHere)


def _sessions_told(bars: Bars, findings: Sequence[Finding], known: pd.DataFrame) -> pd.DatetimeIndex:
    """Return the sessions of an answer, those that are stored and have a quarantined row in it too."""
    doubted = [item.session_date for item in findings if item.severity == "quarantined" and item.session_date]
    days = pd.DatetimeIndex(doubted, dtype="datetime64[us]")
    return pd.DatetimeIndex(bars.frame.index.union(days[days.isin(known.index)]))


def _refusal(name: str, failure: Truncated, payload: Payload) -> Doubt:
    expected = "every session that this source told before; nothing of the answer was kept"
    day = payload.fetched_at.date()
    return Doubt(
        Finding(name, day, "truncated", "warning", failure.what, expected), failure.place, payload.hash
    )


def _fallback(failures: Sequence[tuple[str, ProviderError]], payload: Payload) -> tuple[Doubt, ...]:
    failed = [(source, failure) for source, failure in failures if _counts(failure)]
    if not failed:
        return ()
    request, day = payload.request, payload.fetched_at.date()
    observed = "; ".join(f"{source} failed: {failure.message}" for source, failure in failed)
    expected = f"{failed[0][0]}, which comes first; {request.place} answered instead"
    finding = Finding(request.series, day, "fallback", "warning", observed, expected)
    return (Doubt(finding, request.place, payload.hash),)


def _raise_if_nothing_came(answers: Sequence[_Answer]) -> None:
    """Raise the last failure of a source if no series brought anything, not even something to be recorded."""
    failures = [failure for answer in answers for _, failure in answer.failures if _counts(failure)]
    if failures and not any(answer.payload or answer.doubts for answer in answers):
        raise failures[-1]


def _stored(transaction: Transaction, answer: _Answer, moment: datetime) -> SeriesRefresh | Exclusion:
    """Write what became of one series; the same answer a second time writes nothing."""
    new = 0
    for (source, hash_), doubts in groupby(answer.doubts, key=lambda one: (one.source, one.payload_hash)):
        findings = [doubt.finding for doubt in doubts]
        told = transaction.quality.write(findings, source=source, payload_hash=hash_, recorded_at=moment)
        new += told.inserted
    if answer.payload is None or answer.told is None:
        return answer.exclusion()
    if answer.told.empty:
        return Exclusion("*", answer.series, _all_refused(answer.payload.request.place))
    written = Written(0, 0, 0) if answer.bars is None else transaction.prices.write(answer.bars, moment)
    if new or written.inserted or written.revised:
        transaction.payloads.write(answer.payload.content, moment)
    return _summary(answer, answer.payload, answer.told, written)


def _all_refused(place: str) -> str:
    return f"{place} brought no bar that could be kept: see the quarantined rows, or use another source"


def _summary(answer: _Answer, payload: Payload, told: pd.DatetimeIndex, written: Written) -> SeriesRefresh:
    return SeriesRefresh(
        series=answer.series,
        source=payload.request.place,
        first_session=told[0].date(),
        last_session=told[-1].date(),
        inserted=written.inserted,
        revised=written.revised,
        unchanged=len(told) - written.inserted - written.revised,
        failed=answer.failed,
    )
