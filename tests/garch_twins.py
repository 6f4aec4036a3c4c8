"""One model twice: as the engine takes it and as the oracle takes it, with the way between them."""

import numpy as np
import pandas as pd

from eventstudy.garch.innovations import NORMAL, SKEWED, STUDENT
from eventstudy.garch.sample import CLASSICAL, EXPONENTIAL, REALIZED, SCORE_DRIVEN, Sample
from tests import garch_reference as reference
from tests.garch_reference import Model

RECURSIONS = {"egarch": EXPONENTIAL, "beta_t": SCORE_DRIVEN, "realized": REALIZED}
DENSITIES = {"normal": NORMAL, "t": STUDENT, "skewt": SKEWED}
ETA_OF_THE_NORMAL = 0.2  # not read, but there has to be a number


def oracle(
    returns, mean="constant", variance="gjr", dist="t", *, presample="mean", mean_x=None, variance_x=None,
    variance_dummies=None, realized=None, fixed=None,
):  # fmt: skip
    """Return the series and the oracle's model for what `eventstudy.fit` is given."""
    y = np.asarray(returns, dtype=float)
    lost = int(mean == "ar1")
    columns = {} if mean == "zero" else {"mu": 1.0}
    if lost:
        columns["phi"] = y[:-1]
    extras = [_columns(frame, lost) for frame in (mean_x, variance_x, variance_dummies)]
    x = None if realized is None else np.asarray(realized, dtype=float)[lost:]
    model = Model(variance, dist, presample, columns | extras[0], extras[1], extras[2], x, dict(fixed or {}))
    return y[lost:], model


def _columns(frame, lost):
    return {} if frame is None else {name: frame[name].to_numpy(dtype=float)[lost:] for name in frame}


def sample_of(y, model):
    """Return the engine's view of unscaled data."""
    moving = int(model.presample == "mean")
    codes = [RECURSIONS.get(model.variance, CLASSICAL), DENSITIES[model.dist], moving, -1]
    fixed = float(np.squeeze(reference.presample_variance(np.zeros((len(y), 1)), y, model)))
    measure = np.zeros(0) if model.x is None else np.asarray(model.x, dtype=float)
    tables = [_table(columns, len(y)) for columns in (model.X, model.V, model.D)]
    return Sample(np.ascontiguousarray(y), *tables, measure, np.array(codes), fixed)


def _table(columns, n):
    every = [np.broadcast_to(column, (n,)).astype(float) for column in columns.values()]
    return np.ascontiguousarray(np.column_stack(every)) if every else np.zeros((n, 0))


def engine_parameters(point, model):
    """Return mean | omega, alpha, alpha + gamma, beta | 1 / nu, lambda | additive | multiplicative."""
    alpha, gamma = point.get("alpha", 0.0), point.get("gamma", 0.0)
    second = gamma if model.variance == "egarch" else alpha + gamma
    eta = 1 / point["nu"] if "nu" in point else ETA_OF_THE_NORMAL
    own = [point["omega"], alpha, second, point.get("beta", 0.0), eta, point.get("lambda", 0.0)]
    return np.array([
        *(point[name] for name in model.X), *own, *(point[name] for name in [*model.V, *model.D]),
    ])  # fmt: skip


def engine_slopes(point, model):
    """Return how the engine's parameters move with the public ones, one column a public parameter."""
    at = len(model.X)
    places = {"omega": at, "alpha": at + 1, "gamma": at + 2, "beta": at + 3, "nu": at + 4, "lambda": at + 5}
    places |= {name: k for k, name in enumerate(model.X)}
    places |= {name: at + 6 + k for k, name in enumerate([*model.V, *model.D])}
    slopes = np.zeros((at + 6 + len(model.V) + len(model.D), len(point)))
    for column, name in enumerate(point):
        slopes[places[name], column] = -1 / point["nu"] ** 2 if name == "nu" else 1.0
        if name == "alpha" and model.variance != "egarch":
            slopes[at + 2, column] = 1.0  # alpha moves alpha + gamma as well
    return slopes


def regressors(n, seed=0):
    """Return one regressor for each place, named as `eventstudy.fit` names the places."""
    rng = np.random.default_rng([n, seed])
    return {
        "mean_x": pd.DataFrame({"f": rng.standard_normal(n)}),
        "variance_x": pd.DataFrame({"v": rng.random(n)}),
        "variance_dummies": pd.DataFrame({"d": (np.arange(n) % 7 == 3) * 1.0}),
    }


def measure(returns, seed=0):
    """Return a positive realised measure: squared returns smoothed, with noise."""
    noise = np.random.default_rng([len(returns), seed]).chisquare(4, len(returns)) / 4
    smooth = np.convolve(np.asarray(returns) ** 2, np.ones(5) / 5, mode="same")
    return (smooth + 0.1) * noise


def realized_world(rng, n, *, mu=0.05, omega=0.1, alpha=0.35, gamma=0.1, beta=0.5, nu=None):
    """Return n returns and their realised measures, h moved by the measure; normal or Student innovations."""
    z = rng.standard_normal(n) if nu is None else rng.standard_t(nu, n) * np.sqrt(1 - 2 / nu)
    noise, h, returns, measures = rng.chisquare(10, n) / 10, 1.0, [], []
    for one, share in zip(z, noise, strict=True):
        e, x = np.sqrt(h) * one, h * share
        returns.append(mu + e)
        measures.append(x)
        h = omega + (alpha + gamma * (e < 0)) * x + beta * h
    return np.array(returns), np.array(measures)
