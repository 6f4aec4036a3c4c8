"""How a panel study is put together: dates, windows, events left out with their reasons, frames and units."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import BadValue, NothingToStudy
from eventstudy.inference.panel import battery
from eventstudy.inference.panel.spans import accumulated, log_growth, sessions_covered

SESSIONS = pd.bdate_range("2023-01-02", periods=120)
FRIDAY, SATURDAY, SUNDAY, MONDAY = pd.to_datetime(["2023-05-05", "2023-05-06", "2023-05-07", "2023-05-08"])
EXACT = 1e-12  # sums of a hundred numbers in another order


def world(firms=4, sessions=SESSIONS, seed=0):
    """Return random returns and a market."""
    rng = np.random.default_rng(seed)
    market = pd.DataFrame({"market": rng.normal(0, 0.01, len(sessions))}, index=sessions)
    noise = rng.normal(0, 0.02, (len(sessions), firms))
    returns = pd.DataFrame(market.to_numpy() + noise, index=sessions, columns=list("ABCDEFGH"[:firms]))
    return returns, market


def study(returns, events, market=None, **choices):
    """Run a study with windows that suit 120 sessions."""
    choices = {"estimation": 50, "gap": 5, "windows": ((0, 0), (-2, 2))} | choices
    return es.panel_study(returns, events, factors=market, **choices)


def reasons(result):
    return dict(zip(result.dropped["event"], result.dropped["reason"], strict=True))


def test_the_windows_lie_where_the_design_says():
    returns, market = world()
    result = study(returns, [("A", SESSIONS[80])], market)
    # event days 78..82, five sessions of gap 73..77, fifty sessions of estimation 23..72
    assert result.sample.event_days.tolist() == [[78, 79, 80, 81, 82]]
    assert result.sample.residual_days.tolist() == [list(range(23, 73))]
    assert result.abnormal_returns.columns.tolist() == [-2, -1, 0, 1, 2]
    assert result.sample.first == -2


def test_frames_agree_with_one_another_and_with_sums_by_hand():
    returns, market = world()
    result = study(returns, [("A", SESSIONS[70]), ("B", SESSIONS[80]), ("A", SESSIONS[110])], market)
    table = result.abnormal_returns
    assert result.events["firm"].tolist() == ["A", "B", "A"]
    assert result.events["session"].tolist() == [SESSIONS[70], SESSIONS[80], SESSIONS[110]]
    assert result.aar.tolist() == pytest.approx([table[day].sum() / 3 for day in range(-2, 3)], rel=EXACT)
    assert result.caar.tolist() == pytest.approx(np.cumsum(result.aar.to_numpy()), rel=EXACT)
    assert result.car[(-2, 2)].tolist() == pytest.approx(table.to_numpy().sum(axis=1), rel=EXACT)
    assert result.car[(0, 0)].tolist() == table[0].tolist()
    assert result.window_caar[(-2, 2)] == pytest.approx(result.caar.iloc[-1], rel=EXACT)
    assert result.coefficients.columns.tolist() == ["alpha", "beta"]
    assert repr(result) == ("<PanelResult: 3 of 3 events, model market, windows ((0, 0), (-2, 2))>")


def test_a_series_of_dates_is_the_same_as_a_list_of_pairs():
    returns, market = world()
    dates = pd.Series([SESSIONS[70], SESSIONS[80]], index=["B", "A"])
    pairs = [("B", str(SESSIONS[70].date())), ("A", SESSIONS[80].to_pydatetime())]
    one, other = study(returns, dates, market), study(returns, pairs, market)
    pd.testing.assert_frame_equal(one.abnormal_returns, other.abnormal_returns)


@pytest.mark.parametrize(("policy", "session"), [("later", MONDAY), ("earlier", FRIDAY)])
@pytest.mark.parametrize("date", [SATURDAY, SUNDAY])
def test_a_weekend_date_moves_with_its_whole_geometry(policy, session, date):
    returns, market = world()
    options = es.PanelOptions(dates=policy)
    moved = study(returns, [("A", date)], market, options=options)
    direct = study(returns, [("A", session)], market)
    assert moved.events["session"].tolist() == [session]
    assert moved.events["date"].tolist() == [date]
    assert (moved.sample.residual_days == direct.sample.residual_days).all()
    assert (moved.sample.abnormal == direct.sample.abnormal).all()


def test_a_date_that_is_a_session_stays_under_every_policy():
    returns, market = world()
    for policy in ("later", "earlier", "skip"):
        result = study(returns, [("A", MONDAY)], market, options=es.PanelOptions(dates=policy))
        assert result.events["session"].tolist() == [MONDAY]


def test_skipped_and_far_dates_are_dropped_with_the_reason():
    returns, market = world()
    gone = returns.drop(pd.bdate_range("2023-05-01", "2023-05-10"))
    events = [("A", SESSIONS[75]), ("B", SATURDAY), ("C", "2023-05-02")]
    skipped = study(gone, events, market.loc[gone.index], options=es.PanelOptions(dates="skip"))
    assert list(reasons(skipped)) == [1, 2]
    assert "2023-05-06 is no row of the returns" in reasons(skipped)[1]
    bounded = study(gone, events, market.loc[gone.index], options=es.PanelOptions(max_shift=5))
    # the next row is 11 May: 5 days after the 6th, 9 after the 2nd
    assert bounded.events["session"].tolist() == [SESSIONS[75], pd.Timestamp("2023-05-11")]
    assert reasons(bounded) == {
        2: "no row of the returns within 5 days later than 2023-05-02; "
        "correct the date or allow a larger max_shift"
    }


def test_every_event_that_cannot_be_studied_is_told_with_its_own_reason():
    returns, market = world()
    returns["D"] = 0.0
    returns.loc[SESSIONS[78] : SESSIONS[82], "C"] = np.nan
    events = [
        *(("A", SESSIONS[80]), ("Z", SESSIONS[80]), ("A", None), ("A", "2031-01-01"), ("A", "2001-01-01")),
        *(("A", SESSIONS[80]), ("A", SESSIONS[119]), ("A", SESSIONS[20]), ("C", SESSIONS[80])),
        ("D", SESSIONS[80]),
    ]
    result = study(returns, events, market, model="mean_adjusted")
    assert result.events.index.tolist() == [0]
    told = reasons(result)
    assert told[1] == "the returns have no column 'Z'; known: A, B, C, D"
    assert told[2] == "the event has no date; give one"
    assert told[3].startswith("2031-01-01 lies outside the returns (2023-01-02 to 2023-06-16)")
    assert told[4].startswith("no row of the returns within 7 days later than 2001-01-01")
    assert told[5] == "event 0 is of the same firm and session; keep one of them"
    assert told[6].startswith("the event days -2 to 2 around 2023-06-16 leave the returns")
    assert told[7].startswith("the estimation window has 13 observations and 25 are needed")
    assert told[8].startswith("the event days -2 to 2 have no return")
    assert told[9].startswith("the residuals of the estimation window do not vary")
    assert result.dropped["firm"].tolist()[:2] == ["Z", "A"]


def test_two_dates_that_fall_on_one_session_are_one_event():
    returns, market = world()
    result = study(returns, [("A", SATURDAY), ("B", MONDAY), ("A", MONDAY)], market)
    assert result.events.index.tolist() == [0, 1]
    assert reasons(result) == {2: "event 0 is of the same firm and session; keep one of them"}


def test_collinear_factors_drop_the_event_and_say_so():
    returns, market = world()
    factors = market.assign(size=np.where(np.arange(120) < 70, 2 * market["market"], 0.1))
    result = study(returns, [("A", SESSIONS[70]), ("B", SESSIONS[100])], factors, model="factors")
    assert result.events.index.tolist() == [1]
    assert reasons(result)[0].startswith("the factors are collinear in the estimation window")
    assert result.coefficients.columns.tolist() == ["alpha", "market", "size"]


def test_when_nothing_is_left_the_first_reason_is_told():
    returns, market = world()
    with pytest.raises(NothingToStudy, match="event 0 of 'Z': the returns have no column 'Z', and 1 more"):
        study(returns, [("Z", SESSIONS[80]), ("Y", SESSIONS[80])], market)
    with pytest.raises(NothingToStudy, match="give at least one"):
        study(returns, [], market)
    with pytest.raises(NothingToStudy, match="13 observations"):
        study(returns, [("A", SESSIONS[20])], market)
    with pytest.raises(NothingToStudy, match="do not vary"):
        study(returns * 0, [("A", SESSIONS[80])], market)


def test_missing_days_of_the_estimation_window_are_left_out_and_counted():
    returns, market = world()
    returns.iloc[30:40, 0] = np.nan
    market.iloc[45:48, 0] = np.nan
    result = study(returns, [("A", SESSIONS[80]), ("B", SESSIONS[80])], market)
    assert result.events["observed"].tolist() == [37, 47]
    missing = np.isnan(result.sample.residuals)
    assert result.sample.residual_days[0][missing[0]].tolist() == [*range(30, 40), *range(45, 48)]
    assert np.isnan(result.sample.leverage[0]).tolist() == missing[0].tolist()


def test_an_event_on_the_threshold_of_observations_is_kept_and_one_below_is_dropped():
    returns, market = world()
    returns.iloc[23:33, 0] = np.nan
    returns.iloc[23:34, 1] = np.nan
    events = [("A", SESSIONS[80]), ("B", SESSIONS[80])]
    result = study(returns, events, market, options=es.PanelOptions(min_observations=40))
    assert result.events["firm"].tolist() == ["A"]
    assert "has 39 observations and 40 are needed" in reasons(result)[1]
    assert len(study(returns, events, market).events) == 2


def test_a_missing_event_day_leaves_the_windows_without_it_whole():
    returns, market = world()
    returns.loc[SESSIONS[81], "A"] = np.nan
    result = study(returns, [("A", SESSIONS[80]), ("B", SESSIONS[80])], market)
    assert np.isnan(result.abnormal_returns.loc[0, 1])
    assert np.isnan(result.car.loc[0, (-2, 2)])
    assert result.car.loc[0, (0, 0)] == result.abnormal_returns.loc[0, 0]
    assert result.aar[1] == result.abnormal_returns.loc[1, 1]
    n = result.tests(["csect_t", "sign"]).set_index(["test", "window_start"])["n"]
    assert n.tolist() == [2, 1, 2, 1]


def test_days_before_the_data_count_as_missing():
    returns, market = world()
    result = study(returns, [("A", SESSIONS[45])], market)
    # event days from 43, gap 38..42, estimation -12..37: 38 days exist
    assert result.events["observed"].tolist() == [38]
    assert np.isnan(result.sample.residuals[0, :12]).all()
    assert result.sample.residual_days.min() == 0


def test_factors_are_matched_by_session_and_a_session_without_them_is_missing():
    returns, market = world()
    shuffled = pd.concat([market.iloc[:60], market.iloc[61:]])
    wider = pd.concat([shuffled, pd.DataFrame({"market": 0.0}, index=[pd.Timestamp("2030-01-01")])])
    result = study(returns, [("A", SESSIONS[80])], wider)
    assert result.events["observed"].tolist() == [49]
    assert np.isnan(result.sample.residuals[0]).nonzero()[0].tolist() == [60 - 23]
    as_series = study(returns, [("A", SESSIONS[80])], market["market"])
    assert as_series.coefficients.equals(study(returns, [("A", SESSIONS[80])], market).coefficients)


def test_models_use_the_first_column_as_the_market_and_factors_all():
    returns, market = world()
    both = market.assign(other=np.random.default_rng(1).normal(size=120))
    one, two = (study(returns, [("A", SESSIONS[80])], given) for given in (market, both))
    assert one.coefficients.equals(two.coefficients)
    every = study(returns, [("A", SESSIONS[80])], both, model="factors")
    assert every.coefficients.columns.tolist() == ["alpha", "market", "other"]
    raw = study(returns, [("A", SESSIONS[80])], model="raw")
    assert raw.abnormal_returns.loc[0].tolist() == returns["A"].iloc[78:83].tolist()
    assert raw.coefficients.shape == (1, 0)


def test_rows_may_be_numbered_instead_of_dated():
    returns, market = world()
    dated = study(returns, [("A", SESSIONS[80])], market)
    returns.index = market.index = pd.RangeIndex(10, 130)
    numbered = study(returns, [("A", 90)], market)
    assert (numbered.sample.abnormal == dated.sample.abnormal).all()
    gone = [one.drop(index=[90, 91]) for one in (returns, market)]
    assert study(gone[0], [("A", 90)], gone[1]).events["session"].tolist() == [92]
    with pytest.raises(NothingToStudy, match="within 1 days later than 90"):
        study(gone[0], [("A", 90)], gone[1], options=es.PanelOptions(max_shift=1))


def test_a_daily_frame_reads_the_day_of_a_timestamp_and_an_intraday_frame_its_time():
    returns, market = world()
    daily = study(returns, [("A", SESSIONS[80] + pd.Timedelta("16:30:00"))], market)
    assert daily.events["session"].tolist() == [SESSIONS[80]]
    hours = pd.date_range("2023-01-02", periods=120, freq="h")
    returns.index = market.index = hours
    later = study(returns, [("A", hours[80] + pd.Timedelta("00:01:00"))], market)
    assert later.events["session"].tolist() == [hours[81]]


def test_time_zones_agree_or_are_refused():
    returns, market = world()
    naive = study(returns, [("A", SESSIONS[80])], market)
    returns.index = market.index = SESSIONS.tz_localize("Asia/Tokyo")
    # 22:00 in London on the day before is the morning in Tokyo
    aware = pd.Timestamp(SESSIONS[79]).tz_localize("Europe/London") + pd.Timedelta("22:00:00")
    result = study(returns, [("A", aware)], market)
    assert (result.sample.abnormal == naive.sample.abnormal).all()
    with pytest.raises(BadValue, match="dates in time zone Asia/Tokyo, as the index of the returns is"):
        study(returns, [("A", SESSIONS[80])], market)


@pytest.mark.parametrize(
    ("unit", "size", "log"),
    [("simple", 1, False), ("simple_percent", 100, False), ("log", 1, True), ("log_percent", 100, True)],
)
def test_buy_and_hold_returns_compound_by_hand(unit, size, log):
    returns = pd.DataFrame({"A": np.tile([0.01, -0.01], 60)}, index=SESSIONS)
    returns.iloc[79:82, 0] = [0.10, -0.05, 0.20]
    market = pd.DataFrame({"m": np.full(120, 0.02)}, index=SESSIONS)
    if log:
        returns, market = np.log1p(returns), np.log1p(market)
    result = study(
        *(size * returns, [("A", SESSIONS[80])], size * market),
        model="market_adjusted",
        windows=((-1, 1), (0, 0)),
        options=es.PanelOptions(unit=unit),
    )
    held, hoped = 1.10 * 0.95 * 1.20, 1.02**3
    assert result.bhar.loc[0, (-1, 1)] == pytest.approx(size * (held - hoped), rel=1e-12)
    assert result.bhar.loc[0, (0, 0)] == pytest.approx(size * (0.95 - 1.02), rel=1e-12)


def test_buy_and_hold_returns_need_a_unit_and_miss_what_is_missing():
    returns, market = world()
    returns.loc[SESSIONS[81], "A"] = np.nan
    events = [("A", SESSIONS[80]), ("B", SESSIONS[80])]
    with pytest.raises(BadValue, match="one of log, log_percent, simple, simple_percent"):
        _ = study(returns, events, market).bhar
    bhar = study(returns, events, market, options=es.PanelOptions(unit="log")).bhar
    assert np.isnan(bhar[(-2, 2)]).tolist() == [True, False]
    assert np.isfinite(bhar[(0, 0)]).all()


def test_a_total_loss_compounds_to_nothing():
    assert np.exp(log_growth(np.array([-1.0, -100.0]), "simple"))[0] == 0
    assert np.exp(log_growth(np.array([-100.0]), "simple_percent")) == 0


def test_the_battery_is_asked_for_by_name_and_window():
    returns, market = world()
    events = [(firm, SESSIONS[day]) for firm in "ABCD" for day in (70, 90, 110)]
    result = study(returns, events, market, options=es.PanelOptions(seed=3, replications=99))
    every = result.tests()
    assert every["test"].unique().tolist() == list(battery.TESTS)
    assert list(every.columns) == list(battery.COLUMNS)
    assert sorted(set(zip(every["window_start"], every["window_end"], strict=True))) == [(-2, 2), (0, 0)]
    few = result.tests(["bmp"], [(-1, 1)])
    assert few[["test", "window_start", "window_end"]].to_numpy().tolist() == [["bmp", -1, 1]]
    pd.testing.assert_frame_equal(every, result.tests())
    with pytest.raises(BadValue):
        result.tests(["bmp"], [(0, 9)])
    with pytest.raises(BadValue):
        result.tests(["t_test"])


def test_sessions_covered_counts_back_to_the_trade_before():
    nan = np.nan
    returns = np.array([[nan, nan, 1, 1, nan, nan, 1, nan], [1, nan, nan, nan, 1, 1, 1, 1]])
    assert sessions_covered(returns).tolist() == [[1, 1, 1, 1, 1, 1, 3, 1], [1, 1, 1, 1, 4, 1, 1, 1]]


def test_factors_accumulate_over_the_sessions_covered():
    days, covered = np.array([[2, 3]]), np.array([[2, 1]])
    logs = np.array([0.1, 0.2, 0.3, 0.4])
    assert accumulated(logs, days, covered, "log") == pytest.approx(np.array([[0.5, 0.4]]))
    simple = accumulated(100 * np.expm1(logs), days, covered, "simple_percent")
    assert simple == pytest.approx(100 * np.expm1([[0.5, 0.4]]))
    broken = accumulated(np.array([0.1, np.nan, 0.3, 0.4]), days, covered, "log")
    assert np.isnan(broken).tolist() == [[True, False]]


def test_a_thinly_traded_firm_is_studied_from_trade_to_trade():
    rng = np.random.default_rng(8)
    returns, market = world()
    price = (100 * np.exp(returns["A"].cumsum())).mask(rng.uniform(size=120) < 0.3)
    price.loc[SESSIONS[[77, 79, 80, 81]]] = [101.0, np.nan, 103.0, 104.0]
    price.loc[SESSIONS[78]] = np.nan
    trades = price.dropna()
    thin = np.log(trades).diff().reindex(SESSIONS).to_frame("A")
    result = study(
        *(thin, [("A", SESSIONS[80])], market),
        windows=((0, 1),),
        options=es.PanelOptions(trade_to_trade=True, unit="log"),
    )
    rows = [row for row in range(25, 75) if not np.isnan(thin["A"].iloc[row])]
    before = {row: max(one for one in range(row) if not np.isnan(price.iloc[one])) for row in [*rows, 80]}
    first = thin["A"].first_valid_index()
    n = np.array([1 if SESSIONS[row] == first else row - before[row] for row in rows])
    total = market["market"].cumsum().to_numpy()
    m = np.array([total[row] - total[row - span] for row, span in zip(rows, n, strict=True)])
    root = np.sqrt(n)
    x = np.column_stack([n, m]) / root[:, None]
    coefficients = np.linalg.lstsq(x, thin["A"].iloc[rows].to_numpy() / root, rcond=None)[0]
    assert result.coefficients.loc[0].tolist() == pytest.approx(coefficients, rel=1e-9)
    # day 0 covers three sessions: 101 to 103 over rows 78, 79 and 80
    expected = np.log(103 / 101) - 3 * coefficients[0] - coefficients[1] * (total[80] - total[77])
    assert result.abnormal_returns.loc[0, 0] == pytest.approx(expected, rel=1e-9)
    assert result.sample.forecast[0, 0, 0] > 3 > 1.5 > result.sample.forecast[0, 1, 1] > 1
