"""Charts of one event on one series: a plotly figure as plain data, and a small inline drawing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from eventstudy.report import formats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

Figure: TypeAlias = dict[str, Any]

BLUE, TEAL, VIOLET, EVENT, OTHER = "#3b82c4", "#1d9a8a", "#8a63c9", "#d9622b", "#8b929c"
BAND = "rgba(29,154,138,0.18)"
_PANELS = ((0.68, 1.0), (0.335, 0.64), (0.0, 0.295))
_SPARK_WIDTH, _SPARK_HEIGHT = 92.0, 22.0


def figure(
    path: pd.DataFrame,
    *,
    event: str,
    series: str,
    others: Mapping[int, Sequence[str]] | None = None,
    level: float = 0.05,
    simulated: bool = False,
) -> Figure:
    """Return three stacked panels around an event: price, cumulative abnormal return, volatility.

    Parameters
    ----------
    path : DataFrame
        The rows of `eventstudy.results.StudyResult.paths` of one (event, series), by relative day.
        A NaN leaves a gap in its line.
    event : str
        Event id, printed at the event's line between the closes of days -1 and 0.
    series : str
        Series id.
    others : mapping of int to sequence of str, optional
        Relative day to the ids of other events that this series first felt on that day.
    level : float
        One minus the coverage of the band, which holds the paths that the model expects without
        an event.
    simulated : bool
        Whether to write SIMULATED across the chart.

    Returns
    -------
    dict
        ``{"data": [...], "layout": {...}}`` of JSON-able values; ``plotly.graph_objects.Figure``
        takes it as it is. The volatility is in per cent per session, not annualised.
    """
    days = [int(day) for day in path["relative_day"]]
    sessions = [formats.day(session) for session in path["session"]]
    return {
        "data": [*_price(path, days, sessions), *_cumulative(path, days, level), *_volatility(path, days)],
        "layout": _layout(days, sessions, event, series, others or {}, simulated=simulated),
    }


def _price(path: pd.DataFrame, days: list[int], sessions: list[str]) -> list[Figure]:
    hover = "close %{y:,.2f} on %{customdata}<extra></extra>"
    line = _line(days, path["close"], "y", "close", BLUE)
    return [{**line, "customdata": sessions, "hovertemplate": hover}]


def _cumulative(path: pd.DataFrame, days: list[int], level: float) -> list[Figure]:
    edge = {"width": 0, "color": TEAL}
    band = f"{1 - level:.0%} band, no event"
    upper = _line(days, path["car_upper"], "y2", f"{band}, upper", TEAL)
    lower = _line(days, path["car_lower"], "y2", band, TEAL)
    middle = _line(days, path["car"], "y2", "CAR", TEAL)
    hover = "%{y:+.2f}%"
    return [
        {**upper, "line": edge, "showlegend": False, "hovertemplate": hover},
        {**lower, "line": edge, "fill": "tonexty", "fillcolor": BAND, "hovertemplate": hover},
        {**middle, "mode": "lines+markers", "marker": {"size": 5}, "hovertemplate": hover},
    ]


def _volatility(path: pd.DataFrame, days: list[int]) -> list[Figure]:
    filtered = _line(days, np.sqrt(path["filtered_variance"]), "y3", "σ filtered", VIOLET)
    forecast = _line(days, np.sqrt(path["forecast_variance"]), "y3", "σ forecast", VIOLET)
    hover = "%{y:.2f}% per session"
    return [
        {**filtered, "hovertemplate": hover},
        {**forecast, "line": {"width": 2, "color": VIOLET, "dash": "dash"}, "hovertemplate": hover},
    ]


def _line(days: list[int], values: pd.Series[float], axis: str, name: str, colour: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "y": [None if not np.isfinite(value) else float(f"{value:.6g}") for value in values],
        "xaxis": "x",
        "yaxis": axis,
        "name": name,
        "line": {"width": 2, "color": colour},
    }


def _layout(
    days: list[int],
    sessions: list[str],
    event: str,
    series: str,
    others: Mapping[int, Sequence[str]],
    *,
    simulated: bool,
) -> Figure:
    titles = (f"{formats.series(series)}", "CAR, % log", "σ, % per session")
    ticks = [index for index, day in enumerate(days) if day % 5 == 0]
    axes = {
        "yaxis" + suffix: {"domain": list(domain), "title": {"text": escape(title)}, "anchor": "x"}
        for suffix, domain, title in zip(("", "2", "3"), _PANELS, titles, strict=True)
    }
    shapes = [_event_line(-0.5, EVENT, 2, "solid")]
    labels = [_event_label(-0.5, [event, *others.get(0, ())], EVENT)]
    for day, ids in others.items():
        if day != 0:
            shapes.append(_event_line(day - 0.5, OTHER, 1, "dot"))
            labels.append({**_event_label(day - 0.5, ids, OTHER), "name": "other"})
    return {
        **axes,
        "xaxis": {
            "anchor": "y3",
            "tickvals": [days[index] for index in ticks],
            "ticktext": [_tick(days[index], sessions[index]) for index in ticks],
            "tickangle": 0,
            "title": {"text": "sessions from day 0"},
        },
        "shapes": shapes,
        "annotations": [*labels, *([watermark()] if simulated else [])],
    }


def _tick(day: int, session: str) -> str:
    """Month and day suffice beside day 0, which shows the year."""
    return f"{formats.number(day, 0)}<br>{session[4:] if day == 0 else session[9:]}"


def _event_line(x: float, colour: str, width: int, dash: str) -> Figure:
    line = {"color": colour, "width": width, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _event_label(x: float, ids: Sequence[str], colour: str) -> Figure:
    place = {"x": x, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}
    return {**place, "text": "<br>".join(map(escape, ids)), "font": {"size": 11, "color": colour}}


def watermark() -> Figure:
    """Return the annotation that writes SIMULATED across a chart."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False, "textangle": -18}
    return {**place, "text": "SIMULATED", "font": {"size": 44, "color": EVENT}, "opacity": 0.22}


