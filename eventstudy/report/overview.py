"""The top of the page: what was found in a paragraph, the headline matrices, truth beside estimates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eventstudy.report import evidence, formats, tables
from eventstudy.report.cells import estimate_cell, series_cell, stars
from eventstudy.report.views import Cell, Column, Table, event_anchor, pair_anchor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from eventstudy.report.book import Book
    from eventstudy.results import StudyResult
    from eventstudy.values import Event

_GROUPS = {
    "studied": ("Events under study", "talks, orders, rulings"),
    "negative control": ("Negative controls", "effective dates, no surprise of their own"),
    "overlapped control": ("Overlapped controls", "effective dates with an event under study in the window"),
    "confounder": ("Confounders", "other news"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the summary with its caption."""

    value: str
    caption: str


def tiles(result: StudyResult) -> tuple[Tile, ...]:
    """Return the counts that open the page."""
    pairs = result.table[["event", "series"]].drop_duplicates()
    return (
        Tile(str(pairs["event"].nunique()), "events"),
        Tile(str(pairs["series"].nunique()), "series"),
        Tile(str(len(pairs)), "event × series pairs"),
        Tile(str(int(result.reactions["ambiguous"].sum())), "ambiguous pairs"),
        Tile(str(len(result.exclusions)), "exclusions"),
        Tile(str(len(result.fits)), "fitted models"),
    )


def summary(result: StudyResult, events: Sequence[Event]) -> tuple[str, ...]:
    """Return the study in plain sentences, counts beside what chance alone would bring.

    Parameters
    ----------
    result : StudyResult
        The study.
    events : sequence of Event
        Its events.

    Returns
    -------
    tuple of str
        Paragraphs.
    """
    return (" ".join([_scope(result), *_counts(result, events), *_left(result)]), _caution(result))


def _scope(result: StudyResult) -> str:
    pairs = result.table[["event", "series"]].drop_duplicates()
    left_out = len(result.exclusions)
    listed = f"{_plural(left_out, 'exclusion')} listed with reasons" if left_out else "nothing was left out"
    return (
        f"{_plural(pairs['event'].nunique(), 'event')} studied on "
        f"{_plural(pairs['series'].nunique(), 'series')}, {_plural(len(pairs), 'pair')} in all; "
        f"{listed}."
    )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 or noun == "series" else f"{count} {noun}s"


def _counts(result: StudyResult, events: Sequence[Event]) -> list[str]:
    board = tables.scoreboard(result, events)
    cumulative = board[board["statistic"].isin(["CAR", "CAV"]) & (board["group"] != "overlapped control")]
    sentences = []
    for group, rows in cumulative.groupby("group", sort=False):
        found = "; ".join(
            f"{formats.window(row['statistic'], row['window'])} rejects in {row['rejections']} of "
            f"{row['tests']} tests, {row['expected']:.1f} expected by chance"
            for row in tables.records(rows)
        )
        sentences.append(f"{_GROUPS[str(group)][0]} at {result.design.level:.0%}: {found}.")
    return sentences


def _left(result: StudyResult) -> list[str]:
    """Say what adjusting leaves, in one sentence; nothing where no family has joint paths."""
    counts = evidence.family_counts(result).groupby("statistic", sort=False)[["stepped_raw", "stepped"]].sum()
    told = " and ".join(
        f"{row['stepped']} of {row['stepped_raw']} rejections of {row['statistic']}"
        for row in tables.records(counts.reset_index())
        if row["stepped_raw"]
    )
    return [f"When all series and windows of a family count, {told} are left (Romano–Wolf)."] if told else []


def _caution(result: StudyResult) -> str:
    adjusted = (
        "; what is left of it when all tests of a family count stands under “Adjusted p-values”"
        if result.table["p_holm"].notna().any()
        else " and not adjusted for the number of tests"
    )
    return (
        "Read the counts with care. The series move together: with a mean correlation of 0.7, four of them "
        "are worth about 1.3 independent observations, so rejections come in bunches. Each p-value in the "
        f"headline is for one event on one series{adjusted}. AV(0) and |AR(0)| are the same information "
        "about one day. Ambiguous pairs are excluded from the counts. Every number uses the "
        f"“{result.design.bridge}” bridge from the estimation window to the event."
    )


