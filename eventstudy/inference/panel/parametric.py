"""Tests of a mean abnormal return against a spread: cross-sectional, of the portfolio, standardised.

Every test takes a `View` and returns an `Outcome` with one statistic a window. N events, L estimation days,
H days in the window, CAR_i the cumulated abnormal return of an event and SCAR_i the same over its standard
error sigma_i sqrt(1'V_i 1), V_i with the error of the estimated coefficients (Patell 1976; MacKinlay 1997).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy.inference.panel.outcome import (
    FLAT,
    Outcome,
    centre_and_spread,
    gaussian,
    ratio,
    refusal,
    student,
)
from eventstudy.inference.panel.view import View, refusing_few

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D

HALL_LEAST = 20
"""Events from which Hall's transformation is meant to be used."""

_ALIKE = "the CARs do not vary over the events"
_SCALED_ALIKE = "the standardised CARs do not vary over the events"
_EXTREME = "the mean correlation is so close to its bounds that it leaves no spread"
_FLAT_RESIDUALS = "the estimation residuals of an event do not vary"
_FLAT_PORTFOLIO = "the portfolio's abnormal return does not vary over the estimation window"


@refusing_few
def csect_t(view: View) -> Outcome:
    """Cross-sectional t: mean(CAR) / (sd(CAR) / sqrt(N)), t(N - 1).

    Events are independent; their variance may change on the event. Buy-and-hold returns are tested by giving
    a sample whose one event column holds them.
    """
    mean, deviation = centre_and_spread(view.car)
    t = ratio(mean * math.sqrt(view.n), deviation)
    return student("csect_t", t, view.n - 1, n=view.n, why=_ALIKE)


@refusing_few
def portfolio_t(view: View) -> Outcome:
    """Crude-dependence t of Brown and Warner (1985): mean(CAR) / (sqrt(H) sd of the portfolio), t(L - 1).

    The portfolio is the mean residual of the events at hand on each estimation day, by distance from the
    event: for events of one date its deviation holds their correlation, for others it does not.
    """
    deviation, days = _portfolio(view)
    t = ratio(view.mean_abnormal, deviation * np.sqrt(view.days))
    return student("portfolio_t", t, days - 1, n=view.n, why=_FLAT_PORTFOLIO)


@refusing_few
def lamb(view: View) -> Outcome:
    """Portfolio t with the forecast error: mean(CAR) / (sd of the portfolio x sqrt(mean 1'V1)), t(L - 1).

    Named after Lamb (1995), by way of the R package estudy2. For one day and a common date it is that
    package's statistic; over several days 1'V1 keeps the covariance that a common estimate brings.
    """
    deviation, days = _portfolio(view)
    t = ratio(view.mean_abnormal, deviation * np.sqrt((view.spread**2).mean(axis=0)))
    return student("lamb", t, days - 1, n=view.n, why=_FLAT_PORTFOLIO)


@refusing_few
def patell(view: View, *, sigma: Literal["model", "mean"] = "model") -> Outcome:
    """Patell (1976): sum(SCAR) / sqrt(sum (L_i - k) / (L_i - k - 2)), N(0, 1).

    Events are independent and their variance does not change on the event.

    Parameters
    ----------
    view : View
        Events and windows.
    sigma : {"model", "mean"}
        Degrees of freedom of the residual standard deviation: L_i - k, or L_i - 1 as in the R package
        estudy2.

    Returns
    -------
    Outcome
        Refused where L_i - k is 2 or less, or residuals do not vary.
    """
    if (view.sample.observed - view.sample.coefficients <= 2).any():
        return refusal("patell", len(view.windows), view.n, "an event has 2 degrees of freedom or fewer")
    return gaussian("patell", _patell(view, sigma), view.n, _FLAT_RESIDUALS)


@refusing_few
def adj_patell(view: View) -> Outcome:
    """Patell / sqrt(1 + (N - 1) rbar), N(0, 1), after Kolari and Pynnonen (2010): correlated events."""
    plain = patell(view)
    if plain.refused[0]:
        return refusal("adj_patell", len(view.windows), view.n, plain.refused[0])
    z = plain.statistic * np.sqrt(_share_of_one(np.ones(len(view.windows)), view))
    return gaussian("adj_patell", z, view.n, _EXTREME)


