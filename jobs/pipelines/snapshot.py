"""The name of a set of prices: what every stored result says it rests on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def snapshot_hash(closes: pd.DataFrame) -> str:
    """Return the SHA-256 over series names, sessions and prices, bit for bit.

    Parameters
    ----------
    closes : DataFrame
        Closing prices, one column a series, indexed by session.

    Returns
    -------
    str
        64 hexadecimal digits, independent of column order.
    """
    digest = hashlib.sha256()
    for name in sorted(closes.columns):
        column = closes[name].dropna()
        digest.update(str(name).encode())
        digest.update(column.index.to_numpy().astype("datetime64[s]").astype(np.int64).tobytes())
        digest.update(column.to_numpy(dtype=np.float64).tobytes())
    return digest.hexdigest()
