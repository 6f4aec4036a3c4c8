"""Every test of one event on one series, grouped by what it measures; and what came after the event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.report import formats, glossary
from eventstudy.report.cells import p_cell, stars
from eventstudy.report.views import Cell, Column, Table
from eventstudy.results import HEADLINE_METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eventstudy.report.book import Book, Row
    from eventstudy.values import Design

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Returns", ("AR", "CAR")),
    ("Volatility", ("AV", "CAV", "VR")),
    ("Extremes inside a window", ("MAX", "MIN_CAR")),
    ("Range-based volatility", ("RAV",)),
)
AFTER = {("VR", "fhs"), ("HALF_LIFE", "empirical")}
_GROUPED = {statistic for _, statistics in GROUPS for statistic in statistics}
_CUMULATED = frozenset({"CAR", "CAV"})
_VERDICT_TONES = {"normalised": "good", "elevated": "bad", "undecided": "middling"}

Found = dict[str, "Row"]


def is_aftermath(row: Row) -> bool:
    """Return whether a row speaks of the time after its event and not of the event."""
    return (row["statistic"], row["method"]) in AFTER


def method_order(names: Iterable[str]) -> list[str]:
    """Return methods without repetition, known ones in the order of the glossary, others as they come."""
    present = dict.fromkeys(names)
    return [
        *(name for name in glossary.METHODS if name in present),
        *(name for name in present if name not in glossary.METHODS),
    ]


def battery_tables(title: str, tests: Sequence[Row], design: Design) -> tuple[Table, ...]:
    """Return every test of one event on one series but those of the time after it.

    Parameters
    ----------
    title : str
        Event and series, for the captions.
    tests : sequence of dict
        Their rows of the result table.
    design : Design
        Level and power.

    Returns
    -------
    tuple of Table
        One per group of `GROUPS` that has rows, and one of all other statistics. A row is a statistic with
        its window; the estimate and its interval are the headline's, or else the first method's; each method
        has a column for its p-value, with its own estimate below where that differs.
    """
    during = [row for row in tests if not is_aftermath(row)]
    others = tuple(dict.fromkeys(row["statistic"] for row in during if row["statistic"] not in _GROUPED))
    groups = (*GROUPS, ("Other tests", others))
    return tuple(
        _table(f"{title}: {name.lower()}", statistics, rows, design)
        for name, statistics in groups
        if (rows := [row for row in during if row["statistic"] in statistics])
    )


def _table(title: str, statistics: Sequence[str], rows: Sequence[Row], design: Design) -> Table:
    cells: dict[tuple[str, int, int], Found] = {}
    for row in rows:
        key = (row["statistic"], int(row["window_start"]), int(row["window_end"]))
        cells.setdefault(key, {})[row["method"]] = row
    ordered = sorted(cells.items(), key=lambda item: (statistics.index(item[0][0]), item[0][1:]))
    methods = method_order(row["method"] for row in rows)
    adjusted = any(not formats.absent(row["p_holm"]) for row in rows)
    first = [number == 0 or key[0] != ordered[number - 1][0][0] for number, (key, _) in enumerate(ordered)]
    return Table(
        _caption(title, dict.fromkeys(key[0] for key, _ in ordered)),
        tuple(_columns(methods, design, adjusted=adjusted)),
        tuple(
            tuple(_row(key, found, methods, design, adjusted=adjusted, opens=opens))
            for (key, found), opens in zip(ordered, first, strict=True)
        ),
    )


def _caption(title: str, statistics: Iterable[str]) -> str:
    known = [name for name in statistics if name in glossary.STATISTICS]
    return f"{title}. {'; '.join(f'{name}: {glossary.STATISTICS[name]}' for name in known)}"


def _columns(methods: Sequence[str], design: Design, *, adjusted: bool) -> Iterator[Column]:
    columns = [Column(formats.method(name), "p", numeric=True) for name in methods]
    yield Column("Statistic")
    yield Column("Estimate", numeric=True)
    yield columns[0]
    yield Column("Interval", f"{1 - design.level:.0%}", numeric=True)
    yield Column("MDE", f"{design.power:.0%} power", numeric=True)
    for name in ("RW", "Holm", "BH") if adjusted else ():
        yield Column(name, "adjusted p", numeric=True)
    yield from columns[1:]


def _row(
    key: tuple[str, int, int],
    found: Found,
    methods: Sequence[str],
    design: Design,
    *,
    adjusted: bool,
    opens: bool,
) -> Iterator[Cell]:
    statistic, start, end = key
    lead = _lead(found, methods)
    shown = formats.estimate(statistic, lead["estimate"])
    cells = [
        p_cell(found.get(name), design.level, tuple(_remarks(found.get(name), shown, design.level)))
        for name in methods
    ]
    yield Cell(formats.window(statistic, (start, end)), tone="first" if opens else "")
    yield Cell(shown)
    yield cells[0]
    yield Cell(formats.interval(statistic, lead["lower"], lead["upper"]))
    yield Cell(formats.size(statistic, lead["mde"]))
    if adjusted:
        stepped = next((row for row in found.values() if not formats.absent(row["p_adjusted"])), {})
        for p in (stepped.get("p_adjusted"), lead["p_holm"], lead["p_bh"]):
            yield Cell(formats.p_value(p) + formats.mark(p, design.level))
    yield from cells[1:]


def _lead(found: Found, methods: Sequence[str]) -> Row:
    """Return the row of the headline's method, or else of the first that has an estimate."""
    order = [
        *(name for name in HEADLINE_METHODS if name in found),
        *(name for name in methods if name in found),
    ]
    known = [name for name in order if not formats.absent(found[name]["estimate"])]
    return found[(known or order)[0]]


