"""The back of the page: quoted figures, signals, fits, exclusions and provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.report import formats, tables
from eventstudy.report.eventpages import event_facts
from eventstudy.report.views import Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy.results import FigureCheck, SignalInput, SignalReading, StudyResult
    from eventstudy.values import Event, Provenance

_GOOD = {"EXACT", "CONSISTENT", "SESSION", "fresh"}
_BAD = {"MISMATCH", "FALSE", "CONTRADICTED", "NO SESSION", "missing", "REFUSED"}
_FIT_TITLES = {
    "mu": "μ",
    "phi": "φ",
    "omega": "ω",
    "alpha": "α",
    "gamma": "γ",
    "beta": "β",
    "nu": "ν",
    "lambda": "λ",
    "kappa": "κ",
}

_FIT_LEAD = (
    "series", "estimation_start", "estimation_end", "n", "mean", "variance", "dist", "presample", "status",
    "message", "influential", "half_life_lower", "half_life_upper",
)  # fmt: skip
_FIT_CHECKS = {
    "Log-likelihood": {"loglikelihood": "here", "arch_loglikelihood": "arch", "arch_optimum": "arch’s best"},
    "Optimum": {"score_norm": "score", "starts_gap": "starts’ gap"},
    "Persistence": {"persistence": "all days", "persistence_without": "without"},
    "Half-life": {"half_life": "sessions"},
    "Residual tests, p-values": {
        "ljung_box_z_p": "Ljung–Box z",
        "ljung_box_z2_p": "Ljung–Box z²",
        "arch_lm_p": "ARCH-LM",
        "sign_bias_p": "sign bias",
        "pit_ks_p": "PIT KS",
    },
}
_CHECKED = {name: title for titles in _FIT_CHECKS.values() for name, title in titles.items()}
_FIT_LEGENDS = {
    "arch_loglikelihood": "arch: the second opinion of that library at the same parameters, and at the best "
    "it finds itself; where it contradicts, the warnings at the top of the page say so.",
    "score_norm": "Score: the largest left at the estimates, in standard errors; 0 at an exact optimum.",
    "starts_gap": "Starts’ gap: log-likelihood of the best start minus the second best; 0 when they agree.",
    "persistence_without": "Without: in a refit that leaves out the most influential sessions.",
    "half_life": "Half-life: sessions until half of a rise in variance is gone, with its bootstrap interval.",
}


def verdict_tone(verdict: str) -> str:
    """Return the tint of a verdict in words: good, bad or neither."""
    return "good" if verdict in _GOOD else "bad" if verdict in _BAD else "middling" if verdict else ""


def figures(checks: Sequence[FigureCheck]) -> Table:
    """Return the quoted figures with verdicts, arithmetic, calendar and the evidence behind them."""
    columns = [
        Column("Figure", "article"),
        Column("Series", "clock"),
        Column("Quantity", "unit"),
        Column("Session"),
        *(Column(title, numeric=True) for title in ("Quoted", "Computed", "Difference")),
        *(Column(title) for title in ("Verdict", "Arithmetic", "Calendar", "Rule and evidence")),
    ]
    return Table(
        "Quoted figures beside the same quantity computed from stored prices. Difference is quoted minus "
        "computed, in the figure's unit.",
        tuple(columns),
        tuple(_figure_row(check) for check in checks),
        empty="No quoted figures were checked.",
    )


def _figure_row(check: FigureCheck) -> tuple[Cell, ...]:
    verdicts = (check.verdict, check.arithmetic, check.calendar)
    return (
        Cell(check.id, (check.article,)),
        _series_cell(check.series, formats.clock_of(check.series)),
        Cell(check.quantity.replace("_", " "), (check.unit,), "name"),
        Cell(formats.day(check.date), tone="name"),
        Cell(check.quoted),
        Cell(formats.number(check.computed, 4, signed=check.quantity != "level")),
        Cell(formats.number(check.difference, 4, signed=True)),
        *(Cell(verdict, tone=verdict_tone(verdict)) for verdict in verdicts),
        Cell(check.rule, check.evidence),
    )


def _series_cell(series: str, clock: str) -> Cell:
    facts = (clock, formats.proxy(series))
    return Cell(formats.series(series), tuple(fact for fact in facts if fact), "name")


def other_news(events: Sequence[Event]) -> Table:
    """Return the register's events that the study did not try: they explain, they are not tested."""
    rows = (dict(event_facts(event)) | {"Event": event.id, "Label": event.label} for event in events)
    return Table(
        "Other news on nearby dates, not under study. Charts mark it with dotted lines; an event's facts "
        "name what falls into its window.",
        (Column("Event"), Column("Timestamp", "own zone, Tokyo"), Column("Direction"), Column("Evidence")),
        tuple(
            (
                Cell(row["Event"], (row["Label"],)),
                Cell(row["Timestamp"], (row["Tokyo time"], row["Uncertainty"]), "name"),
                Cell(row["Direction"]),
                Cell(row["Evidence"]),
            )
            for row in rows
        ),
    )


