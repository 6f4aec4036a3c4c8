"""The zero-cost collar on the auto-sector fund: which call pays for a put at 95 % of spot.

Methods: Black and Scholes (1973) for both options; the volatility is a GARCH forecast over the life of
the collar; the chance of reaching the put's strike comes from filtered historical simulation
(Barone-Adesi, Giannopoulos and Vosper 1999) with the forecast variances held at their path: shocks are
drawn from the fit's own residuals but not fed back into the variance, and drift is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from eventstudy.series import AUTOS_ETF, series
from eventstudy.signals.base import Answer, CannotAnswer, Known, Signal, VolatilityForecast
from eventstudy.signals.options import Terms, call_delta, put_delta, put_price, strike_of_call

SEED = 20250402
PATHS = 20_000
_SESSIONS_A_YEAR = 252
_WORTHLESS = 1e-9


@dataclass(frozen=True, slots=True)
class CollarTerms:
    """The standing choices of the collar signal.

    Attributes
    ----------
    put_share : float
        Put strike as a share of spot.
    days : int
        Calendar days to expiry, of 365.
    sessions : int
        Trading sessions to expiry, the horizon of the volatility forecast.
    rate, dividend : float
        Riskless rate and dividend yield a year, fractions.
    skew : float
        Volatility points by which the put is dearer than the call in the second call strike.
    """

    put_share: float = 0.95
    days: int = 30
    sessions: int = 21
    rate: float = 0.005
    dividend: float = 0.02
    skew: float = 3.0


@dataclass(frozen=True, slots=True)
class Collar:
    """One zero-cost collar.

    Attributes
    ----------
    put_strike, put_price, call_strike : float
        In the unit of the spot.
    net_delta : float
        Delta of one unit held with the put bought and the call sold: 1 plus the put's less the call's.
    """

    put_strike: float
    put_price: float
    call_strike: float
    net_delta: float


STANDING = CollarTerms()


def zero_cost_collar(terms: Terms, put_strike: float, *, put_sigma: float, call_sigma: float) -> Collar:
    """Return the collar whose sold call pays for its put.

    Parameters
    ----------
    terms : Terms
        Spot, years, rate and dividend yield.
    put_strike : float
        In the unit of the spot.
    put_sigma, call_sigma : float
        Volatilities of the two options, fractions a year; equal without skew.

    Returns
    -------
    Collar
        A put struck below the forward F gives, without skew, a call strike above F**2 / put_strike.

    Raises
    ------
    CannotAnswer
        If the put is worth less than a billionth of the spot, so that no call strike is meaningful.
    """
    premium = put_price(terms, put_strike, put_sigma)
    if premium < _WORTHLESS * terms.spot:
        what = f"a put at {put_strike:g} is worth nothing at a volatility of {100 * put_sigma:.2g} %"
        raise CannotAnswer(what, "check the volatility forecast")
    call_strike = strike_of_call(terms, premium, call_sigma)
    delta = 1 + put_delta(terms, put_strike, put_sigma) - call_delta(terms, call_strike, call_sigma)
    return Collar(put_strike, premium, call_strike, delta)


def annual_sigma(variances: tuple[float, ...]) -> float:
    """Return the annualised volatility of a variance path.

    Parameters
    ----------
    variances : tuple of float, shape (H,)
        Per cent squared per session.

    Returns
    -------
    float
        ``sqrt(252 / H * sum)`` as a fraction a year.
    """
    return math.sqrt(_SESSIONS_A_YEAR / len(variances) * math.fsum(variances)) / 100


def breach_probability(
    forecast: VolatilityForecast, steps: int, share: float, origin: date
) -> tuple[float, float]:
    """Return the chance of closing at or below a share of spot, by filtered historical simulation.

    Parameters
    ----------
    forecast : VolatilityForecast
        Variance path and residuals to draw from.
    steps : int
        Sessions ahead.
    share : float
        Barrier as a share of spot.
    origin : date
        Seeds the simulation together with `SEED`.

    Returns
    -------
    any_close, last_close : float
        Share of `PATHS` paths with at least one such close within the horizon, and with such a last close.
    """
    generator = np.random.default_rng([SEED, origin.toordinal()])
    shocks = generator.choice(np.asarray(forecast.innovations), size=(PATHS, steps))
    paths = np.cumsum(shocks * np.sqrt(forecast.over(steps)), axis=1)
    below = paths <= 100 * math.log(share)
    return float(below.any(axis=1).mean()), float(below[:, -1].mean())


def answer(known: Known) -> Answer:
    """Answer for the auto-sector fund with the standing terms; see `SIGNAL` for unit and inputs."""
    forecast = known.forecasts[AUTOS_ETF]
    spot = float(known.closes[AUTOS_ETF].iloc[-1])
    sigma = annual_sigma(forecast.over(STANDING.sessions))
    terms = Terms(spot, STANDING.days / 365, STANDING.rate, STANDING.dividend)
    strike = STANDING.put_share * spot
    flat = zero_cost_collar(terms, strike, put_sigma=sigma, call_sigma=sigma)
    dear_put = sigma + STANDING.skew / 100
    skewed = zero_cost_collar(terms, strike, put_sigma=dear_put, call_sigma=sigma)
    chances = breach_probability(forecast, STANDING.sessions, STANDING.put_share, known.session(AUTOS_ETF))
    details = _details(terms, flat, skewed, sigma) | _chances(*chances)
    return Answer(details["call_strike_share"], _sentence(known.session(AUTOS_ETF), details), details)


def _details(terms: Terms, flat: Collar, skewed: Collar, sigma: float) -> dict[str, float]:
    share = 100 * flat.call_strike / terms.spot
    return {
        "spot": terms.spot,
        "put_strike": flat.put_strike,
        "put_price": flat.put_price,
        "put_price_share": 100 * flat.put_price / terms.spot,
        "call_strike": flat.call_strike,
        "call_strike_share": share,
        "upside_given_up_above": share - 100,
        "net_delta": flat.net_delta,
        "call_strike_skewed": skewed.call_strike,
        "call_strike_skewed_share": 100 * skewed.call_strike / terms.spot,
        "net_delta_skewed": skewed.net_delta,
        "skew_points": STANDING.skew,
        "sigma_annual": 100 * sigma,
        "years": terms.years,
        "sessions": STANDING.sessions,
        "rate": terms.rate,
        "dividend": terms.dividend,
    }


def _chances(any_close: float, last_close: float) -> dict[str, float]:
    return {
        "breach_probability": any_close,
        "breach_probability_se": math.sqrt(any_close * (1 - any_close) / PATHS),
        "breach_probability_last_close": last_close,
        "paths": PATHS,
    }


def _sentence(session: date, details: dict[str, float]) -> str:
    say = details.__getitem__
    return (
        f"After the close of {session} a {STANDING.days}-day put at {100 * STANDING.put_share:g} % of"
        f" {series(AUTOS_ETF).name} costs {say('put_price_share'):.2f} % of spot at the forecast volatility"
        f" of {say('sigma_annual'):.1f} % a year; a call sold at {say('call_strike_share'):.1f} % pays for it"
        f" ({say('call_strike_skewed_share'):.1f} % if the put is {STANDING.skew:g} volatility points"
        " dearer); the chance of a close at or below the put's strike within"
        f" {STANDING.sessions} sessions is {100 * say('breach_probability'):.1f} % (simulation, s.e."
        f" {100 * say('breach_probability_se'):.1f}); a model volatility, not a quoted one."
    )


SIGNAL = Signal(
    id="auto_collar",
    version="1",
    unit="call strike, per cent of spot",
    series=(AUTOS_ETF,),
    answer=answer,
    forecasts=(AUTOS_ETF,),
)
