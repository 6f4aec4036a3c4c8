"""The volatility engine: fits, forecasts, filters and simulates GARCH models."""

from __future__ import annotations

from eventstudy.garch.fit import fit
from eventstudy.garch.fitted import Forecast, GarchFit
from eventstudy.garch.influence import Influence, influence
from eventstudy.garch.many import GarchFits, fit_many, warm_up
from eventstudy.garch.paths import draw_innovations
from eventstudy.garch.ratio import LikelihoodRatio, lr_test
from eventstudy.garch.recursion import (
    VarianceRule,
    filter_variance,
    forecast_variance,
    guarded,
    loss_share,
    matched_to_draws,
    next_variance,
    persistence,
    simulate_many,
    simulate_paths,
)
from eventstudy.garch.shared import fit_shared
from eventstudy.garch.spec import ModelSpec, absolute_moment

__all__ = [
    "Forecast",
    "GarchFit",
    "GarchFits",
    "Influence",
    "LikelihoodRatio",
    "ModelSpec",
    "VarianceRule",
    "absolute_moment",
    "draw_innovations",
    "filter_variance",
    "fit",
    "fit_many",
    "fit_shared",
    "forecast_variance",
    "guarded",
    "influence",
    "loss_share",
    "lr_test",
    "matched_to_draws",
    "next_variance",
    "persistence",
    "simulate_many",
    "simulate_paths",
    "warm_up",
]
