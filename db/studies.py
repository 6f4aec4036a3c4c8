"""Studies: each result with what it rests on, stored once under its key and read back bit for bit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from eventstudy.results import (
    CURVE_COLUMNS,
    FIT_COLUMNS,
    PATH_COLUMNS,
    QUESTION_COLUMNS,
    REACTION_COLUMNS,
    RESULT_COLUMNS,
    SIZE_COLUMNS,
    StudyResult,
)
from eventstudy.values import Design, Exclusion, Provenance, aware

from . import study_schema as schema
from .errors import StudyDiffers
from .rows import (
    Row,
    describe_columns,
    exact_rows,
    from_json,
    insert_rows,
    rebuilt,
    to_json,
)
from .sets import recorded_by
from .worlds import claim_world

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    import pandas as pd
    from sqlalchemy import Connection, Table

_TRUTH_COLUMNS = ("event", "series", "session", "mean_effect", "variance_multiple")
_FRAMES: dict[str, tuple[Table, Sequence[str]]] = {
    "table": (schema.results, RESULT_COLUMNS),
    "fits": (schema.fits, FIT_COLUMNS),
    "paths": (schema.paths, PATH_COLUMNS),
    "reactions": (schema.reactions, REACTION_COLUMNS),
    "questions": (schema.questions, QUESTION_COLUMNS),
    "sizes": (schema.sizes, SIZE_COLUMNS),
    "curve": (schema.curve, CURVE_COLUMNS),
    "truth": (schema.truths, _TRUTH_COLUMNS),
}


@dataclass(frozen=True)
class StoredStudy:
    """A result with what it rests on.

    Attributes
    ----------
    key : str
        Names everything the result depends on.
    result : StudyResult
        Equal to the one computed, bit for bit.
    provenance : Provenance
        What it rests on; ``as_of`` in UTC.
    recorded_at : datetime
        Instant of the recording, UTC.
    truth : DataFrame or None
        For simulated worlds what was planted: ``event series session mean_effect`` (per cent)
        ``variance_multiple`` (ratio, 1 no effect). None where nobody knows.
    """

    key: str
    result: StudyResult
    provenance: Provenance
    recorded_at: datetime
    truth: pd.DataFrame | None


class StudyRepository:
    """Reads and writes studies; one that is stored is never changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(
        self,
        key: str,
        result: StudyResult,
        provenance: Provenance,
        recorded_at: datetime,
        *,
        truth: pd.DataFrame | None = None,
    ) -> bool:
        """Store a study under its key, or find that it is stored already.

        Parameters
        ----------
        key : str
            Names everything the result depends on.
        result : StudyResult
            Its frames have the index 0..n-1.
        provenance : Provenance
            What it rests on; claims its world for the store.
        recorded_at : datetime
            Zone-aware instant of the recording.
        truth : DataFrame, optional
            What was planted in a simulated world: ``event series session mean_effect
            variance_multiple``.

        Returns
        -------
        bool
            False if the same result was there already and nothing was written.

        Raises
        ------
        BadValue
            For a frame that no table can keep exactly, or an instant without a zone.
        MixedWorlds
            If the store holds the other world.
        StudyDiffers
            If another result is stored under the key.
        """
        claim_world(self._connection, provenance.world)
        frames = {name: frame for name, frame in _frames(result, truth).items() if frame is not None}
        rows = {name: exact_rows(name, frame, *_FRAMES[name]) for name, frame in frames.items()}
        stored = self.find(key)
        if stored is not None:
            _check_same(stored, result, truth)
            return False
        head = {"key": key, "recorded_at": aware("recorded_at", recorded_at)}
        head |= {**_head(result, provenance), "columns": {n: describe_columns(f) for n, f in frames.items()}}
        number = self._connection.execute(
            insert(schema.studies).returning(schema.studies.c.id), head
        ).scalar_one()
        for name, part in rows.items():
            self._insert(_FRAMES[name][0], number, part)
        self._insert(schema.exclusions, number, [asdict(item) for item in result.exclusions])
        return True

    def _insert(self, table: Table, number: int, rows: Sequence[Row]) -> None:
        placed = [{"study_id": number, "position": place, **row} for place, row in enumerate(rows)]
        insert_rows(self._connection, table, placed)

    def find(self, key: str) -> StoredStudy | None:
        """Return the study stored under a key, None if there is none.

        Parameters
        ----------
        key : str
            As given to `write`.

        Returns
        -------
        StoredStudy or None
            Equal to what was written.
        """
        query = select(schema.studies).where(schema.studies.c.key == key)
        head = self._connection.execute(query).mappings().one_or_none()
        return None if head is None else self._load(dict(head))

    def latest(self, as_of: datetime | None = None) -> StoredStudy | None:
        """Return the study stored last, None if there is none.

        Parameters
        ----------
        as_of : datetime, optional
            Zone-aware; leave out what was recorded later.

        Returns
        -------
        StoredStudy or None
            See `find`.
        """
        known = recorded_by(schema.studies, as_of)
        query = select(schema.studies).where(*known).order_by(schema.studies.c.id.desc()).limit(1)
        head = self._connection.execute(query).mappings().one_or_none()
        return None if head is None else self._load(dict(head))

    def _load(self, head: Row) -> StoredStudy:
        frames = {
            name: self._frame(_FRAMES[name][0], head["id"], description)
            for name, description in head["columns"].items()
        }
        left_out = (
            Exclusion(row["event"], row["series"], row["reason"])
            for row in self._rows(schema.exclusions, head["id"])
        )
        truth = frames.pop("truth", None)
        result = StudyResult(
            design=Design.from_dict(from_json(head["design"])),
            seed=head["seed"],
            exclusions=tuple(left_out),
            warnings=tuple(head["warnings"]),
            **frames,
        )
        return StoredStudy(head["key"], result, _provenance(head), head["recorded_at"], truth)

    def _frame(self, table: Table, number: int, description: Sequence[Sequence[Any]]) -> pd.DataFrame:
        wanted = [table.c[name] for name, *_ in description]
        query = select(*wanted).where(table.c.study_id == number).order_by(table.c.position)
        found = self._connection.execute(query).all()
        columns = list(zip(*found, strict=True)) if found else [()] * len(wanted)
        return rebuilt(columns, description)

    def _rows(self, table: Table, number: int) -> list[Row]:
        query = select(table).where(table.c.study_id == number).order_by(table.c.position)
        return [dict(row) for row in self._connection.execute(query).mappings()]


