"""The error root and the errors of pure analysis: each takes facts and composes one sentence."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class EventStudyError(Exception):
    """Root of every error that this service raises on purpose.

    Parameters
    ----------
    message : str
        What was given and why it will not do, naming the thing. No full stop at the end.
    remedy : str
        What the reader can do about it. No full stop at the end.

    Attributes
    ----------
    kind : str
        Stable machine-readable name, the ``kind`` of the JSON error document.
    exit_code : int
        1 the question has no answer, 2 asked wrongly, 4 the outside world failed,
        5 another run holds the lock.
    """

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}"

    def document(self) -> dict[str, str]:
        """Return ``kind``, ``message`` and ``remedy``, the stable JSON form of the error."""
        return {"kind": self.kind, "message": self.message, "remedy": self.remedy}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that lists the known names closest to a misspelled one.

    Parameters
    ----------
    name : str
        What was asked for.
    known : iterable of str
        What exists.

    Returns
    -------
    str
        ``"did you mean 'topix'?"`` or ``"known: a, b, c"``.
    """
    choices = sorted(known)
    close = get_close_matches(name, choices, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f"'{choice}'" for choice in close) + "?"
    return "known: " + ", ".join(choices)


class UnknownSeries(EventStudyError):
    """A series id that is not in the table of series."""

    kind = "unknown_series"
    exit_code = 2

    def __init__(self, series: str, known: Iterable[str]) -> None:
        self.series = series
        super().__init__(f"there is no series '{series}'", nearest(series, known))


class UnknownEvent(EventStudyError):
    """An event id that is not in the register."""

    kind = "unknown_event"
    exit_code = 2

    def __init__(self, event: str, known: Iterable[str]) -> None:
        self.event = event
        super().__init__(f"there is no event '{event}' in the register", nearest(event, known))


class BadValue(EventStudyError):
    """An argument outside what is allowed.

    Parameters
    ----------
    name : str
        The argument's name.
    value : object
        What was given.
    allowed : str
        What would do, in words.
    """

    kind = "bad_value"
    exit_code = 2

    def __init__(self, name: str, value: object, allowed: str) -> None:
        self.name, self.value, self.allowed = name, value, allowed
        super().__init__(f"{name} is {value!r}", f"give {allowed}")


class BadPrices(EventStudyError):
    """Prices that no return can be computed from.

    Parameters
    ----------
    where : str
        The file, series and row, as precisely as known.
    what : str
        What is wrong there.
    remedy : str
        How to mend it.
    """

    kind = "bad_prices"
    exit_code = 2

    def __init__(self, where: str, what: str, remedy: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}", remedy)


class TooFewObservations(EventStudyError):
    """A sample too short for the model or the window asked for."""

    kind = "too_few_observations"

    def __init__(self, what: str, have: int, need: int) -> None:
        self.what, self.have, self.need = what, have, need
        super().__init__(
            f"{what} has {have} observations and {need} are needed",
            "bring longer history or ask for a shorter estimation window",
        )


class TooFewSharedDates(EventStudyError):
    """Series whose estimation windows share too few sessions to be simulated together.

    Parameters
    ----------
    family : str
        The family of tests.
    series : iterable of str
        Its series.
    have, need : int
        Sessions that all of them share, and sessions needed.
    """

    kind = "too_few_shared_dates"

    def __init__(self, family: str, series: Iterable[str], have: int, need: int) -> None:
        self.family, self.series, self.have, self.need = family, tuple(series), have, need
        super().__init__(
            f"the estimation windows of {', '.join(self.series)} share {have} sessions in family {family} "
            f"and {need} are needed to draw them together",
            "leave out the series with the shortest history or bring more of it",
        )


class OutsideData(EventStudyError):
    """A window, event or date that the data or the calendar does not reach."""

    kind = "outside_data"

    def __init__(self, what: str, have: str) -> None:
        self.what, self.have = what, have
        super().__init__(f"{what} lies outside the data ({have})", "bring data that covers it")


class UnsupportedModel(EventStudyError):
    """A model combination that the fitting engine cannot estimate."""

    kind = "unsupported_model"
    exit_code = 2

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        super().__init__(f"{what} cannot be fitted", remedy)


class NothingToStudy(EventStudyError):
    """Every event and series was excluded, so there is no result to give.

    Parameters
    ----------
    reasons : iterable of str
        One for each excluded pair: what and why, then a semicolon and the remedy.
    """

    kind = "nothing_to_study"

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        told = self.reasons[0] if self.reasons else "no events were given; give at least one"
        what, _, remedy = told.rpartition("; ")
        others = f", and {len(self.reasons) - 1} more were left out" if len(self.reasons) > 1 else ""
        message = f"no event could be studied: {what or told}{others}"
        super().__init__(message, remedy if what else "bring prices that cover its windows")


class DegenerateDesign(EventStudyError):
    """A likelihood without a maximum: a mean and a variance dummy on the same single day.

    Parameters
    ----------
    session : int
        Position of that day in the sample.
    """

    kind = "degenerate_design"
    exit_code = 2

    def __init__(self, session: int) -> None:
        self.session = session
        super().__init__(
            f"mean and variance dummies meet on session number {session}, where the residual is then "
            "exactly 0 and the likelihood has no maximum",
            "use a mean dummy there and a variance dummy on a longer window, or the variance dummy alone",
        )


class ShortVarianceWindow(DegenerateDesign):
    """A variance dummy on so few sessions that it cannot be told from the event's return.

    Parameters
    ----------
    session : int
        Position of its first session in the sample.
    have, need : int
        Sessions of the window, and sessions needed.
    """

    def __init__(self, session: int, have: int, need: int) -> None:
        self.session, self.have, self.need = session, have, need
        EventStudyError.__init__(
            self,
            f"event-induced variance on a window of {have} session{'s' * (have != 1)} of one event cannot be "
            "told from the event's return",
            f"give the variance dummy at least {need} sessions, or read AV and CAV by simulation",
        )
