"""Calendar-time portfolios and the cross-section of CARs against sandwich formulas written out in numpy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.errors import BadValue, TooFewObservations
from eventstudy.inference.panel.calendar_time import calendar_portfolio, calendar_time
from eventstudy.inference.panel.cross_section import explain
from eventstudy.inference.panel.regression import regress

SESSIONS = pd.bdate_range("2023-01-02", periods=300)
# a matrix inverse on one side, a pseudo-inverse on the other, 60 rows
SAME = 1e-9


def sample(n=60, seed=2):
    rng = np.random.default_rng(seed)
    x = pd.DataFrame({"size": rng.normal(5, 2, n), "leverage": rng.uniform(0, 1, n)})
    y = pd.Series(1 + 0.3 * x["size"] + rng.normal(0, 1 + x["leverage"], n))
    return y, x, pd.Series(rng.integers(0, 8, n))


def by_hand(y, x):
    """Return design, coefficients, residuals and (X'X)^-1."""
    design = np.column_stack([np.ones(len(x)), x.to_numpy()])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ y.to_numpy()
    return design, coefficients, y.to_numpy() - design @ coefficients, inverse


def meat(errors, design, residuals, inverse, groups, lags):
    """Return the middle of the sandwich, its small-sample factor included."""
    n, k = design.shape
    scores = design * residuals[:, None]
    if errors == "ols":
        return residuals @ residuals / (n - k) * design.T @ design
    if errors == "hc1":
        return n / (n - k) * scores.T @ scores
    if errors == "hc3":
        own = 1 - np.einsum("ij,jk,ik->i", design, inverse, design)
        return (scores / own[:, None] ** 2).T @ scores
    if errors == "hac":
        total = scores.T @ scores
        for lag in range(1, lags + 1):
            cross = scores[lag:].T @ scores[:-lag]
            total = total + (1 - lag / (lags + 1)) * (cross + cross.T)
        return n / (n - k) * total
    sums = np.array([scores[groups == one].sum(axis=0) for one in np.unique(groups)])
    number = len(sums)
    return number / (number - 1) * (n - 1) / (n - k) * sums.T @ sums


@pytest.mark.parametrize("errors", ["ols", "hc1", "hc3", "hac", "cluster"])
def test_every_kind_of_error_is_its_sandwich(errors):
    y, x, groups = sample()
    found = regress(y, x, errors, lags=None, groups=groups if errors == "cluster" else None)
    design, coefficients, residuals, inverse = by_hand(y, x)
    lags = int(4 * (60 / 100) ** (2 / 9))
    covariance = inverse @ meat(errors, design, residuals, inverse, groups.to_numpy(), lags) @ inverse
    se = np.sqrt(np.diag(covariance))
    degrees = 7 if errors == "cluster" else 57
    table = found.table
    assert table.index.tolist() == ["constant", "size", "leverage"]
    assert table["estimate"].tolist() == pytest.approx(coefficients, rel=SAME)
    assert table["se"].tolist() == pytest.approx(se, rel=SAME)
    assert table["p_value"].tolist() == pytest.approx(
        2 * stats.t.sf(np.abs(coefficients / se), degrees), rel=1e-7
    )
    assert table["upper"].tolist() == pytest.approx(coefficients + stats.t.ppf(0.975, degrees) * se, rel=1e-7)
    assert found.r_squared == pytest.approx(1 - residuals @ residuals / ((y - y.mean()) ** 2).sum())
    assert (found.n, found.left_out, found.errors) == (60, 0, errors)
    assert found.lags == (lags if errors == "hac" else None)
    assert found.null_distribution == f"t({degrees})"


def test_lags_are_taken_as_given():
    y, x, _ = sample()
    design, _, residuals, inverse = by_hand(y, x)
    covariance = inverse @ meat("hac", design, residuals, inverse, None, 7) @ inverse
    found = regress(y, x, "hac", lags=7)
    assert found.table["se"].tolist() == pytest.approx(np.sqrt(np.diag(covariance)), rel=SAME)
    assert found.lags == 7


def test_missing_numbers_and_groups_leave_an_observation_out_and_are_counted():
    y, x, groups = sample()
    y.iloc[0] = np.nan
    x.iloc[1, 0] = np.nan
    groups = groups.astype(float)
    groups.iloc[2] = np.nan
    found = regress(y, x, "cluster", groups=groups)
    whole = regress(y.iloc[3:], x.iloc[3:], "cluster", groups=groups.iloc[3:])
    assert (found.n, found.left_out) == (57, 3)
    pd.testing.assert_frame_equal(found.table, whole.table)


def test_regressions_without_an_answer_are_refused():
    y, x, groups = sample()
    with pytest.raises(BadValue, match="one of ols, hc1, hc3, hac, cluster"):
        regress(y, x, "white")
    with pytest.raises(BadValue, match="groups"):
        regress(y, x, "cluster")
    with pytest.raises(BadValue, match="groups"):
        regress(y, x, "hc1", groups=groups)
    with pytest.raises(BadValue, match="none is a combination"):
        regress(y, x.assign(twice=2 * x["size"]), "ols")
    with pytest.raises(BadValue, match="one observation alone"):
        regress(y, x.assign(one=np.arange(60) == 4), "hc3")
    with pytest.raises(TooFewObservations, match="the regression has 3"):
        regress(y.iloc[:3], x.iloc[:3], "ols")
    with pytest.raises(TooFewObservations, match="number of groups has 2"):
        regress(y, x, "cluster", groups=groups % 2)


def test_the_portfolio_holds_each_firm_once_while_it_is_inside_a_window():
    returns = pd.DataFrame({"A": np.arange(6.0), "B": 10.0, "C": np.nan}, index=SESSIONS[:6])
    returns.loc[SESSIONS[3], "B"] = np.nan
    firm, day0 = np.array([0, 1, 0, 2]), np.array([1, 3, 2, 3])
    held = calendar_portfolio(returns, firm, day0, (0, 1))
    # A on rows 1, 2, 3; B on rows 3 (missing) and 4; C never has a return; a window past the end is cut
    assert held.tolist() == pytest.approx([np.nan, 1, 2, 3, 10, np.nan], nan_ok=True)
    assert calendar_portfolio(returns, firm, day0, (-9, 9), 2).tolist() == pytest.approx(
        [5, 5.5, 6, np.nan, 7, 7.5], nan_ok=True
    )


def test_the_calendar_time_constant_is_the_mean_abnormal_return_put_there():
    rng = np.random.default_rng(4)
    market = pd.DataFrame({"m": rng.normal(0, 1, 300)}, index=SESSIONS)
    returns = pd.DataFrame(
        1.2 * market.to_numpy() + rng.normal(0, 1, (300, 40)), index=SESSIONS, columns=range(40)
    )
    firm, day0 = np.arange(40), np.repeat([100, 150, 200, 250], 10)
    for one, row in zip(firm, day0, strict=True):
        returns.iloc[row : row + 10, one] += 1.0
    found = calendar_time(calendar_portfolio(returns, firm, day0, (0, 9)), market, "hc1")
    constant = found.table.loc["constant"]
    # 40 days, each the mean of ten firms with deviation 1: standard error 1 / sqrt(400)
    assert constant["estimate"] == pytest.approx(1, abs=4 / np.sqrt(400))
    assert constant["se"] == pytest.approx(1 / np.sqrt(400), rel=0.35)
    assert found.n == 40


def test_a_study_hands_its_events_and_factors_to_the_calendar_portfolio():
    rng = np.random.default_rng(5)
    market = pd.DataFrame({"m": rng.normal(0, 1, 300), "s": rng.normal(0, 1, 300)}, index=SESSIONS)
    returns = pd.DataFrame(rng.normal(0, 1, (300, 3)), index=SESSIONS, columns=list("ABC"))
    events = [("A", SESSIONS[150]), ("Z", SESSIONS[150]), ("C", SESSIONS[220])]
    study = es.panel_study(returns, events, factors=market, estimation=100, gap=5, windows=((0, 0),))
    found = study.calendar_time((0, 19), "hac", lags=2)
    held = calendar_portfolio(returns, np.array([0, 2]), np.array([150, 220]), (0, 19))
    expected = calendar_time(held, market[["m"]], "hac", 2)
    pd.testing.assert_frame_equal(found.table, expected.table)
    assert found.table.index.tolist() == ["constant", "m"]
    assert study.calendar_time((0, 19), "ols", fewest=1).n == 40
    with pytest.raises(TooFewObservations, match="portfolio has 0"):
        study.calendar_time((0, 19), "ols", fewest=2)


def test_the_cross_section_of_cars_finds_the_slope_that_was_put_there():
    rng = np.random.default_rng(7)
    returns = pd.DataFrame(rng.normal(0, 0.01, (300, 60)), index=SESSIONS, columns=range(60))
    share = pd.DataFrame({"share": np.linspace(0, 1, 60)})
    days = np.arange(60) % 12 * 10 + 150
    for one, row in enumerate(days):
        returns.iloc[row, one] -= 0.05 * share.loc[one, "share"]
    events = [(one, SESSIONS[row]) for one, row in enumerate(days)]
    study = es.panel_study(
        returns, events, model="mean_adjusted", estimation=100, gap=5, windows=((0, 0), (-1, 1))
    )
    found = study.explain(share, (0, 0))
    slope = found.table.loc["share"]
    # deviation 0.01 about the line, spread of the share over 60 events 0.29: standard error 0.0044
    assert slope["estimate"] == pytest.approx(-0.05, abs=4 * 0.0044)
    # four standard deviations of a deviation on 58 degrees of freedom
    assert slope["se"] == pytest.approx(0.01 / (0.2934 * np.sqrt(60)), rel=4 / np.sqrt(2 * 58))
    clustered = study.explain(share, (-1, 1), "cluster", groups=study.events["session"])
    assert clustered.null_distribution == "t(11)"
    with pytest.raises(BadValue, match="one of the study's windows"):
        study.explain(share, (0, 1))


def test_events_without_characteristics_are_left_out_and_events_have_no_order():
    cars = pd.Series(np.arange(8.0), index=[0, 1, 2, 3, 5, 6, 7, 9])
    size = pd.DataFrame({"size": np.random.default_rng(1).normal(size=8)}, index=[9, 7, 6, 5, 3, 2, 1, 4])
    found = explain(cars, size, "ols")
    assert (found.n, found.left_out) == (7, 1)
    with pytest.raises(BadValue, match="no order in time"):
        explain(cars, size, "hac")
    with pytest.raises(BadValue, match="one row an event"):
        explain(cars, pd.concat([size, size]), "ols")
