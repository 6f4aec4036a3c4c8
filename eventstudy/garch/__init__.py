"""The volatility engine: fits, forecasts, filters and simulates GARCH models."""

from __future__ import annotations

from eventstudy.garch.fit import fit, fit_many
from eventstudy.garch.fitted import Forecast, GarchFit, GarchFits
from eventstudy.garch.recursion import (
    VarianceRule,
    filter_variance,
    forecast_variance,
    guarded,
    next_variance,
    persistence,
    simulate_paths,
)
from eventstudy.garch.spec import ModelSpec, absolute_moment

__all__ = [
    "Forecast",
    "GarchFit",
    "GarchFits",
    "ModelSpec",
    "VarianceRule",
    "absolute_moment",
    "filter_variance",
    "fit",
    "fit_many",
    "forecast_variance",
    "guarded",
    "next_variance",
    "persistence",
    "simulate_paths",
]