def _remarks(row: Row | None, shown: str, level: float) -> Iterator[str]:
    if row is None:
        return
    estimate = formats.estimate(row["statistic"], row["estimate"])
    if estimate not in {shown, formats.NOTHING}:
        yield estimate
    if row["statistic"] in _CUMULATED and not formats.absent(row["size"]):
        doubt = formats.size_verdict(row["size"], row["size_error"], level) != "holds"
        yield f"size {formats.share(row['size'])}{' !' if doubt else ''}"


def footnotes(tests: Sequence[Row], design: Design) -> Iterator[str]:
    """Yield how to read the tables of one event on one series, and where each method's p-values come from.

    Parameters
    ----------
    tests : sequence of dict
        Their rows of the result table.
    design : Design
        Level.

    Yields
    ------
    str
        The marks and the small print of a cell, then one line a method.
    """
    yield (
        f"{stars(design)} (never by a normal tail). Below a p-value: the method’s own estimate where it "
        "differs, and the true size of the test where it is known."
    )
    if any(not formats.absent(row["p_holm"]) for row in tests):
        yield (
            "RW, Holm, BH: the p-value when all series and windows of the family count, by Romano–Wolf along "
            "joint FHS paths, Holm and Benjamini–Hochberg."
        )
    said: dict[str, dict[str, None]] = {}
    for row in tests:
        if not is_aftermath(row):
            said.setdefault(row["method"], {})[formats.text(row["null_distribution"])] = None
    for name in method_order(said):
        yield f"{formats.method(name)}: {'; '.join(said[name])}"


