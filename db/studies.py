"""Studies: each result with what it rests on, stored once under its key and read back bit for bit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from eventstudy.errors import BadValue
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
from .hashes import study_hash
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
    from collections.abc import Mapping, Sequence
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
    question : mapping or None
        ``events`` and ``series`` as they were asked for; None where the writer did not tell.
    """

    key: str
    result: StudyResult
    provenance: Provenance
    recorded_at: datetime
    truth: pd.DataFrame | None
    question: Mapping[str, Any] | None = None


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
        question: Mapping[str, Any] | None = None,
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
        question : mapping, optional
            ``{"events": [...], "series": [...]}`` as asked, so that it can be asked again.

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
        head |= {"question": None if question is None else to_json(dict(question))}
        number = self._connection.execute(
            insert(schema.studies).returning(schema.studies.c.id), head
        ).scalar_one()
        for name, part in rows.items():
            self._insert(_FRAMES[name][0], number, part)
        self._insert(schema.exclusions, number, [asdict(item) for item in result.exclusions])
        self._seal(number)
        return True

    def _insert(self, table: Table, number: int, rows: Sequence[Row]) -> None:
        placed = [{"study_id": number, "position": place, **row} for place, row in enumerate(rows)]
        insert_rows(self._connection, table, placed)

    def _seal(self, number: int) -> None:
        """Hash what was stored, as the database tells it, so that verify can find a later change."""
        of_this = schema.studies.c.id == number
        sealed = sealed_hash(self._connection, number)
        self._connection.execute(update(schema.studies).where(of_this).values(content_hash=sealed))

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

    def beginning(self, key: str) -> StoredStudy | None:
        """Return the study whose key begins so, None if there is none.

        Parameters
        ----------
        key : str
            At least one character of a key.

        Returns
        -------
        StoredStudy or None
            See `find`.

        Raises
        ------
        BadValue
            If several do, or for nothing.
        """
        query = select(schema.studies).where(schema.studies.c.key.startswith(key, autoescape=True)).limit(2)
        heads = self._connection.execute(query).mappings().all()
        if len(heads) > 1 or not key:
            raise BadValue("key", key, "more characters of it: several studies begin so")
        return self._load(dict(heads[0])) if heads else None

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
            for row in _rows(self._connection, schema.exclusions, head["id"])
        )
        truth = frames.pop("truth", None)
        result = StudyResult(
            design=Design.from_dict(from_json(head["design"])),
            seed=head["seed"],
            exclusions=tuple(left_out),
            warnings=tuple(head["warnings"]),
            **frames,
        )
        told = _provenance(head)
        question = from_json(head["question"])
        return StoredStudy(head["key"], result, told, head["recorded_at"], truth, question)

    def _frame(self, table: Table, number: int, description: Sequence[Sequence[Any]]) -> pd.DataFrame:
        wanted = [table.c[name] for name, *_ in description]
        query = select(*wanted).where(table.c.study_id == number).order_by(table.c.position)
        found = self._connection.execute(query).all()
        columns = list(zip(*found, strict=True)) if found else [()] * len(wanted)
        return rebuilt(columns, description)


def sealed_hash(connection: Connection, number: int) -> str:
    """Return the hash over a study and all rows of its parts as the database holds them.

    Parameters
    ----------
    connection : Connection
        Of the transaction.
    number : int
        The study's ``id``.

    Returns
    -------
    str
        See `db.hashes.study_hash`; the column ``content_hash`` of a study that nobody touched says the same.
    """
    query = select(schema.studies).where(schema.studies.c.id == number)
    head = dict(connection.execute(query).mappings().one())
    del head["id"], head["content_hash"]
    tables = [*(table for table, _ in _FRAMES.values()), schema.exclusions]
    return study_hash(head, {table.name: _rows(connection, table, number) for table in tables})


def _rows(connection: Connection, table: Table, number: int) -> list[Row]:
    """Return the rows of a part in order, without the study's number."""
    columns = [column for column in table.c if column.name != "study_id"]
    query = select(*columns).where(table.c.study_id == number).order_by(table.c.position)
    return [dict(row) for row in connection.execute(query).mappings()]


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
