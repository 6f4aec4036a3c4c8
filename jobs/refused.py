"""Errors about what came whole and cannot be taken: lists of sources, answers that contradict the known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.errors import EventStudyError
from jobs.errors import ProviderError, UnknownSource

if TYPE_CHECKING:
    from datetime import datetime


class BadSourceList(UnknownSource):
    """A list of sources that makes no sense, each of them by itself being fine.

    Parameters
    ----------
    source : str
        The list as it was asked for.
    what : str
        What is wrong with it.
    """

    kind = "bad_source_list"

    def __init__(self, source: str, what: str) -> None:
        self.source = source
        remedy = "name real sources once each, the most official first, such as nikkei,yahoo,files:DIR"
        EventStudyError.__init__(self, f"the list of sources '{source}' {what}", remedy)


class ClocksDisagree(ProviderError):
    """A source whose clock and this machine's are so far apart that no bar can be called final.

    Parameters
    ----------
    place : str
        Provider and place.
    theirs, ours : datetime
        The instant of the answer by each clock, zone-aware.
    """

    kind = "clocks_disagree"
    source_down = True

    def __init__(self, place: str, theirs: datetime, ours: datetime) -> None:
        self.place, self.theirs, self.ours = place, theirs, ours
        super().__init__(
            f"{place} answered at {theirs.astimezone(ours.tzinfo):%Y-%m-%d %H:%M} by its own clock,"
            f" while this machine's says {ours:%Y-%m-%d %H:%M}",
            "set the machine's clock right and run again; stored prices stay as they are",
        )


class Truncated(ProviderError):
    """An answer that holds fewer sessions than the same source told before: refused as a whole.

    Parameters
    ----------
    place : str
        Provider and place.
    what : str
        What is gone, and how much.
    """

    kind = "truncated"

    def __init__(self, place: str, what: str) -> None:
        self.place, self.what = place, what
        super().__init__(
            f"{place} answered with less than before ({what}), so its whole answer was refused",
            "try again later: stored prices stay as they are; a history cut on purpose needs a new store",
        )
