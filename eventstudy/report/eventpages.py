"""One section per event: when and how it reached each market, and every test of every series."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.report import battery, charts, formats, tables
from eventstudy.report.cells import estimate_cell, series_cell, stars
from eventstudy.report.views import Cell, Column, Table, event_anchor, pair_anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventstudy.report.book import Book, Row
    from eventstudy.values import Event, Exclusion


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one event on one series.

    Attributes
    ----------
    anchor, title : str
        Element id and summary line.
    facts : tuple of str
        Window, bridge, clock and origin that every number below rests on.
    tables : tuple of Table
        All statistics in groups, all methods side by side.
    footnotes : tuple of str
        How to read the tables, and the null distribution of each method's p-values.
    figure : str
        The chart as JSON text; empty without a path.
    """

    anchor: str
    title: str
    facts: tuple[str, ...]
    tables: tuple[Table, ...]
    footnotes: tuple[str, ...]
    figure: str


@dataclass(frozen=True, slots=True)
class Section:
    """One event's section.

    Attributes
    ----------
    anchor, id, label : str
        Element id, event id, one line for people.
    tags : tuple of str
        What sets it apart: a family other than "studied" (see `tables.group_of`), ambiguity.
    facts : tuple of (str, str)
        Name and value of everything known about its timing.
    exclusions : tuple of str
        What was left out for this event.
    table : Table
        Its series at a glance.
    after : tuple of str and Table, or None
        What became of the volatility; see `battery.aftermath`.
    details : tuple of Detail
        One per studied series.
    """

    anchor: str
    id: str
    label: str
    tags: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    exclusions: tuple[str, ...]
    table: Table
    after: tuple[str, Table] | None
    details: tuple[Detail, ...]


def sections(book: Book) -> tuple[Section, ...]:
    """Return one section per event that the study tried, in the order of the register.

    Parameters
    ----------
    book : Book
        The study; an event without a studied series shows its exclusions.

    Returns
    -------
    tuple of Section
        As long as ``book.studied``.
    """
    labels = {event.id: event.label for event in (*book.studied, *book.bystanders)}
    return tuple(_section(event, book, labels) for event in book.studied)


def _section(event: Event, book: Book, labels: Mapping[str, str]) -> Section:
    series = book.series_of(event.id)
    return Section(
        anchor=event_anchor(event.id),
        id=event.id,
        label=event.label,
        tags=_tags(event, book),
        facts=(*event_facts(event), *_placing(event, book, labels)),
        exclusions=tuple(_left_out(event, book.result.exclusions)),
        table=_glance(event, series, book),
        after=battery.aftermath(event.id, book),
        details=tuple(_detail(event.id, name, book) for name in series),
    )


def _tags(event: Event, book: Book) -> tuple[str, ...]:
    group = tables.group_of(event)
    ambiguous = any(row["ambiguous"] for row in book.reactions_of(event.id))
    return (
        *((group,) if group != "studied" else ()),
        *(("ambiguous: excluded from headline",) if ambiguous else ()),
    )


def event_facts(event: Event) -> tuple[tuple[str, str], ...]:
    """Return what the register knows about an event, name and value for people."""
    low, high = event.interval
    known = f"between {formats.moment(low)} and {formats.moment(high)}"
    evidence = "; ".join(f"{item.source} [{item.mark}]: {item.says}" for item in event.evidence)
    return (
        ("Timestamp", formats.moment(event.timestamp, event.zone)),
        ("Tokyo time", formats.moment(event.timestamp)),
        ("Uncertainty", "none stated: taken as exact" if low == high else known),
        ("Direction", event.direction),
        ("Evidence", formats.text(evidence)),
    )


