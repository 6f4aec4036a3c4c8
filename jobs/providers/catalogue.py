"""What sources, and the refresh that asks them, tell of an answer beside `eventstudy.quality`'s rules."""

from __future__ import annotations

from eventstudy.quality.catalogue import Rule

TOLD: tuple[Rule, ...] = (
    Rule("file form", "notice", "a file that was read otherwise than in the plain form"),
    Rule("adjusted prices", "notice", "closes that the mapping calls adjusted"),
    Rule("licence", "notice", "the terms under which the source lets its figures be used"),
    Rule("late source", "notice", "a source that publishes weeks late"),
    Rule("gap", "warning", "more than 12 days without a row in a file that should have one for each session"),
    Rule("split", "warning", "the source restated every price before it"),
    Rule("future session", "quarantined", "a row of a session that has not begun"),
    Rule("told twice", "quarantined", "two rows of one session that do not say the same"),
    Rule("hours missing", "notice", "a currency day of which the source lacks hours"),
    Rule("short history", "notice", "a source that does not reach back as far as was asked"),
    Rule("clock mismatch", "warning", "a source whose day is not the series' own"),
    Rule("truncated", "warning", "fewer rows than the same source told before: the answer was refused"),
    Rule("restated", "warning", "many old rows changed at once"),
    Rule("fallback", "warning", "a source that failed, and the one that answered instead"),
    Rule("sources disagree", "quarantined", "a row too far from that of a source earlier in the list"),
)
