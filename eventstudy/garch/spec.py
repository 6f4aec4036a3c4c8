"""What a GARCH model is made of: its choices, parameter names and innovation moments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from scipy.integrate import quad
from scipy.special import gammaln

from eventstudy.errors import BadValue
from eventstudy.values import INNOVATIONS, MEANS, PRESAMPLES, VARIANCES

if TYPE_CHECKING:
    from eventstudy.values import Innovation, MeanModel, Presample

ENGINE_VARIANCES: tuple[str, ...] = (*VARIANCES, "realized")

_VARIANCE_NAMES: dict[str, tuple[str, ...]] = {
    "constant": ("omega",),
    "garch": ("omega", "alpha", "beta"),
}
_ASYMMETRIC = ("omega", "alpha", "gamma", "beta")
_INNOVATION_NAMES: dict[str, tuple[str, ...]] = {"normal": (), "t": ("nu",), "skewt": ("nu", "lambda")}
_MEAN_NAMES: dict[str, tuple[str, ...]] = {"zero": (), "ar1": ("mu", "phi")}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Mean, variance, innovation, presample, regressors and restrictions of one model.

    Attributes
    ----------
    mean, variance, dist, presample : str
        As in `eventstudy.values.Design`; the variance may also be ``realized``, whose news is a realised
        measure instead of the squared residual (HEAVY; Shephard and Sheppard 2010).
    factors : tuple of str
        Names of the exogenous regressors in the mean.
    additive : tuple of str
        Names of the regressors inside the variance recursion (of its logarithm for EGARCH).
    multiplicative : tuple of str
        Names of the regressors that multiply the variance by exp(d x) without feeding back.
    fixed : tuple of (str, float)
        Parameters held at given values.
    targeting : bool
        Whether omega is set so that the long-run variance is the sample's.

    Raises
    ------
    BadValue
        For a name that is not on the list, twice on it, or restricted twice.
    """

    mean: MeanModel
    variance: str
    dist: Innovation
    presample: Presample
    factors: tuple[str, ...] = ()
    additive: tuple[str, ...] = ()
    multiplicative: tuple[str, ...] = ()
    fixed: tuple[tuple[str, float], ...] = ()
    targeting: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (
            ("mean", self.mean, MEANS),
            ("variance", self.variance, ENGINE_VARIANCES),
            ("dist", self.dist, INNOVATIONS),
            ("presample", self.presample, PRESAMPLES),
        ):
            if value not in known:
                raise BadValue(name, value, "one of " + ", ".join(known))
        if self.mean == "factor" and not self.factors:
            raise BadValue("mean", self.mean, "mean='factor' together with x=")
        self._check_names()

    def _check_names(self) -> None:
        for name in self.names:
            if self.names.count(name) > 1:
                raise BadValue("regressor", name, "regressors with names of their own")
        for name, _ in self.fixed:
            if name not in self.names:
                raise BadValue("fixed", name, "parameters of the model: " + ", ".join(self.names))
            if name == "omega" and self.targeting:
                raise BadValue("fixed", name, "either a fixed omega or variance targeting")

    @property
    def mean_names(self) -> tuple[str, ...]:
        """Names of the mean's parameters, in order."""
        return (*_MEAN_NAMES.get(self.mean, ("mu",)), *self.factors)

    @property
    def variance_names(self) -> tuple[str, ...]:
        """Names of the variance's own parameters, in order."""
        return _VARIANCE_NAMES.get(self.variance, _ASYMMETRIC)

    @property
    def innovation_names(self) -> tuple[str, ...]:
        """Names of the innovation's shape parameters, in order."""
        return _INNOVATION_NAMES[self.dist]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parameters: mean, variance, innovation, variance regressors."""
        own = self.mean_names + self.variance_names + self.innovation_names
        return own + self.additive + self.multiplicative

    @property
    def plain(self) -> bool:
        """Whether its restrictions read the same in every unit, and it has no regressors."""
        if self.factors or self.additive or self.multiplicative or self.variance == "realized":
            return False
        scaled = {"mu", "omega"}
        return not (scaled & {name for name, _ in self.fixed}) and (
            not self.targeting or self.mean == "constant"
        )


def absolute_moment(dist: Innovation, nu: float) -> float:
    """Return E abs(z) of a unit-variance innovation.

    Parameters
    ----------
    dist : str
        ``normal``, ``t`` or ``skewt`` (whose skewness is left out: the symmetric value is used).
    nu : float
        Degrees of freedom, more than 2; ignored for ``normal``.

    Returns
    -------
    float
        sqrt(2/pi) for the normal; sqrt((nu-2)/pi) Gamma((nu-1)/2) / Gamma(nu/2) for Student's t.
    """
    if dist == "normal":
        return math.sqrt(2 / math.pi)
    ratio = math.exp(float(gammaln((nu - 1) / 2) - gammaln(nu / 2)))
    return math.sqrt((nu - 2) / math.pi) * ratio


def lower_half_moment(dist: Innovation, nu: float, skew: float) -> float:
    """Return kappa = E[z^2 1(z < 0)] of a unit-variance innovation.

    Parameters
    ----------
    dist : str
        ``normal``, ``t`` or ``skewt``.
    nu, skew : float
        Shape of the skewed t (Hansen 1994); ignored for the symmetric ones.

    Returns
    -------
    float
        One half for symmetric innovations; by quadrature for the skewed t.
    """
    if dist != "skewt":
        return 0.5
    c = math.exp(float(gammaln((nu + 1) / 2) - gammaln(nu / 2))) / math.sqrt(math.pi * (nu - 2))
    a = 4 * skew * c * (nu - 2) / (nu - 1)
    b = math.sqrt(1 + 3 * skew**2 - a**2)

    def weighted_density(z: float) -> float:
        side = -1.0 if z < -a / b else 1.0
        inner = ((b * z + a) / (1 + side * skew)) ** 2 / (nu - 2)
        return float(z * z * b * c * (1 + inner) ** (-(nu + 1) / 2))

    knots = [-math.inf, *([-a / b] if a > 0 else []), 0.0]
    return float(sum(quad(weighted_density, *ends)[0] for ends in pairwise(knots)))
