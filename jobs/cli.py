"""The command line: one verb a function; heavy packages load only inside the verb that needs them."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.errors import EventStudyError
from jobs.console import Screen
from jobs.options import AsOf, Choices, Db, Events, Json, Seed, SeriesIds, Source, instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from db.store import Store
    from jobs.pipelines.run import Plan
    from jobs.pipelines.service import Service
    from jobs.settings import Settings

DONE_WITH_EXCLUSIONS = 3

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Event studies of market volatility around dated tariff news: prices in, honest p-values out.",
    epilog="Start with: eventstudy demo. Then: eventstudy run --source files:DIR",
)


@app.command(epilog="Example: eventstudy demo --out my-demo")
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for database and report.")] = Path(
        "eventstudy-demo"
    ),
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Do the whole job offline, on a simulated market whose true effects are known."""
    from jobs.pipelines.publish import made_folder

    screen = Screen(as_json)
    db = f"sqlite:///{made_folder(out) / 'demo.db'}"
    with _service(screen, db=db, source="simulated", seed=seed) as service:
        _whole_job(screen, service, _plan(service, report=out / "report.html"))


@app.command(epilog="Example: eventstudy run --source files:prices --db sqlite:///prices.db")
def run(  # noqa: PLR0913, PLR0917  (one parameter an option)
    source: Source = None,
    db: Db = None,
    as_of: AsOf = None,
    seed: Seed = None,
    event: Events = None,
    series: SeriesIds = None,
    choice: Choices = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Report's file or folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Refresh, study, check quoted figures, read signals and report: the nightly job."""
    screen = Screen(as_json)
    with _service(screen, db=db, source=source, seed=seed) as service:
        plan = _plan(service, event=event, series=series, choice=choice, as_of=as_of, report=report)
        _whole_job(screen, service, plan)


@app.command(epilog="Example: eventstudy refresh --source yahoo --series nikkei225")
def refresh(
    source: Source = None, db: Db = None, series: SeriesIds = None, seed: Seed = None, as_json: Json = False
) -> None:
    """Pull prices into the store; what is known already is not written again."""
    from jobs import show
    from jobs.pipelines.run import locked, pull

    screen = Screen(as_json)
    with _service(screen, db=db, source=source, seed=seed) as service, locked(service):
        done = pull(service, only=series)
    show.refreshed(screen, done)
    _leave(excluded=bool(done.exclusions))


@app.command(epilog="Example: eventstudy study --event E05 --event E12 --design bridge=event")
def study(
    db: Db = None,
    as_of: AsOf = None,
    seed: Seed = None,
    event: Events = None,
    series: SeriesIds = None,
    choice: Choices = None,
    as_json: Json = False,
) -> None:
    """Study the stored prices: AR, CAR, AV and CAV with p-values, stored under their question."""
    from jobs import show
    from jobs.assembly import load_register
    from jobs.clock import SystemClock
    from jobs.options import asked_question
    from jobs.pipelines.study import study as answer

    screen = Screen(as_json)
    with _store(db=db, seed=seed) as (settings, store):
        question = asked_question(load_register(), settings.seed, event, series, choice, as_of)
        stored = answer(store, question, clock=SystemClock(), progress=screen.progress)
    show.study(screen, stored)
    _leave(excluded=bool(stored.result.exclusions))


@app.command(epilog="Example: eventstudy validate --json")
def validate(db: Db = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Check the figures that articles quoted against arithmetic, calendar and stored prices."""
    from jobs import show
    from jobs.assembly import load_register
    from jobs.clock import SystemClock
    from jobs.pipelines.validate import validate as check

    register = load_register()
    with _store(db=db) as (_, store):
        checks = check(store, register.articles, register.figures, clock=SystemClock(), as_of=instant(as_of))
        world = _world(store)
    show.figures(Screen(as_json), checks, world)


@app.command(epilog="Example: eventstudy signals --as-of 2025-04-07")
def signals(db: Db = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Say what each hedging signal said, with the freshness of its inputs and no look-ahead."""
    from jobs import show
    from jobs.clock import SystemClock
    from jobs.pipelines.run import present
    from jobs.pipelines.signals import read_signals

    clock = SystemClock()
    with _store(db=db) as (_, store):
        readings = read_signals(store, instant(as_of) or present(store, clock.now()), clock=clock)
        world = _world(store)
    show.signals(Screen(as_json), readings, world)


@app.command(epilog="Example: eventstudy report --out report.html")
def report(
    db: Db = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File or existing folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the latest stored study as one self-contained HTML file."""
    from jobs.pipelines.publish import latest_report

    screen = Screen(as_json)
    with _store(db=db) as (settings, store):
        path = latest_report(store, out or settings.reports)
    screen.say(str(path))
    screen.document({"report": str(path)})


@app.command(epilog="Example: eventstudy export --format csv --out tables")
def export(
    form: Annotated[str, typer.Option("--format", metavar="csv|json", help="Form of the files.")] = "csv",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")] = Path(
        "eventstudy-export"
    ),
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Write the latest stored study, verdicts and signals as CSV tables or one JSON document."""
    from jobs.pipelines.publish import export as write

    screen = Screen(as_json)
    with _store(db=db) as (_, store):
        paths = write(store, out, form)
    for path in paths:
        screen.say(str(path))
    screen.document({"files": [str(path) for path in paths]})


@app.command(epilog="Example: eventstudy events --event E05 --json")
def events(event: Events = None, as_json: Json = False) -> None:
    """List the dated events with the first Tokyo session, its phase and the FX day able to react."""
    from jobs import show
    from jobs.assembly import load_register
    from jobs.pipelines.study import chosen_events

    register = load_register().events
    show.events(Screen(as_json), chosen_events(register, event) if event else register)


@app.command(epilog="Example: eventstudy status --db sqlite:///prices.db")
def status(db: Db = None, as_json: Json = False) -> None:
    """Show what the store holds, how fresh it is, and how the last runs ended."""
    from jobs import show
    from jobs.clock import SystemClock
    from jobs.pipelines.status import status as look

    with _store(db=db) as (_, store):
        show.status(Screen(as_json), look(store, SystemClock().now()))


@app.command(epilog="Example: eventstudy schedule --source yahoo --once")
def schedule(
    source: Source = None,
    db: Db = None,
    once: Annotated[bool, typer.Option("--once", help="Catch up what is missing, then leave.")] = False,
    as_json: Json = False,
) -> None:
    """Run every night after Tokyo's close and after New York's, catching up what was missed."""
    from jobs import show
    from jobs.scheduler import catch_up, serve_nights

    screen = Screen(as_json)
    with _service(screen, db=db, source=source) as service:
        plan = _plan(service, report=None)
        if not once:
            serve_nights(service, plan, lambda night: show.night(screen, night))
            return
        done = catch_up(service, plan)
    show.nights(screen, done)
    raise typer.Exit(max((night.exit_code for night in done), default=0))


def _settings(**flags: object) -> Settings:
    from jobs.settings import load_settings

    return load_settings(**flags)


@contextmanager
def _service(screen: Screen, **flags: object) -> Iterator[Service]:
    from jobs.assembly import assembled

    with assembled(_settings(**flags), progress=screen.progress) as service:
        yield service


@contextmanager
def _store(**flags: object) -> Iterator[tuple[Settings, Store]]:
    from jobs.assembly import opened_store

    settings = _settings(**flags)
    with opened_store(settings) as store:
        yield settings, store


def _world(store: Store) -> str | None:
    with store.reading() as transaction:
        return transaction.world()


def _plan(
    service: Service,
    *,
    report: Path | None,
    event: Sequence[str] | None = None,
    series: Sequence[str] | None = None,
    choice: Sequence[str] | None = None,
    as_of: str | None = None,
) -> Plan:
    from jobs.options import asked_question
    from jobs.pipelines.publish import made_folder
    from jobs.pipelines.run import Plan

    question = asked_question(service.register, service.settings.seed, event, series, choice, as_of)
    return Plan(question, report or made_folder(service.settings.reports))


def _whole_job(screen: Screen, service: Service, plan: Plan) -> None:
    from jobs import show
    from jobs.pipelines.run import run as whole

    outcome = whole(service, plan)
    show.outcome(screen, outcome)
    _leave(excluded=bool(outcome.exclusions))


def _leave(*, excluded: bool) -> None:
    if excluded:
        raise typer.Exit(DONE_WITH_EXCLUSIONS)


def main() -> None:
    """Run the command line and leave with its exit code; errors become one sentence."""
    sys.exit(_code(sys.argv[1:]))


def _code(arguments: list[str]) -> int:
    screen = Screen("--json" in arguments)
    try:
        left = app(args=arguments, standalone_mode=False, prog_name="eventstudy")
    except EventStudyError as error:
        screen.failure(error)
        return error.exit_code
    except typer.exceptions.TyperException as usage:
        return screen.usage(usage)
    except (KeyboardInterrupt, typer.Abort):
        screen.note("interrupted; the next run picks up what is missing")
        return 130
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  (nobody reads on: stay silent at exit)
        return 0
    except Exception as bug:
        if os.environ.get("EVENTSTUDY_DEBUG"):
            traceback.print_exc()
        return screen.bug(bug)
    return left if isinstance(left, int) else 0
