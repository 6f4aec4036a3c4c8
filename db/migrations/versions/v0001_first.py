"""The first schema: bars, register, articles, checks, signals, studies, runs and locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)
_JSON = sa.JSON()


def _need(name: str, kind: TypeEngine[Any], comment: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, comment=comment)


def _maybe(name: str, kind: TypeEngine[Any], comment: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True, comment=comment)


def _part_of(table: str, column: str, owner: str, comment: str) -> list[sa.schema.SchemaItem]:
    return [
        _need(column, sa.Integer(), comment),
        _need("position", sa.Integer(), "place in the order written, from 0"),
        sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=op.f(f"fk_{table}_{column}_{owner}")),
        sa.PrimaryKeyConstraint(column, "position", name=op.f(f"pk_{table}")),
    ]


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(name))


def _unique_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(op.f(name), table, columns, unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Create every table."""
    _create_bars()
    _create_register()
    _create_judgements()
    _create_studies()
    _create_results()
    _create_fits()
    _create_paths()
    _create_operation()


def downgrade() -> None:
    """Drop every table, members before their owners."""
    for table in reversed(_TABLES):
        op.drop_table(table)


_TABLES = (
    "world", "batches", "bars", "events", "articles", "figures", "check_sets", "checks",
    "signal_sets", "signals", "studies", "exclusions", "reactions", "truths", "results",
    "fits", "paths", "quality_findings", "runs", "locks",
)  # fmt: skip


