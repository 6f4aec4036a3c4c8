"""How far the p-values can be trusted: each test tried on dates without news, and what adjusting leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.report import evidence, formats, glossary, tables
from eventstudy.report.battery import method_order
from eventstudy.report.views import Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy.report.book import Book
    from eventstudy.results import StudyResult

Sizes = dict[str, dict[str, Any]]
Test = tuple[str, ...]

_TONES = {"holds": "good", "too often": "bad", "too seldom": "middling"}
_COUNTS = {"raw": "as they are", "holm": "Holm", "bh": "BH"}


def introduction(result: StudyResult) -> tuple[str, ...]:
    """Return how the sizes are to be read, in sentences; a single one where none were computed."""
    level = result.design.level
    if result.sizes.empty:
        return (
            "Nothing is known about the true size of these tests: the study was asked without placebo dates, "
            "or history is too short for them.",
        )
    counts = result.sizes[result.sizes["regime"] == "all"].groupby("series", sort=False)["n"].max()
    dates = "; ".join(f"{formats.series(str(name))}: {count:,}" for name, count in counts.items())
    return (
        f"A sound test at {level:.0%} rejects on {level:.0%} of the days on which nothing happened, in calm "
        "and in turbulent times alike. Each test was tried on dates before the first event and away from "
        f"news, with its own refit at each of them ({dates}). q1 to q4 are the quartiles of the volatility "
        "forecast on the eve, from calm to turbulent; top 5% are the most turbulent dates.",
        "A test that rejects too often when volatility is high finds effects in any storm; the p-value of "
        "such a test says little about an event that fell into one. Placebo p-values of a date rank it among "
        "earlier dates only, as those of the events do.",
    )


def size_summary(result: StudyResult) -> Table:
    """Return the size of each test over all series and windows, by volatility regime, and who fails."""
    level = result.design.level
    tests = _by_test(tables.records(evidence.pooled_sizes(result)), evidence.SIZE_TEST)
    regimes = _regimes(result)
    rows = tuple(
        (
            Cell(formats.method(method), (statistic,)),
            *(_pooled_cell(tests[statistic, method].get(name), level) for name in regimes),
            _verdict(tests[statistic, method], regimes, level),
        )
        for statistic, method in _ordered(tests)
    )
    return Table(
        f"How often each test rejects at {level:.0%} without news: all series and windows together, below it "
        "the lowest and the highest of one series and window. A test holds within three tenths of the level, "
        "or within two standard errors.",
        (
            Column("Test"),
            *(Column(formats.regime(name), numeric=True) for name in regimes),
            Column("Verdict"),
        ),
        rows,
        empty="No test was tried on dates without news.",
    )


def _regimes(result: StudyResult) -> list[str]:
    present = set(result.sizes["regime"])
    return [name for name in glossary.REGIMES if name in present]


def _by_test(rows: Iterable[dict[str, Any]], names: Sequence[str]) -> dict[Test, Sizes]:
    found: dict[Test, Sizes] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), {})[row["regime"]] = row
    return found


def _ordered(tests: Iterable[Test]) -> list[Test]:
    """Order (statistic, method) by statistic, then as the glossary lists the methods."""
    listed = list(tests)
    places = {name: place for place, name in enumerate(method_order(method for _, method in listed))}
    statistics = list(dict.fromkeys(statistic for statistic, _ in listed))
    return sorted(listed, key=lambda test: (statistics.index(test[0]), places[test[1]]))


def _pooled_cell(row: Mapping[str, Any] | None, level: float) -> Cell:
    if row is None:
        return Cell(formats.NOTHING)
    spread = f"{formats.share(row['lowest'])} to {formats.share(row['highest'])}"
    return Cell(
        formats.share(row["size"]), (spread,), _TONES[formats.size_verdict(row["size"], row["error"], level)]
    )


def _verdict(sizes: Sizes, regimes: Sequence[str], level: float) -> Cell:
    failing: dict[str, list[str]] = {}
    for name in regimes:
        told = formats.size_verdict(sizes[name]["size"], sizes[name]["error"], level) if name in sizes else ""
        if told not in {"", "holds"}:
            failing.setdefault(told, []).append(formats.regime(name))
    if not failing:
        return Cell("holds", tone="good")
    words = tuple(f"{told}: {', '.join(names)}" for told, names in failing.items())
    if "too often" in failing:
        return Cell("fails", words, "bad name")
    return Cell("cautious", words, "middling name")


def size_details(result: StudyResult) -> tuple[tuple[str, Table], ...]:
    """Return the sizes of every series by window, statistic and method; title and table."""
    level, regimes = result.design.level, _regimes(result)
    return tuple(
        (formats.label(str(series)), _size_table(str(series), tables.records(rows), regimes, level))
        for series, rows in result.sizes.groupby("series", sort=False)
    )


def _size_table(series: str, rows: Sequence[dict[str, Any]], regimes: Sequence[str], level: float) -> Table:
    tests = _by_test(rows, ["window_start", "window_end", "statistic", "method"])
    lines = tuple(
        (
            Cell(formats.window(str(test[2]), (int(test[0]), int(test[1]))), (formats.method(test[3]),)),
            *(_size_cell(found.get(name), level) for name in regimes),
        )
        for test, found in tests.items()
    )
    return Table(
        f"{formats.label(series)}: rejections at {level:.0%} without news, in % ± one Monte-Carlo standard "
        "error, and the number of dates.",
        (Column("Test"), *(Column(formats.regime(name), numeric=True) for name in regimes)),
        lines,
    )


def _size_cell(row: Mapping[str, Any] | None, level: float) -> Cell:
    if row is None or formats.absent(row["size"]):
        return Cell(formats.NOTHING)
    told = formats.size_verdict(row["size"], row["error"], level)
    shown = f"{100 * row['size']:.1f} ± {100 * row['error']:.1f}"
    return Cell(shown, (f"{row['n']:,}",), "" if told == "holds" else _TONES[told])


def adjusted(book: Book) -> Table | None:
    """Return how many rejections are left when all tests of a family count; None without a family."""
    rows = tables.records(evidence.family_counts(book.result))
    if not rows:
        return None
    families = dict.fromkeys(row["family"] for row in rows)
    statistics = list(dict.fromkeys(row["statistic"] for row in rows))
    found = {(row["family"], row["statistic"]): row for row in rows}
    totals = [_total([row for row in rows if row["statistic"] == name]) for name in statistics]
    lines = [_family_line("All families", totals)]
    lines += [_family_line(name, [found.get((name, one)) for one in statistics]) for name in families]
    titles = (Column(title, numeric=True) for title in _COUNTS.values())
    columns = (*titles, Column("Romano–Wolf", "joint paths", numeric=True))
    return Table(
        _adjusted_caption(book),
        (Column("Family"), *columns * len(statistics)),
        tuple(lines),
        groups=((Column(""), 1), *((Column(name), len(columns)) for name in statistics)),
    )


def _adjusted_caption(book: Book) -> str:
    family = "the whole study" if book.design.family == "study" else f"one {book.design.family}"
    return (
        f"Rejections at {book.design.level:.0%} when all series and windows of a family count, which is "
        f"{family}; p by {book.reading.by}. Holm and Romano–Wolf: a single false rejection in the whole "
        "family is as rare as the level says. BH (Benjamini–Hochberg): of what is listed, that share is "
        "false. Romano–Wolf steps down along joint FHS paths, so that it knows how the series move together; "
        "before the arrow the rejections along these paths as they are. Ambiguous events have no joint paths."
    )


def _family_line(name: str, parts: Sequence[Mapping[str, Any] | None]) -> tuple[Cell, ...]:
    return (Cell(name), *(cell for counts in parts for cell in _counted(counts)))


def _total(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in evidence.FAMILY_COLUMNS[2:]}


def _counted(row: Mapping[str, Any] | None) -> tuple[Cell, ...]:
    if row is None:
        return (Cell(formats.NOTHING),) * (len(_COUNTS) + 1)
    plain = tuple(Cell(f"{row[name]} of {row['tests']}") for name in _COUNTS)
    if not row["stepped_tests"]:
        return (*plain, Cell(formats.NOTHING))
    return (*plain, Cell(f"{row['stepped_raw']} → {row['stepped']} of {row['stepped_tests']}"))


def legend(result: StudyResult) -> tuple[tuple[str, str], ...]:
    """Return the name and the meaning of every test that the page shows."""
    frames = (result.table, result.sizes, result.questions)
    names = method_order(str(name) for frame in frames for name in frame["method"].unique() if name)
    return tuple(glossary.METHODS[name] for name in names if name in glossary.METHODS)
