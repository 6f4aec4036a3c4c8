"""A second, slow writing of the volatility likelihood in plain numpy: the oracle of the fast engine.

It follows the papers and not the engine: Bollerslev (1986), Glosten, Jagannathan and Runkle (1993), Nelson
(1991), Harvey and Chakravarti (2008), Shephard and Sheppard (2010), Hansen (1994). Every function takes
complex parameters, so that a derivative is an imaginary part (complex step) without difference error.
Parameters are a mapping by name or an array in the order of `Model.names`; an array with a second axis holds
one candidate a column, and all columns are evaluated at once. Time runs along the first axis everywhere.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import bernoulli

TINY = 1e-30  # the complex step: its square is below the last bit of everything

VARIANCE_NAMES = {
    "constant": ("omega",),
    "garch": ("omega", "alpha", "beta"),
    "gjr": ("omega", "alpha", "gamma", "beta"),
    "beta_t": ("omega", "alpha", "gamma", "beta"),
    "realized": ("omega", "alpha", "gamma", "beta"),
    "egarch": ("omega", "alpha", "gamma", "beta"),
}
# -(1 - 4^-k) B_2k / (k (2k - 1)): what Stirling's series leaves of ln Gamma(x + 1/2) - ln Gamma(x)
RATIO_SERIES = [-(1 - 4.0**-k) * bernoulli(14)[2 * k] / (k * (2 * k - 1)) for k in range(1, 8)]
SHAPE_NAMES = {"normal": (), "t": ("nu",), "skewt": ("nu", "lambda")}


@dataclass(frozen=True)
class Model:
    """What is evaluated; regressors are columns (or one number for all sessions) by parameter name."""

    variance: str = "garch"
    dist: str = "normal"
    presample: str = "mean"
    X: Mapping[str, object] = field(default_factory=lambda: {"mu": 1.0})
    V: Mapping[str, object] = field(default_factory=dict)
    D: Mapping[str, object] = field(default_factory=dict)
    x: object = None
    fixed: Mapping[str, float] = field(default_factory=dict)

    @property
    def names(self):
        """The free parameters in public order: mean, variance, shape, additive, multiplicative."""
        every = [*self.X, *VARIANCE_NAMES[self.variance], *SHAPE_NAMES[self.dist], *self.V, *self.D]
        return tuple(name for name in every if name not in self.fixed)


@dataclass(frozen=True)
class Branch:
    """Which side of each kink every session is on: the sign of its residual, its half of Hansen's density."""

    sign: np.ndarray
    half: np.ndarray | None


def ar1(y):
    """Return the series without its first value and the mean columns of an AR(1) for it."""
    y = np.asarray(y, dtype=float)
    return y[1:], {"mu": 1.0, "phi": y[:-1]}


def by_name(params, model):
    """Return every parameter as a row of candidates, the fixed ones included."""
    given = params if isinstance(params, Mapping) else dict(zip(model.names, params, strict=True))
    return {name: np.atleast_1d(value) for name, value in {**given, **model.fixed}.items()}


def linear(values, columns, n):
    """Return the sum of coefficients times columns, one row a session."""
    terms = [values[name] * np.broadcast_to(c, (n,)).astype(float)[:, None] for name, c in columns.items()]
    return sum(terms, start=np.zeros((n, 1)))


def log1p(u):
    """Return ln(1 + u) without cancellation in the real part, for complex u as well."""
    if np.iscomplexobj(u):
        size = np.log1p(u.real * (2 + u.real) + u.imag**2) / 2
        return size + 1j * np.arctan2(u.imag, 1 + u.real)
    return np.log1p(u)


def log_gamma_ratio(x):
    """Return ln Gamma(x + 1/2) - ln Gamma(x) - ln(x) / 2, small and with small terms: nothing cancels.

    Ten times Gamma(x + 1) = x Gamma(x), then Stirling's series. A difference of log-gammas has an error that
    is the same in every session and adds up.
    """
    series = sum(weight / (x + 10) ** (2 * k + 1) for k, weight in enumerate(RATIO_SERIES))
    return log1p(10 / x) / 2 - sum(log1p(0.5 / (x + k)) for k in range(10)) + series


def log_student_constant(nu):
    """Return ln c, the logarithm of the unit-variance Student density at zero."""
    return log_gamma_ratio(nu / 2) - (np.log(2 * np.pi) - log1p(2 / (nu - 2))) / 2


def hansen_constants(nu, lam):
    """Return Hansen's a, b and ln c."""
    log_c = log_student_constant(nu)
    a = 4 * lam * np.exp(log_c) * (nu - 2) / (nu - 1)
    return a, np.sqrt(1 + 3 * lam**2 - a**2), log_c


def hansen_half(z, values):
    """Return -1 left of the mode of Hansen's density and +1 elsewhere."""
    a, b, _ = hansen_constants(values["nu"], values["lambda"])
    return np.where(np.real(z + a / b) < 0, -1.0, 1.0)


