"""Filtered and forecast variances against another program: `arch` with the same parameters fixed."""

import numpy as np
import pandas as pd
import pytest
from arch import arch_model

import eventstudy as es
from eventstudy.simulate import SimulatedMarket

NEWS = es.Event("N1", "2025-04-02T16:00:00-04:00", "announcement", direction="escalation")
# both start the recursion differently; 500 sessions later less than 0.97^500 of it is left
SAME = 1e-6


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return es.simulate_market(seed=4, events=[NEWS])


@pytest.mark.parametrize(("variance", "o"), [("garch", 0), ("gjr", 1)])
def test_filtering_and_one_step_forecasts_agree_with_arch(market, variance, o):
    design = es.Design(variance=variance, replications=99, starts=1)
    result = es.event_study(market.closes(["nikkei225"]), [NEWS], design)
    fitted, path = result.fits.iloc[0], result.paths.set_index("session")
    close = market.bars["nikkei225"]["close"]
    returns = (100 * np.log(close).diff()).loc[fitted.estimation_start : path.index[-1]]
    model = arch_model(returns, mean="Constant", p=1, o=o, q=1, dist="t", rescale=False)
    names = ("mu", "omega", "alpha", "gamma", "beta", "nu") if o else ("mu", "omega", "alpha", "beta", "nu")
    fixed = model.fix(fitted[list(names)].to_numpy(dtype=float))
    theirs = pd.Series(np.asarray(fixed.conditional_volatility) ** 2, index=returns.index)
    assert path["filtered_variance"].to_numpy() == pytest.approx(theirs.loc[path.index].to_numpy(), rel=SAME)
    one_step = path.loc[path["relative_day"] == 0, "forecast_variance"].iloc[0]
    assert one_step == pytest.approx(theirs.loc["2025-04-03"], rel=SAME)


def test_the_loglikelihood_is_what_arch_reports_for_its_own_presample(market):
    close = market.bars["topix"]["close"]
    returns = (100 * np.log(close).diff()).dropna().iloc[-500:]
    ours = es.fit(returns, presample="arch", starts=1)
    model = arch_model(returns, mean="Constant", p=1, o=1, q=1, dist="t", rescale=False)
    theirs = model.fit(disp="off", tol=1e-12)
    # two runs of one optimiser on differently scaled data
    assert ours.loglikelihood == pytest.approx(theirs.loglikelihood, abs=1e-5)
    assert ours.conditional_variance.to_numpy() == pytest.approx(
        np.asarray(theirs.conditional_volatility) ** 2, rel=1e-3
    )
