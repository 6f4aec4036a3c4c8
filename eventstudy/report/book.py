"""The study's tables split once by event and pair, and the other news around each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from eventstudy.errors import OutsideData
from eventstudy.report import tables
from eventstudy.report.cells import Reading
from eventstudy.sessions import CLOCKS, first_reaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eventstudy.results import StudyResult
    from eventstudy.values import Event

Row: TypeAlias = dict[str, Any]
Pair: TypeAlias = tuple[str, str]


class Book:
    """A study ready to be read by event and series.

    Parameters
    ----------
    result : StudyResult
        The study.
    events : sequence of Event
        The register: events under study and other news.
    simulated : bool
        Whether charts are to say SIMULATED.

    Attributes
    ----------
    reading : Reading
        How its headline is to be read.
    tests, headline, reactions : dict
        Rows of the result table, of `tables.headline` and of the reactions by (event, series).
    paths : dict
        Chart rows by (event, series), in order of the relative day.
    after_windows : list of (int, int)
        Stretches of sessions after an event whose variance was judged.
    studied : tuple of Event
        Events that the study tried: it measured them, placed them or says why not.
    bystanders : tuple of Event
        Every other event of the register.
    """

    def __init__(self, result: StudyResult, events: Sequence[Event], *, simulated: bool) -> None:
        self.result = result
        self.design = result.design
        self.simulated = simulated
        self.tests = _split(tables.records(result.table))
        summed_up = tables.headline(result)
        self.reading = Reading(result.design.level, tables.headline_methods(summed_up))
        self.headline = _split(tables.records(summed_up))
        self.reactions = _split(tables.records(result.reactions))
        self.paths: dict[Pair, pd.DataFrame] = {
            (str(event), str(series)): path.sort_values("relative_day")
            for (event, series), path in result.paths.groupby(["event", "series"], sort=False)
        }
        judged = result.table[(result.table["statistic"] == "VR") & (result.table["method"] == "fhs")]
        pairs = judged[["window_start", "window_end"]].drop_duplicates().itertuples(index=False)
        self.after_windows = sorted((int(start), int(end)) for start, end in pairs)
        tried = {event for event, _ in [*self.tests, *self.reactions]}
        tried |= {item.event for item in result.exclusions}
        self.studied = tuple(event for event in events if event.id in tried)
        self.bystanders = tuple(event for event in events if event.id not in tried)
        self._fits = {(fit["series"], str(fit["estimation_end"])): fit for fit in tables.records(result.fits)}
        self._days: dict[str, list[tuple[str, pd.Timestamp]]] = {}

    def series_of(self, event: str) -> list[str]:
        """Return the series measured around an event."""
        return [series for other, series in self.tests if other == event]

    def reactions_of(self, event: str) -> list[Row]:
        """Return where an event fell on every series it could be placed on."""
        return [row for (other, _), rows in self.reactions.items() if other == event for row in rows]

    def fit_of(self, series: str, estimation_end: object) -> Row | None:
        """Return the fit of the window of a series that ends on a session; None without one."""
        return self._fits.get((series, str(estimation_end)))

    def others(self, event: str, series: str) -> dict[int, list[str]]:
        """Return other news by its first relative day on a pair's path, bystanders included.

        Parameters
        ----------
        event, series : str
            A pair with a path.

        Returns
        -------
        dict of int to list of str
            Relative day to event ids, in order of the day.
        """
        path = self.paths[event, series]
        days = dict(zip(pd.to_datetime(path["session"]), path["relative_day"], strict=True))
        found: dict[int, list[str]] = {}
        for other, session in self._news(series):
            if other != event and session in days:
                found.setdefault(int(days[session]), []).append(other)
        return dict(sorted(found.items()))

    def _news(self, series: str) -> Iterator[tuple[str, pd.Timestamp]]:
        clock = ""
        for (event, where), rows in self.reactions.items():
            if where == series:
                clock = rows[0]["clock"]
                yield event, pd.Timestamp(rows[0]["session"])
        if clock not in self._days:
            self._days[clock] = list(_first_days(self.bystanders, clock))
        yield from self._days[clock]


def _first_days(events: Sequence[Event], clock: str) -> Iterator[tuple[str, pd.Timestamp]]:
    for event in events if clock in CLOCKS else ():
        try:
            yield event.id, pd.Timestamp(first_reaction(clock, event.timestamp).session)
        except OutsideData:
            continue


def _split(rows: Iterable[Row]) -> dict[Pair, list[Row]]:
    groups: dict[Pair, list[Row]] = {}
    for row in rows:
        groups.setdefault((row["event"], row["series"]), []).append(row)
    return groups
