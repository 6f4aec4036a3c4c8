"""Errors of the store: each names the database and says what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.errors import EventStudyError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class StoreError(EventStudyError):
    """Root of the store's errors; on its own, a failure of the database that may pass."""

    kind = "store_failed"
    exit_code = 4


class BadDatabaseUrl(StoreError):
    """A database address that cannot be used at all.

    Parameters
    ----------
    url : str
        The address with its password hidden.
    why : str
        What is wrong with it.
    """

    kind = "bad_database_url"
    exit_code = 2

    def __init__(self, url: str, why: str) -> None:
        self.url, self.why = url, why
        super().__init__(
            f"the database address '{url}' {why}",
            "give one such as sqlite:////home/me/eventstudy.db or postgresql+psycopg://me@host/eventstudy",
        )


class UnwritableDatabase(StoreError):
    """A database file, or the folder that should hold it, that cannot be written.

    Parameters
    ----------
    path : str
        The file or folder.
    why : str
        What stands in the way.
    """

    kind = "unwritable_database"

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(
            f"the database at {path} cannot be written: {why}",
            "create the folder, mend its permissions or give another address with --db",
        )


class NotADatabase(StoreError):
    """A file that is not this service's database, or is damaged."""

    kind = "not_a_database"
    exit_code = 2

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(
            f"{path} is not a database of this service: {why}",
            "give the address of another file, or restore a backup",
        )


class SchemaTooNew(StoreError):
    """A database that a newer version of this service has migrated."""

    kind = "schema_too_new"
    exit_code = 2

    def __init__(self, place: str, found: str, known: str) -> None:
        self.place, self.found, self.known = place, found, known
        super().__init__(
            f"the database at {place} has schema version {found}, this program knows up to {known}",
            "install the newer eventstudy that wrote it, or restore a backup from before",
        )


class DatabaseFull(StoreError):
    """No room left for the database; what was being written has been rolled back."""

    kind = "database_full"

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            f"there is no room left to write the database at {place}, nothing of this step was kept",
            "free some disk space and run again",
        )


class DatabaseBusy(StoreError):
    """Another process kept the database locked for longer than this one waits."""

    kind = "database_busy"

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            f"another process is writing the database at {place} and did not finish in time",
            "wait for it to finish and run again",
        )


class DatabaseUnreachable(StoreError):
    """A database server that cannot be reached, or was lost amid the work.

    Parameters
    ----------
    place : str
        The database.
    reason : str
        What was seen.
    """

    kind = "database_unreachable"

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(
            f"the server of the database at {place} cannot be reached ({reason}), "
            "a step under way is kept as a whole or not at all",
            "start the server or correct host and port in --db, and run again",
        )


class DatabaseRefused(StoreError):
    """A database server that is there and refuses this user, password or database name."""

    kind = "database_refused"
    exit_code = 2

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(
            f"the server refuses the database at {place} ({reason})",
            "correct the user, the password or the name in --db, or create the database with createdb",
        )


class DatabaseFailed(StoreError):
    """A failure of the database with no more precise name.

    Parameters
    ----------
    place : str
        The database.
    reason : str
        The database's own words.
    """

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(
            f"the database at {place} failed ({reason}), nothing of this step was kept",
            "check the disk or the server and run again",
        )


class MixedWorlds(StoreError):
    """Real data offered to a simulated store, or simulated data to a real one."""

    kind = "mixed_worlds"
    exit_code = 2

    def __init__(self, held: str, offered: str) -> None:
        self.held, self.offered = held, offered
        super().__init__(
            f"this store holds {held} data, a {held} store refuses {offered} bars and results",
            "give another database with --db",
        )


class ClockWentBack(StoreError):
    """A recording instant before one already in the store, which would rewrite the past.

    Parameters
    ----------
    what : str
        What was to be recorded.
    recorded_at, last : datetime
        The instant given and the latest one stored; both zone-aware.
    """

    kind = "clock_went_back"

    def __init__(self, what: str, recorded_at: datetime, last: datetime) -> None:
        self.what, self.recorded_at, self.last = what, recorded_at, last
        super().__init__(
            f"{what} would be recorded at {recorded_at.isoformat()}, "
            f"before what was already recorded at {last.isoformat()}",
            "set this machine's clock right and run again",
        )


class UnknownArticle(StoreError):
    """A quoted figure of an article that is not in the store."""

    kind = "unknown_article"
    exit_code = 2

    def __init__(self, figure: str, article: str, known: Iterable[str]) -> None:
        self.figure, self.article = figure, article
        super().__init__(f"figure '{figure}' is of no stored article '{article}'", nearest(article, known))


class StudyDiffers(StoreError):
    """A study computed twice under one key with two results."""

    kind = "study_differs"
    exit_code = 1

    def __init__(self, key: str, parts: Iterable[str]) -> None:
        self.key, self.parts = key, tuple(parts)
        super().__init__(
            f"study {key} is stored already and differs from this one in {', '.join(self.parts)}",
            "find out which input the key does not name; the stored one is kept",
        )


class RunNotOpen(StoreError):
    """A run that cannot be started or finished because of what is recorded of it.

    Parameters
    ----------
    what : str
        The run, and what it is instead of open.
    """

    kind = "run_not_open"
    exit_code = 2

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what, "ask for the recorded run instead of recording it again")


class LockHeld(StoreError):
    """A lock that another run holds.

    Parameters
    ----------
    name : str
        The lock.
    holder : str
        Who holds it.
    expires_at : datetime
        Zone-aware instant at which it may be taken over.
    """

    kind = "lock_held"
    exit_code = 5

    def __init__(self, name: str, holder: str, expires_at: datetime) -> None:
        self.name, self.holder, self.expires_at = name, holder, expires_at
        super().__init__(
            f"{holder} holds the lock '{name}' until {expires_at.isoformat()} at the latest",
            "wait for that run to finish",
        )


class LeaseLost(LockHeld):
    """A lock that was held until another took it over, so that nothing more may be written under it."""

    kind = "lease_lost"

    def __init__(self, name: str, holder: str, expires_at: datetime) -> None:
        super().__init__(name, holder, expires_at)
        self.message = f"{holder} took over the lock '{name}', whose lease had ended"


class NoDatabase(StoreError):
    """A database that is asked a question and is not there.

    Parameters
    ----------
    path : str
        The file.
    """

    kind = "no_database"
    exit_code = 1

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"there is no database {path}", "check --db, or fill one with 'eventstudy run'")
