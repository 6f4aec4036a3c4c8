"""The verbs about the database itself: its schema, its backup, and whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.console import Screen
from jobs.opening import settings
from jobs.options import Db, Json

VIOLATED = 1

app = typer.Typer(
    help="Migrate, back up, restore and verify the database.",
    short_help="Migrate, back up, restore and verify the database.",
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup: an SQLite file, itself a store.")]


@app.command(short_help="Bring the schema up to date.", epilog="Example: eventstudy db upgrade")
def upgrade(db: Db = None, as_json: Json = False) -> None:
    """Bring the schema up to date, making the database if it is not there; every other verb does so too."""
    from db.migrations import head
    from jobs.assembly import opened_store

    screen = Screen(as_json)
    with opened_store(settings(db=db)) as store:
        screen.say(f"{store.url} has schema {head()}")
        screen.document({"db": store.url, "schema": head()})


@app.command(
    short_help="Take the schema back to an older version.", epilog="Example: eventstudy db downgrade 0003"
)
def downgrade(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Such as 0003.")],
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Take the schema back so that an older program can open it; what that one cannot keep is dropped."""
    from db import downgrade as take_back

    screen, chosen = Screen(as_json), settings(db=db)
    take_back(chosen.db, version)
    shown = chosen.shown()["db"]
    screen.say(f"{shown} has schema {version}")
    screen.document({"db": shown, "schema": version})


@app.command(
    short_help="Copy the whole store into one file.", epilog="Example: eventstudy db backup prices-backup.db"
)
def backup(file: File, db: Db = None, as_json: Json = False) -> None:
    """Copy the whole store, as it is at one instant, into one file; runs may go on meanwhile."""
    from db import backup as copy

    screen, url = Screen(as_json), settings(db=db).db
    copied = copy(url, file)
    screen.say(f"{sum(copied.values())} rows in {file}")
    screen.document({"file": str(file), "rows": copied})


@app.command(
    short_help="Fill an empty database from a backup.",
    epilog="Example: eventstudy db restore prices-backup.db --db sqlite:///new.db",
)
def restore(file: File, db: Db = None, as_json: Json = False) -> None:
    """Fill an empty database from a backup, of either kind; one that holds anything is refused."""
    from db import restore as fill

    screen, chosen = Screen(as_json), settings(db=db)
    if str(chosen.home) in chosen.db:
        chosen.prepare()
    filled = fill(file, chosen.db)
    screen.say(f"{sum(filled.values())} rows from {file}")
    screen.document({"file": str(file), "rows": filled})


@app.command(short_help="Recompute every hash and invariant.", epilog="Example: eventstudy db verify --json")
def verify(db: Db = None, as_json: Json = False) -> None:
    """Recompute every hash and invariant; leaves with exit code 1 where something does not hold."""
    from db import verify as examine
    from jobs import show_data

    screen, url = Screen(as_json), settings(db=db).db
    broken = examine(url)
    show_data.verified(screen, broken)
    if broken:
        raise typer.Exit(VIOLATED)
