"""The verbs about what articles say: which are read, and every figure and claim registered of them."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.console import Screen
from jobs.options import Json

articles = typer.Typer(help="The articles whose figures are checked.", short_help="List the articles.")
figures = typer.Typer(
    help="The figures and claims of the articles.", short_help="List the figures and claims of the articles."
)

Article = Annotated[
    list[str] | None, typer.Option("--article", metavar="ID", help="Article id, may be repeated.")
]
Quantity = Annotated[
    list[str] | None,
    typer.Option("--quantity", metavar="WORD", help="Such as tariff_rate or deadline, may be repeated."),
]
Settle = Annotated[
    list[str] | None,
    typer.Option(
        "--settle", metavar="WORD", help="prices, calendar, arithmetic, cross, fact or none, may be repeated."
    ),
]


@articles.command("list", short_help="List them.", epilog="Example: eventstudy articles list")
def listed_articles(as_json: Json = False) -> None:
    """List the articles with the number of claims that are registered of each."""
    from db.register import load_articles, load_claims
    from jobs import show_claims

    show_claims.articles(Screen(as_json), load_articles(), load_claims())


@figures.command(
    "list",
    short_help="List them.",
    epilog="Example: eventstudy figures list --article A3 --quantity deadline",
)
def listed_figures(
    article: Article = None, quantity: Quantity = None, settle: Settle = None, as_json: Json = False
) -> None:
    """List every figure, date, name and saying registered of the articles, and what could settle it."""
    from db.register import load_claims
    from jobs import show_claims
    from jobs.pipelines.claims import chosen

    show_claims.claims(Screen(as_json), chosen(load_claims(), article, quantity, settle))