def signals(readings: Sequence[SignalReading]) -> Table:
    """Return what each hedging signal says, with the freshness of everything it read."""
    columns = (
        Column("Signal", "version"),
        Column("As of"),
        Column("Value", numeric=True),
        Column("Verdict"),
        Column("In words"),
        Column("Inputs", "freshness"),
    )
    return Table(
        "Hedging signals as of the report's date. UNSCORED: computed, not yet scored against evidence; "
        "REFUSED: inputs missing or stale.",
        columns,
        tuple(_signal_row(reading) for reading in readings),
        empty="No signals were computed.",
    )


def _signal_row(reading: SignalReading) -> tuple[Cell, ...]:
    details = ", ".join(f"{name} {formats.significant(value)}" for name, value in reading.details.items())
    return (
        Cell(reading.id, (f"version {reading.version}",)),
        Cell(formats.day(reading.as_of), tone="name"),
        Cell(formats.number(reading.value), (reading.unit,) if reading.value is not None else ()),
        Cell(reading.verdict, tone=verdict_tone(reading.verdict)),
        Cell(reading.sentence, (details,) if details else ()),
        Cell("", tuple(_input(item) for item in reading.inputs)),
    )


def _input(item: SignalInput) -> str:
    seen = f"last {formats.text(item.last_session)}, expected {formats.text(item.expected_session)}"
    clock = formats.clock_of(item.series)
    named = f"{formats.label(item.series, item.proxy_of)}{f', {clock}' if clock else ''}"
    return f"{named}: {item.status}, {seen}"


def fits(result: StudyResult) -> Table:
    """Return every fitted volatility model with its parameters."""
    table = tables.fits_table(result)
    numbers = [name for name in table.columns if name not in {*_FIT_LEAD, *_CHECKED} or name == "persistence"]
    columns = (
        Column("Series", "clock"),
        Column("Estimation window"),
        Column("n", numeric=True),
        Column("Model"),
        *(Column(_FIT_TITLES.get(name, name), numeric=True) for name in numbers),
    )
    clocks = dict(zip(result.reactions["series"], result.reactions["clock"], strict=True))
    return Table(
        "Fitted models, one per estimation window. Variances in % squared per session.",
        columns,
        tuple(_fit_row(row, numbers, clocks) for row in tables.records(table)),
        empty="No model was fitted.",
    )


def _fit_row(row: Mapping[str, Any], numbers: list[str], clocks: Mapping[str, str]) -> tuple[Cell, ...]:
    return (
        _series_cell(row["series"], formats.clock(clocks.get(row["series"]))),
        Cell(formats.day(row["estimation_start"]), (f"to {formats.day(row['estimation_end'])}",), "name"),
        Cell(formats.number(row["n"], 0)),
        Cell(formats.text(row["variance"]), (f"{row['mean']} mean", f"{row['dist']} innovations"), "name"),
        *(Cell(formats.number(row[name], 2 if name == "nu" else 4)) for name in numbers),
    )


