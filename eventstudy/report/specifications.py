"""The specification curve: sorted estimates over the choices behind them, and who agrees."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.report import formats, tables
from eventstudy.report.charts import BLUE, EVENT, OTHER, watermark
from eventstudy.report.views import Cell, Column, Table, event_anchor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from eventstudy.report.book import Book
    from eventstudy.values import Design

PIN = ["event", "series", "statistic"]
_CHOICES = ("mean", "variance", "dist", "estimation", "gap", "bridge", "masked", "clock")
_AXES: tuple[tuple[str, str], ...] = (
    ("variance", "{variance} {dist}"), ("estimation", "{estimation} sessions"), ("bridge", "bridge {bridge}"),
    ("gap", "gap {gap}"), ("mean", "mean {mean}"), ("masked", "{masked}"), ("clock", "{clock}"),
)  # fmt: skip
_SEEN_ALL = "no session left out"


@dataclass(frozen=True, slots=True)
class Curve:
    """The specification curves of one study.

    Attributes
    ----------
    choices : tuple of (str, tuple of (str, str))
        Event with its label, and the key and the name of each curve of it.
    figure : dict
        ``styles`` and ``layout`` that all curves share, and ``cells``: key to the points of each trace.
    tables : tuple of Table
        Share of specifications that agree, one a statistic.
    """

    choices: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    figure: dict[str, Any]
    tables: tuple[Table, ...]


def curve(book: Book) -> Curve | None:
    """Return the specification curves; None when the study has none.

    Parameters
    ----------
    book : Book
        The study. The plot shows the headline window, the tables show all.

    Returns
    -------
    Curve or None
        A figure of JSON-able values.
    """
    frame = book.result.curve
    if frame.empty:
        return None
    start, end = tables.headline_window(book.design)
    shown = frame[(frame["window_start"] == start) & (frame["window_end"] == end)]
    axis = _axis(shown)
    cells = {
        _key(*pin): _points(rows, axis, _clock(book, str(pin[1])), book.design)
        for pin, rows in shown.groupby(PIN, sort=False)
    }
    figure = {
        "styles": _styles(book.design),
        "layout": _layout(axis, simulated=book.simulated),
        "cells": cells,
    }
    return Curve(_choices(shown, book, (start, end)), figure, tuple(_agreement(book)))


def _key(event: object, series: object, statistic: object) -> str:
    return f"{event} {series} {statistic}"


def _choices(
    shown: pd.DataFrame, book: Book, window: tuple[int, int]
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    labels = {event.id: f"{event.id} · {event.label}" for event in book.studied}
    groups: dict[str, list[tuple[str, str]]] = {}
    for event, series, statistic in shown[PIN].drop_duplicates().itertuples(index=False):
        name = f"{event} · {formats.label(series)} · {formats.window(statistic, window)}"
        groups.setdefault(labels.get(event, event), []).append((_key(event, series, statistic), name))
    return tuple((label, tuple(one)) for label, one in groups.items())


def _clock(book: Book, series: str) -> str:
    """Return the clock of a series itself: others that observe the same instrument join its curve."""
    return next((rows[0]["clock"] for (_, name), rows in book.reactions.items() if name == series), "")


def _level(row: Mapping[str, Any], template: str) -> str:
    told = {name: formats.text(row[name]) for name in _CHOICES}
    left_out = told["masked"].split()
    told["masked"] = (
        f"without {' '.join(day[2:] for day in left_out)}" if told["masked"] != formats.NOTHING else _SEEN_ALL
    )
    told["clock"] = formats.clock(row["clock"])
    return template.format(**told)


def _axis(shown: pd.DataFrame) -> list[str]:
    """Return every level of every choice that varies, from the bottom of the plot to its top."""
    rows = tables.records(shown[list(_CHOICES)].drop_duplicates())
    found = []
    for _, template in _AXES:
        levels = list(dict.fromkeys(_level(row, template) for row in rows))
        if len(levels) > 1:
            found.append(levels)
    return [level for levels in reversed(found) for level in reversed(levels)]


def _points(rows: pd.DataFrame, axis: Sequence[str], clock: str, design: Design) -> list[dict[str, Any]]:
    """Return the points of each trace of one curve: rejected, not rejected, the study's own, the choices."""
    ordered = tables.records(rows.sort_values("estimate", kind="stable"))
    rejects = [row["p_value"] <= design.level for row in ordered]
    own = [_own(row, clock, design) for row in ordered]
    dots = [
        (place, level)
        for place, row in enumerate(ordered, start=1)
        for _, template in _AXES
        if (level := _level(row, template)) in axis
    ]
    return [
        _estimates(ordered, rejects, design),
        _estimates(ordered, [not one for one in rejects], design),
        _estimates(ordered, own, design),
        {"x": [place for place, _ in dots], "y": [axis.index(level) for _, level in dots]},
    ]


