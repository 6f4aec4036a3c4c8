"""The battery: every panel test by name, over any windows of one event sample, as one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.errors import BadValue
from eventstudy.inference.panel import clustered, parametric, ranks, resampled, signs
from eventstudy.inference.panel.view import View, views

if TYPE_CHECKING:
    from eventstudy.inference.panel.outcome import Outcome
    from eventstudy.inference.panel.sample import EventSample

CLOSED_FORM: dict[str, Callable[[View], Outcome]] = {
    "csect_t": parametric.csect_t,
    "portfolio_t": parametric.portfolio_t,
    "lamb": parametric.lamb,
    "patell": parametric.patell,
    "adj_patell": parametric.adj_patell,
    "bmp": parametric.bmp,
    "kolari_pynnonen": parametric.kolari_pynnonen,
    "corrado": ranks.corrado,
    "corrado_zivney_rank": ranks.corrado_zivney_rank,
    "corrado_zivney_sign": ranks.corrado_zivney_sign,
    "grank_t": ranks.grank_t,
    "grank_z": ranks.grank_z,
    "sign": signs.sign,
    "gen_sign": signs.gen_sign,
    "wilcoxon": signs.wilcoxon,
    "hall": parametric.hall,
    "jackknife_t": parametric.jackknife_t,
    "cluster_t": clustered.cluster_t,
    "two_way_t": clustered.two_way_t,
    "ibragimov_muller": clustered.ibragimov_muller,
}
"""Tests whose null distribution is known or counted."""

RESAMPLED: dict[str, Callable[..., Outcome]] = {
    "bootstrap": resampled.bootstrap,
    "wild_bootstrap": resampled.wild_bootstrap,
    "block_bootstrap": resampled.block_bootstrap,
}
"""Tests that draw: they take a seed and a number of replications too."""

TESTS = (*CLOSED_FORM, *RESAMPLED)
"""Every test, in the order of the table."""

COLUMNS = (
    "test",
    "window_start",
    "window_end",
    "statistic",
    "p_value",
    "n",
    "null_distribution",
    "refused",
)
"""Columns of the table."""


def run(
    sample: EventSample,
    windows: Sequence[tuple[int, int]],
    *,
    seed: int,
    replications: int = 1_999,
    tests: Sequence[str] = TESTS,
) -> pd.DataFrame:
    """Put a sample through the tests.

    Parameters
    ----------
    sample : EventSample
        N events.
    windows : sequence of pairs of int
        First and last relative day of each window, within the sample.
    seed : int
        Of the resampled tests.
    replications : int
        Draws of each resampled test, 1 or more.
    tests : sequence of str
        Names, by default all of `TESTS`.

    Returns
    -------
    DataFrame
        One row a test and window, tests in the order asked and windows in theirs: test, window_start,
        window_end, statistic, p_value (two-sided), n (events with every day of the window that the test could
        use), null_distribution, refused (empty, or why statistic and p_value are NaN).

    Raises
    ------
    BadValue
        If a test is unknown, a window is not within the sample, or there are no replications.
    """
    _check(tests, replications)
    rows: list[list[Row]] = [[] for _ in tests]
    for places, view in views(sample, windows):
        for number, name in enumerate(tests):
            rows[number] += _rows(places.tolist(), view, _outcome(name, view, seed, replications))
    table = [row for group in rows for _, row in sorted(group, key=lambda pair: pair[0])]
    return pd.DataFrame(table, columns=list(COLUMNS))


Row = tuple[int, tuple[str, int, int, float, float, int, str, str]]


def _check(tests: Sequence[str], replications: int) -> None:
    """Refuse what was asked wrongly."""
    if isinstance(tests, str):
        raise BadValue("tests", tests, f"a list of names, such as [{tests!r}]")
    for name in tests:
        if name not in TESTS:
            raise BadValue("tests", name, "names among " + ", ".join(TESTS))
    if replications < 1:
        raise BadValue("replications", replications, "1 or more")


def _outcome(name: str, view: View, seed: int, replications: int) -> Outcome:
    """One test over the windows of a view."""
    if name in CLOSED_FORM:
        return CLOSED_FORM[name](view)
    return RESAMPLED[name](view, seed=seed, replications=replications)


def _rows(places: list[int], view: View, found: Outcome) -> list[Row]:
    """Rows of the table, each after the place of its window."""
    numbers = zip(
        places,
        view.windows.tolist(),
        found.statistic.tolist(),
        found.p_value.tolist(),
        found.n.tolist(),
        found.null_distribution,
        found.refused,
        strict=True,
    )
    return [(place, (found.test, a, b, z, p, n, null, why)) for place, (a, b), z, p, n, null, why in numbers]
