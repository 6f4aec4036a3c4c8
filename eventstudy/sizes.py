"""How often each test rejects where nothing happened: p-values at placebo dates, by volatility regime."""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from eventstudy.garch import simulate_many
from eventstudy.inference.placebo import regime_members, rejection_share
from eventstudy.inference.volatility_effect import Windows
from eventstudy.placebos import Geometry, placebo_null, placebo_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventstudy.arrays import Bool1D, Float1D, Float2D, FloatND
    from eventstudy.placebos import PlaceboFits, PlaceboPath
    from eventstudy.values import Design, Window

DRAWS = 499
FEWEST_EARLIER = 400
_ROWS_AT_ONCE = 256


def placebo_p_values(
    fits: PlaceboFits, geometry: Geometry, window: Window, news: Iterable[int], until: int
) -> tuple[PlaceboPath, dict[tuple[str, str], Float1D]]:
    """Test every placebo date as if it were the event.

    Parameters
    ----------
    fits : PlaceboFits
        Placebo windows of one series.
    geometry : Geometry
        From the end of the estimation window to the origin and to day 0.
    window : (int, int)
        Relative sessions.
    news : iterable of int
        Positions of day 0 of every listed event; no date near them counts.
    until : int
        Last position that a placebo may hold.

    Returns
    -------
    path : PlaceboPath
        The n dates.
    p_values : dict of (statistic, method) to ndarray of shape (n,)
        CAR by ``fhs`` (with `DRAWS` paths), ``garch_z``, ``constant_t``, ``sq_z`` (for one session, one step
        ahead) and ``placebo_matched``; CAV by ``fhs``, ``constant_chi2`` (against a constant variance) and
        ``placebo_matched``. A placebo date is matched with earlier dates only, and has NaN while there are
        fewer than `FEWEST_EARLIER`.
    """
    path = placebo_path(fits, geometry, window, news, until)
    first, last = path.to_day0 + window[0], path.to_day0 + window[1]
    found = {("CAR", "constant_t"): _constant_t(fits, path, geometry, window)}
    found["CAV", "constant_chi2"] = _constant_chi2(fits, path, geometry, window)
    null = placebo_null(path, window)
    found["CAR", "garch_z"] = _garch_z(fits, path, null.z, first, last)
    found["CAR", "fhs"], found["CAV", "fhs"] = _simulated(fits, path, first, last)
    if first == last == 1:
        ranks = (np.abs(fits.frozen.z[path.rows]) >= np.abs(null.z)[:, None]).sum(axis=1)
        found["CAR", "sq_z"] = (1 + ranks) / (fits.frozen.z.shape[1] + 1)
    apart = -(-(window[1] - window[0] + 1) // path.spacing)
    both = earlier_matched(np.stack([np.abs(null.z), null.squares]), null.eve_variance, apart)
    found["CAR", "placebo_matched"], found["CAV", "placebo_matched"] = both
    return path, found


def earlier_matched(statistics: Float2D, eve_variance: Float1D, apart: int) -> Float2D:
    """Rank each date among the earlier ones with volatility of its own quartile.

    Parameters
    ----------
    statistics : ndarray of shape (m, n)
        m statistics of n dates in order of time; large is abnormal.
    eve_variance : ndarray of shape (n,)
        The state of volatility on each eve.
    apart : int
        From how many dates on two windows do not overlap; closer ones are left out.

    Returns
    -------
    ndarray of shape (m, n)
        p-values; NaN for the first ones.
    """
    found = np.full(statistics.shape, np.nan)
    ordered = np.sort(eve_variance[:FEWEST_EARLIER]).tolist()
    for date in range(FEWEST_EARLIER + apart, statistics.shape[1]):
        earlier = slice(0, date - apart + 1)
        insort(ordered, float(eve_variance[date - apart]))
        lower, upper = _quarter_around(ordered, float(eve_variance[date]))
        members = (eve_variance[earlier] >= lower) & (eve_variance[earlier] < upper)
        like = statistics[:, earlier][:, members]
        exceed = (like >= statistics[:, date : date + 1]).sum(axis=1)
        found[:, date] = (1 + exceed) / (1 + like.shape[1])
    return found


def _quarter_around(ordered: list[float], value: float) -> tuple[float, float]:
    """Return the quartile limits of sorted numbers that hold a value, infinite at the ends."""
    places = [share * (len(ordered) - 1) for share in (0.25, 0.5, 0.75)]
    edges = [
        ordered[int(place)] + (place - int(place)) * (ordered[int(place) + 1] - ordered[int(place)])
        for place in places
    ]
    limits = [-math.inf, *edges, math.inf]
    at = bisect_right(edges, value)
    return limits[at], limits[at + 1]


def _raw(fits: PlaceboFits, path: PlaceboPath, geometry: Geometry, window: Window) -> tuple[Float2D, Float2D]:
    start = geometry.to_origin + geometry.to_day0 + window[0] - 1
    stop = geometry.to_origin + geometry.to_day0 + window[1]
    return fits.windows[path.rows], fits.behind[path.rows, start:stop]


def _constant_t(fits: PlaceboFits, path: PlaceboPath, geometry: Geometry, window: Window) -> Float1D:
    calm, after = _raw(fits, path, geometry, window)
    length, days = calm.shape[1], after.shape[1]
    effect = (after - calm.mean(axis=1, keepdims=True)).sum(axis=1)
    error = calm.std(axis=1, ddof=1) * np.sqrt(days + days**2 / length)
    return np.asarray(2 * stats.t.sf(np.abs(effect) / error, length - 1))


def _constant_chi2(fits: PlaceboFits, path: PlaceboPath, geometry: Geometry, window: Window) -> Float1D:
    calm, after = _raw(fits, path, geometry, window)
    squares = ((after - calm.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / calm.var(axis=1, ddof=1)
    return np.asarray(stats.chi2.sf(squares, after.shape[1]))


def _garch_z(fits: PlaceboFits, path: PlaceboPath, z: Float1D, first: int, last: int) -> Float1D:
    """Return p of the standard normal; the mean's variance is that of a sample mean."""
    length, days = fits.windows.shape[1], last - first + 1
    forecast = path.shocks[:, first - 1 : last].sum(axis=1)
    error = days**2 * fits.windows[path.rows].var(axis=1) / length
    return np.asarray(2 * stats.norm.sf(np.abs(z) / np.sqrt(1 + error / forecast)))


def _simulated(fits: PlaceboFits, path: PlaceboPath, first: int, last: int) -> tuple[Float1D, Float1D]:
    """Return p of CAR and of CAV by filtered historical simulation, some dates at a time."""
    frozen, inside = fits.frozen, slice(first - 1, last)
    picks = np.random.default_rng(0).integers(0, frozen.z.shape[1], size=(last, DRAWS))
    effects = np.abs(path.abnormal[:, inside].sum(axis=1))
    squares = (path.abnormal[:, inside] ** 2 / path.variance[:, inside]).sum(axis=1)
    two_sided, upper = np.empty(len(effects)), np.empty(len(effects))
    for begin in range(0, len(effects), _ROWS_AT_ONCE):
        block = slice(begin, begin + _ROWS_AT_ONCE)
        rows = path.rows[block]
        rules = [frozen.rules[row] for row in rows.tolist()]
        drawn, _ = simulate_many(rules, path.shocks[block, 0], frozen.z[rows][:, picks])
        drawn = _with_memory(drawn, frozen.phi[rows])[:, inside]
        sums = np.abs(drawn.sum(axis=1))
        scaled = (drawn**2 / path.variance[block, inside, None]).sum(axis=1)
        two_sided[block] = (1 + (sums >= effects[block, None]).sum(axis=1)) / (DRAWS + 1)
        upper[block] = (1 + (scaled >= squares[block, None]).sum(axis=1)) / (DRAWS + 1)
    return two_sided, upper


def _with_memory(shocks: FloatND, phi: Float1D) -> FloatND:
    for k in range(1, shocks.shape[1] if phi.any() else 0):
        shocks[:, k] += phi[:, None] * shocks[:, k - 1]
    return shocks


def size_rows(
    series: str, fits: PlaceboFits | None, news: Iterable[int], until: int, design: Design
) -> list[dict[str, Any]]:
    """Return the empirical size of each test on one series.

    Parameters
    ----------
    series : str
        Series id.
    fits : PlaceboFits or None
        Its placebo windows; None gives no rows.
    news : iterable of int
        Positions of day 0 of every listed event.
    until : int
        Last position that a placebo may hold: the eve of the first event.
    design : Design
        Windows, gap, bridge and level.

    Returns
    -------
    list of dict
        Keys `eventstudy.results.SIZE_COLUMNS`: every design window, one step to day 0, by volatility regime.
    """
    if fits is None:
        return []
    rows = []
    for window in design.windows:
        path, found = placebo_p_values(fits, _geometry(design, window), window, news, until)
        if not len(path.rows):
            continue
        members = regime_members(path.shocks[:, 0])
        for (statistic, method), p_values in found.items():
            common = {"series": series, "window_start": window[0], "window_end": window[1]}
            common |= {"statistic": statistic, "method": method}
            rows += [{**common, **one} for one in _shares(p_values, members, design.level)]
    return rows


def quiet_windows(
    fits: PlaceboFits | None, news: Iterable[int], until: int, design: Design
) -> dict[Window, Windows]:
    """Return every design window as it was on dates without news, forecast from the eve.

    Parameters
    ----------
    fits : PlaceboFits or None
        Placebo windows of one series; None gives nothing.
    news : iterable of int
        Positions of day 0 of every listed event.
    until : int
        Last position that a placebo may hold.
    design : Design
        Windows, gap and bridge.

    Returns
    -------
    dict of (int, int) to Windows
        Abnormal returns and their forecast variances, one row a date.
    """
    found: dict[Window, Windows] = {}
    if fits is None:
        return found
    for window in design.windows:
        path = placebo_path(fits, _geometry(design, window), window, news, until)
        inside = slice(path.to_day0 + window[0] - 1, path.to_day0 + window[1])
        found[window] = Windows(path.abnormal[:, inside], path.variance[:, inside])
    return found


def _geometry(design: Design, window: Window) -> Geometry:
    before = min(window[0], 0)
    if design.bridge == "direct":
        return Geometry(0, design.gap + 1 - before)
    return Geometry(max(design.gap + before, 0), 1 - before)


def _shares(p_values: Float1D, members: Mapping[str, Bool1D], level: float) -> list[dict[str, Any]]:
    rows = []
    for regime, chosen in members.items():
        share, error = rejection_share(p_values[chosen], level)
        count = int(np.isfinite(p_values[chosen]).sum())
        rows.append({"regime": regime, "size": share, "error": error, "n": count})
    return rows
