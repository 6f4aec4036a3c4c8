"""Defects found in other programs' construction of event studies: each one a thing that must not happen here.

The numbers in the names of the tests are those of the survey's list of defects.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import eventstudy as es

SESSIONS = pd.bdate_range("2022-01-03", periods=260)
DAY0, LENGTH, GAP, WIDTH = 200, 100, 10, 5
CALM = slice(DAY0 - 2 - GAP - LENGTH, DAY0 - 2 - GAP)
AHEAD = slice(DAY0 - 2, DAY0 + 3)
EXACT = 1e-12


@pytest.fixture
def market():
    return pd.DataFrame({"m": np.random.default_rng(1).normal(0, 1, 260)}, index=SESSIONS)


@pytest.fixture
def returns(market):
    noise = np.random.default_rng(2).normal(0, 1.5, (260, 5))
    return pd.DataFrame(0.05 + 0.9 * market.to_numpy() + noise, index=SESSIONS, columns=list("ABCDE"))


def study(returns, events, market=None, **choices):
    choices = {"estimation": LENGTH, "gap": GAP, "windows": ((0, 0), (-2, 2))} | choices
    return es.panel_study(returns, events, factors=market, **choices)


def test_defects_2_and_4_the_car_error_carries_the_forecast_error_and_its_covariances(returns, market):
    result = study(returns, [("A", SESSIONS[DAY0])], market)
    x = sm.add_constant(market["m"].to_numpy())
    fitted = sm.OLS(returns["A"].to_numpy()[CALM], x[CALM]).fit()
    car = sm.OLS(returns["A"].to_numpy()[CALM], x[CALM]).fit().get_prediction(x[AHEAD].sum(axis=0))
    # the variance of a sum of forecast errors: H sigma^2 and the variance of the summed prediction
    expected = np.sqrt(WIDTH * fitted.scale + car.se_mean[0] ** 2)
    found = result.sample.sigma[0] * np.sqrt(result.sample.forecast[0].sum())
    assert found == pytest.approx(expected, rel=EXACT)
    assert found > result.sample.sigma[0] * np.sqrt(WIDTH)
    assert found > result.sample.sigma[0] * np.sqrt(np.trace(result.sample.forecast[0]))


@pytest.mark.parametrize(
    ("model", "spent"), [("mean_adjusted", 1), ("market_adjusted", 1), ("market", 2), ("factors", 3)]
)
def test_defects_4_5_and_8_the_degrees_of_freedom_are_those_of_the_model(returns, market, model, spent):
    factors = market.assign(other=np.random.default_rng(3).normal(size=260))
    sample = study(returns, [("A", SESSIONS[DAY0])], factors, model=model).sample
    squares = ((sample.residuals - (sample.residuals.mean() if spent == 1 else 0)) ** 2).sum()
    assert sample.coefficients.tolist() == [spent]
    assert sample.sigma[0] ** 2 == pytest.approx(squares / (LENGTH - spent), rel=EXACT)


@pytest.mark.parametrize("model", list(es.models.MODELS))
def test_defect_5_no_event_day_leaks_into_what_is_estimated(returns, market, model):
    before = study(returns, [("A", SESSIONS[DAY0])], market, model=model).sample
    shocked, moved = returns.copy(), market.copy()
    shocked.iloc[DAY0 - 2 - GAP :, 0] += 50.0
    moved.iloc[DAY0 - 2 - GAP :, 0] *= 3.0
    after = study(shocked, [("A", SESSIONS[DAY0])], moved, model=model).sample
    assert after.sigma.tolist() == before.sigma.tolist()
    assert np.array_equal(after.residuals, before.residuals, equal_nan=True)
    assert (after.abnormal != before.abnormal).all()


def test_defect_5_the_variance_of_a_constant_mean_is_that_of_the_estimation_window(returns):
    result = study(returns, [("A", SESSIONS[DAY0])], model="mean_adjusted")
    calm = returns["A"].to_numpy()[CALM]
    assert result.sample.sigma[0] == pytest.approx(calm.std(ddof=1), rel=EXACT)


def test_defects_6_and_11_windows_are_counted_in_sessions_not_in_calendar_days(returns, market):
    result = study(returns, [("A", SESSIONS[DAY0])], market)
    days = SESSIONS[result.sample.event_days[0]]
    assert (days[-1] - days[0]).days > WIDTH - 1  # a weekend lies inside
    assert result.abnormal_returns.shape == (1, WIDTH)
    assert result.sample.residuals.shape == (1, LENGTH)
    regular = (
        returns.set_axis(pd.date_range("2022-01-03", periods=260)),
        market.set_axis(pd.date_range("2022-01-03", periods=260)),
    )
    same = study(regular[0], [("A", regular[0].index[DAY0])], regular[1])
    assert (same.sample.abnormal == result.sample.abnormal).all()


def test_defect_6_degrees_of_freedom_do_not_depend_on_the_event_window(returns, market):
    narrow = study(returns, [("A", SESSIONS[DAY0])], market, windows=((-2, -2),)).sample
    wide = study(returns, [("A", SESSIONS[DAY0])], market, windows=((-2, 30),)).sample
    assert narrow.sigma.tolist() == wide.sigma.tolist()
    assert narrow.observed.tolist() == wide.observed.tolist() == [LENGTH]


def test_defect_7_an_event_on_no_session_does_not_vanish(returns, market):
    saturday = SESSIONS[DAY0] + pd.Timedelta(days=(5 - SESSIONS[DAY0].weekday()) % 7)
    events = [("A", saturday), ("B", SESSIONS[DAY0])]
    moved = study(returns, events, market)
    assert moved.events.index.tolist() == [0, 1]
    left_out = study(returns, events, market, options=es.PanelOptions(dates="skip"))
    assert left_out.events.index.tolist() == [1]
    assert left_out.dropped["event"].tolist() == [0]
    assert len(moved.events) + len(moved.dropped) == len(left_out.events) + len(left_out.dropped) == 2


def test_defect_7_raw_returns_are_regressed_on_the_raw_market_and_excess_on_excess(returns, market):
    riskless = np.full(260, 0.01)
    events = [("A", SESSIONS[DAY0])]
    raw = study(returns, events, market)
    excess = study(returns - 0.01, events, market - 0.01)
    y, m = returns["A"].to_numpy()[CALM], market["m"].to_numpy()[CALM]
    assert raw.coefficients.loc[0].tolist() == pytest.approx(sm.OLS(y, sm.add_constant(m)).fit().params)
    capm = sm.OLS(y - riskless[CALM], sm.add_constant(m - riskless[CALM])).fit().params
    assert excess.coefficients.loc[0].tolist() == pytest.approx(capm)
    # a constant rate moves the intercept only: neither study mixes raw and excess returns
    assert excess.coefficients.loc[0, "beta"] == pytest.approx(raw.coefficients.loc[0, "beta"])
    assert excess.sample.abnormal == pytest.approx(raw.sample.abnormal)


def test_defect_10_a_shifted_event_moves_its_estimation_window_too(returns, market):
    sunday = SESSIONS[DAY0] - pd.Timedelta(days=SESSIONS[DAY0].weekday() + 1)
    for policy, by_hand in (
        ("later", sunday + pd.Timedelta(days=1)),
        ("earlier", sunday - pd.Timedelta(days=2)),
    ):
        shifted = study(returns, [("A", sunday)], market, options=es.PanelOptions(dates=policy)).sample
        manual = study(returns, [("A", by_hand)], market).sample
        assert (shifted.residual_days == manual.residual_days).all()
        assert (shifted.event_days == manual.event_days).all()
        assert (shifted.residuals == manual.residuals).all()
        assert (shifted.abnormal == manual.abnormal).all()


def test_defect_3_a_firm_with_several_events_has_each_of_them_once(returns, market):
    days = [150, 170, 190, 210, 230]
    events = [(firm, SESSIONS[day]) for firm in "AB" for day in days]
    result = study(returns, events, market)
    assert result.abnormal_returns.shape == (10, WIDTH)
    assert result.sample.firm.tolist() == [0] * 5 + [1] * 5
    for number, event in enumerate(events):
        alone = study(returns, [event], market)
        assert result.abnormal_returns.loc[number].tolist() == pytest.approx(
            alone.abnormal_returns.loc[0].tolist(), rel=1e-10
        )
    tests = result.tests(["csect_t", "patell", "bmp"], [(0, 0)])
    assert tests["n"].tolist() == [10, 10, 10]
    day0 = result.abnormal_returns[0]
    assert tests["statistic"][0] == pytest.approx(day0.mean() / (day0.std() / np.sqrt(10)), rel=1e-10)


def test_defect_7_residuals_are_not_squared_before_their_deviation_is_taken(returns, market):
    result = study(returns, [("A", SESSIONS[DAY0])], market, model="market_adjusted")
    difference = (returns["A"] - market["m"]).to_numpy()[CALM]
    assert result.sample.sigma[0] == pytest.approx(difference.std(ddof=1), rel=EXACT)


def test_defect_5_the_forecast_error_is_never_subtracted_from_the_abnormal_return(returns, market):
    result = study(returns, [("A", SESSIONS[DAY0])], market)
    fitted = sm.OLS(returns["A"].to_numpy()[CALM], sm.add_constant(market["m"].to_numpy()[CALM])).fit()
    expected = returns["A"].to_numpy()[AHEAD] - fitted.predict(sm.add_constant(market["m"].to_numpy()[AHEAD]))
    assert result.abnormal_returns.loc[0].tolist() == pytest.approx(expected, rel=1e-10)
