"""The Nikkei VI against the model: how much dearer the market's 30-day variance is than the forecast.

The index quotes an annualised volatility in per cent for the next 30 calendar days. Its variance over those
days less the sum of the GARCH forecasts of their Tokyo sessions is the variance risk premium (Carr and Wu
2009; Bollerslev, Tauchen and Zhou 2009). A spot volatility index is not tradable.
"""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd

from eventstudy import sessions
from eventstudy.signals.base import Answer, CannotAnswer, Known, Signal

DAYS = 30
_DAYS_A_YEAR = 365
_SESSIONS_A_YEAR = 252
VI, INDEX = "nikkei_vi", "nikkei225"


def implied_variance(vi: float) -> float:
    """Return the variance that a volatility index implies for its 30 days.

    Parameters
    ----------
    vi : float
        Annualised volatility, per cent.

    Returns
    -------
    float
        ``VI**2 * 30 / 365``, per cent squared over 30 calendar days; its root for 58.39 is 16.74 %.
    """
    return vi**2 * DAYS / _DAYS_A_YEAR


def implied_session_sd(vi: float) -> float:
    """Return the standard deviation of one session that a volatility index implies, ``VI / sqrt(252)``.

    Parameters
    ----------
    vi : float
        Annualised volatility, per cent.

    Returns
    -------
    float
        Per cent per session; 3.678 for 58.39.
    """
    return vi / math.sqrt(_SESSIONS_A_YEAR)


def sessions_ahead(session: date) -> int:
    """Return how many Tokyo sessions the 30 calendar days after a session hold."""
    ahead = sessions.sessions("tokyo_close", session + timedelta(days=1), session + timedelta(days=DAYS))
    return len(ahead)


def answer(known: Known) -> Answer:
    """Answer for the last close that index and volatility index share; see `SIGNAL` for unit and inputs."""
    session = known.session(INDEX)
    if known.session(VI) != session:
        what = f"{VI} ends on {known.session(VI)} and {INDEX} on {session}, so they cannot be compared"
        raise CannotAnswer(what, "refresh both")
    vi = float(known.closes[VI].iloc[-1])
    forecast = known.forecasts[INDEX]
    variances = forecast.over(sessions_ahead(session))
    expected = math.fsum(variances)
    premium = implied_variance(vi) - expected
    details = {
        "vi": vi,
        "implied_sd_session": implied_session_sd(vi),
        "implied_sd_30_days": math.sqrt(implied_variance(vi)),
        "implied_variance": implied_variance(vi),
        "forecast_variance": expected,
        "forecast_sd_30_days": math.sqrt(expected),
        "forecast_vol_annual": math.sqrt(expected * _DAYS_A_YEAR / DAYS),
        "variance_risk_premium": premium,
        "realised_variance_sd": _realised_sd(variances, forecast.innovations),
        "sessions": float(len(variances)),
        **_last_move(known),
    }
    return Answer(premium, _sentence(session, details), details)


def _realised_sd(variances: tuple[float, ...], innovations: tuple[float, ...]) -> float:
    """Return the sd of realised variance if the forecast is right and the shocks are independent."""
    return math.sqrt(float(np.var(np.square(innovations))) * math.fsum(h * h for h in variances))


def _last_move(known: Known) -> dict[str, float]:
    """Return the last change in units of the sd implied one session earlier; empty if that is unknown."""
    pairs = pd.concat([known.closes[INDEX], known.closes[VI]], axis=1, join="inner", keys=[INDEX, VI])
    if len(pairs) < 2:
        return {}
    before, last = (pd.Timestamp(session).date() for session in pairs.index[-2:])
    if len(sessions.sessions("tokyo_close", before, last)) != 2:
        return {}
    closes = pairs[INDEX].to_numpy(dtype=float)
    change = 100 * (closes[-1] / closes[-2] - 1)
    implied = implied_session_sd(float(pairs[VI].iloc[-2]))
    return {"last_change": float(change), "last_change_in_implied_sd": float(change / implied)}


def _sentence(session: date, details: dict[str, float]) -> str:
    say = details.__getitem__
    return (
        f"After the close of {session} a Nikkei VI of {say('vi'):.2f} implies"
        f" {say('implied_sd_30_days'):.2f} % over {DAYS} days and the forecast of {say('sessions'):.0f}"
        f" sessions says {say('forecast_sd_30_days'):.2f} %: a variance risk premium of"
        f" {say('variance_risk_premium'):+.0f} per cent squared, where realised variance scatters around"
        f" the forecast with a standard deviation of {say('realised_variance_sd'):.0f}; a spot volatility"
        " index cannot be traded."
    )


SIGNAL = Signal(
    id="nikkei_vi_premium",
    version="1",
    unit="per cent squared over 30 days",
    series=(VI, INDEX),
    answer=answer,
    forecasts=(INDEX,),
)
