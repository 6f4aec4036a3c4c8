"""The tables, those of studies in `db.study_schema`: every column's meaning and unit is its comment."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from . import study_schema as study_schema
from .columns import JSON_TEXT, Instant, maybe, name, need, number, part_of
from .columns import metadata as metadata

SUCCESSES = ("done", "done_with_exclusions")

world = Table(
    "world",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1: a store has one world"),
    need("name", Text, "real or simulated"),
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint("name IN ('real', 'simulated')", name="name"),
)

batches = Table(
    "batches",
    metadata,
    number("number of the batch, in order of writing"),
    need("series", Text, "series id"),
    need("source", Text, "provider and place, such as yahoo:^N225"),
    need("payload_hash", Text, "SHA-256 of the raw bytes that were read"),
    need("fetched_at", Instant, "instant of the fetch, UTC"),
    need("recorded_at", Instant, "instant of the recording, UTC"),
    need("inserted", Integer, "sessions that were new, count"),
    need("revised", Integer, "sessions whose bar was replaced, count"),
    need("unchanged", Integer, "sessions told again as they were, count"),
    maybe("rows_hash", Text, "SHA-256 over series, source, payload hash and its bars in order; null: none"),
)
Index("ix_batches_series_recorded_at", batches.c.series, batches.c.recorded_at)

payloads = Table(
    "payloads",
    metadata,
    name("SHA-256 of the bytes as the source sent them", "hash"),
    need("content", LargeBinary, "those bytes, compressed with zlib"),
    need("size", Integer, "their count before compression"),
    need("recorded_at", Instant, "instant of the first recording, UTC"),
)

bars = Table(
    "bars",
    metadata,
    number("number of the version, in order of writing"),
    need("series", Text, "series id; its clock and unit are in eventstudy.series"),
    need("session_date", Date, "trading session, date by the series' clock"),
    maybe("open", Double, "first price, in the series' unit; null: absent in the source"),
    maybe("high", Double, "highest price, in the series' unit; null: absent in the source"),
    maybe("low", Double, "lowest price, in the series' unit; null: absent in the source"),
    need("close", Double, "last price, in the series' unit"),
    maybe("volume", Double, "shares or contracts; null: absent in the source"),
    need("finality", Text, "provisional, final, or revised: replaces a version that was final"),
    Column("batch_id", Integer, ForeignKey("batches.id"), nullable=False, comment="batch that brought it"),
    need("recorded_at", Instant, "first instant at which this version was known, UTC"),
    maybe("superseded_at", Instant, "instant at which a newer version replaced it, UTC; null: current"),
    CheckConstraint("finality IN ('provisional', 'final', 'revised')", name="finality"),
    CheckConstraint("superseded_at IS NULL OR superseded_at >= recorded_at", name="interval"),
)
Index("ix_bars_series_session_date", bars.c.series, bars.c.session_date)
Index(
    "uq_bars_current",
    bars.c.series,
    bars.c.session_date,
    unique=True,
    sqlite_where=bars.c.superseded_at.is_(None),
    postgresql_where=bars.c.superseded_at.is_(None),
)

quality_findings = Table(
    "quality_findings",
    metadata,
    number("number of the finding, in order of writing"),
    need("series", Text, "series id"),
    maybe("session_date", Date, "session it concerns; null: the whole payload"),
    need("rule", Text, "name of the check that failed"),
    need("severity", Text, "quarantined: the row was not stored; warning: it was; notice: nothing to do"),
    need("observed", Text, "what the source said, in its own words"),
    need("expected", Text, "what the rule allows"),
    need("source", Text, "provider and place"),
    need("payload_hash", Text, "SHA-256 of the raw bytes that were read"),
    need("recorded_at", Instant, "instant of the first sighting, UTC"),
    UniqueConstraint("series", "session_date", "rule", "observed"),
    CheckConstraint("severity IN ('quarantined', 'warning', 'notice')", name="severity"),
)

quarantine = Table(
    "quarantine",
    metadata,
    number("number of the row, in order of holding"),
    need("series", Text, "series id"),
    need("session_date", Date, "session that the row claims"),
    maybe("open", Double, "first price as told, in the series' unit; null: absent in the source"),
    maybe("high", Double, "highest price as told; null: absent"),
    maybe("low", Double, "lowest price as told; null: absent"),
    maybe("close", Double, "last price as told; null: absent"),
    maybe("volume", Double, "shares or contracts as told; null: absent"),
    need("told", Text, "those five as one text: rows with the same text are the same row"),
    need("rule", Text, "name of the check that failed"),
    need("observed", Text, "what the source said, in its own words"),
    need("expected", Text, "what the rule allows"),
    need("source", Text, "provider and place"),
    need("payload_hash", Text, "SHA-256 of the raw bytes that were read"),
    need("recorded_at", Instant, "instant of the first sighting, UTC"),
    need("status", Text, "held, released: made a bar by a reviewer, or rejected: kept out by one"),
    maybe("reviewed_at", Instant, "instant of the review, UTC; null: still held"),
    maybe("reviewer", Text, "who decided; null: still held"),
    maybe("note", Text, "why; null: still held"),
    UniqueConstraint("series", "session_date", "rule", "told"),
    CheckConstraint("status IN ('held', 'released', 'rejected')", name="status"),
    CheckConstraint("(status = 'held') = (reviewed_at IS NULL)", name="reviewed"),
)

events = Table(
    "events",
    metadata,
    name("event id, such as E05"),
    need("timestamp", Instant, "best knowledge of the instant, UTC"),
    need("timestamp_offset", Integer, "offset in which it is quoted, seconds east of UTC"),
    maybe("earliest", Instant, "earliest instant that the evidence allows, UTC; null: the timestamp"),
    maybe("earliest_offset", Integer, "offset in which it is quoted, seconds east of UTC"),
    maybe("latest", Instant, "latest instant that the evidence allows, UTC; null: the timestamp"),
    maybe("latest_offset", Integer, "offset in which it is quoted, seconds east of UTC"),
    need("label", Text, "one line for people"),
    need("direction", Text, "one of eventstudy.values.DIRECTIONS"),
    maybe("episode", Text, "events of one episode are forecast from before its first"),
    need("kind", Text, "tariff or confounder"),
    need("zone", Text, "IANA zone in which people quote the timestamp"),
    need("evidence", JSON_TEXT, "list of {source, mark, says}"),
)

articles = Table(
    "articles",
    metadata,
    name("article id, such as A1"),
    need("title", Text, "headline"),
    maybe("published", Date, "date of publication; null: unknown"),
    need("source", Text, "where it was read"),
)

figures = Table(
    "figures",
    metadata,
    name("figure id, such as A1-F03"),
    Column("article", Text, ForeignKey("articles.id"), nullable=False, comment="article id"),
    need("series", Text, "series id that the figure speaks of"),
    need("quantity", Text, "level, change or percent_change"),
    need("quoted", Text, "the figure exactly as printed"),
    need("unit", Text, "points or percent"),
    need("date", Date, "session that the figure speaks of"),
    need("location", Text, "where it stands in the article"),
    need("group", Text, "figures of one row share a group"),
)

check_sets = Table(
    "check_sets",
    metadata,
    number("number of the set, in order of writing"),
    need("snapshot", Text, "SHA-256 over every price used"),
    need("recorded_at", Instant, "instant of the recording, UTC"),
)

checks = Table(
    "checks",
    metadata,
    *part_of("set_id", "check_sets.id", "set of checks made together"),
    need("figure", Text, "figure id"),
    need("article", Text, "article id"),
    need("series", Text, "series id"),
    need("quantity", Text, "level, change or percent_change"),
    need("quoted", Text, "the figure exactly as printed"),
    need("unit", Text, "points or percent"),
    need("date", Date, "session that the figure speaks of"),
    maybe("computed", Double, "the same from stored prices, in the figure's unit; null: no data"),
    maybe("difference", Double, "quoted minus computed, in the figure's unit; null: no data"),
    need("verdict", Text, "EXACT, TRUNCATED, OFF_BY_UNIT, MISMATCH, FALSE or NO DATA"),
    need("rule", Text, "the rule that decided, in words"),
    need("arithmetic", Text, "CONSISTENT, CONTRADICTED or NOT CHECKABLE"),
    need("calendar", Text, "SESSION or NO SESSION"),
    need("evidence", JSON_TEXT, "list of the rows and numbers that the verdict rests on"),
)

signal_sets = Table(
    "signal_sets",
    metadata,
    number("number of the set, in order of writing"),
    need("as_of", Date, "date whose knowledge was used"),
    need("snapshot", Text, "SHA-256 over every price used"),
    need("recorded_at", Instant, "instant of the recording, UTC"),
)
Index("ix_signal_sets_as_of", signal_sets.c.as_of)

signals = Table(
    "signals",
    metadata,
    *part_of("set_id", "signal_sets.id", "set of readings made together"),
    need("signal", Text, "signal name"),
    need("version", Text, "version of its rule"),
    maybe("value", Double, "headline number, in its unit; null: refused"),
    need("unit", Text, "unit of the headline number"),
    need("verdict", Text, "UNSCORED or REFUSED"),
    need("sentence", Text, "one plain sentence, or the reason of the refusal"),
    need("inputs", JSON_TEXT, "list of {series, last_session, expected_session, status, proxy_of}"),
    need("details", JSON_TEXT, "name to number: every figure behind the headline"),
)

runs = Table(
    "runs",
    metadata,
    number("number of the run, in order of starting"),
    need("job", Text, "name of the job"),
    need("key", Text, "what it was to do, such as a session date"),
    need("status", Text, "running, done, done_with_exclusions or failed"),
    need("started_at", Instant, "instant of the start, UTC"),
    maybe("finished_at", Instant, "instant of the end, UTC; null: still running or killed"),
    need("params", JSON_TEXT, "what it was asked with"),
    need("summary", JSON_TEXT, "what it reports"),
    maybe("error", JSON_TEXT, "{kind, message, remedy} of a failure"),
    CheckConstraint("status IN ('running', 'done', 'done_with_exclusions', 'failed')", name="status"),
)
_succeeded = text("status IN ('done', 'done_with_exclusions')")
Index("ix_runs_job_key", runs.c.job, runs.c.key)
Index(
    "uq_runs_success",
    runs.c.job,
    runs.c.key,
    unique=True,
    sqlite_where=_succeeded,
    postgresql_where=_succeeded,
)

locks = Table(
    "locks",
    metadata,
    name("name of the lock", "name"),
    need("holder", Text, "who holds it"),
    need("acquired_at", Instant, "instant at which this holder took it, UTC"),
    need("expires_at", Instant, "instant at which another may take it over, UTC"),
)
