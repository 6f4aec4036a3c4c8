"""What a data check tells: one rule, one place, what was seen there and what the rule allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

Severity = Literal["quarantined", "warning", "notice"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the data that a reader must know.

    Attributes
    ----------
    series : str
        Series id.
    session_date : date or None
        Session it is about; None when it is about the whole answer or series.
    rule : str
        Name of the check, such as ``no session`` or ``stale repeat``; the catalogue has them all.
    severity : str
        ``quarantined`` (the row is kept apart and is not among the bars), ``warning`` (it is among them and
        needs a look) or ``notice`` (worth knowing, nothing to do).
    observed, expected : str
        In words or figures: what the source said, and what the rule allows.
    row : tuple of float or None
        Open, high, low, close and volume of a quarantined row, NaN where the source has none, so that a
        reviewer can release it; None where no row could be read.
    """

    series: str
    session_date: date | None
    rule: str
    severity: Severity
    observed: str
    expected: str
    row: tuple[float, float, float, float, float] | None = None
