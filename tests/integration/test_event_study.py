"""The study end to end on simulated markets: values in, values out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import BadValue, NothingToStudy, UnsupportedModel
from eventstudy.results import RESULT_COLUMNS
from eventstudy.simulate import Effect

NEWS = es.Event("N1", "2025-04-02T16:00:00-04:00", "announcement", direction="escalation")
PAUSE = es.Event("N2", "2025-04-08T13:18:00-04:00", "pause", direction="de-escalation")
QUICK = es.Design(replications=499, starts=1)
HUGE = {"escalation": Effect(-30.0, -15.0, (1.0,))}


@pytest.fixture(scope="module")
def market() -> es.simulate.SimulatedMarket:
    return es.simulate_market(seed=3, events=[NEWS], effects=HUGE)


@pytest.fixture(scope="module")
def result(market) -> es.StudyResult:
    return es.event_study(market.closes(["nikkei225", "usdjpy"]), [NEWS, PAUSE], QUICK, seed=1)


def cell(frame: pd.DataFrame, event: str, series: str, statistic: str, window: tuple[int, int], method: str):
    rows = frame[
        (frame.event == event) & (frame.series == series) & (frame.statistic == statistic)
        & (frame.window_start == window[0]) & (frame.window_end == window[1]) & (frame.method == method)
    ]  # fmt: skip
    assert len(rows) == 1
    return rows.iloc[0]


def measured_windows(result: es.StudyResult) -> set[tuple[int, int]]:
    frame = result.to_frame().query("statistic == 'CAR'")
    return set(zip(frame.window_start, frame.window_end, strict=True))


def test_a_huge_fall_is_found_with_its_size_and_sign(market, result):
    frame = result.to_frame()
    found = cell(frame, "N1", "nikkei225", "AR", (0, 0), "fhs")
    close = market.bars["nikkei225"]["close"]
    observed = 100 * np.log(close["2025-04-03"] / close["2025-04-02"])
    assert found.estimate == pytest.approx(observed - result.fits.set_index("series").loc["nikkei225", "mu"])
    assert found.estimate < -30
    assert found.p_value == found.floor == pytest.approx(1 / 500)
    assert found.lower < found.estimate < found.upper < 0


def test_every_window_has_every_statistic_and_method_once(result):
    frame = result.to_frame()
    assert tuple(frame.columns) == RESULT_COLUMNS
    keys = ["event", "series", "window_start", "window_end", "statistic", "method"]
    assert not frame.duplicated(keys).any()
    one = frame[(frame.event == "N1") & (frame.series == "nikkei225")]
    placebo = {"placebo", "placebo_matched"}
    methods = {"fhs", "fhs_block", "fhs_tails", "garch_z", "constant_t", "sq", "sq_z", *placebo}
    assert found(one, "AR") == {((k, k), method) for k in range(-1, 5) for method in methods}
    assert found(one, "AV") == {
        ((k, k), method) for k in range(-1, 5) for method in {"fhs", "fhs_block", *placebo}
    }
    # a quartile of this short history holds fewer than 19 windows of five sessions that do not overlap
    assert found(one, "CAR") == {
        (window, method) for window in QUICK.windows for method in {*methods, "hac_t"}
    } - {((0, 4), "placebo_matched")}
    assert found(one, "MAX") == {
        (window, method) for window in QUICK.windows[1:] for method in {"fhs", "fhs_block"}
    }


def found(frame: pd.DataFrame, statistic: str) -> set[tuple[tuple[int, int], str]]:
    rows = frame[frame.statistic == statistic]
    return set(zip(zip(rows.window_start, rows.window_end, strict=True), rows.method, strict=True))


def test_the_cumulated_return_is_the_sum_of_its_days_and_the_volatility_its_excess(result):
    frame = result.to_frame()
    days = [cell(frame, "N1", "nikkei225", "AR", (k, k), "fhs").estimate for k in range(5)]
    assert cell(frame, "N1", "nikkei225", "CAR", (0, 4), "fhs").estimate == pytest.approx(sum(days))
    ratios = [cell(frame, "N1", "nikkei225", "AV", (k, k), "fhs").estimate for k in range(5)]
    assert cell(frame, "N1", "nikkei225", "CAV", (0, 4), "fhs").estimate == pytest.approx(sum(ratios) - 5)


def test_each_series_reacts_on_its_own_clock(result):
    sessions = result.reactions.set_index(["event", "series"])["session"]
    assert sessions["N1", "nikkei225"] == pd.Timestamp("2025-04-03")
    assert sessions["N1", "usdjpy"] == pd.Timestamp("2025-04-02")


def test_both_events_of_an_episode_are_forecast_from_its_eve(result):
    frame = result.to_frame()
    here = frame[(frame.series == "nikkei225") & (frame.window_start >= 0)]
    origins = here.groupby("event").origin.unique()
    assert [list(o) for o in origins] == [[pd.Timestamp("2025-04-02")]] * 2
    assert set(frame.episode) == {"N1"}


@pytest.mark.parametrize(("bridge", "eve"), [("event", "2025-04-08"), ("direct", "2025-03-18")])
def test_other_bridges_stand_on_other_eves(market, bridge, eve):
    design = es.Design(replications=99, starts=1, bridge=bridge)
    frame = es.event_study(market.closes(["nikkei225"]), [NEWS, PAUSE], design).to_frame()
    pause = frame[(frame.event == "N2") & (frame.window_start == 0)]
    assert set(pause.origin) == {pd.Timestamp(eve)}


def test_the_estimation_window_holds_exactly_the_sessions_asked_for(result, market):
    row = result.fits.set_index("series").loc["nikkei225"]
    days = market.bars["nikkei225"].index
    assert row.n == 500
    assert len(days[(days >= row.estimation_start) & (days <= row.estimation_end)]) == 500
    assert len(days[(days > row.estimation_end) & (days < pd.Timestamp("2025-04-03"))]) == 10


def test_a_pinned_window_ends_on_the_last_session_before_the_pin(market):
    design = es.Design(replications=99, starts=1, estimation_end=date(2025, 1, 26))  # a Sunday
    result = es.event_study(market.closes(["nikkei225"]), [NEWS], design)
    assert set(result.to_frame().estimation_end) == {pd.Timestamp("2025-01-24")}


def test_results_do_not_depend_on_order_or_executor(market, result):
    prices = market.closes(["usdjpy", "nikkei225"])
    with ThreadPoolExecutor(2) as pool:
        other = es.event_study(prices, [PAUSE, NEWS], QUICK, seed=1, executor=pool)
    keys = ["event", "series", "window_start", "window_end", "statistic", "method"]
    left = result.to_frame().sort_values(keys, ignore_index=True)
    right = other.to_frame().sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_prices_after_the_aftermath_change_nothing(market, result):
    prices = market.closes(["nikkei225", "usdjpy"])
    prices.loc["2025-07-10":] *= 1.5  # 60 sessions after the second event
    changed = es.event_study(prices, [NEWS, PAUSE], QUICK, seed=1)
    pd.testing.assert_frame_equal(result.to_frame(), changed.to_frame(), check_exact=True)
    pd.testing.assert_frame_equal(result.questions, changed.questions, check_exact=True)


def test_scaling_prices_changes_nothing_but_rounding(market, result):
    scaled = es.event_study(market.closes(["nikkei225", "usdjpy"]) * 7.0, [NEWS, PAUSE], QUICK, seed=1)
    left, right = result.to_frame(), scaled.to_frame()
    # returns differ in the last bits, which the optimiser may amplify to its tolerance
    assert right.estimate.to_numpy() == pytest.approx(
        left.estimate.to_numpy(), rel=1e-4, abs=1e-5, nan_ok=True
    )


def test_an_event_outside_the_prices_is_a_listed_exclusion_not_a_crash(market):
    later = es.Event("LATE", "2025-12-01T09:00:00+09:00", "after the data")
    result = es.event_study(market.closes(["nikkei225"]), [NEWS, later], QUICK)
    (exclusion,) = [item for item in result.exclusions if item.event == "LATE"]
    assert "2025-12-01" in exclusion.reason
    assert "2025-10-31" in exclusion.reason
    assert set(result.to_frame().event) == {"N1"}


def test_a_fresh_event_is_measured_as_far_as_prices_go(market):
    prices = market.closes(["nikkei225"]).loc[:"2025-04-04"]
    result = es.event_study(prices, [NEWS], QUICK)
    assert measured_windows(result) == {(0, 0), (0, 1), (-1, 1)}
    assert "[0, 4] reaches beyond" in result.exclusions[0].reason


def test_a_missing_session_inside_a_window_excludes_that_window_only(market):
    prices = market.closes(["nikkei225"])
    prices.loc["2025-04-08"] = np.nan
    result = es.event_study(prices, [NEWS], QUICK)
    (exclusion,) = result.exclusions
    assert "2025-04-08" in exclusion.reason
    assert measured_windows(result) == {(0, 0), (0, 1), (-1, 1)}


def test_the_reason_names_the_missing_price_and_not_the_return_after_it(market):
    later = es.Event("N3", "2025-04-08T16:00:00-04:00", "the news after the gap")  # day 0 is 2025-04-09
    prices = market.closes(["nikkei225"])
    prices.loc["2025-04-08"] = np.nan
    with pytest.raises(NothingToStudy, match="needs the price of nikkei225 on 2025-04-08, which is missing"):
        es.event_study(prices, [later], es.Design(windows=((0, 0),), replications=99, starts=1))


def test_too_short_a_history_says_how_much_is_needed(market):
    prices = market.closes(["nikkei225"]).loc["2024-06-01":]
    with pytest.raises(NothingToStudy, match="and 500 are needed"):
        es.event_study(prices, [NEWS], QUICK)


def test_an_event_before_a_pinned_window_is_excluded_with_the_reason(market):
    design = es.Design(replications=99, starts=1, estimation_end=date(2025, 5, 30))
    with pytest.raises(NothingToStudy, match="pin an earlier estimation_end"):
        es.event_study(market.closes(["nikkei225"]), [NEWS], design)


def test_events_on_one_session_are_reported_as_inseparable(market):
    twin = es.Event("N9", "2025-04-02T18:00:00-04:00", "same night")
    result = es.event_study(market.closes(["nikkei225"]), [NEWS, twin], QUICK)
    assert any("N1, N9 share session 2025-04-03 of nikkei225" in text for text in result.warnings)


def test_duplicate_ids_and_factor_means_are_refused(market):
    prices = market.closes(["nikkei225"])
    with pytest.raises(BadValue, match="N1"):
        es.event_study(prices, [NEWS, NEWS], QUICK)
    with pytest.raises(UnsupportedModel, match="factor mean"):
        es.event_study(prices, [NEWS], es.Design(mean="factor"))


@pytest.mark.parametrize("variance", ["constant", "garch", "egarch"])
@pytest.mark.parametrize("mean", ["zero", "ar1"])
def test_every_model_runs_and_agrees_roughly_on_a_huge_effect(market, mean, variance):
    design = es.Design(mean=mean, variance=variance, dist="normal", replications=199, starts=1)
    frame = es.event_study(market.closes(["nikkei225"]), [NEWS], design).to_frame()
    found = cell(frame, "N1", "nikkei225", "AR", (0, 0), "fhs")
    # models differ by their mean and the AR term: well under one per cent of returns of sd 1.2
    assert found.estimate == pytest.approx(-36.0, abs=6.0)
    assert found.p_value == found.floor


def test_the_table_keeps_the_order_in_which_events_were_given(market):
    result = es.event_study(market.closes(["nikkei225"]), [PAUSE, NEWS], QUICK)
    assert list(dict.fromkeys(result.to_frame().event)) == ["N2", "N1"]


def test_a_missing_price_in_the_gap_is_filtered_through_and_not_bridged(market):
    prices = market.closes(["nikkei225"])
    prices.loc["2025-03-25"] = np.nan
    result = es.event_study(prices, [NEWS], QUICK)
    assert not result.exclusions
    path = result.paths[result.paths.event == "N1"].set_index("session")
    row = result.fits.iloc[0]
    omega, alpha, gamma, beta = (row[name] for name in ("omega", "alpha", "gamma", "beta"))
    # without a return the squared residual counts as its expectation, twice: on the day and on the day after
    before, after = path.loc["2025-03-25", "filtered_variance"], path.loc["2025-03-26", "filtered_variance"]
    assert after == pytest.approx(omega + (alpha + gamma / 2 + beta) * before)
    assert np.isnan(path.loc["2025-03-26", "log_return"])
