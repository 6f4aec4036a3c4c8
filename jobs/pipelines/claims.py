"""Claims of the register, by article, quantity and what could settle them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.claims import QUANTITIES, SETTLED_BY
from eventstudy.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from eventstudy.claims import Claim


def chosen(
    claims: Iterable[Claim],
    articles: Sequence[str] | None = None,
    quantities: Sequence[str] | None = None,
    settled_by: Sequence[str] | None = None,
) -> tuple[Claim, ...]:
    """Return the claims that are asked for.

    Parameters
    ----------
    claims : iterable of Claim
        The register.
    articles, quantities, settled_by : sequence of str or None
        Words that a claim's ``article``, ``quantity`` and ``settle`` may be; None is any.

    Returns
    -------
    tuple of Claim
        In the order of the register.

    Raises
    ------
    BadValue
        For an article that has no claim, or a word that is none.
    """
    register = tuple(claims)
    _known("--article", articles, dict.fromkeys(claim.article for claim in register))
    _known("--quantity", quantities, QUANTITIES)
    _known("--settle", settled_by, SETTLED_BY)
    return tuple(
        claim
        for claim in register
        if (articles is None or claim.article in articles)
        and (quantities is None or claim.quantity in quantities)
        and (settled_by is None or claim.settle in settled_by)
    )


def _known(option: str, asked: Sequence[str] | None, allowed: Collection[str]) -> None:
    for word in asked or ():
        if word not in allowed:
            raise BadValue(option, word, "one of " + ", ".join(allowed))