def how_to_read(book: Book) -> tuple[str, ...]:
    """Return what stands in a cell of the headline tables and of an event's own, one sentence each."""
    design = book.design
    return (
        book.reading.words(),
        f"size: how often that test rejects at {design.level:.0%} on dates without news whose eve had "
        "volatility like this one’s, from q1 (calm) to q4 (turbulent). It should be "
        f"{design.level:.0%}; ! the test does not keep its level there.",
        "adjusted: the p-value when all series and windows of the family count (Romano–Wolf along joint "
        "FHS paths).",
        "mde: minimum detectable effect, what would have been found with a probability of "
        f"{design.power:.0%}; shown where nothing was found.",
    )


def scoreboard_table(book: Book) -> Table:
    """Return the count of rejections per family and statistic."""
    result = book.result
    counts = {
        (row["group"], row["statistic"]): row
        for row in tables.records(tables.scoreboard(result, book.studied))
    }
    windows = tables.headline_statistics(result.design)
    present = [group for group in tables.GROUPS if any(found == group for found, _ in counts)]
    rows = tuple(
        (
            Cell(_GROUPS[group][0], (_GROUPS[group][1],)),
            *(_count(counts.get((group, name))) for name in windows),
        )
        for group in present
    )
    columns = (Column(formats.window(name, days), "rejected", numeric=True) for name, days in windows.items())
    return Table(
        f"Headline rejections at {result.design.level:.0%} beside the number expected by chance, at that "
        "level and at the tests’ true sizes; two-sided for returns, upper tail for volatility. Ambiguous "
        "pairs are excluded.",
        (Column("Family"), *columns),
        rows,
    )