def log_density(z, values, dist, half=None):
    """Return ln f(z) of the standardized residual."""
    if dist == "normal":
        return -(np.log(2 * np.pi) + z * z) / 2
    nu = values["nu"]
    if dist == "t":
        return log_student_constant(nu) - (nu + 1) / 2 * log1p(z * z / (nu - 2))
    half = hansen_half(z, values) if half is None else half
    a, b, log_c = hansen_constants(nu, values["lambda"])
    w = (b * z + a) / (1 + half * values["lambda"])
    return np.log(b) + log_c - (nu + 1) / 2 * log1p(w * w / (nu - 2))


def density_weight(z, values, dist, half=None):
    """Return s(z) = -z d ln f / dz, the news of the Beta-t recursion; its mean is one."""
    if dist == "normal":
        return z * z
    nu = values["nu"]
    if dist == "t":
        return (nu + 1) * z * z / (nu - 2 + z * z)
    half = hansen_half(z, values) if half is None else half
    a, b, _ = hansen_constants(nu, values["lambda"])
    slope = b / (1 + half * values["lambda"])
    w = (b * z + a) / (1 + half * values["lambda"])
    return (nu + 1) * z * w * slope / (nu - 2 + w * w)


def mean_absolute(values, dist):
    """Return m1, the E|z| that an EGARCH subtracts: the symmetric density's, by convention."""
    if dist == "normal":
        return np.sqrt(2 / np.pi)
    nu = values["nu"]
    gammas = np.exp(log_gamma_ratio(nu / 2)) * np.sqrt(nu / 2)
    return np.sqrt((nu - 2) / np.pi) * gammas / ((nu - 1) / 2)


def ols_residuals(y, model):
    """Return the residuals of least squares on the mean columns."""
    if not model.X:
        return y
    columns = np.column_stack([np.broadcast_to(column, y.shape) for column in model.X.values()])
    return y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]


def presample_variance(e, y, model):
    """Return s0: moving with the parameters for "mean", a number for "variance" and "arch"."""
    if model.presample == "mean":
        return np.mean(e * e, axis=0)
    squares = ols_residuals(y, model) ** 2
    if model.presample == "variance":
        return np.mean(squares)
    decay = 0.94 ** np.arange(min(75, len(y)))
    return decay @ squares[: len(decay)] / decay.sum()


def log_variances(values, e, y, model, branch):
    """Return ln g of an EGARCH, its recursion running in logarithms."""
    alpha, gamma, beta = values["alpha"], values["gamma"], values["beta"]
    shift = values["omega"] + linear(values, model.V, len(y))
    m1 = mean_absolute(values, model.dist)
    path = [shift[0] + beta * np.log(presample_variance(e, y, model))]
    for t in range(1, len(y)):
        z = e[t - 1] / np.exp(path[-1] / 2)
        path.append(shift[t] + alpha * (branch.sign[t - 1] * z - m1) + gamma * z + beta * path[-1])
    return np.array(path)


def news(t, e, g, values, model, branch):
    """Return what session t tells about the variance of the next: a square, its weighted form, a measure."""
    if model.variance == "realized":
        return float(model.x[t])
    if model.variance == "beta_t":
        half = None if branch.half is None else branch.half[t]
        return g * density_weight(e[t] / np.sqrt(g), values, model.dist, half)
    return e[t] * e[t]


def variances(values, e, y, model, branch):
    """Return g, one row a session."""
    if model.variance == "egarch":
        return np.exp(log_variances(values, e, y, model, branch))
    shift = values["omega"] + linear(values, model.V, len(y))
    if model.variance == "constant":
        return shift
    alpha, beta = values["alpha"], values["beta"]
    gamma = values.get("gamma", np.zeros(1))
    s0 = presample_variance(e, y, model)
    first_news = np.mean(model.x) if model.variance == "realized" else s0
    # with a realised measure a fall is a negative return: a residual's sign would make the likelihood jump
    falls = (y < 0)[:, None] if model.variance == "realized" else branch.sign < 0
    path = [shift[0] + (alpha + gamma / 2) * first_news + beta * s0]
    for t in range(1, len(y)):
        slope = alpha + gamma * falls[t - 1]
        path.append(shift[t] + slope * news(t - 1, e, path[-1], values, model, branch) + beta * path[-1])
    return np.array(path)


def filtered(params, y, model, branch=None):
    """Return (eps, ln tau, g, z), the series every other quantity is made of, one column a candidate."""
    y, values = np.asarray(y, dtype=float), by_name(params, model)
    eps = y[:, None] - linear(values, model.X, len(y))
    log_tau = linear(values, model.D, len(y))
    e = eps * np.exp(-log_tau / 2)
    branch = branch or Branch(np.where(e.real < 0, -1.0, 1.0), None)
    g = variances(values, e, y, model, branch)
    return eps, log_tau, g, e / np.sqrt(g)