def _create_bars() -> None:
    op.create_table(
        "world",
        sa.Column(
            "id", sa.Integer(), autoincrement=False, nullable=False, comment="always 1: a store has one world"
        ),
        _need("name", sa.Text(), "real or simulated"),
        _check("ck_world_name", "name IN ('real', 'simulated')"),
        _check("ck_world_one_row", "id = 1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_world")),
    )
    op.create_table(
        "batches",
        _need("id", sa.Integer(), "number of the batch, in order of writing"),
        _need("series", sa.Text(), "series id"),
        _need("source", sa.Text(), "provider and place, such as yahoo:^N225"),
        _need("payload_hash", sa.Text(), "SHA-256 of the raw bytes that were read"),
        _need("fetched_at", _INSTANT, "instant of the fetch, UTC"),
        _need("recorded_at", _INSTANT, "instant of the recording, UTC"),
        _need("inserted", sa.Integer(), "sessions that were new, count"),
        _need("revised", sa.Integer(), "sessions whose bar was replaced, count"),
        _need("unchanged", sa.Integer(), "sessions told again as they were, count"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_series_recorded_at"), "batches", ["series", "recorded_at"])
    op.create_table(
        "bars",
        _need("id", sa.Integer(), "number of the version, in order of writing"),
        _need("series", sa.Text(), "series id; its clock and unit are in eventstudy.series"),
        _need("session_date", sa.Date(), "trading session, date by the series' clock"),
        _maybe("open", sa.Double(), "first price, in the series' unit; null: absent in the source"),
        _maybe("high", sa.Double(), "highest price, in the series' unit; null: absent in the source"),
        _maybe("low", sa.Double(), "lowest price, in the series' unit; null: absent in the source"),
        _need("close", sa.Double(), "last price, in the series' unit"),
        _maybe("volume", sa.Double(), "shares or contracts; null: absent in the source"),
        _need("finality", sa.Text(), "provisional, final, or revised: replaces a version that was final"),
        _need("batch_id", sa.Integer(), "batch that brought it"),
        _need("recorded_at", _INSTANT, "first instant at which this version was known, UTC"),
        _maybe("superseded_at", _INSTANT, "instant at which a newer version replaced it, UTC; null: current"),
        _check("ck_bars_finality", "finality IN ('provisional', 'final', 'revised')"),
        _check("ck_bars_interval", "superseded_at IS NULL OR superseded_at >= recorded_at"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_bars_batch_id_batches")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bars")),
    )
    op.create_index(op.f("ix_bars_series_session_date"), "bars", ["series", "session_date"])
    _unique_where("uq_bars_current", "bars", ["series", "session_date"], "superseded_at IS NULL")


def _create_register() -> None:
    op.create_table(
        "events",
        _need("id", sa.Text(), "event id, such as E05"),
        _need("timestamp", _INSTANT, "best knowledge of the instant, UTC"),
        _need("timestamp_offset", sa.Integer(), "offset in which it is quoted, seconds east of UTC"),
        _maybe("earliest", _INSTANT, "earliest instant that the evidence allows, UTC; null: the timestamp"),
        _maybe("earliest_offset", sa.Integer(), "offset in which it is quoted, seconds east of UTC"),
        _maybe("latest", _INSTANT, "latest instant that the evidence allows, UTC; null: the timestamp"),
        _maybe("latest_offset", sa.Integer(), "offset in which it is quoted, seconds east of UTC"),
        _need("label", sa.Text(), "one line for people"),
        _need("direction", sa.Text(), "one of eventstudy.values.DIRECTIONS"),
        _maybe("episode", sa.Text(), "events of one episode are forecast from before its first"),
        _need("kind", sa.Text(), "tariff or confounder"),
        _need("zone", sa.Text(), "IANA zone in which people quote the timestamp"),
        _need("evidence", _JSON, "list of {source, mark, says}"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_table(
        "articles",
        _need("id", sa.Text(), "article id, such as A1"),
        _need("title", sa.Text(), "headline"),
        _maybe("published", sa.Date(), "date of publication; null: unknown"),
        _need("source", sa.Text(), "where it was read"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
    )
    op.create_table(
        "figures",
        _need("id", sa.Text(), "figure id, such as A1-F03"),
        _need("article", sa.Text(), "article id"),
        _need("series", sa.Text(), "series id that the figure speaks of"),
        _need("quantity", sa.Text(), "level, change or percent_change"),
        _need("quoted", sa.Text(), "the figure exactly as printed"),
        _need("unit", sa.Text(), "points or percent"),
        _need("date", sa.Date(), "session that the figure speaks of"),
        _need("location", sa.Text(), "where it stands in the article"),
        _need("group", sa.Text(), "figures of one row share a group"),
        sa.ForeignKeyConstraint(["article"], ["articles.id"], name=op.f("fk_figures_article_articles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures")),
    )


def _create_judgements() -> None:
    op.create_table(
        "check_sets",
        _need("id", sa.Integer(), "number of the set, in order of writing"),
        _need("snapshot", sa.Text(), "SHA-256 over every price used"),
        _need("recorded_at", _INSTANT, "instant of the recording, UTC"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_sets")),
    )
    op.create_table(
        "checks",
        *_part_of("checks", "set_id", "check_sets", "set of checks made together"),
        _need("figure", sa.Text(), "figure id"),
        _need("article", sa.Text(), "article id"),
        _need("series", sa.Text(), "series id"),
        _need("quantity", sa.Text(), "level, change or percent_change"),
        _need("quoted", sa.Text(), "the figure exactly as printed"),
        _need("unit", sa.Text(), "points or percent"),
        _need("date", sa.Date(), "session that the figure speaks of"),
        _maybe("computed", sa.Double(), "the same from stored prices, in the figure's unit; null: no data"),
        _maybe("difference", sa.Double(), "quoted minus computed, in the figure's unit; null: no data"),
        _need("verdict", sa.Text(), "EXACT, TRUNCATED, OFF_BY_UNIT, MISMATCH, FALSE or NO DATA"),
        _need("rule", sa.Text(), "the rule that decided, in words"),
        _need("arithmetic", sa.Text(), "CONSISTENT, CONTRADICTED or NOT CHECKABLE"),
        _need("calendar", sa.Text(), "SESSION or NO SESSION"),
        _need("evidence", _JSON, "list of the rows and numbers that the verdict rests on"),
    )
    op.create_table(
        "signal_sets",
        _need("id", sa.Integer(), "number of the set, in order of writing"),
        _need("as_of", sa.Date(), "date whose knowledge was used"),
        _need("snapshot", sa.Text(), "SHA-256 over every price used"),
        _need("recorded_at", _INSTANT, "instant of the recording, UTC"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_sets")),
    )
    op.create_index(op.f("ix_signal_sets_as_of"), "signal_sets", ["as_of"])
    op.create_table(
        "signals",
        *_part_of("signals", "set_id", "signal_sets", "set of readings made together"),
        _need("signal", sa.Text(), "signal name"),
        _need("version", sa.Text(), "version of its rule"),
        _maybe("value", sa.Double(), "headline number, in its unit; null: refused"),
        _need("unit", sa.Text(), "unit of the headline number"),
        _need("verdict", sa.Text(), "UNSCORED or REFUSED"),
        _need("sentence", sa.Text(), "one plain sentence, or the reason of the refusal"),
        _need("inputs", _JSON, "list of {series, last_session, expected_session, status, proxy_of}"),
        _need("details", _JSON, "name to number: every figure behind the headline"),
    )


def _create_studies() -> None:
    op.create_table(
        "studies",
        _need("id", sa.Integer(), "number of the study, in order of writing"),
        _need("key", sa.Text(), "hash of everything the result depends on"),
        _need("recorded_at", _INSTANT, "instant of the recording, UTC"),
        _need("seed", sa.BigInteger(), "seed of the bootstrap"),
        _need("design", _JSON, "every choice of the study, as Design.to_dict"),
        _need("warnings", _JSON, "list of what a reader must know before trusting a number"),
        _need("columns", _JSON, "table to [column, type, rows that hold -0.0]: restores the frames exactly"),
        _need("world", sa.Text(), "real or simulated"),
        _need("source", sa.Text(), "where the prices came from"),
        _need("as_of", _INSTANT, "instant whose knowledge was used, UTC"),
        _need("snapshot", sa.Text(), "SHA-256 over every price used"),
        _need("design_hash", sa.Text(), "SHA-256 of the design"),
        _need("register", sa.Text(), "SHA-256 of the event register"),
        _need("provenance_seed", sa.BigInteger(), "seed as the provenance states it"),
        _need("code_version", sa.Text(), "version of this package"),
        _need("notices", _JSON, "list of what the provenance adds"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
        sa.UniqueConstraint("key", name=op.f("uq_studies_key")),
    )
    op.create_table(
        "exclusions",
        *_part_of("exclusions", "study_id", "studies", "study that left it out"),
        _need("event", sa.Text(), "event id, or * for every event"),
        _need("series", sa.Text(), "series id, or * for every series"),
        _need("reason", sa.Text(), "one sentence"),
    )
    op.create_table(
        "reactions",
        *_part_of("reactions", "study_id", "studies", "study that placed it"),
        _need("event", sa.Text(), "event id"),
        _need("series", sa.Text(), "series id"),
        _maybe("clock", sa.Text(), "clock that stamps the series' close"),
        _maybe("session", sa.Date(), "session of day 0"),
        _maybe("phase", sa.Text(), "where in the trading day the event fell"),
        _maybe("ambiguous", sa.Boolean(), "whether the event's uncertainty allows another session"),
        _maybe("other_session", sa.Date(), "that other session; null: none"),
    )
    op.create_table(
        "truths",
        *_part_of("truths", "study_id", "studies", "study of a simulated world"),
        _need("event", sa.Text(), "event id"),
        _need("series", sa.Text(), "series id"),
        _maybe("session", sa.Date(), "session at which the effect was planted"),
        _maybe("mean_effect", sa.Double(), "planted abnormal return, per cent"),
        _maybe("variance_multiple", sa.Double(), "planted abnormal variance, ratio, 1 no effect"),
    )


def _create_results() -> None:
    op.create_table(
        "results",
        *_part_of("results", "study_id", "studies", "study that found it"),
        _need("event", sa.Text(), "event id"),
        _need("series", sa.Text(), "series id"),
        _need("window_start", sa.Integer(), "first session of the window, sessions from day 0"),
        _need("window_end", sa.Integer(), "last session of the window, sessions from day 0"),
        _need("statistic", sa.Text(), "AR, CAR, AV, CAV ..."),
        _need("method", sa.Text(), "fhs, garch_z, constant_t, placebo ..."),
        _maybe(
            "estimate",
            sa.Double(),
            "AR, CAR: log return in per cent; AV: ratio, 1 no effect; CAV: 0 no effect",
        ),
        _maybe("se", sa.Double(), "standard error, in the estimate's unit"),
        _maybe("lower", sa.Double(), "lower end of the interval, in the estimate's unit"),
        _maybe("upper", sa.Double(), "upper end of the interval, in the estimate's unit"),
        _maybe("p_value", sa.Double(), "two-sided unless the method says otherwise; 0 to 1"),
        _maybe("n", sa.Integer(), "observations, placebo windows or replications behind the p-value, count"),
        _maybe("floor", sa.Double(), "smallest p-value that the method can give; 0 to 1"),
        _maybe("mde", sa.Double(), "minimum detectable effect, in the estimate's unit"),
        _maybe("null_distribution", sa.Text(), "distribution under no effect"),
        _maybe("bridge", sa.Text(), "how the variance got from the estimation window to the event"),
        _maybe("session", sa.Date(), "session of day 0"),
        _maybe("phase", sa.Text(), "where in the trading day the event fell"),
        _maybe("ambiguous", sa.Boolean(), "whether the event's uncertainty allows another session"),
        _maybe("origin", sa.Date(), "session from which the variance is forecast"),
        _maybe("estimation_start", sa.Date(), "first session of the estimation window"),
        _maybe("estimation_end", sa.Date(), "last session of the estimation window"),
        _maybe("clock", sa.Text(), "clock that stamps the series' close"),
        _maybe("proxy_of", sa.Text(), "series it stands in for; null: none"),
        _maybe("episode", sa.Text(), "episode of the event"),
        _maybe("fit_status", sa.Text(), "how the fit behind it ended"),
    )


def _create_fits() -> None:
    op.create_table(
        "fits",
        *_part_of("fits", "study_id", "studies", "study that fitted it"),
        _need("series", sa.Text(), "series id"),
        _maybe("estimation_start", sa.Date(), "first session of the estimation window"),
        _maybe("estimation_end", sa.Date(), "last session of the estimation window"),
        _maybe("n", sa.Integer(), "returns in the window, count"),
        _maybe("mean", sa.Text(), "mean model"),
        _maybe("variance", sa.Text(), "variance model"),
        _maybe("dist", sa.Text(), "innovation distribution"),
        _maybe("presample", sa.Text(), "start of the variance recursion"),
        _maybe("mu", sa.Double(), "mean return, per cent; null here and below: not in the model"),
        _maybe("phi", sa.Double(), "first-order autoregression, ratio"),
        _maybe("omega", sa.Double(), "constant of the variance, per cent squared per session"),
        _maybe("alpha", sa.Double(), "weight of the last squared residual, ratio"),
        _maybe("gamma", sa.Double(), "extra weight when that residual was negative, ratio"),
        _maybe("beta", sa.Double(), "weight of the last variance, ratio"),
        _maybe("nu", sa.Double(), "degrees of freedom"),
        _maybe("lambda", sa.Double(), "skewness, -1 to 1"),
        _maybe("loglikelihood", sa.Double(), "log-likelihood, nats"),
        _maybe("persistence", sa.Double(), "decay of a variance shock per session, ratio"),
        _maybe("status", sa.Text(), "how the fit ended"),
        _maybe("ljung_box_z_p", sa.Double(), "Ljung-Box test of standardised residuals, p-value"),
        _maybe("ljung_box_z2_p", sa.Double(), "Ljung-Box test of their squares, p-value"),
        _maybe("arch_lm_p", sa.Double(), "Engle's test for remaining ARCH, p-value"),
        _maybe("sign_bias_p", sa.Double(), "Engle-Ng sign bias test, p-value"),
        _maybe("pit_ks_p", sa.Double(), "Kolmogorov-Smirnov test of the innovations' distribution, p-value"),
        _maybe("kappa", sa.Double(), "expected squared innovation below zero, ratio"),
        _maybe("message", sa.Text(), "the optimiser's last word"),
    )


def _create_paths() -> None:
    op.create_table(
        "paths",
        *_part_of("paths", "study_id", "studies", "study that drew it"),
        _need("event", sa.Text(), "event id"),
        _need("series", sa.Text(), "series id"),
        _need("relative_day", sa.Integer(), "sessions from day 0"),
        _maybe("session", sa.Date(), "session"),
        _maybe("close", sa.Double(), "close, in the series' unit"),
        _maybe("log_return", sa.Double(), "per cent"),
        _maybe("abnormal_return", sa.Double(), "per cent"),
        _maybe("car", sa.Double(), "cumulated from day 0, per cent; null before"),
        _maybe("car_lower", sa.Double(), "lower end of its interval, per cent"),
        _maybe("car_upper", sa.Double(), "upper end of its interval, per cent"),
        _maybe("forecast_variance", sa.Double(), "forecast from before the episode, per cent squared"),
        _maybe("filtered_variance", sa.Double(), "filtered with frozen parameters, per cent squared"),
    )


def _create_operation() -> None:
    op.create_table(
        "quality_findings",
        _need("id", sa.Integer(), "number of the finding, in order of writing"),
        _need("series", sa.Text(), "series id"),
        _maybe("session_date", sa.Date(), "session it concerns; null: the whole payload"),
        _need("rule", sa.Text(), "name of the check that failed"),
        _need("severity", sa.Text(), "quarantined: the row was not stored; warning: it was"),
        _need("observed", sa.Text(), "what the source said, in its own words"),
        _need("expected", sa.Text(), "what the rule allows"),
        _need("source", sa.Text(), "provider and place"),
        _need("payload_hash", sa.Text(), "SHA-256 of the raw bytes that were read"),
        _need("recorded_at", _INSTANT, "instant of the first sighting, UTC"),
        _check("ck_quality_findings_severity", "severity IN ('quarantined', 'warning')"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_findings")),
        sa.UniqueConstraint(
            "series",
            "session_date",
            "rule",
            "observed",
            name=op.f("uq_quality_findings_series_session_date_rule_observed"),
        ),
    )
    op.create_table(
        "runs",
        _need("id", sa.Integer(), "number of the run, in order of starting"),
        _need("job", sa.Text(), "name of the job"),
        _need("key", sa.Text(), "what it was to do, such as a session date"),
        _need("status", sa.Text(), "running, done, done_with_exclusions or failed"),
        _need("started_at", _INSTANT, "instant of the start, UTC"),
        _maybe("finished_at", _INSTANT, "instant of the end, UTC; null: still running or killed"),
        _need("params", _JSON, "what it was asked with"),
        _need("summary", _JSON, "what it reports"),
        _maybe("error", _JSON, "{kind, message, remedy} of a failure"),
        _check("ck_runs_status", "status IN ('running', 'done', 'done_with_exclusions', 'failed')"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_job_key"), "runs", ["job", "key"])
    _unique_where("uq_runs_success", "runs", ["job", "key"], "status IN ('done', 'done_with_exclusions')")
    op.create_table(
        "locks",
        _need("name", sa.Text(), "name of the lock"),
        _need("holder", sa.Text(), "who holds it"),
        _need("acquired_at", _INSTANT, "instant at which this holder took it, UTC"),
        _need("expires_at", _INSTANT, "instant at which another may take it over, UTC"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_locks")),
    )
