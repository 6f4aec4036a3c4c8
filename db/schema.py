"""The tables: every column's meaning and unit in its comment, every constraint named by rule."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

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
)
Index("ix_batches_series_recorded_at", batches.c.series, batches.c.recorded_at)

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
    need("severity", Text, "quarantined: the row was not stored; warning: it was"),
    need("observed", Text, "what the source said, in its own words"),
    need("expected", Text, "what the rule allows"),
    need("source", Text, "provider and place"),
    need("payload_hash", Text, "SHA-256 of the raw bytes that were read"),
    need("recorded_at", Instant, "instant of the first sighting, UTC"),
    UniqueConstraint("series", "session_date", "rule", "observed"),
    CheckConstraint("severity IN ('quarantined', 'warning')", name="severity"),
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

studies = Table(
    "studies",
    metadata,
    number("number of the study, in order of writing"),
    need("key", Text, "hash of everything the result depends on"),
    need("recorded_at", Instant, "instant of the recording, UTC"),
    need("seed", BigInteger, "seed of the bootstrap"),
    need("design", JSON_TEXT, "every choice of the study, as Design.to_dict"),
    need("warnings", JSON_TEXT, "list of what a reader must know before trusting a number"),
    need("columns", JSON_TEXT, "table to [column, type, rows that hold -0.0]: restores the frames exactly"),
    need("world", Text, "real or simulated"),
    need("source", Text, "where the prices came from"),
    need("as_of", Instant, "instant whose knowledge was used, UTC"),
    need("snapshot", Text, "SHA-256 over every price used"),
    need("design_hash", Text, "SHA-256 of the design"),
    need("register", Text, "SHA-256 of the event register"),
    need("provenance_seed", BigInteger, "seed as the provenance states it"),
    need("code_version", Text, "version of this package"),
    need("notices", JSON_TEXT, "list of what the provenance adds"),
    UniqueConstraint("key"),
)

results = Table(
    "results",
    metadata,
    *part_of("study_id", "studies.id", "study that found it"),
    need("event", Text, "event id"),
    need("series", Text, "series id"),
    need("window_start", Integer, "first session of the window, sessions from day 0"),
    need("window_end", Integer, "last session of the window, sessions from day 0"),
    need("statistic", Text, "AR, CAR, AV, CAV ..."),
    need("method", Text, "fhs, garch_z, constant_t, placebo ..."),
    maybe("estimate", Double, "AR, CAR: log return in per cent; AV: ratio, 1 no effect; CAV: 0 no effect"),
    maybe("se", Double, "standard error, in the estimate's unit"),
    maybe("lower", Double, "lower end of the interval, in the estimate's unit"),
    maybe("upper", Double, "upper end of the interval, in the estimate's unit"),
    maybe("p_value", Double, "two-sided unless the method says otherwise; 0 to 1"),
    maybe("n", Integer, "observations, placebo windows or replications behind the p-value, count"),
    maybe("floor", Double, "smallest p-value that the method can give; 0 to 1"),
    maybe("mde", Double, "minimum detectable effect, in the estimate's unit"),
    maybe("null_distribution", Text, "distribution under no effect"),
    maybe("bridge", Text, "how the variance got from the estimation window to the event"),
    maybe("session", Date, "session of day 0"),
    maybe("phase", Text, "where in the trading day the event fell"),
    maybe("ambiguous", Boolean, "whether the event's uncertainty allows another session"),
    maybe("origin", Date, "session from which the variance is forecast"),
    maybe("estimation_start", Date, "first session of the estimation window"),
    maybe("estimation_end", Date, "last session of the estimation window"),
    maybe("clock", Text, "clock that stamps the series' close"),
    maybe("proxy_of", Text, "series it stands in for; null: none"),
    maybe("episode", Text, "episode of the event"),
    maybe("fit_status", Text, "how the fit behind it ended"),
)

fits = Table(
    "fits",
    metadata,
    *part_of("study_id", "studies.id", "study that fitted it"),
    need("series", Text, "series id"),
    maybe("estimation_start", Date, "first session of the estimation window"),
    maybe("estimation_end", Date, "last session of the estimation window"),
    maybe("n", Integer, "returns in the window, count"),
    maybe("mean", Text, "mean model"),
    maybe("variance", Text, "variance model"),
    maybe("dist", Text, "innovation distribution"),
    maybe("presample", Text, "start of the variance recursion"),
    maybe("mu", Double, "mean return, per cent; null here and below: not in the model"),
    maybe("phi", Double, "first-order autoregression, ratio"),
    maybe("omega", Double, "constant of the variance, per cent squared per session"),
    maybe("alpha", Double, "weight of the last squared residual, ratio"),
    maybe("gamma", Double, "extra weight when that residual was negative, ratio"),
    maybe("beta", Double, "weight of the last variance, ratio"),
    maybe("nu", Double, "degrees of freedom"),
    maybe("lambda", Double, "skewness, -1 to 1"),
    maybe("loglikelihood", Double, "log-likelihood, nats"),
    maybe("persistence", Double, "decay of a variance shock per session, ratio"),
    maybe("status", Text, "how the fit ended"),
    maybe("ljung_box_z_p", Double, "Ljung-Box test of standardised residuals, p-value"),
    maybe("ljung_box_z2_p", Double, "Ljung-Box test of their squares, p-value"),
    maybe("arch_lm_p", Double, "Engle's test for remaining ARCH, p-value"),
    maybe("sign_bias_p", Double, "Engle-Ng sign bias test, p-value"),
    maybe("pit_ks_p", Double, "Kolmogorov-Smirnov test of the innovations' distribution, p-value"),
    maybe("kappa", Double, "expected squared innovation below zero, ratio"),
    maybe("message", Text, "the optimiser's last word"),
    maybe("score_norm", Double, "score left at the optimum, standard errors; null here and below: not asked"),
    maybe("starts_gap", Double, "log-likelihood of the best start minus the second best, nats"),
    maybe("arch_loglikelihood", Double, "log-likelihood by the arch library at these parameters, nats"),
    maybe("arch_optimum", Double, "log-likelihood at the optimum that library finds itself, nats"),
    maybe("influential", Text, "most influential sessions, ISO dates apart by a blank"),
    maybe("persistence_without", Double, "persistence of a refit without those sessions, ratio"),
)

paths = Table(
    "paths",
    metadata,
    *part_of("study_id", "studies.id", "study that drew it"),
    need("event", Text, "event id"),
    need("series", Text, "series id"),
    need("relative_day", Integer, "sessions from day 0"),
    maybe("session", Date, "session"),
    maybe("close", Double, "close, in the series' unit"),
    maybe("log_return", Double, "per cent"),
    maybe("abnormal_return", Double, "per cent"),
    maybe("car", Double, "cumulated from day 0, per cent; null before"),
    maybe("car_lower", Double, "lower end of its interval, per cent"),
    maybe("car_upper", Double, "upper end of its interval, per cent"),
    maybe("forecast_variance", Double, "forecast from before the episode, per cent squared"),
    maybe("filtered_variance", Double, "filtered with frozen parameters, per cent squared"),
)

reactions = Table(
    "reactions",
    metadata,
    *part_of("study_id", "studies.id", "study that placed it"),
    need("event", Text, "event id"),
    need("series", Text, "series id"),
    maybe("clock", Text, "clock that stamps the series' close"),
    maybe("session", Date, "session of day 0"),
    maybe("phase", Text, "where in the trading day the event fell"),
    maybe("ambiguous", Boolean, "whether the event's uncertainty allows another session"),
    maybe("other_session", Date, "that other session; null: none"),
)

exclusions = Table(
    "exclusions",
    metadata,
    *part_of("study_id", "studies.id", "study that left it out"),
    need("event", Text, "event id, or * for every event"),
    need("series", Text, "series id, or * for every series"),
    need("reason", Text, "one sentence"),
)

truths = Table(
    "truths",
    metadata,
    *part_of("study_id", "studies.id", "study of a simulated world"),
    need("event", Text, "event id"),
    need("series", Text, "series id"),
    maybe("session", Date, "session at which the effect was planted"),
    maybe("mean_effect", Double, "planted abnormal return, per cent"),
    maybe("variance_multiple", Double, "planted abnormal variance, ratio, 1 no effect"),
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
