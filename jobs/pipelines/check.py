"""Hold what the store knows to every data rule: store -> eventstudy.quality -> store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from db.errors import MixedWorlds
from eventstudy.quality.finding import Finding
from eventstudy.quality.freshness import Freshness, freshness, staleness, unsettled
from eventstudy.quality.judging import judge
from eventstudy.quality.reconciliation import Reconciliation, disagreements, reconcile
from eventstudy.quality.screen import in_order
from eventstudy.quality.telling import COLUMNS, day
from eventstudy.quality.tracking import Tracking, pairs, poor_tracking, tracking
from eventstudy.report.tables import records
from eventstudy.series import SERIES
from eventstudy.series import series as series_record
from eventstudy.values import Exclusion
from jobs.errors import NoPrices, ProviderError
from jobs.providers.base import examine
from jobs.retry import Patience, retry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from db.store import Store, Transaction
    from jobs.clock import Clock
    from jobs.providers.base import Provider

SOURCE = "check"
ONCE = Patience(attempts=1)
_REVIEWED = ("series", "session_date", "rule")


@dataclass(frozen=True)
class Checked:
    """What a check of the stored prices found.

    Attributes
    ----------
    moment : datetime
        Whose knowledge was checked, and against which freshness is measured.
    series : tuple of str
        Series ids checked, in the order of the table.
    rows : mapping of str to int
        Bars held of each.
    findings : tuple of Finding
        By series, then date. Quarantined ones were refused on the way in and wait for a review.
    freshness : tuple of Freshness
        One a series.
    tracking : tuple of Tracking
        One a pair of which one series is checked and both are held.
    reconciled : tuple of Reconciliation
        One a series that the second source brought; empty without one.
    exclusions : tuple of Exclusion
        One a series that the second source says it has and did not bring, event ``*``.
    snapshot : str
        SHA-256 of every bar that was read.
    """

    moment: datetime
    series: tuple[str, ...]
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]
    freshness: tuple[Freshness, ...]
    tracking: tuple[Tracking, ...]
    reconciled: tuple[Reconciliation, ...]
    exclusions: tuple[Exclusion, ...]
    snapshot: str


def check(
    store: Store,
    *,
    clock: Clock,
    as_of: datetime | None = None,
    series: Sequence[str] | None = None,
    second: Provider | None = None,
    patience: Patience = ONCE,
) -> Checked:
    """Run every rule over stored bars, and keep what was found.

    Parameters
    ----------
    store : Store
        Bars in, findings out.
    clock : Clock
        Says what should be there by now, and stamps the recording.
    as_of : datetime, optional
        Check what was known then; such findings are told and not kept, the kept ones are about now.
    series : sequence of str, optional
        Series ids; all that the store holds by default. Their relatives are read too.
    second : Provider, optional
        Another source that the bars are compared with; series that it lacks are left out.
    patience : Patience
        How often a failing second source is asked again; once by default.

    Returns
    -------
    Checked
        Findings, freshness, tracking and comparison.

    Raises
    ------
    UnknownSeries
        For an id that is not in the table.
    NoPrices
        If the store holds no bar of a series that was asked for, or none at all.
    MixedWorlds
        If one is real and the other simulated.
    ProviderError
        If the second source brings nothing at all.
    BadPrices
        If it brings what cannot be trusted; nothing is kept.
    """
    moment = as_of or clock.now()
    with store.reading() as transaction:
        frames = _frames(transaction, as_of)
        refused = _refused(transaction, moment)
        world = transaction.world()
    if second is not None and world is not None and second.world != world:
        raise MixedWorlds(world, second.world)
    wanted = _wanted(frames, series, as_of)
    compared, exclusions = _compared(frames, wanted, second, patience)
    states = tuple(freshness(name, day(frames[name].index[-1]), moment) for name in wanted)
    tracked = _tracked(frames, wanted)
    found = list(judge(frames, wanted))
    for state in states:
        found.extend(staleness(state))
        found.extend(unsettled(state.series, frames[state.series], state.expected_session))
    for pair in tracked:
        found.extend(poor_tracking(pair))
    for comparison in compared:
        found.extend(disagreements(comparison, second.name if second else ""))
    new = _not_refused(found, refused)
    snapshot = _snapshot(frames)
    if as_of is None:
        _keep(store, new, snapshot, moment)
    rows = {name: len(frames[name]) for name in wanted}
    every = _by_series([*refused, *new], wanted)
    return Checked(moment, wanted, rows, every, states, tracked, compared, exclusions, snapshot)


def _wanted(
    frames: Mapping[str, pd.DataFrame], series: Sequence[str] | None, as_of: datetime | None
) -> tuple[str, ...]:
    asked = tuple(frames) if series is None else tuple(series_record(name).id for name in series)
    absent = [name for name in asked if name not in frames] if asked else ["any series"]
    if absent:
        raise NoPrices(absent, as_of.isoformat() if as_of else "")
    return tuple(name for name in frames if name in asked)


def _not_refused(found: Sequence[Finding], refused: Sequence[Finding]) -> list[Finding]:
    """Leave out sessions that miss a bar because theirs was refused: that is told already."""
    told = {(item.series, item.session_date) for item in refused}
    return [
        item
        for item in found
        if item.rule != "missing session" or (item.series, item.session_date) not in told
    ]


def _frames(transaction: Transaction, as_of: datetime | None) -> dict[str, pd.DataFrame]:
    held = set(transaction.prices.coverage(as_of)["series"])
    return {name: transaction.prices.bars(name, as_of) for name in SERIES if name in held}


def _refused(transaction: Transaction, moment: datetime) -> list[Finding]:
    """Return the quarantined findings known at an instant that nobody had reviewed by then."""
    told = transaction.quality.all()
    told = told[(told["severity"] == "quarantined") & (told["recorded_at"] <= moment)]
    reviews = transaction.quarantine.all()
    reviews = reviews[reviews["reviewed_at"] <= moment]
    settled = set(zip(*(reviews[name] for name in _REVIEWED), strict=True))
    return [_finding(row) for row in records(told) if tuple(row[name] for name in _REVIEWED) not in settled]


def _finding(row: dict[str, Any]) -> Finding:
    session = None if row["session_date"] is pd.NaT else day(row["session_date"])
    return Finding(row["series"], session, row["rule"], row["severity"], row["observed"], row["expected"])


def _compared(
    frames: Mapping[str, pd.DataFrame], wanted: Sequence[str], second: Provider | None, patience: Patience
) -> tuple[tuple[Reconciliation, ...], tuple[Exclusion, ...]]:
    if second is None:
        return (), ()
    compared: list[Reconciliation] = []
    exclusions: list[Exclusion] = []
    failure: ProviderError | None = None
    for name in (name for name in second.available() if name in wanted):
        if failure is not None and failure.source_down:
            exclusions.append(Exclusion("*", name, str(failure)))
            continue
        try:
            compared.append(reconcile(name, frames[name]["close"], _asked(second, name, patience)))
        except ProviderError as trouble:
            failure = trouble
            exclusions.append(Exclusion("*", name, str(trouble)))
    if failure is not None and not compared:
        raise failure
    return tuple(compared), tuple(exclusions)


def _asked(second: Provider, name: str, patience: Patience) -> pd.Series[float]:
    request = second.ask(name, None, None)
    bars, _ = examine(second, retry(lambda: second.fetch(request), patience))
    return bars.frame["close"]


def _tracked(frames: Mapping[str, pd.DataFrame], wanted: Sequence[str]) -> tuple[Tracking, ...]:
    told = (tracking(pair, frames) for pair in pairs(frames) if {pair.series, pair.reference} & set(wanted))
    return tuple(item for item in told if item is not None)


def _by_series(findings: Sequence[Finding], wanted: Sequence[str]) -> tuple[Finding, ...]:
    ordered = in_order(list(findings))
    return tuple(item for name in wanted for item in ordered if item.series == name)


def _keep(store: Store, findings: Sequence[Finding], snapshot: str, moment: datetime) -> None:
    with store.transaction() as transaction:
        transaction.quality.write(findings, source=SOURCE, payload_hash=snapshot, recorded_at=moment)
        transaction.commit()


def _snapshot(frames: Mapping[str, pd.DataFrame]) -> str:
    digest = hashlib.sha256()
    for name, rows in frames.items():
        digest.update(name.encode())
        digest.update(rows.index.to_numpy().astype("datetime64[us]").astype(np.int64).tobytes())
        digest.update(rows[list(COLUMNS)].to_numpy(dtype=np.float64).tobytes())
    return digest.hexdigest()
