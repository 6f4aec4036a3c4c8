"""Fixed parameters, variance targeting, regressors in mean and variance, and sessions left out."""

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import BadValue, DegenerateDesign, TooFewObservations
from tests import garch_optimum as peaks
from tests import garch_reference as reference
from tests.garch_twins import oracle, realized_world, regressors

# polished optima rest to far below this share of a standard error
AT_REST = 1e-6
# sums of some hundreds of terms of the order of one
ROUNDING = 1e-9
RESTRICTIONS = [
    ("gjr", "t", {"nu": 5.0}),
    ("gjr", "t", {"nu": 500.0}),
    ("gjr", "skewt", {"lambda": 0.1, "nu": 7.0}),
    ("gjr", "t", {"mu": 0.2}),
    ("gjr", "t", {"omega": 0.03}),
    ("gjr", "t", {"alpha": 0.08}),
    ("gjr", "t", {"gamma": 0.02}),
    ("gjr", "t", {"gamma": -0.02}),
    ("gjr", "t", {"beta": 0.7}),
    ("gjr", "t", {"alpha": 0.02, "gamma": 0.05}),
    ("gjr", "t", {"mu": 0.0, "omega": 0.1, "alpha": 0.05, "gamma": 0.1, "beta": 0.8}),
    ("garch", "normal", {"alpha": 0.1}),
    ("garch", "normal", {"beta": 0.9}),
    ("beta_t", "t", {"gamma": 0.0}),
    ("egarch", "t", {"omega": 0.05}),
    ("egarch", "t", {"gamma": 0.0, "beta": 0.95}),
    ("egarch", "t", {"alpha": 0.2}),
    ("constant", "t", {"omega": 1.5}),
]


def returns_of(n=800, seed=2):
    rng = np.random.default_rng(seed)
    return peaks.simulate(rng, n, gamma=0.1, alpha=0.05, beta=0.83, nu=6)


def dummy(n, days, name="d"):
    column = np.zeros(n)
    column[list(days)] = 1.0
    return pd.DataFrame({name: column})


@pytest.mark.parametrize(("variance", "dist", "fixed"), RESTRICTIONS)
def test_fixed_parameters_stay_and_the_others_rest_where_the_oracle_says(variance, dist, fixed):
    returns = returns_of()
    free = es.fit(returns, variance=variance, dist=dist)
    held = es.fit(returns, variance=variance, dist=dist, fixed=fixed)
    for name, value in fixed.items():
        assert held.params[name] == pytest.approx(value, rel=1e-14)  # units in and out: two roundings
    assert held.loglikelihood <= free.loglikelihood + ROUNDING
    y, model = oracle(returns, variance=variance, dist=dist, fixed=fixed)
    point = {name: held.params[name] for name in model.names}
    assert held.loglikelihood == pytest.approx(reference.loglikelihood(point, y, model), abs=ROUNDING)
    slopes = reference.score(point, y, model) * reference.natural_scale(point, y, model)
    assert held.active_bounds == ()
    assert slopes == pytest.approx(np.zeros(len(slopes)), abs=AT_REST)


def test_holding_everything_at_the_optimum_gives_the_optimum_back():
    returns = returns_of()
    free = es.fit(returns, variance="garch", dist="normal")
    held = es.fit(returns, variance="garch", dist="normal", fixed=dict(free.params.drop("mu")))
    assert held.params["mu"] == pytest.approx(free.params["mu"], abs=1e-10)
    assert held.loglikelihood == pytest.approx(free.loglikelihood, abs=ROUNDING)


@pytest.mark.parametrize("variance", ["garch", "gjr", "beta_t", "egarch", "realized"])
@pytest.mark.parametrize("dist", ["normal", "t"])
def test_targeting_makes_the_long_run_variance_the_samples(variance, dist):
    returns, extra = returns_of(), {}
    if variance == "realized":
        returns, measures = realized_world(np.random.default_rng(1), 800, nu=6)
        extra = {"mean": "zero", "realized": measures}
    free = es.fit(returns, variance=variance, dist=dist, **extra)
    tied = es.fit(returns, variance=variance, dist=dist, targeting=True, **extra)
    p, sample = tied.params, np.mean(returns**2) if extra else np.var(returns)
    slope = p["alpha"] + p.get("gamma", 0.0) / 2
    if variance == "egarch":
        long_run = math.exp(p["omega"] / (1 - p["beta"]))
    elif variance == "realized":
        long_run = (p["omega"] + slope * np.mean(extra["realized"])) / (1 - p["beta"])
    else:
        long_run = p["omega"] / (1 - slope - p["beta"])
    assert long_run == pytest.approx(
        sample, rel=1e-10
    )  # one minus a persistence of some .95 costs two digits
    assert tied.loglikelihood <= free.loglikelihood + ROUNDING
    y, model = oracle(returns, variance=variance, dist=dist, **extra)
    assert reference.loglikelihood(dict(p), y, model) == pytest.approx(tied.loglikelihood, abs=ROUNDING)


