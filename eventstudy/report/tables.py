"""Values as tables for people and the terminal: raw numbers, one frame per question, no formatting."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.report import formats
from eventstudy.results import HEADLINE_METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eventstudy.results import FigureCheck, SignalReading, StudyResult
    from eventstudy.values import Design, Event, Window

DAY_ZERO: Window = (0, 0)
PAIR = ["event", "series"]
CELL = ["window_start", "window_end", "statistic"]
CUMULATED = {"AR": "CAR", "CAR": "CAR", "AV": "CAV", "CAV": "CAV"}
GROUPS: tuple[str, ...] = ("studied", "negative control", "overlapped control", "confounder")
_NUMBERS = {
    "estimate": "",
    "lower": "_lower",
    "upper": "_upper",
    "p_value": "_p",
    "floor": "_floor",
    "mde": "_mde",
    "method": "_method",
    "size": "_size",
    "size_error": "_size_error",
}
HEADLINE_COLUMNS: tuple[str, ...] = (
    "event", "series", "session", "phase", "ambiguous", "regime", "window",
    *(name + suffix for name in ("ar", "car", "av", "cav") for suffix in (*_NUMBERS.values(), "_adjusted")),
    "proxy_of", "clock",
)  # fmt: skip
TRUTH_COLUMNS: tuple[str, ...] = (
    "event", "series", "session", "window",
    "true_ar", "ar", "ar_lower", "ar_upper", "ar_inside",
    "true_car", "car", "car_lower", "car_upper", "car_inside",
    "true_multiple", "expected_av", "av", "proxy_of", "clock",
)  # fmt: skip


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as dicts from column name to value.

    Parameters
    ----------
    frame : DataFrame
        Any table; its index is left out and NaN stays NaN.

    Returns
    -------
    list of dict
        One per row, keys in the order of the columns.
    """
    names = [str(name) for name in frame.columns]
    columns = [frame[name].tolist() for name in frame.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def headline_window(design: Design) -> Window:
    """Return the window of the headline CAR and CAV: (0, 4) where studied, else the longest from day 0.

    Parameters
    ----------
    design : Design
        Its windows; the longest of all when none starts at day 0.

    Returns
    -------
    tuple of (int, int)
        Relative sessions.
    """
    if (0, 4) in design.windows:
        return (0, 4)
    forward = [window for window in design.windows if window[0] == 0]
    return max(forward or design.windows, key=lambda window: window[1] - window[0])


def headline_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a question: by the first of `HEADLINE_METHODS` that has a p-value for it.

    Parameters
    ----------
    table : DataFrame
        Columns `eventstudy.results.RESULT_COLUMNS`.

    Returns
    -------
    DataFrame
        At most one row per (event, series, window, statistic), in the order of the table. Where no method
        has a p-value, the first one that has a row; a statistic that none of them measures has no row.
    """
    places = {method: place for place, method in enumerate(HEADLINE_METHODS)}
    chosen = table[table["method"].isin(places)]
    rank = chosen["method"].map(places) + len(places) * chosen["p_value"].isna()
    best = chosen.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates([*PAIR, *CELL])
    return best.drop(columns="rank").sort_index()


def headline(result: StudyResult) -> pd.DataFrame:
    """Return the headline numbers of every studied pair, by the study's own bridge.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    DataFrame
        One row per (event, series) in the order of the result; columns `HEADLINE_COLUMNS`, index
        0..n-1. ``ar`` and ``av`` belong to day 0, ``car`` and ``cav`` to ``window`` (text such as
        ``(0,4)``). AR and CAR in per cent log, AV a multiple of the forecast (1 is no effect), CAV
        the excess (0 is no effect). ``_method`` names where the p-value comes from, see `headline_rows`;
        ``_size`` is how often that test rejects at the design's level where nothing happened, in the event's
        ``regime``; ``_adjusted`` is the step-down p-value of its family. NaN means that the study does not
        define the number.
    """
    chosen = headline_window(result.design)
    best = headline_rows(result.table)
    stepped = result.table[result.table["p_adjusted"].notna()]
    facts = result.table.drop_duplicates(PAIR).set_index(PAIR)
    columns = facts[["session", "phase", "ambiguous", "regime", "proxy_of", "clock"]].copy()
    columns["window"] = f"({chosen[0]},{chosen[1]})"
    for statistic, window in headline_statistics(result.design).items():
        picked = _one_window(best, statistic, window)
        for source, suffix in _NUMBERS.items():
            columns[statistic.lower() + suffix] = picked[source].reindex(columns.index)
        adjusted = _one_window(stepped, CUMULATED[statistic], window)["p_adjusted"]
        columns[statistic.lower() + "_adjusted"] = adjusted.reindex(columns.index)
    return columns.reset_index()[list(HEADLINE_COLUMNS)]


def headline_methods(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the methods that the headline's p-values come from, the preferred one first.

    Parameters
    ----------
    table : DataFrame
        From `headline`.

    Returns
    -------
    tuple of str
        Some of `HEADLINE_METHODS`; empty without a p-value.
    """
    used = {
        method
        for name in ("ar", "car", "av", "cav")
        for method in table.loc[table[f"{name}_p"].notna(), f"{name}_method"]
    }
    return tuple(method for method in HEADLINE_METHODS if method in used)


def _one_window(table: pd.DataFrame, statistic: str, window: Window) -> pd.DataFrame:
    rows = (
        (table["statistic"] == statistic)
        & (table["window_start"] == window[0])
        & (table["window_end"] == window[1])
    )
    return table[rows].drop_duplicates(PAIR).set_index(PAIR)


def headline_statistics(design: Design) -> dict[str, Window]:
    """Return the headline statistics with their windows, in the order they are shown."""
    chosen = headline_window(design)
    return {"AR": DAY_ZERO, "CAR": chosen, "AV": DAY_ZERO, "CAV": chosen}


def group_of(event: Event) -> str:
    """Return the family an event is counted in: ``studied``, ``negative control`` or ``confounder``.

    Effective dates carry no surprise of their own, so they are negative controls.
    """
    if event.direction == "effective":
        return "negative control"
    return "confounder" if "confounder" in {event.kind, event.direction} else "studied"


def scoreboard(result: StudyResult, events: Iterable[Event]) -> pd.DataFrame:
    """Count headline rejections beside the number that chance alone would bring.

    Ambiguous pairs, whose event may belong to another session, are left out. A negative control is
    only one while no event under study reached the same series inside its window; otherwise it is
    counted as ``overlapped control``.

    Parameters
    ----------
    result : StudyResult
        The study.
    events : iterable of Event
        The records of its events.

    Returns
    -------
    DataFrame
        Columns ``group`` (one of `GROUPS`), ``statistic``, ``window``, ``tests``, ``rejections``,
        ``expected`` (tests times level), ``expected_at_size`` (the sum of their true sizes, the level where
        one is not known). Rows without a test are left out. The tests are not independent of one another,
        so that what is expected is a mean and not a bound.
    """
    table = headline(result)
    clear = table[~table["ambiguous"].astype(bool)]
    groups = {event.id: group_of(event) for event in events}
    level = result.design.level
    rows = []
    for statistic, days in headline_statistics(result.design).items():
        overlapped = _holding_news(result, groups, days)
        families = [
            "overlapped control" if groups[event] == "negative control" and (event, series) in overlapped
            else groups[event]
            for event, series in zip(clear["event"], clear["series"], strict=True)
        ]  # fmt: skip
        name = statistic.lower()
        known = clear[clear[f"{name}_p"].notna()]
        for group, cells in known.groupby(pd.Series(families, clear.index)[known.index]):
            rejected = int((cells[f"{name}_p"] <= level).sum())
            at_size = float(cells[f"{name}_size"].fillna(level).sum())
            rows.append((group, statistic, days, len(cells), rejected, level * len(cells), at_size))
    columns = ["group", "statistic", "window", "tests", "rejections", "expected", "expected_at_size"]
    rows.sort(key=lambda row: GROUPS.index(row[0]))
    return pd.DataFrame(rows, columns=columns)


def _holding_news(result: StudyResult, groups: Mapping[str, str], window: Window) -> set[tuple[str, str]]:
    """Pairs whose window holds day 0 of an event under study on the same series."""
    reactions, paths = result.reactions, result.paths
    studied = reactions[reactions["event"].map(groups) == "studied"]
    news = set(zip(studied["series"], pd.to_datetime(studied["session"]), strict=True))
    inside = paths[paths["relative_day"].between(*window)]
    days = zip(inside["event"], inside["series"], pd.to_datetime(inside["session"]), strict=True)
    return {(event, series) for event, series, session in days if (series, session) in news}


def truth_beside_estimates(result: StudyResult, truth: pd.DataFrame) -> pd.DataFrame:
    """Set what a simulated world really did beside what the study found.

    Parameters
    ----------
    result : StudyResult
        A study of simulated prices.
    truth : DataFrame
        One row per injected effect; columns ``event series session mean_effect variance_multiple``
        (per cent log; a multiple of the variance).

    Returns
    -------
    DataFrame
        One row per studied (event, series); columns `TRUTH_COLUMNS`. ``true_ar`` sums every effect
        injected on the session of day 0 and ``true_car`` every effect on the sessions of the
        window, whichever event brought it. ``true_multiple`` is the product of the variance
        multiples on day 0. ``expected_av`` is the mean of AV(0) under that truth,
        multiple + effect² / forecast variance: a shift of the mean also looks like volatility.
        ``ar_inside`` and ``car_inside`` say whether the interval holds the truth; NaN without one.
    """
    found = headline(result)
    effects = truth.groupby(["series", "session"])["mean_effect"].sum()
    multiples = truth.groupby(["series", "session"])["variance_multiple"].prod()
    table = found[["event", "series", "session", "window", "proxy_of", "clock"]].copy()
    days = list(zip(found["series"], pd.to_datetime(found["session"]), strict=True))
    table["true_ar"] = [float(effects.get(key, 0.0)) for key in days]
    table["true_car"] = _effects_in_windows(result, found, effects)
    table["true_multiple"] = [float(multiples.get(key, 1.0)) for key in days]
    table["expected_av"] = table["true_multiple"] + table["true_ar"] ** 2 / _variance_of_day_zero(
        result, found
    )
    for name in ("ar", "car"):
        columns = [name, f"{name}_lower", f"{name}_upper"]
        table[columns] = found[columns]
        table[f"{name}_inside"] = _inside(table[f"true_{name}"], found[columns[1]], found[columns[2]])
    table["av"] = found["av"]
    return table[list(TRUTH_COLUMNS)]


def _effects_in_windows(result: StudyResult, found: pd.DataFrame, effects: pd.Series[float]) -> list[float]:
    start, end = headline_window(result.design)
    inside = result.paths[result.paths["relative_day"].between(start, end)]
    keys = pd.MultiIndex.from_arrays([inside["series"], pd.to_datetime(inside["session"])])
    injected = pd.Series(effects.reindex(keys, fill_value=0.0).to_numpy(), index=inside.index)
    sums = injected.groupby([inside["event"], inside["series"]]).sum()
    return [float(sums.get(key, np.nan)) for key in zip(found["event"], found["series"], strict=True)]


def _variance_of_day_zero(result: StudyResult, found: pd.DataFrame) -> list[float]:
    first = result.paths[result.paths["relative_day"] == 0].set_index(PAIR)["forecast_variance"]
    return [float(first.get(key, np.nan)) for key in zip(found["event"], found["series"], strict=True)]


def _inside(value: pd.Series[float], lower: pd.Series[float], upper: pd.Series[float]) -> pd.Series[Any]:
    covered = ((lower <= value) & (value <= upper)).astype(object)
    return covered.where(lower.notna() & upper.notna(), np.nan)


def figures_table(figures: Sequence[FigureCheck]) -> pd.DataFrame:
    """Return the checked figures, one row each in the order given, evidence joined by ``; ``.

    Parameters
    ----------
    figures : sequence of FigureCheck
        May be empty.

    Returns
    -------
    DataFrame
        Columns are the fields of `FigureCheck`; ``computed`` and ``difference`` are NaN without data.
    """
    fields = [
        "id", "article", "series", "quantity", "quoted", "unit", "date", "computed", "difference",
        "verdict", "arithmetic", "calendar", "rule", "evidence",
    ]  # fmt: skip
    rows = [{**asdict(check), "evidence": "; ".join(check.evidence)} for check in figures]
    table = pd.DataFrame(rows, columns=fields)
    return table.astype({"computed": float, "difference": float})


def signals_table(signals: Sequence[SignalReading]) -> pd.DataFrame:
    """Return the signals, one row each in the order given.

    Parameters
    ----------
    signals : sequence of SignalReading
        May be empty.

    Returns
    -------
    DataFrame
        Columns ``id version as_of value unit verdict sentence inputs``; ``value`` is NaN when the
        signal refused, ``inputs`` is text such as ``usdjpy fresh 2025-04-03; vix missing``.
    """
    fields = ["id", "version", "as_of", "value", "unit", "verdict", "sentence"]
    rows = [
        {**{name: getattr(signal, name) for name in fields}, "inputs": "; ".join(_freshness(signal))}
        for signal in signals
    ]
    return pd.DataFrame(rows, columns=[*fields, "inputs"]).astype({"value": float})


def _freshness(signal: SignalReading) -> Iterator[str]:
    for item in signal.inputs:
        stand_in = formats.proxy(item.series, item.proxy_of)
        seen = "" if item.last_session is None else f" {item.last_session.isoformat()}"
        yield f"{item.series}{f' ({stand_in})' if stand_in else ''} {item.status}{seen}"


def fits_table(result: StudyResult) -> pd.DataFrame:
    """Return the fitted volatility models without the columns that no fit of this study fills.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    DataFrame
        One row per fitted estimation window; columns from `eventstudy.results.FIT_COLUMNS`, in that
        order. Variances are per cent squared per session.
    """
    empty = [name for name in result.fits.columns if result.fits[name].isna().all()]
    return result.fits.drop(columns=empty).reset_index(drop=True)


def exclusions(result: StudyResult) -> pd.DataFrame:
    """Return what was left out and why.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    DataFrame
        Columns ``event series reason``; ``*`` stands for every event or every series.
    """
    rows = [asdict(exclusion) for exclusion in result.exclusions]
    return pd.DataFrame(rows, columns=["event", "series", "reason"])
