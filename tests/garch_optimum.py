"""Newton's method on the reference likelihood, and the hard series that optimizers are tried on."""

import math
from dataclasses import dataclass

import numpy as np

from tests.garch_reference import as_array, by_name, hessian, loglikelihood, natural_scale, score


@dataclass(frozen=True)
class Optimum:
    """An interior maximum; `distance` is the length of the step not taken, in standard errors."""

    params: dict[str, float]
    loglikelihood: float
    score: np.ndarray
    hessian: np.ndarray
    distance: float

    @property
    def theta(self):
        """The parameters as an array in public order."""
        return np.array(list(self.params.values()))


def is_inside(params, model):
    """Tell whether a point is in the interior of the parameter space."""
    value = {name: float(v[0]) for name, v in by_name(params, model).items()}
    shape = 2.05 < value.get("nu", 5.0) < 500 and abs(value.get("lambda", 0.0)) < 0.99
    if model.variance == "constant":
        return shape and value["omega"] > 0
    alpha, gamma, beta = value["alpha"], value.get("gamma", 0.0), value["beta"]
    if model.variance == "egarch":
        return shape and abs(beta) < 1
    persistence = beta if model.variance == "realized" else alpha + gamma / 2 + beta
    signs = value["omega"] > 0 and alpha > 0 and alpha + gamma > 0 and beta > 0
    return shape and signs and persistence < 1


def height(theta, y, model):
    """Return the log-likelihood, minus infinity where there is none."""
    if not is_inside(theta, model):
        return -math.inf
    with np.errstate(all="ignore"):
        value = loglikelihood(theta, y, model)
    return value if math.isfinite(value) else -math.inf


def ascent(slope, curvature, scale):
    """Return Newton's step with every curvature turned downwards, so that it always leads uphill."""
    sizes, axes = np.linalg.eigh(curvature * np.outer(scale, scale))
    sizes = np.maximum(np.abs(sizes), 1e-6 * np.abs(sizes).max())
    return scale * (axes @ ((axes.T @ (slope * scale)) / sizes))


def shortened(theta, step, y, model):
    """Return the first of the step, its half, its quarter ... that gains log-likelihood."""
    here = height(theta, y, model)
    for halvings in range(40):
        if height(theta + step / 2**halvings, y, model) > here:
            return step / 2**halvings
    raise ArithmeticError(
        f"no way up from {dict(zip(model.names, theta.tolist(), strict=True))}: no interior optimum"
    )


def newton_step(theta, y, model):
    """Return (score, step, its length in standard errors, whether the likelihood is concave here)."""
    slope, curvature = score(theta, y, model), hessian(theta, y, model, step=0.02, levels=2)
    step = ascent(slope, curvature, natural_scale(theta, y, model))
    return slope, step, math.sqrt(slope @ step), bool(np.all(np.linalg.eigvalsh(curvature) < 0))


def newton_optimum(start, y, model, iterations=100):
    """Return the interior maximum that Newton's method finds from a start, or raise ArithmeticError.

    A maximum on a bound, or on a kink of the EGARCH likelihood, is not found and refused. Which of several
    maxima is found depends on the start.
    """
    theta = as_array(start, model)
    for _ in range(iterations):
        _, step, distance, concave = newton_step(theta, y, model)
        # so close to the top the log-likelihood is flat to its last digit and cannot judge a step
        theta = theta + (step if concave and distance < 1e-5 else shortened(theta, step, y, model))
        if concave and distance < 1e-8 and is_inside(theta, model):
            slope, _, left, _ = newton_step(theta, y, model)
            params = dict(zip(model.names, theta.tolist(), strict=True))
            return Optimum(params, loglikelihood(theta, y, model), slope, hessian(theta, y, model), left)
    raise ArithmeticError(f"no interior optimum after {iterations} steps of Newton's method")


def simulate(rng, n, *, mu=0.05, omega=0.05, alpha=0.08, gamma=0.0, beta=0.9, nu=None, burn=500):
    """Return n returns of a GJR-GARCH with normal or unit-variance Student innovations."""
    z = rng.standard_normal(n + burn) if nu is None else rng.standard_t(nu, n + burn) * math.sqrt(1 - 2 / nu)
    g, returns = omega / (1 - alpha - gamma / 2 - beta), []
    for one in z:
        e = math.sqrt(g) * one
        returns.append(mu + e)
        g = omega + (alpha + gamma * (e < 0)) * e * e + beta * g
    return np.array(returns[burn:])


RECIPES = {
    "easy T250": {"n": 250},
    "alpha+beta=.999": {"n": 1000, "omega": 0.002, "alpha": 0.06, "beta": 0.939},
    "alpha=.005": {"n": 1000, "omega": 0.02, "alpha": 0.005, "beta": 0.975},
    "alpha=.01": {"n": 1000, "omega": 0.02, "alpha": 0.01, "beta": 0.97},
    "alpha=.3": {"n": 1000, "omega": 0.1, "alpha": 0.3, "beta": 0.6},
    "t(3.2) tails": {"n": 1000, "nu": 3.2},
    "GJR": {"n": 1000, "alpha": 0.03, "gamma": 0.1, "beta": 0.88},
    "white noise": {"n": 1000, "omega": 1.0, "alpha": 0.0, "beta": 0.0},
    "T250 tails": {"n": 250, "nu": 3.2},
    "T2500 near-integrated": {"n": 2500, "omega": 0.002, "alpha": 0.05, "beta": 0.949},
}
FAMILIES = tuple(RECIPES)


def hard_series(family, seed):
    """Return one series of a family; the same seed gives the same series."""
    return simulate(np.random.default_rng([FAMILIES.index(family), seed]), **RECIPES[family])