def conditional_variance(params, y, model):
    """Return h = tau g at one point, one value a session."""
    _, log_tau, g, _ = filtered(params, y, model)
    return (np.exp(log_tau) * g)[:, 0]


def branch_at(params, y, model):
    """Return the side of every kink that the sessions are on at one point."""
    _, _, _, z = filtered(params, y, model)
    half = hansen_half(z, by_name(params, model)) if model.dist == "skewt" else None
    return Branch(np.where(z.real < 0, -1.0, 1.0), half)


def densities(params, y, model, branch=None):
    """Return the log density of each session, one column a candidate."""
    _, log_tau, g, z = filtered(params, y, model, branch)
    half = None if branch is None else branch.half
    return log_density(z, by_name(params, model), model.dist, half) - (np.log(g) + log_tau) / 2


def contributions(params, y, model):
    """Return the log density of each session at one point."""
    return densities(params, y, model)[:, 0]


def loglikelihood(params, y, model):
    """Return the log-likelihood at one point, summed without rounding on the way."""
    each = contributions(params, y, model)
    if np.iscomplexobj(each):
        return complex(math.fsum(each.real), math.fsum(each.imag))
    return math.fsum(each)


def as_array(params, model):
    """Return the free parameters as an array in public order."""
    given = [params[name] for name in model.names] if isinstance(params, Mapping) else params
    return np.array(given, dtype=float)


def scores(params, y, model):
    """Return the n x K derivatives of the log densities at one point."""
    theta = as_array(params, model)
    return densities(theta[:, None] + TINY * 1j * np.eye(len(theta)), y, model).imag / TINY


def score(params, y, model):
    """Return the K derivatives of the log-likelihood at one point."""
    return np.array([math.fsum(column) for column in scores(params, y, model).T])


def scores_of_many(thetas, y, model, branch):
    """Return the score at each column of thetas, one row a column, the kinks held where they are."""
    count, many = thetas.shape
    stepped = thetas[:, :, None] + TINY * 1j * np.eye(count)[:, None, :]
    slopes = densities(stepped.reshape(count, many * count), y, model, branch).imag / TINY
    return np.array([math.fsum(column) for column in slopes.T]).reshape(many, count)


def natural_scale(params, y, model):
    """Return for each parameter the change that matters: its standard error, the others known."""
    return 1 / np.sqrt(np.sum(scores(params, y, model) ** 2, axis=0))


def extrapolated(slopes):
    """Return Richardson's limit of differences at steps halved again and again, each element at its best.

    The best is where the tableau changes least from one entry to the next (Ridders 1982): before it the step
    is too long, after it rounding has taken over.
    """
    entries, changes, column = [], [], slopes
    for order in range(1, len(slopes)):
        better = column[1:] + (column[1:] - column[:-1]) / (4**order - 1)
        changes.append(np.maximum(np.abs(better - column[1:]), np.abs(better - column[:-1])))
        entries.append(better)
        column = better
    best = np.argmin(np.concatenate(changes), axis=0)
    return np.take_along_axis(np.concatenate(entries), best[None], axis=0)[0]


def score_differences(params, y, model, step=0.3, levels=6):
    """Return d score_j / d theta_i by extrapolated central differences of the exact score, unsymmetrized.

    Steps are `step` standard errors and its halves. The kinks stay on the side they are on at the centre, so
    that what is extrapolated is smooth.
    """
    theta, scale = as_array(params, model), natural_scale(params, y, model)
    branch, count = branch_at(theta, y, model), len(theta)
    widths = [scale * step / 2**level for level in range(levels)]
    moves = np.concatenate([np.diag(width) for width in widths], axis=1)
    up, down = (scores_of_many(theta[:, None] + s * moves, y, model, branch) for s in (1, -1))
    slopes = (up - down) / (2 * np.concatenate(widths))[:, None]
    return extrapolated(slopes.reshape(levels, count, count))


def hessian(params, y, model, step=0.3, levels=6):
    """Return the K x K second derivatives of the log-likelihood at one point.

    Element (i, j) is good to about 1e-11 / (scale_i scale_j), and to 1e-12 with normal innovations; on a
    kink it is the one-sided value of the branch that the point is on.
    """
    differences = score_differences(params, y, model, step, levels)
    return (differences + differences.T) / 2


def standard_errors(params, y, model):
    """Return the three kinds by name, each an array in public order."""
    bread = np.linalg.inv(-hessian(params, y, model))
    each = scores(params, y, model)
    kinds = {
        "hessian": bread,
        "opg": np.linalg.inv(each.T @ each),
        "sandwich": bread @ (each.T @ each) @ bread,
    }
    return {kind: np.sqrt(np.diag(matrix)) for kind, matrix in kinds.items()}
