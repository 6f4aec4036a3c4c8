"""Prices to returns, and windows as positions: small cases by hand."""

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import BadPrices, TooFewObservations
from eventstudy.returns import check_prices, on_sessions
from eventstudy.windows import Placed, clean_ends, estimation_positions, origin, place

# Tokyo: 2025-02-10 Monday, 02-11 closed, 02-12, 02-13, 02-14
DAYS = pd.to_datetime(["2025-02-10", "2025-02-12", "2025-02-13", "2025-02-14"])


def test_a_return_over_a_holiday_is_one_session_return():
    rs = on_sessions("nikkei225", pd.Series([100.0, 110.0, 121.0, 121.0], index=DAYS), "tokyo_close")
    assert rs.returns[1:] == pytest.approx([100 * np.log(1.1), 100 * np.log(1.1), 0.0])
    assert np.isnan(rs.returns[0])


def test_a_missing_session_leaves_two_returns_undefined_and_is_never_bridged():
    rs = on_sessions("nikkei225", pd.Series([100.0, np.nan, 121.0, 121.0], index=DAYS), "tokyo_close")
    assert np.isnan(rs.returns[[1, 2]]).all()
    assert rs.returns[3] == 0.0
    assert len(rs.sessions) == 4


def test_a_price_on_a_holiday_is_left_out_and_reported():
    days = DAYS.insert(1, pd.Timestamp("2025-02-11"))
    rs = on_sessions("nikkei225", pd.Series([100.0, 500.0, 110.0, 121.0, 121.0], index=days), "tokyo_close")
    assert rs.ignored == (pd.Timestamp("2025-02-11"),)
    assert rs.returns[1] == pytest.approx(100 * np.log(1.1))


def test_one_price_is_too_few():
    with pytest.raises(TooFewObservations, match="1 observations and 2 are needed"):
        on_sessions("topix", pd.Series([100.0], index=DAYS[:1]), "tokyo_close")


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pd.DataFrame({"topix": [1.0, 2.0]}, index=DAYS[[1, 0]]), "2025-02-10 comes after a later date"),
        (pd.DataFrame({"topix": [1.0, 2.0]}, index=DAYS[[0, 0]]), "2025-02-10 appears twice"),
        (pd.DataFrame({"topix": [1.0, -2.0]}, index=DAYS[:2]), "topix on 2025-02-12: price -2"),
        (pd.DataFrame({"topix": [0.0, 2.0]}, index=DAYS[:2]), "topix on 2025-02-10: price 0"),
        (pd.DataFrame({"topix": ["1", "2"]}, index=DAYS[:2]), "not a number"),
        (pd.DataFrame({"topix": [1.0, np.inf]}, index=DAYS[:2]), "price inf"),
        (pd.DataFrame({"topix": [1.0, 2.0]}), "not a DataFrame indexed by dates"),
        (pd.DataFrame({"topix": [1.0]}, index=DAYS[:1].tz_localize("Asia/Tokyo")), "time zone"),
    ],
)
def test_unusable_prices_are_refused_with_the_place(frame, says):
    with pytest.raises(BadPrices, match=says):
        check_prices(frame)


def test_named_episodes_stay_together_and_overlapping_events_join():
    placed = place({"a": 100, "b": 103, "c": 120, "d": 400}, {"d": "D"}, reach=4)
    assert [(p.event, p.episode, p.episode_day0) for p in placed] == [
        ("a", "a", 100), ("b", "a", 100), ("c", "c", 120), ("d", "D", 400),
    ]  # fmt: skip


def test_a_clean_window_ends_gap_sessions_before_the_first_reaction():
    placed = place({"a": 600}, {}, reach=4)
    # ten sessions 590..599 lie between the window's last session 589 and day 0
    assert clean_ends(placed, gap=10, length=500) == {"a": 589}


def test_later_episodes_share_the_calm_before_the_cluster():
    placed = place({"a": 600, "b": 640, "far": 2000}, {}, reach=4)
    assert clean_ends(placed, gap=10, length=500) == {"a": 589, "b": 589, "far": 1989}


def test_estimation_positions_skip_undefined_returns():
    returns = np.array([np.nan, 1.0, np.nan, 2.0, 3.0, 4.0])
    assert estimation_positions(returns, end=4, length=3, what="x").tolist() == [1, 3, 4]
    with pytest.raises(TooFewObservations, match="x has 3 observations and 4 are needed"):
        estimation_positions(returns, end=4, length=4, what="x")


@pytest.mark.parametrize(
    ("bridge", "first_day", "expected"),
    [("direct", 0, 50), ("episode", 0, 99), ("episode", -1, 98), ("event", 0, 104), ("event", -1, 103)],
)
def test_the_bridge_decides_whose_eve_the_forecast_stands_on(bridge, first_day, expected):
    item = Placed("b", day0=105, episode="a", episode_day0=100)
    assert origin(bridge, item, first_day, estimation_end=50) == expected
