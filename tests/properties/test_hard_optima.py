"""Hard series: nothing that many random starts find is much higher, and no verdict is better than the score.

A higher point is a higher point whoever climbed to it, so the random starts climb with the engine's own
method; what they and the fits claim is checked by the slow oracle.
"""

import functools

import numpy as np
import pytest
from scipy.optimize import nnls

import eventstudy as es
from eventstudy.garch.ascent import ascend
from eventstudy.garch.coordinates import Data, plan, public
from eventstudy.garch.estimation import MOST_PASSES, TOLERANCE
from eventstudy.garch.spec import ModelSpec
from tests import garch_optimum as peaks
from tests import garch_reference as reference
from tests.garch_reference import Branch
from tests.garch_twins import oracle

MODELS = [(v, d) for v in ("garch", "gjr") for d in ("normal", "t")] + [("egarch", "t"), ("beta_t", "t")]
# the house's promise: at most one series in a hundred lies this far below the best of 25 starts
BELOW, SHARE, RANDOM_STARTS = 1e-3, 0.01, 25
# a score of a thousandth of a standard error is worth 5e-7 of log-likelihood
SMALL = 1e-3
SUBSET, FULL = 10, 50
# a mean that was climbed to a data point comes this near, in standard deviations of the returns
ON_KINK = 1e-9
# what makes the weights of a mixture sum to one
WEIGHT = 1e3


def series(each):
    """Return (family, returns) of so many series of every family."""
    return [(family, peaks.hard_series(family, seed)) for family in peaks.FAMILIES for seed in range(each)]


@functools.cache
def fits(variance, dist, each):
    """Return default fits of so many series a family: parameters, log-likelihood and status of each."""
    every = series(each)
    longest = max(len(returns) for _, returns in every)
    rows = np.full((len(every), longest), np.nan)
    for row, (_, returns) in zip(rows, every, strict=True):
        row[longest - len(returns) :] = returns
    return es.fit_many(rows, variance=variance, dist=dist)


def random_starts(rng, planned, variance):
    """Return starts all over the parameter space, in the engine's standardised coordinates."""
    count = RANDOM_STARTS
    persistence, share = 1 - 10 ** rng.uniform(-3.5, 0, count), rng.random((2, count)) ** 2
    beta = persistence * (1 - share[0])
    up = (persistence - beta) * 2 * share[1]
    down = np.maximum(2 * (persistence - beta) - up, 0.0)
    omega = (1 - persistence) * planned.variance_start * np.exp(rng.normal(0, 0.3, count))
    if variance == "egarch":
        up, down = rng.uniform(0, 0.4, count), rng.normal(0, 0.1, count)
        omega = (1 - beta) * np.log(planned.variance_start) + rng.normal(0, 0.1, count)
    mean = planned.mean_start + rng.normal(0, 0.05, count)
    every = np.column_stack([mean, omega, up, down, beta, 1 / rng.uniform(2.1, 300, count), np.zeros(count)])
    if variance == "garch":
        every[:, 2] = persistence - beta
    return np.clip(every[:, planned.free], planned.limits.lower, planned.limits.upper)


def best_of_random_starts(returns, variance, dist, seed):
    """Return the highest point of 25 random starts: (log-likelihood, public parameters)."""
    spec, n = ModelSpec("constant", variance, dist, "mean"), len(returns)
    nothing = np.zeros((n, 0))
    planned = plan(spec, Data(returns, np.ones((n, 1)), nothing, nothing, np.zeros(0)))
    starts = random_starts(np.random.default_rng(seed), planned, variance)
    ends = ascend(planned.sample, starts, planned.restriction, planned.limits, TOLERANCE, MOST_PASSES)
    values = np.where(np.isfinite(ends.values), ends.values, -np.inf)
    best = int(np.argmax(values))
    theta = planned.restriction.base + planned.restriction.map @ ends.points[best]
    return values[best] - n * np.log(planned.units.scale), public(spec, planned.units, theta)


def missed(variance, dist, each):
    """Return the series whose fit lies below the best of 25 starts, by the oracle's account of both."""
    many, found = fits(variance, dist, each), []
    for place, (family, returns) in enumerate(series(each)):
        claimed, best = best_of_random_starts(returns, variance, dist, place)
        if claimed - many.loglikelihood.iloc[place] > BELOW:
            y, model = oracle(returns, variance=variance, dist=dist)
            heights = [
                reference.loglikelihood(np.asarray(p), y, model) for p in (best, many.params.iloc[place])
            ]
            if heights[0] - heights[1] > BELOW:
                found.append((family, place % each, heights[0] - heights[1]))
    return found


