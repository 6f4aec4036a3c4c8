"""Articles, the figures they quote, and the history of the verdicts on them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from eventstudy.results import FigureCheck
from eventstudy.values import Article, QuotedFigure, aware

from .errors import UnknownArticle
from .rows import Row, Written, null_if_nan, upsert
from .schema import articles, check_sets, checks, figures
from .sets import follow, latest_set, recorded_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


class ArticleRepository:
    """Reads and writes articles, one row an id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, given: Iterable[Article]) -> Written:
        """Insert new articles and update those that differ; articles not given are left alone.

        Parameters
        ----------
        given : iterable of Article
            Of two with one id the later counts.

        Returns
        -------
        Written
            Articles inserted, updated and unchanged.
        """
        return upsert(self._connection, articles, (asdict(article) for article in given))

    def all(self) -> tuple[Article, ...]:
        """Return every article, by id."""
        query = select(articles).order_by(articles.c.id)
        return tuple(Article(**row) for row in self._connection.execute(query).mappings())


class FigureRepository:
    """Reads and writes quoted figures, one row an id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, given: Iterable[QuotedFigure]) -> Written:
        """Insert new figures and update those that differ; figures not given are left alone.

        Parameters
        ----------
        given : iterable of QuotedFigure
            Of two with one id the later counts.

        Returns
        -------
        Written
            Figures inserted, updated and unchanged.

        Raises
        ------
        UnknownArticle
            If the article of one of them is not in the store; write the articles first.
        """
        rows = [asdict(figure) for figure in given]
        known = set(self._connection.execute(select(articles.c.id)).scalars())
        for row in rows:
            if row["article"] not in known:
                raise UnknownArticle(row["id"], row["article"], known)
        return upsert(self._connection, figures, rows)

    def all(self) -> tuple[QuotedFigure, ...]:
        """Return every figure, by id."""
        query = select(figures).order_by(figures.c.id)
        return tuple(QuotedFigure(**row) for row in self._connection.execute(query).mappings())


class CheckRepository:
    """Reads and writes verdicts in sets; a set is never changed, a new one follows it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, snapshot: str, made: Sequence[FigureCheck], recorded_at: datetime) -> Written:
        """Store a set of checks, unless the latest set rests on the same prices and says the same.

        Parameters
        ----------
        snapshot : str
            SHA-256 over every price used.
        made : sequence of FigureCheck
            All checks made together, in order.
        recorded_at : datetime
            Zone-aware instant of the recording.

        Returns
        -------
        Written
            All inserted or all unchanged.

        Raises
        ------
        BadValue
            If `recorded_at` has no zone.
        """
        head = {"snapshot": snapshot, "recorded_at": aware("recorded_at", recorded_at)}
        latest = latest_set(self._connection, check_sets, checks)
        rows = [_to_row(check) for check in made]
        return follow(self._connection, check_sets, checks, after=latest, head=head, rows=rows)

    def latest(self, as_of: datetime | None = None) -> tuple[FigureCheck, ...]:
        """Return the latest set of checks, in the order written; empty when none was stored.

        Parameters
        ----------
        as_of : datetime, optional
            Zone-aware; leave out what was recorded later.

        Returns
        -------
        tuple of FigureCheck
            Equal to those written, except that a NaN comes back as None.
        """
        latest = latest_set(self._connection, check_sets, checks, *recorded_by(check_sets, as_of))
        return tuple(_from_row(row) for row in latest[1]) if latest else ()


def _to_row(check: FigureCheck) -> Row:
    row = asdict(check)
    numbers = {name: null_if_nan(row[name]) for name in ("computed", "difference")}
    return {"figure": row.pop("id"), **row, **numbers, "evidence": list(check.evidence)}


def _from_row(row: Row) -> FigureCheck:
    rest = {name: value for name, value in row.items() if name != "figure"}
    return FigureCheck(id=row["figure"], **{**rest, "evidence": tuple(row["evidence"])})
