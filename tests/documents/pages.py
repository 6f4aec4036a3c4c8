"""The parts of docs/ that are written by the program: tables of its own facts, and what its examples print.

A page holds a table between ``<!-- generated: NAME -->`` and ``<!-- end -->``, and what a block of Python
prints in a block of text behind it. ``python -m tests.documents.pages`` writes both anew; a test fails while
a page differs from what would be written.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import fields
from datetime import time
from functools import partial
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from db.register import load_events
from eventstudy.errors import EventStudyError
from eventstudy.quality.catalogue import RULES, Rule
from eventstudy.quality.reconciliation import CURRENCY, FUND, INDEX, METAL, VOLATILITY, YIELD
from eventstudy.series import SERIES
from eventstudy.sessions import CLOCKS, event_reaction
from eventstudy.signals import SIGNALS
from eventstudy.values import INNOVATIONS, MEANS, VARIANCES, Design, Event
from jobs import cli
from jobs.providers.catalogue import TOLD
from jobs.providers.yahoo_reading import SYMBOLS
from jobs.settings import PREFIX, Settings
from tests.conformance_table import DEFECTS, GROUPS, defect_tests
from tests.failures import AREAS, failure_modes

DOCS = Path(__file__).parents[2] / "docs"
PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", flags=re.DOTALL)
EXAMPLE = re.compile(r"```python\n(.*?)```\n(\n```text\n.*?```\n)?", flags=re.DOTALL)
HOMES_OF_ERRORS = (
    *("eventstudy.errors", "eventstudy.signals.base", "eventstudy.__main__"),
    *("db.errors", "db.refusals", "db.register", "jobs.errors", "jobs.refused", "jobs.providers.mapping"),
)
ATTRIBUTE = re.compile(r"^    (\S[^:\n]*) : .*\n((?:        .*\n|\s*\n)+)", re.MULTILINE)
DAYS = {
    "XTKS": "sessions of the Tokyo Stock Exchange",
    "XNYS": "sessions of the New York Stock Exchange",
    "weekdays": "Monday to Friday",
}
MODELS = {"mean": MEANS, "variance": VARIANCES, "dist": INNOVATIONS}
DEFAULTS_OF_PLACE = {
    "home": "`eventstudy` in `$XDG_DATA_HOME`, else in `~/.local/share`",
    "db": "the SQLite file `eventstudy.db` in `home`",
    "reports": "`reports` in `home`",
}


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def attributes(kind: type) -> dict[str, str]:
    """Return what a class's docstring says of each attribute, on one line, single backticks."""
    section = (kind.__doc__ or "").partition("Attributes\n    ----------\n")[2]
    section = re.split(r"\n    \w+\n    -+\n", section)[0]
    told: dict[str, str] = {}
    for names, text in ATTRIBUTE.findall(section + "\n"):
        meaning = " ".join(text.split()).replace("``", "`")
        told |= {name.strip(): meaning for name in names.split(",")}
    return told


def errors() -> list[type[EventStudyError]]:
    """Return every error of the service, by exit code and kind, the first of each kind."""
    for home in HOMES_OF_ERRORS:
        import_module(home)
    found: dict[str, type[EventStudyError]] = {}

    def visit(kind: type[EventStudyError]) -> None:
        for one in kind.__subclasses__():
            found.setdefault(one.kind, one)
            visit(one)

    visit(EventStudyError)
    return sorted(found.values(), key=lambda one: (one.exit_code, one.kind))


def verbs() -> dict[str, typer.core.TyperCommand]:
    """Return the commands of the command line by name, such as ``db backup``, in the order of its help."""
    found: dict[str, typer.core.TyperCommand] = {}
    for name, command in typer.main.get_command(cli.app).commands.items():
        parts = getattr(command, "commands", None)
        found |= {f"{name} {part}": one for part, one in parts.items()} if parts else {name: command}
    return found


def _commands() -> str:
    return "\n".join(_command(name, command) for name, command in verbs().items())


def _command(name: str, command: typer.core.TyperCommand) -> str:
    options = []
    for option in command.params:
        named = [] if option.param_type_name == "argument" else option.opts
        shown = " ".join([*named, option.metavar or ""]).strip()
        default = "" if option.default in (None, False) else f" Default: `{option.default}`."
        options.append((f"`{shown}`", (option.help or "") + default))
    example = (command.epilog or "").removeprefix("Example: ")
    return (
        f"### eventstudy {name}\n\n{command.help}\n\n{table(('option', 'meaning'), options)}\n"
        f"```console\n$ {example}\n```\n"
    )


def _events(kind: str) -> str:
    columns = (
        "id",
        "news",
        "time",
        "surely between",
        "direction",
        "episode",
        "Tokyo session",
        "currency day",
    )
    return table(columns, [_event(event) for event in load_events() if event.kind == kind])


def _event(event: Event) -> tuple[str, ...]:
    zone = ZoneInfo(event.zone)
    city = event.zone.rpartition("/")[2].replace("_", " ")
    low, high = (moment.astimezone(zone) for moment in event.interval)
    between = "exact" if low == high else f"{low:%m-%d %H:%M} and {high:%m-%d %H:%M}"
    tokyo, currency = event_reaction(event, "tokyo_close"), event_reaction(event, "new_york_1700")
    return (
        event.id, event.label, f"{event.timestamp.astimezone(zone):%Y-%m-%d %H:%M} {city}", between,
        event.direction, event.episode or "", f"{_day(tokyo)}, {tokyo.phase}", _day(currency),
    )  # fmt: skip


def _day(reaction: object) -> str:
    other = f" (or {reaction.other_session})" if reaction.ambiguous else ""
    return f"{reaction.session}{other}"


