"""Worlds with known truth: correlated markets in which every event effect was put there on purpose."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy import sessions
from eventstudy.errors import BadValue, OutsideData
from eventstudy.garch import VarianceRule, next_variance
from eventstudy.series import AUTOS_ETF
from eventstudy.series import series as series_of

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.values import Event

START, END = date(2022, 1, 4), date(2025, 10, 31)
DEGREES_OF_FREEDOM = 6
_BURN_IN = 250
_INTRADAY_STEPS = 24
_OVERNIGHT_SHARE = 0.3
_VOLATILITY_INDEX = "nikkei_vi"
_TOKYO_CURRENCY = "usdjpy_tokyo_1700"
_TOKYO_SHARE_OF_CURRENCY_DAY = 0.42


@dataclass(frozen=True, slots=True)
class Effect:
    """What one direction of news does.

    Attributes
    ----------
    equity, currency : float
        Shift of the day-0 log return, per cent, of a series whose daily sd is 1 %.
    variance : tuple of float
        Multiples of the conditional variance on day 0, 1, ...; 1 is no effect.
    """

    equity: float
    currency: float
    variance: tuple[float, ...]


EFFECTS: dict[str, Effect] = {
    "escalation": Effect(-4.0, -2.0, (2.0, 1.5)),
    "de-escalation": Effect(4.0, 2.0, (2.0, 1.5)),
    "talks": Effect(1.0, 0.5, (1.5,)),
    "noise": Effect(0.0, 0.0, (2.0,)),
}


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How one series is made: level, mean, daily sd, news coefficients, correlation with the market."""

    level: float
    mu: float
    sd: float
    alpha: float
    gamma: float
    beta: float
    loading: float
    decimals: int


_RECIPES: dict[str, _Recipe] = {
    "nikkei225": _Recipe(29_000.0, 0.05, 1.20, 0.04, 0.10, 0.86, 0.98, 2),
    "topix": _Recipe(2_000.0, 0.05, 1.05, 0.04, 0.10, 0.86, 0.98, 2),
    "jpx_nikkei_400": _Recipe(18_000.0, 0.05, 1.07, 0.04, 0.10, 0.86, 0.98, 2),
    AUTOS_ETF: _Recipe(1_200.0, 0.05, 1.50, 0.04, 0.08, 0.86, 0.80, 1),
    "usdjpy": _Recipe(115.0, 0.01, 0.55, 0.05, 0.02, 0.90, 0.45, 3),
}


@dataclass(frozen=True)
class SimulatedMarket:
    """A simulated market and the truth about it.

    Attributes
    ----------
    bars : dict of str to DataFrame
        Per series id: index ``session`` (naive midnights of the series' own clock), columns
        ``open high low close volume``; volume is NaN, indices have none.
    truth : DataFrame
        Columns ``event series session mean_effect variance_multiple``, one row per injected
        session: the shift of the log return in per cent and the multiple of the conditional
        variance. Events without effect have a row with 0 and 1 on their day 0.
    variances : DataFrame
        True conditional variance of each session without any event, per cent squared; one column a
        series, NaN where it has no session.
    seed : int
        Seed of the world.
    """

    bars: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    variances: pd.DataFrame
    seed: int

    def closes(self, series: Sequence[str] | None = None) -> pd.DataFrame:
        """Return closing prices, one column a series, on the union of their sessions.

        Parameters
        ----------
        series : sequence of str, optional
            Which series; all by default.

        Returns
        -------
        DataFrame
            NaN where a series has no session.
        """
        chosen = list(series or self.bars)
        return pd.concat({name: self.bars[name]["close"] for name in chosen}, axis=1, sort=True)


