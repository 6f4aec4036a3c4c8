"""Findings of the data checks: every row refused or doubted, with its reason, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select

from eventstudy.values import aware

from .quarantine import QuarantineRepository, Refused
from .rows import Written, found_frame, insert_rows
from .schema import quality_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    import pandas as pd
    from sqlalchemy import Connection

_FACTS = ("series", "session_date", "rule", "severity", "observed", "expected")
_KINDS = {
    **dict.fromkeys((*_FACTS, "source", "payload_hash"), "str"),
    "session_date": "datetime64[us]",
    "recorded_at": "datetime64[us, UTC]",
}
_KEY = ("series", "session_date", "rule", "observed")


class Finding(Protocol):
    """What a data check found; any record with these attributes will do."""

    @property
    def series(self) -> str:
        """Series id."""

    @property
    def session_date(self) -> date | None:
        """Session it concerns; None for the whole payload."""

    @property
    def rule(self) -> str:
        """Name of the check that failed."""

    @property
    def severity(self) -> str:
        """``quarantined`` (the row was not stored), ``warning`` (it was) or ``notice`` (nothing to do)."""

    @property
    def observed(self) -> str:
        """What the source said, in its own words."""

    @property
    def expected(self) -> str:
        """What the rule allows."""


class QualityRepository:
    """Reads and writes findings; one that was seen before is not written again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(
        self, findings: Iterable[Finding], *, source: str, payload_hash: str, recorded_at: datetime
    ) -> Written:
        """Store the findings whose (series, session, rule, observed) is new.

        A quarantined finding with a session and a ``row`` (open, high, low, close and volume as floats, NaN
        absent) is also held in the quarantine; see `db.quarantine.QuarantineRepository.hold`.

        Parameters
        ----------
        findings : iterable of Finding
            What the checks found in one payload.
        source, payload_hash : str
            Where the payload came from, and its SHA-256; see `eventstudy.values.Bars`.
        recorded_at : datetime
            Zone-aware instant of the recording.

        Returns
        -------
        Written
            Findings inserted and unchanged; none is ever revised.

        Raises
        ------
        BadValue
            If `recorded_at` has no zone.
        """
        recorded_at = aware("recorded_at", recorded_at)
        same: dict[str, Any] = {"source": source, "payload_hash": payload_hash, "recorded_at": recorded_at}
        found = list(findings)
        known = self._known({finding.series for finding in found})
        fresh: dict[tuple[Any, ...], dict[str, Any]] = {}
        for finding in found:
            row = {name: getattr(finding, name) for name in _FACTS}
            key = tuple(row[name] for name in _KEY)
            if key not in known:
                fresh.setdefault(key, {**row, **same})
        insert_rows(self._connection, quality_findings, list(fresh.values()))
        QuarantineRepository(self._connection).hold(_refused(found), **same)
        return Written(len(fresh), 0, len(found) - len(fresh))

    def _known(self, series: set[str]) -> set[tuple[Any, ...]]:
        columns = [quality_findings.c[name] for name in _KEY]
        query = select(*columns).where(quality_findings.c.series.in_(series))
        return {tuple(row) for row in self._connection.execute(query)}

    def all(self) -> pd.DataFrame:
        """Return every finding, in order of writing.

        Returns
        -------
        DataFrame
            Index 0..n-1. Columns ``series``, ``session_date`` (``datetime64[us]``, NaT: the whole payload),
            ``rule``, ``severity``, ``observed``, ``expected``, ``source``, ``payload_hash`` (text) and
            ``recorded_at`` (UTC).
        """
        query = select(*(quality_findings.c[name] for name in _KINDS)).order_by(quality_findings.c.id)
        return found_frame(self._connection.execute(query).all(), _KINDS)


def _refused(found: Iterable[Finding]) -> Iterator[Refused]:
    for finding in found:
        row = getattr(finding, "row", None)
        if finding.severity == "quarantined" and row is not None and finding.session_date is not None:
            facts = (finding.series, finding.session_date, finding.rule, finding.observed, finding.expected)
            yield Refused(*facts, row)
