"""Invented closes and forecasts on which signals can be read; no row of it is a market price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.series import AUTOS_ETF
from eventstudy.sessions import sessions
from eventstudy.signals import VolatilityForecast

TOKYO = ZoneInfo("Asia/Tokyo")
FIRST, LAST = date(2023, 1, 4), date(2025, 4, 30)
SERIES = (AUTOS_ETF, "usdjpy_tokyo_1700", "nikkei_vi", "nikkei225", "topix")
DAILY_SD = 1.5


def evening(day: str) -> datetime:
    """Return 20:00 in Tokyo, when every Tokyo clock has struck."""
    return datetime.fromisoformat(f"{day}T20:00").replace(tzinfo=TOKYO)


def invented_closes(seed: int = 1) -> pd.DataFrame:
    """Return correlated random walks on the Tokyo sessions of 2023-01-04 to 2025-04-30."""
    days = sessions("tokyo_close", FIRST, LAST)
    steps = np.random.default_rng(seed).normal(0, DAILY_SD / 100, size=(len(days), len(SERIES)))
    steps[:, 1] = 0.4 * steps[:, 0] + 0.3 * steps[:, 1]
    starts = np.array([30000.0, 140.0, 25.0, 38000.0, 2700.0])
    walks = starts * np.exp(np.cumsum(steps, axis=0))
    walks[:, 2] = 25.0 + 5.0 * np.sin(np.arange(len(days)))
    return pd.DataFrame(walks, index=days, columns=list(SERIES))


def flat_forecast(series: str, origin: date, sd: float = DAILY_SD) -> VolatilityForecast:
    """Return a constant-variance forecast of 40 sessions with standard normal innovations."""
    innovations = np.random.default_rng(2).standard_normal(500)
    return VolatilityForecast(series, origin, (sd**2,) * 40, tuple(innovations.tolist()))


def forecasts_from(origin: date) -> Mapping[str, VolatilityForecast]:
    """Return flat forecasts of the fund and the Nikkei after one close."""
    return {name: flat_forecast(name, origin) for name in (AUTOS_ETF, "nikkei225")}