def test_no_targeted_fit_of_the_oracle_is_higher():
    returns = returns_of()
    tied = es.fit(returns, variance="gjr", dist="t", targeting=True)
    y, model = oracle(returns)
    rng, best = np.random.default_rng(0), tied.params
    errors = tied.std_errors("hessian")
    width = rng.choice([0.02, 0.1, 0.5], 400)
    others = {name: best[name] + width * errors[name] * rng.standard_normal(400) for name in best.index}
    left = 1 - others["alpha"] - others["gamma"] / 2 - others["beta"]
    others["omega"] = np.var(returns) * left
    kept = (left > 0) & (others["alpha"] >= 0)
    found = reference.densities({name: v[kept] for name, v in others.items()}, y, model).sum(axis=0)
    assert kept.sum() > 200
    assert found.max() <= tied.loglikelihood


@pytest.mark.parametrize(
    ("variance", "fixed", "says"),
    [
        ("gjr", {"nu": 2.0}, "fixed nu is 2.0"),
        ("gjr", {"nu": 1e4}, "fixed nu"),
        ("gjr", {"beta": 1.2}, "fixed beta"),
        ("gjr", {"beta": -0.1}, "fixed beta"),
        ("gjr", {"alpha": -0.1}, "fixed alpha"),
        ("gjr", {"omega": -1.0}, "fixed omega"),
        ("gjr", {"omega": 0.0, "alpha": 0.0, "gamma": 0.0, "beta": 0.0}, "fixed"),
        ("gjr", {"mu": math.nan}, "fixed mu"),
        ("gjr", {"mu": math.inf}, "fixed mu"),
        ("garch", {"alpha": 0.4, "beta": 0.7}, "at most 1"),
        ("gjr", {"alpha": 0.4, "gamma": 0.0, "beta": 0.7}, "at most 1"),
        ("gjr", {"alpha": 0.1, "gamma": -0.2}, "gamma"),
        ("gjr", {"gamma": 2.5}, "at most 1"),
        ("gjr", {"lambda": 0.1}, "fixed is 'lambda'"),
        ("garch", {"gamma": 0.1}, "fixed is 'gamma'"),
        ("egarch", {"beta": 1.0}, "fixed beta"),
    ],
)
def test_values_that_no_model_has_are_refused(variance, fixed, says):
    with pytest.raises(BadValue, match=says):
        es.fit(returns_of(), variance=variance, fixed=fixed)


def test_a_skewness_outside_the_density_is_refused():
    with pytest.raises(BadValue, match="fixed lambda"):
        es.fit(returns_of(), dist="skewt", fixed={"lambda": 1.0})


def test_an_omega_cannot_be_fixed_and_targeted():
    with pytest.raises(BadValue, match="either a fixed omega or variance targeting"):
        es.fit(returns_of(), fixed={"omega": 0.1}, targeting=True)


@pytest.mark.parametrize("variance", ["garch", "gjr", "egarch", "beta_t", "constant"])
def test_a_dummy_finds_the_multiple_by_which_variances_were_raised(variance):
    found = []
    for seed in range(12):
        returns = returns_of(1000, seed)
        days = range(200, 1000, 12)
        returns[list(days)] *= math.sqrt(3.0)  # non-propagating: the recursion never saw them
        frame = dummy(1000, days)
        fitted = es.fit(returns, variance=variance, variance_dummies=frame, fixed={"mu": 0.0})
        found.append((fitted.params["d"], fitted.std_errors()["d"]))
    estimates, errors = np.array(found).T
    mean_error = np.sqrt(np.mean(errors**2) / len(errors))
    # four standard errors of the mean of twelve; ln 3 is far from 0 by many
    assert abs(estimates.mean() - math.log(3)) < 4 * mean_error
    assert estimates.mean() > 10 * mean_error