def _own(row: Mapping[str, Any], clock: str, design: Design) -> bool:
    masked = " ".join(day.isoformat() for day in design.masked)
    names = ("mean", "variance", "dist", "estimation", "gap", "bridge")
    same = all(row[name] == getattr(design, name) for name in names)
    return bool(same and row["clock"] == clock and (row["masked"] or "") == masked)


def _estimates(rows: Sequence[Mapping[str, Any]], chosen: Sequence[bool], design: Design) -> dict[str, Any]:
    picked = [(place, row) for place, (row, one) in enumerate(zip(rows, chosen, strict=True), start=1) if one]
    points: dict[str, Any] = {
        "x": [place for place, _ in picked],
        "y": [_rounded(row["estimate"]) for _, row in picked],
        "text": [
            f"p {formats.p_value(row['p_value'], row['floor'])} ({formats.method(row['method'])})"
            for _, row in picked
        ],
    }
    if picked and picked[0][1]["statistic"] == "CAR":
        wide = NormalDist().inv_cdf(1 - design.level / 2)
        bars = [_rounded(wide * row["deviation"]) for _, row in picked]
        points["error_y"] = {"type": "data", "array": bars, "thickness": 1, "width": 0}
    return points


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None


def _styles(design: Design) -> list[dict[str, Any]]:
    hover = "%{y:.2f}, %{text}<extra></extra>"
    point = {"type": "scatter", "mode": "markers", "yaxis": "y", "hovertemplate": hover}
    filled = {"size": 7, "color": BLUE}
    return [
        {**point, "name": f"p ≤ {design.level:.0%}", "marker": filled},
        {**point, "name": f"p > {design.level:.0%}", "marker": {**filled, "symbol": "circle-open"}},
        {**point, "name": "this study", "hoverinfo": "skip", "hovertemplate": None,
         "marker": {"size": 14, "color": EVENT, "symbol": "diamond-open", "line": {"width": 2}}},
        {"type": "scatter", "mode": "markers", "yaxis": "y2", "showlegend": False, "hoverinfo": "skip",
         "marker": {"size": 5, "color": OTHER, "symbol": "square"}},
    ]  # fmt: skip


def _layout(axis: Sequence[str], *, simulated: bool) -> dict[str, Any]:
    return {
        "height": 260 + 17 * len(axis),
        "xaxis": {"anchor": "y2", "title": {"text": "specifications, sorted by estimate"}, "showgrid": False},
        "yaxis": {"domain": [1 - 220 / (260 + 17 * len(axis)), 1], "zeroline": True},
        "yaxis2": {
            "domain": [0, 1 - 240 / (260 + 17 * len(axis))],
            "tickvals": list(range(len(axis))),
            "ticktext": list(axis),
            "range": [-0.7, len(axis) - 0.3],
            "zeroline": False,
            "tickfont": {"size": 10.5},
        },
        "hovermode": "closest",
        "shapes": [],
        "annotations": [watermark()] if simulated else [],
    }


def _agreement(book: Book) -> Iterator[Table]:
    from eventstudy.curve import agreement  # it brings the fitting engine, which few reports need

    rows = tables.records(agreement(book.result.curve))
    for statistic in dict.fromkeys(row["statistic"] for row in rows):
        yield _agreement_table(statistic, [row for row in rows if row["statistic"] == statistic], book)


def _agreement_table(statistic: str, rows: Sequence[Mapping[str, Any]], book: Book) -> Table:
    series = list(dict.fromkeys(row["series"] for row in rows))
    windows = sorted({(row["window_start"], row["window_end"]) for row in rows})
    found = {(row["event"], row["series"], (row["window_start"], row["window_end"])): row for row in rows}
    columns = [Column(formats.window(statistic, one), numeric=True) for one in windows]
    return Table(
        f"{statistic}: how many specifications come to the study’s own conclusion, which is an effect of "
        f"one sign at {book.design.level:.0%} or none; below it the lowest and the highest estimate. Below a "
        "half the conclusion hangs on the specification.",
        (Column("Event"), *columns * len(series)),
        tuple(
            (
                Cell(event.id, link=event_anchor(event.id)),
                *(_share(found.get((event.id, name, one))) for name in series for one in windows),
            )
            for event in book.studied
        ),
        groups=((Column(""), 1), *((Column(formats.label(name)), len(windows)) for name in series)),
    )


def _share(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell(formats.NOTHING)
    agreeing = round(row["agree"] * row["specifications"])
    tint = "bad" if row["agree"] < 0.5 else "middling" if row["agree"] < 0.8 else ""
    spread = (
        f"{formats.number(row['lowest'], 1, signed=True)} to {formats.number(row['highest'], 1, signed=True)}"
    )
    return Cell(f"{agreeing} of {row['specifications']}", (spread,), tint)
