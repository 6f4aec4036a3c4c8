"""Fits carry a second opinion, their most influential days and how exactly they were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.types import TypeEngine

revision = "0002"
down_revision = "0001"

_COLUMNS: tuple[tuple[str, TypeEngine[Any], str], ...] = (
    ("score_norm", sa.Double(), "score left at the optimum, standard errors; null here and below: not asked"),
    ("starts_gap", sa.Double(), "log-likelihood of the best start minus the second best, nats"),
    ("arch_loglikelihood", sa.Double(), "log-likelihood by the arch library at these parameters, nats"),
    ("arch_optimum", sa.Double(), "log-likelihood at the optimum that library finds itself, nats"),
    ("influential", sa.Text(), "most influential sessions, ISO dates apart by a blank"),
    ("persistence_without", sa.Double(), "persistence of a refit without those sessions, ratio"),
)
_CHOICE = "second_opinion"
_STUDIES = sa.table(
    "studies", sa.column("id", sa.Integer()), sa.column("design", sa.JSON()), sa.column("columns", sa.JSON())
)

Json = dict[str, Any]


def upgrade() -> None:
    """Add the columns; studies that were stored before say that no second opinion was asked for."""
    with op.batch_alter_table("fits") as fits:
        for name, kind, comment in _COLUMNS:
            fits.add_column(sa.Column(name, kind, nullable=True, comment=comment))
    _rewrite_studies(_with_opinion)


def downgrade() -> None:
    """Drop the columns with what they hold; every study stays readable by the version before."""
    _rewrite_studies(_without_opinion)
    with op.batch_alter_table("fits") as fits:
        for name, *_ in _COLUMNS:
            fits.drop_column(name)


def _rewrite_studies(change: Callable[[Json, Json], tuple[Json, Json]]) -> None:
    if op.get_context().as_sql:  # a script for no database in particular has no studies
        return
    for number, design, columns in op.get_bind().execute(sa.select(_STUDIES)).all():
        changed = dict(zip(("design", "columns"), change(design, columns), strict=True))
        op.get_bind().execute(sa.update(_STUDIES).where(_STUDIES.c.id == number).values(changed))


def _with_opinion(design: Json, columns: Json) -> tuple[Json, Json]:
    added: list[Any] = [
        [name, "str" if isinstance(kind, sa.Text) else "float64", []] for name, kind, _ in _COLUMNS
    ]
    return {**design, _CHOICE: False}, {**columns, "fits": columns["fits"] + added}


def _without_opinion(design: Json, columns: Json) -> tuple[Json, Json]:
    names = {name for name, *_ in _COLUMNS}
    kept = [column for column in columns["fits"] if column[0] not in names]
    return {name: value for name, value in design.items() if name != _CHOICE}, {**columns, "fits": kept}
