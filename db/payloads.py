"""Payloads: the bytes that sources sent, each kept once under its hash."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from eventstudy.values import aware

from .refusals import DamagedPayload, UnknownPayload
from .schema import payloads

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class PayloadRepository:
    """Reads and writes payloads; one that is kept is never changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, content: bytes, recorded_at: datetime) -> str:
        """Keep some bytes, once.

        Parameters
        ----------
        content : bytes
            As the source sent them.
        recorded_at : datetime
            Zone-aware instant of the recording; of two the first stays.

        Returns
        -------
        str
            Their SHA-256, 64 hexadecimal digits.

        Raises
        ------
        BadValue
            If `recorded_at` has no zone.
        """
        recorded_at = aware("recorded_at", recorded_at)
        hash_ = hashlib.sha256(content).hexdigest()
        if not self.holds(hash_):
            row = {"hash": hash_, "content": zlib.compress(content), "size": len(content)}
            self._connection.execute(insert(payloads), {**row, "recorded_at": recorded_at})
        return hash_

    def holds(self, hash_: str) -> bool:
        """Return whether the bytes with this SHA-256 are kept."""
        query = select(payloads.c.size).where(payloads.c.hash == hash_)
        return self._connection.execute(query).first() is not None

    def read(self, hash_: str) -> bytes:
        """Return the bytes with this SHA-256.

        Parameters
        ----------
        hash_ : str
            As `write` returned it.

        Returns
        -------
        bytes
            As the source sent them.

        Raises
        ------
        UnknownPayload
            If they are not kept.
        DamagedPayload
            If what is kept is no longer what was stored.
        """
        query = select(payloads.c.content, payloads.c.size).where(payloads.c.hash == hash_)
        found = self._connection.execute(query).one_or_none()
        if found is None:
            raise UnknownPayload(hash_)
        return unpacked(hash_, found.content, found.size)


def unpacked(hash_: str, packed: bytes, size: int) -> bytes:
    """Return a payload's bytes, after a check that they are those that were stored.

    Parameters
    ----------
    hash_ : str
        SHA-256 of the bytes.
    packed : bytes
        The same, compressed with zlib.
    size : int
        Their count.

    Returns
    -------
    bytes
        Decompressed.

    Raises
    ------
    DamagedPayload
        If they do not decompress, or to other bytes.
    """
    try:
        content = zlib.decompress(packed)
    except zlib.error as error:
        raise DamagedPayload(hash_, str(error)) from None
    found = hashlib.sha256(content).hexdigest()
    if found != hash_:
        raise DamagedPayload(hash_, f"its SHA-256 is {found}")
    if len(content) != size:
        raise DamagedPayload(hash_, f"it has {len(content)} bytes, its row says {size}")
    return content
