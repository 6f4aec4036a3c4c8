"""European options on an asset with a dividend yield: prices, deltas and the strike that a premium buys.

Black and Scholes (1973), Merton (1973). Rates, yields and volatilities are annual fractions, continuously
compounded; strikes and prices are in the unit of the spot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtr

from eventstudy.errors import BadValue


@dataclass(frozen=True, slots=True)
class Terms:
    """The asset and the time to expiry.

    Attributes
    ----------
    spot : float
        Price now, positive.
    years : float
        Time to expiry, years, positive.
    rate : float
        Riskless rate a year, fraction.
    dividend : float
        Dividend yield a year, fraction.
    """

    spot: float
    years: float
    rate: float
    dividend: float

    @property
    def forward(self) -> float:
        """Forward price, ``S exp((r - q) T)``."""
        return self.spot * math.exp((self.rate - self.dividend) * self.years)

    @property
    def discount(self) -> float:
        """Value now of one unit of money at expiry, ``exp(-r T)``."""
        return math.exp(-self.rate * self.years)

    @property
    def carry(self) -> float:
        """Units of the asset now that grow to one at expiry, ``exp(-q T)``."""
        return math.exp(-self.dividend * self.years)


def call_price(terms: Terms, strike: float, sigma: float) -> float:
    """Return the price of a call; ``sigma`` is a fraction a year."""
    upper, lower = _arguments(terms, strike, sigma)
    return float(terms.discount * (terms.forward * ndtr(upper) - strike * ndtr(lower)))


def put_price(terms: Terms, strike: float, sigma: float) -> float:
    """Return the price of a put; ``sigma`` is a fraction a year."""
    upper, lower = _arguments(terms, strike, sigma)
    return float(terms.discount * (strike * ndtr(-lower) - terms.forward * ndtr(-upper)))


def call_delta(terms: Terms, strike: float, sigma: float) -> float:
    """Return the change of a call's price for one unit of the spot, between 0 and 1."""
    return float(terms.carry * ndtr(_arguments(terms, strike, sigma)[0]))


def put_delta(terms: Terms, strike: float, sigma: float) -> float:
    """Return the change of a put's price for one unit of the spot, between -1 and 0."""
    return call_delta(terms, strike, sigma) - terms.carry


def strike_of_call(terms: Terms, premium: float, sigma: float) -> float:
    """Return the strike at which a call is worth a given premium.

    Parameters
    ----------
    terms : Terms
        Asset and expiry.
    premium : float
        Price of the call, in the unit of the spot.
    sigma : float
        Volatility of the call, fraction a year.

    Returns
    -------
    float
        The strike; a call's price falls strictly in its strike, so there is one.

    Raises
    ------
    BadValue
        Unless the premium lies between 0 and the asset's value less its dividends.
    """
    ceiling = terms.spot * terms.carry
    if not 0 < premium < ceiling:
        raise BadValue("premium", premium, f"a price between 0 and {ceiling:g}")
    # a call is worth at least ceiling - strike * discount, hence more than the premium at this strike
    low = (ceiling - premium) / terms.discount / 2
    high = 2 * terms.forward
    while call_price(terms, high, sigma) > premium:
        high *= 2
    return float(brentq(lambda strike: call_price(terms, strike, sigma) - premium, low, high))


def _arguments(terms: Terms, strike: float, sigma: float) -> tuple[float, float]:
    spread = sigma * math.sqrt(terms.years)
    middle = math.log(terms.forward / strike) / spread
    return middle + spread / 2, middle - spread / 2
