"""The oracle of the volatility engine, itself checked: scipy, quadrature, hand arithmetic, `arch`."""

import math

import mpmath as mp
import numpy as np
import pytest
from arch import arch_model
from scipy import integrate, stats

from tests import garch_optimum as peaks
from tests import garch_reference as reference
from tests.garch_reference import Model

COMBINATIONS = [(v, d) for v in reference.VARIANCE_NAMES for d in reference.SHAPE_NAMES]
AT = {"mu": 0.03, "phi": 0.1, "omega": 0.06, "alpha": 0.07, "gamma": 0.06, "beta": 0.85}
AT |= {"nu": 6.5, "lambda": -0.15, "v": 0.04, "d": 0.3}
AT_EGARCH = AT | {"omega": 0.02, "alpha": 0.16, "gamma": -0.07, "beta": 0.93}
# sums of a few hundred double numbers, each with an error of some 1e-16
ROUNDING = 1e-12


def shape(**given):
    """Return shape parameters as the density functions take them."""
    return {name.replace("lam", "lambda"): np.array([value]) for name, value in given.items()}


def example(variance, dist, presample="mean", n=150):
    """Return (point, series, model) with a regressor in every place."""
    rng = np.random.default_rng(7)
    y, columns = reference.ar1(peaks.simulate(rng, n + 1, gamma=0.05, beta=0.85))
    extras = {"V": {"v": rng.random(n)}, "D": {"d": (np.arange(n) % 5 == 0) * 1.0}, "x": rng.chisquare(3, n)}
    model = Model(variance, dist, presample, columns, **extras)
    point = AT_EGARCH if variance == "egarch" else AT
    return {name: point[name] for name in model.names}, y, model


def moment(function, **given):
    """Return the mean of a function under Hansen's density by quadrature on both sides of the mode."""
    values = shape(**given)
    a, b, _ = reference.hansen_constants(values["nu"], values["lambda"])

    def integrand(z):
        return float((function(z) * np.exp(reference.log_density(z, values, "skewt"))).item())

    mode = float(-(a / b)[0])
    return sum(integrate.quad(integrand, *ends, limit=500)[0] for ends in [(-np.inf, mode), (mode, np.inf)])


@pytest.mark.parametrize("nu", [2.05, 3.0, 8.0, 30.0, 500.0])
def test_the_student_density_is_scipys_at_unit_variance(nu):
    z, stretch = np.linspace(-40, 40, 401), math.sqrt(nu / (nu - 2))
    expected = stats.t.logpdf(z * stretch, nu) + math.log(stretch)
    # scipy's own difference of log-gammas of some hundreds loses three digits
    assert reference.log_density(z, shape(nu=nu), "t") == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert reference.log_density(z, {}, "normal") == pytest.approx(stats.norm.logpdf(z), rel=1e-15)


@pytest.mark.parametrize("nu", [2.05, 3.0, 8.0, 30.0, 80.0, 500.0])
def test_the_gamma_functions_and_their_slopes_agree_with_many_digit_arithmetic(nu):
    def log_c(v):
        return mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(mp.pi * (v - 2)) / 2

    def m1(v):
        return mp.sqrt((v - 2) / mp.pi) * mp.gamma((v - 1) / 2) / mp.gamma(v / 2)

    stepped = np.array([nu + reference.TINY * 1j])
    found = reference.log_student_constant(stepped), reference.mean_absolute({"nu": stepped}, "t")
    with mp.workdps(40):
        for ours, theirs in zip(found, (log_c, m1), strict=True):
            assert ours.real == pytest.approx(float(theirs(mp.mpf(nu))), abs=1e-14)  # some last bits
            # the slope of m1 falls as 1/nu^2 while its terms fall as 1/nu: some nu of last bits are lost
            slope = float(mp.diff(theirs, mp.mpf(nu)))
            assert ours.imag / reference.TINY == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize(("nu", "lam"), [(3.5, -0.7), (5.0, 0.3), (30.0, -0.1), (400.0, 0.9)])
def test_hansens_density_integrates_to_one_with_mean_zero_and_variance_one(nu, lam):
    moments = [moment(lambda z, k=k: z**k, nu=nu, lam=lam) for k in range(3)]
    assert moments == pytest.approx([1, 0, 1], abs=1e-7)  # quadrature's own aim is 1.5e-8 a side


@pytest.mark.parametrize("nu", [2.5, 6.0, 200.0])
def test_hansens_density_without_skew_is_the_student_density(nu):
    z = np.linspace(-9, 9, 101)
    skewed = reference.log_density(z, shape(nu=nu, lam=0.0), "skewt")
    # one formula goes through b z + a, the other does not
    assert skewed == pytest.approx(reference.log_density(z, shape(nu=nu), "t"), rel=1e-14)


