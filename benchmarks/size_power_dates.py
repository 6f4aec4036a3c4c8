"""Long worlds of known truth, and every single-event test at dates of theirs that are taken for events."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from benchmarks.size_power_common import BURN, MEAN, generator, innovations, mixing, recursion
from eventstudy.garch import VarianceRule, fit, matched_to_draws
from eventstudy.garch.frozen import Frozen
from eventstudy.inference.aftermath import normalisation
from eventstudy.inference.battery import Case, day_battery, window_battery
from eventstudy.inference.inside import Inside
from eventstudy.inference.joint_variance import joint_lr
from eventstudy.inference.placebo import placebo_measures
from eventstudy.inference.range_volatility import Ranges
from eventstudy.inference.resampling import circular_blocks, draw_null
from eventstudy.inference.single_event import (
    Evidence,
    day_span,
    simulated_return,
    simulated_volatility,
    window_span,
)
from eventstudy.inference.uncertainty import pooled_null, refitted
from eventstudy.matching import observe
from eventstudy.placebos import Geometry, PlaceboFits, placebo_ends, placebo_null
from eventstudy.ranges import Moves
from eventstudy.returns import ReturnSeries

EVE = Geometry(10, 1)
DAYS, AFTERMATH = 5, 61
WINDOW = (0, DAYS - 1)
NONE = ("none", 0.0)
OVERNIGHT, STEPS = 0.3, 96
PARAMETER_DRAWS, RATIO_DRAWS = 99, 39


@dataclass(frozen=True)
class World:
    """One series with its true conditional variances, and bars where its sessions are normal inside."""

    law: object
    series: ReturnSeries
    variances: np.ndarray
    bars: Moves | None


def long_world(law, sessions, seed, number):
    """Simulate one series; the day is a walk whose variance is the session's own."""
    rng = generator(seed, law.name, number)
    scale = mixing(law.shape, sessions + BURN, rng)
    shocks, variances = recursion(law, innovations(law.shape, scale, rng.standard_normal(sessions + BURN)))
    returns, variances = MEAN + shocks[BURN:], variances[BURN:-1]
    bars = None if law.shape == "skewed" else _bars(returns, variances * scale[BURN:], rng)
    days = pd.bdate_range("1980-01-01", periods=sessions)
    series = ReturnSeries(f"world {number}", "simulated", days, np.ones(sessions), returns, ())
    return World(law, series, variances, bars)


def _bars(returns, variances, rng):
    """Split each return into a gap and a bridge of `STEPS` moves, normal given the session's variance."""
    inner = math.sqrt(OVERNIGHT * (1 - OVERNIGHT)) * np.sqrt(variances) * rng.standard_normal(len(returns))
    gap = OVERNIGHT * returns + inner
    change = returns - gap
    walk = np.cumsum(rng.standard_normal((len(returns), STEPS)), axis=1) / math.sqrt(STEPS)
    time = np.arange(1, STEPS + 1) / STEPS
    bridge = (walk - time * walk[:, -1:]) * np.sqrt((1 - OVERNIGHT) * variances)[:, None]
    path = time * change[:, None] + bridge
    up, down = np.maximum(path.max(axis=1), 0), np.minimum(path.min(axis=1), 0)
    return Moves(up, down, change, gap, 0)


def true_fits(world, design, reach):
    """Return what `fit_placebos` does, with the law's own parameters instead of estimates."""
    returns, law = world.series.returns, world.law
    ends, spacing = placebo_ends(world.series, [], design)
    inner = ends[:, None] - design.estimation + 1 + np.arange(design.estimation)
    outer = ends[:, None] + 1 + np.arange(reach + 1)
    unknown = np.full(reach + 1, np.nan)
    padded, variances = (np.concatenate([one, unknown]) for one in (returns, world.variances))
    windows, inside = returns[inner], world.variances[inner]
    z = (windows - MEAN) / np.sqrt(inside)
    z = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    rule = VarianceRule("gjr", law.omega, law.alpha, law.gamma, law.beta)
    rules, kappas = zip(*(matched_to_draws(rule, one) for one in z), strict=True)
    means, everyone = np.full(len(ends), MEAN), np.ones(len(ends), dtype=bool)
    frozen = Frozen(tuple(rules), np.array(kappas), means, 0 * means, z, inside, variances[outer], everyone)
    return PlaceboFits(ends, windows, padded[outer[:, :-1]], frozen, 0, spacing)


