"""Questions over many events: which directions move which series, and does volatility rise with news."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.inference.answers import composite_returns, series_returns, series_volatility
from eventstudy.inference.episodes import CONTROL, Question, Record, Unit, chosen_units
from eventstudy.inference.multiplicity import holm
from eventstudy.inference.outcome import Outcome

if TYPE_CHECKING:
    from eventstudy.inference.cells import Arrival, EventCell
    from eventstudy.inference.volatility_effect import Windows
    from eventstudy.values import Design, Window

NEWS = ("escalation", "de-escalation", "talks", "unspecified")
RETURNS: tuple[Question, ...] = (
    *(Question("response", direction, {direction: 1.0}) for direction in NEWS),
    Question("direction", "de-escalation against escalation", {"escalation": -1.0, "de-escalation": 1.0}),
    Question("negative control", CONTROL, {CONTROL: 1.0}),
)
VOLATILITY: tuple[Question, ...] = (
    Question("volatility", "news", dict.fromkeys(NEWS, 1.0)),
    *(Question("volatility", direction, {direction: 1.0}) for direction in NEWS),
    Question("negative control", CONTROL, {CONTROL: 1.0}),
)
COMPOSITES: dict[str, tuple[str, ...]] = {"equities": ("nikkei225", "topix", "jpx_nikkei_400")}


@dataclass(frozen=True)
class Material:
    """Everything the questions are asked of.

    Attributes
    ----------
    arrivals : tuple of Arrival
        Every event that reached a series, confounders too, in order of the timestamps.
    cells : tuple of EventCell
        Every event measured on a series; windows of other origins are cells of their own.
    placebos : mapping of (series, window) to Windows
        Non-event windows, their variances forecast as those of the events are.
    composites : mapping of str to tuple of str
        Name to the series it weighs equally, fixed in advance. Members that were not measured, or that
        another clock than the first one's stamps, are left out.
    """

    arrivals: tuple[Arrival, ...]
    cells: tuple[EventCell, ...]
    placebos: Mapping[tuple[str, Window], Windows] = field(default_factory=dict)
    composites: Mapping[str, tuple[str, ...]] = field(default_factory=COMPOSITES.copy)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One episode that does not enter a question on one series and window, and why.

    Attributes
    ----------
    question, direction, series, episode : str
        The question, the series or composite, and the episode.
    window : (int, int)
        Relative sessions.
    reason : str
        A clause without a full stop.
    """

    question: str
    direction: str
    series: str
    episode: str
    window: Window
    reason: str


@dataclass(frozen=True)
class _Inquiry:
    """One question on one series or composite over one window."""

    question: Question
    target: str
    window: Window
    members: tuple[str, ...]
    volatility: bool = False

    def generator(self, seed: int) -> np.random.Generator:
        """Return a generator of its own, so that no answer depends on the order of questions."""
        name = f"{self.question.name} {self.question.direction} {self.target} {self.window} {self.volatility}"
        return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))


def multi_event_rows(
    material: Material, design: Design, seed: int
) -> tuple[list[dict[str, Any]], tuple[LeftOut, ...]]:
    """Ask every question of every series, composite and window.

    Parameters
    ----------
    material : Material
        What happened.
    design : Design
        Windows, level, power and replications.
    seed : int
        Seed of the study; each draw is named by its question, so that nothing depends on order.

    Returns
    -------
    rows : list of dict
        Keys ``question direction series window_start window_end``, those of
        `eventstudy.inference.measure.Measure`, ``p_holm`` and ``refusal``. ``series`` may be the name of a
        composite. ``p_holm`` adjusts each method over the series and windows of its question. A method or
        question without an answer has a row with NaN numbers, the episodes at hand as ``n``, and the reason.
        Directions that no event has are not asked about.
    left_out : tuple of LeftOut
        Every episode that speaks of a question and does not count in it.

    Notes
    -----
    The headline is ``episode_t`` with ``sign_flip`` beside it. ``direction`` weighs escalation -1 and
    de-escalation +1 for every series: a positive estimate means that the series falls on escalation and rises
    on de-escalation. Effective dates carry no surprise of their own: they are tested two-sided against 0.
    """
    measured = {(one.event, one.series, window): one for one in material.cells for window in one.windows}
    record = Record(material.arrivals, measured)
    rows: list[dict[str, Any]] = []
    left_out: list[LeftOut] = []
    for inquiry in _inquiries(material, design):
        units, reasons = _chosen(inquiry, record)
        outcome = _answer(inquiry, units, material, design, seed)
        rows += _rows(inquiry, outcome, min(len(one) for one in units))
        asked = inquiry.question
        left_out += [
            LeftOut(asked.name, asked.direction, inquiry.target, episode, inquiry.window, reason)
            for episode, reason in reasons.items()
        ]
    _adjust(rows)
    return rows, tuple(dict.fromkeys(left_out))