def test_the_subtracted_mean_of_an_egarch_is_the_mean_absolute_student_innovation():
    found = reference.mean_absolute(shape(nu=5.0), "t")[0]
    assert found == pytest.approx(moment(abs, nu=5.0, lam=0.0), abs=1e-7)  # quadrature's own aim


@pytest.mark.parametrize("dist", reference.SHAPE_NAMES)
def test_the_news_of_the_beta_t_recursion_is_the_slope_of_the_density(dist):
    z, values = np.linspace(-6, 6, 60), shape(nu=4.5, lam=-0.4)
    slope = reference.log_density(z + reference.TINY * 1j, values, dist).imag / reference.TINY
    assert reference.density_weight(z, values, dist) == pytest.approx(-z * slope, rel=ROUNDING)


def test_the_mean_news_of_the_beta_t_recursion_is_one():
    given = {"nu": 4.5, "lam": -0.4}
    found = moment(lambda z: reference.density_weight(z, shape(**given), "skewt"), **given)
    assert found == pytest.approx(1, abs=1e-7)  # quadrature's own aim


def beta_t_by_hand():
    """Return the path of a Beta-t recursion with nu = 5, where g s(z) = 6 e^2 g / (3 g + e^2)."""
    second = 0.5 + 0.1 * 18.9 / 10.45 + 1.89
    return [3.15, second, 0.5 + 0.3 * 24 * second / (3 * second + 4) + 0.6 * second + 0.5]


def egarch_by_hand():
    """Return the path of a normal EGARCH, session by session."""
    m1, first = math.sqrt(2 / math.pi), 0.75 + 0.6 * math.log(3)
    z = math.exp(-first / 2)
    second = 0.5 + 0.1 * (z - m1) + 0.2 * z + 0.6 * first
    z = -2 * math.exp(-second / 2)
    third = 0.5 + 0.1 * (-z - m1) + 0.2 * z + 0.6 * second + 0.5
    return [math.exp(one) for one in (first, second, third)]


@pytest.mark.parametrize(
    ("variance", "dist", "path"),
    [
        ("constant", "normal", [0.75, 0.5, 1.0]),
        ("garch", "normal", [2.85, 2.31, 2.786]),
        ("gjr", "normal", [3.15, 2.49, 3.694]),
        ("realized", "normal", [3.35, 2.71, 3.826]),
        ("beta_t", "t", beta_t_by_hand()),
        ("egarch", "normal", egarch_by_hand()),
    ],
)
def test_three_sessions_agree_with_hand_arithmetic(variance, dist, path):
    # residuals 1, -2, 2: s0 = 3; the realised measures 2, 4, 6 have mean 4; V adds 0.25, 0, 0.5
    model = Model(variance, dist, X={}, V={"v": [1, 0, 2]}, x=[2, 4, 6])
    point = {"omega": 0.5, "alpha": 0.1, "gamma": 0.2, "beta": 0.6, "nu": 5.0, "v": 0.25}
    point = {name: point[name] for name in model.names}
    assert reference.conditional_variance(point, [1, -2, 2], model) == pytest.approx(path, rel=ROUNDING)


def test_a_multiplicative_regressor_scales_one_session_and_is_not_carried_on():
    # tau = 1, 4, 1 makes the residuals 1, -2, 2 into 1, -1, 2: s0 = 2 and g = 1.9, 1.74, 1.644
    model = Model(X={}, D={"d": [0, 1, 0]})
    point, y = {"omega": 0.5, "alpha": 0.1, "beta": 0.6, "d": math.log(4)}, np.array([1.0, -2.0, 2.0])
    h = np.array([1.9, 6.96, 1.644])
    assert reference.conditional_variance(point, y, model) == pytest.approx(h, rel=ROUNDING)
    expected = stats.norm.logpdf(y, scale=np.sqrt(h))
    assert reference.contributions(point, y, model) == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize(
    ("presample", "s0"),
    [
        ("mean", (0.8**2 + 2.2**2 + 1.8**2 + 2.8**2) / 4),
        ("variance", (0 + 9 + 1 + 4) / 4),
        ("arch", (0.94 * 9 + 0.94**2 * 1 + 0.94**3 * 4) / (1 + 0.94 + 0.94**2 + 0.94**3)),
    ],
)
def test_the_recursion_starts_where_the_presample_says(presample, s0):
    point = {"mu": 0.2, "omega": 0.5, "alpha": 0.1, "beta": 0.6}  # residuals from the OLS mean 1: 0, -3, 1, 2
    first = reference.conditional_variance(point, [1, -2, 2, 3], Model(presample=presample))[0]
    assert first == pytest.approx(0.5 + 0.7 * s0, rel=ROUNDING)


