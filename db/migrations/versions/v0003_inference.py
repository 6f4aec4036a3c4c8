"""Results carry verdicts, true sizes and adjusted p-values; studies answer questions over many events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.types import TypeEngine

revision = "0003"
down_revision = "0002"

Json = dict[str, Any]
Described = tuple[str, "TypeEngine[Any]", str]

_RESULTS: tuple[Described, ...] = (
    ("verdict", sa.Text(), "after the event: normalised, elevated or undecided; empty: nothing to judge"),
    ("regime", sa.Text(), "volatility of the eve among the placebo dates: q1 calm to q4 turbulent"),
    ("size", sa.Double(), "share of dates without news in that regime at which the test rejects; 0 to 1"),
    ("size_error", sa.Double(), "Monte-Carlo standard error of that share"),
    ("family", sa.Text(), "tests that the next three p-values are adjusted with"),
    ("p_adjusted", sa.Double(), "p-value after Romano and Wolf, 0 to 1"),
    ("p_holm", sa.Double(), "p-value after Holm, 0 to 1"),
    ("p_bh", sa.Double(), "p-value after Benjamini and Hochberg, 0 to 1"),
)
_FITS: tuple[Described, ...] = (
    ("half_life", sa.Double(), "sessions until half of a variance shock is left; infinite if it never is"),
    ("half_life_lower", sa.Double(), "lower end of its bootstrap interval, sessions; null: not asked"),
    ("half_life_upper", sa.Double(), "upper end of that interval, sessions"),
)
_QUESTIONS: tuple[Described, ...] = (
    ("question", sa.Text(), "what was asked of many events together"),
    ("direction", sa.Text(), "direction of the news, or the event that is asked about"),
    ("series", sa.Text(), "series id, several apart by a blank, or the name of a composite"),
    ("window_start", sa.Integer(), "first session of the window, sessions from day 0"),
    ("window_end", sa.Integer(), "last session of the window, sessions from day 0"),
    ("statistic", sa.Text(), "SCAR, CAV, RANK ..."),
    ("method", sa.Text(), "episode_t, sign_flip, grank_t ...; empty: refused"),
    ("estimate", sa.Double(), "in the statistic's unit"),
    ("se", sa.Double(), "standard error, in the estimate's unit"),
    ("lower", sa.Double(), "lower end of the interval, in the estimate's unit"),
    ("upper", sa.Double(), "upper end of the interval, in the estimate's unit"),
    ("p_value", sa.Double(), "0 to 1"),
    ("n", sa.Integer(), "episodes, count; series for wald"),
    ("floor", sa.Double(), "smallest p-value that the method can give; 0 to 1"),
    ("mde", sa.Double(), "minimum detectable effect, in the estimate's unit"),
    ("null_distribution", sa.Text(), "distribution under no effect"),
    ("p_holm", sa.Double(), "p-value after Holm over the series and windows of the question, 0 to 1"),
    ("refusal", sa.Text(), "why there is no answer; empty: there is one"),
    ("left_out", sa.Text(), "episodes that do not count in it, each with its reason; empty: none"),
)
_SIZES: tuple[Described, ...] = (
    ("series", sa.Text(), "series id"),
    ("window_start", sa.Integer(), "first session of the window, sessions from day 0"),
    ("window_end", sa.Integer(), "last session of the window, sessions from day 0"),
    ("statistic", sa.Text(), "CAR, CAV"),
    ("method", sa.Text(), "fhs, garch_z, placebo_matched ..."),
    ("regime", sa.Text(), "all, quartiles q1 to q4 of the variance on the eve, or top5 per cent"),
    ("size", sa.Double(), "share of those dates at which the test rejects at the design's level; 0 to 1"),
    ("error", sa.Double(), "Monte-Carlo standard error of that share"),
    ("n", sa.Integer(), "dates, count"),
)
_CURVE: tuple[Described, ...] = (
    ("event", sa.Text(), "event id"),
    ("series", sa.Text(), "series id"),
    ("clock", sa.Text(), "clock that stamps the series' close"),
    ("window_start", sa.Integer(), "first session of the window, sessions from day 0"),
    ("window_end", sa.Integer(), "last session of the window, sessions from day 0"),
    ("statistic", sa.Text(), "CAR, CAV"),
    ("mean", sa.Text(), "mean model"),
    ("variance", sa.Text(), "variance model"),
    ("dist", sa.Text(), "innovation distribution"),
    ("estimation", sa.Integer(), "length of the estimation window, sessions"),
    ("gap", sa.Integer(), "sessions between the window and the first event"),
    ("bridge", sa.Text(), "how the variance got from the estimation window to the event"),
    ("masked", sa.Text(), "sessions that the fit leaves out, ISO dates apart by a blank; empty: none"),
    ("estimate", sa.Double(), "CAR: log return in per cent; CAV: variance in excess of the forecast"),
    ("deviation", sa.Double(), "forecast standard deviation, in the estimate's unit"),
    ("p_value", sa.Double(), "0 to 1"),
    ("method", sa.Text(), "fhs, placebo_matched ..."),
    ("n", sa.Integer(), "observations behind the p-value, count"),
    ("floor", sa.Double(), "smallest p-value that the method can give; 0 to 1"),
    ("fit_status", sa.Text(), "how the fit ended"),
    ("agrees", sa.Boolean(), "whether it comes to the conclusion of the study's own specification"),
)
_ADDED = {"results": _RESULTS, "fits": _FITS}
_MADE = {
    "questions": ("study that answered it", _QUESTIONS, ("question",)),
    "sizes": (
        "study whose tests were tried on dates without news",
        _SIZES,
        ("series", "window_start", "window_end", "statistic", "method", "regime"),
    ),
    "curve": (
        "study that was asked under other specifications",
        _CURVE,
        ("event", "series", "window_start", "window_end", "statistic"),
    ),
}
_CHOICES: Json = {
    "placebos": 0,
    "parameter_draws": 0,
    "joint_replications": 0,
    "masked": [],
    "curve": False,
    "family": "event",
}
_FRAMES = {"results": "table", "fits": "fits"}
_STUDIES = sa.table(
    "studies", sa.column("id", sa.Integer()), sa.column("design", sa.JSON()), sa.column("columns", sa.JSON())
)


def upgrade() -> None:
    """Add columns and tables; studies that were stored before say that none of it was asked for."""
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table) as altered:
            for name, kind, comment in columns:
                altered.add_column(sa.Column(name, kind, nullable=True, comment=comment))
    for table, (comment, columns, needed) in _MADE.items():
        _create(table, comment, columns, needed)
    _rewrite_studies(_with_inference)


def downgrade() -> None:
    """Drop the columns and tables with what they hold; every study stays readable by the version before."""
    _rewrite_studies(_without_inference)
    for table in _MADE:
        op.drop_table(table)
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table) as altered:
            for name, *_ in columns:
                altered.drop_column(name)


def _create(table: str, comment: str, columns: tuple[Described, ...], needed: tuple[str, ...]) -> None:
    op.create_table(
        table,
        sa.Column("study_id", sa.Integer(), nullable=False, comment=comment),
        sa.Column("position", sa.Integer(), nullable=False, comment="place in the order written, from 0"),
        *(sa.Column(name, kind, nullable=name not in needed, comment=told) for name, kind, told in columns),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f(f"fk_{table}_study_id_studies")),
        sa.PrimaryKeyConstraint("study_id", "position", name=op.f(f"pk_{table}")),
    )


def _rewrite_studies(change: Callable[[Json, Json], tuple[Json, Json]]) -> None:
    if op.get_context().as_sql:  # a script for no database in particular has no studies
        return
    for number, design, columns in op.get_bind().execute(sa.select(_STUDIES)).all():
        changed = dict(zip(("design", "columns"), change(design, columns), strict=True))
        op.get_bind().execute(sa.update(_STUDIES).where(_STUDIES.c.id == number).values(changed))


def _with_inference(design: Json, columns: Json) -> tuple[Json, Json]:
    added = {
        _FRAMES[table]: columns[_FRAMES[table]] + [[name, _dtype(kind), []] for name, kind, _ in described]
        for table, described in _ADDED.items()
    }
    made = {
        table: [[name, "object", []] for name, *_ in described] for table, (_, described, _) in _MADE.items()
    }
    return {**design, **_CHOICES}, {**columns, **added, **made}


def _dtype(kind: TypeEngine[Any]) -> str:
    return "str" if isinstance(kind, sa.Text) else "float64"


def _without_inference(design: Json, columns: Json) -> tuple[Json, Json]:
    dropped = {_FRAMES[table]: {name for name, *_ in described} for table, described in _ADDED.items()}
    kept = {
        frame: [column for column in described if column[0] not in dropped.get(frame, ())]
        for frame, described in columns.items()
        if frame not in _MADE
    }
    return {name: value for name, value in design.items() if name not in _CHOICES}, kept
