"""What an article claims: one figure, date, name or saying, typed so that something can settle it."""

from __future__ import annotations

from dataclasses import dataclass

QUANTITIES: tuple[str, ...] = (
    "level", "change", "percent_change", "fdi_stock", "tariff_rate", "tariff_status", "date", "weekday",
    "clock_time", "duration", "deadline", "count", "share", "amount", "growth", "gdp_effect", "revenue",
    "poll", "election", "investment", "rank", "name", "title", "exchange_rate", "trade_value", "reserves",
    "market_claim", "policy_claim", "saying",
)  # fmt: skip
ASSERTERS: tuple[str, ...] = ("reporter", "official", "analyst")
KINDS: tuple[str, ...] = ("observed", "forecast", "attribution", "opinion")
SETTLED_BY: tuple[str, ...] = ("prices", "calendar", "arithmetic", "cross", "fact", "none")


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable thing that an article says; a rate and its status, an amount and its period are two.

    Attributes
    ----------
    id : str
        Unique name, such as ``A3-F012``.
    article : str
        Article id.
    location : str
        Where it stands: a paragraph counted from the top, or a table's or list's row.
    words : str
        The few words, as printed, that identify it.
    quoted : str
        The figure, date, name or saying exactly as printed; stands within the article.
    quantity : str
        What it is, one of `QUANTITIES`.
    unit : str
        What its number counts, such as ``percent``, ``USD billion`` or ``days``.
    subject : str
        The product, thing or institution that it is about.
    by : str
        Who asserts it, one of `ASSERTERS`.
    kind : str
        One of `KINDS`.
    settle : str
        What can settle it, one of `SETTLED_BY`: stored prices, the calendar, arithmetic (dates included),
        other articles, a fact from outside, or nothing.
    why : str
        How it can be settled, or what would be needed.
    value : str
        The same in a form to compare: a number with a point, an ISO date, a range of two with ``/``, a time,
        a name; empty where it cannot be brought into one.
    series : str
        Series id that it speaks of; empty if none.
    country : str
        Whom it is about; empty if nobody in particular.
    date : str
        Session, date or period, ISO or two with ``/``, that it speaks of; empty if the article does not say.
    basis : str
        What it is measured on; figures of different bases are not compared.
    who : str
        Name of who asserts it, where one is given.
    group : str
        Claims of one printed row or sentence that are checked together share a group.
    topic : str
        Claims of one topic are about the same fact and can contradict one another; empty if there is none.
    """

    id: str
    article: str
    location: str
    words: str
    quoted: str
    quantity: str
    unit: str
    subject: str
    by: str
    kind: str
    settle: str
    why: str
    value: str = ""
    series: str = ""
    country: str = ""
    date: str = ""
    basis: str = ""
    who: str = ""
    group: str = ""
    topic: str = ""
