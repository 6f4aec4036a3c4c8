"""Errors of what is kept: payloads, the quarantine, backups and restores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import StoreError, UnwritableDatabase

if TYPE_CHECKING:
    from collections.abc import Iterable


class UnknownPayload(StoreError):
    """A payload that is not kept in the store.

    Parameters
    ----------
    hash_ : str
        Its SHA-256.
    """

    kind = "unknown_payload"
    exit_code = 1

    def __init__(self, hash_: str) -> None:
        self.hash = hash_
        super().__init__(
            f"the store keeps no payload {hash_}",
            "name one from the column payload_hash of a bar or finding recorded since schema 0004",
        )


class DamagedPayload(StoreError):
    """A kept payload whose bytes are no longer those that were stored."""

    kind = "damaged_payload"

    def __init__(self, hash_: str, why: str) -> None:
        self.hash, self.why = hash_, why
        super().__init__(f"the stored payload {hash_} is damaged: {why}", "restore a backup of the database")


class NotHeld(StoreError):
    """A quarantined row that is asked for a review and waits for none.

    Parameters
    ----------
    number : int
        The row's number in the quarantine.
    status : str or None
        What it is instead; None: there is no such row.
    """

    kind = "not_held"
    exit_code = 2

    def __init__(self, number: int, status: str | None) -> None:
        self.number, self.status = number, status
        what = f"row {number} is {status} already" if status else f"there is no row {number}"
        super().__init__(f"in the quarantine {what}", "name a row that is held")


class Unreleasable(StoreError):
    """A quarantined row that can be no bar.

    Parameters
    ----------
    number : int
        The row's number in the quarantine.
    why : str
        What is wrong with it.
    """

    kind = "unreleasable"
    exit_code = 2

    def __init__(self, number: int, why: str) -> None:
        self.number, self.why = number, why
        super().__init__(
            f"row {number} of the quarantine can be no bar: {why}",
            "reject it, and bring the session from another source",
        )


class FileInTheWay(StoreError):
    """A file that a backup would overwrite."""

    kind = "file_in_the_way"
    exit_code = 2

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path} is there already", "give the backup another name, or remove that file first"
        )


class NotEmpty(StoreError):
    """A database that should be restored into and holds something already."""

    kind = "not_empty"
    exit_code = 2

    def __init__(self, place: str, table: str) -> None:
        self.place, self.table = place, table
        super().__init__(
            f"the database at {place} is not empty, its table '{table}' has rows",
            "give the address of an empty database",
        )


class NoBackup(StoreError):
    """A backup that should be restored and is not there."""

    kind = "no_backup"
    exit_code = 1

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"there is no backup {path}", "name a file that 'eventstudy db backup' wrote")


class NoFolder(UnwritableDatabase):
    """A folder into which a backup should go and that is not there."""

    kind = "no_folder"

    def __init__(self, path: str, folder: str) -> None:
        self.path, self.folder = path, folder
        StoreError.__init__(
            self,
            f"the backup {path} cannot be written: there is no folder {folder}",
            "create the folder, or give the backup another place",
        )


class NoSuchSchema(StoreError):
    """A schema version that a database cannot be taken back to.

    Parameters
    ----------
    version : str
        As asked for.
    known : iterable of str
        Versions that it can be taken back to.
    """

    kind = "no_such_schema"
    exit_code = 2

    def __init__(self, version: str, known: Iterable[str]) -> None:
        self.version = version
        older = ", ".join(known) or "none: it is the oldest already"
        super().__init__(
            f"the database cannot be taken back to schema {version}", f"older versions are {older}"
        )
