"""The command line: one verb a function; heavy packages load only inside the verb that needs them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs import cli_claims, cli_data, cli_store
from jobs.console import ASKED_WRONGLY, Screen, speak_plainly
from jobs.interrupts import mind_compiled_code
from jobs.opening import leave, opened, opened_service, world_of
from jobs.options import AsOf, Choices, Db, Events, Json, Recorded, Seed, SeriesIds, Source, instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.values import Event
    from jobs.pipelines.nightly import Night
    from jobs.pipelines.run import Plan
    from jobs.pipelines.service import Service

DEMO = ("replications=1999",)  # p-values to three digits will do, and nobody waits long

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    subcommand_metavar="VERB ...",
    help="Event studies of market volatility around dated tariff news: prices in, honest p-values out.",
    epilog="Start with: eventstudy demo. Then: eventstudy run --source files:DIR",
)


@app.command(short_help="Do the whole job offline, on a simulated market.", epilog="Example: eventstudy demo")
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for database and report.")] = Path(
        "eventstudy-demo"
    ),
    db: Annotated[
        str | None, typer.Option("--db", metavar="URL", help="Database [default: demo.db in that folder].")
    ] = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Do the whole job offline, on a simulated market whose true effects are known."""
    from jobs.pipelines.publish import made_folder

    screen = Screen(as_json)
    folder = made_folder(out)
    url = db or f"sqlite:///{folder / 'demo.db'}"
    with opened_service(screen, db=url, source="simulated", seed=seed) as service:
        _whole_job(screen, service, _plan(service, report=folder / "report.html", choice=DEMO))