@pytest.mark.parametrize("variance", ["garch", "gjr", "egarch"])
@pytest.mark.parametrize("dist", ["normal", "t"])
def test_regressors_raise_the_log_likelihood_to_an_optimum_of_the_oracle(variance, dist):
    returns, frames = returns_of(), regressors(800)
    asked = {"variance": variance, "dist": dist, **frames}
    plain, full = es.fit(returns, variance=variance, dist=dist), es.fit(returns, **asked)
    y, model = oracle(returns, **asked)
    best = peaks.newton_optimum(dict(full.params), y, model)
    assert full.loglikelihood >= plain.loglikelihood - ROUNDING
    assert full.loglikelihood == pytest.approx(best.loglikelihood, abs=ROUNDING)
    assert dict(full.params) == pytest.approx(best.params, rel=1e-8)  # as for scales: polished optima


def test_an_additive_effect_may_be_negative_as_long_as_variances_are_positive():
    rng, n = np.random.default_rng(4), 1500
    calm = (np.arange(n) % 3 == 0) * 1.0
    g, returns = 1.0, []
    for t in range(n):
        e = math.sqrt(g) * rng.standard_normal()
        returns.append(e)
        g = 0.5 + 0.1 * e * e + 0.5 * g - 0.35 * calm[(t + 1) % n]
    fitted = es.fit(returns, variance="garch", dist="normal", variance_x=pd.DataFrame({"calm": calm}))
    assert abs(fitted.params["calm"] + 0.35) < 4 * fitted.std_errors()["calm"]
    assert fitted.params["calm"] < -3 * fitted.std_errors()["calm"]
    assert fitted.conditional_variance.min() > 0


def test_a_mean_dummy_takes_the_whole_of_its_day():
    returns = returns_of(400)
    fitted = es.fit(returns, mean_x=dummy(400, [250], "event"))
    assert fitted.residuals.iloc[250] == pytest.approx(0, abs=1e-6)  # of some per cent; flat in the density
    assert fitted.params["event"] == pytest.approx(returns[250] - fitted.params["mu"], abs=1e-6)
    assert fitted.status != "not_converged"


@pytest.mark.parametrize("place", ["variance_x", "variance_dummies"])
def test_a_mean_and_a_variance_dummy_on_one_day_are_refused(place):
    with pytest.raises(DegenerateDesign, match="session number 250") as caught:
        es.fit(returns_of(400), mean_x=dummy(400, [250], "event"), **{place: dummy(400, [250])})
    assert caught.value.session == 250
    assert caught.value.exit_code == 2


def test_a_variance_window_covered_by_mean_dummies_of_its_own_days_is_refused():
    single = pd.concat([dummy(400, [day], f"m{day}") for day in (250, 251)], axis=1)
    with pytest.raises(DegenerateDesign):
        es.fit(returns_of(400), mean_x=single, variance_dummies=dummy(400, [250, 251]))


def test_a_mean_dummy_inside_a_longer_variance_window_is_allowed():
    fitted = es.fit(
        returns_of(400), mean_x=dummy(400, [250], "event"), variance_dummies=dummy(400, range(250, 260))
    )
    assert fitted.status != "not_converged"
    assert abs(fitted.params["d"]) < 10


@pytest.mark.parametrize(
    ("place", "frame", "says"),
    [
        ("mean_x", pd.DataFrame({"c": np.ones(400)}), "constant at 1"),
        ("variance_x", pd.DataFrame({"c": np.zeros(400)}), "constant at 0"),
        ("variance_dummies", pd.DataFrame({"c": np.ones(400)}), "constant at 1"),
        ("mean_x", pd.concat([dummy(400, [9], "a"), 2 * dummy(400, [9], "b")], axis=1), "combination"),
        ("variance_x", pd.concat([dummy(400, [9], "a"), 2 * dummy(400, [9], "b")], axis=1), "combination"),
        ("variance_dummies", pd.concat([dummy(400, [9], "a"), dummy(400, [9], "b")], axis=1), "combination"),
        ("mean_x", pd.DataFrame({"c": [np.nan, *np.ones(399)]}), "not finite"),
        ("variance_x", pd.DataFrame({"c": [np.inf, *np.ones(399)]}), "not finite"),
        ("mean_x", dummy(399, [3]), "399 rows"),
        ("variance_dummies", dummy(400, [3], "nu"), "names of their own"),
    ],
)
def test_columns_without_information_are_refused(place, frame, says):
    with pytest.raises(BadValue, match=says):
        es.fit(returns_of(400), **{place: frame})


