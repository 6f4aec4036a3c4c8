"""Small worlds for the single-event tests: evidence with known draws, and windows with known parameters."""

from __future__ import annotations

import numpy as np

from eventstudy.garch import VarianceRule, filter_variance
from eventstudy.inference.inside import Inside
from eventstudy.inference.resampling import Null
from eventstudy.inference.single_event import Evidence
from eventstudy.values import Design

# The world of the published size table: GARCH(1,1) with Student innovations (nu = 6), variance 1.
PUBLISHED = VarianceRule("garch", omega=0.02, alpha=0.10, beta=0.88)
DESIGN = Design(second_opinion=False)


def student(generator, shape, nu=6):
    """Unit-variance Student innovations."""
    return generator.standard_t(nu, shape) * np.sqrt((nu - 2) / nu)


def evidence(abnormal, drawn, *, variance=None, phi=0.0, mean_variance=0.0, calm=None):
    """Evidence from observed and simulated abnormal returns; raw returns equal the abnormal ones."""
    drawn = np.atleast_2d(drawn)
    steps = np.ones(len(drawn)) if variance is None else np.asarray(variance, dtype=float)
    seen = np.asarray(abnormal, dtype=float)
    window = np.tile([1.0, -1.0], 50) if calm is None else np.asarray(calm)
    return Evidence(seen, seen, Null(drawn, steps, steps), phi, mean_variance, window)


def simulated_returns(rule, z, first=1.0):
    """Returns of one GARCH path written out step by step, with their variances and the one after."""
    returns, variances = np.empty(len(z)), np.empty(len(z) + 1)
    variances[0] = first
    for t, shock in enumerate(z):
        returns[t] = np.sqrt(variances[t]) * shock
        news = (rule.alpha + rule.gamma * (returns[t] < 0)) * returns[t] ** 2
        variances[t + 1] = rule.omega + news + rule.beta * variances[t]
    return returns, variances


def window_of(rule, returns, first=1.0):
    """An estimation window whose parameters are known instead of estimated, with a mean of 0."""
    variances = filter_variance(rule, returns, first)[:-1]
    z = returns / np.sqrt(variances)
    return Inside(returns, variances, rule, (z - z.mean()) / z.std())
