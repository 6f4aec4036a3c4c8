"""Questions over many events and series, and p-values that know how many questions were asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import TooFewSharedDates
from eventstudy.inference.multiplicity import benjamini_hochberg, holm
from eventstudy.inference.questions import Material, multi_event_rows
from eventstudy.joint import Joint, family_rows, joint_draws, wald_tests
from eventstudy.results import QUESTION_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy.inference.cells import Arrival, EventCell
    from eventstudy.inference.volatility_effect import Windows
    from eventstudy.joint import Wald
    from eventstudy.values import Design, Window

_CELL = ["event", "series", "window_start", "window_end", "statistic", "method"]


def families(cells: Iterable[EventCell], design: Design, seed: int) -> tuple[list[Joint], list[str]]:
    """Simulate every family of tests along joint paths.

    Parameters
    ----------
    cells : iterable of EventCell
        Everything that was measured.
    design : Design
        What makes a family, and the number of replications.
    seed : int
        Seed of the study.

    Returns
    -------
    joints : list of Joint
        One per family.
    warnings : list of str
        Families whose series share too few sessions to be drawn together.
    """
    groups: dict[str, list[EventCell]] = {}
    for cell in cells:
        groups.setdefault(family_of(cell.event, cell.episode, design), []).append(cell)
    joints, warnings = [], []
    for name, members in groups.items():
        try:
            joints.append(joint_draws(name, members, design.replications, seed))
        except TooFewSharedDates as error:
            warnings.append(f"no joint p-values: {error}")
    return joints, warnings


def family_of(event: str, episode: str, design: Design) -> str:
    """Return the name of the family that an event's tests belong to."""
    return {"event": event, "episode": f"episode {episode}", "study": "study"}[design.family]


def with_adjustments(table: pd.DataFrame, joints: Sequence[Joint], design: Design) -> pd.DataFrame:
    """Put adjusted p-values beside the raw ones of every design window.

    Parameters
    ----------
    table : DataFrame
        Columns `eventstudy.results.RESULT_COLUMNS`.
    joints : sequence of Joint
        The families, simulated.
    design : Design
        Windows and what makes a family.

    Returns
    -------
    DataFrame
        With ``family``; ``p_holm`` and ``p_bh`` over the series and windows of the family, each statistic and
        method by itself; and for ``fhs`` the step-down ``p_adjusted`` of Romano and Wolf (2005). Only CAR and
        CAV of the design's windows belong to a family: single days repeat what they hold.
    """
    windows = pd.MultiIndex.from_tuples(design.windows)
    inside = pd.MultiIndex.from_frame(table[["window_start", "window_end"]]).isin(windows)
    counted = inside & table["statistic"].isin(["CAR", "CAV"]).to_numpy()
    names = [
        family_of(event, episode, design)
        for event, episode in zip(table["event"], table["episode"], strict=True)
    ]
    family = pd.Series(np.where(counted, names, ""), index=table.index)
    adjusted = {"p_holm": np.full(len(table), np.nan), "p_bh": np.full(len(table), np.nan)}
    keys = [family[counted], table["statistic"][counted], table["method"][counted]]
    for _, group in table[counted].groupby(keys, sort=False):
        places = table.index.get_indexer(group.index)
        p = group["p_value"].to_numpy(dtype=float)
        adjusted["p_holm"][places], adjusted["p_bh"][places] = holm(p), benjamini_hochberg(p)
    return table.assign(family=family, p_adjusted=_stepped(table, joints), **adjusted)


def _stepped(table: pd.DataFrame, joints: Sequence[Joint]) -> Any:  # noqa: ANN401  (an array of float)
    rows = [{**row, "method": "fhs"} for joint in joints for row in family_rows(joint)]
    if not rows:
        return np.full(len(table), np.nan)
    known = pd.DataFrame(rows).set_index(_CELL)["p_adjusted"]
    stepped = known.reindex(pd.MultiIndex.from_frame(table[_CELL])).to_numpy()
    return np.maximum(stepped, table["p_value"].to_numpy(dtype=float))


def question_frame(
    arrivals: Sequence[Arrival],
    cells: Sequence[EventCell],
    quiet: dict[tuple[str, Window], Windows],
    joints: Sequence[Joint],
    design: Design,
    seed: int,
) -> pd.DataFrame:
    """Ask what many events say together.

    Parameters
    ----------
    arrivals : sequence of Arrival
        Every event that reached a series.
    cells : sequence of EventCell
        What was measured.
    quiet : dict of (series, window) to Windows
        Windows without news, for the bootstrap of volatility effects.
    joints : sequence of Joint
        The families, for the Wald tests.
    design : Design
        Windows, level and power.
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        Columns `eventstudy.results.QUESTION_COLUMNS`: the questions over episodes, then for each event and
        window whether it moved any series at all (``wald``).
    """
    rows, left_out = multi_event_rows(Material(tuple(arrivals), tuple(cells), quiet), design, seed)
    rows += [_wald_row(test) for joint in joints for test in wald_tests(joint, design.level)]
    frame = pd.DataFrame(rows, columns=list(QUESTION_COLUMNS))
    missing: dict[tuple[Any, ...], list[str]] = {}
    for one in left_out:
        key = (one.question, one.direction, one.series, *one.window)
        missing.setdefault(key, []).append(f"{one.episode}: {one.reason}")
    keys = frame[["question", "direction", "series", "window_start", "window_end"]].itertuples(index=False)
    return frame.assign(left_out=["; ".join(missing.get(tuple(key), ())) for key in keys])


def _wald_row(test: Wald) -> dict[str, Any]:
    nan = float("nan")
    return {
        "question": "any series", "direction": test.event, "series": " ".join(test.series),
        "window_start": test.window[0], "window_end": test.window[1], "statistic": "CAR", "method": "wald",
        "estimate": test.statistic, "se": nan, "lower": nan, "upper": nan, "p_value": test.p_value,
        "n": len(test.series), "floor": test.floor, "mde": nan, "p_holm": nan,
        "null_distribution": f"the statistic along joint paths, critical value {test.critical:.4g}",
        "refusal": test.refusal,
    }  # fmt: skip
