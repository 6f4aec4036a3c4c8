"""Laws of panel studies over random worlds: scale, order, strangers, padding, one regression an event."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import eventstudy as es

DAYS, FIRMS, LENGTH, GAP = 160, 6, 60, 4
SESSIONS = pd.bdate_range("2021-01-04", periods=DAYS)
MODELS = st.sampled_from(sorted(es.models.MODELS))
SEEDS = st.integers(min_value=0, max_value=10_000)
LAWFUL = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# the same sums in another order or unit
SAME = 1e-9


def world(seed, holes=0.0):
    """Return returns, factors and eight events, one firm with two, drawn from a seed."""
    rng = np.random.default_rng(seed)
    factors = pd.DataFrame(rng.normal(0, 1, (DAYS, 2)), index=SESSIONS, columns=["m", "s"])
    values = rng.normal(0, 1, (DAYS, FIRMS)) + factors[["m"]].to_numpy() * rng.uniform(0.5, 1.5, FIRMS)
    values[rng.uniform(size=values.shape) < holes] = np.nan
    returns = pd.DataFrame(values, index=SESSIONS, columns=[f"F{number}" for number in range(FIRMS)])
    rows = rng.choice(np.arange(90, DAYS - 5), 8, replace=False)
    firms = [*range(FIRMS), 0, 1]
    return returns, factors, [(f"F{firm}", SESSIONS[row]) for firm, row in zip(firms, rows, strict=True)]


def study(returns, events, factors, model="market", **choices):
    chosen = es.models.rolling(20) if model == "rolling" else model
    choices = {"estimation": LENGTH, "gap": GAP, "windows": ((0, 0), (-3, 3))} | choices
    return es.panel_study(returns, events, factors=factors, model=chosen, **choices)


def standardised(result):
    sample = result.sample
    spread = np.sqrt(np.einsum("njj->nj", sample.forecast))
    return sample.abnormal / sample.sigma[:, None] / spread


@LAWFUL
@given(SEEDS, MODELS, st.floats(min_value=1e-4, max_value=1e4))
def test_results_scale_with_the_returns_and_standardised_ones_do_not(seed, model, scale):
    returns, factors, events = world(seed, holes=0.05)
    one, other = (
        study(returns, events, factors, model),
        study(scale * returns, events, scale * factors, model),
    )
    expected = pytest.approx(scale * one.sample.abnormal, rel=SAME, abs=scale * SAME, nan_ok=True)
    assert other.sample.abnormal == expected
    assert other.sample.sigma == pytest.approx(scale * one.sample.sigma, rel=SAME)
    assert other.car.to_numpy() == pytest.approx(
        scale * one.car.to_numpy(), rel=SAME, abs=scale * SAME, nan_ok=True
    )
    assert standardised(other) == pytest.approx(standardised(one), abs=SAME, nan_ok=True)


@LAWFUL
@given(SEEDS, MODELS)
def test_the_order_of_firms_and_events_changes_only_the_order(seed, model):
    returns, factors, events = world(seed, holes=0.05)
    rng = np.random.default_rng(seed + 1)
    order = rng.permutation(len(events))
    one = study(returns, events, factors, model)
    other = study(returns[rng.permutation(returns.columns)], [events[i] for i in order], factors, model)
    place = np.argsort(order)
    assert len(one.events) == len(other.events) == len(events)
    assert other.sample.abnormal[place] == pytest.approx(one.sample.abnormal, rel=SAME, abs=SAME, nan_ok=True)
    assert other.sample.residuals[place] == pytest.approx(
        one.sample.residuals, rel=SAME, abs=SAME, nan_ok=True
    )
    assert other.aar.to_numpy() == pytest.approx(one.aar.to_numpy(), rel=SAME, abs=SAME)


@LAWFUL
@given(SEEDS, MODELS)
def test_a_stranger_among_the_firms_and_an_event_that_falls_out_change_nothing(seed, model):
    returns, factors, events = world(seed)
    one = study(returns, events, factors, model)
    strange = returns.assign(stranger=np.nan)
    strange.insert(0, "other", np.linspace(-1, 1, DAYS) ** 3)
    other = study(strange, [*events, ("stranger", SESSIONS[100]), ("nobody", SESSIONS[100])], factors, model)
    pd.testing.assert_frame_equal(other.abnormal_returns, one.abnormal_returns, rtol=SAME)
    assert other.sample.sigma == pytest.approx(one.sample.sigma, rel=SAME)
    assert other.dropped["event"].tolist() == [8, 9]


@LAWFUL
@given(SEEDS, MODELS, st.integers(min_value=1, max_value=200))
def test_history_padded_with_nothing_changes_nothing(seed, model, days):
    returns, factors, events = world(seed, holes=0.05)
    before = pd.bdate_range(end=SESSIONS[0] - pd.Timedelta(days=1), periods=days)
    padded = [
        pd.concat([pd.DataFrame(np.nan, index=before, columns=frame.columns), frame])
        for frame in (returns, factors)
    ]
    one, other = study(returns, events, factors, model), study(padded[0], events, padded[1], model)
    pd.testing.assert_frame_equal(other.abnormal_returns, one.abnormal_returns)
    assert other.sample.observed.tolist() == one.sample.observed.tolist()
    assert other.sample.event_days.tolist() == (one.sample.event_days + days).tolist()


@LAWFUL
@given(SEEDS, st.sampled_from(["market", "factors", "mean_adjusted"]), st.sampled_from([0.0, 0.1]))
def test_the_batch_gives_what_one_regression_an_event_gives(seed, model, holes):
    returns, factors, events = world(seed, holes)
    result = study(returns, events, factors, model)
    used = {"market": ["m"], "factors": ["m", "s"], "mean_adjusted": []}[model]
    design = np.column_stack([np.ones(DAYS), factors[used].to_numpy()])
    for place, (number, event) in enumerate(result.events.iterrows()):
        y, day0 = returns[event["firm"]].to_numpy(), SESSIONS.get_loc(event["session"])
        calm = np.arange(day0 - 3 - GAP - LENGTH, day0 - 3 - GAP)
        calm = calm[np.isfinite(y[calm])]
        fitted = sm.OLS(y[calm], design[calm]).fit()
        ahead = slice(day0 - 3, day0 + 4)
        abnormal = y[ahead] - design[ahead] @ fitted.params
        assert result.abnormal_returns.loc[number].to_numpy() == pytest.approx(
            abnormal, abs=SAME, nan_ok=True
        )
        assert result.sample.sigma[place] == pytest.approx(np.sqrt(fitted.scale), rel=SAME)
        covariance = np.eye(7) + design[ahead] @ fitted.normalized_cov_params @ design[ahead].T
        gone = np.isnan(abnormal)
        covariance[gone[:, None] | gone[None, :]] = np.nan
        assert result.sample.forecast[place] == pytest.approx(covariance, abs=SAME, nan_ok=True)


@LAWFUL
@given(SEEDS, st.sampled_from(["market", "mean_adjusted", "market_adjusted", "raw", "factors"]))
def test_trade_to_trade_without_a_gap_is_the_ordinary_study(seed, model):
    returns, factors, events = world(seed)
    one = study(returns, events, factors, model)
    options = es.PanelOptions(trade_to_trade=True, unit="log")
    other = study(returns, events, factors, model, options=options)
    assert other.sample.abnormal == pytest.approx(one.sample.abnormal, abs=SAME)
    assert other.sample.forecast == pytest.approx(one.sample.forecast, abs=SAME)
    assert other.sample.sigma == pytest.approx(one.sample.sigma, rel=SAME)


def test_a_thousand_events_are_the_same_as_ten_times_a_hundred():
    rng = np.random.default_rng(9)
    sessions = pd.bdate_range("2015-01-01", periods=900)
    market = pd.DataFrame({"m": rng.normal(size=900)}, index=sessions)
    returns = pd.DataFrame(rng.normal(size=(900, 50)), index=sessions)
    returns = returns.mask(rng.uniform(size=returns.shape) < 0.0005)
    cells = rng.choice(50 * 500, 1000, replace=False)
    events = [(int(cell % 50), sessions[350 + cell // 50]) for cell in cells]
    whole = es.panel_study(returns, events, factors=market)
    assert 0 < (whole.sample.observed < 250).sum() < 500
    for part in range(10):
        rows = slice(100 * part, 100 * part + 100)
        alone = es.panel_study(returns, events[rows], factors=market)
        assert whole.sample.abnormal[rows] == pytest.approx(alone.sample.abnormal, abs=SAME, nan_ok=True)
        assert whole.sample.residuals[rows] == pytest.approx(alone.sample.residuals, abs=SAME, nan_ok=True)