def outward(point, model, variance_of_returns):
    """Return the outward normals of the constraints that a point is on, one a row."""
    unit = dict(zip(model.names, np.eye(len(model.names)), strict=True))
    p = dict(zip(model.names, point, strict=True))
    sides = [(p["alpha"] < 1e-12, -unit["alpha"]), (p["beta"] < 1e-12, -unit["beta"])]
    if "nu" in p:
        sides += [(p["nu"] > 500 - 1e-6, unit["nu"]), (p["nu"] < 2.05 + 1e-9, -unit["nu"])]
    if model.variance == "egarch":
        sides.append((p["beta"] > 0.9999 - 1e-9, unit["beta"]))
    else:
        lean, gamma = unit.get("gamma", 0.0), p.get("gamma", 0.0)
        persistence = p["alpha"] + gamma / 2 + p["beta"]
        sides += [
            (p["omega"] < 1.0001e-8 * variance_of_returns, -unit["omega"]),
            (p["alpha"] + gamma < 1e-12, -unit["alpha"] - lean),
            (persistence > 1 - 1e-10, unit["alpha"] + lean / 2 + unit["beta"]),
        ]
    return [normal for active, normal in sides if active]


def pulls(point, y, model):
    """Return the score in standard errors; both one-sided ones where an EGARCH sits on a residual of 0."""
    branch = reference.branch_at(point, y, model)
    sides = [branch]
    residuals = np.abs(y - point[0])
    kink = int(np.argmin(residuals))
    if model.variance == "egarch" and residuals[kink] < ON_KINK * y.std():
        turned = branch.sign.copy()
        turned[kink] *= -1
        sides.append(Branch(turned, branch.half))
    scores = [reference.scores_of_many(point[:, None], y, model, side)[0] for side in sides]
    return np.array(scores) * reference.natural_scale(point, y, model)


def unexplained_score(point, returns, variance, dist):
    """Return the largest score, in standard errors, that neither constraints nor a kink hold back.

    At a maximum some mixture of the one-sided scores is a sum of outward normals.
    """
    y, model = oracle(returns, variance=variance, dist=dist)
    mixed, scale = pulls(point, y, model).T, reference.natural_scale(point, y, model)
    rows = outward(point, model, np.var(returns))
    normals = (np.array(rows) * scale).T if rows else np.zeros((len(point), 0))
    kinds = np.hstack([np.ones(mixed.shape[1]), np.zeros(normals.shape[1])])
    system = np.vstack([np.hstack([mixed, -normals]), WEIGHT * kinds])
    weights = nnls(system, np.append(np.zeros(len(point)), WEIGHT))[0]
    return float(np.abs(system[:-1] @ weights).max() / (kinds @ weights))


def better_than_their_score(variance, dist, each, checked):
    """Return the fits that are called good although the oracle's score there is not small."""
    many, found = fits(variance, dist, each), []
    for place, (family, returns) in enumerate(series(each)):
        if place % each < checked and many.status.iloc[place] != "not_converged":
            left = unexplained_score(many.params.iloc[place].to_numpy(), returns, variance, dist)
            if not left < SMALL:
                found.append((family, place % each, many.status.iloc[place], left))
    return found


@pytest.mark.parametrize(("variance", "dist"), MODELS)
def test_few_of_100_fits_lie_below_the_best_of_25_random_starts(variance, dist):
    # were it one in a hundred, five or more of a hundred would happen to 3 in a thousand engines
    assert len(missed(variance, dist, SUBSET)) <= 4


@pytest.mark.parametrize(("variance", "dist"), MODELS)
def test_no_verdict_is_better_than_the_oracles_score(variance, dist):
    assert better_than_their_score(variance, dist, SUBSET, 2) == []


@pytest.mark.parametrize(("variance", "dist"), MODELS)
def test_hardly_a_fit_does_not_converge(variance, dist):
    status = fits(variance, dist, SUBSET).status
    assert (status == "not_converged").mean() <= 0.05  # five of a hundred hard ones
    assert not (status == "refused").any()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("variance", "dist"), MODELS)
def test_at_most_one_in_a_hundred_of_500_lies_below_the_best_of_25_random_starts(variance, dist):
    found = missed(variance, dist, FULL)
    assert len(found) <= SHARE * FULL * len(peaks.FAMILIES), found


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("variance", "dist"), MODELS)
def test_no_verdict_of_500_is_better_than_the_oracles_score(variance, dist):
    assert better_than_their_score(variance, dist, FULL, FULL) == []
    assert (fits(variance, dist, FULL).status == "not_converged").mean() <= 0.02
