"""Compute a stored study again from the prices of then, and say where the two differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy import __version__
from eventstudy.values import Event
from jobs.errors import NothingStored, NotReproducible
from jobs.pipelines.refresh import Progress, silent
from jobs.pipelines.snapshot import known_prices
from jobs.pipelines.study import Question, answer, within_reach

if TYPE_CHECKING:
    from datetime import datetime

    from db.store import Store
    from db.studies import StoredStudy
    from eventstudy.results import StudyResult

TABLES = ("table", "fits", "paths", "reactions", "questions", "sizes", "curve")
RECORDS = ("design", "seed", "exclusions", "warnings")


@dataclass(frozen=True)
class Reproduction:
    """A stored study beside the same one computed now.

    Attributes
    ----------
    key : str
        Of the study.
    as_of : datetime
        Instant whose knowledge both used.
    snapshot : str
        SHA-256 of the prices that both used.
    rows : int
        Result rows compared.
    differing : tuple of str
        Parts that are not equal bit for bit; empty when all are.
    code_version, code_version_now : str
        Versions of this package that computed the two.
    """

    key: str
    as_of: datetime
    snapshot: str
    rows: int
    differing: tuple[str, ...]
    code_version: str
    code_version_now: str

    @property
    def identical(self) -> bool:
        """Whether every number is the same, bit for bit."""
        return not self.differing


def reproduce(store: Store, key: str | None = None, *, progress: Progress = silent) -> Reproduction:
    """Compute a stored study again from what the store knew when it was made; nothing is written.

    Parameters
    ----------
    store : Store
        That holds it.
    key : str or None
        Of the study, or a beginning of it that no other shares; None is the latest.
    progress : callable
        Told one line.

    Returns
    -------
    Reproduction
        Names what differs; nothing does unless another version of the program computed it.

    Raises
    ------
    NothingStored
        Without such a study.
    NotReproducible
        If the store no longer knows the prices or the question of then.
    """
    with store.reading() as transaction:
        stored = transaction.studies.latest() if key is None else transaction.studies.beginning(key)
        if stored is None:
            raise NothingStored("study" if key is None else f"study {key}", store.url, "eventstudy study")
        if stored.question is None:
            raise NotReproducible(stored.key, "it was stored by a version that did not keep its events")
        question = asked(stored)
        prices = within_reach(known_prices(transaction, question.series, question.as_of), question)
    if prices.snapshot != stored.provenance.snapshot:
        raise NotReproducible(stored.key, "the store's prices of that instant are not those that it used")
    progress(f"studying {len(question.events)} events again")
    differing = differences(stored.result, answer(question, prices))
    return Reproduction(
        key=stored.key,
        as_of=stored.provenance.as_of,
        snapshot=prices.snapshot,
        rows=len(stored.result.table),
        differing=differing,
        code_version=stored.provenance.code_version,
        code_version_now=__version__,
    )


def asked(stored: StoredStudy) -> Question:
    """Return the question that a stored study answers.

    Parameters
    ----------
    stored : StoredStudy
        With its ``question``.

    Returns
    -------
    Question
        As of the instant whose knowledge it used.
    """
    assert stored.question is not None
    return Question(
        events=tuple(Event(**told) for told in stored.question["events"]),
        series=tuple(stored.question["series"]),
        design=stored.result.design,
        seed=stored.result.seed,
        register=stored.provenance.register,
        as_of=stored.provenance.as_of,
        truth=stored.truth,
    )


def differences(stored: StudyResult, computed: StudyResult) -> tuple[str, ...]:
    """Return the names of the parts of two results that are not equal bit for bit.

    Parameters
    ----------
    stored, computed : StudyResult
        Two answers to one question.

    Returns
    -------
    tuple of str
        Tables by name, and ``design``, ``seed``, ``exclusions`` or ``warnings``.
    """
    tables = (name for name in TABLES if not _same(getattr(stored, name), getattr(computed, name)))
    records = (name for name in RECORDS if getattr(stored, name) != getattr(computed, name))
    return (*tables, *records)


def _same(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.equals(other)