def test_normal_news_make_the_beta_t_recursion_a_gjr():
    point, y, model = example("beta_t", "normal")
    other = Model("gjr", X=model.X, V=model.V, D=model.D)
    same = reference.contributions(point, y, other)
    assert reference.contributions(point, y, model) == pytest.approx(same, rel=ROUNDING)


def test_squared_returns_as_realised_measure_make_a_gjr():
    y = peaks.hard_series("easy T250", 0)
    point = {name: AT[name] for name in reference.VARIANCE_NAMES["gjr"]}
    found = reference.contributions(point, y, Model("realized", X={}, x=y**2))
    assert found == pytest.approx(reference.contributions(point, y, Model("gjr", X={})), rel=ROUNDING)


def test_a_fixed_parameter_is_one_that_was_given():
    point, y, model = example("gjr", "t")
    fixed = Model("gjr", "t", X=model.X, V=model.V, D=model.D, fixed={"nu": point["nu"]})
    free = [point[name] for name in model.names if name != "nu"]
    assert "nu" not in fixed.names
    assert reference.loglikelihood(free, y, fixed) == reference.loglikelihood(point, y, model)


def arch_at(point, returns, model, mean):
    """Return arch's result at fixed parameters, which have the same order there."""
    vol = "EGARCH" if model.variance == "egarch" else "GARCH"
    options = {"p": 1, "o": int("gamma" in point), "q": 1, "dist": model.dist, "rescale": False}
    lags = {"lags": 1} if mean == "AR" else {}
    return arch_model(returns, mean=mean, vol=vol, **options, **lags).fix(list(point.values()))


@pytest.mark.parametrize("mean", ["Zero", "Constant", "AR"])
@pytest.mark.parametrize("variance", ["garch", "gjr", "egarch"])
@pytest.mark.parametrize("dist", reference.SHAPE_NAMES)
def test_likelihood_and_variances_are_those_of_arch_at_the_same_parameters(mean, variance, dist):
    returns = peaks.hard_series("GJR", 3)
    y, lagged = reference.ar1(returns)
    y, columns = {"Zero": (returns, {}), "Constant": (returns, {"mu": 1.0}), "AR": (y, lagged)}[mean]
    point = AT_EGARCH if variance == "egarch" else AT
    # arch subtracts the normal E|z| under every density, but not in the first session: V puts it back there
    less = reference.mean_absolute(shape(nu=point["nu"]), dist)
    gap = float(np.squeeze(point["alpha"] * (math.sqrt(2 / math.pi) - less))) if variance == "egarch" else 0.0
    plain = Model(variance, dist, "arch", columns)
    model = Model(variance, dist, "arch", columns, V={"v": np.arange(len(y)) == 0})
    ours = {name: point[name] for name in plain.names}
    theirs = arch_at(ours | {"omega": ours["omega"] + gap}, returns, plain, mean)
    ours["v"] = gap
    h = np.asarray(theirs.conditional_volatility)[-len(y) :] ** 2
    # a thousand sessions of rounding, and least squares by two routes
    assert reference.conditional_variance(ours, y, model) == pytest.approx(h, rel=1e-11)
    assert reference.loglikelihood(ours, y, model) == pytest.approx(theirs.loglikelihood, rel=1e-12)


@pytest.mark.parametrize("presample", ["mean", "variance", "arch"])
@pytest.mark.parametrize(("variance", "dist"), COMBINATIONS)
def test_the_score_is_the_slope_of_the_likelihood(variance, dist, presample):
    point, y, model = example(variance, dist, presample)
    scale = reference.natural_scale(point, y, model)
    slopes = []
    for name, width in zip(model.names, scale * 1e-4, strict=True):
        up, down = ({**point, name: point[name] + sign * width} for sign in (1, -1))
        rise = reference.loglikelihood(up, y, model) - reference.loglikelihood(down, y, model)
        slopes.append(rise / (2 * width))
    # differences over 1e-4 standard errors: some 1e-8 of curvature, 1e-13 / 1e-4 of rounding
    assert reference.score(point, y, model) * scale == pytest.approx(np.array(slopes) * scale, abs=1e-6)


@pytest.mark.parametrize(("variance", "dist"), COMBINATIONS)
def test_second_derivatives_do_not_depend_on_the_order_or_on_the_steps(variance, dist):
    point, y, model = example(variance, dist)
    y[10] = point["mu"] + point["phi"] * model.X["phi"][10] + 1e-6  # every step would cross this kink
    scale = reference.natural_scale(point, y, model)
    unit = np.outer(scale, scale)
    first = reference.score_differences(point, y, model) * unit
    assert first == pytest.approx(first.T, abs=2e-11)  # rounding of the scores over the best step
    assert first == pytest.approx(reference.hessian(point, y, model, step=0.17) * unit, abs=2e-11)