@refusing_few
def bmp(view: View) -> Outcome:
    """Boehmer, Musumeci and Poulsen (1991): sqrt(N) mean(SCAR) / sd(SCAR), t(N - 1).

    Events are independent; their variance may change on the event.
    """
    return student("bmp", _bmp(view), view.n - 1, n=view.n, why=_why_not_scaled(view))


@refusing_few
def kolari_pynnonen(view: View) -> Outcome:
    """BMP x sqrt((1 - rbar) / (1 + (N - 1) rbar)), t(N - 1) (Kolari and Pynnonen 2010).

    Events may be correlated and their variance may change on the event; rbar counts the pairs whose windows
    share days (`mean_correlation`).
    """
    plain = _bmp(view)
    t = plain * np.sqrt(_share_of_one(1 - view.correlation, view))
    why = tuple(_EXTREME if good else _why_not_scaled(view) for good in np.isfinite(plain).tolist())
    return student("kolari_pynnonen", t, view.n - 1, n=view.n, why=why)


@refusing_few
def hall(view: View) -> Outcome:
    """Skewness-adjusted transformation of Hall (1992): sqrt(N)(S + gS^2/3 + g^2 S^3/27 + g/(6N)), N(0, 1).

    S = mean / sd of the CARs on N - 1 degrees of freedom, g their skewness g1 sqrt(N(N - 1)) / (N - 2).
    Below `HALL_LEAST` events the null says that it is not meant for so few.
    """
    n = view.n
    mean, deviation = centre_and_spread(view.car)
    s = ratio(mean, deviation)
    centred = view.car - mean
    third = np.einsum("nm,nm,nm->m", centred, centred, centred)
    g = ratio(n * third, (n - 1) * (n - 2) * deviation**3)
    j = math.sqrt(n) * (s + g * s**2 / 3 + g**2 * s**3 / 27 + g / (6 * n))
    few = "" if n >= HALL_LEAST else f", meant for {HALL_LEAST} events or more"
    return gaussian("hall", j, n, _ALIKE, f"N(0, 1){few}")


@refusing_few
def jackknife_t(view: View) -> Outcome:
    """Jackknife of theta = mean(SCAR) / sd(SCAR): sqrt(N) mean(J) / sd(J), t(N - 1).

    J_i = N theta - (N - 1) theta without event i (Tukey 1958). Event studies owe the idea to Giaccotto and
    Sfiridis (1996); the quantity that is jackknifed here is our own choice.
    """
    n = view.n
    mean, deviation = centre_and_spread(view.scar)
    centred = view.scar - mean
    left_out = (n - 1) * deviation**2 - centred**2 * n / (n - 1)
    size = (n - 1) * deviation**2
    rest = np.sqrt(np.where(left_out > FLAT * size, left_out, 0.0) / (n - 2))
    theta = ratio(mean, deviation)
    without = ratio(mean - centred / (n - 1), rest)
    centre, error = centre_and_spread(n * theta - (n - 1) * without)
    t = ratio(math.sqrt(n) * centre, error)
    return student("jackknife_t", t, n - 1, n=n, why=_why_not_scaled(view))


def _portfolio(view: View) -> tuple[Float1D, int]:
    """Spread over time of the mean residual, one number, and the days it rests on."""
    _, deviation = centre_and_spread(view.portfolio[:, None])
    size = np.abs(view.sample.sigma).max()
    return np.where(deviation > FLAT * size, deviation, 0.0), len(view.portfolio)


def _patell(view: View, sigma: Literal["model", "mean"]) -> Float1D:
    """Patell's statistic under one of two conventions for sigma."""
    df = (view.sample.observed - view.sample.coefficients).astype(np.float64)
    scale = np.sqrt((view.sample.observed - 1) / df) if sigma == "mean" else np.ones(view.n)
    return np.asarray(scale @ view.scar / math.sqrt(float((df / (df - 2)).sum())))


def _bmp(view: View) -> Float1D:
    """BMP's statistic, NaN where standardised CARs do not vary."""
    mean, deviation = centre_and_spread(view.scar)
    return ratio(math.sqrt(view.n) * mean, deviation)


def _share_of_one(part: Float1D, view: View) -> Float1D:
    """Part / (1 + (N - 1) rbar), NaN where either is not positive."""
    whole = 1 + (view.n - 1) * view.correlation
    return np.where(part > FLAT, ratio(part, whole, 1.0), np.nan)


def _why_not_scaled(view: View) -> str:
    """Say why the standardised CARs have no spread to divide by."""
    return _SCALED_ALIKE if np.isfinite(view.scar).all() else _FLAT_RESIDUALS
