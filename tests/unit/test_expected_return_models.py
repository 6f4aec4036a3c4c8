"""Models of expected returns against statsmodels, closed forms and hand arithmetic, event by event."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import eventstudy as es
from eventstudy.errors import BadValue
from eventstudy.models import MODELS, Stretch, dimson, log_volume, model_of, rolling
from eventstudy.models import template as template_model

LENGTH, GAP, WIDTH, EVENTS = 40, 3, 4, 3
# two ways of the same regression in double precision, 40 days: rounding of a few hundred operations
SAME = 1e-11


def stretch(factors=1, holes=(), seed=1) -> Stretch:
    """Return random returns of three events; `holes` are (event, day) without a return."""
    rng = np.random.default_rng(seed)
    shape = (EVENTS, LENGTH + GAP + WIDTH)
    columns = tuple(rng.normal(0.02, 1, shape) for _ in range(factors))
    returns = 0.1 + sum((0.8 + one for one in columns), np.zeros(shape)) + rng.normal(0, 2, shape)
    for event, day in holes:
        returns[event, day] = np.nan
    return Stretch(returns, columns, LENGTH, WIDTH, complete=not holes)


def known(given: Stretch, event: int):
    """Return the estimation days of an event that have a return: y, the matrix of factors and the days."""
    y = given.returns[event, :LENGTH]
    days = np.flatnonzero(np.isfinite(y))
    return y[days], np.column_stack([one[event, days] for one in given.factors]), days


def ahead(given: Stretch, event: int):
    """Return the event days: y and the matrix of factors with a constant."""
    x = np.column_stack([np.ones(WIDTH), *(one[event, -WIDTH:] for one in given.factors)])
    return given.returns[event, -WIDTH:], x


@pytest.mark.parametrize("holes", [(), ((0, 0), (0, 7), (2, 39), (2, 20))], ids=["complete", "with holes"])
@pytest.mark.parametrize(
    ("model", "factors"), [("market", 1), ("factors", 1), ("factors", 3), ("factors", 5)]
)
def test_regressions_are_those_of_statsmodels_and_so_are_both_covariances(model, factors, holes):
    given = stretch(factors, holes)
    found = MODELS[model].estimate(given)
    for event in range(EVENTS):
        y, f, days = known(given, event)
        x = sm.add_constant(f)
        fitted = sm.OLS(y, x).fit()
        assert found.coefficients[event] == pytest.approx(fitted.params, rel=SAME, abs=SAME)
        assert found.sigma[event] == pytest.approx(np.sqrt(fitted.scale), rel=SAME)
        assert found.residuals[event, days] == pytest.approx(fitted.resid, abs=SAME)
        assert found.leverage[event, days] == pytest.approx(fitted.get_influence().hat_matrix_diag, abs=SAME)
        assert np.isnan(found.residuals[event]).sum() == LENGTH - len(days)
        later, x_later = ahead(given, event)
        assert found.abnormal[event] == pytest.approx(later - x_later @ fitted.params, abs=SAME)
        expected = np.eye(WIDTH) + x_later @ fitted.normalized_cov_params @ x_later.T
        assert found.forecast[event] == pytest.approx(expected, abs=SAME)
        assert found.observed[event] == len(days)
    assert found.spent == factors + 1
    assert found.usable.all()


@pytest.mark.parametrize("holes", [(), ((1, 3), (1, 4))], ids=["complete", "with holes"])
def test_the_mean_model_is_the_mean_of_the_estimation_window_alone(holes):
    given = stretch(0, holes)
    found = MODELS["mean_adjusted"].estimate(given)
    for event in range(EVENTS):
        y, days = given.returns[event, :LENGTH], np.flatnonzero(np.isfinite(given.returns[event, :LENGTH]))
        n, mean = len(days), np.nanmean(y)
        assert found.coefficients[event] == pytest.approx([mean], rel=SAME)
        assert found.sigma[event] == pytest.approx(np.nanstd(y, ddof=1), rel=SAME)
        assert found.abnormal[event] == pytest.approx(given.returns[event, -WIDTH:] - mean, abs=SAME)
        assert found.forecast[event] == pytest.approx(np.eye(WIDTH) + 1 / n, abs=SAME)
        assert found.leverage[event, days] == pytest.approx(np.full(n, 1 / n), rel=SAME)


@pytest.mark.parametrize(("model", "factors"), [("raw", 0), ("market_adjusted", 1)])
def test_without_an_estimate_the_abnormal_return_is_the_difference_and_sigma_its_deviation(model, factors):
    given = stretch(factors, ((0, 5),))
    found = MODELS[model].estimate(given)
    difference = given.returns - (given.factors[0] if factors else 0)
    for event in range(EVENTS):
        assert found.abnormal[event] == pytest.approx(difference[event, -WIDTH:], abs=SAME)
        calm = difference[event, :LENGTH]
        assert found.sigma[event] == pytest.approx(np.nanstd(calm, ddof=1), rel=SAME)
        assert found.residuals[event] == pytest.approx(calm, abs=SAME, nan_ok=True)
    assert found.forecast == pytest.approx(np.broadcast_to(np.eye(WIDTH), found.forecast.shape))
    assert (found.coefficients.shape, found.spent) == ((EVENTS, 0), 1)


def scholes_williams_by_regressions(y, m):
    """Return alpha, beta from three simple regressions and an autocorrelation, days with both neighbours."""
    inside = [t for t in range(1, len(y) - 1) if np.isfinite(y[t])]
    slopes = [
        sm.OLS(y[inside], sm.add_constant(m[[t + step for t in inside]])).fit().params[1]
        for step in (-1, 0, 1)
    ]
    rho = np.corrcoef(m[inside], m[[t - 1 for t in inside]])[0, 1]
    beta = sum(slopes) / (1 + 2 * rho)
    return y[inside].mean() - beta * m[inside].mean(), beta, inside


def dimson_by_regression(y, m, lags, leads):
    """Return alpha, beta as the sum of slopes of one regression on days with all neighbours."""
    inside = [t for t in range(lags, len(y) - leads) if np.isfinite(y[t])]
    x = np.column_stack([m[[t + step for t in inside]] for step in range(-lags, leads + 1)])
    beta = sm.OLS(y[inside], sm.add_constant(x)).fit().params[1:].sum()
    return y[inside].mean() - beta * m[inside].mean(), beta, inside


@pytest.mark.parametrize("holes", [(), ((0, 0), (0, 9), (2, 38))], ids=["complete", "with holes"])
@pytest.mark.parametrize(
    ("model", "reference"),
    [
        (MODELS["scholes_williams"], scholes_williams_by_regressions),
        (dimson(), lambda y, m: dimson_by_regression(y, m, 1, 1)),
        (dimson(2, 0), lambda y, m: dimson_by_regression(y, m, 2, 0)),
        (dimson(3, 2), lambda y, m: dimson_by_regression(y, m, 3, 2)),
    ],
    ids=["scholes_williams", "dimson 1 1", "dimson 2 0", "dimson 3 2"],
)
def test_betas_for_thin_trading_follow_their_published_formulas(model, reference, holes):
    given = stretch(1, holes)
    found = model.estimate(given)
    market = given.factors[0]
    for event in range(EVENTS):
        y, m = given.returns[event, :LENGTH], market[event, :LENGTH]
        alpha, beta, inside = reference(y, m)
        assert found.coefficients[event] == pytest.approx([alpha, beta], rel=1e-9)  # three regressions deep
        residuals = y[inside] - alpha - beta * m[inside]
        assert found.residuals[event, inside] == pytest.approx(residuals, abs=1e-9)
        assert np.isfinite(found.residuals[event]).sum() == len(inside) == found.observed[event]
        assert found.sigma[event] == pytest.approx(
            np.sqrt((residuals**2).sum() / (len(inside) - 2)), rel=1e-9
        )
        later = given.returns[event, -WIDTH:] - alpha - beta * market[event, -WIDTH:]
        assert found.abnormal[event] == pytest.approx(later, abs=1e-9)


@pytest.mark.parametrize(
    ("model", "reference"),
    [
        (MODELS["scholes_williams"], scholes_williams_by_regressions),
        (dimson(2, 1), lambda y, m: dimson_by_regression(y, m, 2, 1)),
    ],
    ids=["scholes_williams", "dimson"],
)
def test_their_covariances_are_those_of_the_linear_map_from_returns_to_coefficients(model, reference):
    given = stretch(1)
    found = model.estimate(given)
    m, later = given.factors[0][0, :LENGTH], given.factors[0][0, -WIDTH:]
    # both coefficients are linear in the returns: the answers to unit vectors are the columns of the map
    unit_answers = [reference(unit, m) for unit in np.eye(LENGTH)]
    inside = unit_answers[0][2]
    linear = np.array([[alpha, beta] for alpha, beta, _ in unit_answers]).T
    x_later = np.column_stack([np.ones(WIDTH), later])
    expected = np.eye(WIDTH) + x_later @ linear @ linear.T @ x_later.T
    assert found.forecast[0] == pytest.approx(expected, abs=1e-9)
    x = np.column_stack([np.ones(LENGTH), m])
    maker = (np.eye(LENGTH) - x @ linear)[inside]
    assert 1 - found.leverage[0, inside] == pytest.approx(np.diag(maker @ maker.T), abs=1e-9)


@pytest.mark.parametrize("holes", [(), ((0, 2), (0, 30), (1, 25))], ids=["complete", "with holes"])
def test_rolling_coefficients_are_regressions_over_the_sessions_just_before(holes):
    sessions, given = 15, stretch(1, holes)
    found = rolling(sessions).estimate(given)
    for event in range(EVENTS):
        y, m = given.returns[event], given.factors[0][event]
        squares = []
        for day in range(LENGTH):
            before = [t for t in range(day - sessions, day) if t >= 0 and np.isfinite(y[t])]
            if day < sessions or np.isnan(y[day]):
                assert np.isnan(found.residuals[event, day])
                continue
            fitted = sm.OLS(y[before], sm.add_constant(m[before])).fit()
            x = np.array([1, m[day]])
            error, added = y[day] - x @ fitted.params, x @ fitted.normalized_cov_params @ x
            assert found.residuals[event, day] == pytest.approx(error, abs=1e-9)
            assert found.leverage[event, day] == pytest.approx(-added, rel=1e-9)
            squares.append(error**2 / (1 + added))
        assert found.sigma[event] == pytest.approx(np.sqrt(np.mean(squares)), rel=1e-9)
        assert (found.observed[event], found.spent) == (len(squares), 0)
        last = [t for t in range(LENGTH - sessions, LENGTH) if np.isfinite(y[t])]
        fitted = sm.OLS(y[last], sm.add_constant(m[last])).fit()
        later, x = ahead(given, event)
        assert found.coefficients[event] == pytest.approx(fitted.params, rel=1e-9)
        assert found.abnormal[event] == pytest.approx(later - x @ fitted.params, abs=1e-9)
        expected = np.eye(WIDTH) + x @ fitted.normalized_cov_params @ x.T
        assert found.forecast[event] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("factors", [0, 1, 2])
def test_trade_to_trade_weighs_each_return_by_one_over_its_sessions(factors):
    given = stretch(factors, ((0, 4), (1, 20)))
    spans = np.random.default_rng(5).integers(1, 5, given.returns.shape).astype(float)
    model = MODELS["mean_adjusted" if not factors else "factors"]
    found = model.estimate(replace(given, spans=spans))
    for event in range(EVENTS):
        days = np.flatnonzero(np.isfinite(given.returns[event, :LENGTH]))
        n = spans[event, days]
        x = np.column_stack([n, *(one[event, days] for one in given.factors)])
        fitted = sm.WLS(given.returns[event, days], x, weights=1 / n).fit()
        assert found.coefficients[event] == pytest.approx(fitted.params, rel=SAME, abs=SAME)
        assert found.sigma[event] == pytest.approx(np.sqrt(fitted.scale), rel=SAME)
        assert found.residuals[event, days] == pytest.approx(fitted.resid / np.sqrt(n), abs=SAME)
        later = spans[event, -WIDTH:]
        x_later = np.column_stack([later, *(one[event, -WIDTH:] for one in given.factors)])
        expected = given.returns[event, -WIDTH:] - x_later @ fitted.params
        assert found.abnormal[event] == pytest.approx(expected, abs=SAME)
        covariance = np.diag(later) + x_later @ fitted.normalized_cov_params @ x_later.T
        assert found.forecast[event] == pytest.approx(covariance, abs=1e-10)


def test_missing_event_days_are_missing_in_the_abnormal_returns_and_in_their_covariance():
    given = stretch(1)
    given.returns[0, -2] = np.nan
    given.factors[0][1, -1] = np.nan
    found = MODELS["market"].estimate(given)
    assert np.argwhere(np.isnan(found.abnormal)).tolist() == [[0, WIDTH - 2], [1, WIDTH - 1]]
    assert np.isnan(found.forecast[0, WIDTH - 2]).all()
    assert np.isnan(found.forecast[1, :, WIDTH - 1]).all()
    assert np.isfinite(found.forecast[0, 0, 1])


def test_collinear_factors_and_a_market_that_stands_still_are_not_usable():
    given = stretch(2)
    twin = replace(given, factors=(given.factors[0], 3 * given.factors[0] - 1))
    assert not MODELS["factors"].estimate(twin).usable.any()
    still = replace(given, factors=(np.full_like(given.returns, 0.1),))
    for name in ("market", "scholes_williams", "dimson", "rolling"):
        model = rolling(10) if name == "rolling" else MODELS[name]
        assert not model.estimate(still).usable.any(), name


def test_a_market_that_swings_back_each_day_has_no_scholes_williams_beta():
    given = stretch(1)
    zigzag = np.broadcast_to((-1.0) ** np.arange(LENGTH + GAP + WIDTH), given.returns.shape)
    assert not MODELS["scholes_williams"].estimate(replace(given, factors=(zigzag + 0.0,))).usable.any()


def test_the_template_is_a_whole_model():
    given = stretch(1)
    excess = given.returns - given.factors[0]
    found = template_model.MODEL.estimate(given)
    expected = excess[:, -WIDTH:] - excess[:, :LENGTH].mean(axis=1)[:, None]
    assert found.abnormal == pytest.approx(expected, abs=SAME)
    assert template_model.MODEL.name not in MODELS


@pytest.mark.parametrize("name", list(MODELS))
def test_every_model_names_as_many_coefficients_as_it_estimates(name):
    model = MODELS[name]
    given = stretch(2 if model.factors is None else model.factors)
    model = rolling(10) if name == "rolling" else model
    found = model.estimate(given)
    terms = model.terms([f"f{number}" for number in range(len(given.factors))])
    assert found.coefficients.shape == (EVENTS, len(terms))
    assert (found.residuals.shape, found.leverage.shape) == ((EVENTS, LENGTH),) * 2
    assert model.refusal


def test_a_model_is_named_or_given():
    assert model_of("market") is MODELS["market"]
    own = dimson(5, 0)
    assert model_of(own) is own
    with pytest.raises(BadValue, match="one of raw, mean_adjusted"):
        model_of("markt")
    with pytest.raises(BadValue, match="lags of the Dimson beta is -1"):
        dimson(-1, 0)
    with pytest.raises(BadValue, match="sessions of the rolling beta is 2"):
        rolling(2)


def test_log_volume_by_hand():
    days = pd.to_datetime(["2024-01-04", "2024-01-05"])
    volume = pd.DataFrame({"A": [0.0, 99.0], "B": [np.nan, 1000.0]}, index=days)
    plain = log_volume(volume)
    assert plain["A"].tolist() == pytest.approx([0.0, np.log(100.0)])
    assert np.isnan(plain.loc[days[0], "B"])
    turnover = log_volume(volume, pd.Series({"A": 9900.0, "B": 1000.0}))
    assert turnover.loc[days[1]].tolist() == pytest.approx([np.log(1 + 0.000255), np.log(100 + 0.000255)])
    by_day = pd.DataFrame({"A": [1.0, 9900.0], "B": [1.0, 1000.0]}, index=days)
    assert log_volume(volume, by_day).loc[days[1]].tolist() == turnover.loc[days[1]].tolist()


def test_impossible_volumes_are_refused():
    volume = pd.DataFrame({"A": [1.0, -1.0]})
    with pytest.raises(BadValue, match=r"volume is -1\.0"):
        log_volume(volume)
    with pytest.raises(BadValue, match="outstanding"):
        log_volume(volume.abs(), pd.Series({"A": 0.0}))


def test_a_volume_study_finds_the_abnormal_volume_that_was_put_there():
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2023-01-02", periods=200)
    size = rng.uniform(10, 14, 30)
    logs = size + rng.normal(0, 0.2, (200, 1)) + rng.normal(0, 0.3, (200, 30))
    logs[150, :10] += np.log(3)
    volume = pd.DataFrame(np.exp(logs).round(), index=days, columns=[f"F{i}" for i in range(30)])
    outcome = log_volume(volume)
    market = outcome.mean(axis=1).to_frame("market")
    events = [(f"F{i}", days[150]) for i in range(10)]
    found = es.panel_study(
        outcome, events, factors=market, model="market", estimation=100, gap=5, windows=((0, 0),)
    )
    # a third of the market trebles too, so two thirds of log 3 remain; standard error 0.3 / sqrt(10)
    assert found.window_caar[(0, 0)] == pytest.approx(np.log(3) * 2 / 3, abs=4 * 0.3 / np.sqrt(10))
