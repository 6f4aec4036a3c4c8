"""Prices from a folder: one ``<series id>.csv`` each, read strictly."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eventstudy.series import SERIES, series
from jobs.errors import BadFolder, BadPriceFile, NoSuchSeriesHere
from jobs.providers.base import Payload, Request, to_bars
from jobs.providers.pricefile import parse_prices

if TYPE_CHECKING:
    from datetime import date

    from eventstudy.quality.finding import Finding
    from eventstudy.values import Bars
    from jobs.clock import Clock
    from jobs.providers.base import Surroundings

_FARTHEST_AHEAD = timedelta(hours=14)  # no place on earth is further ahead of UTC


class FilesProvider:
    """A folder of price files, listed once when it is opened.

    Parameters
    ----------
    folder : str
        The folder, as the reader gave it.
    clock : Clock
        Stamps what is fetched.

    Raises
    ------
    BadFolder
        If it is not there, cannot be read or holds no file of a known series.
    """

    name = "files"
    world: Literal["real", "simulated"] = "real"

    def __init__(self, folder: str, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        present = _listed(folder)
        self._series = tuple(key for key in SERIES if f"{key}.csv" in present)
        if not self._series:
            shown = ", ".join(sorted(present)[:3]) or "nothing"
            raise BadFolder(folder, f"holds no file of a known series (found: {shown})")

    def available(self) -> tuple[str, ...]:
        """Return the ids whose file was there when the folder was opened."""
        return self._series

    def ask(self, series_id: str, start: date | None, end: date | None) -> Request:
        """Return the request for a file; raises UnknownSeries or NoSuchSeriesHere."""
        if series(series_id).id not in self._series:
            raise NoSuchSeriesHere(series_id, f"files:{self._folder}")
        return Request(series_id, f"files:{series_id}.csv", start, end)

    def fetch(self, request: Request) -> Payload:
        """Return the whole file.

        Raises
        ------
        BadPriceFile
            If it cannot be read, or has gone.
        """
        path = Path(self._folder) / f"{request.series}.csv"
        try:
            content = path.read_bytes()
        except OSError as trouble:
            what = f"cannot be read ({trouble.strerror})"
            raise BadPriceFile(str(path), None, None, what, "make it a file that you may read") from None
        return Payload(request, content, self._clock.now(), {"file": str(path)})

    def read(self, payload: Payload) -> Bars:
        """Return the rows of the file from the request's start to its end.

        The whole file is checked, whatever the range.

        Raises
        ------
        BadPriceFile
            Names file, line, column, what was found and the remedy.
        """
        request = payload.request
        signed = series(request.series).quantity == "yield"
        latest = (payload.fetched_at + _FARTHEST_AHEAD).date()
        file = payload.meta.get("file", request.place)
        return to_bars(payload, parse_prices(file, payload.content, signed=signed, latest=latest))

    def remarks(self, payload: Payload) -> tuple[Finding, ...]:
        """Return nothing: a file with a doubtful row is refused as a whole."""
        return ()


def open_provider(argument: str, surroundings: Surroundings) -> FilesProvider:
    """Return the provider of ``files:DIR``; raises BadFolder."""
    return FilesProvider(argument, surroundings.clock)


def _listed(folder: str) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in Path(folder).iterdir())
    except OSError as trouble:
        raise BadFolder(folder, f"cannot be opened ({trouble.strerror})") from None