def simulate_market(
    *,
    seed: int = 0,
    events: Sequence[Event] = (),
    start: date = START,
    end: date = END,
    effects: Mapping[str, Effect] | None = None,
) -> SimulatedMarket:
    """Simulate the four core series and the signal series on the true calendar.

    Log returns follow GJR-GARCH(1,1) with multivariate Student-t innovations of
    `DEGREES_OF_FREEDOM`; equities are almost one series (pairwise correlation about .96), currency has
    .44 with them. An effect shifts the day-0 return and multiplies the variance of some sessions from day 0
    without feeding back into later variances, so the calm stays what it would have been.

    Parameters
    ----------
    seed : int
        Same seed, same world; events change their own sessions only.
    events : sequence of Event
        Whose first sessions get the effect of their direction.
    start, end : date
        First and last day; sessions come from the exchange calendars.
    effects : mapping of direction to Effect, optional
        `EFFECTS` by default; ``{}`` makes a null world.

    Returns
    -------
    SimulatedMarket
        Bars and truth.

    Raises
    ------
    BadValue
        When `end` is not at least ten days after `start`.

    References
    ----------
    Glosten, Jagannathan and Runkle (1993).
    """
    if (end - start).days < 10:
        raise BadValue("end", end.isoformat(), f"a date well after the start {start.isoformat()}")
    chosen = EFFECTS if effects is None else effects
    bars, truth = {}, []
    bases = _base_paths(seed, start, end)
    for name, base in bases.items():
        shift, multiple, rows = _injected(name, base.days, events, chosen)
        returns = base.recipe.mu + shift + np.sqrt(multiple) * base.shocks
        generator = _generator(seed, name)
        bars[name] = _ohlc(base, returns, multiple * base.variances, generator)
        truth.extend(rows)
        if name == "nikkei225":
            bars[_VOLATILITY_INDEX] = _volatility_index(base, multiple, _generator(seed, _VOLATILITY_INDEX))
    columns = ["event", "series", "session", "mean_effect", "variance_multiple"]
    variances = {name: pd.Series(base.variances, index=base.days) for name, base in bases.items()}
    return SimulatedMarket(
        bars, pd.DataFrame(truth, columns=columns), pd.concat(variances, axis=1, sort=True), seed
    )


@dataclass(frozen=True)
class _Base:
    """One series before any event: demeaned returns and conditional variances on its sessions."""

    recipe: _Recipe
    days: pd.DatetimeIndex
    shocks: Float1D
    variances: Float1D


def _generator(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))


def _base_paths(seed: int, start: date, end: date) -> dict[str, _Base]:
    days = {name: sessions.sessions(series_of(name).clock, start, end) for name in _RECIPES}
    calendar = days["usdjpy"].union(days["nikkei225"])
    innovations = _innovations(len(calendar) + _BURN_IN, seed)
    paths = {}
    for number, (name, recipe) in enumerate(_RECIPES.items()):
        own = np.concatenate([np.arange(_BURN_IN), _BURN_IN + calendar.get_indexer(days[name])])
        variances, shocks = _garch_path(recipe, innovations[own, number])
        paths[name] = _Base(recipe, days[name], shocks, variances)
    paths[_TOKYO_CURRENCY] = _tokyo_currency(paths["usdjpy"], start, end, _generator(seed, _TOKYO_CURRENCY))
    return paths


def _tokyo_currency(base: _Base, start: date, end: date, generator: np.random.Generator) -> _Base:
    """Read the same currency at Tokyo 17:00, a point inside each New York day."""
    share = _TOKYO_SHARE_OF_CURRENCY_DAY
    path = np.cumsum(base.shocks)
    spread = np.sqrt(share * (1 - share) * base.variances) * generator.standard_normal(len(path))
    inside = path - (1 - share) * base.shocks + spread
    days = sessions.sessions(series_of(_TOKYO_CURRENCY).clock, start, end).intersection(base.days)
    at = base.days.get_indexer(days)
    shocks = np.diff(inside[at], prepend=0.0)
    return _Base(replace(base.recipe, decimals=2), days, shocks, base.variances[at])


def _rule(recipe: _Recipe) -> VarianceRule:
    persistence = recipe.alpha + recipe.beta + recipe.gamma / 2
    omega = recipe.sd**2 * (1 - persistence)
    return VarianceRule("gjr", omega, recipe.alpha, recipe.gamma, recipe.beta)


def _innovations(length: int, seed: int) -> Float2D:
    """Draw unit-variance multivariate t: one market factor, one chi-square for all."""
    generator = np.random.default_rng(np.random.SeedSequence([seed, 0]))
    loadings = np.array([recipe.loading for recipe in _RECIPES.values()])
    market = generator.standard_normal((length, 1))
    own = generator.standard_normal((length, len(loadings)))
    normal = loadings * market + np.sqrt(1 - loadings**2) * own
    chi2 = generator.chisquare(DEGREES_OF_FREEDOM, (length, 1))
    return np.asarray(normal * np.sqrt((DEGREES_OF_FREEDOM - 2) / chi2))


def _garch_path(recipe: _Recipe, z: Float1D) -> tuple[Float1D, Float1D]:
    """Return conditional variances and shocks behind the burn-in."""
    rule = _rule(recipe)
    variances, shocks = np.empty(len(z)), np.empty(len(z))
    variance = np.asarray(recipe.sd**2)
    for t, draw in enumerate(z):
        variances[t] = variance
        shocks[t] = math.sqrt(variance) * draw
        variance = next_variance(rule, shocks[t : t + 1], variances[t : t + 1])[0]
    return variances[_BURN_IN:], shocks[_BURN_IN:]


