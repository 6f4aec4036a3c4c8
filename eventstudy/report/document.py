"""The page: one self-contained HTML document that opens offline and asks no other address for anything."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline.offline import get_plotlyjs

from eventstudy.errors import BadValue, UnknownEvent
from eventstudy.report import (
    answers,
    appendix,
    clocks,
    eventpages,
    formats,
    markup,
    overview,
    specifications,
    trust,
)
from eventstudy.report.book import Book
from eventstudy.series import SERIES

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.report.views import Table
    from eventstudy.results import FigureCheck, SignalReading, StudyResult
    from eventstudy.values import Event, Provenance


@dataclass(frozen=True)
class Report:
    """Everything one page shows.

    Attributes
    ----------
    result : StudyResult
        The study.
    events : tuple of Event
        Records of its events, in the order wanted; every event of the result must be among them.
    figures : tuple of FigureCheck
        Checked figures; may be empty.
    signals : tuple of SignalReading
        Signals; may be empty.
    provenance : Provenance
        What the result rests on; anything but a ``real`` world is marked SIMULATED throughout.
    truth : DataFrame or None
        Simulated worlds only: columns ``event series session mean_effect variance_multiple``.

    Raises
    ------
    UnknownEvent
        If the result holds an event without a record.
    BadValue
        If a truth is given for a real world.
    """

    result: StudyResult
    events: tuple[Event, ...]
    figures: tuple[FigureCheck, ...]
    signals: tuple[SignalReading, ...]
    provenance: Provenance
    truth: pd.DataFrame | None

    def __post_init__(self) -> None:
        known = {event.id for event in self.events}
        for event in self.result.table["event"].unique():
            if event not in known:
                raise UnknownEvent(str(event), known)
        if self.truth is not None and not self.simulated:
            raise BadValue("truth", f"{len(self.truth)} injected effects", "no truth for a real world")

    @property
    def simulated(self) -> bool:
        """Whether the page must say SIMULATED everywhere."""
        return self.provenance.world != "real"


def page(report: Report) -> str:
    """Return the report as one self-contained HTML document.

    Tables need no script. Charts are drawn by the embedded plotly.js when they come into view. A
    content security policy allows the page's own scripts by their hashes and forbids all others and
    every connection.

    Parameters
    ----------
    report : Report
        What to show.

    Returns
    -------
    str
        The same bytes for the same report.
    """
    script = _part("page.js")
    plotly: str = get_plotlyjs()  # type: ignore[no-untyped-call]
    return (
        _environment()
        .get_template("page.html")
        .render(
            **_context(report),
            style=Markup(_part("page.css")),
            script=Markup(script),
            plotly=Markup(plotly),
            script_sources=f"{_hash_source(script)} {_hash_source(plotly)}",
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eventstudy.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["as_data"] = _as_data
    environment.filters["rows"] = markup.rows
    return environment


def _part(name: str) -> str:
    return files("eventstudy.report").joinpath(name).read_text(encoding="utf-8")


def _hash_source(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def _as_data(text: str) -> Markup:
    """Return JSON text that cannot close the element it is embedded in."""
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _context(report: Report) -> dict[str, Any]:
    result, record = report.result, report.provenance
    book = Book(result, report.events, simulated=report.simulated)
    return {
        "mark": "SIMULATED · " if report.simulated else "",
        "simulated": report.simulated,
        "as_of": formats.moment(record.as_of),
        "record": record,
        "tiles": overview.tiles(result),
        "summary": overview.summary(result, report.events),
        "warnings": (*result.warnings, *record.notices),
        "how_to_read": overview.how_to_read(book),
        "headline": _headline_tables(book),
        "by_clock": clocks.clocks_table(result, book.reading),
        "trust": trust.introduction(result),
        "sizes": trust.size_summary(result),
        "size_details": trust.size_details(result),
        "legend": trust.legend(result),
        "adjusted": trust.adjusted(book),
        "answers": answers.answers(result),
        "curve": _curve(book),
        "sections": eventpages.sections(book),
        "other_news": appendix.other_news(book.bystanders) if book.bystanders else None,
        "truth": None if report.truth is None else overview.truth_table(result, report.truth),
        "figures": appendix.figures(report.figures),
        "signals": appendix.signals(report.signals),
        "fits": appendix.fits(result),
        "fit_checks": appendix.fit_checks(result),
        "exclusions": appendix.exclusions(result),
        "provenance": appendix.provenance(record, result),
        "design": json.dumps(result.design.to_dict(), indent=2),
    }


def _curve(book: Book) -> dict[str, Any] | None:
    found = specifications.curve(book)
    if found is None:
        return None
    figure = json.dumps(found.figure, allow_nan=False, separators=(",", ":"))
    return {"choices": found.choices, "selected": found.selected, "figure": figure, "tables": found.tables}


def _headline_tables(book: Book) -> tuple[Table, ...]:
    present = dict.fromkeys(str(name) for name in book.result.table["series"].unique())
    series = [
        *(name for name in SERIES if name in present),
        *(name for name in present if name not in SERIES),
    ]
    return (
        overview.scoreboard_table(book),
        overview.matrix(book, series, ("AR", "CAR")),
        overview.matrix(book, series, ("AV", "CAV")),
    )
