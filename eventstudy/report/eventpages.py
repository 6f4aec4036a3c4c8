"""One section per event: when and how it reached each market, and every test of every series."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.report import charts, formats, tables
from eventstudy.report.overview import estimate_cell, series_cell
from eventstudy.report.views import Cell, Column, Table, event_anchor, pair_anchor, tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventstudy.report.book import Book, Row
    from eventstudy.values import Event, Exclusion

_ORDER = ("AR", "CAR", "AV", "CAV")


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one event on one series.

    Attributes
    ----------
    anchor, title : str
        Element id and summary line.
    facts : tuple of str
        Window, bridge, clock and origin that every number below rests on.
    table : Table
        All statistics, all methods side by side.
    footnotes : tuple of str
        The null distribution of each method's p-values.
    figure : str
        The chart as JSON text; empty without a path.
    """

    anchor: str
    title: str
    facts: tuple[str, ...]
    table: Table
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
    ar, car, av, cav = (
        Column(formats.window(name, window), formats.UNITS[name], numeric=True)
        for name, window in tables.headline_statistics(book.design).items()
    )
    interval = Column(f"{1 - book.design.level:.0%} interval", car.title, numeric=True)
    path = Column("CAR path", "own scale")
    power = f"{book.design.power:.0%} power"
    return Table(
        f"{event.id} at a glance: FHS estimates, “{book.design.bridge}” bridge. * rejected at "
        f"{book.design.level:.0%}, ** at 1%; mde: minimum detectable effect at {power}.",
        (Column("Series", "clock"), Column("Day 0", "phase"), ar, car, interval, av, cav, path),
        tuple(_glance_row(event.id, name, book) for name in series),
        empty="No series could be studied around this event.",
    )


def _glance_row(event: str, series: str, book: Book) -> tuple[Cell, ...]:
    row = book.headline[event, series][0]
    path = book.paths.get((event, series))
    level = book.design.level
    return (
        series_cell(event, series, formats.clock(row["clock"]), formats.proxy(series, row["proxy_of"])),
        Cell(formats.day(row["session"]), (formats.text(row["phase"]),), "name"),
        estimate_cell(row, "AR", level),
        estimate_cell(row, "CAR", level),
        Cell(formats.interval("CAR", row["car_lower"], row["car_upper"])),
        estimate_cell(row, "AV", level),
        estimate_cell(row, "CAV", level),
        Cell("", picture="" if path is None else charts.sparkline(path)),
    )


def _detail(event: str, series: str, book: Book) -> Detail:
    tests = book.tests[event, series]
    first = tests[0]
    methods = _methods(tests)
    return Detail(
        anchor=pair_anchor(event, series),
        title=_named(first),
        facts=_pair_facts(tests),
        table=_tests_table(event, first, tests, methods, book),
        footnotes=tuple(_footnotes(tests, methods)),
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


def _methods(tests: list[Row]) -> list[str]:
    present = dict.fromkeys(str(row["method"]) for row in tests)
    known = [name for name in formats.METHODS if name in present]
    return known + [name for name in present if name not in formats.METHODS]


def _tests_table(event: str, first: Row, tests: list[Row], methods: list[str], book: Book) -> Table:
    cells: dict[tuple[str, int, int], dict[str, Row]] = {}
    for row in tests:
        key = (row["statistic"], int(row["window_start"]), int(row["window_end"]))
        cells.setdefault(key, {})[row["method"]] = row
    ordered = sorted(cells.items(), key=lambda item: (_rank(item[0][0]), item[0][1:]))
    shared = [Column("MDE", numeric=True), Column("p floor", numeric=True), Column("n", numeric=True)]
    own = [Column("estimate", numeric=True), Column("interval", numeric=True), Column("p", numeric=True)]
    return Table(
        f"{event} on {_named(first)}: all statistics, all methods. AR and CAR in % (log); AV a multiple of "
        "the forecast variance (×, 1 is no effect); CAV the excess over the forecast (0 is no effect). "
        f"* rejected at {book.design.level:.0%}, ** at 1% (never by a normal tail). MDE: minimum detectable "
        f"effect at {book.design.power:.0%} power, by the first method that states it.",
        (Column("Statistic"), *(own * len(methods)), *shared),
        tuple(
            _test_row(
                key,
                found,
                methods,
                book.design.level,
                opens=number == 0 or key[0] != ordered[number - 1][0][0],
            )
            for number, (key, found) in enumerate(ordered)
        ),
        groups=((Column(""), 1), *((Column(formats.method(name)), 3) for name in methods), (Column(""), 3)),
    )


def _rank(statistic: str) -> tuple[int, str]:
    return (_ORDER.index(statistic) if statistic in _ORDER else len(_ORDER), statistic)


def _test_row(
    key: tuple[str, int, int], found: dict[str, Row], methods: list[str], level: float, *, opens: bool
) -> tuple[Cell, ...]:
    statistic, start, end = key
    columns = [cell for name in methods for cell in _method_cells(statistic, found.get(name), level)]
    first = next((found[name] for name in methods if name in found), {})
    stated = [
        found[name]["mde"] for name in methods if name in found and not formats.absent(found[name]["mde"])
    ]
    return (
        Cell(formats.window(statistic, (start, end)), tone="first" if opens else ""),
        *columns,
        Cell(formats.size(statistic, stated[0] if stated else None)),
        Cell(formats.number(first.get("floor"), 4)),
        Cell(formats.number(first.get("n"), 0)),
    )


def _method_cells(statistic: str, row: Row | None, level: float) -> tuple[Cell, Cell, Cell]:
    if row is None:
        return Cell(formats.NOTHING), Cell(formats.NOTHING), Cell(formats.NOTHING)
    mark = formats.mark(row["p_value"], level, strict=row["method"] != "garch_z")
    return (
        Cell(formats.estimate(statistic, row["estimate"])),
        Cell(formats.interval(statistic, row["lower"], row["upper"])),
        Cell(
            formats.p_value(row["p_value"], row["floor"]) + mark, tone=tone(statistic, row["estimate"], mark)
        ),
    )


def _footnotes(tests: list[Row], methods: list[str]) -> Iterable[str]:
    for name in methods:
        said = dict.fromkeys(formats.text(row["null_distribution"]) for row in tests if row["method"] == name)
        yield f"{formats.method(name)}: {'; '.join(said)}"
