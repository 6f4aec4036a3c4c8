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

    from eventstudy.report.book import Book, Row
    from eventstudy.values import Design, Window

PIN = ["event", "series", "statistic"]
OWN_CLOCK, OTHER_CLOCK = "its own clock", "another clock"
_CHOICES = ("mean", "variance", "dist", "estimation", "gap", "bridge", "masked", "clock")
_AXIS_ORDER = ("", "estimation", "", "gap", "", "", "")
_MODELS = {
    "gjr": "GJR", "garch": "GARCH", "egarch": "EGARCH", "beta_t": "Beta-t", "constant": "constant",
}  # fmt: skip
_INNOVATIONS = {"t": "t", "normal": "normal", "skewt": "skewed t"}


@dataclass(frozen=True, slots=True)
class Curve:
    """The specification curves of one study.

    Attributes
    ----------
    choices : tuple of (str, tuple of (str, str))
        Event with its label, and the key and the name of each curve of it.
    selected : str
        Key of the curve that is shown first.
    figure : dict
        ``styles`` and ``layout`` that all curves share, and ``cells``: key to the points of each trace.
    tables : tuple of Table
        Share of specifications that agree, one a statistic.
    """

    choices: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    selected: str
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
    window = tables.headline_window(book.design)
    shown = _by_own_clock(frame[_inside(frame, window)], book)
    axis = _axis(shown)
    curves: dict[str, list[Row]] = {}
    for row in tables.records(shown.sort_values("estimate", kind="stable")):
        curves.setdefault(_key(row["event"], row["series"], row["statistic"]), []).append(row)
    choices = _choices(shown, book, window)
    cells = {key: _points(curves[key], axis, book.design) for _, keys in choices for key, _ in keys}
    layout = _layout(axis, simulated=book.simulated)
    figure = {"styles": _styles(book.design), "layout": layout, "cells": cells}
    return Curve(choices, _first(cells), figure, tuple(_agreement(book)))


def _first(cells: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return the first curve on which the study's own specification rejects, or else the very first."""
    rejecting = (key for key, (found, _, own, _) in cells.items() if set(own["x"]) & set(found["x"]))
    return next(rejecting, next(iter(cells), ""))


def _inside(frame: pd.DataFrame, window: Window) -> pd.Series[bool]:
    return (frame["window_start"] == window[0]) & (frame["window_end"] == window[1])


def _by_own_clock(shown: pd.DataFrame, book: Book) -> pd.DataFrame:
    """Tell a series' own clock from others that observe the same instrument and joined its curve."""
    clocks = {series: rows[0]["clock"] for (_, series), rows in book.reactions.items()}
    own = shown["clock"] == shown["series"].map(clocks)
    return shown.assign(clock=np.where(own, OWN_CLOCK, OTHER_CLOCK))


def _key(event: object, series: object, statistic: object) -> str:
    return f"{event} {series} {statistic}"


def _choices(
    shown: pd.DataFrame, book: Book, window: Window
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    labels = {event.id: f"{event.id} · {event.label}" for event in book.studied}
    groups: dict[str, list[tuple[str, str]]] = {}
    for event, series, statistic in shown[PIN].drop_duplicates().itertuples(index=False):
        name = f"{event} · {formats.label(series)} · {formats.window(statistic, window)}"
        groups.setdefault(labels.get(event, event), []).append((_key(event, series, statistic), name))
    return tuple((label, tuple(one)) for label, one in groups.items())


def _levels(row: Row) -> tuple[str, ...]:
    """Return what one specification chose, in words, one for each row of squares that it has."""
    masked = formats.text(row["masked"]).split()
    months = ", ".join(dict.fromkeys(day[:7] for day in masked))
    days = "day" if len(masked) == 1 else "days"
    return (
        f"{_MODELS.get(row['variance'], row['variance'])} {_INNOVATIONS.get(row['dist'], row['dist'])}",
        f"{row['estimation']:,} sessions",
        f"bridge {row['bridge']}",
        f"gap {row['gap']}",
        f"mean {row['mean']}",
        "no day left out" if masked == [formats.NOTHING] else f"without {len(masked)} {days} of {months}",
        row["clock"],
    )


def _axis(shown: pd.DataFrame) -> list[str]:
    """Return every level of every choice that varies, from the bottom of the plot to its top."""
    choices = shown[list(_CHOICES)].drop_duplicates()
    found = []
    for place, order in enumerate(_AXIS_ORDER):
        rows = tables.records(choices.sort_values(order, kind="stable") if order else choices)
        levels = list(dict.fromkeys(_levels(row)[place] for row in rows))
        found.append(levels if len(levels) > 1 else [])
    return [level for levels in reversed(found) for level in reversed(levels)]


def _points(ordered: Sequence[Row], axis: Sequence[str], design: Design) -> list[dict[str, Any]]:
    """Return the points of each trace of one curve: rejected, not rejected, the study's own, the choices."""
    rejects = [row["p_value"] <= design.level for row in ordered]
    own = [_own(row, design) for row in ordered]
    places = {level: place for place, level in enumerate(axis)}
    dots = [
        (place, places[level])
        for place, row in enumerate(ordered, start=1)
        for level in _levels(row)
        if level in places
    ]
    return [
        _estimates(ordered, rejects, design),
        _estimates(ordered, [not one for one in rejects], design),
        {name: _estimates(ordered, own, design)[name] for name in ("x", "y")},
        {"x": [place for place, _ in dots], "y": [level for _, level in dots]},
    ]


def _own(row: Row, design: Design) -> bool:
    masked = " ".join(day.isoformat() for day in design.masked)
    names = ("mean", "variance", "dist", "estimation", "gap", "bridge")
    same = all(row[name] == getattr(design, name) for name in names)
    return bool(same and row["clock"] == OWN_CLOCK and (row["masked"] or "") == masked)


def _estimates(rows: Sequence[Row], chosen: Sequence[bool], design: Design) -> dict[str, Any]:
    picked = [(place, row) for place, (row, one) in enumerate(zip(rows, chosen, strict=True), start=1) if one]
    points: dict[str, Any] = {
        "x": [place for place, _ in picked],
        "y": [_rounded(row["estimate"]) for _, row in picked],
        "text": [f"p {formats.p_value(row['p_value'], row['floor'])}" for _, row in picked],
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
        "yaxis": {
            "title": {"text": "estimate"},
            "domain": [1 - 220 / (260 + 17 * len(axis)), 1],
            "zeroline": True,
        },
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
