"""An event sample seen through windows: cumulated abnormal returns of the events that have every day."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import numpy as np

from eventstudy.errors import BadValue
from eventstudy.inference.panel.correlation import mean_correlation
from eventstudy.inference.panel.outcome import LEAST, Outcome, ratio, refusal
from eventstudy.inference.panel.sample import EventSample
from eventstudy.inference.panel.scores import DayScores, GeneralisedScores, day_scores, generalised_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eventstudy.arrays import Bool1D, Float1D, Float2D, Int1D, Int2D

Options = ParamSpec("Options")


@dataclass(frozen=True)
class View:
    """N events and M windows, every event with an abnormal return on every day of every window.

    What several tests read is computed when first asked for, and once.

    Attributes
    ----------
    sample : EventSample
        The N events that have all these days; other event days may be NaN.
    windows : ndarray of int of shape (M, 2)
        First and last relative day of each.
    """

    sample: EventSample
    windows: Int2D

    @property
    def n(self) -> int:
        """Events."""
        return len(self.sample.sigma)

    @property
    def spans(self) -> list[slice]:
        """The columns of each window."""
        return [slice(a - self.sample.first, b - self.sample.first + 1) for a, b in self.windows.tolist()]

    @property
    def days(self) -> Int1D:
        """Days in each window, shape (M,)."""
        return np.asarray(self.windows[:, 1] - self.windows[:, 0] + 1)

    @cached_property
    def car(self) -> Float2D:
        """Cumulated abnormal returns, shape (N, M), in the unit of the returns."""
        return np.stack([self.sample.abnormal[:, span].sum(axis=1) for span in self.spans], axis=1)

    @cached_property
    def spread(self) -> Float2D:
        """Root of 1'V1, shape (N, M): a CAR's standard error over sigma, with the forecast error."""
        forecast = self.sample.forecast
        sums = [np.einsum("nij->n", forecast[:, span, span]) for span in self.spans]
        return np.asarray(np.sqrt(np.stack(sums, axis=1)))

    @cached_property
    def scar(self) -> Float2D:
        """CARs over sigma and `spread`, shape (N, M); NaN for an event whose residuals do not vary."""
        sigma = self.sample.sigma[:, None]
        return ratio(self.car, sigma * self.spread, sigma.max())

    @cached_property
    def day_scores(self) -> DayScores:
        """Mean ranks and signs of the L + W days, for the rank tests."""
        return day_scores(self.sample)

    @cached_property
    def generalised_scores(self) -> GeneralisedScores:
        """Mean generalised ranks of the windows, for the GRANK tests."""
        return generalised_scores(self.sample, self.scar)

    @cached_property
    def portfolio(self) -> Float1D:
        """Mean residual over the events at hand on each estimation day that has any, shape (L,) or less."""
        residuals = self.sample.residuals
        if np.isfinite(residuals.sum()):
            return np.asarray(residuals.mean(axis=0))
        present = np.isfinite(residuals).sum(axis=0)
        return np.asarray(np.nansum(residuals, axis=0)[present > 0] / present[present > 0])

    @cached_property
    def correlation(self) -> Float1D:
        """Mean correlation of two events' CARs, shape (M,)."""
        return mean_correlation(self.sample, self.windows)

    @property
    def mean_abnormal(self) -> Float1D:
        """Mean CAR over the events, shape (M,): the AAR of a day, the CAAR of a window."""
        return np.asarray(self.car.mean(axis=0))


def refusing_few(
    test: Callable[Concatenate[View, Options], Outcome],
) -> Callable[Concatenate[View, Options], Outcome]:
    """Wrap a test so that fewer than `LEAST` events are refused by its name."""

    @wraps(test)
    def guarded(view: View, /, *args: Options.args, **kwargs: Options.kwargs) -> Outcome:
        if view.n < LEAST:
            have = f"{LEAST} events with every day of the window are needed, not {view.n}"
            return refusal(test.__name__, len(view.windows), view.n, have)
        return test(view, *args, **kwargs)

    return guarded


def look(sample: EventSample, window: tuple[int, int]) -> View:
    """Return a sample seen through one window.

    Parameters
    ----------
    sample : EventSample
        Events, some of them perhaps with missing days.
    window : pair of int
        First and last relative day.

    Returns
    -------
    View
        Of the events that have every day of the window.

    Raises
    ------
    BadValue
        If the sample does not reach over the window.
    """
    [(_, view)] = views(sample, [window])
    return view


def views(sample: EventSample, windows: Sequence[tuple[int, int]]) -> Iterator[tuple[Int1D, View]]:
    """Sort windows by the events that have every day of them.

    Parameters
    ----------
    sample : EventSample
        Events, some of them perhaps with missing days.
    windows : sequence of pairs of int
        First and last relative day of each.

    Returns
    -------
    iterator of (places, view)
        Which of the windows, an array of int, and the view of those through the events without a missing day
        in them; an event without a residual standard deviation is in none.

    Raises
    ------
    BadValue
        If the sample does not reach over a window.
    """
    asked = np.array([_within(sample, window) for window in windows], dtype=np.int64)
    groups: dict[bytes, list[int]] = {}
    has = [_has_every_day(sample, a, b) for a, b in asked.tolist()]
    for place, kept in enumerate(has):
        groups.setdefault(kept.tobytes(), []).append(place)
    for places in groups.values():
        kept = has[places[0]]
        yield np.array(places), View(sample if kept.all() else of_events(sample, kept), asked[places])


def of_events(sample: EventSample, kept: Bool1D | Int1D) -> EventSample:
    """Return some events of a sample.

    Parameters
    ----------
    sample : EventSample
        N events.
    kept : ndarray of bool of shape (N,), or of int
        Which; positions also say in what order.

    Returns
    -------
    EventSample
        With the same columns.
    """
    rows = {one.name: getattr(sample, one.name)[kept] for one in fields(sample) if one.name != "first"}
    return replace(sample, **rows)


def _within(sample: EventSample, window: tuple[int, int]) -> tuple[int, int]:
    """Return the window, if its days are columns of the sample."""
    last = sample.first + sample.abnormal.shape[1] - 1
    if not sample.first <= window[0] <= window[1] <= last:
        allowed = f"a first and a last day in order, from {sample.first} to {last}"
        raise BadValue("window", tuple(window), allowed)
    return window


def _has_every_day(sample: EventSample, first: int, last: int) -> Bool1D:
    """Which events can be tested over a window."""
    there = np.isfinite(sample.abnormal[:, first - sample.first : last - sample.first + 1]).all(axis=1)
    return np.asarray(there & np.isfinite(sample.sigma))
