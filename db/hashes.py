"""What seals stored rows: hashes over their values that are the same on every database."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from .columns import days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    Columns = Sequence[Sequence[Any] | NDArray[Any]]


def rows_hash(series: str, source: str, payload_hash: str, columns: Columns) -> str:
    """Return the hash that seals a batch and its bars.

    Parameters
    ----------
    series, source, payload_hash : str
        Of the batch.
    columns : sequence of seven sequences
        Sessions (dates, or an array of datetime64); open, high, low, close and volume (null or NaN: absent);
        finality. In the order in which the bars were written.

    Returns
    -------
    str
        SHA-256 over the three names as a JSON list, then column by column the days since 1970-01-01 as
        64-bit integers, the numbers as 64-bit floats, all little-endian, and finality apart by line feeds. A
        zero counts the same with either sign, because SQLite keeps none.
    """
    sessions, *numbers, finality = columns
    told = hashlib.sha256(_canonical([series, source, payload_hash]))
    dates = sessions if isinstance(sessions, np.ndarray) else days(sessions)
    told.update(dates.astype("datetime64[D]").astype("<i8").tobytes())
    for column in numbers:
        values = np.asarray(column, dtype="<f8") + 0.0
        values[np.isnan(values)] = np.nan  # one pattern of bits for every NaN
        told.update(values.tobytes())
    told.update("\n".join(finality).encode())
    return told.hexdigest()


def study_hash(head: Mapping[str, Any], parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return the hash that seals a study and all rows of its parts.

    Parameters
    ----------
    head : mapping
        Its row in ``studies``, the number and the hash itself left out.
    parts : mapping of str to sequence of mappings
        Table name to the rows that belong to it, in order, without the study's number.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    lists = {name: [_plain(row) for row in rows] for name, rows in parts.items() if rows}
    return hashlib.sha256(_canonical([_plain(head), lists])).hexdigest()


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Leave nulls out, so that a column that is added later changes no hash; zeros lose their sign."""
    return {
        name: value + 0.0 if isinstance(value, float) else value
        for name, value in row.items()
        if value is not None
    }


def _canonical(content: Any) -> bytes:  # noqa: ANN401  (anything that JSON can say)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), default=_iso).encode()


def _iso(value: date) -> str:
    return value.isoformat()