def masked_loglikelihood(p, y, hidden, variance):
    """Return the Student log-likelihood with hidden sessions left out, in a plain loop."""
    e = np.where(hidden, 0.0, y - p["mu"])
    s0 = np.mean(e[~hidden] ** 2)
    moment = reference.mean_absolute({"nu": np.array([p["nu"]])}, "t")[0]
    carried = p["alpha"] + p["gamma"] / 2 + p["beta"]
    g = p["omega"] + carried * s0
    if variance == "egarch":
        g = math.exp(p["omega"] + p["beta"] * math.log(s0))
    total, path = 0.0, []
    for one, out in zip(e, hidden, strict=True):
        path.append(g)
        z = one / math.sqrt(g)
        square = (p["nu"] + 1) * z * z / (p["nu"] - 2 + z * z) * g if variance == "beta_t" else one * one
        if not out:
            density = reference.log_density(np.array([z]), {"nu": np.array([p["nu"]])}, "t")[0]
            total += density - math.log(g) / 2
        if variance == "egarch":
            news = 0.0 if out else p["alpha"] * (abs(z) - moment) + p["gamma"] * z
            g = math.exp(p["omega"] + news + p["beta"] * math.log(g))
        else:
            slope = p["alpha"] + p["gamma"] * (0.5 if out else one < 0)
            g = p["omega"] + slope * (g if out else square) + p["beta"] * g
    return total, np.array(path)


@pytest.mark.parametrize("variance", ["gjr", "egarch", "beta_t"])
def test_a_session_left_out_adds_nothing_and_its_news_is_what_was_expected(variance):
    returns = returns_of(400)
    hidden = np.zeros(400, bool)
    hidden[[0, 120, 121, 122, 300]] = True
    fitted = es.fit(np.where(hidden, np.nan, returns), variance=variance, masked=hidden)
    total, path = masked_loglikelihood(fitted.params, returns, hidden, variance)
    assert fitted.loglikelihood == pytest.approx(total, abs=ROUNDING)
    assert fitted.conditional_variance.to_numpy() == pytest.approx(path, rel=1e-11)  # 400 steps of rounding
    assert fitted.residuals[hidden].isna().all()
    assert fitted.residuals[~hidden].notna().all()
    scale = fitted.std_errors("hessian")
    for name in fitted.params.index.drop(list(fitted.active_bounds)):
        moved = [fitted.params.copy() for _ in range(2)]
        for sign, one in zip((1, -1), moved, strict=True):
            one[name] += sign * 0.01 * scale[name]
        sides = [masked_loglikelihood(one, returns, hidden, variance)[0] for one in moved]
        assert max(sides) < total, name
    assert fitted.status == "converged"


def test_what_happened_on_a_session_left_out_does_not_matter():
    returns = returns_of(400)
    hidden = np.zeros(400, bool)
    hidden[[120, 300]] = True
    wild = np.where(hidden, 1e6, returns)
    left, right = es.fit(returns, masked=hidden), es.fit(wild, masked=hidden)
    assert np.array_equal(left.params, right.params)
    assert left.loglikelihood == right.loglikelihood


def test_a_mask_that_leaves_too_little_or_does_not_fit_is_refused():
    returns, hidden = returns_of(400), np.ones(400, bool)
    hidden[:40] = False
    with pytest.raises(TooFewObservations, match="40 observations and 50"):
        es.fit(returns, masked=hidden)
    with pytest.raises(BadValue, match="masked"):
        es.fit(returns, masked=hidden[:-1])


@pytest.mark.parametrize("flaw", [0.0, -1.0, np.nan, np.inf])
def test_a_realised_measure_has_to_be_positive_and_there(flaw):
    returns, measures = realized_world(np.random.default_rng(1), 200)
    measures[7] = flaw
    with pytest.raises(BadValue, match="realized number 7"):
        es.fit(returns, variance="realized", realized=measures)
    with pytest.raises(BadValue, match="realized is 'missing'"):
        es.fit(returns, variance="realized")
    with pytest.raises(BadValue, match="realized is 'given'"):
        es.fit(returns, variance="gjr", realized=measures)
    with pytest.raises(BadValue, match="199 values"):
        es.fit(returns, variance="realized", realized=measures[:-1])
