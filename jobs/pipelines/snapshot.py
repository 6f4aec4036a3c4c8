"""The prices of an answer, and their name: what every stored result says it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from db.store import Transaction

RANGES = ["open", "high", "low"]


@dataclass(frozen=True)
class Prices:
    """What the store knew of some series at one instant.

    Attributes
    ----------
    closes : DataFrame
        Closing prices, one column a series that has any, indexed by session; NaN: no bar that session.
    bars : mapping of str to DataFrame
        Series id to its columns ``open high low``, indexed by its own sessions; NaN: absent in the source.
    """

    closes: pd.DataFrame
    bars: Mapping[str, pd.DataFrame]

    @property
    def snapshot(self) -> str:
        """SHA-256 of all of it, as `snapshot_hash`."""
        return snapshot_hash(self.closes, self.bars)

    def until(self, last: pd.Timestamp) -> Prices:
        """Return the same without the sessions after one."""
        return Prices(self.closes.loc[:last], {name: frame.loc[:last] for name, frame in self.bars.items()})


def known_prices(transaction: Transaction, series: Sequence[str], as_of: datetime | None) -> Prices:
    """Return the prices of some series as they were known at an instant.

    Parameters
    ----------
    transaction : Transaction
        Of the store.
    series : sequence of str
        Series ids; those without prices have no column and no bars.
    as_of : datetime or None
        Zone-aware; None is now.

    Returns
    -------
    Prices
        Columns in the order asked for.
    """
    closes = transaction.prices.closes(series, as_of)
    bars = {str(name): transaction.prices.bars(str(name), as_of)[RANGES] for name in closes.columns}
    return Prices(closes, bars)


def snapshot_hash(closes: pd.DataFrame, bars: Mapping[str, pd.DataFrame] | None = None) -> str:
    """Return the SHA-256 over series names, sessions and prices, bit for bit.

    Parameters
    ----------
    closes : DataFrame
        Closing prices, one column a series, indexed by session.
    bars : mapping of str to DataFrame, optional
        Series id to other prices of its sessions. Prices that are absent do not count, so that the name of
        closes alone is the same with and without it.

    Returns
    -------
    str
        64 hexadecimal digits, independent of the order of columns and series.
    """
    digest = hashlib.sha256()
    for name in sorted(closes.columns):
        digest.update(str(name).encode())
        _add(digest, closes[name])
    for name, frame in sorted((bars or {}).items()):
        for column in frame.columns[frame.notna().any()]:
            digest.update(f"{name} {column}".encode())
            _add(digest, frame[column])
    return digest.hexdigest()


def _add(digest: hashlib._Hash, column: pd.Series[float]) -> None:
    present = column.dropna()
    digest.update(present.index.to_numpy().astype("datetime64[s]").astype(np.int64).tobytes())
    digest.update(present.to_numpy(dtype=np.float64).tobytes())
