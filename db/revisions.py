"""Revisions: every price that a source, another source or a reviewer changed after it was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from eventstudy.values import aware

from .rows import found_frame
from .schema import bars, batches
from .versions import PRICES, SESSION, read_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Select

_COLUMNS = [
    *("series", "session", "field", "old", "new"),
    *("old_finality", "new_finality", "recorded_at", "source"),
]
_WIDE = {
    "series": "str",
    "session": SESSION,
    "old_finality": "str",
    "new_finality": "str",
    "recorded_at": "datetime64[us, UTC]",
    "source": "str",
}


def find_revisions(
    connection: Connection, series: str | None, since: datetime | None, until: datetime | None
) -> pd.DataFrame:
    """Return one row for every price that differs between a version and the one before it.

    Parameters
    ----------
    connection : Connection
        Of the transaction.
    series : str or None
        Series id; None: all.
    since, until : datetime or None
        Zone-aware; revisions recorded after `since` and not after `until`. None: no bound.

    Returns
    -------
    DataFrame
        See `db.prices.PriceRepository.revisions`.

    Raises
    ------
    BadValue
        For an instant without a zone.
    """
    columns = read_columns(connection, _pairs(series, since, until))
    wide = found_frame(list(zip(*columns[: len(_WIDE)], strict=True)), _WIDE)
    numbers = columns[len(_WIDE) :]
    found = [
        _changes(wide, field, numbers[place], numbers[place + len(PRICES)])
        for place, field in enumerate(PRICES)
    ]
    return pd.concat(found).sort_index(kind="stable").reset_index(drop=True)


def _changes(wide: pd.DataFrame, field: str, before: Sequence[Any], now: Sequence[Any]) -> pd.DataFrame:
    """Return the rows of `wide` in which this field differs, with its name and both values."""
    old, new = (np.asarray(values, dtype="float64") for values in (before, now))
    differs = ~((old == new) | (np.isnan(old) & np.isnan(new)))
    told = wide.assign(field=pd.Series(field, index=wide.index, dtype="str"), old=old, new=new)
    changed: pd.DataFrame = told.loc[differs, _COLUMNS]
    return changed


def _pairs(series: str | None, since: datetime | None, until: datetime | None) -> Select[Any]:
    """Ask for every version that followed another, beside that other one, in order of writing."""
    old, later = bars.alias("old"), bars.alias("later")
    same = (later.c.series == old.c.series, later.c.session_date == old.c.session_date)
    following = select(func.min(later.c.id)).where(*same, later.c.id > old.c.id).scalar_subquery()
    told = [bars.c.series, bars.c.session_date, old.c.finality, bars.c.finality, bars.c.recorded_at]
    prices = [table.c[name] for table in (old, bars) for name in PRICES]
    query = select(*told, batches.c.source, *prices).select_from(old)
    query = query.join(bars, bars.c.id == following).join(batches, batches.c.id == bars.c.batch_id)
    return query.where(old.c.superseded_at.is_not(None), *_bounds(old, series, since, until)).order_by(
        bars.c.id
    )


def _bounds(
    old: Any,  # noqa: ANN401  (an alias of the table)
    series: str | None,
    since: datetime | None,
    until: datetime | None,
) -> list[ColumnElement[bool]]:
    """Bound by the end of the old version, which is the instant of the new one's recording."""
    bounds: list[ColumnElement[bool]] = [] if series is None else [old.c.series == series]
    bounds += [] if since is None else [old.c.superseded_at > aware("since", since)]
    return bounds + ([] if until is None else [old.c.superseded_at <= aware("until", until)])