def _placing(event: Event, book: Book, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    group = tables.group_of(event)
    family = "event under study" if group == "studied" else f"{group}: counted apart from events under study"
    return (
        ("Family", family),
        ("Episode", formats.text(_episode(event, book))),
        ("Ambiguous", _ambiguity(book.reactions_of(event.id))),
        ("Nearby news", _nearby(event, book, labels)),
    )


def _nearby(event: Event, book: Book, labels: Mapping[str, str]) -> str:
    """Other news inside the headline window is a rival explanation of its CAR."""
    start, end = tables.headline_window(book.design)
    inside = {
        other: None
        for series in book.series_of(event.id)
        if (event.id, series) in book.paths
        for day, ids in book.others(event.id, series).items()
        if start <= day <= end
        for other in ids
    }
    named = "; ".join(f"{other} {labels.get(other, '')}".strip() for other in sorted(inside))
    return f"in the window of {formats.window('CAR', (start, end))}: {named}" if named else formats.NOTHING


def _episode(event: Event, book: Book) -> object:
    rows = [row for (name, _), tests in book.tests.items() if name == event.id for row in tests[:1]]
    return rows[0]["episode"] if rows else event.episode


def _ambiguity(reactions: list[Row]) -> str:
    unsure = [row for row in reactions if row["ambiguous"]]
    if not reactions:
        return "not placed on any series"
    if not unsure:
        return "no: the whole interval maps to one session on every clock"
    named = (
        f"{formats.label(row['series'], row.get('proxy_of'))}: {formats.day(row['session'])} or {_other(row)}"
        for row in unsure
    )
    return "yes, excluded from headline (" + "; ".join(named) + ")"


def _other(row: Row) -> str:
    return "another session" if formats.absent(row["other_session"]) else formats.day(row["other_session"])


def _left_out(event: Event, exclusions: Iterable[Exclusion]) -> Iterable[str]:
    for item in exclusions:
        if item.event in {event.id, "*"}:
            where = "every series" if item.series == "*" else formats.label(item.series)
            yield f"{where}: {item.reason}"


def _glance(event: Event, series: list[str], book: Book) -> Table:
    design = book.design
    ar, car, av, cav = (
        Column(formats.window(name, window), formats.UNITS[name], numeric=True)
        for name, window in tables.headline_statistics(design).items()
    )
    interval = Column(f"{1 - design.level:.0%} interval", car.title, numeric=True)
    columns = (Column("Series", "clock"), Column("Day 0", "phase, eve"), ar, car,
               interval, av, cav, Column("CAR path", "own scale"))  # fmt: skip
    return Table(
        f"{event.id} at a glance: “{design.bridge}” bridge; p ({book.reading.by}), its size, adjusted and "
        f"mde as explained above the headline tables. {stars(design)}.",
        columns,
        tuple(_glance_row(event.id, name, book) for name in series),
        empty="No series could be studied around this event.",
    )


def _glance_row(event: str, series: str, book: Book) -> tuple[Cell, ...]:
    row = book.headline[event, series][0]
    path = book.paths.get((event, series))
    ar, car, av, cav = (
        estimate_cell(row, name, book.reading, adjusted=True) for name in ("AR", "CAR", "AV", "CAV")
    )
    return (
        series_cell(event, series, formats.clock(row["clock"]), formats.proxy(series, row["proxy_of"])),
        Cell(formats.day(row["session"]), _phase(row), "name"),
        ar,
        car,
        Cell(formats.interval("CAR", row["car_lower"], row["car_upper"])),
        av,
        cav,
        Cell("", picture="" if path is None else charts.sparkline(path)),
    )


def _phase(row: Row) -> tuple[str, ...]:
    eve = formats.regime(row["regime"])
    return (formats.text(row["phase"]), *((eve,) if eve != formats.NOTHING else ()))


def _detail(event: str, series: str, book: Book) -> Detail:
    tests = book.tests[event, series]
    first = tests[0]
    return Detail(
        anchor=pair_anchor(event, series),
        title=_named(first),
        facts=_pair_facts(tests),
        tables=battery.battery_tables(f"{event} on {_named(first)}", tests, book.design),
        footnotes=tuple(battery.footnotes(tests, book.design)),
        figure=_figure(event, series, book),
    )


def _named(row: Row) -> str:
    name, clock = formats.label(row["series"], row["proxy_of"]), formats.clock(row["clock"])
    return name if clock in name else f"{name}, {clock}"


def _pair_facts(tests: list[Row]) -> tuple[str, ...]:
    row = tests[0]
    origins = " or ".join(dict.fromkeys(formats.day(test["origin"]) for test in tests))
    return (
        f"day 0 {formats.day(row['session'])}, {formats.text(row['phase'])}",
        f"estimation {formats.day(row['estimation_start'])} to {formats.day(row['estimation_end'])}",
        f"bridge {formats.text(row['bridge'])}, variance known to {origins}",
        f"fit {formats.text(row['fit_status'])}",
        *(("ambiguous: excluded from headline",) if row["ambiguous"] else ()),
    )


def _figure(event: str, series: str, book: Book) -> str:
    path = book.paths.get((event, series))
    if path is None:
        return ""
    drawn = charts.figure(
        path,
        event=event,
        series=series,
        others=book.others(event, series),
        level=book.design.level,
        simulated=book.simulated,
    )
    return json.dumps(drawn, allow_nan=False, separators=(",", ":"), sort_keys=True)
