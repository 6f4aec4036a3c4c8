"""The shipped registers, checked on reading: dated events, source articles and quoted figures.

They are data files under ``db/seeds``, written by hand. Nothing in them is repaired: an entry
that is incomplete, misspelled or contradicts itself is refused by name.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from eventstudy import claims
from eventstudy.claims import Claim
from eventstudy.errors import BadValue, EventStudyError
from eventstudy.series import SERIES
from eventstudy.values import DIRECTIONS, Article, Event, Evidence, QuotedFigure, content_hash

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

KINDS: tuple[str, ...] = ("tariff", "confounder")
MARKS: tuple[str, ...] = ("B", "V", "M")
QUANTITIES: tuple[str, ...] = ("level", "change", "percent_change")
UNITS: tuple[str, ...] = ("points", "percent")

_EVENT = {
    "id": str, "label": str, "timestamp": datetime, "zone": str, "direction": str,
    "episode": str, "kind": str, "evidence": list,
}  # fmt: skip
_BOUNDS = {"earliest": datetime, "latest": datetime}
_EVIDENCE = {"source": str, "mark": str, "says": str}
_STUDY = {"estimation_end": date}
_ARTICLE = {"id": str, "title": str, "source": str}
_FIGURE = {
    "id": str, "article": str, "series": str, "quantity": str, "quoted": str,
    "unit": str, "date": date, "location": str, "group": str,
}  # fmt: skip
_CLAIM = dict.fromkeys(
    (
        "id",
        "article",
        "location",
        "words",
        "quoted",
        "quantity",
        "unit",
        "subject",
        "by",
        "kind",
        "settle",
        "why",
    ),
    str,
)
_PERHAPS = dict.fromkeys(("value", "series", "country", "date", "basis", "who", "group", "topic"), str)
_PERIOD = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?(/\d{4}(-\d{2}(-\d{2})?)?)?")
_Item = TypeVar("_Item", Event, Article, QuotedFigure, Claim)
_PRINTED = re.compile(r"[+−-]?\d{1,3}(,?\d{3})*(\.\d+)?%?")


class BadRegister(EventStudyError):
    """A register that cannot be trusted.

    Parameters
    ----------
    where : str
        File and entry.
    what : str
        What is wrong there.
    """

    kind: ClassVar[str] = "bad_register"
    exit_code: ClassVar[int] = 2

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}", "correct that entry; nothing of the register was used")


@dataclass(frozen=True, slots=True)
class StudyDefaults:
    """What the register fixes for every study of its events.

    Attributes
    ----------
    estimation_end : date
        Last session of the estimation window that all events share; no listed event precedes it.
    """

    estimation_end: date


def load_events() -> tuple[Event, ...]:
    """Return the shipped events and confounders, in the order of the file.

    Returns
    -------
    tuple of Event
        Timestamps zone-aware with the offset of the event's zone; ``earliest`` and ``latest`` are
        None where the timestamp is exact.

    Raises
    ------
    BadRegister
        If the file is malformed.
    """
    return parse_events(_seed("events.toml"))


def load_study_defaults() -> StudyDefaults:
    """Return what the shipped event register fixes for every study.

    Raises
    ------
    BadRegister
        If the file is malformed.
    """
    where = "events.toml"
    study = _entry(_document(_seed(where), where, "event", "study")["study"], f"{where} [study]", _STUDY)
    return StudyDefaults(**study)


def load_articles() -> tuple[Article, ...]:
    """Return the shipped source articles; ``published`` is None where the text gives no date.

    Raises
    ------
    BadRegister
        If the file is malformed.
    """
    return parse_articles(_seed("articles.toml"))


def load_figures() -> tuple[QuotedFigure, ...]:
    """Return the shipped quoted figures, each exactly as its article prints it.

    Raises
    ------
    BadRegister
        If the file is malformed or a figure names an article or series that does not exist.
    """
    return parse_figures(_seed("figures.toml"), [article.id for article in load_articles()])


def load_claims() -> tuple[Claim, ...]:
    """Return everything checkable that the shipped articles say, by article and in its order.

    Raises
    ------
    BadRegister
        If a file is malformed.
    """
    known = [article.id for article in load_articles()]
    texts = {name: _seed("claims", f"{name}.toml") for name in known}
    found = (claim for name, text in texts.items() for claim in parse_claims(text, known, f"{name}.toml"))
    return _unique(tuple(found), "claims")


def register_hash() -> str:
    """Return the SHA-256 of the event file's data, blind to comments, spacing and order of keys.

    Returns
    -------
    str
        64 hexadecimal digits; names the register that a result rests on.
    """
    return content_hash(tomllib.loads(_seed("events.toml")))


def parse_events(text: str, where: str = "events.toml") -> tuple[Event, ...]:
    """Return the events of a register.

    Parameters
    ----------
    text : str
        TOML: one ``[study]`` table and ``[[event]]`` entries, as in the shipped file.
    where : str
        Name of the file, for errors.

    Returns
    -------
    tuple of Event
        In the order of the text.

    Raises
    ------
    BadRegister
        For text that is not TOML, a missing, unknown or mistyped field, an unknown direction,
        kind, mark or zone, a timestamp without offset, with another offset than its zone has or
        outside its interval, and a repeated id.
    """
    tables = _document(text, where, "event", "study")["event"]
    return _unique(tuple(_event(table, _named(table, where)) for table in tables), where)


def parse_articles(text: str, where: str = "articles.toml") -> tuple[Article, ...]:
    """Return the articles of a TOML text with ``[[article]]`` entries.

    Parameters
    ----------
    text : str
        TOML, as in the shipped file.
    where : str
        Name of the file, for errors.

    Raises
    ------
    BadRegister
        For text that is not TOML, a missing, unknown or mistyped field, and a repeated id.
    """
    tables = _document(text, where, "article")["article"]
    entries = (_entry(table, _named(table, where), _ARTICLE, {"published": date}) for table in tables)
    return _unique(tuple(Article(**{"published": None, **entry}) for entry in entries), where)


def parse_figures(
    text: str, articles: Collection[str], where: str = "figures.toml"
) -> tuple[QuotedFigure, ...]:
    """Return the quoted figures of a TOML text with ``[[figure]]`` entries.

    Parameters
    ----------
    text : str
        TOML, as in the shipped file.
    articles : collection of str
        Article ids that figures may name.
    where : str
        Name of the file, for errors.

    Raises
    ------
    BadRegister
        For text that is not TOML, a missing, unknown or mistyped field, an unknown article,
        series, quantity or unit, a quotation that is no number, and a repeated id.
    """
    tables = _document(text, where, "figure")["figure"]
    return _unique(tuple(_figure(table, _named(table, where), articles) for table in tables), where)


def parse_claims(text: str, articles: Collection[str], where: str) -> tuple[Claim, ...]:
    """Return the claims of a TOML text with ``[[claim]]`` entries.

    Parameters
    ----------
    text : str
        TOML, as in the shipped files; fields of `eventstudy.claims.Claim` that would be empty are left out.
    articles : collection of str
        Article ids that claims may name.
    where : str
        Name of the file, for errors.

    Raises
    ------
    BadRegister
        For text that is not TOML, a missing, empty, unknown or mistyped field, a word outside its
        vocabulary, an unknown article or series, a date that is none, and a repeated id.
    """
    tables = _document(text, where, "claim")["claim"]
    return _unique(tuple(_claim(table, _named(table, where), articles) for table in tables), where)


def _seed(*name: str) -> str:
    return files("db").joinpath("seeds", *name).read_text(encoding="utf-8")


def _document(text: str, where: str, entries: str, *singles: str) -> dict[str, Any]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise BadRegister(where, f"not valid TOML ({problem})") from None
    return _entry(data, where, {entries: list, **dict.fromkeys(singles, dict)})


def _named(table: object, where: str) -> str:
    return f"{where} {table['id']}" if isinstance(table, dict) and "id" in table else where


def _entry(
    table: object,
    where: str,
    required: Mapping[str, type],
    optional: Mapping[str, type] | None = None,
) -> dict[str, Any]:
    """Return a table that has all required fields, no unknown one, and each of its type."""
    if not isinstance(table, dict):
        raise BadRegister(where, f"{table!r} is not a table of fields")
    known = {**required, **(optional or {})}
    if missing := sorted(required.keys() - table.keys()):
        raise BadRegister(where, "missing " + ", ".join(missing))
    if unknown := sorted(table.keys() - known.keys()):
        raise BadRegister(where, "unknown field " + ", ".join(unknown))
    for name, value in table.items():
        if type(value) is not known[name]:
            raise BadRegister(where, f"{name} is {value!r}, not of type {known[name].__name__}")
        if value == "":
            raise BadRegister(where, f"{name} is empty")
    return table


def _event(table: object, where: str) -> Event:
    entry = _entry(table, where, _EVENT, _BOUNDS)
    _one_of("direction", entry["direction"], DIRECTIONS, where)
    _one_of("kind", entry["kind"], KINDS, where)
    if (entry["kind"] == "confounder") != (entry["direction"] == "confounder"):
        raise BadRegister(where, "kind and direction disagree on whether this is a confounder")
    evidence = tuple(_evidence(item, where) for item in entry["evidence"])
    if not evidence:
        raise BadRegister(where, "no evidence for its timing")
    try:
        event = Event(**{**entry, "evidence": evidence})
    except BadValue as problem:
        raise BadRegister(where, str(problem)) from None
    _check_offsets(event, where)
    return event


def _evidence(table: object, where: str) -> Evidence:
    entry = _entry(table, f"{where} evidence", _EVIDENCE)
    _one_of("mark", entry["mark"], MARKS, where)
    return Evidence(**entry)


def _check_offsets(event: Event, where: str) -> None:
    """Refuse an offset that the event's zone does not have on that day (daylight saving)."""
    try:
        zone = ZoneInfo(event.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadRegister(where, f"there is no time zone '{event.zone}'") from None
    for moment in (event.timestamp, *event.interval):
        local = moment.astimezone(zone)
        if local.utcoffset() != moment.utcoffset():
            raise BadRegister(where, f"{moment.isoformat()} is {local.isoformat()} in {event.zone}")


def _figure(table: object, where: str, articles: Collection[str]) -> QuotedFigure:
    entry = _entry(table, where, _FIGURE)
    _one_of("article", entry["article"], articles, where)
    _one_of("series", entry["series"], SERIES, where)
    _one_of("quantity", entry["quantity"], QUANTITIES, where)
    _one_of("unit", entry["unit"], UNITS, where)
    if not _PRINTED.fullmatch(entry["quoted"]):
        raise BadRegister(where, f"quoted is {entry['quoted']!r}, not a number as printed")
    return QuotedFigure(**entry)


def _claim(table: object, where: str, articles: Collection[str]) -> Claim:
    entry = _entry(table, where, _CLAIM, _PERHAPS)
    vocabularies: dict[str, Collection[str]] = {
        "article": articles,
        "quantity": claims.QUANTITIES,
        "by": claims.ASSERTERS,
        "kind": claims.KINDS,
        "settle": claims.SETTLED_BY,
        "series": SERIES,
    }
    for name, allowed in vocabularies.items():
        if name in entry:
            _one_of(name, entry[name], allowed, where)
    if not _PERIOD.fullmatch(entry.get("date", "2025")):
        raise BadRegister(where, f"date is '{entry['date']}', not an ISO date or two with a stroke between")
    return Claim(**entry)


def _one_of(name: str, value: str, allowed: Collection[str], where: str) -> None:
    if value not in allowed:
        raise BadRegister(where, f"{name} is '{value}', none of {', '.join(allowed)}")


def _unique(items: tuple[_Item, ...], where: str) -> tuple[_Item, ...]:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise BadRegister(where, f"the id {item.id} occurs twice")
        seen.add(item.id)
    return items