@dataclass(frozen=True)
class Chosen:
    """Dates of one world that are taken for events, and the placebo dates of its whole history."""

    world: World
    fits: PlaceboFits
    path: object
    nulls: dict
    design: object
    known: bool

    @classmethod
    def of(cls, world, fits, path, design, known):
        """Take a world with its fits; `known` says that the parameters are the true ones."""
        nulls = {window: placebo_null(path, window) for window in ((0, 0), WINDOW)}
        return cls(world, fits, path, nulls, design, known)


def happened(chosen, date, effect, horizon):
    """Return the returns after the eve of a date, with an effect on day 0 or on the window."""
    row, (kind, size) = chosen.path.rows[date], effect
    after = chosen.fits.behind[row, EVE.to_origin : EVE.to_origin + horizon].copy()
    if kind == "shift":
        after[0] -= size * math.sqrt(chosen.world.variances[chosen.path.day0[date]])
    elif kind == "multiple":
        after[:DAYS] = MEAN + math.sqrt(size) * (after[:DAYS] - MEAN)
    return after


def battery_p(chosen, date, *, effects, seed):
    """Return the p-value of every test by (effect, statistic, method)."""
    evidence, case = _case(chosen, date, generator(seed, "paths", int(date)))
    mean, found = chosen.fits.frozen.mu[chosen.path.rows[date]], {}
    for effect in effects:
        after = happened(chosen, date, effect, DAYS)
        evidence = replace(evidence, returns=after, abnormal=after - mean)
        case = replace(case, evidence=evidence, ranges=_ranges(chosen, date, effect))
        for days, measure in _measures(chosen, date, case, evidence):
            found[effect, f"{measure.statistic}({days})", measure.method] = measure.p_value
    return found


def _case(chosen, date, rng):
    fits, design, row = chosen.fits, chosen.design, chosen.path.rows[date]
    frozen, calm = fits.frozen, fits.windows[row]
    rule, first, z = frozen.rules[row], float(frozen.later[row, EVE.to_origin]), frozen.z[row]
    shape = (DAYS, design.replications)
    null = draw_null(rule, first, z, 0.0, rng.integers(0, len(z), size=shape))
    blocks = draw_null(rule, first, z, 0.0, circular_blocks(rng, len(z), shape))
    error = 0.0 if chosen.known else float(calm.var()) / len(calm)
    nothing = np.zeros(DAYS)
    evidence = Evidence(nothing, nothing, null, 0.0, error, calm)
    inside = Inside(calm - frozen.mu[row], frozen.inside[row], rule, z)
    return evidence, Case(evidence, blocks, inside)


def _ranges(chosen, date, effect):
    """Return the bars of a date; a shift of the close says nothing about them."""
    if chosen.world.bars is None or effect[0] == "shift":
        return None
    end, day0 = int(chosen.fits.ends[chosen.path.rows[date]]), int(chosen.path.day0[date])
    length = chosen.fits.windows.shape[1]
    bars, times = chosen.world.bars[day0 : day0 + DAYS], math.sqrt(effect[1] or 1.0)
    moved = (times * part for part in (bars.up, bars.down, bars.change, bars.gap))
    return Ranges(chosen.world.bars[end - length + 1 : end + 1], Moves(*moved, 0))