def _injected(
    name: str, days: pd.DatetimeIndex, events: Sequence[Event], effects: Mapping[str, Effect]
) -> tuple[Float1D, Float1D, list[dict[str, object]]]:
    """Return shifts and variance multiples by session, with one truth row per injected session."""
    shift, multiple = np.zeros(len(days)), np.ones(len(days))
    rows: list[dict[str, object]] = []
    currency = name.startswith("usdjpy")
    sd = _RECIPES["usdjpy" if currency else name].sd
    for event in events:
        at = _day0(event, name, days)
        if at is None:
            continue
        effect = effects.get(event.direction, Effect(0.0, 0.0, (1.0,)))
        size = (effect.currency if currency else effect.equity) * sd
        for lag, times in enumerate(effect.variance):
            if at + lag < len(days):
                here = size if lag == 0 else 0.0
                shift[at + lag] += here
                multiple[at + lag] *= times
                rows.append({
                    "event": event.id, "series": name, "session": days[at + lag],
                    "mean_effect": here, "variance_multiple": times,
                })  # fmt: skip
    return shift, multiple, rows


def _day0(event: Event, name: str, days: pd.DatetimeIndex) -> int | None:
    try:
        session = pd.Timestamp(sessions.first_reaction(series_of(name).clock, event.timestamp).session)
    except OutsideData:
        return None
    return int(days.searchsorted(session)) if session in days else None


def _ohlc(base: _Base, returns: Float1D, variances: Float1D, generator: np.random.Generator) -> pd.DataFrame:
    """Bridge each day's return with a Brownian path after an overnight gap."""
    days, recipe = base.days, base.recipe
    closes = np.log(recipe.level) + np.cumsum(returns) / 100
    previous = np.concatenate([[np.log(recipe.level)], closes[:-1]])
    sd = np.sqrt(variances) / 100
    noise = math.sqrt(_OVERNIGHT_SHARE * (1 - _OVERNIGHT_SHARE)) * sd * generator.standard_normal(len(days))
    opens = previous + _OVERNIGHT_SHARE * returns / 100 + noise
    steps = generator.standard_normal((len(days), _INTRADAY_STEPS)) / math.sqrt(_INTRADAY_STEPS)
    walk = np.cumsum(steps, axis=1)
    time = np.arange(1, _INTRADAY_STEPS + 1) / _INTRADAY_STEPS
    bridge = (walk - time * walk[:, -1:]) * (math.sqrt(1 - _OVERNIGHT_SHARE) * sd)[:, None]
    path = opens[:, None] + time * (closes - opens)[:, None] + bridge
    corners = np.column_stack([opens, path])
    frame = {"open": opens, "high": corners.max(axis=1), "low": corners.min(axis=1), "close": closes}
    return _rounded(days, {key: np.exp(value) for key, value in frame.items()}, recipe.decimals)


def _volatility_index(base: _Base, multiple: Float1D, generator: np.random.Generator) -> pd.DataFrame:
    """Quote the 21-session forecast as of each close, annualised in per cent, with a premium and noise."""
    days, recipe, rule = base.days, base.recipe, _rule(base.recipe)
    ahead = np.append(base.variances[1:], next_variance(rule, base.shocks[-1:], base.variances[-1:]))
    persistence = rule.alpha + rule.beta + rule.gamma / 2
    weight = (1 - persistence**21) / (21 * (1 - persistence))
    mean_variance = recipe.sd**2 + weight * (multiple * ahead - recipe.sd**2)
    level = 1.1 * np.sqrt(252 * mean_variance) * np.exp(0.03 * generator.standard_normal(len(days)))
    previous = np.concatenate([level[:1], level[:-1]])
    opens = np.sqrt(previous * level)
    spread = np.exp(0.02 * np.abs(generator.standard_normal(len(days))))
    high, low = np.maximum(opens, level) * spread, np.minimum(opens, level) / spread
    return _rounded(days, {"open": opens, "high": high, "low": low, "close": level}, 2)


def _rounded(days: pd.DatetimeIndex, columns: Mapping[str, Float1D], decimals: int) -> pd.DataFrame:
    frame = pd.DataFrame({key: np.round(value, decimals) for key, value in columns.items()}, index=days)
    frame.index.name = "session"
    return frame.assign(volume=np.nan)
