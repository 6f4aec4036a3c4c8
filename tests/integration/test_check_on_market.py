"""The check on the real price files finds what their provenance admits, and next to nothing else.

The rules are told no date and no defect. The dates below are those of the files' own list of known defects.
"""

from collections import Counter
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from db import open_store
from eventstudy.quality.catalogue import RULES
from eventstudy.quality.stamps import stamp_shifts
from jobs.pipelines.check import check
from jobs.pipelines.refresh import refresh
from jobs.providers.files import FilesProvider
from jobs.retry import Patience
from tests.fakes import FixedClock
from tests.market import market_folder

pytestmark = pytest.mark.market

NOW = FixedClock(datetime(2026, 8, 24, tzinfo=UTC))
ABOUT_NO_ROW = {"missing session", "stale series", "tracking", "only elsewhere", "stamp shift"}
STOCKS_SPLIT_IN_PRICE_ONLY = ("toyota_7203", "honda_7267", "suzuki_7269")
MOST_FALSE = 0.005


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store that holds every price file."""
    folder = str(market_folder())
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('market') / 'store.db'}", create=True) as opened:
        provider = FilesProvider(folder, NOW)
        refresh(opened, provider, provider.available(), clock=NOW, patience=Patience(attempts=1))
        yield opened


@pytest.fixture(scope="module")
def checked(store):
    return check(store, clock=NOW)


def days(checked, series, rule):
    return [str(item.session_date) for item in checked.findings if (item.series, item.rule) == (series, rule)]


def test_the_halted_session_of_topix_is_found(checked):
    assert "2020-10-01" in days(checked, "topix", "no session")


def test_the_missing_sessions_of_topix_are_found(checked):
    assert days(checked, "topix", "missing session") == ["2007-06-06", "2026-05-26", "2026-08-19"]


def test_the_one_flat_bar_of_the_nikkei_is_found(checked):
    assert days(checked, "nikkei225", "flat bar") == ["2017-03-27"]


def test_the_row_of_the_vix_that_was_saved_before_the_close_is_found(checked):
    assert "2026-02-06" in days(checked, "vix", "close out of place")


def test_the_holiday_row_of_the_vix_is_found(checked):
    assert days(checked, "vix", "no session") == ["2026-05-25"]


def test_the_years_in_which_the_vix_has_closes_only_are_one_finding(checked):
    assert days(checked, "vix", "flat run") == ["1990-01-02"]
    assert not [day for day in days(checked, "vix", "flat bar") if day < "1992"]


def test_the_closes_that_gold_lacks_and_its_missing_high_and_low_are_found(checked):
    assert len(days(checked, "gold", "missing session")) > 10
    (absent,) = [item for item in checked.findings if item.rule == "absent prices" and item.series == "gold"]
    assert absent.observed == "no high, low"


def test_the_contradictory_bars_of_dollar_yen_are_found(checked):
    contradictory = days(checked, "usdjpy", "inconsistent")
    assert len(contradictory) == 98
    assert "2025-03-17" in contradictory


def test_the_gap_of_the_fund_1591_and_its_poor_tracking_are_found(checked):
    assert days(checked, "jpx_nikkei_400_etf_1591", "missing session") == ["2025-10-24"]
    (tracked,) = [item for item in checked.tracking if item.series == "jpx_nikkei_400_etf_1591"]
    assert (tracked.reference, tracked.relation) == ("topix", "nearest index")
    assert tracked.correlation == pytest.approx(0.954, abs=0.0005)  # as the provenance states it
    assert {date(2025, 3, 31), date(2025, 4, 1)} <= {session for session, _ in tracked.worst}
    assert days(checked, "jpx_nikkei_400_etf_1591", "tracking") == ["None"]


def test_the_days_without_trades_of_the_sector_funds_are_found(checked):
    counts = {
        name: len(days(checked, name, "missing session"))
        for name in checked.series
        if name.startswith("topix17_")
    }
    assert (min(counts.values()), max(counts.values())) == (11, 599)  # as the provenance states it


def test_the_volumes_that_no_split_adjusted_are_found(checked):
    for name in STOCKS_SPLIT_IN_PRICE_ONLY:
        assert len(days(checked, name, "volume unit")) == 1, name


def test_the_shared_moves_of_april_2025_are_no_finding(checked):
    rules = {
        "unconfirmed jump",
        "reversal",
        "limit move",
        "unadjusted split",
        "scale jump",
        "close out of place",
    }
    in_april = [
        item
        for item in checked.findings
        if item.rule in rules and "2025-04-01" <= str(item.session_date) <= "2025-04-30"
    ]
    assert in_april == []


def test_the_two_clocks_of_dollar_yen_are_dated_as_they_say(checked):
    assert not [item for item in checked.findings if item.rule == "stamp shift"]


@pytest.mark.parametrize(
    ("start", "shift", "way"), [("2000", 1, "late"), ("2012", 1, "late"), ("2012", -1, "early")]
)
def test_a_real_series_moved_by_one_session_is_found(store, start, shift, way):
    with store.reading() as transaction:
        frames = {name: transaction.prices.bars(name) for name in ("usdjpy", "usdjpy_tokyo_1700")}
    rows = frames["usdjpy"]
    moved = rows.loc[start:].shift(shift).dropna(subset="close")
    told = stamp_shifts({**frames, "usdjpy": pd.concat([rows.loc[: moved.index[0]].iloc[:-1], moved])})
    (finding,) = [item for item in told if item.series == "usdjpy"]
    assert way in finding.observed


def test_a_close_that_twelve_basis_points_are_missing_from_needs_a_second_source(store, checked, tmp_path):
    assert "2021-08-11" not in {str(item.session_date) for item in checked.findings if item.series == "sp500"}
    rows = pd.read_csv(market_folder() / "sp500.csv", index_col="date")
    rows.loc["2021-08-11", ["high", "close"]] *= 1.0012
    rows.to_csv(tmp_path / "sp500.csv")
    seen = check(store, clock=NOW, as_of=NOW.now(), second=FilesProvider(str(tmp_path), NOW))
    assert days(seen, "sp500", "sources differ") == ["2021-08-11"]
    (compared,) = seen.reconciled
    assert (compared.common, len(compared.differences)) == (len(rows), 1)


def test_every_rule_that_speaks_is_in_the_catalogue(checked):
    assert {item.rule for item in checked.findings} <= {rule.name for rule in RULES}


def test_series_that_ended_are_told_apart_from_series_that_are_late(checked):
    states = {item.series: item.status for item in checked.freshness}
    assert states["nikkei225"] == states["topix"] == "fresh"
    assert states["sp500"] in {"fresh", "due"}
    assert states["usdjpy"] == states["toyota_7203"] == states["ewj"] == "ended"
    assert states["usdjpy_tokyo_1700"] == "stale"


def test_no_series_has_more_than_one_sound_row_in_two_hundred_flagged(checked):
    admitted = {("usdjpy", "inconsistent"), ("vix", "flat run")}
    shares = {}
    for name in checked.series:
        flagged = {
            item.session_date
            for item in checked.findings
            if item.series == name
            and item.severity != "notice"
            and item.rule not in ABOUT_NO_ROW
            and (name, item.rule) not in admitted
        }
        shares[name] = len(flagged) / checked.rows[name]
    assert {name: share for name, share in shares.items() if share > MOST_FALSE} == {}
    assert np.mean(list(shares.values())) < MOST_FALSE / 5


def test_a_second_check_of_the_same_bars_writes_nothing_new(store, checked):
    with store.reading() as transaction:
        before = len(transaction.quality.all())
    again = check(store, clock=NOW)
    with store.reading() as transaction:
        assert len(transaction.quality.all()) == before
    assert (again.findings, again.snapshot) == (checked.findings, checked.snapshot)
    assert Counter(item.rule for item in again.findings)["no session"] > 0
