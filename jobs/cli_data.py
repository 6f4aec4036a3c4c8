"""The verbs about data quality and history: check, quarantine, revisions, reproduce."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.console import Screen
from jobs.opening import leave, opened, world_of
from jobs.options import AsOf, Db, Json, SeriesIds, instant

DIFFERENT = 1

app = typer.Typer()
quarantine = typer.Typer(
    help="Review the rows that were not let in.",
    short_help="Review the rows that were not let in.",
)

Number = Annotated[int, typer.Argument(metavar="N", help="Number of the row, from 'quarantine list'.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why, for those who come after.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides [default: the user].")]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="Only what was stored after that day in Tokyo."),
]


@app.command(
    short_help="Check stored prices and their freshness.",
    epilog="Example: eventstudy check --series nikkei225 --against files:other",
)
def check(
    db: Db = None,
    as_of: AsOf = None,
    series: SeriesIds = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="SOURCE", help="Compare with a second source, and list differences."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check stored prices: rows, gaps, jumps, clocks, proxies, a second source; code 3: a series is stale."""
    from jobs import show_data
    from jobs.clock import SystemClock
    from jobs.pipelines.check import check as examine
    from jobs.providers import provider

    screen, clock = Screen(as_json), SystemClock()
    with opened(screen, db=db) as (settings, store):
        moment = instant(as_of, clock.now())
        second = provider(against, settings=settings, clock=clock) if against else None
        found = examine(store, clock=clock, as_of=moment, series=series, second=second)
        world = world_of(store)
    show_data.checked(screen, found, world)
    leave(excluded=any(state.status == "stale" for state in found.freshness))


@quarantine.command("list", short_help="List them.", epilog="Example: eventstudy quarantine list --all")
def listed(
    db: Db = None,
    series: SeriesIds = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were decided on.")] = False,
    as_json: Json = False,
) -> None:
    """List the rows that wait for a decision, with what the source said and what the rule allows."""
    from jobs import show_data

    screen = Screen(as_json)
    with opened(screen, db=db) as (_, store), store.reading() as transaction:
        rows = transaction.quarantine.all() if everything else transaction.quarantine.held()
        world = transaction.world()
    show_data.quarantine(screen, rows if series is None else rows[rows["series"].isin(series)], world)


@quarantine.command(
    short_help="Let one in.",
    epilog='Example: eventstudy quarantine release 7 --note "the exchange confirms it"',
)
def release(number: Number, note: Note, by: By = None, db: Db = None, as_json: Json = False) -> None:
    """Let a row in: it becomes a bar of its own batch, beside whatever stood there before."""
    _decide("release", number, note, by, db, Screen(as_json))


@quarantine.command(
    short_help="Keep one out for good.", epilog='Example: eventstudy quarantine reject 7 --note "holiday"'
)
def reject(number: Number, note: Note, by: By = None, db: Db = None, as_json: Json = False) -> None:
    """Keep a row out for good; it stays in the quarantine with the decision."""
    _decide("reject", number, note, by, db, Screen(as_json))


def _decide(verb: str, number: int, note: str, by: str | None, db: str | None, screen: Screen) -> None:
    import getpass

    from jobs.clock import SystemClock

    with opened(screen, db=db) as (_, store), store.transaction() as transaction:
        decide = getattr(transaction.quarantine, verb)
        decide(number, reviewer=by or getpass.getuser(), note=note, recorded_at=SystemClock().now())
        transaction.commit()
    done = {"release": "released", "reject": "rejected"}[verb]
    screen.say(f"row {number} {done}")
    screen.document({"row": number, "status": done})


@app.command(
    short_help="Show which stored prices were changed, and when.",
    epilog="Example: eventstudy revisions --series topix --since 2025-04-01",
)
def revisions(
    db: Db = None, series: SeriesIds = None, since: Since = None, as_of: AsOf = None, as_json: Json = False
) -> None:
    """Show each price that was replaced by another: what was known before, what since, and who told."""
    from jobs import show_data
    from jobs.clock import SystemClock

    screen, now = Screen(as_json), SystemClock().now()
    after, until = instant(since, now, "--since"), instant(as_of, now)
    with opened(screen, db=db) as (_, store), store.reading() as transaction:
        found = transaction.prices.revisions(since=after, until=until)
        world = transaction.world()
    show_data.revisions(screen, found if series is None else found[found["series"].isin(series)], world)


@app.command(short_help="Compute a stored study again, bit for bit.", epilog="Example: eventstudy reproduce")
def reproduce(
    key: Annotated[
        str | None,
        typer.Argument(metavar="KEY", help="Key of the study, or its beginning [default: the latest]."),
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Compute a stored study again from the prices of then; exit code 1 says that a number differs."""
    from jobs import show_data
    from jobs.pipelines.reproduce import reproduce as again

    screen = Screen(as_json)
    with opened(screen, db=db) as (_, store):
        done = again(store, key, progress=screen.progress)
        world = world_of(store)
    show_data.reproduced(screen, done, world)
    if not done.identical:
        raise typer.Exit(DIFFERENT)


app.add_typer(quarantine, name="quarantine")
