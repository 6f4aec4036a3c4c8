"""Rules about pairs: dates a session off, copied rows, two sources, tracking."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from eventstudy.quality.copies import copied_rows
from eventstudy.quality.movement import days_apart
from eventstudy.quality.reconciliation import Tolerance, disagreements, reconcile, tolerance_for
from eventstudy.quality.stamps import lag_fit, stamp_shifts
from eventstudy.quality.tracking import Pair, pairs, poor_tracking, tracking
from tests.quality_worlds import around, bars, closes_only, sessions_of, walk

COUNT = 1000


def two_clocks(count=COUNT, seed=0):
    """Return a currency at New York 17:00 and at Tokyo 17:00 of the same dates."""
    generator = np.random.default_rng(seed)
    # 14 of 24 hours lie between Tokyo 17:00 and New York 17:00 of one date
    night = 0.006 * np.sqrt(10 / 24) * generator.standard_normal(count)
    day = 0.006 * np.sqrt(14 / 24) * generator.standard_normal(count)
    york = np.cumsum(night + day)
    tokyo = york - day
    days = sessions_of("usdjpy_tokyo_1700", count)
    return {
        "usdjpy": closes_only(days, 110 * np.exp(york)),
        "usdjpy_tokyo_1700": closes_only(days, 110 * np.exp(tokyo)),
    }


def test_the_clocks_say_how_far_apart_two_series_are_taken():
    frames = two_clocks(30)
    # Tokyo 17:00 is 08:00 UTC; New York 17:00 is 21:00 UTC in summer and 22:00 in winter
    assert days_apart("usdjpy", "usdjpy_tokyo_1700", frames) * 24 in {-13.0, -14.0}


def test_lag_correlations_peak_where_the_clocks_say():
    frames = two_clocks()
    york, tokyo = (np.diff(np.log(frames[name]["close"].to_numpy())) for name in frames)
    fit = lag_fit(york, tokyo, -14 / 24)
    by_lag = dict(zip(fit.lags, fit.correlations, strict=True))
    assert fit.shift == 0
    # shares of a New York day that the Tokyo days d and d+1 hold: 10 and 14 hours of 24
    assert by_lag[0] == pytest.approx(10 / 24, abs=0.1)  # three standard errors of a thousand draws
    assert by_lag[1] == pytest.approx(14 / 24, abs=0.1)
    assert abs(by_lag[-1]) < 0.1


@pytest.mark.parametrize(("moved", "shift"), [(1, 1), (-1, -1)])
def test_a_series_moved_by_a_day_fits_a_day_off(moved, shift):
    frames = two_clocks()
    york, tokyo = (np.diff(np.log(frames[name]["close"].to_numpy())) for name in frames)
    assert lag_fit(np.roll(york, moved), tokyo, -14 / 24).shift == shift


@pytest.mark.parametrize("seed", range(10))
def test_two_series_without_anything_in_common_are_not_shifted(seed):
    generator = np.random.default_rng(seed)
    assert lag_fit(generator.standard_normal(250), generator.standard_normal(250), 0.0).shift == 0


def test_too_few_moves_say_nothing():
    fit = lag_fit(np.ones(10), np.ones(10), 0.0)
    assert fit.shift == 0
    assert np.isnan(fit.correlations).all()


def test_two_clocks_dated_as_they_say_are_no_finding():
    assert stamp_shifts(two_clocks()) == ()


@pytest.mark.parametrize(("moved", "way"), [(1, "late"), (-1, "early")])
def test_dates_a_session_off_are_told_from_where_they_begin(moved, way):
    frames = two_clocks()
    york = frames["usdjpy"]
    cut = york.iloc[500:].shift(moved).dropna(subset="close")
    frames["usdjpy"] = pd.concat([york.loc[york.index < cut.index[0]], cut])
    told = {item.series: item for item in stamp_shifts(frames)}
    assert f"dates one session {way} against usdjpy_tokyo_1700" in told["usdjpy"].observed
    begins = york.index.get_loc(pd.Timestamp(told["usdjpy"].session_date))
    assert 250 <= begins <= 500  # the block of 250 that holds the first shifted day, or the next


def test_one_index_a_session_off_is_not_laid_at_the_door_of_the_others():
    days = sessions_of("topix", COUNT)
    common = np.cumsum(0.01 * np.random.default_rng(2).standard_normal(COUNT))
    frames = {
        name: bars(
            days, around(100 * np.exp(common + 0.0005 * np.random.default_rng(at).standard_normal(COUNT)))
        )
        for at, name in enumerate(("nikkei225", "topix", "jpx_nikkei_400", "topix_etf_1306"))
    }
    frames["topix"] = frames["topix"].shift(1).dropna(subset="close")
    assert [item.series for item in stamp_shifts(frames)] == ["topix"]


def test_rows_of_another_series_are_told_once_a_pair():
    days = sessions_of("topix", 100)
    frames = {name: bars(days, around(walk(100, seed=at))) for at, name in enumerate(("nikkei225", "topix"))}
    frames["topix"].iloc[40:60] = frames["nikkei225"].iloc[40:60]
    (finding,) = copied_rows(frames)
    assert (finding.series, finding.session_date) == ("topix", days[40].date())
    assert finding.observed == f"20 sessions equal to nikkei225, to {days[59].date()}"


def test_closes_of_another_series_are_told_after_five():
    days = sessions_of("eido", 100)
    frames = {name: closes_only(days, walk(100, seed=at)) for at, name in enumerate(("eido", "vnm"))}
    frames["vnm"].iloc[40:44] = frames["eido"].iloc[40:44]
    assert copied_rows(frames) == ()
    frames["vnm"].iloc[44] = frames["eido"].iloc[44]
    (finding,) = copied_rows(frames)
    assert finding.session_date == days[44].date()


def test_two_yields_that_stand_at_the_same_level_are_no_copies():
    days = sessions_of("us10y", 100)
    assert copied_rows({name: closes_only(days, np.full(100, 4.0)) for name in ("us10y", "us2y")}) == ()


def series(*pairs):
    return pd.Series({pd.Timestamp(stamp): value for stamp, value in pairs}, dtype=float)


FIRST = series(("2025-04-03", 100.0), ("2025-04-04", 101.0), ("2025-04-07", 99.0), ("2025-04-08", 100.0))


def test_two_sources_are_compared_session_by_session():
    second = series(("2025-04-04", 101.1), ("2025-04-07", 99.01), ("2025-04-08", 100.0), ("2025-04-09", 7.0))
    compared = reconcile("topix", FIRST, second)
    assert (compared.common, compared.only_first, compared.only_second) == (3, (), ())
    (difference,) = compared.differences
    assert (difference.session, difference.first, difference.second) == (date(2025, 4, 4), 101.0, 101.1)
    assert difference.size == pytest.approx(0.1 / 101.1)
    assert compared.worst == difference.size
    assert compared.median == pytest.approx(0.01 / 99.01)


def test_sessions_of_one_source_alone_are_listed_within_the_span_of_both():
    second = series(("2025-04-02", 1.0), ("2025-04-03", 100.0), ("2025-04-07", 99.0), ("2025-04-08", 100.0))
    assert reconcile("topix", FIRST, second).only_first == (date(2025, 4, 4),)
    assert reconcile("topix", second, FIRST).only_second == (date(2025, 4, 4),)


def test_disagreements_name_both_sources_and_the_tolerance():
    second = series(("2025-04-03", 100.2), ("2025-04-07", 99.0), ("2025-04-08", 100.0))
    found = disagreements(reconcile("topix", FIRST, second), "files")
    assert [(item.rule, item.severity, str(item.session_date)) for item in found] == [
        ("sources differ", "warning", "2025-04-03"),
        ("only here", "notice", "2025-04-04"),
    ]
    assert found[0].observed == "close 100, files 100.2"
    assert found[0].expected == "closes within 0.0005 of one another"
    (absent,) = disagreements(reconcile("topix", second, FIRST), "files")[1:]
    assert (absent.rule, absent.severity, absent.expected) == (
        "only elsewhere",
        "warning",
        "a bar, as files has",
    )


def test_equal_sources_and_sources_without_a_common_day_raise_no_finding():
    assert disagreements(reconcile("topix", FIRST, FIRST), "files") == ()
    apart = reconcile("topix", FIRST, series(("2025-05-01", 1.0)))
    assert (apart.common, np.isnan(apart.worst), disagreements(apart, "files")) == (0, True, ())
    assert reconcile("topix", FIRST, FIRST.iloc[:0]).common == 0


@pytest.mark.parametrize(
    ("name", "amount", "relative"),
    [
        ("topix", 0.0005, True),
        ("sp500", 0.0005, True),
        ("usdjpy", 0.002, True),
        ("usdjpy_tokyo_1700", 0.002, True),
        ("vix", 0.005, True),
        ("gold", 0.002, True),
        ("toyota_7203", 0.001, True),
        ("jgb10y", 0.03, False),
    ],
)
def test_each_quantity_has_its_own_tolerance_and_reason(name, amount, relative):
    tolerance = tolerance_for(name)
    assert (tolerance.amount, tolerance.relative) == (amount, relative)
    assert len(tolerance.reason) > 20


def test_yields_differ_in_points_and_may_have_any_sign():
    first, second = series(("2025-04-03", -0.01)), series(("2025-04-03", 0.01))
    assert reconcile("jgb10y", first, second).differences == ()
    assert reconcile("jgb10y", first, second + 0.02).worst == pytest.approx(0.04)
    assert len(reconcile("jgb10y", first, second, Tolerance(0.001, False, "a test")).differences) == 1


def test_a_pair_that_differs_by_hand_tracks_as_computed_by_hand():
    days = sessions_of("topix", 41)
    steps = np.where(np.arange(40) % 2, 0.01, -0.01)
    own = 2 * steps + 0.001
    index = closes_only(days, 100 * np.exp(np.concatenate([[0], np.cumsum(steps)])))
    fund = closes_only(days, 100 * np.exp(np.concatenate([[0], np.cumsum(own)])))
    found = tracking(Pair("topix_etf_1306", "topix", "proxy_of"), {"topix_etf_1306": fund, "topix": index})
    assert found.sessions == 40
    assert found.beta == pytest.approx(2)
    assert found.correlation == pytest.approx(1)
    assert found.difference == pytest.approx(0.001)
    spread = 0.01 * np.sqrt(40 / 39)  # half of the gaps a cent above, half below their mean
    assert found.error == pytest.approx(spread)
    assert found.error_annualised == pytest.approx(spread * np.sqrt(252))
    assert found.worst[0][1] == pytest.approx(0.011)
    assert len(found.worst) == 5
    assert poor_tracking(found) == ()


def test_a_fund_that_follows_badly_is_told_with_its_worst_day():
    days = sessions_of("topix", 500)
    index = walk(500, seed=1)
    fund = index * np.exp(0.004 * np.random.default_rng(2).standard_normal(500))
    frames = {"topix": closes_only(days, index), "topix_etf_1306": closes_only(days, fund)}
    (pair,) = pairs(frames)
    (finding,) = poor_tracking(tracking(pair, frames))
    assert (finding.rule, finding.severity, finding.session_date) == ("tracking", "warning", None)
    assert "with topix, tracking error" in finding.observed


def test_another_clock_is_compared_and_never_told():
    frames = two_clocks()
    (pair,) = pairs(frames)
    assert pair == Pair("usdjpy_tokyo_1700", "usdjpy", "clock_of")
    assert poor_tracking(tracking(pair, frames)) == ()


def test_a_proxy_whose_index_is_not_held_is_compared_with_the_index_it_follows_best():
    days = sessions_of("topix", 300)
    frames = {
        "nikkei225": closes_only(days, walk(300, seed=1)),
        "topix": closes_only(days, walk(300, seed=2)),
        "jpx_nikkei_400_etf_1591": closes_only(days, 3 * walk(300, seed=2)),
    }
    assert pairs(frames) == (Pair("jpx_nikkei_400_etf_1591", "topix", "nearest index"),)
    assert pairs({"jpx_nikkei_400_etf_1591": frames["topix"]}) == ()


def test_too_short_a_pair_is_not_measured():
    days = sessions_of("topix", 20)
    frames = {name: closes_only(days, walk(20)) for name in ("topix", "topix_etf_1306")}
    assert tracking(pairs(frames)[0], frames) is None