def sparkline(path: pd.DataFrame) -> str:
    """Return the CAR path and its band as a small inline SVG, readable on paper and without scripts.

    Parameters
    ----------
    path : DataFrame
        The rows of `eventstudy.results.StudyResult.paths` of one (event, series), by relative day.

    Returns
    -------
    str
        An ``<svg>`` element of numbers and fixed class names only; empty when the path holds no CAR.
        The grey line is zero and lies at the same height in no two drawings: each has its own scale.
    """
    shown = path[path["car"].notna()]
    if shown.empty:
        return ""
    car, lower, upper = (shown[name].to_numpy(float) for name in ("car", "car_lower", "car_upper"))
    everything = np.concatenate([car, lower[np.isfinite(lower)], upper[np.isfinite(upper)], [0.0]])
    bottom, top = float(everything.min()), float(everything.max())
    scale = (_SPARK_HEIGHT - 4) / ((top - bottom) or 1.0)
    x = np.linspace(2, _SPARK_WIDTH - 2, max(len(car), 2))[: len(car)]

    def points(values: np.ndarray, order: slice = slice(None)) -> str:
        inside = np.isfinite(values)
        heights = _SPARK_HEIGHT - 2 - (values - bottom) * scale
        pairs = [f"{a:.1f},{b:.1f}" for a, b in zip(x[inside], heights[inside], strict=True)]
        return " ".join(pairs[order])

    zero = f"{_SPARK_HEIGHT - 2 + bottom * scale:.1f}"
    band = f"{points(upper)} {points(lower, slice(None, None, -1))}".strip()
    return (
        f'<svg class="spark" viewBox="0 0 {_SPARK_WIDTH:.0f} {_SPARK_HEIGHT:.0f}" aria-hidden="true">'
        f'<polygon class="band" points="{band}"/>'
        f'<line class="zero" x1="0" x2="{_SPARK_WIDTH:.0f}" y1="{zero}" y2="{zero}"/>'
        f'<polyline class="car" points="{points(car)}"/></svg>'
    )
