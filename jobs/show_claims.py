"""Articles and their claims on a screen: tables for people in 80 columns, or one JSON document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobs import documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.claims import Claim
    from eventstudy.values import Article
    from jobs.console import Screen


def articles(screen: Screen, known: Sequence[Article], claims: Sequence[Claim]) -> None:
    """Show the articles with how many claims are registered of each, and what could settle those.

    Parameters
    ----------
    screen : Screen
        Where to.
    known : sequence of Article
        The register of articles.
    claims : sequence of Claim
        The register of claims.
    """
    counts = Counter(claim.article for claim in claims)
    rows = [
        (item.id, item.published.isoformat() if item.published else "–", str(counts[item.id]), item.title)
        for item in known
    ]
    screen.table(
        "Articles, with the claims registered of each", ("id", "published", "claims>", "title*"), rows
    )
    listed = [{**row, "claims": counts[row["id"]]} for row in documents.listed(known)]
    screen.document({"articles": listed})


def claims(screen: Screen, chosen: Sequence[Claim]) -> None:
    """Show claims: what is printed, what it is about, and what could settle it.

    Parameters
    ----------
    screen : Screen
        Where to.
    chosen : sequence of Claim
        In order.
    """
    columns = ("claim", "quantity", "settled by", "printed*", "about*")
    rows = [(item.id, item.quantity, item.settle, item.quoted, item.subject) for item in chosen]
    screen.table(f"What the articles say: {len(chosen)} figures and claims", columns, rows)
    screen.document({"figures": documents.listed(chosen)})
