"""Check what articles quoted against stored prices: store -> eventstudy.figures -> store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy import figures
from jobs.pipelines.snapshot import snapshot_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from db.store import Store
    from eventstudy.results import FigureCheck
    from eventstudy.values import Article, QuotedFigure
    from jobs.clock import Clock


def validate(
    store: Store,
    articles: Sequence[Article],
    quoted: Sequence[QuotedFigure],
    *,
    clock: Clock,
    as_of: datetime | None = None,
) -> tuple[FigureCheck, ...]:
    """Give a verdict on every quoted figure and keep it; equal verdicts are kept once.

    Parameters
    ----------
    store : Store
        Prices in, verdicts out.
    articles, quoted : sequence
        The register of articles and their figures.
    clock : Clock
        Stamps the recording.
    as_of : datetime, optional
        Use what was known then; such verdicts are told and not kept, the kept ones are about now.

    Returns
    -------
    tuple of FigureCheck
        In the order of `quoted`. Simulated prices say nothing about what an article quoted: in a
        simulated store arithmetic and calendar are checked and the prices are NO DATA.
    """
    wanted = list(dict.fromkeys(figure.series for figure in quoted))
    with store.reading() as transaction:
        simulated = transaction.world() == "simulated"
        closes = transaction.prices.closes([] if simulated else wanted, as_of)
    last = max((figure.date for figure in quoted), default=date.min)
    closes = closes.loc[: pd.Timestamp(last)]  # later prices say nothing about what was quoted
    checks = figures.check(quoted, closes)
    with store.transaction() as transaction:
        transaction.articles.write(articles)
        transaction.figures.write(quoted)
        if as_of is None:
            transaction.checks.write(snapshot_hash(closes), checks, clock.now())
        transaction.commit()
    return checks
