"""The `arch` side of the comparison, and both programs' optima on one independent likelihood.

The library is called as its users call it, with two things made equal: its own backcast is the engine's
``presample="arch"``, and returns are standardised so that nothing is rescaled. Its EGARCH subtracts the
normal's E abs(z) whatever the innovation; `public_params` moves that constant into omega. Heights are those
of the plain numpy reference of the tests, so that neither program is judged by its own likelihood.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
from arch import arch_model

from tests import garch_reference as reference

VOLATILITIES = {"garch": ("GARCH", 0), "gjr": ("GARCH", 1), "egarch": ("EGARCH", 1)}


def supported(model):
    """Say whether the library has a model."""
    return model.variance in VOLATILITIES


def built(model, row):
    """Return the library's model of one series, not yet fitted."""
    vol, asymmetries = VOLATILITIES[model.variance]
    lags = {"mean": "AR", "lags": 1} if model.mean == "ar1" else {"mean": "Constant"}
    return arch_model(row, vol=vol, p=1, o=asymmetries, q=1, dist=model.dist, rescale=False, **lags)


def fitted(models):
    """Fit models one by one, as in a loop; no covariance is computed, the library does that when asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [one.fit(disp="off", update_freq=0, show_warning=False) for one in models]


def computed_errors(result):
    """Say whether a fit has paid for standard errors."""
    return result._param_cov is not None


def public_params(model, result):
    """Return the library's estimates under the engine's conventions and in its order."""
    params = np.asarray(result.params, dtype=float).copy()
    if model.variance == "egarch" and model.dist != "normal":
        at = len(params) - {"t": 5, "skewt": 6}[model.dist]
        nu = {"nu": params[at + 4 : at + 5]}
        params[at] -= params[at + 1] * (math.sqrt(2 / math.pi) - reference.mean_absolute(nu, "t")[0])
    return params


def heights(model, row, candidates, presample="arch"):
    """Return the reference log-likelihood of each column of candidates."""
    y, columns = reference.ar1(row) if model.mean == "ar1" else (row, {"mu": 1.0})
    judged = reference.Model(model.variance, model.dist, presample, X=columns)
    with np.errstate(all="ignore"):
        return reference.densities(np.asarray(candidates), y, judged).sum(axis=0)
