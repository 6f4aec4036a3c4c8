"""Pull prices: provider -> check -> store, all series in one transaction or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from eventstudy.values import Exclusion
from jobs.errors import NoSuchSeriesHere, ProviderError
from jobs.providers.base import examine
from jobs.retry import Patience, retry

if TYPE_CHECKING:
    from datetime import date

    from db.rows import Written
    from db.store import Store
    from eventstudy.quality.finding import Finding
    from eventstudy.values import Bars
    from jobs.clock import Clock
    from jobs.providers.base import Provider

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
    """

    series: str
    source: str
    first_session: date
    last_session: date
    inserted: int
    revised: int
    unchanged: int


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
        Quarantined rows and warnings, as stored.
    """

    series: tuple[SeriesRefresh, ...]
    exclusions: tuple[Exclusion, ...]
    findings: tuple[Finding, ...]


def refresh(
    store: Store,
    provider: Provider,
    required: Sequence[str],
    optional: Sequence[str] = (),
    *,
    clock: Clock,
    patience: Patience,
    progress: Progress = silent,
) -> Refreshed:
    """Fetch, check and store the prices of some series.

    What one series brought is good whatever becomes of the next: a source that fails midway leaves what
    it gave before, and the rest is listed. Bad data is another matter: it throws doubt on all of it.

    Parameters
    ----------
    store : Store
        Where bars go.
    provider : Provider
        Where bars come from.
    required, optional : sequence of str
        Series ids; a required one without prices is a listed exclusion, an optional one is
        fetched only if the provider says that it holds it.
    clock : Clock
        Stamps the recording.
    patience : Patience
        How often a failing source is asked again.
    progress : callable
        Told one line a series.

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
    fetched, exclusions = _fetched(provider, wanted, patience, progress)
    with store.transaction() as transaction:
        transaction.claim_world(provider.world)
        recorded_at = clock.now()
        summaries = []
        for bars, findings in fetched:
            transaction.quality.write(
                findings, source=bars.source, payload_hash=bars.payload_hash, recorded_at=recorded_at
            )
            if bars.frame.empty:
                exclusions.append(Exclusion("*", bars.series, _all_refused(bars)))
            else:
                summaries.append(_summary(bars, transaction.prices.write(bars, recorded_at)))
        transaction.commit()
    every = tuple(item for _, findings in fetched for item in findings)
    return Refreshed(tuple(summaries), tuple(exclusions), every)


def _all_refused(bars: Bars) -> str:
    return f"{bars.source} brought no bar that could be kept: see the quarantined rows, or use another source"


def _summary(bars: Bars, written: Written) -> SeriesRefresh:
    days = bars.frame.index
    return SeriesRefresh(
        series=bars.series,
        source=bars.source,
        first_session=days[0].date(),
        last_session=days[-1].date(),
        inserted=written.inserted,
        revised=written.revised,
        unchanged=written.unchanged,
    )


def _fetched(
    provider: Provider, wanted: Sequence[str], patience: Patience, progress: Progress
) -> tuple[list[tuple[Bars, tuple[Finding, ...]]], list[Exclusion]]:
    fetched: list[tuple[Bars, tuple[Finding, ...]]] = []
    exclusions: list[Exclusion] = []
    last_failure: ProviderError | None = None
    for name in wanted:
        if last_failure is not None and last_failure.source_down:
            exclusions.append(Exclusion("*", name, str(last_failure)))
            continue
        progress(f"{provider.name}: {name}")
        try:
            fetched.append(_one_series(provider, name, patience))
        except NoSuchSeriesHere as absent:
            exclusions.append(Exclusion("*", name, str(absent)))
        except ProviderError as failure:
            exclusions.append(Exclusion("*", name, str(failure)))
            last_failure = failure
    if not fetched and last_failure is not None:
        raise last_failure
    return fetched, exclusions


def _one_series(provider: Provider, name: str, patience: Patience) -> tuple[Bars, tuple[Finding, ...]]:
    request = provider.ask(name, None, None)
    payload = retry(lambda: provider.fetch(request), patience)
    return examine(provider, payload)
