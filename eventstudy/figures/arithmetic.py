"""Whether the figures of one printed row agree with one another, without any price data.

``previous = level - change`` and ``percent = 100 * change / previous``. Every printed number stands for
the interval of true values that print so (rounded or cut off), and the intervals are carried through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from eventstudy.figures.precision import Interval, Printed, plain

CONSISTENT, CONTRADICTED, NOT_CHECKABLE = "CONSISTENT", "CONTRADICTED", "NOT CHECKABLE"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the arithmetic of one row shows.

    Attributes
    ----------
    verdict : str
        ``CONSISTENT``, ``CONTRADICTED`` or ``NOT CHECKABLE``.
    evidence : tuple of str
        The numbers it rests on.
    """

    verdict: str
    evidence: tuple[str, ...] = ()


def check_row(row: Mapping[str, Printed], level_before: Printed | None = None) -> Outcome:
    """Check level, change and per cent of one row against one another, and against the level before.

    Parameters
    ----------
    row : mapping of str to Printed
        Any of ``level``, ``change`` and ``percent_change``, as printed for one series and session.
    level_before : Printed or None
        The level that the same article prints for the session before, where it does.

    Returns
    -------
    Outcome
        ``CONTRADICTED`` if no true values could print all of these numbers, ``CONSISTENT`` if a
        comparison was possible and passed, else ``NOT CHECKABLE``.
    """
    outcomes = [_percent_outcome(row), _chain_outcome(row, level_before)]
    verdicts = [outcome.verdict for outcome in outcomes]
    verdict = next((name for name in (CONTRADICTED, CONSISTENT) if name in verdicts), NOT_CHECKABLE)
    return Outcome(verdict, tuple(line for outcome in outcomes for line in outcome.evidence))


def previous_level(level: Interval, change: Interval) -> Interval:
    """Return every previous level that a level and a change in points allow."""
    return Interval(level.low - change.high, level.high - change.low)


def percent_change(level: Interval, change: Interval) -> Interval:
    """Return every per cent change that a level and a change in points allow.

    Parameters
    ----------
    level, change : Interval
        In points; the lowest previous level they allow must be positive.

    Returns
    -------
    Interval
        Simple change in per cent of the previous level. ``change / (level - change)`` is monotone in
        each argument, so the extremes lie at the corners.
    """
    corners = [
        100 * points / (close - points)
        for close, points in product((level.low, level.high), (change.low, change.high))
    ]
    return Interval(min(corners), max(corners))


def _percent_outcome(row: Mapping[str, Printed]) -> Outcome:
    missing = [name for name in ("level", "change", "percent_change") if name not in row]
    if missing == ["level"]:
        return _sign_outcome(row["change"], row["percent_change"])
    if missing:
        return Outcome(NOT_CHECKABLE, (f"not quoted beside it: {', '.join(missing)}",))
    level, change, percent = (row[name] for name in ("level", "change", "percent_change"))
    previous = previous_level(level.possible, change.possible)
    if previous.high <= 0:
        return Outcome(CONTRADICTED, (f"level - change = {plain(level.value - change.value)}: not a price",))
    if previous.low <= 0:
        return Outcome(
            NOT_CHECKABLE, ("level and change are too coarse to tell the previous level from zero",)
        )
    agrees = percent.possible.meets(percent_change(level.possible, change.possible))
    return Outcome(CONSISTENT if agrees else CONTRADICTED, (_percent_line(level, change, percent),))


def _percent_line(level: Printed, change: Printed, percent: Printed) -> str:
    before = level.value - change.value
    implied = f"{float(100 * change.value / before):.4f} %"
    return (
        f"level - change = {plain(before)}; {plain(change.value)}/{plain(before)} = {implied}"
        f" (printed {percent.text})"
    )


def _sign_outcome(change: Printed, percent: Printed) -> Outcome:
    opposite = (change.possible.high < 0 < percent.possible.low) or (
        percent.possible.high < 0 < change.possible.low
    )
    if opposite:
        return Outcome(CONTRADICTED, (f"change {change.text} and {percent.text} have opposite signs",))
    return Outcome(NOT_CHECKABLE, ("not quoted beside it: level",))


def _chain_outcome(row: Mapping[str, Printed], level_before: Printed | None) -> Outcome:
    if level_before is None or "level" not in row or "change" not in row:
        return Outcome(NOT_CHECKABLE)
    implied = previous_level(row["level"].possible, row["change"].possible)
    agrees = implied.meets(level_before.possible)
    before = plain(row["level"].value - row["change"].value)
    line = f"level - change = {before}; the same article prints {level_before.text} for the session before"
    return Outcome(CONSISTENT if agrees else CONTRADICTED, (line,))
