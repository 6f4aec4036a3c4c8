"""GARCH(1,1) with normal innovations in many-digit arithmetic: log-likelihood, score and Hessian by hand.

The model of the Fiorentini, Calzolari and Panattoni benchmark (1996): constant mean, recursion started at the
mean squared residual at the current parameters. Parameters are (mu, omega, alpha, beta). Returns enter as the
double numbers they are read as.
"""

from dataclasses import dataclass

import mpmath as mp

NAMES = ("mu", "omega", "alpha", "beta")
MU, OMEGA, ALPHA, BETA = range(4)
ALL = range(4)
DIGITS = 40


@dataclass(frozen=True)
class Quantity:
    """A number with its gradient (list) and its Hessian (list of rows)."""

    value: object
    slope: list
    curve: list


@dataclass(frozen=True)
class Evaluation:
    """The log-likelihood, its gradient, its Hessian and the summed outer products of the scores."""

    value: object
    slope: mp.matrix
    curve: mp.matrix
    outer: mp.matrix


def square(value, mean_residual):
    """Return a (mean) squared residual, which only mu moves: by -2 e once, by 2 twice."""
    curve = [[mp.mpf(2 if i == j == MU else 0) for j in ALL] for i in ALL]
    return Quantity(value, [-2 * mean_residual, mp.mpf(0), mp.mpf(0), mp.mpf(0)], curve)


def next_variance(theta, q, g):
    """Return omega + alpha q + beta g by the product rule."""
    alpha, beta = theta[ALPHA], theta[BETA]
    slope = [alpha * q.slope[i] + beta * g.slope[i] for i in ALL]
    curve = [[alpha * q.curve[i][j] + beta * g.curve[i][j] for j in ALL] for i in ALL]
    for row, factor in ((OMEGA, None), (ALPHA, q), (BETA, g)):
        slope[row] += factor.value if factor else 1
        for i in ALL if factor else ():
            curve[row][i] += factor.slope[i]
            curve[i][row] += factor.slope[i]
    return Quantity(theta[OMEGA] + alpha * q.value + beta * g.value, slope, curve)


def log_density(q, g):
    """Return -(ln 2 pi + ln g + q / g) / 2 of one squared residual and its variance."""
    inverse = 1 / g.value
    u = q.value * inverse
    dg, dq = [s * inverse for s in g.slope], [s * inverse for s in q.slope]
    slope = [((u - 1) * dg[i] - dq[i]) / 2 for i in ALL]
    curve = [
        [
            (
                (u - 1) * g.curve[i][j] * inverse
                - (2 * u - 1) * dg[i] * dg[j]
                + dq[i] * dg[j]
                + dg[i] * dq[j]
                - q.curve[i][j] * inverse
            )
            / 2
            for j in ALL
        ]
        for i in ALL
    ]
    return Quantity(-(mp.log(2 * mp.pi) + mp.log(g.value) + u) / 2, slope, curve)


def log_densities(theta, y):
    """Yield the log density of each session as a Quantity."""
    residuals = [mp.mpf(one) - theta[MU] for one in y]
    n = len(residuals)
    q = g = square(mp.fsum(e * e for e in residuals) / n, mp.fsum(residuals) / n)
    for e in residuals:
        g, q = next_variance(theta, q, g), square(e * e, e)
        yield log_density(q, g)


def evaluate(theta, y):
    """Return the log-likelihood at theta with everything that Newton and the standard errors need."""
    value, slope, curve, outer = mp.mpf(0), mp.matrix(4, 1), mp.matrix(4), mp.matrix(4)
    for one in log_densities(theta, y):
        value += one.value
        for i in ALL:
            slope[i] += one.slope[i]
            for j in ALL:
                curve[i, j] += one.curve[i][j]
                outer[i, j] += one.slope[i] * one.slope[j]
    return Evaluation(value, slope, curve, outer)


def exact_optimum(start, y, digits=DIGITS):
    """Return (theta, Evaluation) where Newton's step has fallen below 10^-(digits - 10), in many digits."""
    with mp.workdps(digits):
        theta = [mp.mpf(one) for one in start]
        for _ in range(20):
            here = evaluate(theta, y)
            step = mp.lu_solve(-here.curve, here.slope)
            if mp.norm(step) < mp.mpf(10) ** (10 - digits):
                return theta, here
            theta = [old + new for old, new in zip(theta, step, strict=True)]
    raise ArithmeticError("Newton's method did not settle in 20 steps: start it nearer to the optimum")


def exact_standard_errors(here, digits=DIGITS):
    """Return the three kinds by name, each a list in the order of NAMES."""
    with mp.workdps(digits):
        bread = mp.inverse(-here.curve)
        kinds = {"hessian": bread, "opg": mp.inverse(here.outer), "sandwich": bread * here.outer * bread}
        return {kind: [mp.sqrt(matrix[i, i]) for i in ALL] for kind, matrix in kinds.items()}


def report(start, y, digits=15):
    """Return optimum, log-likelihood and standard errors by name, rounded to significant digits."""
    theta, here = exact_optimum(start, y)

    def rounded(numbers):
        return dict(zip(NAMES, [float(mp.nstr(one, digits)) for one in numbers], strict=True))

    return {
        "params": rounded(theta),
        "loglikelihood": float(mp.nstr(here.value, digits)),
        "std_errors": {kind: rounded(each) for kind, each in exact_standard_errors(here).items()},
    }
