"""Write what the store holds to files: the HTML report, CSV and JSON exports."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.errors import BadValue
from eventstudy.report import Report, figures_table, page, signals_table
from jobs.documents import exclusions_document, study_document
from jobs.errors import CannotWrite, NothingStored

if TYPE_CHECKING:
    from datetime import datetime

    from db.store import Store
    from db.studies import StoredStudy
    from eventstudy.results import FigureCheck, SignalReading
    from eventstudy.values import Event


def report_name(stored: StoredStudy) -> str:
    """Return the file name of a study's report: its last session and the first digits of its key."""
    last = stored.result.paths["session"].max()
    return f"eventstudy-{last:%Y-%m-%d}-{stored.key[:8]}.html"


def write_report(
    path: Path,
    stored: StoredStudy,
    events: Sequence[Event],
    figures: Sequence[FigureCheck],
    signals: Sequence[SignalReading],
) -> Path:
    """Write one self-contained HTML report.

    Parameters
    ----------
    path : Path
        Where to; an existing folder takes `report_name`.
    stored : StoredStudy
        The study.
    events : sequence of Event
        The register.
    figures, signals : sequence
        Latest verdicts and readings.

    Returns
    -------
    Path
        Absolute path of the file; a file that already says the same is not touched.

    Raises
    ------
    CannotWrite
        When the file cannot be written; an earlier file is left whole.
    """
    target = path / report_name(stored) if path.is_dir() else path
    text = page(
        Report(
            result=stored.result,
            events=tuple(events),
            figures=tuple(figures),
            signals=tuple(signals),
            provenance=stored.provenance,
            truth=stored.truth,
        )
    )
    return write_text(target, text)


def latest_report(
    store: Store, path: Path, events: Sequence[Event], *, as_of: datetime | None = None
) -> Path:
    """Write the report of the latest stored study.

    Parameters
    ----------
    store : Store
        What is reported.
    path : Path
        File or existing folder.
    events : sequence of Event
        The register.
    as_of : datetime, optional
        Leave out what was recorded later.

    Returns
    -------
    Path
        Absolute path of the file.

    Raises
    ------
    NothingStored
        When no study is stored.
    CannotWrite
        When the file cannot be written.
    """
    stored, checks, readings = _latest(store, as_of)
    return write_report(path, stored, events, checks, readings)


def _latest(
    store: Store, as_of: datetime | None
) -> tuple[StoredStudy, tuple[FigureCheck, ...], tuple[SignalReading, ...]]:
    with store.reading() as transaction:
        stored = transaction.studies.latest(as_of)
        if stored is None:
            raise NothingStored("study", store.url, "eventstudy run")
        return stored, transaction.checks.latest(as_of), transaction.signals.latest(as_of)


def export(store: Store, folder: Path, form: str, *, as_of: datetime | None = None) -> list[Path]:
    """Write the latest study's tables, verdicts and signals as CSV files or as one JSON document.

    Parameters
    ----------
    store : Store
        What is exported.
    folder : Path
        Where to; made if missing.
    form : str
        ``csv`` or ``json``.
    as_of : datetime, optional
        Leave out what was recorded later.

    Returns
    -------
    list of Path
        Absolute paths of the written files. Every CSV has the columns ``world`` and ``snapshot`` in front.

    Raises
    ------
    BadValue
        For another form.
    NothingStored
        When no study is stored.
    CannotWrite
        When a file cannot be written.
    """
    if form not in {"csv", "json"}:
        raise BadValue("--format", form, "csv or json")
    stored, checks, readings = _latest(store, as_of)
    if form == "json":
        document = study_document(stored, checks, readings, None)
        text = json.dumps(document, indent=1, allow_nan=False) + "\n"
        return [write_text(folder / "eventstudy.json", text)]
    curve = {"curve": stored.result.curve} if stored.result.design.curve else {}
    frames = {
        "results": stored.result.table,
        "questions": stored.result.questions,
        "sizes": stored.result.sizes,
        **curve,
        "fits": stored.result.fits,
        "paths": stored.result.paths,
        "reactions": stored.result.reactions,
        "exclusions": pd.DataFrame(
            exclusions_document(stored.result.exclusions), columns=["event", "series", "reason"]
        ),
        "figures": figures_table(checks),
        "signals": signals_table(readings),
    }
    label = {"world": stored.provenance.world.upper(), "snapshot": stored.provenance.snapshot[:12]}
    return [write_text(folder / f"{name}.csv", _csv(frame, label)) for name, frame in frames.items()]


def _csv(frame: pd.DataFrame, label: dict[str, str]) -> str:
    labelled = frame.assign(**label)[[*label, *frame.columns]]
    return str(labelled.to_csv(index=False, lineterminator="\n"))


def made_folder(folder: Path) -> Path:
    """Make a folder if it is missing and return it; raises `CannotWrite` where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise CannotWrite(str(folder), problem.strerror or str(problem)) from None
    return folder


def write_text(path: Path, text: str) -> Path:
    """Write a text file all at once: readers see the old file or the new one, never half.

    Parameters
    ----------
    path : Path
        Where to; its folder is made if missing.
    text : str
        What; UTF-8.

    Returns
    -------
    Path
        Absolute path; a file with the same text is not touched.

    Raises
    ------
    CannotWrite
        When the folder or the file cannot be written.
    """
    path = path.absolute()
    content = text.encode()
    try:
        if path.is_file() and path.read_bytes() == content:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() or not path.exists():
            _replace(path.resolve(), content)
        else:  # a pipe or a device is written to, never replaced
            path.write_bytes(content)
    except OSError as problem:
        raise CannotWrite(str(path), problem.strerror or str(problem)) from None
    return path


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