def _frames(result: StudyResult, truth: pd.DataFrame | None) -> dict[str, pd.DataFrame | None]:
    return {name: truth if name == "truth" else getattr(result, name) for name in _FRAMES}


def _head(result: StudyResult, provenance: Provenance) -> Row:
    told = asdict(provenance)
    row = {name: told[name] for name in ("world", "source", "as_of", "snapshot", "register", "code_version")}
    row |= {"design_hash": provenance.design, "provenance_seed": provenance.seed}
    row |= {"notices": list(provenance.notices), "warnings": list(result.warnings)}
    return {**row, "seed": result.seed, "design": to_json(result.design.to_dict())}


def _provenance(head: Row) -> Provenance:
    names = ("world", "source", "as_of", "snapshot", "register", "code_version")
    return Provenance(
        design=head["design_hash"],
        seed=head["provenance_seed"],
        notices=tuple(head["notices"]),
        **{name: head[name] for name in names},
    )


def _check_same(stored: StoredStudy, result: StudyResult, truth: pd.DataFrame | None) -> None:
    """Raise `StudyDiffers` unless a result says what the stored one says."""
    before, now = _frames(stored.result, stored.truth), _frames(result, truth)
    odd = [name for name in _FRAMES if not _equal(before[name], now[name])]
    odd += [
        name for name in ("design", "seed", "exclusions", "warnings")
        if getattr(stored.result, name) != getattr(result, name)
    ]  # fmt: skip
    if odd:
        raise StudyDiffers(stored.key, odd)


def _equal(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.equals(other)
