"""The table of rules: their names, how grave what they find is, and what they find, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventstudy.quality.finding import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the data checks.

    Attributes
    ----------
    name : str
        `eventstudy.quality.finding.Finding.rule` of what it finds.
    severity : str
        As of a finding; ``quarantined`` on the way in is a ``warning`` for a bar that is stored.
    found : str
        What it finds, in a few words.
    on_the_way_in : bool
        Whether every answer of a source is held to it; the others need the stored history.
    """

    name: str
    severity: Severity
    found: str
    on_the_way_in: bool = False


RULES: tuple[Rule, ...] = (
    Rule("no session", "quarantined", "a bar on a day on which the series' clock has no session", True),
    Rule("missing close", "quarantined", "a closed session without a close", True),
    Rule("not a price", "quarantined", "a price of zero or less, or none that is finite", True),
    Rule("missing session", "warning", "no bar for a session between the first and the last", True),
    Rule("inconsistent", "warning", "a high below, or a low above, another price of the bar", True),
    Rule("stale repeat", "warning", "the same four prices as in the bar before", True),
    Rule("absent prices", "notice", "a source that leaves out open, high or low"),
    Rule("flat bar", "warning", "one price all day where bars have ranges"),
    Rule("flat run", "warning", "twenty or more flat bars in a row: closes only"),
    Rule("unchanged run", "warning", "closes that stand still for longer than chance allows"),
    Rule(
        "close equals open",
        "warning",
        "more than 2 % of a currency's closes are opens (others: 10 %, a notice)",
    ),
    Rule("unconfirmed jump", "warning", "a large move that related series did not share, without volume"),
    Rule("reversal", "warning", "a one-day outlier that the next day undoes and nothing related shares"),
    Rule(
        "close out of place", "warning", "a close that the next session contradicts from its first price on"
    ),
    Rule("stood still", "warning", "an unchanged close on a day on which related series moved far"),
    Rule("unadjusted split", "warning", "a price that falls or rises by a simple ratio overnight and stays"),
    Rule("scale jump", "warning", "a price ten, a hundred or more times the one before"),
    Rule("limit move", "warning", "a price that moved by 30 % or more in a session"),
    Rule("volume unit", "warning", "volumes that change their unit"),
    Rule("recurring drop", "notice", "a fund or stock that drops alone at one date of most years: dividends"),
    Rule("copied rows", "warning", "rows that two series share"),
    Rule(
        "stamp shift", "warning", "dates a session late or early, by the lag correlation with related series"
    ),
    Rule("stale series", "warning", "a series that is behind its market by more than its grace"),
    Rule("ended series", "notice", "a series that nobody has brought for more than 20 sessions"),
    Rule("unsettled", "warning", "a bar fetched before its close and never again"),
    Rule("tracking", "warning", "a proxy whose returns correlate with its index by less than 0.98"),
    Rule("sources differ", "warning", "closes of two sources further apart than the tolerance"),
    Rule("only elsewhere", "warning", "a session that only the other source has"),
    Rule("only here", "notice", "a session that the other source lacks"),
)