def fit_checks(result: StudyResult) -> Table:
    """Return how far every fit can be trusted: its optimum, second opinion, influential days and tests."""
    table, level = tables.fits_table(result), result.design.level
    present = [name for name in _CHECKED if name in table.columns]
    spans = {group: sum(name in table.columns for name in titles) for group, titles in _FIT_CHECKS.items()}
    legend = (text for name, text in _FIT_LEGENDS.items() if name in table.columns)
    return Table(
        " ".join(["How the same fits hold.", *legend, f"! a test rejects at {level:.0%}: the model leaves "
                  "something unexplained."]),
        (Column("Series", "window"), Column("Status"),
         *(Column(_CHECKED[name], numeric=True) for name in present)),
        tuple(_check_row(row, present, level) for row in tables.records(table)),
        groups=((Column(""), 2), *((Column(group), span) for group, span in spans.items() if span)),
        empty="No model was fitted.",
    )  # fmt: skip


def _check_row(row: Mapping[str, Any], present: list[str], level: float) -> tuple[Cell, ...]:
    message, status = formats.text(row.get("message")), formats.text(row.get("status"))
    window = f"{formats.text(row['estimation_start'])[:10]} to {formats.text(row['estimation_end'])[:10]}"
    return (
        Cell(formats.series(row["series"]), (window,), "name"),
        Cell(
            status,
            (message,) if message != formats.NOTHING else (),
            "" if status == "converged" else "middling",
        ),
        *(_fit_check(name, row, level) for name in present),
    )


def _fit_check(name: str, row: Mapping[str, Any], level: float) -> Cell:
    value = row[name]
    if name.endswith("_p"):
        flagged = not formats.absent(value) and value < level
        return Cell(formats.p_value(value) + (" !" if flagged else ""), tone="middling" if flagged else "")
    if name in _FIT_CHECKS["Optimum"]:
        return Cell(formats.remainder(value))
    if name == "half_life":
        interval = formats.interval("HALF_LIFE", row.get("half_life_lower"), row.get("half_life_upper"))
        return Cell(formats.number(value, 1), (interval,) if interval != formats.NOTHING else ())
    days = row.get("influential") if name == "persistence_without" else None
    notes = () if formats.absent(days) else tuple(str(days).split())
    return Cell(formats.number(value, 4 if "persistence" in name else 2), notes)


def exclusions(result: StudyResult) -> Table:
    """Return every pair that was left out, with its reason."""
    rows = tuple(
        (
            Cell("every event" if row.event == "*" else row.event),
            Cell("every series" if row.series == "*" else formats.label(row.series)),
            Cell(row.reason),
        )
        for row in result.exclusions
    )
    return Table(
        "Left out of the study, with reasons. Nothing missing was replaced by a zero or by a neighbour.",
        (Column("Event"), Column("Series"), Column("Reason")),
        rows,
        empty="Nothing was left out.",
    )


def provenance(record: Provenance, result: StudyResult) -> Table:
    """Return what every number on the page rests on, enough to compute it again."""
    facts = (
        ("World", record.world),
        ("Source of prices", record.source),
        ("As of", f"{formats.moment(record.as_of, 'UTC')} ({formats.moment(record.as_of)})"),
        ("Snapshot of prices, SHA-256", record.snapshot),
        ("Design, SHA-256", record.design),
        ("Event register, SHA-256", record.register),
        ("Seed", str(result.seed)),
        ("Code version", record.code_version),
        *(("Notice", notice) for notice in record.notices),
    )
    rows = tuple((Cell(name), Cell(value)) for name, value in facts)
    caption = "What these numbers rest on: the same inputs give the same bytes."
    return Table(caption, (Column("Fact"), Column("Value")), rows)