def _series() -> str:
    rows = (
        (
            f"`{item.id}`", item.name, f"`{item.clock}`", item.quantity, item.role,
            f"`{item.proxy_of}`" if item.proxy_of else "", _symbol(item.id),
        )
        for item in SERIES.values()
    )  # fmt: skip
    return table(("id", "name", "clock", "quantity", "role", "stands in for", "at Yahoo"), rows)


def _symbol(series_id: str) -> str:
    symbol = SYMBOLS.get(series_id)
    return f"`{symbol.ticker}`" + (f", {symbol.day}" if symbol.day else "") if symbol else "–"


def _clocks() -> str:
    rows = ((f"`{item.name}`", _hour(item.close), item.zone, DAYS[item.calendar]) for item in CLOCKS.values())
    return table(("clock", "daily value taken at", "zone", "days"), rows)


def _hour(close: time | None) -> str:
    return f"{close:%H:%M}" if close else "the exchange's close"


def _settings() -> str:
    told = attributes(Settings)
    rows = (
        (
            f"`{PREFIX}{name.upper()}`",
            DEFAULTS_OF_PLACE.get(name) or f"`{field.default}`",
            field.description,
            told[name],
        )
        for name, field in Settings.model_fields.items()
    )
    return table(("variable", "default", "allowed", "meaning"), rows)


def _design() -> str:
    told = attributes(Design) | {name: _one_of(words) for name, words in MODELS.items()}
    rows = ((f"`{field.name}`", f"`{field.default}`", told[field.name]) for field in fields(Design))
    return table(("choice", "default", "meaning"), rows)


def _one_of(words: Sequence[str]) -> str:
    return "One of " + ", ".join(f"`{word}`" for word in words) + "."


def _errors() -> str:
    rows = ((f"`{one.kind}`", one.exit_code, (one.__doc__ or "").splitlines()[0]) for one in errors())
    return table(("kind", "exit code", "what it is"), rows)


def _signals() -> str:
    rows = (
        (
            f"`{one.id}`", one.unit, ", ".join(f"`{name}`" for name in one.series),
            ", ".join(f"`{name}`" for name in one.forecasts) or "–", one.max_age,
        )
        for one in SIGNALS.values()
    )  # fmt: skip
    columns = ("signal", "its number", "needs closes of", "needs a forecast of", "sessions until stale")
    return table(columns, rows)


def _conformance(group: str) -> str:
    columns = ("test", "formula", "convention", "oracle", "tolerance", "shown by")
    rows = [
        (f"`{row.test}`" if " " not in row.test else row.test, f"`{row.formula}`", row.convention, row.oracle,
         row.tolerance, f"`{row.where.partition('::')[2]}`")
        for row in GROUPS[group]
    ]  # fmt: skip
    return table(columns, rows)


def _defects() -> str:
    shown = defect_tests()
    rows = [(number, what, len(shown[number]), f"`{shown[number][0]}`") for number, what in DEFECTS.items()]
    return table(("", "defect of another program", "tests", "the first of them"), rows)


def _rules(rules: Iterable[Rule]) -> str:
    return table(
        ("rule", "severity", "what was found"),
        [(f"`{rule.name}`", rule.severity, rule.found) for rule in rules],
    )


def _tolerances() -> str:
    kinds = {"indices": INDEX, "currencies": CURRENCY, "volatility indices": VOLATILITY}
    kinds |= {"funds and stocks": FUND, "gold": METAL, "yields": YIELD}
    rows = (
        (what, f"{one.amount:.2%}" if one.relative else f"{one.amount:g} points", one.reason)
        for what, one in kinds.items()
    )
    return table(("closes of", "may differ by", "because"), rows)


def _failures(area: str) -> str:
    rows = [(mode.mode, mode.answer, f"`{mode.test.partition('::')[2]}`") for mode in failure_modes(area)]
    return table(("what goes wrong", "what the service does", "shown by"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "commands": _commands,
    "tariff-events": lambda: _events("tariff"),
    "confounders": lambda: _events("confounder"),
    "series": _series,
    "clocks": _clocks,
    "settings": _settings,
    "design": _design,
    "errors": _errors,
    "signals": _signals,
    "conformance-one-event": lambda: _conformance("one event"),
    "conformance-placebos": lambda: _conformance("placebos, families, specifications"),
    "conformance-many-events": lambda: _conformance("many events"),
    "conformance-panels": lambda: _conformance("panels"),
    "defects": _defects,
    "rules-on-the-way-in": lambda: _rules(rule for rule in RULES if rule.on_the_way_in),
    "rules-of-the-check": lambda: _rules(rule for rule in RULES if not rule.on_the_way_in),
    "rules-of-sources": lambda: _rules(TOLD),
    "tolerances": _tolerances,
    **{f"failures-{area.replace(' ', '-')}": partial(_failures, area) for area in AREAS},
}


def rewritten(page: str) -> str:
    """Return a page with every generated table and the output of every example written anew."""
    names: dict[str, object] = {}
    page = PART.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}{found[4]}", page)
    return EXAMPLE.sub(lambda found: _example(found[1], names), page)


def _example(code: str, names: dict[str, object]) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "an example in docs", "exec"), names)
    output = f"\n```text\n{printed.getvalue()}```\n" if printed.getvalue() else ""
    return f"```python\n{code}```\n{output}"


def pages() -> list[Path]:
    """Return the pages of docs/, by name."""
    return sorted(DOCS.glob("*.md"))


if __name__ == "__main__":
    for path in pages():
        path.write_text(rewritten(path.read_text("utf-8")), "utf-8")
