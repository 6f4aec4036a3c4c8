"""Prices from a folder: a file for each series, read as it or ``mapping.toml`` says, never by a guess."""

from __future__ import annotations

import stat
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from eventstudy.quality.finding import Finding
from eventstudy.series import SERIES, series
from eventstudy.sessions import CLOCKS
from jobs.errors import BadFolder, BadPriceFile, NoSuchSeriesHere
from jobs.providers.base import COLUMNS, Payload, Request, possible, to_bars, within
from jobs.providers.mapping import NAME, SEAL, BadMapping, load_mappings, sealed, unsealed
from jobs.providers.pricefile import Prices, read_prices
from jobs.providers.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventstudy.values import Bars
    from jobs.clock import Clock
    from jobs.providers.base import Surroundings

MOST_BYTES = 32 * 1024 * 1024
"""Largest file that is read: some 500,000 rows."""

_FARTHEST_AHEAD = timedelta(hours=14)  # no place on earth is further ahead of UTC


class FilesProvider:
    """A folder of price files, listed once, with its ``mapping.toml``, when it is opened.

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
    BadMapping
        If its ``mapping.toml`` cannot be followed.
    """

    name = "files"
    world: Literal["real", "simulated"] = "real"

    def __init__(self, folder: str, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        present = _listed(folder)
        self._mappings = load_mappings(folder)
        self._check_named(present)
        self._series = tuple(key for key in SERIES if self._file(key) in present)
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
        adjusted = " adjusted" if self._mapping(series_id).get("adjusted") else ""
        return Request(series_id, f"files:{self._file(series_id)}{adjusted}", start, end)

    def fetch(self, request: Request) -> Payload:
        """Return the whole file, under its mapping if it has one.

        Raises
        ------
        BadPriceFile
            If it cannot be read, has gone, is no file or is too large.
        """
        path = Path(self._folder) / self._file(request.series)
        try:
            content = _bytes_of(path)
        except OSError as trouble:
            what = f"cannot be read ({trouble.strerror})"
            raise BadPriceFile(str(path), None, None, what, "make it a file that you may read") from None
        if content.startswith(SEAL):
            what = "is a stored payload, not a price file"
            raise BadPriceFile(str(path), 1, None, what, f"delete its first line and write it into {NAME}")
        mapping = self._mapping(request.series)
        whole = sealed(content, mapping) if mapping else content
        return Payload(request, whole, self._clock.now(), {"file": str(path)})

    def read(self, payload: Payload) -> Bars:
        """Return the rows of the file from the request's start to its end.

        The whole file is checked, whatever the range.

        Raises
        ------
        BadPriceFile
            Names file, line, column, what was found and the remedy.
        """
        return to_bars(payload, _prices(payload).frame)

    def remarks(self, payload: Payload) -> tuple[Finding, ...]:
        """Return what was read otherwise than the plain form has it, and sessions whose close is absent.

        Raises
        ------
        BadPriceFile
            As `read`.
        """
        prices, series_id = _prices(payload), payload.request.series
        notices = (
            Finding(series_id, None, rule, "notice", observed, expected)
            for rule, observed, expected in prices.notes
        )
        return (*notices, *_closeless(series_id, within(prices.closeless, payload.request)))

    def _file(self, series_id: str) -> str:
        return str(self._mapping(series_id).get("file", f"{series_id}.csv"))

    def _mapping(self, series_id: str) -> Mapping[str, object]:
        return self._mappings.get(series_id, {})

    def _check_named(self, present: frozenset[str]) -> None:
        for series_id in self._mappings:
            if self._file(series_id) not in present:
                place, what = str(Path(self._folder) / NAME), f"there is no file '{self._file(series_id)}'"
                raise BadMapping(place, series_id, "file", what, "name a file of this folder")


def open_provider(argument: str, surroundings: Surroundings) -> FilesProvider:
    """Return the provider of ``files:DIR``; raises BadFolder or BadMapping."""
    return FilesProvider(argument, surroundings.clock)


def _listed(folder: str) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in Path(folder).iterdir())
    except OSError as trouble:
        raise BadFolder(folder, f"cannot be opened ({trouble.strerror})") from None


def _bytes_of(path: Path) -> bytes:
    """Return a file's bytes; no device or pipe, which may never end, and no more than can be a table."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise BadPriceFile(str(path), None, None, "is not a file", "put a file of that name there")
    if status.st_size > MOST_BYTES:
        what = f"has {status.st_size:,} bytes, more than {MOST_BYTES:,}"
        raise BadPriceFile(str(path), None, None, what, "bring one row a session, of one series")
    return path.read_bytes()


def _prices(payload: Payload) -> Prices:
    latest = (payload.fetched_at + _FARTHEST_AHEAD).date()
    file = payload.meta.get("file", payload.request.place)
    return _remembered(payload.content, payload.request.series, file, latest)


@lru_cache(maxsize=1)  # bars and remarks are asked for one after the other
def _remembered(content: bytes, series_id: str, file: str, latest: date) -> Prices:
    mapping, table = unsealed(file, series_id, content)
    record = series(series_id)
    zone = CLOCKS[record.clock].zone
    return read_prices(table, Reading(file, series_id, record.quantity, latest, zone, mapping))


def _closeless(series_id: str, rows: pd.DataFrame) -> Iterator[Finding]:
    """Yield a remark for each row without a close, but on days on which there is no session anyway."""
    days = pd.DatetimeIndex(rows.index)
    for day, held, told in zip(days, possible(series_id, days), rows[list(COLUMNS)].to_numpy(), strict=True):
        if held:
            row = (told[0], told[1], told[2], told[3], told[4])
            yield Finding(series_id, day.date(), "missing close", "quarantined", "no close", "a close", row)
