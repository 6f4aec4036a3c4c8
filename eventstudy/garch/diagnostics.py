"""What the standardised residuals say about a fit."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D
    from eventstudy.values import Innovation

_LJUNG_BOX_LAGS = 10
_ARCH_LAGS = 5


def residual_tests(z: Float1D, dist: Innovation, nu: float, skew: float) -> dict[str, float]:
    """Return p-values of the standard tests on standardised residuals.

    Parameters
    ----------
    z : ndarray of shape (n,)
        Standardised residuals; finite.
    dist : str
        Fitted innovation.
    nu, skew : float
        Its shape; NaN where it has none.

    Returns
    -------
    dict
        ``ljung_box_z_p`` and ``ljung_box_z2_p`` (Ljung and Box 1978, 10 lags), ``arch_lm_p``
        (Engle 1982, 5 lags), ``sign_bias_p`` (Engle and Ng 1993, joint), ``pit_ks_p``
        (Kolmogorov-Smirnov on the probability integral transform; conservative, since the shape was fitted).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return {
            "ljung_box_z_p": _ljung_box(z),
            "ljung_box_z2_p": _ljung_box(z * z),
            "arch_lm_p": float(het_arch(z, nlags=_ARCH_LAGS, result_object=True).lmpval),
            "sign_bias_p": sign_bias_p(z),
            "pit_ks_p": float(stats.kstest(probability_transform(z, dist, nu, skew), "uniform").pvalue),
        }


def _ljung_box(x: Float1D) -> float:
    return float(acorr_ljungbox(x, lags=[_LJUNG_BOX_LAGS])["lb_pvalue"].iloc[0])


def sign_bias_p(z: Float1D) -> float:
    """Return the p-value of the joint sign-bias test of Engle and Ng (1993).

    Parameters
    ----------
    z : ndarray of shape (n,)
        Standardised residuals.

    Returns
    -------
    float
        From n R^2 ~ chi2(3) of z_t^2 on the sign, and the negative and positive size, of z_{t-1}.
    """
    negative = (z[:-1] < 0).astype(float)
    regressors = np.column_stack([np.ones(len(z) - 1), negative, negative * z[:-1], (1 - negative) * z[:-1]])
    target = z[1:] ** 2
    fitted = regressors @ np.linalg.lstsq(regressors, target, rcond=None)[0]
    explained = 1 - float(np.sum((target - fitted) ** 2) / np.sum((target - target.mean()) ** 2))
    return float(stats.chi2.sf(len(target) * explained, 3))


def probability_transform(z: Float1D, dist: Innovation, nu: float, skew: float) -> Float1D:
    """Return the fitted distribution function at each standardised residual.

    Parameters
    ----------
    z : ndarray of shape (n,)
        Standardised residuals.
    dist : str
        ``normal``, ``t`` or ``skewt`` (Hansen 1994).
    nu, skew : float
        Shape of the innovation.

    Returns
    -------
    ndarray of shape (n,)
        Uniform on (0, 1) when the distribution is right.
    """
    if dist == "normal":
        return np.asarray(stats.norm.cdf(z))
    if dist == "t":
        return np.asarray(stats.t.cdf(z * np.sqrt(nu / (nu - 2)), nu))
    c = np.exp(_log_t_constant(nu))
    a = 4 * skew * c * (nu - 2) / (nu - 1)
    b = np.sqrt(1 + 3 * skew**2 - a**2)
    side = np.where(z < -a / b, -1.0, 1.0)
    inner = stats.t.cdf((b * z + a) / (1 + side * skew) * np.sqrt(nu / (nu - 2)), nu)
    return np.asarray(np.where(side < 0, (1 - skew) * inner, (1 + skew) * inner - skew))


def _log_t_constant(nu: float) -> float:
    from scipy.special import gammaln

    return float(gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(np.pi * (nu - 2)))
