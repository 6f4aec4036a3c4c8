"""One instrument by several clocks: a reaction that changes its sign with the clock is no finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.report import formats
from eventstudy.report.cells import estimate_cell, series_cell
from eventstudy.report.tables import DAY_ZERO, headline, headline_window, records
from eventstudy.report.views import Cell, Column, Table, event_anchor
from eventstudy.series import SERIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.report.cells import Reading
    from eventstudy.results import StudyResult

CLOCK_COLUMNS: tuple[str, ...] = (
    "event", "instrument", "series", "clock", "session", "ar", "ar_p", "car", "car_p", "window",
    "ar_agrees", "car_agrees",
)  # fmt: skip
WORDS = {True: "sign agrees", False: "sign depends on the clock"}
CAPTION = (
    "An instrument that trades around the clock has a daily return by every clock, and news falls on another "
    "side of each. A reaction counts as robust only where its sign is the same by all of them."
)


def by_clock(result: StudyResult) -> pd.DataFrame:
    """Set the reactions of one instrument by its clocks side by side.

    Parameters
    ----------
    result : StudyResult
        A study of at least one instrument by two clocks; else nothing is returned.

    Returns
    -------
    DataFrame
        One row per (event, series) whose instrument was studied by at least two clocks for that event, in the
        order of events and series; index 0..n-1, columns `CLOCK_COLUMNS`. ``instrument`` is the id of the
        series that others are clocks of. ``ar`` is that of day 0 by the series' own clock, ``car`` that over
        ``window``, log returns in per cent; ``_p`` their headline p-values. ``_agrees`` says whether every
        clock gives the same sign; None where one of them is not defined.
    """
    table = headline(result)[["event", "series", "clock", "session", "ar", "ar_p", "car", "car_p", "window"]]
    table = table.assign(instrument=[_instrument(name) for name in table["series"]])
    shared = table.groupby(["event", "instrument"])["series"].transform("size") > 1
    table = table[shared].reset_index(drop=True)
    for name in ("ar", "car"):
        table[f"{name}_agrees"] = _agreement(table, name)
    return table[list(CLOCK_COLUMNS)]


def _instrument(series: str) -> str:
    return (SERIES[series].clock_of or series) if series in SERIES else series


def _agreement(table: pd.DataFrame, name: str) -> pd.Series[Any]:
    signs = table.assign(sign=np.sign(table[name])).groupby(["event", "instrument"])["sign"]
    same = signs.transform("min") == signs.transform("max")
    known = signs.transform("count") == signs.transform("size")
    return same.astype(object).where(known, None)


def clocks_table(result: StudyResult, reading: Reading) -> Table | None:
    """Return the table of instruments by their clocks, None where none has two.

    Parameters
    ----------
    result : StudyResult
        The study.
    reading : Reading
        How its headline is read.

    Returns
    -------
    Table or None
        One row per (event, series), each clock with its own day 0.
    """
    sides = by_clock(result)
    if sides.empty:
        return None
    cells = {(row["event"], row["series"]): row for row in records(headline(result))}
    columns = (
        Column("Event"),
        Column("Series", "clock, day 0"),
        Column(formats.window("AR", DAY_ZERO), formats.UNITS["AR"], numeric=True),
        Column("Sign of AR"),
        Column(formats.window("CAR", headline_window(result.design)), formats.UNITS["CAR"], numeric=True),
        Column("Sign of CAR"),
    )
    rows = tuple(_row(side, cells[side["event"], side["series"]], reading) for side in records(sides))
    return Table(CAPTION, columns, rows)


def _row(side: Mapping[str, Any], row: Mapping[str, Any], reading: Reading) -> tuple[Cell, ...]:
    when = f"{formats.clock(side['clock'])}, {formats.day(side['session'])}"
    return (
        Cell(side["event"], link=event_anchor(side["event"])),
        series_cell(side["event"], side["series"], when),
        estimate_cell(row, "AR", reading),
        _verdict(side["ar_agrees"]),
        estimate_cell(row, "CAR", reading),
        _verdict(side["car_agrees"]),
    )


def _verdict(agrees: bool | None) -> Cell:
    return Cell(formats.NOTHING if agrees is None else WORDS[bool(agrees)], tone="" if agrees else "miss")
