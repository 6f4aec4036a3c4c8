"""Cells that several tables share: an estimate with its test, a p-value, a series' name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventstudy.report import formats, glossary
from eventstudy.report.views import Cell, pair_anchor, tone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy.values import Design


@dataclass(frozen=True, slots=True)
class Reading:
    """How the headline of one study is to be read.

    Attributes
    ----------
    level : float
        Size of the tests.
    methods : tuple of str
        Where the p-values come from; the first is meant where a cell does not say.
    """

    level: float
    methods: tuple[str, ...]

    @property
    def by(self) -> str:
        """Name of the method that is meant where a cell does not say."""
        return formats.method(self.methods[0]) if self.methods else formats.NOTHING

    def words(self) -> str:
        """Return what the p-values are, in a sentence."""
        if not self.methods:
            return "No test of the headline was made."
        first, *others = self.methods
        told = f"p ({formats.method(first)}): {_meaning(first)}"
        for name in others:
            told += f"; p({formats.method(name)}), where history is too short for that: {_meaning(name)}"
        return f"{told}."


def _meaning(method: str) -> str:
    return glossary.METHODS[method][1]


def stars(design: Design) -> str:
    """Return what the marks of a rejection mean."""
    return f"* rejected at {design.level:.0%}, ** at 1%"


def estimate_cell(
    row: Mapping[str, Any], statistic: str, reading: Reading, *, link: str = "", adjusted: bool = False
) -> Cell:
    """Return one estimate with mark, p-value, the test's true size and, when not rejected, what it could see.

    Parameters
    ----------
    row : mapping
        One row of `tables.headline`.
    statistic : str
        ``AR``, ``CAR``, ``AV`` or ``CAV``.
    reading : Reading
        Level, and the method that needs no name.
    link : str
        Anchor to lead to.
    adjusted : bool
        Whether to show the step-down p-value of the family.

    Returns
    -------
    Cell
        Tinted only when rejected.
    """
    name = statistic.lower()
    value, p = row[name], row[f"{name}_p"]
    mark = formats.mark(p, reading.level)
    notes = [] if formats.absent(p) else [_p_note(row, name, reading)]
    if adjusted and not formats.absent(row[f"{name}_adjusted"]):
        notes.append(f"adjusted {formats.p_value(row[f'{name}_adjusted'])}")
    if not mark and not formats.absent(row[f"{name}_mde"]):
        notes.append(f"mde {formats.size(statistic, row[f'{name}_mde'])}")
    if row["ambiguous"]:
        notes.append("(amb.)")
    written = formats.estimate(statistic, value) + mark
    return Cell(written, tuple(notes), tone(statistic, value, mark), link)


def _p_note(row: Mapping[str, Any], name: str, reading: Reading) -> str:
    method, size = row[f"{name}_method"], row[f"{name}_size"]
    by = "" if method == reading.methods[0] else f"({formats.method(method)})"
    told = f"p{by} {formats.p_value(row[f'{name}_p'], row[f'{name}_floor'])}"
    if formats.absent(size):
        return told
    doubt = formats.size_verdict(size, row[f"{name}_size_error"], reading.level) != "holds"
    return f"{told} (size {formats.share(size)}{' !' if doubt else ''})"


def p_cell(row: Mapping[str, Any] | None, level: float, notes: Sequence[str] = ()) -> Cell:
    """Return a p-value with its mark, tinted when it rejects; an en dash without a row.

    Parameters
    ----------
    row : mapping or None
        With ``statistic method estimate p_value floor``.
    level : float
        Size of the test.
    notes : sequence of str
        Smaller lines below.

    Returns
    -------
    Cell
        No mark for 1 % where the method's far tail does not carry it.
    """
    if row is None:
        return Cell(formats.NOTHING)
    p, estimate = row["p_value"], row["estimate"]
    mark = formats.mark(p, level, strict=formats.far_tail(row["method"]))
    tint = tone(row["statistic"], 0.0 if formats.absent(estimate) else estimate, mark)
    return Cell(formats.p_value(p, row["floor"]) + mark, tuple(notes), tint)


def series_cell(event: str, series: str, *facts: str) -> Cell:
    """Return a series' name, leading to the pair's details, with what must be said of it below."""
    notes = tuple(fact for fact in facts if fact)
    return Cell(formats.series(series), notes, "name", pair_anchor(event, series))