def _inquiries(material: Material, design: Design) -> Iterator[_Inquiry]:
    """Yield what is asked: returns of series and composites, then volatility of series."""
    series = tuple(dict.fromkeys(cell.series for cell in material.cells))
    measured = {window for cell in material.cells for window in cell.windows}
    windows = [window for window in design.windows if window in measured]
    directions = {one.direction for one in material.arrivals}
    targets = {**{name: (name,) for name in series}, **_composites(material)}
    for question in (one for one in RETURNS if set(one.signs) <= directions):
        for target, members in targets.items():
            yield from (_Inquiry(question, target, window, members) for window in windows)
    for question in (one for one in VOLATILITY if set(one.signs) & directions):
        for name in series:
            yield from (_Inquiry(question, name, window, (name,), volatility=True) for window in windows)


def _composites(material: Material) -> dict[str, tuple[str, ...]]:
    """Return the members of each composite that share one return interval, where there are two or more."""
    clocks = {cell.series: cell.clock for cell in material.cells}
    found: dict[str, tuple[str, ...]] = {}
    for name, members in material.composites.items():
        here = [one for one in members if one in clocks]
        alike = tuple(one for one in here if clocks[one] == clocks[here[0]])
        if len(alike) > 1:
            found[name] = alike
    return found


def _chosen(inquiry: _Inquiry, record: Record) -> tuple[list[list[Unit]], dict[str, str]]:
    """Return the units of each member, episodes that all members have, and why the others are missing."""
    reasons: dict[str, str] = {}
    chosen: list[dict[str, Unit]] = []
    for series in inquiry.members:
        units, missing = chosen_units(inquiry.question, series, inquiry.window, record)
        chosen.append({one.cell.episode: one for one in units})
        for episode, reason in missing.items():
            reasons.setdefault(episode, reason if len(inquiry.members) == 1 else f"{series}: {reason}")
    common = [episode for episode in chosen[0] if all(episode in one for one in chosen)]
    return [[one[episode] for episode in common] for one in chosen], reasons


def _answer(
    inquiry: _Inquiry, units: list[list[Unit]], material: Material, design: Design, seed: int
) -> Outcome:
    generator = inquiry.generator(seed)
    if inquiry.volatility:
        placebos = material.placebos.get((inquiry.target, inquiry.window))
        return series_volatility(units[0], inquiry.window, placebos, design, generator)
    if len(units) == 1:
        return series_returns(units[0], inquiry.window, design, generator)
    return composite_returns(units, inquiry.window, design, generator)


def _rows(inquiry: _Inquiry, outcome: Outcome, episodes: int) -> list[dict[str, Any]]:
    start, end = inquiry.window
    common = {
        "question": inquiry.question.name, "direction": inquiry.question.direction,
        "series": inquiry.target, "window_start": start, "window_end": end, "p_holm": np.nan,
    }  # fmt: skip
    nothing = dict.fromkeys(("estimate", "se", "lower", "upper", "p_value", "floor", "mde"), np.nan)
    refused = {
        **nothing, "statistic": "CAV" if inquiry.volatility else "SCAR", "method": "", "n": episodes,
        "null_distribution": "",
    }  # fmt: skip
    answered = [{**common, **asdict(measure), "refusal": ""} for measure in outcome.measures]
    return answered + [{**common, **refused, "refusal": reason} for reason in outcome.refusals]


def _adjust(rows: list[dict[str, Any]]) -> None:
    """Add Holm's p-values over the series and windows of each question, statistic and method."""
    families: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("question", "direction", "statistic", "method"))
        families.setdefault(key, []).append(row)
    for family in families.values():
        adjusted = holm(np.array([row["p_value"] for row in family]))
        for row, p in zip(family, adjusted, strict=True):
            row["p_holm"] = float(p)
