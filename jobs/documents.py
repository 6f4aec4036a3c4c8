"""Results as JSON documents with stable keys: no NaN, dates in ISO form."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.report.clocks import by_clock
from eventstudy.sessions import event_reaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from _typeshed import DataclassInstance

    from db.studies import StoredStudy
    from eventstudy.results import FigureCheck, SignalReading
    from eventstudy.values import Event, Exclusion


def plain(value: Any) -> Any:  # noqa: ANN401  (anything that a record may hold)
    """Return a value as JSON can say it.

    Parameters
    ----------
    value : object
        Numbers, text, dates, records, sequences and mappings of them; NaN, NaT and infinities
        become None, a timestamp at midnight a date.

    Returns
    -------
    object
        Only dict, list, str, int, float, bool and None.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp) and value.tzinfo is None:
        return value.date().isoformat()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as JSON-able dicts.

    Parameters
    ----------
    frame : DataFrame
        Any; its columns become keys, its index is left out.

    Returns
    -------
    list of dict
        NaN and NaT are None, dates ISO text.
    """
    names = [str(name) for name in frame.columns]
    columns = [_column(frame[name]) for name in frame.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _column(values: pd.Series[Any]) -> list[Any]:
    """Return what `plain` says of each value; whole columns of numbers at once, for studies have many."""
    if values.dtype != np.float64:
        return [plain(value) for value in values.tolist()]
    finite = np.isfinite(values.to_numpy()).tolist()
    return [value if known else None for value, known in zip(values.tolist(), finite, strict=True)]


def exclusions_document(exclusions: Iterable[Exclusion]) -> list[dict[str, Any]]:
    """Return exclusions with keys ``event``, ``series``, ``reason``; the first reason of a pair stands."""
    first: dict[tuple[str, str, str], Exclusion] = {}
    for item in exclusions:
        kind = "" if item.event == "*" else item.reason
        first.setdefault((item.event, item.series, kind), item)
    return [asdict(item) for item in first.values()]


def study_document(
    stored: StoredStudy,
    figures: Iterable[FigureCheck],
    signals: Iterable[SignalReading],
    report: Path | None,
) -> dict[str, Any]:
    """Return a study as one document.

    Parameters
    ----------
    stored : StoredStudy
        The study.
    figures, signals : iterable
        Verdicts and readings beside it.
    report : Path or None
        Where its report was written.

    Returns
    -------
    dict
        ``world``, ``results`` (rows of `StudyResult.to_frame`), ``questions``, ``sizes``, ``clocks`` (rows
        of `eventstudy.report.by_clock`), ``curve`` where it was computed, ``fits``, ``exclusions``,
        ``warnings``, ``design``, ``provenance``, ``truth`` for a simulated world, ``figures``, ``signals``,
        ``report``.
    """
    result = stored.result
    curve = {"curve": rows(result.curve)} if result.design.curve else {}
    truth = {} if stored.truth is None else {"truth": rows(stored.truth)}
    return {
        "world": stored.provenance.world,
        "results": rows(result.table),
        "questions": rows(result.questions),
        "sizes": rows(result.sizes),
        "clocks": rows(by_clock(result)),
        **curve,
        "fits": rows(result.fits),
        "exclusions": exclusions_document(result.exclusions),
        "warnings": list(result.warnings),
        "design": result.design.to_dict(),
        "provenance": plain(asdict(stored.provenance)),
        **truth,
        "figures": listed(figures),
        "signals": listed(signals),
        "report": None if report is None else str(report),
    }


def listed(items: Iterable[DataclassInstance]) -> list[dict[str, Any]]:
    """Return records as dicts, keys are their fields."""
    return [plain(asdict(item)) for item in items]


def event_document(event: Event) -> dict[str, Any]:
    """Return an event with the sessions that could first react to it.

    Parameters
    ----------
    event : Event
        The event.

    Returns
    -------
    dict
        ``id timestamp label direction episode kind earliest latest``, ``tokyo`` with ``session phase
        ambiguous other_session``, ``fx_day`` with the New York 17:00 day and ``fx_other_day`` where the
        uncertainty interval allows another one.

    Raises
    ------
    OutsideData
        For an event outside the calendars.
    """
    tokyo, fx = event_reaction(event, "tokyo_close"), event_reaction(event, "new_york_1700")
    low, high = event.interval
    zone = ZoneInfo(event.zone)
    document: dict[str, Any] = plain(
        {
            "id": event.id,
            "timestamp": event.timestamp.astimezone(zone),
            "label": event.label,
            "direction": event.direction,
            "episode": event.episode,
            "kind": event.kind,
            "earliest": low.astimezone(zone),
            "latest": high.astimezone(zone),
            "tokyo": {
                "session": tokyo.session,
                "phase": tokyo.phase,
                "ambiguous": tokyo.ambiguous,
                "other_session": tokyo.other_session,
            },
            "fx_day": fx.session,
            "fx_other_day": fx.other_session,
            "evidence": [asdict(item) for item in event.evidence],
        }
    )
    return document
