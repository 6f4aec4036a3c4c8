"""One event among its placebo dates: its own statistics ranked where nothing happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.inference.parametric import cumulation_weights, garch_z_error
from eventstudy.inference.placebo import FEWEST, METHODS, Observed, placebo_measures, quartile
from eventstudy.inference.single_event import day_span, window_span
from eventstudy.placebos import Geometry, PlaceboFits, PlaceboPath, placebo_null, placebo_path
from eventstudy.windows import origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy.inference.measure import Measure
    from eventstudy.inference.single_event import Evidence, Span
    from eventstudy.values import Design, Window
    from eventstudy.windows import Placed


@dataclass(frozen=True)
class EventPlacebos:
    """The placebo studies of one event on one series.

    Attributes
    ----------
    paths : dict of int to PlaceboPath
        By the shift of the eve.
    evidences : mapping of int to Evidence
        The event's own, likewise.
    to_day0 : dict of int to int
        Steps from the origin to the event's day 0, likewise.
    design : Design
        Level and power.
    """

    paths: dict[int, PlaceboPath]
    evidences: Mapping[int, Evidence]
    to_day0: dict[int, int]
    design: Design

    @property
    def regime(self) -> str:
        """Volatility quartile of the eve among the placebo dates, ``q1`` to ``q4``; empty without them."""
        if 0 not in self.paths or len(self.paths[0].rows) < FEWEST:
            return ""
        eve = float(self.evidences[0].null.step_variance[0])
        return f"q{quartile(self.paths[0].shocks[:, 0], eve) + 1}"

    def day(self, day: int) -> tuple[Measure, ...]:
        """Return the placebo tests of one relative session: AR and AV."""
        step = self.to_day0.get(min(day, 0), 0) + day
        return self._measured((day, day), day_span(step, self.design))

    def window(self, window: Window, methods: Sequence[str] = METHODS) -> tuple[Measure, ...]:
        """Return the placebo tests of one window: CAR and CAV."""
        first = self.to_day0.get(min(window[0], 0), 0) + window[0]
        span = window_span(first, first + window[1] - window[0], self.design)
        return self._measured(window, span, methods)

    def _measured(self, window: Window, span: Span, methods: Sequence[str] = METHODS) -> tuple[Measure, ...]:
        shift = min(window[0], 0)
        if shift not in self.paths:
            return ()
        observed = observe(self.evidences[shift], span)
        return placebo_measures(observed, placebo_null(self.paths[shift], window), span, methods)


def event_placebos(
    item: Placed,
    fits: PlaceboFits | None,
    evidences: Mapping[int, Evidence],
    news: Iterable[int],
    end: int,
    design: Design,
) -> EventPlacebos:
    """Move an event's geometry to every placebo date before it.

    Parameters
    ----------
    item : Placed
        The event.
    fits : PlaceboFits or None
        Placebo windows of the series; None leaves every test out.
    evidences : mapping of int to Evidence
        What happened, by the shift of the eve.
    news : iterable of int
        Positions of day 0 of every listed event.
    end : int
        Last position of the event's estimation window.
    design : Design
        Bridge, windows, level and power.

    Returns
    -------
    EventPlacebos
        One path per origin.
    """
    span = min(start for start, _ in design.windows), max(stop for _, stop in design.windows)
    paths: dict[int, PlaceboPath] = {}
    to_day0: dict[int, int] = {}
    if fits is None:
        return EventPlacebos(paths, evidences, to_day0, design)
    for shift in evidences:
        eve = origin(design.bridge, item, shift, end)
        to_day0[shift] = item.day0 - eve
        geometry = Geometry(eve - end, item.day0 - eve)
        reach = (span[0] if shift else max(span[0], 0), span[1])
        paths[shift] = placebo_path(fits, geometry, reach, news, eve)
    return EventPlacebos(paths, evidences, to_day0, design)


def observe(evidence: Evidence, span: Span) -> Observed:
    """Return an event's own statistics in the units that placebos are compared in.

    Parameters
    ----------
    evidence : Evidence
        What happened.
    span : Span
        The sessions.

    Returns
    -------
    Observed
        NaN where a session has no return.
    """
    abnormal, null = evidence.abnormal[span.steps], evidence.null
    weights = cumulation_weights(evidence.phi, span.first, span.last)
    deviation = garch_z_error(null.step_variance[: span.last], weights, span.days, 0.0)
    squares = float((abnormal**2 / null.variance[span.steps]).sum())
    return Observed(float(abnormal.sum()), deviation, squares, float(null.step_variance[0]))
