"""Payloads are kept, refused rows wait in a quarantine, batches and studies are sealed with hashes."""

from __future__ import annotations

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from db.hashes import rows_hash

revision = "0004"
down_revision = "0003"

_INSTANT = sa.DateTime(timezone=True)
_PRICES = ("open", "high", "low", "close", "volume")
_BATCHES = sa.table(
    "batches",
    sa.column("id", sa.Integer()),
    *(sa.column(name, sa.Text()) for name in ("series", "source", "payload_hash", "rows_hash")),
)
_BARS = sa.table(
    "bars",
    sa.column("id", sa.Integer()),
    sa.column("batch_id", sa.Integer()),
    sa.column("series", sa.Text()),
    sa.column("session_date", sa.Date()),
    *(sa.column(name, sa.Double()) for name in _PRICES),
    sa.column("finality", sa.Text()),
)
_TWO, _THREE = "'quarantined', 'warning'", "'quarantined', 'warning', 'notice'"
_FINDINGS = sa.table(
    "quality_findings", *(sa.column(name, sa.Text()) for name in ("series", "source", "severity"))
)
_LONDON = "yahoo:JPY=X (London day)"  # until 0003 these rows went by the name of the New York close


def upgrade() -> None:
    """Add the tables and columns; seal the batches that are there as they are now."""
    _create_payloads()
    _create_quarantine()
    _allow(_TWO, _THREE, "quarantined: the row was not stored; warning: it was; notice: nothing to do")
    sealed = "SHA-256 over series, source, payload hash and its bars in order; null: none"
    content = "SHA-256 over this row and all rows of its parts; null: none"
    asked = "{events, series} as asked; null: not told"
    op.add_column("batches", sa.Column("rows_hash", sa.Text(), nullable=True, comment=sealed))
    op.add_column("studies", sa.Column("question", sa.JSON(), nullable=True, comment=asked))
    op.add_column("studies", sa.Column("content_hash", sa.Text(), nullable=True, comment=content))
    _name_by_clock()
    _seal_batches()


def downgrade() -> None:
    """Drop what was added with what it holds; a notice becomes a warning, which the version before knows.

    Prices of a London day keep the name that says so; the version before does not know it.
    """
    for table, name in (("studies", "content_hash"), ("studies", "question"), ("batches", "rows_hash")):
        op.drop_column(table, name)  # in place: a table that others point at cannot be rebuilt
    lowered = sa.update(_FINDINGS).where(_FINDINGS.c.severity == "notice").values(severity="warning")
    op.execute(lowered)
    _allow(_THREE, _TWO, "quarantined: the row was not stored; warning: it was")
    op.drop_table("quarantine")
    op.drop_table("payloads")


def _create_payloads() -> None:
    op.create_table(
        "payloads",
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256 of the bytes as the source sent them"),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="those bytes, compressed with zlib"),
        sa.Column("size", sa.Integer(), nullable=False, comment="their count before compression"),
        sa.Column("recorded_at", _INSTANT, nullable=False, comment="instant of the first recording, UTC"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_payloads")),
    )


def _create_quarantine() -> None:
    needed = (
        ("told", sa.Text(), "those five as one text: rows with the same text are the same row"),
        ("rule", sa.Text(), "name of the check that failed"),
        ("observed", sa.Text(), "what the source said, in its own words"),
        ("expected", sa.Text(), "what the rule allows"),
        ("source", sa.Text(), "provider and place"),
        ("payload_hash", sa.Text(), "SHA-256 of the raw bytes that were read"),
        ("recorded_at", _INSTANT, "instant of the first sighting, UTC"),
        ("status", sa.Text(), "held, released: made a bar by a reviewer, or rejected: kept out by one"),
    )
    reviewed = (
        ("reviewed_at", _INSTANT, "instant of the review, UTC; null: still held"),
        ("reviewer", sa.Text(), "who decided; null: still held"),
        ("note", sa.Text(), "why; null: still held"),
    )
    prices = (
        ("open", "first price as told, in the series' unit; null: absent in the source"),
        ("high", "highest price as told; null: absent"),
        ("low", "lowest price as told; null: absent"),
        ("close", "last price as told; null: absent"),
        ("volume", "shares or contracts as told; null: absent"),
    )
    number = "number of the row, in order of holding"
    session = "session that the row claims"
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False, comment=number),
        sa.Column("series", sa.Text(), nullable=False, comment="series id"),
        sa.Column("session_date", sa.Date(), nullable=False, comment=session),
        *(sa.Column(name, sa.Double(), nullable=True, comment=says) for name, says in prices),
        *(sa.Column(name, kind, nullable=False, comment=says) for name, kind, says in needed),
        *(sa.Column(name, kind, nullable=True, comment=says) for name, kind, says in reviewed),
        sa.CheckConstraint(
            "status IN ('held', 'released', 'rejected')", name=op.f("ck_quarantine_status")
        ),
        sa.CheckConstraint(
            "(status = 'held') = (reviewed_at IS NULL)", name=op.f("ck_quarantine_reviewed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint(
            "series", "session_date", "rule", "told",
            name=op.f("uq_quarantine_series_session_date_rule_told"),
        ),
    )  # fmt: skip


def _allow(before: str, now: str, comment: str) -> None:
    """Change the severities that a finding may have."""
    name = op.f("ck_quality_findings_severity")
    with op.batch_alter_table("quality_findings", copy_from=_findings(before)) as findings:
        findings.drop_constraint(name, type_="check")
        findings.create_check_constraint(name, f"severity IN ({now})")
        findings.alter_column("severity", existing_type=sa.Text(), existing_nullable=False, comment=comment)


def _findings(severities: str) -> sa.Table:
    """Return the table as it is; SQLite does not tell its checks, and rebuilds it to change one."""
    needed = ("rule", "severity", "observed", "expected", "source", "payload_hash")
    return sa.Table(
        "quality_findings",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("session_date", sa.Date(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in needed),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_findings")),
        sa.UniqueConstraint(
            "series", "session_date", "rule", "observed",
            name=op.f("uq_quality_findings_series_session_date_rule_observed"),
        ),
        sa.CheckConstraint(f"severity IN ({severities})", name=op.f("ck_quality_findings_severity")),
    )  # fmt: skip


def _name_by_clock() -> None:
    """Give Yahoo's daily bars of the currency the name of the clock that they were always stamped by."""
    london = sa.select(_BATCHES.c.id).where(_BATCHES.c.source == _LONDON)
    named = {"series": "usdjpy_london_day"}
    op.execute(sa.update(_BARS).where(_BARS.c.batch_id.in_(london)).values(named))
    op.execute(sa.update(_BATCHES).where(_BATCHES.c.source == _LONDON).values(named))
    op.execute(sa.update(_FINDINGS).where(_FINDINGS.c.source == _LONDON).values(named))


def _seal_batches() -> None:
    """Seal what is there, so that from now on a change of it is found."""
    bind = op.get_bind()
    heads = {row.id: row for row in bind.execute(sa.select(_BATCHES))}
    rows = sa.select(_BARS.c.batch_id, _BARS.c.session_date, *(_BARS.c[name] for name in _PRICES))
    ordered = rows.add_columns(_BARS.c.finality).order_by(_BARS.c.batch_id, _BARS.c.id)
    for number, found in groupby(bind.execute(ordered), key=lambda row: row.batch_id):
        columns = list(zip(*found, strict=True))[1:]
        head = heads[number]
        sealed = rows_hash(head.series, head.source, head.payload_hash, columns)
        bind.execute(sa.update(_BATCHES).where(_BATCHES.c.id == number).values(rows_hash=sealed))