def aftermath(event: str, book: Book) -> tuple[str, Table] | None:
    """Return what became of the volatility after an event.

    Parameters
    ----------
    event : str
        Event id.
    book : Book
        The study.

    Returns
    -------
    tuple of str and Table, or None
        A line that sums it up, and one row a series: the variance of each stretch of sessions after day 0
        against the forecast from before the event, and how long the rise took to halve. None where nothing
        can be said of any series, such as when the next event came at once.
    """
    rows = {name: [row for row in book.tests[event, name] if is_aftermath(row)]
            for name in book.series_of(event)}  # fmt: skip
    told = [row for found in rows.values() for row in found if not _silent(row)]
    if not told:
        return None
    windows = book.after_windows
    columns = (
        Column("Series", "clock"),
        *(Column(f"sessions {start} to {end}", "× forecast", numeric=True) for start, end in windows),
        Column("Half-life seen", "sessions", numeric=True),
        Column("Half-life by the fit", "sessions", numeric=True),
    )
    lines = tuple(_after_row(name, found, windows, book) for name, found in rows.items())
    return _summed_up(rows), Table(_after_caption(event, book.design), columns, lines)


def _silent(row: Row) -> bool:
    return all(formats.absent(row[name]) for name in ("estimate", "lower", "upper"))


def _window(row: Row) -> tuple[int, int]:
    return int(row["window_start"]), int(row["window_end"])


def _summed_up(rows: Mapping[str, Sequence[Row]]) -> str:
    counts: dict[str, int] = {}
    for found in rows.values():
        verdicts = [row["verdict"] for row in found if row["statistic"] == "VR" and not _silent(row)]
        if verdicts:
            counts[verdicts[-1]] = counts.get(verdicts[-1], 0) + 1
    told = ", ".join(f"{verdict} on {count}" for verdict, count in counts.items())
    return f"{told} of {len(rows)} series" if told else "the next listed event came first"


def _after_caption(event: str, design: Design) -> str:
    return (
        f"After {event}: variance over its forecast from before the event, up to the next listed event (– "
        f"where that came first). elevated: still too high at {design.level:.0%}. normalised: not, and twice "
        "the forecast volatility would have been seen. undecided: not, but too few sessions to tell. "
        "Half-life: sessions until half of the rise in variance was gone; by the fit, with its interval."
    )


def _after_row(
    series: str, found: Sequence[Row], windows: Sequence[tuple[int, int]], book: Book
) -> tuple[Cell, ...]:
    ratios = {_window(row): row for row in found if row["statistic"] == "VR"}
    seen = next((row for row in found if row["statistic"] == "HALF_LIFE"), None)
    clock = formats.clock(found[0]["clock"]) if found else ""
    fitted = book.fit_of(series, found[0]["estimation_end"]) if found else None
    return (
        Cell(formats.series(series), (clock,) if clock else (), "name"),
        *(_ratio(ratios.get(window)) for window in windows),
        _seen(seen),
        _modelled(fitted),
    )


def _ratio(row: Row | None) -> Cell:
    if row is None:
        return Cell(formats.NOTHING)
    if formats.absent(row["estimate"]):
        return Cell(formats.NOTHING, ("a session has no return",))
    verdict = formats.text(row["verdict"])
    notes = (verdict, f"p {formats.p_value(row['p_value'], row['floor'])}",
             formats.interval("VR", row["lower"], row["upper"]))  # fmt: skip
    return Cell(formats.estimate("VR", row["estimate"]), notes, _VERDICT_TONES.get(verdict, ""))


def _seen(row: Row | None) -> Cell:
    if row is None:
        return Cell(formats.NOTHING)
    told = formats.text(row["null_distribution"])
    if not formats.absent(row["estimate"]):
        return Cell(formats.significant(row["estimate"], 2), (told,))
    if not formats.absent(row["lower"]):
        return Cell(f"≥ {formats.number(row['lower'], 0)}", (told,))
    return Cell(formats.NOTHING, (told,))


def _modelled(fit: Mapping[str, Any] | None) -> Cell:
    if fit is None or formats.absent(fit["half_life"]):
        return Cell(formats.NOTHING)
    interval = formats.interval("HALF_LIFE", fit["half_life_lower"], fit["half_life_upper"])
    return Cell(formats.number(fit["half_life"], 1), (interval,) if interval != formats.NOTHING else ())
