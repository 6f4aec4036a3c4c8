"""Joint paths: several series simulated from the same residual dates, so that their dependence is kept.

Each session after an origin draws one date of the estimation windows; every series takes its own residual
of that date. Tests of a family are then judged by their joint distribution: step-down p-values, the
covariance of the series' cumulated returns, and the Wald test that all of them are 0.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import TooFewSharedDates
from eventstudy.inference.multiplicity import balanced, benjamini_hochberg, holm, romano_wolf
from eventstudy.inference.parametric import cumulation_weights, garch_z_error
from eventstudy.inference.resampling import draw_null, two_sided_p, upper_p

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D, Int1D, Int2D
    from eventstudy.inference.cells import EventCell
    from eventstudy.inference.resampling import Null
    from eventstudy.values import Window

FEWEST_DATES = 100
SINGULAR = 1e8


class CellKey(NamedTuple):
    """Which test of a family: an event, a series and a window in relative sessions."""

    event: str
    series: str
    window: Window


@dataclass(frozen=True)
class Joint:
    """A family of m tests beside B joint draws without any event.

    Attributes
    ----------
    family : str
        Its name.
    keys : tuple of CellKey
        The tests.
    effects, deviations : ndarray of shape (m,)
        CAR and its forecast standard deviation, per cent.
    totals : ndarray of shape (m,)
        Sum of squared abnormal returns over their forecast variances.
    drawn_effects, drawn_totals : ndarray of shape (m, B)
        The same without an event; column b of all rows is one joint future.
    dates : ndarray of int of shape (m,)
        Residual dates that the draws of each test come from.
    floors : ndarray of shape (m,)
        Smallest p-value: one step ahead the draws are the residuals themselves.
    """

    family: str
    keys: tuple[CellKey, ...]
    effects: Float1D
    deviations: Float1D
    totals: Float1D
    drawn_effects: Float2D
    drawn_totals: Float2D
    dates: Int1D
    floors: Float1D

    @property
    def ratios(self) -> Float1D:
        """Studentised CARs of shape (m,)."""
        return self.effects / self.deviations

    @property
    def drawn_ratios(self) -> Float2D:
        """Their joint draws, shape (m, B)."""
        return self.drawn_effects / self.deviations[:, None]


@dataclass(frozen=True)
class Wald:
    """The test that one event moved none of the series.

    Attributes
    ----------
    event : str
        Event id.
    window : (int, int)
        Relative sessions.
    series : tuple of str
        The S series.
    covariance : ndarray of shape (S, S)
        Of their CARs without an event, per cent squared.
    statistic : float
        CAR' covariance^-1 CAR; NaN when it is refused.
    p_value, floor : float
        Upper tail of the same statistic along the joint paths, and its smallest value.
    critical : float
        Quantile of the simulated statistic at one minus the level; chi-square does not apply.
    refusal : str
        Why there is no test; empty when there is one.
    """

    event: str
    window: Window
    series: tuple[str, ...]
    covariance: Float2D
    statistic: float
    p_value: float
    floor: float
    critical: float
    refusal: str = ""


def joint_draws(family: str, cells: Sequence[EventCell], replications: int, seed: int) -> Joint:
    """Simulate every test of a family along joint paths.

    Parameters
    ----------
    family : str
        Its name; with the seed and the first session it names the draws.
    cells : sequence of EventCell
        Events and series of the family; ambiguous ones are left out. Cells whose paths share a session draw
        the same date for it; cells far apart in time draw independently.
    replications : int
        B.
    seed : int
        Seed of the study; neither the order of cells nor the executor matters.

    Returns
    -------
    Joint
        Tests in the order of the cells and their windows; empty without cells.

    Raises
    ------
    TooFewSharedDates
        When series whose paths meet share fewer than `FEWEST_DATES` residual dates.

    References
    ----------
    Barone-Adesi, Giannopoulos and Vosper (1999); Romano and Wolf (2005).
    """
    clear = [cell for cell in cells if not cell.ambiguous]
    parts: dict[int, Joint] = {}
    for together in _meeting(clear):
        common = _common_days(family, together)
        sessions = reduce(pd.DatetimeIndex.union, [cell.sessions for cell in together])
        picks = _picks(family, seed, sessions[0], (len(sessions), replications), len(common))
        for cell in together:
            parts[id(cell)] = _part(family, cell, common, picks[sessions.get_indexer(cell.sessions)])
    return _joined(family, [parts[id(cell)] for cell in clear], replications)


def _meeting(cells: Sequence[EventCell]) -> list[list[EventCell]]:
    """Group cells whose paths overlap in time, directly or through others."""
    groups: list[list[EventCell]] = []
    until = pd.Timestamp.min
    for cell in sorted(cells, key=lambda one: one.sessions[0]):
        if cell.sessions[0] > until:
            groups.append([])
        groups[-1].append(cell)
        until = max(until, cell.sessions[-1])
    return groups


def _common_days(family: str, cells: Sequence[EventCell]) -> pd.DatetimeIndex:
    common = reduce(pd.DatetimeIndex.intersection, [cell.residual_days for cell in cells])
    if len(common) < FEWEST_DATES:
        raise TooFewSharedDates(family, sorted({cell.series for cell in cells}), len(common), FEWEST_DATES)
    return common


def _picks(family: str, seed: int, first: pd.Timestamp, shape: tuple[int, int], days: int) -> Int2D:
    key = zlib.crc32(f"joint {family} {first.date()}".encode())
    return np.random.default_rng(np.random.SeedSequence([seed, key])).integers(0, days, size=shape)


def _part(family: str, cell: EventCell, common: pd.DatetimeIndex, picks: Int2D) -> Joint:
    z = cell.z[cell.residual_days.get_indexer(common)]
    null = draw_null(cell.rule, float(cell.shocks[0]), (z - z.mean()) / z.std(), cell.phi, picks)
    spans = [cell.steps(window) for window in cell.windows]
    floor, one_step = 1 / (picks.shape[1] + 1), 1 / (len(common) + 1)
    return Joint(
        family=family,
        keys=tuple(CellKey(cell.event, cell.series, window) for window in cell.windows),
        effects=np.array([cell.abnormal[span].sum() for span in spans]),
        deviations=np.array([_deviation(null, cell.phi, span) for span in spans]),
        totals=np.array([(cell.abnormal[span] ** 2 / null.variance[span]).sum() for span in spans]),
        drawn_effects=np.array([null.abnormal[span].sum(axis=0) for span in spans]),
        drawn_totals=np.array(
            [(null.abnormal[span] ** 2 / null.variance[span, None]).sum(axis=0) for span in spans]
        ),
        dates=np.full(len(spans), len(common)),
        floors=np.array([max(floor, one_step) if span.stop == 1 else floor for span in spans]),
    )


def _deviation(null: Null, phi: float, span: slice) -> float:
    weights = cumulation_weights(phi, span.start + 1, span.stop)
    return garch_z_error(null.step_variance[: span.stop], weights, span.stop - span.start, 0.0)


def _joined(family: str, parts: Sequence[Joint], replications: int) -> Joint:
    keys = tuple(key for part in parts for key in part.keys)
    measured = [part for part in parts if part.keys]
    if not measured:
        none, no_draws = np.empty(0), np.empty((0, replications))
        return Joint(family, (), none, none, none, no_draws, no_draws, none.astype(np.int64), none)
    columns = {
        name: np.concatenate([getattr(part, name) for part in measured])
        for name in ("effects", "deviations", "totals", "drawn_effects", "drawn_totals", "dates", "floors")
    }
    return Joint(family=family, keys=keys, **columns)


def family_rows(joint: Joint) -> list[dict[str, Any]]:
    """Return raw and adjusted p-values of every test of a family.

    Parameters
    ----------
    joint : Joint
        The family and its draws. Returns and volatility are two questions, adjusted apart.

    Returns
    -------
    list of dict
        One per test and statistic (``CAR``, two-sided; ``CAV``, upper tail) with keys ``family event series
        window_start window_end statistic p_value p_adjusted p_holm p_bh``. ``p_adjusted`` is Romano and
        Wolf's: of the studentised CARs as they are, of the CAVs balanced, because their tails depend on
        the window; never below the raw p-value or its floor. NaN where the return is missing.
    """
    raw = _raw(joint.ratios, joint.drawn_ratios, joint.floors, two_sided=True)
    stepped = romano_wolf(np.abs(joint.ratios), np.abs(joint.drawn_ratios).T)
    rows = _rows(joint, "CAR", raw, stepped)
    raw = _raw(joint.totals, joint.drawn_totals, joint.floors, two_sided=False)
    stepped = romano_wolf(*balanced(joint.totals, joint.drawn_totals.T))
    return rows + _rows(joint, "CAV", raw, stepped)


def _raw(observed: Float1D, drawn: Float2D, floors: Float1D, *, two_sided: bool) -> Float1D:
    rule = two_sided_p if two_sided else upper_p
    return np.array([rule(*one) for one in zip(observed.tolist(), drawn, floors.tolist(), strict=True)])


def _rows(joint: Joint, statistic: str, raw: Float1D, stepped: Float1D) -> list[dict[str, Any]]:
    columns: Iterable[Any] = zip(
        joint.keys, raw, np.maximum(stepped, raw), holm(raw), benjamini_hochberg(raw), strict=True
    )
    return [
        {
            "family": joint.family, "event": key.event, "series": key.series,
            "window_start": key.window[0], "window_end": key.window[1], "statistic": statistic,
            "p_value": float(p), "p_adjusted": float(adjusted),
            "p_holm": float(by_holm), "p_bh": float(by_bh),
        }
        for key, p, adjusted, by_holm, by_bh in columns
    ]  # fmt: skip


def wald_tests(joint: Joint, level: float) -> list[Wald]:
    """Test for each event and window that the CARs of all series are 0.

    Parameters
    ----------
    joint : Joint
        A family with two series or more.
    level : float
        Size of the test.

    Returns
    -------
    list of Wald
        In the order of the family, one per event and window that at least two series have. The statistic
        uses the covariance of the joint paths, its p-value and critical value are those of the simulated
        statistic. Refused where a return is missing or two series are so alike that the covariance is
        singular.
    """
    places: dict[tuple[str, Window], list[int]] = {}
    for number, key in enumerate(joint.keys):
        places.setdefault((key.event, key.window), []).append(number)
    return [_wald(joint, *key, np.array(rows), level) for key, rows in places.items() if len(rows) > 1]


def _wald(joint: Joint, event: str, window: Window, rows: Int1D, level: float) -> Wald:
    series = tuple(joint.keys[row].series for row in rows)
    drawn, observed = joint.drawn_effects[rows], joint.effects[rows]
    covariance = np.cov(drawn)
    floor = float(joint.floors[rows].max())
    reason = _wald_problem(observed, covariance, series)
    if reason:
        nan = float("nan")
        return Wald(event, window, series, covariance, nan, nan, floor, nan, reason)
    statistic = float(observed @ np.linalg.solve(covariance, observed))
    null = (drawn * np.linalg.solve(covariance, drawn)).sum(axis=0)
    critical = float(np.quantile(null, 1 - level))
    return Wald(
        event, window, series, covariance, statistic, upper_p(statistic, null, floor), floor, critical
    )


def _wald_problem(observed: Float1D, covariance: Float2D, series: Sequence[str]) -> str:
    if not np.isfinite(observed).all():
        return f"a return of {' or '.join(series)} is missing inside the window; bring it"
    deviations = np.sqrt(np.diag(covariance))
    if np.linalg.cond(covariance / np.outer(deviations, deviations)) > SINGULAR:
        return f"{' and '.join(series)} move as one, so that their covariance is singular; leave one out"
    return ""