@app.command(
    short_help="Refresh, study, validate, read signals, report.",
    epilog="Example: eventstudy run --source files:prices --db sqlite:///prices.db",
)
def run(  # noqa: PLR0913, PLR0917  (one parameter an option)
    source: Source = None,
    db: Db = None,
    as_of: AsOf = None,
    seed: Seed = None,
    event: Events = None,
    series: SeriesIds = None,
    choice: Choices = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Report's file or existing folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Refresh, study, check quoted figures, read signals and report: the nightly job."""
    screen = Screen(as_json)
    with opened_service(screen, db=db, source=source, seed=seed) as service:
        plan = _plan(service, event=event, series=series, choice=choice, as_of=as_of, report=report)
        _whole_job(screen, service, plan)


@app.command(
    short_help="Pull prices into the store.",
    epilog="Example: eventstudy refresh --source yahoo --series nikkei225",
)
def refresh(
    source: Source = None, db: Db = None, series: SeriesIds = None, seed: Seed = None, as_json: Json = False
) -> None:
    """Pull prices into the store; what is known already is not written again."""
    from jobs import show_data
    from jobs.pipelines.leases import locked
    from jobs.pipelines.run import pull

    screen = Screen(as_json)
    with opened_service(screen, db=db, source=source, seed=seed) as service:
        with locked(service) as leased:
            done = pull(leased, only=series)
        show_data.refreshed(screen, done, world_of(service.store))
    leave(excluded=bool(done.exclusions))


@app.command(
    short_help="Study the stored prices.",
    epilog="Example: eventstudy study --event E05 --event E12 --design bridge=event",
)
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

    screen, clock = Screen(as_json), SystemClock()
    with opened(screen, db=db, seed=seed) as (settings, store):
        moment = instant(as_of, clock.now())
        question = asked_question(load_register(), settings.seed, event, series, choice, moment)
        stored = answer(store, question, clock=clock, progress=screen.progress)
        with store.reading() as transaction:
            checks, readings = transaction.checks.latest(), transaction.signals.latest()
    show.study(screen, stored, checks, readings)
    leave(excluded=bool(stored.result.exclusions))


@app.command(
    short_help="Check the figures that articles quoted.", epilog="Example: eventstudy validate --json"
)
def validate(db: Db = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Check the figures that articles quoted against arithmetic, calendar and stored prices."""
    from jobs import show
    from jobs.assembly import load_register
    from jobs.clock import SystemClock
    from jobs.pipelines.validate import validate as check

    screen, clock, register = Screen(as_json), SystemClock(), load_register()
    with opened(screen, db=db) as (_, store):
        moment = instant(as_of, clock.now())
        checks = check(store, register.articles, register.figures, clock=clock, as_of=moment)
        world = world_of(store)
    show.figures(screen, checks, world)


@app.command(short_help="Read the hedging signals.", epilog="Example: eventstudy signals --as-of 2025-04-07")
def signals(db: Db = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Say what each hedging signal said, with the freshness of its inputs and no look-ahead."""
    from jobs import show
    from jobs.clock import SystemClock
    from jobs.pipelines.run import present
    from jobs.pipelines.signals import read_signals

    screen, clock = Screen(as_json), SystemClock()
    with opened(screen, db=db) as (_, store):
        moment = instant(as_of, clock.now()) or present(store, clock.now())
        readings = read_signals(store, moment, clock=clock)
        world = world_of(store)
    show.signals(screen, readings, world)


@app.command(
    short_help="Write the latest study as one HTML file.",
    epilog="Example: eventstudy report --out report.html",
)
def report(
    db: Db = None,
    as_of: Recorded = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File or existing folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the latest stored study as one self-contained HTML file."""
    from jobs import show
    from jobs.assembly import load_register
    from jobs.clock import SystemClock
    from jobs.pipelines.publish import latest_report, made_folder

    screen, moment = Screen(as_json), instant(as_of, SystemClock().now())
    with opened(screen, db=db) as (settings, store):
        place = out or made_folder(settings.reports)
        path = latest_report(store, place, load_register().events, as_of=moment)
        world = world_of(store)
    show.written(screen, world, {"report": str(path)})


@app.command(
    short_help="Write the latest study as CSV or JSON.",
    epilog="Example: eventstudy export --format csv --out tables",
)
def export(
    form: Annotated[str, typer.Option("--format", metavar="csv|json", help="Form of the files.")] = "csv",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")] = Path(
        "eventstudy-export"
    ),
    db: Db = None,
    as_of: Recorded = None,
    as_json: Json = False,
) -> None:
    """Write the latest stored study, verdicts and signals as CSV tables or one JSON document."""
    from jobs import show
    from jobs.clock import SystemClock
    from jobs.pipelines.publish import export as write

    screen, moment = Screen(as_json), instant(as_of, SystemClock().now())
    with opened(screen, db=db) as (_, store):
        paths = write(store, out, form, as_of=moment)
        world = world_of(store)
    show.written(screen, world, {"files": [str(path) for path in paths]})


@app.command(
    short_help="List the events and who could react when.",
    epilog="Example: eventstudy events --event E05 --json",
)
def events(
    event: Annotated[
        list[str] | None,
        typer.Option("--event", metavar="ID", help="Event id, may be repeated [default: all]."),
    ] = None,
    db: Annotated[
        str | None,
        typer.Option("--db", metavar="URL", help="List the register stored there, not the shipped one."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Only events by the end of that day in Tokyo."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the dated events with the first Tokyo session, its phase and the FX day able to react."""
    from jobs import show
    from jobs.assembly import load_register
    from jobs.clock import SystemClock
    from jobs.pipelines.service import chosen_events

    screen, moment = Screen(as_json), instant(as_of, SystemClock().now())
    register = _stored_events(screen, db) if db else load_register().events
    chosen = chosen_events(register, event) if event else register
    show.events(screen, [item for item in chosen if moment is None or item.timestamp <= moment])


@app.command(
    short_help="Show what the store holds and the last runs.",
    epilog="Example: eventstudy status --db sqlite:///prices.db",
)
def status(db: Db = None, as_of: Recorded = None, as_json: Json = False) -> None:
    """Show what the store holds, how fresh it is, and how the last runs ended."""
    from jobs import show
    from jobs.clock import SystemClock
    from jobs.pipelines.status import status as look

    screen, now = Screen(as_json), SystemClock().now()
    with opened(screen, db=db) as (_, store):
        state = look(store, instant(as_of, now) or now)
    show.status(screen, state)


@app.command(
    short_help="Run every night, catching up what was missed.",
    epilog="Example: eventstudy schedule --source yahoo --once",
)
def schedule(
    source: Source = None,
    db: Db = None,
    seed: Seed = None,
    once: Annotated[bool, typer.Option("--once", help="Catch up what is missing, then leave.")] = False,
    as_json: Json = False,
) -> None:
    """Run every night after Tokyo's close and after New York's, catching up what was missed."""
    from jobs import show
    from jobs.scheduler import catch_up, serve_nights

    screen = Screen(as_json)
    with opened_service(screen, db=db, source=source, seed=seed) as service:
        plan = _plan(service, report=None)

        def told(night: Night) -> None:
            show.night(screen, night, service.clock.now().astimezone(service.settings.zone))

        if not once:
            serve_nights(service, plan, told)
            return
        done = catch_up(service, plan)
    show.nights(screen, done)
    raise typer.Exit(max((night.exit_code for night in done), default=0))


app.add_typer(cli_data.app)
app.add_typer(cli_claims.articles, name="articles")
app.add_typer(cli_claims.figures, name="figures")
app.add_typer(cli_store.app, name="db")


def _stored_events(screen: Screen, db: str) -> tuple[Event, ...]:
    from jobs.errors import NothingStored

    with opened(screen, db=db) as (_, store), store.reading() as transaction:
        register = transaction.events.all()
    if not register:
        raise NothingStored("register", store.url, "eventstudy run")
    return register


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

    moment = instant(as_of, service.clock.now())
    question = asked_question(service.register, service.settings.seed, event, series, choice, moment)
    return Plan(question, report or made_folder(service.settings.reports))


def _whole_job(screen: Screen, service: Service, plan: Plan) -> None:
    from jobs import show
    from jobs.pipelines.run import run as whole

    outcome = whole(service, plan)
    show.outcome(screen, outcome)
    leave(excluded=bool(outcome.exclusions))


def main() -> None:
    """Run the command line and leave with its exit code; errors become one sentence."""
    speak_plainly()
    mind_compiled_code()
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing is raised.

    Parameters
    ----------
    arguments : sequence of str
        What stands behind ``eventstudy``; nothing at all shows the help and counts as asked wrongly.

    Returns
    -------
    int
        0 done, 1 the question has no answer, 2 asked wrongly, 3 done with exclusions, 4 the outside
        world failed, 5 another run holds the lock, 130 interrupted.
    """
    asked = list(arguments) or ["--help"]
    screen = Screen("--json" in asked)
    left = screen.guarded(lambda: app(args=asked, standalone_mode=False, prog_name="eventstudy"))
    return left if arguments else ASKED_WRONGLY
