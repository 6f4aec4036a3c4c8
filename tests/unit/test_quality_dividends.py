"""Dividends that nobody adjusted for: drops about one date of the year."""

import numpy as np
import pytest

from eventstudy.quality.dividends import recurring_drops
from eventstudy.quality.movement import movements
from tests.quality_worlds import closes_only, sessions_of

COUNT = 2600
INDEX, FUND = "topix", "topix_etf_1306"


def pair(drops, *, rises=(), name=FUND):
    """Return an index and what follows it, with log returns of -1.5 or +1.5 % on given dates."""
    generator = np.random.default_rng(8)
    days = sessions_of(INDEX, COUNT)
    common = 0.01 * generator.standard_normal(COUNT)
    own = common + 0.001 * generator.standard_normal(COUNT)
    for dates, size in ((drops, -0.015), (rises, 0.015)):
        own[days.searchsorted(np.array(list(dates), dtype="datetime64[us]"))] += size
    index, fund = (closes_only(days, 100 * np.exp(np.cumsum(path))) for path in (common, own))
    return {INDEX: index, name: fund}


def seen(frames, name=FUND):
    return recurring_drops(name, frames[name], movements(frames)[name])


def test_a_drop_every_july_is_told_once():
    (finding,) = seen(pair([f"{year}-07-{8 + year % 3:02}" for year in range(2016, 2026)]))
    assert (finding.rule, finding.severity, finding.session_date) == ("recurring drop", "notice", None)
    assert "July" in finding.observed
    assert "in 10 of" in finding.observed


@pytest.mark.parametrize("dates", [(), [f"{year}-{3 + year % 9:02}-10" for year in range(2016, 2026)]])
def test_no_drop_or_drops_at_all_seasons_are_let_through(dates):
    assert seen(pair(dates)) == ()


def test_drops_and_rises_at_one_date_are_results_not_dividends():
    falls = [f"{year}-05-10" for year in (2016, 2018, 2020, 2022, 2024)]
    rises = [f"{year}-05-10" for year in (2017, 2019, 2021, 2023, 2025)]
    assert seen(pair(falls, rises=rises)) == ()


def test_an_index_pays_nothing():
    frames = pair([f"{year}-07-10" for year in range(2016, 2026)], name="nikkei225")
    assert recurring_drops("nikkei225", frames["nikkei225"], movements(frames)["nikkei225"]) == ()


def test_without_an_index_beside_it_a_fund_is_not_judged():
    frames = pair([f"{year}-07-10" for year in range(2016, 2026)])
    assert seen({FUND: frames[FUND]}) == ()
