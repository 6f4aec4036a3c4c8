"""Questions over many events: one table a question, refusals in words, and who does not count and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eventstudy.report import formats, glossary, tables
from eventstudy.report.battery import method_order
from eventstudy.report.cells import p_cell, stars
from eventstudy.report.views import Cell, Column, Table, event_anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy.results import StudyResult
    from eventstudy.values import Design

Row = dict[str, Any]
Subject = tuple[str, str, tuple[int, int]]

WALD = "any series"


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answers.

    Attributes
    ----------
    title, meaning : str
        The question, and what is asked, for people.
    tables : tuple of Table
        Returns and volatility apart.
    refusals, left_out : tuple of str
        What has no answer, and which episodes do not count, each with the reason.
    """

    title: str
    meaning: str
    tables: tuple[Table, ...]
    refusals: tuple[str, ...]
    left_out: tuple[str, ...]


def answers(result: StudyResult) -> tuple[Answer, ...]:
    """Return every question over many events, in the order of the study.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    tuple of Answer
        Empty when nothing was asked.
    """
    groups: dict[str, list[Row]] = {}
    for row in tables.records(result.questions):
        groups.setdefault(row["question"], []).append(row)
    return tuple(_answer(name, rows, result.design) for name, rows in groups.items())


def _answer(name: str, rows: Sequence[Row], design: Design) -> Answer:
    title, meaning = glossary.QUESTIONS.get(name, (name, ""))
    answered = [row for row in rows if not _refused(row)]
    return Answer(
        title=title,
        meaning=meaning,
        tables=tuple(_wald_tables(answered, design) if name == WALD else _by_kind(answered, design)),
        refusals=tuple(_refusals(rows)),
        left_out=tuple(_left_out(rows)),
    )


def _refused(row: Row) -> bool:
    return formats.text(row["refusal"]) != formats.NOTHING


def _by_kind(rows: Sequence[Row], design: Design) -> Iterable[Table]:
    for volatility in (False, True):
        chosen = [row for row in rows if (row["statistic"] == "CAV") == volatility]
        if chosen:
            yield _table(chosen, design, volatility=volatility)


def _table(rows: Sequence[Row], design: Design, *, volatility: bool) -> Table:
    subjects: dict[Subject, dict[str, Row]] = {}
    for row in rows:
        window = (int(row["window_start"]), int(row["window_end"]))
        subjects.setdefault((row["direction"], row["series"], window), {})[row["method"]] = row
    methods = method_order(row["method"] for row in rows)
    lead = methods[0]
    unit = "excess variance" if volatility else "standard deviations"
    columns = (
        Column("News", "series"),
        Column("Window"),
        Column("Episodes", numeric=True),
        Column("Mean effect", unit, numeric=True),
        Column("Interval", f"{1 - design.level:.0%}", numeric=True),
        Column("MDE", f"{design.power:.0%} power", numeric=True),
        *(Column(formats.method(name), _caveat(name), numeric=True) for name in methods),
        Column("Holm", f"of {formats.method(lead)}", numeric=True),
    )
    shown = set(tables.headline_statistics(design).values())
    lines = tuple(
        _line(subject, found, methods, design) for subject, found in subjects.items() if subject[2] in shown
    )
    return Table(_caption(design, volatility=volatility), columns, lines)


def _caveat(method: str) -> str:
    return "p, too small for few" if method in glossary.LIBERAL else "p"


def _caption(design: Design, *, volatility: bool) -> str:
    what = (
        "Volatility: variance in excess of the forecast, mean over episodes (0 is no effect)"
        if volatility
        else "Returns: CAR over its forecast standard deviation, mean over episodes (0 is no effect)"
    )
    return (
        f"{what}. What counts is episodes: series of one market on one date are little more than one "
        "observation. Below a p-value the estimate where it differs, and the smallest p-value that so "
        f"few episodes allow. {stars(design)}. Holm: when all series and windows of the question count. "
        "Other windows are in the export."
    )


def _line(
    subject: Subject, found: dict[str, Row], methods: Sequence[str], design: Design
) -> tuple[Cell, ...]:
    direction, series, window = subject
    lead = next(found[name] for name in methods if name in found)
    statistic = lead["statistic"]
    shown = formats.estimate(statistic, lead["estimate"])
    return (
        Cell(direction, (formats.label(series),)),
        Cell(formats.window("CAV" if statistic == "CAV" else "CAR", window), tone="name"),
        Cell(formats.number(lead["n"], 0)),
        Cell(shown),
        Cell(formats.interval(statistic, lead["lower"], lead["upper"])),
        Cell(formats.size(statistic, lead["mde"])),
        *(_p_cell(found.get(name), shown, design) for name in methods),
        Cell(formats.p_value(lead["p_holm"]) + formats.mark(lead["p_holm"], design.level)),
    )


def _p_cell(row: Row | None, shown: str, design: Design) -> Cell:
    return p_cell(row, design.level, () if row is None else _remarks(row, shown, design))


def _remarks(row: Row, shown: str, design: Design) -> tuple[str, ...]:
    estimate = formats.estimate(row["statistic"], row["estimate"])
    other = () if row["statistic"] == "RANK" or estimate in {shown, formats.NOTHING} else (estimate,)
    coarse = not formats.absent(row["floor"]) and row["floor"] > design.level
    return (*other, f"at least {formats.p_value(row['floor'])}") if coarse else other


def _wald_tables(rows: Sequence[Row], design: Design) -> Iterable[Table]:
    windows = sorted({(int(row["window_start"]), int(row["window_end"])) for row in rows})
    found = {(row["direction"], (int(row["window_start"]), int(row["window_end"]))): row for row in rows}
    events = dict.fromkeys(row["direction"] for row in rows)
    columns = (Column("Event"), *(Column(formats.window("CAR", one), "p", numeric=True) for one in windows))
    lines = tuple(
        (
            Cell(event, link=event_anchor(event)),
            *(_wald_cell(found.get((event, one)), design) for one in windows),
        )
        for event in events
    )
    caption = (
        "All series of one event together; below the p-value the statistic and the number of series. "
        f"{stars(design)}."
    )
    yield Table(caption, columns, lines, empty="No event could be tested on two series or more.")


def _wald_cell(row: Row | None, design: Design) -> Cell:
    told = () if row is None else (f"{formats.number(row['estimate'], 1)} on {row['n']} series",)
    cell = p_cell(row, design.level, told)
    return replace(cell, tone="turbulent") if cell.tone else cell  # moves have no common direction


def _refusals(rows: Sequence[Row]) -> Iterable[str]:
    """Yield each reason once, with the series and windows that it holds for."""
    told: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
    for row in rows:
        if _refused(row):
            names = ", ".join(map(formats.label, row["series"].split()))
            window = formats.window("", (int(row["window_start"]), int(row["window_end"])))
            told.setdefault((row["direction"], row["refusal"]), {}).setdefault(names, {})[window] = None
    for (direction, reason), subjects in told.items():
        where = "; ".join(f"{names} {' '.join(windows)}" for names, windows in subjects.items())
        yield f"{direction}, {where}: {reason}"


def _left_out(rows: Sequence[Row]) -> Iterable[str]:
    """Yield each episode that does not count once for each reason, with the directions that miss it."""
    told: dict[str, dict[str, None]] = {}
    for row in rows:
        for reason in formats.text(row["left_out"]).split("; "):
            if reason != formats.NOTHING:
                told.setdefault(reason, {})[row["direction"]] = None
    for reason, directions in told.items():
        yield f"{', '.join(directions)}, without {reason}"