def _count(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell(formats.NOTHING)
    expected, true = formats.number(row["expected"], 1), formats.number(row["expected_at_size"], 1)
    at_size = f", {true} at true size" if row["expected_at_size"] != row["expected"] else ""
    return Cell(f"{row['rejections']} of {row['tests']}", (f"{expected} by chance{at_size}",))


def matrix(book: Book, series: Sequence[str], statistics: tuple[str, str]) -> Table:
    """Return events by series, two statistics a cell pair, with p-values and detectable effects.

    Parameters
    ----------
    book : Book
        The study; its studied events are the rows.
    series : sequence of str
        Column groups; a pair that was not studied shows an en dash.
    statistics : tuple of str
        ``("AR", "CAR")`` or ``("AV", "CAV")``.

    Returns
    -------
    Table
        Each cell leads to the pair's details.
    """
    rows = tuple((_event_cell(event), *_cells(book, event.id, series, statistics)) for event in book.studied)
    columns = tuple(_matrix_columns(book.result, statistics) * len(series))
    return Table(
        _matrix_caption(book, statistics),
        (Column("Event"), *columns),
        rows,
        groups=((Column(""), 1), *((_heading(book.result, name), 2) for name in series)),
    )


def _matrix_columns(result: StudyResult, statistics: tuple[str, str]) -> list[Column]:
    windows = tables.headline_statistics(result.design)
    return [
        Column(formats.window(name, windows[name]), formats.UNITS[name], numeric=True) for name in statistics
    ]


def _matrix_caption(book: Book, statistics: tuple[str, str]) -> str:
    kind = "returns in % (log)" if statistics[0] == "AR" else "volatility against its forecast"
    design = book.design
    return (
        f"Abnormal {kind}: estimate, p-value with the true size of its test, minimum detectable effect, and "
        f"the volatility of the eve. {stars(design)}; (amb.) day 0 ambiguous, excluded from the headline "
        "counts."
    )


def _heading(result: StudyResult, series: str) -> Column:
    first = result.table[result.table["series"] == series].iloc[0]
    facts = (formats.clock(first["clock"]), formats.proxy(series, first["proxy_of"]))
    return Column(formats.series(series), " · ".join(fact for fact in facts if fact))


def _event_cell(event: Event) -> Cell:
    group = tables.group_of(event)
    note = event.direction if group == "studied" else f"{event.direction} · {group}"
    return Cell(event.id, (event.label, note), link=event_anchor(event.id))


def _cells(book: Book, event: str, series: Sequence[str], statistics: tuple[str, str]) -> Iterator[Cell]:
    for name in series:
        [row] = book.headline.get((event, name), [None])
        for statistic in statistics:
            if row is None:
                yield Cell(formats.NOTHING)
                continue
            cell = estimate_cell(row, statistic, book.reading, link=pair_anchor(event, name))
            told = formats.regime(row["regime"]) if statistic == statistics[0] else formats.NOTHING
            yield cell if told == formats.NOTHING else replace(cell, notes=(*cell.notes, told))


def truth_table(result: StudyResult, truth: pd.DataFrame) -> Table:
    """Return the injected effects of a simulated world beside their estimates.

    Parameters
    ----------
    result : StudyResult
        A study of simulated prices.
    truth : DataFrame
        One row per injected effect; columns ``event series session mean_effect variance_multiple``
        (per cent log; a multiple of the variance).

    Returns
    -------
    Table
        One row per studied (event, series); its caption counts the intervals that hold the truth.
    """
    sides = tables.truth_beside_estimates(result, truth)
    car = formats.window("CAR", tables.headline_window(result.design))
    interval = f"{1 - result.design.level:.0%} interval"
    pairs = [
        column
        for name in ("AR(0)", car)
        for column in (
            Column(f"true {name}", "% log", numeric=True),
            Column(f"estimated {name}", f"% log, {interval}", numeric=True),
            Column("truth inside"),
        )
    ]
    columns = (
        Column("Event"),
        Column("Series", "clock, day 0"),
        *pairs,
        Column("true multiple", "of the variance", numeric=True),
        Column("expected AV(0)", "× forecast", numeric=True),
        Column("estimated AV(0)", "× forecast", numeric=True),
    )
    return Table(_truth_caption(sides), columns, tuple(_truth_row(row) for row in tables.records(sides)))


def _truth_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(row["event"], link=event_anchor(row["event"])),
        series_cell(
            row["event"],
            row["series"],
            f"{formats.clock(row['clock'])}, {formats.day(row['session'])}",
            formats.proxy(row["series"], row["proxy_of"]),
        ),
        *_truth_cells(row, "ar"),
        *_truth_cells(row, "car"),
        Cell(formats.estimate("AV", row["true_multiple"])),
        Cell(formats.estimate("AV", row["expected_av"])),
        Cell(formats.estimate("AV", row["av"])),
    )


def _truth_cells(row: Mapping[str, Any], name: str) -> tuple[Cell, Cell, Cell]:
    inside = row[f"{name}_inside"]
    verdict = formats.NOTHING if formats.absent(inside) else "yes" if inside else "NO"
    interval = formats.interval("AR", row[f"{name}_lower"], row[f"{name}_upper"])
    return (
        Cell(formats.estimate("AR", row[f"true_{name}"])),
        Cell(formats.estimate("AR", row[name]), (interval,)),
        Cell(verdict, tone="miss" if verdict == "NO" else ""),
    )


def _truth_caption(sides: pd.DataFrame) -> str:
    covered = []
    for name in ("ar", "car"):
        known = sides[f"{name}_inside"].dropna()
        title = "AR(0)" if name == "ar" else f"CAR{sides['window'].iloc[0]}" if len(sides) else "CAR"
        covered.append(f"{int(known.sum())} of {len(known)} intervals of {title}")
    return (
        f"True and estimated effects side by side: {' and '.join(covered)} hold the truth. True values sum "
        "every effect injected on those sessions, whichever event brought it. An injected variance multiple "
        "widens the noise of the day itself, so intervals from calm days hold the truth less often there. "
        "Expected AV(0) is multiple + effect²/forecast variance: a shift of the mean also looks like "
        "volatility."
    )