def _measures(chosen, date, case, evidence):
    """Yield every test of day 0 but AV, which says what AR says, and of the window (0, 4)."""
    design = chosen.design
    for days, window, span, battery in (
        ("0", (0, 0), day_span(1, design), day_battery(case, 1, design)),
        ("0,4", WINDOW, window_span(1, DAYS, design), window_battery(case, 1, DAYS, design)),
    ):
        placebos = placebo_measures(observe(evidence, span), _earlier(chosen, window, date), span)
        yield from ((days, one) for one in (*battery, *placebos) if one.statistic != "AV")


def _earlier(chosen, window, date):
    """Return the placebo dates whose windows ended before the eve of this one."""
    null, apart = chosen.nulls[window], -(-(window[1] + 1) // chosen.path.spacing)
    past = slice(0, date - apart + 1)
    return replace(null, z=null.z[past], squares=null.squares[past], eve_variance=null.eve_variance[past])


def aftermath_p(chosen, date, *, seed):
    """Return the p-values of the variance after an event that does nothing."""
    row = chosen.path.rows[date]
    null = _drawn(chosen, row, AFTERMATH, chosen.design.replications, generator(seed, "aftermath", int(date)))
    after = happened(chosen, date, NONE, AFTERMATH)
    abnormal, calm = after - chosen.fits.frozen.mu[row], chosen.fits.windows[row]
    found = normalisation(Evidence(abnormal, after, null, 0.0, 0.0, calm), 1, AFTERMATH, chosen.design)
    return {(NONE, f"VR({one.window[0]},{one.window[1]})", "fhs"): one.measure.p_value for one in found}


def _drawn(chosen, row, steps, replications, rng):
    """Simulate from the eve of a date."""
    frozen = chosen.fits.frozen
    picks = rng.integers(0, frozen.z.shape[1], size=(steps, replications))
    return draw_null(frozen.rules[row], float(frozen.later[row, EVE.to_origin]), frozen.z[row], 0.0, picks)


def parameters_p(chosen, date, *, seed):
    """Return the p-values of the layer of parameter uncertainty without an effect."""
    rng, row, fits = generator(seed, "parameters", int(date)), chosen.path.rows[date], chosen.fits
    calm, behind = fits.windows[row], fits.behind[row, : EVE.to_origin + DAYS]
    refits = refitted(fit(calm, starts=1), calm, behind, rng, PARAMETER_DRAWS)
    picks = rng.integers(0, fits.frozen.z.shape[1], size=(DAYS, PARAMETER_DRAWS * 10))
    rule, first = fits.frozen.rules[row], float(fits.frozen.later[row, EVE.to_origin])
    plain = draw_null(rule, first, fits.frozen.z[row], 0.0, picks)
    pooled = pooled_null(refits, plain, EVE.to_origin, picks)
    after = happened(chosen, date, NONE, DAYS)
    evidence = Evidence(after - fits.frozen.mu[row], after, plain, 0.0, 0.0, calm)
    day, window = day_span(1, chosen.design), window_span(1, DAYS, chosen.design)
    tests = {
        "AR(0)": simulated_return(evidence, pooled, "fhs_params", day),
        "CAR(0,4)": simulated_return(evidence, pooled, "fhs_params", window),
        "CAV(0,4)": simulated_volatility(evidence, pooled, "fhs_params", window),
    }
    return {(NONE, name, "fhs_params"): measure.p_value for name, measure in tests.items()}


def ratio_p(chosen, date, *, seed):
    """Return the p-values of the joint likelihood ratio without an effect and with variance times four."""
    row, design = chosen.path.rows[date], replace(chosen.design, starts=1)
    length = chosen.fits.windows.shape[1]
    span = (length + EVE.to_origin, length + EVE.to_origin + DAYS - 1)
    found = {}
    for effect in (NONE, ("multiple", 4.0)):
        after = happened(chosen, date, effect, DAYS)
        returns = np.concatenate([chosen.fits.windows[row], chosen.fits.behind[row, : EVE.to_origin], after])
        measure = joint_lr(returns, span, design, replications=RATIO_DRAWS, seed=seed + int(date))
        found[effect, "VR(0,4)", "joint_lr"] = measure.p_value
    return found
